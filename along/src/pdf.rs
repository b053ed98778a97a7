//! The PDF: Chromium prints the page of all chapters, with a cover, the contents and the numbers of pages. It prints
//! twice, because only then is known which page each chapter begins on.

use anyhow::{Context, Result, bail, ensure};
use maud::{Markup, PreEscaped, html};
use regex::Regex;
use scraper::Html;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::archive::opened;
use crate::contents::{self, Book, selector};
use crate::write;

/// What the pages need on paper beyond what their own style sheets say.
const STYLE: &str = include_str!("pdf.css");
/// The name of Chromium, as it may be called; what the environment variable CHROMIUM says comes first.
const CHROMIUM: [&str; 6] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
/// It prints a file of ours, without a network, and so needs no sandbox, which not every machine has.
const OPTIONS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
];

/// Writes the PDF of a folder of pages, and gives its size.
///
/// # Errors
///
/// When there is no Chromium, it cannot print, or the file cannot be written.
pub fn write(folder: &Path, out: &Path) -> Result<u64> {
    let chromium = chromium()?;
    let book = contents::book(folder)?;
    let work = tempfile::tempdir().context("there is no folder for what is only needed meanwhile")?;
    for (path, bytes) in opened(contents::files(folder)?)? {
        let file = work.path().join(path);
        fs::create_dir_all(file.parent().context("a file is in a folder")?)?;
        fs::write(&file, bytes)
            .with_context(|| format!("{}, only needed meanwhile, cannot be written", file.display()))?;
    }
    let printed = contents::text(work.path(), "print.html")?;
    let map = Html::parse_document(&contents::text(folder, "index.html")?);
    let map = contents::one(&map, "nav.map svg")?.html();
    let mut places = BTreeMap::new();
    let mut pdf = Vec::new();
    for _ in 0..2 {
        fs::write(work.path().join("print.html"), paper(&printed, &book, &map, &places)?)?;
        pdf = print(&chromium, work.path())?;
        places = landed(&pdf)?;
    }
    write::whole(out, &pdf)
}

/// The browser that prints.
fn chromium() -> Result<PathBuf> {
    let named = env::var_os("CHROMIUM").filter(|name| !name.is_empty()).map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let names = CHROMIUM.iter().flat_map(|name| {
        if name.starts_with('/') {
            vec![PathBuf::from(name)]
        } else {
            folders.iter().map(|folder| folder.join(name)).collect()
        }
    });
    match named {
        Some(named) if named.is_file() => Ok(named),
        Some(named) => bail!("CHROMIUM names {}, which is not there", named.display()),
        None => names.into_iter().find(|file| file.is_file()).context(
            "the PDF is printed by Chromium, and there is none: install `chromium` (Debian, Ubuntu: `apt install \
             chromium`; macOS: `brew install --cask chromium`), or say in the environment variable CHROMIUM where \
             Chromium or Chrome is",
        ),
    }
}

/// Prints the page of all chapters.
fn print(chromium: &Path, folder: &Path) -> Result<Vec<u8>> {
    let pdf = folder.join("printed.pdf");
    let output = Command::new(chromium)
        .args(OPTIONS)
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(folder.join("print.html"))
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} cannot be started", chromium.display()))?;
    fs::read(&pdf).with_context(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("Chromium has printed nothing; it said: {}", said.lines().last().unwrap_or("nothing"))
    })
}

/// The page of all chapters as it goes on paper. `places` says where things landed the last time.
fn paper(printed: &str, book: &Book, map: &str, places: &BTreeMap<String, usize>) -> Result<String> {
    let page = Html::parse_document(printed);
    let titles: Vec<&str> =
        page.select(&selector("main h1[id]")).filter_map(|title| title.attr("id")).collect();
    ensure!(
        titles.len() == book.pages.len(),
        "print.html has {} chapters, and the table of contents {}",
        titles.len(),
        book.pages.len()
    );
    // Chapters follow one another; parts begin a page.
    let text = Regex::new(r#"(?s)<div style="break-before: page[^"]*"></div>|<script\b.*?</script>"#)?;
    let mut text = text.replace_all(printed, "").replace("<details", "<details open");
    let mut part = &None;
    for (page, id) in book.pages.iter().zip(&titles) {
        if page.part != *part
            && let Some(name) = &page.part
        {
            let title = format!("<h1 id=\"{id}\">");
            ensure!(text.contains(&title), "print.html has no {title}");
            let begin = html! { p.part { (name) } }.into_string();
            text = text.replacen(&title, &(begin + &title), 1);
        }
        part = &page.part;
    }
    let front = front(book, map, &titles, places).into_string();
    text = text.replacen("<main>", &format!("<main>{front}"), 1);
    let head = format!("<script src=\"highlight.js\"></script><style>{STYLE}</style></head>");
    text = text.replacen("</head>", &head, 1);
    const COLOURS: &str = "<script>document.querySelectorAll('pre code:not(.nohighlight)').forEach(code => hljs.highlightBlock(code));</script></body>";
    Ok(text.replacen("</body>", COLOURS, 1))
}

/// The cover and the contents.
fn front(book: &Book, map: &str, titles: &[&str], places: &BTreeMap<String, usize>) -> Markup {
    let (name, about) = book.title.split_once(": ").unwrap_or((&book.title, ""));
    let mut part = &None;
    html! {
        section.cover {
            p.name { (name) }
            p.about { (about) }
            div.strip { (PreEscaped(map)) }
            p.rights { "Text and pictures: CC BY 4.0. Code: MIT or Apache-2.0." }
        }
        section.contents {
            p.head { "Contents" }
            @for (page, id) in book.pages.iter().zip(titles) {
                @if page.part != *part && let Some(name) = &page.part { p.of { (name) } }
                @let () = part = &page.part;
                p.to { a href={ "#" (id) } { (page.title) } span { (places.get(*id).copied().unwrap_or(100)) } }
            }
        }
    }
}

/// The pages on which the targets of links landed, counted from 1.
///
/// # Errors
///
/// When Chromium writes another kind of PDF than it did.
fn landed(pdf: &[u8]) -> Result<BTreeMap<String, usize>> {
    // What is looked for is not packed; all else may be read as anything.
    let text: String = pdf.iter().map(|&byte| char::from(byte)).collect();
    let page = Regex::new(r"(?s)(\d+) 0 obj\s*<</Type /Page\b[^s]")?;
    let pages: Vec<&str> =
        page.captures_iter(&text).filter_map(|found| Some(found.get(1)?.as_str())).collect();
    let target = Regex::new(r"/([^\s/\[]+) \[(\d+) 0 R /XYZ")?;
    let places: BTreeMap<String, usize> = target
        .captures_iter(&text)
        .filter_map(|found| {
            Some((unescaped(&found[1]), pages.iter().position(|page| *page == &found[2])? + 1))
        })
        .collect();
    ensure!(!places.is_empty(), "Chromium has printed a PDF in which no page can be found");
    Ok(places)
}

/// A name as a PDF writes it: `#2E` is a dot.
fn unescaped(name: &str) -> String {
    let mut parts = name.split('#');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let byte = part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) => name + &char::from(byte).to_string() + &part[2..],
            None => name + "#" + part,
        }
    })
}
