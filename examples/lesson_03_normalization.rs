//! Lesson 3.4, Normalization: the root mean square by hand, rmsnorm in the model, and what happens without it.

mod common;

use std::error::Error;

use common::{dot, join, label, length, max, mean, min, numbers, print_rows, rms, show, wants_figure};
use lab::draw::{self, Cells};
use maud::html;
use microgpt::data::TokenizerError;
use microgpt::{
    Ablation, Engine, Parameters, Program, Random, Tape, Trainer, linear, loss, mean_loss, rmsnorm, softmax,
    trace,
};

/// The vector of the lesson.
const X: [f64; 4] = [-1.0, 1.0, 3.0, 5.0];

/// Where `anna` has its first a, the token that the lesson follows.
const POSITION: usize = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let tokens = untrained.tokenizer.encode_doc("anna")?;
    let with = training(&untrained, untrained.params.clone())?;
    let trained = with.last().ok_or("500 steps")?;
    let (before, after) = (Sums::of(&tokens, &untrained.params), Sums::of(&tokens, trained));
    let names: Vec<String> = tokens.iter().map(|&token| untrained.tokenizer.token_name(token)).collect();
    if wants_figure() {
        print!("{}", figure(&names, &after));
        return Ok(());
    }
    // The problem
    ten_times_the_vector(&after.sums[POSITION], trained);
    // The idea
    five_sums(&after);
    // By hand
    four_numbers_by_hand();
    the_same_in_other_sizes();
    checkpoint_all_but_one();
    // See it
    checkpoint_ten_times(&before.sums[POSITION]);
    // The lines
    the_zero_vector();
    // In the real model
    a_at_position_1(&before);
    all_positions_of_anna(&names, &before, &after);
    let ablation = Ablation { no_rmsnorm: true, ..Ablation::default() };
    let without = training(&untrained, untrained.params.clone().with_ablation(ablation))?;
    with_and_without(&untrained, &with, &without)?;
    many_layers(&before.sums[POSITION]);
    checkpoint_the_largest();
    // What goes wrong
    a_forgotten_minus();
    // Going deeper
    small_vectors();
    the_smallest_sums(&untrained.params, trained)?;
    layernorm_by_hand();
    a_gain();
    length_and_rms();
    a_forgotten_division(&before.sums[POSITION]);
    sizes_during_training("with rmsnorm", &untrained, &with)?;
    sizes_during_training("without rmsnorm", &untrained, &without)?;
    Ok(())
}

/// rmsnorm (lines 103–106) for plain numbers.
fn norm(x: &[f64]) -> Vec<f64> {
    let tape = Tape::new();
    numbers(&rmsnorm(&tape.values(x)))
}

fn mean_square(x: &[f64]) -> f64 {
    dot(x, x) / x.len() as f64
}

/// Line 105.
fn scale(x: &[f64]) -> f64 {
    (mean_square(x) + 1e-5).powf(-0.5)
}

/// What line 112 gets and what it makes of it, at each position of a name, and what line 117 makes of that.
struct Sums {
    sums: Vec<Vec<f64>>,
    first: Vec<Vec<f64>>,
    second: Vec<Vec<f64>>,
}

impl Sums {
    fn of(tokens: &[usize], params: &Parameters) -> Self {
        let tape = Tape::new();
        let activations = loss(tokens, &params.on(&tape)).activations;
        Self {
            sums: activations.iter().map(|a| numbers(&a.embedding)).collect(),
            first: activations.iter().map(|a| numbers(&a.embedding_norm)).collect(),
            second: activations.iter().map(|a| numbers(&a.layers[0].attn_norm)).collect(),
        }
    }
}

fn ten_times_the_vector(sum: &[f64], trained: &Parameters) {
    println!("--- ten times the vector ---");
    println!("no rmsnorm              once  10 times");
    let tape = Tape::new();
    let state_dict = trained.on(&tape);
    let layer = &state_dict.layers[0];
    let [once, ten] = [1.0, 10.0].map(|factor| {
        let x = tape.values(&sum.iter().map(|x| x * factor).collect::<Vec<_>>());
        let [q, k] = [&layer.attn_wq, &layer.attn_wk].map(|matrix| numbers(&linear(&x, matrix)));
        let probs = numbers(&softmax(&linear(&x, &state_dict.lm_head)));
        [q[0], dot(&q, &k), max(&probs)]
    });
    for (what, i) in [("from a linear layer", 0), ("two such, multiplied", 1), ("largest probability", 2)] {
        println!("{what:20} {:7.4} {:9.4}", once[i], ten[i]);
    }
}

fn four_numbers_by_hand() {
    label("four numbers by hand");
    println!("x                     {}", show(&X));
    println!("squares               {}", show(&X.map(|x| x * x)));
    println!("their sum {}, their mean {}, its root {}", dot(&X, &X), mean_square(&X), rms(&X));
    let result = X.map(|x| x / rms(&X));
    println!("x divided by the root {}", show(&result));
    println!("squares of these      {}", show(&result.map(|x| x * x)));
    println!("their sum {:.4}, their mean {:.4}", dot(&result, &result), mean_square(&result));
    println!("with 1e-5, all digits: -1 becomes {}", norm(&X)[0]);
}

fn the_same_in_other_sizes() {
    label("the same in other sizes");
    println!("        x                                RMS  rmsnorm of x");
    for factor in [1.0, 10.0, -1.0] {
        let x = X.map(|x| x * factor);
        println!("{factor:3} x  {}  {:3}  {}", show(&x), rms(&x), show(&norm(&x)));
    }
}

/// What is the only number that is not 0 after rmsnorm?
fn checkpoint_all_but_one() {
    label("checkpoint all-but-one");
    let x = [0.0, 0.0, 0.0, 8.0];
    println!("x {x:?}: sum of squares {}, mean {}, RMS {}", dot(&x, &x), mean_square(&x), rms(&x));
    println!("with 1e-5, all digits: {}", norm(&x)[3]);
    println!("answer: {}", x[3] / rms(&x));
    println!("wrong: {} divided by the length", x[3] / length(&x));
    println!("wrong: {} divided by the mean", x[3] / mean(&x));
    println!("wrong: {} divided by the mean square", x[3] / mean_square(&x));
}

fn checkpoint_ten_times(sum: &[f64]) {
    label("checkpoint ten-times");
    let ten: Vec<f64> = sum.iter().map(|x| 10.0 * x).collect();
    let [once, ten] = [sum, &ten].map(|x| norm(x)[0]);
    println!("first number after rmsnorm, once: {once:.4}, 10 times: {ten:.4}");
    println!(
        "answer: {}",
        if ten / once < 1.1 { "by less than a tenth" } else { "to ten times what it was" }
    );
}

fn the_zero_vector() {
    label("the zero vector");
    println!("without 1e-5: 0 ** -0.5 = {}, and 0 * {0} = {}", 0.0_f64.powf(-0.5), 0.0 * 0.0_f64.powf(-0.5));
    println!(
        "with 1e-5: 0.00001 ** -0.5 = {:.4}, and 0 times that is {}",
        scale(&[0.0; 4]),
        norm(&[0.0; 4])[0]
    );
}

fn a_at_position_1(before: &Sums) {
    let (sum, first, second) = (&before.sums[POSITION], &before.first[POSITION], &before.second[POSITION]);
    label("the sum for a at position 1");
    print_rows(sum);
    println!("mean square: {:.8} / {} ≈ {:.10}", dot(sum, sum), sum.len(), mean_square(sum));
    println!("plus 1e-5: {:.10}", mean_square(sum) + 1e-5);
    println!("scale: {:.4}", scale(sum));
    println!("first number: {:.6} * {:.4} = {:.4}", sum[0], scale(sum), first[0]);
    println!("times scale:");
    print_rows(first);
    println!("RMS before: {:.4}, after: {:.4}", rms(sum), rms(first));

    label("once more on line 117");
    println!("mean square {:.6}, plus 1e-5 {:.6}", mean_square(first), mean_square(first) + 1e-5);
    println!("RMS before: {:.4}, after: {:.6}", rms(first), rms(second));
    println!("length before: {:.4}, after: {:.4}", length(first), length(second));
}

fn all_positions_of_anna(names: &[String], before: &Sums, after: &Sums) {
    label("all positions of anna");
    println!("            before training        after training");
    println!("            RMS   scale  after     RMS   scale  after");
    for position in 0..before.sums.len() {
        let of = |Sums { sums, first, .. }: &Sums| {
            let (sum, first) = (&sums[position], &first[position]);
            format!("{:6.4} {:7.2} {:6.4}", rms(sum), scale(sum), rms(first))
        };
        println!("{position} {:>3}    {}  {}", names[position], of(before), of(after));
    }
    for (when, Sums { sums, .. }) in [("before", before), ("after", after)] {
        let scales: Vec<f64> = sums.iter().map(|sum| scale(sum)).collect();
        println!("{when} training, times {:.0} to {:.0}", min(&scales), max(&scales));
    }
}

/// What the picture shows, rounded as there.
fn five_sums(after: &Sums) {
    label("five sums");
    let two = |vectors: &[Vec<f64>]| join(vectors.iter().map(|x| format!("{:.2}", rms(x))), " ");
    println!("strips of {} numbers", after.sums[0].len());
    println!("into line 112, RMS: {}", two(&after.sums));
    println!("out of it, RMS: {}", two(&after.first));
}

/// The names that the losses and sizes are measured on: held-out ones.
fn held_out(program: &Program) -> Result<Vec<Vec<usize>>, TokenizerError> {
    program.tokenizer.encode_docs(&program.docs[Program::NUM_STEPS..][..100])
}

fn with_and_without(
    program: &Program,
    with: &[Parameters],
    without: &[Parameters],
) -> Result<(), TokenizerError> {
    label("with and without");
    let names = held_out(program)?;
    println!("loss of {} held-out names after {} steps", names.len(), Program::NUM_STEPS);
    for (what, moments) in [("with rmsnorm", with), ("without rmsnorm", without)] {
        println!("{what}: {:.4}", mean_loss(&moments[moments.len() - 1], &names));
    }
    Ok(())
}

/// The vector through many random matrices, one after the other.
fn many_layers(sum: &[f64]) {
    label("many matrices in a row");
    println!("RMS of the vector after so many");
    println!("                1        5         10          20");
    for normed in [false, true] {
        let mut random = Random::new(42);
        let mut x = norm(sum);
        let mut seen = Vec::new();
        for count in 1..=20 {
            let input = if normed { norm(&x) } else { x };
            x = (0..16).map(|_| input.iter().map(|x| random.gauss(0.0, 0.5) * x).sum()).collect();
            if [1, 5, 10, 20].contains(&count) {
                seen.push(rms(&x));
            }
        }
        let what = if normed { "rmsnorm" } else { "without" };
        println!("{what:8} {:8.2} {:8.2} {:10.2} {:11.2}", seen[0], seen[1], seen[2], seen[3]);
    }
}

/// The largest number that can stand in a vector of 16 after rmsnorm.
fn checkpoint_the_largest() {
    label("checkpoint the-largest");
    let mut x = [0.0; 16];
    x[5] = 1000.0;
    println!("{} numbers, all 0 but one: rmsnorm makes it {:.4}", x.len(), norm(&x)[5]);
    println!("answer: {}", (x.len() as f64).sqrt());
    println!("wrong: {} the RMS", rms(&norm(&x)).round());
    println!("wrong: {} the sum of the squares", dot(&norm(&x), &norm(&x)).round());
}

fn a_forgotten_minus() {
    label("a forgotten minus");
    println!("x                 {}", show(&X));
    let wrong = X.map(|x| x * (mean_square(&X) + 1e-5).sqrt());
    println!("** 0.5: x * scale {}", show(&wrong));
    println!("RMS before {}, after {:.4}", rms(&X), rms(&wrong));
}

fn small_vectors() {
    label("small vectors");
    println!("RMS before  mean square   + 1e-5         scale  RMS after");
    for size in [10.0, 1.0, 0.1, 0.01, 0.001, 0.0001] {
        let x = [size; 16];
        let (before, plus) = (mean_square(&x), mean_square(&x) + 1e-5);
        println!("{size:10}  {before:11.8} {plus:11.8} {:9.4} {:10.4}", scale(&x), rms(&norm(&x)));
    }
}

fn the_smallest_sums(untrained: &Parameters, trained: &Parameters) -> Result<(), Box<dyn Error>> {
    label("the smallest sums");
    for (when, params) in [("before training", untrained), ("after training", trained)] {
        let (wte, wpe) = (params.get("wte").ok_or("wte")?, params.get("wpe").ok_or("wpe")?);
        let mut smallest = f64::INFINITY;
        for (id, pos_id) in (0..wte.rows).flat_map(|id| (0..wpe.rows).map(move |pos_id| (id, pos_id))) {
            let sum: Vec<f64> = wte.row(id).iter().zip(wpe.row(pos_id)).map(|(t, p)| t + p).collect();
            smallest = smallest.min(rms(&sum));
        }
        println!("{when}: {} sums, smallest RMS {smallest:.4}", wte.rows * wpe.rows);
    }
    Ok(())
}

/// LayerNorm without its gain and bias.
fn layernorm(x: &[f64]) -> Vec<f64> {
    norm(&minus_mean(x))
}

fn minus_mean(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x_i| x_i - mean(x)).collect()
}

fn layernorm_by_hand() {
    label("layernorm by hand");
    let centred = minus_mean(&X);
    println!("x                     {}", show(&X));
    println!("mean {}", mean(&X));
    println!("minus the mean        {}", show(&centred));
    println!("mean square of these {}, its root {:.4}", mean_square(&centred), rms(&centred));
    println!("layernorm             {}", show(&layernorm(&X)));
    println!("rmsnorm               {}", show(&norm(&X)));

    label("all numbers 10 larger");
    let larger = X.map(|x| x + 10.0);
    println!("x + 10                {}", show(&larger));
    println!("layernorm             {}", show(&layernorm(&larger)));
    println!("rmsnorm               {}", show(&norm(&larger)));
}

fn a_gain() {
    label("a gain");
    let (row, gain, x) = ([1.0, 2.0, 0.0, 3.0], [2.0, 1.0, 5.0, 0.5], [1.0, -1.0, 2.0, 4.0]);
    let times = |a: &[f64; 4], b: &[f64; 4]| [0, 1, 2, 3].map(|j| a[j] * b[j]);
    println!("row of a matrix  {}", show(&row));
    println!("gain             {}", show(&gain));
    println!("x                {}", show(&x));
    println!("gain times x     {}", show(&times(&gain, &x)));
    println!("the row times that: {}", dot(&row, &times(&gain, &x)));
    println!("row times gain   {}", show(&times(&row, &gain)));
    println!("that times x: {}", dot(&times(&row, &gain), &x));
}

fn length_and_rms() {
    label("length and rms");
    for x in [X.to_vec(), norm(&X), norm(&[5.0; 16]), norm(&[5.0; 64])] {
        println!("{:2} numbers, RMS {:.4}, length {:.4}", x.len(), rms(&x), length(&x));
    }
}

fn a_forgotten_division(sum: &[f64]) {
    label("a forgotten division");
    let wrong: Vec<f64> = sum.iter().map(|x| x * (dot(sum, sum) + 1e-5).powf(-0.5)).collect();
    println!("a at position 1: RMS {:.4}, length {:.4}", rms(&wrong), length(&wrong));
}

/// The lines whose vectors are measured during a training, and after how many steps.
const LINES: [usize; 4] = [112, 117, 137, 143];
const MOMENTS: [usize; 4] = [0, 100, 300, 500];

/// The parameters at these moments of the training.
fn training(program: &Program, params: Parameters) -> Result<Vec<Parameters>, Box<dyn Error>> {
    let mut seen = vec![params.clone()];
    let mut trainer = Trainer::new(program.docs.clone(), &program.tokenizer, params, 500)?;
    while let Some(step) = trainer.step()? {
        if MOMENTS.contains(&(step.step + 1)) {
            seen.push(trainer.params().clone());
        }
    }
    Ok(seen)
}

/// The mean RMS of what comes into these lines, and the mean loss, over 100 held-out names.
fn sizes_during_training(
    which: &str,
    program: &Program,
    moments: &[Parameters],
) -> Result<(), TokenizerError> {
    label(&format!("sizes {which}"));
    let names = held_out(program)?;
    println!("{} held-out names, {which}", names.len());
    println!("      mean RMS of what comes into line  mean");
    println!("step      {}     loss", join(LINES, "     "));
    for (step, params) in MOMENTS.iter().zip(moments) {
        let (mut sums, mut positions) = ([0.0; 4], 0.0);
        for tokens in &names {
            for activations in &trace(params, &tokens[..tokens.len() - 1], Engine::Fused) {
                let layer = &activations.layers[0];
                let vectors = [
                    &activations.embedding,
                    &activations.embedding_norm,
                    &layer.attn_residual,
                    &layer.mlp_residual,
                ];
                sums.iter_mut().zip(vectors).for_each(|(sum, vector)| *sum += rms(vector));
                positions += 1.0;
            }
        }
        println!("{step:4}  {} {:8.4}", show(&sums.map(|sum| sum / positions)), mean_loss(params, &names));
    }
    Ok(())
}

/// The lesson's picture: the sums that line 112 gets at each position of `anna`, and what it makes of them.
fn figure(names: &[String], after: &Sums) -> String {
    let (left, right, cell, pitch) = (48.0, 236.0, 8.0, 34.0);
    let row = |position: usize| 44.0 + position as f64 * pitch;
    let strip = |x: f64, y: f64, full: f64, numbers: &[f64]| {
        Cells { width: cell, height: 16.0, full, ..Cells::PLAIN }.strip((x, y), numbers)
    };
    let full = |vectors: &[Vec<f64>]| {
        max(&vectors.iter().map(|v| max(&v.iter().map(|x| x.abs()).collect::<Vec<_>>())).collect::<Vec<_>>())
    };
    draw::svg(
        "rmsnorm brings five vectors to one size",
        "The sums of token and position for BOS, a, n, n, a: five strips of 16 cells, that of BOS much stronger in \
         colour than the others. After rmsnorm the pattern of each strip is the same, and all are equally strong.",
        (draw::WIDTH, row(5)),
        html! {
            (draw::text("quiet start", (left, 14.0), "into line 112"))
            (draw::text("quiet start", (right, 14.0), "out of it"))
            (draw::text("quiet", (left + 144.0, 32.0), "RMS"))
            (draw::text("quiet", (right + 148.0, 32.0), "RMS"))
            @for (position, (sum, result)) in after.sums.iter().zip(&after.first).enumerate() {
                @let y = row(position);
                (draw::text("label start", (0.0, y + 13.0), &names[position]))
                (strip(left, y, full(&after.sums), sum))
                (draw::text("digits", (left + 144.0, y + 13.0), &format!("{:.2}", rms(sum))))
                (draw::arrow((left + 162.0, y + 8.0), (right - 4.0, y + 8.0), ""))
                (strip(right, y, full(&after.first), result))
                (draw::text("digits", (right + 148.0, y + 13.0), &format!("{:.2}", rms(result))))
            }
        },
    )
}
