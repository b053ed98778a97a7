//! A literal is not a computation: what an example prints as a result, it computes.
//!
//! In a string of an example, a result (what stands behind `:`, `->` or the `=` of an equation, up to the end of the
//! line) is a `{}`. Any other number there names something, and the program works with what it names: the number is
//! a term of an equation that a `{}` completes, a number of the same function or of a constant, one of microgpt.py,
//! or, if it is whole or such a result is computed from it, one that the example prints as a value. One digit alone
//! is free, as in prose.
//!
//! Equations in transcripts are computed like those in prose.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use regex::Regex;

use crate::problem::{Problem, Report};
use crate::read::course::Course;
use crate::read::equations::equations;
use crate::read::number::{Form, Number, Rounding, Syntax, scan};
use crate::read::transcript::Transcript;

/// What stands for a value in a string: no digit, no letter, no sign of an equation.
pub const HOLE: char = '\u{1}';

/// A place for a value, or a doubled brace.
static PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{\{|\}\}|\{[^{}]*\}").unwrap());
/// What a line announces as its results: numbers up to its end, or to "...", behind a colon, an arrow, or the equals sign of an
/// equation; or one alone in the last column.
static RESULT: LazyLock<Regex> = LazyLock::new(|| {
    let digits = r"-?\d(?:[\d.,/e%-]*[\d%])?";
    let number = format!(r"[\[(]*(?:{digits}|{HOLE})[\])]*(?: ?%)?[ ,]*");
    Regex::new(&format!(
        r"(?:(?:: +|-> *|[\d={HOLE}][^=≈,]* [=≈] *)(?:{number})+(?:\.\.\.)?|^\D* {{2,}}{digits})$"
    ))
    .unwrap()
});
/// Lessons, and lines of microgpt.py: behind the word, or as the string's first word.
static MENTION: LazyLock<Regex> = LazyLock::new(|| {
    let lines = r"\d+(?:[-–]\d+)?";
    Regex::new(&format!(
        r"\blesson \d\.\d\b|\blines? {lines}(?:(?:, | and ){lines})*|^\d{{3}}(?:-\d{{3}})?(?: |$)"
    ))
    .unwrap()
});

/// The sources of the examples, by name.
pub type Sources = BTreeMap<String, String>;

/// Reads the sources of the examples that have a transcript.
///
/// # Errors
///
/// When one cannot be read.
pub fn sources(course: &Course) -> anyhow::Result<Sources> {
    let names = course.transcripts.keys().map(|name| (name, course.root.join(format!("examples/{name}.rs"))));
    names
        .filter(|(_, path)| path.is_file())
        .map(|(name, path)| Ok((name.clone(), fs_err::read_to_string(path)?)))
        .collect()
}

/// Checks the strings of the examples and the equations of the transcripts.
pub fn check(course: &Course, sources: &Sources) -> Report {
    let mut report = Report::default();
    let mut numbers = 0;
    for (name, source) in sources {
        for string in strings(course, name, source) {
            numbers += string.numbers.len();
            report.problems.extend(string.problems(name));
        }
    }
    let mut computed = 0;
    for transcript in course.transcripts.values() {
        let (count, problems) = check_equations(transcript);
        computed += count;
        report.problems.extend(problems);
    }
    report.note(format!("{numbers} numbers in strings of the examples, {computed} equations in transcripts"));
    report
}

/// Computes the equations of a transcript: how many there are, and which do not hold.
pub fn check_equations(transcript: &Transcript) -> (usize, Vec<Problem>) {
    let mut count = 0;
    let mut problems = Vec::new();
    for (index, line) in transcript.text.lines().enumerate() {
        for equation in equations(line, Syntax::Code) {
            count += 1;
            let Err(value) = equation.holds else { continue };
            problems.push(Problem {
                file: format!("examples/{}.txt", transcript.name),
                line: index + 1,
                found: line[equation.range].to_string(),
                wanted: format!("both sides equal; one is {value:.6}"),
            });
        }
    }
    (count, problems)
}

/// A line of a string of an example.
#[derive(Debug)]
pub struct Text {
    /// What it says.
    pub template: Template,
    /// Its numbers, and whether each is accounted for.
    pub numbers: Vec<(Number, Result<(), Refusal>)>,
}

/// Why a number may not stand in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is a result.
    Result,
    /// The program does not have it.
    Unknown,
}

impl Text {
    /// What is wrong with them.
    pub fn problems(&self, name: &str) -> impl Iterator<Item = Problem> {
        self.numbers.iter().filter_map(move |(number, accounted)| {
            let wanted = match accounted.err()? {
                Refusal::Result => "{}, and a value: compute what is printed as a result",
                Refusal::Unknown => {
                    "a number that the function has as well, or prints as a value: print it with {}, or compute with it"
                }
            };
            Some(Problem {
                file: format!("examples/{name}.rs"),
                line: self.template.literal.line,
                found: format!(
                    "{} in \"{}\"",
                    &self.template.text[number.range.clone()],
                    self.template.text.replace(HOLE, "{}")
                ),
                wanted: wanted.to_string(),
            })
        })
    }
}

/// The strings of an example that have numbers, each with what accounts for them.
pub fn strings(course: &Course, name: &str, source: &str) -> Vec<Text> {
    let reader = Reader::of(source);
    let program: Vec<Number> = (1..=course.program.len())
        .filter_map(|line| course.program.line(line))
        .flat_map(|line| scan(line, Syntax::Code))
        .collect();
    let templates: Vec<Template> = reader.literals.iter().flat_map(Template::all).collect();
    let transcript = course.transcripts.get(name);
    let lines: Vec<&str> = transcript.map_or("", |transcript| &transcript.text).lines().collect();
    let values: Vec<Number> = lines.iter().flat_map(|line| values(line, &templates)).collect();
    let accounted = |template: &Template, number: &Number| {
        let whole = number.value.is_whole() && matches!(number.form, Form::Plain);
        let values = if whole || template.is_operand(&number.range) { &values[..] } else { &[] };
        let code =
            reader.numbers.iter().filter(|(function, _)| [0, template.literal.function].contains(function));
        let known: Vec<&Number> = code.map(|(_, number)| number).chain(values).chain(&program).collect();
        if template.is_result(&number.range) {
            Err(Refusal::Result)
        } else if has(&known, number)
            || known.iter().any(|other| number.shows(other, Rounding::Careful))
            || lines.iter().any(|line| template.completes(line, number.range.start))
        {
            Ok(())
        } else {
            Err(Refusal::Unknown)
        }
    };
    let text = |template: Template| {
        let numbers = template.numbers().into_iter().map(|number| (accounted(&template, &number), number));
        Text { numbers: numbers.map(|(accounted, number)| (number, accounted)).collect(), template }
    };
    templates.into_iter().map(text).filter(|text| !text.numbers.is_empty()).collect()
}

/// Whether one of the numbers known to the program is this one but for its sign, which may be an
/// operator, and the way it is written. A fraction is known when its two numbers are.
fn has(known: &[&Number], number: &Number) -> bool {
    let size = |value: f64| {
        let same = |other: &&Number| {
            matches!(other.form, Form::Plain | Form::Scientific) && other.value.to_f64().abs() == value
        };
        (value < 10.0 && value.fract() == 0.0) || known.iter().any(same)
    };
    let value = number.value.to_f64().abs();
    match &number.form {
        Form::Fraction(denominator) => size(value) && size(denominator.to_f64().abs()),
        Form::Percent => size(value / 100.0),
        Form::Plain | Form::Scientific => size(value),
        Form::Label => false,
    }
}

/// A string literal of an example.
#[derive(Debug, Clone)]
pub struct Literal {
    /// Line of the source.
    pub line: usize,
    /// Where it stands in the source.
    pub range: Range<usize>,
    /// In which function, counted from 1; 0 outside of all.
    function: usize,
    /// What it says.
    pub value: String,
    /// Whether it is the argument of a macro that formats.
    formatted: bool,
    /// Whether that macro prints.
    printed: bool,
}

/// What is found in a source: its strings and its numbers.
#[derive(Debug, Default)]
struct Reader {
    functions: usize,
    literals: Vec<Literal>,
    numbers: Vec<(usize, Number)>,
}

impl Reader {
    /// Reads a source.
    fn of(source: &str) -> Reader {
        let mut reader = Reader::default();
        reader.read(source.parse().unwrap_or_default(), 0, None);
        reader
    }

    /// Reads tokens of a function, inside of a macro if there is one.
    fn read(&mut self, tokens: TokenStream, function: usize, within: Option<&str>) {
        let mut own = function;
        let mut before = [String::new(), String::new()];
        for (at, token) in tokens.into_iter().enumerate() {
            match &token {
                TokenTree::Group(group) => {
                    let attribute = group.delimiter() == Delimiter::Bracket
                        && (before[1] == "#" || before == ["#", "!"].map(String::from));
                    if !attribute {
                        let name = (before[1] == "!").then_some(before[0].as_str());
                        self.read(group.stream(), own, name);
                    }
                    if group.delimiter() == Delimiter::Brace {
                        own = function;
                    }
                }
                TokenTree::Ident(word) if word == "fn" => {
                    self.functions += 1;
                    own = self.functions;
                }
                TokenTree::Literal(literal) => {
                    let written = literal.to_string();
                    if let Ok(string) = syn::parse_str::<syn::LitStr>(&written) {
                        let formats = ["print", "println", "format", "write", "writeln"];
                        let formatted = within.is_some_and(|name| formats.contains(&name)) && at <= 2;
                        let printed = within.is_some_and(|name| name != "format");
                        self.literals.push(Literal {
                            line: literal.span().start().line,
                            range: literal.span().byte_range(),
                            function: own,
                            value: string.value(),
                            formatted,
                            printed: formatted && printed,
                        });
                    } else {
                        let sign = if before[1] == "-" { "-" } else { "" };
                        let numbers = scan(&format!("{sign}{written}"), Syntax::Code);
                        self.numbers.extend(numbers.into_iter().map(|number| (own, number)));
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
            before.rotate_left(1);
            before[1] = token.to_string();
        }
    }
}

/// One line of a string.
#[derive(Debug)]
pub struct Template {
    /// The string.
    pub literal: Literal,
    /// Which line of it this is, counted from 0.
    pub line: usize,
    /// What it says, with a `HOLE` for each value.
    pub text: String,
}

impl Template {
    /// The lines of the strings of a source.
    pub fn of(source: &str) -> Vec<Template> {
        Reader::of(source).literals.iter().flat_map(Template::all).collect()
    }

    fn all(literal: &Literal) -> impl Iterator<Item = Template> {
        let template = move |(line, written): (usize, &str)| {
            let mut text = written.to_string();
            for (range, sign) in Template::places(literal, written).into_iter().rev() {
                text.replace_range(range, sign.encode_utf8(&mut [0; 4]));
            }
            Template { literal: literal.clone(), line, text }
        };
        literal.value.split('\n').enumerate().filter(|_| !literal.value.is_empty()).map(template)
    }

    /// The places for values in a line of a string, and its doubled braces: where they stand, and what stands for
    /// them in the text.
    pub fn places(literal: &Literal, written: &str) -> Vec<(Range<usize>, char)> {
        let place = |found: regex::Match<'_>| match found.as_str() {
            "{{" => (found.range(), '{'),
            "}}" => (found.range(), '}'),
            _ => (found.range(), HOLE),
        };
        if literal.formatted { PLACE.find_iter(written).map(place).collect() } else { Vec::new() }
    }

    /// The numbers that must be accounted for.
    pub fn numbers(&self) -> Vec<Number> {
        let heading = self.text.starts_with("--- ");
        let mentions: Vec<Range<usize>> = MENTION.find_iter(&self.text).map(|found| found.range()).collect();
        let free = |number: &Number| mentions.iter().any(|mention| mention.contains(&number.range.start));
        let numbers = if heading { Vec::new() } else { scan(&self.text, Syntax::Code) };
        numbers.into_iter().filter(|number| !free(number)).collect()
    }

    /// Whether a number is a result: of an equation that has no place for a value, or what is announced
    /// at the end of the line.
    fn is_result(&self, number: &Range<usize>) -> bool {
        let last_side = |range: Range<usize>| {
            let sides = self.text[range.clone()].rfind(['=', '≈']).map_or(range.end, |at| range.start + at);
            let numbers = scan(&self.text[sides..range.end], Syntax::Code);
            (sides..range.end).contains(&number.start) && numbers.len() == 1
        };
        let announced = || {
            let found = RESULT.find(&self.text);
            // Of an equation the result stands behind the sign.
            found.is_some_and(|found| {
                let sign = found.as_str().rfind(['=', '≈']).unwrap_or(0);
                (found.start() + sign..found.end()).contains(&number.start)
            })
        };
        equations(&self.text, Syntax::Code).into_iter().any(|found| last_side(found.range))
            || self.literal.printed && announced()
    }

    /// Whether a number is a term of what a value is equal to.
    fn is_operand(&self, number: &Range<usize>) -> bool {
        let behind = self.text[number.end..].split_once(['=', '≈']);
        behind.is_some_and(|(_, result)| result.trim_start().starts_with(HOLE))
    }

    /// Where a line of a transcript has it: its beginning, then its values. What is printed as it is, is the whole
    /// line.
    pub fn find(&self, line: &str) -> Option<Vec<Range<usize>>> {
        if !self.text.contains(|c: char| c != HOLE && !c.is_whitespace()) {
            return None;
        }
        let whole = self.literal.printed;
        let mut pieces = self.text.split(HOLE).peekable();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(piece) = pieces.next() {
            let end = match (found.is_empty(), pieces.peek().is_none()) {
                (true, _) if whole => line.starts_with(piece).then_some(0)?,
                (false, true) if whole => line.strip_suffix(piece)?.len(),
                _ => at + line[at..].find(piece)?,
            };
            found.push(if found.is_empty() { end..end } else { line.get(at..end).map(|_| at..end)? });
            at = end + piece.len();
        }
        (!whole || at == line.len()).then_some(found)
    }

    /// Where in a line of a transcript, in which it was found, the part of the text at `at` stands.
    pub fn place(&self, found: &[Range<usize>], at: usize) -> usize {
        let before = &self.text[..at];
        let piece = before.rfind(HOLE).map_or(0, |hole| hole + HOLE.len_utf8());
        found[before.matches(HOLE).count()].end + at - piece
    }

    /// Whether a line of the transcript has the number at `at` as a term of an equation with a value.
    fn completes(&self, line: &str, at: usize) -> bool {
        let Some(found) = self.find(line) else { return false };
        let place = self.place(&found, at);
        equations(line, Syntax::Code).iter().any(|equation| {
            let within = |value: &Range<usize>| equation.range.contains(&value.start) && !value.is_empty();
            equation.proven.contains(&place) && found[1..].iter().any(within)
        })
    }
}

/// The numbers of a line of a transcript that no string of the source holds.
fn values(line: &str, templates: &[Template]) -> Vec<Number> {
    let best = templates
        .iter()
        .filter(|template| template.literal.printed)
        .filter_map(|template| Some((template, template.find(line)?)))
        .max_by_key(|(template, _)| template.text.len());
    let Some((_, found)) = best else { return Vec::new() };
    let digits = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    let typed: Vec<&str> = templates
        .iter()
        .filter(|template| !template.literal.printed)
        .flat_map(|template| template.text.split(HOLE))
        .filter(|piece| digits(piece))
        .collect();
    found[1..]
        .iter()
        .map(|value| &line[value.clone()])
        .flat_map(|value| {
            let masked = typed.iter().fold(value.to_string(), |value, piece| {
                if value.contains(piece) && (piece.len() > 2 || value.trim() == *piece) {
                    value.replace(piece, " ")
                } else {
                    value
                }
            });
            scan(&masked, Syntax::Text)
        })
        .collect()
}
