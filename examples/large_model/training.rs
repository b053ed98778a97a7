//! The training loop with what large models add to it, and how two trainings are compared.

#![allow(dead_code)] // each example uses a part of it

use microgpt::training::cosine_decay;
use microgpt::{Fused, Parameters, Random, Value};

/// How a model is trained; line 152 and what large models add.
#[derive(Debug, Clone, Copy)]
pub struct Training {
    pub steps: usize,
    /// How many documents each step takes.
    pub batch: usize,
    /// In how many steps the learning rate rises from almost 0 to what it should be.
    pub warm_up: usize,
    /// What part of itself, times the learning rate, each parameter loses in a step.
    pub weight_decay: f64,
    pub learning_rate: f64,
}

impl Training {
    /// As in microgpt.py.
    pub const OURS: Self =
        Training { steps: 500, batch: 1, warm_up: 0, weight_decay: 0.0, learning_rate: 1e-2 };

    /// Lines 153–184. `add_gradients` adds the gradients of a document's loss to a list.
    pub fn run(
        &self,
        mut params: Vec<f64>,
        docs: &[Vec<usize>],
        mut add_gradients: impl FnMut(&[f64], &[usize], &mut [f64]),
    ) -> Vec<f64> {
        let (beta1, beta2, eps_adam) = (0.9, 0.95, 1e-8);
        let (mut m, mut v) = (vec![0.0; params.len()], vec![0.0; params.len()]);
        for step in 0..self.steps {
            let mut grads = vec![0.0; params.len()];
            for i in 0..self.batch {
                add_gradients(&params, &docs[(step * self.batch + i) % docs.len()], &mut grads);
            }
            let lr_t = self.learning_rate_at(step);
            let [beta1_t, beta2_t] = [beta1, beta2].map(|beta: f64| beta.powi(step as i32 + 1));
            for (i, p) in params.iter_mut().enumerate() {
                let grad = grads[i] / self.batch as f64;
                m[i] = beta1 * m[i] + (1.0 - beta1) * grad;
                v[i] = beta2 * v[i] + (1.0 - beta2) * grad * grad;
                let (m_hat, v_hat) = (m[i] / (1.0 - beta1_t), v[i] / (1.0 - beta2_t));
                *p -= lr_t * (m_hat / (v_hat.sqrt() + eps_adam) + self.weight_decay * *p);
            }
        }
        params
    }

    /// The learning rate of a step: line 175, and the warm-up.
    pub fn learning_rate_at(&self, step: usize) -> f64 {
        let risen = ((step + 1) as f64 / self.warm_up.max(1) as f64).min(1.0);
        risen * cosine_decay(self.learning_rate, step, self.steps)
    }
}

/// What adds a document's gradients on the fast engine, for a model as it is.
pub fn fused(params: &Parameters) -> impl FnMut(&[f64], &[usize], &mut [f64]) {
    let mut fused = Fused::new(params);
    let mut losses = Vec::new();
    move |params, tokens, grads| {
        losses.clear();
        fused.loss_and_gradients(params, tokens, 1.0, &mut losses, grads, true);
    }
}

/// Dropout: each number becomes 0 with probability `p`, and what stays is divided by the probability to stay.
pub fn dropout<'t>(p: f64, random: &mut Random) -> impl FnMut(&mut [Value<'t>]) {
    move |x| {
        for x_i in x.iter_mut().filter(|_| p > 0.0) {
            *x_i = if random.random() < p { *x_i * 0.0 } else { *x_i / (1.0 - p) };
        }
    }
}

/// What each training has more than its partner.
pub fn changes(others: &[f64], ours: &[f64]) -> Vec<f64> {
    others.iter().zip(ours).map(|(other, ours)| other - ours).collect()
}

/// What stands above [`pairs`].
pub const HEAD: &str = "                          change     std  worse   signs";

/// A row about pairs of trainings: the mean of the differences in loss, their standard deviation, how many are
/// positive, and how often coins would choose their signs such that the mean is as far from 0.
pub fn pairs(name: &str, changes: &[f64]) -> String {
    let n = changes.len();
    let mean = |signs: usize| -> f64 {
        let sign = |i: usize| if signs >> i & 1 == 0 { 1.0 } else { -1.0 };
        changes.iter().enumerate().map(|(i, change)| sign(i) * change).sum::<f64>() / n as f64
    };
    let std = (changes.iter().map(|change| (change - mean(0)).powi(2)).sum::<f64>() / n as f64).sqrt();
    let worse = changes.iter().filter(|&&change| change > 0.0).count();
    let as_far = (0..1 << n).filter(|&signs| mean(signs).abs() > mean(0).abs() - 1e-12).count();
    let signs = 100.0 * as_far as f64 / (1 << n) as f64;
    format!("{name:26}{:7.4}  {std:6.4}  {worse:5}  {signs:5.1}%", mean(0))
}
