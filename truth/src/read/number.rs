//! Numbers as they are written: finding them in prose, formulas and code, and comparing a number
//! that a reader sees with one that was computed.
//!
//! Understood are signs (`-`, `−`), thousands separators (`4,064`, thin spaces, `4_064`, `4{,}064`),
//! decimals, scientific notation (`1e-5`, `2.3 × 10⁻⁵`, `10^{-5}`), percentages and fractions
//! (`3/8`). Digits that belong to a name (`f64`, `x_1` in code, `MT19937`) are no number.

use std::ops::Range;
use std::sync::LazyLock;

use bigdecimal::num_traits::{Signed, Zero};
use bigdecimal::{BigDecimal, RoundingMode};
use regex::Regex;

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
pub struct Decimal(BigDecimal);

impl Decimal {
    /// A number times 10 to the power of `exponent`.
    fn new(written: &str, exponent: i64) -> Decimal {
        Decimal(written.parse().expect("digits, with a sign and a point at most")).shifted(exponent)
    }

    /// How many digits are shown after the decimal point; negative for `1e5`.
    pub fn scale(&self) -> i64 {
        self.0.fractional_digit_count()
    }

    /// Whether it is written without a decimal point.
    pub fn is_whole(&self) -> bool {
        self.scale() <= 0
    }

    /// Its value as a float, for sizes and tolerances.
    pub fn to_f64(&self) -> f64 {
        let (digits, scale) = self.0.as_bigint_and_scale();
        format!("{digits}e{}", -scale).parse().unwrap_or(f64::NAN)
    }

    /// What one in its last digit counts: 0.01 for `3.14`.
    pub fn unit(&self) -> f64 {
        Decimal::new("1", -self.scale()).to_f64()
    }

    /// The same value times 10 to the power of `places`.
    pub fn shifted(&self, places: i64) -> Decimal {
        let (digits, scale) = self.0.as_bigint_and_scale();
        Decimal(BigDecimal::from_bigint(digits.into_owned(), scale - places))
    }

    /// Whether `self`, rounded after `scale` digits behind the point, is `shown`: `-3` is to thousands. A value
    /// exactly in the middle may be rounded either way.
    fn rounds_to(&self, shown: &Decimal, scale: i64) -> bool {
        let modes = [RoundingMode::HalfUp, RoundingMode::HalfDown];
        modes.iter().any(|&mode| self.0.with_scale_round(scale, mode) == shown.0)
    }
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
        let Decimal(shown) = &self.value;
        if let (Form::Fraction(own), Form::Fraction(other)) = (&self.form, &computed.form) {
            return self.value == computed.value && own == other;
        }
        if let Form::Fraction(Decimal(denominator)) = &self.form {
            // 0.01 is 1/100, and no rounding of 1/130.
            let Decimal(decimal) = &computed.value;
            let shares =
                computed.form == Form::Plain && computed.value.scale() >= 2 && !denominator.is_zero();
            return shares
                && !shown.is_zero()
                && (*shown == decimal * denominator
                    || decimal.digits() >= denominator.digits()
                        && Decimal(shown / denominator).rounds_to(&computed.value, computed.value.scale()));
        }
        let Some(value) = self.comparable(computed) else { return false };
        match rounding {
            _ if value == self.value => true,
            Rounding::About if self.is_whole() => {
                value.rounds_to(&self.value, shown.normalized().fractional_digit_count().min(0))
            }
            _ if self.is_whole() => false,
            Rounding::Careful if shown.digits() == 1 => false,
            _ => value.rounds_to(&self.value, self.value.scale()),
        }
    }

    /// Whether `computed`, shown with as many digits, is another number by one digit only: what a
    /// slip of the finger would make of this one.
    pub fn is_one_digit_from(&self, computed: &Number) -> bool {
        let differing = |a: &str, b: &str| {
            (a.len() == b.len()).then(|| a.bytes().zip(b.bytes()).filter(|(a, b)| a != b).count())
        };
        let digits = |Decimal(number): &Decimal| number.as_bigint_and_scale().0.magnitude().to_string();
        if let (Form::Fraction(own), Form::Fraction(other)) = (&self.form, &computed.form) {
            let counts = (
                differing(&digits(&self.value), &digits(&computed.value)),
                differing(&digits(own), &digits(other)),
            );
            return matches!(counts, (Some(1), Some(0)) | (Some(0), Some(1)));
        }
        let Some(value) = self.comparable(computed) else { return false };
        let (Decimal(own), Decimal(other)) = (&self.value, &value);
        if self.is_whole() && !value.is_whole() || other.is_negative() != own.is_negative() {
            return false;
        }
        let scale = match self.form {
            // As many digits as are shown, wherever the point is.
            Form::Scientific => value.scale() + own.digits() as i64 - other.digits() as i64,
            _ => self.value.scale(),
        };
        let rounded = other.with_scale_round(scale, RoundingMode::HalfUp);
        // A zero before the point is shown, and so are those behind it; so is the exponent.
        let written = |number: &Decimal| match self.form {
            Form::Scientific => {
                let digits = digits(number);
                format!("{digits}e{}", digits.len() as i64 - 1 - number.scale())
            }
            _ => number.0.abs().to_plain_string(),
        };
        (rounded.digits() > 1 || rounded == *other)
            && differing(&written(&Decimal(rounded)), &written(&self.value)) == Some(1)
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
            (Form::Percent, Form::Percent) => Some(value.clone()),
            (Form::Percent, Form::Plain | Form::Scientific) => {
                (value.scale() >= 2 && value.0.abs() <= 1).then(|| value.shifted(2))
            }
            (Form::Plain | Form::Scientific, Form::Fraction(Decimal(denominator))) => {
                let (scale, half) = (self.value.scale(), RoundingMode::HalfUp);
                let share = scale > 0 && !denominator.is_zero();
                share.then(|| Decimal((&value.0 / denominator).with_scale_round(scale, half)))
            }
            (Form::Plain, Form::Plain) if !self.value.is_whole() && value.is_whole() => None,
            (Form::Plain | Form::Scientific, Form::Plain | Form::Scientific) => Some(value.clone()),
            (Form::Label | Form::Fraction(_) | Form::Percent, _) | (_, Form::Label | Form::Percent) => None,
        }
    }
}

/// Where a number may begin, or is raised.
static START: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\.?[0-9]|[⁰¹²³⁴⁵⁶⁷⁸⁹]+").unwrap());

/// An exponent that is further from 0 than that of any float makes no number.
const FURTHEST: i64 = 400;

/// A whole number, its thousands separated or not.
const WHOLE: &str = r"[1-9][0-9]{0,2}(?:(?:,|\{,\}|\\,|\u{2009}|\u{202f})[0-9]{3})+\b|[0-9]+(?:_[0-9]+)*";

/// A number from its first digit or its point on.
static DIGITS: LazyLock<Regex> = LazyLock::new(|| {
    let version = r"[0-9]+(?:\.[0-9]+){2,}";
    Regex::new(&format!(r"^(?:(?<version>{version})|(?<whole>{WHOLE})?(?<decimals>\.[0-9]+)?)")).unwrap()
});

/// What may stand behind its digits.
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    let power = r"\^\{\s*[-−]?[0-9]+\s*\}|\^[-−]?[0-9]+|⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+";
    let space = r"[ \u{a0}\u{2009}\u{202f}]*";
    Regex::new(&format!(
        r"^(?:[eE](?<exponent>[-−+]?[0-9]+)(?:\b|_)|(?<raised>{power})|{space}(?:×|\\times|\\cdot|·){space}10(?<times>{power})|(?<percent>{space}(?:\\?%|per ?cent))|/(?<denominator>{WHOLE}))"
    ))
    .unwrap()
});

/// A sign at the end of a text that is no operator between two values.
static SIGN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?:^|[\s(\[{,;:=≈~*/+<>|&^"'`·×])(?<sign>[-−+])$"#).unwrap());

/// The same in a formula, where it may have spaces around it, and a command before it.
static SIGN_IN_FORMULA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[(\[{,;:=≈~*/+<>|&^"'`·×]|\\\\|(?<command>\\[A-Za-z]+))\s*(?<sign>\+|[-−] *)$"#)
        .unwrap()
});

/// Finds the numbers of a text, in order.
pub fn scan(text: &str, syntax: Syntax) -> Vec<Number> {
    let mut numbers = Vec::new();
    let mut at = 0;
    while let Some(found) = START.find_at(text, at) {
        let before = text[..found.start()].chars().next_back();
        at = found.end();
        if !found.as_str().is_ascii() {
            // An exponent in small raised digits behind a number other than ten.
            if before.is_some_and(|c| c.is_ascii_digit()) {
                let value = Decimal::new(&plain(found.as_str()), 0);
                numbers.push(Number {
                    range: found.range(),
                    digits: found.range(),
                    value,
                    form: Form::Plain,
                });
            }
        } else if found.as_str().starts_with('.')
            && before.is_some_and(|c| !c.is_whitespace() && !"([{,=<>~≈|-−+*/".contains(c))
        {
            at = found.start() + 1;
        } else if let Some(end) = name_end(text, found.start(), syntax) {
            at = end;
        } else {
            let number = number(text, found.start(), syntax);
            at = number.range.end;
            numbers.push(number);
        }
    }
    numbers
}

/// The end of the word, if the digits at `start` belong to a name.
fn name_end(text: &str, start: usize, syntax: Syntax) -> Option<usize> {
    let (before, rest) = text.split_at(start);
    let math = syntax == Syntax::Math;
    // A command such as \cdot or \frac ends where the digits begin.
    let command = || before.trim_end_matches(|c: char| c.is_ascii_alphabetic()).ends_with('\\');
    let name = match before.chars().next_back()? {
        '_' => !math,
        c if c.is_alphabetic() => !(math && command()),
        _ => rest.starts_with("0x") || rest.starts_with("0b"),
    };
    let end = || rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    name.then(|| start + end())
}

/// The number whose first digit or point stands at `start`.
fn number(text: &str, start: usize, syntax: Syntax) -> Number {
    let (before, rest) = text.split_at(start);
    let found = DIGITS.captures(rest).expect("it matches anything");
    let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
    let (whole, decimals) = (plain(part("whole")), part("decimals"));
    let mut digits = start..start + found[0].len();
    let mut range = start - sign(before, syntax)..digits.end;
    let sign = plain(&text[range.start..start]);
    let mut written = format!("{sign}0{whole}{decimals}");
    let padded = whole.len() > 1 && whole.starts_with('0');
    let mut form = if padded || found.name("version").is_some() { Form::Label } else { Form::Plain };
    let mut exponent = 0;

    let rest = &text[digits.end..];
    let found = BEHIND.captures(rest);
    let part = |name: &str| found.as_ref()?.name(name);
    let raised = part("raised").filter(|_| whole == "10" && decimals.is_empty());
    if raised.is_some() {
        written = format!("{sign}1");
    }
    if let Some(power) = part("exponent").or(raised).or(part("times").filter(|_| !before.ends_with('^'))) {
        digits.end += power.end();
        let readable = plain(power.as_str()).parse().ok().filter(|power: &i64| power.abs() <= FURTHEST);
        exponent = readable.unwrap_or_default();
        let zero = !written.contains(|c: char| ('1'..='9').contains(&c));
        form = if zero || readable.is_none() { Form::Label } else { Form::Scientific };
    }
    range.end = digits.end;
    if form == Form::Plain
        && let Some(percent) = part("percent")
    {
        let behind = &rest[percent.end()..];
        let word = |text: &str| text.starts_with(|c: char| c.is_alphanumeric());
        // In code % is the remainder, unless it ends the text or a sentence.
        let next = behind.trim_start();
        let operator = percent.as_str().starts_with(' ') || word(next) || next.starts_with(['(', '_']);
        if !(word(behind) || syntax == Syntax::Code && operator) {
            form = Form::Percent;
            range.end += percent.end();
        }
    } else if form == Form::Plain
        && decimals.is_empty()
        && let Some(denominator) = part("denominator")
    {
        let mut behind = rest[denominator.end()..].chars();
        let next = behind.next();
        let decimals = next == Some('.') && behind.next().is_some_and(|c| c.is_ascii_digit());
        if next != Some('/') && !decimals {
            form = Form::Fraction(Decimal::new(&plain(denominator.as_str()), 0));
            digits.end += denominator.end();
            range.end = digits.end;
        }
    }
    Number { range, digits, value: Decimal::new(&written, exponent), form }
}

/// How long the sign is that a text ends with and that belongs to the number behind it.
fn sign(before: &str, syntax: Syntax) -> usize {
    let found = match syntax {
        Syntax::Math => SIGN_IN_FORMULA.captures(before),
        Syntax::Text | Syntax::Code => SIGN.captures(before),
    };
    let value = |command: &str| [r"\right", r"\ldots", r"\dots"].contains(&command);
    let found = found.filter(|found| !found.name("command").is_some_and(|command| value(command.as_str())));
    found.map_or(0, |found| found["sign"].len())
}

/// Raised digits and long signs as plain ones; without what separates thousands and holds exponents together.
fn plain(written: &str) -> String {
    let plain = |c| match c {
        '0'..='9' | '-' => Some(c),
        '⁻' | '−' => Some('-'),
        c => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|s| s == c).and_then(|digit| char::from_digit(digit as u32, 10)),
    };
    written.chars().filter_map(plain).collect()
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
