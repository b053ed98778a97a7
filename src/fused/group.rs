//! The model for a group of eight positions at once, forward and backward.

use std::ops::Range;

use super::lanes::{LANES, Lanes, softmax, transpose, update};
use super::linear::{linear, linear_dw, linear_dx};
use crate::activations::{Activations, HeadActivations, LayerActivations};
use crate::parameters::{Ablation, Config};

/// What is the same for all groups: the sizes, and where each matrix stands among the parameters.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) ablation: Ablation,
    pub(super) vocab_size: usize,
    /// What the scores are multiplied by (line 129).
    score_factor: f64,
    wte: Range<usize>,
    wpe: Range<usize>,
    lm_head: Range<usize>,
    layers: Vec<LayerPlan>,
}

#[derive(Debug, Clone)]
struct LayerPlan {
    /// The matrices for queries, keys and values, which follow each other: [3 · n_embd, n_embd].
    attn_wqkv: Range<usize>,
    attn_wo: Range<usize>,
    mlp_fc1: Range<usize>,
    mlp_fc2: Range<usize>,
}

impl Plan {
    pub(super) fn new(config: Config, ablation: Ablation, vocab_size: usize) -> Self {
        let n = config.n_embd;
        let mut end = 0;
        let mut next = |rows: usize, cols: usize| {
            end += rows * cols;
            end - rows * cols..end
        };
        Plan {
            config,
            ablation,
            vocab_size,
            score_factor: if ablation.no_score_scaling {
                1.0
            } else {
                1.0 / (config.head_dim() as f64).sqrt()
            },
            wte: next(vocab_size, n),
            wpe: next(config.block_size, n),
            lm_head: next(vocab_size, n),
            layers: (0..config.n_layer)
                .map(|_| LayerPlan {
                    attn_wqkv: next(3 * n, n),
                    attn_wo: next(n, n),
                    mlp_fc1: next(4 * n, n),
                    mlp_fc2: next(n, 4 * n),
                })
                .collect(),
        }
    }

    /// How many parameters the model has.
    pub(super) fn num_params(&self) -> usize {
        self.layers.last().map_or(self.lm_head.end, |layer| layer.mlp_fc2.end)
    }

    /// The entries of `part` 0, 1 or 2 of `qkv`, queries, keys or values, that belong to a head (lines 125–128).
    #[inline(always)]
    fn head(&self, part: usize, h: usize) -> Range<usize> {
        let (n_head, head_dim) = (self.config.n_head, self.config.head_dim());
        (part * n_head + h) * head_dim..(part * n_head + h + 1) * head_dim
    }
}

/// What the model computed for a group of eight positions, by the names of lines 109–143.
///
/// Where a document ends before the group does, the positions left over compute something finite that
/// nothing depends on.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// How many positions come before this group.
    start: usize,
    embedding: Vec<Lanes>,
    embedding_scale: Lanes,
    embedding_norm: Vec<Lanes>,
    pub(super) layers: Vec<GroupLayer>,
    /// Scores and probabilities of the tokens, with as many more as make a multiple of eight.
    logits: Vec<Lanes>,
    probs: Vec<Lanes>,
}

/// What one layer computed (lines 115–141).
#[derive(Debug, Clone)]
pub(super) struct GroupLayer {
    attn_scale: Lanes,
    attn_norm: Vec<Lanes>,
    /// Queries, keys and values, [3 · n_embd].
    qkv: Vec<Lanes>,
    /// For each head, for each position up to the end of the group: how the eight look at it.
    attn_logits: Vec<Lanes>,
    attn_weights: Vec<Lanes>,
    x_attn: Vec<Lanes>,
    attn_out: Vec<Lanes>,
    attn_residual: Vec<Lanes>,
    mlp_scale: Lanes,
    mlp_norm: Vec<Lanes>,
    mlp_hidden: Vec<Lanes>,
    mlp_active: Vec<Lanes>,
    mlp_out: Vec<Lanes>,
    mlp_residual: Vec<Lanes>,
    /// The gradients of `qkv`; to those of keys and values later groups add.
    d_qkv: Vec<Lanes>,
}

/// The gradients on their way down through a group.
#[derive(Debug, Clone)]
pub(super) struct Gradients {
    logits: Vec<Lanes>,
    /// Of what the layer at hand gives to the next.
    x: Vec<Lanes>,
    /// Of the input of the linear layers at hand.
    input: Vec<Lanes>,
    hidden: Vec<Lanes>,
    scores: Vec<Lanes>,
}

// Inlined, it would be copied for each of its many calls.
#[inline(never)]
fn zeros(len: usize) -> Vec<Lanes> {
    vec![Lanes::ZERO; len]
}

impl Gradients {
    pub(super) fn new(plan: &Plan) -> Self {
        let n = plan.config.n_embd;
        Gradients {
            logits: zeros(plan.vocab_size),
            x: zeros(n),
            input: zeros(n),
            hidden: zeros(4 * n),
            scores: Vec::new(),
        }
    }
}

impl Group {
    /// The group at this index.
    pub(super) fn new(plan: &Plan, index: usize) -> Self {
        let n = plan.config.n_embd;
        let scores = plan.config.n_head * (index + 1) * LANES;
        let layer = GroupLayer {
            attn_scale: Lanes::ZERO,
            attn_norm: zeros(n),
            qkv: zeros(3 * n),
            attn_logits: zeros(scores),
            attn_weights: zeros(scores),
            x_attn: zeros(n),
            attn_out: zeros(n),
            attn_residual: zeros(n),
            mlp_scale: Lanes::ZERO,
            mlp_norm: zeros(n),
            mlp_hidden: zeros(4 * n),
            mlp_active: zeros(4 * n),
            mlp_out: zeros(n),
            mlp_residual: zeros(n),
            d_qkv: zeros(3 * n),
        };
        let scores = plan.vocab_size.next_multiple_of(LANES);
        Group {
            start: index * LANES,
            embedding: zeros(n),
            embedding_scale: Lanes::ZERO,
            embedding_norm: zeros(n),
            layers: vec![layer; plan.config.n_layer],
            logits: vec![Lanes::splat(f64::NEG_INFINITY); scores],
            probs: zeros(scores),
        }
    }

    /// The forward pass (lines 108–144) for `tokens`, at most eight, after those of the groups `before`.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    #[cfg_attr(target_family = "wasm", inline(never))]
    pub(super) fn forward<const FMA: bool>(
        &mut self,
        before: &[Group],
        plan: &Plan,
        params: &[f64],
        tokens: &[usize],
    ) {
        let Config { n_embd: n, squared_relu, .. } = plan.config;
        let off = plan.ablation;
        let (wte, wpe) = (&params[plan.wte.clone()], &params[plan.wpe.clone()]);
        for (p, &token) in tokens.iter().enumerate() {
            let tok_emb = &wte[token * n..][..n];
            let pos_emb = &wpe[(self.start + p) * n..][..n];
            for ((x, tok), pos) in self.embedding.iter_mut().zip(tok_emb).zip(pos_emb) {
                x.0[p] = if off.no_position_embedding { *tok } else { tok + pos };
            }
        }
        self.embedding_scale = rmsnorm::<FMA>(off.no_rmsnorm, &self.embedding, &mut self.embedding_norm);

        for (li, weights) in plan.layers.iter().enumerate() {
            let (below, layer) = self.layers.split_at_mut(li);
            let layer = &mut layer[0];
            let x = below.last().map_or(&self.embedding_norm, |below| &below.mlp_residual);
            // 1) Attention
            layer.attn_scale = rmsnorm::<FMA>(off.no_rmsnorm, x, &mut layer.attn_norm);
            linear::<FMA>(&params[weights.attn_wqkv.clone()], &layer.attn_norm, &mut layer.qkv);
            for h in 0..plan.config.n_head {
                layer.attend::<FMA>(h, before, li, plan);
            }
            linear::<FMA>(&params[weights.attn_wo.clone()], &layer.x_attn, &mut layer.attn_out);
            add(off.no_residual, &layer.attn_out, x, &mut layer.attn_residual);
            // 2) MLP
            layer.mlp_scale = rmsnorm::<FMA>(off.no_rmsnorm, &layer.attn_residual, &mut layer.mlp_norm);
            linear::<FMA>(&params[weights.mlp_fc1.clone()], &layer.mlp_norm, &mut layer.mlp_hidden);
            let hidden = &layer.mlp_hidden;
            update!(&mut layer.mlp_active, hidden, hidden, |_, x, _| x.map(|x| if x > 0.0 {
                x
            } else {
                0.0
            }));
            if squared_relu {
                update!(&mut layer.mlp_active, hidden, hidden, |relu, _, _| relu * relu);
            }
            linear::<FMA>(&params[weights.mlp_fc2.clone()], &layer.mlp_active, &mut layer.mlp_out);
            add(off.no_residual, &layer.mlp_out, &layer.attn_residual, &mut layer.mlp_residual);
        }

        let x = self.layers.last().map_or(&self.embedding_norm, |top| &top.mlp_residual);
        linear::<FMA>(&params[plan.lm_head.clone()], x, &mut self.logits[..plan.vocab_size]);
    }

    /// The loss of each prediction (lines 166–167), after [`forward`](Self::forward). It is infinite where
    /// the probability is the least that `exp` gives: nobody knows then how small it really is.
    #[inline(always)]
    pub(super) fn losses<const FMA: bool>(&mut self, targets: &[usize], losses: &mut Vec<f64>) {
        softmax::<FMA>(&self.logits, &mut self.probs);
        let loss = |prob: f64| if prob < 1e-303 { f64::INFINITY } else { -prob.ln() };
        losses.extend(targets.iter().enumerate().map(|(p, &target)| loss(self.probs[target].0[p])));
    }

    /// Clears what later groups add to.
    #[inline(always)]
    pub(super) fn begin_backward(&mut self) {
        for layer in &mut self.layers {
            layer.d_qkv.fill(Lanes::ZERO);
        }
    }

    /// The backward pass, after that of the groups that come later: from `weight` times the losses to the
    /// parameters, whose gradients are written to `grads`, or added to them.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    pub(super) fn backward<const FMA: bool>(
        &mut self,
        before: &mut [Group],
        plan: &Plan,
        params: &[f64],
        (tokens, targets): (&[usize], &[usize]),
        weight: f64,
        d: &mut Gradients,
        grads: &mut [f64],
        add: bool,
    ) {
        let Config { n_embd: n, squared_relu, .. } = plan.config;
        let off = plan.ablation;
        // Softmax and −log together: the probabilities, less 1 for the target
        let weights = Lanes(std::array::from_fn(|p| if p < tokens.len() { weight } else { 0.0 }));
        update!(&mut d.logits, &self.probs, &self.probs, |_, prob, _| prob * weights);
        for (p, &target) in targets.iter().enumerate() {
            d.logits[target].0[p] -= weight;
        }
        let x = self.layers.last().map_or(&self.embedding_norm, |top| &top.mlp_residual);
        linear_dw::<FMA>(&d.logits, x, &mut grads[plan.lm_head.clone()], add);
        linear_dx::<FMA>(&params[plan.lm_head.clone()], &d.logits, &mut d.x);

        for (li, weights) in plan.layers.iter().enumerate().rev() {
            let (below, layer) = self.layers.split_at_mut(li);
            let layer = &mut layer[0];
            let x = below.last().map_or(&self.embedding_norm, |below| &below.mlp_residual);
            // 2) MLP
            linear_dw::<FMA>(&d.x, &layer.mlp_active, &mut grads[weights.mlp_fc2.clone()], add);
            linear_dx::<FMA>(&params[weights.mlp_fc2.clone()], &d.x, &mut d.hidden);
            let hidden = &layer.mlp_hidden;
            update!(&mut d.hidden, hidden, hidden, |d_active, x, _| {
                d_active.zip(x, |d_active, x| if x > 0.0 { d_active } else { 0.0 })
            });
            if squared_relu {
                update!(&mut d.hidden, hidden, hidden, |d_relu, x, _| d_relu * x * 2.0);
            }
            linear_dw::<FMA>(&d.hidden, &layer.mlp_norm, &mut grads[weights.mlp_fc1.clone()], add);
            linear_dx::<FMA>(&params[weights.mlp_fc1.clone()], &d.hidden, &mut d.input);
            let residual = (layer.attn_residual.as_slice(), layer.mlp_scale);
            rmsnorm_dx::<FMA>(off.no_rmsnorm, residual, &d.input, &mut d.x, !off.no_residual);
            // 1) Attention
            linear_dw::<FMA>(&d.x, &layer.x_attn, &mut grads[weights.attn_wo.clone()], add);
            linear_dx::<FMA>(&params[weights.attn_wo.clone()], &d.x, &mut d.input);
            for h in 0..plan.config.n_head {
                layer.attend_backward::<FMA>(h, before, li, plan, &d.input, &mut d.scores);
            }
            linear_dw::<FMA>(&layer.d_qkv, &layer.attn_norm, &mut grads[weights.attn_wqkv.clone()], add);
            linear_dx::<FMA>(&params[weights.attn_wqkv.clone()], &layer.d_qkv, &mut d.input);
            rmsnorm_dx::<FMA>(off.no_rmsnorm, (x, layer.attn_scale), &d.input, &mut d.x, !off.no_residual);
        }

        d.input.copy_from_slice(&d.x);
        rmsnorm_dx::<FMA>(off.no_rmsnorm, (&self.embedding, self.embedding_scale), &d.input, &mut d.x, false);
        if !add {
            grads[plan.wte.clone()].fill(0.0);
            grads[plan.wpe.clone()].fill(0.0);
        }
        for (p, &token) in tokens.iter().enumerate() {
            for (d_tok, dx) in grads[plan.wte.clone()][token * n..][..n].iter_mut().zip(&d.x) {
                *d_tok += dx.0[p];
            }
            if !off.no_position_embedding {
                let pos_id = self.start + p;
                for (d_pos, dx) in grads[plan.wpe.clone()][pos_id * n..][..n].iter_mut().zip(&d.x) {
                    *d_pos += dx.0[p];
                }
            }
        }
    }
}

const Q: usize = 0;
const K: usize = 1;
const V: usize = 2;

impl GroupLayer {
    /// One attention head (lines 124–132).
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    #[cfg_attr(target_family = "wasm", inline(never))]
    pub(super) fn attend<const FMA: bool>(&mut self, h: usize, before: &[Group], li: usize, plan: &Plan) {
        let GroupLayer { qkv, attn_logits, attn_weights, x_attn, .. } = self;
        let qkv_of = |group: usize| before.get(group).map_or(&qkv[..], |group| &group.layers[li].qkv);
        let len = (before.len() + 1) * LANES;
        let scores = &mut attn_logits[h * len..][..len];
        let weights = &mut attn_weights[h * len..][..len];

        for (group, scores) in scores.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let k = &qkv_of(group)[plan.head(K, h)];
            for (t, score) in scores.iter_mut().enumerate() {
                let mut sum = Lanes::ZERO;
                for (&q, k) in qkv[plan.head(Q, h)].iter().zip(k) {
                    sum = sum.add_scaled::<FMA>(k.0[t], q);
                }
                *score = sum * plan.score_factor;
            }
        }
        let own = len - LANES..len;
        let see = |score, sees| if sees > 0.0 { score } else { f64::NEG_INFINITY };
        update!(&mut scores[own.clone()], &SEES, &SEES, |score, sees, _| score.zip(sees, see));
        softmax::<FMA>(scores, weights);
        // `exp` never gives 0, and its least times a small number is so small that it is slow.
        update!(&mut weights[own], &SEES, &SEES, |weight, sees, _| weight * sees);

        for (j, out) in x_attn[plan.head(Q, h)].iter_mut().enumerate() {
            let mut sum = Lanes::ZERO;
            for (group, weights) in weights.as_chunks::<LANES>().0.iter().enumerate() {
                let v = &qkv_of(group)[plan.head(V, h)][j];
                for (&weight, &v) in weights.iter().zip(&v.0) {
                    sum = sum.add_scaled::<FMA>(v, weight);
                }
            }
            *out = sum;
        }
    }

    /// From the gradients of a head's output to those of its queries, and of the keys and values that it
    /// looked at; `scores` is working memory.
    #[cfg_attr(not(target_family = "wasm"), inline(always))]
    #[cfg_attr(target_family = "wasm", inline(never))]
    pub(super) fn attend_backward<const FMA: bool>(
        &mut self,
        h: usize,
        before: &mut [Group],
        li: usize,
        plan: &Plan,
        d_x_attn: &[Lanes],
        d_scores: &mut Vec<Lanes>,
    ) {
        let GroupLayer { qkv, attn_weights, d_qkv, .. } = self;
        let len = (before.len() + 1) * LANES;
        let weights = &attn_weights[h * len..][..len];
        let q = &qkv[plan.head(Q, h)];
        let d_out = &d_x_attn[plan.head(Q, h)];
        if d_scores.len() < len {
            d_scores.resize(len, Lanes::ZERO);
        }
        let d_scores = &mut d_scores[..len];

        // The weights, and through the softmax the scores
        let mut inner = Lanes::ZERO;
        for (group, d_scores) in d_scores.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let v = &before.get(group).map_or(&qkv[..], |group| &group.layers[li].qkv)[plan.head(V, h)];
            for (t, d_weight) in d_scores.iter_mut().enumerate() {
                let mut sum = Lanes::ZERO;
                for (&d_out, v) in d_out.iter().zip(v) {
                    sum = sum.add_scaled::<FMA>(v.0[t], d_out);
                }
                *d_weight = sum;
                inner = inner.add_product::<FMA>(weights[group * LANES + t], sum);
            }
        }
        let factor = plan.score_factor;
        update!(d_scores, weights, weights, |d_weight, weight, _| weight * (d_weight - inner) * factor);

        let chunks = d_scores.as_chunks::<LANES>().0.iter().zip(weights.as_chunks::<LANES>().0);
        for (group, (d_scores, weights)) in chunks.enumerate() {
            let k = &before.get(group).map_or(&qkv[..], |group| &group.layers[li].qkv)[plan.head(K, h)];
            for (d_q, k) in d_qkv[plan.head(Q, h)].iter_mut().zip(k) {
                let mut sum = *d_q;
                for (&d_score, &k) in d_scores.iter().zip(&k.0) {
                    sum = sum.add_scaled::<FMA>(k, d_score);
                }
                *d_q = sum;
            }
            // Keys and values are summed over the positions that looked at them.
            let d_kv = before.get_mut(group).map_or(&mut d_qkv[..], |group| &mut group.layers[li].d_qkv);
            add_turned::<FMA>(q, d_scores, &mut d_kv[plan.head(K, h)]);
            add_turned::<FMA>(d_out, weights, &mut d_kv[plan.head(V, h)]);
        }
    }
}

/// Adds to each entry of `to` and position t the sum of `x` times `looks[t]`, over the positions that look.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
#[cfg_attr(target_family = "wasm", inline(never))]
fn add_turned<const FMA: bool>(x: &[Lanes], looks: &[Lanes], to: &mut [Lanes]) {
    let turned = transpose(looks);
    for (to, x) in to.iter_mut().zip(x) {
        let mut sum = *to;
        for (&look, &x) in turned.iter().zip(&x.0) {
            sum = sum.add_scaled::<FMA>(x, look);
        }
        *to = sum;
    }
}

/// Which positions of a group may look at which: position p at t, and `SEES[t].0[p]` is 1, if t ≤ p.
const SEES: [Lanes; LANES] = {
    let mut sees = [Lanes::ZERO; LANES];
    let mut t = 0;
    while t < LANES {
        let mut p = t;
        while p < LANES {
            sees[t].0[p] = 1.0;
            p += 1;
        }
        t += 1;
    }
    sees
};

/// y is x scaled so that the mean of its squares is about 1 (lines 103–106); returns the scale.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
#[cfg_attr(target_family = "wasm", inline(never))]
fn rmsnorm<const FMA: bool>(off: bool, x: &[Lanes], y: &mut [Lanes]) -> Lanes {
    let mut squares = Lanes::ZERO;
    for &x in x {
        squares = squares.add_product::<FMA>(x, x);
    }
    let mean_square = squares * (1.0 / x.len() as f64);
    let scale = if off { Lanes::splat(1.0) } else { mean_square.map(|square| 1.0 / (square + 1e-5).sqrt()) };
    update!(y, x, x, |_, x, _| x * scale);
    scale
}

/// From the gradients of rmsnorm's result to those of its input, written to `dx` or with `add` added.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
#[cfg_attr(target_family = "wasm", inline(never))]
fn rmsnorm_dx<const FMA: bool>(
    off: bool,
    (x, scale): (&[Lanes], Lanes),
    dy: &[Lanes],
    dx: &mut [Lanes],
    add: bool,
) {
    let mut inner = Lanes::ZERO;
    for (&dy, &x) in dy.iter().zip(x) {
        inner = inner.add_product::<FMA>(dy, x);
    }
    // The scale depends on all of x: d scale / d x is −scale³ · x / n.
    let factor = if off { Lanes::ZERO } else { scale * scale * scale * inner * (-1.0 / x.len() as f64) };
    if !add {
        dx.fill(Lanes::ZERO);
    }
    for ((dx, &dy), &x) in dx.iter_mut().zip(dy).zip(x) {
        *dx = dx.add_product::<FMA>(scale, dy).add_product::<FMA>(factor, x);
    }
}

/// The residual connections (lines 134 and 141).
#[inline(always)]
fn add(off: bool, out: &[Lanes], residual: &[Lanes], sum: &mut [Lanes]) {
    update!(sum, out, residual, |_, out, residual| if off { out } else { out + residual });
}

/// The entries at one lane. For each of its many calls it would be copied.
#[inline(never)]
fn lane(x: &[Lanes], p: usize) -> Vec<f64> {
    x.iter().map(|x| x.0[p]).collect()
}

impl Group {
    /// The scores of the next token after position `p` of the group.
    pub(super) fn logits(&self, plan: &Plan, p: usize) -> impl Iterator<Item = f64> {
        self.logits[..plan.vocab_size].iter().map(move |logit| logit.0[p])
    }

    /// What was computed for position `p` of the group, to which `token` was given.
    pub(super) fn activations(
        &self,
        plan: &Plan,
        params: &[f64],
        token: usize,
        p: usize,
    ) -> Activations<f64> {
        let n = plan.config.n_embd;
        let lane = |x: &[Lanes]| lane(x, p);
        let num_keys = self.start + p + 1;
        let layer = |layer: &GroupLayer| LayerActivations {
            attn_norm: lane(&layer.attn_norm),
            q: lane(&layer.qkv[..n]),
            k: lane(&layer.qkv[n..2 * n]),
            v: lane(&layer.qkv[2 * n..]),
            heads: (0..plan.config.n_head)
                .map(|h| {
                    let first = h * (self.start + LANES);
                    HeadActivations {
                        attn_logits: lane(&layer.attn_logits[first..][..num_keys]),
                        attn_weights: lane(&layer.attn_weights[first..][..num_keys]),
                        head_out: lane(&layer.x_attn[plan.head(Q, h)]),
                    }
                })
                .collect(),
            x_attn: lane(&layer.x_attn),
            attn_out: lane(&layer.attn_out),
            attn_residual: lane(&layer.attn_residual),
            mlp_norm: lane(&layer.mlp_norm),
            mlp_hidden: lane(&layer.mlp_hidden),
            mlp_active: lane(&layer.mlp_active),
            mlp_out: lane(&layer.mlp_out),
            mlp_residual: lane(&layer.mlp_residual),
        };
        Activations {
            tok_emb: params[plan.wte.clone()][token * n..][..n].to_vec(),
            pos_emb: params[plan.wpe.clone()][(self.start + p) * n..][..n].to_vec(),
            embedding: lane(&self.embedding),
            embedding_norm: lane(&self.embedding_norm),
            layers: self.layers.iter().map(layer).collect(),
            logits: self.logits(plan, p).collect(),
        }
    }
}
