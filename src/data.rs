//! The dataset and the tokenizer (lines 14–27): from a text file to whole numbers, and back.

use std::path::Path;

use thiserror::Error;

mod list;

pub use list::{DataError, List, ListError, MAX_DATA_BYTES, load_list};

/// Reads the documents of a file (line 19): its lines without white space around them, empty ones left out.
///
/// # Errors
///
/// As for [`load_list`].
pub fn load_docs(path: impl AsRef<Path>) -> Result<Vec<String>, DataError> {
    load_list(path).map(|list| list.docs)
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
