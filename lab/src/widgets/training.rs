//! Training (lines 146–184) from scratch, whatever is set: the loss curve, the names that the model writes, now
//! and before, and which letter it expects after which.

use std::fmt::Write;

use maud::{Markup, html};
use microgpt::Fused;
use microgpt::training::{Step, cosine_decay};

use super::losses::predictions;
use super::sampling::likeliest;
use super::{count, token, written};
use crate::heat::{self, signed};
use crate::plot::{Curve, Look, curves, running_mean};
use crate::run::{HELD_OUT, Run, Settings, TEMPERATURE, VOCABULARY, moments};
use crate::{Control, Problem, State, View, Widget, draw};

/// A film of the training. How much the reader can set differs from lesson to lesson.
pub(super) struct Training {
    /// Whether the reader sees the control of this name.
    settings: fn(&str) -> bool,
    /// Whether the learning rate of each step is shown.
    schedule: bool,
}

/// Nothing to set but the step.
pub(super) const CURVE: Training = Training { settings: |_| false, schedule: false };
/// The learning rate.
pub(super) const DESCENT: Training = Training { settings: |name| name == "lr", schedule: false };
/// Everything.
pub(super) const TRAINING: Training = Training { settings: |_| true, schedule: true };

/// How many losses the mean that moves along is taken over.
const WINDOW: usize = 50;
/// How many names the model writes.
const NAMES: usize = 10;

/// A probability has the first colour from the first of these on, the next from the next, and so on, each with its
/// strength: pale where nothing is learned yet. An even share of 27 has the second.
const SHARES: [(f64, f64); 5] = [(0.01, 0.08), (0.03, 0.25), (0.1, 0.5), (0.2, 0.75), (0.4, 1.0)];

impl Widget for Training {
    fn controls(&self) -> Vec<Control> {
        let shown = |control: Control| if (self.settings)(control.name) { control } else { control.hidden() };
        std::iter::once(Settings::step()).chain(Settings::controls().into_iter().map(shown)).collect()
    }

    fn still(&self) -> Option<(&'static str, &'static str)> {
        Some(("step", "2000"))
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let settings = Settings::new(state);
        let usual = if settings == Settings::usual() { Vec::new() } else { Run::usual() };
        Run::at(&settings, state.number("step"), None, |run| {
            let held_out = run.test();
            let mean = running_mean(&run.losses, WINDOW);
            View {
                summary: summary(run, &settings, &mean, held_out, &usual),
                figure: html! {
                    pre class="progress" {
                        @match &run.last { Some(step) => (step.to_string()), None => "no step yet" }
                    }
                    div class="learning" {
                        div { (loss_curve(run, &settings, &mean, held_out, &usual)) }
                        div { (names(run, settings.num_steps)) }
                    }
                    (letters(run))
                    @if self.schedule { (schedule(run, &settings)) }
                    @if let Some(step) = &run.last { (last_step(step)) }
                    (table(run, &mean))
                },
                max: vec![("step", run.end())],
            }
        })
    }
}

fn summary(run: &Run, settings: &Settings, mean: &[f64], held_out: f64, usual: &[(usize, f64)]) -> String {
    let steps = run.losses.len();
    let mut summary = match &run.stopped {
        Some(error) => format!("Stopped: {error}. Before that step"),
        None if steps == 0 => "Before training".to_owned(),
        None => format!("After {steps} of {}", count(settings.num_steps, "step")),
    };
    summary += &format!(" the loss on {HELD_OUT} held-out names is {}", signed(held_out, 3));
    if let Some(mean) = mean.last() {
        summary +=
            &format!(", the mean loss of the last {} {}", count(steps.min(WINDOW), "step"), signed(*mean, 3));
    }
    summary += ".";
    if let Some((_, last)) = usual.last() {
        summary += &format!(" With the settings of microgpt.py it ends at {}.", signed(*last, 3));
    }
    summary
}

fn loss_curve(run: &Run, settings: &Settings, mean: &[f64], held_out: f64, usual: &[(usize, f64)]) -> Markup {
    let num_steps = settings.num_steps as f64;
    // The loss of a step is that of the model before it.
    let over_steps =
        |losses: &[f64]| losses.iter().enumerate().map(|(step, loss)| (step as f64, *loss)).collect();
    let over_tests = |tests: &[(usize, f64)]| tests.iter().map(|&(step, loss)| (step as f64, loss)).collect();
    let vocab_size = VOCABULARY.vocab_size() as f64;
    let mut tests = run.held_out().to_vec();
    tests.push((run.losses.len(), held_out));
    let mut shown = vec![
        Curve { label: "loss of each step".to_owned(), points: over_steps(&run.losses), look: Look::Thin },
        Curve {
            label: format!("guessing, ln {vocab_size} = {}", signed(vocab_size.ln(), 3)),
            points: vec![(0.0, vocab_size.ln()), (num_steps, vocab_size.ln())],
            look: Look::Level,
        },
        Curve { label: format!("mean of the last {WINDOW}"), points: over_steps(mean), look: Look::Thick },
        Curve { label: format!("{HELD_OUT} held-out names"), points: over_tests(&tests), look: Look::Other },
    ];
    if !usual.is_empty() {
        shown.push(Curve {
            label: "held-out names, with the settings of microgpt.py".to_owned(),
            points: over_tests(usual),
            look: Look::Before,
        });
    }
    // A training that goes astray gets a higher plot, up to a limit.
    let highest = run.losses.iter().copied().fold(0.0, f64::max);
    let top = if highest <= 4.5 { 4.5 } else { highest.min(12.0) };
    let about = "The loss over the steps; the table below has its numbers.";
    curves(about, ("step", 0.0..num_steps), ("loss", 1.5..top), &shown)
}

/// What the model writes now, and what it wrote at the moments before: a click goes there.
fn names(run: &Run, num_steps: usize) -> Markup {
    let now = run.losses.len();
    html! {
        p class="caption" { "What the model writes now, at temperature " (TEMPERATURE) }
        @match run.names(NAMES) {
            Ok(names) => ol class="samples" aria-label="The samples" {
                @for name in names { li { b { (written(&name)) } } }
            },
            Err(error) => p { "Nothing: " (error) "." },
        }
        table class="moments" {
            caption { "The first five at some steps so far" }
            tbody {
                @for moment in moments(num_steps) {
                    @let names = run.written.iter().find(|(step, _)| *step == moment);
                    tr data-set={ "step=" (moment) } class=[(moment == now).then_some("chosen")] {
                        th scope="row" { "step " (moment) }
                        td { @for name in names.iter().flat_map(|(_, names)| names) { (written(name)) " " } }
                    }
                }
            }
        }
    }
}

/// What the model expects at the first two places: a row for BOS and for each letter after it, and in it the
/// probability of each token to come.
fn letters(run: &Run) -> Markup {
    let params = run.params();
    let (bos, mut fused) = (VOCABULARY.bos(), Fused::new(params));
    let mut expected = |tokens: &[usize]| {
        let mut probs = fused.logits(params.as_slice(), tokens);
        let max_logit = probs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        probs.iter_mut().for_each(|p| *p = (*p - max_logit).exp());
        let total: f64 = probs.iter().sum();
        probs.iter_mut().for_each(|p| *p /= total);
        probs
    };
    // BOS first, then the letters.
    let rows: Vec<(usize, Vec<f64>)> = std::iter::once((bos, expected(&[bos])))
        .chain((0..bos).map(|letter| (letter, expected(&[bos, letter]))))
        .collect();
    let few = |probs: &[f64]| {
        let few = likeliest(probs).into_iter().take(3);
        few.map(|id| format!("{} {:.0} %", token(id), 100.0 * probs[id])).collect::<Vec<_>>()
    };
    let about: Vec<_> = [0, 1, 14]
        .into_iter()
        .map(|place| format!("after {} {}", token(rows[place].0), few(&rows[place].1).join(", ")))
        .collect();
    html! {
        div class="letters" {
            (draw::picture(&format!("The likeliest tokens: {}.", about.join("; ")), (402.0, 398.0), map(&rows)))
            div {
                p class="caption" {
                    "Which letter does it expect after which? A row for each letter at the start of a name, in it the "
                    "probability of each letter to come. The first row is how names begin, the last column that they end."
                }
                ul class="levels" aria-label="What the colours mean" {
                    @for (from, strength) in SHARES {
                        li {
                            span class="heat" style=(heat::ground(strength, 1.0)) {}
                            " from " (100.0 * from) " %"
                        }
                    }
                }
                details {
                    summary { "The likeliest three" }
                    div class="table-wrapper" { table class="numbers" { tbody {
                        @for (letter, probs) in &rows {
                            tr {
                                th scope="row" { (token(*letter)) }
                                @for text in few(probs) { td { (text) } }
                            }
                        }
                    } } }
                }
            }
        }
    }
}

/// These probabilities as squares, as strong as their sizes; BOS stands apart.
fn map(rows: &[(usize, Vec<f64>)]) -> Markup {
    let (cell, left, top) = (13.0, 30.0, 20.0);
    let bos = VOCABULARY.bos();
    let column = |id: usize| if id == bos { id as f64 + 0.8 } else { id as f64 };
    let line = |row: usize| if row == 0 { 0.0 } else { row as f64 + 0.6 };
    let mut paths: [String; SHARES.len()] = Default::default();
    for (row, (_, probs)) in rows.iter().enumerate() {
        for (id, p) in probs.iter().enumerate() {
            let size = SHARES.iter().filter(|(share, _)| p >= share).count();
            if let Some(path) = size.checked_sub(1).map(|place| &mut paths[place]) {
                let (x, y) = (column(id) * cell, (line(row) + 0.5) * cell);
                write!(path, "M{x:.0} {y:.0}h{}", cell - 1.0).expect("a text takes everything");
            }
        }
    }
    html! {
        g class="squares" transform=(format!("translate({left} {top})")) {
            @for (path, (_, strength)) in paths.iter().zip(SHARES) {
                path class="heat" style=(heat::ground(strength, 1.0)) d=(path) {}
            }
        }
        @for (row, (letter, _)) in rows.iter().enumerate() {
            (draw::text("tick end", (left - 5.0, top + (line(row) + 0.8) * cell), &token(*letter)))
        }
        @for id in 0..=bos {
            (draw::text("tick", (left + (column(id) + 0.5) * cell, top - 6.0), &token(id)))
        }
    }
}

/// The learning rate over the steps (line 175), and how far the training has come.
fn schedule(run: &Run, settings: &Settings) -> Markup {
    let (rate, steps) = (settings.learning_rate, settings.num_steps);
    let until = |last: usize| {
        let places = (0..=50).map(|part| part * last / 50);
        places.map(|step| (step as f64, cosine_decay(rate, step, steps))).collect()
    };
    let all = Curve { label: "lr_t of each step".to_owned(), points: until(steps), look: Look::Thin };
    let so_far = Curve { label: "so far".to_owned(), points: until(run.losses.len()), look: Look::Thick };
    let about = "The learning rate falls along a cosine, from its start to almost 0.";
    html! {
        div class="half" {
            (curves(about, ("step", 0.0..steps as f64), ("learning rate", 0.0..rate), &[all, so_far]))
        }
    }
}

/// The document of the last step and how wrong each prediction was.
fn last_step(step: &Step) -> Markup {
    html! {
        details {
            summary { "The last step: " (step.document().doc) ", prediction by prediction" }
            (predictions(&step.document().tokens, &step.document().losses))
            p class="caption" { "This is the model before the step moved its parameters, with lr_t = "
                (signed(step.learning_rate, 8)) "." }
        }
    }
}

/// The numbers behind the curves, where the model was tested.
fn table(run: &Run, mean: &[f64]) -> Markup {
    html! {
        details {
            summary { "The numbers behind the curve" }
            div class="table-wrapper" {
                table {
                    thead { tr {
                        th scope="col" { "after step" } th scope="col" { "its loss" }
                        th scope="col" { "mean of the last " (WINDOW) } th scope="col" { "held-out names" }
                    } }
                    tbody {
                        @for &(step, held_out) in run.held_out() {
                            tr {
                                th scope="row" { (step) }
                                @for losses in [&run.losses[..], mean] {
                                    td { @if step > 0 { (signed(losses[step - 1], 4)) } @else { "–" } }
                                }
                                td { (signed(held_out, 4)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
