//! Properties of the number parser, on which every check of a number rests.

use proptest::prelude::*;
use truth::read::number::{Form, Number, Rounding, Syntax, scan};

fn one(text: &str) -> Number {
    let numbers = scan(text, Syntax::Text);
    assert_eq!(numbers.len(), 1, "{text}: {numbers:?}");
    numbers.into_iter().next().expect("one number")
}

/// A whole number with a separator between its thousands.
fn grouped(number: u64, separator: &str) -> String {
    let digits = number.to_string();
    let first = (digits.len() + 2) % 3 + 1;
    let (head, tail) = digits.split_at(first);
    let groups: Vec<&str> =
        tail.as_bytes().chunks(3).map(|group| std::str::from_utf8(group).expect("digits")).collect();
    std::iter::once(head).chain(groups).collect::<Vec<_>>().join(separator)
}

proptest! {
    #[test]
    fn any_text_is_scanned_in_order_and_within_its_bounds(text in "\\PC*") {
        for syntax in [Syntax::Text, Syntax::Math, Syntax::Code] {
            let mut end = 0;
            for number in scan(&text, syntax) {
                prop_assert!(number.range.start >= end && number.range.end <= text.len());
                prop_assert!(text.get(number.range.clone()).is_some());
                prop_assert!(number.digits.start >= number.range.start);
                prop_assert!(number.digits.end <= number.range.end);
                end = number.range.end;
            }
        }
    }

    #[test]
    fn texts_full_of_digits_and_marks_are_scanned(text in "[0-9.,eE%/^{}_×⁻⁵ −+x\\\\-]{0,40}") {
        for syntax in [Syntax::Text, Syntax::Math, Syntax::Code] {
            for number in scan(&text, syntax) {
                prop_assert!(text.get(number.range.clone()).is_some());
            }
        }
    }

    #[test]
    fn a_float_is_read_back(value in -1e12..1e12f64, decimals in 0usize..12) {
        let text = format!("{value:.decimals$}");
        let number = one(&text);
        prop_assert_eq!(number.value.to_f64(), text.parse::<f64>().expect("a float"));
        prop_assert_eq!(number.range, 0..text.len());
    }

    #[test]
    fn thousands_may_be_separated(value in 0u64..1_000_000_000_000) {
        let plain = one(&value.to_string());
        for separator in [",", "\u{2009}", "\u{202f}"] {
            let number = one(&grouped(value, separator));
            prop_assert!(number.shows(&plain, Rounding::Usual) && plain.shows(&number, Rounding::Usual));
        }
    }

    #[test]
    fn what_formatting_rounds_to_is_shown(value in -1e6..1e6f64, decimals in 1usize..8) {
        let exact = one(&format!("{value:.17}"));
        let shown = format!("{value:.decimals$}");
        prop_assert!(one(&shown).shows(&exact, Rounding::Usual));
    }

    #[test]
    fn percentages_show_shares(share in 0.0..1.0f64, decimals in 0usize..4) {
        let exact = one(&format!("{share:.17}"));
        let shown = one(&format!("{:.decimals$} %", share * 100.0));
        prop_assert_eq!(&shown.form, &Form::Percent);
        prop_assert!(shown.shows(&exact, Rounding::Usual));
    }

    #[test]
    fn another_digit_is_another_number(
        value in -1e6..1e6f64, decimals in 1usize..6, place: prop::sample::Index, by in 1u8..10,
    ) {
        let text = format!("{value:.decimals$}");
        let places: Vec<usize> = text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
        let at = places[place.index(places.len())];
        let mut changed = text.clone().into_bytes();
        changed[at] = b'0' + (changed[at] - b'0' + by) % 10;
        let changed = String::from_utf8(changed).expect("digits");
        prop_assert!(!one(&changed).shows(&one(&text), Rounding::Usual));
        prop_assert!(!one(&changed).shows(&one(&text), Rounding::About));
    }

    #[test]
    fn scientific_notation_is_the_same_number(mantissa in 1u32..100_000, exponent in -12i32..0) {
        let plain = one(&format!("{mantissa}e{exponent}"));
        let raised: String = exponent.to_string().chars().map(|c| match c {
            '-' => '⁻',
            c => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(c as usize - '0' as usize).expect("a digit"),
        }).collect();
        let typeset = one(&format!("{mantissa} × 10{raised}"));
        let decimals = usize::try_from(-exponent).expect("negative");
        let written = one(&format!("{:.decimals$}", f64::from(mantissa) * 10f64.powi(exponent)));
        prop_assert_eq!(&plain.value, &typeset.value);
        prop_assert!(plain.shows(&written, Rounding::Usual) && written.shows(&plain, Rounding::Usual));
    }
}
