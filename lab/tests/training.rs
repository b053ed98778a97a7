//! Training, Adam, losses and samples in the page are those of the crate and of the lessons.

use microgpt::training::loss_of;
use microgpt::{Engine, Fused, Program, Random};

fn figure(widget: &str, query: &str) -> String {
    lab::view(widget, query).unwrap().figure.into_string()
}

fn summary(widget: &str, query: &str) -> String {
    lab::view(widget, query).unwrap().summary
}

/// The texts of the cells of a table row that begins with this one.
fn row(figure: &str, first: &str) -> Vec<String> {
    let text = |cell: &str| {
        let mut text = String::new();
        let mut tag = false;
        for character in cell.chars() {
            match character {
                '<' => tag = true,
                '>' => tag = false,
                _ if !tag => text.push(character),
                _ => {}
            }
        }
        text.trim().to_owned()
    };
    let rows = figure.split("<tr").map(|row| {
        let cells = row.split("</td>").flat_map(|cell| cell.split("</th>"));
        cells.map(|cell| text(&format!("<{cell}"))).collect::<Vec<_>>()
    });
    let mut rows = rows.filter(|row| row[0] == first);
    rows.next().unwrap_or_else(|| panic!("no row {first} in {figure}"))
}

#[test]
fn adam_without_correction_shows_no_corrected_means() {
    assert!(figure("adam", "step=1").contains("m_hat = m"));
    let without = figure("adam", "step=1&no-correction=on");
    assert!(without.contains("m = β₁") && !without.contains("m_hat = m"), "{without}");
}

#[test]
fn the_film_prints_the_programs_own_lines() {
    let printed = include_str!("../../tests/golden/input.stdout");
    let lines = printed.lines().filter(|line| line.starts_with("step "));
    for (step, line) in lines.enumerate().map(|(place, line)| (place + 1, line)) {
        let film = figure("curve", &format!("step={step}"));
        assert!(film.contains(&format!(r#"<pre class="progress">{line}</pre>"#)), "{line}");
    }
    assert!(figure("curve", "step=0").contains(r#"<pre class="progress">no step yet</pre>"#));
}

#[test]
fn the_table_behind_the_curve_has_the_losses_of_lesson_4_0_and_4_5() {
    let table = figure("curve", "");
    let mut trainer = Program::untrained().trainer().with_engine(Engine::Fused);
    let losses: Vec<f64> = std::iter::from_fn(|| trainer.advance().unwrap()).collect();
    for step in (25..=500).step_by(25) {
        let mean = losses[step.max(50) - 50..step].iter().sum::<f64>() / step.min(50) as f64;
        let found = row(&table, &step.to_string());
        assert_eq!(found[1..3], [format!("{:.4}", losses[step - 1]), format!("{mean:.4}")]);
    }
    // the tables ten-seeds and other-numbers-of-steps of lesson 4.5
    for (query, held_out) in [
        ("", "2.575"),
        ("seed=1", "2.557"),
        ("seed=9", "2.578"),
        ("steps=250", "2.614"),
        ("steps=1000", "2.551"),
        ("steps=1000&seed=2", "2.533"),
    ] {
        let summary = summary("training", query);
        assert!(summary.contains(&format!("held-out names is {held_out}")), "{query}: {summary}");
    }
}

#[test]
fn the_last_step_is_shown_as_in_lesson_4_5() {
    let film = figure("training", "step=192");
    assert!(film.contains("The last step: yana"));
    assert_eq!(row(&film, "2")[..5], ["2", "a", "n", "0.156473", "1.8549"]);
    assert!(film.contains("10.5210 / 5 = 2.1042"));
    assert!(film.contains("lr_t = 0.00681138"));
}

#[test]
fn a_step_back_trains_again_and_a_step_on_goes_on() {
    let (later, earlier) = (figure("curve", "step=300"), figure("curve", "step=120"));
    assert_eq!(figure("curve", "step=300"), later);
    assert_eq!(figure("curve", "step=120"), earlier);
    for step in 121..=300 {
        drop(figure("curve", &format!("step={step}")));
    }
    assert_eq!(figure("curve", "step=300"), later);
}

#[test]
fn a_training_that_breaks_is_shown_up_to_there() {
    let broken = lab::view("descent", "plain-sgd=on&lr=1").unwrap();
    assert!(broken.summary.starts_with("Stopped: training failed at step 56: the loss is inf"));
    assert!(broken.summary.contains("start again with a smaller learning rate"));
    assert!(broken.figure.into_string().contains("step   55 /  500"));
    let sizes = lab::view("training", "width=4&heads=8").unwrap_err();
    assert_eq!(sizes.control, "heads");
    assert!(sizes.message.contains("n_embd 4 cannot be divided among n_head 8 heads"));
}

#[test]
fn the_switches_change_the_training() {
    let all = [
        "no-position",
        "no-residual",
        "no-rmsnorm",
        "no-scaling",
        "plain-relu",
        "no-correction",
        "plain-sgd",
    ];
    let usual = figure("training", "");
    for switch in all {
        assert_ne!(figure("training", &format!("{switch}=on")), usual, "{switch}");
    }
}

#[test]
fn adam_has_the_numbers_of_lesson_4_4() {
    let four = figure("adam", "step=4");
    assert_eq!(row(&four, "name")[1..5], ["wiremu", "tamas", "mduduzi", "gudrun"]);
    for (what, numbers) in [
        ("grad", ["−0.0072467", "0.035428", "0.0076666", "0.11548"]),
        ("m = β₁ · m + (1 − β₁) · grad", ["−7.2467e−4", "0.0028906", "0.0033682", "0.014580"]),
        ("m_hat = m / (1 − β₁^step)", ["−0.0072467", "0.015213", "0.012429", "0.042396"]),
        ("v = β₂ · v + (1 − β₂) · grad²", ["2.6257e−6", "6.5250e−5", "6.4926e−5", "7.2852e−4"]),
        ("v_hat = v / (1 − β₂^step)", ["5.2514e−5", "6.6923e−4", "4.5522e−4", "0.0039274"]),
        ("m_hat / (√v_hat + 1e-8)", ["−1.0000", "0.58808", "0.58252", "0.67650"]),
        ("lr_t", ["0.010000", "0.0099999", "0.0099996", "0.0099991"]),
        ("p.data after", ["−0.0049474", "−0.010828", "−0.016653", "−0.023418"]),
    ] {
        assert_eq!(row(&four, what)[1..5], numbers, "{what}");
    }
    // without-bias-correction: the first move is 3.162 learning rates
    let first = summary("adam", "step=1&beta2=0.999&no-correction=on");
    assert!(first.ends_with("3.1621 times the learning rate."), "{first}");
    // moves-without-a-gradient
    let w = figure("adam", "matrix=wte&row=22&step=8");
    assert_eq!(row(&w, "grad")[1..5], ["0.0000"; 4]);
    assert_eq!(row(&w, "p.data after")[4], "0.024368");
    // Beyond the matrix counts as its last row and column.
    let corner = lab::view("adam", "matrix=wpe&row=100&col=100&step=1").unwrap();
    assert!(corner.summary.contains("wpe[7][15]"));
    assert_eq!(corner.max, [("step", 500), ("row", 7), ("col", 15)]);
    assert!(!figure("adam", "plain-sgd=on").contains("m_hat"));
}

#[test]
fn losses_are_those_of_lessons_4_0_and_4_1() {
    for (step, loss) in [(0, "3.2785"), (20, "2.3198"), (100, "1.8866"), (500, "2.2395")] {
        let summary = summary("losses", &format!("step={step}"));
        assert!(summary.contains(&format!("is {loss}.")), "{step}: {summary}");
    }
    let long = figure("losses", "name=maximiliana");
    assert!(long.contains("The block has 8 positions"));
    assert_eq!(lab::view("losses", "name=").unwrap_err().control, "name");
    assert_eq!(lab::view("losses", "name=Anna").unwrap_err().control, "name");
}

#[test]
fn a_dot_for_each_target_lies_on_the_curve() {
    for (query, least) in [("step=0", None), ("", Some(1.298))] {
        let figure = figure("losses", query);
        let dots: Vec<(f64, f64)> = figure
            .split("<rect class=\"dot\" x=\"")
            .skip(1)
            .map(|rect| {
                let mut numbers = rect.split('"');
                let x: f64 = numbers.next().unwrap().parse().unwrap();
                let y: f64 = numbers.nth(1).unwrap().parse().unwrap();
                ((x + 4.5 - 34.0) / 210.0, 6.0 * (1.0 - (y + 4.5 - 26.0) / 210.0))
            })
            .collect();
        assert_eq!(dots.len(), 5);
        let mut losses: Vec<f64> = dots.iter().map(|dot| dot.1).collect();
        for (p, loss) in &dots {
            assert!((p + 1e-9 - (-loss).exp()).abs() < 0.002, "{p} and {loss}");
        }
        losses.sort_by(f64::total_cmp);
        assert!(least.is_none_or(|least| (losses[0] - least).abs() < 0.01), "{losses:?}");
        let mean = losses.iter().sum::<f64>() / 5.0;
        assert!(figure.contains(&format!("their mean is {mean:.2}.")), "{mean}");
    }
}

#[test]
fn the_twenty_samples_are_those_of_the_program() {
    let printed = include_str!("../../tests/golden/input.stdout");
    let golden: Vec<&str> =
        printed.lines().filter(|line| line.starts_with("sample ")).map(|line| &line[11..]).collect();
    assert_eq!(golden.len(), 20);
    let figure = figure("sampling", "");
    let (list, _) = figure.split_once("</ol>").unwrap();
    let found: Vec<&str> = list.split("<b>").skip(1).map(|item| item.split_once("</b>").unwrap().0).collect();
    assert_eq!(found, golden);
    // lesson 5.0: the draws of the first sample, and all probabilities
    assert_eq!(row(&figure, "0")[1..4], ["g", "1.2", "m 16.1"]);
    assert_eq!(row(&figure, "a")[1..6], ["0.0519", "0.6166", "0.0212", "0.4588", "0.0324"]);
    // lesson 5.1: other temperatures, other names
    assert!(summary("sampling", "temperature=1").contains("eryl"));
    assert!(summary("sampling", "temperature=5").contains("eszmxpep"));
}

/// The samples of a figure.
fn samples(figure: &str) -> Vec<String> {
    let list = figure.split("aria-label=\"The samples\"").nth(1).unwrap().split("</ol>").next().unwrap();
    list.split("<b>").skip(1).map(|item| item.split_once("</b>").unwrap().0.to_owned()).collect()
}

#[test]
fn earlier_names_stay_beside_the_curve() {
    let now = figure("curve", "step=300");
    for step in [0, 5, 10, 25, 50, 100, 250] {
        let then = samples(&figure("curve", &format!("step={step}")));
        assert_eq!(row(&now, &format!("step {step}"))[1], then[..5].join(" "), "{step}");
    }
    assert_eq!(row(&now, "step 500")[1], "");
}

#[test]
fn the_map_of_letters_has_the_probabilities_of_the_model() {
    let program = Program::trained();
    let bos = program.tokenizer.bos();
    for (place, query) in [(0, ""), (14, "")] {
        let tokens: &[usize] = if place == 0 { &[bos] } else { &[bos, place - 1] };
        let logits = Fused::new(&program.params).logits(program.params.as_slice(), tokens);
        let total: f64 = logits.iter().map(|logit| logit.exp()).sum();
        let mut likely: Vec<(f64, usize)> =
            logits.iter().enumerate().map(|(id, logit)| (logit.exp() / total, id)).collect();
        likely.sort_by(|a, b| b.0.total_cmp(&a.0));
        let name = |id: usize| if id == bos { "BOS".to_owned() } else { program.tokenizer.token_name(id) };
        let three: Vec<_> =
            likely[..3].iter().map(|&(p, id)| format!("{} {:.0} %", name(id), 100.0 * p)).collect();
        let after = if place == 0 { "BOS".to_owned() } else { name(place - 1) };
        assert_eq!(row(&figure("curve", query), &after)[1..4], three);
    }
    // As many squares as there are probabilities of 1 % or more, all of them even before training
    let squares = |query: &str| {
        let figure = figure("curve", query);
        figure.split("class=\"squares\"").nth(1).unwrap().split("</g>").next().unwrap().matches('M').count()
    };
    assert_eq!(squares("step=0"), 27 * 27);
    assert!(squares("") < 500);
}

#[test]
fn the_random_number_falls_on_the_token_that_is_drawn() {
    for (query, temperature) in [("", 0.5), ("&temperature=2", 2.0), ("&temperature=0.1", 0.1)] {
        let mut random = Random::new(3);
        let program = Program::trained();
        let sampler = microgpt::Sampler::new(&program.tokenizer, &program.params).with_engine(Engine::Fused);
        for sample in 1..=6 {
            let mut points = random.clone();
            let drawn = sampler.sample(temperature, &mut random).unwrap();
            for (letter, (&token, probs)) in drawn.tokens.iter().zip(&drawn.probs).enumerate() {
                let point = points.random();
                let summary = summary("sampling", &format!("draws=3&sample={sample}&letter={letter}{query}"));
                let says = format!("At position {letter} the random number {point:.4} falls on ");
                assert!(summary.contains(&says), "{summary}");
                let before: f64 = probs[..token].iter().sum();
                assert!(before <= point && point <= before + probs[token] + 1e-12);
            }
        }
    }
}

#[test]
fn a_step_along_the_line_has_the_losses_of_lesson_4_3() {
    let printed = include_str!("../../examples/lesson_04_gradient_descent.txt");
    let block = printed.split("--- along the gradient ---").nth(1).unwrap().split("\n\n").next().unwrap();
    let mut compared = 0;
    for rate in ["0.1", "0.3", "1", "2", "3"] {
        let line = block.lines().find(|line| line.split_whitespace().next() == Some(rate)).unwrap();
        let real = line.split_whitespace().nth(2).unwrap();
        let summary = summary("line", &format!("rate={rate}&ball=1"));
        assert!(summary.contains(&format!("after 1 step the loss is {real}, before 3.2785")), "{summary}");
        compared += 1;
    }
    assert_eq!(compared, 5);
    assert!(summary("line", "rate=5").contains("too large"));
    assert!(summary("line", "rate=0.03").contains("small"));
    assert!(summary("line", "rate=0.3").contains("near the lowest"));
    // The curve is the loss of the crate: where it begins, it is that of the untrained model.
    let program = Program::untrained();
    let loss = loss_of(&program.tokenizer.encode_doc("zoe").unwrap(), &program.params);
    assert!(summary("line", "name=zoe&ball=0").contains(&format!("the loss is {loss:.4}")));
    assert_eq!(lab::view("line", "name=Z").unwrap_err().control, "name");
}

#[test]
fn where_nobody_can_press_play_the_trained_state_is_shown() {
    let element = |widget: &str, step: &str| {
        lab::element("lab-1", widget, &[("step".to_owned(), step.to_owned())]).unwrap().into_string()
    };
    for widget in ["curve", "descent", "training", "adam"] {
        let untrained = element(widget, "0");
        let (_, paper) = untrained.split_once("class=\"paper\"").unwrap();
        assert!(paper.contains("500") && !paper.contains("Before training"), "{paper}");
        assert!(!element(widget, "20").contains("class=\"paper\""));
    }
}
