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
    /// Whether the reader sees it here. One that is hidden has the value that the page's author gave it, or
    /// that another widget of the page has.
    pub hidden: bool,
}

/// The kinds of controls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A line of text with at most so many characters.
    Text {
        /// How many.
        max: usize,
    },
    /// A slider over whole numbers.
    Range {
        /// The smallest.
        min: usize,
        /// The largest. What is shown may have fewer, see [`View::max`](crate::View::max).
        max: usize,
        /// How far a press of the button "Play" goes with each picture; without it there is no such button.
        play: Option<usize>,
    },
    /// A field for a whole number: of these there are too many for a slider.
    Whole {
        /// The smallest.
        min: usize,
        /// The largest.
        max: usize,
    },
    /// A slider over these values, from the smallest to the largest.
    Scale(&'static [&'static str]),
    /// One of these, each with what is written for it.
    Choice(&'static [(&'static str, &'static str)]),
    /// `on` or `off`.
    Check,
}

impl Control {
    fn new(name: &'static str, label: &'static str, kind: Kind, first: impl fmt::Display) -> Self {
        Control { name, label, kind, first: first.to_string(), hidden: false }
    }

    /// A line of text.
    pub fn text(name: &'static str, label: &'static str, first: &str, max: usize) -> Self {
        Self::new(name, label, Kind::Text { max }, first)
    }

    /// A slider over whole numbers.
    pub fn range(name: &'static str, label: &'static str, first: usize, min: usize, max: usize) -> Self {
        Self::new(name, label, Kind::Range { min, max, play: None }, first)
    }

    /// A slider over whole numbers that can be played like a film, so many numbers at each picture.
    pub fn film(name: &'static str, label: &'static str, first: usize, max: usize, stride: usize) -> Self {
        Self::new(name, label, Kind::Range { min: 0, max, play: Some(stride) }, first)
    }

    /// A field for a whole number.
    pub fn whole(name: &'static str, label: &'static str, first: usize, min: usize, max: usize) -> Self {
        Self::new(name, label, Kind::Whole { min, max }, first)
    }

    /// A slider over some values.
    pub fn scale(
        name: &'static str,
        label: &'static str,
        first: &str,
        values: &'static [&'static str],
    ) -> Self {
        Self::new(name, label, Kind::Scale(values), first)
    }

    /// A choice; first comes the usual one.
    pub fn choice(
        name: &'static str,
        label: &'static str,
        choices: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self::new(name, label, Kind::Choice(choices), choices[0].0)
    }

    /// A box to tick, not ticked at first.
    pub fn check(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Check, "off")
    }

    /// The same, not shown to the reader here.
    #[must_use]
    pub fn hidden(self) -> Self {
        Control { hidden: true, ..self }
    }

    /// The control in the page, with a value. A slider may end earlier than it could, at `end`.
    pub(crate) fn render(&self, id: &str, value: &str, end: Option<usize>) -> Markup {
        let Control { name, label, kind, hidden, .. } = self;
        let id = &format!("{id}-{name}");
        let problem = &format!("{id}-problem");
        if *hidden {
            // What it takes, as those that are seen have it: an address can say anything.
            let (values, least, most, length) = match kind {
                Kind::Text { max } => (None, None, None, Some(max)),
                Kind::Range { min, max, .. } | Kind::Whole { min, max } => (None, Some(min), Some(max), None),
                Kind::Scale(values) => (Some(values.join(" ")), None, None, None),
                Kind::Choice(choices) => {
                    let values: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
                    (Some(values.join(" ")), None, None, None)
                }
                Kind::Check => (Some("on off".to_owned()), None, None, None),
            };
            return html! {
                input type="hidden" name=(name) value=(value) data-first=(value) data-values=[values] data-least=[least]
                    data-most=[most] data-length=[length];
            };
        }
        match kind {
            Kind::Text { max } => html! {
                div class="control" {
                    label for=(id) { (label) }
                    input id=(id) name=(name) value=(value) data-first=(value) data-length=(max) aria-describedby=(problem)
                        autocapitalize="none" spellcheck="false";
                    (message(problem, id))
                }
            },
            Kind::Whole { min, max } => html! {
                div class="control" {
                    label for=(id) { (label) }
                    input id=(id) name=(name) value=(value) data-first=(value) data-least=(min) data-most=(max)
                        aria-describedby=(problem) inputmode="numeric";
                    (message(problem, id))
                }
            },
            Kind::Range { min, max, play } => html! {
                @let end = end.unwrap_or(*max);
                @let shown = value.parse().map_or(end, |value: usize| value.min(end));
                div class="control slider" {
                    label for=(id) { (label) }
                    span class="value" { (shown) }
                    input id=(id) name=(name) type="range" min=(min) max=(end) value=(shown) data-most=(max)
                        data-first=(value) aria-describedby=(problem);
                    @if let Some(stride) = play {
                        div class="film" {
                            button type="button" data-move="-1" data-for=(name)
                                aria-label={ "−1: " (label) } { "−1" }
                            button type="button" data-play=(stride) data-for=(name)
                                aria-label={ "Play or Pause: " (label) } { "Play" }
                            button type="button" data-move="1" data-for=(name)
                                aria-label={ "+1: " (label) } { "+1" }
                        }
                    }
                    (message(problem, id))
                }
            },
            Kind::Scale(values) => {
                let place = values.iter().position(|known| *known == value).unwrap_or(0);
                html! {
                    div class="control slider" {
                        label for=(id) { (label) }
                        span class="value" { (value) }
                        input id=(id) name=(name) type="range" min="0" max=(values.len() - 1) value=(place)
                            data-values=(values.join(" ")) data-first=(value) aria-valuetext=(value)
                            aria-describedby=(problem);
                        (message(problem, id))
                    }
                }
            }
            Kind::Choice(choices) => html! {
                div class="control" {
                    label for=(id) { (label) }
                    select id=(id) name=(name) data-first=(value) aria-describedby=(problem) {
                        @for (choice, text) in *choices {
                            option value=(choice) selected[*choice == value] { (text) }
                        }
                    }
                    (message(problem, id))
                }
            },
            Kind::Check => html! {
                div class="control check" {
                    input id=(id) name=(name) type="checkbox" checked[value == "on"] data-first=(value) data-values="on off"
                        aria-describedby=(problem);
                    label for=(id) { (label) }
                    (message(problem, id))
                }
            },
        }
    }

    fn check_value(&self, value: &str) -> Result<(), Problem> {
        let problem = |message: String| Err(Problem::new(self.name, message));
        let one_of = |known: &mut dyn Iterator<Item = &&str>| {
            let known: Vec<_> = known.copied().collect();
            match known.contains(&value) {
                true => Ok(()),
                false => problem(format!("This can be one of: {}.", known.join(", "))),
            }
        };
        match self.kind {
            Kind::Text { max } => match value.chars().count() {
                length if length > max => {
                    problem(format!("These are {} characters; at most {max} fit here.", thousands(length)))
                }
                _ => Ok(()),
            },
            Kind::Range { min, max, .. } | Kind::Whole { min, max } => match value.parse::<usize>() {
                Ok(number) if (min..=max).contains(&number) => Ok(()),
                _ => problem(format!("This can be a whole number from {min} to {max}.")),
            },
            Kind::Scale(values) => one_of(&mut values.iter()),
            Kind::Choice(choices) => one_of(&mut choices.iter().map(|(choice, _)| choice)),
            Kind::Check => one_of(&mut ["on", "off"].iter()),
        }
    }
}

/// Where the problem with a control is shown.
fn message(id: &str, control: &str) -> Markup {
    html! { output class="problem" id=(id) for=(control) {} }
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
            control.check_value(&value).map(|()| (control, value))
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

    /// The value of a slider over whole numbers.
    ///
    /// # Panics
    ///
    /// If the widget has no such control.
    pub fn number(&self, name: &str) -> usize {
        self.text(name).parse().expect("the values of such a slider are whole numbers")
    }

    /// The value of a slider over decimal numbers, such as `-0.05`.
    ///
    /// # Panics
    ///
    /// If the widget has no such control, or its values are no such numbers.
    pub fn decimal(&self, name: &str) -> f64 {
        decimal(self.text(name)).expect("the values of such a slider are decimal numbers")
    }

    /// Whether a box is ticked.
    ///
    /// # Panics
    ///
    /// If the widget has no such control.
    pub fn is_on(&self, name: &str) -> bool {
        self.text(name) == "on"
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

/// A decimal number of at most 15 digits. What the standard library has reads any number, and weighs more than a
/// widget; for these few digits both give the same bits: the digits and the power of ten are exact, and one
/// division rounds.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1.0, text), |digits| (-1.0, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let length = whole.len() + part.len();
    if whole.is_empty() || length > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let number = [whole, part].concat().parse::<u64>().ok()?;
    Some(sign * number as f64 / 10_u64.pow(part.len() as u32) as f64)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_numbers_are_those_of_the_standard_library() {
        for text in ["0", "-0", "42", "0.1", "-0.05", "3.14159265358979", "0.0001", "999999999999999"] {
            let bits = |number: f64| number.to_bits();
            assert_eq!(decimal(text).map(bits), text.parse().ok().map(bits), "{text}");
        }
        for text in ["", "-", ".5", "1.2.3", "1e5", "+1", "nan", "1234567890.123456"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }
}
