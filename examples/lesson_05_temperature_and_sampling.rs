//! Lesson 5.1, Temperature and sampling: the same scores drawn more or less boldly, and how a draw works.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use common::{join, label, largest_first, loss_per_prediction, percent, rounded, show, texts, wants_figure};
use lab::draw;
use maud::html;
use microgpt::inference::{Sample, SamplingError};
use microgpt::{Engine, Program, Random, Sampler, trace};

/// The exponentials of the example by hand: of a, n and the end.
const BY_HAND: [f64; 3] = [9.0, 4.0, 1.0];
const TOKENS: [&str; 3] = ["a", "n", "BOS"];

fn main() -> Result<(), Box<dyn Error>> {
    let model = Model::new()?;
    if wants_figure() {
        print!("{}", model.figure());
        return Ok(());
    }
    // The problem
    model.one_model_three_ways()?;
    // The idea
    model.the_picture();
    model.the_rule();
    // By hand
    three_tokens_by_hand();
    draws_by_hand();
    draws_by_python();
    checkpoint_squared();
    // See it
    model.checkpoint_the_order()?;
    // In the real model
    model.the_first_draw()?;
    model.names_at_several_temperatures()?;
    model.counted()?;
    model.loss_at_several_temperatures()?;
    model.tokens_kept()?;
    model.names_of_a_part();
    // What goes wrong
    model.the_wrong_place_to_divide()?;
    // Check yourself
    model.checkpoint_top_three();
    checkpoint_which_token();
    // Going deeper
    model.after_the_first_a();
    model.n_step_by_step();
    model.the_five_draws_of_gite()?;
    model.greedy_is_not_the_likeliest_name()?;
    model.times_instead_of_divided_by();
    model.temperature_0();
    three_scores_by_hand();
    Ok(())
}

/// Lines 195 and 97–101 on plain numbers.
fn probabilities(logits: &[f64], temperature: f64) -> Vec<f64> {
    common::probabilities(&logits.iter().map(|logit| logit / temperature).collect::<Vec<_>>())
}

fn running_sums(weights: &[f64]) -> Vec<f64> {
    let mut total = 0.0;
    let add = |weight: &f64| {
        total += weight;
        total
    };
    weights.iter().map(add).collect()
}

/// The token that this random number draws: the first whose running sum is greater.
fn draw_with(number: f64, weights: &[f64]) -> usize {
    running_sums(weights).partition_point(|&sum| sum <= number)
}

/// Only the k largest probabilities; the others become 0.
fn top_k(probs: &[f64], k: usize) -> Vec<f64> {
    keep(probs, &largest_first(probs)[..k])
}

/// Only the largest probabilities, as few as have `p` together; the others become 0.
fn top_p(probs: &[f64], p: f64) -> Vec<f64> {
    let order = largest_first(probs);
    let mut sum = 0.0;
    let before = order.iter().take_while(|&&id| {
        let more = sum < p;
        sum += probs[id];
        more
    });
    let count = before.count();
    keep(probs, &order[..count])
}

fn keep(probs: &[f64], kept: &[usize]) -> Vec<f64> {
    probs.iter().enumerate().map(|(id, &p)| if kept.contains(&id) { p } else { 0.0 }).collect()
}

/// How many probabilities are left.
fn kept(probs: &[f64]) -> usize {
    probs.iter().filter(|&&p| p > 0.0).count()
}

/// The trained model, and what it says after the first a of anna.
struct Model {
    program: Program,
    logits: Vec<f64>,
    /// The tokens, that of the highest logit first.
    order: Vec<usize>,
}

impl Model {
    fn new() -> Result<Self, Box<dyn Error>> {
        let program = Program::trained();
        let anna = program.tokenizer.encode_doc("anna")?;
        let logits = trace(&program.params, &anna[..5], Engine::Scalar)[1].logits.clone();
        Ok(Self { order: largest_first(&logits), program, logits })
    }

    fn letter(&self, id: usize) -> String {
        self.program.tokenizer.token_name(id).to_string()
    }

    fn sampler(&self) -> Sampler<'_> {
        Sampler::new(&self.program.tokenizer, &self.program.params).with_engine(Engine::Fused)
    }

    /// Names with the random numbers that the program has after its training.
    fn names(&self, temperature: f64, count: usize) -> Result<String, SamplingError> {
        Ok(texts(&self.sampler(), count, temperature, &mut self.program.random.clone())?.join(" "))
    }

    /// Names as lines 189–200 write them, with other weights for the draws.
    fn names_with(&self, count: usize, weights_of: impl Fn(&[f64]) -> Vec<f64>) -> String {
        let Program { tokenizer, params, random, .. } = &self.program;
        let mut random = random.clone();
        let mut write = || {
            let mut tokens = vec![tokenizer.bos()];
            let mut name = String::new();
            while tokens.len() <= params.config().block_size {
                let logits = trace(params, &tokens, Engine::Fused).pop().expect("a position").logits;
                let token_id = random.choices(&weights_of(&logits));
                match tokenizer.uchars().get(token_id) {
                    Some(&letter) => name.push(letter),
                    None => break,
                }
                tokens.push(token_id);
            }
            name
        };
        join((0..count).map(|_| write()), " ")
    }

    fn one_model_three_ways(&self) -> Result<(), Box<dyn Error>> {
        println!("--- one model three ways ---");
        let greedy = self.names_with(3, |logits| top_k(&probabilities(logits, 1.0), 1));
        println!("likeliest    {greedy}");
        println!("as they are  {}", self.names(1.0, 4)?);
        println!("the program  {}", self.names(0.5, 4)?);
        Ok(())
    }

    /// The tokens of the picture: the six likeliest and the least likely one.
    fn pictured(&self) -> Vec<usize> {
        self.order[..6].iter().chain(self.order.last()).copied().collect()
    }

    /// The probability of all tokens that the picture does not name.
    fn others(&self, probs: &[f64]) -> f64 {
        self.order[6..self.order.len() - 1].iter().map(|&id| probs[id]).sum()
    }

    fn the_picture(&self) {
        label("the picture");
        println!("temperature      0.5        1        2");
        let columns = [0.5, 1.0, 2.0].map(|temperature| probabilities(&self.logits, temperature));
        let row = |name: &str, of: &dyn Fn(&[f64]) -> f64| {
            let cells = columns.each_ref().map(|probs| format!("{:6.1} %", 100.0 * of(probs)));
            println!("{name:10} {}", cells.join(" "));
        };
        for id in self.pictured() {
            row(&self.letter(id), &|probs| probs[id]);
        }
        row("20 others", &|probs| self.others(probs));
        println!("all {} alike: {:.1} % each", self.logits.len(), 100.0 / self.logits.len() as f64);
    }

    /// The ratio of the likeliest two tokens, n and l.
    fn the_rule(&self) {
        label("the rule");
        println!("T    n       l       n / l");
        let ratio = |temperature| {
            let probs = probabilities(&self.logits, temperature);
            let [n, l] = [probs[self.order[0]], probs[self.order[1]]];
            println!("{temperature:3}  {n:.4}  {l:.4}  {:.3}", n / l);
            n / l
        };
        let at_1 = ratio(1.0);
        ratio(0.5);
        println!("squared: {at_1:.3} * {at_1:.3} = {:.3}", at_1 * at_1);
    }

    fn figure(&self) -> String {
        let (first, pitch, top, row, full) = (60.0, 112.0, 40.0, 25.0, 0.62);
        let rows = self.pictured().len() + 1;
        draw::svg(
            "One prediction at three temperatures",
            "The probabilities after the first a of anna: the six likeliest tokens, the least likely one and the \
             other twenty together, at temperatures 0.5, 1 and 2. The lower the temperature, the more for n and l; \
             the higher, the more for the twenty others. The order stays.",
            (draw::WIDTH, top + row * rows as f64 + 6.0),
            html! {
                @for (column, (temperature, what)) in [(0.5, "squared"), (1.0, "as it is"), (2.0, "roots")].into_iter().enumerate() {
                    @let probs = probabilities(&self.logits, temperature);
                    @let left = first + pitch * column as f64;
                    (draw::text("label start", (left, 14.0), &format!("T = {temperature}")))
                    (draw::text("quiet start", (left, 31.0), what))
                    @for (at, p) in self.pictured().into_iter().map(|id| probs[id]).chain([self.others(&probs)]).enumerate() {
                        @let (y, length) = (top + row * at as f64, 60.0 * p / full);
                        (draw::rect("bar", (left, y + 3.0), (length, 16.0)))
                        (draw::text("digits start", (left + length + 5.0, y + 15.5), &format!("{:.1} %", 100.0 * p)))
                    }
                }
                @for (at, id) in self.pictured().into_iter().enumerate() {
                    (draw::text("name end", (first - 8.0, top + row * at as f64 + 15.5), &self.letter(id)))
                }
                (draw::text("quiet end", (first - 8.0, top + row * (rows - 1) as f64 + 15.5), "others"))
            },
        )
    }

    /// Whether the order of the first prediction is the same at all temperatures of the widget.
    fn checkpoint_the_order(&self) -> Result<(), Box<dyn Error>> {
        label("checkpoint the-order");
        let mut orders = BTreeSet::new();
        println!("the likeliest five at position 0");
        for temperature in [0.1, 0.5, 5.0] {
            let sample = self.sampler().sample(temperature, &mut self.program.random.clone())?;
            let probs = &sample.probs[0];
            let order = largest_first(probs);
            let five = order[..5].iter().map(|&id| format!("{} {:.1} %", self.letter(id), 100.0 * probs[id]));
            println!("{temperature:3}  {}", join(five, "  "));
            orders.insert(order);
        }
        let same = orders.len() == 1;
        println!("answer: {}", if same { "stay in their order" } else { "change places" });
        Ok(())
    }

    /// The first sample of the program, with the probabilities that it was drawn from.
    fn gite(&self) -> Result<Sample, SamplingError> {
        self.sampler().with_engine(Engine::Scalar).sample(0.5, &mut self.program.random.clone())
    }

    fn the_first_draw(&self) -> Result<(), Box<dyn Error>> {
        label("the first draw");
        let number = self.program.random.clone().random();
        let first = self.gite()?;
        let sums = running_sums(&first.probs[0]);
        println!("random number: {number:.4}");
        println!("token   weight  running sum");
        for (id, sum) in sums.iter().enumerate().take(8) {
            let mark = if id == first.tokens[0] { "  <- drawn" } else { "" };
            println!("{:4}   {:7.4}  {:7.4}{mark}", self.letter(id), first.probs[0][id], sum);
        }
        println!("...");
        println!("BOS    {:7.4}  {:7.4}", first.probs[0][sums.len() - 1], sums[sums.len() - 1]);
        Ok(())
    }

    fn names_at_several_temperatures(&self) -> Result<(), Box<dyn Error>> {
        label("names at several temperatures");
        for temperature in TEMPERATURES {
            println!("{temperature:4}  {}", self.names(temperature, 6)?);
        }
        Ok(())
    }

    fn counted(&self) -> Result<(), Box<dyn Error>> {
        label("counted");
        const SAMPLES: usize = 1000;
        println!("{SAMPLES} samples at each temperature");
        println!("temperature  samples in the file  different real names  mean letters  8 letters, no end");
        let all: BTreeSet<&str> = self.program.docs.iter().map(String::as_str).collect();
        for temperature in TEMPERATURES {
            let samples = self.sampler().samples(SAMPLES, temperature, &mut self.program.random.clone())?;
            let real: Vec<&str> =
                samples.iter().map(|sample| &sample.text[..]).filter(|text| all.contains(text)).collect();
            let different: BTreeSet<&&str> = real.iter().collect();
            let letters: usize = samples.iter().map(|sample| sample.text.len()).sum();
            let bos = self.program.tokenizer.bos();
            let full = samples.iter().filter(|sample| sample.tokens.last() != Some(&bos)).count();
            println!(
                "{temperature:11}  {:19}  {:20}  {:12.1}  {:15.1} %",
                real.len(),
                different.len(),
                letters as f64 / SAMPLES as f64,
                percent(full, SAMPLES)
            );
        }
        Ok(())
    }

    fn loss_at_several_temperatures(&self) -> Result<(), Box<dyn Error>> {
        label("loss at several temperatures");
        let Program { docs, tokenizer, params, .. } = &self.program;
        let groups = [tokenizer.encode_docs(&docs[..500])?, tokenizer.encode_docs(&docs[500..1000])?];
        println!("temperature  500 trained on  500 held out");
        let mut near_1 = Vec::new();
        for temperature in [0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.5, 2.0, 5.0] {
            let mut params = params.clone();
            // Logits divided by the temperature are those of an lm_head divided by it.
            params.get_mut("lm_head").ok_or("a matrix")?.iter_mut().for_each(|p| *p /= temperature);
            let [learned, held_out] = groups.each_ref().map(|names| loss_per_prediction(&params, names));
            println!("{temperature:11}  {learned:14.4}  {held_out:12.4}");
            if temperature == 1.0 || temperature == 1.1 {
                near_1.push(held_out);
            }
        }
        println!("pure guessing: {:.4}", 27.0_f64.ln());
        println!(
            "held out, at 1 and at 1.1: {:.4} - {:.4} = {:.4}",
            near_1[0],
            near_1[1],
            near_1[0] - near_1[1]
        );
        println!("trained on and held out: {} names each", groups[0].len());
        Ok(())
    }

    /// How many tokens each cut leaves to draw from, at the positions of gite.
    fn tokens_kept(&self) -> Result<(), Box<dyn Error>> {
        label("tokens kept");
        let mut tokens = vec![self.program.tokenizer.bos()];
        tokens.extend(&self.gite()?.tokens[..4]);
        println!("after       {}", join(tokens.iter().map(|&id| format!("{:>4}", self.letter(id))), ""));
        let probs: Vec<Vec<f64>> = trace(&self.program.params, &tokens, Engine::Scalar)
            .iter()
            .map(|activations| probabilities(&activations.logits, 1.0))
            .collect();
        let row = |name: &str, cut: &dyn Fn(&[f64]) -> Vec<f64>| {
            println!("{name:11} {}", join(probs.iter().map(|probs| format!("{:4}", kept(&cut(probs)))), ""));
        };
        row("greedy", &|probs| top_k(probs, 1));
        row("top-k, 5", &|probs| top_k(probs, 5));
        row("top-p, 0.8", &|probs| top_p(probs, 0.8));
        row("all", &|probs| probs.to_vec());
        Ok(())
    }

    fn names_of_a_part(&self) {
        label("names of a part");
        let with =
            |cut: &dyn Fn(&[f64]) -> Vec<f64>| self.names_with(6, |logits| cut(&probabilities(logits, 1.0)));
        println!("greedy       {}", with(&|probs| top_k(probs, 1)));
        println!("top-k, 5     {}", with(&|probs| top_k(probs, 5)));
        println!("top-k, 10    {}", with(&|probs| top_k(probs, 10)));
        println!("top-p, 0.5   {}", with(&|probs| top_p(probs, 0.5)));
        println!("top-p, 0.8   {}", with(&|probs| top_p(probs, 0.8)));
        println!("all, 27      {}", with(&|probs| probs.to_vec()));
    }

    fn the_wrong_place_to_divide(&self) -> Result<(), Box<dyn Error>> {
        let divided =
            self.names_with(6, |logits| probabilities(logits, 1.0).iter().map(|p| p / 0.5).collect());
        label("the wrong place to divide");
        println!("logits divided by 0.5:         {}", self.names(0.5, 6)?);
        println!("probabilities divided by 0.5:  {divided}");
        println!("nothing divided:               {}", self.names(1.0, 6)?);
        label("checkpoint divided-probabilities");
        let answer = match divided {
            names if names == self.names(0.5, 6)? => "as at 0.5",
            names if names == self.names(1.0, 6)? => "as at 1",
            _ => "as at 2",
        };
        println!("answer: {answer}");
        Ok(())
    }

    fn checkpoint_top_three(&self) {
        label("checkpoint top-three");
        let probs = probabilities(&self.logits, 1.0);
        // From the printed digits
        let three: Vec<f64> =
            self.order[..3].iter().map(|&id| (1000.0 * probs[id]).round() / 1000.0).collect();
        let total: f64 = three.iter().sum();
        println!("n, l and r: {}", join(three.iter().map(|p| format!("{p:.3}")), ", "));
        println!("total: {total:.3}");
        println!("answer: {:.3}", three[0] / total);
        println!("wrong: {:.3}", three[0]);
        println!("wrong: {:.3}", 1.0 / 3.0);
        println!("all others: {}", probs.len() - three.len());
    }

    fn after_the_first_a(&self) {
        label("after the first a");
        let temperatures = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 100.0];
        let columns = temperatures.map(|temperature| probabilities(&self.logits, temperature));
        println!("temperature     0.1    0.25     0.5       1       2       5     100");
        for id in self.pictured() {
            println!("{:10}  {}", self.letter(id), show(&columns.each_ref().map(|probs| probs[id])));
        }
        println!("20 others   {}", show(&columns.each_ref().map(|probs| self.others(probs))));
        println!("all tokens alike: 1 / {} = {:.4}", self.logits.len(), 1.0 / self.logits.len() as f64);
    }

    fn n_step_by_step(&self) {
        label("n step by step");
        println!("temperature    logit divided  - largest      exp   total  probability");
        for (name, id) in [("n", self.order[0]), ("l", self.order[1])] {
            for temperature in [0.5, 1.0] {
                let largest = self.logits[self.order[0]] / temperature;
                let total: f64 = self.logits.iter().map(|logit| (logit / temperature - largest).exp()).sum();
                let divided = self.logits[id] / temperature;
                println!(
                    "{name} {temperature:4}       {:7.4} {divided:7.4}    {:7.4}  {:7.4} {total:7.4}      {:7.4}",
                    self.logits[id],
                    divided - largest,
                    (divided - largest).exp(),
                    (divided - largest).exp() / total
                );
            }
        }
    }

    fn the_five_draws_of_gite(&self) -> Result<(), Box<dyn Error>> {
        label("the five draws of gite");
        println!("position  random number  sum before  sum with it  drawn");
        let mut random = self.program.random.clone();
        let sample = self.gite()?;
        for (position, probs) in sample.probs.iter().enumerate() {
            let number = random.random();
            let sums = running_sums(probs);
            let drawn = sample.tokens[position];
            assert_eq!(draw_with(number * sums[sums.len() - 1], probs), drawn);
            let before = if drawn == 0 { 0.0 } else { sums[drawn - 1] };
            println!("{position:8} {number:14.4} {before:11.4} {:12.4}  {}", sums[drawn], self.letter(drawn));
        }
        Ok(())
    }

    fn greedy_is_not_the_likeliest_name(&self) -> Result<(), Box<dyn Error>> {
        label("greedy is not the likeliest name");
        println!("probability of the whole name, at temperature 1");
        let names = [("manan", "manan"), ("mani", "mani"), ("(empty)", "")];
        let docs = self.program.tokenizer.encode_docs(&names.map(|(_, name)| name))?;
        for ((shown, _), losses) in names.iter().zip(microgpt::losses(&self.program.params, &docs)) {
            println!("{shown:7}  {:.6}", (-losses.iter().sum::<f64>()).exp());
        }
        Ok(())
    }

    fn times_instead_of_divided_by(&self) {
        label("times instead of divided by");
        let [first, last] = [self.order[0], self.order[26]];
        for (what, temperature) in [("divided by 0.5", 0.5), ("times 0.5", 2.0)] {
            let probs = probabilities(&self.logits, temperature);
            println!("logits {what:14}  n {:.4}, x {:.4}", probs[first], probs[last]);
        }
    }

    fn temperature_0(&self) {
        label("temperature 0");
        if let Err(error) = self.sampler().sample(0.0, &mut self.program.random.clone()) {
            println!("{}", error.to_string().replace("; ", ";\n"));
        }
    }
}

/// The temperatures at which names are shown and counted.
const TEMPERATURES: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0];

/// The exponentials of the example at a temperature, and the probabilities they make.
fn by_hand(temperature: f64) -> ([f64; 3], Vec<f64>) {
    let powers = BY_HAND.map(|exponential| exponential.powf(1.0 / temperature));
    (powers, probabilities(&BY_HAND.map(f64::ln), temperature))
}

fn three_tokens_by_hand() {
    label("three tokens by hand");
    println!("{:14} {} {}  sum", "T", TOKENS.join("  "), TOKENS.join("     "));
    for (temperature, what) in [(0.5, "0.5, squared"), (1.0, "1, as it is"), (2.0, "2, roots")] {
        let (powers, probs) = by_hand(temperature);
        let shares = join(probs.iter().map(|p| format!("{p:.2}")), "  ");
        println!(
            "{what:13}  {:3}  {:3}  {:3}  {:3}  {shares}",
            powers[0],
            powers[1],
            powers[2],
            powers.iter().sum::<f64>()
        );
    }
    for temperature in [1.0, 0.5] {
        let probs = by_hand(temperature).1;
        println!("a / n at T = {temperature}: {:.2}", probs[0] / probs[1]);
    }
    println!("logits: {}", join(BY_HAND.map(|exponential| format!("{:.2}", exponential.ln())), ", "));
}

fn draws_by_hand() {
    label("draws by hand");
    println!("T    running sums      0.30  0.70  0.90");
    for temperature in [0.5, 1.0, 2.0] {
        let probs = by_hand(temperature).1;
        let sums = join(running_sums(&probs).iter().map(|sum| format!("{sum:.2}")), "  ");
        let drawn =
            join([0.3, 0.7, 0.9].map(|number| format!("{:4}", TOKENS[draw_with(number, &probs)])), "  ");
        println!("{temperature:3}  {sums}  {}", drawn.trim_end());
    }
}

fn draws_by_python() {
    label("draws by python");
    println!("random.seed(42), then random.choices([\"a\", \"n\", \"BOS\"], weights=weights, k=8)");
    println!("weights     drawn");
    for temperature in [0.5, 1.0, 2.0] {
        let (weights, _) = by_hand(temperature);
        let mut random = Random::new(42);
        let drawn = (0..8).map(|_| TOKENS[random.choices(&weights)]);
        println!("{:10}  {}", join(weights, " "), join(drawn, " "));
    }
}

fn checkpoint_squared() {
    label("checkpoint squared");
    let (a, n) = (0.8_f64, 0.2_f64);
    println!("a has {a}, n has {n}");
    println!("squares: {:.2} and {:.2}, sum {:.2}", a * a, n * n, a * a + n * n);
    let share = |power: f64| a.powf(power) / (a.powf(power) + n.powf(power));
    println!("answer: {:.2}", share(2.0));
    println!("wrong: {:.2}", a * a); // not divided by the sum
    println!("wrong: {:.2}", share(0.5)); // temperature 2
    println!("wrong: {:.2}", share(1.0)); // the probabilities divided
}

fn checkpoint_which_token() {
    label("checkpoint which-token");
    let probs = by_hand(2.0).1;
    println!(
        "at T = 2, running sums: {}",
        join(running_sums(&probs).iter().map(|sum| format!("{sum:.2}")), ", ")
    );
    println!("random number: {:.2}", 0.6);
    println!("answer: {}", TOKENS[draw_with(0.6, &probs)]);
}

/// The three scores of lesson 3.3, with logits.
fn three_scores_by_hand() {
    label("three scores by hand");
    println!("T    scores / T               exp(each - largest)        total  probabilities");
    let scores = [2.0_f64, 1.0, -1.0];
    for temperature in [0.5, 1.0, 2.0] {
        let divided = scores.map(|score| score / temperature);
        let exps = divided.map(|score| (score - divided[0]).exp());
        let probs = probabilities(&scores, temperature);
        let total: f64 = exps.iter().sum();
        println!("{temperature:3}  {}  {}  {total:7.4}  {}", show(&divided), show(&exps), show(&probs));
    }
    let mut random = Random::new(42);
    let weights: Vec<f64> = probabilities(&scores, 0.5).into_iter().map(rounded).collect();
    let drawn = (0..8).map(|_| scores[random.choices(&weights)]);
    println!(
        "random.choices([2, 1, -1], weights=[{}], k=8)",
        join(weights.iter().map(|p| format!("{p:.4}")), ", ")
    );
    println!("[{}]", join(drawn, ", "));
}
