//! `assets/course.json`: the lessons with their titles, lines, minutes and the checkpoints that pass them, for
//! the scripts that show the reader's progress.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use truth::checkpoints::checkpoints;
use truth::quotes;

use crate::checkpoints::lesson;
use crate::reading::Lessons;

/// Writes the file into the folder of the pages.
///
/// # Errors
///
/// When the course cannot be read or the file cannot be written.
pub fn write(root: &Path, pages: &Path) -> Result<()> {
    let file = pages.join("assets/course.json");
    fs::create_dir_all(pages.join("assets"))?;
    fs::write(&file, serde_json::to_vec(&outline(root)?)?)
        .with_context(|| format!("{} cannot be written", file.display()))
}

fn outline(root: &Path) -> Result<Value> {
    let course = truth::Course::load(root)?;
    let map = quotes::map(&course);
    let mut times = Lessons::default();
    course.lessons().for_each(|(_, page)| times.count(page));
    let lessons = course.lessons().map(|(chapter, page)| {
        let lines = map.iter().find(|(other, ..)| *other == chapter).map(|(_, lines, _)| lines.clone());
        let passing = checkpoints(page).0.into_iter().filter(|checkpoint| checkpoint.main);
        json!({
            "lesson": lesson(page),
            "number": chapter.number(),
            "title": course.name(chapter),
            "href": format!("{}.html", lesson(page)),
            "lines": lines.unwrap_or_default(),
            "minutes": times.minutes(&page.path),
            "all": times.all_minutes(&page.path),
            "checkpoints": passing.map(|checkpoint| checkpoint.id).collect::<Vec<_>>(),
        })
    });
    Ok(json!({ "version": 1, "lessons": lessons.collect::<Vec<_>>() }))
}
