//! Mentions of lines of `microgpt.py` in the text: "line 39", "lines 59–72", a table column
//! headed "Lines".
//!
//! A mention must be recognisable, or a wrong digit in it could not be seen.
//!
//! - A range is recognised when a lesson quotes just these lines, when it is a whole `def`, `class`
//!   or loop, when INDEX.md gives it to one or several lessons, or by code from its first line and code from its last in the same sentence.
//! - A single line is recognised by code in the same sentence that only this line holds or defines
//!   (`random.seed` for the line that seeds), by a quote of this one line, or when the words around
//!   the mention fit this line better than any other that the page quotes.
//! - A line that is recognised once on a page may be mentioned again with a word that fits it.
//! - In a column headed "Lines", the rows are in the order of the lines.
//! - Of several lines in one mention, each holds some of the code.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::course::{Course, INDEX};
use crate::page::{Block, Kind, Page, Run, Style};
use crate::problem::Problem;
use crate::program::{Program, identifiers};
use crate::quotes;
use crate::words::{common, meet, words};

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
    if let Some(header) = header(page, block)
        && is_lines(header)
        && block.text != header.text
    {
        let spans = spans(&block.text);
        return if spans.is_empty() {
            Vec::new()
        } else {
            vec![Mention { spans, range: 0..block.text.len() }]
        };
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

fn is_lines(header: &Block) -> bool {
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
    let view = View::new(course, page);
    let mut count = 0;
    let mut problems = Vec::new();
    let mut recognised = BTreeSet::new();
    let mut unrecognised = Vec::new();
    for (index, block) in page.blocks.iter().enumerate() {
        let mentions = mentions(page, index);
        count += mentions.len();
        for (at, mention) in mentions.iter().enumerate() {
            let problem = |expected: String, fix: &str| {
                let found = &block.text[mention.range.clone()];
                Course::problem(page, block.source(mention.range.start), found, expected, fix)
            };
            let exists = |&(first, last): &Span| first >= 1 && first <= last && last <= program.len();
            if !mention.spans.iter().all(exists) {
                problems.push(problem(
                    format!("lines between 1 and {}, the smaller number first", program.len()),
                    "correct the numbers, or say of which text they are the lines (of `input.txt`)",
                ));
                continue;
            }
            let lines = quotes::single_lines(&mention.spans);
            for code in named(block, mention) {
                let missing = identifiers(code).into_iter().find(|name| {
                    program.knows(name)
                        && !lines.iter().any(|&line| program.identifiers(line).contains(*name))
                });
                if let Some(name) = missing {
                    problems.push(problem(
                        format!("lines that hold `{name}`, which stands beside it"),
                        "correct the line numbers or the code",
                    ));
                }
            }
            // The lines given in the map are compared with the lessons' quotes.
            let in_map = page.path == INDEX && matches!(block.kind, Kind::Cell { .. });
            if in_map {
                continue;
            }
            if let Some(above) = line_above(page, block)
                && let Some(first) = mention.spans.first()
                && above.0 > first.0
            {
                problems.push(problem(
                    format!("lines behind {}, which stands in the row above", above.0),
                    "put the rows in the order of the lines",
                ));
            }
            let around = Around::new(page, index, &mentions, at);
            for &span in &mention.spans {
                match view.recognise(span, &around, mention.spans.len() > 1) {
                    Ok(()) => {
                        recognised.insert(span);
                    }
                    Err(expected) => unrecognised.push((
                        span,
                        around.words.clone(),
                        problem(
                            expected,
                            "correct the number, or put code of that line into the same sentence",
                        ),
                    )),
                }
            }
        }
    }
    for (span, words, problem) in unrecognised {
        let again = recognised.contains(&span) && meet(program.words(span.0), &words);
        if !again {
            problems.push(problem);
        }
    }
    problems.sort_by_key(|problem| problem.line);
    (count, problems)
}

/// The lines in the row above, for a cell of a column of lines.
fn line_above(page: &Page, cell: &Block) -> Option<Span> {
    let Kind::Cell { table, row, column } = cell.kind else { return None };
    if !is_lines(header(page, cell)?) {
        return None;
    }
    let above = Kind::Cell { table, row: row.checked_sub(1)?, column };
    let index = page.blocks.iter().position(|block| block.kind == above)?;
    mentions(page, index).first()?.spans.first().copied()
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

/// What stands around a mention.
struct Around<'a> {
    /// The code that goes with it: in its sentence what is nearer to it than to another mention,
    /// else all of the sentence, else all of the block; for a cell, all of its row.
    codes: Vec<&'a str>,
    /// The words from it to the next mention or the end of the sentence, for the first mention of a
    /// sentence those before it too; when that is all bare of meaning, the words of the block.
    clause: BTreeSet<String>,
    /// The words of the whole block.
    words: BTreeSet<String>,
}

impl<'a> Around<'a> {
    fn new(page: &'a Page, index: usize, mentions: &[Mention], at: usize) -> Around<'a> {
        let block = &page.blocks[index];
        let words_of = |range: Range<usize>| {
            let mut all = words(&block.text[range.clone()], false);
            for (run, code) in block.styled(Style::Code) {
                if run.range.start >= range.start && run.range.end <= range.end {
                    all.extend(words(code, true));
                }
            }
            all.remove("lin"); // the stem of "line"
            all
        };
        let all = words_of(0..block.text.len());
        if matches!(block.kind, Kind::Cell { .. }) {
            let codes = row(page, index).into_iter().flat_map(|cell| cell.styled(Style::Code));
            let row = row(page, index).into_iter().flat_map(|cell| words(&cell.text, false)).collect();
            return Around { codes: codes.map(|(_, code)| code).collect(), clause: row, words: all };
        }
        let mention = &mentions[at];
        let prose = block.prose();
        let start = SENTENCE_END.find_iter(&prose[..mention.range.start]).last().map_or(0, |end| end.end());
        let end = SENTENCE_END.find_at(&prose, mention.range.end).map_or(prose.len(), |end| end.start());
        let first = !mentions[..at].iter().any(|other| other.range.start >= start);
        let until = mentions.get(at + 1).map_or(end, |next| next.range.start.min(end));
        let clause = words_of(if first { start } else { mention.range.start }..until);

        let all_codes: Vec<(&Run, &str)> = block.styled(Style::Code).collect();
        let in_sentence: Vec<&(&Run, &str)> =
            all_codes.iter().filter(|(run, _)| run.range.start >= start && run.range.end <= end).collect();
        let distance = |run: &Run, mention: &Mention| {
            let after = run.range.start.saturating_sub(mention.range.end);
            after.max(mention.range.start.saturating_sub(run.range.end))
        };
        let mut codes: Vec<&str> = in_sentence
            .iter()
            .filter(|(run, _)| {
                let own = distance(run, mention);
                mentions.iter().all(|other| own <= distance(run, other))
            })
            .map(|(_, code)| *code)
            .collect();
        if codes.is_empty() {
            codes = in_sentence.iter().map(|(_, code)| *code).collect();
        }
        if codes.is_empty() {
            codes = all_codes.iter().map(|(_, code)| *code).collect();
        }
        Around { codes, clause, words: all }
    }
}

/// What a mention on a page can be compared with.
struct View<'a> {
    program: &'a Program,
    /// What this page quotes.
    quoted: Vec<Span>,
    /// What other lessons quote.
    elsewhere: Vec<Vec<Span>>,
    /// The ranges that INDEX.md gives to lessons, without empty lines at their ends.
    map: Vec<Span>,
}

impl<'a> View<'a> {
    fn new(course: &'a Course, page: &Page) -> View<'a> {
        let program = &course.program;
        View {
            program,
            quoted: quotes::quoted(page),
            elsewhere: course.lessons().map(|(_, page)| quotes::quoted(page)).collect(),
            map: course.pages.get(INDEX).map(|index| map_spans(program, index)).unwrap_or_default(),
        }
    }

    /// Whether a range begins where some lesson's lines begin and ends where some lesson's end.
    fn is_several_lessons(&self, (first, last): Span) -> bool {
        self.map.iter().any(|span| span.0 == first) && self.map.iter().any(|span| span.1 == last)
    }

    /// Whether a mentioned line or range is recognisable; else what is expected of it.
    fn recognise(&self, (first, last): Span, around: &Around, one_of_many: bool) -> Result<(), String> {
        let program = self.program;
        let same =
            |spans: &Vec<Span>| spans.contains(&(first, last)) || is_run(program, spans, (first, last));
        if (first, last) == (1, program.len())
            || same(&self.quoted)
            || self.elsewhere.iter().any(same)
            || first < last && (program.is_unit(first, last) || self.is_several_lessons((first, last)))
        {
            return Ok(());
        }
        let holds = |line: usize| around.codes.iter().any(|code| program.holding(code).contains(&line));
        let text = |line: usize| program.line(line).unwrap_or("").trim();
        if first < last {
            return if holds(first) && holds(last) {
                Ok(())
            } else {
                Err(format!(
                    "a range that a lesson quotes, a whole def, class or loop, or code of both its ends: \
                     line {first} is `{}`, line {last} is `{}`",
                    text(first),
                    text(last)
                ))
            };
        }
        if one_of_many && holds(first) || self.best_by_words(first, &around.clause) {
            return Ok(());
        }
        let in_view = quotes::single_lines(&self.quoted);
        let seen =
            |lines: &BTreeSet<usize>| -> Vec<usize> { lines.intersection(&in_view).copied().collect() };
        let only = |lines: &BTreeSet<usize>| lines.len() == 1 || seen(lines) == [first];
        let mut common: BTreeSet<usize> = (1..=program.len()).collect();
        for code in &around.codes {
            let lines = program.holding(code);
            if lines.contains(&first) {
                let name = code.trim_end_matches("()");
                let defining: BTreeSet<usize> =
                    lines.iter().copied().filter(|&line| program.defines(line, name)).collect();
                if defining.contains(&first) && only(&defining) {
                    return Ok(());
                }
                common.retain(|line| lines.contains(line));
            }
        }
        if !holds(first) {
            return Err(format!("code of this line beside it: line {first} is `{}`", text(first)));
        }
        if only(&common) {
            return Ok(());
        }
        Err(format!(
            "code that only this line holds; lines {} hold what stands here. Line {first} is `{}`",
            quotes::ranges(&common),
            text(first)
        ))
    }

    /// Whether the words around a mention fit this line better than any other that the page quotes.
    fn best_by_words(&self, line: usize, clause: &BTreeSet<String>) -> bool {
        let score = |line: usize| common(clause, self.program.words(line));
        let lines = quotes::single_lines(&self.quoted);
        let own = score(line);
        own > 0
            && lines.contains(&line)
            // A comment has more words than code, but is seldom what a mention is about.
            && lines
                .iter()
                .filter(|&&other| self.program.is_code(other) || !self.program.is_code(line)).all(|&other| other == line || other > self.program.len() || score(other) < own)
    }
}

/// The ranges of a map, without the empty lines at their ends.
fn map_spans(program: &Program, index: &Page) -> Vec<Span> {
    (0..index.blocks.len())
        .filter(|&at| matches!(index.blocks[at].kind, Kind::Cell { .. }))
        .flat_map(|at| mentions(index, at))
        .flat_map(|mention| mention.spans)
        .filter_map(|(first, last)| {
            let filled = |line: &usize| !program.is_blank(*line);
            Some(((first..=last).find(filled)?, (first..=last).rev().find(filled)?))
        })
        .collect()
}

/// Whether quotes that follow one another without a gap make up the range together.
fn is_run(program: &Program, spans: &[Span], (first, last): Span) -> bool {
    let lines = quotes::single_lines(spans);
    let starts = spans.iter().any(|span| span.0 == first);
    let ends = spans.iter().any(|span| span.1 == last);
    starts && ends && (first..=last).all(|line| lines.contains(&line) || program.is_blank(line))
}
