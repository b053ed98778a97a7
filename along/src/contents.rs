//! What the built folder holds: its files, and its pages in their order.

use anyhow::{Context, Result, ensure};
use scraper::{ElementRef, Html, Selector};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A page of the book.
pub struct Page {
    /// Its file, seen from the folder of the book.
    pub path: String,
    pub title: String,
    /// The part of the book that it is in.
    pub part: Option<String>,
}

/// The book as a whole.
pub struct Book {
    pub title: String,
    pub description: String,
    pub language: String,
    pub pages: Vec<Page>,
}

/// Reads what the pages say about the book.
///
/// # Errors
///
/// When they are not as `cargo book build` writes them.
pub fn book(folder: &Path) -> Result<Book> {
    let toc = Html::parse_document(&text(folder, "toc.html")?);
    let (mut pages, mut part) = (Vec::new(), None);
    for item in toc.select(&selector(".part-title, .chapter-item a[href]")) {
        let words = item.text().collect::<String>().trim().to_owned();
        match item.attr("href") {
            Some(path) => pages.push(Page { path: path.to_owned(), title: words, part: part.clone() }),
            None => part = Some(words),
        }
    }
    ensure!(!pages.is_empty(), "toc.html names no page");
    let first = Html::parse_document(&text(folder, "index.html")?);
    let title = one(&first, "title")?.text().collect::<String>();
    Ok(Book {
        title: title.split_once(" - ").map_or(title.as_str(), |(_, title)| title).to_owned(),
        description: one(&first, "meta[name=description]")?.attr("content").unwrap_or_default().to_owned(),
        language: one(&first, "html")?.attr("lang").unwrap_or("en").to_owned(),
        pages,
    })
}

/// All files below a folder, by their paths seen from it.
///
/// # Errors
///
/// When one cannot be read.
pub fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("{} cannot be read", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
                let bytes = fs::read(&path).with_context(|| format!("{name} cannot be read"))?;
                files.insert(name, bytes);
            }
        }
    }
    Ok(files)
}

/// A file of the folder, as text.
///
/// # Errors
///
/// When it cannot be read.
pub fn text(folder: &Path, name: &str) -> Result<String> {
    fs::read_to_string(folder.join(name)).with_context(|| format!("{name} cannot be read"))
}

/// The element that every page has.
///
/// # Errors
///
/// When this one has not.
pub fn one<'a>(page: &'a Html, what: &str) -> Result<ElementRef<'a>> {
    page.select(&selector(what)).next().with_context(|| format!("a page without `{what}`"))
}

/// A selector that stands in this program.
pub fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("the selectors of this program are right")
}

/// A reference of a file, seen from the folder: its path, and what stands behind `#`. Nothing for one that leads
/// elsewhere.
pub fn resolve(from: &str, reference: &str) -> Option<(String, String)> {
    if reference.contains(':') || reference.starts_with("//") {
        return None;
    }
    let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let path = path.split('?').next().unwrap_or(path);
    if path.is_empty() {
        return Some((from.to_owned(), fragment.to_owned()));
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some((parts.join("/"), fragment.to_owned()))
}
