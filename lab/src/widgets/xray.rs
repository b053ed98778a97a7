//! The X-ray: what the lines of microgpt.py have just made.

use maud::html;
use microgpt::{Program, Tape, loss};

use super::encoded;
use crate::{Control, Problem, State, View, Widget};

/// What the lines have made.
pub(super) struct XRay;

impl Widget for XRay {
    fn controls(&self) -> Vec<Control> {
        vec![Control::text("name", "Name", "anna", 24)]
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let tokens = encoded(state.text("name"))?;
        let tape = Tape::new();
        let loss = loss(&tokens, &Program::untrained().params.on(&tape)).loss.data();
        Ok(View {
            summary: format!("Line 169: loss = {loss:.4}."),
            figure: html! { p { (tape.len()) " values" } },
            max: Vec::new(),
        })
    }
}
