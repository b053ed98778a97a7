//! The shape of a lesson and its checkpoints, on a made-up lesson that is in order and on copies that are not.

use tempfile::TempDir;
use truth::judge::{answers, lesson};
use truth::problem::Problem;
use truth::read::chapter::Chapter;
use truth::{Course, Report};

const LESSON: &str = include_str!("../../book/tests/lesson/lesson.md");
const PATH: &str = "course/01-data-and-tokenization/02-the-bos-token.md";
const GLOSSARY: &str = "# A.1 Glossary\n\n### BOS\n\nThe token at *both ends*, see [token](#token). It has an id.\n\n\
    Introduced in [1.2 The BOS token](../01-data-and-tokenization/02-the-bos-token.md).\n";

/// A folder with a course of this one lesson.
fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("microgpt.py", include_str!("../../microgpt.py")),
        (
            "course/SUMMARY.md",
            "# Summary\n\n- [1.2 The BOS token](01-data-and-tokenization/02-the-bos-token.md)\n",
        ),
        ("examples/lesson_01_the_bos_token.txt", include_str!("../../book/tests/lesson/lesson.txt")),
        ("course/appendix/glossary.md", GLOSSARY),
        (PATH, text),
    ] {
        let path = folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    folder
}

/// The lesson with its list of new words.
fn lesson() -> String {
    let folder = folder(LESSON);
    truth::sync::run(folder.path()).unwrap();
    fs_err::read_to_string(folder.path().join(PATH)).unwrap()
}

fn problems(text: &str) -> Vec<Problem> {
    let course = Course::load(folder(text).path()).unwrap();
    let page = &course.pages[PATH];
    let mut report = Report::default();
    lesson::check(&course, Chapter::at(PATH).unwrap(), page, &mut report);
    answers::check_page(&course, page, &mut report);
    report.problems
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
fn what_breaks_a_lesson_is_found_at_its_line() {
    let good = lesson();
    let long = format!("One token stands at both ends. {}", "Word after word. ".repeat(430));
    let full = format!("Two tokens are one row more. {}", "Word after word. ".repeat(170));
    let title = "<summary>One token or two: here it makes no difference";
    let rust = "```rust\nlet a = 1;\n```\n\nWithout an end,";
    let link = "Without an end ([here](#in-rust-the-same-tokens-to-the-last-one)),";
    // What is changed into what, where that is found (by a text of the line), and what is wanted.
    for (from, to, place, wanted) in [
        ("## By hand", "## With a pencil", "## By hand", "## By hand; a lesson has these parts"),
        ("One token stands at both ends.", long.as_str(), "# 1.2", "at most 1300: move"),
        ("Two tokens are one row more.", full.as_str(), title, "at most 500: two boxes"),
        (&format!("{title}</summary>"), "", title, "a title"),
        (title, "<summary>", title, "a title that says the result of the box, in <details><summary>"),
        (title, "<summary>Tokens", title, "three words"),
        ("<summary>One token or two", "<summary>one token or two", title, "capital letter"),
        ("Without an end,", link, "Without an end,", "needs none of its boxes"),
        ("Without an end,", "Why, you see below. Without an end,", "Without an end,", "the reason itself"),
        ("Without an end,", rust, "Without an end,", "Rust in boxes alone: move it"),
        ("## Going deeper\n", "## Going deeper\n\nAnd a walk.\n", title, "boxes alone"),
        ("<!-- /new-words -->", "- a word\n\n<!-- /new-words -->", "<!-- new-words -->", "cargo book sync"),
        (
            "Run it:",
            "[token](../appendix/glossary.md#token). Run it:",
            "Run it:",
            "in the list of new words alone",
        ),
        ("cargo run --example lesson_01_the_bos_token", "cargo run", "## You have it", "Run it: `cargo run"),
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
        ("- **the end of a name**", "- *the end of a name*", "<!-- checkpoint: choice", "exactly one"),
        ("- *the first letter*: it", "- **the first letter**: it", "<!-- checkpoint: choice", "exactly one"),
        ("line 158 -->", "line 33 -->", "<!-- checkpoint: line", "a line that the page quotes"),
        ("**Line 158**: `n", "**Line 157**: `n", "**Line 158**: `n", "**Line 158**, first"),
        ("`n = min(block_size, len(tokens) - 1)`", "so", "**Line 158**: `n", "code of line 158"),
        ("state tokenizer", "state attention", "<!-- checkpoint: state", "stands on this page"),
        ("until=\"name~zz\"", "until=\"\"", "<!-- checkpoint: state", "with conditions such as"),
    ] {
        let line = |text: &str| good.lines().position(|line| line.contains(text)).expect(text) + 1;
        assert!(good.contains(from), "{from}");
        let found = problems(&good.replacen(from, to, 1));
        let hit = found.iter().find(|problem| problem.wanted.contains(wanted));
        let hit = hit.unwrap_or_else(|| panic!("{from} -> {to}: {found:#?}"));
        let added = to.matches('\n').count().saturating_sub(from.matches('\n').count());
        assert!(hit.file == PATH && (line(place)..=line(place) + added).contains(&hit.line), "{hit}");
    }
}

#[test]
fn three_checkpoints_are_enough_and_the_example_says_what_is_right() {
    let good = lesson();
    let three = good.replacen("<!-- checkpoint: choice missing -->\n", "", 1);
    assert!(problems(&three).is_empty());
    let two = three.replacen("<!-- checkpoint: line 158 -->\n", "", 1);
    assert!(problems(&two)[0].wanted.contains("at least 3"), "{:?}", problems(&two));
    // Of another kind, what is right by the example but called wrong on the page.
    let swapped = good
        .replace("- *the first letter*: it", "- **the first letter**: it")
        .replace("- **the end of a name**: the", "- *the end of a name*: the");
    assert!(problems(&swapped).iter().any(|problem| problem.wanted.contains("which the example computed")));
}
