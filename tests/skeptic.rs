//! Every Rust snippet of the course and of the README, compiled and run; `build.rs` finds them.

include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));
