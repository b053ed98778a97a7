//! Inference (lines 186–200): the model writes, token by token.

use thiserror::Error;

use crate::data::Tokenizer;
use crate::engine::Engine;
use crate::fused::Fused;
use crate::parameters::Parameters;
use crate::random::Random;

/// Why the model cannot write.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SamplingError {
    /// The temperature is not a positive number.
    #[error(
        "the temperature is {0}; it must be a finite number above 0 (small for the likeliest tokens only)"
    )]
    Temperature(f64),
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
    /// The beginning fills the block.
    #[error("the beginning has {length} characters, and the model can go on from at most {most}")]
    Beginning {
        /// How many tokens it has.
        length: usize,
        /// How many it may have: one less than the block, for BOS stands before them.
        most: usize,
    },
    /// The probabilities overflowed or are not numbers.
    #[error(
        "the probabilities at position {pos_id} are not finite: \
         the temperature is too extreme, or the parameters are damaged"
    )]
    NotFinite {
        /// The position, counted from 0.
        pos_id: usize,
    },
}

/// A text that the model wrote, and what it drew from.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The text, with the beginning that was given.
    pub text: String,
    /// The tokens drawn, with BOS at the end unless the block was full before.
    pub tokens: Vec<usize>,
    /// The probabilities of all tokens at each draw, `[tokens drawn, vocab_size]`.
    pub probs: Vec<Vec<f64>>,
}

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
    /// If a token of the beginning is not in the vocabulary.
    pub fn sample_after(
        &self,
        beginning: &[usize],
        temperature: f64,
        random: &mut Random,
    ) -> Result<Sample, SamplingError> {
        self.check(temperature)?;
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
            Engine::Fused => {
                // All positions are computed anew for each token: eight cost as much as one.
                let mut fused = Fused::new(self.params);
                self.write(beginning, random, |tokens| {
                    let mut probs = fused.logits(self.params.as_slice(), tokens);
                    let max_logit = probs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    probs.iter_mut().for_each(|p| *p = ((*p - max_logit) / temperature).exp());
                    let total: f64 = probs.iter().sum();
                    probs.iter_mut().for_each(|p| *p /= total);
                    probs
                })
            }
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

    pub(crate) fn check(&self, temperature: f64) -> Result<(), SamplingError> {
        if !(temperature > 0.0 && temperature.is_finite()) {
            return Err(SamplingError::Temperature(temperature));
        }
        let (params, tokenizer) = (self.params.vocab_size(), self.tokenizer.vocab_size());
        if params != tokenizer {
            return Err(SamplingError::VocabSize { params, tokenizer });
        }
        Ok(())
    }

    /// Writes one text, drawing each token from what `next_probs` says of those before.
    pub(crate) fn write(
        &self,
        beginning: &[usize],
        random: &mut Random,
        mut next_probs: impl FnMut(&[usize]) -> Vec<f64>,
    ) -> Result<Sample, SamplingError> {
        let (length, block_size) = (beginning.len(), self.params.config().block_size);
        if length >= block_size {
            return Err(SamplingError::Beginning { length, most: block_size - 1 });
        }
        let text = beginning.iter().map(|&token_id| self.tokenizer.uchars()[token_id]).collect();
        let mut sample = Sample { text, tokens: Vec::new(), probs: Vec::new() };
        let mut tokens = [&[self.tokenizer.bos()], beginning].concat();
        for pos_id in length..block_size {
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
