//! Proof of the checks in `tests/truth.rs`: errors planted in copies of the pages are caught.
//!
//! `cargo test --test truth_of_truth -- --nocapture` prints the shares by kind, and each error
//! that no check noticed.

use std::path::Path;

use truth::Course;
use truth::plant::{Error, harvest};

/// How many digits are changed, at least.
const DIGITS: usize = 300;
/// How many of the changed digits are to be noticed, in percent. The rest change a number into
/// another one that the lesson's transcript has as well, under a name that fits as well.
const DIGITS_CAUGHT: f64 = 98.0;

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
    assert_eq!(caught, planted, "\n{harvest}");
    Ok(())
}
