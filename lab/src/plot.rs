//! Curves, drawn by plotters. Their colours are places in a list; the style sheet fills the list in, for light
//! pages and for dark ones.

use std::ops::Range;

use maud::{Markup, PreEscaped, html};
use plotters::prelude::*;

/// A line through some points.
#[derive(Debug, Clone)]
pub struct Curve {
    /// What it shows, for the list beside the plot.
    pub label: String,
    /// Its points, from left to right; those that are not finite are left out.
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
}

impl Look {
    const ALL: [Look; 4] = [Look::Thin, Look::Thick, Look::Other, Look::Level];

    /// The colour that stands for this place in the list.
    fn colour(self) -> RGBColor {
        RGBColor(0, 0, 1 + Self::ALL.iter().position(|look| *look == self).expect("all are listed") as u8)
    }

    fn width(self) -> u32 {
        match self {
            Look::Thin => 1,
            Look::Thick => 3,
            Look::Other | Look::Level => 2,
        }
    }
}

/// The colour of axes, in the same manner.
const INK: RGBColor = RGBColor(0, 0, 9);
/// The colour of the lines across the plot.
const MESH: RGBColor = RGBColor(0, 0, 8);

/// A plot of curves with its axes, and below it the list of what they show. `about` says what is to be seen,
/// for those who cannot.
pub fn curves(about: &str, x: (&str, Range<f64>), y: (&str, Range<f64>), curves: &[Curve]) -> Markup {
    let mut svg = String::new();
    draw(x, y, curves, &mut svg).expect("drawing into a string does not fail");
    // plotters fixes the size; here the page does.
    let svg = svg.replacen("width=\"480\" height=\"300\" ", "", 1);
    html! {
        div class="plot" role="img" aria-label=(about) { (PreEscaped(svg)) }
        ul class="key" {
            @for Curve { label, look, .. } in curves {
                li class=(format!("{look:?}").to_lowercase()) { (label) }
            }
        }
    }
}

fn draw(
    (x_name, x): (&str, Range<f64>),
    (y_name, y): (&str, Range<f64>),
    curves: &[Curve],
    svg: &mut String,
) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::with_string(svg, (480, 300)).into_drawing_area();
    let mut chart = ChartBuilder::on(&root)
        .margin(6)
        .margin_right(14)
        .x_label_area_size(40)
        .y_label_area_size(52)
        .build_cartesian_2d(x.clone(), y.clone())?;
    // As many decimals as the labels need to differ.
    let decimals = |range: &Range<f64>| {
        let span = range.end - range.start;
        if span >= 8.0 { 0 } else { 1 + (1.0 / span).log10().ceil().max(0.0) as usize }
    };
    let label = |number: f64, decimals: usize| crate::heat::signed(number, decimals);
    chart
        .configure_mesh()
        .x_desc(x_name)
        .y_desc(y_name)
        .x_labels(6)
        .y_labels(6)
        .x_label_formatter(&|number| label(*number, decimals(&x)))
        .y_label_formatter(&|number| label(*number, decimals(&y)))
        .label_style(("sans-serif", 14, &INK))
        .axis_desc_style(("sans-serif", 14, &INK))
        .axis_style(INK)
        .bold_line_style(MESH)
        .light_line_style(TRANSPARENT)
        .draw()?;
    for Curve { points, look, .. } in curves {
        let points = points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite());
        let style = look.colour().stroke_width(look.width());
        match look {
            Look::Level => chart.draw_series(DashedLineSeries::new(points, 8, 5, style))?,
            _ => chart.draw_series(LineSeries::new(points, style))?,
        };
    }
    root.present()?;
    drop(chart);
    drop(root);
    Ok(())
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
