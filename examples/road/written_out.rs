//! Forward and backward written out over plain vectors, one position after the other: no graph any more.

use microgpt::{Config, Parameters};

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// to += factor · x
fn add_scaled(to: &mut [f64], factor: f64, x: &[f64]) {
    to.iter_mut().zip(x).for_each(|(to, x)| *to += factor * x);
}

fn linear(x: &[f64], w: &[f64]) -> Vec<f64> {
    w.chunks_exact(x.len()).map(|w_i| dot(w_i, x)).collect()
}

/// From the gradients of the outputs those of the weights, which are added to `dw`, and of the inputs.
fn linear_backward(dy: &[f64], x: &[f64], w: &[f64], dw: &mut [f64]) -> Vec<f64> {
    let mut dx = vec![0.0; x.len()];
    for ((dy, w_i), dw_i) in dy.iter().zip(w.chunks_exact(x.len())).zip(dw.chunks_exact_mut(x.len())) {
        add_scaled(&mut dx, *dy, w_i);
        add_scaled(dw_i, *dy, x);
    }
    dx
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let max_logit = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = logits.iter().map(|logit| (logit - max_logit).exp()).collect();
    let total: f64 = exps.iter().sum();
    exps.iter().map(|e| e / total).collect()
}

/// The vector scaled, and the scale.
fn rmsnorm(x: &[f64]) -> (Vec<f64>, f64) {
    let scale = 1.0 / (dot(x, x) / x.len() as f64 + 1e-5).sqrt();
    (x.iter().map(|x_i| x_i * scale).collect(), scale)
}

/// Adds to `dx` what the gradients of rmsnorm's result say about its input.
fn rmsnorm_backward(dy: &[f64], x: &[f64], scale: f64, dx: &mut [f64]) {
    let factor = -scale.powi(3) * dot(dy, x) / x.len() as f64;
    add_scaled(dx, scale, dy);
    add_scaled(dx, factor, x);
}

/// What a position computed, kept for the way back.
struct Position {
    embedding: Vec<f64>,
    embedding_scale: f64,
    layers: Vec<Layer>,
    x: Vec<f64>,
    probs: Vec<f64>,
}

struct Layer {
    input: Vec<f64>,
    attn_norm: Vec<f64>,
    attn_scale: f64,
    qkv: Vec<f64>,
    weights: Vec<Vec<f64>>,
    x_attn: Vec<f64>,
    residual: Vec<f64>,
    mlp_norm: Vec<f64>,
    mlp_scale: f64,
    hidden: Vec<f64>,
    active: Vec<f64>,
}

/// The loss of a document, and the gradient of each parameter.
pub fn loss_and_gradients(params: &Parameters, tokens: &[usize]) -> (f64, Vec<f64>) {
    let Config { n_embd, n_head, n_layer, block_size, .. } = params.config();
    let head_dim = n_embd / n_head;
    let scale = (head_dim as f64).powf(-0.5);
    let part = |part: usize, h: usize| part * n_embd + h * head_dim..part * n_embd + (h + 1) * head_dim;
    let mut end = 0;
    let mut next = |rows: usize, cols: usize| {
        end += rows * cols;
        end - rows * cols..end
    };
    let (wte, wpe) = (next(params.vocab_size(), n_embd), next(block_size, n_embd));
    let lm_head = next(params.vocab_size(), n_embd);
    let places: Vec<_> = (0..n_layer)
        .map(|_| {
            (
                next(3 * n_embd, n_embd),
                next(n_embd, n_embd),
                next(4 * n_embd, n_embd),
                next(n_embd, 4 * n_embd),
            )
        })
        .collect();
    let params = params.as_slice();
    let row = |matrix: usize, row: usize| matrix + row * n_embd..matrix + (row + 1) * n_embd;

    // Forward
    let n = block_size.min(tokens.len() - 1);
    let mut positions: Vec<Position> = Vec::with_capacity(n);
    for pos_id in 0..n {
        let mut embedding = params[row(wte.start, tokens[pos_id])].to_vec();
        add_scaled(&mut embedding, 1.0, &params[row(wpe.start, pos_id)]);
        let (mut x, embedding_scale) = rmsnorm(&embedding);
        let mut layers: Vec<Layer> = Vec::with_capacity(n_layer);
        for (li, (wqkv, wo, fc1, fc2)) in places.iter().enumerate() {
            let input = x;
            let (attn_norm, attn_scale) = rmsnorm(&input);
            let qkv = linear(&attn_norm, &params[wqkv.clone()]);
            let qkv_of = |t: usize| if t == pos_id { &qkv } else { &positions[t].layers[li].qkv };
            let mut x_attn = vec![0.0; n_embd];
            let mut weights = Vec::with_capacity(n_head);
            for h in 0..n_head {
                let score = |t| dot(&qkv[part(0, h)], &qkv_of(t)[part(1, h)]) * scale;
                let head_weights = softmax(&(0..=pos_id).map(score).collect::<Vec<_>>());
                for (t, &weight) in head_weights.iter().enumerate() {
                    add_scaled(&mut x_attn[part(0, h)], weight, &qkv_of(t)[part(2, h)]);
                }
                weights.push(head_weights);
            }
            let mut residual = linear(&x_attn, &params[wo.clone()]);
            add_scaled(&mut residual, 1.0, &input);
            let (mlp_norm, mlp_scale) = rmsnorm(&residual);
            let hidden = linear(&mlp_norm, &params[fc1.clone()]);
            let active: Vec<f64> = hidden.iter().map(|h| h.max(0.0) * h.max(0.0)).collect();
            x = linear(&active, &params[fc2.clone()]);
            add_scaled(&mut x, 1.0, &residual);
            layers.push(Layer {
                input,
                attn_norm,
                attn_scale,
                qkv,
                weights,
                x_attn,
                residual,
                mlp_norm,
                mlp_scale,
                hidden,
                active,
            });
        }
        let probs = softmax(&linear(&x, &params[lm_head.clone()]));
        positions.push(Position { embedding, embedding_scale, layers, x, probs });
    }
    let losses = positions.iter().zip(&tokens[1..]).map(|(position, &target)| -position.probs[target].ln());
    let loss = losses.sum::<f64>() / n as f64;

    // Backward
    let mut grads = vec![0.0; params.len()];
    let mut d_qkv = vec![vec![vec![0.0; 3 * n_embd]; n_layer]; n];
    for (pos_id, position) in positions.iter().enumerate().rev() {
        let mut d_logits: Vec<f64> = position.probs.iter().map(|p| p / n as f64).collect();
        d_logits[tokens[pos_id + 1]] -= 1.0 / n as f64;
        let lm_grads = &mut grads[lm_head.clone()];
        let mut dx = linear_backward(&d_logits, &position.x, &params[lm_head.clone()], lm_grads);
        for (li, (wqkv, wo, fc1, fc2)) in places.iter().enumerate().rev() {
            let layer = &position.layers[li];
            let mut back = |dy: &[f64], x: &[f64], place: &std::ops::Range<usize>| {
                linear_backward(dy, x, &params[place.clone()], &mut grads[place.clone()])
            };
            let mut d_hidden = back(&dx, &layer.active, fc2);
            d_hidden.iter_mut().zip(&layer.hidden).for_each(|(d, h)| *d *= 2.0 * h.max(0.0));
            let d_norm = back(&d_hidden, &layer.mlp_norm, fc1);
            rmsnorm_backward(&d_norm, &layer.residual, layer.mlp_scale, &mut dx);
            let d_x_attn = back(&dx, &layer.x_attn, wo);
            for h in 0..n_head {
                let (weights, d_out) = (&layer.weights[h], &d_x_attn[part(0, h)]);
                let value = |t: usize| &positions[t].layers[li].qkv[part(2, h)];
                let d_weights: Vec<f64> = (0..=pos_id).map(|t| dot(d_out, value(t))).collect();
                let inner = dot(weights, &d_weights);
                for t in 0..=pos_id {
                    let d_score = weights[t] * (d_weights[t] - inner) * scale;
                    let key = &positions[t].layers[li].qkv[part(1, h)];
                    add_scaled(&mut d_qkv[pos_id][li][part(0, h)], d_score, key);
                    add_scaled(&mut d_qkv[t][li][part(1, h)], d_score, &layer.qkv[part(0, h)]);
                    add_scaled(&mut d_qkv[t][li][part(2, h)], weights[t], d_out);
                }
            }
            let d_norm = back(&d_qkv[pos_id][li], &layer.attn_norm, wqkv);
            rmsnorm_backward(&d_norm, &layer.input, layer.attn_scale, &mut dx);
        }
        let mut d_embedding = vec![0.0; n_embd];
        rmsnorm_backward(&dx, &position.embedding, position.embedding_scale, &mut d_embedding);
        add_scaled(&mut grads[row(wte.start, tokens[pos_id])], 1.0, &d_embedding);
        add_scaled(&mut grads[row(wpe.start, pos_id)], 1.0, &d_embedding);
    }
    (loss, grads)
}
