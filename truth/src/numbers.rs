//! Numbers: each one that a reader sees is accounted for.
//!
//! A number comes by one of the routes of [`Route`]. It is not enough that the same digits stand
//! somewhere: a number is tied to what it counts.
//!
//! - In **prose** (headings, captions, folded answers, code and formulas in a line of text), the
//!   line of transcript, assert or code that has the number shares a word with the paragraph or
//!   the one before it: `vocab size: 27` proves "a vocabulary of 27", not "27 names". Whole
//!   numbers of one digit are exempt in prose; everything else is not.
//! - A **formula**'s numbers, one-digit ones included, stand in this order in one such line.
//! - A **row of a table** does too, and its first cell, when that is text, stands in the line, so
//!   that the number is that row's. Other text cells stand in the line as well, or in a column
//!   without numbers.
//! - A line of a **diagram** is treated as a formula.
//! - What is bound by `<!-- from: LABEL -->` is compared with that block only, and needs no shared
//!   word.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::course::{self, Chapter, Course, Fact, GLOSSARY};
use crate::fence::{Fence, Output};
use crate::glossary::linked_chapter;
use crate::lines;
use crate::number::{Form, Number, Syntax, scan};
use crate::page::{Block, Kind, Page, Style};
use crate::problem::{Problem, Report};
use crate::promises;
use crate::sources::{self, Source, Sources};
use crate::words::{meet, words};

static HEDGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:\b(?:about|around|roughly|nearly|almost|approximately)|≈|~|\\approx)\s*$").unwrap()
});
static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^[\s\u{a0}-](?:rust |given |checked )?(chapter|lesson|line|parameter|name|snippet|number|term)s?\b")
        .unwrap()
});
static LESSON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\blessons?\s+(\d\.\d(?:(?:,\s+|\s+and\s+|\s+or\s+|\s+to\s+|–)\d\.\d)*)").unwrap()
});
static MODULE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bmodules?\s+(\d\d?(?:(?:,\s+|\s+and\s+|\s+or\s+|\s+to\s+|–)\d\d?)*)").unwrap()
});
static DIAGRAM_STYLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*(?:classDef|class|style|linkStyle|click|%%)").unwrap());

/// How a number is accounted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// A line of a transcript has it.
    Transcript,
    /// The block that the text is bound to has it.
    Bound,
    /// An assert of a snippet has it.
    Assert,
    /// It goes into the computation of a snippet.
    Input,
    /// A line of `microgpt.py` has it.
    Quote,
    /// It is the number of a line of `microgpt.py`.
    Line,
    /// It is the number of a chapter or module.
    Chapter,
    /// It numbers the rows of a table.
    Row,
    /// It is declared in `facts.toml`.
    Fact,
    /// It counts something of this project, in the README.
    Count,
    /// It has one digit and stands in prose.
    Exempt,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Route::Transcript => "transcript",
            Route::Bound => "bound block",
            Route::Assert => "assert",
            Route::Input => "snippet input",
            Route::Quote => "quoted code",
            Route::Line => "line number",
            Route::Chapter => "chapter number",
            Route::Row => "row number",
            Route::Fact => "declared fact",
            Route::Count => "counted",
            Route::Exempt => "one digit in prose",
        })
    }
}

/// A number of a page and what became of it.
#[derive(Debug, Clone)]
pub struct Accounted {
    /// Where it stands in the file.
    pub range: Range<usize>,
    /// Where its digits stand in the file.
    pub digits: Range<usize>,
    /// By which route it is accounted for, or what is expected.
    pub result: Result<Route, String>,
}

/// Checks the numbers of all pages, and of the README.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let mut counts = promises::counts(course);
    let mut census: BTreeMap<Route, usize> = BTreeMap::new();
    let mut used = BTreeSet::new();
    let front = course.front.iter().filter(|page| page.path == "README.md");
    for page in course.pages.values().chain(front) {
        counts.insert("numbers", census.values().sum());
        let (numbers, facts) = run(course, page, &counts);
        used.extend(facts);
        for number in &numbers {
            if let Ok(route) = &number.result {
                *census.entry(*route).or_default() += 1;
            }
        }
        report.problems.extend(problems(page, &numbers));
    }
    check_facts(course, &used, &mut report);
    let all: usize = census.values().sum();
    let routes: Vec<String> = census.iter().map(|(route, count)| format!("{count} {route}")).collect();
    report.note(format!("{all} numbers: {}", routes.join(", ")));
    report
}

/// What is wrong with the numbers of one page.
pub fn check_page(course: &Course, page: &Page) -> Vec<Problem> {
    problems(page, &account(course, page))
}

/// What becomes of each number of a page.
pub fn account(course: &Course, page: &Page) -> Vec<Accounted> {
    run(course, page, &promises::counts(course)).0
}

/// The numbers of a page, and the facts that it uses.
fn run(
    course: &Course,
    page: &Page,
    counts: &BTreeMap<&'static str, usize>,
) -> (Vec<Accounted>, BTreeSet<(usize, String)>) {
    let sources = Sources::new(course, page);
    let mut account = Account::new(course, page, &sources, counts);
    account.run();
    (account.numbers, account.facts_used)
}

fn problems(page: &Page, numbers: &[Accounted]) -> Vec<Problem> {
    numbers
        .iter()
        .filter_map(|number| {
            let expected = number.result.as_ref().err()?;
            Some(Course::problem(
                page,
                number.range.start,
                &page.text[number.range.clone()],
                expected,
                "print it, labelled, in the lesson's example (then cargo book sync), or assert it in a \
                 snippet; a number from outside goes to course/facts.toml with its source",
            ))
        })
        .collect()
}

/// The facts are complete, name pages that exist, and are used in each of them.
fn check_facts(course: &Course, used: &BTreeSet<(usize, String)>, report: &mut Report) {
    for (index, fact) in course.facts.iter().enumerate() {
        let mut problem = |found: String, expected: &str, fix: &str| {
            report.problems.push(Problem {
                file: "course/facts.toml".to_string(),
                line: fact.line,
                found,
                expected: expected.to_string(),
                fix: fix.to_string(),
            });
        };
        for (field, value) in [("value", &fact.value), ("what", &fact.what), ("source", &fact.source)] {
            if value.trim().is_empty() {
                problem(format!("`{}` without {field}", fact.value), "every field filled", "fill it");
            }
        }
        if scan(&fact.value, Syntax::Text).is_empty() && scan(&fact.value, Syntax::Math).is_empty() {
            problem(format!("`{}`", fact.value), "a value with a number in it", "write it as in the text");
        }
        if fact.chapters.is_empty() {
            problem(format!("`{}` for no chapter", fact.value), "the chapters that use it", "name them");
        }
        for chapter in &fact.chapters {
            if !used.contains(&(index, chapter.clone())) {
                problem(
                    format!("`{}` in {chapter}", fact.value),
                    "a number that this page shows",
                    "delete the chapter, or the whole fact if no page uses it",
                );
            }
        }
    }
}

/// How facts.toml calls a page.
fn fact_name(page: &Page) -> &str {
    let path = page.path.strip_prefix("course/").unwrap_or(&page.path);
    path.strip_suffix(".md").unwrap_or(path)
}

/// The work on one page.
struct Account<'a> {
    course: &'a Course,
    page: &'a Page,
    sources: &'a Sources,
    counts: &'a BTreeMap<&'static str, usize>,
    chapter: Option<Chapter>,
    facts: Vec<(usize, &'a Fact)>,
    facts_used: BTreeSet<(usize, String)>,
    numbers: Vec<Accounted>,
}

/// A number in a block, in the block's own offsets.
#[derive(Clone)]
struct Found {
    number: Number,
    result: Option<Result<Route, String>>,
}

impl<'a> Account<'a> {
    fn new(
        course: &'a Course,
        page: &'a Page,
        sources: &'a Sources,
        counts: &'a BTreeMap<&'static str, usize>,
    ) -> Account<'a> {
        let name = fact_name(page);
        let facts = course
            .facts
            .iter()
            .enumerate()
            .filter(|(_, fact)| fact.chapters.iter().any(|chapter| chapter == name))
            .collect();
        Account {
            course,
            page,
            sources,
            counts,
            chapter: Chapter::at(&page.path),
            facts,
            facts_used: BTreeSet::new(),
            numbers: Vec::new(),
        }
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
        let output = Output::parse(block.from.as_deref()?)?;
        let example = output.example.clone().unwrap_or_else(|| self.course.example_of(self.page));
        let wanted = Some((example, output.label.clone()));
        Some(self.sources(block).iter().filter(|source| source.block == wanted).collect())
    }

    /// The words that say what a block is about: its own and those of the text before it in the
    /// same section. The lines of the program that it mentions count with all their words.
    fn context(&self, index: usize) -> (BTreeSet<String>, BTreeSet<usize>) {
        let block = &self.page.blocks[index];
        let before = self.page.blocks[..index]
            .iter()
            .enumerate()
            .rev()
            .find(|(_, other)| !other.is_code() && other.kind != Kind::Html && !other.text.trim().is_empty())
            .filter(|(_, other)| other.section == block.section && !matches!(other.kind, Kind::Cell { .. }));
        let mut all = BTreeSet::new();
        let mut mentioned = BTreeSet::new();
        for (at, block) in [(index, block)].into_iter().chain(before) {
            for run in &block.runs {
                let letters = run.style != Style::Prose || run.strong;
                all.extend(words(&block.text[run.range.clone()], letters));
            }
            let mentions = lines::mentions(self.page, at);
            mentioned.extend(mentions.iter().flat_map(|mention| &mention.spans).flat_map(|&(a, b)| a..=b));
        }
        (all, mentioned)
    }

    fn push(&mut self, block: &Block, number: &Number, result: Result<Route, String>) {
        let source = |range: &Range<usize>| {
            let start = block.source(range.start);
            start..start + range.len()
        };
        self.numbers.push(Accounted { range: source(&number.range), digits: source(&number.digits), result });
    }

    /// The numbers of a block, those that are structure or declared already accounted for.
    fn find(&mut self, index: usize) -> Vec<Found> {
        let page = self.page;
        let block = &page.blocks[index];
        let mut found = Vec::new();
        let mut start = 0;
        // Neighbouring runs of prose are read together: a number may be followed by bold text.
        while start < block.runs.len() {
            let style = block.runs[start].style;
            let same = |run: &crate::page::Run| run.style == style && style == Style::Prose;
            let end = start + 1 + block.runs[start + 1..].iter().take_while(|run| same(run)).count();
            let range = block.runs[start].range.start..block.runs[end - 1].range.end;
            let syntax = match style {
                Style::Prose => Syntax::Text,
                Style::Code => Syntax::Code,
                Style::Math => Syntax::Math,
            };
            for mut number in scan(&block.text[range.clone()], syntax) {
                for part in [&mut number.range, &mut number.digits] {
                    *part = part.start + range.start..part.end + range.start;
                }
                found.push(Found { number, result: None });
            }
            start = end;
        }
        if !found.is_empty() {
            self.declared(block, &mut found);
            self.structure(index, &mut found);
        }
        found
    }

    /// Facts: the text of the fact stands there, with nothing that would make it another number.
    fn declared(&mut self, block: &Block, found: &mut [Found]) {
        for &(index, fact) in &self.facts {
            for (at, _) in block.text.match_indices(&fact.value) {
                let end = at + fact.value.len();
                let before = block.text[..at].chars().next_back();
                let mut after = block.text[end..].chars();
                let (next, following) = (after.next(), after.next());
                let more = next.is_some_and(char::is_alphanumeric)
                    || matches!(next, Some('.' | ',')) && following.is_some_and(|c| c.is_ascii_digit());
                if more || before.is_some_and(|c| c.is_alphanumeric() || c == '.') {
                    continue;
                }
                for found in found.iter_mut() {
                    let digits = &found.number.digits;
                    if digits.start >= at && digits.end <= end {
                        found.result = Some(Ok(Route::Fact));
                        self.facts_used.insert((index, fact_name(self.page).to_string()));
                    }
                }
            }
        }
    }

    /// Line numbers, chapter numbers, module numbers.
    fn structure(&self, index: usize, found: &mut [Found]) {
        let block = &self.page.blocks[index];
        let mut settle = |range: Range<usize>, result: Result<Route, String>| {
            for found in found.iter_mut() {
                let digits = &found.number.digits;
                if digits.start >= range.start && digits.end <= range.end && found.result.is_none() {
                    found.result = Some(result.clone());
                }
            }
        };
        for mention in lines::mentions(self.page, index) {
            settle(mention.range, Ok(Route::Line));
        }
        // What is counted in this project; in a lesson only the lines of the program are.
        let lesson = self.chapter.is_some_and(Chapter::is_lesson);
        for number in scan(&block.text, Syntax::Text) {
            let noun = COUNTED.captures(&block.text[number.range.end..]);
            let noun = noun.map(|noun| format!("{}s", noun[1].to_lowercase()));
            let count = noun.as_deref().and_then(|noun| self.counts.get(noun));
            if count.is_some_and(|&count| number.value.to_f64() == count as f64) {
                match noun.as_deref() {
                    Some("lines") => settle(number.range, Ok(Route::Line)),
                    _ if !lesson => settle(number.range, Ok(Route::Count)),
                    _ => {}
                }
            }
        }
        // A title as it stands in the table of contents.
        for chapter in Chapter::all() {
            let Some(title) = self.course.title(chapter) else { continue };
            for (at, _) in block.text.match_indices(title) {
                settle(at..at + chapter.number().len(), Ok(Route::Chapter));
            }
        }
        for run in &block.runs {
            let Some(link) = run.link.map(|link| &self.page.links[link]) else { continue };
            let Some(chapter) = linked_chapter(self.page, &link.target) else { continue };
            for (at, found) in scan(&link.text, Syntax::Text)
                .into_iter()
                .map(|number| (number.digits.clone(), &link.text[number.digits]))
            {
                if found.contains('.') && block.text[run.range.clone()].contains(found) {
                    let shift = block.text[run.range.clone()].find(found).unwrap_or(at.start);
                    let start = run.range.start + shift;
                    let result = if found == chapter.number() {
                        Ok(Route::Chapter)
                    } else {
                        Err(format!("{}, the number of the chapter that the link leads to", chapter.number()))
                    };
                    settle(start..start + found.len(), result);
                }
            }
        }
        let prose = block.prose();
        let about = words(&prose, false);
        for mention in LESSON.captures_iter(&prose).filter_map(|found| found.get(1)) {
            for number in scan(mention.as_str(), Syntax::Text) {
                let range = number.digits.start + mention.start()..number.digits.end + mention.start();
                let chapter = Chapter::numbered(&prose[range.clone()]);
                let name = chapter.and_then(|chapter| self.course.name(chapter)).unwrap_or("");
                let result = match chapter {
                    Some(_) if prose.to_lowercase().contains(&name.to_lowercase()) => Ok(Route::Chapter),
                    Some(_) => Err(format!("the lesson's title beside its number: {name}; or a link to it")),
                    None => Err("a lesson that exists".to_string()),
                };
                settle(range, result);
            }
        }
        let modules = course::modules(&self.course.summary);
        for mention in MODULE.captures_iter(&prose).filter_map(|found| found.get(1)) {
            for number in scan(mention.as_str(), Syntax::Text) {
                let range = number.digits.start + mention.start()..number.digits.end + mention.start();
                let module: Option<usize> = prose[range.clone()].parse().ok();
                let own = self.chapter.and_then(Chapter::module) == module;
                let result = match module.and_then(|module| Some((module, modules.get(&module)?))) {
                    Some((module, title)) => {
                        let mut subject = words(title, false);
                        for chapter in Chapter::all().filter(|chapter| chapter.module() == Some(module)) {
                            subject.extend(words(self.course.name(chapter).unwrap_or(""), false));
                        }
                        if own || meet(&subject, &about) {
                            Ok(Route::Chapter)
                        } else {
                            Err(format!("what the module is about beside its number: {title}"))
                        }
                    }
                    None => Err("a module that exists".to_string()),
                };
                settle(range, result);
            }
        }
    }

    fn prose(&mut self, index: usize) {
        let page = self.page;
        let block = &page.blocks[index];
        let found = self.find(index);
        if found.is_empty() {
            return;
        }
        let (about, mentioned) = self.context(index);
        let bound = self.bound(block);
        let mut formula: Vec<&Found> = Vec::new();
        let mut formula_run = None;
        for found in &found {
            if let Some(result) = &found.result {
                self.push(block, &found.number, result.clone());
                continue;
            }
            let run = block.run_at(found.number.digits.start);
            if run.is_some_and(|run| run.style == Style::Math) {
                let place = run.map(|run| {
                    let row = block.text[run.range.start..found.number.digits.start].matches("\\\\").count();
                    (run.range.start, row)
                });
                if place != formula_run {
                    self.together(block, &formula, &about, &mentioned, bound.as_deref());
                    formula.clear();
                    formula_run = place;
                }
                formula.push(found);
                continue;
            }
            let result = self.lookup(block, &found.number, &about, &mentioned, bound.as_deref(), true);
            self.push(block, &found.number, result);
        }
        self.together(block, &formula, &about, &mentioned, bound.as_deref());
    }

    /// Whether a source is about what a text is about.
    fn tied(source: &Source, about: &BTreeSet<String>, mentioned: &BTreeSet<usize>) -> bool {
        source.line.is_some_and(|line| mentioned.contains(&line)) || meet(&source.names, about)
    }

    /// Accounts for one number by itself.
    fn lookup(
        &self,
        block: &Block,
        number: &Number,
        about: &BTreeSet<String>,
        mentioned: &BTreeSet<usize>,
        bound: Option<&[&Source]>,
        may_be_small: bool,
    ) -> Result<Route, String> {
        let hedged = HEDGE.is_match(&block.text[..number.range.start]);
        let small =
            may_be_small && number.form == Form::Plain && number.digits.len() == 1 && number.value.is_whole();
        if let Some(bound) = bound {
            return if bound.iter().any(|source| source.shows(number, hedged, 0).is_some()) {
                Ok(Route::Bound)
            } else if small {
                Ok(Route::Exempt)
            } else {
                Err(format!("a number of the block `{}`", block.from.as_deref().unwrap_or("")))
            };
        }
        let having: Vec<&Source> =
            self.sources(block).iter().filter(|source| source.shows(number, hedged, 0).is_some()).collect();
        let tied = having.iter().find(|source| Self::tied(source, about, mentioned));
        match tied {
            Some(source) => Ok(source.route),
            None if small => Ok(Route::Exempt),
            None => Err(expectation(&having)),
        }
    }

    /// Accounts for numbers that stand together: in this order in one line.
    fn together(
        &mut self,
        block: &Block,
        numbers: &[&Found],
        about: &BTreeSet<String>,
        mentioned: &BTreeSet<usize>,
        bound: Option<&[&Source]>,
    ) {
        if bound.is_some() {
            for found in numbers {
                let result = self.lookup(block, &found.number, about, mentioned, bound, false);
                self.push(block, &found.number, result);
            }
            return;
        }
        let in_order = |source: &&Source| {
            let mut from = 0;
            numbers.iter().all(|found| {
                let hedged = HEDGE.is_match(&block.text[..found.number.range.start]);
                match source.shows(&found.number, hedged, from) {
                    Some(at) => {
                        from = at + 1;
                        true
                    }
                    None => false,
                }
            })
        };
        let having: Vec<&Source> = self.sources(block).iter().filter(in_order).collect();
        let tied = having.iter().find(|source| Self::tied(source, about, mentioned));
        let result = match tied {
            Some(source) => Ok(source.route),
            None if numbers.len() == 1 => Err(expectation(&having)),
            None => Err(format!(
                "all numbers of the formula, in this order, in one line: {}",
                expectation(&having)
            )),
        };
        for found in numbers {
            self.push(block, &found.number, result.clone());
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
        let mut rows: Vec<Vec<(usize, Vec<Found>)>> = Vec::new();
        for at in index..end {
            let Kind::Cell { row, column, .. } = page.blocks[at].kind else { continue };
            let mut found = self.find(at);
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
                if open { self.row_source(cells, row) } else { Ok(Route::Row) }
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
    fn transposed(&self, rows: &[Vec<(usize, Vec<Found>)>]) -> Option<Route> {
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
            let cells: Vec<(usize, Vec<Found>)> = rows
                .iter()
                .map(|row| {
                    let (at, found) = &row[column];
                    (*at, found.iter().map(Found::clone).collect())
                })
                .collect();
            if cells.iter().all(|(at, _)| !self.page.blocks[*at].text.contains(char::is_alphanumeric)) {
                continue;
            }
            let source = candidates.iter().find(|source| self.stand_in(&cells, source, |_| false).is_ok())?;
            route = Some(if bound.is_some() { Route::Bound } else { source.route });
        }
        route.filter(|_| labels)
    }

    /// The line that a row of a table shows, by its route.
    fn row_source(&self, parts: &[(usize, Vec<Found>)], row: usize) -> Result<Route, String> {
        let page = self.page;
        let first = &page.blocks[parts[0].0];
        let bound = self.bound(first);
        let candidates: Vec<&Source> = match &bound {
            Some(bound) => bound.clone(),
            None => self.sources(first).iter().collect(),
        };
        let mut nearest: Option<(usize, String, &Source)> = None;
        for source in candidates {
            let free = |at: usize| row == 0 || at != parts[0].0 && !self.column_has_numbers(&page.blocks[at]);
            match self.stand_in(parts, source, free) {
                Ok(()) => return Ok(if bound.is_some() { Route::Bound } else { source.route }),
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

    /// Whether the cells stand in this order in the line; else how many do, and what is wrong. A
    /// cell that is text and does not stand there must be `free` to be so.
    fn stand_in(
        &self,
        parts: &[(usize, Vec<Found>)],
        source: &Source,
        free: impl Fn(usize) -> bool,
    ) -> Result<(), (usize, String)> {
        let mut from = 0;
        let mut matched = 0;
        for (at, found) in parts {
            let cell = &self.page.blocks[*at];
            let open: Vec<&Found> = found.iter().filter(|found| found.result.is_none()).collect();
            let text = plain(&cell.text);
            if open.is_empty() {
                if !found.is_empty() || !text.contains(char::is_alphanumeric) {
                    continue;
                }
                if let Some(end) = find_words(&source.text[from..], &text) {
                    from += end;
                    matched += 1;
                } else if find_words(&source.text, &text).is_some() {
                    return Err((matched, format!("`{text}` stands in another place there")));
                } else if !free(*at) {
                    let why = "it names the row, or its column has numbers";
                    return Err((matched, format!("`{text}` does not stand there, and must: {why}")));
                }
                continue;
            }
            for found in open {
                let hedged = HEDGE.is_match(&cell.text[..found.number.range.start]);
                let percent = lines::header(self.page, cell)
                    .is_some_and(|header| header.text.contains('%') || header.text.contains("percent"));
                let mut shown = found.number.clone();
                let next = source.numbers.iter().find(|number| {
                    if number.range.start < from {
                        return false;
                    }
                    shown.form = found.number.form.clone();
                    let plain = shown.shows(number, hedged);
                    plain
                        || percent && shown.form == Form::Plain && {
                            shown.form = Form::Percent;
                            shown.shows(number, hedged)
                        }
                });
                let Some(next) = next else {
                    let text = &cell.text[found.number.range.clone()];
                    return Err((matched, format!("{text} does not come next there")));
                };
                from = next.range.end;
                matched += 1;
            }
        }
        Ok(())
    }

    /// Whether another row has a number in the column of this cell.
    fn column_has_numbers(&self, cell: &Block) -> bool {
        let Kind::Cell { table, row, column } = cell.kind else { return false };
        self.page.blocks.iter().any(|other| {
            matches!(other.kind, Kind::Cell { table: t, row: r, column: c } if t == table && c == column && r > 0 && r != row)
                && !scan(&other.text, Syntax::Text).is_empty()
        })
    }

    fn code(&mut self, index: usize) {
        let page = self.page;
        let block = &page.blocks[index];
        // Only pages outside the book may have indented blocks; they are read as drawings.
        let info = block.info().unwrap_or("text");
        let (about, mentioned) = self.context(index);
        let bound = self.bound(block);
        match Fence::parse(info) {
            // Quotes and output are compared with their sources, and what is strange is refused.
            Fence::Quote { .. } | Fence::Output(_) | Fence::Strange(_) => {}
            Fence::Rust => {
                let comments = sources::comments(&block.text);
                let mut found = self.find_in(block, &comments, Syntax::Text);
                self.declared(block, &mut found);
                self.settle_code(block, found, &about, &mentioned, bound.as_deref());
            }
            Fence::Python | Fence::Shell => {
                let whole = 0..block.text.len();
                let mut found = self.find_in(block, &[whole], Syntax::Code);
                self.declared(block, &mut found);
                self.settle_code(block, found, &about, &mentioned, bound.as_deref());
            }
            Fence::Mermaid | Fence::Text => {
                let mut start = 0;
                for line in block.text.split_inclusive('\n') {
                    let range = start..start + line.len();
                    start = range.end;
                    if DIAGRAM_STYLE.is_match(line) {
                        continue;
                    }
                    let mut found = self.find_in(block, &[range], Syntax::Text);
                    self.declared(block, &mut found);
                    let open: Vec<&Found> = found.iter().filter(|found| found.result.is_none()).collect();
                    self.together(block, &open, &about, &mentioned, bound.as_deref());
                    for found in found.iter().filter(|found| found.result.is_some()) {
                        self.push(block, &found.number, Ok(Route::Fact));
                    }
                }
            }
        }
    }

    fn find_in(&self, block: &Block, ranges: &[Range<usize>], syntax: Syntax) -> Vec<Found> {
        let mut found = Vec::new();
        for range in ranges {
            for mut number in scan(&block.text[range.clone()], syntax) {
                for part in [&mut number.range, &mut number.digits] {
                    *part = part.start + range.start..part.end + range.start;
                }
                found.push(Found { number, result: None });
            }
        }
        found
    }

    fn settle_code(
        &mut self,
        block: &Block,
        found: Vec<Found>,
        about: &BTreeSet<String>,
        mentioned: &BTreeSet<usize>,
        bound: Option<&[&Source]>,
    ) {
        for found in found {
            let result = found
                .result
                .unwrap_or_else(|| self.lookup(block, &found.number, about, mentioned, bound, true));
            self.push(block, &found.number, result);
        }
    }
}

/// What to say of a number that stands in these lines, none of which is about the same thing.
fn expectation(having: &[&Source]) -> String {
    if having.is_empty() {
        return "a number that a line of the transcript, an assert or a quoted line has".to_string();
    }
    let places: Vec<String> = having
        .iter()
        .take(3)
        .map(|source| {
            let names: Vec<&str> = source.names.iter().map(String::as_str).collect();
            format!("{}: `{}` (named by: {})", source.place, source.text.trim(), names.join(", "))
        })
        .collect();
    format!("a word that says which number it is; the text shares none with\n{}", places.join("\n"))
}

/// The text of a cell as a transcript would have it: a formula without its LaTeX marks.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\\' | '{' | '}' | '$')).collect::<String>().trim().to_lowercase()
}

/// The end of the place where `wanted` stands as whole words, in any case.
fn find_words(text: &str, wanted: &str) -> Option<usize> {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return None;
    }
    let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    lower
        .match_indices(wanted)
        .find(|(at, found)| {
            let end = at + found.len();
            let own_start = wanted.chars().next().is_some_and(|c| !c.is_alphanumeric());
            let own_end = wanted.chars().next_back().is_some_and(|c| !c.is_alphanumeric());
            (own_start || boundary(lower[..*at].chars().next_back()))
                && (own_end || boundary(lower[end..].chars().next()))
        })
        .map(|(at, found)| at + found.len())
}
