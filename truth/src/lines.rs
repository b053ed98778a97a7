//! Mentions of lines of `microgpt.py` in the text: "line 39", "lines 59–72", a table column
//! headed "Lines".
//!
//! A mention must be recognisable, or a wrong digit in it could not be seen. A single line is
//! recognised by code in the same sentence that only this line holds or defines (`random.seed`
//! for the line that seeds), or by a quote of it right beside the mention. A range is recognised
//! when it is what the page quotes, or a whole `def`, `class` or loop; else by code from its first
//! line and code from its last. Several lines in one mention each hold some of the code.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::course::{Course, INDEX};
use crate::fence::Fence;
use crate::page::{Block, Kind, Page, Style};
use crate::problem::Problem;
use crate::program::{Program, identifiers};
use crate::quotes;

/// First and last line, both included.
pub type Span = (usize, usize);

static ONE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)\bline[\s\u{a0}]+(\d+)\b").unwrap());
static MANY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)(?i:\blines)[\s\u{a0}]+
          (\d+(?:(?:[–-]|\s+to\s+)\d+)?(?:(?:,\s+and\s+|,\s+|\s+and\s+|\s+or\s+)\d+(?:[–-]\d+)?)*)\b",
    )
    .unwrap()
});
static SPAN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\d+)(?:(?:[–-]|\s+to\s+)(\d+))?").unwrap());
static OF_ANOTHER_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^\s+(?:of|in)\s+(?:\S+\.(?:txt|rs|toml|md)\b|(?:the|this|its|that)\s+(?:output|transcript|data|list|snippet|example)\b)",
    )
    .unwrap()
});
/// What may stand between a mention and the code it names: after the mention, and before it.
static NAMES_AFTER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(?: \(|: |, )$").unwrap());
static NAMES_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?: \(|, (?:on |in )?| (?:on|in) )$").unwrap());
static SENTENCE_END: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[.!?]\s").unwrap());

/// One mention, of one or several lines or ranges.
#[derive(Debug, Clone)]
pub struct Mention {
    /// The lines it names.
    pub spans: Vec<Span>,
    /// Where it stands in the text of its block.
    pub range: Range<usize>,
}

/// The mentions in one block of a page.
pub fn mentions(page: &Page, index: usize) -> Vec<Mention> {
    let block = &page.blocks[index];
    if block.is_code() {
        return Vec::new();
    }
    if let Some(header) = header(page, block) {
        let lines = matches!(header.text.to_lowercase().trim(), "line" | "lines");
        if lines && block.text != header.text {
            let spans = spans(&block.text);
            return if spans.is_empty() {
                Vec::new()
            } else {
                vec![Mention { spans, range: 0..block.text.len() }]
            };
        }
    }
    let prose = block.prose();
    let mut mentions: Vec<Mention> = ONE
        .captures_iter(&prose)
        .chain(MANY.captures_iter(&prose))
        .filter_map(|found| {
            let whole = found.get(0)?;
            let rest = &block.text[whole.end()..];
            (!OF_ANOTHER_TEXT.is_match(rest))
                .then(|| Mention { spans: spans(&found[1]), range: whole.range() })
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

fn spans(text: &str) -> Vec<Span> {
    SPAN.captures_iter(text)
        .filter_map(|found| {
            let first = found[1].parse().ok()?;
            let last = found.get(2).map_or(Some(first), |last| last.as_str().parse().ok())?;
            Some((first, last))
        })
        .collect()
}

/// Checks the mentions of a page: how many there are, and what is wrong with them.
pub fn check(course: &Course, page: &Page) -> (usize, Vec<Problem>) {
    let program = &course.program;
    let quoted = quotes::quoted(page);
    let mut count = 0;
    let mut problems = Vec::new();
    for (index, block) in page.blocks.iter().enumerate() {
        let mentions = mentions(page, index);
        count += mentions.len();
        for (at, mention) in mentions.iter().enumerate() {
            let mut problem = |found: String, expected: String, fix: &str| {
                problems.push(Course::problem(page, block.source(mention.range.start), found, expected, fix));
            };
            let written = block.text[mention.range.clone()].to_string();
            let exists = |&(first, last): &Span| first >= 1 && first <= last && last <= program.len();
            if !mention.spans.iter().all(exists) {
                problem(
                    written,
                    format!("lines between 1 and {}, the smaller number first", program.len()),
                    "correct the numbers, or say of which text they are the lines (of `input.txt`)",
                );
                continue;
            }
            for code in named(block, mention) {
                let known: Vec<&str> =
                    identifiers(code).into_iter().filter(|name| program.knows(name)).collect();
                let missing = known.iter().find(|name| {
                    !quotes::single_lines(&mention.spans)
                        .iter()
                        .any(|&line| program.identifiers(line).contains(**name))
                });
                if let Some(name) = missing {
                    problem(
                        format!("{written} beside `{code}`"),
                        format!("lines that hold `{name}`"),
                        "correct the line numbers or the code",
                    );
                }
            }
            // The lines given in the map are compared with the lessons' quotes.
            let in_map = page.path == INDEX && matches!(block.kind, Kind::Cell { .. });
            if in_map || beside_quote(page, index, &mention.spans) {
                continue;
            }
            let codes = codes_for(page, index, &mentions, at);
            for &span in &mention.spans {
                if let Err(expected) =
                    recognise(program, &quoted, span, &codes, mention.spans.len() > 1, course)
                {
                    problem(
                        written.clone(),
                        expected,
                        "correct the number, or put the code it stands for into the same sentence",
                    );
                }
            }
        }
    }
    (count, problems)
}

/// Code written directly beside a mention: "line 39 (`__add__`)", "`__add__` on line 39".
fn named<'a>(block: &'a Block, mention: &Mention) -> Vec<&'a str> {
    block
        .styled(Style::Code)
        .filter(|(run, _)| {
            let between = |from: usize, to: usize| block.text.get(from..to).unwrap_or("\u{1}");
            run.range.start >= mention.range.end
                && NAMES_AFTER.is_match(between(mention.range.end, run.range.start))
                || run.range.end <= mention.range.start
                    && NAMES_BEFORE.is_match(between(run.range.end, mention.range.start))
        })
        .map(|(_, code)| code)
        .collect()
}

/// Whether the block before or after is a quote of just these lines.
fn beside_quote(page: &Page, index: usize, spans: &[Span]) -> bool {
    let quote = |at: Option<usize>| {
        let block = at.and_then(|at| page.blocks.get(at))?;
        match Fence::parse(block.info()?) {
            Fence::Quote { first, last } => Some((first, last)),
            _ => None,
        }
    };
    [index.checked_sub(1), Some(index + 1)].into_iter().filter_map(quote).any(|quote| spans == [quote])
}

/// The code that goes with a mention: in its sentence what is nearer to it than to the others,
/// else all of the sentence, else all of the block; for a cell, all of its row.
fn codes_for<'a>(page: &'a Page, index: usize, mentions: &[Mention], at: usize) -> Vec<&'a str> {
    let block = &page.blocks[index];
    if matches!(block.kind, Kind::Cell { .. }) {
        return row(page, index)
            .into_iter()
            .flat_map(|cell| cell.styled(Style::Code))
            .map(|(_, code)| code)
            .collect();
    }
    let mention = &mentions[at];
    let prose = block.prose();
    let start = SENTENCE_END.find_iter(&prose[..mention.range.start]).last().map_or(0, |end| end.end());
    let end = SENTENCE_END.find_at(&prose, mention.range.end).map_or(prose.len(), |end| end.start());
    let all: Vec<(&crate::page::Run, &str)> = block.styled(Style::Code).collect();
    let sentence: Vec<_> =
        all.iter().filter(|(run, _)| run.range.start >= start && run.range.end <= end).collect();
    let distance = |run: &crate::page::Run, mention: &Mention| {
        run.range
            .start
            .saturating_sub(mention.range.end)
            .max(mention.range.start.saturating_sub(run.range.end))
    };
    let nearest: Vec<&str> = sentence
        .iter()
        .filter(|(run, _)| {
            let own = distance(run, mention);
            mentions.iter().all(|other| own <= distance(run, other))
        })
        .map(|(_, code)| *code)
        .collect();
    if !nearest.is_empty() {
        return nearest;
    }
    if !sentence.is_empty() {
        return sentence.iter().map(|(_, code)| *code).collect();
    }
    all.iter().map(|(_, code)| *code).collect()
}

/// Whether a mentioned line or range is recognisable; else what is expected of it.
fn recognise(
    program: &Program,
    quoted: &[Span],
    (first, last): Span,
    codes: &[&str],
    one_of_many: bool,
    course: &Course,
) -> Result<(), String> {
    let holds = |line: usize| codes.iter().any(|code| holding(program, code).contains(&line));
    if first < last {
        let same = |spans: &[Span]| spans.contains(&(first, last)) || is_run(spans, (first, last));
        let whole = (first, last) == (1, program.len());
        let elsewhere = || course.lessons().any(|(_, page)| same(&quotes::quoted(page)));
        if whole || same(quoted) || program.is_unit(first, last) || elsewhere() || holds(first) && holds(last)
        {
            return Ok(());
        }
        return Err(format!(
            "a range that this page quotes, a whole def, class or loop, or code of both its ends: \
             line {first} is `{}`, line {last} is `{}`",
            program.line(first).unwrap_or("").trim(),
            program.line(last).unwrap_or("").trim(),
        ));
    }
    if one_of_many && holds(first) {
        return Ok(());
    }
    let in_view = quotes::single_lines(quoted);
    let mut holding_all: BTreeSet<usize> = (1..=program.len()).collect();
    let mut hit = false;
    for code in codes {
        let lines = holding(program, code);
        if lines.contains(&first) {
            hit = true;
            holding_all.retain(|line| lines.contains(line));
            let defining: Vec<usize> = lines
                .iter()
                .copied()
                .filter(|&line| program.defines(line, code.trim_end_matches("()")))
                .collect();
            let seen: Vec<usize> = defining.iter().copied().filter(|line| in_view.contains(line)).collect();
            if defining == [first] || seen == [first] {
                return Ok(());
            }
        }
    }
    let seen: Vec<usize> = holding_all.iter().copied().filter(|line| in_view.contains(line)).collect();
    if hit && (holding_all.len() == 1 || seen == [first]) {
        return Ok(());
    }
    let line = program.line(first).unwrap_or("").trim();
    Err(if hit {
        let lines = quotes::ranges(&holding_all);
        format!(
            "code that only this line holds; lines {lines} hold what stands here. Line {first} is `{line}`"
        )
    } else {
        format!("code of this line beside it: line {first} is `{line}`")
    })
}

/// Whether quotes that follow one another without a gap make up the range together.
fn is_run(spans: &[Span], (first, last): Span) -> bool {
    let lines = quotes::single_lines(spans);
    let starts = spans.iter().any(|span| span.0 == first);
    let ends = spans.iter().any(|span| span.1 == last);
    starts && ends && (first..=last).all(|line| lines.contains(&line))
}

/// The lines that hold a piece of code: word for word, else all its names.
fn holding(program: &Program, code: &str) -> BTreeSet<usize> {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let names: Vec<&str> = identifiers(code).into_iter().filter(|name| program.knows(name)).collect();
    let wanted = squeezed(code);
    let bare = identifiers(code).iter().any(|name| *name == code);
    if !bare && wanted.len() > 1 {
        let verbatim: BTreeSet<usize> = (1..=program.len())
            .filter(|&line| squeezed(program.line(line).unwrap_or("")).contains(&wanted))
            .collect();
        if !verbatim.is_empty() {
            return verbatim;
        }
    }
    if names.is_empty() {
        return BTreeSet::new();
    }
    (1..=program.len())
        .filter(|&line| {
            let held = program.identifiers(line);
            names.iter().all(|name| held.contains(name))
        })
        .collect()
}
