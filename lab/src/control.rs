//! Controls: native inputs with their labels, and the state of a page, which is their values.
//!
//! A value is text, as in the page's address: `?name=anna` sets the control `name`. A control that several
//! widgets of a page have is one and the same.

use std::fmt;

use maud::{Markup, html};

/// Something that the reader can change.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Its name in the address of the page.
    pub name: &'static str,
    /// What is written beside it.
    pub label: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// Its value before the reader changes it.
    pub first: String,
}

/// The kinds of controls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A line of text with at most so many characters.
    Text {
        /// How many.
        max: usize,
    },
    /// One of these, for the author of the page to choose and not for the reader.
    Fixed(&'static [&'static str]),
}

impl Control {
    /// A line of text.
    pub fn text(name: &'static str, label: &'static str, first: &str, max: usize) -> Self {
        Control { name, label, kind: Kind::Text { max }, first: first.to_owned() }
    }

    /// A choice of the page's author; first comes the usual one.
    pub fn fixed(name: &'static str, choices: &'static [&'static str]) -> Self {
        Control { name, label: "", kind: Kind::Fixed(choices), first: choices[0].to_owned() }
    }

    /// Whether only the author of the page chooses it.
    pub fn is_fixed(&self) -> bool {
        matches!(self.kind, Kind::Fixed(_))
    }

    /// The control in the page, with a value.
    pub(crate) fn render(&self, id: &str, value: &str) -> Markup {
        let Control { name, label, kind, .. } = self;
        let id = format!("{id}-{name}");
        match kind {
            Kind::Text { .. } => html! {
                div class="control" {
                    label for=(id) { (label) }
                    input id=(id) name=(name) value=(value) aria-describedby={ (id) "-problem" }
                        autocapitalize="none" spellcheck="false";
                    output class="problem" id={ (id) "-problem" } for=(id) {}
                }
            },
            Kind::Fixed(_) => html! { input type="hidden" name=(name) value=(value); },
        }
    }

    fn check(&self, value: &str) -> Result<(), Problem> {
        let problem = |message: String| Err(Problem::new(self.name, message));
        match self.kind {
            Kind::Text { max } => match value.chars().count() {
                length if length > max => {
                    problem(format!("These are {} characters; at most {max} fit here.", thousands(length)))
                }
                _ => Ok(()),
            },
            Kind::Fixed(choices) if choices.contains(&value) => Ok(()),
            Kind::Fixed(choices) => problem(format!("This can be one of: {}.", choices.join(", "))),
        }
    }
}

/// The values of a widget's controls.
#[derive(Debug, Clone, PartialEq)]
pub struct State(Vec<(Control, String)>);

impl State {
    /// These controls with these values, those not mentioned with their first ones. Values of other widgets
    /// may be among them.
    pub(crate) fn new(
        controls: Vec<Control>,
        values: impl Iterator<Item = (impl AsRef<str>, impl AsRef<str>)> + Clone,
    ) -> Result<Self, Problem> {
        let value_of = |control: &Control| {
            let value = values.clone().find(|(name, _)| name.as_ref() == control.name);
            value.map_or_else(|| control.first.clone(), |(_, value)| value.as_ref().to_owned())
        };
        let state = controls.into_iter().map(|control| {
            let value = value_of(&control);
            control.check(&value).map(|()| (control, value))
        });
        state.collect::<Result<_, _>>().map(State)
    }

    /// The controls and their values.
    pub fn controls(&self) -> impl Iterator<Item = (&Control, &str)> {
        self.0.iter().map(|(control, value)| (control, &**value))
    }

    /// The value of a control.
    ///
    /// # Panics
    ///
    /// If the widget has no such control.
    pub fn text(&self, name: &str) -> &str {
        let mut controls = self.controls();
        let (_, value) = controls.find(|(control, _)| control.name == name).expect("the widget has it");
        value
    }
}

/// Why there is nothing to show, for the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The control that it is about.
    pub control: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Problem {
    /// A problem with the value of a control.
    pub fn new(control: impl Into<String>, message: impl fmt::Display) -> Self {
        Problem { control: control.into(), message: message.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.control, self.message)
    }
}

impl std::error::Error for Problem {}

/// A number with commas between its thousands.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
