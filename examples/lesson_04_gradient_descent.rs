//! Lesson 4.3, Gradient descent: how far to move along the gradient, and what 500 plain steps achieve.

mod common;

use std::error::Error;

use common::{
    LM_HEAD_N, bar, changed, dot, join, label, largest_first, length, lm_head_n, max, mean, min, zeros,
};
use microgpt::{
    Config, Engine, Fused, Parameters, Program, Random, loss_and_gradients, loss_of, mean_loss, trace,
};

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::untrained();
    let start = &program.params;
    let docs = program.tokenizer.encode_docs(&program.docs[..500])?;
    let held_out = program.tokenizer.encode_docs(&program.docs[500..700])?;
    let anna = program.tokenizer.encode_doc("anna")?;
    let (loss_before, grads) = loss_and_gradients(&anna, start);
    let n = lm_head_n(start);

    println!("--- the gradient of anna ---");
    println!("loss of anna: {loss_before:.4}");
    println!("{LM_HEAD_N}: {:.6}, its gradient: {:.6}", start.as_slice()[n], grads[n]);
    println!("parameters: {}", start.len());

    label("x squared");
    println!("down x^2, whose slope is 2x");
    println!("rate  factor   start   step 1   step 2   step 3   step 4   step 5");
    for rate in [0.1, 0.4, 0.5, 0.9, 1.0, 1.1] {
        let mut x = 3.0;
        let mut cells = Vec::new();
        for _ in 0..=5 {
            cells.push(format!("{:8.4}", x + 0.0));
            x -= rate * 2.0 * x;
        }
        println!("{rate:.1}   {:6.1} {}", 1.0 - 2.0 * rate, cells.join(" "));
    }
    let first = 3.0 - 0.1 * (2.0 * 3.0);
    println!("rate 0.1, the first step: 3 - 0.1 * (2 * 3) = {first}");
    println!("rate 0.1, the second step: {first} - 0.1 * (2 * {first}) = {:.2}", first - 0.1 * (2.0 * first));
    println!("x - rate * 2 x = (1 - 2 * rate) * x");
    println!("the factor is below -1 for a rate above 1");

    label("one parameter by hand");
    let (p, g) = (start.as_slice()[n], grads[n]);
    println!("{LM_HEAD_N} = {p:.7} - 0.1 * ({g:.7}) = {:.7}", p - 0.1 * g);
    let moved = descend(start, &grads, 0.1);
    println!("{LM_HEAD_N} after a step with rate 0.1: {:.7}", moved.as_slice()[n]);
    println!("its part of the fall: 0.1 * 0.168516 * 0.168516 = {:.6}", 0.1 * g * g);

    label("all parameters by the straight line");
    let squares = dot(&grads, &grads);
    println!("sum of the squares of all gradients: {squares:.6}");
    println!("expected fall, rate 0.1: 0.1 * {squares:.6} = {:.4}", 0.1 * squares);
    let loss_after = loss_of(&anna, &moved);
    println!("real fall, rate 0.1: {loss_before:.4} - {loss_after:.4} = {:.4}", loss_before - loss_after);
    println!("expected fall = rate * (sum of the squares)");

    label("along the gradient");
    println!("each # stands for 0.05 above 2.5");
    println!("rate    expected      real");
    for rate in [0.0, 0.001, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0] {
        let real = loss_of(&anna, &descend(start, &grads, rate));
        let bar = bar((real - 2.5) / 0.05);
        println!("{rate:5}   {:8.4}  {real:8.4}  {bar}", loss_before - rate * squares);
    }

    label("moves of the same length");
    let move_length = 0.1 * squares.sqrt();
    println!("loss of anna before: {loss_before:.4}, every move has the length {move_length:.4}");
    let along =
        |direction: &[f64]| loss_of(&anna, &descend(start, direction, move_length / length(direction)));
    println!("against the gradient:                       {:.4}", along(&grads));
    let signs: Vec<f64> = grads.iter().map(|grad| if *grad == 0.0 { 0.0 } else { grad.signum() }).collect();
    println!("all equally far, against their sign:        {:.4}", along(&signs));
    let steepest = largest_first(&grads.iter().map(|grad| grad.abs()).collect::<Vec<_>>())[0];
    let only: Vec<f64> = (0..grads.len()).map(|i| if i == steepest { grads[i] } else { 0.0 }).collect();
    println!("only the parameter with the largest gradient: {:.4}", along(&only));
    let mut random = Random::new(1);
    for number in 1..=3 {
        let direction: Vec<f64> = grads.iter().map(|_| random.gauss(0.0, 1.0)).collect();
        println!("random direction {number}:                         {:.4}", along(&direction));
    }
    let uphill: Vec<f64> = grads.iter().map(|grad| -grad).collect();
    println!("with the gradient, uphill:                  {:.4}", along(&uphill));

    label("steps on different names");
    println!("rate 0.3   loss of the name    {} held-out", held_out.len());
    println!("step  name      before   after   names after");
    println!("   0                          {:12.4}", mean_loss(start, &held_out));
    let mut params = start.clone();
    let (mut own_fell, mut others_rose) = (0, 0);
    let mut others = mean_loss(start, &held_out);
    for (step, tokens) in docs[..100].iter().enumerate() {
        let (before, grads) = fused_loss_and_grads(tokens, &params);
        params = descend(&params, &grads, 0.3);
        let (after, _) = fused_loss_and_grads(tokens, &params);
        let now = mean_loss(&params, &held_out);
        own_fell += usize::from(after < before);
        others_rose += usize::from(now > others);
        others = now;
        if step < 8 {
            println!("{:4}  {:8}  {before:.4}  {after:.4}  {now:12.4}", step + 1, program.docs[step]);
        }
    }
    println!("in 100 steps, the loss of the step's own name fell: {own_fell}");
    println!("in 100 steps, the loss of the held-out names rose: {others_rose}");

    label("one careful step or 500 quick ones");
    let mut mean = vec![0.0; start.len()];
    for tokens in &docs {
        let (_, grads) = fused_loss_and_grads(tokens, start);
        mean.iter_mut().zip(grads).for_each(|(mean, grad)| *mean += grad / docs.len() as f64);
    }
    println!("loss on {} held-out names before: {:.4}", held_out.len(), mean_loss(start, &held_out));
    for rate in [0.3, 1.0, 2.0, 3.0, 5.0, 10.0] {
        let after = mean_loss(&descend(start, &mean, rate), &held_out);
        println!("one step, mean gradient of 500 names, rate {rate}: {after:.4}");
    }
    for rate in [0.1, 0.3, 1.0] {
        let mut params = start.clone();
        for batch in docs.chunks(10) {
            let mut mean = vec![0.0; start.len()];
            for tokens in batch {
                let (_, grads) = fused_loss_and_grads(tokens, &params);
                mean.iter_mut().zip(grads).for_each(|(mean, grad)| *mean += grad / 10.0);
            }
            params = descend(&params, &mean, rate);
        }
        let after = mean_loss(&params, &held_out);
        println!("{} steps, mean gradient of 10 names each, rate {rate}: {after:.4}", docs.len() / 10);
    }
    let (quick, end) = descent(start, &docs, &held_out, 0.1);
    println!("500 steps, gradient of one name each, rate 0.1: {:.4}", quick[quick.len() - 1]);

    label("two starts");
    println!("both trained like the last one above, with the same names in the same order");
    println!("starting values    {LM_HEAD_N}             length of   held-out");
    println!("                 before     after    all that is moved       loss");
    let other = Parameters::random(Config::default(), program.tokenizer.vocab_size(), &mut Random::new(1))?;
    let (other_losses, other_end) = descent(&other, &docs, &held_out, 0.1);
    let rows = [("seed 42", start, &end, &quick), ("seed 1", &other, &other_end, &other_losses)];
    for (name, start, end, losses) in rows {
        let [before, after] = [start, end].map(|params| params.as_slice()[n]);
        let (way, loss) = (distance(start, end), losses[losses.len() - 1]);
        println!("{name:13} {before:9.4} {after:9.4} {way:20.2} {loss:10.4}");
    }
    println!("from one start to the other: {:.2}", distance(start, &other));
    println!("from one end to the other:   {:.2}", distance(&end, &other_end));
    let exchanged = exchange_two_neurons(&end);
    println!("from the first end to the one with two neurons exchanged: {:.2}", distance(&end, &exchanged));
    println!("held-out loss there: {:.4}", mean_loss(&exchanged, &held_out));

    label("plain steps with several rates");
    println!("loss on {} held-out names, seed 42; broken: more than 20, or no number", held_out.len());
    println!("rate   after 0{} steps", [1, 10, 50, 100, 200, 500].map(|step| format!("{step:8}")).concat());
    for rate in [0.001, 0.01, 0.03, 0.1, 0.3, 3.0] {
        let cell = |&loss: &f64| if loss < 20.0 { format!("{loss:7.3}") } else { format!("{:>7}", "broken") };
        println!("{rate:5}  {}", join(descent(start, &docs, &held_out, rate).0.iter().map(cell), " "));
    }

    label("diverging");
    println!("rate 3   loss of   length of   {LM_HEAD_N}");
    println!("step     the name  all gradients");
    let mut span = 0.0;
    let mut params = start.clone();
    for (step, tokens) in docs[..8].iter().enumerate() {
        let (before, grads) = loss_and_gradients(tokens, &params);
        let p = params.as_slice()[n];
        println!("{:4}     {before:8.4}  {:9.4}   {p:14.4}", step + 1, length(&grads));
        if step == 6 {
            span = largest_span(&params, tokens);
        }
        params = descend(&params, &grads, 3.0);
    }
    println!("step 7, largest score minus smallest: {span:.0}");
    println!("length of all starting values: {:.4}", length(start.as_slice()));
    println!("move of step 1: 3 * 2.0771 = {:.4}", 3.0 * 2.0771);

    label("a new name for another number");
    let mut params = start.clone();
    for (mut p, grad) in params.as_mut_slice().iter().copied().zip(&grads) {
        p -= 0.1 * grad; // `p` is a copy, as the loop's name `p` would be a new Value in Python
        let _ = p;
    }
    println!("p = p - lr_t * p.grad: parameters changed: {}", changed(start, &params));
    let without = zeros(&grads);
    println!(
        "p.data -= lr_t * p.grad: parameters changed: {}",
        changed(start, &descend(&params, &grads, 0.1))
    );
    println!("gradients that are exactly 0: {without}");
    println!("other parameters, which change: 4064 - {without} = {}", start.len() - without);

    label("questions");
    let powers = |factor: f64, steps| join((0..=steps).map(|step| 3.0 * factor.powi(step)), ", ");
    let factor = 1.0 - 2.0 * 0.25;
    println!("rate 0.25, factor 1 - 2 * 0.25 = {factor}: {}", powers(factor, 3));
    println!("5 x^2, slope 10 x: x - rate * 10 x = (1 - 10 * rate) * x");
    println!("rate 0.2, factor 1 - 10 * 0.2 = {}", 1.0 - 10.0 * 0.2);
    let factor = 1.0 - 10.0 * 0.3;
    println!("rate 0.3, factor 1 - 10 * 0.3 = {factor}: {}", powers(factor, 2));
    let real = loss_before - loss_of(&anna, &descend(start, &grads, 0.02));
    println!("rate 0.02, expected fall: 0.02 * {squares:.6} = {:.4}, real fall: {real:.4}", 0.02 * squares);
    Ok(())
}

/// How far the largest score of a position is above its smallest one, at most.
fn largest_span(params: &Parameters, tokens: &[usize]) -> f64 {
    let positions = trace(params, &tokens[..tokens.len() - 1], Engine::Scalar);
    positions.iter().map(|at| max(&at.logits) - min(&at.logits)).fold(0.0, f64::max)
}

/// The parameters after one step of gradient descent.
fn descend(params: &Parameters, grads: &[f64], rate: f64) -> Parameters {
    let mut moved = params.clone();
    moved.as_mut_slice().iter_mut().zip(grads).for_each(|(p, grad)| *p -= rate * grad);
    moved
}

/// The same as `loss_and_gradients`, much faster.
fn fused_loss_and_grads(tokens: &[usize], params: &Parameters) -> (f64, Vec<f64>) {
    let (mut losses, mut grads) = (Vec::new(), vec![0.0; params.len()]);
    Fused::new(params).loss_and_gradients(params.as_slice(), tokens, 1.0, &mut losses, &mut grads, false);
    (mean(&losses), grads)
}

/// The same model with other parameters: the first two neurons of the MLP in each other's place.
fn exchange_two_neurons(params: &Parameters) -> Parameters {
    let width = params.config().n_embd;
    let mut exchanged = params.clone();
    let (first, rest) = exchanged.get_mut("layer0.mlp_fc1").expect("a matrix").split_at_mut(width);
    first.swap_with_slice(&mut rest[..width]);
    let fc2 = exchanged.get_mut("layer0.mlp_fc2").expect("a matrix");
    fc2.chunks_mut(4 * width).for_each(|row| row.swap(0, 1));
    exchanged
}

/// How far it is from some parameters to others: the root of the sum of the squared differences.
fn distance(from: &Parameters, to: &Parameters) -> f64 {
    let moves = from.as_slice().iter().zip(to.as_slice()).map(|(from, to)| to - from);
    length(&moves.collect::<Vec<_>>())
}

/// Gradient descent, one name a step: the loss on the held-out names after some of the steps, and the
/// parameters at the end.
fn descent(
    start: &Parameters,
    docs: &[Vec<usize>],
    held_out: &[Vec<usize>],
    rate: f64,
) -> (Vec<f64>, Parameters) {
    let mut params = start.clone();
    let mut tested = vec![mean_loss(start, held_out)];
    for (step, tokens) in docs.iter().enumerate() {
        let (_, grads) = fused_loss_and_grads(tokens, &params);
        params = descend(&params, &grads, rate);
        if [1, 10, 50, 100, 200, 500].contains(&(step + 1)) {
            tested.push(mean_loss(&params, held_out));
        }
    }
    (tested, params)
}
