//! Promises: what the README says of this project is so. Its counts are computed, its commands and
//! paths exist.

use crate::judge::commands;
use crate::problem::Report;
use crate::read::course::Course;
use crate::read::fence::Fence;
use crate::read::page::{Block, Kind, Style};

/// Checks the commands and paths of the README and CONTRIBUTING.md. Their numbers are checked
/// with all others, by [`crate::judge::numbers`].
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
