//! The parameters (lines 74–90): what the model knows.
//!
//! Between documents they are plain numbers, [`Parameters`]. To compute with gradients they are put on a tape,
//! [`StateDict`].

use std::ops::Range;

use thiserror::Error;

use crate::autograd::{Tape, Value};
use crate::random::Random;
use crate::revision::Revision;

/// The sizes of the model (lines 75–79), its first values (lines 80–88), and what its MLP does (line 139).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// The width: how many numbers describe a token.
    pub n_embd: usize,
    /// Attention heads per layer; a divisor of the width.
    pub n_head: usize,
    /// Layers, each attention and an MLP.
    pub n_layer: usize,
    /// The largest number of positions.
    pub block_size: usize,
    /// The standard deviation of the first values (line 80).
    pub std: f64,
    /// That of the two matrices that write into the residual stream, `attn_wo` and `mlp_fc2` (lines 86 and 88).
    pub std_residual: f64,
    /// Whether line 139 squares.
    pub squared_relu: bool,
}

impl Default for Config {
    /// The settings of microgpt.py.
    fn default() -> Self {
        Revision::EARLY.config
    }
}

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

/// Why a model of these sizes cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// A size is 0.
    #[error("{name} is 0; it must be at least 1")]
    Zero {
        /// Which one.
        name: &'static str,
    },
    /// The heads cannot share the width evenly.
    #[error("n_embd {n_embd} cannot be divided among n_head {n_head} heads; make it a multiple of n_head")]
    Indivisible {
        /// The width.
        n_embd: usize,
        /// The number of heads.
        n_head: usize,
    },
    /// The model would have more parameters than [`Config::MAX_PARAMETERS`].
    #[error("a model of these sizes has more than {} parameters; make it smaller", Config::MAX_PARAMETERS)]
    TooLarge,
    /// A full block would take more than [`Config::MAX_PRODUCTS`].
    #[error(
        "a model of these sizes needs more than {} products for one block; \
         make it smaller, or the block shorter",
        Config::MAX_PRODUCTS
    )]
    BlockTooLarge,
    /// As many numbers were given as the model does not have parameters.
    #[error("a model of these sizes has {expected} parameters, not {found}")]
    WrongCount {
        /// How many parameters the sizes ask for.
        expected: usize,
        /// How many numbers there were.
        found: usize,
    },
}

impl Config {
    /// The largest number of parameters a model may have here.
    pub const MAX_PARAMETERS: usize = 10_000_000;

    /// The largest number of products that computing all positions of a block may take here: each puts two
    /// numbers on the tape, and so many fill about 5 GB.
    pub const MAX_PRODUCTS: usize = 50_000_000;

    /// The width of one head (line 79).
    pub fn head_dim(&self) -> usize {
        self.n_embd / self.n_head
    }

    /// The names and shapes of the matrices in the order in which they are drawn (lines 81–88), for a
    /// vocabulary of so many tokens.
    ///
    /// # Errors
    ///
    /// When no model of these sizes can be made.
    pub fn shapes(&self, vocab_size: usize) -> Result<Vec<Shape>, ConfigError> {
        let Config { n_embd, n_head, n_layer, block_size, std, std_residual, .. } = *self;
        let sizes = [
            ("n_embd", n_embd),
            ("n_head", n_head),
            ("n_layer", n_layer),
            ("block_size", block_size),
            ("vocab_size", vocab_size),
        ];
        if let Some((name, _)) = sizes.into_iter().find(|&(_, size)| size == 0) {
            return Err(ConfigError::Zero { name });
        }
        if n_embd % n_head != 0 {
            return Err(ConfigError::Indivisible { n_embd, n_head });
        }
        // In f64, as a count that overflows is too large as well.
        let [width, tokens, positions, layers] =
            [n_embd, vocab_size, block_size, n_layer].map(|size| size as f64);
        if width * (2.0 * tokens + positions + layers * 12.0 * width) > Self::MAX_PARAMETERS as f64 {
            return Err(ConfigError::TooLarge);
        }
        // At each position the matrices of the layers, attention to all before, and lm_head
        let products = positions * width * (layers * (12.0 * width + positions) + tokens);
        if products > Self::MAX_PRODUCTS as f64 {
            return Err(ConfigError::BlockTooLarge);
        }

        let shape = |name: &str, rows, cols, std| Shape { name: name.to_owned(), rows, cols, std };
        let mut shapes = vec![
            shape("wte", vocab_size, n_embd, std),
            shape("wpe", block_size, n_embd, std),
            shape("lm_head", vocab_size, n_embd, std),
        ];
        for i in 0..n_layer {
            shapes.extend([
                shape(&format!("layer{i}.attn_wq"), n_embd, n_embd, std),
                shape(&format!("layer{i}.attn_wk"), n_embd, n_embd, std),
                shape(&format!("layer{i}.attn_wv"), n_embd, n_embd, std),
                shape(&format!("layer{i}.attn_wo"), n_embd, n_embd, std_residual),
                shape(&format!("layer{i}.mlp_fc1"), 4 * n_embd, n_embd, std),
                shape(&format!("layer{i}.mlp_fc2"), n_embd, 4 * n_embd, std_residual),
            ]);
        }
        Ok(shapes)
    }
}

/// One matrix to be made: its name, its size, and the standard deviation of its first numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Its name in the state dict.
    pub name: String,
    /// How many rows.
    pub rows: usize,
    /// How many columns.
    pub cols: usize,
    /// The standard deviation.
    pub std: f64,
}

/// A matrix among the [`Parameters`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matrix<'p> {
    /// Its name in the state dict, such as `layer0.attn_wq`.
    pub name: &'p str,
    /// How many rows: one for each output.
    pub rows: usize,
    /// How many columns: one for each input.
    pub cols: usize,
    /// Its numbers, row by row.
    pub data: &'p [f64],
}

impl<'p> Matrix<'p> {
    /// The numbers of one row.
    ///
    /// # Panics
    ///
    /// If the matrix has no such row.
    pub fn row(&self, row: usize) -> &'p [f64] {
        &self.data[row * self.cols..][..self.cols]
    }
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

    /// The matrices, in order.
    pub fn matrices(&self) -> impl Iterator<Item = Matrix<'_>> {
        let mut rest = &self.data[..];
        self.shapes.iter().map(move |shape| {
            let (data, after) = rest.split_at(shape.rows * shape.cols);
            rest = after;
            Matrix { name: &shape.name, rows: shape.rows, cols: shape.cols, data }
        })
    }

    /// The matrix of this name, such as `wte` or `layer0.attn_wq`.
    pub fn get(&self, name: &str) -> Option<Matrix<'_>> {
        self.matrices().find(|matrix| matrix.name == name)
    }

    /// The numbers of the matrix of this name, row by row, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut [f64]> {
        let range = self.range_of(name)?;
        Some(&mut self.data[range])
    }

    /// The matrix of this name in another list with an entry per parameter, such as their gradients or Adam's
    /// `m`.
    ///
    /// # Panics
    ///
    /// If `list` has another length.
    pub fn get_in<'p>(&'p self, list: &'p [f64], name: &str) -> Option<Matrix<'p>> {
        assert_eq!(list.len(), self.len(), "an entry for each parameter");
        let data = &list[self.range_of(name)?];
        Some(Matrix { data, ..self.get(name)? })
    }

    /// The places of a matrix's numbers among all parameters.
    pub fn range_of(&self, name: &str) -> Option<Range<usize>> {
        let mut end = 0;
        self.matrices().find_map(|matrix| {
            end += matrix.data.len();
            (matrix.name == name).then(|| end - matrix.data.len()..end)
        })
    }

    /// What the parameter at `index` is called, such as `layer0.attn_wq[3][5]`: its matrix, row and column.
    pub fn name_of(&self, index: usize) -> Option<String> {
        let mut start = 0;
        self.matrices().find_map(|matrix| {
            let place = index.checked_sub(start)?;
            start += matrix.data.len();
            (place < matrix.data.len())
                .then(|| format!("{}[{}][{}]", matrix.name, place / matrix.cols, place % matrix.cols))
        })
    }

    /// The place of a parameter among all, by its name as [`name_of`](Self::name_of) writes it.
    ///
    /// ```
    /// let params = microgpt::Program::untrained().params;
    /// assert_eq!(params.index_of("wte[1][3]"), Some(19));
    /// assert_eq!(params.name_of(19).as_deref(), Some("wte[1][3]"));
    /// assert_eq!(params.index_of("wte[1][16]"), None);
    /// ```
    pub fn index_of(&self, name: &str) -> Option<usize> {
        let (matrix, place) = name.split_once('[')?;
        let (row, col) = place.strip_suffix(']')?.split_once("][")?;
        let (row, col): (usize, usize) = (row.parse().ok()?, col.parse().ok()?);
        let Matrix { rows, cols, .. } = self.get(matrix)?;
        (row < rows && col < cols).then_some(self.range_of(matrix)?.start + row * cols + col)
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
