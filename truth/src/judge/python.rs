//! Python that is shown beside the program: it parses, where python3 is there to ask.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::problem::{Error, Report};
use crate::read::course::Course;
use crate::read::fence::Fence;

/// Reads sources from a JSON list and answers with a list of complaints, null for none.
const PARSER: &str = "\
import ast, json, sys
def parse(source):
    try:
        ast.parse(source)
    except SyntaxError as error:
        return f'line {error.lineno}: {error.msg}'
print(json.dumps([parse(source) for source in json.load(sys.stdin)]))
";

/// Checks every `python` block that is no quote.
///
/// # Errors
///
/// When python3 is there but fails.
pub fn check(course: &Course) -> Result<Report, Error> {
    let mut report = Report::default();
    let pages = course.pages.values().chain(&course.front);
    let blocks: Vec<_> = pages
        .flat_map(|page| page.blocks.iter().map(move |block| (page, block)))
        .filter(|(_, block)| block.info().map(Fence::parse) == Some(Fence::Python))
        .collect();
    let Ok(mut python) =
        Command::new("python3").args(["-c", PARSER]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
    else {
        report.note(format!("{} blocks not parsed, for there is no python3", blocks.len()));
        return Ok(report);
    };
    let sources: Vec<&str> = blocks.iter().map(|(_, block)| block.text.as_str()).collect();
    let failed = |what: std::io::Error| Error::Python(what.to_string());
    if let Some(mut input) = python.stdin.take() {
        input.write_all(serde_json::json!(sources).to_string().as_bytes()).map_err(failed)?;
    }
    let output = python.wait_with_output().map_err(failed)?;
    let answers: Vec<Option<String>> =
        serde_json::from_slice(&output.stdout).map_err(|error| Error::Python(error.to_string()))?;
    for ((page, block), answer) in blocks.iter().zip(answers) {
        if let Some(complaint) = answer {
            report.problems.push(Course::problem(
                page,
                block.source(0),
                complaint,
                "Python that parses",
                "correct the block; what is no Python goes into a ```text block",
            ));
        }
    }
    report.note(format!("{} blocks of Python", blocks.len()));
    Ok(report)
}
