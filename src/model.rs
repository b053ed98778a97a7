//! The architecture (lines 92–144 of microgpt.py): what the model computes with its parameters. [`gpt`] is called once
//! for each position.

use crate::activations::{Activations, HeadActivations, LayerActivations};
use crate::autograd::Value;
use crate::parameters::{Rows, StateDict};
use crate::pow::pow;

/// Each output is the dot product of a row of `w` and `x` (lines 94–95).
///
/// Shapes: `x` `[n]`, `w` `[m, n]`, the result `[m]`.
///
/// # Panics
///
/// If `x` is empty, or a row of `w` has another length (Python leaves out what is too much).
pub fn linear<'t>(x: &[Value<'t>], w: &[Vec<Value<'t>>]) -> Vec<Value<'t>> {
    let tape = x[0].tape();
    w.iter().map(|w_i| tape.dot(w_i, x)).collect()
}

/// Turns scores into probabilities: all positive, their sum 1 (lines 97–101).
///
/// # Panics
///
/// If `logits` is empty.
pub fn softmax<'t>(logits: &[Value<'t>]) -> Vec<Value<'t>> {
    let tape = logits[0].tape();
    let max_logit = logits.iter().map(|logit| logit.data()).fold(f64::NEG_INFINITY, f64::max); // the largest
    let exps: Vec<_> = logits.iter().map(|&logit| (logit - max_logit).exp()).collect();
    let total = tape.sum(exps.iter().copied());
    exps.into_iter().map(|e| e / total).collect()
}

/// Scales a vector so that the mean of its squares is about 1 (lines 103–106).
///
/// # Panics
///
/// If `x` is empty.
pub fn rmsnorm<'t>(x: &[Value<'t>]) -> Vec<Value<'t>> {
    let tape = x[0].tape();
    let mean_square = tape.dot(x, x) / x.len() as f64;
    let scale = (mean_square + 1e-5).powf(-0.5);
    x.iter().map(|&x_i| x_i * scale).collect()
}

/// The model (lines 108–144): from a token, its position and what came before, the scores of the next token, in
/// `logits`. What Python overwrites on the way, its `x`, is kept here under a name for each stage, and returned.
///
/// `keys` and `values` hold a list per layer (line 161); the position's own are appended to them.
///
/// # Panics
///
/// If `token_id` or `pos_id` has no row in its embedding matrix, or `keys` or `values` lacks the list of a layer.
pub fn gpt<'t>(
    token_id: usize,
    pos_id: usize,
    keys: &mut [Rows<'t>],
    values: &mut [Rows<'t>],
    state_dict: &StateDict<'t>,
) -> Activations<Value<'t>> {
    // A clone puts nothing new on the tape.
    let tok_emb = state_dict.wte[token_id].clone();
    let pos_emb = state_dict.wpe[pos_id].clone();
    let embedding = add(&tok_emb, &pos_emb);
    let embedding_norm = rmsnorm(&embedding);

    let mut x = embedding_norm.clone();
    let mut layers = Vec::new();
    for (li, layer) in state_dict.layers.iter().enumerate() {
        // 1) Attention: look at the positions so far, and fetch from them (lines 116–134)
        let x_residual = x; // line 116; Python's x is this, too
        let attn_norm = rmsnorm(&x_residual);
        let q = linear(&attn_norm, &layer.attn_wq); // query: what to look for
        let k = linear(&attn_norm, &layer.attn_wk); // key: what to be found by
        let v = linear(&attn_norm, &layer.attn_wv); // value: what to hand over
        keys[li].push(k.clone());
        values[li].push(v.clone());
        // Lines 124–132: what each head fetches, by `head` below, one after the other
        let heads: Vec<_> = (0..state_dict.config().n_head)
            .map(|h| head(h, state_dict, &q, &keys[li], &values[li]))
            .collect();
        let x_attn: Vec<_> = heads.iter().flat_map(|head| head.head_out.iter().copied()).collect();
        let attn_out = linear(&x_attn, &layer.attn_wo);
        let attn_residual = add(&attn_out, &x_residual); // line 134
        // 2) MLP: work on what was fetched, each position by itself (lines 136–141)
        // `attn_residual` is Python's x, and by line 136 its x_residual.
        let mlp_norm = rmsnorm(&attn_residual);
        let mlp_hidden = linear(&mlp_norm, &layer.mlp_fc1);
        // Line 139. (A later microgpt.py, which the crate can run, too, leaves the square out.)
        let squared = state_dict.config().squared_relu;
        let activate = |x_i: &Value<'t>| if squared { x_i.relu().powf(2.0) } else { x_i.relu() };
        let mlp_active: Vec<_> = mlp_hidden.iter().map(activate).collect();
        let mlp_out = linear(&mlp_active, &layer.mlp_fc2);
        let mlp_residual = add(&mlp_out, &attn_residual); // line 141
        x = mlp_residual.clone();
        layers.push(LayerActivations {
            attn_norm,
            q,
            k,
            v,
            heads,
            x_attn,
            attn_out,
            attn_residual,
            mlp_norm,
            mlp_hidden,
            mlp_active,
            mlp_out,
            mlp_residual,
        });
    }

    let logits = linear(&x, &state_dict.lm_head);
    Activations { tok_emb, pos_emb, embedding, embedding_norm, layers, logits }
}

/// One attention head at one position of one layer (lines 125–131): how much to take from each position so far, and
/// what. `keys` and `values` are those of the layer, a vector for each position.
fn head<'t>(
    h: usize,
    state_dict: &StateDict<'t>,
    q: &[Value<'t>],
    keys: &[Vec<Value<'t>>],
    values: &[Vec<Value<'t>>],
) -> HeadActivations<Value<'t>> {
    let tape = q[0].tape();
    let head_dim = state_dict.config().head_dim();
    let hs = h * head_dim;
    let q_h = &q[hs..hs + head_dim];
    let k_h = keys.iter().map(|k_t| &k_t[hs..hs + head_dim]);
    // (Used for each number of `head_out`, so collected.)
    let v_h: Vec<_> = values.iter().map(|v_t| &v_t[hs..hs + head_dim]).collect();
    let root = pow(head_dim as f64, 0.5); // head_dim**0.5
    let attn_logits: Vec<_> = k_h.map(|k_t| tape.dot(q_h, k_t) / root).collect(); // line 129
    let attn_weights = softmax(&attn_logits);
    let column = |j: usize| v_h.iter().map(|v_t| v_t[j]).collect::<Vec<_>>(); // number j of each value
    let head_out = (0..head_dim).map(|j| tape.dot(&attn_weights, &column(j))).collect();
    HeadActivations { attn_logits, attn_weights, head_out }
}

/// The sum of two vectors, entry by entry (lines 111, 134 and 141).
pub(crate) fn add<'t>(a: &[Value<'t>], b: &[Value<'t>]) -> Vec<Value<'t>> {
    a.iter().zip(b).map(|(&a, &b)| a + b).collect()
}
