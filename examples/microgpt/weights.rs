//! Weights in a file, in the safetensors format, which Python and candle read too.
//!
//! Each matrix is a tensor of type F64 with its name and shape in Python's `state_dict`. The metadata
//! hold the rest of the model, as text: `n_embd`, `n_head`, `n_layer` and `block_size`, in `squared_relu` whether
//! the MLP squares (`true`, or `false` for the later revision), and in `uchars` the characters of the vocabulary,
//! each at the place that is its token id.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use microgpt::parameters::{ConfigError, Shape};
use microgpt::{Config, Parameters, Tokenizer};
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};
use thiserror::Error;

/// No file of weights is longer: this is the largest model, and the longest header of the format with its length.
const MAX_BYTES: u64 = 8 * Config::MAX_PARAMETERS as u64 + 100_000_000 + 8;

/// Why a file of weights cannot be used.
#[derive(Debug, Error)]
#[error("cannot load the weights file {}: {problem}; give a file that --save wrote", path.display())]
pub struct LoadError {
    path: PathBuf,
    problem: Problem,
}

/// What is wrong with the file.
#[derive(Debug, Error)]
enum Problem {
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("it is not in the safetensors format, or not a whole file ({0})")]
    NotSafetensors(#[from] SafeTensorError),
    #[error("its metadata lack {0}")]
    NoMetadata(&'static str),
    #[error("its metadata say {key} is {value:?}, which is not a whole number")]
    NotANumber { key: &'static str, value: String },
    #[error("its metadata say squared_relu is {0:?}, which is neither true nor false")]
    NeitherTrueNorFalse(String),
    #[error("the characters of its vocabulary are not distinct and sorted")]
    Vocabulary,
    #[error("{0}")]
    Config(#[from] ConfigError),
    #[error("it has {found} tensors, and a model of its sizes {expected}")]
    TensorCount { found: usize, expected: usize },
    #[error("it has no tensor {0}")]
    NoTensor(String),
    #[error("its tensor {name} is {dtype} {shape:?} and should be F64 [{rows}, {cols}]")]
    Tensor { name: String, dtype: Dtype, shape: Vec<usize>, rows: usize, cols: usize },
    #[error("its weight {name} is {value}, which is not a finite number")]
    NotFinite { name: String, value: f64 },
}

/// The bytes of a file with this model.
///
/// # Errors
///
/// When the format has no room for the names of so many matrices.
pub fn to_safetensors(tokenizer: &Tokenizer, params: &Parameters) -> Result<Vec<u8>, SafeTensorError> {
    let Config { n_embd, n_head, n_layer, block_size, squared_relu, .. } = params.config();
    let metadata = HashMap::from([
        ("n_embd".to_owned(), n_embd.to_string()),
        ("n_head".to_owned(), n_head.to_string()),
        ("n_layer".to_owned(), n_layer.to_string()),
        ("block_size".to_owned(), block_size.to_string()),
        ("squared_relu".to_owned(), squared_relu.to_string()),
        ("uchars".to_owned(), tokenizer.uchars().iter().collect()),
    ]);
    let bytes: Vec<_> = params
        .matrices()
        .map(|matrix| matrix.data.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
        .collect();
    let tensors = params.matrices().zip(&bytes).map(|(matrix, bytes)| {
        let tensor = TensorView::new(Dtype::F64, vec![matrix.rows, matrix.cols], bytes);
        (matrix.name, tensor.expect("as many bytes as the shape asks for"))
    });
    safetensors::serialize(tensors, Some(metadata))
}

/// Reads the tokenizer and the parameters of a model.
pub fn load(path: &Path) -> Result<(Tokenizer, Parameters), LoadError> {
    let attempt = || from_safetensors(&read(path)?);
    attempt().map_err(|problem| LoadError { path: path.to_owned(), problem })
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES { Err(Problem::TooLarge) } else { Ok(bytes) }
}

fn from_safetensors(bytes: &[u8]) -> Result<(Tokenizer, Parameters), Problem> {
    let tensors = SafeTensors::deserialize(bytes)?;
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let metadata = header.metadata().as_ref();
    let text = |key| metadata.and_then(|metadata| metadata.get(key)).ok_or(Problem::NoMetadata(key));
    let number = |key| {
        let value = text(key)?;
        value.parse().map_err(|_| Problem::NotANumber { key, value: value.clone() })
    };
    let squared_relu = text("squared_relu")?;
    let config = Config {
        n_embd: number("n_embd")?,
        n_head: number("n_head")?,
        n_layer: number("n_layer")?,
        block_size: number("block_size")?,
        squared_relu: squared_relu.parse().map_err(|_| Problem::NeitherTrueNorFalse(squared_relu.clone()))?,
        ..Config::default()
    };
    let uchars: Vec<char> = text("uchars")?.chars().collect();
    let tokenizer = Tokenizer::from_chars(uchars.iter().copied());
    if tokenizer.uchars() != uchars {
        return Err(Problem::Vocabulary);
    }

    let shapes = config.shapes(tokenizer.vocab_size())?;
    let (found, expected) = (tensors.len(), shapes.len());
    if found != expected {
        return Err(Problem::TensorCount { found, expected });
    }
    let mut values = Vec::new();
    for Shape { name, rows, cols, .. } in shapes {
        let Ok(tensor) = tensors.tensor(&name) else { return Err(Problem::NoTensor(name)) };
        if tensor.dtype() != Dtype::F64 || tensor.shape() != [rows, cols] {
            let (dtype, shape) = (tensor.dtype(), tensor.shape().to_vec());
            return Err(Problem::Tensor { name, dtype, shape, rows, cols });
        }
        values.extend(tensor.data().as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)));
    }
    let params = Parameters::from_values(config, tokenizer.vocab_size(), values)?;
    if let Some(index) = params.as_slice().iter().position(|value| !value.is_finite()) {
        let name = params.name_of(index).unwrap_or_default();
        return Err(Problem::NotFinite { name, value: params.as_slice()[index] });
    }
    Ok((tokenizer, params))
}
