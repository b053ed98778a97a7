//! Lesson 0.2, The learning machine analogy: two knobs and a dial, and the real model with its 4,064.

mod common;

use std::error::Error;

use common::{bar, four_decimals, label, max, rounded};
use microgpt::{Program, loss_of};

/// How far a knob is turned in the first experiment, and for measuring a slope.
const TURN: f64 = 0.1;

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let names = &untrained.docs;

    println!("--- letters and vowels ---");
    println!("letters  names  vowels  vowels per name");
    for letters in 3..=9 {
        let (count, vowels) = vowels_of(names, letters);
        println!("{letters:7}  {count:5}  {vowels:6}  {:15.2}", vowels as f64 / count as f64);
    }
    let data: Vec<(f64, f64)> = [4, 6, 8].map(|letters| (letters as f64, average(names, letters))).to_vec();

    label("two settings by hand");
    println!("w    b    letters  answer  data  difference  square");
    for (w, b) in [(0.0, 0.0), (TURN, 0.0), (-TURN, 0.0)] {
        for &(x, y) in &data {
            let answer = w * x + b;
            println!(
                "{w:<4} {b:<4} {x:7}  {answer:6.1}  {y:.2}  {:10.2}  {:.4}",
                answer - y,
                (answer - y).powi(2)
            );
        }
        println!("w = {w}, b = {b}: error {:.4}", error(w, b, &data));
    }

    label("the valley");
    println!("the error for each w, while b = 0");
    for tenths in 0..=9 {
        let w = f64::from(tenths) / 10.0;
        let error = error(w, 0.0, &data);
        println!("w = {w:.1}  {error:7.4}  {}", bar(error * 6.0));
    }

    label("one knob at a time");
    println!("turn  knob  by      w    b     error");
    println!("   0  start       0.0  0.0   {:.4}", error(0.0, 0.0, &data));
    let mut knobs = [0.0, 0.0];
    let (mut turn, mut knob, mut useless) = (0, 0, 0);
    // Until four turns in a row, both knobs up and down, have not helped
    while useless < 4 {
        for by in [TURN, -TURN] {
            turn += 1;
            let mut tried = knobs;
            tried[knob] += by;
            let (now, then) = (error(knobs[0], knobs[1], &data), error(tried[0], tried[1], &data));
            let better = then < now;
            println!(
                "{turn:4}  {}     {by:+.1}  {:.1}  {:.1}  {then:8.4}  {}",
                ["w", "b"][knob],
                tried[0],
                tried[1],
                if better { "kept" } else { "turned back" }
            );
            if better {
                (knobs, useless) = (tried, 0);
                break;
            }
            useless += 1;
        }
        knob = 1 - knob;
    }
    println!("end: w = {:.1}, b = {:.1}, error {:.4}", knobs[0], knobs[1], error(knobs[0], knobs[1], &data));

    label("two knobs together");
    for (what, w, b) in
        [("as they stand", 0.4, 0.2), ("w alone", 0.39, 0.2), ("b alone", 0.4, 0.3), ("both", 0.39, 0.3)]
    {
        println!("{what:13}  w = {w:.2}  b = {b:.1}  error {:.4}", error(w, b, &data));
    }

    label("the slopes at the start");
    println!(
        "error at w = 0.1: {:.4}, at w = -0.1: {:.4}",
        error(TURN, 0.0, &data),
        error(-TURN, 0.0, &data)
    );
    println!(
        "error at b = 0.1: {:.4}, at b = -0.1: {:.4}",
        error(0.0, TURN, &data),
        error(0.0, -TURN, &data)
    );
    let (slope_w, slope_b) = slopes(0.0, 0.0, &data);
    println!(
        "slope of w: ({:.4} - {:.4}) / 0.2 = {slope_w:.2}",
        error(TURN, 0.0, &data),
        error(-TURN, 0.0, &data)
    );
    println!(
        "slope of b: ({:.4} - {:.4}) / 0.2 = {slope_b:.2}",
        error(0.0, TURN, &data),
        error(0.0, -TURN, &data)
    );
    println!("each knob is turned by 0.01 times its slope");
    println!("new w: 0 - 0.01 * {slope_w:.2} = {:.4}", -0.01 * slope_w);
    println!("new b: 0 - 0.01 * {slope_b:.2} = {:.4}", -0.01 * slope_b);

    label("by slopes");
    println!("round       w       b     error  slope of w  slope of b");
    let (mut w, mut b) = (0.0, 0.0);
    let mut errors = Vec::new();
    for round in 0..=1000 {
        errors.push(error(w, b, &data));
        let (slope_w, slope_b) = slopes(w, b, &data);
        if matches!(round, 0..=5 | 10 | 100 | 1000) {
            println!("{round:5}  {w:.4}  {b:.4}  {:.6}  {slope_w:10.4}  {slope_b:10.4}", error(w, b, &data));
        }
        if round < 1000 {
            w -= 0.01 * slope_w;
            b -= 0.01 * slope_b;
        }
    }

    label("both methods");
    println!(
        "measurements for {turn} turns, one knob at a time: {turn}, error {:.4}",
        error(knobs[0], knobs[1], &data)
    );
    println!("measurements for a round by slopes, two for each knob: {}", 2 * knobs.len());
    println!("error after 100 rounds by slopes: {:.4}", errors[100]);
    println!("error after 1000 rounds by slopes: {:.4}", errors[1000]);

    label("lengths it was not tuned on");
    println!("letters  answer  data  difference");
    for letters in [3, 5, 7, 9] {
        let (answer, data) = (w * letters as f64 + b, average(names, letters));
        println!("{letters:7}  {answer:6.2}  {data:.2}  {:10.2}", answer - data);
    }
    println!("vowels in 0 letters, after 1000 rounds: {b:.2}");

    label("turned too far");
    let (mut w, mut b) = (0.0, 0.0);
    println!("round       w       b      error, turned by 0.03 times the slope");
    for round in 0..=6 {
        println!("{round:5}  {w:6.2}  {b:6.2}  {:9.2}", error(w, b, &data));
        let (slope_w, slope_b) = slopes(w, b, &data);
        w -= 0.03 * slope_w;
        b -= 0.03 * slope_b;
    }

    label("turned the wrong way");
    let (slope_w, slope_b) = slopes(0.0, 0.0, &data);
    println!("error at the start: {:.4}", error(0.0, 0.0, &data));
    println!("error after one round with += for -=: {:.4}", error(0.01 * slope_w, 0.01 * slope_b, &data));

    label("the data is a sample");
    println!("letters  all names  first 500 names");
    for letters in [4, 6, 8] {
        println!("{letters:7}  {:9.2}  {:15.2}", average(names, letters), average(&names[..500], letters));
    }

    label("the knobs of the real model");
    let trained = Program::trained();
    let anna = untrained.tokenizer.encode_doc("anna")?;
    println!("knobs, the numbers of the model: {}", trained.params.len());
    let distances: Vec<f64> = untrained.params.as_slice().iter().map(|knob| knob.abs()).collect();
    println!("farthest from 0 before training: {:.4}", max(&distances));
    println!("dial on anna before training: {:.4}", loss_of(&anna, &untrained.params));
    println!("dial on anna after training: {:.4}", loss_of(&anna, &trained.params));
    println!(
        "measurements for one round by slopes: 2 * {} = {}",
        trained.params.len(),
        2 * trained.params.len()
    );
    println!("measurements for 500 such rounds: {}", 500 * 2 * trained.params.len());

    label("a knob that does nothing");
    let (first, second) = (
        untrained.params.index_of("layer0.mlp_fc1[0][0]").ok_or("a knob")?,
        untrained.params.index_of("layer0.mlp_fc2[0][0]").ok_or("a knob")?,
    );
    for (what, turned) in [
        ("nothing turned", &[][..]),
        ("first knob", &[first]),
        ("second knob", &[second]),
        ("both knobs", &[first, second]),
    ] {
        let params = turned.iter().fold(untrained.params.clone(), |params, &knob| params.nudged(knob, 1.0));
        println!("{what:14}  dial on anna {:.6}", loss_of(&anna, &params));
    }

    label("one knob and several names");
    let knob = format!("wte[{}][0]", trained.tokenizer.bos());
    println!("the knob that is turned: {knob}");
    println!("name      before   after  change");
    let knob = trained.params.index_of(&knob).ok_or("a knob")?;
    for name in ["anna", "wiremu", "tamas", "mduduzi", "gudrun"] {
        let tokens = trained.tokenizer.encode_doc(name)?;
        let before = loss_of(&tokens, &trained.params);
        let after = loss_of(&tokens, &trained.params.nudged(knob, TURN));
        println!("{name:8}  {before:.4}  {after:.4}  {:+.4}", after - before);
    }

    label("questions");
    let squares: Vec<f64> = data.iter().map(|(x, y)| (0.5 * x - y).powi(2)).collect();
    println!("squares for w = 0.5, b = 0: {}", four_decimals(&squares));
    println!("error for w = 0.5, b = 0: {:.4}", error(0.5, 0.0, &data));
    let (slope_w, slope_b) = slopes(0.4, 0.2, &data);
    let [higher, lower] = [0.5, 0.3].map(|w| error(w, 0.2, &data));
    println!("slope of w at 0.4, 0.2: ({higher:.4} - {lower:.4}) / 0.2 = {slope_w:.2}");
    let [higher, lower] = [0.3, 0.1].map(|b| error(0.4, b, &data));
    println!("slope of b at 0.4, 0.2: ({higher:.4} - {lower:.4}) / 0.2 = {slope_b:.2}");
    println!("new w: 0.4 + 0.01 * {:.2} = {:.4}", -slope_w, 0.4 - 0.01 * slope_w);
    println!("new b: 0.2 + 0.01 * {:.2} = {:.4}", -slope_b, 0.2 - 0.01 * slope_b);
    let (slope_w, slope_b) = slopes(0.0, 0.0, &data);
    let (w, b) = (rounded(-0.02 * slope_w), rounded(-0.02 * slope_b));
    println!("from the start: w 0.02 * {:.4} = {w:.4}, b 0.02 * {:.4} = {b:.4}", -slope_w, -slope_b);
    let answers: Vec<f64> = data.iter().map(|(x, _)| w * x + b).collect();
    println!("answers at w = {w:.4}, b = {b:.4}: {}", four_decimals(&answers));
    println!("error at w = {w:.4}, b = {b:.4}: {:.4}", error(w, b, &data));
    Ok(())
}

/// How many names have this many letters, and how many vowels these names have.
fn vowels_of(names: &[String], letters: usize) -> (usize, usize) {
    let names = names.iter().filter(|name| name.len() == letters);
    names.fold((0, 0), |(count, vowels), name| {
        (count + 1, vowels + name.matches(['a', 'e', 'i', 'o', 'u']).count())
    })
}

/// Vowels per name, to two decimals.
fn average(names: &[String], letters: usize) -> f64 {
    let (count, vowels) = vowels_of(names, letters);
    (100.0 * vowels as f64 / count as f64).round() / 100.0
}

/// The dial of the machine: the mean of the squared differences between its answers and the data.
fn error(w: f64, b: f64, data: &[(f64, f64)]) -> f64 {
    data.iter().map(|(x, y)| (w * x + b - y).powi(2)).sum::<f64>() / data.len() as f64
}

/// How steeply the error rises with each knob, measured on both sides.
fn slopes(w: f64, b: f64, data: &[(f64, f64)]) -> (f64, f64) {
    (
        (error(w + TURN, b, data) - error(w - TURN, b, data)) / (2.0 * TURN),
        (error(w, b + TURN, data) - error(w, b - TURN, data)) / (2.0 * TURN),
    )
}
