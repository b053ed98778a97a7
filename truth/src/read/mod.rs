//! The course as data: what stands in its pages, its program, its transcripts and its glossary.
//! Nothing here says whether it is right.

pub mod address;
pub mod bindings;
pub mod chapter;
pub mod checkpoints;
pub mod course;
pub mod equations;
pub mod explanations;
pub mod fence;
pub mod folds;
pub mod glossary;
pub mod lesson;
pub mod lines;
pub mod number;
pub mod page;
pub mod program;
pub mod tasks;
pub mod transcript;
