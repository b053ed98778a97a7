//! A lesson of a main line and boxes: its words, and its list of new words.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::read::address::relative;
use crate::read::chapter::{Chapter, GLOSSARY};
use crate::read::course::Course;
use crate::read::folds;
use crate::read::page::{Block, Kind, Page};

/// The words of a lesson's prose: of its main line, and of each box.
pub fn words(page: &Page) -> (usize, Vec<usize>) {
    let deeper = folds::deeper(page).unwrap_or(page.text.len());
    let boxes = folds::boxes(page).into_iter().map(|each| count(page, &each.fold.range, 1));
    (count(page, &(0..deeper), 0), boxes.collect())
}

/// The words of the paragraphs and headings in a part of a page that stand in at most so many folds. Code,
/// tables, captions and the list of new words do not count, nor do formulas set apart.
fn count(page: &Page, part: &Range<usize>, depth: usize) -> usize {
    let listed = new_words(page).unwrap_or_default();
    let in_folds = |at: usize| page.folds.iter().filter(|fold| fold.range.contains(&at)).count();
    let blocks = page.blocks.iter().filter(|block| {
        let at = block.range.start;
        let prose = matches!(block.kind, Kind::Paragraph | Kind::Heading { .. });
        prose && part.contains(&at) && !listed.contains(&at) && in_folds(at) <= depth
    });
    blocks.map(|block| prose(page, block).split_whitespace().count()).sum()
}

/// The text of a block without the words that stand for its images.
fn prose(page: &Page, block: &Block) -> String {
    let runs = block.runs.iter().filter(|run| run.link.is_none_or(|link| !page.links[link].image));
    runs.map(|run| &block.text[run.range.clone()]).collect()
}

/// Where the list of new words stands: between `<!-- new-words -->` and `<!-- /new-words -->`.
pub fn new_words(page: &Page) -> Option<Range<usize>> {
    Some(page.comment("new-words")?.end + 1..page.comment("/new-words")?.start)
}

/// What that list should be: each term that the lesson introduces, with the first sentence of its definition.
pub fn expected_words(course: &Course, chapter: Chapter) -> String {
    let glossary = relative(&chapter.path(), GLOSSARY);
    let terms = course.glossary.terms.iter().filter(|term| term.introduced_in == Some(chapter));
    let list: String = terms
        .map(|term| {
            let sentence = first_sentence(&term.definition_markdown);
            format!("- [{}]({glossary}#{}): {sentence}\n", term.name, term.anchor)
        })
        .collect();
    if list.is_empty() { list } else { format!("\n{list}\n") }
}

/// The first sentence of a definition, its links as plain text, since they are relative to the glossary.
fn first_sentence(definition: &str) -> String {
    static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[([^\]]*)\]\([^)]*\)").unwrap());
    static END: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[.!?](?:\s+[A-Z]|\s*$)").unwrap());
    let paragraph = definition.split("\n\n").next().unwrap_or_default();
    let text = LINK.replace_all(paragraph, "$1").split_whitespace().collect::<Vec<_>>().join(" ");
    let end = END.find(&text).map_or(text.len(), |found| found.start() + 1);
    text[..end].to_owned()
}
