//! Lesson 0.1, The 200-line map: the blocks of microgpt.py, and the first step of its training in numbers.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use common::{four_decimals, join, label, max, min, percent, zeros};
use microgpt::{Program, Sampler, Tape, loss, loss_and_gradients};

fn main() -> Result<(), Box<dyn Error>> {
    let lines: Vec<&str> = include_str!("../microgpt.py").lines().collect();

    // Where each block begins: the first line that starts like this
    let blocks = [
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
    let first_line =
        |start: &str| lines.iter().position(|line| line.starts_with(start)).expect("a block's line");
    let mut starts: Vec<usize> = blocks.iter().map(|(_, start)| first_line(start)).collect();
    starts.push(lines.len());
    println!("--- the blocks ---");
    println!("block                      from   to  how many  code  rest");
    let (mut all_code, mut code_of_gpt) = (0, 0);
    for ((block, _), bounds) in blocks.iter().zip(starts.windows(2)) {
        let (from, to) = (bounds[0], bounds[1]);
        let code = (from..to).filter(|&line| is_code(&lines, line)).count();
        all_code += code;
        code_of_gpt += if *block == "gpt" { code } else { 0 };
        println!("{block:25}  {:4}  {to:3}  {:8}  {code:4}  {:4}", from + 1, to - from, to - from - code);
    }
    println!(
        "together                      1  {}  {:8}  {all_code:4}  {:4}",
        lines.len(),
        lines.len(),
        lines.len() - all_code
    );

    label("the map");
    let title = |at: usize| format!("{}<br>lines {}–{}", blocks[at].0, starts[at] + 1, starts[at + 1]);
    println!("flowchart TD");
    for (id, at) in
        [("dataset", 1), ("tokenizer", 2), ("parameters", 5), ("gpt", 7), ("training", 9), ("inference", 10)]
    {
        println!("    {id}[\"{}\"]", title(at));
    }
    for (id, at) in [("parts", 6), ("value", 3), ("backward", 4), ("adam", 8)] {
        println!("    {id}([\"{}\"])", title(at));
    }
    for (from, what, to) in [
        ("dataset", "names", "tokenizer"),
        ("tokenizer", "numbers", "training"),
        ("value", "each number is a Value", "parameters"),
        ("parameters", "4064 numbers", "gpt"),
        ("parts", "used by", "gpt"),
        ("gpt", "predictions", "training"),
        ("backward", "used by", "training"),
        ("adam", "used by", "training"),
        ("training", "better numbers", "inference"),
        ("gpt", "predictions", "inference"),
    ] {
        println!("    {from} -->|\"{what}\"| {to}");
    }

    label("step one");
    let untrained = Program::untrained();
    let mut trainer = untrained.trainer();
    let before = untrained.params.as_slice().to_vec();
    let first = trainer.step()?.ok_or("the first step")?;
    let document = first.document().clone();
    let after = trainer.params().as_slice();
    println!("the name: {}", document.doc);
    println!("different letters in the name: {}", document.doc.chars().collect::<BTreeSet<_>>().len());
    println!("its tokens: {:?}", document.tokens);
    println!("number of predictions, n: {}", document.losses.len());
    println!("loss of each prediction: {}", four_decimals(&document.losses));
    println!("sum of the {} losses: {:.4}", document.losses.len(), document.losses.iter().sum::<f64>());
    println!("loss of the step: {:.4}", first.loss);
    println!("loss of pure guessing, ln 27: {:.4}", f64::ln(27.0));
    let all_zeros = zeros(trainer.grads());
    println!("parameters, each with its gradient: {}", after.len());
    println!("gradients exactly 0: {all_zeros}");
    println!("gradients not 0: {}", after.len() - all_zeros);
    println!("learning rate: {}", first.learning_rate);
    let name = "wte[26][0]";
    let w = untrained.params.index_of(name).ok_or("a parameter")?;
    println!("one parameter: {name}");
    println!("its old value: {:.6}", before[w]);
    println!("its gradient: {:.6}", trainer.grads()[w]);
    println!("its new value: {:.6}", after[w]);
    println!("its change: {:.6}", after[w] - before[w]);
    println!("the line printed: {first}");
    let moves: Vec<f64> =
        before.iter().zip(after).map(|(b, a)| (a - b).abs()).filter(|&moved| moved > 0.0).collect();
    println!("parameters that moved: {}", moves.len());
    println!("largest move: {:.4}", max(&moves));
    println!("smallest move: {:.4}", min(&moves));
    println!("moves of 0.0100, to four decimals: {}", moves.iter().filter(|&&moved| moved > 0.00995).count());
    let tape = Tape::new();
    let again = loss(&document.tokens, &trainer.params().on(&tape)).loss;
    println!("loss of the same name after the step: {:.4}", again.data());
    let computed = tape.len() - after.len();

    label("gradients that are exactly 0");
    println!("matrix             parameters  gradient 0 in step 1");
    for matrix in untrained.params.matrices() {
        let grads = untrained.params.get_in(trainer.grads(), matrix.name).ok_or("a matrix")?.data;
        println!("{:17}  {:10}  {:10}", matrix.name, grads.len(), zeros(grads));
    }
    println!("all                {:10}  {all_zeros:10}", after.len());
    let given: BTreeSet<usize> = document.tokens[..document.losses.len()].iter().copied().collect();
    let absent = 27 - given.len();
    println!("rows of wte that are not used: 27 - {} = {absent}", given.len());
    println!("parameters in them: {absent} * 16 = {}", absent * 16);

    println!("parameters of the four that change nothing: 3 * 256 + 1024 = {}", 3 * 256 + 1024);

    label("the training");
    println!("step  name      loss    gradients 0  learning rate");
    let mut predictions = document.losses.len();
    let mut zeros_in_mlp = 0;
    let mut step = Some(first);
    while let Some(this) = step {
        if matches!(this.step + 1, 1 | 2 | 3 | 100 | 250 | 499 | 500) {
            println!(
                "{:4}  {:8}  {:.4}  {:11}  {:.8}",
                this.step + 1,
                this.document().doc,
                this.loss,
                zeros(trainer.grads()),
                this.learning_rate
            );
        }
        if this.step + 1 == 100 {
            let mlp = ["layer0.mlp_fc1", "layer0.mlp_fc2"];
            let of =
                |name| trainer.params().get_in(trainer.grads(), name).map_or(0, |grads| zeros(grads.data));
            zeros_in_mlp = mlp.map(of).iter().sum();
        }
        step = trainer.step()?;
        predictions += step.as_ref().map_or(0, |step| step.document().losses.len());
    }

    println!("gradients 0 of mlp_fc1 and mlp_fc2 in step 100: {zeros_in_mlp}");

    label("how often a line runs");
    // Outside of every loop a line runs once.
    println!("times that line 81 runs: {}", 1_u8);
    println!("times that line 156 runs: {}", Program::NUM_STEPS);
    println!("times that line 165 runs: {predictions}");
    let mut random = untrained.random.clone();
    let sampler = Sampler::new(&untrained.tokenizer, trainer.params());
    let samples = sampler.samples(20, 0.5, &mut random)?;
    let drawn: usize = samples.iter().map(|sample| sample.tokens.len()).sum();
    let num_params = untrained.params.len();
    println!("times that line 194 runs: {drawn}");
    println!("times that gpt is called, lines 165 and 194: {}", predictions + drawn);
    println!(
        "times that line 181 runs: {} * {num_params} = {}",
        Program::NUM_STEPS,
        Program::NUM_STEPS * num_params
    );
    println!("numbers computed in step 1 alone, lines 161–169: {computed}");
    println!("first samples: {}", join(samples[..5].iter().map(|sample| &sample.text), " "));

    label("questions");
    println!("gpt: {code_of_gpt} of {all_code} lines of code, {:.1}%", percent(code_of_gpt, all_code));
    let anna = untrained.tokenizer.encode_doc("anna")?;
    let (_, grads) = loss_and_gradients(&anna, &untrained.params);
    let [wte, wpe] = ["wte", "wpe"].map(|name| untrained.params.get_in(&grads, name));
    println!("gradients 0 of wte, if the first name were anna: 24 * 16 = {}", zeros(wte.ok_or("wte")?.data));
    println!("gradients 0 of wpe, if the first name were anna: 3 * 16 = {}", zeros(wpe.ok_or("wpe")?.data));
    println!(
        "names in the training, of all: {} / {} = {:.1}%",
        Program::NUM_STEPS,
        untrained.docs.len(),
        percent(Program::NUM_STEPS, untrained.docs.len())
    );
    Ok(())
}

/// Whether a line does something: no empty line, no comment, no docstring.
fn is_code(lines: &[&str], at: usize) -> bool {
    let text = lines[at].trim();
    at >= 7 && !text.is_empty() && !text.starts_with('#') && !text.starts_with("\"\"\"")
}
