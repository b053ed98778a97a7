//! Lesson 2.4, Backward pass: the order in which gradients are handed back, and what they come to.

use std::collections::HashSet;
use std::error::Error;

use microgpt::{Parameters, Program, Tape, Value, graph, loss};

fn main() -> Result<(), Box<dyn Error>> {
    println!("--- paths ---");
    println!("additions  edges  paths  slope");
    for additions in [1, 2, 3, 10, 20] {
        let tape = Tape::new();
        let x = tape.value(1.0);
        let y = (0..additions).fold(x, |y, _| y + y);
        y.backward();
        println!("{additions:9}  {:5}  {:5}  {:5}", 2 * additions, paths(y), x.grad());
    }

    // The toy graph
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let d = a * b;
    let e = d + c;
    let f = e.relu();
    let g = f.powf(2.0);
    let names = ["a", "b", "c", "d", "e", "f", "g"];

    println!("\n--- visiting the toy graph ---");
    visit_aloud(g, &names, 0, &mut HashSet::new(), &mut Vec::new());

    println!("\n--- order of the toy graph ---");
    let order = topological_order(g);
    println!("order:    {}", listed(&order, &names));
    println!("reversed: {}", listed(&order.iter().rev().copied().collect::<Vec<_>>(), &names));

    println!("\n--- toy gradients ---");
    let grads = hand_back_aloud(&order, &names);
    g.backward();
    println!(
        "the crate finds the same: {}",
        (0..names.len()).all(|i| tape.get(i).map(Value::grad) == Some(grads[i]))
    );

    println!("\n--- toy diagram ---");
    let labels = [(a, "a"), (b, "b"), (c, "c"), (d, "d"), (e, "e"), (f, "f"), (g, "g")];
    let title = "flowchart LR\n    accTitle: The toy graph after the backward pass, with all gradients";
    println!("{}", graph::mermaid(g, &labels).replacen("flowchart LR", title, 1));

    println!("\n--- toy nudges ---");
    let toy = |a: f64, b: f64, c: f64| (a * b + c).max(0.0).powi(2);
    let h = 0.001;
    println!("nudge: {h} up and down");
    println!("a: {:.4}", (toy(2.0 + h, -3.0, 10.0) - toy(2.0 - h, -3.0, 10.0)) / (2.0 * h));
    println!("b: {:.4}", (toy(2.0, -3.0 + h, 10.0) - toy(2.0, -3.0 - h, 10.0)) / (2.0 * h));
    println!("c: {:.4}", (toy(2.0, -3.0, 10.0 + h) - toy(2.0, -3.0, 10.0 - h)) / (2.0 * h));

    println!("\n--- calling it twice ---");
    println!("call     f    e    d    c     a     b");
    for call in ["first", "second"] {
        if call == "second" {
            g.backward();
        }
        let [f, e, d, c, a, b] = [f, e, d, c, a, b].map(Value::grad);
        println!("{call:6} {f:3}  {e:3}  {d:3}  {c:3}  {a:4}  {b:4}");
    }

    println!("\n--- stale gradients ---");
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    (a * b + c).relu().powf(2.0).backward();
    println!("after (a * b + c).relu() ** 2: a {}, b {}", a.grad(), b.grad());
    (a * b + a).backward();
    println!("then a * b + a, not reset: a {}, b {}", a.grad(), b.grad());
    tape.zero_grad();
    (a * b + a).backward();
    println!("then a * b + a, reset to 0 before: a {}, b {}", a.grad(), b.grad());

    // A shared leaf
    let tape = Tape::new();
    let (a, b) = (tape.value(2.0), tape.value(-3.0));
    let d = a * b;
    let e = d + a;
    let names = ["a", "b", "d", "e"];
    println!("\n--- shared gradients ---");
    println!("order: {}", listed(&topological_order(e), &names));
    hand_back_aloud(&topological_order(e), &names);
    e.backward();
    println!("\n--- shared diagram ---");
    let title = "flowchart LR\n    accTitle: The graph of a * b + a with its gradients";
    let labels = [(a, "a"), (b, "b"), (d, "d"), (e, "e")];
    println!("{}", graph::mermaid(e, &labels).replacen("flowchart LR", title, 1));

    println!("\n--- shared with a plain assignment ---");
    let grads = hand_back(&topological_order(e), overwrite);
    println!("with += the gradient of a is {}", a.grad());
    println!("with =  the gradient of a is {}", grads[a.index()]);
    let shared = |a: f64| a * -3.0 + a;
    println!("nudged: {:.4}", (shared(2.0 + h) - shared(2.0 - h)) / (2.0 * h));

    // A shared node in the middle
    let tape = Tape::new();
    let (a, b) = (tape.value(2.0), tape.value(-3.0));
    let d = a * b;
    let e = d.powf(2.0);
    let f = e + d;
    let names = ["a", "b", "d", "e", "f"];
    println!("\n--- right order ---");
    println!("reversed: {}", listed(&[f, e, d, b, a], &names));
    println!(
        "the program's: {}",
        topological_order(f).iter().rev().map(|v| v.index()).eq([f, e, d, b, a].map(Value::index))
    );
    hand_back_aloud(&[a, b, d, e, f], &names);
    for (child, local_grad) in e.children() {
        println!("local gradient of e towards {}: {local_grad}", names[child.index()]);
    }
    println!("\n--- wrong order ---");
    println!("reversed: {}", listed(&[f, d, e, b, a], &names));
    hand_back_aloud(&[a, b, e, d, f], &names);
    println!("\n--- middle nudges ---");
    let middle = |a: f64| (a * -3.0) * (a * -3.0) + a * -3.0;
    println!("a: {:.4}", (middle(2.0 + h) - middle(2.0 - h)) / (2.0 * h));
    println!("\n--- middle diagram ---");
    f.backward();
    let title = "flowchart LR\n    accTitle: The graph of d ** 2 + d with its gradients";
    let labels = [(a, "a"), (b, "b"), (d, "d"), (e, "e"), (f, "f")];
    println!("{}", graph::mermaid(f, &labels).replacen("flowchart LR", title, 1));

    println!("\n--- without visited ---");
    let mut order = Vec::new();
    visit_always(f, &mut order);
    println!("order: {}", listed(&order, &names));
    println!("gradient of a: {}", hand_back(&order, add)[a.index()]);
    println!("\n--- visits without visited ---");
    println!("additions  with visited  without");
    for additions in [1, 2, 3, 10, 20] {
        let tape = Tape::new();
        let y = (0..additions).fold(tape.value(1.0), |y, _| y + y);
        let mut order = Vec::new();
        visit_always(y, &mut order);
        println!("{additions:9}  {:12}  {:7}", topological_order(y).len(), order.len());
    }

    // The loss of anna before training, as in lesson 2.0
    let program = Program::untrained();
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let tokens = program.tokenizer.encode_doc("anna")?;
    let forward = loss(&tokens, &state_dict);
    forward.loss.backward();
    let grads: Vec<f64> = (0..program.params.len()).filter_map(|i| tape.get(i)).map(Value::grad).collect();

    println!("\n--- gradients of the real loss ---");
    println!("nudge: 0.00001 up and down");
    println!("parameter    letter  by backward  by nudges");
    for index in [0, 1, 4, 208, 400] {
        let letter = program.tokenizer.uchars()[index / program.params.config().n_embd];
        let nudged = |h: f64| loss_with(&tokens, &program.params, index, h);
        let slope = (nudged(1e-5) - nudged(-1e-5)) / 2e-5;
        println!("{:11}  {letter:6}  {:11.6}  {slope:9.6}", format!("params[{index}]"), grads[index]);
    }

    println!("\n--- size of the real backward pass ---");
    let order = topological_order(forward.loss);
    println!("loss of anna: {:.4}", forward.loss.data());
    println!("nodes in the order: {}", order.len());
    println!("edges handed along: {}", order.iter().map(|v| v.children().count()).sum::<usize>());
    println!("gradients of parameters: {}", grads.len());
    let in_order: HashSet<usize> = order.iter().map(|v| v.index()).collect();
    println!("parameters not in the graph: {}", (0..grads.len()).filter(|i| !in_order.contains(i)).count());
    println!("gradients that are exactly 0: {}", grads.iter().filter(|grad| **grad == 0.0).count());
    println!(
        "parameters that are exactly 0: {}",
        program.params.as_slice().iter().filter(|p| **p == 0.0).count()
    );
    let mut trainer = program.trainer();
    trainer.step()?;
    let tape = Tape::new();
    loss(&tokens, &trainer.params().on(&tape)).loss.backward();
    let zeros = (0..grads.len()).filter_map(|i| tape.get(i)).filter(|p| p.grad() == 0.0).count();
    println!("gradients that are exactly 0 after one step of training: {zeros}");
    let zeros = trainer.params().as_slice().iter().filter(|p| **p == 0.0).count();
    println!("parameters that are exactly 0 after one step of training: {zeros}");
    let by_hand = hand_back(&order, add);
    println!("written as in Python, the same bits: {}", grads.iter().zip(&by_hand).all(|(a, b)| a == b));

    println!("\n--- question c is four ---");
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(4.0));
    (a * b + c).relu().powf(2.0).backward();
    println!("a {}, b {}, c {}", a.grad(), b.grad(), c.grad());

    println!("\n--- question a times a ---");
    let tape = Tape::new();
    let a = tape.value(5.0);
    let b = a * a;
    b.backward();
    println!("with +=: {}", a.grad());
    println!("with =: {}", hand_back(&topological_order(b), overwrite)[a.index()]);

    println!("\n--- question three uses ---");
    let tape = Tape::new();
    let (a, b) = (tape.value(4.0), tape.value(2.0));
    let e = (a + b) * a;
    e.backward();
    let d = tape.get(2).ok_or("a + b is the third node")?;
    println!("order: {}", listed(&topological_order(e), &["a", "b", "d", "e"]));
    let local: Vec<String> = e.children().map(|(_, local_grad)| local_grad.to_string()).collect();
    println!("local gradients of e: {}", local.join(" "));
    println!("value {}, gradients: e {}, d {}, a {}, b {}", e.data(), e.grad(), d.grad(), a.grad(), b.grad());

    println!("\n--- question cut off ---");
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let new_leaf = tape.value((a * b).data());
    (new_leaf + c).relu().powf(2.0).backward();
    println!("a {}, b {}, c {}, new leaf {}", a.grad(), b.grad(), c.grad(), new_leaf.grad());
    Ok(())
}

/// Lines 60–68: every node that `root` was computed from, and itself, each after its children.
fn topological_order(root: Value) -> Vec<Value> {
    let (mut order, mut visited) = (Vec::new(), HashSet::new());
    visit(root, &mut visited, &mut order);
    order
}

/// Lines 62–67.
fn visit<'t>(v: Value<'t>, visited: &mut HashSet<usize>, order: &mut Vec<Value<'t>>) {
    if visited.insert(v.index()) {
        for (child, _) in v.children() {
            visit(child, visited, order);
        }
        order.push(v);
    }
}

/// Lines 69–72, with the gradients in a list of their own: that of a node at the node's place.
/// `combine` says what becomes of the gradient that a child has and the part that it is handed.
fn hand_back(order: &[Value], combine: fn(f64, f64) -> f64) -> Vec<f64> {
    let mut grads = vec![0.0; order.iter().map(|v| v.index() + 1).max().unwrap_or_default()];
    if let Some(root) = order.last() {
        grads[root.index()] = 1.0;
    }
    for v in order.iter().rev() {
        for (child, local_grad) in v.children() {
            grads[child.index()] = combine(grads[child.index()], local_grad * grads[v.index()]);
        }
    }
    grads
}

/// Line 72 as it is, `+=`.
fn add(grad: f64, part: f64) -> f64 {
    grad + part
}

/// Line 72 with a mistake: `=` for `+=`.
fn overwrite(_grad: f64, part: f64) -> f64 {
    part
}

/// `hand_back`, with all gradients printed after each node that hands something on.
fn hand_back_aloud(order: &[Value], names: &[&str]) -> Vec<f64> {
    let mut grads = vec![0.0; names.len()];
    let line = |step: &str, grads: &[f64]| {
        let cells: String = (0..names.len()).rev().map(|i| format!("{:>5}", grads[i])).collect();
        println!("{step:7}{cells}");
    };
    let header: String = names.iter().rev().map(|name| format!("{name:>5}")).collect();
    println!("       {header}");
    if let Some(root) = order.last() {
        grads[root.index()] = 1.0;
    }
    line("start", &grads);
    for v in order.iter().rev() {
        for (child, local_grad) in v.children() {
            grads[child.index()] += local_grad * grads[v.index()];
        }
        if v.children().next().is_some() {
            line(&format!("after {}", names[v.index()]), &grads);
        }
    }
    grads
}

/// `visit`, with each call printed.
fn visit_aloud<'t>(
    v: Value<'t>,
    names: &[&str],
    depth: usize,
    visited: &mut HashSet<usize>,
    order: &mut Vec<Value<'t>>,
) {
    println!("{}visit {}", "  ".repeat(depth), names[v.index()]);
    if visited.insert(v.index()) {
        for (child, _) in v.children() {
            visit_aloud(child, names, depth + 1, visited, order);
        }
        order.push(v);
        println!("{}order: {}", "  ".repeat(depth), listed(order, names));
    }
}

/// `visit` without the set: a node is listed as often as it is reached.
fn visit_always<'t>(v: Value<'t>, order: &mut Vec<Value<'t>>) {
    for (child, _) in v.children() {
        visit_always(child, order);
    }
    order.push(v);
}

fn listed(order: &[Value], names: &[&str]) -> String {
    order.iter().map(|v| names[v.index()]).collect::<Vec<_>>().join(" ")
}

/// How many ways lead from `root` along the edges to a leaf.
fn paths(root: Value) -> u64 {
    let mut children = root.children().peekable();
    if children.peek().is_none() { 1 } else { children.map(|(child, _)| paths(child)).sum() }
}

/// The loss of these tokens with one parameter nudged.
fn loss_with(tokens: &[usize], params: &Parameters, index: usize, nudge: f64) -> f64 {
    let mut nudged = params.clone();
    nudged.as_mut_slice()[index] += nudge;
    loss(tokens, &nudged.on(&Tape::new())).loss.data()
}
