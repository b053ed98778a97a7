//! Lesson 2.3, Forward pass: what is made when an expression of values is evaluated, and in which order.

mod common;

use std::error::Error;

use common::{four_decimals, join, label, largest_first, max, nodes, numbers, reachable, rounded};
use microgpt::{Program, Tape, Value, graph, loss};

/// The nodes of the toy graph, and how each is made.
const TOY: [(&str, &str); 7] = [
    ("a", "leaf"),
    ("b", "leaf"),
    ("c", "leaf"),
    ("d", "a * b"),
    ("e", "d + c"),
    ("f", "e.relu()"),
    ("g", "f ** 2"),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("--- toy graph ---");
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let d = a * b;
    let e = d + c;
    let f = e.relu();
    let g = f.powf(2.0);
    trace(&tape, &TOY);

    label("size of the toy graph");
    println!("nodes: {}", tape.len());
    println!("leaves: {}", nodes(&tape).filter(|node| is_leaf(*node)).count());
    println!("edges: {}", nodes(&tape).map(|node| node.children().count()).sum::<usize>());

    label("toy diagram");
    let names = [(a, "1: a"), (b, "2: b"), (c, "3: c"), (d, "4: d"), (e, "5: e"), (f, "6: f"), (g, "7: g")];
    let title =
        "flowchart LR\n    accTitle: The toy graph, its nodes numbered in the order in which they are made";
    println!("{}", graph::mermaid(g, &names).replacen("flowchart LR", title, 1));

    label("two ways to sixteen");
    println!("a = {}, b = {}, c = {}", a.data(), b.data(), c.data());
    g.backward();
    println!("(a * b + c).relu() ** 2 = {}, slope to a: {}", g.data(), a.grad());
    tape.zero_grad();
    let fourth = a.powf(4.0);
    fourth.backward();
    println!("a ** 4 = {}, slope to a: {}", fourth.data(), a.grad());

    label("plain numbers");
    println!("expression  value  new nodes  of them leaves");
    type Expression = fn(Value) -> Value;
    let expressions: [(&str, Expression); 7] = [
        ("a + 1", |a| a + 1.0),
        ("1 + a", |a| 1.0 + a),
        ("a * 3", |a| a * 3.0),
        ("3 * a", |a| 3.0 * a),
        ("a / 4", |a| a / 4.0),
        ("a - 1", |a| a - 1.0),
        ("a ** 3", |a| a.powf(3.0)),
    ];
    for (text, compute) in expressions {
        let tape = Tape::new();
        let value = compute(tape.value(2.0)).data();
        let leaves = nodes(&tape).skip(1).filter(|node| is_leaf(*node)).count();
        println!("{text:10}  {value:5}  {:9}  {leaves:14}", tape.len() - 1);
    }

    // The largest weighted sum at position 1 of anna, where its first letter is given
    let program = Program::trained();
    let big = Tape::new();
    let state_dict = program.params.on(&big);
    let tokens = program.tokenizer.encode_doc("anna")?;
    let forward = loss(&tokens, &state_dict);
    let layer = &forward.activations[1].layers[0];
    let sums = numbers(&layer.mlp_hidden);
    let row = largest_first(&sums)[0];
    let (w, x) = (numbers(&state_dict.layers[0].mlp_fc1[row]), numbers(&layer.mlp_norm));

    label("weighted sum");
    println!("s = w_0 x_0 + w_1 x_1 + ... + w_15 x_15");
    println!(" j      w_j       x_j  w_j * x_j     total");
    let mut total = 0.0;
    for j in 0..w.len() {
        total += w[j] * x[j];
        println!("{j:2}  {:7.4}  {:8.4}  {:9.4}  {total:8.4}", w[j], x[j], w[j] * x[j]);
    }

    let from_rounded: f64 = (0..w.len()).map(|j| rounded(w[j]) * rounded(x[j])).sum();
    println!("from the w_j and x_j as printed here: {from_rounded:.4}");

    label("where it comes from");
    println!("position: 1, token given: {}", tokens[1]);
    println!("sums of this kind at the position: {}", sums.len());
    println!("the largest of them: {:.4}", max(&sums));
    println!("w: layer0.mlp_fc1[{row}], {} parameters", w.len());
    println!("the sum in the forward pass of the model: {:.4}", sums[row]);
    println!("the same bits as above: {}", total == sums[row]);

    label("weighted sum as nodes");
    let tape = Tape::new();
    let (w_leaves, x_leaves) = (tape.values(&w), tape.values(&x));
    let before = tape.len();
    let s = tape.dot(&w_leaves, &x_leaves);
    println!("leaves before: {before}");
    println!("new nodes: {}", tape.len() - before);
    println!("value of the last: {:.4}", s.data());
    println!("the same bits as above: {}", s.data() == total);

    label("first five new nodes");
    println!("node  made as    value  local gradients");
    let made =
        [("p0", "w0 * x0"), ("zero", "leaf"), ("s0", "p0 + zero"), ("p1", "w1 * x1"), ("s1", "s0 + p1")];
    for ((name, how), node) in made.iter().zip(nodes(&tape).skip(before)) {
        let local: Vec<f64> = node.children().map(|(_, local)| local).collect();
        let line = format!("{name:4}  {how:9}  {:6.4}  {}", node.data(), four_decimals(&local));
        println!("{}", line.trim_end());
    }

    label("a second leaf");
    let tape = Tape::new();
    let (a, b) = (tape.value(2.0), tape.value(-3.0));
    let once = a * b + a;
    println!("a * b + a: value {}, computed from {} nodes", once.data(), reachable(once).len());
    once.backward();
    println!("slope to a: {}", a.grad());
    tape.zero_grad();
    let twice = a * b + tape.value(2.0);
    println!("a * b + Value(2): value {}, computed from {} nodes", twice.data(), reachable(twice).len());
    twice.backward();
    println!("slope to a: {}", a.grad());
    println!("by a nudge of every 2: {:.4}", (2.001 * -3.0 + 2.001 - (1.999 * -3.0 + 1.999)) / 0.002);

    label("cut off");
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let whole = (a * b + c).relu().powf(2.0);
    println!("whole: g = {}, computed from {} nodes", whole.data(), reachable(whole).len());
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let d = tape.value((a * b).data()); // the number alone, without its memory
    let cut = (d + c).relu().powf(2.0);
    println!("cut: g = {}, computed from {} nodes", cut.data(), reachable(cut).len());

    label("question c is four");
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(4.0));
    let _ = (a * b + c).relu().powf(2.0);
    trace(&tape, &TOY);

    label("question square and one");
    let tape = Tape::new();
    let a = tape.value(5.0);
    let _ = a * a + 1.0;
    trace(&tape, &[("a", "leaf"), ("b", "a * a"), ("c", "leaf"), ("d", "b + c")]);

    label("question one minus a");
    let tape = Tape::new();
    let a = tape.value(2.0);
    let _ = 1.0 - a;
    trace(&tape, &[("a", "leaf"), ("b", "leaf"), ("c", "a * b"), ("d", "leaf"), ("e", "c + d")]);

    label("question sum of two");
    let tape = Tape::new();
    let (w, x) = ([tape.value(0.5), tape.value(-1.0)], [tape.value(4.0), tape.value(3.0)]);
    let before = tape.len();
    let s = tape.sum(w.into_iter().zip(x).map(|(w_j, x_j)| w_j * x_j));
    println!("w = (0.5, -1), x = (4, 3)");
    println!("0.5 * 4 + -1 * 3 = 2 - 3 = {}", s.data());
    println!("new nodes: {}", tape.len() - before);
    Ok(())
}

fn is_leaf(node: Value) -> bool {
    node.children().next().is_none()
}

/// Prints every node of a tape: its name, how it was made, and what it holds.
fn trace(tape: &Tape, names: &[(&str, &str)]) {
    println!("    node  made as   value  children  local gradients");
    for (place, ((name, how), node)) in names.iter().zip(nodes(tape)).enumerate() {
        let children = join(node.children().map(|(child, _)| names[child.index()].0), " ");
        let local = join(node.children().map(|(_, local)| local), " ");
        let line = format!("{}:  {name:4}  {how:8}  {:5}  {children:8}  {local}", place + 1, node.data());
        println!("{}", line.trim_end());
    }
}
