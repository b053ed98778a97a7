//! What a sampler gives back: a text and what it drew from, or why it cannot write.

use thiserror::Error;

use super::Sampler;

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
    #[error(
        "the beginning has {length} characters, and the model can go on from at most {most}; give a shorter one"
    )]
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

impl Sampler<'_> {
    /// Whether it can write, after this beginning and at this temperature.
    ///
    /// # Errors
    ///
    /// Those of [`sample_after`](Self::sample_after), but for probabilities, which are known only once computed.
    pub fn check(&self, beginning: &[usize], temperature: f64) -> Result<(), SamplingError> {
        if !(temperature > 0.0 && temperature.is_finite()) {
            return Err(SamplingError::Temperature(temperature));
        }
        let (params, tokenizer) = (self.params.vocab_size(), self.tokenizer.vocab_size());
        if params != tokenizer {
            return Err(SamplingError::VocabSize { params, tokenizer });
        }
        let (length, block_size) = (beginning.len(), self.params.config().block_size);
        if length >= block_size {
            return Err(SamplingError::Beginning { length, most: block_size - 1 });
        }
        Ok(())
    }
}
