//! Lesson 3.8, The MLP block: 64 neurons, the square, how many of them are silent, and what they bring.

mod common;

use std::error::Error;

use common::{
    dot, join, label, largest_first, mean, numbers, percent, print_rows, reseeded, show, std, with_zeros,
    zeros,
};
use microgpt::training::TrainingError;
use microgpt::{Ablation, Config, Engine, Parameters, Program, Tape, Value, linear, loss, mean_loss, trace};
use rayon::prelude::*;

/// The share of the cube in GELU.
const GELU_CUBE: f64 = 0.044715;

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let trained = Program::trained();
    let tokenizer = &trained.tokenizer;
    let tokens = tokenizer.encode_doc("anna")?;
    let letter = |id: usize| tokenizer.token_name(id);
    let held_out = tokenizer.encode_docs(&trained.docs[Program::NUM_STEPS..][..200])?;
    let others = tokenizer.encode_docs(&trained.docs[Program::NUM_STEPS + 200..][..200])?;

    let config = trained.params.config();
    let (width, wide) = (config.n_embd, 4 * config.n_embd);
    println!("--- the way through the block ---");
    println!("flowchart TD");
    println!(r#"    x["x, {width} numbers, after rmsnorm"] -->|"mlp_fc1"| hidden["{wide} weighted sums"]"#);
    println!(r#"    hidden -->|"relu, then squared"| active["{wide} numbers, none of them negative"]"#);
    println!(r#"    active -->|"mlp_fc2"| out["{width} numbers"]"#);
    println!(r#"    out --> plus["added, entry by entry"]"#);
    println!(r#"    kept["x_residual, {width} numbers"] --> plus"#);
    println!(r#"    plus --> y["new x, {width} numbers"]"#);

    label("what a linear layer must say");
    let (p, q) = (1.0, 1.0);
    println!("to (1, 0): {p}   to (0, 1): {q}   so to (1, 1): {p} + {q} = {}", p + q);

    label("two three two by hand");
    let fc1 = [[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]];
    let fc2 = [[1.0, 1.0, 0.0], [-0.25, -0.25, 0.25]];
    let row = |row: &[f64]| format!("({})", join(row, ", "));
    println!("first matrix, rows:  {}", fc1.each_ref().map(|w| row(w)).join(", "));
    println!("second matrix, rows: {}", fc2.each_ref().map(|w| row(w)).join(", "));
    println!("x      hidden     relu squared   one, not both   both");
    for x in [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 3.0]] {
        let hidden = fc1.map(|row| dot(&row, &x));
        let active = hidden.map(|s| relu(s) * relu(s));
        let out = fc2.map(|row| dot(&row, &active));
        println!(
            "{} {}   {:2} {:2} {:2}   {:3} {:2} {:2} {:13} {:10}",
            x[0], x[1], hidden[0], hidden[1], hidden[2], active[0], active[1], active[2], out[0], out[1]
        );
    }

    println!("in general: (a + b)^2 - (a - b)^2 = 4ab");

    label("both with other functions");
    println!("x      relu squared   relu   none");
    for x in [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 3.0]] {
        let hidden = fc1.map(|row| dot(&row, &x));
        let both = |function: fn(f64) -> f64| dot(&fc2[1], &hidden.map(function));
        let [squared, plain, none] = [both(|s| relu(s) * relu(s)), both(relu), both(|s| s)];
        println!("{} {} {squared:15} {plain:6} {none:6}", x[0], x[1]);
    }

    label("three curves");
    println!("    s    relu  its slope   relu squared  its slope      gelu  its slope");
    for s in [-3.0, -2.0, -1.0, -0.5, -0.1, 0.0, 0.1, 0.5, 1.0, 2.0, 3.0] {
        let tape = Tape::new();
        let slope_of = |function: fn(Value) -> Value| {
            let x = tape.value(s);
            function(x).backward();
            x.grad()
        };
        let slopes = [slope_of(|x| x.relu()), slope_of(|x| x.relu().powf(2.0))];
        let gelu_slope = (gelu(s + 1e-6) - gelu(s - 1e-6)) / 2e-6;
        println!(
            "{s:5.1} {:7.2} {:10.2} {:14.2} {:10.2} {:9.4} {:10.4}",
            relu(s),
            slopes[0],
            relu(s) * relu(s),
            slopes[1],
            gelu(s),
            gelu_slope
        );
    }
    println!("gelu(s) = 0.5 * s * (1 + tanh((2 / pi) ** 0.5 * (s + {GELU_CUBE} * s ** 3)))");

    let tape = Tape::new();
    let state_dict = trained.params.on(&tape);
    let anna = loss(&tokens, &state_dict).activations;
    let layer = &anna[4].layers[0];
    let start_tape = Tape::new();
    let start_dict = untrained.params.on(&start_tape);
    let start = loss(&tokens, &start_dict).activations;
    let x = numbers(&layer.mlp_norm);
    let hidden = numbers(&layer.mlp_hidden);
    let active = numbers(&layer.mlp_active);

    label("into the mlp");
    println!("trained model, position 4 of anna");
    println!("x after line 134, from lesson 3.7:");
    print_rows(&numbers(&layer.attn_residual));
    println!("after line 137:");
    print_rows(&x);

    label("one neuron");
    println!("row 20 of mlp_fc1:");
    let row = trained.params.get("layer0.mlp_fc1").ok_or("mlp_fc1 is a matrix")?.row(20);
    print_rows(row);
    println!("times x, number by number:");
    let products: Vec<f64> = row.iter().zip(&x).map(|(w, x)| w * x).collect();
    print_rows(&products);
    println!("their sum: {:.4}", products.iter().sum::<f64>());
    println!("relu squared of that: {:.4}", active[20]);

    label("the hidden layer");
    println!("neuron     +0      +1      +2      +3      +4      +5      +6      +7");
    for (i, part) in hidden.chunks(8).enumerate() {
        println!("{:4}   {}", 8 * i, show(part));
    }

    label("counted at position 4");
    println!(
        "neurons: {}, positive: {}, not: {}",
        hidden.len(),
        hidden.len() - zeros(&active),
        zeros(&active)
    );
    println!("products with mlp_fc2 that are needed: 6 * 16 = {} of {}", 6 * 16, 64 * 16);

    label("out of the mlp");
    println!("neuron     s   squared   column of mlp_fc2      times squared");
    let fc2 = trained.params.get("layer0.mlp_fc2").ok_or("mlp_fc2 is a matrix")?;
    let mut sums = [0.0; 3];
    for i in (0..64).filter(|&i| active[i] > 0.0) {
        let column = [0, 1, 2].map(|j| fc2.row(j)[i]);
        let parts = column.map(|w| w * active[i]);
        sums = [0, 1, 2].map(|j| sums[j] + parts[j]);
        println!("{i:4} {:7.4} {:8.4}  {}  {}", hidden[i], active[i], show(&column), show(&parts));
    }
    println!("sum                                            {}", show(&sums));
    println!("mlp_out                                        {}", show(&numbers(&layer.mlp_out[..3])));

    label("the sum of line 141");
    println!("mlp_out:                {}", show(&numbers(&layer.mlp_out[..4])));
    println!("x_residual, line 136:   {}", show(&numbers(&layer.attn_residual[..4])));
    println!("x after line 141:       {}", show(&numbers(&layer.mlp_residual[..4])));

    label("what neuron 20 answers to");
    println!("200 held-out names, positions 3 to 7");
    let mut by_letter = vec![(0.0, 0); tokenizer.vocab_size()];
    for name in &held_out {
        let positions = trace(&trained.params, &name[..name.len() - 1], Engine::Fused);
        for (pos_id, position) in positions.iter().enumerate().skip(3) {
            let (sum, count) = &mut by_letter[name[pos_id]];
            *sum += position.layers[0].mlp_active[20];
            *count += 1;
        }
    }
    let mut order: Vec<usize> = (0..26).filter(|&id| by_letter[id].1 >= 10).collect();
    let mean_of = |id: usize| by_letter[id].0 / f64::from(by_letter[id].1);
    order.sort_by(|&a, &b| mean_of(b).total_cmp(&mean_of(a)));
    for ids in order.chunks(7) {
        let shown = ids.iter().map(|&id| format!("{} {:.4}", letter(id), mean_of(id)));
        println!("{}", join(shown, "   "));
    }
    label("a at each position");
    println!("neuron 20, mean over the a's of 200 held-out names");
    println!("position     1       2       3       4       5       6       7");
    let mut by_position = [(0.0, 0); 8];
    for name in &held_out {
        let positions = trace(&trained.params, &name[..name.len() - 1], Engine::Fused);
        for (pos_id, position) in positions.iter().enumerate().filter(|&(pos_id, _)| name[pos_id] == 0) {
            by_position[pos_id].0 += position.layers[0].mlp_active[20];
            by_position[pos_id].1 += 1;
        }
    }
    let means: Vec<f64> = by_position[1..].iter().map(|&(sum, count)| sum / f64::from(count)).collect();
    println!("squared {}", show(&means));

    label("what neuron 20 adds to scores");
    let column: Vec<f64> = (0..16).map(|j| fc2.row(j)[20]).collect();
    let lm_head = trained.params.get("lm_head").ok_or("lm_head is a matrix")?;
    let pushes: Vec<f64> = (0..27).map(|id| active[20] * dot(lm_head.row(id), &column)).collect();
    let order = largest_first(&pushes);
    let shown =
        |ids: &[usize]| join(ids.iter().map(|&id| format!("{} {:.4}", letter(id), pushes[id])), "   ");
    println!("at position 4 of anna");
    println!("largest:   {}", shown(&order[..4]));
    println!("smallest:  {}", shown(&order[24..]));

    label("before training");
    println!("position 4 of anna, the first 8 of 64 neurons");
    let before = &start[4].layers[0];
    println!("s         {}", show(&numbers(&before.mlp_hidden[..8])));
    println!("squared   {}", show(&numbers(&before.mlp_active[..8])));
    let outputs = numbers(&before.mlp_out);
    println!("numbers of mlp_out that are exactly 0: {} of {}", zeros(&outputs), outputs.len());

    label("silent neurons of anna");
    println!("of 64 neurons, exactly 0");
    println!("position    0 BOS  1 a  2 n  3 n  4 a");
    for (when, activations) in [("before", &start), ("after", &anna)] {
        let silent: Vec<usize> =
            activations.iter().map(|position| zeros(&numbers(&position.layers[0].mlp_active))).collect();
        println!(
            "{when:10} {:>6} {:>4} {:>4} {:>4} {:>4}",
            silent[0], silent[1], silent[2], silent[3], silent[4]
        );
    }

    label("silent neurons during training");
    println!("200 held-out names");
    println!("step  share of zeros  neurons never positive  never, but again later");
    let mut trainer = untrained.trainer().with_engine(Engine::Fused);
    let mut moments = Vec::new();
    let mut off = Vec::new();
    for step in 0..=Program::NUM_STEPS {
        if [0, 1, 100, 300, 500].contains(&step) {
            moments.push((step, silent(&held_out, trainer.params())));
        }
        if [1, 99].contains(&step) {
            let name = &untrained.docs[step];
            off.push((
                step + 1,
                name.clone(),
                off_for_a_name(trainer.params(), &tokenizer.encode_doc(name)?),
            ));
        }
        trainer.advance()?;
    }
    for (i, (step, (share, never))) in moments.iter().enumerate() {
        let again =
            (0..64).filter(|&n| never[n] && moments[i..].iter().any(|(_, (_, later))| !later[n])).count();
        println!("{step:4} {:14.1}% {:23} {again:23}", 100.0 * share, never.iter().filter(|&&n| n).count());
    }

    let silent_after = |step: usize| moments.iter().find(|(at, _)| *at == step).map(|(_, (_, never))| never);
    for step in [100, 500] {
        let count = silent_after(step).map_or(0, |never| never.iter().filter(|&&n| n).count());
        println!("after {step} steps: {count} neurons of the 64 neurons were silent in all 200 names");
    }

    label("off for a whole name");
    for (step, name, neurons) in &off {
        let all = neurons.len();
        println!("step {step}, {name}: neurons that are 0 at all positions: {all}");
        println!(
            "step {step}, {name}: zeros in mlp_fc1 {all} * 16 = {0}, in mlp_fc2 {0}, both {1}",
            16 * all,
            32 * all
        );
    }
    let one = &off[0].2[0];
    println!("step 2, tamas: s of neuron {} at its positions:", one.0);
    println!("{}", show(&one.1));

    label("gelu in the place of relu squared");
    println!("trained model, position 4 of anna, neurons 17 to 23");
    println!("s             {}", show(&hidden[17..=23]));
    println!("relu squared  {}", show(&active[17..=23]));
    let with_gelu: Vec<f64> = hidden.iter().map(|&s| gelu(s)).collect();
    println!("gelu          {}", show(&with_gelu[17..=23]));
    println!("exactly 0, of 64: relu squared {}, gelu {}", zeros(&active), zeros(&with_gelu));

    label("switched off");
    println!("trained model, loss of 200 held-out names");
    let off: [&[&str]; 4] =
        [&[], &["layer0.mlp_fc2"], &["layer0.attn_wo"], &["layer0.mlp_fc2", "layer0.attn_wo"]];
    let [all_on, no_mlp, no_attention, neither] =
        off.map(|names| mean_loss(&with_zeros(trained.params.clone(), names), &held_out));
    println!("all on:                 {all_on:.4}");
    println!("MLP off:                {no_mlp:.4}");
    println!("attention off:          {no_attention:.4}");
    println!("both off:               {neither:.4}");
    println!("the MLP brings:         {:.4}", no_mlp - all_on);
    println!("attention brings:       {:.4}", no_attention - all_on);

    label("trained without");
    println!("loss after 500 steps, 200 held-out names and 200 others");
    println!("        relu squared        relu               no MLP");
    println!("seed  held-out  others   held-out  others   held-out  others");
    let of_seed = |seed: u64| -> Result<[f64; 6], TrainingError> {
        let plain = Ablation { plain_relu: true, ..Ablation::NONE };
        let models = [(Ablation::NONE, true), (plain, true), (Ablation::NONE, false)];
        let mut row = [0.0; 6];
        for (i, (ablation, mlp)) in models.into_iter().enumerate() {
            let params = train(seed, ablation, mlp)?;
            (row[2 * i], row[2 * i + 1]) = (mean_loss(&params, &held_out), mean_loss(&params, &others));
        }
        Ok(row)
    };
    let table: Vec<[f64; 6]> = (1..=5).into_par_iter().map(of_seed).collect::<Result<_, _>>()?;
    let line =
        |row: [f64; 6]| join(row.chunks(2).map(|pair| format!("{:8.4} {:8.4}", pair[0], pair[1])), "  ");
    for (i, row) in table.iter().enumerate() {
        println!("{:4}  {}", i + 1, line(*row));
    }
    let column = |value: &dyn Fn(&[f64; 6]) -> f64| table.iter().map(value).collect::<Vec<f64>>();
    println!("mean  {}", line([0, 1, 2, 3, 4, 5].map(|i| mean(&column(&|row| row[i])))));
    for (set, names) in ["held-out", "others"].iter().enumerate() {
        let differences = column(&|row| row[set] - row[set + 4]);
        let (mean, std) = (mean(&differences), std(&differences));
        println!("relu squared minus no MLP, {names}: mean {mean:.4}, std {std:.4}");
    }
    let smaller = |column: usize| (0..5).filter(|&i| table[i][column] < table[i][column + 4]).count();
    println!(
        "seeds with a smaller loss with the MLP: held-out {} of 5, others {} of 5",
        smaller(0),
        smaller(1)
    );

    label("parameters of the mlp");
    println!(
        "64 * 16 + 16 * 64 = {}, of {} in all: {:.1}%",
        64 * 16 + 16 * 64,
        trained.params.len(),
        percent(2048, 4064)
    );
    println!("of the 3072 in the layer: {:.1}%", percent(2048, 3072));

    label("the square first");
    println!("trained model, position 4 of anna, neurons 17 to 23");
    println!("s                 {}", show(&hidden[17..=23]));
    println!("x_i.relu() ** 2   {}", show(&active[17..=23]));
    let wrong: Vec<f64> = hidden.iter().map(|s| relu(s * s)).collect();
    println!("(x_i ** 2).relu() {}", show(&wrong[17..=23]));
    println!("exactly 0, of 64: {}", zeros(&wrong));
    let wrong_out = linear(&tape.values(&wrong), &state_dict.layers[0].mlp_fc2);
    println!("mlp_out, right:   {}", show(&numbers(&layer.mlp_out[..4])));
    println!("mlp_out, wrong:   {}", show(&numbers(&wrong_out[..4])));

    label("questions");
    let (mut results, mut slopes) = (Vec::new(), Vec::new());
    for s in [-0.8, 0.3, 1.5] {
        let x = start_tape.value(s);
        let y = x.relu().powf(2.0);
        y.backward();
        results.push(y.data());
        slopes.push(x.grad());
    }
    println!("weighted sums -0.8, 0.3, 1.5 of a neuron");
    println!("after relu and the square: {}, {:.2}, {:.2}", results[0], results[1], results[2]);
    println!("slopes 2 * relu(s): {}, {:.1}, {}", slopes[0], slopes[1], slopes[2]);
    println!("by hand, both: 0.25 * 16 - 0.25 * 4 = {}", 0.25 * 16.0 - 0.25 * 4.0);
    println!("width 32: two matrices of 128 * 32, together {} parameters", 2 * 128 * 32);
    println!("width 32: {} / 2048 = {} times as many", 2 * 128 * 32, 2 * 128 * 32 / 2048);
    println!("products needed 96 of 1024, products with 0: {}", 1024 - 96);
    Ok(())
}

/// GPT-2's GeLU.
fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + GELU_CUBE * x.powi(3))).tanh())
}

fn relu(x: f64) -> f64 {
    x.max(0.0)
}

/// The share of hidden numbers that are exactly 0 after line 139, and which neurons are so everywhere.
fn silent(names: &[Vec<usize>], params: &Parameters) -> (f64, Vec<bool>) {
    let (mut zeros, mut all, mut never) = (0, 0, vec![true; 64]);
    for name in names {
        for position in trace(params, &name[..name.len() - 1], Engine::Fused) {
            for (neuron, &active) in position.layers[0].mlp_active.iter().enumerate() {
                all += 1;
                if active == 0.0 {
                    zeros += 1;
                } else {
                    never[neuron] = false;
                }
            }
        }
    }
    (f64::from(zeros) / f64::from(all), never)
}

/// The neurons that are 0 at all positions of a name, each with its weighted sums.
fn off_for_a_name(params: &Parameters, tokens: &[usize]) -> Vec<(usize, Vec<f64>)> {
    let positions = trace(params, &tokens[..tokens.len() - 1], Engine::Scalar);
    let sums =
        |i: usize| positions.iter().map(|position| position.layers[0].mlp_hidden[i]).collect::<Vec<_>>();
    (0..64).map(|i| (i, sums(i))).filter(|(_, sums)| sums.iter().all(|&s| s <= 0.0)).collect()
}

/// A model trained on the 500 names of the program. Without the MLP both its matrices start at 0, so that no
/// gradient comes through, and stay there.
fn train(seed: u64, ablation: Ablation, mlp: bool) -> Result<Parameters, TrainingError> {
    let program = reseeded(Config::default(), seed);
    let silent: &[&str] = if mlp { &[] } else { &["layer0.mlp_fc1", "layer0.mlp_fc2"] };
    let params = with_zeros(program.params.clone(), silent).with_ablation(ablation);
    common::trained(&Program { params, ..program })
}
