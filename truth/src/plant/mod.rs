//! Proof that the checks work: errors that they have to catch, planted in copies of the [`pages`] and of the
//! [`sources`] of the examples, and what came of them, the [`harvest`].

pub mod harvest;
pub mod pages;
pub mod sources;
