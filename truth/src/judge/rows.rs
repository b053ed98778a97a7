//! Rows of tables and pieces of text, compared with a line that a program printed.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::judge::declared::Found;
use crate::read::lines;
use crate::read::number::{Form, Number, Rounding};
use crate::read::page::{Block, Page};

static HEDGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:\b(?:about|around|roughly|nearly|almost|approximately)|≈|~|\\approx)\s*$").unwrap()
});
static SENTENCE_END: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[.!?]\s").unwrap());
static POWER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r" ?\*\* ?").unwrap());
static FACTOR: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\d) ([[:alpha:]]\b)").unwrap());

/// A row of a table: the index of each cell, and its numbers.
pub type Row = Vec<(usize, Vec<Found>)>;

/// Whether a word such as "about" stands before a place of a text.
pub fn hedged(text: &str, at: usize) -> bool {
    HEDGE.is_match(&text[..at])
}

/// Whether the cells stand in this order in the line; else how many do, and what is wrong. A
/// cell that is text and does not stand there must be `free` to be so. Where `columns` are told apart, the numbers
/// of a cell have nowhere two spaces between them.
pub fn stand_in(
    page: &Page,
    parts: &Row,
    line: &str,
    numbers: &[Number],
    free: impl Fn(usize) -> bool,
    columns: bool,
) -> Result<(), (usize, String)> {
    let mut from = 0;
    let mut matched = 0;
    // Numbers of the line may be left out at its ends only.
    let mut begun = false;
    for (at, found) in parts {
        let cell = &page.blocks[*at];
        let open: Vec<&Found> = found.iter().filter(|found| found.result.is_none()).collect();
        let text = plain(&cell.text);
        if open.is_empty() {
            if text.is_empty() {
                continue;
            }
            if !found.is_empty() && free(*at) {
                // What is accounted for otherwise may stand there all the same.
                let next = numbers.iter().find(|number| number.range.start >= from);
                if let Some(next) = next.filter(|next| found[0].number.shows(next, Rounding::Usual)) {
                    from = next.range.end;
                }
                continue;
            }
            if let Some(end) = find_words(&line[from..], &text) {
                from += end;
                matched += 1;
                begun = true;
            } else if find_words(line, &text).is_some() {
                return Err((matched, format!("`{text}` stands in another place there")));
            } else if !free(*at) {
                let why = "it names the row, or its column has numbers";
                return Err((matched, format!("`{text}` does not stand there, and must: {why}")));
            }
            continue;
        }
        // The name of a row may have a number in it; it is still a name.
        if *at == parts[0].0 && text.contains(char::is_alphabetic) {
            match find_words(&line[from..], &text) {
                Some(end) => {
                    from += end;
                    matched += 1;
                    begun = true;
                    continue;
                }
                None if !free(*at) => {
                    return Err((matched, format!("`{text}` names the row and does not stand there")));
                }
                None => {}
            }
        }
        for (order, found) in open.into_iter().enumerate() {
            let about = hedged(&cell.text, found.number.range.start);
            let rounding = if about { Rounding::About } else { Rounding::Usual };
            let percent = lines::header(page, cell)
                .is_some_and(|header| header.text.contains('%') || header.text.contains("percent"));
            let shows = |number: &Number| {
                let as_percent = Number { form: Form::Percent, ..found.number.clone() };
                found.number.shows(number, rounding)
                    || percent && found.number.form == Form::Plain && as_percent.shows(number, rounding)
            };
            let mut following = numbers.iter().filter(|number| number.range.start >= from);
            let next = if begun {
                following.next().filter(|next| shows(next))
            } else {
                following.find(|next| shows(next))
            };
            let Some(next) = next else {
                let text = &cell.text[found.number.range.clone()];
                return Err((matched, format!("{text} does not come next there")));
            };
            if columns && order > 0 && line[from..next.range.start].contains("  ") {
                return Err((matched, format!("`{text}` does not stand in one column there")));
            }
            from = next.range.end;
            matched += 1;
            begun = true;
        }
    }
    Ok(())
}

/// The sentence around a part of a block.
pub fn sentence(block: &Block, part: Range<usize>) -> Range<usize> {
    let prose = block.prose();
    let start = SENTENCE_END.find_iter(&prose[..part.start]).last().map_or(0, |end| end.end());
    let end = SENTENCE_END.find_at(&prose, part.end).map_or(prose.len(), |end| end.start());
    start..end
}

/// The text of a cell or formula as a transcript would have it, without LaTeX marks.
pub fn plain(text: &str) -> String {
    let text = text.replace("\\cdot", "*").replace("\\dots", "...");
    text.chars().filter(|c| !matches!(c, '\\' | '{' | '}' | '$')).collect::<String>().trim().to_lowercase()
}

/// A formula without the spaces of `2 x`, its powers as `x^2`.
pub fn tight(formula: &str) -> String {
    let formula = formula.split_whitespace().collect::<Vec<_>>().join(" ");
    FACTOR.replace_all(&POWER.replace_all(&formula, "^"), "$1$2").into_owned()
}

/// The end of the place where `wanted` stands as whole words, in any case.
pub fn find_words(text: &str, wanted: &str) -> Option<usize> {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return None;
    }
    let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    lower
        .match_indices(wanted)
        .find(|(at, found)| {
            let end = at + found.len();
            let own_start = wanted.chars().next().is_some_and(|c| !c.is_alphanumeric());
            let own_end = wanted.chars().next_back().is_some_and(|c| !c.is_alphanumeric());
            (own_start || boundary(lower[..*at].chars().next_back()))
                && (own_end || boundary(lower[end..].chars().next()))
        })
        .map(|(at, found)| at + found.len())
}
