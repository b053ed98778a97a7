//! Embeddings (lines 109–112): a row for the token, a row for the position, their sum, and rmsnorm of it.

use maud::html;

use super::position::{Position, moment};
use crate::run::Settings;
use crate::{Control, Problem, State, View, Widget, heat};

/// The four vectors of a position, number by number.
pub(super) struct Embedding;

impl Widget for Embedding {
    fn controls(&self) -> Vec<Control> {
        let mut controls = Position::controls().to_vec();
        controls.push(Settings::step());
        controls.extend(Settings::controls().into_iter().map(Control::hidden));
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let position = Position::new(state)?;
        let Position { token_id, pos_id, last, activations, .. } = &position;
        let num_steps = Settings::new(state).num_steps;
        let columns = [
            (format!("wte[{token_id}]"), &activations.tok_emb),
            (format!("wpe[{pos_id}]"), &activations.pos_emb),
            ("sum".to_owned(), &activations.embedding),
            ("rmsnorm".to_owned(), &activations.embedding_norm),
        ];
        let lengths = columns.each_ref().map(|(_, numbers)| length(numbers));
        Ok(View {
            summary: format!(
                "{}, {}: the sum of wte[{token_id}] and wpe[{pos_id}] has the length {:.4}, after rmsnorm {:.4}.",
                position.words(),
                moment(num_steps.min(state.number("step"))),
                lengths[2],
                lengths[3],
            ),
            figure: html! {
                div class="table-wrapper" {
                    table class="numbers" {
                        caption { "tok_emb + pos_emb = x, then rmsnorm(x)" }
                        thead { tr {
                            th scope="col" { "j" }
                            @for (name, _) in &columns { th scope="col" { (name) } }
                        } }
                        tbody {
                            @for j in 0..activations.tok_emb.len() {
                                tr {
                                    th scope="row" { (j) }
                                    @for (_, numbers) in &columns {
                                        (heat::cell(numbers[j], heat::largest(numbers), &heat::signed(numbers[j], 4)))
                                    }
                                }
                            }
                            tr {
                                th scope="row" { "length" }
                                @for length in lengths { td { b { (heat::signed(length, 4)) } } }
                            }
                        }
                    }
                }
            },
            max: vec![("position", *last), ("step", num_steps)],
        })
    }
}

/// The length of a vector: the root of its dot product with itself.
fn length(x: &[f64]) -> f64 {
    x.iter().map(|x_i| x_i * x_i).sum::<f64>().sqrt()
}
