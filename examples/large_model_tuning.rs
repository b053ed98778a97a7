//! From here to a large model: fine-tuning, a short second training on names of one kind.

mod common;
#[path = "large_model/training.rs"]
mod training;

use std::error::Error;

use common::{label, mean, percent, texts};
use microgpt::training::TrainingError;
use microgpt::{Engine, Parameters, Program, Sampler, Trainer, losses, mean_loss};
use rayon::prelude::*;
use training::{HEAD, pairs};

const SEEDS: u64 = 8;

/// The names of the second training begin with this letter.
const KIND: char = 'k';

/// How many of them the second training has; the others are held out.
const FEW: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let names = Program::untrained().docs;
    let kind = names.iter().filter(|name| name.starts_with(KIND)).count();
    println!("--- the names ---");
    println!("names that begin with {KIND}: {kind} of {}", names.len());
    println!("for the second training: {FEW}, held out of them: {}", kind - FEW);

    let models: Vec<Vec<Judged>> =
        (1..=SEEDS).into_par_iter().map(four_models).collect::<Result<_, TrainingError>>()?;
    label("four models");
    println!("model                            held-out k  behind the k  other names  samples with k");
    for (at, (name, _)) in HOW.iter().enumerate() {
        let column =
            |of: fn(&Judged) -> f64| mean(&models.iter().map(|models| of(&models[at])).collect::<Vec<_>>());
        println!(
            "{name:32} {:10.4}  {:12.4}  {:11.4}  {:13.1}%",
            column(|judged| judged.kind),
            column(|judged| judged.behind),
            column(|judged| judged.others),
            column(|judged| judged.samples)
        );
    }

    label("in pairs");
    println!("{HEAD}");
    let change = |of: fn(&Judged) -> f64, a: usize, b: usize| -> Vec<f64> {
        models.iter().map(|models| of(&models[a]) - of(&models[b])).collect()
    };
    println!("{}", pairs("fine-tuned, for scratch", &change(|judged| judged.kind, 1, 2)));
    println!("{}", pairs("behind the k", &change(|judged| judged.behind, 1, 2)));
    println!("{}", pairs("behind the k, for before", &change(|judged| judged.behind, 1, 0)));
    println!("{}", pairs("loss added for the others", &change(|judged| judged.others, 1, 0)));

    label("how they were made");
    println!("seeds: {SEEDS}");
    println!("steps of the first training: {FIRST_STEPS}, on names that do not begin with {KIND}");
    println!("steps of the second: {}, learning rate at its start: {}", HOW[1].1, SECOND_RATE);
    println!("held-out others: {OTHERS}, samples of each model: {SAMPLES}");
    Ok(())
}

/// The steps of the first training.
const FIRST_STEPS: usize = 2000;
/// The learning rate of the second training, a third of that of the first.
const SECOND_RATE: f64 = 0.003;
/// How many names of other beginnings are held out.
const OTHERS: usize = 500;
/// How many names each model writes.
const SAMPLES: usize = 200;

/// How each model is trained on the few names: what it is called, and how many steps.
const HOW: [(&str, usize); 4] = [
    ("first training alone", 0),
    ("first training, then fine-tuned", 80),
    ("from scratch on the few", 80),
    ("from scratch on the few, longer", 500),
];

/// What is found out about a model.
struct Judged {
    /// Its loss on held-out names of the kind.
    kind: f64,
    /// The same without the prediction of the first letter.
    behind: f64,
    /// Its loss on held-out names of other kinds.
    others: f64,
    /// How many of its samples in a hundred are of the kind.
    samples: f64,
}

fn four_models(seed: u64) -> Result<Vec<Judged>, TrainingError> {
    let program = Program::with_seed(seed);
    let (kind, mut rest): (Vec<String>, Vec<String>) =
        program.docs.iter().cloned().partition(|name| name.starts_with(KIND));
    let (few, test) = kind.split_at(FEW);
    let others = rest.split_off(rest.len() - OTHERS);
    let train = |params: &Parameters, docs: &[String], steps: usize, rate: f64| {
        if steps == 0 {
            return Ok(params.clone());
        }
        let trainer = Trainer::new(docs.to_vec(), &program.tokenizer, params.clone(), steps)?;
        let mut trainer = trainer.with_engine(Engine::Fused);
        trainer.learning_rate = rate;
        trainer.finish()?;
        Ok::<_, TrainingError>(trainer.into_params())
    };
    let first = train(&program.params, &rest, FIRST_STEPS, 0.01)?;
    let tokens = |names: &[String]| program.tokenizer.encode_docs(names).map_err(TrainingError::from);
    let (test, others) = (tokens(test)?, tokens(&others)?);
    HOW.iter()
        .enumerate()
        .map(|(at, &(_, steps))| {
            let params = match at {
                0 | 1 => train(&first, few, steps, SECOND_RATE)?,
                _ => train(&program.params, few, steps, 0.01)?,
            };
            let sampler = Sampler::new(&program.tokenizer, &params).with_engine(Engine::Fused);
            let samples = texts(&sampler, SAMPLES, 1.0, &mut program.random.clone()).expect("finite scores");
            Ok(Judged {
                kind: mean_loss(&params, &test),
                behind: mean(
                    &losses(&params, &test).iter().map(|losses| mean(&losses[1..])).collect::<Vec<_>>(),
                ),
                others: mean_loss(&params, &others),
                samples: percent(samples.iter().filter(|name| name.starts_with(KIND)).count(), SAMPLES),
            })
        })
        .collect()
}
