//! Promises: what the lessons, the README and CONTRIBUTING.md tell to run is there, and so are the paths that the
//! latter two name. Their numbers are checked with all others, by [`crate::judge::numbers`].

use std::sync::LazyLock;

use regex::Regex;

use crate::problem::Report;
use crate::read::course::Course;
use crate::read::fence::Fence;
use crate::read::page::Style;

/// What looks like a path of this project.
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    let folders = r"course|src|examples|tests|book|truth|lab|theme|benches|\.ci";
    Regex::new(&format!(r"^(?:{folders})/[a-zA-Z0-9/._-]*$")).unwrap()
});

/// Checks the commands in `sh` blocks, and in the README and CONTRIBUTING.md the commands and paths in `code`.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let mut commands = 0;
    let lessons = course.lessons().map(|(_, page)| (page, false));
    for (page, front) in lessons.chain(course.front.iter().map(|page| (page, true))) {
        for block in &page.blocks {
            let shell = block.fence() == Some(Fence::Shell);
            let codes = block.styled(Style::Code).filter(|_| shell || front && !block.is_code());
            for code in codes.flat_map(|(_, code)| code.lines()) {
                let command = shell || code.starts_with("cargo ") || code.starts_with("python3 ");
                commands += usize::from(command);
                let wanted =
                    if command { wanted(course, code) } else { exists(course, code, PATH.is_match(code)) };
                if let Some(wanted) = wanted {
                    let at = block.source(code.as_ptr().addr() - block.text.as_ptr().addr());
                    report.at(page, at, code, format!("{wanted}; correct it, or make what it promises"));
                }
            }
        }
    }
    report.note(format!("{commands} commands"));
    report
}

/// What is wanted if a path has to exist and does not.
fn exists(course: &Course, path: &str, wanted: bool) -> Option<String> {
    (wanted && !course.root.join(path).exists()).then(|| format!("a path that exists; {path} does not"))
}

/// What should stand in the place of a command, if what it names does not exist.
fn wanted(course: &Course, line: &str) -> Option<String> {
    let line = line.split(" #").next().unwrap_or("").trim();
    let words: Vec<&str> = line.split(['|', '>']).next().unwrap_or("").split_whitespace().collect();
    let value = |option: &str| Some(*words.get(words.iter().position(|word| *word == option)? + 1)?);
    match words.as_slice() {
        [] | ["cd" | "git" | "mdbook" | "curl" | "diff" | "head", ..] => None,
        [word, ..] if word.starts_with('#') => None,
        ["cargo", "run" | "test" | "build" | "bench", ..] => {
            let example = value("--example").filter(|name| !course.examples.contains(*name));
            let named = [("--test", "tests"), ("--bench", "benches")]
                .map(|(option, folder)| Some(format!("{folder}/{}.rs", value(option)?)));
            let packages = ["-p", "--package"].map(|option| value(option).filter(|name| *name != "microgpt"));
            let paths = named.into_iter().flatten().chain(packages.into_iter().flatten().map(str::to_string));
            example
                .map(|name| format!("an example that exists; examples/{name}.rs does not"))
                .or_else(|| paths.into_iter().find_map(|path| exists(course, &path, true)))
        }
        ["cargo", "book", "build" | "serve" | "sync" | "epub" | "pdf" | "zip", ..] => {
            exists(course, "book/Cargo.toml", true)
        }
        ["cargo", "fmt" | "clippy" | "doc" | "install", ..] => None,
        ["cargo", other, ..] => Some(format!("a cargo command that exists; `{other}` is not known here")),
        ["python3" | "sh" | "bash", file, ..] => exists(course, file, !file.starts_with('-')),
        [path, ..] => exists(course, path, path.contains('/')),
    }
}
