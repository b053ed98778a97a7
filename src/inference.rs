//! Inference (lines 186–200): the model writes, token by token.

mod fused;
mod report;

pub use report::{Sample, SamplingError};

use crate::data::Tokenizer;
use crate::engine::Engine;
use crate::parameters::Parameters;
use crate::random::Random;

/// Writes texts with a trained model (lines 186–200).
#[derive(Debug, Clone, Copy)]
pub struct Sampler<'m> {
    tokenizer: &'m Tokenizer,
    pub(crate) params: &'m Parameters,
    engine: Engine,
}

impl<'m> Sampler<'m> {
    /// A sampler of this model.
    pub fn new(tokenizer: &'m Tokenizer, params: &'m Parameters) -> Self {
        Sampler { tokenizer, params, engine: Engine::default() }
    }

    /// The same with this engine; without a choice it is [`Engine::Scalar`]. A model without some of its parts
    /// is computed by [`Engine::Fused`] in any case.
    #[must_use]
    pub fn with_engine(self, engine: Engine) -> Self {
        Sampler { engine, ..self }
    }

    /// Writes one text: starts from BOS and draws the next token until that is BOS or the block is full.
    ///
    /// # Errors
    ///
    /// When the temperature is not a finite number above 0, the tokenizer is not the model's, or the
    /// probabilities are not finite.
    pub fn sample(&self, temperature: f64, random: &mut Random) -> Result<Sample, SamplingError> {
        self.sample_after(&[], temperature, random)
    }

    /// Writes one text that begins with these tokens.
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample), and when the beginning leaves no position to go on from.
    ///
    /// # Panics
    ///
    /// If a token of the beginning is not that of a character: BOS, or none of the vocabulary.
    pub fn sample_after(
        &self,
        beginning: &[usize],
        temperature: f64,
        random: &mut Random,
    ) -> Result<Sample, SamplingError> {
        self.check(beginning, temperature)?;
        match self.engine.for_model(self.params) {
            #[cfg(not(target_family = "wasm"))]
            Engine::Scalar => {
                let tape = crate::Tape::new();
                let state_dict = self.params.on(&tape);
                let config = self.params.config();
                let mut keys = vec![Vec::new(); config.n_layer];
                let mut values = vec![Vec::new(); config.n_layer];
                self.write(beginning, random, |tokens| {
                    let mut logits = Vec::new();
                    for (pos_id, &token_id) in tokens.iter().enumerate().skip(keys[0].len()) {
                        logits = crate::gpt(token_id, pos_id, &mut keys, &mut values, &state_dict).logits;
                    }
                    let scaled: Vec<_> = logits.into_iter().map(|logit| logit / temperature).collect();
                    crate::softmax(&scaled).iter().map(|p| p.data()).collect()
                })
            }
            Engine::Fused => self.write(beginning, random, fused::next_probs(self.params, temperature)),
        }
    }

    /// Writes several texts, one after the other (line 189).
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample).
    pub fn samples(
        &self,
        count: usize,
        temperature: f64,
        random: &mut Random,
    ) -> Result<Vec<Sample>, SamplingError> {
        (0..count).map(|_| self.sample(temperature, random)).collect()
    }

    /// Writes one text, drawing each token from what `next_probs` says of those before.
    pub(crate) fn write(
        &self,
        beginning: &[usize],
        random: &mut Random,
        mut next_probs: impl FnMut(&[usize]) -> Vec<f64>,
    ) -> Result<Sample, SamplingError> {
        let text = beginning.iter().map(|&token_id| self.tokenizer.uchars()[token_id]).collect();
        let mut sample = Sample { text, tokens: Vec::new(), probs: Vec::new() };
        let mut tokens = [&[self.tokenizer.bos()], beginning].concat();
        for pos_id in beginning.len()..self.params.config().block_size {
            let probs = next_probs(&tokens);
            if !probs.iter().all(|p| p.is_finite()) {
                return Err(SamplingError::NotFinite { pos_id });
            }
            let token_id = random.choices(&probs);
            sample.tokens.push(token_id);
            sample.probs.push(probs);
            tokens.push(token_id);
            match self.tokenizer.uchars().get(token_id) {
                Some(&character) => sample.text.push(character),
                None => break, // BOS: the text is complete
            }
        }
        Ok(sample)
    }
}
