//! Lesson 3.6, Multi-head attention: four small heads side by side, joined and mixed.
//!
//! Blocks that begin with `checkpoint` are what the page judges an answer by: `answer:` is right, and for each
//! `wrong:` it has a hint.

mod common;

use std::error::Error;

use common::{
    dot, join, label, max, mean, nodes, percent, probabilities, reseeded, rms, show, std, wants_figure,
};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::activations::{Activations, LayerActivations};
use microgpt::autograd::Operation;
use microgpt::training::TrainingError;
use microgpt::{
    Config, Engine, Parameters, Program, Random, Revision, Tape, linear, loss, mean_loss, softmax, trace,
};
use rayon::prelude::*;

const VOWELS: &str = "aeiou";

/// The sizes of the program: 4 heads of 4 numbers.
const CONFIG: Config = Revision::EARLY.config;

fn main() -> Result<(), Box<dyn Error>> {
    let (untrained, trained) = (Program::untrained(), Program::trained());
    let anna = Name::new("anna", &trained)?;
    if wants_figure() {
        print!("{}", figure(&anna, &trained.params));
        return Ok(());
    }
    let held_out = trained.tokenizer.encode_docs(&trained.docs[Program::NUM_STEPS..][..200])?;
    // The problem
    one_mix_hides_its_parts();
    // The idea
    weights_of_position_4(&anna);
    // By hand
    two_heads_by_hand();
    outvoted();
    weight_of_position_0();
    joined_and_mixed_by_hand();
    // See it
    parts_of_the_mix(&anna, &trained.params);
    part_of_head_2(&anna, &trained.params);
    // The lines
    slices();
    // In the real model
    joined(&anna);
    mixed(&anna, &trained.params);
    the_first_output(&anna, &trained.params);
    before_training(&Name::new("anna", &untrained)?);
    heads_switched_off(&trained.params, &held_out);
    // What goes wrong
    five_heads(&trained)?;
    // Check yourself
    eight_heads();
    // Going deeper
    four_patterns(&anna);
    kinds_of_tokens(&trained, &held_out);
    one_head_or_four(&trained, &held_out)?;
    parameters(&trained)?;
    multiplications(&trained)?;
    the_wrong_root(&anna);
    python_slices();
    Ok(())
}

/// A name, and what the model computes for it at each position.
struct Name {
    /// The letters, with BOS before them.
    letters: Vec<String>,
    positions: Vec<Activations<f64>>,
}

impl Name {
    fn new(name: &str, program: &Program) -> Result<Self, Box<dyn Error>> {
        let mut tokens = program.tokenizer.encode_doc(name)?;
        tokens.pop(); // the BOS at the end is a target only
        let letters = tokens.iter().map(|&id| program.tokenizer.token_name(id).to_string()).collect();
        Ok(Self { letters, positions: trace(&program.params, &tokens, Engine::Scalar) })
    }

    /// The only layer at a position.
    fn layer(&self, position: usize) -> &LayerActivations<f64> {
        &self.positions[position].layers[0]
    }
}

/// The numbers of a vector that belong to a head.
fn slice(numbers: &[f64], h: usize) -> &[f64] {
    let head_dim = CONFIG.head_dim();
    &numbers[h * head_dim..][..head_dim]
}

/// What each head adds to each output of `attn_wo` at position 4.
fn parts(anna: &Name, params: &Parameters) -> Vec<Vec<f64>> {
    let wo = params.get("layer0.attn_wo").expect("a matrix of the program");
    let x_attn = &anna.layer(4).x_attn;
    let part = |h: usize, i: usize| dot(slice(wo.row(i), h), slice(x_attn, h));
    (0..CONFIG.n_head).map(|h| (0..CONFIG.n_embd).map(|i| part(h, i)).collect()).collect()
}

fn one_mix_hides_its_parts() {
    println!("--- one mix hides its parts ---");
    let values = [[4.0, 0.0], [0.0, 4.0], [2.0, 2.0]];
    for weights in [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]] {
        println!("weights {weights:?}  mix {:?}", mix(&weights, &values));
    }
}

/// The weighted sum of vectors of two numbers.
fn mix(weights: &[f64], vectors: &[[f64; 2]]) -> [f64; 2] {
    [0, 1].map(|j| weights.iter().zip(vectors).map(|(weight, v_t)| weight * v_t[j]).sum())
}

fn weights_of_position_4(anna: &Name) {
    label("weights of position 4");
    println!("position 4  0 BOS     1 a     2 n     3 n     4 a");
    for (h, head) in anna.layer(4).heads.iter().enumerate() {
        println!("head {h}    {}", show(&head.attn_weights));
    }
}

/// The example by hand: a query, keys and values of four numbers; each head has two of them.
const QUERY: [f64; 4] = [1.0, 2.0, 2.0, -1.0];
const KEYS: [[f64; 4]; 3] = [[2.0, -1.0, 2.0, 0.0], [1.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]];
const VALUES: [[f64; 4]; 3] = [[4.0, 0.0, 0.0, 1.0], [0.0, 4.0, 1.0, 0.0], [2.0, 2.0, 1.0, 1.0]];

/// The dot products of one of these heads.
fn products(head: usize) -> [f64; 3] {
    KEYS.map(|k_t| dot(&QUERY[2 * head..][..2], &k_t[2 * head..][..2]))
}

/// What such a head finds.
fn head_out(head: usize) -> [f64; 2] {
    let scores = products(head).map(|product| product / 2.0_f64.sqrt());
    mix(&probabilities(&scores), &VALUES.map(|v_t| [v_t[2 * head], v_t[2 * head + 1]]))
}

fn two_heads_by_hand() {
    label("two heads by hand");
    let [q_0, q_1, q_2, q_3] = QUERY;
    println!("query ({q_0}, {q_1}, {q_2}, {q_3})");
    println!("position  key            ({q_0}, {q_1}) first  ({q_2}, {q_3}) second  value");
    for (t, ([k_0, k_1, k_2, k_3], [v_0, v_1, v_2, v_3])) in KEYS.into_iter().zip(VALUES).enumerate() {
        let (first, second) = (products(0)[t], products(1)[t]);
        println!("{t}  ({k_0}, {k_1}, {k_2}, {k_3})  {first}  {second}  ({v_0}, {v_1}, {v_2}, {v_3})");
    }
    let [k_0, k_1, k_2, k_3] = KEYS[0];
    println!("first head, position 0: {q_0} * {k_0} + {q_1} * ({k_1}) = {}", products(0)[0]);
    println!("second head, position 0: {q_2} * {k_2} + ({q_3}) * {k_3} = {}", products(1)[0]);
}

/// Which position would one head of all four numbers look at the least?
fn outvoted() {
    label("checkpoint outvoted");
    let sums = KEYS.map(|k_t| dot(&QUERY, &k_t));
    println!("position 0: {} + {} = {}", products(0)[0], products(1)[0], sums[0]);
    println!("position 1: {} - {} = {}", products(0)[1], -products(1)[1], sums[1]);
    println!("position 2: {} + {} = {}", products(0)[2], products(1)[2], sums[2]);
    let least = (0..3).min_by(|&a, &b| sums[a].total_cmp(&sums[b])).expect("three positions");
    println!("answer: position {least}");
}

fn weight_of_position_0() {
    label("checkpoint weight-of-position-0");
    println!("root of 2: {:.3}", 2.0_f64.sqrt());
    let shown = second_head_step_by_step(|number| number);
    println!("{shown}");
    // The page says that a reader may round to what is shown after each step.
    assert_eq!(shown, second_head_step_by_step(|number| (number * 100.0).round() / 100.0));
    let answer = |root: f64| probabilities(&products(1).map(|product| product / root))[0];
    println!("answer: {}", answer(2.0_f64.sqrt()));
    println!("wrong: {} without the root", answer(1.0));
    println!("wrong: {} with the root of all four numbers", answer(4.0_f64.sqrt()));
}

/// The second head as it is done by hand, with some way to round after each step, and what comes of it.
fn second_head_step_by_step(round: impl Fn(f64) -> f64) -> String {
    let scores = products(1).map(|product| round(product / 2.0_f64.sqrt()));
    let differences = scores.map(|score| round(score - max(&scores)));
    let exps = differences.map(|difference| round(difference.exp()));
    let total: f64 = exps.iter().sum();
    let weights = exps.map(|exp| round(exp / total));
    let [first, second] = mix(&weights, &VALUES.map(|v_t| [v_t[2], v_t[3]]));
    let rows = [
        format!("scores: {}", two_decimals(&scores)),
        format!("minus the largest: {}", two_decimals(&differences)),
        format!("exponentials: {}", two_decimals(&exps)),
        format!("their total: {total:.2}"),
        format!("weights: {}", two_decimals(&weights)),
        format!("found: ({first:.2}, {second:.2})"),
    ];
    rows.join("\n")
}

fn two_decimals(numbers: &[f64]) -> String {
    join(numbers.iter().map(|number| format!("{number:.2}")), ", ")
}

fn joined_and_mixed_by_hand() {
    label("joined and mixed by hand");
    let (first, second) = (head_out(0), head_out(1));
    let x_attn = [first, second].concat();
    for (name, head, found) in [("first", 0, first), ("second", 1, second)] {
        let weights = probabilities(&products(head).map(|product| product / 2.0_f64.sqrt()));
        println!("{name} head: weights {}, found ({:.2}, {:.2})", two_decimals(&weights), found[0], found[1]);
    }
    println!("x_attn       {}", two_decimals(&x_attn).replace(',', " "));
    let two = |x: f64| (x * 100.0).round() / 100.0;
    for row in [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, -1.0]] {
        let output = two(dot(&row, &x_attn));
        // From the rounded numbers it is the same.
        assert_eq!(output, two(dot(&row, &x_attn.iter().map(|&x| two(x)).collect::<Vec<_>>())));
        println!("row ({}): {output}", join(row, ", "));
    }
    println!("{:.2} + {:.2} = {:.2}", x_attn[0], x_attn[2], x_attn[0] + x_attn[2]);
    println!("{:.2} - {:.2} = {:.2}", x_attn[1], x_attn[3], x_attn[1] - x_attn[3]);
}

fn parts_of_the_mix(anna: &Name, params: &Parameters) {
    label("parts of the mix");
    println!("position 4 of anna   weights from    to  RMS of the part");
    for (h, part) in parts(anna, params).iter().enumerate() {
        let weights = &anna.layer(4).heads[h].attn_weights;
        println!("head {h} {:23.2} {:7.2} {:16.4}", common::min(weights), max(weights), rms(part));
    }
    println!("even share of 5 positions: {:.2}", 1.0 / 5.0);
}

/// Is the part of the head whose weights are nearly even the smallest of the four?
fn part_of_head_2(anna: &Name, params: &Parameters) {
    label("checkpoint part-of-head-2");
    let sizes: Vec<f64> = parts(anna, params).iter().map(|part| rms(part)).collect();
    let larger = sizes.iter().filter(|&&size| size > sizes[2]).count();
    println!("answer: {}", ["the largest", "in between", "in between", "the smallest"][larger]);
    println!("what head 2 takes from each position, weight times value");
    let layer = anna.layer(4);
    for (t, weight) in layer.heads[2].attn_weights.iter().enumerate() {
        let value = slice(&anna.layer(t).v, 2);
        let taken: Vec<f64> = value.iter().map(|v| weight * v).collect();
        println!("{t} {:3} {weight:.2}  {}", anna.letters[t], show(&taken));
    }
    for h in 0..CONFIG.n_head {
        let sizes: Vec<f64> = (0..5).map(|t| rms(slice(&anna.layer(t).v, h))).collect();
        println!(
            "head {h}: RMS of its values {}, of head_out {:.4}",
            show(&sizes),
            rms(&layer.heads[h].head_out)
        );
    }
}

fn slices() {
    label("slices");
    let starts: Vec<usize> = (0..CONFIG.n_head).map(|h| h * CONFIG.head_dim()).collect();
    println!("hs: {}", join(&starts, ", "));
    println!("slices: {}", join(starts.iter().map(|hs| format!("q[{hs}:{}]", hs + CONFIG.head_dim())), ", "));
    println!("numbers in x_attn: {}", CONFIG.n_head * CONFIG.head_dim());
}

fn joined(anna: &Name) {
    label("joined");
    println!("x_attn at position 4");
    for (h, part) in anna.layer(4).x_attn.chunks(CONFIG.head_dim()).enumerate() {
        println!("head {h}  {}", show(part));
    }
}

fn mixed(anna: &Name, params: &Parameters) {
    label("mixed");
    println!("the first 4 numbers after attn_wo at position 4, and each head's part");
    for (h, part) in parts(anna, params).iter().enumerate() {
        println!("head {h}  {}", show(&part[..4]));
    }
    println!("sum     {}", show(&anna.layer(4).attn_out[..4]));
}

fn the_first_output(anna: &Name, params: &Parameters) {
    label("the first output");
    let wo = params.get("layer0.attn_wo").expect("a matrix of the program");
    let layer = anna.layer(4);
    for (h, part) in parts(anna, params).iter().enumerate() {
        println!("head {h} {}", show(slice(&layer.x_attn, h)));
        println!("times  {}", show(slice(wo.row(0), h)));
        println!("part of head {h}: {:.4}", part[0]);
    }
    println!("first output:   {:.4}", layer.attn_out[0]);
}

fn before_training(anna: &Name) {
    label("before training");
    let (position, layer) = (&anna.positions[4], anna.layer(4));
    println!("x_attn at position 4:        {} ...", show(&layer.x_attn[..4]));
    println!("after attn_wo:               {} ...", show(&layer.attn_out[..4]));
    let zeros = common::zeros(&layer.attn_out);
    println!("numbers that are exactly 0: {zeros} of {}", layer.attn_out.len());
    println!("x before attention:          {} ...", show(&position.embedding_norm[..4]));
    println!("x after attention, added:    {} ...", show(&layer.attn_residual[..4]));
}

fn heads_switched_off(params: &Parameters, held_out: &[Vec<usize>]) {
    label("heads switched off");
    let all = mean_loss(params, held_out);
    println!("loss, mean over {} held-out names", held_out.len());
    println!("all heads on: {all:.4}");
    for off in [vec![0], vec![1], vec![2], vec![3], vec![0, 1, 2, 3]] {
        println!("off: {:10}  {:.4}", join(&off, " "), mean_loss(&without_heads(params, &off), held_out));
    }
    let none = mean_loss(&without_heads(params, &[0, 1, 2, 3]), held_out);
    println!("all four together bring: {:.4}", none - all);
}

fn five_heads(trained: &Program) -> Result<(), Box<dyn Error>> {
    label("five heads");
    let (n_embd, n_head) = (CONFIG.n_embd, 5);
    let head_dim = n_embd / n_head;
    println!("{n_embd} // {n_head} = {head_dim}, and {n_head} * {head_dim} = {}", n_head * head_dim);
    println!("last row of attn_wq, attn_wk and attn_wv, not used: 3 * {n_embd} = {}", 3 * n_embd);
    println!("last column of attn_wo, not used: {n_embd}");
    println!("parameters not used: {}", 3 * n_embd + n_embd);
    let config = Config { n_head, ..CONFIG };
    match Parameters::random(config, trained.tokenizer.vocab_size(), &mut Random::new(42)) {
        Ok(_) => Err("five heads for 16 numbers".into()),
        Err(error) => {
            println!("{}", error.to_string().replace("; ", ";\n"));
            Ok(())
        }
    }
}

fn eight_heads() {
    label("checkpoint eight-heads");
    let config = Config { n_head: 8, ..CONFIG };
    println!("{} // {} = {}", config.n_embd, config.n_head, config.head_dim());
    println!("head 5: q[{}:{}]", 5 * config.head_dim(), 6 * config.head_dim());
    println!("answer: {}", 5 * config.head_dim());
    println!("wrong: {} with the width of four heads", 5 * CONFIG.head_dim());
    println!("wrong: {} counted from 1", 4 * config.head_dim());
    println!("wrong: {} heads times heads", 5 * config.n_head);
}

fn four_patterns(anna: &Name) {
    label("four patterns");
    for pair in [[0, 1], [2, 3]] {
        if pair[0] > 0 {
            println!();
        }
        println!("        head {}                       head {}", pair[0], pair[1]);
        println!("        BOS    a    n    n    a      BOS    a    n    n    a");
        for (position, letter) in anna.letters.iter().enumerate() {
            let row = pair.map(|h| {
                let weights = &anna.layer(position).heads[h].attn_weights;
                join(weights.iter().map(|weight| format!("{weight:5.2}")), "")
            });
            println!("{position} {letter:4} {:25}    {}", row[0], row[1]);
        }
    }
}

fn kinds_of_tokens(trained: &Program, held_out: &[Vec<usize>]) {
    label("kinds of tokens");
    println!("after {} steps with seed 42, {} held-out names", Program::NUM_STEPS, held_out.len());
    println!("weight divided by the even share, mean over positions 1 and up");
    println!("          BOS  vowels  consonants  itself");
    // Of each head: all shares that BOS gets, vowels, consonants, and the position itself
    let mut shares = [const { [const { Vec::new() }; 4] }; 4];
    for tokens in held_out {
        let positions = trace(&trained.params, &tokens[..tokens.len() - 1], Engine::Fused);
        for (position, activations) in positions.iter().enumerate().skip(1) {
            for (head, shares) in activations.layers[0].heads.iter().zip(&mut shares) {
                for (t, weight) in head.attn_weights.iter().enumerate() {
                    let share = weight * (position + 1) as f64;
                    let kind = match trained.tokenizer.token_name(tokens[t]) {
                        _ if t == 0 => 0,
                        letter if VOWELS.contains(&letter) => 1,
                        _ => 2,
                    };
                    shares[kind].push(share);
                    if t == position {
                        shares[3].push(share);
                    }
                }
            }
        }
    }
    for (h, shares) in shares.iter().enumerate() {
        let [bos, vowels, consonants, itself] = shares.each_ref().map(|shares| mean(shares));
        println!("head {h} {bos:6.2} {vowels:7.2} {consonants:11.2} {itself:7.2}");
    }
}

fn parameters(trained: &Program) -> Result<(), Box<dyn Error>> {
    label("parameters");
    for n_head in [1, 2, 4, 8, 16] {
        let config = Config { n_head, ..CONFIG };
        let params = Parameters::random(config, trained.tokenizer.vocab_size(), &mut Random::new(42))?;
        println!("n_head {n_head:2}  head_dim {:2}  num params: {}", config.head_dim(), params.len());
    }
    Ok(())
}

fn multiplications(trained: &Program) -> Result<(), Box<dyn Error>> {
    label("multiplications");
    let tokens = trained.tokenizer.encode_doc("anna")?;
    let [one, four] = [1, 4].map(|n_head| count(&tokens, &trained.params, n_head));
    println!("at position 4     one head of 16  four heads of 4");
    println!("weights           {:14} {:16}", one.exponentials, four.exponentials);
    println!("multiplications   {:14} {:16}", one.multiplications, four.multiplications);
    let more = four.multiplications - one.multiplications;
    println!("more with four heads: {more}, {:.1}%", percent(more, one.multiplications));
    println!("products in the scores: 4 * 5 * 4 = {}, or 5 * 16 = {}", 4 * 5 * 4, 5 * 16);
    Ok(())
}

fn the_wrong_root(anna: &Name) {
    label("the wrong root");
    let scores = &anna.layer(4).heads[0].attn_logits;
    let halved: Vec<f64> = scores.iter().map(|score| score * 2.0 / 4.0).collect();
    println!("head 0, position 4      0 BOS     1 a     2 n     3 n     4 a");
    println!("root of head_dim, 2:  {}", show(&probabilities(scores)));
    println!("root of n_embd, 4:    {}", show(&probabilities(&halved)));
}

fn python_slices() {
    label("python slices");
    let letters = ["a", "b", "c", "d", "e", "f"];
    println!("letters       {}", letters.join(" "));
    println!("letters[2:4]  {}", letters[2..4].join(" "));
    println!("letters[:2]   {}", letters[..2].join(" "));
    println!("letters[4:]   {}", letters[4..].join(" "));
    println!("letters[:-1]  {}", letters[..letters.len() - 1].join(" "));
    println!("letters[4:9]  {}", letters[4..9.min(letters.len())].join(" "));
}

fn one_head_or_four(trained: &Program, held_out: &[Vec<usize>]) -> Result<(), Box<dyn Error>> {
    label("one head or four");
    // Other starting values and another order of the names for each seed, the same for both models
    let seeds = 1..=5;
    let others = trained.tokenizer.encode_docs(&trained.docs[Program::NUM_STEPS + 200..][..200])?;
    let losses = |n_head: usize| -> Result<Vec<[f64; 2]>, TrainingError> {
        let of_seed = |seed| {
            let params = common::trained(&reseeded(Config { n_head, ..CONFIG }, seed))?;
            Ok([held_out, &others].map(|names| mean_loss(&params, names)))
        };
        seeds.clone().into_par_iter().map(of_seed).collect()
    };
    let (one, four) = (losses(1)?, losses(4)?);
    let sets =
        [0, 1].map(|set| one.iter().zip(&four).map(|(one, four)| four[set] - one[set]).collect::<Vec<_>>());
    println!("loss with four heads minus loss with one head");
    println!("seed  {} names  {} others", held_out.len(), others.len());
    for (i, seed) in seeds.enumerate() {
        println!("{seed:4} {:10.4} {:11.4}", sets[0][i], sets[1][i]);
    }
    println!("mean {:10.4} {:11.4}", mean(&sets[0]), mean(&sets[1]));
    println!("std  {:10.4} {:11.4}", std(&sets[0]), std(&sets[1]));
    let first: Vec<f64> = one.iter().map(|loss| loss[0]).collect();
    println!(
        "one head, {} names: loss from {:.4} to {:.4}",
        held_out.len(),
        common::min(&first),
        max(&first)
    );
    Ok(())
}

/// What some lines take.
struct Operations {
    multiplications: usize,
    exponentials: usize,
}

/// Lines 118 to 133 at the last position, with this many heads.
fn count(tokens: &[usize], params: &Parameters, n_head: usize) -> Operations {
    let tape = Tape::new();
    let state_dict = params.on(&tape);
    let layer = &state_dict.layers[0];
    // Keys and values of the earlier positions are in the lists already
    let activations = loss(tokens, &state_dict).activations;
    let n = activations.len();
    let mut keys: Vec<_> = activations[..n - 1].iter().map(|position| position.layers[0].k.clone()).collect();
    let mut values: Vec<_> =
        activations[..n - 1].iter().map(|position| position.layers[0].v.clone()).collect();
    let x = &activations[n - 1].layers[0].attn_norm;

    let from = tape.len();
    let q = linear(x, &layer.attn_wq);
    keys.push(linear(x, &layer.attn_wk));
    values.push(linear(x, &layer.attn_wv));
    let head_dim = q.len() / n_head;
    let mut x_attn = Vec::new();
    for h in 0..n_head {
        let slice = h * head_dim..(h + 1) * head_dim;
        let scale = (head_dim as f64).sqrt();
        let attn_logits: Vec<_> =
            keys.iter().map(|k_t| tape.dot(&q[slice.clone()], &k_t[slice.clone()]) / scale).collect();
        let attn_weights = softmax(&attn_logits);
        for j in slice {
            let column: Vec<_> = values.iter().map(|v_t| v_t[j]).collect();
            x_attn.push(tape.dot(&attn_weights, &column));
        }
    }
    linear(&x_attn, &layer.attn_wo);
    let these = |operation| nodes(&tape).skip(from).filter(|node| node.operation() == operation).count();
    Operations { multiplications: these(Operation::Mul), exponentials: these(Operation::Exp) }
}

/// The parameters with 0 in the columns of `attn_wo` that belong to these heads.
fn without_heads(params: &Parameters, heads: &[usize]) -> Parameters {
    let (config, mut changed) = (params.config(), params.clone());
    for row in changed.get_mut("layer0.attn_wo").expect("a matrix").chunks_mut(config.n_embd) {
        for head in heads {
            row[head * config.head_dim()..][..config.head_dim()].fill(0.0);
        }
    }
    changed
}

/// The lesson's picture: the query of the last a cut into four parts, the weights of each head, what the heads
/// find, joined, and the first number that `attn_wo` makes of it.
fn figure(anna: &Name, params: &Parameters) -> String {
    let (first, pitch, cell) = (36.0, 92.0, 20.0);
    let left = |h: usize| first + h as f64 * pitch;
    let middle = |h: usize| left(h) + 2.0 * cell;
    let strip = |h: usize, y: f64, full: f64, numbers: &[f64]| {
        Cells { width: cell, height: 18.0, full, ..Cells::PLAIN }.strip((left(h), y), slice(numbers, h))
    };
    let (layer, parts) = (anna.layer(4), parts(anna, params));
    let signed = |x: f64| format!("{x:+.2}").replace('-', "−");
    draw::svg(
        "Four heads look back from the last a of anna",
        "The query of the last a is a strip of 16 cells, cut into four. Each head has four of them and its own \
         weights on BOS, a, n, n and a. The four results stand side by side again, and attn_wo makes each \
         number of the next strip from all four of them.",
        (draw::WIDTH, 370.0),
        html! {
            (draw::text("quiet start", (first, 14.0), "query of the last a: 16 numbers, cut into four"))
            @for h in 0..CONFIG.n_head {
                @let hs = h * CONFIG.head_dim();
                (strip(h, 22.0, 0.9, &layer.q))
                (draw::text("quiet", (middle(h), 54.0), &format!("{hs}–{}", hs + CONFIG.head_dim() - 1)))
                (draw::arrow((middle(h), 59.0), (middle(h), 76.0), ""))
                (draw::text("label", (middle(h), 92.0), &format!("head {h}")))
                @for (t, weight) in layer.heads[h].attn_weights.iter().enumerate() {
                    @let y = 102.0 + 20.0 * t as f64;
                    @let length = weight * 145.0;
                    (draw::rect("bar", (left(h), y), (length, 14.0)))
                    (draw::text("digits start", (left(h) + length + 3.0, y + 12.0), &format!("{:.0} %", 100.0 * weight)))
                }
                (draw::arrow((middle(h), 204.0), (middle(h), 222.0), ""))
                (strip(h, 244.0, 0.35, &layer.x_attn))
                (draw::text("digits", (middle(h), 279.0), &signed(parts[h][0])))
                (draw::arrow((middle(h), 285.0), (first + 11.0, 322.0), ""))
            }
            @for (t, letter) in anna.letters.iter().enumerate() {
                (draw::text("name end", (first - 6.0, 114.0 + 20.0 * t as f64), letter))
            }
            (Cells { width: 22.0, height: 18.0, full: 0.17, ..Cells::PLAIN }.strip((first, 326.0), &layer.attn_out))
            (draw::outline((first, 326.0), (22.0, 18.0)))
            (draw::text("quiet start", (first, 238.0), "x_attn: what the four found, side by side"))
            (draw::text("name end", (first + 352.0, 316.0), "attn_wo"))
            (draw::text("digits start", (first, 361.0), &format!("{}: a part from each of the four heads", signed(layer.attn_out[0]))))
        },
    )
}
