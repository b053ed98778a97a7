//! What a training says of its steps, and why it cannot start or go on.

use std::fmt;

use thiserror::Error;

use super::Trainer;
use crate::data::TokenizerError;

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

impl Trainer {
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
        let documents = self.documents(step).map(|(i, losses)| Document {
            doc: self.docs[i].clone(),
            tokens: self.tokens[i].clone(),
            losses: losses.to_vec(),
        });
        let documents = documents.collect();
        Ok(Some(Step { step, num_steps: self.num_steps, documents, loss, learning_rate }))
    }
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
        "training failed at step {step}: the {what} is {value}; \
         start again with a smaller learning rate, or from other parameters"
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
