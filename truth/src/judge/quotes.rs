//! Quotes: what is shown as lines of `microgpt.py`, or of a program in `beyond/`, is those lines, and the map of lessons to
//! lines says what the lessons quote.

use std::collections::BTreeSet;

use crate::judge::lines as mentions;
use crate::problem::Report;
use crate::read::chapter::INDEX;
use crate::read::course::Course;
use crate::read::fence::Fence;
use crate::read::lines::{self, Span};
use crate::read::page::Page;

/// Checks every quote, every mention of lines, and the map in INDEX.md.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let mut quotes = 0;
    for page in course.pages.values() {
        quotes += check_blocks(course, page, &mut report);
    }
    let mut mentioned = 0;
    for page in course.pages.values() {
        let (found, problems) = mentions::check(course, page);
        mentioned += found;
        report.problems.extend(problems);
    }
    check_map(course, &mut report);
    report.note(format!("{quotes} quotes, {mentioned} mentions of lines"));
    report
}

/// Checks the quotes of one page, and returns how many there are.
pub(crate) fn check_blocks(course: &Course, page: &Page, report: &mut Report) -> usize {
    let mut quotes = 0;
    for block in &page.blocks {
        let Some(info) = block.info() else { continue };
        match Fence::parse(info) {
            Fence::Quote { first, last } => {
                quotes += 1;
                let Some(text) = course.program.text(first, last) else {
                    report.problems.push(Course::problem(
                        page,
                        block.range.start,
                        format!("microgpt.py:{first}-{last}"),
                        format!("lines between 1 and {}", course.program.len()),
                        "name lines that exist",
                    ));
                    continue;
                };
                if block.text != text {
                    let (line, found, expected) = first_difference(&block.text, &text);
                    report.problems.push(Course::problem(
                        page,
                        block.source(0),
                        format!("line {line} of the quote: {found:?}"),
                        format!("microgpt.py:{}: {expected:?}", first + line - 1),
                        "correct the line numbers, or run `cargo book sync` to copy the lines again",
                    ));
                }
            }
            Fence::Source { path, first, last } => {
                quotes += 1;
                match course.source(page, block) {
                    Some(Ok(text)) if text != block.text => {
                        let (line, found, expected) = first_difference(&block.text, &text);
                        report.problems.push(Course::problem(
                            page,
                            block.source(0),
                            format!("line {line} of the quote: {found:?}"),
                            format!("{path}:{}: {expected:?}", first + line - 1),
                            "correct the line numbers, or run `cargo book sync` to copy the lines again",
                        ));
                    }
                    Some(Err(expected)) => report.problems.push(Course::problem(
                        page,
                        block.range.start,
                        format!("{path}:{first}-{last}"),
                        expected,
                        "name a file and lines that exist",
                    )),
                    _ => {}
                }
            }
            Fence::Python if !block.text.trim().is_empty() => {
                if let Some((first, last)) = stands_in_program(course, &block.text) {
                    report.problems.push(Course::problem(
                        page,
                        block.range.start,
                        "lines of microgpt.py in a block that does not say so",
                        "a quote that names its lines",
                        format!("write ```python microgpt.py:{first}-{last}"),
                    ));
                }
            }
            _ => {}
        }
    }
    quotes
}

/// The lines of the program that a block repeats word for word.
fn stands_in_program(course: &Course, text: &str) -> Option<Span> {
    let count = text.lines().count();
    (1..=(course.program.len() + 1).saturating_sub(count)).map(|first| (first, first + count - 1)).find(
        |&(first, last)| {
            (first..=last).zip(text.lines()).all(|(number, line)| course.program.line(number) == Some(line))
        },
    )
}

/// The first line in which two texts differ, counted from 1, with both versions of it.
pub(crate) fn first_difference<'a>(found: &'a str, expected: &'a str) -> (usize, &'a str, &'a str) {
    let (mut a, mut b) = (found.lines(), expected.lines());
    for line in 1.. {
        let (found, expected) = (a.next(), b.next());
        if found != expected {
            return (line, found.unwrap_or("(nothing)"), expected.unwrap_or("(nothing)"));
        }
        if found.is_none() {
            break;
        }
    }
    (1, found, expected)
}

fn check_map(course: &Course, report: &mut Report) {
    let Some(page) = course.pages.get(INDEX) else { return };
    let map = lines::map(course);
    let filled = |lines: &BTreeSet<usize>| -> BTreeSet<usize> {
        lines.iter().copied().filter(|&n| !course.program.is_blank(n)).collect()
    };
    for (chapter, page_of) in course.lessons() {
        let quotes = lines::single_lines(&lines::quoted(page_of));
        // A lesson without lines of its own may show lines of others.
        let entry = map.iter().find(|(other, ..)| *other == chapter);
        let promised = entry.map(|(_, lines, _)| lines.clone()).unwrap_or_default();
        let offset = entry.map_or(0, |(.., offset)| *offset);
        let missing: BTreeSet<usize> = promised.difference(&quotes).copied().collect();
        let elsewhere =
            |line: &usize| map.iter().any(|(other, lines, _)| *other != chapter && lines.contains(line));
        let extra: BTreeSet<usize> =
            quotes.difference(&promised).copied().filter(|line| !elsewhere(line)).collect();
        // A quote that the table counts, it counts as a whole.
        let in_part = lines::quoted(page_of).iter().any(|&(first, last)| {
            let counted = (first..=last).filter(|line| promised.contains(line)).count();
            counted > 0 && counted < last + 1 - first
        });
        if !missing.is_empty() || !extra.is_empty() || in_part {
            report.problems.push(Course::problem(
                page,
                offset,
                format!("lines {} for {}", lines::ranges(&promised), chapter.number()),
                format!("lines {}, as {} quotes them", lines::ranges(&quotes), page_of.path),
                "correct the table, or quote the lines in the lesson",
            ));
        }
    }
    let all: BTreeSet<usize> = map.iter().flat_map(|(_, lines, _)| filled(lines)).collect();
    let open: BTreeSet<usize> =
        filled(&(1..=course.program.len()).collect()).difference(&all).copied().collect();
    if !open.is_empty() {
        report.problems.push(Course::problem(
            page,
            0,
            format!("no lesson for lines {}", lines::ranges(&open)),
            "a lesson for every line",
            "add the lines to a lesson of the table",
        ));
    }
}
