//! The widgets, one module each, and what several of them draw.

mod tokenizer;

use crate::{Problem, Widget};

/// The widgets by the names of their elements, without `microgpt-`.
pub const ALL: [(&str, &dyn Widget); 1] = [("tokenizer", &tokenizer::Tokenizer)];

/// The widget of this name.
pub(crate) fn named(name: &str) -> Result<&'static dyn Widget, Problem> {
    let found = ALL.iter().find(|(known, _)| *known == name).map(|(_, widget)| *widget);
    found.ok_or_else(|| {
        let known = ALL.map(|(known, _)| format!("microgpt-{known}")).join(", ");
        Problem::new("element", format_args!("there is no microgpt-{name}; there are {known}"))
    })
}
