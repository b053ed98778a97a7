//! Numbers as objects that point to each other, as in microgpt.py (lines 29–72), each allocated by itself.

use std::cell::Cell;
use std::collections::HashSet;
use std::ops::{Add, Mul};
use std::rc::Rc;

use microgpt::{Config, Parameters};

#[derive(Clone)]
struct Value(Rc<Node>);

struct Node {
    data: f64,
    grad: Cell<f64>,
    children: Vec<Value>,
    local_grads: Vec<f64>,
}

impl Value {
    fn new(data: f64, children: Vec<Value>, local_grads: Vec<f64>) -> Self {
        Value(Rc::new(Node { data, grad: Cell::new(0.0), children, local_grads }))
    }

    fn leaf(data: f64) -> Self {
        Value::new(data, Vec::new(), Vec::new())
    }

    fn powf(&self, c: f64) -> Self {
        Value::new(self.0.data.powf(c), vec![self.clone()], vec![c * self.0.data.powf(c - 1.0)])
    }

    fn log(&self) -> Self {
        Value::new(self.0.data.ln(), vec![self.clone()], vec![1.0 / self.0.data])
    }

    fn exp(&self) -> Self {
        Value::new(self.0.data.exp(), vec![self.clone()], vec![self.0.data.exp()])
    }

    fn relu(&self) -> Self {
        let positive = self.0.data > 0.0;
        Value::new(self.0.data.max(0.0), vec![self.clone()], vec![f64::from(u8::from(positive))])
    }

    fn visit(&self, visited: &mut HashSet<*const Node>, order: &mut Vec<Value>) {
        if visited.insert(Rc::as_ptr(&self.0)) {
            for child in &self.0.children {
                child.visit(visited, order);
            }
            order.push(self.clone());
        }
    }

    fn backward(&self) {
        let mut order = Vec::new();
        self.visit(&mut HashSet::new(), &mut order);
        self.0.grad.set(1.0);
        for Value(node) in order.iter().rev() {
            for (Value(child), local_grad) in node.children.iter().zip(&node.local_grads) {
                child.grad.set(child.grad.get() + local_grad * node.grad.get());
            }
        }
    }
}

impl Add for &Value {
    type Output = Value;

    fn add(self, other: &Value) -> Value {
        Value::new(self.0.data + other.0.data, vec![self.clone(), other.clone()], vec![1.0, 1.0])
    }
}

impl Mul for &Value {
    type Output = Value;

    fn mul(self, other: &Value) -> Value {
        let local_grads = vec![other.0.data, self.0.data];
        Value::new(self.0.data * other.0.data, vec![self.clone(), other.clone()], local_grads)
    }
}

fn sum(values: impl Iterator<Item = Value>) -> Value {
    values.fold(Value::leaf(0.0), |total, value| &total + &value)
}

fn dot(a: &[Value], b: &[Value]) -> Value {
    sum(a.iter().zip(b).map(|(a, b)| a * b))
}

fn linear(x: &[Value], w: &[Value]) -> Vec<Value> {
    w.chunks_exact(x.len()).map(|w_i| dot(w_i, x)).collect()
}

fn softmax(logits: &[Value]) -> Vec<Value> {
    let max_logit = Value::leaf(-logits.iter().fold(f64::NEG_INFINITY, |max, logit| logit.0.data.max(max)));
    let exps: Vec<Value> = logits.iter().map(|logit| (logit + &max_logit).exp()).collect();
    let total = sum(exps.iter().cloned());
    exps.iter().map(|e| e * &total.powf(-1.0)).collect()
}

fn rmsnorm(x: &[Value]) -> Vec<Value> {
    let mean_square = &dot(x, x) * &Value::leaf(1.0 / x.len() as f64);
    let scale = (&mean_square + &Value::leaf(1e-5)).powf(-0.5);
    x.iter().map(|x_i| x_i * &scale).collect()
}

fn add(a: &[Value], b: &[Value]) -> Vec<Value> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// The loss of a document, and the gradient of each parameter.
pub fn loss_and_gradients(params: &Parameters, tokens: &[usize]) -> (f64, Vec<f64>) {
    let Config { n_embd, n_head, n_layer, block_size, .. } = params.config();
    let head_dim = n_embd / n_head;
    let all: Vec<Value> = params.as_slice().iter().map(|&data| Value::leaf(data)).collect();
    let mut rest = &all[..];
    let mut matrices = params.matrices().map(|matrix| {
        let (values, after) = rest.split_at(matrix.data.len());
        rest = after;
        values
    });
    let mut next = || matrices.next().expect("a matrix");
    let (wte, wpe, lm_head) = (next(), next(), next());
    let layers: Vec<[&[Value]; 6]> =
        (0..n_layer).map(|_| [next(), next(), next(), next(), next(), next()]).collect();

    let (mut keys, mut values) = (vec![Vec::new(); n_layer], vec![Vec::new(); n_layer]);
    let n = block_size.min(tokens.len() - 1);
    let scale = Value::leaf((head_dim as f64).powf(-0.5));
    let mut losses = Vec::new();
    for pos_id in 0..n {
        let row = |matrix: &[Value], row: usize| matrix[row * n_embd..][..n_embd].to_vec();
        let mut x = rmsnorm(&add(&row(wte, tokens[pos_id]), &row(wpe, pos_id)));
        for (li, [wq, wk, wv, wo, fc1, fc2]) in layers.iter().enumerate() {
            let normed = rmsnorm(&x);
            let q = linear(&normed, wq);
            keys[li].push(linear(&normed, wk));
            values[li].push(linear(&normed, wv));
            let mut x_attn = Vec::new();
            for head in (0..n_embd).step_by(head_dim) {
                let slice = head..head + head_dim;
                let score = |k_t: &Vec<Value>| &dot(&q[slice.clone()], &k_t[slice.clone()]) * &scale;
                let weights = softmax(&keys[li].iter().map(score).collect::<Vec<_>>());
                for j in slice.clone() {
                    x_attn.push(sum(weights.iter().zip(&values[li]).map(|(a_t, v_t)| a_t * &v_t[j])));
                }
            }
            x = add(&linear(&x_attn, wo), &x);
            let hidden = linear(&rmsnorm(&x), fc1);
            let active: Vec<Value> = hidden.iter().map(|x_i| x_i.relu().powf(2.0)).collect();
            x = add(&linear(&active, fc2), &x);
        }
        let probs = softmax(&linear(&x, lm_head));
        losses.push(&probs[tokens[pos_id + 1]].log() * &Value::leaf(-1.0));
    }
    let loss = &Value::leaf(1.0 / n as f64) * &sum(losses.into_iter());
    loss.backward();
    (loss.0.data, all.iter().map(|p| p.0.grad.get()).collect())
}
