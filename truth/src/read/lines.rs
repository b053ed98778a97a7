//! Lines of `microgpt.py` on a page: those that it quotes, those that it mentions ("line 39", "lines
//! 59–72", a table column headed "Lines"), and the map of lessons to lines.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::read::address::linked_chapter;
use crate::read::chapter::{Chapter, INDEX};
use crate::read::course::Course;
use crate::read::fence::Fence;
use crate::read::page::{Block, Kind, Page};

/// First and last line, both included.
pub type Span = (usize, usize);

static ONE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)\bline[\s\u{a0}]+(\d{1,4})\b").unwrap());
static MANY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)(?i:\blines)[\s\u{a0}]+
          (\d{1,4}(?:(?:[–-]|\s+to\s+)\d{1,4})?(?:(?:,\s+and\s+|,\s+|\s+and\s+|\s+or\s+)\d{1,4}(?:[–-]\d{1,4})?)*)\b",
    )
    .unwrap()
});
static SPAN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(\d{1,4})(?:(?:[–-]|\s+to\s+)(\d{1,4}))?").unwrap());
static OF_ANOTHER_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^\s+(?:of|in)\s+(?:\S+\.(?:txt|rs|toml|md)\b|(?:the|this|its|that)\s+(?:output|transcript|data|list|snippet|example)\b)",
    )
    .unwrap()
});

/// One mention, of one or several lines or ranges.
#[derive(Debug, Clone)]
pub struct Mention {
    /// The lines it names.
    pub spans: Vec<Span>,
    /// Where it stands in the text of its block.
    pub range: Range<usize>,
    /// Whether its numbers are not in ascending order, or have zeros in front.
    pub malformed: bool,
}

/// The mentions in one block of a page.
pub fn mentions(page: &Page, index: usize) -> Vec<Mention> {
    let block = &page.blocks[index];
    if block.is_code() {
        return Vec::new();
    }
    if let Some(header) = header(page, block)
        && is_lines(header)
        && block.text != header.text
    {
        let spans = spans(&block.text);
        return if spans.is_empty() {
            Vec::new()
        } else {
            vec![Mention { spans, range: 0..block.text.len(), malformed: malformed(&block.text) }]
        };
    }
    let prose = block.prose();
    let mut mentions: Vec<Mention> = ONE
        .captures_iter(&prose)
        .chain(MANY.captures_iter(&prose))
        .filter_map(|found| {
            let whole = found.get(0)?;
            let rest = &block.text[whole.end()..];
            (!OF_ANOTHER_TEXT.is_match(rest)).then(|| Mention {
                spans: spans(&found[1]),
                range: whole.range(),
                malformed: malformed(&found[1]),
            })
        })
        .collect();
    mentions.sort_by_key(|mention| mention.range.start);
    mentions
}

/// The header of the column that a cell stands in.
pub fn header<'a>(page: &'a Page, cell: &Block) -> Option<&'a Block> {
    let Kind::Cell { table, column, .. } = cell.kind else { return None };
    page.blocks.iter().find(|block| block.kind == Kind::Cell { table, row: 0, column })
}

/// Whether a column with this header has lines of the program in it.
pub fn is_lines(header: &Block) -> bool {
    matches!(header.text.to_lowercase().trim(), "line" | "lines")
}

/// All cells of the row that a cell stands in; just the block itself when it is no cell.
pub fn row(page: &Page, index: usize) -> Vec<&Block> {
    match page.blocks[index].kind {
        Kind::Cell { table, row, .. } => page
            .blocks
            .iter()
            .filter(
                |block| matches!(block.kind, Kind::Cell { table: t, row: r, .. } if (t, r) == (table, row)),
            )
            .collect(),
        _ => vec![&page.blocks[index]],
    }
}

/// Whether numbers such as `72–59`, `60 and 60` or `081` stand there.
fn malformed(text: &str) -> bool {
    let mut before = 0;
    SPAN.captures_iter(text).any(|found| {
        [found.get(1), found.get(2)].into_iter().flatten().any(|digits| {
            let number = digits.as_str().parse().unwrap_or(0);
            let wrong = number <= before || digits.as_str().starts_with('0');
            before = number;
            wrong
        })
    })
}

fn spans(text: &str) -> Vec<Span> {
    SPAN.captures_iter(text)
        .filter_map(|found| {
            let first = found[1].parse().ok()?;
            let last = found.get(2).map_or(Some(first), |last| last.as_str().parse().ok())?;
            Some((first, last))
        })
        .collect()
}

/// The lines that a block quotes.
pub fn quote(block: &Block) -> Option<Span> {
    match Fence::parse(block.info()?) {
        Fence::Quote { first, last } => Some((first, last)),
        _ => None,
    }
}

/// The lines that a page quotes: the range of each of its quotes.
pub fn quoted(page: &Page) -> Vec<Span> {
    page.blocks.iter().filter_map(quote).collect()
}

/// The single lines of a list of ranges.
pub fn single_lines(spans: &[Span]) -> BTreeSet<usize> {
    spans.iter().flat_map(|&(first, last)| first..=last).collect()
}

/// The map of INDEX.md: for each chapter that one of its table rows or list items links to, the
/// lines given there.
pub fn map(course: &Course) -> Vec<(Chapter, BTreeSet<usize>, usize)> {
    let Some(page) = course.pages.get(INDEX) else { return Vec::new() };
    let mut map: Vec<(Chapter, BTreeSet<usize>, usize)> = Vec::new();
    for (index, block) in page.blocks.iter().enumerate() {
        let mentions: Vec<Span> =
            mentions(page, index).iter().flat_map(|mention| mention.spans.clone()).collect();
        if mentions.is_empty() {
            continue;
        }
        // The chapter stands in the same row, or in the same item.
        let row = |kind: &Kind| match kind {
            Kind::Cell { table, row, .. } => Some((*table, *row)),
            _ => None,
        };
        let chapter = page
            .links
            .iter()
            .filter(|link| {
                link.block == index
                    || row(&block.kind).is_some() && row(&page.blocks[link.block].kind) == row(&block.kind)
            })
            .find_map(|link| linked_chapter(page, &link.target));
        let Some(chapter) = chapter else { continue };
        let found = single_lines(&mentions);
        match map.iter_mut().find(|(other, ..)| *other == chapter) {
            Some((_, all, _)) => all.extend(found),
            None => map.push((chapter, found, block.range.start)),
        }
    }
    map
}

/// Line numbers as text: `14–21, 23`.
pub fn ranges(lines: &BTreeSet<usize>) -> String {
    let mut spans: Vec<Span> = Vec::new();
    for &line in lines {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => spans.push((line, line)),
        }
    }
    let texts: Vec<String> = spans
        .iter()
        .map(|&(first, last)| if first == last { first.to_string() } else { format!("{first}–{last}") })
        .collect();
    if texts.is_empty() { "(none)".to_string() } else { texts.join(", ") }
}
