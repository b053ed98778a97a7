//! The doors for JavaScript.

use wasm_bindgen::prelude::*;

/// What is shown for the values of a widget's controls, or why there is nothing to show.
#[wasm_bindgen(getter_with_clone)]
pub struct Shown {
    /// What came out, in a sentence.
    #[wasm_bindgen(readonly)]
    pub summary: String,
    /// The figure, as HTML.
    #[wasm_bindgen(readonly)]
    pub figure: String,
    /// Sliders that now end earlier, and where: `row=26&col=15`.
    #[wasm_bindgen(readonly)]
    pub max: String,
    /// The control that has a wrong value, if there is one: then there is nothing else.
    #[wasm_bindgen(readonly)]
    pub control: Option<String>,
    /// What is wrong with it.
    #[wasm_bindgen(readonly)]
    pub problem: Option<String>,
}

/// What `microgpt-WIDGET` shows for a query such as `name=anna`.
#[wasm_bindgen]
pub fn view(widget: &str, query: &str) -> Shown {
    match crate::view(widget, query) {
        Ok(view) => Shown {
            summary: view.summary,
            figure: view.figure.into_string(),
            max: view.max.iter().map(|(control, max)| format!("{control}={max}&")).collect(),
            control: None,
            problem: None,
        },
        Err(problem) => Shown {
            summary: String::new(),
            figure: String::new(),
            max: String::new(),
            control: Some(problem.control),
            problem: Some(problem.message),
        },
    }
}

/// The losses of the first steps of microgpt.py's training, from scratch: for whoever measures how long that
/// takes here.
#[wasm_bindgen]
pub fn train(steps: usize) -> Vec<f64> {
    crate::run::train(steps)
}

/// The names of the widgets.
#[wasm_bindgen]
pub fn names() -> Vec<String> {
    crate::widgets::ALL.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// A panic becomes an error of JavaScript that says what happened.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| wasm_bindgen::throw_str(&info.to_string())));
}
