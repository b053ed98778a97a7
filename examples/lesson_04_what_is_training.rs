//! Lesson 4.0, What is training?: a loop seen from outside, and the loss by which you see whether it works.
//!
//! With the argument `figure` it draws the loss curve, as SVG.

mod common;

use std::error::Error;

use common::{
    LM_HEAD_N, changed, four_decimals, join, label, largest_first, lm_head_n, loss_per_prediction, max, mean,
    min, percent, probabilities, rms, std, texts, wants_figure,
};
use lab::draw;
use maud::html;
use microgpt::training::Step;
use microgpt::{Engine, Parameters, Program, Random, Sampler, Trainer, loss_of, trace};

/// How many losses are averaged.
const WINDOW: usize = 50;
/// After how many steps the model is tested, again and again.
const EVERY: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let film = Film::new()?;
    if wants_figure() {
        print!("{}", film.figure());
        return Ok(());
    }
    // The problem
    film.written_before_and_after()?;
    // The idea
    film.numbers_of_the_figure();
    // By hand
    guessing_by_hand();
    means_by_hand();
    a_hundred_tokens();
    // See it
    film.after_twenty()?;
    // The lines
    film.progress_lines();
    film.two_steps();
    // In the real model
    film.loss_over_the_training();
    // What goes wrong
    film.twenty_names()?;
    // Check yourself
    film.art()?;
    // Going deeper
    film.written_on_the_way()?;
    film.anna_on_the_way()?;
    film.favourites()?;
    film.single_steps_are_noisy();
    film.met_before_and_met_after()?;
    film.what_training_changes();
    Ok(())
}

/// The training of the program, with a test before the first step and after every 20.
struct Film {
    program: Program,
    steps: Vec<Step>,
    /// The losses of the steps.
    losses: Vec<f64>,
    /// The parameters after 0, 20, 40, … steps.
    models: Vec<Parameters>,
    /// Their losses on the held-out names, each prediction counting the same.
    tested: Vec<f64>,
    learned: Vec<Vec<usize>>,
    held_out: Vec<Vec<usize>>,
    guessing: f64,
    bigram: f64,
}

impl Film {
    fn new() -> Result<Self, Box<dyn Error>> {
        let program = Program::untrained();
        let learned = program.tokenizer.encode_docs(&program.docs[..500])?;
        let held_out = program.tokenizer.encode_docs(&program.docs[500..1500])?;
        let vocab_size = program.tokenizer.vocab_size();
        let mut trainer = program.trainer().with_engine(Engine::Fused);
        let (mut steps, mut models) = (Vec::new(), vec![program.params.clone()]);
        while let Some(step) = trainer.step()? {
            steps.push(step);
            if steps.len().is_multiple_of(EVERY) {
                models.push(trainer.params().clone());
            }
        }
        Ok(Self {
            losses: steps.iter().map(|step| step.loss).collect(),
            tested: models.iter().map(|model| loss_per_prediction(model, &held_out)).collect(),
            guessing: f64::ln(vocab_size as f64),
            bigram: bigram_loss(&learned, &held_out, vocab_size),
            program,
            steps,
            models,
            learned,
            held_out,
        })
    }

    fn after(&self, steps: usize) -> &Parameters {
        &self.models[steps / EVERY]
    }

    /// Names that the model of a step writes, always from the same random numbers.
    fn written(&self, steps: usize, count: usize, temperature: f64) -> Result<Vec<String>, Box<dyn Error>> {
        let sampler = Sampler::new(&self.program.tokenizer, self.after(steps)).with_engine(Engine::Fused);
        Ok(texts(&sampler, count, temperature, &mut self.program.random.clone())?)
    }

    /// What the model of a step expects at each position of `anna`.
    fn anna(&self, steps: usize) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
        let anna = self.program.tokenizer.encode_doc("anna")?;
        let positions = trace(self.after(steps), &anna[..anna.len() - 1], Engine::Scalar);
        Ok(positions.iter().map(|at| probabilities(&at.logits)).collect())
    }

    fn loss_of_anna(&self, steps: usize) -> Result<f64, Box<dyn Error>> {
        Ok(loss_of(&self.program.tokenizer.encode_doc("anna")?, self.after(steps)))
    }

    fn written_before_and_after(&self) -> Result<(), Box<dyn Error>> {
        label("written before and after");
        for steps in [0, 500] {
            println!("after {steps:3} steps: {}", self.written(steps, 6, 0.5)?.join(" "));
        }
        println!("parameters: {}", self.program.params.len());
        Ok(())
    }

    fn numbers_of_the_figure(&self) {
        label("the figure");
        println!("each dot one step: from step 1 to step {}", self.steps.len());
        for (what, step) in [
            ("highest", self.steps.iter().max_by(|a, b| a.loss.total_cmp(&b.loss))),
            ("lowest", self.steps.iter().min_by(|a, b| a.loss.total_cmp(&b.loss))),
        ] {
            let step = step.expect("there are steps");
            println!(
                "{what} loss of a step: {:.2}, name {}, step {}",
                step.loss,
                step.document().doc,
                step.step + 1
            );
        }
        println!("guessing: ln 27 = {:.3}", self.guessing);
        println!("bigram model: {:.3}", self.bigram);
        println!("held-out names at the start: {:.2}", self.tested[0]);
        println!("held-out names at the end: {:.2}", self.tested[self.tested.len() - 1]);
        println!("mean of the last 50 steps at the end: {:.3}", mean_of_last(&self.losses));
        println!("held-out names: {}", self.held_out.len());
    }

    fn after_twenty(&self) -> Result<(), Box<dyn Error>> {
        label("checkpoint after-twenty");
        let mut counts = Vec::new();
        for steps in [0, 20, 500] {
            let names = self.written(steps, 10, 0.5)?;
            let letters = names.concat();
            let vowels = letters.chars().filter(|&letter| "aeiou".contains(letter)).count();
            println!("after {steps:3} steps: {} letters in 10 names, vowels {vowels}", letters.len());
            println!("after {steps:3} steps: {}", names.join(" "));
            counts.push((letters.len() as f64, vowels as f64 / letters.len() as f64));
        }
        let [(long, few), (short, more), _] = counts[..] else { return Err("three models".into()) };
        let changed = short < 0.75 * long && more > 1.5 * few;
        println!("answer: {}", if changed { "shorter, with more vowels" } else { "as before" });
        Ok(())
    }

    fn progress_lines(&self) {
        label("progress lines");
        for step in self.steps[..3].iter().chain(&self.steps[498 - 1..]) {
            println!("{step}");
        }
        println!("the loss of step 1 is that of a model after {} steps", self.steps[0].step);
        println!("the loss of step 500 is that of a model after {} steps", self.steps[499].step);
    }

    fn two_steps(&self) {
        label("checkpoint two-steps");
        for steps in [400, 500] {
            let step = &self.steps[steps - 1];
            println!("step {steps}: name {}, loss {:.2}", step.document().doc, step.loss);
            println!("after {steps} steps, held-out loss {:.2}", self.tested[steps / EVERY]);
            let cost = |after| loss_of(&step.document().tokens, self.after(after));
            println!(
                "{}: after 400 steps {:.2}, after 500 steps {:.2}",
                step.document().doc,
                cost(400),
                cost(500)
            );
        }
        let [earlier, later] = [400, 500].map(|steps| self.tested[steps / EVERY]);
        println!("held-out loss, from step 400 to step 500, lower by {:.2}", earlier - later);
        let hardly = earlier - later < 0.05;
        println!("answer: {}", if hardly { "you cannot tell from these two" } else { "much better" });
    }

    fn loss_over_the_training(&self) {
        label("the loss over the training");
        println!("after  loss of   mean of the    held-out   like guessing");
        println!("step   the step  last 50 steps  names      among");
        for step in [0, 20, 40, 100, 120, 200, 300, 400, 500] {
            let own = if step == 0 { "-".to_string() } else { format!("{:.4}", self.losses[step - 1]) };
            let recent = match step {
                ..WINDOW => "-".to_string(),
                _ => format!("{:.4}", mean_of_last(&self.losses[..step])),
            };
            let held_out = self.tested[step / EVERY];
            println!("{step:3}    {own:8}  {recent:13}  {held_out:.4}     {:.1}", held_out.exp());
        }
        println!("bigram model of the same 500 names, on the held-out names: {:.3}", self.bigram);
        let tests = 0..self.tested.len();
        let below = tests.rev().take_while(|&test| self.tested[test] < self.bigram).last();
        println!(
            "held-out loss below the bigram's from step {} on, at each test",
            below.expect("it ends below") * EVERY
        );
        let fall = |from: usize, to: usize| self.tested[from / EVERY] - self.tested[to / EVERY];
        println!("the held-out loss falls from step 0 to step 120 by {:.2}", fall(0, 120));
        println!(
            "the held-out loss falls from step 120 to step 500 by {:.2}, in {} steps",
            fall(120, 500),
            500 - 120
        );
    }

    fn twenty_names(&self) -> Result<(), Box<dyn Error>> {
        label("twenty names again and again");
        let Program { docs, tokenizer, params, .. } = &self.program;
        let twenty = docs[..20].to_vec();
        println!("trained on 20 names, each {} times in 500 steps", 500 / twenty.len());
        println!("after  loss on     held-out");
        println!("step   these 20    names");
        let mut trainer =
            Trainer::new(twenty.clone(), tokenizer, params.clone(), 500)?.with_engine(Engine::Fused);
        let (mut own, mut held_out) = (Vec::new(), Vec::new());
        for step in 0..=500 {
            if step % EVERY == 0 {
                own.push(loss_per_prediction(trainer.params(), &self.learned[..20]));
                held_out.push(loss_per_prediction(trainer.params(), &self.held_out));
                if [0, 20, 40, 60, 100, 200, 500].contains(&step) {
                    println!("{step:3}    {:.4}      {:.4}", own[step / EVERY], held_out[step / EVERY]);
                }
            }
            trainer.advance()?;
        }
        let best = largest_first(&held_out).pop().expect("there are tests");
        println!(
            "lowest held-out loss of all {} tests: {:.4} at step {}",
            held_out.len(),
            held_out[best],
            best * EVERY
        );
        println!("guessing: {:.2}", self.guessing);
        let sampler = Sampler::new(tokenizer, trainer.params()).with_engine(Engine::Fused);
        let written = texts(&sampler, 100, 1.0, &mut Random::new(42))?;
        let copied = written.iter().filter(|name| twenty.contains(name)).count();
        println!("it writes: {}", written[..6].join(" "));
        println!("of {} samples, among the 20 names: {copied}", written.len());

        label("checkpoint learned-by-heart");
        let (own, held_out) = (own[own.len() - 1], held_out[held_out.len() - 1]);
        println!("loss on the 20 names: {own:.2}, on the held-out names: {held_out:.2}");
        let expected = match held_out {
            loss if loss > self.guessing => "worse than guessing",
            loss if loss > 2.0 * own => "as usual",
            _ => "as low as their own",
        };
        println!("answer: {expected}");
        Ok(())
    }

    fn art(&self) -> Result<(), Box<dyn Error>> {
        label("checkpoint art");
        let art =
            self.steps.iter().find(|step| step.document().doc == "art").ok_or("art is among the 500")?;
        let document = art.document();
        println!("step {}, name art, loss {:.3}", art.step + 1, art.loss);
        println!(
            "loss of art in the untrained model: {:.3}",
            loss_of(&document.tokens, &self.program.params)
        );
        println!("guessing: {:.3}", self.guessing);
        println!("losses of art, each prediction: {}", four_decimals(&document.losses));
        let met: Vec<_> =
            self.program.docs[..art.step].iter().filter(|name| name.starts_with("ar")).collect();
        println!("names before step 495 that begin with ar: {}, {}", met.len(), join(&met, " "));
        let [t, end] = [2, 3].map(|at: usize| 100.0 * (-document.losses[at]).exp());
        println!("probability of t after ar: {t:.1}%, of the end after art: {end:.1}%");
        let unusual = t < 100.0 / 27.0 && end < 100.0 / 27.0;
        println!("answer: {}", if unusual { "nothing" } else { "the training" });
        Ok(())
    }

    fn written_on_the_way(&self) -> Result<(), Box<dyn Error>> {
        label("written on the way");
        println!("after   0 steps  20 steps  100 steps  500 steps");
        let mut columns = Vec::new();
        for steps in [0, 20, 100, 500] {
            let sampler = Sampler::new(&self.program.tokenizer, self.after(steps)).with_engine(Engine::Fused);
            columns.push(texts(&sampler, 8, 1.0, &mut Random::new(42))?);
        }
        for (row, first) in columns[0].iter().enumerate() {
            let [b, c, d] = [1, 2, 3].map(|column| &columns[column][row]);
            println!("        {first:9}{b:8}  {c:9}  {d}");
        }
        Ok(())
    }

    fn anna_on_the_way(&self) -> Result<(), Box<dyn Error>> {
        label("anna on the way");
        println!("after  probability of the end           loss of");
        println!("step   after the first a  after the last a  anna");
        let end = self.program.tokenizer.bos();
        for steps in [0, 20, 100, 200, 300, 400, 500] {
            let probs = self.anna(steps)?;
            println!(
                "{steps:3}    {:.4}             {:.4}            {:.4}",
                probs[1][end],
                probs[4][end],
                self.loss_of_anna(steps)?
            );
        }
        println!(
            "held-out loss at step 100: {:.4}, at step 500: {:.4}",
            self.tested[100 / EVERY],
            self.tested[500 / EVERY]
        );
        Ok(())
    }

    fn favourites(&self) -> Result<(), Box<dyn Error>> {
        label("favourites of the trained model");
        let Program { docs, tokenizer, .. } = &self.program;
        let anna = tokenizer.encode_doc("anna")?;
        println!("          the four most probable tokens, after 500 steps");
        for (pos_id, probs) in self.anna(500)?.iter().enumerate() {
            let four = largest_first(probs).into_iter().take(4);
            let four = four.map(|id| format!("{:3} {:.4}", tokenizer.token_name(id), probs[id]));
            println!("{pos_id} {:3}     {}", tokenizer.token_name(anna[pos_id]), join(four, "   "));
        }
        println!("n after an: {:.2}%", 100.0 * self.anna(500)?[2][tokenizer.encode("n")?[0]]);

        label("names that begin with an");
        let an: Vec<&String> = docs.iter().filter(|name| name.starts_with("an")).collect();
        println!("names in the file that begin with an: {}", an.len());
        for next in ["ana", "ann", "ani"] {
            let count = an.iter().filter(|name| name.starts_with(next)).count();
            println!("{} next: {count}, {:.1}%", &next[2..], percent(count, an.len()));
        }
        let met = |beginning: &str| docs[..500].iter().filter(|name| name.starts_with(beginning)).count();
        println!("among the 500 of the training: {}, n next: {}", met("an"), met("ann"));
        Ok(())
    }

    fn single_steps_are_noisy(&self) {
        label("single steps are noisy");
        let last = &self.losses[400..];
        println!("losses of the last 100 steps: 100, their mean: {:.4}", mean(last));
        println!("losses of the last 100 steps: lowest {:.4}, highest {:.4}", min(last), max(last));
        println!("losses of the last 100 steps: standard deviation {:.2}", std(last));
        println!(
            "standard deviation of a mean of 50 such losses: {:.2} / root of 50 = {:.2}",
            std(last),
            std(last) / f64::sqrt(50.0)
        );
        let means: Vec<f64> = (450..=500).map(|step| mean_of_last(&self.losses[..step])).collect();
        println!(
            "means of the last 50, after steps 450 to 500: lowest {:.4}, highest {:.4}",
            min(&means),
            max(&means)
        );
        let tested = &self.tested[440 / EVERY..];
        println!(
            "held-out loss, after steps 440 to 500: lowest {:.4}, highest {:.4}",
            min(tested),
            max(tested)
        );
    }

    fn met_before_and_met_after(&self) -> Result<(), Box<dyn Error>> {
        label("met before and met after");
        println!("each prediction counts the same");
        let each = |steps: &[Step]| {
            mean(&steps.iter().flat_map(|step| step.document().losses.clone()).collect::<Vec<f64>>())
        };
        println!("all 500 names, each when its step came: {:.3}", each(&self.steps));
        println!("the last 100 names, each when its step came: {:.3}", each(&self.steps[400..]));
        let other_docs = self.program.docs[1500..2000].to_vec();
        let other = common::trained(&Program { docs: other_docs, ..Program::untrained() })?;
        println!("trained on        the 500 names  held-out names  difference");
        for (what, params) in [("the 500 names", self.after(500)), ("500 other names", &other)] {
            let own = loss_per_prediction(params, &self.learned);
            let held_out = loss_per_prediction(params, &self.held_out);
            println!("{what:16}  {own:13.3}  {held_out:14.3}  {:10.3}", held_out - own);
        }
        Ok(())
    }

    fn what_training_changes(&self) {
        label("what training changes");
        let (before, after) = (self.after(0), self.after(500));
        println!("parameters before training: {}, after: {}", before.len(), after.len());
        println!("parameters that are another number: {}", changed(before, after));
        let places = before.as_slice().iter().zip(after.as_slice());
        let distances: Vec<f64> = places.map(|(a, b)| (b - a).abs()).collect();
        println!("mean distance from the start: {:.4}", mean(&distances));
        println!("root mean square of the parameters before: {:.4}", rms(before.as_slice()));
        println!("root mean square of the parameters after: {:.4}", rms(after.as_slice()));
        let lm_head = |params: &Parameters| params.as_slice()[lm_head_n(params)];
        println!("{LM_HEAD_N} before: {:.4}, after: {:.4}", lm_head(before), lm_head(after));
    }

    /// The lesson's picture: the loss of each step, their mean over 50 steps, the loss on held-out names, and
    /// two baselines.
    fn figure(&self) -> String {
        let x = |step: usize| 36.0 + 0.66 * step as f64;
        let y = |loss: f64| 30.0 + 88.0 * (4.2 - loss);
        let (left, right, bottom) = (x(0), x(self.losses.len()), y(1.5));
        let dots = self.losses.iter().enumerate().map(|(step, loss)| (x(step + 1), y(*loss)));
        let means: Vec<_> = (WINDOW / 5..=self.losses.len())
            .map(|step| (x(step), y(mean_of_last(&self.losses[..step]))))
            .collect();
        let tests = self.tested.iter().enumerate().map(|(test, loss)| (x(test * EVERY), y(*loss)));
        let tests: Vec<_> = tests.map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        let dashed = |loss: f64| {
            html! { path class="current" style="stroke-width:1px;stroke-dasharray:5 4" d=(format!("M{left:.1} {:.1}H{right:.1}", y(loss))) {} }
        };
        draw::svg(
            "The loss over the training",
            "Dots, one for each step, scatter widely. The loss on held-out names begins where guessing is, falls \
             steeply, crosses the line of the bigram model and goes on falling slowly. The mean of the last 50 \
             steps follows later.",
            (draw::WIDTH, 320.0),
            html! {
                (draw::text("quiet start", (2.0, 14.0), "loss"))
                @for loss in [2.0, 3.0, 4.0] { (draw::text("quiet end", (left - 8.0, y(loss) + 4.0), &format!("{loss}"))) }
                @for step in [0, 100, 200, 300, 400, 500] { (draw::text("quiet", (x(step), bottom + 18.0), &step.to_string())) }
                (draw::text("quiet", ((left + right) / 2.0, bottom + 40.0), "step"))
                (draw::path("arrow", &[(left, 22.0), (left, bottom), (right, bottom)]))
                @for (x, y) in dots {
                    circle class="head" style="fill-opacity:0.5" cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="1.7" {}
                }
                (dashed(self.guessing))
                (dashed(self.bigram))
                (draw::path("arrow", &means))
                path class="arc" style="stroke-width:3px;stroke-opacity:1" d=(format!("M{}", tests.join(" "))) {}
                (draw::text("label end", (right, y(3.72)), &format!("guessing: {:.3}", self.guessing)))
                (draw::path("arrow", &[(right - 40.0, y(3.68)), (right - 40.0, y(self.guessing))]))
                (draw::text("label end", (right, y(1.66)), "held-out names"))
                (draw::path("arrow", &[(right - 30.0, y(1.8)), (right - 30.0, y(self.tested[455 / EVERY]) + 3.0)]))
                (draw::text("label start", (left + 6.0, y(1.66)), &format!("bigram model: {:.3}", self.bigram)))
                (draw::path("arrow", &[(left + 10.0, y(1.8)), (left + 10.0, y(self.bigram))]))
                (draw::text("label start", (left + 34.0, y(4.02)), "mean of the last 50 steps"))
                (draw::path("arrow", &[(x(64), y(3.97)), (x(64), y(mean_of_last(&self.losses[..64])))]))
            },
        )
    }
}

fn guessing_by_hand() {
    label("guessing by hand");
    let guessing = f64::ln(27.0);
    println!("guessing: 1/27 = {:.3}, a loss of -ln(1/27) = ln 27 = {guessing:.3}", 1.0 / 27.0);
    println!("back: e to the power of {guessing:.3} = {:.0}", guessing.exp());
}

fn means_by_hand() {
    label("means by hand");
    let six = [3.32, 3.34, 3.31, 3.27, 3.27, 3.20]; // the first losses, rounded
    println!("steps 1 to 6: {}", join(six.map(|loss| format!("{loss:.2}")), " "));
    let sum: f64 = six[..5].iter().sum();
    println!("mean of steps 1 to 5: {sum:.2} / 5 = {:.3}", sum / 5.0);
    let next = sum - six[0] + six[5];
    println!("sum of steps 2 to 6: {sum:.2} - {:.2} + {:.2} = {next:.2}", six[0], six[5]);
    println!("mean of steps 2 to 6: {next:.2} / 5 = {:.3}", next / 5.0);
    println!("lower by {:.3}, a single step by {:.2}", (sum - next) / 5.0, six[4] - six[5]);
}

fn a_hundred_tokens() {
    label("checkpoint a-hundred-tokens");
    println!("ln 100 = {:.4}", f64::ln(100.0));
    println!("answer: {}", f64::ln(100.0));
    println!("wrong: {}", f64::ln(27.0)); // for this vocabulary
    println!("wrong: {}", f64::log10(100.0)); // another logarithm
    println!("wrong: {}", 1.0 / 100.0); // the probability
}

/// The loss of the bigram model of lesson 0.0: pairs counted, every count beginning at 1, the first 8
/// predictions of each name.
fn bigram_loss(learn: &[Vec<usize>], test: &[Vec<usize>], vocab_size: usize) -> f64 {
    let mut counts = vec![vec![1.0; vocab_size]; vocab_size];
    for pair in learn.iter().flat_map(|tokens| tokens.windows(2)) {
        counts[pair[0]][pair[1]] += 1.0;
    }
    let loss = |pair: &[usize]| -(counts[pair[0]][pair[1]] / counts[pair[0]].iter().sum::<f64>()).ln();
    mean(&test.iter().flat_map(|tokens| tokens.windows(2).take(8)).map(loss).collect::<Vec<_>>())
}

fn mean_of_last(losses: &[f64]) -> f64 {
    mean(&losses[losses.len().saturating_sub(WINDOW)..])
}
