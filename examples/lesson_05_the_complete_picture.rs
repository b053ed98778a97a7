//! Lesson 5.2, The complete picture: the whole run in numbers, GPT-2 counted by the same formula, more of the same.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use common::{join, label, largest_first, loss_per_prediction, mean, nodes, percent, probabilities, texts};
use microgpt::autograd::Operation;
use microgpt::{Config, Engine, Parameters, Program, Random, Sampler, Tape, Trainer, loss, trace};

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::untrained();
    let (docs, tokenizer) = (&program.docs, &program.tokenizer);

    // The whole run of microgpt.py
    let mut trainer = program.trainer().with_engine(Engine::Fused);
    let losses = trainer.finish()?;
    let trained = trainer.into_params();
    let sampler = Sampler::new(tokenizer, &trained).with_engine(Engine::Fused);
    let mut random = program.random.clone();
    let samples = sampler.samples(20, 0.5, &mut random)?;

    // The graph of a document depends only on its number of predictions
    let predictions: Vec<usize> = docs[..500].iter().map(|name| 8.min(name.len() + 1)).collect();
    let (mut made, mut edges, mut products) = (0, 0, 0);
    for n in 1..=8 {
        let tape = Tape::new();
        loss(&vec![0; n + 1], &program.params.on(&tape));
        let count = predictions.iter().filter(|&&predictions| predictions == n).count();
        made += count * (tape.len() - 4064);
        for value in nodes(&tape).skip(4064) {
            edges += count * value.children().count();
            products += count * usize::from(value.operation() == Operation::Mul);
        }
    }
    let in_training: usize = predictions.iter().sum();
    let in_inference: usize = samples.iter().map(|sample| sample.tokens.len()).sum();
    let calls = in_training + in_inference;
    let letters: usize = docs.iter().map(String::len).sum();

    println!("--- the run ---");
    println!("flowchart TD");
    println!(
        "    names[\"names: {}\"] -->|\"one for each<br>step, 500\"| tokens[\"tokens:<br>{} different\"]",
        docs.len(),
        tokenizer.vocab_size()
    );
    println!("    params[\"parameters: {}\"] --> gpt", program.params.len());
    println!("    tokens --> gpt[\"gpt:<br>{in_training} predictions<br>in training\"]");
    println!("    gpt --> loss[\"loss:<br>step 1 {:.4}<br>step 500 {:.4}\"]", losses[0], losses[499]);
    println!("    loss -->|\"backward\"| grads[\"gradients: {}<br>in each step\"]", program.params.len());
    println!("    grads -->|\"Adam\"| updates[\"updates: {}\"]", 500 * program.params.len());
    println!("    updates -->|\"back\"| params");
    println!(
        "    gpt -->|\"after training\"| samples[\"samples: 20<br>{}<br>and others\"]",
        join(samples[..3].iter().map(|sample| &sample.text), ", ")
    );

    label("block by block");
    for (block, from, to, numbers) in [
        ("opening", 1, 13, "seed 42".to_owned()),
        ("dataset", 14, 22, format!("{} names, {letters} letters", docs.len())),
        ("tokenizer", 23, 28, format!("{} tokens, BOS is {}", tokenizer.vocab_size(), tokenizer.bos())),
        ("autograd: class Value", 29, 58, format!("{made} nodes in training")),
        ("autograd: backward", 59, 73, format!("500 calls, {edges} edges walked")),
        ("parameters", 74, 91, format!("{} numbers", program.params.len())),
        ("linear", 92, 96, format!("{} calls", 7 * calls)),
        ("softmax", 97, 102, format!("{} calls", 5 * calls)),
        ("rmsnorm", 103, 107, format!("{} calls", 3 * calls)),
        ("gpt", 108, 145, format!("{in_training} + {in_inference} = {calls} calls")),
        ("Adam, its memory", 146, 150, format!("2 * 4064 = {} numbers", 2 * program.params.len())),
        (
            "training loop",
            151,
            185,
            format!("500 steps, 500 * 4064 = {} updates", 500 * program.params.len()),
        ),
        ("inference", 186, 200, format!("20 samples, {in_inference} draws")),
    ] {
        println!("{block} | {from} | {to} | {numbers}");
    }

    label("in all");
    println!("numbers that the program computes in training: {made}");
    println!("multiplications in the forward passes of the training: {products}");
    println!("loss, mean of the first 50 steps: {:.4}", mean(&losses[..50]));
    println!("loss, mean of the last 50 steps: {:.4}", mean(&losses[450..]));

    label("parameters counted");
    let ours = [27 * 16, 8 * 16, 12 * 16 * 16, 27 * 16];
    println!("27 * 16 + 8 * 16 + 12 * 16 * 16 + 27 * 16 = {}", ours.iter().sum::<usize>());
    println!("tokens: 27 * 16 = {}", ours[0]);
    println!("positions: 8 * 16 = {}", ours[1]);
    println!("one layer: 12 * 16 * 16 = {}", ours[2]);
    println!("lm_head: 27 * 16 = {}", ours[3]);
    println!("share of the layer: {:.1}%", percent(ours[2], 4064));

    label("sizes here");
    let config = Config::default();
    println!("layers {}", config.n_layer);
    println!("width {}", config.n_embd);
    println!("heads {}", config.n_head);
    println!("vocabulary size {}", tokenizer.vocab_size());
    println!("block size {}", config.block_size);
    println!("parameters {}", program.params.len());

    label("gpt-2 counted");
    let (vocabulary, positions, width, layers) = (50_257, 1024, 768, 12);
    let parts = [vocabulary * width, positions * width, layers * 12 * width * width];
    println!("tokens: 50257 * 768 = {}", parts[0]);
    println!("positions: 1024 * 768 = {}", parts[1]);
    println!("matrices of 12 layers: 12 * 12 * 768 * 768 = {}", parts[2]);
    println!("matrices together: {}", parts.iter().sum::<usize>());
    let biases = layers * (3 + 1 + 4 + 1) * width;
    println!("biases: 12 * 9 * 768 = {biases}");
    let norms = (2 * layers + 1) * 2 * width;
    println!("LayerNorm: 25 * 2 * 768 = {norms}");
    let all = parts.iter().sum::<usize>() + biases + norms;
    println!("all parameters of GPT-2: {all}");
    println!("times as many as here: {:.0}", all as f64 / 4064.0);
    println!("share of its layers: {:.1}%", percent(parts[2], all));

    label("more of the same");
    println!("held-out names: 1000, samples: 2000 at temperature 0.5");
    println!("names  steps  width  parameters  loss on 500 of them  held-out  samples: of them  others");
    let held_out = &docs[500..1500];
    let others = [&docs[..500], &docs[1500..]].concat();
    let (mut per_name, mut with_more) = (Vec::new(), Vec::new());
    for (names, steps, width) in [(500, 500, 16), (500, 5_000, 16), (2791, 5_000, 16), (2791, 5_000, 32)] {
        let config = Config { n_embd: width, ..Config::default() };
        let params = if width == 16 {
            program.params.clone()
        } else {
            Parameters::random(config, tokenizer.vocab_size(), &mut Random::new(42))?
        };
        let learned = &others[..names];
        let mut trainer =
            Trainer::new(learned.to_vec(), tokenizer, params, steps)?.with_engine(Engine::Fused);
        trainer.finish()?;
        let params = trainer.params();
        let sampler = Sampler::new(tokenizer, params).with_engine(Engine::Fused);
        let mut random = program.random.clone();
        let [mut of_them, mut of_others] = [0, 0];
        let known: BTreeSet<&str> = learned.iter().map(String::as_str).collect();
        let all: BTreeSet<&str> = docs.iter().map(String::as_str).collect();
        for text in texts(&sampler, 2000, 0.5, &mut random)? {
            of_them += usize::from(known.contains(&text[..]));
            of_others += usize::from(all.contains(&text[..]) && !known.contains(&text[..]));
        }
        if names == 500 {
            let (rate, other) = (of_them as f64 / 500.0, of_others as f64 / (docs.len() - 500) as f64);
            per_name.push(format!(
                "after {steps} steps, samples for each name trained on: {of_them} / 500 = {rate:.3}"
            ));
            per_name.push(format!(
                "after {steps} steps, samples for each other name: {of_others} / {} = {other:.3}",
                docs.len() - names
            ));
        }
        if names == 2791 && width == 16 {
            let (rate, other) = (of_them as f64 / 2791.0, of_others as f64 / 1000.0);
            with_more.push(format!("samples for each name trained on: {of_them} / 2791 = {rate:.3}"));
            with_more.push(format!("samples for each other name: {of_others} / 1000 = {other:.3}"));
        }
        println!(
            "{names:5} {steps:6} {width:6} {:11} {:20.4} {:9.4} {of_them:17} {of_others:7}",
            params.len(),
            loss_per_prediction(params, &tokenizer.encode_docs(&learned[..500])?),
            loss_per_prediction(params, &tokenizer.encode_docs(held_out)?)
        );
    }
    println!("times that each of the 2791 names is shown: 5000 / 2791 = {:.1}", 5000.0 / 2791.0);
    println!("pure guessing: {:.4}", 27.0_f64.ln());

    label("how often a name is written");
    for line in per_name {
        println!("{line}");
    }

    label("how often with more names");
    for line in with_more {
        println!("{line}");
    }

    label("a question that makes no sense");
    for start in ["ann", "xqz"] {
        let mut tokens = tokenizer.encode_doc(start)?;
        tokens.pop();
        let logits = trace(&trained, &tokens, Engine::Scalar).pop().ok_or("a position")?.logits;
        let probs = probabilities(&logits);
        let best = largest_first(&probs)[0];
        let letter = tokenizer.token_name(best);
        println!(
            "after {start}: likeliest {letter}, probability {:.4}, sum of all {:.4}",
            probs[best],
            probs.iter().sum::<f64>()
        );
    }
    let beginning = |start: &str| docs.iter().filter(|name| name.starts_with(start)).count();
    println!("names of input.txt that begin with ann: {}", beginning("ann"));
    println!("names of input.txt that begin with xqz: {}", beginning("xqz"));

    label("questions");
    println!("two layers: 992 + 2 * 3072 = {}", 992 + 2 * 3072);
    println!("width 32: 2 * 27 * 32 + 8 * 32 + 12 * 32 * 32 = {}", 2 * 27 * 32 + 8 * 32 + 12 * 32 * 32);
    println!("largest GPT-2, matrices of 48 layers: 48 * 12 * 1600 * 1600 = {}", 48 * 12 * 1600 * 1600_u64);
    println!("largest GPT-2, tokens: 50257 * 1600 = {}", 50_257 * 1600);
    println!("largest GPT-2, positions: 1024 * 1600 = {}", 1024 * 1600);
    println!(
        "largest GPT-2, layers, tokens and positions together: {}",
        48 * 12 * 1600 * 1600_u64 + 51_281 * 1600
    );
    Ok(())
}
