//! Shape: the chapters are the ones readers know, each lesson has the shape that [`lesson`] asks for, and every
//! block some check that knows it.

use crate::judge::lesson;
use crate::problem::Report;
use crate::read::chapter::{CHAPTERS, Chapter};
use crate::read::course::{Course, Entry};
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
        let titles: Vec<&str> = page.headings(1).map(|(_, block)| block.text.as_str()).collect();
        let title = course.title(chapter).unwrap_or("");
        if titles != [title] {
            let wanted = format!("# {title}, as in SUMMARY.md, and no other level-1 heading");
            report.at(page, 0, format!("# {}", titles.join(" / # ")), wanted);
        }
        if chapter.is_lesson() {
            lesson::check(course, chapter, page, &mut report);
        }
    }
    let written = course.chapters().count();
    report.note(format!("{written} chapters written, {} drafts", CHAPTERS.len() - written));
    report
}

/// SUMMARY.md has the 33 chapters in order, drafts without a file, and no page is left out.
fn check_summary(course: &Course, report: &mut Report) {
    let mut problem = |line: usize, found: String, wanted: String| {
        report.file(&course.summary.path, line, found, wanted);
    };
    let chapter = |entry: &Entry| Chapter::numbered(entry.title.split_once(' ')?.0);
    let numbered: Vec<(Chapter, &Entry)> =
        course.entries.iter().filter_map(|entry| Some((chapter(entry)?, entry))).collect();
    if !numbered.iter().map(|(chapter, _)| *chapter).eq(Chapter::all()) {
        let missing = Chapter::all().filter(|chapter| !numbered.iter().any(|(other, _)| other == chapter));
        let missing = missing.map(Chapter::number).collect::<Vec<_>>().join(", ");
        let found = format!("{} numbered entries; missing: {missing}", numbered.len());
        let drafts = "those without a file as drafts, such as - [2.0 Why we need derivatives]()";
        problem(1, found, format!("the {} chapters, each once, in order, {drafts}", CHAPTERS.len()));
    }
    for (chapter, entry) in numbered {
        let path = chapter.path();
        let wanted = if course.pages.contains_key(&path) { Some(&path) } else { None };
        if entry.path.as_ref() != wanted {
            let found = entry.path.clone().unwrap_or("a draft".to_string());
            let wanted = wanted.map_or(format!("a draft, (), until {path} is written"), String::clone);
            problem(entry.line, found, wanted);
        }
    }
    for path in course.pages.keys() {
        if !course.entries.iter().any(|entry| entry.path.as_ref() == Some(path)) {
            problem(1, format!("no entry for {path}"), "every page of course/".to_string());
        }
    }
}

/// Blocks are fenced, with an info string that some check knows: nothing is shown unchecked.
fn check_fences(page: &Page, report: &mut Report) {
    for block in &page.blocks {
        let Kind::Code { info, fenced } = &block.kind else { continue };
        let mut problem = |found: &str, wanted: &str| report.at(page, block.range.start, found, wanted);
        match Fence::parse(info) {
            _ if !fenced => problem("an indented block of code", "``` lines around it, with an info string"),
            Fence::Strange(wanted) => problem(&format!("```{info}"), wanted),
            Fence::Rust if block.text.lines().any(|line| line == "#" || line.starts_with("# ")) => {
                problem("a hidden line in a snippet", "every line visible");
            }
            Fence::Shell => {
                for line in block.text.lines().filter(|line| line.starts_with('$')) {
                    problem(line, "the command without $, so that it can be copied");
                }
            }
            _ => {}
        }
    }
}
