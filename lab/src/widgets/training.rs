//! Training (lines 146–184) from scratch, whatever is set: the loss curve, and the names that the model writes.

use maud::{Markup, html};
use microgpt::training::{Step, cosine_decay};

use super::losses::predictions;
use super::{count, written};
use crate::heat::signed;
use crate::plot::{Curve, Look, curves, running_mean};
use crate::run::{HELD_OUT, Run, Settings, VOCABULARY};
use crate::{Control, Problem, State, View, Widget};

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
/// How many names the model writes, and at which temperature (line 187).
const NAMES: usize = 10;
const TEMPERATURE: f64 = 0.5;

impl Widget for Training {
    fn controls(&self) -> Vec<Control> {
        let shown = |control: Control| if (self.settings)(control.name) { control } else { control.hidden() };
        std::iter::once(Settings::step()).chain(Settings::controls().into_iter().map(shown)).collect()
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
                    (loss_curve(run, &settings, &mean, held_out, &usual))
                    (names(run))
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
    let mut tests = run.held_out.clone();
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

/// What the model writes as it is now, always from the same random numbers: those that the program has left
/// after line 90.
fn names(run: &Run) -> Markup {
    let (mut random, sampler) = (run.random.clone(), run.sampler());
    let samples: Result<Vec<_>, _> = (0..NAMES).map(|_| sampler.sample(TEMPERATURE, &mut random)).collect();
    html! {
        p class="caption" { "What the model writes now, at temperature " (TEMPERATURE) }
        @match samples {
            Ok(samples) => ol class="samples" aria-label="The samples" {
                @for sample in samples { li { b { (written(&sample.text)) } } }
            },
            Err(error) => p { "Nothing: " (error) "." },
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
    let about = "The learning rate falls along a cosine; the table below has its numbers.";
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
                        @for &(step, held_out) in &run.held_out {
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
