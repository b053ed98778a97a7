//! What a check says when something is not true: which file and line, what stands there, what
//! should stand there, and how to put it right.

use std::fmt;

/// One thing that is wrong, said so that an author can put it right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path of the file, relative to the root of the project.
    pub file: String,
    /// Line in that file, counted from 1.
    pub line: usize,
    /// What stands there.
    pub found: String,
    /// What should stand there.
    pub expected: String,
    /// How to fix it.
    pub fix: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}", self.file, self.line)?;
        for (label, text) in [("stands", &self.found), ("should", &self.expected), ("fix", &self.fix)] {
            let indented = text.replace('\n', "\n           ");
            writeln!(f, "  {label:>7}: {indented}")?;
        }
        Ok(())
    }
}

/// What a check found: its problems, and remarks worth printing even when all is well.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Everything that is wrong, in the order of the pages.
    pub problems: Vec<Problem>,
    /// Counts and open points; they never fail a check.
    pub notes: Vec<String>,
}

impl Report {
    /// Adds a remark.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Prints the notes, then ends the test with every problem if there are any.
    ///
    /// # Panics
    ///
    /// When the report holds a problem.
    pub fn expect_true(&self, check: &str) {
        for note in &self.notes {
            println!("{check}: {note}");
        }
        assert!(self.problems.is_empty(), "\n{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        match self.problems.len() {
            1 => writeln!(f, "1 problem"),
            n => writeln!(f, "{n} problems"),
        }
    }
}

/// Why the course could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `course/facts.toml` is not what it should be.
    #[error("course/facts.toml: {0}\nEach entry needs value, what, source and chapters.")]
    Facts(#[from] toml::de::Error),
    /// The examples could not be built.
    #[error("the examples do not build: {0}")]
    Build(String),
    /// python3 is there, but did not answer.
    #[error("python3 could not parse the blocks: {0}")]
    Python(String),
    /// Quotes or outputs that `sync` cannot rewrite, because what they name does not exist.
    #[error("cannot be rewritten:\n{0}")]
    Unsourced(Report),
}

impl Error {
    /// For `map_err`: the system's error with the path it is about.
    pub fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
        move |source| Error::Io { path: path.to_path_buf(), source }
    }
}
