//! The road from a graph of objects to the fused engine, one step at a time, each measured.
//!
//! `cargo run --release --example road [FILE]`; without a file it learns from the names of input.txt. Every
//! row computes the loss of the same documents and all its gradients, without the update by Adam; that all
//! agree is checked first.

mod graph;
mod written_out;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use microgpt::fused::VectorUnits;
use microgpt::{Config, Fused, Parameters, Random, Tape, Tokenizer, load_docs, loss};
use rayon::prelude::*;

/// How many documents are measured.
const DOCS: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let input = Path::new(env!("CARGO_MANIFEST_DIR")).join("input.txt");
    let mut random = Random::new(42);
    let mut docs = load_docs(std::env::args_os().nth(1).map_or(input, Into::into))?;
    random.shuffle(&mut docs);
    let tokenizer = Tokenizer::new(&docs);
    let mut params = Parameters::random(Config::default(), tokenizer.vocab_size(), &mut random)?;
    // None at 0, as in the middle of training
    params.as_mut_slice().iter_mut().for_each(|p| *p += random.gauss(0.0, 0.02));
    docs.truncate(DOCS);
    let tokens = tokenizer.encode_docs(&docs)?;

    let mut tape = Tape::new();
    let mut on_tape = |tokens: &[usize]| {
        tape.clear();
        let loss = loss(tokens, &params.on(&tape)).loss;
        loss.backward();
        (loss.data(), tape.grads(params.len()))
    };
    let fused_by = |units| {
        let mut fused = Fused::new(&params).with_vector_units(units);
        let (mut losses, params) = (Vec::new(), &params);
        move |tokens: &[usize], grads: &mut [f64]| {
            losses.clear();
            fused.loss_and_gradients(params.as_slice(), tokens, 1.0, &mut losses, grads, false);
            losses.iter().sum::<f64>() / losses.len() as f64
        }
    };

    let expected: Vec<(f64, Vec<f64>)> = tokens.iter().map(|tokens| on_tape(tokens)).collect();
    for (tokens, (loss, grads)) in tokens.iter().zip(&expected) {
        let close = |other: (f64, Vec<f64>)| {
            let pairs = grads.iter().zip(&other.1).chain([(loss, &other.0)]);
            assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-12), "the rows disagree");
        };
        close(graph::loss_and_gradients(&params, tokens));
        close(written_out::loss_and_gradients(&params, tokens));
        for units in VectorUnits::available() {
            let mut grads = vec![0.0; params.len()];
            close((fused_by(units)(tokens, &mut grads), grads));
        }
    }

    let mut rows: Vec<(String, Duration)> = Vec::new();
    let mut row = |name: &str, repetitions, work: &mut dyn FnMut()| {
        let mut fastest = Duration::MAX;
        for _ in 0..repetitions {
            let start = Instant::now();
            work();
            fastest = fastest.min(start.elapsed() / DOCS as u32);
        }
        rows.push((name.to_owned(), fastest));
    };
    let each = |work: &mut dyn FnMut(&[usize])| tokens.iter().for_each(|tokens| work(tokens));
    row("graph: an object per number", 5, &mut || {
        each(&mut |tokens| drop(graph::loss_and_gradients(&params, tokens)));
    });
    row("tape: all numbers in one list", 20, &mut || each(&mut |tokens| drop(on_tape(tokens))));
    row("backward written out", 200, &mut || {
        each(&mut |tokens| drop(written_out::loss_and_gradients(&params, tokens)));
    });
    for units in VectorUnits::available() {
        let name = match units {
            VectorUnits::Baseline => "layout: eight positions abreast".to_owned(),
            units => format!("vector units: {units:?}"),
        };
        let (mut fused, mut grads) = (fused_by(units), vec![0.0; params.len()]);
        row(&name, 1000, &mut || each(&mut |tokens| _ = fused(tokens, &mut grads)));
    }
    let threads = rayon::current_num_threads();
    let engine = |_| (fused_by(VectorUnits::best()), vec![0.0; params.len()]);
    let mut engines: Vec<_> = (0..threads).map(engine).collect();
    row(&format!("threads: {threads}"), 1000, &mut || {
        let shares = tokens.par_chunks(DOCS.div_ceil(threads));
        shares.zip(engines.par_iter_mut()).for_each(|(tokens, (fused, grads))| {
            tokens.iter().for_each(|tokens| _ = fused(tokens, grads));
        });
    });

    println!("{:<34} {:>14} {:>12} {:>12}", "", "per document", "step", "in all");
    let first = rows[0].1.as_secs_f64();
    let mut before = first;
    for (name, time) in &rows {
        let time = time.as_secs_f64();
        println!("{name:<34} {:>11.2} µs {:>10.1} x {:>10.1} x", time * 1e6, before / time, first / time);
        before = time;
    }
    Ok(())
}
