//! Where the numbers of a page may come from: the lines of its transcript, the asserts and inputs
//! of its snippets, the constants in the lines of `microgpt.py` that it quotes.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::route::Route;
use crate::judge::snippets::{self, expanded, proves};
use crate::read::chapter::{Chapter, GLOSSARY};
use crate::read::course::Course;
use crate::read::fence::{Fence, Output};
use crate::read::lines;
use crate::read::number::{Number, Rounding, Syntax, scan};
use crate::read::page::Page;
use crate::read::transcript::Transcript;
use crate::read::words::{stands_in, words};

/// One line of a transcript, one assert, one line of code: numbers that stand together, and the
/// words that name them.
#[derive(Debug, Clone)]
pub struct Source {
    /// By which route its numbers are accounted for.
    pub route: Route,
    /// Where it stands, for messages.
    pub place: String,
    /// Its text.
    pub text: String,
    /// Its numbers.
    pub numbers: Vec<Number>,
    /// Its words, with their weights.
    words: BTreeMap<String, usize>,
    /// The words of the label above it.
    label: BTreeSet<String>,
    /// The words among them that tie a number of it to a text.
    pub names: BTreeSet<String>,
    /// The example and label of the transcript block it belongs to.
    pub block: Option<(String, String)>,
    /// The line of `microgpt.py` that it is.
    pub line: Option<usize>,
    /// How many decimals it proves; `None` for all that it has.
    pub proven: Option<i32>,
}

/// The place of a number with another digit, and which numbers it may not turn into.
type Slip<'a> = (usize, &'a dyn Fn(&Number) -> bool);

impl Source {
    /// How much those of its words weigh that stand in a text.
    pub fn weight(&self, text: &BTreeSet<String>) -> usize {
        let common = self.words.iter().filter(|(word, _)| stands_in(word, text));
        common.map(|(_, weight)| weight).sum()
    }

    /// Whether the numbers of the page may show some of its numbers, in this order.
    pub fn shows(&self, shown: &[(&Number, Rounding)]) -> bool {
        self.fits(shown, None)
    }

    /// Whether it would show the numbers of the page if one of them had another digit. A number
    /// for which `known` holds does not count: the page has it as well.
    pub fn nearly_shows(&self, shown: &[(&Number, Rounding)], known: impl Fn(&Number) -> bool) -> bool {
        (0..shown.len()).any(|slip| {
            let near =
                self.numbers.iter().any(|number| shown[slip].0.is_one_digit_from(number) && !known(number));
            near && self.fits(shown, Some((slip, &known)))
        })
    }

    fn fits(&self, shown: &[(&Number, Rounding)], slip: Option<Slip<'_>>) -> bool {
        let mut numbers = self.numbers.iter();
        shown.iter().enumerate().all(|(at, (number, rounding))| {
            numbers.any(|computed| match slip {
                Some((slip, known)) if slip == at => number.is_one_digit_from(computed) && !known(computed),
                _ => number.shows(computed, *rounding) && proves(self.proven, number),
            })
        })
    }
}

/// The sources of a page.
pub struct Sources {
    own: Vec<Source>,
    /// For the glossary: those of each chapter that introduces a term.
    glossary: BTreeMap<Chapter, Vec<Source>>,
}

impl Sources {
    /// Collects them.
    pub fn new(course: &Course, page: &Page) -> Sources {
        let program: Vec<Source> = (1..=course.program.len()).filter_map(|n| code_line(course, n)).collect();
        let mut glossary = BTreeMap::new();
        if page.path == GLOSSARY {
            for chapter in course.glossary.terms.iter().filter_map(|term| term.introduced_in) {
                if let Some(page) = course.pages.get(&chapter.path()) {
                    glossary.entry(chapter).or_insert_with(|| of_page(course, page, &program));
                }
            }
        }
        Sources { own: of_page(course, page, &program), glossary }
    }

    /// The sources of a block. An entry of the glossary has those of the chapter that introduces
    /// its term.
    pub fn of(&self, introduced_in: Option<Chapter>) -> &[Source] {
        introduced_in.and_then(|chapter| self.glossary.get(&chapter)).unwrap_or(&self.own)
    }
}

fn of_page(course: &Course, page: &Page, program: &[Source]) -> Vec<Source> {
    let own = course.example_of(page);
    let is_lesson = Chapter::at(&page.path).is_some_and(Chapter::is_lesson);
    let mut sources = Vec::new();
    if let Some(transcript) = course.transcripts.get(&own) {
        of_transcript(transcript, |_| true, &mut sources);
    }
    if !is_lesson && let Some(transcript) = course.transcripts.get("microgpt") {
        of_transcript(transcript, |_| true, &mut sources);
    }
    // Blocks of other transcripts that the page shows or is bound to.
    for block in &page.blocks {
        let shown = match block.info().map(Fence::parse) {
            Some(Fence::Output(output)) => Some(output),
            _ => block.from.and_then(|from| Output::parse(page.bindings[from].labels.first()?)),
        };
        if let Some(Output { example: Some(example), label, .. }) = shown
            && example != own
            && let Some(transcript) = course.transcripts.get(&example)
        {
            of_transcript(transcript, |found| found == label, &mut sources);
        }
        if block.info().map(Fence::parse) == Some(Fence::Rust) {
            let line = page.line(block.source(0));
            let place = format!("{}:{line}", page.path);
            sources.extend(snippets::statements(&block.text).into_iter().map(|statement| {
                let named = words(&statement.text, true);
                Source {
                    route: statement.route,
                    place: place.clone(),
                    numbers: statement.numbers,
                    words: unweighed(&named),
                    label: BTreeSet::new(),
                    names: named,
                    text: statement.text,
                    block: None,
                    line: None,
                    proven: statement.proven,
                }
            }));
        }
    }
    let quoted = lines::single_lines(&lines::quoted(page));
    sources.extend(
        program
            .iter()
            .filter(|source| !is_lesson || source.line.is_some_and(|line| quoted.contains(&line)))
            .cloned(),
    );
    weigh(&mut sources);
    sources
}

fn unweighed<'a>(words: impl IntoIterator<Item = &'a String>) -> BTreeMap<String, usize> {
    words.into_iter().map(|word| (word.clone(), 0)).collect()
}

/// Gives each word its weight: the fewer sources have it, the more. A word that only the label has
/// weighs less, for it does not tell the lines below it apart.
fn weigh(sources: &mut [Source]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources.iter_mut() {
        for word in &source.label {
            source.words.entry(word.clone()).or_insert(1);
        }
        for word in source.words.keys() {
            *counts.entry(word.clone()).or_default() += 1;
        }
    }
    let all = sources.len() as f64;
    for (word, weight) in sources.iter_mut().flat_map(|source| &mut source.words) {
        let rarity = 1 + (40.0 * (all / counts[word] as f64).ln()) as usize;
        *weight = if *weight == 1 { rarity / 4 } else { rarity };
    }
}

fn of_transcript(transcript: &Transcript, wanted: impl Fn(&str) -> bool, sources: &mut Vec<Source>) {
    for block in transcript.blocks.iter().filter(|block| wanted(&block.label)) {
        let lines: Vec<_> = block.lines.iter().map(|line| words(line, true)).collect();
        let label = words(&block.label, true);
        for (index, text) in block.lines.iter().enumerate() {
            // A word that stands on most lines of a block does not tell them apart.
            let mut names = lines[index].clone();
            if block.lines.len() > 2 {
                names.retain(|word| {
                    2 * lines.iter().filter(|line| line.contains(word)).count() <= block.lines.len()
                });
            } else {
                names.extend(label.iter().cloned());
            }
            if names.is_empty() {
                names = lines[index].union(&label).cloned().collect();
            }
            sources.push(Source {
                route: Route::Transcript,
                place: format!("examples/{}.txt:{}", transcript.name, block.line + index),
                text: text.clone(),
                numbers: expanded(scan(text, Syntax::Text)),
                words: unweighed(&lines[index]),
                label: label.clone(),
                names,
                block: Some((transcript.name.clone(), block.label.clone())),
                line: None,
                proven: None,
            });
        }
    }
}

fn code_line(course: &Course, number: usize) -> Option<Source> {
    let text = course.program.line(number)?;
    let code = text.split(" #").next().unwrap_or("");
    let numbers = if course.program.is_code(number) { scan(code, Syntax::Code) } else { Vec::new() };
    (!numbers.is_empty()).then(|| Source {
        route: Route::Quote,
        place: format!("microgpt.py:{number}"),
        text: text.to_string(),
        numbers,
        words: unweighed(course.program.words(number)),
        label: BTreeSet::new(),
        names: course.program.words(number).clone(),
        block: None,
        line: Some(number),
        proven: None,
    })
}
