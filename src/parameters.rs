//! The parameters (lines 74–90): what the model knows.
//!
//! Between documents they are plain numbers, [`Parameters`]. To compute with gradients they are put on a tape,
//! [`StateDict`].

mod config;
mod names;

pub use config::{Config, ConfigError, Shape};
pub use names::Matrix;

use crate::autograd::{Tape, Value};
use crate::random::Random;

/// Parts of the model left out, to see what they are good for. By default none is.
///
/// Only the fused engine computes a model without some of its parts: what stands below is the whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ablation {
    /// The model is not told where a token stands: line 111 takes the token's row alone.
    pub no_position_embedding: bool,
    /// Lines 134 and 141 do not add what came in to what goes out.
    pub no_residual: bool,
    /// Lines 112, 117 and 137 leave the vector as it is.
    pub no_rmsnorm: bool,
    /// Line 129 does not divide the scores by √head_dim.
    pub no_score_scaling: bool,
}

impl Ablation {
    /// Nothing is left out.
    pub const NONE: Self = Ablation {
        no_position_embedding: false,
        no_residual: false,
        no_rmsnorm: false,
        no_score_scaling: false,
    };
}

/// All that the model knows (lines 74–90), as plain numbers in the order of Python's `params`.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    config: Config,
    ablation: Ablation,
    shapes: Vec<Shape>,
    data: Vec<f64>,
}

impl Parameters {
    /// Draws the first values of all parameters (lines 80–89): mean 0, and the standard deviations of `config`.
    ///
    /// # Errors
    ///
    /// When no model of these sizes can be made.
    pub fn random(config: Config, vocab_size: usize, random: &mut Random) -> Result<Self, ConfigError> {
        let shapes = config.shapes(vocab_size)?;
        let mut data = Vec::new();
        for shape in &shapes {
            data.extend((0..shape.rows * shape.cols).map(|_| random.gauss(0.0, shape.std)));
        }
        Ok(Parameters { config, ablation: Ablation::default(), shapes, data })
    }

    /// Parameters with these values, in the order of [`as_slice`](Self::as_slice).
    ///
    /// # Errors
    ///
    /// When no model of these sizes can be made, or it has another number of parameters.
    pub fn from_values(config: Config, vocab_size: usize, data: Vec<f64>) -> Result<Self, ConfigError> {
        let shapes = config.shapes(vocab_size)?;
        let expected = shapes.iter().map(|shape| shape.rows * shape.cols).sum();
        if data.len() != expected {
            return Err(ConfigError::WrongCount { expected, found: data.len() });
        }
        Ok(Parameters { config, ablation: Ablation::default(), shapes, data })
    }

    /// The same parameters of a model without some of its parts.
    #[must_use]
    pub fn with_ablation(self, ablation: Ablation) -> Self {
        Parameters { ablation, ..self }
    }

    /// The sizes of the model.
    pub fn config(&self) -> Config {
        self.config
    }

    /// What is left out of the model.
    pub fn ablation(&self) -> Ablation {
        self.ablation
    }

    /// Whether nothing is left out of the model.
    pub(crate) fn is_whole(&self) -> bool {
        self.ablation == Ablation::NONE
    }

    /// The number of different tokens.
    pub fn vocab_size(&self) -> usize {
        self.shapes[0].rows
    }

    /// The parameters with `nudge` added to the one at `index`.
    ///
    /// # Panics
    ///
    /// If there is no such parameter.
    #[must_use]
    pub fn nudged(&self, index: usize, nudge: f64) -> Self {
        let mut nudged = self.clone();
        nudged.data[index] += nudge;
        nudged
    }

    /// How many parameters there are.
    #[allow(clippy::len_without_is_empty)] // a model without parameters cannot be made
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// All parameters, as Python's list `params` has them: matrix by matrix, row by row.
    pub fn as_slice(&self) -> &[f64] {
        &self.data
    }

    /// All parameters, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [f64] {
        &mut self.data
    }

    /// Puts all parameters on an empty tape, so that the first [`len`](Self::len) numbers on it are these.
    ///
    /// # Panics
    ///
    /// If the tape is not empty, or parts of the model are left out: only the fused engine computes such.
    pub fn on<'t>(&self, tape: &'t Tape) -> StateDict<'t> {
        assert!(tape.is_empty(), "the parameters must come first on the tape");
        assert!(self.is_whole(), "a model without some of its parts is computed by the fused engine");
        let mut matrices = self.matrices().map(|matrix| -> Rows<'t> {
            let rows = matrix.data.chunks_exact(matrix.cols);
            rows.map(|row| tape.values(row)).collect()
        });
        let mut next = || matrices.next().expect("shapes lists every matrix");
        StateDict {
            config: self.config,
            wte: next(),
            wpe: next(),
            lm_head: next(),
            layers: (0..self.config.n_layer)
                .map(|_| Layer {
                    attn_wq: next(),
                    attn_wk: next(),
                    attn_wv: next(),
                    attn_wo: next(),
                    mlp_fc1: next(),
                    mlp_fc2: next(),
                })
                .collect(),
        }
    }
}

/// A matrix on the tape: a list of rows.
pub type Rows<'t> = Vec<Vec<Value<'t>>>;

/// The parameters on a tape, by the names they have in Python's `state_dict` (lines 81–88).
#[derive(Debug, Clone)]
pub struct StateDict<'t> {
    config: Config,
    /// Token embeddings, `[vocab_size, n_embd]`.
    pub wte: Rows<'t>,
    /// Position embeddings, `[block_size, n_embd]`.
    pub wpe: Rows<'t>,
    /// From the last vector to one score per token, `[vocab_size, n_embd]`.
    pub lm_head: Rows<'t>,
    /// The matrices of each layer.
    pub layers: Vec<Layer<'t>>,
}

impl StateDict<'_> {
    /// The sizes of the model.
    pub fn config(&self) -> Config {
        self.config
    }
}

/// The matrices of one layer (lines 83–88).
#[derive(Debug, Clone)]
pub struct Layer<'t> {
    /// Queries, `[n_embd, n_embd]`.
    pub attn_wq: Rows<'t>,
    /// Keys, `[n_embd, n_embd]`.
    pub attn_wk: Rows<'t>,
    /// Values, `[n_embd, n_embd]`.
    pub attn_wv: Rows<'t>,
    /// What the heads found, mixed, `[n_embd, n_embd]`.
    pub attn_wo: Rows<'t>,
    /// Into the MLP's hidden layer, `[4 · n_embd, n_embd]`.
    pub mlp_fc1: Rows<'t>,
    /// Out of it, `[n_embd, 4 · n_embd]`.
    pub mlp_fc2: Rows<'t>,
}
