//! The dataset and the tokenizer (lines 14–27): from a text file to whole numbers, and back.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The longest data file that is read, in bytes: far more than training will see of it, and what fits into
/// the memory of an ordinary computer even if each line is a single letter.
pub const MAX_DATA_BYTES: u64 = 32 << 20;

/// Why a data file cannot be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// The file cannot be opened or read.
    #[error("cannot read the data file {}: {source}; give a text file with one document per line", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file is not text in UTF-8.
    #[error("the data file {} is not UTF-8 text: byte {offset} does not fit; save it as UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The place of the first byte that does not fit, counted from 0.
        offset: usize,
    },
    /// The file is longer than [`MAX_DATA_BYTES`].
    #[error("the data file {} is longer than {} MiB; give a part of it", path.display(), MAX_DATA_BYTES >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file has no line with anything but white space.
    #[error("the data file {} holds no document; put one on each line", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Reads the documents of a file (line 19): its lines without white space around them, empty ones left out.
///
/// # Errors
///
/// When the file cannot be read, is too large, is not UTF-8, or holds no document.
pub fn load_docs(path: impl AsRef<Path>) -> Result<Vec<String>, DataError> {
    let path = path.as_ref().to_path_buf();
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(MAX_DATA_BYTES + 1).read_to_end(&mut bytes));
    if let Err(source) = read {
        return Err(DataError::Unreadable { path, source });
    }
    if bytes.len() as u64 > MAX_DATA_BYTES {
        return Err(DataError::TooLarge { path });
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            return Err(DataError::NotUtf8 { path, offset });
        }
    };
    let docs = split_docs(&text);
    if docs.is_empty() {
        return Err(DataError::Empty { path });
    }
    Ok(docs)
}

/// The names of `input.txt`, which are compiled in, in the order of the file.
pub fn names() -> Vec<String> {
    split_docs(include_str!("../input.txt"))
}

/// The documents of a text: its lines without white space around them, empty ones left out.
///
/// What ends a line and what is white space is as in Python: `\n`, `\r\n` or `\r`; and the control
/// characters U+001C to U+001F count as white space.
pub fn split_docs(text: &str) -> Vec<String> {
    let is_space = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    text.split(['\n', '\r'])
        .map(|line| line.trim_matches(is_space))
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Why a text cannot be encoded, or ids cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TokenizerError {
    /// The text has a character that was not in the dataset.
    #[error("the character {character:?} of {text:?} is not among those of the dataset: {known}")]
    UnknownCharacter {
        /// The character.
        character: char,
        /// The text it stands in, or its beginning.
        text: String,
        /// The characters of the vocabulary in the order of their ids, or the first of them.
        known: String,
    },
    /// The id belongs to no character: it is BOS, or beyond the vocabulary.
    #[error("the token id {id} stands for no character: those have the ids 0 to {last}")]
    NotACharacter {
        /// The id.
        id: usize,
        /// The largest id of a character.
        last: usize,
    },
}

/// The vocabulary (lines 23–27): the distinct characters of the documents, and BOS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokenizer {
    /// The distinct characters in sorted order; the place of each is its token id.
    uchars: Vec<char>,
}

impl Tokenizer {
    /// Takes the vocabulary from the documents (lines 24–26).
    pub fn new<S: AsRef<str>>(docs: &[S]) -> Self {
        Self::from_chars(docs.iter().flat_map(|doc| doc.as_ref().chars()))
    }

    /// A vocabulary of these characters, in whatever order and however often they come.
    pub fn from_chars(chars: impl IntoIterator<Item = char>) -> Self {
        let mut uchars = Vec::new();
        for character in chars {
            if let Err(place) = uchars.binary_search(&character) {
                uchars.insert(place, character);
            }
        }
        Tokenizer { uchars }
    }

    /// The distinct characters, each at the place that is its token id.
    pub fn uchars(&self) -> &[char] {
        &self.uchars
    }

    /// The token id of BOS, which begins and ends each document (line 25): one after the last character.
    pub fn bos(&self) -> usize {
        self.uchars.len()
    }

    /// The number of different tokens (line 26): the characters and BOS.
    pub fn vocab_size(&self) -> usize {
        self.uchars.len() + 1
    }

    /// What a token is called: `BOS`, or its character.
    ///
    /// # Panics
    ///
    /// If the id is beyond the vocabulary.
    pub fn token_name(&self, id: usize) -> String {
        if id == self.bos() { "BOS".to_owned() } else { self.uchars[id].to_string() }
    }

    /// The token ids of a text's characters, without BOS.
    ///
    /// # Errors
    ///
    /// When a character is not in the vocabulary.
    pub fn encode(&self, text: &str) -> Result<Vec<usize>, TokenizerError> {
        text.chars()
            .map(|character| {
                self.uchars.binary_search(&character).map_err(|_| TokenizerError::UnknownCharacter {
                    character,
                    text: excerpt(text.chars()),
                    known: excerpt(self.uchars.iter().copied()),
                })
            })
            .collect()
    }

    /// The tokens of a document as the model sees it: BOS, the characters, BOS (line 157).
    ///
    /// # Errors
    ///
    /// When a character is not in the vocabulary.
    pub fn encode_doc(&self, doc: &str) -> Result<Vec<usize>, TokenizerError> {
        let ids = self.encode(doc)?;
        Ok([&[self.bos()], &ids[..], &[self.bos()]].concat())
    }

    /// The tokens of several documents, `[documents, n]`, each as [`encode_doc`](Self::encode_doc) gives them.
    ///
    /// # Errors
    ///
    /// When a character is not in the vocabulary.
    pub fn encode_docs(&self, docs: &[impl AsRef<str>]) -> Result<Vec<Vec<usize>>, TokenizerError> {
        docs.iter().map(|doc| self.encode_doc(doc.as_ref())).collect()
    }

    /// The text of these token ids.
    ///
    /// # Errors
    ///
    /// When an id is not that of a character; BOS is not.
    pub fn decode(&self, ids: &[usize]) -> Result<String, TokenizerError> {
        ids.iter()
            .map(|&id| {
                self.uchars
                    .get(id)
                    .copied()
                    .ok_or(TokenizerError::NotACharacter { id, last: self.uchars.len().saturating_sub(1) })
            })
            .collect()
    }
}

/// As much of a text as an error message can show.
fn excerpt(mut text: impl Iterator<Item = char>) -> String {
    const LENGTH: usize = 60;
    let mut excerpt: String = text.by_ref().take(LENGTH).collect();
    if text.next().is_some() {
        excerpt.push('…');
    }
    excerpt
}
