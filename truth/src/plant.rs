//! Proof that the checks work: errors planted in copies of the pages, and how many are caught.
//!
//! Every plant changes one page in memory. It is caught when some check finds a problem that it
//! does not find in the course as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use crate::judge::declared::Accounted;
use crate::judge::numbers;
use crate::judge::route::Route;
use crate::judge::{coverage, lines as mentioned, links, quotes, shape, terms, transcripts};
use crate::problem::{Problem, Report};
use crate::read::chapter::{Chapter, GLOSSARY};
use crate::read::course::Course;
use crate::read::fence::Fence;
use crate::read::lines;
use crate::read::page::{Block, Kind, Page};

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
        }
    }
}

/// An error to plant.
#[derive(Debug, Clone)]
pub struct Plant {
    /// What kind of error it is.
    pub error: Error,
    /// The page, by its path.
    pub page: String,
    /// Line of the page.
    pub line: usize,
    /// What is changed, for a reader.
    pub what: String,
    /// Where the page's text is replaced, from the end of the page to its beginning.
    edits: Vec<(Range<usize>, String)>,
}

/// What became of the plants.
#[derive(Debug, Default)]
pub struct Harvest {
    /// For each kind: how many were planted and how many were caught.
    pub counts: BTreeMap<Error, (usize, usize)>,
    /// Those that no check noticed.
    pub survivors: Vec<Plant>,
}

impl Harvest {
    /// Planted and caught over the kinds for which `of` holds.
    pub fn total(&self, of: impl Fn(Error) -> bool) -> (usize, usize) {
        self.counts
            .iter()
            .filter(|(error, _)| of(**error))
            .fold((0, 0), |(planted, caught), (_, counts)| (planted + counts.0, caught + counts.1))
    }
}

impl fmt::Display for Harvest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (error, (planted, caught)) in &self.counts {
            let share = 100.0 * *caught as f64 / *planted as f64;
            writeln!(f, "{:<32} {caught:>5} of {planted:>5}  {share:>5.1} %", error.to_string())?;
        }
        for plant in &self.survivors {
            writeln!(f, "survived: {}:{}: {}: {}", plant.page, plant.line, plant.error, plant.what)?;
        }
        Ok(())
    }
}

/// How many errors of each other kind are planted at most.
const PER_KIND: usize = 100;

/// Plants errors of all kinds, picked by the seed, on the pages that name where their numbers come from or on
/// those under the old rule, and counts what is caught: at least `digits` changed digits, where there are so
/// many, and some of each other kind.
pub fn harvest(course: &Course, under_old: bool, digits: usize, seed: u64) -> Harvest {
    let wanted = |page: &Page| numbers::is_old(page) == under_old;
    let mut random = Random(seed);
    let mut plants = digit_plants(course, wanted, digits, &mut random);
    let mut others = term_plants(course, &mut random);
    others.retain(|plant| wanted(&course.pages[&plant.page]));
    for page in course.pages.values().filter(|page| wanted(page)) {
        others.extend(swap_plants(course, page));
        others.extend(block_plants(course, page, &mut random));
        others.extend(link_plants(page, &mut random));
    }
    random.shuffle(&mut others);
    let mut planted: BTreeMap<Error, usize> = BTreeMap::new();
    others.retain(|plant| {
        let count = planted.entry(plant.error).or_default();
        *count += 1;
        *count <= PER_KIND
    });
    plants.extend(others);
    let before = Before::new(course);
    let mut harvest = Harvest::default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = plants.len().div_ceil(threads).max(1);
    let noticed: Vec<bool> = std::thread::scope(|scope| {
        let notice = |plants: &[Plant]| plants.iter().map(|plant| before.notices(course, plant)).collect();
        let parts = plants.chunks(part).map(|plants| scope.spawn(move || -> Vec<bool> { notice(plants) }));
        let parts: Vec<_> = parts.collect();
        parts.into_iter().flat_map(|part| part.join().expect("the checks do not panic")).collect()
    });
    for (plant, caught) in plants.into_iter().zip(noticed) {
        let counts = harvest.counts.entry(plant.error).or_default();
        counts.0 += 1;
        if caught {
            counts.1 += 1;
        } else {
            harvest.survivors.push(plant);
        }
    }
    harvest
}

/// A small generator of random numbers (splitmix64); the same plants for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap_or(0)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// What the checks find in the course as it is.
struct Before {
    problems: BTreeSet<(String, String, String)>,
}

impl Before {
    fn new(course: &Course) -> Before {
        let mut problems = BTreeSet::new();
        for page in course.pages.values() {
            problems.extend(numbers::check_page(course, page).iter().map(key));
        }
        for check in CHECKS {
            problems.extend(check(course).problems.iter().map(key));
        }
        Before { problems }
    }

    fn notices(&self, course: &Course, plant: &Plant) -> bool {
        let mut text = course.pages[&plant.page].text.clone();
        for (range, new) in &plant.edits {
            text.replace_range(range.clone(), new);
        }
        let changed = course.with_page(&plant.page, text);
        let new =
            |problems: &[Problem]| problems.iter().any(|problem| !self.problems.contains(&key(problem)));
        let page = &changed.pages[&plant.page];
        // First what is meant to notice it, for speed; then everything.
        let likely = match plant.error {
            Error::Digit(_) | Error::Swap => {
                new(&numbers::check_page(&changed, page)) || new(&mentioned::check(&changed, page).1)
            }
            Error::Quote | Error::Shift => new(&quotes::check(&changed).problems),
            Error::Coverage => new(&coverage::check(&changed).problems),
            Error::Link => new(&links::check(&changed).problems),
            Error::Term => new(&terms::check(&changed).problems),
            Error::Output => new(&transcripts::check(&changed).problems),
        };
        likely
            || new(&numbers::check_page(&changed, page))
            || CHECKS.iter().any(|check| new(&check(&changed).problems))
    }
}

/// The checks beside that of the numbers.
const CHECKS: [fn(&Course) -> Report; 6] =
    [transcripts::check, shape::check, links::check, coverage::check, terms::check, quotes::check];

fn key(problem: &Problem) -> (String, String, String) {
    (problem.file.clone(), problem.found.clone(), problem.expected.clone())
}

/// Each checked number once, and again until there are enough; when there are more numbers than
/// wanted, a sample of them.
fn digit_plants(
    course: &Course,
    on: impl Fn(&Page) -> bool,
    wanted: usize,
    random: &mut Random,
) -> Vec<Plant> {
    let mut numbers: Vec<(&Page, Accounted, Route)> = Vec::new();
    for page in course.pages.values().filter(|page| on(page)) {
        for number in numbers::account(course, page) {
            // Digits such as ⁻⁵ are left out, for they have no place for another digit's bytes.
            let plain = page.text[number.digits.clone()].bytes().any(|byte| byte.is_ascii_digit());
            if let Ok(route) = number.result
                && !matches!(route, Route::Exempt | Route::Draft)
                && plain
            {
                numbers.push((page, number, route));
            }
        }
    }
    random.shuffle(&mut numbers);
    let count = numbers.len().min(wanted);
    let rounds = if numbers.is_empty() { 0 } else { wanted.div_ceil(count).max(1) };
    let mut plants = Vec::new();
    for _ in 0..rounds {
        for (page, number, route) in &numbers[..count] {
            let places: Vec<usize> =
                number.digits.clone().filter(|&at| page.text.as_bytes()[at].is_ascii_digit()).collect();
            let place = places[random.below(places.len())];
            let old = page.text.as_bytes()[place] - b'0';
            let new = char::from(b'0' + (old + 1 + u8::try_from(random.below(9)).unwrap_or(0)) % 10);
            let mut written = page.text[number.range.clone()].to_string();
            let within = place - number.range.start;
            let before = written.clone();
            written.replace_range(within..within + 1, &new.to_string());
            if *route == Route::Line && same_lines(course, page, place, new) {
                continue;
            }
            plants.push(Plant {
                error: Error::Digit(*route),
                page: page.path.clone(),
                line: page.line(place),
                what: format!("{before} -> {written}"),
                edits: vec![(place..place + 1, new.to_string())],
            });
        }
    }
    plants
}

/// Whether a changed digit makes a difference of empty lines only, which is no error: lines 23–27
/// are lines 23–28 when line 28 is empty.
fn same_lines(course: &Course, page: &Page, place: usize, digit: char) -> bool {
    let mut text = page.text.clone();
    text.replace_range(place..place + 1, &digit.to_string());
    let changed = Page::parse(page.path.clone(), text);
    let lines = |page: &Page| -> BTreeSet<usize> {
        let at = page.blocks.iter().position(|block| block.range.contains(&place));
        let mentions = at.map(|at| lines::mentions(page, at)).unwrap_or_default();
        let spans: Vec<(usize, usize)> = mentions.into_iter().flat_map(|mention| mention.spans).collect();
        lines::single_lines(&spans).into_iter().filter(|&line| !course.program.is_blank(line)).collect()
    };
    lines(page) == lines(&changed)
}

/// Every two neighbouring cells that differ, one of which has a number that is checked. The number
/// of a chapter is part of a title here, and a title is text.
fn swap_plants(course: &Course, page: &Page) -> Vec<Plant> {
    let cells: BTreeMap<(usize, usize, usize), &Block> = page
        .blocks
        .iter()
        .filter_map(|block| match block.kind {
            Kind::Cell { table, row, column } => Some(((table, row, column), block)),
            _ => None,
        })
        .collect();
    let numbers = numbers::account(course, page);
    let checked = |cell: &Block| {
        numbers.iter().any(|number| {
            cell.range.contains(&number.range.start)
                && number
                    .result
                    .as_ref()
                    .is_ok_and(|route| !matches!(route, Route::Exempt | Route::Draft | Route::Chapter))
        })
    };
    let drafts: BTreeSet<(usize, usize)> = cells
        .iter()
        .filter(|(_, cell)| {
            let of_draft = |number: &Accounted| number.result == Ok(Route::Draft);
            numbers.iter().any(|number| of_draft(number) && cell.range.contains(&number.range.start))
        })
        .map(|(&(table, row, _), _)| (table, row))
        .collect();
    let mut plants = Vec::new();
    for (&(table, row, column), cell) in &cells {
        for other in [(table, row, column + 1), (table, row + 1, column)] {
            // Between two unwritten lessons there is nothing yet to compare with.
            let both_drafts =
                other.1 != row && drafts.contains(&(table, row)) && drafts.contains(&(other.0, other.1));
            let Some(other) = cells.get(&other).filter(|_| !both_drafts) else { continue };
            let text = |cell: &Block| page.text[cell.range.clone()].trim().to_string();
            let (a, b) = (text(cell), text(other));
            if a == b || a.is_empty() || b.is_empty() || !(checked(cell) || checked(other)) {
                continue;
            }
            plants.push(Plant {
                error: Error::Swap,
                page: page.path.clone(),
                line: page.line(cell.range.start),
                what: format!("{a} <-> {b}"),
                edits: vec![(trimmed(page, other), a), (trimmed(page, cell), b)],
            });
        }
    }
    plants
}

/// The range of a cell without the spaces around its text.
fn trimmed(page: &Page, cell: &Block) -> Range<usize> {
    let text = &page.text[cell.range.clone()];
    let start = cell.range.start + text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

/// Errors in quotes and output blocks.
fn block_plants(course: &Course, page: &Page, random: &mut Random) -> Vec<Plant> {
    let quoting = |page: &Page| lines::single_lines(&lines::quoted(page));
    let others =
        course.lessons().filter(|(chapter, other)| chapter.module() != Some(0) && other.path != page.path);
    let elsewhere: BTreeSet<usize> = others.flat_map(|(_, page)| quoting(page)).collect();
    let overview = Chapter::at(&page.path).is_none_or(|chapter| chapter.module().unwrap_or(0) == 0);
    // Whether a line is this lesson's and quoted just once, so that dropping its quote leaves it out.
    let map = lines::map(course);
    let lines_of = |wanted: &dyn Fn(&Chapter) -> bool| -> BTreeSet<usize> {
        map.iter().filter(|(chapter, ..)| wanted(chapter)).flat_map(|(_, lines, _)| lines.clone()).collect()
    };
    let own = lines_of(&|chapter| chapter.path() == page.path);
    let drafts = lines_of(&|chapter| !course.pages.contains_key(&chapter.path()));
    let once = |line: usize| {
        let spans = lines::quoted(page);
        let here = spans.iter().filter(|(first, last)| (*first..=*last).contains(&line)).count();
        !overview && here == 1 && own.contains(&line) && !elsewhere.contains(&line) && !drafts.contains(&line)
    };
    let mut plants = Vec::new();
    for block in &page.blocks {
        let Some(info) = block.info() else { continue };
        let plant = |error: Error, what: String, edits: Vec<(Range<usize>, String)>| Plant {
            error,
            page: page.path.clone(),
            line: page.line(block.range.start),
            what,
            edits,
        };
        let fence = Fence::parse(info);
        let error = match fence {
            Fence::Quote { .. } => Error::Quote,
            Fence::Output(_) => Error::Output,
            _ => continue,
        };
        for (run, text) in block.styled(crate::read::page::Style::Code) {
            let letters: Vec<(usize, char)> =
                text.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric()).collect();
            if letters.is_empty() {
                continue;
            }
            let (at, old) = letters[random.below(letters.len())];
            let new = if old == 'x' || old == '7' {
                'y'
            } else if old.is_ascii_digit() {
                '7'
            } else {
                'x'
            };
            let place = run.source + at;
            plants.push(plant(error, format!("{old} -> {new}"), vec![(place..place + 1, new.to_string())]));
        }
        if let Fence::Quote { first, last } = fence {
            let at = block.range.start + page.text[block.range.clone()].find(info).unwrap_or(0);
            let range = at..at + info.len();
            for (first, last) in [(first - 1, last - 1), (first + 1, last + 1), (first, last + 1)] {
                let new = format!("python microgpt.py:{first}-{last}");
                plants.push(plant(Error::Shift, format!("{info} -> {new}"), vec![(range.clone(), new)]));
            }
            if (first..=last).any(once) {
                let gone = vec![(block.range.clone(), String::new())];
                plants.push(plant(Error::Coverage, format!("{info} deleted"), gone));
            }
            if first < last && once(last) {
                let shorter = format!("python microgpt.py:{first}-{}", last - 1);
                let content = block.runs.first().map_or(0, |run| run.source);
                let end = block.runs.last().map_or(0, |run| run.source + run.range.len());
                let lines = &page.text[content..end];
                let kept = lines.trim_end_matches('\n').rfind('\n').map_or(0, |at| at + 1);
                let kept = if lines.ends_with("\n\n") { lines.len() - 1 } else { kept };
                plants.push(plant(
                    Error::Coverage,
                    format!("{info} -> {shorter}"),
                    vec![(content + kept..end, String::new()), (range, shorter)],
                ));
            }
        }
    }
    plants
}

/// Every link with one letter of its target changed.
fn link_plants(page: &Page, random: &mut Random) -> Vec<Plant> {
    page.links
        .iter()
        .filter_map(|link| {
            let source = &page.text[link.range.clone()];
            let at = link.range.start + source.rfind(&link.target)?;
            let external = link.target.contains("://");
            let (range, new) = if external {
                let colon = at + link.target.find("://")?;
                (colon..colon + 3, ":/".to_string())
            } else {
                let letters: Vec<usize> = link
                    .target
                    .char_indices()
                    .filter(|(_, c)| c.is_ascii_alphanumeric())
                    .map(|(at, _)| at)
                    .collect();
                let place = at + letters[random.below(letters.len())];
                let new = if &page.text[place..place + 1] == "x" { "y" } else { "x" };
                (place..place + 1, new.to_string())
            };
            Some(Plant {
                error: Error::Link,
                page: page.path.clone(),
                line: page.line(link.range.start),
                what: format!("{}: {} -> {new}", link.target, &page.text[range.clone()]),
                edits: vec![(range, new)],
            })
        })
        .collect()
}

/// In each chapter, some terms that only a later one introduces.
fn term_plants(course: &Course, random: &mut Random) -> Vec<Plant> {
    const PER_CHAPTER: usize = 4;
    let mut plants = Vec::new();
    for (chapter, page) in course.chapters().filter(|(_, page)| page.path != GLOSSARY) {
        let allowed = |name: &str| {
            let previews = page.blocks.iter().flat_map(|block| &block.preview).chain(&page.preview);
            let term = course.glossary.term(name);
            previews.into_iter().any(|preview| course.glossary.term(preview) == term)
        };
        let later = |introduced: Option<Chapter>| introduced.is_some_and(|introduced| introduced > chapter);
        let mut names: Vec<&String> = course
            .glossary
            .terms
            .iter()
            .filter(|term| later(term.introduced_in) && !allowed(&term.name))
            .flat_map(|term| std::iter::once(&term.name).chain(&term.aliases))
            .collect();
        random.shuffle(&mut names);
        let ends: Vec<usize> = page
            .blocks
            .iter()
            .filter(|block| block.kind == Kind::Paragraph && block.list.is_none() && block.text.len() > 80)
            .map(|block| block.range.start + page.text[block.range.clone()].trim_end().len())
            .collect();
        for name in names.iter().take(PER_CHAPTER).filter(|_| !ends.is_empty()) {
            let at = ends[random.below(ends.len())];
            plants.push(Plant {
                error: Error::Term,
                page: page.path.clone(),
                line: page.line(at),
                what: (*name).clone(),
                edits: vec![(at..at, format!(" This is about {name}."))],
            });
        }
    }
    plants
}
