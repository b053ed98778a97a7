//! Many machines: the documents of a step in shares, their gradients added up, and what limits that for large models.
//!
//! What `beyond/distributed.py` does with processes is compared with the crate by `beyond/check`.

mod common;

use std::error::Error;

use common::{join, label};
use microgpt::{Program, loss_and_gradients};

/// How many documents a step takes.
const BATCH: usize = 8;
/// The parameter that is looked at.
const PARAMETER: &str = "lm_head[1][0]";

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::untrained();
    let documents = documents(&program)?;
    two_processes(&documents);
    one_parameter(&program, &documents)?;
    mean_of_means(&program, &documents)?;
    any_number_of_processes(&program, &documents)?;
    bytes_of_a_step(&program);
    let models = [ours(&program), gpt_2(), llama()];
    memory(&models);
    arithmetic(&models);
    on_the_wire(&models);
    Ok(())
}

/// A document, and its gradients alone.
type Gradients<'p> = (&'p str, Vec<f64>);

/// The documents of the first step.
fn documents(program: &Program) -> Result<Vec<Gradients<'_>>, Box<dyn Error>> {
    let gradients = |doc: &String| -> Result<Vec<f64>, Box<dyn Error>> {
        Ok(loss_and_gradients(&program.tokenizer.encode_doc(doc)?, &program.params).1)
    };
    program.docs[..BATCH].iter().map(|doc| Ok((&doc[..], gradients(doc)?))).collect()
}

/// The page's picture: one step in two processes.
fn two_processes(documents: &[Gradients<'_>]) {
    println!("--- two processes ---");
    println!("flowchart TB");
    println!("    accTitle: One step in two processes");
    for rank in 0..2 {
        let docs: Vec<&str> = documents.iter().skip(rank).step_by(2).map(|(doc, _)| *doc).collect();
        println!("    d{rank}[\"{}<br>{}\"]", docs[..2].join(", "), docs[2..].join(", "));
        println!("    g{rank}[\"process {rank}<br>forward, backward\"]");
        println!("    d{rank} --> g{rank}");
    }
    println!("    g0 -->|\"its gradients\"| sum([\"all-reduce\"])");
    println!("    g1 -->|\"its gradients\"| sum");
    for rank in 0..2 {
        println!("    u{rank}[\"process {rank}<br>the same update\"]");
        println!("    sum -->|\"the sum\"| u{rank}");
    }
}

/// What one gradient is in each document, and the sums of two processes.
fn one_parameter(program: &Program, documents: &[Gradients<'_>]) -> Result<(), Box<dyn Error>> {
    let at = program.params.index_of(PARAMETER).ok_or("there is no such parameter")?;
    label("one parameter");
    println!("process  document    gradient");
    let mut sums = [0.0; 2];
    for (i, (doc, grads)) in documents.iter().enumerate() {
        println!("{:7}  {doc:10}  {:8.4}", i % 2, grads[at]);
        sums[i % 2] += grads[at];
    }
    label("two sums");
    let [a, b] = sums;
    println!("process 0 sends: {a:.4}");
    println!("process 1 sends: {b:.4}");
    let after = [a + b, b + a];
    println!("both have then: {:.4}", after[0]);
    println!("the gradient of the step: {:.4}", after[0] / BATCH as f64);
    label("checkpoint after");
    let same = after[0] == after[1];
    println!(
        "answer: {}",
        if same { "nothing about the gradients" } else { "the gradients of its own documents" }
    );
    Ok(())
}

/// The mean of the processes' own means is the mean of all only where the shares are equal.
fn mean_of_means(program: &Program, documents: &[Gradients<'_>]) -> Result<(), Box<dyn Error>> {
    let at = program.params.index_of(PARAMETER).ok_or("there is no such parameter")?;
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
    let shares: Vec<Vec<f64>> = (0..3)
        .map(|rank| documents.iter().skip(rank).step_by(3).map(|(_, grads)| grads[at]).collect())
        .collect();
    let means: Vec<f64> = shares.iter().map(|share| mean(share)).collect();
    let all: Vec<f64> = documents.iter().map(|(_, grads)| grads[at]).collect();
    label("three shares");
    println!("documents of the processes: {}", join(shares.iter().map(Vec::len), ", "));
    println!("their means: {}", join(means.iter().map(|mean| format!("{mean:.4}")), ", "));
    println!("the mean of these: {:.4}", mean(&means));
    println!("the mean of all documents: {:.4}", mean(&all));
    let off = (0..program.params.len()).filter(|&at| {
        let grads: Vec<f64> = documents.iter().map(|(_, grads)| grads[at]).collect();
        let share = |rank: usize| mean(&grads.iter().skip(rank).step_by(3).copied().collect::<Vec<_>>());
        let of_means = mean(&[share(0), share(1), share(2)]);
        (of_means - mean(&grads)).abs() > mean(&grads).abs() / 10.0
    });
    println!("gradients that are off by more than a tenth: {} of {}", off.count(), program.params.len());
    Ok(())
}

/// The sum of the shares is the gradient of a step with all documents, whatever the number of processes.
fn any_number_of_processes(program: &Program, documents: &[Gradients<'_>]) -> Result<(), Box<dyn Error>> {
    let mut trainer = program.trainer().with_batch(BATCH)?;
    trainer.advance()?;
    label("any number of processes");
    println!("processes  gradients  within 1e-12 of one process's");
    for processes in [1, 2, 3, 8] {
        let mut sum = vec![0.0; program.params.len()];
        for rank in 0..processes {
            let share = documents.iter().skip(rank).step_by(processes);
            let mut sent = vec![0.0; program.params.len()];
            for (_, grads) in share {
                sent.iter_mut().zip(grads).for_each(|(sent, grad)| *sent += grad / BATCH as f64);
            }
            sum.iter_mut().zip(&sent).for_each(|(sum, sent)| *sum += sent);
        }
        let close = sum.iter().zip(trainer.grads()).filter(|(a, b)| (*a - *b).abs() <= 1e-12).count();
        println!("{processes:9}  {:9}  {close:29}", sum.len());
    }
    Ok(())
}

/// What the processes have to hand on.
fn bytes_of_a_step(program: &Program) {
    label("bytes of a step");
    let numbers = program.params.len() + 1;
    println!("gradients, and the loss: {} + 1 = {numbers}", program.params.len());
    println!("bytes: 8 * {numbers} = {}", 8 * numbers);
    label("bytes that a process sends");
    println!("processes  share of the numbers  bytes");
    for processes in [2, 3, 8] {
        let share = 2.0 * (processes - 1) as f64 / processes as f64;
        println!("{processes:9}  {share:20.2}  {:5.0}", share * 8.0 * numbers as f64);
    }
    label("checkpoint sent");
    let sent = |share: f64| 8.0 * numbers as f64 * share;
    println!("answer: {}", sent(1.5));
    println!("wrong: {}", sent(3.0));
    println!("wrong: {}", sent(2.0));
}

/// A model as these tables see it.
struct Model {
    name: &'static str,
    parameters: f64,
}

fn ours(program: &Program) -> Model {
    Model { name: "this one", parameters: program.params.len() as f64 }
}

/// The smallest GPT-2, counted as in lesson 5.2.
fn gpt_2() -> Model {
    let (tokens, positions, n_embd, layers) = (50_257, 1_024, 768, 12);
    let layer = 12 * n_embd * n_embd + 9 * n_embd;
    let norms = 2 * (2 * layers + 1) * n_embd;
    Model { name: "GPT-2", parameters: f64::from((tokens + positions) * n_embd + layers * layer + norms) }
}

/// Llama 3 with 70 billion parameters: two matrices for the tokens; in a layer queries and outputs as wide as the
/// model, keys and values for 8 of the 64 heads, and an MLP of three matrices.
fn llama() -> Model {
    let (tokens, n_embd, layers, hidden) = (128_256.0, 8_192.0, 80.0, 28_672.0);
    let (heads, key_heads) = (64.0, 8.0);
    let attention = 2.0 * n_embd * n_embd + 2.0 * n_embd * n_embd * key_heads / heads;
    let norms = (2.0 * layers + 1.0) * n_embd;
    let layer = attention + 3.0 * n_embd * hidden;
    Model { name: "Llama 3", parameters: 2.0 * tokens * n_embd + layers * layer + norms }
}

/// A number of bytes or operations with three digits.
fn short(number: f64, unit: &str) -> String {
    let (factor, prefix) = match number {
        n if n >= 1e12 => (1e12, "T"),
        n if n >= 1e9 => (1e9, "G"),
        n if n >= 1e6 => (1e6, "M"),
        _ => (1e3, "k"),
    };
    let shown = number / factor;
    let decimals = if shown >= 100.0 {
        0
    } else if shown >= 10.0 {
        1
    } else {
        2
    };
    format!("{shown:.decimals$} {prefix}{unit}")
}

/// Numbers of four bytes: the weights, as many gradients, and two of Adam's for each.
fn memory(models: &[Model]) {
    label("memory");
    println!("model        parameters      weights   gradients  Adam      in all");
    for Model { name, parameters } in models {
        let bytes = |numbers: f64| short(4.0 * numbers * parameters, "B");
        println!(
            "{name:11}  {parameters:14.0}  {:8}  {:9}  {:8}  {}",
            bytes(1.0),
            bytes(1.0),
            bytes(2.0),
            bytes(4.0)
        );
    }
    // A graphics processor with 80 GB.
    let (memory, Model { parameters, .. }) = (80e9, &models[2]);
    println!("graphics processors that hold it: {:.0}", (16.0 * parameters / memory).ceil());
}

/// An addition and a multiplication for each weight on the way there, and twice as many on the way back.
fn arithmetic(models: &[Model]) {
    label("arithmetic");
    println!("model        operations per token");
    for Model { name, parameters } in models {
        println!("{name:11}  {}", short(6.0 * parameters, ""));
    }
}

/// What a process sends when there are many of them, and how long that and the arithmetic take.
fn on_the_wire(models: &[Model]) {
    // Bytes and operations in a second: 400 gigabits, and 989 million million operations
    let (network, processor) = (400e9 / 8.0, 989e12);
    label("on the wire");
    println!("model        sent in a step  seconds");
    for Model { name, parameters } in models {
        let sent = 2.0 * 4.0 * parameters;
        println!("{name:11}  {:14}  {:.2}", short(sent, "B"), sent / network);
    }
    let tokens = |rate: f64| 8.0 / network * rate / 6.0;
    println!("tokens that take as long to compute: {:.0}", tokens(processor));
    println!("the same with 2 bytes for each gradient: {:.0}", tokens(processor) / 2.0);
}
