//! From here to a large model: byte-pair tokens, learned from the names.

mod common;
#[path = "large_model/training.rs"]
mod training;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;

use common::{join, label, mean, std};
use microgpt::{Config, Engine, Parameters, Program, Random, Tokenizer, Trainer, losses};
use rayon::prelude::*;
use training::{HEAD, pairs};

/// Of the names, the last so many are held out, from the merges too.
const HELD_OUT: usize = 1000;

/// How many merges the tokenizers have.
const MERGES: [usize; 4] = [0, 25, 100, 400];

const SEEDS: u64 = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let docs = Program::untrained().docs;
    let (learn, test) = docs.split_at(docs.len() - HELD_OUT);
    let merges = Merges::learn(learn, 400);
    let hundred = merges.first(100);

    println!("--- the first merges ---");
    println!("learned from {} names", learn.len());
    for (place, (left, right, count)) in merges.list[..10].iter().enumerate() {
        println!("{:2}  {left} and {right}: {count} times, from now on {left}{right}", place + 1);
    }

    label("anna as tokens");
    for count in [0, 1, 10, 100, 400] {
        println!("{count:3} merges: {}", join(merges.first(count).tokens("anna"), " "));
    }
    label("names as tokens");
    for name in ["maria", "isabella", "ximena"] {
        println!("{name}: {}", join(hundred.tokens(name), " "));
    }

    label("tokens of a name");
    let letters: usize = test.iter().map(String::len).sum();
    println!("held-out names: {HELD_OUT}, letters in each: {:.2}", letters as f64 / HELD_OUT as f64);
    for count in MERGES {
        let tokens: usize = test.iter().map(|name| merges.first(count).tokens(name).len()).sum();
        println!("{count:3} merges: {:.2} tokens in each", tokens as f64 / HELD_OUT as f64);
    }
    let longest =
        hundred.list.iter().map(|(left, right, _)| left.len() + right.len()).max().unwrap_or_default();
    let long: Vec<String> = hundred
        .list
        .iter()
        .map(|(left, right, _)| format!("{left}{right}"))
        .filter(|token| token.len() == longest)
        .collect();
    println!("longest tokens after 100 merges: {}", join(long, " "));

    label("how often a token is seen");
    for (token, merges) in [("a", &merges.first(0)), ("mar", &hundred)] {
        let seen = |name: &&String| merges.tokens(name).iter().any(|other| other == token);
        println!("{token}: in {} of {} names", learn.iter().filter(seen).count(), learn.len());
    }

    let tried: Vec<Vec<Tried>> = MERGES
        .par_iter()
        .map(|&count| {
            (1..=SEEDS).into_par_iter().map(|seed| Tried::new(&merges.first(count), seed)).collect()
        })
        .collect();
    label("loss for each letter");
    println!("merges  vocabulary  parameters  loss per token  loss per letter     std");
    for (count, tried) in MERGES.iter().zip(&tried) {
        let per_letter: Vec<f64> = tried.iter().map(|tried| tried.per_letter).collect();
        let per_token = mean(&tried.iter().map(|tried| tried.per_token).collect::<Vec<_>>());
        let Tried { vocab_size, parameters, .. } = tried[0];
        println!(
            "{count:6}  {vocab_size:10}  {parameters:10}  {per_token:14.4}  {:15.4}  {:6.4}",
            mean(&per_letter),
            std(&per_letter)
        );
    }
    label("loss for each letter in pairs");
    println!("{HEAD}");
    for (count, others) in MERGES.iter().zip(&tried).skip(1) {
        let changes: Vec<f64> =
            others.iter().zip(&tried[0]).map(|(other, none)| other.per_letter - none.per_letter).collect();
        println!("{}", pairs(&format!("{count} merges, for none"), &changes));
    }
    label("how they were tried");
    println!("seeds: {SEEDS}, steps: {}, a name in each", learn.len());
    println!("positions in the block: {}", config().block_size);
    Ok(())
}

/// A model trained once on all names but the held-out ones.
struct Tried {
    vocab_size: usize,
    parameters: usize,
    per_token: f64,
    /// The loss of a whole name, divided by its letters and its end.
    per_letter: f64,
}

impl Tried {
    fn new(merges: &Merges, seed: u64) -> Tried {
        let mut random = Random::new(seed);
        let mut docs = Program::untrained().docs;
        let test = docs.split_off(docs.len() - HELD_OUT);
        random.shuffle(&mut docs);
        let letters: usize = test.iter().map(|name| name.len() + 1).sum();
        let [docs, test] =
            [docs, test].map(|names| names.iter().map(|name| merges.spelled(name)).collect::<Vec<_>>());
        let tokenizer = Tokenizer::from_chars(('a'..='z').chain(merges.signs.values().copied()));
        let params =
            Parameters::random(config(), tokenizer.vocab_size(), &mut random).expect("a possible model");
        let steps = docs.len();
        let trainer = Trainer::new(docs, &tokenizer, params, steps);
        let mut trainer = trainer.expect("letters of the vocabulary").with_engine(Engine::Fused);
        trainer.finish().expect("a training that stays finite");
        let test = tokenizer.encode_docs(&test).expect("letters of the vocabulary");
        let losses = losses(trainer.params(), &test).concat();
        let sum: f64 = losses.iter().sum();
        Tried {
            vocab_size: tokenizer.vocab_size(),
            parameters: trainer.params().len(),
            per_token: sum / losses.len() as f64,
            per_letter: sum / letters as f64,
        }
    }
}

/// Longer blocks, so that no name is cut, however it is written.
fn config() -> Config {
    Config { block_size: 16, ..Config::default() }
}

/// Pairs of tokens that became one, in the order in which they were found, each with how often it stood there.
struct Merges {
    list: Vec<(String, String, usize)>,
    /// A sign for each token of several letters: so written, a name is a text of other letters, and the tokenizer of
    /// lines 24–26 serves.
    signs: HashMap<String, char>,
}

impl Merges {
    /// Joins the two neighbours that stand side by side most often into a new token, again and again.
    fn learn(names: &[String], count: usize) -> Merges {
        let mut names: Vec<Vec<String>> = names.iter().map(|name| letters(name)).collect();
        let mut list = Vec::new();
        for _ in 0..count {
            let mut counts = BTreeMap::new();
            for pair in names.iter().flat_map(|name| name.windows(2)) {
                *counts.entry((pair[0].clone(), pair[1].clone())).or_insert(0) += 1;
            }
            // Of pairs that stand equally often, the first in the alphabet
            let Some(most) = counts.values().max().copied() else { break };
            let (left, right) = counts.into_iter().find(|&(_, times)| times == most).expect("it was found").0;
            names.iter_mut().for_each(|name| join_pair(name, &left, &right));
            list.push((left, right, most));
        }
        Merges { signs: signs(&list), list }
    }

    /// The first `count` of them.
    fn first(&self, count: usize) -> Merges {
        let list = self.list[..count].to_vec();
        Merges { signs: signs(&list), list }
    }

    /// The tokens of a name: its letters, joined in the order in which the merges were found.
    fn tokens(&self, name: &str) -> Vec<String> {
        let mut tokens = letters(name);
        self.list.iter().for_each(|(left, right, _)| join_pair(&mut tokens, left, right));
        tokens
    }

    /// A name with a sign for each token.
    fn spelled(&self, name: &str) -> String {
        let tokens = self.tokens(name).into_iter();
        tokens.map(|token| self.signs.get(&token).map_or(token, char::to_string)).collect()
    }
}

fn letters(name: &str) -> Vec<String> {
    name.chars().map(String::from).collect()
}

fn join_pair(tokens: &mut Vec<String>, left: &str, right: &str) {
    let mut at = 0;
    while at + 1 < tokens.len() {
        if tokens[at] == left && tokens[at + 1] == right {
            let second = tokens.remove(at + 1);
            tokens[at] += &second;
        }
        at += 1;
    }
}

fn signs(list: &[(String, String, usize)]) -> HashMap<String, char> {
    let signs = '\u{e000}'..; // letters that no text has, left free for private use
    list.iter().map(|(left, right, _)| format!("{left}{right}")).zip(signs).collect()
}
