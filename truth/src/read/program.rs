//! `microgpt.py`, line by line: what each line says, which of them are code, and which lines
//! belong together.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z_]\w*").unwrap());

/// What a line defines: by a `def`, `class`, `for` or `import`, or by an assignment.
static DEFINED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(?:def|class|import|for)\s+(.*?)(?:\(|:|\sin\s|$)|(.*?) [-+*]?= )").unwrap()
});

const KEYWORDS: [&str; 24] = [
    "and", "as", "assert", "break", "class", "continue", "def", "del", "elif", "else", "for", "from", "if",
    "import", "in", "is", "lambda", "not", "or", "pass", "return", "while", "with", "yield",
];

/// The program that the course explains.
#[derive(Debug, Clone)]
pub struct Program {
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
struct Line {
    text: String,
    code: bool,
    /// The names on it, without its comment.
    names: BTreeSet<String>,
    /// Without its white space.
    squeezed: String,
}

impl Program {
    /// Reads the text of the program.
    pub fn new(text: &str) -> Program {
        let mut in_string = false;
        let line = |text: &str| {
            let was_in_string = in_string;
            in_string ^= text.matches("\"\"\"").count() % 2 == 1;
            let trimmed = text.trim();
            let bare = trimmed.is_empty() || trimmed.starts_with('#') || trimmed.starts_with("\"\"\"");
            let names = identifiers(text.split('#').next().unwrap_or(""));
            Line {
                text: text.to_string(),
                code: !was_in_string && !bare,
                names: names.into_iter().map(str::to_string).collect(),
                squeezed: squeezed(text),
            }
        };
        Program { lines: text.lines().map(line).collect() }
    }

    /// How many lines it has.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    fn at(&self, number: usize) -> Option<&Line> {
        self.lines.get(number.checked_sub(1)?)
    }

    /// One line, counted from 1.
    pub fn line(&self, number: usize) -> Option<&str> {
        Some(&self.at(number)?.text)
    }

    /// The lines from `first` to `last`, both included, each with its line end.
    pub fn text(&self, first: usize, last: usize) -> Option<String> {
        let lines = self.lines.get(first.checked_sub(1)?..last)?;
        (first <= last).then(|| lines.iter().flat_map(|line| [&line.text, "\n"]).collect())
    }

    /// Whether a line has something to run: no comment, no part of the docstring, not empty.
    pub fn is_code(&self, number: usize) -> bool {
        self.at(number).is_some_and(|line| line.code)
    }

    /// Whether a line is empty.
    pub fn is_blank(&self, number: usize) -> bool {
        self.at(number).is_some_and(|line| line.squeezed.is_empty())
    }

    /// The names on a line, Python's own words and the comment left out.
    pub fn identifiers(&self, number: usize) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        self.at(number).map_or(&NONE, |line| &line.names)
    }

    /// Whether a piece of code stands in some line, white space aside, and no number goes on behind it.
    pub fn contains(&self, code: &str) -> bool {
        let wanted = squeezed(code);
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '.');
        let whole = |line: &str, at: usize| {
            edge(line[..at].chars().next_back()) && edge(line[at + wanted.len()..].chars().next())
        };
        let holds = |line: &String| line.match_indices(&wanted).any(|(at, _)| whole(line, at));
        !wanted.is_empty() && self.lines.iter().any(|line| holds(&line.squeezed))
    }

    /// Whether some line holds this name.
    pub fn knows(&self, identifier: &str) -> bool {
        self.lines.iter().any(|line| line.names.contains(identifier))
    }

    /// The lines that hold a piece of code: word for word, else all its names.
    pub fn holding(&self, code: &str) -> BTreeSet<usize> {
        let names: Vec<&str> = identifiers(code).into_iter().filter(|name| self.knows(name)).collect();
        let wanted = squeezed(code);
        let lines = |holds: &dyn Fn(&Line) -> bool| -> BTreeSet<usize> {
            (1..).zip(&self.lines).filter(|(_, line)| holds(line)).map(|(number, _)| number).collect()
        };
        let verbatim = match names != [code] && wanted.len() > 1 {
            true => lines(&|line| line.squeezed.contains(&wanted)),
            false => BTreeSet::new(),
        };
        if !verbatim.is_empty() || names.is_empty() {
            return verbatim;
        }
        lines(&|line| names.iter().all(|name| line.names.contains(*name)))
    }

    /// Whether the line defines the name: assigns it, or is its `def`, `class`, `for` or `import`.
    pub fn defines(&self, number: usize, name: &str) -> bool {
        let line = self.line(number).unwrap_or_default().trim();
        let Some(found) = DEFINED.captures(line) else { return false };
        match found.get(1) {
            Some(named) => identifiers(named.as_str()).contains(name),
            None => &found[2] == name || !found[2].contains('(') && identifiers(&found[2]).contains(name),
        }
    }

    /// Whether `first..=last` is a whole: a header such as `def`, `class`, `for` or `with`, or an open bracket,
    /// together with everything indented under it.
    pub fn is_unit(&self, first: usize, last: usize) -> bool {
        let text = |number: usize| self.line(number).unwrap_or("");
        let indent = |number: usize| text(number).len() - text(number).trim_start().len();
        let code = text(first).split('#').next().unwrap_or("").trim_end();
        let within = |&number: &usize| {
            let closes = text(number).trim().starts_with([')', ']', '}']) && indent(number) == indent(first);
            indent(number) > indent(first) || closes
        };
        let filled = (first + 1..=self.len()).filter(|&number| !self.is_blank(number));
        let end = filled.take_while(within).last().unwrap_or(first);
        code.ends_with([':', '(', '[', '{']) && self.is_code(first) && end == last
    }
}

fn squeezed(code: &str) -> String {
    code.split_whitespace().collect()
}

/// The names in a piece of Python, its own words left out.
pub fn identifiers(code: &str) -> BTreeSet<&str> {
    WORD.find_iter(code).map(|word| word.as_str()).filter(|word| !KEYWORDS.contains(word)).collect()
}
