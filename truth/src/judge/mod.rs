//! The checks: each takes the course and says what is not so.
//!
//! | module | what it checks |
//! |---|---|
//! | [`quotes`] | quotes of programs and of output, the map of lessons to lines |
//! | [`lines`] | mentions of lines |
//! | [`coverage`] | every line quoted, every line of code explained, each with a paragraph for the page of all lines |
//! | [`transcripts`] | examples, their output and their figures |
//! | [`literals`] | results in strings of the examples, equations in transcripts |
//! | [`terms`] | the glossary, no term before its introduction |
//! | [`links`] | links, anchors, images, the Next chain; [`html`] does it for the built book |
//! | [`shape`], [`lesson`] | the 33 chapters, the parts of a lesson, its words and boxes |
//! | [`answers`] | checkpoints: their answers computed, every choice explained |
//! | [`tasks`] | a task for each lesson, with quotes that are the program's |
//! | [`promises`] | commands that the pages tell to run, paths that the README names |
//! | [`python`] | Python that is no quote parses |
//! | [`numbers`] | each number is accounted for: [`bound`] to what a program printed, or [`declared`] |
//! | [`route`], [`rows`], [`snippets`] | (what accounts for a number, rows of tables, asserts) |

pub mod answers;
pub mod bound;
pub mod coverage;
pub mod declared;
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
