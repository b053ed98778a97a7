//! Lesson 4.0, What is training?: the model before and after, and the loss on the way.
//!
//! With the argument `figure` it draws the loss curve, as SVG.

mod common;

use std::error::Error;

use common::{
    changed, four_decimals, join, label, largest_first, lm_head_n, loss_per_prediction, max, mean, min,
    percent, probabilities, rms, rounded, std, texts, wants_figure,
};
use microgpt::training::Step;
use microgpt::{Engine, Parameters, Program, Random, Sampler, Trainer, loss_of, trace};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// How many losses are averaged.
const WINDOW: usize = 50;
/// After how many steps the model is tested, again and again.
const EVERY: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let Program { docs, tokenizer, params, .. } = Program::untrained();
    let test = tokenizer.encode_docs(&docs[500..1500])?;
    let learned = tokenizer.encode_docs(&docs[..500])?;
    let guessing = f64::ln(tokenizer.vocab_size() as f64);
    let bigram = bigram_loss(&learned, &test, tokenizer.vocab_size());

    // The training, with a test before the first step and after every 20
    let mut trainer = Program::untrained().trainer().with_engine(Engine::Fused);
    let mut steps: Vec<Step> = Vec::new();
    let mut models = vec![params.clone()]; // after 0, 20, 40, … steps
    while let Some(step) = trainer.step()? {
        steps.push(step);
        if steps.len().is_multiple_of(EVERY) {
            models.push(trainer.params().clone());
        }
    }
    let losses: Vec<f64> = steps.iter().map(|step| step.loss).collect();
    let tested: Vec<f64> = models.iter().map(|model| loss_per_prediction(model, &test)).collect();
    let trained = trainer.params();
    if wants_figure() {
        print!("{}", loss_curve(&losses, &tested, guessing, bigram)?);
        return Ok(());
    }

    println!("--- anna before and after ---");
    println!("          target   probability of the target");
    println!("                   before    after");
    let anna = tokenizer.encode_doc("anna")?;
    let predictions = |params: &Parameters| -> Vec<Vec<f64>> {
        trace(params, &anna[..5], Engine::Scalar).iter().map(|at| probabilities(&at.logits)).collect()
    };
    let (before, after) = (predictions(&params), predictions(trained));
    for pos_id in 0..5 {
        let (token, target) = (tokenizer.token_name(anna[pos_id]), anna[pos_id + 1]);
        println!(
            "{pos_id} {token:3}     {:3}      {:.4}   {:.4}",
            tokenizer.token_name(target),
            before[pos_id][target],
            after[pos_id][target]
        );
    }
    println!("loss before training: {:.4}", loss_of(&anna, &params));
    println!("loss after training: {:.4}", loss_of(&anna, trained));
    println!("one part of 27: {:.4}", 1.0 / 27.0);

    label("favourites of the trained model");
    println!("          the four most probable tokens, after 500 steps");
    for (pos_id, probs) in after.iter().enumerate() {
        let order = largest_first(probs);
        let four = order[..4].iter().map(|&id| format!("{:3} {:.4}", tokenizer.token_name(id), probs[id]));
        println!("{pos_id} {:3}     {}", tokenizer.token_name(anna[pos_id]), join(four, "   "));
    }

    label("names that begin with an");
    let an: Vec<&String> = docs.iter().filter(|name| name.starts_with("an")).collect();
    println!("names in the file that begin with an: {}", an.len());
    for next in ["ana", "ann", "ani"] {
        let count = an.iter().filter(|name| name.starts_with(next)).count();
        println!("{} next: {count}, {:.1}%", &next[2..], percent(count, an.len()));
    }
    let met = |beginning: &str| docs[..500].iter().filter(|name| name.starts_with(beginning)).count();
    println!("among the 500 of the training: {}, n next: {}", met("an"), met("ann"));

    label("written on the way");
    println!("after   0 steps  20 steps  100 steps  500 steps");
    let mut columns = Vec::new();
    for steps in [0, 20, 100, 500] {
        let sampler = Sampler::new(&tokenizer, &models[steps / EVERY]).with_engine(Engine::Fused);
        let mut random = Random::new(42);
        columns.push(texts(&sampler, 8, 1.0, &mut random)?);
    }
    for (row, first) in columns[0].iter().enumerate() {
        let [b, c, d] = [1, 2, 3].map(|column| &columns[column][row]);
        println!("        {first:9}{b:8}  {c:9}  {d}");
    }
    for (column, steps) in columns.iter().zip([0, 20, 100, 500]) {
        let letters = column.concat();
        let vowels = letters.chars().filter(|&letter| "aeiou".contains(letter)).count();
        println!("after {steps:3} steps: {vowels} vowels among {} letters", letters.len());
    }

    label("written before training");
    println!("{}", columns[0].join(" "));

    label("what training changes");
    println!("parameters before training: {}", params.len());
    println!("parameters after training: {}", trained.len());
    println!("parameters that are another number: {}", changed(&params, trained));
    let places = params.as_slice().iter().zip(trained.as_slice());
    let distances: Vec<f64> = places.map(|(a, b)| (b - a).abs()).collect();
    println!("mean distance from the start: {:.4}", mean(&distances));
    println!("root mean square of the parameters before: {:.4}", rms(params.as_slice()));
    println!("root mean square of the parameters after: {:.4}", rms(trained.as_slice()));
    let lm_head = |params: &Parameters| params.as_slice()[lm_head_n(params)];
    println!("lm_head[13][0] before: {:.4}, after: {:.4}", lm_head(&params), lm_head(trained));

    label("progress lines");
    for step in steps[..4].iter().chain(&steps[497 - 1..]) {
        println!("{step}");
    }
    println!(
        "names of steps 497 to 500: {}",
        join(steps[497 - 1..].iter().map(|step| &step.document().doc), " ")
    );
    let twice = steps
        .iter()
        .enumerate()
        .any(|(at, step)| steps[..at].iter().any(|other| other.document().doc == step.document().doc));
    println!("a name comes twice in the 500 steps: {twice}");

    label("means by hand");
    let six: Vec<f64> = losses[..6].iter().map(|&loss| rounded(loss)).collect();
    println!("steps 1 to 6: {}", four_decimals(&six));
    let sum: f64 = six[..5].iter().sum();
    println!("mean of steps 1 to 5: {sum:.4} / 5 = {:.4}", sum / 5.0);
    let next = sum - six[0] + six[5];
    println!("sum of steps 2 to 6: {sum:.4} - {:.4} + {:.4} = {next:.4}", six[0], six[5]);
    println!("mean of steps 2 to 6: {next:.4} / 5 = {:.4}", next / 5.0);
    println!("guessing: a probability of 1/27, a loss of -ln(1/27) = ln 27 = {guessing:.4}");

    label("the loss over the training");
    println!("after  loss of   mean of the    held-out   like guessing");
    println!("step   the step  last 50 steps  names      among");
    for step in [0, 20, 40, 60, 80, 100, 120, 200, 300, 400, 500] {
        let own = if step == 0 { "-".to_string() } else { format!("{:.4}", losses[step - 1]) };
        let recent =
            if step < WINDOW { "-".to_string() } else { format!("{:.4}", mean_of_last(&losses[..step])) };
        let held_out = tested[step / EVERY];
        println!("{step:3}    {own:8}  {recent:13}  {held_out:.4}     {:.1}", held_out.exp());
    }
    println!("guessing: {guessing:.3}, like guessing among 27");
    println!("bigram model of the same 500 names, on the held-out names: {bigram:.3}");
    println!("held-out names: {}, all steps: {}", test.len(), steps.len());
    let below =
        (0..tested.len()).rev().take_while(|&test| tested[test] < bigram).last().expect("it ends below");
    println!("held-out loss below the bigram's from step {} on, at each test", below * EVERY);
    let fall = |from: usize, to: usize| tested[from / EVERY] - tested[to / EVERY];
    println!("the held-out loss falls from step 0 to step 120 by {:.2}", fall(0, 120));
    println!(
        "the held-out loss falls from step 120 to step 500 by {:.2}, in {} steps",
        fall(120, 500),
        500 - 120
    );

    label("the figure");
    println!("each dot one step: from step 1 to step {}", steps.len());
    let highest = steps.iter().max_by(|a, b| a.loss.total_cmp(&b.loss)).expect("there are steps");
    let lowest = steps.iter().min_by(|a, b| a.loss.total_cmp(&b.loss)).expect("there are steps");
    println!(
        "highest loss of a step: {:.2}, name {}, step {}",
        highest.loss,
        highest.document().doc,
        highest.step + 1
    );
    println!(
        "lowest loss of a step: {:.2}, name {}, step {}",
        lowest.loss,
        lowest.document().doc,
        lowest.step + 1
    );
    println!("guessing: ln 27 = {guessing:.3}");
    println!("bigram model: {bigram:.3}");
    println!("held-out names at the start: {:.2}", tested[0]);
    println!("held-out names at the end: {:.2}", tested[tested.len() - 1]);
    println!("mean of the last 50 steps at the end: {:.3}", mean_of_last(&losses));

    label("anna on the way");
    println!("after  probability of the end           loss of");
    println!("step   after the first a  after the last a  anna");
    for step in [0, 20, 100, 200, 300, 400, 500] {
        let probs = predictions(&models[step / EVERY]);
        let end = tokenizer.bos();
        println!(
            "{step:3}    {:.4}             {:.4}            {:.4}",
            probs[1][end],
            probs[4][end],
            loss_of(&anna, &models[step / EVERY])
        );
    }

    label("single steps are noisy");
    let last = &losses[400..];
    println!("losses of the last 100 steps: 100, their mean: {:.4}", mean(last));
    println!("losses of the last 100 steps: lowest {:.4}, highest {:.4}", min(last), max(last));
    println!("losses of the last 100 steps: standard deviation {:.2}", std(last));
    println!(
        "standard deviation of a mean of 50 such losses: {:.2} / root of 50 = {:.2}",
        std(last),
        std(last) / f64::sqrt(50.0)
    );
    let means: Vec<f64> = (450..=500).map(|step| mean_of_last(&losses[..step])).collect();
    println!(
        "means of the last 50, after steps 450 to 500: lowest {:.4}, highest {:.4}",
        min(&means),
        max(&means)
    );
    println!(
        "held-out loss, after steps 440 to 500: lowest {:.4}, highest {:.4}",
        min(&tested[440 / EVERY..]),
        max(&tested[440 / EVERY..])
    );

    label("twenty names again and again");
    let twenty = docs[..20].to_vec();
    println!("trained on 20 names, each {} times in 500 steps", 500 / twenty.len());
    println!("after  loss on     held-out");
    println!("step   these 20    names");
    let mut trainer =
        Trainer::new(twenty.clone(), &tokenizer, params.clone(), 500)?.with_engine(Engine::Fused);
    let mut held_out_of_twenty = Vec::new();
    for step in 0..=500 {
        if step % EVERY == 0 {
            let on_twenty = loss_per_prediction(trainer.params(), &learned[..20]);
            held_out_of_twenty.push(loss_per_prediction(trainer.params(), &test));
            if [0, 20, 40, 60, 100, 200, 500].contains(&step) {
                println!("{step:3}    {on_twenty:.4}      {:.4}", held_out_of_twenty[step / EVERY]);
            }
        }
        trainer.advance()?;
    }
    let best = (0..held_out_of_twenty.len())
        .min_by(|&a, &b| held_out_of_twenty[a].total_cmp(&held_out_of_twenty[b]))
        .expect("there are tests");
    println!(
        "lowest held-out loss of all {} tests: {:.4} at step {}",
        held_out_of_twenty.len(),
        held_out_of_twenty[best],
        best * EVERY
    );
    let sampler = Sampler::new(&tokenizer, trainer.params()).with_engine(Engine::Fused);
    let mut random = Random::new(42);
    let written = texts(&sampler, 100, 1.0, &mut random)?;
    let copied = written.iter().filter(|name| twenty.contains(name)).count();
    println!("it writes: {}", written[..6].join(" "));
    println!("of {} samples, among the 20 names: {copied}", written.len());

    label("met before and met after");
    println!("each prediction counts the same");
    let each = |steps: &[Step]| {
        mean(&steps.iter().flat_map(|step| step.document().losses.clone()).collect::<Vec<f64>>())
    };
    println!("all 500 names, each when its step came: {:.3}", each(&steps));
    println!("the last 100 names, each when its step came: {:.3}", each(&steps[400..]));
    let (on_500, on_held_out) = (loss_per_prediction(trained, &learned), loss_per_prediction(trained, &test));
    println!("after training, on the 500 names: {on_500:.3}");
    println!("after training, on the held-out names: {on_held_out:.3}");
    println!("after training, the difference: {:.3}", on_held_out - on_500);

    label("trained on other names");
    let other_docs = docs[1500..2000].to_vec();
    let other = common::trained(&Program { docs: other_docs, ..Program::untrained() })?;
    println!("a model trained on 500 other names");
    let (on_500, on_held_out) = (loss_per_prediction(&other, &learned), loss_per_prediction(&other, &test));
    println!("its loss on the 500 names: {on_500:.3}");
    println!("its loss on the held-out names: {on_held_out:.3}");
    println!("its difference: {:.3}", on_held_out - on_500);

    label("questions");
    println!("vocabulary of 100 tokens: ln 100 = {:.4}", f64::ln(100.0));
    let art = steps.iter().find(|step| step.document().doc == "art").ok_or("art is among the 500")?;
    println!("step {}, name art, loss {:.4}", art.step + 1, art.loss);
    println!("loss of art in the untrained model: {:.4}", loss_of(&art.document().tokens, &params));
    println!("loss of art in the trained model: {:.4}", loss_of(&art.document().tokens, trained));
    println!("losses of art, each prediction: {}", four_decimals(&art.document().losses));
    let met: Vec<_> = docs[..art.step].iter().filter(|name| name.starts_with("ar")).collect();
    println!("names before step 495 that begin with ar: {}, {}", met.len(), join(&met, " "));
    println!(
        "probability of t after ar: {:.4}, of the end after art: {:.4}",
        (-art.document().losses[2]).exp(),
        (-art.document().losses[3]).exp()
    );
    let last_four: f64 = losses[497 - 1..].iter().map(|&loss| rounded(loss)).sum();
    println!("steps 497 to 500: {}", four_decimals(&losses[497 - 1..]));
    println!("mean of steps 497 to 500: {last_four:.4} / 4 = {:.3}", last_four / 4.0);
    Ok(())
}

/// The loss of the bigram model of lesson 0.0: pairs counted, every count beginning at 1, the first 8
/// predictions of each name.
fn bigram_loss(learn: &[Vec<usize>], test: &[Vec<usize>], vocab_size: usize) -> f64 {
    let mut counts = vec![vec![1.0; vocab_size]; vocab_size];
    for pair in learn.iter().flat_map(|tokens| tokens.windows(2)) {
        counts[pair[0]][pair[1]] += 1.0;
    }
    let loss = |pair: &[usize]| -(counts[pair[0]][pair[1]] / counts[pair[0]].iter().sum::<f64>()).ln();
    mean(&test.iter().flat_map(|tokens| tokens.windows(2).take(8)).map(loss).collect::<Vec<_>>())
}

fn mean_of_last(losses: &[f64]) -> f64 {
    mean(&losses[losses.len().saturating_sub(WINDOW)..])
}

/// Half-way between black and white, so that it can be read on a light page and on a dark one.
const GREY: RGBColor = RGBColor(124, 124, 124);
const BLUE: RGBColor = RGBColor(47, 127, 193);
const ORANGE: RGBColor = RGBColor(204, 95, 40);
const FONT: (&str, i32) = ("sans-serif", 44);

/// The loss of each step, their mean over 50 steps, the loss on held-out names, and two baselines.
fn loss_curve(losses: &[f64], tested: &[f64], guessing: f64, bigram: f64) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, (960, 880)).into_drawing_area();
    let num_steps = losses.len() as f64;
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .margin_right(32)
        .x_label_area_size(104)
        .y_label_area_size(120)
        .build_cartesian_2d(0.0..num_steps, 1.4..4.3)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc("step")
        .y_desc("loss")
        .x_labels(6)
        .y_labels(7)
        .x_label_formatter(&|step| format!("{step:.0}"))
        .y_label_formatter(&|loss| format!("{loss:.1}"))
        .axis_style(GREY.stroke_width(2))
        .label_style((FONT.0, FONT.1, &GREY))
        .axis_desc_style((FONT.0, FONT.1, &GREY))
        .draw()?;

    let steps = (1..).map(f64::from);
    let dots = steps.clone().zip(losses.iter().copied());
    chart.draw_series(dots.map(|dot| Circle::new(dot, 3, GREY.mix(0.75).filled())))?;
    for baseline in [guessing, bigram] {
        let line = [(0.0, baseline), (num_steps, baseline)];
        chart.draw_series(DashedLineSeries::new(line, 12, 8, GREY.stroke_width(4)))?;
    }
    let means = (1..=losses.len()).map(|step| mean_of_last(&losses[..step]));
    chart.draw_series(LineSeries::new(steps.zip(means), BLUE.stroke_width(6)))?;
    let tests = (0..).step_by(EVERY).map(f64::from).zip(tested.iter().copied());
    chart.draw_series(LineSeries::new(tests.clone(), ORANGE.stroke_width(4)))?;
    chart.draw_series(tests.map(|test| Circle::new(test, 7, ORANGE.filled())))?;

    // The names stand beside the lines; two, with a thin line, where there are hardly any dots.
    let place = |color: &RGBColor, h_pos| FONT.into_font().color(color).pos(Pos::new(h_pos, VPos::Center));
    chart.draw_series([
        Text::new(
            format!("guessing: ln {:.0} = {guessing:.3}", guessing.exp()),
            (308.0, 3.53),
            place(&GREY, HPos::Right),
        ),
        Text::new(format!("bigram: {bigram:.3}"), (6.0, 1.68), place(&GREY, HPos::Left)),
        Text::new("mean of the last 50 steps".to_string(), (60.0, 3.86), place(&BLUE, HPos::Left)),
        Text::new("held-out names".to_string(), (160.0, 1.53), place(&ORANGE, HPos::Left)),
        Text::new("a dot: one step".to_string(), (246.0, 4.12), place(&GREY, HPos::Left)),
    ])?;
    chart.draw_series([
        PathElement::new([(64.0, 3.77), (64.0, mean_of_last(&losses[..64]))], BLUE.stroke_width(2)),
        PathElement::new([(16.0, 1.78), (16.0, bigram)], GREY.stroke_width(2)),
        PathElement::new([(180.0, 1.63), (180.0, tested[180 / EVERY])], ORANGE.stroke_width(2)),
    ])?;
    root.present()?;
    drop(chart);
    drop(root);
    // Drawn larger than it is shown, as its coordinates are whole numbers.
    let size = |(width, height): (u32, u32)| format!(r#"width="{width}" height="{height}""#);
    Ok(svg.replacen(&size((960, 880)), &size((600, 550)), 1))
}
