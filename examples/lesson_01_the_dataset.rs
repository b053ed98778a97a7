//! Lesson 1.0, The dataset: what is in `input.txt`, and what shuffling does to it.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use common::{join, label, mean, percent, texts};
use microgpt::{Program, Random, Sampler, Tokenizer, Trainer, names};

fn main() -> Result<(), Box<dyn Error>> {
    let file = names();
    let mut docs = file.clone();
    Random::new(42).shuffle(&mut docs);
    let num_steps = Program::NUM_STEPS;

    println!("--- size ---");
    println!("num docs: {}", docs.len());
    let letters: usize = docs.iter().map(String::len).sum();
    println!("letters: {letters}");
    println!("letters per name: {:.2}", letters as f64 / docs.len() as f64);

    label("the letter q");
    let in_all = |text: &str| docs.iter().map(|name| name.matches(text).count()).sum::<usize>();
    println!("q: {}", in_all("q"));
    println!("q followed by u: {}", in_all("qu"));

    label("first in the file");
    file.iter().take(5).for_each(|name| println!("{name}"));

    label("first after the shuffle");
    docs.iter().take(5).for_each(|name| println!("{name}"));

    label("lengths");
    println!("letters   names");
    let lengths: Vec<usize> = docs.iter().map(String::len).collect();
    let shortest = lengths.iter().copied().min().ok_or("no names")?;
    let longest = lengths.iter().copied().max().ok_or("no names")?;
    for length in shortest..=longest {
        let count = lengths.iter().filter(|&&other| other == length).count();
        println!("{length:7} {count:7} {}", "#".repeat(count.div_ceil(25)));
    }

    label("four to seven letters");
    let usual = lengths.iter().filter(|length| (4..=7).contains(*length)).count();
    println!("{usual} of {} names, {:.1}%", docs.len(), percent(usual, docs.len()));
    let of_length = |n: usize| lengths.iter().filter(|&&length| length == n).count();
    println!("{} = {usual} names", join([4, 5, 6, 7].map(of_length), " + "));

    label("anna");
    let place = |list: &[String]| list.iter().position(|name| name == "anna").ok_or("anna is missing");
    println!("line of the file: {}", place(&file)? + 1);
    println!("index after the shuffle: {}", place(&docs)?);
    let relatives = docs[..num_steps].iter().filter(|name| name.contains("ann"));
    println!("with ann in them, among the first {num_steps}: {}", join(relatives, " "));

    label("five names by hand");
    let mut five = ["anna", "bruno", "clara", "david", "elena"];
    println!("start    {}", five.join(" "));
    // The same draws as `shuffle` makes, one at a time, to show them
    let mut random = Random::new(42);
    for last in (1..five.len()).rev() {
        let index = random.below(last as u32 + 1) as usize;
        five.swap(last, index);
        println!("swap {last} {index} {}", five.join(" "));
    }

    label("all draws for three names");
    let mut orders = BTreeSet::new();
    for first in 0..3 {
        for second in 0..2 {
            let mut three = ["anna", "bruno", "clara"];
            three.swap(2, first);
            three.swap(1, second);
            println!("draws {first} {second}: {}", three.join(" "));
            orders.insert(three);
        }
    }
    println!("different orders: {}", orders.len());

    label("two runs");
    for seed in [42, 42, 43] {
        let mut docs = file.clone();
        Random::new(seed).shuffle(&mut docs);
        println!("seed {seed}: {}", docs[..3].join(" "));
    }

    label("without the shuffle");
    println!("the first {num_steps} documents, and a model trained on them");
    for (order, list) in [("shuffled", &docs), ("file order", &file)] {
        let initials = |names: &[String]| -> String {
            names.iter().filter_map(|name| name.chars().next()).collect::<BTreeSet<char>>().iter().collect()
        };
        println!("{order}");
        println!("  first letters of the documents: {}", initials(&list[..num_steps]));
        let (loss, samples) = train(list)?;
        println!("  mean loss of all {num_steps} steps: {loss:.2}");
        println!("  first letters of {} samples: {}", samples.len(), initials(&samples));
        println!("  samples: {}", samples[..5].join(" "));
    }

    label("questions");
    let terms = [2, 3, 4, 12].map(|n| format!("{n} * {}", of_length(n)));
    println!("letters: {} + ... + {} = {letters}", terms[..3].join(" + "), terms[3]);
    println!("letters per name: {letters} / {} = {:.2}", docs.len(), letters as f64 / docs.len() as f64);
    let orders = (2..=5).map(|n: u64| format!("{n}: {}", (1..=n).product::<u64>()));
    println!("orders of n names: {}", join(orders, ", "));
    Ok(())
}

/// Trains the model on the documents in this order: the mean loss, and 20 samples.
fn train(docs: &[String]) -> Result<(f64, Vec<String>), Box<dyn Error>> {
    let Program { params, mut random, .. } = Program::untrained();
    let tokenizer = Tokenizer::new(docs);
    let mut trainer = Trainer::new(docs.to_vec(), &tokenizer, params, Program::NUM_STEPS)?;
    let losses = trainer.finish()?;
    let sampler = Sampler::new(&tokenizer, trainer.params());
    Ok((mean(&losses), texts(&sampler, 20, 0.5, &mut random)?))
}
