//! Checkpoints as the pages show them: a section around the question and its folded answer, with controls
//! that `lab/js/checkpoints.js` brings to life. Without scripts the style sheet hides them.

use anyhow::{Context, Result, bail, ensure};
use std::fmt::Write;
use std::ops::Range;
use truth::Course;
use truth::read::checkpoints::{Ask, Checkpoint, Lead, checkpoints, computed, controls};
use truth::read::lines::{quoted, single_lines};
use truth::read::number::{Form, Syntax, scan};
use truth::read::page::Page;

use crate::course::escape;

/// What is added to a page for its checkpoints.
///
/// # Errors
///
/// What is wrong with them, each with its file and line.
pub fn edits(course: &Course, page: &Page) -> Result<Vec<(Range<usize>, String)>> {
    let mut report = truth::Report::default();
    truth::judge::answers::check_page(course, page, &mut report);
    ensure!(report.problems.is_empty(), "{report}");
    let mut edits = Vec::new();
    for checkpoint in checkpoints(page).0 {
        let at = page.line(checkpoint.comment.start);
        edits.extend(section(course, page, &checkpoint).with_context(|| format!("{}:{at}", page.path))?);
    }
    Ok(edits)
}

/// The lesson's name in what the reader's browser keeps.
pub fn lesson(page: &Page) -> &str {
    page.path.trim_start_matches("course/").trim_end_matches(".md")
}

fn section(course: &Course, page: &Page, checkpoint: &Checkpoint) -> Result<Vec<(Range<usize>, String)>> {
    let form = format!("{}-{}", lesson(page).rsplit('/').next().unwrap_or_default(), checkpoint.id);
    let (kind, about, asked) = match &checkpoint.ask {
        Ask::Number => ("number", number(course, page, checkpoint)?, NUMBER.to_owned()),
        Ask::Choice => {
            let right = checkpoint.hints.iter().position(|hint| hint.lead == Lead::Bold);
            ("choice", format!(r#" data-right="{}""#, right.unwrap_or_default()), CHECK.to_owned())
        }
        Ask::Line(line) => ("line", format!(r#" data-right="{line}""#), lines(course, page)),
        Ask::State { widget, until } => {
            let found = lab::widgets::ALL.iter().find(|(name, _)| name == widget);
            let known = found.with_context(|| format!("there is no microgpt-{widget}"))?.1.controls();
            for name in controls(until) {
                ensure!(
                    known.iter().any(|control| control.name == name),
                    "microgpt-{widget} has no control `{name}`; it has: {}",
                    known.iter().map(|control| control.name).collect::<Vec<_>>().join(", "),
                );
            }
            ("state", format!(r#" data-widget="{widget}" data-until="{}""#, escape(until)), STATE.to_owned())
        }
    };
    let main = if checkpoint.main { " data-main" } else { "" };
    let open = format!(
        r#"<section class="checkpoint" data-checkpoint="{}" data-kind="{kind}" data-lesson="{}"{main}{about}>"#,
        checkpoint.id,
        lesson(page),
    );
    let mut edits = vec![
        (checkpoint.comment.clone(), open + "\n"),
        (checkpoint.quote.end..checkpoint.quote.end, "\n</section>\n\n".to_owned()),
    ];
    if checkpoint.ask == Ask::Choice {
        for (index, option) in checkpoint.options.iter().enumerate() {
            let input =
                format!(r#"<label><input type="radio" form="{form}" name="answer" value="{index}"> "#);
            edits.push((option.range.start..option.range.start, input));
            edits.push((option.range.end..option.range.end, "</label>".to_owned()));
        }
    }
    let answer = checkpoint.answer.context("a checkpoint has an answer")?;
    let line = page.text[..answer].rfind('\n').map_or(0, |at| at + 1);
    let controls =
        format!(r#"<form class="ask" id="{form}">{asked}</form><div class="feedback" role="status"></div>"#);
    edits.push((line..line, format!("> <div class=\"asked\">{controls}</div>\n>\n")));
    Ok(edits)
}

const CHECK: &str = r#"<button>Check</button>"#;
const NUMBER: &str = r#"<label>Your answer <input name="answer" size="10" autocomplete="off" spellcheck="false" translate="no"></label> <button>Check</button>"#;
const STATE: &str = r#"<button type="button" class="show">Show the widget</button> <span>It sees by itself when you are there.</span>"#;

/// The number that is right, how far one may be off, and typical wrong ones.
fn number(course: &Course, page: &Page, checkpoint: &Checkpoint) -> Result<String> {
    let computed = computed(course, page, checkpoint).map_err(anyhow::Error::msg)?;
    let value = |text: &str| -> Result<f64> {
        let number = scan(text, Syntax::Text).into_iter().next().context("the answer is no number")?;
        let value = number.value.to_f64();
        Ok(match number.form {
            Form::Percent => value / 100.0,
            Form::Fraction(by) => value / by.to_f64(),
            _ => value,
        })
    };
    let (bold, _) = checkpoint.bold.as_ref().context("a checkpoint has an answer in bold")?;
    let shown = scan(bold, Syntax::Text).into_iter().next().context("the answer is no number")?;
    // One unit of the last digit shown; a whole number is exact.
    let (unit, percent) = match shown.form {
        Form::Percent => (shown.value.shifted(-2).unit(), " data-percent"),
        Form::Plain | Form::Scientific if !shown.value.is_whole() => (shown.value.unit(), ""),
        _ => (0.0, ""),
    };
    let mut html = format!(
        r#" data-answer="{}" data-unit="{unit}" data-shown="{}"{percent}"#,
        value(&computed.answer)?,
        escape(bold)
    );
    let wrong = computed.wrong.iter().map(|wrong| value(wrong)).collect::<Result<Vec<_>>>()?;
    let answer = value(&computed.answer)?;
    if let Some(wrong) = wrong.iter().find(|&&wrong| (wrong - answer).abs() <= unit * (1.0 + 1e-9)) {
        bail!("{wrong} would be judged right beside **{bold}**: show the answer with more digits");
    }
    if !wrong.is_empty() {
        let wrong: Vec<_> = wrong.iter().map(f64::to_string).collect();
        write!(html, r#" data-wrong="{}""#, wrong.join(" "))?;
    }
    Ok(html)
}

/// A list of the lines that the page quotes, for those who do not click.
fn lines(course: &Course, page: &Page) -> String {
    let quoted = single_lines(&quoted(page));
    let options = quoted.into_iter().filter(|&line| !course.program.is_blank(line)).map(|line| {
        let code = course.program.line(line).unwrap_or_default().trim();
        format!(r#"<option value="{line}">{line}: {}</option>"#, escape(code))
    });
    format!(
        r#"<label>Line <select name="answer" translate="no"><option value="">choose</option>{}</select></label> <button>Check</button> <button type="button" class="show">Click it in the quote</button>"#,
        options.collect::<String>()
    )
}
