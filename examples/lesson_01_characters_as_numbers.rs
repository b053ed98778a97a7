//! Lesson 1.1, Characters as numbers: the vocabulary, and names as lists of token ids.

mod common;

use common::{join, label, wants_figure};
use lab::draw;
use maud::html;
use microgpt::data::TokenizerError;
use microgpt::{Random, Tokenizer, names};

fn main() -> Result<(), TokenizerError> {
    let docs = names();
    let tokenizer = Tokenizer::new(&docs);
    if wants_figure() {
        print!("{}", figure(&tokenizer)?);
        return Ok(());
    }
    // The idea
    vocabulary(&tokenizer, &docs);
    // By hand
    two_names_by_hand()?;
    checkpoint_emma_mia_sam()?;
    // See it
    decoded(&tokenizer)?;
    // In the real model
    names_as_token_ids(&tokenizer)?;
    // What goes wrong
    without_sorting();
    // Check yourself
    checkpoint_apostrophe(&docs, &tokenizer)?;
    // Going deeper
    without_commas(&tokenizer)?;
    not_in_the_vocabulary(&tokenizer);
    Ok(())
}

/// The vocabulary, and how often each letter is used.
fn vocabulary(tokenizer: &Tokenizer, docs: &[String]) {
    label("vocabulary");
    let text = docs.concat();
    let counts: Vec<usize> = tokenizer
        .uchars()
        .iter()
        .map(|letter| text.chars().filter(|other| other == letter).count())
        .collect();
    for (row, letters) in tokenizer.uchars().chunks(6).enumerate() {
        let pairs = letters.iter().enumerate();
        let pairs = pairs.map(|(place, letter)| format!("{letter} {:2}", 6 * row + place));
        println!("{}", join(pairs, "    "));
    }
    println!("characters: {}", tokenizer.uchars().len());
    println!("vocab size: {}", tokenizer.vocab_size());
    label("letters in the names");
    println!("id  letter  times");
    for name in ["a", "b", "n", "q", "z"] {
        let id = tokenizer.encode(name).expect("a letter of the data")[0];
        println!("{id:2}  {name:6}  {:5}", counts[id]);
    }
    println!("all {:2} letters  {:5}", counts.len(), counts.iter().sum::<usize>());
    println!("fewest times: {}", counts.iter().min().expect("there are letters"));
}

/// From the letters of anna to their places in the vocabulary, and to the ids.
fn figure(tokenizer: &Tokenizer) -> Result<String, TokenizerError> {
    let name = "anna";
    let ids = tokenizer.encode(name)?;
    let letters: Vec<String> = name.chars().map(String::from).collect();
    let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
    let numbers: Vec<String> = ids.iter().map(usize::to_string).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let (first, pitch, cell) = (110.0, 64.0, 15.0);
    let place = |id: usize| 5.0 + id as f64 * cell;
    Ok(draw::svg(
        "anna becomes four numbers",
        "Each letter of anna points to its place in the row of all letters: both a to place 0, both n to place \
         13. Below, the four places are the numbers of the name.",
        (draw::WIDTH, 238.0),
        html! {
            (draw::text("label start", (5.0, 23.0), "letters"))
            (draw::tokens((first, 18.0), pitch, &letters, None))
            (draw::text("label start", (5.0, 226.0), "ids"))
            (draw::tokens((first, 221.0), pitch, &numbers, None))
            @for (at, &id) in ids.iter().enumerate() {
                @let middle = first + at as f64 * pitch;
                (draw::arrow((middle, 34.0), (place(id) + cell / 2.0, 96.0), ""))
                (draw::arrow((place(id) + cell / 2.0, 146.0), (middle, 204.0), ""))
            }
            @for (id, letter) in tokenizer.uchars().iter().enumerate() {
                (draw::rect("token", (place(id), 100.0), (cell, 24.0)))
                (draw::text("name", (place(id) + cell / 2.0, 117.0), &letter.to_string()))
                @if ids.contains(&id) {
                    (draw::outline((place(id), 100.0), (cell, 24.0)))
                    (draw::text("digits", (place(id) + cell / 2.0, 140.0), &id.to_string()))
                }
            }
        },
    ))
}

fn two_names_by_hand() -> Result<(), TokenizerError> {
    label("two names by hand");
    let two = ["anna", "ben"];
    let tokenizer = Tokenizer::new(&two);
    println!("joined: {}", two.concat());
    for (id, letter) in tokenizer.uchars().iter().enumerate() {
        println!("{letter} -> {id}");
    }
    for name in two {
        println!("{name} -> {:?}", tokenizer.encode(name)?);
    }
    println!("vocab size: {}", tokenizer.vocab_size());
    Ok(())
}

fn checkpoint_emma_mia_sam() -> Result<(), TokenizerError> {
    label("checkpoint emma mia sam");
    let three = ["emma", "mia", "sam"];
    let small = Tokenizer::new(&three);
    let id = small.encode("m")?[0];
    println!("characters: {}, vocab size: {}", join(small.uchars(), " "), small.vocab_size());
    println!("mia -> {:?}", small.encode("mia")?);
    println!("answer: {id}");
    println!("wrong: {}", id + 1); // counted from 1
    println!("wrong: {}", unsorted(&three.map(String::from)).iter().position(|c| *c == 'm').expect("used"));
    println!("wrong: {}", Tokenizer::new(&names()).encode("m")?[0]);
    Ok(())
}

fn decoded(tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    label("decoded");
    let ids = [11, 4, 14];
    println!("{ids:?} -> {}", tokenizer.decode(&ids)?);
    Ok(())
}

fn names_as_token_ids(tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    label("names as token ids");
    for name in ["anna", "nana", "zoe"] {
        let ids = tokenizer.encode(name)?;
        println!("{name} -> {ids:?} -> {}", tokenizer.decode(&ids)?);
    }
    Ok(())
}

/// The characters in the order in which they first come up.
fn unsorted(docs: &[String]) -> Vec<char> {
    let mut letters: Vec<char> = Vec::new();
    for letter in docs.iter().flat_map(|name| name.chars()) {
        if !letters.contains(&letter) {
            letters.push(letter);
        }
    }
    letters
}

fn without_sorting() {
    label("without sorting");
    for seed in [42, 43] {
        let mut docs = names();
        Random::new(seed).shuffle(&mut docs);
        let letters = unsorted(&docs);
        let id = |letter| letters.iter().position(|&other| other == letter).expect("every letter is used");
        let ids: Vec<usize> = "anna".chars().map(id).collect();
        println!("seed {seed}: {}... anna -> {ids:?}", join(&letters[..6], " "));
    }
}

/// What a model with the old vocabulary takes the new ids of leo for.
fn checkpoint_apostrophe(docs: &[String], old: &Tokenizer) -> Result<(), TokenizerError> {
    label("checkpoint apostrophe");
    let new = Tokenizer::new(&[docs, &["o'neil".to_owned()]].concat());
    let ids = new.encode("leo")?;
    println!("leo before -> {:?}, leo now -> {ids:?}", old.encode("leo")?);
    println!("answer: {}", old.decode(&ids)?);
    Ok(())
}

fn without_commas(tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    label("without commas");
    let lists: [&[usize]; 2] = [&[25, 14, 4], &[2, 5, 1, 4, 4]];
    for ids in lists {
        println!("{ids:?} -> {}, without commas: {}", tokenizer.decode(ids)?, join(ids, ""));
    }
    Ok(())
}

fn not_in_the_vocabulary(tokenizer: &Tokenizer) {
    label("not in the vocabulary");
    for text in ["Anna", "zoë"] {
        match tokenizer.encode(text) {
            Ok(ids) => println!("{text} -> {ids:?}"),
            Err(error) => println!("{error}"),
        }
    }
}
