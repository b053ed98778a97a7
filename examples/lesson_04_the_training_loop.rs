//! Lesson 4.5, The training loop: one step with every value, then 500, then other seeds.

mod common;

use std::collections::HashSet;
use std::error::Error;
use std::f64::consts::PI;

use common::{bar, join, label, lm_head_n, loss_per_prediction, max, mean, min, numbers, std, with_zeros};
use microgpt::training::{Step, TrainingError, cosine_decay};
use microgpt::{Engine, Parameters, Program, Tape, Tokenizer, Trainer, gpt, loss, loss_of, softmax};
use rayon::prelude::*;

const N: usize = 13;

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::untrained();
    let tokenizer = &program.tokenizer;
    let letter = |id: usize| tokenizer.token_name(id);
    let mut trainer = program.trainer().with_engine(Engine::Fused);
    let mut steps: Vec<Step> = Vec::new();
    while steps.len() < 191 {
        steps.push(trainer.step()?.expect("there are 500 steps"));
    }
    let (params, adam) = (trainer.params().clone(), trainer.adam().clone());
    let place = lm_head_n(&params);
    let step = trainer.step()?.expect("there are 500 steps");

    println!("--- step 192 the name ---");
    let document = step.document().clone();
    println!("len(docs): {}", program.docs.len());
    println!("step: {}, step % len(docs): {} % {} = {}", step.step, step.step, program.docs.len(), step.step);
    println!("doc: {}", document.doc);
    println!("tokens: {:?}", document.tokens);
    println!("n: min(8, {} - 1) = {}", document.tokens.len(), document.losses.len());

    label("step 192 the predictions");
    let tape = Tape::new();
    let state_dict = params.on(&tape);
    let computed = loss(&document.tokens, &state_dict);
    let probs: Vec<Vec<f64>> =
        computed.activations.iter().map(|position| numbers(&softmax(&position.logits))).collect();
    println!("pos_id  token_id  target_id  probs[target_id]   loss_t");
    for (pos_id, (probs, pair)) in probs.iter().zip(document.tokens.windows(2)).enumerate() {
        println!(
            "{pos_id:6}  {:2} {:4}   {:2} {:4}  {:16.6} {:8.4}",
            pair[0],
            letter(pair[0]),
            pair[1],
            letter(pair[1]),
            probs[pair[1]],
            document.losses[pos_id]
        );
    }
    let sum: f64 = document.losses.iter().sum();
    println!("sum(losses) {sum:.4}, loss: {sum:.4} / {} = {:.4}", document.losses.len(), step.loss);

    label("step 192 the gradient");
    println!("lm_head[13][0]: p probability of n, x first number of the vector");
    println!("pos_id  target        p    minus      x  product");
    let mut total = 0.0;
    for (pos_id, (probs, &target)) in probs.iter().zip(&document.tokens[1..]).enumerate() {
        let x = computed.activations[pos_id].layers[0].mlp_residual[0].data();
        let minus = f64::from(u8::from(target == N));
        let product = (probs[N] - minus) * x;
        total += product;
        println!("{pos_id:6}  {:6} {:8.6} {minus:4} {x:10.6} {product:9.6}", letter(target), probs[N]);
    }
    let g = trainer.grads()[place];
    println!("sum of the products {total:.6}, / 5 = {:.6}", total / 5.0);
    println!("p.grad after backward: {g:.6}");

    label("step 192 the update");
    let (m, v) = (trainer.adam().m[place], trainer.adam().v[place]);
    let (lack_m, lack_v) = (1.0 - 0.9_f64.powi(192), 1.0 - 0.95_f64.powi(192));
    println!("m before {:.6}, v before {:.8}", adam.m[place], adam.v[place]);
    println!("p.grad {g:.6}");
    println!("m = 0.9 * 0.017679 + 0.1 * 0.150183 = {m:.6}");
    println!("v = 0.95 * 0.01141549 + 0.05 * 0.150183 ** 2 = {v:.8}");
    println!("1 - 0.9^192 = {lack_m:.6}, 1 - 0.95^192 = {lack_v:.6}");
    println!("m_hat = {m:.6} / {lack_m:.6} = {:.6}", m / lack_m);
    println!("v_hat = {v:.8} / {lack_v:.6} = {:.8}, its root {:.6}", v / lack_v, (v / lack_v).sqrt());
    println!("m_hat / root = {:.4}", m / lack_m / (v / lack_v).sqrt());
    println!("lr_t = {:.8}", step.learning_rate);
    let (before_192, after_192) = (params.as_slice()[place], trainer.params().as_slice()[place]);
    println!("p.data = {before_192:.6} - 0.00681138 * 0.2827 = {after_192:.6}");

    label("step 192 what it brought");
    println!("print: {step}");
    let again = |doc: &str, params: &Parameters| -> Result<f64, Box<dyn Error>> {
        Ok(loss_of(&tokenizer.encode_doc(doc)?, params))
    };
    println!("name   loss before  loss after");
    for doc in ["yana", "anna"] {
        println!("{doc}   {:11.4}  {:10.4}", again(doc, &params)?, again(doc, trainer.params())?);
    }
    let left_out = tokenizer.encode_docs(&program.docs[500..][..1000])?;
    let held_out = &left_out[..200];
    let (before, after) =
        (loss_per_prediction(&params, held_out), loss_per_prediction(trainer.params(), held_out));
    println!("held-out names: 200, loss before {before:.4}, after {after:.4}, change {:.4}", after - before);

    label("twenty steps and the held-out loss");
    let mut held_out_losses = vec![loss_per_prediction(trainer.params(), held_out)];
    steps.push(step);
    for _ in 0..20 {
        steps.push(trainer.step()?.expect("there are 500 steps"));
        held_out_losses.push(loss_per_prediction(trainer.params(), held_out));
    }
    let fell = held_out_losses.windows(2).filter(|pair| pair[1] < pair[0]).count();
    println!(
        "steps {} to {}: held-out loss fell in {fell} steps, rose in {}",
        steps.len() - 19,
        steps.len(),
        20 - fell
    );
    println!("before {:.4}, after {:.4}", held_out_losses[0], held_out_losses[20]);

    while let Some(step) = trainer.step()? {
        steps.push(step);
    }
    let trained = trainer.params();

    label("the schedule by hand");
    println!("pi in degrees: {}", PI.to_degrees());
    println!("lr_t = 0.01 * 0.5 * (1 + cos(pi * step / 500))");
    println!("step  step / 500  cos(pi * step / 500)        lr_t");
    for step in [0, 125, 250, 375, 499] {
        let part = step as f64 / 500.0;
        println!("{step:4}  {part:10.3}  {:20.6}  {:.8}", (PI * part).cos(), cosine_decay(0.01, step, 500));
    }

    println!("learning rate at step 125: {:.8}", cosine_decay(0.01, 125, 500));

    label("the schedule");
    println!("each # stands for 0.0002");
    println!("step    lr_t");
    for step in (0..500).step_by(50).chain([499]) {
        let lr_t = cosine_decay(0.01, step, 500);
        println!("{}", format!("{step:4}  {lr_t:.4} {}", bar(lr_t / 0.0002)).trim_end());
    }

    label("up and down");
    let losses: Vec<f64> = steps.iter().map(|step| step.loss).collect();
    let up = losses.windows(2).filter(|pair| pair[1] > pair[0]).count();
    println!("steps whose loss is above that of the step before: {up} of {}", losses.len() - 1);

    label("the names are the noise");
    let last = &steps[400..];
    let during: Vec<f64> = last.iter().map(|step| step.loss).collect();
    let after: Vec<f64> =
        last.iter().map(|step| again(&step.document().doc, trained)).collect::<Result<_, _>>()?;
    println!("the names of steps 401 to 500     mean    std");
    println!("loss in their own step           {:.3}  {:.3}", mean(&during), std(&during));
    println!("loss after the training          {:.3}  {:.3}", mean(&after), std(&after));
    let differences: Vec<f64> = during.iter().zip(&after).map(|(during, after)| after - during).collect();
    println!("difference of the two           {:.3}  {:.3}", mean(&differences), std(&differences));
    let easiest = (0..100).min_by(|&a, &b| after[a].total_cmp(&after[b])).expect("100 names");
    let hardest = (0..100).max_by(|&a, &b| after[a].total_cmp(&after[b])).expect("100 names");
    for (what, which) in [("easiest", easiest), ("hardest", hardest)] {
        println!(
            "{what}: {}, in step {} {:.4}, after the training {:.4}",
            last[which].document().doc,
            401 + which,
            during[which],
            after[which]
        );
    }

    // From here on the names of the test are left out of all trainings
    let test: &HashSet<&String> = &program.docs[500..][..1000].iter().collect();
    label("ten seeds");
    println!("learned from 500 names each; names left out 1000, of these in the test 200");
    println!("seed  last step  mean of the last 50  held-out names");
    let seeds = [42, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    let runs = train_all(seeds.map(|seed| Run::new(seed, test)), 500, 0.01, cosine)?;
    let columns = [
        runs.iter().map(|run| run.losses[499]).collect::<Vec<_>>(),
        runs.iter().map(|run| mean(&run.losses[450..])).collect(),
        runs.iter().map(|run| loss_per_prediction(&run.params, held_out)).collect(),
    ];
    let row = |what: &str, cells: [f64; 3]| {
        println!("{what:4}  {:9.3}  {:19.3}  {:14.3}", cells[0], cells[1], cells[2]);
    };
    for (index, seed) in seeds.iter().enumerate() {
        row(&seed.to_string(), [0, 1, 2].map(|column| columns[column][index]));
    }
    let column = &columns[0];
    let (low, high) = (min(column), max(column));
    row("mean", [0, 1, 2].map(|column| mean(&columns[column])));
    row("std", [0, 1, 2].map(|column| std(&columns[column])));

    println!("loss of the last step: lowest {low:.3}, highest {high:.3}");
    println!("held-out loss of ten seeds: mean {:.3}, std {:.3}", mean(&columns[2]), std(&columns[2]));

    label("the best of ten");
    let others = mean_losses(&runs, &left_out[200..400]);
    let best = (0..10).min_by(|&a, &b| columns[2][a].total_cmp(&columns[2][b])).expect("ten seeds");
    let best_losses = [columns[2][best], others[best]];
    let means = [mean(&columns[2]), mean(&others)];
    println!("held-out loss                   200 names  200 others");
    println!(
        "seed {}, the best on the 200      {:9.3}  {:10.3}",
        seeds[best], best_losses[0], best_losses[1]
    );
    println!("mean of the ten seeds           {:9.3}  {:10.3}", means[0], means[1]);
    let ahead = [0, 1].map(|set| means[set] - best_losses[set]);
    println!("the best is ahead of it by      {:9.3}  {:10.3}", ahead[0], ahead[1]);

    label("what the seed decides");
    println!("held-out loss of five runs              mean    std");
    let base = Run::new(42, test);
    let other_names = [1, 2, 3, 4, 5].map(|seed| Run { params: base.params.clone(), ..Run::new(seed, test) });
    let other_params = [1, 2, 3, 4, 5].map(|seed| Run { docs: base.docs.clone(), ..Run::new(seed, test) });
    for (what, runs) in [
        ("other names, parameters of seed 42", other_names),
        ("other parameters, names of seed 42", other_params),
    ] {
        let runs = train_all(runs, 500, 0.01, cosine)?;
        let losses: Vec<f64> = runs.iter().map(|run| loss_per_prediction(&run.params, held_out)).collect();
        println!("{what}     {:.3}  {:.3}", mean(&losses), std(&losses));
    }

    let three = |rate: f64, steps: usize, schedule: fn(f64) -> f64| -> Result<Vec<f64>, TrainingError> {
        let runs = train_all([42, 1, 2].map(|seed| Run::new(seed, test)), steps, rate, schedule)?;
        Ok(runs.iter().map(|run| loss_per_prediction(&run.params, held_out)).collect())
    };
    let usual = columns[2][..3].to_vec();
    let show = |losses: &[f64]| join(losses.iter().map(|loss| format!("{loss:.3}")), " ");
    label("other schedules");
    println!("held-out loss of seeds 42, 1 and 2   mean");
    let kept = three(0.001, 500, |_| 1.0)?;
    for (what, losses) in [
        ("cosine from 0.01", &usual),
        ("line from 0.01", &three(0.01, 500, |part| 1.0 - part)?),
        ("always 0.01", &three(0.01, 500, |_| 1.0)?),
        ("always 0.003", &three(0.003, 500, |_| 1.0)?),
        ("always 0.001", &kept),
    ] {
        println!("{what:17} {}   {:.3}", show(losses), mean(losses));
    }
    println!("mean of always 0.001 - mean of cosine: {:.3}", mean(&kept) - mean(&usual));

    label("other numbers of steps");
    println!("steps  held-out loss of seeds 42, 1 and 2   mean");
    for (steps, losses) in
        [(250, three(0.01, 250, cosine)?), (500, usual), (1000, three(0.01, 1000, cosine)?)]
    {
        println!("{steps:5}  {}   {:.3}", show(&losses), mean(&losses));
    }

    label("longer training");
    println!("loss on 1000 held-out names, and what leaving out a block adds to it");
    println!("steps  seed    loss  no attention   no MLP");
    for steps in [500, 4000] {
        let variants: [&[&str]; 3] = [&[], &["layer0.attn_wv"], &["layer0.mlp_fc1"]];
        let runs = variants.map(|silent| [42, 1, 2].map(|seed| Run::new(seed, test).without(silent)));
        let runs: Vec<Run> = runs.into_iter().flatten().collect();
        let losses = mean_losses(&train_all(runs, steps, 0.01, cosine)?, &left_out);
        let (whole, without) = losses.split_at(3);
        let added: Vec<f64> =
            without.iter().zip(whole.iter().cycle()).map(|(loss, all)| loss - all).collect();
        let (attention, mlp) = added.split_at(3);
        let row = |seed: &str, loss: f64, attention: f64, mlp: f64| {
            println!("{steps:5}  {seed:>4}  {loss:.4}  {attention:12.4}  {mlp:7.4}");
        };
        for (index, seed) in seeds[..3].iter().enumerate() {
            row(&seed.to_string(), whole[index], attention[index], mlp[index]);
        }
        row("mean", mean(whole), mean(attention), mean(mlp));
    }
    println!("names that are not left out: 3791 - 1000 = {}", base.docs.len());
    println!("passes through these names: 4000 / 2791 = {:.2}", 4000.0 / 2791.0);

    label("lists made only once");
    let tape = Tape::new();
    let state_dict = trained.on(&tape);
    let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
    for doc in ["wiremu", "anna"] {
        let tokens = tokenizer.encode_doc(doc)?;
        let mut losses = Vec::new();
        for pos_id in 0..tokens.len() - 1 {
            let logits = gpt(tokens[pos_id], pos_id, &mut keys, &mut values, &state_dict).logits;
            losses.push(-softmax(&logits)[tokens[pos_id + 1]].data().ln());
        }
        println!("{doc}, the keys of earlier calls not thrown away: {:.4}", mean(&losses));
    }
    println!("anna, with lists of its own: {:.4}", again("anna", trained)?);
    println!("keys after the two names: 7 + 5 = {}", keys[0].len());
    println!(
        "keys after 500 steps: {}",
        steps.iter().map(|step| step.document().losses.len()).sum::<usize>()
    );

    label("a schedule of the wrong length");
    println!("num_steps = 1000, but 500 steps in the schedule");
    for step in [0, 250, 500, 750, 999] {
        println!("step {step:3}: lr_t {:.6}", cosine_decay(0.01, step, 500));
    }

    label("question the learning rate");
    println!("step 100 on the screen: step = 99, lr_t = {:.6}", cosine_decay(0.01, 99, 500));
    println!("step 500 on the screen: step = 499, lr_t = {:.8}", cosine_decay(0.01, 499, 500));
    println!("cos(pi * 99 / 500) = {:.6}", (PI * 99.0 / 500.0).cos());

    label("question other steps");
    let num_steps = 6000;
    println!("num_steps {num_steps}, step 5000: 5000 % 3791 = {}", 5000 % 3791);
    println!("docs[{}]: {}", 5000 % 3791, program.docs[5000 % 3791]);
    println!("part of an epoch: 500 / 3791 = {:.3}", 500.0 / 3791.0);

    label("question another target");
    println!("position 2 with target n: (0.156473 - 1) * (-0.951562) = {:.6}", (0.156473 - 1.0) * -0.951562);
    println!("position 2 with target l: 0.156473 * (-0.951562) = {:.6}", 0.156473 * -0.951562);
    println!("sum with target l: 0.750914 - 0.802668 - 0.148894 = {:.6}", 0.750914 - 0.802668 - 0.148894);
    println!("gradient with target l: -0.200648 / 5 = {:.6}", -0.200648 / 5.0);
    Ok(())
}

/// The factor of line 175, for a part of the training between 0 and 1.
fn cosine(part: f64) -> f64 {
    0.5 * (1.0 + (PI * part).cos())
}

/// What microgpt.py has before and after a training with another seed. The names of the test are left out.
struct Run {
    docs: Vec<String>,
    tokenizer: Tokenizer,
    params: Parameters,
    losses: Vec<f64>,
}

impl Run {
    fn new(seed: u64, test: &HashSet<&String>) -> Self {
        let Program { docs, tokenizer, params, .. } = Program::with_seed(seed);
        let docs = docs.into_iter().filter(|name| !test.contains(name)).collect();
        Run { docs, tokenizer, params, losses: Vec::new() }
    }

    /// The same, but these matrices start at 0. If it is the one before another that does, neither ever gets a
    /// gradient, and their block gives 0 for ever.
    fn without(self, silent: &[&str]) -> Self {
        Run { params: with_zeros(self.params, silent), ..self }
    }

    fn train(self, steps: usize, rate: f64, schedule: fn(f64) -> f64) -> Result<Self, TrainingError> {
        let Run { docs, tokenizer, params, mut losses } = self;
        let mut trainer = Trainer::new(docs.clone(), &tokenizer, params, steps)?.with_engine(Engine::Fused);
        for step in 0..steps {
            // The trainer multiplies by the cosine's factor itself
            let part = step as f64 / steps as f64;
            trainer.learning_rate = rate * (schedule(part) / cosine(part));
            losses.extend(trainer.advance()?);
        }
        Ok(Run { docs, tokenizer, params: trainer.into_params(), losses })
    }
}

/// Trains all of the runs, side by side.
fn train_all(
    runs: impl IntoParallelIterator<Item = Run>,
    steps: usize,
    rate: f64,
    schedule: fn(f64) -> f64,
) -> Result<Vec<Run>, TrainingError> {
    runs.into_par_iter().map(|run| run.train(steps, rate, schedule)).collect()
}

/// The mean losses of the runs, side by side.
fn mean_losses(runs: &[Run], docs: &[Vec<usize>]) -> Vec<f64> {
    runs.par_iter().map(|run| loss_per_prediction(&run.params, docs)).collect()
}
