//! Python that is shown beside the program: it parses, where python3 is there to ask.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::problem::Report;
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

/// Checks every `python` block that is no quote; an error when python3 is there but fails.
pub fn check(course: &Course) -> Result<Report> {
    let mut report = Report::default();
    let pages = course.pages.values().chain(&course.front);
    let blocks = pages.flat_map(|page| page.blocks.iter().map(move |block| (page, block)));
    let blocks: Vec<_> = blocks.filter(|(_, block)| block.fence() == Some(Fence::Python)).collect();
    let mut python = Command::new("python3");
    let Ok(mut python) = python.args(["-c", PARSER]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
    else {
        report.note(format!("{} blocks not parsed, for there is no python3", blocks.len()));
        return Ok(report);
    };
    let sources: Vec<&str> = blocks.iter().map(|(_, block)| block.text.as_str()).collect();
    let mut input = python.stdin.take().context("python3 without an input")?;
    input.write_all(serde_json::to_string(&sources)?.as_bytes())?;
    drop(input);
    let answers: Vec<Option<String>> = serde_json::from_slice(&python.wait_with_output()?.stdout)?;
    for ((page, block), answer) in blocks.iter().zip(answers) {
        if let Some(complaint) = answer {
            let wanted = "Python that parses; what is no Python goes into a ```text block";
            report.at(page, block.source(0), complaint, wanted);
        }
    }
    report.note(format!("{} blocks of Python", blocks.len()));
    Ok(report)
}
