//! Lesson 0.0, What is a language model?: a prediction, a first model that counts pairs, and how good models are.

mod common;

use std::error::Error;

use common::{join, label, largest_first, percent, probabilities, wants_figure};
use lab::draw;
use maud::html;
use microgpt::{Engine, Program, Random, Sampler, Tokenizer, losses, trace};

/// How often each character follows each other one, [before][after], and the end sign like a character.
type Counts = Vec<Vec<f64>>;

/// The names that the models learn from, and after them those of the test.
const LEARNED: usize = Program::NUM_STEPS;
const TESTED: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let program = Program::trained();
    if wants_figure() {
        print!("{}", figure(&program)?);
        return Ok(());
    }
    // The problem
    checkpoint_after_ann(&program.docs)?;
    // The idea
    characters(&program);
    the_gpt_after_ann(&program)?;
    // By hand
    let by_hand = ByHand::new()?;
    by_hand.checkpoint_after_n()?;
    by_hand.table();
    surprise_by_hand("anna", &by_hand)?;
    probability_and_surprise();
    // See it
    checkpoint_first_row(&program)?;
    // In the real model
    let contest = Contest::new(&program)?;
    contest.names();
    contest.anna_predicted()?;
    contest.loss_on_the_names_of_the_test()?;
    // What goes wrong
    contest.tested_on_the_names_it_was_counted_from()?;
    // Check yourself
    checkpoint_two_models();
    // Going deeper
    contest.what_follows("n", 8)?;
    contest.the_two_letters_a_of_anna()?;
    contest.names_written()?;
    contest.pairs_that_never_occur()?;
    contest.u_after_q()?;
    surprise_by_hand("hana", &by_hand)
}

/// What comes after these letters where names begin with them, in the file.
fn checkpoint_after_ann(docs: &[String]) -> Result<(), Box<dyn Error>> {
    println!("--- checkpoint after ann ---");
    let mut names: Vec<&String> = docs.iter().filter(|doc| doc.starts_with("ann")).collect();
    names.sort();
    println!("names in all: {}", docs.len());
    println!("names that begin with ann: {}", names.len());
    println!("{}", join(&names, " "));
    let count = |next| names.iter().filter(|name| name.chars().nth(3) == next).count();
    let next = [("a", Some('a')), ("e", Some('e')), ("i", Some('i')), ("nothing", None)];
    for (what, character) in next {
        println!("{what:7}  {}  {:.0}%", count(character), percent(count(character), names.len()));
    }
    let (most, _) = next.into_iter().max_by_key(|(_, character)| count(*character)).ok_or("no names")?;
    println!("answer: {most}");
    Ok(())
}

fn characters(program: &Program) {
    label("the characters");
    let tokenizer = &program.tokenizer;
    println!("letters: {}, numbered from 0 to {}", tokenizer.uchars().len(), tokenizer.uchars().len() - 1);
    println!("number of the sign ·: {}", tokenizer.bos());
    println!("characters with the sign: {}", tokenizer.vocab_size());
}

/// How many characters the picture names.
const NAMED: usize = 6;

/// Characters with their probabilities.
type Named = Vec<(String, f64)>;

/// The GPT's prediction after `ann`: the likeliest characters, and the probability of all others together.
fn after_ann(program: &Program) -> Result<(Named, f64), Box<dyn Error>> {
    let tokens = program.tokenizer.encode_doc("ann")?;
    let positions = trace(&program.params, &tokens[..tokens.len() - 1], Engine::Scalar);
    let probs = probabilities(&positions.last().ok_or("a position")?.logits);
    let order = largest_first(&probs);
    let named = order[..NAMED].iter().map(|&next| (sign(&program.tokenizer, next).to_string(), probs[next]));
    Ok((named.collect(), order[NAMED..].iter().map(|&next| probs[next]).sum()))
}

fn the_gpt_after_ann(program: &Program) -> Result<(), Box<dyn Error>> {
    label("the gpt after ann");
    let (named, others) = after_ann(program)?;
    named.iter().for_each(|(next, p)| println!("{next}  {:.1} %", 100.0 * p));
    println!("{} others  {:.1} %", program.tokenizer.vocab_size() - NAMED, 100.0 * others);
    Ok(())
}

/// The text so far, the prediction, and the way back of the character that is drawn.
fn figure(program: &Program) -> Result<String, Box<dyn Error>> {
    let (named, others) = after_ann(program)?;
    let rest = format!("{} others, together {:.1} %", program.tokenizer.vocab_size() - NAMED, 100.0 * others);
    let bars: Vec<(&str, f64)> = named.iter().map(|(next, p)| (next.as_str(), *p)).collect();
    let (first, pitch) = (92.0, 48.0);
    let (open, left) = (first + 4.0 * pitch, first - 16.0);
    let bottom = 114.0 + 24.0 * bars.len() as f64;
    Ok(draw::svg(
        "A language model at work",
        "The text so far, ·ann, goes into the model. Out comes a probability for each character, the largest for \
         a. One character is drawn and appended to the text, and the model is asked again.",
        (draw::WIDTH, bottom + 28.0),
        html! {
            (draw::text("label start", (0.0, 25.0), "so far"))
            (draw::tokens((first, 20.0), pitch, &["·", "a", "n", "n", "?"], Some(4)))
            (draw::arrow((first + 1.5 * pitch, 38.0), (first + 1.5 * pitch, 62.0), ""))
            (draw::text("label", (first + 1.5 * pitch, 80.0), "model"))
            (draw::arrow((first + 1.5 * pitch, 88.0), (first + 1.5 * pitch, 110.0), ""))
            (draw::bars((left, 114.0), 110.0, bars[0].1, &bars, Some(0)))
            (draw::text("quiet start", (left, bottom + 18.0), &rest))
            (draw::arrow((open, 132.0), (open, 38.0), ""))
            (draw::text("quiet", (open, 150.0), "draw one,"))
            (draw::text("quiet", (open, 167.0), "append it,"))
            (draw::text("quiet", (open, 184.0), "ask again"))
        },
    ))
}

/// Three names, and the model that counts their pairs.
struct ByHand {
    tokenizer: Tokenizer,
    counts: Counts,
}

impl ByHand {
    fn new() -> Result<Self, Box<dyn Error>> {
        let names = ["anna", "hanna", "nina"];
        let tokenizer = Tokenizer::new(&names);
        Ok(Self { counts: count(&names, &tokenizer, 0.0)?, tokenizer })
    }

    fn checkpoint_after_n(&self) -> Result<(), Box<dyn Error>> {
        label("checkpoint after n");
        let row = &self.counts[self.tokenizer.encode("n")?[0]];
        let share_of = |letter| {
            Ok::<_, Box<dyn Error>>(row[self.tokenizer.encode(letter)?[0]] / row.iter().sum::<f64>())
        };
        println!("answer: {:.4}", share_of("a")?);
        println!("wrong: {}", row[self.tokenizer.encode("a")?[0]]);
        println!("wrong: {:.4}", share_of("n")?);
        Ok(())
    }

    fn table(&self) {
        label("three names by hand");
        println!("before   a h i n ·   in all");
        for (before, row) in self.counts.iter().enumerate() {
            let all: f64 = row.iter().sum();
            println!("     {}   {}   {all}", sign(&self.tokenizer, before), join(row, " "));
        }
    }
}

/// Prints probability and surprise for each character of a name, and their mean.
fn surprise_by_hand(name: &str, ByHand { tokenizer, counts }: &ByHand) -> Result<(), Box<dyn Error>> {
    label(&format!("surprise by hand at {name}"));
    let (mut probabilities, mut surprises, mut product) = (Vec::new(), Vec::new(), 1.0);
    for pair in tokenizer.encode_doc(name)?.windows(2) {
        let (count, sum) = (counts[pair[0]][pair[1]], counts[pair[0]].iter().sum::<f64>());
        let surprise = 0.0 - (count / sum).ln();
        product *= count / sum;
        probabilities.push(format!("{count}/{sum}"));
        surprises.push(surprise);
        let (before, after) = (sign(tokenizer, pair[0]), sign(tokenizer, pair[1]));
        println!("{before}{after}   {count}/{sum} = {:.2}  {surprise:.2}", count / sum);
    }
    println!("the probabilities: {}", join(probabilities, ", "));
    let total: f64 = surprises.iter().sum();
    println!("sum of the surprises: {total:.2}");
    println!("loss of {name}: {total:.2} / {} = {:.2}", surprises.len(), total / surprises.len() as f64);
    println!("probability of the whole name: 1/{:.0}", 1.0 / product);
    println!("surprise at the whole name: {:.2}", -product.ln());
    Ok(())
}

fn probability_and_surprise() {
    label("probability and surprise");
    println!("probability   surprise");
    for (text, p) in [("1", 1.0), ("1/2", 0.5), ("1/4", 0.25), ("1/27", 1.0 / 27.0)] {
        println!("{text:>11}   {:8.2}", 0.0 - f64::ln(p));
    }
    println!("each halving adds {:.2}", f64::ln(2.0));
}

/// Whether the first prediction is the same for all samples.
fn checkpoint_first_row(program: &Program) -> Result<(), Box<dyn Error>> {
    label("checkpoint first row");
    let sampler = Sampler::new(&program.tokenizer, &program.params);
    let samples = sampler.samples(20, 1.0, &mut program.random.clone())?;
    println!("samples: {}", samples.len());
    println!("{}", join(samples[..5].iter().map(|sample| &sample.text), " "));
    let first = &samples[0].probs[0];
    println!("a at the beginning: {:.1} %", 100.0 * first[0]);
    let same = samples.iter().all(|sample| sample.probs[0] == *first);
    println!("answer: {}", if same { "the same" } else { "different, as the names are different" });
    Ok(())
}

/// Two models, asked for the next character; a comes.
fn checkpoint_two_models() {
    label("checkpoint two models");
    let [a, b] = [0.4_f64, 0.3].map(|p| -p.ln());
    println!("A: e {:.0} %, a {:.0} %", 60.0, 40.0);
    println!("B: a {:.0} %, others {:.0} % each", 30.0, 10.0);
    println!("surprise of A: -ln 0.4 = {a:.2}");
    println!("surprise of B: -ln 0.3 = {b:.2}");
    println!("answer: {}", if a < b { "A" } else { "B" });
}

/// Models that learn from the same 500 names, and are tested on 1,000 others.
struct Contest<'a> {
    program: &'a Program,
    to_learn: &'a [String],
    to_test: &'a [String],
    /// The pairs of the 500 names, and the same with every count begun at 1: the bigram model.
    counted: Counts,
    pairs: Counts,
    /// The surprises of both models in the test, name by name.
    by_pairs: Vec<Vec<f64>>,
    by_gpt: Vec<Vec<f64>>,
}

/// A pair of tokens, and the probabilities of all that may come after the first, by both models.
type Answers = ([usize; 2], [Vec<f64>; 2]);

impl<'a> Contest<'a> {
    fn new(program: &'a Program) -> Result<Self, Box<dyn Error>> {
        let tokenizer = &program.tokenizer;
        let (to_learn, others) = program.docs.split_at(LEARNED);
        let to_test = &others[..TESTED];
        let pairs = count(to_learn, tokenizer, 1.0)?;
        Ok(Self {
            program,
            to_learn,
            to_test,
            counted: count(to_learn, tokenizer, 0.0)?,
            by_pairs: surprises(to_test, &pairs, tokenizer)?,
            by_gpt: losses(&program.params, &tokenizer.encode_docs(to_test)?),
            pairs,
        })
    }

    fn names(&self) {
        label("names to learn and names to test");
        println!("names to learn from: {LEARNED}");
        println!("names for the test: {TESTED}");
        println!("anna is in the test: {}", self.to_test.contains(&"anna".to_string()));
        println!("predictions in the test, at most 8 for a name: {}", self.by_pairs.iter().flatten().count());
    }

    /// What both models say at each character of anna: the pair, and the probabilities of all that may come.
    fn anna(&self) -> Result<Vec<Answers>, Box<dyn Error>> {
        let anna = self.program.tokenizer.encode_doc("anna")?;
        let positions = trace(&self.program.params, &anna[..anna.len() - 1], Engine::Scalar);
        let answers = anna.windows(2).zip(&positions).map(|(pair, position)| {
            ([pair[0], pair[1]], [share(&self.pairs[pair[0]]), probabilities(&position.logits)])
        });
        Ok(answers.collect())
    }

    fn anna_predicted(&self) -> Result<(), Box<dyn Error>> {
        label("anna predicted");
        println!("so far next  bigram  -ln p     GPT  -ln p");
        let mut sums = [0.0; 2];
        let answers = self.anna()?;
        for (at, ([_, next], probs)) in answers.iter().enumerate() {
            let [pairs, gpt] = [0, 1].map(|model: usize| probs[model][*next]);
            sums[0] -= pairs.ln();
            sums[1] -= gpt.ln();
            println!(
                "{:6} {:4}  {:5.2}%   {:.2}  {:5.2}%   {:.2}",
                format!("·{}", &"anna"[..at]),
                sign(&self.program.tokenizer, *next),
                100.0 * pairs,
                -pairs.ln(),
                100.0 * gpt,
                -gpt.ln()
            );
        }
        let [pairs, gpt] = sums.map(|sum| sum / answers.len() as f64);
        println!("loss, the mean        {pairs:.2}          {gpt:.2}");
        let row = &self.pairs[self.program.tokenizer.encode("n")?[0]];
        let (a, all) = (row[0], row.iter().sum::<f64>());
        println!(
            "a after n, by the bigram: ({} + 1) / ({} + 27) = {:.2}%",
            a - 1.0,
            all - 27.0,
            100.0 * a / all
        );
        Ok(())
    }

    fn loss_on_the_names_of_the_test(&self) -> Result<(), Box<dyn Error>> {
        label("loss on the names of the test");
        let tokenizer = &self.program.tokenizer;
        let guess = vec![vec![1.0; 27]; 27];
        let single: Vec<f64> =
            (0..27).map(|next| 1.0 + self.counted.iter().map(|row| row[next]).sum::<f64>()).collect();
        let all_others = [self.to_learn, &self.program.docs[LEARNED + TESTED..]].concat();
        let more_pairs = count(&all_others, tokenizer, 1.0)?;
        println!("names that are not in the test: {}", all_others.len());
        println!("model                                   loss   like guessing among");
        for (model, surprises) in [
            ("pure guessing", &surprises(self.to_test, &guess, tokenizer)?),
            ("single characters of 500 names", &surprises(self.to_test, &vec![single; 27], tokenizer)?),
            ("bigram, pairs of 500 names", &self.by_pairs),
            ("bigram, pairs of 2791 names", &surprises(self.to_test, &more_pairs, tokenizer)?),
            ("GPT, trained on 500 names", &self.by_gpt),
        ] {
            println!("{model:36}  {:.4}   {:.1}", mean(surprises), mean(surprises).exp());
        }
        let (pairs, gpt) = (mean(&self.by_pairs), mean(&self.by_gpt));
        println!("the GPT's loss is lower than that of the bigram of 500 by {:.2}", pairs - gpt);
        println!("the GPT's loss is lower than pure guessing by {:.2}", f64::ln(27.0) - gpt);
        let sum = |surprises: &[f64]| surprises.iter().sum::<f64>();
        let better = self.by_gpt.iter().zip(&self.by_pairs).filter(|(gpt, pairs)| sum(gpt) < sum(pairs));
        println!(
            "names of the test with a lower loss by the GPT than by the bigram of 500: {}",
            better.count()
        );
        Ok(())
    }

    fn tested_on_the_names_it_was_counted_from(&self) -> Result<(), Box<dyn Error>> {
        label("tested on the names it was counted from");
        let tokenizer = &self.program.tokenizer;
        let rows = [
            ("bigram, counts from 0", surprises(self.to_learn, &self.counted, tokenizer)?, {
                surprises(self.to_test, &self.counted, tokenizer)?
            }),
            ("bigram, counts from 1", surprises(self.to_learn, &self.pairs, tokenizer)?, {
                self.by_pairs.clone()
            }),
            ("GPT", losses(&self.program.params, &tokenizer.encode_docs(self.to_learn)?), {
                self.by_gpt.clone()
            }),
        ];
        println!("loss                   same {LEARNED}  {TESTED} others");
        for (model, same, others) in rows {
            println!("{model:21}     {:.3}  {:11.3}", mean(&same), mean(&others));
        }
        Ok(())
    }

    fn what_follows(&self, letter: &str, shown: usize) -> Result<(), Box<dyn Error>> {
        let row = &self.counted[self.program.tokenizer.encode(letter)?[0]];
        let total: f64 = row.iter().sum();
        let order = largest_first(row);
        label(&format!("what follows {letter}"));
        println!("after {letter}  count   share");
        for &next in &order[..shown] {
            let (sign, share) = (sign(&self.program.tokenizer, next), row[next] / total);
            let bar = "#".repeat((100.0 * share) as usize);
            println!("      {sign}   {:4}   {:4.1}%  {bar}", row[next], 100.0 * share);
        }
        println!("all others  {:3}", total - order[..shown].iter().map(|&next| row[next]).sum::<f64>());
        println!("{letter} in all    {total:3}");
        Ok(())
    }

    fn the_two_letters_a_of_anna(&self) -> Result<(), Box<dyn Error>> {
        label("the two letters a of anna");
        println!("so far  bigram n  bigram ·   GPT n   GPT ·");
        let tokenizer = &self.program.tokenizer;
        let (n, end) = (tokenizer.encode("n")?[0], tokenizer.bos());
        for (at, ([before, _], [pairs, gpt])) in self.anna()?.iter().enumerate() {
            if sign(tokenizer, *before) == 'a' {
                println!(
                    "{:6}  {:7.2}%  {:7.2}%  {:5.2}%  {:5.2}%",
                    format!("·{}", &"anna"[..at]),
                    100.0 * pairs[n],
                    100.0 * pairs[end],
                    100.0 * gpt[n],
                    100.0 * gpt[end]
                );
            }
        }
        Ok(())
    }

    fn names_written(&self) -> Result<(), Box<dyn Error>> {
        label("names written");
        println!("bigram              GPT");
        let Program { tokenizer, params, random, .. } = self.program;
        let sampler = Sampler::new(tokenizer, params);
        let (mut for_pairs, mut for_gpt) = (random.clone(), random.clone());
        for _ in 0..10 {
            let written = write(&self.pairs, tokenizer, &mut for_pairs);
            println!("{written:18}  {}", sampler.sample(1.0, &mut for_gpt)?.text);
        }
        Ok(())
    }

    fn pairs_that_never_occur(&self) -> Result<(), Box<dyn Error>> {
        label("pairs that never occur");
        let tokenizer = &self.program.tokenizer;
        let zeros = self.counted.iter().flatten().filter(|&&count| count == 0.0).count();
        println!("pairs that are possible: 27 * 27 = {}", 27 * 27);
        println!("pairs that never occur in the 500 names: {zeros}");
        let plain_surprises = surprises(self.to_test, &self.counted, tokenizer)?;
        let never = |surprises: &Vec<f64>| surprises.iter().position(|surprise| surprise.is_infinite());
        let first =
            plain_surprises.iter().position(|of_name| never(of_name).is_some()).ok_or("there is one")?;
        let at = never(&plain_surprises[first]).ok_or("there is one")?;
        let signs: Vec<char> = format!("·{}·", self.to_test[first]).chars().collect();
        println!(
            "first name of the test with such a pair: {}, pair {}{}",
            self.to_test[first],
            signs[at],
            signs[at + 1]
        );
        let infinite = plain_surprises.iter().flatten().filter(|surprise| surprise.is_infinite()).count();
        println!("predictions of probability 0 in the test: {infinite}");
        println!("loss of the bigram with counts from 0: {}", mean(&plain_surprises));
        for start in [0.5, 1.0, 2.0] {
            let loss = mean(&surprises(self.to_test, &count(self.to_learn, tokenizer, start)?, tokenizer)?);
            println!("loss of the bigram with counts from {start}: {loss:.3}");
        }
        Ok(())
    }

    fn u_after_q(&self) -> Result<(), Box<dyn Error>> {
        label("u after q");
        let tokenizer = &self.program.tokenizer;
        let q = &self.counted[tokenizer.encode("q")?[0]];
        let (u, all) = (q[tokenizer.encode("u")?[0]], q.iter().sum::<f64>());
        println!("counts from 0: {u}/{all} = {:.1} %", 100.0 * u / all);
        println!("counts from 1: {}/{} = {:.1} %", u + 1.0, all + 27.0, 100.0 * (u + 1.0) / (all + 27.0));
        Ok(())
    }
}

/// Counts the pairs of neighbours in the names, every count beginning at `start`.
fn count<S: AsRef<str>>(names: &[S], tokenizer: &Tokenizer, start: f64) -> Result<Counts, Box<dyn Error>> {
    let mut counts = vec![vec![start; tokenizer.vocab_size()]; tokenizer.vocab_size()];
    for name in names {
        for pair in tokenizer.encode_doc(name.as_ref())?.windows(2) {
            counts[pair[0]][pair[1]] += 1.0;
        }
    }
    Ok(counts)
}

/// Counts as shares of their sum.
fn share(row: &[f64]) -> Vec<f64> {
    row.iter().map(|count| count / row.iter().sum::<f64>()).collect()
}

/// −ln of the probability of what came, for each name and each of its first 8 predictions: the GPT makes no more.
fn surprises(
    names: &[String],
    counts: &Counts,
    tokenizer: &Tokenizer,
) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let shares: Counts = counts.iter().map(|row| share(row)).collect();
    let of_name = |name: &String| -> Result<Vec<f64>, Box<dyn Error>> {
        let tokens = tokenizer.encode_doc(name)?;
        Ok(tokens.windows(2).take(8).map(|pair| -shares[pair[0]][pair[1]].ln()).collect())
    };
    names.iter().map(of_name).collect()
}

/// The mean over all predictions.
fn mean(surprises: &[Vec<f64>]) -> f64 {
    common::mean(&surprises.concat())
}

/// Writes a name: draws what follows, again and again, until the end sign is drawn.
fn write(counts: &Counts, tokenizer: &Tokenizer, random: &mut Random) -> String {
    let mut name = String::new();
    let mut last = tokenizer.bos();
    loop {
        last = random.choices(&counts[last]);
        match tokenizer.uchars().get(last) {
            Some(&letter) => name.push(letter),
            None => return name,
        }
    }
}

/// The character of an id; the sign for beginning and end is written ·.
fn sign(tokenizer: &Tokenizer, id: usize) -> char {
    tokenizer.uchars().get(id).copied().unwrap_or('·')
}
