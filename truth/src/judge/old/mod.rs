//! The numbers of pages in the old shape: each is looked for in all sources of its page, by the words
//! around it.

pub mod numbers;
pub mod sources;
