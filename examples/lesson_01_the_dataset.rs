//! Lesson 1.0, The dataset: what is in `input.txt`, and what shuffling does to it.

use microgpt::{Random, names};

fn main() {
    let file = names();
    let mut docs = file.clone();
    Random::new(42).shuffle(&mut docs);

    println!("--- size ---");
    println!("num docs: {}", docs.len());
    let letters: usize = docs.iter().map(String::len).sum();
    println!("letters: {letters}");
    println!("letters per name: {:.2}", letters as f64 / docs.len() as f64);

    println!("\n--- first in the file ---");
    file.iter().take(5).for_each(|name| println!("{name}"));

    println!("\n--- first after the shuffle ---");
    docs.iter().take(5).for_each(|name| println!("{name}"));

    println!("\n--- lengths ---");
    println!("letters   names");
    let shortest = docs.iter().map(String::len).min().unwrap_or_default();
    let longest = docs.iter().map(String::len).max().unwrap_or_default();
    let with_length = |length: usize| docs.iter().filter(|name| name.len() == length).count();
    for length in shortest..=longest {
        let count = with_length(length);
        println!("{length:7} {count:7} {}", "#".repeat(count.div_ceil(60)));
    }

    println!("\n--- letters in the data ---");
    let mut counts: Vec<(char, usize)> = ('a'..='z')
        .map(|letter| (letter, docs.iter().map(|name| name.matches(letter).count()).sum()))
        .collect();
    counts.sort_by_key(|&(letter, count)| (std::cmp::Reverse(count), letter));
    for (letter, count) in &counts {
        println!("{letter} {count:6} {:5.2}%", 100.0 * *count as f64 / letters as f64);
    }

    println!("\n--- anna ---");
    let place = |list: &[String]| list.iter().position(|name| name == "anna");
    println!("index in the file: {}", place(&file).expect("anna is in the data"));
    println!("index after the shuffle: {}", place(&docs).expect("anna is in the data"));

    println!("\n--- five names by hand ---");
    let mut five = ["anna", "bruno", "clara", "david", "elena"];
    println!("start    {}", five.join(" "));
    // The same draws as `shuffle` makes, one at a time, to show them
    let mut random = Random::new(42);
    for last in (1..five.len()).rev() {
        let index = random.below(last as u32 + 1) as usize;
        five.swap(last, index);
        println!("swap {last} {index} {}", five.join(" "));
    }

    println!("\n--- two runs ---");
    for seed in [42, 42, 43] {
        let mut docs = file.clone();
        Random::new(seed).shuffle(&mut docs);
        println!("seed {seed}: {}", docs[..3].join(" "));
    }

    println!("\n--- without the shuffle ---");
    println!("first letters of the first 500 documents");
    for (order, list) in [("shuffled", &docs), ("file order", &file)] {
        let mut first: Vec<char> = list[..500].iter().filter_map(|name| name.chars().next()).collect();
        let starting_with_a = first.iter().filter(|&&letter| letter == 'a').count();
        first.sort_unstable();
        first.dedup();
        println!("{order}: {} different letters; {starting_with_a} names begin with a", first.len());
    }
    println!("last of the first 500 in file order: {}", file[499]);

    println!("\n--- question three names ---");
    let mut three = ["anna", "bruno", "clara"];
    for (last, index) in [(2, 0), (1, 1)] {
        three.swap(last, index);
        println!("swap {last} {index} {}", three.join(" "));
    }

    println!("\n--- questions ---");
    println!("letters per name: {letters} / {} = {:.2}", docs.len(), letters as f64 / docs.len() as f64);
    println!("share of the names in 500 steps: {:.1}%", 100.0 * 500.0 / docs.len() as f64);
}
