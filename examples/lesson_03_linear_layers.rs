//! Lesson 3.2, Linear layers: a matrix times a vector, by hand and in the model, and what that cannot do.

mod common;

use std::error::Error;

use common::{dot, join, label, length, nodes, percent, print_rows, show, wants_figure};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::activations::Activations;
use microgpt::autograd::Operation;
use microgpt::{Engine, Parameters, Program, Tape, gpt, trace};

/// The small layer of the lesson: 3 numbers in, 2 out.
const W: [[f64; 3]; 2] = [[1.0, 2.0, 3.0], [0.0, -1.0, 2.0]];
const X: [f64; 3] = [2.0, 1.0, -1.0];

/// A second one behind it: 2 in, 3 out.
const V: [[f64; 2]; 3] = [[2.0, 1.0], [1.0, 0.0], [1.0, -1.0]];

/// Where `anna` has its first a, the token that the lesson follows.
const POSITION: usize = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let (untrained, trained) = (Program::untrained(), Program::trained());
    let tokens = untrained.tokenizer.encode_doc("anna")?;
    let before = trace(&untrained.params, &tokens[..5], Engine::Scalar);
    let x = &before[POSITION].layers[0].attn_norm;
    let wq = rows(&untrained.params, "layer0.attn_wq");
    if wants_figure() {
        print!("{}", figure(&wq, x));
        return Ok(());
    }
    // By hand
    two_rows_by_hand();
    checkpoint_the_first_output();
    two_layers_by_hand();
    checkpoint_one_parameter(&wq, x);
    // See it
    checkpoint_near_zero(&wq, x);
    // The lines
    sizes_of_two_matrices(&untrained.params);
    // In the real model
    x_for_a_at_position_1(&before[POSITION]);
    the_first_number_of_q(&wq, x);
    q_for_a_at_position_1(&wq, x);
    // Check yourself
    checkpoint_of_x_and_y();
    // Going deeper
    multiplications_for_one_token(&untrained.params)?;
    nodes_of_one_call(&untrained, &tokens);
    let after = trace(&trained.params, &tokens[..5], Engine::Scalar);
    q_for_all_positions(&untrained, &tokens, &before, &after);
    what_is_always_so(&wq, x, &before[4].layers[0].attn_norm);
    two_layers_of_the_trained_model(&trained.params, &after[POSITION]);
    rows_and_columns(&wq, x);
    side_by_side();
    Ok(())
}

/// `linear` (lines 94–95) for plain numbers.
fn linear(x: &[f64], w: &[impl AsRef<[f64]>]) -> Vec<f64> {
    w.iter().map(|w_i| dot(w_i.as_ref(), x)).collect()
}

/// The matrix that does in one step what `first` and then `second` do.
fn product(second: &[impl AsRef<[f64]>], first: &[impl AsRef<[f64]>]) -> Vec<Vec<f64>> {
    let column = |j: usize| first.iter().map(|row| row.as_ref()[j]).collect::<Vec<f64>>();
    let columns = first[0].as_ref().len();
    second.iter().map(|row| (0..columns).map(|j| dot(row.as_ref(), &column(j))).collect()).collect()
}

/// The rows of one of the model's matrices.
fn rows(params: &Parameters, name: &str) -> Vec<Vec<f64>> {
    let matrix = params.get(name).expect("the state dict has this matrix");
    (0..matrix.rows).map(|i| matrix.row(i).to_vec()).collect()
}

fn two_rows_by_hand() {
    label("two rows by hand");
    println!("x      {X:?}");
    for (i, w_i) in W.iter().enumerate() {
        println!("row {i}  {w_i:?}");
    }
    for (i, w_i) in W.iter().enumerate() {
        let products = w_i.iter().zip(X).map(|(w_ij, x_j)| format!("{w_ij} * {x_j}"));
        println!("output {i}: {} = {}", join(products, " + "), dot(w_i, &X));
    }
}

fn checkpoint_the_first_output() {
    label("checkpoint the-first-output");
    let (w, x) = ([[2.0, -1.0], [0.0, 3.0], [1.0, 1.0]], [3.0, 2.0]);
    println!("rows {w:?}, x {x:?}: outputs {:?}", linear(&x, &w));
    println!("answer: {}", dot(&w[0], &x));
    println!("wrong: {} without the minus", dot(&w[0].map(f64::abs), &x));
    println!("wrong: {} down the first column", dot(&[w[0][0], w[1][0], w[2][0]], &x));
}

fn two_layers_by_hand() {
    label("two layers by hand");
    for (i, row) in V.iter().enumerate() {
        println!("row {i} of v:         {row:?}");
    }
    let first = linear(&X, &W);
    println!("first w:            {first:?}");
    println!("then v:             {:?}", linear(&first, &V));
    let one = product(&V, &W);
    println!("row 0 of v takes {} * {:?} + {} * {:?} = {:?}", V[0][0], W[0], V[0][1], W[1], one[0]);
    for (i, row) in one.iter().enumerate() {
        println!("row {i} of one matrix: {row:?}");
    }
    println!("that one matrix:    {:?}", linear(&X, &one));
}

/// How many outputs change with one parameter, and how many with one number of x.
fn checkpoint_one_parameter(wq: &[Vec<f64>], x: &[f64]) {
    label("checkpoint one-parameter");
    let changed = |w: &[Vec<f64>], x: &[f64], before: &[f64]| {
        linear(x, w).iter().zip(before).filter(|(new, old)| new != old).count()
    };
    let q = linear(x, wq);
    let (mut other_w, mut other_x) = (wq.to_vec(), x.to_vec());
    other_w[3][5] += 0.01;
    other_x[5] += 0.01;
    println!("one number of x changed: {} of {} outputs change", changed(wq, &other_x, &q), q.len());
    println!("answer: {}", changed(&other_w, x, &q));
}

/// An output near 0, and the largest product in its sum.
fn checkpoint_near_zero(wq: &[Vec<f64>], x: &[f64]) {
    label("checkpoint near-zero");
    let q = linear(x, wq);
    let smallest = (0..q.len()).min_by(|&a, &b| q[a].abs().total_cmp(&q[b].abs())).expect("q has numbers");
    let products: Vec<f64> = wq[smallest].iter().zip(x).map(|(w, x)| w * x).collect();
    let (plus, minus): (Vec<f64>, Vec<f64>) = products.iter().partition(|product| **product > 0.0);
    println!("row {smallest}: output {:.4}", q[smallest]);
    println!("{} positive products add up to {:.4}", plus.len(), plus.iter().sum::<f64>());
    println!("{} negative products add up to {:.4}", minus.len(), minus.iter().sum::<f64>());
    let cancel = plus.iter().sum::<f64>() > 10.0 * q[smallest].abs();
    println!(
        "answer: {}",
        if cancel { "positive and negative products cancel" } else { "all products are near 0" }
    );
}

fn sizes_of_two_matrices(params: &Parameters) {
    label("sizes of two matrices");
    for name in ["attn_wq", "mlp_fc1"] {
        let matrix =
            params.matrices().find(|m| m.name.ends_with(name)).expect("the state dict has this matrix");
        println!("{name}: {} rows, {} columns, {} parameters", matrix.rows, matrix.cols, matrix.data.len());
    }
}

fn x_for_a_at_position_1(activations: &Activations<f64>) {
    label("x for a at position 1");
    for (line, vector) in
        [("line 112", &activations.embedding_norm), ("line 117", &activations.layers[0].attn_norm)]
    {
        println!("after {line}, length {:.4}:", length(vector));
        print_rows(vector);
    }
}

fn the_first_number_of_q(wq: &[Vec<f64>], x: &[f64]) {
    label("the first number of q");
    println!(" j  w[0][j]     x[j]  product      sum");
    let mut sum = 0.0;
    for (j, (w_0j, x_j)) in wq[0].iter().zip(x).enumerate() {
        sum += w_0j * x_j;
        println!("{j:2}  {w_0j:7.4}  {x_j:7.4}  {:7.4}  {sum:7.4}", w_0j * x_j);
    }
}

fn q_for_a_at_position_1(wq: &[Vec<f64>], x: &[f64]) {
    label("q for a at position 1");
    print_rows(&linear(x, wq));
}

fn checkpoint_of_x_and_y() {
    label("checkpoint of-x-and-y");
    let (of_x, of_y) = ([1.0, 2.0], [3.0, -1.0]);
    let [first, second] = [0, 1].map(|i| of_x[i] + 2.0 * of_y[i]);
    println!("answer: ({first}, {second})");
}

fn multiplications_for_one_token(params: &Parameters) -> Result<(), Box<dyn Error>> {
    label("multiplications for one token");
    println!("line  matrix   in  out  multiplications");
    let mut all = 0;
    for (line, name) in [
        (118, "attn_wq"),
        (119, "attn_wk"),
        (120, "attn_wv"),
        (133, "attn_wo"),
        (138, "mlp_fc1"),
        (140, "mlp_fc2"),
        (143, "lm_head"),
    ] {
        let matrix = params.matrices().find(|m| m.name.ends_with(name)).ok_or("a matrix")?;
        all += matrix.data.len();
        println!("{line}   {name} {:4} {:4} {:16}", matrix.cols, matrix.rows, matrix.data.len());
    }
    println!("all calls of linear: {all}");
    let [wte, wpe] = ["wte", "wpe"].map(|name| params.get(name).map_or(0, |matrix| matrix.data.len()));
    let others = params.len() - wte - wpe;
    println!("parameters but for wte and wpe: {} - {wte} - {wpe} = {others}", params.len());
    Ok(())
}

fn nodes_of_one_call(untrained: &Program, tokens: &[usize]) {
    label("nodes of one call");
    let tape = Tape::new();
    let state_dict = untrained.params.on(&tape);
    let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
    let mut lengths = vec![tape.len()];
    for (pos_id, &token_id) in tokens[..=POSITION].iter().enumerate() {
        gpt(token_id, pos_id, &mut keys, &mut values, &state_dict);
        lengths.push(tape.len());
    }
    let call = lengths[POSITION]..lengths[POSITION + 1];
    let made = nodes(&tape).take(call.end).skip(call.start);
    let muls = made.filter(|node| node.operation() == Operation::Mul).count();
    let in_linear = untrained.params.matrices().skip(2).map(|matrix| matrix.data.len()).sum();
    println!("gpt for a at position {POSITION}: {} nodes", call.len());
    println!("of these, multiplications: {muls}");
    println!("of these, in linear: {in_linear}, {:.1}%", percent(in_linear, muls));
}

fn q_for_all_positions(
    untrained: &Program,
    tokens: &[usize],
    before: &[Activations<f64>],
    after: &[Activations<f64>],
) {
    label("q for all positions");
    println!("the first 4 of 16 numbers, before and after training");
    for (pos_id, (before, after)) in before.iter().zip(after).enumerate() {
        let letter = untrained.tokenizer.token_name(tokens[pos_id]);
        let [before, after] = [before, after].map(|activations| show(&activations.layers[0].q[..4]));
        println!("{pos_id} {letter:>3} {before}   {after}");
    }
}

fn what_is_always_so(wq: &[Vec<f64>], x: &[f64], y: &[f64]) {
    label("what is always so");
    let of = |x: &[f64]| show(&linear(x, wq)[..4]);
    let sum: Vec<f64> = x.iter().zip(y).map(|(x, y)| x + y).collect();
    let times = |factor: f64| x.iter().map(|x| factor * x).collect::<Vec<f64>>();
    println!("q of x, position 1:         {}", of(x));
    println!("q of y, position 4:         {}", of(y));
    println!("q of x + y:                 {}", of(&sum));
    println!("q of 2 x:                   {}", of(&times(2.0)));
    println!("q of -x:                    {}", of(&times(-1.0)));
}

fn two_layers_of_the_trained_model(params: &Parameters, activations: &Activations<f64>) {
    label("two layers of the trained model");
    let layer = &activations.layers[0];
    let x = &layer.mlp_norm;
    let (fc1, fc2) = (rows(params, "layer0.mlp_fc1"), rows(params, "layer0.mlp_fc2"));
    let one = product(&fc2, &fc1);
    let size = |w: &[Vec<f64>]| format!("{} x {}", w.len(), w[0].len());
    let parameters = |w: &[Vec<f64>]| w.len() * w[0].len();
    println!(
        "mlp_fc1 and mlp_fc2: {} and {}, {} parameters",
        size(&fc1),
        size(&fc2),
        parameters(&fc1) + parameters(&fc2)
    );
    println!("the one matrix: {}, {} parameters", size(&one), parameters(&one));
    println!("mlp_fc1, then mlp_fc2:    {}", show(&linear(&linear(x, &fc1), &fc2)[..4]));
    println!("the one matrix:           {}", show(&linear(x, &one)[..4]));
    let bent: Vec<f64> = linear(x, &fc1).iter().map(|h| h.max(0.0).powi(2)).collect();
    println!("with line 139 in between: {}", show(&linear(&bent, &fc2)[..4]));
    println!("mlp_out of the model:     {}", show(&layer.mlp_out[..4]));
}

fn rows_and_columns(wq: &[Vec<f64>], x: &[f64]) {
    label("rows and columns");
    let column: Vec<f64> = wq.iter().map(|row| row[0]).collect();
    println!("q[0] with row 0 of attn_wq:    {:.4}", dot(&wq[0], x));
    println!("q[0] with column 0 of attn_wq: {:.4}", dot(&column, x));
}

fn side_by_side() {
    label("side by side");
    let width = microgpt::Config::default().n_embd;
    println!("rows side by side: attn_wq {width} * {} = {} parameters", 2 * width, width * 2 * width);
    println!("rows added: attn_wq {width} * {width} = {} parameters", width * width);
}

/// The lesson's picture: `attn_wq` times the x of the first a of `anna`, with its first row outlined.
fn figure(wq: &[Vec<f64>], x: &[f64]) -> String {
    let (left, top, cell) = (64.0, 78.0, 13.0);
    let q = linear(x, wq);
    let full = |numbers: &[f64]| numbers.iter().fold(0.0, |most: f64, number| most.max(number.abs()));
    let cells = |full: f64| Cells { width: cell, height: cell, full, ..Cells::PLAIN };
    let all: Vec<f64> = wq.concat();
    let (right, bottom) = (left + 16.0 * cell, top + 16.0 * cell);
    let out = right + 74.0;
    let column: Vec<[f64; 1]> = q.iter().map(|&number| [number]).collect();
    draw::svg(
        "From x to q, row by row",
        "The 16 numbers of x, a matrix of 16 rows and 16 columns, and the 16 numbers of q. The first row of the \
         matrix, multiplied with x number by number and added up, gives the first number of q.",
        (draw::WIDTH, bottom + 26.0),
        html! {
            (draw::text("label end", (left - 10.0, 33.0), "x"))
            (cells(full(x)).strip((left, 22.0), x))
            (draw::text("quiet start", (right + 10.0, 33.0), "16 numbers in"))
            (draw::text("quiet", ((left + right) / 2.0, 60.0), "multiply, column by column"))
            (draw::text("name end", (left - 6.0, top + 11.0), "row 0"))
            (cells(full(&all)).grid((left, top), wq))
            (draw::outline((left, top), (16.0 * cell, cell)))
            (draw::arrow((right + 4.0, top + cell / 2.0), (out - 4.0, top + cell / 2.0), "add"))
            (cells(full(&q)).grid((out, top), &column))
            (draw::outline((out, top), (cell, cell)))
            (draw::text("label start", (out + cell + 8.0, top + 11.0), "q[0]"))
            (draw::text("quiet", ((left + right) / 2.0, bottom + 18.0), "attn_wq, 16 rows of 16"))
            (draw::text("quiet", (out + cell / 2.0, bottom + 18.0), "16 out"))
        },
    )
}
