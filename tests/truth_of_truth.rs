//! Proof of the checks in `tests/truth.rs`: errors planted in copies of the pages are caught.
//!
//! `cargo test --test truth_of_truth -- --nocapture` prints the shares by kind, and each error
//! that no check noticed. Each day other errors are planted; `SEED=N` plants those of another day again.

use std::path::Path;
use std::time::SystemTime;

use truth::Course;
use truth::plant::{Error, harvest};

/// How many digits are changed, at least, on pages under either rule.
const DIGITS: usize = 500;
/// How many of the changed digits are to be noticed, in percent. What is not noticed: a number becomes another
/// one of the same block, and the sentence names no line of it; a mentioned line becomes another that reads
/// the same (112, 117 and 137), or a range the next larger unit.
const DIGITS_CAUGHT: f64 = 99.0;
/// The same on pages that do not name their sources yet.
const OLD_DIGITS_CAUGHT: f64 = 98.0;

#[test]
fn planted_errors_are_caught() -> Result<(), truth::Error> {
    let day =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs() / 86_400);
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(day);
    println!("seed: {seed}");
    let course = Course::load(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    let harvest = harvest(&course, DIGITS, seed);
    println!("{harvest}");
    let share = |of: fn(Error) -> bool, wanted: f64| {
        let (planted, caught) = harvest.total(of);
        println!("{caught} of {planted} caught");
        assert!(planted > 0 && 100.0 * caught as f64 >= wanted * planted as f64, "seed {seed}\n{harvest}");
    };
    share(|error| matches!(error, Error::Digit(_)), DIGITS_CAUGHT);
    share(|error| matches!(error, Error::OldDigit(_)), OLD_DIGITS_CAUGHT);
    share(|error| !matches!(error, Error::Digit(_) | Error::OldDigit(_)), 100.0);
    Ok(())
}
