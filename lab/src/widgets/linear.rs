//! Linear layers (lines 94–95 and 118–120): the query, the key and the value of a position, each number a row
//! of the matrix times x.

use maud::{Markup, html};
use microgpt::{Ablation, Tape, linear};

use super::position::Position;
use crate::run::Settings;
use crate::{Control, Problem, State, View, Widget, draw, heat};

/// One output of a linear layer, product by product, and all outputs.
pub(super) struct Linear;

impl Widget for Linear {
    fn controls(&self) -> Vec<Control> {
        let mut controls = Position::controls().to_vec();
        let matrices = &[("q", "attn_wq"), ("k", "attn_wk"), ("v", "attn_wv")];
        controls.push(Control::choice("linear", "Matrix", matrices));
        controls.push(Control::film("output", "Row of the matrix", 0, 31, 1));
        controls.extend(Settings::hidden());
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let position = Position::new(state)?;
        let result = state.text("linear");
        let tape = Tape::new();
        // What is left out elsewhere does not change these matrices, and only a whole model goes on a tape.
        let state_dict = position.params.clone().with_ablation(Ablation::default()).on(&tape);
        let layer = &state_dict.layers[0];
        let w = match result {
            "q" => &layer.attn_wq,
            "k" => &layer.attn_wk,
            _ => &layer.attn_wv,
        };
        let x = tape.values(&position.activations.layers[0].attn_norm);
        let outputs: Vec<f64> = linear(&x, w).iter().map(|output| output.data()).collect();
        let last = outputs.len() - 1;
        let i = state.number("output").min(last);

        let mut sum = tape.value(0.0);
        let products = w[i].iter().zip(&x).map(|(&w_ij, &x_j)| {
            let product = w_ij * x_j;
            sum = sum + product;
            [w_ij, x_j, product, sum].map(|value| value.data())
        });
        let products: Vec<[f64; 4]> = products.collect();
        let matrix: Vec<Vec<f64>> =
            w.iter().map(|row| row.iter().map(|value| value.data()).collect()).collect();
        Ok(View {
            summary: format!(
                "{}: row {i} of attn_w{result} times x is {result}[{i}] = {}.",
                position.words(),
                heat::signed(outputs[i], 4),
            ),
            figure: html! {
                (picture(&matrix, &products, result, &outputs, i))
                p class="caption" {
                    "Orange is positive, blue negative. The largest number of the matrix has the full colour there, "
                    "that of x in x, and that of " (result) " in " (result) "."
                }
                details {
                    summary { "The numbers" }
                    (weighted_sum(&products, result, i))
                    p class="caption" { "All " (outputs.len()) " outputs, one for each row: " (result) " = linear(x, attn_w" (result) ")" }
                    ol class="vector" aria-label=(result) {
                        @for (row, &output) in outputs.iter().enumerate() {
                            li class={ (heat::class(output)) @if row == i { " chosen" } }
                                style=(heat::ground(output, heat::largest(&outputs))) data-set={ "output=" (row) } {
                                (heat::signed(output, 4))
                            }
                        }
                    }
                }
            },
            max: vec![("position", position.last), ("output", last)],
        })
    }
}

/// The matrix, in which a row can be chosen, with the output of each row beside it; then that row over x, and their
/// products as steps from 0 to the sum.
fn picture(matrix: &[Vec<f64>], products: &[[f64; 4]], result: &str, outputs: &[f64], i: usize) -> Markup {
    let (left, right, fine) = (52.0, 356.0, 9.0);
    let n = products.len();
    let cell = (right - 44.0 - left) / n as f64;
    let high = if n > 16 { 5.0 } else { fine };
    let w: Vec<f64> = products.iter().map(|row| row[0]).collect();
    let x: Vec<f64> = products.iter().map(|row| row[1]).collect();
    let full = heat::largest(&matrix.concat());
    let most = heat::largest(outputs);
    let below = 22.0 + high * outputs.len() as f64;
    // The steps: as high as the sums so far need, 0 included
    let sums = || products.iter().map(|row| row[3]);
    let (low, top) = (sums().fold(0.0, f64::min), sums().fold(0.0, f64::max));
    let room = 90.0;
    let unit = room / (top - low).max(f64::MIN_POSITIVE);
    let (base, first) = (below + 88.0 + top * unit, below + 88.0);
    let step = |j: usize, from: f64, to: f64| {
        let class = if to < from { "bar negative" } else { "bar" };
        let (x, upper) = (left + cell * j as f64, from.max(to));
        draw::rect(class, (x + 1.0, base - upper * unit), (cell - 2.0, (to - from).abs() * unit))
    };
    let about = format!(
        "The matrix attn_w{result} with row {i} marked; the {n} products of its numbers with those of x as steps that \
         lead from 0 to {result}[{i}] = {}.",
        heat::signed(outputs[i], 4)
    );
    draw::picture(
        &about,
        (360.0, first + room + 24.0),
        html! {
            (draw::text("quiet start", (left, 14.0), &format!("attn_w{result}")))
            (draw::text("quiet end", (right, 14.0), result))
            @for (row, numbers) in matrix.iter().enumerate() {
                @let y = 20.0 + high * row as f64;
                g data-set={ "output=" (row) } {
                    (draw::fine((left, y), (cell, high), full, numbers))
                    (draw::fine((right - 36.0, y), (36.0, high), most, &outputs[row..=row]))
                    @if row == i { (draw::text("quiet end", (left - 6.0, y + high), &format!("row {i}"))) }
                    (draw::rect("near", (left, y), (right - left, high)))
                }
            }
            (draw::outline((left, 20.0 + high * i as f64), (cell * n as f64, high)))
            (draw::outline((right - 36.0, 20.0 + high * i as f64), (36.0, high)))

            (draw::text("quiet end", (left - 6.0, below + 25.0), &format!("w[{i}]")))
            (draw::fine((left, below + 14.0), (cell, 16.0), full, &w))
            (draw::text("quiet end", (left - 6.0, below + 49.0), "x"))
            (draw::fine((left, below + 38.0), (cell, 16.0), heat::largest(&x), &x))
            (draw::text("quiet end", (left - 6.0, below + 72.0), "w · x"))
            @for (j, row) in products.iter().enumerate() {
                (draw::text("quiet", (left + cell * (j as f64 + 0.5), below + 37.0), "·"))
                (step(j, row[3] - row[2], row[3]))
                @if j + 1 < n {
                    (draw::path("flow", &[(left + cell * (j as f64 + 1.0) - 1.0, base - row[3] * unit), (left + cell * (j as f64 + 1.0) + 1.0, base - row[3] * unit)]))
                }
            }
            (draw::rect(if outputs[i] < 0.0 { "bar negative" } else { "bar" },
                (right - 36.0, base - outputs[i].max(0.0) * unit), (36.0, outputs[i].abs() * unit)))
            (draw::outline((right - 36.0, base - outputs[i].max(0.0) * unit), (36.0, outputs[i].abs() * unit)))
            (draw::text("digits end", (right, first + room + 17.0), &heat::signed(outputs[i], 4)))
            (draw::text("quiet start", (left, first + room + 17.0), "the sum so far"))
            (draw::text("quiet end", (left - 6.0, base + 4.0), "0"))
            (draw::path("zero", &[(left, base), (right, base)]))
        },
    )
}

/// A row of the matrix, x, their products and the sum so far.
fn weighted_sum(products: &[[f64; 4]], result: &str, i: usize) -> Markup {
    let full: Vec<f64> = (0..4)
        .map(|column| heat::largest(&products.iter().map(|row| row[column]).collect::<Vec<_>>()))
        .collect();
    html! {
        div class="table-wrapper" {
            table class="numbers" {
                caption { "Row " (i) " of attn_w" (result) " times x, the vector after line 117" }
                thead { tr {
                    th scope="col" { "j" }
                    th scope="col" { "w[" (i) "][j]" } th scope="col" { "x[j]" }
                    th scope="col" { "product" } th scope="col" { "sum so far" }
                } }
                tbody {
                    @for (j, row) in products.iter().enumerate() {
                        tr {
                            th scope="row" { (j) }
                            @for (number, full) in row.iter().zip(&full) {
                                (heat::cell(*number, *full, &heat::signed(*number, 4)))
                            }
                        }
                    }
                }
            }
        }
    }
}
