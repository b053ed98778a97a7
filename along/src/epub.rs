//! The EPUB: the pages as XHTML, a cover, the fonts, and what says what is in it.

use anyhow::{Context, Result};
use maud::{Markup, PreEscaped, html};
use scraper::Html;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::contents::{self, Book, Page};
use crate::cover::Strip;
use crate::write;
use crate::xhtml::{Writer, escape, file};

/// What a reading system shows; `theme/` is for browsers.
const STYLE: &str = include_str!("epub.css");
/// The fonts, below the folder of the pages.
const FONTS: &str = "fonts/";
/// The folder in the EPUB.
const FOLDER: &str = "EPUB/";
/// A name of this book that stays.
const ID: &str = "urn:uuid:6d6963d2-6f67-4074-8032-303030303030";

const CONTAINER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"#;

/// Writes the EPUB of a folder of pages, and gives its size. `site` is where the pages are published.
///
/// # Errors
///
/// When the pages cannot be read, or the file cannot be written.
pub fn write(folder: &Path, out: &Path, site: Option<&str>) -> Result<u64> {
    let mut book = contents::book(folder)?;
    // The explorer is all widgets, and a list of what to do with them.
    book.pages.retain(|page| page.path != "explorer.html");
    let mut files = BTreeMap::new();
    let mut properties = BTreeMap::new();
    for page in &book.pages {
        let text = Html::parse_document(&contents::text(folder, &page.path)?);
        let body = Writer::new(&page.path, &book.pages, site).page(&text);
        let held = ["math", "svg"].map(|tag| body.contains(&format!("<{tag} ")));
        properties.insert(
            file(&page.path),
            match held {
                [true, true] => "mathml svg",
                [true, false] => "mathml",
                [false, true] => "svg",
                [false, false] => "",
            },
        );
        let root = "../".repeat(page.path.matches('/').count());
        files.insert(file(&page.path), document(&book, &page.title, &root, &body).into_bytes());
    }
    let first = Html::parse_document(&contents::text(folder, "index.html")?);
    files.insert("cover.png".to_owned(), Strip::of(&first)?.png()?);
    for (name, title, body) in [("cover", "Cover", cover(&book)), ("nav", "Contents", navigation(&book))] {
        files.insert(format!("{name}.xhtml"), document(&book, title, "", &body.into_string()).into_bytes());
    }
    files.insert("style.css".to_owned(), STYLE.into());
    for (path, bytes) in contents::files(&folder.join(FONTS))? {
        if path.ends_with(".woff2") {
            files.insert(format!("{FONTS}{path}"), bytes);
        }
    }
    let package = package(&book, &files, &properties)?;
    files.insert("package.opf".to_owned(), package.into_bytes());
    let files: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|(path, bytes)| (format!("{FOLDER}{path}"), bytes)).collect();
    let packed = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    let container = [("META-INF/container.xml", CONTAINER.as_bytes())];
    write::zip(out, &[("mimetype", b"application/epub+zip")], container.into_iter().chain(packed))
}

/// A page of the EPUB.
fn document(book: &Book, title: &str, root: &str, body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="{language}" xml:lang="{language}">
<head><meta charset="UTF-8"/><title>{}</title><link rel="stylesheet" href="{root}style.css"/></head>
<body>
{body}
</body>
</html>
"#,
        escape(title),
        language = book.language,
    )
}

fn cover(book: &Book) -> Markup {
    let (name, about) = book.title.split_once(": ").unwrap_or((&book.title, ""));
    html! {
        section.cover epub:type="cover" {
            h1 { (name) }
            p { (about) }
            // XHTML: this element has no end of its own.
            (PreEscaped(r#"<img src="cover.png" alt="The program, microgpt.py, as a strip of bars: one for each of its 200 lines, in six columns."/>"#))
        }
    }
}

/// The contents, by part.
fn navigation(book: &Book) -> Markup {
    let parts: Vec<&[Page]> = book.pages.chunk_by(|a, b| a.part == b.part).collect();
    let list = |pages: &[Page]| {
        html! { @for page in pages { li { a href=(file(&page.path)) { (page.title) } } } }
    };
    let (first, last) = (book.pages.first(), book.pages.iter().find(|page| page.part.is_some()));
    html! {
        nav epub:type="toc" role="doc-toc" {
            h1 { "Contents" }
            ol {
                @for pages in parts {
                    @match &pages[0].part {
                        Some(part) => li { span { (part) } ol { (list(pages)) } },
                        None => (list(pages)),
                    }
                }
            }
        }
        nav epub:type="landmarks" hidden="hidden" {
            h2 { "Landmarks" }
            ol {
                li { a epub:type="cover" href="cover.xhtml" { "Cover" } }
                li { a epub:type="toc" href="nav.xhtml" { "Contents" } }
                @if let Some(page) = last.or(first) {
                    li { a epub:type="bodymatter" href=(file(&page.path)) { "Begin" } }
                }
            }
        }
    }
}

/// What says what is in it, and who can read it how.
fn package(
    book: &Book,
    files: &BTreeMap<String, Vec<u8>>,
    properties: &BTreeMap<String, &str>,
) -> Result<String> {
    let mut manifest = String::new();
    let mut id = BTreeMap::new();
    for (at, path) in files.keys().enumerate() {
        let (kind, property) = match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "xhtml" => ("application/xhtml+xml", properties.get(path).copied().unwrap_or_default()),
            "png" => ("image/png", "cover-image"),
            "css" => ("text/css", ""),
            "woff2" => ("font/woff2", ""),
            other => None.with_context(|| format!("{path}: an EPUB cannot have a .{other}"))?,
        };
        let property = if path == "nav.xhtml" { "nav" } else { property };
        let property =
            if property.is_empty() { String::new() } else { format!(" properties=\"{property}\"") };
        writeln!(manifest, "<item id=\"f{at}\" href=\"{path}\" media-type=\"{kind}\"{property}/>")?;
        id.insert(path.as_str(), at);
    }
    let mut spine = String::new();
    let pages = book.pages.iter().map(|page| file(&page.path));
    for path in ["cover.xhtml".to_owned(), "nav.xhtml".to_owned()].into_iter().chain(pages) {
        let at = id.get(path.as_str()).with_context(|| format!("{path} was not made"))?;
        writeln!(spine, "<itemref idref=\"f{at}\"/>")?;
    }
    let accessibility: String = [
        ("accessMode", "textual"),
        ("accessMode", "visual"),
        ("accessModeSufficient", "textual"),
        ("accessibilityFeature", "structuralNavigation"),
        ("accessibilityFeature", "tableOfContents"),
        ("accessibilityFeature", "readingOrder"),
        ("accessibilityFeature", "alternativeText"),
        ("accessibilityFeature", "MathML"),
        ("accessibilityFeature", "displayTransformability"),
        ("accessibilityFeature", "unlocked"),
        ("accessibilityHazard", "none"),
        (
            "accessibilitySummary",
            "Figures say in words what is to be seen in them, formulas are MathML, and no page needs colour alone.",
        ),
    ]
    .iter()
    .map(|(property, value)| format!("<meta property=\"schema:{property}\">{value}</meta>\n"))
    .collect();
    Ok(format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="{language}" prefix="schema: http://schema.org/">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">{ID}</dc:identifier>
<dc:title>{}</dc:title>
<dc:language>{language}</dc:language>
<dc:description>{}</dc:description>
<dc:rights>Text and pictures: CC BY 4.0. Code: MIT or Apache-2.0.</dc:rights>
<meta property="dcterms:modified">{}</meta>
{accessibility}</metadata>
<manifest>
{manifest}</manifest>
<spine>
{spine}</spine>
</package>
"#,
        escape(&book.title),
        escape(&book.description),
        now(),
        language = book.language,
    ))
}

/// The time in Greenwich, as `2026-02-12T09:30:00Z`.
fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (days, clock) = (seconds / 86_400, seconds % 86_400);
    // Years that begin with March have their odd day at the end; 400 of them have 146,097 days.
    let day = days + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
