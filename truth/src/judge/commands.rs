//! Commands that the text tells a reader to run: what they name exists.

use crate::read::course::Course;

/// The example that a command runs, if it runs one.
pub fn example(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ["cargo", "run", rest @ ..] = words.as_slice() else { return None };
    let at = rest.iter().position(|word| *word == "--example")?;
    rest.get(at + 1).map(|name| name.to_string())
}

/// Checks one line of a `sh` block.
///
/// # Errors
///
/// Says what should stand there.
pub fn check(course: &Course, line: &str) -> Result<(), String> {
    let line = line.split(" #").next().unwrap_or("").trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(());
    }
    let words: Vec<&str> = line.split(['|', '>']).next().unwrap_or("").split_whitespace().collect();
    let exists = |path: &str| match course.root.join(path).exists() {
        true => Ok(()),
        false => Err(format!("a path that exists; {path} does not")),
    };
    let value = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        words.get(at + 1).copied()
    };
    match words.as_slice() {
        ["cargo", "run" | "test" | "build" | "bench", ..] => {
            if let Some(name) = value("--example")
                && !course.examples.contains(name)
            {
                return Err(format!("an example that exists; examples/{name}.rs does not"));
            }
            for (option, folder) in [("--test", "tests"), ("--bench", "benches")] {
                if let Some(name) = value(option) {
                    exists(&format!("{folder}/{name}.rs"))?;
                }
            }
            for option in ["-p", "--package"] {
                if let Some(name) = value(option).filter(|name| *name != "microgpt") {
                    exists(name)?;
                }
            }
            Ok(())
        }
        ["cargo", "book", "build" | "serve" | "sync" | "epub" | "pdf" | "zip", ..] => {
            exists("book/Cargo.toml")
        }
        ["cargo", "fmt" | "clippy" | "doc" | "install", ..] => Ok(()),
        ["cargo", other, ..] => Err(format!("a cargo command that exists; `{other}` is not known here")),
        ["python3" | "sh" | "bash", file, ..] if !file.starts_with('-') => exists(file),
        ["cd", ..] | ["git", ..] | ["mdbook", ..] | ["curl", ..] | ["diff", ..] | ["head", ..] => Ok(()),
        [path, ..] if path.contains('/') => exists(path),
        _ => Ok(()),
    }
}
