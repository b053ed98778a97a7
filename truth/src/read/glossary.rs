//! The glossary: `course/appendix/glossary.md` as data, and where its terms occur in a page.
//!
//! Each term is a level-3 heading, its definition, and a last paragraph that says which chapter
//! introduces it and what else it is called:
//!
//! ```markdown
//! ### block size
//!
//! The largest number of positions the model sees at once.
//!
//! Introduced in [1.2 The BOS token](../01-…/02-the-bos-token.md). Also: *context length*.
//! ```

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::read::chapter::Chapter;
use crate::read::page::{Kind, Page, Style};

static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"Introduced in \[?((?:\d+|A)\.\d+)").unwrap());
static BEYOND: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"Introduced in \[[^\]]+\]\(\.\./(beyond/[a-z-]+\.md)\)").unwrap());
static ALIAS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\*([^*]+)\*").unwrap());

/// A word with its definition.
#[derive(Debug, Clone, Default)]
pub struct Term {
    /// The term as its heading writes it. With a capital letter it is matched as written, without
    /// one in any case.
    pub name: String,
    /// Other words for it, in the same manner.
    pub aliases: Vec<String>,
    /// Its definition, Markdown as it stands in the glossary (links are relative to that page).
    pub definition_markdown: String,
    /// The same without markup.
    pub definition: String,
    /// The chapter that introduces it; `None` when a page beyond the chapters does, or the glossary fails to say it.
    pub introduced_in: Option<Chapter>,
    /// The page beyond the chapters that introduces it, relative to the root.
    pub introduced_beyond: Option<String>,
    /// Anchor of its heading in the glossary page.
    pub anchor: String,
    /// Where its heading stands in the glossary page.
    pub offset: usize,
}

/// All terms, and what finds them in a text.
#[derive(Debug, Clone, Default)]
pub struct Glossary {
    /// The terms in the order of the page.
    pub terms: Vec<Term>,
    /// Every name and alias in one expression.
    finder: Option<Regex>,
    /// The term of each name and alias, in the form that [`key`] gives it.
    names: HashMap<String, usize>,
}

impl Glossary {
    /// Reads the glossary page.
    pub fn parse(page: &Page) -> Glossary {
        let mut terms: Vec<Term> = Vec::new();
        let mut in_term = false;
        for block in &page.blocks {
            if let Kind::Heading { level, id } = &block.kind {
                in_term = *level == 3;
                let (name, anchor) = (block.text.clone(), id.clone());
                terms.extend(in_term.then(|| Term {
                    name,
                    anchor,
                    offset: block.range.start,
                    ..Term::default()
                }));
                continue;
            }
            let Some(term) = terms.last_mut().filter(|_| in_term) else { continue };
            let source = &page.text[block.range.clone()];
            let (definition, origin) = source.split_at(source.find("Introduced in").unwrap_or(source.len()));
            if !origin.is_empty() {
                term.introduced_in = NUMBER.captures(origin).and_then(|found| Chapter::numbered(&found[1]));
                term.introduced_beyond = BEYOND.captures(origin).map(|found| format!("course/{}", &found[1]));
                let (_, also) = origin.split_once("Also:").unwrap_or_default();
                term.aliases.extend(ALIAS.captures_iter(also).map(|found| found[1].to_string()));
            }
            for (text, addition) in [
                (&mut term.definition_markdown, definition),
                (&mut term.definition, block.text.split("Introduced in").next().unwrap_or("")),
            ] {
                *text = format!("{text}\n\n{}", addition.trim()).trim().to_string();
            }
        }
        let named = |(at, term): (usize, &Term)| {
            let names = std::iter::once(&term.name).chain(&term.aliases);
            names.map(|name| (name.clone(), at)).collect::<Vec<_>>()
        };
        let names: Vec<(String, usize)> = terms.iter().enumerate().flat_map(named).collect();
        let finder = finder(names.iter().map(|(name, _)| name.as_str()).collect());
        let names = names.into_iter().map(|(name, at)| (key(&name), at)).collect();
        Glossary { terms, finder, names }
    }

    /// The term with this name or alias, in whatever number and, where it has no capital, case.
    pub fn term(&self, name: &str) -> Option<usize> {
        match self.find(name).as_slice() {
            [(range, term)] if range.len() == name.len() => Some(*term),
            _ => None,
        }
    }

    /// Every occurrence of a term in a text, the longest one where terms overlap.
    pub fn find(&self, text: &str) -> Vec<(Range<usize>, usize)> {
        let Some(finder) = &self.finder else { return Vec::new() };
        finder
            .find_iter(text)
            .filter_map(|found| Some((found.range(), *self.names.get(&key(found.as_str()))?)))
            .collect()
    }

    /// The occurrences of terms in the running text of a page: not in headings, links, code,
    /// formulas, bold text or raw HTML, and each term once under each level-2 heading: where they stand in
    /// the page's text, in bytes, and which term, as an index into [`Glossary::terms`].
    pub fn uses(&self, page: &Page) -> Vec<(Range<usize>, usize)> {
        let mut seen = HashSet::new();
        let mut uses = Vec::new();
        for block in &page.blocks {
            if !matches!(block.kind, Kind::Paragraph | Kind::Cell { .. }) {
                continue;
            }
            for (range, term) in self.find(&block.prose()) {
                let Some(run) = block.run_at(range.start) else { continue };
                let plain = run.style == Style::Prose
                    && run.link.is_none()
                    && !run.strong
                    && range.end <= run.range.end;
                if plain && seen.insert((block.section, term)) {
                    let start = block.source(range.start);
                    uses.push((start..start + range.len(), term));
                }
            }
        }
        uses
    }
}

/// One expression for all names; longer names first, so that they win over their parts.
fn finder(mut names: Vec<&str>) -> Option<Regex> {
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let alternatives: Vec<String> = names.into_iter().map(pattern).collect();
    let finder = || Regex::new(&format!(r"\b(?:{})(?:['’]s)?\b", alternatives.join("|")));
    // Names are escaped, so the expression is always well-formed.
    (!alternatives.is_empty()).then(|| finder().expect("escaped names"))
}

/// What all forms of a name have in common: no capitals, no hyphens, no ending for the plural.
fn key(name: &str) -> String {
    let name = name.trim_end_matches("'s").trim_end_matches("’s").to_lowercase();
    let name = name.split(|c: char| c == '-' || c.is_whitespace()).collect::<Vec<_>>().join(" ");
    let stem = name.strip_suffix("ies").or_else(|| name.strip_suffix('y'));
    match stem {
        Some(stem) => stem.to_string(),
        None => name.trim_end_matches('s').trim_end_matches('e').to_string(),
    }
}

/// A name with any space or hyphen between its words, singular or plural.
fn pattern(name: &str) -> String {
    let words: Vec<String> = name.split([' ', '-']).map(regex::escape).collect();
    let words = words.join(r"[\s-]");
    let words = match words.strip_suffix('y') {
        Some(stem) => format!("{stem}(?:y|ies)"),
        None => format!("{words}(?:s|es)?"),
    };
    if name.chars().any(char::is_uppercase) { words } else { format!("(?i:{words})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glossary() -> Glossary {
        Glossary::parse(&Page::parse(
            crate::read::chapter::GLOSSARY,
            "# A.1 Glossary\n\n### Adam\n\nAn optimizer.\n\nIntroduced in 4.4 The Adam optimizer.\n\n\
             ### block size\n\nHow *much* it sees.\n\nIntroduced in [1.2 The BOS token](../x.md). \
             Also: *context length*, *context window*.\n\n### token\n\nA unit.\n\nIntroduced in 1.0.\n",
        ))
    }

    #[test]
    fn terms_have_definition_origin_and_aliases() {
        let glossary = glossary();
        let term = &glossary.terms[1];
        assert_eq!(term.name, "block size");
        assert_eq!(term.definition_markdown, "How *much* it sees.");
        assert_eq!(term.definition, "How much it sees.");
        assert_eq!(term.aliases, ["context length", "context window"]);
        assert_eq!(term.introduced_in, Chapter::numbered("1.2"));
        assert_eq!(term.anchor, "block-size");
    }

    #[test]
    fn terms_are_found_as_words_in_singular_and_plural() {
        let glossary = glossary();
        let find = |text: &str| -> Vec<&str> {
            glossary.find(text).iter().map(|(_, term)| glossary.terms[*term].name.as_str()).collect()
        };
        assert_eq!(find("Tokens fill the block-size; a tokenizer"), ["token", "block size"]);
        assert_eq!(find("adam is a name, Adam is not"), ["Adam"]);
        assert_eq!(glossary.term("context windows"), Some(1));
        assert_eq!(glossary.term("a token"), None);
    }

    #[test]
    fn tooltips_go_to_the_first_plain_use_in_each_section() {
        let page = Page::parse(
            "course/x.md",
            "# token\n\n**token** `token` [token](a.md) a token, a token\n\n## B\n\nThis token.\n",
        );
        let uses = glossary().uses(&page);
        let texts: Vec<_> =
            uses.iter().map(|(range, _)| (&page.text[range.clone()], page.line(range.start))).collect();
        assert_eq!(texts, [("token", 3), ("token", 7)]);
        assert_eq!(page.text[..uses[0].0.start].lines().last(), Some("**token** `token` [token](a.md) a "));
    }
}
