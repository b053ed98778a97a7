//! Your own names: what the crate understands of a list, and how far a model learns a small one by heart.

mod common;

use std::error::Error;

use common::{join, label, mean};
use microgpt::data::List;
use microgpt::{Config, Engine, Parameters, Random, Revision, Sampler};

/// The capitals of Europe.
const CAPITALS: &str = include_str!("../beyond/capitals.txt");

/// A list with what lists have: a byte order mark, line ends of Windows, an empty line, a name twice, a name that is
/// long, and an accent that is a character of its own.
const FAULTY: &str = "\u{feff}Oslo\r\nRome\r\n\r\nOslo\r\nReykjavi\u{301}k\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    println!("The list is beyond/capitals.txt.");
    label("the capitals");
    let capitals = List::from_bytes(CAPITALS.as_bytes())?;
    println!("{capitals}");
    for block_size in [8, 16, 32] {
        let cut = capitals.cut(block_size);
        println!("block size {block_size:2}: {cut:2} names whose end is never seen");
    }

    label("a list with faults");
    let faulty = List::from_bytes(FAULTY.as_bytes())?;
    println!("the list: {faulty}");
    faulty.notes(8).iter().for_each(|note| println!("note: {note}"));

    label("by heart");
    println!("steps  times through the list  mean loss of the last 50  samples in the list");
    let mut written = Vec::new();
    for num_steps in [250, 1000, 2000, 5000] {
        let (losses, samples) = learn(&capitals, num_steps, "")?;
        let known = samples.iter().filter(|sample| capitals.docs.contains(sample)).count();
        let times = num_steps as f64 / capitals.docs.len() as f64;
        let last = mean(&losses[losses.len() - 50..]);
        println!("{num_steps:5}  {times:>22.1}  {last:>24.2}  {known:>13} of {}", samples.len());
        written.push((num_steps, samples));
    }

    label("what it writes");
    for (num_steps, samples) in &written {
        println!("{num_steps:>4}: {}", join(samples[..6].iter(), ", "));
    }

    label("with a beginning");
    for beginning in ["B", "San ", "Z"] {
        let (_, samples) = learn(&capitals, 1000, beginning)?;
        println!("{}", join(samples[..6].iter(), ", "));
    }
    Ok(())
}

/// The losses of a training on a list, and 20 samples that begin with this text.
fn learn(list: &List, num_steps: usize, beginning: &str) -> Result<(Vec<f64>, Vec<String>), Box<dyn Error>> {
    let config = Config { block_size: 16, ..Config::default() };
    let mut random = Random::new(42);
    let mut docs = list.docs.clone();
    random.shuffle(&mut docs);
    let params = Parameters::random(config, list.tokenizer.vocab_size(), &mut random)?;
    let revision = Revision { config, num_steps, ..Revision::EARLY };
    let mut trainer = revision.trainer(docs, &list.tokenizer, params)?.with_engine(Engine::Fused);
    let losses = trainer.finish()?;
    let sampler = Sampler::new(&list.tokenizer, trainer.params()).with_engine(Engine::Fused);
    let tokens = list.tokenizer.encode(beginning)?;
    let samples = (0..20).map(|_| Ok(sampler.sample_after(&tokens, 0.5, &mut random)?.text));
    Ok((losses, samples.collect::<Result<_, Box<dyn Error>>>()?))
}
