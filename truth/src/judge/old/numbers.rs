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
use std::sync::LazyLock;

use regex::Regex;

use crate::judge::old::sources::{self, Source, Sources};
use crate::judge::route::Route;
use crate::problem::{Problem, Report};
use crate::read::address::linked_chapter;
use crate::read::chapter::{Chapter, GLOSSARY, INDEX};
use crate::read::course::{self, Course, Fact};
use crate::read::equations::{Equation, equations};
use crate::read::fence::{Fence, Output};
use crate::read::lines;
use crate::read::number::{Form, Number, Rounding, Syntax, scan};
use crate::read::page::{Block, Kind, Page, Run, Style};
use crate::read::words::{common, meet, words};

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
static SENTENCE_END: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[.!?]\s").unwrap());
static APPENDIX: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bA\.(\d+)\b").unwrap());
static POWER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r" ?\*\* ?").unwrap());
static FACTOR: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\d) ([[:alpha:]]\b)").unwrap());
static DIAGRAM_STYLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*(?:classDef|class|style|linkStyle|click|%%)").unwrap());

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
    let mut counts = course.counts.clone();
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
    run(course, page, &course.counts).0
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
                "print it, labelled, in the lesson's example (then cargo book sync) and write words of the \
                 label right beside it, or name the block in <!-- from: LABEL -->, or assert it in a \
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

/// A row of a table: the index of each cell, and its numbers.
type Row = Vec<(usize, Vec<Found>)>;

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

/// A number in a block, in the block's own offsets.
#[derive(Clone)]
struct Found {
    number: Number,
    result: Option<Result<Route, String>>,
    /// Whether an equation that holds would not hold with another digit here.
    proven: bool,
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
            let same = |run: &Run| run.style == style && style == Style::Prose;
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
                found.push(Found { number, result: None, proven: false });
            }
            start = end;
        }
        if !found.is_empty() {
            self.declared(index, &mut found);
            self.structure(index, &mut found);
        }
        found
    }

    /// Facts: the text of the fact stands there, with nothing that would make it another number. In a
    /// table, a fact is a whole row; where it has "…", the cell is accounted for otherwise.
    fn declared(&mut self, index: usize, found: &mut [Found]) {
        let block = &self.page.blocks[index];
        for &(fact_index, fact) in &self.facts {
            let used = (fact_index, fact_name(self.page).to_string());
            if let Kind::Cell { column, .. } = block.kind {
                let parts: Vec<&str> = fact.value.split('|').map(str::trim).collect();
                let cells = lines::row(self.page, index);
                let equal = |(part, cell): (&&str, &&Block)| {
                    *part == cell.text.trim()
                        || *part == "…" && cell.text.contains(|c: char| c.is_ascii_digit())
                };
                if cells.len() == parts.len() && parts.iter().zip(&cells).all(equal) && parts[column] != "…"
                {
                    found.iter_mut().for_each(|found| found.result = Some(Ok(Route::Fact)));
                    self.facts_used.insert(used);
                }
                continue;
            }
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
                        let prose = block.run_at(digits.start).is_some_and(|run| run.style == Style::Prose);
                        let route = if prose && small(&found.number) { Route::Exempt } else { Route::Fact };
                        found.result = Some(Ok(route));
                        self.facts_used.insert(used.clone());
                    }
                }
            }
        }
    }

    /// Line numbers, chapter numbers, module numbers.
    fn structure(&self, index: usize, found: &mut [Found]) {
        let block = &self.page.blocks[index];
        // Code that stands so in the program, names and all.
        for (run, code) in block.styled(Style::Code) {
            if code.contains(char::is_alphabetic) && self.course.program.contains(code) {
                for found in found.iter_mut().filter(|found| !small(&found.number)) {
                    let inside = run.range.contains(&found.number.digits.start);
                    if inside && found.result.is_none() {
                        found.result = Some(Ok(Route::Quote));
                    }
                }
            }
        }
        let mut settle = |range: Range<usize>, result: Result<Route, String>| {
            for found in found.iter_mut() {
                let digits = &found.number.digits;
                if digits.start >= range.start && digits.end <= range.end && found.result.is_none() {
                    found.result = Some(result.clone());
                }
            }
        };
        let draft = self.page.path == INDEX && {
            let row = lines::row(self.page, index);
            let mut drafts =
                Chapter::all().filter(|chapter| !self.course.pages.contains_key(&chapter.path()));
            drafts.any(|chapter| {
                let title = self.course.title(chapter);
                title.is_some_and(|title| row.iter().any(|cell| cell.text.contains(title)))
            })
        };
        for mention in lines::mentions(self.page, index) {
            settle(mention.range, Ok(if draft { Route::Draft } else { Route::Line }));
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
                settle(at..at + title.len(), Ok(Route::Chapter));
            }
        }
        for run in &block.runs {
            let Some(link) = run.link.map(|link| &self.page.links[link]) else { continue };
            let Some(chapter) = linked_chapter(self.page, &link.target) else { continue };
            for (at, found) in scan(&link.text, Syntax::Text)
                .into_iter()
                .filter(|number| number.range == number.digits)
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
        for mention in APPENDIX.captures_iter(&prose) {
            let (Some(whole), Some(digits)) = (mention.get(0), mention.get(1)) else { continue };
            let title = Chapter::numbered(whole.as_str()).and_then(|chapter| self.course.title(chapter));
            if title.is_none_or(|title| !prose[whole.start()..].starts_with(title)) {
                settle(digits.range(), Err("the number and title of a chapter of the appendix".to_string()));
            }
        }
        let modules = course::modules(&self.course.summary);
        for mention in MODULE.captures_iter(&prose).filter_map(|found| found.get(1)) {
            for number in scan(mention.as_str(), Syntax::Text) {
                let range = number.digits.start + mention.start()..number.digits.end + mention.start();
                let module: Option<usize> = prose[range.clone()].parse().ok();
                let result = match module.and_then(|module| modules.get(&module)) {
                    Some(title) if prose.contains(title) => Ok(Route::Chapter),
                    Some(title) => Err(format!("the module's title beside its number: {title}")),
                    None => Err("a module that exists".to_string()),
                };
                settle(range, result);
            }
        }
    }

    fn prose(&mut self, index: usize) {
        let page = self.page;
        let block = &page.blocks[index];
        let mut found = self.find(index);
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
                let about = HEDGE.is_match(&block.text[..found.number.range.start]);
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
            if row == 0 && column == 0 {
                let label = page.blocks[at].from.as_deref().unwrap_or("").replace('-', " ");
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
            let source = candidates.iter().find(|source| self.stand_in(&cells, source, |_| false).is_ok())?;
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
            best > 0 && fit(source) == best && self.stand_in(parts, source, free).is_ok()
        };
        let mut nearest: Option<(usize, String, &Source)> = None;
        for source in candidates {
            match self.stand_in(parts, source, free) {
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

    /// Whether the cells stand in this order in the line; else how many do, and what is wrong. A
    /// cell that is text and does not stand there must be `free` to be so.
    fn stand_in(
        &self,
        parts: &Row,
        source: &Source,
        free: impl Fn(usize) -> bool,
    ) -> Result<(), (usize, String)> {
        let mut from = 0;
        let mut matched = 0;
        // Numbers of the line may be left out at its ends only.
        let mut begun = false;
        for (at, found) in parts {
            let cell = &self.page.blocks[*at];
            let open: Vec<&Found> = found.iter().filter(|found| found.result.is_none()).collect();
            let text = plain(&cell.text);
            if open.is_empty() {
                if text.is_empty() {
                    continue;
                }
                if !found.is_empty() && free(*at) {
                    // What is accounted for otherwise may stand there all the same.
                    let next = source.numbers.iter().find(|number| number.range.start >= from);
                    if let Some(next) = next.filter(|next| found[0].number.shows(next, Rounding::Usual)) {
                        from = next.range.end;
                    }
                    continue;
                }
                if let Some(end) = find_words(&source.text[from..], &text) {
                    from += end;
                    matched += 1;
                    begun = true;
                } else if find_words(&source.text, &text).is_some() {
                    return Err((matched, format!("`{text}` stands in another place there")));
                } else if !free(*at) {
                    let why = "it names the row, or its column has numbers";
                    return Err((matched, format!("`{text}` does not stand there, and must: {why}")));
                }
                continue;
            }
            // The name of a row may have a number in it; it is still a name.
            if *at == parts[0].0 && text.contains(char::is_alphabetic) {
                match find_words(&source.text[from..], &text) {
                    Some(end) => {
                        from += end;
                        matched += 1;
                        begun = true;
                        continue;
                    }
                    None if !free(*at) => {
                        return Err((matched, format!("`{text}` names the row and does not stand there")));
                    }
                    None => {}
                }
            }
            for found in open {
                let about = HEDGE.is_match(&cell.text[..found.number.range.start]);
                let rounding = if about { Rounding::About } else { Rounding::Usual };
                let percent = lines::header(self.page, cell)
                    .is_some_and(|header| header.text.contains('%') || header.text.contains("percent"));
                let shows = |number: &Number| {
                    let as_percent = Number { form: Form::Percent, ..found.number.clone() };
                    found.number.shows(number, rounding)
                        || percent && found.number.form == Form::Plain && as_percent.shows(number, rounding)
                };
                let mut following = source.numbers.iter().filter(|number| number.range.start >= from);
                let next = if begun {
                    following.next().filter(|next| shows(next))
                } else {
                    following.find(|next| shows(next))
                };
                let Some(next) = next else {
                    let text = &cell.text[found.number.range.clone()];
                    return Err((matched, format!("{text} does not come next there")));
                };
                from = next.range.end;
                matched += 1;
                begun = true;
            }
        }
        Ok(())
    }

    fn code(&mut self, index: usize) {
        let page = self.page;
        let block = &page.blocks[index];
        // Only pages outside the book may have indented blocks; they are read as drawings.
        let info = block.info().unwrap_or("text");
        match Fence::parse(info) {
            // Quotes and output are compared with their sources, and what is strange is refused.
            Fence::Quote { .. } | Fence::Output(_) | Fence::Strange(_) => {}
            Fence::Rust => self.plain_code(index, &sources::comments(&block.text), Syntax::Text),
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
        self.declared(index, &mut found);
        let context = self.context(index);
        self.settle_all(block, &found, &context, false);
    }

    /// A diagram drawn by hand has no numbers, save declared ones.
    fn diagram(&mut self, index: usize) {
        let block = &self.page.blocks[index];
        let drawn = "a drawing that the example prints: ```mermaid output:LABEL or ```text output:LABEL";
        let mut start = 0;
        for line in block.text.split_inclusive('\n') {
            let range = start..start + line.len();
            start = range.end;
            if DIAGRAM_STYLE.is_match(line) {
                continue;
            }
            let mut found = found_in(block, range, Syntax::Text);
            self.declared(index, &mut found);
            for found in found {
                self.push(block, &found.number, found.result.unwrap_or_else(|| Err(drawn.to_string())));
            }
        }
    }
}

/// The numbers in a part of a block.
fn found_in(block: &Block, range: Range<usize>, syntax: Syntax) -> Vec<Found> {
    scan(&block.text[range.clone()], syntax)
        .into_iter()
        .map(|mut number| {
            for part in [&mut number.range, &mut number.digits] {
                *part = part.start + range.start..part.end + range.start;
            }
            Found { number, result: None, proven: false }
        })
        .collect()
}

/// Whether a number is exempt in prose: a whole one with one digit.
fn small(number: &Number) -> bool {
    number.form == Form::Plain && number.digits.len() == 1
}

/// How many numbers at the beginning of the list stand together: a row of a formula, or numbers
/// with nothing but a comma between them.
fn group(block: &Block, found: &[Found]) -> usize {
    let row = |found: &Found| {
        let at = found.number.digits.start;
        let run = block.run_at(at)?;
        (run.style == Style::Math)
            .then(|| (run.range.start, block.text[run.range.start..at].matches("\\\\").count()))
    };
    let neighbours = found.windows(2).take_while(|pair| {
        let between = block.text.get(pair[0].number.range.end..pair[1].number.range.start);
        match (row(&pair[0]), row(&pair[1])) {
            (None, None) => between.is_some_and(|text| text.trim() == ","),
            (a, b) => a == b,
        }
    });
    1 + neighbours.count()
}

/// Computes the equations of a block. In one that holds, its results and one-digit numbers are
/// accounted for; in one that does not, nothing is.
fn compute(block: &Block, found: &mut [Found]) {
    let mut all = equations(&block.prose(), Syntax::Text);
    for (style, syntax) in [(Style::Code, Syntax::Code), (Style::Math, Syntax::Math)] {
        for (run, text) in block.styled(style) {
            all.extend(equations(text, syntax).into_iter().map(|equation| Equation {
                range: equation.range.start + run.range.start..equation.range.end + run.range.start,
                proven: equation.proven.iter().map(|at| at + run.range.start).collect(),
                ..equation
            }));
        }
    }
    for equation in all {
        for found in found.iter_mut().filter(|found| found.result.is_none()) {
            let digits = &found.number.digits;
            if digits.start < equation.range.start || digits.end > equation.range.end {
                continue;
            }
            // What it proves is the result: the rest went into it, and has to come from somewhere,
            // unless it has one digit.
            let proven = equation.proven.contains(&found.number.range.start);
            let result = block.text[equation.range.start..digits.start].contains(['=', '≈']);
            match equation.holds {
                Ok(()) if proven && (result || small(&found.number)) => {
                    found.result = Some(Ok(Route::Equation));
                }
                Ok(()) => found.proven |= proven,
                Err(value) => {
                    let text = &block.text[equation.range.clone()];
                    found.result =
                        Some(Err(format!("an equation that holds; in `{text}` a side is {value}")));
                }
            }
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

/// The sentence around a part of a block.
fn sentence(block: &Block, part: Range<usize>) -> Range<usize> {
    let prose = block.prose();
    let start = SENTENCE_END.find_iter(&prose[..part.start]).last().map_or(0, |end| end.end());
    let end = SENTENCE_END.find_at(&prose, part.end).map_or(prose.len(), |end| end.start());
    start..end
}

/// The text of a cell or formula as a transcript would have it, without LaTeX marks.
fn plain(text: &str) -> String {
    let text = text.replace("\\cdot", "*").replace("\\dots", "...");
    text.chars().filter(|c| !matches!(c, '\\' | '{' | '}' | '$')).collect::<String>().trim().to_lowercase()
}

/// A formula without the spaces of `2 x`, its powers as `x^2`.
fn tight(formula: &str) -> String {
    let formula = formula.split_whitespace().collect::<Vec<_>>().join(" ");
    FACTOR.replace_all(&POWER.replace_all(&formula, "^"), "$1$2").into_owned()
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
