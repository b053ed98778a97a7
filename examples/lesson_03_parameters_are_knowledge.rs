//! Lesson 3.0, Parameters are knowledge: the nine matrices, their starting values, and what two zeros do.

mod common;

use std::error::Error;

use common::{changed, join, label, max, mean, min, percent, print_rows, rounded, show, std, zeros};
use microgpt::data::TokenizerError;
use microgpt::{
    Config, Engine, Parameters, Program, Random, Tape, Trainer, loss_and_gradients, mean_loss, trace,
};

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::untrained();
    let start = &program.params;
    let config = start.config();

    // The training of the program, step by step, with the gradients of the first two steps
    let mut trainer = program.trainer();
    let mut first_steps = Vec::new();
    let mut after_100 = start.clone();
    while let Some(step) = trainer.step()? {
        if step.step < 2 {
            first_steps.push((step.document().doc.clone(), trainer.grads().to_vec()));
        }
        if step.step + 1 == 100 {
            after_100 = trainer.params().clone();
        }
    }
    let trained = trainer.params();

    // Names that the training never meets: it takes the first 500
    let unseen = program.tokenizer.encode_docs(&program.docs[Program::NUM_STEPS..][..100])?;

    println!("--- one program and other numbers ---");
    let (before, after) = (mean_loss(start, &unseen), mean_loss(trained, &unseen));
    println!("steps of training: {}", Program::NUM_STEPS);
    println!("held-out names: {}", unseen.len());
    println!("mean loss with the starting values:  {before:.4}");
    println!("mean loss with the trained values:   {after:.4}");

    label("where the matrices are used");
    let shape = |name: &str| {
        start.get(name).map_or(String::new(), |matrix| format!("{} × {}", matrix.rows, matrix.cols))
    };
    let square = shape("layer0.attn_wq");
    println!("flowchart TD");
    println!(r#"    token["token"] --> wte["wte, {}"]"#, shape("wte"));
    println!(r#"    position["position"] --> wpe["wpe, {}"]"#, shape("wpe"));
    println!(r#"    wte --> x["a vector of {} numbers"]"#, config.n_embd);
    println!("    wpe --> x");
    println!(r#"    x --> attn["attention: attn_wq, attn_wk,<br>attn_wv, attn_wo,<br>each {square}"]"#);
    println!(r#"    attn --> fc1["MLP: mlp_fc1, {}"]"#, shape("layer0.mlp_fc1"));
    println!(r#"    fc1 --> fc2["MLP: mlp_fc2, {}"]"#, shape("layer0.mlp_fc2"));
    println!(r#"    fc2 --> lm_head["lm_head, {}"]"#, shape("lm_head"));
    println!(r#"    lm_head --> scores["{} scores"]"#, start.vocab_size());

    label("matrices");
    println!("matrix           rows  columns  parameters   share");
    for matrix in start.matrices() {
        let count = matrix.data.len();
        println!(
            "{:15} {:5} {:8} {count:11} {:6.1}%",
            matrix.name,
            matrix.rows,
            matrix.cols,
            percent(count, start.len())
        );
    }
    println!("all {:37} {:6.1}%", start.len(), 100.0);

    label("shapes");
    let vocab_size = start.vocab_size();
    let Config { n_embd, n_head, block_size, .. } = config;
    println!("token: wte {vocab_size} × {n_embd} = {}", vocab_size * n_embd);
    println!("position: wpe {block_size} × {n_embd} = {}", block_size * n_embd);
    println!("the vector of a token: {n_embd} numbers");
    println!("attention: attn_wq, attn_wk, attn_wv, attn_wo, each {n_embd} × {n_embd} = {}", n_embd * n_embd);
    println!("4 * n_embd: 4 * {n_embd} = {}", 4 * n_embd);
    println!("MLP: mlp_fc1 {} × {n_embd} = {}", 4 * n_embd, 4 * n_embd * n_embd);
    println!("MLP: mlp_fc2 {n_embd} × {} = {}", 4 * n_embd, 4 * n_embd * n_embd);
    println!("lm_head {vocab_size} × {n_embd} = {}", vocab_size * n_embd);
    println!("one score for each token: {vocab_size} scores");
    println!("head_dim: {n_embd} // {n_head} = {}", config.head_dim());
    println!("division: 17 / 4 = {}, 17 // 4 = {}", 17.0 / 4.0, 17 / 4);

    label("the sum");
    let size = |name: &str| -> usize {
        start.matrices().filter(|matrix| matrix.name.contains(name)).map(|matrix| matrix.data.len()).sum()
    };
    println!(
        "{} + {} + {} = {}",
        size("wte"),
        size("wpe"),
        size("lm_head"),
        size("w") + size("lm_head") - size("attn")
    );
    println!("attention: 4 * {} = {}", n_embd * n_embd, size("attn"));
    println!("MLP: 2 * {} = {}", 4 * n_embd * n_embd, size("mlp"));
    println!("layer: {} + {} = {}", size("attn"), size("mlp"), size("layer"));
    println!("all: {} + {} = {}", start.len() - size("layer"), size("layer"), start.len());
    let share = |count: usize| percent(count, start.len());
    println!("share of the layer: {:.1}%", share(size("layer")));
    println!("share of the MLP: {:.1}%", share(size("mlp")));

    label("six draws");
    println!("seed 42");
    let mut random = Random::new(42);
    let draws: Vec<f64> = (0..6).map(|_| rounded(random.gauss(0.0, 1.0))).collect();
    println!("std 1:     {}", show(&draws));
    let scaled: Vec<f64> = draws.iter().map(|draw| draw * 0.02).collect();
    println!("std 0.02:  {}", show(&scaled));
    let zero: Vec<f64> = draws.iter().map(|draw| (draw * 0.0).abs()).collect();
    println!("std 0:     {}", show(&zero));

    label("their standard deviation");
    println!("draws:              {}", show(&draws));
    let draws_mean = rounded(mean(&draws));
    println!("mean:               {}", show(&[draws_mean]));
    let distances: Vec<f64> = draws.iter().map(|draw| rounded(draw - draws_mean)).collect();
    println!("minus the mean:     {}", show(&distances));
    let squares: Vec<f64> = distances.iter().map(|distance| rounded(distance * distance)).collect();
    println!("squares:            {}", show(&squares));
    let variance = rounded(mean(&squares));
    println!("mean of squares:    {}", show(&[variance]));
    println!("standard deviation: {}", show(&[variance.sqrt()]));

    label("a zero in the way");
    // out = w * (a * x): a stands before w in the calculation, as attn_wq does before attn_wo
    let mut w_data = 0.0;
    for round in ["first: ", "second:"] {
        let tape = Tape::new();
        let (w, a, x) = (tape.value(w_data), tape.value(3.0), tape.value(2.0));
        let out = w * (a * x);
        out.backward();
        println!("{round} w {:4.1}  a {}  x {}  out {:4.1}", w.data(), a.data(), x.data(), out.data());
        println!("{round} gradients: of w {}, of a {:.1}", w.grad(), a.grad());
        if w_data == 0.0 {
            println!("update of w: {w_data:.1} - 0.1 * {} = {:.1}", w.grad(), w_data - 0.1 * w.grad());
        }
        w_data -= 0.1 * w.grad();
    }

    label("the first row of wte");
    let wte = start.get("wte").ok_or("wte is a matrix")?;
    print_rows(wte.row(0));

    label("histogram");
    let drawn: Vec<f64> =
        start.matrices().filter(|matrix| std(matrix.data) > 0.0).flat_map(|m| m.data.to_vec()).collect();
    println!("     from       to   numbers (each # is up to 15)");
    for bin in -8..8 {
        let (from, to) = (f64::from(bin) / 100.0, f64::from(bin + 1) / 100.0);
        let count = drawn.iter().filter(|&&number| from <= number && number < to).count();
        let bar = "#".repeat(count.div_ceil(15));
        println!("{}", format!("{from:9.2} {to:8.2} {count:9} {bar}").trim_end());
    }

    label("all draws");
    let within =
        |limit: f64| percent(drawn.iter().filter(|number| number.abs() < limit).count(), drawn.len());
    println!("numbers drawn with std 0.02: {}", drawn.len());
    println!("their mean: {:.4}", mean(&drawn));
    println!("their standard deviation: {:.4}", std(&drawn));
    println!("less than 0.02 from 0: {:.1}%", within(0.02));
    println!("less than 0.04 from 0: {:.1}%", within(0.04));
    println!("farthest from 0: {:.4}", farthest(&drawn));
    println!("drawn with std 0, so exactly 0: {}", start.len() - drawn.len());

    for (step, (doc, grads)) in first_steps.iter().enumerate() {
        label(&format!("gradients of step {}", step + 1));
        println!("document: {doc}");
        println!("matrix           parameters  gradient exactly 0");
        for matrix in start.matrices() {
            let own = start.get_in(grads, matrix.name).ok_or("a matrix")?.data;
            println!("{:15} {:11} {:19}", matrix.name, own.len(), zeros(own));
        }
        println!("all {:23} {:19}", grads.len(), zeros(grads));
        println!("share: {:.1}%", share(zeros(grads)));
        let tokens = program.tokenizer.encode_doc(doc)?;
        let read = (0..27).filter(|id| tokens.contains(id)).count();
        println!("tokens read: {read}, rows of wte not read: {}", 27 - read);
        println!("positions used: {}, not used: {}", tokens.len() - 1, 8 - (tokens.len() - 1));
    }

    label("the last a of anna and of zoya");
    for (what, params) in [("starting values", start), ("trained values", trained)] {
        let scores = |name| -> Result<Vec<f64>, TokenizerError> {
            let tokens = program.tokenizer.encode_doc(name)?;
            Ok(trace(params, &tokens[..5], Engine::Scalar)[4].logits.clone())
        };
        let (anna, zoya) = (scores("anna")?, scores("zoya")?);
        let difference = anna.iter().zip(&zoya).map(|(a, z)| (a - z).abs()).fold(0.0, f64::max);
        println!("{what}: the 27 scores are the same: {}", anna == zoya);
        println!("{what}: largest difference: {difference:.4}");
        println!("{what}: scores from {:.4} to {:.4}", min(&anna), max(&anna));
    }

    label("after training");
    println!("matrix           std before   std after    farthest from 0");
    for (old, new) in start.matrices().zip(trained.matrices()) {
        let (before, after) = (std(old.data), std(new.data));
        println!("{:15} {before:11.4} {after:11.4} {:18.4}", new.name, farthest(new.data));
    }
    let unchanged = start.len() - changed(start, trained);
    println!("parameters that did not change: {unchanged} of {}", start.len());

    label("one matrix put back");
    println!("all trained values: {after:.4}");
    for matrix in start.matrices() {
        let mut params = trained.clone();
        params.get_mut(matrix.name).ok_or("a matrix")?.copy_from_slice(matrix.data);
        println!("{:15} {:.4}", matrix.name, mean_loss(&params, &unseen));
    }
    println!("all starting values: {before:.4}");

    label("all zero");
    let same = |number: f64| Parameters::from_values(config, vocab_size, vec![number; start.len()]);
    let mut trainer = Trainer::new(program.docs.clone(), &program.tokenizer, same(0.0)?, 500)?;
    trainer.step()?;
    println!("gradients that are exactly 0: {} of {}", zeros(trainer.grads()), start.len());
    let moved = trainer.params().as_slice().iter().filter(|&&number| number != 0.0).count();
    println!("parameters that the first step changes: {moved}");

    label("all equal");
    let mut trainer = Trainer::new(program.docs.clone(), &program.tokenizer, same(0.02)?, 500)?;
    for _ in 0..100 {
        trainer.step()?;
    }
    let rows = trainer.params().get("wte").ok_or("wte is a matrix")?;
    println!("row of a in wte: {}", show(&rows.row(0)[..6]));
    println!("row of n in wte: {}", show(&rows.row(13)[..6]));
    let alike = (0..27).all(|row| rows.row(row).iter().all(|&number| number == rows.row(row)[0]));
    println!("each row of wte is 16 times the same number: {alike}");
    println!("mean loss after 100 steps, all 0.02: {:.4}", mean_loss(trainer.params(), &unseen));
    println!("mean loss after 100 steps, random:   {:.4}", mean_loss(&after_100, &unseen));

    label("far from zero");
    let far: Vec<f64> = start.as_slice().iter().map(|number| 50.0 * number).collect();
    println!("1 / 0.02 = {} times as large", 1.0 / 0.02);
    println!("mean loss, std 0.02: {before:.4}");
    println!(
        "mean loss, std 1:    {:.4}",
        mean_loss(&Parameters::from_values(config, vocab_size, far)?, &unseen)
    );

    label("rows of one and the same number");
    println!("num params: {}", start.len());
    println!("different numbers: {}", start.matrices().map(|matrix| matrix.rows).sum::<usize>());
    println!("which is {}", join(start.matrices().map(|matrix| matrix.rows), " + "));

    label("questions");
    let wider = Parameters::random(Config { n_embd: 32, ..config }, vocab_size, &mut Random::new(42))?;
    println!("num params with n_embd 32: {}", wider.len());
    let parts = [2 * vocab_size * 32, block_size * 32, 12 * 32 * 32];
    println!("n_embd 32: 2 * 27 * 32 = {}, 8 * 32 = {}, 12 * 32 * 32 = {}", parts[0], parts[1], parts[2]);
    let longer = Parameters::random(Config { block_size: 16, ..config }, vocab_size, &mut Random::new(42))?;
    println!("num params with block_size 16: {}, {} more", longer.len(), longer.len() - start.len());
    let emma = program.tokenizer.encode_doc("emma")?;
    let (_, grads) = loss_and_gradients(&emma, start);
    let [wte, wpe] = ["wte", "wpe"].map(|name| start.get_in(&grads, name));
    println!("emma: {} predictions, letters e, m, a and BOS are read", emma.len() - 1);
    println!("emma, zeros of wte: 23 * 16 = {}", zeros(wte.ok_or("wte")?.data));
    println!("emma, zeros of wpe: 3 * 16 = {}", zeros(wpe.ok_or("wpe")?.data));
    println!("emma, before the zero matrices: 3 * 256 + 1024 = {}", 3 * 256 + 1024);
    println!("emma, zeros of all: {}", zeros(&grads));
    Ok(())
}

/// How far the number farthest from 0 is from it.
fn farthest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |farthest, number| number.abs().max(farthest))
}
