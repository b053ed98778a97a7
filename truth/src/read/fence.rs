//! The info strings of fenced blocks: what a block shows, and where its content comes from.

use std::ops::Range;

/// What a fenced block shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fence {
    /// `python microgpt.py:39-41`: these lines of the program.
    Quote {
        /// First line, counted from 1.
        first: usize,
        /// Last line, included.
        last: usize,
    },
    /// `python beyond/numpy_gpt.py:10-20` or `rs beyond/candle/src/main.rs:10-20`: these lines of another program.
    Source {
        /// Its path, relative to the root.
        path: String,
        /// First line, counted from 1.
        first: usize,
        /// Last line, included.
        last: usize,
    },
    /// `text output:LABEL` or `mermaid output:LABEL`: a block of a transcript.
    Output(Output),
    /// `python`: other Python.
    Python,
    /// `rust`: a snippet that is compiled and run.
    Rust,
    /// `sh`: commands.
    Shell,
    /// `mermaid`: a diagram drawn by hand.
    Mermaid,
    /// `text`: a drawing in characters.
    Text,
    /// Anything else, with what is wrong about it.
    Strange(String),
}

/// What an output block shows: `output:[EXAMPLE:]LABEL[:FIRST-LAST]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The example, when it is not the page's own.
    pub example: Option<String>,
    /// The label of the block in its transcript.
    pub label: String,
    /// Which of the block's lines, counted from 0; all of them when absent.
    pub lines: Option<Range<usize>>,
}

impl Fence {
    /// Reads an info string.
    pub fn parse(info: &str) -> Fence {
        let words: Vec<&str> = info.split_whitespace().collect();
        match words.as_slice() {
            [language @ ("python" | "rs"), source] => {
                let quoted =
                    source.split_once(':').and_then(|(path, lines)| Some((path, line_range(lines)?)));
                match (*language, quoted) {
                    ("python", Some(("microgpt.py", (first, last)))) => Fence::Quote { first, last },
                    (_, Some((path, (first, last)))) if path.starts_with("beyond/") => {
                        Fence::Source { path: path.to_string(), first, last }
                    }
                    _ => Fence::Strange(
                        "a quote is written ```python microgpt.py:FIRST-LAST, ```python beyond/FILE.py:FIRST-LAST \
                         or ```rs beyond/FILE.rs:FIRST-LAST"
                            .to_string(),
                    ),
                }
            }
            ["text" | "mermaid", source] => match source.strip_prefix("output:").and_then(Output::parse) {
                Some(output) => Fence::Output(output),
                None => Fence::Strange(
                    "output is written ```text output:LABEL or ```text output:EXAMPLE:LABEL".to_string(),
                ),
            },
            ["python"] => Fence::Python,
            ["rust"] => Fence::Rust,
            ["sh"] => Fence::Shell,
            ["mermaid"] => Fence::Mermaid,
            ["text"] => Fence::Text,
            _ => Fence::Strange(
                "the info strings are: python, python microgpt.py:FIRST-LAST, \
                 python beyond/FILE.py:FIRST-LAST, rs beyond/FILE.rs:FIRST-LAST, rust, sh, text, \
                 text output:LABEL, mermaid, mermaid output:LABEL"
                    .to_string(),
            ),
        }
    }
}

impl Output {
    /// Reads what follows `output:` or stands in `<!-- from: … -->`.
    pub fn parse(text: &str) -> Option<Output> {
        let mut parts: Vec<&str> = text.split(':').collect();
        let lines = parts.last().filter(|last| last.starts_with(|c: char| c.is_ascii_digit())).copied();
        let lines = match lines {
            Some(lines) => {
                parts.pop();
                let (first, last) = line_range(lines)?;
                Some(first - 1..last)
            }
            None => None,
        };
        let (example, label) = match parts.as_slice() {
            [label] => (None, label),
            [example, label] => (Some(example.to_string()), label),
            _ => return None,
        };
        let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (!label.is_empty() && label.chars().all(valid)).then(|| Output {
            example,
            label: label.to_string(),
            lines,
        })
    }
}

/// `39-41` or `39`.
fn line_range(text: &str) -> Option<(usize, usize)> {
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
        None => (text.parse().ok()?, text.parse().ok()?),
    };
    (first >= 1 && first <= last && last < 10_000).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_strings_are_read() {
        assert_eq!(Fence::parse("python microgpt.py:39-41"), Fence::Quote { first: 39, last: 41 });
        assert_eq!(
            Fence::parse("rs beyond/a/main.rs:9"),
            Fence::Source { path: "beyond/a/main.rs".to_string(), first: 9, last: 9 }
        );
        assert_eq!(
            Fence::parse("text output:lesson_01_the_dataset:first-names:2-4"),
            Fence::Output(Output {
                example: Some("lesson_01_the_dataset".to_string()),
                label: "first-names".to_string(),
                lines: Some(1..4),
            })
        );
        for strange in [
            "python microgpt.py:41-39",
            "python other.py:1-2",
            "rs microgpt.py:1-2",
            "python beyond/a.py",
            "text output",
            "console",
            "rust,ignore",
            "",
        ] {
            assert!(matches!(Fence::parse(strange), Fence::Strange(_)), "{strange}");
        }
    }
}
