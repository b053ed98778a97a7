//! The loss of a document on the tape (lines 158–169).

use crate::activations::Activations;
use crate::autograd::Value;
use crate::model::{gpt, softmax};
use crate::parameters::StateDict;

/// The forward pass over one document (lines 158–169).
#[derive(Debug, Clone)]
pub struct Loss<'t> {
    /// What the model computed at each position.
    pub activations: Vec<Activations<Value<'t>>>,
    /// −log of the probability given to each next token, `[n]` (line 167).
    pub losses: Vec<Value<'t>>,
    /// Their mean (line 169).
    pub loss: Value<'t>,
}

/// Predicts each next token of a document and says how wrong that was (lines 158–169).
///
/// `tokens` begin and end with BOS. Of a document longer than the block only the first block_size
/// predictions count, so the end of a name with block_size letters is never learnt.
///
/// # Panics
///
/// If there are fewer than two tokens, or one is not in the vocabulary.
pub fn loss<'t>(tokens: &[usize], state_dict: &StateDict<'t>) -> Loss<'t> {
    assert!(tokens.len() >= 2, "a prediction needs a token and the one after it");
    let config = state_dict.config();
    let n = config.block_size.min(tokens.len() - 1);
    let mut keys = vec![Vec::new(); config.n_layer];
    let mut values = vec![Vec::new(); config.n_layer];
    let mut activations = Vec::with_capacity(n);
    let mut losses = Vec::with_capacity(n);
    for pos_id in 0..n {
        let (token_id, target_id) = (tokens[pos_id], tokens[pos_id + 1]);
        let computed = gpt(token_id, pos_id, &mut keys, &mut values, state_dict);
        let probs = softmax(&computed.logits);
        losses.push(-probs[target_id].log());
        activations.push(computed);
    }
    let total = losses[0].tape().sum(losses.iter().copied());
    Loss { activations, loss: 1.0 / n as f64 * total, losses }
}
