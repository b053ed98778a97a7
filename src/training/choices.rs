//! What microgpt.py leaves no choice in: the engine, how many documents a step takes, how the learning rate falls, and
//! where the training begins.

use super::adam::{Adam, cosine_decay};
use super::gradients::Memory;
use super::{Trainer, TrainingError};
use crate::engine::Engine;
use crate::fused::VectorUnits;
use crate::parameters::Parameters;

/// How the learning rate falls, from its start down to almost 0 (line 175).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Along half a cosine, as in microgpt.py, see [`cosine_decay`].
    Cosine,
    /// By the same amount at each step, as in the later revision.
    Linear,
}

impl Schedule {
    /// The learning rate of a step, counted from 0 (line 175): from `base` down to almost 0.
    pub fn learning_rate(self, base: f64, step: usize, num_steps: usize) -> f64 {
        match self {
            Schedule::Cosine => cosine_decay(base, step, num_steps),
            Schedule::Linear => base * (1.0 - step as f64 / num_steps as f64),
        }
    }
}

impl Trainer {
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
    /// steps. (Those of another model make the next step panic.)
    pub fn resume(&mut self, step: usize, params: Parameters, adam: Adam) {
        (self.step, self.params, self.adam) = (step, params, adam);
    }
}
