//! Lesson 3.7, Residual connections: what each part of a layer adds, and the way of the gradient around it.
//!
//! Blocks that begin with `checkpoint` are what the page judges an answer by: `answer:` is right, and for each
//! `wrong:` it has a hint.

mod common;

use std::error::Error;

use common::{
    changed, dot, gradients, join, label, largest_first, max, min, numbers, reseeded, rms, show,
    wants_figure, zeros,
};
use lab::draw::{self, Cells};
use maud::{Markup, html};
use microgpt::activations::Activations;
use microgpt::training::TrainingError;
use microgpt::{
    Ablation, Config, Engine, Parameters, Program, Random, StateDict, Tape, Value, linear, loss,
    loss_and_gradients, mean_loss, rmsnorm, softmax, trace,
};
use rayon::prelude::*;

/// Lines 134 and 141 taken out.
const WITHOUT: Ablation = Ablation { no_residual: true, ..Ablation::NONE };

fn main() -> Result<(), Box<dyn Error>> {
    let (untrained, trained) = (Program::untrained(), Program::trained());
    let tokens = trained.tokenizer.encode_doc("anna")?;
    let positions = trace(&trained.params, &tokens[..5], Engine::Scalar);
    let last = &positions[4];
    if wants_figure() {
        print!("{}", figure(last));
        return Ok(());
    }
    let held_out = trained.tokenizer.encode_docs(&trained.docs[Program::NUM_STEPS..][..200])?;
    // The problem
    without_the_two_lines(&untrained, &trained, &held_out)?;
    // The idea
    sizes_at_position_4(last);
    // By hand
    three_parts_by_hand();
    three_slopes();
    one_slope();
    zero_weights();
    // See it
    before_training_nothing_is_added(&tokens, &untrained.params)?;
    // The lines
    names_of_lists();
    // In the real model
    two_additions(last);
    gradients_by_depth(&tokens);
    // What goes wrong
    lists_added_with_plus(&tokens, &untrained.params);
    // Check yourself
    four_parts();
    // Going deeper
    scores_as_sums(last, &trained);
    eight_paths();
    how_much_is_added(&positions, &trained, &held_out);
    path_of_the_gradient(&tokens, &trained);
    before_training(&tokens, &untrained.params);
    losses_by_depth(&untrained, &held_out)?;
    kept_too_late(last);
    only_one_line_missing(&tokens, &untrained.params);
    Ok(())
}

fn without_the_two_lines(
    untrained: &Program,
    trained: &Program,
    held_out: &[Vec<usize>],
) -> Result<(), Box<dyn Error>> {
    println!("--- without the two lines ---");
    println!("lines 134 and 141       with  without");
    let models = [untrained.params.clone(), untrained.params.clone().with_ablation(WITHOUT)];
    let after = [
        trained.params.clone(),
        common::trained(&Program { params: models[1].clone(), ..untrained.clone() })?,
    ];
    let losses = |models: &[Parameters; 2]| models.each_ref().map(|params| mean_loss(params, held_out));
    let [with, without] = losses(&models);
    println!("loss before training  {with:.4}   {without:.4}");
    let [with, without] = losses(&after);
    println!("loss after training   {with:.4}   {without:.4}");
    let [with, without] = [0, 1].map(|i| changed(&models[i], &after[i]));
    println!("parameters changed    {with:6}   {without:6}");
    println!("{} steps, losses of {} held-out names", Program::NUM_STEPS, held_out.len());
    println!("loss of pure guessing, ln 27: {:.4}", 27_f64.ln());
    let first_name = untrained.tokenizer.encode_doc(&untrained.docs[0])?;
    let [with, without] = models.each_ref().map(|params| zeros(&loss_and_gradients(&first_name, params).1));
    println!("gradients that are 0  {with:6}   {without:6}");
    Ok(())
}

/// What the picture shows, rounded as there.
fn sizes_at_position_4(last: &Activations<f64>) {
    label("sizes at position 4");
    let layer = &last.layers[0];
    for (what, vector) in [
        ("x, line 112", &last.embedding_norm),
        ("from attention, line 133", &layer.attn_out),
        ("x, line 134", &layer.attn_residual),
        ("from the MLP, line 140", &layer.mlp_out),
        ("x, line 141", &layer.mlp_residual),
    ] {
        println!("{what:25} RMS {:.2}", rms(vector));
    }
    println!("strips of {} numbers", last.embedding_norm.len());
}

/// Parts that multiply by `w`, one after the other, from x = 2.
struct Chain {
    result: f64,
    /// The slope of the result to x.
    slope: f64,
    /// The gradient of the first part's w.
    first_w: f64,
}

impl Chain {
    fn new(w: f64, parts: usize, residual: bool) -> Self {
        let tape = Tape::new();
        let start = tape.value(2.0);
        let weights = tape.values(&vec![w; parts]);
        let y = weights.iter().fold(start, |x, &w| if residual { w * x + x } else { w * x });
        y.backward();
        Self { result: y.data(), slope: start.grad(), first_w: weights[0].grad() }
    }
}

fn three_parts_by_hand() {
    label("three parts by hand");
    println!("f(x) = 0.1 * x    without     with");
    for parts in 0..=3 {
        let name = if parts == 0 { "x".to_string() } else { format!("after part {parts}") };
        let [without, with] = [false, true]
            .map(|residual| if parts == 0 { 2.0 } else { Chain::new(0.1, parts, residual).result });
        println!("{name:16} {without:8.3} {with:8.3}");
    }
    println!("second part, with: 0.1 * 2.2 + 2.2 = {:.2}", Chain::new(0.1, 2, true).result);
}

fn three_slopes() {
    label("three slopes");
    println!(
        "slope of one part, {} through it, 1 around it: 0.1 + 1 = {:.1}",
        0.1,
        Chain::new(0.1, 1, true).slope
    );
    println!("slope of three parts: 1.1 * 1.1 * 1.1 = {:.3}", Chain::new(0.1, 3, true).slope);
    println!("slope of three parts, none around: 0.1 * 0.1 * 0.1 = {:.3}", Chain::new(0.1, 3, false).slope);
}

/// What is the slope of three parts with a residual connection around each?
fn one_slope() {
    label("checkpoint slope-of-three");
    println!("answer: {}", Chain::new(0.1, 3, true).slope);
    println!("wrong: {} without", Chain::new(0.1, 3, false).slope);
    println!("wrong: {} added up", 1.0 + 3.0 * 0.1);
    println!("wrong: {} one connection around all three", Chain::new(0.1, 3, false).slope + 1.0);
}

fn zero_weights() {
    label("zero weights");
    let [without, with] = [false, true].map(|residual| Chain::new(0.0, 3, residual));
    println!("result without: {}, with: {}", without.result, with.result);
    println!("slope to x without: {}, with: {}", without.slope, with.slope);
    println!("gradient of the first w without: {}, with: {}", without.first_w, with.first_w);
}

/// How does the x of line 141 differ from that of line 112, before training?
fn before_training_nothing_is_added(tokens: &[usize], untrained: &Parameters) -> Result<(), Box<dyn Error>> {
    label("checkpoint the-same");
    let position = &trace(untrained, &tokens[..5], Engine::Scalar)[4];
    let layer = &position.layers[0];
    for (what, vector) in [
        ("x of line 112", &position.embedding_norm),
        ("from attention, line 133", &layer.attn_out),
        ("from the MLP, line 140", &layer.mlp_out),
        ("x of line 141", &layer.mlp_residual),
    ] {
        println!("{what:24} {}", show(&vector[..4]));
    }
    let answer = match &layer.mlp_residual {
        x if x == &position.embedding_norm => "the same 16 numbers",
        x if x.iter().all(|&number| number == 0.0) => "all 0",
        _ => "nearly the same numbers",
    };
    println!("answer: {answer}");
    Ok(())
}

fn names_of_lists() {
    label("names of lists");
    let x = [1, 2];
    let kept = x;
    println!("x = [1, 2], then kept = x:           x {x:?}  kept {kept:?}");
    println!("x = [5, 6], a new list:              x {:?}  kept {kept:?}", [5, 6]);
    println!("instead x[0] = 9, the same list:     x {:?}  kept {:?}", [9, 2], [9, 2]);
}

fn two_additions(last: &Activations<f64>) {
    label("two additions");
    let layer = &last.layers[0];
    println!("position 4, the first 3 of 16 numbers");
    println!("kept      {}", show(&last.embedding_norm[..3]));
    println!("attention {}", show(&layer.attn_out[..3]));
    println!("sum       {}", show(&layer.attn_residual[..3]));
    println!("MLP       {}", show(&layer.mlp_out[..3]));
    println!("sum       {}", show(&layer.mlp_residual[..3]));
}

fn gradients_by_depth(tokens: &[usize]) {
    label("gradients by depth");
    println!("RMS of the gradients in the row of a");
    println!("layers      with     without");
    let of = |n_layer: usize, ablation: Ablation| {
        let params = without_zeros(n_layer, 42).with_ablation(ablation);
        let (_, grads) = loss_and_gradients(tokens, &params);
        rms(params.get_in(&grads, "wte").expect("a matrix").row(0))
    };
    for n_layer in [1, 2, 4, 8] {
        let [with, without] = [Ablation::NONE, WITHOUT].map(|ablation| of(n_layer, ablation));
        println!("{n_layer:6} {with:9.4} {:>11}", format!("{without:.1e}"));
    }
    println!("{:.1e} is {0:.5}", of(1, WITHOUT));
    let smallest = of(8, WITHOUT);
    println!("{smallest:.1e}: zeros after the point {}", -smallest.log10().floor() - 1.0);
}

fn lists_added_with_plus(tokens: &[usize], untrained: &Parameters) {
    label("lists added with plus");
    let tape = Tape::new();
    let state_dict = untrained.on(&tape);
    let activations = loss(tokens, &state_dict).activations;
    let last = &activations[4];
    let joined = [&last.layers[0].attn_out[..], &last.embedding_norm[..]].concat();
    println!("numbers in x after line 134: {}", joined.len());
    println!("numbers that linear takes: {}", last.embedding_norm.len());
    println!("first 3 {}", show(&numbers(&joined[..3])));
    println!("last 3  {}", show(&numbers(&joined[29..])));
    let logits = numbers(&plus_to_the_end(&joined, &state_dict));
    println!("largest and smallest of the {} scores: {} and {}", logits.len(), max(&logits), min(&logits));
}

/// Four parts that multiply by 0.5: what is the slope with residual connections?
fn four_parts() {
    label("checkpoint two-halves");
    println!("one part of 0.5 * x: 0.5 + 1 = {}", Chain::new(0.5, 1, true).slope);
    println!("two such parts: 1.5 * 1.5 = {}", Chain::new(0.5, 2, true).slope);
    println!("two such parts, none around: 0.5 * 0.5 = {}", Chain::new(0.5, 2, false).slope);
    println!("four such parts: {} = {}", join([1.5; 4], " * "), Chain::new(0.5, 4, true).slope);
    println!("answer: {}", Chain::new(0.5, 2, true).slope);
    println!("wrong: {} without", Chain::new(0.5, 2, false).slope);
    println!("wrong: {} one connection around both", Chain::new(0.5, 2, false).slope + 1.0);
    println!("wrong: {} added up", 1.0 + 0.5 + 0.5);
}

fn scores_as_sums(last: &Activations<f64>, trained: &Program) {
    label("scores as sums");
    let lm_head = trained.params.get("lm_head").expect("a matrix of the program");
    let layer = &last.layers[0];
    println!("        kept attention     MLP   score");
    for &id in &largest_first(&last.logits)[..5] {
        let part = |x: &[f64]| dot(lm_head.row(id), x);
        println!(
            "{:3} {:8.4} {:9.4} {:7.4} {:7.4}",
            trained.tokenizer.token_name(id),
            part(&last.embedding_norm),
            part(&layer.attn_out),
            part(&layer.mlp_out),
            last.logits[id]
        );
    }
}

fn eight_paths() {
    label("eight paths");
    println!("paths       around all  through one  through two  through all");
    println!("how many    {:10} {:12} {:12} {:12}", 1, 3, 3, 1);
    println!("slope each  {:10} {:12} {:12.2} {:12.3}", 1, 0.1, 0.1 * 0.1, Chain::new(0.1, 3, false).slope);
    println!("1 + 3 * 0.1 + 3 * 0.01 + 0.001 = {:.3}", Chain::new(0.1, 3, true).slope);
    println!("gradient of the first w, without: 2 * 0.1 * 0.1 = {:.2}", Chain::new(0.1, 3, false).first_w);
    println!("gradient of the first w, with: 2 * 1.1 * 1.1 = {:.2}", Chain::new(0.1, 3, true).first_w);
}

fn how_much_is_added(positions: &[Activations<f64>], trained: &Program, held_out: &[Vec<usize>]) {
    label("how much is added");
    println!("RMS            before  attention     MLP        after  cosine");
    let vectors = |position: &Activations<f64>| {
        let layer = &position.layers[0];
        [&position.embedding_norm, &layer.attn_out, &layer.mlp_out, &layer.mlp_residual].map(|x| x.clone())
    };
    for (position, name) in positions.iter().zip(["0 BOS", "1 a", "2 n", "3 n", "4 a"]) {
        let [start, attention, mlp, end] = &vectors(position);
        println!(
            "{name:12} {:10.4} {:10.4} {:7.4} {:12.4} {:7.4}",
            rms(start),
            rms(attention),
            rms(mlp),
            rms(end),
            cosine(start, end)
        );
    }
    let sizes: Vec<[f64; 4]> = held_out
        .iter()
        .flat_map(|name| trace(&trained.params, &name[..name.len() - 1], Engine::Fused))
        .map(|position| vectors(&position).each_ref().map(|x| rms(x)))
        .collect();
    let [start, attention, mlp, end] =
        [0, 1, 2, 3].map(|i| sizes.iter().map(|sizes| sizes[i]).sum::<f64>() / sizes.len() as f64);
    println!("held-out     {start:10.4} {attention:10.4} {mlp:7.4} {end:12.4}");
    println!("the last row: mean over the {} positions of {} held-out names", sizes.len(), held_out.len());
}

fn path_of_the_gradient(tokens: &[usize], trained: &Program) {
    let tape = Tape::new();
    let computed = loss(tokens, &trained.params.on(&tape));
    computed.loss.backward();
    let of = |position: &Activations<Value>| {
        let layer = &position.layers[0];
        [&layer.mlp_residual, &layer.attn_residual, &position.embedding_norm].map(|x| gradients(x))
    };

    label("the path of the gradient");
    println!("position 4, the first 4 of 16 gradients");
    let [end, middle, start] = of(&computed.activations[4]);
    println!("x of line 141      {}", show(&end[..4]));
    println!("through the MLP    {}", show(&difference(&middle, &end)[..4]));
    println!("x of line 134      {}", show(&middle[..4]));
    println!("through attention  {}", show(&difference(&start, &middle)[..4]));
    println!("x of line 112      {}", show(&start[..4]));

    label("around and through");
    println!("RMS of gradients   around   MLP  attention");
    for (position, name) in computed.activations.iter().zip(["0 BOS", "1 a", "2 n", "3 n", "4 a"]) {
        let [end, middle, start] = of(position);
        println!(
            "{name:15} {:9.4} {:7.4} {:8.4}",
            rms(&end),
            rms(&difference(&middle, &end)),
            rms(&difference(&start, &middle))
        );
    }
}

fn before_training(tokens: &[usize], untrained: &Parameters) {
    label("before training");
    let tape = Tape::new();
    let computed = loss(tokens, &untrained.on(&tape));
    computed.loss.backward();
    let position = &computed.activations[4];
    let [end, start] = [&position.layers[0].mlp_residual, &position.embedding_norm].map(|x| gradients(x));
    println!("x of line 141      {}", show(&end[..4]));
    println!("x of line 112      {}", show(&start[..4]));
    let same = end.iter().zip(&start).filter(|(a, b)| a == b).count();
    println!("gradients that are the same to the last digit: {same} of {}", start.len());
}

fn losses_by_depth(untrained: &Program, held_out: &[Vec<usize>]) -> Result<(), Box<dyn Error>> {
    label("losses by depth");
    println!("loss after 500 steps, 200 held-out names, all matrices with std 0.02");
    println!("             with residuals           without");
    println!("layers  seed 1  seed 2  seed 3    seed 1  seed 2  seed 3");
    let mut all_with = Vec::new();
    for n_layer in [1, 2, 4] {
        let of_seed = |ablation: Ablation, seed: u64| -> Result<f64, TrainingError> {
            let params = without_zeros(n_layer, seed).with_ablation(ablation);
            let model = common::trained(&Program { params, ..reseeded(Config::default(), seed) })?;
            Ok(mean_loss(&model, held_out))
        };
        let row = |ablation| (1..=3).into_par_iter().map(|seed| of_seed(ablation, seed)).collect();
        let [with, without]: [Result<Vec<f64>, _>; 2] = [Ablation::NONE, WITHOUT].map(row);
        let (with, without) = (with?, without?);
        println!("{n_layer:6} {}   {}", show(&with), show(&without));
        all_with.extend(with);
    }
    println!("with residuals, all seeds and depths: from {:.2} to {:.2}", min(&all_with), max(&all_with));
    println!("only how frequent each token is: {:.4}", loss_by_counts(untrained, held_out)?);
    Ok(())
}

/// The loss of a model that knows how frequent each token is in the names of the training, and nothing else.
fn loss_by_counts(program: &Program, held_out: &[Vec<usize>]) -> Result<f64, Box<dyn Error>> {
    let mut counts = vec![0.0; program.tokenizer.vocab_size()];
    for doc in &program.docs[..Program::NUM_STEPS] {
        program.tokenizer.encode_doc(doc)?[1..].iter().for_each(|&id| counts[id] += 1.0);
    }
    let total: f64 = counts.iter().sum();
    let mut sum = 0.0;
    for name in held_out {
        let targets = &name[1..name.len().min(9)];
        sum += targets.iter().map(|&id| -(counts[id] / total).ln()).sum::<f64>() / targets.len() as f64;
    }
    Ok(sum / held_out.len() as f64)
}

fn kept_too_late(last: &Activations<f64>) {
    label("kept too late");
    let layer = &last.layers[0];
    println!("kept on line 136      {}", show(&layer.attn_residual[..4]));
    println!("kept after line 137   {}", show(&layer.mlp_norm[..4]));
    let wrong: Vec<f64> = layer.mlp_out.iter().zip(&layer.mlp_norm).map(|(a, b)| a + b).collect();
    println!("right sum, line 141   {}", show(&layer.mlp_residual[..4]));
    println!("wrong sum             {}", show(&wrong[..4]));
    println!(
        "RMS kept on line 136: {:.4}, after line 137: {:.4}",
        rms(&layer.attn_residual),
        rms(&layer.mlp_norm)
    );
}

/// Which matrices have gradients that are not 0 in the first step, if line 141 alone is missing?
fn only_one_line_missing(tokens: &[usize], untrained: &Parameters) {
    label("checkpoint only-one-line-missing");
    let tape = Tape::new();
    let state_dict = untrained.on(&tape);
    without_line_141(&state_dict, tokens[0], tokens[1]).backward();
    let grads = tape.grads(untrained.len());
    let mut some = Vec::new();
    for matrix in untrained.matrices() {
        let own = untrained.get_in(&grads, matrix.name).expect("a matrix of the program").data;
        println!("gradients of {:14} that are not 0: {}", matrix.name, own.len() - zeros(own));
        if zeros(own) < own.len() {
            some.push(matrix.name.trim_start_matches("layer0."));
        }
    }
    println!("answer: {} alone", some.join(", "));
}

/// A fresh model in which `attn_wo` and `mlp_fc2` are drawn like the other matrices.
fn without_zeros(n_layer: usize, seed: u64) -> Parameters {
    let mut random = Random::new(seed);
    let config = Config { n_layer, ..Config::default() };
    let mut params = Parameters::random(config, 27, &mut random).expect("a possible model");
    for number in params.as_mut_slice().iter_mut().filter(|number| **number == 0.0) {
        *number = random.gauss(0.0, 0.02);
    }
    params
}

/// Lines 136 to 143 with `x = x + x_residual` on line 141, where `zip` stops at 16 numbers.
fn plus_to_the_end<'t>(x: &[Value<'t>], state_dict: &StateDict<'t>) -> Vec<Value<'t>> {
    let layer = &state_dict.layers[0];
    let hidden = linear(&rmsnorm(x)[..16], &layer.mlp_fc1);
    let active: Vec<_> = hidden.iter().map(|x_i| x_i.relu().powf(2.0)).collect();
    let x = [&linear(&active, &layer.mlp_fc2)[..], x].concat();
    linear(&x[..16], &state_dict.lm_head)
}

/// The loss of position 0, where the only attention weight is 1, with line 134 and without line 141.
fn without_line_141<'t>(state_dict: &StateDict<'t>, token_id: usize, target_id: usize) -> Value<'t> {
    let layer = &state_dict.layers[0];
    let x: Vec<_> = state_dict.wte[token_id].iter().zip(&state_dict.wpe[0]).map(|(&t, &p)| t + p).collect();
    let x = rmsnorm(&x);
    let x_attn = linear(&rmsnorm(&x), &layer.attn_wv);
    let x: Vec<_> = linear(&x_attn, &layer.attn_wo).into_iter().zip(x).map(|(a, b)| a + b).collect();
    let hidden = linear(&rmsnorm(&x), &layer.mlp_fc1);
    let active: Vec<_> = hidden.iter().map(|x_i| x_i.relu().powf(2.0)).collect();
    let logits = linear(&linear(&active, &layer.mlp_fc2), &state_dict.lm_head);
    -softmax(&logits)[target_id].log()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The lesson's picture: the stream of the last a of `anna`, and what attention and the MLP add to it.
fn figure(last: &Activations<f64>) -> String {
    let (stream, added) = (0.0, 230.0);
    let (cell, middle, part) = (10.0, 80.0, 310.0);
    let layer = &last.layers[0];
    let strip = |x: f64, y: f64, numbers: &[f64]| {
        Cells { width: cell, height: 18.0, full: 1.5, ..Cells::PLAIN }.strip((x, y), numbers)
    };
    let size = |numbers: &[f64]| format!("RMS {:.2}", rms(numbers));
    // From a strip at y around a part to the plus sign
    let around = |y: f64, kept: &str, line: &str, name: &str, lines: &str, result: &[f64]| -> Markup {
        let plus = y + 110.0;
        html! {
            (draw::arrow((middle, y + 20.0), (middle, plus - 12.0), ""))
            (draw::text("name start", (middle + 8.0, y + 52.0), "x_residual"))
            (draw::text("quiet start", (middle + 8.0, y + 70.0), kept))
            (draw::arrow((stream + 16.0 * cell + 4.0, y + 9.0), (part - 52.0, y + 9.0), "x"))
            (draw::text("label", (part, y + 8.0), "rmsnorm,"))
            (draw::text("label", (part, y + 26.0), name))
            (draw::text("quiet", (part, y + 44.0), lines))
            (draw::arrow((part, y + 50.0), (part, plus - 13.0), ""))
            (strip(added, plus - 9.0, result))
            (draw::text("digits start", (part + 8.0, plus - 24.0), &size(result)))
            (draw::arrow((added - 4.0, plus), (middle + 12.0, plus), line))
            (draw::outline((middle - 9.0, plus - 9.0), (18.0, 18.0)))
            (draw::text("label", (middle, plus + 5.0), "+"))
            (draw::arrow((middle, plus + 11.0), (middle, plus + 28.0), ""))
        }
    };
    let row = |i: usize| 24.0 + 142.0 * i as f64;
    let vectors = [&last.embedding_norm, &layer.attn_residual, &layer.mlp_residual];
    draw::svg(
        "The residual stream of the last a of anna",
        "A strip of 16 cells goes straight down, unchanged, to a plus sign. A copy goes through rmsnorm and attention, \
         and what comes out, a much paler strip, arrives at the same plus sign. The sum does the same once more, \
         around rmsnorm and the MLP.",
        (draw::WIDTH, row(2) + 30.0),
        html! {
            (draw::text("quiet start", (0.0, 14.0), "x, line 112"))
            (around(row(0), "line 116: unchanged", "line 134", "attention", "lines 117–133", &layer.attn_out))
            (around(row(1), "line 136: unchanged", "line 141", "MLP", "lines 137–140", &layer.mlp_out))
            @for (i, x) in vectors.into_iter().enumerate() {
                (strip(stream, row(i), x))
                @if i > 0 { (draw::text("quiet start", (0.0, row(i) - 6.0), "x")) }
            }
            @for (i, x) in vectors.into_iter().enumerate() {
                (draw::text("digits end", (160.0, row(i) - if i == 0 { 10.0 } else { 6.0 }), &size(x)))
            }
        },
    )
}
