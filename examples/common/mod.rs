//! What several examples need beside the crate: printing, plain numbers, the graph on a tape, more trainings.

#![allow(dead_code)] // each example uses a part of it

use microgpt::inference::SamplingError;
use microgpt::training::TrainingError;
use microgpt::{Config, Engine, Parameters, Program, Random, Sampler, Tape, Value, losses, softmax};

// Printing

/// Whether the example is to draw its figure instead of printing: its argument is `figure`.
pub fn wants_figure() -> bool {
    std::env::args().nth(1).as_deref() == Some("figure")
}

/// Begins a labelled block, after an empty line.
pub fn label(label: &str) {
    println!("\n--- {label} ---");
}

/// Things side by side, with something between them.
pub fn join<T: ToString>(things: impl IntoIterator<Item = T>, between: &str) -> String {
    things.into_iter().map(|thing| thing.to_string()).collect::<Vec<_>>().join(between)
}

/// Numbers with four decimals, in columns of seven characters.
pub fn show(numbers: &[f64]) -> String {
    join(numbers.iter().map(|number| format!("{number:7.4}")), " ")
}

/// Prints a vector as [`show`] writes it, eight numbers in a line.
pub fn print_rows(numbers: &[f64]) {
    numbers.chunks(8).for_each(|row| println!("{}", show(row)));
}

/// Numbers with four decimals, as close as they come.
pub fn four_decimals(numbers: &[f64]) -> String {
    join(numbers.iter().map(|number| format!("{number:.4}")), " ")
}

/// A bar of this many `#`, rounded.
pub fn bar(length: f64) -> String {
    "#".repeat(length.round() as usize)
}

// Plain numbers

/// What part of all it is, in percent.
pub fn percent(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all as f64
}

/// A number rounded to the four decimals that are printed, so that a reader can go on with them.
pub fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// How many numbers are exactly 0.
pub fn zeros(numbers: &[f64]) -> usize {
    numbers.iter().filter(|&&number| number == 0.0).count()
}

/// The smallest number.
pub fn min(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The largest number.
pub fn max(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// The places of the numbers, that of the largest first.
pub fn largest_first(numbers: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..numbers.len()).collect();
    places.sort_by(|&a, &b| numbers[b].total_cmp(&numbers[a]));
    places
}

/// The mean.
pub fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// The standard deviation: the root of the mean squared distance from the mean.
pub fn std(numbers: &[f64]) -> f64 {
    let mean_of_all = mean(numbers);
    mean(&numbers.iter().map(|number| (number - mean_of_all).powi(2)).collect::<Vec<_>>()).sqrt()
}

/// The root of the mean square.
pub fn rms(numbers: &[f64]) -> f64 {
    (dot(numbers, numbers) / numbers.len() as f64).sqrt()
}

/// The dot product; of two lists of different lengths, as far as both go.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The length of a vector.
pub fn length(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// Softmax (lines 97–101) of plain numbers.
pub fn probabilities(scores: &[f64]) -> Vec<f64> {
    let tape = Tape::new();
    numbers(&softmax(&tape.values(scores)))
}

// The graph on a tape

/// The plain numbers of some values.
pub fn numbers(values: &[Value]) -> Vec<f64> {
    values.iter().map(|value| value.data()).collect()
}

/// The gradients of some values.
pub fn gradients(values: &[Value]) -> Vec<f64> {
    values.iter().map(|value| value.grad()).collect()
}

/// All nodes of a tape, in the order in which they were made.
pub fn nodes(tape: &Tape) -> impl Iterator<Item = Value<'_>> {
    (0..tape.len()).filter_map(|index| tape.get(index))
}

/// All nodes that `root` was computed from, and itself.
pub fn reachable(root: Value) -> Vec<Value> {
    let mut found = std::collections::HashSet::from([root.index()]);
    let mut list = vec![root];
    let mut next = 0;
    while next < list.len() {
        for (child, _) in list[next].children() {
            if found.insert(child.index()) {
                list.push(child);
            }
        }
        next += 1;
    }
    list
}

// Parameters and trainings

/// The parameter that module 4 follows: the first in the row of n.
pub const LM_HEAD_N: &str = "lm_head[13][0]";

/// The place of [`LM_HEAD_N`] among all parameters.
pub fn lm_head_n(params: &Parameters) -> usize {
    params.index_of(LM_HEAD_N).expect("the vocabulary has 27 tokens")
}

/// How many parameters are not what they were.
pub fn changed(before: &Parameters, after: &Parameters) -> usize {
    before.as_slice().iter().zip(after.as_slice()).filter(|(before, after)| before != after).count()
}

/// The parameters with 0 in these matrices.
pub fn with_zeros(mut params: Parameters, matrices: &[&str]) -> Parameters {
    matrices.iter().for_each(|name| params.get_mut(name).expect("a matrix").fill(0.0));
    params
}

/// The mean of the losses of all predictions for these documents; `mean_loss` is the mean of each one's mean.
pub fn loss_per_prediction(params: &Parameters, docs: &[Vec<usize>]) -> f64 {
    mean(&losses(params, docs).concat())
}

/// The 500 names of the training in another order, and other starting values, both by this seed.
pub fn reseeded(config: Config, seed: u64) -> Program {
    let Program { mut docs, tokenizer, .. } = Program::untrained();
    let mut random = Random::new(seed);
    docs.truncate(Program::NUM_STEPS);
    random.shuffle(&mut docs);
    let params = Parameters::random(config, tokenizer.vocab_size(), &mut random).expect("a possible model");
    Program { docs, tokenizer, params, random }
}

/// The parameters after 500 steps on the program's names, on the fused engine.
pub fn trained(program: &Program) -> Result<Parameters, TrainingError> {
    let mut trainer = program.trainer().with_engine(Engine::Fused);
    trainer.finish()?;
    Ok(trainer.into_params())
}

/// Texts that a model writes.
pub fn texts(
    sampler: &Sampler,
    count: usize,
    temperature: f64,
    random: &mut Random,
) -> Result<Vec<String>, SamplingError> {
    Ok(sampler.samples(count, temperature, random)?.into_iter().map(|sample| sample.text).collect())
}
