//! Lesson 1.0, The dataset: what is in `input.txt`, and what shuffling does to it.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use common::{join, label, mean, percent, texts, wants_figure};
use lab::draw;
use maud::html;
use microgpt::data::split_docs;
use microgpt::{Program, Random, Sampler, Tokenizer, Trainer, names};

/// How many documents the training sees: one for each step.
const SEEN: usize = Program::NUM_STEPS;
/// How many names a character of a bar stands for, at most.
const PER_CHARACTER: usize = 25;

fn main() -> Result<(), Box<dyn Error>> {
    let file = names();
    let docs = shuffled(&file, 42);
    if wants_figure() {
        print!("{}", figure(&file, &docs));
        return Ok(());
    }
    // The problem
    the_letter_q(&file);
    // The idea
    first_letters(&file, &docs);
    // By hand
    three_names_by_hand();
    checkpoint_draws_1_1();
    all_draws_for_three_names();
    // In the real model
    first_five(&file, &docs);
    lengths(&docs)?;
    anna(&file, &docs)?;
    // What goes wrong
    without_the_shuffle(&file, &docs)?;
    // Check yourself
    checkpoint_orders_of_five();
    checkpoint_if_line();
    // Going deeper
    size(&docs);
    five_names_by_hand();
    never_its_own_place();
    three_runs(&file);
    Ok(())
}

/// The names in the order that this seed gives them.
fn shuffled(file: &[String], seed: u64) -> Vec<String> {
    let mut docs = file.to_vec();
    Random::new(seed).shuffle(&mut docs);
    docs
}

fn the_letter_q(file: &[String]) {
    label("the letter q");
    let in_all = |text: &str| file.iter().map(|name| name.matches(text).count()).sum::<usize>();
    println!("names: {}", file.len());
    println!("q: {}", in_all("q"));
    println!("q followed by u: {}", in_all("qu"));
}

/// How many of the names begin with each letter from a to z.
fn initials(names: &[String]) -> Vec<(char, usize)> {
    ('a'..='z').map(|letter| (letter, names.iter().filter(|name| name.starts_with(letter)).count())).collect()
}

fn first_letters(file: &[String], docs: &[String]) {
    label("first letters");
    println!("first letters of the first {SEEN} names");
    for (order, list) in [("in file order", file), ("after the shuffle", docs)] {
        let counts = initials(&list[..SEEN]);
        let used = counts.iter().filter(|(_, count)| *count > 0);
        println!("{order}: {}", join(used.map(|(letter, count)| format!("{letter} {count}")), ", "));
    }
}

/// The first letters of the names that training sees, in the order of the file and shuffled.
fn figure(file: &[String], docs: &[String]) -> String {
    let pitch = 15.0;
    let panel = |top: f64, words: &str, names: &[String]| {
        let counts = initials(&names[..SEEN]);
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1);
        let has_anna = names[..SEEN].iter().any(|name| name == "anna");
        html! {
            (draw::text("label start", (5.0, top + 12.0), words))
            (draw::text("quiet end", (395.0, top + 12.0),
                if has_anna { "anna is among them" } else { "anna is not among them" }))
            @for (place, (letter, count)) in counts.into_iter().enumerate() {
                @let (x, height) = (5.0 + place as f64 * pitch, 60.0 * count as f64 / most as f64);
                (draw::rect("bar", (x + 1.5, top + 96.0 - height), (pitch - 3.0, height)))
                @if count == most {
                    (draw::text("quiet start", (x + 16.0, top + 108.0 - height), &count.to_string()))
                }
                (draw::text("name", (x + pitch / 2.0, top + 112.0), &letter.to_string()))
            }
        }
    };
    draw::svg(
        "First letters of the names that training sees",
        "In the order of the file, the first 500 names begin with a, b or c. After the shuffle, nearly every \
         letter is among their first letters.",
        (draw::WIDTH, 256.0),
        html! {
            (panel(0.0, &format!("first {SEEN}, file order"), file))
            (panel(136.0, &format!("first {SEEN}, shuffled"), docs))
        },
    )
}

/// Shuffles three names by these draws, and lists them after each swap.
fn three_names(draws: [usize; 2]) -> Vec<String> {
    let mut three = ["anna", "bruno", "clara"];
    let mut lists = vec![three.join(" ")];
    for (place, draw) in [2, 1].into_iter().zip(draws) {
        three.swap(place, draw);
        lists.push(three.join(" "));
    }
    lists
}

fn three_names_by_hand() {
    label("three names by hand");
    let lists = three_names([0, 0]);
    println!("start             {}", lists[0]);
    println!("place 2, draw 0   {}", lists[1]);
    println!("place 1, draw 0   {}", lists[2]);
}

fn checkpoint_draws_1_1() {
    label("checkpoint draws 1 1");
    println!("answer: {}", three_names([1, 1])[2]);
}

fn all_draws_for_three_names() {
    label("all draws for three names");
    let mut orders = BTreeSet::new();
    for first in 0..3 {
        for second in 0..2 {
            let order = three_names([first, second])[2].clone();
            println!("draws {first} {second}: {order}");
            orders.insert(order);
        }
    }
    println!("different orders: {}", orders.len());
}

fn first_five(file: &[String], docs: &[String]) {
    label("first five");
    println!("index  in the file  after the shuffle");
    for (index, (before, after)) in file.iter().zip(docs).take(5).enumerate() {
        println!("{index:5}  {before:11}  {after}");
    }
}

fn lengths(docs: &[String]) -> Result<(), Box<dyn Error>> {
    label("lengths");
    println!("letters   names  (bar: one character for up to {PER_CHARACTER} names)");
    let lengths: Vec<usize> = docs.iter().map(String::len).collect();
    let shortest = lengths.iter().copied().min().ok_or("no names")?;
    let longest = lengths.iter().copied().max().ok_or("no names")?;
    for length in shortest..=longest {
        let count = of_length(docs, length);
        println!("{length:7} {count:7} {}", "#".repeat(count.div_ceil(PER_CHARACTER)));
    }
    label("four to seven letters");
    let usual = [4, 5, 6, 7].map(|letters| of_length(docs, letters));
    let names: usize = usual.iter().sum();
    println!("{} = {names} of {} names, {:.1}%", join(usual, " + "), docs.len(), percent(names, docs.len()));
    Ok(())
}

/// How many names have so many letters.
fn of_length(docs: &[String], letters: usize) -> usize {
    docs.iter().filter(|name| name.len() == letters).count()
}

fn anna(file: &[String], docs: &[String]) -> Result<(), Box<dyn Error>> {
    label("anna");
    let place = |list: &[String]| list.iter().position(|name| name == "anna").ok_or("anna is missing");
    println!("num docs: {}", docs.len());
    println!("line of the file: {}", place(file)? + 1);
    println!("index after the shuffle: {}", place(docs)?);
    let relatives = docs[..SEEN].iter().filter(|name| name.contains("ann"));
    println!("with ann in them, among the first {SEEN}: {}", join(relatives, " "));
    Ok(())
}

fn without_the_shuffle(file: &[String], docs: &[String]) -> Result<(), Box<dyn Error>> {
    label("without the shuffle");
    println!("two models, each trained on its first {SEEN} names");
    let mut begin_with = Vec::new();
    for (order, list) in [("shuffled", docs), ("file order", file)] {
        let (loss, samples) = train(list)?;
        let letters: String =
            initials(&samples).iter().filter(|(_, count)| *count > 0).map(|(c, _)| *c).collect();
        println!("{order}");
        println!("  mean loss of all {SEEN} steps: {loss:.2}");
        println!("  samples: {}", samples[..5].join(" "));
        println!("  first letters of {} samples: {letters}", samples.len());
        begin_with = letters.chars().collect();
    }
    label("checkpoint file order");
    println!(
        "answer: {}",
        if let [letter] = begin_with[..] { format!("all with {letter}") } else { "mixed".into() }
    );
    Ok(())
}

/// Trains the model on the documents in this order: the mean loss, and 20 samples.
fn train(docs: &[String]) -> Result<(f64, Vec<String>), Box<dyn Error>> {
    let Program { params, mut random, .. } = Program::untrained();
    let tokenizer = Tokenizer::new(docs);
    let mut trainer = Trainer::new(docs.to_vec(), &tokenizer, params, SEEN)?;
    let losses = trainer.finish()?;
    let sampler = Sampler::new(&tokenizer, trainer.params());
    Ok((mean(&losses), texts(&sampler, 20, 0.5, &mut random)?))
}

fn checkpoint_orders_of_five() {
    label("checkpoint orders of five");
    let factors = [5, 4, 3, 2];
    println!("{} = {}", join(factors, " * "), factors.iter().product::<u32>());
    println!("answer: {}", factors.iter().product::<u32>());
    println!("wrong: {}", factors.iter().sum::<u32>());
    println!("wrong: {}", 5_u32.pow(5)); // every name in every place
}

/// What line 19 makes of a file with an empty line, if it ends with `if line`.
fn checkpoint_if_line() {
    label("checkpoint if line");
    let file = "anna\n\nben\n";
    let docs: Vec<&str> = file.split_inclusive('\n').filter(|line| !line.is_empty()).map(str::trim).collect();
    println!("docs: {docs:?}, with the right line: {:?}", split_docs(file));
    println!(
        "answer: {}",
        if docs.contains(&"") { "an empty name gets into the list" } else { "nothing changes" }
    );
}

fn size(docs: &[String]) {
    label("size");
    let letters: usize = docs.iter().map(String::len).sum();
    let terms = [2, 3, 4, 12].map(|n| format!("{n} * {}", of_length(docs, n)));
    println!("num docs: {}", docs.len());
    println!("letters: {} + ... + {} = {letters}", terms[..3].join(" + "), terms[3]);
    println!("letters per name: {letters} / {} = {:.2}", docs.len(), letters as f64 / docs.len() as f64);
}

fn five_names_by_hand() {
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
}

/// The draws that are left when no name may be swapped with itself.
fn never_its_own_place() {
    label("never its own place");
    let orders: BTreeSet<String> = [0, 1].map(|first| three_names([first, 0])[2].clone()).into();
    orders.iter().for_each(|order| println!("{order}"));
    println!("different orders: {}", orders.len());
}

fn three_runs(file: &[String]) {
    label("three runs");
    for seed in [42, 42, 43] {
        println!("seed {seed}: {}", shuffled(file, seed)[..3].join(" "));
    }
}
