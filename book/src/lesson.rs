//! What the pages add to a lesson of a main line and boxes: titles that the search finds, the way to open all
//! boxes about Rust, quotes beside their explanations, figures that follow the theme.

use anyhow::{Context, Result};
use std::fs;
use std::ops::Range;
use std::path::Path;
use truth::read::checkpoints::checkpoints;
use truth::read::fence::{Fence, Output};
use truth::read::folds::{boxes, deeper};
use truth::read::lines::{mentions, quote};
use truth::read::page::{Kind, Page};

use crate::course::{escape, shield, with_bars};

/// What is added to the page of a lesson in this shape.
pub fn edits(page: &Page) -> Vec<(Range<usize>, String)> {
    let Some(deeper) = deeper(page) else { return Vec::new() };
    let mut edits = explained(page);
    edits.extend(marked(page));
    if !checkpoints(page).0.is_empty() {
        let lesson = crate::checkpoints::lesson(page);
        edits.push((deeper..deeper, format!("{}\n\n", RESTART.replace("LESSON", lesson))));
    }
    let boxes = boxes(page);
    if boxes.iter().any(|each| each.is_rust()) {
        let end = page.text[deeper..].find('\n').map_or(page.text.len(), |at| deeper + at);
        edits.push((end..end, format!("\n\n{I_READ_RUST}\n")));
    }
    for each in boxes {
        let rust = if each.is_rust() { " data-rust" } else { "" };
        let title = with_code(each.title);
        let html = format!(r#"<details class="box"{rust}><summary><h3 id="{}">{title}</h3>"#, each.id);
        edits.push((each.fold.range.start..each.fold.summary.end, html));
    }
    edits
}

const I_READ_RUST: &str = r#"<p class="i-read-rust"><label><input type="checkbox"> I read Rust: open what is about it, here and in all lessons</label></p>"#;
const RESTART: &str = r#"<p class="restart"><button type="button" data-restart="LESSON" disabled>Start this lesson again</button> <button type="button" data-restart="all" disabled>Start all lessons again</button></p>"#;

/// A title with its `code` as HTML: Markdown does not look into a summary.
fn with_code(title: &str) -> String {
    let pieces = title.split('`').enumerate();
    pieces
        .map(|(at, text)| if at % 2 == 1 { format!("<code>{text}</code>") } else { text.to_owned() })
        .collect()
}

/// So many quoted lines leave room for their explanation, one below the other on a small screen.
const SHORT: usize = 14;

/// Under "The lines", quotes that follow one another and what explains them stand in one element, which a wide
/// screen shows side by side.
fn explained(page: &Page) -> Vec<(Range<usize>, String)> {
    let mut edits = Vec::new();
    let mut insert = |at: usize, html: &str| edits.push((at..at, format!("\n{html}\n\n")));
    let in_section = |at: usize| page.section_of(&page.blocks[at]) == Some("The lines");
    let mut at = 0;
    while at < page.blocks.len() {
        if !in_section(at) || quote(&page.blocks[at]).is_none() {
            at += 1;
            continue;
        }
        let run = page.blocks[at..].iter().take_while(|block| quote(block).is_some()).count();
        let text = page.blocks[at + run..].iter().enumerate().take_while(|(index, block)| {
            in_section(at + run + index)
                && quote(block).is_none()
                && !matches!(block.kind, Kind::Heading { .. })
        });
        let next = at + run + text.count();
        if next > at + run {
            let quotes = &page.blocks[at..at + run];
            let lines: usize = quotes.iter().map(|quote| quote.text.lines().count()).sum();
            let class = if lines <= SHORT { "quotes short" } else { "quotes" };
            insert(page.blocks[at].range.start, &format!(r#"<div class="explained"><div class="{class}">"#));
            insert(page.blocks[at + run - 1].range.end, r#"</div><div class="explanations">"#);
            insert(page.blocks.get(next).map_or(page.text.len(), |block| block.range.start), "</div></div>");
        }
        at = next;
    }
    edits
}

/// "**Line 129** …" can be pointed at: then the script marks the line in its quote. Answers explain none.
fn marked(page: &Page) -> Vec<(Range<usize>, String)> {
    let folded = |at: usize| page.folds.iter().any(|fold| fold.range.contains(&at));
    let blocks =
        page.blocks.iter().enumerate().filter(|(_, block)| {
            block.kind == Kind::Paragraph && page.section_of(block) == Some("The lines")
        });
    blocks
        .filter_map(|(index, block)| {
            let mention =
                mentions(page, index).into_iter().next().filter(|mention| mention.range.start == 0)?;
            let start = block.runs.first().filter(|run| run.strong)?.source.checked_sub(2)?;
            if folded(start) {
                return None;
            }
            let end = start + 2 + page.text[start + 2..].find("**")? + 2;
            let (first, last) = (mention.spans.first()?.0, mention.spans.last()?.1);
            let bold = page.text.get(start..end).filter(|bold| bold.starts_with("**"))?;
            let html = format!(
                r#"<span class="line" tabindex="0" data-first="{first}" data-last="{last}">{bold}</span>"#
            );
            Some((start..end, html))
        })
        .collect()
}

/// The output in a main line: under its label alone, as the command stands at the end of the lesson.
pub fn caption(info: &str, text: &str) -> Option<String> {
    let Fence::Output(Output { label, .. }) = Fence::parse(info) else { return None };
    info.starts_with("text").then(|| {
        format!(
            r#"<figure class="output"><figcaption><span>{}</span></figcaption><pre><code class="nohighlight">{}</code></pre></figure>"#,
            escape(&label.replace('-', " ")),
            with_bars(text),
        )
    })
}

/// The drawings of a page, put into it so that its theme colours them. `folder` is that of the page.
///
/// # Errors
///
/// When a drawing cannot be read.
pub fn drawings(page: &Page, folder: &Path) -> Result<Vec<(Range<usize>, String)>> {
    let mut edits = Vec::new();
    for link in page.links.iter().filter(|link| link.image && link.target.ends_with(".svg")) {
        let file = folder.join(&link.target);
        let at =
            || format!("{}:{}: {} cannot be read", page.path, page.line(link.range.start), file.display());
        let svg = fs::read_to_string(&file).with_context(at)?;
        if !svg.contains(r#"class="drawing""#) {
            continue;
        }
        // The page has the style already, and its alternative text says what is to be seen.
        let svg = ["title", "desc", "style"].iter().fold(svg, |svg, element| without(&svg, element));
        let label = format!(r#"<svg aria-label="{}""#, escape(&link.text));
        let svg = shield(&svg.replacen("<svg", &label, 1).replace('\n', " "));
        let line = page.text[link.range.end..].lines().next().unwrap_or_default();
        let alone = line.is_empty() && page.text[..link.range.start].ends_with('\n');
        edits.push((
            link.range.clone(),
            match alone {
                true => format!(r#"<figure class="drawn">{svg}</figure>"#),
                false => svg,
            },
        ));
    }
    Ok(edits)
}

/// A drawing without its elements of this name; they hold no others.
fn without(svg: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let mut kept = String::new();
    let mut rest = svg;
    while let Some((before, from)) = rest.split_once(&open) {
        kept += before;
        rest = from.split_once(&close).map_or("", |(_, behind)| behind);
    }
    kept + rest
}
