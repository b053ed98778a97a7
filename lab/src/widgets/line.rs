//! Gradient descent (lines 172–181 without Adam): the loss of a name along a line through all parameters, and what a
//! step does there.

use std::sync::LazyLock;

use maud::html;
use microgpt::{Fused, Parameters, Program};

use super::encoded;
use crate::control::thousands;
use crate::heat::signed;
use crate::plot::{Curve, Look, curves};
use crate::{Control, Problem, State, View, Widget};

/// The loss along the negative gradient, with a ball that goes down it.
pub(super) struct Line;

/// How far the line is drawn, in gradients: up to the first of these that the ball does not pass. At so many places
/// the loss is computed.
const ENDS: [f64; 3] = [1.25, 2.5, 5.5];
const PLACES: usize = 110;
/// How many steps the ball goes at most.
const STEPS: usize = 8;

/// The model before training.
static START: LazyLock<Parameters> = LazyLock::new(|| Program::untrained().params);

/// The line: the parameters from which so many gradients are subtracted.
struct Slope {
    tokens: Vec<usize>,
    fused: Fused,
    grads: Vec<f64>,
    /// The sum of the squares of the gradients: how steeply the loss falls where the line begins.
    squares: f64,
}

impl Slope {
    fn new(tokens: Vec<usize>) -> Self {
        let mut slope =
            Slope { tokens, fused: Fused::new(&START), grads: vec![0.0; START.len()], squares: 0.0 };
        let mut grads = slope.grads.clone();
        slope.at(0.0, &mut grads);
        slope.squares = grads.iter().map(|grad| grad * grad).sum();
        slope.grads = grads;
        slope
    }

    /// The loss at a place on the line, and the gradients there.
    fn at(&mut self, place: f64, grads: &mut [f64]) -> f64 {
        let params: Vec<f64> =
            START.as_slice().iter().zip(&self.grads).map(|(p, grad)| p - place * grad).collect();
        let mut losses = Vec::new();
        self.fused.loss_and_gradients(&params, &self.tokens, 1.0, &mut losses, grads, false);
        losses.iter().sum::<f64>() / losses.len() as f64
    }

    /// The places of the ball and their losses, the first where the line begins: each step is the learning rate
    /// times the slope of the line, which is 1 at its beginning.
    fn ball(&mut self, rate: f64, steps: usize) -> Vec<(f64, f64)> {
        let mut grads = vec![0.0; self.grads.len()];
        let mut place = 0.0;
        let mut ball = vec![(place, self.at(place, &mut grads))];
        for _ in 0..steps {
            let along: f64 = grads.iter().zip(&self.grads).map(|(now, first)| now * first).sum();
            place += rate * along / self.squares;
            ball.push((place, self.at(place, &mut grads)));
        }
        ball
    }
}

impl Widget for Line {
    fn controls(&self) -> Vec<Control> {
        vec![
            Control::text("name", "Name", "anna", 24),
            Control::scale(
                "rate",
                "Learning rate",
                "0.1",
                &["0.03", "0.1", "0.2", "0.3", "0.5", "1", "2", "3", "5"],
            ),
            Control::film("ball", "Steps of the ball", 1, STEPS, 1),
        ]
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let (name, rate, steps) = (state.text("name"), state.decimal("rate"), state.number("ball"));
        let mut slope = Slope::new(encoded(name)?);
        let mut grads = slope.grads.clone();
        let ball = slope.ball(rate, steps);
        let farthest = ball.iter().map(|(place, _)| *place).fold(0.0, f64::max);
        let end = ENDS.into_iter().find(|end| farthest <= *end).unwrap_or(ENDS[2]);
        let line: Vec<(f64, f64)> = (0..=PLACES)
            .map(|part| end * part as f64 / PLACES as f64)
            .map(|place| (place, slope.at(place, &mut grads)))
            .collect();
        let lowest = line.iter().copied().fold(line[0], |low, at| if at.1 < low.1 { at } else { low });
        let ((_, start), (place, loss)) = (ball[0], ball[ball.len() - 1]);
        let first = ball.get(1).copied();
        let verdict = match first {
            None => "Press Play, or +1, for the first step.",
            Some((_, after)) if after > start => "The first step is too large: it ends higher than it began.",
            Some((place, _)) if place > lowest.0 + ENDS[2] / PLACES as f64 => {
                "The first step goes past the lowest place."
            }
            Some((place, _)) if place < lowest.0 / 2.0 => {
                "The first step is small: most of the way is still ahead."
            }
            Some(_) => "The first step comes near the lowest place.",
        };
        let (floor, top) = line.iter().fold((lowest.1, start), |(floor, top), at| (floor, top.max(at.1)));
        let about = "The loss of the name along the negative gradient, and the ball; the table below has its numbers.";
        Ok(View {
            summary: format!(
                "{name}, learning rate {rate}: after {} the loss is {}, before {}. {verdict}",
                super::count(steps, "step"),
                signed(loss, 4),
                signed(start, 4),
            ),
            figure: html! {
                (curves(
                    about,
                    ("how many gradients are subtracted", 0.0..end),
                    ("loss", (floor - 0.2).max(0.0)..top + 0.2),
                    &[
                        Curve {
                            label: "what the gradient promises: a straight line".to_owned(),
                            // It ends where it leaves the plot.
                            points: vec![(0.0, start), ((start - floor + 0.2) / slope.squares, floor - 0.2)],
                            look: Look::Level,
                        },
                        // Below what it must not hide
                        Curve { label: "the ball".to_owned(), points: vec![(place, loss)], look: Look::Ball },
                        Curve { label: format!("the loss of {name}"), points: line, look: Look::Thick },
                        Curve { label: "steps".to_owned(), points: ball.clone(), look: Look::Other },
                    ],
                ))
                p class="caption" {
                    "The real loss, with the parameters of the untrained model minus so many times their gradients, all "
                    (thousands(START.len())) " at once. It is lowest near " (signed(lowest.0, 2)) ". The first step is one of "
                    "gradient descent. For those after it the ball stays on this line; free, it would turn at each step."
                }
                details {
                    summary { "The steps in numbers" }
                    div class="table-wrapper" { table class="numbers" {
                        thead { tr { th scope="col" { "step" } th scope="col" { "gradients subtracted" } th scope="col" { "loss" } } }
                        tbody {
                            @for (step, (place, loss)) in ball.iter().enumerate() {
                                tr { th scope="row" { (step) } td { (signed(*place, 4)) } td { (signed(*loss, 4)) } }
                            }
                        }
                    } }
                }
            },
            max: vec![],
        })
    }
}
