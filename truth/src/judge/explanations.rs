//! Explanations: each line of `microgpt.py` has its paragraph.

use crate::problem::{Problem, Report};
use crate::read::chapter::INDEX;
use crate::read::course::Course;
use crate::read::explanations;

/// Checks that each line has its explanation.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    match explanations::all(course) {
        Ok(explanations) => report.note(format!("{} explanations", explanations.len())),
        Err(missing) => report.problems.extend(missing.into_iter().map(|line| Problem {
            file: "microgpt.py".to_string(),
            line,
            found: format!("`{}`: no explanation", course.program.line(line).unwrap_or("").trim()),
            expected: format!("a paragraph about it in a lesson that {INDEX} gives it to, beside its quote"),
            fix: format!("begin a sentence under \"The lines\" with **Line {line}**"),
        })),
    }
    report
}
