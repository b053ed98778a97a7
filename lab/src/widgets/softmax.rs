//! Softmax (lines 97–101): from logits to probabilities, step by step, with its maximum or without.

use maud::{Markup, html};
use microgpt::{Tape, Value, softmax};

use crate::{Control, Problem, State, View, Widget, draw, heat};

/// Up to five logits, all of them shifted by the same amount.
pub(super) struct Softmax;

/// The controls of the logits. The first three are those of lesson 3.3.
const LOGITS: [(&str, &str, &str); 5] = [
    ("logit0", "Logit 0", "2"),
    ("logit1", "Logit 1", "1"),
    ("logit2", "Logit 2", "-1"),
    ("logit3", "Logit 3", "none"),
    ("logit4", "Logit 4", "none"),
];

/// The values of a logit.
const VALUES: &[&str] = &[
    "none", "-5", "-4.5", "-4", "-3.5", "-3", "-2.5", "-2", "-1.5", "-1", "-0.5", "0", "0.5", "1", "1.5",
    "2", "2.5", "3", "3.5", "4", "4.5", "5",
];

/// What can be added to all logits.
const SHIFTS: &[&str] = &[
    "-1000", "-750", "-715", "-714", "-713", "-712", "-711", "-710", "-700", "-100", "-10", "-1", "0", "1",
    "10", "100", "500", "700", "705", "706", "707", "708", "709", "710", "750", "1000",
];

impl Widget for Softmax {
    fn controls(&self) -> Vec<Control> {
        let mut controls =
            LOGITS.map(|(name, label, first)| Control::scale(name, label, first, VALUES)).to_vec();
        controls.push(Control::scale("shift", "Added to all", "0", SHIFTS));
        controls.push(Control::check("no-maximum", "do not subtract the maximum"));
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let shift: f64 = state.decimal("shift");
        let without = state.is_on("no-maximum");
        let logits = LOGITS.iter().enumerate().filter(|(_, (name, ..))| state.text(name) != "none");
        let (places, logits): (Vec<usize>, Vec<f64>) =
            logits.map(|(place, (name, ..))| (place, state.decimal(name) + shift)).unzip();
        if logits.is_empty() {
            return Err(Problem::new(LOGITS[0].0, "Softmax needs at least one logit. Move a slider."));
        }

        let tape = Tape::new();
        let logits = tape.values(&logits);
        let max_logit = logits.iter().map(|logit| logit.data()).fold(f64::NEG_INFINITY, f64::max);
        let subtracted = if without { 0.0 } else { max_logit };
        let differences: Vec<_> = logits.iter().map(|&logit| logit - subtracted).collect();
        let exps: Vec<_> = differences.iter().map(|difference| difference.exp()).collect();
        let total = tape.sum(exps.iter().copied());
        let probs = if without { exps.iter().map(|&e| e / total).collect() } else { softmax(&logits) };
        let sum = tape.sum(probs.iter().copied()).data();

        let list: Vec<String> = probs.iter().map(|prob| heat::signed(prob.data(), 4)).collect();
        let verdict = match total.data() {
            total if total.is_infinite() => {
                "The total is inf, more than a number can hold here, so there is no probability distribution."
            }
            0.0 => "All exponentials are 0, and 0 / 0 is NaN, not a number.",
            _ if !sum.is_finite() => "Dividing by so small a total gives inf, which is no probability.",
            _ => "Their sum is 1.",
        };
        Ok(View {
            summary: format!("Probabilities: {}. {verdict}", list.join(", ")),
            figure: html! {
                (bars(state, &places, &logits, &probs))
                div class="table-wrapper" {
                    table class="numbers" {
                        caption {
                            @if without { "Nothing is subtracted; the largest logit is " } @else { "Line 98: max_logit = " }
                            (short(max_logit)) "; probability = exp / total"
                        }
                        thead { tr {
                            th scope="col" { "logit" }
                            th scope="col" { "its value" }
                            th scope="col" { @if without { "− 0" } @else { "− max_logit" } }
                            th scope="col" { "exp" }
                            th scope="col" { "probability" }
                        } }
                        tbody {
                            @for (i, place) in places.iter().enumerate() {
                                tr {
                                    th scope="row" { (place) }
                                    td { (short(logits[i].data())) }
                                    td { (short(differences[i].data())) }
                                    td { (exponential(exps[i].data())) }
                                    (heat::cell(probs[i].data(), 1.0, &list[i]))
                                }
                            }
                            tr {
                                th scope="row" { "total" }
                                td {} td {}
                                td { b { (exponential(total.data())) } }
                                td { b { (heat::signed(sum, 4)) } }
                            }
                        }
                    }
                }
            },
            max: vec![],
        })
    }
}

/// A bar for each logit, from what is added to all, and beside it one for its probability. Those of the logits
/// can be dragged.
fn bars(state: &State, places: &[usize], logits: &[Value<'_>], probs: &[Value<'_>]) -> Markup {
    let (pitch, step, left, width) = (26.0, 7.0, 18.0, 80.0);
    let steps = VALUES.len() - 1; // without "none"
    let base = left + step * steps as f64 / 2.0;
    let (values, shares) = (left + step * steps as f64 + 56.0, left + step * steps as f64 + 64.0);
    let shift = state.decimal("shift");
    let shown: Vec<_> = places.iter().zip(probs).map(|(i, p)| format!("{i}: {}", share(p.data()))).collect();
    let height = 24.0 + pitch * LOGITS.len() as f64;
    draw::picture(
        &format!("Probabilities of the logits: {}.", shown.join(", ")),
        (360.0, height),
        html! {
            (draw::text("quiet start", (0.0, 14.0), "logit"))
            (draw::text("quiet", (base, 14.0), &short(shift)))
            (draw::text("quiet start", (shares, 14.0), "probability"))
            @for i in 0..LOGITS.len() {
                @let top = 22.0 + pitch * i as f64;
                (draw::rect("track", (left, top + 4.0), (step * steps as f64, 18.0)))
                (draw::rect("track", (shares, top + 4.0), (width, 18.0)))
                (draw::text("quiet start", (0.0, top + 17.0), &i.to_string()))
                @if let Some(place) = places.iter().position(|place| *place == i) {
                    @let (logit, prob) = (logits[place].data(), probs[place].data());
                    @let length = (logit - shift) * 2.0 * step;
                    @let class = if logit < 0.0 { "bar negative" } else { "bar" };
                    (draw::rect(class, (base + length.min(0.0), top + 4.0), (length.abs(), 18.0)))
                    (draw::rect("knob", (base + length - 2.0, top + 2.0), (4.0, 22.0)))
                    (draw::text("digits end", (values, top + 17.0), &short(logit)))
                    @let length = if prob.is_finite() { prob * width } else { 0.0 };
                    (draw::rect("bar", (shares, top + 4.0), (length, 18.0)))
                    (draw::text("digits end", (358.0, top + 17.0), &share(prob)))
                } @else {
                    (draw::text("quiet end", (values, top + 17.0), "none"))
                }
                path class="zero" d=(format!("M{base} {}v{pitch}", top)) {}
                g data-drag {
                    @for (place, value) in VALUES[1..].iter().enumerate() {
                        rect class="near" x=(left + step * place as f64) y=(top) width=(step) height=(pitch)
                            data-set={ (LOGITS[i].0) "=" (value) } {}
                    }
                }
            }
        },
    )
}

/// A probability in percent, and what is none as it is.
fn share(prob: f64) -> String {
    if prob.is_finite() { format!("{:.1} %", 100.0 * prob) } else { heat::signed(prob, 1) }
}

/// A logit, with a decimal where it has one.
fn short(number: f64) -> String {
    heat::signed(number, usize::from(number.fract() != 0.0))
}

/// An exponential: those with many digits as in `2.6881e43`.
fn exponential(number: f64) -> String {
    if number.is_finite() && number != 0.0 && !(0.0001..1e6).contains(&number) {
        format!("{number:.4e}").replace('-', "−")
    } else {
        heat::signed(number, 4)
    }
}
