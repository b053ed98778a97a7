//! The two revisions of microgpt: the one that the course explains, and the later one, which
//! `beyond/later.diff` makes of `microgpt.py`.

use crate::data::Tokenizer;
use crate::parameters::{Config, Parameters};
use crate::training::{Schedule, Trainer, TrainingError};

/// All settings in which the revisions differ. To see what one of them does, change it alone:
///
/// ```
/// use microgpt::{Revision, training::Schedule};
///
/// let linear = Revision { schedule: Schedule::Linear, ..Revision::EARLY };
/// assert_eq!(linear.num_steps, 500);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Revision {
    /// The model (lines 75–89 and 139).
    pub config: Config,
    /// How much Adam keeps of its two running means, β₁ and β₂ (line 147).
    pub betas: [f64; 2],
    /// How the learning rate falls (line 175).
    pub schedule: Schedule,
    /// How many steps the training takes (line 152).
    pub num_steps: usize,
}

impl Revision {
    /// The early revision: microgpt.py as it is.
    pub const EARLY: Self = Revision {
        config: Config {
            n_embd: 16,
            n_head: 4,
            n_layer: 1,
            block_size: 8,
            std: 0.02,
            std_residual: 0.0,
            squared_relu: true,
        },
        betas: [0.9, 0.95],
        schedule: Schedule::Cosine,
        num_steps: 500,
    };

    /// The later revision.
    pub const LATER: Self = Revision {
        config: Config {
            block_size: 16,
            std: 0.08,
            std_residual: 0.08,
            squared_relu: false,
            ..Self::EARLY.config
        },
        betas: [0.85, 0.99],
        schedule: Schedule::Linear,
        num_steps: 1000,
    };

    /// The training of these parameters on these documents (lines 146–184).
    ///
    /// # Errors
    ///
    /// As for [`Trainer::new`].
    pub fn trainer(
        &self,
        docs: Vec<String>,
        tokenizer: &Tokenizer,
        params: Parameters,
    ) -> Result<Trainer, TrainingError> {
        let mut trainer = Trainer::new(docs, tokenizer, params, self.num_steps)?;
        [trainer.adam_mut().beta1, trainer.adam_mut().beta2] = self.betas;
        trainer.schedule = self.schedule;
        Ok(trainer)
    }
}
