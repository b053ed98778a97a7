//! Sampling (lines 186–200): the model writes names, and the probabilities that it draws from.

use maud::{Markup, html};
use microgpt::Random;
use microgpt::inference::{Sample, SamplingError};

use super::{count, token, written};
use crate::run::{Run, Settings, sorted};
use crate::{Control, Problem, State, View, Widget, heat};

/// Names from the model of the page, at a temperature, and what one of them was drawn from.
pub(super) struct Sampling;

/// How many names are written for the statistics.
const MANY: usize = 500;
/// How many of them are shown.
const SHOWN: usize = 20;

impl Widget for Sampling {
    fn controls(&self) -> Vec<Control> {
        let temperatures =
            &["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1", "1.25", "1.5", "2", "5"];
        let mut controls = vec![
            Control::scale("temperature", "Temperature", "0.5", temperatures),
            Control::range("sample", "Sample looked at", 1, 1, SHOWN),
            Control::range("draws", "Other draws", 0, 0, 99),
        ];
        controls.extend(Settings::hidden());
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let (temperature, chosen) = (state.decimal("temperature"), state.number("sample"));
        let settings = Settings::new(state);
        Run::at(&settings, state.number("step"), None, |run| {
            // 0 goes on where training left the generator, as the program does.
            let mut random = match state.number("draws") {
                0 => run.random.clone(),
                seed => Random::new(seed as u64),
            };
            let sampler = run.sampler();
            let samples = (0..MANY).map(|_| sampler.sample(temperature, &mut random));
            let samples: Vec<Sample> = samples.collect::<Result<_, SamplingError>>()?;
            Ok(show(&samples, chosen - 1, temperature, run))
        })?
        .map_err(|error: SamplingError| Problem::new("temperature", error))
    }
}

/// The samples, one of them in full.
fn show(samples: &[Sample], chosen: usize, temperature: f64, run: &Run) -> View {
    let known = sorted(run.docs.iter());
    let seen = sorted(run.docs.iter().take(run.losses.len()));
    let mark = |text: &str| match text {
        text if seen.binary_search(&text).is_ok() => "learned from",
        text if known.binary_search(&text).is_ok() => "in the file",
        _ => "new",
    };
    let share = |of: &str| {
        let number = samples.iter().filter(|sample| mark(&sample.text) == of).count();
        format!("{:.1} %", 100.0 * number as f64 / samples.len() as f64)
    };
    let mut different = sorted(samples.iter().map(|sample| &sample.text));
    different.dedup();
    let letters = samples.iter().map(|sample| sample.text.len()).sum::<usize>() as f64 / samples.len() as f64;
    let sample = &samples[chosen];
    View {
        summary: format!(
            "Sample {}: {} ({}), after {} of training, temperature {temperature}.",
            chosen + 1,
            written(&sample.text),
            mark(&sample.text),
            count(run.losses.len(), "step"),
        ),
        figure: html! {
            ol class="samples" aria-label="The samples" {
                @for (index, sample) in samples[..SHOWN].iter().enumerate() {
                    li class=[(index == chosen).then_some("used")] data-set=(format!("sample={}", index + 1)) {
                        b { (written(&sample.text)) }
                        @if mark(&sample.text) != "new" { " " small { (mark(&sample.text)) } }
                    }
                }
            }
            (draws(sample))
            (all_probs(sample))
            div class="table-wrapper" {
                table class="shares" {
                    caption { "All of " (samples.len()) " samples, the " (SHOWN) " among them" }
                    tbody {
                        tr { th scope="row" { "new: not in the file" } td { (share("new")) } }
                        tr { th scope="row" { "in the file, but not learned from" } td { (share("in the file")) } }
                        tr { th scope="row" { "learned from" } td { (share("learned from")) } }
                        tr { th scope="row" { "different ones" } td { (different.len()) } }
                        tr { th scope="row" { "mean number of letters" } td { (format!("{letters:.2}")) } }
                        tr { th scope="row" { "mean −ln p of a drawn token" } td { (format!("{:.3}", surprise(samples))) } }
                    }
                }
            }
        },
        max: vec![],
    }
}

/// The mean of −ln p over all tokens drawn, with the probabilities that they were drawn with.
fn surprise(samples: &[Sample]) -> f64 {
    let costs = samples
        .iter()
        .flat_map(|sample| sample.tokens.iter().zip(&sample.probs).map(|(&token, probs)| -probs[token].ln()));
    let number: usize = samples.iter().map(|sample| sample.tokens.len()).sum();
    costs.sum::<f64>() / number as f64
}

/// How many of the likeliest tokens are shown for a draw.
const LIKELIEST: usize = 5;

/// What a sample was drawn from, position by position.
fn draws(sample: &Sample) -> Markup {
    html! {
        div class="table-wrapper" {
            table class="draws" {
                caption { "What each token of “" (written(&sample.text)) "” was drawn from: the likeliest five, in percent" }
                thead { tr {
                    th scope="col" { "position" } th scope="col" { "drawn" } th scope="col" { "its probability" }
                    @for place in 1..=LIKELIEST { th scope="col" { "no. " (place) } }
                } }
                tbody {
                    @for (position, (&drawn, probs)) in sample.tokens.iter().zip(&sample.probs).enumerate() {
                        tr {
                            th scope="row" { (position) }
                            td { b { (token(drawn)) } }
                            (heat::cell(probs[drawn], 1.0, &format!("{:.1}", 100.0 * probs[drawn])))
                            @for id in likeliest(probs) {
                                td class={ (heat::class(probs[id])) @if id == drawn { " chosen" } } style=(heat::ground(probs[id], 1.0)) {
                                    (token(id)) " " (format!("{:.1}", 100.0 * probs[id]))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The probabilities of all tokens at each position, folded.
fn all_probs(sample: &Sample) -> Markup {
    html! {
        details {
            summary { "All probabilities at each position" }
            div class="table-wrapper" {
                table class="draws" {
                    thead { tr {
                        th scope="col" { "token" }
                        @for position in 0..sample.probs.len() { th scope="col" { (position) } }
                    } }
                    tbody {
                        @for id in 0..sample.probs[0].len() {
                            tr {
                                th scope="row" { (token(id)) }
                                @for (&drawn, probs) in sample.tokens.iter().zip(&sample.probs) {
                                    td class={ (heat::class(probs[id])) @if id == drawn { " chosen" } } style=(heat::ground(probs[id], 1.0)) {
                                        (format!("{:.4}", probs[id]))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The likeliest tokens, the likeliest first.
pub(super) fn likeliest(probs: &[f64]) -> Vec<usize> {
    let mut ids = Vec::new();
    for (id, p) in probs.iter().enumerate() {
        // So few of them need no sorting that would have to be sent to readers.
        ids.insert(ids.partition_point(|&likelier: &usize| probs[likelier] >= *p), id);
        ids.truncate(LIKELIEST);
    }
    ids
}
