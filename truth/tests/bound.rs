//! The rule for numbers on pages that name their sources: a made-up page in order, and copies that are not.

use std::path::Path;

use truth::Course;
use truth::judge::numbers;
use truth::read::page::Page;
use truth::read::transcript::Transcript;

const PATH: &str = "course/01-data-and-tokenization/02-the-bos-token.md";

const TRANSCRIPT: &str = "--- shares ---\nnames: 3791\nof them long: 0.258197\nrate: 0.01\n\
    --- rows ---\nletter  count  share\na       3744   26.9%\nn        619   16.5%\n\
    --- other ---\n77 and 4064 and 2744\n--- vectors ---\nquery: 0.22 -0.63\n--- checkpoint root ---\nanswer: 0.7071\n";

const PAGE: &str = "# 1.2 The BOS token

The program has 200 lines; the last is line 200.

## A

<!-- from: shares -->

Of 3,791 names, 25.8 % are long (0.26, or 0.258197), at the rate 0.01. It takes 2 steps: 1 + 1 = 2.

<!-- from: rows -->

| letter | count | share |
|---|---:|---:|
| a | 3,744 | 26.9 % |
| n | 619 | 16.5 % |

## B

<!-- from: vectors, lesson_01_the_bos_token:other -->

The query is (0.22, −0.63), and `77 and 4064`.

<!-- checkpoint: number root -->
> **Checkpoint.** The root?
>
> <details><summary>Answer</summary>
>
> **0.71**.
>
> </details>

## C

<details><summary>In Rust: 17 is a prime</summary>

```rust
let bound = 15;
assert_eq!(next_prime(bound), 17); // 17 comes after 15
```

So 17.

</details>
";

fn problems(course: &Course, text: &str) -> Vec<String> {
    let page = Page::parse(PATH, text);
    numbers::check_page(course, &page)
        .iter()
        .map(|problem| format!("{}: {}", problem.line, problem.found))
        .collect()
}

#[test]
fn each_number_stands_in_a_block_that_the_page_names() {
    let mut course = Course::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    let name = "lesson_01_the_bos_token";
    course.transcripts.insert(name.to_owned(), Transcript::parse(name, TRANSCRIPT));
    assert_eq!(problems(&course, PAGE), [""; 0]);
    for (from, to) in [
        // What looks like the truth and is none.
        ("200 lines", "500 lines"),
        ("0.01", "0.06"),
        ("0.26", "0.46"),
        ("0.258197", "0.708197"),
        ("25.8 %", "26.8 %"),
        ("3,791", "3,744"),
        // Of another block, which this paragraph does not name.
        ("3,791 names", "4,064 names"),
        // A sum that does not hold.
        ("1 + 1 = 2", "1 + 1 = 3"),
        // Rows and lists: of another line, in another order.
        ("| a | 3,744 |", "| a | 619 |"),
        ("| a | 3,744 | 26.9 %", "| n | 3,744 | 26.9 %"),
        ("| a | 3,744 | 26.9 % |", "| a | 3,744, 26.9 % | |"),
        ("26.9 %", "16.5 %"),
        ("(0.22, −0.63)", "(−0.63, 0.22)"),
        ("−0.63", "0.63"),
        // Code word for word.
        ("`77 and 4064`", "`4064 and 77`"),
        // The checkpoint's own block, and no longer its own.
        ("**0.71**", "**0.72**"),
        ("checkpoint: number root", "checkpoint: number wood"),
        // The Rust of a box, within this box.
        ("So 17.", "So 18."),
        ("// 17", "// 19"),
        // No binding, another binding.
        ("<!-- from: shares -->", ""),
        ("from: rows", "from: other"),
        ("## B\n", "## B\n\n## B2\n\n42\n"),
    ] {
        assert!(PAGE.contains(from), "{from}");
        let found = problems(&course, &PAGE.replacen(from, to, 1));
        assert!(!found.is_empty(), "{from} -> {to} is not noticed");
    }
}

#[test]
fn a_range_has_no_line_in_vain_at_its_ends() {
    let mut course = Course::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    let name = "lesson_01_the_bos_token";
    let transcript = "--- sizes ---\nfirst 21\nsecond 22\nthird 23\n";
    course.transcripts.insert(name.to_owned(), Transcript::parse(name, transcript));
    let page =
        |lines: &str, numbers: &str| format!("# L\n\n<!-- from: sizes:{lines} -->\n\nHere {numbers}.\n");
    assert_eq!(problems(&course, &page("1-3", "21 or 23")), [""; 0]);
    assert_eq!(problems(&course, &page("1-3", "22 or 23")), ["3: from: sizes:1-3"]);
    assert_eq!(problems(&course, &page("1-3", "21 or 22")), ["3: from: sizes:1-3"]);
}

#[test]
fn a_number_of_another_line_than_the_one_named_is_a_slip() {
    let mut course = Course::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    let name = "lesson_01_the_bos_token";
    let transcript = "--- ends ---\nended names: 2240\nparameters: 2140\n";
    course.transcripts.insert(name.to_owned(), Transcript::parse(name, transcript));
    let page = |number: &str| format!("# L\n\n<!-- from: ends -->\n\nThere are {number} ended names.\n");
    assert_eq!(problems(&course, &page("2,240")), [""; 0]);
    assert_eq!(problems(&course, &page("2,140")), ["5: 2,140"]);
}
