//! Transcripts: every lesson has its example, every example prints what is kept beside it, and draws the figures. That
//! output blocks are excerpts of them, [`quotes`](crate::judge::quotes) checks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rayon::prelude::*;
use similar::TextDiff;
use wait_timeout::ChildExt;

use crate::problem::Report;
use crate::read::address::resolve;
use crate::read::course::{self, Course};
use crate::read::fence::Output;
use crate::read::page::{Link, Page, directive};
use crate::read::transcript::{Transcript, heading};

/// When an example is given up. They take up to two seconds, on a busy machine a few times as long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Checks what can be checked without running anything: examples and golden files exist, labels
/// are well-formed, comments name blocks.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    for (chapter, page) in course.lessons() {
        let name = chapter.example();
        if !course.examples.contains(&name) {
            report.at(page, 0, "a lesson without an example", format!("examples/{name}.rs"));
        }
        if !course.transcripts.contains_key(&name) {
            report.at(page, 0, "a lesson without a transcript", written(&name));
        }
    }
    for transcript in course.transcripts.values() {
        check_labels(transcript, &mut report);
        if !course.examples.contains(&transcript.name) {
            let file = format!("examples/{}.txt", transcript.name);
            report.file(
                file,
                1,
                "a transcript without an example",
                format!("examples/{}.rs", transcript.name),
            );
        }
    }
    for page in course.pages.values() {
        for (at, label) in
            page.bindings.iter().flat_map(|b| b.labels.iter().map(|label| (b.range.start, label)))
        {
            let missing = match Output::parse(label) {
                Some(output) => course.block(page, &output).err(),
                None => Some("no label".to_string()),
            };
            if let Some(missing) = missing {
                let wanted = format!("the label of a block in the transcript; {missing}");
                report.at(page, at, format!("<!-- from: {label} -->"), wanted);
            }
        }
        for (range, comment) in &page.comments {
            let like = ["from", "preview"].iter().any(|key| comment.to_lowercase().starts_with(key));
            if like && directive(comment).is_none() {
                let wanted =
                    "<!-- from: LABEL, … -->, <!-- preview: TERM, … --> or <!-- preview-page: TERM, … -->";
                report.at(page, range.start, format!("<!-- {comment} -->"), wanted);
            }
        }
    }
    report.note(format!("{} transcripts", course.transcripts.len()));
    report
}

/// How a transcript comes to be.
fn written(name: &str) -> String {
    format!("examples/{name}.txt, written by: SNAPSHOTS=overwrite cargo test --test truth transcripts")
}

fn check_labels(transcript: &Transcript, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for (index, line) in transcript.text.lines().enumerate() {
        let Some(words) = heading(line) else { continue };
        let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' ' || c == '-';
        let begins = words.starts_with(|c: char| c.is_ascii_lowercase());
        let (found, wanted) = if !begins || !words.chars().all(valid) {
            (line.to_string(), "a letter first; lower-case letters, digits, spaces and hyphens")
        } else if !seen.insert(words) {
            (format!("{line} a second time"), "each label once in a transcript")
        } else {
            continue;
        };
        let wanted = format!("{wanted}: change the heading in examples/{}.rs", transcript.name);
        report.file(format!("examples/{}.txt", transcript.name), index + 1, found, wanted);
    }
}

/// What an example did when it was run.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its name.
    pub name: String,
    /// Its standard output.
    pub output: String,
    /// Its standard error.
    pub errors: String,
    /// Its exit code; `None` when it was ended by a signal or given up.
    pub code: Option<i32>,
    /// How long it took; `None` when the same program was run before.
    pub time: Option<Duration>,
}

/// Builds the programs and examples of the workspace with the cargo, the profile and the target folder
/// of the test that is running, and says where they are. Of the whole workspace, so that after
/// `cargo test --workspace` nothing is left to build. When cargo fails, the compiler's messages go to the test's
/// standard error.
pub fn build(root: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let test = std::env::current_exe()?;
    // TARGET/PROFILE/deps/truth-0123456789abcdef
    let profile_dir = test.ancestors().nth(2).unwrap_or(&test);
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--workspace", "--bins", "--examples", "--message-format=json-render-diagnostics"])
        .args(["--profile", profile, "--target-dir"])
        .arg(profile_dir.parent().unwrap_or(profile_dir))
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(built.status.success(), "the examples do not build: see the compiler's messages above");
    let messages = String::from_utf8_lossy(&built.stdout);
    Ok(messages.lines().filter_map(executable).collect())
}

/// Name and path from a message of cargo's, if it is about a program.
fn executable(message: &str) -> Option<(String, PathBuf)> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let name = message["target"]["name"].as_str()?;
    let path = message["executable"].as_str()?;
    Some((name.to_string(), PathBuf::from(path)))
}

/// Runs every example that is a lesson's or has a transcript, one on each core.
pub fn run_examples(course: &Course, executables: &BTreeMap<String, PathBuf>) -> Result<Vec<Ran>> {
    let wanted = executables
        .par_iter()
        .filter(|(name, _)| name.starts_with("lesson_") || course.transcripts.contains_key(*name));
    wanted.map(|(name, path)| printed(&course.root, name, path, &[])).collect()
}

/// What a program prints. It is kept beside the program, below the hash of all that it depends on, and a program
/// that was run before is not run again: an edit of a page waits for no model.
fn printed(root: &Path, name: &str, path: &Path, arguments: &[&str]) -> Result<Ran> {
    let kept = path.with_file_name([&[name], arguments, &["printed"]].concat().join("."));
    let hash = || -> std::io::Result<String> {
        let mut hasher = DefaultHasher::new();
        hasher.write(&fs_err::read(path)?);
        hasher.write(&fs_err::read(root.join("input.txt"))?);
        Ok(format!("{:016x}\n", hasher.finish()))
    };
    let Ok(hash) = hash() else { return run(root, name, path, arguments) };
    if let Some(output) =
        fs_err::read_to_string(&kept).ok().and_then(|kept| Some(kept.strip_prefix(&hash)?.to_string()))
    {
        return Ok(Ran { name: name.to_string(), output, errors: String::new(), code: Some(0), time: None });
    }
    let ran = run(root, name, path, arguments)?;
    if ran.code == Some(0) {
        fs_err::write(&kept, hash + &ran.output)?;
    }
    Ok(ran)
}

fn run(root: &Path, name: &str, path: &Path, arguments: &[&str]) -> Result<Ran> {
    let started = Instant::now();
    let [mut output, mut errors] = [tempfile::tempfile()?, tempfile::tempfile()?];
    let mut command = Command::new(path);
    command.args(arguments).current_dir(root).stdin(Stdio::null());
    let child = command.stdout(output.try_clone()?).stderr(errors.try_clone()?).spawn();
    let mut child = child.with_context(|| path.display().to_string())?;
    let status = child.wait_timeout(PATIENCE)?;
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    let time = Some(started.elapsed());
    let text = |file: &mut File| -> Result<String> {
        file.rewind()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let code = status.and_then(|status| status.code());
    Ok(Ran { name: name.to_string(), output: text(&mut output)?, errors: text(&mut errors)?, code, time })
}

/// Compares what the examples printed with their transcripts.
pub fn compare(course: &Course, ran: &[Ran]) -> Report {
    let mut report = Report::default();
    for ran in ran {
        let mut problem =
            |found: String, wanted: &str| report.file(format!("examples/{}.rs", ran.name), 1, found, wanted);
        if ran.code != Some(0) {
            let code = ran.code.map_or("no exit code".to_string(), |code| format!("exit code {code}"));
            problem(format!("{code}\n{}", ran.errors.trim_end()), "exit code 0");
        }
        match course.transcripts.get(&ran.name) {
            Some(transcript) if transcript.text == ran.output => {}
            Some(transcript) => problem(
                format!("another output than the transcript:\n{}", diff(&transcript.text, &ran.output)),
                "the same output; or if this one is right: \
                 SNAPSHOTS=overwrite cargo test --test truth transcripts; then cargo book sync",
            ),
            None => problem("no transcript".to_string(), &written(&ran.name)),
        }
    }
    let run = ran.iter().filter_map(|ran| Some((ran.time?, &ran.name)));
    report.note(format!("{} examples, {} of them run", ran.len(), run.clone().count()));
    if let Some((time, name)) = run.max() {
        report.note(format!("the slowest is {name} with {:.2} s", time.as_secs_f64()));
    }
    report
}

/// Writes the transcripts of examples that ended well, where they differ. Returns their names.
pub fn overwrite(course: &Course, ran: &[Ran]) -> Result<Vec<String>> {
    let mut written = Vec::new();
    for ran in ran.iter().filter(|ran| ran.code == Some(0)) {
        if course.transcripts.get(&ran.name).is_none_or(|transcript| transcript.text != ran.output) {
            fs_err::write(course.root.join(format!("examples/{}.txt", ran.name)), &ran.output)?;
            written.push(ran.name.clone());
        }
    }
    Ok(written)
}

/// Compares the figures, which are the SVG files of the course, with what is drawn: each stands beside a
/// page that shows it, and is what the page's example prints with the argument `figure`. With
/// `overwrite` the files are written instead.
pub fn figures(course: &Course, executables: &BTreeMap<String, PathBuf>, overwrite: bool) -> Result<Report> {
    let mut report = Report::default();
    // Each figure that a page beside it shows, with the first such page.
    let shown = course.pages.values().rev().flat_map(|page| {
        let beside = |link: &&Link| link.image && link.target.ends_with(".svg") && !link.target.contains('/');
        let figures = page.links.iter().filter(beside);
        figures.filter_map(move |link| Some((resolve(&page.path, &link.target)?, page)))
    });
    let shown: BTreeMap<String, &Page> = shown.collect();
    let mut files: BTreeSet<String> = course::files(&course.root, "course", "svg")?.into_iter().collect();
    if overwrite {
        // A figure that a page shows already, and nobody has drawn yet
        files.extend(shown.keys().cloned());
    }
    for file in &files {
        let Some(page) = shown.get(file) else {
            let wanted = "![what it shows](…) on one, or no such file";
            report.file(file, 1, "a figure that no page beside it shows", wanted);
            continue;
        };
        let name = course.example_of(page);
        let executable = executables.get(&name).with_context(|| format!("no example {name}"))?;
        let ran = printed(&course.root, &name, executable, &["figure"])?;
        let path = course.root.join(file);
        if overwrite && ran.code == Some(0) {
            fs_err::write(&path, &ran.output)?;
            continue;
        }
        let kept = fs_err::read_to_string(&path)?;
        if ran.code != Some(0) || kept != ran.output {
            let found =
                format!("not what {name} draws:\n{}{}", diff(&ran.output, &kept), ran.errors.trim_end());
            let how = "SNAPSHOTS=overwrite cargo test --test truth figures; then look at the figure";
            report.file(file, 1, found, format!("the lines marked -: {how}"));
        }
    }
    report.note(format!("{} figures", files.len()));
    Ok(report)
}

/// The lines that differ, with two lines around them.
fn diff(expected: &str, found: &str) -> String {
    TextDiff::from_lines(expected, found).unified_diff().context_radius(2).to_string()
}
