//! The rule for numbers: a page says which blocks they come from, and they are looked up there.
//!
//! - `<!-- from: LABEL, EXAMPLE:LABEL -->` names the blocks ([`bindings`] says what it covers). A number
//!   stands in one of their lines, as a rounding of what was printed there.
//! - A comment names no block in vain, nor a line at an end of `LABEL:3-5`: without it, some number would stand
//!   nowhere. So one that is changed into a number of another block or line is found by the one that nobody needs.
//! - Where the sentence names lines of the block by their own names (what a line begins with), no number may
//!   be a slip for one in these lines: be in other lines only, and a digit away from one of these.
//! - A row of a table stands in one line, cell by cell, and so do numbers with commas between them, and
//!   those of a formula.
//! - Code and formulas that are more than a number stand in a bound line, or in the program, word for word.
//! - The lines of the program that the lesson quotes, and the Rust of a box for what stands in this box, may be
//!   quoted without being named; a number of the program with as many decimals as it has there.
//! - Free are declared numbers ([`declared`](crate::judge::declared)), results of equations that hold, and in
//!   prose whole numbers of one digit.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::judge::declared::{Accounted, Declared, Found, compute, found_in, group, small};
use crate::judge::route::Route;
use crate::judge::rows::{Row, find_words, hedged, plain, sentence, stand_in, tight};
use crate::judge::snippets::{self, proves};
use crate::read::bindings::{self, Sources};
use crate::read::chapter::Chapter;
use crate::read::course::Course;
use crate::read::fence::{Fence, Output};
use crate::read::lines;
use crate::read::number::{Number, Rounding, Syntax, scan};
use crate::read::page::{Block, Kind, Page, Style};

/// A line that numbers may come from.
#[derive(Debug, Clone)]
struct Line {
    route: Route,
    /// Where it stands, for messages.
    place: String,
    text: String,
    numbers: Vec<Number>,
    /// How many decimals it proves; `None` for all that it has.
    proven: Option<i64>,
}

/// What becomes of each number of a page, and the facts that it uses, by their place in the list.
pub fn run(
    course: &Course,
    page: &Page,
    counts: &BTreeMap<&'static str, usize>,
) -> (Vec<Accounted>, BTreeSet<usize>) {
    let mut account = Account::new(course, page, counts);
    (0..page.blocks.len()).for_each(|index| account.block(index));
    account.numbers.sort_by_key(|number| number.range.start);
    (account.numbers, account.declared.facts_used)
}

/// The labels that name lines in vain, each with the index of its binding and what is enough in its place: nothing,
/// or a range with one line less at an end.
pub fn vain(course: &Course, page: &Page) -> Vec<(usize, String, String)> {
    let mut account = Account::new(course, page, &course.counts);
    let covered: Vec<Option<usize>> = account.sources.iter().map(|sources| sources.binding).collect();
    let mut vain = Vec::new();
    for (binding, label) in page
        .bindings
        .iter()
        .enumerate()
        .flat_map(|(at, named)| named.labels.iter().map(move |label| (at, label)))
    {
        let enough = shorter(label).into_iter().find(|shorter| {
            let mut blocks = (0..covered.len()).filter(|&index| covered[index] == Some(binding));
            !blocks.any(|index| account.needs(index, label, shorter))
        });
        vain.extend(enough.map(|enough| (binding, label.clone(), enough)));
    }
    vain
}

/// Nothing, and a range of lines without its first and without its last.
fn shorter(label: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    if let Some(Range { start, end }) = Output::parse(label).and_then(|output| output.lines)
        && end - start > 1
        && let Some((block, _)) = label.rsplit_once(':')
    {
        all.extend([format!("{block}:{}-{end}", start + 2), format!("{block}:{}-{}", start + 1, end - 1)]);
    }
    all
}

struct Account<'a> {
    course: &'a Course,
    page: &'a Page,
    /// For each block of the page, where its numbers come from.
    sources: Vec<Sources>,
    declared: Declared<'a>,
    numbers: Vec<Accounted>,
}

impl<'a> Account<'a> {
    fn new(course: &'a Course, page: &'a Page, counts: &'a BTreeMap<&'static str, usize>) -> Account<'a> {
        Account {
            course,
            page,
            sources: bindings::sources(page),
            declared: Declared::new(course, page, counts),
            numbers: Vec::new(),
        }
    }

    /// Accounts for the numbers of a block, or of the table that begins with this cell.
    fn block(&mut self, index: usize) {
        match self.page.blocks[index].kind {
            Kind::Cell { row: 0, column: 0, .. } => self.table(index),
            Kind::Cell { .. } => {}
            Kind::Code { .. } => self.code(index),
            _ => self.prose(index),
        }
    }

    /// Whether some number of a block is not accounted for with another label in the place of this one.
    fn needs(&mut self, index: usize, label: &str, other: &str) -> bool {
        let labels = self.sources[index].labels.clone();
        for own in self.sources[index].labels.iter_mut().filter(|own| *own == label) {
            *own = other.to_string();
        }
        self.numbers.clear();
        self.block(index);
        self.sources[index].labels = labels;
        self.numbers.iter().any(|number| number.result.is_err())
    }

    fn push(&mut self, block: &Block, number: &Number, result: Result<Route, String>) {
        self.numbers.push(Accounted::new(block, number, result));
    }

    /// The lines that the numbers of a block may come from.
    fn lines(&self, index: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for output in self.sources[index].labels.iter().filter_map(|label| Output::parse(label)) {
            let Ok(block) = self.course.block(self.page, &output) else { continue };
            let name = output.example.clone().unwrap_or_else(|| self.course.example_of(self.page));
            let wanted = output.lines.unwrap_or(0..block.lines.len());
            for (at, text) in block.lines.iter().enumerate().filter(|(at, _)| wanted.contains(at)) {
                lines.push(Line {
                    route: Route::Bound,
                    place: format!("examples/{name}.txt:{}", block.line + at),
                    text: text.clone(),
                    numbers: snippets::expanded(scan(text, Syntax::Text)),
                    proven: None,
                });
            }
        }
        let fold =
            |at: usize| self.page.folds.iter().find(|fold| fold.range.contains(&at)).map(|fold| &fold.range);
        for block in &self.page.blocks {
            let near = fold(block.range.start) == fold(self.page.blocks[index].range.start);
            if near && block.fence() == Some(Fence::Rust) {
                let place = format!("{}:{}", self.page.path, self.page.line(block.source(0)));
                lines.extend(snippets::statements(&block.text).into_iter().map(|statement| Line {
                    route: statement.route,
                    place: place.clone(),
                    text: statement.text,
                    numbers: statement.numbers,
                    proven: statement.proven,
                }));
            }
        }
        let quoted = match Chapter::at(&self.page.path) {
            Some(_) => lines::quoted(self.page),
            None => Vec::new(),
        };
        for number in lines::single_lines(&quoted) {
            let text = self.course.program.line(number).unwrap_or_default();
            if self.course.program.is_code(number) {
                lines.push(Line {
                    route: Route::Quote,
                    place: format!("microgpt.py:{number}"),
                    text: text.to_string(),
                    numbers: scan(text.split(" #").next().unwrap_or_default(), Syntax::Code),
                    proven: None,
                });
            }
        }
        lines
    }

    fn prose(&mut self, index: usize) {
        let page = self.page;
        let block = &page.blocks[index];
        let mut found = self.declared.find(index);
        compute(block, &mut found);
        self.settle_all(index, &found, true);
    }

    /// Accounts for numbers of a block, those that stand together together.
    fn settle_all(&mut self, index: usize, found: &[Found], together: bool) {
        if found.is_empty() {
            return;
        }
        let page = self.page;
        let block = &page.blocks[index];
        let lines = self.lines(index);
        let (open, settled): (Vec<_>, Vec<_>) =
            found.iter().cloned().partition(|found| found.result.is_none());
        for found in settled {
            self.push(block, &found.number, found.result.unwrap_or(Ok(Route::Exempt)));
        }
        let mut rest = open.as_slice();
        while let Some(first) = rest.first() {
            let (these, after) = rest.split_at(if together { group(block, rest) } else { 1 });
            rest = after;
            let formula = block.run_at(first.number.digits.start).is_some_and(|run| run.style == Style::Math);
            let list = these.len() > 1 && !these.iter().all(|found| small(&found.number));
            if together && (formula || list) {
                let result = settle(block, these, &lines);
                these.iter().for_each(|found| self.push(block, &found.number, result.clone()));
                continue;
            }
            for found in these {
                let result = match small(&found.number) {
                    true => Ok(Route::Exempt),
                    false => settle(block, std::slice::from_ref(found), &lines),
                };
                self.push(block, &found.number, result);
            }
        }
    }

    /// A table, found by the index of its first cell.
    fn table(&mut self, index: usize) {
        let page = self.page;
        let number = |block: &Block| match block.kind {
            Kind::Cell { table, .. } => Some(table),
            _ => None,
        };
        let this = number(&page.blocks[index]);
        let end = page.blocks[index..].iter().take_while(|block| number(block) == this).count() + index;
        let mut rows: Vec<Row> = Vec::new();
        for at in index..end {
            if matches!(page.blocks[at].kind, Kind::Cell { column: 0, .. }) {
                rows.push(Vec::new());
            }
            let found = self.declared.find(at);
            if let Some(row) = rows.last_mut() {
                row.push((at, found));
            }
        }
        let lines = self.lines(index);
        let mut results: Vec<Result<Route, String>> =
            (0..rows.len()).map(|row| row_line(page, &rows, row, &lines)).collect();
        if results.iter().any(Result::is_err)
            && let Some(route) = transposed(page, &rows, &lines)
        {
            results.fill(Ok(route));
        }
        for (row, result) in rows.into_iter().zip(results) {
            for (at, found) in row {
                for found in found {
                    self.push(
                        &page.blocks[at],
                        &found.number,
                        found.result.unwrap_or_else(|| result.clone()),
                    );
                }
            }
        }
    }

    fn code(&mut self, index: usize) {
        let block = &self.page.blocks[index];
        let found_in = |ranges: &[Range<usize>], syntax| -> Vec<Found> {
            ranges.iter().flat_map(|range| found_in(block, range.clone(), syntax)).collect()
        };
        // Only pages outside the book may have indented blocks; they are read as drawings.
        let mut found = match Fence::parse(block.info().unwrap_or("text")) {
            // Quotes and output are compared with their sources, and what is strange is refused.
            Fence::Quote { .. } | Fence::Source { .. } | Fence::Output(_) | Fence::Strange(_) => return,
            Fence::Rust => found_in(&snippets::comments(&block.text), Syntax::Text),
            Fence::Python | Fence::Shell => {
                let whole = 0..block.text.len();
                found_in(&[whole], Syntax::Code)
            }
            Fence::Mermaid | Fence::Text => self.declared.diagram(index),
        };
        self.declared.facts(index, &mut found);
        self.declared.structure(index, &mut found);
        self.settle_all(index, &found, false);
    }
}

/// Accounts for numbers that stand together: in this order in one line.
fn settle(block: &Block, found: &[Found], lines: &[Line]) -> Result<Route, String> {
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return Ok(Route::Exempt) };
    let place = first.number.range.start..last.number.range.end;
    let shown: Vec<(&Number, Rounding)> = found
        .iter()
        .map(|found| {
            let about = hedged(&block.text, found.number.range.start);
            (&found.number, if about { Rounding::About } else { Rounding::Usual })
        })
        .collect();
    let run = block.run_at(place.start).filter(|run| run.style != Style::Prose && !block.is_code());
    if let Some(run) = run {
        let text = plain(&block.text[run.range.clone()]);
        let composed = text.contains(|c: char| c.is_alphabetic() || "*^/+[(".contains(c));
        let whole = lines.iter().find(|line| find_words(&tight(&line.text), &tight(&text)).is_some());
        match whole {
            Some(line) if composed => return Ok(line.route),
            None if composed && run.style == Style::Code => {
                return Err("code that a bound line or the program has word for word".to_string());
            }
            _ => {}
        }
    }
    let sentence = &block.text[sentence(block, place)];
    let having: Vec<&Line> = lines.iter().filter(|line| line.shows(&shown)).collect();
    let Some(best) = having.iter().find(|line| line.is_named(sentence)).or(having.first()) else {
        let places: Vec<String> = lines.iter().take(12).map(ToString::to_string).collect();
        return Err(match places.is_empty() {
            true => "a binding: <!-- from: LABEL -->, of the block that has this number".to_string(),
            false => {
                format!("a number, or numbers in this order, of one of these lines:\n{}", places.join("\n"))
            }
        });
    };
    let written = scan(&block.text, Syntax::Text);
    let known = |number: &Number| written.iter().any(|other| other.shows(number, Rounding::Usual));
    let proven = found.iter().all(|found| found.proven);
    let slip = |line: &&Line| {
        let near = |(shown, _): &(&Number, Rounding)| {
            line.numbers.iter().any(|number| shown.is_one_digit_from(number) && !known(number))
        };
        line.is_named(sentence) && shown.len() == 1 && shown.iter().any(near)
    };
    match lines.iter().find(slip) {
        Some(line) if !proven && !best.is_named(sentence) => {
            Err(format!("the number of the line that the sentence names:\n{line}\nnot that of\n{best}"))
        }
        _ => Ok(best.route),
    }
}

impl Line {
    /// Whether it has these numbers, in this order.
    fn shows(&self, shown: &[(&Number, Rounding)]) -> bool {
        let mut numbers = self.numbers.iter();
        shown.iter().all(|(number, rounding)| {
            let same = |printed: &Number| {
                self.route != Route::Quote || number.value.scale() == printed.value.scale()
            };
            numbers.any(|printed| {
                number.shows(printed, *rounding) && same(printed) && proves(self.proven, number)
            })
        })
    }

    /// What it begins with, up to its first value.
    fn name(&self) -> &str {
        let end = self.text.trim_start().find([':', ',', '=']).unwrap_or(self.text.len());
        let text = self.text.trim_start();
        let text = &text[..end.min(text.len())];
        let text = text.split("  ").next().unwrap_or_default();
        text.trim()
    }

    /// Whether a sentence has its name. A single letter is no name there: it may be any word.
    fn is_named(&self, sentence: &str) -> bool {
        let name = self.name().to_lowercase();
        name.contains(char::is_alphabetic)
            && name.chars().count() > 1
            && find_words(sentence, &name).is_some()
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: `{}`", self.place, self.text.trim())
    }
}

/// The line that a row of a table shows, by its route.
fn row_line(page: &Page, rows: &[Row], row: usize, lines: &[Line]) -> Result<Route, String> {
    let parts = &rows[row];
    let open = |found: &[Found]| found.iter().any(|found| found.result.is_none());
    if !parts.iter().any(|(_, found)| open(found)) {
        return Ok(Route::Row);
    }
    // Text that is in no line at all may stand in a column without numbers, save the first.
    let numeric = |column: usize| {
        let others = rows.iter().enumerate().filter(|(other, _)| *other > 0 && *other != row);
        others.filter_map(|(_, cells)| cells.get(column)).any(|(_, found)| open(found))
    };
    let printed = |at: usize| {
        let text = plain(&page.blocks[at].text);
        lines.iter().any(|line| line.route == Route::Bound && find_words(&line.text, &text).is_some())
    };
    let free = |at: usize| at > parts[0].0 && !numeric(at - parts[0].0) && !printed(at);
    // A row that begins with a number is a line that begins with it.
    let begins = |line: &Line| {
        let first =
            parts[0].1.first().filter(|first| first.result.is_none() && first.number.range.start == 0);
        first.is_none_or(|first| {
            line.numbers.first().is_some_and(|number| first.number.shows(number, Rounding::Usual))
        })
    };
    let mut nearest: Option<(usize, String)> = None;
    for line in lines.iter().filter(|line| begins(line)) {
        match stand_in(page, parts, &line.text, &line.numbers, free, true) {
            Ok(()) => return Ok(line.route),
            Err((matched, complaint)) if nearest.as_ref().is_none_or(|(best, _)| matched > *best) => {
                nearest = Some((matched, format!("; the nearest is {line}; {complaint}")));
            }
            Err(_) => {}
        }
    }
    let nearest = nearest.map_or(String::new(), |(_, complaint)| complaint);
    Err(format!("the whole row in one line of a bound block, cell by cell{nearest}"))
}

/// A table that runs from left to right: every column behind the first stands in one line, each of its cells
/// in order. Columns of nothing but "…" are left out.
fn transposed(page: &Page, rows: &[Row], lines: &[Line]) -> Option<Route> {
    let labels = rows.iter().all(|row| row[0].1.is_empty());
    let mut route = None;
    for column in 1..rows.iter().map(Vec::len).min()? {
        let cells: Row = rows.iter().map(|row| row[column].clone()).collect();
        if cells.iter().all(|(at, _)| !page.blocks[*at].text.contains(char::is_alphanumeric)) {
            continue;
        }
        let stands =
            |line: &&Line| stand_in(page, &cells, &line.text, &line.numbers, |_| false, false).is_ok();
        route = Some(lines.iter().find(stands)?.route);
    }
    route.filter(|_| labels)
}
