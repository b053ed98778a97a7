//! Lesson 2.1, The chain rule: slopes one after the other multiply, branches add up.

mod common;

use common::{dot, four_decimals, join, label};
use microgpt::{Parameters, Program, Tape, loss_of};

fn main() {
    println!("--- gears ---");
    let (first, second) = (-48.0 / 16.0, -40.0 / 20.0);
    println!("from axle 1 to axle 2: 48 / 16 = {}, turned round: {first}", -first);
    println!("from axle 2 to axle 3: 40 / 20 = {}, turned round: {second}", -second);
    println!("from axle 1 to axle 3: {first} * {second} = {}", first * second);

    label("gear train");
    println!("flowchart LR");
    println!("    accTitle: Three axles, each turning the next");
    println!("    first[\"axle 1<br>turns 1\"] -->|\"{first}\"| second[\"axle 2<br>turns {first}\"]");
    println!("    second -->|\"{second}\"| third[\"axle 3<br>turns {}\"]", first * second);

    let (a, b, c) = (2.0, -3.0, 10.0);
    let d = a * b;
    let e = d + c;
    let f = relu(e);
    let g = f * f;
    label("toy values");
    println!("a = {a}");
    println!("b = {b}");
    println!("c = {c}");
    println!("d = a * b   = {d}");
    println!("e = d + c   = {e}");
    println!("f = relu(e) = {f}");
    println!("g = f ** 2  = {g}");

    label("toy local gradients");
    println!("operation    formula       value   by a nudge");
    let line = |operation, formula, value: f64, nudged: f64| {
        println!("{operation:<12} {formula:<13} {value:<7} {nudged:.4}");
    };
    let (a_to_d, b_to_d, d_to_e, c_to_e, e_to_f, f_to_g) = (b, a, 1.0, 1.0, 1.0, 2.0 * f);
    line("from a to d", "b", a_to_d, slope(|a| a * b, a));
    line("from b to d", "a", b_to_d, slope(|b| a * b, b));
    line("from d to e", "1", d_to_e, slope(|d| d + c, d));
    line("from c to e", "1", c_to_e, slope(|c| d + c, c));
    line("from e to f", "1 as e > 0", e_to_f, slope(relu, e));
    line("from f to g", "2 f", f_to_g, slope(|f| f * f, f));

    label("toy graph");
    println!("flowchart LR");
    println!("    accTitle: The toy expression, with the local gradient on each arrow");
    println!("    a[\"a = {a}\"] -->|\"{a_to_d}\"| d[\"d = a * b<br>{d}\"]");
    println!("    b[\"b = {b}\"] -->|\"{b_to_d}\"| d");
    println!("    d -->|\"{d_to_e}\"| e[\"e = d + c<br>{e}\"]");
    println!("    c[\"c = {c}\"] -->|\"{c_to_e}\"| e");
    println!("    e -->|\"{e_to_f}\"| f[\"f = relu(e)<br>{f}\"]");
    println!("    f -->|\"{f_to_g}\"| g[\"g = f ** 2<br>{g}\"]");

    label("toy products");
    let line = |product: String, nudged: f64| println!("{product:<36} by a nudge: {nudged:.4}");
    let (a_to_g, b_to_g) = (f_to_g * e_to_f * d_to_e * a_to_d, f_to_g * e_to_f * d_to_e * b_to_d);
    let c_to_g = f_to_g * e_to_f * c_to_e;
    line(
        format!("from a to g: {a_to_d} * {d_to_e} * {e_to_f} * {f_to_g} = {a_to_g}"),
        slope(|a| toy(a, b, c), a),
    );
    line(
        format!("from b to g: {b_to_d} * {d_to_e} * {e_to_f} * {f_to_g} = {b_to_g}"),
        slope(|b| toy(a, b, c), b),
    );
    line(format!("from c to g: {c_to_e} * {e_to_f} * {f_to_g} = {c_to_g}"), slope(|c| toy(a, b, c), c));

    label("two uses");
    println!("a * b + a = {}", a * b + a);
    println!("first a nudged alone:  {:.4}", slope(|first| first * b + a, a));
    println!("second a nudged alone: {:.4}", slope(|second| a * b + second, a));
    println!("both together:         {:.4}", slope(|both| both * b + both, a));
    println!("sum of the two paths:  {b} + 1 = {}", b + 1.0);

    label("x times x");
    let x = 3.0;
    println!("x * x = {}", x * x);
    println!("first x nudged alone:  {:.4}", slope(|first| first * x, x));
    println!("second x nudged alone: {:.4}", slope(|second| x * second, x));
    println!("sum at 3:              {x} + {x} = {}", x + x);
    println!("sum at any x:          x + x = 2x, the slope of x^2");

    let program = Program::untrained();
    let params = &program.params;
    let tokens = program.tokenizer.encode_doc("anna").expect("letters of the data");
    let of_loss = |index| {
        let nudged = |nudge| loss_of(&tokens, &params.nudged(index, nudge));
        (nudged(1e-5) - nudged(-1e-5)) / 2e-5
    };
    label("one parameter used twice");
    println!("tokens of anna: {tokens:?}");
    println!("rows of 16 parameters, one for each of the 27 tokens");
    println!("number of the first parameter of position 0: 27 * 16 = {}", 27 * 16);
    println!("number of the first parameter of position 1: 28 * 16 = {}", 28 * 16);
    println!("number of the first parameter of position 4: 31 * 16 = {}", 31 * 16);
    println!("slope to params[448], position 1:   {:.5}", of_loss(448));
    println!("slope to params[496], position 4:   {:.5}", of_loss(496));
    println!("sum of the two slopes:              {:.5}", of_loss(448) + of_loss(496));
    println!("slope to params[0], both positions: {:.5}", of_loss(0));

    // Lines 111 and 104 to 106 for the first a of anna, at position 1
    let sums_of = |params: &Parameters| -> Vec<f64> {
        let params = params.as_slice();
        (0..16).map(|j| params[j] + params[448 + j]).collect()
    };
    let mean_square_of = |x: &[f64]| dot(x, x) / 16.0;
    let y_of = |params: &Parameters| {
        let x = sums_of(params);
        x[0] * (mean_square_of(&x) + 1e-5).powf(-0.5)
    };
    let x = sums_of(params);
    label("the sixteen sums");
    for row in x.chunks(4) {
        println!("{}", join(row.iter().map(|x_j| format!("{x_j:11.6}")), ""));
    }

    label("real values");
    let mean_square = mean_square_of(&x);
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
    let dscale_du = -0.5 * u.powf(-1.5);
    // The local gradient of an addition
    let tape = Tape::new();
    let added =
        (tape.value(1.0) + tape.value(2.0)).children().next().map_or(0.0, |(_, local_grad)| local_grad);
    println!("from t to x               {added}");
    println!("from x to q               2 x = {:.6}", 2.0 * x[0]);
    println!("from q to mean_square     1 / 16 = {}", 1.0 / 16.0);
    println!("from mean_square to u     {added}");
    println!("from u to scale           -0.5 * u ** -1.5 = {dscale_du:.1}");
    println!("from scale to y           x = {:.6}", x[0]);
    println!("from x to y               scale = {scale:.4}");

    label("real paths");
    let through = 2.0 * x[0] / 16.0 * dscale_du * x[0];
    let nudged = |nudge| y_of(&params.nudged(0, nudge));
    println!("straight from x to y: {scale:.3}");
    println!(
        "through scale:        {:.6} * {} * {dscale_du:.1} * {:.6} = {through:.3}",
        2.0 * x[0],
        1.0 / 16.0,
        x[0]
    );
    println!("both paths:           {scale:.3} - {:.3} = {:.3}", -through, scale + through);
    println!("by a nudge of t:      {:.3}", (nudged(1e-6) - nudged(-1e-6)) / 2e-6);

    label("adding along a chain");
    println!("product: {a_to_d} * {d_to_e} * {e_to_f} * {f_to_g} = {a_to_g}");
    println!("sum:     {a_to_d} + {d_to_e} + {e_to_f} + {f_to_g} = {}", a_to_d + d_to_e + e_to_f + f_to_g);

    label("going too far");
    println!("slope from a to g: {a_to_g}");
    println!("a raised by  expected change  real change of g");
    for change in [0.01, 0.1, 1.0] {
        println!("{change:<12} {:<16.2} {:.4}", a_to_g * change, toy(a + change, b, c) - g);
    }

    label("question other numbers");
    let (a, b, c) = (3.0, 2.0, -4.0);
    let e = a * b + c;
    println!("d = {}, e = {e}, f = {}, g = {}", a * b, relu(e), toy(a, b, c));
    println!("from a to g: {b} * 1 * 1 * {} = {}", 2.0 * relu(e), b * 2.0 * relu(e));
    println!("from b to g: {a} * 1 * 1 * {} = {}", 2.0 * relu(e), a * 2.0 * relu(e));
    println!("from c to g: 1 * 1 * {} = {}", 2.0 * relu(e), 2.0 * relu(e));
    by_nudges(a, b, c);

    label("question a negative sum");
    let (a, b, c) = (2.0, -3.0, 5.0);
    let e = a * b + c;
    println!("d = {}, e = {e}, f = {}, g = {}", a * b, relu(e), toy(a, b, c));
    by_nudges(a, b, c);

    label("question a sum times a");
    println!("a + b = {}, (a + b) * a = {}", a + b, (a + b) * a);
    println!("from a through the sum: 1 * {a} = {a}");
    println!("from a straight:        {}", a + b);
    println!(
        "from a, both paths:     {a} - {} = {}, by a nudge: {:.4}",
        -(a + b),
        a + a + b,
        slope(|a| (a + b) * a, a)
    );
    println!("from b through the sum: 1 * {a} = {a}, by a nudge: {:.4}", slope(|b| (a + b) * a, b));
}

/// The number where it is positive, else 0.
fn relu(x: f64) -> f64 {
    x.max(0.0)
}

/// The toy expression.
fn toy(a: f64, b: f64, c: f64) -> f64 {
    relu(a * b + c).powi(2)
}

/// The slopes of the toy expression to all three inputs.
fn by_nudges(a: f64, b: f64, c: f64) {
    let slopes = [slope(|a| toy(a, b, c), a), slope(|b| toy(a, b, c), b), slope(|c| toy(a, b, c), c)];
    println!("by nudges: {}", four_decimals(&slopes));
}

/// The slope of `f` at `x`, by a nudge up and a nudge down.
fn slope(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    (f(x + 1e-6) - f(x - 1e-6)) / 2e-6
}
