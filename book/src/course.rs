//! The preprocessor `course`: what the course's fenced blocks say beyond Markdown.
//!
//! A block `python microgpt.py:39-41` is a quote and gets its line numbers, a block
//! `text output:LABEL` is a piece of a lesson's transcript and gets the command that prints it.
//! On GitHub both read as plain code. Whether they are true is checked elsewhere (`cargo test
//! --test truth`); here they are only checked for making sense.

use crate::build::line_of;
use anyhow::{Context, Result, ensure};
use mdbook_driver::book::{Book, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::fmt::Write;
use std::fs;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

/// The languages that the pages can colour. Any other makes the browser's console complain.
const LANGUAGES: [&str; 9] = ["", "css", "javascript", "json", "mermaid", "python", "rust", "sh", "text"];

/// The preprocessor.
pub struct Course;

impl Preprocessor for Course {
    fn name(&self) -> &str {
        "course"
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(renderer == "html")
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let program =
            fs::read_to_string(context.root.join("microgpt.py")).context("microgpt.py cannot be read")?;
        let lines = program.lines().count();
        let mut errors = Vec::new();
        book.for_each_chapter_mut(|chapter| {
            if let Err(error) = rewrite(chapter, &context.config.book.src, lines) {
                errors.push(error.to_string());
            }
        });
        ensure!(errors.is_empty(), "{}", errors.join("\n"));
        Ok(book)
    }
}

/// Replaces the blocks of one chapter that are ours.
fn rewrite(chapter: &mut Chapter, src: &Path, program_lines: usize) -> Result<()> {
    let Some(path) = chapter.source_path.clone() else {
        return Ok(()); // a draft
    };
    let place = |at, error: String| {
        let line = line_of(&chapter.content, at);
        format!("{}:{line}: {error}", src.join(&path).display())
    };
    let mut edits = Vec::new();
    let mut errors = Vec::new();
    for fence in fences(&chapter.content) {
        match render(&fence, &path, program_lines) {
            Ok(Some(html)) => edits.push((fence.span, html)),
            Ok(None) => {}
            Err(error) => errors.push(place(fence.span.start, error.to_string())),
        }
    }
    if let Err((at, error)) = check_tags(&chapter.content) {
        errors.push(place(at, error));
    }
    ensure!(errors.is_empty(), "{}", errors.join("\n"));
    for (span, html) in edits.into_iter().rev() {
        chapter.content.replace_range(span, &html);
    }
    Ok(())
}

/// A fenced block: where it stands, what follows its opening backticks, what it holds.
struct Fence {
    span: Range<usize>,
    info: String,
    text: String,
}

fn fences(markdown: &str) -> Vec<Fence> {
    let mut fences = Vec::new();
    let mut open = None;
    for (event, span) in Parser::new_ext(markdown, Options::all()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let (info, text) = (info.to_string(), String::new());
                open = Some(Fence { span, info, text });
            }
            Event::Text(text) => {
                if let Some(fence) = &mut open {
                    fence.text.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => fences.extend(open.take()),
            _ => {}
        }
    }
    fences
}

/// Finds the first HTML tag that is not closed, or closes nothing, and where it stands. mdBook
/// sees it too, but not its line.
fn check_tags(markdown: &str) -> Result<(), (usize, String)> {
    const EMPTY: [&str; 5] = ["br", "hr", "img", "input", "wbr"];
    let mut open: Vec<(&str, usize)> = Vec::new();
    for (event, span) in Parser::new_ext(markdown, Options::all()).into_offset_iter() {
        if !matches!(event, Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_)) {
            continue;
        }
        let mut at = span.start;
        while let Some(next) = markdown[at..span.end].find('<') {
            at += next;
            let rest = &markdown[at..span.end];
            let end = if rest.starts_with("<!--") { "-->" } else { ">" };
            let tag = &rest[..rest.find(end).map_or(rest.len(), |length| length + end.len())];
            let name = tag.trim_start_matches(['<', '/']);
            let name = name.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap_or("");
            if tag.starts_with("</") {
                if open.pop().is_none_or(|(opened, _)| opened != name) {
                    return Err((at, format!("`</{name}>` does not close what is open here")));
                }
            } else if !name.is_empty() && !tag.ends_with("/>") && !EMPTY.contains(&name) {
                open.push((name, at));
            }
            at += tag.len();
        }
    }
    match open.pop() {
        Some((name, at)) => Err((at, format!("`<{name}>` is never closed: add `</{name}>`"))),
        None => Ok(()),
    }
}

/// The HTML for a block of ours, nothing for an ordinary one.
fn render(fence: &Fence, chapter: &Path, program_lines: usize) -> Result<Option<String>> {
    let (language, rest) = fence.info.split_once(' ').unwrap_or((&fence.info, ""));
    let rest = rest.trim();
    ensure!(
        LANGUAGES.contains(&language),
        "the pages cannot colour `{language}`: use {}",
        LANGUAGES[1..].join(", "),
    );
    if let Some(range) = rest.strip_prefix("microgpt.py:").filter(|_| language == "python") {
        let lines = parse_range(range, program_lines)?;
        let (named, held) = (lines.clone().count(), fence.text.lines().count());
        ensure!(
            named == held,
            "the block should hold {named} lines and holds {held}: `cargo book sync` copies them",
        );
        return Ok(Some(quote(lines, &fence.text)));
    }
    match (language, rest.strip_prefix("output:")) {
        ("text", Some(label)) => {
            let (example, label) = match label.rsplit_once(':') {
                Some((example, label)) => (example.to_owned(), label),
                None => (example(chapter)?, label),
            };
            Ok(Some(output(&example, label, &fence.text)))
        }
        ("mermaid", Some(_)) => Ok(Some(format!("```mermaid\n{}```", fence.text))),
        _ => {
            ensure!(
                rest.is_empty(),
                "`{rest}` means nothing after `{language}`: write `python microgpt.py:39-41` for a \
                 quote, `text output:some-label` for a piece of the lesson's transcript",
            );
            Ok(None)
        }
    }
}

/// Reads `39-41` or `39`.
fn parse_range(range: &str, program_lines: usize) -> Result<RangeInclusive<usize>> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last): (usize, usize) = (first.parse().ok())
        .zip(last.parse().ok())
        .with_context(|| format!("`{range}` is no range of lines: write `39-41` or `39`"))?;
    ensure!(
        1 <= first && first <= last && last <= program_lines,
        "there are no lines {range}: microgpt.py has lines 1-{program_lines}",
    );
    Ok(first..=last)
}

/// The example of a lesson: `lesson_02_the_value_class` for `02-…/02-the-value-class.md`.
fn example(chapter: &Path) -> Result<String> {
    let module = chapter.parent().and_then(|dir| dir.to_str()?.split_once('-'));
    let lesson = chapter.file_stem().and_then(|stem| stem.to_str()?.split_once('-'));
    let (Some((module, _)), Some((_, slug))) = (module, lesson) else {
        anyhow::bail!("this page has no example of its own: write `output:lesson_…:some-label`");
    };
    Ok(format!("lesson_{module}_{}", slug.replace('-', "_")))
}

/// Lines of microgpt.py. The numbers are drawn by the style sheet from an attribute, so that
/// neither a selection nor the search index nor a screen reader takes them for code.
fn quote(lines: RangeInclusive<usize>, code: &str) -> String {
    let (first, last) = (lines.start(), lines.end());
    let caption = match first == last {
        true => format!("line {first}"),
        false => format!("lines {first}–{last}"),
    };
    let numbers: Vec<String> = lines.map(|line| line.to_string()).collect();
    // How wide the widest line is, for the printer.
    let columns = code.lines().map(|line| line.chars().count()).max().unwrap_or(1).max(1);
    figure(&format!(
        r#"<figure class="quote" style="--columns: {columns}"><figcaption><code>microgpt.py</code>, {caption}</figcaption><div class="listing"><span class="gutter" data-lines="{}" aria-hidden="true"></span><pre><code class="language-python">{}</code></pre></div></figure>"#,
        numbers.join("&#10;"),
        escape(code),
    ))
}

/// A block of a transcript, under the command that prints it.
fn output(example: &str, label: &str, text: &str) -> String {
    figure(&format!(
        r#"<figure class="output"><figcaption><code>cargo run --example {}</code><span>{}</span></figcaption><pre><code class="nohighlight">{}</code></pre></figure>"#,
        escape(example),
        escape(&label.replace('-', " ")),
        escape(text),
    ))
}

/// HTML on a line of its own: it fits wherever the block stood, in a list too.
fn figure(html: &str) -> String {
    format!("{html}\n")
}

/// Text as HTML on one line, without a character that Markdown, KaTeX or mdBook would read.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut html, c| {
        match c {
            c if c.is_alphanumeric() || " .,;:()=+-/_".contains(c) => html.push(c),
            c => write!(html, "&#{};", c as u32).expect("a string takes everything"),
        }
        html
    })
}
