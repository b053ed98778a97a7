//! Lesson 1.2, The BOS token: where names begin and end, and what the model is asked at each position.

use std::error::Error;

use microgpt::{Adam, Config, Parameters, Random, Sampler, Tape, Tokenizer, loss, names, training};

/// As in microgpt.py, line 152.
const NUM_STEPS: usize = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let mut docs = names();
    let mut random = Random::new(42);
    random.shuffle(&mut docs);
    let tokenizer = Tokenizer::new(&docs);
    let block_size = Config::default().block_size;
    let show = |id: usize| tokenizer.uchars().get(id).map_or("BOS".to_owned(), |letter| letter.to_string());

    println!("--- ids ---");
    println!("letters: ids 0 to {}", tokenizer.uchars().len() - 1);
    println!("BOS: {}", tokenizer.bos());
    println!("vocab size: {}", tokenizer.vocab_size());

    println!("\n--- ben by hand ---");
    let two = Tokenizer::new(&["anna", "ben"]);
    println!("BOS: {}", two.bos());
    println!("ben -> {:?}", two.encode_doc("ben")?);

    println!("\n--- anna as tokens ---");
    let tokens = tokenizer.encode_doc("anna")?;
    println!("{tokens:?}");

    println!("\n--- anna as predictions ---");
    println!("pos_id  token_id  target_id");
    let n = block_size.min(tokens.len() - 1);
    for pos_id in 0..n {
        let (token_id, target_id) = (tokens[pos_id], tokens[pos_id + 1]);
        println!("{pos_id:6}  {:>3} {token_id:4}  {:>4} {target_id:4}", show(token_id), show(target_id));
    }
    println!("n: {n}");

    println!("\n--- what follows the letter a ---");
    let a = tokens[1];
    let mut after_a = vec![0; tokenizer.vocab_size()];
    let mut after_first_a = after_a.clone();
    let mut after_fourth_a = after_a.clone();
    for doc in &docs {
        for (pos_id, pair) in
            tokenizer.encode_doc(doc)?.windows(2).enumerate().filter(|(_, pair)| pair[0] == a)
        {
            after_a[pair[1]] += 1;
            match pos_id {
                1 => after_first_a[pair[1]] += 1,
                4 => after_fourth_a[pair[1]] += 1,
                _ => {}
            }
        }
    }
    let share = |count: usize, all: &[usize]| 100.0 * count as f64 / all.iter().sum::<usize>() as f64;
    let mut ids: Vec<usize> = (0..after_a.len()).collect();
    ids.sort_by_key(|&id| std::cmp::Reverse(after_a[id]));
    for id in &ids[..5] {
        println!("{:>6} {:5} {:5.1}%", show(*id), after_a[*id], share(after_a[*id], &after_a));
    }
    let others = ids[5..].iter().map(|&id| after_a[id]).sum();
    println!("others {others:5} {:5.1}%", share(others, &after_a));
    println!("   all {:5}", after_a.iter().sum::<usize>());

    println!("\n--- the same by position ---");
    for (pos_id, counts) in [(1, &after_first_a), (4, &after_fourth_a)] {
        let (end, n) = (counts[tokenizer.bos()], counts[tokens[2]]);
        println!("a at position {pos_id}: {}", counts.iter().sum::<usize>());
        println!("  BOS follows: {:.1}%, n follows: {:.1}%", share(end, counts), share(n, counts));
    }

    println!("\n--- a name of eight letters ---");
    let eight = docs.iter().find(|name| name.len() == block_size).ok_or("no name fills the block")?;
    let tokens = tokenizer.encode_doc(eight)?;
    println!("{eight}: {} tokens, {} predictions", tokens.len(), tokens.len() - 1);
    println!("n: {}", block_size.min(tokens.len() - 1));
    for pos_id in [0, block_size - 1, block_size] {
        let used = if pos_id < block_size { "" } else { "  (not used)" };
        println!("position {pos_id}: {} -> {}{used}", show(tokens[pos_id]), show(tokens[pos_id + 1]));
    }

    println!("\n--- cut at the block size ---");
    let whole = docs.iter().filter(|name| name.len() < block_size).count();
    let no_end = docs.iter().filter(|name| name.len() == block_size).count();
    let cut = docs.len() - whole - no_end;
    let percent = |count: usize| 100.0 * count as f64 / docs.len() as f64;
    println!("all predictions used:   {whole:5} names {:5.1}%", percent(whole));
    println!("only the end missing:   {no_end:5} names {:5.1}%", percent(no_end));
    println!("letters missing as well: {cut:4} names {:5.1}%", percent(cut));
    let longest = docs.iter().map(String::len).max().ok_or("no names")?;
    println!("longest name: {longest} letters, {} predictions", longest + 1);

    println!("\n--- without bos at the end ---");
    println!("each model is trained for {NUM_STEPS} steps and writes 20 names");
    // The same 500 steps of training, once as they should be, once without the last BOS of each name
    for keep_end in [true, false] {
        let mut random = random.clone();
        let params = train(&docs, &tokenizer, keep_end, &mut random)?;
        let sampler = Sampler::new(&tokenizer, &params);
        let texts: Vec<String> = (0..20)
            .map(|_| sampler.sample(0.5, &mut random).map(|sample| sample.text))
            .collect::<Result<_, _>>()?;
        let full = texts.iter().filter(|text| text.len() == block_size).count();
        let kind = if keep_end { "with the end" } else { "without" };
        println!("{kind}: {}", texts[..5].join(" "));
        println!("samples that fill the block: {full} of {}", texts.len());
    }

    println!("\n--- questions ---");
    println!("zoe -> {:?}", tokenizer.encode_doc("zoe")?);
    println!("predictions for zoe: {}", tokenizer.encode_doc("zoe")?.len() - 1);
    let long = "maximiliana";
    let tokens = tokenizer.encode_doc(long)?;
    let predictions = tokens.len() - 1;
    let n = block_size.min(predictions);
    println!(
        "{long}: {} letters, {predictions} predictions, n: {n}, not used: {}",
        long.len(),
        predictions - n
    );
    println!("last one used, at position {}: {} -> {}", n - 1, show(tokens[n - 1]), show(tokens[n]));
    let five: usize = ids[..5].iter().map(|&id| after_a[id]).sum();
    println!("five rows: {:.1}%, the rest: {:.1}%", share(five, &after_a), share(others, &after_a));
    Ok(())
}

/// Trains for 500 steps, with or without BOS at the end of each name.
fn train(
    docs: &[String],
    tokenizer: &Tokenizer,
    keep_end: bool,
    random: &mut Random,
) -> Result<Parameters, Box<dyn Error>> {
    let mut params = Parameters::random(Config::default(), tokenizer.vocab_size(), random)?;
    let mut adam = Adam::new(params.len());
    let mut tape = Tape::new();
    for (step, doc) in docs.iter().cycle().take(NUM_STEPS).enumerate() {
        let tokens = tokenizer.encode_doc(doc)?;
        let used = if keep_end { tokens.len() } else { tokens.len() - 1 };
        tape.clear();
        loss(&tokens[..used], &params.on(&tape)).loss.backward();
        let grads: Vec<f64> = (0..params.len()).filter_map(|i| tape.get(i)).map(|p| p.grad()).collect();
        adam.update(params.as_mut_slice(), &grads, step, training::cosine_decay(1e-2, step, NUM_STEPS));
    }
    Ok(params)
}
