//! The loss curve as an SVG picture: what the progress lines say, at a glance.

use std::error::Error;

use plotters::prelude::*;

const STEPS: RGBColor = RGBColor(150, 180, 210);
const MEAN: RGBColor = RGBColor(20, 80, 150);
const GUESSING: RGBColor = RGBColor(190, 60, 30);

/// Draws the loss of each step, their running mean, and the loss of pure guessing: giving each of the
/// `vocab_size` tokens the same probability costs ln(vocab_size).
pub fn loss_curve(losses: &[f64], vocab_size: usize) -> String {
    let mut svg = String::new();
    draw(losses, vocab_size, &mut svg).expect("drawing into a string does not fail");
    svg
}

fn draw(losses: &[f64], vocab_size: usize, svg: &mut String) -> Result<(), Box<dyn Error>> {
    let guessing = (vocab_size as f64).ln();
    let window = (losses.len() / 20).max(1);
    let last_step = losses.len() as f64;
    let top = losses.iter().copied().fold(guessing, f64::max) * 1.05;

    let root = SVGBackend::with_string(svg, (800, 500)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Loss while training", ("sans-serif", 26))
        .margin(15)
        .x_label_area_size(50)
        .y_label_area_size(65)
        .build_cartesian_2d(0.0..last_step, 0.0..top)?;
    chart
        .configure_mesh()
        .x_desc("step")
        .y_desc("loss: mean of −ln p(next token)")
        .x_labels(losses.len().min(10))
        .x_label_formatter(&|step| format!("{step:.0}"))
        .y_label_formatter(&|loss| format!("{loss:.1}"))
        .label_style(("sans-serif", 18))
        .axis_desc_style(("sans-serif", 19))
        .light_line_style(WHITE)
        .draw()?;

    let steps = (1..).map(f64::from);
    let points = if losses.len() < 20 { 3 } else { 0 }; // a line of one point would not be seen
    chart
        .draw_series(
            LineSeries::new(steps.clone().zip(losses.iter().copied()), STEPS.filled()).point_size(points),
        )?
        .label("each step")
        .legend(|place| key(place, STEPS, 1));
    chart
        .draw_series(LineSeries::new(steps.zip(running_mean(losses, window)), MEAN.stroke_width(3)))?
        .label(format!("mean of the last {window}"))
        .legend(|place| key(place, MEAN, 3));
    chart
        .draw_series(DashedLineSeries::new(
            [(0.0, guessing), (last_step, guessing)],
            8,
            5,
            GUESSING.stroke_width(2),
        ))?
        .label(format!("guessing: ln({vocab_size}) = {guessing:.2}"))
        .legend(|place| key(place, GUESSING, 2));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .label_font(("sans-serif", 18))
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
    root.present()?;
    Ok(())
}

/// A line's sample in the legend.
fn key((x, y): (i32, i32), color: RGBColor, width: u32) -> PathElement<(i32, i32)> {
    PathElement::new([(x, y), (x + 20, y)], color.stroke_width(width))
}

/// The mean of each number and those before it, at most `window` in all.
fn running_mean(numbers: &[f64], window: usize) -> impl Iterator<Item = f64> {
    (1..=numbers.len()).map(move |end| {
        let recent = &numbers[end.saturating_sub(window)..end];
        recent.iter().sum::<f64>() / recent.len() as f64
    })
}
