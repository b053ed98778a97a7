//! Proof of the checks in `tests/truth.rs`: errors planted in copies of the pages are caught.
//!
//! `cargo test --test truth_of_truth -- --nocapture` prints the shares by kind, and each error
//! that no check noticed. On pages that name where their numbers
//! come from, each day others are planted; `SEED=N` plants those of another day again.

use std::path::Path;
use std::time::SystemTime;

use truth::Course;
use truth::plant::{Error, Harvest, harvest};

/// How many digits are changed, at least, on the pages under either rule.
const DIGITS: usize = 500;
/// How many of the changed digits and swapped cells are to be noticed, in percent. What is not noticed: a number becomes another
/// one of the same block, and the sentence names no line of it; a mentioned line becomes another that reads
/// the same (112, 117 and 137), or a range the next larger unit. Of all digits planted once it was 99.3 %: a day's
/// sample may have a few more of the rest.
const CAUGHT: f64 = 98.5;
/// How many digits and swapped cells are to be noticed on pages that do not name their sources yet.
const CAUGHT_BY_OLD_RULE: f64 = 98.0;

fn harvested(under_old: bool, seed: u64) -> Result<Harvest, truth::Error> {
    let course = Course::load(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    let harvest = harvest(&course, under_old, DIGITS, seed);
    println!("seed {seed}\n{harvest}");
    Ok(harvest)
}

fn expect(harvest: &Harvest, of: impl Fn(Error) -> bool, percent: f64) {
    let (planted, caught) = harvest.total(of);
    println!("{caught} of {planted} caught");
    assert!(planted > 0 && 100.0 * caught as f64 >= percent * planted as f64);
}

#[test]
fn errors_planted_today_are_caught() -> Result<(), truth::Error> {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let day = time.map_or(0, |time| time.as_secs() / 86_400);
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(day);
    let harvest = harvested(false, seed)?;
    let numbers = |error| matches!(error, Error::Digit(_) | Error::Swap);
    expect(&harvest, numbers, CAUGHT);
    expect(&harvest, |error| !numbers(error), 100.0);
    Ok(())
}

#[test]
fn errors_planted_on_old_pages_are_caught() -> Result<(), truth::Error> {
    let harvest = harvested(true, 42)?;
    let numbers = |error| matches!(error, Error::Digit(_) | Error::Swap);
    expect(&harvest, numbers, CAUGHT_BY_OLD_RULE);
    expect(&harvest, |error| !numbers(error), 100.0);
    Ok(())
}
