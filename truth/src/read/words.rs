//! The words of a text, as far as they can tie a number to its name: in a transcript they label
//! the values, in a paragraph they say what its numbers are about.

use std::collections::BTreeSet;

/// Words that name nothing.
const COMMON: [&str; 62] = [
    "about", "after", "again", "all", "also", "and", "any", "are", "as", "at", "be", "because", "been",
    "before", "both", "but", "by", "can", "do", "does", "each", "every", "for", "from", "had", "has", "have",
    "here", "how", "if", "in", "into", "is", "it", "its", "no", "not", "now", "of", "on", "one", "only",
    "or", "other", "out", "so", "than", "that", "the", "their", "them", "then", "there", "they", "this",
    "to", "was", "what", "when", "which", "with", "you",
];

/// The stems of the words of a text. Single letters count only where they are names, as they are
/// in code, formulas and output; in prose `a` and `i` are ordinary words.
pub fn words(text: &str, letters: bool) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        for part in humps(word) {
            let part = part.to_lowercase();
            let letter = part.chars().count() == 1;
            let name = !letter || letters || !matches!(part.as_str(), "a" | "i" | "s" | "t");
            if name && part.chars().any(char::is_alphabetic) && !COMMON.contains(&part.as_str()) {
                words.insert(stem(&part).to_string());
            }
        }
    }
    words
}

/// Whether some word of one text stands in the other, be it in a longer or a shorter form.
pub fn meet(some: &BTreeSet<String>, others: &BTreeSet<String>) -> bool {
    some.iter().any(|word| stands_in(word, others))
}

/// How many words of one text stand in the other.
pub fn common(some: &BTreeSet<String>, others: &BTreeSet<String>) -> usize {
    some.iter().filter(|word| stands_in(word, others)).count()
}

/// Whether a word stands in a text, be it in a longer or a shorter form.
fn stands_in(word: &str, others: &BTreeSet<String>) -> bool {
    others.contains(word) || others.iter().any(|other| alike(word, other))
}

/// `vocab` and `vocabulary`, `doc` and `document`.
fn alike(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short.chars().count() >= 3 && long.starts_with(short)
}

/// `headDim` as `head`, `Dim`.
fn humps(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut small = false;
    for (at, c) in word.char_indices() {
        if c.is_uppercase() && small {
            parts.push(&word[start..at]);
            start = at;
        }
        small = c.is_lowercase();
    }
    parts.push(&word[start..]);
    parts
}

/// The word without an ending for number or tense; crude, but the same on both sides.
fn stem(word: &str) -> &str {
    let ends = ["ing", "ed", "es", "s", "e"];
    ends.iter()
        .filter_map(|end| word.strip_suffix(end))
        .find(|stem| stem.chars().count() >= 3 || word.len() == 3 && stem.len() == 2)
        .unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_meet_in_all_their_forms() {
        for (a, b) in [
            ("the vocabulary has", "vocab size"),
            ("shuffled names", "shuffle"),
            ("all documents", "num docs"),
            ("their ids", "id"),
            ("blockSize", "block_size"),
        ] {
            assert!(meet(&words(a, false), &words(b, true)), "{a} / {b}");
        }
        assert!(!meet(&words("a name of all", false), &words("a  13", true)));
        assert!(meet(&words("n comes", false), &words("n  13", true)));
    }
}
