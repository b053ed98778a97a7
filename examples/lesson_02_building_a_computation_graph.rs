//! Lesson 2.5, Building a computation graph: a neuron of the model, and all that the loss of a name is made of.

mod common;

use std::collections::HashSet;
use std::error::Error;

use common::{label, largest_first, nodes, numbers, percent, reachable};
use microgpt::autograd::Operation;
use microgpt::{Program, Tape, Value, graph, loss};

fn main() -> Result<(), Box<dyn Error>> {
    // The forward pass over anna, after training
    let program = Program::trained();
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let num_params = tape.len();
    let tokens = program.tokenizer.encode_doc("anna")?;
    let forward = loss(&tokens, &state_dict);
    forward.loss.backward();

    // The neuron of lesson 2.3: the largest weighted sum at position 1
    let layer = &forward.activations[1].layers[0];
    let sums = numbers(&layer.mlp_hidden);
    let row = largest_first(&sums)[0];
    let weights = &state_dict.layers[0].mlp_fc1[row];
    let (w, x) = (numbers(weights), numbers(&layer.mlp_norm));

    // The two inputs whose products are the largest, in the order in which they stand
    let products: Vec<f64> = w.iter().zip(&x).map(|(w_j, x_j)| w_j * x_j).collect();
    let largest = largest_first(&products);
    let (i, j) = (largest[0].min(largest[1]), largest[0].max(largest[1]));

    println!("--- small neuron ---");
    let small = Tape::new();
    let (w_i, x_i, w_j, x_j) = (small.value(w[i]), small.value(x[i]), small.value(w[j]), small.value(x[j]));
    let s = small.sum([w_i * x_i, w_j * x_j]);
    let r = s.relu();
    let y = r.powf(2.0);
    y.backward();
    println!("inputs: {i} and {j}");
    for (name, value) in [
        (format!("w{i}"), w_i),
        (format!("x{i}"), x_i),
        (format!("w{j}"), w_j),
        (format!("x{j}"), x_j),
        (format!("w{i} * x{i}"), small.get(4).ok_or("the first product")?),
        (format!("w{j} * x{j}"), small.get(5).ok_or("the second product")?),
        ("s".to_owned(), s),
        ("r = s.relu()".to_owned(), r),
        ("y = r ** 2".to_owned(), y),
    ] {
        println!("{name:12}  value {:7.4}  gradient {:7.4}", value.data(), value.grad());
    }
    println!("nodes: {}, edges: {}", small.len(), edges(&small));

    label("small neuron diagram");
    let names = [format!("w{i}"), format!("x{i}"), format!("w{j}"), format!("x{j}")];
    let mut labels: Vec<(Value, &str)> =
        [w_i, x_i, w_j, x_j].into_iter().zip(names.iter().map(String::as_str)).collect();
    let zero = small.get(6).ok_or("the 0 that the sum starts from")?;
    labels.extend([(zero, "plain 0"), (s, "s"), (r, "r"), (y, "y")]);
    let title = "flowchart TB\n    accTitle: A neuron with two inputs, with all values and gradients";
    println!("{}", graph::mermaid(y, &labels).replacen("flowchart LR", title, 1));

    label("real neuron");
    let (s, y) = (layer.mlp_hidden[row], layer.mlp_active[row]);
    println!("s: {:.4}", s.data());
    println!("relu: {:.4}", s.data().max(0.0));
    println!("y: {:.4}", y.data());
    println!("gradient of the loss to y: {:.4}", y.grad());
    println!("gradient of the loss to s: {:.4}", s.grad());
    println!("inputs: {}", x.len());
    println!("neurons at this position, each with a weighted sum: {}", sums.len());
    println!("neurons that let something through: {}", sums.iter().filter(|s| **s > 0.0).count());

    label("one parameter five times");
    println!("position   x{j:<2}       gradient of s  product");
    let mut total = 0.0;
    for (pos_id, activations) in forward.activations.iter().enumerate() {
        let layer = &activations.layers[0];
        let (x_j, s) = (layer.mlp_norm[j], layer.mlp_hidden[row]);
        total += x_j.data() * s.grad();
        println!("{pos_id:8}  {:8.4}  {:13.6}  {:9.6}", x_j.data(), s.grad(), x_j.data() * s.grad() + 0.0);
    }
    println!("sum of the products: {total:.6}");
    println!("gradient of layer0.mlp_fc1[{row}][{j}]: {:.6}", weights[j].grad());
    println!("from position 1 alone: {:.6}", layer.mlp_norm[j].data() * s.grad());

    label("size of a neuron");
    println!("inputs  new nodes  edges  depth");
    for inputs in [2, 3, x.len()] {
        let tape = Tape::new();
        let leaves: Vec<(Value, Value)> =
            w.iter().zip(&x).take(inputs).map(|(&w_j, &x_j)| (tape.value(w_j), tape.value(x_j))).collect();
        let before = tape.len();
        let y = tape.sum(leaves.iter().map(|&(w_j, x_j)| w_j * x_j)).relu().powf(2.0);
        println!("{inputs:6}  {:9}  {:5}  {:5}", tape.len() - before, edges(&tape), depths(&tape)[y.index()]);
    }

    label("nodes by part");
    println!("position                            0      1      2      3      4      all");
    let n = forward.activations.len();
    let mut counts = [[0; 5]; 5];
    let mut before = num_params;
    for (pos_id, activations) in forward.activations.iter().enumerate() {
        let layer = &activations.layers[0];
        let ends = [
            activations.embedding_norm.last(),
            layer.attn_residual.last(),
            layer.mlp_residual.last(),
            activations.logits.last(),
            forward.losses.get(pos_id),
        ];
        for (part, end) in ends.into_iter().enumerate() {
            let end = end.ok_or("no part is empty")?.index() + 1;
            counts[part][pos_id] = end - before;
            before = end;
        }
    }
    let parts = [
        ("token and position", "111-112"),
        ("look at what is so far", "115-134"),
        ("work on it", "136-141"),
        ("a score per token", "143"),
        ("how wrong that was", "166-167"),
    ];
    for ((name, lines), count) in parts.into_iter().zip(counts) {
        let cells: String = count.iter().map(|count| format!("{count:7}")).collect();
        println!("{name:22} {lines:8}{cells} {:8}", count.iter().sum::<usize>());
    }
    let per_position = |pos_id: usize| counts.iter().map(|part| part[pos_id]).sum::<usize>();
    let cells: String = (0..n).map(|pos_id| format!("{:7}", per_position(pos_id))).collect();
    println!("{:31}{cells} {:8}", "together", before - num_params);
    println!("mean of the five losses: {}", tape.len() - before);
    println!("parameters: {num_params}");
    println!("all nodes: {}", tape.len());

    label("share of the weighted sums");
    // Every row of these matrices takes part in one weighted sum at each position; two only lend their rows
    let computed = tape.len() - num_params;
    let in_sums: usize = program.params.matrices().skip(2).map(|m| n * m.rows * (2 * m.cols + 1)).sum();
    println!("nodes besides the parameters: {computed}");
    println!("made by weighted sums with parameters: {in_sums}");
    println!("share: {:.1}%", percent(in_sums, computed));

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
    for (name, operation) in kinds {
        println!("{name:5} {:6}", nodes(&tape).filter(|node| node.operation() == operation).count());
    }

    let plain = nodes(&tape).skip(num_params).filter(|node| node.operation() == Operation::Leaf).count();
    println!("leaves that are plain numbers: {plain}");
    let others = nodes(&tape)
        .filter(|node| !matches!(node.operation(), Operation::Leaf | Operation::Add | Operation::Mul));
    println!("neither leaf nor + nor *: {:.1}%", percent(others.count(), tape.len()));

    label("the graph of anna");
    let in_graph = reachable(forward.loss);
    let uses = uses(&in_graph);
    println!("nodes made: {}", tape.len());
    println!("nodes in the graph of the loss: {}", in_graph.len());
    println!("not in it: {}", tape.len() - in_graph.len());
    let made = in_graph.iter().map(|v| v.index()).collect::<HashSet<_>>();
    println!("parameters not in it: {}", (0..num_params).filter(|index| !made.contains(index)).count());
    println!(
        "computed and not in it: {}",
        (num_params..tape.len()).filter(|index| !made.contains(index)).count()
    );
    println!("tokens: {}, each with a result at every position", program.tokenizer.vocab_size());
    println!("edges: {}", in_graph.iter().map(|v| v.children().count()).sum::<usize>());

    label("not a tree");
    println!("nodes used more than once: {}", uses.iter().filter(|uses| **uses > 1).count());
    println!("the most uses of one node: {}", uses.iter().max().ok_or("no nodes")?);
    println!("uses of x{j} at position 1: {}", uses[forward.activations[1].layers[0].mlp_norm[j].index()]);
    let params_used = |times: usize| uses[..num_params].iter().filter(|uses| **uses == times).count();
    println!("parameters used 0 times: {}", params_used(0));
    println!("parameters used {n} times: {}", params_used(n));
    let tree = tree_sizes(&tape)[forward.loss.index()];
    println!("nodes if drawn as a tree: {tree}");
    println!("for each node of the graph: {:.1e}", tree as f64 / in_graph.len() as f64);

    label("depth");
    println!("longest path from the loss to a leaf: {} edges", depths(&tape)[forward.loss.index()]);
    println!("calls of visit inside each other: {}", visit(forward.loss, &mut HashSet::new()));

    label("memory");
    let (nodes_made, all_edges) = (tape.len(), edges(&tape));
    let all_numbers = 2 * nodes_made + all_edges;
    println!("values: {nodes_made}");
    println!("gradients: {nodes_made}");
    println!("local gradients: {all_edges}");
    println!("references to children: {all_edges}");
    println!("numbers: {all_numbers}");
    println!("at 8 bytes: {:.2} million bytes", 8.0 * all_numbers as f64 / 1e6);

    label("graphs of other names");
    println!("predictions  name       nodes made  nodes in the graph   edges");
    let block_size = program.params.config().block_size;
    for predictions in 3..=block_size {
        let name = program.docs.iter().find(|name| name.len() + 1 == predictions).ok_or("no such name")?;
        let tape = Tape::new();
        let result = loss(&program.tokenizer.encode_doc(name)?, &program.params.on(&tape)).loss;
        let in_graph = reachable(result);
        let edges: usize = in_graph.iter().map(|v| v.children().count()).sum();
        println!("{predictions:11}  {name:9}  {:10}  {:18}  {edges:6}", tape.len(), in_graph.len());
    }

    label("all graphs kept");
    let (mut kept, mut numbers) = (0, 0);
    let mut tape = Tape::new();
    for name in &program.docs[..Program::NUM_STEPS] {
        tape.clear();
        loss(&program.tokenizer.encode_doc(name)?, &program.params.on(&tape));
        kept += tape.len() - num_params;
        numbers += 2 * (tape.len() - num_params) + edges(&tape);
    }
    println!("steps: {}", Program::NUM_STEPS);
    println!("nodes made in all of them, without the parameters: {kept}");
    println!("million nodes: {:.1}", kept as f64 / 1e6);
    println!("numbers at 8 bytes: {:.0} million bytes", 8.0 * numbers as f64 / 1e6);

    println!(
        "of one step, on average: {:.1} million bytes",
        8.0 * numbers as f64 / 1e6 / Program::NUM_STEPS as f64
    );

    label("question one more letter");
    println!("position 5: {} + 100 = {}", per_position(4), per_position(4) + 100);
    let addition = 1;
    println!("one more loss in the sum: {addition}");
    println!(
        "all nodes: {} + {} + {addition} = {}",
        nodes_made,
        per_position(4) + 100,
        nodes_made + per_position(4) + 100 + addition
    );

    label("question twenty additions");
    println!("additions  nodes  nodes if drawn as a tree");
    for additions in [1, 2, 3, 20] {
        let tape = Tape::new();
        let y = (0..additions).fold(tape.value(1.0), |y, _| y + y);
        println!("{additions:9}  {:5}  {:24}", tape.len(), tree_sizes(&tape)[y.index()]);
    }

    label("question not in the graph");
    let width = program.params.config().n_embd;
    let letters = tokens.iter().collect::<HashSet<_>>().len();
    let other = program.tokenizer.vocab_size() - letters;
    println!("other tokens: {other}, parameters: {other} * {width} = {}", other * width);
    println!("other positions: {}, parameters: {}", block_size - n, (block_size - n) * width);
    println!("together: {}", (other + block_size - n) * width);
    Ok(())
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
