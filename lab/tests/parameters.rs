//! The widgets of lesson 3.0 show its numbers.

use microgpt::{Config, Parameters, Program, Random};

mod lesson;
use lesson::{block, rows, vector};

/// The figure for these values of the controls.
fn figure(query: &str) -> String {
    lab::view("parameters", query).unwrap().figure.into_string()
}

/// The name of a matrix without its layer.
fn short(name: &str) -> &str {
    name.trim_start_matches("layer0.")
}

#[test]
fn the_table_is_that_of_the_lesson_before_training_and_after_it() {
    let lesson = block("parameters_are_knowledge", "after training");
    for (step, column) in [("0", 1), ("500", 2)] {
        let shown = rows(&figure(&format!("step={step}")));
        for (shown, lesson) in shown[1..=9].iter().zip(&lesson[1..]) {
            assert_eq!(shown[0], short(&lesson[0]));
            // What is exactly 0 has no decimals.
            let deviation = if shown[4] == "0" { "0.0000" } else { &shown[4] };
            assert_eq!(deviation, lesson[column], "the standard deviation of {} at step {step}", shown[0]);
            if step == "500" {
                assert_eq!(shown[5], lesson[3], "the number of {} that is farthest from 0", shown[0]);
            }
        }
    }
}

#[test]
fn the_zero_gradients_are_those_of_the_lesson() {
    for step in [1, 2] {
        let shown = rows(&figure(&format!("step={step}&numbers=gradients")));
        let lesson = block("parameters_are_knowledge", "gradients of the first two steps");
        for (shown, lesson) in shown[1..].iter().zip(&lesson[2..12]) {
            assert_eq!([&shown[0], &shown[2], &shown[3]], [short(&lesson[0]), &lesson[1], &lesson[1 + step]]);
        }
    }
    let summary = lab::view("parameters", "step=1&numbers=gradients").unwrap().summary;
    assert_eq!(summary, "In step 1: 2,128 of 4,064 gradients are exactly 0.");
}

#[test]
fn before_training_two_matrices_are_exactly_0_and_blank() {
    let figure = figure("step=0");
    for (row, shown) in rows(&figure)[1..=9].iter().zip(figure.split("<li").skip(1)) {
        let zero = row[0].ends_with("attn_wo") || row[0].ends_with("mlp_fc2");
        assert_eq!(row[3], if zero { row[2].as_str() } else { "0" }, "{}", row[0]);
        assert_eq!(shown.contains("<path"), !zero, "{}", row[0]);
    }
    let view = lab::view("parameters", "step=0").unwrap();
    assert_eq!(view.summary, "Before training: 1,280 of 4,064 parameters are exactly 0.");
}

#[test]
fn the_heat_maps_have_a_place_for_every_number() {
    // The lengths of the lines of each matrix add up to its number of entries.
    for (matrix, entries) in
        figure("step=500").split("<li").skip(1).zip([432, 128, 432, 256, 256, 256, 256, 1024, 1024])
    {
        let lines = matrix
            .split('h')
            .skip(1)
            .filter_map(|line| line.split(['M', '"']).next().and_then(|length| length.parse::<usize>().ok()));
        assert_eq!(lines.sum::<usize>(), entries);
    }
}

#[test]
fn a_picked_row_has_its_values_its_names_and_its_end() {
    let params = Program::trained().params;
    let matrix = params.get("layer0.mlp_fc2").unwrap();
    let view = lab::view("parameters", "matrix=layer0.mlp_fc2&row=3&col=40").unwrap();
    let shown: Vec<f64> =
        vector(view.figure.0.as_str()).iter().map(|number| number.parse().unwrap()).collect();
    assert_eq!(shown.len(), 64);
    for (shown, number) in shown.iter().zip(matrix.row(3)) {
        assert!((shown - number).abs() < 0.00006, "{shown} is not {number}");
    }
    assert!(view.figure.0.contains("<code>layer0.mlp_fc2[3][40]</code>"));
    assert_eq!(view.max, [("step", 500), ("row", 15), ("col", 63)]);
    // Beyond the end counts as the last.
    let last = lab::view("parameters", "matrix=wpe&row=99&col=99").unwrap().figure.into_string();
    assert!(last.contains("<code>wpe[7][15]</code>") && last.contains("the row of position 7"));
}

#[test]
fn the_figure_is_small() {
    for query in ["step=0", "step=30", "step=500&matrix=layer0.mlp_fc2", "step=500&numbers=gradients"] {
        let length = figure(query).len();
        assert!(length < 60_000, "{query}: {length} bytes");
    }
}

#[test]
fn the_count_is_that_of_the_model() {
    let count = |query: &str| lab::view("count", query).unwrap();
    let lesson = block("parameters_are_knowledge", "matrices");
    for (shown, lesson) in rows(&count("").figure.0)[1..].iter().zip(&lesson[1..]) {
        assert_eq!(shown[0], short(&lesson[0]));
        assert_eq!(shown[2], lesson[lesson.len() - 2]);
        assert_eq!(shown[3].replace(' ', ""), *lesson.last().unwrap());
    }
    assert!(count("n_embd=32").summary.starts_with("14,272 parameters, 3.51 times"));
    for (query, config) in [
        ("n_embd=64&n_layer=3", Config { n_embd: 64, n_layer: 3, ..Config::default() }),
        (
            "n_embd=8&n_head=8&block_size=32",
            Config { n_embd: 8, n_head: 8, block_size: 32, ..Config::default() },
        ),
    ] {
        let params = Parameters::random(config, 27, &mut Random::new(1)).unwrap();
        let all = rows(&count(query).figure.0).last().unwrap()[2].clone();
        assert_eq!(all, params.len().to_string());
    }
}

#[test]
fn the_areas_are_as_many_parameters_to_one_scale() {
    for query in ["", "n_embd=64&n_layer=3", "n_embd=128&n_layer=6&block_size=32", "n_embd=4"] {
        let figure = lab::view("count", query).unwrap().figure.into_string();
        let mut scales = Vec::new();
        for square in figure.split("<title>").skip(1) {
            let shape = square.split("</title>").next().unwrap().rsplit(", ").next().unwrap();
            let (rows, cols) = shape.split_once(" × ").unwrap();
            let side = square.split("width=\"").nth(1).unwrap().split('"').next().unwrap();
            let [rows, cols, side] = [rows, cols, side].map(|number| number.parse::<f64>().unwrap());
            scales.push(side / (rows * cols).sqrt());
        }
        let scale = scales[0];
        assert!(scales.iter().all(|other| (other - scale).abs() < 0.03 * scale), "{query}: {scales:?}");
        let width: f64 =
            figure.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!((width - 400.0).abs() < 1e-9);
    }
}

#[test]
fn a_model_that_cannot_be_is_a_problem_at_its_control() {
    let problem = |query: &str| lab::view("count", query).unwrap_err();
    assert_eq!(problem("n_embd=4&n_head=8").control, "n_head");
    assert!(problem("n_embd=4&n_head=8").message.contains("n_embd 4 cannot be divided among n_head 8 heads"));
    assert!(lab::view("count", "n_embd=128&n_layer=6&block_size=32&n_head=8").is_ok());
    assert_eq!(lab::view("parameters", "row=-1").unwrap_err().control, "row");
    assert_eq!(lab::view("parameters", "matrix=wxe").unwrap_err().control, "matrix");
}
