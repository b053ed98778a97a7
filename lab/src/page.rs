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

/// What the lines of microgpt.py make in one step on a document after so many steps of training, or without a document
/// in the first two samples: for whoever compares it with Python. For each variable of a line: the line, how many
/// numbers it held, their sum, the first, the middle and the last; before them the part of the program, from 0 to 2.
#[cfg(feature = "living")]
#[wasm_bindgen]
pub fn lines(doc: Option<String>, step: usize) -> Vec<f64> {
    let moment = crate::xray::moments::Moment::after(step);
    let rows = crate::xray::rows(&moment, doc.as_deref(), if doc.is_some() { 0 } else { 2 });
    let few = |row: &crate::xray::Row| {
        let (numbers, count) = (&row.numbers, row.numbers.len());
        let sum = numbers.iter().sum::<f64>();
        [
            row.part as usize as f64,
            row.line as f64,
            count as f64,
            sum,
            numbers[0],
            numbers[count / 2],
            numbers[count - 1],
        ]
    };
    rows.iter().flat_map(few).collect()
}

/// Takes a list for the widget `names`.
#[cfg(feature = "living")]
#[wasm_bindgen]
pub fn give_list(bytes: &[u8]) {
    crate::widgets::names::give_list(bytes);
}

/// Takes weights for the widget `names`: of their file the header as a query, and the data; without a header it lets
/// them go again. Gives back what is wrong with them.
#[cfg(feature = "living")]
#[wasm_bindgen]
pub fn give_weights(header: Option<String>, data: &[u8]) -> Option<String> {
    let Some(header) = header else {
        crate::widgets::names::drop_weights();
        return None;
    };
    crate::widgets::names::give_weights(&header, data).err()
}

/// The model of the widget `names` as a file of safetensors.
#[cfg(feature = "living")]
#[wasm_bindgen]
pub fn save() -> Vec<u8> {
    crate::widgets::names::save()
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
