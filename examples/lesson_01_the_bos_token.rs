//! Lesson 1.2, The BOS token: where names begin and end, and what the model is asked at each position.

mod common;

use std::error::Error;
use std::ops::Range;

use common::{join, label, percent, probabilities, texts, wants_figure};
use lab::draw;
use maud::html;
use microgpt::data::TokenizerError;
use microgpt::inference::SamplingError;
use microgpt::{Adam, Config, Engine, Parameters, Program, Sampler, Tape, Tokenizer, loss, trace, training};

/// How many names each model writes.
const SAMPLES: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let (untrained, trained) = (Program::untrained(), Program::trained());
    let (docs, tokenizer) = (&trained.docs[..], &trained.tokenizer);
    if wants_figure() {
        print!("{}", figure(tokenizer)?);
        return Ok(());
    }
    // The problem
    what_follows_the_letter_a(docs, tokenizer)?;
    // The idea
    anna_as_tokens(tokenizer)?;
    // By hand
    ben_by_hand(tokenizer)?;
    // See it
    checkpoint_letters();
    // The lines
    n_of_a_name(tokenizer)?;
    checkpoint_only_the_last_token(docs, tokenizer)?;
    // In the real model
    the_end_after_an_a(&trained)?;
    // What goes wrong
    without_bos_at_the_end(&untrained, &trained)?;
    // Check yourself
    checkpoint_anna_and_ben();
    // Going deeper
    anna_as_predictions(tokenizer)?;
    five_most_frequent(docs, tokenizer)?;
    cut_at_the_block_size(docs, tokenizer)?;
    checkpoint_maximiliana(tokenizer)?;
    without_bos_at_the_beginning(&untrained, &trained)?;
    Ok(())
}

/// The positions of a name that the model has room for, each with its token and its target (lines 157–158).
fn predictions(tokens: &[usize]) -> impl Iterator<Item = (usize, usize, usize)> {
    let n = Config::default().block_size.min(tokens.len() - 1);
    (0..n).map(|position| (position, tokens[position], tokens[position + 1]))
}

/// How often each token follows the letter a, at one position or at all.
fn after_a(
    docs: &[String],
    tokenizer: &Tokenizer,
    position: Option<usize>,
) -> Result<Vec<usize>, TokenizerError> {
    let mut counts = vec![0; tokenizer.vocab_size()];
    for doc in docs {
        let tokens = tokenizer.encode_doc(doc)?;
        for (at, pair) in tokens.windows(2).enumerate() {
            if pair[0] == id(tokenizer, 'a') && position.is_none_or(|position| position == at) {
                counts[pair[1]] += 1;
            }
        }
    }
    Ok(counts)
}

fn what_follows_the_letter_a(docs: &[String], tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    label("what follows the letter a");
    let counts = after_a(docs, tokenizer, None)?;
    let all: usize = counts.iter().sum();
    let named = [tokenizer.bos(), id(tokenizer, 'n'), id(tokenizer, 'r')];
    let [end, n, r] = named.map(|token| counts[token]);
    let others = (0..counts.len()).filter(|token| !named.contains(token)).map(|token| counts[token]);
    assert!(others.max() < Some(r), "a letter that follows more often than r needs a row");
    for (what, count) in [
        ("nothing: the name is over", end),
        ("n", n),
        ("r", r),
        ("another letter, each fewer than r", all - end - n - r),
        ("all", all),
    ] {
        println!("{what:34} {count:5} {:5.1}%", percent(count, all));
    }
    Ok(())
}

fn anna_as_tokens(tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    label("anna as tokens");
    println!("letters: ids 0 to {}, BOS: {}", tokenizer.uchars().len() - 1, tokenizer.bos());
    println!("{:?}", tokenizer.encode_doc("anna")?);
    Ok(())
}

/// The name as tokens, and at each position the target; the two positions with an a are outlined.
fn figure(tokenizer: &Tokenizer) -> Result<String, TokenizerError> {
    let tokens = tokenizer.encode_doc("anna")?;
    let (first, pitch) = (122.0, 64.0);
    let middle = |position: usize| first + position as f64 * pitch;
    Ok(draw::svg(
        "The five questions of anna",
        "At each position the model gets a token and should predict the one that comes next. At position 1 it \
         gets an a, and n comes next; at position 4 it gets an a again, and BOS comes next.",
        (draw::WIDTH, 174.0),
        html! {
            (draw::text("quiet start", (0.0, 21.0), "position"))
            (draw::text("label start", (0.0, 57.0), "it gets"))
            (draw::text("label start", (0.0, 139.0), "next comes"))
            @for (position, words) in [(1, "goes on"), (4, "is over")] {
                (draw::text("quiet", (middle(position), 168.0), words))
            }
            @for (position, token, target) in predictions(&tokens) {
                @let current = (token == id(tokenizer, 'a')).then_some(0);
                (draw::text("quiet", (middle(position), 21.0), &position.to_string()))
                (draw::tokens((middle(position), 52.0), pitch, &[&tokenizer.token_name(token)], current))
                (draw::arrow((middle(position), 70.0), (middle(position), 116.0), ""))
                (draw::tokens((middle(position), 134.0), pitch, &[&tokenizer.token_name(target)], current))
            }
        },
    ))
}

fn ben_by_hand(tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    label("ben by hand");
    let tokens = tokenizer.encode_doc("ben")?;
    println!("ben -> {tokens:?}");
    println!("position  token  target");
    for (position, token, target) in predictions(&tokens) {
        println!("{position:8}  {:5}  {}", tokenizer.token_name(token), tokenizer.token_name(target));
    }
    println!("letters: {}, tokens: {}, predictions: {}", "ben".len(), tokens.len(), tokens.len() - 1);
    Ok(())
}

/// The longest name that loses nothing.
fn checkpoint_letters() {
    label("checkpoint letters");
    let block_size = Config::default().block_size;
    // A name has a BOS at each end, and nothing follows the last one.
    let longest = |positions: fn(usize) -> usize| {
        (0..).take_while(|&letters| positions(letters) <= block_size).last().expect("no letter fits")
    };
    println!("block size: {block_size}");
    println!("answer: {}", longest(|letters| letters + 2 - 1));
    println!("wrong: {}", longest(|letters| letters)); // the end is a prediction, too
    println!("wrong: {}", longest(|letters| letters + 2)); // the last BOS needs no position
}

fn n_of_a_name(tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    label("n of a name");
    let block_size = Config::default().block_size;
    for doc in ["anna", "benedikt"] {
        let possible = tokenizer.encode_doc(doc)?.len() - 1;
        println!("{doc}: min({block_size}, {possible}) = {}", block_size.min(possible));
    }
    Ok(())
}

/// What counting pairs says about the end after the first a of anna, and what is so.
fn checkpoint_only_the_last_token(docs: &[String], tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    label("checkpoint only the last token");
    let end = |position| {
        let counts = after_a(docs, tokenizer, position)?;
        Ok::<_, TokenizerError>(percent(counts[tokenizer.bos()], counts.iter().sum()))
    };
    println!("really over after an a at position 1: {:.1}%", end(Some(1))?);
    println!("answer: {:.1} %", end(None)?);
    Ok(())
}

fn the_end_after_an_a(trained: &Program) -> Result<(), TokenizerError> {
    label("the end after an a");
    let Program { tokenizer, params, .. } = trained;
    let (a, bos) = (id(tokenizer, 'a'), tokenizer.bos());
    let (old, new) = trained.docs.split_at(Program::NUM_STEPS);
    // At each position: how many names have an a there, how many end with it, the probabilities of the end
    let count = |docs: &[String]| {
        let mut rows = vec![(0, 0, 0.0); params.config().block_size];
        for doc in docs {
            let tokens = tokenizer.encode_doc(doc)?;
            let computed = trace(params, &tokens, Engine::Fused);
            for (position, _, target) in predictions(&tokens).filter(|(_, token, _)| *token == a) {
                let (names, over, probability) = &mut rows[position];
                *names += 1;
                *over += usize::from(target == bos);
                *probability += probabilities(&computed[position].logits)[bos];
            }
        }
        Ok::<_, TokenizerError>(rows)
    };
    println!("      {} trained on   {} others", old.len(), new.len());
    println!("a at  names   over   names   over   says");
    for (position, (before, after)) in count(old)?.into_iter().zip(count(new)?).enumerate().skip(1) {
        let ((old_names, old_over, _), (names, over, probability)) = (before, after);
        println!(
            "{position:4}  {old_names:5}  {:4.1}%   {names:5}  {:4.1}%  {:4.1}%",
            percent(old_over, old_names),
            percent(over, names),
            100.0 * probability / names as f64
        );
    }
    println!(
        "all names, without those of the training: {} - {} = {}",
        trained.docs.len(),
        old.len(),
        new.len()
    );
    Ok(())
}

fn without_bos_at_the_end(untrained: &Program, trained: &Program) -> Result<(), Box<dyn Error>> {
    label("without bos at the end");
    let without = train(untrained, |tokens| 0..tokens - 1)?;
    let block_size = untrained.params.config().block_size;
    println!(
        "each model: {} steps, then {SAMPLES} names, cut off at {block_size} letters",
        Program::NUM_STEPS
    );
    for (what, params) in [("with", &trained.params), ("without", &without)] {
        let texts = write(untrained, params)?;
        let full = texts.iter().filter(|text| text.len() == block_size).count();
        println!("{what:7}  {:44}  {full} of {SAMPLES}", texts[..5].join(" "));
    }
    Ok(())
}

/// Trains for 500 steps as the program does, but on a part of each name's tokens; `used` says which part,
/// given how many there are.
fn train(untrained: &Program, used: fn(usize) -> Range<usize>) -> Result<Parameters, TokenizerError> {
    let mut params = untrained.params.clone();
    let mut adam = Adam::new(params.len());
    let mut tape = Tape::new();
    for (step, doc) in untrained.docs.iter().take(Program::NUM_STEPS).enumerate() {
        let tokens = untrained.tokenizer.encode_doc(doc)?;
        tape.clear();
        loss(&tokens[used(tokens.len())], &params.on(&tape)).loss.backward();
        let grads = tape.grads(params.len());
        let learning_rate = training::cosine_decay(1e-2, step, Program::NUM_STEPS);
        adam.update(params.as_mut_slice(), &grads, step, learning_rate);
    }
    Ok(params)
}

/// Lets a model write names, with the random numbers that the program has after its training.
fn write(untrained: &Program, params: &Parameters) -> Result<Vec<String>, SamplingError> {
    let mut random = untrained.random.clone();
    let sampler = Sampler::new(&untrained.tokenizer, params);
    texts(&sampler, SAMPLES, 0.5, &mut random)
}

fn checkpoint_anna_and_ben() {
    label("checkpoint anna and ben");
    let small = Tokenizer::new(&["anna", "ben"]);
    println!("answer: {}", small.bos());
    println!("wrong: {}", small.vocab_size());
    println!("wrong: {}", small.bos() - 1);
    println!("wrong: {}", Program::untrained().tokenizer.bos());
}

fn anna_as_predictions(tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    label("anna as predictions");
    let tokens = tokenizer.encode_doc("anna")?;
    println!("tokens: {tokens:?}");
    println!("position  token id  target id");
    for (position, token, target) in predictions(&tokens) {
        println!(
            "{position:8}  {:>4} {token:3}  {:>5} {target:3}",
            tokenizer.token_name(token),
            tokenizer.token_name(target)
        );
    }
    Ok(())
}

fn five_most_frequent(docs: &[String], tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    label("five most frequent");
    for position in [None, Some(1), Some(4)] {
        let counts = after_a(docs, tokenizer, position)?;
        let mut tokens: Vec<usize> = (0..counts.len()).collect();
        tokens.sort_by_key(|&token| std::cmp::Reverse(counts[token]));
        let place = position.map_or("anywhere".to_owned(), |position| format!("at position {position}"));
        let all = counts.iter().sum();
        let share =
            |&token: &usize| format!("{} {:.1}%", tokenizer.token_name(token), percent(counts[token], all));
        println!("{place}, {all}: {}", join(tokens[..5].iter().map(share), ", "));
    }
    Ok(())
}

fn cut_at_the_block_size(docs: &[String], tokenizer: &Tokenizer) -> Result<(), Box<dyn Error>> {
    label("cut at the block size");
    let block_size = Config::default().block_size;
    let lengths: Vec<usize> = docs.iter().map(String::len).collect();
    let row = |what: &str, is_one: &dyn Fn(usize) -> bool| {
        let names = lengths.iter().filter(|&&letters| is_one(letters)).count();
        println!("{what:23} {names:5} {:5.1}%", percent(names, docs.len()));
    };
    row("all predictions used", &|letters| letters < block_size);
    row("only the end missing", &|letters| letters == block_size);
    row("letters missing as well", &|letters| letters > block_size);
    row("together cut", &|letters| letters >= block_size);
    println!("of {} names", docs.len());
    let longest = lengths.iter().max().ok_or("no names")?;
    println!("longest name: {longest} letters, {} predictions", longest + 1);
    let eight = docs.iter().find(|doc| doc.len() == block_size).ok_or("no name fills the block")?;
    println!("the first name that loses only its end: {eight}");
    let (position, token, target) =
        predictions(&tokenizer.encode_doc(eight)?).last().ok_or("an empty name")?;
    println!(
        "its last prediction: position {position}, {} -> {}",
        tokenizer.token_name(token),
        tokenizer.token_name(target)
    );
    Ok(())
}

fn checkpoint_maximiliana(tokenizer: &Tokenizer) -> Result<(), Box<dyn Error>> {
    label("checkpoint maximiliana");
    let (doc, block_size) = ("maximiliana", Config::default().block_size);
    let tokens = tokenizer.encode_doc(doc)?;
    let possible = tokens.len() - 1;
    let (position, token, target) = predictions(&tokens).last().ok_or("an empty name")?;
    println!("letters: {}, predictions: {possible}, used: {}", doc.len(), position + 1);
    println!(
        "last one used, at position {position}: {} -> {}",
        tokenizer.token_name(token),
        tokenizer.token_name(target)
    );
    println!("answer: {}", possible - block_size);
    println!("wrong: {}", doc.len() - block_size);
    println!("wrong: {}", tokens.len() - block_size);
    Ok(())
}

fn without_bos_at_the_beginning(untrained: &Program, trained: &Program) -> Result<(), Box<dyn Error>> {
    label("without bos at the beginning");
    let without = train(untrained, |tokens| 1..tokens)?;
    let vowels = |texts: &[String], place: usize| {
        let letters: Vec<char> = texts.iter().filter_map(|text| text.chars().nth(place)).collect();
        (letters.iter().filter(|letter| "aeiou".contains(**letter)).count(), letters.len())
    };
    let (second, names) = vowels(&untrained.docs[..Program::NUM_STEPS], 1);
    println!("a vowel as second letter, names of the training: {:.1}%", percent(second, names));
    for (what, params) in [("with", &trained.params), ("without", &without)] {
        let texts = write(untrained, params)?;
        let (first, names) = vowels(&texts, 0);
        println!("{what}: {}", texts[..5].join(" "));
        println!("a vowel as first letter, {what}: {first} of {names}");
    }
    Ok(())
}

/// The token id of a letter.
fn id(tokenizer: &Tokenizer, letter: char) -> usize {
    tokenizer.uchars().iter().position(|known| *known == letter).expect("a letter of the names")
}
