//! How long a lesson takes to read, for the line under its beginning and for the index: its main line, and all
//! of it with the boxes. A lesson without boxes has one time.
//!
//! Everything between spaces that has a letter or a digit is a word. In code and formulas each name and
//! each number is one: `x_residual = x` takes as long as "two words". Rust snippets do not count, as they
//! may be left unread. The time is that of reading alone, without redoing anything on paper.

use std::collections::BTreeMap;
use std::ops::Range;

use truth::read::chapter::Chapter;
use truth::read::folds::deeper;
use truth::read::page::{Block, Kind, Page, Style};

/// Words of non-fiction that adults read silently in a minute. The mean of 190 studies is 238, and most
/// people are between 175 and 300 (Brysbaert, "How many words do we read per minute?", Journal of Memory and
/// Language 109, 2019, <https://doi.org/10.1016/j.jml.2019.104047>). This is the slow end of that range:
/// much here has to be understood before one can read on.
const WORDS_PER_MINUTE: usize = 175;

/// The words of each lesson, by its path relative to the root.
#[derive(Default)]
pub struct Lessons(BTreeMap<String, Words>);

#[derive(Clone, Copy)]
struct Words {
    main: usize,
    /// With all boxes, if it has such.
    all: Option<usize>,
}

impl Lessons {
    /// Counts the words of a page, if it is a lesson.
    pub fn count(&mut self, page: &Page) {
        if Chapter::at(&page.path).is_some_and(Chapter::is_lesson) {
            let words = match deeper(page) {
                Some(deeper) => {
                    Words { main: words(page, 0..deeper), all: Some(words(page, 0..page.text.len())) }
                }
                // Rust that may be left unread does not count.
                None => Words { main: words_without_rust(page), all: None },
            };
            self.0.insert(page.path.clone(), words);
        }
    }

    /// What a lesson says of its size: under its title, or with its lines under its first paragraph if it has a
    /// main line and boxes.
    pub fn about(&self, page: &Page, lines: &str) -> Option<(Range<usize>, String)> {
        let minutes = self.minutes(&page.path)?;
        let unit = if minutes == 1 { "minute" } else { "minutes" };
        let Some(all) = self.all_minutes(&page.path) else {
            return line_under_title(page, &format!("About {minutes} {unit} to read. Have paper at hand."));
        };
        let first = page.blocks.iter().find(|block| block.kind == Kind::Paragraph)?;
        let end = first.range.end;
        let lines = if lines.is_empty() { String::new() } else { format!("{lines} · ") };
        let text = format!("{lines}{minutes} {unit}, {all} with all boxes");
        Some((end..end, format!("\n\n<p class=\"reading-time\">{text}</p>\n\n")))
    }

    /// What the index says under its title and in its table, behind the lines of each lesson.
    pub fn in_index(&self, page: &Page) -> Vec<(Range<usize>, String)> {
        let time = |words: usize| match words / WORDS_PER_MINUTE {
            minutes @ 0..100 => format!("{minutes} minutes"),
            minutes => format!("{} hours", (minutes + 30) / 60),
        };
        let main = time(self.0.values().map(|words| words.main).sum());
        let boxed = self.0.values().any(|words| words.all.is_some());
        let all = time(self.0.values().map(|words| words.all.unwrap_or(words.main)).sum());
        let all = if boxed { format!(", {all} with all boxes") } else { String::new() };
        let all = format!("All lessons: about {main} to read{all}. The examples by hand take longer.");
        let mut edits: Vec<_> = line_under_title(page, &all).into_iter().collect();
        let head = page.blocks.iter().find(|block| matches!(block.kind, Kind::Cell { row: 0, .. }));
        let Some(head) = head else { return edits };
        let from = page.text[..head.range.start].rfind('\n').map_or(0, |at| at + 1);
        let mut end = from;
        for (row, line) in page.text[from..].split('\n').take_while(|line| line.starts_with('|')).enumerate()
        {
            end += line.len();
            let linked = page.links.iter().find(|link| (end - line.len()..end).contains(&link.range.start));
            let cells = |minutes: &str, all: &str| match boxed {
                true => format!(" {minutes} | {all} |"),
                false => format!(" {minutes} |"),
            };
            let cells = match (row, linked) {
                (0, _) => cells("Minutes", "With boxes"),
                (1, _) => cells("---:", "---:"),
                (_, Some(link)) => {
                    let path = format!("course/{}", link.target);
                    let text = |minutes: Option<usize>| minutes.map(|m| m.to_string()).unwrap_or_default();
                    cells(&text(self.minutes(&path)), &text(self.all_minutes(&path)))
                }
                (_, None) => cells("", ""),
            };
            edits.push((end..end, cells));
            end += 1;
        }
        edits
    }

    /// The minutes of a lesson, or of its main line.
    pub fn minutes(&self, path: &str) -> Option<usize> {
        self.0.get(path).map(|words| minutes(words.main))
    }

    /// The minutes of a lesson with all its boxes.
    pub fn all_minutes(&self, path: &str) -> Option<usize> {
        self.0.get(path)?.all.map(minutes)
    }
}

fn minutes(words: usize) -> usize {
    ((words + WORDS_PER_MINUTE / 2) / WORDS_PER_MINUTE).max(1)
}

/// A line of text under the title of a page.
fn line_under_title(page: &Page, text: &str) -> Option<(Range<usize>, String)> {
    let (_, title) = page.headings(1).next()?;
    let end = page.text[title.range.start..].find('\n').map_or(page.text.len(), |at| title.range.start + at);
    Some((end..end, format!("\n\n<p class=\"reading-time\">{text}</p>\n")))
}

/// How many words a reader reads in a part of a page.
fn words(page: &Page, part: Range<usize>) -> usize {
    page.blocks.iter().filter(|block| part.contains(&block.range.start)).map(words_of).sum()
}

fn words_without_rust(page: &Page) -> usize {
    let is_rust = |block: &&Block| block.info().is_some_and(|info| info.starts_with("rust"));
    page.blocks.iter().filter(|block| !is_rust(block)).map(words_of).sum()
}

fn words_of(block: &Block) -> usize {
    let runs = block.runs.iter().map(|run| (run.style, &block.text[run.range.clone()]));
    runs.map(|(style, text)| {
        let ends_word = |c: char| match style {
            Style::Prose => c.is_whitespace(),
            Style::Code | Style::Math => !(c.is_alphanumeric() || c == '_' || c == '.'),
        };
        text.split(ends_word).filter(|word| word.contains(char::is_alphanumeric)).count()
    })
    .sum()
}
