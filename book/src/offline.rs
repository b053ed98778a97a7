//! What keeps the course for when there is no network: beside the pages what `cargo book epub`, `pdf` and `zip` have
//! made, and in the reader's browser the pages themselves, by a service worker that knows each file by its hash.

use anyhow::{Context, Result};
use mdbook_driver::config::BookConfig;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::along::{self, KINDS};
use crate::build::Pages;

/// Where a page says how to take the course along.
const PLACE: &str = r#"<div class="take-along"></div>"#;
const WORKER: &str = "service-worker.js";
const MANIFEST: &str = "manifest.webmanifest";
/// Files that no page needs.
const NOT_KEPT: [&str; 4] = [".nojekyll", "404.html", "toc.html", WORKER];
/// The worker of readers, and the one that takes its place at an author's.
const KEEPS: &str = include_str!("offline/keeps.js");
const KEEPS_NOTHING: &str = include_str!("offline/nothing.js");

/// Puts into a folder of pages what keeps them.
///
/// # Errors
///
/// When a file cannot be read or written.
pub fn put(about: &BookConfig, pages: &Path, kind: Pages) -> Result<()> {
    let mut links = String::new();
    for kind in KINDS {
        let made = along::file(pages, kind);
        let name = format!("microgpt.{kind}");
        if let Ok(made) = fs::read(&made) {
            fs::write(pages.join(&name), &made).with_context(|| format!("{name} cannot be copied"))?;
            links += &format!(
                r#"<li><a href="{name}" download>{}</a> ({:.1} MB)</li>"#,
                words(kind),
                made.len() as f64 / 1e6,
            );
        }
    }
    let list = if links.is_empty() { String::new() } else { format!("<ul>{links}</ul>") };
    let place = format!(r#"<div class="take-along">{list}<p class="kept" role="status"></p></div>"#);

    let mut files = BTreeMap::new();
    collect(pages, pages, &mut files)?;
    for (path, bytes) in &mut files {
        if path.ends_with(".html") && !NOT_KEPT.contains(&path.as_str()) {
            let to_root = "../".repeat(path.matches('/').count());
            let place = place.replace("href=\"", &format!("href=\"{to_root}"));
            let text = String::from_utf8_lossy(bytes).replacen(PLACE, &place, 1);
            let link = format!("<link rel=\"manifest\" href=\"{to_root}{MANIFEST}\">\n</head>");
            let text = match kind {
                Pages::Published => text.replacen("</head>", &link, 1),
                Pages::Served => text,
            };
            *bytes = text.into_bytes();
            fs::write(pages.join(path), &bytes).with_context(|| format!("{path} cannot be written"))?;
        }
    }
    let worker = match kind {
        Pages::Served => KEEPS_NOTHING.to_owned(),
        Pages::Published => {
            let manifest = manifest(about).into_bytes();
            fs::write(pages.join(MANIFEST), &manifest).context(MANIFEST)?;
            files.insert(MANIFEST.to_owned(), manifest);
            let kept = |path: &str| {
                !NOT_KEPT.contains(&path)
                    && !path.ends_with(".d.ts")
                    && !KINDS.iter().any(|kind| path == format!("microgpt.{kind}"))
            };
            let hashes: BTreeMap<&str, String> = (files.iter())
                .filter(|(path, _)| kept(path))
                .map(|(path, bytes)| (path.as_str(), hash(bytes)))
                .collect();
            let list = serde_json::to_string_pretty(&hashes)?;
            let version = hash(format!("{list}{KEEPS}").as_bytes());
            format!("const VERSION = '{version}';\nconst FILES = {list};\n\n{KEEPS}")
        }
    };
    fs::write(pages.join(WORKER), worker).context(WORKER)
}

/// What is said of a file to take along.
fn words(kind: &str) -> &'static str {
    match kind {
        "epub" => "EPUB, for a reader or a telephone",
        "pdf" => "PDF, for paper",
        _ => "ZIP, all pages with their living figures: unpack it and open <code>index.html</code>",
    }
}

fn manifest(about: &BookConfig) -> String {
    let title = about.title.as_deref().unwrap_or_default();
    let manifest = json!({
        "name": title,
        "short_name": title.split(':').next(),
        "description": about.description,
        "lang": about.language,
        "start_url": "index.html",
        "scope": ".",
        "display": "minimal-ui",
        "background_color": "#fdfcfa",
        "theme_color": "#fdfcfa",
        "icons": [{ "src": "favicon.svg", "type": "image/svg+xml", "sizes": "any" }],
    });
    format!("{manifest:#}\n")
}

/// So much of a hash tells versions of a file apart.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// All files of a folder, by their paths seen from the book's.
fn collect(book: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(book, &path, files)?;
        } else {
            let name = path.strip_prefix(book)?.to_string_lossy().replace('\\', "/");
            let bytes = fs::read(&path).with_context(|| format!("{name} cannot be read"))?;
            files.insert(name, bytes);
        }
    }
    Ok(())
}
