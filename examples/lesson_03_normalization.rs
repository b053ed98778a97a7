//! Lesson 3.4, Normalization: the root mean square by hand, rmsnorm in the model, and what happens without it.

mod common;

use std::error::Error;

use common::{dot, join, label, length, max, mean, numbers, print_rows, rms, show};
use microgpt::{
    Ablation, Engine, Parameters, Program, Random, Tape, Trainer, linear, loss, mean_loss, rmsnorm, softmax,
    trace,
};

/// The lines whose vectors are measured.
const LINES: [usize; 4] = [112, 117, 137, 143];

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let tokens = untrained.tokenizer.encode_doc("anna")?;
    let letters = ["BOS", "a", "n", "n", "a"];

    // The training, looked at four times; and again with rmsnorm taken out of the model
    let with = training(&untrained, untrained.params.clone())?;
    let ablation = Ablation { no_rmsnorm: true, ..Ablation::default() };
    let without = training(&untrained, untrained.params.clone().with_ablation(ablation))?;
    let trained = with.last().ok_or("500 steps")?;

    println!("--- ten times the vector ---");
    let tape = Tape::new();
    let state_dict = trained.on(&tape);
    let x = loss(&tokens, &state_dict).activations[1].embedding.clone();
    let layer = &state_dict.layers[0];
    println!("trained model, a at position 1, no rmsnorm        once  10 times");
    let scaled = [1.0, 10.0].map(|factor| x.iter().map(|&x_i| x_i * factor).collect::<Vec<_>>());
    let q = scaled.each_ref().map(|x| linear(x, &layer.attn_wq));
    let k = scaled.each_ref().map(|x| linear(x, &layer.attn_wk));
    let products = [0, 1].map(|i| tape.dot(&q[i], &k[i]).data());
    let largest = scaled.each_ref().map(|x| max(&numbers(&softmax(&linear(x, &state_dict.lm_head)))));
    println!("attn_wq times it, first number:                {:7.4}  {:8.4}", q[0][0].data(), q[1][0].data());
    println!("dot product, attn_wq and attn_wk times it:     {:7.4}  {:8.4}", products[0], products[1]);
    println!("lm_head and softmax, the largest probability:  {:7.4}  {:8.4}", largest[0], largest[1]);

    let by_hand = [-1.0, 1.0, 3.0, 5.0];
    label("four numbers by hand");
    println!("x                       {}", show(&by_hand));
    println!("squares                 {}", show(&by_hand.map(|x| x * x)));
    println!("sum of the squares {}, their mean {}", dot(&by_hand, &by_hand), mean_square(&by_hand));
    println!("root of the mean: {}", rms(&by_hand));
    let result = by_hand.map(|x| x / rms(&by_hand));
    println!("x divided by the root   {}", show(&result));
    println!("squares of these        {}", show(&result.map(|x| x * x)));
    println!("their sum {:.4}, their mean {:.4}", dot(&result, &result), mean_square(&result));
    println!("with 1e-5, all digits: -1 becomes {}", norm(&by_hand)[0]);

    label("steps of four numbers");
    let (start, squared) = (join(by_hand, ", "), join(by_hand.map(|x| x * x), ", "));
    println!("flowchart TD");
    println!(r#"    x["x: {start}"] --> squares["squares: {squared}"]"#);
    println!(r#"    squares -->|mean| mean["{}"]"#, mean_square(&by_hand));
    println!(r#"    mean -->|root| root["{}"]"#, rms(&by_hand));
    let result = result.map(|x| format!("{x:.4}")).join(", ");
    println!(r#"    x --> result["x divided by the root<br>{result}"]"#);
    println!("    root --> result");

    label("the same in other sizes");
    for factor in [1.0, 10.0, -1.0] {
        let x = by_hand.map(|x| x * factor);
        println!("{factor:3} times x, RMS {:2}:  x        {}", rms(&x), show(&x));
        println!("                     rmsnorm  {}", show(&norm(&x)));
    }

    label("length and rms");
    for x in [by_hand.to_vec(), norm(&by_hand), norm(&[5.0; 16]), norm(&[5.0; 64])] {
        println!("{:2} numbers, RMS {:.4}, length {:.4}", x.len(), rms(&x), length(&x));
    }

    label("the zero vector");
    println!("without 1e-5: 0 ** -0.5 = {}, and 0 * {0} = {}", 0.0_f64.powf(-0.5), 0.0 * 0.0_f64.powf(-0.5));
    println!(
        "with 1e-5: 0.00001 ** -0.5 = {:.4}, and 0 * {0:.4} = {}",
        1e-5_f64.powf(-0.5),
        norm(&[0.0; 4])[0]
    );

    label("small vectors");
    println!("RMS before  mean square   + 1e-5         scale  RMS after");
    for size in [10.0, 1.0, 0.1, 0.01, 0.001, 0.0001] {
        let x = [size; 16];
        let scale = (mean_square(&x) + 1e-5).powf(-0.5);
        let (before, plus) = (mean_square(&x), mean_square(&x) + 1e-5);
        println!("{size:10}  {before:11.8} {plus:11.8} {scale:9.4} {:10.4}", rms(&norm(&x)));
    }

    let computed = |params: &Parameters| -> Vec<[Vec<f64>; 3]> {
        let tape = Tape::new();
        let activations = loss(&tokens, &params.on(&tape)).activations;
        let vectors = activations.iter().map(|a| [&a.embedding, &a.embedding_norm, &a.layers[0].attn_norm]);
        vectors.map(|vectors| vectors.map(|vector| numbers(vector))).collect()
    };
    let anna = computed(&untrained.params);
    let [sum, first, second] = &anna[1];

    label("a at position 1 before");
    print_rows(sum);

    label("its squares");
    sum.chunks(8).for_each(|part| println!("{}", squares(part)));
    println!("sum of squares {:.8}", dot(sum, sum));

    label("a at position 1 step by step");
    println!("mean square: {:.8} / 16 = {:.10}", dot(sum, sum), mean_square(sum));
    println!("plus 1e-5: {:.10}", mean_square(sum) + 1e-5);
    let scale = (mean_square(sum) + 1e-5).powf(-0.5);
    println!("scale, that ** -0.5: {scale:.4}");
    println!("first number: {:.6} * {scale:.4} = {:.4}", sum[0], sum[0] * scale);
    println!("RMS before: {:.4}, after: {:.4}", rms(sum), rms(first));

    label("a at position 1 after");
    print_rows(first);

    label("once more on line 117");
    println!("mean square {:.6}, plus 1e-5 {:.6}", mean_square(first), mean_square(first) + 1e-5);
    println!("RMS before: {:.4}, after: {:.6}", rms(first), rms(second));
    println!("length before: {:.4}, after: {:.4}", length(first), length(second));

    label("all positions of anna");
    println!("             before training                after training");
    println!("position     RMS     scale  RMS after       RMS     scale  RMS after");
    for (pos_id, (before, after)) in anna.iter().zip(computed(trained)).enumerate() {
        let of = |[sum, first, _]: &[Vec<f64>; 3]| {
            format!("{:7.4} {:9.4} {:10.4}", rms(sum), (mean_square(sum) + 1e-5).powf(-0.5), rms(first))
        };
        println!("{pos_id} {:>3}     {}   {}", letters[pos_id], of(before), of(&after));
    }

    label("ten times a real vector");
    for factor in [0.1, 1.0, 10.0, 100.0] {
        let x: Vec<f64> = sum.iter().map(|x| x * factor).collect();
        println!("{factor:5} times: rmsnorm {}", show(&norm(&x)[..6]));
    }

    label("layernorm by hand");
    let centred = by_hand.map(|x| x - mean(&by_hand));
    println!("x                     {}", show(&by_hand));
    println!("mean {}", mean(&by_hand));
    println!("minus the mean        {}", show(&centred));
    println!("squares               {}", show(&centred.map(|x| x * x)));
    println!("mean of these {}, its root {:.4}", mean_square(&centred), rms(&centred));
    println!("divided by the root   {}", show(&layernorm(&by_hand)));
    println!("rmsnorm of x          {}", show(&norm(&by_hand)));

    label("all numbers 10 larger");
    let larger = by_hand.map(|x| x + 10.0);
    println!("x + 10                {}", show(&larger));
    println!("layernorm             {}", show(&layernorm(&larger)));
    println!("rmsnorm               {}", show(&norm(&larger)));

    label("layernorm of a at position 1");
    println!("mean {:.4}, RMS {:.4}, standard deviation {:.4}", mean(sum), rms(sum), rms(&minus_mean(sum)));
    println!("rmsnorm   {}", show(&norm(sum)[..6]));
    println!("layernorm {}", show(&layernorm(sum)[..6]));
    println!(
        "mean of the 16 numbers: rmsnorm {:.4}, layernorm {:.4}",
        mean(&norm(sum)),
        mean(&layernorm(sum)).abs()
    );

    label("a gain");
    let (row, gain, x) = ([1.0, 2.0, 0.0, 3.0], [2.0, 1.0, 5.0, 0.5], [1.0, -1.0, 2.0, 4.0]);
    let times = |a: &[f64; 4], b: &[f64; 4]| [0, 1, 2, 3].map(|j| a[j] * b[j]);
    println!("row of a matrix  {}", show(&row));
    println!("gain             {}", show(&gain));
    println!("x                {}", show(&x));
    println!("gain times x     {}", show(&times(&gain, &x)));
    println!("the row times that: {}", times(&row, &times(&gain, &x)).iter().sum::<f64>());
    println!("row times gain   {}", show(&times(&row, &gain)));
    println!("that times x: {}", times(&times(&row, &gain), &x).iter().sum::<f64>());
    println!("gains of three rmsnorm: 3 * 16 = {}", 3 * 16);

    label("sizes during training");
    println!("mean RMS of the vectors of 100 held-out names, and their mean loss");
    println!("         what comes into line");
    println!("step      {}     loss", join(LINES, "     "));
    let mut last = [0.0; 5];
    for (step, params) in MOMENTS.iter().zip(&with) {
        last = sizes(&untrained, params)?;
        println!("{step:4}  {} {:8.4}", show(&last[..4]), last[4]);
    }

    label("sizes without rmsnorm");
    println!("the same with rmsnorm taken out of all three lines");
    println!("step      {}     loss", join(LINES, "     "));
    let mut last_without = [0.0; 5];
    for (step, params) in MOMENTS.iter().zip(&without) {
        last_without = sizes(&untrained, params)?;
        println!("{step:4}  {} {:8.4}", show(&last_without[..4]), last_without[4]);
    }

    label("with and without");
    println!("loss with rmsnorm {:.4}, without {:.4}", last[4], last_without[4]);

    label("many layers");
    println!("random matrices of 16 x 16 in a row, RMS of the vector after so many");
    println!("                             1            5           10           20");
    for std in [0.1, 0.5] {
        for normed in [false, true] {
            let mut random = Random::new(42);
            let mut x = norm(sum);
            let mut seen = Vec::new();
            for count in 1..=20 {
                let matrix: Vec<Vec<f64>> =
                    (0..16).map(|_| (0..16).map(|_| random.gauss(0.0, std)).collect()).collect();
                let input = if normed { norm(&x) } else { x };
                x = matrix.iter().map(|row| row.iter().zip(&input).map(|(w, x)| w * x).sum()).collect();
                if [1, 5, 10, 20].contains(&count) {
                    seen.push(format!("{:12.6}", rms(&x)));
                }
            }
            println!("std {std:4}, {}  {}", if normed { "rmsnorm" } else { "without" }, seen.join(" "));
        }
    }

    label("a forgotten minus");
    println!("x                 {}", show(&by_hand));
    let wrong = by_hand.map(|x| x * (mean_square(&by_hand) + 1e-5).sqrt());
    println!("** 0.5: x * scale {}", show(&wrong));
    println!("RMS before {}, after {:.4}", rms(&by_hand), rms(&wrong));

    label("a forgotten division");
    let wrong: Vec<f64> = sum.iter().map(|x| x * (dot(sum, sum) + 1e-5).powf(-0.5)).collect();
    println!("a at position 1: RMS {:.4}, length {:.4}", rms(&wrong), length(&wrong));

    label("the smallest sums");
    for (when, params) in [("before training", &untrained.params), ("after training", trained)] {
        let (wte, wpe) = (params.get("wte").ok_or("wte")?, params.get("wpe").ok_or("wpe")?);
        let mut smallest = f64::INFINITY;
        for (id, pos_id) in (0..wte.rows).flat_map(|id| (0..wpe.rows).map(move |pos_id| (id, pos_id))) {
            let sum: Vec<f64> = wte.row(id).iter().zip(wpe.row(pos_id)).map(|(t, p)| t + p).collect();
            smallest = smallest.min(rms(&sum));
        }
        println!("{when}: {} sums, smallest RMS {smallest:.4}", wte.rows * wpe.rows);
    }

    label("questions");
    let x = [1.0, -5.0, 1.0, 3.0];
    println!("x {x:?}: sum of squares {}, mean {}, RMS {}", dot(&x, &x), mean_square(&x), rms(&x));
    println!("its squares {:?}", x.map(|x| x * x));
    println!("its rmsnorm {}", show(&norm(&x)));
    let x = by_hand.map(|x| x + 100.0);
    println!("100 larger, x:         {}", show(&x));
    println!("100 larger, RMS:       {:8.4}", rms(&x));
    println!("100 larger, layernorm: {}", show(&layernorm(&x)));
    println!("100 larger, rmsnorm:   {}", show(&norm(&x)));
    let mut x = [0.0; 16];
    x[5] = 7.0;
    println!(
        "16 numbers, all 0 but one 7: rmsnorm makes it {:.4}, root of 16 = {}",
        norm(&x)[5],
        16_f64.sqrt()
    );
    Ok(())
}

/// After how many steps the sizes are measured.
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

/// The mean RMS of what comes into lines 112, 117, 137 and 143, and the mean loss, over 100 held-out names.
fn sizes(program: &Program, params: &Parameters) -> Result<[f64; 5], Box<dyn Error>> {
    let (mut sums, mut positions) = ([0.0; 5], 0.0);
    for doc in &program.docs[500..600] {
        let tokens = program.tokenizer.encode_doc(doc)?;
        for activations in &trace(params, &tokens[..tokens.len() - 1], Engine::Fused) {
            let layer = &activations.layers[0];
            let vectors = [
                &activations.embedding,
                &activations.embedding_norm,
                &layer.attn_residual,
                &layer.mlp_residual,
            ];
            for (sum, vector) in sums.iter_mut().zip(vectors) {
                *sum += rms(vector);
            }
            positions += 1.0;
        }
        sums[4] += mean_loss(params, &[tokens]);
    }
    Ok([sums[0] / positions, sums[1] / positions, sums[2] / positions, sums[3] / positions, sums[4] / 100.0])
}

/// The crate's rmsnorm for plain numbers.
fn norm(x: &[f64]) -> Vec<f64> {
    let tape = Tape::new();
    numbers(&rmsnorm(&tape.values(x)))
}

/// LayerNorm without its gain and bias.
fn layernorm(x: &[f64]) -> Vec<f64> {
    norm(&minus_mean(x))
}

fn minus_mean(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x_i| x_i - mean(x)).collect()
}

fn mean_square(x: &[f64]) -> f64 {
    dot(x, x) / x.len() as f64
}

fn squares(numbers: &[f64]) -> String {
    join(numbers.iter().map(|number| format!("{:.6}", number * number)), " ")
}
