//! Losses and gradients with either engine: of one document, or of all documents of a step.

use super::adam::Adam;
use super::loss::loss;
use super::report::TrainingError;
use crate::autograd::Tape;
use crate::engine::{Engine, mean_loss};
use crate::fused::{self, Fused, VectorUnits};
use crate::parameters::Parameters;

/// The loss of a document (lines 157–169), with Python's bits, unless parts of the model are left out. Where the last
/// bits do not matter, [`mean_loss`] computes it much faster.
///
/// # Panics
///
/// As [`loss`].
pub fn loss_of(tokens: &[usize], params: &Parameters) -> f64 {
    if !params.is_whole() {
        return mean_loss(params, &[tokens]);
    }
    loss(tokens, &params.on(&Tape::new())).loss.data()
}

/// The loss of a document and the gradient of the loss to each parameter (lines 157–172), in the order of
/// [`Parameters::as_slice`]; [`Parameters::get_in`] finds those of a matrix. With Python's bits, unless parts
/// of the model are left out.
///
/// # Panics
///
/// As [`loss`].
pub fn loss_and_gradients(tokens: &[usize], params: &Parameters) -> (f64, Vec<f64>) {
    if !params.is_whole() {
        let (mut losses, mut grads) = (Vec::new(), vec![0.0; params.len()]);
        Fused::new(params).loss_and_gradients(params.as_slice(), tokens, 1.0, &mut losses, &mut grads, false);
        return (losses.iter().sum::<f64>() / losses.len() as f64, grads);
    }
    let tape = Tape::new();
    let loss = loss(tokens, &params.on(&tape)).loss;
    loss.backward();
    (loss.data(), tape.grads(params.len()))
}

/// The working memory of an engine.
#[derive(Debug)]
pub(super) enum Memory {
    #[cfg(not(target_family = "wasm"))]
    Scalar(Tape),
    Fused(VectorUnits, Vec<Share>),
}

impl Memory {
    pub fn new(engine: Engine, params: &Parameters) -> Self {
        match engine.for_model(params) {
            #[cfg(not(target_family = "wasm"))]
            Engine::Scalar => Memory::Scalar(Tape::new()),
            Engine::Fused => Memory::Fused(VectorUnits::best(), Vec::new()),
        }
    }

    /// The losses of some documents, of one after the other, and the gradients of the mean of their means, an entry per
    /// parameter (lines 157–172): of `count` documents, whose tokens `document` knows.
    pub fn loss_and_gradients<'d>(
        &mut self,
        params: &Parameters,
        count: usize,
        document: impl Fn(usize) -> &'d [usize] + Sync,
        losses: &mut Vec<f64>,
        grads: &mut Vec<f64>,
    ) {
        let weight = 1.0 / count as f64;
        losses.clear();
        match self {
            #[cfg(not(target_family = "wasm"))]
            Memory::Scalar(tape) => {
                grads.fill(0.0);
                for i in 0..count {
                    tape.clear();
                    let computed = loss(document(i), &params.on(tape));
                    computed.loss.backward();
                    losses.extend(computed.losses.iter().map(|loss| loss.data()));
                    for (sum, grad) in grads.iter_mut().zip(tape.grads(params.len())) {
                        *sum += weight * grad;
                    }
                }
            }
            Memory::Fused(units, shares) => {
                let num_shares = count.min(SHARES);
                shares.resize_with(num_shares, || Share {
                    fused: Fused::new(params).with_vector_units(*units),
                    losses: Vec::new(),
                    grads: vec![0.0; params.len()],
                });
                for_each_share(shares, |index, Share { fused, losses, grads }| {
                    losses.clear();
                    let first = index * count / num_shares;
                    for i in first..(index + 1) * count / num_shares {
                        let params = params.as_slice();
                        fused.loss_and_gradients(params, document(i), weight, losses, grads, i > first);
                    }
                });
                std::mem::swap(grads, &mut shares[0].grads);
                losses.extend(shares.iter().flat_map(|share| &share.losses));
                for share in &shares[1..] {
                    grads.iter_mut().zip(&share.grads).for_each(|(sum, grad)| *sum += grad);
                }
            }
        }
    }

    /// One update of the parameters (lines 176–181).
    pub fn update(
        &self,
        adam: &mut Adam,
        params: &mut [f64],
        grads: &[f64],
        step: usize,
        learning_rate: f64,
    ) {
        match self {
            #[cfg(not(target_family = "wasm"))]
            Memory::Scalar(_) => adam.update(params, grads, step, learning_rate),
            Memory::Fused(units, _) => fused::update(*units, adam, params, grads, step, learning_rate),
        }
    }
}

/// An error if the loss or a gradient of a step, counted from 0, is infinite or not a number.
pub(super) fn check_finite(
    step: usize,
    loss: f64,
    grads: &[f64],
    params: &Parameters,
) -> Result<(), TrainingError> {
    let (what, value) = if !loss.is_finite() {
        ("loss".to_owned(), loss)
    } else if !fused::all_finite(grads) {
        let index = grads.iter().position(|grad| !grad.is_finite()).expect("one is not finite");
        (format!("gradient of {}", params.name_of(index).unwrap_or_default()), grads[index])
    } else {
        return Ok(());
    };
    Err(TrainingError::NotFinite { step: step + 1, what, value })
}

/// A part of the documents of a step, computed by one thread.
#[derive(Debug)]
pub(super) struct Share {
    fused: Fused,
    losses: Vec<f64>,
    grads: Vec<f64>,
}

/// Among how many shares the documents of a step are divided, if there are as many. It does not depend on
/// the number of threads, and so neither do the sums.
const SHARES: usize = 16;

/// Does something with each share and its index, on all of the processor's cores.
#[cfg(not(target_family = "wasm"))]
fn for_each_share(shares: &mut [Share], work: impl Fn(usize, &mut Share) + Sync) {
    use rayon::prelude::*;
    match shares {
        [share] => work(0, share),
        shares => shares.par_iter_mut().enumerate().for_each(|(index, share)| work(index, share)),
    }
}

/// Does something with each share and its index; there are no threads here.
#[cfg(target_family = "wasm")]
fn for_each_share(shares: &mut [Share], work: impl Fn(usize, &mut Share)) {
    shares.iter_mut().enumerate().for_each(|(index, share)| work(index, share));
}
