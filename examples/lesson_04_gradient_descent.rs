//! Lesson 4.3, Gradient descent: how far to move along the gradient, and what 500 plain steps achieve.

mod common;

use std::error::Error;

use common::{
    LM_HEAD_N, changed, dot, join, label, largest_first, length, lm_head_n, max, mean, min, rounded,
    wants_figure, zeros,
};
use lab::draw::{self, Point};
use lab::heat::signed;
use maud::{Markup, html};
use microgpt::training::cosine_decay;
use microgpt::{
    Config, Engine, Fused, Parameters, Program, Random, loss_and_gradients, loss_of, mean_loss, trace,
};

/// The learning rates of the table along the gradient, and of the dots in the picture.
const RATES: [f64; 6] = [0.01, 0.1, 0.3, 1.0, 2.0, 3.0];

fn main() -> Result<(), Box<dyn Error>> {
    let lesson = Lesson::new()?;
    if wants_figure() {
        print!("{}", lesson.figure());
        return Ok(());
    }
    lesson.the_gradient_of_anna();
    x_squared();
    checkpoint_two_steps();
    lesson.breaking();
    lesson.along_the_gradient();
    lesson.steps_on_different_names();
    lesson.diverging();
    checkpoint_five_times();
    lesson.checkpoint_a_new_name();

    lesson.moves_of_the_same_length();
    let (tested, end) = lesson.one_careful_step_or_500_quick_ones();
    lesson.plain_steps_with_several_rates();
    lesson.two_starts(&tested, &end)
}

/// The model before training, what it learns from, and the loss of `anna` with its gradients.
struct Lesson {
    program: Program,
    docs: Vec<Vec<usize>>,
    held_out: Vec<Vec<usize>>,
    anna: Vec<usize>,
    before: f64,
    grads: Vec<f64>,
    /// The place of the parameter that module 4 follows.
    n: usize,
}

impl Lesson {
    fn new() -> Result<Self, Box<dyn Error>> {
        let program = Program::untrained();
        let docs = program.tokenizer.encode_docs(&program.docs[..500])?;
        let held_out = program.tokenizer.encode_docs(&program.docs[500..700])?;
        let anna = program.tokenizer.encode_doc("anna")?;
        let (before, grads) = loss_and_gradients(&anna, &program.params);
        let n = lm_head_n(&program.params);
        Ok(Lesson { program, docs, held_out, anna, before, grads, n })
    }

    fn start(&self) -> &Parameters {
        &self.program.params
    }

    /// The loss of `anna` after one step along a direction.
    fn loss_along(&self, direction: &[f64], rate: f64) -> f64 {
        loss_of(&self.anna, &descend(self.start(), direction, rate))
    }

    fn the_gradient_of_anna(&self) {
        println!("--- the gradient of anna ---");
        let (p, g, rate) = (self.start().as_slice()[self.n], self.grads[self.n], 0.1);
        println!("loss of anna: {:.4}, parameters: {}", self.before, self.start().len());
        println!("{LM_HEAD_N}: {p:.5}, its gradient: {g:.5}");
        println!(
            "{LM_HEAD_N} after a step with rate {rate}: {p:.5} - {rate} * ({g:.5}) = {:.5}",
            p - rate * g
        );
    }

    /// The training of the widget, with this rate at the beginning.
    fn breaking(&self) {
        label("breaking");
        println!("learning rate 1 at first, falling along the cosine");
        let mut params = self.start().clone();
        for (step, tokens) in self.docs.iter().enumerate() {
            let (loss, grads) = fused_loss_and_grads(tokens, &params);
            if !loss.is_finite() {
                println!("stops at step: {}", step + 1);
                break;
            }
            if step > 50 {
                println!("loss of step {}: {loss:.4}", step + 1);
            }
            params = descend(&params, &grads, cosine_decay(1.0, step, self.docs.len()));
        }
    }

    fn along_the_gradient(&self) {
        label("along the gradient");
        let squares = dot(&self.grads, &self.grads);
        println!("rate  promised loss   real loss");
        for rate in RATES {
            let promised = self.before - rate * squares;
            println!("{rate:<4}  {promised:13.4}  {:10.4}", self.loss_along(&self.grads, rate));
        }
        println!("loss before: {:.4}", self.before);
        println!("sum of the squares of all gradients: {squares:.4}");
        println!(
            "promise for the rate 0.1: {:.4} - 0.1 * {squares:.4} = {:.4}",
            self.before,
            self.before - 0.1 * squares
        );
    }

    fn steps_on_different_names(&self) {
        label("steps on different names");
        let (rate, mut others) = (0.3, mean_loss(self.start(), &self.held_out));
        println!("               loss of the name      {} held-out names", self.held_out.len());
        println!("step  name      before   after    before   after   change");
        let mut params = self.start().clone();
        let (mut own_fell, mut others_rose) = (0, 0);
        for (step, tokens) in self.docs[..100].iter().enumerate() {
            let (before, grads) = fused_loss_and_grads(tokens, &params);
            params = descend(&params, &grads, rate);
            let (after, _) = fused_loss_and_grads(tokens, &params);
            let now = mean_loss(&params, &self.held_out);
            own_fell += usize::from(after < before);
            others_rose += usize::from(now > others);
            if step < 6 {
                let name = &self.program.docs[step];
                println!(
                    "{:4}  {name:8}  {before:.4}  {after:.4}    {others:.4}  {now:.4}  {:7.4}",
                    step + 1,
                    now - others
                );
            }
            others = now;
        }
        println!("rate: {rate}");
        println!("of 100 steps, those that lowered the loss of their own name: {own_fell}");
        println!("of 100 steps, those that raised the loss of the held-out names: {others_rose}");
    }

    fn diverging(&self) {
        label("diverging");
        println!("step  name      loss of the name  length of all gradients");
        let rate = 3.0;
        let (mut params, mut span, mut first) = (self.start().clone(), 0.0, 0.0);
        for (step, tokens) in self.docs[..8].iter().enumerate() {
            let (before, grads) = loss_and_gradients(tokens, &params);
            println!("{:4}  {:8}  {before:16.4}  {:23.4}", step + 1, self.program.docs[step], length(&grads));
            match step {
                0 => first = length(&grads),
                6 => span = largest_span(&params, tokens),
                _ => {}
            }
            params = descend(&params, &grads, rate);
        }
        println!("rate: {rate}");
        println!("step 7, largest score minus smallest: {span:.0}");
        println!("length of all starting values: {:.4}", length(self.start().as_slice()));
        println!("length of the move of step 1: {rate} * {first:.4} = {:.4}", rate * rounded(first));
    }

    fn checkpoint_a_new_name(&self) {
        label("checkpoint a-new-name");
        let mut params = self.start().clone();
        for (mut p, grad) in params.as_mut_slice().iter().copied().zip(&self.grads) {
            p -= 0.1 * grad; // `p` is a copy, as the loop's name `p` would be a new Value in Python
            let _ = p;
        }
        let moved = descend(&params, &self.grads, 0.1);
        println!("p.data -= lr_t * p.grad: parameters changed: {}", changed(self.start(), &moved));
        println!("p = p - lr_t * p.grad: parameters changed: {}", changed(self.start(), &params));
        println!("gradients that are exactly 0: {}", zeros(&self.grads));
        println!(
            "answer: {}",
            if changed(self.start(), &params) == 0 {
                "the model stays as it began"
            } else {
                "it is the same"
            }
        );
    }

    fn moves_of_the_same_length(&self) {
        label("moves of the same length");
        let (grads, move_length) = (&self.grads, 0.1 * length(&self.grads));
        println!("loss of anna before: {:.4}, every move has the length {move_length:.4}", self.before);
        let along = |direction: &[f64]| self.loss_along(direction, move_length / length(direction));
        println!("against the gradient:                       {:.4}", along(grads));
        let signs: Vec<f64> =
            grads.iter().map(|grad| if *grad == 0.0 { 0.0 } else { grad.signum() }).collect();
        println!("all equally far, against their sign:        {:.4}", along(&signs));
        let steepest = largest_first(&grads.iter().map(|grad| grad.abs()).collect::<Vec<_>>())[0];
        let only: Vec<f64> = (0..grads.len()).map(|i| if i == steepest { grads[i] } else { 0.0 }).collect();
        println!("only the parameter with the largest gradient: {:.4}", along(&only));
        let mut random = Random::new(1);
        for number in 1..=3 {
            let direction: Vec<f64> = grads.iter().map(|_| random.gauss(0.0, 1.0)).collect();
            println!("random direction {number}:                         {:.4}", along(&direction));
        }
        let uphill: Vec<f64> = grads.iter().map(|grad| -grad).collect();
        println!("with the gradient, uphill:                  {:.4}", along(&uphill));
    }

    /// The losses of the last of these trainings, and its parameters.
    fn one_careful_step_or_500_quick_ones(&self) -> (Vec<f64>, Parameters) {
        label("one careful step or 500 quick ones");
        let (start, docs, held_out) = (self.start(), &self.docs, &self.held_out);
        println!("loss on {} held-out names before: {:.4}", held_out.len(), mean_loss(start, held_out));
        let mean = mean_gradient(docs, start);
        for rate in [0.3, 1.0, 3.0, 5.0, 10.0] {
            let after = mean_loss(&descend(start, &mean, rate), held_out);
            println!("1 step, mean gradient of 500 names, rate {rate}: {after:.4}");
        }
        for rate in [0.1, 0.3, 1.0] {
            let mut params = start.clone();
            for batch in docs.chunks(10) {
                params = descend(&params, &mean_gradient(batch, &params), rate);
            }
            let after = mean_loss(&params, held_out);
            println!("{} steps, mean gradient of 10 names each, rate {rate}: {after:.4}", docs.len() / 10);
        }
        let (tested, end) = descent(start, docs, held_out, 0.1);
        println!("500 steps, gradient of 1 name each, rate 0.1: {:.4}", tested[tested.len() - 1]);
        (tested, end)
    }

    fn plain_steps_with_several_rates(&self) {
        label("plain steps with several rates");
        println!("broken: more than 20, or no number");
        println!(
            "rate   after 0{} steps",
            [1, 10, 50, 100, 200, 500].map(|step| format!("{step:8}")).concat()
        );
        for rate in [0.001, 0.01, 0.03, 0.1, 0.3, 3.0] {
            let cell =
                |&loss: &f64| if loss < 20.0 { format!("{loss:7.3}") } else { format!("{:>7}", "broken") };
            let tested = descent(self.start(), &self.docs, &self.held_out, rate).0;
            println!("{rate:5}  {}", join(tested.iter().map(cell), " "));
        }
    }

    fn two_starts(&self, tested: &[f64], end: &Parameters) -> Result<(), Box<dyn Error>> {
        label("two starts");
        println!("starting values    {LM_HEAD_N}             length of   held-out");
        println!("                 before     after    all that is moved       loss");
        let vocab_size = self.program.tokenizer.vocab_size();
        let other = Parameters::random(Config::default(), vocab_size, &mut Random::new(1))?;
        let (other_tested, other_end) = descent(&other, &self.docs, &self.held_out, 0.1);
        for (name, start, end, tested) in
            [("seed 42", self.start(), end, tested), ("seed 1", &other, &other_end, &other_tested)]
        {
            let [before, after] = [start, end].map(|params| params.as_slice()[self.n]);
            let (way, loss) = (distance(start, end), tested[tested.len() - 1]);
            println!("{name:13} {before:9.4} {after:9.4} {way:20.2} {loss:10.4}");
        }
        println!("from one start to the other: {:.2}", distance(self.start(), &other));
        println!("from one end to the other:   {:.2}", distance(end, &other_end));
        let exchanged = exchange_two_neurons(end);
        println!(
            "from the first end to the one with two neurons exchanged: {:.2}",
            distance(end, &exchanged)
        );
        println!("held-out loss there: {:.4}", mean_loss(&exchanged, &self.held_out));
        Ok(())
    }

    /// The lesson's picture: the loss of `anna` along its gradient, and the line that the slope promises.
    fn figure(&self) -> String {
        let squares = dot(&self.grads, &self.grads);
        let (low, high, far) = (2.5, 3.7, 3.3);
        let x = |rate: f64| 44.0 + 340.0 * rate / far;
        let y = |loss: f64| 30.0 + 200.0 * (high - loss) / (high - low);
        let at = |rate: f64| -> Point { (x(rate), y(self.loss_along(&self.grads, rate))) };
        let curve: Vec<Point> = (0..=66).map(|step| at(far * f64::from(step) / 66.0)).collect();
        let promised = (self.before - low) / squares;
        let dot = |rate: f64, words: &str, class: &str, (dx, dy): Point| -> Markup {
            let (cx, cy) = at(rate);
            let loss = self.loss_along(&self.grads, rate);
            html! {
                circle class="current" cx=(format!("{cx:.1}")) cy=(format!("{cy:.1}")) r="5" {}
                (draw::text(&format!("digits {class}"), (cx + dx, cy + dy), &format!("{words}: {}", signed(loss, 2))))
            }
        };
        draw::svg(
            "The loss of anna along its gradient",
            "The loss falls at first as the slope promises, has its lowest point near the rate 0.3, and rises \
             beyond it: with the rate 3 it is higher than at the start. The straight line of the slope goes on down.",
            (draw::WIDTH, 282.0),
            html! {
                (draw::text("quiet start", (0.0, 14.0), "loss of anna"))
                @for loss in [3.0, 3.5] {
                    (draw::path("arrow", &[(x(0.0), y(loss)), (x(0.0) - 5.0, y(loss))]))
                    (draw::text("quiet end", (x(0.0) - 9.0, y(loss) + 4.0), &signed(loss, 1)))
                }
                (draw::path("arrow", &[(x(0.0), 24.0), (x(0.0), y(low)), (x(far), y(low))]))
                @for rate in [1.0, 2.0, 3.0] { (draw::text("quiet", (x(rate), y(low) + 18.0), &signed(rate, 0))) }
                (draw::text("quiet", (x(far / 2.0), y(low) + 40.0), "learning rate of the one step"))
                (draw::path("arrow", &[(x(0.0), y(self.before)), (x(promised), y(low))]))
                (draw::text("quiet start", (x(promised) + 6.0, y(low) - 8.0), "what the slope promises"))
                (draw::path("current", &curve))
                (dot(0.0, "no step", "start", (9.0, -8.0)))
                (dot(0.1, "0.1", "start", (12.0, 4.0)))
                (dot(1.0, "1", "start", (4.0, 20.0)))
                (dot(3.0, "3", "end", (-10.0, -8.0)))
            },
        )
    }
}

fn x_squared() {
    label("x squared");
    let first = 3.0 - 0.1 * (2.0 * 3.0);
    println!("rate 0.1, the first step: 3 - 0.1 * (2 * 3) = {first}");
    println!("rate 0.1, the second step: {first} - 0.1 * (2 * {first}) = {:.2}", first - 0.1 * (2.0 * first));
    println!("x - rate * 2x = (1 - 2 * rate) * x");
    println!("1 - 2 * 0.1 = {}", 1.0 - 2.0 * 0.1);
    label("x squared table");
    println!("rate  factor  start  step 1  step 2  step 3  step 4  step 5");
    for rate in [0.1, 0.5, 0.9, 1.0, 1.1] {
        let places = (0..=5).scan(3.0, |x, _| Some(std::mem::replace(x, *x - rate * 2.0 * *x)));
        let cells = places.map(|x| format!("{:6.2}", x + 0.0));
        println!("{rate:<4}  {:6.1} {}", 1.0 - 2.0 * rate, join(cells, "  "));
    }
}

fn checkpoint_two_steps() {
    label("checkpoint two-steps");
    let (start, rate) = (3.0, 1.1);
    let factor = 1.0 - 2.0 * rate;
    println!("factor: 1 - 2 * {rate} = {factor:.1}");
    println!("first step: {start} * ({factor:.1}) = {:.1}", start * factor);
    println!("answer: {:.4}", start * factor * factor);
    println!("wrong: {:.4}", start * factor); // one step
    println!("wrong: {:.4}", start - 2.0 * rate * 2.0 * start); // the slope at the start for both
}

fn checkpoint_five_times() {
    label("checkpoint five-times");
    println!("5 x^2, slope 10 x: x - rate * 10x = (1 - 10 * rate) * x");
    println!("rate 0.2, factor 1 - 10 * 0.2 = {}", 1.0 - 10.0 * 0.2);
    let limit = |slope_of_the_slope: f64| 2.0 / slope_of_the_slope;
    println!("answer: {}", limit(10.0));
    println!("wrong: {}", limit(2.0)); // that of x squared
    println!("wrong: {}", limit(10.0) / 2.0); // one step to the bottom
}

/// The mean of the gradients of some names.
fn mean_gradient(docs: &[Vec<usize>], params: &Parameters) -> Vec<f64> {
    let mut mean = vec![0.0; params.len()];
    for tokens in docs {
        let (_, grads) = fused_loss_and_grads(tokens, params);
        mean.iter_mut().zip(grads).for_each(|(mean, grad)| *mean += grad / docs.len() as f64);
    }
    mean
}

/// How far the largest score of a position is above its smallest one, at most.
fn largest_span(params: &Parameters, tokens: &[usize]) -> f64 {
    let positions = trace(params, &tokens[..tokens.len() - 1], Engine::Scalar);
    positions.iter().map(|at| max(&at.logits) - min(&at.logits)).fold(0.0, f64::max)
}

/// The parameters after one step of gradient descent.
fn descend(params: &Parameters, grads: &[f64], rate: f64) -> Parameters {
    let mut moved = params.clone();
    moved.as_mut_slice().iter_mut().zip(grads).for_each(|(p, grad)| *p -= rate * grad);
    moved
}

/// The same as `loss_and_gradients`, much faster.
fn fused_loss_and_grads(tokens: &[usize], params: &Parameters) -> (f64, Vec<f64>) {
    let (mut losses, mut grads) = (Vec::new(), vec![0.0; params.len()]);
    Fused::new(params).loss_and_gradients(params.as_slice(), tokens, 1.0, &mut losses, &mut grads, false);
    (mean(&losses), grads)
}

/// The same model with other parameters: the first two neurons of the MLP in each other's place.
fn exchange_two_neurons(params: &Parameters) -> Parameters {
    let width = params.config().n_embd;
    let mut exchanged = params.clone();
    let (first, rest) = exchanged.get_mut("layer0.mlp_fc1").expect("a matrix").split_at_mut(width);
    first.swap_with_slice(&mut rest[..width]);
    let fc2 = exchanged.get_mut("layer0.mlp_fc2").expect("a matrix");
    fc2.chunks_mut(4 * width).for_each(|row| row.swap(0, 1));
    exchanged
}

/// How far it is from some parameters to others: the root of the sum of the squared differences.
fn distance(from: &Parameters, to: &Parameters) -> f64 {
    let moves = from.as_slice().iter().zip(to.as_slice()).map(|(from, to)| to - from);
    length(&moves.collect::<Vec<_>>())
}

/// Gradient descent, one name a step: the loss on the held-out names after some of the steps, and the
/// parameters at the end.
fn descent(
    start: &Parameters,
    docs: &[Vec<usize>],
    held_out: &[Vec<usize>],
    rate: f64,
) -> (Vec<f64>, Parameters) {
    let mut params = start.clone();
    let mut tested = vec![mean_loss(start, held_out)];
    for (step, tokens) in docs.iter().enumerate() {
        let (_, grads) = fused_loss_and_grads(tokens, &params);
        params = descend(&params, &grads, rate);
        if [1, 10, 50, 100, 200, 500].contains(&(step + 1)) {
            tested.push(mean_loss(&params, held_out));
        }
    }
    (tested, params)
}
