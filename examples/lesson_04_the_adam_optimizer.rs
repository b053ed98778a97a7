//! Lesson 4.4, The Adam optimizer: the mean of the gradients, the mean of their squares, and one divided by the other's root.

mod common;

use std::error::Error;

use common::{
    LM_HEAD_N, join, label, lm_head_n, loss_per_prediction, max, mean, min, rounded, std, wants_figure, zeros,
};
use lab::draw::{self, Point};
use maud::html;
use microgpt::training::cosine_decay;
use microgpt::{Adam, Fused, Parameters, Program, Random};
use rayon::prelude::*;

/// The seeds on which the rules are judged.
const SEEDS: [u64; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

fn main() -> Result<(), Box<dyn Error>> {
    let lesson = Lesson::new()?;
    if wants_figure() {
        print!("{}", lesson.figure());
        return Ok(());
    }
    lesson.sizes_of_the_gradients();
    lesson.gradients_of_one_parameter();
    step_1_by_hand();
    checkpoint_first_gradient();
    step_2_by_hand();
    lesson.how_far_in_the_whole_training()?;
    no_step_plus_1();
    lesson.zeros_of_step_1();
    lesson.moves_of_one_parameter();
    lesson.gradients_and_moves_by_matrix()?;
    let contests = Contests::new();
    contests.gradients_times_a_factor();
    checkpoint_without_correction();
    contests.trained_without_correction();
    checkpoint_two_gradients();
    lesson.moves_without_a_gradient()?;

    contests.several_learning_rates();
    contests.adam_against_gradient_descent();
    lesson.four_steps_digit_by_digit();
    shares_in_m();
    same_sign();
    more_than_the_learning_rate();
    numbers_kept(lesson.program.params.len());
    Ok(())
}

/// 20 steps of the program, and what is left of each.
struct Lesson {
    program: Program,
    steps: Vec<Record>,
    /// The place of the parameter that module 4 follows.
    n: usize,
}

impl Lesson {
    fn new() -> Result<Self, Box<dyn Error>> {
        let program = Program::untrained();
        let mut trainer = program.trainer();
        let mut steps = Vec::new();
        while steps.len() < 20 {
            let step = trainer.step()?.expect("there are 500 steps");
            let adam = trainer.adam();
            steps.push(Record {
                doc: step.document().doc.clone(),
                learning_rate: step.learning_rate,
                grads: trainer.grads().to_vec(),
                m: adam.m.clone(),
                v: adam.v.clone(),
                params: trainer.params().as_slice().to_vec(),
            });
        }
        let n = lm_head_n(&program.params);
        Ok(Lesson { program, steps, n })
    }

    /// The gradient of a parameter in a step counted from 0, m_hat, the root of v_hat, and their quotient.
    fn adam_of(&self, place: usize, step: usize) -> [f64; 4] {
        let record = &self.steps[step];
        let m_hat = record.m[place] / lack(0.9, step);
        let root = (record.v[place] / lack(0.95, step)).sqrt();
        [record.grads[place], m_hat, root, m_hat / (root + 1e-8)]
    }

    fn sizes_of_the_gradients(&self) {
        println!("--- sizes of the gradients ---");
        let grads = &self.steps[2].grads;
        let mut sizes: Vec<f64> = grads.iter().map(|grad| grad.abs()).filter(|&size| size > 0.0).collect();
        sizes.sort_by(f64::total_cmp);
        let (largest, middle) = (sizes[sizes.len() - 1], sizes[sizes.len() / 2]);
        println!("step 3, largest: {largest:.3}, middle one of those that are not 0: {middle:.6}");
        println!("largest / middle: {:.0}", largest / middle);
        println!("parameters: {}", self.program.params.len());
    }

    fn gradients_of_one_parameter(&self) {
        label("gradients of one parameter");
        println!("step  name      gradient of {LM_HEAD_N}");
        for (index, record) in self.steps.iter().enumerate() {
            println!("{:4}  {:9} {:7.4}", index + 1, record.doc, record.grads[self.n]);
        }
        let size = |index: usize| self.steps[index].grads[self.n].abs();
        println!("size for gudrun / size for wiremu: {:.0}", size(3) / size(0));
    }

    fn how_far_in_the_whole_training(&self) -> Result<(), Box<dyn Error>> {
        let mut trainer = self.program.trainer().with_engine(microgpt::Engine::Fused);
        let mut before = self.program.params.as_slice().to_vec();
        let (mut moves, mut of_gradients) = (Vec::new(), Vec::new());
        for step in 0..Program::NUM_STEPS {
            trainer.advance()?;
            let learning_rate = cosine_decay(0.01, step, Program::NUM_STEPS);
            let params = trainer.params().as_slice().iter();
            for ((now, before), &grad) in params.zip(&mut before).zip(trainer.grads()) {
                let in_rates = (now - *before).abs() / learning_rate;
                *before = *now;
                moves.push(in_rates);
                if grad != 0.0 {
                    of_gradients.push(in_rates);
                }
            }
        }
        let part = |count: usize| count as f64 / moves.len() as f64;
        let below_half = part(moves.iter().filter(|&&size| size < 0.5).count());
        label("checkpoint how-far");
        println!(
            "answer: {}",
            if below_half > 0.5 { "most are less than half of it" } else { "most are nearly a whole one" }
        );
        label("how far in the whole training");
        println!("moves: 500 * 4064 = {}", moves.len());
        println!("less than half of the learning rate, part of all moves: {below_half:.2}");
        println!("mean move where the gradient is not 0: {:.2} of the learning rate", mean(&of_gradients));
        println!("gradients that are exactly 0, part of all: {:.2}", 1.0 - part(of_gradients.len()));
        println!("mean move of all: {:.2} of the learning rate", mean(&moves));
        println!("largest move: {:.4} of the learning rate", max(&moves));
        println!("mean move if all gradients were chance: {:.2} of the learning rate", moves_of_chance());
        Ok(())
    }

    fn zeros_of_step_1(&self) {
        label("zeros of step 1");
        let grads = &self.steps[0].grads;
        let of = |name| zeros(self.program.params.get_in(grads, name).expect("a matrix").data);
        let (wte, wpe) = (of("wte"), of("wpe"));
        println!("gradients that are exactly 0 in step 1: {}", zeros(grads));
        println!("rows of wte that wiremu does not read: {wte} numbers");
        println!("rows of wpe that wiremu does not read: {wpe} numbers");
        println!("multiplied by matrices that begin as 0: {}", zeros(grads) - wte - wpe);
        let third = &self.steps[2].grads;
        let wte = zeros(self.program.params.get_in(third, "wte").expect("a matrix").data);
        println!("gradients that are exactly 0 in step 3: {}, of these in wte: {wte}", zeros(third));
    }

    fn moves_of_one_parameter(&self) {
        label("moves of one parameter");
        println!("step  name       gradient     m_hat      root    share");
        for step in [0, 1, 2, 3, 19] {
            let [grad, m_hat, root, share] = self.adam_of(self.n, step);
            let doc = &self.steps[step].doc;
            println!("{:4}  {doc:8}  {grad:9.4}  {m_hat:8.5}  {root:8.5}  {share:7.3}", step + 1);
        }
        let [grads, shares] =
            [0, 3].map(|what| self.adam_of(self.n, 3)[what] / self.adam_of(self.n, 1)[what]);
        println!("gudrun / tamas: gradient {grads:.1}, share {shares:.2}");
    }

    fn gradients_and_moves_by_matrix(&self) -> Result<(), Box<dyn Error>> {
        label("gradients and moves by matrix");
        let step = 15;
        println!("matrix           gradient  Adam's move");
        let (before, after) = (&self.steps[step - 2], &self.steps[step - 1]);
        let (mut of_gradient, mut of_move) = (Vec::new(), Vec::new());
        for matrix in self.program.params.matrices() {
            let range = self.program.params.range_of(matrix.name).ok_or("a matrix")?;
            let places: Vec<usize> = range.filter(|&i| after.grads[i] != 0.0).collect();
            let mean_of = |size: &dyn Fn(usize) -> f64| {
                mean(&places.iter().map(|&i| size(i).abs()).collect::<Vec<_>>())
            };
            let (gradient, moved) =
                (mean_of(&|i| after.grads[i]), mean_of(&|i| after.params[i] - before.params[i]));
            println!("{:15}  {gradient:.6}  {moved:11.6}", matrix.name);
            of_gradient.push(gradient);
            of_move.push(moved);
        }
        println!(
            "largest / smallest {:7.0}  {:10.1}",
            max(&of_gradient) / min(&of_gradient),
            max(&of_move) / min(&of_move)
        );
        println!("step: {step}");
        Ok(())
    }

    fn moves_without_a_gradient(&self) -> Result<(), Box<dyn Error>> {
        label("moves without a gradient");
        let name = format!("wte[{}][0]", self.program.tokenizer.encode("w")?[0]);
        let w = self.program.params.index_of(&name).ok_or("a parameter")?;
        println!("{name}, the row of w");
        println!("step  name      gradient    share   p.data after");
        for (step, record) in self.steps.iter().enumerate().take(8) {
            let [grad, _, _, share] = self.adam_of(w, step);
            println!("{:4}  {:8}  {grad:8.4}  {share:7.4}  {:13.6}", step + 1, record.doc, record.params[w]);
        }
        let moved = |from: usize, to: usize| self.steps[to].params[w] - self.steps[from].params[w];
        println!("moved in steps 2 to 8, without a gradient: {:.4}", moved(0, 7));
        println!("0.9 * 0.1 = {:.2}, 0.95 * 0.05 = {:.4}", 0.9 * 0.1, 0.95 * 0.05);
        println!(
            "0.09 / 0.19 = {:.4}, 0.0475 / 0.0975 = {:.4}, its root {:.4}",
            0.09 / 0.19,
            0.0475 / 0.0975,
            (0.0475_f64 / 0.0975).sqrt()
        );
        println!("0.4737 / 0.6980 = {:.4}", rounded(0.4737 / 0.6980));
        label("checkpoint no-gradient");
        println!("up in step 2 by a share of {:.4}", -self.adam_of(w, 1)[3]);
        println!("answer: {}", if moved(0, 1) > 0.0 { "It moves on." } else { "It goes back." });
        Ok(())
    }

    fn four_steps_digit_by_digit(&self) {
        label("four steps digit by digit");
        let n = self.n;
        println!("{LM_HEAD_N} at the start: {:.8}", self.program.params.as_slice()[n]);
        println!("step           {:>13} {:>13} {:>13} {:>13}", 1, 2, 3, 4);
        let row = |what: &str, decimals: usize, value: &dyn Fn(usize) -> f64| {
            let cells: String = (0..4).map(|step| format!(" {:13.decimals$}", value(step))).collect();
            println!("{what:14} {}", &cells[1..]);
        };
        row("gradient", 8, &|step| self.steps[step].grads[n]);
        row("m", 7, &|step| self.steps[step].m[n]);
        row("1 - 0.9^step", 4, &|step| lack(0.9, step));
        row("m_hat", 6, &|step| self.adam_of(n, step)[1]);
        row("v", 10, &|step| self.steps[step].v[n]);
        row("1 - 0.95^step", 8, &|step| lack(0.95, step));
        row("v_hat", 8, &|step| self.steps[step].v[n] / lack(0.95, step));
        row("root of v_hat", 6, &|step| self.adam_of(n, step)[2]);
        row("m_hat / root", 4, &|step| self.adam_of(n, step)[3]);
        row("lr_t", 8, &|step| self.steps[step].learning_rate);
        row("p.data after", 6, &|step| self.steps[step].params[n]);
    }

    /// The lesson's picture: the gradients of one parameter, what they agree on, and their usual size.
    fn figure(&self) -> String {
        let (pitch, zero, scale) = (18.6, 140.0, 560.0);
        let x = |step: usize| 24.0 + step as f64 * pitch;
        let y = |number: f64| zero - scale * number;
        let steps = || (0..self.steps.len()).map(|step| (step, self.adam_of(self.n, step)));
        let mean: Vec<Point> =
            steps().map(|(step, [_, m_hat, ..])| (x(step) + pitch / 2.0, y(m_hat))).collect();
        let named =
            |step: usize| ["gudrun", "subarna", "htun", "stelian"].contains(&self.steps[step].doc.as_str());
        draw::svg(
            "Twenty gradients of one parameter",
            "Bars up and down, one for each step: the gradients. Over them a line that stays near the middle: their \
             running mean. Around them outlined boxes: plus and minus their usual size.",
            (draw::WIDTH, 290.0),
            html! {
                @for (step, [_, _, root, _]) in steps() {
                    (draw::rect("token", (x(step), y(root)), (pitch, 2.0 * root * scale)))
                }
                @for (step, [grad, ..]) in steps() {
                    rect class=(if grad < 0.0 { "cell negative" } else { "cell" }) style="--strength:1"
                        x=(format!("{:.1}", x(step) + 4.0)) y=(format!("{:.1}", y(grad.max(0.0)))) width=(pitch - 8.0)
                        height=(format!("{:.1}", scale * grad.abs())) {}
                    @if named(step) {
                        (draw::text(if step == 19 { "quiet end" } else { "quiet" }, (x(step) + pitch / if step == 19 { 1.0 } else { 2.0 }, if grad < 0.0 { y(grad) + 15.0 } else { y(grad) - 7.0 }),
                            &self.steps[step].doc))
                    }
                }
                (draw::path("arrow", &[(x(0), zero), (x(self.steps.len()), zero)]))
                (draw::path("current", &mean))
                (draw::text("digits end", (20.0, zero + 4.0), "0"))
                (draw::text("quiet", (x(0) + pitch / 2.0, 250.0), "step 1"))
                (draw::text("quiet", (x(19) + pitch / 2.0 - 2.0, 250.0), "20"))
                (draw::text("quiet", (draw::WIDTH / 2.0, 278.0), "bars: gradients · line: their mean · boxes: ± their usual size"))
            },
        )
    }
}

/// 1 − β ** (step + 1): the share of a running mean that comes from gradients.
fn lack(beta: f64, step: usize) -> f64 {
    1.0 - beta.powi(step as i32 + 1)
}

/// The two memories of a parameter after some gradients.
fn memories(grads: &[f64]) -> [f64; 2] {
    grads.iter().fold([0.0, 0.0], |[m, v], g| [0.9 * m + 0.1 * g, 0.95 * v + 0.05 * g * g])
}

/// Which share of the learning rate Adam subtracts after some gradients.
fn share(grads: &[f64]) -> f64 {
    let [m, v] = memories(grads);
    let last = grads.len() - 1;
    m / lack(0.9, last) / (v / lack(0.95, last)).sqrt()
}

/// The mean size of Adam's shares for gradients that are independent draws around 0.
fn moves_of_chance() -> f64 {
    let mut random = Random::new(1);
    let mut shares = Vec::new();
    for _ in 0..100 {
        let grads: Vec<f64> = (0..Program::NUM_STEPS).map(|_| random.gauss(0.0, 1.0)).collect();
        let (mut m, mut v) = (0.0, 0.0);
        for (step, g) in grads.iter().enumerate() {
            (m, v) = (0.9 * m + 0.1 * g, 0.95 * v + 0.05 * g * g);
            shares.push((m / lack(0.9, step) / (v / lack(0.95, step)).sqrt()).abs());
        }
    }
    mean(&shares)
}

fn step_1_by_hand() {
    label("step 1 by hand");
    let g: f64 = 2.0;
    let [m, v] = memories(&[g]);
    println!("m = 0.9 * 0 + 0.1 * {g} = {m:.1}");
    println!("m_hat = 0.2 / 0.1 = {}", m / 0.1);
    println!("v = 0.95 * 0 + 0.05 * {g}^2 = {:.1}", 0.05 * g * g);
    println!("v_hat = 0.2 / 0.05 = {:.0}, its root {:.0}", v / 0.05, (v / 0.05).sqrt());
    println!("share: 2 / 2 = {:.0}", share(&[g]));
}

fn step_2_by_hand() {
    label("step 2 by hand");
    println!("left of the old m: 0.9 * 0.2 = {:.2}, of the old v: 0.95 * 0.2 = {:.2}", 0.9 * 0.2, 0.95 * 0.2);
    println!("share of m from gradients: 0.9 * 0.1 + 0.1 = {:.2}", 0.9 * 0.1 + 0.1);
    println!("share of v from gradients: 0.95 * 0.05 + 0.05 = {:.4}", 0.95 * 0.05 + 0.05);
    println!("with {} in place of every 2: share {:.3}", 0.002, share(&[0.002, -0.002]));
    let cases = [[2.0, 2.0], [2.0, -2.0]];
    let row = |what: &str, cell: &dyn Fn(&[f64; 2]) -> String| {
        println!("{what:24} {:>22}  {:>22}", cell(&cases[0]), cell(&cases[1]));
    };
    row("gradient", &|case| case[1].to_string());
    row("m", &|case| format!("0.18 {} 0.2 = {:.2}", sign(case[1]), memories(case)[0]));
    row("m corrected", &|case| {
        let m = memories(case)[0];
        format!("{m:.2} / 0.19 = {:.3}", m / 0.19)
    });
    row("v", &|case| format!("0.19 + 0.2 = {:.2}", memories(case)[1]));
    row("v corrected", &|case| {
        let v = memories(case)[1];
        format!("{v:.2} / 0.0975 = {:.0}", v / 0.0975)
    });
    row("its root", &|case| format!("{:.0}", (memories(case)[1] / 0.0975).sqrt()));
    row("share", &|case| format!("{:.3}", share(case)));
}

fn sign(number: f64) -> char {
    if number < 0.0 { '-' } else { '+' }
}

fn checkpoint_first_gradient() {
    label("checkpoint first-gradient");
    let (mut p, grad) = ([0.2], -0.0003);
    Adam::new(1).update(&mut p, &[grad], 0, 0.01);
    println!("gradient {grad}: p = 0.2 - 0.01 * (-1) = {:.2}", p[0]);
    println!("answer: {}", p[0]);
    println!("wrong: {}", 0.2 - 0.01 * grad); // gradient descent
    println!("wrong: {:.2}", 0.2 - 0.01); // uphill
}

fn no_step_plus_1() {
    label("no step plus 1");
    println!("1 - 0.9^0 = {}", 1.0 - 0.9_f64.powi(0));
    println!("0.9^2 = {:.2}, 1 - 0.9^2 = {:.2}", 0.9_f64.powi(2), lack(0.9, 1));
    println!("0 / 0.00000001 = {}", 0.0 / 1e-8);
    println!("[0.0] * 3 = {:?}", [0.0; 3]);
}

fn checkpoint_without_correction() {
    label("checkpoint without-correction");
    let first = |part: f64| 0.1 / part.sqrt();
    println!("answer: {:.4}", first(0.001));
    println!("wrong: {:.4}", first(0.05)); // the program's beta2
    println!("wrong: {:.4}", 0.1 / 0.001); // no root
    println!("beta2 0.999: the share of the new square is {:.3}", 1.0 - 0.999);
    println!("beta2 0.95: 0.1 / root of 0.05 = {:.2}", first(0.05));
    let uncorrected = |beta2: f64, step: usize| lack(0.9, step) / lack(beta2, step).sqrt();
    println!("beta2 0.999, the gradient 1 ten times: {:.1}", uncorrected(0.999, 9));
}

fn checkpoint_two_gradients() {
    label("checkpoint two-gradients");
    let [m, v] = memories(&[2.0, -1.0]);
    let (old, new) = (0.19, 0.05);
    println!("m = 0.18 - 0.1 = {m:.2}, 0.08 / 0.19 = {:.2}", m / 0.19);
    println!(
        "v = {old} + {new} = {v:.2}, 0.24 / 0.0975 = {:.2}, its root {:.2}",
        v / 0.0975,
        (v / 0.0975).sqrt()
    );
    println!("0.42 / 1.57 = {:.2}", 0.42 / 1.57);
    println!("answer: {:.4}", share(&[2.0, -1.0]));
    println!("wrong: {:.4}", m / 0.19 / (v / 0.0975)); // no root
    println!("wrong: {:.4}", m / v.sqrt()); // no correction
    println!("wrong: {:.4}", -share(&[2.0, -1.0])); // the last gradient's direction
}

fn shares_in_m() {
    label("shares in m");
    println!("gradient of           share in m");
    for (age, when) in ["this step", "one step before", "two steps before"].iter().enumerate() {
        println!("{when:20}  {:.4}", 0.1 * 0.9_f64.powi(age as i32));
    }
    for last in [7, 20] {
        println!("the last {last:2} together  {:.4}", 1.0 - 0.9_f64.powi(last));
    }
}

fn same_sign() {
    label("same sign");
    let every = |period: usize, last: usize| -> Vec<f64> {
        (0..=last).map(|step| f64::from(u8::from(step % period == 0))).collect()
    };
    println!("gradient 1 in each step: share {:.2}", share(&every(1, 1000)));
    println!(
        "gradient 1 in every second step: share {:.2} in it, {:.2} after it",
        share(&every(2, 1000)),
        share(&every(2, 1001))
    );
    println!("gradient 1 once, after very many zeros: 0.1 / root of 0.05 = {:.3}", 0.1 / 0.05_f64.sqrt());
    println!("root of 0.05 = {:.2}", 0.05_f64.sqrt());
    println!("root of 0.05 = {:.2}", 0.05_f64.sqrt());
}

fn more_than_the_learning_rate() {
    label("more than the learning rate");
    println!("m = 0.9 * 1 + 0.1 * 2 = {:.1}", 0.9 + 0.1 * 2.0);
    println!("v = 0.95 * 1 + 0.05 * 2^2 = {:.2}", 0.95 + 0.05 * 4.0);
    println!("1.1 / root of 1.15 = {:.3}", 1.1 / 1.15_f64.sqrt());
    // By the inequality of Cauchy and Schwarz: the most that the quotient can be after this many steps
    let most = |steps: usize| {
        let parts =
            (0..steps as i32).map(|age| (0.1 * 0.9_f64.powi(age)).powi(2) / (0.05 * 0.95_f64.powi(age)));
        (parts.sum::<f64>() * lack(0.95, steps - 1)).sqrt() / lack(0.9, steps - 1)
    };
    let most = max(&(1..=500).map(most).collect::<Vec<_>>());
    println!("the most that is possible: {most:.3}, above 1 by {:.2}", most - 1.0);
}

fn numbers_kept(parameters: usize) {
    label("numbers kept");
    println!("in m and v: 2 * 4064 = {}", 2 * parameters);
    println!("with the parameters: 3 * 4064 = {}", 3 * parameters);
}

const PLAIN: (&str, Rule, f64) = ("gradient descent", Rule::PLAIN, 0.3);
const MOMENTUM: (&str, Rule, f64) = ("momentum", Rule::MOMENTUM, 0.3);
const ADAM: (&str, Rule, f64) = ("Adam", Rule::ADAM, 0.01);

/// The same names for all rules, the same start for all.
struct Contests(Vec<Contest>);

impl Contests {
    fn new() -> Self {
        let held_out: Vec<String> = Program::untrained().docs[Program::NUM_STEPS..][..1000].to_vec();
        Contests([42].into_iter().chain(SEEDS).map(|seed| Contest::new(seed, &held_out)).collect())
    }

    fn run(&self, rule: Rule, rate: f64, seed: u64) -> [f64; 2] {
        self.0.iter().find(|contest| contest.seed == seed).expect("a contest for the seed").run(rule, rate)
    }

    /// The losses of a rule on the names that judge.
    fn judged(&self, rule: Rule, rate: f64) -> Vec<f64> {
        SEEDS.iter().map(|&seed| self.run(rule, rate, seed)[1]).collect()
    }

    fn gradients_times_a_factor(&self) {
        label("gradients times a factor");
        println!("gradients times     0.01       1     100");
        for (what, losses) in together([PLAIN, ADAM], |rule, rate| {
            [0.01, 1.0, 100.0].map(|scale| self.run(Rule { scale, ..rule }, rate, 42)[0])
        }) {
            println!("{what:16} {}", losses.map(|loss| format!("{loss:7.3}")).join(" "));
        }
        println!("learning rates: {} and {}, seed: {}", PLAIN.2, ADAM.2, self.0[0].seed);
    }

    fn trained_without_correction(&self) {
        label("trained without correction");
        let slow = Rule { beta2: 0.999, ..Rule::ADAM };
        let pairs = [("0.95", Rule::ADAM, 0.01), ("0.999", slow, 0.01)];
        let mut spans = Vec::new();
        println!("beta2   corrected  not corrected  difference  worse with");
        for (what, [with, without]) in together(pairs, |rule, rate| {
            [true, false].map(|correct| self.judged(Rule { correct, ..rule }, rate))
        }) {
            let differences = pairwise(&without, &with);
            let worse = differences.iter().filter(|&&difference| difference > 0.0).count();
            println!(
                "{what:6} {:10.4} {:14.4} {:11.4}  {worse} of {} seeds",
                mean(&with),
                mean(&without),
                mean(&differences),
                SEEDS.len()
            );
            spans.push(format!(
                "beta2 {what}, differences from {:.3} to {:.3}",
                min(&differences),
                max(&differences)
            ));
        }
        spans.iter().for_each(|span| println!("{span}"));
    }

    fn several_learning_rates(&self) {
        label("several learning rates");
        println!("seed {}, {} held-out names", self.0[0].seed, self.0[0].choice.len());
        let (factors, sizes) = ([0.01, 0.03, 0.1, 0.3, 1.0], [0.0003, 0.001, 0.003, 0.01, 0.03]);
        let rules = [(PLAIN.0, PLAIN.1, factors), (MOMENTUM.0, MOMENTUM.1, factors), (ADAM.0, ADAM.1, sizes)];
        for (what, losses) in together(rules, |rule, rates| rates.map(|rate| self.run(rule, rate, 42)[0])) {
            let rates = if what == ADAM.0 { sizes } else { factors };
            if what != MOMENTUM.0 {
                println!("learning rate    {}", rates.map(|rate| format!("{rate:>7}")).join(" "));
            }
            println!("{what:16} {}", losses.map(|loss| format!("{loss:7.3}")).join(" "));
        }
    }

    fn adam_against_gradient_descent(&self) {
        label("adam against gradient descent");
        println!("rates {}, {} and {}, {} other names", PLAIN.2, MOMENTUM.2, ADAM.2, self.0[0].judge.len());
        println!("seed              {}    mean", SEEDS.map(|seed| format!("{seed:5}")).join(" "));
        let rows = together([PLAIN, MOMENTUM, ADAM], |rule, rate| self.judged(rule, rate));
        let print = |what: &str, losses: &[f64]| {
            println!(
                "{what:17} {}  {:6.3}",
                join(losses.iter().map(|loss| format!("{loss:5.3}")), " "),
                mean(losses)
            );
        };
        rows.iter().for_each(|(what, losses)| print(what, losses));
        for (what, losses) in &rows[1..] {
            let differences = pairwise(&rows[0].1, losses);
            let spread = std(&differences);
            let better = differences.iter().filter(|&&difference| difference > 0.0).count();
            println!(
                "gradient descent minus {what}: mean {:.4}, spread {spread:.4}, error of the mean {:.4}, {what} better in {better} of {}",
                mean(&differences),
                spread / (differences.len() as f64).sqrt(),
                SEEDS.len()
            );
        }
    }
}

/// What each loss is above the one of the same seed.
fn pairwise(losses: &[f64], others: &[f64]) -> Vec<f64> {
    losses.iter().zip(others).map(|(loss, other)| loss - other).collect()
}

/// What a step of the training leaves behind.
struct Record {
    doc: String,
    learning_rate: f64,
    grads: Vec<f64>,
    m: Vec<f64>,
    v: Vec<f64>,
    params: Vec<f64>,
}

/// A rule for the update: Adam, or Adam with something left out.
#[derive(Clone, Copy)]
struct Rule {
    /// 0 keeps nothing of earlier gradients.
    beta1: f64,
    beta2: f64,
    /// Divide by the root of the mean square?
    divide: bool,
    /// Correct the means for their start at 0?
    correct: bool,
    /// What every gradient is multiplied by.
    scale: f64,
}

impl Rule {
    const ADAM: Rule = Rule { beta1: 0.9, beta2: 0.95, divide: true, correct: true, scale: 1.0 };
    const MOMENTUM: Rule = Rule { divide: false, ..Rule::ADAM };
    const PLAIN: Rule = Rule { beta1: 0.0, ..Rule::MOMENTUM };
}

/// A start and the names to learn from, as microgpt.py would have them with this seed; the held-out names are
/// left out. Learning rates are chosen on some of these, and judged on others.
struct Contest {
    seed: u64,
    params: Parameters,
    docs: Vec<Vec<usize>>,
    choice: Vec<Vec<usize>>,
    judge: Vec<Vec<usize>>,
}

impl Contest {
    fn new(seed: u64, held_out: &[String]) -> Self {
        let Program { docs, tokenizer, params, .. } = Program::with_seed(seed);
        let encode = |name: &String| tokenizer.encode_doc(name).expect("letters of the data");
        let learn = docs.iter().filter(|name| !held_out.contains(name)).take(Program::NUM_STEPS);
        let docs = learn.map(encode).collect();
        let [choice, judge] = [&held_out[..200], &held_out[200..400]];
        let [choice, judge] = [choice, judge].map(|names| names.iter().map(encode).collect());
        Contest { seed, params, docs, choice, judge }
    }

    /// Trains by this rule, and gives the mean losses on the names of the choice and of the judgement; NaN if the
    /// training failed.
    fn run(&self, rule: Rule, learning_rate: f64) -> [f64; 2] {
        let mut params = self.params.clone();
        let mut fused = Fused::new(&params);
        let mut grads = vec![0.0; params.len()];
        let (mut m, mut v) = (grads.clone(), grads.clone());
        let mut losses = Vec::new();
        for (step, tokens) in self.docs.iter().enumerate() {
            fused.loss_and_gradients(params.as_slice(), tokens, rule.scale, &mut losses, &mut grads, false);
            if grads.iter().any(|grad| grad.is_nan()) {
                return [f64::NAN; 2];
            }
            let lr_t = cosine_decay(learning_rate, step, self.docs.len());
            let lack = |beta: f64| if rule.correct { 1.0 - beta.powi(step as i32 + 1) } else { 1.0 };
            let (lack_m, lack_v) = (lack(rule.beta1), lack(rule.beta2));
            let pairs = params.as_mut_slice().iter_mut().zip(&grads);
            for ((p, g), (m, v)) in pairs.zip(m.iter_mut().zip(&mut v)) {
                *m = rule.beta1 * *m + (1.0 - rule.beta1) * g;
                *v = rule.beta2 * *v + (1.0 - rule.beta2) * g * g;
                let root = if rule.divide { (*v / lack_v).sqrt() + 1e-8 } else { 1.0 };
                *p -= lr_t / lack_m * *m / root;
            }
        }
        [&self.choice, &self.judge].map(|names| loss_per_prediction(&params, names))
    }
}

/// Does something with each rule and its learning rates, side by side.
fn together<R: Send, T: Send>(
    rules: impl IntoParallelIterator<Item = (&'static str, Rule, R)>,
    work: impl Fn(Rule, R) -> T + Sync,
) -> Vec<(&'static str, T)> {
    rules.into_par_iter().map(|(what, rule, rates)| (what, work(rule, rates))).collect()
}
