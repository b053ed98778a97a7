//! Lesson 0.0, What is a language model?: pairs of characters, counted, as a first model, and how good it is.

mod common;

use std::error::Error;

use common::{join, label, largest_first, probabilities};
use microgpt::{Engine, Program, Random, Sampler, Tokenizer, losses, trace};

/// How often each character follows each other one, [before][after], and the end sign like a character.
type Counts = Vec<Vec<f64>>;

fn main() -> Result<(), Box<dyn Error>> {
    let Program { docs, tokenizer, params, .. } = Program::trained();
    let to_learn = &docs[..500];
    let to_test = &docs[500..1500];
    let all_others = [to_learn, &docs[1500..]].concat();

    println!("--- names to learn and names to test ---");
    println!("names in all: {}", docs.len());
    println!("names to learn from: {}", to_learn.len());
    println!("names for the test: {}", to_test.len());
    println!("names that are not in the test: {}", all_others.len());
    let shortest = to_learn.iter().map(String::len).min().ok_or("no names")?;
    println!("letters of the shortest name to learn from: {shortest}");
    println!("first names to learn from: {}", to_learn[..4].join(" "));
    println!("first names of the test: {}", to_test[..4].join(" "));
    println!("anna is in the test: {}", to_test.contains(&"anna".to_string()));

    label("the characters");
    println!("letters: {}, numbered from 0 to {}", tokenizer.uchars().len(), tokenizer.uchars().len() - 1);
    println!("number of the sign ·: {}", tokenizer.bos());
    println!("characters with the sign: {}", tokenizer.vocab_size());

    // The pairs of the 500 names, counted
    let counted = count(to_learn, &tokenizer, 0.0)?;
    for (letter, shown) in [("n", 8), ("q", 4)] {
        let row = &counted[tokenizer.encode(letter)?[0]];
        let total: f64 = row.iter().sum();
        let order = largest_first(row);
        label(&format!("what follows {letter}"));
        println!("after {letter}  count   share");
        for &next in &order[..shown] {
            let (sign, share) = (sign(&tokenizer, next), row[next] / total);
            let bar = "#".repeat((100.0 * share) as usize);
            println!("      {sign}   {:4}   {:4.1}%  {bar}", row[next], 100.0 * share);
        }
        println!("all others  {:3}", total - order[..shown].iter().map(|&next| row[next]).sum::<f64>());
        println!("{letter} in all    {total:3}");
    }

    label("three names by hand");
    let three = ["anna", "hanna", "nina"];
    let small = Tokenizer::new(&three);
    let by_hand = count(&three, &small, 0.0)?;
    println!("before   a h i n ·   in all");
    for (before, row) in by_hand.iter().enumerate() {
        println!("     {}   {}   {}", sign(&small, before), join(row, " "), row.iter().sum::<f64>());
    }

    label("surprise by hand");
    surprise_by_hand("anna", &by_hand, &small)?;

    label("probability and surprise");
    println!("probability   surprise");
    for (text, p) in [("1", 1.0), ("1/2", 0.5), ("1/4", 0.25), ("1/27", 1.0 / 27.0), ("1/1000", 0.001)] {
        println!("{text:>11}   {:8.4}", 0.0 - f64::ln(p));
    }

    label("loss on the names of the test");
    let guess = vec![vec![1.0; 27]; 27];
    let single: Vec<f64> =
        (0..27).map(|next| 1.0 + counted.iter().map(|row| row[next]).sum::<f64>()).collect();
    let pairs = count(to_learn, &tokenizer, 1.0)?;
    let more_pairs = count(&all_others, &tokenizer, 1.0)?;
    let gpt_on_test = losses(&params, &tokenizer.encode_docs(to_test)?);
    let pair_surprises = surprises(to_test, &pairs, &tokenizer)?;
    println!("pure guessing: for each of the 27 characters the probability 1/27");
    println!("predictions: {}", pair_surprises.iter().flatten().count());
    println!("model                                   loss   like guessing among");
    for (model, surprises) in [
        ("pure guessing", &surprises(to_test, &guess, &tokenizer)?),
        ("single characters of 500 names", &surprises(to_test, &vec![single; 27], &tokenizer)?),
        ("bigram, pairs of 500 names", &pair_surprises),
        ("bigram, pairs of 2791 names", &surprises(to_test, &more_pairs, &tokenizer)?),
        ("GPT, trained on 500 names", &gpt_on_test),
    ] {
        println!("{model:36}  {:.4}   {:.1}", mean(surprises), mean(surprises).exp());
    }
    println!(
        "the GPT's loss is lower than that of the bigram of 500 by {:.2}",
        mean(&pair_surprises) - mean(&gpt_on_test)
    );
    println!("the GPT's loss is lower than pure guessing by {:.2}", f64::ln(27.0) - mean(&gpt_on_test));
    let sum = |surprises: &[f64]| surprises.iter().sum::<f64>();
    let better = gpt_on_test.iter().zip(&pair_surprises).filter(|(gpt, pairs)| sum(gpt) < sum(pairs));
    println!("names of the test with a lower loss by the GPT than by the bigram of 500: {}", better.count());

    label("names written");
    println!("bigram            GPT");
    let sampler = Sampler::new(&tokenizer, &params);
    let (mut random_for_pairs, mut random_for_gpt) = (Random::new(42), Random::new(42));
    for _ in 0..10 {
        let written = write(&pairs, &tokenizer, &mut random_for_pairs);
        println!("{written:16}  {}", sampler.sample(1.0, &mut random_for_gpt)?.text);
    }

    let (q, z) = (tokenizer.encode("q")?[0], tokenizer.encode("z")?[0]);
    label("the pair qz");
    println!("qz in the 500 names: {}, count of the bigram model: {}", counted[q][z], pairs[q][z]);

    label("anna predicted");
    println!("so far  next  bigram    GPT");
    let anna = tokenizer.encode_doc("anna")?;
    let positions = trace(&params, &anna[..5], Engine::Scalar);
    let mut after_a = Vec::new();
    for (at, (pair, position)) in anna.windows(2).zip(&positions).enumerate() {
        let (by_pairs, by_gpt) = (share(&pairs[pair[0]]), probabilities(&position.logits));
        println!(
            "{:6}  {:4}  {:5.2}%  {:5.2}%",
            format!("·{}", &"anna"[..at]),
            sign(&tokenizer, pair[1]),
            100.0 * by_pairs[pair[1]],
            100.0 * by_gpt[pair[1]]
        );
        if sign(&tokenizer, pair[0]) == 'a' {
            after_a.push((format!("·{}", &"anna"[..at]), by_pairs, by_gpt));
        }
    }
    let place = to_test.iter().position(|name| name == "anna").ok_or("anna is in the test")?;
    println!(
        "loss on anna: bigram {:.3}, GPT {:.3}",
        mean(&pair_surprises[place..=place]),
        mean(&gpt_on_test[place..=place])
    );

    label("the two letters a of anna");
    println!("so far  bigram n  bigram ·   GPT n   GPT ·");
    let n = anna[2];
    let end = tokenizer.bos();
    for (so_far, by_pairs, by_gpt) in after_a {
        println!(
            "{so_far:6}  {:7.2}%  {:7.2}%  {:5.2}%  {:5.2}%",
            100.0 * by_pairs[n],
            100.0 * by_pairs[end],
            100.0 * by_gpt[n],
            100.0 * by_gpt[end]
        );
    }

    label("pairs that never occur");
    let zeros = counted.iter().flatten().filter(|&&count| count == 0.0).count();
    println!("pairs that are possible: 27 * 27 = {}", 27 * 27);
    println!("pairs that never occur in the 500 names: {zeros}");
    let plain_surprises = surprises(to_test, &counted, &tokenizer)?;
    let never = |surprises: &Vec<f64>| surprises.iter().position(|surprise| surprise.is_infinite());
    let first = plain_surprises.iter().position(|of_name| never(of_name).is_some()).ok_or("there is one")?;
    let at = never(&plain_surprises[first]).ok_or("there is one")?;
    let signs: Vec<char> = format!("·{}·", to_test[first]).chars().collect();
    println!(
        "first name of the test with such a pair: {}, pair {}{}",
        to_test[first],
        signs[at],
        signs[at + 1]
    );
    let infinite = plain_surprises.iter().flatten().filter(|surprise| surprise.is_infinite()).count();
    println!("predictions of probability 0 in the test: {infinite}");
    println!("loss of the bigram with counts from 0: {}", mean(&plain_surprises));
    for start in [0.5, 1.0, 2.0] {
        let loss = mean(&surprises(to_test, &count(to_learn, &tokenizer, start)?, &tokenizer)?);
        println!("loss of the bigram with counts from {start}: {loss:.3}");
    }

    label("tested on the names it was counted from");
    println!(
        "bigram with counts from 0, same 500 names: {:.3}",
        mean(&surprises(to_learn, &counted, &tokenizer)?)
    );
    println!(
        "bigram with counts from 1, same 500 names: {:.3}",
        mean(&surprises(to_learn, &pairs, &tokenizer)?)
    );
    let gpt_on_learned = losses(&params, &tokenizer.encode_docs(to_learn)?);
    println!("GPT, same 500 names: {:.3}", mean(&gpt_on_learned));
    println!("GPT, names of the test: {:.3}", mean(&gpt_on_test));

    label("questions");
    surprise_by_hand("hana", &by_hand, &small)?;
    println!("surprise at probability 1/4: {:.4}", -f64::ln(0.25));
    println!("surprise at probability 0.05: {:.4}", -f64::ln(0.05));
    let q = &pairs[tokenizer.encode("q")?[0]];
    let (u, total) = (q[tokenizer.encode("u")?[0]], q.iter().sum::<f64>());
    println!(
        "u after q, counts from 0: {}/{} = {:.1}%",
        u - 1.0,
        total - 27.0,
        100.0 * (u - 1.0) / (total - 27.0)
    );
    println!("u after q, counts from 1: {u}/{total} = {:.1}%", 100.0 * u / total);
    Ok(())
}

/// Counts the pairs of neighbours in the names, every count beginning at `start`.
fn count<S: AsRef<str>>(names: &[S], tokenizer: &Tokenizer, start: f64) -> Result<Counts, Box<dyn Error>> {
    let mut counts = vec![vec![start; tokenizer.vocab_size()]; tokenizer.vocab_size()];
    for name in names {
        for pair in tokenizer.encode_doc(name.as_ref())?.windows(2) {
            counts[pair[0]][pair[1]] += 1.0;
        }
    }
    Ok(counts)
}

/// Counts as shares of their sum.
fn share(row: &[f64]) -> Vec<f64> {
    row.iter().map(|count| count / row.iter().sum::<f64>()).collect()
}

/// −ln of the probability of what came, for each name and each of its first 8 predictions: the GPT makes no more.
fn surprises(
    names: &[String],
    counts: &Counts,
    tokenizer: &Tokenizer,
) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let shares: Counts = counts.iter().map(|row| share(row)).collect();
    let of_name = |name: &String| -> Result<Vec<f64>, Box<dyn Error>> {
        let tokens = tokenizer.encode_doc(name)?;
        Ok(tokens.windows(2).take(8).map(|pair| -shares[pair[0]][pair[1]].ln()).collect())
    };
    names.iter().map(of_name).collect()
}

/// The mean over all predictions.
fn mean(surprises: &[Vec<f64>]) -> f64 {
    common::mean(&surprises.concat())
}

/// Writes a name: draws what follows, again and again, until the end sign is drawn.
fn write(counts: &Counts, tokenizer: &Tokenizer, random: &mut Random) -> String {
    let mut name = String::new();
    let mut last = tokenizer.bos();
    loop {
        last = random.choices(&counts[last]);
        match tokenizer.uchars().get(last) {
            Some(&letter) => name.push(letter),
            None => return name,
        }
    }
}

/// Prints probability and surprise for each character of a name, and their mean.
fn surprise_by_hand(name: &str, counts: &Counts, tokenizer: &Tokenizer) -> Result<(), Box<dyn Error>> {
    let mut total = 0.0;
    let mut product = 1.0;
    let (mut probabilities, mut surprises) = (Vec::new(), Vec::new());
    let tokens = tokenizer.encode_doc(name)?;
    println!("{name}:  pair  probability    surprise");
    for pair in tokens.windows(2) {
        let (count, sum) = (counts[pair[0]][pair[1]], counts[pair[0]].iter().sum::<f64>());
        let surprise = 0.0 - (count / sum).ln();
        total += surprise;
        product *= count / sum;
        probabilities.push(format!("{count}/{sum}"));
        surprises.push(format!("{surprise:.2}"));
        let (before, after) = (sign(tokenizer, pair[0]), sign(tokenizer, pair[1]));
        println!("        {before}{after}   {count}/{sum} = {:.4}  {surprise:.4}", count / sum);
    }
    println!("probabilities of {name}: {}", probabilities.join(", "));
    println!("surprises of {name}: {}", surprises.join(", "));
    println!("sum of the surprises of {name}: {total:.4}");
    println!("loss of {name}: {total:.4} / {} = {:.4}", tokens.len() - 1, total / (tokens.len() - 1) as f64);
    println!("probability of the whole name {name}: 1/{:.0}", 1.0 / product);
    println!("surprise at the whole name {name}: {:.4}", -product.ln());
    Ok(())
}

/// The character of an id; the sign for beginning and end is written ·.
fn sign(tokenizer: &Tokenizer, id: usize) -> char {
    tokenizer.uchars().get(id).copied().unwrap_or('·')
}
