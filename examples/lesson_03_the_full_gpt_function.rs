//! Lesson 3.9, The full gpt function: one whole call with every variable, what it costs, and which parts it needs.
//!
//! Blocks that begin with `checkpoint` are what the page judges an answer by: `answer:` is right, and for each
//! `wrong:` it has a hint.

mod common;

use std::error::Error;
use std::ops::RangeInclusive;

use common::{
    label, largest_first, max, mean, min, nodes, numbers, percent, reseeded, show, std, wants_figure,
    with_zeros, zeros,
};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::activations::Activations;
use microgpt::autograd::Operation;
use microgpt::parameters::Rows;
use microgpt::training::TrainingError;
use microgpt::{
    Ablation, Config, Parameters, Program, Revision, StateDict, Tape, Tokenizer, Value, gpt, mean_loss,
    softmax,
};
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let (untrained, trained) = (Program::untrained(), Program::trained());
    let tokenizer = &trained.tokenizer;
    let tokens = tokenizer.encode_doc("anna")?;
    let tape = Tape::new();
    let state_dict = trained.params.on(&tape);
    let (anna, keys, values) = calls(&tokens[..5], &state_dict);
    let last = &anna[4];
    if wants_figure() {
        print!("{}", figure(last, tokenizer));
        return Ok(());
    }
    // The problem
    one_name_for_ten_vectors(last);
    // The idea
    sizes(last);
    // By hand
    let config = Config { n_embd: 2, n_head: 1, n_layer: 1, block_size: 2, ..Config::default() };
    let tiny = Parameters::from_values(config, 3, TINY.to_vec())?;
    a_tiny_model(&tiny);
    label("the tiny call");
    by_hand(&tiny);
    the_tiny_prediction(&tiny);
    checkpoint_without_attention(&tiny);
    // See it
    let sara = calls(&tokenizer.encode_doc("sara")?[..5], &state_dict).0;
    checkpoint_anna_and_sara(last, &sara[4]);
    // In the real model
    the_main_road(last);
    checkpoint_what_was_kept(last);
    five_scores(last, tokenizer);
    five_calls(&anna, &tokens, tokenizer);
    // What goes wrong
    the_same_call_again(last, &keys, &values, &state_dict);
    // Going deeper
    label("one whole call");
    print_call(last, &keys, &values, trained.params.config());
    its_prediction(last, tokenizer);
    what_a_call_costs(&tokenizer.encode_doc("abcdefg")?, &trained.params);
    which_parts_matter(&untrained)?;
    no_residuals_and_zeros_at_the_start(&untrained)?;
    Ok(())
}

fn one_name_for_ten_vectors(last: &Activations<Value>) {
    label("one name for ten vectors");
    println!("line numbers  what stands there");
    let code: Vec<&str> = include_str!("../microgpt.py").lines().collect();
    let assignments = (108..=144).filter(|&line| code[line - 1].trim().starts_with("x = "));
    for line in assignments.clone() {
        println!("{line} {:8}  {}", x_of_line(last, line).len(), code[line - 1].trim());
    }
    println!("lines that give x a new value: {}", assignments.count());
}

fn sizes(last: &Activations<Value>) {
    label("sizes");
    println!("numbers on the main road: {}", last.embedding.len());
    println!("scores: {}", last.logits.len());
    let layer = &last.layers[0];
    let [road, attention, mlp] =
        [&last.embedding_norm, &layer.attn_out, &layer.mlp_out].map(|x| common::rms(&numbers(x)));
    println!("RMS of the road after line 112: {road:.2}");
    println!("RMS of what attention adds: {attention:.2}, of what the MLP adds: {mlp:.2}");
}

fn a_tiny_model(tiny: &Parameters) {
    label("a tiny model");
    for matrix in tiny.matrices() {
        let rows = (0..matrix.rows).map(|row| format!("{:?}", matrix.row(row)).replace(".0", ""));
        let rows: Vec<String> = rows.collect();
        let lines = rows.chunks(if matrix.cols > 2 { 1 } else { 4 });
        for (i, line) in lines.enumerate() {
            let name = if i == 0 { matrix.name.trim_start_matches("layer0.") } else { "" };
            println!("{name:8} {}", line.join(" "));
        }
    }
}

fn the_tiny_prediction(tiny: &Parameters) {
    label("the tiny prediction");
    println!("token   logit  - largest      exp  probability");
    let tape = Tape::new();
    let (two, ..) = calls(&[2, 0], &tiny.on(&tape));
    let (logits, probs) = (numbers(&two[1].logits), numbers(&softmax(&two[1].logits)));
    for (id, token) in ["a", "b", "BOS"].iter().enumerate() {
        let below = logits[id] - logits[0];
        println!("{token:5} {:7.4} {below:10.4} {:8.4} {:12.4}", logits[id], below.exp(), probs[id]);
    }
    println!("sum {:28.4} {:12.4}", logits.iter().map(|logit| (logit - logits[0]).exp()).sum::<f64>(), 1.0);
}

fn checkpoint_without_attention(tiny: &Parameters) {
    label("checkpoint without-attention");
    let off = with_zeros(tiny.clone(), &["layer0.attn_wo"]);
    let (tape, tape_off) = (Tape::new(), Tape::new());
    let (on, off) = (calls(&[2, 0], &tiny.on(&tape)).0, calls(&[2, 0], &off.on(&tape_off)).0);
    let first = |x: &[Value]| x[0].data();
    println!("x after line 134: {}", show(&numbers(&off[1].layers[0].attn_residual)));
    println!("from attention, if it is on: {}", show(&numbers(&on[1].layers[0].attn_out)));
    println!("answer: {}", first(&off[1].layers[0].attn_residual));
    println!("wrong: {} nothing added to", first(&off[1].layers[0].attn_out));
    println!("wrong: {} with attention", first(&on[1].layers[0].attn_residual));
}

/// The first vector that differs between the calls for the last letters of two names.
fn checkpoint_anna_and_sara(anna: &Activations<Value>, sara: &Activations<Value>) {
    label("checkpoint anna-and-sara");
    let differs = |of: fn(&Activations<Value>) -> Vec<f64>| of(anna) != of(sara);
    type Of = fn(&Activations<Value>) -> Vec<f64>;
    let stages: [(&str, Of); 4] = [
        ("x, line 111", |at| numbers(&at.embedding)),
        ("q, line 118", |at| numbers(&at.layers[0].q)),
        ("attn_logits, line 129", |at| {
            at.layers[0].heads.iter().flat_map(|head| numbers(&head.attn_logits)).collect()
        }),
        ("logits, line 143", |at| numbers(&at.logits)),
    ];
    let first = stages.iter().find(|(_, of)| differs(*of)).map_or("none", |(name, _)| name);
    println!("answer: {first}");
}

fn the_main_road(last: &Activations<Value>) {
    label("the main road");
    println!("line  what                first four of 16 numbers");
    let layer = &last.layers[0];
    let row =
        |line: &str, what: &str, x: &[Value]| println!("{line}   {what:16} {}", show(&numbers(&x[..4])));
    row("111", "rows, added", &last.embedding);
    row("112", "brought to scale", &last.embedding_norm);
    row("133", "from attention", &layer.attn_out);
    row("134", "kept, added", &layer.attn_residual);
    row("137", "brought to scale", &layer.mlp_norm);
    row("140", "from the MLP", &layer.mlp_out);
    row("141", "kept, added", &layer.mlp_residual);
}

/// Which vector has line 141 added, so that this is the result?
fn checkpoint_what_was_kept(last: &Activations<Value>) {
    label("checkpoint what-was-kept");
    let layer = &last.layers[0];
    let [out, sum, before, scaled, start] =
        [&layer.mlp_out, &layer.mlp_residual, &layer.attn_residual, &layer.mlp_norm, &last.embedding_norm]
            .map(|x| x[0].data());
    println!("after line 141 minus line 140: {sum:.4} - ({out:.4}) = {:.4}", sum - out);
    println!("after line 137: {scaled:.4}");
    println!("after line 112: {start:.4}");
    let kept = |vector: f64| (sum - out - vector).abs() < 1e-12;
    let answer = match (kept(before), kept(scaled)) {
        (true, _) => "the one that attention's addition has made",
        (_, true) => "the one that the MLP's `rmsnorm` has made",
        _ => "the one that came into the layer",
    };
    println!("answer: {answer}");
}

fn five_scores(last: &Activations<Value>, tokenizer: &Tokenizer) {
    label("five scores");
    let (logits, probs) = (numbers(&last.logits), numbers(&softmax(&last.logits)));
    let order = largest_first(&logits);
    let exp = |id: usize| (logits[id] - logits[order[0]]).exp();
    println!("token     score      exp  probability");
    for &id in &order[..5] {
        println!("{:6} {:8.4} {:8.4} {:12.4}", tokenizer.token_name(id), logits[id], exp(id), probs[id]);
    }
    let sums = |ids: &[usize]| -> (f64, f64) {
        (ids.iter().map(|&id| exp(id)).sum(), ids.iter().map(|&id| probs[id]).sum())
    };
    let (rest, all) = (sums(&order[5..]), sums(&order));
    println!("{} others {:14.4} {:12.4}", order.len() - 5, rest.0, rest.1);
    println!("sum {:20.4} {:12.4}", all.0, all.1);
}

fn five_calls(anna: &[Activations<Value>], tokens: &[usize], tokenizer: &Tokenizer) {
    label("five calls");
    println!("call        after   target  its probability     loss  most probable");
    let mut losses = Vec::new();
    for (pos_id, position) in anna.iter().enumerate() {
        let probs = numbers(&softmax(&position.logits));
        let highest = largest_first(&probs)[0];
        let (token, target) = (tokens[pos_id], tokens[pos_id + 1]);
        losses.push(-probs[target].ln());
        let after: String = "·anna".chars().take(pos_id + 1).collect();
        println!(
            "gpt({token:2}, {pos_id})  {after:6}  {:6}  {:15.4}  {:7.4}  {} {:.4}",
            tokenizer.token_name(target),
            probs[target],
            losses[pos_id],
            tokenizer.token_name(highest),
            probs[highest]
        );
    }
    println!("mean loss of the five calls: {:.4}", mean(&losses));
}

fn the_same_call_again<'t>(
    last: &Activations<Value>,
    keys: &[Rows<'t>],
    values: &[Rows<'t>],
    state_dict: &StateDict<'t>,
) {
    label("the same call again");
    println!("call         keys in the list  probability of the end");
    let row = |call: &str, keys: usize, logits: &[Value]| {
        println!("{call:12} {keys:16}  {:22.4}", softmax(logits)[26].data());
    };
    let (mut keys, mut values) = (keys.to_vec(), values.to_vec());
    row("first", keys[0].len(), &last.logits);
    for call in ["second", "third"] {
        let logits = gpt(0, 4, &mut keys, &mut values, state_dict).logits;
        row(call, keys[0].len(), &logits);
    }
    let mut keys = [vec![]];
    let logits = gpt(0, 4, &mut keys, &mut [vec![]], state_dict).logits;
    row("empty lists", keys[0].len(), &logits);
}

fn its_prediction(last: &Activations<Value>, tokenizer: &Tokenizer) {
    label("its prediction");
    println!("token    logit   prob     token    logit   prob     token    logit   prob");
    let probs = numbers(&softmax(&last.logits));
    for row in 0..9 {
        let cell = |id: usize| {
            format!("{:5} {:8.4}  {:.4}", tokenizer.token_name(id), last.logits[id].data(), probs[id])
        };
        println!("{}     {}     {}", cell(row), cell(row + 9), cell(row + 18));
    }
}

fn what_a_call_costs(tokens: &[usize], params: &Parameters) {
    label("nodes and multiplications");
    let counts = count(tokens, params);
    println!("                             nodes at position        multiplications");
    println!("line                       0      4      7  each more   at 4  each more");
    let mut sums = [0; 6];
    for (row, part) in PARTS.iter().enumerate() {
        let [zero, one, four, seven] = [0, 1, 4, 7].map(|pos_id: usize| counts[pos_id][row]);
        let cells = [zero[0], four[0], seven[0], one[0] - zero[0], four[1], one[1] - zero[1]];
        sums = [0, 1, 2, 3, 4, 5].map(|i| sums[i] + cells[i]);
        println!("{part:21} {}", columns(cells));
    }
    println!("{:21} {}", "the whole call", columns(sums));
    println!("nodes for each more position, one head: 11 + 6 + 8 = {}", 11 + 6 + 8);
    println!("nodes for each more position, four heads: 4 * 25 = {}", 4 * 25);

    label("nodes by block");
    println!("block             lines    nodes at 4  share");
    for (block, lines, rows) in [
        ("rows and rmsnorm", "111-112", 0..2),
        ("attention", "117-134", 2..9),
        ("MLP", "137-141", 9..14),
        ("lm_head", "143", 14..15),
    ] {
        let nodes = rows.map(|row| counts[4][row][0]).sum::<usize>();
        println!("{block:17} {lines:7} {nodes:11} {:5.1}%", percent(nodes, sums[1]));
    }
    let linear = params.matrices().skip(2).map(|matrix| matrix.rows * (2 * matrix.cols + 1)).sum::<usize>();
    println!("nodes of the seven linear layers at position 4: {linear}, {:.1}%", percent(linear, sums[1]));

    label("checkpoint nodes-at-6");
    println!("nodes at position 6: {} + 6 * {} = {}", sums[0], sums[3], sums[0] + 6 * sums[3]);
    println!("answer: {}", sums[0] + 6 * sums[3]);
    println!("wrong: {} one position less", sums[0] + 5 * sums[3]);
    println!("wrong: {} one head", sums[0] + 6 * sums[3] / 4);
}

const SEEDS: RangeInclusive<u64> = 1..=10;

/// How many held-out names each seed tests its models on.
const HELD_OUT: usize = 200;

const WHOLE: Config = Revision::EARLY.config;
const PLAIN_RELU: Config = Config { squared_relu: false, ..WHOLE };

type Variant = (&'static str, Ablation, Config, bool, &'static [&'static str], usize);

/// What is left out, the model, whether `attn_wo` and `mlp_fc2` start at 0, other matrices that do, and which variant it is
/// compared with. A block in which the matrix before these starts at 0 as well gets no gradient, and gives 0 for ever.
const VARIANTS: [Variant; 10] = [
    ("nothing", Ablation::NONE, WHOLE, true, &[], 0),
    ("position embeddings", Ablation { no_position_embedding: true, ..Ablation::NONE }, WHOLE, true, &[], 0),
    ("rmsnorm", Ablation { no_rmsnorm: true, ..Ablation::NONE }, WHOLE, true, &[], 0),
    ("attention block", Ablation::NONE, WHOLE, true, &["layer0.attn_wv"], 0),
    ("MLP block", Ablation::NONE, WHOLE, true, &["layer0.mlp_fc1"], 0),
    ("both blocks", Ablation::NONE, WHOLE, true, &["layer0.attn_wv", "layer0.mlp_fc1"], 0),
    ("root of head_dim", Ablation { no_score_scaling: true, ..Ablation::NONE }, WHOLE, true, &[], 0),
    ("square", Ablation::NONE, PLAIN_RELU, true, &[], 0),
    ("zeros at the start", Ablation::NONE, WHOLE, false, &[], 0),
    ("residuals, no zeros", Ablation { no_residual: true, ..Ablation::NONE }, WHOLE, false, &[], 8),
];

fn which_parts_matter(untrained: &Program) -> Result<(), Box<dyn Error>> {
    let losses = ablations(untrained)?;
    let added = |variant: usize| -> Vec<f64> {
        let with = &losses[VARIANTS[variant].5];
        losses[variant].iter().zip(with).map(|(without, with)| without - with).collect()
    };

    label("ablation table");
    println!("left out             added     std  worse  signs");
    for (variant, (name, ..)) in VARIANTS.iter().enumerate().skip(1) {
        let added = added(variant);
        let worse = added.iter().filter(|&&added| added > 0.0).count();
        let signs = percent(as_far_by_chance(&added), 1024);
        println!("{name:19} {:6.4}  {:6.4} {worse:6} {signs:5.1}%", mean(&added), std(&added));
    }

    label("the trainings");
    println!(
        "each model: {0} steps, {0} names, then tested on {HELD_OUT} held-out names",
        Program::NUM_STEPS
    );
    println!("models: {} * {} = {}", VARIANTS.len(), SEEDS.count(), VARIANTS.len() * SEEDS.count());
    println!("ways to choose ten signs: 2 ** 10 = {}", 2_usize.pow(10));
    let rows = VARIANTS.len() - 1;
    println!("rows by chance under 5%: {rows} * 0.05 = {:.2}", rows as f64 * 0.05);
    println!("5% divided by {rows} rows: {:.1}%", 5.0 / rows as f64);

    label("ten pairs");
    println!("seed    whole  no attention     added");
    let row = |name: &str, [whole, without, added]: [f64; 3]| {
        println!("{name:>4}  {whole:.5}       {without:.5}  {added:8.5}");
    };
    let (whole, without, added) = (&losses[0], &losses[3], added(3));
    for (i, seed) in SEEDS.enumerate() {
        row(&seed.to_string(), [whole[i], without[i], added[i]]);
    }
    row("mean", [mean(whole), mean(without), mean(&added)]);
    row("std", [std(whole), std(without), std(&added)]);
    println!("whole model from {:.4} to {:.4}", min(&losses[0]), max(&losses[0]));
    Ok(())
}

/// For each variant and seed the loss on 200 held-out names that only this seed has.
fn ablations(program: &Program) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let encode = |from: usize| program.tokenizer.encode_docs(&program.docs[from..][..HELD_OUT]);
    let held_out = SEEDS
        .map(|seed| encode(Program::NUM_STEPS + HELD_OUT * seed as usize))
        .collect::<Result<Vec<_>, _>>()?;
    let losses =
        |(_, off, config, zeros, silent, _): (_, _, _, _, &[&str], _)| -> Result<Vec<f64>, TrainingError> {
            let of_seed = |(seed, names): (u64, &Vec<Vec<usize>>)| {
                train(off, config, zeros, silent, seed).map(|params| mean_loss(&params, names))
            };
            SEEDS.zip(&held_out).map(of_seed).collect()
        };
    Ok(VARIANTS.into_par_iter().map(losses).collect::<Result<_, _>>()?)
}

/// A model with parts left out, trained on the 500 names of the program: for each seed other starting values
/// and another order of the names, for each variant the same.
fn train(
    off: Ablation,
    config: Config,
    zeros: bool,
    silent: &[&str],
    seed: u64,
) -> Result<Parameters, TrainingError> {
    let mut program = reseeded(config, seed);
    if !zeros {
        for number in program.params.as_mut_slice().iter_mut().filter(|number| **number == 0.0) {
            *number = program.random.gauss(0.0, 0.02);
        }
    }
    let params = with_zeros(program.params, silent).with_ablation(off);
    common::trained(&Program { params, ..program })
}

fn no_residuals_and_zeros_at_the_start(untrained: &Program) -> Result<(), Box<dyn Error>> {
    label("no residuals and zeros at the start");
    let off = Ablation { no_residual: true, ..Ablation::default() };
    let mut trainer =
        Program { params: untrained.params.clone().with_ablation(off), ..untrained.clone() }.trainer();
    trainer.step()?;
    let (zeros, all) = (zeros(trainer.grads()), trainer.grads().len());
    println!("gradients that are exactly 0 in the first step: {zeros} of {all}");
    Ok(())
}

/// Three tokens, a, b and BOS, and vectors of two numbers; small whole numbers for calculating by hand.
#[rustfmt::skip]
const TINY: [f64; 64] = [
    1.0, 4.0,  2.0, -2.0,  3.0, 1.0, // wte
    4.0, 0.0,  0.0, 3.0, // wpe
    1.0, 0.0,  0.0, 1.0,  -1.0, -1.0, // lm_head
    0.0, 1.0,  1.0, 0.0, // attn_wq
    1.0, 0.0,  0.0, 1.0, // attn_wk
    1.0, 1.0,  1.0, -1.0, // attn_wv
    1.0, 0.0,  0.0, -1.0, // attn_wo
    1.0, 0.0,  -1.0, 0.0,  0.0, 1.0,  0.0, -1.0,  1.0, 1.0,  -1.0, -1.0,  1.0, -1.0,  -1.0, 1.0, // mlp_fc1
    0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0,  0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0, // mlp_fc2
];

/// The call of the tiny model for a at position 1, after BOS at position 0.
fn by_hand(tiny: &Parameters) {
    let tape = Tape::new();
    let (positions, ..) = calls(&[2, 0], &tiny.on(&tape));
    let [before, now] = [0, 1].map(|pos_id: usize| &positions[pos_id].layers[0]);
    let line = |line: &str, what: &str, how: &str, result: &[Value]| {
        println!("{line:4}{what:8}{how:32}{}", show(&numbers(result)));
    };
    println!("line        how to compute it               result");
    line("111", "x", "1 + 0, 4 + 3", &positions[1].embedding);
    let [one, seven] = [0, 1].map(|j: usize| positions[1].embedding[j].data());
    println!(
        "112 RMS     root of ({} + {}) / 2            {}",
        one * one,
        seven * seven,
        show(&[((one * one + seven * seven) / 2.0).sqrt()])
    );
    line("112", "x", "1 / 5, 7 / 5", &positions[1].embedding_norm);
    line("117", "x", "the same", &now.attn_norm);
    line("118", "q", "second, first", &now.q);
    line("119", "k", "first, second", &now.k);
    let [low, high] = [0, 1].map(|j: usize| now.attn_norm[j].data());
    line("120", "v", &format!("{low:.1} + {high:.1}, {low:.1} - {high:.1}"), &now.v);
    line("121", "key 0", "from the call for BOS", &before.k);
    line("121", "key 1", "from line 119", &now.k);
    line("122", "value 0", "from the call for BOS", &before.v);
    line("122", "value 1", "from line 120", &now.v);
    let head = &now.heads[0];
    let weights = numbers(&head.attn_weights);
    let v = now.v[0].data();
    let [largest, other] = [0, 1].map(|t: usize| head.attn_logits[t].data());
    let exp = (other - largest).exp();
    let root = f64::sqrt(2.0);
    let score = |[a, b]: [f64; 2]| format!("({high:.1} * {a:.1} + {low:.1} * {b:.1}) / {root:.4}");
    line("129", "score 0", &score([high, low]), &head.attn_logits[..1]);
    line("129", "score 1", &score([low, high]), &head.attn_logits[1..]);
    println!("130 exps    exp(0), exp({other:.4} - {largest:.4})    {}", show(&[1.0, exp]));
    line("130", "weights", &format!("1 / {:.4}, {exp:.4} / {0:.4}", 1.0 + exp), &head.attn_weights);
    line(
        "131",
        "out 0",
        &format!("{:.4} * {v:.1} + {:.4} * {v:.1}", weights[0], weights[1]),
        &head.head_out[..1],
    );
    let [first, second] = [&before.v, &now.v].map(|v| v[1].data().abs());
    line(
        "131",
        "out 1",
        &format!("{:.4} * {first:.1} - {:.4} * {second:.1}", weights[0], weights[1]),
        &head.head_out[1..],
    );
    line("133", "x", "first, minus second", &now.attn_out);
    let [x, y] = [0, 1].map(|j: usize| now.attn_residual[j].data());
    line(
        "134",
        "x",
        &format!("{:.1} + {low:.1}, {:.4} + {high:.1}", now.attn_out[0].data(), now.attn_out[1].data()),
        &now.attn_residual,
    );
    let root = ((x * x + y * y) / 2.0).sqrt();
    println!("137 RMS     root of ({:.4} + {:.4}) / 2   {}", x * x, y * y, show(&[root]));
    line("137", "x", &format!("{x:.1} / {root:.4}, {y:.4} / {root:.4}"), &now.mlp_norm);
    line("138", "x", "first, -first, second, -second", &now.mlp_hidden[..4]);
    line("138", "", "sum, -sum, first - second, ...", &now.mlp_hidden[4..]);
    line("139", "x", "squares of positive ones, else 0", &now.mlp_active[..4]);
    line("139", "", "", &now.mlp_active[4..]);
    let [third, seventh, eighth] = [2, 6, 7].map(|j: usize| now.mlp_active[j].data());
    line("140", "x", &format!("{third:.4} - {seventh:.4}, {seventh:.4} - {eighth:.0}"), &now.mlp_out);
    let [added, added_too] = [0, 1].map(|j: usize| now.mlp_out[j].data());
    line("141", "x", &format!("{added:.4} + {x:.1}, {added_too:.4} + {y:.4}"), &now.mlp_residual);
    line("143", "logits", "first, second, minus their sum", &positions[1].logits);
}

const PARTS: [&str; 15] = [
    "111 two rows added",
    "112 rmsnorm",
    "117 rmsnorm",
    "118-120 q, k, v",
    "129 scores",
    "130 softmax",
    "131 weighted sums",
    "133 attn_wo",
    "134 addition",
    "137 rmsnorm",
    "138 mlp_fc1",
    "139 squared relu",
    "140 mlp_fc2",
    "141 addition",
    "143 lm_head",
];

type Called<'t> = (Vec<Activations<Value<'t>>>, Vec<Rows<'t>>, Vec<Rows<'t>>);

/// One call of gpt for each token, and the lists as the last call leaves them.
fn calls<'t>(tokens: &[usize], state_dict: &StateDict<'t>) -> Called<'t> {
    let (mut keys, mut values) = (vec![vec![]], vec![vec![]]);
    let calls = tokens.iter().enumerate();
    let positions =
        calls.map(|(pos_id, &token)| gpt(token, pos_id, &mut keys, &mut values, state_dict)).collect();
    (positions, keys, values)
}

/// The vector that `x` is behind this line.
fn x_of_line<'a, 't>(position: &'a Activations<Value<'t>>, line: usize) -> &'a [Value<'t>] {
    let layer = &position.layers[0];
    match line {
        111 => &position.embedding,
        112 => &position.embedding_norm,
        117 => &layer.attn_norm,
        133 => &layer.attn_out,
        134 => &layer.attn_residual,
        137 => &layer.mlp_norm,
        138 => &layer.mlp_hidden,
        139 => &layer.mlp_active,
        140 => &layer.mlp_out,
        _ => &layer.mlp_residual,
    }
}

/// Every variable of one call, by the lines that set it.
fn print_call(position: &Activations<Value>, keys: &[Rows], values: &[Rows], config: Config) {
    println!("line variable     numbers");
    let layer = &position.layers[0];
    let x = |line: usize| row(line, "x", x_of_line(position, line));
    row(109, "tok_emb", &position.tok_emb);
    row(110, "pos_emb", &position.pos_emb);
    x(111);
    x(112);
    row(116, "x_residual", x_of_line(position, 112));
    x(117);
    row(118, "q", &layer.q);
    row(119, "k", &layer.k);
    row(120, "v", &layer.v);
    keys[0].iter().enumerate().for_each(|(t, k_t)| row(121, &format!("keys[0][{t}]"), k_t));
    values[0].iter().enumerate().for_each(|(t, v_t)| row(122, &format!("values[0][{t}]"), v_t));
    for (h, head) in layer.heads.iter().enumerate() {
        let hs = h * config.head_dim();
        println!("124-125 h {h}, hs {hs}");
        row(126, "q_h", &layer.q[hs..hs + config.head_dim()]);
        row(129, "attn_logits", &head.attn_logits);
        row(130, "attn_weights", &head.attn_weights);
        row(131, "head_out", &head.head_out);
    }
    row(132, "x_attn", &layer.x_attn);
    x(133);
    x(134);
    row(136, "x_residual", x_of_line(position, 134));
    (137..=141).for_each(x);
    row(143, "logits", &position.logits);
}

fn row(line: usize, name: &str, vector: &[Value]) {
    let (shown, more) = if vector.len() > 8 { (&vector[..4], " ...") } else { (vector, "") };
    println!("{line}  {name:12} {:7} {}{more}", vector.len(), show(&numbers(shown)));
}

/// For each position, how many nodes and multiplications each part of `gpt` makes.
fn count(tokens: &[usize], params: &Parameters) -> Vec<Vec<[usize; 2]>> {
    let tape = Tape::new();
    let state_dict = params.on(&tape);
    let (mut keys, mut values) = (vec![vec![]], vec![vec![]]);
    let mut counts = Vec::new();
    for (pos_id, &token) in tokens[..8].iter().enumerate() {
        let mut from = tape.len();
        let position = gpt(token, pos_id, &mut keys, &mut values, &state_dict);
        let layer = &position.layers[0];
        let mut parts = vec![[0; 2]; PARTS.len()];
        let mut tally = |part: usize, end: &[Value]| {
            let to = end.last().map_or(from, |node| node.index() + 1);
            let made = nodes(&tape).take(to).skip(from);
            parts[part][0] += to - from;
            parts[part][1] += made.filter(|node| node.operation() == Operation::Mul).count();
            from = to;
        };
        tally(0, &position.embedding);
        tally(1, &position.embedding_norm);
        tally(2, &layer.attn_norm);
        tally(3, &layer.v);
        for head in &layer.heads {
            tally(4, &head.attn_logits);
            tally(5, &head.attn_weights);
            tally(6, &head.head_out);
        }
        tally(7, &layer.attn_out);
        tally(8, &layer.attn_residual);
        tally(9, &layer.mlp_norm);
        tally(10, &layer.mlp_hidden);
        tally(11, &layer.mlp_active);
        tally(12, &layer.mlp_out);
        tally(13, &layer.mlp_residual);
        tally(14, &position.logits);
        counts.push(parts);
    }
    counts
}

/// How many of all the choices of signs make the sum of these differences as large as it is, or larger.
fn as_far_by_chance(differences: &[f64]) -> usize {
    let sum = |signs: usize| -> f64 {
        differences.iter().enumerate().map(|(i, d)| if signs >> i & 1 == 0 { *d } else { -d }).sum()
    };
    let real = sum(0).abs();
    (0..1 << differences.len()).filter(|&signs| sum(signs).abs() > real - 1e-12).count()
}

fn columns([zero, four, seven, more, four_mul, more_mul]: [usize; 6]) -> String {
    format!("{zero:6} {four:6} {seven:6} {more:10} {four_mul:6} {more_mul:10}")
}

/// The lesson's picture: the vector of the last a of `anna` on its way, what the two blocks add, and what comes out.
fn figure(last: &Activations<Value>, tokenizer: &Tokenizer) -> String {
    let layer = &last.layers[0];
    let (left, right, middle) = (44.0, 262.0, 116.0);
    let vectors = [
        &last.embedding,
        &last.embedding_norm,
        &layer.attn_out,
        &layer.attn_residual,
        &layer.mlp_out,
        &layer.mlp_residual,
    ];
    let full = vectors.iter().flat_map(|x| numbers(x)).fold(0.0, |most: f64, number| most.max(number.abs()));
    let strip = |at: draw::Point, width: f64, x: &[Value]| {
        Cells { width, height: 16.0, full, ..Cells::PLAIN }.strip(at, &numbers(x))
    };
    let road = |y: f64, line: &str, x: &[Value]| {
        html! {
            (draw::text("quiet end", (left - 8.0, y + 13.0), line))
            (strip((left, y), 9.0, x))
        }
    };
    let side = |y: f64, what: [&str; 2], x: &[Value]| {
        html! {
            (draw::arrow((middle + 24.0, y - 60.0), (right - 6.0, y - 38.0), ""))
            (draw::text("label start", (right, y - 34.0), what[0]))
            (draw::text("quiet start", (right, y - 14.0), what[1]))
            (strip((right, y), 8.0, x))
            (draw::arrow((right - 4.0, y + 8.0), (left + 148.0, y + 8.0), "added"))
            (draw::arrow((middle, y - 60.0), (middle, y - 4.0), ""))
        }
    };
    let probs = numbers(&softmax(&last.logits));
    let order = &largest_first(&probs)[..3];
    let names: Vec<String> = order.iter().map(|&id| tokenizer.token_name(id)).collect();
    let best: Vec<(&str, f64)> =
        names.iter().map(String::as_str).zip(order.iter().map(|&id| probs[id])).collect();
    draw::svg(
        "One call of gpt, for the last a of anna",
        "The vector of 16 numbers after lines 111, 112, 134 and 141. On the right what attention and the MLP make \
         of a copy, each added on the way. At the end the three most probable tokens.",
        (draw::WIDTH, 348.0),
        html! {
            (draw::text("label start", (left, 16.0), "row of a + row of position 4"))
            (road(24.0, "111", &last.embedding))
            (draw::arrow((middle, 42.0), (middle, 62.0), "rmsnorm"))
            (road(66.0, "112", &last.embedding_norm))
            (side(144.0, ["attention", "looks at BOS a n n a"], &layer.attn_out))
            (road(144.0, "134", &layer.attn_residual))
            (side(222.0, ["MLP", "looks at this x"], &layer.mlp_out))
            (road(222.0, "141", &layer.mlp_residual))
            (draw::arrow((middle, 240.0), (middle, 264.0), "lm_head, then softmax"))
            (draw::bars((left + 30.0, 268.0), 150.0, max(&probs), &best, None))
        },
    )
}
