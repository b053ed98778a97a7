//! Lesson 3.7, Residual connections: what each block adds, and the way of the gradient around the blocks.

mod common;

use std::error::Error;

use common::{
    changed, dot, gradients, join, label, largest_first, max, min, numbers, print_rows, reseeded, rms, show,
    zeros,
};
use microgpt::training::TrainingError;
use microgpt::{
    Ablation, Config, Engine, Parameters, Program, Random, StateDict, Tape, Value, graph, linear, loss,
    loss_and_gradients, mean_loss, rmsnorm, softmax, trace,
};
use rayon::prelude::*;

/// Lines 134 and 141 taken out.
const WITHOUT: Ablation = Ablation { no_residual: true, ..Ablation::NONE };

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let trained = Program::trained();
    let tokenizer = &trained.tokenizer;
    let tokens = tokenizer.encode_doc("anna")?;
    let letter = |id: usize| tokenizer.token_name(id);
    let held_out = tokenizer.encode_docs(&trained.docs[Program::NUM_STEPS..][..200])?;

    println!("--- without the two lines ---");
    println!("seed 42, 500 steps, 200 held-out names     with  without");
    let models = [untrained.params.clone(), untrained.params.clone().with_ablation(WITHOUT)];
    let first_name = tokenizer.encode_doc(&untrained.docs[0])?;
    let first_step = models.each_ref().map(|params| zeros(&loss_and_gradients(&first_name, params).1));
    println!("gradients exactly 0 in the first step:    {:5}    {:5}", first_step[0], first_step[1]);
    let after = [
        trained.params.clone(),
        common::trained(&Program { params: models[1].clone(), ..untrained.clone() })?,
    ];
    let changed = [0, 1].map(|i| changed(&models[i], &after[i]));
    println!("parameters that 500 steps change:         {:5}    {:5}", changed[0], changed[1]);
    let losses = models.each_ref().map(|params| mean_loss(params, &held_out));
    println!("loss before training:                    {:.4}   {:.4}", losses[0], losses[1]);
    let losses = after.each_ref().map(|params| mean_loss(params, &held_out));
    println!("loss after training:                     {:.4}   {:.4}", losses[0], losses[1]);
    println!("pure guessing, ln 27: {:.4}", 27_f64.ln());

    label("names of lists");
    let x = [1, 2];
    let kept = x;
    println!("x = [1, 2], then kept = x:           x {x:?}  kept {kept:?}");
    println!("x = [5, 6], a new list:              x {:?}  kept {kept:?}", [5, 6]);
    println!("instead x[0] = 9, the same list:     x {:?}  kept {:?}", [9, 2], [9, 2]);

    label("three blocks by hand");
    println!("block: f(x) = 0.1 * x    without       with");
    let (mut without, mut with) = (2.0, 2.0);
    println!("x                       {without:8.4}   {with:8.4}");
    for block in 1..=3 {
        (without, with) = (0.1 * without, 0.1 * with + with);
        println!("after block {block}           {without:8.4}   {with:8.4}");
    }

    label("their slopes");
    println!("without: 0.1 * 0.1 * 0.1 = {:.3}", slope(0.1, 3, false).0);
    println!("with: 1.1 * 1.1 * 1.1 = {:.3}", slope(0.1, 3, true).0);
    println!("with, path by path: 1 + 3 * 0.1 + 3 * 0.01 + 0.001 = {:.3}", 1.0 + 0.3 + 0.03 + 0.001);
    println!("8 paths: around all blocks 1, through one 3, through two 3, through all 1");
    println!("gradient of the first w, without: 2 * 0.1 * 0.1 = {:.2}", slope(0.1, 3, false).1);
    println!("gradient of the first w, with: 2 * 1.1 * 1.1 = {:.2}", slope(0.1, 3, true).1);

    println!(
        "slope of one block, with: w + 1 = 0.1 through the block + 1 around it = {:.1}",
        slope(0.1, 1, true).0
    );

    label("all three w are zero");
    println!("result without: {}, with: {}", slope(0.0, 3, false).2, slope(0.0, 3, true).2);
    println!("slope to x without: {}, with: {}", slope(0.0, 3, false).0, slope(0.0, 3, true).0);
    println!("gradient of the first w without: {}, with: {}", slope(0.0, 3, false).1, slope(0.0, 3, true).1);

    label("one block as a graph");
    let tape = Tape::new();
    let (w, x) = (tape.value(0.1), tape.value(2.0));
    let f = w * x;
    let y = f + x;
    y.backward();
    let title = "flowchart TB\n    accTitle: One block with a residual connection, with values and gradients";
    let diagram = graph::mermaid(y, &[(w, "w"), (x, "x"), (f, "f"), (y, "y")]);
    print!("{}", diagram.replacen("flowchart LR", title, 1));

    let tape = Tape::new();
    let state_dict = trained.params.on(&tape);
    let computed = loss(&tokens, &state_dict);
    computed.loss.backward();
    let anna = &computed.activations;
    let (last, layer) = (&anna[4], &anna[4].layers[0]);

    label("the addition of line 134");
    println!("trained model, position 4 of anna");
    println!("kept on line 116:");
    print_rows(&numbers(&last.embedding_norm));
    println!("from attention, line 133:");
    print_rows(&numbers(&layer.attn_out));
    println!("their sum, line 134:");
    print_rows(&numbers(&layer.attn_residual));

    label("the addition of line 141");
    println!("trained model, position 4 of anna");
    println!("kept on line 136:");
    print_rows(&numbers(&layer.attn_residual));
    println!("from the MLP, line 140:");
    print_rows(&numbers(&layer.mlp_out));
    println!("their sum, line 141:");
    print_rows(&numbers(&layer.mlp_residual));

    label("how much is added");
    println!("after training   RMS     RMS added by          RMS at   cosine, line");
    let (start, end) = (112, 141);
    println!("position      line {start}  attention     MLP   line {end}   {start} and {end}");
    for (pos_id, position) in anna.iter().enumerate() {
        let layer = &position.layers[0];
        let [start, attention, mlp, end] =
            [&position.embedding_norm, &layer.attn_out, &layer.mlp_out, &layer.mlp_residual]
                .map(|x| numbers(x));
        println!(
            "{pos_id} {:8} {:11.4} {:10.4} {:7.4} {:10.4} {:13.4}",
            letter(tokens[pos_id]),
            rms(&start),
            rms(&attention),
            rms(&mlp),
            rms(&end),
            cosine(&start, &end)
        );
    }
    let smallest = anna
        .iter()
        .map(|position| {
            cosine(&numbers(&position.embedding_norm), &numbers(&position.layers[0].mlp_residual))
        })
        .fold(1.0, f64::min);
    let mut sums = [0.0; 4];
    let mut positions = 0;
    for name in &held_out {
        let shown = name.len() - 1;
        for position in trace(&trained.params, &name[..shown], Engine::Fused) {
            let layer = &position.layers[0];
            let sizes = [&position.embedding_norm, &layer.attn_out, &layer.mlp_out, &layer.mlp_residual]
                .map(|x| rms(x));
            sums = [0, 1, 2, 3].map(|i| sums[i] + sizes[i]);
            positions += 1;
        }
    }
    let mean = sums.map(|sum| sum / f64::from(positions));
    println!("held-out {:8.4} {:10.4} {:7.4} {:10.4}", mean[0], mean[1], mean[2], mean[3]);
    println!("smallest cosine of the vectors at the beginning and at the end: {smallest:.4}");
    println!("the last row: mean over the {positions} positions of {} held-out names", held_out.len());

    label("scores as sums");
    println!("trained model, position 4 of anna: the five largest scores");
    println!("token    line 112  attention      MLP    score");
    for &id in &largest_first(&numbers(&last.logits))[..5] {
        let row = numbers(&state_dict.lm_head[id]);
        let part = |x: &[Value]| dot(&row, &numbers(x));
        println!(
            "{:5} {:11.4} {:10.4} {:8.4} {:8.4}",
            letter(id),
            part(&last.embedding_norm),
            part(&layer.attn_out),
            part(&layer.mlp_out),
            last.logits[id].data()
        );
    }

    label("the path of the gradient");
    println!("trained model, position 4 of anna, the first 6 of 16 gradients");
    let [end, middle, start] =
        [&layer.mlp_residual, &layer.attn_residual, &last.embedding_norm].map(|x| gradients(x));
    println!("x of line 141:         {}", show(&end[..6]));
    println!("through the MLP:       {}", show(&difference(&middle, &end)[..6]));
    println!("x of line 134:         {}", show(&middle[..6]));
    println!("through attention:     {}", show(&difference(&start, &middle)[..6]));
    println!("x of line 112:         {}", show(&start[..6]));

    label("direct and through the blocks");
    println!("RMS of gradients          direct      through      through");
    println!("after training              path      the MLP    attention");
    for (pos_id, position) in anna.iter().enumerate() {
        let layer = &position.layers[0];
        let [end, middle, start] =
            [&layer.mlp_residual, &layer.attn_residual, &position.embedding_norm].map(|x| gradients(x));
        println!(
            "{pos_id} {:12} {:15.4} {:12.4} {:12.4}",
            letter(tokens[pos_id]),
            rms(&end),
            rms(&difference(&middle, &end)),
            rms(&difference(&start, &middle))
        );
    }

    label("before training");
    let start_tape = Tape::new();
    let before = loss(&tokens, &untrained.params.on(&start_tape));
    before.loss.backward();
    let position = &before.activations[4];
    let layer_before = &position.layers[0];
    println!("position 4 of anna, the first 6 of 16 gradients");
    println!("x of line 141:         {}", show(&gradients(&layer_before.mlp_residual)[..6]));
    println!("x of line 112:         {}", show(&gradients(&position.embedding_norm)[..6]));
    let [end, start] = [&layer_before.mlp_residual, &position.embedding_norm].map(|x| gradients(x));
    let same = end.iter().zip(&start).filter(|(a, b)| a == b).count();
    println!("gradients that are the same to the last digit: {same} of {}", start.len());

    label("gradients by depth");
    println!("starting values, all matrices with std 0.02, the loss of anna");
    println!("RMS of the gradients in the row of a, wte[0]");
    println!("layers      with     without");
    let mut without_residuals = 0.0_f64;
    for n_layer in [1, 2, 4, 8] {
        let [with, without] = [Ablation::NONE, WITHOUT].map(|ablation| {
            let params = without_zeros(n_layer, 42).with_ablation(ablation);
            let (_, grads) = loss_and_gradients(&tokens, &params);
            rms(params.get_in(&grads, "wte").expect("a matrix").row(0))
        });
        without_residuals = without;
        println!("{n_layer:6} {with:9.4} {:>11}", format!("{without:.1e}"));
    }
    println!("{without_residuals:.1e}: zeros after the point {}", -without_residuals.log10().floor() - 1.0);

    label("losses by depth");
    println!("loss after 500 steps, 200 held-out names, all matrices with std 0.02");
    println!("             with residuals           without");
    println!("layers  seed 1  seed 2  seed 3    seed 1  seed 2  seed 3");
    let mut all_with = Vec::new();
    for n_layer in [1, 2, 4] {
        let of_seed = |ablation: Ablation, seed: u64| -> Result<f64, TrainingError> {
            let params = without_zeros(n_layer, seed).with_ablation(ablation);
            let model = common::trained(&Program { params, ..reseeded(Config::default(), seed) })?;
            Ok(mean_loss(&model, &held_out))
        };
        let row = |ablation| (1..=3).into_par_iter().map(|seed| of_seed(ablation, seed)).collect();
        let [with, without]: [Result<Vec<f64>, _>; 2] = [Ablation::NONE, WITHOUT].map(row);
        let (with, without) = (with?, without?);
        println!("{n_layer:6} {}   {}", show(&with), show(&without));
        all_with.extend(with);
    }
    let mut counts = vec![0.0; tokenizer.vocab_size()];
    for doc in &untrained.docs[..Program::NUM_STEPS] {
        tokenizer.encode_doc(doc)?[1..].iter().for_each(|&id| counts[id] += 1.0);
    }
    let total: f64 = counts.iter().sum();
    let mut by_counts = 0.0;
    for name in &held_out {
        let targets = &name[1..name.len().min(9)];
        by_counts += targets.iter().map(|&id| -(counts[id] / total).ln()).sum::<f64>() / targets.len() as f64;
    }
    println!("with residuals, all seeds and depths: from {:.2} to {:.2}", min(&all_with), max(&all_with));
    println!("only how frequent each token is: {:.4}", by_counts / held_out.len() as f64);

    label("lists added with plus");
    let joined = [&layer_before.attn_out[..], &position.embedding_norm[..]].concat();
    println!("numbers in x after line 134: {}", joined.len());
    println!("the first 4: {}", show(&numbers(&joined[..4])));
    println!("the last 4:  {}", show(&numbers(&joined[28..])));
    let matrices = Tape::new();
    let state_dict = untrained.params.on(&matrices);
    let joined = matrices.values(&numbers(&joined));
    let logits = plus_to_the_end(&joined, &state_dict);
    println!("largest of the 27 scores, starting values: {}", max(&numbers(&logits)));
    println!("smallest of the 27 scores, starting values: {}", min(&numbers(&logits)));

    label("kept too late");
    println!("x_residual on line 136:  {}", show(&numbers(&layer.attn_residual[..6])));
    println!("after line 137:          {}", show(&numbers(&layer.mlp_norm[..6])));
    let wrong: Vec<f64> =
        layer.mlp_out.iter().zip(&layer.mlp_norm).map(|(a, b)| a.data() + b.data()).collect();
    println!("right sum on line 141:   {}", show(&numbers(&layer.mlp_residual[..6])));
    println!("sum with the wrong one:  {}", show(&wrong[..6]));
    println!(
        "RMS of x_residual: {:.4}, of the wrong one: {:.4}",
        rms(&numbers(&layer.attn_residual)),
        rms(&numbers(&layer.mlp_norm))
    );

    label("questions");
    let relu = [3.0_f64, -2.0].map(|x| x.max(0.0));
    let slopes = [3.0, -2.0].map(|x| f64::from(x > 0.0));
    println!(
        "x 3 -2, relu of each: {} {}, with the residual: {} {}",
        relu[0],
        relu[1],
        relu[0] + 3.0,
        relu[1] - 2.0
    );
    println!(
        "slopes of relu: {} {}, with the residual: {} {}",
        slopes[0],
        slopes[1],
        slopes[0] + 1.0,
        slopes[1] + 1.0
    );
    println!("four blocks with w = 0.5, slope without: {}", slope(0.5, 4, false).0);
    println!("four blocks with w = 0.5, slope with: {} = {}", join([1.5; 4], " * "), slope(0.5, 4, true).0);
    println!("nodes of lines 134 and 141 at a position: 2 * 16 = {}", 2 * 16);
    println!("only line 141 missing, position 0, starting values");
    let tape = Tape::new();
    let state_dict = untrained.params.on(&tape);
    without_line_141(&state_dict, tokens[0], tokens[1]).backward();
    let grads = tape.grads(untrained.params.len());
    for matrix in untrained.params.matrices() {
        let own = untrained.params.get_in(&grads, matrix.name).ok_or("a matrix")?.data;
        println!("gradients of {:14} that are not 0: {}", matrix.name, own.len() - zeros(own));
    }
    Ok(())
}

/// Blocks that multiply by `w`, one after the other, from x = 2: the slope to x, the gradient of the first
/// block's w, and the result.
fn slope(w: f64, blocks: usize, residual: bool) -> (f64, f64, f64) {
    let tape = Tape::new();
    let start = tape.value(2.0);
    let weights = tape.values(&vec![w; blocks]);
    let y = weights.iter().fold(start, |x, &w| if residual { w * x + x } else { w * x });
    y.backward();
    (start.grad(), weights[0].grad(), y.data())
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
