//! Snippets of Rust: what their asserts prove, and what goes into them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::judge::route::Route;
use crate::read::number::{Form, Number, Syntax, scan};

static ASSERT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(?:debug_)?assert(\w*)!\s*\(").unwrap());
static TOLERANCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(epsilon|max_relative)\s*=\s*([^,;)]+)").unwrap());

/// The parts of Rust that are no code: comments, in the first group, and strings.
static PARTS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r##"(?s)(//[^\n]*|/\*.*?\*/)|"(?:\\.|[^"\\])*"|r#".*?"#|'"'"##).unwrap());

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
    pub proven: Option<i64>,
}

/// Whether the digits that a page shows are not more than are proven.
pub fn proves(proven: Option<i64>, shown: &Number) -> bool {
    let decimals = match shown.form {
        Form::Percent => shown.value.scale() + 2,
        _ => shown.value.scale(),
    };
    proven.is_none_or(|proven| decimals <= proven.max(0))
}

/// The numbers with numerator and denominator of a fraction beside it.
pub fn expanded(numbers: Vec<Number>) -> Vec<Number> {
    let expand = |number: Number| {
        let parts = match &number.form {
            Form::Fraction(denominator) => vec![number.value.clone(), denominator.clone()],
            _ => Vec::new(),
        };
        let plain = parts.into_iter().map(|value| Number { value, form: Form::Plain, ..number.clone() });
        std::iter::once(number.clone()).chain(plain).collect::<Vec<_>>()
    };
    numbers.into_iter().flat_map(expand).collect()
}

/// The asserts of a snippet, one statement each, and its other lines.
pub fn statements(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let (code, bare) = (bare(text, false), bare(text, true));
    let mut rest = bare.clone();
    for found in ASSERT.captures_iter(&bare) {
        let Some(whole) = found.get(0) else { continue };
        let end = closing(&bare, whole.end() - 1);
        rest.replace_range(whole.start()..end, &" ".repeat(end - whole.start()));
        if &found[1] == "_ne" {
            continue;
        }
        let mut text = code[whole.start()..end].to_string();
        let tolerances: Vec<(Range<usize>, f64, bool)> = TOLERANCE
            .captures_iter(&text)
            .filter_map(|found| {
                let value = scan(&found[2], Syntax::Code).first()?.value.to_f64();
                Some((found.get(0)?.range(), value, &found[1] == "epsilon"))
            })
            .collect();
        let largest = scan(&text, Syntax::Code).iter().map(|n| n.value.to_f64().abs()).fold(1.0, f64::max);
        // The last digit is right when the tolerance is half a unit of it.
        let digits = tolerances.iter().map(|(_, value, absolute)| {
            (-(2.0 * value * if *absolute { 1.0 } else { largest }).log10() + 1e-9).floor()
        });
        let proven = digits.filter(|digits| digits.is_finite()).map(|digits| digits as i64).min();
        tolerances
            .into_iter()
            .for_each(|(range, ..)| text.replace_range(range.clone(), &" ".repeat(range.len())));
        let numbers = expanded(scan(&text, Syntax::Code));
        statements.push(Statement { route: Route::Assert, text, numbers, proven });
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

/// The comments of a snippet: nothing checks them but the number check.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    PARTS.captures_iter(text).filter_map(|found| Some(found.get(1)?.range())).collect()
}

/// The text without its comments, and if so wanted without its strings, blanked out byte for byte.
fn bare(text: &str, strings: bool) -> String {
    let replaced = |found: &Captures<'_>| match found.get(1) {
        None if !strings => found[0].to_string(),
        _ => found[0].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect(),
    };
    PARTS.replace_all(text, replaced).into_owned()
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
