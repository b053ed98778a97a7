//! Lesson 1.1, Characters as numbers: the vocabulary, and names as lists of token ids.

mod common;

use common::{join, label};
use microgpt::{Random, Tokenizer, names};

fn main() {
    let mut docs = names();
    Random::new(42).shuffle(&mut docs);

    println!("--- two names by hand ---");
    let two = ["anna", "ben"];
    let tokenizer = Tokenizer::new(&two);
    println!("joined: {}", two.concat());
    for (id, letter) in tokenizer.uchars().iter().enumerate() {
        println!("{letter} -> {id}");
    }
    for name in two {
        println!("{name} -> {:?}", tokenizer.encode(name).expect("its own letters"));
    }
    println!("vocab size: {}", tokenizer.vocab_size());

    let tokenizer = Tokenizer::new(&docs);
    label("vocabulary");
    for (row, letters) in tokenizer.uchars().chunks(6).enumerate() {
        let pairs = letters.iter().enumerate();
        let pairs = pairs.map(|(place, letter)| format!("{letter} {:2}", 6 * row + place));
        println!("{}", join(pairs, "    "));
    }
    println!("characters: {}", tokenizer.uchars().len());
    println!("vocab size: {}", tokenizer.vocab_size());

    label("names as token ids");
    for name in ["anna", "nana", "zoe"] {
        let ids = tokenizer.encode(name).expect("letters of the data");
        println!("{name} -> {ids:?} -> {}", tokenizer.decode(&ids).expect("ids of letters"));
    }

    let cfbee = [2, 5, 1, 4, 4];
    println!("{cfbee:?} -> {}", tokenizer.decode(&cfbee).expect("ids of letters"));
    let without_commas = |ids: &[usize]| join(ids, "");
    println!("without commas: {} and {}", without_commas(&[25, 14, 4]), without_commas(&cfbee));

    label("there and back");
    let ids = format!("{:?}", tokenizer.encode("anna").expect("letters of the data"));
    println!("flowchart LR");
    println!(r#"    text["anna"] -->|encode| ids["{}"]"#, ids.trim_matches(['[', ']']));
    println!("    ids -->|decode| text");

    label("not in the vocabulary");
    for text in ["Anna", "zoë"] {
        match tokenizer.encode(text) {
            Ok(ids) => println!("{text} -> {ids:?}"),
            Err(error) => println!("{error}"),
        }
    }

    label("without sorting");
    // The characters in the order in which they first come up, after two shuffles
    for seed in [42, 43] {
        let mut docs = names();
        Random::new(seed).shuffle(&mut docs);
        let mut letters: Vec<char> = Vec::new();
        for letter in docs.iter().flat_map(|name| name.chars()) {
            if !letters.contains(&letter) {
                letters.push(letter);
            }
        }
        let id = |letter| letters.iter().position(|&other| other == letter).expect("every letter is used");
        let ids: Vec<usize> = "anna".chars().map(id).collect();
        println!("seed {seed}: {}... anna -> {ids:?}", join(&letters[..6], " "));
    }

    label("questions");
    let three = ["emma", "mia", "sam"];
    let small = Tokenizer::new(&three);
    println!("letters of {}: {}", three.join(", "), small.uchars().iter().collect::<String>());
    println!("mia -> {:?}", small.encode("mia").expect("its own letters"));
    println!("vocab size: {}", small.vocab_size());
    println!("[11, 4, 14] -> {}", tokenizer.decode(&[11, 4, 14]).expect("ids of letters"));
}
