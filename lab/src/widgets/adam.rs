//! Adam (lines 146–149 and 174–182): what each step does to one parameter.

use maud::{Markup, html};
use microgpt::training::cosine_decay;

use crate::heat::{precise, signed};
use crate::plot::{Curve, Look, curves};
use crate::run::{Place, Run, Settings, Update};
use crate::{Control, Problem, State, View, Widget};

/// One parameter over the training: its gradient, Adam's two means, and its moves.
pub(super) struct Adam;

/// The settings that concern Adam alone.
const OWN: [&str; 3] = ["beta1", "beta2", "no-correction"];
/// How many of the last steps are shown with all numbers.
const STEPS: usize = 4;

impl Widget for Adam {
    fn controls(&self) -> Vec<Control> {
        let matrices = &[
            ("lm_head", "lm_head"),
            ("wte", "wte"),
            ("wpe", "wpe"),
            ("layer0.attn_wq", "layer0.attn_wq"),
            ("layer0.attn_wk", "layer0.attn_wk"),
            ("layer0.attn_wv", "layer0.attn_wv"),
            ("layer0.attn_wo", "layer0.attn_wo"),
            ("layer0.mlp_fc1", "layer0.mlp_fc1"),
            ("layer0.mlp_fc2", "layer0.mlp_fc2"),
        ];
        let mut controls = vec![
            Settings::step(),
            Control::choice("matrix", "Matrix", matrices),
            Control::range("row", "Row", 13, 0, 127),
            Control::range("col", "Column", 0, 0, 127),
        ];
        let shown = |control: Control| if OWN.contains(&control.name) { control } else { control.hidden() };
        controls.extend(Settings::controls().into_iter().map(shown));
        controls
    }

    fn still(&self) -> Option<(&'static str, &'static str)> {
        Some(("step", "2000"))
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let settings = Settings::new(state);
        let place = Place {
            matrix: state.text("matrix").to_owned(),
            row: state.number("row"),
            col: state.number("col"),
        };
        Run::at(&settings, state.number("step"), Some(place.clone()), |run| {
            let params = run.params();
            let name = params.name_of(run.index).unwrap_or_default();
            let mut max = vec![("step", run.end())];
            if let Some(matrix) = params.get(&place.matrix) {
                max.extend([("row", matrix.rows - 1), ("col", matrix.cols - 1)]);
            }
            View {
                summary: summary(run, &name),
                figure: html! {
                    @if !run.updates.is_empty() {
                        (gradient(run, &settings))
                        (moves(run, &settings))
                        details {
                            summary { "The last steps in numbers" }
                            (table(run, &name, &settings))
                        }
                    }
                },
                max,
            }
        })
    }
}

fn summary(run: &Run, name: &str) -> String {
    let Some(Update { before, grad, learning_rate, after, .. }) = run.updates.last() else {
        return format!("Before training {name} is {}.", signed(run.params().as_slice()[run.index], 6));
    };
    let stopped = run.stopped.as_ref().map_or(String::new(), |error| format!(" Stopped: {error}."));
    format!(
        "Step {}, {name}: gradient {}, move {} = {} times the learning rate.{stopped}",
        run.updates.len(),
        precise(*grad),
        precise(after - before),
        signed((after - before) / learning_rate, 4),
    )
}

/// A quantity of lines 175–181 as the lines compute it, and its value in a step.
type Row = (&'static str, fn(&Update) -> f64);

/// The last steps in columns, with everything from the gradient to the new parameter.
fn table(run: &Run, name: &str, settings: &Settings) -> Markup {
    let first = run.updates.len().saturating_sub(STEPS);
    let updates = &run.updates[first..];
    let means: &[Row] = &[
        ("m = β₁ · m + (1 − β₁) · grad", |update| update.m),
        ("v = β₂ · v + (1 − β₂) · grad²", |update| update.v),
        ("1 − β₁^step", |update| update.corrections[0]),
        ("1 − β₂^step", |update| update.corrections[1]),
        ("m_hat = m / (1 − β₁^step)", |update| update.m / update.corrections[0]),
        ("v_hat = v / (1 − β₂^step)", |update| update.v / update.corrections[1]),
        ("√v_hat", root),
        ("m_hat / (√v_hat + 1e-8)", |update| update.m / update.corrections[0] / (root(update) + 1e-8)),
    ];
    let moves: &[Row] = &[
        ("lr_t", |update| update.learning_rate),
        ("p.data before", |update| update.before),
        ("p.data after", |update| update.after),
        ("the move", |update| update.after - update.before),
    ];
    let gradient: &[Row] = &[("grad", |update| update.grad)];
    // Without the correction the two means are used as they are.
    let means = match settings {
        Settings { plain_sgd: true, .. } => &[],
        Settings { bias_correction: false, .. } => &means[..2],
        _ => means,
    };
    let rows = gradient.iter().chain(means).chain(moves);
    html! {
        div class="table-wrapper" {
            table class="dense adam" {
                caption { (name) " in the last steps; e−6 means: the point six places further left" }
                thead {
                    tr {
                        th scope="col" { "step" }
                        @for step in first..run.updates.len() { th scope="col" { (step + 1) } }
                    }
                    tr {
                        th scope="col" { "name" }
                        @for update in updates { th scope="col" { (update.doc) } }
                    }
                }
                tbody {
                    @for (what, value) in rows {
                        tr {
                            th scope="row" { (what) }
                            @for update in updates { td { (precise(value(update))) } }
                        }
                    }
                }
            }
        }
    }
}

fn root(update: &Update) -> f64 {
    (update.v / update.corrections[1]).sqrt()
}

/// The gradient of each step, its running mean, and its usual size.
fn gradient(run: &Run, settings: &Settings) -> Markup {
    let most = run.updates.iter().map(|update| update.grad.abs()).fold(1e-9, f64::max);
    let mut shown = vec![curve("gradient of each step", Look::Thin, run, |update| update.grad)];
    if !settings.plain_sgd {
        shown.extend([
            curve("m_hat, its running mean", Look::Thick, run, |update| update.m / update.corrections[0]),
            curve("√v_hat, its usual size", Look::Other, run, root),
        ]);
    }
    let about = "The gradient over the steps; the table below has the numbers of the last ones.";
    curves(about, ("step", 1.0..settings.num_steps as f64), ("gradient", -most..most), &shown)
}

/// The move of each step, and the learning rate in both directions.
fn moves(run: &Run, settings: &Settings) -> Markup {
    let of = |update: &Update| update.after - update.before;
    let most = run.updates.iter().map(|update| of(update).abs()).fold(settings.learning_rate, f64::max);
    let shown = [
        curve("move of each step", Look::Thick, run, of),
        schedule("lr_t, up and down", 1.0, settings),
        schedule("", -1.0, settings),
    ];
    let about = "The moves over the steps; the table below has the numbers of the last ones.";
    curves(about, ("step", 1.0..settings.num_steps as f64), ("move", -most..most), &shown)
}

fn curve(label: &str, look: Look, run: &Run, of: impl Fn(&Update) -> f64) -> Curve {
    let points = run.updates.iter().enumerate().map(|(step, update)| ((step + 1) as f64, of(update)));
    Curve { label: label.to_owned(), points: points.collect(), look }
}

/// The learning rate of each step (line 175), or minus it.
fn schedule(label: &str, sign: f64, settings: &Settings) -> Curve {
    let (rate, steps) = (sign * settings.learning_rate, settings.num_steps);
    let places = (0..=50).map(|part| part * steps / 50);
    let points = places.map(|step| (step as f64, cosine_decay(rate, step, steps))).collect();
    Curve { label: label.to_owned(), points, look: Look::Level }
}
