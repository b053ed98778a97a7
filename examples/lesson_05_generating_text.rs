//! Lesson 5.0, Generating text: one sample token by token, how likely it is, and whether it is new.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use common::{join, label, largest_first, max, nodes, numbers, percent, rounded, show, texts, wants_figure};
use lab::draw;
use maud::html;
use microgpt::inference::Sample;
use microgpt::{
    Config, Engine, Parameters, Program, Random, Sampler, Tape, Tokenizer, gpt, loss, losses, softmax,
};

/// That of line 187.
const TEMPERATURE: f64 = 0.5;
/// How many names are written to see how many are new.
const MANY: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::trained();
    let samples = Sampler::new(&program.tokenizer, &program.params).samples(
        20,
        TEMPERATURE,
        &mut program.random.clone(),
    )?;
    if wants_figure() {
        print!("{}", figure(&program.tokenizer, &samples[0]));
        return Ok(());
    }
    // The problem
    the_answer_at_the_beginning(&program.tokenizer, &samples[0]);
    // The idea
    training_and_generating(&program, &samples);
    // By hand
    let die = Die::new()?;
    die.table();
    die.names();
    die.probabilities_of_names()?;
    die.checkpoint_one_in_how_many()?;
    // See it
    checkpoint_other_draws(&program)?;
    // In the real model
    the_first_sample(&program.tokenizer, &samples[0]);
    the_samples(&samples);
    let many = Sampler::new(&program.tokenizer, &program.params)
        .with_engine(Engine::Fused) // the same numbers without a graph
        .samples(MANY, TEMPERATURE, &mut program.random.clone())?;
    memorized_or_new(&program, &many);
    group_by_group(&program, &many);
    names_that_came_up(&program, &many)?;
    seven_models(&program)?;
    // What goes wrong
    the_drawn_token_is_not_handed_on(&program, &samples);
    // Check yourself
    checkpoint_one_in_how_many_thousand(&program)?;
    checkpoint_calls_of_gpt(&samples);
    checkpoint_thirty_names(&program, &samples)?;
    // Going deeper
    all_probabilities(&program.tokenizer, &samples[0])?;
    lists_that_are_not_emptied(&program, &samples);
    a_graph_that_nobody_uses(&program, &samples)?;
    names_that_begin_with_ann(&program)
}

fn the_answer_at_the_beginning(tokenizer: &Tokenizer, first: &Sample) {
    println!("--- the answer at the beginning ---");
    let probs = &first.probs[0];
    let order = largest_first(probs);
    let row = |token: &str, p: f64| println!("{token:10}  {p:.4}");
    for &id in &order[..5] {
        row(&tokenizer.token_name(id), probs[id]);
    }
    row(&format!("{} others", probs.len() - 5), order[5..].iter().map(|&id| probs[id]).sum());
    row(&format!("all {}", probs.len()), probs.iter().sum());
}

fn training_and_generating(program: &Program, samples: &[Sample]) {
    label("training and generating");
    let block_size = program.params.config().block_size;
    let learned = &program.docs[..Program::NUM_STEPS];
    let in_training: usize = learned.iter().map(|name| block_size.min(name.len() + 1)).sum();
    println!("                   training     generating");
    println!("the next token     is known     is drawn");
    println!("the parameters     change       stay");
    println!("a name ends        in the file  when BOS is drawn");
    println!("names              {}          {}", learned.len(), samples.len());
    println!("calls of gpt       {in_training}         {}", calls(samples));
}

/// How often `gpt` was called for these samples: once for each token drawn.
fn calls(samples: &[Sample]) -> usize {
    samples.iter().map(|sample| sample.tokens.len()).sum()
}

/// What each token of a sample was drawn from, and the way back of the one drawn.
fn figure(tokenizer: &Tokenizer, sample: &Sample) -> String {
    let (first, pitch, top, thick, full) = (92.0, 68.0, 92.0, 3.4, 0.65);
    let middle = |position: usize| first + position as f64 * pitch;
    let bottom = top + thick * sample.probs[0].len() as f64;
    let given = |position: usize| match position {
        0 => tokenizer.bos(),
        _ => sample.tokens[position - 1],
    };
    draw::svg(
        "How gite is written",
        "Five columns, one for each call of the model. It gets a token and answers with 27 probabilities, drawn as \
         bars with the likeliest on top. One is drawn, and is what the next call gets. In the first column the one \
         drawn, g, is far down.",
        (draw::WIDTH, bottom + 74.0),
        html! {
            (draw::text("quiet start", (0.0, 16.0), "position"))
            (draw::text("label start", (0.0, 48.0), "it gets"))
            (draw::text("label start", (0.0, top + 14.0), "answer"))
            (draw::text("label start", (0.0, bottom + 33.0), "drawn"))
            @for (position, (&drawn, probs)) in sample.tokens.iter().zip(&sample.probs).enumerate() {
                @let left = middle(position) - 24.0;
                @let place = largest_first(probs).iter().position(|&id| id == drawn).unwrap_or(0);
                (draw::text("quiet", (middle(position), 16.0), &position.to_string()))
                (draw::tokens((middle(position), 43.0), pitch, &[&tokenizer.token_name(given(position))], None))
                (draw::arrow((middle(position), 58.0), (middle(position), top - 8.0), ""))
                @for (row, id) in largest_first(probs).into_iter().enumerate() {
                    (draw::rect("bar", (left, top + thick * row as f64), (48.0 * probs[id] / full, thick - 0.8)))
                }
                (draw::outline((left - 2.5, top + thick * place as f64 - 2.5), (48.0 * probs[drawn] / full + 5.0, thick + 4.0)))
                (draw::arrow((middle(position), bottom), (middle(position), bottom + 13.0), ""))
                (draw::tokens((middle(position), bottom + 28.0), pitch, &[&tokenizer.token_name(drawn)], Some(0)))
                (draw::text("digits", (middle(position), bottom + 60.0), &format!("{:.1} %", 100.0 * probs[drawn])))
                @if position > 0 {
                    (draw::path("arrow", &[
                        (middle(position - 1) + 20.0, bottom + 28.0),
                        (middle(position) - 34.0, bottom + 28.0),
                        (middle(position) - 34.0, 43.0),
                    ]))
                    (draw::arrow((middle(position) - 34.0, 43.0), (middle(position) - 20.0, 43.0), ""))
                }
            }
        },
    )
}

/// The table of pairs of three names (lesson 0.0), drawn from with a die.
struct Die {
    tokenizer: Tokenizer,
    /// How often each token follows each, [before][after].
    counts: Vec<Vec<usize>>,
}

impl Die {
    fn new() -> Result<Self, Box<dyn Error>> {
        let names = ["anna", "hanna", "nina"];
        let tokenizer = Tokenizer::new(&names);
        let mut counts = vec![vec![0; tokenizer.vocab_size()]; tokenizer.vocab_size()];
        for tokens in tokenizer.encode_docs(&names)? {
            tokens.windows(2).for_each(|pair| counts[pair[0]][pair[1]] += 1);
        }
        Ok(Self { tokenizer, counts })
    }

    /// The letter that a token stands for, or `·` for the end.
    fn sign(&self, token: usize) -> char {
        self.tokenizer.uchars().get(token).copied().unwrap_or('·')
    }

    /// The tokens that the sides of the die stand for, after a token: each has sides by its count.
    fn sides(&self, before: usize) -> Vec<usize> {
        let row = &self.counts[before];
        let each = 6 / row.iter().sum::<usize>();
        row.iter().enumerate().flat_map(|(token, count)| vec![token; count * each]).collect()
    }

    fn table(&self) {
        label("the die");
        println!("throw    {}", join(1..=6, " "));
        for before in [self.tokenizer.bos()].into_iter().chain(0..self.tokenizer.bos()) {
            let sides = self.sides(before);
            let signs = join(sides.iter().map(|&token| self.sign(token)), " ");
            let rest = if sides.len() < 6 { " again" } else { "" };
            println!("after {}  {signs}{rest}", self.sign(before));
        }
    }

    /// A name: the throws of the die, and the tokens drawn. Where all sides are one token, no throw is needed, and
    /// where one stands for none, it is thrown again.
    fn write(&self, mut throw: impl FnMut() -> usize) -> (Vec<usize>, Vec<usize>) {
        let (mut throws, mut tokens, mut last) = (Vec::new(), Vec::new(), self.tokenizer.bos());
        while tokens.last() != Some(&self.tokenizer.bos()) {
            let sides = self.sides(last);
            let mut next = sides.iter().all(|&token| token == sides[0]).then(|| sides[0]);
            while next.is_none() {
                throws.push(throw());
                next = sides.get(throws[throws.len() - 1] - 1).copied();
            }
            last = next.unwrap_or(last);
            tokens.push(last);
        }
        (throws, tokens)
    }

    fn name(&self, tokens: &[usize]) -> String {
        tokens[..tokens.len() - 1].iter().map(|&token| self.sign(token)).collect()
    }

    fn names(&self) {
        label("names by die");
        println!("random.seed(22), then random.randint(1, 6) for each throw");
        let mut die = Random::new(22);
        for _ in 0..3 {
            let (throws, tokens) = self.write(|| die.below(6) as usize + 1);
            let signs = join(tokens.iter().map(|&token| self.sign(token)), " ");
            println!("throws {:13}  tokens {signs:11}  name {}", join(throws, " "), self.name(&tokens));
        }
    }

    /// The share of each token of a name, as count and sum of its row.
    fn shares(&self, name: &str) -> Result<Vec<(usize, usize)>, Box<dyn Error>> {
        let tokens = self.tokenizer.encode_doc(name)?;
        let share = |pair: &[usize]| (self.counts[pair[0]][pair[1]], self.counts[pair[0]].iter().sum());
        Ok(tokens.windows(2).map(share).collect())
    }

    fn probabilities_of_names(&self) -> Result<(), Box<dyn Error>> {
        label("probabilities of names by die");
        let mut counted = Vec::new();
        for name in ["ana", "anna", "hanna", "nina"] {
            let shares = self.shares(name)?;
            let product = join(shares.iter().map(|(count, all)| format!("{count}/{all}")), " * ");
            let one_in = one_in(&shares);
            println!("{:6} {product} = 1/{one_in:.0}", format!("{name}:"));
            if name != "ana" {
                counted.push(one_in);
            }
        }
        let old: f64 = counted.iter().map(|one_in| 1.0 / one_in).sum();
        let terms = join(counted.iter().map(|one_in| format!("1/{one_in:.0}")), " + ");
        println!("one of the three: {terms} = {old:.4}");
        println!("a new one: 1 - {old:.4} = {:.4}", 1.0 - old);
        Ok(())
    }

    fn checkpoint_one_in_how_many(&self) -> Result<(), Box<dyn Error>> {
        label("checkpoint one-in-how-many");
        let mut thrown = [5, 4, 2, 5].into_iter();
        let (throws, tokens) = self.write(|| thrown.next().expect("four throws make a name"));
        let name = self.name(&tokens);
        let shares = self.shares(&name)?;
        let product = join(shares.iter().map(|(count, all)| format!("{count}/{all}")), " * ");
        println!("throws {}: {name}", join(&throws, ", "));
        println!("{product} = 1/{:.0}", one_in(&shares));
        println!("answer: {:.0}", one_in(&shares));
        println!("wrong: {:.0}", one_in(&shares[..shares.len() - 1])); // without the end
        println!("wrong: {}", 6_usize.pow(throws.len() as u32)); // each side a letter of its own
        Ok(())
    }
}

/// One in how many names it is, by the shares of its tokens.
fn one_in(shares: &[(usize, usize)]) -> f64 {
    shares.iter().map(|&(count, all)| all as f64 / count as f64).product()
}

/// Four times 500 samples, as the widget draws them: what changes, and what does not.
fn checkpoint_other_draws(program: &Program) -> Result<(), Box<dyn Error>> {
    label("checkpoint other-draws");
    let sampler = Sampler::new(&program.tokenizer, &program.params).with_engine(Engine::Fused);
    let all: BTreeSet<&String> = program.docs.iter().collect();
    let mut shares = Vec::new();
    println!("draws  samples  new     the first three");
    for draws in 0..4 {
        let mut random = if draws == 0 { program.random.clone() } else { Random::new(draws) };
        let written = texts(&sampler, 500, TEMPERATURE, &mut random)?;
        let new = written.iter().filter(|text| !all.contains(text)).count();
        shares.push(percent(new, written.len()));
        println!(
            "{draws:5}  {:7}  {:.1} %  {}",
            written.len(),
            shares[shares.len() - 1],
            written[..3].join(" ")
        );
    }
    let spread = max(&shares) - common::min(&shares);
    println!("most minus least, in points: {spread:.1}");
    println!(
        "answer: {}",
        if spread < 5.0 {
            "other names, about as many new ones"
        } else {
            "other names, and a quite different share of new ones"
        }
    );
    Ok(())
}

fn the_first_sample(tokenizer: &Tokenizer, first: &Sample) {
    label("the first sample");
    println!("position  gets  drawn  probability  place  likeliest");
    let mut given = tokenizer.bos();
    for (position, (&drawn, probs)) in first.tokens.iter().zip(&first.probs).enumerate() {
        let order = largest_first(probs);
        let place = 1 + order.iter().position(|&id| id == drawn).unwrap_or(0);
        println!(
            "{position:8}  {:4}  {:5}       {:.4}  {place:5}  {} {:.4}",
            tokenizer.token_name(given),
            tokenizer.token_name(drawn),
            probs[drawn],
            tokenizer.token_name(order[0]),
            probs[order[0]]
        );
        given = drawn;
    }
    let chosen: Vec<f64> = first.tokens.iter().zip(&first.probs).map(|(&id, probs)| probs[id]).collect();
    let product: f64 = chosen.iter().product();
    println!("all five: {} = {product:.7}", join(chosen.iter().map(|p| format!("{p:.4}")), " * "));
    println!("one sample in {:.0}", 1.0 / product);
}

fn the_samples(samples: &[Sample]) {
    label("the samples");
    for (row, five) in samples.chunks(5).enumerate() {
        let texts = join(five.iter().map(|sample| format!("{:8}", sample.text)), " ");
        println!("{:2} to {:2}:  {}", 5 * row + 1, 5 * row + 5, texts.trim_end());
    }
}

/// How many of the samples are one of these names.
fn count(many: &[Sample], names: &[String]) -> usize {
    let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    many.iter().filter(|sample| names.contains(&sample.text[..])).count()
}

fn memorized_or_new(program: &Program, many: &[Sample]) {
    label("memorized or new");
    let (learned, others) = program.docs.split_at(Program::NUM_STEPS);
    let (of_learned, of_others) = (count(many, learned), count(many, others));
    println!("{} samples", many.len());
    for (what, number) in [
        (format!("one of the {} names of the training", learned.len()), of_learned),
        (format!("one of the {} other names", others.len()), of_others),
        ("in no list".to_owned(), many.len() - of_learned - of_others),
    ] {
        println!("{what:36} {number:5} {:6.2} %", percent(number, many.len()));
    }
    println!("names in the file: {}", program.docs.len());
    let different: BTreeSet<&str> = many.iter().map(|sample| &sample.text[..]).collect();
    println!("different samples: {}", different.len());
    println!("empty samples: {}", many.iter().filter(|sample| sample.text.is_empty()).count());
    let full = many.iter().filter(|sample| sample.tokens.last() != Some(&program.tokenizer.bos())).count();
    println!("samples that fill the block: {full}");
}

/// The first 3,500 names, as many in each of seven groups as the program learns from.
fn groups(program: &Program) -> impl Iterator<Item = (String, &[String])> {
    let size = Program::NUM_STEPS;
    let of = move |group: usize| format!("{} to {}", size * group, size * group + size - 1);
    program.docs.chunks(size).take(7).enumerate().map(move |(group, names)| (of(group), names))
}

fn group_by_group(program: &Program, many: &[Sample]) {
    label("group by group");
    println!("group of names  trained on  samples that are one of them");
    let counts: Vec<usize> = groups(program).map(|(_, names)| count(many, names)).collect();
    for (group, (name, _)) in groups(program).enumerate() {
        println!("{name:14}  {:10}  {:4}", if group == 0 { "yes" } else { "no" }, counts[group]);
    }
    println!("mean of the six not trained on: {:.1}", counts[1..].iter().sum::<usize>() as f64 / 6.0);
}

fn names_that_came_up(program: &Program, many: &[Sample]) -> Result<(), Box<dyn Error>> {
    label("names that came up");
    println!("name   probability  expected  counted  in the file  trained on");
    let yes = |is_one: bool| if is_one { "yes" } else { "no" };
    for name in ["shan", "mani", "gite", "anna"] {
        let p: f64 = probabilities(program, name)?.iter().product();
        let counted = many.iter().filter(|sample| sample.text == name).count();
        let in_the_file = yes(program.docs.iter().any(|doc| doc == name));
        let trained_on = yes(program.docs[..Program::NUM_STEPS].iter().any(|doc| doc == name));
        let expected = p * many.len() as f64;
        println!("{name}      {p:.6} {expected:9.1} {counted:8}  {in_the_file:11}  {trained_on}");
    }
    Ok(())
}

/// Each group as the model writes it that was trained on it, and as the six others do.
fn seven_models(program: &Program) -> Result<(), Box<dyn Error>> {
    let mut expected = Vec::new();
    for (_, names) in groups(program) {
        let params = common::trained(&Program { docs: names.to_vec(), ..Program::untrained() })?;
        let shares = groups(program).map(|(_, names)| expected_share(params.clone(), program, names));
        let row =
            shares.map(|share| Ok(MANY as f64 * share?)).collect::<Result<Vec<f64>, Box<dyn Error>>>()?;
        expected.push(row);
    }
    label("seven models");
    println!("expected among {MANY} samples");
    println!("group of names   its own model   the six others, mean");
    let (mut all_own, mut all_other) = (0.0, 0.0);
    for (group, (name, _)) in groups(program).enumerate() {
        let own = expected[group][group];
        let other = (expected.iter().map(|row| row[group]).sum::<f64>() - own) / 6.0;
        println!("{name:12}            {own:5.1}                  {other:5.1}");
        all_own += own;
        all_other += other;
    }
    println!("all seven               {all_own:5.1}                  {all_other:5.1}");
    println!("its own / another: {all_own:.1} / {all_other:.1} = {:.2}", all_own / all_other);
    println!("names in a group: {}", Program::NUM_STEPS);
    Ok(())
}

/// The probability that a sample is one of these names.
fn expected_share(
    mut params: Parameters,
    program: &Program,
    names: &[String],
) -> Result<f64, Box<dyn Error>> {
    // Logits divided by the temperature are those of an lm_head divided by it.
    params.get_mut("lm_head").ok_or("a matrix")?.iter_mut().for_each(|p| *p /= TEMPERATURE);
    let names: Vec<_> = names.iter().filter(|name| name.len() <= params.config().block_size).collect();
    let losses = losses(&params, &program.tokenizer.encode_docs(&names)?);
    Ok(losses.iter().map(|of_name| (-of_name.iter().sum::<f64>()).exp()).sum())
}

/// How names are written.
#[derive(Clone, Copy, PartialEq)]
enum Mistake {
    /// The lists of keys and values are made once, before the first name.
    KeepLists,
    /// The model gets BOS at each position.
    AlwaysBos,
}

/// Six names as lines 189–200 write them, but with a mistake; and the number of keys after each.
fn write_names(program: &Program, mistake: Mistake) -> (Vec<String>, Vec<usize>) {
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let mut random = program.random.clone();
    let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
    let mut write = || {
        if mistake != Mistake::KeepLists {
            (keys, values) = (vec![Vec::new()], vec![Vec::new()]);
        }
        let mut token_id = program.tokenizer.bos();
        let mut name = String::new();
        for pos_id in 0..program.params.config().block_size {
            let logits = gpt(token_id, pos_id, &mut keys, &mut values, &state_dict).logits;
            let scaled: Vec<_> = logits.into_iter().map(|logit| logit / TEMPERATURE).collect();
            let drawn = random.choices(&numbers(&softmax(&scaled)));
            match program.tokenizer.uchars().get(drawn) {
                Some(&letter) => name.push(letter),
                None => break,
            }
            if mistake != Mistake::AlwaysBos {
                token_id = drawn;
            }
        }
        (name, keys[0].len())
    };
    (0..6).map(|_| write()).unzip()
}

/// The first six names of the program.
fn right(samples: &[Sample]) -> String {
    join(samples[..6].iter().map(|sample| &sample.text), " ")
}

fn the_drawn_token_is_not_handed_on(program: &Program, samples: &[Sample]) {
    let (names, _) = write_names(program, Mistake::AlwaysBos);
    label("the drawn token is not handed on");
    println!("handed on:       {}", right(samples));
    println!("BOS every time:  {}", names.join(" "));
    label("checkpoint not-handed-on");
    let block_size = program.params.config().block_size;
    let end = names.iter().any(|name| name.len() < block_size);
    let repeat = names.iter().all(|name| name.chars().all(|letter| name.starts_with(letter)));
    println!(
        "answer: {}",
        match (repeat, end) {
            (true, _) => "the same letter again and again",
            (false, true) => "letters that do not fit together",
            (false, false) => "names that never end",
        }
    );
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

fn checkpoint_one_in_how_many_thousand(program: &Program) -> Result<(), Box<dyn Error>> {
    label("checkpoint one-in-how-many-thousand");
    let probs = probabilities(program, "anna")?;
    let thousand = |probs: &[f64]| 0.001 / probs.iter().product::<f64>();
    println!("anna: {}", join(probs.iter().map(|p| format!("{p:.4}")), ", "));
    let printed: f64 = probs.iter().map(|&p| rounded(p)).product();
    println!("anna, product of these: {printed:.8}");
    println!("answer: {:.0}", thousand(&probs));
    println!("wrong: {:.0}", thousand(&probs[..4])); // without the end
    Ok(())
}

fn checkpoint_calls_of_gpt(samples: &[Sample]) {
    label("checkpoint calls-of-gpt");
    let letters: usize = samples.iter().map(|sample| sample.text.len()).sum();
    let block_size = Config::default().block_size;
    println!("letters of the {} samples: {letters}", samples.len());
    println!("longest: {} letters", samples.iter().map(|sample| sample.text.len()).max().unwrap_or(0));
    println!("calls: {letters} + {} = {}", samples.len(), calls(samples));
    println!("answer: {}", calls(samples));
    println!("wrong: {letters}");
    println!("wrong: {}", samples.len() * block_size);
}

fn checkpoint_thirty_names(program: &Program, samples: &[Sample]) -> Result<(), Box<dyn Error>> {
    label("checkpoint thirty-names");
    let sampler = Sampler::new(&program.tokenizer, &program.params).with_engine(Engine::Fused);
    let thirty = texts(&sampler, 30, TEMPERATURE, &mut program.random.clone())?;
    println!("{} samples, then {}", samples.len(), thirty.len());
    let same = thirty.iter().zip(samples).all(|(text, sample)| *text == sample.text);
    println!("answer: {}", if same { "stay the same" } else { "all change" });
    Ok(())
}

fn all_probabilities(tokenizer: &Tokenizer, first: &Sample) -> Result<(), Box<dyn Error>> {
    label("all probabilities");
    println!("token      0 BOS     1 g     2 i     3 t     4 e");
    for id in 0..tokenizer.vocab_size() {
        let row: Vec<f64> = first.probs.iter().map(|probs| probs[id]).collect();
        println!("{:7} {}", tokenizer.token_name(id), show(&row));
    }
    let sums: Vec<f64> = first.probs.iter().map(|probs| probs.iter().sum()).collect();
    println!("sum     {}", show(&sums));
    label("vowels after g");
    let vowels = |position: usize| -> Result<f64, Box<dyn Error>> {
        Ok(tokenizer.encode("aeiou")?.iter().map(|&id| first.probs[position][id]).sum())
    };
    println!("a, e, i, o and u together after g: {:.4}", vowels(1)?);
    println!("the five vowels together after gi: {:.4}", vowels(2)?);
    Ok(())
}

fn lists_that_are_not_emptied(program: &Program, samples: &[Sample]) {
    label("lists that are not emptied");
    let (names, lengths) = write_names(program, Mistake::KeepLists);
    println!("line 190 for each name: {}", right(samples));
    println!("line 190 once:          {}", names.join(" "));
    println!("keys in the list after the first name: {}", lengths[0]);
    println!("keys in the list after the sixth name: {}", lengths[5]);
}

fn a_graph_that_nobody_uses(program: &Program, samples: &[Sample]) -> Result<(), Box<dyn Error>> {
    label("a graph that nobody uses");
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
    let mut token_id = program.tokenizer.bos();
    let parameters = tape.len();
    println!("nodes of the parameters, made before: {parameters}");
    println!("position  new nodes  numbers kept for later: key and value");
    let mut new_nodes = Vec::new();
    for (pos_id, &drawn) in samples[0].tokens.iter().enumerate() {
        let before = tape.len();
        let logits = gpt(token_id, pos_id, &mut keys, &mut values, &state_dict).logits;
        let scaled: Vec<_> = logits.into_iter().map(|logit| logit / TEMPERATURE).collect();
        assert_eq!(softmax(&scaled)[drawn].data(), samples[0].probs[pos_id][drawn]);
        new_nodes.push(tape.len() - before);
        println!("{pos_id:8} {:10} {:7}", new_nodes[pos_id], keys[0][pos_id].len() + values[0][pos_id].len());
        token_id = drawn;
    }
    println!("at each further position more nodes: {}", new_nodes[1] - new_nodes[0]);
    println!("new nodes for {}: {}", samples[0].text, tape.len() - parameters);
    println!("gradients other than 0: {}", nodes(&tape).filter(|node| node.grad() != 0.0).count());
    let plain = Sampler::new(&program.tokenizer, &program.params).with_engine(Engine::Fused);
    let plain = texts(&plain, samples.len(), TEMPERATURE, &mut program.random.clone())?;
    let same = plain.iter().zip(samples).all(|(text, sample)| *text == sample.text);
    println!("the same {} samples without a graph: {same}", samples.len());
    Ok(())
}

/// Names that go on from `ann`: these tokens are taken as given, those after them are drawn.
fn names_that_begin_with_ann(program: &Program) -> Result<(), Box<dyn Error>> {
    label("names that begin with ann");
    let given = program.tokenizer.encode("ann")?;
    let tape = Tape::new();
    let state_dict = program.params.on(&tape);
    let mut random = program.random.clone();
    let mut write = || {
        let (mut keys, mut values) = (vec![Vec::new()], vec![Vec::new()]);
        let (mut token_id, mut name) = (program.tokenizer.bos(), String::new());
        for pos_id in 0..program.params.config().block_size {
            let logits = gpt(token_id, pos_id, &mut keys, &mut values, &state_dict).logits;
            let scaled: Vec<_> = logits.into_iter().map(|logit| logit / TEMPERATURE).collect();
            let probs = numbers(&softmax(&scaled));
            token_id = given.get(pos_id).copied().unwrap_or_else(|| random.choices(&probs));
            match program.tokenizer.uchars().get(token_id) {
                Some(&letter) => name.push(letter),
                None => break,
            }
        }
        name
    };
    println!("{}", join((0..6).map(|_| write()), " "));
    Ok(())
}
