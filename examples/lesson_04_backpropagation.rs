//! Lesson 4.2, Backpropagation: what each use of a parameter adds to its gradient, and why gradients are reset.
//!
//! With the argument `figure` it draws the five uses of one parameter, as SVG.

mod common;

use std::error::Error;

use common::{LM_HEAD_N, changed, join, label, lm_head_n, max, numbers, rounded, show, wants_figure, zeros};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::training::{Loss, cosine_decay};
use microgpt::{
    Adam, Fused, Parameters, Program, Tape, loss, loss_and_gradients, loss_of, mean_loss, softmax,
};

/// After how many steps a training is tested.
const TESTED_AFTER: [usize; 5] = [10, 20, 50, 100, 500];

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::untrained();
    let anna = program.tokenizer.encode_doc("anna")?;
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let forward = loss(&anna, &state_dict);
    forward.loss.backward();
    let uses = uses(&program, &anna, &forward);
    if wants_figure() {
        print!("{}", figure(&uses));
        return Ok(());
    }
    // The problem
    gradients_of_anna(&program, &forward, &tape);
    // The idea
    numbers_of_the_figure(&uses);
    // By hand
    two_uses_by_hand();
    // See it
    row_of_n(&program)?;
    zero_matrices(&program)?;
    // The lines and what goes wrong
    trained_without_resets(&program)?;
    // In the real model
    five_uses(&uses, state_dict.lm_head[13][0].grad());
    confirmed_by_a_nudge(&program, &anna, state_dict.lm_head[13][0].grad());
    // Going deeper
    position_1(&forward, state_dict.lm_head[13][0].data());
    one_column_of_all_rows(&program, &anna, &tape);
    where_the_gradient_gets_through(&program, &anna, &forward)?;
    only_the_last_position(&program, &anna);
    Ok(())
}

/// One use of [`LM_HEAD_N`] in `anna`: at a position it is multiplied by `x`, and goes into the score of n.
struct Use {
    token: String,
    target: String,
    /// The probability of n.
    p: f64,
    /// The gradient of the score of n.
    grad: f64,
    x: f64,
}

impl Use {
    /// What it adds to the gradient of the parameter.
    fn part(&self) -> f64 {
        self.grad * self.x
    }
}

fn uses(program: &Program, tokens: &[usize], forward: &Loss) -> Vec<Use> {
    let name = |id: usize| program.tokenizer.token_name(id).to_string();
    let each = forward.activations.iter().enumerate();
    each.map(|(pos_id, at)| Use {
        token: name(tokens[pos_id]),
        target: name(tokens[pos_id + 1]),
        p: softmax(&at.logits)[13].data(),
        grad: at.logits[13].grad(),
        x: at.layers[0].mlp_residual[0].data(),
    })
    .collect()
}

fn gradients_of_anna(program: &Program, forward: &Loss, tape: &Tape) {
    label("gradients of anna");
    let (index, grads) = (lm_head_n(&program.params), tape.grads(program.params.len()));
    println!("loss of anna, before training: {:.4}", forward.loss.data());
    println!("{LM_HEAD_N}: value {:.4}, gradient {:.4}", program.params.as_slice()[index], grads[index]);
    println!("parameters: {}", grads.len());
    println!("gradients that are exactly 0: {}", zeros(&grads));
}

fn numbers_of_the_figure(uses: &[Use]) {
    label("the figure");
    println!("gradients of the score of n: {}", join(uses.iter().map(|at| format!("{:.3}", at.grad)), ", "));
    println!("x: {}", join(uses.iter().map(|at| format!("{:.2}", at.x)), ", "));
    println!("parts: {}", join(uses.iter().map(|at| format!("{:.3}", at.part())), ", "));
    println!("together: {:.3}", uses.iter().map(Use::part).sum::<f64>());
}

fn two_uses_by_hand() {
    label("two uses by hand");
    let uses = [(0.2, 1.0, 2.0), (0.4, 0.0, 1.0)];
    println!("p    target  gradient of the score  x   part");
    let part = |(p, target, x): (f64, f64, f64)| (p - target) / 2.0 * x;
    for (p, target, x) in uses {
        let score = (p - target) / 2.0;
        println!(
            "{p}  {target:6}  ({p} - {target}) / 2 = {score:4.1}  {x:3}  {score:4.1} * {x} = {:4.1}",
            score * x
        );
    }
    println!("together: {:.1} + {:.1} = {:.1}", part(uses[0]), part(uses[1]), part(uses[0]) + part(uses[1]));

    label("checkpoint another-x");
    let other = (0.4, 0.0, -3.0);
    println!("second use: {} * ({}) = {:.1}", 0.4 / 2.0, other.2, part(other));
    println!("answer: {:.1}", part(uses[0]) + part(other));
    println!("wrong: {:.1}", part(uses[0]) - part(other)); // the sign
    println!("wrong: {:.1}", 2.0 * (part(uses[0]) + part(other))); // without the mean
    println!("wrong: {:.1}", part(other)); // the second alone
}

/// The gradients of the first step, and of the second.
fn first_steps(program: &Program) -> Result<[Vec<f64>; 2], Box<dyn Error>> {
    let [first, second] = [0, 1].map(|step| program.tokenizer.encode_doc(&program.docs[step]));
    let mut trainer = program.trainer();
    let before = loss_and_gradients(&first?, trainer.params()).1;
    trainer.step()?;
    let after = loss_and_gradients(&second?, trainer.params()).1;
    Ok([before, after])
}

fn row_of_n(program: &Program) -> Result<(), Box<dyn Error>> {
    label("checkpoint row-of-n");
    let [grads, _] = first_steps(program)?;
    let width = program.params.config().n_embd;
    let row = |first: usize| &grads[first..][..width];
    let (input, output) = (row(13 * width), row(lm_head_n(&program.params)));
    println!("step 1, name {}", program.docs[0]);
    println!("row of n in wte: gradients that are 0: {} of {width}", zeros(input));
    println!("row of n in lm_head: gradients that are 0: {} of {width}", zeros(output));
    println!("answer: {}", if zeros(output) == width { "0 as well" } else { "not 0" });
    Ok(())
}

fn zero_matrices(program: &Program) -> Result<(), Box<dyn Error>> {
    label("matrices without a gradient");
    for (step, grads) in (1..).zip(first_steps(program)?) {
        let mut start = 0;
        let mut names = Vec::new();
        for matrix in program.params.matrices() {
            if zeros(&grads[start..][..matrix.data.len()]) == matrix.data.len() {
                names.push(matrix.name.trim_start_matches("layer0.").to_string());
            }
            start += matrix.data.len();
        }
        names.insert(0, names.len().to_string());
        println!("step {step}, name {}: {}", program.docs[step - 1], names.join(" "));
    }
    Ok(())
}

fn trained_without_resets(program: &Program) -> Result<(), Box<dyn Error>> {
    let docs = program.tokenizer.encode_docs(&program.docs[..500])?;
    let held_out = program.tokenizer.encode_docs(&program.docs[500..700])?;
    let run = |when| train(program.params.clone(), &docs, &held_out, when);
    let [reset, stale, early, before] =
        [When::AfterTheUpdate, When::Never, When::BeforeTheUpdate, When::BeforeBackward].map(run);

    label("checkpoint stale");
    let [first, second] = [reset.grads[0], reset.grads[1]];
    println!("gradient of {LM_HEAD_N}");
    println!("step 1, name {}: {first:.4}", program.docs[0]);
    println!("step 2, name {}: {second:.4}", program.docs[1]);
    println!("step 2, not reset: {first:.4} + {second:.4} = {:.4}", stale.grads[1]);
    println!("answer: {}", stale.grads[1]);
    println!("wrong: {second}"); // reset
    println!("wrong: {first}"); // overwritten
    println!("wrong: {}", rounded(second) - rounded(first)); // subtracted, from the digits shown

    label("trained without resets");
    println!("steps               0      10      20      50     100     500");
    for (what, run) in [("reset", &reset), ("never reset", &stale)] {
        println!("{what:15} {}", show(&run.tested));
    }
    println!("held-out names: {}", held_out.len());
    println!("guessing, ln 27: {:.2}", f64::ln(27.0));
    println!("gradient in step 500, reset: {:.4}", reset.grads[499]);
    println!("gradient in step 500, not reset: {:.1}", stale.grads[499]);

    label("checkpoint another-place");
    println!("answer: {}", if before.grads == reset.grads { "the same numbers" } else { "other numbers" });

    label("reset too early");
    println!("steps               0      10      20      50     100     500");
    println!("{:15} {}", "reset too early", show(&early.tested));
    println!("parameters changed: {}", early.changed);
    Ok(())
}

fn five_uses(uses: &[Use], by_backward: f64) {
    label("five uses of one parameter");
    println!("position  target   p of n   gradient of score          x       part");
    for (pos_id, at) in uses.iter().enumerate() {
        println!(
            "{pos_id} {:7} {:6} {:.6}   {:17.6}  {:9.6}  {:9.6}",
            at.token,
            at.target,
            at.p,
            at.grad,
            at.x,
            at.part()
        );
    }
    println!("together {:52.6}", uses.iter().map(Use::part).sum::<f64>());
    println!("by backward {by_backward:49.6}");
    println!("position 0: {:.6} / 5 = {:.6}", uses[0].p, uses[0].grad);
    println!("position 1: ({:.6} - 1) / 5 = {:.6}", uses[1].p, uses[1].grad);
}

fn confirmed_by_a_nudge(program: &Program, anna: &[usize], by_backward: f64) {
    label("confirmed by a nudge");
    let nudged = |nudge: f64| loss_of(anna, &program.params.nudged(lm_head_n(&program.params), nudge));
    let (up, down) = (nudged(0.00001), nudged(-0.00001));
    println!("loss after a nudge of  0.00001:   {up:.12}");
    println!("loss after a nudge of -0.00001:   {down:.12}");
    println!("difference / 0.00002:            {:.6}", (up - down) / 0.00002);
    println!("by backward:                     {by_backward:.6}");
}

/// From the parameter to the loss of position 1 and back; what does not depend on it is put together.
fn position_1(forward: &Loss, w: f64) {
    let here = &forward.activations[1];
    let largest = max(&numbers(&here.logits));
    let exps: Vec<f64> = here.logits.iter().map(|logit| (logit.data() - largest).exp()).collect();
    let small = Tape::new();
    let (w, x) = (small.value(w), small.value(here.layers[0].mlp_residual[0].data()));
    let product = w * x;
    let rest = small.value(here.logits[13].data() - product.data());
    let score = product + rest;
    let shifted = score - largest;
    let e = shifted.exp();
    let others = small.value(exps.iter().sum::<f64>() - exps[13]);
    let total = e + others;
    let inverse = total.powf(-1.0);
    let p = e * inverse;
    let log = p.log();
    let loss_t = -log;
    let part = loss_t * (1.0 / forward.losses.len() as f64);
    part.backward();

    label("position 1 forward");
    for (what, number) in [
        ("w, the parameter", w.data()),
        ("x, what it is multiplied by", x.data()),
        ("rest, the other products", rest.data()),
        ("score of n = w * x + rest", score.data()),
        ("largest of all scores", largest),
        ("e = exp(score - largest)", e.data()),
        ("others, the other exponentials", others.data()),
        ("total = e + others", total.data()),
        ("inverse = 1 / total", inverse.data()),
        ("p = e * inverse", p.data()),
        ("loss_t = -log p", loss_t.data()),
        ("part of the loss = loss_t / 5", part.data()),
    ] {
        println!("{what:31} {number:10.6}");
    }

    label("position 1 backward");
    println!("from          to       local gradient             handed on");
    let print = |from: &str, to: &str, what: &str, local: f64, handed: f64| {
        println!("{from:13} {to:8} {what:10} {local:12.8}  {handed:13.6}");
    };
    let (direct, squared) = (p.grad() * inverse.data(), -inverse.data() * inverse.data());
    print("loss", "loss_t", "1/5", 0.2, loss_t.grad());
    print("loss_t", "log p", "-1", -1.0, log.grad());
    print("log p", "p", "1/p", 1.0 / p.data(), p.grad());
    print("p", "inverse", "e", e.data(), inverse.grad());
    print("inverse", "total", "-1/total^2", squared, total.grad());
    print("total", "e", "1", 1.0, total.grad());
    print("p", "e, too", "inverse", inverse.data(), direct);
    println!("e, sum of both:  {:.6} + ({direct:.6}) = {:.6}", total.grad(), e.grad());
    print("e", "score", "e", e.data(), score.grad());
    print("score", "w", "x", x.data(), w.grad());
    println!("score, in short: (p - 1) / 5 = ({:.6} - 1) / 5 = {:.6}", p.data(), (p.data() - 1.0) / 5.0);
}

fn one_column_of_all_rows(program: &Program, anna: &[usize], tape: &Tape) {
    label("one column of all rows");
    let grads = tape.grads(program.params.len());
    let lm_head = &grads[lm_head_n(&program.params) - 13 * 16..][..27 * 16];
    let column: Vec<f64> = lm_head.iter().step_by(16).copied().collect();
    println!("gradient of lm_head[.][0] in some of the {} rows", column.len());
    for id in [0, 13, 26, 4, 25] {
        let in_name = if anna.contains(&id) { "in anna" } else { "not in anna" };
        println!("row of {:4} {:9.6}  {in_name}", program.tokenizer.token_name(id), column[id]);
    }
    println!("sum of all rows: {:.6}", column.iter().sum::<f64>().abs());
}

fn where_the_gradient_gets_through(
    program: &Program,
    anna: &[usize],
    forward: &Loss,
) -> Result<(), Box<dyn Error>> {
    let mut trainer = program.trainer();
    trainer.step()?;
    let later = Tape::new();
    let later_dict = trainer.params().on(&later);
    let later_forward = loss(anna, &later_dict);
    later_forward.loss.backward();

    label("where the gradient gets through");
    println!("vector               line  numbers   at the start  after one step");
    let parts = |position: usize| {
        [forward, &later_forward].map(|forward| {
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
    Ok(())
}

fn only_the_last_position(program: &Program, anna: &[usize]) {
    label("only the last position");
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let forward = loss(anna, &state_dict);
    forward.losses[4].backward();
    let last = state_dict.lm_head[13][0].grad();
    println!("loss_t.backward(): {last:.6}");
    println!("a fifth of it: {last:.6} / 5 = {:.6}", last / 5.0);
    let all = loss_and_gradients(anna, &program.params).1[lm_head_n(&program.params)];
    println!("loss.backward(): {all:.6}");
}

/// The lesson's picture: what each use of the parameter adds to its gradient, from the loss on the right back to it.
fn figure(uses: &[Use]) -> String {
    let cells = Cells { width: 62.0, height: 26.0, full: 0.24, decimals: Some(3) };
    let (sum, parts, scores, targets) = (6.0, 110.0, 238.0, 352.0);
    let top = |row: usize| 44.0 + 38.0 * row as f64;
    let middle = top(2) + 13.0;
    draw::svg(
        "Five uses of one parameter",
        "From right to left, against the computation. At each of five positions the score of n has a gradient, \
         strongly negative where the target is n. Times the x of the position it is a part of the gradient of \
         the parameter. The five parts together are its gradient.",
        (draw::WIDTH, 240.0),
        html! {
            (draw::text("quiet", (sum + 31.0, middle - 24.0), "gradient"))
            (draw::text("label", (parts + 31.0, 20.0), "part"))
            (draw::text("label", (scores + 31.0, 20.0), "score of n"))
            (draw::text("label", (targets, 20.0), "target"))
            @for (row, at) in uses.iter().enumerate() {
                @let y = top(row) + 13.0;
                (draw::text("name", (targets, y + 5.0), &format!("{} → {}", at.token, at.target)))
                (cells.strip((scores, top(row)), &[at.grad]))
                (draw::arrow((scores - 3.0, y), (parts + 66.0, y), &format!("× {:.2}", at.x).replace('-', "−")))
                (cells.strip((parts, top(row)), &[at.part()]))
                (draw::path("arrow", &[(parts - 3.0, y), (parts - 16.0, y), (parts - 16.0, middle)]))
            }
            (draw::arrow((parts - 16.0, middle), (sum + 66.0, middle), ""))
            (cells.strip((sum, middle - 13.0), &[uses.iter().map(Use::part).sum()]))
            (cells.current((sum, middle - 13.0), 0, 0))
            (draw::text("quiet", (sum + 31.0, middle + 32.0), "of w"))
        },
    )
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
