//! Adam, and how the learning rate falls (lines 146–149 and 174–181).

use std::f64::consts::PI;

use crate::pow::pow;

/// Adam, the optimizer: its settings and its memory (lines 146–149).
#[derive(Debug, Clone, PartialEq)]
pub struct Adam {
    /// How much of the running mean of the gradient stays at each step.
    pub beta1: f64,
    /// How much of the running mean of its square stays at each step.
    pub beta2: f64,
    /// Keeps the division from a division by 0.
    pub eps: f64,
    /// Whether the running means are divided by what they lack in the first steps (lines 178–179).
    pub bias_correction: bool,
    /// The running mean of the gradient, an entry per parameter.
    pub m: Vec<f64>,
    /// The running mean of its square, an entry per parameter.
    pub v: Vec<f64>,
}

impl Adam {
    /// Adam with the settings of microgpt.py, before its first step.
    pub fn new(num_params: usize) -> Self {
        Adam {
            beta1: 0.9,
            beta2: 0.95,
            eps: 1e-8,
            bias_correction: true,
            m: vec![0.0; num_params],
            v: vec![0.0; num_params],
        }
    }

    /// What the running means are divided by at a step, counted from 0. It is the same for every parameter;
    /// Python computes it anew for each.
    pub fn corrections(&self, step: usize) -> [f64; 2] {
        if self.bias_correction {
            [self.beta1, self.beta2].map(|beta| 1.0 - pow(beta, (step + 1) as f64))
        } else {
            [1.0, 1.0]
        }
    }

    /// One update of the parameters (lines 176–181). Steps are counted from 0.
    ///
    /// # Panics
    ///
    /// If `params` and `grads` have not an entry for each of the memory's.
    pub fn update(&mut self, params: &mut [f64], grads: &[f64], step: usize, learning_rate: f64) {
        assert!(
            params.len() == self.m.len() && grads.len() == self.m.len(),
            "one gradient for each parameter"
        );
        let [correction1, correction2] = self.corrections(step);
        for (((p, m), v), &grad) in params.iter_mut().zip(&mut self.m).zip(&mut self.v).zip(grads) {
            *m = self.beta1 * *m + (1.0 - self.beta1) * grad;
            *v = self.beta2 * *v + (1.0 - self.beta2) * pow(grad, 2.0);
            let m_hat = *m / correction1;
            let v_hat = *v / correction2;
            *p -= learning_rate * m_hat / (pow(v_hat, 0.5) + self.eps);
        }
    }
}

/// The learning rate of a step, counted from 0 (line 175): from `base` down to almost 0 along a cosine.
pub fn cosine_decay(base: f64, step: usize, num_steps: usize) -> f64 {
    base * 0.5 * (1.0 + (PI * step as f64 / num_steps as f64).cos())
}
