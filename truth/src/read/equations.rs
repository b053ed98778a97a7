//! Equations between numbers alone, such as `2 · (−3) = −6` or `\frac{8}{27} = 0.296`: they are
//! computed, and must hold.
//!
//! The numbers of a calculation are taken as they are written, and its result rounds to what stands behind `=`.
//! Behind `≈`, or where it stands first, a number that shows decimals stands for all that round to it. Logarithms and
//! roots, `ln 27` and `√2`, are computed. An equation with another letter in it says something about more than
//! numbers; it is left alone, and so is one behind a function's name.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::read::number::{Form, Number, Syntax, scan};

static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
    let of = "(?:average|exponential|half|log|logarithm|mean|root|sign|slope|square|sum) of";
    Regex::new(&format!(r"(?:\b(?:log|exp|sqrt|max|min|sin|cos|sum|{of})\s*|[∑\\^_]\s*)$")).unwrap()
});

/// An equation, or a chain of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Equation {
    /// Where it stands in the text.
    pub range: Range<usize>,
    /// Where the numbers begin that it proves: with another last digit it would not hold.
    pub proven: Vec<usize>,
    /// Whether it holds; else the value of the side that differs from the one behind it.
    pub holds: Result<(), f64>,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Value(f64, f64),
    Operator(char),
    Open,
    Close,
    Equal,
    About,
}

/// Finds the equations of a text and computes them.
pub fn equations(text: &str, syntax: Syntax) -> Vec<Equation> {
    let text = match syntax {
        Syntax::Math => readable(text),
        Syntax::Text | Syntax::Code => text.to_string(),
    };
    let numbers = scan(&text, if syntax == Syntax::Math { Syntax::Text } else { syntax });
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (tokens, end) = tokens(&text, at, &numbers);
        if tokens.is_empty() {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        found.extend(equation(&text, &tokens, end));
        at = end;
    }
    found
}

/// The tokens from `at` on, up to the first thing that is none, and where that is.
fn tokens(text: &str, mut at: usize, numbers: &[Number]) -> (Vec<(Token, usize)>, usize) {
    let mut tokens = Vec::new();
    let mut end = at;
    while let Some(c) = text[at..].chars().next() {
        if let Some(number) = numbers.iter().find(|number| number.range.start == at) {
            let Some((low, high)) = interval(number) else { break };
            // `0.9²` is `0.9 ^ 2`.
            if !c.is_ascii() && c.is_numeric() {
                tokens.push((Token::Operator('^'), at));
            }
            tokens.push((Token::Value(low, high), at));
            at = number.range.end;
            end = at;
            continue;
        }
        let token = match c {
            '+' | '/' | '^' => Token::Operator(c),
            '-' | '−' => Token::Operator('-'),
            '√' => Token::Operator(c),
            'l' if text[at..].starts_with("ln") => Token::Operator(c),
            '*' if text[at..].starts_with("**") => Token::Operator('^'),
            '*' | '·' | '×' | '⋅' => Token::Operator('*'),
            '÷' => Token::Operator('/'),
            '(' => Token::Open,
            ')' => Token::Close,
            '=' => Token::Equal,
            '≈' => Token::About,
            c if c.is_whitespace() && !tokens.is_empty() => {
                at += c.len_utf8();
                continue;
            }
            _ => break,
        };
        tokens.push((token, at));
        let double = ["**", "==", "ln"].iter().any(|double| text[at..].starts_with(double));
        at += if double { 2 } else { c.len_utf8() };
        end = at;
    }
    (tokens, end)
}

/// The values that round to a number.
fn interval(number: &Number) -> Option<(f64, f64)> {
    let value = number.value.to_f64();
    let half = match (&number.form, number.value.is_whole()) {
        (Form::Plain, true) => 0.0,
        _ => number.value.unit() / 2.0,
    };
    match &number.form {
        Form::Label => None,
        Form::Percent => Some(((value - half) / 100.0, (value + half) / 100.0)),
        Form::Fraction(denominator) => {
            let value = value / denominator.to_f64();
            value.is_finite().then_some((value, value))
        }
        Form::Plain | Form::Scientific => Some((value - half, value + half)),
    }
}

/// Reads a stretch of tokens as an equation, if it is one.
fn equation(text: &str, tokens: &[(Token, usize)], end: usize) -> Option<Equation> {
    // What stands before the first equals sign may be a name: x = 3 + 4 = 7.
    let begin = tokens.iter().position(|(token, _)| !matches!(token, Token::Equal | Token::About))?;
    let tokens = &tokens[begin..];
    let start = tokens.first()?.1;
    let before = &text[..start];
    let part_of_more = begin == 0
        && (before.ends_with(|c: char| c.is_alphanumeric() || "_])'’.\u{1}".contains(c))
            || FUNCTION.is_match(before));
    let cut_off = text[end..].starts_with(|c: char| c.is_alphanumeric() || "_([\\".contains(c))
        || matches!(tokens.last(), Some((Token::Operator(_) | Token::Equal | Token::About, _)));
    if part_of_more || cut_off {
        return None;
    }
    if !tokens.iter().any(|(token, _)| matches!(token, Token::Equal | Token::About))
        || !tokens.iter().any(|(token, _)| matches!(token, Token::Operator(_)))
    {
        return None;
    }
    let all: Vec<Token> = tokens.iter().map(|(token, _)| token.clone()).collect();
    let holds = chain(&all)?;
    // A factor of 0 hides the others: only what makes a difference is proven.
    let matters = |at: usize| {
        let Token::Value(low, high) = all[at] else { return false };
        let unit = if high > low { high - low } else { 1.0 };
        [unit, -unit].iter().all(|change| {
            let mut changed = all.clone();
            changed[at] = Token::Value(low + change, high + change);
            chain(&changed) != Some(Ok(()))
        })
    };
    let proven = (0..all.len()).filter(|&at| matters(at)).map(|at| tokens[at].1).collect();
    Some(Equation { range: start..end, proven, holds })
}

/// Computes the sides; whether they agree, else the value of one that does not agree with the next.
fn chain(tokens: &[Token]) -> Option<Result<(), f64>> {
    let sign = |token: &Token| matches!(token, Token::Equal | Token::About);
    let sides: Vec<&[Token]> = tokens.split(sign).collect();
    let signs = tokens.iter().filter(|token| sign(token));
    for (pair, sign) in sides.windows(2).zip(signs) {
        let (mut left, mut right) = (value(pair[0])?, value(pair[1])?);
        match sign {
            Token::About => {}
            _ if pair[0].len() > 1 => left = value(&as_written(pair[0]))?,
            _ => right = value(&as_written(pair[1]))?,
        }
        if !left.0.is_finite() || !right.0.is_finite() {
            return Some(Err(f64::NAN));
        }
        let size = left.0.abs().max(right.0.abs()).max(1e-300);
        let slack = match sign {
            // "About" rounds to what is shown, also where that is whole.
            Token::About if right.0 == right.1 => 0.5,
            _ => 1e-9 * size,
        };
        if left.0 > right.1 + slack || right.0 > left.1 + slack {
            return Some(Err((left.0 + left.1) / 2.0));
        }
    }
    Some(Ok(()))
}

/// A calculation with the very numbers that are written.
fn as_written(side: &[Token]) -> Vec<Token> {
    let exact = |token: &Token| match *token {
        Token::Value(low, high) => Token::Value((low + high) / 2.0, (low + high) / 2.0),
        ref other => other.clone(),
    };
    side.iter().map(exact).collect()
}

/// Computes one side; `None` when it is no expression.
fn value(tokens: &[Token]) -> Option<(f64, f64)> {
    let mut reader = Reader { tokens, at: 0 };
    let value = reader.sum()?;
    (reader.at == tokens.len()).then_some(value)
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn operator(&mut self, wanted: &[char]) -> Option<char> {
        match self.tokens.get(self.at) {
            Some(Token::Operator(operator)) if wanted.contains(operator) => {
                self.at += 1;
                Some(*operator)
            }
            _ => None,
        }
    }

    fn sum(&mut self) -> Option<(f64, f64)> {
        let mut value = self.product()?;
        while let Some(operator) = self.operator(&['+', '-']) {
            let other = self.product()?;
            value = match operator {
                '+' => (value.0 + other.0, value.1 + other.1),
                _ => (value.0 - other.1, value.1 - other.0),
            };
        }
        Some(value)
    }

    fn product(&mut self) -> Option<(f64, f64)> {
        let mut value = self.power()?;
        while let Some(operator) = self.operator(&['*', '/']) {
            let other = self.power()?;
            let other = match operator {
                '*' => other,
                _ if other.0 <= 0.0 && other.1 >= 0.0 => (f64::NAN, f64::NAN),
                _ => (1.0 / other.1, 1.0 / other.0),
            };
            value = hull([value.0 * other.0, value.0 * other.1, value.1 * other.0, value.1 * other.1]);
        }
        Some(value)
    }

    fn power(&mut self) -> Option<(f64, f64)> {
        if self.operator(&['-']).is_some() {
            let value = self.power()?;
            return Some((-value.1, -value.0));
        }
        if let Some(function) = self.operator(&['l', '√']) {
            let (low, high) = self.power()?;
            return Some(if function == 'l' { (low.ln(), high.ln()) } else { (low.sqrt(), high.sqrt()) });
        }
        let base = match self.tokens.get(self.at)? {
            Token::Value(low, high) => {
                self.at += 1;
                (*low, *high)
            }
            Token::Open => {
                self.at += 1;
                let value = self.sum()?;
                if self.tokens.get(self.at) != Some(&Token::Close) {
                    return None;
                }
                self.at += 1;
                value
            }
            _ => return None,
        };
        let signed =
            matches!(self.tokens.get(self.at.wrapping_sub(1)), Some(Token::Value(_, high)) if *high < 0.0);
        if self.operator(&['^']).is_none() {
            return Some(base);
        }
        let exponent = self.power()?;
        // The power comes before the sign, unless the number stands in parentheses.
        if signed {
            let (low, high) = raised((-base.1, -base.0), exponent);
            return Some((-high, -low));
        }
        Some(raised(base, exponent))
    }
}

fn raised(base: (f64, f64), exponent: (f64, f64)) -> (f64, f64) {
    hull([base.0.powf(exponent.0), base.0.powf(exponent.1), base.1.powf(exponent.0), base.1.powf(exponent.1)])
}

fn hull(values: [f64; 4]) -> (f64, f64) {
    (
        values.iter().copied().fold(f64::INFINITY, f64::min),
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    )
}

/// A formula with its commands replaced by signs of the same length, so that offsets stay: the
/// brackets of a fraction become parentheses, `\cdot` a dot, spaces and sizes nothing.
fn readable(formula: &str) -> String {
    let mut text = formula.to_string();
    let blank = |text: &mut String, from: &str, to: &str| {
        let mut replacement = to.to_string();
        replacement.push_str(&" ".repeat(from.len() - to.len()));
        *text = text.replace(from, &replacement);
    };
    for (command, sign) in [
        (r"\cdot", "*"),
        (r"\times", "*"),
        (r"\div", "/"),
        (r"\approx", "≈"),
        (r"\left", ""),
        (r"\right", ""),
        (r"\%", "%"),
        (r"\ln", "ln"),
        (r"\,", ""),
        (r"\;", ""),
        (r"\quad", ""),
        ("&", ""),
    ] {
        blank(&mut text, command, sign);
    }
    for command in [r"\tfrac{", r"\dfrac{", r"\frac{"] {
        while let Some(at) = text.find(command) {
            let Some(middle) = closing_brace(&text, at + command.len() - 1) else { break };
            let Some(end) =
                text[middle..].starts_with("}{").then(|| closing_brace(&text, middle + 1)).flatten()
            else {
                break;
            };
            text.replace_range(end..=end, ")");
            text.replace_range(middle..middle + 2, ")/");
            // The slash took the place of the opening bracket of the denominator: it is grouped
            // by parentheses of its own only when it is more than one number.
            let denominator = text[middle + 2..end].to_string();
            let numbers = scan(denominator.trim(), Syntax::Text);
            let single = numbers.len() == 1 && numbers[0].range == (0..denominator.trim().len());
            if single {
                text.replace_range(end..=end, " ");
            } else {
                text.replace_range(middle..middle + 2, "\u{1} ");
            }
            text.replace_range(at..at + command.len(), &format!("{:>width$}", "(", width = command.len()));
        }
    }
    text.replace(['{', '}'], " ")
}

fn closing_brace(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open + at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, syntax: Syntax) -> Vec<bool> {
        equations(text, syntax).iter().map(|equation| equation.holds.is_ok()).collect()
    }

    #[test]
    fn what_makes_no_difference_is_not_proven() {
        let equation = &equations("2 · 0 + 3 = 3", Syntax::Text)[0];
        let text = "2 · 0 + 3 = 3";
        let proven: Vec<&str> = equation.proven.iter().map(|&at| &text[at..=at]).collect();
        assert_eq!(proven, ["0", "3", "3"]);
    }

    #[test]
    fn equations_between_numbers_are_computed() {
        for (text, expected) in [
            ("2 · (−3) = −6. And −6 + 10 = 4.", vec![true, true]),
            ("0.5 · 4 + (−1) · 3 = 2 − 3 = −1", vec![true]),
            ("22,751 / 3,791 = 6.00 letters", vec![true]),
            ("500 / 3,791 = 13.2 %", vec![true]),
            ("2 · (−3) = −5, 26 + 1 = 28", vec![false, false]),
            ("x = 3 + 4 = 7 but y = 3 + 4 = 8", vec![true, false]),
            ("2 ** 3 = 8 and 10 / 3 ≈ 3", vec![true, true]),
            ("(-2) ** 2 = 4, -2 ** 2 = -4, -2 ** 2 = 4", vec![true, true, false]),
            ("1 − 0.9² = 0.19, 2³ = 9, a share of 0.9 · 0.1 + 0.1 = 0.19", vec![true, false, true]),
            (
                "−ln(1/27) = ln 27 = 3.296, 2 · ln 3 = 2.2, ln 27 + 1 = 3, √2 = 1.414, 3 / √4 = 1.6",
                vec![true, true, false, true, false],
            ),
            (
                "0.7 · 0.3 = 0.21, 0.7 · 0.3 = 0.22, 0.7 · 0.3 ≈ 0.22, 0.7 = 0.3 + 0.4",
                vec![true, false, true, true],
            ),
            ("n = 5, f(3) = 9, ln p + 1 = 3, 3 = x, 2a + 1 = 3", vec![]),
        ] {
            assert_eq!(holds(text, Syntax::Text), expected, "{text}");
        }
        for (text, expected) in [
            (r"\frac{1}{27} = 0.037", vec![true]),
            (r"\frac{1}{27} = 0.038", vec![false]),
            (r"2 \cdot (-3) + 10 = 4", vec![true]),
            (r"\left(1 + 2\right)^2 = 9", vec![true]),
            (r"\ln(27) + 1 = 4.2958", vec![true]),
            (r"x_1 + 2 = 3, \ln(p) + 1 = 4", vec![]),
        ] {
            assert_eq!(holds(text, Syntax::Math), expected, "{text}");
        }
    }
}
