//! Tasks: each lesson from 1.0 on has one, under "Check yourself", and what it quotes are lines of the program. Whether
//! starts fail, solutions pass and mistakes are recognised, `tasks/prove.py` proves.

use anyhow::Result;

use crate::judge::quotes;
use crate::problem::Report;
use crate::read::course::Course;
use crate::read::tasks::{MARK, folder, mark, page};

/// Checks the tasks of all lessons; an error when one cannot be read.
pub fn check(course: &Course) -> Result<Report> {
    let mut report = Report::default();
    let mut found = 0;
    for (chapter, lesson) in course.lessons() {
        let Some(folder) = folder(chapter) else { continue };
        let at = mark(lesson).map_or(0, |mark| mark.start);
        let above = lesson.headings(2).take_while(|(_, block)| block.range.start < at).last();
        if above.is_none_or(|(_, heading)| heading.text != "Check yourself") {
            let wanted = format!("{MARK} on a line of its own at the end of that section");
            report.at(lesson, at, "no task under \"Check yourself\"", wanted);
        }
        match page(&course.root, chapter)? {
            Some(task) => {
                found += 1;
                quotes::check_copies(course, &task, &mut report);
            }
            None => {
                let wanted = "a task for each lesson from 1.0 on: CONTRIBUTING.md, \"A task\"";
                report.at(lesson, 0, format!("no {folder}/task.md"), wanted);
            }
        }
    }
    report.note(format!("{found} tasks"));
    Ok(report)
}
