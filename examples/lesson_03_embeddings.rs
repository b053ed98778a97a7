//! Lesson 3.1, Embeddings: the rows of wte and wpe, their sums, and which letters come to lie near which.

mod common;

use std::error::Error;

use common::{dot, join, label, length, max, mean, min, numbers, print_rows, show};
use microgpt::{Parameters, Program, StateDict, Tape, Value, gpt, linear, rmsnorm, softmax};

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let trained = Program::trained();
    let tokenizer = &untrained.tokenizer;
    let tokens = tokenizer.encode_doc("anna")?;
    let [bos, a, n] = [tokens[0], tokens[1], tokens[2]];
    let letter = |id: usize| tokenizer.token_name(id);
    let wte = |program: &Program, id: usize| row(&program.params, "wte", id);
    let wpe = |program: &Program, pos_id: usize| row(&program.params, "wpe", pos_id);

    println!("--- token ids ---");
    println!("a {a}, n {n}, z {}", bos - 1);

    label("which rows");
    println!("position  token  token id  rows to add");
    for (pos_id, &id) in tokens[..5].iter().enumerate() {
        println!("{pos_id:8} {:>6} {id:9}  wte[{id}] + wpe[{pos_id}]", letter(id));
    }

    label("four numbers by hand");
    for pos_id in [1, 4] {
        let (token, position) = (wte(&untrained, a), wpe(&untrained, pos_id));
        println!("wte[0], the letter a:  {}", show(&token[..4]));
        println!("wpe[{pos_id}], position {pos_id}:   {}", show(&position[..4]));
        println!("a at position {pos_id}, sum:  {}", show(&add(&token, &position)[..4]));
    }

    label("cosines by hand");
    println!(
        "length of (3, 4): 3 * 3 + 4 * 4 = 9 + 16 = {}, its root is {}",
        3 * 3 + 4 * 4,
        length(&[3.0, 4.0])
    );
    for (x, y) in [
        ([3.0, 4.0], [4.0, 3.0]),
        ([3.0, 4.0], [6.0, 8.0]),
        ([3.0, 4.0], [-4.0, 3.0]),
        ([3.0, 4.0], [-3.0, -4.0]),
    ] {
        println!(
            "x {x:?}  y {y:?}  dot product {}  lengths {} and {}  cosine {:.2}",
            dot(&x, &y),
            length(&x),
            length(&y),
            cosine(&x, &y)
        );
    }

    label("anna before training");
    let tape = Tape::new();
    let vectors = vectors(&tokens[..5], &untrained.params.on(&tape));
    println!("the first 6 of 16 numbers, and the length of all 16");
    for (pos_id, (sum, _)) in vectors.iter().enumerate() {
        println!(
            "{pos_id} {:>3} sum     {} length {:.4}",
            letter(tokens[pos_id]),
            show(&sum[..6]),
            length(sum)
        );
    }
    for (pos_id, (_, x)) in vectors.iter().enumerate() {
        println!("{pos_id} {:>3} rmsnorm {} length {:.4}", letter(tokens[pos_id]), show(&x[..6]), length(x));
    }

    label("the vector of a at position 1");
    print_rows(&vectors[1].1);

    label("lengths of the sums");
    println!("position        0      1      2      3      4");
    for (what, program) in [("untrained", &untrained), ("trained", &trained)] {
        let lengths = (0..5).map(|p| length(&add(&wte(program, tokens[p]), &wpe(program, p))));
        println!("{what:10} {}", join(lengths.map(|length| format!("{length:6.2}")), " "));
    }

    label("scores without line 112");
    let tape = Tape::new();
    let state_dict = untrained.params.on(&tape);
    let with = linear(&rmsnorm(&sum_on(a, 1, &state_dict)), &state_dict.lm_head);
    let without = linear(&sum_on(a, 1, &state_dict), &state_dict.lm_head);
    for (what, scores) in [("with rmsnorm", with), ("without", without)] {
        let scores = numbers(&scores);
        println!("{what}: 27 scores from {:.4} to {:.4}", min(&scores), max(&scores));
    }

    label("the same letter twice");
    println!("cosine                       untrained  trained");
    let at = |program: &Program, p: usize| add(&wte(program, tokens[p]), &wpe(program, p));
    for (what, p, q) in [
        ("a at 1 and a at 4", 1, 4),
        ("n at 2 and n at 3", 2, 3),
        ("a at 1 and n at 2", 1, 2),
        ("n at 3 and a at 4", 3, 4),
    ] {
        let cosines = [&untrained, &trained].map(|program| cosine(&at(program, p), &at(program, q)));
        println!("{what:28} {:9.2} {:8.2}", cosines[0], cosines[1]);
    }

    for (when, program) in [("before", &untrained), ("after", &trained)] {
        label(&format!("nearest letters {when} training"));
        for id in [a, 4, 8, 14, 20, 12, n, 18, 24] {
            let mut others: Vec<(usize, f64)> = (0..bos)
                .filter(|&other| other != id)
                .map(|other| (other, cosine(&wte(program, id), &wte(program, other))))
                .collect();
            others.sort_by(|x, y| y.1.total_cmp(&x.1));
            let list = |part: &[(usize, f64)]| -> String {
                part.iter().map(|(other, cosine)| format!("{} {cosine:5.2}  ", letter(*other))).collect()
            };
            println!(
                "{}   nearest {}  farthest {}",
                letter(id),
                list(&others[..4]),
                list(&others[24..]).trim_end()
            );
        }
    }

    label("what follows vowels and consonants");
    println!("in the names of {} steps", Program::NUM_STEPS);
    let is_vowel = |id: usize| [0, 4, 8, 14, 20].contains(&id);
    for (what, first_is_vowel) in [("a vowel:", true), ("a consonant:", false)] {
        let mut after = [0.0; 3]; // vowels, consonants, BOS
        for doc in &untrained.docs[..Program::NUM_STEPS] {
            for pair in tokenizer.encode_doc(doc)?.windows(2) {
                if pair[0] != bos && is_vowel(pair[0]) == first_is_vowel {
                    after[if pair[1] == bos { 2 } else { usize::from(!is_vowel(pair[1])) }] += 1.0;
                }
            }
        }
        let [vowel, consonant, end] = after.map(|count| 100.0 * count / after.iter().sum::<f64>());
        println!("after {what:12} vowel {vowel:4.1}%, consonant {consonant:4.1}%, BOS {end:4.1}%");
    }

    label("vowels and consonants");
    println!("cosines of pairs of letters      pairs   mean  lowest  highest");
    for (when, program) in [("before", &untrained), ("after", &trained)] {
        for (what, vowels) in [("two vowels", 2), ("two consonants", 0), ("one of each", 1)] {
            let mut cosines = Vec::new();
            for id in 0..bos {
                for other in 0..id {
                    if usize::from(is_vowel(id)) + usize::from(is_vowel(other)) == vowels {
                        cosines.push(cosine(&wte(program, id), &wte(program, other)));
                    }
                }
            }
            cosines.sort_by(f64::total_cmp);
            println!(
                "{when:6} training, {what:15} {:5} {:6.2} {:7.2} {:8.2}",
                cosines.len(),
                mean(&cosines),
                min(&cosines),
                max(&cosines)
            );
        }
    }

    label("positions after training");
    println!("   {}", (0..8).map(|p| format!("{p:6}")).collect::<String>());
    for p in 0..8 {
        let cosines = (0..8).map(|q| cosine(&wpe(&trained, p), &wpe(&trained, q)));
        println!("{p}  {}", cosines.map(|cosine| format!("{cosine:6.2}")).collect::<String>());
    }

    label("bos and position 0");
    let change = |name, index| -> Vec<f64> {
        let (old, new) = (row(&untrained.params, name, index), row(&trained.params, name, index));
        new.iter().zip(&old).map(|(new, old)| new - old).collect()
    };
    println!("change of wte[26]: {}", show(&change("wte", bos)[..6]));
    println!("change of wpe[0]:  {}", show(&change("wpe", 0)[..6]));

    label("without positions");
    let without: Vec<Vec<f64>> = [1, 4].map(|p| wte(&untrained, tokens[p])).to_vec();
    println!("a at 1 and a at 4 have the same vector: {}", without[0] == without[1]);
    println!("cosine: {:.2}", cosine(&without[0], &without[1]));

    label("positions counted from 1");
    // Names that training does not meet, short enough for a position more
    let names = trained.docs[Program::NUM_STEPS..].iter().filter(|name| name.len() < 7).take(100);
    let names = tokenizer.encode_docs(&names.collect::<Vec<_>>())?;
    for first in [0, 1] {
        let losses: Vec<f64> = names.iter().map(|name| loss_from(first, name, &trained.params)).collect();
        println!("mean loss of {} names, first position {first}: {:.4}", names.len(), mean(&losses));
    }

    label("questions");
    println!("wte[13], the letter n: {}", show(&wte(&untrained, n)[..3]));
    println!("wpe[3], position 3:    {}", show(&wpe(&untrained, 3)[..3]));
    println!("n at position 3, sum:  {}", show(&vectors[3].0[..3]));
    let (x, y) = ([1.0, 2.0, 2.0], [2.0, 1.0, -2.0]);
    println!("x {x:?}  y {y:?}  dot product {}, lengths {} and {}", dot(&x, &y), length(&x), length(&y));
    let (x, y) = ([1.0, 2.0, 2.0], [2.0, 4.0, 4.0]);
    println!("x {x:?}  y {y:?}  dot product {}, lengths {} and {}", dot(&x, &y), length(&x), length(&y));
    println!("sums that can occur: 1 + 7 * 26 = {}", 1 + 7 * 26);
    println!("sums of any token and any position: 27 * 8 = {}", 27 * 8);
    Ok(())
}

fn row(params: &Parameters, name: &str, index: usize) -> Vec<f64> {
    params.get(name).expect("the state dict has this matrix").row(index).to_vec()
}

fn add(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + y).collect()
}

fn cosine(x: &[f64], y: &[f64]) -> f64 {
    dot(x, y) / (length(x) * length(y))
}

/// Lines 109–111, with gradients.
fn sum_on<'t>(token_id: usize, pos_id: usize, state_dict: &StateDict<'t>) -> Vec<Value<'t>> {
    state_dict.wte[token_id].iter().zip(&state_dict.wpe[pos_id]).map(|(&t, &p)| t + p).collect()
}

/// What lines 111 and 112 compute for each token.
fn vectors(tokens: &[usize], state_dict: &StateDict) -> Vec<(Vec<f64>, Vec<f64>)> {
    tokens
        .iter()
        .enumerate()
        .map(|(pos_id, &id)| {
            let sum = sum_on(id, pos_id, state_dict);
            (numbers(&sum), numbers(&rmsnorm(&sum)))
        })
        .collect()
}

/// The loss of a name, with its positions counted from `first`.
fn loss_from(first: usize, tokens: &[usize], params: &Parameters) -> f64 {
    let tape = Tape::new();
    let state_dict = params.on(&tape);
    let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
    let mut total = 0.0;
    for (pos_id, pair) in tokens.windows(2).enumerate() {
        let logits = gpt(pair[0], pos_id + first, &mut keys, &mut values, &state_dict).logits;
        total -= softmax(&logits)[pair[1]].data().ln();
    }
    total / (tokens.len() - 1) as f64
}
