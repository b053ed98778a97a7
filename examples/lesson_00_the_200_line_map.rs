//! Lesson 0.1, The 200-line map: the six parts of microgpt.py, and the first step of its training in numbers.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use common::{four_decimals, join, label, max, min, wants_figure, zeros};
use lab::draw::{self, Point};
use maud::{Markup, html};
use microgpt::training::Step;
use microgpt::{Program, Sampler, Tape, Tokenizer, loss};

const SOURCE: &str = include_str!("../microgpt.py");

/// How many names the program writes, and at which temperature (lines 187 and 189).
const SAMPLES: usize = 20;
const TEMPERATURE: f64 = 0.5;

/// The parameter that is followed through a step: the first in the row of the sign.
const FOLLOWED: &str = "wte[26][0]";

/// The parts: their names, and how the first line of each begins.
const PARTS: [(&str, &str); 6] = [
    ("data", "\"\"\""),
    ("autograd", "# Autograd"),
    ("parts", "# The parameters"),
    ("model", "def gpt"),
    ("training", "# Adam"),
    ("writing", "# Inference"),
];

/// The same for the smaller blocks that they are made of.
const BLOCKS: [(&str, &str); 11] = [
    ("opening", "\"\"\""),
    ("dataset", "# The dataset"),
    ("tokenizer", "# The tokenizer"),
    ("autograd: class Value", "# Autograd"),
    ("autograd: backward", "    def backward"),
    ("parameters", "# The parameters"),
    ("linear, softmax, rmsnorm", "# The architecture"),
    ("gpt", "def gpt"),
    ("Adam, its memory", "# Adam"),
    ("training loop", "# The training loop"),
    ("inference", "# Inference"),
];

fn main() -> Result<(), Box<dyn Error>> {
    if wants_figure() {
        print!("{}", figure(&Program::untrained()));
        return Ok(());
    }
    let run = Run::new()?;
    // The idea
    run.the_six_parts();
    run.checkpoint_without_the_names()?;
    // By hand
    run.step_one()?;
    run.checkpoint_the_new_value()?;
    // In the real model
    run.the_training();
    // What goes wrong
    run.how_often_a_line_runs()?;
    run.checkpoint_line_181();
    // Going deeper
    the_blocks();
    run.gradients_that_are_exactly_0()
}

/// Where stretches of the program begin and end: first and last line, counted from 1.
fn bounds<const N: usize>(stretches: &[(&str, &str); N]) -> [(usize, usize); N] {
    let lines: Vec<&str> = SOURCE.lines().collect();
    let begins =
        |start: &str| lines.iter().position(|line| line.starts_with(start)).expect("a stretch's line") + 1;
    let starts = stretches.map(|(_, start)| begins(start));
    std::array::from_fn(|at| (starts[at], starts.get(at + 1).map_or(lines.len(), |next| next - 1)))
}

/// The six parts, and what flows between them.
fn figure(program: &Program) -> String {
    const SIZE: Point = (104.0, 44.0);
    const PLACES: [Point; 6] =
        [(58.0, 30.0), (342.0, 30.0), (58.0, 232.0), (342.0, 232.0), (200.0, 130.0), (200.0, 330.0)];
    let scores = format!("{} scores", program.tokenizer.vocab_size());
    let part = |at: usize| -> Markup {
        let ((x, y), (from, to)) = (PLACES[at], bounds(&PARTS)[at]);
        let corner = (x - SIZE.0 / 2.0, y - SIZE.1 / 2.0);
        html! {
            (draw::rect("token", corner, SIZE))
            (draw::text("label", (x, y - 3.0), PARTS[at].0))
            (draw::text("quiet", (x, y + 14.0), &format!("lines {from}–{to}")))
            @if PARTS[at].0 == "training" { (draw::outline(corner, SIZE)) }
        }
    };
    // From where to where, what flows there, and where that is written
    let arrows = [
        ((88.0, 54.0), (160.0, 106.0), "one name", ("end", 114.0, 88.0)),
        ((312.0, 54.0), (240.0, 106.0), "4,064 slopes", ("start", 286.0, 88.0)),
        ((160.0, 154.0), (78.0, 208.0), "4,064 changes", ("end", 104.0, 178.0)),
        ((112.0, 232.0), (288.0, 232.0), "4,064 numbers", ("", 200.0, 225.0)),
        ((322.0, 208.0), (240.0, 154.0), &scores, ("start", 294.0, 178.0)),
        ((322.0, 256.0), (240.0, 306.0), &scores, ("start", 294.0, 290.0)),
        ((148.0, 330.0), (112.0, 330.0), "", ("", 0.0, 0.0)),
    ];
    draw::svg(
        "The six parts of microgpt.py",
        "Data hands one name to training. Parts hands 4,064 numbers to the model, and the model hands scores \
         to training and to writing. Autograd hands 4,064 slopes to training. Training changes the 4,064 numbers.",
        (draw::WIDTH, 360.0),
        html! {
            @for (from, to, what, (class, x, y)) in arrows {
                (draw::arrow(from, to, ""))
                (draw::text(&format!("quiet {class}"), (x, y), what))
            }
            @for at in 0..PARTS.len() { (part(at)) }
            (draw::text("label", (64.0, 335.0), "20 names"))
        },
    )
}

/// The program before training, and all that its training did.
struct Run {
    untrained: Program,
    first: Step,
    /// The gradients of the first step, and the parameters after it.
    grads: Vec<f64>,
    after_one: microgpt::Parameters,
    /// Name, loss, learning rate and gradients that are exactly 0 of each step, and those in the MLP.
    steps: Vec<(String, f64, f64, usize, usize)>,
    /// How many predictions the training made.
    predictions: usize,
    trained: microgpt::Parameters,
}

impl Run {
    fn new() -> Result<Self, Box<dyn Error>> {
        let untrained = Program::untrained();
        let mut trainer = untrained.trainer();
        let mut run = None;
        let (mut steps, mut predictions) = (Vec::new(), 0);
        while let Some(step) = trainer.step()? {
            let (params, grads) = (trainer.params(), trainer.grads());
            let of = |name| params.get_in(grads, name).map_or(0, |grads| zeros(grads.data));
            let in_mlp = ["layer0.mlp_fc1", "layer0.mlp_fc2"].map(of).iter().sum();
            let document = step.document();
            steps.push((document.doc.clone(), step.loss, step.learning_rate, zeros(grads), in_mlp));
            predictions += document.losses.len();
            run.get_or_insert_with(|| (step, grads.to_vec(), params.clone()));
        }
        let (first, grads, after_one) = run.ok_or("a first step")?;
        let trained = trainer.into_params();
        Ok(Self { untrained, first, grads, after_one, steps, predictions, trained })
    }

    fn samples(&self, tokenizer: &Tokenizer) -> Result<Vec<microgpt::inference::Sample>, Box<dyn Error>> {
        let mut random = self.untrained.random.clone();
        Ok(Sampler::new(tokenizer, &self.trained).samples(SAMPLES, TEMPERATURE, &mut random)?)
    }

    fn the_six_parts(&self) {
        println!("--- the six parts ---");
        let Program { docs, tokenizer, params, .. } = &self.untrained;
        let numbers = [
            format!("{} names", docs.len()),
            format!("{} slopes", self.grads.len()),
            format!("{} numbers", params.len()),
            format!("{} scores", tokenizer.vocab_size()),
            format!("{} steps", self.steps.len()),
            format!("{SAMPLES} names"),
        ];
        for ((name, _), ((from, to), number)) in PARTS.iter().zip(bounds(&PARTS).iter().zip(numbers)) {
            println!("{name:8}  {from}–{to}  {number}");
        }
        println!("lines in all: {}", SOURCE.lines().count());
    }

    /// The trained model writes the same without the names: the sampler never gets them.
    fn checkpoint_without_the_names(&self) -> Result<(), Box<dyn Error>> {
        label("checkpoint without the names");
        let texts = |tokenizer| -> Result<String, Box<dyn Error>> {
            let samples = self.samples(tokenizer)?;
            Ok(join(samples[..5].iter().map(|sample| &sample.text), " "))
        };
        let with = texts(&self.untrained.tokenizer)?;
        // A tokenizer of the same characters that no name was read for
        let without = texts(&Tokenizer::new(&["abcdefghijklmnopqrstuvwxyz"]))?;
        println!("with the file:    {with}");
        println!("without the file: {without}");
        println!(
            "answer: {}",
            if with == without {
                "yes, the names it would have written anyway"
            } else {
                "no, it looks names up there"
            }
        );
        Ok(())
    }

    fn step_one(&self) -> Result<(), Box<dyn Error>> {
        label("step one");
        let document = self.first.document();
        println!("the name: {}", document.doc);
        println!("tokens: {:?}", document.tokens);
        println!("number of predictions, n: {}", document.losses.len());
        println!("losses: {}", four_decimals(&document.losses));
        println!("sum of the {} losses: {:.4}", document.losses.len(), document.losses.iter().sum::<f64>());
        println!("loss of the step, their mean: {:.4}", self.first.loss);
        println!("loss of pure guessing, ln 27: {:.4}", f64::ln(27.0));
        println!("learning rate: {}", self.first.learning_rate);
        let followed = self.untrained.params.index_of(FOLLOWED).ok_or("a parameter")?;
        let [old, new] = [&self.untrained.params, &self.after_one].map(|params| params.as_slice()[followed]);
        println!("one parameter: {FOLLOWED}");
        println!("its old value: {old:.4}");
        println!("its slope: {:.4}", self.grads[followed]);
        println!("its new value: {new:.4}");
        println!("its change: {:.4}", new - old);
        println!("the line printed: {}", self.first);
        let before = self.untrained.params.as_slice();
        let moves: Vec<f64> =
            before.iter().zip(self.after_one.as_slice()).map(|(b, a)| (a - b).abs()).collect();
        let moves: Vec<f64> = moves.into_iter().filter(|&moved| moved > 0.0).collect();
        println!("parameters that moved: {}", moves.len());
        println!("largest move: {:.4}", max(&moves));
        println!("smallest move: {:.4}", min(&moves));
        println!(
            "moves of 0.0100, to four decimals: {}",
            moves.iter().filter(|&&moved| moved > 0.00995).count()
        );
        let again = loss(&document.tokens, &self.after_one.on(&Tape::new())).loss.data();
        println!("loss of the same name after the step: {again:.4}");
        Ok(())
    }

    fn checkpoint_the_new_value(&self) -> Result<(), Box<dyn Error>> {
        label("checkpoint the new value");
        let followed = self.untrained.params.index_of(FOLLOWED).ok_or("a parameter")?;
        let [old, new] = [&self.untrained.params, &self.after_one].map(|params| params.as_slice()[followed]);
        println!("answer: {new:.6}");
        println!("wrong: {:.6}", old - (new - old));
        println!("wrong: {:.6}", old - self.grads[followed]);
        Ok(())
    }

    fn the_training(&self) {
        label("the training");
        println!("step  name       loss  learning rate  gradients 0");
        for step in [1, 2, 3, 100, 250, 499, 500] {
            let (name, loss, learning_rate, zeros, _) = &self.steps[step - 1];
            println!("{step:4}  {name:8}  {loss:.4}  {learning_rate:.8}  {zeros:10}");
        }
        println!("gradients 0 of mlp_fc1 and mlp_fc2 in step 100: {}", self.steps[100 - 1].4);
    }

    fn how_often_a_line_runs(&self) -> Result<(), Box<dyn Error>> {
        label("how often a line runs");
        let drawn: usize =
            self.samples(&self.untrained.tokenizer)?.iter().map(|sample| sample.tokens.len()).sum();
        let steps = self.steps.len();
        println!("names learned from: {steps}, names written: {SAMPLES}");
        // Outside of every loop a line runs once.
        println!("times that line 81 runs: {}", 1_u8);
        println!("times that line 156 runs: {steps}");
        println!("times that line 165 runs: {}", self.predictions);
        println!("times that line 194 runs: {drawn}");
        let tape = Tape::new();
        let params = self.untrained.params.on(&tape);
        loss(&self.first.document().tokens, &params);
        println!("numbers computed in step 1 alone, lines 161–169: {}", tape.len() - self.grads.len());
        Ok(())
    }

    fn checkpoint_line_181(&self) {
        label("checkpoint line 181");
        let (steps, parameters) = (self.steps.len(), self.grads.len());
        println!("{steps} * {parameters} = {}", steps * parameters);
        println!("answer: {}", steps * parameters);
        println!("wrong: {steps}");
        println!("wrong: {parameters}");
    }

    fn gradients_that_are_exactly_0(&self) -> Result<(), Box<dyn Error>> {
        label("gradients that are exactly 0");
        println!("matrix             parameters  gradient 0 in step 1");
        for matrix in self.untrained.params.matrices() {
            let grads = self.untrained.params.get_in(&self.grads, matrix.name).ok_or("a matrix")?.data;
            println!("{:17}  {:10}  {:10}", matrix.name, grads.len(), zeros(grads));
        }
        println!("all                {:10}  {:10}", self.grads.len(), zeros(&self.grads));
        let document = self.first.document();
        let given: BTreeSet<usize> = document.tokens[..document.losses.len()].iter().copied().collect();
        let absent = 27 - given.len();
        println!("rows of wte that are not used: 27 - {} = {absent}", given.len());
        println!("parameters in them: {absent} * 16 = {}", absent * 16);
        println!("parameters of the four that change nothing: 3 * 256 + 1024 = {}", 3 * 256 + 1024);
        Ok(())
    }
}

fn the_blocks() {
    label("the blocks");
    let lines: Vec<&str> = SOURCE.lines().collect();
    println!("block                      from   to  how many  code  rest");
    let mut all_code = 0;
    for ((block, _), (from, to)) in BLOCKS.iter().zip(bounds(&BLOCKS)) {
        let (many, code) = (to - from + 1, (from..=to).filter(|&line| is_code(&lines, line - 1)).count());
        all_code += code;
        println!("{block:25}  {from:4}  {to:3}  {many:8}  {code:4}  {:4}", many - code);
    }
    let many = lines.len();
    println!("together                      1  {many}  {many:8}  {all_code:4}  {:4}", many - all_code);
}

/// Whether a line does something: no empty line, no comment, no docstring.
fn is_code(lines: &[&str], at: usize) -> bool {
    let text = lines[at].trim();
    at >= 7 && !text.is_empty() && !text.starts_with('#') && !text.starts_with("\"\"\"")
}
