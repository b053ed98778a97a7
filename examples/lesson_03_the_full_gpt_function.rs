//! Lesson 3.9, The full gpt function: one whole call with every variable, what it costs, and which parts it needs.

mod common;

use std::error::Error;
use std::ops::RangeInclusive;

use common::{
    join, label, largest_first, max, mean, min, nodes, numbers, percent, reseeded, show, std, with_zeros,
    zeros,
};
use microgpt::activations::Activations;
use microgpt::autograd::Operation;
use microgpt::parameters::Rows;
use microgpt::training::TrainingError;
use microgpt::{Ablation, Config, Parameters, Program, StateDict, Tape, Value, gpt, mean_loss, softmax};
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let trained = Program { params: common::trained(&untrained)?, ..untrained.clone() };
    let tokenizer = &trained.tokenizer;
    let tokens = tokenizer.encode_doc("anna")?;
    let letter = |id: usize| tokenizer.token_name(id);
    let tape = Tape::new();
    let state_dict = trained.params.on(&tape);
    let (anna, mut keys, mut values) = calls(&tokens[..5], &state_dict);

    println!("--- one name for ten vectors ---");
    println!("line  numbers in x  what stands there");
    let code: Vec<&str> = include_str!("../microgpt.py").lines().collect();
    let assignments = (108..=144).filter(|&line| code[line - 1].trim().starts_with("x = "));
    for line in assignments.clone() {
        println!("{line}  {:12}  {}", x_of_line(&anna[4], line).len(), code[line - 1].trim());
    }
    println!("lines that give x a new value: {}", assignments.count());

    label("a tiny model");
    let config = Config { n_embd: 2, n_head: 1, n_layer: 1, block_size: 2 };
    let tiny = Parameters::from_values(config, 3, TINY.to_vec())?;
    for matrix in tiny.matrices() {
        let rows = (0..matrix.rows).map(|row| format!("{:?}", matrix.row(row)));
        let rows = join(rows, " ").replace(".0", "");
        println!(
            "{:8} {}",
            matrix.name.trim_start_matches("layer0."),
            rows.replace("] [0, 0, 0", "]\n         [0, 0, 0")
        );
    }
    println!("num params: {}", tiny.len());

    label("the tiny call");
    by_hand(&tiny);

    label("the tiny prediction");
    println!("token   logit  - largest      exp  probability");
    let tiny_tape = Tape::new();
    let (two, ..) = calls(&[2, 0], &tiny.on(&tiny_tape));
    let (logits, probs) = (numbers(&two[1].logits), numbers(&softmax(&two[1].logits)));
    for (id, token) in ["a", "b", "BOS"].iter().enumerate() {
        let below = logits[id] - logits[0];
        println!("{token:5} {:7.4} {below:10.4} {:8.4} {:12.4}", logits[id], below.exp(), probs[id]);
    }
    println!("sum {:28.4} {:12.4}", logits.iter().map(|logit| (logit - logits[0]).exp()).sum::<f64>(), 1.0);

    label("one whole call");
    print_call(&anna[4], &keys, &values, trained.params.config());

    let (layer, first) = (&anna[4].layers[0], |x: &[Value]| x[0].data());
    let (start, middle) = (first(&anna[4].embedding_norm), first(&layer.attn_residual));
    let (attn_out, mlp_out) = (first(&layer.attn_out), first(&layer.mlp_out));

    label("the two additions");
    println!("line 134, x_residual added: {start:.4} + {attn_out:.4} = {middle:.4}");
    println!("line 141, x_residual added: {middle:.4} + ({mlp_out:.4}) = {:.4}", first(&layer.mlp_residual));

    label("its prediction");
    println!("token    logit   prob     token    logit   prob     token    logit   prob");
    let probs = numbers(&softmax(&anna[4].logits));
    for row in 0..9 {
        let cell =
            |id: usize| format!("{:5} {:8.4}  {:.4}", letter(id), anna[4].logits[id].data(), probs[id]);
        println!("{}     {}     {}", cell(row), cell(row + 9), cell(row + 18));
    }

    label("five calls");
    println!("call        after   target  its probability     loss  most probable");
    let mut total = 0.0;
    for (pos_id, position) in anna.iter().enumerate() {
        let probs = numbers(&softmax(&position.logits));
        let highest = largest_first(&probs)[0];
        let (token, target) = (tokens[pos_id], tokens[pos_id + 1]);
        let probability = probs[target];
        total -= probability.ln();
        println!(
            "gpt({token:2}, {pos_id})  {:6}  {:6}  {probability:15.4}  {:7.4}  {} {:.4}",
            &"·anna"[.."·anna".char_indices().nth(pos_id + 1).map_or(6, |(end, _)| end)],
            letter(target),
            -probability.ln(),
            letter(highest),
            probs[highest]
        );
    }
    println!("mean loss of the five calls: {:.4}", total / 5.0);

    label("nodes and multiplications");
    let counts = count(&tokenizer.encode_doc("abcdefg")?, &trained.params);
    println!("                             nodes at position        multiplications");
    println!("line                       0      4      7  each more   at 4  each more");
    let mut sums = [0; 6];
    for (row, part) in PARTS.iter().enumerate() {
        let [zero, one, four, seven] = [0, 1, 4, 7].map(|pos_id: usize| counts[pos_id][row]);
        let cells = [zero[0], four[0], seven[0], one[0] - zero[0], four[1], one[1] - zero[1]];
        sums = [0, 1, 2, 3, 4, 5].map(|i| sums[i] + cells[i]);
        println!("{part:21} {}", columns(cells));
    }
    println!("{:21} {}", "the whole call", columns(sums));
    let nodes =
        trained.params.matrices().skip(2).map(|matrix| matrix.rows * (2 * matrix.cols + 1)).sum::<usize>();
    println!("nodes for each more position, one head: 11 + 6 + 8 = {}", 11 + 6 + 8);
    println!("nodes for each more position, four heads: 4 * 25 = {}", 4 * 25);

    label("nodes by block");
    println!("block             lines    nodes at 4  share");
    for (block, lines, rows) in [
        ("rows and rmsnorm", "111-112", 0..2),
        ("attention", "117-134", 2..9),
        ("MLP", "137-141", 9..14),
        ("lm_head", "143", 14..15),
    ] {
        let nodes = rows.map(|row| counts[4][row][0]).sum::<usize>();
        println!("{block:17} {lines:7} {nodes:11} {:5.1}%", percent(nodes, sums[1]));
    }
    println!("nodes of the seven linear layers at position 4: {nodes}, {:.1}%", percent(nodes, sums[1]));
    let tables = trained.params.matrices().take(2).map(|matrix| matrix.data.len()).sum::<usize>();
    let multiplied = trained.params.len() - tables;
    println!("parameters of wte and wpe: 432 + 128 = {tables}");
    println!(
        "their multiplications at position 4: {} - {tables} = {multiplied}, {:.1}%",
        trained.params.len(),
        percent(multiplied, sums[4])
    );

    let results = ablations(&untrained)?;
    // What leaving a part out adds to the loss, for each seed, on the first or the second set of names
    let added = |variant: usize, set: usize| -> Vec<f64> {
        results[variant].iter().zip(&results[0]).map(|(loss, all)| loss[set] - all[set]).collect()
    };

    label("the trainings");
    println!("each training: 500 steps, on 500 names, then tested on 200 held-out names");
    println!("models trained for the table: 11 * 10 = {}", VARIANTS.len() * SEEDS.count());
    let whole: Vec<f64> = results[0].iter().map(|losses| losses[0]).collect();
    println!("loss of the whole model, ten seeds: from {:.4} to {:.4}", min(&whole), max(&whole));

    label("what leaving out adds");
    println!("loss of the whole model on 200 held-out names, and what is added to it");
    println!("                 position                 root of");
    println!("seed    loss   embeddings    rmsnorm     head_dim     square");
    for (i, seed) in SEEDS.enumerate() {
        let cells = [1, 2, 3, 4].map(|variant| format!("{:11.4}", added(variant, 0)[i]));
        println!("{seed:4}  {:.4}  {}", results[0][i][0], cells.concat());
    }

    label("ablation table");
    println!("mean of {} seeds      200 held-out names           200 others per seed", SEEDS.count());
    println!("left out               loss   added     std worse    added     std worse");
    for (variant, (name, ..)) in VARIANTS.iter().enumerate() {
        let loss = mean(&results[variant].iter().map(|loss| loss[0]).collect::<Vec<_>>());
        let cells = [0, 1].map(|set| {
            let added = added(variant, set);
            let (mean, std) = (mean(&added), std(&added));
            let worse = added.iter().filter(|&&added| added > 0.0).count();
            if variant == 0 { String::new() } else { format!("{mean:8.4}{std:8.4}{worse:6}") }
        });
        println!("{}", format!("{name:21}{loss:.4}{} {}", cells[0], cells[1]).trim_end());
    }

    label("signs by chance");
    println!("ways to choose the ten signs: 2 ** 10 = {}", grouped(2_usize.pow(10)));
    println!("as far from 0         200 held-out names  200 others per seed");
    println!("or farther             ways      share       ways      share");
    for (variant, (name, ..)) in VARIANTS.iter().enumerate().skip(1) {
        let [first, others] = [0, 1].map(|set| {
            let ways = as_far_by_chance(&added(variant, set));
            format!("{ways:8} {:9.1}%", percent(ways, 1024))
        });
        println!("{name:19}{first} {others:>21}");
    }

    label("ten coins");
    println!("ways in which ten coins can fall: 2 ** 10 = {}", 2_u32.pow(10));
    // Ways with 10 heads, with 9 and so on: each is the one before times the coins that show heads, by
    // the number of those that do not.
    let ways: Vec<u32> = (1..4)
        .scan(1, |ways, tails| {
            *ways = *ways * (11 - tails) / tails;
            Some(*ways)
        })
        .collect();
    let ways = [1, ways[0], ways[1], ways[2]];
    println!("ways with 10, 9, 8 and 7 heads: {}, {}, {} and {}", ways[0], ways[1], ways[2], ways[3]);
    for at_least in 7..=10 {
        let ways: Vec<u32> = ways[..=10 - at_least].iter().rev().copied().collect();
        let sum = ways.iter().sum::<u32>() as usize;
        let ways = join(ways, " + ");
        let share = percent(2 * sum, 1024);
        println!("at least {at_least:2} on the same side: 2 * ({ways}) = {}, share {share:.1}%", 2 * sum);
    }

    label("no residuals and zeros at the start");
    let off = Ablation { no_residual: true, ..Ablation::default() };
    let mut trainer =
        Program { params: untrained.params.clone().with_ablation(off), ..untrained.clone() }.trainer();
    trainer.step()?;
    let (zeros, all) = (zeros(trainer.grads()), trainer.grads().len());
    println!("gradients that are exactly 0 in the first step: {zeros} of {all}");
    println!("pure guessing: ln 27 = {:.4}", 27_f64.ln());

    label("the same call again");
    println!("call         keys in the list  probability of the end");
    for call in ["first", "second", "third"] {
        let logits = if call == "first" {
            anna[4].logits.clone()
        } else {
            gpt(0, 4, &mut keys, &mut values, &state_dict).logits
        };
        println!("{call:12} {:16}  {:22.4}", keys[0].len(), softmax(&logits)[26].data());
    }
    let logits = gpt(0, 4, &mut [vec![]], &mut [vec![]], &state_dict).logits;
    println!("empty lists  {:16}  {:22.4}", 1, softmax(&logits)[26].data());

    label("questions");
    println!("nodes at position 6: {} + 6 * {} = {}", sums[0], sums[3], sums[0] + 6 * sums[3]);
    println!("multiplications at position 6: {} + 2 * {} = {}", sums[4], sums[5], sums[4] + 2 * sums[5]);
    let mut without = tiny.clone();
    without.get_mut("layer0.attn_wo").ok_or("a matrix")?.fill(0.0);
    let tape = Tape::new();
    let x = &calls(&[2, 0], &without.on(&tape)).0[1];
    println!("attn_wo 0, x on line 134: {}", show(&numbers(&x.layers[0].attn_residual)));
    let active = numbers(&x.layers[0].mlp_active);
    println!("attn_wo 0, line 139, the first 4: {}", show(&active[..4]));
    println!("attn_wo 0, line 139, the last 4: {}", show(&active[4..]));
    println!("attn_wo 0, x on line 140: {}", show(&numbers(&x.layers[0].mlp_out)));
    println!("attn_wo 0, x on line 141: {}", show(&numbers(&x.layers[0].mlp_residual)));
    println!("attn_wo 0, logits: {}", show(&numbers(&x.logits)));
    println!("tiny model, probability of a with attention: {:.4}", softmax(&two[1].logits)[0].data());
    println!("tiny model, probability of a without: {:.4}", softmax(&x.logits)[0].data());
    Ok(())
}

const SEEDS: RangeInclusive<u64> = 1..=10;

/// What is left out, whether `attn_wo` and `mlp_fc2` start at 0, and other matrices that do. A block in which the
/// matrix before these starts at 0 as well gets no gradient, and gives 0 for ever.
const VARIANTS: [(&str, Ablation, bool, &[&str]); 11] = [
    ("nothing", Ablation::NONE, true, &[]),
    ("position embeddings", Ablation { no_position_embedding: true, ..Ablation::NONE }, true, &[]),
    ("rmsnorm", Ablation { no_rmsnorm: true, ..Ablation::NONE }, true, &[]),
    ("root of head_dim", Ablation { no_score_scaling: true, ..Ablation::NONE }, true, &[]),
    ("square", Ablation { plain_relu: true, ..Ablation::NONE }, true, &[]),
    ("zeros at the start", Ablation::NONE, false, &[]),
    ("attention block", Ablation::NONE, true, &["layer0.attn_wv"]),
    ("MLP block", Ablation::NONE, true, &["layer0.mlp_fc1"]),
    ("both blocks", Ablation::NONE, true, &["layer0.attn_wv", "layer0.mlp_fc1"]),
    ("residuals", Ablation { no_residual: true, ..Ablation::NONE }, true, &[]),
    ("residuals and zeros", Ablation { no_residual: true, ..Ablation::NONE }, false, &[]),
];

/// For each variant and seed the loss on 200 held-out names, and on 200 others that only this seed has.
fn ablations(program: &Program) -> Result<Vec<Vec<[f64; 2]>>, Box<dyn Error>> {
    let encode = |from: usize| program.tokenizer.encode_docs(&program.docs[from..][..200]);
    let held_out = encode(Program::NUM_STEPS)?;
    let others =
        SEEDS.map(|seed| encode(Program::NUM_STEPS + 200 * seed as usize)).collect::<Result<Vec<_>, _>>()?;
    let losses =
        |(_, off, zeros, silent): (_, Ablation, bool, &[&str])| -> Result<Vec<[f64; 2]>, TrainingError> {
            let of_seed = |(seed, others)| {
                let params = train(off, zeros, silent, seed)?;
                Ok([&held_out, others].map(|names| mean_loss(&params, names)))
            };
            SEEDS.zip(&others).map(of_seed).collect()
        };
    Ok(VARIANTS.into_par_iter().map(losses).collect::<Result<_, _>>()?)
}

/// Three tokens, a, b and BOS, and vectors of two numbers; small whole numbers for calculating by hand.
#[rustfmt::skip]
const TINY: [f64; 64] = [
    1.0, 4.0,  2.0, -2.0,  3.0, 1.0, // wte
    4.0, 0.0,  0.0, 3.0, // wpe
    1.0, 0.0,  0.0, 1.0,  -1.0, -1.0, // lm_head
    0.0, 1.0,  1.0, 0.0, // attn_wq
    1.0, 0.0,  0.0, 1.0, // attn_wk
    1.0, 1.0,  1.0, -1.0, // attn_wv
    1.0, 0.0,  0.0, -1.0, // attn_wo
    1.0, 0.0,  -1.0, 0.0,  0.0, 1.0,  0.0, -1.0,  1.0, 1.0,  -1.0, -1.0,  1.0, -1.0,  -1.0, 1.0, // mlp_fc1
    0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0,  0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0, // mlp_fc2
];

/// The call of the tiny model for a at position 1, after BOS at position 0.
fn by_hand(tiny: &Parameters) {
    let tape = Tape::new();
    let (positions, ..) = calls(&[2, 0], &tiny.on(&tape));
    let [before, now] = [0, 1].map(|pos_id: usize| &positions[pos_id].layers[0]);
    let line = |line: &str, what: &str, how: &str, result: &[Value]| {
        println!("{line:4}{what:8}{how:32}{}", show(&numbers(result)));
    };
    println!("line        how to compute it               result");
    line("111", "x", "1 + 0, 4 + 3", &positions[1].embedding);
    let [one, seven] = [0, 1].map(|j: usize| positions[1].embedding[j].data());
    println!(
        "112 RMS     root of ({} + {}) / 2            {}",
        one * one,
        seven * seven,
        show(&[((one * one + seven * seven) / 2.0).sqrt()])
    );
    line("112", "x", "1 / 5, 7 / 5", &positions[1].embedding_norm);
    line("117", "x", "the same", &now.attn_norm);
    line("118", "q", "second, first", &now.q);
    line("119", "k", "first, second", &now.k);
    let [low, high] = [0, 1].map(|j: usize| now.attn_norm[j].data());
    line("120", "v", &format!("{low:.1} + {high:.1}, {low:.1} - {high:.1}"), &now.v);
    line("121", "key 0", "from the call for BOS", &before.k);
    line("121", "key 1", "from line 119", &now.k);
    line("122", "value 0", "from the call for BOS", &before.v);
    line("122", "value 1", "from line 120", &now.v);
    let head = &now.heads[0];
    let weights = numbers(&head.attn_weights);
    let v = now.v[0].data();
    let [largest, other] = [0, 1].map(|t: usize| head.attn_logits[t].data());
    let exp = (other - largest).exp();
    let root = f64::sqrt(2.0);
    let score = |[a, b]: [f64; 2]| format!("({high:.1} * {a:.1} + {low:.1} * {b:.1}) / {root:.4}");
    line("129", "score 0", &score([high, low]), &head.attn_logits[..1]);
    line("129", "score 1", &score([low, high]), &head.attn_logits[1..]);
    println!("130 exps    exp(0), exp({other:.4} - {largest:.4})     {}", show(&[1.0, exp]));
    line("130", "weights", &format!("1 / {:.4}, {exp:.4} / {0:.4}", 1.0 + exp), &head.attn_weights);
    line(
        "131",
        "out 0",
        &format!("{:.4} * {v:.1} + {:.4} * {v:.1}", weights[0], weights[1]),
        &head.head_out[..1],
    );
    let [first, second] = [&before.v, &now.v].map(|v| v[1].data().abs());
    line(
        "131",
        "out 1",
        &format!("{:.4} * {first:.1} - {:.4} * {second:.1}", weights[0], weights[1]),
        &head.head_out[1..],
    );
    line("133", "x", "first, minus second", &now.attn_out);
    let [x, y] = [0, 1].map(|j: usize| now.attn_residual[j].data());
    line(
        "134",
        "x",
        &format!("{:.1} + {low:.1}, {:.4} + {high:.1}", now.attn_out[0].data(), now.attn_out[1].data()),
        &now.attn_residual,
    );
    let root = ((x * x + y * y) / 2.0).sqrt();
    println!("137 RMS     root of ({:.4} + {:.4}) / 2   {}", x * x, y * y, show(&[root]));
    line("137", "x", &format!("{x:.1} / {root:.4}, {y:.4} / {root:.4}"), &now.mlp_norm);
    line("138", "x", "first, -first, second, -second", &now.mlp_hidden[..4]);
    line("138", "", "sum, -sum, first - second, ...", &now.mlp_hidden[4..]);
    line("139", "x", "squares of positive ones, else 0", &now.mlp_active[..4]);
    line("139", "", "", &now.mlp_active[4..]);
    let [third, seventh, eighth] = [2, 6, 7].map(|j: usize| now.mlp_active[j].data());
    line("140", "x", &format!("{third:.4} - {seventh:.4}, {seventh:.4} - {eighth:.0}"), &now.mlp_out);
    let [added, added_too] = [0, 1].map(|j: usize| now.mlp_out[j].data());
    line("141", "x", &format!("{added:.4} + {x:.1}, {added_too:.4} + {y:.4}"), &now.mlp_residual);
    line("143", "logits", "first, second, minus their sum", &positions[1].logits);
}

const PARTS: [&str; 15] = [
    "111 two rows added",
    "112 rmsnorm",
    "117 rmsnorm",
    "118-120 q, k, v",
    "129 scores",
    "130 softmax",
    "131 weighted sums",
    "133 attn_wo",
    "134 addition",
    "137 rmsnorm",
    "138 mlp_fc1",
    "139 squared relu",
    "140 mlp_fc2",
    "141 addition",
    "143 lm_head",
];

type Called<'t> = (Vec<Activations<Value<'t>>>, Vec<Rows<'t>>, Vec<Rows<'t>>);

/// One call of gpt for each token, and the lists as the last call leaves them.
fn calls<'t>(tokens: &[usize], state_dict: &StateDict<'t>) -> Called<'t> {
    let (mut keys, mut values) = (vec![vec![]], vec![vec![]]);
    let calls = tokens.iter().enumerate();
    let positions =
        calls.map(|(pos_id, &token)| gpt(token, pos_id, &mut keys, &mut values, state_dict)).collect();
    (positions, keys, values)
}

/// The vector that `x` is behind this line.
fn x_of_line<'a, 't>(position: &'a Activations<Value<'t>>, line: usize) -> &'a [Value<'t>] {
    let layer = &position.layers[0];
    match line {
        111 => &position.embedding,
        112 => &position.embedding_norm,
        117 => &layer.attn_norm,
        133 => &layer.attn_out,
        134 => &layer.attn_residual,
        137 => &layer.mlp_norm,
        138 => &layer.mlp_hidden,
        139 => &layer.mlp_active,
        140 => &layer.mlp_out,
        _ => &layer.mlp_residual,
    }
}

/// Every variable of one call, by the lines that set it.
fn print_call(position: &Activations<Value>, keys: &[Rows], values: &[Rows], config: Config) {
    println!("line variable     numbers");
    let layer = &position.layers[0];
    let x = |line: usize| row(line, "x", x_of_line(position, line));
    row(109, "tok_emb", &position.tok_emb);
    row(110, "pos_emb", &position.pos_emb);
    x(111);
    x(112);
    row(116, "x_residual", x_of_line(position, 112));
    x(117);
    row(118, "q", &layer.q);
    row(119, "k", &layer.k);
    row(120, "v", &layer.v);
    keys[0].iter().enumerate().for_each(|(t, k_t)| row(121, &format!("keys[0][{t}]"), k_t));
    values[0].iter().enumerate().for_each(|(t, v_t)| row(122, &format!("values[0][{t}]"), v_t));
    for (h, head) in layer.heads.iter().enumerate() {
        let hs = h * config.head_dim();
        println!("124-125 h {h}, hs {hs}");
        row(126, "q_h", &layer.q[hs..hs + config.head_dim()]);
        row(129, "attn_logits", &head.attn_logits);
        row(130, "attn_weights", &head.attn_weights);
        row(131, "head_out", &head.head_out);
    }
    row(132, "x_attn", &layer.x_attn);
    x(133);
    x(134);
    row(136, "x_residual", x_of_line(position, 134));
    (137..=141).for_each(x);
    row(143, "logits", &position.logits);
}

fn row(line: usize, name: &str, vector: &[Value]) {
    let (shown, more) = if vector.len() > 8 { (&vector[..4], " ...") } else { (vector, "") };
    println!("{line}  {name:12} {:7} {}{more}", vector.len(), show(&numbers(shown)));
}

/// For each position, how many nodes and multiplications each part of `gpt` makes.
fn count(tokens: &[usize], params: &Parameters) -> Vec<Vec<[usize; 2]>> {
    let tape = Tape::new();
    let state_dict = params.on(&tape);
    let (mut keys, mut values) = (vec![vec![]], vec![vec![]]);
    let mut counts = Vec::new();
    for (pos_id, &token) in tokens[..8].iter().enumerate() {
        let mut from = tape.len();
        let position = gpt(token, pos_id, &mut keys, &mut values, &state_dict);
        let layer = &position.layers[0];
        let mut parts = vec![[0; 2]; PARTS.len()];
        let mut tally = |part: usize, end: &[Value]| {
            let to = end.last().map_or(from, |node| node.index() + 1);
            let made = nodes(&tape).take(to).skip(from);
            parts[part][0] += to - from;
            parts[part][1] += made.filter(|node| node.operation() == Operation::Mul).count();
            from = to;
        };
        tally(0, &position.embedding);
        tally(1, &position.embedding_norm);
        tally(2, &layer.attn_norm);
        tally(3, &layer.v);
        for head in &layer.heads {
            tally(4, &head.attn_logits);
            tally(5, &head.attn_weights);
            tally(6, &head.head_out);
        }
        tally(7, &layer.attn_out);
        tally(8, &layer.attn_residual);
        tally(9, &layer.mlp_norm);
        tally(10, &layer.mlp_hidden);
        tally(11, &layer.mlp_active);
        tally(12, &layer.mlp_out);
        tally(13, &layer.mlp_residual);
        tally(14, &position.logits);
        counts.push(parts);
    }
    counts
}

/// A model with parts left out, trained on the 500 names of the program: for each seed other starting values
/// and another order of the names, for each variant the same.
fn train(off: Ablation, zeros: bool, silent: &[&str], seed: u64) -> Result<Parameters, TrainingError> {
    let mut program = reseeded(Config::default(), seed);
    if !zeros {
        for number in program.params.as_mut_slice().iter_mut().filter(|number| **number == 0.0) {
            *number = program.random.gauss(0.0, 0.02);
        }
    }
    let params = with_zeros(program.params, silent).with_ablation(off);
    common::trained(&Program { params, ..program })
}

/// How many of all the choices of signs make the sum of these differences as large as it is, or larger.
fn as_far_by_chance(differences: &[f64]) -> usize {
    let sum = |signs: usize| -> f64 {
        differences.iter().enumerate().map(|(i, d)| if signs >> i & 1 == 0 { *d } else { -d }).sum()
    };
    let real = sum(0).abs();
    (0..1 << differences.len()).filter(|&signs| sum(signs).abs() > real - 1e-12).count()
}

fn columns([zero, four, seven, more, four_mul, more_mul]: [usize; 6]) -> String {
    format!("{zero:6} {four:6} {seven:6} {more:10} {four_mul:6} {more_mul:10}")
}

/// A whole number with commas between the thousands.
fn grouped(number: usize) -> String {
    if number < 1000 {
        return number.to_string();
    }
    format!("{},{:03}", grouped(number / 1000), number % 1000)
}
