//! `microgpt.py`, line by line: what each line says, which of them are code, and which lines
//! belong together.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::read::words::words;

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z_]\w*").unwrap());

const KEYWORDS: [&str; 24] = [
    "and", "as", "assert", "break", "class", "continue", "def", "del", "elif", "else", "for", "from", "if",
    "import", "in", "is", "lambda", "not", "or", "pass", "return", "while", "with", "yield",
];

/// The program that the course explains.
#[derive(Debug, Clone)]
pub struct Program {
    lines: Vec<String>,
    code: Vec<bool>,
    /// The names on each line.
    names: Vec<BTreeSet<String>>,
    /// Each line without its white space.
    squeezed: Vec<String>,
    /// The words of each line, its comment included.
    words: Vec<BTreeSet<String>>,
}

impl Program {
    /// Reads the text of the program.
    pub fn new(text: &str) -> Program {
        let lines: Vec<String> = text.lines().map(str::to_string).collect();
        let mut in_string = false;
        let code = lines
            .iter()
            .map(|line| {
                let was_in_string = in_string;
                if line.matches("\"\"\"").count() % 2 == 1 {
                    in_string = !in_string;
                }
                let line = line.trim();
                !(was_in_string || line.is_empty() || line.starts_with('#') || line.starts_with("\"\"\""))
            })
            .collect();
        let names = lines
            .iter()
            .map(|line| {
                identifiers(line.split('#').next().unwrap_or("")).into_iter().map(str::to_string).collect()
            })
            .collect();
        let squeezed = lines.iter().map(|line| line.split_whitespace().collect()).collect();
        let words = lines.iter().map(|line| words(line, true)).collect();
        Program { lines, code, names, squeezed, words }
    }

    /// How many lines it has.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether it has no lines.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// One line, counted from 1.
    pub fn line(&self, number: usize) -> Option<&str> {
        number.checked_sub(1).and_then(|at| self.lines.get(at)).map(String::as_str)
    }

    /// The lines from `first` to `last`, both included, each with its line end.
    pub fn text(&self, first: usize, last: usize) -> Option<String> {
        if first == 0 || first > last || last > self.len() {
            return None;
        }
        let mut text = self.lines[first - 1..last].join("\n");
        text.push('\n');
        Some(text)
    }

    /// Whether a line has something to run: no comment, no part of the docstring, not empty.
    pub fn is_code(&self, number: usize) -> bool {
        number >= 1 && self.code.get(number - 1).copied().unwrap_or(false)
    }

    /// Whether a line is empty.
    pub fn is_blank(&self, number: usize) -> bool {
        self.line(number).is_some_and(|line| line.trim().is_empty())
    }

    /// The names on a line, Python's own words and the comment left out.
    pub fn identifiers(&self, number: usize) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        number.checked_sub(1).and_then(|at| self.names.get(at)).unwrap_or(&NONE)
    }

    /// Whether a piece of code stands in some line, white space aside, and no number goes on behind it.
    pub fn contains(&self, code: &str) -> bool {
        let wanted: String = code.split_whitespace().collect();
        let whole = |line: &String, at: usize| {
            let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '.');
            edge(line[..at].chars().next_back()) && edge(line[at + wanted.len()..].chars().next())
        };
        !wanted.is_empty()
            && self.squeezed.iter().any(|line| line.match_indices(&wanted).any(|(at, _)| whole(line, at)))
    }

    /// The words of a line, its comment included.
    pub fn words(&self, number: usize) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        number.checked_sub(1).and_then(|at| self.words.get(at)).unwrap_or(&NONE)
    }

    /// Whether some line holds this name.
    pub fn knows(&self, identifier: &str) -> bool {
        self.names.iter().any(|names| names.contains(identifier))
    }

    /// The lines that hold a piece of code: word for word, else all its names.
    pub fn holding(&self, code: &str) -> BTreeSet<usize> {
        let names: Vec<&str> = identifiers(code).into_iter().filter(|name| self.knows(name)).collect();
        let wanted: String = code.split_whitespace().collect();
        let lines = |holds: &dyn Fn(usize) -> bool| {
            (0..self.len()).filter(|&at| holds(at)).map(|at| at + 1).collect()
        };
        if names != [code] && wanted.len() > 1 {
            let verbatim: BTreeSet<usize> = lines(&|at| self.squeezed[at].contains(&wanted));
            if !verbatim.is_empty() {
                return verbatim;
            }
        }
        if names.is_empty() {
            return BTreeSet::new();
        }
        lines(&|at| names.iter().all(|name| self.names[at].contains(*name)))
    }

    /// Whether the line defines the name: assigns it, or is its `def`, `class`, `for` or `import`.
    pub fn defines(&self, number: usize, name: &str) -> bool {
        let line = self.line(number).unwrap_or("").trim();
        let Some(first) = line.split_whitespace().next() else {
            return false;
        };
        match first {
            "def" | "class" => {
                if identifiers(line).contains(name) {
                    line[first.len()..].trim_start().starts_with(name)
                } else {
                    false
                }
            }
            "import" | "for" => {
                let until = line.find(" in ").unwrap_or(line.len());
                identifiers(&line[..until]).contains(name)
            }
            _ => {
                let assigned = ["=", "+=", "-=", "*="]
                    .iter()
                    .find_map(|operator| line.find(&format!(" {operator} ")).map(|at| &line[..at]));
                assigned.is_some_and(|target| {
                    target == name || identifiers(target).contains(name) && !target.contains('(')
                })
            }
        }
    }

    /// Whether `first..=last` is a whole: a header such as `def`, `class`, `for` or `with`
    /// together with everything indented under it.
    pub fn is_unit(&self, first: usize, last: usize) -> bool {
        let Some(line) = self.line(first) else {
            return false;
        };
        let code = line.split('#').next().unwrap_or("").trim_end();
        let opens = [':', '(', '[', '{'].iter().any(|&end| code.ends_with(end));
        if !opens || !self.is_code(first) {
            return false;
        }
        let indent = |number: usize| {
            let line = self.line(number).unwrap_or("");
            line.len() - line.trim_start().len()
        };
        let closes =
            |number: usize| self.line(number).is_some_and(|line| line.trim().starts_with([')', ']', '}']));
        let mut end = first;
        for number in first + 1..=self.len() {
            if self.is_blank(number) {
                continue;
            }
            if indent(number) <= indent(first) {
                if closes(number) && indent(number) == indent(first) {
                    end = number;
                }
                break;
            }
            end = number;
        }
        end == last
    }
}

/// The names in a piece of Python, its own words left out.
pub fn identifiers(code: &str) -> BTreeSet<&str> {
    WORD.find_iter(code).map(|word| word.as_str()).filter(|word| !KEYWORDS.contains(word)).collect()
}
