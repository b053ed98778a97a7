//! Coverage: every line of `microgpt.py` is quoted in a lesson outside the overview, and every
//! line of code is explained there too, by its number or by a name that stands on it.

use std::collections::BTreeSet;

use crate::problem::{Problem, Report};
use crate::read::chapter::INDEX;
use crate::read::course::Course;
use crate::read::lines;
use crate::read::page::{Page, Style};
use crate::read::program::identifiers;

/// Mentions of more lines than this say where a lesson is, not what a line does.
const LONGEST_EXPLANATION: usize = 3;

/// Checks that no line is left out.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let mut quoted = BTreeSet::new();
    let mut explained = BTreeSet::new();
    for (chapter, page) in course.lessons() {
        if chapter.module() != Some(0) {
            let lines = lines::single_lines(&lines::quoted(page));
            let mentioned = mentioned(page);
            let names = names(page);
            explained.extend(lines.iter().copied().filter(|&line| {
                let held = course.program.identifiers(line);
                mentioned.contains(&line) || held.is_empty() || held.iter().any(|name| names.contains(name))
            }));
            quoted.extend(lines);
        }
    }
    for line in 1..=course.program.len() {
        let text = course.program.line(line).unwrap_or("").trim();
        let mut problem = |found: String, fix: &str| {
            report.problems.push(Problem {
                file: "microgpt.py".to_string(),
                line,
                found: format!("`{text}`: {found}"),
                expected: "every line quoted, and every line of code explained, by a lesson of \
                           modules 01 to 05"
                    .to_string(),
                fix: fix.to_string(),
            });
        };
        if !quoted.contains(&line) {
            let fix = format!("quote it in the lesson that {INDEX} gives it to");
            problem("quoted nowhere".to_string(), &fix);
        } else if course.program.is_code(line) && !explained.contains(&line) {
            problem(
                "explained nowhere".to_string(),
                "write about it where it is quoted, by its number or a name on it in `code`",
            );
        }
    }
    report.note(format!("{} of {} lines quoted", quoted.len(), course.program.len()));
    report
}

fn mentioned(page: &Page) -> BTreeSet<usize> {
    (0..page.blocks.len())
        .flat_map(|index| lines::mentions(page, index))
        .flat_map(|mention| mention.spans)
        .filter(|&(first, last)| last < first + LONGEST_EXPLANATION)
        .flat_map(|(first, last)| first..=last)
        .collect()
}

fn names(page: &Page) -> BTreeSet<String> {
    page.blocks
        .iter()
        .filter(|block| !block.is_code())
        .flat_map(|block| block.styled(Style::Code))
        .flat_map(|(_, code)| identifiers(code))
        .map(str::to_string)
        .collect()
}
