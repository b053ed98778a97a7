//! The built book: every link and every file that a page needs is there, and nothing that a
//! browser would load comes from another host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use anyhow::Result;
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};
use regex::Regex;

use crate::problem::Report;
use crate::read::address::resolve;
use crate::read::course::files;

static CSS_URL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?:url\(\s*["']?|@import\s+["'])([^"')\s]+)"#).unwrap());
static SCRIPT_LOADS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)(?: \bfrom\s* | \bimport\s*\(?\s* | \bfetch\(\s* | importScripts\(\s*
           | \.(?:src|href)\s*=\s* | new\s+(?:Worker|WebSocket|EventSource|Request)\(\s* )
           ["'`]((?:https?:|wss?:)?//[^"'`\s]+)"#,
    )
    .unwrap()
});

/// A reference in a page: what refers, its target, its line.
struct Reference {
    tag: String,
    target: String,
    line: usize,
    loaded: bool,
}

#[derive(Default)]
struct Html {
    ids: BTreeSet<String>,
    references: Vec<Reference>,
}

/// Checks a folder with the built book; an error when a file of it cannot be read.
pub fn check(built: &Path) -> Result<Report> {
    let mut report = Report::default();
    let read = |file: &str| -> Result<String> {
        Ok(String::from_utf8_lossy(&fs_err::read(built.join(file))?).into_owned())
    };
    let mut pages = BTreeMap::new();
    for path in files(built, ".", "html")? {
        let path = path.trim_start_matches("./");
        pages.insert(path.to_string(), parse(&read(path)?));
    }
    let mut references = 0;
    for (path, page) in &pages {
        references += page.references.len();
        for reference in &page.references {
            if let Some(wanted) = wanted(built, &pages, path, reference) {
                let found = format!("<{}> {}", reference.tag, reference.target);
                report.file(
                    path,
                    reference.line,
                    found,
                    format!("{wanted}; correct the Markdown or the theme"),
                );
            }
        }
    }
    for (extension, pattern) in [("css", &CSS_URL), ("js", &SCRIPT_LOADS), ("mjs", &SCRIPT_LOADS)] {
        for path in files(built, ".", extension)? {
            let text = read(&path)?;
            for found in pattern.captures_iter(&text).filter_map(|found| found.get(1)) {
                if is_remote(found.as_str()) {
                    let line = text[..found.start()].matches('\n').count() + 1;
                    let wanted = "no request to another host: serve the file with the book";
                    report.file(&path, line, found.as_str(), wanted);
                }
            }
        }
    }
    if pages.is_empty() {
        report.file(built.display().to_string(), 1, "no page", "the built book: cargo book build");
    }
    report.note(format!("{} built pages, {references} references", pages.len()));
    Ok(report)
}

fn is_remote(target: &str) -> bool {
    target.starts_with("//") || target.contains("://")
}

/// What should stand in the place of a reference that leads nowhere or to another host.
fn wanted(built: &Path, pages: &BTreeMap<String, Html>, path: &str, reference: &Reference) -> Option<String> {
    let target = reference.target.as_str();
    if is_remote(target) {
        return reference.loaded.then(|| "nothing that a browser would load from another host".to_string());
    }
    if ["data:", "mailto:", "javascript:", "about:"].iter().any(|scheme| target.starts_with(scheme)) {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = file.split('?').next().unwrap_or("");
    let resolved = match file {
        "" => Some(path.to_string()),
        // The page for missing pages is served anywhere, so it refers from the root.
        _ if file.starts_with('/') => Some(file.trim_start_matches('/').to_string()),
        _ => resolve(path, file),
    };
    let Some(mut resolved) = resolved else { return Some("a file of the book".to_string()) };
    if resolved.is_empty() || file.ends_with('/') {
        resolved = format!("{resolved}/index.html").trim_start_matches('/').to_string();
    }
    match pages.get(&resolved) {
        Some(page) if anchor.is_empty() || page.ids.contains(anchor) => None,
        Some(_) => Some(format!("an id that {resolved} has")),
        None if built.join(&resolved).is_file() => None,
        None => Some(format!("a file of the book; {resolved} is none")),
    }
}

fn parse(text: &str) -> Html {
    let mut html = Html::default();
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let (mut line, mut at) = (1, 0);
    for Ok(token) in Tokenizer::new_with_emitter(text, emitter) {
        if let Token::StartTag(tag) = token {
            line += text[at..tag.span.start].matches('\n').count();
            at = tag.span.start;
            read_tag(&tag, line, &mut html);
        }
    }
    html
}

fn read_tag(tag: &StartTag<usize>, line: usize, html: &mut Html) {
    let name = String::from_utf8_lossy(&tag.name);
    let attribute = |key: &str| {
        tag.attributes.get(key.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
    };
    html.ids.extend(attribute("id"));
    html.ids.extend(attribute("name").filter(|_| name == "a"));
    let own = ["href", "src", "data", "poster", "action", "formaction", "xlink:href"];
    let mut targets: Vec<String> = own.into_iter().filter_map(attribute).collect();
    let set = attribute("srcset").unwrap_or_default();
    targets.extend(set.split(',').filter_map(|part| Some(part.split_whitespace().next()?.to_string())));
    if attribute("http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("refresh")) {
        let content = attribute("content").unwrap_or_default();
        targets.extend(
            content.split_once("url=").map(|(_, url)| url.trim_matches(['"', '\'', ' ']).to_string()),
        );
    }
    let style = attribute("style").unwrap_or_default();
    targets.extend(CSS_URL.captures_iter(&style).map(|found| found[1].to_string()));
    // A canonical address is for search engines: no browser loads it.
    let only_named = match &*name {
        "a" | "area" => true,
        "link" => {
            ["canonical", "license", "author", "me"].contains(&attribute("rel").unwrap_or_default().as_str())
        }
        _ => false,
    };
    html.references.extend(targets.iter().map(|target| Reference {
        tag: name.to_string(),
        target: target.trim().to_string(),
        line,
        loaded: !only_named,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_and_remote_references_are_found() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("a")).unwrap();
        let write = |path: &str, text: &str| fs_err::write(folder.path().join(path), text).unwrap();
        write(
            "index.html",
            r##"<h1 id="top">x</h1><a href="a/b.html#here">x</a><a href="https://x.org">x</a>"##,
        );
        write(
            "a/b.html",
            r##"<p id="here"></p><a href="../index.html#nowhere"></a><img src="none.png">
                <script src="https://cdn.org/x.js"></script><link rel="stylesheet" href="../x.css">"##,
        );
        write("x.css", "@import 'https://fonts.org/x.css'; a { background: url(x.png) }");
        write("x.js", "// https://x.org\nimport('https://y.org/z.js')");
        let report = check(folder.path()).unwrap();
        let found: Vec<&str> = report.problems.iter().map(|problem| problem.found.as_str()).collect();
        assert_eq!(
            found,
            [
                "<a> ../index.html#nowhere",
                "<img> none.png",
                "<script> https://cdn.org/x.js",
                "https://fonts.org/x.css",
                "https://y.org/z.js"
            ]
        );
    }
}
