//! Lesson 3.8, The MLP block: 64 neurons, what one of them answers to, and how many are silent.
//!
//! Blocks that begin with `checkpoint` are what the page judges an answer by: `answer:` is right, and for each
//! `wrong:` it has a hint.

mod common;

use std::error::Error;
use std::ops::RangeInclusive;

use common::{
    dot, join, label, largest_first, max, percent, print_rows, show, wants_figure, with_zeros, zeros,
};
use lab::draw::{self, Cells};
use maud::{Markup, html};
use microgpt::activations::LayerActivations;
use microgpt::{Engine, Parameters, Program, Tape, Value, mean_loss, trace};

/// The neuron that the lesson looks at: the one whose number is the largest for the last a of `anna`.
const NEURON: usize = 20;

/// The neurons around it of which some tables have the numbers.
const SOME: RangeInclusive<usize> = 19..=23;

/// The share of the cube in GELU.
const GELU_CUBE: f64 = 0.044715;

fn main() -> Result<(), Box<dyn Error>> {
    let (untrained, trained) = (Program::untrained(), Program::trained());
    let tokens = trained.tokenizer.encode_doc("anna")?;
    let layers = |program: &Program| -> Vec<LayerActivations<f64>> {
        let positions = trace(&program.params, &tokens[..5], Engine::Scalar);
        positions.into_iter().map(|mut position| position.layers.remove(0)).collect()
    };
    let (before, after) = (layers(&untrained), layers(&trained));
    let last = &after[4];
    if wants_figure() {
        print!("{}", figure(last));
        return Ok(());
    }
    let held_out = trained.tokenizer.encode_docs(&trained.docs[Program::NUM_STEPS..][..200])?;
    // The problem
    where_names_end(&trained.docs);
    // The idea
    counted_at_position_4(last);
    // By hand
    two_three_one_by_hand();
    checkpoint_three_and_one();
    // See it
    checkpoint_before_training(&before[4]);
    // The lines
    checkpoint_without_the_bend(last, &trained.params);
    // In the real model
    one_neuron(last, &trained.params);
    out_of_the_mlp(last, &trained.params);
    what_neuron_20_answers_to(&trained, &held_out);
    an_a_at_each_position(&trained.params, &held_out);
    what_neuron_20_adds_to_scores(last, &trained);
    silent_neurons_of_anna(&before, &after);
    silent_neurons_during_training(&untrained, &held_out)?;
    // What goes wrong
    the_square_first(last, &trained.params);
    // Check yourself
    checkpoint_products_needed(last, &trained.params);
    checkpoint_the_n_before(&trained)?;
    // Going deeper
    all_64(last);
    one_but_not_both();
    slopes();
    gelu_in_the_place_of_relu_squared(last);
    off_for_a_whole_name(&untrained)?;
    parameters_of_the_mlp(&trained.params);
    switched_off(&trained.params, &held_out);
    checkpoint_twice_as_wide(&trained.params);
    Ok(())
}

fn relu(x: f64) -> f64 {
    x.max(0.0)
}

/// What line 139 makes of one weighted sum.
fn relu_squared(s: f64) -> f64 {
    relu(s) * relu(s)
}

/// GPT-2's GeLU.
fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + GELU_CUBE * x.powi(3))).tanh())
}

/// `linear` (lines 94–95) with a matrix of the model, on plain numbers.
fn times(params: &Parameters, matrix: &str, x: &[f64]) -> Vec<f64> {
    let matrix = params.get(matrix).expect("a matrix of the program");
    (0..matrix.rows).map(|i| dot(matrix.row(i), x)).collect()
}

/// What a neuron adds to `x`, times its number: its column of `mlp_fc2`.
fn column(params: &Parameters, neuron: usize) -> Vec<f64> {
    let fc2 = params.get("layer0.mlp_fc2").expect("a matrix of the program");
    (0..fc2.rows).map(|j| fc2.row(j)[neuron]).collect()
}

fn where_names_end(docs: &[String]) {
    label("where names end");
    println!("{} names, share of letters after which the name ends", docs.len());
    println!("name ends after         an a  another letter");
    for (from, to) in [(1, 3), (4, 8)] {
        let share = |is_a: bool| {
            let letters = docs.iter().flat_map(|name| {
                let ends = |place: usize| place == name.len();
                name.chars().zip(1..).map(move |(letter, place)| (letter, place, ends(place)))
            });
            let these: Vec<bool> = letters
                .filter(|&(letter, place, _)| (from..=to).contains(&place) && (letter == 'a') == is_a)
                .map(|(.., ends)| ends)
                .collect();
            percent(these.iter().filter(|&&ends| ends).count(), these.len())
        };
        println!("letters {from} to {to} {:12.1}% {:12.1}%", share(true), share(false));
    }
}

fn counted_at_position_4(last: &LayerActivations<f64>) {
    label("counted at position 4");
    let (all, silent) = (last.mlp_active.len(), zeros(&last.mlp_active));
    println!("trained model, last a of anna");
    println!("numbers in x: {}", last.mlp_norm.len());
    println!("neurons: {all}, silent: {silent}, not silent: {}", all - silent);
    println!("the loudest is neuron {}", largest_first(&last.mlp_active)[0]);
}

/// The MLP by hand: two numbers in, three neurons, one number out.
const FC1: [[f64; 2]; 3] = [[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]];
const FC2: [f64; 3] = [-1.0, -1.0, 1.0];

/// The weighted sums of the three neurons.
fn sums(x: [f64; 2]) -> [f64; 3] {
    FC1.map(|row| dot(&row, &x))
}

fn two_three_one_by_hand() {
    label("two three one by hand");
    println!("rows of the first matrix: {}", FC1.map(|[a, b]| format!("({a}, {b})")).join(", "));
    println!("row of the second: ({}, {}, {})", FC2[0], FC2[1], FC2[2]);
    println!("x      sums      relu   squared  out");
    let columns = |numbers: [f64; 3], width: usize| join(numbers.map(|n| format!("{n:width$}")), " ");
    for x in [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]] {
        let sums = sums(x);
        let active = sums.map(relu_squared);
        println!(
            "{} {}   {}   {}   {} {:4}",
            x[0],
            x[1],
            columns(sums, 2),
            columns(sums.map(relu), 1),
            columns(active, 1),
            dot(&FC2, &active)
        );
    }
}

fn checkpoint_three_and_one() {
    label("checkpoint three-and-one");
    let sums = sums([3.0, 1.0]);
    let [first, second, third] = sums.map(relu_squared);
    println!("x (3, 1): sums {}, {} and {}", sums[0], sums[1], sums[2]);
    println!("after relu and the square: {first}, {second} and {third}");
    println!("answer: {}", dot(&FC2, &[first, second, third]));
    println!("wrong: {} without the square", dot(&FC2, &sums.map(relu)));
    println!("wrong: {} without relu", dot(&FC2, &sums.map(|s| s * s)));
    println!("wrong: {} with neither", dot(&FC2, &sums));
}

fn checkpoint_before_training(before: &LayerActivations<f64>) {
    label("checkpoint before-training");
    let silent = percent(zeros(&before.mlp_active), before.mlp_active.len());
    println!("silent: {} of {}", zeros(&before.mlp_active), before.mlp_active.len());
    let answer = match silent {
        few if few < 20.0 => "hardly any",
        many if many > 80.0 => "nearly all",
        _ => "about half",
    };
    println!("answer: {answer}");
}

/// Without line 139, is the block's answer to minus x minus its answer to x, as a single matrix would say?
fn checkpoint_without_the_bend(last: &LayerActivations<f64>, params: &Parameters) {
    label("checkpoint without-the-bend");
    let minus: Vec<f64> = last.mlp_norm.iter().map(|x_j| -x_j).collect();
    let block = |x: &[f64], function: fn(f64) -> f64| {
        let hidden: Vec<f64> = times(params, "layer0.mlp_fc1", x).into_iter().map(function).collect();
        times(params, "layer0.mlp_fc2", &hidden)
    };
    let opposite = |function: fn(f64) -> f64| {
        let (of_x, of_minus) = (block(&last.mlp_norm, function), block(&minus, function));
        of_x.iter().zip(&of_minus).all(|(a, b)| (a + b).abs() < 1e-12)
    };
    let as_one_matrix = opposite(|s| s) && !opposite(relu_squared);
    println!(
        "answer: {}",
        if as_one_matrix { "what a single matrix can" } else { "what the whole block can" }
    );
}

fn one_neuron(last: &LayerActivations<f64>, params: &Parameters) {
    label("one neuron");
    let row = params.get("layer0.mlp_fc1").expect("a matrix of the program").row(NEURON);
    println!(" j   row {NEURON}     x[j]  product");
    for (j, (w, x)) in row.iter().zip(&last.mlp_norm).enumerate() {
        println!("{j:2}  {w:7.4}  {x:7.4}  {:7.4}", w * x);
    }
    let s = last.mlp_hidden[NEURON];
    println!("their sum:           {s:7.4}");
    println!("relu, squared: {s:.4} * {s:.4} = {:.4}", last.mlp_active[NEURON]);
}

fn out_of_the_mlp(last: &LayerActivations<f64>, params: &Parameters) {
    label("out of the mlp");
    println!("nr      sum  squared   mlp_fc2   product");
    let mut sum = 0.0;
    for i in (0..last.mlp_active.len()).filter(|&i| last.mlp_active[i] > 0.0) {
        let (s, active, w) = (last.mlp_hidden[i], last.mlp_active[i], column(params, i)[1]);
        sum += w * active;
        println!("{i} {s:.6} {active:.6} {w:9.6} {:9.6}", w * active);
    }
    println!("mlp_out[1]                     {sum:9.6}");
    println!("x_residual[1]                  {:9.6}", last.attn_residual[1]);
    println!("x[1] after line 141            {:9.6}", last.mlp_residual[1]);
}

/// The squared number of the neuron at each position of some names, with the token that stands there.
fn answers<'n>(
    params: &'n Parameters,
    names: &'n [Vec<usize>],
) -> impl Iterator<Item = (usize, usize, f64)> + 'n {
    names.iter().flat_map(|name| {
        let positions = trace(params, &name[..name.len() - 1], Engine::Fused);
        let numbers: Vec<f64> = positions.iter().map(|at| at.layers[0].mlp_active[NEURON]).collect();
        numbers.into_iter().enumerate().map(|(pos_id, number)| (pos_id, name[pos_id], number))
    })
}

fn what_neuron_20_answers_to(trained: &Program, held_out: &[Vec<usize>]) {
    label("what neuron 20 answers to");
    println!("mean over {} held-out names, positions 3 to 7", held_out.len());
    let mut by_letter = vec![Vec::new(); trained.tokenizer.bos()];
    for (_, letter, number) in answers(&trained.params, held_out).filter(|(pos_id, ..)| *pos_id >= 3) {
        by_letter[letter].push(number);
    }
    let letters: Vec<usize> = (0..by_letter.len()).filter(|&id| by_letter[id].len() >= 10).collect();
    let means: Vec<f64> = letters.iter().map(|&id| common::mean(&by_letter[id])).collect();
    let order = largest_first(&means);
    for &i in &order[..5] {
        println!("{} {:.4}", trained.tokenizer.token_name(letters[i]), means[i]);
    }
    println!("{} other letters: at most {:.4}", order.len() - 5, means[order[5]]);
}

fn an_a_at_each_position(params: &Parameters, held_out: &[Vec<usize>]) {
    label("an a at each position");
    let mut by_position = vec![Vec::new(); params.config().block_size];
    for (pos_id, _, number) in answers(params, held_out).filter(|&(_, letter, _)| letter == 0) {
        by_position[pos_id].push(number);
    }
    let row = |cell: &dyn Fn(&Vec<f64>) -> String| join(by_position[1..].iter().map(cell), " ");
    println!("position       1    2    3    4    5    6    7");
    println!("a's         {}", row(&|numbers| format!("{:4}", numbers.len())));
    println!("mean number {}", row(&|numbers| format!("{:4.2}", common::mean(numbers))));
}

fn what_neuron_20_adds_to_scores(last: &LayerActivations<f64>, trained: &Program) {
    label("what neuron 20 adds to scores");
    let parts: Vec<f64> =
        column(&trained.params, NEURON).iter().map(|w| w * last.mlp_active[NEURON]).collect();
    let pushes = times(&trained.params, "lm_head", &parts);
    let order = largest_first(&pushes);
    let shown = |ids: &[usize]| {
        join(ids.iter().map(|&id| format!("{} {:.4}", trained.tokenizer.token_name(id), pushes[id])), "   ")
    };
    println!("largest:   {}", shown(&order[..3]));
    println!("smallest:  {}", shown(&order[24..]));
}

fn silent_neurons_of_anna(before: &[LayerActivations<f64>], after: &[LayerActivations<f64>]) {
    label("silent neurons of anna");
    println!("of {} neurons, exactly 0", before[0].mlp_active.len());
    println!("position    0 BOS  1 a  2 n  3 n  4 a");
    for (when, layers) in [("before", before), ("after", after)] {
        let silent: Vec<usize> = layers.iter().map(|layer| zeros(&layer.mlp_active)).collect();
        println!(
            "{when:10} {:>6} {:>4} {:>4} {:>4} {:>4}",
            silent[0], silent[1], silent[2], silent[3], silent[4]
        );
    }
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
    (percent(zeros, all), never)
}

fn silent_neurons_during_training(
    untrained: &Program,
    held_out: &[Vec<usize>],
) -> Result<(), Box<dyn Error>> {
    label("silent neurons during training");
    println!("{} held-out names, of the 64 neurons", held_out.len());
    println!("      share    silent in  of these, heard");
    println!("step  of zeros all names  again later");
    let mut trainer = untrained.trainer().with_engine(Engine::Fused);
    let mut moments = Vec::new();
    for step in 0..=Program::NUM_STEPS {
        if [0, 100, 300, 500].contains(&step) {
            moments.push((step, silent(held_out, trainer.params())));
        }
        trainer.advance()?;
    }
    for (i, (step, (share, never))) in moments.iter().enumerate() {
        let count = never.iter().filter(|&&never| never).count();
        let heard = |neuron: usize| moments[i..].iter().any(|(_, (_, later))| !later[neuron]);
        let again = (0..never.len()).filter(|&neuron| never[neuron] && heard(neuron)).count();
        println!("{step:4} {share:8.1}% {count:9}  {again:11}");
    }
    Ok(())
}

/// The numbers of neurons, in the columns of [`show`].
fn columns(neurons: RangeInclusive<usize>) -> String {
    join(neurons.map(|neuron| format!("{neuron:7}")), " ")
}

fn the_square_first(last: &LayerActivations<f64>, params: &Parameters) {
    label("the square first");
    let some = |numbers: &[f64]| show(&numbers[SOME]);
    println!("neuron            {}", columns(SOME));
    let wrong: Vec<f64> = last.mlp_hidden.iter().map(|s| relu(s * s)).collect();
    println!("weighted sum      {}", some(&last.mlp_hidden));
    println!("x_i.relu() ** 2   {}", some(&last.mlp_active));
    println!("(x_i ** 2).relu() {}", some(&wrong));
    println!("silent neurons with the square first: {}", zeros(&wrong));
    println!("mlp_out[1]: {:.4}", last.mlp_out[1]);
    println!("mlp_out[1] with the square first: {:.4}", times(params, "layer0.mlp_fc2", &wrong)[1]);
}

fn checkpoint_products_needed(last: &LayerActivations<f64>, params: &Parameters) {
    label("checkpoint products-needed");
    let (rows, neurons) = (params.config().n_embd, last.mlp_active.len());
    let loud = neurons - zeros(&last.mlp_active);
    println!("products in mlp_fc2: {}", rows * neurons);
    println!("needed: {loud} * {rows} = {}", loud * rows);
    println!("answer: {}", loud * rows);
    println!("wrong: {loud} neurons");
    println!("wrong: {} products with 0", (neurons - loud) * rows);
}

/// Does the MLP alone tell the last a of two names apart, when both get the same x?
fn checkpoint_the_n_before(trained: &Program) -> Result<(), Box<dyn Error>> {
    label("checkpoint the-n-before");
    // Without attention, does the letter before make a difference to what the MLP says?
    let off = with_zeros(trained.params.clone(), &["layer0.attn_wo"]);
    let out = |name: &str, params: &Parameters| -> Result<Vec<f64>, Box<dyn Error>> {
        let tokens = trained.tokenizer.encode_doc(name)?;
        Ok(trace(params, &tokens[..5], Engine::Scalar).swap_remove(4).layers.remove(0).mlp_out)
    };
    let alone = out("anna", &off)? != out("anra", &off)?;
    let with_attention = out("anna", &trained.params)? != out("anra", &trained.params)?;
    let answer = match (alone, with_attention) {
        (true, _) => "yes, the MLP looks at position 3",
        (false, true) => "yes, but only by way of attention",
        (false, false) => "no",
    };
    println!("answer: {answer}");
    Ok(())
}

fn all_64(last: &LayerActivations<f64>) {
    label("x of the mlp");
    print_rows(&last.mlp_norm);
    label("the hidden layer");
    println!("neuron     +0      +1      +2      +3      +4      +5      +6      +7");
    for (i, part) in last.mlp_hidden.chunks(8).enumerate() {
        println!("{:4}   {}", 8 * i, show(part));
    }
    label("the first sums");
    println!("mlp_out:                {}", show(&last.mlp_out[..4]));
    println!("x_residual, line 136:   {}", show(&last.attn_residual[..4]));
    println!("x after line 141:       {}", show(&last.mlp_residual[..4]));
}

/// The neurons of the example by hand, with other outputs and other functions.
fn one_but_not_both() {
    label("one but not both");
    println!("the first two squares added, the example's output, and that with other functions");
    println!("x    one, not both  4 times both  relu alone  no function");
    for x in [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 3.0]] {
        let sums = sums(x);
        let [first, second, third] = sums.map(relu_squared);
        println!(
            "{} {} {:14} {:13} {:11} {:12}",
            x[0],
            x[1],
            first + second,
            dot(&FC2, &[first, second, third]),
            dot(&FC2, &sums.map(relu)),
            dot(&FC2, &sums)
        );
    }
    println!("in general: (a + b)^2 - (a - b)^2 = 4ab");
}

fn slopes() {
    label("three curves");
    println!("             relu             gelu");
    println!("   s      squared  slope             slope");
    for s in [-2.0, -1.0, -0.1, 0.0, 0.1, 0.5, 1.0, 2.0] {
        let tape = Tape::new();
        let x: Value = tape.value(s);
        x.relu().powf(2.0).backward();
        let gelu_slope = (gelu(s + 1e-6) - gelu(s - 1e-6)) / 2e-6;
        println!("{s:4.1} {:12.2} {:6.2} {:9.4} {gelu_slope:7.4}", relu_squared(s), x.grad(), gelu(s));
    }
    println!("gelu(s) = 0.5 * s * (1 + tanh((2 / pi) ** 0.5 * (s + {GELU_CUBE} * s ** 3)))");
}

fn gelu_in_the_place_of_relu_squared(last: &LayerActivations<f64>) {
    label("gelu in the place of relu squared");
    let with_gelu: Vec<f64> = last.mlp_hidden.iter().map(|&s| gelu(s)).collect();
    println!("neuron        {}", columns(SOME));
    println!("weighted sum  {}", show(&last.mlp_hidden[SOME]));
    println!("relu squared  {}", show(&last.mlp_active[SOME]));
    println!("gelu          {}", show(&with_gelu[SOME]));
    println!("exactly 0: relu squared {}, gelu {}", zeros(&last.mlp_active), zeros(&with_gelu));
}

/// How many neurons are 0 at all positions of the name of a step.
fn off_for_a_whole_name(untrained: &Program) -> Result<(), Box<dyn Error>> {
    label("off for a whole name");
    let step = 100;
    let mut trainer = untrained.trainer().with_engine(Engine::Fused);
    for _ in 1..step {
        trainer.advance()?;
    }
    let name = &untrained.docs[step - 1];
    let tokens = untrained.tokenizer.encode_doc(name)?;
    let positions = trace(trainer.params(), &tokens[..tokens.len() - 1], Engine::Scalar);
    let off = (0..64).filter(|&i| positions.iter().all(|at| at.layers[0].mlp_active[i] == 0.0)).count();
    println!("step {step}, {name}: {off} neurons are 0 at all positions");
    println!("without a gradient: {off} * (16 + 16) = {}", off * (16 + 16));
    Ok(())
}

fn parameters_of_the_mlp(params: &Parameters) {
    label("parameters of the mlp");
    let sizes: Vec<usize> =
        params.matrices().filter(|m| m.name.contains("mlp")).map(|m| m.data.len()).collect();
    let mlp: usize = sizes.iter().sum();
    println!(
        "{} + {} = {mlp}, of {} in all: {:.1}%",
        sizes[0],
        sizes[1],
        params.len(),
        percent(mlp, params.len())
    );
}

fn switched_off(params: &Parameters, held_out: &[Vec<usize>]) {
    label("switched off");
    let off = |matrices: &[&str]| mean_loss(&with_zeros(params.clone(), matrices), held_out);
    let (all_on, no_mlp, no_attention) = (off(&[]), off(&["layer0.mlp_fc2"]), off(&["layer0.attn_wo"]));
    println!("trained model, loss of {} held-out names", held_out.len());
    println!("all on         {all_on:.4}");
    println!("MLP off        {no_mlp:.4}  more: {:.4}", no_mlp - all_on);
    println!("attention off  {no_attention:.4}  more: {:.4}", no_attention - all_on);
}

fn checkpoint_twice_as_wide(params: &Parameters) {
    label("checkpoint twice-as-wide");
    let width = 2 * params.config().n_embd;
    let rows = 4 * width;
    println!("each matrix at a width of {width}: {rows} * {width} = {}", rows * width);
    println!("answer: {}", 2 * rows * width);
    println!("wrong: {} one matrix", rows * width);
}

/// The lesson's picture: 16 numbers, 64 weighted sums, what relu and the square leave of them, 16 numbers.
fn figure(last: &LayerActivations<f64>) -> String {
    let (tile, strip) = (18.0, 11.0);
    let (left, right, top) = ((16.0, 100.0), (240.0, 100.0), 100.0);
    let side = 8.0 * tile;
    let cells = |width: f64, numbers: &[f64]| {
        let full = max(&numbers.iter().map(|number| number.abs()).collect::<Vec<_>>());
        Cells { width, height: tile, full, ..Cells::PLAIN }
    };
    let rows = |numbers: &[f64]| numbers.chunks(8).map(<[f64]>::to_vec).collect::<Vec<_>>();
    let (sums, active) = (&last.mlp_hidden, &last.mlp_active);
    let current = |at: draw::Point| cells(tile, sums).current(at, NEURON / 8, NEURON % 8);
    let (silent, all) = (zeros(active), active.len());
    let wide = strip * last.mlp_norm.len() as f64;
    draw::svg(
        "The MLP at the last a of anna",
        "The vector x becomes 64 weighted sums, most of them negative. Relu makes these 0, here crossed out; the \
         six others are squared. They alone make the 16 numbers that are added to x.",
        (draw::WIDTH, 322.0),
        html! {
            (draw::text("label start", (left.0, 16.0), "x of the last a of anna"))
            (cells(strip, &last.mlp_norm).strip((left.0, 24.0), &last.mlp_norm))
            (draw::text("quiet start", (left.0 + wide + 8.0, 38.0), &format!("{} numbers", last.mlp_norm.len())))
            (draw::arrow((left.0 + side / 2.0, 46.0), (left.0 + side / 2.0, 76.0), "mlp_fc1"))
            (draw::text("quiet", (left.0 + side / 2.0, 93.0), &format!("{all} weighted sums")))
            (cells(tile, sums).grid(left, &rows(sums)))
            (current(left))
            (draw::arrow((left.0 + side + 6.0, top + side / 2.0), (right.0 - 6.0, top + side / 2.0), "relu"))
            (draw::text("quiet", ((left.0 + side + right.0) / 2.0, top + side / 2.0 + 18.0), "squared"))
            (draw::text("quiet", (right.0 + side / 2.0, 93.0), &format!("{silent} silent, {} not", all - silent)))
            (cells(tile, active).grid(right, &rows(active)))
            @for i in (0..all).filter(|&i| active[i] == 0.0) { (crossed_out(right, tile, i)) }
            (current(right))
            (draw::arrow((right.0 + side / 2.0, top + side + 4.0), (right.0 + side / 2.0, top + side + 36.0), ""))
            (draw::text("quiet end", (right.0 + side / 2.0 - 7.0, top + side + 24.0), "mlp_fc2"))
            (cells(strip, &last.mlp_out).strip((right.0 + side - wide, top + side + 40.0), &last.mlp_out))
            (draw::text("quiet end", (right.0 + side, top + side + 75.0), "added to x_residual"))
        },
    )
}

/// A cross through a tile.
fn crossed_out((x, y): draw::Point, tile: f64, i: usize) -> Markup {
    let (x, y) = (x + (i % 8) as f64 * tile + 5.0, y + (i / 8) as f64 * tile + 5.0);
    let side = tile - 10.0;
    html! { path class="arrow" d=(format!("M{x} {y}l{side} {side}M{x} {}l{side} {}", y + side, -side)) {} }
}
