//! What the lessons say about each line of `microgpt.py`: the paragraph that explains it.
//!
//! INDEX.md says which lessons a line has. Among them, the paragraph is one under "The lines", beside
//! a quote of the line. The best one begins a sentence with it, "**Line 39** …"; the least one only
//! has a name that stands on it. An empty line belongs to the line before it, a comment to the code
//! below it, and so does a line that is only named in passing.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::read::chapter::Chapter;
use crate::read::course::Course;
use crate::read::lines::{self, Span};
use crate::read::page::{Block, Kind, Page, Style};
use crate::read::program::Program;

/// Lines that follow one another and have the same explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// First line, counted from 1.
    pub first: usize,
    /// Last line, included.
    pub last: usize,
    /// The lesson that explains them.
    pub lesson: Chapter,
    /// The paragraph, as an index into the blocks of the lesson.
    pub block: usize,
    /// The other lessons that INDEX.md gives one of these lines to.
    pub others: BTreeSet<Chapter>,
}

/// How good an explanation a paragraph is: smaller is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// **Line 39** …
    Named,
    /// **Lines 34–37** …, by how many they are.
    NamedAmong(usize),
    /// … line 39 …, by how many they are.
    Mentioned(usize),
    /// It stands beside a quote of this line alone, and has a name of it.
    Alone,
    /// It has a name of this line.
    Held,
    /// It mentions this line or has a name of it, but is about another line.
    InPassing,
}

/// A paragraph that explains a line; the least is the best: how good it is, how many lines are quoted beside it, its
/// lesson, how much of its code stands on this line and on few others, in thousandths, and its place in the lesson.
type Candidate = (Rank, usize, Chapter, Reverse<usize>, usize);

/// The explanations of all lines, in their order; or the lines of code that no lesson explains.
pub fn all(course: &Course) -> Result<Vec<Explanation>, Vec<usize>> {
    let program = &course.program;
    let map = lines::map(course);
    let lessons = |line: usize| -> BTreeSet<Chapter> {
        map.iter().filter(|(_, lines, _)| lines.contains(&line)).map(|(lesson, ..)| *lesson).collect()
    };
    let mut explanations: Vec<Explanation> = Vec::new();
    let mut missing = Vec::new();
    for line in 1..=program.len() {
        let owners = lessons(line);
        let own = best(course, line, &owners).filter(|_| program.is_code(line));
        let below = || {
            let mut lines = (line + 1..=program.len()).take_while(|&next| !program.is_blank(next));
            best(course, lines.find(|&next| program.is_code(next))?, &owners)
        };
        let found = match own {
            Some(own) if own.0 == Rank::InPassing => below().or(Some(own)),
            None if !program.is_code(line) && !program.is_blank(line) => below(),
            own => own,
        };
        let found = match (found, explanations.last()) {
            (Some((_, _, lesson, _, block)), _) => Some((lesson, block)),
            (None, _) if program.is_code(line) => None,
            (None, Some(before)) => Some((before.lesson, before.block)),
            (None, None) => above(course, line, &owners),
        };
        let Some((lesson, block)) = found else {
            missing.push(line);
            continue;
        };
        match explanations.last_mut() {
            Some(before) if (before.lesson, before.block, before.last + 1) == (lesson, block, line) => {
                before.last = line;
                before.others.extend(owners);
            }
            _ => explanations.push(Explanation { first: line, last: line, lesson, block, others: owners }),
        }
    }
    for explanation in &mut explanations {
        explanation.others.remove(&explanation.lesson);
    }
    if missing.is_empty() { Ok(explanations) } else { Err(missing) }
}

/// The best paragraph about a line in some lessons: of the best rank, then beside the shortest quote.
/// The overview of module 00 explains none.
fn best(course: &Course, line: usize, lessons: &BTreeSet<Chapter>) -> Option<Candidate> {
    let explaining = lessons.iter().filter(|lesson| lesson.module() != Some(0));
    let pages = explaining.filter_map(|&lesson| Some((lesson, course.pages.get(&lesson.path())?)));
    pages.flat_map(|(lesson, page)| candidates(&course.program, lesson, page, line)).min()
}

/// The paragraphs of a lesson that are about a line.
fn candidates(program: &Program, lesson: Chapter, page: &Page, line: usize) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let mut beside: Vec<Span> = Vec::new();
    let mut after_text = false;
    for (index, block) in paragraphs_and_quotes(page) {
        if let Some(quote) = lines::quote(block) {
            // Quotes that follow one another are explained together.
            if after_text {
                beside.clear();
            }
            beside.push(quote);
            after_text = false;
            continue;
        }
        after_text = true;
        let quote = beside.iter().find(|&&(first, last)| (first..=last).contains(&line));
        let Some(&(first, last)) = quote else { continue };
        let quoted = (first..=last).filter(|&line| !program.is_blank(line)).count();
        let held = held(program, block, line);
        let Some(rank) = rank(page, index, line, quoted, held) else { continue };
        candidates.push((rank, quoted, lesson, Reverse(held), index));
    }
    candidates
}

/// What stands under "The lines": text and quotes, with their places on the page.
fn paragraphs_and_quotes(page: &Page) -> impl Iterator<Item = (usize, &Block)> {
    page.blocks.iter().enumerate().filter(|(_, block)| {
        page.section_of(block) == Some("The lines")
            && (block.kind == Kind::Paragraph || lines::quote(block).is_some())
    })
}

fn rank(page: &Page, index: usize, line: usize, quoted: usize, held: usize) -> Option<Rank> {
    let block = &page.blocks[index];
    let mentions = lines::mentions(page, index);
    let strong = |at: usize| block.run_at(at).is_some_and(|run| run.strong);
    let led = mentions.iter().any(|mention| strong(mention.range.start));
    let by_name = match quoted {
        _ if led => Rank::InPassing,
        1 => Rank::Alone,
        _ => Rank::Held,
    };
    let mentioned = mentions.iter().filter_map(|mention| {
        let holding = mention.spans.iter().filter(|&&(first, last)| (first..=last).contains(&line));
        let count = holding.map(|(first, last)| last + 1 - first).min()?;
        Some(match (strong(mention.range.start), count) {
            (true, 1) => Rank::Named,
            (true, count) => Rank::NamedAmong(count),
            (false, _) if led => Rank::InPassing,
            (false, count) => Rank::Mentioned(count),
        })
    });
    mentioned.chain((held > 0).then_some(by_name)).min()
}

/// How much of a paragraph's code stands on a line, the more the fewer other lines have it.
fn held(program: &Program, block: &Block, line: usize) -> usize {
    let codes = block.styled(Style::Code).map(|(_, code)| program.holding(code));
    codes.filter(|lines| lines.contains(&line)).map(|lines| 1000 / lines.len()).sum()
}

/// The paragraph above the quote of a line.
fn above(course: &Course, line: usize, lessons: &BTreeSet<Chapter>) -> Option<(Chapter, usize)> {
    lessons.iter().find_map(|&lesson| {
        let page = course.pages.get(&lesson.path())?;
        let blocks: Vec<(usize, &Block)> = paragraphs_and_quotes(page).collect();
        blocks.windows(2).find_map(|pair| {
            let (first, last) = lines::quote(pair[1].1)?;
            let text = lines::quote(pair[0].1).is_none() && (first..=last).contains(&line);
            text.then_some((lesson, pair[0].0))
        })
    })
}
