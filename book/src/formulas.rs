//! The preprocessor `formulas`: what mdbook-katex leaves behind, mended, and the font it needs.
//!
//! It runs after katex. The MathML that katex puts into the Markdown still holds characters that
//! Markdown reads, `*` and `_` above all, and a formula that katex cannot read stays in the page,
//! dollars and all. The first is repaired; the second is an error with its file and line.

use crate::build::line_of;
use crate::course::MARKDOWN;
use anyhow::{Result, ensure};
use mdbook_driver::book::{Book, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use pulldown_cmark::{Event, Parser};
use std::fmt::Write;
use std::fs;

/// The preprocessor.
pub struct Formulas;

impl Preprocessor for Formulas {
    fn name(&self) -> &str {
        "formulas"
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(renderer == "html")
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut errors = Vec::new();
        book.for_each_chapter_mut(|chapter| {
            chapter.content = mend(&chapter.content);
            if chapter.content.contains("<math") {
                chapter.content.insert_str(0, PRELOAD);
            }
            errors.extend(check(chapter, context).err().map(|error| error.to_string()));
        });
        ensure!(errors.is_empty(), "{}", errors.join("\n"));
        Ok(book)
    }
}

/// Asks for the font of the formulas early: one that comes late is not used (fonts.css). A script, as the path
/// differs between a page and the one for printing, which holds them all.
const PRELOAD: &str = r#"<script>
document.head.append(Object.assign(document.createElement('link'), {
    rel: 'preload', as: 'font', type: 'font/woff2', crossOrigin: '', href: path_to_root + 'fonts/stix-two-math.woff2',
}));
</script>

"#;

/// Makes the formulas of a page safe from Markdown.
fn mend(page: &str) -> String {
    const END: &str = "</math>";
    let mut mended = String::new();
    let mut rest = page;
    while let Some(start) = rest.find("<math") {
        let Some(length) = rest[start..].find(END) else { break };
        let end = start + length + END.len();
        mended += &rest[..start];
        mended += &mend_formula(&rest[start..end]);
        rest = &rest[end..];
    }
    mended + rest
}

fn mend_formula(math: &str) -> String {
    // The TeX source that KaTeX adds is shown by no browser.
    let math = match (math.split_once("<annotation"), math.split_once("</annotation>")) {
        (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
        _ => math.to_owned(),
    };
    // TeX puts a thin space between a function and its argument, unless that is in parentheses.
    const APPLY: &str = "<mo>\u{2061}</mo>";
    let spaced = format!(r#"{APPLY}<mspace width="0.1667em"></mspace>"#);
    let open = r#"<mo stretchy="false">("#;
    let math = math.replace(APPLY, &spaced).replace(&(spaced + open), &(APPLY.to_owned() + open));

    let mut in_tag = false;
    math.chars().fold(String::new(), |mut html, c| {
        in_tag = c == '<' || in_tag && c != '>';
        match c {
            '<' | '>' | '&' | '#' | ';' => html.push(c),
            _ if !in_tag && c.is_ascii_punctuation() => {
                write!(html, "&#{};", c as u32).expect("a string takes everything");
            }
            _ => html.push(c),
        }
        html
    })
}

/// Looks for a formula that is still one.
fn check(chapter: &Chapter, context: &PreprocessorContext) -> Result<()> {
    let (Some(path), Some(at)) = (&chapter.source_path, dollar(&chapter.content)) else {
        return Ok(());
    };
    let file = context.config.book.src.join(path);
    let rest = &chapter.content[at..];
    // Earlier preprocessors moved the lines, so look for the place in the file itself.
    let source = fs::read_to_string(context.root.join(&file))?;
    let first_line = rest.split(['\n', '<']).next().unwrap_or(rest);
    let line = line_of(&source, source.find(first_line).unwrap_or(0));
    anyhow::bail!("{}:{line}: {}", file.display(), explain(rest));
}

/// The first dollar sign that a reader would see, and that no backslash asks for.
fn dollar(markdown: &str) -> Option<usize> {
    Parser::new_ext(markdown, MARKDOWN)
        .into_offset_iter()
        .filter_map(|(event, span)| match event {
            Event::Text(_) => markdown[span.clone()].find('$').map(|at| span.start + at),
            _ => None,
        })
        .find(|&at| !markdown[..at].ends_with('\\'))
}

/// Why the formula that `text` begins with could not be read.
fn explain(text: &str) -> String {
    let delimiter = if text.starts_with("$$") { "$$" } else { "$" };
    let Some((tex, _)) = text[delimiter.len()..].split_once(delimiter) else {
        return format!("a formula opens with `{delimiter}` and never closes; for a dollar sign write `\\$`");
    };
    match katex::render(tex) {
        Err(katex::Error::JsExecError(error)) => {
            let why = error.rsplit("KaTeX parse error: ").next().unwrap_or(&error);
            format!("`{tex}` is no formula: {}", why.trim_end_matches("\")"))
        }
        _ => format!("`{tex}` was not read: is a backtick above it left open?"),
    }
}
