//! A literal is not a computation: what an example prints as a result, it computes.
//!
//! In a string of an example, a result (what stands behind `:`, `->` or the last `=`) is a `{}`. Any
//! other number there names something, and the program works with what it names: the number is a term
//! of an equation that a `{}` completes, a number of the same function or of a constant, one that the
//! example prints as a value, or one of microgpt.py. One digit alone is free, as in prose.
//!
//! Equations in transcripts are computed like those in prose.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use regex::Regex;

use crate::problem::{Error, Problem, Report};
use crate::read::course::Course;
use crate::read::equations::equations;
use crate::read::number::{Form, Number, Rounding, Syntax, scan};
use crate::read::transcript::Transcript;

/// What stands for a value in a string: no digit, no letter, no sign of an equation.
const HOLE: char = '\u{1}';

/// A place for a value, or a doubled brace.
static PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{\{|\}\}|\{[^{}]*\}").unwrap());
/// A result without a place for a value: behind a colon or an arrow, or alone in the last column.
static RESULT: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"[\[(]?-?\d[\d.,/e%-]*[\])]?[ ,]*";
    Regex::new(&format!(r"(?:(?:: +|-> *)(?:{number})+|^\D* {{2,}}-?\d[\d.,/e%-]*)$")).unwrap()
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
pub fn sources(course: &Course) -> Result<Sources, Error> {
    let names = course.transcripts.keys().map(|name| (name, course.root.join(format!("examples/{name}.rs"))));
    names
        .filter(|(_, path)| path.is_file())
        .map(|(name, path)| Ok((name.clone(), std::fs::read_to_string(&path).map_err(Error::io(&path))?)))
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
                expected: format!("both sides equal; one is {value:.6}"),
                fix: format!("correct the string in examples/{}.rs", transcript.name),
            });
        }
    }
    (count, problems)
}

/// A string of an example.
#[derive(Debug)]
pub struct Text {
    /// Line of the source.
    pub line: usize,
    /// What it says, with a `HOLE` for each value.
    pub text: String,
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
    fn problems(&self, name: &str) -> impl Iterator<Item = Problem> {
        self.numbers.iter().filter_map(move |(number, accounted)| {
            let (expected, fix) = match accounted.err()? {
                Refusal::Result => ("{}, and a value", "compute what is printed as a result"),
                Refusal::Unknown => (
                    "a number that the function has as well, as a number or a value it prints",
                    "print it with {}, or compute with it there",
                ),
            };
            Some(Problem {
                file: format!("examples/{name}.rs"),
                line: self.line,
                found: format!(
                    "{} in \"{}\"",
                    &self.text[number.range.clone()],
                    self.text.replace(HOLE, "{}")
                ),
                expected: expected.to_string(),
                fix: fix.to_string(),
            })
        })
    }
}

/// The strings of an example that have numbers, each with what accounts for them.
pub fn strings(course: &Course, name: &str, source: &str) -> Vec<Text> {
    let Ok(tokens) = source.parse::<TokenStream>() else { return Vec::new() };
    let mut reader = Reader::default();
    reader.read(tokens, 0, None);
    let program: Vec<Number> = (1..=course.program.len())
        .filter_map(|line| course.program.line(line))
        .flat_map(|line| scan(line, Syntax::Code))
        .collect();
    let templates: Vec<Template> = reader.literals.iter().flat_map(Template::all).collect();
    let transcript = course.transcripts.get(name);
    let lines: Vec<&str> = transcript.map_or("", |transcript| &transcript.text).lines().collect();
    let values: Vec<Number> = lines.iter().flat_map(|line| values(line, &templates)).collect();
    let completed = |template: &Template, number: &Number| {
        lines.iter().any(|line| template.completes(line, number.range.start))
    };
    let mut texts = Vec::new();
    for template in templates {
        let code = reader.numbers.iter().filter(|(function, _)| [0, template.function].contains(function));
        let known: Vec<&Number> = code.map(|(_, number)| number).chain(&values).chain(&program).collect();
        let numbers: Vec<(Number, Result<(), Refusal>)> = template
            .numbers()
            .into_iter()
            .map(|number| {
                let shown = |other: &&Number| number.shows(other, Rounding::Careful);
                let accounted = if template.is_result(&number.range) {
                    Err(Refusal::Result)
                } else if has(&known, &number) || known.iter().any(shown) || completed(&template, &number) {
                    Ok(())
                } else {
                    Err(Refusal::Unknown)
                };
                (number, accounted)
            })
            .collect();
        if !numbers.is_empty() {
            texts.push(Text { line: template.line, text: template.text, numbers });
        }
    }
    texts
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

/// A string literal as it stands in the source.
#[derive(Debug)]
struct Literal {
    line: usize,
    /// In which function, counted from 1; 0 outside of all.
    function: usize,
    value: String,
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
struct Template {
    line: usize,
    function: usize,
    printed: bool,
    formatted: bool,
    text: String,
    pattern: Option<Regex>,
}

impl Template {
    fn all(literal: &Literal) -> Vec<Template> {
        let text = if literal.formatted {
            let sign = |captures: &regex::Captures<'_>| match &captures[0] {
                "{{" => "{".to_string(),
                "}}" => "}".to_string(),
                _ => HOLE.to_string(),
            };
            PLACE.replace_all(&literal.value, sign).into_owned()
        } else {
            literal.value.clone()
        };
        let template = |text: &str| {
            let pieces: Vec<String> =
                text.split(HOLE).map(|piece| format!("({})", regex::escape(piece))).collect();
            let pattern = pieces.join("(.*?)");
            let pattern = if literal.printed { format!("^{pattern}$") } else { pattern };
            let any = text.chars().any(|c| c != HOLE && !c.is_whitespace());
            Template {
                line: literal.line,
                function: literal.function,
                printed: literal.printed,
                formatted: literal.formatted,
                text: text.to_string(),
                pattern: any.then(|| Regex::new(&pattern).ok()).flatten(),
            }
        };
        literal.value.is_empty().then(Vec::new).unwrap_or_else(|| text.split('\n').map(template).collect())
    }

    fn numbers(&self) -> Vec<Number> {
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
        let announced = || RESULT.find(&self.text).is_some_and(|found| found.range().contains(&number.start));
        equations(&self.text, Syntax::Code).into_iter().any(|found| last_side(found.range))
            || self.printed && announced()
    }

    /// Whether a line of the transcript has the number at `at` as a term of an equation with a value.
    fn completes(&self, line: &str, at: usize) -> bool {
        let Some(found) = self.pattern.as_ref().and_then(|pattern| pattern.captures(line)) else {
            return false;
        };
        // Odd groups are pieces of the string, even ones values.
        let mut start = 0;
        let mut place = None;
        for (index, piece) in self.text.split(HOLE).enumerate() {
            if (start..start + piece.len()).contains(&at) {
                place = found.get(2 * index + 1).map(|group| group.start() + at - start);
            }
            start += piece.len() + HOLE.len_utf8();
        }
        let values: Vec<Range<usize>> = (2..found.len())
            .step_by(2)
            .filter_map(|group| found.get(group))
            .map(|group| group.range())
            .collect();
        equations(line, Syntax::Code).iter().any(|equation| {
            place.is_some_and(|place| equation.proven.contains(&place))
                && values.iter().any(|value| equation.range.contains(&value.start) && !value.is_empty())
        })
    }
}

/// The numbers of a line of a transcript that no string of the source holds.
fn values(line: &str, templates: &[Template]) -> Vec<Number> {
    let best = templates
        .iter()
        .filter(|template| template.printed)
        .filter_map(|template| Some((template, template.pattern.as_ref()?.captures(line)?)))
        .max_by_key(|(template, _)| template.text.len());
    let Some((_, found)) = best else { return Vec::new() };
    let digits = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    let typed: Vec<&str> = templates
        .iter()
        .filter(|template| !template.printed)
        .flat_map(|template| template.text.split(if template.formatted { HOLE } else { '\0' }))
        .filter(|piece| digits(piece))
        .collect();
    let values = (2..found.len()).step_by(2).filter_map(|group| found.get(group)).map(|group| group.as_str());
    values
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
