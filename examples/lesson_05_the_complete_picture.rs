//! Lesson 5.2, The complete picture: the whole run in numbers, GPT-2 counted by the same formula, more of the same.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use common::{
    join, label, largest_first, loss_per_prediction, mean, nodes, percent, probabilities, texts, wants_figure,
};
use lab::draw;
use maud::html;
use microgpt::autograd::Operation;
use microgpt::inference::Sample;
use microgpt::{Config, Engine, Parameters, Program, Random, Sampler, Tape, Trainer, loss, trace};

fn main() -> Result<(), Box<dyn Error>> {
    let run = Run::new()?;
    if wants_figure() {
        print!("{}", run.figure()?);
        return Ok(());
    }
    // The idea
    run.the_run();
    run.in_all();
    // By hand
    parameters_counted();
    checkpoint_two_layers();
    gpt_2_counted();
    checkpoint_share_of_the_layers();
    // The lines
    run.block_by_block();
    // In the real model
    sizes_here();
    let trainings = more_of_the_same(&run.program)?;
    checkpoint_ten_times_as_long(&trainings);
    how_often_a_name_is_written(&trainings);
    // What goes wrong
    run.a_question_that_makes_no_sense()?;
    // Check yourself
    run.checkpoint_without_the_update()?;
    // Going deeper
    largest_gpt_2();
    Ok(())
}

/// The whole run of microgpt.py.
struct Run {
    program: Program,
    /// The loss of each step.
    losses: Vec<f64>,
    trained: Parameters,
    samples: Vec<Sample>,
}

impl Run {
    fn new() -> Result<Self, Box<dyn Error>> {
        let program = Program::untrained();
        let mut trainer = program.trainer().with_engine(Engine::Fused);
        let losses = trainer.finish()?;
        let trained = trainer.into_params();
        let sampler = Sampler::new(&program.tokenizer, &trained).with_engine(Engine::Fused);
        let samples = sampler.samples(20, 0.5, &mut program.random.clone())?;
        Ok(Self { program, losses, trained, samples })
    }

    /// How many predictions are made for each name of the training.
    fn predictions(&self) -> Vec<usize> {
        let block_size = Config::default().block_size;
        self.program.docs[..self.losses.len()].iter().map(|name| block_size.min(name.len() + 1)).collect()
    }

    /// How often `gpt` is called in training, and in inference.
    fn calls(&self) -> [usize; 2] {
        [self.predictions().iter().sum(), self.samples.iter().map(|sample| sample.tokens.len()).sum()]
    }

    fn the_run(&self) {
        println!("--- the run ---");
        let [in_training, in_inference] = self.calls();
        println!("names in the file: {}", self.program.docs.len());
        println!("names of the training: {}, the first {}", self.losses.len(), self.program.docs[0]);
        println!("parameters: {}", self.program.params.len());
        println!("predictions in training: {in_training}, in writing: {in_inference}");
        println!("loss of the first step: {:.2}", self.losses[0]);
        println!("loss of the last step: {:.2}", self.losses[self.losses.len() - 1]);
        let texts = join(self.samples[..3].iter().map(|sample| &sample.text), ", ");
        println!("samples: {}, the first {texts}", self.samples.len());
    }

    fn in_all(&self) {
        label("in all");
        println!("mean loss of the first 50 steps: {:.4}", mean(&self.losses[..50]));
        println!("mean loss of the last 50 steps: {:.4}", mean(&self.losses[450..]));
        println!("pure guessing: {:.4}", 27.0_f64.ln());
        println!("multiplications in the forward passes of the training: {}", self.graph().2);
    }

    /// What training makes: nodes, edges, and nodes that multiply. The graph of a name depends only on its number
    /// of predictions.
    fn graph(&self) -> (usize, usize, usize) {
        let (mut made, mut edges, mut products) = (0, 0, 0);
        let parameters = self.program.params.len();
        for n in 1..=Config::default().block_size {
            let tape = Tape::new();
            loss(&vec![0; n + 1], &self.program.params.on(&tape));
            let count = self.predictions().iter().filter(|&&predictions| predictions == n).count();
            made += count * (tape.len() - parameters);
            for value in nodes(&tape).skip(parameters) {
                edges += count * value.children().count();
                products += count * usize::from(value.operation() == Operation::Mul);
            }
        }
        (made, edges, products)
    }

    fn block_by_block(&self) {
        label("block by block");
        let Program { docs, tokenizer, params, .. } = &self.program;
        let [in_training, in_inference] = self.calls();
        let (calls, steps, count) = (in_training + in_inference, self.losses.len(), params.len());
        let letters: usize = docs.iter().map(String::len).sum();
        let (made, edges, _) = self.graph();
        for (block, from, to, numbers) in [
            ("opening", 1, 13, "seed 42".to_owned()),
            ("dataset", 14, 22, format!("{} names, {letters} letters", docs.len())),
            ("tokenizer", 23, 28, format!("{} tokens, BOS is {}", tokenizer.vocab_size(), tokenizer.bos())),
            ("autograd: class Value", 29, 58, format!("{made} nodes in training")),
            ("autograd: backward", 59, 73, format!("{steps} calls, {edges} edges walked")),
            ("parameters", 74, 91, format!("{count} numbers")),
            ("linear", 92, 96, format!("7 * {calls} = {} calls", 7 * calls)),
            ("softmax", 97, 102, format!("5 * {calls} = {} calls", 5 * calls)),
            ("rmsnorm", 103, 107, format!("3 * {calls} = {} calls", 3 * calls)),
            ("gpt", 108, 145, format!("{in_training} + {in_inference} = {calls} calls")),
            ("Adam, its memory", 146, 150, format!("2 * {count} = {} numbers", 2 * count)),
            ("training loop", 151, 185, format!("{steps} * {count} = {} updates", steps * count)),
            ("inference", 186, 200, format!("{} samples, {in_inference} draws", self.samples.len())),
        ] {
            println!("{block} | {from} | {to} | {numbers}");
        }
    }

    /// Training and writing as two loops through one function.
    fn figure(&self) -> Result<String, Box<dyn Error>> {
        let tokenizer = &self.program.tokenizer;
        let names = |tokens: &[usize]| {
            tokens.iter().map(|&id| tokenizer.token_name(id).to_string()).collect::<Vec<_>>()
        };
        let first = names(&tokenizer.encode_doc(&self.program.docs[0])?);
        let written = names(&[&[tokenizer.bos()], &self.samples[0].tokens[..4]].concat());
        let shown = |tokens: &[String], at: f64| {
            let mut tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
            if tokens.len() > 5 {
                tokens.splice(4.., ["…"]);
            }
            draw::tokens((at, 50.0), 36.0, &tokens, None)
        };
        let (left, right) = (96.0, 294.0);
        let last = self.losses.len() - 1;
        let losses = format!("loss: {:.2}, at last {:.2}", self.losses[0], self.losses[last]);
        let params = self.program.params.len();
        let thousands = format!("{},{:03}", params / 1000, params % 1000);
        let texts = join(self.samples[..3].iter().map(|sample| &sample.text), ", ");
        let down = |x: f64, y: f64| draw::arrow((x, y), (x, y + 20.0), "");
        Ok(draw::svg(
            "The whole run: two loops through one function",
            "On the left, training: a name goes into gpt, the probabilities lead to a loss, backward to gradients, and \
             Adam moves the parameters of gpt; 500 times. On the right, writing: BOS goes into the same gpt, a token is \
             drawn from the probabilities and handed back as the next input, until BOS is drawn.",
            (draw::WIDTH, 300.0),
            html! {
                (draw::text("label", (left, 20.0), &format!("training, {} times", self.losses.len())))
                (shown(&first, 24.0))
                (down(left, 68.0))
                (draw::text("label", (right, 20.0), &format!("writing, {} times", self.samples.len())))
                (shown(&written, 222.0))
                (down(right, 68.0))
                (draw::outline((14.0, 92.0), (370.0, 34.0)))
                (draw::text("name end", (136.0, 114.0), "gpt"))
                (draw::text("label start", (146.0, 114.0), &format!("with {thousands} parameters")))
                (down(left, 130.0))
                (draw::text("label", (left, 166.0), "probabilities"))
                (down(left, 174.0))
                (draw::text("label", (left, 210.0), &losses))
                (down(left, 218.0))
                (draw::text("label", (left, 254.0), &format!("{thousands} gradients")))
                (down(left, 262.0))
                (draw::text("label", (left, 297.0), "Adam"))
                (draw::path("arrow", &[(left - 24.0, 292.0), (4.0, 292.0), (4.0, 109.0)]))
                (draw::arrow((4.0, 109.0), (14.0, 109.0), ""))
                (down(right, 130.0))
                (draw::text("label", (right, 166.0), "probabilities"))
                (down(right, 174.0))
                (draw::text("label", (right, 210.0), "draw one token"))
                (draw::path("arrow", &[(right + 58.0, 205.0), (395.0, 205.0), (395.0, 50.0)]))
                (draw::arrow((395.0, 50.0), (383.0, 50.0), ""))
                (down(right, 218.0))
                (draw::text("quiet", (right, 254.0), "at BOS the name is over:"))
                (draw::text("name", (right, 276.0), &texts))
            },
        ))
    }

    fn a_question_that_makes_no_sense(&self) -> Result<(), Box<dyn Error>> {
        let Program { docs, tokenizer, .. } = &self.program;
        label("a question that makes no sense");
        println!("beginning  names of the file  likeliest next  sum of all");
        let mut sure = Vec::new();
        for start in ["ann", "xqz"] {
            let mut tokens = tokenizer.encode_doc(start)?;
            tokens.pop();
            let logits = trace(&self.trained, &tokens, Engine::Scalar).pop().ok_or("a position")?.logits;
            let probs = probabilities(&logits);
            let best = largest_first(&probs)[0];
            let names = docs.iter().filter(|name| name.starts_with(start)).count();
            println!(
                "{start:9}  {names:17}  {:5}   {:.4}  {:10.4}",
                tokenizer.token_name(best),
                probs[best],
                probs.iter().sum::<f64>()
            );
            sure.push(probs[best]);
        }
        label("checkpoint no-such-name");
        println!("all alike: 1 / {} = {:.3}", tokenizer.vocab_size(), 1.0 / tokenizer.vocab_size() as f64);
        println!(
            "answer: {}",
            if sure[1] > 0.75 * sure[0] {
                "about as sure as after ann"
            } else {
                "equally unsure about all tokens"
            }
        );
        Ok(())
    }

    /// The program without line 181: trained for no step, and the same random numbers.
    fn checkpoint_without_the_update(&self) -> Result<(), Box<dyn Error>> {
        label("checkpoint without-the-update");
        let sampler = Sampler::new(&self.program.tokenizer, &self.program.params).with_engine(Engine::Fused);
        let written = texts(&sampler, 3, 0.5, &mut self.program.random.clone())?;
        println!("with the update:     {}", join(self.samples[..3].iter().map(|sample| &sample.text), ", "));
        println!("without the update:  {}", written.join(", "));
        let same = written.iter().zip(&self.samples).all(|(text, sample)| *text == sample.text);
        println!("answer: {}", if same { "the same names" } else { "names of an untrained model" });
        Ok(())
    }
}

fn parameters_counted() {
    label("parameters counted");
    let parts = [27 * 16, 8 * 16, 12 * 16 * 16, 27 * 16];
    let all: usize = parts.iter().sum();
    println!("tokens: 27 * 16 = {}", parts[0]);
    println!("positions: 8 * 16 = {}", parts[1]);
    println!("one layer: 12 * 16 * 16 = {}", parts[2]);
    println!("lm_head: 27 * 16 = {}", parts[3]);
    println!("all: {} + {} + {} + {} = {all}", parts[0], parts[1], parts[2], parts[3]);
    println!("share of the layer: {:.1} %", percent(parts[2], all));
}

fn checkpoint_two_layers() {
    label("checkpoint two-layers");
    let (outside, layer) = (2 * 27 * 16 + 8 * 16, 12 * 16 * 16);
    println!("two layers: {outside} + 2 * {layer} = {}", outside + 2 * layer);
    println!("answer: {}", outside + 2 * layer);
    println!("wrong: {}", 2 * (outside + layer)); // everything twice
    println!("wrong: {}", 2 * layer); // only the layers
}

const GPT_2: [usize; 4] = [50_257, 1024, 768, 12];

/// The matrices of a GPT-2: those of tokens, positions and layers.
fn matrices([vocabulary, positions, width, layers]: [usize; 4]) -> [usize; 3] {
    [vocabulary * width, positions * width, layers * 12 * width * width]
}

fn gpt_2_counted() {
    label("gpt-2 counted");
    let [_, _, width, layers] = GPT_2;
    let parts = matrices(GPT_2);
    let biases = layers * (3 + 1 + 4 + 1) * width;
    let norms = (2 * layers + 1) * 2 * width;
    let all = parts.iter().sum::<usize>() + biases + norms;
    println!("tokens: 50257 * 768 = {}", parts[0]);
    println!("positions: 1024 * 768 = {}", parts[1]);
    println!("12 layers: 12 * 12 * 768 * 768 = {}", parts[2]);
    println!("biases: 12 * 9 * 768 = {biases}");
    println!("LayerNorm: 25 * 2 * 768 = {norms}");
    println!("all parameters: {all}");
    println!("times as many as here: {:.0}", all as f64 / 4064.0);
    println!("share of its layers: {:.1} %", percent(parts[2], all));
}

/// Which difference makes the share of the layers smaller: the one without which it is not.
fn checkpoint_share_of_the_layers() {
    label("checkpoint share-of-the-layers");
    let [_, positions, width, layers] = GPT_2;
    let share = |sizes: [usize; 4]| {
        let parts = matrices(sizes);
        percent(parts[2], parts.iter().sum())
    };
    let few_tokens = share([27, positions, width, layers]);
    println!("share of the layers with 27 tokens: {few_tokens:.1} %");
    println!("answer: {}", if few_tokens > 75.6 { "its vocabulary" } else { "its block size" });
}

fn largest_gpt_2() {
    label("largest gpt-2");
    let parts = matrices([50_257, 1024, 1600, 48]);
    println!("tokens: 50257 * 1600 = {}", parts[0]);
    println!("positions: 1024 * 1600 = {}", parts[1]);
    println!("48 layers: 48 * 12 * 1600 * 1600 = {}", parts[2]);
    println!("matrices together: {}", parts.iter().sum::<usize>());
}

fn sizes_here() {
    label("sizes here");
    let config = Config::default();
    println!("layers {}", config.n_layer);
    println!("width {}", config.n_embd);
    println!("heads {}", config.n_head);
    println!("vocabulary size {}", Program::untrained().tokenizer.vocab_size());
    println!("block size {}", config.block_size);
    println!("parameters {}", Program::untrained().params.len());
}

/// A longer or larger training.
struct Training {
    names: usize,
    others: usize,
    held_out_loss: f64,
    samples_of_them: usize,
    samples_of_others: usize,
}

fn more_of_the_same(program: &Program) -> Result<Vec<Training>, Box<dyn Error>> {
    label("more of the same");
    const SAMPLES: usize = 2000;
    const SEED: u64 = 42; // that of line 12, also where `program` has its parameters from
    let (docs, tokenizer) = (&program.docs, &program.tokenizer);
    let held_out = &docs[500..1500];
    println!("held-out names: {}, samples: {SAMPLES} at temperature 0.5, seed {SEED}", held_out.len());
    println!("names  steps  width  parameters  loss on 500 of them  held-out  samples: of them  others");
    let not_held_out = [&docs[..500], &docs[1500..]].concat();
    let all: BTreeSet<&str> = docs.iter().map(String::as_str).collect();
    let mut trainings = Vec::new();
    for (names, steps, width) in [(500, 500, 16), (500, 5_000, 16), (2791, 5_000, 16), (2791, 5_000, 32)] {
        let config = Config { n_embd: width, ..Config::default() };
        let params = match width {
            16 => program.params.clone(),
            _ => Parameters::random(config, tokenizer.vocab_size(), &mut Random::new(SEED))?,
        };
        let learned = &not_held_out[..names];
        let mut trainer =
            Trainer::new(learned.to_vec(), tokenizer, params, steps)?.with_engine(Engine::Fused);
        trainer.finish()?;
        let params = trainer.params();
        let known: BTreeSet<&str> = learned.iter().map(String::as_str).collect();
        let sampler = Sampler::new(tokenizer, params).with_engine(Engine::Fused);
        let written = texts(&sampler, SAMPLES, 0.5, &mut program.random.clone())?;
        let count = |is_one: &dyn Fn(&str) -> bool| written.iter().filter(|text| is_one(text)).count();
        let training = Training {
            names,
            others: docs.len() - names,
            held_out_loss: loss_per_prediction(params, &tokenizer.encode_docs(held_out)?),
            samples_of_them: count(&|text| known.contains(text)),
            samples_of_others: count(&|text| all.contains(text) && !known.contains(text)),
        };
        println!(
            "{names:5} {steps:6} {width:6} {:11} {:20.4} {:9.4} {:17} {:7}",
            params.len(),
            loss_per_prediction(params, &tokenizer.encode_docs(&learned[..500])?),
            training.held_out_loss,
            training.samples_of_them,
            training.samples_of_others
        );
        trainings.push(training);
    }
    Ok(trainings)
}

fn checkpoint_ten_times_as_long(trainings: &[Training]) {
    label("checkpoint ten-times-as-long");
    let change = trainings[1].held_out_loss - trainings[0].held_out_loss;
    println!("change of the held-out loss: {change:.4}");
    println!("answer: {}", if change > 0.01 { "higher" } else { "lower" });
}

fn how_often_a_name_is_written(trainings: &[Training]) {
    label("how often a name is written");
    println!("samples for each name       trained on            other");
    for (what, training) in
        ["500 names, 500 steps", "500 names, 5000 steps", "2791 names, 5000 steps"].iter().zip(trainings)
    {
        let Training { names, others, samples_of_them, samples_of_others, .. } = training;
        println!(
            "{what:24}  {samples_of_them:3} / {names:4} = {:.3}  {samples_of_others:3} / {others} = {:.3}",
            *samples_of_them as f64 / *names as f64,
            *samples_of_others as f64 / *others as f64
        );
    }
    println!("times that each of the 500 names is shown in 5000 steps: 5000 / 500 = {}", 5000 / 500);
    println!(
        "times that each of the 2791 names is shown in 5000 steps: 5000 / 2791 = {:.1}",
        5000.0 / 2791.0
    );
}
