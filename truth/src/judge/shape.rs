//! Shape: the chapters are the ones readers know, each lesson has the shape that [`lesson`] asks for, and every
//! block some check that knows it.

use crate::judge::{commands, lesson};
use crate::problem::Report;
use crate::read::chapter::{CHAPTERS, Chapter};
use crate::read::course::Course;
use crate::read::fence::Fence;
use crate::read::page::{Kind, Page};

/// Checks the table of contents and the shape of every page.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    check_summary(course, &mut report);
    for page in course.pages.values() {
        check_fences(page, &mut report);
    }
    for (chapter, page) in course.chapters() {
        check_title(course, chapter, page, &mut report);
        if chapter.is_lesson() {
            check_commands(course, page, &mut report);
            report.problems.extend(lesson::check(course, chapter, page));
        }
    }
    let drafts = CHAPTERS.len() - course.chapters().count();
    report.note(format!("{} chapters written, {drafts} drafts", course.chapters().count()));
    report
}

/// SUMMARY.md has the 33 chapters in order, drafts without a file, and no page is left out.
fn check_summary(course: &Course, report: &mut Report) {
    let summary = &course.summary;
    let mut problem = |line: usize, found: String, expected: String, fix: &str| {
        report.problems.push(crate::problem::Problem {
            file: summary.path.clone(),
            line,
            found,
            expected,
            fix: fix.to_string(),
        });
    };
    let numbered: Vec<_> = course
        .entries
        .iter()
        .filter_map(|entry| {
            let (number, _) = entry.title.split_once(' ')?;
            Some((Chapter::numbered(number)?, entry))
        })
        .collect();
    let order: Vec<usize> = numbered.iter().map(|(chapter, _)| chapter.0).collect();
    if order != (0..CHAPTERS.len()).collect::<Vec<_>>() {
        let missing: Vec<String> =
            Chapter::all().filter(|chapter| !order.contains(&chapter.0)).map(Chapter::number).collect();
        problem(
            1,
            format!("{} numbered entries; missing: {}", order.len(), missing.join(", ")),
            format!("the {} chapters, each once, in order", CHAPTERS.len()),
            "add drafts such as - [2.0 Why we need derivatives]()",
        );
    }
    for (chapter, entry) in numbered {
        let exists = course.pages.contains_key(&chapter.path());
        match &entry.path {
            Some(path) if *path != chapter.path() => problem(
                entry.line,
                path.clone(),
                chapter.path(),
                "the paths of the chapters are fixed: correct it",
            ),
            Some(path) if !exists => problem(
                entry.line,
                format!("{path}, which does not exist"),
                "a file, or a draft with empty parentheses".to_string(),
                "write the chapter or empty the parentheses",
            ),
            None if exists => problem(
                entry.line,
                format!("a draft, though {} exists", chapter.path()),
                "a link to it".to_string(),
                "put the path into the parentheses",
            ),
            _ => {}
        }
    }
    for path in course.pages.keys() {
        if !course.entries.iter().any(|entry| entry.path.as_ref() == Some(path)) {
            problem(
                1,
                format!("no entry for {path}"),
                "every page of course/".to_string(),
                "add the page to SUMMARY.md, or delete it",
            );
        }
    }
}

fn check_title(course: &Course, chapter: Chapter, page: &Page, report: &mut Report) {
    let titles: Vec<&str> = page.headings(1).map(|(_, block)| block.text.as_str()).collect();
    let title = course.title(chapter).unwrap_or("");
    if titles != [title] {
        report.problems.push(Course::problem(
            page,
            0,
            format!("# {}", titles.join(" / # ")),
            format!("# {title}, as in SUMMARY.md, and no other level-1 heading"),
            "correct the heading or SUMMARY.md",
        ));
    }
}

/// Blocks are fenced, with an info string that some check knows: nothing is shown unchecked.
fn check_fences(page: &Page, report: &mut Report) {
    for block in &page.blocks {
        let Kind::Code { info, fenced } = &block.kind else { continue };
        if !fenced {
            report.problems.push(Course::problem(
                page,
                block.range.start,
                "an indented block of code",
                "a fenced block",
                "put it between ``` lines with an info string",
            ));
            continue;
        }
        let mut problem = |found: &str, expected: &str, fix: &str| {
            report.problems.push(Course::problem(page, block.range.start, found, expected, fix));
        };
        match Fence::parse(info) {
            Fence::Strange(expected) => {
                problem(&format!("```{info}"), &expected, "correct the info string");
            }
            Fence::Rust if block.text.lines().any(|line| line == "#" || line.starts_with("# ")) => {
                problem(
                    "a hidden line in a snippet",
                    "every line visible",
                    "show the line, or do without it",
                );
            }
            Fence::Shell => {
                for line in block.text.lines().filter(|line| line.starts_with('$')) {
                    problem(line, "the command alone, so that it can be copied", "delete the $");
                }
            }
            _ => {}
        }
    }
}

/// What a lesson tells to run exists.
fn check_commands(course: &Course, page: &Page, report: &mut Report) {
    for block in &page.blocks {
        if block.info().map(Fence::parse) == Some(Fence::Shell) {
            for (index, line) in block.text.lines().enumerate() {
                if let Err(expected) = commands::check(course, line) {
                    let start: usize = block.text.lines().take(index).map(|line| line.len() + 1).sum();
                    report.problems.push(Course::problem(
                        page,
                        block.source(start),
                        line,
                        expected,
                        "correct the command",
                    ));
                }
            }
        }
    }
}
