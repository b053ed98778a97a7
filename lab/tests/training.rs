//! Training, Adam, losses and samples in the page are those of the crate and of the lessons.

use microgpt::{Engine, Program};

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
                ((x + 4.5 - 34.0) / 216.0, 6.0 * (1.0 - (y + 4.5 - 10.0) / 210.0))
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
