//! Lists of documents as people have them: read, checked, and described before a model learns from them.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Tokenizer, excerpt, split_docs};

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
