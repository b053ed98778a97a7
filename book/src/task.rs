//! A lesson's task as its page shows it: folded, what is to be written, the start, hints, and our solution. When it is
//! opened, `tasks/page/task.js` puts an editor in the place of the start. Without scripts it reads as a question with a
//! folded answer.

use anyhow::{Context, Result};
use std::fs;
use std::ops::Range;
use truth::Course;
use truth::read::chapter::Chapter;
use truth::read::page::Page;
use truth::read::tasks;

use crate::checkpoints::lesson;
use crate::course::{escape, render};

/// What stands in a page in the place of the mark; nothing where there is none.
///
/// # Errors
///
/// When a file of the task cannot be read, or is not as it should be.
pub fn edit(course: &Course, page: &Page) -> Result<Option<(Range<usize>, String)>> {
    let Some(mark) = tasks::mark(page) else { return Ok(None) };
    let chapter = Chapter::at(&page.path).context("only lessons have tasks")?;
    let folder = tasks::folder(chapter).context("lessons have tasks from 1.0 on")?;
    let task =
        tasks::page(&course.root, chapter)?.with_context(|| format!("there is no {folder}/task.md"))?;
    let start = course.root.join(&folder).join("start.py");
    let start = fs::read_to_string(&start).with_context(|| format!("{folder}/start.py cannot be read"))?;
    let (head, body) = task.text.split_once("-->\n").context("task.md begins with a title and a comment")?;
    let title = head.lines().next().unwrap_or_default().trim_start_matches("# ");
    let mut text = body.to_owned();
    let skipped = task.text.len() - body.len();
    for block in task.blocks.iter().rev() {
        let Some(info) = block.info() else { continue };
        if let Some(html) = render(info, &block.text, &page.path, &course.program, None)? {
            text.replace_range(block.range.start - skipped..block.range.end - skipped, &(html + "\n"));
        }
    }
    // The start stands before the hints.
    let hints = text.find("<details>").context("task.md has hints in <details>")?;
    let start = format!(
        r#"<figure class="start"><pre><code class="language-python">{}</code></pre></figure>"#,
        escape(start.trim_end()),
    );
    text.insert_str(hints, &format!("{start}\n\n"));
    let (flag, place) = match head.contains("\nwhole: ") {
        true => (" --whole", ", and puts it into the whole program in the place of our lines"),
        false => ("", ""),
    };
    text.push_str(&format!(
        "\n<p class=\"there\">On your machine: <code>python3 tasks/check.py {}{flag}</code> judges it too{place}.</p>\n",
        chapter.number(),
    ));
    let name = folder.trim_start_matches("tasks/");
    Ok(Some((
        mark,
        format!(
            "<details class=\"write\" data-task=\"{name}\" data-lesson=\"{}\"><summary><h3 id=\"write-it-yourself\">Write it yourself: {}</h3></summary>\n\n{}\n\n</details>\n",
            lesson(page),
            escape(title),
            text.trim(),
        ),
    )))
}
