//! A position of a typed name, for the widgets that follow one vector through the model.

use microgpt::activations::Activations;
use microgpt::{Fused, Parameters};

use super::{encoded, token};
use crate::run::Run;
use crate::{Control, Problem, State};

/// A position, and what the page's model computes there.
pub(super) struct Position {
    /// The token's id.
    pub token_id: usize,
    /// The position's number.
    pub pos_id: usize,
    /// The last position of the name that the model sees.
    pub last: usize,
    /// What the model computes there.
    pub activations: Activations<f64>,
    /// The model.
    pub params: Parameters,
}

impl Position {
    /// The controls that say where: the first a of `anna` at first.
    pub fn controls() -> [Control; 2] {
        [Control::text("name", "Name", "anna", 24), Control::range("position", "Position", 1, 0, 7)]
    }

    /// The place that the controls say.
    pub fn new(state: &State) -> Result<Self, Problem> {
        let tokens = encoded(state.text("name"))?;
        let params = Run::model(state)?;
        // The last token is only a target.
        let seen = &tokens[..params.config().block_size.min(tokens.len() - 1)];
        let mut positions = Fused::new(&params).activations(params.as_slice(), seen);
        let last = positions.len() - 1;
        let pos_id = state.number("position").min(last);
        let activations = positions.swap_remove(pos_id);
        Ok(Position { token_id: tokens[pos_id], pos_id, last, activations, params })
    }

    /// The place in words.
    pub fn words(&self) -> String {
        format!("{} at position {}", token(self.token_id), self.pos_id)
    }
}

/// How far the training is, in words.
pub(super) fn moment(steps: usize) -> String {
    match steps {
        0 => "before training".to_owned(),
        _ => format!("after {} of training", super::count(steps, "step")),
    }
}
