//! Lesson 2.2, The Value class: what a number remembers, and where each local gradient comes from.
//!
//! Blocks that begin with `checkpoint` are what the page judges an answer by: `answer:` is right, and for each
//! `wrong:` it has a hint.

mod common;

use std::f64::consts::E;

use common::{join, label, wants_figure};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::{Program, Tape, Value, loss};

fn main() {
    if wants_figure() {
        print!("{}", figure());
        return;
    }
    // The problem
    sixteen();
    // By hand
    nudges_by_hand();
    a_product();
    used_twice();
    // See it
    one_minus_a();
    the_same_product();
    // The lines
    two_values();
    operations();
    exp_of_two();
    by_nudges();
    minus_and_slash();
    // In the real model
    real_fields();
    all_values();
    // What goes wrong
    swapped();
    // Check yourself
    a_quotient();
    two_squares();
    // Going deeper
    bases();
    exp_and_log();
    powers();
    a_number_minus_a_value();
}

fn sixteen() {
    label("sixteen");
    println!("4 ** 2 = {}", 4.0_f64.powi(2));
    println!("2 ** 4 = {}", 2.0_f64.powi(4));
    println!("10 + 6 = {}", 10 + 6);
}

fn nudges_by_hand() {
    label("nudges by hand");
    println!("2 + 3 = {}, 3 + 3 = {}, 2 + 4 = {}", 2 + 3, 3 + 3, 2 + 4);
    println!("2 * 3 = {}, 3 * 3 = {}, 2 * 4 = {}", 2 * 3, 3 * 3, 2 * 4);
}

fn a_product() {
    label("checkpoint a-product");
    let tape = Tape::new();
    let (a, b) = (tape.value(2.0), tape.value(3.0));
    println!("answer: {}", local_grad(a * b, a));
    println!("wrong: {} towards b", local_grad(a * b, b));
    println!("wrong: {} of a sum", local_grad(a + b, a));
    println!("wrong: {} the product itself", (a * b).data());
}

/// The local gradient that a result has noted for one of its children.
fn local_grad(result: Value, of: Value) -> f64 {
    let noted = result.children().find(|(child, _)| child.index() == of.index());
    noted.expect("a child of the result").1
}

fn used_twice() {
    label("used twice");
    let tape = Tape::new();
    let (a, b) = (tape.value(2.0), tape.value(3.0));
    let d = a * b;
    let e = d + a;
    print_fields(&[(a, "a"), (b, "b"), (d, "d = a * b"), (e, "e = d + a")], |number| number.to_string());
    println!("with 3 for a: 3 * 3 + 3 = {}", 3 * 3 + 3);
    e.backward();
    println!("paths from a to e: 3 * 1 + 1 = {}", a.grad());
}

fn one_minus_a() {
    label("checkpoint one-minus-a");
    let tape = Tape::new();
    let made = 1.0 - tape.value(2.0);
    let product = made.children().map(|(child, _)| child).find(|child| child.children().count() > 0);
    println!("made of: {:?} and {:?}", product.expect("a child with children").operation(), made.operation());
    println!("answer: a product and a sum");
}

fn the_same_product() {
    label("the same product");
    let tape = Tape::new();
    for (a, b) in [(2.0, -3.0), (-2.0, -3.0)] {
        let (a, b) = (tape.value(a), tape.value(b));
        println!(
            "{} * {} = {}, local gradients {} to a, {} to b",
            a.data(),
            b.data(),
            (a * b).data(),
            local_grad(a * b, a),
            local_grad(a * b, b)
        );
    }
}

fn two_values() {
    label("two values");
    let tape = Tape::new();
    let two = tape.value(2.0);
    let six = two * tape.value(3.0);
    let row = |name: &str, show: &dyn Fn(Value) -> String| {
        println!("{name:13} {:9} {}", show(two), show(six));
    };
    row("", &|v| if v.index() == two.index() { "Value(2)".into() } else { "Value(2) * Value(3)".into() });
    row("data", &|v| v.data().to_string());
    row("grad", &|v| v.grad().to_string());
    row("_children", &|v| tuple(v.children().map(|(child, _)| format!("Value({})", child.data()))));
    row("_local_grads", &|v| tuple(v.children().map(|(_, local_grad)| local_grad.to_string())));
}

/// Python's way of writing a tuple of none or several entries.
fn tuple(entries: impl Iterator<Item = String>) -> String {
    format!("({})", join(entries, ", "))
}

fn operations() {
    label("operations");
    let tape = Tape::new();
    let [half, two, four, below] = [0.5, 2.0, 4.0, -1.0].map(|number| tape.value(number));
    println!("of         data     local gradient");
    for (name, result, child) in [
        ("4 ** 2", four.powf(2.0), four),
        ("4 ** -1", four.powf(-1.0), four),
        ("2 .exp()", two.exp(), two),
        ("4 .log()", four.log(), four),
        ("0.5 .log()", half.log(), half),
        ("4 .relu()", four.relu(), four),
        ("-1 .relu()", below.relu(), below),
    ] {
        println!("{name:10} {:<8.4} {:<8.4}", result.data(), local_grad(result, child));
    }
    println!("4 ** 2: 2 * 4 = {}", 2 * 4);
    println!("4 ** -1: -1 * 4 ** -2 = {}", -(4.0_f64.powi(-2)));
    println!("e = {E:.3}");
    for h in [0.01, 0.001] {
        println!("e ** {h} = {:.7}", E.powf(h));
    }
}

fn exp_of_two() {
    label("checkpoint exp-of-two");
    let tape = Tape::new();
    let a = tape.value(2.0);
    println!("answer: {}", local_grad(a.exp(), a));
    println!("wrong: {} the input", a.data());
    println!("wrong: {} by the rule for powers", 2.0 * E);
    println!("wrong: {} of a sum", local_grad(a + 1.0, a));
}

fn real_fields() {
    label("real fields");
    let program = Program::untrained();
    let tokens = program.tokenizer.encode_doc("anna").expect("letters of the data");
    let tape = Tape::new();
    let params = program.params.on(&tape);
    let activations = &loss(&tokens, &params).activations[1]; // position 1, the first a
    let (t, p) = (params.wte[0][0], params.wpe[1][0]);
    let (x, y) = (activations.embedding[0], activations.embedding_norm[0]);
    let child = |value: Value<'_>, place: usize| value.children().nth(place).expect("a child").0.index();
    let at = |index: usize| tape.get(index).expect("a value of the tape");
    let scale = at(child(y, 1)); // y is x * scale
    let u = at(child(scale, 0)); // scale is u ** -0.5
    let real =
        [(t, "t"), (p, "p"), (x, "x = t + p"), (u, "u"), (scale, "scale = u ** -0.5"), (y, "y = x * scale")];
    // As many digits as the next row needs
    print_fields(&real, |number| match number.abs() {
        1.0 => format!("{number}"),
        large if large > 1e3 => format!("{number:.1}"),
        large if large > 1.0 => format!("{number:.4}"),
        small if small < 2e-3 => format!("{number:.9}"),
        _ => format!("{number:.6}"),
    });
    println!("of scale: -0.5 * u ** -1.5 = {:.1}", -0.5 * u.data().powf(-1.5));
}

fn all_values() {
    label("all values");
    let program = Program::untrained();
    let tokens = program.tokenizer.encode_doc("anna").expect("letters of the data");
    let tape = Tape::new();
    loss(&tokens, &program.params.on(&tape));
    println!("values for one loss of anna: {}", tape.len());
    println!("parameters among them: {}", program.params.len());
}

fn swapped() {
    label("swapped");
    let tape = Tape::new();
    println!("product  right   swapped");
    for (a, b) in [(2.0, -3.0), (3.0, 3.0)] {
        let (a, b) = (tape.value(a), tape.value(b));
        let right = (local_grad(a * b, a), local_grad(a * b, b));
        println!(
            "{:7}  {:7} {}, {}",
            format!("{} * {}", a.data(), b.data()),
            format!("{}, {}", right.0, right.1),
            a.data(),
            b.data()
        );
    }
}

fn a_quotient() {
    label("checkpoint a-quotient");
    let tape = Tape::new();
    let (a, b) = (tape.value(6.0), tape.value(4.0));
    let quotient = a / b;
    let power = quotient.children().nth(1).expect("a / b is a * b ** -1").0;
    println!("b ** -1 = {}", power.data());
    println!(
        "local gradients of the product: {} and {}",
        local_grad(quotient, a),
        local_grad(quotient, power)
    );
    println!("answer: {}", local_grad(power, b));
    println!("wrong: {} the exponent not lowered", -power.data());
    println!("wrong: {} the power itself", power.data());
    println!("wrong: {} the sign lost", -local_grad(power, b));
    quotient.backward();
    println!("slope of a / b to b: 6 * -0.0625 = {}", b.grad());
}

fn two_squares() {
    label("checkpoint two-squares");
    let (tape, other) = (Tape::new(), Tape::new());
    let (v, w) = (tape.value(5.0), other.value(5.0));
    let (product, power) = (v * v, w.powf(2.0));
    print_fields(&[(v, "v"), (product, "v * v")], |number| number.to_string());
    print_fields(&[(w, "v"), (power, "v ** 2")], |number| number.to_string());
    product.backward();
    power.backward();
    println!("slopes: {} and {}", v.grad(), w.grad());
    let notes = if product.children().count() == power.children().count() { "the same" } else { "different" };
    let slope = if v.grad() == w.grad() { "the same" } else { "another" };
    println!("answer: {notes} notes, {slope} slope");
}

fn bases() {
    label("bases");
    println!("nudge h  (2^h - 1) / h  (e^h - 1) / h  (3^h - 1) / h");
    for h in [0.1, 0.01, 0.001, 0.0001] {
        let rate = |base: f64| (base.powf(h) - 1.0) / h;
        println!("{h:<8} {:<14.4} {:<14.4} {:.4}", rate(2.0), rate(E), rate(3.0));
    }
    println!("e = {E:.4}");
}

fn exp_and_log() {
    label("exp and log");
    let log = 4f64.ln();
    println!("log(4) = {log:.4}");
    println!("exp({log:.4}) = {:.4}", log.exp());
    println!("local gradient of exp there: {:.4}", log.exp());
    println!("local gradient of log at 4:  1 / 4 = {}", 1.0 / 4.0);
    println!("their product:               {} * {:.4} = {:.4}", 1.0 / 4.0, log.exp(), log.exp() / 4.0);
}

fn powers() {
    label("powers");
    println!("((a + h)^3 - a^3) / h = 3a^2 + 3ah + h^2");
    println!("slope of a^2: 2a, of a^3: 3a^2");
}

fn by_nudges() {
    label("by nudges");
    println!("operation  nudged  result    slope    by a nudge");
    check("2 + -3", "2", [2.0, -3.0], |v| v[0] + v[1]);
    check("2 * -3", "2", [2.0, -3.0], |v| v[0] * v[1]);
    check("2 ** 3", "2", [2.0, 0.0], |v| v[0].powf(3.0));
    check("9 ** -0.5", "9", [9.0, 0.0], |v| v[0].powf(-0.5));
    check("exp(2)", "2", [2.0, 0.0], |v| v[0].exp());
    check("log(4)", "4", [4.0, 0.0], |v| v[0].log());
    check("relu(-1)", "-1", [-1.0, 0.0], |v| v[0].relu());
    check("6 - 4", "4", [4.0, 6.0], |v| v[1] - v[0]);
    check("6 / 4", "4", [4.0, 6.0], |v| v[1] / v[0]);
}

/// A line with the result of an operation, and its slope to the first input in two ways.
fn check(name: &str, input: &str, inputs: [f64; 2], operation: for<'t> fn([Value<'t>; 2]) -> Value<'t>) {
    let tape = Tape::new();
    let values = inputs.map(|input| tape.value(input));
    let result = operation(values);
    result.backward();
    let (data, grad, nudged) = (result.data(), values[0].grad(), by_a_nudge(inputs, operation));
    println!("{name:<10} {input:<7} {data:<9.4} {grad:<8.4} {nudged:.4}");
}

/// The slope of an operation to its first input, by a nudge up and a nudge down.
fn by_a_nudge(inputs: [f64; 2], operation: for<'t> fn([Value<'t>; 2]) -> Value<'t>) -> f64 {
    let nudged = |nudge| {
        let tape = Tape::new();
        operation([tape.value(inputs[0] + nudge), tape.value(inputs[1])]).data()
    };
    (nudged(1e-6) - nudged(-1e-6)) / 2e-6
}

/// Each minus and each slash between two things, with its line; the signs stand below each other.
fn minus_and_slash() {
    label("minus and slash");
    for (number, line) in (1..).zip(include_str!("../microgpt.py").lines()).skip(29) {
        let code = line.split('#').next().unwrap_or(line).trim();
        if code.starts_with("print") {
            continue; // a text
        }
        for (at, _) in code.match_indices(['-', '/']) {
            // Not in front of one thing, as in -0.5, nor in a number, as in 1e-5
            let left = code[..at].trim_end();
            if left.ends_with(|c: char| c.is_alphanumeric() || c == ')' || c == ']') && !left.ends_with("1e")
            {
                let left = &code[at.saturating_sub(32)..at];
                let right: String = code[at..].chars().take(20).collect();
                println!("{number:<4} {left:>32}{}", right.trim_end());
            }
        }
    }
}

fn a_number_minus_a_value() {
    label("a number minus a value");
    let tape = Tape::new();
    let v = tape.value(0.25);
    let difference = 1.0 - v;
    difference.backward();
    println!("1 - 0.25 = {}", difference.data());
    println!("slope to v: {}", v.grad());
}

/// A line for each value, with what its fields hold: see lines 34 to 37.
fn print_fields(values: &[(Value, &str)], show: impl Fn(f64) -> String) {
    println!("{:<17} {:<12} {:<10} local_grads", "value", "data", "children");
    let name_of = |value: Value| {
        let named = values.iter().find(|(other, _)| other.index() == value.index());
        let name = named.map_or("...", |(_, name)| name);
        name.split(' ').next().unwrap_or(name).to_owned()
    };
    for (value, name) in values {
        let children = join(value.children().map(|(child, _)| name_of(child)), ", ");
        let local_grads = join(value.children().map(|(_, local_grad)| show(local_grad)), ", ");
        let line = format!("{name:<17} {:<12} {children:<10} {local_grads}", show(value.data()));
        println!("{}", line.trim_end());
    }
}

/// The lesson's picture: the toy expression as Values, and beside its result what a plain number keeps.
fn figure() -> String {
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let d = a * b;
    let e = d + c;
    let f = e.relu();
    let g = f.powf(2.0);
    // Each Value with the middle of its two cells, and the top of them
    let values = [
        (a, "a", (70.0, 24.0)),
        (b, "b", (200.0, 24.0)),
        (c, "c", (275.0, 106.0)),
        (d, "d = a * b", (135.0, 106.0)),
        (e, "e = d + c", (200.0, 188.0)),
        (f, "f = relu(e)", (200.0, 260.0)),
        (g, "g = f ** 2", (200.0, 332.0)),
    ];
    let cells = Cells { width: 32.0, height: 26.0, full: 10.0, decimals: Some(0) };
    let left = |middle: f64| middle - cells.width;
    draw::svg(
        "The toy expression, computed with Values",
        "a and b lead to d, d and c to e, e to f and f to g. On each arrow stands the local gradient: −3, 2, 1, \
         1, 1 and 8. Each Value has its number and a gradient of 0. Beside g, which is 16, stands a 16 alone.",
        (draw::WIDTH, 384.0),
        html! {
            (draw::text("quiet", (54.0, 14.0), "data"))
            (draw::text("quiet", (88.0, 14.0), "grad"))
            @for (v, name, (middle, top)) in values {
                (draw::text("name end", (left(middle) - 6.0, top + 18.0), name))
                (cells.strip((left(middle), top), &[v.data(), v.grad()]))
                @for (child, local_grad) in v.children() {
                    @let (from, above) = values.iter().find(|other| other.0.index() == child.index()).expect("a value of the figure").2;
                    // Side by side where two arrive
                    @let aside = if from == middle { 0.0 } else { (from - middle).signum() * 8.0 };
                    @let (tail, tip) = ((from, above + cells.height + 3.0), (middle + aside, top - 3.0));
                    (draw::arrow(tail, tip, ""))
                    @let halfway = ((tail.0 + tip.0) / 2.0, (tail.1 + tip.1) / 2.0 + 5.0);
                    @let words = local_grad.to_string().replace('-', "−");
                    @if from < middle {
                        (draw::text("digits end", (halfway.0 - 9.0, halfway.1), &words))
                    } @else {
                        (draw::text("digits start", (halfway.0 + 9.0, halfway.1), &words))
                    }
                }
            }
            (draw::text("quiet", (345.0, 324.0), "Python's 16"))
            (cells.strip((345.0 - cells.width / 2.0, 332.0), &[g.data()]))
            (draw::text("quiet", (draw::WIDTH / 2.0, 378.0), "on each arrow: the local gradient"))
        },
    )
}
