//! Terms: no word of the glossary is used before the chapter that introduces it, and each is
//! introduced, listed and in order.

use crate::problem::Report;
use crate::read::address::linked_chapter;
use crate::read::chapter::{Chapter, GLOSSARY};
use crate::read::course::Course;
use crate::read::glossary::Glossary;
use crate::read::page::{Block, Page};

/// Checks the terms of all chapters.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    check_glossary(course, &mut report);
    for (chapter, page) in course.chapters() {
        if page.path != GLOSSARY {
            early_terms(course, chapter, page, &mut report);
        }
        if chapter.is_lesson() {
            new_words(course, chapter, page, &mut report);
        }
    }
    report.note(format!("{} terms", course.glossary.terms.len()));
    report
}

fn check_glossary(course: &Course, report: &mut Report) {
    let Some(page) = course.pages.get(GLOSSARY) else { return };
    let mut names: Vec<(String, usize)> = Vec::new();
    for (at, term) in course.glossary.terms.iter().enumerate() {
        let mut problem = |found: String, expected: &str, fix: &str| {
            report.problems.push(Course::problem(page, term.offset, found, expected, fix));
        };
        if let Some(before) = at.checked_sub(1).map(|at| &course.glossary.terms[at])
            && before.name.to_lowercase() >= term.name.to_lowercase()
        {
            problem(
                format!("`{}` after `{}`", term.name, before.name),
                "terms in alphabetical order",
                "move the entry",
            );
        }
        if term.definition.is_empty() {
            problem(format!("`{}` without a definition", term.name), "a definition", "write one");
        }
        for name in std::iter::once(&term.name).chain(&term.aliases) {
            let name = name.to_lowercase();
            if names.iter().any(|(other, of)| *other == name && *of != at) {
                problem(format!("`{name}` twice"), "each name or alias once", "delete one of them");
            }
            names.push((name, at));
        }
        let beyond = term.introduced_beyond.as_ref();
        if beyond
            .and_then(|path| course.pages.get(path))
            .is_some_and(|page| introduces(&course.glossary, page, at))
        {
            continue;
        }
        let Some(chapter) = term.introduced_in else {
            problem(
                format!("`{}` without its chapter, or a page of beyond/ that has it in bold", term.name),
                "which chapter or page introduces it",
                "end the entry with: Introduced in [1.2 The BOS token](../….md). Also: *alias*.",
            );
            continue;
        };
        if let Some(lesson) = course.pages.get(&chapter.path())
            && !introduces(&course.glossary, lesson, at)
        {
            problem(
                format!("`{}`, introduced in {}", term.name, chapter.number()),
                &format!("**{}** in bold in {}", term.name, lesson.path),
                "make the term bold where that chapter introduces it, or name the right chapter",
            );
        }
    }
}

/// Whether the page has the term in bold.
fn introduces(glossary: &Glossary, page: &Page, term: usize) -> bool {
    page.blocks.iter().any(|block| {
        bold(block).iter().any(|text| glossary.find(text).iter().any(|(_, found)| *found == term))
    })
}

/// The bold stretches of a block.
fn bold(block: &Block) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut continued = false;
    for run in &block.runs {
        if run.strong {
            if !continued {
                texts.push(String::new());
            }
            if let Some(text) = texts.last_mut() {
                text.push_str(&block.text[run.range.clone()]);
            }
        }
        continued = run.strong;
    }
    texts
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
                report.problems.push(Course::problem(
                    page,
                    block.source(range.start),
                    format!("`{}`", &prose[range]),
                    format!("no use of this term before {title}"),
                    format!(
                        "say it in everyday words, or declare a preview on the line before: \
                         <!-- preview: {} -->",
                        term.name
                    ),
                ));
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

/// The list of new words and the glossary name the same terms for a lesson.
fn new_words(course: &Course, chapter: Chapter, page: &Page, report: &mut Report) {
    let glossary = &course.glossary;
    let mut listed = Vec::new();
    let mut offset = None;
    for link in &page.links {
        if !matches!(page.section_of(&page.blocks[link.block]), Some("New words" | "You have it")) {
            continue;
        }
        offset = Some(link.range.start);
        let Some((target, anchor)) = link.target.split_once('#') else { continue };
        if crate::read::address::resolve(&page.path, target).as_deref() != Some(GLOSSARY) {
            continue;
        }
        match glossary.terms.iter().position(|term| term.anchor == anchor) {
            Some(term) if glossary.term(&link.text) == Some(term) => {
                listed.push(term);
                let introduced = glossary.terms[term].introduced_in;
                if introduced != Some(chapter) {
                    let other = introduced.map_or("no chapter".to_string(), Chapter::number);
                    report.problems.push(Course::problem(
                        page,
                        link.range.start,
                        format!("new word `{}`", link.text),
                        format!("a word that this chapter introduces; the glossary says {other}"),
                        "correct the glossary's \"Introduced in\", or drop the word here",
                    ));
                }
            }
            Some(term) => report.problems.push(Course::problem(
                page,
                link.range.start,
                format!("`{}` linked to the entry `{}`", link.text, glossary.terms[term].name),
                "a term linked to its own entry",
                "correct the link or its text",
            )),
            None => report.problems.push(Course::problem(
                page,
                link.range.start,
                format!("new word `{}`", link.text),
                "a term of the glossary",
                format!("add it to {GLOSSARY}, or correct the anchor #{anchor}"),
            )),
        }
    }
    let heading =
        page.headings(2).find(|(_, block)| matches!(block.text.as_str(), "New words" | "You have it"));
    let at = offset.or(heading.map(|(_, block)| block.range.start)).unwrap_or(0);
    for (index, term) in glossary.terms.iter().enumerate() {
        if term.introduced_in == Some(chapter) && !listed.contains(&index) {
            report.problems.push(Course::problem(
                page,
                at,
                format!("`{}` is not among the new words", term.name),
                "every term that the glossary says this chapter introduces",
                format!("add a link to appendix/glossary.md#{} under New words", term.anchor),
            ));
        }
    }
}
