//! Checkpoints hold: what a checkpoint calls right is what the lesson's example computed, or a line that the
//! page quotes, and whatever a reader may choose is explained.

use crate::problem::Report;
use crate::read::checkpoints::{Ask, Checkpoint, Computed, Item, Lead, checkpoints, computed};
use crate::read::course::Course;
use crate::read::lines;
use crate::read::number::{Rounding, Syntax, scan};
use crate::read::page::Page;

/// Checks the checkpoints of all pages.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let count: usize = course.pages.values().map(|page| check_page(course, page, &mut report)).sum();
    report.note(format!("{count} checkpoints"));
    report
}

/// Checks the checkpoints of one page, and returns how many there are.
pub fn check_page(course: &Course, page: &Page, report: &mut Report) -> usize {
    let (checkpoints, strange) = checkpoints(page);
    for (at, wanted) in strange {
        report.at(page, at, page.text[at..].lines().next().unwrap_or_default(), wanted);
    }
    for (index, checkpoint) in checkpoints.iter().enumerate() {
        if checkpoints[..index].iter().any(|other| other.id == checkpoint.id) {
            let found = format!("a second checkpoint `{}`", checkpoint.id);
            report.at(page, checkpoint.comment.start, found, "another ID, here and in the example");
        }
        Judge { course, page, checkpoint, report }.judge();
    }
    checkpoints.len()
}

struct Judge<'a> {
    course: &'a Course,
    page: &'a Page,
    checkpoint: &'a Checkpoint,
    report: &'a mut Report,
}

impl Judge<'_> {
    fn wrong(&mut self, at: usize, found: impl Into<String>, wanted: impl Into<String>) {
        self.report.at(self.page, at, found, wanted);
    }

    fn judge(&mut self) {
        let at = self.checkpoint.comment.start;
        if self.checkpoint.answer.is_none() {
            let wanted = "a block quote on the next line, with <details><summary>Answer</summary> in it";
            return self.wrong(at, "a checkpoint without a folded answer", wanted);
        }
        match &self.checkpoint.ask {
            Ask::Number | Ask::Choice => match computed(self.course, self.page, self.checkpoint) {
                Ok(computed) if self.checkpoint.ask == Ask::Number => self.number(&computed),
                Ok(computed) => self.choice(&computed.answer),
                Err(missing) => self.wrong(
                    at,
                    format!("checkpoint `{}` without a computed answer", self.checkpoint.id),
                    format!(
                        "{missing}; let the lesson's example print `--- checkpoint ID ---` and `answer: …`"
                    ),
                ),
            },
            Ask::Line(line) => self.line(*line),
            Ask::State { widget, .. } => {
                if !self.page.text.contains(&format!("<microgpt-{widget}")) {
                    let wanted =
                        "a widget that stands on this page: correct its name, or put it under \"See it\"";
                    self.wrong(at, format!("the widget `{widget}`"), wanted);
                }
            }
        }
        for hint in self.checkpoint.hints.iter().filter(|hint| hint.explanation().is_empty()) {
            let wanted = "an explanation behind it: what choosing it would mean";
            self.wrong(hint.range.start, hint.text.clone(), wanted);
        }
    }

    /// The bold words of the answer, and where they stand.
    fn bold(&self) -> (String, usize) {
        self.checkpoint.bold.clone().unwrap_or((String::new(), self.checkpoint.comment.start))
    }

    fn number(&mut self, computed: &Computed) {
        let (bold, at) = self.bold();
        if !rounds(&computed.answer, &bold) {
            let wanted = format!("a rounding of {}, in bold, first in the answer", computed.answer);
            self.wrong(at, format!("**{bold}**"), wanted);
        }
        let hints = &self.checkpoint.hints;
        if hints.len() != computed.wrong.len() {
            let found = format!("{} hints and {} lines `wrong: …`", hints.len(), computed.wrong.len());
            let wanted = "for each hint, in order, a line `wrong: …` that the example prints in the checkpoint's block";
            self.wrong(self.checkpoint.comment.start, found, wanted);
        }
        for (hint, wrong) in hints.iter().zip(&computed.wrong) {
            let name = format!("**{}**", hint.name);
            if hint.lead != Lead::Bold || !rounds(wrong, &hint.name) {
                let wanted = format!("a rounding of {wrong}, in bold, at the beginning of the hint");
                self.wrong(hint.range.start, name, wanted);
            } else if rounds(wrong, &bold) {
                self.wrong(hint.range.start, name, "a wrong answer: delete the hint");
            }
        }
    }

    fn choice(&mut self, answer: &str) {
        let Checkpoint { options, hints, comment, .. } = self.checkpoint;
        if options.len() < 2 {
            self.wrong(comment.start, format!("{} options", options.len()), "a list of two or more");
        }
        for (index, option) in options.iter().enumerate() {
            let hint = hints.get(index);
            if hint.is_none_or(|hint| !same(&hint.name, &option.text)) {
                let found = hint.map_or("an option without an explanation", |hint| &hint.name);
                let wanted = "an item of the answer for each option, in the same order: - *option*: …";
                let wanted = format!("what choosing \"{}\" means: {wanted}", option.text);
                self.wrong(hint.unwrap_or(option).range.start, found, wanted);
            }
        }
        let right: Vec<&Item> = hints.iter().filter(|hint| hint.lead == Lead::Bold).collect();
        match right[..] {
            [right] if same(&right.name, answer) => {}
            [right] => {
                let wanted = format!("**{answer}**, which the example computed; the others italic");
                self.wrong(right.range.start, format!("**{}**", right.name), wanted);
            }
            _ => {
                let wanted = "exactly one, the right one; the others italic";
                self.wrong(comment.start, format!("{} options in bold", right.len()), wanted);
            }
        }
    }

    fn line(&mut self, line: usize) {
        if !lines::single_lines(&lines::quoted(self.page)).contains(&line) {
            let wanted = "a line that the page quotes: quote it, or ask for another one";
            return self.wrong(self.checkpoint.comment.start, format!("line {line}"), wanted);
        }
        let (bold, at) = self.bold();
        if bold != format!("Line {line}") {
            let wanted = format!("**Line {line}**, first in the answer; or another line in the comment");
            self.wrong(at, format!("**{bold}**"), wanted);
        }
        let code = self.course.program.line(line).unwrap_or_default();
        if !self.checkpoint.code.iter().any(|named| code.contains(named.as_str())) {
            let wanted = format!("code of line {line} in the answer: `{}`", code.trim());
            self.wrong(at, "an answer without code of its line", wanted);
        }
    }
}

/// Whether what is shown is one number, and a rounding of what was computed, which may have words behind it.
fn rounds(computed: &str, shown: &str) -> bool {
    let first =
        |text: &str| scan(text, Syntax::Text).into_iter().next().filter(|number| number.range.start == 0);
    let shown_whole = first(shown).filter(|number| number.range.end == shown.len());
    first(computed).zip(shown_whole).is_some_and(|(computed, shown)| shown.shows(&computed, Rounding::Usual))
}

/// Whether two texts have the same words.
fn same(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}
