//! Numbers: each one that a reader sees is accounted for.
//!
//! Pages say where their numbers come from, by the rule of [`bound`]. Those in `OLD` do not yet; they are
//! under the rule of [`old`] until they are rewritten.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::declared::{Accounted, Used, fact_name};
use crate::judge::route::Route;
use crate::judge::{bound, old};
use crate::problem::{Problem, Report};
use crate::read::course::Course;
use crate::read::folds;
use crate::read::number::{Syntax, scan};
use crate::read::page::Page;

/// The pages under the old rule: their names, relative to `course/` and without `.md`.
const OLD: [&str; 29] = [
    "00-the-big-picture/00-what-is-a-language-model",
    "00-the-big-picture/01-the-200-line-map",
    "00-the-big-picture/02-the-learning-machine-analogy",
    "01-data-and-tokenization/00-the-dataset",
    "01-data-and-tokenization/01-characters-as-numbers",
    "02-calculus-and-autograd/00-why-we-need-derivatives",
    "02-calculus-and-autograd/02-the-value-class",
    "03-the-architecture/00-parameters-are-knowledge",
    "03-the-architecture/01-embeddings",
    "03-the-architecture/02-linear-layers",
    "03-the-architecture/03-softmax",
    "03-the-architecture/04-normalization",
    "03-the-architecture/06-multi-head-attention",
    "03-the-architecture/07-residual-connections",
    "03-the-architecture/08-the-mlp-block",
    "03-the-architecture/09-the-full-gpt-function",
    "04-training/00-what-is-training",
    "04-training/01-the-loss-function",
    "04-training/02-backpropagation",
    "04-training/03-gradient-descent",
    "04-training/04-the-adam-optimizer",
    "04-training/05-the-training-loop",
    "05-inference/00-generating-text",
    "05-inference/01-temperature-and-sampling",
    "05-inference/02-the-complete-picture",
    "appendix/glossary",
    "appendix/math-refresher",
    "beyond/efficiency",
    "explorer",
];

/// Checks the numbers of all pages, and of the README.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    check_list(course, &mut report);
    let mut counts = course.counts.clone();
    let mut census: BTreeMap<Route, usize> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for page in course.numbered_pages() {
        counts.insert("numbers", census.values().sum());
        let (numbers, facts) = run(course, page, &counts);
        used.extend(facts);
        for number in &numbers {
            if let Ok(route) = &number.result {
                *census.entry(*route).or_default() += 1;
            }
        }
        report.problems.extend(problems(page, &numbers));
    }
    check_facts(course, &used, &mut report);
    let all: usize = census.values().sum();
    let routes: Vec<String> = census.iter().map(|(route, count)| format!("{count} {route}")).collect();
    report.note(format!("{all} numbers: {}", routes.join(", ")));
    report
}

/// What is wrong with the numbers of one page.
pub fn check_page(course: &Course, page: &Page) -> Vec<Problem> {
    problems(page, &account(course, page))
}

/// What becomes of each number of a page.
pub fn account(course: &Course, page: &Page) -> Vec<Accounted> {
    run(course, page, &course.counts).0
}

/// The numbers of a page, and the facts that it uses.
fn run(
    course: &Course,
    page: &Page,
    counts: &BTreeMap<&'static str, usize>,
) -> (Vec<Accounted>, BTreeSet<Used>) {
    if is_old(page) { old::numbers::run(course, page, counts) } else { bound::run(course, page, counts) }
}

/// Whether a page is still under the old rule.
pub fn is_old(page: &Page) -> bool {
    OLD.contains(&fact_name(page))
}

/// The list names the lessons in the old shape, and no others.
pub fn check_list(course: &Course, report: &mut Report) {
    for (_, page) in course.lessons() {
        let new = folds::deeper(page).is_some();
        if new == is_old(page) {
            let (expected, fix) = if new {
                ("the new rule for a lesson in the new shape", "take it off the list OLD")
            } else {
                ("a lesson in the new shape", "write \"Going deeper\"")
            };
            report.problems.push(Course::problem(page, 0, fact_name(page), expected, fix));
        }
    }
}

fn problems(page: &Page, numbers: &[Accounted]) -> Vec<Problem> {
    numbers
        .iter()
        .filter_map(|number| {
            let expected = number.result.as_ref().err()?;
            Some(Course::problem(
                page,
                number.range.start,
                &page.text[number.range.clone()],
                expected,
                "print it, labelled, in the lesson's example (then cargo book sync) and write words of the \
                 label right beside it, or name the block in <!-- from: LABEL -->, or assert it in a \
                 snippet; a number from outside goes to course/facts.toml with its source",
            ))
        })
        .collect()
}

/// The facts are complete, name pages that exist, and are used in each of them.
fn check_facts(course: &Course, used: &BTreeSet<(usize, String)>, report: &mut Report) {
    for (index, fact) in course.facts.iter().enumerate() {
        let mut problem = |found: String, expected: &str, fix: &str| {
            report.problems.push(Problem {
                file: "course/facts.toml".to_string(),
                line: fact.line,
                found,
                expected: expected.to_string(),
                fix: fix.to_string(),
            });
        };
        for (field, value) in [("value", &fact.value), ("what", &fact.what), ("source", &fact.source)] {
            if value.trim().is_empty() {
                problem(format!("`{}` without {field}", fact.value), "every field filled", "fill it");
            }
        }
        if scan(&fact.value, Syntax::Text).is_empty() && scan(&fact.value, Syntax::Math).is_empty() {
            problem(format!("`{}`", fact.value), "a value with a number in it", "write it as in the text");
        }
        if fact.chapters.is_empty() {
            problem(format!("`{}` for no chapter", fact.value), "the chapters that use it", "name them");
        }
        for chapter in &fact.chapters {
            if !used.contains(&(index, chapter.clone())) {
                problem(
                    format!("`{}` in {chapter}", fact.value),
                    "a number that this page shows",
                    "delete the chapter, or the whole fact if no page uses it",
                );
            }
        }
    }
}
