//! Numbers that are what they are without any program: declared facts, numbers of lines and chapters, what
//! the project counts, quoted code, equations.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::judge::route::Route;
use crate::read::address::linked_chapter;
use crate::read::chapter::Chapter;
use crate::read::course::{self, Course, Fact};
use crate::read::equations::{Equation, equations};
use crate::read::lines;
use crate::read::number::{Form, Number, Syntax, scan};
use crate::read::page::{Block, Kind, Page, Run, Style};

static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^[\s\u{a0}-](?:rust |given |checked )?(chapter|lesson|line|parameter|name|snippet|number|step|term)s?\b")
        .unwrap()
});
static LESSON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\blessons?\s+(\d\.\d(?:(?:,\s+|\s+and\s+|\s+or\s+|\s+to\s+|–)\d\.\d)*)").unwrap()
});
static MODULE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bmodules?\s+(\d\d?(?:(?:,\s+|\s+and\s+|\s+or\s+|\s+to\s+|–)\d\d?)*)").unwrap()
});
static APPENDIX: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bA\.(\d+)\b").unwrap());
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

/// A number in a block, in the block's own offsets.
#[derive(Clone)]
pub struct Found {
    /// The number itself.
    pub number: Number,
    /// What became of it, if that is settled.
    pub result: Option<Result<Route, String>>,
    /// Whether an equation that holds would not hold with another digit here.
    pub proven: bool,
}

/// The declared numbers of a page.
pub struct Declared<'a> {
    course: &'a Course,
    page: &'a Page,
    counts: &'a BTreeMap<&'static str, usize>,
    named: Vec<(usize, &'a Fact)>,
    /// The facts that were found on the page, by their place in the list.
    pub facts_used: BTreeSet<usize>,
}

impl<'a> Declared<'a> {
    /// Begins with a page.
    pub fn new(
        course: &'a Course,
        page: &'a Page,
        counts: &'a BTreeMap<&'static str, usize>,
    ) -> Declared<'a> {
        let name = fact_name(page);
        let facts = course.facts.iter().enumerate();
        let named = facts.filter(|(_, fact)| fact.chapters.iter().any(|chapter| chapter == name)).collect();
        Declared { course, page, counts, named, facts_used: BTreeSet::new() }
    }

    /// The numbers of a block, those that are structure or declared already accounted for.
    pub fn find(&mut self, index: usize) -> Vec<Found> {
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
            found.extend(found_in(block, range, syntax));
            start = end;
        }
        if !found.is_empty() {
            self.facts(index, &mut found);
            self.structure(index, &mut found);
        }
        found
    }

    /// Facts: the text of the fact stands there, with nothing that would make it another number. In a
    /// table, a fact is a whole row; where it has "…", the cell is accounted for otherwise.
    pub fn facts(&mut self, index: usize, found: &mut [Found]) {
        let block = &self.page.blocks[index];
        for &(fact_index, fact) in &self.named {
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
                    self.facts_used.insert(fact_index);
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
                        self.facts_used.insert(fact_index);
                    }
                }
            }
        }
    }

    /// Line numbers, chapter numbers, module numbers.
    pub fn structure(&self, index: usize, found: &mut [Found]) {
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
        for mention in lines::mentions(self.page, index) {
            settle(mention.range, Ok(Route::Line));
        }
        // What is counted in this project; in a lesson only the lines of the program are.
        let lesson = Chapter::at(&self.page.path).is_some_and(Chapter::is_lesson);
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

    /// The numbers of a diagram: drawn by hand it has none, save declared ones.
    pub fn diagram(&mut self, index: usize) -> Vec<Found> {
        let block = &self.page.blocks[index];
        let drawn = "a drawing that the example prints: ```mermaid output:LABEL or ```text output:LABEL";
        let mut all = Vec::new();
        let mut start = 0;
        for line in block.text.split_inclusive('\n') {
            let range = start..start + line.len();
            start = range.end;
            if !DIAGRAM_STYLE.is_match(line) {
                let mut found = found_in(block, range, Syntax::Text);
                self.facts(index, &mut found);
                all.extend(found);
            }
        }
        for found in all.iter_mut().filter(|found| found.result.is_none()) {
            found.result = Some(Err(drawn.to_string()));
        }
        all
    }
}

impl Accounted {
    /// What became of a number of a block.
    pub fn new(block: &Block, number: &Number, result: Result<Route, String>) -> Accounted {
        let source = |range: &Range<usize>| {
            let start = block.source(range.start);
            start..start + range.len()
        };
        Accounted { range: source(&number.range), digits: source(&number.digits), result }
    }
}

/// How facts.toml calls a page.
pub fn fact_name(page: &Page) -> &str {
    let path = page.path.strip_prefix("course/").unwrap_or(&page.path);
    path.strip_suffix(".md").unwrap_or(path)
}

/// The numbers in a part of a block.
pub fn found_in(block: &Block, range: Range<usize>, syntax: Syntax) -> Vec<Found> {
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
pub fn small(number: &Number) -> bool {
    number.form == Form::Plain && number.digits.len() == 1
}

/// How many numbers at the beginning of the list stand together: a row of a formula, or numbers
/// with nothing but a comma between them.
pub fn group(block: &Block, found: &[Found]) -> usize {
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
pub fn compute(block: &Block, found: &mut [Found]) {
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
