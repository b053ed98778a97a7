//! A transcript: what an example prints, kept beside it as `examples/NAME.txt`.
//!
//! It consists of labelled blocks. A heading `--- most common letters ---` opens a block that
//! chapters show under the label `most-common-letters`.

use std::ops::Range;

/// The output of one example, by its labelled blocks.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// Name of the example.
    pub name: String,
    /// The whole output.
    pub text: String,
    /// Its blocks in order. What stands before the first heading is a block called `start`.
    pub blocks: Vec<Labelled>,
}

/// One block of a transcript.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// The heading with hyphens for spaces.
    pub label: String,
    /// The line of its first content line in the transcript, counted from 1.
    pub line: usize,
    /// Its lines, without empty ones at the beginning and the end.
    pub lines: Vec<String>,
}

impl Transcript {
    /// Reads a transcript.
    pub fn parse(name: impl Into<String>, text: impl Into<String>) -> Transcript {
        let text = text.into();
        let mut blocks = vec![Labelled { label: "start".to_string(), line: 1, lines: Vec::new() }];
        for (index, line) in text.lines().enumerate() {
            if let Some(heading) = heading(line) {
                blocks.push(Labelled {
                    label: heading.replace(' ', "-"),
                    line: index + 2,
                    lines: Vec::new(),
                });
            } else if let Some(block) = blocks.last_mut() {
                block.lines.push(line.to_string());
            }
        }
        for block in &mut blocks {
            let filled = |line: &String| !line.trim().is_empty();
            let first = block.lines.iter().position(filled).unwrap_or(0);
            let end = block.lines.iter().rposition(filled).map_or(0, |at| at + 1);
            block.line += first;
            block.lines = block.lines[first..end.max(first)].to_vec();
        }
        blocks.retain(|block| block.label != "start" || !block.lines.is_empty());
        Transcript { name: name.into(), text, blocks }
    }

    /// The block with this label.
    pub fn block(&self, label: &str) -> Option<&Labelled> {
        self.blocks.iter().find(|block| block.label == label)
    }
}

impl Labelled {
    /// The block's lines, or some of them (counted from 0), each with its line end.
    pub fn text(&self, lines: Option<Range<usize>>) -> Option<String> {
        let lines = self.lines.get(lines.unwrap_or(0..self.lines.len()))?;
        Some(lines.iter().flat_map(|line| [line, "\n"]).collect())
    }
}

/// The words of a heading line: `--- most common letters ---`.
pub fn heading(line: &str) -> Option<&str> {
    line.strip_prefix("--- ")?.strip_suffix(" ---")
}
