//! Shape: the chapters are the ones readers know, and each lesson has its parts in their order,
//! its questions with folded answers, and its command.

use crate::judge::{commands, lesson};
use crate::problem::Report;
use crate::read::chapter::{CHAPTERS, Chapter};
use crate::read::course::Course;
use crate::read::fence::Fence;
use crate::read::lesson::is_new;
use crate::read::page::{Kind, Page};

/// The parts of a lesson in their order; those marked `false` may be absent.
pub const PARTS: [(&str, bool); 13] = [
    ("Where we are", true),
    ("The problem", true),
    ("The idea", true),
    ("The lines", true),
    ("By hand", true),
    ("In the real model", true),
    ("In Rust", true),
    ("See it", false),
    ("What goes wrong", true),
    ("Check yourself", true),
    ("Run it", true),
    ("New words", true),
    ("Next", true),
];

/// How many questions a lesson asks at least.
const QUESTIONS: usize = 3;

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
            match is_new(page) {
                true => report.problems.extend(lesson::check(course, chapter, page)),
                false => check_lesson(chapter, page, &mut report),
            }
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

/// Checks a lesson that still has the shape before that of [`lesson`].
fn check_lesson(chapter: Chapter, page: &Page, report: &mut Report) {
    let headings: Vec<(usize, &str)> =
        page.headings(2).map(|(at, block)| (at, block.text.as_str())).collect();
    let names: Vec<&str> = headings.iter().map(|(_, name)| *name).collect();
    let expected: Vec<&str> = PARTS
        .iter()
        .filter(|(part, needed)| *needed || names.contains(part))
        .map(|(part, _)| *part)
        .collect();
    if names != expected {
        let first = names
            .iter()
            .zip(&expected)
            .position(|(found, expected)| found != expected)
            .unwrap_or(names.len().min(expected.len()));
        let at = headings.get(first).map_or(0, |(at, _)| page.blocks[*at].range.start);
        report.problems.push(Course::problem(
            page,
            at,
            format!("## {}", names.get(first).unwrap_or(&"(the end)")),
            format!("## {}", expected.get(first).unwrap_or(&"(no further part)")),
            format!("a lesson has these parts in this order: {}", expected.join(" · ")),
        ));
    }
    let section = |name: &str| headings.iter().find(|(_, found)| *found == name).map(|(at, _)| *at);
    if let Some(at) = section("Check yourself") {
        let heading = page.blocks[at].range.start;
        let answers = page.details.iter().filter(|details| **details == Some(at)).count();
        let questions = questions(page, at);
        if questions < QUESTIONS || answers != questions {
            report.problems.push(Course::problem(
                page,
                heading,
                format!("{questions} questions with {answers} folded answers"),
                format!("at least {QUESTIONS} questions in a numbered list, each with its answer"),
                "after each question: <details><summary>Answer</summary> … </details>",
            ));
        }
    }
    if let Some(at) = section("Run it") {
        let runs = page.blocks.iter().filter(|block| block.section == Some(at)).any(|block| {
            block.info().map(Fence::parse) == Some(Fence::Shell)
                && block.text.lines().any(|line| commands::example(line) == Some(chapter.example()))
        });
        if !runs {
            report.problems.push(Course::problem(
                page,
                page.blocks[at].range.start,
                "no command for the lesson's example",
                format!("cargo run --example {}", chapter.example()),
                "show it in a ```sh block",
            ));
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

/// How many items the numbered list of a section has: the lists that open with a number there.
fn questions(page: &Page, section: usize) -> usize {
    let start = page.blocks[section].range.end;
    let end = page
        .headings(2)
        .find(|(at, _)| *at > section)
        .map_or(page.text.len(), |(_, block)| block.range.start);
    page.numbered_items.iter().filter(|&&at| at >= start && at < end).count()
}
