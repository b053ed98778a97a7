//! Lesson 2.3, Forward pass: what is made when an expression of values is evaluated, and in which order.

mod common;

use std::error::Error;

use common::{four_decimals, join, label, largest_first, nodes, numbers, reachable, rounded, wants_figure};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::{Program, Tape, Value, loss};

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
    if wants_figure() {
        print!("{}", figure());
        return Ok(());
    }
    // The problem
    two_ways_to_sixteen();
    // The idea
    size_of_the_toy_graph();
    // By hand
    toy_graph();
    not_called();
    // See it
    twos();
    // The lines
    plain_numbers();
    // In the real model
    let neuron = Neuron::new()?;
    weighted_sum(&neuron);
    nodes_of_a_sum(&neuron);
    first_five_new_nodes(&neuron);
    the_largest_sums(&neuron);
    weighted_sum_as_nodes(&neuron);
    // What goes wrong
    cut_off();
    // Check yourself
    sum_of_two();
    // Going deeper
    all_products(&neuron);
    a_second_leaf();
    computed_again();
    Ok(())
}

/// The toy expression, with the values a, b and c, and its result.
fn toy(tape: &Tape, c: f64) -> (Value<'_>, Value<'_>, Value<'_>, Value<'_>) {
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(c));
    (a, b, c, (a * b + c).relu().powf(2.0))
}

fn two_ways_to_sixteen() {
    label("two ways to sixteen");
    let tape = Tape::new();
    let (a, b, c, g) = toy(&tape, 10.0);
    println!("a = {}, b = {}, c = {}", a.data(), b.data(), c.data());
    g.backward();
    println!("(a * b + c).relu() ** 2 = {}, slope to a: {}", g.data(), a.grad());
    println!("along the path: {} * 1 * 1 * {} = {}", b.data(), 2.0 * g.data().sqrt(), a.grad());
    tape.zero_grad();
    let fourth = a.powf(4.0);
    fourth.backward();
    println!("a ** 4 = {}, slope to a: {}", fourth.data(), a.grad());
    println!("by the rule for powers: 4 * {} ** 3 = {}", a.data(), a.grad());
}

fn size_of_the_toy_graph() {
    label("size of the toy graph");
    let tape = Tape::new();
    toy(&tape, 10.0);
    println!("nodes: {}", tape.len());
    println!("leaves: {}", nodes(&tape).filter(|node| is_leaf(*node)).count());
    println!("edges: {}", nodes(&tape).map(|node| node.children().count()).sum::<usize>());
}

fn toy_graph() {
    label("toy graph");
    let tape = Tape::new();
    toy(&tape, 10.0);
    trace(&tape, &TOY);
}

fn not_called() {
    label("checkpoint not-called");
    let tape = Tape::new();
    let (a, _, _, g) = toy(&tape, 10.0);
    let before = [g.grad(), a.grad()];
    g.backward();
    println!("before backward: g {}, a {}", before[0], before[1]);
    println!("after backward: g {}, a {}", g.grad(), a.grad());
    let tape = Tape::new();
    let (_, b, _, g) = toy(&tape, 5.0);
    g.backward();
    println!("c = 5, after backward: g {}, b {}", g.grad(), b.grad().abs());
    println!("answer: {}", if before[0] == 0.0 { "backward was not called" } else { "every slope is 0" });
}

fn twos() {
    label("checkpoint twos");
    let tape = Tape::new();
    let (a, b) = (tape.value(2.0), tape.value(-3.0));
    let result = 2.0 * a + 2.0 * b;
    let all = reachable(result).len();
    println!("answer: {all}");
    println!("wrong: {}", all - 1); // one leaf for both 2
    println!("wrong: {}", all - nodes(&tape).filter(|node| is_leaf(*node)).count() + 2); // no leaf for a 2
    println!("wrong: {}", all - 2 - 2); // only what is computed and a leaf
}

fn plain_numbers() {
    label("plain numbers");
    println!("expression  value  new nodes  of them leaves");
    type Expression = fn(Value) -> Value;
    let expressions: [(&str, Expression); 5] = [
        ("a + 1", |a| a + 1.0),
        ("1 + a", |a| 1.0 + a),
        ("3 * a", |a| 3.0 * a),
        ("a + a", |a| a + a),
        ("a ** 3", |a| a.powf(3.0)),
    ];
    for (text, compute) in expressions {
        let tape = Tape::new();
        let value = compute(tape.value(2.0)).data();
        let leaves = nodes(&tape).skip(1).filter(|node| is_leaf(*node)).count();
        println!("{text:10}  {value:5}  {:9}  {leaves:14}", tape.len() - 1);
    }
}

/// The largest weighted sum at position 1 of anna, where its first letter is given, in the trained model.
struct Neuron {
    /// The row of `mlp_fc1`.
    row: usize,
    /// The sums with all rows.
    sums: Vec<f64>,
    w: Vec<f64>,
    x: Vec<f64>,
}

impl Neuron {
    fn new() -> Result<Self, Box<dyn Error>> {
        let program = Program::trained();
        let tape = Tape::new();
        let state_dict = program.params.on(&tape);
        let forward = loss(&program.tokenizer.encode_doc("anna")?, &state_dict);
        let layer = &forward.activations[1].layers[0];
        let sums = numbers(&layer.mlp_hidden);
        let row = largest_first(&sums)[0];
        let (w, x) = (numbers(&state_dict.layers[0].mlp_fc1[row]), numbers(&layer.mlp_norm));
        Ok(Self { row, sums, w, x })
    }
}

/// The products of a weighted sum, added up one by one; only those of these places are printed.
fn products(Neuron { w, x, .. }: &Neuron, shown: impl Fn(usize) -> bool) {
    println!(" j      w_j       x_j  w_j * x_j     total");
    let mut total = 0.0;
    for j in 0..w.len() {
        total += w[j] * x[j];
        match (shown(j), j > 0 && shown(j - 1)) {
            (true, _) => println!("{j:2}  {:7.4}  {:8.4}  {:9.4}  {total:8.4}", w[j], x[j], w[j] * x[j]),
            (false, true) => println!("..."),
            (false, false) => {}
        }
    }
}

fn weighted_sum(neuron @ Neuron { row, sums, w, .. }: &Neuron) {
    label("weighted sum");
    products(neuron, |j| !(4..14).contains(&j));
    println!("s = w_0 x_0 + w_1 x_1 + ... + w_15 x_15");
    println!("w: layer0.mlp_fc1[{row}], {} parameters", w.len());
    println!("rows of mlp_fc1: {0}, so weighted sums with them at a position: {0}", sums.len());
}

fn all_products(neuron @ Neuron { w, x, .. }: &Neuron) {
    label("all products");
    products(neuron, |_| true);
    let from_rounded: f64 = (0..w.len()).map(|j| rounded(w[j]) * rounded(x[j])).sum();
    println!("from the w_j and x_j as printed here: {from_rounded:.4}");
}

fn the_largest_sums(Neuron { sums, .. }: &Neuron) {
    label("the largest sums");
    println!("row of mlp_fc1  weighted sum");
    for row in &largest_first(sums)[..4] {
        println!("{row:14}  {:12.4}", sums[*row]);
    }
    let positive = sums.iter().filter(|sum| **sum > 0.0).count();
    println!("{} sums, {positive} of them positive", sums.len());
}

fn nodes_of_a_sum(Neuron { w, x, .. }: &Neuron) {
    label("checkpoint nodes-of-a-sum");
    let tape = Tape::new();
    let (w, x) = (tape.values(w), tape.values(x));
    let inputs = tape.len();
    tape.dot(&w, &x);
    let new = tape.len() - inputs;
    println!("products: {}, sums: {}, leaves for the 0: {}", w.len(), w.len(), new - 2 * w.len());
    println!("answer: {new}");
    println!("wrong: {}", new - 1); // without the leaf 0
    println!("wrong: {}", new - 2); // with one sum fewer
    println!("wrong: {}", new + inputs); // with the inputs
}

fn first_five_new_nodes(Neuron { w, x, .. }: &Neuron) {
    label("first five new nodes");
    let tape = Tape::new();
    let (w, x) = (tape.values(w), tape.values(x));
    let inputs = tape.len();
    tape.dot(&w, &x);
    println!("node  made as    value  local gradients");
    let made =
        [("p0", "w0 * x0"), ("zero", "leaf"), ("s0", "p0 + zero"), ("p1", "w1 * x1"), ("s1", "s0 + p1")];
    for ((name, how), node) in made.iter().zip(nodes(&tape).skip(inputs)) {
        let local: Vec<f64> = node.children().map(|(_, local)| local).collect();
        let line = format!("{name:4}  {how:9}  {:6.4}  {}", node.data(), four_decimals(&local));
        println!("{}", line.trim_end());
    }
}

fn weighted_sum_as_nodes(Neuron { row, sums, w, x }: &Neuron) {
    label("weighted sum as nodes");
    let tape = Tape::new();
    let (w, x) = (tape.values(w), tape.values(x));
    let inputs = tape.len();
    let s = tape.dot(&w, &x);
    println!("leaves before: {inputs}");
    println!("new nodes: {}", tape.len() - inputs);
    println!("value of the last: {:.4}, the model's: {:.4}", s.data(), sums[*row]);
}

/// The toy expression with d made anew from its number alone, and with the real d.
fn cut_off() {
    let slopes = [false, true].map(|cut| {
        let tape = Tape::new();
        let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
        let d = a * b;
        let d = if cut { tape.value(d.data()) } else { d };
        let g = (d + c).relu().powf(2.0);
        g.backward();
        (g.data(), reachable(g).len(), [a.grad(), b.grad(), c.grad()], d.grad())
    });
    label("cut off");
    for (name, (g, nodes, grads, _)) in ["whole", "cut"].iter().zip(slopes) {
        println!("{name:5}  g = {g}, nodes in its graph: {nodes}, slopes to a, b, c: {}", join(grads, " "));
    }
    label("checkpoint cut");
    let [whole, cut] = slopes;
    println!("answer: {}", cut.2[0]);
    println!("wrong: {}", whole.2[0]); // as if nothing were cut
    println!("wrong: {}", cut.3); // the slope to the new leaf
}

fn sum_of_two() {
    label("checkpoint sum-of-two");
    let tape = Tape::new();
    let (w, x) = ([tape.value(0.5), tape.value(-1.0)], [tape.value(4.0), tape.value(3.0)]);
    let before = tape.len();
    let s = tape.sum(w.into_iter().zip(x).map(|(w_j, x_j)| w_j * x_j));
    s.backward();
    println!("0.5 * 4 + (-1) * 3 = 2 - 3 = {}", s.data());
    println!("new nodes: {}", tape.len() - before);
    println!("answer: {}", w[1].grad());
    println!("wrong: {}", w[1].data()); // the factor itself
    println!("wrong: {}", w[1].data() * x[1].data()); // the product
    println!("wrong: {}", s.grad()); // the local gradient of the sum
}

fn a_second_leaf() {
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
}

fn computed_again() {
    label("computed again");
    let tape = Tape::new();
    let (a, b, c, _) = toy(&tape, 10.0);
    let once = tape.len();
    let _ = (a * b + c).relu().powf(2.0);
    println!("nodes once: {once}, computed again from the same a, b and c: {} more", tape.len() - once);
}

/// The lesson's picture: the toy graph, numbered in the order in which its nodes are made.
fn figure() -> String {
    let tape = Tape::new();
    toy(&tape, 10.0);
    let places = [
        ("a", (120.0, 24.0)),
        ("b", (280.0, 24.0)),
        ("c", (360.0, 110.0)),
        ("d = a · b", (200.0, 110.0)),
        ("e = d + c", (270.0, 196.0)),
        ("f = relu(e)", (270.0, 282.0)),
        ("g = f²", (270.0, 368.0)),
    ];
    let cells = Cells { width: 40.0, height: 26.0, full: 16.0, decimals: Some(0) };
    let left = |middle: f64| middle - 1.5 * cells.width;
    draw::svg(
        "The toy graph, its nodes numbered in the order in which they are made",
        "Seven nodes, each with a value and a gradient that is still 0. Arrows lead downward from the children to \
         what was computed from them, with the local gradient on each.",
        (draw::WIDTH, 402.0),
        html! {
            (draw::text("quiet", (left(120.0) + 20.0, 14.0), "data"))
            (draw::text("quiet", (120.0, 14.0), "grad"))
            @for (place, (v, (name, (middle, top)))) in nodes(&tape).zip(places).enumerate() {
                (draw::text("name end", (left(middle) - 6.0, top + 18.0), name))
                (cells.strip((left(middle), top), &[v.data(), v.grad()]))
                (draw::text("quiet start", (middle + 24.0, top + 18.0), &format!("{}", place + 1)))
                @for (child, local_grad) in v.children() {
                    @let (from, above) = places[child.index()].1;
                    @let to = middle + (from - middle).signum() * if from == middle { 0.0 } else { 10.0 };
                    (draw::arrow((from - 10.0, above + cells.height + 3.0), (to - 10.0, top - 3.0), ""))
                    @let halfway = ((from + to) / 2.0, (above + cells.height + top) / 2.0 + 5.0);
                    @let words = format!("{local_grad}").replace('-', "−");
                    @if from < middle {
                        (draw::text("digits end", (halfway.0 - 20.0, halfway.1), &words))
                    } @else {
                        (draw::text("digits start", (halfway.0 + 2.0, halfway.1), &words))
                    }
                }
            }
        },
    )
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
