//! The probabilities of the next token by the fused engine.

use crate::fused::Fused;
use crate::parameters::Parameters;

/// What says of some tokens how probable each is to come next (lines 194–195), `[vocab_size]`.
pub(super) fn next_probs(params: &Parameters, temperature: f64) -> impl FnMut(&[usize]) -> Vec<f64> {
    let mut fused = Fused::new(params);
    // All positions are computed anew for each token: eight cost as much as one.
    move |tokens| {
        let mut probs = fused.logits(params.as_slice(), tokens);
        let max_logit = probs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        probs.iter_mut().for_each(|p| *p = ((*p - max_logit) / temperature).exp());
        let total: f64 = probs.iter().sum();
        probs.iter_mut().for_each(|p| *p /= total);
        probs
    }
}
