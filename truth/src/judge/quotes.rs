//! Quotes: what is shown as lines of a program or as output is just that, and the map of lessons to lines says what
//! the lessons quote.

use std::collections::BTreeSet;

use crate::judge::lines as mentions;
use crate::problem::Report;
use crate::read::chapter::INDEX;
use crate::read::course::Course;
use crate::read::fence::Fence;
use crate::read::lines::{self, Span};
use crate::read::page::Page;

/// Checks every quote, every output block, every mention of lines, and the map in INDEX.md.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let (mut copies, mut mentioned) = (0, 0);
    for page in course.pages.values() {
        copies += check_copies(course, page, &mut report);
        check_python(course, page, &mut report);
        mentioned += mentions::check(course, page, &mut report);
    }
    check_map(course, &mut report);
    report.note(format!("{copies} quotes and output blocks, {mentioned} mentions of lines"));
    report
}

/// Checks the blocks of a page that are copies, and returns how many there are.
pub(crate) fn check_copies(course: &Course, page: &Page, report: &mut Report) -> usize {
    let mut copies = 0;
    for block in &page.blocks {
        let Some(source) = course.source(page, block) else { continue };
        copies += 1;
        match source {
            Ok(source) if source.text == block.text => {}
            Ok(source) => {
                let differs = block.text.lines().zip(source.text.lines()).take_while(|(a, b)| a == b).count();
                let [found, wanted] = [&block.text, &source.text].map(|text| {
                    text.lines().nth(differs).map_or("nothing".to_string(), |line| format!("{line:?}"))
                });
                report.at(
                    page,
                    block.source(0),
                    format!("line {} of the block: {found}", differs + 1),
                    format!(
                        "{wanted}, as in {}:{}; correct what the block names, or run `cargo book sync` to copy it again",
                        source.file,
                        source.first + differs
                    ),
                );
            }
            Err(wanted) => missing(page, block.range.start, block.info(), &wanted, report),
        }
    }
    copies
}

/// Says that a block names lines, a transcript or a label that does not exist.
pub(crate) fn missing(page: &Page, at: usize, info: Option<&str>, wanted: &str, report: &mut Report) {
    let wanted = format!("{wanted}; correct the label or the line numbers");
    report.at(page, at, format!("```{}", info.unwrap_or_default()), wanted);
}

/// Lines of the program are shown as such.
fn check_python(course: &Course, page: &Page, report: &mut Report) {
    let program = &course.program;
    for block in page.blocks.iter().filter(|block| block.fence() == Some(Fence::Python)) {
        let count = block.text.lines().count();
        let repeats = |first: &usize| {
            (*first..).zip(block.text.lines()).all(|(number, line)| program.line(number) == Some(line))
        };
        if !block.text.trim().is_empty()
            && let Some(first) = (1..=program.len()).find(repeats)
        {
            let wanted = format!("```python microgpt.py:{first}-{}", first + count - 1);
            report.at(
                page,
                block.range.start,
                "lines of microgpt.py in a block that does not name them",
                wanted,
            );
        }
    }
}

fn check_map(course: &Course, report: &mut Report) {
    let Some(page) = course.pages.get(INDEX) else { return };
    let map = lines::map(course);
    for (chapter, lesson) in course.lessons() {
        let quoted = lines::quoted(lesson);
        let quotes = lines::single_lines(&quoted);
        // A lesson without lines of its own may show lines of others.
        let entry = map.iter().find(|(other, ..)| *other == chapter);
        let promised = entry.map(|(_, lines, _)| lines.clone()).unwrap_or_default();
        let elsewhere =
            |line: &usize| map.iter().any(|(other, lines, _)| *other != chapter && lines.contains(line));
        // A quote that the table counts, it counts as a whole.
        let in_part = |&(first, last): &Span| {
            let counted = (first..=last).filter(|line| promised.contains(line)).count();
            counted > 0 && counted < last + 1 - first
        };
        if !promised.is_subset(&quotes)
            || quotes.difference(&promised).any(|line| !elsewhere(line))
            || quoted.iter().any(in_part)
        {
            report.at(
                page,
                entry.map_or(0, |(.., offset)| *offset),
                format!("lines {} for {}", lines::ranges(&promised), chapter.number()),
                format!("lines {}, as {} quotes them, or other quotes", lines::ranges(&quotes), lesson.path),
            );
        }
    }
    let filled = (1..=course.program.len()).filter(|&line| !course.program.is_blank(line));
    let open: BTreeSet<usize> =
        filled.filter(|line| !map.iter().any(|(_, lines, _)| lines.contains(line))).collect();
    if !open.is_empty() {
        let found = format!("no lesson for lines {}", lines::ranges(&open));
        report.at(page, 0, found, "a lesson for every line: add them to one of the table");
    }
}
