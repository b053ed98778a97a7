//! The program `examples/microgpt`, for the tests that run it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The program as `cargo test` has built it, beside the tests.
///
/// # Panics
///
/// If it is not there, or older than its sources: a test selected by name does not build the examples.
pub fn path() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path"); // PROFILE/deps/cli-0123456789abcdef
    let profile = test.ancestors().nth(2).expect("in a folder of the target folder");
    let program = profile.join("examples").join(format!("microgpt{}", std::env::consts::EXE_SUFFIX));
    let built = modified(&program);
    // Beside a program cargo writes the files that it was made of, "program: file file".
    let made_of = std::fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let stale = made_of.split_whitespace().skip(1).find(|file| modified(Path::new(file)) > built);
    assert!(
        built.is_some() && !made_of.is_empty() && stale.is_none(),
        "{} is missing or older than {}; run `cargo build --example microgpt`, or `cargo test` without --test",
        program.display(),
        stale.unwrap_or("its sources"),
    );
    program
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
