//! Numbers: each one that a reader sees is accounted for.
//!
//! A number comes by one of the routes of [`Route`]. It is not enough that the same digits stand
//! somewhere: a number is tied to what it counts.
//!
//! - An **equation** between numbers alone is computed and must hold. Its results and one-digit
//!   numbers need nothing else.
//! - In **prose** (headings, captions, folded answers, code and formulas in a line of text), the
//!   line of transcript, assert or code that has the number shares a word with the paragraph or
//!   the one before it: `vocab size: 27` proves "a vocabulary of 27", not "27 names". And no line
//!   with a number one digit away goes better with the words around the number, or as well with
//!   those and better with its sentence. Whole numbers of one digit are exempt in prose.
//! - Code and formulas that stand in such a line word for word are proven by it. Code that is more than
//!   a number must, and a formula such as `x^2`: a name and a number stand in too many lines.
//! - The numbers of other **formulas**, one-digit ones included, stand in this order in one line, and
//!   so do numbers with commas between them (`0, 13, 13, 0`) unless all have one digit. Three or more
//!   need no shared word.
//! - A **row of a table** does too, and its first cell, when that is text, stands in the line, so
//!   that the number is that row's; or the words of the row fit this line better than others. Other
//!   text cells stand in the line as well, or in a column without numbers. A table may also run from
//!   left to right, one line for each column.
//! - A **diagram** with numbers is drawn by the example.
//! - What is bound by `<!-- from: LABEL -->` is compared with that block only, and needs no shared
//!   word.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::judge::declared::{Accounted, Declared, Found, Used, compute, found_in, group, small};
use crate::judge::old::sources::{Source, Sources};
use crate::judge::route::Route;
use crate::judge::rows::{Row, find_words, hedged, plain, sentence, stand_in, tight};
use crate::judge::snippets;
use crate::read::chapter::GLOSSARY;
use crate::read::course::Course;
use crate::read::fence::{Fence, Output};
use crate::read::lines;
use crate::read::number::{Number, Rounding, Syntax, scan};
use crate::read::page::{Block, Kind, Page, Style};
use crate::read::words::{common, meet, words};

/// The numbers of a page, and the facts that it uses.
pub fn run(
    course: &Course,
    page: &Page,
    counts: &BTreeMap<&'static str, usize>,
) -> (Vec<Accounted>, BTreeSet<Used>) {
    let sources = Sources::new(course, page);
    let mut account = Account::new(course, page, &sources, counts);
    account.run();
    (account.numbers, account.declared.facts_used)
}

/// The work on one page.
struct Account<'a> {
    course: &'a Course,
    page: &'a Page,
    sources: &'a Sources,
    declared: Declared<'a>,
    numbers: Vec<Accounted>,
}

/// What a block is about.
struct Context<'a> {
    /// Its words.
    about: BTreeSet<String>,
    /// The words of the text before it.
    before: BTreeSet<String>,
    /// The lines of the program that it mentions.
    mentioned: BTreeSet<usize>,
    /// The numbers that stand in it.
    written: Vec<Number>,
    /// The only sources that count, if it is bound to a block of a transcript.
    bound: Option<Vec<&'a Source>>,
}

impl Context<'_> {
    /// Whether a source is about the same as the text.
    fn ties(&self, source: &Source) -> bool {
        source.line.is_some_and(|line| self.mentioned.contains(&line))
            || meet(&source.names, &self.about)
            || meet(&source.names, &self.before)
    }

    /// How well a source goes with the words right around a number, then with its sentence.
    fn fit(&self, source: &Source, near: &BTreeSet<String>, sentence: &BTreeSet<String>) -> [usize; 2] {
        let mentioned = source.line.is_some_and(|line| self.mentioned.contains(&line));
        [source.weight(near) + if mentioned { 4000 } else { 0 }, source.weight(sentence)]
    }
}

impl<'a> Account<'a> {
    fn new(
        course: &'a Course,
        page: &'a Page,
        sources: &'a Sources,
        counts: &'a BTreeMap<&'static str, usize>,
    ) -> Account<'a> {
        Account { course, page, sources, declared: Declared::new(course, page, counts), numbers: Vec::new() }
    }

    fn run(&mut self) {
        for (index, block) in self.page.blocks.iter().enumerate() {
            match block.kind {
                Kind::Cell { row: 0, column: 0, .. } => self.table(index),
                Kind::Cell { .. } => {}
                Kind::Code { .. } => self.code(index),
                _ => self.prose(index),
            }
        }
        self.numbers.sort_by_key(|number| number.range.start);
    }

    /// The sources for a block: those of the page, and in the glossary those of the lesson that
    /// introduces the term.
    fn sources(&self, block: &Block) -> &'a [Source] {
        let introduced = (self.page.path == GLOSSARY)
            .then(|| {
                let terms = self.course.glossary.terms.iter();
                terms.take_while(|term| term.offset <= block.range.start).last()
            })
            .flatten()
            .and_then(|term| term.introduced_in);
        self.sources.of(introduced)
    }

    /// The sources that a block is bound to.
    fn bound(&self, block: &Block) -> Option<Vec<&'a Source>> {
        let output = Output::parse(self.page.bindings[block.from?].labels.first()?)?;
        let example = output.example.clone().unwrap_or_else(|| self.course.example_of(self.page));
        let wanted = Some((example, output.label.clone()));
        Some(self.sources(block).iter().filter(|source| source.block == wanted).collect())
    }

    /// The words that say what a block is about: its own and those of the text before it in the
    /// same section. The lines of the program that it mentions count with all their words.
    fn context(&self, index: usize) -> Context<'a> {
        let block = &self.page.blocks[index];
        let before = self.page.blocks[..index]
            .iter()
            .enumerate()
            .rev()
            .find(|(_, other)| !other.is_code() && other.kind != Kind::Html && !other.text.trim().is_empty())
            .filter(|(_, other)| other.section == block.section && !matches!(other.kind, Kind::Cell { .. }));
        let mut mentioned = Vec::new();
        let texts = [(index, block)].into_iter().chain(before);
        for (at, _) in texts.clone() {
            mentioned.extend(lines::mentions(self.page, at).into_iter().flat_map(|mention| mention.spans));
        }
        Context {
            about: names(block, 0..block.text.len()),
            before: texts.skip(1).flat_map(|(_, block)| names(block, 0..block.text.len())).collect(),
            mentioned: lines::single_lines(&mentioned),
            written: scan(&block.text, Syntax::Text),
            bound: self.bound(block),
        }
    }

    fn push(&mut self, block: &Block, number: &Number, result: Result<Route, String>) {
        self.numbers.push(Accounted::new(block, number, result));
    }

    fn prose(&mut self, index: usize) {
        let page = self.page;
        let block = &page.blocks[index];
        let mut found = self.declared.find(index);
        if found.is_empty() {
            return;
        }
        compute(block, &mut found);
        let context = self.context(index);
        let mut open = Vec::new();
        for found in found {
            match found.result {
                Some(result) => self.push(block, &found.number, result),
                None => open.push(found),
            }
        }
        let mut rest = open.as_slice();
        while let Some(first) = rest.first() {
            let length = group(block, rest);
            let (group, after) = rest.split_at(length);
            rest = after;
            let run = block.run_at(first.number.digits.start);
            let formula = run.is_some_and(|run| run.style == Style::Math);
            let list = group.len() > 1 && !group.iter().all(|found| small(&found.number));
            self.settle_all(block, group, &context, formula || list);
        }
    }

    /// Accounts for numbers that stand together: in this order in one line that is tied to the text,
    /// and better than any line that would prove another digit.
    fn settle(&self, block: &Block, found: &[Found], context: &Context<'_>) -> Result<Route, String> {
        let (Some(first), Some(last)) = (found.first(), found.last()) else { return Ok(Route::Exempt) };
        let shown: Vec<(&Number, Rounding)> = found
            .iter()
            .map(|found| {
                let about = hedged(&block.text, found.number.range.start);
                (&found.number, if about { Rounding::About } else { Rounding::Careful })
            })
            .collect();
        let candidates: Vec<&Source> = match &context.bound {
            Some(bound) => bound.clone(),
            None => self.sources(block).iter().collect(),
        };
        // Code and formulas that a line has word for word; formulas such as `x^2` must be.
        let run = block.run_at(first.number.range.start).filter(|run| run.style != Style::Prose);
        let composed = |text: &str| text.contains(|c: char| c.is_alphabetic() || "*^/+[(".contains(c));
        if let Some(text) = run.map(|run| plain(&block.text[run.range.clone()]))
            && composed(&text)
            && !block.is_code()
            && let Some(source) =
                candidates.iter().find(|source| find_words(&tight(&source.text), &tight(&text)).is_some())
        {
            return Ok(if context.bound.is_some() { Route::Bound } else { source.route });
        }
        // Code that is more than a number must be too: its parts stand in too many lines.
        let code = run.filter(|run| run.style == Style::Code && !block.is_code());
        if code.is_some_and(|run| composed(&block.text[run.range.clone()])) {
            return Err("code that a line of the transcript or of the program has word for word".to_string());
        }
        let short = |text: &str| text.contains(char::is_alphabetic) && !text.contains(['\\', '_', '{']);
        if run.is_some_and(|run| run.style == Style::Math && short(&block.text[run.range.clone()])) {
            return Err("a formula that a line of the transcript has word for word".to_string());
        }
        let having: Vec<&Source> = candidates.iter().copied().filter(|source| source.shows(&shown)).collect();
        let place = first.number.range.start..last.number.range.end;
        let sentence = sentence(block, place.clone());
        let near = names(block, near(block, place, &sentence));
        let sentence = names(block, sentence);
        let fit = |source: &Source| context.fit(source, &near, &sentence);
        // What is bound needs no tie, and neither do three numbers in a row.
        let free = context.bound.is_some() || found.len() > 2;
        let Some((best, source)) = having
            .iter()
            .filter(|source| free || context.ties(source))
            .map(|source| (fit(source), *source))
            .max_by_key(|(fit, _)| *fit)
        else {
            let expected = expectation(&having);
            return Err(match found.len() {
                1 => expected,
                _ => format!("all these numbers, in this order, in one line: {expected}"),
            });
        };
        let known =
            |number: &Number| context.written.iter().any(|other| other.shows(number, Rounding::Usual));
        let rival = candidates.iter().filter(|_| !found.iter().all(|found| found.proven)).find(|rival| {
            rival.nearly_shows(&shown, known) && (free || context.ties(rival)) && fit(rival) > best
        });
        match rival {
            None if context.bound.is_some() => Ok(Route::Bound),
            None => Ok(source.route),
            Some(rival) => Err(format!(
                "a number that goes with the text better, by a digit:\n{}\nthan the one that stands there:\n{}",
                described(rival),
                described(source)
            )),
        }
    }

    /// Accounts for each of the numbers, together or by itself.
    fn settle_all(&mut self, block: &Block, found: &[Found], context: &Context<'_>, together: bool) {
        if together {
            let result = self.settle(block, found, context);
            for found in found {
                self.push(block, &found.number, result.clone());
            }
            return;
        }
        for found in found {
            let result = match &found.result {
                Some(result) => result.clone(),
                None if small(&found.number) => Ok(Route::Exempt),
                None => self.settle(block, std::slice::from_ref(found), context),
            };
            self.push(block, &found.number, result);
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
            let Kind::Cell { row, column, .. } = page.blocks[at].kind else { continue };
            let mut found = self.declared.find(at);
            let header = lines::header(page, &page.blocks[at]).map_or("", |header| header.text.trim());
            if header == "#" && row > 0 {
                for found in &mut found {
                    found.result = Some(if page.blocks[at].text.trim() == row.to_string() {
                        Ok(Route::Row)
                    } else {
                        Err(format!("{row}: a column headed # counts the rows"))
                    });
                }
            }
            if row == 0 && column == 0 {
                let label = page.blocks[at]
                    .from
                    .map_or(String::new(), |from| page.bindings[from].labels.join(" ").replace('-', " "));
                let named = scan(&label, Syntax::Text);
                for found in found.iter_mut().filter(|found| found.result.is_none()) {
                    if named.iter().any(|number| found.number.shows(number, Rounding::Usual)) {
                        found.result = Some(Ok(Route::Bound));
                    }
                }
            }
            if column == 0 {
                rows.push(Vec::new());
            }
            if let Some(row) = rows.last_mut() {
                row.push((at, found));
            }
        }
        let mut results: Vec<Result<Route, String>> = rows
            .iter()
            .enumerate()
            .map(|(row, cells)| {
                let open = cells.iter().flat_map(|(_, found)| found).any(|found| found.result.is_none());
                if open { self.row_source(&rows, row) } else { Ok(Route::Row) }
            })
            .collect();
        if results.iter().any(Result::is_err)
            && let Some(route) = self.transposed(&rows)
        {
            results.fill(Ok(route));
        }
        for (row, result) in rows.into_iter().zip(results) {
            for (at, found) in row {
                for found in found {
                    let result = found.result.unwrap_or_else(|| result.clone());
                    self.push(&page.blocks[at], &found.number, result);
                }
            }
        }
    }

    /// A table that runs from left to right: every column behind the first stands in one line, each
    /// of its cells in order. Columns of nothing but "…" are left out.
    fn transposed(&self, rows: &[Row]) -> Option<Route> {
        let first = &self.page.blocks[rows.first()?.first()?.0];
        let bound = self.bound(first);
        let candidates: Vec<&Source> = match &bound {
            Some(bound) => bound.clone(),
            None => self.sources(first).iter().collect(),
        };
        let labels = rows.iter().all(|row| row[0].1.is_empty());
        let columns = rows.iter().map(Vec::len).min()?;
        let mut route = None;
        for column in 1..columns {
            let cells: Row = rows
                .iter()
                .map(|row| {
                    let (at, found) = &row[column];
                    (*at, found.iter().map(Found::clone).collect())
                })
                .collect();
            let blank =
                |(at, _): &(usize, Vec<Found>)| !self.page.blocks[*at].text.contains(char::is_alphanumeric);
            if cells.iter().all(blank) {
                continue;
            }
            let source = candidates.iter().find(|source| {
                stand_in(self.page, &cells, &source.text, &source.numbers, |_| false, false).is_ok()
            })?;
            route = Some(if bound.is_some() { Route::Bound } else { source.route });
        }
        route.filter(|_| labels)
    }

    /// The line that a row of a table shows, by its route.
    fn row_source(&self, rows: &[Row], row: usize) -> Result<Route, String> {
        let parts = &rows[row];
        let page = self.page;
        let first = &page.blocks[parts[0].0];
        let bound = self.bound(first);
        let candidates: Vec<&Source> = match &bound {
            Some(bound) => bound.clone(),
            None => self.sources(first).iter().collect(),
        };
        // Text that is not in the line: in the header, or in a column without numbers, save the first.
        let numeric = |column: usize| {
            let others = rows.iter().enumerate().filter(|(other, _)| *other > 0 && *other != row);
            others
                .filter_map(|(_, cells)| cells.get(column))
                .any(|(_, found)| found.iter().any(|found| found.result.is_none()))
        };
        let free = |at: usize| {
            let column = at - parts[0].0;
            column > 0 && !numeric(column)
        };
        // The row may be named in other words than the line's, if they fit no other line better.
        let about: BTreeSet<String> = parts
            .iter()
            .flat_map(|(at, _)| {
                let cell = &page.blocks[*at];
                names(cell, 0..cell.text.len())
            })
            .collect();
        let fit = |source: &Source| common(&about, &words(&source.text, true));
        let best = candidates.iter().map(|source| fit(source)).max().unwrap_or(0);
        let free_name = |source: &Source| {
            let free = |at: usize| free(at) || at == parts[0].0 && !numeric(0);
            best > 0
                && fit(source) == best
                && stand_in(page, parts, &source.text, &source.numbers, free, false).is_ok()
        };
        let mut nearest: Option<(usize, String, &Source)> = None;
        for source in candidates {
            match stand_in(page, parts, &source.text, &source.numbers, free, false) {
                Ok(()) => return Ok(if bound.is_some() { Route::Bound } else { source.route }),
                Err(_) if free_name(source) => {
                    return Ok(if bound.is_some() { Route::Bound } else { source.route });
                }
                Err((matched, complaint)) => {
                    if nearest.as_ref().is_none_or(|(best, ..)| matched > *best) {
                        nearest = Some((matched, complaint, source));
                    }
                }
            }
        }
        Err(match nearest {
            Some((matched, complaint, source)) if matched > 0 => format!(
                "the whole row in one line, cell by cell. The nearest is {}: `{}`; {complaint}",
                source.place,
                source.text.trim()
            ),
            _ => {
                "the whole row in one line of the transcript, cell by cell; no line has any of it".to_string()
            }
        })
    }

    fn code(&mut self, index: usize) {
        let page = self.page;
        let block = &page.blocks[index];
        // Only pages outside the book may have indented blocks; they are read as drawings.
        let info = block.info().unwrap_or("text");
        match Fence::parse(info) {
            // Quotes and output are compared with their sources, and what is strange is refused.
            Fence::Quote { .. } | Fence::Output(_) | Fence::Strange(_) => {}
            Fence::Rust => self.plain_code(index, &snippets::comments(&block.text), Syntax::Text),
            Fence::Python | Fence::Shell => {
                let whole = 0..block.text.len();
                self.plain_code(index, &[whole], Syntax::Code);
            }
            Fence::Mermaid | Fence::Text => self.diagram(index),
        }
    }

    /// Code that is not compared with anything, by the rules of prose.
    fn plain_code(&mut self, index: usize, ranges: &[Range<usize>], syntax: Syntax) {
        let block = &self.page.blocks[index];
        let mut found: Vec<Found> =
            ranges.iter().flat_map(|range| found_in(block, range.clone(), syntax)).collect();
        self.declared.facts(index, &mut found);
        let context = self.context(index);
        self.settle_all(block, &found, &context, false);
    }

    fn diagram(&mut self, index: usize) {
        let block = &self.page.blocks[index];
        for found in self.declared.diagram(index) {
            self.push(block, &found.number, found.result.unwrap_or(Ok(Route::Exempt)));
        }
    }
}

/// What to say of a number that stands in these lines, none of which is about the same thing.
fn expectation(having: &[&Source]) -> String {
    if having.is_empty() {
        return "a number that a line of the transcript, an assert or a quoted line has".to_string();
    }
    let places: Vec<String> = having.iter().take(3).map(|source| described(source)).collect();
    format!("a word that says which number it is; the text shares none with\n{}", places.join("\n"))
}

/// A source as an author finds it.
fn described(source: &Source) -> String {
    let names: Vec<&str> = source.names.iter().map(String::as_str).collect();
    format!("{}: `{}` (named by: {})", source.place, source.text.trim(), names.join(", "))
}

/// The words in a part of a block, with single letters where they are names.
fn names(block: &Block, part: Range<usize>) -> BTreeSet<String> {
    block
        .runs
        .iter()
        .filter_map(|run| {
            let range = run.range.start.max(part.start)..run.range.end.min(part.end);
            let letters = run.style != Style::Prose || run.strong;
            Some(words(block.text.get(range)?, letters))
        })
        .flatten()
        .collect()
}

/// A few words before and behind a part of a sentence.
fn near(block: &Block, part: Range<usize>, sentence: &Range<usize>) -> Range<usize> {
    const WORDS: usize = 5;
    let mut before = block.text[sentence.start..part.start].rmatch_indices(' ');
    let mut after = block.text[part.end..sentence.end].match_indices(' ');
    let start = before.nth(WORDS).map_or(sentence.start, |(at, _)| sentence.start + at);
    let end = after.nth(WORDS).map_or(sentence.end, |(at, _)| part.end + at);
    start..end
}
