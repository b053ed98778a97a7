//! Tasks: each lesson from 1.0 on has one, under "Check yourself", and what it quotes are lines of the program. Whether
//! starts fail, solutions pass and mistakes are recognised, `tasks/prove.py` proves.

use crate::judge::quotes;
use crate::problem::{Error, Report};
use crate::read::course::Course;
use crate::read::tasks::{MARK, folder, mark, page};

/// Checks the tasks of all lessons.
///
/// # Errors
///
/// When a task cannot be read.
pub fn check(course: &Course) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut found = 0;
    for (chapter, lesson) in course.lessons() {
        let Some(folder) = folder(chapter) else { continue };
        let at = mark(lesson);
        let section = |at: usize| {
            lesson
                .headings(2)
                .take_while(|(_, block)| block.range.start < at)
                .last()
                .map(|(_, block)| &*block.text)
        };
        if at.as_ref().and_then(|at| section(at.start)) != Some("Check yourself") {
            report.problems.push(Course::problem(
                lesson,
                at.map_or(0, |at| at.start),
                "no task under \"Check yourself\"",
                MARK,
                "write it on a line of its own at the end of that section",
            ));
        }
        match page(&course.root, chapter)? {
            Some(task) => {
                found += 1;
                quotes::check_blocks(course, &task, &mut report);
            }
            None => report.problems.push(Course::problem(
                lesson,
                0,
                format!("no {folder}/task.md"),
                "a task for each lesson from 1.0 on",
                "write it: CONTRIBUTING.md, \"A task\"",
            )),
        }
    }
    report.note(format!("{found} tasks"));
    Ok(report)
}
