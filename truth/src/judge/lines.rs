//! Mentions of lines of `microgpt.py` in the text: "line 39", "lines 59–72", a table column
//! headed "Lines".
//!
//! A mention must be recognisable, or a wrong digit in it could not be seen.
//!
//! - A range is recognised when a page quotes just these lines, the page itself in one or several quotes, when it is
//!   a whole `def`, `class` or loop, when INDEX.md gives it to one or several lessons, or by code of its first line and
//!   code of its last in the same sentence. Where "from `code` to `code`" stands behind it, or "`code` and `code`"
//!   behind two lines, that is code of its first line and of its last.
//! - A single line is recognised by a quote of this one line right beside it, and by code in its sentence that a line
//!   one digit away does not hold: of the lines that the page quotes, if it is one of them. Lines that read the same
//!   are not told apart.
//! - A line that is recognised once on a page may be mentioned again without code, beside a part of a name on it.
//! - Where a paragraph begins with **Line 39**, the quote beside it has this line.
//! - In a column headed "Lines", the rows are in the order of the lines.
//! - Of several lines in one mention, each holds some of the code.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::judge::rows::sentence;
use crate::problem::Report;
use crate::read::chapter::INDEX;
use crate::read::course::Course;
use crate::read::lines::{self, Mention, Span, header, is_lines, mentions, quote, row};
use crate::read::page::{Block, Kind, Page, Run, Style};
use crate::read::program::{Program, identifiers};

/// What may stand between a mention and the code it names: after the mention, and before it.
static NAMES_AFTER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(?: \(|: |, )$").unwrap());
static NAMES_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?: \(|, (?:on |in )?| (?:on|in) )$").unwrap());

/// Checks the mentions of a page, and returns how many there are.
pub fn check(course: &Course, page: &Page, report: &mut Report) -> usize {
    let program = &course.program;
    let view = View { course, program, quoted: lines::quoted(page) };
    let mut count = 0;
    let mut problems: Vec<(usize, String, String)> = Vec::new();
    let mut recognised = BTreeSet::new();
    let mut unrecognised = Vec::new();
    for (index, block) in page.blocks.iter().enumerate() {
        let mentions = mentions(page, index);
        count += mentions.len();
        for (at, mention) in mentions.iter().enumerate() {
            let problem = |wanted: String| {
                let found = block.text[mention.range.clone()].to_string();
                (block.source(mention.range.start), found, wanted)
            };
            let exists = |&(first, last): &Span| first >= 1 && first <= last && last <= program.len();
            if mention.malformed || !mention.spans.iter().all(exists) {
                problems.push(problem(format!(
                    "lines between 1 and {}, in ascending order, or the text whose lines they are (of `input.txt`)",
                    program.len()
                )));
                continue;
            }
            let lines = lines::single_lines(&mention.spans);
            let on_none = |name: &&str| {
                program.knows(name) && !lines.iter().any(|&line| program.identifiers(line).contains(*name))
            };
            problems.extend(named(block, mention).into_iter().filter_map(|code| {
                let name = identifiers(code).into_iter().find(on_none)?;
                Some(problem(format!("lines that hold `{name}`, which stands beside it, or other code")))
            }));
            // "**Line 95** …" beside a quote is about a line of it.
            let above = quoted_around(page, index);
            let begins = mention.range.start == 0 && block.runs.first().is_some_and(|run| run.strong);
            if begins && !above.is_empty() && !lines.is_subset(&above) {
                let above = lines::ranges(&above);
                problems
                    .push(problem(format!("one of the lines {above}, which are quoted here, or its quote")));
            }
            // The lines given in the map are compared with the lessons' quotes.
            if page.path == INDEX && matches!(block.kind, Kind::Cell { .. }) {
                continue;
            }
            if let Some(above) = line_above(page, block).filter(|above| above.0 > mention.spans[0].0) {
                problems.push(problem(format!("lines behind {}, which stands in the row above", above.0)));
            }
            let around = Around::new(page, index, &mentions, at);
            for &span in &mention.spans {
                match view.recognise(span, &around, mention.spans.len() > 1) {
                    Ok(()) => {
                        recognised.insert(span);
                    }
                    Err(wanted) if around.codes.is_empty() && !matches!(block.kind, Kind::Cell { .. }) => {
                        unrecognised.push((span, block.text.to_lowercase(), problem(wanted)));
                    }
                    Err(wanted) => problems.push(problem(wanted)),
                }
            }
        }
    }
    // A line that is recognised once may be mentioned again, beside a part of a name on it.
    let again = |span: &Span, text: &str| {
        let mut parts = program.identifiers(span.0).iter().flat_map(|name| name.split('_'));
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let fits = |part: &str| {
            part != "a" && words.iter().any(|word| *word == part || part.len() > 2 && word.contains(part))
        };
        recognised.contains(span) && parts.any(fits)
    };
    let never = unrecognised.into_iter().filter(|(span, text, _)| !again(span, text));
    problems.extend(never.map(|(.., problem)| problem));
    problems.sort_by_key(|(at, ..)| *at);
    problems.into_iter().for_each(|(at, found, wanted)| report.at(page, at, found, wanted));
    count
}

/// The lines of the nearest quotes above a block, in its section, and of a quote right below it.
fn quoted_around(page: &Page, index: usize) -> BTreeSet<usize> {
    let section = page.blocks[index].section;
    let above = page.blocks[..index].iter().rev().take_while(|block| block.section == section);
    let quotes = above.skip_while(|block| quote(block).is_none()).map_while(quote);
    lines::single_lines(&quotes.chain(page.blocks.get(index + 1).and_then(quote)).collect::<Vec<_>>())
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
    /// The code that goes with it: in its sentence what is nearer to it than to another mention, else all of the
    /// sentence; for a cell, all of its row.
    codes: Vec<&'a str>,
    /// The quotes right before and behind it.
    beside: Vec<Span>,
    /// "from `code` to `code`" or "`code` and `code`" right behind it.
    ends: Option<[&'a str; 2]>,
}

impl<'a> Around<'a> {
    fn new(page: &'a Page, index: usize, mentions: &[Mention], at: usize) -> Around<'a> {
        let block = &page.blocks[index];
        if matches!(block.kind, Kind::Cell { .. }) {
            let codes = row(page, index).into_iter().flat_map(|cell| cell.styled(Style::Code));
            return Around { codes: codes.map(|(_, code)| code).collect(), beside: Vec::new(), ends: None };
        }
        let mention = &mentions[at];
        let sentence = sentence(block, mention.range.clone());
        let distance = |run: &Run, mention: &Mention| {
            let after = run.range.start.saturating_sub(mention.range.end);
            after.max(mention.range.start.saturating_sub(run.range.end))
        };
        let within = |run: &Run| run.range.start >= sentence.start && run.range.end <= sentence.end;
        let nearest = |run: &Run| mentions.iter().all(|other| distance(run, mention) <= distance(run, other));
        let all: Vec<(&Run, &str)> = block.styled(Style::Code).collect();
        let between = |from: usize, to: usize| block.text.get(from..to).unwrap_or_default();
        let several = mention.spans.len() == 1 && mention.spans[0].0 + 1 < mention.spans[0].1;
        let ends = all.windows(2).find_map(|pair| {
            let [(one, first), (two, last)] = [pair[0], pair[1]];
            let before = between(mention.range.end, one.range.start);
            let words = format!("{before}{}", between(one.range.end, two.range.start));
            (words == ", from  to " || words == ",  and " && !several).then_some([first, last])
        });
        let codes: Vec<(&Run, &str)> = all.into_iter().filter(|(run, _)| within(run)).collect();
        let some = codes.iter().any(|(run, _)| nearest(run));
        let beside = [index.checked_sub(1), Some(index + 1)].into_iter().flatten();
        Around {
            codes: codes.into_iter().filter(|(run, _)| !some || nearest(run)).map(|(_, code)| code).collect(),
            beside: beside.filter_map(|at| quote(page.blocks.get(at)?)).collect(),
            ends,
        }
    }
}

/// What a mention on a page can be compared with.
struct View<'a> {
    course: &'a Course,
    program: &'a Program,
    /// What this page quotes.
    quoted: Vec<Span>,
}

impl View<'_> {
    /// Whether a mentioned line or range is recognisable; else what is expected of it.
    fn recognise(&self, span: Span, around: &Around, one_of_many: bool) -> Result<(), String> {
        let span = trimmed(self.program, span).unwrap_or(span);
        let quoted = |spans: &[Span]| {
            spans.iter().filter_map(|&quote| trimmed(self.program, quote)).any(|quote| {
                let text =
                    |(first, last): Span| (first == last).then(|| self.program.line(first).map(str::trim));
                quote == span || text(quote).is_some() && text(quote) == text(span)
            })
        };
        if quoted(&around.beside) {
            return Ok(());
        }
        if span.0 < span.1 {
            self.recognise_range(span, around)
        } else {
            self.recognise_line(span.0, around, one_of_many)
        }
    }

    fn recognise_range(&self, (first, last): Span, around: &Around) -> Result<(), String> {
        let program = self.program;
        if let Some(ends) = around.ends
            && let Some((line, code)) =
                [first, last].into_iter().zip(ends).find(|(line, code)| !program.holding(code).contains(line))
        {
            return Err(format!(
                "`{code}` on line {line}, which is `{}`",
                program.line(line).unwrap_or("").trim()
            ));
        }
        if (first, last) == (1, program.len()) || program.is_unit(first, last) {
            return Ok(());
        }
        let chained = |spans: &[Span]| is_chain(program, spans, (first, last));
        let cells = |page: &Page| -> Vec<Span> {
            let cell = |at: &usize| matches!(page.blocks[*at].kind, Kind::Cell { .. });
            let mentions = (0..page.blocks.len()).filter(cell).flat_map(|at| mentions(page, at));
            mentions.flat_map(|mention| mention.spans).collect()
        };
        let shown = chained(&self.quoted)
            || self.course.pages.values().any(|page| lines::quoted(page).contains(&(first, last)))
            || self.course.pages.get(INDEX).is_some_and(|map| chained(&cells(map)));
        let ends = || {
            around.codes.len() > 1
                && [first, last].iter().all(|&line| self.recognise_line(line, around, false).is_ok())
        };
        if shown || ends() {
            return Ok(());
        }
        Err(format!(
            "a range that a lesson quotes, a whole def, class or loop, or code of both its ends: \
             line {first} is `{}`, line {last} is `{}`",
            program.line(first).unwrap_or("").trim(),
            program.line(last).unwrap_or("").trim()
        ))
    }

    /// Whether some code holds a line and none of those that a slip of a digit would make of it: among those that the
    /// page quotes, if it is one of them.
    fn recognise_line(&self, line: usize, around: &Around, one_of_many: bool) -> Result<(), String> {
        let program = self.program;
        let in_view = lines::single_lines(&self.quoted);
        let text = |line: usize| program.line(line).unwrap_or("").trim();
        let holding = around.codes.iter().map(|&code| (code, program.holding(code)));
        let held: Vec<(&str, BTreeSet<usize>)> = holding.filter(|(_, lines)| lines.contains(&line)).collect();
        if held.is_empty() {
            return Err(format!("code of this line in its sentence: line {line} is `{}`", text(line)));
        }
        let rival = (1..=program.len()).filter(|&other| one_digit_apart(line, other)).find(|&other| {
            let defines = |line: usize, code: &str| program.defines(line, code.trim_end_matches("()"));
            let tells = |(code, lines): &(&str, BTreeSet<usize>)| {
                !lines.contains(&other) || defines(line, code) && !defines(other, code)
            };
            (!in_view.contains(&line) || in_view.contains(&other))
                && text(line) != text(other)
                && !held.iter().any(tells)
        });
        match rival {
            Some(other) if !one_of_many => {
                let [other_text, text] = [text(other), text(line)];
                Err(format!("code that line {other} does not hold: `{other_text}`. Line {line} is `{text}`"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether one digit makes the difference between two numbers.
fn one_digit_apart(a: usize, b: usize) -> bool {
    let digits = |line: usize| format!("{line:4}").into_bytes();
    digits(a).iter().zip(digits(b)).filter(|(a, b)| **a != *b).count() == 1
}

/// Whether ranges that follow one another without a gap, empty lines aside, make up the range.
fn is_chain(program: &Program, spans: &[Span], (first, last): Span) -> bool {
    let next_filled = |line: usize| (line..=program.len()).find(|&line| !program.is_blank(line));
    let mut starts = vec![first];
    let mut seen = BTreeSet::new();
    while let Some(start) = starts.pop() {
        for span in spans.iter().filter_map(|&span| trimmed(program, span)).filter(|span| span.0 == start) {
            if span.1 == last {
                return true;
            }
            starts.extend(next_filled(span.1 + 1).filter(|&next| next <= last && seen.insert(next)));
        }
    }
    false
}

/// A range without the empty lines at its ends.
fn trimmed(program: &Program, (first, last): Span) -> Option<Span> {
    let filled = |line: &usize| !program.is_blank(*line);
    Some(((first..=last).find(filled)?, (first..=last).rev().find(filled)?))
}
