//! Links: every link, anchor and image of the Markdown leads somewhere, and the "Next" links lead
//! through the chapters in order. The built pages are checked by [`crate::judge::html`].

use std::sync::LazyLock;

use regex::Regex;

use crate::problem::Report;
use crate::read::address::{linked_chapter, relative, resolve};
use crate::read::chapter::{CODE, Chapter};
use crate::read::course::Course;
use crate::read::folds;
use crate::read::page::{Link, Page};

/// What leads out of the project: an address with a host, or one for letters.
static EXTERNAL: LazyLock<Regex> = LazyLock::new(|| {
    let host = r"(?:(?:localhost|127\.0\.0\.1):[^/?#\s]*|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+)";
    Regex::new(&format!(r"^(?:https?://{host}(?:[/?#][^\s[:cntrl:]]*)?|mailto:[^@]+@[^@.]*\.[^@]*)$"))
        .unwrap()
});

/// Checks the links of all pages.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let mut links = 0;
    for page in course.pages.values().chain(&course.front).chain([&course.summary]) {
        links += page.links.len();
        for link in &page.links {
            if let Err(wanted) = check_link(course, page, link) {
                report.at(page, link.range.start, written(link), wanted);
            }
        }
    }
    for (chapter, page) in course.chapters() {
        check_next(course, chapter, page, &mut report);
    }
    report.note(format!("{links} links"));
    report
}

fn written(link: &Link) -> String {
    format!("[{}]({})", link.text, link.target)
}

/// What should stand in the place of a link that leads nowhere. External links are looked at, never followed.
fn check_link(course: &Course, page: &Page, link: &Link) -> Result<(), String> {
    let target = link.target.as_str();
    let wanted = |wanted: &str| Err(wanted.to_string());
    if link.image && link.text.trim().is_empty() {
        return wanted("an image with a text alternative: ![what it shows](…)");
    }
    if link.broken {
        return wanted("a reference that is defined: define it, or write the target out");
    }
    if target.is_empty() {
        // A draft in the table of contents.
        return if page.path == course.summary.path { Ok(()) } else { wanted("a target") };
    }
    if target.contains("://") || target.starts_with("mailto:") || target.starts_with("//") {
        return match EXTERNAL.is_match(target) {
            _ if link.image => wanted("an image in the book: pages load nothing from other hosts"),
            true => Ok(()),
            false => wanted("https://host/path, or mailto:name@host"),
        };
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let resolved = if path.is_empty() { Some(page.path.clone()) } else { resolve(&page.path, path) };
    let Some(resolved) = resolved else { return wanted("a path inside the project") };
    if page.path.starts_with("course/") && !resolved.starts_with("course/") {
        return wanted("a page of the book, for readers of the built pages: name the file in `code` instead");
    }
    match course.page(&resolved) {
        Some(to) if anchor.is_empty() || has_anchor(course, to, anchor) => Ok(()),
        Some(to) => {
            let near = nearest(anchor, to.anchors());
            Err(format!("an anchor of {resolved}, such as #{near}"))
        }
        None if course.root.join(&resolved).exists() => Ok(()),
        None => {
            let near = nearest(&resolved, course.pages.keys().map(String::as_str));
            Err(format!(
                "a file that exists; {resolved} does not. The nearest is {near}; of a draft name the title without a link"
            ))
        }
    }
}

fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> &'a str {
    let likeness = |name: &str| similar::TextDiff::from_chars(wanted, name).ratio();
    names.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or("")
}

/// Whether something on the page has this anchor: a heading, a box, or on the page of the whole program a line.
fn has_anchor(course: &Course, page: &Page, anchor: &str) -> bool {
    let line = || anchor.strip_prefix('L')?.parse().ok().and_then(|line| course.program.line(line));
    page.path == CODE && line().is_some()
        || page.anchors().any(|other| other == anchor)
        || folds::boxes(page).iter().any(|each| each.id == anchor)
}

/// The section "Next" of a chapter, or "You have it", leads to the chapter that follows, by a link once it is
/// written, by its title before. Links to the glossary and to lines of the whole program may stand there too.
fn check_next(course: &Course, chapter: Chapter, page: &Page, report: &mut Report) {
    let heading = page.headings(2).find(|(_, block)| matches!(block.text.as_str(), "Next" | "You have it"));
    let section = heading.map(|(at, _)| at);
    let other =
        |link: &&Link| !["appendix/glossary.md#", "code.md#L"].iter().any(|to| link.target.contains(to));
    let in_section = |link: &&Link| section.is_some() && page.blocks[link.block].section == section;
    let links: Vec<&Link> = page.links.iter().filter(in_section).filter(other).collect();
    let following = Chapter::all().nth(chapter.0 + 1);
    let title = following.and_then(|following| course.title(following)).unwrap_or_default();
    let wanted = match following {
        None if section.is_none() => return,
        None => "none after the last chapter".to_string(),
        Some(following) if course.pages.contains_key(&following.path()) => {
            if let [link] = links[..]
                && linked_chapter(page, &link.target) == Some(following)
                && link.text == title
            {
                return;
            }
            format!("[{title}]({}), and no other link", relative(&page.path, &following.path()))
        }
        Some(_) => {
            let mut blocks = page.blocks.iter().filter(|block| section.is_some() && block.section == section);
            if links.is_empty() && blocks.any(|block| block.text.contains(title)) {
                return;
            }
            format!("the title of the draft without a link: {title}")
        }
    };
    let offset = heading.map_or(page.text.len().saturating_sub(1), |(_, block)| block.range.start);
    let found = links.into_iter().map(written).collect::<Vec<_>>().join(" ");
    report.at(page, offset, format!("the way to the next chapter: {found}"), wanted);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_targets_are_looked_at() {
        for right in ["https://arxiv.org/abs/1706.03762", "http://localhost:3000", "mailto:a@b.org"] {
            assert!(EXTERNAL.is_match(right), "{right}");
        }
        for wrong in [
            "https:/arxiv.org",
            "https://arxiv",
            "https://a..b/",
            "ftp://a.b",
            "https://a.b/c d",
            "mailto:a@b",
        ] {
            assert!(!EXTERNAL.is_match(wrong), "{wrong}");
        }
    }
}
