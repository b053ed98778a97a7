//! Snippets of Rust: what their asserts prove, and what goes into them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::judge::route::Route;
use crate::read::number::{Decimal, Form, Number, Syntax, scan};

static ASSERT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(?:debug_)?assert(\w*)!\s*\(").unwrap());
static TOLERANCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(epsilon|max_relative)\s*=\s*([^,;)]+)").unwrap());

/// An assert, or another line of a snippet.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Whether it is an assert or an input.
    pub route: Route,
    /// Its code.
    pub text: String,
    /// Its numbers, tolerances not among them.
    pub numbers: Vec<Number>,
    /// How many decimals it proves; `None` for all that it has.
    pub proven: Option<i32>,
}

/// Whether the digits that a page shows are not more than are proven.
pub fn proves(proven: Option<i32>, shown: &Number) -> bool {
    let decimals = match shown.form {
        Form::Percent => shown.value.scale() + 2,
        _ => shown.value.scale(),
    };
    proven.is_none_or(|proven| decimals <= proven.max(0))
}

/// The numbers with numerator and denominator of a fraction beside it.
pub fn expanded(numbers: Vec<Number>) -> Vec<Number> {
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

/// The asserts of a snippet, one statement each, and its other lines.
pub fn statements(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
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
        let numbers = expanded(scan(&statement, Syntax::Code));
        statements.push(Statement { route: Route::Assert, text: statement, numbers, proven });
    }
    for line in rest.lines() {
        let numbers = scan(line, Syntax::Code);
        if !numbers.is_empty() {
            let text = line.to_string();
            statements.push(Statement { route: Route::Input, text, numbers, proven: None });
        }
    }
    statements
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
    use crate::read::number::Rounding;

    #[test]
    fn a_snippet_proves_what_it_asserts() {
        let statements = statements(
            "let x = 0.5; // not 0.7\nassert_eq!(names.len(), 11_271);\nassert_ne!(x, 0.9);\n\
             assert_abs_diff_eq!(f(x), 0.1234, epsilon = 1e-3);\nassert_eq!(s, \"(0.25)\");",
        );
        let shown = |text: &str| {
            let number = &scan(text, Syntax::Text)[0];
            statements
                .iter()
                .find(|statement| {
                    let shows = |n| number.shows(n, Rounding::Usual);
                    proves(statement.proven, number) && statement.numbers.iter().any(shows)
                })
                .map(|statement| statement.route)
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
