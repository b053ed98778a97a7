//! Lesson 0.1, The 200-line map: the blocks of microgpt.py, and the first step of its training in numbers.

use std::collections::BTreeSet;
use std::error::Error;

use microgpt::{Program, Sampler, Tape, loss};

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

    println!("\n--- the map ---");
    let label = |at: usize| format!("{}<br>lines {}–{}", blocks[at].0, starts[at] + 1, starts[at + 1]);
    println!("flowchart TD");
    for (id, at) in
        [("dataset", 1), ("tokenizer", 2), ("parameters", 5), ("gpt", 7), ("training", 9), ("inference", 10)]
    {
        println!("    {id}[\"{}\"]", label(at));
    }
    for (id, at) in [("parts", 6), ("value", 3), ("backward", 4), ("adam", 8)] {
        println!("    {id}([\"{}\"])", label(at));
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

    println!("\n--- step one ---");
    let untrained = Program::untrained();
    let mut trainer = untrained.trainer();
    let before = untrained.params.as_slice().to_vec();
    let first = trainer.step()?.ok_or("the first step")?;
    let after = trainer.params().as_slice();
    println!("the name: {}", first.document().doc);
    println!(
        "different letters in the name: {}",
        first.document().doc.chars().collect::<BTreeSet<_>>().len()
    );
    println!("its tokens: {:?}", first.document().tokens);
    println!("number of predictions, n: {}", first.document().losses.len());
    let losses: Vec<String> = first.document().losses.iter().map(|loss| format!("{loss:.4}")).collect();
    println!("loss of each prediction: {}", losses.join(" "));
    println!(
        "sum of the {} losses: {:.4}",
        first.document().losses.len(),
        first.document().losses.iter().sum::<f64>()
    );
    println!("loss of the step: {:.4}", first.loss);
    println!("loss of pure guessing, ln 27: {:.4}", f64::ln(27.0));
    let zeros = trainer.grads().iter().filter(|&&grad| grad == 0.0).count();
    println!("parameters, each with its gradient: {}", after.len());
    println!("gradients exactly 0: {zeros}");
    println!("gradients not 0: {}", after.len() - zeros);
    println!("learning rate: {}", first.learning_rate);
    let w = 26 * 16;
    println!("one parameter: {}", untrained.params.name_of(w).ok_or("a parameter")?);
    println!("its old value: {:.6}", before[w]);
    println!("its gradient: {:.6}", trainer.grads()[w]);
    println!("its new value: {:.6}", after[w]);
    println!("its change: {:.6}", after[w] - before[w]);
    println!("the line printed: {first}");
    let moves: Vec<f64> =
        before.iter().zip(after).map(|(b, a)| (a - b).abs()).filter(|&moved| moved > 0.0).collect();
    println!("parameters that moved: {}", moves.len());
    println!("largest move: {:.4}", moves.iter().copied().fold(0.0, f64::max));
    println!("smallest move: {:.4}", moves.iter().copied().fold(f64::INFINITY, f64::min));
    println!("moves of 0.0100, to four decimals: {}", moves.iter().filter(|&&moved| moved > 0.00995).count());
    let tape = Tape::new();
    let again = loss(&first.document().tokens, &trainer.params().on(&tape)).loss;
    println!("loss of the same name after the step: {:.4}", again.data());
    let computed = tape.len() - after.len();

    println!("\n--- gradients that are exactly 0 ---");
    println!("matrix             parameters  gradient 0 in step 1");
    let mut from = 0;
    for matrix in untrained.params.matrices() {
        let grads = &trainer.grads()[from..from + matrix.data.len()];
        from += matrix.data.len();
        let zeros = grads.iter().filter(|&&grad| grad == 0.0).count();
        println!("{:17}  {:10}  {zeros:10}", matrix.name, matrix.data.len());
    }
    println!("all                {from:10}  {zeros:10}");
    let given: BTreeSet<usize> =
        first.document().tokens[..first.document().losses.len()].iter().copied().collect();
    let absent = 27 - given.len();
    println!("rows of wte that are not used: 27 - {} = {absent}", given.len());
    println!("parameters in them: {absent} * 16 = {}", absent * 16);

    println!("parameters of the four that change nothing: 3 * 256 + 1024 = {}", 3 * 256 + 1024);

    println!("\n--- the training ---");
    println!("step  name      loss    gradients 0  learning rate");
    let mut predictions = first.document().losses.len();
    let mut zeros_in_mlp = 0;
    let mut step = Some(first);
    while let Some(this) = step {
        if matches!(this.step + 1, 1 | 2 | 3 | 100 | 250 | 499 | 500) {
            let zeros = trainer.grads().iter().filter(|&&grad| grad == 0.0).count();
            println!(
                "{:4}  {:8}  {:.4}  {zeros:11}  {:.8}",
                this.step + 1,
                this.document().doc,
                this.loss,
                this.learning_rate
            );
        }
        if this.step + 1 == 100 {
            let mlp = trainer.params().len() - 2 * 64 * 16..trainer.params().len();
            zeros_in_mlp = trainer.grads()[mlp].iter().filter(|&&grad| grad == 0.0).count();
        }
        step = trainer.step()?;
        predictions += step.as_ref().map_or(0, |step| step.document().losses.len());
    }

    println!("gradients 0 of mlp_fc1 and mlp_fc2 in step 100: {zeros_in_mlp}");

    println!("\n--- how often a line runs ---");
    // Outside of every loop a line runs once.
    println!("times that line 81 runs: {}", 1_u8);
    println!("times that line 156 runs: {}", Program::NUM_STEPS);
    println!("times that line 165 runs: {predictions}");
    let mut random = untrained.random.clone();
    let sampler = Sampler::new(&untrained.tokenizer, trainer.params());
    let mut drawn = 0;
    let mut samples = Vec::new();
    for _ in 0..20 {
        let sample = sampler.sample(0.5, &mut random)?;
        drawn += sample.tokens.len();
        samples.push(sample.text);
    }
    println!("times that line 194 runs: {drawn}");
    println!("times that gpt is called, lines 165 and 194: {}", predictions + drawn);
    println!("times that line 181 runs: {} * {} = {}", Program::NUM_STEPS, from, Program::NUM_STEPS * from);
    println!("numbers computed in step 1 alone, lines 161–169: {computed}");
    println!("first samples: {}", samples[..5].join(" "));

    println!("\n--- questions ---");
    println!(
        "gpt: {} of {all_code} lines of code, {:.1}%",
        code_of_gpt,
        100.0 * code_of_gpt as f64 / all_code as f64
    );
    let anna = untrained.tokenizer.encode_doc("anna")?;
    let tape = Tape::new();
    loss(&anna, &untrained.params.on(&tape)).loss.backward();
    let zeros = |range: std::ops::Range<usize>| {
        range.filter_map(|index| tape.get(index)).filter(|param| param.grad() == 0.0).count()
    };
    println!("gradients 0 of wte, if the first name were anna: 24 * 16 = {}", zeros(0..27 * 16));
    println!("gradients 0 of wpe, if the first name were anna: 3 * 16 = {}", zeros(27 * 16..35 * 16));
    println!(
        "names in the training, of all: {} / {} = {:.1}%",
        Program::NUM_STEPS,
        untrained.docs.len(),
        100.0 * Program::NUM_STEPS as f64 / untrained.docs.len() as f64
    );
    Ok(())
}

/// Whether a line does something: no empty line, no comment, no docstring.
fn is_code(lines: &[&str], at: usize) -> bool {
    let text = lines[at].trim();
    at >= 7 && !text.is_empty() && !text.starts_with('#') && !text.starts_with("\"\"\"")
}
