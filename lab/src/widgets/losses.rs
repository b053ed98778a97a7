//! The loss (lines 158–169): a name, the prediction at each of its positions, and how wrong that was.

use maud::{Markup, html};
use microgpt::Fused;

use super::{count, encoded, token};
use crate::heat::{self, signed};
use crate::run::{Run, Settings};
use crate::{Control, Problem, State, View, Widget};

/// The loss of a name at any step of the training.
pub(super) struct Losses;

impl Widget for Losses {
    fn controls(&self) -> Vec<Control> {
        let mut controls = vec![Control::text("name", "Name", "anna", 24), Settings::step()];
        controls.extend(Settings::controls().into_iter().map(Control::hidden));
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let name = state.text("name");
        let tokens = encoded(name)?;
        let settings = Settings::new(state);
        Run::at(&settings, state.number("step"), None, |run| {
            let mut losses = Vec::new();
            Fused::new(run.params()).losses(run.params().as_slice(), &tokens, &mut losses);
            let loss = losses.iter().sum::<f64>() / losses.len() as f64;
            let hardest = (0..losses.len()).max_by(|&a, &b| losses[a].total_cmp(&losses[b])).unwrap_or(0);
            View {
                summary: format!(
                    "The loss of {name} after {} of training is {}. Hardest to predict: {} at position {hardest}, {}.",
                    count(run.losses.len(), "step"),
                    signed(loss, 4),
                    token(tokens[hardest + 1]),
                    signed(losses[hardest], 4),
                ),
                figure: predictions(&tokens, &losses),
                max: vec![("step", settings.num_steps)],
            }
        })
    }
}

/// The loss that fills a cell of the table with its colour.
const FULL: f64 = 6.0;

/// The predictions of a document's tokens, as many as there are losses, and the mean of these.
pub(super) fn predictions(tokens: &[usize], losses: &[f64]) -> Markup {
    let (n, total) = (losses.len(), losses.iter().sum::<f64>());
    html! {
        div class="table-wrapper" {
            table class="dense" {
                caption { "loss_t = −log of the probability that the target gets" }
                thead { tr {
                    th scope="col" { "pos_id" } th scope="col" { "token" } th scope="col" { "target" }
                    th scope="col" { "probability" } th scope="col" { "loss_t" }
                } }
                tbody {
                    @for (position, loss) in losses.iter().enumerate() {
                        tr {
                            th scope="row" { (position) }
                            td { (token(tokens[position])) }
                            td { (token(tokens[position + 1])) }
                            td { (signed((-loss).exp(), 6)) }
                            (heat::cell(*loss, FULL, &signed(*loss, 4)))
                        }
                    }
                }
                tfoot { tr {
                    th scope="row" colspan="3" { "loss, their mean" }
                    td colspan="2" { (signed(total, 4)) " / " (n) " = " (signed(total / n as f64, 4)) }
                } }
            }
        }
        @if n + 1 < tokens.len() {
            p class="caption" { "The block has " (n) " positions: what comes later is not predicted." }
        }
    }
}
