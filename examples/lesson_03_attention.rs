//! Lesson 3.5, Attention: how much a position takes from each position so far, and what it takes.
//!
//! Blocks that begin with `checkpoint` are what the page judges an answer by: `answer:` is right, and for each
//! `wrong:` it has a hint. `label` begins a block, which the page has by this name.

mod common;

use std::error::Error;

use common::{dot, label, max, mean, show, wants_figure};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::activations::{Activations, HeadActivations, LayerActivations};
use microgpt::{Engine, Parameters, Program, Random, Tape, loss, trace};

/// How many numbers a head has of each query, key and value; head 0 has the first of them.
const HEAD_DIM: usize = 4;

/// What a head computes for one position.
struct Head {
    attn_logits: Vec<f64>,
    attn_weights: Vec<f64>,
    head_out: Vec<f64>,
}

/// Lines 129 to 131 on plain numbers: one query, and the keys and values of all positions so far. (A `V` is a vector,
/// an array or a slice; `.as_ref()` makes a slice of either and may be ignored.)
fn attend<V: AsRef<[f64]>>(q: &[f64], keys: &[V], values: &[V]) -> Head {
    let root = (q.len() as f64).sqrt();
    let attn_logits: Vec<f64> = keys.iter().map(|k_t| dot(q, k_t.as_ref()) / root).collect();
    let attn_weights = softmax(&attn_logits);
    let mixed = |j: usize| attn_weights.iter().zip(values).map(|(a_t, v_t)| a_t * v_t.as_ref()[j]).sum();
    let head_out = (0..values[0].as_ref().len()).map(mixed).collect();
    Head { attn_logits, attn_weights, head_out }
}

/// Lines 97 to 101 on plain numbers.
fn softmax(logits: &[f64]) -> Vec<f64> {
    let max_logit = max(logits);
    let exps: Vec<f64> = logits.iter().map(|logit| (logit - max_logit).exp()).collect();
    let total: f64 = exps.iter().sum();
    exps.iter().map(|e| e / total).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let (untrained, trained) = (Program::untrained(), Program::trained());
    let anna = Name::new("anna", &trained)?;
    if wants_figure() {
        print!("{}", figure(&anna));
        return Ok(());
    }
    // The problem
    an_a_at_position_4(&trained.docs);
    switched_off(&trained)?;
    // The idea
    the_second_n(&anna);
    // By hand
    three_positions_by_hand();
    another_query();
    // See it
    two_products(&anna);
    the_n_before(&anna);
    // The lines
    two_queries_of_the_same_letter(&anna, &trained);
    one_takes_nearly_all();
    anna_and_annika(&anna, &trained)?;
    // In the real model
    weights_of_head_0("before", &Name::new("anna", &untrained)?);
    weights_of_head_0("after", &anna);
    the_row_of_4_a(&anna);
    kinds_of_tokens(&trained)?;
    // What goes wrong
    too_late(&anna);
    // Going deeper
    each_head_alone(&trained)?;
    scores_of_position_4(&anna);
    weights_of_position_4(&anna);
    weighted_sum_of_position_4(&anna);
    without_the_root(&anna);
    wider_heads();
    slopes_of_a_weight();
    x_compared_with_x(&anna);
    every_letter_at_position_3(&trained)?;
    the_lists_as_a_cache();
    weights_of_a_name();
    gradients_through_the_lists("before", &untrained)?;
    gradients_through_the_lists("after", &trained)?;
    twice_the_input(&anna);
    one_drawer();
    keys_moved();
    Ok(())
}

/// A name, and what the model computes for it at each position.
struct Name {
    /// Each position with its token, such as `1 a`.
    places: Vec<String>,
    layers: Vec<LayerActivations<f64>>,
}

impl Name {
    fn new(name: &str, program: &Program) -> Result<Self, Box<dyn Error>> {
        let mut tokens = program.tokenizer.encode_doc(name)?;
        tokens.pop(); // the BOS at the end is a target only
        let letter = |id: usize| program.tokenizer.token_name(id);
        let places = tokens.iter().enumerate().map(|(t, &id)| format!("{t} {}", letter(id))).collect();
        // The model, number by number as in Python; it has one layer.
        let positions = trace(&program.params, &tokens, Engine::Scalar);
        let only_layer = |mut position: Activations<f64>| position.layers.remove(0);
        let layers = positions.into_iter().map(only_layer).collect();
        Ok(Self { places, layers })
    }

    /// What head 0 computes at a position.
    fn head(&self, position: usize) -> &HeadActivations<f64> {
        &self.layers[position].heads[0]
    }

    /// The numbers of head 0 in the query of a position.
    fn query(&self, position: usize) -> &[f64] {
        &self.layers[position].q[..HEAD_DIM]
    }

    /// The numbers of head 0 in the keys of all positions up to one.
    fn keys(&self, position: usize) -> Vec<&[f64]> {
        self.layers[..=position].iter().map(|layer| &layer.k[..HEAD_DIM]).collect()
    }

    /// The numbers of head 0 in the values of all positions up to one.
    fn values(&self, position: usize) -> Vec<&[f64]> {
        self.layers[..=position].iter().map(|layer| &layer.v[..HEAD_DIM]).collect()
    }
}

fn an_a_at_position_4(docs: &[String]) {
    label("an a at position 4");
    println!("letter before the a  names  of these, end at the a");
    for before in ["", "n", "r", "s"] {
        let is_one = |name: &&String| name.get(3..4) == Some("a") && name[..3].ends_with(before);
        let names: Vec<&String> = docs.iter().filter(is_one).collect();
        let ending = names.iter().filter(|name| name.len() == 4).count();
        let share = 100.0 * ending as f64 / names.len() as f64;
        let shown = if before.is_empty() { "any" } else { before };
        println!("{shown:19} {:6} {ending:10} {share:5.1}%", names.len());
    }
}

fn switched_off(trained: &Program) -> Result<(), Box<dyn Error>> {
    label("switched off");
    let off = with_heads(&trained.params, &[]); // no head left on
    let mut beginnings = Vec::new();
    for name in trained.docs.iter().filter(|name| name.get(3..4) == Some("a")) {
        let letters = &name[..4];
        let on = end_after(trained, &trained.params, letters)?;
        beginnings.push(Beginning {
            letters,
            on,
            off: end_after(trained, &off, letters)?,
            ends: name.len() == 4,
        });
    }
    beginnings.sort_by(|a, b| a.on.total_cmp(&b.on));
    println!("after {} steps of training:", Program::NUM_STEPS);
    println!("probability of the end after the a");
    println!("attention                 on    off");
    let row = |name: &str, on: f64, off: f64| println!("{name:22} {on:4.1}%  {off:4.1}%");
    let [lowest, .., highest] = &beginnings[..] else { return Err("fewer than two names".into()) };
    row(&format!("{}, the lowest", lowest.letters), lowest.on, lowest.off);
    for shown in ["rosa", "anna"] {
        let known = beginnings.iter().find(|known| known.letters == shown).ok_or("no such name")?;
        row(shown, known.on, known.off);
    }
    row(&format!("{}, the highest", highest.letters), highest.on, highest.off);
    for (ends, does) in [(true, "that end"), (false, "that go on")] {
        let these = beginnings.iter().filter(|known| known.ends == ends);
        let (on, off): (Vec<f64>, Vec<f64>) = these.map(|known| (known.on, known.off)).unzip();
        row(&format!("mean of {} {does}", on.len()), mean(&on), mean(&off));
    }
    Ok(())
}

/// The first four letters of a name with an a at position 4.
struct Beginning<'d> {
    letters: &'d str,
    /// The probability of the end after them, in percent, with attention and without.
    on: f64,
    off: f64,
    /// Whether the name does end there.
    ends: bool,
}

/// The probability of the end after all letters of a name, in percent.
fn end_after(program: &Program, params: &Parameters, name: &str) -> Result<f64, Box<dyn Error>> {
    let mut tokens = program.tokenizer.encode_doc(name)?;
    tokens.pop();
    let positions = trace(params, &tokens, Engine::Scalar);
    Ok(100.0 * softmax(&positions[tokens.len() - 1].logits)[program.tokenizer.bos()])
}

/// The parameters with all heads but some switched off: what comes from a head goes through its own four columns of
/// `attn_wo`, and these are set to 0.
fn with_heads(params: &Parameters, heads: &[usize]) -> Parameters {
    let mut some = params.clone();
    let cols = params.config().n_embd;
    for (i, weight) in some.get_mut("layer0.attn_wo").expect("a matrix of the program").iter_mut().enumerate()
    {
        let head = i % cols / HEAD_DIM; // the column, and whose it is
        if !heads.contains(&head) {
            *weight = 0.0;
        }
    }
    some
}

fn the_second_n(anna: &Name) {
    label("the second n");
    println!("position 3 n, head 0 of the trained model");
    println!("looked at  {}", anna.places[..4].join("   "));
    println!("weight    {}", show(&anna.head(3).attn_weights));
    println!("head_out  {}", show(&anna.head(3).head_out));
}

/// The example by hand: a query, and three keys and values, all of two numbers.
const QUERY: [f64; 2] = [1.0, 2.0];
const KEYS: [[f64; 2]; 3] = [[2.0, -1.0], [1.0, 1.0], [0.0, 1.0]];
const VALUES: [[f64; 2]; 3] = [[4.0, 0.0], [0.0, 4.0], [2.0, 2.0]];

fn three_positions_by_hand() {
    label("three positions by hand");
    println!("query ({}, {})", QUERY[0], QUERY[1]);
    println!("position  key      query * key           value");
    for (t, ([k_0, k_1], [v_0, v_1])) in KEYS.into_iter().zip(VALUES).enumerate() {
        let [q_0, q_1] = QUERY;
        let factor = |x: f64| if x < 0.0 { format!("({x})") } else { x.to_string() };
        let sum = dot(&QUERY, &KEYS[t]);
        println!(
            "{t}         ({k_0}, {k_1})  {q_0} * {} + {q_1} * {} = {sum}  ({v_0}, {v_1})",
            factor(k_0),
            factor(k_1)
        );
    }
    println!("root of 2: {:.3}", 2.0_f64.sqrt());
    println!("position  score  - largest    exp  weight  weight * value");
    let shown = step_by_step(|number| number);
    println!("{shown}");
    // The page says that a reader may round to what is shown after each step.
    assert_eq!(shown, step_by_step(|number| (number * 1e3).round() / 1e3));
}

/// The head of the example as it is done by hand, with some way to round after each step.
fn step_by_step(round: impl Fn(f64) -> f64) -> String {
    let scores = KEYS.map(|k_t| round(dot(&QUERY, &k_t) / 2.0_f64.sqrt()));
    let differences = scores.map(|score| round(score - max(&scores)));
    let exps = differences.map(|difference| round(difference.exp()));
    let total: f64 = exps.iter().sum();
    let weights = exps.map(|exp| round(exp / total));
    let mut lines = Vec::new();
    let mut head_out = [0.0; 2];
    for t in 0..3 {
        let parts = VALUES[t].map(|v_j| round(weights[t] * v_j));
        head_out = [head_out[0] + parts[0], head_out[1] + parts[1]];
        lines.push(format!(
            "{t}         {:5.3}     {:6.3}  {:5.3}   {:5.3}  {:.2}, {:.2}",
            scores[t], differences[t], exps[t], weights[t], parts[0], parts[1]
        ));
    }
    let all: f64 = weights.iter().sum();
    lines.push(format!(
        "sum                         {total:.3}   {all:.3}  {:.2}, {:.2}",
        head_out[0], head_out[1]
    ));
    lines.join("\n")
}

fn another_query() {
    label("checkpoint another-query");
    let query = [2.0, 1.0];
    let products = KEYS.map(|k_t| dot(&query, &k_t));
    println!("dot products: {}, {} and {}", products[0], products[1], products[2]);
    let head = attend(&query, &KEYS, &VALUES);
    println!("scores: {}", show(&head.attn_logits));
    let exp = (head.attn_logits[2] - head.attn_logits[0]).exp();
    println!("exponential {exp:.4}, total {:.4}", 2.0 + exp); // the two others are 1
    println!("weights: {}", show(&head.attn_weights));
    println!("answer: {}", head.attn_weights[2]);
    println!("wrong: {} without the root", softmax(&products)[2]);
    println!("wrong: {} divided by 2", softmax(&products.map(|product| product / 2.0))[2]);
}

fn two_products(anna: &Name) {
    label("two products");
    println!("query of 4 a:    {}", show(anna.query(4)));
    for t in [3, 1] {
        let key = anna.keys(4)[t];
        println!("key of {}:      {}", anna.places[t], show(key));
        println!("products of {}: {}", anna.places[t], show(&products(anna.query(4), key)));
        println!("weight of {}:   {:7.4}", anna.places[t], anna.head(4).attn_weights[t]);
    }
    println!(
        "sums of products: {}",
        show(&anna.keys(4).iter().map(|k_t| dot(anna.query(4), k_t)).collect::<Vec<_>>())
    );
    println!("even share of 5 positions: {:.2}", 1.0 / 5.0);
}

fn products(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

fn the_n_before(anna: &Name) {
    label("checkpoint the-n-before");
    let weights = &anna.head(4).attn_weights;
    let even = 1.0 / weights.len() as f64;
    let answer = match weights[3] / even {
        share if share > 1.1 => "more",
        share if share < 0.9 => "less",
        _ => "about as much",
    };
    println!("answer: {answer}");
}

fn two_queries_of_the_same_letter(anna: &Name, trained: &Program) {
    label("two queries of the same letter");
    let row = |matrix: &str, row: usize| {
        trained.params.get(matrix).map_or(Vec::new(), |m| m.row(row)[..HEAD_DIM].to_vec())
    };
    println!("token a     {}", show(&row("wte", 0)));
    for position in [1, 4] {
        println!("position {position}  {}", show(&row("wpe", position)));
    }
    for position in [1, 4] {
        println!("query {}   {}", anna.places[position], show(anna.query(position)));
    }
    let (first, last) = (anna.query(1), anna.query(4));
    let cosine = dot(first, last) / (dot(first, first) * dot(last, last)).sqrt();
    println!("cosine of the queries: {cosine:.2}");
}

fn one_takes_nearly_all() {
    label("one takes nearly all");
    let draws = random_products(64);
    println!("a query and 5 keys, each of 64 numbers");
    println!("random with std 1, {} draws", draws.len());
    println!("std of the dot products: {:.1}", spread(&draws));
    println!("draws with a weight above {NEARLY_ALL}:");
    for (name, divisor) in [("without the root", 1.0), ("with the root", 8.0)] {
        println!("{name}: {}", nearly_all(&largest_weights(&draws, divisor)));
    }
}

/// How random vectors of some width fit: the dot products of one query with five keys, many times.
fn random_products(head_dim: usize) -> Vec<Vec<f64>> {
    let mut random = Random::new(42);
    let mut vector = || (0..head_dim).map(|_| random.gauss(0.0, 1.0)).collect::<Vec<f64>>();
    let mut draw = || {
        let q = vector();
        (0..5).map(|_| dot(&q, &vector())).collect()
    };
    (0..500).map(|_| draw()).collect()
}

/// The largest weight of each draw, with the dot products divided by a number.
fn largest_weights(draws: &[Vec<f64>], divisor: f64) -> Vec<f64> {
    let weights =
        |products: &Vec<f64>| softmax(&products.iter().map(|product| product / divisor).collect::<Vec<_>>());
    draws.iter().map(|products| max(&weights(products))).collect()
}

/// The standard deviation of dot products, whose mean is about 0.
fn spread(draws: &[Vec<f64>]) -> f64 {
    mean(&draws.iter().flatten().map(|product| product * product).collect::<Vec<_>>()).sqrt()
}

/// A weight above this leaves hardly anything to the others.
const NEARLY_ALL: f64 = 0.99;

fn nearly_all(weights: &[f64]) -> usize {
    weights.iter().filter(|weight| **weight > NEARLY_ALL).count()
}

fn anna_and_annika(anna: &Name, trained: &Program) -> Result<(), Box<dyn Error>> {
    label("checkpoint anna-and-annika");
    let annika = Name::new("annika", trained)?;
    // The largest difference of two weights, over all heads
    let apart = |position: usize| {
        let [these, those] = [anna, &annika].map(|name| {
            let heads = &name.layers[position].heads;
            heads.iter().flat_map(|head| head.attn_weights.clone()).collect::<Vec<f64>>()
        });
        these.iter().zip(&those).map(|(this, that)| (this - that).abs()).fold(0.0, f64::max)
    };
    let shared = (0..4).map(apart).fold(0.0, f64::max);
    println!("farthest apart at positions 0 to 3: {shared}");
    println!("farthest apart at position 4: {:.4}", apart(4));
    let answer = match shared {
        0.0 => "the same",
        small if small < 0.01 => "nearly the same, with a slight pull from the later letters",
        _ => "different",
    };
    println!("answer: {answer}");
    Ok(())
}

fn weights_of_head_0(when: &str, name: &Name) {
    label(&format!("weights of head 0 {when} training"));
    println!("position   {}", name.places.join("   "));
    for (position, place) in name.places.iter().enumerate() {
        println!("{place:10}{}", show(&name.head(position).attn_weights));
    }
}

fn the_row_of_4_a(anna: &Name) {
    label("the row of 4 a");
    let HeadActivations { attn_logits, attn_weights, head_out } = anna.head(4);
    let (keys, values) = (anna.keys(4), anna.values(4));
    // `attend`, in its few lines, does what the model does.
    assert_eq!(show(&attend(anna.query(4), &keys, &values).head_out), show(head_out));
    println!("query    {}", show(anna.query(4)));
    println!("         key                              score  weight");
    rows(anna, 8, |t| [keys[t], &[attn_logits[t], attn_weights[t]]].concat());
    println!("         value");
    rows(anna, 8, |t| values[t].to_vec());
    println!("head_out {}", show(head_out));
    let written_out =
        |terms: Vec<f64>| terms.iter().map(|x| format!("{x:.4}")).collect::<Vec<_>>().join(" + ");
    println!("score of 1 a: ({}) / 2 = {:.4}", written_out(products(anna.query(4), keys[1])), attn_logits[1]);
    let parts: Vec<f64> = (0..5).map(|t| attn_weights[t] * values[t][0]).collect();
    println!("head_out[0]: {} = {:.4}", written_out(parts), head_out[0]);
}

/// A line for each position, with the numbers that `of` gives for it.
fn rows(name: &Name, width: usize, of: impl Fn(usize) -> Vec<f64>) {
    for (t, place) in name.places.iter().enumerate() {
        println!("{place:width$} {}", show(&of(t)));
    }
}

fn kinds_of_tokens(trained: &Program) -> Result<(), Box<dyn Error>> {
    label("kinds of tokens");
    let held_out = &trained.docs[Program::NUM_STEPS..][..200]; // each step trains on one name
    let mut shares = [("BOS", Vec::new()), ("vowel", Vec::new()), ("consonant", Vec::new())];
    for doc in held_out {
        let name = Name::new(doc, trained)?;
        for position in 1..name.layers.len() {
            let even = 1.0 / (position + 1) as f64;
            for (place, weight) in name.places.iter().zip(&name.head(position).attn_weights) {
                let kind = match &place[2..] {
                    "BOS" => 0,
                    "a" | "e" | "i" | "o" | "u" => 1,
                    _ => 2,
                };
                shares[kind].1.push(weight / even);
            }
        }
    }
    println!("{} held-out names, weights of head 0 at positions 1 and up", held_out.len());
    println!("mean weight, as a multiple of an even share");
    for (kind, shares) in shares {
        println!(
            "{kind}: {:.2} ({} weights)",
            shares.iter().sum::<f64>() / shares.len() as f64,
            shares.len()
        );
    }
    Ok(())
}

/// Lines 121 and 122 moved below the loop over the heads: the position's own key and value are missing.
fn too_late(anna: &Name) {
    label("too late");
    let late = attend(anna.query(4), &anna.keys(3), &anna.values(3));
    println!("last a of anna     {}", anna.places.join("   "));
    println!("right weights    {}", show(&anna.head(4).attn_weights));
    println!("too late weights {}", show(&late.attn_weights));
    println!("right head_out   {}", show(&anna.head(4).head_out));
    println!("too late head_out {}", show(&late.head_out));
}

fn each_head_alone(trained: &Program) -> Result<(), Box<dyn Error>> {
    label("each head alone");
    println!("probability of the end after the last a of an?a");
    println!("letter for ?         n      r      s");
    let row = |name: &str, heads: &[usize]| -> Result<(), Box<dyn Error>> {
        let params = with_heads(&trained.params, heads);
        let [n, r, s] = ["anna", "anra", "ansa"].map(|name| end_after(trained, &params, name));
        println!("{name:15} {:5.1}% {:5.1}% {:5.1}%", n?, r?, s?);
        Ok(())
    };
    row("no head", &[])?;
    for head in 0..4 {
        row(&format!("head {head} alone"), &[head])?;
    }
    row("all four heads", &[0, 1, 2, 3])
}

fn scores_of_position_4(anna: &Name) {
    label("scores of position 4");
    println!("         q_j * k_j for j = 0, 1, 2, 3       sum     / 2");
    let (q, keys) = (anna.query(4), anna.keys(4));
    rows(anna, 6, |t| {
        let score = anna.head(4).attn_logits[t];
        [products(q, keys[t]), vec![dot(q, keys[t]), score]].concat()
    });
}

fn weights_of_position_4(anna: &Name) {
    label("weights of position 4");
    println!("         score  -max     exp   weight");
    let HeadActivations { attn_logits, attn_weights, .. } = anna.head(4);
    let max_logit = max(attn_logits);
    let exp = |t: usize| (attn_logits[t] - max_logit).exp();
    rows(anna, 6, |t| vec![attn_logits[t], attn_logits[t] - max_logit, exp(t), attn_weights[t]]);
    println!("sum                    {}", show(&[(0..5).map(exp).sum(), attn_weights.iter().sum()]));
}

fn weighted_sum_of_position_4(anna: &Name) {
    label("weighted sum of position 4");
    println!("        weight   weight * v_j for j = 0, 1, 2, 3");
    let (HeadActivations { attn_weights, head_out, .. }, values) = (anna.head(4), anna.values(4));
    rows(anna, 6, |t| {
        let parts = values[t].iter().map(|v_j| attn_weights[t] * v_j);
        [attn_weights[t]].into_iter().chain(parts).collect()
    });
    println!("head_out       {}", show(head_out));
}

fn without_the_root(anna: &Name) {
    label("without the root");
    let sums: Vec<f64> = anna.keys(4).iter().map(|k_t| dot(anna.query(4), k_t)).collect();
    println!("position 4         {}", anna.places.join("   "));
    println!("weights with / 2  {}", show(&anna.head(4).attn_weights));
    println!("weights without   {}", show(&softmax(&sums)));
}

fn wider_heads() {
    label("wider heads");
    println!("random vectors of std 1, one query and 5 keys, 500 times");
    println!("head_dim  std of q*k   largest weight    times above {NEARLY_ALL}");
    println!("                       without    with    without    with");
    for head_dim in [4, 16, 64, 256] {
        let draws = random_products(head_dim);
        let [without, with] = [1.0, (head_dim as f64).sqrt()].map(|divisor| largest_weights(&draws, divisor));
        println!(
            "{head_dim:8} {:11.1} {:12.2} {:7.2} {:10} {:7}",
            spread(&draws),
            mean(&without),
            mean(&with),
            nearly_all(&without),
            nearly_all(&with)
        );
    }
}

fn slopes_of_a_weight() {
    label("slopes of a weight");
    println!("slope of a weight of {}: 0.99 * 0.01 = {:.4}", 0.99, slope(0.99));
    let even = slope(0.2);
    println!("slope of an even share of 5: 0.2 * {:.1} = {even:.2}", 1.0 - 0.2);
    println!("with the root of 64, to the dot product: {even:.2} / {:.0} = {:.2}", 64_f64.sqrt(), even / 8.0);
}

/// How much a weight moves with its own score (lesson 3.3).
fn slope(weight: f64) -> f64 {
    weight * (1.0 - weight)
}

fn x_compared_with_x(anna: &Name) {
    label("x compared with x");
    let x: Vec<&[f64]> = anna.layers.iter().map(|layer| &layer.attn_norm[..]).collect();
    let alone = attend(x[4], &x, &x);
    println!("position 4        {}", anna.places.join("   "));
    println!("x of 4 times x_t {}", show(&x.iter().map(|x_t| dot(x[4], x_t)).collect::<Vec<_>>()));
    println!("weights          {}", show(&alone.attn_weights));
    println!("numbers in each x: {}", x[4].len());
    println!("length of each x {}", show(&x.iter().map(|x_t| dot(x_t, x_t).sqrt()).collect::<Vec<_>>()));
}

fn every_letter_at_position_3(trained: &Program) -> Result<(), Box<dyn Error>> {
    label("every letter at position 3");
    // What weight the last a of an?a gives to the letter before it
    let mut weights = Vec::new();
    for &letter in trained.tokenizer.uchars() {
        let name = Name::new(&format!("an{letter}a"), trained)?;
        weights.push((name.head(4).attn_weights[3], letter));
    }
    weights.sort_by(|a, b| b.0.total_cmp(&a.0));
    for row in weights.chunks(7) {
        let row: Vec<String> = row.iter().map(|(weight, letter)| format!("{letter} {weight:.4}")).collect();
        println!("{}", row.join("   "));
    }
    println!("{} letters", weights.len());
    Ok(())
}

fn the_lists_as_a_cache() {
    label("the lists as a cache");
    println!("positions  keys with the lists  without   products with  without");
    let products = 2 * 16 * 16; // of one key and one value
    for positions in [5, 8] {
        let again: usize = (1..=positions).sum();
        println!("{positions:9} {positions:20} {again:8} {:15} {:8}", positions * products, again * products);
    }
    println!("numbers kept for 8 positions: 2 * 8 * 16 = {}", 2 * 8 * 16);
}

fn weights_of_a_name() {
    label("checkpoint weights-of-a-name");
    println!("answer: {}", (1..=5).sum::<usize>());
    println!("wrong: {} a weight for each pair", 5 * 5);
    println!("wrong: {} those of the last position alone", 5);
}

/// The loss of the last position alone, and the row of an earlier one: the loss reaches that row through the lists only.
fn gradients_through_the_lists(when: &str, program: &Program) -> Result<(), Box<dyn Error>> {
    label(&format!("gradients through the lists {when} training"));
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    loss(&program.tokenizer.encode_doc("anna")?, &state_dict).losses[4].backward();
    let grads: Vec<f64> = state_dict.wpe[2][..HEAD_DIM].iter().map(|p| p.grad()).collect();
    println!("{when} training, wpe[2]: {}", show(&grads));
    Ok(())
}

/// Twice the `x` that go into the head: twice each query, key and value.
fn twice_the_input(anna: &Name) {
    label("twice the input");
    let twice = |numbers: &[f64]| numbers.iter().map(|number| 2.0 * number).collect::<Vec<f64>>();
    let all = |vectors: Vec<&[f64]>| vectors.into_iter().map(twice).collect::<Vec<_>>();
    let doubled = attend(&twice(anna.query(4)), &all(anna.keys(4)), &all(anna.values(4)));
    println!("twice head_out      {}", show(&twice(&anna.head(4).head_out)));
    println!("head_out of twice x {}", show(&doubled.head_out));
    println!("weights             {}", show(&anna.head(4).attn_weights));
    println!("weights of twice x  {}", show(&doubled.attn_weights));
}

fn one_drawer() {
    label("checkpoint one-drawer");
    let results = [[1.0, 2.0], [-3.0, 0.5], [100.0, 100.0]]
        .map(|query| attend(&query, &KEYS[..1], &VALUES[..1]).head_out);
    let [v_0, v_1] = VALUES[0];
    let answer = if results.iter().all(|result| *result == VALUES[0]) {
        format!("({v_0}, {v_1}), its own value")
    } else {
        "it depends on the query".to_owned()
    };
    println!("answer: {answer}");
}

fn keys_moved() {
    label("checkpoint keys-moved");
    let moved = KEYS.map(|k_t| k_t.map(|k_j| k_j + 1.0));
    let [a, b, c] = moved.map(|k_t| dot(&QUERY, &k_t));
    println!("dot products: {a}, {b} and {c}");
    let head = attend(&QUERY, &moved, &VALUES);
    println!("weights: {}", show(&head.attn_weights));
    println!("answer: {}", head.attn_weights[1]);
}

/// The lesson's picture: how the second n of `anna` gets its `head_out`.
fn figure(anna: &Name) -> String {
    let (position, first, pitch) = (3, 96.0, 68.0);
    let middle = |t: usize| first + t as f64 * pitch;
    let strip = |t: usize, y: f64, full: f64, numbers: &[f64]| {
        Cells { width: 13.0, full, ..Cells::PLAIN }.strip((middle(t) - 26.0, y), numbers)
    };
    let head = anna.head(position);
    let tokens: Vec<&str> = anna.places.iter().map(|place| &place[2..]).collect();
    let (keys, values) = (anna.keys(position), anna.values(position));
    let percent = |t: usize| format!("{:.0} %", 100.0 * head.attn_weights[t]);
    draw::svg(
        "Attention of the second n in anna",
        "The query of the second n is compared with four keys; the four weights say how much of each value \
         goes into head_out. The last a has no key yet.",
        (draw::WIDTH, 392.0),
        html! {
            (draw::arcs((first, 100.0), pitch, position, &head.attn_weights, 24.0))
            (draw::tokens((first, 115.0), pitch, &tokens[..4], Some(position)))
            g class="later" {
                (draw::tokens((middle(4), 115.0), pitch, &tokens[4..], None))
                (draw::text("quiet", (middle(4), 96.0), "not yet"))
            }
            (draw::text("label start", (0.0, 163.0), "query"))
            (strip(position, 150.0, 0.9, anna.query(position)))
            (draw::text("quiet end", (middle(position) - 32.0, 163.0), "4 numbers"))

            (draw::text("quiet start", (0.0, 198.0), "1 compare"))
            (draw::text("label start", (0.0, 221.0), "keys"))
            (draw::text("quiet start", (0.0, 256.0), "2 softmax"))
            (draw::text("label start", (0.0, 279.0), "weights"))
            (draw::text("quiet start", (0.0, 314.0), "3 mix"))
            (draw::text("label start", (0.0, 337.0), "values"))
            @for t in 0..=position {
                (draw::arrow((middle(position), 168.0), (middle(t), 205.0), ""))
                (strip(t, 208.0, 0.9, keys[t]))
                (draw::arrow((middle(t), 226.0), (middle(t), 262.0), ""))
                (draw::text("digits", (middle(t), 279.0), &percent(t)))
                (draw::arrow((middle(t), 285.0), (middle(t), 321.0), ""))
                (strip(t, 324.0, 0.35, values[t]))
                (draw::arrow((middle(t), 342.0), (middle(position), 371.0), ""))
            }
            (draw::text("name start", (0.0, 387.0), "head_out"))
            (strip(position, 374.0, 0.35, &head.head_out))
        },
    )
}
