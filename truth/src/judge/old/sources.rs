//! Where the numbers of a page may come from: the lines of its transcript, the asserts and inputs
//! of its snippets, the constants in the lines of `microgpt.py` that it quotes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::judge::route::Route;
use crate::read::chapter::{Chapter, GLOSSARY};
use crate::read::course::Course;
use crate::read::fence::{Fence, Output};
use crate::read::lines;
use crate::read::number::{Decimal, Form, Number, Rounding, Syntax, scan};
use crate::read::page::Page;
use crate::read::transcript::Transcript;
use crate::read::words::{stands_in, words};

static ASSERT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(?:debug_)?assert(\w*)!\s*\(").unwrap());
static TOLERANCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(epsilon|max_relative)\s*=\s*([^,;)]+)").unwrap());

/// One line of a transcript, one assert, one line of code: numbers that stand together, and the
/// words that name them.
#[derive(Debug, Clone)]
pub struct Source {
    /// By which route its numbers are accounted for.
    pub route: Route,
    /// Where it stands, for messages.
    pub place: String,
    /// Its text.
    pub text: String,
    /// Its numbers.
    pub numbers: Vec<Number>,
    /// Its words, with their weights.
    words: BTreeMap<String, usize>,
    /// The words of the label above it.
    label: BTreeSet<String>,
    /// The words among them that tie a number of it to a text.
    pub names: BTreeSet<String>,
    /// The example and label of the transcript block it belongs to.
    pub block: Option<(String, String)>,
    /// The line of `microgpt.py` that it is.
    pub line: Option<usize>,
    /// How many decimals it proves; `None` for all that it has.
    pub proven: Option<i32>,
}

/// The place of a number with another digit, and which numbers it may not turn into.
type Slip<'a> = (usize, &'a dyn Fn(&Number) -> bool);

impl Source {
    /// How much those of its words weigh that stand in a text.
    pub fn weight(&self, text: &BTreeSet<String>) -> usize {
        let common = self.words.iter().filter(|(word, _)| stands_in(word, text));
        common.map(|(_, weight)| weight).sum()
    }

    /// Whether the numbers of the page may show some of its numbers, in this order.
    pub fn shows(&self, shown: &[(&Number, Rounding)]) -> bool {
        self.fits(shown, None)
    }

    /// Whether it would show the numbers of the page if one of them had another digit. A number
    /// for which `known` holds does not count: the page has it as well.
    pub fn nearly_shows(&self, shown: &[(&Number, Rounding)], known: impl Fn(&Number) -> bool) -> bool {
        (0..shown.len()).any(|slip| {
            let near =
                self.numbers.iter().any(|number| shown[slip].0.is_one_digit_from(number) && !known(number));
            near && self.fits(shown, Some((slip, &known)))
        })
    }

    fn fits(&self, shown: &[(&Number, Rounding)], slip: Option<Slip<'_>>) -> bool {
        let mut numbers = self.numbers.iter();
        shown.iter().enumerate().all(|(at, (number, rounding))| {
            numbers.any(|computed| match slip {
                Some((slip, known)) if slip == at => number.is_one_digit_from(computed) && !known(computed),
                _ => number.shows(computed, *rounding) && self.proves(number),
            })
        })
    }

    /// Whether the digits that a page shows are not more than it proves.
    fn proves(&self, shown: &Number) -> bool {
        let decimals = match shown.form {
            Form::Percent => shown.value.scale() + 2,
            _ => shown.value.scale(),
        };
        self.proven.is_none_or(|proven| decimals <= proven.max(0))
    }
}

/// The sources of a page.
pub struct Sources {
    own: Vec<Source>,
    /// For the glossary: those of each chapter that introduces a term.
    glossary: BTreeMap<Chapter, Vec<Source>>,
}

impl Sources {
    /// Collects them.
    pub fn new(course: &Course, page: &Page) -> Sources {
        let program: Vec<Source> = (1..=course.program.len()).filter_map(|n| code_line(course, n)).collect();
        let mut glossary = BTreeMap::new();
        if page.path == GLOSSARY {
            for chapter in course.glossary.terms.iter().filter_map(|term| term.introduced_in) {
                if let Some(page) = course.pages.get(&chapter.path()) {
                    glossary.entry(chapter).or_insert_with(|| of_page(course, page, &program));
                }
            }
        }
        Sources { own: of_page(course, page, &program), glossary }
    }

    /// The sources of a block. An entry of the glossary has those of the chapter that introduces
    /// its term.
    pub fn of(&self, introduced_in: Option<Chapter>) -> &[Source] {
        introduced_in.and_then(|chapter| self.glossary.get(&chapter)).unwrap_or(&self.own)
    }
}

fn of_page(course: &Course, page: &Page, program: &[Source]) -> Vec<Source> {
    let own = course.example_of(page);
    let is_lesson = Chapter::at(&page.path).is_some_and(Chapter::is_lesson);
    let mut sources = Vec::new();
    if let Some(transcript) = course.transcripts.get(&own) {
        of_transcript(transcript, |_| true, &mut sources);
    }
    if !is_lesson && let Some(transcript) = course.transcripts.get("microgpt") {
        of_transcript(transcript, |_| true, &mut sources);
    }
    // Blocks of other transcripts that the page shows or is bound to.
    for block in &page.blocks {
        let shown = match block.info().map(Fence::parse) {
            Some(Fence::Output(output)) => Some(output),
            _ => block.from.as_deref().and_then(Output::parse),
        };
        if let Some(Output { example: Some(example), label, .. }) = shown
            && example != own
            && let Some(transcript) = course.transcripts.get(&example)
        {
            of_transcript(transcript, |found| found == label, &mut sources);
        }
        if block.info().map(Fence::parse) == Some(Fence::Rust) {
            let line = page.line(block.source(0));
            of_snippet(&block.text, &format!("{}:{line}", page.path), &mut sources);
        }
    }
    let quoted = lines::single_lines(&lines::quoted(page));
    sources.extend(
        program
            .iter()
            .filter(|source| !is_lesson || source.line.is_some_and(|line| quoted.contains(&line)))
            .cloned(),
    );
    weigh(&mut sources);
    sources
}

fn unweighed<'a>(words: impl IntoIterator<Item = &'a String>) -> BTreeMap<String, usize> {
    words.into_iter().map(|word| (word.clone(), 0)).collect()
}

/// Gives each word its weight: the fewer sources have it, the more. A word that only the label has
/// weighs less, for it does not tell the lines below it apart.
fn weigh(sources: &mut [Source]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources.iter_mut() {
        for word in &source.label {
            source.words.entry(word.clone()).or_insert(1);
        }
        for word in source.words.keys() {
            *counts.entry(word.clone()).or_default() += 1;
        }
    }
    let all = sources.len() as f64;
    for (word, weight) in sources.iter_mut().flat_map(|source| &mut source.words) {
        let rarity = 1 + (40.0 * (all / counts[word] as f64).ln()) as usize;
        *weight = if *weight == 1 { rarity / 4 } else { rarity };
    }
}

fn of_transcript(transcript: &Transcript, wanted: impl Fn(&str) -> bool, sources: &mut Vec<Source>) {
    for block in transcript.blocks.iter().filter(|block| wanted(&block.label)) {
        let lines: Vec<_> = block.lines.iter().map(|line| words(line, true)).collect();
        let label = words(&block.label, true);
        for (index, text) in block.lines.iter().enumerate() {
            // A word that stands on most lines of a block does not tell them apart.
            let mut names = lines[index].clone();
            if block.lines.len() > 2 {
                names.retain(|word| {
                    2 * lines.iter().filter(|line| line.contains(word)).count() <= block.lines.len()
                });
            } else {
                names.extend(label.iter().cloned());
            }
            if names.is_empty() {
                names = lines[index].union(&label).cloned().collect();
            }
            sources.push(Source {
                route: Route::Transcript,
                place: format!("examples/{}.txt:{}", transcript.name, block.line + index),
                text: text.clone(),
                numbers: expanded(scan(text, Syntax::Text)),
                words: unweighed(&lines[index]),
                label: label.clone(),
                names,
                block: Some((transcript.name.clone(), block.label.clone())),
                line: None,
                proven: None,
            });
        }
    }
}

/// The numbers with numerator and denominator of a fraction beside it.
fn expanded(numbers: Vec<Number>) -> Vec<Number> {
    let plain = |value: &Decimal, number: &Number| Number {
        value: value.clone(),
        form: Form::Plain,
        ..number.clone()
    };
    numbers
        .into_iter()
        .flat_map(|number| match &number.form {
            Form::Fraction(denominator) => {
                let parts = [plain(&number.value, &number), plain(denominator, &number)];
                std::iter::once(number).chain(parts).collect()
            }
            _ => vec![number],
        })
        .collect()
}

fn code_line(course: &Course, number: usize) -> Option<Source> {
    let text = course.program.line(number)?;
    let code = text.split(" #").next().unwrap_or("");
    let numbers = if course.program.is_code(number) { scan(code, Syntax::Code) } else { Vec::new() };
    (!numbers.is_empty()).then(|| Source {
        route: Route::Quote,
        place: format!("microgpt.py:{number}"),
        text: text.to_string(),
        numbers,
        words: unweighed(course.program.words(number)),
        label: BTreeSet::new(),
        names: course.program.words(number).clone(),
        block: None,
        line: Some(number),
        proven: None,
    })
}

/// The asserts of a snippet, one source each, and its other lines.
fn of_snippet(text: &str, place: &str, sources: &mut Vec<Source>) {
    let parts = parts(text);
    let code = masked(text, &parts, &[Part::Code, Part::String]);
    let bare = masked(text, &parts, &[Part::Code]);
    let mut rest = bare.clone();
    for found in ASSERT.captures_iter(&bare) {
        let Some(whole) = found.get(0) else { continue };
        let end = closing(&bare, whole.end() - 1);
        rest.replace_range(whole.start()..end, &" ".repeat(end - whole.start()));
        if &found[1] == "_ne" {
            continue;
        }
        let mut statement = code[whole.start()..end].to_string();
        let numbers = scan(&statement, Syntax::Code);
        let mut proven: Option<i32> = None;
        for tolerance in TOLERANCE.captures_iter(&statement.clone()) {
            let (Some(whole), Some(value)) =
                (tolerance.get(0), scan(&tolerance[2], Syntax::Code).first().map(|n| n.value.to_f64()))
            else {
                continue;
            };
            let size = match &tolerance[1] {
                "epsilon" => 1.0,
                _ => numbers.iter().map(|n| n.value.to_f64().abs()).fold(1.0, f64::max),
            };
            // The last digit is right when the tolerance is half a unit of it.
            let digits = (-(2.0 * value * size).log10() + 1e-9).floor();
            if digits.is_finite() {
                let digits = digits as i32;
                proven = Some(proven.map_or(digits, |proven| proven.min(digits)));
            }
            statement.replace_range(whole.range(), &" ".repeat(whole.len()));
        }
        sources.push(Source {
            route: Route::Assert,
            place: place.to_string(),
            numbers: expanded(scan(&statement, Syntax::Code)),
            words: unweighed(&words(&statement, true)),
            label: BTreeSet::new(),
            names: words(&statement, true),
            text: statement,
            block: None,
            line: None,
            proven,
        });
    }
    for line in rest.lines() {
        let numbers = scan(line, Syntax::Code);
        if !numbers.is_empty() {
            sources.push(Source {
                route: Route::Input,
                place: place.to_string(),
                text: line.to_string(),
                numbers,
                words: unweighed(&words(line, true)),
                label: BTreeSet::new(),
                names: words(line, true),
                block: None,
                line: None,
                proven: None,
            });
        }
    }
}

/// The offset behind the bracket that closes the one at `open`.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, c) in code[open..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + at + c.len_utf8();
        }
    }
    code.len()
}

/// What a stretch of Rust is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    String,
    Comment,
}

/// The comments of a snippet: nothing checks them but the number check.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    parts(text).into_iter().filter(|(part, _)| *part == Part::Comment).map(|(_, range)| range).collect()
}

/// The text with everything but the wanted parts blanked out.
fn masked(text: &str, parts: &[(Part, Range<usize>)], wanted: &[Part]) -> String {
    let mut masked = String::with_capacity(text.len());
    for (part, range) in parts {
        let text = &text[range.clone()];
        if wanted.contains(part) {
            masked.push_str(text);
        } else {
            masked.extend(text.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
        }
    }
    masked
}

/// Splits Rust into code, strings and comments.
fn parts(text: &str) -> Vec<(Part, Range<usize>)> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let (part, length) = if rest.starts_with("//") {
            (Part::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (Part::Comment, rest.find("*/").map_or(rest.len(), |end| end + 2))
        } else if rest.starts_with('"') {
            (Part::String, string_length(rest))
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            (Part::String, raw.find("\"#").map_or(rest.len(), |end| end + 5))
        } else if rest.starts_with("'\"'") {
            (Part::String, 3)
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if start < at {
            parts.push((Part::Code, start..at));
        }
        parts.push((part, at..at + length));
        at += length;
        start = at;
    }
    if start < at {
        parts.push((Part::Code, start..at));
    }
    parts
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_proves_what_it_asserts() {
        let mut sources = Vec::new();
        of_snippet(
            "let x = 0.5; // not 0.7\nassert_eq!(names.len(), 11_271);\nassert_ne!(x, 0.9);\n\
             assert_abs_diff_eq!(f(x), 0.1234, epsilon = 1e-3);\nassert_eq!(s, \"(0.25)\");",
            "p",
            &mut sources,
        );
        let shown = |text: &str| {
            let number = &scan(text, Syntax::Text)[0];
            sources
                .iter()
                .find(|source| source.shows(&[(number, Rounding::Usual)]))
                .map(|source| source.route)
        };
        assert_eq!(shown("11,271"), Some(Route::Assert));
        assert_eq!(shown("0.25"), Some(Route::Assert));
        assert_eq!(shown("0.12"), Some(Route::Assert));
        assert_eq!(shown("0.5"), Some(Route::Input));
        // Not proven by a tolerance of 1e-3, only in a comment, and asserted to be wrong.
        for unproven in ["0.1234", "0.001", "0.7", "0.9"] {
            assert_eq!(shown(unproven), None, "{unproven}");
        }
    }
}
