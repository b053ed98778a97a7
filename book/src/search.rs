//! The search index, built anew from the documents that mdBook has put into its own: without the sections that repeat
//! what others explain, and with the words by which readers look for a lesson.

use anyhow::{Context, Result, ensure};
use elasticlunr::IndexBuilder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use truth::read::course::Course;

/// Where mdBook writes its index, and what stands around the JSON in it.
const FILE: &str = "searchindex.js";
const BEFORE: &str = "window.search = Object.assign(window.search, JSON.parse('";
const AFTER: &str = "'));";
/// The words by which readers look for a lesson, in the folder of the course.
const WORDS: &str = "search.toml";
/// Sections that repeat what others explain.
const REPEATING: [&str; 3] = ["New words", "Next", "You have it"];
/// The fields of mdBook's index, and ours: words of a lesson, for its beginning.
const FIELDS: [&str; 4] = ["title", "body", "breadcrumbs", "words"];
/// How much our field counts; a title has 3 (book.toml).
const BOOST: u32 = 20;
/// Longer words are not words; mdBook has the same limit.
const LONGEST: usize = 80;

/// Mends the index in a folder of pages.
///
/// # Errors
///
/// When the index is not as mdBook writes it, or course/search.toml names a page that is not there.
pub fn mend(root: &Path, pages: &Path) -> Result<()> {
    let file = pages.join(FILE);
    let text = fs::read_to_string(&file).context(FILE)?;
    let quoted = text.trim_end().strip_prefix(BEFORE).and_then(|text| text.strip_suffix(AFTER));
    let json = quoted.with_context(|| format!("mdBook wrote another {FILE}"))?;
    let mut search: Value = serde_json::from_str(&json.replace(r"\'", "'").replace(r"\\", r"\"))?;
    let urls: Vec<String> = serde_json::from_value(search["doc_urls"].take())?;
    let docs: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_value(search["index"]["documentStore"]["docs"].take())?;

    let mut words = words(root)?;
    let mut index = FIELDS
        .into_iter()
        .fold(IndexBuilder::new(), |index, field| index.add_field_with_tokenizer(field, Box::new(&tokens)))
        .build();
    for (number, url) in urls.iter().enumerate() {
        let id = number.to_string();
        let Some(doc) = docs.get(&id) else { continue };
        // The first section of a page is the beginning of its lesson.
        let page = url.split_once(".html").map_or(url.as_str(), |(page, _)| page);
        let words = words.remove(page).unwrap_or_default();
        if !REPEATING.contains(&doc["title"].as_str()) {
            index.add_doc(&id, [&doc["title"], &doc["body"], &doc["breadcrumbs"], &words]);
        }
    }
    let unknown: Vec<String> = words.into_keys().collect();
    ensure!(unknown.is_empty(), "course/{WORDS}: there is no page {}", unknown.join(", "));

    search["doc_urls"] = json!(urls);
    search["index"] = serde_json::to_value(index)?;
    search["search_options"]["fields"]["words"] = json!({ "boost": BOOST });
    let json = search.to_string().replace('\\', r"\\").replace('\'', r"\'");
    fs::write(&file, format!("{BEFORE}{json}{AFTER}")).context(FILE)
}

/// What is searched for, by the pages without their end: the list, and the words of the glossary.
fn words(root: &Path) -> Result<BTreeMap<String, String>> {
    let course = Course::load(root)?;
    let list = fs::read_to_string(root.join("course").join(WORDS)).unwrap_or_default();
    let mut words: BTreeMap<String, String> =
        toml::from_str(&list).with_context(|| format!("course/{WORDS}"))?;
    for term in &course.glossary.terms {
        let Some(lesson) = term.introduced_in else { continue };
        let page = lesson.path().trim_start_matches("course/").trim_end_matches(".md").to_owned();
        let of_page = words.entry(page).or_default();
        for name in std::iter::once(&term.name).chain(&term.aliases) {
            of_page.push(' ');
            of_page.push_str(name);
        }
    }
    Ok(words)
}

/// Words as mdBook cuts them.
fn tokens(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || c == '-').filter(|word| !word.is_empty());
    words.map(str::to_lowercase).filter(|word| word.len() <= LONGEST).collect()
}
