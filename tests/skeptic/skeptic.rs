//! Every Rust snippet of the course and of the README, compiled and run; the `build.rs` at the root finds them.

use std::sync::{Mutex, PoisonError};

include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));

/// Compiles and runs a snippet, one at a time: a program that has just been written cannot be started while
/// another thread, which is starting its own, still holds it open ("Text file busy").
fn run_test(root: &str, out: &str, triple: &str, text: &str) {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    skeptic::rt::run_test(root, out, triple, text);
}
