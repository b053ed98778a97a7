//! The later revision: the diff that makes it of microgpt.py, hunk by hunk, and what each change does.

mod common;

use std::error::Error;

use common::{join, label, mean, std, texts, zeros};
use microgpt::training::{Schedule, TrainingError, cosine_decay};
use microgpt::{
    Config, Engine, Parameters, Program, Random, Revision, Sampler, Tokenizer, loss_and_gradients, losses,
    names,
};
use rayon::prelude::*;

const EARLY: Revision = Revision::EARLY;
const LATER: Revision = Revision::LATER;

/// The changes, each by itself: its name, the early revision with it, and the later one without it.
const CHANGES: [(&str, Revision, Revision); 7] = [
    (
        "block of 16",
        of(Config { block_size: 16, ..EARLY.config }),
        to(Config { block_size: 8, ..LATER.config }),
    ),
    ("spread 0.08", of(Config { std: 0.08, ..EARLY.config }), to(Config { std: 0.02, ..LATER.config })),
    (
        "no zeros at the start",
        of(Config { std_residual: 0.02, ..EARLY.config }),
        to(Config { std_residual: 0.0, ..LATER.config }),
    ),
    (
        "ReLU not squared",
        of(Config { squared_relu: false, ..EARLY.config }),
        to(Config { squared_relu: true, ..LATER.config }),
    ),
    ("the other betas", Revision { betas: LATER.betas, ..EARLY }, Revision { betas: EARLY.betas, ..LATER }),
    (
        "straight line",
        Revision { schedule: Schedule::Linear, ..EARLY },
        Revision { schedule: Schedule::Cosine, ..LATER },
    ),
    ("1000 steps", Revision { num_steps: 1000, ..EARLY }, Revision { num_steps: 500, ..LATER }),
];

const fn of(config: Config) -> Revision {
    Revision { config, ..EARLY }
}

const fn to(config: Config) -> Revision {
    Revision { config, ..LATER }
}

/// As many names as the longer training takes.
const TRAINED: usize = LATER.num_steps;
/// How many names that no training has seen each seed tests its models on.
const HELD_OUT: usize = 200;
/// How many trainings of each kind.
const SEEDS: u64 = 10;
/// How many predictions of a name both revisions make at most.
const COMMON: usize = EARLY.config.block_size;

fn main() -> Result<(), Box<dyn Error>> {
    println!("The diff is beyond/later.diff.");
    hunks();
    sizes()?;
    before_training()?;
    learning_rates();
    each_change()?;
    both_programs()
}

/// The diff, each hunk by the number of the first line that it takes out.
fn hunks() {
    let (_, hunks) = include_str!("../beyond/later.diff").split_once("\n@@ -").expect("a hunk");
    for hunk in hunks.split("\n@@ -") {
        let (place, lines) = hunk.split_once("@@\n").expect("where the hunk stands");
        let first: usize = place.split(',').next().and_then(|line| line.parse().ok()).expect("a line number");
        let before = lines.lines().position(|line| line.starts_with('-')).expect("a line that goes");
        label(&format!("line {}", first + before));
        println!("{}", lines.trim_end());
    }
}

fn sizes() -> Result<(), Box<dyn Error>> {
    label("sizes");
    let vocab_size = Tokenizer::new(&names()).vocab_size();
    let count = |config: Config| -> Result<usize, Box<dyn Error>> {
        Ok(config.shapes(vocab_size)?.iter().map(|shape| shape.rows * shape.cols).sum())
    };
    let (early, later) = (count(EARLY.config)?, count(LATER.config)?);
    println!("parameters, early: {early}");
    println!("parameters, later: {later}");
    let rows = LATER.config.block_size - EARLY.config.block_size;
    println!("rows more in wpe: {rows}, numbers in a row: {}", LATER.config.n_embd);
    println!("{later} - {early} = {}", later - early);

    label("checkpoint more parameters");
    println!("answer: {}", later - early);
    println!("wrong: {rows} rows");
    println!("wrong: {} in all of wpe", LATER.config.block_size * LATER.config.n_embd);

    label("long names");
    let names = names();
    let at_least = |letters: usize| names.iter().filter(|name| name.len() >= letters).count();
    println!("names: {}", names.len());
    for block_size in [EARLY.config.block_size, LATER.config.block_size] {
        println!("names with {block_size} letters or more: {}", at_least(block_size));
    }
    println!("letters of the longest: {}", names.iter().map(String::len).max().unwrap_or(0));
    Ok(())
}

fn before_training() -> Result<(), Box<dyn Error>> {
    label("before training");
    println!("revision  loss on the first name  gradients of exactly 0");
    // As the programs draw: the order of the names first, then the first values.
    let (mut docs, mut random) = (names(), Random::new(42));
    random.shuffle(&mut docs);
    let tokenizer = Tokenizer::new(&docs);
    let tokens = tokenizer.encode_doc(&docs[0])?;
    for (name, revision) in [("early", EARLY), ("later", LATER)] {
        let params = Parameters::random(revision.config, tokenizer.vocab_size(), &mut random.clone())?;
        let (loss, grads) = loss_and_gradients(&tokens, &params);
        println!("{name:8}  {loss:>22.4}  {:>12} of {}", zeros(&grads), grads.len());
    }
    println!("guessing, ln({}): {:.4}", tokenizer.vocab_size(), (tokenizer.vocab_size() as f64).ln());
    let of = |revision: Revision| -> Result<usize, Box<dyn Error>> {
        let params = Parameters::random(revision.config, tokenizer.vocab_size(), &mut random.clone())?;
        Ok(zeros(&loss_and_gradients(&tokens, &params).1))
    };
    let (_, no_zeros, _) = CHANGES[2];
    println!("early, without zeros at the start: {} gradients of exactly 0", of(no_zeros)?);
    Ok(())
}

fn learning_rates() {
    label("learning rates");
    println!("part of the training  cosine  straight line");
    for percent in [0, 25, 50, 75, 90] {
        let cosine = cosine_decay(1.0, percent, 100);
        println!("{:>20}%  {cosine:>6.4}  {:>13.4}", percent, 1.0 - percent as f64 / 100.0);
    }
}

/// Trains each model with each seed, and compares.
fn each_change() -> Result<(), Box<dyn Error>> {
    let mut revisions = vec![EARLY, LATER];
    revisions.extend(CHANGES.iter().flat_map(|(_, with, without)| [*with, *without]));
    let all = revisions
        .par_iter()
        .map(|&revision| (1..=SEEDS).map(|seed| held_out_loss(revision, seed)).collect())
        .collect::<Result<Vec<Vec<f64>>, TrainingError>>()?;

    label("the trainings");
    println!("models: {} * {SEEDS} = {}", revisions.len(), revisions.len() * SEEDS as usize);
    println!("held-out names for each seed: {HELD_OUT}, predictions of each that count: at most {COMMON}");
    println!("held-out loss of the early revision: {:.4}", mean(&all[0]));
    println!("held-out loss of the later revision: {:.4}", mean(&all[1]));
    row("later - early", &differences(&all[1], &all[0]));

    label("each change alone");
    println!("{:<22} {:>7} {:>7} {:>7}  {:>6}", "change", "added", "spread", "error", "better");
    for (index, (name, ..)) in CHANGES.iter().enumerate() {
        row(name, &differences(&all[2 + 2 * index], &all[0]));
    }

    label("checkpoint within noise");
    let block = differences(&all[2], &all[0]);
    let error = std(&block) / (block.len() as f64).sqrt();
    let what = match mean(&block) {
        added if added.abs() < error => "Ten pairs show neither",
        added if added < 0.0 => "Ten pairs show that it helps",
        _ => "It makes the model worse",
    };
    println!("answer: {what}");

    label("each change undone");
    println!("{:<22} {:>7} {:>7} {:>7}  {:>6}", "later without", "added", "spread", "error", "better");
    for (index, (name, ..)) in CHANGES.iter().enumerate() {
        row(name, &differences(&all[3 + 2 * index], &all[1]));
    }
    Ok(())
}

fn differences(losses: &[f64], than: &[f64]) -> Vec<f64> {
    losses.iter().zip(than).map(|(loss, than)| loss - than).collect()
}

fn row(name: &str, added: &[f64]) {
    let better = added.iter().filter(|&&added| added < 0.0).count();
    let error = std(added) / (added.len() as f64).sqrt();
    println!(
        "{name:<22} {:>7.4} {:>7.4} {error:>7.4}  {better:>2} of {}",
        mean(added),
        std(added),
        added.len()
    );
}

/// The mean loss of a trained model over the predictions that both revisions make of names it has not seen. By the
/// seed go the order of the names and the first values; both trainings of a pair have the same.
fn held_out_loss(revision: Revision, seed: u64) -> Result<f64, TrainingError> {
    let Program { mut docs, tokenizer, mut random, .. } = Program::with_seed(seed);
    let held_out = docs.split_off(TRAINED);
    docs.truncate(revision.num_steps);
    let params =
        Parameters::random(revision.config, tokenizer.vocab_size(), &mut random).expect("a possible model");
    let mut trainer = revision.trainer(docs, &tokenizer, params)?.with_engine(Engine::Fused);
    trainer.finish()?;
    let held_out = tokenizer.encode_docs(&held_out[..HELD_OUT])?;
    let losses = losses(trainer.params(), &held_out);
    Ok(mean(&losses.iter().flat_map(|losses| losses.iter().copied().take(COMMON)).collect::<Vec<_>>()))
}

/// What the two programs print of input.txt.
fn both_programs() -> Result<(), Box<dyn Error>> {
    for (name, revision) in [("early", EARLY), ("later", LATER)] {
        label(&format!("what the {name} revision prints"));
        let (mut docs, mut random) = (names(), Random::new(42));
        random.shuffle(&mut docs);
        let tokenizer = Tokenizer::new(&docs);
        let params = Parameters::random(revision.config, tokenizer.vocab_size(), &mut random)?;
        println!("num params: {}", params.len());
        let mut trainer = revision.trainer(docs, &tokenizer, params)?.with_engine(Engine::Fused);
        while let Some(step) = trainer.step()? {
            if [0, 1, revision.num_steps - 1].contains(&step.step) {
                println!("{step}");
            }
        }
        let sampler = Sampler::new(&tokenizer, trainer.params()).with_engine(Engine::Fused);
        println!("{}", join(texts(&sampler, 5, 0.5, &mut random)?, " "));
    }
    Ok(())
}
