//! Curves as SVG. Their looks are classes of the style sheet, for light pages and for dark ones.

use std::fmt::Write;
use std::ops::Range;

use maud::{Markup, html};

/// A line through some points.
#[derive(Debug, Clone)]
pub struct Curve {
    /// What it shows, for the list below the plot; empty for one that another curve speaks for.
    pub label: String,
    /// Its points, from left to right; those that are not finite, or beyond the end of the plot, are left out.
    pub points: Vec<(f64, f64)>,
    /// How it is drawn.
    pub look: Look,
}

/// The looks of curves. They differ in width and dashes too, not only in colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Thin and pale: single values.
    Thin,
    /// Thick: what the plot is about.
    Thick,
    /// In another colour, of middle width.
    Other,
    /// Dashed: a level to compare with.
    Level,
    /// In the other colour and dotted: how it was before something was changed.
    Before,
    /// A large dot, for a single point.
    Ball,
}

impl Look {
    /// Its class in the style sheet.
    fn class(self) -> &'static str {
        match self {
            Look::Thin => "thin",
            Look::Thick => "thick",
            Look::Other => "other",
            Look::Level => "level",
            Look::Before => "before",
            Look::Ball => "ball",
        }
    }
}

/// The size of a plot in its own units, and the room around it for what is written there. The units are fine
/// enough for coordinates that are whole numbers.
const SIZE: [f64; 2] = [960.0, 600.0];
const LEFT: f64 = 140.0;
const BELOW: f64 = 100.0;
const ABOVE: f64 = 60.0;
const RIGHT: f64 = 40.0;

/// A plot of curves with its axes, and below it the list of what they show. `about` says what is to be seen,
/// for those who cannot. What lies above or below the plot is drawn at its edge.
pub fn curves(
    about: &str,
    (x_name, x): (&str, Range<f64>),
    (y_name, y): (&str, Range<f64>),
    curves: &[Curve],
) -> Markup {
    let [right, bottom] = [SIZE[0] - RIGHT, SIZE[1] - BELOW];
    let place = |number: f64, range: &Range<f64>, from: f64, to: f64| {
        let part = ((number - range.start) / (range.end - range.start)).clamp(0.0, 1.0);
        (from + part * (to - from)).round() as i32
    };
    let [x_of, y_of]: [&dyn Fn(f64) -> i32; 2] =
        [&|number| place(number, &x, LEFT, right), &|number| place(number, &y, bottom, ABOVE)];
    let path = |points: &[(f64, f64)]| {
        let mut path = String::new();
        for &(px, py) in points.iter().filter(|(px, py)| *px <= x.end && py.is_finite()) {
            let command = if path.is_empty() { 'M' } else { ' ' };
            write!(path, "{command}{} {}", x_of(px), y_of(py)).expect("a text takes everything");
        }
        if points.len() == 1 {
            path += "h0"; // a dot
        }
        path
    };
    html! {
        div class="plot" role="img" aria-label=(about) {
            svg viewBox="0 0 960 600" {
                @for (tick, text) in ticks(&x) {
                    path class="mesh" d=(path(&[(tick, y.start), (tick, y.end)])) {}
                    text x=(x_of(tick)) y=(bottom + 42.0) text-anchor="middle" { (text) }
                }
                @for (tick, text) in ticks(&y) {
                    path class="mesh" d=(path(&[(x.start, tick), (x.end, tick)])) {}
                    text x=(LEFT - 12.0) y=(y_of(tick) + 11) text-anchor="end" { (text) }
                }
                text x=(right) y=(SIZE[1] - 10.0) text-anchor="end" { (x_name) }
                text x="0" y="32" { (y_name) }
                path class="axis" d=(path(&[(x.start, y.end), (x.start, y.start), (x.end, y.start)])) {}
                @for Curve { points, look, .. } in curves { path class=(look.class()) d=(path(points)) {} }
            }
        }
        ul class="key" {
            @for Curve { label, look, .. } in curves.iter().filter(|curve| !curve.label.is_empty()) {
                li class=(look.class()) { (label) }
            }
        }
    }
}

/// Round numbers in a range, at most seven, and how they are written.
fn ticks(range: &Range<f64>) -> Vec<(f64, String)> {
    let span = range.end - range.start;
    if !(span > 0.0 && span.is_finite()) {
        return Vec::new();
    }
    let (mut unit, mut decimals) = (1.0, 0);
    while unit * 10.0 <= span {
        unit *= 10.0;
    }
    while unit > span && decimals < 12 {
        unit /= 10.0;
        decimals += 1;
    }
    // `unit` is now the power of ten that goes into the range less than ten times.
    let step = [0.2, 0.5, 1.0, 2.0].into_iter().map(|part| part * unit).find(|step| span / step <= 6.0);
    let Some(step) = step else { return Vec::new() };
    if step < unit {
        decimals += usize::from(unit <= 1.0);
    }
    let first = (range.start / step - 1e-9).ceil() as i64;
    let last = (range.end / step + 1e-9).floor() as i64;
    (first..=last)
        .map(|count| count as f64 * step)
        .map(|tick| (tick, crate::heat::signed(tick, decimals)))
        .collect()
}

/// The mean of the last `window` numbers at each place, of fewer at the first ones.
pub fn running_mean(numbers: &[f64], window: usize) -> Vec<f64> {
    let mean = |last: usize| {
        let first = (last + 1).saturating_sub(window);
        let few = &numbers[first..=last];
        few.iter().sum::<f64>() / few.len() as f64
    };
    (0..numbers.len()).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_differ() {
        let texts = |range| ticks(&range).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ");
        assert_eq!(texts(0.0..500.0), "0 100 200 300 400 500");
        assert_eq!(texts(1.5..4.5), "1.5 2.0 2.5 3.0 3.5 4.0 4.5");
        assert_eq!(texts(-0.01..0.01), "−0.010 −0.005 0.000 0.005 0.010");
        assert_eq!(texts(-0.25..0.25), "−0.2 −0.1 0.0 0.1 0.2");
        assert_eq!(texts(0.0..1.0), "0.0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(texts(0.0..0.0), "");
        assert_eq!(texts(f64::NAN..1.0), "");
        assert_eq!(texts(0.0..f64::INFINITY), "");
    }

    #[test]
    fn curves_keep_within_the_plot_and_leave_out_what_is_no_number() {
        let points = vec![(0.0, 0.0), (1.0, f64::NAN), (2.0, 9.0), (4.0, 1.0)];
        let curve = Curve { label: "loss".to_owned(), points, look: Look::Thick };
        let plot = curves("A curve.", ("step", 0.0..4.0), ("loss", 0.0..2.0), &[curve]).into_string();
        assert!(plot.contains(r#"<path class="thick" d="M140 500 530 60 920 280">"#), "{plot}");
    }
}
