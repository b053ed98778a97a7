//! Where the time goes: the parts of a training step, each measured by itself.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::Fused;
use super::block::Work;
use super::lanes::{LANES, Lanes};
use super::vector_units::{Task, VectorUnits};
use crate::model::Parameters;
use crate::training::Adam;

/// A part of a training step on a document that fills eight positions.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What it is.
    pub name: &'static str,
    /// How long it takes.
    pub time: Duration,
    /// How many additions and multiplications it counts, where that says something.
    pub operations: Option<f64>,
}

/// Measures the parts of a step, in order; the last is the processor's limit: nothing but as many
/// multiplications and additions as possible.
///
/// # Panics
///
/// If the model has fewer than eight positions.
pub fn measure_parts(params: &Parameters, units: VectorUnits) -> Vec<Part> {
    let config = params.config();
    assert!(config.block_size >= LANES, "the parts are measured on {LANES} positions");
    let [n, layers, tokens] = [config.n_embd, config.n_layer, params.vocab_size()].map(|size| size as f64);
    let positions = LANES as f64;
    // Each weight is used once for each position, in a multiplication and an addition.
    let linear = 2.0 * positions * n * (layers * 12.0 * n + tokens);
    // So is each entry of a query with each key, and of a value with each weight.
    let attention = 2.0 * layers * positions * positions * 2.0 * n;

    let mut fused = Fused::new(params).with_vector_units(units);
    let mut grads = vec![0.0; params.len()];
    let document: Vec<usize> = (0..=LANES).map(|i| i % params.vocab_size()).collect();
    let mut losses = Vec::new();
    fused.loss_and_gradients(params.as_slice(), &document, 1.0, &mut losses, &mut grads, false);

    let mut parts = Vec::new();
    for (name, work, operations) in [
        ("linear layers, forward", Work::Linear, Some(linear)),
        ("linear layers, backward", Work::LinearBackward, Some(2.0 * linear)),
        ("attention, forward", Work::Attention, Some(attention)),
        ("attention, backward", Work::AttentionBackward, Some(2.0 * attention)),
        ("softmax of the logits", Work::Softmax, None),
    ] {
        let time = fastest(|| {
            let params = params.as_slice();
            units.run(PartOfStep { fused: &mut fused, params, grads: &mut grads, work });
        });
        parts.push(Part { name, time, operations });
    }
    let (mut adam, mut changed) = (Adam::new(params.len()), params.clone());
    let time = fastest(|| super::update(units, &mut adam, changed.as_mut_slice(), &grads, 0, 1e-9));
    parts.push(Part { name: "Adam", time, operations: None });
    let limit = [fastest(|| units.run(Limit::<4>)), fastest(|| units.run(Limit::<8>)) / 2];
    let time = limit.into_iter().min().expect("there are two");
    let operations = (2 * LANES * 4 * Limit::<4>::ROUNDS) as f64;
    parts.push(Part { name: "the processor's limit", time, operations: Some(operations) });
    parts
}

/// The shortest of many runs, of several calls each: a single one is too short for the clock.
fn fastest(mut work: impl FnMut()) -> Duration {
    const CALLS: u32 = 16;
    let mut fastest = Duration::MAX;
    for _ in 0..2000 {
        let start = Instant::now();
        for _ in 0..CALLS {
            work();
        }
        fastest = fastest.min(start.elapsed() / CALLS);
    }
    fastest
}

struct PartOfStep<'a> {
    fused: &'a mut Fused,
    params: &'a [f64],
    grads: &'a mut [f64],
    work: Work,
}

impl Task for PartOfStep<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Fused { plan, blocks, gradients, .. } = self.fused;
        blocks[0].work::<FMA>(self.work, plan, self.params, gradients, self.grads);
    }
}

/// Sums that do not wait for each other, `SUMS` at once.
struct Limit<const SUMS: usize>;

impl<const SUMS: usize> Limit<SUMS> {
    const ROUNDS: usize = 1000;
}

impl<const SUMS: usize> Task for Limit<SUMS> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let factor = black_box(Lanes::splat(1e-9));
        let mut sums = [Lanes::splat(1.0); SUMS];
        for _ in 0..Self::ROUNDS {
            for sum in &mut sums {
                *sum = sum.add_product::<FMA>(factor, factor);
            }
        }
        black_box(sums);
    }
}
