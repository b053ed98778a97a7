//! The lab: the crate `microgpt`, alive in the pages.
//!
//! A [`Widget`] turns the values of its controls into what the reader sees, as HTML with all numbers in it.
//! Whoever builds the book calls [`element`] and has the page with its figure; the same code as WebAssembly
//! calls [`view`] whenever the reader moves a control. So the page is complete without scripts, and the
//! scripts compute nothing.
//!
//! | module | what stands there |
//! |---|---|
//! | [`control`] | inputs with their labels, and their values as text |
//! | [`widgets`] | the widgets, one module each |
//! | [`run`] | the model of a page: its training up to a step, with the settings of its controls |
//! | [`pass`] | a forward pass whose numbers know their names and lines |
//! | [`heat`], [`plot`] | heat maps and curves |
//! | [`draw`] | the pictures of the widgets, and the figures of the lessons, drawn by their examples |
//! | [`expression`], [`layout`] | expressions on the crate's tape, and their graphs as pictures |
//! | `xray` | what each line of microgpt.py makes, with the feature `living` |
//! | `page` | the doors for JavaScript |

// The second WebAssembly leaves out the widgets of the first, and what they alone use.
#![cfg_attr(all(feature = "living", target_family = "wasm"), allow(dead_code))]

pub mod control;
pub mod draw;
pub mod expression;
pub mod heat;
pub mod layout;
#[cfg(target_family = "wasm")]
mod page;
#[cfg(any(feature = "living", not(target_family = "wasm")))]
pub mod pass;
pub mod plot;
pub mod run;
pub mod widgets;
#[cfg(any(feature = "living", not(target_family = "wasm")))]
pub mod xray;

use maud::{Markup, html};

pub use control::{Control, Problem, State};

/// Something in the pages that the reader can change.
pub trait Widget: Sync {
    /// What can be changed, in the order of the page.
    fn controls(&self) -> Vec<Control>;

    /// What is shown for these values of the controls.
    ///
    /// # Errors
    ///
    /// When there is nothing to show for them; the problem says why, and at which control.
    fn view(&self, state: &State) -> Result<View, Problem>;

    /// A control and its value for paper and for pages without scripts, where the first picture would be empty:
    /// nobody can press Play there.
    fn still(&self) -> Option<(&'static str, &'static str)> {
        None
    }
}

/// What a widget shows.
#[derive(Debug, Clone)]
pub struct View {
    /// What came out, in a sentence; read aloud whenever it changes.
    pub summary: String,
    /// The figure.
    pub figure: Markup,
    /// Sliders that now end earlier than they do elsewhere, and where: sliders over what is shown. A value
    /// beyond it counts as this one.
    pub max: Vec<(&'static str, usize)>,
}

/// What the widget shows for a query such as `name=anna`. Controls that it does not name have their first
/// values.
///
/// # Errors
///
/// When there is nothing to show, with the reason and the control that it is about.
pub fn view(widget: &str, query: &str) -> Result<View, Problem> {
    let widget = widgets::named(widget)?;
    let values = form_urlencoded::parse(query.as_bytes());
    widget.view(&State::new(widget.controls(), values)?)
}

/// The widget as the page has it before any script runs: the element `microgpt-NAME` with its controls and
/// what it shows first. The page's own values are first values in place of the widget's; `id` tells the
/// elements of a page apart.
///
/// # Errors
///
/// When there is no such widget or control, or a value does not suit it.
pub fn element(id: &str, name: &str, values: &[(String, String)]) -> Result<Markup, Problem> {
    let widget = widgets::named(name)?;
    let controls = widget.controls();
    if let Some((other, _)) =
        values.iter().find(|(name, _)| controls.iter().all(|control| control.name != name))
    {
        let known: Vec<_> = controls.iter().map(|control| control.name).collect();
        return Err(Problem::new(
            other,
            format_args!("there is no such control; there are {}", known.join(", ")),
        ));
    }
    let state = State::new(controls, values.iter().map(|(name, value)| (name, value)))?;
    let view = widget.view(&state)?;
    let still = widget.still().filter(|(name, _)| state.text(name) == "0");
    let still = still.map(|(still, value)| {
        let values = values.iter().filter(|(name, _)| name != still).map(|(name, value)| (&**name, &**value));
        widget.view(&State::new(widget.controls(), values.chain([(still, value)]))?)
    });
    let still = still.transpose()?;
    let end_of =
        |control: &Control| view.max.iter().find(|(name, _)| *name == control.name).map(|(_, end)| *end);
    let living = if widgets::LIVING.contains(&name) { " data-living" } else { "" };
    let (open, close) = (format!(r#"<microgpt-{name} id="{id}"{living}>"#), format!("</microgpt-{name}>"));
    Ok(html! {
        (maud::PreEscaped(open))
        form autocomplete="off" {
            fieldset disabled {
                @for (control, value) in state.controls() { (control.render(id, value, end_of(control))) }
                @if state.controls().any(|(control, _)| !control.hidden) {
                    button type="reset" { "Reset" }
                }
            }
            output class="problem" {}
            output class="summary" { (view.summary) }
            div class="figure" { (view.figure) }
        }
        @if let Some(View { summary, figure, .. }) = still {
            div class="paper" {
                p { (summary) }
                div class="figure" { (figure) }
            }
        }
        p class="without" {
            "Here you could try other values: with JavaScript and WebAssembly, which this page runs without."
        }
        (maud::PreEscaped(close))
    })
}
