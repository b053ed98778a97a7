//! Two engines for one model.

use crate::activations::Activations;
use crate::fused::Fused;
use crate::parameters::Parameters;

/// What computes the model and its gradients.
///
/// WebAssembly is sent to readers, who wait for it: there is only the fast engine there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// One number at a time on a [`Tape`](crate::Tape), as microgpt.py does: the same bits.
    #[cfg(not(target_family = "wasm"))]
    #[default]
    Scalar,
    /// Many numbers at a time and no tape, see [`crate::fused`]: the same numbers except for their last
    /// bits, thirty to eighty times faster.
    #[cfg_attr(target_family = "wasm", default)]
    Fused,
}

impl Engine {
    /// This engine, or the one that can compute this model: without some of its parts only the fused can.
    pub(crate) fn for_model(self, params: &Parameters) -> Self {
        if params.is_whole() { self } else { Engine::Fused }
    }
}

/// The loss of each prediction of some documents, `[documents, n]`, without gradients, on the fused engine.
/// A document is a list of tokens that begins and ends with BOS.
///
/// # Panics
///
/// If a document has fewer than two tokens, or one that is not in the vocabulary.
pub fn losses(params: &Parameters, docs: &[impl AsRef<[usize]>]) -> Vec<Vec<f64>> {
    let mut fused = Fused::new(params);
    docs.iter()
        .map(|tokens| {
            let mut losses = Vec::new();
            fused.losses(params.as_slice(), tokens.as_ref(), &mut losses);
            losses
        })
        .collect()
}

/// The mean over documents of the mean loss (line 169) of each, without gradients, on the fused engine.
///
/// # Panics
///
/// As [`losses`].
pub fn mean_loss(params: &Parameters, docs: &[impl AsRef<[usize]>]) -> f64 {
    let mean = |losses: Vec<f64>| losses.iter().sum::<f64>() / losses.len() as f64;
    losses(params, docs).into_iter().map(mean).sum::<f64>() / docs.len() as f64
}

/// What the model computes at each position of `tokens`, from BOS or from anything else; of more tokens than
/// the block has positions, at the first block_size.
///
/// # Panics
///
/// If a token is not in the vocabulary.
pub fn trace(params: &Parameters, tokens: &[usize], engine: Engine) -> Vec<Activations<f64>> {
    let config = params.config();
    let tokens = &tokens[..tokens.len().min(config.block_size)];
    match engine.for_model(params) {
        #[cfg(not(target_family = "wasm"))]
        Engine::Scalar => {
            let tape = crate::Tape::new();
            let state_dict = params.on(&tape);
            let mut keys = vec![Vec::new(); config.n_layer];
            let mut values = vec![Vec::new(); config.n_layer];
            tokens
                .iter()
                .enumerate()
                .map(|(pos_id, &token_id)| {
                    crate::gpt(token_id, pos_id, &mut keys, &mut values, &state_dict).data()
                })
                .collect()
        }
        Engine::Fused => Fused::new(params).activations(params.as_slice(), tokens),
    }
}
