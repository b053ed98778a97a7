//! Lesson 3.3, Softmax: from scores to probabilities, by hand and in the model, and why the largest is subtracted.

mod common;

use std::error::Error;

use common::{bar, join, label, max, min, probabilities, show};
use microgpt::{Engine, Program, Tape, Value, softmax, trace};

fn main() -> Result<(), Box<dyn Error>> {
    let scores = [2.0, 1.0, -1.0];

    println!("--- divided by their sum ---");
    let sum: f64 = scores.iter().sum();
    println!("scores                  {}", show(&scores));
    println!("sum                     {sum:7.4}");
    println!("each divided by the sum {}", show(&scores.map(|score| score / sum)));

    label("powers of e");
    let powers: Vec<f64> = (-3..=3).map(f64::from).collect();
    println!("x     {}", join(powers.iter().map(|x| format!("{x:7}")), " "));
    println!("e^x   {}", show(&powers.iter().map(|x| x.exp()).collect::<Vec<_>>()));
    println!("e = {:.4}", 1.0_f64.exp());

    label("three scores by hand");
    let max_score = max(&scores);
    let exps = scores.map(|score| (score - max_score).exp());
    let total: f64 = exps.iter().sum();
    println!("score  - largest      exp  probability");
    for (score, exp) in scores.iter().zip(exps) {
        println!("{score:5} {:10} {exp:8.4} {:12.4}", score - max_score, exp / total);
    }
    println!("sum              {total:8.4} {:12.4}", probabilities(&scores).iter().sum::<f64>());

    label("four steps");
    println!("scores             {}", show(&scores));
    println!("minus the largest  {}", show(&scores.map(|score| score - max_score)));
    println!("exponentials       {}", show(&exps));
    println!("probabilities      {}", show(&exps.map(|exp| exp / total)));

    label("the way of the scores");
    let list = |numbers: [f64; 3]| join(numbers.map(|x| format!("{x:.4}")), ", ");
    let (start, minus) = (join(scores, ", "), join(scores.map(|score| score - max_score), ", "));
    println!("flowchart TD");
    println!(r#"    scores["scores<br>{start}"] -->|subtract the largest| minus["{minus}"]"#);
    println!(r#"    minus -->|exponential| exps["{}"]"#, list(exps));
    let probs = list(exps.map(|exp| exp / total));
    println!(r#"    exps -->|divide by their sum| probs["probabilities<br>{probs}"]"#);

    label("their logarithms");
    println!("score  probability      log  score - log");
    for (score, exp) in scores.iter().zip(exps) {
        let log = (exp / total).ln();
        println!("{score:5} {:12.4} {log:8.4} {:12.4}", exp / total, score - log);
    }

    label("shifted and stretched");
    let rows = [
        ("the scores", scores),
        ("all 10 larger", scores.map(|score| score + 10.0)),
        ("all 100 smaller", scores.map(|score| score - 100.0)),
        ("all times 2", scores.map(|score| score * 2.0)),
        ("all times 0.5", scores.map(|score| score * 0.5)),
    ];
    println!("scores                                 probabilities");
    for (what, scores) in rows {
        let row = join(scores.map(|score| format!("{score:5}")), " ");
        println!("{what:15} {row}      {}", show(&probabilities(&scores)));
    }

    let untrained = Program::untrained();
    let trained = Program::trained();
    let tokenizer = &untrained.tokenizer;
    let tokens = tokenizer.encode_doc("anna")?;
    let letter = |id: usize| tokenizer.token_name(id);
    let [before, after] = [&untrained, &trained]
        .map(|program| trace(&program.params, &tokens[..5], Engine::Scalar)[1].logits.clone());
    let (probs_before, probs_after) = (probabilities(&before), probabilities(&after));
    let n = tokens[2];

    label("some scores after training");
    for id in [n, tokens[0], tokens[1], tokenizer.vocab_size() - 2] {
        println!("score of {:3}  {:7.4}", letter(id), after[id]);
    }
    println!("scores: {}, below 0: {}", after.len(), after.iter().filter(|&&score| score < 0.0).count());
    println!("sum of the scores: {:.4}", after.iter().sum::<f64>());

    label("all tokens after the first a");
    println!("       before training       after training, each # is 1%");
    println!("token    logit  probs        logit  probs");
    for id in 0..after.len() {
        let row = format!(
            "{:5}  {:7.4} {:6.4}      {:7.4} {:6.4} {}",
            letter(id),
            before[id],
            probs_before[id],
            after[id],
            probs_after[id],
            bar(100.0 * probs_after[id])
        );
        println!("{}", row.trim_end());
    }
    println!("sum            {:6.4}              {:6.4}", sum_of(&probs_before), sum_of(&probs_after));

    label("in short");
    println!("one part of 27: 1 / 27 = {:.4}", 1.0 / 27.0);
    for (when, logits, probs) in
        [("before training", &before, &probs_before), ("after training", &after, &probs_after)]
    {
        println!("{when}: logits from {:.4} to {:.4}", min(logits), max(logits));
        println!("{when}: probabilities from {:.4} to {:.4}", min(probs), max(probs));
        println!("{when}: probability of the target n {:.4}", probs[n]);
    }

    label("after a first a in the names");
    let second: Vec<char> = (untrained.docs.iter())
        .filter_map(|doc| doc.strip_prefix('a').map(|rest| rest.chars().next().unwrap_or('.')))
        .collect();
    println!("names that begin with a: {}", second.len());
    let share = |wanted: char| second.iter().filter(|&&c| c == wanted).count() as f64 / second.len() as f64;
    let mut shares: Vec<(char, f64)> = tokenizer.uchars().iter().map(|&c| (c, share(c))).collect();
    shares.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    println!("       share in names  probability after training");
    for (c, share) in &shares[..6] {
        let id = tokenizer.encode(&c.to_string())?[0];
        println!("{c}      {share:14.4} {:27.4}", probs_after[id]);
    }

    label("two probabilities step by step");
    let largest = max(&after);
    let total: f64 = after.iter().map(|logit| (logit - largest).exp()).sum();
    println!("token    logit  - largest      exp  probability");
    for id in [n, tokenizer.encode("l")?[0]] {
        let difference = after[id] - largest;
        println!(
            "{:5} {:8.4} {difference:10.4} {:8.4} {:12.4}",
            letter(id),
            after[id],
            difference.exp(),
            probs_after[id]
        );
    }
    println!("all 27                    {total:8.4} {:12.4}", sum_of(&probs_after));

    label("how often for anna");
    let heads = untrained.params.config().n_head;
    println!("line 130: {heads} heads at each of 5 positions, {} calls", heads * 5);
    println!("line 130: scores in a call: 1 2 3 4 5, one more at each position");
    println!("line 166: 5 positions, 5 calls, {} scores in a call", after.len());

    label("a nudge to the first score");
    let h = 1e-6;
    let (down, up) = (probabilities(&[2.0 - h, 1.0, -1.0]), probabilities(&[2.0 + h, 1.0, -1.0]));
    let probs = probabilities(&scores);
    println!("probability  by a nudge  by backward  by the formula");
    let mut slopes = 0.0;
    for i in 0..3 {
        let tape = Tape::new();
        let on_tape = tape.values(&scores);
        softmax(&on_tape)[i].backward();
        let formula = if i == 0 { probs[0] * (1.0 - probs[0]) } else { -probs[0] * probs[i] };
        let slope = on_tape[0].grad();
        slopes += slope;
        println!("{:11.4} {:11.4} {slope:12.4} {formula:15.4}", probs[i], (up[i] - down[i]) / (2.0 * h));
    }
    println!("sum of the three: {:18.4}", slopes.abs());
    println!("to itself:     0.7054 * (1 - 0.7054) = {:.4}", probs[0] * (1.0 - probs[0]));
    println!("to the third: -0.7054 * 0.0351 = {:.4}", -probs[0] * probs[2]);

    label("gradients with and without the maximum");
    println!("loss -log of the first probability");
    println!("gradients to the scores: {}", show(&gradients(&scores, Subtract::Number)));
    println!("the maximum as a Value:  {}", show(&gradients(&scores, Subtract::Value)));
    println!("nothing subtracted:      {}", show(&gradients(&scores, Subtract::Nothing)));

    label("the largest exponentials");
    println!("the largest number of this kind: {:.4e}", f64::MAX);
    for x in [1.0, 10.0, 100.0, 700.0, 709.0, 710.0] {
        println!("exp({x}) = {:.4e}", f64::exp(x));
    }
    println!("exp(-745) = {:.0e}", f64::exp(-745.0));
    println!("exp(-746) = {:.0e}", f64::exp(-746.0));

    label("scores near a thousand");
    for scores in [[1000.0, 999.0, 997.0], [-1000.0, -1001.0, -1003.0]] {
        let exps = scores.map(f64::exp);
        let total: f64 = exps.iter().sum();
        println!("scores                      {scores:?}");
        println!("without maximum, exps       {exps:?}");
        println!("without maximum, softmax    {:?}", exps.map(|exp| exp / total));
        println!("with maximum, softmax       {}", show(&probabilities(&scores)));
    }

    label("would it happen here");
    let mut logits = Vec::new();
    let names = &trained.docs[500..700];
    for tokens in tokenizer.encode_docs(names)? {
        let positions = trace(&trained.params, &tokens[..tokens.len() - 1], Engine::Fused);
        logits.extend(positions.into_iter().flat_map(|position| position.logits));
    }
    let new = names.iter().all(|doc| !trained.docs[..500].contains(doc));
    println!("names: {}, none of them trained on: {new}", names.len());
    println!("logits of the trained model from {:.4} to {:.4}", min(&logits), max(&logits));

    label("a very small temperature");
    let scaled: Vec<f64> = after.iter().map(|logit| logit / 0.001).collect();
    println!("the logit of n / 0.001: {:.4} / 0.001 = {:.1}", after[n], scaled[n]);
    println!("its exponential: {}", scaled[n].exp());
    println!("probability of n with the maximum subtracted: {:.4}", probabilities(&scaled)[n]);

    label("softmax twice");
    println!("scores  {}", show(&scores));
    println!("once    {}", show(&probs));
    println!("twice   {}", show(&probabilities(&probs)));
    let mut sure = vec![0.0; 27];
    sure[n] = 1.0;
    let most = max(&probabilities(&sure));
    println!("27 tokens, once 1 for one of them and 0 for the others: twice {most:.4}");
    println!("loss, -log of {most:.4}: {:.2}", -most.ln());

    label("questions");
    println!("scores 7 5: e^-2 = {:.4}", f64::exp(-2.0));
    println!("scores 7 5: total {:.4}", 1.0 + f64::exp(-2.0));
    println!("scores 7 5: probabilities {}", show(&probabilities(&[7.0, 5.0])));
    println!("4 equal scores, all 3: probabilities {}", show(&probabilities(&[3.0; 4])));
    println!("4 equal scores, all -50: probabilities {}", show(&probabilities(&[-50.0; 4])));
    let i = tokenizer.encode("i")?[0];
    let difference = after[n] - after[i];
    println!("logit of n {:.4}, of i {:.4}, difference {difference:.4}", after[n], after[i]);
    println!("e^{difference:.4} is about {:.2}", difference.exp());
    println!("probability of n / probability of i = {:.4}", probs_after[n] / probs_after[i]);
    println!("scores 0 and -746: probabilities {:?}", probabilities(&[0.0, -746.0]));
    Ok(())
}

/// What is subtracted from the scores.
#[derive(Clone, Copy)]
enum Subtract {
    Number,
    Value,
    Nothing,
}

/// The gradients of −log of the first probability to the scores.
fn gradients(scores: &[f64], subtract: Subtract) -> Vec<f64> {
    let tape = Tape::new();
    let scores = tape.values(scores);
    let exps: Vec<Value> = scores
        .iter()
        .map(|&score| match subtract {
            Subtract::Number => (score - scores[0].data()).exp(),
            Subtract::Value => (score - scores[0]).exp(), // the first is the largest
            Subtract::Nothing => score.exp(),
        })
        .collect();
    let total = tape.sum(exps.iter().copied());
    (-(exps[0] / total).log()).backward();
    common::gradients(&scores)
}

fn sum_of(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}
