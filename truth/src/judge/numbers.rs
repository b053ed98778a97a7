//! Numbers: each one that a reader sees is accounted for.
//!
//! Pages say where their numbers come from, by the rule of [`bound`].

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::bound;
use crate::judge::declared::{Accounted, fact_name};
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
    let mut report = Report::default();
    for number in numbers {
        let Err(wanted) = &number.result else { continue };
        let how = "print it, labelled, in the lesson's example, and name the block: <!-- from: LABEL -->; a number \
                   from outside goes to course/facts.toml with its source";
        report.at(page, number.range.start, &page.text[number.range.clone()], format!("{wanted}\n{how}"));
    }
    if report.problems.is_empty() {
        for (binding, label, enough) in bound::vain(course, page) {
            let wanted = match enough.as_str() {
                "" => "a label that a number below needs, which stands in no other block".to_string(),
                _ => format!("lines that numbers below need at both ends of a range; {enough} is enough"),
            };
            report.at(page, page.bindings[binding].range.start, format!("from: {label}"), wanted);
        }
        for (index, fact) in course.facts.iter().enumerate() {
            if fact.chapters.iter().any(|name| name == fact_name(page)) && !facts.contains(&index) {
                let found = format!("`{}` in {}", fact.value, fact_name(page));
                let wanted = "a number that this page shows, or no such fact";
                report.file("course/facts.toml", fact.line, found, wanted);
            }
        }
    }
    report.problems
}

/// The facts are complete, and name pages that exist.
fn check_facts(course: &Course, report: &mut Report) {
    for fact in &course.facts {
        let mut problem =
            |found: String, wanted: &str| report.file("course/facts.toml", fact.line, found, wanted);
        for (field, value) in [("value", &fact.value), ("what", &fact.what), ("source", &fact.source)] {
            if value.trim().is_empty() {
                problem(format!("`{}` without {field}", fact.value), "every field filled");
            }
        }
        if scan(&fact.value, Syntax::Text).is_empty() && scan(&fact.value, Syntax::Math).is_empty() {
            problem(format!("`{}`", fact.value), "a value with a number in it, as in the text");
        }
        if fact.chapters.is_empty() {
            problem(format!("`{}` for no chapter", fact.value), "the chapters that use it");
        }
        for chapter in &fact.chapters {
            if !course.numbered_pages().any(|page| fact_name(page) == chapter) {
                problem(format!("`{}` in {chapter}", fact.value), "a page of the course");
            }
        }
    }
}
