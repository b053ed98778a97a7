//! Lesson 2.0, Why we need derivatives: what a small change of one parameter does to the loss.

mod common;

use common::{label, min, nodes, wants_figure};
use lab::draw;
use maud::{Markup, html};
use microgpt::autograd::Operation;
use microgpt::{Parameters, Program, Random, Tape, loss, loss_and_gradients, loss_of};

/// How far each parameter is nudged.
const NUDGE: f64 = 0.001;
/// Parameters of a, n and z.
const SOME: [usize; 5] = [0, 1, 4, 208, 400];
/// The two parameters of the picture, both of the letter a: one with a positive slope, one with a negative.
const PICTURED: [usize; 2] = [0, 4];
/// How far the triangle of the picture goes to the right.
const RUN: f64 = 0.1;

fn main() {
    let anna = Anna::new();
    if wants_figure() {
        print!("{}", anna.figure());
        return;
    }
    // The problem
    anna.loss_before_and_after();
    anna.turned_at_random();
    // The idea
    anna.one_nudge();
    anna.slopes_of_the_picture();
    anna.checkpoint_lowered();
    // By hand
    x_squared_at_3();
    x_squared_in_general();
    checkpoint_x_squared();
    // In the real model
    anna.slopes_of_some_parameters();
    anna.against_the_slopes();
    anna.checked_by_nudges();
    anna.cost();
    checkpoint_ten_times();
    // What goes wrong
    anna.too_small_a_nudge();
    // Check yourself
    anna.checkpoint_z();
    // Going deeper
    x_squared_elsewhere();
    simple_functions();
    anna.shrinking_nudge();
    anna.the_last_digit();
    anna.a_nudge_that_is_lost();
    anna.nudged_from_both_sides();
    anna.checkpoint_both_sides();
    anna.nudges_that_stay();
}

/// The untrained model, and its loss of anna.
struct Anna {
    program: Program,
    tokens: Vec<usize>,
    before: f64,
    /// The slopes to all parameters, by the method of this module.
    exact: Vec<f64>,
}

impl Anna {
    fn new() -> Self {
        let program = Program::untrained();
        let tokens = program.tokenizer.encode_doc("anna").expect("letters of the data");
        let (before, exact) = loss_and_gradients(&tokens, &program.params);
        Self { program, tokens, before, exact }
    }

    fn params(&self) -> &Parameters {
        &self.program.params
    }

    /// The loss with one parameter nudged.
    fn nudged(&self, index: usize, nudge: f64) -> f64 {
        loss_of(&self.tokens, &self.params().nudged(index, nudge))
    }

    /// The slope of the loss to a parameter, by a nudge.
    fn slope(&self, index: usize, nudge: f64) -> f64 {
        (self.nudged(index, nudge) - self.before) / nudge
    }

    /// The change of the loss when every parameter moves by as much as `by` says of its slope.
    fn moved(&self, mut by: impl FnMut(f64) -> f64) -> f64 {
        let mut params = self.params().clone();
        params.as_mut_slice().iter_mut().zip(&self.exact).for_each(|(p, slope)| *p += by(*slope));
        loss_of(&self.tokens, &params) - self.before
    }

    fn loss_before_and_after(&self) {
        label("loss before and after");
        println!("parameters: {}", self.params().len());
        println!("loss before training: {:.4}", self.before);
        println!("loss after training:  {:.4}", loss_of(&self.tokens, &Program::trained().params));
    }

    fn turned_at_random(&self) {
        label("turned at random");
        let (tries, mut random) = (100, Random::new(42));
        let changes: Vec<f64> =
            (0..tries).map(|_| self.moved(|_| if random.random() < 0.5 { NUDGE } else { -NUDGE })).collect();
        println!("every parameter by {NUDGE}, up or down at random");
        println!("tries: {tries}");
        println!("loss lower: {} times", changes.iter().filter(|change| **change < 0.0).count());
        println!("best try, a change of {:.4}", min(&changes));
    }

    fn one_nudge(&self) {
        label("one nudge");
        let (value, after) = (self.params().as_slice()[0], self.nudged(0, NUDGE));
        println!("                    before        after         change");
        println!("params[0]           {value:.6}      {:.6}      {NUDGE}", value + NUDGE);
        println!("loss of anna        {:.9}   {after:.9}   {:.9}", self.before, after - self.before);
        println!("change of the loss / nudge: {:.4}", self.slope(0, NUDGE));
    }

    fn slopes_of_the_picture(&self) {
        label("slopes of the picture");
        for index in PICTURED {
            let slope = self.exact[index];
            println!("params[{index}]: slope {slope:.2}, loss {:.4}", self.before);
            println!("  {RUN} to the right, by the slope: {:.3}", RUN * slope);
        }
    }

    /// The loss over two parameters; where they stand, a triangle that is as steep as the slope.
    fn figure(&self) -> String {
        let steps = || (-20..=20).map(|step| 0.01 * f64::from(step));
        let curves = PICTURED.map(|index| steps().map(|by| (by, self.nudged(index, by))).collect::<Vec<_>>());
        let losses: Vec<f64> = curves.iter().flatten().map(|(_, loss)| *loss).collect();
        let (low, high) = (min(&losses), common::max(&losses));
        let y = |loss: f64| 180.0 - 140.0 * (loss - low) / (high - low);
        let panel = |place: usize, index: usize| -> Markup {
            let middle = 96.0 + 208.0 * place as f64;
            let x = |by: f64| middle + 440.0 * by;
            let slope = self.exact[index];
            let sign = if slope < 0.0 { "cell negative" } else { "cell" };
            let curve: Vec<String> =
                curves[place].iter().map(|(by, loss)| format!("{:.1} {:.1}", x(*by), y(*loss))).collect();
            let end = (x(RUN), y(self.before + RUN * slope));
            let away = slope.signum();
            html! {
                (draw::text("name", (middle, 16.0), &format!("params[{index}]")))
                path class=(sign) style="--strength:1"
                    d=(format!("M{middle:.1} {:.1}H{:.1}V{:.1}Z", y(self.before), end.0, end.1)) {}
                path class="current" d=(format!("M{}", curve.join(" "))) {}
                circle class="current" cx=(middle) cy=(format!("{:.1}", y(self.before))) r="5" {}
                (draw::text(if slope < 0.0 { "digits start" } else { "digits end" },
                    (middle + away * -12.0, y(self.before) - 10.0), &format!("{:.4}", self.before)))
                (draw::text("label", (middle, 206.0), &format!("slope {}", lab::heat::signed(slope, 2))))
                (draw::arrow((middle + away * 40.0, 222.0), (middle - away * 40.0, 222.0), ""))
                (draw::text("quiet", (middle, 244.0), if slope < 0.0 { "turn it up" } else { "turn it down" }))
            }
        };
        draw::svg(
            "The loss of anna over two parameters",
            "Where the first parameter stands, the curve of the loss rises, so the parameter should get smaller. \
             Where the second stands, the curve falls, so it should get larger.",
            (draw::WIDTH, 250.0),
            html! {
                (draw::text("quiet start", (0.0, 16.0), "loss"))
                @for (place, index) in PICTURED.into_iter().enumerate() { (panel(place, index)) }
            },
        )
    }

    fn checkpoint_lowered(&self) {
        label("checkpoint lowered");
        let (slope, change) = (self.slope(0, NUDGE), -0.01);
        println!("slope times change: {slope:.4} * {change} = {:.6}", slope * change);
        println!("the real change: {:.6}", self.nudged(0, change) - self.before);
        println!("answer: {}", slope * change);
        println!("wrong: {}", -slope * change); // the sign
        println!("wrong: {}", slope * -NUDGE); // the nudge in place of the change
        println!("wrong: {slope}"); // nothing multiplied
    }

    fn slopes_of_some_parameters(&self) {
        label("slopes of some parameters");
        println!("loss before: {:.9}", self.before);
        println!("nudge: {NUDGE}");
        println!("parameter    letter  loss after    change         slope");
        for index in SOME {
            let width = self.params().config().n_embd;
            let letter = self.program.tokenizer.token_name(index / width);
            let after = self.nudged(index, NUDGE);
            println!(
                "{:12} {letter:7} {after:.9}   {:12.9}   {:7.4}",
                format!("params[{index}]"),
                after - self.before,
                self.slope(index, NUDGE)
            );
        }
    }

    fn against_the_slopes(&self) {
        label("against the slopes");
        println!("every parameter by {NUDGE}, against its slope");
        let sizes: f64 = self.exact.iter().map(|slope| slope.abs()).sum();
        println!("sizes of all slopes, added up: {sizes:.1}");
        println!("the change they promise: -{NUDGE} * {sizes:.1} = {:.4}", -NUDGE * sizes);
        // A slope of 0 says nothing about the direction
        let change = self.moved(|slope| if slope == 0.0 { 0.0 } else { -NUDGE * slope.signum() });
        println!("the change that is found: {change:.4}");
        println!("loss: {:.4} -> {:.4}", self.before, self.before + change);
    }

    fn checked_by_nudges(&self) {
        label("checked by nudges");
        let h = 1e-7;
        let by_nudges: Vec<f64> = (0..self.exact.len()).map(|index| self.slope(index, h)).collect();
        println!("parameter    slope that was used  by a nudge of {h:.7}");
        for index in SOME {
            println!(
                "{:12} {:19.6}  {:21.6}",
                format!("params[{index}]"),
                self.exact[index],
                by_nudges[index]
            );
        }
        let differences: Vec<f64> =
            self.exact.iter().zip(&by_nudges).map(|(exact, nudged)| (exact - nudged).abs()).collect();
        println!("compared: all {}", differences.len());
        println!("largest difference: {:.9}", common::max(&differences));
    }

    fn cost(&self) {
        label("cost");
        let tape = Tape::new();
        loss(&self.tokens, &self.params().on(&tape));
        let count = |operation| nodes(&tape).filter(|node| node.operation() == operation).count();
        let (additions, multiplications) = (count(Operation::Add), count(Operation::Mul));
        let others = tape.len() - count(Operation::Leaf) - additions - multiplications;
        let operations = additions + multiplications + others;
        println!("one loss of anna");
        println!("  additions:             {additions:>11}");
        println!("  multiplications:       {multiplications:>11}");
        println!("  other operations:      {others:>11}");
        println!("  all operations:        {operations:>11}");
        let losses = self.params().len() + 1;
        println!("all slopes by nudges");
        println!("  losses to compute:     {losses:>11}");
        println!("  all operations:        {:>11}", losses * operations);
        let inputs: usize = nodes(&tape).map(|node| node.children().count()).sum();
        let at_once = operations + 2 * inputs;
        println!("all slopes by the method of this module");
        println!("  losses to compute:     {:>11}", 1);
        println!("  inputs of operations:  {inputs:>11}");
        println!("  2 operations for each: {:>11}", 2 * inputs);
        println!("  all operations:        {at_once:>11}");
        println!(
            "by nudges / by the method of this module: {:.0}",
            (losses * operations) as f64 / at_once as f64
        );
        println!("the method of this module / one loss: {:.1}", at_once as f64 / operations as f64);
        let steps = Program::NUM_STEPS;
        println!("losses for {steps} steps by nudges: {steps} * {losses} = {}", steps * losses);
    }

    fn too_small_a_nudge(&self) {
        label("too small a nudge");
        self.print_nudges([3, 6, 9, 12, 14, 16]);
    }

    fn shrinking_nudge(&self) {
        label("shrinking nudge");
        self.print_nudges(1..=16);
    }

    /// The slope to the first parameter, by nudges of these negative powers of ten.
    fn print_nudges(&self, powers: impl IntoIterator<Item = i32>) {
        println!("exact slope: {:.8}", self.exact[0]);
        println!("nudge  loss after          change / nudge  error");
        for power in powers {
            let h = 10f64.powi(-power);
            let (after, slope) = (self.nudged(0, h), self.slope(0, h));
            println!("1e-{power:<3} {after:<18}  {slope:.8}      {:.0e}", (slope - self.exact[0]).abs());
        }
    }

    /// The first parameter of z, and a name with a z.
    fn checkpoint_z(&self) {
        label("checkpoint z");
        let tokens = self.program.tokenizer.encode_doc("zoe").expect("letters of the data");
        let slope =
            (loss_of(&tokens, &self.params().nudged(400, NUDGE)) - loss_of(&tokens, self.params())) / NUDGE;
        println!("slope of the loss of zoe to params[400]: {slope:.4}");
        println!("answer: {}", if slope == 0.0 { "0 as well" } else { "not 0" });
    }

    fn checkpoint_both_sides(&self) {
        label("checkpoint both sides");
        let parameters = self.params().len();
        println!("answer: {}", 2 * parameters);
        println!("wrong: {}", 2 * parameters + 1); // the loss without a nudge
        println!("wrong: {}", parameters + 1); // one side
    }

    fn the_last_digit(&self) {
        label("the last digit");
        let (before, h) = (self.before, 1e-14);
        println!("the loss:              {before:?}");
        println!("the next number:       {:?}", before.next_up());
        println!("the gap between them:  {:.1e}", before.next_up() - before);
        println!("nudge of {h:e}, change by the slope:  {:.1e}", self.exact[0] * h);
        println!("nudge of {h:e}, change that is found: {:.1e}", self.nudged(0, h) - before);
    }

    fn a_nudge_that_is_lost(&self) {
        label("a nudge that is lost");
        let (value, h) = (self.params().as_slice()[0], 1e-16);
        println!("nudge: {h:e}");
        println!("params[0] changes:  {}", value + h != value);
        println!("loss changes:       {}", self.nudged(0, h) != self.before);
        println!("change / nudge:     {}", self.slope(0, h));
    }

    fn nudged_from_both_sides(&self) {
        label("from both sides");
        let (h, exact) = (1e-5, self.exact[0]);
        println!(
            "x squared at 3, from 2.9 to 3.1: ({:.2} - {:.2}) / 0.2 = {:.3}",
            3.1 * 3.1,
            2.9 * 2.9,
            (3.1 * 3.1 - 2.9 * 2.9) / 0.2
        );
        let (up, down) = (self.nudged(0, h), self.nudged(0, -h));
        let (one, both) = (self.slope(0, h), (up - down) / (2.0 * h));
        println!("loss before:                 {}", self.before);
        println!("loss after a nudge of +{h:e}: {up}");
        println!("loss after a nudge of -{h:e}: {down}");
        println!("one side:   {one:.10}, error {:.0e}", (one - exact).abs());
        println!("both sides: {both:.10}, error {:.0e}", (both - exact).abs());
        println!("exact:      {exact:.10}");
    }

    fn nudges_that_stay(&self) {
        label("nudges that stay");
        let mut kept = self.params().clone();
        for index in [0, 1] {
            kept.as_mut_slice()[index] += NUDGE;
            let slope = (loss_of(&self.tokens, &kept) - self.before) / NUDGE;
            let taken_back = self.slope(index, NUDGE);
            println!("params[{index}]: nudge before kept {slope:.4}, taken back {taken_back:.4}");
        }
    }
}

fn x_squared_at_3() {
    label("x squared at 3");
    println!("nudge h   3 + h    its square   change     change / h");
    for h in [1.0, 0.1, 0.01, 0.001] {
        let square: f64 = (3.0 + h) * (3.0 + h);
        let change = square - 3.0 * 3.0;
        println!("{h:<9} {:<8} {square:<12.6} {change:<10.6} {:.3}", 3.0 + h, change / h);
    }
}

fn x_squared_in_general() {
    label("x squared in general");
    println!("(3 + h)^2 = {} + {}h + h^2", 3 * 3, 2 * 3);
    println!("at 3: ((3 + h)^2 - 3^2) / h = {} + h", 2 * 3);
    println!("at x: ((x + h)^2 - x^2) / h = 2x + h");
}

fn checkpoint_x_squared() {
    label("checkpoint x squared");
    let (x, h): (f64, f64) = (-2.0, 0.01);
    let change = (x + h).powi(2) - x.powi(2);
    println!("from {} to {:.4}, a change of {change:.4}", x.powi(2), (x + h).powi(2));
    println!("at {:.2}, {change:.4} / {h} = {:.2}", x + h, change / h);
    println!("exact: 2 * {x} = {}", 2.0 * x);
    println!("answer: {:.6}", change / h);
    println!("wrong: {:.6}", -change / h); // the sign
    println!("wrong: {:.6}", 2.0 * x); // the derivative
    println!("wrong: {change:.6}"); // not divided
}

fn checkpoint_ten_times() {
    label("checkpoint ten times");
    let times = 10;
    println!("answer: {}", times * times);
    println!("wrong: {times}");
    println!("wrong: {}", times + times);
}

fn x_squared_elsewhere() {
    label("x squared elsewhere");
    println!("x     change / h for h = 0.001   2x");
    for x in [-2.0, -1.0, 0.0, 1.0, 3.0] {
        let slope = ((x + 0.001) * (x + 0.001) - x * x) / 0.001;
        println!("{x:<5} {slope:<26.3} {}", 2.0 * x);
    }
}

fn simple_functions() {
    label("simple functions");
    println!("the slope of 5 x at 3:       {:.3}", (5.0 * 3.001 - 5.0 * 3.0) / 0.001);
    println!("the slope of 5 x at -2:      {:.3}", (5.0 * -1.999 - 5.0 * -2.0) / 0.001);
    println!("the slope of 5 x + 7 at 3:   {:.3}", ((5.0 * 3.001 + 7.0) - (5.0 * 3.0 + 7.0)) / 0.001);
}
