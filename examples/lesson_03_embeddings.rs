//! Lesson 3.1, Embeddings: the rows of wte and wpe, their sums, and which letters come to lie near which.

mod common;

use std::error::Error;

use common::{
    dot, join, label, largest_first, length, max, mean, min, numbers, print_rows, show, wants_figure,
};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::data::TokenizerError;
use microgpt::{Parameters, Program, Tape, gpt, rmsnorm, softmax};

/// The letters that are vowels in most names, by their token ids.
const VOWELS: [usize; 5] = [0, 4, 8, 14, 20];

fn main() -> Result<(), Box<dyn Error>> {
    let (untrained, trained) = (Program::untrained(), Program::trained());
    let tokens = untrained.tokenizer.encode_doc("anna")?;
    if wants_figure() {
        print!("{}", figure(&untrained, &trained));
        return Ok(());
    }
    // The problem
    token_ids(&untrained);
    // The idea
    which_rows(&untrained, &tokens);
    // By hand
    sums_by_hand();
    cosines_by_hand();
    checkpoint_a_cosine();
    // The lines
    checkpoint_rows_with_a_gradient(&untrained, &tokens);
    // In the real model
    two_a_before_training(&untrained);
    the_vector_of_a_at_position_1(&untrained);
    nearest_letters_after_training(&trained);
    vowels_and_consonants(&untrained, &trained);
    // What goes wrong
    without_positions(&untrained, &tokens);
    // Check yourself
    checkpoint_other_ids(&untrained);
    // Going deeper
    what_follows_vowels_and_consonants(&untrained)?;
    the_same_letter_twice(&untrained, &trained, &tokens);
    positions_before_and_after(&untrained, &trained)?;
    bos_and_position_0(&untrained, &trained);
    positions_counted_from_1(&trained)?;
    sums_that_can_occur(&untrained.params);
    Ok(())
}

/// A row of one of the matrices.
fn row<'a>(program: &'a Program, matrix: &str, index: usize) -> &'a [f64] {
    program.params.get(matrix).expect("the state dict has this matrix").row(index)
}

/// What line 111 makes of a token at a position.
fn sum(program: &Program, token_id: usize, pos_id: usize) -> Vec<f64> {
    row(program, "wte", token_id).iter().zip(row(program, "wpe", pos_id)).map(|(t, p)| t + p).collect()
}

fn cosine(x: &[f64], y: &[f64]) -> f64 {
    dot(x, y) / (length(x) * length(y))
}

fn letters(program: &Program) -> std::ops::Range<usize> {
    0..program.tokenizer.bos()
}

fn token_ids(program: &Program) {
    label("token ids");
    println!("{}", join([0, 13, 25].map(|id| format!("{} {id}", program.tokenizer.token_name(id))), ", "));
}

fn which_rows(program: &Program, tokens: &[usize]) {
    label("which rows");
    println!("position  token  token id  rows to add");
    for (pos_id, &id) in tokens[..5].iter().enumerate() {
        let name = program.tokenizer.token_name(id);
        println!("{pos_id:8} {name:>6} {id:9}  wte[{id}] + wpe[{pos_id}]");
    }
}

fn sums_by_hand() {
    label("sums by hand");
    let (token, positions) = ([2, -1], [(1, [1, 1]), (4, [-3, 2])]);
    println!("row of the token a: {token:?}");
    for (pos_id, position) in positions {
        println!("row of position {pos_id}: {position:?}");
        println!("a at position {pos_id}: {:?}", [0, 1].map(|i| token[i] + position[i]));
    }
}

fn cosines_by_hand() {
    label("cosines by hand");
    let x = [3.0, 4.0];
    println!("length of (3, 4): 3 * 3 + 4 * 4 = {}, its root is {}", dot(&x, &x), length(&x));
    for y in [[4.0, 3.0], [6.0, 8.0], [-4.0, 3.0], [-3.0, -4.0]] {
        println!(
            "(3, 4) and ({}, {}): dot product {}, lengths {} and {}, cosine {:.2}",
            y[0],
            y[1],
            dot(&x, &y),
            length(&x),
            length(&y),
            cosine(&x, &y)
        );
    }
}

fn checkpoint_a_cosine() {
    label("checkpoint a-cosine");
    let (x, y) = ([3.0, 4.0], [0.0, 2.0]);
    println!("dot product {}, lengths {} and {}", dot(&x, &y), length(&x), length(&y));
    println!("answer: {}", cosine(&x, &y));
    println!("wrong: {} the dot product", dot(&x, &y));
    println!("wrong: {} divided by one length", dot(&x, &y) / length(&x));
}

/// In how many rows of wte and wpe do gradients arrive?
fn checkpoint_rows_with_a_gradient(program: &Program, tokens: &[usize]) {
    label("checkpoint rows-with-a-gradient");
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    microgpt::loss(tokens, &state_dict).loss.backward();
    let rows = state_dict.wte.iter().chain(&state_dict.wpe);
    let with = rows.clone().filter(|row| row.iter().any(|value| value.grad() != 0.0)).count();
    println!("rows: {} and {}", state_dict.wte.len(), state_dict.wpe.len());
    println!("answer: {with}");
    println!("wrong: {} each use counted", 2 * (tokens.len() - 1));
    println!("wrong: {} all rows", rows.count());
}

fn two_a_before_training(program: &Program) {
    label("two a before training");
    println!("the first 4 of 16 numbers");
    println!("wte[0], the letter a  {}", show(&row(program, "wte", 0)[..4]));
    for pos_id in [1, 4] {
        println!("wpe[{pos_id}], position {pos_id}    {}", show(&row(program, "wpe", pos_id)[..4]));
        println!("a at position {pos_id}       {}", show(&sum(program, 0, pos_id)[..4]));
    }
}

fn the_vector_of_a_at_position_1(program: &Program) {
    label("the vector of a at position 1");
    let tape = Tape::new();
    print_rows(&numbers(&rmsnorm(&tape.values(&sum(program, 0, 1)))));
}

/// The cosine of this letter's row with that of each letter.
fn cosines_to(program: &Program, id: usize) -> Vec<f64> {
    letters(program).map(|other| cosine(row(program, "wte", id), row(program, "wte", other))).collect()
}

fn nearest_letters_after_training(trained: &Program) {
    label("nearest letters after training");
    println!("   the four nearest, with their cosines   farthest");
    for id in VOWELS.into_iter().chain([13, 24]) {
        let cosines = cosines_to(trained, id);
        let order = largest_first(&cosines);
        let of = |id: usize| format!("{} {:5.2}", trained.tokenizer.token_name(id), cosines[id]);
        let nearest = join(order[1..5].iter().map(|&id| of(id)), "  ");
        println!("{}  {nearest}    {}", trained.tokenizer.token_name(id), of(order[order.len() - 1]));
    }
}

fn vowels_and_consonants(untrained: &Program, trained: &Program) {
    label("vowels and consonants");
    println!("cosines of          pairs   mean  lowest  highest");
    for (when, program) in [("before training", untrained), ("after training", trained)] {
        println!("{when}");
        for (what, vowels) in [("two vowels", 2), ("two consonants", 0), ("one of each", 1)] {
            let mut cosines = Vec::new();
            for id in letters(program) {
                let is_vowel = |id| usize::from(VOWELS.contains(&id));
                let others = (0..id).filter(|&other| is_vowel(id) + is_vowel(other) == vowels);
                cosines
                    .extend(others.map(|other| cosine(row(program, "wte", id), row(program, "wte", other))));
            }
            println!(
                "{what:15} {:9} {:6.2} {:7.2} {:8.2}",
                cosines.len(),
                mean(&cosines),
                min(&cosines),
                max(&cosines)
            );
        }
    }
}

fn without_positions(program: &Program, tokens: &[usize]) {
    label("without positions");
    let (first, last) = (row(program, "wte", tokens[1]), row(program, "wte", tokens[4]));
    println!("a at 1 and a at 4 have the same vector: {}", first == last);
    println!("cosine: {:.2}", cosine(first, last));
}

/// a gets the id of n and n that of a, and their rows change places with them.
fn checkpoint_other_ids(program: &Program) {
    label("checkpoint other-ids");
    let mut wte: Vec<&[f64]> = (0..=program.tokenizer.bos()).map(|id| row(program, "wte", id)).collect();
    let before = wte[0];
    wte.swap(0, 13);
    println!("answer: {}", if wte[13] == before { "nothing" } else { "a counts for more" });
}

fn what_follows_vowels_and_consonants(program: &Program) -> Result<(), TokenizerError> {
    label("what follows vowels and consonants");
    println!("in the names of {} steps", Program::NUM_STEPS);
    let bos = program.tokenizer.bos();
    for (what, first_is_vowel) in [("a vowel:", true), ("a consonant:", false)] {
        let mut after = [0.0; 3]; // vowels, consonants, BOS
        for doc in &program.docs[..Program::NUM_STEPS] {
            for pair in program.tokenizer.encode_doc(doc)?.windows(2) {
                if pair[0] != bos && VOWELS.contains(&pair[0]) == first_is_vowel {
                    after[if pair[1] == bos { 2 } else { usize::from(!VOWELS.contains(&pair[1])) }] += 1.0;
                }
            }
        }
        let [vowel, consonant, end] = after.map(|count| 100.0 * count / after.iter().sum::<f64>());
        println!("after {what:12} vowel {vowel:4.1}%, consonant {consonant:4.1}%, BOS {end:4.1}%");
    }
    Ok(())
}

fn the_same_letter_twice(untrained: &Program, trained: &Program, tokens: &[usize]) {
    label("the same letter twice");
    println!("cosine of sums               untrained  trained");
    for (what, p, q) in [
        ("a at 1 and a at 4", 1, 4),
        ("n at 2 and n at 3", 2, 3),
        ("a at 1 and n at 2", 1, 2),
        ("n at 3 and a at 4", 3, 4),
    ] {
        let cosines = [untrained, trained]
            .map(|program| cosine(&sum(program, tokens[p], p), &sum(program, tokens[q], q)));
        println!("{what:28} {:9.2} {:8.2}", cosines[0], cosines[1]);
    }
    // Each pair of the same letter at two positions, over all letters and positions but 0
    for (when, program) in [("untrained", untrained), ("trained", trained)] {
        let mut same = Vec::new();
        for id in letters(program) {
            for p in 1..8 {
                same.extend((1..p).map(|q| cosine(&sum(program, id, p), &sum(program, id, q))));
            }
        }
        println!("{when}: {} pairs of one letter at two positions, mean {:.2}", same.len(), mean(&same));
    }
}

fn positions_before_and_after(untrained: &Program, trained: &Program) -> Result<(), TokenizerError> {
    label("positions before and after");
    let mut reached = [0; 8];
    for doc in &trained.docs[..Program::NUM_STEPS] {
        let given = trained.tokenizer.encode_doc(doc)?.len() - 1;
        (0..8.min(given)).for_each(|position| reached[position] += 1);
    }
    println!("of {} names, so many have a token at", Program::NUM_STEPS);
    println!("position {}", join((0..8).map(|p| format!("{p:5}")), " "));
    println!("names    {}", join(reached.map(|count| format!("{count:5}")), " "));
    for (when, program) in [("before training", untrained), ("after training", trained)] {
        println!("{when}, cosines of the rows of wpe");
        for p in 1..8 {
            let cosines = (1..p).map(|q| cosine(row(program, "wpe", p), row(program, "wpe", q)));
            println!("{p}  {}", join(cosines.map(|cosine| format!("{cosine:5.2}")), " "));
        }
    }
    Ok(())
}

fn bos_and_position_0(untrained: &Program, trained: &Program) {
    label("bos and position 0");
    println!("the first 6 of 16 numbers");
    for (matrix, index) in [("wte", untrained.tokenizer.bos()), ("wpe", 0)] {
        let (old, new) = (row(untrained, matrix, index), row(trained, matrix, index));
        let change: Vec<f64> = new.iter().zip(old).map(|(new, old)| new - old).collect();
        println!("change of {matrix}[{index}] {}", show(&change[..6]));
    }
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

fn positions_counted_from_1(trained: &Program) -> Result<(), TokenizerError> {
    label("positions counted from 1");
    // Names that training does not meet, short enough for a position more
    let names = trained.docs[Program::NUM_STEPS..].iter().filter(|name| name.len() < 7).take(100);
    let names = trained.tokenizer.encode_docs(&names.collect::<Vec<_>>())?;
    for first in [0, 1] {
        let losses: Vec<f64> = names.iter().map(|name| loss_from(first, name, &trained.params)).collect();
        println!("mean loss of {} short names, first position {first}: {:.4}", names.len(), mean(&losses));
    }
    Ok(())
}

fn sums_that_can_occur(params: &Parameters) {
    label("sums that can occur");
    let [tokens, positions] = ["wte", "wpe"].map(|name| params.get(name).expect("a matrix").rows);
    let (letters, places) = (tokens - 1, positions - 1);
    println!("any token at any position: {tokens} * {positions} = {}", tokens * positions);
    println!("that can occur: 1 + {places} * {letters} = {}", 1 + places * letters);
}

/// The lesson's picture: how alike the rows of any two letters are, before training and after it, vowels first.
fn figure(untrained: &Program, trained: &Program) -> String {
    let (cell, top) = (7.0, 44.0);
    let order: Vec<usize> =
        VOWELS.into_iter().chain(letters(untrained).filter(|id| !VOWELS.contains(id))).collect();
    let size = cell * order.len() as f64;
    let grid = |program: &Program, left: f64| {
        let rows: Vec<Vec<f64>> = order
            .iter()
            .map(|&id| {
                let cosines = cosines_to(program, id);
                order.iter().map(|&other| cosines[other]).collect()
            })
            .collect();
        html! {
            (Cells { width: cell, height: cell, full: 1.0, decimals: None }.grid((left, top), &rows))
            (draw::outline((left, top), (5.0 * cell, 5.0 * cell)))
            (draw::text("quiet", (left + 2.5 * cell, top - 5.0), "vowels"))
            (draw::text("quiet", (left + 15.0 * cell, top - 5.0), "consonants"))
        }
    };
    draw::svg(
        "How alike the vectors of two letters are",
        "Two squares of 26 by 26 cells, a cell for each pair of letters, the five vowels first. Before training \
         orange and blue are mixed. After it, the square of the vowels is all orange, most pairs of consonants are \
         orange, and most pairs of a vowel and a consonant are blue.",
        (draw::WIDTH, top + size + 8.0),
        html! {
            (draw::text("label start", (8.0, 16.0), "before training"))
            (grid(untrained, 8.0))
            (draw::text("label start", (draw::WIDTH - size - 8.0, 16.0), "after training"))
            (grid(trained, draw::WIDTH - size - 8.0))
        },
    )
}
