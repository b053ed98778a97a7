//! The widgets, one module each, and what several of them say.

mod adam;
mod attention;
mod count;
mod embedding;
mod forward;
mod graph;
#[cfg(any(feature = "living", not(target_family = "wasm")))]
mod knob;
mod line;
mod linear;
mod losses;
#[cfg(any(feature = "living", not(target_family = "wasm")))]
mod microscope;
#[cfg(any(feature = "living", not(target_family = "wasm")))]
pub mod names;
mod parameters;
mod position;
mod rmsnorm;
mod sampling;
mod softmax;
#[cfg(any(feature = "living", not(target_family = "wasm")))]
mod table;
mod tokenizer;
mod training;
#[cfg(any(feature = "living", not(target_family = "wasm")))]
mod xray;

use microgpt::Parameters;

use crate::run::{Run, Settings, VOCABULARY};
use crate::{Problem, State, Widget};

/// The widgets by the names of their elements, without `microgpt-`: those of the first WebAssembly and, where the book
/// is built, those of the second too.
#[cfg(not(all(feature = "living", target_family = "wasm")))]
pub const ALL: &[(&str, &dyn Widget)] = &[
    ("adam", &adam::Adam),
    ("attention", &attention::Attention),
    ("count", &count::Count),
    ("curve", &training::CURVE),
    ("descent", &training::DESCENT),
    ("embedding", &embedding::Embedding),
    ("forward", &forward::Forward),
    ("graph", &graph::Graph),
    #[cfg(not(target_family = "wasm"))]
    ("knob", &knob::Turn),
    ("line", &line::Line),
    ("linear", &linear::Linear),
    ("losses", &losses::Losses),
    #[cfg(not(target_family = "wasm"))]
    ("microscope", &microscope::Microscope),
    #[cfg(not(target_family = "wasm"))]
    ("names", &names::Names),
    ("parameters", &parameters::Parameters),
    ("rmsnorm", &rmsnorm::RmsNorm),
    ("sampling", &sampling::Sampling),
    ("softmax", &softmax::Softmax),
    ("tokenizer", &tokenizer::Tokenizer),
    ("training", &training::TRAINING),
    #[cfg(not(target_family = "wasm"))]
    ("xray", &xray::XRay),
];

/// Those of the second WebAssembly: a page that has one of them has no other, and loads the second alone.
#[cfg(all(feature = "living", target_family = "wasm"))]
pub const ALL: &[(&str, &dyn Widget)] = &[
    ("knob", &knob::Turn),
    ("microscope", &microscope::Microscope),
    ("names", &names::Names),
    ("xray", &xray::XRay),
];

/// The names of those.
pub const LIVING: &[&str] = &["knob", "microscope", "names", "xray"];

/// The widget of this name.
pub(crate) fn named(name: &str) -> Result<&'static dyn Widget, Problem> {
    let found = ALL.iter().find(|(known, _)| *known == name).map(|(_, widget)| *widget);
    found.ok_or_else(|| {
        let known: Vec<_> = ALL.iter().map(|(known, _)| format!("microgpt-{known}")).collect();
        Problem::new("element", format_args!("there is no microgpt-{name}; there are {}", known.join(", ")))
    })
}

/// The tokens of what the reader typed into the control `name`, BOS at both ends.
fn encoded(name: &str) -> Result<Vec<usize>, Problem> {
    if name.is_empty() {
        return Err(Problem::new("name", "Type a name: small letters from a to z."));
    }
    let problem = |error| Problem::new("name", format_args!("No token id: {error}. Use small letters."));
    VOCABULARY.encode_doc(name).map_err(problem)
}

/// The model of the page, or what it was before training if the box `untrained` is ticked.
fn model(state: &State) -> Result<Parameters, Problem> {
    if state.is_on("untrained") {
        return Run::at(&Settings::new(state), 0, None, |run| run.params().clone());
    }
    Run::model(state)
}

/// A name that the model has written; one without letters would not be seen.
fn written(text: &str) -> &str {
    if text.is_empty() { "(empty)" } else { text }
}

/// What a token id stands for.
fn token(id: usize) -> String {
    VOCABULARY.uchars().get(id).map_or("BOS".to_owned(), char::to_string)
}

/// A token in one character: BOS is a dot.
fn letter(id: usize) -> String {
    Some(token(id)).filter(|name| name.len() == 1).unwrap_or_else(|| "·".to_owned())
}

/// The name of a matrix without its layer, where there is but one.
fn bare(name: &str) -> &str {
    name.strip_prefix("layer0.").unwrap_or(name)
}

/// A number and what it counts.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The root of the mean of the squares.
fn rms(x: &[f64]) -> f64 {
    (x.iter().map(|x_i| x_i * x_i).sum::<f64>() / x.len() as f64).sqrt()
}
