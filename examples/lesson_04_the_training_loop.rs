//! Lesson 4.5, The training loop: one step with every value, then 500, then other seeds.

mod common;

use std::collections::HashSet;
use std::error::Error;
use std::f64::consts::PI;

use common::{
    LM_HEAD_N, join, label, lm_head_n, loss_per_prediction, max, mean, min, numbers, rounded, std,
    wants_figure, with_zeros,
};
use lab::draw;
use lab::heat::signed;
use maud::{Markup, html};
use microgpt::training::{Step, TrainingError, cosine_decay};
use microgpt::{Adam, Engine, Parameters, Program, Tape, Tokenizer, Trainer, gpt, loss, loss_of, softmax};
use rayon::prelude::*;

const N: usize = 13;

fn main() -> Result<(), Box<dyn Error>> {
    let lesson = Lesson::new()?;
    if wants_figure() {
        print!("{}", lesson.figure());
        return Ok(());
    }
    lesson.one_step();
    checkpoint_halfway();
    the_schedule();
    let experiments = Experiments::new(&lesson)?;
    experiments.the_loop();
    lesson.the_losses_of_yana();
    lesson.the_update();
    lesson.what_it_brought()?;
    experiments.ten_seeds();
    lesson.lists_made_only_once()?;
    checkpoint_forgotten_500();
    checkpoint_the_remainder(&lesson.program);

    lesson.the_gradient();
    lesson.the_names_are_the_noise()?;
    experiments.the_best_of_ten();
    experiments.what_the_seed_decides()?;
    experiments.other_schedules()?;
    experiments.other_numbers_of_steps()?;
    experiments.longer_training()
}

/// The training of the program; of step 192 all that it has before and after.
struct Lesson {
    program: Program,
    before: Lasting,
    after: Lasting,
    /// The gradients of that step.
    grads: Vec<f64>,
    /// The 500 steps; that of the lesson is at `YANA`.
    steps: Vec<Step>,
    trained: Parameters,
    held_out: Vec<Vec<usize>>,
    /// How many of the 20 steps after it lowered the held-out loss.
    fell: usize,
    /// The place of the parameter that module 4 follows.
    place: usize,
}

/// What lasts from step to step.
struct Lasting {
    params: Parameters,
    adam: Adam,
}

impl Lasting {
    fn of(trainer: &Trainer) -> Self {
        Lasting { params: trainer.params().clone(), adam: trainer.adam().clone() }
    }
}

/// The step of the lesson, counted from 0.
const YANA: usize = 191;

impl Lesson {
    fn new() -> Result<Self, Box<dyn Error>> {
        let program = Program::untrained();
        let held_out = program.tokenizer.encode_docs(&program.docs[500..][..200])?;
        let mut trainer = program.trainer().with_engine(Engine::Fused);
        let mut steps = Vec::new();
        let (mut before, mut after, mut grads, mut losses) = (None, None, Vec::new(), Vec::new());
        while steps.len() < 500 {
            if steps.len() == YANA {
                before = Some(Lasting::of(&trainer));
            }
            steps.push(trainer.step()?.expect("there are 500 steps"));
            if steps.len() == YANA + 1 {
                after = Some(Lasting::of(&trainer));
                grads = trainer.grads().to_vec();
            }
            if (YANA + 1..=YANA + 21).contains(&steps.len()) {
                losses.push(loss_per_prediction(trainer.params(), &held_out));
            }
        }
        let fell = losses.windows(2).filter(|pair| pair[1] < pair[0]).count();
        let place = lm_head_n(&program.params);
        let [before, after] = [before, after].map(|lasting| lasting.expect("a step among 500"));
        Ok(Lesson {
            program,
            before,
            after,
            grads,
            steps,
            trained: trainer.into_params(),
            held_out,
            fell,
            place,
        })
    }

    /// Data of the parameter, m and v, before or after the step.
    fn lasting(&self, at: &Lasting) -> [f64; 3] {
        [at.params.as_slice(), &at.adam.m, &at.adam.v].map(|numbers| numbers[self.place])
    }

    fn grad(&self) -> f64 {
        self.grads[self.place]
    }

    fn loss_of(&self, doc: &str, params: &Parameters) -> Result<f64, Box<dyn Error>> {
        Ok(loss_of(&self.program.tokenizer.encode_doc(doc)?, params))
    }

    fn one_step(&self) {
        println!("--- one step ---");
        let (step, names) = (&self.steps[YANA], self.program.docs.len());
        let document = step.document();
        println!("step = {}, step % len(docs): {} % {names} = {}", step.step, step.step, step.step % names);
        println!("doc: {}, on the screen: step {}", document.doc, step.step + 1);
        println!("tokens: {:?}", document.tokens);
        println!("loss: {:.4}, gradient: {:.4}, lr_t: {:.4}", step.loss, self.grad(), step.learning_rate);
        println!("       {LM_HEAD_N}       m       v");
        for (what, at) in [("before", &self.before), ("after", &self.after)] {
            let [p, m, v] = self.lasting(at);
            println!("{what:6} {p:14.4} {m:7.4} {v:7.4}");
        }
    }

    fn the_losses_of_yana(&self) {
        label("the losses of yana");
        let tape = Tape::new();
        let computed = loss(&self.steps[YANA].document().tokens, &self.before.params.on(&tape));
        println!("pos_id  token  target  probability   loss_t");
        let document = self.steps[YANA].document();
        for (pos_id, pair) in document.tokens.windows(2).enumerate() {
            let probs = numbers(&softmax(&computed.activations[pos_id].logits));
            let [token, target] = [0, 1].map(|which| self.program.tokenizer.token_name(pair[which]));
            println!(
                "{pos_id:6}  {token:5}  {target:6}  {:11.4}  {:7.4}",
                probs[pair[1]], document.losses[pos_id]
            );
        }
        let sum: f64 = document.losses.iter().sum();
        println!("loss: {sum:.4} / {} = {:.4}", document.losses.len(), self.steps[YANA].loss);
    }

    /// The numbers of lines 177 to 181, each from those before it as they are printed.
    fn the_update(&self) {
        label("the update");
        let ([p, m, v], g) = (self.lasting(&self.before), self.grad());
        let [p_after, m_after, v_after] = self.lasting(&self.after);
        let (m_hat, v_hat) = (m_after / (1.0 - 0.9_f64.powi(192)), v_after / (1.0 - 0.95_f64.powi(192)));
        println!("m      = 0.9 * {m:.6} + 0.1 * {g:.6} = {m_after:.6}");
        println!("v      = 0.95 * {v:.6} + 0.05 * {g:.6}^2 = {v_after:.6}");
        println!("m_hat  = {m_after:.6} / {:.6} = {m_hat:.6}", 1.0 - 0.9_f64.powi(192));
        println!(
            "v_hat  = {v_after:.6} / {:.6} = {v_hat:.6}, its root {:.4}",
            1.0 - 0.95_f64.powi(192),
            v_hat.sqrt()
        );
        let (share, rate) = (m_hat / v_hat.sqrt(), self.steps[YANA].learning_rate);
        println!("share  = {m_hat:.6} / {:.4} = {share:.4}", v_hat.sqrt());
        println!("p.data = {p:.6} - {rate:.6} * {share:.4} = {p_after:.5}");
    }

    fn what_it_brought(&self) -> Result<(), Box<dyn Error>> {
        label("what it brought");
        println!("                 before   after");
        for doc in ["yana", "anna"] {
            let [before, after] = [&self.before, &self.after].map(|at| self.loss_of(doc, &at.params));
            println!("{doc:15}  {:.4}  {:.4}", before?, after?);
        }
        let [before, after] =
            [&self.before, &self.after].map(|at| loss_per_prediction(&at.params, &self.held_out));
        println!("{} other names  {before:.4}  {after:.4}", self.held_out.len());
        println!(
            "of the 20 steps after it, those that lowered the loss of the {} names: {}",
            self.held_out.len(),
            self.fell
        );
        Ok(())
    }

    fn lists_made_only_once(&self) -> Result<(), Box<dyn Error>> {
        label("lists made only once");
        let tape = Tape::new();
        let state_dict = self.trained.on(&tape);
        let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
        let mut last = 0.0;
        for doc in ["wiremu", "anna"] {
            let tokens = self.program.tokenizer.encode_doc(doc)?;
            let mut losses = Vec::new();
            for pos_id in 0..tokens.len() - 1 {
                let logits = gpt(tokens[pos_id], pos_id, &mut keys, &mut values, &state_dict).logits;
                losses.push(-softmax(&logits)[tokens[pos_id + 1]].data().ln());
            }
            last = mean(&losses);
        }
        println!("loss of anna, lists of its own: {:.4}", self.loss_of("anna", &self.trained)?);
        println!("loss of anna, lists kept from wiremu: {last:.4}");
        println!("keys at the last position: 7 + 5 = {}", keys[0].len());
        let keys: usize = self.steps.iter().map(|step| step.document().losses.len()).sum();
        println!("keys after {} steps: {keys}", self.steps.len());
        Ok(())
    }

    fn the_gradient(&self) {
        label("the gradient");
        println!("step {}, {LM_HEAD_N}", YANA + 1);
        let tape = Tape::new();
        let tokens = &self.steps[YANA].document().tokens;
        let computed = loss(tokens, &self.before.params.on(&tape));
        println!("pos_id  target  p of n    minus  x          product");
        let mut total = 0.0;
        for (pos_id, &target) in tokens[1..].iter().enumerate() {
            let position = &computed.activations[pos_id];
            let (p, x) = (numbers(&softmax(&position.logits))[N], position.layers[0].mlp_residual[0].data());
            let minus = f64::from(u8::from(target == N));
            let product = (p - minus) * x;
            total += product;
            let target = self.program.tokenizer.token_name(target);
            println!("{pos_id:6}  {target:6}  {p:.6}  {minus:5}  {x:9.6}  {product:9.6}");
        }
        println!("gradient: {total:.6} / 5 = {:.6}", total / 5.0);
        println!("p.grad after backward: {:.6}", self.grad());
    }

    fn the_names_are_the_noise(&self) -> Result<(), Box<dyn Error>> {
        label("the names are the noise");
        let losses: Vec<f64> = self.steps.iter().map(|step| step.loss).collect();
        let up = losses.windows(2).filter(|pair| pair[1] > pair[0]).count();
        println!("steps whose loss is above that of the step before: {up} of {}", losses.len() - 1);
        let during = &losses[400..];
        let docs = self.steps[400..].iter().map(|step| &step.document().doc);
        let after: Vec<f64> = docs.map(|doc| self.loss_of(doc, &self.trained)).collect::<Result<_, _>>()?;
        let differences = pairwise(&after, during);
        println!("the names of steps {} to {}     mean    std", 400 + 1, self.steps.len());
        println!("loss in their own step           {:.3}  {:.3}", mean(during), std(during));
        println!("loss after the training          {:.3}  {:.3}", mean(&after), std(&after));
        println!("difference of the two           {:.3}  {:.3}", mean(&differences), std(&differences));
        Ok(())
    }

    /// The lesson's picture: what lasts goes down on the left, what belongs to the step stands on the right.
    fn figure(&self) -> String {
        let step = &self.steps[YANA];
        let names = ["lm_head[13][0]", "m", "v"];
        let lasting = |y: f64, at: &Lasting, number: usize| -> Markup {
            let numbers = self.lasting(at);
            html! {
                @for (i, number) in numbers.iter().enumerate() {
                    @let top = y + 30.0 * i as f64;
                    (draw::text("name end", (124.0, top + 18.0), names[i]))
                    (draw::Cells { width: 62.0, full: 0.2, decimals: Some(4), ..draw::Cells::DIGITS }.strip((132.0, top), &[*number]))
                }
                (draw::text("name end", (124.0, y + 108.0), "step"))
                (draw::text("digits", (163.0, y + 108.0), &number.to_string()))
            }
        };
        let made = [
            ("name", step.document().doc.clone()),
            ("loss", signed(step.loss, 4)),
            ("p.grad", signed(self.grad(), 4)),
            ("lr_t", signed(step.learning_rate, 4)),
        ];
        draw::svg(
            "Step 192 of the training",
            "On the left a parameter, m, v and the number of the step go from before the step to after it, changed. \
             On the right the name, its loss, the gradient and the learning rate, which belong to this step alone.",
            (draw::WIDTH, 320.0),
            html! {
                (draw::text("label", (120.0, 16.0), "lasts"))
                (draw::text("label", (330.0, 16.0), "made for this step"))
                (lasting(30.0, &self.before, YANA))
                (draw::arrow((163.0, 146.0), (163.0, 190.0), ""))
                (lasting(196.0, &self.after, YANA + 1))
                @for (i, (what, value)) in made.iter().enumerate() {
                    @let y = 50.0 + 48.0 * i as f64;
                    (draw::text("name end", (306.0, y + 5.0), what))
                    (draw::rect("token", (314.0, y - 13.0), (70.0, 26.0)))
                    (draw::text("digits", (349.0, y + 5.0), value))
                    @if i < 2 { (draw::arrow((349.0, y + 14.0), (349.0, y + 34.0), "")) }
                }
                (draw::arrow((198.0, 44.0), (266.0, 92.0), ""))
                (draw::arrow((250.0, 148.0), (172.0, 166.0), ""))
                (draw::arrow((266.0, 192.0), (172.0, 173.0), ""))
                (draw::text("quiet", (330.0, 250.0), "then thrown away"))
            },
        )
    }
}

fn checkpoint_halfway() {
    label("checkpoint halfway");
    println!("step 250: cos(pi * 250 / 500) = {:.4}", (PI * 250.0 / 500.0).cos());
    println!("lr_t = 0.01 * 0.5 * (1 + 0) = {}", rounded(cosine_decay(0.01, 250, 500)));
    println!("answer: {}", rounded(cosine_decay(0.01, 250, 500)));
    println!("wrong: {}", rounded(0.01 * 0.5 * (PI * 250.0 / 500.0).cos())); // without the 1
    println!("wrong: {}", 0.01 * (1.0 + 0.0)); // without the 0.5
}

fn the_schedule() {
    label("the schedule");
    println!("step  cos(pi * step / 500)       lr_t");
    for step in [0, 125, 250, 375, 499] {
        println!(
            "{step:4}  {:20.5}  {:.7}",
            (PI * f64::from(step) / 500.0).cos() + 0.0,
            cosine_decay(0.01, step as usize, 500)
        );
    }
    println!("lr_t = 0.01 * {} * (1 + cos(pi * step / 500))", 0.5);
}

fn checkpoint_forgotten_500() {
    label("checkpoint forgotten-500");
    println!("num_steps = 1000, but 500 in line 175");
    for step in [500, 750, 999] {
        println!("step {step}: lr_t {:.4}", cosine_decay(0.01, step, 500));
    }
    println!("answer: {}", rounded(cosine_decay(0.01, 999, 500)));
    println!("wrong: {}", rounded(cosine_decay(0.01, 999, 1000))); // the right schedule
}

fn checkpoint_the_remainder(program: &Program) {
    label("checkpoint the-remainder");
    let names = program.docs.len();
    println!("steps in all: {}", 6000);
    println!("5000 % {names} = {}, docs[{}]: {}", 5000 % names, 5000 % names, program.docs[5000 % names]);
    println!("answer: {}", 5000 % names);
    println!("wrong: {}", 5000); // no remainder
}

/// Trainings that leave out the names of the test.
struct Experiments {
    test: HashSet<String>,
    left_out: Vec<Vec<usize>>,
    /// The program's training with each of [`SEEDS`].
    runs: Vec<Run>,
    /// Their losses on the first 200 names of the test.
    tested: Vec<f64>,
}

const SEEDS: [u64; 10] = [42, 1, 2, 3, 4, 5, 6, 7, 8, 9];

impl Experiments {
    fn new(lesson: &Lesson) -> Result<Self, Box<dyn Error>> {
        let names = &lesson.program.docs[500..][..1000];
        let test: HashSet<String> = names.iter().cloned().collect();
        let left_out = lesson.program.tokenizer.encode_docs(names)?;
        let runs = train_all(SEEDS.map(|seed| Run::new(seed, &test)), 500, 0.01, cosine)?;
        let tested = mean_losses(&runs, &left_out[..200]);
        Ok(Experiments { test, left_out, runs, tested })
    }

    fn the_loop(&self) {
        label("the loop");
        let names = Program::untrained().docs.len();
        println!("names: {names}, part of an epoch: 500 / {names} = {:.3}", 500.0 / names as f64);
    }

    fn ten_seeds(&self) {
        label("ten seeds");
        let last: Vec<f64> = self.runs.iter().map(|run| run.losses[499]).collect();
        println!("seed          {}    std", SEEDS.map(|seed| format!("{seed:5}")).join(" "));
        for (what, losses) in [("last step", &last), ("200 names", &self.tested)] {
            println!(
                "{what:13} {}  {:.3}",
                join(losses.iter().map(|loss| format!("{loss:5.3}")), " "),
                std(losses)
            );
        }
        println!("loss of the last step: from {:.3} to {:.3}", min(&last), max(&last));
        for end in [min(&last), max(&last)] {
            let which = last.iter().position(|loss| *loss == end).expect("one of the ten");
            println!("seed {}: last step {end:.3}, 200 names {:.3}", SEEDS[which], self.tested[which]);
        }
        println!("loss of the 200 names: from {:.3} to {:.3}", min(&self.tested), max(&self.tested));
    }

    fn the_best_of_ten(&self) {
        label("the best of ten");
        let others = mean_losses(&self.runs, &self.left_out[200..400]);
        let best = (0..10).min_by(|&a, &b| self.tested[a].total_cmp(&self.tested[b])).expect("ten seeds");
        println!("held-out loss                   200 names  200 others");
        let row = |what: &str, losses: [f64; 2]| println!("{what:31} {:9.4}  {:10.4}", losses[0], losses[1]);
        let (of_best, means) = ([self.tested[best], others[best]], [mean(&self.tested), mean(&others)]);
        row(&format!("seed {}, the best on the 200", SEEDS[best]), of_best);
        row("mean of the ten seeds", means);
        row("the best is ahead of it by", [means[0] - of_best[0], means[1] - of_best[1]]);
    }

    fn what_the_seed_decides(&self) -> Result<(), Box<dyn Error>> {
        label("what the seed decides");
        println!("held-out loss of five runs              mean    std");
        let new = |seed| Run::new(seed, &self.test);
        let base = new(42);
        let other_names = [1, 2, 3, 4, 5].map(|seed| Run { params: base.params.clone(), ..new(seed) });
        let other_params = [1, 2, 3, 4, 5].map(|seed| Run { docs: base.docs.clone(), ..new(seed) });
        for (what, runs) in [
            ("other names, parameters of seed 42", other_names),
            ("other parameters, names of seed 42", other_params),
        ] {
            let losses = mean_losses(&train_all(runs, 500, 0.01, cosine)?, &self.left_out[..200]);
            println!("{what}     {:.3}  {:.3}", mean(&losses), std(&losses));
        }
        Ok(())
    }

    /// The held-out losses of the first three seeds.
    fn three(&self, rate: f64, steps: usize, schedule: fn(f64) -> f64) -> Result<Vec<f64>, TrainingError> {
        let runs = [0, 1, 2].map(|seed| Run::new(SEEDS[seed], &self.test));
        Ok(mean_losses(&train_all(runs, steps, rate, schedule)?, &self.left_out[..200]))
    }

    fn other_schedules(&self) -> Result<(), Box<dyn Error>> {
        label("other schedules");
        println!("held-out loss of seeds 42, 1 and 2   mean  minus cosine");
        let usual = self.tested[..3].to_vec();
        for (what, losses) in [
            ("cosine from 0.01", usual.clone()),
            ("line from 0.01", self.three(0.01, 500, |part| 1.0 - part)?),
            ("always 0.01", self.three(0.01, 500, |_| 1.0)?),
            ("always 0.003", self.three(0.003, 500, |_| 1.0)?),
            ("always 0.001", self.three(0.001, 500, |_| 1.0)?),
        ] {
            let differences = pairwise(&losses, &usual);
            println!(
                "{what:17} {}   {:.3}  {}",
                join(losses.iter().map(|loss| format!("{loss:.3}")), " "),
                mean(&losses),
                join(differences.iter().map(|difference| format!("{difference:6.3}")), " ")
            );
        }
        Ok(())
    }

    fn other_numbers_of_steps(&self) -> Result<(), Box<dyn Error>> {
        label("other numbers of steps");
        println!("steps  held-out loss of seeds 42, 1 and 2   mean");
        let mut means = Vec::new();
        for steps in [250, 500, 1000] {
            let losses = self.three(0.01, steps, cosine)?;
            println!(
                "{steps:5}  {}   {:.3}",
                join(losses.iter().map(|loss| format!("{loss:.3}")), " "),
                mean(&losses)
            );
            means.push(mean(&losses));
        }
        println!("twice the steps: {:.3} - {:.3} = {:.3}", means[1], means[2], means[1] - means[2]);
        Ok(())
    }

    fn longer_training(&self) -> Result<(), Box<dyn Error>> {
        label("longer training");
        println!("steps  seed    loss  no attention   no MLP");
        for steps in [500, 4000] {
            let variants: [&[&str]; 3] = [&[], &["layer0.attn_wv"], &["layer0.mlp_fc1"]];
            let runs =
                variants.map(|silent| [42, 1, 2].map(|seed| Run::new(seed, &self.test).without(silent)));
            let runs: Vec<Run> = runs.into_iter().flatten().collect();
            let losses = mean_losses(&train_all(runs, steps, 0.01, cosine)?, &self.left_out);
            let (whole, without) = losses.split_at(3);
            let added: Vec<f64> =
                without.iter().zip(whole.iter().cycle()).map(|(loss, all)| loss - all).collect();
            let (attention, mlp) = added.split_at(3);
            let row = |seed: &str, loss: f64, attention: f64, mlp: f64| {
                println!("{steps:5}  {seed:>4}  {loss:.4}  {attention:12.4}  {mlp:7.4}");
            };
            for (index, seed) in SEEDS[..3].iter().enumerate() {
                row(&seed.to_string(), whole[index], attention[index], mlp[index]);
            }
            row("mean", mean(whole), mean(attention), mean(mlp));
        }
        println!("held-out names: {}", self.left_out.len());
        Ok(())
    }
}

/// What each loss is above the one at the same place.
fn pairwise(losses: &[f64], others: &[f64]) -> Vec<f64> {
    losses.iter().zip(others).map(|(loss, other)| loss - other).collect()
}

/// The factor of line 175, for a part of the training between 0 and 1.
fn cosine(part: f64) -> f64 {
    0.5 * (1.0 + (PI * part).cos())
}

/// What microgpt.py has before and after a training with another seed. The names of the test are left out.
struct Run {
    docs: Vec<String>,
    tokenizer: Tokenizer,
    params: Parameters,
    losses: Vec<f64>,
}

impl Run {
    fn new(seed: u64, test: &HashSet<String>) -> Self {
        let Program { docs, tokenizer, params, .. } = Program::with_seed(seed);
        let docs = docs.into_iter().filter(|name| !test.contains(name)).collect();
        Run { docs, tokenizer, params, losses: Vec::new() }
    }

    /// The same, but these matrices start at 0. If it is the one before another that does, neither ever gets a
    /// gradient, and their block gives 0 for ever.
    fn without(self, silent: &[&str]) -> Self {
        Run { params: with_zeros(self.params, silent), ..self }
    }

    fn train(self, steps: usize, rate: f64, schedule: fn(f64) -> f64) -> Result<Self, TrainingError> {
        let Run { docs, tokenizer, params, mut losses } = self;
        let mut trainer = Trainer::new(docs.clone(), &tokenizer, params, steps)?.with_engine(Engine::Fused);
        for step in 0..steps {
            // The trainer multiplies by the cosine's factor itself
            let part = step as f64 / steps as f64;
            trainer.learning_rate = rate * (schedule(part) / cosine(part));
            losses.extend(trainer.advance()?);
        }
        Ok(Run { docs, tokenizer, params: trainer.into_params(), losses })
    }
}

/// Trains all of the runs, side by side.
fn train_all(
    runs: impl IntoParallelIterator<Item = Run>,
    steps: usize,
    rate: f64,
    schedule: fn(f64) -> f64,
) -> Result<Vec<Run>, TrainingError> {
    runs.into_par_iter().map(|run| run.train(steps, rate, schedule)).collect()
}

/// The mean losses of the runs, side by side.
fn mean_losses(runs: &[Run], docs: &[Vec<usize>]) -> Vec<f64> {
    runs.par_iter().map(|run| loss_per_prediction(&run.params, docs)).collect()
}
