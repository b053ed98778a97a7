//! The reader's tasks: a folder of `tasks/` for each lesson from 1.0 on, with a page, task.md, that says what is to be
//! written and has our solution.

use std::ops::Range;
use std::path::Path;

use anyhow::Result;

use crate::read::chapter::Chapter;
use crate::read::page::Page;

/// Where a lesson wants its task, on a line of its own.
pub const MARK: &str = "<!-- task -->";

/// The folder of a lesson's task, relative to the root; the lessons of module 0 and the appendix have none.
pub fn folder(chapter: Chapter) -> Option<String> {
    chapter.module().filter(|&module| module > 0)?;
    let path = chapter.path();
    let (_, file) = path.rsplit_once('/')?;
    Some(format!("tasks/{}", file.get(3..)?.trim_end_matches(".md")))
}

/// The page of a lesson's task, if there is one; an error when it cannot be read.
pub fn page(root: &Path, chapter: Chapter) -> Result<Option<Page>> {
    let Some(folder) = folder(chapter) else { return Ok(None) };
    let path = format!("{folder}/task.md");
    let file = root.join(&path);
    Ok(if file.is_file() { Some(Page::parse(path, fs_err::read_to_string(file)?)) } else { None })
}

/// The pages of all tasks.
pub fn pages(root: &Path) -> Result<Vec<Page>> {
    Chapter::all().filter_map(|chapter| page(root, chapter).transpose()).collect()
}

/// Where a page has the mark.
pub fn mark(page: &Page) -> Option<Range<usize>> {
    page.comment("task")
}
