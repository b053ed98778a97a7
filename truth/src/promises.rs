//! Promises: what the README says of this project is so. Its counts are computed, its commands and
//! paths exist.

use std::collections::BTreeMap;

use crate::commands;
use crate::course::{CHAPTERS, Chapter, Course};
use crate::fence::Fence;
use crate::number::{Syntax, scan};
use crate::page::{Block, Kind, Page, Style};
use crate::problem::Report;

/// Checks the commands and paths of the README and CONTRIBUTING.md. Their numbers are checked
/// with all others, by [`crate::numbers`].
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let mut commands = 0;
    for page in &course.front {
        for block in &page.blocks {
            let in_fence = block.info().map(Fence::parse) == Some(Fence::Shell);
            let inline = block.styled(Style::Code).filter(|_| !matches!(block.kind, Kind::Code { .. }));
            let lines: Vec<(usize, &str)> =
                if in_fence { lines(block) } else { inline.map(|(run, code)| (run.source, code)).collect() };
            for (offset, line) in lines {
                let command = in_fence || line.starts_with("cargo ") || line.starts_with("python3 ");
                let result = if command {
                    commands += 1;
                    commands::check(course, line)
                } else {
                    path(course, line)
                };
                if let Err(expected) = result {
                    report.problems.push(Course::problem(
                        page,
                        offset,
                        line,
                        expected,
                        "correct it, or make what it promises",
                    ));
                }
            }
        }
    }
    report.note(format!("{commands} commands"));
    report
}

/// The lines of a block with their offsets in the file.
fn lines(block: &Block) -> Vec<(usize, &str)> {
    let mut at = 0;
    block
        .text
        .split_inclusive('\n')
        .map(|line| {
            let offset = block.source(at);
            at += line.len();
            (offset, line.trim_end())
        })
        .collect()
}

/// Code that looks like a path of this project is one.
fn path(course: &Course, code: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let folders =
        ["course/", "src/", "examples/", "tests/", "book/", "truth/", "lab/", "theme/", "benches/", ".ci/"];
    let looks = folders.iter().any(|folder| code.starts_with(folder)) && code.chars().all(plain);
    if looks && !course.root.join(code).exists() {
        return Err("a path that exists".to_string());
    }
    Ok(())
}

/// What of this project can be counted, by the word that stands behind the number.
pub fn counts(course: &Course) -> BTreeMap<&'static str, usize> {
    let pages = || course.pages.values();
    let snippets = |page: &Page| {
        page.blocks.iter().filter(|block| block.info().map(Fence::parse) == Some(Fence::Rust)).count()
    };
    let mut counts = BTreeMap::from([
        ("chapters", CHAPTERS.len()),
        ("lessons", Chapter::all().filter(|chapter| chapter.is_lesson()).count()),
        ("lines", course.program.len()),
        ("terms", course.glossary.terms.len()),
        ("snippets", pages().chain(&course.front).map(snippets).sum()),
    ]);
    if let Ok(names) = std::fs::read_to_string(course.root.join("input.txt")) {
        counts.insert("names", names.lines().filter(|line| !line.trim().is_empty()).count());
    }
    let whole = course.transcripts.get("microgpt").map_or("", |transcript| &transcript.text);
    if let Some(line) = whole.lines().find(|line| line.starts_with("num params"))
        && let Some(number) = scan(line, Syntax::Text).first()
    {
        counts.insert("parameters", number.value.to_f64() as usize);
    }
    counts
}
