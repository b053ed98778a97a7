//! What binds the course to the code: nothing false can land.
//!
//! The pages under `course/` quote a program, show what programs print, and speak of numbers. This
//! crate reads them with a Markdown parser and compares them with their sources: the 200 lines of
//! `microgpt.py`, the transcripts of the examples, the asserts of the snippets, the declared facts.
//!
//! [`Course::load`] reads everything once; each check takes the course and returns a [`Report`]:
//!
//! | module | what it checks |
//! |---|---|
//! | [`quotes`] | quotes of the program, mentions of its lines, the map of lessons to lines |
//! | [`coverage`] | every line quoted, every line of code explained |
//! | [`explanations`] | where each line is explained, for the page that shows all of them |
//! | [`transcripts`] | examples and their output, output blocks in the pages |
//! | [`numbers`] | every number that a reader sees |
//! | [`terms`] | the glossary, no term before its introduction |
//! | [`links`] | links, anchors, images, the Next chain; [`html`] does it for the built book |
//! | [`shape`], [`lesson`] | the 33 chapters, the parts of a lesson, its words, boxes and commands |
//! | [`answers`] | checkpoints: their answers computed, every choice explained |
//! | [`promises`] | the commands and paths of the README |
//! | [`python`] | Python that is no quote parses |
//!
//! [`sync`] rewrites what is copied: quotes and output blocks. [`plant`] proves the checks, by errors
//! that they have to catch.

pub mod answers;
pub mod checkpoints;
pub mod commands;
pub mod course;
pub mod coverage;
pub mod equations;
pub mod explanations;
pub mod fence;
pub mod folds;
pub mod glossary;
pub mod html;
pub mod lesson;
pub mod lines;
pub mod links;
pub mod number;
pub mod numbers;
pub mod page;
pub mod plant;
pub mod problem;
pub mod program;
pub mod promises;
pub mod python;
pub mod quotes;
pub mod shape;
pub mod sources;
pub mod sync;
pub mod terms;
pub mod transcript;
pub mod transcripts;
pub mod words;

pub use course::Course;
pub use problem::{Error, Problem, Report};
