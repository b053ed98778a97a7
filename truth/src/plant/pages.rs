//! Errors planted in copies of the pages. One is caught when some check finds a problem that it does not find in
//! the course as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::judge::numbers;
use crate::judge::route::Route;
use crate::judge::{answers, coverage, lines as mentioned, links, quotes, shape, terms, transcripts};
use crate::plant::harvest::{Error, Harvest, Plant, Random};
use crate::problem::{Problem, Report};
use crate::read::chapter::{Chapter, GLOSSARY};
use crate::read::course::Course;
use crate::read::fence::Fence;
use crate::read::lines;
use crate::read::page::{Block, Kind, Page};

/// Edits of a page, from its end to its beginning: each puts a text in the place of a range.
type Edits = Vec<(Range<usize>, String)>;

/// Plants errors of all kinds on the pages and counts what is caught: at most `digits` changed digits, and `others` of each other kind, picked by the seed.
pub fn harvest(course: &Course, digits: usize, others: usize, seed: u64) -> Harvest {
    let mut random = Random(seed);
    let mut plants = term_plants(course, &mut random);
    for page in course.numbered_pages() {
        // The tables of the README are text.
        if course.pages.contains_key(&page.path) {
            plants.extend(swap_plants(course, page));
        }
        plants.extend(block_plants(course, page, &mut random));
        plants.extend(link_plants(page, &mut random));
    }
    random.sample(&mut plants, others);
    // The same on any day: what is measured is the rule.
    let mut fixed = Random(0);
    let mut changed: Vec<_> =
        course.numbered_pages().flat_map(|page| digit_plants(course, page, &mut fixed)).collect();
    fixed.shuffle(&mut changed);
    changed.truncate(digits);
    plants.extend(changed);
    let before = Before::new(course);
    Harvest::of(course, &plants, |course, plant| before.notices(course, plant))
}

/// What the checks find in the course as it is.
struct Before {
    problems: BTreeSet<(String, String, String)>,
}

impl Before {
    fn new(course: &Course) -> Before {
        let mut problems = BTreeSet::new();
        for page in course.numbered_pages() {
            problems.extend(numbers::check_page(course, page).iter().map(key));
        }
        for check in CHECKS {
            problems.extend(check(course).problems.iter().map(key));
        }
        Before { problems }
    }

    fn notices(&self, course: &mut Course, plant: &Plant<Edits>) -> bool {
        let Some(page) = course.page(&plant.file) else { return false };
        let mut text = page.text.clone();
        for (range, new) in &plant.change {
            text.replace_range(range.clone(), new);
        }
        let old = course.replace(Page::parse(&*plant.file, text));
        let new =
            |problems: &[Problem]| problems.iter().any(|problem| !self.problems.contains(&key(problem)));
        let page = |course: &Course| course.page(&plant.file).cloned().expect("it was put there");
        // First what is meant to notice it, for speed; then everything.
        let noticed = match plant.error {
            Error::Digit(_) | Error::Swap => {
                let mut report = Report::default();
                mentioned::check(course, &page(course), &mut report);
                new(&report.problems)
            }
            Error::Quote | Error::Shift | Error::Output => new(&quotes::check(course).problems),
            Error::Coverage => new(&coverage::check(course).problems),
            Error::Link => new(&links::check(course).problems),
            Error::Term => new(&terms::check(course).problems),
            _ => new(&transcripts::check(course).problems),
        } || new(&numbers::check_page(course, &page(course)))
            || CHECKS.iter().any(|check| new(&check(course).problems));
        course.replace(old);
        noticed
    }
}

/// The checks beside that of the numbers.
const CHECKS: [fn(&Course) -> Report; 7] = [
    answers::check,
    transcripts::check,
    shape::check,
    links::check,
    coverage::check,
    terms::check,
    quotes::check,
];

fn key(problem: &Problem) -> (String, String, String) {
    (problem.file.clone(), problem.found.clone(), problem.wanted.clone())
}

/// Each digit of each checked number, changed into another one.
fn digit_plants(course: &Course, page: &Page, random: &mut Random) -> Vec<Plant<Edits>> {
    let mut plants = Vec::new();
    for number in numbers::account(course, page) {
        let Ok(route) = number.result else { continue };
        if route == Route::Exempt {
            continue;
        }
        let written = &page.text[number.range.clone()];
        // Digits such as ⁻⁵ are left out, for they have no place for another digit's bytes.
        for place in number.digits.filter(|&at| page.text.as_bytes()[at].is_ascii_digit()) {
            let new = random.digit(page.text.as_bytes()[place]);
            if route == Route::Line && same_lines(course, page, place, &new) {
                continue;
            }
            let within = place - number.range.start;
            plants.push(Plant {
                error: Error::Digit(route),
                file: page.path.clone(),
                line: page.line(place),
                what: format!("{written} -> {}{new}{}", &written[..within], &written[within + 1..]),
                change: vec![(place..place + 1, new)],
            });
        }
    }
    plants
}

/// Whether a changed digit makes a difference of empty lines only, which is no error: lines 23–27
/// are lines 23–28 when line 28 is empty.
fn same_lines(course: &Course, page: &Page, place: usize, digit: &str) -> bool {
    let mut text = page.text.clone();
    text.replace_range(place..place + 1, digit);
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
fn swap_plants(course: &Course, page: &Page) -> Vec<Plant<Edits>> {
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
                && matches!(number.result, Ok(route) if !matches!(route, Route::Exempt | Route::Chapter))
        })
    };
    let mut plants = Vec::new();
    for (&(table, row, column), cell) in &cells {
        for other in [(table, row, column + 1), (table, row + 1, column)] {
            let Some(other) = cells.get(&other) else { continue };
            let text = |cell: &Block| page.text[cell.range.clone()].trim().to_string();
            let (a, b) = (text(cell), text(other));
            if a == b || a.is_empty() || b.is_empty() || !(checked(cell) || checked(other)) {
                continue;
            }
            plants.push(Plant {
                error: Error::Swap,
                file: page.path.clone(),
                line: page.line(cell.range.start),
                what: format!("{a} <-> {b}"),
                change: vec![(trimmed(page, other), a), (trimmed(page, cell), b)],
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
fn block_plants(course: &Course, page: &Page, random: &mut Random) -> Vec<Plant<Edits>> {
    let quoting = |page: &Page| lines::single_lines(&lines::quoted(page));
    let others =
        course.lessons().filter(|(chapter, other)| chapter.module() != Some(0) && other.path != page.path);
    let elsewhere: BTreeSet<usize> = others.flat_map(|(_, page)| quoting(page)).collect();
    let overview = Chapter::at(&page.path).is_none_or(|chapter| chapter.module().unwrap_or(0) == 0);
    // Whether a line is this lesson's and quoted just once, so that dropping its quote leaves it out.
    let map = lines::map(course);
    let of_page = map.iter().filter(|(chapter, ..)| chapter.path() == page.path);
    let own: BTreeSet<usize> = of_page.flat_map(|(_, lines, _)| lines.clone()).collect();
    let once = |line: usize| {
        let spans = lines::quoted(page);
        let here = spans.iter().filter(|(first, last)| (*first..=*last).contains(&line)).count();
        !overview && here == 1 && own.contains(&line) && !elsewhere.contains(&line)
    };
    let mut plants = Vec::new();
    for block in &page.blocks {
        let Some(info) = block.info() else { continue };
        let plant = |error: Error, what: String, change: Edits| Plant {
            error,
            file: page.path.clone(),
            line: page.line(block.range.start),
            what,
            change,
        };
        let fence = Fence::parse(info);
        let error = match fence {
            Fence::Quote { .. } | Fence::Source { .. } => Error::Quote,
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
        if let Fence::Source { path, first, last } = &fence {
            let at = block.range.start + page.text[block.range.clone()].find(info).unwrap_or(0);
            let language = info.split(' ').next().unwrap_or_default();
            let new = format!("{language} {path}:{}-{}", first + 1, last + 1);
            plants.push(plant(Error::Shift, format!("{info} -> {new}"), vec![(at..at + info.len(), new)]));
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
fn link_plants(page: &Page, random: &mut Random) -> Vec<Plant<Edits>> {
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
                file: page.path.clone(),
                line: page.line(link.range.start),
                what: format!("{}: {} -> {new}", link.target, &page.text[range.clone()]),
                change: vec![(range, new)],
            })
        })
        .collect()
}

/// In each chapter, some terms that only a later one introduces.
fn term_plants(course: &Course, random: &mut Random) -> Vec<Plant<Edits>> {
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
        let ends: Vec<usize> = page
            .blocks
            .iter()
            .filter(|block| block.kind == Kind::Paragraph && block.list.is_none() && block.text.len() > 80)
            .map(|block| block.range.start + page.text[block.range.clone()].trim_end().len())
            .collect();
        for _ in 0..PER_CHAPTER.min(if ends.is_empty() { 0 } else { names.len() }) {
            let name = names.swap_remove(random.below(names.len()));
            let at = ends[random.below(ends.len())];
            plants.push(Plant {
                error: Error::Term,
                file: page.path.clone(),
                line: page.line(at),
                what: name.clone(),
                change: vec![(at..at, format!(" This is about {name}."))],
            });
        }
    }
    plants
}
