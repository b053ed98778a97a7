//! Lesson 3.6, Multi-head attention: four small heads side by side, joined and mixed.

mod common;

use std::error::Error;

use common::{
    dot, join, label, max, mean, nodes, numbers, percent, probabilities, reseeded, rounded, show, std,
};
use microgpt::autograd::Operation;
use microgpt::training::TrainingError;
use microgpt::{Config, Engine, Parameters, Program, Random, Tape, linear, loss, mean_loss, softmax, trace};
use rayon::prelude::*;

const VOWELS: &str = "aeiou";

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let trained = Program::trained();
    let tokenizer = &trained.tokenizer;
    let tokens = tokenizer.encode_doc("anna")?;
    let letter = |id: usize| tokenizer.token_name(id);
    let start_tape = Tape::new();
    let start = loss(&tokens, &untrained.params.on(&start_tape)).activations;
    let tape = Tape::new();
    let anna = loss(&tokens, &trained.params.on(&tape)).activations;
    let config = trained.params.config();
    let head_dim = config.head_dim();

    println!("--- one mix hides its parts ---");
    let v = [[4.0, 0.0], [0.0, 4.0], [2.0, 2.0]];
    for weights in [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]] {
        println!("weights {weights:?}  weighted sum {:?}", mix(&weights, &v));
    }

    label("four heads");
    println!("flowchart TD");
    println!(r#"    qkv["queries, keys and values, cut into four parts"]"#);
    for h in 0..config.n_head {
        println!(r#"    qkv --> h{h}["head {h}"]"#);
        println!(r#"    h{h} --> join["x_attn: the four results, one after the other"]"#);
    }
    println!(r#"    join -->|attn_wo| out["mixed"]"#);

    label("the second head by hand");
    let q = [1.0, 2.0, 2.0, -1.0];
    let k = [[2.0, -1.0, 2.0, 0.0], [1.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]];
    let v = [[4.0, 0.0, 1.0, 3.0], [0.0, 4.0, 3.0, 1.0], [2.0, 2.0, 0.0, 2.0]];
    println!("t   q*k   score    - largest     exp   weight   weight * v");
    let second = by_hand(&q[2..], &k.map(|k_t| [k_t[2], k_t[3]]), &v.map(|v_t| [v_t[2], v_t[3]]), true);

    label("joined by hand");
    let first = by_hand(&q[..2], &k.map(|k_t| [k_t[0], k_t[1]]), &v.map(|v_t| [v_t[0], v_t[1]]), false);
    let x_attn = [first, second].concat();
    println!("first head:   {}", show(&first));
    println!("second head:  {}", show(&second));
    println!("x_attn:       {}", show(&x_attn));

    label("mixing by hand");
    let wo = [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0], [1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0]];
    for row in wo {
        println!(
            "row {:2} {:2} {:2} {:2}   output {:7.4}",
            row[0],
            row[1],
            row[2],
            row[3],
            dot(&row, &x_attn)
        );
    }

    label("one wide head by hand");
    let sums: Vec<f64> = k.iter().map(|k_t| dot(&q, k_t)).collect();
    let scores: Vec<f64> = sums.iter().map(|sum| sum / 4.0_f64.sqrt()).collect();
    println!("t   q*k   score   weight");
    for (t, weight) in probabilities(&scores).iter().enumerate() {
        println!("{t} {:5} {:7.4}  {weight:7.4}", sums[t], scores[t]);
    }

    label("python slices");
    let letters = ["a", "b", "c", "d", "e", "f"];
    println!("letters       {}", letters.join(" "));
    println!("letters[2:4]  {}", letters[2..4].join(" "));
    println!("letters[:2]   {}", letters[..2].join(" "));
    println!("letters[4:]   {}", letters[4..].join(" "));
    println!("letters[:-1]  {}", letters[..letters.len() - 1].join(" "));
    println!("letters[4:9]  {}", letters[4..9.min(letters.len())].join(" "));

    label("slices of q");
    println!("h  hs  slice      numbers of q at position 4");
    let layer = |pos_id: usize| &anna[pos_id].layers[0];
    for h in 0..config.n_head {
        let hs = h * head_dim;
        let slice = format!("q[{hs}:{}]", hs + head_dim);
        println!("{h}  {hs:2}  {slice:8} {}", show(&numbers(&layer(4).q[hs..hs + head_dim])));
    }

    label("weights of position 4");
    println!("position 4  0 BOS     1 a     2 n     3 n     4 a");
    for (h, head) in layer(4).heads.iter().enumerate() {
        println!("head {h}    {}", show(&numbers(&head.attn_weights)));
    }

    label("four patterns");
    for pair in [[0, 1], [2, 3]] {
        if pair[0] > 0 {
            println!();
        }
        println!("        head {}                       head {}", pair[0], pair[1]);
        println!("        BOS    a    n    n    a      BOS    a    n    n    a");
        for (pos_id, &id) in tokens[..5].iter().enumerate() {
            let row = pair.map(|h| {
                let weights = numbers(&layer(pos_id).heads[h].attn_weights);
                join(weights.iter().map(|weight| format!("{weight:5.2}")), "")
            });
            println!("{pos_id} {:4} {:25}    {}", letter(id), row[0], row[1]);
        }
    }

    label("kinds of tokens");
    let held_out = tokenizer.encode_docs(&trained.docs[Program::NUM_STEPS..][..200])?;
    println!("after {} steps with seed 42, {} held-out names", Program::NUM_STEPS, held_out.len());
    println!("weight divided by the even share, mean over positions 1 and up");
    println!("          BOS  vowels  consonants  itself");
    let mut sums = [[(0.0, 0); 4]; 4];
    for tokens in &held_out {
        let positions = trace(&trained.params, &tokens[..tokens.len() - 1], Engine::Fused);
        for (pos_id, position) in positions.iter().enumerate().skip(1) {
            for (head, sums) in position.layers[0].heads.iter().zip(&mut sums) {
                for (t, weight) in head.attn_weights.iter().enumerate() {
                    let kind = if t == 0 {
                        0
                    } else if VOWELS.contains(&letter(tokens[t])) {
                        1
                    } else {
                        2
                    };
                    let share = weight * (pos_id + 1) as f64;
                    sums[kind] = (sums[kind].0 + share, sums[kind].1 + 1);
                    if t == pos_id {
                        sums[3] = (sums[3].0 + share, sums[3].1 + 1);
                    }
                }
            }
        }
    }
    for (h, sums) in sums.iter().enumerate() {
        let [bos, vowels, consonants, itself] = sums.map(|(sum, count)| sum / f64::from(count));
        println!("head {h} {bos:6.2} {vowels:7.2} {consonants:11.2} {itself:7.2}");
    }

    label("joined");
    println!("x_attn at position 4");
    for (h, part) in numbers(&layer(4).x_attn).chunks(head_dim).enumerate() {
        println!("head {h}  {}", show(part));
    }

    label("mixed");
    println!("the first 4 numbers after attn_wo at position 4, and each head's part");
    let wo = trained.params.get("layer0.attn_wo").ok_or("attn_wo is a matrix")?;
    for h in 0..config.n_head {
        let part = h * head_dim..(h + 1) * head_dim;
        let added: Vec<f64> =
            (0..4).map(|i| dot(&wo.row(i)[part.clone()], &numbers(&layer(4).x_attn[part.clone()]))).collect();
        println!("head {h}  {}", show(&added));
    }
    println!("sum     {}", show(&numbers(&layer(4).attn_out[..4])));

    label("before training");
    let before = &start[4].layers[0];
    println!("x_attn at position 4:        {} ...", show(&numbers(&before.x_attn[..4])));
    println!("after attn_wo:               {} ...", show(&numbers(&before.attn_out[..4])));
    let zeros = before.attn_out.iter().filter(|number| number.data() == 0.0).count();
    println!("numbers that are exactly 0: {zeros} of {}", before.attn_out.len());
    println!("x before attention:          {} ...", show(&numbers(&start[4].embedding_norm[..4])));
    println!("x after attention, added:    {} ...", show(&numbers(&before.attn_residual[..4])));

    label("heads switched off");
    // A head is off when its columns of attn_wo are 0
    println!("loss, mean over {} held-out names", held_out.len());
    println!("all heads on: {:.4}", mean_loss(&trained.params, &held_out));
    for off in [vec![0], vec![1], vec![2], vec![3], vec![0, 1, 2, 3]] {
        let params = without_heads(&trained.params, &off);
        println!("off: {:10}  {:.4}", join(off, " "), mean_loss(&params, &held_out));
    }
    let none = mean_loss(&without_heads(&trained.params, &[0, 1, 2, 3]), &held_out);
    println!("all four together bring: {:.4}", none - mean_loss(&trained.params, &held_out));

    label("parameters");
    for n_head in [1, 2, 4, 8, 16] {
        let config = Config { n_head, ..config };
        let params = Parameters::random(config, tokenizer.vocab_size(), &mut Random::new(42))?;
        println!("n_head {n_head:2}  head_dim {:2}  num params: {}", config.head_dim(), params.len());
    }

    label("multiplications");
    println!("at position 4    one head of 16    four heads of 4");
    let (one, four) = (count(&tokens, &trained.params, 1), count(&tokens, &trained.params, 4));
    for (line, (one, four)) in one.iter().zip(&four).enumerate() {
        let lines = ["118-120 q, k, v", "129 scores", "130 softmax", "131 weighted sum", "133 attn_wo"];
        println!("{:16} {:14} {:18}", lines[line], one[0], four[0]);
    }
    let total = |counts: &[[usize; 3]], kind: usize| counts.iter().map(|count| count[kind]).sum::<usize>();
    for (kind, what) in ["multiplications", "exponentials", "powers"].iter().enumerate() {
        println!("all {what:15} {:11} {:18}", total(&one, kind), total(&four, kind));
    }
    let more = total(&four, 0) - total(&one, 0);
    println!("more multiplications with four heads: {more}, {:.1}%", percent(more, total(&one, 0)));
    println!("products in the scores: 4 * 5 * 4 = {}, or 5 * 16 = {}", 4 * 5 * 4, 5 * 16);
    println!("weights at position 4: {} with four heads, {} with one", 4 * 5, 5);

    label("one head or four");
    // Other starting values and another order of the names for each seed, the same for both models
    let seeds = 1..=5;
    let others = tokenizer.encode_docs(&trained.docs[Program::NUM_STEPS + 200..][..200])?;
    let losses = |n_head: usize| -> Result<Vec<[f64; 2]>, TrainingError> {
        let of_seed = |seed| {
            let params = common::trained(&reseeded(Config { n_head, ..config }, seed))?;
            Ok([&held_out, &others].map(|names| mean_loss(&params, names)))
        };
        seeds.clone().into_par_iter().map(of_seed).collect()
    };
    let (one, four) = (losses(1)?, losses(4)?);
    println!("loss, mean over {} held-out names, and over {} others", held_out.len(), others.len());
    println!("seed      one head  four heads  difference   others: difference");
    for (i, seed) in seeds.enumerate() {
        let difference = [0, 1].map(|set| four[i][set] - one[i][set]);
        println!(
            "{seed:4} {:13.4} {:11.4} {:11.4} {:20.4}",
            one[i][0], four[i][0], difference[0], difference[1]
        );
    }
    let columns = [
        one.iter().map(|loss| loss[0]).collect::<Vec<_>>(),
        four.iter().map(|loss| loss[0]).collect(),
        (0..5).map(|i| four[i][0] - one[i][0]).collect(),
        (0..5).map(|i| four[i][1] - one[i][1]).collect(),
    ];
    for (what, of) in [("mean", mean as fn(&[f64]) -> f64), ("std", std)] {
        let [one, four, difference, others] = columns.each_ref().map(|column| of(column));
        println!("{what:4} {one:13.4} {four:11.4} {difference:11.4} {others:20.4}");
    }

    label("five heads");
    println!("n_head 5: head_dim {}, numbers in all heads: 5 * 3 = {}", 16 / 5, 5 * (16 / 5));
    println!("last row of attn_wq, attn_wk and attn_wv, not used: 3 * 16 = {}", 3 * 16);
    println!("last column of attn_wo, not used: {}", 16);
    println!("parameters not used: {}", 3 * 16 + 16);
    match Parameters::random(Config { n_head: 5, ..config }, tokenizer.vocab_size(), &mut Random::new(42)) {
        Ok(params) => println!("num params: {}", params.len()),
        Err(error) => println!("{}", error.to_string().replace("; ", ";\n")),
    }

    label("the wrong root");
    let scores = numbers(&layer(4).heads[0].attn_logits);
    let halved: Vec<f64> = scores.iter().map(|score| score * 2.0 / 4.0).collect();
    println!("head 0, position 4      0 BOS     1 a     2 n     3 n     4 a");
    println!("root of head_dim, 2:  {}", show(&probabilities(&scores)));
    println!("root of n_embd, 4:    {}", show(&probabilities(&halved)));

    label("questions");
    let eight = Config { n_head: 8, ..config };
    println!("n_head 8: head_dim {}, head 5 begins at hs {}", eight.head_dim(), 5 * eight.head_dim());
    println!("n_head 8: head 5 has the numbers {} and {}", 5 * eight.head_dim(), 5 * eight.head_dim() + 1);
    let weights = numbers(&layer(4).heads[1].attn_weights);
    println!("head 1: weights {}", show(&weights));
    let first: Vec<f64> = (0..5).map(|t| layer(t).v[4].data()).collect();
    println!("head 1: first numbers of the values {}", show(&first));
    let parts: Vec<f64> =
        weights.iter().zip(&first).map(|(a, v)| rounded(rounded(*a) * rounded(*v))).collect();
    println!("head 1: products {}", show(&parts));
    println!("head 1: their sum {:.4}", parts.iter().sum::<f64>());
    println!("head 1: first number of head_out in the model {:.4}", layer(4).heads[1].head_out[0].data());
    let [four, one] = [4, 1].map(|n_head| total(&count(&tokens[..2], &trained.params, n_head), 0));
    println!("multiplications at position 0: {four} with four heads, {one} with one head");
    println!("multiplications of the linear layers: 768 + 256 = {}", 768 + 256);
    Ok(())
}

/// Lines 118 to 133 at the last position, and how many multiplications, exponentials and powers each line takes.
fn count(tokens: &[usize], params: &Parameters, n_head: usize) -> Vec<[usize; 3]> {
    let tape = Tape::new();
    let state_dict = params.on(&tape);
    let layer = &state_dict.layers[0];
    // Keys and values of the earlier positions are in the lists already
    let activations = loss(tokens, &state_dict).activations;
    let n = activations.len();
    let mut keys: Vec<_> = activations[..n - 1].iter().map(|position| position.layers[0].k.clone()).collect();
    let mut values: Vec<_> =
        activations[..n - 1].iter().map(|position| position.layers[0].v.clone()).collect();
    let x = &activations[n - 1].layers[0].attn_norm;

    let mut counts = vec![[0; 3]; 5];
    let mut from = tape.len();
    let mut tally = |line: usize| {
        for node in nodes(&tape).skip(from) {
            match node.operation() {
                Operation::Mul => counts[line][0] += 1,
                Operation::Exp => counts[line][1] += 1,
                Operation::Pow => counts[line][2] += 1,
                _ => {}
            }
        }
        from = tape.len();
    };
    let q = linear(x, &layer.attn_wq);
    keys.push(linear(x, &layer.attn_wk));
    values.push(linear(x, &layer.attn_wv));
    tally(0);
    let head_dim = q.len() / n_head;
    let mut x_attn = Vec::new();
    for h in 0..n_head {
        let slice = h * head_dim..(h + 1) * head_dim;
        let scale = (head_dim as f64).sqrt();
        let attn_logits: Vec<_> =
            keys.iter().map(|k_t| tape.dot(&q[slice.clone()], &k_t[slice.clone()]) / scale).collect();
        tally(1);
        let attn_weights = softmax(&attn_logits);
        tally(2);
        for j in slice {
            let column: Vec<_> = values.iter().map(|v_t| v_t[j]).collect();
            x_attn.push(tape.dot(&attn_weights, &column));
        }
        tally(3);
    }
    linear(&x_attn, &layer.attn_wo);
    tally(4);
    counts
}

/// The parameters with 0 in the columns of `attn_wo` that belong to these heads.
fn without_heads(params: &Parameters, heads: &[usize]) -> Parameters {
    let (config, mut changed) = (params.config(), params.clone());
    for row in changed.get_mut("layer0.attn_wo").expect("a matrix").chunks_mut(config.n_embd) {
        for head in heads {
            row[head * config.head_dim()..][..config.head_dim()].fill(0.0);
        }
    }
    changed
}

/// One head of two numbers at the last of three positions; each number is computed from the printed ones.
fn by_hand(q: &[f64], k: &[[f64; 2]; 3], v: &[[f64; 2]; 3], print: bool) -> [f64; 2] {
    let sums: Vec<f64> = k.iter().map(|k_t| dot(q, k_t)).collect();
    let scores: Vec<f64> = sums.iter().map(|sum| rounded(sum / rounded(2.0_f64.sqrt()))).collect();
    let largest = max(&scores);
    let exps: Vec<f64> = scores.iter().map(|score| rounded((score - largest).exp())).collect();
    let total: f64 = exps.iter().sum();
    let mut head_out = [0.0; 2];
    for t in 0..3 {
        let weight = rounded(exps[t] / total);
        let parts = v[t].map(|v_j| rounded(weight * v_j));
        head_out = [head_out[0] + parts[0], head_out[1] + parts[1]];
        if print {
            let row = show(&[scores[t], scores[t] - largest, exps[t], weight]).replace(' ', "  ");
            println!("{t} {:5}  {}   {}", sums[t], row.trim_start(), show(&parts));
        }
    }
    if print {
        println!("sum                          {total:7.4}           {}", show(&head_out));
    }
    head_out
}

/// The weighted sum of vectors of two numbers.
fn mix(weights: &[f64], vectors: &[[f64; 2]]) -> Vec<f64> {
    (0..2).map(|j| weights.iter().zip(vectors).map(|(weight, v_t)| weight * v_t[j]).sum()).collect()
}
