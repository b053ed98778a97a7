//! From here to a large model: sizes, the key/value cache, turned queries and keys, and how loss falls with size.

mod common;
#[path = "large_model/variant.rs"]
mod variant;

use std::error::Error;

use common::{label, mean, numbers, rounded, std, wants_figure};
use lab::draw;
use maud::html;
use microgpt::training::TrainingError;
use microgpt::{Config, Engine, Parameters, Program, Random, Tape, Trainer, mean_loss, names};
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let scaling = Scaling::new()?;
    if wants_figure() {
        print!("{}", scaling.figure());
        return Ok(());
    }
    sizes();
    parameters_counted();
    cache();
    turned();
    checkpoints();
    Ok(scaling.print()?)
}

fn sizes() {
    println!("--- sizes here ---");
    let Program { params, tokenizer, .. } = Program::untrained();
    let Config { n_embd, n_head, n_layer, block_size, .. } = params.config();
    for (name, size) in [
        ("layers", n_layer),
        ("width", n_embd),
        ("heads", n_head),
        ("vocabulary size", tokenizer.vocab_size()),
        ("block size", block_size),
        ("parameters", params.len()),
    ] {
        println!("{name}: {size}");
    }
    println!("heads with keys and values: {n_head}");
}

/// The sizes of the Llama 3 with 70 billion parameters.
const LLAMA: [usize; 6] = [80, 8192, 64, 8, 28_672, 128_256];

fn parameters_counted() {
    label("parameters counted");
    let [layers, width, heads, kv_heads, hidden, tokens] = LLAMA;
    let kv = width / heads * kv_heads;
    println!("head dimension: {width} / {heads} = {}", width / heads);
    println!("tokens and lm_head: 2 * {tokens} * {width} = {}", 2 * tokens * width);
    let attention = 2 * width * width + 2 * kv * width;
    println!("attention: 2 * {width} * {width} + 2 * {kv} * {width} = {attention}");
    let mlp = 3 * hidden * width;
    println!("MLP: 3 * {hidden} * {width} = {mlp}");
    let layer = attention + mlp;
    println!("{layers} layers: {layers} * ({attention} + {mlp}) = {}", layers * layer);
    let norms = (2 * layers + 1) * width;
    println!("normalization: {} * {width} = {norms}", 2 * layers + 1);
    let all = 2 * tokens * width + layers * layer + norms;
    println!("all parameters: {all}");
    println!("times as many as here: {:.0}", all as f64 / Program::untrained().params.len() as f64);
    println!("share of the MLPs: {:.1} %", 100.0 * (layers * mlp) as f64 / all as f64);
    let own = 2 * (width - kv) * width * layers;
    println!("more with own keys and values for each head: {own}, {:.1} %", 100.0 * own as f64 / all as f64);
}

fn cache() {
    label("key-value cache");
    println!("model                      numbers a token  bytes a token  full block        bytes");
    let [layers, width, heads, kv_heads, ..] = LLAMA;
    let head_dim = width / heads;
    for (name, layers, kv_heads, head_dim, bytes, block) in [
        ("ours", 1, 4, 4, 8, 8),
        ("GPT-2, smallest", 12, 12, 64, 2, 1024),
        ("Llama 3", layers, kv_heads, head_dim, 2, 131_072),
        ("the same, without groups", layers, heads, head_dim, 2, 131_072),
    ] {
        let numbers = 2 * layers * kv_heads * head_dim;
        let (token, full) = (numbers * bytes, numbers * bytes * block);
        println!("{name:26} {numbers:15}  {token:13}  {block:10}  {full:>11}");
    }
    label("key-value cache counted");
    println!("ours: 2 * 1 * 4 * 4 = {}", 2 * 4 * 4);
    println!("GPT-2: 2 * 12 * 12 * 64 = {}", 2 * 12 * 12 * 64);
    println!("Llama 3: 2 * {layers} * {kv_heads} * {head_dim} = {}", 2 * layers * kv_heads * head_dim);
    let full = 2 * layers * kv_heads * head_dim * 2 * 131_072;
    println!(
        "a full block of Llama 3: {:.1} GB, without groups: {:.1} GB",
        full as f64 / 1e9,
        (full * 8) as f64 / 1e9
    );
    println!("its parameters, of 2 bytes: {:.1} GB", 2.0 * 70_553_706_496.0 / 1e9);

    label("positions computed");
    for block in [8_usize, 1024] {
        let again = block * (block + 1) / 2;
        println!(
            "{block} tokens written: with the cache {block}, without {again}, {:.1} times",
            again as f64 / block as f64
        );
    }
}

/// A pair of numbers of a query and one of a key, turned by their positions.
fn turned() {
    label("turned");
    println!("query at  key at  query           key             product");
    for (query_at, key_at) in [(0, 0), (1, 0), (3, 2), (7, 6), (3, 1), (7, 5)] {
        let ([query, key], product) = turned_to(query_at, key_at);
        let pair = |x: [f64; 2]| format!("{:6.3} {:6.3}", x[0], x[1]);
        println!("{query_at:8}  {key_at:6}  {}   {}   {product:7.3}", pair(query), pair(key));
    }
    println!("one radian in degrees: {:.1}", 180.0 / std::f64::consts::PI);
}

/// The query (2, 1) and the key (1, 0) at these positions, and their dot product.
fn turned_to(query_at: usize, key_at: usize) -> ([[f64; 2]; 2], f64) {
    let tape = Tape::new();
    let turn = |x: [f64; 2], position| -> [f64; 2] {
        let mut x = tape.values(&x);
        variant::turn(&mut x, position);
        let x = numbers(&x);
        [x[0], x[1]]
    };
    let (query, key) = (turn([2.0, 1.0], query_at), turn([1.0, 0.0], key_at));
    ([query, key], common::dot(&query, &key))
}

fn checkpoints() {
    label("checkpoint cache-of-anna");
    let tokens = 5;
    println!("anna with BOS before it: {tokens} tokens");
    println!("answer: {}", tokens * 2 * 16);
    println!("wrong: {} only the keys", tokens * 16);
    println!("wrong: {} only the letters", 4 * 2 * 16);
    println!("wrong: {} one head", tokens * 2 * 4);

    label("checkpoint hundred-more-tokens");
    println!("100 * 2 * 16 = {}", 100 * 2 * 16);
    println!("answer: {}", 100 * 16 * 2);
    println!("wrong: {} only wte", 100 * 16);
    println!("wrong: {} only numbers of tokens", 100 * 2);
    println!("all parameters then: 4064 + 3200 = {}", 4064 + 3200);

    label("checkpoint both-moved");
    let [before, after] = [(3, 1), (7, 5)].map(|(query, key)| rounded(turned_to(query, key).1));
    println!(
        "answer: {}",
        if before == after {
            "the same"
        } else if after < before {
            "smaller"
        } else {
            "larger"
        }
    );
}

/// Models of several widths, each trained for several numbers of steps.
struct Scaling {
    /// For each width, each number of steps and each seed, the held-out loss.
    losses: Vec<Vec<Vec<f64>>>,
    parameters: Vec<usize>,
}

const WIDTHS: [usize; 5] = [4, 8, 16, 32, 64];
const STEPS: [usize; 5] = [125, 250, 500, 1000, 2000];
const SEEDS: u64 = 3;
const HELD_OUT: usize = 1000;

impl Scaling {
    fn new() -> Result<Scaling, TrainingError> {
        let losses = WIDTHS
            .par_iter()
            .map(|&width| {
                STEPS
                    .par_iter()
                    .map(|&steps| {
                        (1..=SEEDS).into_par_iter().map(|seed| tested(width, steps, seed)).collect()
                    })
                    .collect()
            })
            .collect::<Result<_, TrainingError>>()?;
        Ok(Scaling { losses, parameters: WIDTHS.map(|width| start(width, 1).params.len()).to_vec() })
    }

    /// The mean over the seeds.
    fn loss(&self, width: usize, steps: usize) -> f64 {
        mean(&self.losses[width][steps])
    }

    fn print(&self) -> Result<(), TrainingError> {
        label("scaling");
        print!("width  parameters");
        STEPS.iter().for_each(|steps| print!("  {steps:6}"));
        println!("    std");
        for (width, losses) in self.losses.iter().enumerate() {
            print!("{:5}  {:10}", WIDTHS[width], self.parameters[width]);
            (0..STEPS.len()).for_each(|steps| print!("  {:.4}", self.loss(width, steps)));
            println!("  {:.4}", mean(&losses.iter().map(|seeds| std(seeds)).collect::<Vec<_>>()));
        }

        label("what width brings");
        let last = STEPS.len() - 1;
        for width in 1..WIDTHS.len() {
            let [wide, narrow] = [width, width - 1].map(|width| &self.losses[width][last]);
            let lower: Vec<f64> = narrow.iter().zip(wide).map(|(narrow, wide)| narrow - wide).collect();
            let seeds = lower.iter().filter(|&&lower| lower > 0.0).count();
            let [from, to] = [width - 1, width].map(|width| WIDTHS[width]);
            println!(
                "from {from:2} to {to:2}, {} steps: {:.4} lower, with {seeds} of {SEEDS} seeds",
                STEPS[last],
                mean(&lower)
            );
        }
        println!(
            "from {} to {}: {:.4} lower, {:.0} times the parameters",
            WIDTHS[0],
            WIDTHS[4],
            self.loss(0, last) - self.loss(4, last),
            self.parameters[4] as f64 / self.parameters[0] as f64
        );
        println!(
            "width {}, from {} to {} steps: {:.4} lower",
            WIDTHS[2],
            STEPS[0],
            STEPS[last],
            self.loss(2, 0) - self.loss(2, last)
        );

        label("the same work");
        println!("width  steps  parameters * steps    loss");
        for (width, steps) in [(3, 0), (2, 2), (1, last), (0, last)] {
            let work = self.parameters[width] * STEPS[steps];
            println!("{:5}  {:5}  {work:18}  {:.4}", WIDTHS[width], STEPS[steps], self.loss(width, steps));
        }

        label("how they were tried");
        println!("seeds: {SEEDS}, held-out names: {HELD_OUT}, a name in each step, none twice");
        println!("names to learn from: {}", names().len() - HELD_OUT);
        println!("learning rate times width: {:.2}", 16.0 * rate(16));
        let same: Result<Vec<f64>, _> =
            (1..=SEEDS).map(|seed| tested_with(64, 500, seed, rate(16))).collect();
        println!(
            "width 64, 500 steps, with {}: {:.4}, with {}: {:.4}",
            rate(64),
            self.loss(4, 2),
            rate(16),
            mean(&same?)
        );
        Ok(())
    }

    /// The loss over the widths, a line for each number of steps.
    fn figure(&self) -> String {
        let (left, right, bottom) = (44.0, 300.0, 270.0);
        let x = |width: usize| left + 20.0 + 55.0 * width as f64;
        let y = |loss: f64| 30.0 + 800.0 * (2.75 - loss);
        draw::svg(
            "Held-out loss over five widths, for five numbers of steps",
            "Five lines, the lower the more steps. Each falls from width 4 to 16 and is nearly level from there.",
            (draw::WIDTH, 320.0),
            html! {
                (draw::text("quiet start", (2.0, 14.0), "held-out loss"))
                @for loss in [2.5, 2.6, 2.7] {
                    (draw::text("quiet end", (left - 8.0, y(loss) + 4.0), &format!("{loss:.1}")))
                }
                (draw::path("arrow", &[(left, 22.0), (left, bottom), (right, bottom)]))
                @for (w, width) in WIDTHS.iter().enumerate() {
                    (draw::text("quiet", (x(w), bottom + 18.0), &width.to_string()))
                }
                (draw::text("quiet", ((left + right) / 2.0, bottom + 40.0), "width"))
                @for (s, steps) in STEPS.iter().enumerate() {
                    @let points: Vec<_> = (0..WIDTHS.len()).map(|w| (x(w), y(self.loss(w, s)))).collect();
                    (draw::path("arc", &points))
                    @for (x, y) in &points {
                        circle class="head" cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="2.5" {}
                    }
                    (draw::text("start", (right + 4.0, points[4].1 + 5.0), &format!("{steps} steps")))
                }
            },
        )
    }
}

/// The learning rate at the start: that of microgpt.py for its width, less for wider models.
fn rate(width: usize) -> f64 {
    0.16 / width as f64
}

fn start(width: usize, seed: u64) -> Program {
    let mut random = Random::new(seed);
    let Program { mut docs, tokenizer, .. } = Program::untrained();
    let learn = docs.len() - HELD_OUT;
    random.shuffle(&mut docs[..learn]);
    let config = Config { n_embd: width, ..Config::default() };
    let params = Parameters::random(config, tokenizer.vocab_size(), &mut random).expect("a possible model");
    Program { docs, tokenizer, params, random }
}

/// The loss on the held-out names after training on the others.
fn tested(width: usize, steps: usize, seed: u64) -> Result<f64, TrainingError> {
    tested_with(width, steps, seed, rate(width))
}

fn tested_with(width: usize, steps: usize, seed: u64, rate: f64) -> Result<f64, TrainingError> {
    let Program { mut docs, tokenizer, params, .. } = start(width, seed);
    let test = docs.split_off(docs.len() - HELD_OUT);
    let mut trainer = Trainer::new(docs, &tokenizer, params, steps)?.with_engine(Engine::Fused);
    trainer.learning_rate = rate;
    trainer.finish()?;
    Ok(mean_loss(trainer.params(), &tokenizer.encode_docs(&test)?))
}
