//! The tasks of the course, and which of them `tasks/check.py` has let pass: `cargo run --example tasks`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use truth::read::chapter::Chapter;
use truth::read::tasks;

fn main() -> Result<(), truth::Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Nothing has passed yet where there is no such file.
    let passed = fs::read_to_string(root.join("tasks/.passed")).unwrap_or_default();
    let passed: BTreeSet<&str> = passed.lines().collect();
    let (mut all, mut done) = (0, 0);
    for chapter in Chapter::all() {
        let (Some(folder), Some(page)) = (tasks::folder(chapter), tasks::page(root, chapter)?) else {
            continue;
        };
        let is_passed = passed.contains(folder.trim_start_matches("tasks/"));
        let title = page.headings(1).next().map_or("", |(_, heading)| &heading.text);
        println!("{} {}  {title}", if is_passed { '+' } else { ' ' }, chapter.number());
        all += 1;
        done += usize::from(is_passed);
    }
    println!("\n{done} of {all} passed. To write one, with its number: python3 tasks/check.py NUMBER");
    Ok(())
}
