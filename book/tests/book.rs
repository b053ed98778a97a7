//! The binary as an author meets it: on small books made here, and on the course itself.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAM: &str = "first = 1\n\ndef second(x):\n    return x * first\n";

/// A book of one lesson, with the real book.toml and theme.
fn book(lesson: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    let repository = repository();
    fs::copy(repository.join("book.toml"), dir.path().join("book.toml")).unwrap();
    copy(&repository.join("theme"), &dir.path().join("theme"));
    fs::write(dir.path().join("microgpt.py"), PROGRAM).unwrap();
    fs::create_dir_all(dir.path().join("course/01-data-and-tokenization")).unwrap();
    fs::write(
        dir.path().join("course/SUMMARY.md"),
        "# Summary\n\n- [1.0 The lesson](01-data-and-tokenization/00-the-dataset.md)\n- [1.1 Later]()\n",
    )
    .unwrap();
    write_lesson(&dir, lesson);
    dir
}

fn write_lesson(book: &TempDir, lesson: &str) {
    fs::write(book.path().join("course/01-data-and-tokenization/00-the-dataset.md"), lesson).unwrap();
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.path() {
            path if path.is_dir() => copy(&path, &to),
            path => drop(fs::copy(path, to).unwrap()),
        }
    }
}

fn command(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_book"));
    command.arg("--root").arg(root);
    command
}

fn build(book: &TempDir) -> Output {
    command(book.path()).arg("build").output().unwrap()
}

/// The page of a lesson that must build.
fn page(lesson: &str) -> String {
    let book = book(lesson);
    let output = build(&book);
    assert!(output.status.success(), "{}", stderr(&output));
    let page = book.path().join("target/book/01-data-and-tokenization/00-the-dataset.html");
    fs::read_to_string(page).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_quote_shows_its_line_numbers_beside_the_code() {
    let page = page(
        "# L\n\n1. In a list:\n\n   ```python microgpt.py:3-4\n   def second(x):\n       return x * first\n   ```\n",
    );
    assert!(page.contains("<figure class=\"quote\""), "{page}");
    assert!(page.contains("data-lines=\"3\n4\""));
    assert!(page.contains("<code>microgpt.py</code>, lines 3–4"));
    assert!(page.contains(
        "<pre><code class=\"language-python\">def second(x):\n    return x * first\n</code></pre>"
    ));
}

/// A lesson that explains the program.
const EXPLAINED: &str = "# 1.0 The lesson\n\n## The lines\n\n```python microgpt.py:1-2\nfirst = 1\n\n```\n\n\
    **Line 1** sets `first`, as [the index](../INDEX.md) says:\n\n- to one\n- for good\n\n\
    ```python microgpt.py:3-4\ndef second(x):\n    return x * first\n```\n\n\
    **Line 3** begins `second`.\n\n**Line 4** *multiplies*; [above](#the-lines) it stands.\n";

/// A book with the page of the whole program, as it is built.
fn whole_program(lesson: &str) -> (TempDir, Output) {
    let book = book(lesson);
    let course = book.path().join("course");
    let summary = fs::read_to_string(course.join("SUMMARY.md")).unwrap();
    let summary = summary.replacen("\n\n", "\n\n[Index](INDEX.md)\n[All](code.md)\n\n", 1);
    // To it the values of the program's lines lead.
    let microscope = "\n- [Microscope](beyond/gradient-microscope.md)\n";
    fs::write(course.join("SUMMARY.md"), summary + microscope).unwrap();
    fs::create_dir(course.join("beyond")).unwrap();
    fs::write(course.join("beyond/gradient-microscope.md"), "# Microscope\n").unwrap();
    fs::write(
        course.join("INDEX.md"),
        "# Index\n\n| Lesson | Lines |\n|---|---|\n\
         | [1.0 The lesson](01-data-and-tokenization/00-the-dataset.md) | 1–4 |\n",
    )
    .unwrap();
    fs::write(course.join("code.md"), format!("# All\n\n```python microgpt.py:1-4\n{PROGRAM}```\n")).unwrap();
    let output = build(&book);
    (book, output)
}

#[test]
fn the_whole_program_has_for_each_line_an_anchor_its_lesson_and_its_explanation() {
    let (book, output) = whole_program(EXPLAINED);
    assert!(output.status.success(), "{}", stderr(&output));
    let pages = book.path().join("target/book");
    let page = fs::read_to_string(pages.join("code.html")).unwrap();
    assert!(page.contains(&format!("<code class=\"language-python\">{PROGRAM}</code></pre>")), "{page}");
    let groups: Vec<&str> = page.split("<div class=\"lines\"").skip(1).collect();
    let lesson = "01-data-and-tokenization/00-the-dataset.html#the-lines";
    for (group, lines, anchors, text) in [
        (groups[0], "1\n2", &["L1", "L2", "L1-2"][..], "<strong>Line 1</strong> sets <code>first</code>"),
        (groups[1], "3", &["L3", "L3-4"], "<strong>Line 3</strong> begins <code>second</code>."),
        (groups[2], "4", &["L4"], "<strong>Line 4</strong> <em>multiplies</em>"),
    ] {
        assert!(group.contains(&format!("<label data-lines=\"{lines}\">")), "{group}");
        assert_eq!(group.matches("<span class=\"mark\" id=").count(), anchors.len(), "{group}");
        for anchor in anchors {
            assert!(group.contains(&format!("<span class=\"mark\" id=\"{anchor}\"")), "{group}");
        }
        assert!(group.contains(&format!("<a href=\"{lesson}\">1.0 The lesson</a>")), "{group}");
        assert!(group.contains(text), "{group}");
    }
    assert_eq!(groups.len(), 3);
    assert!(groups[0].contains("<a href=\"INDEX.html\">the index</a>"), "{}", groups[0]);
    assert!(groups[0].contains("<li>for good</li>"), "{}", groups[0]);
    assert!(groups[2].contains(&format!("<a href=\"{lesson}\">above</a>")), "{}", groups[2]);

    let page = fs::read_to_string(pages.join("01-data-and-tokenization/00-the-dataset.html")).unwrap();
    assert!(page.contains("<code>microgpt.py</code>, <a href=\"../code.html#L3-4\">lines 3–4</a>"), "{page}");
    truth::judge::html::check(&pages).unwrap().expect_true("pages");
}

#[test]
fn a_line_without_an_explanation_is_reported() {
    let (_, output) = whole_program(&EXPLAINED.replace("**Line 4** *multiplies*", "It multiplies"));
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(error.contains("microgpt.py:4") && error.contains("no explanation"), "{error}");
    assert!(!error.contains("microgpt.py:3"), "{error}");
}

#[test]
fn the_map_has_a_bar_for_each_line_and_marks_those_of_the_lesson() {
    let (book, output) = whole_program(EXPLAINED);
    assert!(output.status.success(), "{}", stderr(&output));
    let pages = book.path().join("target/book");
    let lesson = "01-data-and-tokenization/00-the-dataset.html";
    for (page, to_root, mark) in [(lesson, "../", r#" class="here""#), ("code.html", "", "")] {
        let page = fs::read_to_string(pages.join(page)).unwrap();
        let piece = format!(
            r#"<a href="{to_root}{lesson}" tabindex="-1" data-of="0" data-lines="4"{mark}><title>1.0 The lesson: lines 1"#
        );
        assert!(page.contains(&piece), "{page}");
        assert!(page.contains(r#"<path class="bars" d="M0 1h9M0 5h14M4 7h16"/>"#), "{page}");
    }
    // Neither found by the search nor printed once per chapter.
    for file in ["searchindex.js", "print.html"] {
        assert!(!fs::read_to_string(pages.join(file)).unwrap().contains("Map of microgpt"), "{file}");
    }
}

#[test]
fn a_page_has_a_link_to_its_text_and_ways_to_the_pages_beside_it() {
    let (book, _) = whole_program(EXPLAINED);
    let page = fs::read_to_string(book.path().join("target/book/code.html")).unwrap();
    let (before, _) = page.split_once("Skip to the text").expect("it is there");
    assert_eq!(before.matches("<a ").count(), 1, "it comes first");
    assert!(page.contains(r#"<main id="text""#), "{page}");
    for (rel, to, label) in [
        ("prev", "INDEX.html", "Previous: Index"),
        ("next", "01-data-and-tokenization/00-the-dataset.html", "Next: "),
    ] {
        assert!(page.contains(&format!(r#"rel="{rel}" href="{to}" title="{label}"#)), "{page}");
        assert!(page.contains(&format!(r#"<a class="way" rel="{rel}" href="{to}"><small>"#)), "{page}");
    }
}

#[test]
fn an_output_names_the_command_that_prints_it() {
    let page = page("# L\n\n```text output:all-names\nanna  $1 *x* <b>\n```\n");
    assert!(page.contains("<figure class=\"output\">"), "{page}");
    assert!(page.contains("<code>cargo run --example lesson_01_the_dataset</code>"));
    assert!(page.contains("<span>all names</span>"));
    assert!(page.contains("anna  $1 *x* &lt;b&gt;\n</code>"));
}

#[test]
fn a_diagram_is_drawn_and_said_in_words() {
    let diagram =
        "flowchart LR\n  accTitle: Two\n  a[\"one $1<br>{line}\"] -->|\"to & fro\"| b --> c([\"third\"])\n";
    for info in ["mermaid", "mermaid output:graph"] {
        let page = page(&format!(
            "# L\n\n1. In a list:\n\n   ```{info}\n   {}   ```\n",
            diagram.replace("\n", "\n   ").trim_end_matches(' ')
        ));
        let words = "Two: one $1 {line} leads to b (to &amp; fro); b leads to third.";
        assert!(page.contains(&format!("role=\"img\" aria-label=\"{words}\"")), "{page}");
        let (_, figure) = page.split_once("<figure class=\"diagram\">").unwrap();
        let (figure, _) = figure.split_once("</figure>").unwrap();
        for (part, count) in [
            ("<rect ", 3),
            ("class=\"arrow\"", 2),
            ("<text ", 5),
            ("textlength=", 5),
            ("{line}</text>", 1),
            (" id=", 0),
        ] {
            assert_eq!(figure.matches(part).count(), count, "{part} in {figure}");
        }
        assert!(!page.contains("mermaid"), "{page}");
    }
}

#[test]
fn a_box_of_a_diagram_is_as_wide_as_its_text_in_the_font_of_the_page() {
    let width = |text: &str| {
        let page = page(&format!("# L\n\n```mermaid\nflowchart TD\na[\"{text}\"]\n```\n"));
        let (_, rect) = page.split_once("<rect ").unwrap();
        let (_, width) = rect.split_once("width=\"").unwrap();
        width.split_once('"').unwrap().0.parse::<f64>().unwrap()
    };
    // As Chromium measures them, at 16 pixels
    for (text, measured) in [("WWWWWWWWWW", 125.8), ("iiiiiiiiii", 39.4), ("AVAVAVAVAV", 82.7)] {
        assert!((width(text) - 36.0 - measured).abs() < 0.2, "{text}: {}", width(text) - 36.0);
    }
}

#[test]
fn a_widget_stands_in_the_page_with_its_first_figure() {
    let page = page("# L\n\n<microgpt-tokenizer name=\"zoe\"></microgpt-tokenizer>\n");
    assert!(page.contains("<figure class=\"lab\"><microgpt-tokenizer id=\"lab-1\">"), "{page}");
    assert!(page.contains("value=\"zoe\""));
    assert!(page.contains("zoe: 5 tokens, 4 predictions."));
}

#[test]
fn a_lesson_says_under_its_title_how_long_it_takes_to_read() {
    let time = |text: &str| {
        let page = page(&format!("# 1.0 L\n\n{text}\n"));
        let (_, time) = page.split_once("</h1>\n<p class=\"reading-time\">").expect("it stands there");
        time.split_once("</p>").unwrap().0.to_owned()
    };
    let minutes = |n: usize| "seven words are said in one line\n".repeat(n * 25);
    assert_eq!(time("One word."), "About 1 minute to read. Have paper at hand.");
    assert_eq!(time(&minutes(2)), "About 2 minutes to read. Have paper at hand.");
    // Names and numbers count as words, in code, formulas and tables as in the text.
    assert_eq!(
        time(&format!("```python\n{}```", "(seven, words, are, said, in, one, line)\n".repeat(75))),
        { "About 3 minutes to read. Have paper at hand." }
    );
    assert_eq!(time(&format!("$${}1$$", r"\frac{1}{2} + 3.5 - x_i + ".repeat(70))), {
        "About 2 minutes to read. Have paper at hand."
    });
    assert_eq!(time(&format!("| a | b |\n|---|---|\n{}", "| two words | 1.25 and 2 |\n".repeat(105))), {
        "About 3 minutes to read. Have paper at hand."
    });
    // Rust may be left unread.
    assert_eq!(time(&format!("```rust\n{}```", "let seven = 7;\n".repeat(300))), {
        "About 1 minute to read. Have paper at hand."
    });
}

#[test]
fn the_index_says_how_long_each_lesson_takes_and_all_of_them() {
    let book = book(&format!("# 1.0 L\n\n{}", "seven words are said in one line\n".repeat(100)));
    let lesson = "01-data-and-tokenization/00-the-dataset.md";
    fs::write(
        book.path().join("course/SUMMARY.md"),
        format!("# Summary\n\n[Lines](INDEX.md)\n\n- [1.0 L]({lesson})\n"),
    )
    .unwrap();
    fs::write(
        book.path().join("course/INDEX.md"),
        format!(
            "# Lines\n\nText.\n\n| Lesson | Lines |\n|---|---|\n| [1.0 L]({lesson}) | 1-4 |\n| none | 0 |\n"
        ),
    )
    .unwrap();
    let output = build(&book);
    assert!(output.status.success(), "{}", stderr(&output));
    let page = fs::read_to_string(book.path().join("target/book/INDEX.html")).unwrap();
    assert!(
        page.contains("</h1>\n<p class=\"reading-time\">All lessons: about 4 minutes to read."),
        "{page}"
    );
    assert!(page.contains("<th>Lines</th><th style=\"text-align: right\">Minutes</th>"), "{page}");
    assert!(page.contains("<td>1-4</td><td style=\"text-align: right\">4</td>"));
    assert!(page.contains("<td>0</td><td style=\"text-align: right\"></td>"));
}

#[test]
fn a_page_allows_its_own_scripts_alone() {
    let book = book("# L\n");
    let head = book.path().join("theme/head.hbs");
    let policy = fs::read_to_string(&head).unwrap();
    fs::write(&head, policy.replace("sha256-", "sha256-no")).unwrap();
    let error = stderr(&build(&book));
    assert!(error.contains("theme/head.hbs: the pages have scripts"), "{error}");
}

#[test]
fn markdown_leaves_formulas_alone() {
    let page = page("# L\n\nTwo: $a*b*c$ and $\\ln 27$, a price: \\$5.\n\n| $|x|$ |\n|---|\n| 1 |\n");
    assert!(page.contains("<mi>b</mi><mo>∗</mo><mi>c</mi></mrow></semantics></math>"), "{page}");
    assert!(page.contains("<mo>\u{2061}</mo><mspace width=\"0.1667em\"></mspace><mn>27</mn>"));
    assert!(page.contains("a price: $5."));
    assert!(!page.contains("<em>"));
}

#[test]
fn what_is_wrong_in_a_chapter_is_reported_with_its_line() {
    let lesson = "course/01-data-and-tokenization/00-the-dataset.md";
    for (text, line, why) in [
        ("```python microgpt.py:4-9\n```", 3, "microgpt.py has lines 1-4"),
        (
            "```python microgpt.py:0\nx\n```",
            3,
            "one of the info strings: python, python microgpt.py:FIRST-LAST",
        ),
        (
            "```python microgpt.py:3-x\n```",
            3,
            "one of the info strings: python, python microgpt.py:FIRST-LAST",
        ),
        ("```python microgpt.py:3-4\ndef second(x):\n```", 3, "should hold 2 lines and holds 1"),
        (
            "```python micrgpt.py:3\nx\n```",
            3,
            "one of the info strings: python, python microgpt.py:FIRST-LAST",
        ),
        ("```cobol\nx\n```", 3, "one of the info strings"),
        ("```mermaid\nx\n```", 3, "begins with `flowchart TD`"),
        (
            "ok\n\n```mermaid\nflowchart TD\na --> b -.-> c\n```",
            5,
            "`a --> b -.-> c` in a diagram: behind a box comes `-->`",
        ),
        ("```mermaid\nflowchart TD\na[text]\n```", 3, "a box is written `a`, `a[\"text\"]`"),
        ("```mermaid\nflowchart TD\na[\"text]\n```", 3, "there is no `\"]`"),
        ("```mermaid\nflowchart TD\na -->|b\n```", 3, "stands between `|` and `|`"),
        ("```mermaid\nflowchart TD\na -->\n```", 3, "a box has a name"),
        ("```mermaid\nflowchart TD\n```", 3, "the diagram has no boxes"),
        ("```mermaid\n```", 3, "the diagram is empty"),
        ("ok\n\nNow $\\frac{1$ ends.", 5, "is no formula: Unexpected end of input"),
        ("ok\n\nIt costs $5.", 5, "never closes"),
        ("ok\n\n<details>\n\ntext", 5, "`<details>` is never closed"),
        ("ok <b>x</i>", 3, "`</i>` does not close"),
        ("ok\n\n<microgpt-tokeniser></microgpt-tokeniser>", 5, "there is no microgpt-tokeniser"),
        ("<microgpt-tokenizer name=\"Zoe\"></microgpt-tokenizer>", 3, "name: No token id"),
        ("ok\n\n{{#include nothing.md}}", 0, "nothing.md"),
    ] {
        let output = build(&book(&format!("# L\n\n{text}\n")));
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{text}: {error}");
        assert!(error.starts_with("error: "), "{error}");
        assert!(error.contains(why), "{text}: {error}");
        if line > 0 {
            assert!(error.contains(&format!("{lesson}:{line}: ")), "{text}: {error}");
        }
    }
}

#[test]
fn a_missing_chapter_is_reported_and_the_pages_stay() {
    let book = book("# L\n");
    assert!(build(&book).status.success());
    fs::remove_file(book.path().join("course/01-data-and-tokenization/00-the-dataset.md")).unwrap();
    let output = build(&book);
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(
        error.contains("course/SUMMARY.md:3: there is no course/01-data-and-tokenization/00-the-dataset.md"),
        "{error}"
    );
    assert!(book.path().join("target/book/index.html").is_file());
}

#[test]
fn a_broken_summary_is_reported_with_its_line() {
    let book = book("# L\n");
    fs::write(
        book.path().join("course/SUMMARY.md"),
        "# Summary\n\n- [L](01-data-and-tokenization/00-the-dataset.md)\n- word\n",
    )
    .unwrap();
    let output = build(&book);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("SUMMARY.md"), "{}", stderr(&output));
    assert!(stderr(&output).contains("line 4"), "{}", stderr(&output));
}

/// A book of one lesson of a main line and boxes, with the real program and index.
fn lesson_book(lesson: &str) -> TempDir {
    let book = book("# L\n");
    let (root, repository) = (book.path(), repository());
    let folder = root.join("course/01-data-and-tokenization");
    fs::remove_file(folder.join("00-the-dataset.md")).unwrap();
    fs::write(folder.join("02-the-bos-token.md"), lesson).unwrap();
    fs::write(folder.join("the-bos-token.svg"), include_str!("lesson/the-bos-token.svg")).unwrap();
    let summary = "# Summary\n\n[Index](INDEX.md)\n\n- [1.2 The BOS token](01-data-and-tokenization/02-the-bos-token.md)\n";
    fs::write(root.join("course/SUMMARY.md"), summary).unwrap();
    let index = "# Index\n\n| Lesson | Lines |\n|---|---|\n\
                 | [1.2 The BOS token](01-data-and-tokenization/02-the-bos-token.md) | 25, 155–158 |\n";
    fs::write(root.join("course/INDEX.md"), index).unwrap();
    fs::copy(repository.join("microgpt.py"), root.join("microgpt.py")).unwrap();
    fs::create_dir_all(root.join("examples")).unwrap();
    fs::write(root.join("examples/lesson_01_the_bos_token.txt"), include_str!("lesson/lesson.txt")).unwrap();
    book
}

const LESSON: &str = include_str!("lesson/lesson.md");

#[test]
fn a_lesson_has_its_checkpoints_boxes_drawing_and_times() {
    let book = lesson_book(LESSON);
    let output = build(&book);
    assert!(output.status.success(), "{}", stderr(&output));
    let pages = book.path().join("target/book");
    let page = fs::read_to_string(pages.join("01-data-and-tokenization/02-the-bos-token.html")).unwrap();
    for part in [
        "<p class=\"reading-time\">Lines 25 and 155–158 · 1 minute, 2 with all boxes</p>",
        "<section class=\"checkpoint\" data-checkpoint=\"share\" data-kind=\"number\" \
         data-lesson=\"01-data-and-tokenization/02-the-bos-token\" data-main=\"\" data-answer=\"0.5714285714285714\" \
         data-unit=\"0.01\" data-shown=\"0.57\" data-wrong=\"0.42857142857142855 1.75\">",
        "<label><input type=\"radio\" form=\"02-the-bos-token-missing\" name=\"answer\" value=\"1\"> the <em>end</em> of a name</label>",
        "data-kind=\"choice\" data-lesson=\"01-data-and-tokenization/02-the-bos-token\" data-main=\"\" data-right=\"1\"",
        "<option value=\"158\">158: ",
        "data-widget=\"tokenizer\" data-until=\"name~zz\"",
        "<details class=\"box\"><summary>\n<h3 id=\"one-token-or-two-here-it-makes-no-difference\">One token or two: here it makes no difference</h3>",
        "<details class=\"box\" data-rust=\"\"><summary>\n<h3 id=\"in-rust-the-same-tokens-to-the-last-one\">In Rust: the same <code>tokens</code> to",
        "<div class=\"explained\">\n<div class=\"quotes short\">",
        "<span class=\"line\" tabindex=\"0\" data-first=\"157\" data-last=\"158\"><strong>Lines 157–158</strong></span>",
        "<figure class=\"drawn\"><svg aria-label=\"three cells, the middle one negative\"",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains("Three cells.") && !page.contains("color: red"), "the drawing follows the page");
    assert_eq!(page.matches("class=\"line\"").count(), 2, "answers explain no lines\n{page}");
    // In the main line an output has its label alone; in a box the command too.
    assert_eq!(page.matches("<figcaption><span>tokens</span></figcaption>").count(), 1, "{page}");
    assert_eq!(page.matches("<figcaption><code>cargo run --example lesson_01_the_bos_token").count(), 1);
    let index = fs::read_to_string(pages.join("INDEX.html")).unwrap();
    assert!(
        index.contains("<td style=\"text-align: right\">1</td><td style=\"text-align: right\">2</td>"),
        "{index}"
    );
    assert!(index.contains("All lessons: about 1 minutes to read, 1 minutes with all boxes."), "{index}");
    // The search has an entry for each box, so that it can be opened.
    let search = fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().path());
    let search = search.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("searchindex"));
    let search: String = search.map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(
        search.contains("02-the-bos-token.html#one-token-or-two-here-it-makes-no-difference"),
        "{search}"
    );
    truth::judge::html::check(&pages).unwrap().expect_true("pages");
}

#[test]
fn what_is_wrong_with_a_checkpoint_is_reported_with_its_line() {
    let line = |text: &str| LESSON[..LESSON.find(text).unwrap()].matches('\n').count() + 1;
    for (from, to, place, why) in [
        ("number share", "number part", "<!-- checkpoint: number", "no block `checkpoint-part`"),
        ("**0.57**: four", "**0.58**: four", "**0.57**: four", "a rounding of 0.5714285714285714"),
        (
            "- **0.43**: that is the share of the others.",
            "- **0.43**",
            "- **0.43**",
            "an explanation behind it",
        ),
        (
            "*the first letter*: it is there, but nothing says that it is the first.",
            "*the first letter*",
            "*the first letter*: it",
            "an explanation behind it",
        ),
        (
            "checkpoint: line 158",
            "checkpoint: line 33",
            "<!-- checkpoint: line",
            "a line that the page quotes",
        ),
        (
            "state tokenizer until=\"name~zz\"",
            "state tokeniser until=\"name~zz\"",
            "<!-- checkpoint: state",
            "a widget that stands on this page",
        ),
        ("until=\"name~zz\"", "until=\"name zz\"", "<!-- checkpoint: state", "with conditions such as"),
        ("until=\"name~zz\"", "until=\"nose~zz\"", "<!-- checkpoint: state", "has no control `nose`"),
    ] {
        let changed = LESSON.replacen(from, to, 1);
        assert_ne!(changed, LESSON, "{from}");
        let output = build(&lesson_book(&changed));
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{to}: {error}");
        let file = format!("course/01-data-and-tokenization/02-the-bos-token.md:{}", line(place));
        let named = [":", "\n"].iter().any(|end| error.contains(&format!("{file}{end}")));
        assert!(named && error.contains(why), "{to}: {file} {error}");
    }
}

/// A running `cargo book serve`, ended with the test.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(book: &TempDir) -> Server {
        let mut child = command(book.path())
            .args(["serve", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split(['/', ' ']).find(|word| word.starts_with("127.")).unwrap().to_owned();
        Server { child, address }
    }

    /// The whole answer to a request, head and body.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: book\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn wait_for(&self, path: &str, text: &str) {
        let start = Instant::now();
        while !self.get(path).contains(text) {
            assert!(start.elapsed() < Duration::from_secs(20), "{text} never came");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn serve_shows_the_built_folder_and_nothing_else() {
    let book = book("# L\n\nThe first text.\n");
    fs::write(book.path().join("course/lab.wasm"), b"\0asm").unwrap();
    let server = Server::start(&book);
    assert!(server.get("/").contains("The first text."));
    assert!(server.get("/lab.wasm").contains("content-type: application/wasm"));
    let missing = server.get("/nothing.html");
    assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("Document not found"));
    for path in ["/../../microgpt.py", "/%2e%2e/%2e%2e/microgpt.py", "/..%2f..%2fmicrogpt.py"] {
        assert!(!server.get(path).contains("def second"), "{path}");
    }
}

#[test]
fn serve_rebuilds_on_change_and_keeps_the_last_good_pages() {
    let book = book("# L\n\nThe first text.\n");
    let server = Server::start(&book);
    write_lesson(&book, "# L\n\n```cobol\n```\n");
    std::thread::sleep(Duration::from_millis(600));
    assert!(server.get("/").contains("The first text."));
    write_lesson(&book, "# L\n\nThe second text.\n");
    server.wait_for("/01-data-and-tokenization/00-the-dataset.html", "The second text.");
}

#[test]
fn published_pages_are_kept_by_their_hashes_and_lead_to_what_was_made_of_them() {
    const LESSON: &str = "# L\n\n<div class=\"take-along\"></div>\n";
    let book = book(LESSON);
    let pages = book.path().join("target/book");
    let read = |file: &str| fs::read_to_string(pages.join(file)).unwrap();
    let version = || read("service-worker.js").lines().next().unwrap().to_owned();
    let page = "01-data-and-tokenization/00-the-dataset.html";
    assert!(build(&book).status.success());
    assert!(read(page).contains("<link rel=\"manifest\" href=\"../manifest.webmanifest\">"));
    assert!(!read(page).contains("download"), "nothing leads to what was not made");
    for kept in [page, "index.html", "manifest.webmanifest", "fonts/source-serif.woff2"] {
        assert!(read("service-worker.js").contains(&format!("\"{kept}\": \"")), "{kept}");
    }
    let first = version();
    assert!(build(&book).status.success());
    assert_eq!(version(), first, "the same pages are the same version");

    fs::write(book.path().join("target/microgpt.epub"), vec![0; 1_230_000]).unwrap();
    assert!(build(&book).status.success());
    assert!(
        read(page).contains("href=\"../microgpt.epub\" download") && read(page).contains("(1.2 MB)"),
        "{}",
        read(page)
    );
    assert_eq!(fs::metadata(pages.join("microgpt.epub")).unwrap().len(), 1_230_000);
    assert!(!read("service-worker.js").contains("microgpt.epub"));
    assert_ne!(version(), first);

    let server = Server::start(&book);
    assert!(server.get("/service-worker.js").contains("keeps nothing"));
    assert!(!server.get("/").contains("rel=\"manifest\""));
}

#[test]
fn serve_names_the_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = command(book("# L\n").path()).args(["serve", "--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(&format!("port {port} is taken")), "{}", stderr(&output));
    assert!(stderr(&output).contains("--port"));
}

#[test]
fn sync_copies_lines_and_says_what_it_did() {
    let book = book("# L\n\n```python microgpt.py:3-4\n```\n");
    let sync = || String::from_utf8(command(book.path()).arg("sync").output().unwrap().stdout).unwrap();
    let lesson = "course/01-data-and-tokenization/00-the-dataset.md";
    assert_eq!(sync(), format!("Rewrote {lesson}\n1 quotes and outputs, 1 of them rewritten\n"));
    let text = fs::read_to_string(book.path().join(lesson)).unwrap();
    assert_eq!(text, "# L\n\n```python microgpt.py:3-4\ndef second(x):\n    return x * first\n```\n");
    assert_eq!(sync(), "1 quotes and outputs, 0 of them rewritten\n");
}

/// All links and files that the pages need are there, and none is on another host.
#[test]
fn the_pages_of_the_course_are_whole() {
    let out = TempDir::new().unwrap();
    let pages = out.path().join("book");
    let mut command = command(&repository());
    let output = command.arg("build").env("MDBOOK_BUILD__BUILD_DIR", &pages).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    truth::judge::html::check(&pages).unwrap().expect_true("pages");

    // mdBook's script asks the Rust playground about every block of this class.
    let page = fs::read_to_string(pages.join("01-data-and-tokenization/00-the-dataset.html")).unwrap();
    assert!(page.contains("language-rust") && !page.contains("playground\""), "{page}");
}

#[test]
fn a_task_stands_folded_where_its_lesson_says_so() {
    let lesson = "# 1.0 The lesson\n\n## Check yourself\n\n<!-- task -->\n\n## You have it\n\nAll.\n";
    let book = book(lesson);
    let output = build(&book);
    assert!(stderr(&output).contains("there is no tasks/the-dataset/task.md"), "{}", stderr(&output));
    let folder = book.path().join("tasks/the-dataset");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("task.md"),
        "# Twice `x`\n\n<!--\nwrite: second\n-->\n\nWrite *it*.\n\n<details><summary>A hint</summary>\n\nThink.\n\n</details>\n\n\
         <details><summary>Our solution</summary>\n\n```python microgpt.py:3-4\ndef second(x):\n    return x * first\n```\n\n</details>\n",
    )
    .unwrap();
    fs::write(folder.join("start.py"), "def second(x):\n    \"\"\"{x} <twice> $x$\"\"\"\n    ...\n").unwrap();
    let output = build(&book);
    assert!(output.status.success(), "{}", stderr(&output));
    let page =
        fs::read_to_string(book.path().join("target/book/01-data-and-tokenization/00-the-dataset.html"))
            .unwrap();
    let fold = page.split_once("<details class=\"write\" data-task=\"the-dataset\" data-lesson=\"01-data-and-tokenization/00-the-dataset\">");
    let fold = fold.unwrap_or_else(|| panic!("{page}")).1.split("All.").next().unwrap();
    for part in [
        "Write <em>it</em>.",
        "def second(x):\n    \"\"\"{x} &lt;twice&gt; $x$\"\"\"\n    ...",
        "<figure class=\"quote\"",
        "Our solution",
        "<code>python3 tasks/check.py 1.0</code> judges it too.",
    ] {
        assert!(fold.contains(part), "{part} in {fold}");
    }
    assert!(!fold.contains("write: second"), "{fold}");
}
