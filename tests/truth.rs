//! Nothing false can land: the course is compared with the code, one test per check.
//!
//! `cargo test --test truth`; with `-- --nocapture` it prints what was counted. After a change to
//! an example, `SNAPSHOTS=overwrite cargo test --test truth transcripts` writes the transcripts
//! anew, and `cargo book sync` copies them into the pages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use truth::Course;

static PROGRAMS: LazyLock<BTreeMap<String, PathBuf>> =
    LazyLock::new(|| match truth::judge::transcripts::build(root()) {
        Ok(programs) => programs,
        Err(error) => panic!("{error}"),
    });

static COURSE: LazyLock<Course> = LazyLock::new(|| match Course::load(root()) {
    Ok(course) => course,
    Err(error) => panic!("{error}"),
});

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn quotes_and_outputs_equal_their_sources() {
    truth::judge::quotes::check(&COURSE).expect_true("quotes");
}

#[test]
fn tasks_are_there_and_quote_the_program() -> Result<(), truth::Error> {
    truth::judge::tasks::check(&COURSE)?.expect_true("tasks");
    Ok(())
}

#[test]
fn each_line_is_quoted_and_explained() {
    truth::judge::coverage::check(&COURSE).expect_true("coverage");
}

#[test]
fn transcripts_are_what_the_examples_print() -> Result<(), truth::Error> {
    let ran = truth::judge::transcripts::run_examples(&COURSE, &PROGRAMS)?;
    if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
        let written = truth::judge::transcripts::overwrite(&COURSE, &ran)?;
        println!("written: {}; now run `cargo book sync`", written.join(", "));
        return Ok(());
    }
    truth::judge::transcripts::compare(&COURSE, &ran).expect_true("transcripts");
    Ok(())
}

#[test]
fn figures_are_what_the_examples_draw() -> Result<(), truth::Error> {
    let overwrite = std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite");
    truth::judge::transcripts::figures(&COURSE, &PROGRAMS, overwrite)?.expect_true("figures");
    Ok(())
}

#[test]
fn transcripts_are_there_and_labelled() {
    truth::judge::transcripts::check(&COURSE).expect_true("transcripts");
}

#[test]
fn literals_are_no_results() -> Result<(), truth::Error> {
    let sources = truth::judge::literals::sources(&COURSE)?;
    truth::judge::literals::check(&COURSE, &sources).expect_true("literals");
    Ok(())
}

#[test]
fn numbers_are_accounted_for() {
    truth::judge::numbers::check(&COURSE).expect_true("numbers");
}

#[test]
fn terms_are_introduced_before_use() {
    truth::judge::terms::check(&COURSE).expect_true("terms");
}

#[test]
fn links_lead_somewhere() {
    truth::judge::links::check(&COURSE).expect_true("links");
}

#[test]
fn lessons_have_their_shape() {
    truth::judge::shape::check(&COURSE).expect_true("shape");
}

#[test]
fn checkpoints_are_computed_and_explained() {
    truth::judge::answers::check(&COURSE).expect_true("checkpoints");
}

#[test]
fn commands_and_paths_are_there() {
    truth::judge::promises::check(&COURSE).expect_true("promises");
}

#[test]
fn python_parses() -> Result<(), truth::Error> {
    truth::judge::python::check(&COURSE)?.expect_true("python");
    Ok(())
}

#[test]
fn built_book_is_whole_and_loads_nothing_from_elsewhere() -> Result<(), truth::Error> {
    let build = Command::new(&PROGRAMS["book"]).arg("build").current_dir(root()).output().expect("it starts");
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    truth::judge::html::check(&root().join("target/book"))?.expect_true("built book");
    Ok(())
}
