//! Proof of the checks in `tests/truth.rs`: errors planted in copies of the pages are caught.
//!
//! `cargo test --test truth_of_truth -- --nocapture` prints the shares by kind, and each error
//! that no check noticed.

use std::path::Path;

use truth::Course;
use truth::plant::{Error, harvest};

/// How many digits are changed, at least.
const DIGITS: usize = 300;
/// How many of the changed digits are noticed at least, in percent. The aim is 98; most of the rest
/// change a number into another one that the lesson's transcript has as well, under a like name.
const DIGITS_CAUGHT: f64 = 85.0;
/// How many of all other errors are noticed at least, in percent. The aim is 100.
const OTHERS_CAUGHT: f64 = 99.0;

#[test]
fn planted_errors_are_caught() -> Result<(), truth::Error> {
    let course = Course::load(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    let harvest = harvest(&course, DIGITS);
    println!("{harvest}");
    let (planted, caught) = harvest.total(|error| matches!(error, Error::Digit(_)));
    let share = 100.0 * caught as f64 / planted as f64;
    println!("digits: {caught} of {planted} caught, {share:.1} %");
    assert!(planted >= DIGITS);
    assert!(share >= DIGITS_CAUGHT, "\n{harvest}");
    let (planted, caught) = harvest.total(|error| !matches!(error, Error::Digit(_)));
    let share = 100.0 * caught as f64 / planted as f64;
    println!("others: {caught} of {planted} caught, {share:.1} %");
    assert!(share >= OTHERS_CAUGHT, "\n{harvest}");
    Ok(())
}
