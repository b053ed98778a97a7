//! Lesson 4.1, The loss function: −log p by hand and in the model, and why it is averaged.

use std::error::Error;

use microgpt::training::cosine_decay;
use microgpt::{
    Adam, Engine, Fused, Parameters, Program, Random, Sampler, Tape, Tokenizer, Value, gpt, loss, softmax,
};

fn main() -> Result<(), Box<dyn Error>> {
    let Program { docs, tokenizer, params: untrained, .. } = Program::untrained();
    let trained = Program::trained().params;
    let held_out = &docs[500..1500];
    let anna = tokenizer.encode_doc("anna")?;
    let n = tokenizer.encode("n")?[0];

    println!("--- counting right answers ---");
    let [before, after] =
        [right_answers(&untrained, held_out, &tokenizer)?, right_answers(&trained, held_out, &tokenizer)?];
    println!("1000 held-out names, predictions: {}", before.1);
    println!("right answers before training: {}, {:.1}%", before.0, percent(before));
    println!("right answers after training: {}, {:.1}%", after.0, percent(after));

    println!(
        "probabilities in each prediction: {}, those of the other tokens: {}",
        tokenizer.vocab_size(),
        tokenizer.vocab_size() - 1
    );
    println!("guessing: ln 27 = {:.4}", f64::ln(27.0));

    println!("\n--- a nudge to one parameter ---");
    let mut nudged = trained.clone();
    let place = (0..nudged.len()).find(|&i| nudged.name_of(i).as_deref() == Some("lm_head[13][0]"));
    nudged.as_mut_slice()[place.ok_or("the parameter exists")?] += 0.001;
    println!("lm_head[13][0] raised by 0.001, name anna, trained model");
    let names = ["anna".to_string()];
    for (what, params) in [("before", &trained), ("after", &nudged)] {
        let right = right_answers(params, &names, &tokenizer)?;
        println!(
            "right answers {what}: {} of {}, loss {what}: {:.6}",
            right.0,
            right.1,
            loss_of(params, &anna)
        );
    }
    let [before, after] = [&trained, &nudged]
        .map(|params| right_answers(params, &names, &tokenizer).map(|right| right.0 as f64));
    println!("change of the right answers / nudge: {}", (after? - before?) / 0.001);
    println!(
        "change of the loss / nudge: {:.4}",
        (loss_of(&nudged, &anna) - loss_of(&trained, &anna)) / 0.001
    );

    println!("\n--- the curve ---");
    println!("p       -log p   each # is 0.1");
    for p in [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0] {
        let surprise = 0.0 - f64::ln(p);
        let bar = "#".repeat((10.0 * surprise).round() as usize);
        println!("{}", format!("{p:<5}   {surprise:.4}   {bar}").trim_end());
    }

    println!("\n--- how steep ---");
    println!("p        -log p   slope, -1/p");
    for (text, p) in [("1", 1.0), ("1/2", 0.5), ("1/10", 0.1), ("1/27", 1.0 / 27.0), ("1/1000", 0.001)] {
        let tape = Tape::new();
        let value = tape.value(p);
        let result = -value.log();
        result.backward();
        println!("{text:6}   {:.4}   {:.0}", 0.0 + result.data(), value.grad());
    }

    println!("\n--- three tokens by hand ---");
    println!("score   probability   -log p");
    let tape = Tape::new();
    let logits = tape.values(&[2.0, 1.0, -1.0]);
    let probs = softmax(&logits);
    let losses: Vec<Value> = probs.iter().map(|&p| -p.log()).collect();
    for i in 0..3 {
        println!("{:5}   {:.4}        {:.4}", logits[i].data(), probs[i].data(), losses[i].data());
    }

    println!("\n--- two predictions and their mean ---");
    println!("target first: {:.4}, target third: {:.4}", losses[0].data(), losses[2].data());
    println!(
        "({:.4} + {:.4}) / 2 = {:.4}",
        losses[0].data(),
        losses[2].data(),
        (losses[0].data() + losses[2].data()) / 2.0
    );

    println!("\n--- the gradient by hand ---");
    println!("              gradient of -log p to the scores");
    for (i, target) in ["first", "second", "third"].iter().enumerate() {
        tape.zero_grad();
        losses[i].backward();
        let grads: Vec<f64> = logits.iter().map(|logit| logit.grad()).collect();
        println!("target {target:6} {}", row(&grads));
    }
    println!("probabilities {}", row(&numbers(&probs)));
    println!("0.7054 - 1 = {:.4}", 0.7054 - 1.0);
    println!(
        "slope of -log p: -1 / 0.7054, times 0.7054 * (1 - 0.7054): -(1 - 0.7054) = {:.4}",
        -(1.0 - 0.7054)
    );
    println!("slope of -log p: -1 / 0.7054, times -0.7054 * 0.2595: {:.4}", 0.2595);

    println!("\n--- what to answer when it is seven in ten ---");
    println!("q for   mean of           mean of");
    println!("a       -log p            1 - p");
    for q in [0.5, 0.6, 0.7, 0.8, 0.9, 0.99] {
        let log = 0.7 * -f64::ln(q) + 0.3 * -f64::ln(1.0 - q);
        println!("{q:<4}    {log:.4}            {:.4}", 0.7 * (1.0 - q) + 0.3 * q);
    }
    println!(
        "for q = 0.6: 0.7 * {:.4} + 0.3 * {:.4} = {:.4}",
        -f64::ln(0.6),
        -f64::ln(0.4),
        0.7 * -f64::ln(0.6) + 0.3 * -f64::ln(0.4)
    );
    println!("for q = 0.6: 0.7 * 0.4 + 0.3 * 0.6 = {:.4}", 0.7 * 0.4 + 0.3 * 0.6);

    for (label, params) in [("before training", &untrained), ("after training", &trained)] {
        println!("\n--- anna {label} ---");
        println!("position   target      p   -log p");
        let tape = Tape::new();
        let computed = loss(&anna, &params.on(&tape));
        for (pos_id, of_one) in computed.losses.iter().enumerate() {
            let (token, target) = (show(&tokenizer, anna[pos_id]), show(&tokenizer, anna[pos_id + 1]));
            println!(
                "{pos_id} {token:3}      {target:3}    {:.4}   {:.4}",
                (-of_one.data()).exp(),
                of_one.data()
            );
        }
        let sum: f64 = numbers(&computed.losses).iter().sum();
        println!("sum                       {sum:.4}");
        println!("loss: 1/5 * {sum:.4} = {:.4}", computed.loss.data());
        println!(
            "like guessing among e to the power of {:.4}: {:.1}",
            computed.loss.data(),
            computed.loss.data().exp()
        );
    }

    println!("\n--- gradient to the logits ---");
    println!("position 1 of anna, target n, trained model");
    println!("token        p   p - target   divided by 5   by backward");
    let tape = Tape::new();
    let computed = loss(&anna, &trained.on(&tape));
    computed.loss.backward();
    let logits = &computed.activations[1].logits;
    let probs = numbers(&softmax(logits));
    let mut sum = 0.0;
    for letter in ["n", "l", "r", "m", "x"] {
        let id = tokenizer.encode(letter)?[0];
        let difference = probs[id] - if id == n { 1.0 } else { 0.0 };
        println!(
            "{letter}       {:.4}      {difference:7.4}        {:7.4}       {:7.4}",
            probs[id],
            difference / 5.0,
            logits[id].grad()
        );
    }
    for logit in logits {
        sum += logit.grad();
    }
    println!("sum of all 27 gradients: {:.4}", sum.abs());

    println!("\n--- where it is hard ---");
    println!("held-out names, trained model");
    println!("position   predictions   mean of -log p");
    let losses = losses_of(&trained, held_out, &tokenizer)?;
    for pos_id in 0..8 {
        let here: Vec<f64> = losses.iter().filter_map(|of_name| of_name.get(pos_id).copied()).collect();
        println!("{pos_id}          {:11}   {:.4}", here.len(), mean(&here));
    }
    let (mut ends, mut letters) = (Vec::new(), Vec::new());
    for (name, of_name) in held_out.iter().zip(&losses) {
        for (pos_id, &of_one) in of_name.iter().enumerate() {
            if pos_id == name.len() { ends.push(of_one) } else { letters.push(of_one) }
        }
    }
    println!("target a letter {:6}   {:.4}", letters.len(), mean(&letters));
    println!("target BOS {:11}   {:.4}", ends.len(), mean(&ends));

    println!("\n--- sum or mean ---");
    println!("held-out names, trained model");
    println!("letters   names    sum of a name   mean of a name");
    for letters in 3..=9 {
        let these: Vec<&Vec<f64>> = held_out
            .iter()
            .zip(&losses)
            .filter(|(name, _)| name.len() == letters)
            .map(|(_, of_name)| of_name)
            .collect();
        let sums: Vec<f64> = these.iter().map(|of_name| of_name.iter().sum()).collect();
        let means: Vec<f64> = these.iter().map(|of_name| mean(of_name)).collect();
        println!("{letters}         {:5}   {:14.2}   {:.4}", these.len(), mean(&sums), mean(&means));
    }
    let others = held_out.iter().filter(|name| !(3..=9).contains(&name.len())).count();
    println!("names of other lengths: {others} of the {}", held_out.len());

    println!("\n--- two ways of averaging ---");
    let by_name: Vec<f64> = losses.iter().map(|of_name| mean(of_name)).collect();
    println!("mean of the 1000 means of the held-out names: {:.4}", mean(&by_name));
    println!("mean of all {} predictions: {:.4}", losses.iter().flatten().count(), mean(&losses.concat()));

    println!(
        "perplexity of all predictions: e to the power of {:.4} = {:.1}",
        mean(&losses.concat()),
        mean(&losses.concat()).exp()
    );

    println!("\n--- trained with the sum ---");
    let with_sum = train(&untrained, &docs, &tokenizer, 500, |n| n as f64)?;
    println!("held-out loss, trained with the mean: {:.4}", mean(&losses.concat()));
    println!(
        "held-out loss, trained with the sum: {:.4}",
        mean(&losses_of(&with_sum, held_out, &tokenizer)?.concat())
    );

    println!("\n--- a name of eight letters ---");
    let pair = ["dorotty".to_string(), "dorottya".to_string()];
    let both = losses_of(&trained, &pair, &tokenizer)?;
    println!("position   token   dorotty        dorottya");
    for pos_id in [0, 6, 7] {
        let token = show(&tokenizer, tokenizer.encode_doc(&pair[1])?[pos_id]);
        let target = |name: usize| {
            tokenizer.encode_doc(&pair[name]).map(|tokens| show(&tokenizer, tokens[pos_id + 1]))
        };
        println!(
            "{pos_id}          {token:3}     {:3}  {:.4}    {:3}  {:.4}",
            target(0)?,
            both[0][pos_id],
            target(1)?,
            both[1][pos_id]
        );
    }
    println!("loss              {:.4}         {:.4}", mean(&both[0]), mean(&both[1]));
    println!("probability of BOS after dorotty: {:.4}", (-both[0][7]).exp());
    println!("\n--- seven letters and eight ---");
    println!("held-out names with   first 7 predictions   the eighth   mean");
    let mut of_both = Vec::new();
    for letters in [7, 8] {
        let of_length = held_out.iter().zip(&losses).filter(|(name, _)| name.len() == letters);
        let (mut first, mut eighth) = (Vec::new(), Vec::new());
        for (_, of_name) in of_length {
            first.extend_from_slice(&of_name[..7]);
            eighth.push(of_name[7]);
        }
        let all = (7.0 * mean(&first) + mean(&eighth)) / 8.0;
        println!(
            "{letters} letters             {:.4}                {:.4}       {all:.4}",
            mean(&first),
            mean(&eighth)
        );
        of_both.push((mean(&eighth), all));
    }
    let [(seven, all_seven), (eight, all_eight)] = of_both[..] else { return Err("two lengths".into()) };
    println!("difference of the means: {all_eight:.4} - {all_seven:.4} = {:.4}", all_eight - all_seven);
    println!("the eighth's part of it: ({eight:.4} - {seven:.4}) / 8 = {:.4}", (eight - seven) / 8.0);

    println!("\n--- what stands at the last position ---");
    println!("names with            7 letters   8 letters   more");
    for (what, names) in [("500 of the training", &docs[..500]), ("1000 held-out", held_out)] {
        let count = |wanted: fn(usize) -> bool| names.iter().filter(|name| wanted(name.len())).count();
        let counts =
            [count(|letters| letters == 7), count(|letters| letters == 8), count(|letters| letters > 8)];
        println!("{what:19}   {:9}   {:9}   {:4}", counts[0], counts[1], counts[2]);
    }

    println!("\n--- without the minus ---");
    println!("step   loss of the name");
    train_and_print(&untrained, &docs, &tokenizer)?;

    println!("\n--- the token itself as target ---");
    println!("step   loss of the name, target_id = tokens[pos_id]");
    let copier = train_to_copy(&untrained, &docs, &tokenizer)?;
    println!(
        "held-out loss with the right targets: {:.2}",
        mean(&losses_of(&copier, held_out, &tokenizer)?.concat())
    );
    let sampler = Sampler::new(&tokenizer, &copier);
    let mut random = Random::new(42);
    let mut empty = 0;
    for _ in 0..20 {
        empty += usize::from(sampler.sample(1.0, &mut random)?.text.is_empty());
    }
    println!("of 20 samples, empty: {empty}");
    let mut trainer = Program::untrained().trainer().with_engine(Engine::Fused);
    let mut lowest = f64::INFINITY;
    while let Some(step) = trainer.step()? {
        lowest = lowest.min(step.loss);
    }
    println!("the right targets: lowest loss of a name in all 500 steps: {lowest:.2}");

    println!("\n--- questions ---");
    println!("p rises from 0.1 to 0.2");
    println!("-log 0.2 = {:.4}", -f64::ln(0.2));
    println!("-log 0.1 = {:.4}", -f64::ln(0.1));
    println!("difference: {:.4} - {:.4} = {:.4}", -f64::ln(0.1), -f64::ln(0.2), f64::ln(2.0));
    println!(
        "p 0.5, 0.25, 0.125: -log p {}",
        row(&[-f64::ln(0.5), -f64::ln(0.25), -f64::ln(0.125)]).trim_start()
    );
    let sum = f64::ln(64.0);
    println!("product of the probabilities 1/64, sum of the losses: ln 64 = {sum:.4}");
    println!("loss: {sum:.4} / 3 = {:.4}", sum / 3.0);
    println!("e to the power of {:.4}: {:.0}", -f64::ln(0.25), f64::exp(-f64::ln(0.25)));
    println!("a name of 12 letters: predictions {}, used {}", 12 + 1, untrained.config().block_size);
    println!("p 0.5, 0.25, 0.25, target third: gradients 0.5 0.25 0.25 - 1 = {}", 0.25 - 1.0);
    Ok(())
}

fn percent((right, all): (usize, usize)) -> f64 {
    100.0 * right as f64 / all as f64
}

/// The loss of one document.
fn loss_of(params: &Parameters, tokens: &[usize]) -> f64 {
    loss(tokens, &params.on(&Tape::new())).loss.data()
}

/// The losses of all predictions for each name.
fn losses_of(
    params: &Parameters,
    names: &[String],
    tokenizer: &Tokenizer,
) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let (mut fused, mut grads) = (Fused::new(params), vec![0.0; params.len()]);
    let mut of_names = Vec::new();
    for name in names {
        let (tokens, mut losses) = (tokenizer.encode_doc(name)?, Vec::new());
        fused.loss_and_gradients(params.as_slice(), &tokens, 1.0, &mut losses, &mut grads, false);
        of_names.push(losses);
    }
    Ok(of_names)
}

/// How often the target is the most probable token, and how many predictions there are.
fn right_answers(
    params: &Parameters,
    names: &[String],
    tokenizer: &Tokenizer,
) -> Result<(usize, usize), Box<dyn Error>> {
    let mut fused = Fused::new(params);
    let (mut right, mut all) = (0, 0);
    for name in names {
        let tokens = tokenizer.encode_doc(name)?;
        let n = (tokens.len() - 1).min(params.config().block_size);
        for (pos_id, at) in fused.activations(params.as_slice(), &tokens[..n]).iter().enumerate() {
            let best = (0..at.logits.len()).max_by(|&a, &b| at.logits[a].total_cmp(&at.logits[b]));
            right += usize::from(best == Some(tokens[pos_id + 1]));
            all += 1;
        }
    }
    Ok((right, all))
}

/// The training of the program, with the gradient of the mean loss times a weight.
fn train(
    params: &Parameters,
    docs: &[String],
    tokenizer: &Tokenizer,
    num_steps: usize,
    weight: fn(usize) -> f64,
) -> Result<Parameters, Box<dyn Error>> {
    let mut params = params.clone();
    let (mut fused, mut grads) = (Fused::new(&params), vec![0.0; params.len()]);
    let mut adam = Adam::new(params.len());
    for (step, doc) in docs[..num_steps].iter().enumerate() {
        let tokens = tokenizer.encode_doc(doc)?;
        let n = (tokens.len() - 1).min(params.config().block_size);
        fused.loss_and_gradients(params.as_slice(), &tokens, weight(n), &mut Vec::new(), &mut grads, false);
        adam.update(params.as_mut_slice(), &grads, step, cosine_decay(1e-2, step, 500));
    }
    Ok(params)
}

/// The first steps with the loss turned round: the gradient of `log p` without the minus.
fn train_and_print(
    params: &Parameters,
    docs: &[String],
    tokenizer: &Tokenizer,
) -> Result<(), Box<dyn Error>> {
    for step in [1, 5, 10, 20] {
        let model = train(params, docs, tokenizer, step - 1, |_| -1.0)?;
        println!("{step:3}    {:.4}", loss_of(&model, &tokenizer.encode_doc(&docs[step - 1])?));
    }
    Ok(())
}

/// 50 steps in which each prediction has the wrong target: the token that the model has just been given.
fn train_to_copy(
    params: &Parameters,
    docs: &[String],
    tokenizer: &Tokenizer,
) -> Result<Parameters, Box<dyn Error>> {
    let mut params = params.clone();
    let mut adam = Adam::new(params.len());
    for (step, doc) in docs[..50].iter().enumerate() {
        let tokens = tokenizer.encode_doc(doc)?;
        let n = (tokens.len() - 1).min(params.config().block_size);
        let tape = Tape::new();
        let state_dict = params.on(&tape);
        let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
        let mut losses = Vec::new();
        for (pos_id, &token_id) in tokens[..n].iter().enumerate() {
            let logits = gpt(token_id, pos_id, &mut keys, &mut values, &state_dict).logits;
            losses.push(-softmax(&logits)[token_id].log());
        }
        let loss = 1.0 / n as f64 * tape.sum(losses);
        loss.backward();
        if [1, 10, 20, 30, 50].contains(&(step + 1)) {
            println!("{:3}    {:.4}", step + 1, loss.data());
        }
        // The parameters are the first numbers on the tape.
        let grads: Vec<f64> =
            (0..params.len()).filter_map(|i| tape.get(i)).map(|value| value.grad()).collect();
        adam.update(params.as_mut_slice(), &grads, step, cosine_decay(1e-2, step, 500));
    }
    Ok(params)
}

fn show(tokenizer: &Tokenizer, id: usize) -> String {
    tokenizer.uchars().get(id).map_or("BOS".to_string(), char::to_string)
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

fn numbers(values: &[Value]) -> Vec<f64> {
    values.iter().map(|value| value.data()).collect()
}

fn row(numbers: &[f64]) -> String {
    numbers.iter().map(|number| format!("{number:8.4}")).collect()
}
