//! What binds the course to the code: nothing false can land.
//!
//! The pages under `course/` quote a program, show what programs print, and speak of numbers. This
//! crate reads them with a Markdown parser and compares them with their sources: the 200 lines of
//! `microgpt.py`, the transcripts of the examples, the asserts of the snippets, the declared facts.
//!
//! - [`read`] reads the course: [`Course::load`] reads everything once.
//! - [`judge`] has one module per check; each takes the course and returns a [`Report`].
//! - [`sync`] rewrites what is copied: quotes and output blocks.
//! - [`plant`] proves the checks, by errors that they have to catch.

pub mod judge;
pub mod plant;
pub mod problem;
pub mod read;
pub mod sync;

pub use anyhow::Error;
pub use problem::{Problem, Report};
pub use read::course::Course;
