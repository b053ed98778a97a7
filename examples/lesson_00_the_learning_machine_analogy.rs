//! Lesson 0.2, The learning machine analogy: two knobs and a dial, and the real model with its 4,064.

mod common;

use std::error::Error;

use common::{join, label, max, mean, rounded, wants_figure};
use lab::draw;
use maud::html;
use microgpt::{Program, loss_of};

/// How far a knob is turned in the first experiment, and for measuring a slope.
const TURN: f64 = 0.1;
/// How far the knobs are turned in a round, as a part of the slope, and how far is too far.
const FAR: f64 = 0.01;
const TOO_FAR: f64 = 0.03;

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let machine = Machine::new(&untrained.docs);
    if wants_figure() {
        print!("{}", machine.figure());
        return Ok(());
    }
    let real = Real { trained: Program::trained(), untrained: &untrained };
    // The idea
    machine.the_valley();
    // By hand
    machine.two_settings_by_hand();
    machine.checkpoint_both_together();
    machine.the_slopes_at_the_start();
    machine.checkpoint_the_new_w();
    machine.by_slopes();
    // See it
    real.checkpoint_loss_of_each_step()?;
    // In the real model
    real.the_knobs()?;
    real.one_knob_and_several_names()?;
    // What goes wrong
    machine.turned_too_far();
    machine.turned_the_wrong_way();
    // Going deeper
    letters_and_vowels(&untrained.docs);
    machine.one_knob_at_a_time();
    machine.lengths_it_was_not_tuned_on(&untrained.docs);
    real.a_knob_that_does_nothing()?;
    the_data_is_a_sample(&untrained.docs);
    Ok(())
}

/// Two knobs, w and b, and the data that it is tuned on: letters, and vowels per name.
struct Machine {
    data: Vec<(f64, f64)>,
}

impl Machine {
    fn new(names: &[String]) -> Self {
        Self { data: [4, 6, 8].map(|letters| (letters as f64, average(names, letters))).to_vec() }
    }

    /// The dial: the mean of the squared differences between its answers and the data.
    fn error(&self, w: f64, b: f64) -> f64 {
        mean(&self.data.iter().map(|(x, y)| (w * x + b - y).powi(2)).collect::<Vec<_>>())
    }

    /// How steeply the error rises with each knob, measured on both sides.
    fn slopes(&self, w: f64, b: f64) -> (f64, f64) {
        (
            (self.error(w + TURN, b) - self.error(w - TURN, b)) / (2.0 * TURN),
            (self.error(w, b + TURN) - self.error(w, b - TURN)) / (2.0 * TURN),
        )
    }

    /// The knobs at the start and after each round by slopes.
    fn rounds(&self, far: f64, rounds: usize) -> Vec<(f64, f64)> {
        let turned = |&(w, b): &(f64, f64)| {
            let (slope_w, slope_b) = self.slopes(w, b);
            Some((w - far * slope_w, b - far * slope_b))
        };
        std::iter::successors(Some((0.0, 0.0)), turned).take(rounds + 1).collect()
    }

    /// Settings of w, with b at 0, and what the dial shows for each.
    fn valley(&self) -> Vec<(f64, f64)> {
        (0..=9).map(|tenths| f64::from(tenths) / 10.0).map(|w| (w, self.error(w, 0.0))).collect()
    }

    fn the_valley(&self) {
        println!("--- the valley ---");
        println!("the error for each w, while b = 0");
        self.valley().iter().for_each(|(w, error)| println!("w = {w:.1}  {error:7.4}"));
        println!("answer for anna, 4 letters: 0.4 * 4 + 0 = {:.1}", 0.4 * 4.0 + 0.0);
    }

    /// The machine, and its dial as bars over the settings of one knob.
    fn figure(&self) -> String {
        let (left, pitch, floor, scale) = (30.0, 38.0, 300.0, 20.0);
        let place = |at: usize| left + at as f64 * pitch;
        let valley = self.valley();
        let errors: Vec<f64> = valley.iter().map(|(_, error)| *error).collect();
        let lowest = common::largest_first(&errors)[errors.len() - 1];
        let (w, letters) = (valley[lowest].0, 4.0);
        draw::svg(
            "A machine with two knobs, and its dial",
            "anna has 4 letters; the machine computes w times 4 plus b and answers with a number of vowels. Below, \
             its error for ten settings of w, with b at 0: a valley, deepest at the outlined one.",
            (draw::WIDTH, 350.0),
            html! {
                (draw::text("name", (28.0, 30.0), "anna"))
                (draw::arrow((52.0, 26.0), (122.0, 26.0), "4 letters"))
                (draw::rect("token", (126.0, 6.0), (122.0, 40.0)))
                (draw::text("label", (187.0, 31.0), &format!("{w:.1} · {letters} + 0")))
                (draw::text("quiet", (187.0, 64.0), "knobs: w and b"))
                (draw::arrow((252.0, 26.0), (292.0, 26.0), ""))
                (draw::text("label start", (298.0, 31.0), &format!("{:.1} vowels", w * letters)))
                (draw::text("quiet start", (298.0, 49.0), "(it has 2)"))
                (draw::text("label start", (8.0, 96.0), "the dial, for each setting of w"))
                @for (at, (w, error)) in valley.iter().enumerate() {
                    @let (corner, size) = ((place(at) - 12.0, floor - scale * error), (24.0, scale * error));
                    (draw::rect("bar", corner, size))
                    (draw::text("digits", (place(at), corner.1 - 6.0), &format!("{error:.1}")))
                    (draw::text("quiet", (place(at), floor + 18.0), &format!("{w:.1}")))
                    @if at == lowest { (draw::outline((corner.0, corner.1 - 1.0), (size.0, size.1 + 2.0))) }
                    @if at < lowest {
                        (draw::arrow((place(at) + 14.0, floor + 32.0), (place(at) + 32.0, floor + 32.0), ""))
                    }
                }
                (draw::text("quiet start", (place(lowest) + 8.0, floor + 37.0), "turn up while it helps"))
            },
        )
    }

    fn two_settings_by_hand(&self) {
        label("two settings by hand");
        println!("letters  data  answer  square   answer  square");
        println!("               w = 0            w = {TURN}");
        for &(x, y) in &self.data {
            let at = |w: f64| (w * x, (w * x - y).powi(2));
            let ((answer, square), (turned, turned_square)) = (at(0.0), at(TURN));
            println!("{x:7}  {y:.2}  {answer:6.1}  {square:6.2}  {turned:6.1}  {turned_square:6.2}");
        }
        println!("error          {:14.2}  {:14.2}", self.error(0.0, 0.0), self.error(TURN, 0.0));
    }

    fn checkpoint_both_together(&self) {
        label("checkpoint both together");
        let settings =
            [("as they stand", 0.4, 0.2), ("w alone", 0.39, 0.2), ("b alone", 0.4, 0.3), ("both", 0.39, 0.3)];
        for (what, w, b) in settings {
            println!("{what:13}  {w:.2}  {b:.1}  {:.4}", self.error(w, b));
        }
        let [now, w_alone, b_alone, both] = settings.map(|(_, w, b)| self.error(w, b));
        let answer = if both < now {
            "lower than now"
        } else if both < w_alone.max(b_alone) {
            "higher than now, but less than by w alone"
        } else {
            "higher than by each alone"
        };
        println!("answer: {answer}");
    }

    fn the_slopes_at_the_start(&self) {
        label("the slopes at the start");
        let [w_up, w_down] = [TURN, -TURN].map(|w| self.error(w, 0.0));
        let [b_up, b_down] = [TURN, -TURN].map(|b| self.error(0.0, b));
        let (slope_w, slope_b) = self.slopes(0.0, 0.0);
        println!("slope of w: ({w_up:.4} - {w_down:.4}) / 0.2 = {slope_w:.2}");
        println!("slope of b: ({b_up:.4} - {b_down:.4}) / 0.2 = {slope_b:.2}");
        println!("new w: 0 - {FAR} * {slope_w:.2} = {:.4}", -FAR * slope_w);
        println!("new b: 0 - {FAR} * {slope_b:.2} = {:.4}", -FAR * slope_b);
    }

    fn checkpoint_the_new_w(&self) {
        label("checkpoint the new w");
        let (slope, _) = self.slopes(0.0, 0.0);
        println!("answer: {:.4}", -FAR * slope);
        println!("wrong: {:.4}", FAR * slope);
        println!("wrong: {:.2}", -slope);
    }

    fn by_slopes(&self) {
        label("by slopes");
        println!("round       w       b     error  slope of w  slope of b");
        for (round, &(w, b)) in self.rounds(FAR, 1000).iter().enumerate() {
            let (slope_w, slope_b) = self.slopes(w, b);
            if matches!(round, 0..=5 | 10 | 100 | 1000) {
                println!(
                    "{round:5}  {w:.4}  {b:.4}  {:.6}  {slope_w:10.4}  {slope_b:10.4}",
                    self.error(w, b)
                );
            }
        }
    }

    fn turned_too_far(&self) {
        label("turned too far");
        println!("round       w       b      error, turned by {TOO_FAR} times the slope");
        for (round, &(w, b)) in self.rounds(TOO_FAR, 6).iter().enumerate() {
            println!("{round:5}  {w:6.2}  {b:6.2}  {:9.2}", self.error(w, b));
        }
    }

    fn turned_the_wrong_way(&self) {
        label("turned the wrong way");
        let (w, b) = self.rounds(-FAR, 1)[1];
        println!("error at the start: {:.4}", self.error(0.0, 0.0));
        println!("error after one round with += for -=: {:.4}", self.error(w, b));
    }

    fn one_knob_at_a_time(&self) {
        label("one knob at a time");
        println!("turn  knob  by      w    b     error");
        println!("   0  start       0.0  0.0   {:.4}", self.error(0.0, 0.0));
        let mut knobs = [0.0, 0.0];
        let (mut turn, mut knob, mut useless) = (0, 0, 0);
        // Until four turns in a row, both knobs up and down, have not helped
        while useless < 4 {
            for by in [TURN, -TURN] {
                turn += 1;
                let mut tried = knobs;
                tried[knob] += by;
                let (now, then) = (self.error(knobs[0], knobs[1]), self.error(tried[0], tried[1]));
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
        println!("turns in all: {turn}, one measurement each");
        println!("measurements for a round by slopes, two for each knob: {}", 2 * knobs.len());
    }

    fn lengths_it_was_not_tuned_on(&self, names: &[String]) {
        label("lengths it was not tuned on");
        let (w, b) = self.rounds(FAR, 1000)[1000];
        println!("letters  answer  data  difference");
        for letters in [3, 5, 7, 9] {
            let (answer, data) = (w * letters as f64 + b, average(names, letters));
            println!("{letters:7}  {answer:6.2}  {data:.2}  {:10.2}", answer - data);
        }
        println!("vowels in 0 letters, after 1000 rounds: {b:.2}");
    }
}

/// The GPT, before and after its training.
struct Real<'a> {
    untrained: &'a Program,
    trained: Program,
}

impl Real<'_> {
    /// Whether the losses that the program prints fall, step by step or on the whole.
    fn checkpoint_loss_of_each_step(&self) -> Result<(), Box<dyn Error>> {
        label("checkpoint loss of each step");
        let mut trainer = self.untrained.trainer();
        let mut losses = Vec::new();
        while let Some(step) = trainer.step()? {
            losses.push(step.loss);
        }
        let rises = losses.windows(2).filter(|pair| pair[1] > pair[0]).count();
        let [first, last] = [&losses[..50], &losses[losses.len() - 50..]].map(mean);
        println!("steps: {}", losses.len());
        println!("steps with a higher loss than the one before: {rises}");
        println!("mean of the first 50 steps: {first:.2}, of the last 50: {last:.2}");
        println!(
            "answer: {}",
            match (rises, last < first) {
                (0, _) => "they fall at every step",
                (_, true) => "up and down, but falling on the whole",
                (_, false) => "up and down, without falling",
            }
        );
        Ok(())
    }

    fn the_knobs(&self) -> Result<(), Box<dyn Error>> {
        label("the knobs of the real model");
        let anna = self.untrained.tokenizer.encode_doc("anna")?;
        let knobs = self.trained.params.len();
        println!("knobs, the numbers of the model: {knobs}");
        println!("dial on anna before training: {:.4}", loss_of(&anna, &self.untrained.params));
        println!("dial on anna after training: {:.4}", loss_of(&anna, &self.trained.params));
        println!("measurements for one round by slopes: 2 * {knobs} = {}", 2 * knobs);
        Ok(())
    }

    fn one_knob_and_several_names(&self) -> Result<(), Box<dyn Error>> {
        label("one knob and several names");
        let params = &self.trained.params;
        let knob = format!("wte[{}][0]", self.trained.tokenizer.bos());
        println!("the knob that is turned: {knob}, up by {TURN}");
        println!("name      before   after  change");
        let turned = params.nudged(params.index_of(&knob).ok_or("a knob")?, TURN);
        for name in ["anna", "wiremu", "tamas", "mduduzi", "gudrun"] {
            let tokens = self.trained.tokenizer.encode_doc(name)?;
            let (before, after) = (loss_of(&tokens, params), loss_of(&tokens, &turned));
            println!("{name:8}  {before:.4}  {after:.4}  {:+.4}", rounded(after) - rounded(before)); // as the reader subtracts
        }
        Ok(())
    }

    fn a_knob_that_does_nothing(&self) -> Result<(), Box<dyn Error>> {
        label("a knob that does nothing");
        let params = &self.untrained.params;
        let anna = self.untrained.tokenizer.encode_doc("anna")?;
        let [first, second] = ["layer0.mlp_fc1[0][0]", "layer0.mlp_fc2[0][0]"]
            .map(|name| params.index_of(name).expect("a knob"));
        for (what, turned) in [
            ("nothing turned", &[][..]),
            ("first knob", &[first]),
            ("second knob", &[second]),
            ("both knobs", &[first, second]),
        ] {
            let params = turned.iter().fold(params.clone(), |params, &knob| params.nudged(knob, 1.0));
            println!("{what:14}  dial on anna {:.6}", loss_of(&anna, &params));
        }
        let distances: Vec<f64> = params.as_slice().iter().map(|knob| knob.abs()).collect();
        println!("the knob farthest from 0 before training: {:.4}", max(&distances));
        Ok(())
    }
}

fn letters_and_vowels(names: &[String]) {
    label("letters and vowels");
    println!("letters  names  vowels  vowels per name");
    for letters in 3..=9 {
        let (count, vowels) = vowels_of(names, letters);
        println!("{letters:7}  {count:5}  {vowels:6}  {:15.2}", vowels as f64 / count as f64);
    }
    let all = join([4, 6, 8].map(|letters| format!("{:.2}", average(names, letters))), ", ");
    println!("with 4, 6 and 8 letters: {all}");
}

fn the_data_is_a_sample(names: &[String]) {
    label("the data is a sample");
    println!("letters  all names  first {} names", Program::NUM_STEPS);
    let first = &names[..Program::NUM_STEPS];
    for letters in [4, 6, 8] {
        println!("{letters:7}  {:9.2}  {:15.2}", average(names, letters), average(first, letters));
    }
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
