//! The shape of a lesson and its checkpoints, on a made-up lesson that is in order and on copies that are not.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use truth::Course;
use truth::judge::{answers, lesson};
use truth::problem::Problem;
use truth::read::chapter::Chapter;

const LESSON: &str = include_str!("../../book/tests/lesson/lesson.md");
const PATH: &str = "course/01-data-and-tokenization/02-the-bos-token.md";

/// A course of this one lesson.
struct Folder(PathBuf);

impl Folder {
    fn new(text: &str) -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("lesson-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let root = std::env::temp_dir().join(name);
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("microgpt.py", include_str!("../../microgpt.py"));
        write(
            "course/SUMMARY.md",
            "# Summary\n\n- [1.2 The BOS token](01-data-and-tokenization/02-the-bos-token.md)\n",
        );
        write("examples/lesson_01_the_bos_token.txt", include_str!("../../book/tests/lesson/lesson.txt"));
        write(
            "course/appendix/glossary.md",
            "# A.1 Glossary\n\n### BOS\n\nThe token at *both ends*, see [token](#token). It has an id.\n\n\
             Introduced in [1.2 The BOS token](../01-data-and-tokenization/02-the-bos-token.md).\n",
        );
        write(PATH, text);
        Folder(root)
    }

    fn course(&self) -> Course {
        Course::load(&self.0).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// The lesson with its list of new words.
fn lesson() -> String {
    let folder = Folder::new(LESSON);
    truth::sync::run(&folder.0).unwrap();
    fs::read_to_string(folder.0.join(PATH)).unwrap()
}

fn problems(text: &str) -> Vec<Problem> {
    let folder = Folder::new(text);
    let course = folder.course();
    let page = &course.pages[PATH];
    let mut problems = lesson::check(&course, Chapter::at(PATH).unwrap(), page);
    problems.extend(answers::check_page(&course, page));
    problems
}

#[test]
fn new_words_are_the_first_sentences_of_the_glossary() {
    assert!(
        lesson().contains(
            "<!-- new-words -->\n\n- [BOS](../appendix/glossary.md#bos): The token at *both ends*, see token.\n\n<!-- /new-words -->"
        ),
        "{}",
        lesson()
    );
}

#[test]
fn a_lesson_in_order_has_no_problems() {
    let problems = problems(&lesson());
    assert!(problems.is_empty(), "{}", problems.iter().map(ToString::to_string).collect::<String>());
}

#[test]
fn what_breaks_the_shape_is_found_at_its_line() {
    let good = lesson();
    let long = format!("One token stands at both ends. {}", "Word after word. ".repeat(430));
    let full = format!("Two tokens are one row more. {}", "Word after word. ".repeat(170));
    for (from, to, expected, mend) in [
        ("## By hand", "## With a pencil", "## By hand", "these parts"),
        ("One token stands at both ends.", long.as_str(), "at most 1300", "Going deeper"),
        ("Two tokens are one row more.", full.as_str(), "at most 500", "two boxes"),
        ("<summary>One token or two: here it makes no difference</summary>", "", "a title", "<summary>"),
        ("<summary>One token or two: here it makes no difference", "<summary>", "a title", "<summary>"),
        (
            "<summary>One token or two: here it makes no difference",
            "<summary>Tokens",
            "three words",
            "<summary>",
        ),
        ("<summary>One token or two", "<summary>one token or two", "capital letter", "<summary>"),
        (
            "Without an end,",
            "Without an end (see [below](#in-rust-the-same-tokens-to-the-last-one)),",
            "needs none of its boxes",
            "delete",
        ),
        ("Without an end,", "Why, you see below. Without an end,", "the reason itself", "sentence"),
        ("Without an end,", "```rust\nlet a = 1;\n```\n\nWithout an end,", "Rust in boxes alone", "move it"),
        ("## Going deeper\n", "## Going deeper\n\nAnd a walk.\n", "boxes alone", "box"),
        ("<!-- checkpoint: choice missing -->\n", "", "", ""),
        ("<!-- /new-words -->", "- a word\n\n<!-- /new-words -->", "- [BOS]", "sync"),
        ("cargo run --example lesson_01_the_bos_token", "cargo run", "cargo run --example", "Run it"),
    ] {
        assert!(good.contains(from), "{from}");
        let changed = good.replacen(from, to, 1);
        let found = problems(&changed);
        if expected.is_empty() {
            assert!(found.is_empty(), "three checkpoints are left");
            let fewer = changed.replacen("<!-- checkpoint: line 158 -->\n", "", 1);
            assert!(problems(&fewer)[0].expected.contains("at least 3"), "{:?}", problems(&fewer));
            continue;
        }
        let hit =
            found.iter().find(|problem| problem.expected.contains(expected) && problem.fix.contains(mend));
        let hit = hit.unwrap_or_else(|| panic!("{to}: {found:#?}"));
        assert_eq!(hit.file, PATH);
        assert!(hit.line >= 1 && hit.line <= changed.lines().count(), "{hit}");
    }
}

#[test]
fn what_breaks_a_checkpoint_is_found_at_its_line() {
    let good = lesson();
    let line =
        |text: &str| good[..good.find(text).unwrap_or_else(|| panic!("{text}"))].matches('\n').count() + 1;
    for (from, to, place, expected) in [
        ("number share", "number part", "<!-- checkpoint: number", "no block `checkpoint-part`"),
        ("number share", "nummer share", "<!-- checkpoint: number", "one of the kinds"),
        ("number share", "number The Share", "<!-- checkpoint: number", "lower-case"),
        ("**0.57**", "**0.58**", "**0.57**", "a rounding of 0.571"),
        ("**0.57**", "0.57", "<!-- checkpoint: number", "a rounding of 0.571"),
        ("> - **1.75**: you divided seven by four.\n", "", "<!-- checkpoint: number", "for each hint"),
        ("**0.43**", "**0.44**", "**0.43**", "a rounding of 0.428"),
        (
            "*the first letter*:",
            "*the first*:",
            "*the first letter*",
            "what choosing \"the first letter\" means",
        ),
        ("it is there, but nothing says that it is the first.", "", "*the first letter*", "an explanation"),
        (
            "- **the end of a name**: the",
            "- *the end of a name*: the",
            "<!-- checkpoint: choice",
            "exactly one",
        ),
        ("- *the first letter*: it", "- **the first letter**: it", "<!-- checkpoint: choice", "exactly one"),
        ("line 158 -->", "line 33 -->", "<!-- checkpoint: line", "a line that the page quotes"),
        ("**Line 158**: `n", "**Line 157**: `n", "**Line 158**: `n", "**Line 158**, first"),
        ("`n = min(block_size, len(tokens) - 1)`", "so", "**Line 158**: `n", "code of line 158"),
        ("state tokenizer", "state attention", "<!-- checkpoint: state", "stands on this page"),
        ("until=\"name~zz\"", "until=\"\"", "<!-- checkpoint: state", "with conditions such as"),
    ] {
        assert!(good.contains(from), "{from}");
        let found = problems(&good.replacen(from, to, 1));
        let hit = found.iter().find(|problem| problem.expected.contains(expected));
        let hit = hit.unwrap_or_else(|| panic!("{from} -> {to}: {found:#?}"));
        assert_eq!((hit.file.as_str(), hit.line), (PATH, line(place)), "{hit}");
        assert!(!hit.fix.is_empty());
    }
    // Of another kind, what is right by the example but called wrong on the page.
    let swapped = good
        .replace("- *the first letter*: it", "- **the first letter**: it")
        .replace("- **the end of a name**: the", "- *the end of a name*: the");
    assert!(problems(&swapped).iter().any(|problem| problem.expected.contains("which the example computed")));
}
