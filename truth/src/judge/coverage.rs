//! Coverage: every line of `microgpt.py` is quoted in a lesson outside the overview, every line of code is explained
//! there by its number or by a name that stands on it, and each line has its paragraph on the page of all lines.

use std::collections::BTreeSet;

use crate::problem::Report;
use crate::read::chapter::INDEX;
use crate::read::course::Course;
use crate::read::page::{Page, Style};
use crate::read::program::identifiers;
use crate::read::{explanations, lines};

/// Mentions of more lines than this say where a lesson is, not what a line does.
const LONGEST_EXPLANATION: usize = 3;

/// Checks that no line is left out.
pub fn check(course: &Course) -> Report {
    let program = &course.program;
    let mut report = Report::default();
    let (mut quoted, mut explained) = (BTreeSet::new(), BTreeSet::new());
    for (_, page) in course.lessons().filter(|(chapter, _)| chapter.module() != Some(0)) {
        let lines = lines::single_lines(&lines::quoted(page));
        let (mentioned, names) = (mentioned(page), names(page));
        let explains = |line: &usize| {
            let held = program.identifiers(*line);
            mentioned.contains(line)
                || held.is_empty()
                || held.iter().any(|name| names.contains(name.as_str()))
        };
        explained.extend(lines.iter().copied().filter(explains));
        quoted.extend(lines);
    }
    let mut problem = |line: usize, found: &str, wanted: &str| {
        let text = program.line(line).unwrap_or_default().trim();
        let wanted = format!("{wanted}; {INDEX} gives the line to its lessons");
        report.file("microgpt.py", line, format!("`{text}`: {found}"), wanted);
    };
    for line in 1..=program.len() {
        if !quoted.contains(&line) {
            problem(line, "quoted nowhere", "a quote in a lesson of modules 01 to 05");
        } else if program.is_code(line) && !explained.contains(&line) {
            problem(
                line,
                "explained nowhere",
                "its number, or a name on it in `code`, in a lesson that quotes it",
            );
        }
    }
    let explanations = explanations::all(course);
    let count = explanations.as_ref().map_or(0, Vec::len);
    for line in explanations.err().into_iter().flatten() {
        let wanted =
            "a paragraph under \"The lines\", beside its quote, that begins a sentence with **Line N**";
        problem(line, "no explanation", wanted);
    }
    report.note(format!("{} of {} lines quoted, {count} explanations", quoted.len(), program.len()));
    report
}

fn mentioned(page: &Page) -> BTreeSet<usize> {
    let mentions = (0..page.blocks.len()).flat_map(|index| lines::mentions(page, index));
    let spans = mentions.flat_map(|mention| mention.spans);
    let short = spans.filter(|&(first, last)| last < first + LONGEST_EXPLANATION);
    lines::single_lines(&short.collect::<Vec<_>>())
}

fn names(page: &Page) -> BTreeSet<&str> {
    let text = page.blocks.iter().filter(|block| !block.is_code());
    text.flat_map(|block| block.styled(Style::Code)).flat_map(|(_, code)| identifiers(code)).collect()
}
