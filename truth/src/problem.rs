//! What a check says when something is not true: which file and line, what stands there, and what
//! should, with how to put it right where that does not say it already.

use std::fmt;

use crate::read::page::Page;

/// One thing that is wrong, said so that an author can put it right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path of the file, relative to the root of the project.
    pub file: String,
    /// Line in that file, counted from 1.
    pub line: usize,
    /// What stands there.
    pub found: String,
    /// What should stand there, and how to get it.
    pub wanted: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [found, wanted] = [&self.found, &self.wanted].map(|text| text.replace('\n', "\n           "));
        writeln!(f, "{}:{}\n   stands: {found}\n   wanted: {wanted}", self.file, self.line)
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
    /// Adds a problem at an offset of a page.
    pub fn at(&mut self, page: &Page, offset: usize, found: impl Into<String>, wanted: impl Into<String>) {
        self.file(&page.path, page.line(offset), found, wanted);
    }

    /// Adds a problem on a line of a file.
    pub fn file(
        &mut self,
        file: impl Into<String>,
        line: usize,
        found: impl Into<String>,
        wanted: impl Into<String>,
    ) {
        let (file, found, wanted) = (file.into(), found.into(), wanted.into());
        self.problems.push(Problem { file, line, found, wanted });
    }

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
        self.notes.iter().for_each(|note| println!("{check}: {note}"));
        assert!(self.problems.is_empty(), "\n{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problems.iter().try_for_each(|problem| writeln!(f, "{problem}"))?;
        writeln!(f, "{} problem{}", self.problems.len(), if self.problems.len() == 1 { "" } else { "s" })
    }
}
