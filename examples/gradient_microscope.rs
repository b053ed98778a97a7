//! The gradient microscope and the knob, in numbers: of one parameter all uses, all paths to the loss, and what
//! becomes of the loss when numbers are changed by hand.

mod common;

use std::error::Error;

use common::{label, texts};
use lab::pass::{self, Found, Knob, Pass, Place};
use microgpt::paths::Paths;
use microgpt::turned::Spot;
use microgpt::{Parameters, Program, Sampler, Tape};

fn main() -> Result<(), Box<dyn Error>> {
    let (untrained, trained) = (Program::untrained(), Program::trained());
    let tokens = trained.tokenizer.encode_doc("anna")?;
    one_parameter(&trained, &tokens);
    every_parameter(&trained, &tokens);
    a_zero(&untrained, &tokens);
    turned(&trained, &tokens)?;
    Ok(())
}

/// The place of the parameter that the page looks at.
fn row_of_n() -> Place {
    Place { name: "wte".to_owned(), row: 13, col: 0 }
}

fn one_parameter(program: &Program, tokens: &[usize]) {
    let tape = Tape::new();
    let pass = Pass::new(&tape, &program.params, tokens, &[]);
    pass.loss.loss.backward();
    let Found { index, .. } = pass.find(&row_of_n());
    let number = pass.value(index);
    let paths = Paths::new(number, pass.loss.loss);

    println!("--- one parameter ---");
    println!("parameters: {}, width: {}", program.params.len(), program.params.config().n_embd);
    println!("{} after {} steps: {:.4}", pass.name(index), Program::NUM_STEPS, number.data());
    println!("position  line  local gradient  its gradient  part");
    for (edge, part) in paths.uses() {
        let (position, (line, _)) =
            (pass.position(edge.node).unwrap_or(0), pass.line(edge.node).unwrap_or_default());
        let grad = pass.value(edge.node).grad();
        println!("{position:8}  {line:4}  {:14.0}  {grad:12.4}  {part:.4}", edge.local_grad);
    }
    println!("gradient: {:.4}", paths.gradient());

    label("paths");
    println!("paths: {:.3e}", paths.count());
    println!("without a factor 0: {:.3e}", paths.live());
    println!("sizes of their products together: {:.4}", paths.sizes());
    println!("left of that: {:.1} %", 100.0 * paths.gradient().abs() / paths.sizes());
    let largest = paths.largest(10);
    for (number, path) in (1..).zip(&largest) {
        println!("path {number}: {:.5}, edges {}", path.product, path.edges.len());
    }
    println!("the ten together: {:.4}", largest.iter().map(|path| path.product).sum::<f64>());

    label("the thickest path");
    println!("position  line  called from  comes to          factor");
    for step in pass.steps(&largest[0]) {
        let (line, from) = step.line;
        let [position, from] =
            [step.position, from].map(|number| number.map_or("-".to_owned(), |number| number.to_string()));
        let factor: f64 = step.factors.iter().product();
        println!("{position:>8}  {line:4}  {from:>11}  {:16}  {factor:.4}", step.name);
    }
    println!("product: {:.5}", largest[0].product);

    label("roads");
    for name in ["embedding_norm", "attn_out", "attn_residual", "mlp_out", "mlp_residual"] {
        let through: Vec<f64> = (0..pass.len())
            .map(|pos_id| {
                let places = pass.stage(pos_id, name, 0).map_or(&[][..], |stage| &stage.places);
                places.iter().map(|place| paths.through(*place)).sum()
            })
            .collect();
        let all: f64 = through.iter().sum();
        let line = pass::vector(name).line;
        println!("line {line}: {all:.4}, of the gradient {:.1} %", 100.0 * all / paths.gradient());
    }

    label("a nudge");
    let h = 0.001;
    let loss = |nudge: f64| {
        let (params, tape) = (program.params.nudged(index, nudge), Tape::new());
        Pass::new(&tape, &params, tokens, &[]).loss.loss.data()
    };
    let [less, more] = [loss(-h), loss(h)];
    println!("h: {h}");
    println!("loss with h less: {less:.6}");
    println!("loss with h more: {more:.6}");
    println!("slope: {:.4}", (more - less) / (2.0 * h));

    label("checkpoint how-many-paths");
    let answer = if paths.count() > 1e12 { "more than a million millions" } else { "fewer" };
    println!("answer: {answer}");

    label("checkpoint two-uses");
    let parts: Vec<f64> = paths.uses().map(|(_, part)| part).collect();
    println!("uses: {}", parts.iter().map(|part| format!("{part:.4}")).collect::<Vec<_>>().join(" "));
    println!("answer: {:.4}", paths.gradient());
    println!("wrong: {:.4}", parts[0] - parts[1]); // the sign
    println!("wrong: {:.4}", paths.gradient() / 2.0); // the mean
}

/// The numbers of paths from all parameters.
fn every_parameter(program: &Program, tokens: &[usize]) {
    label("all parameters");
    let tape = Tape::new();
    let pass = Pass::new(&tape, &program.params, tokens, &[]);
    println!("matrix    paths of its first parameter that is used");
    for matrix in program.params.matrices() {
        let range = program.params.range_of(matrix.name).unwrap_or_default();
        let counts =
            range.step_by(matrix.cols).map(|index| Paths::new(pass.value(index), pass.loss.loss).count());
        let first = counts.into_iter().find(|count| *count > 0.0).unwrap_or(0.0);
        println!("{:8}  {first:.3e}", matrix.name.trim_start_matches("layer0."));
    }
}

/// A gradient of 0 before training.
fn a_zero(program: &Program, tokens: &[usize]) {
    label("checkpoint why-zero");
    let tape = Tape::new();
    let pass = Pass::new(&tape, &program.params, tokens, &[]);
    let place = Place { name: "layer0.attn_wq".to_owned(), row: 0, col: 0 };
    let paths = Paths::new(pass.value(pass.find(&place).index), pass.loss.loss);
    println!("attn_wq[0][0] before training: gradient {}", paths.gradient());
    println!("paths: {:.3e}, without a factor 0: {}", paths.count(), paths.live());
    let reasons = pass.reasons(&paths.cuts());
    for (reason, number) in &reasons {
        println!("{number} times: {reason}");
    }
    let by_zeros = reasons.iter().all(|(reason, _)| reason.contains("attn_wo"));
    println!("answer: {}", if by_zeros { "every path meets a 0" } else { "the paths cancel each other" });
}

/// The loss of anna, and names, with numbers changed by hand.
fn turned(program: &Program, tokens: &[usize]) -> Result<(), Box<dyn Error>> {
    let loss = |params: &Parameters, knobs: &[Knob]| {
        let tape = Tape::new();
        Pass::new(&tape, params, tokens, knobs).loss.loss.data()
    };
    let before = loss(&program.params, &[]);
    label("turned");
    println!("as it is: {before:.4}");
    for head in 0..program.params.config().n_head {
        println!("head {head} off: {:.4}", loss(&program.params, &[Knob::Off(head)]));
    }
    let index = program.params.index_of("wte[13][0]").ok_or("no such parameter")?;
    for to in [0.0, 1.0, 2.0, 5.0] {
        let mut params = program.params.clone();
        params.as_mut_slice()[index] = to;
        println!("wte[13][0] set to {to}: {:.4}", loss(&params, &[]));
    }
    let mut as_m = program.params.clone();
    let width = as_m.config().n_embd;
    let wte = as_m.get_mut("wte").ok_or("no wte")?;
    wte.copy_within(12 * width..13 * width, 13 * width);
    println!("n with the row of m: {:.4}", loss(&as_m, &[]));
    let (spot, to) = (Spot { pos_id: 2, li: 0, h: 0, name: "logits" }, 100000.0);
    let too_far = loss(&program.params, &[Knob::Set { spot, index: 0, to }]);
    println!("logits[0] at position 2 set to {to}: {too_far}");

    label("names");
    let sampler = Sampler::new(&program.tokenizer, &program.params);
    println!("as it is: {}", texts(&sampler, 5, 0.5, &mut Program::untrained().random)?.join(", "));
    for head in 0..4 {
        let mut random = Program::untrained().random;
        let names =
            (0..5).map(|_| Ok(pass::sample(&program.params, &[Knob::Off(head)], 0.5, &mut random)?.text));
        println!("head {head} off: {}", names.collect::<Result<Vec<_>, Box<dyn Error>>>()?.join(", "));
    }
    Ok(())
}
