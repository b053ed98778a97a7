//! How long a lesson takes to read, for the line under its title and for the index.
//!
//! Everything between spaces that has a letter or a digit is a word. In code and formulas each name and
//! each number is one: `x_residual = x` takes as long as "two words". Rust snippets do not count, as they
//! may be left unread. The time is that of reading alone, without redoing anything on paper.

use std::collections::BTreeMap;
use std::ops::Range;

use truth::course::Chapter;
use truth::page::{Kind, Page, Style};

/// Words of non-fiction that adults read silently in a minute. The mean of 190 studies is 238, and most
/// people are between 175 and 300 (Brysbaert, "How many words do we read per minute?", Journal of Memory and
/// Language 109, 2019, <https://doi.org/10.1016/j.jml.2019.104047>). This is the slow end of that range:
/// much here has to be understood before one can read on.
const WORDS_PER_MINUTE: usize = 175;

/// The words of each lesson, by its path relative to the root.
#[derive(Default)]
pub struct Lessons(BTreeMap<String, usize>);

impl Lessons {
    /// Counts the words of a page, if it is a lesson.
    pub fn count(&mut self, page: &Page) {
        if Chapter::at(&page.path).is_some_and(Chapter::is_lesson) {
            self.0.insert(page.path.clone(), words(page));
        }
    }

    /// What a lesson says under its title.
    pub fn under_title(&self, page: &Page) -> Option<(Range<usize>, String)> {
        let minutes = self.minutes(&page.path)?;
        let unit = if minutes == 1 { "minute" } else { "minutes" };
        line_under_title(page, &format!("About {minutes} {unit} to read. Have paper at hand."))
    }

    /// What the index says under its title and in its table, behind the lines of each lesson.
    pub fn in_index(&self, page: &Page) -> Vec<(Range<usize>, String)> {
        let all = match self.0.values().sum::<usize>() / WORDS_PER_MINUTE {
            minutes @ 0..100 => format!("{minutes} minutes"),
            minutes => format!("{} hours", (minutes + 30) / 60),
        };
        let all = format!("All lessons: about {all} to read. The examples by hand take longer.");
        let mut edits: Vec<_> = line_under_title(page, &all).into_iter().collect();
        let head = page.blocks.iter().find(|block| matches!(block.kind, Kind::Cell { row: 0, .. }));
        let Some(head) = head else { return edits };
        let from = page.text[..head.range.start].rfind('\n').map_or(0, |at| at + 1);
        let mut end = from;
        for (row, line) in page.text[from..].split('\n').take_while(|line| line.starts_with('|')).enumerate()
        {
            end += line.len();
            let linked = page.links.iter().find(|link| (end - line.len()..end).contains(&link.range.start));
            let cell = match (row, linked) {
                (0, _) => " Minutes |".to_owned(),
                (1, _) => "---:|".to_owned(),
                (_, Some(link)) => match self.minutes(&format!("course/{}", link.target)) {
                    Some(minutes) => format!(" {minutes} |"),
                    None => " |".to_owned(),
                },
                (_, None) => " |".to_owned(),
            };
            edits.push((end..end, cell));
            end += 1;
        }
        edits
    }

    fn minutes(&self, path: &str) -> Option<usize> {
        self.0.get(path).map(|&words| ((words + WORDS_PER_MINUTE / 2) / WORDS_PER_MINUTE).max(1))
    }
}

/// A line of text under the title of a page.
fn line_under_title(page: &Page, text: &str) -> Option<(Range<usize>, String)> {
    let (_, title) = page.headings(1).next()?;
    let end = page.text[title.range.start..].find('\n').map_or(page.text.len(), |at| title.range.start + at);
    Some((end..end, format!("\n\n<p class=\"reading-time\">{text}</p>\n")))
}

/// How many words a reader reads on a page.
fn words(page: &Page) -> usize {
    let to_read =
        page.blocks.iter().filter(|block| block.info().is_none_or(|info| !info.starts_with("rust")));
    let runs =
        to_read.flat_map(|block| block.runs.iter().map(|run| (run.style, &block.text[run.range.clone()])));
    runs.map(|(style, text)| {
        let ends_word = |c: char| match style {
            Style::Prose => c.is_whitespace(),
            Style::Code | Style::Math => !(c.is_alphanumeric() || c == '_' || c == '.'),
        };
        text.split(ends_word).filter(|word| word.contains(char::is_alphanumeric)).count()
    })
    .sum()
}
