//! Efficiency: what the fused engine leaves out, and that its answers are those of the 200 lines.

mod common;

use std::error::Error;

use common::{label, nodes, texts};
use microgpt::autograd::Operation;
use microgpt::{Config, Engine, Fused, Parameters, Program, Random, Sampler, Tape, loss, softmax};

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::untrained();
    let params = &program.params;
    let doc = &program.docs[0];
    let tokens = program.tokenizer.encode_doc(doc)?;
    let tape = Tape::new();
    let graph = loss(&tokens, &params.on(&tape));
    graph.loss.backward();

    println!("--- one name ---");
    println!("the first name: {doc}, predictions: {}", graph.losses.len());
    println!("numbers in its graph: {}", tape.len());
    println!("parameters among them: {}", params.len());
    let count = |operation| nodes(&tape).filter(|node| node.operation() == operation).count();
    println!("additions: {}", count(Operation::Add));
    println!("multiplications: {}", count(Operation::Mul));
    let others = [Operation::Pow, Operation::Log, Operation::Exp, Operation::Relu].map(count);
    println!("powers, logarithms, exponentials and ReLUs: {}", others.iter().sum::<usize>());
    println!("constants, such as the 0 of each sum: {}", count(Operation::Leaf) - params.len());

    label("the gradient of a score");
    println!("token  p       gradient * n  p - target");
    let n = graph.losses.len() as f64;
    let first = &graph.activations[0].logits;
    let total: f64 = first.iter().map(|logit| logit.data().exp()).sum();
    for letter in ["a", "i", "w"] {
        let token = program.tokenizer.encode(letter)?[0];
        let p = first[token].data().exp() / total;
        let target = f64::from(u8::from(token == tokens[1]));
        println!("{letter}      {p:.4}  {:>12.4}  {:>10.4}", first[token].grad() * n, p - target);
    }

    let stretch = Tape::new();
    let scores = stretch.values(&vec![0.0; first.len()]);
    let _loss = -softmax(&scores)[0].log();
    println!("scores: {}, nodes from them to the loss: {}", first.len(), stretch.len() - first.len());

    label("the same gradients");
    let mut grads = vec![0.0; params.len()];
    let mut fused = Fused::new(params);
    fused.loss_and_gradients(params.as_slice(), &tokens, 1.0, &mut Vec::new(), &mut grads, false);
    let by_graph = tape.grads(params.len());
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * a.abs() + 1e-15;
    let close = by_graph.iter().zip(&grads).filter(|&(a, b)| close((a, b))).count();
    println!("gradients: {}", grads.len());
    println!("gradients within 1e-12 of the graph's: {close}");

    label("the same training");
    let train = |engine| -> Result<_, Box<dyn Error>> {
        let mut program = Program::untrained();
        let mut trainer = program.trainer().with_engine(engine);
        let mut lines = Vec::new();
        while let Some(step) = trainer.step()? {
            lines.push(step.to_string());
        }
        let sampler = Sampler::new(&program.tokenizer, trainer.params()).with_engine(engine);
        Ok((lines, texts(&sampler, 20, 0.5, &mut program.random)?))
    };
    let ((lines, samples), (fused_lines, fused_samples)) = (train(Engine::Scalar)?, train(Engine::Fused)?);
    let same = |a: &[String], b: &[String]| a.iter().zip(b).filter(|(a, b)| a == b).count();
    println!("steps: {}, with the same loss to four decimals: {}", lines.len(), same(&lines, &fused_lines));
    println!("names written: {}, the same names: {}", samples.len(), same(&samples, &fused_samples));
    println!("{}", fused_lines[499]);
    println!("the first three names: {}", fused_samples[..3].join(", "));

    label("lanes");
    let lanes = 8;
    println!("positions side by side: {lanes}");
    println!(
        "predictions of {doc}: {}, lanes without work: {}",
        graph.losses.len(),
        lanes - graph.losses.len()
    );
    let used: usize = program.docs.iter().take(500).map(|doc| (doc.len() + 1).min(8)).sum();
    println!("lanes used over the 500 names of the training: {:.1} %", used as f64 / 40.0);

    label("growth");
    println!("n_embd  n_layer  block_size  parameters  work");
    // Each weight of a linear layer is used once for each position, each key and value once for each
    // position that looks at it; the way back costs twice as much, here as there.
    let work = |[n_embd, n_layer, positions]: [usize; 3]| {
        let linear = positions * n_embd * (n_layer * 12 * n_embd + params.vocab_size());
        (linear + n_layer * n_embd * positions * (positions + 1)) as f64
    };
    for sizes in [[16, 1, 8], [64, 1, 8], [256, 1, 8], [16, 4, 8], [16, 1, 64]] {
        let [n_embd, n_layer, block_size] = sizes;
        let config = Config { n_embd, n_layer, block_size, ..Config::default() };
        let count = Parameters::random(config, params.vocab_size(), &mut Random::new(42))?.len();
        let grown = work(sizes) / work([16, 1, 8]);
        println!("{n_embd:>6}  {n_layer:>7}  {block_size:>10}  {count:>10}  {grown:>5.1} x");
    }
    Ok(())
}
