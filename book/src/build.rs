//! One build: book.toml and course/ in, a folder of pages out.
//!
//! The preprocessors that book.toml names run in this process instead of being spawned.
//! The pages are made beside the old ones and take their place only when all is well, so that a
//! server never shows half a book.

use crate::frame::{self, Place};
use crate::{course::Course, formulas::Formulas, offline, policy, search};
use anyhow::{Context, Result, bail, ensure};
use mdbook_driver::{MDBook, config::Config};
use mdbook_katex::preprocess::KatexProcessor;
use pulldown_cmark::{Event, Parser, Tag};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What the pages are for.
#[derive(Clone, Copy, PartialEq)]
pub enum Pages {
    /// For readers, whose browsers keep them.
    Published,
    /// For an author, who changes them: nothing keeps them.
    Served,
}

/// Builds the book of `root` and returns the folder of its pages.
///
/// # Errors
///
/// Whatever keeps a page from being right, warnings of mdBook included, each with its file and,
/// where there is one, its line. The pages of the build before stay as they were.
pub fn build(root: &Path, kind: Pages) -> Result<PathBuf> {
    let mut config = Config::from_disk(root.join("book.toml")).context("book.toml")?;
    config.update_from_env()?;
    check_summary(root, &config.book.src)?;

    let pages = root.join(&config.build.build_dir);
    let fresh = pages.with_extension("new");
    config.build.build_dir = fresh.clone();
    let about = config.book.clone();

    WARNINGS.lock().unwrap().clear();
    let result = render(root, config);
    let warnings = String::from_utf8_lossy(&WARNINGS.lock().unwrap()).into_owned();
    let places = result?;
    ensure!(warnings.is_empty(), "{}", warnings.trim());
    frame::put(root, &fresh, &places)?;
    search::mend(root, &fresh)?;
    policy::check(root, &fresh)?;
    offline::put(&about, &fresh, kind)?;

    replace(&pages, &fresh).with_context(|| format!("{} cannot be replaced", pages.display()))?;
    Ok(pages)
}

fn render(root: &Path, config: Config) -> Result<Vec<Place>> {
    let mut book = MDBook::load_with_config(root, config).context("course/SUMMARY.md")?;
    book.with_preprocessor(Course).with_preprocessor(KatexProcessor).with_preprocessor(Formulas).build()?;
    Ok(frame::places(&book.book))
}

/// Finds the chapters that SUMMARY.md lists and that are not there.
fn check_summary(root: &Path, src: &Path) -> Result<()> {
    let name = src.join("SUMMARY.md");
    let summary =
        fs::read_to_string(root.join(&name)).with_context(|| format!("{} cannot be read", name.display()))?;
    let missing: Vec<String> = Parser::new(&summary)
        .into_offset_iter()
        .filter_map(|(event, span)| match event {
            Event::Start(Tag::Link { dest_url, .. }) => Some((dest_url, span.start)),
            _ => None,
        })
        .filter(|(path, _)| !path.is_empty() && !root.join(src).join(&**path).is_file())
        .map(|(path, start)| {
            format!(
                "{}:{}: there is no {}: write it, or leave the parentheses empty to make the \
                 chapter a draft",
                name.display(),
                line_of(&summary, start),
                src.join(&*path).display(),
            )
        })
        .collect();
    if !missing.is_empty() {
        bail!("{}", missing.join("\n"));
    }
    Ok(())
}

/// The number of the line, counted from 1, in which the byte `at` of `text` stands.
pub fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

/// Puts the folder `fresh` in the place of `pages`.
fn replace(pages: &Path, fresh: &Path) -> io::Result<()> {
    let old = pages.with_extension("old");
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    if pages.exists() {
        fs::rename(pages, &old)?;
    }
    fs::rename(fresh, pages)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}

/// What mdBook and its preprocessors only warn of: an unclosed tag, a broken include.
static WARNINGS: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Warnings;

impl Write for Warnings {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WARNINGS.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From here on, warnings of all libraries are kept for [`build`] to report as errors.
pub fn collect_warnings() {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(|| Warnings)
        .with_ansi(false)
        .with_level(false)
        .with_target(false)
        .without_time()
        .init();
}
