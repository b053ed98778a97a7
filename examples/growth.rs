//! How the cost of a training step grows with the model.
//!
//! `cargo run --release --example growth`. The documents are names of input.txt run together, so that each
//! fills the block.

use std::error::Error;
use std::time::{Duration, Instant};

use microgpt::fused::VectorUnits;
use microgpt::{Config, Engine, Parameters, Random, Tokenizer, Trainer, names};

fn main() -> Result<(), Box<dyn Error>> {
    let names = names();
    let docs: Vec<String> = names.chunks_exact(32).map(|names| names.concat()).collect();
    let tokenizer = Tokenizer::new(&docs);
    let parameters = |config| Parameters::random(config, tokenizer.vocab_size(), &mut Random::new(42));

    println!("How the cost grows, with {:?}:\n", VectorUnits::best());
    println!("                                                            time     work");
    println!("n_embd n_layer block_size   parameters   time per step     grown    grown   ratio   GFLOP/s");
    let grow = |change: fn(&mut Config, usize), sizes: &'static [usize]| {
        sizes.iter().map(move |&size| {
            let mut config = Config::default();
            change(&mut config, size);
            config
        })
    };
    let configs = grow(|config, size| config.n_embd = size, &[16, 32, 64, 128, 256, 512])
        .chain(grow(|config, size| config.n_layer = size, &[2, 3, 4]))
        .chain(grow(|config, size| config.block_size = size, &[16, 32, 64]));
    let mut first = None;
    for config in configs {
        let params = parameters(config)?;
        let work = operations(&config, tokenizer.vocab_size());
        let Config { n_embd, n_layer, block_size, .. } = config;
        let num_params = params.len();
        let time = step_time(&docs, &tokenizer, params)?.as_secs_f64();
        let (first_time, first_work) = *first.get_or_insert((time, work));
        let (time_grown, work_grown) = (time / first_time, work / first_work);
        println!(
            "{n_embd:6} {n_layer:7} {block_size:10} {num_params:12} {:12.2} µs {time_grown:8.2}x {work_grown:7.2}x \
             {:7.2} {:9.1}",
            time * 1e6,
            time_grown / work_grown,
            work / time * 1e-9,
        );
    }
    println!(
        "\nWork: the additions and multiplications with weights, keys and values, forward and backward."
    );
    Ok(())
}

/// The additions and multiplications of a step, without what does not grow with the square of anything:
/// each weight of a linear layer is used once for each position, each key and value once for each position
/// that looks at it; and the way back costs twice as much.
fn operations(config: &Config, vocab_size: usize) -> f64 {
    let [n, layers, positions, tokens] =
        [config.n_embd, config.n_layer, config.block_size, vocab_size].map(|size| size as f64);
    let linear = positions * n * (layers * 12.0 * n + tokens);
    let attention = layers * 2.0 * n * positions * (positions + 1.0) / 2.0;
    3.0 * 2.0 * (linear + attention)
}

/// The time of a step, Adam included: the shortest of at least twenty, in a second of trying.
fn step_time(docs: &[String], tokenizer: &Tokenizer, params: Parameters) -> Result<Duration, Box<dyn Error>> {
    let mut trainer = Trainer::new(docs.to_vec(), tokenizer, params, usize::MAX)?.with_engine(Engine::Fused);
    trainer.learning_rate = 1e-4; // a wide model would not bear the usual one for as long as this
    let begin = Instant::now();
    let mut fastest = Duration::MAX;
    let mut steps = 0;
    while steps < 20 || begin.elapsed() < Duration::from_secs(1) {
        let start = Instant::now();
        trainer.advance()?;
        fastest = fastest.min(start.elapsed());
        steps += 1;
    }
    Ok(fastest)
}
