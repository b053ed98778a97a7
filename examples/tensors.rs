//! The same model with tensors: shapes, the causal mask by hand, and what becomes of a training without it.
//!
//! What NumPy, PyTorch and candle compute is compared with the crate by `beyond/check`.

mod common;

use std::error::Error;

use common::{join, label, max, mean, texts, wants_figure};
use lab::draw::{self, Cells};
use maud::{Markup, html};
use microgpt::activations::LayerActivations;
use microgpt::parameters::Rows;
use microgpt::training::cosine_decay;
use microgpt::{
    Adam, Engine, Parameters, Program, Sampler, StateDict, Tape, Value, linear, rmsnorm, softmax, trace,
};

/// The width of a head.
const HEAD_DIM: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let (untrained, trained) = (Program::untrained(), Program::trained());
    if wants_figure() {
        print!("{}", figure(&trained)?);
        return Ok(());
    }
    shapes(&trained)?;
    a_product_by_hand();
    a_mask_by_hand();
    without_the_mask(&untrained)?;
    answers_among_the_inputs();
    what_is_compared(&untrained);
    Ok(())
}

/// The shape of each tensor for the name anna.
fn shapes(program: &Program) -> Result<(), Box<dyn Error>> {
    let params = &program.params;
    let config = params.config();
    let mut tokens = program.tokenizer.encode_doc("anna")?;
    tokens.pop();
    println!("--- shapes ---");
    println!("what          shape       numbers");
    let row = |name: &str, shape: &[usize]| {
        println!(
            "{name:12}  {:10}  {:7}",
            format!("[{}]", join(shape, ", ")),
            shape.iter().product::<usize>()
        );
    };
    let (t, head_dim) = (tokens.len(), config.head_dim());
    row("tokens", &[t]);
    for name in ["wte", "wpe"] {
        let matrix = params.get(name).ok_or("every model has it")?;
        row(name, &[matrix.rows, matrix.cols]);
    }
    row("x", &[t, config.n_embd]);
    row("q, k, v", &[config.n_head, t, head_dim]);
    row("attn_logits", &[config.n_head, t, t]);
    row("x_attn", &[t, config.n_embd]);
    row("hidden", &[t, 4 * config.n_embd]);
    row("logits", &[t, params.vocab_size()]);
    label("checkpoint scores");
    let scores = config.n_head * t * t;
    println!("answer: {scores}");
    println!("wrong: {}", t * t);
    println!("wrong: {}", config.n_head * t);
    println!("wrong: {}", config.n_head * t * (t + 1) / 2);
    Ok(())
}

/// Two positions and two outputs: four dot products.
fn a_product_by_hand() {
    let (x, w) = ([[2, 1], [0, 3]], [[1, -1], [2, 0]]);
    label("a product by hand");
    println!("x: {x:?}");
    println!("w: {w:?}");
    let out = x.map(|x_t: [i32; 2]| w.map(|w_i: [i32; 2]| w_i[0] * x_t[0] + w_i[1] * x_t[1]));
    println!("x @ w.T: {out:?}");
}

/// Three positions; the one in the middle may not see the last.
fn a_mask_by_hand() {
    let scores = [[1.0, 3.0, 2.0], [2.0, 1.0, 5.0], [0.0, 1.0, 0.0]];
    label("a mask by hand");
    println!("position  scores   weights           weights without the mask");
    for (position, row) in scores.iter().enumerate() {
        let masked: Vec<f64> =
            row.iter().enumerate().map(|(t, &s)| if t > position { f64::NEG_INFINITY } else { s }).collect();
        let two = |weights: Vec<f64>| join(weights.iter().map(|weight| format!("{weight:.2}")), "  ");
        println!("{position:8}  {}  {}  {}", join(row, "  "), two(weights(&masked)), two(weights(row)));
    }
}

/// Lines 97 to 101 on plain numbers.
fn weights(scores: &[f64]) -> Vec<f64> {
    let exps: Vec<f64> = scores.iter().map(|score| (score - max(scores)).exp()).collect();
    exps.iter().map(|e| e / exps.iter().sum::<f64>()).collect()
}

/// All positions at once, as with tensors: with the mask, or each position sees also those after it.
fn gpt<'t>(tokens: &[usize], w: &StateDict<'t>, masked: bool) -> Rows<'t> {
    let add = |a: Rows<'t>, b: &Rows<'t>| -> Rows<'t> {
        a.into_iter().zip(b).map(|(a, b)| a.into_iter().zip(b).map(|(a, &b)| a + b).collect()).collect()
    };
    let each = |x: &Rows<'t>, w: &Rows<'t>| -> Rows<'t> { x.iter().map(|x_t| linear(x_t, w)).collect() };
    let normed = |x: &Rows<'t>| -> Rows<'t> { x.iter().map(|x_t| rmsnorm(x_t)).collect() };
    let rows = tokens.iter().map(|&token| w.wte[token].clone()).collect();
    let mut x = normed(&add(rows, &w.wpe));
    for layer in &w.layers {
        let x_in = normed(&x);
        let [q, k, v] = [&layer.attn_wq, &layer.attn_wk, &layer.attn_wv].map(|matrix| each(&x_in, matrix));
        let x_attn = (0..tokens.len()).map(|t| {
            let seen = if masked { t + 1 } else { tokens.len() };
            let heads = (0..w.config().n_head).flat_map(|h| {
                let hs = h * HEAD_DIM..(h + 1) * HEAD_DIM;
                let tape = q[t][0].tape();
                let root = (HEAD_DIM as f64).sqrt();
                let scores: Vec<Value> = k[..seen]
                    .iter()
                    .map(|k_t| tape.dot(&q[t][hs.clone()], &k_t[hs.clone()]) / root)
                    .collect();
                let weights = softmax(&scores);
                hs.map(|j| tape.dot(&weights, &v[..seen].iter().map(|v_t| v_t[j]).collect::<Vec<_>>()))
                    .collect::<Vec<_>>()
            });
            heads.collect()
        });
        x = add(each(&x_attn.collect(), &layer.attn_wo), &x);
        let hidden: Rows = each(&normed(&x), &layer.mlp_fc1);
        let active = hidden.into_iter().map(|row| row.into_iter().map(|h| h.relu().powf(2.0)).collect());
        x = add(each(&active.collect(), &layer.mlp_fc2), &x);
    }
    each(&x, &w.lm_head)
}

/// The losses of the 500 steps, and the parameters after them.
fn train(program: &Program, masked: bool) -> Result<(Vec<f64>, Parameters), Box<dyn Error>> {
    let mut params = program.params.clone();
    let mut adam = Adam::new(params.len());
    let mut losses = Vec::new();
    let mut tape = Tape::new();
    for step in 0..Program::NUM_STEPS {
        let tokens = program.tokenizer.encode_doc(&program.docs[step])?;
        let n = (tokens.len() - 1).min(params.config().block_size);
        tape.clear();
        let logits = gpt(&tokens[..n], &params.on(&tape), masked);
        let losses_t =
            logits.iter().zip(&tokens[1..]).map(|(logits, &target)| -softmax(logits)[target].log());
        let loss = tape.sum(losses_t) * (1.0 / n as f64);
        loss.backward();
        losses.push(loss.data());
        let learning_rate = cosine_decay(1e-2, step, Program::NUM_STEPS);
        let grads = tape.grads(params.len());
        adam.update(params.as_mut_slice(), &grads, step, learning_rate);
    }
    Ok((losses, params))
}

/// Which predictions have their answer among the inputs of some position.
fn answers_among_the_inputs() {
    let positions = 5;
    let hidden: Vec<usize> = (0..positions).filter(|position| position + 1 >= positions).collect();
    label("checkpoint cheating");
    println!("answer: the {}", if hidden == [positions - 1] { "last" } else { "first" });
}

fn without_the_mask(program: &Program) -> Result<(), Box<dyn Error>> {
    label("without the mask");
    println!("training      mean loss of the last 50 steps  the first names it writes");
    for (name, masked) in [("with the mask", true), ("without it", false)] {
        let (losses, params) = train(program, masked)?;
        let sampler = Sampler::new(&program.tokenizer, &params).with_engine(Engine::Fused);
        let names = texts(&sampler, 4, 0.5, &mut program.random.clone())?;
        println!("{name:13}  {:29.4}  {}", mean(&losses[losses.len() - 50..]), names.join(", "));
    }
    Ok(())
}

/// What `beyond/check` compares.
fn what_is_compared(program: &Program) {
    let count = program.params.len();
    let (programs, samples) = (["numpy_gpt.py", "torch_gpt.py", "torch_module.py", "candle"], 20);
    label("what is compared");
    println!("programs: {}", programs.len());
    println!("lines that each prints: {}", 3 + Program::NUM_STEPS + 2 + samples);
    println!("losses of each: {}", Program::NUM_STEPS);
    println!("weights of each: {count}");
    let kinds = ["untrained, 1 document", "trained, 8 documents"];
    println!(
        "gradients of each, before training and after it: {} * {count} = {}",
        kinds.len(),
        kinds.len() * count
    );
    println!("gradients of all: {}", programs.len() * kinds.len() * count);
}

/// The page's picture: anna as a table, and the table of scores with its mask.
fn figure(program: &Program) -> Result<String, Box<dyn Error>> {
    let mut tokens = program.tokenizer.encode_doc("anna")?;
    tokens.pop();
    let positions = trace(&program.params, &tokens, Engine::Scalar);
    let names: Vec<String> = tokens.iter().map(|&token| program.tokenizer.token_name(token)).collect();
    let table = |of: fn(&LayerActivations<f64>) -> &Vec<f64>| -> Vec<&Vec<f64>> {
        positions.iter().map(|position| of(&position.layers[0])).collect()
    };
    let (x, q, k) = (table(|layer| &layer.attn_norm), table(|layer| &layer.q), table(|layer| &layer.k));
    let head = |of: fn(&LayerActivations<f64>) -> &Vec<f64>| table(of);
    let scores = head(|layer| &layer.heads[0].attn_logits);
    let weights = head(|layer| &layer.heads[0].attn_weights);
    let cells = Cells { width: 9.0, height: 15.0, full: 2.0, ..Cells::PLAIN };
    let square = Cells { width: 24.0, height: 24.0, ..Cells::PLAIN };
    let letters = |x: f64, y: f64, pitch: f64| -> Markup {
        html! {
            @for (t, name) in names.iter().enumerate() {
                (draw::text("name end", (x, y + pitch * (t as f64 + 0.5) + 5.0), name))
            }
        }
    };
    let masked = |(x, y): (f64, f64), mark: &str| -> Markup {
        html! {
            @for row in 0..names.len() {
                @for column in row + 1..names.len() {
                    @let corner = (x + 24.0 * column as f64, y + 24.0 * row as f64);
                    (draw::rect("token", corner, (24.0, 24.0)))
                    (draw::text("quiet", (corner.0 + 12.0, corner.1 + 17.0), mark))
                }
            }
        }
    };
    Ok(draw::svg(
        "anna as tensors",
        "x is a table of five rows, one for each position of anna, and sixteen columns. One product makes all \
         queries of it, another all keys. A product of both gives head 0 a square of five by five scores, of \
         which the ten above the diagonal are masked; after softmax they are 0.",
        (draw::WIDTH, 424.0),
        html! {
            (draw::text("label", (200.0, 14.0), "x [5, 16]"))
            (letters(120.0, 22.0, 15.0))
            (cells.grid((128.0, 22.0), &x))
            (draw::arrow((170.0, 102.0), (128.0, 138.0), ""))
            (draw::text("quiet end", (138.0, 122.0), "@ attn_wq.T"))
            (draw::arrow((230.0, 102.0), (300.0, 138.0), ""))
            (draw::text("quiet start", (276.0, 122.0), "@ attn_wk.T"))
            (draw::text("label start", (44.0, 154.0), "q [5, 16]"))
            (letters(38.0, 160.0, 15.0))
            (cells.grid((44.0, 160.0), &q))
            (draw::outline((44.0, 160.0), (36.0, 75.0)))
            (draw::text("label start", (240.0, 154.0), "k [5, 16]"))
            (cells.grid((240.0, 160.0), &k))
            (draw::outline((240.0, 160.0), (36.0, 75.0)))
            (draw::arrow((62.0, 240.0), (96.0, 268.0), ""))
            (draw::arrow((250.0, 240.0), (130.0, 268.0), ""))
            (draw::text("quiet start", (214.0, 262.0), "head 0: q @ k.T"))
            (letters(38.0, 276.0, 24.0))
            (square.grid((44.0, 276.0), &scores))
            (masked((44.0, 276.0), "−∞"))
            (draw::arrow((170.0, 336.0), (256.0, 336.0), "softmax"))
            (square.grid((262.0, 276.0), &weights))
            (masked((262.0, 276.0), "0"))
            (draw::text("label", (104.0, 416.0), "scores [5, 5]"))
            (draw::text("label", (322.0, 416.0), "weights [5, 5]"))
        },
    ))
}
