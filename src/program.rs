//! The whole of microgpt.py on the names of `input.txt`, at the two moments that the course looks at most:
//! before training and after it.

use crate::data::{Tokenizer, names};
use crate::parameters::{Config, Parameters};
use crate::random::Random;
use crate::revision::Revision;
use crate::training::Trainer;

/// What microgpt.py holds, with its own settings: [`Config::default`] and, if nothing else is said, seed 42.
#[derive(Debug, Clone)]
pub struct Program {
    /// The names, shuffled (line 20).
    pub docs: Vec<String>,
    /// Their vocabulary (lines 24–26).
    pub tokenizer: Tokenizer,
    /// The parameters (lines 74–89), trained or not.
    pub params: Parameters,
    /// The random numbers, where they stand.
    pub random: Random,
}

impl Program {
    /// How many steps the training takes (line 152).
    pub const NUM_STEPS: usize = Revision::EARLY.num_steps;

    /// Before training: the state after line 90.
    pub fn untrained() -> Self {
        Self::with_seed(42)
    }

    /// Before training, with another seed on line 12: another order of the names, and other starting values.
    pub fn with_seed(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut docs = names();
        random.shuffle(&mut docs);
        let tokenizer = Tokenizer::new(&docs);
        let params = Parameters::random(Config::default(), tokenizer.vocab_size(), &mut random)
            .expect("the sizes of microgpt.py make a model");
        Program { docs, tokenizer, params, random }
    }

    /// After training: the state after line 184.
    pub fn trained() -> Self {
        let untrained = Self::untrained();
        let mut trainer = untrained.trainer();
        trainer.finish().expect("the training of microgpt.py succeeds");
        Program { params: trainer.into_params(), ..untrained }
    }

    /// The training of these parameters on these documents (lines 146–184).
    ///
    /// # Panics
    ///
    /// If somebody changed the fields so that they no longer belong together, or there is no document any more.
    pub fn trainer(&self) -> Trainer {
        Trainer::new(self.docs.clone(), &self.tokenizer, self.params.clone(), Self::NUM_STEPS)
            .expect("documents, tokenizer and parameters belong together")
    }
}
