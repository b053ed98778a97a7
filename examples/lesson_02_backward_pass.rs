//! Lesson 2.4, Backward pass: in which order gradients are handed back, and what they come to.

use std::collections::HashSet;
use std::error::Error;

use lab::draw::{self, Cells};
use maud::html;
use microgpt::autograd::Operation;
use microgpt::{Program, Tape, Value, loss};

/// Lines 60–68: every node that `root` was computed from, and itself, each after its children.
fn topological_order(root: Value) -> Vec<Value> {
    fn visit<'t>(v: Value<'t>, visited: &mut HashSet<usize>, order: &mut Vec<Value<'t>>) {
        if visited.insert(v.index()) {
            for (child, _) in v.children() {
                visit(child, visited, order);
            }
            order.push(v);
        }
    }
    let mut order = Vec::new();
    visit(root, &mut HashSet::new(), &mut order);
    order
}

/// Lines 69–72 with an order of one's own and, in place of `+=`, whatever `combine` makes of the gradient that
/// a child has and the part that it is handed. The gradients are listed by the nodes' places on the tape.
fn hand_back(order: &[Value], combine: fn(f64, f64) -> f64) -> Vec<f64> {
    let root = *order.last().expect("an order ends with the result");
    let mut grads = vec![0.0; root.tape().len()];
    grads[root.index()] = 1.0;
    for v in order.iter().rev() {
        take_turn(*v, &mut grads, combine);
    }
    grads
}

/// Lines 71 and 72: a node hands its gradient on.
fn take_turn(v: Value, grads: &mut [f64], combine: fn(f64, f64) -> f64) {
    for (child, local_grad) in v.children() {
        grads[child.index()] = combine(grads[child.index()], local_grad * grads[v.index()]);
    }
}

/// `+=`
fn add(grad: f64, part: f64) -> f64 {
    grad + part
}

/// `=`
fn overwrite(_grad: f64, part: f64) -> f64 {
    part
}

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some("figure") {
        print!("{}", figure());
        return Ok(());
    }
    // The problem
    paths();
    // By hand
    gradients_by_hand();
    gradients_turn_by_turn();
    two_paths();
    too_early();
    // See it
    used_twice();
    // The lines
    visits();
    a_times_a();
    // In the real model
    let anna = Anna::new()?;
    gradients_of_the_real_loss(&anna);
    handed_to_the_first_parameter(&anna);
    size_of_the_real_backward_pass(&anna);
    zeros_of_the_real_gradient(&anna);
    // What goes wrong
    without_visited();
    visits_without_visited();
    plain_assignment();
    toy_nudges();
    // Check yourself
    another_pair();
    // Going deeper
    called_twice();
    stale_gradients();
    without_an_order();
    zeros_after_one_step(&anna)?;
    cut_off();
    nodes_made_and_nodes_used(&anna);
    calls_inside_calls(&anna);
    Ok(())
}

fn label(label: &str) {
    println!("--- {label} ---");
}

fn paths() {
    label("paths");
    println!("additions  edges    paths    slope");
    for additions in [1, 2, 3, 10, 20] {
        let tape = Tape::new();
        let x = tape.value(1.0);
        let y = (0..additions).fold(x, |y, _| y + y);
        y.backward();
        let edges: usize = topological_order(y).iter().map(|v| v.children().count()).sum();
        println!("{additions:9}  {edges:5}  {:7}  {:7}", paths_from(y), x.grad());
    }
}

/// How many ways lead from `root` along the edges to a leaf.
fn paths_from(root: Value) -> u64 {
    let mut children = root.children().peekable();
    if children.peek().is_none() { 1 } else { children.map(|(child, _)| paths_from(child)).sum() }
}

/// The example by hand, `p = a * b` and `s = p ** 2 + p`: p is used twice, and once on the way to the other use.
struct ByHand<'t> {
    a: Value<'t>,
    b: Value<'t>,
    p: Value<'t>,
    q: Value<'t>,
    s: Value<'t>,
}

impl<'t> ByHand<'t> {
    const NAMES: [&'static str; 5] = ["a", "b", "p", "q", "s"];

    fn new(tape: &'t Tape, a: f64, b: f64) -> Self {
        let (a, b) = (tape.value(a), tape.value(b));
        let p = a * b;
        let q = p.powf(2.0);
        let s = q + p;
        Self { a, b, p, q, s }
    }

    fn name(v: Value) -> &'static str {
        Self::NAMES[v.index()]
    }

    fn names(order: &[Value]) -> String {
        order.iter().map(|v| Self::name(*v)).collect::<Vec<_>>().join(" ")
    }
}

fn gradients_by_hand() {
    label("gradients by hand");
    let tape = Tape::new();
    let ByHand { a, b, p, q, s } = ByHand::new(&tape, 2.0, -1.0);
    println!("a = {}, b = {}", a.data(), b.data());
    println!("p = a * b = {}, q = p ** 2 = {}, s = q + p = {}", p.data(), q.data(), s.data());
    s.backward();
    let order = topological_order(s);
    println!("order:    {}", ByHand::names(&order));
    println!("reversed: {}", ByHand::names(&order.iter().rev().copied().collect::<Vec<_>>()));
    println!("turn  its gradient   it hands on");
    for v in order.iter().rev().filter(|v| v.children().next().is_some()) {
        let parts: Vec<String> = parts_handed_to(s, v.index()).into_iter().map(factor).collect();
        let grad = if parts.len() > 1 {
            format!("{} = {}", parts.join(" + "), v.grad())
        } else {
            v.grad().to_string()
        };
        let handed: Vec<String> = v
            .children()
            .map(|(child, local_grad)| {
                let part = local_grad * v.grad();
                format!("{} * {} = {part} to {}", factor(local_grad), factor(v.grad()), ByHand::name(child))
            })
            .collect();
        println!("{:5} {grad:14} {}", ByHand::name(*v), handed.join(", "));
    }
}

fn gradients_turn_by_turn() {
    label("gradients turn by turn");
    let tape = Tape::new();
    print_turns(&topological_order(ByHand::new(&tape, 2.0, -1.0).s), add);
}

/// All gradients of the example by hand after each turn, and what nudges of its leaves say.
fn print_turns(order: &[Value], combine: fn(f64, f64) -> f64) {
    let mut grads = [0.0, 0.0, 0.0, 0.0, 1.0]; // that of s is 1
    let [a, b, p, q, s] = ByHand::NAMES;
    println!("          {s:>3} {q:>3} {p:>3} {b:>8} {a:>8}");
    let print = |when: &str, [a, b, p, q, s]: [f64; 5]| println!("{when:9} {s:3} {q:3} {p:3} {b:8} {a:8}");
    print("start", grads);
    for v in order.iter().rev().filter(|v| v.children().next().is_some()) {
        take_turn(*v, &mut grads, combine);
        print(&format!("after {}", ByHand::name(*v)), grads);
    }
    let s = |a: f64, b: f64| (a * b).powi(2) + a * b;
    let h = 0.001; // up and down
    let slope_to_a = (s(2.0 + h, -1.0) - s(2.0 - h, -1.0)) / (2.0 * h);
    let slope_to_b = (s(2.0, -1.0 + h) - s(2.0, -1.0 - h)) / (2.0 * h);
    println!("by nudges             {slope_to_b:8.4} {slope_to_a:8.4}");
}

/// A number as it stands in a product.
fn factor(number: f64) -> String {
    if number < 0.0 { format!("({number})") } else { number.to_string() }
}

/// The local gradient of a node towards its first child or its second.
fn child_local_grad(v: Value, place: usize) -> f64 {
    v.children().nth(place).map_or(0.0, |(_, local_grad)| local_grad)
}

fn two_paths() {
    label("two paths");
    let tape = Tape::new();
    let ByHand { a, b, p, s, .. } = ByHand::new(&tape, 2.0, -1.0);
    let q = s.children().next().expect("s has two children").0;
    let through_q = [child_local_grad(s, 0), child_local_grad(q, 0), child_local_grad(p, 0)];
    let straight = [child_local_grad(s, 1), child_local_grad(p, 0)];
    let product = |factors: &[f64]| factors.iter().product::<f64>();
    let written = |factors: &[f64]| factors.iter().map(|f| factor(*f)).collect::<Vec<_>>().join(" * ");
    println!("through q: {} = {}", written(&through_q), product(&through_q));
    println!("straight: {} = {}", written(&straight), product(&straight));
    println!("together: {}", product(&through_q) + product(&straight));
    let [sum_q, square, product_a] = through_q;
    let arrived = sum_q * square + straight[0];
    println!("added first: {sum_q} + {} = {arrived}", factor(square));
    println!(
        "{} * {} + {} * {} = {} * {} = {}",
        factor(square),
        factor(product_a),
        factor(straight[0]),
        factor(product_a),
        factor(arrived),
        factor(product_a),
        arrived * product_a
    );
    s.backward();
    println!("by backward: a {}, b {}", a.grad(), b.grad());
}

fn too_early() {
    label("checkpoint too-early");
    let tape = Tape::new();
    let ByHand { a, b, p, q, s } = ByHand::new(&tape, 2.0, -1.0);
    let early = hand_back(&[a, b, q, p, s], add); // walked from the end: s, p, q
    println!("p in the end: {}", early[p.index()]);
    println!("answer: {}", early[a.index()]);
    println!("wrong: {}", hand_back(&topological_order(s), add)[a.index()]); // the right order
    println!("wrong: {}", hand_back(&topological_order(s), overwrite)[a.index()]); // the part of q alone
}

fn used_twice() {
    label("checkpoint used-twice");
    let tape = Tape::new();
    let (a, b) = (tape.value(2.0), tape.value(-3.0));
    let v3 = a * b;
    let v4 = v3 + a;
    v4.backward();
    let (from_v4, from_v3) = (child_local_grad(v4, 1), child_local_grad(v3, 0));
    println!("a has {}", from_v4 * v4.grad());
    println!("v3 hands on {from_v3} * {} = {}", v3.grad(), from_v3 * v3.grad());
    println!("answer: {}", a.grad());
    println!("wrong: {}", from_v3 * v3.grad()); // the new part alone
    println!("wrong: {}", v3.data()); // the product itself
    println!("wrong: {}", from_v4 * v4.grad()); // without v3
}

fn visits() {
    label("visits");
    let tape = Tape::new();
    let ByHand { s, .. } = ByHand::new(&tape, 2.0, -1.0);
    visit_aloud(s, 0, &mut HashSet::new(), &mut Vec::new());
}

/// `visit`, with each call printed.
fn visit_aloud<'t>(v: Value<'t>, depth: usize, visited: &mut HashSet<usize>, order: &mut Vec<Value<'t>>) {
    let indent = "  ".repeat(depth);
    if !visited.insert(v.index()) {
        println!("{indent}visit {}: visited before", ByHand::name(v));
        return;
    }
    println!("{indent}visit {}", ByHand::name(v));
    for (child, _) in v.children() {
        visit_aloud(child, depth + 1, visited, order);
    }
    order.push(v);
    println!("{indent}order: {}", ByHand::names(order));
}

fn a_times_a() {
    label("checkpoint a-times-a");
    let tape = Tape::new();
    let a = tape.value(3.0);
    let square = a * a;
    square.backward();
    let parts = parts_handed_to(square, a.index());
    println!("a is handed {} and {}", parts[0], parts[1]);
    println!("answer: {}", a.grad());
    println!("wrong: {}", hand_back(&topological_order(square), overwrite)[a.index()]); // with =
    println!("wrong: {}", square.data()); // the product itself
}

/// The loss of `anna` before training, as in lesson 2.0.
struct Anna {
    program: Program,
    tokens: Vec<usize>,
    tape: Tape,
    /// The place of the loss on the tape.
    loss: usize,
}

impl Anna {
    fn new() -> Result<Self, Box<dyn Error>> {
        let program = Program::untrained();
        let tokens = program.tokenizer.encode_doc("anna")?;
        let tape = Tape::new();
        let result = loss(&tokens, &program.params.on(&tape)).loss;
        result.backward();
        let loss = result.index();
        Ok(Self { program, tokens, tape, loss })
    }

    fn loss(&self) -> Value<'_> {
        self.tape.get(self.loss).expect("the loss is on the tape")
    }

    /// The parameters come first on the tape.
    fn params(&self) -> impl Iterator<Item = Value<'_>> {
        (0..self.program.params.len()).filter_map(|index| self.tape.get(index))
    }

    fn loss_nudged(&self, index: usize, nudge: f64) -> f64 {
        let mut params = self.program.params.clone();
        params.as_mut_slice()[index] += nudge;
        loss(&self.tokens, &params.on(&Tape::new())).loss.data()
    }
}

fn gradients_of_the_real_loss(anna: &Anna) {
    label("gradients of the real loss");
    let params = &anna.program.params;
    println!("loss of anna: {:.4}", anna.loss().data());
    println!("nudge: 0.00001 up and down");
    println!("parameter      by backward  by nudges");
    let z = anna.program.tokenizer.uchars().len() - 1;
    let of_z = format!("wte[{z}][0]");
    let names = [
        "wte[0][0]",
        "wpe[0][0]",
        "layer0.attn_wo[0][0]",
        "layer0.mlp_fc2[0][0]",
        "lm_head[0][0]",
        "layer0.attn_wq[0][0]",
        &of_z,
    ];
    for name in names {
        let index = params.index_of(name).expect("a parameter of the program");
        let slope = (anna.loss_nudged(index, 1e-5) - anna.loss_nudged(index, -1e-5)) / 2e-5;
        let grad = anna.tape.get(index).map_or(0.0, Value::grad);
        println!("{:13}  {grad:11.6}  {slope:9.6}", name.trim_start_matches("layer0."));
    }
    let count = params.len();
    println!("forward passes for nudges of all, up and down: 2 * {count} = {}", 2 * count);
    println!("forward passes for nudges of all, up only: {count} + 1 = {}", count + 1);
}

fn handed_to_the_first_parameter(anna: &Anna) {
    label("handed to the first parameter");
    let parts = parts_handed_to(anna.loss(), 0);
    println!("edges of params[0]: {}", parts.len());
    for part in &parts {
        println!("params[0] is handed {part:.6}");
    }
    println!("params[0] in the end: {:.6}", parts.iter().sum::<f64>());
}

/// What a node is handed by each of its users, in the order of the backward pass.
fn parts_handed_to(root: Value, index: usize) -> Vec<f64> {
    let order = topological_order(root);
    let edges = order.iter().rev().flat_map(|v| v.children().map(|(child, local)| (child, local * v.grad())));
    edges.filter(|(child, _)| child.index() == index).map(|(_, part)| part).collect()
}

fn size_of_the_real_backward_pass(anna: &Anna) {
    label("size of the real backward pass");
    let order = topological_order(anna.loss());
    println!("nodes in the order: {}", order.len());
    println!("edges, each used once: {}", order.iter().map(|v| v.children().count()).sum::<usize>());
}

fn without_visited() {
    label("without visited");
    let tape = Tape::new();
    let mut order = Vec::new();
    visit_always(ByHand::new(&tape, 2.0, -1.0).s, &mut order);
    println!("list: {}", ByHand::names(&order));
    print_turns(&order, add);
}

fn plain_assignment() {
    label("plain assignment");
    let tape = Tape::new();
    print_turns(&topological_order(ByHand::new(&tape, 2.0, -1.0).s), overwrite);
    let toy = Toy::new(&tape, 10.0);
    let wrong = hand_back(&topological_order(toy.g), overwrite);
    println!(
        "toy graph with =: a {}, b {}, c {}",
        wrong[toy.a.index()],
        wrong[toy.b.index()],
        wrong[toy.c.index()]
    );
}

/// The toy graph of the lessons before, `(a * b + c).relu() ** 2`.
struct Toy<'t> {
    a: Value<'t>,
    b: Value<'t>,
    c: Value<'t>,
    f: Value<'t>,
    g: Value<'t>,
}

impl<'t> Toy<'t> {
    fn new(tape: &'t Tape, c: f64) -> Self {
        let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(c));
        let f = (a * b + c).relu();
        Self { a, b, c, f, g: f.powf(2.0) }
    }
}

fn toy_nudges() {
    label("toy nudges");
    let toy = |a: f64, b: f64, c: f64| (a * b + c).max(0.0).powi(2);
    let h = 0.001;
    println!("nudge: {h} up and down");
    println!("a: {:.4}", (toy(2.0 + h, -3.0, 10.0) - toy(2.0 - h, -3.0, 10.0)) / (2.0 * h));
    println!("b: {:.4}", (toy(2.0, -3.0 + h, 10.0) - toy(2.0, -3.0 - h, 10.0)) / (2.0 * h));
    println!("c: {:.4}", (toy(2.0, -3.0, 10.0 + h) - toy(2.0, -3.0, 10.0 - h)) / (2.0 * h));
}

fn another_pair() {
    label("checkpoint another-pair");
    let tape = Tape::new();
    let ByHand { a, b, p, q, s } = ByHand::new(&tape, 3.0, 1.0);
    s.backward();
    println!("p = {}, q = {}, s = {}", p.data(), q.data(), s.data());
    let parts = parts_handed_to(s, p.index());
    println!("p.grad = {} + {} = {}", parts[0], parts[1], p.grad());
    println!("answer: {}", b.grad());
    println!("wrong: {}", hand_back(&topological_order(s), overwrite)[b.index()]); // with =
    println!("wrong: {}", hand_back(&[a, b, q, p, s], add)[b.index()]); // p too early
    println!("wrong: {}", a.grad());
}

fn called_twice() {
    label("called twice");
    let tape = Tape::new();
    let ByHand { a, b, p, q, s } = ByHand::new(&tape, 2.0, -1.0);
    println!("call     s    q    p    a    b");
    for call in ["first", "second"] {
        s.backward();
        let [s, q, p, a, b] = [s, q, p, a, b].map(Value::grad);
        println!("{call:6} {s:3}  {q:3}  {p:3}  {a:3}  {b:3}");
    }
    let straight = hand_back(&topological_order(s), add)[p.index()];
    println!("p would be twice {straight}: {}", 2.0 * straight);
}

fn stale_gradients() {
    label("stale gradients");
    let tape = Tape::new();
    let toy = Toy::new(&tape, 10.0);
    toy.g.backward();
    println!("after (a * b + c).relu() ** 2: a {}, b {}", toy.a.grad(), toy.b.grad());
    (toy.a * toy.b + toy.a).backward();
    println!("then a * b + a, not reset: a {}, b {}", toy.a.grad(), toy.b.grad());
    tape.zero_grad();
    (toy.a * toy.b + toy.a).backward();
    println!("then a * b + a, reset to 0 before: a {}, b {}", toy.a.grad(), toy.b.grad());
}

fn without_an_order() {
    label("without an order");
    let tape = Tape::new();
    let ByHand { a, s, .. } = ByHand::new(&tape, 2.0, -1.0);
    let mut grads = vec![0.0; tape.len()];
    grads[s.index()] = 1.0;
    add_as_it_goes(s, &mut grads);
    println!("recursion that hands on what a node has: a {}", grads[a.index()]);
    let mut grads = vec![0.0; tape.len()];
    add_the_parts(s, 1.0, &mut grads);
    println!("recursion that hands on what has just arrived: a {}", grads[a.index()]);
}

/// No order: each node that is handed something hands its gradient on at once.
fn add_as_it_goes(v: Value, grads: &mut [f64]) {
    for (child, local_grad) in v.children() {
        grads[child.index()] += local_grad * grads[v.index()];
        add_as_it_goes(child, grads);
    }
}

/// No order, but only the part that has just arrived is handed on: right, and along every path.
fn add_the_parts(v: Value, part: f64, grads: &mut [f64]) {
    for (child, local_grad) in v.children() {
        grads[child.index()] += local_grad * part;
        add_the_parts(child, local_grad * part, grads);
    }
}

/// `visit` without the set: a node is listed as often as it is reached.
fn visit_always<'t>(v: Value<'t>, order: &mut Vec<Value<'t>>) {
    for (child, _) in v.children() {
        visit_always(child, order);
    }
    order.push(v);
}

fn visits_without_visited() {
    label("visits without visited");
    println!("additions  with visited  without  of these x");
    for additions in [1, 2, 3, 10, 20] {
        let tape = Tape::new();
        let x = tape.value(1.0);
        let y = (0..additions).fold(x, |y, _| y + y);
        let mut order = Vec::new();
        visit_always(y, &mut order);
        let listed = order.iter().filter(|v| v.index() == x.index()).count();
        println!("{additions:9}  {:12}  {:7}  {listed:10}", topological_order(y).len(), order.len());
    }
}

/// Why gradients are exactly 0, each parameter under the first cause that it has.
fn zeros_of_the_real_gradient(anna: &Anna) {
    label("zeros of the real gradient");
    let params = &anna.program.params;
    let zeros: Vec<usize> = anna.params().filter(|p| p.grad() == 0.0).map(Value::index).collect();
    let is_in = |name, index: &usize| params.range_of(name).is_some_and(|range| range.contains(index));
    let in_graph = reached(anna.loss(), |_, _, _| true);
    // In a product, the local gradient towards one side is the number on the other.
    let past_zero_params = reached(anna.loss(), |v, child, _| {
        let mut others = v.children().map(|(other, _)| other).filter(|other| other.index() != child.index());
        v.operation() != Operation::Mul
            || others.all(|other| other.index() >= params.len() || other.data() != 0.0)
    });
    let past_all_zeros = reached(anna.loss(), |_, _, local_grad| local_grad != 0.0);

    let (inside, outside): (Vec<usize>, Vec<usize>) =
        zeros.iter().partition(|index| in_graph.contains(index));
    let (multiplied, behind): (Vec<usize>, Vec<usize>) =
        inside.iter().partition(|index| past_zero_params.contains(index));
    let causes = [
        ("rows of wte that are not read", outside.iter().filter(|i| is_in("wte", i)).count()),
        ("rows of wpe that are not read", outside.iter().filter(|i| is_in("wpe", i)).count()),
        ("handed 0 by attn_wo, mlp_fc2", behind.len()),
        (
            "multiplied only by 0",
            multiplied.iter().filter(|i| is_in("layer0.mlp_fc2", i) && !past_all_zeros.contains(i)).count(),
        ),
    ];
    println!("gradients  exactly 0, because");
    for (cause, count) in causes {
        println!("{count:9}  {cause}");
    }
    let counts = causes.map(|(_, count)| count.to_string()).join(" + ");
    println!("{counts} = {}", zeros.len());
    println!("not in the graph: {}", outside.len());
    let matrix = |name| params.get(name).expect("a matrix of the program");
    let inputs = &anna.tokens[..anna.tokens.len() - 1];
    let different: HashSet<usize> = inputs.iter().copied().collect();
    for (name, read) in [("wte", different.len()), ("wpe", inputs.len())] {
        let (rows, cols) = (matrix(name).rows, matrix(name).cols);
        println!(
            "rows of {name} that are not read: {rows} - {read} = {}, numbers in each: {cols}",
            rows - read
        );
    }
    let at_zero = |name| matrix(name).data.iter().filter(|number| **number == 0.0).count();
    let (attn_wo, mlp_fc2) = (at_zero("layer0.attn_wo"), at_zero("layer0.mlp_fc2"));
    println!("parameters that start as exactly 0: attn_wo {attn_wo}, mlp_fc2 {mlp_fc2}");
    println!(
        "parameters that start as exactly 0, in all: {}",
        params.as_slice().iter().filter(|number| **number == 0.0).count()
    );
}

/// All nodes to which some path leads along edges that are open: from a node, to its child, with a local gradient.
fn reached<'t>(root: Value<'t>, is_open: impl Fn(Value<'t>, Value<'t>, f64) -> bool) -> HashSet<usize> {
    let mut reached = HashSet::from([root.index()]);
    for v in topological_order(root).into_iter().rev() {
        if reached.contains(&v.index()) {
            let open = v.children().filter(|(child, local_grad)| is_open(v, *child, *local_grad));
            reached.extend(open.map(|(child, _)| child.index()));
        }
    }
    reached
}

fn zeros_after_one_step(anna: &Anna) -> Result<(), Box<dyn Error>> {
    label("zeros after one step");
    let mut trainer = anna.program.trainer();
    trainer.step()?;
    let tape = Tape::new();
    loss(&anna.tokens, &trainer.params().on(&tape)).loss.backward();
    let grads = tape.grads(trainer.params().len());
    let zeros = |numbers: &[f64]| numbers.iter().filter(|number| **number == 0.0).count();
    println!("parameters that are exactly 0: {}", zeros(trainer.params().as_slice()));
    println!("gradients that are exactly 0: {}", zeros(&grads));
    for matrix in trainer.params().matrices() {
        let of_matrix = trainer.params().get_in(&grads, matrix.name).expect("a matrix of the program");
        println!("in {}: {} of {}", matrix.name, zeros(of_matrix.data), of_matrix.data.len());
    }
    Ok(())
}

fn cut_off() {
    label("cut off");
    let tape = Tape::new();
    let toy = Toy::new(&tape, 4.0);
    toy.g.backward();
    println!("c = 4: f {}, a {}, b {}, c {}", toy.f.grad(), toy.a.grad(), toy.b.grad(), toy.c.grad());
    let tape = Tape::new();
    let (a, b, c) = (tape.value(2.0), tape.value(-3.0), tape.value(10.0));
    let new_leaf = tape.value((a * b).data());
    (new_leaf + c).relu().powf(2.0).backward();
    println!("cut off: a {}, b {}, c {}, new leaf {}", a.grad(), b.grad(), c.grad(), new_leaf.grad());
}

fn nodes_made_and_nodes_used(anna: &Anna) {
    label("nodes made and nodes used");
    let in_graph: HashSet<usize> = topological_order(anna.loss()).iter().map(|v| v.index()).collect();
    let unused: Vec<Value> = (0..anna.tape.len())
        .filter_map(|i| anna.tape.get(i))
        .filter(|v| !in_graph.contains(&v.index()))
        .collect();
    let params = unused.iter().filter(|v| v.index() < anna.program.params.len()).count();
    let of = |operation| unused.iter().filter(|v| v.operation() == operation).count();
    println!("nodes made: {}", anna.tape.len());
    println!("nodes in the order: {}", in_graph.len());
    println!("left out: {}", unused.len());
    println!("left out, parameters: {params}");
    println!("left out, powers: {}", of(Operation::Pow));
    println!("left out, products: {}", of(Operation::Mul));
    println!(
        "left out, other computed nodes: {}",
        unused.len() - params - of(Operation::Pow) - of(Operation::Mul)
    );
    let positions = anna.tokens.len() - 1;
    let others = anna.program.tokenizer.vocab_size() - 1;
    println!("predictions times other tokens: {positions} * {others} = {}", positions * others);
}

fn calls_inside_calls(anna: &Anna) {
    label("calls inside calls");
    println!("deepest visit for the loss of anna: {}", deepest(anna.loss(), 1, &mut HashSet::new()));
}

/// How many calls of `visit` wait at once at most, this one included.
fn deepest(v: Value, depth: usize, visited: &mut HashSet<usize>) -> usize {
    if !visited.insert(v.index()) {
        return depth;
    }
    v.children().map(|(child, _)| deepest(child, depth + 1, visited)).max().unwrap_or(depth).max(depth)
}

/// The lesson's picture: the graph by hand, computed downward; its gradients are handed upward.
fn figure() -> String {
    let tape = Tape::new();
    let ByHand { a, b, p, q, s } = ByHand::new(&tape, 2.0, -1.0);
    s.backward();
    // Each node with the middle of its gradient's cell, and the top of it
    let nodes = [
        (a, "a", "", (120.0, 24.0)),
        (b, "b", "", (330.0, 24.0)),
        (p, "p = a · b", "turn 3", (225.0, 116.0)),
        (q, "q = p²", "turn 2", (120.0, 208.0)),
        (s, "s = q + p", "turn 1", (225.0, 300.0)),
    ];
    let cells = Cells { width: 40.0, height: 26.0, full: 8.0, decimals: Some(0) };
    let left = |middle: f64| middle - 1.5 * cells.width;
    draw::svg(
        "The gradients of p squared plus p, handed back from the result",
        "Five nodes, each with a value and a gradient. s hands 1 to q and 1 to p, q hands −4 to p, and p, whose \
         gradient is the sum of the two, hands 3 to a and −6 to b.",
        (draw::WIDTH, 360.0),
        html! {
            (draw::text("quiet", (left(120.0) + 20.0, 14.0), "data"))
            (draw::text("quiet", (120.0, 14.0), "grad"))
            @for (v, name, turn, (middle, top)) in nodes {
                (draw::text("name end", (left(middle) - 6.0, top + 18.0), name))
                (cells.strip((left(middle), top), &[v.data(), v.grad()]))
                (draw::text("quiet start", (middle + 28.0, top + 18.0), turn))
                @for (child, local_grad) in v.children() {
                    @let (to, below) = nodes[child.index()].3;
                    @let part = local_grad * v.grad();
                    @let words = format!("{} · {} = {part}", factor(local_grad), factor(v.grad())).replace('-', "−");
                    // Side by side where two arrive
                    @let aside = (middle - to).signum() * if middle == to { 0.0 } else { 8.0 };
                    @let (from, to) = ((middle - aside, top - 3.0), (to + aside, below + cells.height + 3.0));
                    (draw::arrow(from, to, ""))
                    @let halfway = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0 + 5.0);
                    @if from.0.min(to.0) < 200.0 {
                        (draw::text("digits end", (halfway.0 - 10.0, halfway.1), &words))
                    } @else {
                        (draw::text("digits start", (halfway.0 + 10.0, halfway.1), &words))
                    }
                }
            }
            (cells.current((left(225.0), 116.0), 0, 1))
            (draw::text("quiet", (draw::WIDTH / 2.0, 350.0), "on each arrow: local gradient · gradient"))
        },
    )
}
