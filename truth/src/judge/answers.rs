//! Checkpoints hold: what a checkpoint calls right is what the lesson's example computed, or a line that the
//! page quotes, and whatever a reader may choose is explained.

use crate::problem::{Problem, Report};
use crate::read::answers::{Computed, computed};
use crate::read::checkpoints::{Ask, Checkpoint, Item, Lead, checkpoints};
use crate::read::course::Course;
use crate::read::lines;
use crate::read::number::{Rounding, Syntax, scan};
use crate::read::page::Page;

/// Checks the checkpoints of all pages.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let mut count = 0;
    for page in course.pages.values() {
        count += checkpoints(page).0.len();
        report.problems.extend(check_page(course, page));
    }
    report.note(format!("{count} checkpoints"));
    report
}

/// Checks the checkpoints of one page.
pub fn check_page(course: &Course, page: &Page) -> Vec<Problem> {
    let (checkpoints, strange) = checkpoints(page);
    let strange = strange.into_iter().map(|(at, expected)| {
        let found = page.text[at..].lines().next().unwrap_or_default();
        Course::problem(page, at, found, expected, "correct the comment")
    });
    let mut problems: Vec<Problem> = strange.collect();
    for (index, checkpoint) in checkpoints.iter().enumerate() {
        if checkpoints[..index].iter().any(|other| other.id == checkpoint.id) {
            let found = format!("a second checkpoint `{}`", checkpoint.id);
            let fix = "give one of them another ID, here and in the example";
            problems.push(Course::problem(page, checkpoint.comment.start, found, "each ID once", fix));
        }
        problems.extend(Judge { course, page, checkpoint }.problems());
    }
    problems.sort_by_key(|problem| problem.line);
    problems
}

struct Judge<'a> {
    course: &'a Course,
    page: &'a Page,
    checkpoint: &'a Checkpoint,
}

impl Judge<'_> {
    fn problem(
        &self,
        at: usize,
        found: impl Into<String>,
        expected: impl Into<String>,
        fix: &str,
    ) -> Problem {
        Course::problem(self.page, at, found, expected, fix)
    }

    fn problems(&self) -> Vec<Problem> {
        let Checkpoint { ask, comment, answer, .. } = self.checkpoint;
        if answer.is_none() {
            let expected = "a block quote on the next line, with <details><summary>Answer</summary> in it";
            return vec![self.problem(
                comment.start,
                "a checkpoint without a folded answer",
                expected,
                "write it",
            )];
        }
        match ask {
            Ask::Number => self.number(),
            Ask::Choice => self.choice(),
            Ask::Line(line) => self.line(*line),
            Ask::State { widget, .. } => self.state(widget),
        }
    }

    /// The block of the example, or what to say about it.
    fn computed(&self) -> Result<Computed, Vec<Problem>> {
        computed(self.course, self.page, self.checkpoint).map_err(|expected| {
            let found = format!("checkpoint `{}` without a computed answer", self.checkpoint.id);
            let fix = "let the lesson's example print a block `--- checkpoint ID ---` with `answer: …`";
            vec![self.problem(self.checkpoint.comment.start, found, expected, fix)]
        })
    }

    fn number(&self) -> Vec<Problem> {
        let computed = match self.computed() {
            Ok(computed) => computed,
            Err(problems) => return problems,
        };
        let mut problems = Vec::new();
        let (bold, at) =
            self.checkpoint.bold.clone().unwrap_or((String::new(), self.checkpoint.comment.start));
        if !rounds(&computed.answer, &bold) {
            let expected = format!("a rounding of {}, in bold, first in the answer", computed.answer);
            problems.push(self.problem(at, format!("**{bold}**"), expected, "correct the answer"));
        }
        let hints = &self.checkpoint.hints;
        if hints.len() != computed.wrong.len() {
            problems.push(self.problem(
                self.checkpoint.comment.start,
                format!("{} hints and {} lines `wrong: …`", hints.len(), computed.wrong.len()),
                "for each hint, in order, a line `wrong: …` in the block of the checkpoint",
                "print the wrong number in the example, or write its hint",
            ));
        }
        for (hint, wrong) in hints.iter().zip(&computed.wrong) {
            let name = format!("**{}**", hint.name);
            if hint.lead != Lead::Bold || !rounds(wrong, &hint.name) {
                let expected = format!("a rounding of {wrong}, in bold, at the beginning of the hint");
                problems.push(self.problem(hint.range.start, name, expected, "correct the hint"));
            } else if rounds(wrong, &bold) {
                problems.push(self.problem(hint.range.start, name, "a wrong answer", "delete the hint"));
            }
            problems.extend(self.unexplained(hint));
        }
        problems
    }

    fn choice(&self) -> Vec<Problem> {
        let computed = match self.computed() {
            Ok(computed) => computed,
            Err(problems) => return problems,
        };
        let Checkpoint { options, hints, comment, .. } = self.checkpoint;
        let mut problems = Vec::new();
        if options.len() < 2 {
            let found = format!("{} options", options.len());
            problems.push(self.problem(
                comment.start,
                found,
                "a list of two or more",
                "write the options as a list",
            ));
        }
        for (index, option) in options.iter().enumerate() {
            match hints.get(index) {
                Some(hint) if same(&hint.name, &option.text) => problems.extend(self.unexplained(hint)),
                other => problems.push(self.problem(
                    other.map_or(option.range.start, |hint| hint.range.start),
                    other.map_or("an option without an explanation".to_owned(), |hint| hint.name.clone()),
                    format!("what choosing \"{}\" means", option.text),
                    "give the answer an item for each option, in the same order: - *option*: …",
                )),
            }
        }
        let right: Vec<&Item> = hints.iter().filter(|hint| hint.lead == Lead::Bold).collect();
        match right[..] {
            [right] if same(&right.name, &computed.answer) => {}
            [right] => problems.push(self.problem(
                right.range.start,
                format!("**{}**", right.name),
                format!("**{}**, which the example computed", computed.answer),
                "make that option bold, and the others italic",
            )),
            _ => problems.push(self.problem(
                comment.start,
                format!("{} options in bold", right.len()),
                "exactly one: the right one",
                "make the right option bold, and the others italic",
            )),
        }
        problems
    }

    fn line(&self, line: usize) -> Vec<Problem> {
        let at = self.checkpoint.comment.start;
        let quoted = lines::quoted(self.page).into_iter().any(|(first, last)| (first..=last).contains(&line));
        if !quoted {
            let fix = "quote the line, or ask for another one";
            return vec![self.problem(at, format!("line {line}"), "a line that the page quotes", fix)];
        }
        let (bold, bold_at) = self.checkpoint.bold.clone().unwrap_or((String::new(), at));
        let mut problems = Vec::new();
        if bold != format!("Line {line}") {
            let expected = format!("**Line {line}**, first in the answer");
            problems.push(self.problem(
                bold_at,
                format!("**{bold}**"),
                expected,
                "correct the answer or the comment",
            ));
        }
        let code = self.course.program.line(line).unwrap_or_default();
        if !self.checkpoint.code.iter().any(|named| code.contains(named.as_str())) {
            let expected = format!("code of line {line} in the answer: `{}`", code.trim());
            problems.push(self.problem(bold_at, "an answer without code of its line", expected, "name it"));
        }
        problems.extend(self.checkpoint.hints.iter().filter_map(|hint| self.unexplained(hint)));
        problems
    }

    fn state(&self, widget: &str) -> Vec<Problem> {
        match self.page.text.contains(&format!("<microgpt-{widget}")) {
            true => Vec::new(),
            false => vec![self.problem(
                self.checkpoint.comment.start,
                format!("the widget `{widget}`"),
                "a widget that stands on this page",
                "correct its name, or put it under \"See it\"",
            )],
        }
    }

    fn unexplained(&self, item: &Item) -> Option<Problem> {
        item.explanation().is_empty().then(|| {
            let expected = "an explanation behind it: what choosing it would mean";
            self.problem(item.range.start, item.text.clone(), expected, "write the explanation")
        })
    }
}

/// Whether what is shown is one number, and a rounding of what was computed, which may have words behind it.
fn rounds(computed: &str, shown: &str) -> bool {
    let first =
        |text: &str| scan(text, Syntax::Text).into_iter().next().filter(|number| number.range.start == 0);
    let shown_whole = first(shown).filter(|number| number.range.end == shown.len());
    match (first(computed), shown_whole) {
        (Some(computed), Some(shown)) => shown.shows(&computed, Rounding::Usual),
        _ => false,
    }
}

/// Whether two texts have the same words.
fn same(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}
