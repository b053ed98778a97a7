//! The model with a hand in it (a forward hook): as [`model`](crate::model), [`training::loss`](crate::training::loss) and
//! [`inference`](crate::inference) compute it, and someone is given each vector on the way and may put other numbers in
//! its place. It stands apart, so that those read like their lines; a test holds them together, bit for bit.

use crate::activations::{Activations, HeadActivations, LayerActivations};
use crate::autograd::{Tape, Value};
use crate::inference::{Sample, Sampler, SamplingError};
use crate::model::{add, linear, rmsnorm, softmax};
use crate::parameters::{Rows, StateDict};
use crate::pow::pow;
use crate::random::Random;
use crate::training::Loss;

/// Which of the vectors of [`gpt`](crate::gpt) it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The position.
    pub pos_id: usize,
    /// The layer, 0 outside of layers.
    pub li: usize,
    /// The head, 0 outside of heads.
    pub h: usize,
    /// Its name among the [`Activations`].
    pub name: &'static str,
}

/// [`gpt`](crate::gpt) with a hand in it: `turn` is given each vector as soon as it is computed, and may put other numbers in
/// place of some before anything is computed from them.
///
/// # Panics
///
/// As [`gpt`](crate::gpt).
pub fn gpt_turned<'t>(
    token_id: usize,
    pos_id: usize,
    keys: &mut [Rows<'t>],
    values: &mut [Rows<'t>],
    state_dict: &StateDict<'t>,
    turn: &mut dyn FnMut(Spot, &mut [Value<'t>]),
) -> Activations<Value<'t>> {
    let mut at = |li, h, name, mut x: Vec<Value<'t>>| {
        turn(Spot { pos_id, li, h, name }, &mut x);
        x
    };
    let tok_emb = at(0, 0, "tok_emb", state_dict.wte[token_id].clone());
    let pos_emb = at(0, 0, "pos_emb", state_dict.wpe[pos_id].clone());
    let embedding = at(0, 0, "embedding", add(&tok_emb, &pos_emb));
    let embedding_norm = at(0, 0, "embedding_norm", rmsnorm(&embedding));

    let mut layers: Vec<LayerActivations<Value<'t>>> = Vec::with_capacity(state_dict.layers.len());
    for (li, layer) in state_dict.layers.iter().enumerate() {
        let mut x = |name, x| at(li, 0, name, x);
        // 1) Attention: look at the positions so far, and fetch from them (lines 116–134)
        let x_residual = match layers.last() {
            Some(below) => &below.mlp_residual,
            None => &embedding_norm,
        };
        let attn_norm = x("attn_norm", rmsnorm(x_residual));
        let q = x("q", linear(&attn_norm, &layer.attn_wq)); // query: what to look for
        let k = x("k", linear(&attn_norm, &layer.attn_wk)); // key: what to be found by
        let v = x("v", linear(&attn_norm, &layer.attn_wv)); // value: what to hand over
        // What is copied are the values' places; the numbers stay on the tape.
        keys[li].push(k.clone());
        values[li].push(v.clone());
        let heads: Vec<_> = (0..state_dict.config().n_head)
            .map(|h| head(h, state_dict, &q, &keys[li], &values[li], &mut |name, x| at(li, h, name, x)))
            .collect();
        let mut x = |name, x| at(li, 0, name, x);
        let x_attn = x("x_attn", heads.iter().flat_map(|head| head.head_out.iter().copied()).collect());
        let attn_out = x("attn_out", linear(&x_attn, &layer.attn_wo));
        let attn_residual = x("attn_residual", add(&attn_out, x_residual));
        // 2) MLP: work on what was fetched, each position by itself (lines 136–141)
        let mlp_norm = x("mlp_norm", rmsnorm(&attn_residual));
        let mlp_hidden = x("mlp_hidden", linear(&mlp_norm, &layer.mlp_fc1));
        let squared = state_dict.config().squared_relu;
        let activate = |x_i: &Value<'t>| if squared { x_i.relu().powf(2.0) } else { x_i.relu() };
        let mlp_active = x("mlp_active", mlp_hidden.iter().map(activate).collect());
        let mlp_out = x("mlp_out", linear(&mlp_active, &layer.mlp_fc2));
        let mlp_residual = x("mlp_residual", add(&mlp_out, &attn_residual));
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

    let x = layers.last().map_or(&embedding_norm, |top| &top.mlp_residual);
    let logits = at(0, 0, "logits", linear(x, &state_dict.lm_head));
    Activations { tok_emb, pos_emb, embedding, embedding_norm, layers, logits }
}

/// [`loss`](crate::loss) with a hand in it, as [`gpt_turned`] says; `probs` (line 166) is given to `turn` as well.
///
/// # Panics
///
/// As [`loss`](crate::loss).
pub fn loss_turned<'t>(
    tokens: &[usize],
    state_dict: &StateDict<'t>,
    turn: &mut dyn FnMut(Spot, &mut [Value<'t>]),
) -> Loss<'t> {
    assert!(tokens.len() >= 2, "a prediction needs a token and the one after it");
    let config = state_dict.config();
    let n = config.block_size.min(tokens.len() - 1);
    let mut keys = vec![Vec::new(); config.n_layer];
    let mut values = vec![Vec::new(); config.n_layer];
    let (mut activations, mut losses) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for pos_id in 0..n {
        let computed = gpt_turned(tokens[pos_id], pos_id, &mut keys, &mut values, state_dict, turn);
        let mut probs = softmax(&computed.logits);
        turn(Spot { pos_id, li: 0, h: 0, name: "probs" }, &mut probs);
        losses.push(-probs[tokens[pos_id + 1]].log());
        activations.push(computed);
    }
    let total = losses[0].tape().sum(losses.iter().copied());
    Loss { activations, loss: 1.0 / n as f64 * total, losses }
}

impl Sampler<'_> {
    /// Writes one text on the scalar engine, with a hand in what the model computes, as [`gpt_turned`] says.
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample).
    ///
    /// # Panics
    ///
    /// If parts of the model are left out.
    pub fn sample_turned(
        &self,
        temperature: f64,
        random: &mut Random,
        turn: &mut dyn FnMut(Spot, &mut [Value<'_>]),
    ) -> Result<Sample, SamplingError> {
        self.check(&[], temperature)?;
        let tape = Tape::new();
        let state_dict = self.params.on(&tape);
        let config = self.params.config();
        let mut keys = vec![Vec::new(); config.n_layer];
        let mut values = vec![Vec::new(); config.n_layer];
        self.write(&[], random, |tokens| {
            let pos_id = tokens.len() - 1;
            let logits = gpt_turned(tokens[pos_id], pos_id, &mut keys, &mut values, &state_dict, turn).logits;
            let scaled: Vec<_> = logits.into_iter().map(|logit| logit / temperature).collect();
            softmax(&scaled).iter().map(|p| p.data()).collect()
        })
    }
}

/// One attention head at one position of one layer (lines 125–131): how much to take from each position so far, and
/// what. `keys` and `values` are those of the layer, a vector for each position; `at` hands each vector on.
fn head<'t>(
    h: usize,
    state_dict: &StateDict<'t>,
    q: &[Value<'t>],
    keys: &[Vec<Value<'t>>],
    values: &[Vec<Value<'t>>],
    at: &mut impl FnMut(&'static str, Vec<Value<'t>>) -> Vec<Value<'t>>,
) -> HeadActivations<Value<'t>> {
    let tape = q[0].tape();
    let head_dim = state_dict.config().head_dim();
    let hs = h * head_dim;
    let q_h = &q[hs..hs + head_dim];
    let k_h = keys.iter().map(|k_t| &k_t[hs..hs + head_dim]);
    let v_h: Vec<_> = values.iter().map(|v_t| &v_t[hs..hs + head_dim]).collect();
    let root = pow(head_dim as f64, 0.5); // head_dim**0.5, with Python's bits
    let attn_logits = at("attn_logits", k_h.map(|k_t| tape.dot(q_h, k_t) / root).collect());
    let attn_weights = at("attn_weights", softmax(&attn_logits));
    let column = |j: usize| v_h.iter().map(|v_t| v_t[j]).collect::<Vec<_>>(); // number j of each value
    let head_out = at("head_out", (0..head_dim).map(|j| tape.dot(&attn_weights, &column(j))).collect());
    HeadActivations { attn_logits, attn_weights, head_out }
}
