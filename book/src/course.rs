//! The preprocessor `course`: what the course's fenced blocks say beyond Markdown.
//!
//! A block `python microgpt.py:39-41` is a quote and gets its line numbers, a block
//! `text output:LABEL` is a piece of a lesson's transcript and gets the command that prints it.
//! On GitHub both read as plain code. Whether they are true is checked elsewhere (`cargo test
//! --test truth`); here they are only checked for making sense. Where the text uses a word of the
//! glossary, its definition is put beside it, for the style sheet to show when asked. Lessons and the
//! index say how long they take to read. And an element `<microgpt-NAME></microgpt-NAME>` gets the
//! widget's controls and first figure from the crate `lab`. What a lesson of a main line and boxes has
//! beyond that is in [`lesson`] and [`mod@checkpoints`].

use anyhow::{Context, Result, anyhow, bail, ensure};
use html5gum::{Token, Tokenizer};
use mdbook_driver::book::{Book, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use pulldown_cmark::{Event, Options, Parser, Tag};
use std::fmt::{Display, Write};
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use truth::read::chapter::{CODE, GLOSSARY, INDEX};
use truth::read::checkpoints::checkpoints;
use truth::read::fence::{Fence, Output};
use truth::read::folds::deeper;
use truth::read::glossary::Glossary;
use truth::read::lesson::new_words;
use truth::read::lines;
use truth::read::page::{Kind, Page};
use truth::read::program::Program;

use crate::reading::Lessons;
use crate::{checkpoints, code, diagram, lesson, task};

/// The Markdown that mdBook reads.
pub const MARKDOWN: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_GFM);

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
        let course = truth::Course::load(&context.root)?;
        let src = &context.config.book.src;
        let mut lessons = Lessons::default();
        for chapter in book.chapters() {
            if let Some(page) = parse(chapter, src) {
                lessons.count(&page);
            }
        }
        // Where there is a page with the whole program, quotes lead to their lines on it.
        let code = book.chapters().any(|chapter| parse(chapter, src).is_some_and(|page| page.path == CODE));
        let code = if code { Some(code::listing(&context.root)?) } else { None };
        let mut errors = Vec::new();
        let mut ids = (1..).map(|number| format!("lab-{number}"));
        book.for_each_chapter_mut(|chapter| {
            if let Err(error) = rewrite(chapter, &course, src, code.as_deref(), &lessons, &mut ids) {
                errors.push(error.to_string());
            }
        });
        ensure!(errors.is_empty(), "{}", errors.join("\n"));
        Ok(book)
    }
}

/// A chapter as the checks see it; a draft has no page.
fn parse(chapter: &Chapter, src: &Path) -> Option<Page> {
    let path = chapter.source_path.as_ref()?;
    Some(Page::parse(src.join(path).to_string_lossy(), chapter.content.clone()))
}

/// Replaces the blocks of one chapter that are ours. Its widgets take their ids from `ids`.
fn rewrite(
    chapter: &mut Chapter,
    course: &truth::Course,
    src: &Path,
    code: Option<&str>,
    lessons: &Lessons,
    ids: &mut impl Iterator<Item = String>,
) -> Result<()> {
    let Some(page) = parse(chapter, src) else { return Ok(()) };
    let deeper = deeper(&page);
    let mut edits = Vec::new();
    let mut errors = Vec::new();
    let mut error_at = |at, error: &dyn Display| {
        errors.push(format!("{}:{}: {error:#}", page.path, page.line(at)));
    };
    for block in &page.blocks {
        let Some(info) = block.info() else { continue };
        if deeper.is_some_and(|deeper| block.range.start < deeper)
            && let Some(html) = lesson::caption(info, &block.text)
        {
            edits.push((block.range.clone(), html));
            continue;
        }
        match render(info, &block.text, &page.path, &course.program, code) {
            Ok(Some(html)) => edits.push((block.range.clone(), html)),
            Ok(None) => {}
            Err(error) => error_at(block.range.start, &error),
        }
    }
    for (range, html) in widgets(&page, ids) {
        match html {
            Ok(html) => edits.push((range, html)),
            Err(error) => error_at(range.start, &error),
        }
    }
    if let Err((at, error)) = check_tags(&page.text) {
        error_at(at, &error);
    }
    let checkpoints = checkpoints::edits(course, &page).unwrap_or_else(|error| {
        errors.push(format!("{error:#}"));
        Vec::new()
    });
    ensure!(errors.is_empty(), "{}", errors.join("\n"));
    edits.iter_mut().for_each(|(_, html)| html.push('\n'));
    if page.path != GLOSSARY {
        edits.extend(definitions(&page, &course.glossary));
    }
    let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    edits.extend(lesson::drawings(&page, &course.root.join(folder))?);
    edits.extend(checkpoints);
    edits.extend(task::edit(course, &page).map_err(|error| anyhow!("{}: its task: {error:#}", page.path))?);
    // What goes around a block stands before it in this list.
    edits.splice(0..0, lesson::edits(&page));
    edits.extend(lessons.about(&page, &lines_of(course, &page)));
    if page.path == INDEX {
        edits.extend(lessons.in_index(&page));
    }
    edits.sort_by_key(|(range, _)| range.start);
    for (range, html) in edits.into_iter().rev() {
        chapter.content.replace_range(range, &html);
    }
    Ok(())
}

/// `Lines 25 and 154–159`: what INDEX.md gives to a lesson, or nothing.
fn lines_of(course: &truth::Course, page: &Page) -> String {
    let map = lines::map(course);
    let lesson = truth::read::chapter::Chapter::at(&page.path);
    let Some((_, lines, _)) = map.iter().find(|(chapter, ..)| Some(*chapter) == lesson) else {
        return String::new();
    };
    let name = if lines.len() == 1 { "Line" } else { "Lines" };
    let ranges = lines::ranges(lines);
    match ranges.rsplit_once(", ") {
        Some((before, last)) => format!("{name} {before} and {last}"),
        None => format!("{name} {ranges}"),
    }
}

/// The words of the glossary in the paragraphs of a page, each followed by a link to its entry. The
/// definition is an attribute, so that the search index and the printer do not repeat it.
fn definitions(page: &Page, glossary: &Glossary) -> Vec<(Range<usize>, String)> {
    // A question is read as it stands, and the list of new words has the definitions already.
    let questions = checkpoints(page)
        .0
        .into_iter()
        .map(|found| found.quote.start..found.answer.unwrap_or(found.quote.end));
    let bare: Vec<Range<usize>> = questions.chain(new_words(page)).collect();
    let in_paragraph = |range: &Range<usize>| {
        let mut blocks = page.blocks.iter();
        blocks.any(|block| matches!(block.kind, Kind::Paragraph) && block.range.contains(&range.start))
            && !bare.iter().any(|bare| bare.contains(&range.start))
    };
    let to_root = to_root(&page.path);
    let uses = glossary.uses(page).into_iter().filter(|(range, _)| in_paragraph(range));
    uses.map(|(range, term)| {
        let term = &glossary.terms[term];
        let html = format!(
            r#"<span class="term" tabindex="0">{}<a class="definition" href="{to_root}appendix/glossary.md#{}" aria-label="{}"></a></span>"#,
            &page.text[range.clone()],
            term.anchor,
            escape(&format!("{}: {}", term.name, term.definition)),
        );
        (range, html)
    })
    .collect()
}

/// The way from a page to the folder of the course.
fn to_root(page: &str) -> String {
    "../".repeat(page.matches('/').count() - 1)
}

/// The widgets of a page: where each stands, and the HTML of its element.
fn widgets(
    page: &Page,
    ids: &mut impl Iterator<Item = String>,
) -> Vec<(Range<usize>, Result<String, lab::Problem>)> {
    let (mut widgets, mut living) = (Vec::new(), Vec::new());
    for (event, span) in Parser::new_ext(&page.text, MARKDOWN).into_offset_iter() {
        let html = &page.text[span.start..];
        if !matches!(event, Event::Html(_) | Event::InlineHtml(_)) || !html.starts_with("<microgpt-") {
            continue;
        }
        let Some(Ok(Token::StartTag(tag))) = Tokenizer::new(html).next() else { continue };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let name = text(&tag.name);
        let values: Vec<_> = tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
        let close = format!("</{name}>");
        let length = html.find(&close).map_or(span.len(), |at| at + close.len());
        let id = ids.next().expect("there are ids without end");
        let element = lab::element(&id, name.trim_start_matches("microgpt-"), &values)
            .map(|element| format!(r#"<figure class="lab">{}</figure>"#, shield(&element.into_string())));
        living.push(lab::widgets::LIVING.contains(&name.trim_start_matches("microgpt-")));
        widgets.push((span.start..span.start + length, element));
    }
    if living.contains(&true) && living.contains(&false) {
        let reason = "a page with living lines loads their WebAssembly alone: its widgets are those of `LIVING` in lab/src/widgets.rs, or none of them";
        widgets[0].1 = Err(lab::Problem::new("element", reason));
    }
    widgets
}

/// Finds the first HTML tag that is not closed, or closes nothing, and where it stands. mdBook
/// sees it too, but not its line.
fn check_tags(markdown: &str) -> Result<(), (usize, String)> {
    const EMPTY: [&str; 5] = ["br", "hr", "img", "input", "wbr"];
    let mut open: Vec<(&str, usize)> = Vec::new();
    for (event, span) in Parser::new_ext(markdown, MARKDOWN).into_offset_iter() {
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

/// The HTML for a block of ours, nothing for an ordinary one. It is all on one line, so that it
/// fits wherever the block stood, in a list too. `code` is the whole program with its explanations.
pub fn render(
    info: &str,
    text: &str,
    page: &str,
    program: &Program,
    code: Option<&str>,
) -> Result<Option<String>> {
    match Fence::parse(info) {
        Fence::Quote { first, last } => {
            let end = program.len();
            ensure!(last <= end, "there is no line {last}: microgpt.py has lines 1-{end}");
            let (named, held) = (last + 1 - first, text.lines().count());
            ensure!(
                named == held,
                "the block should hold {named} lines and holds {held}: `cargo book sync` copies them",
            );
            Ok(Some(match code {
                Some(listing) if page == CODE => listing.to_owned(),
                _ => quote(first..=last, text, code.map(|_| to_root(page))),
            }))
        }
        Fence::Source { path, first, last } => {
            Ok(Some(listing(&path, &code::name(first, last), first..=last, text)))
        }
        Fence::Output(_) if info.starts_with("mermaid") => diagram::draw(text).map(Some),
        Fence::Output(output) => Ok(Some(transcript(&output, text, page)?)),
        Fence::Mermaid => diagram::draw(text).map(Some),
        Fence::Strange(why) => bail!("{why}"),
        _ => Ok(None),
    }
}

/// Lines of microgpt.py, with a link to where they stand in the whole program. The numbers are drawn
/// by the style sheet from an attribute, so that neither a selection nor the search index nor a screen
/// reader takes them for code.
fn quote(lines: RangeInclusive<usize>, code: &str, to_root: Option<String>) -> String {
    let (first, last) = (*lines.start(), *lines.end());
    let mut caption = code::name(first, last);
    if let Some(to_root) = to_root {
        caption = format!(r#"<a href="{to_root}code.md#{}">{caption}</a>"#, code::anchor(first, last));
    }
    listing("microgpt.py", &caption, lines, code)
}

/// Lines of a program, under its name and `caption`.
fn listing(path: &str, caption: &str, lines: RangeInclusive<usize>, code: &str) -> String {
    let numbers: Vec<String> = lines.map(|line| line.to_string()).collect();
    let language = if path.ends_with(".rs") { "rust" } else { "python" };
    // How wide the widest line is, for the printer.
    let columns = code.lines().map(|line| line.chars().count()).max().unwrap_or(1).max(1);
    format!(
        r#"<figure class="quote" style="--columns: {columns}"><figcaption><code>{path}</code>, {caption}</figcaption><div class="listing"><span class="gutter" data-lines="{}" aria-hidden="true"></span><pre><code class="language-{language}">{}</code></pre></div></figure>"#,
        numbers.join("&#10;"),
        escape(code),
    )
}

/// A block of a transcript, under the command that prints it.
fn transcript(output: &Output, text: &str, page: &str) -> Result<String> {
    let own = || truth::read::chapter::Chapter::at(page).map(truth::read::chapter::Chapter::example);
    let example = (output.example.clone().or_else(own))
        .context("this page has no example of its own: write `text output:EXAMPLE:LABEL`")?;
    Ok(format!(
        r#"<figure class="output"><figcaption><code>cargo run --example {}</code><span>{}</span></figcaption><pre><code class="nohighlight">{}</code></pre></figure>"#,
        escape(&example),
        escape(&output.label.replace('-', " ")),
        with_bars(text),
    ))
}

/// A transcript as HTML: a row of `#` at the end of a line is a bar of that length, which says nothing beyond the number
/// before it.
pub fn with_bars(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let before = line.trim_end_matches('#');
        match line.len() - before.len() {
            length if length > 0 && before.ends_with(' ') => {
                let bar =
                    format!(r#"<span class="bar" style="width: {length}ch" aria-hidden="true"></span>"#);
                escape(before) + &bar
            }
            _ => escape(line),
        }
    });
    lines.collect::<Vec<_>>().join("&#10;")
}

/// HTML on one line, without a character in its texts that KaTeX or mdBook would read.
pub fn shield(html: &str) -> String {
    html.chars().fold(String::new(), |mut shielded, c| {
        match c {
            '\n' | '$' | '\\' | '{' | '}' => {
                write!(shielded, "&#{};", c as u32).expect("a string takes everything")
            }
            _ => shielded.push(c),
        }
        shielded
    })
}

/// Text as HTML on one line, without a character that Markdown, KaTeX or mdBook would read.
pub fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut html, c| {
        match c {
            c if c.is_alphanumeric() || " .,;:()=+-/_".contains(c) => html.push(c),
            c => write!(html, "&#{};", c as u32).expect("a string takes everything"),
        }
        html
    })
}
