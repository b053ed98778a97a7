//! Proof of the checks in `tests/truth.rs`: errors planted in copies of the pages and of the examples are caught.
//!
//! `cargo test --test truth_of_truth -- --nocapture` prints the shares by kind, and each error
//! that no check noticed. Each day others are planted, changed digits of pages aside; `SEED=N` plants those of
//! another day again.

use std::path::Path;
use std::time::SystemTime;

use truth::Course;
use truth::judge::literals;
use truth::plant::harvest::{Error, Harvest};
use truth::plant::{pages, sources};

/// How many of a hundred changed digits on pages are found at least. What is missed turns a number into another one
/// that the blocks named above it have as well, such as 0.1 into 0.2 where both are rates.
const CAUGHT: f64 = 99.0;
/// How many of the altered and typed numbers are to be noticed in strings of examples, results aside, which all are:
/// what the function has as well, or what a result is computed from, may stand there.
const CAUGHT_IN_STRINGS: f64 = 60.0;

fn course() -> Result<Course, truth::Error> {
    Course::load(Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn today() -> u64 {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let day = time.map_or(0, |time| time.as_secs() / 86_400);
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(day)
}

/// Of the kinds that `of` names, so many percent were caught; of the others all.
fn expect(harvest: &Harvest, of: impl Fn(Error) -> bool, percent: f64) {
    println!("{harvest}");
    for (of, percent) in [(&of as &dyn Fn(Error) -> bool, percent), (&|error| !of(error), 100.0)] {
        let (planted, caught) = harvest.total(of);
        println!("{caught} of {planted} caught");
        assert!(planted > 0 && 100.0 * caught as f64 >= percent * planted as f64);
    }
}

#[test]
fn errors_planted_today_are_caught() -> Result<(), truth::Error> {
    println!("seed {}", today());
    let harvest = pages::harvest(&course()?, usize::MAX, 1000, today());
    expect(&harvest, |error| matches!(error, Error::Digit(_)), CAUGHT);
    Ok(())
}

#[test]
fn errors_planted_in_examples_today_are_caught() -> Result<(), truth::Error> {
    println!("seed {}", today());
    let course = course()?;
    let harvest = sources::harvest(&course, &literals::sources(&course)?, 300, today());
    expect(&harvest, |error| error != Error::TypedResult, CAUGHT_IN_STRINGS);
    Ok(())
}
