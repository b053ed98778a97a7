//! Lesson 2.5, Building a computation graph: a neuron of the model, and all that the loss of a name is made of.

mod common;

use std::collections::HashSet;
use std::error::Error;
use std::ops::Range;

use common::{label, largest_first, nodes, numbers, percent, reachable, wants_figure};
use lab::draw;
use maud::html;
use microgpt::autograd::Operation;
use microgpt::training::Loss;
use microgpt::{Program, Tape, Value, graph, loss};

fn main() -> Result<(), Box<dyn Error>> {
    // The forward pass over anna, after training
    let program = Program::trained();
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let tokens = program.tokenizer.encode_doc("anna")?;
    let forward = loss(&tokens, &state_dict);
    forward.loss.backward();
    let anna = Anna { program: &program, tape: &tape, tokens: &tokens, forward: &forward };
    if wants_figure() {
        print!("{}", figure(&anna));
        return Ok(());
    }
    let neuron = RealNeuron::new(&anna);
    // By hand
    by_hand();
    // See it
    shared();
    // In the real model
    a_score_per_token(&anna);
    nodes_by_part(&anna);
    share_of_the_weighted_sums(&anna);
    not_in_the_graph(&anna);
    not_a_tree(&anna, &neuron);
    one_parameter_five_times(&anna, &neuron);
    // What goes wrong
    all_graphs_kept(&program)?;
    // Check yourself
    one_more_letter(&anna);
    graphs_of_other_names(&program)?;
    // Going deeper
    work_on_it(&anna);
    nodes_by_operation(&anna);
    small_neuron(&neuron)?;
    real_neuron(&anna, &neuron);
    depth_and_memory(&anna);
    Ok(())
}

/// The loss of `anna` in the trained model, with its graph.
struct Anna<'t> {
    program: &'t Program,
    tape: &'t Tape,
    tokens: &'t [usize],
    forward: &'t Loss<'t>,
}

impl Anna<'_> {
    /// The parts of a position: their names, their lines, and their nodes at each position.
    fn parts(&self) -> [(&'static str, &'static str, Vec<usize>); 5] {
        let mut before = self.program.params.len();
        let mut counts = [const { Vec::new() }; 5];
        for (activations, loss) in self.forward.activations.iter().zip(&self.forward.losses) {
            let layer = &activations.layers[0];
            let ends = [
                activations.embedding_norm.last(),
                layer.attn_residual.last(),
                layer.mlp_residual.last(),
                activations.logits.last(),
                Some(loss),
            ];
            for (count, end) in counts.iter_mut().zip(ends) {
                let end = end.expect("no part is empty").index() + 1;
                count.push(end - before);
                before = end;
            }
        }
        let [embedding, attention, mlp, scores, losses] = counts;
        [
            ("token and position", "111-112", embedding),
            ("look at what is so far", "115-134", attention),
            ("work on it", "136-141", mlp),
            ("a score per token", "143", scores),
            ("how wrong that was", "166-167", losses),
        ]
    }

    /// All nodes that are made at each position.
    fn per_position(&self) -> Vec<usize> {
        let parts = self.parts();
        (0..self.forward.losses.len()).map(|pos_id| parts.iter().map(|part| part.2[pos_id]).sum()).collect()
    }

    fn num_params(&self) -> usize {
        self.program.params.len()
    }
}

/// The neuron of lesson 2.3: the largest weighted sum at position 1.
struct RealNeuron {
    row: usize,
    w: Vec<f64>,
    x: Vec<f64>,
    /// The two inputs whose products are the largest, in the order in which they stand.
    largest: [usize; 2],
}

impl RealNeuron {
    fn new(anna: &Anna) -> Self {
        let layer = &anna.forward.activations[1].layers[0];
        let row = largest_first(&numbers(&layer.mlp_hidden))[0];
        let matrix = anna.program.params.get("layer0.mlp_fc1").expect("a matrix of the program");
        let (w, x) = (matrix.row(row).to_vec(), numbers(&layer.mlp_norm));
        let products: Vec<f64> = w.iter().zip(&x).map(|(w_j, x_j)| w_j * x_j).collect();
        let order = largest_first(&products);
        Self { row, w, x, largest: [order[0].min(order[1]), order[0].max(order[1])] }
    }
}

fn by_hand() {
    label("by hand");
    let tape = Tape::new();
    let [w_0, w_1, x_0, x_1] = [2.0, -1.0, 4.0, 5.0].map(|number| tape.value(number));
    let inputs = tape.len();
    let s = tape.sum([w_0 * x_0, w_1 * x_1]);
    let r = s.relu();
    let y = r.powf(2.0);
    y.backward();
    println!("     data  grad");
    for (name, v) in [("w_0", w_0), ("w_1", w_1), ("x_0", x_0), ("x_1", x_1), ("s", s), ("r", r), ("y", y)] {
        println!("{name:4} {:4}  {:4}", v.data(), v.grad());
    }
    println!("2 * 4 + (-1) * 5 = {}, y = {}", s.data(), y.data());
    println!("new nodes: {}, edges: {}", tape.len() - inputs, edges(&tape));
    label("checkpoint by-hand");
    println!("answer: {}", w_1.grad());
    println!("wrong: {}", s.grad()); // the slope to s
    println!("wrong: {}", x_1.grad()); // the other factor
    println!("wrong: {}", r.data() * x_1.data()); // r for 2 r
}

fn shared() {
    label("checkpoint shared");
    let tape = Tape::new();
    let (a, c, d) = (tape.value(1.0), tape.value(2.0), tape.value(3.0));
    let (at_c, at_d) = ((a * c).relu().powf(2.0), (a * d).relu().powf(2.0));
    let slope = |y: Value| {
        tape.zero_grad();
        y.backward();
        a.grad()
    };
    let (first, second) = (slope(at_c), slope(at_d));
    println!("one use: {first}, the other: {second}");
    println!("answer: {}", slope(at_c + at_d));
    println!("wrong: {first}");
    println!("wrong: {second}");
    println!("wrong: {}", first * second);
}

fn a_score_per_token(anna: &Anna) {
    label("checkpoint a-score-per-token");
    let (rows, width) = (anna.program.tokenizer.vocab_size(), anna.program.params.config().n_embd);
    println!("weighted sums: {rows}, of {width} numbers each");
    println!("nodes of one: 2 * {width} + 1 = {}", 2 * width + 1);
    println!("answer: {}", anna.parts()[3].2[0]);
    println!("wrong: {}", rows * 2 * width); // without the leaves
    println!("wrong: {}", rows * width); // the products alone
    println!("wrong: {}", 2 * width + 1); // one sum
}

fn nodes_by_part(anna: &Anna) {
    label("nodes by part");
    println!("position                            0      1      2      3      4      all");
    for (name, lines, count) in anna.parts() {
        let cells: String = count.iter().map(|count| format!("{count:7}")).collect();
        println!("{name:22} {lines:8}{cells} {:8}", count.iter().sum::<usize>());
    }
    let per_position = anna.per_position();
    let cells: String = per_position.iter().map(|count| format!("{count:7}")).collect();
    let together = per_position.iter().sum::<usize>();
    println!("{:31}{cells} {together:8}", "together");
    println!("mean of the five losses: {}", anna.tape.len() - together - anna.num_params());
    println!("parameters: {}", anna.num_params());
    println!("all nodes: {}", anna.tape.len());
}

fn not_in_the_graph(anna: &Anna) {
    label("not in the graph");
    let in_graph = reachable(anna.forward.loss);
    let reached: HashSet<usize> = in_graph.iter().map(|v| v.index()).collect();
    let missing = |places: Range<usize>| places.filter(|index| !reached.contains(index)).count();
    let config = anna.program.params.config();
    let (width, vocab_size, n) =
        (config.n_embd, anna.program.tokenizer.vocab_size(), anna.forward.losses.len());
    let tokens = vocab_size - anna.tokens.iter().collect::<HashSet<_>>().len();
    let positions = config.block_size - n;
    println!("made: {}, in the graph of the loss: {}", anna.tape.len(), in_graph.len());
    println!("not in it: {}", missing(0..anna.tape.len()));
    println!("  parameters: {}", missing(0..anna.num_params()));
    println!("    of {tokens} tokens that anna does not have: {tokens} * {width} = {}", tokens * width);
    println!("    of {positions} positions: {positions} * {width} = {}", positions * width);
    println!("  computed: {}", missing(anna.num_params()..anna.tape.len()));
    let others = vocab_size - 1;
    println!("    {n} positions, {others} tokens that do not come: {n} * {others} * 2 = {}", n * others * 2);
}

fn not_a_tree(anna: &Anna, neuron: &RealNeuron) {
    label("not a tree");
    let in_graph = reachable(anna.forward.loss);
    let uses = uses(&in_graph);
    let x = anna.forward.activations[1].layers[0].mlp_norm[neuron.largest[1]];
    let params_used = |times: usize| uses[..anna.num_params()].iter().filter(|uses| **uses == times).count();
    let n = anna.forward.losses.len();
    let tree = tree_sizes(anna.tape)[anna.forward.loss.index()];
    println!("nodes in the graph of the loss: {}", in_graph.len());
    println!("nodes used more than once: {}", uses.iter().filter(|uses| **uses > 1).count());
    println!("uses of x{} at position 1: {}", neuron.largest[1], uses[x.index()]);
    println!("parameters used {n} times: {}", params_used(n));
    println!("parameters used 0 times: {}", params_used(0));
    println!("nodes if each use had a copy of its own: {tree}");
}

fn one_parameter_five_times(anna: &Anna, neuron: &RealNeuron) {
    label("one parameter five times");
    let (row, j) = (neuron.row, neuron.largest[1]);
    println!("position   x{j:<2}       gradient of s  product");
    let mut total = 0.0;
    for (pos_id, activations) in anna.forward.activations.iter().enumerate() {
        let layer = &activations.layers[0];
        let (x_j, s) = (layer.mlp_norm[j], layer.mlp_hidden[row]);
        total += x_j.data() * s.grad();
        println!("{pos_id:8}  {:8.4}  {:13.6}  {:9.6}", x_j.data(), s.grad(), x_j.data() * s.grad() + 0.0);
    }
    println!("sum of the products: {total:.6}");
    let name = format!("layer0.mlp_fc1[{row}][{j}]");
    let w = anna.program.params.index_of(&name).and_then(|index| anna.tape.get(index));
    println!("gradient of {name}: {:.6}", w.map_or(0.0, Value::grad));
}

fn all_graphs_kept(program: &Program) -> Result<(), Box<dyn Error>> {
    let num_params = program.params.len();
    let (mut kept, mut numbers) = (0, 0);
    let mut tape = Tape::new();
    for name in &program.docs[..Program::NUM_STEPS] {
        tape.clear();
        loss(&program.tokenizer.encode_doc(name)?, &program.params.on(&tape));
        kept += tape.len() - num_params;
        numbers += 2 * (tape.len() - num_params) + edges(&tape);
    }
    label("checkpoint kept");
    let what = if kept > Program::NUM_STEPS { "graphs" } else { "numbers" };
    println!("answer: {} {what}", Program::NUM_STEPS);
    label("all graphs kept");
    println!("steps: {}", Program::NUM_STEPS);
    println!("nodes made in all of them, without the parameters: {kept}");
    println!("numbers at 8 bytes: {:.0} million bytes", 8.0 * numbers as f64 / 1e6);
    println!(
        "of one step, on average: {:.1} million bytes",
        8.0 * numbers as f64 / 1e6 / Program::NUM_STEPS as f64
    );
    Ok(())
}

fn one_more_letter(anna: &Anna) {
    label("one letter more");
    let (all, last) = (anna.tape.len(), anna.per_position()[4]);
    let (more, addition) = (last - anna.per_position()[3], 1);
    println!("position 5: {last} + {more} = {}", last + more);
    println!("one more loss in the sum: {addition}");
    println!("all nodes: {all} + {} + {addition} = {}", last + more, all + last + more + addition);
}

fn work_on_it(anna: &Anna) {
    label("work on it");
    let config = anna.program.params.config();
    let (width, hidden) = (config.n_embd, 4 * config.n_embd);
    let norm = (2 * width + 1) + 2 + 2 + 1 + width;
    println!("rmsnorm, lines 104-106: 33 + 2 + 2 + 1 + 16 = {norm}");
    println!("mlp_fc1, 64 sums of 16: 64 * 33 = {}", hidden * (2 * width + 1));
    println!("relu and square: 64 * 2 = {}", hidden * 2);
    println!("mlp_fc2, 16 sums of 64: 16 * 129 = {}", width * (2 * hidden + 1));
    println!("x + x_residual: {width}");
    let all = norm + hidden * (2 * width + 1) + hidden * 2 + width * (2 * hidden + 1) + width;
    println!("54 + 2112 + 128 + 2064 + 16 = {all}");
    println!("token and position: 16 + 54 = {}", width + norm);
}

fn share_of_the_weighted_sums(anna: &Anna) {
    label("share of the weighted sums");
    // Every row of these matrices takes part in one weighted sum at each position; two only lend their rows
    let computed = anna.tape.len() - anna.num_params();
    let n = anna.forward.losses.len();
    let in_sums: usize = anna.program.params.matrices().skip(2).map(|m| n * m.rows * (2 * m.cols + 1)).sum();
    println!("nodes besides the parameters: {computed}");
    println!("made by weighted sums with parameters: {in_sums}");
    println!("share: {:.1}%", percent(in_sums, computed));
}

fn nodes_by_operation(anna: &Anna) {
    label("nodes by operation");
    let kinds = [
        ("leaf", Operation::Leaf),
        ("+", Operation::Add),
        ("*", Operation::Mul),
        ("power", Operation::Pow),
        ("log", Operation::Log),
        ("exp", Operation::Exp),
        ("relu", Operation::Relu),
    ];
    let count = |operation| nodes(anna.tape).filter(|node| node.operation() == operation).count();
    for (name, operation) in kinds {
        println!("{name:5} {:6}", count(operation));
    }
    println!("leaves that are plain numbers: {}", count(Operation::Leaf) - anna.num_params());
    let others = anna.tape.len() - count(Operation::Leaf) - count(Operation::Add) - count(Operation::Mul);
    println!("neither leaf nor + nor *: {:.1}%", percent(others, anna.tape.len()));
}

fn small_neuron(RealNeuron { w, x, largest: [i, j], .. }: &RealNeuron) -> Result<(), Box<dyn Error>> {
    label("small neuron diagram");
    let tape = Tape::new();
    let [w_i, x_i, w_j, x_j] = [w[*i], x[*i], w[*j], x[*j]].map(|number| tape.value(number));
    let s = tape.sum([w_i * x_i, w_j * x_j]);
    let r = s.relu();
    let y = r.powf(2.0);
    y.backward();
    let names = [format!("w{i}"), format!("x{i}"), format!("w{j}"), format!("x{j}")];
    let mut labels: Vec<(Value, &str)> =
        [w_i, x_i, w_j, x_j].into_iter().zip(names.iter().map(String::as_str)).collect();
    let zero = tape.get(6).ok_or("the 0 that the sum starts from")?;
    labels.extend([(zero, "plain 0"), (s, "s"), (r, "r"), (y, "y")]);
    let title = "flowchart TB\n    accTitle: A neuron with two inputs, with all values and gradients";
    println!("{}", graph::mermaid(y, &labels).replacen("flowchart LR", title, 1));
    Ok(())
}

fn real_neuron(anna: &Anna, neuron: &RealNeuron) {
    label("real neuron");
    println!("inputs: {}", neuron.x.len());
    let layer = &anna.forward.activations[1].layers[0];
    let (s, y) = (layer.mlp_hidden[neuron.row], layer.mlp_active[neuron.row]);
    println!("s: {:.4}", s.data());
    println!("y: {:.4}", y.data());
    println!("gradient of the loss to y: {:.4}", y.grad());
    println!("gradient of the loss to s: {:.4}", s.grad());
    let open = layer.mlp_hidden.iter().filter(|s| s.data() > 0.0).count();
    println!("neurons that let something through: {open} of {}", layer.mlp_hidden.len());
}

fn depth_and_memory(anna: &Anna) {
    label("depth");
    println!("longest path from the loss to a leaf: {} edges", depths(anna.tape)[anna.forward.loss.index()]);
    println!("calls of visit inside each other: {}", visit(anna.forward.loss, &mut HashSet::new()));
    label("memory");
    let (nodes_made, all_edges) = (anna.tape.len(), edges(anna.tape));
    let all_numbers = 2 * nodes_made + all_edges;
    println!("values: {nodes_made}");
    println!("gradients: {nodes_made}");
    println!("local gradients: {all_edges}");
    println!("numbers: {all_numbers}");
    println!("at 8 bytes: {:.2} million bytes", 8.0 * all_numbers as f64 / 1e6);
}

fn graphs_of_other_names(program: &Program) -> Result<(), Box<dyn Error>> {
    label("graphs of other names");
    println!("predictions  name       nodes made  nodes in the graph   edges");
    for predictions in 3..=program.params.config().block_size {
        let name = program.docs.iter().find(|name| name.len() + 1 == predictions).ok_or("no such name")?;
        let tape = Tape::new();
        let result = loss(&program.tokenizer.encode_doc(name)?, &program.params.on(&tape)).loss;
        let in_graph = reachable(result);
        let edges: usize = in_graph.iter().map(|v| v.children().count()).sum();
        println!("{predictions:11}  {name:9}  {:10}  {:18}  {edges:6}", tape.len(), in_graph.len());
    }
    Ok(())
}

/// The lesson's picture: the nodes of `anna`, a column for each position.
fn figure(anna: &Anna) -> String {
    let (left, pitch, width, top, unit) = (132.0, 56.0, 40.0, 66.0, 170.0 / 8203.0);
    let middle = |position: usize| left + position as f64 * pitch;
    let names: Vec<String> = anna.tokens.iter().map(|id| anna.program.tokenizer.token_name(*id)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let parts = anna.parts();
    let totals = anna.per_position();
    let goal = (middle(2), top + 262.0);
    draw::svg(
        "The graph of anna: the same parts at each position",
        "Five columns, one for each position of anna, made of the same parts. Each is 100 nodes longer than the one \
         before, because there is one more position to look at. All lead into one loss.",
        (draw::WIDTH, 350.0),
        html! {
            (draw::text("quiet", (middle(2), 14.0), &format!("from the same {} parameters", anna.num_params())))
            (draw::tokens((middle(0), 44.0), pitch, &names[..totals.len()], None))
            @for (position, total) in totals.iter().enumerate() {
                @for (part, (_, _, counts)) in parts.iter().enumerate() {
                    @let above: usize = parts[..part].iter().map(|part| part.2[position]).sum();
                    @let height = (counts[position] as f64 * unit - 1.5).max(0.5);
                    (draw::rect("bar", (middle(position) - width / 2.0, top + above as f64 * unit), (width, height)))
                    @if position == 0 && height > 10.0 {
                        @let name = ["", "look back", "work on it", "score", ""][part];
                        (draw::text("quiet end", (left - width / 2.0 - 8.0, top + above as f64 * unit + height / 2.0 + 5.0), name))
                    }
                }
                @let below = top + *total as f64 * unit;
                (draw::text("digits", (middle(position), below + 16.0), &total.to_string()))
                (draw::arrow((middle(position), below + 24.0), (goal.0 + (position as f64 - 2.0) * 12.0, goal.1 - 14.0), ""))
            }
            (draw::text("label", (goal.0, goal.1 + 4.0), "loss"))
        },
    )
}

/// How many edges there are between the nodes of a tape.
fn edges(tape: &Tape) -> usize {
    nodes(tape).map(|node| node.children().count()).sum()
}

/// The search of lines 62–67, by how many calls are open at the same time at most.
fn visit(v: Value, visited: &mut HashSet<usize>) -> usize {
    if !visited.insert(v.index()) {
        return 1;
    }
    1 + v.children().map(|(child, _)| visit(child, visited)).max().unwrap_or(0)
}

/// For each place on the tape, how often these nodes use what stands there.
fn uses(nodes: &[Value]) -> Vec<usize> {
    let mut uses = vec![0; nodes.iter().map(|v| v.index() + 1).max().unwrap_or_default()];
    for (child, _) in nodes.iter().flat_map(|v| v.children()) {
        uses[child.index()] += 1;
    }
    uses
}

/// For each node, how many edges the longest path from it to a leaf has.
fn depths(tape: &Tape) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::new();
    for node in nodes(tape) {
        depths.push(node.children().map(|(child, _)| depths[child.index()] + 1).max().unwrap_or(0));
    }
    depths
}

/// For each node, how many nodes its graph would have if every use of a node had a copy of its own.
fn tree_sizes(tape: &Tape) -> Vec<u128> {
    let mut sizes: Vec<u128> = Vec::new();
    for node in nodes(tape) {
        sizes.push(1 + node.children().map(|(child, _)| sizes[child.index()]).sum::<u128>());
    }
    sizes
}
