//! The shape of a lesson: a short main line that is complete in itself, and boxes for the rest.

use std::sync::LazyLock;

use regex::Regex;

use crate::problem::Problem;
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
    ("You have it", true),
    (DEEPER, true),
];

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
pub fn check(course: &Course, chapter: Chapter, page: &Page) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem = |at: usize, found: String, expected: String, fix: &str| {
        problems.push(Course::problem(page, at, found, expected, fix));
    };
    let headings: Vec<(usize, &str)> =
        page.headings(2).map(|(_, block)| (block.range.start, block.text.as_str())).collect();
    let names: Vec<&str> = headings.iter().map(|(_, name)| *name).collect();
    let parts = PARTS.iter().filter(|(part, needed)| *needed || names.contains(part));
    let expected: Vec<&str> = parts.map(|(part, _)| *part).collect();
    if names != expected {
        let differs = |at: &usize| names.get(*at) != expected.get(*at);
        let first = (0..=names.len()).find(differs).unwrap_or(0);
        problem(
            headings.get(first).map_or(0, |(at, _)| *at),
            format!("## {}", names.get(first).unwrap_or(&"(the end)")),
            format!("## {}", expected.get(first).unwrap_or(&"(no further part)")),
            &format!("a lesson has these parts in this order: {}", expected.join(" · ")),
        );
    }
    let deeper = folds::deeper(page).unwrap_or(page.text.len());
    let (main, in_boxes) = words(page);
    let budget = if LONG.contains(&chapter.number().as_str()) { WORDS_OF_LONG } else { WORDS };
    if main > budget {
        problem(
            0,
            format!("a main line of {main} words"),
            format!("at most {budget}"),
            "move what the idea does not need into boxes under \"Going deeper\", or cut it",
        );
    }
    let boxes = folds::boxes(page);
    for (each, words) in boxes.iter().zip(in_boxes) {
        if words > WORDS_OF_BOX {
            problem(
                each.fold.range.start,
                format!("a box of {words} words"),
                format!("at most {WORDS_OF_BOX}"),
                "make two boxes of it, each with its own result, or cut it",
            );
        }
        if let Some(expected) = bad_title(each) {
            let fix = "begin the box with <details><summary>A sentence that says the result</summary>";
            problem(each.fold.range.start, format!("the title \"{}\"", each.title), expected.to_owned(), fix);
        }
    }
    for block in &page.blocks {
        let at = block.range.start;
        let boxed = boxes.iter().any(|each| each.fold.range.contains(&at));
        if at > deeper && !boxed && !matches!(block.kind, Kind::Heading { level: 2, .. }) {
            let found = block.text.lines().next().unwrap_or_default().to_owned();
            problem(at, found, format!("boxes alone under \"{DEEPER}\""), "put it into a box");
        }
        if !boxed && block.info().map(Fence::parse) == Some(Fence::Rust) {
            let fix = "move it into a box \"In Rust: …\"";
            problem(at, "Rust in the main line".to_owned(), "Rust in boxes alone".to_owned(), fix);
        }
        if at < deeper
            && !block.is_code()
            && let Some(found) = PUT_OFF.find(&block.prose())
        {
            problem(
                block.source(found.start()),
                found.as_str().to_owned(),
                "the reason itself, where it is needed".to_owned(),
                "say it here in a sentence",
            );
        }
    }
    for link in page.links.iter().filter(|link| link.range.start < deeper) {
        if let Some(id) = link.target.strip_prefix('#')
            && boxes.iter().any(|each| each.id == id)
        {
            problem(
                link.range.start,
                format!("[{}]({})", link.text, link.target),
                "a main line that needs none of its boxes".to_owned(),
                "say here what the reader needs, and delete the link",
            );
        }
    }
    let judging = checkpoints(page).0.iter().filter(|checkpoint| checkpoint.main).count();
    if judging < CHECKPOINTS {
        problem(
            headings.iter().find(|(_, name)| *name == "Check yourself").map_or(0, |(at, _)| *at),
            format!("{judging} checkpoints in the main line"),
            format!("at least {CHECKPOINTS}, the widget's question among them"),
            "write <!-- checkpoint: … --> before a block quote with a folded answer",
        );
    }
    let end = headings.iter().find(|(_, name)| *name == "You have it").map_or(0, |(at, _)| *at);
    let command = format!("cargo run --example {}", chapter.example());
    if !page.text[end..deeper.max(end)].contains(&command) {
        let fix = "add: Run it: `cargo run --example …`";
        problem(end, "no command for the lesson's example".to_owned(), command, fix);
    }
    let expected = expected_words(course, chapter);
    match new_words(&page.text) {
        Some(range) if page.text[range.clone()].trim() == expected.trim() => {}
        None if expected.is_empty() => {}
        Some(range) => {
            let found = page.text[range.clone()].trim().to_owned();
            problem(range.start, found, expected, "cargo book sync");
        }
        None => problem(
            end,
            "no list of new words".to_owned(),
            "<!-- new-words --> and <!-- /new-words -->, each on a line of its own".to_owned(),
            "write both lines, then: cargo book sync",
        ),
    }
    problems
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
