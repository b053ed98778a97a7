//! The page with the whole program: beside the lines, their lessons; for each line, what its lesson
//! says about it.
//!
//! Lines with the same explanation are one choice of a radio group, so that the page needs no script:
//! the arrow keys go from line to line, and the style sheet shows the explanation of the line chosen.
//! What a link from a quote leads to is marked, `#L39` or `#L39-41`.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use truth::read::address::resolve;
use truth::read::chapter::{CODE, Chapter};
use truth::read::explanations::{self, Explanation};
use truth::read::lines;
use truth::read::page::{Block, Kind, Page};
use truth::{Course, judge};

use crate::course::{escape, render, shield};

/// The program as the page shows it, in Markdown: with what its lines make, by the X-ray.
///
/// # Errors
///
/// When the course cannot be read, or a line has no explanation.
pub fn listing(root: &Path) -> Result<String> {
    let course = Course::load(root)?;
    let Ok(explanations) = explanations::all(&course) else { bail!("{}", judge::coverage::check(&course)) };
    let end = course.program.len();
    let code = course.program.text(1, end).context("microgpt.py is empty")?;
    let columns = code.lines().map(|line| line.chars().count()).max().unwrap_or(1);
    let mut gutter: Vec<String> = (1..=end).map(|line| format!("{line:3}")).collect();
    let mut rows = String::new();
    let mut lesson = None;
    for explanation in &explanations {
        let begins = lesson != Some(explanation.lesson);
        if begins {
            write!(gutter[explanation.first - 1], " {}", explanation.lesson.number())?;
        }
        rows += &lines_of(&course, explanation, begins)?;
        lesson = Some(explanation.lesson);
    }
    let xray = lab::element("lab-xray", "xray", &[])?.into_string();
    Ok(format!(
        r#"<figure class="program" style="--columns: {columns}; --lines: {end}"><figcaption><code>microgpt.py</code>, {}. A copy without our <code>input.txt</code> beside it downloads another list of names, and prints other numbers than these pages.</figcaption><div class="sheet"><form class="listing"><span class="gutter" data-lines="{}" aria-hidden="true"></span><pre><code class="language-python">{}</code></pre>{rows}</form><div class="lab">{}</div></div></figure>"#,
        name(1, end),
        gutter.join("&#10;"),
        escape(&code),
        shield(&xray),
    ))
}

/// The anchor of lines on that page.
pub fn anchor(first: usize, last: usize) -> String {
    match first == last {
        true => format!("L{first}"),
        false => format!("L{first}-{last}"),
    }
}

/// `line 39` or `lines 39–41`.
pub fn name(first: usize, last: usize) -> String {
    match first == last {
        true => format!("line {first}"),
        false => format!("lines {first}–{last}"),
    }
}

/// Lines with one explanation: their numbers, marks and text, and the link to their lesson where it
/// is not that of the lines before.
fn lines_of(course: &Course, explanation: &Explanation, first_of_lesson: bool) -> Result<String> {
    let &Explanation { first, last, lesson, .. } = explanation;
    let numbers: Vec<String> = (first..=last).map(|line| line.to_string()).collect();
    // The first row is that of the X-ray's controls.
    let rows = |first: usize, last: usize| format!("--rows: {} / span {}", first + 1, last + 1 - first);
    let filled = (first..=last).rev().find(|&line| !course.program.is_blank(line));
    let name = capitalized(&name(first, filled.unwrap_or(last)));
    let code = course.program.line(first).unwrap_or("").trim();
    let mut html = format!(
        r#"<div class="lines" style="{}"><label data-lines="{}"><input type="radio" name="line" aria-label="{}" aria-describedby="about-{first}"></label>"#,
        rows(first, last),
        numbers.join("&#10;"),
        escape(&format!("{name}: {code}")),
    );
    let link = |lesson: Chapter, text: &str| {
        let page = lesson.path();
        let page = page.trim_start_matches("course/");
        format!(r#"<a href="{page}#the-lines">{}</a>"#, escape(text))
    };
    let title = |lesson: Chapter| link(lesson, course.title(lesson).unwrap_or_default());
    if first_of_lesson {
        write!(html, r#"<span class="lesson">{}</span>"#, link(lesson, &lesson.number()))?;
    }
    html += r#"<span class="mark"></span>"#;
    for (first, last) in marks(course, first, last) {
        let id = anchor(first, last);
        write!(html, r#"<span class="mark" id="{id}" style="{}"></span>"#, rows(first, last))?;
    }
    let mut others: Vec<String> = explanation.others.iter().map(|&other| title(other)).collect();
    if let Some(last) = others.pop() {
        let list = if others.is_empty() { last } else { format!("{} and {last}", others.join(", ")) };
        others = vec![format!("<p class=\"others\">Also in {list}.</p>")];
    }
    let page = course.pages.get(&lesson.path()).context("a lesson that explains has a page")?;
    write!(
        html,
        "<div class=\"explanation\" id=\"about-{first}\"><p class=\"title\"><b>{name}</b> {}</p><button type=\"reset\" aria-label=\"Close\">×</button>\n\n{}\n\n{}</div></div>\n",
        title(lesson),
        text(course, page, explanation.block)?,
        others.concat(),
    )?;
    Ok(html)
}

/// What links lead to and begins in these lines: each line, and each range that a page quotes.
fn marks(course: &Course, first: usize, last: usize) -> BTreeSet<lines::Span> {
    let quoted = course.pages.values().filter(|page| page.path != CODE).flat_map(lines::quoted);
    let single = (first..=last).map(|line| (line, line));
    quoted.filter(|quote| (first..=last).contains(&quote.0)).chain(single).collect()
}

/// A paragraph of a lesson, as it is written for the page of the program. What a colon at its end
/// announces comes with it.
fn text(course: &Course, page: &Page, at: usize) -> Result<String> {
    let mut text = block(course, page, at)?;
    if page.blocks[at].text.trim_end().ends_with(':') {
        let next = page.blocks.get(at + 1).filter(|next| lines::quote(next).is_none());
        let list = next.and_then(|next| next.list);
        let rest = page.blocks.iter().enumerate().skip(at + 1);
        for (at, _) in rest.take_while(|(_, block)| list.is_some() && block.list == list) {
            write!(text, "\n- {}", block(course, page, at)?)?;
        }
        if next.is_some() && list.is_none() {
            write!(text, "\n\n{}", block(course, page, at + 1)?)?;
        }
    }
    Ok(text)
}

/// One block, its links changed to lead there from the page of the program.
fn block(course: &Course, page: &Page, at: usize) -> Result<String> {
    let block: &Block = &page.blocks[at];
    if let Kind::Code { info, .. } = &block.kind
        && let Some(html) = render(info, &block.text, &page.path, &course.program, None)?
    {
        return Ok(html);
    }
    let mut text = page.text[block.range.clone()].trim_end().to_owned();
    for link in page.links.iter().rev().filter(|link| link.block == at && !link.target.contains("://")) {
        let (path, anchor) = link.target.split_once('#').unwrap_or((&link.target, ""));
        let path = if path.is_empty() { Some(page.path.clone()) } else { resolve(&page.path, path) };
        let path = path.context("a link leads out of the project")?;
        let target = format!("{}#{anchor}", path.trim_start_matches("course/"));
        let written = &page.text[link.range.clone()];
        let from = link.range.start - block.range.start;
        let place = written.rfind(&link.target).context("a link without its target")?;
        text.replace_range(from + place..from + place + link.target.len(), target.trim_end_matches('#'));
    }
    Ok(text)
}

fn capitalized(text: &str) -> String {
    text[..1].to_uppercase() + &text[1..]
}
