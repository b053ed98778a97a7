//! Training (lines 146–184): the loss, Adam, and the loop that makes the parameters better step by step.

use std::f64::consts::PI;
use std::fmt;

use thiserror::Error;

use crate::autograd::{Tape, Value, pow};
use crate::data::{Tokenizer, TokenizerError};
use crate::model::{Activations, Parameters, StateDict, gpt, softmax};

/// The forward pass over one document (lines 158–169).
#[derive(Debug, Clone)]
pub struct Loss<'t> {
    /// What the model computed at each position.
    pub activations: Vec<Activations<Value<'t>>>,
    /// −log of the probability given to each next token, [n] (line 167).
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

/// Adam, the optimizer: its settings and its memory (lines 146–149).
#[derive(Debug, Clone, PartialEq)]
pub struct Adam {
    /// How much of the running mean of the gradient stays at each step.
    pub beta1: f64,
    /// How much of the running mean of its square stays at each step.
    pub beta2: f64,
    /// Keeps the division from a division by 0.
    pub eps: f64,
    /// The running mean of the gradient, an entry per parameter.
    pub m: Vec<f64>,
    /// The running mean of its square, an entry per parameter.
    pub v: Vec<f64>,
}

impl Adam {
    /// Adam with the settings of microgpt.py, before its first step.
    pub fn new(num_params: usize) -> Self {
        Adam { beta1: 0.9, beta2: 0.95, eps: 1e-8, m: vec![0.0; num_params], v: vec![0.0; num_params] }
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
        // These are the same for every parameter; Python computes them anew for each.
        let correction1 = 1.0 - pow(self.beta1, (step + 1) as f64);
        let correction2 = 1.0 - pow(self.beta2, (step + 1) as f64);
        // A few entries at a time, with `pow` in loops of its own: the compiler can then compute several
        // entries of the other loops at once.
        let mut power = [0.0; 64];
        let chunks = params.chunks_mut(power.len()).zip(grads.chunks(power.len()));
        let memory = self.m.chunks_mut(power.len()).zip(self.v.chunks_mut(power.len()));
        for ((params, grads), (m, v)) in chunks.zip(memory) {
            let power = &mut power[..grads.len()];
            for (square, &grad) in power.iter_mut().zip(grads) {
                *square = pow(grad, 2.0);
            }
            for (((m, v), grad), power) in m.iter_mut().zip(v).zip(grads).zip(power.iter_mut()) {
                *m = self.beta1 * *m + (1.0 - self.beta1) * grad;
                *v = self.beta2 * *v + (1.0 - self.beta2) * *power;
                *power = *v / correction2; // v_hat
            }
            for v_hat in power.iter_mut() {
                *v_hat = pow(*v_hat, 0.5);
            }
            for ((p, m), root) in params.iter_mut().zip(m).zip(power) {
                let m_hat = *m / correction1;
                *p -= learning_rate * m_hat / (*root + self.eps);
            }
        }
    }
}

/// The learning rate of a step, counted from 0 (line 175): from `base` down to almost 0 along a cosine.
pub fn cosine_decay(base: f64, step: usize, num_steps: usize) -> f64 {
    base * 0.5 * (1.0 + (PI * step as f64 / num_steps as f64).cos())
}

/// Why training cannot start or go on.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TrainingError {
    /// There is nothing to learn from.
    #[error("there is no document to train on; give at least one")]
    NoDocs,
    /// The number of steps is 0.
    #[error("training needs at least 1 step, not 0")]
    NoSteps,
    /// A document has a character the vocabulary lacks.
    #[error("a document cannot be encoded: {0}")]
    Document(#[from] TokenizerError),
    /// The parameters belong to another vocabulary.
    #[error(
        "the parameters are for {params} tokens, the tokenizer has {tokenizer}; use those that belong together"
    )]
    VocabSize {
        /// The number of tokens the parameters are for.
        params: usize,
        /// The number of tokens of the tokenizer.
        tokenizer: usize,
    },
    /// The loss or a gradient overflowed or is not a number.
    #[error(
        "training failed at step {step}: the {what} is {value}; start again with a smaller learning rate"
    )]
    NotFinite {
        /// The step, counted from 1 as in the progress line.
        step: usize,
        /// `loss`, or `gradient of` and the parameter's name.
        what: String,
        /// The number found.
        value: f64,
    },
}

/// What happened in one step of training.
///
/// Its [`Display`](fmt::Display) is the progress line (line 184).
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The step, counted from 0.
    pub step: usize,
    /// How many steps the training has in all.
    pub num_steps: usize,
    /// The document (line 156).
    pub doc: String,
    /// Its tokens, BOS at both ends (line 157).
    pub tokens: Vec<usize>,
    /// The loss of each prediction, [n] (line 167).
    pub losses: Vec<f64>,
    /// Their mean (line 169), before the update.
    pub loss: f64,
    /// The learning rate of the update (line 175).
    pub learning_rate: f64,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step { step, num_steps, loss, .. } = self;
        write!(f, "step {:4} / {num_steps:4} | loss {loss:.4}", step + 1)
    }
}

/// The training loop (lines 151–184), one step at a time.
#[derive(Debug)]
pub struct Trainer {
    docs: Vec<String>,
    /// The documents' tokens, BOS at both ends.
    tokens: Vec<Vec<usize>>,
    params: Parameters,
    adam: Adam,
    grads: Vec<f64>,
    tape: Tape,
    /// The learning rate at the first step (line 147).
    pub learning_rate: f64,
    num_steps: usize,
    step: usize,
}

impl Trainer {
    /// Training of `params` on `docs`, which are taken in this order, again from the first after the last.
    ///
    /// # Errors
    ///
    /// When there are no documents or no steps, a document has a character that the tokenizer lacks, or
    /// the parameters are for another number of tokens.
    pub fn new(
        docs: Vec<String>,
        tokenizer: Tokenizer,
        params: Parameters,
        num_steps: usize,
    ) -> Result<Self, TrainingError> {
        if docs.is_empty() {
            return Err(TrainingError::NoDocs);
        }
        if num_steps == 0 {
            return Err(TrainingError::NoSteps);
        }
        if params.vocab_size() != tokenizer.vocab_size() {
            let (params, tokenizer) = (params.vocab_size(), tokenizer.vocab_size());
            return Err(TrainingError::VocabSize { params, tokenizer });
        }
        let tokens = docs.iter().map(|doc| tokenizer.encode_doc(doc)).collect::<Result<_, _>>()?;
        Ok(Trainer {
            docs,
            tokens,
            adam: Adam::new(params.len()),
            grads: vec![0.0; params.len()],
            params,
            tape: Tape::new(),
            learning_rate: 1e-2,
            num_steps,
            step: 0,
        })
    }

    /// Trains on the next document; `None` once all steps are done.
    ///
    /// # Errors
    ///
    /// When the loss or a gradient is infinite or not a number. The parameters are then left as they
    /// were before the step.
    pub fn step(&mut self) -> Result<Option<Step>, TrainingError> {
        let Trainer { num_steps, step, .. } = *self;
        if step == num_steps {
            return Ok(None);
        }
        let document = step % self.docs.len();
        let tokens = &self.tokens[document];

        self.tape.clear();
        let state_dict = self.params.on(&self.tape);
        let Loss { losses, loss, .. } = loss(tokens, &state_dict);
        loss.backward();
        self.tape.copy_grads(&mut self.grads);
        let (losses, loss) = (losses.iter().map(|loss| loss.data()).collect(), loss.data());
        self.check_finite(loss)?;

        let learning_rate = cosine_decay(self.learning_rate, step, num_steps);
        self.adam.update(self.params.as_mut_slice(), &self.grads, step, learning_rate);
        self.step += 1;
        Ok(Some(Step {
            step,
            num_steps,
            doc: self.docs[document].clone(),
            tokens: tokens.clone(),
            losses,
            loss,
            learning_rate,
        }))
    }

    fn check_finite(&self, loss: f64) -> Result<(), TrainingError> {
        let step = self.step + 1;
        if !loss.is_finite() {
            return Err(TrainingError::NotFinite { step, what: "loss".to_owned(), value: loss });
        }
        match self.grads.iter().position(|grad| !grad.is_finite()) {
            None => Ok(()),
            Some(index) => Err(TrainingError::NotFinite {
                step,
                what: format!("gradient of {}", self.params.name_of(index).unwrap_or_default()),
                value: self.grads[index],
            }),
        }
    }

    /// The parameters as they are now.
    pub fn params(&self) -> &Parameters {
        &self.params
    }

    /// The gradients of the last step, an entry per parameter; 0 before the first.
    pub fn grads(&self) -> &[f64] {
        &self.grads
    }

    /// Adam's memory as it is now.
    pub fn adam(&self) -> &Adam {
        &self.adam
    }

    /// The parameters, when nothing else of the training is needed any more.
    pub fn into_params(self) -> Parameters {
        self.params
    }
}
