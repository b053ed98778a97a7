//! The pages as files that work when they are opened, from a disk and without a server: with scripts that load no
//! modules from files (see [`crate::modules`]), and fonts that stand in the style sheet.

use anyhow::{Context, Result};
use regex::{Captures, Regex};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use crate::contents::{book, files, resolve};
use crate::modules::{Modules, data, is_module};
use crate::write;

/// The folder in the archive.
const FOLDER: &str = "microgpt/";

/// What pages that are files may load: what lies beside them, and what they hold themselves. Nothing of it comes from a
/// network.
const POLICY: &str = "default-src 'none'; script-src file: data: blob: 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:; \
                      connect-src data:; style-src file: 'unsafe-inline'; img-src file: data:; font-src data:; \
                      frame-src file:; base-uri 'none'; form-action 'none'";

/// What lets workers begin where there is no server.
const WORKERS: &str = include_str!("opened.js");

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this program are right")
}

static OLD_POLICY: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"(<meta http-equiv="Content-Security-Policy" content=")[^"]*"#));
/// What asks for fonts early, from other files, and what a page that is installed has.
static EARLY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?s)<link rel="(?:preload|manifest)"[^>]*>|<script>\s*document\.head\.append\([^<]*rel: 'preload'[^<]*</script>"#,
    )
});
/// What leads to the course as one file: here the reader has it.
static ALONG: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?s)<div class="take-along">.*?</div>"#));
static MODULE: LazyLock<Regex> = LazyLock::new(|| regex(r#"<script type="module""#));
static BECOMES_MODULE: LazyLock<Regex> = LazyLock::new(|| regex(r#"\b\w+\.type\s*=\s*["']module["'];?"#));
static FONT: LazyLock<Regex> = LazyLock::new(|| regex(r#"url\(["']?([^"')]+\.woff2)["']?\)"#));

/// Writes the archive of a folder of pages, and gives its size.
///
/// # Errors
///
/// When the pages cannot be read, need what an archive cannot hold, or the file cannot be written.
pub fn write(pages: &Path, out: &Path) -> Result<u64> {
    let title = book(pages)?.title;
    let mut files: BTreeMap<String, Vec<u8>> =
        opened(files(pages)?)?.into_iter().map(|(path, bytes)| (format!("{FOLDER}{path}"), bytes)).collect();
    let readme = format!(
        "{title}\n\nOpen index.html in a browser: all pages, figures and the search work without a network.\n\
         Unpack the whole folder first: a single page, opened inside the archive, finds the others not.\n\n\
         Code: MIT or Apache-2.0. Text and pictures: CC BY 4.0. Fonts: see theme/fonts/LICENSES.txt.\n"
    );
    files.insert(format!("{FOLDER}README.txt"), readme.into_bytes());
    write::zip(out, &[], files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())))
}

/// The files of a built book, changed so that they work when they are opened.
///
/// # Errors
///
/// When they need what they cannot hold.
pub fn opened(files: BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<String, Vec<u8>>> {
    let scripts = Modules::new(&files).scripts()?;
    let mut made = BTreeMap::new();
    for (path, bytes) in &files {
        let text = || String::from_utf8_lossy(bytes);
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        let bytes = match extension {
            "wasm" | "ts" | "webmanifest" | "nojekyll" | "epub" | "pdf" | "zip" => continue,
            _ if path == "service-worker.js" => continue,
            _ if is_module(path) => match scripts.get(path) {
                Some(script) => script.clone().into_bytes(),
                None => continue, // those that need it hold it
            },
            "js" => BECOMES_MODULE.replace_all(&text(), "").into_owned().into_bytes(),
            "html" => page(&text()).into_bytes(),
            "css" => fonts(path, &text(), &files)?.into_bytes(),
            _ => bytes.clone(),
        };
        made.insert(path.clone(), bytes);
    }
    Ok(made)
}

fn page(text: &str) -> String {
    let text = OLD_POLICY.replace(text, format!("${{1}}{POLICY}"));
    let text = EARLY.replace_all(&text, "");
    let text = ALONG.replace(&text, "");
    let text = MODULE.replace_all(&text, "<script defer");
    text.replacen("</head>", &format!("<script>\n{WORKERS}</script>\n</head>"), 1)
}

/// A style sheet that holds its fonts.
fn fonts(path: &str, text: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<String> {
    let mut missing = None;
    let held = FONT.replace_all(text, |found: &Captures| {
        let font = resolve(path, &found[1]).and_then(|(font, _)| Some((files.get(&font)?, font)));
        match font {
            Some((bytes, font)) => format!("url(\"{}\")", data(&font, bytes)),
            None => {
                missing = Some(found[1].to_owned());
                String::new()
            }
        }
    });
    match missing {
        Some(font) => None.with_context(|| format!("{path}: there is no {font}")),
        // They come with the style sheet, so there is no reason to do without.
        None => Ok(held.replace("font-display: optional", "font-display: block")),
    }
}
