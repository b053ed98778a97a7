//! Numbers as they are written: finding them in prose, formulas and code, and comparing a number
//! that a reader sees with one that was computed.
//!
//! Understood are signs (`-`, `−`), thousands separators (`4,064`, thin spaces, `4_064`, `4{,}064`),
//! decimals, scientific notation (`1e-5`, `2.3 × 10⁻⁵`, `10^{-5}`), percentages and fractions
//! (`3/8`). Digits that belong to a name (`f64`, `x_1` in code, `MT19937`) are no number.

use std::cmp::Ordering;
use std::ops::Range;

/// What kind of text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Prose and program output.
    Text,
    /// LaTeX.
    Math,
    /// Source code.
    Code,
}

/// A number in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Where it stands, its sign and percent sign included.
    pub range: Range<usize>,
    /// Where its digits stand: from the first digit to the last.
    pub digits: Range<usize>,
    /// What it says.
    pub value: Decimal,
    /// How it is written.
    pub form: Form,
}

/// How a number is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// As digits, with or without a decimal point.
    Plain,
    /// With an exponent.
    Scientific,
    /// With a percent sign.
    Percent,
    /// Numerator (the value) and denominator.
    Fraction(Decimal),
    /// Several points, or zeros in front: `1.95.0`, `01`, `0e-5`. It is a name, not a value.
    Label,
}

/// A decimal number with exactly the digits that were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// Without leading zeros; empty for zero.
    digits: Vec<u8>,
    /// How many of the digits stand after the decimal point; negative for `1e5`.
    scale: i32,
}

impl Decimal {
    fn new(negative: bool, digits: impl IntoIterator<Item = u8>, scale: i32) -> Decimal {
        let digits: Vec<u8> = digits.into_iter().skip_while(|&digit| digit == 0).collect();
        Decimal { negative: negative && !digits.is_empty(), digits, scale }
    }

    /// How many digits are shown after the decimal point.
    pub fn scale(&self) -> i32 {
        self.scale
    }

    /// Whether it is written without a decimal point.
    pub fn is_whole(&self) -> bool {
        self.scale <= 0
    }

    /// Its value as a float, for sizes and tolerances.
    pub fn to_f64(&self) -> f64 {
        let digits: String = self.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}e{}", if digits.is_empty() { "0" } else { &digits }, -self.scale)
            .parse()
            .unwrap_or(f64::NAN)
    }

    /// The same value times 10 to the power of `places`.
    pub fn shifted(&self, places: i32) -> Decimal {
        Decimal { scale: self.scale - places, ..self.clone() }
    }

    /// Whether `self`, rounded to `shown`'s last digit, is `shown`. A value exactly in the middle
    /// may be rounded either way.
    pub fn rounds_to(&self, shown: &Decimal) -> bool {
        self.rounds_at(shown, shown.scale)
    }

    /// The same, rounded after `scale` digits behind the point instead: `-3` is to thousands.
    pub fn rounds_at(&self, shown: &Decimal, scale: i32) -> bool {
        let Some(shown) = shown.with_scale(scale) else { return false };
        let cut = self.scale - scale;
        if cut <= 0 {
            let zeros = usize::try_from(-cut).unwrap_or(0);
            let same = self.digits.iter().chain(std::iter::repeat_n(&0, zeros)).eq(&shown.digits)
                || self.digits.is_empty() && shown.digits.is_empty();
            return same && self.negative == shown.negative;
        }
        let cut = usize::try_from(cut).unwrap_or(0);
        let keep = self.digits.len().saturating_sub(cut);
        let (head, tail) = self.digits.split_at(keep);
        let half = if self.digits.len() < cut {
            Ordering::Less
        } else {
            match tail.first() {
                Some(&first) => first.cmp(&5).then_with(|| {
                    if tail[1..].iter().any(|&digit| digit > 0) { Ordering::Greater } else { Ordering::Equal }
                }),
                None => Ordering::Less,
            }
        };
        let down = head.to_vec();
        let up = increment(head);
        let matches = |digits: &Vec<u8>| {
            *digits == shown.digits && (digits.is_empty() || self.negative == shown.negative)
        };
        match half {
            Ordering::Less => matches(&down),
            Ordering::Greater => matches(&up),
            Ordering::Equal => matches(&down) || matches(&up),
        }
    }

    /// The value rounded to another number of decimals, halves up.
    fn rounded(&self, scale: i32) -> Decimal {
        let cut = usize::try_from(self.scale - scale).unwrap_or(0);
        let keep = self.digits.len().saturating_sub(cut);
        let (head, tail) = self.digits.split_at(keep);
        let up = tail.len() == cut && tail.first().is_some_and(|&digit| digit >= 5);
        let digits = if up { increment(head) } else { head.to_vec() };
        Decimal::new(self.negative, digits, scale)
    }

    /// The same value with another number of decimals, if that needs no rounding.
    fn with_scale(&self, scale: i32) -> Option<Decimal> {
        let mut digits = self.digits.clone();
        match scale.cmp(&self.scale) {
            Ordering::Equal => {}
            Ordering::Greater => {
                if !digits.is_empty() {
                    digits.extend(std::iter::repeat_n(0, usize::try_from(scale - self.scale).ok()?));
                }
            }
            Ordering::Less => {
                for _ in scale..self.scale {
                    match digits.pop() {
                        Some(0) | None => {}
                        Some(_) => return None,
                    }
                }
            }
        }
        Some(Decimal { negative: self.negative, digits, scale })
    }

    /// How many digits it has.
    fn size(&self) -> i32 {
        i32::try_from(self.digits.len()).unwrap_or(i32::MAX)
    }

    /// How many zeros a whole number ends with.
    pub fn trailing_zeros(&self) -> i32 {
        let zeros = self.digits.iter().rev().take_while(|&&digit| digit == 0).count();
        i32::try_from(zeros).unwrap_or(0)
    }

    /// The quotient, rounded to so many decimals.
    fn quotient(&self, by: &Decimal, scale: i32) -> Option<Decimal> {
        let places = usize::try_from(scale).ok()?;
        let text = format!("{:.places$}", self.to_f64() / by.to_f64());
        Some(scan(&text, Syntax::Text).into_iter().next()?.value)
    }
}

fn increment(digits: &[u8]) -> Vec<u8> {
    let mut digits = digits.to_vec();
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return digits;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
    digits
}

/// How freely a number may be rounded before it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the digits shown; whole numbers not at all.
    Usual,
    /// The same, but what is left with a single digit must be exact: too much rounds to 0.1.
    Careful,
    /// Behind a word such as "about", whole numbers too; zeros at their end count as not shown.
    About,
}

impl Number {
    /// Whether a reader may be shown this number where `computed` was computed.
    pub fn shows(&self, computed: &Number, rounding: Rounding) -> bool {
        if let (Form::Fraction(own), Form::Fraction(other)) = (&self.form, &computed.form) {
            return self.value == computed.value && own == other;
        }
        if let Form::Fraction(denominator) = &self.form {
            // 0.01 is 1/100, and no rounding of 1/130.
            let exact = self.value.to_f64() / denominator.to_f64() == computed.value.to_f64();
            return computed.form == Form::Plain
                && computed.value.scale >= 2
                && (exact || computed.value.size() >= denominator.size())
                && !self.value.digits.is_empty()
                && self.value.quotient(denominator, computed.value.scale).as_ref() == Some(&computed.value);
        }
        let Some(value) = self.comparable(computed) else { return false };
        let exact = value.with_scale(self.value.scale).is_some_and(|value| value == self.value);
        let coarse = self.value.digits.len() <= 1;
        match rounding {
            _ if exact => true,
            Rounding::About if self.is_whole() => value.rounds_at(&self.value, -self.value.trailing_zeros()),
            _ if self.is_whole() => false,
            Rounding::Careful if coarse => false,
            _ => value.rounds_to(&self.value),
        }
    }

    /// Whether `computed`, shown with as many digits, is another number by one digit only: what a
    /// slip of the finger would make of this one.
    pub fn is_one_digit_from(&self, computed: &Number) -> bool {
        let differing = |a: &[u8], b: &[u8]| {
            (a.len() == b.len()).then(|| a.iter().zip(b).filter(|(a, b)| a != b).count())
        };
        if let (Form::Fraction(own), Form::Fraction(other)) = (&self.form, &computed.form) {
            let counts = (
                differing(&self.value.digits, &computed.value.digits),
                differing(&own.digits, &other.digits),
            );
            return matches!(counts, (Some(1), Some(0)) | (Some(0), Some(1)));
        }
        let Some(value) = self.comparable(computed) else { return false };
        if self.is_whole() && !value.is_whole() || value.negative != self.value.negative {
            return false;
        }
        let own = &self.value;
        let scale = match self.form {
            // As many digits as are shown, wherever the point is.
            Form::Scientific => value.scale + own.size() - value.size(),
            _ => own.scale,
        };
        let rounded = value.with_scale(scale).unwrap_or_else(|| value.rounded(scale));
        let exact = rounded.digits.len() > 1 || value.with_scale(scale).is_some();
        // A zero before the point is shown, and so are those behind it; so is the exponent.
        let written = |decimal: &Decimal| match self.form {
            Form::Scientific => {
                let exponent = (decimal.size() - 1 - decimal.scale).to_string();
                [decimal.digits.as_slice(), exponent.as_bytes()].concat()
            }
            _ => {
                let width = usize::try_from(scale + 1).unwrap_or(1);
                let zeros = width.saturating_sub(decimal.digits.len());
                [vec![0; zeros].as_slice(), &decimal.digits].concat()
            }
        };
        exact && differing(&written(&rounded), &written(own)) == Some(1)
    }

    /// Whether it is written as a whole number.
    fn is_whole(&self) -> bool {
        self.form == Form::Plain && self.value.is_whole()
    }

    /// The computed value in the terms of this number: in percent if it is, as a decimal if the
    /// computed one is a fraction. `None` when the two cannot be compared.
    fn comparable(&self, computed: &Number) -> Option<Decimal> {
        let value = &computed.value;
        match (&self.form, &computed.form) {
            (Form::Label | Form::Fraction(_), _) | (_, Form::Label) => None,
            (Form::Percent, Form::Percent) => Some(value.clone()),
            (_, Form::Percent) => None,
            (Form::Percent, Form::Plain | Form::Scientific) => {
                let share = value.to_f64().abs() <= 1.0 && value.scale >= 2;
                share.then(|| value.shifted(2))
            }
            (Form::Plain | Form::Scientific, Form::Fraction(denominator)) => {
                let scale = self.value.scale;
                if scale > 0 { value.quotient(denominator, scale) } else { None }
            }
            (Form::Percent, Form::Fraction(_)) => None,
            (Form::Plain, Form::Plain) if !self.value.is_whole() && value.is_whole() => None,
            (Form::Plain | Form::Scientific, Form::Plain | Form::Scientific) => Some(value.clone()),
        }
    }
}

/// Finds the numbers of a text, in order.
pub fn scan(text: &str, syntax: Syntax) -> Vec<Number> {
    let mut scanner = Scanner { text, syntax, at: 0 };
    let mut numbers = Vec::new();
    while let Some(number) = scanner.next() {
        numbers.push(number);
    }
    numbers
}

const SUPERSCRIPTS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";

struct Scanner<'a> {
    text: &'a str,
    syntax: Syntax,
    at: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    fn next(&mut self) -> Option<Number> {
        while let Some(c) = self.peek() {
            let start = self.at;
            let point = c == '.'
                && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit())
                && self.before(start).is_none_or(|c| c.is_whitespace() || "([{,=<>~≈|-−+*/".contains(c));
            if c.is_ascii_digit() || point {
                if let Some(end) = self.name_end(start) {
                    self.at = end;
                    continue;
                }
                return Some(self.number(start));
            }
            if SUPERSCRIPTS.contains(c) && self.before(start).is_some_and(|c| c.is_ascii_digit()) {
                return Some(self.superscript(start));
            }
            self.at += c.len_utf8();
        }
        None
    }

    /// The end of the word, if the digits at `start` belong to a name.
    fn name_end(&self, start: usize) -> Option<usize> {
        let before = self.before(start)?;
        let word_end =
            |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let hexadecimal = self.rest().starts_with("0x") || self.rest().starts_with("0b");
        if hexadecimal {
            return Some(start + word_end(self.rest()));
        }
        if before == '_' && self.syntax == Syntax::Math {
            return None;
        }
        if before.is_alphabetic() || before == '_' {
            if self.syntax == Syntax::Math {
                // A command such as \cdot or \frac ends where the digits begin.
                let letters = self.text[..start].trim_end_matches(|c: char| c.is_ascii_alphabetic());
                if letters.ends_with('\\') {
                    return None;
                }
            }
            return Some(start + word_end(self.rest()));
        }
        None
    }

    fn number(&mut self, start: usize) -> Number {
        let (mut digits, mut scale) = (Vec::new(), 0);
        self.integer(&mut digits);
        if self.point() {
            self.at += 1;
            let before = digits.len();
            self.digits(&mut digits);
            scale = i32::try_from(digits.len() - before).unwrap_or(i32::MAX);
            if self.point() {
                return self.version(start);
            }
        }
        let padded = self.text[start..].starts_with('0') && !matches!(digits.as_slice(), [0] | []) && {
            let whole = digits.len() - usize::try_from(scale).unwrap_or(0);
            whole > 1
        };
        let mut end = self.at;
        let mut form = if padded { Form::Label } else { Form::Plain };
        if let Some(exponent) = self.exponent() {
            scale = scale.saturating_sub(exponent);
            form = Form::Scientific;
            end = self.at;
        } else if digits == [1, 0]
            && scale == 0
            && let Some(exponent) = self.raised()
        {
            digits = vec![1];
            scale = scale.saturating_sub(exponent);
            form = Form::Scientific;
            end = self.at;
        } else if !self.text[..start].ends_with('^')
            && let Some(exponent) = self.times_ten()
        {
            scale = scale.saturating_sub(exponent);
            form = Form::Scientific;
            end = self.at;
        }
        if form == Form::Scientific && digits.iter().all(|&digit| digit == 0) {
            form = Form::Label;
        }
        let mut range = self.sign(start)..end;
        let negative = range.start < start && !self.text[range.start..].starts_with('+');
        if form == Form::Plain {
            if let Some(length) = self.percent() {
                form = Form::Percent;
                range.end += length;
                self.at = range.end;
            } else if scale == 0
                && let Some(denominator) = self.denominator()
            {
                form = Form::Fraction(denominator);
                end = self.at;
                range.end = end;
            }
        }
        Number { range, digits: start..end, value: Decimal::new(negative, digits, scale), form }
    }

    /// Digits with thousands separators.
    fn integer(&mut self, digits: &mut Vec<u8>) {
        let start = self.at;
        self.digits(digits);
        let first = &self.text[start..self.at];
        let may_group = !first.is_empty() && first.len() <= 3 && !first.starts_with('0');
        while let Some(length) = self.thousands_separator().filter(|_| may_group) {
            self.at += length;
            self.digits(digits);
        }
        while self.rest().starts_with('_') && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) {
            self.at += 1;
            self.digits(digits);
        }
    }

    /// The length of a separator that comes next with just three digits behind it.
    fn thousands_separator(&self) -> Option<usize> {
        let separators: &[&str] = match self.syntax {
            Syntax::Math => &["{,}", "\\,", ",", "\u{2009}", "\u{202f}"],
            Syntax::Text | Syntax::Code => &[",", "\u{2009}", "\u{202f}"],
        };
        let rest = self.rest();
        let length = separators.iter().find(|separator| rest.starts_with(**separator))?.len();
        let group = &rest.as_bytes()[length..];
        let digits = group.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (digits == 3).then_some(length)
    }

    fn digits(&mut self, digits: &mut Vec<u8>) {
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            digits.push(c as u8 - b'0');
            self.at += 1;
        }
    }

    /// Whether a decimal point with a digit behind it comes next.
    fn point(&self) -> bool {
        let bytes = self.rest().as_bytes();
        bytes.first() == Some(&b'.') && bytes.get(1).is_some_and(u8::is_ascii_digit)
    }

    fn version(&mut self, start: usize) -> Number {
        while let Some(c) = self.peek() {
            if !(c.is_ascii_digit() || self.point()) {
                break;
            }
            self.at += 1;
        }
        let range = start..self.at;
        Number { digits: range.clone(), range, value: Decimal::new(false, [], 0), form: Form::Label }
    }

    /// `e-5`, if the word ends there.
    fn exponent(&mut self) -> Option<i32> {
        let rest = self.rest().strip_prefix(['e', 'E'])?;
        let (sign, digits) = match rest.strip_prefix(['-', '−']) {
            Some(digits) => (-1, digits),
            None => (1, rest.strip_prefix('+').unwrap_or(rest)),
        };
        let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let exponent: i32 = digits[..length].parse().ok()?;
        if digits[length..].starts_with(|c: char| c.is_alphabetic()) {
            return None;
        }
        self.at = self.text.len() - digits.len() + length;
        Some(sign * exponent)
    }

    /// `⁻⁵`, `^{-5}` or `^5` directly behind a 10. `**` is left alone: code is not a number.
    fn raised(&mut self) -> Option<i32> {
        let rest = self.rest();
        if let Some(braced) = rest.strip_prefix("^{") {
            let (exponent, _) = braced.split_once('}')?;
            let value = exponent.trim().replace('−', "-").parse().ok()?;
            self.at += exponent.len() + 3;
            return Some(value);
        }
        if let Some(power) = rest.strip_prefix('^') {
            let length = power.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(power.len());
            let value = power[..length].parse().ok()?;
            self.at += length + 1;
            return Some(value);
        }
        let length: usize =
            rest.chars().take_while(|&c| c == '⁻' || SUPERSCRIPTS.contains(c)).map(char::len_utf8).sum();
        let value = ascii(&rest[..length]).parse().ok()?;
        self.at += length;
        Some(value)
    }

    /// `× 10⁻⁵` behind a number.
    fn times_ten(&mut self) -> Option<i32> {
        let start = self.at;
        let rest = self.rest().trim_start_matches([' ', '\u{a0}']);
        let rest = ["×", "\\times", "\\cdot", "·"].iter().find_map(|times| rest.strip_prefix(times))?;
        let rest = rest.trim_start_matches([' ', '\u{a0}']).strip_prefix("10")?;
        self.at = self.text.len() - rest.len();
        let exponent = self.raised();
        if exponent.is_none() {
            self.at = start;
        }
        exponent
    }

    /// Where the number begins, its sign included.
    fn sign(&self, start: usize) -> usize {
        let Some(sign) = self.before(start).filter(|c| matches!(c, '-' | '−' | '+')) else {
            // In a formula there may be a space behind the sign.
            let bare = self.text[..start].trim_end_matches(' ');
            let spaced = self.syntax == Syntax::Math && bare.len() < start && bare.ends_with(['-', '−']);
            return if spaced && self.is_unary(bare.len() - self.before(bare.len()).map_or(0, char::len_utf8))
            {
                bare.len() - self.before(bare.len()).map_or(0, char::len_utf8)
            } else {
                start
            };
        };
        let at = start - sign.len_utf8();
        if self.is_unary(at) { at } else { start }
    }

    /// Whether a sign at this place is no operator between two values.
    fn is_unary(&self, at: usize) -> bool {
        let opens = |c: char| "([{,;:=≈~*/+<>|&^\"'`·×".contains(c);
        match self.syntax {
            Syntax::Math => {
                let before = self.text[..at].trim_end();
                let word = before.trim_end_matches(|c: char| c.is_ascii_alphabetic());
                let command = word.len() < before.len() && word.ends_with('\\');
                let value = ["\\right", "\\ldots", "\\dots"].iter().any(|end| before.ends_with(end));
                before.is_empty() || before.ends_with(opens) || before.ends_with("\\\\") || command && !value
            }
            Syntax::Text | Syntax::Code => self.before(at).is_none_or(|c| c.is_whitespace() || opens(c)),
        }
    }

    /// The length of a percent sign behind the number, with the space before it.
    fn percent(&self) -> Option<usize> {
        let rest = self.rest();
        let spaces: usize = rest
            .chars()
            .take_while(|c| matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}'))
            .map(char::len_utf8)
            .sum();
        let sign = &rest[spaces..];
        let length =
            ["%", "\\%", "percent", "per cent"].iter().find(|sign_| sign.starts_with(**sign_))?.len();
        let ends = sign[length..].chars().next().is_none_or(|c| !c.is_alphanumeric());
        // In code % is the remainder, unless it ends the text or a sentence.
        let operator = self.syntax == Syntax::Code && {
            let next = sign[length..].trim_start();
            spaces > 0 || next.starts_with(|c: char| c.is_alphanumeric() || c == '(' || c == '_')
        };
        (ends && !operator).then_some(spaces + length)
    }

    /// `/8` directly behind a whole number.
    fn denominator(&mut self) -> Option<Decimal> {
        let start = self.at;
        let rest = self.rest().strip_prefix('/')?;
        if !rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.at += 1;
        let mut digits = Vec::new();
        self.integer(&mut digits);
        if self.point() || self.rest().starts_with('/') {
            self.at = start;
            return None;
        }
        Some(Decimal::new(false, digits, 0))
    }

    /// An exponent in small raised digits behind a number other than ten.
    fn superscript(&mut self, start: usize) -> Number {
        let length: usize =
            self.rest().chars().take_while(|&c| SUPERSCRIPTS.contains(c)).map(char::len_utf8).sum();
        let digits: Vec<u8> = ascii(&self.rest()[..length]).bytes().map(|b| b - b'0').collect();
        self.at += length;
        let range = start..self.at;
        Number { digits: range.clone(), range, value: Decimal::new(false, digits, 0), form: Form::Plain }
    }
}

/// Raised digits and signs as plain ones.
fn ascii(raised: &str) -> String {
    raised
        .chars()
        .filter_map(|c| match c {
            '⁻' => Some('-'),
            c => SUPERSCRIPTS
                .chars()
                .position(|s| s == c)
                .and_then(|digit| char::from_digit(u32::try_from(digit).unwrap_or(0), 10)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, syntax: Syntax) -> Vec<&str> {
        scan(text, syntax).into_iter().map(|number| &text[number.range]).collect()
    }

    fn one(text: &str) -> Number {
        let numbers = scan(text, Syntax::Text);
        assert_eq!(numbers.len(), 1, "{text}: {numbers:?}");
        numbers.into_iter().next().unwrap()
    }

    #[test]
    fn numbers_are_found_in_prose() {
        for (text, expected) in [
            ("4,064 parameters, 26, 0 and 13", vec!["4,064", "26", "0", "13"]),
            ("from 0–9, on lines 3-5", vec!["0", "9", "3", "5"]),
            ("a loss of −0.5, or -0.25.", vec!["−0.5", "-0.25"]),
            ("5 % and 16.4% of 3/8", vec!["5 %", "16.4%", "3/8"]),
            ("f64, MT19937, x3, lesson_01_a but 10th", vec!["10"]),
            ("UTF-8 and 27-way", vec!["8", "27"]),
            ("1e-5, 2.3 × 10⁻⁵, 10⁶, 2⁵³", vec!["1e-5", "2.3 × 10⁻⁵", "10⁶", "2", "⁵³"]),
            ("Rust 1.95.0.", vec!["1.95.0"]),
            ("12.", vec!["12"]),
            ("0,130 is two", vec!["0", "130"]),
            ("n-1 and (-1)", vec!["1", "-1"]),
        ] {
            assert_eq!(written(text, Syntax::Text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_found_in_formulas_and_code() {
        for (text, expected) in [
            (r"\frac{1}{27} - 0.5 = -0.46", vec!["1", "27", "0.5", "-0.46"]),
            (r"x_1^2 \cdot 10^{-5}", vec!["1", "2", "10^{-5}"]),
            (r"4{,}064 \approx - 12\%", vec!["4{,}064", "- 12\\%"]),
            (r"2.3 \times 10^{-5}", vec![r"2.3 \times 10^{-5}"]),
        ] {
            assert_eq!(written(text, Syntax::Math), expected, "{text}");
        }
        for (text, expected) in [
            ("x[3] ** -0.5 + 4_064usize", vec!["3", "-0.5", "4_064"]),
            ("step % 500, i % 2", vec!["500", "2"]),
            ("0..8, 0xff, a1", vec!["0", "8"]),
            ("1.0_f64 / 8.0", vec!["1.0", "8.0"]),
        ] {
            assert_eq!(written(text, Syntax::Code), expected, "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_compared_after_rounding() {
        for (shown, computed, right) in [
            ("0.037", "0.03704", true),
            ("0.038", "0.03704", false),
            ("0.50", "0.5", true),
            ("0.125", "1/8", true),
            ("3/8", "0.375", true),
            ("1/100", "0.01", true),
            ("1/130", "0.01", false),
            ("1/27", "0.037", true),
            ("12 %", "0.1234", true),
            ("12.3 %", "12.34%", true),
            ("12 %", "12", false),
            ("27", "26.8", false),
            ("4,064", "4064", true),
            ("−0.5", "-0.4996", true),
            ("0.5", "-0.5", false),
            ("0.2", "0.25", true),
            ("0.3", "0.25", true),
            ("2.3 × 10⁻⁵", "0.0000231", true),
            ("1e-5", "0.00001", true),
            ("1.00", "0.9951", true),
            ("0.00", "-0.001", true),
            ("08", "8", false),
            ("0.0", "0", false),
        ] {
            let rounding = Rounding::Usual;
            assert_eq!(one(shown).shows(&one(computed), rounding), right, "{shown} for {computed}");
        }
        assert!(one("27").shows(&one("26.8"), Rounding::About));
        assert!(one("3,000").shows(&one("3142"), Rounding::About));
        assert!(!one("4,000").shows(&one("3142"), Rounding::About));
        assert!(!one("0.1").shows(&one("0.1234"), Rounding::Careful));
        assert!(one("0.12").shows(&one("0.1234"), Rounding::Careful));
        assert!(one("0.1").shows(&one("0.1"), Rounding::Careful));
    }

    #[test]
    fn numbers_are_one_digit_apart() {
        for (shown, computed, apart) in [
            ("26", "27", true),
            ("26", "26", false),
            ("26", "13", false),
            ("0.1", "0.8", true),
            ("0.1", "0.8123", false),
            ("0.5", "0.0", true),
            ("1e-5", "0.001", true),
            ("1e-5", "0", false),
            ("2.5e-5", "0.0000371", false),
            ("2.5e-5", "0.0000264", true),
            ("3.30", "3.3255", true),
            ("3.30", "3.2955", false),
            ("12.5 %", "0.135", true),
            ("1/3", "3/3", true),
            ("4,064", "4164", true),
            ("-3", "3", false),
            ("10", "100", false),
            ("500", "0", false),
            ("0.10", "0", false),
            ("10.5", "0.5", false),
        ] {
            assert_eq!(one(shown).is_one_digit_from(&one(computed)), apart, "{shown} and {computed}");
        }
    }
}
