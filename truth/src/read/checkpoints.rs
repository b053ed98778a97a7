//! Checkpoints: questions that judge the answer.
//!
//! A comment before a block quote says of which kind it is; on GitHub the quote reads as a question with a
//! folded answer.
//!
//! ```markdown
//! <!-- checkpoint: number weight-of-1 -->
//! > **Checkpoint.** What weight does position 1 get? Give two decimals.
//! >
//! > <details><summary>Answer</summary>
//! >
//! > **0.62**. The exponentials are …
//! >
//! > - **0.71**: you left out the root.
//! >
//! > </details>
//! ```

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::read::course::Course;
use crate::read::fence::Output;
use crate::read::folds;
use crate::read::page::{Block, Page, Style};

static LABEL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[a-z0-9]+(?:-[a-z0-9]+)*$").unwrap());
static STATE: LazyLock<Regex> = LazyLock::new(|| {
    let condition = r#"[\w-]+(?:!=|>=|<=|=|~)[^\s"]+"#;
    Regex::new(&format!(r#"^([a-z-]+) until="({condition}(?: {condition})*)"$"#)).unwrap()
});

/// A checkpoint of a page.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// What it is called on its page.
    pub id: String,
    /// What it asks for.
    pub ask: Ask,
    /// Where its comment stands.
    pub comment: Range<usize>,
    /// Where its block quote stands; empty when there is none.
    pub quote: Range<usize>,
    /// Where the `<details>` of its answer begins, if there is one.
    pub answer: Option<usize>,
    /// The items of the last list of the question: what a choice offers.
    pub options: Vec<Item>,
    /// The first bold words of the answer, outside its list, and where they stand.
    pub bold: Option<(String, usize)>,
    /// The code of the answer, outside its list.
    pub code: Vec<String>,
    /// The items of the last list of the answer: what each option means, or typical wrong answers.
    pub hints: Vec<Item>,
    /// Whether it stands in the main line of its lesson.
    pub main: bool,
}

/// What a checkpoint asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A number to work out.
    Number,
    /// One of some options.
    Choice,
    /// A line of `microgpt.py`.
    Line(usize),
    /// A widget that shows values for which the conditions hold.
    State {
        /// Which widget, without `microgpt-`.
        widget: String,
        /// Conditions as `lab/js/conditions.js` reads them: `name~zz position=4`.
        until: String,
    },
}

/// An item of a list in a checkpoint.
#[derive(Debug, Clone)]
pub struct Item {
    /// Where its text stands, without the mark of the list.
    pub range: Range<usize>,
    /// How it begins.
    pub lead: Lead,
    /// The words that it begins with in bold or italic.
    pub name: String,
    /// All its words.
    pub text: String,
}

/// How an item begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// Plainly.
    Plain,
    /// In bold: the right one, or a number.
    Bold,
    /// In italic: a wrong one.
    Italic,
}

impl Item {
    fn new(page: &Page, block: &Block) -> Item {
        let lead = match &block.runs[..] {
            [first, ..] if first.strong => Lead::Bold,
            [first, ..] if first.emphasis => Lead::Italic,
            _ => Lead::Plain,
        };
        let named = block.runs.iter().take_while(|run| match lead {
            Lead::Bold => run.strong,
            Lead::Italic => run.emphasis,
            Lead::Plain => false,
        });
        let text = block.text.replace('\n', " ");
        let name = text[..named.last().map_or(0, |run| run.range.end)].to_owned();
        let end = block.range.start + page.text[block.range.clone()].trim_end().len();
        Item { range: block.range.start..end, lead, name, text }
    }

    /// What it says behind its name.
    pub fn explanation(&self) -> &str {
        self.text[self.name.len()..].trim_start_matches([':', '.', ' '])
    }
}

impl Ask {
    /// The label of the transcript block that has the answer.
    pub fn block(&self, id: &str) -> Option<String> {
        matches!(self, Ask::Number | Ask::Choice).then(|| format!("checkpoint-{id}"))
    }

    /// Reads what follows `checkpoint:` in the comment.
    fn parse(text: &str) -> Result<(String, Ask), &'static str> {
        let (kind, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let rest = rest.trim();
        match kind {
            "number" | "choice" if LABEL.is_match(rest) => {
                Ok((rest.to_owned(), if kind == "number" { Ask::Number } else { Ask::Choice }))
            }
            "number" | "choice" => Err(
                "<!-- checkpoint: number ID --> or choice ID, ID of lower-case letters, digits and hyphens",
            ),
            "line" => match rest.parse() {
                Ok(line) => Ok((format!("line-{line}"), Ask::Line(line))),
                Err(_) => Err("<!-- checkpoint: line 157 -->"),
            },
            "state" => match STATE.captures(rest) {
                Some(found) => {
                    let (widget, until) = (found[1].to_owned(), found[2].to_owned());
                    Ok((format!("state-{widget}"), Ask::State { widget, until }))
                }
                None => Err(
                    "<!-- checkpoint: state WIDGET until=\"name~zz position=4\" -->, with conditions such as \
                             head!=0, step>=10, name~zz",
                ),
            },
            _ => Err("one of the kinds: number, choice, line, state"),
        }
    }
}

/// The controls that the conditions of a state name.
pub fn controls(until: &str) -> impl Iterator<Item = &str> {
    until.split(' ').map(|part| part.split(['!', '>', '<', '=', '~']).next().unwrap_or(part))
}

/// The checkpoints of a page, and for each comment that is none, where it stands and what should stand there.
pub fn checkpoints(page: &Page) -> (Vec<Checkpoint>, Vec<(usize, &'static str)>) {
    let mut found: Vec<Checkpoint> = Vec::new();
    let mut strange = Vec::new();
    for (comment, text) in &page.comments {
        let Some(text) = text.strip_prefix("checkpoint") else { continue };
        match Ask::parse(text.trim_start_matches(':')) {
            Ok((mut id, ask)) => {
                // Two of a widget, or about one line, are told apart by their order.
                let same = |id: &str| found.iter().any(|other| other.id == id);
                if ask.block(&id).is_none() && same(&id) {
                    let free = (2..).map(|number| format!("{id}-{number}")).find(|id| !same(id));
                    id = free.expect("there are numbers without end");
                }
                found.push(read(page, id, ask, comment.clone()));
            }
            Err(expected) => strange.push((comment.start, expected)),
        }
    }
    (found, strange)
}

/// What a checkpoint of a number takes for right, and what its hints are about, as the example prints them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Computed {
    /// The answer.
    pub answer: String,
    /// Typical wrong answers, in the order of the hints, without the words behind them (`3` of `3 in the wrong order`).
    pub wrong: Vec<String>,
}

/// What the lesson's example computed for a checkpoint; or what is missing: the transcript, the block in it, or its
/// line `answer: …`.
pub fn computed(course: &Course, page: &Page, checkpoint: &Checkpoint) -> Result<Computed, String> {
    let label = checkpoint.ask.block(&checkpoint.id).unwrap_or_default();
    let block = course.block(page, &Output { example: None, label: label.clone(), lines: None })?;
    let values = |key| block.lines.iter().filter_map(move |line| Some(line.strip_prefix(key)?.trim()));
    let first_word = |wrong: &str| wrong.split(' ').next().unwrap_or_default().to_owned();
    Ok(Computed {
        answer: values("answer:").next().ok_or(format!("a line `answer: …` in block `{label}`"))?.to_owned(),
        wrong: values("wrong:").map(first_word).collect(),
    })
}

/// Reads the block quote on the line after the comment.
fn read(page: &Page, id: String, ask: Ask, comment: Range<usize>) -> Checkpoint {
    let start = page.text[comment.end..].find('\n').map_or(page.text.len(), |at| comment.end + at + 1);
    let lines = page.text[start..].split_inclusive('\n').take_while(|line| line.starts_with('>'));
    let quote = start..start + lines.map(str::len).sum::<usize>();
    let answer = page.folds.iter().map(|fold| fold.range.start).find(|at| quote.contains(at));
    let blocks = page.blocks.iter().filter(|block| quote.contains(&block.range.start));
    let (asked, told): (Vec<&Block>, Vec<&Block>) =
        blocks.partition(|block| answer.is_none_or(|answer| block.range.start < answer));
    let items = |blocks: &[&Block]| {
        let last = blocks.iter().filter_map(|block| block.list).next_back();
        let items = blocks.iter().filter(|block| last.is_some() && block.list == last);
        items.map(|block| Item::new(page, block)).collect()
    };
    let plain = || told.iter().filter(|block| block.list.is_none());
    let bold = plain().find_map(|block| {
        let range = block.bold().next()?;
        Some((block.text[range.clone()].to_owned(), block.source(range.start)))
    });
    let codes = plain().flat_map(|block| block.styled(Style::Code));
    Checkpoint {
        main: folds::deeper(page).is_none_or(|deeper| comment.start < deeper),
        options: items(&asked),
        hints: items(&told),
        code: codes.map(|(_, code)| code.to_owned()).collect(),
        id,
        ask,
        comment,
        quote,
        answer,
        bold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Vec<Checkpoint>, Vec<(usize, &'static str)>) {
        checkpoints(&Page::parse("course/x.md", text))
    }

    #[test]
    fn a_choice_has_options_and_what_each_means() {
        let text = "# L\n\n<!-- checkpoint: choice who -->\n> **Checkpoint.** Who?\n>\n> - the `first` one\n\
            > - the *last*\n>\n> <details><summary>Answer</summary>\n>\n> - **the `first` one**: it\n>   leads.\n\
            > - *the last*: then **all** would wait.\n>\n> </details>\n\nText.\n";
        let (found, strange) = parse(text);
        assert!(strange.is_empty());
        let [who] = &found[..] else { panic!("{found:?}") };
        assert_eq!((who.id.as_str(), &who.ask, who.main), ("who", &Ask::Choice, true));
        let options: Vec<&str> = who.options.iter().map(|option| &text[option.range.clone()]).collect();
        assert_eq!(options, ["the `first` one", "the *last*"]);
        let hints: Vec<_> =
            who.hints.iter().map(|hint| (hint.lead, hint.name.as_str(), hint.explanation())).collect();
        assert_eq!(
            hints,
            [(Lead::Bold, "the first one", "it leads."), (Lead::Italic, "the last", "then all would wait."),]
        );
        assert!(text[who.answer.unwrap()..].starts_with("<details>"));
        assert!(text[who.quote.end..].starts_with("\nText."));
    }

    #[test]
    fn a_number_has_a_bold_answer_and_hints() {
        let text = "<!-- checkpoint: number root -->\n> **Checkpoint.** How much?\n>\n> <details><summary>Answer</summary>\n\
            >\n> **0.62**, since `x` says **so**.\n>\n> - **0.71**: no root.\n>\n> </details>\n";
        let (found, _) = parse(text);
        assert_eq!(found[0].bold.as_ref().unwrap().0, "0.62");
        assert_eq!(found[0].code, ["x"]);
        assert_eq!((found[0].hints[0].name.as_str(), found[0].hints[0].explanation()), ("0.71", "no root."));
    }

    #[test]
    fn states_and_lines_are_read_and_what_is_no_checkpoint_is_said() {
        let text = "<!-- checkpoint: state attention until=\"head!=0 name~zz\" -->\n> A\n\n<!-- checkpoint: line 157 -->\n> B\n\n\
            <!-- checkpoint: line 157 -->\n> C\n\n<!-- checkpoint: state attention until=\"head is 0\" -->\n> D\n\n\
            <!-- checkpoint: guess x -->\n> E\n\n<!-- checkpoint: number The Root -->\n> F\n\n\
            ```text\n<!-- checkpoint: nothing -->\n```\n";
        let (found, strange) = parse(text);
        let ids: Vec<&str> = found.iter().map(|found| found.id.as_str()).collect();
        assert_eq!(ids, ["state-attention", "line-157", "line-157-2"]);
        let Ask::State { widget, until } = &found[0].ask else { panic!() };
        assert_eq!(
            (widget.as_str(), controls(until).collect::<Vec<_>>()),
            ("attention", vec!["head", "name"])
        );
        assert_eq!(strange.len(), 3, "{strange:?}");
    }
}
