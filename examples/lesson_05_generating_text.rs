//! Lesson 5.0, Generating text: one sample token by token, the graph that nobody needs, memorized or new.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use common::{join, label, max, nodes, numbers, percent, rounded, show};
use microgpt::{Engine, Parameters, Program, Random, Sampler, Tape, gpt, loss, losses, softmax};

const TEMPERATURE: f64 = 0.5;

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::trained();
    let tokenizer = &program.tokenizer;
    let letter = |id: usize| tokenizer.token_name(id);
    let sampler = Sampler::new(tokenizer, &program.params);
    let mut random = program.random.clone();
    let samples = sampler.samples(20, TEMPERATURE, &mut random)?;
    let texts: Vec<&str> = samples.iter().map(|sample| &sample.text[..]).collect();
    let first = &samples[0];

    println!("--- what there is ---");
    println!("tokens of the vocabulary: {}", tokenizer.vocab_size());
    println!("names shown in training: {}", Program::NUM_STEPS);
    println!("names in each group: {}", Program::NUM_STEPS);

    label("training and generating");
    println!("                   training     generating");
    println!("the next token     is known     is drawn");
    println!("the parameters     change       stay");
    println!("a name ends        in the file  when BOS is drawn");
    let in_training: usize = program.docs[..500].iter().map(|name| 8.min(name.len() + 1)).sum();
    let in_generating: usize = samples.iter().map(|sample| sample.tokens.len()).sum();
    println!("calls of gpt       {in_training}         {in_generating}");

    label("names by die");
    println!("random.seed(22), then random.randint(1, 6) for each throw");
    let mut die = Random::new(22);
    for _ in 0..3 {
        let (throws, tokens) = name_by_die(|| die.below(6) as usize + 1);
        let name: String = tokens.iter().filter(|&&token| token != '·').collect();
        println!("throws {:13}  tokens {:11}  name {name}", throws.join(" "), join(tokens, " "));
    }

    label("probabilities of names by die");
    println!("ana:   1/3 * 2/5 * 3/6 * 3/5 = 1/{:.0}", 1.0 / (1.0 / 3.0 * 0.4 * 0.5 * 0.6));
    println!("anna:  1/3 * 2/5 * 2/6 * 3/6 * 3/5 = 1/{:.0}", 3.0 / (0.4 / 3.0 * 0.5 * 0.6));
    println!("hanna: 1/3 * 1/1 * 2/5 * 2/6 * 3/6 * 3/5 = 1/{:.0}", 3.0 / (0.4 / 3.0 * 0.5 * 0.6));
    println!("nina:  1/3 * 1/6 * 1/1 * 3/6 * 3/5 = 1/{:.0}", 1.0 / (0.5 * 0.6 / 18.0));
    let old: f64 = 2.0 / 75.0 + 1.0 / 60.0;
    println!("one of the three: 1/75 + 1/75 + 1/60 = {old:.4}");
    println!("a new name: 1 - {old:.4} = {:.4}", 1.0 - old);

    label("the first sample");
    println!("pos_id  token_id  drawn        probability  place");
    let mut token_id = tokenizer.bos();
    for (pos_id, (&drawn, probs)) in first.tokens.iter().zip(&first.probs).enumerate() {
        let place = 1 + probs.iter().filter(|&&p| p > probs[drawn]).count();
        println!(
            "{pos_id:6}  {token_id:2} {:5}  {drawn:2} {:8}       {:.4}  {place:5}",
            letter(token_id),
            letter(drawn),
            probs[drawn]
        );
        token_id = drawn;
    }

    label("all probabilities");
    println!("token      0 BOS     1 g     2 i     3 t     4 e");
    for id in 0..tokenizer.vocab_size() {
        let row: Vec<f64> = first.probs.iter().map(|probs| probs[id]).collect();
        println!("{:7} {}", letter(id), show(&row));
    }
    let sums: Vec<f64> = first.probs.iter().map(|probs| probs.iter().sum()).collect();
    println!("sum     {}", show(&sums));
    let largest: Vec<f64> = first.probs.iter().map(|probs| max(probs)).collect();
    println!("largest {}", show(&largest));
    let vowels: f64 = tokenizer.encode("aeiou")?.iter().map(|&id| first.probs[1][id]).sum();
    label("vowels after g");
    println!("a, e, i, o and u together after g: {vowels:.4}");
    println!("a alone after g: {:.4}", first.probs[1][0]);
    let vowels: f64 = tokenizer.encode("aeiou")?.iter().map(|&id| first.probs[2][id]).sum();
    println!("the five vowels together after gi: {vowels:.4}");

    label("how likely is this name");
    let chosen: Vec<f64> = first.tokens.iter().zip(&first.probs).map(|(&id, probs)| probs[id]).collect();
    let product: f64 = chosen.iter().product();
    println!("gite: {} = {product:.8}", join(chosen.iter().map(|p| format!("{p:.4}")), " * "));
    let printed: f64 = chosen.iter().map(|&p| rounded(p)).product();
    println!("gite, from the printed digits: {printed:.8}");
    println!("gite is about one sample in {:.0}", 1.0 / product);

    label("the samples");
    for (sample_idx, text) in texts.iter().enumerate() {
        println!("sample {:2}: {text}", sample_idx + 1);
    }

    // 10,000 samples; the fused engine computes the same without a graph
    let fast = sampler.with_engine(Engine::Fused);
    let mut random = program.random.clone();
    let many = fast.samples(10_000, TEMPERATURE, &mut random)?;
    let docs = &program.docs;
    let count = |names: &[String]| {
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        many.iter().filter(|sample| names.contains(&sample.text[..])).count()
    };
    let learned = count(&docs[..500]);
    let others = count(&docs[500..]);

    label("memorized or new");
    println!("samples drawn: {}", many.len());
    for (what, number) in [
        ("names of the training", learned),
        ("other names of input.txt", others),
        ("in input.txt nowhere", many.len() - learned - others),
    ] {
        println!("{what:24} {number:5} {:6.2}%", percent(number, many.len()));
    }
    let different: BTreeSet<&str> = many.iter().map(|sample| &sample.text[..]).collect();
    println!("different samples: {}", different.len());
    println!("empty samples: {}", many.iter().filter(|sample| sample.text.is_empty()).count());
    let full = many.iter().filter(|sample| sample.tokens.last() != Some(&tokenizer.bos())).count();
    println!("samples that fill the block: {full}");

    label("group by group");
    println!("names of the list  trained on  samples that are one of them");
    for (group, names) in docs[..3500].chunks(500).enumerate() {
        let trained_on = if group == 0 { "yes" } else { "no" };
        let (from, to) = (500 * group, 500 * group + 499);
        println!("{from:5} to {to:4}       {trained_on:10}  {:4}", count(names));
    }
    println!("mean of the six not trained on: {:.1}", count(&docs[500..3500]) as f64 / 6.0);

    // The same groups once more, each by the model that was trained on it and by the six others
    let mut expected = Vec::new();
    for names in docs[..3500].chunks(500) {
        let params = common::trained(&Program { docs: names.to_vec(), ..Program::untrained() })?;
        let mut row = Vec::new();
        for names in docs[..3500].chunks(500) {
            row.push(10_000.0 * expected_share(params.clone(), &program, names)?);
        }
        expected.push(row);
    }
    label("seven models");
    println!("expected among 10000 samples, with a model");
    println!("names of the list  trained on them  trained on another group, mean of six");
    let (mut all_own, mut all_other) = (0.0, 0.0);
    for group in 0..7 {
        let own = expected[group][group];
        let other = (expected.iter().map(|row| row[group]).sum::<f64>() - own) / 6.0;
        println!("{:5} to {:4}      {own:6.1}           {other:6.1}", 500 * group, 500 * group + 499);
        all_own += own;
        all_other += other;
    }
    println!("all seven groups   {all_own:6.1}           {all_other:6.1}");
    println!("all seven groups: own model / another model = {:.2}", all_own / all_other);

    label("names that came up");
    println!("name   probability  expected  counted");
    for name in ["shan", "mani", "gite", "anna"] {
        let p = probability(&program, name)?;
        let counted = many.iter().filter(|sample| sample.text == name).count();
        println!("{name}      {p:.6} {:9.1} {counted:8}", p * many.len() as f64);
    }
    println!("shan is in input.txt: {}", docs.iter().any(|name| name == "shan"));
    println!("mani is in input.txt: {}", docs.iter().any(|name| name == "mani"));
    println!("mani is in the training: {}", docs[..500].iter().any(|name| name == "mani"));

    label("a graph that nobody uses");
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
    let mut token_id = tokenizer.bos();
    let parameters = tape.len();
    println!("nodes of the parameters, made before: {parameters}");
    let mut new_nodes = Vec::new();
    println!("pos_id  new nodes  numbers kept for later: key and value");
    for (pos_id, &drawn) in first.tokens.iter().enumerate() {
        let before = tape.len();
        let logits = gpt(token_id, pos_id, &mut keys, &mut values, &state_dict).logits;
        let scaled: Vec<_> = logits.into_iter().map(|logit| logit / TEMPERATURE).collect();
        let probs = softmax(&scaled);
        assert_eq!(probs[drawn].data(), first.probs[pos_id][drawn]);
        new_nodes.push(tape.len() - before);
        println!(
            "{pos_id:6} {:10} {:7}",
            tape.len() - before,
            keys[0][pos_id].len() + values[0][pos_id].len()
        );
        token_id = drawn;
    }
    println!("at each further position more nodes: {}", new_nodes[1] - new_nodes[0]);
    println!("new nodes for gite: {}", tape.len() - parameters);
    let touched = nodes(&tape).filter(|node| node.grad() != 0.0).count();
    println!("gradients other than 0: {touched}");
    let mut random = program.random.clone();
    let plain = common::texts(&fast, 20, TEMPERATURE, &mut random)?;
    println!("the same 20 samples without a graph: {}", plain == texts);

    label("names that begin with ann");
    let mut random = program.random.clone();
    for _ in 0..6 {
        println!("{}", complete(&program, "ann", &mut random)?);
    }

    label("lists that are not emptied");
    println!("line 190 each time: {}", texts[..6].join(" "));
    let wrong = write_names(&program, true, false);
    println!("line 190 once:      {}", wrong.0.join(" "));
    println!("keys in the list after the first sample: {}", wrong.1[0]);
    println!("keys in the list after the sixth sample: {}", wrong.1[5]);

    label("the drawn token is not handed on");
    println!("drawn token handed on: {}", texts[..6].join(" "));
    println!("BOS every time:        {}", write_names(&program, false, true).0.join(" "));

    label("questions");
    let tokens = tokenizer.encode_doc("anna")?;
    let probs = probabilities(&program, "anna")?;
    println!("anna, tokens drawn {:?}: {}", &tokens[1..], show(&probs));
    let p: f64 = probs.iter().product();
    let printed: f64 = probs.iter().map(|&p| rounded(p)).product();
    println!("anna, product of these digits: {printed:.8}");
    println!("anna, product of all digits: {p:.8}");
    println!("anna, one sample in {:.0}", 1.0 / p);
    let letters: usize = texts.iter().map(|text| text.len()).sum();
    println!("letters of the 20 samples: {letters}");
    println!("draws of BOS in the 20 samples: {}", samples.len());
    println!("calls of gpt for the 20 samples: {letters} + 20 = {}", letters + 20);
    let mut thrown = [5, 4, 2, 5].into_iter();
    let (throws, tokens) = name_by_die(|| thrown.next().expect("four throws make a name"));
    let name: String = tokens.iter().filter(|&&token| token != '·').collect();
    println!("throws {}: name {name}, probability 1/60", throws.join(", "));
    let mut random = program.random.clone();
    let thirty = common::texts(&fast, 30, TEMPERATURE, &mut random)?;
    println!("30 samples, the first 20 the same: {}", thirty[..20] == texts);
    Ok(())
}

/// A name from the three-name table of lesson 0.0: the throws of the die, and the tokens.
fn name_by_die(mut throw: impl FnMut() -> usize) -> (Vec<String>, Vec<char>) {
    let (mut throws, mut tokens, mut last) = (Vec::new(), Vec::new(), '·');
    while tokens.last() != Some(&'·') {
        let table: &[char] = match last {
            '·' => &['a', 'a', 'h', 'h', 'n', 'n'],
            'a' => &['n', 'n', '·', '·', '·'], // at a 6, throw again
            'h' => &['a'],
            'i' => &['n'],
            _ => &['a', 'a', 'a', 'i', 'n', 'n'],
        };
        let mut next = (table.len() == 1).then(|| table[0]);
        while next.is_none() {
            let number = throw();
            throws.push(number.to_string());
            next = table.get(number - 1).copied();
        }
        last = next.unwrap_or('·');
        tokens.push(last);
    }
    (throws, tokens)
}

/// The probability of each token of a name, as the program draws them.
fn probabilities(program: &Program, name: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let tokens = program.tokenizer.encode_doc(name)?;
    let tape = Tape::new();
    let computed = loss(&tokens, &program.params.on(&tape));
    let drawn = computed.activations.iter().zip(&tokens[1..]).map(|(activations, &id)| {
        let scaled: Vec<_> = activations.logits.iter().map(|&logit| logit / TEMPERATURE).collect();
        softmax(&scaled)[id].data()
    });
    Ok(drawn.collect())
}

fn probability(program: &Program, name: &str) -> Result<f64, Box<dyn Error>> {
    Ok(probabilities(program, name)?.iter().product())
}

/// The probability that a sample is one of these names.
fn expected_share(
    mut params: Parameters,
    program: &Program,
    names: &[String],
) -> Result<f64, Box<dyn Error>> {
    // Logits divided by the temperature are those of an lm_head divided by it.
    params.get_mut("lm_head").ok_or("a matrix")?.iter_mut().for_each(|p| *p /= TEMPERATURE);
    let names: Vec<_> = names.iter().filter(|name| name.len() <= 8).collect();
    let losses = losses(&params, &program.tokenizer.encode_docs(&names)?);
    Ok(losses.iter().map(|of_name| (-of_name.iter().sum::<f64>()).exp()).sum())
}

/// A name that goes on from `start`: its tokens are taken as given, those after it are drawn.
fn complete(program: &Program, start: &str, random: &mut Random) -> Result<String, Box<dyn Error>> {
    let given = program.tokenizer.encode(start)?;
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
    let mut token_id = program.tokenizer.bos();
    let mut name = String::new();
    for pos_id in 0..8 {
        let logits = gpt(token_id, pos_id, &mut keys, &mut values, &state_dict).logits;
        let scaled: Vec<_> = logits.into_iter().map(|logit| logit / TEMPERATURE).collect();
        let probs = numbers(&softmax(&scaled));
        token_id = given.get(pos_id).copied().unwrap_or_else(|| random.choices(&probs));
        match program.tokenizer.uchars().get(token_id) {
            Some(&letter) => name.push(letter),
            None => break,
        }
    }
    Ok(name)
}

/// Six names as lines 189 to 200 write them, but with a mistake; and the number of keys after each.
fn write_names(program: &Program, keep_lists: bool, always_bos: bool) -> (Vec<String>, Vec<usize>) {
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let mut random = program.random.clone();
    let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
    let (mut names, mut lengths) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        if !keep_lists {
            (keys, values) = (vec![Vec::new()], vec![Vec::new()]);
        }
        let mut token_id = program.tokenizer.bos();
        let mut name = String::new();
        for pos_id in 0..8 {
            let logits = gpt(token_id, pos_id, &mut keys, &mut values, &state_dict).logits;
            let scaled: Vec<_> = logits.into_iter().map(|logit| logit / TEMPERATURE).collect();
            let probs = numbers(&softmax(&scaled));
            let drawn = random.choices(&probs);
            match program.tokenizer.uchars().get(drawn) {
                Some(&letter) => name.push(letter),
                None => break,
            }
            if !always_bos {
                token_id = drawn;
            }
        }
        names.push(name);
        lengths.push(keys[0].len());
    }
    (names, lengths)
}
