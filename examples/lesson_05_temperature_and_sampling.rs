//! Lesson 5.1, Temperature and sampling: the same scores drawn more or less boldly, and how a draw works.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use common::{bar, join, label, largest_first, percent, rounded, show, texts};
use microgpt::{Engine, Program, Random, Sampler, trace};

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::trained();
    let tokenizer = &program.tokenizer;
    let letter = |id: usize| tokenizer.token_name(id);
    let sampler = Sampler::new(tokenizer, &program.params).with_engine(Engine::Fused);
    let names =
        |temperature: f64, count: usize| texts(&sampler, count, temperature, &mut program.random.clone());

    println!("--- one model three ways ---");
    let greedy = write_names(&program, 3, |logits| top_k(&probabilities(logits, 1.0), 1));
    println!("always the likeliest token: {}", greedy.join(" "));
    println!("drawn, temperature 0.5:     {}", names(0.5, 6)?.join(" "));
    println!("drawn, temperature 1:       {}", names(1.0, 6)?.join(" "));

    label("three scores by hand");
    println!("T    scores / T               exp(each - largest)        total  probabilities");
    let scores = [2.0_f64, 1.0, -1.0];
    for temperature in [0.5, 1.0, 2.0] {
        let divided = scores.map(|score| score / temperature);
        let exps = divided.map(|score| (score - divided[0]).exp());
        let probs = probabilities(&scores, temperature);
        let total: f64 = exps.iter().sum();
        println!("{temperature:3}  {}  {}  {total:7.4}  {}", show(&divided), show(&exps), show(&probs));
    }

    label("powers");
    let at_1 = probabilities(&scores, 1.0);
    let at_half = probabilities(&scores, 0.5);
    println!("first / second: temperature 1: {:.4}", at_1[0] / at_1[1]);
    println!("first / second: temperature 0.5: {:.4}", at_half[0] / at_half[1]);
    println!("e = {:.4}, e * e = {:.4}", 1.0_f64.exp(), 2.0_f64.exp());

    label("running sums by hand");
    println!("temperature  running sums");
    let by_hand: Vec<(f64, Vec<f64>)> =
        [0.5, 1.0, 2.0].iter().map(|&t| (t, running_sums(&probabilities(&scores, t)))).collect();
    for (temperature, sums) in &by_hand {
        println!("{temperature:11} {}", show(sums));
    }

    let draw = |number: f64| -> String {
        let drawn = by_hand.iter().map(|(_, sums)| scores[sums.partition_point(|&sum| sum <= number)]);
        join(drawn.map(|score| format!("{score:4}")), " ")
    };
    label("draws by hand");
    println!("random.random() with seed 42, and the score that is drawn at three temperatures");
    println!("number  0.5    1    2");
    let mut random = Random::new(42);
    for _ in 0..8 {
        let number = random.random();
        println!("{number:.4} {}", draw(number));
    }

    label("the same draws in python");
    let weights = at_half.iter().map(|p| format!("{p:.4}"));
    println!("random.choices([2, 1, -1], weights=[{}], k=8)", join(weights, ", "));

    // After the first a of anna, as in lesson 3.3
    let anna = tokenizer.encode_doc("anna")?;
    let logits = trace(&program.params, &anna[..5], Engine::Scalar)[1].logits.clone();
    label("after the first a");
    let temperatures = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 100.0];
    let columns: Vec<Vec<f64>> = temperatures.iter().map(|&t| probabilities(&logits, t)).collect();
    println!("temperature     0.1    0.25     0.5       1       2       5     100");
    let order = largest_first(&logits);
    let row = |id: usize| columns.iter().map(|probs| probs[id]).collect::<Vec<f64>>();
    for &id in &order[..6] {
        println!("{:3}         {}", letter(id), show(&row(id)));
    }
    let others: Vec<f64> =
        columns.iter().map(|probs| order[6..26].iter().map(|&id| probs[id]).sum()).collect();
    println!("20 others   {}", show(&others));
    println!("x           {}", show(&row(order[26])));

    label("after the first a in short");
    println!("all tokens alike: 1 / 27 = {:.4}", 1.0 / 27.0);
    println!("token ids: from 0 to {}", tokenizer.bos());
    println!("20 other tokens together, temperature 1: {:.4}", others[3]);
    println!("20 other tokens together, temperature 0.5: {:.4}", others[2]);

    label("n step by step");
    let id = order[0];
    println!("temperature    logit divided  - largest      exp   total  probability");
    for (name, id) in [("n", id), ("l", order[1])] {
        for temperature in [0.5, 1.0] {
            let largest = logits[order[0]] / temperature;
            let total: f64 = logits.iter().map(|logit| (logit / temperature - largest).exp()).sum();
            let divided = logits[id] / temperature;
            println!(
                "{name} {temperature:4}       {:7.4} {divided:7.4}    {:7.4}  {:7.4} {total:7.4}      {:7.4}",
                logits[id],
                divided - largest,
                (divided - largest).exp(),
                (divided - largest).exp() / total
            );
        }
    }

    label("as a picture");
    for temperature in [0.5, 1.0, 2.0] {
        let probs = probabilities(&logits, temperature);
        println!("temperature {temperature}, each # is 1%");
        for &id in order[..6].iter().chain([&order[26]]) {
            println!("  {:3} {}", letter(id), bar(100.0 * probs[id]));
        }
    }

    label("the first draw");
    let mut random = program.random.clone();
    let first = sampler.with_engine(Engine::Scalar).sample(0.5, &mut random)?;
    let sums = running_sums(&first.probs[0]);
    let mut random = program.random.clone();
    let number = random.random();
    println!("random number: {number:.4}");
    println!("token     weight  running sum");
    for id in 0..9 {
        let mark = if sums.partition_point(|&sum| sum <= number) == id { "  <- drawn" } else { "" };
        println!("{id:2} {:3}   {:7.4}  {:7.4}{mark}", letter(id), first.probs[0][id], sums[id]);
    }
    println!("...");
    println!("26 BOS   {:7.4}  {:7.4}", first.probs[0][26], sums[26]);

    label("the five draws of gite");
    println!("pos_id  random number  sum before  sum with it  drawn");
    let mut random = program.random.clone();
    for (pos_id, probs) in first.probs.iter().enumerate() {
        let number = random.random();
        let sums = running_sums(probs);
        let drawn = sums.partition_point(|&sum| sum <= number * sums[26]);
        assert_eq!(drawn, first.tokens[pos_id]);
        println!(
            "{pos_id:6} {number:14.4} {:11.4} {:12.4}  {}",
            if drawn == 0 { 0.0 } else { sums[drawn - 1] },
            sums[drawn],
            letter(drawn)
        );
    }

    label("names at several temperatures");
    for temperature in [0.1, 0.25, 0.5, 1.0, 2.0, 5.0] {
        println!("{temperature:4}  {}", names(temperature, 7)?.join(" "));
    }

    label("counted");
    println!("1000 samples each   in input.txt  different  letters  fill the block");
    let all: BTreeSet<&str> = program.docs.iter().map(String::as_str).collect();
    for temperature in [0.1, 0.25, 0.5, 1.0, 2.0, 5.0] {
        let mut random = program.random.clone();
        let samples = sampler.samples(1000, temperature, &mut random)?;
        let known = samples.iter().filter(|sample| all.contains(&sample.text[..])).count();
        let different: BTreeSet<&str> = samples.iter().map(|sample| &sample.text[..]).collect();
        let letters: usize = samples.iter().map(|sample| sample.text.len()).sum();
        let full = samples.iter().filter(|sample| sample.tokens.last() != Some(&tokenizer.bos())).count();
        println!(
            "temperature {temperature:4} {:13.1}% {:9} {:9.2} {:14.1}%",
            percent(known, 1000),
            different.len(),
            letters as f64 / 1000.0,
            percent(full, 1000)
        );
    }

    label("loss at several temperatures");
    println!("500 held-out names");
    let held_out = &program.docs[500..1000];
    let traced: Vec<(Vec<usize>, Vec<Vec<f64>>)> = held_out
        .iter()
        .map(|name| {
            let tokens = tokenizer.encode_doc(name)?;
            let n = 8.min(tokens.len() - 1);
            let logits = trace(&program.params, &tokens[..n], Engine::Fused).into_iter().map(|a| a.logits);
            Ok((tokens, logits.collect()))
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    let mut losses = Vec::new();
    for temperature in [0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.5, 2.0, 5.0] {
        let (mut total, mut count) = (0.0, 0.0);
        for (tokens, logits) in &traced {
            for (logits, &target) in logits.iter().zip(&tokens[1..]) {
                total -= probabilities(logits, temperature)[target].ln();
                count += 1.0;
            }
        }
        println!("temperature {temperature:4}  loss {:.4}", total / count);
        losses.push(total / count);
    }
    println!("difference of the losses at 1 and at 1.1: {:.4}", losses[4] - losses[5]);
    println!("pure guessing     loss {:.4}", 27.0_f64.ln());

    label("greedy is not the likeliest name");
    println!("the whole name at temperature 1");
    let names_losses = microgpt::losses(&program.params, &tokenizer.encode_docs(&["manan", "mani", ""])?);
    for (shown, losses) in ["manan", "mani", "(empty)"].iter().zip(names_losses) {
        println!("{shown:7} probability {:.6}", (-losses.iter().sum::<f64>()).exp());
    }

    label("the wrong place to divide");
    println!("logits divided by 0.5:        {}", names(0.5, 6)?.join(" "));
    let divided =
        write_names(&program, 6, |logits| probabilities(logits, 1.0).iter().map(|p| p / 0.5).collect());
    println!("probabilities divided by 0.5: {}", divided.join(" "));
    println!("logits divided by 1:          {}", names(1.0, 6)?.join(" "));

    label("times instead of divided by");
    println!("logits times 0.5:     n {:.4}, x {:.4}", columns[4][order[0]], columns[4][order[26]]);
    println!("logits divided by 0.5: n {:.4}, x {:.4}", columns[2][order[0]], columns[2][order[26]]);

    label("temperature 0");
    if let Err(error) = sampler.sample(0.0, &mut random) {
        println!("{}", error.to_string().replace("; ", ";\n"));
    }

    label("questions");
    println!("scores 2, 1, -1 at temperature 0.25: {}", show(&probabilities(&scores, 0.25)));
    println!("divided by 0.25: {}", show(&scores.map(|score| score / 0.25)));
    println!("exponentials: {}", show(&scores.map(|score| ((score - 2.0) / 0.25).exp())));
    println!("total: {:.4}", scores.map(|score| ((score - 2.0) / 0.25).exp()).iter().sum::<f64>());
    // From the printed digits
    let kept: Vec<f64> = order[..3].iter().map(|&id| rounded(columns[3][id])).collect();
    let total: f64 = kept.iter().sum();
    println!("top 3 after the first a, n l r: {}", show(&kept));
    println!("top 3, total: {total:.4}");
    println!("top 3, divided by the total: {}", show(&kept.iter().map(|p| p / total).collect::<Vec<_>>()));

    println!("minus the largest: {}", join(scores.map(|score| (score - 2.0) / 0.25), ", "));
    println!("exponential of -4: {:.4}", f64::exp(-4.0));
    println!("exponential of -12: {:.4}", f64::exp(-12.0));
    let numbers = [0.7, 0.9, 0.97];
    println!("random numbers: {}", join(numbers.map(|number| format!("{number:.2}")), ", "));
    println!("k = 27, the whole vocabulary: nothing is cut");

    label("three more draws");
    println!("number  0.5    1    2");
    for number in numbers {
        println!("{number:6.2} {}", draw(number));
    }

    label("top k");
    println!(" k   names at temperature 1");
    for k in [1, 2, 3, 5, 10, 27] {
        let names = write_names(&program, 6, |logits| top_k(&probabilities(logits, 1.0), k));
        println!("{k:2}   {}", names.join(" "));
    }
    Ok(())
}

/// Lines 195 and 97 to 101 on plain numbers.
fn probabilities(logits: &[f64], temperature: f64) -> Vec<f64> {
    common::probabilities(&logits.iter().map(|logit| logit / temperature).collect::<Vec<_>>())
}

fn running_sums(weights: &[f64]) -> Vec<f64> {
    let mut total = 0.0;
    let add = |weight: &f64| {
        total += weight;
        total
    };
    weights.iter().map(add).collect()
}

/// Only the k largest probabilities; the others become 0.
fn top_k(probs: &[f64], k: usize) -> Vec<f64> {
    let mut sorted = probs.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    probs.iter().map(|&p| if p >= sorted[k - 1] { p } else { 0.0 }).collect()
}

/// Names as lines 189 to 200 write them, with other weights for the draws.
fn write_names(program: &Program, count: usize, weights_of: impl Fn(&[f64]) -> Vec<f64>) -> Vec<String> {
    let mut random = program.random.clone();
    let mut write = || {
        let mut tokens = vec![program.tokenizer.bos()];
        let mut name = String::new();
        while tokens.len() <= 8 {
            let logits = trace(&program.params, &tokens, Engine::Fused).pop().expect("a position").logits;
            let token_id = random.choices(&weights_of(&logits));
            match program.tokenizer.uchars().get(token_id) {
                Some(&letter) => name.push(letter),
                None => break,
            }
            tokens.push(token_id);
        }
        name
    };
    (0..count).map(|_| write()).collect()
}
