//! From here to a large model: other parts in the same places, each tried in our model.

mod common;
#[path = "large_model/training.rs"]
mod training;
#[path = "large_model/variant.rs"]
mod variant;

use common::{label, mean};
use microgpt::{Ablation, Config, Program, Random, Tape, loss_of, mean_loss};
use rayon::prelude::*;
use training::{HEAD, Training, changes, pairs};
use variant::{Activation, Norm, Variant};

const OURS: Variant = Variant::OURS;
const VARIANTS: [(&str, Variant); 8] = [
    ("LayerNorm", Variant { norm: Norm::Layer, ..OURS }),
    ("normalization last", Variant { norm_last: true, ..OURS }),
    ("GeLU", Variant { activation: Activation::Gelu, ..OURS }),
    ("SwiGLU", Variant { activation: Activation::SwiGlu, ..OURS }),
    ("RoPE", Variant { rope: true, ..OURS }),
    ("two share keys and values", Variant { kv_heads: 2, ..OURS }),
    ("wte as lm_head", Variant { tied: true, ..OURS }),
    ("all parts of Llama 3", Variant::LLAMA_3),
];

const SEEDS: u64 = 8;

/// How many held-out names each seed tests its models on.
const HELD_OUT: usize = 200;

fn main() {
    println!("--- all switches off ---");
    let program = Program::untrained();
    let start = OURS.start(&program.params, &mut Random::new(1));
    let names = encoded(&program, 0..HELD_OUT);
    let bits = |losses: Vec<f64>| losses.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    let by_crate = bits(names.iter().map(|tokens| loss_of(tokens, &program.params)).collect());
    let same = by_crate.iter().zip(bits(losses(&OURS, &start, &names))).filter(|(a, b)| *a == b).count();
    println!("names: {HELD_OUT}, with the loss of src/model.rs to the bit: {same}");

    let ours = on_the_fast_engine(Ablation::NONE);
    let untold = on_the_fast_engine(Ablation { no_position_embedding: true, ..Ablation::NONE });
    let others: Vec<Vec<f64>> = VARIANTS
        .par_iter()
        .map(|(_, variant)| (1..=SEEDS).into_par_iter().map(|seed| trained(variant, seed)).collect())
        .collect();
    label("other parts");
    println!("{HEAD}");
    for ((name, _), others) in VARIANTS.iter().zip(&others) {
        println!("{}", pairs(name, &changes(others, &ours)));
    }
    label("turned or not told");
    println!("{HEAD}");
    println!("{}", pairs("no position at all", &changes(&untold, &ours)));
    println!("{}", pairs("RoPE, for no position", &changes(&others[4], &untold)));

    label("how they were tried");
    println!("seeds: {SEEDS}, steps: {}, held-out names of each: {HELD_OUT}", Training::OURS.steps);
    println!("mean loss of the models as they are: {:.4}", mean(&ours));
    println!("the least that `signs` can be: {:.1}%", 100.0 * 2.0 / f64::from(1 << SEEDS));
    let rows = VARIANTS.len();
    println!("rows by chance under 5%: {rows} * 0.05 = {:.2}", rows as f64 * 0.05);

    label("parameters");
    let width = Config::default().n_embd;
    println!("rows of the MLP: {}, with SwiGLU: {}", 4 * width, (8 * width).div_ceil(3));
    println!("as it is: {}", start.len());
    for (name, variant) in VARIANTS {
        println!("{name}: {}", variant.start(&program.params, &mut Random::new(1)).len());
    }
}

/// The held-out loss of a variant after training on the 500 names of the program: for each seed other starting values
/// and another order, for each variant the same.
fn trained(variant: &Variant, seed: u64) -> f64 {
    let program = common::reseeded(Config::default(), seed);
    let start = variant.start(&program.params, &mut Random::new(100 + seed));
    let mut tape = Tape::new();
    let params = Training::OURS.run(start, &encoded(&program, 0..500), |params, tokens, grads| {
        tape.clear();
        variant.on(params, 27, &tape).loss(tokens, &mut |_| ()).backward();
        grads.iter_mut().zip(tape.grads(params.len())).for_each(|(sum, grad)| *sum += grad);
    });
    mean(&losses(variant, &params, &held_out(seed)))
}

/// The same of the model as it is, or without a part, on the fast engine.
fn on_the_fast_engine(ablation: Ablation) -> Vec<f64> {
    let tested = |seed| {
        let program = common::reseeded(Config::default(), seed);
        let program = Program { params: program.params.clone().with_ablation(ablation), ..program };
        mean_loss(&common::trained(&program).expect("a training that stays finite"), &held_out(seed))
    };
    (1..=SEEDS).into_par_iter().map(tested).collect()
}

/// Names that only this seed has, and nobody trains on.
fn held_out(seed: u64) -> Vec<Vec<usize>> {
    let first = Program::NUM_STEPS + HELD_OUT * (seed as usize - 1);
    encoded(&Program::untrained(), first..first + HELD_OUT)
}

fn losses(variant: &Variant, params: &[f64], names: &[Vec<usize>]) -> Vec<f64> {
    let mut tape = Tape::new();
    let loss = |tokens: &Vec<usize>| {
        tape.clear();
        variant.on(params, 27, &tape).loss(tokens, &mut |_| ()).data()
    };
    names.iter().map(loss).collect()
}

fn encoded(program: &Program, names: std::ops::Range<usize>) -> Vec<Vec<usize>> {
    program.tokenizer.encode_docs(&program.docs[names]).expect("letters of the vocabulary")
}
