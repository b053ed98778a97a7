//! The sizes of the model (lines 75–88): what can be chosen, and which choices make a model.

use thiserror::Error;

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
    /// numbers on the tape, those of attention with heads of one number about six, and so many fill 5 to 15 GB.
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
