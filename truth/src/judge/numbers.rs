//! Numbers: each one that a reader sees is accounted for.
//!
//! Pages say where their numbers come from, by the rule of [`bound`].

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::bound;
use crate::judge::declared::Accounted;
use crate::judge::route::Route;
use crate::problem::{Problem, Report};
use crate::read::course::Course;
use crate::read::number::{Syntax, scan};
use crate::read::page::Page;

/// Checks the numbers of all pages, and of the README.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let mut counts = course.counts.clone();
    let mut census: BTreeMap<Route, usize> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for page in course.numbered_pages() {
        counts.insert("numbers", census.values().sum());
        let (numbers, facts) = bound::run(course, page, &counts);
        used.extend(facts);
        for number in &numbers {
            if let Ok(route) = &number.result {
                *census.entry(*route).or_default() += 1;
            }
        }
        report.problems.extend(problems(course, page, &numbers));
    }
    check_facts(course, &used, &mut report);
    let all: usize = census.values().sum();
    let routes: Vec<String> = census.iter().map(|(route, count)| format!("{count} {route}")).collect();
    report.note(format!("{all} numbers: {}", routes.join(", ")));
    report
}

/// What is wrong with the numbers of one page.
pub fn check_page(course: &Course, page: &Page) -> Vec<Problem> {
    problems(course, page, &account(course, page))
}

/// What becomes of each number of a page.
pub fn account(course: &Course, page: &Page) -> Vec<Accounted> {
    bound::run(course, page, &course.counts).0
}

fn problems(course: &Course, page: &Page, numbers: &[Accounted]) -> Vec<Problem> {
    let wrong = |number: &Accounted| {
        let expected = number.result.as_ref().err()?;
        Some(Course::problem(
            page,
            number.range.start,
            &page.text[number.range.clone()],
            expected,
            "print it, labelled, in the lesson's example, and name the block: <!-- from: LABEL -->; a \
             number from outside goes to course/facts.toml with its source",
        ))
    };
    let wrong: Vec<Problem> = numbers.iter().filter_map(wrong).collect();
    if !wrong.is_empty() {
        return wrong;
    }
    let vain = bound::vain(course, page).into_iter().map(|(binding, label)| {
        let at = page.bindings[binding].range.start;
        let expected = "a number below that stands in no other block";
        Course::problem(page, at, format!("from: {label}"), expected, "take the label out of the comment")
    });
    vain.collect()
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
