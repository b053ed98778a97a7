//! Lesson 4.1, The loss function: −log p by hand and in the model, what it asks of the scores, and why it is averaged.
//!
//! With the argument `figure` it draws the five losses of `anna`, as SVG.

mod common;

use std::error::Error;

use common::{
    LM_HEAD_N, gradients, label, largest_first, lm_head_n, loss_per_prediction, mean, min, numbers, percent,
    texts, wants_figure,
};
use lab::draw;
use maud::html;
use microgpt::training::cosine_decay;
use microgpt::{
    Adam, Engine, Fused, Parameters, Program, Random, Sampler, Tape, Tokenizer, Value, gpt, loss, loss_of,
    losses, softmax,
};

fn main() -> Result<(), Box<dyn Error>> {
    let models = Models::new()?;
    if wants_figure() {
        print!("{}", models.figure());
        return Ok(());
    }
    // The problem
    models.a_nudge_to_one_parameter()?;
    models.counting_right_answers()?;
    // The idea
    three_cases();
    models.numbers_of_the_figure();
    // By hand
    three_tokens_by_hand();
    the_gradient_by_hand();
    third_of_three();
    // See it
    models.easier();
    // In the real model
    models.anna_before_and_after();
    models.gradient_to_the_logits()?;
    // What goes wrong
    seven_in_ten();
    // Check yourself
    perplexity_of_three();
    // Going deeper
    how_steep();
    models.without_the_minus()?;
    models.the_token_itself_as_target()?;
    models.where_it_is_hard();
    models.seven_letters_and_eight()?;
    models.sum_or_mean()?;
    Ok(())
}

/// The model before training and after, and their losses.
struct Models {
    docs: Vec<String>,
    tokenizer: Tokenizer,
    untrained: Parameters,
    trained: Parameters,
    /// The tokens of `anna`.
    anna: Vec<usize>,
    held_out: Vec<Vec<usize>>,
    /// The losses of the trained model for each held-out name, one for each prediction.
    by_name: Vec<Vec<f64>>,
}

impl Models {
    fn new() -> Result<Self, Box<dyn Error>> {
        let Program { docs, tokenizer, params: untrained, .. } = Program::untrained();
        let trained = Program::trained().params;
        let held_out = tokenizer.encode_docs(&docs[500..1500])?;
        let by_name = losses(&trained, &held_out);
        let anna = tokenizer.encode_doc("anna")?;
        Ok(Self { docs, tokenizer, untrained, trained, anna, held_out, by_name })
    }

    /// The held-out names.
    fn names(&self) -> &[String] {
        &self.docs[500..1500]
    }

    fn token(&self, id: usize) -> String {
        self.tokenizer.token_name(id)
    }

    /// The losses of the five predictions of `anna`.
    fn losses_of_anna(&self, params: &Parameters) -> Vec<f64> {
        losses(params, std::slice::from_ref(&self.anna)).concat()
    }

    fn a_nudge_to_one_parameter(&self) -> Result<(), Box<dyn Error>> {
        label("a nudge to one parameter");
        let (nudge, nudged) = (0.001, self.trained.nudged(lm_head_n(&self.trained), 0.001));
        println!("name anna, trained model, {LM_HEAD_N} raised by {nudge}");
        let right = |params| right_answers(params, &["anna".to_string()], &self.tokenizer);
        let (before, after) = (right(&self.trained)?, right(&nudged)?);
        println!("              before    after     slope");
        println!(
            "right         {} of {}    {} of {}    {}",
            before.0,
            before.1,
            after.0,
            after.1,
            (after.0 as f64 - before.0 as f64) / nudge
        );
        let (before, after) = (loss_of(&self.anna, &self.trained), loss_of(&self.anna, &nudged));
        println!("loss          {before:.6}  {after:.6}  {:.4}", (after - before) / nudge);
        Ok(())
    }

    fn counting_right_answers(&self) -> Result<(), Box<dyn Error>> {
        label("counting right answers");
        for (when, params) in [("before training", &self.untrained), ("after training", &self.trained)] {
            let (right, all) = right_answers(params, self.names(), &self.tokenizer)?;
            println!("right answers {when}: {right} of {all}, {:.1}%", percent(right, all));
        }
        println!("held-out names: {}", self.names().len());
        let tokens = self.tokenizer.vocab_size();
        println!("probabilities in each prediction: {tokens}, those of the other tokens: {}", tokens - 1);
        Ok(())
    }

    fn numbers_of_the_figure(&self) {
        label("the figure");
        let losses = self.losses_of_anna(&self.trained);
        let costs = losses.iter().map(|loss| format!("{:.1}% costs {loss:.2}", 100.0 * (-loss).exp()));
        println!("{}; mean {:.2}", common::join(costs, ", "), mean(&losses));
    }

    fn easier(&self) {
        label("checkpoint easier");
        let [before, after] = [&self.untrained, &self.trained].map(|params| self.losses_of_anna(params));
        let easier = before.iter().zip(&after).filter(|(before, after)| after < before).count();
        println!("second n, -log p: before training {:.2}, after training {:.2}", before[2], after[2]);
        println!("easier after training: {easier} of {}", before.len());
        println!("answer: {}", ["none", "one", "two", "three", "four", "all five"][easier]);
    }

    fn anna_before_and_after(&self) {
        label("anna before and after");
        let [before, after] = [&self.untrained, &self.trained].map(|params| self.losses_of_anna(params));
        println!("                 before training   after training");
        println!("position  target      p   -log p       p   -log p");
        for (pos_id, (before, after)) in before.iter().zip(&after).enumerate() {
            let [token, target] = [self.anna[pos_id], self.anna[pos_id + 1]].map(|id| self.token(id));
            println!(
                "{pos_id} {token:3}     {target:3}     {:.4}   {before:.4}   {:.4}   {after:.4}",
                (-before).exp(),
                (-after).exp()
            );
        }
        let sums = [&before, &after].map(|losses| losses.iter().sum::<f64>());
        println!("sum                      {:7.4}            {:.4}", sums[0], sums[1]);
        let means = sums.map(|sum| sum / 5.0);
        println!("loss: the sum / 5         {:.4}             {:.4}", means[0], means[1]);
        println!("e to the power of it     {:7.1}            {:7.1}", means[0].exp(), means[1].exp());
        println!("guessing: ln 27 = {:.4}", f64::ln(27.0));
    }

    fn gradient_to_the_logits(&self) -> Result<(), Box<dyn Error>> {
        label("gradient to the logits");
        let n = self.tokenizer.encode("n")?[0];
        println!("token        p   p - target   divided by 5   by backward");
        let tape = Tape::new();
        let computed = loss(&self.anna, &self.trained.on(&tape));
        computed.loss.backward();
        let logits = &computed.activations[1].logits;
        let (probs, grads) = (numbers(&softmax(logits)), gradients(logits));
        for letter in ["n", "l", "r", "m", "x"] {
            let id = self.tokenizer.encode(letter)?[0];
            let difference = probs[id] - if id == n { 1.0 } else { 0.0 };
            println!(
                "{letter}       {:.4}      {difference:7.4}        {:7.4}       {:7.4}",
                probs[id],
                difference / 5.0,
                grads[id]
            );
        }
        println!("sum of all {} gradients: {:.4}", grads.len(), grads.iter().sum::<f64>().abs());

        label("checkpoint pushed-down");
        let most = largest_first(&grads)[0];
        println!("answer: {}", self.token(most));
        for letter in ["l", "r", "x"] {
            let id = self.tokenizer.encode(letter)?[0];
            println!("{letter}: {:.3}", probs[id]);
        }
        Ok(())
    }

    fn without_the_minus(&self) -> Result<(), Box<dyn Error>> {
        label("without the minus");
        println!("step   loss of the name");
        for step in [1, 5, 10, 20] {
            // The first steps with the loss turned round
            let model = train(&self.untrained, &self.docs, &self.tokenizer, step - 1, |_| -1.0)?;
            let tokens = self.tokenizer.encode_doc(&self.docs[step - 1])?;
            println!("{step:3}    {:.4}", loss_of(&tokens, &model));
        }
        Ok(())
    }

    fn the_token_itself_as_target(&self) -> Result<(), Box<dyn Error>> {
        label("the token itself as target");
        println!("step   loss of the name, target_id = tokens[pos_id]");
        let copier = train_to_copy(&self.untrained, &self.docs, &self.tokenizer)?;
        println!("held-out loss with the right targets: {:.2}", loss_per_prediction(&copier, &self.held_out));
        let sampler = Sampler::new(&self.tokenizer, &copier);
        let samples = texts(&sampler, 20, 1.0, &mut Random::new(42))?;
        println!("of 20 samples, empty: {}", samples.iter().filter(|text| text.is_empty()).count());
        let of_steps = Program::untrained().trainer().with_engine(Engine::Fused).finish()?;
        println!("the right targets: lowest loss of a name in all 500 steps: {:.2}", min(&of_steps));
        Ok(())
    }

    fn where_it_is_hard(&self) {
        label("where it is hard");
        println!("held-out names, trained model");
        println!("position   predictions   mean of -log p");
        for pos_id in 0..8 {
            let here: Vec<f64> =
                self.by_name.iter().filter_map(|of_name| of_name.get(pos_id).copied()).collect();
            println!("{pos_id}          {:11}   {:.4}", here.len(), mean(&here));
        }
        let (mut ends, mut letters) = (Vec::new(), Vec::new());
        for (name, of_name) in self.names().iter().zip(&self.by_name) {
            for (pos_id, &of_one) in of_name.iter().enumerate() {
                if pos_id == name.len() { ends.push(of_one) } else { letters.push(of_one) }
            }
        }
        println!("target a letter {:6}   {:.4}", letters.len(), mean(&letters));
        println!("target BOS {:11}   {:.4}", ends.len(), mean(&ends));
    }

    fn seven_letters_and_eight(&self) -> Result<(), Box<dyn Error>> {
        label("seven letters and eight");
        println!("held-out names with   first 7 predictions   the eighth   mean");
        let mut of_both = Vec::new();
        for letters in [7, 8] {
            let of_length = self.names().iter().zip(&self.by_name).filter(|(name, _)| name.len() == letters);
            let (mut first, mut eighth) = (Vec::new(), Vec::new());
            for (_, of_name) in of_length {
                first.extend_from_slice(&of_name[..7]);
                eighth.push(of_name[7]);
            }
            let (first, eighth) = (mean(&first), mean(&eighth));
            let all = (7.0 * first + eighth) / 8.0;
            println!("{letters} letters             {first:.4}                {eighth:.4}       {all:.4}");
            of_both.push((eighth, all));
        }
        let [(seven, all_seven), (eight, all_eight)] = of_both[..] else { return Err("two lengths".into()) };
        println!("difference of the means: {all_eight:.4} - {all_seven:.4} = {:.4}", all_eight - all_seven);
        println!("the eighth's part of it: ({eight:.4} - {seven:.4}) / 8 = {:.4}", (eight - seven) / 8.0);

        label("a name of eight letters");
        let pair = self.tokenizer.encode_docs(&["dorotty", "dorottya"])?;
        let both = losses(&self.trained, &pair);
        println!("position   token   dorotty        dorottya");
        for pos_id in [0, 6, 7] {
            let [short, long] = [0, 1].map(|name: usize| self.token(pair[name][pos_id + 1]));
            println!(
                "{pos_id}          {:3}     {short:3}  {:.4}    {long:3}  {:.4}",
                self.token(pair[1][pos_id]),
                both[0][pos_id],
                both[1][pos_id]
            );
        }
        println!("loss              {:.4}         {:.4}", mean(&both[0]), mean(&both[1]));

        label("what stands at the last position");
        println!("names with            7 letters   8 letters   more");
        for (what, names) in [("500 of the training", &self.docs[..500]), ("1000 held-out", self.names())] {
            let count = |wanted: fn(usize) -> bool| names.iter().filter(|name| wanted(name.len())).count();
            let [seven, eight, more] =
                [count(|letters| letters == 7), count(|letters| letters == 8), count(|letters| letters > 8)];
            println!("{what:19}   {seven:9}   {eight:9}   {more:4}");
        }
        Ok(())
    }

    fn sum_or_mean(&self) -> Result<(), Box<dyn Error>> {
        label("sum or mean");
        println!("held-out names, trained model");
        println!("letters   names    sum of a name   mean of a name");
        for letters in 3..=9 {
            let of_length = self.names().iter().zip(&self.by_name).filter(|(name, _)| name.len() == letters);
            let these: Vec<&Vec<f64>> = of_length.map(|(_, of_name)| of_name).collect();
            let sums: Vec<f64> = these.iter().map(|of_name| of_name.iter().sum()).collect();
            let means: Vec<f64> = these.iter().map(|of_name| mean(of_name)).collect();
            println!("{letters}         {:5}   {:14.2}   {:.4}", these.len(), mean(&sums), mean(&means));
        }
        let others = self.names().iter().filter(|name| !(3..=9).contains(&name.len())).count();
        println!("names of other lengths: {others} of the {}", self.names().len());

        label("two ways of averaging");
        let means: Vec<f64> = self.by_name.iter().map(|of_name| mean(of_name)).collect();
        let all = self.by_name.concat();
        println!("mean of the 1000 means of the held-out names: {:.4}", mean(&means));
        println!("mean of all {} predictions: {:.4}", all.len(), mean(&all));
        println!(
            "perplexity of all predictions: e to the power of {:.4} = {:.1}",
            mean(&all),
            mean(&all).exp()
        );

        label("trained with the sum");
        let with_sum = train(&self.untrained, &self.docs, &self.tokenizer, 500, |n| n as f64)?;
        println!("held-out loss, trained with the mean: {:.4}", mean(&all));
        println!(
            "held-out loss, trained with the sum: {:.4}",
            loss_per_prediction(&with_sum, &self.held_out)
        );
        Ok(())
    }

    /// The lesson's picture: five probabilities, five losses, and their mean.
    fn figure(&self) -> String {
        let losses = self.losses_of_anna(&self.trained);
        let (tokens, probs, costs) = (44.0, 110.0, 232.0);
        let top = |row: usize| 40.0 + 34.0 * row as f64;
        let (wide, unit) = (190.0, 36.0);
        let loss_of_all = mean(&losses);
        let end = top(losses.len()) + 8.0;
        draw::svg(
            "Five probabilities, five losses and their mean",
            "For each prediction of anna a bar with the probability of its target, and a bar with minus its \
             logarithm. The smaller the probability, the longer the second bar. Below, the mean of the five.",
            (draw::WIDTH, end + 50.0),
            html! {
                (draw::text("label", (tokens, 18.0), "target"))
                (draw::text("label start", (probs, 18.0), "p"))
                (draw::text("label start", (costs, 18.0), "−log p"))
                @for (row, loss) in losses.iter().enumerate() {
                    @let [token, target] = [self.anna[row], self.anna[row + 1]].map(|id| self.token(id));
                    @let (p, words) = ((-loss).exp(), top(row) + 15.0);
                    (draw::text("name", (tokens, words), &format!("{token} → {target}")))
                    (draw::rect("bar", (probs, top(row)), (p * wide, 20.0)))
                    (draw::text("digits start", (probs + p * wide + 6.0, words), &format!("{:.1} %", 100.0 * p)))
                    (draw::rect("bar", (costs, top(row)), (loss * unit, 20.0)))
                    (draw::text("digits start", (costs + loss * unit + 6.0, words), &format!("{loss:.2}")))
                }
                (draw::path("arrow", &[(costs, end), (draw::WIDTH - 10.0, end)]))
                (draw::text("label end", (costs - 8.0, end + 27.0), "loss, their mean"))
                (draw::rect("bar", (costs, end + 12.0), (loss_of_all * unit, 20.0)))
                (draw::outline((costs, end + 12.0), (loss_of_all * unit, 20.0)))
                (draw::text("digits start", (costs + loss_of_all * unit + 6.0, end + 27.0), &format!("{loss_of_all:.2}")))
            },
        )
    }
}

fn three_cases() {
    label("three cases");
    println!("the target gets     p      -log p   slope");
    for (case, written, p) in [
        ("nearly all", "0.9 ", 0.9),
        ("as in guessing", "1/27", 1.0 / 27.0),
        ("almost nothing", "0.01", 0.01),
    ] {
        let tape = Tape::new();
        let value = tape.value(p);
        let of_p = -value.log();
        of_p.backward();
        println!("{case:19} {written}   {:.4}   {:6.1}", of_p.data(), value.grad());
    }
}

/// The scores of lesson 3.3, and −log p of each.
const SCORES: [f64; 3] = [2.0, 1.0, -1.0];

fn three_tokens_by_hand() {
    label("three tokens by hand");
    println!("score   probability   -log p");
    let tape = Tape::new();
    let probs = numbers(&softmax(&tape.values(&SCORES)));
    for (score, p) in SCORES.iter().zip(&probs) {
        println!("{score:5}   {p:.4}        {:.4}", -p.ln());
    }
    let (first, third) = (-probs[0].ln(), -probs[2].ln());
    println!("target first, then target third: ({first:.4} + {third:.4}) / 2 = {:.4}", (first + third) / 2.0);
}

fn the_gradient_by_hand() {
    label("the gradient by hand");
    let tape = Tape::new();
    let logits = tape.values(&SCORES);
    let probs = softmax(&logits);
    let of_targets: Vec<Value> = probs.iter().map(|&p| -p.log()).collect();
    of_targets[0].backward();
    println!("target the first score:");
    for (place, (p, grad)) in numbers(&probs).into_iter().zip(gradients(&logits)).enumerate() {
        let target = if place == 0 { 1 } else { 0 };
        println!("{p:.4} - {target} = {grad:7.4}");
    }
    let p = probs[0].data();
    println!("1 - {p:.4} = {:.4}", 1.0 - p);
    println!("slope of p to its score: {p:.4} * {:.4} = {:.4}", 1.0 - p, p * (1.0 - p));
    println!("slope of -log p to p: -1 / {p:.4} ≈ {:.4}", -1.0 / p);
    println!("by the chain rule: {:.4} * {:.4} = {:.4}", -1.0 / p, p * (1.0 - p), p - 1.0);

    label("gradients for all targets");
    println!("              gradient of -log p to the scores");
    for (of_target, target) in of_targets.iter().zip(["first", "second", "third"]) {
        tape.zero_grad();
        of_target.backward();
        println!("target {target:6} {}", row(&gradients(&logits)));
    }
    println!("probabilities {}", row(&numbers(&probs)));
}

fn third_of_three() {
    label("checkpoint third-of-three");
    let probs = [0.5, 0.25, 0.25];
    println!("p: {}, {} and {}, target third", probs[0], probs[1], probs[2]);
    println!("{} - 1 = {}", probs[2], probs[2] - 1.0);
    println!("answer: {}", probs[2] - 1.0);
    println!("wrong: {}", 1.0 - probs[2]); // the sign
    println!("wrong: {}", probs[2]); // no target
    println!("wrong: {}", -1.0 / probs[2]); // to the probability
}

fn seven_in_ten() {
    let cost = |q: f64| 0.7 * (1.0 - q) + 0.3 * q;
    label("checkpoint seven-in-ten");
    let parts: Vec<f64> = (0..=100).map(|part| f64::from(part) / 100.0).collect();
    let best = parts.iter().copied().min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or_default();
    println!("answer: {best}");
    println!("wrong: {}", 0.7); // the true share
    println!("wrong: {}", 0.5); // undecided

    label("what to say when it is seven in ten");
    println!("said of n   mean of -log p   mean of 1 - p");
    for q in [0.5, 0.6, 0.7, 0.8, 0.9, 0.99] {
        let log = 0.7 * -f64::ln(q) + 0.3 * -f64::ln(1.0 - q);
        println!("{q:<4}        {log:14.4}   {:13.4}", cost(q));
    }
    println!("for 0.6: 0.7 * 0.4 + 0.3 * 0.6 = {:.4}", cost(0.6));
    let [log_6, log_4] = [0.6, 0.4].map(|p: f64| -p.ln());
    println!("for 0.6: 0.7 * {log_6:.4} + 0.3 * {log_4:.4} = {:.4}", 0.7 * log_6 + 0.3 * log_4);
}

fn perplexity_of_three() {
    label("checkpoint perplexity-of-three");
    let probs = [0.5, 0.25, 0.125];
    println!("p: {}, {} and {}", probs[0], probs[1], probs[2]);
    let losses = probs.map(|p: f64| -p.ln());
    println!("-log p: {}", row(&losses).trim_start());
    println!("loss: {:.4} / 3 = {:.4}", losses.iter().sum::<f64>(), mean(&losses));
    println!("answer: {}", (mean(&losses).exp() * 1e9).round() / 1e9);
    println!("wrong: {}", mean(&losses)); // the loss
    println!("wrong: {}", mean(&probs.map(|p| 1.0 / p))); // the mean of 1/p
    println!("wrong: {}", losses.iter().sum::<f64>().exp().round()); // the sum
}

fn how_steep() {
    label("how steep");
    println!("p        -log p   slope, -1/p");
    for parts in [1, 2, 10, 27, 1000] {
        let tape = Tape::new();
        let value = tape.value(1.0 / f64::from(parts));
        let result = -value.log();
        result.backward();
        println!("1/{parts:<4}   {:.4}   {:.0}", 0.0 + result.data(), value.grad());
    }
    println!("every doubling: ln 2 = {:.4}", f64::ln(2.0));
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
