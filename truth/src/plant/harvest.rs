//! What is planted, and what became of it.

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;

use crate::judge::route::Route;
use crate::read::course::Course;

/// The kinds of errors that are planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Error {
    /// One digit of a number is another one.
    Digit(Route),
    /// Two cells side by side, or one above the other, have changed places.
    Swap,
    /// A character of a quote is another one.
    Quote,
    /// A quote's range is shifted by one line.
    Shift,
    /// A quote is gone, or has lost its last line.
    Coverage,
    /// A link leads nowhere.
    Link,
    /// A term stands in a chapter before the one that introduces it.
    Term,
    /// A character of an output block is another one.
    Output,
    /// One digit of a number in a string of an example is another one, there and in what it prints.
    Literal,
    /// What an example prints as a result stands in its string, where `{}` stood.
    TypedResult,
    /// Another number of more than one digit that an example prints stands in its string, where `{}` stood.
    TypedValue,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Digit(route) => write!(f, "digit changed: {route}"),
            Error::Swap => f.write_str("table cells swapped"),
            Error::Quote => f.write_str("quote altered"),
            Error::Shift => f.write_str("line range shifted"),
            Error::Coverage => f.write_str("line no longer quoted"),
            Error::Link => f.write_str("link broken"),
            Error::Term => f.write_str("term used early"),
            Error::Output => f.write_str("output corrupted"),
            Error::Literal => f.write_str("digit changed in a string"),
            Error::TypedResult => f.write_str("result typed"),
            Error::TypedValue => f.write_str("other value typed"),
        }
    }
}

/// An error to plant.
#[derive(Debug, Clone)]
pub struct Plant<Change> {
    /// What kind of error it is.
    pub error: Error,
    /// The file, relative to the root.
    pub file: String,
    /// Line of the file.
    pub line: usize,
    /// What is changed, for a reader.
    pub what: String,
    /// How it is changed.
    pub change: Change,
}

/// What became of the plants.
#[derive(Debug, Default)]
pub struct Harvest {
    /// For each kind: how many were planted and how many were caught.
    pub counts: BTreeMap<Error, (usize, usize)>,
    /// Those that no check noticed, each as a line.
    pub survivors: Vec<String>,
}

impl Harvest {
    /// Plants each error in a copy of the course, one at a time, and counts those that are noticed. Whoever
    /// notices leaves the copy as it was.
    pub fn of<Change: Sync>(
        course: &Course,
        plants: &[Plant<Change>],
        notices: impl Fn(&mut Course, &Plant<Change>) -> bool + Sync,
    ) -> Harvest {
        let noticed: Vec<bool> =
            plants.par_iter().map_init(|| course.clone(), |course, plant| notices(course, plant)).collect();
        let mut harvest = Harvest::default();
        for (plant, noticed) in plants.iter().zip(noticed) {
            let counts = harvest.counts.entry(plant.error).or_default();
            counts.0 += 1;
            counts.1 += usize::from(noticed);
            if !noticed {
                let Plant { error, file, line, what, .. } = plant;
                harvest.survivors.push(format!("{file}:{line}: {error}: {what}"));
            }
        }
        harvest
    }

    /// Planted and caught over the kinds for which `of` holds.
    pub fn total(&self, of: impl Fn(Error) -> bool) -> (usize, usize) {
        let counts = self.counts.iter().filter(|(error, _)| of(**error)).map(|(_, counts)| counts);
        counts.fold((0, 0), |all, counts| (all.0 + counts.0, all.1 + counts.1))
    }
}

impl fmt::Display for Harvest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (error, (planted, caught)) in &self.counts {
            let share = 100.0 * *caught as f64 / *planted as f64;
            writeln!(f, "{:<32} {caught:>5} of {planted:>5}  {share:>5.1} %", error.to_string())?;
        }
        self.survivors.iter().try_for_each(|survivor| writeln!(f, "survived: {survivor}"))
    }
}

/// A small generator of random numbers (splitmix64); the same plants for the same seed.
pub struct Random(pub u64);

impl Random {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap_or(0)
    }

    /// Another digit than this one.
    pub fn digit(&mut self, old: u8) -> String {
        let by = 1 + u8::try_from(self.below(9)).unwrap_or(0);
        char::from(b'0' + (old - b'0' + by) % 10).to_string()
    }

    /// The plants in any order.
    pub fn shuffle<Change>(&mut self, plants: &mut [Plant<Change>]) {
        for at in (1..plants.len()).rev() {
            plants.swap(at, self.below(at + 1));
        }
    }

    /// At most so many plants of each kind, in any order.
    pub fn sample<Change>(&mut self, plants: &mut Vec<Plant<Change>>, most: usize) {
        self.shuffle(plants);
        let mut counts: BTreeMap<Error, usize> = BTreeMap::new();
        plants.retain(|plant| {
            let count = counts.entry(plant.error).or_default();
            *count += 1;
            *count <= most
        });
    }
}
