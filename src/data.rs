//! The dataset and the tokenizer (lines 14–27): from a text file to whole numbers, and back.

use std::fmt;
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
    /// The file holds no list.
    #[error("the data file {} {problem}", path.display())]
    NoList {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: ListError,
    },
}

/// Why bytes are no list of documents. The message goes on a sentence that begins with what they are.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ListError {
    /// They are not text in UTF-8.
    #[error("is not UTF-8 text: byte {offset} does not fit; save it as UTF-8")]
    NotUtf8 {
        /// The place of the first byte that does not fit, counted from 0.
        offset: usize,
    },
    /// They are no text: a byte is 0.
    #[error("is no text: byte {offset} is 0; give a text file with one document per line")]
    Binary {
        /// The place of the first such byte, counted from 0.
        offset: usize,
    },
    /// They are more than [`MAX_DATA_BYTES`].
    #[error("is longer than {} MiB; give a part of it", MAX_DATA_BYTES >> 20)]
    TooLarge,
    /// There is no line with anything but white space.
    #[error("holds no document; put one on each line")]
    Empty,
}

/// What was understood of a list of documents, one on each line.
///
/// Its [`Display`](fmt::Display) says how many there are, of which characters, and how long the longest is;
/// [`notes`](Self::notes) says what is worth knowing before a model learns from them.
///
/// ```
/// let list = microgpt::data::List::from_bytes("\u{feff}Oslo\r\nRome\r\n\r\nOslo\r\n".as_bytes())?;
/// assert_eq!(list.docs, ["Oslo", "Rome", "Oslo"]);
/// assert_eq!(list.to_string(), "3 documents of 7 different characters; the longest has 4: Oslo");
/// assert!(list.byte_order_mark);
/// assert_eq!(list.repeated, 1);
/// # Ok::<(), microgpt::data::ListError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The documents in the order of their lines (line 19): at least one.
    pub docs: Vec<String>,
    /// Their vocabulary (lines 24–26).
    pub tokenizer: Tokenizer,
    /// Whether the text began with a byte order mark, which some editors put there. It is taken off; microgpt.py
    /// would take it for a letter of the first document.
    pub byte_order_mark: bool,
    /// How many documents stood there before.
    pub repeated: usize,
}

impl List {
    /// Understands a text file.
    ///
    /// # Errors
    ///
    /// When it is too large, not UTF-8, no text, or holds no document.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ListError> {
        if bytes.len() as u64 > MAX_DATA_BYTES {
            return Err(ListError::TooLarge);
        }
        let text =
            str::from_utf8(bytes).map_err(|error| ListError::NotUtf8 { offset: error.valid_up_to() })?;
        if let Some(offset) = text.find('\0') {
            return Err(ListError::Binary { offset });
        }
        let without_mark = text.strip_prefix('\u{feff}');
        let docs = split_docs(without_mark.unwrap_or(text));
        if docs.is_empty() {
            return Err(ListError::Empty);
        }
        // As `&str` the lab would take over this sort, compiled for speed, and send it to readers.
        let mut sorted: Vec<&String> = docs.iter().collect();
        sorted.sort_unstable();
        let repeated = sorted.windows(2).filter(|pair| pair[0] == pair[1]).count();
        let tokenizer = Tokenizer::new(&docs);
        Ok(List { docs, tokenizer, byte_order_mark: without_mark.is_some(), repeated })
    }

    /// The document with the most characters, of several the first, and how many these are.
    pub fn longest(&self) -> (&str, usize) {
        let lengths = self.docs.iter().map(|doc| (&**doc, doc.chars().count()));
        lengths.rev().max_by_key(|(_, length)| *length).expect("a list has a document")
    }

    /// How many documents have so many characters that a model of this block size sees no end of them, and of
    /// some not all characters.
    pub fn cut(&self, block_size: usize) -> usize {
        self.docs.iter().filter(|doc| doc.chars().nth(block_size.saturating_sub(1)).is_some()).count()
    }

    /// The characters of the vocabulary that join the one before them to a single sign: accents written by
    /// themselves, and what emoji are put together with.
    pub fn joining(&self) -> impl Iterator<Item = char> {
        let joins = |c: &char| {
            let parts = [0x300..=0x36f, 0x1ab0..=0x1aff, 0x1dc0..=0x1dff, 0x200d..=0x200d, 0x20d0..=0x20ff];
            let more = [0xfe00..=0xfe0f, 0xfe20..=0xfe2f, 0x1f3fb..=0x1f3ff, 0xe0100..=0xe01ef];
            parts.iter().chain(&more).any(|part| part.contains(&(*c as u32)))
        };
        self.tokenizer.uchars().iter().copied().filter(joins)
    }

    /// What is worth knowing before a model of this block size learns from the list, a sentence each.
    pub fn notes(&self, block_size: usize) -> Vec<String> {
        let (cut, joining) = (self.cut(block_size), self.joining().count());
        let notes = [
            (self.byte_order_mark, "its byte order mark is taken off: it is no letter".to_owned()),
            (self.docs.len() == 1, "one document is all there is, so the model can but repeat it".to_owned()),
            (self.repeated > 0, format!("{} stood there before", count(self.repeated, "document"))),
            (
                cut > 0,
                format!(
                    "{} of {block_size} characters or more: with block size {block_size} \
                     the model never sees where they end",
                    count(cut, "document")
                ),
            ),
            (
                joining > 0,
                format!(
                    "{} of its alphabet only to change the one before, as an accent does: \
                     to the model each is a token of its own",
                    count(joining, "character")
                ),
            ),
        ];
        notes.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note).collect()
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let documents = count(self.docs.len(), "document");
        let characters = count(self.tokenizer.uchars().len(), "different character");
        let (longest, length) = self.longest();
        write!(f, "{documents} of {characters}; the longest has {length}: {}", excerpt(longest.chars()))
    }
}

/// A number and what it counts.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Reads a list from a file.
///
/// # Errors
///
/// When the file cannot be read, or holds no list.
pub fn load_list(path: impl AsRef<Path>) -> Result<List, DataError> {
    let path = path.as_ref().to_path_buf();
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(MAX_DATA_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) => List::from_bytes(&bytes).map_err(|problem| DataError::NoList { path, problem }),
        Err(source) => Err(DataError::Unreadable { path, source }),
    }
}

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
