//! Training (lines 146–184): the loop that makes the parameters better step by step. The loss and Adam stand in
//! modules of their own; so does what microgpt.py has not: choices, such as the engine and how many documents a step takes,
//! and reports.

mod adam;
mod choices;
mod gradients;
mod loss;
mod report;

pub use adam::{Adam, cosine_decay};
pub use choices::Schedule;
pub use gradients::{loss_and_gradients, loss_of};
pub use loss::{Loss, loss};
pub use report::{Document, Step, TrainingError};

use crate::data::Tokenizer;
use crate::engine::Engine;
use crate::parameters::Parameters;
use gradients::{Memory, check_finite};

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
    /// Whether line 181 is `p.data -= lr_t * p.grad`, without Adam.
    pub plain_sgd: bool,
    /// How many documents each step takes.
    batch: usize,
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

    /// Trains on the next document and gives back its loss; `None` once all steps are done. [`step`](Self::step) does
    /// the same and reports it, for which it allocates memory.
    ///
    /// # Errors
    ///
    /// When the loss or a gradient is infinite or not a number. The parameters are then left as they
    /// were before the step.
    pub fn advance(&mut self) -> Result<Option<f64>, TrainingError> {
        if self.step >= self.num_steps {
            return Ok(None);
        }
        // Forward and backward: the loss of the next documents, and its gradient to every parameter (lines 155–172)
        let Trainer { tokens, params, memory, grads, losses, batch, step, .. } = self;
        let document = |i: usize| &tokens[(*step * *batch + i) % tokens.len()][..];
        memory.loss_and_gradients(params, *batch, document, losses, grads);
        let loss = self.mean_loss();
        check_finite(self.step, loss, &self.grads, &self.params)?;

        // Update: with a learning rate that falls along a cosine (lines 174–181)
        let learning_rate = self.learning_rate_now();
        let Trainer { params, adam, memory, grads, step, .. } = self;
        let params = params.as_mut_slice();
        if self.plain_sgd {
            params.iter_mut().zip(grads).for_each(|(p, grad)| *p -= learning_rate * *grad);
        } else {
            memory.update(adam, params, grads, *step, learning_rate);
        }
        self.step += 1;
        Ok(Some(loss))
    }

    /// Trains to the last step, and gives the loss of each step it took.
    ///
    /// # Errors
    ///
    /// As for [`advance`](Self::advance).
    pub fn finish(&mut self) -> Result<Vec<f64>, TrainingError> {
        std::iter::from_fn(|| self.advance().transpose()).collect()
    }

    /// The learning rate of the next step (line 175).
    fn learning_rate_now(&self) -> f64 {
        self.schedule.learning_rate(self.learning_rate, self.step, self.num_steps)
    }

    /// The documents of the step that was just computed: the place of each, and the loss of each of its predictions,
    /// which are at most as many as the block has positions (line 158).
    fn documents(&self, step: usize) -> impl ExactSizeIterator<Item = (usize, &[f64])> {
        let mut losses = &self.losses[..];
        (0..self.batch).map(move |i| {
            let document = (step * self.batch + i) % self.docs.len();
            let n = self.params.config().block_size.min(self.tokens[document].len() - 1);
            let (own, rest) = losses.split_at(n);
            losses = rest;
            (document, own)
        })
    }

    /// The mean of the documents' mean losses (line 169).
    fn mean_loss(&self) -> f64 {
        mean(self.documents(self.step).map(|(_, losses)| mean(losses.iter().copied())))
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

/// The mean with the bits of line 169, (1 / n) * sum(...).
fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    1.0 / numbers.len() as f64 * numbers.fold(0.0, |total, number| total + number)
}
