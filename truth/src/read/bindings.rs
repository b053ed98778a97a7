//! Where the numbers of each block of a page come from, as its comments say.
//!
//! `<!-- from: LABEL, EXAMPLE:LABEL -->` covers what stands behind it: right after a heading all until the
//! next heading of the same or a higher level, first in a fold all of the fold and its title, elsewhere the next block. A
//! later comment takes the place of an earlier one. A checkpoint has its own block besides.

use std::ops::Range;

use crate::read::checkpoints::checkpoints;
use crate::read::page::{Binding, Kind, Page};

/// Where the numbers of a block come from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The comment, as an index into `Page::bindings`.
    pub binding: Option<usize>,
    /// The labels of the comment, and that of a checkpoint.
    pub labels: Vec<String>,
}

/// The sources of each block of a page.
pub fn sources(page: &Page) -> Vec<Sources> {
    let reaches: Vec<Option<Range<usize>>> =
        page.bindings.iter().map(|binding| reach(page, binding)).collect();
    let (checkpoints, _) = checkpoints(page);
    page.blocks
        .iter()
        .map(|block| {
            let at = block.range.start;
            let covers =
                |reach: &Option<Range<usize>>| reach.as_ref().is_some_and(|reach| reach.contains(&at));
            let wide = reaches.iter().rposition(covers);
            let binding = wide.max(block.from);
            let mut labels = binding.map_or(Vec::new(), |binding| page.bindings[binding].labels.clone());
            let own = checkpoints.iter().filter(|checkpoint| checkpoint.quote.contains(&at));
            labels.extend(own.filter_map(|checkpoint| checkpoint.ask.block(&checkpoint.id)));
            Sources { binding, labels }
        })
        .collect()
}

/// What a comment covers beyond the next block.
fn reach(page: &Page, binding: &Binding) -> Option<Range<usize>> {
    let at = binding.range.start;
    let before = page.text[..at].trim_end_matches(|c: char| c.is_whitespace() || c == '>');
    if before.ends_with("</summary") {
        let fold = page.folds.iter().rfind(|fold| fold.range.contains(&at))?;
        return Some(fold.range.clone());
    }
    let heading = page.blocks.iter().rev().find(|block| block.range.start < at)?;
    let Kind::Heading { level, .. } = heading.kind else { return None };
    if !page.text[heading.range.end.min(at)..at].trim().is_empty() {
        return None;
    }
    let next = page.blocks.iter().find(|block| {
        let same = matches!(block.kind, Kind::Heading { level: other, .. } if other <= level);
        same && block.range.start > at
    });
    Some(at..next.map_or(page.text.len(), |next| next.range.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_comment_counts() {
        let text = "# L\n\n<!-- from: all -->\n\nzero\n\n## A\n\n<!-- from: a, b:c -->\n\none\n\n### Part\n\ntwo\n\n\
            <!-- from: near -->\n\n| three |\n|---|\n| 3 |\n\nfour\n\n## B\n\nfive\n\n<details><summary>S</summary>\n\n\
            <!-- from: fold -->\n\nsix\n\n<!-- checkpoint: number own -->\n> seven\n\n</details>\n\neight\n";
        let page = Page::parse("course/x.md", text);
        let all = sources(&page);
        let of = |word: &str| {
            let at = page.blocks.iter().position(|block| block.text.trim() == word).expect(word);
            all[at].labels.join(" ")
        };
        for (word, expected) in [
            ("zero", "all"),
            ("one", "a b:c"),
            ("two", "a b:c"),
            ("three", "near"),
            ("3", "near"),
            ("four", "a b:c"),
            ("five", "all"),
            ("S", "fold"),
            ("six", "fold"),
            ("seven", "fold checkpoint-own"),
            ("eight", "all"),
        ] {
            assert_eq!(of(word), expected, "{word}");
        }
    }
}
