//! Transcripts: every lesson has its example, every example prints what is kept beside it, and
//! every output block of a page is an exact excerpt.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use similar::TextDiff;

use crate::problem::{Error, Problem, Report};
use crate::read::course::{self, Course};
use crate::read::fence::{Fence, Output};
use crate::read::transcript::{Transcript, heading};

/// When an example is given up. They take up to two seconds, on a busy machine a few times as long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Checks what can be checked without running anything: examples and golden files exist, labels
/// are well-formed, output blocks are excerpts, bindings name blocks.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    for (chapter, page) in course.lessons() {
        let name = chapter.example();
        for (there, path, fix) in [
            (course.examples.contains(&name), format!("examples/{name}.rs"), "write the lesson's example"),
            (
                course.transcripts.contains_key(&name),
                format!("examples/{name}.txt"),
                "write it with: SNAPSHOTS=overwrite cargo test --test truth transcripts",
            ),
        ] {
            if !there {
                report.problems.push(Course::problem(page, 0, format!("no {path}"), path.clone(), fix));
            }
        }
    }
    for transcript in course.transcripts.values() {
        check_labels(transcript, &mut report);
        if !course.examples.contains(&transcript.name) {
            report.problems.push(Problem {
                file: format!("examples/{}.txt", transcript.name),
                line: 1,
                found: "a transcript without an example".to_string(),
                expected: format!("examples/{}.rs", transcript.name),
                fix: "write the example or delete the file".to_string(),
            });
        }
    }
    let mut outputs = 0;
    for page in course.pages.values() {
        for block in &page.blocks {
            if let Some(Fence::Output(_)) = block.info().map(Fence::parse)
                && let Some(source) = course.source(page, block)
            {
                outputs += 1;
                let (at, found, expected, fix) = match source {
                    Ok(content) if content == block.text => continue,
                    Ok(content) => {
                        let diff = diff(&content, &block.text);
                        (block.source(0), diff, "the lines marked -", "run `cargo book sync`")
                    }
                    Err(missing) => (block.range.start, missing, "a block that exists", "correct the label"),
                };
                report.problems.push(Course::problem(page, at, found, expected, fix));
            }
        }
        for binding in &page.bindings {
            for label in &binding.labels {
                let found = match Output::parse(label) {
                    Some(output) => course.block(page, &output).err(),
                    None => Some(format!("<!-- from: {label} -->")),
                };
                if let Some(found) = found {
                    report.problems.push(Course::problem(
                        page,
                        binding.range.start,
                        found,
                        "the label of a block in the transcript",
                        "correct the comment",
                    ));
                }
            }
        }
        for (offset, comment) in &page.strange_comments {
            report.problems.push(Course::problem(
                page,
                *offset,
                format!("<!-- {comment} -->"),
                "<!-- from: LABEL, … -->, <!-- preview: TERM, … --> or <!-- preview-page: TERM, … -->",
                "correct the comment",
            ));
        }
    }
    report.note(format!("{} transcripts, {outputs} output blocks", course.transcripts.len()));
    report
}

fn check_labels(transcript: &Transcript, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for (index, line) in transcript.text.lines().enumerate() {
        let Some(words) = heading(line) else { continue };
        let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' ' || c == '-';
        let begins = words.starts_with(|c: char| c.is_ascii_lowercase());
        let (found, expected) = if !begins || !words.chars().all(valid) {
            (line.to_string(), "a letter first; lower-case letters, digits, spaces and hyphens")
        } else if !seen.insert(words) {
            (format!("{line} a second time"), "each label once in a transcript")
        } else {
            continue;
        };
        report.problems.push(Problem {
            file: format!("examples/{}.txt", transcript.name),
            line: index + 1,
            found,
            expected: expected.to_string(),
            fix: format!("change the heading in examples/{}.rs", transcript.name),
        });
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
/// `cargo test --workspace` nothing is left to build.
///
/// # Errors
///
/// When cargo fails; the compiler's messages go to the test's standard error.
pub fn build(root: &Path) -> Result<BTreeMap<String, PathBuf>, Error> {
    let test = std::env::current_exe().map_err(Error::io(Path::new("the test's own path")))?;
    // TARGET/PROFILE/deps/truth-0123456789abcdef
    let profile_dir = test.ancestors().nth(2).unwrap_or(&test);
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let target = profile_dir.parent().unwrap_or(profile_dir);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--workspace",
            "--bins",
            "--examples",
            "--message-format=json-render-diagnostics",
            "--profile",
            profile,
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Error::Build(error.to_string()))?;
    if !built.status.success() {
        return Err(Error::Build("see the compiler's messages above".to_string()));
    }
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
pub fn run_examples(course: &Course, executables: &BTreeMap<String, PathBuf>) -> Result<Vec<Ran>, Error> {
    let wanted: Vec<(&String, &PathBuf)> = executables
        .iter()
        .filter(|(name, _)| name.starts_with("lesson_") || course.transcripts.contains_key(*name))
        .collect();
    wanted.par_iter().map(|(name, path)| printed(&course.root, name, path, &[])).collect()
}

/// What a program prints. It is kept beside the program, below the hash of all that it depends on, and a program
/// that was run before is not run again: an edit of a page waits for no model.
fn printed(root: &Path, name: &str, path: &Path, arguments: &[&str]) -> Result<Ran, Error> {
    let kept = path.with_file_name([&[name], arguments, &["printed"]].concat().join("."));
    let hash = || -> std::io::Result<String> {
        let mut hasher = DefaultHasher::new();
        hasher.write(&std::fs::read(path)?);
        hasher.write(&std::fs::read(root.join("input.txt"))?);
        Ok(format!("{:016x}\n", hasher.finish()))
    };
    let Ok(hash) = hash() else { return run(root, name, path, arguments) };
    if let Some(output) =
        std::fs::read_to_string(&kept).ok().as_deref().and_then(|kept| kept.strip_prefix(&hash))
    {
        let (name, output) = (name.to_string(), output.to_string());
        return Ok(Ran { name, output, errors: String::new(), code: Some(0), time: None });
    }
    let ran = run(root, name, path, arguments)?;
    if ran.code == Some(0) {
        std::fs::write(&kept, hash + &ran.output).map_err(Error::io(&kept))?;
    }
    Ok(ran)
}

fn run(root: &Path, name: &str, path: &Path, arguments: &[&str]) -> Result<Ran, Error> {
    let started = Instant::now();
    let mut child = Command::new(path)
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::io(path))?;
    let reader = |pipe: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                // A pipe that breaks gives a short output, and that is reported as such.
                let _ = pipe.read_to_end(&mut bytes);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let output = reader(child.stdout.take().map(|pipe| Box::new(pipe) as _));
    let errors = reader(child.stderr.take().map(|pipe| Box::new(pipe) as _));
    let code = loop {
        if let Some(status) = child.try_wait().map_err(Error::io(path))? {
            break status.code();
        }
        if started.elapsed() > PATIENCE {
            child.kill().map_err(Error::io(path))?;
            child.wait().map_err(Error::io(path))?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let time = Some(started.elapsed());
    let text = |reader: std::thread::JoinHandle<String>| reader.join().unwrap_or_default();
    Ok(Ran { name: name.to_string(), output: text(output), errors: text(errors), code, time })
}

/// Compares what the examples printed with their transcripts.
pub fn compare(course: &Course, ran: &[Ran]) -> Report {
    let mut report = Report::default();
    for ran in ran {
        let mut problem = |found: String, expected: &str, fix: &str| {
            report.problems.push(Problem {
                file: format!("examples/{}.rs", ran.name),
                line: 1,
                found,
                expected: expected.to_string(),
                fix: fix.to_string(),
            });
        };
        if ran.code != Some(0) {
            let code = ran.code.map_or("no exit code".to_string(), |code| format!("exit code {code}"));
            problem(format!("{code}\n{}", ran.errors.trim_end()), "exit code 0", "correct the example");
        }
        match course.transcripts.get(&ran.name) {
            Some(transcript) if transcript.text == ran.output => {}
            Some(transcript) => problem(
                format!("another output than the transcript:\n{}", diff(&transcript.text, &ran.output)),
                "the same output",
                "correct the example, or if its output is right: \
                 SNAPSHOTS=overwrite cargo test --test truth transcripts; then cargo book sync",
            ),
            None => problem(
                "no transcript".to_string(),
                &format!("examples/{}.txt", ran.name),
                "SNAPSHOTS=overwrite cargo test --test truth transcripts",
            ),
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
pub fn overwrite(course: &Course, ran: &[Ran]) -> Result<Vec<String>, Error> {
    let mut written = Vec::new();
    for ran in ran.iter().filter(|ran| ran.code == Some(0)) {
        if course.transcripts.get(&ran.name).is_none_or(|transcript| transcript.text != ran.output) {
            let path = course.root.join("examples").join(format!("{}.txt", ran.name));
            std::fs::write(&path, &ran.output).map_err(Error::io(&path))?;
            written.push(ran.name.clone());
        }
    }
    Ok(written)
}

/// Compares the figures, which are the SVG files of the course, with what is drawn: each stands beside a
/// page that shows it, and is what the page's example prints with the argument `figure`. With
/// `overwrite` the files are written instead.
pub fn figures(
    course: &Course,
    executables: &BTreeMap<String, PathBuf>,
    overwrite: bool,
) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut files: BTreeSet<String> = course::files(&course.root, "course", "svg")?.into_iter().collect();
    for page in course.pages.values().filter(|_| overwrite) {
        // A figure that a page shows already, and nobody has drawn yet
        let (folder, _) = page.path.rsplit_once('/').unwrap_or_default();
        let shown = page.links.iter().filter(|link| link.image && link.target.ends_with(".svg"));
        files.extend(shown.map(|link| format!("{folder}/{}", link.target)));
    }
    for file in &files {
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        let shown_by = course.pages.values().find(|page| {
            let beside = page.path.rsplit_once('/').is_some_and(|(its_folder, _)| its_folder == folder);
            beside && page.links.iter().any(|link| link.image && link.target == name)
        });
        let (found, expected, fix) = match shown_by {
            None => (
                "a figure that no page beside it shows".to_string(),
                format!("![what it shows]({name})"),
                "show it, or delete it",
            ),
            Some(page) => {
                let name = course.example_of(page);
                let executable =
                    executables.get(&name).ok_or_else(|| Error::Build(format!("no example {name}")))?;
                let ran = printed(&course.root, &name, executable, &["figure"])?;
                let path = course.root.join(file);
                if overwrite && ran.code == Some(0) {
                    std::fs::write(&path, &ran.output).map_err(Error::io(&path))?;
                    continue;
                }
                let kept = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
                if ran.code == Some(0) && kept == ran.output {
                    continue;
                }
                (
                    format!("not what {name} draws:\n{}{}", diff(&ran.output, &kept), ran.errors.trim_end()),
                    "the lines marked -".to_string(),
                    "SNAPSHOTS=overwrite cargo test --test truth figures; then look at the figure",
                )
            }
        };
        let fix = fix.to_string();
        report.problems.push(Problem { file: file.clone(), line: 1, found, expected, fix });
    }
    report.note(format!("{} figures", files.len()));
    Ok(report)
}

/// The lines that differ, with two lines around them.
fn diff(expected: &str, found: &str) -> String {
    TextDiff::from_lines(expected, found).unified_diff().context_radius(2).to_string()
}
