//! What stands around the text of each page, put into what mdBook has written: before everything a link to the
//! text, the map of the program, and the ways to the pages before and after, at the top and at the bottom.
//!
//! None of it is text of a chapter, so it is neither in the search index nor on the page of all chapters.

use anyhow::{Context, Result};
use mdbook_driver::book::Book;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use truth::read::chapter::CODE;
use truth::read::course::Course;

use crate::course::escape;
use crate::map::Map;

/// Where a chapter wants the large map.
const LARGE: &str = r#"<div class="map"></div>"#;
/// What tells the kinds of pages apart, the first that is found, and the class that `main` gets: a style that looked
/// for the mark itself would change while the page arrives.
const KINDS: [(&str, &str); 4] = [
    (r#"<nav class="sections""#, "explorer"),
    (LARGE, "title"),
    (r#"<p class="reading-time">"#, "lesson"),
    (r#"<figure class="program" "#, "code"),
];
/// Opens the map where it is not in the sidebar: it looks like the map, in small.
const BUTTON: &str = r#"<button class="icon-button map-button" type="button" popovertarget="map" title="Map of microgpt.py" aria-label="Map of microgpt.py"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M0 2h6M2 6h4M2 10h3M0 14h6M9 2h4M9 6h7M11 10h5M11 14h3"/></svg></button>"#;

/// A page of the book, relative to the folder of the pages, and its title.
pub struct Place {
    page: String,
    title: String,
}

/// The pages of a book in their order.
pub fn places(book: &Book) -> Vec<Place> {
    let page = |path: &Path| path.with_extension("html").to_string_lossy().replace('\\', "/");
    book.chapters()
        .filter_map(|chapter| Some(Place { page: page(chapter.path.as_ref()?), title: chapter.name.clone() }))
        .collect()
}

/// Puts the frame around the pages in a folder.
///
/// # Errors
///
/// When a page is not as mdBook writes it, or the map cannot be drawn.
pub fn put(root: &Path, pages: &Path, places: &[Place]) -> Result<()> {
    let code = CODE.trim_start_matches("course/").replace(".md", ".html");
    let map = match places.iter().any(|place| place.page == code) {
        true => Some(Map::new(&Course::load(root)?)?),
        false => None,
    };
    let mut checkpoints = BTreeMap::new();
    for lesson in map.iter().flat_map(Map::pages) {
        let text = fs::read_to_string(pages.join(&lesson)).unwrap_or_default();
        checkpoints.insert(lesson, needed(&text));
    }
    for (at, place) in places.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| places.get(at));
        let ways = [("prev", "Previous", before), ("next", "Next", places.get(at + 1))];
        // The first page is there twice.
        let names = [Some(place.page.as_str()), (at == 0).then_some("index.html")];
        for name in names.into_iter().flatten() {
            let file = pages.join(name);
            let mut text = fs::read_to_string(&file).with_context(|| format!("{name} cannot be read"))?;
            around(&mut text, name, &ways, map.as_ref(), &checkpoints).context(name.to_owned())?;
            fs::write(&file, text).with_context(|| format!("{name} cannot be written"))?;
        }
    }
    Ok(())
}

/// The checkpoints of a page's main line.
fn needed(page: &str) -> Vec<String> {
    let sections = page.split("<section ").skip(1).filter_map(|rest| Some(rest.split_once('>')?.0));
    sections
        .filter(|section| section.contains(" data-main"))
        .filter_map(|section| section.split_once("data-checkpoint=\"")?.1.split_once('"'))
        .map(|(id, _)| id.to_owned())
        .collect()
}

/// Puts the frame around the text of one page.
fn around(
    text: &mut String,
    name: &str,
    ways: &[(&str, &str, Option<&Place>)],
    map: Option<&Map>,
    checkpoints: &BTreeMap<String, Vec<String>>,
) -> Result<()> {
    replace(text, "<body>", r##"<body><a class="skip" href="#text">Skip to the text</a>"##)?;
    let kind = KINDS.iter().find(|(mark, _)| text.contains(mark)).map_or("", |&(_, kind)| kind);
    replace(text, "<main>", &format!(r#"<main id="text" tabindex="-1" class="{kind}">"#))?;
    let to_root = "../".repeat(name.matches('/').count());
    let (mut top, mut bottom) = (String::new(), String::new());
    if let Some(map) = map {
        let large = text.contains(LARGE);
        let drawn = map.draw(name, large, checkpoints);
        if large {
            replace(text, LARGE, &drawn)?;
        } else {
            const SIDEBAR: &str = r#"<nav id="mdbook-sidebar""#;
            replace(text, SIDEBAR, &(drawn + SIDEBAR))?;
            top += BUTTON;
        }
    }
    for &(rel, label, place) in ways {
        let Some(Place { page, title }) = place else { continue };
        let title = escape(title);
        let arrow = if rel == "prev" { "M10 3 5 8l5 5" } else { "M6 3l5 5-5 5" };
        top += &format!(
            r#"<a class="way icon-button" rel="{rel}" href="{to_root}{page}" title="{label}: {title}" aria-label="{label}: {title}"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="{arrow}"/></svg></a>"#
        );
        bottom += &format!(
            r#"<a class="way" rel="{rel}" href="{to_root}{page}"><small>{label}</small> {title}</a>"#
        );
    }
    const BUTTONS: &str = r#"<div class="right-buttons">"#;
    replace(text, BUTTONS, &format!("{BUTTONS}{top}"))?;
    const WAYS: &str = r#"<nav class="nav-wrapper" aria-label="Page navigation">"#;
    replace(
        text,
        WAYS,
        &format!(r#"<nav class="ways" aria-label="Previous and next page">{bottom}</nav>{WAYS}"#),
    )
}

/// Replaces what stands once in every page that mdBook writes.
fn replace(text: &mut String, old: &str, new: &str) -> Result<()> {
    let at = text.find(old).with_context(|| format!("mdBook wrote a page without `{old}`"))?;
    text.replace_range(at..at + old.len(), new);
    Ok(())
}
