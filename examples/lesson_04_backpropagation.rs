//! Lesson 4.2, Backpropagation: the gradient of one parameter, traced back through the graph, and where gradients are 0.

mod common;

use std::error::Error;

use common::{changed, four_decimals, label, lm_head_n, max, numbers, show, zeros};
use microgpt::training::{Loss, cosine_decay};
use microgpt::{
    Adam, Fused, Parameters, Program, Random, Tape, graph, loss, loss_and_gradients, loss_of, mean_loss,
    softmax,
};

/// After how many steps a training is tested.
const TESTED_AFTER: [usize; 5] = [10, 20, 50, 100, 500];

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::untrained();
    let tokens = program.tokenizer.encode_doc("anna")?;
    let letter = |id: usize| program.tokenizer.token_name(id);

    // Forward and backward, as lines 155–172 do it
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let forward = loss(&tokens, &state_dict);
    forward.loss.backward();
    let w = state_dict.lm_head[13][0];
    let n = forward.losses.len();

    println!("--- gradients of anna ---");
    let grads = tape.grads(program.params.len());
    let index = lm_head_n(&program.params);
    println!("starting values, loss of anna: {:.4}", forward.loss.data());
    println!("index of lm_head[13][0]: 432 + 128 + 13 * 16 = {index}");
    println!("params[{index}].data: {:.6}", w.data());
    println!("params[{index}].grad: {:.6}", w.grad());
    println!("parameters: {}", grads.len());
    println!("gradients that are exactly 0: {} of {}", zeros(&grads), grads.len());

    // Around our parameter at position 1; what does not depend on it is put together
    let here = &forward.activations[1];
    let x = here.layers[0].mlp_residual[0];
    let logit = here.logits[13];
    let largest = max(&numbers(&here.logits));
    let exps: Vec<f64> = here.logits.iter().map(|logit| (logit.data() - largest).exp()).collect();
    let small = Tape::new();
    let (w1, x1) = (small.value(w.data()), small.value(x.data()));
    let product = w1 * x1;
    let rest = small.value(logit.data() - product.data());
    let score = product + rest;
    let minus_max = small.value(-largest);
    let shifted = score + minus_max;
    let e = shifted.exp();
    let others = small.value(exps.iter().sum::<f64>() - exps[13]);
    let total = e + others;
    let inverse = total.powf(-1.0);
    let p = e * inverse;
    let log = p.log();
    let minus_one = small.value(-1.0);
    let loss_t = log * minus_one;
    let fifth = small.value(1.0 / n as f64);
    let part = loss_t * fifth;
    part.backward();

    label("position 1 forward");
    println!("w, the parameter lm_head[13][0]:    {:9.6}", w1.data());
    println!("x, the first number of the vector:  {:9.6}", x1.data());
    println!("w * x:                              {:9.6}", product.data());
    println!(
        "rest, the {} other products:        {:9.6}",
        here.layers[0].mlp_residual.len() - 1,
        rest.data()
    );
    println!("score of n = w * x + rest:          {:9.6}", score.data());
    println!("largest of the 27 scores:           {largest:9.6}");
    println!("shifted = score - largest:          {:9.6}", shifted.data());
    println!("e = exp(shifted):                   {:9.6}", e.data());
    println!("others, the 26 other exponentials: {:10.6}", others.data());
    println!("total = e + others:                {:10.6}", total.data());
    println!("inverse = 1 / total:                {:9.6}", inverse.data());
    println!("p = e * inverse:                    {:9.6}", p.data());
    println!("log p:                              {:9.6}", log.data());
    println!("loss_t = - log p:                   {:9.6}", loss_t.data());
    println!("part of the loss = loss_t / 5:      {:9.6}", part.data());

    label("position 1 backward");
    println!("from               to        local gradient             handed on");
    for (from, to, what, local, handed) in [
        ("loss", "loss_t", "1/5", 0.2, loss_t.grad()),
        ("loss_t", "log p", "-1", -1.0, log.grad()),
        ("log p", "p", "1/p", 1.0 / p.data(), p.grad()),
        ("p", "inverse", "e", e.data(), inverse.grad()),
        ("inverse", "total", "-1/total^2", -inverse.data() * inverse.data(), total.grad()),
        ("total", "e", "1", 1.0, total.grad()),
        ("p", "e, too", "inverse", inverse.data(), p.grad() * inverse.data()),
    ] {
        println!("{from:18} {to:9} {what:10} {local:12.8}  {handed:13.6}");
    }
    println!("e, sum of both:    {:.6} + ({:.6}) = {:.6}", total.grad(), p.grad() * inverse.data(), e.grad());
    for (from, to, what, local, handed) in [
        ("e", "shifted", "e", e.data(), shifted.grad()),
        ("shifted", "score", "1", 1.0, score.grad()),
        ("score", "w * x", "1", 1.0, product.grad()),
        ("w * x", "w", "x", x1.data(), w1.grad()),
    ] {
        println!("{from:18} {to:9} {what:10} {local:12.8}  {handed:13.6}");
    }
    println!("score, in short: (p - 1) / 5 = ({:.6} - 1) / 5 = {:.6}", p.data(), (p.data() - 1.0) / 5.0);
    println!("for any other token: p / 5");
    let same = (score.grad() - logit.grad()).abs() < 1e-12;
    println!("the score has the same gradient in the whole graph: {same}");

    label("position 1 diagram");
    let labels = [
        (w1, "w"),
        (x1, "x"),
        (product, "w x"),
        (rest, "rest"),
        (score, "score of n"),
        (minus_max, "minus the largest"),
        (shifted, "shifted"),
        (e, "e"),
        (others, "others"),
        (total, "total"),
        (inverse, "inverse"),
        (p, "p"),
        (log, "log p"),
        (minus_one, "minus one"),
        (loss_t, "loss_t"),
        (fifth, "a fifth"),
        (part, "part of the loss"),
    ];
    let title =
        "flowchart TB\n    accTitle: The graph from w to the loss of position 1, with values and gradients";
    let diagram = graph::mermaid(part, &labels).replacen("flowchart LR", title, 1);
    // Without the three plain numbers: nobody needs their gradients
    let plain = ["    n5[", "    n5 ", "    n13[", "    n13 ", "    n15[", "    n15 "];
    for line in diagram.lines().filter(|line| !plain.iter().any(|start| line.starts_with(start))) {
        println!("{line}");
    }

    label("five uses of one parameter");
    println!("position  target  p of n    gradient of score  x          product");
    let mut sum = 0.0;
    for (pos_id, activations) in forward.activations.iter().enumerate() {
        let target = tokens[pos_id + 1];
        let p = softmax(&activations.logits)[13].data();
        let grad = activations.logits[13].grad();
        let x = activations.layers[0].mlp_residual[0].data();
        sum += grad * x;
        println!(
            "{pos_id} {:6}  {:6}  {p:.6}  {grad:17.6}  {x:9.6}  {:9.6}",
            letter(tokens[pos_id]),
            letter(target),
            grad * x
        );
    }
    println!("sum of the products: {sum:.6}");
    println!("lm_head[13][0].grad: {:.6}", w.grad());
    let first = &forward.activations[0].logits;
    println!("position 0: {:.6} / 5 = {:.6}", softmax(first)[13].data(), first[13].grad());

    label("confirmed by a nudge");
    let nudged_loss = |nudge: f64| loss_of(&tokens, &program.params.nudged(index, nudge));
    let (up, down) = (nudged_loss(0.00001), nudged_loss(-0.00001));
    println!("nudge: 0.00001 up and down");
    println!("loss after the nudge up:    {up:.12}");
    println!("loss after the nudge down:  {down:.12}");
    println!("difference / 0.00002:      {:.6}", (up - down) / 0.00002);
    println!("by backward:               {:.6}", w.grad());

    label("one column of all rows");
    println!("gradient of lm_head[.][0] in some of the 27 rows");
    for id in [0, 13, 26, 4, 25] {
        let in_name = if tokens.contains(&id) { "in anna" } else { "not in anna" };
        println!("row of {:4} {:9.6}  {in_name}", letter(id), state_dict.lm_head[id][0].grad());
    }
    let column: f64 = state_dict.lm_head.iter().map(|row| row[0].grad()).sum();
    println!("sum of all 27 is 0, but for rounding: {}", column.abs() < 1e-12);

    label("where the gradient gets through");
    let after = {
        let mut trainer = program.trainer();
        trainer.step()?;
        trainer.into_params()
    };
    let later = Tape::new();
    let later_dict = after.on(&later);
    let later_forward = loss(&tokens, &later_dict);
    later_forward.loss.backward();
    println!("position 1 of anna: gradients that are not 0");
    println!("vector               line  numbers   at the start  after one step");
    let parts = |position: usize| {
        [&forward, &later_forward].map(|forward| {
            let activations = &forward.activations[position];
            let layer = &activations.layers[0];
            [
                &activations.logits,
                &layer.mlp_residual,
                &layer.mlp_out,
                &layer.mlp_active,
                &layer.mlp_hidden,
                &layer.mlp_norm,
                &layer.attn_residual,
                &layer.attn_out,
                &layer.x_attn,
                &layer.v,
                &layer.k,
                &layer.q,
                &activations.embedding_norm,
                &activations.embedding,
            ]
            .map(|vector| (vector.len(), vector.iter().filter(|value| value.grad() != 0.0).count()))
        })
    };
    let names = [
        ("logits", 143),
        ("x", 141),
        ("from mlp_fc2", 140),
        ("relu ** 2", 139),
        ("from mlp_fc1", 138),
        ("rmsnorm", 137),
        ("x", 134),
        ("from attn_wo", 133),
        ("x_attn", 132),
        ("v", 120),
        ("k", 119),
        ("q", 118),
        ("x", 112),
        ("x", 111),
    ];
    let [start, one_step] = parts(1);
    for (((name, line), (len, before)), (_, after)) in names.into_iter().zip(start).zip(one_step) {
        println!("{name:20} {line:4}  {len:7}  {before:13}  {after:14}");
    }
    let [_, at_bos] = parts(0);
    println!("position 0, after one step: q {} of 16, k {} of 16", at_bos[11].1, at_bos[10].1);

    label("zeros by cause");
    let silent = |forward: &Loss| -> Vec<usize> {
        let is_silent = |neuron: &usize| {
            forward.activations.iter().all(|at| at.layers[0].mlp_active[*neuron].data() == 0.0)
        };
        (0..64).filter(is_silent).collect()
    };
    let dead = silent(&forward);
    println!("cause                                gradients exactly 0");
    println!("not in the graph                     24 * 16 + 3 * 16 = {}", 24 * 16 + 3 * 16);
    println!("before the zeros of attn_wo          3 * 256 = {}", 3 * 256);
    println!("before the zeros of mlp_fc2          64 * 16 = {}", 64 * 16);
    println!("one neuron that is silent             {}", 16 * dead.len());
    println!("together                             {}", 432 + 768 + 1024 + 16 * dead.len());
    println!("counted                              {}", zeros(&grads));
    println!("the neuron is number {}, its sums at the five positions:", dead[0]);
    let sums: Vec<f64> =
        forward.activations.iter().map(|at| at.layers[0].mlp_hidden[dead[0]].data()).collect();
    println!("{}", four_decimals(&sums));
    println!("after one step, neurons that are silent at all five positions: {:?}", silent(&later_forward));
    println!("after one step: 432 + 16 + 16 = {}", 432 + 16 + 16);
    println!("zeros that are gone: 2240 - 464 = {}", 2240 - 464);
    println!("after one step, counted: {}", zeros(&later.grads(after.len())));

    label("not reset");
    let docs = program.tokenizer.encode_docs(&program.docs[..500])?;
    let held_out = program.tokenizer.encode_docs(&program.docs[500..700])?;
    let [reset, stale, early] = [When::AfterTheUpdate, When::Never, When::BeforeTheUpdate]
        .map(|when| train(program.params.clone(), &docs, &held_out, when));
    println!("gradient of lm_head[13][0]");
    println!("step 1: {:.6}", reset.grads[0]);
    println!("step 2, reset: {:.6}", reset.grads[1]);
    println!("step 2, not reset: {:.6} + {:.6} = {:.6}", reset.grads[0], reset.grads[1], stale.grads[1]);
    println!("step 500, reset: {:.4}", reset.grads[499]);
    println!("step 500, not reset: {:.1}", stale.grads[499]);

    label("trained without resets");
    println!("loss on {} held-out names", held_out.len());
    println!("steps               0      10      20      50     100     500");
    for (what, run) in [("reset", &reset), ("never reset", &stale), ("reset too early", &early)] {
        println!("{what:15} {}", show(&run.tested));
    }
    println!("pure guessing, ln 27: {:.4}", f64::ln(27.0));
    println!("parameters changed when reset too early: {}", early.changed);

    label("only the last position");
    let last = Tape::new();
    let last_dict = program.params.on(&last);
    loss(&tokens, &last_dict).losses[4].backward();
    println!("loss_t.backward(): {:.6}", last_dict.lm_head[13][0].grad());
    println!("loss.backward(): {:.6}", w.grad());
    println!("product of position 4 times 5: 0.007012 * 5 = {:.6}", 0.007012 * 5.0);

    label("question another row");
    let p_a = softmax(&here.logits)[0].data();
    let p_a_first = softmax(&forward.activations[0].logits)[0].data();
    let x_first = forward.activations[0].layers[0].mlp_residual[0].data();
    println!("position 0: p of a {p_a_first:.6}, target a, x {x_first:.6}");
    println!("position 0: ({p_a_first:.6} - 1) / 5 = {:.6}", (p_a_first - 1.0) / 5.0);
    println!(
        "position 0: {:.6} * {x_first:.6} = {:.6}",
        (p_a_first - 1.0) / 5.0,
        (p_a_first - 1.0) / 5.0 * x_first
    );
    println!("position 1: p of a {p_a:.6}, target n, x {:.6}", x.data());
    println!("position 1: {p_a:.6} / 5 = {:.6}", p_a / 5.0);
    println!("position 1: {:.6} * {:.6} = {:.6}", p_a / 5.0, x.data(), p_a / 5.0 * x.data());

    label("question a larger nudge");
    println!("gradient * change: -0.168516 * 0.01 = {:.6}", w.grad() * 0.01);
    println!("real change: {:.6}", nudged_loss(0.01) - forward.loss.data());

    label("question one matrix of zeros less");
    let mut params = program.params.clone();
    let mut random = Random::new(1);
    params.get_mut("layer0.mlp_fc2").ok_or("a matrix")?.fill_with(|| random.gauss(0.0, 0.02));
    println!("mlp_fc2 random, counted: {}", zeros(&loss_and_gradients(&tokens, &params).1));
    println!("432 + 768 + 16 + 16 = {}", 432 + 768 + 16 + 16);

    label("question another place for the reset");
    let other = train(program.params.clone(), &docs, &held_out, When::BeforeBackward);
    println!("reset right before backward, the same gradients in all steps: {}", other.grads == reset.grads);
    Ok(())
}

/// When the gradients are set back to 0.
#[derive(Clone, Copy, PartialEq)]
enum When {
    BeforeBackward,
    AfterTheUpdate,
    Never,
    BeforeTheUpdate,
}

/// What a training leaves behind.
struct Run {
    /// The gradient of `lm_head[13][0]` in each step.
    grads: Vec<f64>,
    /// The loss on the held-out names, before the training and after some of its steps.
    tested: Vec<f64>,
    /// How many parameters are not what they were.
    changed: usize,
}

/// The training of lines 151–184, with line 182 in its place or elsewhere.
fn train(mut params: Parameters, docs: &[Vec<usize>], held_out: &[Vec<usize>], when: When) -> Run {
    let (start, mut engine) = (params.clone(), Fused::new(&params));
    let mut adam = Adam::new(params.len());
    let mut grads = vec![0.0; params.len()];
    let mut losses = Vec::new();
    let mut run = Run { grads: Vec::new(), tested: vec![mean_loss(&params, held_out)], changed: 0 };
    for (step, tokens) in docs.iter().enumerate() {
        if when == When::BeforeBackward {
            grads.fill(0.0);
        }
        // With `true`, the gradients are added to what is there, as line 72 does
        engine.loss_and_gradients(params.as_slice(), tokens, 1.0, &mut losses, &mut grads, true);
        run.grads.push(grads[lm_head_n(&params)]);
        if when == When::BeforeTheUpdate {
            grads.fill(0.0);
        }
        adam.update(params.as_mut_slice(), &grads, step, cosine_decay(0.01, step, docs.len()));
        if when == When::AfterTheUpdate {
            grads.fill(0.0);
        }
        if TESTED_AFTER.contains(&(step + 1)) {
            run.tested.push(mean_loss(&params, held_out));
        }
    }
    run.changed = changed(&start, &params);
    run
}
