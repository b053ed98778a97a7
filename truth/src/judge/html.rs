//! The built book: every link and every file that a page needs is there, and nothing that a
//! browser would load comes from another host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};
use regex::Regex;

use crate::problem::{Error, Problem, Report};
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

struct Html {
    ids: BTreeSet<String>,
    references: Vec<Reference>,
}

/// Checks a folder with the built book.
///
/// # Errors
///
/// When a file of it cannot be read.
pub fn check(built: &Path) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut pages = BTreeMap::new();
    let read = |file: &str| {
        let path = built.join(file);
        std::fs::read(&path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(Error::io(&path))
    };
    for path in files(built, ".", "html")? {
        let path = path.trim_start_matches("./").to_string();
        pages.insert(path.clone(), parse(&read(&path)?));
    }
    let mut references = 0;
    for (path, page) in &pages {
        for reference in &page.references {
            references += 1;
            if let Some(expected) = wrong(built, &pages, path, reference) {
                report.problems.push(Problem {
                    file: path.clone(),
                    line: reference.line,
                    found: format!("<{}> {}", reference.tag, reference.target),
                    expected,
                    fix: "correct the Markdown or the theme that this comes from".to_string(),
                });
            }
        }
    }
    for (extension, pattern) in [("css", &CSS_URL), ("js", &SCRIPT_LOADS), ("mjs", &SCRIPT_LOADS)] {
        for path in files(built, ".", extension)? {
            let text = read(&path)?;
            for found in pattern.captures_iter(&text) {
                let (Some(whole), target) = (found.get(0), &found[1]) else { continue };
                if is_remote(target) {
                    report.problems.push(Problem {
                        file: path.clone(),
                        line: text[..whole.start()].matches('\n').count() + 1,
                        found: target.to_string(),
                        expected: "no request to another host".to_string(),
                        fix: "serve the file with the book".to_string(),
                    });
                }
            }
        }
    }
    if pages.is_empty() {
        report.problems.push(Problem {
            file: built.display().to_string(),
            line: 1,
            found: "no page".to_string(),
            expected: "the built book".to_string(),
            fix: "cargo book build".to_string(),
        });
    }
    report.note(format!("{} built pages, {references} references", pages.len()));
    Ok(report)
}

fn is_remote(target: &str) -> bool {
    target.starts_with("//") || target.contains("://")
}

fn wrong(built: &Path, pages: &BTreeMap<String, Html>, path: &str, reference: &Reference) -> Option<String> {
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
        "" => path.to_string(),
        // The page for missing pages is served anywhere, so it refers from the root.
        file if file.starts_with('/') => file.trim_start_matches('/').to_string(),
        file => match resolve(path, file) {
            Some(resolved) => resolved,
            None => return Some("a file of the book".to_string()),
        },
    };
    let resolved = if resolved.is_empty() || file.ends_with('/') {
        format!("{resolved}/index.html").trim_start_matches('/').to_string()
    } else {
        resolved
    };
    match pages.get(&resolved) {
        Some(page) if anchor.is_empty() || page.ids.contains(anchor) => None,
        Some(_) => Some(format!("an id that {resolved} has")),
        None if built.join(&resolved).is_file() => None,
        None => Some(format!("a file of the book; {resolved} is none")),
    }
}

fn parse(text: &str) -> Html {
    let mut html = Html { ids: BTreeSet::new(), references: Vec::new() };
    let line_starts: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        if let Token::StartTag(tag) = token {
            let line = line_starts.partition_point(|&start| start <= tag.span.start);
            read_tag(&tag, line, &mut html);
        }
    }
    html
}

fn read_tag(tag: &StartTag<usize>, line: usize, html: &mut Html) {
    let name = String::from_utf8_lossy(&tag.name).into_owned();
    let attribute = |key: &str| {
        tag.attributes.get(key.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
    };
    html.ids.extend(attribute("id"));
    if name == "a" {
        html.ids.extend(attribute("name"));
    }
    // A canonical address is for search engines: no browser loads it.
    let only_named = name == "a"
        || name == "area"
        || name == "link"
            && attribute("rel").is_some_and(|rel| matches!(&*rel, "canonical" | "license" | "author" | "me"));
    let mut refer = |target: String| {
        html.references.push(Reference { tag: name.clone(), target, line, loaded: !only_named });
    };
    for key in ["href", "src", "data", "poster", "action", "formaction", "xlink:href"] {
        if let Some(target) = attribute(key) {
            refer(target.trim().to_string());
        }
    }
    if let Some(set) = attribute("srcset") {
        for target in set.split(',').filter_map(|part| part.split_whitespace().next()) {
            refer(target.to_string());
        }
    }
    if name == "meta"
        && attribute("http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("refresh"))
        && let Some((_, target)) = attribute("content").unwrap_or_default().split_once("url=")
    {
        refer(target.trim_matches(['"', '\'', ' ']).to_string());
    }
    if let Some(style) = attribute("style") {
        for found in CSS_URL.captures_iter(&style) {
            refer(found[1].to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_and_remote_references_are_found() {
        let folder = std::env::temp_dir().join(format!("truth-html-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a")).unwrap();
        let write = |path: &str, text: &str| std::fs::write(folder.join(path), text).unwrap();
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
        let report = check(&folder).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
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
