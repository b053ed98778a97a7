//! Your own names: what was understood of a list of the reader's own, a model that learns it here, and what that
//! writes. The list and weights that are loaded come through doors of their own: they are too large for a query,
//! and no business of an address.

use std::cell::RefCell;
use std::fmt::Write;

use maud::{Markup, html};
use microgpt::data::{List, ListError};
use microgpt::inference::SamplingError;
use microgpt::{Config, Engine, Parameters, Random, Sampler, Tokenizer, Trainer};

use super::{count, written};
use crate::heat::signed;
use crate::plot::{Curve, Look, curves, running_mean};
use crate::{Control, Problem, State, View, Widget};

/// A list of the reader's own, learnt in the page.
pub(super) struct Names;

/// What is learnt while the reader has given nothing: the capitals of Europe.
pub const CAPITALS: &str = include_str!("../../../beyond/capitals.txt");

/// How many losses the mean that moves along is taken over.
const WINDOW: usize = 50;
/// How many samples are written.
const SAMPLES: usize = 20;
/// The most steps of a training.
const MAX_STEPS: usize = 2000;

thread_local! {
    static DESK: RefCell<Desk> = RefCell::new(Desk::new());
}

/// What the reader has given, and the training that goes on.
struct Desk {
    list: Result<List, ListError>,
    weights: Option<(Tokenizer, Parameters)>,
    /// How often something was given.
    given: usize,
    run: Option<Run>,
    /// The losses of the run before this one, and what it was.
    before: Option<Before>,
}

/// What a run was, and its losses.
type Before = (String, Vec<f64>);

/// A training, as far as it has come.
struct Run {
    key: (Config, usize, usize),
    tokenizer: Tokenizer,
    /// Nothing learns when weights were loaded that do not know all characters of the list; then this says why.
    trainer: Result<Trainer, (Parameters, String)>,
    losses: Vec<f64>,
}

impl Desk {
    fn new() -> Self {
        let list = List::from_bytes(CAPITALS.as_bytes());
        Desk { list, weights: None, given: 0, run: None, before: None }
    }

    /// The run with these settings, after so many steps; the list; and the run before.
    fn run(
        &mut self,
        config: Config,
        num_steps: usize,
        step: usize,
    ) -> Result<(&Run, &List, Option<&Before>), Problem> {
        let list =
            self.list.as_ref().map_err(|error| Problem::new("list", format_args!("This list {error}.")))?;
        let key = (config, num_steps, self.given);
        let last = self.run.take();
        let other = last.as_ref().filter(|run| run.key != key && !run.losses.is_empty());
        if let Some(run) = other {
            self.before = Some((run.label(), run.losses.clone()));
        }
        let kept = last.filter(|run| run.key == key && run.losses.len() <= step);
        let run = match kept {
            Some(run) => run,
            None => Run::start(list, self.weights.as_ref(), key)?,
        };
        let run = self.run.insert(run);
        run.advance(step).map_err(|error| Problem::new("step", error))?;
        Ok((run, list, self.before.as_ref()))
    }
}

impl Run {
    fn start(
        list: &List,
        weights: Option<&(Tokenizer, Parameters)>,
        key: (Config, usize, usize),
    ) -> Result<Self, Problem> {
        let mut random = Random::new(42);
        let mut docs = list.docs.clone();
        random.shuffle(&mut docs);
        let (tokenizer, params) = match weights {
            Some((tokenizer, params)) => (tokenizer.clone(), params.clone()),
            None => {
                let params = Parameters::random(key.0, list.tokenizer.vocab_size(), &mut random)
                    .map_err(|error| Problem::new("heads", format_args!("No such model: {error}.")))?;
                (list.tokenizer.clone(), params)
            }
        };
        let trainer = Trainer::new(docs, &tokenizer, params.clone(), key.1)
            .map(|trainer| trainer.with_engine(Engine::Fused))
            .map_err(|error| (params, error.to_string()));
        Ok(Run { key, tokenizer, trainer, losses: Vec::new() })
    }

    fn advance(&mut self, step: usize) -> Result<(), microgpt::training::TrainingError> {
        while let Ok(trainer) = &mut self.trainer
            && self.losses.len() < step
            && let Some(loss) = trainer.advance()?
        {
            self.losses.push(loss);
        }
        Ok(())
    }

    fn params(&self) -> &Parameters {
        self.trainer.as_ref().map_or_else(|(params, _)| params, Trainer::params)
    }

    /// What it is, for the list below the plot.
    fn label(&self) -> String {
        let Config { n_embd, n_head, n_layer, block_size, .. } = self.params().config();
        let sizes = format!("width {n_embd}, {}, {}", count(n_head, "head"), count(n_layer, "layer"));
        format!("{sizes}, block {block_size}, {} in all", count(self.key.1, "step"))
    }
}

impl Widget for Names {
    fn controls(&self) -> Vec<Control> {
        vec![
            Control::film("step", "Steps of training", 0, MAX_STEPS, 10),
            Control::scale("width", "Width n_embd", "16", &["8", "16", "24", "32"]),
            Control::scale("heads", "Heads n_head", "4", &["1", "2", "4", "8"]),
            Control::range("layers", "Layers n_layer", 1, 1, 2),
            Control::scale("block", "Block size", "16", &["8", "16", "32"]),
            Control::scale("steps", "Steps in all", "1000", &["250", "500", "1000", "2000"]),
            Control::scale(
                "temperature",
                "Temperature",
                "0.5",
                &["0.1", "0.3", "0.5", "0.7", "1", "1.5", "2"],
            ),
            Control::text("begin", "Beginning", "", 32),
            // It changes when something is given through the other doors, so that the page asks again.
            Control::range("given", "Given", 0, 0, 999_999).hidden(),
        ]
    }

    fn still(&self) -> Option<(&'static str, &'static str)> {
        Some(("step", "1000"))
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let config = Config {
            n_embd: state.number("width"),
            n_head: state.number("heads"),
            n_layer: state.number("layers"),
            block_size: state.number("block"),
            ..Config::default()
        };
        let num_steps = state.number("steps");
        DESK.with_borrow_mut(|desk| {
            let loaded = desk.weights.is_some();
            let (run, list, before) = desk.run(config, num_steps, state.number("step").min(num_steps))?;
            let begin = run
                .tokenizer
                .encode(state.text("begin"))
                .map_err(|error| Problem::new("begin", format_args!("Nothing begins so: {error}.")))?;
            let samples = run
                .samples(&begin, state.decimal("temperature"))
                .map_err(|error| Problem::new("begin", format_args!("Nothing is written: {error}.")))?;
            let known = samples.iter().filter(|sample| list.docs.contains(sample)).count();
            let mut summary = format!("{list}. ");
            match run.losses.len() {
                0 if loaded => summary += "The weights are those of the file",
                0 => summary += "Nothing is learnt yet",
                steps => {
                    let mean = running_mean(&run.losses, WINDOW)[steps - 1];
                    let last = steps.min(WINDOW);
                    write!(
                        summary,
                        "After {steps} of {}, the mean loss of the last {last} is {}",
                        count(num_steps, "step"),
                        signed(mean, 3)
                    )
                    .expect("a text takes everything");
                }
            }
            write!(summary, "; in the list: {known} of {SAMPLES} samples.").expect("a text takes everything");
            Ok(View {
                summary,
                figure: figure(run, list, &samples, loaded, before),
                max: vec![("step", num_steps)],
            })
        })
    }
}

impl Run {
    /// What the model writes now, always from the same random numbers.
    fn samples(&self, begin: &[usize], temperature: f64) -> Result<Vec<String>, SamplingError> {
        let mut random = Random::new(42);
        let sampler = Sampler::new(&self.tokenizer, self.params()).with_engine(Engine::Fused);
        (0..SAMPLES).map(|_| Ok(sampler.sample_after(begin, temperature, &mut random)?.text)).collect()
    }
}

fn figure(run: &Run, list: &List, samples: &[String], loaded: bool, before: Option<&Before>) -> Markup {
    let params = run.params();
    html! {
        div class="learning" {
            div {
                p { "Loss: " (run.label()) ", " (params.len()) " parameters." }
                (loss_curves(run, before))
            }
            div {
                p { "What it writes now, in bold what is new:" }
                ol class="samples" aria-label="The samples" {
                    @for sample in samples {
                        li {
                            @if list.docs.contains(sample) { span class="known" dir="auto" { (sample) } " (in the list)" }
                            @else { b dir="auto" { (written(sample)) } }
                        }
                    }
                }
            }
        }
        ul class="notes" {
            @for note in list.notes(params.config().block_size) { li { (note) "." } }
            @if loaded { li { "The sizes are those of the weights that were loaded; the sliders for them wait." } }
            @if let Err((_, why)) = &run.trainer {
                li { "These weights cannot learn from this list: " (why) "." }
            }
        }
        details {
            summary { "The alphabet: " (count(run.tokenizer.uchars().len(), "character")) }
            p dir="auto" { @for character in run.tokenizer.uchars() { (character) " " } }
        }
    }
}

fn loss_curves(run: &Run, before: Option<&Before>) -> Markup {
    let guessing = (run.tokenizer.vocab_size() as f64).ln();
    let over_steps = |losses: &[f64]| -> Vec<(f64, f64)> {
        losses.iter().enumerate().map(|(step, loss)| (step as f64, *loss)).collect()
    };
    let mean = running_mean(&run.losses, WINDOW);
    let longest = run.key.1.max(before.as_ref().map_or(0, |(_, losses)| losses.len())) as f64;
    let mut shown = vec![
        Curve { label: "loss of each step".to_owned(), points: over_steps(&run.losses), look: Look::Thin },
        Curve {
            label: format!("guessing, ln {} = {}", run.tokenizer.vocab_size(), signed(guessing, 3)),
            points: vec![(0.0, guessing), (longest, guessing)],
            look: Look::Level,
        },
        Curve { label: format!("mean of the last {WINDOW}"), points: over_steps(&mean), look: Look::Thick },
    ];
    if let Some((label, losses)) = before {
        let points = over_steps(&running_mean(losses, WINDOW));
        shown.push(Curve { label: format!("the same, the run before: {label}"), points, look: Look::Before });
    }
    let top = run.losses.iter().copied().fold(guessing, f64::max).ceil();
    curves("The loss over the steps of training.", ("step", 0.0..longest), ("loss", 0.0..top), &shown)
}

/// Takes a list, or if there is none again the one of the beginning.
pub fn give_list(bytes: &[u8]) {
    DESK.with_borrow_mut(|desk| {
        desk.list = List::from_bytes(if bytes.is_empty() { CAPITALS.as_bytes() } else { bytes });
        desk.given += 1;
    });
}

/// Takes the weights of a file: of its header the metadata and the tensors as a query, each tensor as
/// `tensor=NAME DTYPE ROWS COLS BEGIN END`, and its data. Says what is wrong with them, if something is.
///
/// # Errors
///
/// When it is not a file that [`save`] or the program `microgpt` wrote.
pub fn give_weights(header: &str, data: &[u8]) -> Result<(), String> {
    let weights = weights(header, data)?;
    DESK.with_borrow_mut(|desk| {
        desk.weights = Some(weights);
        desk.given += 1;
    });
    Ok(())
}

/// Lets the weights that were given go.
pub fn drop_weights() {
    DESK.with_borrow_mut(|desk| {
        desk.weights = None;
        desk.given += 1;
    });
}

fn weights(header: &str, data: &[u8]) -> Result<(Tokenizer, Parameters), String> {
    let pairs: Vec<_> = form_urlencoded::parse(header.as_bytes()).collect();
    let text = |key: &str| {
        let found = pairs.iter().find(|(name, _)| name == key).map(|(_, value)| &**value);
        found.ok_or_else(|| format!("its metadata lack {key}"))
    };
    let number =
        |key: &str| text(key)?.parse::<usize>().map_err(|_| format!("its {key} is not a whole number"));
    let config = Config {
        n_embd: number("n_embd")?,
        n_head: number("n_head")?,
        n_layer: number("n_layer")?,
        block_size: number("block_size")?,
        squared_relu: text("squared_relu")? == "true",
        ..Config::default()
    };
    let uchars: Vec<char> = text("uchars")?.chars().collect();
    let tokenizer = Tokenizer::from_chars(uchars.iter().copied());
    if tokenizer.uchars() != uchars {
        return Err("the characters of its vocabulary are not distinct and sorted".to_owned());
    }
    let mut values = Vec::new();
    for shape in config.shapes(tokenizer.vocab_size()).map_err(|error| error.to_string())? {
        let expected = format!("{} F64 {} {} ", shape.name, shape.rows, shape.cols);
        let bytes = pairs.iter().filter(|(key, _)| key == "tensor").find_map(|(_, tensor)| {
            let (begin, end) = tensor.strip_prefix(&expected)?.split_once(' ')?;
            let bytes = data.get(begin.parse().ok()?..end.parse().ok()?)?;
            (bytes.len() == shape.rows * shape.cols * 8).then_some(bytes)
        });
        let bytes = bytes.ok_or_else(|| {
            format!("it has no whole tensor {} of type F64 [{}, {}]", shape.name, shape.rows, shape.cols)
        })?;
        values.extend(bytes.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)));
    }
    if !values.iter().all(|value| value.is_finite()) {
        return Err("one of its weights is not a finite number".to_owned());
    }
    let params =
        Parameters::from_values(config, tokenizer.vocab_size(), values).map_err(|error| error.to_string())?;
    Ok((tokenizer, params))
}

/// The model as it is now, in the safetensors format, as the program `microgpt` writes it with `--save`.
pub fn save() -> Vec<u8> {
    DESK.with_borrow(|desk| desk.run.as_ref().map_or_else(Vec::new, to_safetensors))
}

fn to_safetensors(run: &Run) -> Vec<u8> {
    let params = run.params();
    let Config { n_embd, n_head, n_layer, block_size, squared_relu, .. } = params.config();
    let mut uchars = String::new();
    for &character in run.tokenizer.uchars() {
        match character {
            '"' | '\\' => uchars.extend(['\\', character]),
            '\0'..' ' => write!(uchars, "\\u{:04x}", character as u32).expect("a text takes everything"),
            _ => uchars.push(character),
        }
    }
    let mut header = format!(
        r#"{{"__metadata__":{{"n_embd":"{n_embd}","n_head":"{n_head}","n_layer":"{n_layer}","block_size":"{block_size}","squared_relu":"{squared_relu}","uchars":"{uchars}"}}"#
    );
    let mut begin = 0;
    for matrix in params.matrices() {
        let end = begin + matrix.data.len() * 8;
        write!(
            header,
            r#","{}":{{"dtype":"F64","shape":[{},{}],"data_offsets":[{begin},{end}]}}"#,
            matrix.name, matrix.rows, matrix.cols
        )
        .expect("a text takes everything");
        begin = end;
    }
    header.push('}');
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    let length = (header.len() as u64).to_le_bytes();
    let data = params.as_slice().iter().flat_map(|value| value.to_le_bytes());
    length.into_iter().chain(header.into_bytes()).chain(data).collect()
}
