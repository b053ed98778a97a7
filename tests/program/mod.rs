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
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = [root.join("src"), root.join("examples").join("microgpt")];
    let newest = sources
        .iter()
        .flat_map(|folder| folder.read_dir().expect("a folder"))
        .map(|entry| modified(&entry.expect("a source").path()).expect("a source has a time"));
    assert!(
        modified(&program) >= newest.max(),
        "{} is missing or out of date; run `cargo build --example microgpt`, or `cargo test` without --test",
        program.display()
    );
    program
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
