//! Lesson 2.1, The chain rule: slopes one after the other multiply, branches add up.

mod common;

use std::error::Error;

use common::{dot, join, label, wants_figure};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::{Parameters, Program, Tape, loss_of};

fn main() -> Result<(), Box<dyn Error>> {
    let anna = Anna::new()?;
    if wants_figure() {
        print!("{}", figure(&anna));
        return Ok(());
    }
    // The problem
    how_much_to_do(&anna);
    // The idea
    gears();
    // By hand
    toy_values();
    toy_local_gradients();
    toy_graph();
    from_a_to_g();
    toy_products();
    x_times_x();
    a_sum_times_a();
    // The lines
    the_two_sides();
    // In the real model
    number_one_of_a(&anna);
    used_twice(&anna);
    // What goes wrong
    adding_along_a_chain();
    // Check yourself
    other_numbers();
    a_negative_sum();
    // Going deeper
    sixteen_sums(&anna);
    real_values(&anna);
    real_paths(&anna);
    x_squared();
    going_too_far();
    Ok(())
}

/// The number where it is positive, else 0.
fn relu(x: f64) -> f64 {
    x.max(0.0)
}

/// The toy expression, one operation at a time.
#[derive(Clone, Copy)]
struct Toy {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    e: f64,
    f: f64,
    g: f64,
}

impl Toy {
    const LESSON: Self = Self::new(2.0, -3.0, 10.0);

    const fn new(a: f64, b: f64, c: f64) -> Self {
        let d = a * b;
        let e = d + c;
        let f = if e > 0.0 { e } else { 0.0 };
        Self { a, b, c, d, e, f, g: f * f }
    }

    /// The local gradients from d to e, from e to f and from f to g.
    fn after_d(self) -> [f64; 3] {
        [1.0, if self.e > 0.0 { 1.0 } else { 0.0 }, 2.0 * self.f]
    }

    /// The local gradients along the path from a.
    fn path_of_a(self) -> [f64; 4] {
        let [sum, relu, square] = self.after_d();
        [self.b, sum, relu, square]
    }

    /// The local gradients along the path from b.
    fn path_of_b(self) -> [f64; 4] {
        let [sum, relu, square] = self.after_d();
        [self.a, sum, relu, square]
    }
}

fn product(factors: &[f64]) -> f64 {
    factors.iter().product()
}

/// The slope of `f` at `x`, by a nudge up and a nudge down.
fn slope(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    (f(x + 1e-6) - f(x - 1e-6)) / 2e-6
}

fn how_much_to_do(anna: &Anna) {
    label("how much to do");
    let tape = Tape::new();
    let parameters = anna.program.params.len();
    let params = anna.program.params.on(&tape);
    microgpt::loss(&anna.tokens, &params);
    println!("computed numbers for the loss of anna: {}", tape.len() - parameters);
    println!("losses for one nudge of each parameter: {parameters} + 1 = {}", parameters + 1);
}

fn gears() {
    label("gears");
    let (first, second) = (-48.0 / 16.0, -40.0 / 20.0);
    println!("from axle 1 to axle 2: 48 / 16 = {}, turned round: {first}", -first);
    println!("from axle 2 to axle 3: 40 / 20 = {}, turned round: {second}", -second);
    println!("from axle 1 to axle 3: ({first}) * ({second}) = {}", first * second);
}

fn toy_values() {
    label("toy values");
    let Toy { a, b, c, d, e, f, g } = Toy::LESSON;
    println!("a = {a}");
    println!("b = {b}");
    println!("c = {c}");
    println!("d = a * b   = {d}");
    println!("e = d + c   = {e}");
    println!("f = relu(e) = {f}");
    println!("g = f ** 2  = {g}");
}

fn toy_local_gradients() {
    label("toy local gradients");
    let toy = Toy::LESSON;
    let Toy { a, b, c, d, e, f, .. } = toy;
    let [sum, through_relu, square] = toy.after_d();
    println!("operation    formula       value   by a nudge");
    let line = |operation, formula, value: f64, nudged: f64| {
        println!("{operation:<12} {formula:<13} {value:<7} {nudged:.4}");
    };
    line("from a to d", "b", b, slope(|a| a * b, a));
    line("from b to d", "a", a, slope(|b| a * b, b));
    line("from d to e", "1", sum, slope(|d| d + c, d));
    line("from c to e", "1", sum, slope(|c| d + c, c));
    line("from e to f", "1 as e > 0", through_relu, slope(relu, e));
    line("from f to g", "2 f", square, slope(|f| f * f, f));
}

fn toy_graph() {
    label("toy graph");
    let toy = Toy::LESSON;
    let Toy { a, b, c, d, e, f, g } = toy;
    let [sum, through_relu, square] = toy.after_d();
    println!("flowchart LR");
    println!("    accTitle: The toy expression, with the local gradient on each arrow");
    println!("    a[\"a = {a}\"] -->|\"{b}\"| d[\"d = a * b<br>{d}\"]");
    println!("    b[\"b = {b}\"] -->|\"{a}\"| d");
    println!("    d -->|\"{sum}\"| e[\"e = d + c<br>{e}\"]");
    println!("    c[\"c = {c}\"] -->|\"{sum}\"| e");
    println!("    e -->|\"{through_relu}\"| f[\"f = relu(e)<br>{f}\"]");
    println!("    f -->|\"{square}\"| g[\"g = f ** 2<br>{g}\"]");
}

fn from_a_to_g() {
    label("checkpoint from-a-to-g");
    let toy = Toy::LESSON;
    println!("answer: {}", product(&toy.path_of_a()));
    println!("wrong: {}", toy.path_of_a().iter().sum::<f64>()); // added
    println!("wrong: {}", product(&toy.path_of_b())); // the other path
    println!("wrong: {}", product(&toy.after_d())); // without the first step
}

fn toy_products() {
    label("toy products");
    let toy = Toy::LESSON;
    let Toy { a, b, c, .. } = toy;
    let [_, through_relu, square] = toy.after_d();
    let line = |path: &str, factors: &[f64], nudged: f64| {
        println!("{path}: {} = {}    by a nudge: {nudged:.4}", join(factors, " * "), product(factors));
    };
    line("from a to g", &toy.path_of_a(), slope(|a| Toy::new(a, b, c).g, a));
    line("from b to g", &toy.path_of_b(), slope(|b| Toy::new(a, b, c).g, b));
    line("from c to g", &[1.0, through_relu, square], slope(|c| Toy::new(a, b, c).g, c));
}

fn x_times_x() {
    label("x times x");
    let x = 3.0;
    println!("x * x = {}", x * x);
    println!("first x nudged alone:  {:.4}", slope(|first| first * x, x));
    println!("second x nudged alone: {:.4}", slope(|second| x * second, x));
    println!("both nudged:           {:.4}", slope(|both| both * both, x));
    println!("sum of the two paths:  {x} + {x} = {}", x + x);
}

fn a_sum_times_a() {
    label("checkpoint a-sum-times-a");
    let Toy { a, b, .. } = Toy::LESSON;
    println!("a + b = {}, (a + b) * a = {}", a + b, (a + b) * a);
    println!("through the sum: 1 * {a} = {a}");
    println!("straight:        {}", a + b);
    println!("by a nudge:      {:.4}", slope(|a| (a + b) * a, a));
    println!("answer: {}", a + (a + b));
    println!("wrong: {a}"); // through the sum alone
    println!("wrong: {}", a + b); // straight alone
    println!("wrong: {}", a * (a + b)); // the paths multiplied
}

fn the_two_sides() {
    label("checkpoint the-two-sides");
    // Line 72 for a = child, d = v: the slope of g to a comes from the slope of g to d
    let toy = Toy::LESSON;
    let (local_grad, to_d, to_a) = (toy.b, product(&toy.after_d()), product(&toy.path_of_a()));
    println!("v.grad: {to_d}, local_grad: {local_grad}, child.grad: {to_a}");
    println!("answer: {to_d}");
    println!("wrong: {}", toy.d); // the value of d
    println!("wrong: {local_grad}"); // local_grad
    println!("wrong: {to_a}"); // child.grad
}

/// The loss of `anna` before training.
struct Anna {
    program: Program,
    tokens: Vec<usize>,
}

impl Anna {
    fn new() -> Result<Self, Box<dyn Error>> {
        let program = Program::untrained();
        let tokens = program.tokenizer.encode_doc("anna")?;
        Ok(Self { program, tokens })
    }

    /// The slope of the loss to a parameter, by a nudge up and a nudge down.
    fn slope_to(&self, name: &str) -> f64 {
        let index = self.program.params.index_of(name).expect("a parameter of the program");
        let nudged = |nudge| loss_of(&self.tokens, &self.program.params.nudged(index, nudge));
        (nudged(1e-5) - nudged(-1e-5)) / 2e-5
    }

    /// The slope through each position that has this letter, for one number of its row, and the slope to the
    /// number itself.
    fn paths(&self, letter: usize, number: usize) -> (Vec<(usize, f64)>, f64) {
        let inputs = &self.tokens[..self.tokens.len() - 1];
        let positions = (0..inputs.len()).filter(|position| inputs[*position] == letter);
        let paths = positions.map(|p| (p, self.slope_to(&format!("wpe[{p}][{number}]")))).collect();
        (paths, self.slope_to(&format!("wte[{letter}][{number}]")))
    }
}

fn number_one_of_a(anna: &Anna) {
    label("checkpoint number-one-of-a");
    let (paths, both) = anna.paths(0, 1);
    let (first, last) = (paths[0].1, paths[1].1);
    println!("at position {}: {first:.5}, at position {}: {last:.5}", paths[0].0, paths[1].0);
    println!("nudged itself: {both:.5}");
    println!("answer: {:.5}", first + last);
    println!("wrong: {:.5}", first.abs() + last.abs()); // sizes without signs
    println!("wrong: {last:.5}"); // the last path alone
    println!("wrong: {:.5}", first * last); // multiplied
}

fn used_twice(anna: &Anna) {
    label("used twice");
    println!("           path at 1  path at 4       sum  by nudging it");
    for number in 0..4 {
        let (paths, both) = anna.paths(0, number);
        let sum: f64 = paths.iter().map(|path| path.1).sum();
        println!("params[{number}]  {:9.5}  {:9.5}  {sum:8.5}  {both:13.5}", paths[0].1, paths[1].1);
    }
    let (paths, both) = anna.paths(0, 0);
    println!("slope to params[0]: {} = {both:.5}", written_sum(&paths));
    println!("numbers for each letter: {}", anna.program.params.config().n_embd);
    println!("tokens of anna: {:?}", anna.tokens);
    println!("loss of anna: {:.4}", loss_of(&anna.tokens, &anna.program.params));
}

/// The paths, each as the product of its local gradients: a sum passes a change on as it is.
fn written_sum(paths: &[(usize, f64)]) -> String {
    join(paths.iter().map(|path| format!("1 * {:.5}", path.1)), " + ")
}

fn adding_along_a_chain() {
    label("adding along a chain");
    let factors = Toy::LESSON.path_of_a();
    println!("product: {} = {}", join(factors, " * "), product(&factors));
    println!("sum:     {} = {}", join(factors, " + "), factors.iter().sum::<f64>());
}

fn other_numbers() {
    label("checkpoint other-numbers");
    let toy = Toy::new(4.0, 1.0, -1.0);
    let [_, _, square] = toy.after_d();
    println!("d = {}, e = {}, f = {}, g = {}", toy.d, toy.e, toy.f, toy.g);
    println!("from b to g: {} = {}", join(toy.path_of_b(), " * "), product(&toy.path_of_b()));
    println!("by a nudge:  {:.4}", slope(|b| Toy::new(toy.a, b, toy.c).g, toy.b));
    println!("answer: {}", product(&toy.path_of_b()));
    println!("wrong: {}", toy.a * Toy::LESSON.after_d()[2]); // with the old f
    println!("wrong: {}", product(&toy.path_of_a())); // from a
    println!("wrong: {}", product(&toy.path_of_b()) / square * toy.f); // f for 2 f
}

fn a_negative_sum() {
    label("checkpoint a-negative-sum");
    let toy = Toy::new(2.0, -3.0, 5.0);
    let change = slope(|a| Toy::new(a, toy.b, toy.c).g, toy.a);
    println!("d = {}, e = {}, f = {}, g = {}", toy.d, toy.e, toy.f, toy.g);
    println!("from a to g: {} = {}", join(toy.path_of_a(), " * "), product(&toy.path_of_a()).abs());
    println!("by a nudge:  {change:.4}");
    println!(
        "answer: {}",
        if change > 0.0 {
            "rises"
        } else if change < 0.0 {
            "falls"
        } else {
            "stays"
        }
    );
}

/// Line 111 for the first a of anna, at position 1.
fn sums_of(params: &Parameters) -> Vec<f64> {
    let row = |name| params.get(name).expect("a matrix of the program");
    row("wte").row(0).iter().zip(row("wpe").row(1)).map(|(t, p)| t + p).collect()
}

fn sixteen_sums(anna: &Anna) {
    label("the sixteen sums");
    for row in sums_of(&anna.program.params).chunks(4) {
        println!("{}", join(row.iter().map(|x_j| format!("{x_j:11.6}")), ""));
    }
}

fn real_values(anna: &Anna) {
    label("real values");
    let params = &anna.program.params;
    let x = sums_of(params);
    let mean_square = dot(&x, &x) / 16.0;
    let u = mean_square + 1e-5;
    let scale = u.powf(-0.5);
    println!("t = params[0]             {:12.6}", params.as_slice()[0]);
    println!("p = params[448]           {:12.6}", params.as_slice()[448]);
    println!("x = t + p                 {:12.6}", x[0]);
    println!("q = x * x                 {:15.9}", x[0] * x[0]);
    println!("mean_square               {mean_square:15.9}");
    println!("u = mean_square + 1e-5    {u:15.9}");
    println!("scale = u ** -0.5         {scale:10.4}");
    println!("y = x * scale             {:10.4}", x[0] * scale);
    label("real local gradients");
    println!("from t to x               {:.0}", slope(|t| t + x[0], 0.0));
    println!("from x to q               2 x = {:.6}", 2.0 * x[0]);
    println!("from q to mean_square     1 / 16 = {}", 1.0 / 16.0);
    println!("from mean_square to u     {:.0}", slope(|mean_square| mean_square + 1e-5, mean_square));
    println!("from u to scale           -0.5 * u ** -1.5 = {:.1}", -0.5 * u.powf(-1.5));
    println!("from scale to y           x = {:.6}", x[0]);
    println!("from x to y               scale = {scale:.4}");
}

fn real_paths(anna: &Anna) {
    label("real paths");
    let params = &anna.program.params;
    let scale_of = |x: &[f64]| (dot(x, x) / 16.0 + 1e-5).powf(-0.5);
    let x = sums_of(params);
    let scale = scale_of(&x);
    let from_u = -0.5 * (dot(&x, &x) / 16.0 + 1e-5).powf(-1.5);
    let through = 2.0 * x[0] / 16.0 * from_u * x[0];
    let nudged = |nudge| {
        let x = sums_of(&params.nudged(0, nudge));
        x[0] * scale_of(&x)
    };
    println!("straight from x to y: {scale:.3}");
    println!(
        "through scale:        {:.6} * {} * {from_u:.1} * {:.6} = {through:.3}",
        2.0 * x[0],
        1.0 / 16.0,
        x[0]
    );
    println!("both paths:           {scale:.3} - {:.3} = {:.3}", -through, scale + through);
    println!("by a nudge of t:      {:.3}", (nudged(1e-6) - nudged(-1e-6)) / 2e-6);
}

fn x_squared() {
    label("x squared");
    println!("sum at any x: x + x = 2x, the slope of x^2");
}

fn going_too_far() {
    label("going too far");
    let Toy { a, b, c, g, .. } = Toy::LESSON;
    let slope = product(&Toy::LESSON.path_of_a());
    println!("slope from a to g: {slope}");
    println!("a raised by  expected change  real change of g");
    for change in [0.01, 0.1, 1.0] {
        println!("{change:<12} {:<16.2} {:.4}", slope * change, Toy::new(a + change, b, c).g - g);
    }
}

/// The lesson's picture: the first number of the letter a goes into the loss of anna at two positions.
fn figure(anna: &Anna) -> String {
    let (paths, both) = anna.paths(0, 0);
    let value = anna.program.params.as_slice()[0];
    let (pitch, middle) = (76.0, 238.0);
    let at = |position: usize| 48.0 + position as f64 * pitch;
    let names: Vec<&str> =
        anna.tokens.iter().map(|id| ["a", "n"].get(id / 13).copied().unwrap_or("BOS")).collect();
    let cells = Cells { width: 68.0, height: 26.0, full: 0.2, decimals: Some(5) };
    let sum = written_sum(&paths).replace('*', "·");
    draw::svg(
        "Two paths from one parameter to the loss",
        &format!(
            "The tokens of anna in a row, both a's outlined. From params[0] an arrow with a 1 leads to each a, and \
             from each a an arrow with a slope to the loss. The slope to params[0]: {sum} = {both:.5}."
        ),
        (draw::WIDTH, 276.0),
        html! {
            (draw::text("name end", (middle - 42.0, 20.0), "params[0]"))
            (cells.strip((middle - 34.0, 2.0), &[value]))
            (draw::tokens((at(0), 108.0), pitch, &names[..5], None))
            @for (position, slope) in &paths {
                @let x = at(*position);
                @let (side, cell) = if x < middle { (-1.0, -84.0) } else { (1.0, 16.0) };
                (draw::outline((x - 20.0, 95.0), (40.0, 26.0)))
                (draw::arrow((middle + 12.0 * side, 32.0), (x - 4.0 * side, 92.0), ""))
                (draw::text("digits", ((x + middle) / 2.0 + 14.0 * side, 58.0), "1"))
                (draw::arrow((x - 4.0 * side, 124.0), (middle + 12.0 * side, 202.0), ""))
                (cells.strip(((x + middle) / 2.0 + cell, 156.0), &[*slope]))
                @if side < 0.0 {
                    (draw::text("quiet end", (x, 140.0), &format!("position {position}")))
                } @else {
                    (draw::text("quiet end", (draw::WIDTH - 2.0, 140.0), &format!("position {position}")))
                }
            }
            (draw::text("label", (middle, 222.0), &format!("loss {:.4}", loss_of(&anna.tokens, &anna.program.params))))
            (draw::text("digits", (draw::WIDTH / 2.0, 262.0), &format!("slope to params[0]: {sum} = {both:.5}")))
        },
    )
}
