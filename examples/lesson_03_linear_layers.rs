//! Lesson 3.2, Linear layers: a matrix times a vector, by hand and in the model, and what that cannot do.

mod common;

use std::error::Error;

use common::{dot, join, label, length, nodes, numbers, percent, print_rows, show};
use microgpt::autograd::Operation;
use microgpt::{Engine, Program, Tape, gpt, trace};

fn main() -> Result<(), Box<dyn Error>> {
    println!("--- two rows by hand ---");
    let x = [2.0, 1.0, -1.0];
    let w = [vec![1.0, 2.0, 3.0], vec![0.0, -1.0, 2.0]];
    println!("x      {x:?}");
    for (i, w_i) in w.iter().enumerate() {
        println!("row {i}  {w_i:?}");
    }
    for (i, w_i) in w.iter().enumerate() {
        let products = w_i.iter().zip(x).map(|(w_ij, x_j)| format!("{w_ij} * {x_j}"));
        println!("output {i}: {} = {}", join(products, " + "), dot(w_i, &x));
    }

    label("arrows");
    println!("flowchart LR");
    for (j, x_j) in x.iter().enumerate() {
        println!(r#"    x{j}["x[{j}] is {x_j}"]"#);
    }
    for (i, w_i) in w.iter().enumerate() {
        println!(r#"    out{i}["output {i} is {}"]"#, dot(w_i, &x));
    }
    for (i, w_i) in w.iter().enumerate() {
        for (j, w_ij) in w_i.iter().enumerate() {
            println!(r#"    x{j} -->|"{w_ij}"| out{i}"#);
        }
    }

    label("two layers by hand");
    let v = [vec![2.0, 1.0], vec![1.0, 0.0], vec![1.0, -1.0]];
    for (i, row) in v.iter().enumerate() {
        println!("row {i} of v:                   {row:?}");
    }
    let first = apply(&w, &x);
    println!("first layer, with w:          {first:?}");
    println!("second layer, with v:         {:?}", apply(&v, &first));
    let both = product(&v, &w);
    println!(
        "row 0 from row 0 of v:        {} * {:?} + {} * {:?} = {:?}",
        v[0][0], w[0], v[0][1], w[1], both[0]
    );
    for (i, row) in both.iter().enumerate() {
        println!("row {i} of the one matrix:      {row:?}");
    }
    println!("one layer, with that matrix:  {:?}", apply(&both, &x));

    let untrained = Program::untrained();
    let trained = Program::trained();
    let tokens = untrained.tokenizer.encode_doc("anna")?;

    let tape = Tape::new();
    let state_dict = untrained.params.on(&tape);
    let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
    let mut positions = Vec::new();
    let mut lengths = vec![tape.len()];
    for (pos_id, &token_id) in tokens[..5].iter().enumerate() {
        positions.push(gpt(token_id, pos_id, &mut keys, &mut values, &state_dict));
        lengths.push(tape.len());
    }
    let first_a = &positions[1];
    let x = numbers(&first_a.layers[0].attn_norm);
    let q = numbers(&first_a.layers[0].q);

    label("x for a at position 1");
    for (line, vector) in [("lesson 3.1", numbers(&first_a.embedding_norm)), ("line 117", x.clone())] {
        println!("after {line}, length {:.4}:", length(&vector));
        print_rows(&vector);
    }

    label("the first number of q");
    let wq = untrained.params.get("layer0.attn_wq").ok_or("attn_wq")?;
    println!(" j  w[0][j]     x[j]  product      sum");
    let mut sum = 0.0;
    for (j, (w_0j, x_j)) in wq.row(0).iter().zip(&x).enumerate() {
        sum += w_0j * x_j;
        println!("{j:2}  {w_0j:7.4}  {x_j:7.4}  {:7.4}  {sum:7.4}", w_0j * x_j);
    }

    label("q for a at position 1");
    print_rows(&q);

    label("q for all positions");
    println!("the first 4 of 16 numbers, before and after training");
    let after_training = trace(&trained.params, &tokens[..5], Engine::Scalar);
    for (pos_id, (before, after)) in positions.iter().zip(&after_training).enumerate() {
        let letter = untrained.tokenizer.token_name(tokens[pos_id]);
        let (before, after) = (numbers(&before.layers[0].q[..4]), &after.layers[0].q[..4]);
        println!("{pos_id} {letter:>3} {}   {}", show(&before), show(after));
    }

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
        let matrix = untrained.params.matrices().find(|m| m.name.ends_with(name)).ok_or("a matrix")?;
        all += matrix.data.len();
        println!("{line}   {name} {:4} {:4} {:16}", matrix.cols, matrix.rows, matrix.data.len());
    }
    println!("all calls of linear: {all}");
    println!("parameters in these matrices: {} - 432 - 128 = {all}", untrained.params.len());

    label("nodes of one call");
    let call = lengths[1]..lengths[2];
    let made = nodes(&tape).take(call.end).skip(call.start);
    let muls = made.filter(|node| node.operation() == Operation::Mul).count();
    println!("gpt for a at position 1: {} nodes", call.len());
    println!("of these, multiplications: {muls}");
    println!("of these, in linear: {all}, {:.1}%", percent(all, muls));
    println!("nodes of q: 16 * (16 + 16 + 1) = {}", 16 * (16 + 16 + 1));

    label("what is always so");
    let matrix: Vec<Vec<f64>> = (0..16).map(|i| wq.row(i).to_vec()).collect();
    let other = numbers(&positions[4].layers[0].attn_norm);
    let sum: Vec<f64> = x.iter().zip(&other).map(|(x, y)| x + y).collect();
    let double: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
    let minus: Vec<f64> = x.iter().map(|x| -x).collect();
    println!("q of x, position 1:         {}", show(&apply(&matrix, &x)[..4]));
    println!("q of y, position 4:         {}", show(&apply(&matrix, &other)[..4]));
    println!("q of x + y:                 {}", show(&apply(&matrix, &sum)[..4]));
    println!("q of 2 x:                   {}", show(&apply(&matrix, &double)[..4]));
    println!("q of -x:                    {}", show(&apply(&matrix, &minus)[..4]));

    label("two layers of the trained model");
    let rows = |name: &str| -> Vec<Vec<f64>> {
        let matrix = trained.params.get(name).expect("the state dict has this matrix");
        (0..matrix.rows).map(|i| matrix.row(i).to_vec()).collect()
    };
    let x = &after_training[1].layers[0].mlp_norm;
    let (fc1, fc2) = (rows("layer0.mlp_fc1"), rows("layer0.mlp_fc2"));
    let one = product(&fc2, &fc1);
    println!("mlp_fc1 and mlp_fc2: 64 x 16 and 16 x 64, {} parameters", 2 * 64 * 16);
    println!("the one matrix: {} x {}, {} parameters", one.len(), one[0].len(), one.len() * one[0].len());
    let (two_layers, one_layer) = (apply(&fc2, &apply(&fc1, x)), apply(&one, x));
    println!("mlp_fc1, then mlp_fc2:    {}", show(&two_layers[..4]));
    println!("the one matrix:           {}", show(&one_layer[..4]));
    let differences = two_layers.iter().zip(&one_layer).map(|(two, one)| (two - one).abs());
    println!("largest difference of 16: {:.0e}", differences.fold(0.0, f64::max));
    let bent: Vec<f64> = apply(&fc1, x).iter().map(|h| h.max(0.0).powi(2)).collect();
    println!("relu squared in between:  {}", show(&apply(&fc2, &bent)[..4]));

    println!("mlp_out of the model:     {}", show(&after_training[1].layers[0].mlp_out[..4]));

    label("zip stops early");
    let row = untrained.params.get("layer0.mlp_fc1").ok_or("mlp_fc1")?.row(0);
    let x = numbers(&first_a.layers[0].attn_norm);
    println!("row 0 of mlp_fc1 with all 16 numbers of x:   {:.4}", dot(row, &x));
    println!("row 0 of mlp_fc1 with the first 4 of them:   {:.4}", dot(row, &x[..4]));

    label("rows and columns");
    let column: Vec<f64> = (0..16).map(|i| wq.row(i)[0]).collect();
    println!("q[0] with row 0 of attn_wq:    {:.4}", dot(wq.row(0), &x));
    println!("q[0] with column 0 of attn_wq: {:.4}", dot(&column, &x));

    label("questions");
    let w = [vec![2.0, -1.0], vec![0.0, 3.0], vec![1.0, 1.0]];
    println!("w {w:?} times [3.0, 2.0] = {:?}", apply(&w, &[3.0, 2.0]));
    println!("n_embd 32: attn_wq takes 32 * 32 = {} multiplications, {} for 16", 32 * 32, 16 * 16);
    let (of_x, of_y) = ([1.0, 2.0], [3.0, -1.0]);
    println!("of x {of_x:?}, of y {of_y:?}: of x + 2 y {:?}", [0, 1].map(|i| of_x[i] + 2.0 * of_y[i]));
    println!("anna: 5 * {all} = {} multiplications", 5 * all);
    println!(
        "rows side by side: attn_wq 16 * 32 = {} parameters, rows added: 16 * 16 = {}",
        16 * 32,
        16 * 16
    );
    Ok(())
}

/// `linear` for plain numbers.
fn apply(w: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    w.iter().map(|w_i| dot(w_i, x)).collect()
}

/// The matrix that does in one step what `first` and then `second` do.
fn product(second: &[Vec<f64>], first: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let column = |j: usize| first.iter().map(|row| row[j]).collect::<Vec<f64>>();
    second.iter().map(|row| (0..first[0].len()).map(|j| dot(row, &column(j))).collect()).collect()
}
