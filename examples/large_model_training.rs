//! From here to a large model: batches, warm-up, weight decay and dropout, each tried in our model.

mod common;
#[path = "large_model/training.rs"]
mod training;
#[path = "large_model/variant.rs"]
mod variant;

use common::{label, mean};
use microgpt::{Parameters, Program, Random, Tape, mean_loss};
use rayon::prelude::*;
use training::{HEAD, Training, changes, dropout, fused, pairs};
use variant::Variant;

const OURS: Training = Training::OURS;
const SEEDS: u64 = 8;

/// Of the names, shuffled for each seed, the last so many are held out.
const HELD_OUT: usize = 1000;

fn main() {
    batches();
    warm_up();
    shown_once();
    few_names();
}

fn batches() {
    let trainings = [
        OURS,
        Training { batch: 4, ..OURS },
        Training { batch: 4, steps: 125, ..OURS },
        Training { steps: 2000, ..OURS },
    ];
    let losses = trainings.map(|training| held_out(|seed| trained(&training, seed, usize::MAX)));
    println!("--- batches ---");
    println!("batch  steps  names    loss");
    for (training, losses) in trainings.iter().zip(&losses) {
        let Training { batch, steps, .. } = training;
        println!("{batch:5}  {steps:5}  {:5}  {:.4}", batch * steps, mean(losses));
    }
    label("batches in pairs");
    println!("{HEAD}");
    println!("{}", pairs("4 a step, for 1", &changes(&losses[1], &losses[0])));
    println!("{}", pairs("a quarter of the steps", &changes(&losses[2], &losses[0])));
    println!("{}", pairs("batch, for more steps", &changes(&losses[1], &losses[3])));

    label("how much the gradient scatters");
    let Program { docs, tokenizer, params, .. } = Program::untrained();
    let docs = tokenizer.encode_docs(&docs).expect("letters of the vocabulary");
    let mut gradients = fused(&params);
    let gradients: Vec<Vec<f64>> = docs[..64]
        .iter()
        .map(|tokens| {
            let mut grads = vec![0.0; params.len()];
            gradients(params.as_slice(), tokens, &mut grads);
            grads
        })
        .collect();
    println!("names: {}", gradients.len());
    for batch in [1, 4, 16] {
        let means: Vec<Vec<f64>> = gradients.chunks_exact(batch).map(mean_of).collect();
        let middle = mean_of(&means);
        let squares = means.iter().map(|grads| square_distance(grads, &middle)).sum::<f64>();
        // Divided by one less, as there are only four batches of 16
        let spread = (squares / (means.len() - 1) as f64).sqrt();
        println!(
            "{batch:2} names a step: {:.2} times as long as what they have in common",
            spread / common::length(&middle)
        );
    }
}

fn mean_of(vectors: &[Vec<f64>]) -> Vec<f64> {
    (0..vectors[0].len())
        .map(|i| vectors.iter().map(|vector| vector[i]).sum::<f64>() / vectors.len() as f64)
        .collect()
}

fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

fn warm_up() {
    label("warm-up");
    println!("learning rate  without  with 50 steps");
    let mut rows = Vec::new();
    for learning_rate in [0.01, 0.03, 0.06] {
        let [without, with] = [0, 50].map(|warm_up| {
            let training = Training { warm_up, learning_rate, ..OURS };
            held_out(|seed| trained(&training, seed, usize::MAX))
        });
        println!("{learning_rate:13.2}  {:7.4}  {:13.4}", mean(&without), mean(&with));
        rows.push(pairs(&format!("warm-up, with {learning_rate:.2}"), &changes(&with, &without)));
    }
    label("warm-up in pairs");
    println!("{HEAD}\n{}", rows.join("\n"));
    label("the first steps");
    let warm = Training { warm_up: 50, ..OURS };
    for step in [0, 9, 49, 50] {
        println!(
            "step {}: {:.4}, without: {:.4}",
            step + 1,
            warm.learning_rate_at(step),
            OURS.learning_rate_at(step)
        );
    }
}

/// The training of microgpt.py, in which each name is shown once.
fn shown_once() {
    let plain = held_out(|seed| trained(&OURS, seed, Program::NUM_STEPS));
    let decay = |weight_decay| Training { weight_decay, ..OURS };
    label("names shown once in pairs");
    println!("{HEAD}");
    for (name, losses) in [
        ("weight decay 0.1", held_out(|seed| trained(&decay(0.1), seed, Program::NUM_STEPS))),
        ("weight decay 1", held_out(|seed| trained(&decay(1.0), seed, Program::NUM_STEPS))),
        ("dropout 0.1", held_out(|seed| dropped(&OURS, seed, Program::NUM_STEPS))),
    ] {
        println!("{}", pairs(name, &changes(&losses, &plain)));
    }
}

/// A hundred names, each shown ten times: what shall keep the model from learning them by heart.
fn few_names() {
    const NAMES: usize = 100;
    let long = Training { steps: 1000, ..OURS };
    let once = Training { steps: NAMES, ..OURS };
    let plain = held_out(|seed| trained(&long, seed, NAMES));
    let rows = [
        ("shown once", held_out(|seed| trained(&once, seed, NAMES))),
        ("weight decay 0.1", held_out(|seed| trained(&Training { weight_decay: 0.1, ..long }, seed, NAMES))),
        ("weight decay 1", held_out(|seed| trained(&Training { weight_decay: 1.0, ..long }, seed, NAMES))),
        ("dropout 0.1", held_out(|seed| dropped(&long, seed, NAMES))),
    ];
    label("a hundred names ten times");
    println!("held-out loss: {:.4}", mean(&plain));
    for (name, losses) in &rows {
        println!("{name}: {:.4}", mean(losses));
    }
    println!("added by the nine more rounds: {:.4}", mean(&plain) - mean(&rows[0].1));
    label("a hundred names in pairs");
    println!("{HEAD}");
    for (name, losses) in &rows {
        println!("{}", pairs(name, &changes(losses, &plain)));
    }
    label("how they were tried");
    println!("seeds: {SEEDS}, held-out names of each: {HELD_OUT}");
    println!("names: {NAMES}, steps: {}, each name shown {} times", long.steps, long.steps / NAMES);
    let shrunk = |weight_decay: f64| {
        let rates = (0..OURS.steps).map(|step| OURS.learning_rate_at(step));
        rates.fold(1.0, |left, rate| left * (1.0 - rate * weight_decay))
    };
    println!(
        "left of a parameter without gradients after {} steps: {:.2}, with 1: {:.2}",
        OURS.steps,
        shrunk(0.1),
        shrunk(1.0)
    );
}

/// What each seed has on its held-out names.
fn held_out(loss: impl Fn(u64) -> f64 + Sync + Send) -> Vec<f64> {
    (1..=SEEDS).into_par_iter().map(loss).collect()
}

/// The held-out loss after training on the first names of a seed.
fn trained(training: &Training, seed: u64, names: usize) -> f64 {
    let (program, docs) = start(seed);
    let (learn, test) = docs.split_at(docs.len() - HELD_OUT);
    let gradients = fused(&program.params);
    let params =
        training.run(program.params.as_slice().to_vec(), &learn[..names.min(learn.len())], gradients);
    judge(&program, params, test)
}

/// The same with dropout: each number behind the embedding, attention and the MLP is left out with probability 0.1.
fn dropped(training: &Training, seed: u64, names: usize) -> f64 {
    let (program, docs) = start(seed);
    let (learn, test) = docs.split_at(docs.len() - HELD_OUT);
    let mut random = Random::new(100 + seed);
    let start = Variant::OURS.start(&program.params, &mut random);
    let mut tape = Tape::new();
    let params = training.run(start, &learn[..names], |params, tokens, grads| {
        tape.clear();
        Variant::OURS.on(params, 27, &tape).loss(tokens, &mut dropout(0.1, &mut random)).backward();
        grads.iter_mut().zip(tape.grads(params.len())).for_each(|(sum, grad)| *sum += grad);
    });
    judge(&program, params, test)
}

fn start(seed: u64) -> (Program, Vec<Vec<usize>>) {
    let program = Program::with_seed(seed);
    let docs = program.tokenizer.encode_docs(&program.docs).expect("letters of the vocabulary");
    (program, docs)
}

fn judge(program: &Program, params: Vec<f64>, test: &[Vec<usize>]) -> f64 {
    let params = Parameters::from_values(program.params.config(), program.params.vocab_size(), params);
    mean_loss(&params.expect("as many as before"), test)
}
