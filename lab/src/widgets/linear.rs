//! Linear layers (lines 94–95 and 118–120): the query, the key and the value of a position, each number a row
//! of the matrix times x.

use maud::{Markup, html};
use microgpt::{Ablation, Tape, linear};

use super::position::Position;
use crate::run::Settings;
use crate::{Control, Problem, State, View, Widget, heat};

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
        Ok(View {
            summary: format!(
                "{}: row {i} of attn_w{result} times x is {result}[{i}] = {}.",
                position.words(),
                heat::signed(outputs[i], 4),
            ),
            figure: html! {
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
            },
            max: vec![("position", position.last), ("output", last)],
        })
    }
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
