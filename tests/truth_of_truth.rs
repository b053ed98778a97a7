//! Proof of the checks in `tests/truth.rs`: errors planted in copies of the pages are caught.
//!
//! `cargo test --test truth_of_truth -- --nocapture` prints the shares by kind, and each error
//! that no check noticed.

use std::path::Path;

use truth::Course;
use truth::plant::{Error, harvest};

/// How many digits are changed, at least.
const DIGITS: usize = 1000;
/// How many of the changed digits are to be noticed, in percent. What is not noticed:
///
/// - A number becomes another one that a line of the transcript or of a snippet has under a name that
///   fits as well: neuron 20 becomes neuron 23, of the 64 are 15 silent or 12.
/// - In a bound paragraph, a number becomes another one of the same block.
/// - A mentioned line becomes another line of the lesson that reads the same (112, 117 and 137), or a
///   range the next larger unit (lines 59–72 the class of lines 29–72).
const DIGITS_CAUGHT: f64 = 98.0;

#[test]
fn planted_errors_are_caught() -> Result<(), truth::Error> {
    let course = Course::load(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    let harvest = harvest(&course, DIGITS);
    println!("{harvest}");
    let (planted, caught) = harvest.total(|error| matches!(error, Error::Digit(_)));
    let share = 100.0 * caught as f64 / planted as f64;
    println!("digits: {caught} of {planted} caught, {share:.1} %");
    assert!(planted >= 300);
    assert!(share >= DIGITS_CAUGHT, "\n{harvest}");
    let (planted, caught) = harvest.total(|error| !matches!(error, Error::Digit(_)));
    assert_eq!(caught, planted, "\n{harvest}");
    Ok(())
}
