//! Lesson 3.3, Softmax: from scores to probabilities, by hand and in the model, and why the largest is subtracted.
//!
//! Blocks that begin with `checkpoint` are what the page judges an answer by: `answer:` is right, and for each
//! `wrong:` it has a hint.

mod common;

use std::error::Error;

use common::{bar, label, max, min, probabilities, show, wants_figure};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::{Engine, Program, Tape, Value, softmax, trace};

/// The logits of the example by hand, and of the widget.
const SCORES: [f64; 3] = [2.0, 1.0, -1.0];

fn main() -> Result<(), Box<dyn Error>> {
    let anna = FirstA::new()?;
    if wants_figure() {
        print!("{}", figure(&anna)?);
        return Ok(());
    }
    // The problem
    some_scores(&anna)?;
    divided_by_their_sum();
    // The idea
    steps_of_the_real_logits(&anna)?;
    // By hand
    by_hand();
    add_ten();
    // See it
    notches();
    // The lines
    the_limit();
    three_scores_by_hand();
    // In the real model
    before_training(&anna);
    after_training(&anna)?;
    // What goes wrong
    divided_by_the_sum_of_the_logits();
    // Check yourself
    seven_and_five();
    // Going deeper
    all_tokens(&anna);
    scores_near_a_thousand();
    would_it_happen_here(&anna)?;
    stretched();
    a_nudge_to_the_first_score();
    with_and_without_the_maximum();
    their_logarithms();
    softmax_twice();
    Ok(())
}

/// What the model says after the first a of `anna`.
struct FirstA {
    trained: Program,
    before: Vec<f64>,
    after: Vec<f64>,
}

impl FirstA {
    fn new() -> Result<Self, Box<dyn Error>> {
        let (untrained, trained) = (Program::untrained(), Program::trained());
        let tokens = trained.tokenizer.encode_doc("anna")?;
        let logits =
            |program: &Program| trace(&program.params, &tokens[..2], Engine::Scalar).remove(1).logits;
        let (before, after) = (logits(&untrained), logits(&trained));
        Ok(Self { trained, before, after })
    }

    /// A token's name and id.
    fn token(&self, name: &str) -> Result<usize, Box<dyn Error>> {
        match name {
            "BOS" => Ok(self.trained.tokenizer.bos()),
            letter => Ok(self.trained.tokenizer.encode(letter)?[0]),
        }
    }
}

fn total_of_exps(logits: &[f64], subtracted: f64) -> f64 {
    logits.iter().map(|logit| (logit - subtracted).exp()).sum()
}

fn some_scores(anna: &FirstA) -> Result<(), Box<dyn Error>> {
    label("some scores");
    println!("scores in all: {}", anna.after.len());
    for name in ["n", "l", "BOS", "x"] {
        println!("{name:3} {:.2}", anna.after[anna.token(name)?]);
    }
    Ok(())
}

fn divided_by_their_sum() {
    label("divided by their sum");
    let sum: f64 = SCORES.iter().sum();
    let [first, second, third] = SCORES.map(|score| score / sum);
    println!("2, 1 and -1: the sum is {sum}");
    println!("divided by it: {first}, {second} and {third}, or {:.0}%", 100.0 * third);
}

fn steps_of_the_real_logits(anna: &FirstA) -> Result<(), Box<dyn Error>> {
    label("steps of the real logits");
    let total = total_of_exps(&anna.after, 0.0);
    println!("       logit    exp  probability");
    for name in FIGURE_TOKENS {
        let logit = anna.after[anna.token(name)?];
        println!("{name:5} {logit:6.2} {:6.2} {:11.1}%", logit.exp(), 100.0 * logit.exp() / total);
    }
    println!("all 27       {total:6.2}");
    Ok(())
}

fn by_hand() {
    label("by hand");
    let exps = SCORES.map(f64::exp);
    let total: f64 = exps.iter().sum();
    println!("logit  e to that power  divided by {total:.3}");
    for (score, exp) in SCORES.iter().zip(exps) {
        println!("{score:5} {exp:16.3} {:18.4}", exp / total);
    }
    println!("sum {total:18.3} {:18.4}", exps.iter().sum::<f64>() / total);
    println!("e to the power -3: {:.3}", f64::exp(-3.0));
    println!("first / second: {:.4} / {:.4} = {:.3}", exps[0] / total, exps[1] / total, exps[0] / exps[1]);
    println!("e = {:.4}", f64::exp(1.0));
}

fn add_ten() {
    label("checkpoint add-ten");
    let shifted = SCORES.map(|score| score + 10.0);
    let probs = probabilities(&shifted);
    println!("logits with 10 added: {}, {} and {}", shifted[0], shifted[1], shifted[2]);
    println!("probabilities {}", show(&probs));
    let same = show(&probs) == show(&probabilities(&SCORES));
    println!("answer: {}", if same { "they stay the same" } else { "they change" });
    let sum: f64 = shifted.iter().sum();
    println!(
        "divided by their sum: {:.3}, {:.3} and {:.3}",
        shifted[0] / sum,
        shifted[1] / sum,
        shifted[2] / sum
    );
    let [a, b, c] = SCORES.map(|score| 2.0 * score);
    println!("logits times 2: {a}, {b} and {c}");
    let probs = probabilities(&[a, b, c]);
    println!("probabilities then: {:.3}, {:.3} and {:.3}", probs[0], probs[1], probs[2]);
    println!("e^(a+c) / (e^(a+c) + e^(b+c)) = e^c e^a / (e^c (e^a + e^b)) = e^a / (e^a + e^b)");
}

fn notches() {
    label("checkpoint notches");
    let share = |notches: usize| probabilities(&[0.5 * notches as f64, 0.0, 0.0])[0];
    for notches in 0..=4 {
        println!("after {notches} notches: {:.2}", share(notches));
    }
    println!("answer: {}", (0..).find(|&notches| share(notches) > 0.5).unwrap_or_default());
    println!("wrong: {} with one notch", 1);
    println!(
        "wrong: {} for more than two thirds",
        (0..).find(|&notches| share(notches) > 2.0 / 3.0).unwrap_or_default()
    );
}

fn the_limit() {
    label("the limit");
    for x in [709.0, 710.0] {
        println!("math.exp({x}): {:.1e}", f64::exp(x));
    }
    println!("digits of math.exp(709) before the point: {}", f64::exp(709.0).log10() as usize + 1);
}

fn three_scores_by_hand() {
    label("three scores by hand");
    let max_score = max(&SCORES);
    let total = total_of_exps(&SCORES, max_score);
    println!("score  - largest      exp  probability");
    for score in SCORES {
        let exp = (score - max_score).exp();
        println!("{score:5} {:10} {exp:8.4} {:12.4}", score - max_score, exp / total);
    }
    println!("sum              {total:8.4} {:12.4}", probabilities(&SCORES).iter().sum::<f64>());
}

fn before_training(anna: &FirstA) {
    label("checkpoint before-training");
    let probs = probabilities(&anna.before);
    println!("logits from {:.2} to {:.2}", min(&anna.before), max(&anna.before));
    println!("farthest apart: {:.2}", max(&anna.before) - min(&anna.before));
    println!("probabilities from {:.3} to {:.3}", min(&probs), max(&probs));
    println!("one part of 27: 1 / 27 = {:.3}", 1.0 / 27.0);
    let near = probs.iter().all(|prob| (prob * 27.0 - 1.0).abs() < 0.2);
    println!("answer: {}", if near { "about the same for each token" } else { "differs" });
}

fn after_training(anna: &FirstA) -> Result<(), Box<dyn Error>> {
    label("after training");
    let second: Vec<char> = (anna.trained.docs.iter())
        .filter_map(|doc| doc.strip_prefix('a').map(|rest| rest.chars().next().unwrap_or('.')))
        .collect();
    let largest = max(&anna.after);
    let total = total_of_exps(&anna.after, largest);
    println!("token    logit  - largest     exp  / {total:.4}  in the names");
    let mut shown = 0.0;
    let names = ["n", "l", "r", "m", "d", "i", "x"];
    for name in names {
        let logit = anna.after[anna.token(name)?];
        let exp = (logit - largest).exp();
        let count = second.iter().filter(|letter| letter.to_string() == name).count();
        let share = 100.0 * count as f64 / second.len() as f64;
        println!("{name:6} {logit:8.4} {:10.4} {exp:7.4} {:9.4} {share:12.1}%", logit - largest, exp / total);
        shown += exp;
    }
    let others = format!("{} others", anna.after.len() - names.len());
    println!("{others:25} {:7.4} {:9.4}", total - shown, 1.0 - shown / total);
    let all: f64 = probabilities(&anna.after).iter().sum();
    println!("all 27                    {total:7.4} {all:9.4}");
    println!("names that begin with a: {}", second.len());
    Ok(())
}

fn divided_by_the_sum_of_the_logits() {
    label("divided by the sum of the logits");
    let sum: f64 = SCORES.iter().sum();
    let wrong = SCORES.map(|score| score.exp() / sum);
    println!("{:.3}, {:.3} and {:.3}", wrong[0], wrong[1], wrong[2]);
    println!("their sum: {:.3}", wrong.iter().sum::<f64>());
}

fn seven_and_five() {
    label("checkpoint seven-and-five");
    println!("e^-2 = {:.3}, total {:.3}", f64::exp(-2.0), 1.0 + f64::exp(-2.0));
    let probs = probabilities(&[7.0, 5.0]);
    println!("answer: {}", probs[0]);
    println!("wrong: {} without exponentials", 7.0 / 12.0);
    println!("wrong: {} that of the other", probs[1]);
    println!("wrong: {} to one, the ratio", f64::exp(2.0));
}

fn all_tokens(anna: &FirstA) {
    label("all tokens after the first a");
    let (probs_before, probs_after) = (probabilities(&anna.before), probabilities(&anna.after));
    println!("       before training       after training, each # is 1%");
    println!("token    logit  probs        logit  probs");
    for id in 0..anna.after.len() {
        let row = format!(
            "{:5}  {:7.4} {:6.4}      {:7.4} {:6.4} {}",
            anna.trained.tokenizer.token_name(id),
            anna.before[id],
            probs_before[id],
            anna.after[id],
            probs_after[id],
            bar(100.0 * probs_after[id])
        );
        println!("{}", row.trim_end());
    }
    let sum = |numbers: &[f64]| numbers.iter().sum::<f64>();
    println!("sum            {:6.4}              {:6.4}", sum(&probs_before), sum(&probs_after));
}

fn scores_near_a_thousand() {
    label("scores near a thousand");
    for scores in [[1000.0, 999.0, 997.0], [-1000.0, -1001.0, -1003.0]] {
        let exps = scores.map(f64::exp);
        let total: f64 = exps.iter().sum();
        println!("scores                      {scores:?}");
        println!("without maximum, exps       {exps:?}");
        println!("without maximum, softmax    {:?}", exps.map(|exp| exp / total));
        println!("with maximum, softmax       {}", show(&probabilities(&scores)));
    }
    label("almost nothing");
    println!("exp(-745) = {:.0e}", f64::exp(-745.0));
    println!("exp(-746) = {:.0e}", f64::exp(-746.0));
    println!("scores 0 and -746: probabilities {:?}", probabilities(&[0.0, -746.0]));
}

fn would_it_happen_here(anna: &FirstA) -> Result<(), Box<dyn Error>> {
    label("would it happen here");
    let mut logits = Vec::new();
    let names = &anna.trained.docs[Program::NUM_STEPS..][..200];
    for tokens in anna.trained.tokenizer.encode_docs(names)? {
        let positions = trace(&anna.trained.params, &tokens[..tokens.len() - 1], Engine::Fused);
        logits.extend(positions.into_iter().flat_map(|position| position.logits));
    }
    println!("names that were not trained on: {}", names.len());
    println!("their logits: from {:.2} to {:.2}", min(&logits), max(&logits));
    let n = anna.after[anna.token("n")?];
    println!("the logit of n / 0.001: {n:.4} / 0.001 = {:.1}", n / 0.001);
    println!("its exponential: {}", (n / 0.001).exp());
    Ok(())
}

fn stretched() {
    label("stretched");
    println!("scores                probabilities");
    for (what, factor) in [("as they are", 1.0), ("times 2", 2.0), ("times 0.5", 0.5)] {
        println!("{what:12} {:7}  {}", "", show(&probabilities(&SCORES.map(|score| score * factor))));
    }
}

fn a_nudge_to_the_first_score() {
    label("a nudge to the first score");
    let h = 1e-6;
    let probs = probabilities(&SCORES);
    let nudged = |nudge: f64| probabilities(&[2.0 + nudge, 1.0, -1.0]);
    let (down, up, whole) = (nudged(-h), nudged(h), nudged(1.0));
    println!("probability  slope by a nudge  by backward  first logit 1 higher");
    for i in 0..3 {
        let tape = Tape::new();
        let on_tape = tape.values(&SCORES);
        softmax(&on_tape)[i].backward();
        let by_a_nudge = (up[i] - down[i]) / (2.0 * h);
        println!("{:11.4} {by_a_nudge:17.4} {:12.4} {:21.4}", probs[i], on_tape[0].grad(), whole[i]);
    }
    println!("to itself: 0.7054 * (1 - 0.7054) = {:.4}", probs[0] * (1.0 - probs[0]));
    println!("to the second: -0.7054 * 0.2595 ≈ {:.4}", -probs[0] * probs[1]);
    println!("to the third: -0.7054 * 0.0351 = {:.4}", -probs[0] * probs[2]);
    println!("first logit 1 higher: the first gains {:.3}", whole[0] - probs[0]);
}

fn with_and_without_the_maximum() {
    label("gradients with and without the maximum");
    println!("loss -log of the first probability");
    println!("gradients to the scores: {}", show(&gradients(&SCORES, Subtract::Number)));
    println!("the maximum as a Value:  {}", show(&gradients(&SCORES, Subtract::Value)));
    println!("nothing subtracted:      {}", show(&gradients(&SCORES, Subtract::Nothing)));
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

fn their_logarithms() {
    label("their logarithms");
    println!("score  probability      log  score - log");
    for (score, probability) in SCORES.iter().zip(probabilities(&SCORES)) {
        let log = probability.ln();
        println!("{score:5} {probability:12.4} {log:8.4} {:12.4}", score - log);
    }
}

fn softmax_twice() {
    label("softmax twice");
    let once = probabilities(&SCORES);
    println!("scores  {}", show(&SCORES));
    println!("once    {}", show(&once));
    println!("twice   {}", show(&probabilities(&once)));
    let (mut sure, others) = (vec![0.0; 27], 26);
    sure[0] = 1.0;
    let most = max(&probabilities(&sure));
    println!("27 tokens, 1 for one of them and 0 for {others}: e / (e + {others}) = {most:.4}");
    println!("the loss then, -log of {most:.4}: {:.2}", -most.ln());
}

/// The tokens of the picture.
const FIGURE_TOKENS: [&str; 6] = ["n", "l", "r", "d", "BOS", "x"];

/// The lesson's picture: from logits to probabilities, for some tokens after the first a of `anna`.
fn figure(anna: &FirstA) -> Result<String, Box<dyn Error>> {
    let total = total_of_exps(&anna.after, 0.0);
    let mut rows = Vec::new();
    for name in FIGURE_TOKENS {
        rows.push((name, anna.after[anna.token(name)?]));
    }
    let (zero, exps, probs, unit) = (102.0, 186.0, 312.0, 17.0);
    let top = |i: usize| 52.0 + 28.0 * i as f64;
    // A bar from a line to the right, or to the left if it is negative
    let strip = |line: f64, y: f64, length: f64| {
        let cells = Cells { width: length.abs().max(1.0), height: 18.0, ..Cells::PLAIN };
        cells.strip((line + length.min(0.0), y), &[length.signum()])
    };
    Ok(draw::svg(
        "From logits to probabilities, after the first a of anna",
        "Six tokens. Their logits are bars to the right, or to the left of a line where negative. The power of e \
         makes all of them positive; divided by the sum of all 27 they are probabilities.",
        (draw::WIDTH, 246.0),
        html! {
            (draw::text("label", (zero, 16.0), "logit"))
            (draw::text("label", (exps + 34.0, 16.0), "exponential"))
            (draw::text("label", (probs + 40.0, 16.0), "probability"))
            (draw::arrow((zero + 14.0, 36.0), (exps + 16.0, 36.0), "power of e"))
            (draw::arrow((exps + 50.0, 36.0), (probs + 20.0, 36.0), "÷ sum"))
            @for (i, &(name, logit)) in rows.iter().enumerate() {
                @let words = top(i) + 14.0;
                (draw::text("name end", (34.0, words), name))
                (strip(zero, top(i), logit * unit))
                (draw::text("digits start", (zero + logit.max(0.0) * unit + 6.0, words), &format!("{logit:.2}").replace('-', "−")))
                (strip(exps, top(i), logit.exp() * unit))
                (draw::text("digits start", (exps + logit.exp() * unit + 6.0, words), &format!("{:.2}", logit.exp())))
                @let part = logit.exp() / total;
                (strip(probs, top(i), part * 225.0))
                (draw::text("digits start", (probs + part * 225.0 + 6.0, words), &format!("{:.1} %", 100.0 * part)))
            }
            (draw::text("quiet", (draw::WIDTH / 2.0, 236.0), &format!("six of 27 tokens; the sum of all exponentials is {total:.2}")))
        },
    ))
}
