//! Lesson 2.2, The Value class: every operation with its local gradients, checked against nudges.

mod common;

use std::f64::consts::E;

use common::{join, label};
use microgpt::graph::mermaid;
use microgpt::{Program, Tape, Value, loss};

fn main() {
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let d = a * b;
    let e = d + c;
    let f = e.relu();
    let g = f.powf(2.0);
    let toy = [(a, "a"), (b, "b"), (c, "c"), (d, "d"), (e, "e"), (f, "f"), (g, "g")];
    println!("--- toy fields ---");
    print_fields(&toy, |number| number.to_string());

    label("toy graph");
    println!("{}", mermaid(g, &toy));

    label("all operations");
    println!("operation  input   result    local gradient  by a nudge");
    check("2 + -3", "2", [2.0, -3.0], |v| v[0] + v[1]);
    check("2 + -3", "-3", [-3.0, 2.0], |v| v[1] + v[0]);
    check("2 * -3", "2", [2.0, -3.0], |v| v[0] * v[1]);
    check("2 * -3", "-3", [-3.0, 2.0], |v| v[1] * v[0]);
    check("4 ** 2", "4", [4.0, 0.0], |v| v[0].powf(2.0));
    check("2 ** 3", "2", [2.0, 0.0], |v| v[0].powf(3.0));
    check("4 ** -1", "4", [4.0, 0.0], |v| v[0].powf(-1.0));
    check("9 ** -0.5", "9", [9.0, 0.0], |v| v[0].powf(-0.5));
    check("log(4)", "4", [4.0, 0.0], |v| v[0].log());
    check("exp(2)", "2", [2.0, 0.0], |v| v[0].exp());
    check("relu(4)", "4", [4.0, 0.0], |v| v[0].relu());
    check("relu(-1)", "-1", [-1.0, 0.0], |v| v[0].relu());

    label("sums and products");
    println!("sum:     ((a + h) + b - (a + b)) / h = 1");
    println!("product: ((a + h) * b - a * b) / h = b");
    println!("difference: 6 - 4 = 6 + (4 * -1), quotient: 6 / 4 = 6 * 4 ** -1");

    label("powers");
    println!("a ** 2: ((a + h)^2 - a^2) / h = 2 a + h");
    println!("a ** 3: ((a + h)^3 - a^3) / h = 3 a^2 + 3 a h + h^2");
    println!("rule for c = 2: 2 * a ** 1");
    println!("rule for c = 3: 3 * a ** 2");

    label("bases");
    println!("nudge h  (2^h - 1) / h  (e^h - 1) / h  (3^h - 1) / h");
    for h in [0.1, 0.01, 0.001, 0.0001] {
        let rate = |base: f64| (base.powf(h) - 1.0) / h;
        println!("{h:<8} {:<14.4} {:<14.4} {:.4}", rate(2.0), rate(E), rate(3.0));
    }
    println!("e = {E:.4}");

    label("exp and log");
    let log = 4f64.ln();
    println!("log(4) = {log:.4}");
    println!("exp({log:.4}) = {:.4}", log.exp());
    println!("local gradient of exp there: {:.4}", log.exp());
    println!("local gradient of log at 4:  1 / 4 = {}", 1.0 / 4.0);
    println!("their product:               {} * {:.4} = {:.4}", 1.0 / 4.0, log.exp(), log.exp() / 4.0);

    label("put together");
    println!("operation  input   result    slope           by a nudge");
    check("-6", "6", [6.0, 0.0], |v| -v[0]);
    check("6 - 4", "6", [6.0, 4.0], |v| v[0] - v[1]);
    check("6 - 4", "4", [4.0, 6.0], |v| v[1] - v[0]);
    check("6 / 4", "6", [6.0, 4.0], |v| v[0] / v[1]);
    check("6 / 4", "4", [4.0, 6.0], |v| v[1] / v[0]);

    let program = Program::untrained();
    let tokens = program.tokenizer.encode_doc("anna").expect("letters of the data");
    let tape = Tape::new();
    let params = program.params.on(&tape);
    let activations = &loss(&tokens, &params).activations[1]; // position 1, the first a
    let (t, p) = (params.wte[0][0], params.wpe[1][0]);
    let (x, y) = (activations.embedding[0], activations.embedding_norm[0]);
    let (scale, _) = y.children().nth(1).expect("y is x * scale");
    let (u, _) = scale.children().next().expect("scale is u ** -0.5");
    let (mean_square, _) = u.children().next().expect("u is mean_square + 1e-5");
    let (small, _) = u.children().nth(1).expect("u is mean_square + 1e-5");
    let (total, _) = mean_square.children().next().expect("mean_square is total / 16");
    let (sixteenth, _) = mean_square.children().nth(1).expect("mean_square is total / 16");
    let real = [
        (t, "t"),
        (p, "p"),
        (x, "x"),
        (total, "total"),
        (sixteenth, "1 / 16"),
        (mean_square, "mean_square"),
        (small, "1e-5"),
        (u, "u"),
        (scale, "scale"),
        (y, "y"),
    ];
    label("real fields");
    print_fields(&real, |number| format!("{number:.6}"));

    label("all values");
    println!("values for one loss of anna: {}", tape.len());
    println!("parameters among them: {}", program.params.len());

    label("minus and slash");
    for (number, line) in (1..).zip(include_str!("../microgpt.py").lines()).skip(29) {
        let code = line.split('#').next().unwrap_or(line).trim();
        if code.starts_with("print") {
            continue; // a text
        }
        for (at, _) in code.match_indices(['-', '/']) {
            // Between two things, and not in front of one, as in -0.5, or in a number, as in 1e-5
            let left = code[..at].trim_end();
            if left.ends_with(|c: char| c.is_alphanumeric() || c == ')' || c == ']') && !left.ends_with("1e")
            {
                let left: String = code[at.saturating_sub(32)..at].to_owned();
                let right: String = code[at..].chars().take(20).collect();
                println!("{number:<4} {left:>32}{}", right.trim_end());
            }
        }
    }

    label("swapped");
    println!("2 * -3, claimed for a: {}", a.data());
    println!("2 * -3, claimed for b: {}", b.data());
    println!("2 * -3, by a nudge of a: {:.4}", by_a_nudge([2.0, -3.0], |v| v[0] * v[1]));
    println!("2 * -3, by a nudge of b: {:.4}", by_a_nudge([-3.0, 2.0], |v| v[1] * v[0]));
    println!("3 * 3, claimed for both factors: 3 + 3 = {}", 3 + 3);
    println!("3 * 3, by a nudge of both: {:.4}", by_a_nudge([3.0, 0.0], |v| v[0] * v[0]));

    label("question a power");
    let tape = Tape::new();
    let v = tape.value(3.0);
    print_fields(&[(v, "v"), (v.powf(2.0), "v ** 2")], |number| number.to_string());

    label("question a quotient");
    let tape = Tape::new();
    let (a, b) = (tape.value(6.0), tape.value(4.0));
    let quotient = a / b;
    let (power, _) = quotient.children().nth(1).expect("a / b is a * b ** -1");
    print_fields(&[(a, "a"), (b, "b"), (power, "b ** -1"), (quotient, "a / b")], |number| number.to_string());
    println!("slope to b: 6 * -0.0625 = {}", 6.0 * -0.0625);

    label("question a number minus a value");
    let tape = Tape::new();
    let v = tape.value(0.25);
    let difference = 1.0 - v;
    difference.backward();
    println!("1 - 0.25 = {}", difference.data());
    println!("slope to v: {}", v.grad());
}

/// A line for each value, with what its fields hold: see lines 34 to 37.
fn print_fields(values: &[(Value, &str)], show: impl Fn(f64) -> String) {
    println!("{:<12} {:<12} {:<18} local_grads", "value", "data", "children");
    let name_of = |value: Value| {
        let named = values.iter().find(|(other, _)| other.index() == value.index());
        named.map_or("...", |(_, name)| name)
    };
    for (value, name) in values {
        let children = join(value.children().map(|(child, _)| name_of(child)), ", ");
        let local_grads = join(value.children().map(|(_, local_grad)| show(local_grad)), ", ");
        let line = format!("{name:<12} {:<12} {children:<18} {local_grads}", show(value.data()));
        println!("{}", line.trim_end());
    }
}

/// A line with the result of an operation, and its slope to the first input in two ways.
fn check(name: &str, input: &str, inputs: [f64; 2], operation: for<'t> fn([Value<'t>; 2]) -> Value<'t>) {
    let tape = Tape::new();
    let values = inputs.map(|input| tape.value(input));
    let result = operation(values);
    result.backward();
    let (data, grad, nudged) = (result.data(), values[0].grad(), by_a_nudge(inputs, operation));
    println!("{name:<10} {input:<7} {data:<9.4} {grad:<15.4} {nudged:.4}");
}

/// The slope of an operation to its first input, by a nudge up and a nudge down.
fn by_a_nudge(inputs: [f64; 2], operation: for<'t> fn([Value<'t>; 2]) -> Value<'t>) -> f64 {
    let nudged = |nudge| {
        let tape = Tape::new();
        operation([tape.value(inputs[0] + nudge), tape.value(inputs[1])]).data()
    };
    (nudged(1e-6) - nudged(-1e-6)) / 2e-6
}
