//! The X-ray and CPython agree on what every line of microgpt.py makes.

#[path = "../../tests/golden/mod.rs"]
mod golden;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab::xray::moments::Moment;
use lab::xray::record::Part;
use lab::xray::{Row, rows};
use microgpt::Engine;

/// The rows of `tests/golden/lines.txt` of each case.
fn golden() -> BTreeMap<String, Vec<String>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/lines.txt");
    let mut cases: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in fs::read_to_string(file).unwrap().lines() {
        let (case, row) = line.split_once(' ').unwrap();
        cases.entry(case.to_owned()).or_default().push(row.to_owned());
    }
    cases
}

/// A row as `tests/golden/lines.py` writes it, up to the hash.
fn written(row: &Row) -> String {
    let part = match row.part {
        Part::Setup => "setup",
        Part::Training => "training",
        Part::Inference => "inference",
    };
    let hash = row.numbers.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, number| {
        (hash ^ number.to_bits()).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{part} {} {} {} {hash:016x}", row.line, row.name, row.numbers.len())
}

/// Lines that hold what the reader chose, or what another line has as well: the graph in the order of line 68, the
/// loss of line 169, the sample of line 199.
const REPEATED: [usize; 7] = [64, 65, 67, 153, 156, 184, 200];

/// Where Python's rows of a case and those computed differ first.
fn difference(python: &[String], computed: &[Row]) -> Option<String> {
    let python: Vec<_> =
        python.iter().map(|row| row.split(' ').take(5).collect::<Vec<_>>().join(" ")).collect();
    let computed: Vec<_> = computed.iter().map(written).collect();
    let differ = python.iter().zip(&computed).find(|(python, computed)| python != computed);
    match differ {
        Some((python, computed)) => Some(format!("Python: {python}, here: {computed}")),
        None if python.len() != computed.len() => {
            Some(format!("Python has {} rows, here are {}", python.len(), computed.len()))
        }
        None => None,
    }
}

/// What is computed for a case such as `anna-100`, `samples-0` or `setup`.
fn computed(case: &str, moments: &BTreeMap<usize, Moment>) -> Vec<Row> {
    let (name, step) = case.split_once('-').unwrap_or((case, "0"));
    let moment = &moments[&step.parse().unwrap()];
    let (rows, part) = match name {
        "setup" => (rows(moment, None, 0), Part::Setup),
        "samples" => (rows(moment, None, 2), Part::Inference),
        doc => (rows(moment, Some(doc), 0), Part::Training),
    };
    rows.into_iter().filter(|row| row.part == part && !REPEATED.contains(&row.line)).collect()
}

fn moments() -> BTreeMap<usize, Moment> {
    [0, 100, 500].map(|step| (step, Moment::with_engine(step, Engine::Scalar))).into()
}

#[test]
fn every_line_makes_what_it_makes_in_python() {
    if !golden::made_here() {
        return; // last bits may differ here
    }
    let (golden, moments) = (golden(), moments());
    assert!(golden.len() == 13, "three names and two samples at three steps, and the setup");
    for (case, python) in &golden {
        let difference = difference(python, &computed(case, &moments));
        assert!(difference.is_none(), "{case}: {}", difference.unwrap());
    }
}

#[test]
fn a_line_that_makes_something_else_is_found() {
    let (golden, moments) = (golden(), BTreeMap::from([(0, Moment::with_engine(0, Engine::Scalar))]));
    let right = computed("bo-0", &moments);
    for (place, row) in right.iter().enumerate() {
        let mut wrong = right.clone();
        let number = &mut wrong[place].numbers[row.numbers.len() / 2];
        *number = f64::from_bits(number.to_bits() ^ 1);
        let found = difference(&golden["bo-0"], &wrong).expect("the last bit counts");
        assert!(
            !golden::made_here() || found.contains(&format!(" {} {} ", row.line, row.name)),
            "{found}, and not line {}",
            row.line
        );
    }
}
