//! Normalization (lines 103–106): a vector times a number, and what rmsnorm makes of it.

use maud::{Markup, html};
use microgpt::Tape;

use super::position::{Position, moment};
use crate::run::Settings;
use crate::{Control, Problem, State, View, Widget, draw, heat};

/// rmsnorm step by step.
pub(super) struct RmsNorm;

impl Widget for RmsNorm {
    fn controls(&self) -> Vec<Control> {
        let mut controls = Position::controls().to_vec();
        let times = &["-10", "-1", "0", "0.001", "0.01", "0.1", "0.5", "1", "2", "10", "100", "1000"];
        controls.push(Control::scale("times", "The vector times", "1", times));
        controls.push(Control::check("no-epsilon", "without + 1e-5"));
        controls.push(Settings::step());
        controls.extend(Settings::controls().into_iter().map(Control::hidden));
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let position = Position::new(state)?;
        let times: f64 = state.decimal("times");
        let num_steps = Settings::new(state).num_steps;
        let tape = Tape::new();
        let x: Vec<_> = tape.values(&position.activations.embedding).iter().map(|&x_i| x_i * times).collect();
        let squares: Vec<_> = x.iter().map(|&x_i| x_i * x_i).collect();
        let n = x.len() as f64;
        let sum = tape.sum(squares.iter().copied());
        let mean_square = sum / n;
        let epsilon = if state.is_on("no-epsilon") { 0.0 } else { 1e-5 };
        let scale = (mean_square + epsilon).powf(-0.5);
        let result: Vec<_> = x.iter().map(|&x_i| x_i * scale).collect();
        let [before, after] = [&x, &result].map(|x| (tape.dot(x, x) / n).data().sqrt());

        let columns = [("x", &x), ("x · x", &squares), ("x · scale", &result)]
            .map(|(name, values)| (name, values.iter().map(|value| value.data()).collect::<Vec<f64>>()));
        let steps = [
            ("sum of the squares", sum.data()),
            ("mean_square = sum / len(x)", mean_square.data()),
            (
                if epsilon == 0.0 { "nothing added" } else { "mean_square + 1e-5" },
                mean_square.data() + epsilon,
            ),
            ("scale = that ** −0.5", scale.data()),
            ("RMS of x", before),
            ("RMS of the result", after),
        ];
        let verdict =
            if after.is_nan() { " 0 ** −0.5 is inf, and 0 times inf is NaN, not a number." } else { "" };
        Ok(View {
            summary: format!(
                "{}, {}, times {}: RMS {} before rmsnorm, {} after it.{verdict}",
                position.words(),
                moment(num_steps.min(state.number("step"))),
                state.text("times").replace('-', "−"),
                heat::signed(before, decimals(before, 3)),
                heat::signed(after, 4),
            ),
            figure: html! {
                (picture(&columns[0].1, before, times, &columns[2].1, after, scale.data()))
                details {
                    summary { "The numbers" }
                    div class="table-wrapper" {
                        table class="numbers" {
                            caption { "Lines 104 and 105, and the RMS before and after" }
                            tbody {
                                @for (name, number) in steps {
                                    tr { th scope="row" { (name) } td { (heat::signed(number, decimals(number, 6))) } }
                                }
                            }
                        }
                    }
                    div class="table-wrapper" {
                        table class="numbers" {
                            caption { "The vector, its squares, and line 106" }
                            thead { tr {
                                th scope="col" { "j" }
                                @for (name, _) in &columns { th scope="col" { (name) } }
                            } }
                            tbody {
                                @for j in 0..x.len() {
                                    tr {
                                        th scope="row" { (j) }
                                        @for (_, numbers) in &columns {
                                            @let full = heat::largest(numbers);
                                            (heat::cell(numbers[j], full, &heat::signed(numbers[j], decimals(full, 4))))
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            },
            max: vec![("position", position.last), ("step", num_steps)],
        })
    }
}

/// How many decimals a number needs for so many digits after its first one.
fn decimals(number: f64, digits: i32) -> usize {
    let magnitude = if number == 0.0 { 0 } else { number.abs().log10().floor() as i32 };
    (digits - magnitude).clamp(0, 12) as usize
}

/// A bar for each number before and after, with the RMS on both sides of 0: those after on a scale that holds them
/// all, those before on one that fits the vector times 1, so that they grow and shrink. What is larger than its scale
/// ends in a point. The panel with the finer scale is a band of the other one.
fn picture(x: &[f64], before: f64, times: f64, result: &[f64], after: f64, scale: f64) -> Markup {
    let (width, height) = (148.0, 132.0);
    let middle = 26.0 + height / 2.0;
    let once = if times == 0.0 { 0.0 } else { 4.0 * heat::largest(x) / times.abs() };
    let reach = [0.1, 0.3, 1.0, 3.0].into_iter().find(|reach| *reach >= once).unwrap_or(10.0);
    let (near, far) = (reach.min(AFTER), reach.max(AFTER));
    let band = height / 2.0 * near / far;
    let panel = |left: f64, name: &str, numbers: &[f64], rms: f64, reach: f64| {
        let pitch = width / numbers.len() as f64;
        let unit = height / 2.0 / reach;
        html! {
            (draw::text("quiet start", (left, 14.0), name))
            (draw::text("quiet end", (left + width, 14.0), &format!("up to ±{}", heat::short(reach))))
            (draw::rect("frame", (left, 26.0), (width, height)))
            @if reach > near { (draw::rect("band", (left, middle - band), (width, 2.0 * band))) }
            @for (j, number) in numbers.iter().enumerate().filter(|(_, number)| number.is_finite()) {
                @let (x, half) = (left + pitch * j as f64 + 1.0, pitch / 2.0 - 1.0);
                @let end = middle - number.clamp(-reach, reach) * unit;
                // Where a bar that is too long becomes a point
                @let neck = if number.abs() > reach { end + 6.0 * number.signum() } else { end };
                @let class = if *number < 0.0 { "bar negative" } else { "bar" };
                (draw::path(class, &[(x, middle), (x, neck), (x + half, end), (x + 2.0 * half, neck), (x + 2.0 * half, middle)]))
            }
            (draw::path("zero", &[(left, middle), (left + width, middle)]))
            @for level in [-rms, rms].into_iter().filter(|level| level.abs() <= reach) {
                (draw::path("level", &[(left, middle + level * unit), (left + width, middle + level * unit)]))
            }
            (draw::text("digits start", (left, 44.0 + height), &format!("{}RMS {}", if rms <= reach { "dashed: " } else { "" }, heat::short(rms))))
        }
    };
    let scales = match far / near {
        1.0 => "Both panels have one scale.".to_owned(),
        times => format!(
            "Two scales: the {} panel reaches {} times as far. Its grey band is all of the other.",
            if reach < AFTER { "right" } else { "left" },
            heat::short((times * 10.0).round() / 10.0),
        ),
    };
    let about = format!(
        "Bars for the numbers of x, whose RMS is {}, and for those after rmsnorm, whose RMS is {}.",
        heat::short(before),
        heat::short(after)
    );
    html! {
        (draw::picture(
            &about,
            (360.0, 186.0),
            html! {
                (panel(2.0, "x", x, before, reach))
                (draw::text("digits", (180.0, middle - 10.0), &format!("× {}", multiple(scale))))
                (draw::arrow((156.0, middle), (204.0, middle), ""))
                (panel(210.0, "x · scale", result, after, AFTER))
            },
        ))
        p class="caption" { (scales) }
    }
}

/// The end of the scale of the numbers after rmsnorm.
const AFTER: f64 = 3.0;

/// A factor in three digits or so.
fn multiple(number: f64) -> String {
    if number.is_finite() { heat::signed(number, decimals(number, 2)) } else { number.to_string() }
}
