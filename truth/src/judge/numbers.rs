//! Numbers: each one that a reader sees is accounted for.
//!
//! Pages say where their numbers come from, by the rule of [`bound`].

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::bound;
use crate::judge::declared::{Accounted, fact_name};
use crate::judge::route::Route;
use crate::problem::{Problem, Report};
use crate::read::course::{Course, Fact};
use crate::read::number::{Syntax, scan};
use crate::read::page::Page;

/// Checks the numbers of all pages, and of the README.
pub fn check(course: &Course) -> Report {
    let mut report = Report::default();
    let mut counts = course.counts.clone();
    let mut census: BTreeMap<Route, usize> = BTreeMap::new();
    for page in course.numbered_pages() {
        counts.insert("numbers", census.values().sum());
        let (numbers, facts) = bound::run(course, page, &counts);
        for number in &numbers {
            if let Ok(route) = &number.result {
                *census.entry(*route).or_default() += 1;
            }
        }
        report.problems.extend(problems(course, page, &numbers, &facts));
    }
    check_facts(course, &mut report);
    let all: usize = census.values().sum();
    let routes: Vec<String> = census.iter().map(|(route, count)| format!("{count} {route}")).collect();
    report.note(format!("{all} numbers: {}", routes.join(", ")));
    report
}

/// What is wrong with the numbers of one page.
pub fn check_page(course: &Course, page: &Page) -> Vec<Problem> {
    let (numbers, facts) = bound::run(course, page, &course.counts);
    problems(course, page, &numbers, &facts)
}

/// What becomes of each number of a page.
pub fn account(course: &Course, page: &Page) -> Vec<Accounted> {
    bound::run(course, page, &course.counts).0
}

fn problems(course: &Course, page: &Page, numbers: &[Accounted], facts: &BTreeSet<usize>) -> Vec<Problem> {
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
    let vain = bound::vain(course, page).into_iter().map(|(binding, label, enough)| {
        let at = page.bindings[binding].range.start;
        let expected = "each block, and the lines at both ends of a range, needed by a number below";
        let fix = match enough.as_str() {
            "" => "take the label out of the comment".to_string(),
            _ => format!("{enough} is enough"),
        };
        Course::problem(page, at, format!("from: {label}"), expected, &fix)
    });
    let named = course
        .facts
        .iter()
        .enumerate()
        .filter(|(_, fact)| fact.chapters.iter().any(|name| name == fact_name(page)));
    let unused = named.filter(|(index, _)| !facts.contains(index)).map(|(_, fact)| {
        let expected = "a number that this page shows";
        let fix = "delete the chapter, or the whole fact if no page uses it";
        fact_problem(fact, format!("`{}` in {}", fact.value, fact_name(page)), expected, fix)
    });
    vain.chain(unused).collect()
}

fn fact_problem(fact: &Fact, found: String, expected: &str, fix: &str) -> Problem {
    Problem {
        file: "course/facts.toml".to_string(),
        line: fact.line,
        found,
        expected: expected.to_string(),
        fix: fix.to_string(),
    }
}

/// The facts are complete, and name pages that exist.
fn check_facts(course: &Course, report: &mut Report) {
    for fact in &course.facts {
        let mut problem = |found: String, expected: &str, fix: &str| {
            report.problems.push(fact_problem(fact, found, expected, fix));
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
            if !course.numbered_pages().any(|page| fact_name(page) == chapter) {
                problem(format!("`{}` in {chapter}", fact.value), "a page of the course", "name one");
            }
        }
    }
}
