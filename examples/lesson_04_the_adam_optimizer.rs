//! Lesson 4.4, The Adam optimizer: the mean of the gradients, the mean of their squares, and one divided by the other's root.

mod common;

use std::error::Error;

use common::{LM_HEAD_N, join, label, lm_head_n, loss_per_prediction, max, mean, min, std, zeros};
use microgpt::training::cosine_decay;
use microgpt::{Adam, Fused, Parameters, Program};
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::untrained();
    let start = program.params.as_slice();
    let n = lm_head_n(&program.params);

    // 20 steps of the program, and what is left of each
    let mut trainer = program.trainer();
    let mut steps = Vec::new();
    while steps.len() < 20 {
        let step = trainer.step()?.expect("there are 500 steps");
        let adam = trainer.adam();
        steps.push(Record {
            doc: step.document().doc.clone(),
            learning_rate: step.learning_rate,
            grads: trainer.grads().to_vec(),
            m: adam.m.clone(),
            v: adam.v.clone(),
            params: trainer.params().as_slice().to_vec(),
        });
    }

    println!("--- one parameter and its gradients ---");
    println!("parameters before lm_head: 432 + 128 = {}", 432 + 128);
    println!("index of {LM_HEAD_N} in params: {} + 13 * 16 = {n}", 432 + 128);
    println!("step  name      gradient of {LM_HEAD_N}");
    for (index, record) in steps[..8].iter().enumerate() {
        println!("{:4}  {:9} {:12.8}", index + 1, record.doc, record.grads[n]);
    }

    let size = |index: usize| steps[index].grads[n].abs();
    println!("size for gudrun / size for wiremu: {:.1}", size(3) / size(0));

    label("sizes of the gradients");
    let sizes = |grads: &[f64]| -> Vec<f64> {
        let mut sizes: Vec<f64> = grads.iter().map(|grad| grad.abs()).filter(|&size| size > 0.0).collect();
        sizes.sort_by(f64::total_cmp);
        sizes
    };
    let third = sizes(&steps[2].grads);
    println!("step 3, gradients that are not 0: {}", third.len());
    println!("largest size: {:.6}", third[third.len() - 1]);
    println!("middle size:  {:.6}", third[third.len() / 2]);
    println!("a tenth is smaller than: {:.6}", third[third.len() / 10]);
    println!("smallest size: {:.1e}", third[0]);
    println!("largest / middle: {:.0}", third[third.len() - 1] / third[third.len() / 2]);

    label("shares of the last gradients in m");
    println!("share of the newest: 1 - 0.9 = {:.1}", 1.0 - 0.9);
    println!("gradient from        share in m");
    for (age, when) in
        ["this step", "one step before", "two steps before", "three steps before"].iter().enumerate()
    {
        println!("{when:20} {:.4}", 0.1 * 0.9_f64.powi(age as i32));
    }
    println!("the last 10 together {:.4}", 1.0 - 0.9_f64.powi(10));
    println!("the last 20 together {:.4}", 1.0 - 0.9_f64.powi(20));

    label("gradient and running mean");
    println!("{LM_HEAD_N} in 20 steps: g gradient, m its running mean (m_hat), | zero");
    println!("step  name      {:^41}", "from -0.2 to 0.2");
    for (index, record) in steps.iter().enumerate() {
        let place = |number: f64| (20.0 + number * 100.0).round() as usize;
        let mut row = vec![' '; 41];
        row[20] = '|';
        row[place(record.grads[n])] = 'g';
        row[place(record.m[n] / (1.0 - 0.9_f64.powi(index as i32 + 1)))] = 'm';
        let row: String = row.into_iter().collect();
        println!("{}", format!("{:4}  {:9} {row}", index + 1, record.doc).trim_end());
    }

    label("the same gradient each time");
    println!("gradient 1 in each step");
    println!("step       m  1 - 0.9^step   m_hat         v  1 - 0.95^step  v_hat");
    let (mut m, mut v) = (0.0, 0.0);
    for step in 1..=4 {
        m = 0.9 * m + 0.1 * 1.0;
        v = 0.95 * v + 0.05 * 1.0;
        let (lack_m, lack_v) = (1.0 - 0.9_f64.powi(step), 1.0 - 0.95_f64.powi(step));
        println!(
            "{step:4}  {m:.4}        {lack_m:.4}  {:.4}  {v:.6}       {lack_v:.6} {:.4}",
            m / lack_m,
            v / lack_v
        );
    }

    label("the rule in words");
    println!("[0.0] * 3 = {:?}", [0.0; 3]);
    println!("m = 0.9 * m + 0.1 * gradient, v = 0.95 * v + 0.05 * gradient ** 2");
    println!("after step 2 the shares add up to 0.1 + 0.09 = {:.2} = 1 - 0.9 ** 2", 1.0 - 0.9_f64.powi(2));
    println!("move = - lr_t * m_hat / (root of v_hat + {:.8})", 1e-8);

    label("step 1 by hand");
    let first = &steps[0];
    let (g, p) = (first.grads[n], start[n]);
    println!("gradient {g:.8}, its square {:.10}", g * g);
    println!("m = 0.9 * 0 + 0.1 * ({g:.8}) = {:.7}", first.m[n]);
    println!("v = 0.95 * 0 + 0.05 * {:.10} = {:.10}", g * g, first.v[n]);
    println!("m_hat = {:.7} / 0.1 = {:.6}", first.m[n], first.m[n] / 0.1);
    println!("v_hat = {:.10} / 0.05 = {:.8}", first.v[n], first.v[n] / 0.05);
    println!("root of v_hat: {:.6}", (first.v[n] / 0.05).sqrt());
    println!("m_hat / root: {:.4}", (first.m[n] / 0.1) / (first.v[n] / 0.05).sqrt());
    println!("p = {p:.8} - 0.01 * (-1) = {:.6}", first.params[n]);

    label("four steps by hand");
    println!("{LM_HEAD_N} at the start: {p:.8}");
    println!("step           {:>13} {:>13} {:>13} {:>13}", 1, 2, 3, 4);
    let row = |what: &str, decimals: usize, value: &dyn Fn(usize) -> f64| {
        let cells: String = (0..4).map(|step| format!(" {:13.decimals$}", value(step))).collect();
        println!("{what:14} {}", &cells[1..]);
    };
    let lack = |beta: f64, step: usize| 1.0 - beta.powi(step as i32 + 1);
    let m_hat = |step: usize| steps[step].m[n] / lack(0.9, step);
    let v_hat = |step: usize| steps[step].v[n] / lack(0.95, step);
    let ratio = |step: usize| m_hat(step) / (v_hat(step).sqrt() + 1e-8);
    row("gradient", 8, &|step| steps[step].grads[n]);
    row("m", 7, &|step| steps[step].m[n]);
    row("1 - 0.9^step", 4, &|step| lack(0.9, step));
    row("m_hat", 6, &m_hat);
    row("v", 10, &|step| steps[step].v[n]);
    row("1 - 0.95^step", 8, &|step| lack(0.95, step));
    row("v_hat", 8, &v_hat);
    row("root of v_hat", 6, &|step| v_hat(step).sqrt());
    row("m_hat / root", 4, &ratio);
    row("lr_t", 8, &|step| steps[step].learning_rate);
    row("p.data after", 6, &|step| steps[step].params[n]);

    label("twenty steps");
    println!("step  name       gradient    m_hat   root of v_hat  m_hat / root");
    for index in (4..20).step_by(3) {
        let record = &steps[index];
        println!(
            "{:4}  {:10} {:8.4}  {:8.4}  {:12.4}  {:12.4}",
            index + 1,
            record.doc,
            record.grads[n],
            m_hat(index),
            v_hat(index).sqrt(),
            ratio(index)
        );
    }

    label("gradients and moves by matrix");
    let step = 15;
    println!("step {step}, mean size over the parameters whose gradient is not 0");
    println!("matrix           gradient  0.3 * gradient  Adam's move");
    let (before, after) = (&steps[step - 2], &steps[step - 1]);
    let (mut of_gradient, mut of_move) = (Vec::new(), Vec::new());
    for matrix in program.params.matrices() {
        let range = program.params.range_of(matrix.name).ok_or("a matrix")?;
        let indices = || range.clone().filter(|&i| after.grads[i] != 0.0);
        let gradient = mean(&indices().map(|i| after.grads[i].abs()).collect::<Vec<_>>());
        let moved = mean(&indices().map(|i| (after.params[i] - before.params[i]).abs()).collect::<Vec<_>>());
        println!("{:15}  {gradient:.6}  {:14.6}  {moved:11.6}", matrix.name, 0.3 * gradient);
        of_gradient.push(gradient);
        of_move.push(moved);
    }
    let span = |sizes: &[f64]| max(sizes) / min(sizes);
    println!("largest mean gradient / smallest: {:.0}", span(&of_gradient));
    println!("largest mean move / smallest: {:.1}", span(&of_move));

    label("gradients of another size");
    println!("first gradient times 0.001: {:.7}", 0.001 * steps[0].grads[n]);
    println!("the four gradients times         0.001             1         1,000");
    let moves = [0.001, 1.0, 1000.0].map(|scale| {
        let mut adam = Adam::new(1);
        let mut p = [p];
        [0, 1, 2, 3].map(|step| {
            let before = p[0];
            adam.update(&mut p, &[scale * steps[step].grads[n]], step, steps[step].learning_rate);
            p[0] - before
        })
    });
    for step in 0..4 {
        let cells = moves.map(|moves| format!("{:13.8}", moves[step])).join(" ");
        println!("move of p in step {}      {cells}", step + 1);
    }

    label("how far in the whole training");
    let mut trainer = program.trainer().with_engine(microgpt::Engine::Fused);
    let mut before = start.to_vec();
    let (mut moves, mut above, mut largest, mut sum) = (0, 0, 0.0_f64, 0.0);
    let (mut without, mut sum_without) = (0, 0.0);
    for step in 0..Program::NUM_STEPS {
        trainer.advance()?;
        let learning_rate = cosine_decay(0.01, step, Program::NUM_STEPS);
        let params = trainer.params().as_slice().iter();
        for ((now, before), &grad) in params.zip(&mut before).zip(trainer.grads()) {
            let in_rates = (now - *before).abs() / learning_rate;
            *before = *now;
            moves += 1;
            sum += in_rates;
            if grad == 0.0 {
                without += 1;
                sum_without += in_rates;
            }
            above += usize::from(in_rates > 1.0001);
            largest = largest.max(in_rates);
        }
    }
    println!("moves: 500 * 4064 = {moves}");
    println!("mean move: {:.2} of the learning rate", sum / moves as f64);
    println!("gradients that are exactly 0: {without}, part of all: {:.2}", without as f64 / moves as f64);
    println!(
        "mean move where the gradient is not 0: {:.2} of the learning rate",
        (sum - sum_without) / (moves - without) as f64
    );
    println!("largest move: {largest:.4} of the learning rate");
    println!("moves above 1.0001 of the learning rate: {above}");

    label("more than the learning rate");
    println!("many gradients of 1, then one of 2");
    println!("m = 0.9 * 1 + 0.1 * 2 = {:.1}", 0.9 + 0.1 * 2.0);
    println!("v = 0.95 * 1 + 0.05 * 2 ** 2 = {:.2}", 0.95 + 0.05 * 4.0);
    println!("move as a multiple of the learning rate: 1.1 / root of 1.15 = {:.3}", 1.1 / 1.15_f64.sqrt());

    label("moves without a gradient");
    let name = format!("wte[{}][0]", program.tokenizer.encode("w")?[0]);
    let w = program.params.index_of(&name).ok_or("a parameter")?;
    println!("{name}, the row of w");
    println!("step  name      gradient   m_hat / root   p.data after");
    for (index, record) in steps.iter().enumerate().take(8) {
        let ratio = record.m[w] / lack(0.9, index) / ((record.v[w] / lack(0.95, index)).sqrt() + 1e-8);
        println!(
            "{:4}  {:9} {:8.6}  {ratio:11.4}  {:13.6}",
            index + 1,
            record.doc,
            record.grads[w],
            record.params[w]
        );
    }

    println!("moved in steps 2 to 8, without a gradient: {:.4}", steps[7].params[w] - steps[0].params[w]);

    // The contest: the same names for all, the same start for all
    let held_out: Vec<String> = program.docs[Program::NUM_STEPS..][..200].to_vec();
    let contests = [42, 1, 2, 3, 4, 5, 6, 7].map(|seed| Contest::new(seed, &held_out));
    let contest = |rule: Rule, rate: f64, seed: u64| {
        contests.iter().find(|contest| contest.seed == seed).expect("a contest for the seed").run(rule, rate)
    };

    label("several learning rates");
    println!("seed 42, loss on {} held-out names", held_out.len());
    let factors = [0.01, 0.03, 0.1, 0.3, 1.0];
    let sizes_of_moves = [0.0003, 0.001, 0.003, 0.01, 0.03];
    let results = together(
        [
            ("plain", Rule::PLAIN, factors),
            ("momentum", Rule::MOMENTUM, factors),
            ("Adam", Rule::ADAM, sizes_of_moves),
        ],
        |rule, rates| rates.map(|rate| contest(rule, rate, 42)),
    );
    for (what, losses) in &results {
        let rates = if *what == "Adam" { sizes_of_moves } else { factors };
        if *what != "momentum" {
            println!("learning rate  {}", rates.map(|rate| format!("{rate:>7}")).join(" "));
        }
        println!("{what:14} {}", losses.map(|loss| format!("{loss:7.3}")).join(" "));
    }
    let at_best = [results[0].1[3], results[2].1[3]];

    label("new seeds");
    println!("loss on the same held-out names");
    println!("seed               3      4      5      6      7   mean   std");
    let plain = ("plain 0.3", Rule::PLAIN, 0.3);
    let adam = ("Adam 0.01", Rule::ADAM, 0.01);
    let rows = together([plain, ("momentum 0.3", Rule::MOMENTUM, 0.3), adam], |rule, rate| {
        [3, 4, 5, 6, 7].map(|seed| contest(rule, rate, seed))
    });
    for (what, losses) in &rows {
        let cells = losses.map(|loss| format!("{loss:.3}")).join("  ");
        println!("{what:13} {cells}  {:.3} {:.3}", mean(losses), std(losses));
    }
    let wins = rows[2].1.iter().zip(&rows[0].1).filter(|(adam, plain)| adam < plain).count();
    println!("Adam better than plain: {wins} of 5 seeds");
    println!("mean of plain - mean of Adam: {:.3}", mean(&rows[0].1) - mean(&rows[2].1));

    let with_adam = rows[2].1;

    label("the loss in another unit");
    println!("seed 42, all gradients times a factor, loss on the held-out names");
    println!("factor        0.01       1     100");
    let rows = together([plain, adam], |rule, rate| {
        [0.01, 100.0].map(|scale| contest(Rule { scale, ..rule }, rate, 42))
    });
    for ((what, [small, large]), unchanged) in rows.into_iter().zip(at_best) {
        println!("{what:10} {small:7.3} {unchanged:7.3} {large:7.3}");
    }

    label("without bias correction");
    println!("gradient 1 each time: m = 1 - 0.9 ^ step, v = 1 - 0.95 ^ step");
    println!("move m / root of v = (1 - 0.9 ^ step) / root of (1 - 0.95 ^ step)");
    println!("move as a multiple of the learning rate");
    println!("step                  1      2      3     10     20     50");
    for (what, beta2) in [("beta2 0.95", 0.95), ("beta2 0.999", 0.999_f64)] {
        let cells = [1, 2, 3, 10, 20, 50]
            .map(|step| format!("{:6.3}", (1.0 - 0.9_f64.powi(step)) / (1.0 - beta2.powi(step)).sqrt()));
        println!("{what:15} {}", cells.join(" "));
    }

    label("trained without bias correction");
    println!("learning rate 0.01, loss on the held-out names");
    println!("seed                       3      4      5   mean");
    let slow = Rule { beta2: 0.999, ..Rule::ADAM };
    let variants = [
        ("0.95, uncorrected", Rule { correct: false, ..Rule::ADAM }, 0.01),
        ("0.999, corrected", slow, 0.01),
        ("0.999, uncorrected", Rule { correct: false, ..slow }, 0.01),
    ];
    let row = |what: &str, losses: &[f64]| {
        let cells = join(losses.iter().map(|loss| format!("{loss:.3}")), "  ");
        println!("{what:20}  {cells}  {:.3}", mean(losses));
    };
    row("0.95, corrected", &with_adam[..3]);
    for (what, losses) in together(variants, |rule, rate| [3, 4, 5].map(|seed| contest(rule, rate, seed))) {
        row(what, &losses);
    }

    label("without eps");
    println!("step 1, gradients that are exactly 0: {}", zeros(&steps[0].grads));
    let (m_hat, root) = (0.0_f64, 0.0);
    println!("m_hat / root without 1e-8: 0 / 0 = {}", m_hat / root);
    println!("with 1e-8: 0 / (0 + 0.00000001) = {}", 0.0 / 1e-8);

    label("step in the place of step plus 1");
    println!("step 0: 1 - 0.9 ** 0 = {}", 1.0 - 0.9_f64.powi(0));

    label("question a first gradient");
    let mut p = [0.2];
    Adam::new(1).update(&mut p, &[-0.0003], 0, 0.01);
    println!("p before 0.2, gradient -0.0003, after {:.4}", p[0]);

    label("question two steps");
    let (mut m, mut v) = (0.0, 0.0);
    for (step, g) in [(1, 2.0), (2, -1.0)] {
        m = 0.9 * m + 0.1 * g;
        v = 0.95 * v + 0.05 * g * g;
        let (m_hat, v_hat) = (m / (1.0 - 0.9_f64.powi(step)), v / (1.0 - 0.95_f64.powi(step)));
        println!(
            "step {step}: gradient {g}, m {m:.2}, v {v:.2}, m_hat {m_hat:.4}, v_hat {v_hat:.4}, root {:.4}, m_hat / root {:.4}",
            v_hat.sqrt(),
            m_hat / v_hat.sqrt()
        );
    }

    label("question without a gradient");
    let (m, v) = (0.9_f64 * 0.1, 0.95_f64 * 0.05);
    let (m_hat, root) = (m / 0.19, (v / 0.0975).sqrt());
    println!("m = 0.9 * 0.1 g = {m:.2} g, v = 0.95 * 0.05 g^2 = {v:.4} g^2");
    println!("m_hat = {m:.2} g / 0.19 = {m_hat:.4} g");
    println!("v_hat = {v:.4} g^2 / 0.0975 = {:.4} g^2, its root {root:.4} |g|", v / 0.0975);
    println!("move as a multiple of the learning rate: {m_hat:.4} / {root:.4} = {:.4}", m_hat / root);

    label("question memory");
    println!("numbers in m and v: 2 * 4064 = {}", 2 * program.params.len());
    println!("numbers in m, v and the parameters: 3 * 4064 = {}", 3 * program.params.len());
    Ok(())
}

/// What a step of the training leaves behind.
struct Record {
    doc: String,
    learning_rate: f64,
    grads: Vec<f64>,
    m: Vec<f64>,
    v: Vec<f64>,
    params: Vec<f64>,
}

/// A rule for the update: Adam, or Adam with something left out.
#[derive(Clone, Copy)]
struct Rule {
    /// 0 keeps nothing of earlier gradients.
    beta1: f64,
    beta2: f64,
    /// Divide by the root of the mean square?
    divide: bool,
    /// Correct the means for their start at 0?
    correct: bool,
    /// What every gradient is multiplied by.
    scale: f64,
}

impl Rule {
    const ADAM: Rule = Rule { beta1: 0.9, beta2: 0.95, divide: true, correct: true, scale: 1.0 };
    const MOMENTUM: Rule = Rule { divide: false, ..Rule::ADAM };
    const PLAIN: Rule = Rule { beta1: 0.0, ..Rule::MOMENTUM };
}

/// A start and the names to learn from, as microgpt.py would have them with this seed; names of the test
/// are left out.
struct Contest {
    seed: u64,
    params: Parameters,
    docs: Vec<Vec<usize>>,
    held_out: Vec<Vec<usize>>,
}

impl Contest {
    fn new(seed: u64, held_out: &[String]) -> Self {
        let Program { docs, tokenizer, params, .. } = Program::with_seed(seed);
        let encode = |name: &String| tokenizer.encode_doc(name).expect("letters of the data");
        let learn = docs.iter().filter(|name| !held_out.contains(name)).take(Program::NUM_STEPS);
        let docs = learn.map(encode).collect();
        Contest { seed, params, docs, held_out: held_out.iter().map(encode).collect() }
    }

    /// Trains by this rule, and gives the mean loss on the held-out names; NaN if the training failed.
    fn run(&self, rule: Rule, learning_rate: f64) -> f64 {
        let mut params = self.params.clone();
        let mut fused = Fused::new(&params);
        let mut grads = vec![0.0; params.len()];
        let (mut m, mut v) = (grads.clone(), grads.clone());
        let mut losses = Vec::new();
        for (step, tokens) in self.docs.iter().enumerate() {
            fused.loss_and_gradients(params.as_slice(), tokens, rule.scale, &mut losses, &mut grads, false);
            if grads.iter().any(|grad| grad.is_nan()) {
                return f64::NAN;
            }
            let lr_t = cosine_decay(learning_rate, step, self.docs.len());
            let lack = |beta: f64| if rule.correct { 1.0 - beta.powi(step as i32 + 1) } else { 1.0 };
            let (lack_m, lack_v) = (lack(rule.beta1), lack(rule.beta2));
            let pairs = params.as_mut_slice().iter_mut().zip(&grads);
            for ((p, g), (m, v)) in pairs.zip(m.iter_mut().zip(&mut v)) {
                *m = rule.beta1 * *m + (1.0 - rule.beta1) * g;
                *v = rule.beta2 * *v + (1.0 - rule.beta2) * g * g;
                let root = if rule.divide { (*v / lack_v).sqrt() + 1e-8 } else { 1.0 };
                *p -= lr_t / lack_m * *m / root;
            }
        }
        loss_per_prediction(&params, &self.held_out)
    }
}

/// Does something with each rule and its learning rates, side by side.
fn together<R: Send, T: Send>(
    rules: impl IntoParallelIterator<Item = (&'static str, Rule, R)>,
    work: impl Fn(Rule, R) -> T + Sync,
) -> Vec<(&'static str, T)> {
    rules.into_par_iter().map(|(what, rule, rates)| (what, work(rule, rates))).collect()
}
