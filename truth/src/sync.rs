//! Rewrites what is copied into the course and its tasks: quotes of `microgpt.py`, blocks of output, the new words of a
//! lesson. A page in which all is in order is not touched.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::judge::quotes::missing;
use crate::problem::Report as Problems;
use crate::read::chapter::Chapter;
use crate::read::course::Course;
use crate::read::page::{Block, Page};
use crate::read::{lesson, tasks};

/// What `run` did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many quotes, output blocks and lists of new words there are.
    pub blocks: usize,
    /// How many of them were rewritten.
    pub rewritten: usize,
    /// The files that changed.
    pub files: Vec<String>,
}

/// Rewrites quotes and output blocks of all pages from their sources. It is an error when the course cannot be read or
/// written, and, after rewriting whatever has a source, when some block names lines, a transcript or a label that does
/// not exist.
pub fn run(root: &Path) -> Result<Report> {
    let course = Course::load(root)?;
    let mut report = Report::default();
    let mut problems = Problems::default();
    for page in course.pages.values().chain(&tasks::pages(root)?) {
        let mut copies = Vec::new();
        for block in &page.blocks {
            match course.source(page, block) {
                Some(Ok(source)) if source.text == block.text => report.blocks += 1,
                Some(Ok(source)) => copies.push((block.range.clone(), fenced(page, block, &source.text))),
                Some(Err(wanted)) => missing(page, block.range.start, block.info(), &wanted, &mut problems),
                None => {}
            }
        }
        if let Some(range) = lesson::new_words(page)
            && let Some(chapter) = Chapter::at(&page.path)
        {
            let words = lesson::expected_words(&course, chapter);
            if page.text[range.clone()] == words { report.blocks += 1 } else { copies.push((range, words)) }
        }
        if copies.is_empty() {
            continue;
        }
        let mut text = page.text.clone();
        // From the end, so that offsets before stay right.
        copies.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        copies.iter().for_each(|(range, new)| text.replace_range(range.clone(), new));
        fs_err::write(root.join(&page.path), text)?;
        report.blocks += copies.len();
        report.rewritten += copies.len();
        report.files.push(page.path.clone());
    }
    ensure!(problems.problems.is_empty(), "cannot be rewritten:\n{problems}");
    Ok(report)
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
    let line = |line: &str| format!("{}{line}\n", if line.is_empty() { lead.trim_end() } else { &lead });
    let lines: String = content.lines().map(line).collect();
    let end = if old.ends_with('\n') { "\n" } else { "" };
    format!("{opening}\n{lines}{lead}{fence}{end}")
}
