//! The model of lines 108–144 with parts of GPT-2 and of today's models in their places, one switch for each.
//!
//! [`Variant::gpt`] reads like `gpt` in `src/model.rs`. With all switches off it computes the same, to the bit.

#![allow(dead_code)] // each example uses a part of it

use std::collections::BTreeMap;

use microgpt::parameters::Rows;
use microgpt::{Config, Parameters, Random, Tape, Value, linear, rmsnorm, softmax};

/// What brings a vector to scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Norm {
    /// As in line 103.
    Rms,
    /// The same, and each entry times a number that is learned.
    RmsGain,
    /// Without the mean of the vector first; each entry times a number, and plus a number, that are learned.
    Layer,
}

/// What stands in the MLP between its two matrices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// As in line 139.
    SquaredRelu,
    /// A smooth relative of ReLU, as GPT-2 computes it.
    Gelu,
    /// Two matrices go in, and what comes out of them is multiplied.
    SwiGlu,
}

/// Which parts the model has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variant {
    pub norm: Norm,
    /// The first normalization stands behind the layers instead of before them.
    pub norm_last: bool,
    pub activation: Activation,
    /// Queries and keys are turned by an angle that depends on the position; there is no `wpe`.
    pub rope: bool,
    /// How many heads have keys and values of their own: 4, or 2 or 1, which the four queries share.
    pub kv_heads: usize,
    /// `wte` is used again as `lm_head`.
    pub tied: bool,
}

impl Variant {
    /// The model of microgpt.py.
    pub const OURS: Self = Variant {
        norm: Norm::Rms,
        norm_last: false,
        activation: Activation::SquaredRelu,
        rope: false,
        kv_heads: 4,
        tied: false,
    };

    /// The parts of Llama 3.
    pub const LLAMA_3: Self = Variant {
        norm: Norm::RmsGain,
        norm_last: true,
        activation: Activation::SwiGlu,
        rope: true,
        kv_heads: 2,
        ..Self::OURS
    };

    /// The matrices by name, each with its rows and columns; a vector is a matrix of one row.
    fn shapes(&self, vocab_size: usize) -> Vec<(String, usize, usize)> {
        let Config { n_embd: n, block_size, .. } = Config::default();
        let kv = self.kv_heads * Config::default().head_dim();
        // Three matrices instead of two: with two thirds of the rows there are about as many numbers.
        let gated = self.activation == Activation::SwiGlu;
        let hidden = if gated { (8 * n).div_ceil(3) } else { 4 * n };
        let mut linear_layers = vec![("wq", n, n), ("wk", kv, n), ("wv", kv, n), ("wo", n, n)];
        linear_layers.extend([("fc1", hidden, n), ("fc2", n, hidden)]);
        if gated {
            linear_layers.push(("gate", hidden, n));
        }
        let mut shapes = vec![("wte".to_owned(), vocab_size, n)];
        let mut add = |wanted: bool, name: String, rows, cols| {
            if wanted {
                shapes.push((name, rows, cols));
            }
        };
        add(!self.rope, "wpe".to_owned(), block_size, n);
        add(!self.tied, "lm_head".to_owned(), vocab_size, n);
        for (name, rows, cols) in linear_layers {
            add(true, name.to_owned(), rows, cols);
        }
        for place in ["norm 1", "norm 2", "norm 3"] {
            add(self.norm != Norm::Rms, format!("{place} gain"), 1, n);
            add(self.norm == Norm::Layer, format!("{place} bias"), 1, n);
        }
        shapes
    }

    /// The numbers of all matrices before training: those of `params` as far as there are such, so that two variants
    /// begin alike; random ones for the gate, 1 for what is multiplied and 0 for what is added.
    pub fn start(&self, params: &Parameters, random: &mut Random) -> Vec<f64> {
        let mut start = Vec::new();
        for (name, rows, cols) in self.shapes(params.vocab_size()) {
            let prefix = if name.starts_with('f') { "layer0.mlp_" } else { "layer0.attn_" };
            let matrix = params.get(&name).or_else(|| params.get(&format!("{prefix}{name}")));
            for row in 0..rows {
                match (&matrix, name.split_once(' ')) {
                    (Some(matrix), _) => start.extend(&matrix.row(row)[..cols]),
                    (None, None) => start.extend((0..cols).map(|_| random.gauss(0.0, 0.02))),
                    (None, Some(_)) => start.extend(vec![f64::from(u8::from(name.ends_with("gain"))); cols]),
                }
            }
        }
        start
    }

    /// Puts the numbers on an empty tape, each matrix under its name.
    pub fn on<'t>(&self, numbers: &[f64], vocab_size: usize, tape: &'t Tape) -> State<'t> {
        let values = tape.values(numbers);
        let mut rest = &values[..];
        let mut matrices = BTreeMap::new();
        for (name, rows, cols) in self.shapes(vocab_size) {
            let (own, after) = rest.split_at(rows * cols);
            matrices.insert(name, own.chunks_exact(cols).map(<[_]>::to_vec).collect());
            rest = after;
        }
        State { variant: *self, matrices }
    }
}

/// A model on the tape.
pub struct State<'t> {
    variant: Variant,
    matrices: BTreeMap<String, Rows<'t>>,
}

impl<'t> State<'t> {
    /// The mean loss of a document's predictions (lines 158–169). In training, `drop` may leave out parts of a vector.
    pub fn loss(&self, tokens: &[usize], drop: &mut impl FnMut(&mut [Value<'t>])) -> Value<'t> {
        let n = Config::default().block_size.min(tokens.len() - 1);
        let (mut keys, mut values) = (Rows::new(), Rows::new());
        let mut losses = Vec::new();
        for pos_id in 0..n {
            let probs = softmax(&self.gpt(tokens[pos_id], pos_id, &mut keys, &mut values, drop));
            losses.push(-probs[tokens[pos_id + 1]].log());
        }
        1.0 / n as f64 * losses[0].tape().sum(losses.iter().copied())
    }

    /// Lines 108–144.
    fn gpt(
        &self,
        token_id: usize,
        pos_id: usize,
        keys: &mut Rows<'t>,
        values: &mut Rows<'t>,
        drop: &mut impl FnMut(&mut [Value<'t>]),
    ) -> Vec<Value<'t>> {
        let Variant { norm_last, rope, kv_heads, tied, .. } = self.variant;
        let Config { n_head, .. } = Config::default();
        let head_dim = Config::default().head_dim();
        let mut x = self.matrices["wte"][token_id].clone();
        if !rope {
            x = add(&x, &self.matrices["wpe"][pos_id]);
        }
        if !norm_last {
            x = self.norm("norm 1", &x);
        }
        drop(&mut x);

        // 1) Attention
        let x_residual = x;
        let x = self.norm("norm 2", &x_residual);
        let [mut q, mut k, v] = ["wq", "wk", "wv"].map(|name| self.linear(name, &x));
        if rope {
            q.chunks_exact_mut(head_dim).chain(k.chunks_exact_mut(head_dim)).for_each(|x| turn(x, pos_id));
        }
        keys.push(k);
        values.push(v);
        let mut x_attn = Vec::new();
        for h in 0..n_head {
            let q_h = &q[h * head_dim..][..head_dim];
            let hs = h * kv_heads / n_head * head_dim; // where the slice of its keys and values starts
            let slice = |rows: &Rows<'t>| rows.iter().map(|row| row[hs..hs + head_dim].to_vec()).collect();
            let (k_h, v_h): (Rows, Rows) = (slice(keys), slice(values));
            let scores = linear(q_h, &k_h).into_iter().map(|score| score / (head_dim as f64).sqrt());
            let weights = softmax(&scores.collect::<Vec<_>>());
            let column = |j: usize| v_h.iter().map(|v_t| v_t[j]).collect::<Vec<_>>();
            x_attn.extend((0..head_dim).map(|j| weights[0].tape().dot(&weights, &column(j))));
        }
        let mut x = self.linear("wo", &x_attn);
        drop(&mut x);
        let x_residual = add(&x, &x_residual);
        // 2) MLP
        let mut x = self.mlp(&self.norm("norm 3", &x_residual));
        drop(&mut x);
        let mut x = add(&x, &x_residual);
        if norm_last {
            x = self.norm("norm 1", &x);
        }
        linear(&x, &self.matrices[if tied { "wte" } else { "lm_head" }])
    }

    fn mlp(&self, x: &[Value<'t>]) -> Vec<Value<'t>> {
        let hidden = self.linear("fc1", x);
        let active: Vec<_> = match self.variant.activation {
            Activation::SquaredRelu => hidden.iter().map(|x_i| x_i.relu().powf(2.0)).collect(),
            Activation::Gelu => hidden.iter().map(|&x_i| gelu(x_i)).collect(),
            Activation::SwiGlu => {
                let gate = self.linear("gate", x);
                gate.iter().zip(hidden).map(|(&gate, x_i)| gate * sigmoid(gate) * x_i).collect()
            }
        };
        self.linear("fc2", &active)
    }

    fn linear(&self, name: &str, x: &[Value<'t>]) -> Vec<Value<'t>> {
        linear(x, &self.matrices[name])
    }

    fn norm(&self, place: &str, x: &[Value<'t>]) -> Vec<Value<'t>> {
        let mut x = x.to_vec();
        if self.variant.norm == Norm::Layer {
            let mean = x[0].tape().sum(x.iter().copied()) / x.len() as f64;
            x.iter_mut().for_each(|x_i| *x_i = *x_i - mean);
        }
        x = rmsnorm(&x);
        if let Some(gain) = self.matrices.get(&format!("{place} gain")) {
            x.iter_mut().zip(&gain[0]).for_each(|(x_i, gain)| *x_i = *x_i * *gain);
        }
        self.matrices.get(&format!("{place} bias")).map_or(x.clone(), |bias| add(&x, &bias[0]))
    }
}

/// RoPE: each pair of a head's numbers is a point in the plane, and is turned around the origin. The first pair turns
/// by one radian a position, each further pair more slowly.
pub fn turn(head: &mut [Value], pos_id: usize) {
    let head_dim = head.len();
    for (i, pair) in head.chunks_exact_mut(2).enumerate() {
        let angle = pos_id as f64 * 10_000_f64.powf(-2.0 * i as f64 / head_dim as f64);
        let (sin, cos) = angle.sin_cos();
        (pair[0], pair[1]) = (pair[0] * cos - pair[1] * sin, pair[0] * sin + pair[1] * cos);
    }
}

/// A number between 0 and 1, more the larger x is.
pub fn sigmoid(x: Value) -> Value {
    1.0 / ((-x).exp() + 1.0)
}

/// GeLU as GPT-2 has it, x · ½ (1 + tanh u): ½ (1 + tanh u) is the sigmoid of 2u.
pub fn gelu(x: Value) -> Value {
    let u = (x + x.powf(3.0) * 0.044715) * (2.0 / std::f64::consts::PI).sqrt();
    x * sigmoid(u * 2.0)
}

fn add<'t>(a: &[Value<'t>], b: &[Value<'t>]) -> Vec<Value<'t>> {
    a.iter().zip(b).map(|(&a, &b)| a + b).collect()
}
