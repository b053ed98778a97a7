//! Lesson 4.1, The loss function: −log p by hand and in the model, and why it is averaged.

mod common;

use std::error::Error;

use common::{
    bar, gradients, label, largest_first, lm_head_n, loss_per_prediction, mean, min, numbers, percent, texts,
};
use microgpt::training::cosine_decay;
use microgpt::{
    Adam, Engine, Fused, Parameters, Program, Random, Sampler, Tape, Tokenizer, Value, gpt, loss, loss_of,
    losses, softmax,
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
    println!("right answers before training: {}, {:.1}%", before.0, percent(before.0, before.1));
    println!("right answers after training: {}, {:.1}%", after.0, percent(after.0, after.1));

    println!(
        "probabilities in each prediction: {}, those of the other tokens: {}",
        tokenizer.vocab_size(),
        tokenizer.vocab_size() - 1
    );
    println!("guessing: ln 27 = {:.4}", f64::ln(27.0));

    label("a nudge to one parameter");
    let nudged = trained.nudged(lm_head_n(&trained), 0.001);
    println!("lm_head[13][0] raised by 0.001, name anna, trained model");
    let names = ["anna".to_string()];
    for (what, params) in [("before", &trained), ("after", &nudged)] {
        let right = right_answers(params, &names, &tokenizer)?;
        println!(
            "right answers {what}: {} of {}, loss {what}: {:.6}",
            right.0,
            right.1,
            loss_of(&anna, params)
        );
    }
    let [before, after] = [&trained, &nudged]
        .map(|params| right_answers(params, &names, &tokenizer).map(|right| right.0 as f64));
    println!("change of the right answers / nudge: {}", (after? - before?) / 0.001);
    println!(
        "change of the loss / nudge: {:.4}",
        (loss_of(&anna, &nudged) - loss_of(&anna, &trained)) / 0.001
    );

    label("the curve");
    println!("p       -log p   each # is 0.1");
    for p in [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0] {
        let surprise = 0.0 - f64::ln(p);
        let bar = bar(10.0 * surprise);
        println!("{}", format!("{p:<5}   {surprise:.4}   {bar}").trim_end());
    }

    label("how steep");
    println!("p        -log p   slope, -1/p");
    for (text, p) in [("1", 1.0), ("1/2", 0.5), ("1/10", 0.1), ("1/27", 1.0 / 27.0), ("1/1000", 0.001)] {
        let tape = Tape::new();
        let value = tape.value(p);
        let result = -value.log();
        result.backward();
        println!("{text:6}   {:.4}   {:.0}", 0.0 + result.data(), value.grad());
    }

    label("three tokens by hand");
    println!("score   probability   -log p");
    let tape = Tape::new();
    let logits = tape.values(&[2.0, 1.0, -1.0]);
    let probs = softmax(&logits);
    let of_targets: Vec<Value> = probs.iter().map(|&p| -p.log()).collect();
    for i in 0..3 {
        println!("{:5}   {:.4}        {:.4}", logits[i].data(), probs[i].data(), of_targets[i].data());
    }

    label("two predictions and their mean");
    println!("target first: {:.4}, target third: {:.4}", of_targets[0].data(), of_targets[2].data());
    println!(
        "({:.4} + {:.4}) / 2 = {:.4}",
        of_targets[0].data(),
        of_targets[2].data(),
        (of_targets[0].data() + of_targets[2].data()) / 2.0
    );

    label("the gradient by hand");
    println!("              gradient of -log p to the scores");
    for (i, target) in ["first", "second", "third"].iter().enumerate() {
        tape.zero_grad();
        of_targets[i].backward();
        println!("target {target:6} {}", row(&gradients(&logits)));
    }
    println!("probabilities {}", row(&numbers(&probs)));
    println!("0.7054 - 1 = {:.4}", 0.7054 - 1.0);
    println!(
        "slope of -log p: -1 / 0.7054, times 0.7054 * (1 - 0.7054): -(1 - 0.7054) = {:.4}",
        -(1.0 - 0.7054)
    );
    println!("slope of -log p: -1 / 0.7054, times -0.7054 * 0.2595: {:.4}", 0.2595);

    label("what to answer when it is seven in ten");
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

    for (when, params) in [("before training", &untrained), ("after training", &trained)] {
        label(&format!("anna {when}"));
        println!("position   target      p   -log p");
        let tape = Tape::new();
        let computed = loss(&anna, &params.on(&tape));
        for (pos_id, of_one) in computed.losses.iter().enumerate() {
            let (token, target) =
                (tokenizer.token_name(anna[pos_id]), tokenizer.token_name(anna[pos_id + 1]));
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

    label("gradient to the logits");
    println!("position 1 of anna, target n, trained model");
    println!("token        p   p - target   divided by 5   by backward");
    let tape = Tape::new();
    let computed = loss(&anna, &trained.on(&tape));
    computed.loss.backward();
    let logits = &computed.activations[1].logits;
    let probs = numbers(&softmax(logits));
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
    println!("sum of all 27 gradients: {:.4}", gradients(logits).iter().sum::<f64>().abs());

    label("where it is hard");
    println!("held-out names, trained model");
    println!("position   predictions   mean of -log p");
    let held_out_tokens = tokenizer.encode_docs(held_out)?;
    let by_name = losses(&trained, &held_out_tokens);
    for pos_id in 0..8 {
        let here: Vec<f64> = by_name.iter().filter_map(|of_name| of_name.get(pos_id).copied()).collect();
        println!("{pos_id}          {:11}   {:.4}", here.len(), mean(&here));
    }
    let (mut ends, mut letters) = (Vec::new(), Vec::new());
    for (name, of_name) in held_out.iter().zip(&by_name) {
        for (pos_id, &of_one) in of_name.iter().enumerate() {
            if pos_id == name.len() { ends.push(of_one) } else { letters.push(of_one) }
        }
    }
    println!("target a letter {:6}   {:.4}", letters.len(), mean(&letters));
    println!("target BOS {:11}   {:.4}", ends.len(), mean(&ends));

    label("sum or mean");
    println!("held-out names, trained model");
    println!("letters   names    sum of a name   mean of a name");
    for letters in 3..=9 {
        let these: Vec<&Vec<f64>> = held_out
            .iter()
            .zip(&by_name)
            .filter(|(name, _)| name.len() == letters)
            .map(|(_, of_name)| of_name)
            .collect();
        let sums: Vec<f64> = these.iter().map(|of_name| of_name.iter().sum()).collect();
        let means: Vec<f64> = these.iter().map(|of_name| mean(of_name)).collect();
        println!("{letters}         {:5}   {:14.2}   {:.4}", these.len(), mean(&sums), mean(&means));
    }
    let others = held_out.iter().filter(|name| !(3..=9).contains(&name.len())).count();
    println!("names of other lengths: {others} of the {}", held_out.len());

    label("two ways of averaging");
    let means: Vec<f64> = by_name.iter().map(|of_name| mean(of_name)).collect();
    println!("mean of the 1000 means of the held-out names: {:.4}", mean(&means));
    println!("mean of all {} predictions: {:.4}", by_name.iter().flatten().count(), mean(&by_name.concat()));

    println!(
        "perplexity of all predictions: e to the power of {:.4} = {:.1}",
        mean(&by_name.concat()),
        mean(&by_name.concat()).exp()
    );

    label("trained with the sum");
    let with_sum = train(&untrained, &docs, &tokenizer, 500, |n| n as f64)?;
    println!("held-out loss, trained with the mean: {:.4}", mean(&by_name.concat()));
    println!("held-out loss, trained with the sum: {:.4}", loss_per_prediction(&with_sum, &held_out_tokens));

    label("a name of eight letters");
    let pair_tokens = tokenizer.encode_docs(&["dorotty", "dorottya"])?;
    let both = losses(&trained, &pair_tokens);
    println!("position   token   dorotty        dorottya");
    for pos_id in [0, 6, 7] {
        let token = tokenizer.token_name(pair_tokens[1][pos_id]);
        let target = |name: usize| tokenizer.token_name(pair_tokens[name][pos_id + 1]);
        println!(
            "{pos_id}          {token:3}     {:3}  {:.4}    {:3}  {:.4}",
            target(0),
            both[0][pos_id],
            target(1),
            both[1][pos_id]
        );
    }
    println!("loss              {:.4}         {:.4}", mean(&both[0]), mean(&both[1]));
    println!("probability of BOS after dorotty: {:.4}", (-both[0][7]).exp());
    label("seven letters and eight");
    println!("held-out names with   first 7 predictions   the eighth   mean");
    let mut of_both = Vec::new();
    for letters in [7, 8] {
        let of_length = held_out.iter().zip(&by_name).filter(|(name, _)| name.len() == letters);
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

    label("what stands at the last position");
    println!("names with            7 letters   8 letters   more");
    for (what, names) in [("500 of the training", &docs[..500]), ("1000 held-out", held_out)] {
        let count = |wanted: fn(usize) -> bool| names.iter().filter(|name| wanted(name.len())).count();
        let counts =
            [count(|letters| letters == 7), count(|letters| letters == 8), count(|letters| letters > 8)];
        println!("{what:19}   {:9}   {:9}   {:4}", counts[0], counts[1], counts[2]);
    }

    label("without the minus");
    println!("step   loss of the name");
    train_and_print(&untrained, &docs, &tokenizer)?;

    label("the token itself as target");
    println!("step   loss of the name, target_id = tokens[pos_id]");
    let copier = train_to_copy(&untrained, &docs, &tokenizer)?;
    println!("held-out loss with the right targets: {:.2}", loss_per_prediction(&copier, &held_out_tokens));
    let sampler = Sampler::new(&tokenizer, &copier);
    let mut random = Random::new(42);
    let samples = texts(&sampler, 20, 1.0, &mut random)?;
    println!("of 20 samples, empty: {}", samples.iter().filter(|text| text.is_empty()).count());
    let of_steps = Program::untrained().trainer().with_engine(Engine::Fused).finish()?;
    println!("the right targets: lowest loss of a name in all 500 steps: {:.2}", min(&of_steps));

    label("questions");
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
            right += usize::from(largest_first(&at.logits)[0] == tokens[pos_id + 1]);
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
        println!("{step:3}    {:.4}", loss_of(&tokenizer.encode_doc(&docs[step - 1])?, &model));
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
        let grads = tape.grads(params.len());
        adam.update(params.as_mut_slice(), &grads, step, cosine_decay(1e-2, step, 500));
    }
    Ok(params)
}

fn row(numbers: &[f64]) -> String {
    numbers.iter().map(|number| format!("{number:8.4}")).collect()
}
