//! The checks: each takes the course and says what is not so.
//!
//! | module | what it checks |
//! |---|---|
//! | [`quotes`] | quotes of the program, the map of lessons to lines |
//! | [`lines`] | mentions of lines |
//! | [`coverage`] | every line quoted, every line of code explained |
//! | [`explanations`] | each line has a paragraph for the page that shows all of them |
//! | [`transcripts`] | examples and their output, output blocks in the pages |
//! | [`literals`] | results in strings of the examples, equations in transcripts |
//! | [`terms`] | the glossary, no term before its introduction |
//! | [`links`] | links, anchors, images, the Next chain; [`html`] does it for the built book |
//! | [`shape`], [`lesson`] | the 33 chapters, the parts of a lesson, its words, boxes and commands |
//! | [`answers`] | checkpoints: their answers computed, every choice explained |
//! | [`tasks`] | a task for each lesson, with quotes that are the program's |
//! | [`promises`] | the commands and paths of the README |
//! | [`python`] | Python that is no quote parses |
//! | [`numbers`] | each number is accounted for: [`bound`] to what a program printed, or [`declared`] |
//! | [`route`], [`rows`], [`snippets`] | (what accounts for a number, rows of tables, asserts) |

pub mod answers;
pub mod bound;
pub mod commands;
pub mod coverage;
pub mod declared;
pub mod explanations;
pub mod html;
pub mod lesson;
pub mod lines;
pub mod links;
pub mod literals;
pub mod numbers;
pub mod promises;
pub mod python;
pub mod quotes;
pub mod route;
pub mod rows;
pub mod shape;
pub mod snippets;
pub mod tasks;
pub mod terms;
pub mod transcripts;
