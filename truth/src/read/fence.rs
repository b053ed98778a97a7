//! The info strings of fenced blocks: what a block shows, and where its content comes from.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

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
    Strange(&'static str),
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
        let fence = match words.as_slice() {
            [language @ ("python" | "rs"), source] => source.split_once(':').and_then(|(path, lines)| {
                let (first, last) = line_range(lines)?;
                let source = || Fence::Source { path: path.to_string(), first, last };
                match path {
                    "microgpt.py" if *language == "python" => Some(Fence::Quote { first, last }),
                    _ => path.starts_with("beyond/").then(source),
                }
            }),
            ["text" | "mermaid", source] => {
                source.strip_prefix("output:").and_then(Output::parse).map(Fence::Output)
            }
            ["python"] => Some(Fence::Python),
            ["rust"] => Some(Fence::Rust),
            ["sh"] => Some(Fence::Shell),
            ["mermaid"] => Some(Fence::Mermaid),
            ["text"] => Some(Fence::Text),
            _ => None,
        };
        fence.unwrap_or(Fence::Strange(
            "one of the info strings: python, python microgpt.py:FIRST-LAST, python beyond/FILE.py:FIRST-LAST, \
             rs beyond/FILE.rs:FIRST-LAST, rust, sh, text, mermaid, text output:LABEL, text output:EXAMPLE:LABEL, \
             mermaid output:LABEL",
        ))
    }
}

/// `LABEL`, `EXAMPLE:LABEL`, and either with `:FIRST-LAST` behind it.
static OUTPUT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:([^:]+):)?([a-z-][a-z0-9-]*)(?::([\d-]+))?$").unwrap());

impl Output {
    /// Reads what follows `output:` or stands in `<!-- from: … -->`.
    pub fn parse(text: &str) -> Option<Output> {
        let found = OUTPUT.captures(text)?;
        let lines = match found.get(3) {
            Some(lines) => line_range(lines.as_str()).map(|(first, last)| Some(first - 1..last))?,
            None => None,
        };
        let example = found.get(1).map(|example| example.as_str().to_string());
        Some(Output { example, label: found[2].to_string(), lines })
    }
}

/// `39-41` or `39`.
fn line_range(text: &str) -> Option<(usize, usize)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
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
        for strange in
            "python microgpt.py:41-39|python other.py:1-2|rs microgpt.py:1-2|python beyond/a.py|text output|\
                        console|rust,ignore|text output:A|text output:a:4-2|"
                .split('|')
        {
            assert!(matches!(Fence::parse(strange), Fence::Strange(_)), "{strange}");
        }
    }
}
