//! Lesson 3.0, Parameters are knowledge: the nine matrices, their starting values, and what two zeros do.

mod common;

use std::error::Error;

use common::{changed, join, label, mean, percent, print_rows, rounded, show, std, wants_figure, zeros};
use lab::draw::{self, Cells};
use maud::{Markup, html};
use microgpt::data::TokenizerError;
use microgpt::parameters::ConfigError;
use microgpt::{Config, Engine, Parameters, Program, Random, Tape, Trainer, mean_loss, trace};

/// What is seen of the training: the names and gradients of the first two steps, and the parameters after them.
struct Training {
    first_steps: Vec<(String, Vec<f64>)>,
    after_1: Parameters,
    after_100: Parameters,
    trained: Parameters,
}

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::untrained();
    if wants_figure() {
        print!("{}", figure(&program.params));
        return Ok(());
    }
    let training = train(&program)?;
    // Names that the training never meets: it takes the first 500
    let unseen = program.tokenizer.encode_docs(&program.docs[Program::NUM_STEPS..][..100])?;
    // The problem
    one_program_and_other_numbers(&program.params, &training.trained, &unseen);
    // The idea
    matrices(&program.params);
    // By hand
    the_sum(&program.params);
    checkpoint_a_longer_block(&program.params)?;
    a_zero_in_the_way();
    // The lines
    six_draws();
    checkpoint_after_one_step(&program.params, &training.after_1);
    // In the real model
    starting_values(&program.params);
    gradients_of_the_first_steps(&program, &training);
    // What goes wrong
    all_equal(&program, &training.after_100, &unseen)?;
    // Going deeper
    their_standard_deviation();
    the_last_a_of_anna_and_of_zoya(&program, &training.trained)?;
    after_training(&program.params, &training.trained);
    one_matrix_put_back(&program.params, &training.trained, &unseen);
    all_zero(&program)?;
    far_from_zero(&program.params, &unseen)?;
    Ok(())
}

fn train(program: &Program) -> Result<Training, Box<dyn Error>> {
    let mut trainer = program.trainer();
    let (mut first_steps, mut after_1, mut after_100) = (Vec::new(), None, None);
    while let Some(step) = trainer.step()? {
        if step.step < 2 {
            first_steps.push((step.document().doc.clone(), trainer.grads().to_vec()));
        }
        match step.step + 1 {
            1 => after_1 = Some(trainer.params().clone()),
            100 => after_100 = Some(trainer.params().clone()),
            _ => {}
        }
    }
    let (after_1, after_100) = (after_1.ok_or("a step")?, after_100.ok_or("100 steps")?);
    Ok(Training { first_steps, after_1, after_100, trained: trainer.into_params() })
}

fn one_program_and_other_numbers(start: &Parameters, trained: &Parameters, unseen: &[Vec<usize>]) {
    println!("--- one program and other numbers ---");
    println!("steps of training: {}", Program::NUM_STEPS);
    println!("held-out names: {}", unseen.len());
    println!("mean loss with the starting values:  {:.4}", mean_loss(start, unseen));
    println!("mean loss with the trained values:   {:.4}", mean_loss(trained, unseen));
}

fn matrices(start: &Parameters) {
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
    let Config { n_embd, n_head, .. } = start.config();
    println!("numbers that describe a token: {n_embd}");
    println!("head_dim: {n_embd} // {n_head} = {}", start.config().head_dim());
    println!("division: 17 / 4 = {}, 17 // 4 = {}", 17.0 / 4.0, 17 / 4);
}

fn the_sum(start: &Parameters) {
    label("the sum");
    let Config { n_embd, .. } = start.config();
    let size = |name: &str| -> usize {
        start.matrices().filter(|matrix| matrix.name.contains(name)).map(|matrix| matrix.data.len()).sum()
    };
    let outside = start.len() - size("layer");
    println!("outside the layer: {} + {} + {} = {outside}", size("wte"), size("wpe"), size("lm_head"));
    println!("layer: 4 * {} + 2 * {} = {}", n_embd * n_embd, 4 * n_embd * n_embd, size("layer"));
    println!("all: {outside} + {} = {}", size("layer"), start.len());
    println!("share of the layer: {:.1}%", percent(size("layer"), start.len()));
    println!("share of the MLP: {:.1}%", percent(size("mlp"), start.len()));
}

fn checkpoint_a_longer_block(start: &Parameters) -> Result<(), ConfigError> {
    label("checkpoint a-longer-block");
    let config = start.config();
    let count = |config| {
        Parameters::random(config, start.vocab_size(), &mut Random::new(42)).map(|params| params.len())
    };
    let longer = count(Config { block_size: 16, ..config })?;
    println!("block_size 16: {} more parameters", longer - start.len());
    println!("answer: {longer}");
    println!("wrong: {} all doubled", 2 * start.len());
    println!("wrong: {} a number more a position", start.len() + config.block_size);
    println!("wrong: {} twice as wide", count(Config { n_embd: 32, ..config })?);
    Ok(())
}

/// out = w * (a * x): a stands before w in the calculation, as attn_wq does before attn_wo.
fn a_zero_in_the_way() {
    label("a zero in the way");
    let mut w_data = 0.0;
    for step in 1..=2 {
        let tape = Tape::new();
        let (w, a, x) = (tape.value(w_data), tape.value(3.0), tape.value(2.0));
        let out = w * (a * x);
        out.backward();
        println!("step {step}: w {:.1}, a {}, x {}, out {:.1}", w.data(), a.data(), x.data(), out.data());
        println!("step {step}: gradient of w {}, of a {:.1}", w.grad(), a.grad());
        if step == 1 {
            println!("update of w: {w_data:.1} - 0.1 * {} = {:.1}", w.grad(), w_data - 0.1 * w.grad());
        }
        w_data -= 0.1 * w.grad();
    }
}

/// The first numbers that the seed gives, rounded as they are printed.
fn draws() -> Vec<f64> {
    let mut random = Random::new(42);
    (0..6).map(|_| rounded(random.gauss(0.0, 1.0))).collect()
}

fn six_draws() {
    label("six draws");
    println!("seed 42");
    for std in [1.0, 0.02, 0.0] {
        // -0.0 is 0, too, and looks like a mistake
        let scaled: Vec<f64> = draws().iter().map(|draw| draw * std + 0.0).collect();
        println!("std {std:<4} {}", show(&scaled));
    }
}

/// Has the matrix of zeros changed after one step, and what stands before it?
fn checkpoint_after_one_step(start: &Parameters, after_1: &Parameters) {
    label("checkpoint after-one-step");
    let moved = |name: &str| {
        let [old, new] = [start, after_1].map(|params| params.get(name).expect("a matrix").data);
        old.iter().zip(new).filter(|(old, new)| old != new).count()
    };
    let [wo, wq] = ["layer0.attn_wo", "layer0.attn_wq"].map(moved);
    println!("changed numbers: attn_wo {wo}, attn_wq {wq}");
    println!(
        "answer: {}",
        match (wo, wq) {
            (0, _) => "neither has changed",
            (_, 0) => "only the zeros have changed",
            _ => "both have changed",
        }
    );
}

fn starting_values(start: &Parameters) {
    label("the first row of wte");
    print_rows(start.get("wte").expect("a matrix").row(0));

    label("all draws");
    let drawn: Vec<f64> =
        start.matrices().filter(|matrix| std(matrix.data) > 0.0).flat_map(|m| m.data.to_vec()).collect();
    let within = |limit: f64| percent(drawn.iter().filter(|x| x.abs() < limit).count(), drawn.len());
    println!("numbers drawn with std 0.02: {}", drawn.len());
    println!("their mean: {:.4}", mean(&drawn));
    println!("their standard deviation: {:.4}", std(&drawn));
    println!("less than 0.02 from 0: {:.1}%", within(0.02));
    println!("less than 0.04 from 0: {:.1}%", within(0.04));
    println!("farthest from 0: {:.4}", farthest(&drawn));
    println!("drawn with std 0, so exactly 0: {}", start.len() - drawn.len());
}

fn gradients_of_the_first_steps(program: &Program, training: &Training) {
    let start = &program.params;
    let tokens = |doc: &str| program.tokenizer.encode_doc(doc).expect("a name of the file");
    label("gradients of the first two steps");
    let docs = training.first_steps.iter().map(|(doc, _)| doc.as_str());
    println!("exactly 0, {}", join(docs.zip(1..).map(|(doc, step)| format!("step {step}: {doc}")), ", "));
    println!("matrix         parameters  step 1  step 2");
    for matrix in start.matrices() {
        let zeros = training.first_steps.iter().map(|(_, grads)| {
            format!("{:6}", zeros(start.get_in(grads, matrix.name).expect("a matrix").data))
        });
        println!("{:14} {:10}  {}", matrix.name, matrix.data.len(), join(zeros, "  "));
    }
    let all = training.first_steps.iter().map(|(_, grads)| format!("{:6}", zeros(grads)));
    println!("{:14} {:10}  {}", "all", start.len(), join(all, "  "));

    label("causes in step 1");
    let (doc, grads) = &training.first_steps[0];
    let tokens = tokens(doc);
    let Config { n_embd, block_size, .. } = start.config();
    let read = (0..start.vocab_size()).filter(|id| tokens.contains(id)).count();
    let (unread, unused) = (start.vocab_size() - read, block_size - (tokens.len() - 1));
    let of = |name: &str| zeros(start.get_in(grads, name).expect("a matrix").data);
    let before = ["attn_wq", "attn_wk", "attn_wv", "mlp_fc1"].map(|name| of(&format!("layer0.{name}")));
    println!("tokens read: {read}, rows of wte not read: {unread} * {n_embd} = {}", of("wte"));
    println!("rows of wpe not used: {unused} * {n_embd} = {}", of("wpe"));
    println!("before a matrix of zeros: {} = {}", join(before, " + "), before.iter().sum::<usize>());
    println!("share of all gradients: {:.1}%", percent(zeros(grads), grads.len()));
}

fn all_equal(program: &Program, after_100: &Parameters, unseen: &[Vec<usize>]) -> Result<(), Box<dyn Error>> {
    label("all equal");
    let mut trainer = Trainer::new(program.docs.clone(), &program.tokenizer, same(program, 0.02)?, 500)?;
    for _ in 0..100 {
        trainer.step()?;
    }
    let rows = trainer.params().get("wte").ok_or("wte is a matrix")?;
    println!("row of a in wte: {}", show(&rows.row(0)[..4]));
    println!("row of n in wte: {}", show(&rows.row(13)[..4]));
    let alike = (0..rows.rows).all(|row| rows.row(row).iter().all(|&number| number == rows.row(row)[0]));
    println!("each row is one number, repeated: {alike}");
    println!("mean loss after 100 steps");
    println!("all 0.02 at first: {:.4}", mean_loss(trainer.params(), unseen));
    println!("random at first:   {:.4}", mean_loss(after_100, unseen));
    Ok(())
}

/// Parameters that are all the same number.
fn same(program: &Program, number: f64) -> Result<Parameters, Box<dyn Error>> {
    let Program { params, .. } = program;
    Ok(Parameters::from_values(params.config(), params.vocab_size(), vec![number; params.len()])?)
}

fn their_standard_deviation() {
    label("their standard deviation");
    let draws = draws();
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
}

fn the_last_a_of_anna_and_of_zoya(program: &Program, trained: &Parameters) -> Result<(), TokenizerError> {
    label("the last a of anna and of zoya");
    for (what, params) in [("starting values", &program.params), ("trained values", trained)] {
        let scores = |name| -> Result<Vec<f64>, TokenizerError> {
            let tokens = program.tokenizer.encode_doc(name)?;
            Ok(trace(params, &tokens[..5], Engine::Scalar)[4].logits.clone())
        };
        let (anna, zoya) = (scores("anna")?, scores("zoya")?);
        let difference = anna.iter().zip(&zoya).map(|(a, z)| (a - z).abs()).fold(0.0, f64::max);
        println!("{what}: the {} scores are the same: {}", anna.len(), anna == zoya);
        println!("{what}: largest difference: {difference:.4}");
    }
    Ok(())
}

fn after_training(start: &Parameters, trained: &Parameters) {
    label("after training");
    println!("matrix         std before  std after  farthest from 0");
    for (old, new) in start.matrices().zip(trained.matrices()) {
        let (before, after) = (std(old.data), std(new.data));
        println!("{:14} {before:10.4} {after:10.4} {:17.4}", new.name, farthest(new.data));
    }
    let unchanged = start.len() - changed(start, trained);
    println!("parameters that did not change: {unchanged} of {}", start.len());
}

fn one_matrix_put_back(start: &Parameters, trained: &Parameters, unseen: &[Vec<usize>]) {
    label("one matrix put back");
    println!("all trained values  {:.4}", mean_loss(trained, unseen));
    for matrix in start.matrices() {
        let mut params = trained.clone();
        params.get_mut(matrix.name).expect("a matrix").copy_from_slice(matrix.data);
        println!("{:19} {:.4}", matrix.name, mean_loss(&params, unseen));
    }
    println!("all starting values {:.4}", mean_loss(start, unseen));
}

fn all_zero(program: &Program) -> Result<(), Box<dyn Error>> {
    label("all zero");
    let mut trainer = Trainer::new(program.docs.clone(), &program.tokenizer, same(program, 0.0)?, 500)?;
    trainer.step()?;
    println!("gradients that are exactly 0: {} of {}", zeros(trainer.grads()), trainer.grads().len());
    let moved = trainer.params().as_slice().iter().filter(|&&number| number != 0.0).count();
    println!("parameters that the first step changes: {moved}");
    Ok(())
}

fn far_from_zero(start: &Parameters, unseen: &[Vec<usize>]) -> Result<(), ConfigError> {
    label("far from zero");
    let far: Vec<f64> = start.as_slice().iter().map(|number| 50.0 * number).collect();
    let far = Parameters::from_values(start.config(), start.vocab_size(), far)?;
    println!("mean loss before training, std 0.02: {:.4}", mean_loss(start, unseen));
    println!("mean loss before training, std 1:    {:.4}", mean_loss(&far, unseen));
    Ok(())
}

/// How far the number farthest from 0 is from it.
fn farthest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |farthest, number| number.abs().max(farthest))
}

/// The lesson's picture: the nine matrices as areas, in the order in which a token goes through them.
fn figure(start: &Parameters) -> String {
    let matrix = |name: &str, (x, y): draw::Point| -> Markup {
        let matrix = start.matrices().find(|matrix| matrix.name.ends_with(name)).expect("a matrix");
        let (width, height) = (2.0 * matrix.cols as f64, 2.0 * matrix.rows as f64);
        let value = if matrix.data.iter().all(|&number| number == 0.0) { 0.0 } else { 0.5 };
        html! {
            (Cells { width, height, ..Cells::PLAIN }.strip((x, y), &[value]))
            (draw::text("name", (x + width / 2.0, y + height + 15.0), name))
            (draw::text("quiet", (x + width / 2.0, y + height + 30.0), &format!("{} × {}", matrix.rows, matrix.cols)))
        }
    };
    draw::svg(
        "The nine matrices of the model",
        "Nine rectangles, as high as the matrices have rows and as wide as they have columns. From a token, wte, and \
         its position, wpe, through four squares of attention, two large ones of the MLP, and lm_head to the scores. \
         Two are empty: attn_wo and mlp_fc2 begin as zeros.",
        (draw::WIDTH, 540.0),
        html! {
            (draw::text("label start", (0.0, 40.0), "token"))
            (draw::arrow((50.0, 36.0), (104.0, 36.0), ""))
            (matrix("wte", (110.0, 10.0)))
            (draw::text("label start", (200.0, 40.0), "position"))
            (draw::arrow((260.0, 36.0), (294.0, 36.0), ""))
            (matrix("wpe", (300.0, 28.0)))
            (draw::arrow((126.0, 100.0), (126.0, 124.0), ""))
            (draw::arrow((316.0, 80.0), (142.0, 124.0), ""))
            (draw::text("label start", (0.0, 152.0), "attention"))
            (matrix("attn_wq", (110.0, 130.0)))
            (matrix("attn_wk", (184.0, 130.0)))
            (matrix("attn_wv", (258.0, 130.0)))
            (matrix("attn_wo", (332.0, 130.0)))
            (draw::arrow((126.0, 200.0), (126.0, 222.0), ""))
            (draw::text("label start", (0.0, 250.0), "MLP"))
            (matrix("mlp_fc1", (110.0, 228.0)))
            (draw::arrow((150.0, 292.0), (196.0, 292.0), ""))
            (matrix("mlp_fc2", (202.0, 276.0)))
            (draw::arrow((126.0, 394.0), (126.0, 418.0), ""))
            (matrix("lm_head", (110.0, 424.0)))
            (draw::arrow((150.0, 451.0), (196.0, 451.0), ""))
            (draw::text("label start", (204.0, 455.0), &format!("{} scores", start.vocab_size())))
        },
    )
}
