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
    if header(page, block).is_some_and(|header| is_lines(header) && block.text != header.text) {
        let mention = Mention::new(&block.text, 0..block.text.len());
        return if mention.spans.is_empty() { Vec::new() } else { vec![mention] };
    }
    let prose = block.prose();
    let found = ONE.captures_iter(&prose).chain(MANY.captures_iter(&prose)).filter_map(|found| {
        let range = found.get(0)?.range();
        (!OF_ANOTHER_TEXT.is_match(&block.text[range.end..])).then(|| Mention::new(&found[1], range))
    });
    let mut mentions: Vec<Mention> = found.collect();
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
    let place = |block: &Block| match block.kind {
        Kind::Cell { table, row, .. } => Some((table, row)),
        _ => None,
    };
    match place(&page.blocks[index]) {
        None => vec![&page.blocks[index]],
        this => page.blocks.iter().filter(|block| place(block) == this).collect(),
    }
}

impl Mention {
    fn new(text: &str, range: Range<usize>) -> Mention {
        let (mut spans, mut malformed, mut before) = (Vec::new(), false, 0);
        for found in SPAN.captures_iter(text) {
            let mut number = |digits: &str| {
                let number = digits.parse().unwrap_or(0);
                malformed |= number <= before || digits.starts_with('0');
                before = number;
                number
            };
            let first = number(&found[1]);
            spans.push((first, found.get(2).map_or(first, |last| number(last.as_str()))));
        }
        Mention { spans, range, malformed }
    }
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
            mentions(page, index).into_iter().flat_map(|mention| mention.spans).collect();
        // The chapter stands in the same row, or in the same item.
        let row = row(page, index);
        let mut links = page
            .links
            .iter()
            .filter(|link| row.iter().any(|block| std::ptr::eq(*block, &page.blocks[link.block])));
        let Some(chapter) = links.find_map(|link| linked_chapter(page, &link.target)) else { continue };
        match map.iter_mut().find(|(other, ..)| *other == chapter) {
            _ if mentions.is_empty() => {}
            Some((_, all, _)) => all.extend(single_lines(&mentions)),
            None => map.push((chapter, single_lines(&mentions), block.range.start)),
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
    let text = |(first, last)| if first == last { format!("{first}") } else { format!("{first}–{last}") };
    if spans.is_empty() {
        "(none)".to_string()
    } else {
        spans.into_iter().map(text).collect::<Vec<_>>().join(", ")
    }
}
