//! Heat maps: numbers in a table, with a ground that shows their size.
//!
//! The colours are those of the style sheet, from nothing to full for sizes from 0 to 1; negative numbers
//! have another colour and, for those who cannot tell the two, a minus sign.

use maud::{Markup, html};

/// The style of a ground for a number, as the `style` of an element of class `heat`: full where the number
/// is `full` in size or more, none where it is no number.
pub fn ground(number: f64, full: f64) -> String {
    let share = if full > 0.0 && !number.is_nan() { (number.abs() / full).min(1.0) } else { 0.0 };
    format!("--heat:{:.0}%", share * 100.0)
}

/// The classes of such an element.
pub fn class(number: f64) -> &'static str {
    if number < 0.0 { "heat negative" } else { "heat" }
}

/// A cell of a table with a number and its ground.
pub fn cell(number: f64, full: f64, text: &str) -> Markup {
    html! { td class=(class(number)) style=(ground(number, full)) { (text) } }
}

/// A row of numbers, as a vector is shown: each with a ground, and a name for all of them. The largest in
/// size has the full colour.
pub fn vector(name: &str, numbers: &[f64], decimals: usize) -> Markup {
    let full = largest(numbers);
    html! {
        ol class="vector" aria-label=(name) {
            @for number in numbers {
                li class=(class(*number)) style=(ground(*number, full)) { (signed(*number, decimals)) }
            }
        }
    }
}

/// A number with so many decimals and a minus sign as in the text of a page; one that is rounded to 0 has
/// none.
pub fn signed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

/// A number as short as it can be: at most four decimals, and a power of ten for large and small ones.
pub fn short(number: f64) -> String {
    let size = number.abs();
    let text = if size.is_finite() && (size >= 1e6 || size > 0.0 && size < 1e-3) {
        // `{:e}` would do, and weigh as much as all the rest of this module.
        let (mut mantissa, mut exponent) = (number, 0);
        while mantissa.abs() >= 9.9995 {
            mantissa /= 10.0;
            exponent += 1;
        }
        while mantissa.abs() < 0.99995 {
            mantissa *= 10.0;
            exponent -= 1;
        }
        format!("{mantissa:.3}e{}{}", if exponent < 0 { "−" } else { "" }, i32::abs(exponent))
    } else {
        let text = format!("{number:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match text.strip_prefix('-') {
        Some("0") => "0".to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

/// A number with five digits that count, whatever its size: `−0.0072467`, and `2.6257e−6` for 0.0000026257.
pub fn precise(number: f64) -> String {
    let mut exponent = 0;
    let mut mantissa = number;
    while mantissa != 0.0 && mantissa.abs() < 0.999_995 && exponent < 300 {
        mantissa *= 10.0;
        exponent += 1;
    }
    match exponent {
        0..4 => signed(number, 4 + exponent),
        _ => format!("{}e−{exponent}", signed(mantissa, 4)),
    }
}

/// The largest of some numbers in size: full colour in their heat map.
pub fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |most: f64, number| most.max(number.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_minus_sign_and_zero_has_none() {
        assert_eq!(signed(-1.25, 1), "−1.2");
        assert_eq!(signed(-0.04, 1), "0.0");
        assert_eq!(signed(f64::NAN, 1), "NaN");
        assert_eq!(
            [-0.0, 16.0, -0.2727, 1e6, -2.5e-5, 9.9996e7, 9.9996e-9, f64::INFINITY].map(short),
            ["0", "16", "−0.2727", "1.000e6", "−2.500e−5", "1.000e8", "1.000e−8", "inf"]
        );
        assert_eq!(precise(-0.007_246_67), "−0.0072467");
        assert_eq!(precise(0.000_002_625_71), "2.6257e−6");
        assert_eq!(precise(-12.0), "−12.0000");
        assert_eq!(precise(0.0), "0.0000");
        assert_eq!(precise(f64::NAN), "NaN");
        assert_eq!(ground(-3.0, 2.0), "--heat:100%");
        assert_eq!(ground(0.0, 0.0), "--heat:0%");
        assert_eq!(ground(f64::NAN, 1.0), "--heat:0%");
    }
}
