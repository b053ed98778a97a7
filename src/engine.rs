//! Two engines for one model.

use crate::fused::Fused;
use crate::model::{Activations, Parameters};

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
    /// bits, twenty to forty times faster.
    #[cfg_attr(target_family = "wasm", default)]
    Fused,
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
    match engine {
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
