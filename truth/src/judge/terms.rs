//! Terms: no word of the glossary is used before the chapter that introduces it, and each is
//! introduced, listed and in order.

use crate::problem::Report;
use crate::read::address::linked_chapter;
use crate::read::chapter::{Chapter, GLOSSARY};
use crate::read::course::Course;
use crate::read::glossary::Glossary;
use crate::read::page::{Block, Page};

/// Checks the glossary, and the terms of all chapters.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    check_glossary(course, &mut report);
    for (chapter, page) in course.chapters().filter(|(_, page)| page.path != GLOSSARY) {
        early_terms(course, chapter, page, &mut report);
    }
    report.note(format!("{} terms", course.glossary.terms.len()));
    report
}

fn check_glossary(course: &Course, report: &mut Report) {
    let Some(page) = course.pages.get(GLOSSARY) else { return };
    let mut names: Vec<(String, usize)> = Vec::new();
    for (at, term) in course.glossary.terms.iter().enumerate() {
        let mut problem = |found: String, wanted: &str| report.at(page, term.offset, found, wanted);
        let before = at.checked_sub(1).map(|at| &course.glossary.terms[at].name);
        if let Some(before) = before.filter(|before| before.to_lowercase() >= term.name.to_lowercase()) {
            problem(format!("`{}` after `{before}`", term.name), "terms in alphabetical order");
        }
        if term.definition.is_empty() {
            problem(format!("`{}`", term.name), "a definition");
        }
        for name in std::iter::once(&term.name).chain(&term.aliases) {
            let name = name.to_lowercase();
            if names.iter().any(|(other, of)| *other == name && *of != at) {
                problem(format!("`{name}` twice"), "each name or alias once");
            }
            names.push((name, at));
        }
        let beyond = term.introduced_beyond.as_ref().and_then(|path| course.pages.get(path));
        if beyond.is_some_and(|page| introduces(&course.glossary, page, at)) {
            continue;
        }
        let Some(chapter) = term.introduced_in else {
            let wanted = "an end such as: Introduced in [1.2 The BOS token](../….md). Also: *alias*. A page of beyond/ \
                          has the term in bold";
            problem(format!("`{}` without the chapter or page that introduces it", term.name), wanted);
            continue;
        };
        if let Some(lesson) = course.pages.get(&chapter.path())
            && !introduces(&course.glossary, lesson, at)
        {
            let found = format!("`{}`, introduced in {}", term.name, chapter.number());
            problem(found, &format!("**{}** in bold in {}, or another chapter", term.name, lesson.path));
        }
    }
}

/// Whether the page has the term in bold.
fn introduces(glossary: &Glossary, page: &Page, term: usize) -> bool {
    let mut bold = page.blocks.iter().flat_map(|block| block.bold().map(|range| &block.text[range]));
    bold.any(|text| glossary.find(text).iter().any(|(_, found)| *found == term))
}

fn early_terms(course: &Course, chapter: Chapter, page: &Page, report: &mut Report) {
    let glossary = &course.glossary;
    for block in page.blocks.iter().filter(|block| !block.is_code()) {
        let prose = without_titles(course, page, block);
        for (range, term) in glossary.find(&prose) {
            let term = &glossary.terms[term];
            let Some(introduced) = term.introduced_in.filter(|&introduced| introduced > chapter) else {
                continue;
            };
            let allowed = block.preview.iter().chain(&page.preview).any(|preview| {
                glossary.term(preview).is_some_and(|found| glossary.terms[found].name == term.name)
            });
            if !allowed {
                let title = course.title(introduced).unwrap_or("a later chapter");
                let wanted = format!(
                    "no use of this term before {title}: everyday words, or on the line before: <!-- preview: {} -->",
                    term.name
                );
                report.at(page, block.source(range.start), format!("`{}`", &prose[range]), wanted);
            }
        }
    }
}

/// The prose of a block without the titles of chapters, which may name what is still to come.
fn without_titles(course: &Course, page: &Page, block: &Block) -> String {
    let mut prose = block.prose();
    let mut blank = |range: std::ops::Range<usize>| {
        let blanks = "\u{1}".repeat(range.len());
        prose.replace_range(range, &blanks);
    };
    for entry in &course.entries {
        for (at, title) in block.text.match_indices(&entry.title) {
            blank(at..at + title.len());
        }
    }
    for run in &block.runs {
        let Some(link) = run.link.map(|at| &page.links[at]) else { continue };
        let Some(chapter) = linked_chapter(page, &link.target) else { continue };
        if course.name(chapter).is_some_and(|name| name.eq_ignore_ascii_case(link.text.trim())) {
            blank(run.range.clone());
        }
    }
    prose
}
