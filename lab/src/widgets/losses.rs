//! The loss (lines 158–169): a name, the prediction at each of its positions, and how wrong that was.

use maud::{Markup, html};
use microgpt::Fused;

use super::sampling::highest;
use super::{count, encoded, token};
use crate::heat::{self, signed};
use crate::run::{Run, Settings};
use crate::{Control, Problem, State, View, Widget, draw};

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
                figure: html! {
                    (curve(&tokens, &losses, loss))
                    details {
                        summary { "The numbers" }
                        (predictions(&tokens, &losses))
                    }
                },
                max: vec![("step", settings.num_steps)],
            }
        })
    }
}

/// The loss that fills a cell of the table with its colour.
const FULL: f64 = 6.0;

/// The curve of −ln p with a dot for each target, which slides along it as its probability changes, and the mean of
/// the losses. The losses stand beside it, in the order of their heights.
fn curve(tokens: &[usize], losses: &[f64], mean: f64) -> Markup {
    let (left, top, width, height) = (34.0, 26.0, 210.0, 210.0);
    let x = |p: f64| left + width * p;
    let y = |loss: f64| top + height * (1.0 - loss.min(FULL) / FULL);
    let place = |loss: f64| (x((-loss).exp()), y(loss));
    let across = |class, height| draw::path(class, &[(left, height), (left + width, height)]);
    // The names at the side keep apart, from the highest loss down.
    let order = highest(losses);
    let mut heights = Vec::new();
    for (place, &t) in order.iter().enumerate() {
        let least: f64 = heights.last().map_or(top + 6.0, |above| above + PITCH);
        let most = top + height - PITCH * (order.len() - 1 - place) as f64;
        heights.push(y(losses[t]).max(least).min(most));
    }
    let list: Vec<String> = losses
        .iter()
        .enumerate()
        .map(|(t, loss)| format!("{} at position {t}: {}", token(tokens[t + 1]), signed(*loss, 2)))
        .collect();
    let about = format!(
        "A dot for each target on the curve −ln p: {}; their mean is {}.",
        list.join(", "),
        signed(mean, 2)
    );
    draw::picture(
        &about,
        (360.0, 278.0),
        html! {
            @for loss in 0..=FULL as usize {
                @let y = y(loss as f64);
                path class="mesh" d=(format!("M{left} {y:.1}h{width}")) {}
                (draw::text("quiet end", (left - 6.0, y + 4.0), &loss.to_string()))
            }
            @for (p, name) in [(0.0, "0"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1.0, "100 %")] {
                (draw::text("quiet", (x(p), top + height + 18.0), name))
            }
            (draw::text("quiet", (x(0.5), top + height + 38.0), "p, the probability of the target"))
            (draw::text("quiet end", (x(1.0), top + 14.0), "−ln p"))
            (draw::text("quiet end", (356.0, 12.0), "position, target, loss"))
            (draw::path("curve", &(0..=60).map(|i| place(f64::from(60 - i) / 10.0)).collect::<Vec<_>>()))
            (across("level", y(mean)))
            (draw::text("quiet end", (x(1.0), y(mean) - 5.0), &format!("mean {}", signed(mean, 2))))
            @for (&t, height) in order.iter().zip(&heights) {
                @let (loss, dot) = (losses[t], place(losses[t].min(FULL)));
                (draw::path("leader", &[dot, (x(1.0) + 8.0, *height), (x(1.0) + 14.0, *height)]))
                (draw::rect("dot", (dot.0 - 4.5, dot.1 - 4.5), (9.0, 9.0)))
                (draw::text("quiet start", (x(1.0) + 18.0, height + 4.5), &t.to_string()))
                (draw::text("name start", (x(1.0) + 34.0, height + 5.0), &token(tokens[t + 1])))
                (draw::text("digits end", (356.0, height + 4.5), &signed(loss, 2)))
            }
        },
    )
}

/// How far apart the names beside the curve are.
const PITCH: f64 = 17.0;

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
