//! Relative links: the path that one means, the chapter that it leads to, the link from one page to another.

use crate::read::chapter::Chapter;
use crate::read::page::Page;

/// The path, relative to the root, that a relative target means on a page. `None` when it leaves
/// the project.
pub fn resolve(page: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The chapter that a link of the page leads to, if it leads to one of the 33.
pub fn linked_chapter(page: &Page, target: &str) -> Option<Chapter> {
    let path = resolve(&page.path, target.split('#').next()?)?;
    Chapter::at(&path)
}

/// The relative link from one page to another.
pub fn relative(from: &str, to: &str) -> String {
    let [from, to]: [Vec<&str>; 2] = [from, to].map(|path| path.split('/').collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count().min(to.len() - 1);
    [&vec![".."; from.len() - 1 - common], &to[common..]].concat().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_targets_are_resolved() {
        let page = "course/01-data/00-the-dataset.md";
        assert_eq!(resolve(page, "../appendix/glossary.md").unwrap(), "course/appendix/glossary.md");
        assert_eq!(resolve(page, "./01-x.md").unwrap(), "course/01-data/01-x.md");
        assert_eq!(resolve(page, "../../../x.md"), None);
        assert_eq!(relative(page, "course/appendix/glossary.md"), "../appendix/glossary.md");
        assert_eq!(relative(page, "course/01-data/01-x.md"), "01-x.md");
    }
}
