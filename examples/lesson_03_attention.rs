//! Lesson 3.5, Attention: how much a position takes from each position so far, and what it takes.

use std::error::Error;

use microgpt::{Parameters, Program, Random, Tape, Value, loss, softmax};

const VOWELS: &str = "aeiou";

fn main() -> Result<(), Box<dyn Error>> {
    let untrained = Program::untrained();
    let trained = Program::trained();
    let tokenizer = &trained.tokenizer;
    let tokens = tokenizer.encode_doc("anna")?;
    let letter = |id: usize| tokenizer.uchars().get(id).map_or("BOS".to_owned(), char::to_string);
    let start_tape = Tape::new();
    let start = loss(&tokens, &untrained.params.on(&start_tape)).activations;
    let tape = Tape::new();
    let after = loss(&tokens, &trained.params.on(&tape));
    let anna = &after.activations;

    println!("--- an a at position 4 ---");
    println!("letter before  names  ending there   share");
    for before in ["", "n", "r", "s"] {
        let names: Vec<&String> = trained
            .docs
            .iter()
            .filter(|name| name.get(3..4) == Some("a") && name[..3].ends_with(before))
            .collect();
        let ending = names.iter().filter(|name| name.len() == 4).count();
        let share = 100.0 * ending as f64 / names.len() as f64;
        let shown = if before.is_empty() { "any" } else { before };
        println!("{shown:13} {:6} {ending:13} {share:6.1}%", names.len());
    }

    println!("\n--- switched off ---");
    let off = without(&trained.params, "layer0.attn_wo");
    println!("after {} steps of training: probability of the end after the last a", Program::NUM_STEPS);
    println!("name   attention on  attention off");
    for name in ["anna", "sara", "rosa", "olga", "maia"] {
        let end = |params: &Parameters| -> Result<f64, Box<dyn Error>> {
            let tape = Tape::new();
            let tokens = tokenizer.encode_doc(name)?;
            let last = &loss(&tokens, &params.on(&tape)).activations[4];
            Ok(100.0 * softmax(&last.logits)[tokenizer.bos()].data())
        };
        println!("{name} {:13.1}% {:13.1}%", end(&trained.params)?, end(&off)?);
    }

    println!("\n--- three positions by hand ---");
    let q = [1.0, 2.0];
    let k = [[2.0, -1.0], [1.0, 1.0], [0.0, 1.0]];
    let v = [[4.0, 0.0], [0.0, 4.0], [2.0, 2.0]];
    by_hand(q, &k, &v);

    for (pos_id, when, activations) in [(1, "before", &start), (4, "after", anna)] {
        println!("\n--- x of position {pos_id} {when} training ---");
        for part in numbers(&activations[pos_id].layers[0].attn_norm).chunks(8) {
            println!("{}", show(part));
        }
    }

    println!("\n--- q k v of head 0 ---");
    println!("     position       the first 4 of 16 numbers, trained model");
    let layer = |pos_id: usize| &anna[pos_id].layers[0];
    for (name, of) in [("q", 0), ("k", 1), ("v", 2)] {
        println!();
        for (pos_id, &id) in tokens[..5].iter().enumerate() {
            let vectors = [&layer(pos_id).q, &layer(pos_id).k, &layer(pos_id).v];
            println!("{name}    {pos_id} {:3}    {}", letter(id), show(&numbers(&vectors[of][..4])));
        }
    }

    // Head 0 at position 4, as lines 129 to 131 compute it
    let head = &layer(4).heads[0];
    let q_h = numbers(&layer(4).q[..4]);
    let k_h: Vec<Vec<f64>> = (0..5).map(|t| numbers(&layer(t).k[..4])).collect();
    let v_h: Vec<Vec<f64>> = (0..5).map(|t| numbers(&layer(t).v[..4])).collect();
    let scores = numbers(&head.attn_logits);
    let weights = numbers(&head.attn_weights);
    let head_out = numbers(&head.head_out);

    println!("\n--- two queries of the same letter ---");
    let other = numbers(&layer(1).q[..4]);
    let cosine = dot(&q_h, &other) / (dot(&q_h, &q_h) * dot(&other, &other)).sqrt();
    println!("queries of the a at position 1 and of the a at position 4, cosine: {cosine:.2}");

    println!("\n--- scores of position 4 ---");
    println!("t     q_j * k_j for j = 0, 1, 2, 3          sum     / 2");
    for t in 0..5 {
        let products: Vec<f64> = q_h.iter().zip(&k_h[t]).map(|(q_j, k_j)| q_j * k_j).collect();
        println!(
            "{t} {:3} {}   {}",
            letter(tokens[t]),
            show(&products),
            show(&[dot(&q_h, &k_h[t]), scores[t]])
        );
    }

    println!("\n--- weights of position 4 ---");
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
    let total: f64 = exps.iter().sum();
    println!("t        score  - largest      exp   weight");
    for t in 0..5 {
        let row = [scores[t], scores[t] - largest, exps[t], weights[t]];
        println!(
            "{t} {:3}  {:7.4}    {:7.4}  {:7.4}  {:7.4}",
            letter(tokens[t]),
            row[0],
            row[1],
            row[2],
            row[3]
        );
    }
    println!("sum                       {total:7.4}  {:7.4}", weights.iter().sum::<f64>());

    println!("\n--- weighted sum of position 4 ---");
    println!("t     weight    weight * v_j for j = 0, 1, 2, 3");
    for t in 0..5 {
        let parts: Vec<f64> = v_h[t].iter().map(|v_j| weights[t] * v_j).collect();
        println!("{t} {:3} {:7.4}   {}", letter(tokens[t]), weights[t], show(&parts));
    }
    println!("head_out        {}", show(&head_out));

    println!("\n--- redone from the printed digits ---");
    let four_decimals = |vectors: &[Vec<f64>]| -> Vec<Vec<f64>> {
        vectors.iter().map(|vector| vector.iter().map(|&number| round(number)).collect()).collect()
    };
    let (q_printed, k_printed, v_printed) =
        (four_decimals(std::slice::from_ref(&q_h)), four_decimals(&k_h), four_decimals(&v_h));
    let redone: Vec<f64> = k_printed.iter().map(|k_t| dot(&q_printed[0], k_t) / 2.0).collect();
    let redone = [redone.clone(), weights_of(&redone), mix(&weights_of(&redone), &v_printed)].concat();
    let printed = [scores.clone(), weights.clone(), head_out.clone()].concat();
    let same = redone.iter().zip(&printed).filter(|(a, b)| round(**a) == round(**b)).count();
    println!("from q, k and v, rounded only at the end: {same} of {} the same", printed.len());
    // Each step from the four decimals of the step before
    let mut farthest = [0.0_f64; 4];
    let mut compare = |step: usize, redone: f64, printed: f64| {
        farthest[step] = farthest[step].max((round(redone) - round(printed)).abs());
    };
    for t in 0..5 {
        let products: Vec<f64> =
            q_h.iter().zip(&k_h[t]).map(|(q_j, k_j)| round(round(*q_j) * round(*k_j))).collect();
        for (product, (q_j, k_j)) in products.iter().zip(q_h.iter().zip(&k_h[t])) {
            compare(0, *product, q_j * k_j);
        }
        let printed: f64 = q_h.iter().zip(&k_h[t]).map(|(q_j, k_j)| round(q_j * k_j)).sum();
        compare(1, printed, dot(&q_h, &k_h[t]));
        compare(1, round(dot(&q_h, &k_h[t])) / 2.0, scores[t]);
        compare(2, (round(scores[t]) - round(largest)).exp(), exps[t]);
        compare(2, round(exps[t]) / round(total), weights[t]);
    }
    for j in 0..4 {
        let printed: f64 = (0..5).map(|t| round(weights[t] * v_h[t][j])).sum();
        compare(3, printed, head_out[j]);
        for t in 0..5 {
            compare(3, round(weights[t]) * round(v_h[t][j]), weights[t] * v_h[t][j]);
        }
    }
    for (step, difference) in ["products", "sums and scores", "weights", "head_out"].iter().zip(farthest) {
        println!("rounded at each step, {step}: at most {difference:.4} off");
    }

    for (when, activations) in [("before", &start), ("after", anna)] {
        println!("\n--- weights of head 0 {when} training ---");
        println!("position      0 BOS     1 a     2 n     3 n     4 a");
        for (pos_id, &id) in tokens[..5].iter().enumerate() {
            let weights = numbers(&activations[pos_id].layers[0].heads[0].attn_weights);
            println!("{pos_id} {:3}        {}", letter(id), show(&weights));
        }
    }

    println!("\n--- why even ---");
    for (when, activations) in [("before", &start), ("after", anna)] {
        let scores: Vec<f64> = activations
            .iter()
            .flat_map(|position| &position.layers[0].heads)
            .flat_map(|head| numbers(&head.attn_logits))
            .collect();
        let farthest = scores.iter().fold(0.0_f64, |farthest, score| farthest.max(score.abs()));
        println!("{when} training, scores of all heads and positions: {}", scores.len());
        println!("{when} training, farthest from 0: {farthest:.4}");
    }

    println!("\n--- kinds of tokens ---");
    let unseen = &trained.docs[Program::NUM_STEPS..][..200];
    println!("held-out names: {}", unseen.len());
    println!("weight of head 0 divided by the even share, mean over positions 1 and up");
    let mut sums = [("BOS", 0.0, 0), ("vowels", 0.0, 0), ("consonants", 0.0, 0)];
    for name in unseen {
        let tape = Tape::new();
        let tokens = tokenizer.encode_doc(name)?;
        for (pos_id, position) in
            loss(&tokens, &trained.params.on(&tape)).activations.iter().enumerate().skip(1)
        {
            let even = 1.0 / (pos_id + 1) as f64;
            for (t, weight) in numbers(&position.layers[0].heads[0].attn_weights).iter().enumerate() {
                let kind = if t == 0 {
                    0
                } else if VOWELS.contains(&letter(tokens[t])) {
                    1
                } else {
                    2
                };
                sums[kind].1 += weight / even;
                sums[kind].2 += 1;
            }
        }
    }
    for (kind, sum, count) in sums {
        println!("{kind}: {:.2} ({count} weights)", sum / f64::from(count));
    }

    println!("\n--- every letter at position 3 ---");
    // The letter at position 3 of an?a, and what weight position 4 gives it
    let mut third: Vec<(f64, char)> = Vec::new();
    for &c in tokenizer.uchars() {
        let tape = Tape::new();
        let tokens = tokenizer.encode_doc(&format!("an{c}a"))?;
        let position = &loss(&tokens, &trained.params.on(&tape)).activations[4];
        third.push((position.layers[0].heads[0].attn_weights[3].data(), c));
    }
    third.sort_by(|a, b| b.0.total_cmp(&a.0));
    for part in third.chunks(7) {
        let shown: Vec<String> = part.iter().map(|(weight, c)| format!("{c} {weight:.4}")).collect();
        println!("{}", shown.join("   "));
    }

    println!("\n--- anna and annika ---");
    let annika_tape = Tape::new();
    let annika = loss(&tokenizer.encode_doc("annika")?, &trained.params.on(&annika_tape)).activations;
    for pos_id in 0..5 {
        let weights = |position: &microgpt::model::Activations<Value>| {
            position.layers[0].heads.iter().map(|head| numbers(&head.attn_weights)).collect::<Vec<_>>()
        };
        let same = weights(&anna[pos_id]) == weights(&annika[pos_id]);
        println!("position {pos_id}: the same weights in all heads: {same}");
    }

    println!("\n--- the lists as a cache ---");
    println!("positions  keys with the lists  without   products with  without");
    let products = 2 * 16 * 16; // of one key and one value
    for n in [5, 8] {
        let again: usize = (1..=n).sum();
        println!("{n:9} {n:20} {again:8} {:15} {:8}", n * products, again * products);
    }
    println!("numbers kept for 8 positions: 2 * 8 * 16 = {}", 2 * 8 * 16);

    println!("\n--- gradients through the lists ---");
    // The loss of the last position alone, and the row of an earlier one, which it meets in the lists only
    for (when, program) in [("before", &untrained), ("after", &trained)] {
        let tape = Tape::new();
        let state_dict = program.params.on(&tape);
        loss(&tokens, &state_dict).losses[4].backward();
        let grads: Vec<f64> = state_dict.wpe[2][..4].iter().map(|p| p.grad()).collect();
        println!("{when} training, wpe[2]: {}", show(&grads));
    }

    println!("\n--- twice the input ---");
    // Twice the vectors that go in: twice each q, k and v
    let doubled: Vec<f64> = scores.iter().map(|score| 4.0 * score).collect();
    let twice: Vec<Vec<f64>> = v_h.iter().map(|v_t| v_t.iter().map(|v_j| 2.0 * v_j).collect()).collect();
    println!("twice head_out:        {}", show(&head_out.iter().map(|out| 2.0 * out).collect::<Vec<_>>()));
    println!("head_out of twice x:   {}", show(&mix(&weights_of(&doubled), &twice)));
    println!("scores of twice x:     {}", show(&doubled));
    println!("weights of twice x:    {}", show(&weights_of(&doubled)));

    println!("\n--- without the root ---");
    let sums: Vec<f64> = scores.iter().map(|score| 2.0 * score).collect();
    println!("position 4            0 BOS     1 a     2 n     3 n     4 a");
    println!("weights with / 2:   {}", show(&weights));
    println!("weights without:    {}", show(&weights_of(&sums)));

    println!("\n--- wider heads ---");
    println!("random vectors of std 1, one query and 5 keys, 500 times");
    println!("head_dim  std of q*k   largest weight       its slope to its score");
    println!("                       without    with     without    with");
    let mut random = Random::new(42);
    for head_dim in [4, 16, 64, 256] {
        let rounds = 500;
        let (mut squares, mut largest, mut slopes) = (0.0, [0.0; 2], [0.0; 2]);
        for _ in 0..rounds {
            let mut draw = || (0..head_dim).map(|_| random.gauss(0.0, 1.0)).collect::<Vec<f64>>();
            let q = draw();
            let products: Vec<f64> = (0..5).map(|_| dot(&q, &draw())).collect();
            squares += dot(&products, &products) / 5.0;
            for (case, divisor) in [1.0, f64::from(head_dim).sqrt()].into_iter().enumerate() {
                let tape = Tape::new();
                let scores =
                    tape.values(&products.iter().map(|product| product / divisor).collect::<Vec<_>>());
                let weights = softmax(&scores);
                let top = (0..5).max_by(|&a, &b| products[a].total_cmp(&products[b])).ok_or("five keys")?;
                weights[top].backward();
                largest[case] += weights[top].data();
                slopes[case] += scores[top].grad();
            }
        }
        let mean = |sum: f64| sum / f64::from(rounds);
        println!(
            "{head_dim:8} {:11.1} {:12.2} {:7.2} {:11.2} {:7.2}",
            mean(squares).sqrt(),
            mean(largest[0]),
            mean(largest[1]),
            mean(slopes[0]),
            mean(slopes[1])
        );
    }

    println!("\n--- without itself ---");
    let others = weights_of(&scores[..4]);
    println!("position 4            0 BOS     1 a     2 n     3 n     4 a");
    println!("weights with itself:  {}", show(&weights));
    println!("weights without:      {}", show(&others));
    println!("head_out with itself: {}", show(&head_out));
    println!("head_out without:     {}", show(&mix(&others, &v_h)));

    println!("\n--- questions ---");
    let second = &layer(1).heads[0];
    println!("position 1: scores {}", show(&numbers(&second.attn_logits)));
    let difference = (second.attn_logits[1] - second.attn_logits[0]).data();
    println!("position 1: difference {difference:.4}, exponential {:.4}", difference.exp());
    println!("position 1: total {:.4}", 1.0 + difference.exp());
    println!("position 1: weights {}", show(&numbers(&second.attn_weights)));
    println!("position 0: head_out {}", show(&numbers(&layer(0).heads[0].head_out)));
    println!("weights of one head for 8 positions: {}", (1..=8).sum::<usize>());
    println!("weights of one head for anna: {}", (1..=5).sum::<usize>());
    let moved = k.map(|k_t| [k_t[0] + 1.0, k_t[1] + 1.0]);
    println!("every key with 1 added to its numbers");
    let [a, b, c] = moved.map(|k_t| dot(&q, &k_t));
    println!("dot products: {a}, {b} and {c}");
    println!("weights: {}", show(&weights_of(&[a, b, c].map(|sum| sum / 2.0_f64.sqrt()))));

    println!("\n--- question x with x ---");
    let x: Vec<Vec<f64>> = (0..5).map(|t| numbers(&layer(t).attn_norm)).collect();
    let sums: Vec<f64> = x.iter().map(|x_t| dot(&x[4], x_t)).collect();
    println!("position 4          0 BOS     1 a     2 n     3 n     4 a");
    println!("x of 4 times x_t: {}", show(&sums));
    println!(
        "weights:          {}",
        show(&weights_of(&sums.iter().map(|sum| sum / 4.0).collect::<Vec<_>>()))
    );
    println!("length of each x: the root of 16, 4; 4 * 4 = 16");
    let farthest = (0..5).map(|t| (dot(&x[t], &x[t]).sqrt() - 4.0).abs()).fold(0.0, f64::max);
    println!("a length differs from 4 by at most {farthest:.4}");
    Ok(())
}

/// One query with three keys and values of two numbers each; each number is computed from the printed ones.
fn by_hand(q: [f64; 2], k: &[[f64; 2]; 3], v: &[[f64; 2]; 3]) {
    println!("root of 2: {:.4}", 2.0_f64.sqrt());
    println!("t   q*k   score   - largest      exp   weight   weight * v");
    let sums: Vec<f64> = k.iter().map(|k_t| dot(&q, k_t)).collect();
    let scores: Vec<f64> = sums.iter().map(|sum| round(sum / round(2.0_f64.sqrt()))).collect();
    let largest = largest_of(&scores);
    let exps: Vec<f64> = scores.iter().map(|score| round((score - largest).exp())).collect();
    let total: f64 = exps.iter().sum();
    let mut head_out = [0.0; 2];
    for t in 0..3 {
        let weight = round(exps[t] / total);
        let parts = v[t].map(|v_j| round(weight * v_j));
        head_out = [head_out[0] + parts[0], head_out[1] + parts[1]];
        println!(
            "{t} {:5} {:7.4}     {:7.4}  {:7.4}  {weight:7.4}  {}",
            sums[t],
            scores[t],
            scores[t] - largest,
            exps[t],
            show(&parts)
        );
    }
    println!("sum                         {total:7.4}  {:7.4}  {}", 1.0, show(&head_out));
}

/// The parameters with 0 in the place of one matrix.
fn without(params: &Parameters, name: &str) -> Parameters {
    let mut changed = params.clone();
    let mut from = 0;
    for matrix in params.matrices() {
        if matrix.name == name {
            changed.as_mut_slice()[from..][..matrix.data.len()].fill(0.0);
        }
        from += matrix.data.len();
    }
    changed
}

fn weights_of(scores: &[f64]) -> Vec<f64> {
    let tape = Tape::new();
    numbers(&softmax(&tape.values(scores)))
}

/// The weighted sum of vectors.
fn mix(weights: &[f64], vectors: &[Vec<f64>]) -> Vec<f64> {
    (0..vectors[0].len())
        .map(|j| weights.iter().zip(vectors).map(|(weight, v_t)| weight * v_t[j]).sum())
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn largest_of(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn numbers(values: &[Value]) -> Vec<f64> {
    values.iter().map(|value| value.data()).collect()
}

/// Rounded to the four decimals that are printed.
fn round(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

fn show(numbers: &[f64]) -> String {
    let shown: Vec<String> = numbers.iter().map(|number| format!("{number:7.4}")).collect();
    shown.join(" ")
}
