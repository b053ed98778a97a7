//! Rewrites what is copied into the course and its tasks: quotes of `microgpt.py`, blocks of output, the new words of a
//! lesson. A page in which all is in order is not touched.

use std::path::{Path, PathBuf};

use crate::problem::{Error, Report as Problems};
use crate::read::chapter::Chapter;
use crate::read::course::Course;
use crate::read::lesson;
use crate::read::page::{Block, Page};
use crate::read::tasks;

/// What `run` did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many quotes and output blocks there are.
    pub blocks: usize,
    /// How many of them were rewritten.
    pub rewritten: usize,
    /// The files that changed.
    pub files: Vec<PathBuf>,
}

/// Rewrites quotes and output blocks of all pages from their sources.
///
/// # Errors
///
/// When the course cannot be read or written, and, after rewriting whatever has a source, when
/// some block names lines, a transcript or a label that does not exist.
pub fn run(root: &Path) -> Result<Report, Error> {
    let course = Course::load(root)?;
    let mut report = Report::default();
    let mut problems = Problems::default();
    for page in course.pages.values().chain(&tasks::pages(root)?) {
        let (mut text, mut blocks, mut rewritten) = rewrite(&course, page, &mut problems);
        if let Some(range) = lesson::new_words(&text)
            && let Some(chapter) = Chapter::at(&page.path)
        {
            let words = lesson::expected_words(&course, chapter);
            blocks += 1;
            if text[range.clone()] != words {
                text.replace_range(range, &words);
                rewritten += 1;
            }
        }
        report.blocks += blocks;
        if rewritten > 0 {
            let path = root.join(&page.path);
            std::fs::write(&path, text).map_err(Error::io(&path))?;
            report.rewritten += rewritten;
            report.files.push(PathBuf::from(&page.path));
        }
    }
    if problems.problems.is_empty() { Ok(report) } else { Err(Error::Unsourced(problems)) }
}

/// The page's text with every block as its source has it, how many blocks there are, and how many
/// of them differed.
fn rewrite(course: &Course, page: &Page, problems: &mut Problems) -> (String, usize, usize) {
    let mut text = page.text.clone();
    let (mut blocks, mut rewritten) = (0, 0);
    // From the end, so that offsets before stay right.
    for block in page.blocks.iter().rev() {
        let Some(source) = course.source(page, block) else { continue };
        blocks += 1;
        match source {
            Ok(content) if content != block.text => {
                text.replace_range(block.range.clone(), &fenced(page, block, &content));
                rewritten += 1;
            }
            Ok(_) => {}
            Err(expected) => problems.problems.push(Course::problem(
                page,
                block.range.start,
                format!("```{}", block.info().unwrap_or("")),
                expected,
                "correct the label or the line numbers",
            )),
        }
    }
    (text, blocks, rewritten)
}

/// The block with new content: its own fences, and before each line what stands before the fence
/// (the indentation of a list, the mark of a quotation).
fn fenced(page: &Page, block: &Block, content: &str) -> String {
    let start = page.text[..block.range.start].rfind('\n').map_or(0, |at| at + 1);
    let lead: String =
        page.text[start..block.range.start].chars().map(|c| if c == '>' { '>' } else { ' ' }).collect();
    let old = &page.text[block.range.clone()];
    let opening = old.lines().next().unwrap_or("");
    let fence: String = opening.chars().take_while(|&c| c == '`' || c == '~').collect();
    let mut new = format!("{opening}\n");
    for line in content.lines() {
        let lead = if line.is_empty() { lead.trim_end() } else { &lead };
        new.push_str(lead);
        new.push_str(line);
        new.push('\n');
    }
    new.push_str(&lead);
    new.push_str(&fence);
    if old.ends_with('\n') {
        new.push('\n');
    }
    new
}
