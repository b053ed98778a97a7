//! How many parameters a model has (lines 75–90), from its sizes.

use maud::{Markup, html};
use microgpt::Config;
use microgpt::parameters::{ConfigError, Shape};

use super::bare;
use crate::control::thousands;
use crate::run::VOCABULARY;
use crate::{Control, Problem, State, View, Widget, draw, heat};

/// The matrices of a model of any sizes.
pub(super) struct Count;

impl Widget for Count {
    fn controls(&self) -> Vec<Control> {
        vec![
            Control::scale("n_embd", "n_embd", "16", &["4", "8", "16", "32", "64", "128"]),
            Control::scale("n_head", "n_head", "4", &["1", "2", "4", "8"]),
            Control::range("n_layer", "n_layer", 1, 1, 6),
            Control::scale("block_size", "block_size", "8", &["8", "16", "32"]),
        ]
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let config = Config {
            n_embd: state.number("n_embd"),
            n_head: state.number("n_head"),
            n_layer: state.number("n_layer"),
            block_size: state.number("block_size"),
            ..Config::default()
        };
        let number = |config: Config| {
            let shapes = config.shapes(VOCABULARY.vocab_size())?;
            Ok((shapes.iter().map(|shape| shape.rows * shape.cols).sum::<usize>(), shapes))
        };
        let (all, shapes) = number(config)
            .map_err(|error: ConfigError| Problem::new("n_head", format_args!("No such model: {error}.")))?;
        let (usual, known) = number(Config::default()).expect("the sizes of microgpt.py make a model");
        // All layers have the same matrices.
        let rows = shapes
            .iter()
            .filter(|shape| !shape.name.starts_with("layer") || shape.name.starts_with("layer0."));
        Ok(View {
            summary: format!(
                "{} parameters, {} times those of microgpt.py; head_dim = {} // {} = {}.",
                thousands(all),
                heat::signed(all as f64 / usual as f64, 2),
                config.n_embd,
                config.n_head,
                config.head_dim(),
            ),
            figure: html! {
                (areas(&shapes, &known, all))
                details {
                    summary { "The numbers" }
                    div class="table-wrapper" { table class="numbers" {
                        thead { tr {
                            th scope="col" { "matrix" } th scope="col" { "shape" }
                            th scope="col" { "parameters" } th scope="col" { "share" }
                        } }
                        tbody {
                            @for shape in rows {
                                @let many = if shape.name.starts_with("layer") { config.n_layer } else { 1 };
                                @let parameters = many * shape.rows * shape.cols;
                                @let share = parameters as f64 / all as f64;
                                tr {
                                    th scope="row" { (bare(&shape.name)) }
                                    td { @if many > 1 { (many) " of " } (shape.rows) " × " (shape.cols) }
                                    td { (thousands(parameters)) }
                                    (heat::cell(share, 1.0, &format!("{:.1} %", 100.0 * share)))
                                }
                            }
                            tr {
                                th scope="row" { "all" } td {}
                                td { b { (thousands(all)) } } td { "100.0 %" }
                            }
                        }
                    } }
                }
            },
            max: vec![],
        })
    }
}

/// Each matrix as a square that has its number of parameters as its area: those of the embeddings and of the output,
/// then a row for each layer. Dashed in it, to the same scale, the same matrix of microgpt.py.
fn areas(shapes: &[Shape], usual: &[Shape], all: usize) -> Markup {
    let (width, left, space, above) = (400.0, 50.0, 8.0, 18.0);
    let side = |shape: &Shape| ((shape.rows * shape.cols) as f64).sqrt();
    let (layers, others): (Vec<_>, Vec<_>) = shapes.iter().partition(|shape| shape.name.starts_with("layer"));
    let layer = layers.iter().filter(|shape| shape.name.starts_with("layer0.")).count();
    let rows: Vec<&[&Shape]> = std::iter::once(&others[..]).chain(layers.chunks(layer)).collect();
    let high = |row: &[&Shape]| row.iter().map(|shape| side(shape)).fold(0.0, f64::max);
    // A square has room for its name above it.
    let slot =
        |shape: &Shape, unit: f64| space + (side(shape) * unit).max(7.0 * without_layer(shape).len() as f64);
    let long = |row: &[&Shape], unit| row.iter().map(|shape| slot(shape, unit)).sum::<f64>();
    // Shorter sides until all of it fits.
    let mut unit = 3.0;
    while unit > 0.05
        && (rows.iter().any(|row| long(row, unit) > width - left)
            || rows.iter().map(|row| high(row)).sum::<f64>() * unit > 360.0)
    {
        unit *= 0.9;
    }
    let mut top = 4.0;
    let about = format!("{} parameters as areas: a square for each matrix.", thousands(all));
    let mut squares = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let name = if place == 0 { "once".to_owned() } else { format!("layer {}", place - 1) };
        let room = (high(row) * unit).max(16.0);
        top += above;
        squares.push(draw::text("quiet start", (0.0, top + 12.0), &name));
        let mut at = left;
        for shape in *row {
            let size = side(shape) * unit;
            let before = usual.iter().find(|known| known.name == shape.name).map(|known| side(known) * unit);
            squares.push(html! {
                g {
                    title { (shape.name) ", " (shape.rows) " × " (shape.cols) }
                    (draw::rect("bar", (at, top), (size, size)))
                    @if let Some(before) = before { (draw::rect("before", (at, top), (before, before))) }
                    (draw::text("quiet start", (at, top - 4.0), without_layer(shape)))
                }
            });
            at += slot(shape, unit);
        }
        top += room + space;
    }
    html! {
        (draw::picture(&about, (width, top), html! { @for square in squares { (square) } }))
        p class="caption" {
            "The area of each square is its number of parameters. Dashed: the same matrix of microgpt.py, to the same scale."
        }
    }
}

/// The name of a matrix in any layer; there are fewer than ten.
fn without_layer(shape: &Shape) -> &str {
    if shape.name.starts_with("layer") { &shape.name["layer0.".len()..] } else { &shape.name }
}
