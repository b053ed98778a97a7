//! Lesson 2.3, Forward pass: what is made when an expression of values is evaluated, and in which order.

use std::error::Error;

use microgpt::{Program, Tape, Value, graph, loss};

fn main() -> Result<(), Box<dyn Error>> {
    println!("--- toy graph ---");
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let d = a * b;
    let e = d + c;
    let f = e.relu();
    let g = f.powf(2.0);
    trace(
        &tape,
        &[
            ("a", "leaf"),
            ("b", "leaf"),
            ("c", "leaf"),
            ("d", "a * b"),
            ("e", "d + c"),
            ("f", "e.relu()"),
            ("g", "f ** 2"),
        ],
    );

    println!("\n--- size of the toy graph ---");
    println!("nodes: {}", tape.len());
    println!("leaves: {}", nodes(&tape).filter(|node| is_leaf(*node)).count());
    println!("edges: {}", nodes(&tape).map(|node| node.children().count()).sum::<usize>());

    println!("\n--- toy diagram ---");
    let names = [(a, "1: a"), (b, "2: b"), (c, "3: c"), (d, "4: d"), (e, "5: e"), (f, "6: f"), (g, "7: g")];
    let title =
        "flowchart LR\n    accTitle: The toy graph, its nodes numbered in the order in which they are made";
    println!("{}", graph::mermaid(g, &names).replacen("flowchart LR", title, 1));

    println!("\n--- two ways to sixteen ---");
    println!("a = {}, b = {}, c = {}", a.data(), b.data(), c.data());
    g.backward();
    println!("(a * b + c).relu() ** 2 = {}, slope to a: {}", g.data(), a.grad());
    tape.zero_grad();
    let fourth = a.powf(4.0);
    fourth.backward();
    println!("a ** 4 = {}, slope to a: {}", fourth.data(), a.grad());

    println!("\n--- plain numbers ---");
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
    let sums: Vec<f64> = layer.mlp_hidden.iter().map(|sum| sum.data()).collect();
    let row = (0..sums.len()).max_by(|&i, &j| sums[i].total_cmp(&sums[j])).ok_or("no sums")?;
    let w: Vec<f64> = state_dict.layers[0].mlp_fc1[row].iter().map(|w_j| w_j.data()).collect();
    let x: Vec<f64> = layer.mlp_norm.iter().map(|x_j| x_j.data()).collect();

    println!("\n--- weighted sum ---");
    println!("s = w_0 x_0 + w_1 x_1 + ... + w_15 x_15");
    println!(" j      w_j       x_j  w_j * x_j     total");
    let mut total = 0.0;
    for j in 0..w.len() {
        total += w[j] * x[j];
        println!("{j:2}  {:7.4}  {:8.4}  {:9.4}  {total:8.4}", w[j], x[j], w[j] * x[j]);
    }

    let rounded = |number: f64| (number * 1e4).round() / 1e4;
    let from_rounded: f64 = (0..w.len()).map(|j| rounded(w[j]) * rounded(x[j])).sum();
    println!("from the w_j and x_j as printed here: {from_rounded:.4}");

    println!("\n--- where it comes from ---");
    println!("position: 1, token given: {}", tokens[1]);
    println!("sums of this kind at the position: {}", sums.len());
    println!("the largest of them: {:.4}", sums.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    println!("w: layer0.mlp_fc1[{row}], {} parameters", w.len());
    println!("the sum in the forward pass of the model: {:.4}", sums[row]);
    println!("the same bits as above: {}", total == sums[row]);

    println!("\n--- weighted sum as nodes ---");
    let tape = Tape::new();
    let w_leaves: Vec<Value> = w.iter().map(|&w_j| tape.value(w_j)).collect();
    let x_leaves: Vec<Value> = x.iter().map(|&x_j| tape.value(x_j)).collect();
    let before = tape.len();
    let s = tape.sum(w_leaves.iter().zip(&x_leaves).map(|(&w_j, &x_j)| w_j * x_j));
    println!("leaves before: {before}");
    println!("new nodes: {}", tape.len() - before);
    println!("value of the last: {:.4}", s.data());
    println!("the same bits as above: {}", s.data() == total);

    println!("\n--- first five new nodes ---");
    println!("node  made as    value  local gradients");
    let made =
        [("p0", "w0 * x0"), ("zero", "leaf"), ("s0", "p0 + zero"), ("p1", "w1 * x1"), ("s1", "s0 + p1")];
    for ((name, how), node) in made.iter().zip(nodes(&tape).skip(before)) {
        let local: Vec<String> = node.children().map(|(_, local)| format!("{local:.4}")).collect();
        let line = format!("{name:4}  {how:9}  {:6.4}  {}", node.data(), local.join(" "));
        println!("{}", line.trim_end());
    }

    println!("\n--- a second leaf ---");
    let tape = Tape::new();
    let (a, b) = (tape.value(2.0), tape.value(-3.0));
    let once = a * b + a;
    println!("a * b + a: value {}, computed from {} nodes", once.data(), reachable(once));
    once.backward();
    println!("slope to a: {}", a.grad());
    tape.zero_grad();
    let twice = a * b + tape.value(2.0);
    println!("a * b + Value(2): value {}, computed from {} nodes", twice.data(), reachable(twice));
    twice.backward();
    println!("slope to a: {}", a.grad());
    println!("by a nudge of every 2: {:.4}", (2.001 * -3.0 + 2.001 - (1.999 * -3.0 + 1.999)) / 0.002);

    println!("\n--- cut off ---");
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let whole = (a * b + c).relu().powf(2.0);
    println!("whole: g = {}, computed from {} nodes", whole.data(), reachable(whole));
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let d = tape.value((a * b).data()); // the number alone, without its memory
    let cut = (d + c).relu().powf(2.0);
    println!("cut: g = {}, computed from {} nodes", cut.data(), reachable(cut));

    println!("\n--- question c is four ---");
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(4.0));
    let _ = (a * b + c).relu().powf(2.0);
    trace(
        &tape,
        &[
            ("a", "leaf"),
            ("b", "leaf"),
            ("c", "leaf"),
            ("d", "a * b"),
            ("e", "d + c"),
            ("f", "e.relu()"),
            ("g", "f ** 2"),
        ],
    );

    println!("\n--- question square and one ---");
    let tape = Tape::new();
    let a = tape.value(5.0);
    let _ = a * a + 1.0;
    trace(&tape, &[("a", "leaf"), ("b", "a * a"), ("c", "leaf"), ("d", "b + c")]);

    println!("\n--- question one minus a ---");
    let tape = Tape::new();
    let a = tape.value(2.0);
    let _ = 1.0 - a;
    trace(&tape, &[("a", "leaf"), ("b", "leaf"), ("c", "a * b"), ("d", "leaf"), ("e", "c + d")]);

    println!("\n--- question sum of two ---");
    let tape = Tape::new();
    let (w, x) = ([tape.value(0.5), tape.value(-1.0)], [tape.value(4.0), tape.value(3.0)]);
    let before = tape.len();
    let s = tape.sum(w.into_iter().zip(x).map(|(w_j, x_j)| w_j * x_j));
    println!("w = (0.5, -1), x = (4, 3)");
    println!("0.5 * 4 + -1 * 3 = 2 - 3 = {}", s.data());
    println!("new nodes: {}", tape.len() - before);
    Ok(())
}

/// All nodes of a tape, in the order in which they were made.
fn nodes(tape: &Tape) -> impl Iterator<Item = Value<'_>> {
    (0..tape.len()).filter_map(|index| tape.get(index))
}

fn is_leaf(node: Value) -> bool {
    node.children().next().is_none()
}

/// How many nodes `root` was computed from, itself included.
fn reachable(root: Value) -> usize {
    let mut found = vec![root.index()];
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        for (child, _) in node.children() {
            if !found.contains(&child.index()) {
                found.push(child.index());
                waiting.push(child);
            }
        }
    }
    found.len()
}

/// Prints every node of a tape: its name, how it was made, and what it holds.
fn trace(tape: &Tape, names: &[(&str, &str)]) {
    println!("    node  made as   value  children  local gradients");
    for (place, ((name, how), node)) in names.iter().zip(nodes(tape)).enumerate() {
        let children: Vec<&str> = node.children().map(|(child, _)| names[child.index()].0).collect();
        let local: Vec<String> = node.children().map(|(_, local)| local.to_string()).collect();
        let (children, local) = (children.join(" "), local.join(" "));
        let line = format!("{}:  {name:4}  {how:8}  {:5}  {children:8}  {local}", place + 1, node.data());
        println!("{}", line.trim_end());
    }
}
