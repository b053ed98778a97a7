//! Training (lines 146–184): the loss, Adam, and the loop that makes the parameters better step by step.

use std::f64::consts::PI;
use std::fmt;

use thiserror::Error;

use crate::activations::Activations;
use crate::autograd::{Tape, Value};
use crate::data::{Tokenizer, TokenizerError};
use crate::engine::{Engine, mean_loss};
use crate::fused::{self, Fused, VectorUnits};
use crate::model::{gpt, softmax};
use crate::parameters::{Parameters, StateDict};
use crate::pow::pow;

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

/// The loss of a document (lines 157–169), with Python's bits, unless parts of the model are left out. Where the last
/// bits do not matter, [`mean_loss`] computes it much faster.
///
/// # Panics
///
/// As [`loss`].
pub fn loss_of(tokens: &[usize], params: &Parameters) -> f64 {
    if !params.is_whole() {
        return mean_loss(params, &[tokens]);
    }
    loss(tokens, &params.on(&Tape::new())).loss.data()
}

/// The loss of a document and the gradient of the loss to each parameter (lines 157–172), in the order of
/// [`Parameters::as_slice`]; [`Parameters::get_in`] finds those of a matrix. With Python's bits, unless parts
/// of the model are left out.
///
/// # Panics
///
/// As [`loss`].
pub fn loss_and_gradients(tokens: &[usize], params: &Parameters) -> (f64, Vec<f64>) {
    if !params.is_whole() {
        let (mut losses, mut grads) = (Vec::new(), vec![0.0; params.len()]);
        Fused::new(params).loss_and_gradients(params.as_slice(), tokens, 1.0, &mut losses, &mut grads, false);
        return (losses.iter().sum::<f64>() / losses.len() as f64, grads);
    }
    let tape = Tape::new();
    let loss = loss(tokens, &params.on(&tape)).loss;
    loss.backward();
    (loss.data(), tape.grads(params.len()))
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

/// How the learning rate falls, from its start down to almost 0 (line 175).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Along half a cosine, as in microgpt.py, see [`cosine_decay`].
    Cosine,
    /// By the same amount at each step, as in the later revision.
    Linear,
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
    /// The number of documents in a step is 0.
    #[error("a step needs at least 1 document, not 0")]
    NoBatch,
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
    /// The documents of the step: one, if the training was not told to take more.
    pub documents: Vec<Document>,
    /// The mean of the losses (line 169), before the update; of several documents the mean of their means.
    pub loss: f64,
    /// The learning rate of the update (line 175).
    pub learning_rate: f64,
}

/// A document of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The document (line 156).
    pub doc: String,
    /// Its tokens, BOS at both ends (line 157).
    pub tokens: Vec<usize>,
    /// The loss of each prediction, `[n]` (line 167).
    pub losses: Vec<f64>,
}

impl Step {
    /// The document of the step; of several the first.
    pub fn document(&self) -> &Document {
        &self.documents[0]
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step { step, num_steps, loss, .. } = self;
        write!(f, "step {:4} / {num_steps:4} | loss {loss:.4}", step + 1)
    }
}

/// The training loop (lines 151–184), one step at a time.
///
/// ```
/// use microgpt::{Engine, Program};
///
/// let mut trainer = Program::untrained().trainer().with_engine(Engine::Fused);
/// while let Some(loss) = trainer.advance()? {
///     assert!(loss < 5.0);
/// }
/// # Ok::<(), microgpt::training::TrainingError>(())
/// ```
#[derive(Debug)]
pub struct Trainer {
    docs: Vec<String>,
    /// The documents' tokens, BOS at both ends.
    tokens: Vec<Vec<usize>>,
    params: Parameters,
    adam: Adam,
    grads: Vec<f64>,
    /// The loss of each prediction, of one document after the other.
    losses: Vec<f64>,
    memory: Memory,
    /// The learning rate at the first step (line 147).
    pub learning_rate: f64,
    /// How it falls (line 175).
    pub schedule: Schedule,
    /// Whether line 180 is `p.data -= lr_t * p.grad`, without Adam.
    pub plain_sgd: bool,
    /// How many documents each step takes.
    batch: usize,
    num_steps: usize,
    step: usize,
}

/// The working memory of an engine.
#[derive(Debug)]
enum Memory {
    #[cfg(not(target_family = "wasm"))]
    Scalar(crate::Tape),
    Fused(VectorUnits, Vec<Share>),
}

impl Memory {
    fn new(engine: Engine, params: &Parameters) -> Self {
        match engine.for_model(params) {
            #[cfg(not(target_family = "wasm"))]
            Engine::Scalar => Memory::Scalar(crate::Tape::new()),
            Engine::Fused => Memory::Fused(VectorUnits::best(), Vec::new()),
        }
    }
}

/// A part of the documents of a step, computed by one thread.
#[derive(Debug)]
struct Share {
    fused: Fused,
    losses: Vec<f64>,
    grads: Vec<f64>,
}

/// Among how many shares the documents of a step are divided, if there are as many. It does not depend on
/// the number of threads, and so neither do the sums.
const SHARES: usize = 16;

impl Trainer {
    /// Training of `params` on `docs`, which are taken in this order, again from the first after the last.
    ///
    /// # Errors
    ///
    /// When there are no documents or no steps, a document has a character that the tokenizer lacks, or
    /// the parameters are for another number of tokens.
    pub fn new(
        docs: Vec<String>,
        tokenizer: &Tokenizer,
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
        let tokens = tokenizer.encode_docs(&docs)?;
        Ok(Trainer {
            docs,
            tokens,
            adam: Adam::new(params.len()),
            grads: vec![0.0; params.len()],
            losses: Vec::new(),
            memory: Memory::new(Engine::default(), &params),
            params,
            learning_rate: 1e-2,
            schedule: Schedule::Cosine,
            plain_sgd: false,
            batch: 1,
            num_steps,
            step: 0,
        })
    }

    /// The same training with this engine; without a choice it is [`Engine::Scalar`]. A model without some
    /// of its parts is computed by [`Engine::Fused`] in any case.
    #[must_use]
    pub fn with_engine(self, engine: Engine) -> Self {
        Trainer { memory: Memory::new(engine, &self.params), ..self }
    }

    /// The same training with [`Engine::Fused`] and these vector instructions, to compare them.
    #[must_use]
    pub fn with_vector_units(self, units: VectorUnits) -> Self {
        Trainer { memory: Memory::Fused(units, Vec::new()), ..self }
    }

    /// The same training with this many documents in each step instead of one; the parameters follow the
    /// mean of their gradients. [`Engine::Fused`] shares them out among the processor's cores.
    ///
    /// # Errors
    ///
    /// When `batch` is 0.
    pub fn with_batch(self, batch: usize) -> Result<Self, TrainingError> {
        if batch == 0 {
            return Err(TrainingError::NoBatch);
        }
        Ok(Trainer { batch, ..self })
    }

    /// Goes on from another moment of this training: with what the parameters and Adam's memory were after so many
    /// steps.
    pub fn resume(&mut self, step: usize, params: Parameters, adam: Adam) {
        (self.step, self.params, self.adam) = (step, params, adam);
    }

    /// Trains on the next document and reports what happened; `None` once all steps are done.
    ///
    /// # Errors
    ///
    /// When the loss or a gradient is infinite or not a number. The parameters are then left as they
    /// were before the step.
    pub fn step(&mut self) -> Result<Option<Step>, TrainingError> {
        let step = self.step;
        let learning_rate = self.learning_rate_now();
        let Some(loss) = self.advance()? else { return Ok(None) };
        let mut losses = &self.losses[..];
        let documents = (0..self.batch).map(|i| {
            let document = self.document(step, i);
            let (own, rest) = losses.split_at(self.num_predictions(document));
            losses = rest;
            let (doc, tokens) = (self.docs[document].clone(), self.tokens[document].clone());
            Document { doc, tokens, losses: own.to_vec() }
        });
        let documents = documents.collect();
        Ok(Some(Step { step, num_steps: self.num_steps, documents, loss, learning_rate }))
    }

    /// Trains on the next document as [`step`](Self::step) does, and gives back nothing but the loss: with
    /// [`Engine::Fused`] most of the time would go into the report.
    ///
    /// # Errors
    ///
    /// As for [`step`](Self::step).
    pub fn advance(&mut self) -> Result<Option<f64>, TrainingError> {
        if self.step == self.num_steps {
            return Ok(None);
        }
        self.compute_gradients();
        let loss = self.mean_loss();
        self.check_finite(loss)?;
        self.update();
        self.step += 1;
        Ok(Some(loss))
    }

    /// Trains to the last step, and gives the loss of each step it took.
    ///
    /// # Errors
    ///
    /// As for [`step`](Self::step).
    pub fn finish(&mut self) -> Result<Vec<f64>, TrainingError> {
        std::iter::from_fn(|| self.advance().transpose()).collect()
    }

    /// Lines 174–181.
    fn update(&mut self) {
        let learning_rate = self.learning_rate_now();
        let Trainer { params, adam, grads, memory, step, .. } = self;
        let params = params.as_mut_slice();
        match memory {
            _ if self.plain_sgd => {
                params.iter_mut().zip(grads).for_each(|(p, grad)| *p -= learning_rate * *grad);
            }
            #[cfg(not(target_family = "wasm"))]
            Memory::Scalar(_) => adam.update(params, grads, *step, learning_rate),
            Memory::Fused(units, _) => fused::update(*units, adam, params, grads, *step, learning_rate),
        }
    }

    /// The learning rate of the next step (line 175).
    fn learning_rate_now(&self) -> f64 {
        match self.schedule {
            Schedule::Cosine => cosine_decay(self.learning_rate, self.step, self.num_steps),
            Schedule::Linear => self.learning_rate * (1.0 - self.step as f64 / self.num_steps as f64),
        }
    }

    /// Which document is the `i`-th of a step.
    fn document(&self, step: usize, i: usize) -> usize {
        (step * self.batch + i) % self.docs.len()
    }

    /// How many predictions count of a document (line 158).
    fn num_predictions(&self, document: usize) -> usize {
        self.params.config().block_size.min(self.tokens[document].len() - 1)
    }

    /// The losses and gradients of the next step (lines 155–172).
    fn compute_gradients(&mut self) {
        let Trainer { tokens, params, grads, losses, memory, batch, step, .. } = self;
        let (batch, weight) = (*batch, 1.0 / *batch as f64);
        let tokens_of = |i: usize| &tokens[(*step * batch + i) % tokens.len()][..];
        losses.clear();
        match memory {
            #[cfg(not(target_family = "wasm"))]
            Memory::Scalar(tape) => {
                grads.fill(0.0);
                for i in 0..batch {
                    tape.clear();
                    let computed = loss(tokens_of(i), &params.on(tape));
                    computed.loss.backward();
                    losses.extend(computed.losses.iter().map(|loss| loss.data()));
                    for (sum, grad) in grads.iter_mut().zip(tape.grads(params.len())) {
                        *sum += weight * grad;
                    }
                }
            }
            Memory::Fused(units, shares) => {
                let num_shares = batch.min(SHARES);
                shares.resize_with(num_shares, || Share {
                    fused: Fused::new(params).with_vector_units(*units),
                    losses: Vec::new(),
                    grads: vec![0.0; params.len()],
                });
                for_each_share(shares, |index, Share { fused, losses, grads }| {
                    losses.clear();
                    let first = index * batch / num_shares;
                    for i in first..(index + 1) * batch / num_shares {
                        let params = params.as_slice();
                        fused.loss_and_gradients(params, tokens_of(i), weight, losses, grads, i > first);
                    }
                });
                std::mem::swap(grads, &mut shares[0].grads);
                losses.extend(shares.iter().flat_map(|share| &share.losses));
                for share in &shares[1..] {
                    for (sum, grad) in grads.iter_mut().zip(&share.grads) {
                        *sum += grad;
                    }
                }
            }
        }
    }

    /// The mean of the documents' mean losses (line 169).
    fn mean_loss(&self) -> f64 {
        let mut losses = &self.losses[..];
        let mut total = 0.0;
        for i in 0..self.batch {
            let (own, rest) = losses.split_at(self.num_predictions(self.document(self.step, i)));
            losses = rest;
            total += 1.0 / own.len() as f64 * own.iter().fold(0.0, |sum, loss| sum + loss);
        }
        1.0 / self.batch as f64 * total
    }

    fn check_finite(&self, loss: f64) -> Result<(), TrainingError> {
        let step = self.step + 1;
        if !loss.is_finite() {
            return Err(TrainingError::NotFinite { step, what: "loss".to_owned(), value: loss });
        }
        if fused::all_finite(&self.grads) {
            return Ok(());
        }
        let index = self.grads.iter().position(|grad| !grad.is_finite()).expect("one is not finite");
        Err(TrainingError::NotFinite {
            step,
            what: format!("gradient of {}", self.params.name_of(index).unwrap_or_default()),
            value: self.grads[index],
        })
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

    /// The same, to train with other settings than those of lines 147–148.
    pub fn adam_mut(&mut self) -> &mut Adam {
        &mut self.adam
    }

    /// The parameters, when nothing else of the training is needed any more.
    pub fn into_params(self) -> Parameters {
        self.params
    }
}

/// Does something with each share and its index, on all of the processor's cores.
#[cfg(not(target_family = "wasm"))]
fn for_each_share(shares: &mut [Share], work: impl Fn(usize, &mut Share) + Sync) {
    use rayon::prelude::*;
    match shares {
        [share] => work(0, share),
        shares => shares.par_iter_mut().enumerate().for_each(|(index, share)| work(index, share)),
    }
}

/// Does something with each share and its index; there are no threads here.
#[cfg(target_family = "wasm")]
fn for_each_share(shares: &mut [Share], work: impl Fn(usize, &mut Share)) {
    shares.iter_mut().enumerate().for_each(|(index, share)| work(index, share));
}
