//! Links: every link, anchor and image of the Markdown leads somewhere, and the "Next" links lead
//! through the chapters in order. The built pages are checked by [`crate::judge::html`].

use crate::problem::Report;
use crate::read::address::{linked_chapter, relative, resolve};
use crate::read::chapter::{CODE, Chapter};
use crate::read::course::Course;
use crate::read::folds;
use crate::read::page::{Link, Page};

/// Checks the links of all pages.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let mut links = 0;
    let all = course.pages.values().chain(&course.front).chain([&course.summary]);
    for page in all {
        for link in &page.links {
            links += 1;
            if let Err((expected, fix)) = check_link(course, page, link) {
                let found = format!("[{}]({})", link.text, link.target);
                report.problems.push(Course::problem(page, link.range.start, found, expected, fix));
            }
        }
    }
    for (chapter, page) in course.chapters() {
        check_next(course, chapter, page, &mut report);
    }
    report.note(format!("{links} links"));
    report
}

type Complaint = (String, &'static str);

fn check_link(course: &Course, page: &Page, link: &Link) -> Result<(), Complaint> {
    let target = link.target.as_str();
    if link.image && link.text.trim().is_empty() {
        return Err(("an image with a text alternative".to_string(), "write ![what it shows](…)"));
    }
    if link.broken {
        return Err(("a reference that is defined".to_string(), "define it, or write the target out"));
    }
    if target.is_empty() {
        // A draft in the table of contents.
        return match page.path == course.summary.path {
            true => Ok(()),
            false => Err(("a target".to_string(), "write the target")),
        };
    }
    if target.contains("://") || target.starts_with("mailto:") || target.starts_with("//") {
        return check_external(target, link.image);
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let resolved = match path {
        "" => Some(page.path.clone()),
        _ => resolve(&page.path, path),
    };
    let Some(resolved) = resolved else {
        return Err(("a path inside the project".to_string(), "correct the path"));
    };
    let in_book = page.path.starts_with("course/");
    if in_book && !resolved.starts_with("course/") {
        return Err((
            "a page of the book, for readers of the built pages".to_string(),
            "name the file in `code` instead of linking it",
        ));
    }
    let known =
        course.pages.get(&resolved).or_else(|| course.front.iter().find(|page| page.path == resolved));
    match known {
        Some(to) if anchor.is_empty() || has_anchor(to, anchor) => Ok(()),
        Some(to) => {
            let anchors: Vec<&str> = to.anchors().into_iter().collect();
            let near = nearest(anchor, &anchors);
            Err((format!("an anchor of {resolved}, such as #{near}"), "correct the anchor"))
        }
        None if course.root.join(&resolved).exists() => Ok(()),
        None => {
            let paths: Vec<&str> = course.pages.keys().map(String::as_str).collect();
            let near = nearest(&resolved, &paths);
            Err((
                format!("a file that exists; {resolved} does not. The nearest is {near}"),
                "correct the path; a draft has no file yet, so name its title without a link",
            ))
        }
    }
}

/// External links are looked at, never followed.
fn check_external(target: &str, image: bool) -> Result<(), Complaint> {
    if image {
        return Err((
            "an image of our own: pages load nothing from other hosts".to_string(),
            "put the image into the book",
        ));
    }
    if let Some(address) = target.strip_prefix("mailto:") {
        return match address.split_once('@') {
            Some((name, host)) if !name.is_empty() && host.contains('.') => Ok(()),
            _ => Err(("mailto:name@host".to_string(), "correct the address")),
        };
    }
    let host = target
        .strip_prefix("https://")
        .or_else(|| target.strip_prefix("http://"))
        .map(|rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
    let valid = |host: &str| {
        let labels: Vec<&str> = host.split('.').collect();
        let label =
            |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let local = host.starts_with("localhost:") || host.starts_with("127.0.0.1:");
        local || labels.len() >= 2 && labels.iter().all(label)
    };
    let clean = target.chars().all(|c| !c.is_whitespace() && !c.is_control());
    match host {
        Some(host) if valid(host) && clean => Ok(()),
        _ => Err(("https://host/path".to_string(), "correct the address")),
    }
}

fn nearest<'a>(wanted: &str, names: &[&'a str]) -> &'a str {
    let likeness = |name: &str| similar::TextDiff::from_chars(wanted, name).ratio();
    names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).copied().unwrap_or("")
}

/// Whether something on the page has this anchor: a heading, a box, or on the page of the whole program a line.
fn has_anchor(page: &Page, anchor: &str) -> bool {
    let line = || anchor.strip_prefix('L').and_then(|line| line.parse().ok());
    page.path == CODE && line().is_some_and(|line: usize| (1..=200).contains(&line))
        || page.anchors().contains(anchor)
        || folds::boxes(page).iter().any(|each| each.id == anchor)
}

/// The section "Next" of a chapter, or "You have it", leads to the chapter that follows, by a link once it is
/// written, by its title before. Links to the glossary and to lines of the whole program may stand there too.
fn check_next(course: &Course, chapter: Chapter, page: &Page, report: &mut Report) {
    let heading = page.headings(2).find(|(_, block)| matches!(block.text.as_str(), "Next" | "You have it"));
    let following = Chapter::all().nth(chapter.0 + 1);
    let offset = heading.map_or(page.text.len().saturating_sub(1), |(_, block)| block.range.start);
    let links: Vec<&Link> = page
        .links
        .iter()
        .filter(|link| heading.is_some_and(|(at, _)| page.blocks[link.block].section == Some(at)))
        .filter(|link| {
            !["appendix/glossary.md#", "code.md#L"].iter().any(|other| link.target.contains(other))
        })
        .collect();
    let mut problem = |found: String, expected: String| {
        let fix = "end the chapter with: ## Next, and one link [NUMBER TITLE](PATH)";
        report.problems.push(Course::problem(page, offset, found, expected, fix));
    };
    let Some(following) = following else {
        if heading.is_some() {
            problem("a Next after the last chapter".to_string(), "none".to_string());
        }
        return;
    };
    let title = course.title(following).unwrap_or_default();
    if heading.is_none() {
        problem("no section Next".to_string(), format!("a link to {title}"));
    } else if course.pages.contains_key(&following.path()) {
        let right = match links.as_slice() {
            [link] => linked_chapter(page, &link.target) == Some(following) && link.text == title,
            _ => false,
        };
        if !right {
            let found: Vec<String> =
                links.iter().map(|link| format!("[{}]({})", link.text, link.target)).collect();
            problem(found.join(" "), format!("[{title}]({})", relative(&page.path, &following.path())));
        }
    } else {
        let named = page
            .blocks
            .iter()
            .any(|block| block.section == heading.map(|(at, _)| at) && block.text.contains(title));
        if !named || !links.is_empty() {
            problem("another text".to_string(), format!("the title of the draft without a link: {title}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_targets_are_looked_at() {
        assert!(check_external("https://arxiv.org/abs/1706.03762", false).is_ok());
        for wrong in ["https:/arxiv.org", "https://arxiv", "https://a..b/", "ftp://a.b", "https://a.b/c d"] {
            assert!(check_external(wrong, false).is_err(), "{wrong}");
        }
    }
}
