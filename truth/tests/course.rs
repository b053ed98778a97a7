//! Each check, on a small course that is in order and on copies of it that are not.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tempfile::TempDir;
use truth::read::chapter::CHAPTERS;
use truth::{Course, Report};

const PROGRAM: &str = "\"\"\"A program.\"\"\"\n\
    import random\n\
    random.seed(42)\n\
    \n\
    docs = ['anna', 'ben'] # the documents\n\
    vocab_size = len(set(''.join(docs))) + 1\n";

const TRANSCRIPT: &str = "--- size ---\nvocab size: v = 27\nmean loss: 3.2958\n\n\
    --- letters ---\na  16  0.125\nb   4  0.0313\nc  19  0.0703\n\n\
    --- checkpoint mean ---\nanswer: 3.2958\n";

const LESSON: &str = r"# 1.0 The dataset

## The problem

There are 200 ways to go wrong, says a fact.

## The idea

A **dataset** is a list.

## By hand

<!-- from: size, letters -->

The mean loss is 3.296, and 2 · (−3) = −6.

| letter | count | share |
|---|---:|---:|
| a | 16 | 12.5 % |
| b | 4 | 3.1 % |

## The lines

```python microgpt.py:1-4
PROGRAM1
```

Line 3 fixes the `seed`, which is 42. The tool is `random`.

```python microgpt.py:5-6
PROGRAM2
```

Lines 5–6: the list `docs` has the names, `vocab_size` counts their letters.

## In the real model

<!-- from: size, letters -->

The vocabulary has 27 tokens: $v = 27$. The letter c comes 19 times.

```text output:size
vocab size: v = 27
mean loss: 3.2958
```

```python beyond/tensors.py:2-3
x = np.ones(3)
print(x)
```

## What goes wrong

Nothing.

## Check yourself

<!-- checkpoint: line 2 -->
> **Checkpoint.** One?
>
> <details><summary>Answer</summary>
>
> **Line 2**, `import random`.
>
> </details>

<!-- checkpoint: line 3 -->
> **Checkpoint.** Two?
>
> <details><summary>Answer</summary>
>
> **Line 3**, `random.seed(42)`.
>
> </details>

<!-- checkpoint: number mean -->
> **Checkpoint.** Three?
>
> <details><summary>Answer</summary>
>
> **3.30**.
>
> </details>

## You have it

<!-- new-words -->

- [dataset](../appendix/glossary.md#dataset): A list of examples.

<!-- /new-words -->

Run it: `cargo run --example lesson_01_the_dataset`

Next: 1.1 Title 4

## Going deeper

<details><summary>In Rust: the sum comes out</summary>

```rust
assert_eq!(1 + 30, 31);
```

</details>
";

const GLOSSARY: &str = "# A.1 Title 31\n\n### dataset\n\nA list of examples.\n\n\
    Introduced in [1.0 The dataset](../01-data-and-tokenization/00-the-dataset.md).\n\n\
    ### softmax\n\nScores to shares.\n\nIntroduced in 3.3 Title 15.\n\n\
    ### tensor\n\nA table.\n\nIntroduced in [More](../beyond/more.md).\n\n## Next\n\nA.2 Title 32\n";

const INDEX: &str = "# Index\n\n| Lesson | Lines |\n|---|---|\n\
    | [1.0 The dataset](01-data-and-tokenization/00-the-dataset.md) | 1–6 |\n";

const FACTS: &str = "[[fact]]\nvalue = \"200 ways\"\nwhat = \"ways to go wrong\"\nsource = \"a test\"\n\
    chapters = [\"01-data-and-tokenization/00-the-dataset\"]\n";

const DATASET: &str = "course/01-data-and-tokenization/00-the-dataset.md";

/// A folder with the course, deleted at the end of the test.
struct Folder(TempDir);

impl Folder {
    /// The course that is in order.
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a folder is made"));
        let lines: Vec<&str> = PROGRAM.lines().collect();
        let lesson =
            LESSON.replace("PROGRAM1", &lines[..4].join("\n")).replace("PROGRAM2", &lines[4..].join("\n"));
        let mut summary = String::from("# Summary\n\n[Index](INDEX.md)\n[More](beyond/more.md)\n\n");
        for (index, path) in CHAPTERS.iter().enumerate() {
            let number = truth::read::chapter::Chapter(index).number();
            let title = if index == 3 { "The dataset".to_string() } else { format!("Title {index}") };
            let written = DATASET.contains(path) || *path == "appendix/glossary";
            let target = if written { format!("{path}.md") } else { String::new() };
            summary += &format!("- [{number} {title}]({target})\n");
        }
        for (path, text) in [
            ("microgpt.py", PROGRAM),
            ("input.txt", "anna\nben\n"),
            ("beyond/tensors.py", "import numpy as np\nx = np.ones(3)\nprint(x)\n"),
            ("examples/lesson_01_the_dataset.rs", "fn main() {}\n"),
            ("examples/lesson_01_the_dataset.txt", TRANSCRIPT),
            ("course/SUMMARY.md", &summary),
            ("course/INDEX.md", INDEX),
            ("course/facts.toml", FACTS),
            ("course/beyond/more.md", "# More\n\nA **tensor** is a table.\n"),
            ("course/appendix/glossary.md", GLOSSARY),
            ("README.md", "Run `cargo test --workspace`. It has 33 chapters.\n"),
            (DATASET, &lesson),
        ] {
            folder.write(path, text);
        }
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs_err::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        fs_err::write(path, text).expect("a file is written");
    }

    fn read(&self, path: &str) -> String {
        fs_err::read_to_string(self.0.path().join(path)).expect("a file is read")
    }

    fn change(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {path}");
        self.write(path, &text.replace(from, to));
    }

    fn course(&self) -> Course {
        Course::load(self.0.path()).expect("the course is read")
    }
}

type Check = fn(&Course) -> Report;

const CHECKS: [(&str, Check); 8] = [
    ("quotes", truth::judge::quotes::check),
    ("coverage", truth::judge::coverage::check),
    ("transcripts", truth::judge::transcripts::check),
    ("numbers", truth::judge::numbers::check),
    ("terms", truth::judge::terms::check),
    ("links", truth::judge::links::check),
    ("shape", truth::judge::shape::check),
    ("promises", truth::judge::promises::check),
];

/// What the checks find after a change: the names of those that find something, and all they say.
fn found(path: &str, from: &str, to: &str) -> (Vec<&'static str>, String) {
    let folder = Folder::new();
    folder.change(path, from, to);
    let course = folder.course();
    let mut names = Vec::new();
    let mut text = String::new();
    for (name, check) in CHECKS {
        let report = check(&course);
        if !report.problems.is_empty() {
            names.push(name);
            text += &report.to_string();
        }
    }
    (names, text)
}

#[test]
fn a_course_in_order_has_no_problems() {
    let folder = Folder::new();
    let course = folder.course();
    for (name, check) in CHECKS {
        let report = check(&course);
        assert!(report.problems.is_empty(), "{name}\n{report}");
    }
    assert!(truth::judge::python::check(&course).expect("python answers").problems.is_empty());
}

#[test]
fn every_kind_of_error_is_found_by_its_check() {
    const D: &str = DATASET;
    let bound = "## By hand\n\n<!-- from: size, letters -->";
    let two = "Lines 5–6: the list `docs` has the names, `vocab_size` counts their letters.";
    for (path, from, to, expected) in [
        // Quotes, mentions and the map.
        (D, "random.seed(42)\n", "random.seed(43)\n", "quotes"),
        (D, "microgpt.py:5-6", "microgpt.py:4-5", "quotes"),
        (D, "microgpt.py:5-6", "microgpt.py:5-66", "quotes"),
        (D, "Line 3 fixes", "Line 2 fixes", "quotes"),
        (D, "Lines 5–6:", "**Line 3**, `random.seed`. Lines 5–6:", "quotes"),
        (D, "Lines 5–6", "Lines 3–6", "quotes"),
        (D, "Nothing.", "Lines 5–6, `vocab_size` and `docs`, say nothing.", "quotes"),
        (D, "Lines 5–6", "Lines 5–60", "quotes"),
        ("course/INDEX.md", "| 1–6 |", "| 1–5 |", "quotes"),
        (D, "```python microgpt.py:5-6", "```python", "quotes"),
        (D, "print(x)\n", "print(y)\n", "quotes"),
        (D, "beyond/tensors.py:2-3", "beyond/tensors.py:1-2", "quotes"),
        (D, "beyond/tensors.py:2-3", "beyond/tensors.py:3-4", "quotes"),
        (D, "beyond/tensors.py", "beyond/tensor.py", "quotes"),
        // Coverage.
        (D, two, "Two lines.", "coverage"),
        (D, "The tool is `random`.", "", "coverage"),
        (D, "## The lines", "## Lines", "coverage"),
        ("course/INDEX.md", "| 1–6 |", "| 3–6 |", "coverage"),
        // Transcripts.
        (D, "mean loss: 3.2958\n", "mean loss: 3.2959\n", "quotes"),
        (D, "output:size", "output:sizes", "quotes"),
        (D, "| letter |", "<!-- from: nothing -->\n| letter |", "transcripts"),
        (D, "| letter |", "<!-- form: letters -->\n<!-- from letters -->\n\n| letter |", "transcripts"),
        ("examples/lesson_01_the_dataset.txt", "--- letters ---", "--- Letters ---", "transcripts"),
        // Numbers.
        (D, "3.296", "3.297", "numbers"),
        (D, "27 tokens", "26 tokens", "numbers"),
        (D, bound, "## By hand", "numbers"),
        (D, bound, "## By hand\n\n<!-- from: size, letters, checkpoint-mean -->", "numbers"),
        (D, "The mean loss is 3.296", "<!-- from: letters:1 -->\n\nThe mean loss is 3.296", "numbers"),
        (D, "27 tokens", "27 tokens, `range(27)`", "numbers"),
        (D, "$v = 27$", "$v = 28$", "numbers"),
        (D, "$v = 27$", "$v^3$", "numbers"),
        (D, "19 times", "18 times", "numbers"),
        (D, "= −6", "= −5", "numbers"),
        (D, "= −6", "= −6 / 0", "numbers"),
        (D, "| a | 16 | 12.5 % |", "| 16 | a | 12.5 % |", "numbers"),
        (D, "| b | 4 |", "| b | 16 |", "numbers"),
        (D, "Nothing.", "See `x = 0.7`.", "numbers"),
        (D, "Nothing.", "![a plot of 77 values](x.svg)", "numbers"),
        (D, "Nothing.", "<figure><figcaption>77 values</figcaption></figure>", "numbers"),
        (D, "Nothing.", "```mermaid\ngraph LR\n  a[0.7] --> b\n```", "numbers"),
        (D, "assert_eq!(1 + 30, 31);", "// it is 0.7\nassert_eq!(1 + 30, 31);", "numbers"),
        (D, "200 ways", "300 ways", "numbers"),
        ("course/facts.toml", "200 ways", "100 ways", "numbers"),
        ("README.md", "33 chapters", "34 chapters", "numbers"),
        // Terms.
        (D, "Nothing.", "The Softmaxes.", "terms"),
        (D, "**dataset**", "dataset", "terms"),
        (D, "#dataset)", "#softmax)", "shape"),
        ("course/appendix/glossary.md", "### softmax", "### beforehand", "terms"),
        ("course/appendix/glossary.md", "beyond/more.md", "beyond/less.md", "terms"),
        ("course/beyond/more.md", "**tensor**", "tensor", "terms"),
        // Links.
        (D, "../appendix/glossary.md", "../appendix/glossar.md", "links"),
        (D, "#dataset)", "#datasets)", "links"),
        (D, "Nothing.", "[x](https:/x.org) [y][z]", "links"),
        (D, "Nothing.", "[x](https:/x.org)", "links"),
        (D, "Nothing.", "[nothing][nowhere]", "links"),
        (D, "1.1 Title 4", "1.2 Title 5", "links"),
        // Shape.
        (D, "## By hand", "## With a pencil", "shape"),
        (D, "<!-- checkpoint: number mean -->\n", "", "shape"),
        (D, "## Going deeper", "## Deeper", "shape"),
        (D, "--example lesson_01_the_dataset", "--example lesson_01_dataset", "shape"),
        (D, "```rust", "```rust,ignore", "shape"),
        (D, "# 1.0 The dataset", "# 1.1 The dataset", "shape"),
        ("course/SUMMARY.md", "- [1.2 Title 5]()\n", "", "shape"),
        // Promises.
        (D, "Nothing.", "```sh\ncargo run --example nothing\n```", "promises"),
        ("README.md", "`cargo test --workspace`", "`cargo test --test nothing`", "promises"),
        ("README.md", "Run", "See `tests/nothing.rs`. Run", "promises"),
    ] {
        let (names, text) = found(path, from, to);
        assert!(names.contains(&expected), "{from:?} -> {to:?} is found by {names:?}\n{text}");
    }
}

#[test]
fn a_result_is_never_typed() {
    let course = Folder::new().course();
    let refused = |string: &str, argument: &str| {
        let source = format!("fn main() {{ let vocabulary = 27; println!({string:?}, {argument}); }}");
        let strings = truth::judge::literals::strings(&course, "lesson_01_the_dataset", &source);
        strings.iter().flat_map(|string| &string.numbers).any(|(_, accounted)| accounted.is_err())
    };
    for (computed, typed) in [
        ("vocab size: {}", "vocab size: 27"),
        ("letters: {}, {}", "letters: 16, {}"),
        ("share: {} %", "share: 12.5 %"),
        ("ben -> {:?}", "ben -> [1, 4]"),
        ("{} * 2 = {}", "{} * 2 = 54"),
        ("half of 27 is {:.2}", "half of 27 is 13.50"),
    ] {
        assert!(!refused(computed, "vocabulary"), "{computed}");
        assert!(refused(typed, "vocabulary"), "{typed}");
    }
}

#[test]
fn a_declared_preview_allows_a_term() {
    for preview in
        ["<!-- preview: softmax -->\nThe softmax.", "<!-- preview-page: softmax -->\n\nThe softmax."]
    {
        let (names, text) = found(DATASET, "Nothing.", preview);
        assert!(names.is_empty(), "{text}");
    }
}

#[test]
fn a_problem_says_where_what_and_how() {
    let (_, text) = found(DATASET, "27 tokens", "26 tokens");
    for part in [&format!("{DATASET}:44"), "stands: 26", "wanted: ", "print it, labelled"] {
        assert!(text.contains(part), "{part:?} in\n{text}");
    }
}

#[test]
fn sync_leaves_alone_what_is_in_order() {
    let folder = Folder::new();
    let before = folder.read(DATASET);
    let report = truth::sync::run(folder.0.path()).expect("all blocks have sources");
    assert_eq!((report.blocks, report.rewritten), (5, 0));
    assert!(report.files.is_empty());
    assert_eq!(folder.read(DATASET), before);
}

#[test]
fn sync_restores_quotes_and_output() {
    let folder = Folder::new();
    let before = folder.read(DATASET);
    folder.change(DATASET, "random.seed(42)\n", "random.seed()\nand so on\n");
    folder.change(DATASET, "vocab size: v = 27\n", "");
    folder.change(DATASET, "x = np.ones(3)\n", "");
    let report = truth::sync::run(folder.0.path()).expect("all blocks have sources");
    assert_eq!(report.rewritten, 3);
    assert_eq!(report.files, [DATASET]);
    assert_eq!(folder.read(DATASET), before);
}

#[test]
fn sync_keeps_the_indentation_of_a_list() {
    let folder = Folder::new();
    let wrong = "   ```text output:letters:2-3\n   old\n   ```";
    folder.change(DATASET, "Nothing.\n", &format!("1. One\n\n{wrong}\n"));
    truth::sync::run(folder.0.path()).expect("all blocks have sources");
    let right = "   ```text output:letters:2-3\n   b   4  0.0313\n   c  19  0.0703\n   ```";
    assert!(folder.read(DATASET).contains(right), "{}", folder.read(DATASET));
    assert!(truth::judge::quotes::check(&folder.course()).problems.is_empty());
}

#[test]
#[cfg(unix)]
fn figures_are_compared_with_what_the_example_draws() {
    let folder = Folder::new();
    // Called with `figure`, this example prints that word.
    let executables = BTreeMap::from([("lesson_01_the_dataset".to_string(), PathBuf::from("echo"))]);
    let problems = |overwrite| {
        let report = truth::judge::transcripts::figures(&folder.course(), &executables, overwrite);
        report.expect("it starts").problems
    };
    let figure = DATASET.replace("00-the-dataset.md", "lengths.svg");
    folder.write(&figure, "a figure\n");
    assert!(problems(false)[0].found.contains("no page beside it shows"));
    folder.change(DATASET, "Nothing.\n", "![How long names are](lengths.svg)\n");
    assert!(problems(false)[0].found.contains("not what lesson_01_the_dataset draws"));
    assert!(problems(true).is_empty());
    assert_eq!(folder.read(&figure), "figure\n");
    assert!(problems(false).is_empty());
}

#[test]
#[cfg(unix)]
fn an_example_is_run_again_when_it_or_its_input_changes() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let name = "lesson_01_the_dataset";
    let path = folder.0.path().join("target").join(name);
    let ran = |script: &str| {
        folder.write(&format!("target/{name}.new"), script);
        let new = path.with_extension("new");
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
        std::fs::rename(&new, &path).expect("it is put there");
        let executables = BTreeMap::from([(name.to_string(), path.clone())]);
        let ran = truth::judge::transcripts::run_examples(&folder.course(), &executables).expect("it starts");
        (ran[0].output.clone(), ran[0].time.is_some())
    };
    let [once, twice] = [1, 2].map(|times| format!("#!/bin/sh\nhead -n {times} input.txt\n"));
    assert_eq!(ran(&once), ("anna\n".to_string(), true));
    assert_eq!(ran(&once), ("anna\n".to_string(), false));
    assert_eq!(ran(&twice), ("anna\nben\n".to_string(), true));
    folder.write("input.txt", "ben\n");
    assert_eq!(ran(&twice), ("ben\n".to_string(), true));
    assert_eq!(ran(&twice), ("ben\n".to_string(), false));
}

#[test]
fn sync_names_what_has_no_source() {
    let folder = Folder::new();
    folder.change(DATASET, "output:size", "output:sizes");
    let error = truth::sync::run(folder.0.path()).expect_err("there is no such block").to_string();
    assert!(error.contains("no block `sizes`") && error.contains(DATASET), "{error}");
}

#[test]
fn planted_errors_are_caught() {
    let folder = Folder::new();
    let harvest = truth::plant::pages::harvest(&folder.course(), 60, 100, 42);
    let (planted, caught) = harvest.total(|_| true);
    assert!(planted > 50, "{harvest}");
    assert_eq!(caught, planted, "{harvest}");
}

#[test]
fn a_lesson_needs_its_task_and_a_task_quotes_the_program() {
    let folder = Folder::new();
    let found = |folder: &Folder| {
        truth::judge::tasks::check(&folder.course()).expect("the tasks are read").to_string()
    };
    assert!(found(&folder).contains("no task under \"Check yourself\""), "{}", found(&folder));
    assert!(found(&folder).contains("no tasks/the-dataset/task.md"), "{}", found(&folder));
    folder.change(DATASET, "## You have it\n", "<!-- task -->\n\n## You have it\n");
    let task =
        "# Draw\n\n<!--\nwrite: draw\n-->\n\nWrite it.\n\n```python microgpt.py:2\nimport random\n```\n";
    folder.write("tasks/the-dataset/task.md", task);
    let problems =
        |folder: &Folder| truth::judge::tasks::check(&folder.course()).expect("they are read").problems.len();
    assert_eq!(problems(&folder), 0, "{}", found(&folder));
    folder.change("tasks/the-dataset/task.md", "py:2", "py:3");
    assert_eq!(problems(&folder), 1, "{}", found(&folder));
    folder.change("tasks/the-dataset/task.md", "py:3", "py:2");
    folder.change(DATASET, "<!-- task -->\n\n## You have it\n", "## You have it\n\n<!-- task -->\n");
    assert_eq!(problems(&folder), 1, "{}", found(&folder));
}
