//! The shape of a lesson: a short main line that is complete in itself, and boxes for the rest.

use std::sync::LazyLock;

use regex::Regex;

use crate::problem::Report;
use crate::read::chapter::Chapter;
use crate::read::checkpoints::checkpoints;
use crate::read::course::Course;
use crate::read::fence::Fence;
use crate::read::folds::{self, DEEPER, Deeper};
use crate::read::lesson::{expected_words, new_words, words};
use crate::read::page::{Kind, Page};

/// The parts of a lesson in their order; those marked `false` may be absent.
pub const PARTS: [(&str, bool); 10] = [
    ("The problem", true),
    ("The idea", true),
    ("By hand", true),
    ("See it", false),
    ("The lines", true),
    ("In the real model", true),
    ("What goes wrong", true),
    ("Check yourself", true),
    (END, true),
    (DEEPER, true),
];

/// The part that ends the main line.
const END: &str = "You have it";

/// How many words of prose the main line has at most.
const WORDS: usize = 1_300;
/// The same for lessons 3.5, 3.9 and 4.4.
const WORDS_OF_LONG: usize = 1_700;
const LONG: [&str; 3] = ["3.5", "3.9", "4.4"];
/// How many words of prose a box has at most.
const WORDS_OF_BOX: usize = 500;
/// How many checkpoints the main line has at least.
const CHECKPOINTS: usize = 3;

/// A reason that is put off.
static PUT_OFF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:see|find|learn|read|explained|told|comes?)\s+(?:\w+\s+){0,2}(?:below|further down|later on this page)\b|\bbelow\s+you\s+(?:will\s+)?(?:see|find)\b").unwrap()
});

/// Checks a lesson in this shape.
pub fn check(course: &Course, chapter: Chapter, page: &Page, report: &mut Report) {
    let mut problem = |at: usize, found: &str, wanted: &str| report.at(page, at, found, wanted);
    let headings: Vec<(usize, &str)> =
        page.headings(2).map(|(_, block)| (block.range.start, block.text.as_str())).collect();
    let names: Vec<&str> = headings.iter().map(|(_, name)| *name).collect();
    let parts = PARTS.iter().filter(|(part, needed)| *needed || names.contains(part));
    let expected: Vec<&str> = parts.map(|(part, _)| *part).collect();
    if names != expected {
        let first = names.iter().zip(&expected).take_while(|(a, b)| a == b).count();
        let part = expected.get(first).unwrap_or(&"(no further part)");
        problem(
            headings.get(first).map_or(0, |(at, _)| *at),
            &format!("## {}", names.get(first).unwrap_or(&"(the end)")),
            &format!("## {part}; a lesson has these parts in this order: {}", expected.join(" · ")),
        );
    }
    let section = |name: &str| headings.iter().find(|(_, other)| *other == name).map_or(0, |(at, _)| *at);
    let deeper = folds::deeper(page).unwrap_or(page.text.len());
    let (main, in_boxes) = words(page);
    let budget = if LONG.contains(&chapter.number().as_str()) { WORDS_OF_LONG } else { WORDS };
    if main > budget {
        let wanted =
            format!("at most {budget}: move what the idea does not need into boxes under \"{DEEPER}\"");
        problem(0, &format!("a main line of {main} words"), &wanted);
    }
    let boxes = folds::boxes(page);
    for (each, words) in boxes.iter().zip(in_boxes) {
        let at = each.fold.range.start;
        if words > WORDS_OF_BOX {
            let wanted =
                format!("at most {WORDS_OF_BOX}: two boxes, each with its own result, or a shorter one");
            problem(at, &format!("a box of {words} words"), &wanted);
        }
        if let Some(wanted) = bad_title(each) {
            let wanted = format!("{wanted}, in <details><summary>…</summary>");
            problem(at, &format!("the title \"{}\"", each.title), &wanted);
        }
    }
    for block in &page.blocks {
        let at = block.range.start;
        let boxed = boxes.iter().any(|each| each.fold.range.contains(&at));
        if at > deeper && !boxed && !matches!(block.kind, Kind::Heading { level: 2, .. }) {
            let found = block.text.lines().next().unwrap_or_default();
            problem(at, found, &format!("boxes alone under \"{DEEPER}\": put it into one"));
        }
        if !boxed && block.fence() == Some(Fence::Rust) {
            problem(at, "Rust in the main line", "Rust in boxes alone: move it into one, \"In Rust: …\"");
        }
        if at < deeper
            && !block.is_code()
            && let Some(found) = PUT_OFF.find(&block.prose())
        {
            let wanted = "the reason itself, in a sentence where it is needed";
            problem(block.source(found.start()), found.as_str(), wanted);
        }
    }
    for link in &page.links {
        let at = link.range.start;
        let found = format!("[{}]({})", link.text, link.target);
        let id = link.target.strip_prefix('#').filter(|_| at < deeper);
        if id.is_some_and(|id| boxes.iter().any(|each| each.id == id)) {
            problem(at, &found, "a main line that needs none of its boxes: say here what the reader needs");
        }
        let listed = new_words(page).is_some_and(|list| list.contains(&at));
        if page.section_of(&page.blocks[link.block]) == Some(END)
            && !listed
            && link.target.contains("glossary.md#")
        {
            problem(at, &found, "words of the glossary in the list of new words alone");
        }
    }
    let judging = checkpoints(page).0.iter().filter(|checkpoint| checkpoint.main).count();
    if judging < CHECKPOINTS {
        let how = "<!-- checkpoint: … --> before a block quote with a folded answer";
        let wanted = format!("at least {CHECKPOINTS}, the widget's question among them: {how}");
        problem(section("Check yourself"), &format!("{judging} checkpoints in the main line"), &wanted);
    }
    let end = section(END);
    let command = format!("cargo run --example {}", chapter.example());
    if !page.text[end..deeper.max(end)].contains(&command) {
        problem(end, "no command for the lesson's example", &format!("Run it: `{command}`"));
    }
    let expected = expected_words(course, chapter);
    match new_words(page) {
        Some(range) if page.text[range.clone()].trim() == expected.trim() => {}
        None if expected.is_empty() => {}
        Some(range) => {
            let wanted = format!("{expected}what `cargo book sync` makes of the glossary");
            problem(range.start - 1, page.text[range].trim(), &wanted);
        }
        None => {
            let wanted = "<!-- new-words --> and <!-- /new-words -->, each on a line of its own; then: cargo book sync";
            problem(end, "no list of new words", wanted);
        }
    }
}

/// What the title of a box should be, if it is not.
fn bad_title(each: &Deeper<'_>) -> Option<&'static str> {
    let title = each.title.strip_prefix("In Rust:").unwrap_or(each.title).trim();
    let begins = title.chars().next().is_some_and(|c| !c.is_lowercase()) || each.is_rust();
    if each.title.is_empty() {
        Some("a title that says the result of the box")
    } else if title.split_whitespace().count() < 3 {
        Some("a sentence that says the result: three words or more")
    } else if !begins {
        Some("a sentence, with a capital letter or a number at its beginning")
    } else {
        None
    }
}
