//! What is folded on a page: answers, and the boxes under "Going deeper".
//!
//! A lesson has a main line, complete in itself, and after the heading
//! "Going deeper" only boxes: `<details><summary>A sentence that says the result</summary> … </details>`.

use std::collections::BTreeSet;

use crate::read::page::{Fold, Page, anchor};

/// The heading after which there are boxes alone.
pub const DEEPER: &str = "Going deeper";

/// A box under "Going deeper".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deeper<'a> {
    /// Where it stands.
    pub fold: &'a Fold,
    /// Its title.
    pub title: &'a str,
    /// Its anchor in the built page.
    pub id: String,
}

impl Deeper<'_> {
    /// Whether it is for those who read Rust.
    pub fn is_rust(&self) -> bool {
        self.title.starts_with("In Rust")
    }
}

/// Where the heading "Going deeper" stands; a page without one is no lesson.
pub fn deeper(page: &Page) -> Option<usize> {
    page.headings(2).find(|(_, block)| block.text == DEEPER).map(|(_, block)| block.range.start)
}

/// The boxes of a lesson.
pub fn boxes(page: &Page) -> Vec<Deeper<'_>> {
    let Some(deeper) = deeper(page) else { return Vec::new() };
    let mut ids: BTreeSet<String> = page.anchors().map(str::to_string).collect();
    let at_left = |at: usize| at == 0 || page.text[..at].ends_with('\n');
    let boxes = page.folds.iter().filter(|fold| fold.depth == 0 && fold.range.start > deeper);
    boxes
        .filter(|fold| at_left(fold.range.start))
        .map(|fold| {
            let title = page.text[fold.summary.clone()].trim();
            let slug = anchor(title);
            let numbered = (1..).map(|number| format!("{slug}-{number}"));
            let id = std::iter::once(slug.clone()).chain(numbered).find(|id| !ids.contains(id));
            let id = id.expect("there are numbers without end");
            ids.insert(id.clone());
            Deeper { fold, title, id }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_stand_under_going_deeper_and_answers_in_them_are_none() {
        let text = "# L\n\n> <details><summary>Answer</summary>\n>\n> 1\n>\n> </details>\n\n## Going deeper\n\n\
            <details><summary>Four is enough</summary>\n\n`<details>`\n\n> <details><summary>Answer</summary>\n>\n\
            > 2\n>\n> </details>\n\n</details>\n\n<details><summary>Four is enough</summary>\n\n</details>\n";
        let page = Page::parse("course/x.md", text);
        let depths: Vec<usize> = page.folds.iter().map(|fold| fold.depth).collect();
        assert_eq!(depths, [0, 0, 1, 0]);
        let boxes = boxes(&page);
        assert_eq!(
            boxes.iter().map(|b| b.id.as_str()).collect::<Vec<_>>(),
            ["four-is-enough", "four-is-enough-1"]
        );
        assert_eq!(boxes[0].title, "Four is enough");
        assert!(page.text[boxes[0].fold.range.clone()].ends_with("</details>"));
    }
}
