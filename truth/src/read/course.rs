//! The whole course, read once: the pages, the program they explain, the transcripts of the
//! examples, the declared facts and the glossary.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::read::chapter::{CHAPTERS, Chapter, GLOSSARY, SUMMARY};
use crate::read::fence::{Fence, Output};
use crate::read::glossary::Glossary;
use crate::read::number::{Syntax, scan};
use crate::read::page::{Block, Kind, Page};
use crate::read::program::Program;
use crate::read::transcript::{Labelled, Transcript};

/// A line of the table of contents.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its title, with the number.
    pub title: String,
    /// The page, relative to the root; `None` for a draft.
    pub path: Option<String>,
    /// Line in SUMMARY.md.
    pub line: usize,
}

/// A number that no code of the project computes, with its source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The number as it is written in the text, with as much around it as makes it clear.
    pub value: String,
    /// What it says.
    pub what: String,
    /// Where it comes from: an address, or the file of the project that shows it.
    pub source: String,
    /// The pages that may use it, relative to `course/` and without `.md`; `README` is one.
    pub chapters: Vec<String>,
    /// Line in facts.toml.
    #[serde(skip)]
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    #[serde(default)]
    fact: Vec<Fact>,
}

/// Lines of a file that a block is a copy of.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file, relative to the root.
    pub file: String,
    /// The first of the lines, counted from 1.
    pub first: usize,
    /// The lines, each with its end.
    pub text: String,
}

/// Everything that the checks look at.
#[derive(Debug, Clone)]
pub struct Course {
    /// The root of the project.
    pub root: PathBuf,
    /// The program that is explained.
    pub program: Program,
    /// The table of contents, in order.
    pub entries: Vec<Entry>,
    /// The pages of `course/`, by path relative to the root; SUMMARY.md is not among them.
    pub pages: BTreeMap<String, Page>,
    /// SUMMARY.md itself.
    pub summary: Page,
    /// README.md and CONTRIBUTING.md, those that exist.
    pub front: Vec<Page>,
    /// The transcripts, by the name of the example.
    pub transcripts: BTreeMap<String, Transcript>,
    /// The names of the examples.
    pub examples: BTreeSet<String>,
    /// The declared facts, and the line of each in facts.toml.
    pub facts: Vec<Fact>,
    /// The glossary, empty while its page is not written.
    pub glossary: Glossary,
    /// What can be counted in the project, by the word behind the number: `chapters`, `names`.
    pub counts: BTreeMap<&'static str, usize>,
    /// The title of each chapter as the table of contents has it.
    titles: Vec<Option<String>>,
}

impl Course {
    /// Reads the project at `root`: an error when a file cannot be read, or the facts are not in their
    /// format. Whatever is readable but wrong is left to the checks.
    pub fn load(root: &Path) -> Result<Course> {
        let read = |path: &str| fs_err::read_to_string(root.join(path));
        let page = |path: &str| Ok(Page::parse(path, read(path)?));
        let paths = files(root, "course", "md")?.into_iter().filter(|path| path != SUMMARY);
        let pages: BTreeMap<String, Page> =
            paths.map(|path| page(&path).map(|page| (path, page))).collect::<Result<_>>()?;
        let front = ["README.md", "CONTRIBUTING.md"].into_iter().filter(|path| root.join(path).is_file());
        let transcripts = files(root, "examples", "txt")?.into_iter().map(|path| {
            let name = stem(&path);
            Ok((name.clone(), Transcript::parse(name, read(&path)?)))
        });
        let facts =
            if root.join("course/facts.toml").is_file() { read("course/facts.toml")? } else { String::new() };
        let summary = page(SUMMARY)?;
        let entries = entries(&summary);
        let mut course = Course {
            root: root.to_path_buf(),
            program: Program::new(&read("microgpt.py")?),
            titles: Chapter::all().map(|chapter| title(chapter, &entries)).collect(),
            entries,
            glossary: pages.get(GLOSSARY).map(Glossary::parse).unwrap_or_default(),
            pages,
            summary,
            front: front.map(page).collect::<Result<_>>()?,
            transcripts: transcripts.collect::<Result<_>>()?,
            examples: files(root, "examples", "rs")?.iter().filter_map(|path| example(path)).collect(),
            facts: self::facts(&facts)?,
            counts: BTreeMap::new(),
        };
        course.counts = counts(&course);
        Ok(course)
    }

    /// Puts a page in the place of the one at its path, which is returned.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn replace(&mut self, page: Page) -> Page {
        if page.path == GLOSSARY {
            self.glossary = Glossary::parse(&page);
        }
        let mut front = self.front.iter_mut();
        let place = self.pages.get_mut(&page.path).or_else(|| front.find(|other| other.path == page.path));
        std::mem::replace(place.expect("a page at this path"), page)
    }

    /// The page at a path.
    pub fn page(&self, path: &str) -> Option<&Page> {
        self.pages.get(path).or_else(|| self.front.iter().find(|page| page.path == path))
    }

    /// The pages whose numbers are accounted for: those of the course, and the README.
    pub fn numbered_pages(&self) -> impl Iterator<Item = &Page> {
        self.pages.values().chain(self.front.iter().filter(|page| page.path == "README.md"))
    }

    /// The chapters that are written, in reading order.
    pub fn chapters(&self) -> impl Iterator<Item = (Chapter, &Page)> {
        Chapter::all().filter_map(|chapter| Some((chapter, self.pages.get(&chapter.path())?)))
    }

    /// The lessons that are written, in reading order.
    pub fn lessons(&self) -> impl Iterator<Item = (Chapter, &Page)> {
        self.chapters().filter(|(chapter, _)| chapter.is_lesson())
    }

    /// The title of a chapter in the table of contents, with its number.
    pub fn title(&self, chapter: Chapter) -> Option<&str> {
        self.titles[chapter.0].as_deref()
    }

    /// The title of a chapter without its number.
    pub fn name(&self, chapter: Chapter) -> Option<&str> {
        Some(self.title(chapter)?.split_once(' ')?.1)
    }

    /// The example whose transcript a page shows: that of its lesson, else the one that bears its
    /// file name.
    pub fn example_of(&self, page: &Page) -> String {
        match Chapter::at(&page.path) {
            Some(chapter) => chapter.example(),
            None => stem(&page.path).to_lowercase().replace('-', "_"),
        }
    }

    /// The transcript block that an output block or a binding of this page names; or what is missing.
    pub fn block(&self, page: &Page, output: &Output) -> Result<&Labelled, String> {
        let name = output.example.clone().unwrap_or_else(|| self.example_of(page));
        let transcript =
            self.transcripts.get(&name).ok_or_else(|| format!("there is no examples/{name}.txt"))?;
        transcript.block(&output.label).ok_or_else(|| {
            let labels: Vec<_> = transcript.blocks.iter().map(|b| b.label.as_str()).collect();
            format!("examples/{name}.txt has no block `{}`; it has: {}", output.label, labels.join(", "))
        })
    }

    /// What a block should be a copy of, if of anything; or why there is no such thing.
    pub fn source(&self, page: &Page, block: &Block) -> Option<Result<Source, String>> {
        Some(match Fence::parse(block.info()?) {
            Fence::Quote { first, last } => {
                let text = self.program.text(first, last);
                let text = text.ok_or_else(|| format!("lines between 1 and {}", self.program.len()));
                text.map(|text| Source { file: "microgpt.py".to_string(), first, text })
            }
            Fence::Source { path, first, last } => {
                let text = fs_err::read_to_string(self.root.join(&path)).map_err(|error| error.to_string());
                text.and_then(|text| {
                    let lines: Vec<&str> = text.split_inclusive('\n').collect();
                    let lines =
                        lines.get(first - 1..last).ok_or(format!("lines between 1 and {}", lines.len()))?;
                    Ok(Source { file: path, first, text: lines.concat() })
                })
            }
            Fence::Output(output) => self.block(page, &output).and_then(|block| {
                let first = block.line + output.lines.as_ref().map_or(0, |lines| lines.start);
                let text = block.text(output.lines);
                let text =
                    text.ok_or_else(|| format!("block `{}` has {} lines", block.label, block.lines.len()))?;
                let name = output.example.unwrap_or_else(|| self.example_of(page));
                Ok(Source { file: format!("examples/{name}.txt"), first, text })
            }),
            _ => return None,
        })
    }
}

/// The title of the entry that begins with the number of a chapter.
fn title(chapter: Chapter, entries: &[Entry]) -> Option<String> {
    let number = chapter.number();
    let entry = entries.iter().find(|entry| entry.title.split(' ').next() == Some(number.as_str()));
    entry.map(|entry| entry.title.clone())
}

/// The entries of SUMMARY.md: its links, those without a target being drafts.
fn entries(summary: &Page) -> Vec<Entry> {
    summary
        .links
        .iter()
        .map(|link| Entry {
            title: link.text.clone(),
            path: (!link.target.is_empty()).then(|| format!("course/{}", link.target)),
            line: summary.line(link.range.start),
        })
        .collect()
}

/// The example of a file: `examples/NAME.rs` or `examples/NAME/main.rs`.
fn example(path: &str) -> Option<String> {
    let name = path.strip_prefix("examples/")?.strip_suffix(".rs")?;
    match name.split_once('/') {
        None => Some(name.to_string()),
        Some((name, "main")) => Some(name.to_string()),
        Some(_) => None,
    }
}

fn facts(text: &str) -> Result<Vec<Fact>> {
    let facts = toml::from_str::<Facts>(text);
    let mut facts =
        facts.context("course/facts.toml: each entry needs value, what, source and chapters")?.fact;
    let headers = text.lines().enumerate().filter(|(_, line)| line.trim() == "[[fact]]");
    for (fact, (index, _)) in facts.iter_mut().zip(headers) {
        fact.line = index + 1;
    }
    Ok(facts)
}

/// The titles of the modules, by number: `# 01 Data and tokenization` in SUMMARY.md.
pub fn modules(summary: &Page) -> BTreeMap<usize, &str> {
    summary
        .blocks
        .iter()
        .filter(|block| matches!(block.kind, Kind::Heading { level: 1, .. }))
        .filter_map(|block| {
            let (number, title) = block.text.split_once(' ')?;
            Some((number.parse().ok()?, title))
        })
        .collect()
}

/// The files with an extension under a folder, as paths relative to the root, sorted. A folder
/// that does not exist has none.
pub fn files(root: &Path, folder: &str, extension: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_string()];
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        for entry in if path.is_dir() { Some(fs_err::read_dir(path)?) } else { None }.into_iter().flatten() {
            let entry = entry?;
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(name);
            } else if entry.path().extension().is_some_and(|e| e == extension) {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn stem(path: &str) -> String {
    Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What of this project can be counted, by the word that stands behind the number.
fn counts(course: &Course) -> BTreeMap<&'static str, usize> {
    let pages = || course.pages.values();
    let snippets =
        |page: &Page| page.blocks.iter().filter(|block| block.fence() == Some(Fence::Rust)).count();
    let mut counts = BTreeMap::from([
        ("chapters", CHAPTERS.len()),
        ("lessons", Chapter::all().filter(|chapter| chapter.is_lesson()).count()),
        ("lines", course.program.len()),
        ("terms", course.glossary.terms.len()),
        ("snippets", pages().chain(&course.front).map(snippets).sum()),
    ]);
    let mut steps =
        (1..=course.program.len()).filter_map(|line| course.program.line(line)?.strip_prefix("num_steps = "));
    if let Some(steps) = steps.next_back().and_then(|steps| steps.split(' ').next()?.parse().ok()) {
        counts.insert("steps", steps);
    }
    if let Ok(names) = std::fs::read_to_string(course.root.join("input.txt")) {
        counts.insert("names", names.lines().filter(|line| !line.trim().is_empty()).count());
    }
    let whole = course.transcripts.get("microgpt").map_or("", |transcript| &transcript.text);
    if let Some(line) = whole.lines().find(|line| line.starts_with("num params"))
        && let Some(number) = scan(line, Syntax::Text).first()
    {
        counts.insert("parameters", number.value.to_f64() as usize);
    }
    counts
}
