//! Sampling (lines 186–200): the model writes names, and the probabilities that it draws from.

use maud::{Markup, html};
use microgpt::Random;
use microgpt::inference::{Sample, SamplingError};

use super::{count, token, written};
use crate::run::{Run, Settings, sorted};
use crate::{Control, Problem, State, View, Widget, draw, heat};

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
            Control::range("letter", "Position drawn", 0, 0, 7),
            Control::range("draws", "Other draws", 0, 0, 99),
        ];
        controls.extend(Settings::hidden());
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let (temperature, chosen) = (state.decimal("temperature"), state.number("sample") - 1);
        let settings = Settings::new(state);
        Run::at(&settings, state.number("step"), None, |run| {
            // 0 goes on where training left the generator, as the program does.
            let mut random = match state.number("draws") {
                0 => run.random.clone(),
                seed => Random::new(seed as u64),
            };
            let sampler = run.sampler();
            let mut before = random.clone();
            let samples = (0..MANY).map(|index| {
                if index == chosen {
                    before = random.clone();
                }
                sampler.sample(temperature, &mut random)
            });
            let samples: Vec<Sample> = samples.collect::<Result<_, SamplingError>>()?;
            let last = samples[chosen].tokens.len() - 1;
            let letter = state.number("letter").min(last);
            // Each draw takes one random number.
            let point = (0..=letter).fold(0.0, |_, _| before.random());
            Ok(show(&samples, chosen, &Draw { letter, point, last }, temperature, run))
        })?
        .map_err(|error: SamplingError| Problem::new("temperature", error))
    }
}

/// A draw: at which position of the sample, with which random number from 0 to 1, and how many positions more.
struct Draw {
    letter: usize,
    point: f64,
    last: usize,
}

/// The samples, one of them in full.
fn show(samples: &[Sample], chosen: usize, draw: &Draw, temperature: f64, run: &Run) -> View {
    let known = sorted(run.docs.iter());
    let seen = sorted(run.docs.iter().take(run.losses.len()));
    let mark = |text: &str| match text {
        text if seen.binary_search(&text).is_ok() => "learned from",
        text if known.binary_search(&text).is_ok() => "in the file",
        _ => "new",
    };
    let of = |name: &str| samples.iter().filter(|sample| mark(&sample.text) == name).count() as f64;
    let mut different = sorted(samples.iter().map(|sample| &sample.text));
    different.dedup();
    let letters = samples.iter().map(|sample| sample.text.len()).sum::<usize>() as f64 / samples.len() as f64;
    let sample = &samples[chosen];
    View {
        summary: format!(
            "Sample {}: {} ({}), after {} of training, temperature {temperature}. At position {} the random number \
             {:.4} falls on {}, which has {}.",
            chosen + 1,
            written(&sample.text),
            mark(&sample.text),
            count(run.losses.len(), "step"),
            draw.letter,
            draw.point,
            token(sample.tokens[draw.letter]),
            percent(sample.probs[draw.letter][sample.tokens[draw.letter]]),
        ),
        figure: html! {
            div class="beside" {
            div {
            (picture(sample, draw))
            p class="press" {
                @if draw.letter < draw.last {
                    button type="button" data-set={ "letter=" (draw.letter + 1) } { "Draw the next letter" }
                } @else {
                    button type="button" data-set={ "letter=0&sample=" ((chosen + 1) % SHOWN + 1) } { "Begin the next name" }
                }
            }
            }
            ol class="samples" aria-label="The samples" {
                @for (index, sample) in samples[..SHOWN].iter().enumerate() {
                    li class=[(index == chosen).then_some("used")]
                        data-set=(format!("sample={}&letter=0", index + 1)) {
                        b { (written(&sample.text)) }
                        @if mark(&sample.text) != "new" { " " small { (mark(&sample.text)) } }
                    }
                }
            }
            }
            p class="caption" { "All of " (samples.len()) " samples, the " (SHOWN) " among them:" }
            ol class="shares" {
                @for (name, what) in [("new", "new: not in the file"), ("in the file", "in the file, but not learned from"), ("learned from", "learned from")] {
                    li style=(heat::ground(of(name), samples.len() as f64)) { b { (percent(of(name) / samples.len() as f64)) } " " (what) }
                }
            }
            details {
                summary { "What each letter was drawn from" }
                (draws(sample, draw.letter))
                (all_probs(sample))
            }
            details {
                summary { "More about the " (samples.len()) }
                div class="table-wrapper" { table class="numbers" { tbody {
                    tr { th scope="row" { "different ones" } td { (different.len()) } }
                    tr { th scope="row" { "mean number of letters" } td { (format!("{letters:.2}")) } }
                    tr { th scope="row" { "mean −ln p of a drawn token" } td { (format!("{:.3}", surprise(samples))) } }
                } } }
            }
        },
        max: vec![("letter", draw.last)],
    }
}

/// A probability in percent.
fn percent(p: f64) -> String {
    format!("{:.1} %", 100.0 * p)
}

/// What is written so far; the probability of each token to come as a bar; and the same ones side by side from 0
/// to 1, where the random number falls on one of them.
fn picture(sample: &Sample, draw: &Draw) -> Markup {
    let (tokens, probs) = (&sample.tokens, &sample.probs[draw.letter]);
    let drawn = tokens[draw.letter];
    let (pitch, left, width) = (12.6, 4.0, 352.0);
    let (base, strip) = (206.0, 240.0);
    // The axis ends at the first of these that the bars do not pass.
    let most = probs.iter().copied().fold(0.0, f64::max);
    let top = [0.2, 0.5].into_iter().find(|top| most <= *top).unwrap_or(1.0);
    let tall = 140.0 / top;
    let middle = |id: usize| left + pitch * (id as f64 + if id + 1 == probs.len() { 1.0 } else { 0.5 });
    // Where the part of each token ends.
    let ends: Vec<f64> = probs
        .iter()
        .scan(0.0, |sum, p| {
            *sum += p;
            Some(*sum * width)
        })
        .collect();
    let point = left + draw.point * ends.last().unwrap_or(&width);
    // Above the bar, and above those beside it
    let room =
        probs[drawn.saturating_sub(2)..(drawn + 3).min(probs.len())].iter().copied().fold(0.0, f64::max);
    let likeliest: Vec<_> =
        likeliest(probs).iter().map(|&id| format!("{} {}", token(id), percent(probs[id]))).collect();
    let about = format!(
        "Position {}: the likeliest are {}. The random number {:.4} falls on {}.",
        draw.letter,
        likeliest.join(", "),
        draw.point,
        token(drawn),
    );
    draw::picture(
        &about,
        (360.0, 302.0),
        html! {
            (draw::tokens((22.0, 18.0), 39.0, &["BOS"], None))
            @for (place, &id) in tokens.iter().enumerate() {
                @let (name, current) = if place > draw.letter { ("?".to_owned(), None) } else { (token(id), (place == draw.letter).then_some(0)) };
                g class=[(place > draw.letter).then_some("later")] data-set={ "letter=" (place) } {
                    (draw::tokens((61.0 + 39.0 * place as f64, 18.0), 39.0, &[&name], current))
                    (draw::rect("near", (41.5 + 39.0 * place as f64, 2.0), (39.0, 32.0)))
                }
            }
            @for share in [top, top / 2.0] {
                path class="mesh" d=(format!("M{left} {}h{width}", base - share * tall)) {}
                (draw::text("tick start", (left, base - share * tall - 3.0), &format!("{:.0} %", 100.0 * share)))
            }
            @for (id, p) in probs.iter().enumerate() {
                (draw::rect("bar", (middle(id) - 5.0, base - p * tall), (10.0, p * tall)))
                (draw::text("tick", (middle(id), base + 12.0), &token(id)))
            }
            (draw::outline((middle(drawn) - 6.0, base - probs[drawn] * tall - 1.0), (12.0, probs[drawn] * tall + 2.0)))
            (draw::text("digits", (middle(drawn).clamp(24.0, 336.0), base - room * tall - 6.0), &percent(probs[drawn])))
            @for (id, p) in probs.iter().enumerate() {
                @let start = ends[id] - p * width;
                (draw::rect(if id == drawn { "part bar" } else { "part" }, (left + start, strip), (p * width, 24.0)))
                @if p * width > 9.0 * token(id).len() as f64 { (draw::text("tick", (left + start + p * width / 2.0, strip + 16.0), &token(id))) }
            }
            path class="point" d=(format!("M{point:.1} {}v{}", strip - 6.0, 36.0)) {}
            (draw::text("digits", (point.clamp(30.0, 330.0), strip + 44.0), &format!("{:.4}", draw.point)))
            (draw::text("tick", (left, strip + 40.0), "0"))
            (draw::text("tick", (left + width, strip + 40.0), "1"))
        },
    )
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

/// What a sample was drawn from, position by position; the one looked at stands out.
fn draws(sample: &Sample, letter: usize) -> Markup {
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
                        tr class=[(position == letter).then_some("chosen")] data-set={ "letter=" (position) } {
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

/// The probabilities of all tokens at each position.
fn all_probs(sample: &Sample) -> Markup {
    html! {
        div class="table-wrapper" {
            table class="draws" {
                caption { "All probabilities at each position" }
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

/// The places of the values, that of the highest first.
pub(super) fn highest(values: &[f64]) -> Vec<usize> {
    let mut places = Vec::new();
    for (place, value) in values.iter().enumerate() {
        // So few of them need no sorting that would have to be sent to readers.
        places.insert(places.partition_point(|&higher: &usize| values[higher] >= *value), place);
    }
    places
}

/// The likeliest tokens, the likeliest first.
pub(super) fn likeliest(probs: &[f64]) -> Vec<usize> {
    let mut ids = highest(probs);
    ids.truncate(LIKELIEST);
    ids
}
