//! What the examples computed for checkpoints.

use crate::read::checkpoints::Checkpoint;
use crate::read::course::Course;
use crate::read::fence::Output;
use crate::read::page::Page;

/// What a checkpoint of a number takes for right, and what its hints are about, as the example prints them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Computed {
    /// The answer.
    pub answer: String,
    /// Typical wrong answers, in the order of the hints, without the words behind them.
    pub wrong: Vec<String>,
}

/// What the lesson's example computed for a checkpoint.
///
/// # Errors
///
/// Says what is missing: the transcript, the block in it, or its line `answer: …`.
pub fn computed(course: &Course, page: &Page, checkpoint: &Checkpoint) -> Result<Computed, String> {
    let label = checkpoint.ask.block(&checkpoint.id).unwrap_or_default();
    let block = course.block(page, &Output { example: None, label: label.clone(), lines: None })?;
    let values =
        |key| block.lines.iter().filter_map(move |line| Some(line.strip_prefix(key)?.trim().to_owned()));
    Ok(Computed {
        answer: values("answer:").next().ok_or_else(|| format!("a line `answer: …` in block `{label}`"))?,
        wrong: values("wrong:").map(|wrong| first_word(&wrong)).collect(),
    })
}

/// `3` of `3 in the wrong order`.
fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().to_owned()
}
