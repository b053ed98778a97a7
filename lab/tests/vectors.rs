//! The widgets of lessons 3.1 to 3.4 show their numbers.

use microgpt::{Tape, rmsnorm, softmax};

mod lesson;
use lesson::{block, rows, vector};

fn view(widget: &str, query: &str) -> lab::View {
    lab::view(widget, query).unwrap()
}

/// A column of the first so many rows below the head.
fn column(figure: &str, column: usize, rows_shown: std::ops::Range<usize>) -> Vec<String> {
    rows(figure)[rows_shown].iter().map(|row| row[column].clone()).collect()
}

#[test]
fn the_embedding_is_that_of_the_lesson() {
    let lesson = block("embeddings", "two a before training");
    let numbers = |line: &[String]| line[line.len() - 4..].to_vec();
    // The token's row, the position's and their sum; then both for the other a
    for (position, lines) in [(1, [1, 2, 3]), (4, [1, 4, 5])] {
        let view = view("embedding", &format!("step=0&position={position}"));
        for (place, line) in lines.into_iter().enumerate() {
            assert_eq!(column(&view.figure.0, 1 + place, 1..5), numbers(&lesson[line]));
        }
        assert_eq!(view.max, [("position", 4), ("step", 500)]);
    }
    let x = block("embeddings", "the vector of a at position 1").concat();
    assert_eq!(column(&view("embedding", "step=0&position=1").figure.0, 4, 1..17), x);
}

#[test]
fn the_lengths_of_the_sums_are_those_of_lesson_3_4_after_training_too() {
    for (position, line) in block("normalization", "all positions of anna")[2..7].iter().enumerate() {
        for (step, rms) in [(0, &line[2]), (500, &line[5])] {
            let shown = rows(&view("embedding", &format!("step={step}&position={position}")).figure.0);
            let length: f64 = shown.last().unwrap()[3].parse().unwrap();
            // 16 numbers: the length is the RMS times the root of 16.
            assert!((length / 4.0 - rms.parse::<f64>().unwrap()).abs() < 1e-4, "position {position}");
        }
    }
}

#[test]
fn the_linear_layer_is_that_of_the_lesson() {
    let figure = view("linear", "step=0").figure.into_string();
    let lesson = block("linear_layers", "the first number of q");
    assert_eq!(rows(&figure)[1..], lesson[1..]);
    let q: Vec<String> = block("linear_layers", "q for a at position 1").concat();
    assert_eq!(vector(&figure), q);
    // Each output is the last sum of its row.
    for (output, q) in q.iter().enumerate() {
        let view = view("linear", &format!("step=0&output={output}"));
        assert_eq!(rows(&view.figure.0).last().unwrap()[4], *q);
        assert_eq!(
            view.summary.replace('−', "-"),
            format!("a at position 1: row {output} of attn_wq times x is q[{output}] = {q}.")
        );
    }
    for (position, line) in block("linear_layers", "q for all positions")[1..].iter().enumerate() {
        for (step, numbers) in [(0, &line[2..6]), (500, &line[6..])] {
            let figure = view("linear", &format!("step={step}&position={position}")).figure;
            assert_eq!(vector(&figure.0)[..4], *numbers);
        }
    }
    assert_ne!(vector(&view("linear", "step=0&linear=k").figure.0), q);
}

/// The bars of a picture that are paths, from the line of 0 on: how high each goes, downwards if negative.
fn heights(picture: &str) -> Vec<f64> {
    let paths = picture.split("<path class=\"bar").skip(1);
    paths
        .map(|path| {
            let points: Vec<f64> = path.split(['M', ' ', '"']).filter_map(|word| word.parse().ok()).collect();
            points[1] - points[5]
        })
        .collect()
}

#[test]
fn the_products_are_steps_to_the_output_and_every_row_can_be_chosen() {
    let figure = view("linear", "step=0&output=9").figure.into_string();
    let (picture, numbers) = figure.split_once("</svg>").unwrap();
    for row in 0..16 {
        assert!(picture.contains(&format!("data-set=\"output={row}\"")));
    }
    let number = |attribute: &str, rect: &str| -> f64 {
        rect.split(&format!(" {attribute}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    let bars: Vec<_> = picture.split("<rect class=\"bar").skip(1).collect();
    assert_eq!(bars.len(), 16 + 1);
    let shown = rows(numbers);
    let most = bars[..16].iter().map(|bar| number("height", bar)).fold(0.0, f64::max);
    let largest = shown[1..17].iter().map(|row| row[3].parse::<f64>().unwrap().abs()).fold(0.0, f64::max);
    for (bar, row) in bars.iter().zip(&shown[1..17]) {
        let product: f64 = row[3].parse().unwrap();
        assert_eq!(bar.starts_with(" negative"), product < 0.0 || row[3].starts_with('-'), "{row:?}");
        let height = number("height", bar);
        assert!((height / most - product.abs() / largest).abs() < 0.01, "{height} for {product}");
    }
}

#[test]
fn a_factor_stretches_the_bars_before_rmsnorm_and_hardly_those_after() {
    let bars =
        |times: &str| heights(&view("rmsnorm", &format!("step=500&times={times}")).figure.into_string());
    let (once, twice, beyond) = (bars("1"), bars("2"), bars("1000"));
    assert_eq!(once.len(), 32);
    for j in 0..16 {
        assert!((twice[j] - 2.0 * once[j]).abs() < 0.25, "{} is not twice {}", twice[j], once[j]);
        assert!((twice[16 + j] - once[16 + j]).abs() < 0.11);
        assert!(beyond[j].abs() < 66.11, "{} leaves the frame", beyond[j]);
    }
    assert!(beyond[..16].iter().filter(|height| (height.abs() - 66.0).abs() < 0.11).count() > 8);
    assert!(bars("-1")[0] * once[0] < 0.0);
    let nothing = view("rmsnorm", "times=0&no-epsilon=on&step=0").figure.into_string();
    assert!(heights(&nothing)[16..].is_empty() && nothing.contains("RMS NaN"));
}

#[test]
fn the_maps_of_the_letters_say_what_they_are_and_agree_where_the_models_do() {
    let maps = |query: &str| {
        let figure = view("embedding", query).figure.into_string();
        let map = figure.split("class=\"maps\"").nth(1).unwrap();
        assert!(figure.contains("first two principal components. In the other 14 directions"));
        assert_eq!(figure.contains(" times</b>"), figure.contains("class=\"band\""));
        let dots: Vec<(f64, f64)> = map
            .split("<rect class=\"place\" x=\"")
            .skip(1)
            .map(|text| {
                let mut numbers = text.split('"');
                (numbers.next().unwrap().parse().unwrap(), numbers.nth(1).unwrap().parse().unwrap())
            })
            .collect();
        let shares: Vec<f64> = map
            .split("shows ")
            .skip(1)
            .map(|text| text.split(' ').next().unwrap().parse().unwrap())
            .collect();
        (dots, shares, figure.contains(" times</b>"))
    };
    let (dots, shares, enlarged) = maps("step=0");
    assert_eq!(dots.len(), 2 * 27);
    assert!(enlarged);
    assert!(shares[0] < shares[1] && shares[1] < 100.0, "{shares:?}");
    let (same, shares, enlarged) = maps("step=500");
    assert_eq!(same[27..], dots[27..]);
    assert_eq!(shares[0], shares[1]);
    assert_eq!(same[..27], same[27..]);
    assert!(!enlarged);
}

#[test]
fn no_letter_of_the_maps_covers_another() {
    for step in [0, 100, 500] {
        let figure = view("embedding", &format!("step={step}")).figure.into_string();
        for map in figure.split("class=\"maps\"").nth(1).unwrap().split("</svg>").take(2) {
            let letters: Vec<(f64, f64)> = map
                .split("<text class=\"name\" x=\"")
                .skip(1)
                .map(|text| {
                    let mut numbers = text.split('"');
                    (numbers.next().unwrap().parse().unwrap(), numbers.nth(1).unwrap().parse().unwrap())
                })
                .collect();
            assert_eq!(letters.len(), 27);
            for (i, one) in letters.iter().enumerate() {
                for other in &letters[..i] {
                    assert!(
                        (one.0 - other.0).hypot(one.1 - other.1) > 9.0,
                        "step {step}: {one:?} and {other:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn softmax_is_that_of_the_lesson_and_overflows_where_it_says() {
    let figure = |query: &str| view("softmax", query).figure.into_string();
    for (shown, lesson) in rows(&figure(""))[1..].iter().zip(&block("softmax", "three scores by hand")[1..]) {
        let [exp, probability] = [lesson.len() - 2, lesson.len() - 1].map(|place| &lesson[place]);
        assert_eq!([&shown[3], &shown[4]], [exp, probability]);
    }
    let usual = column(&figure(""), 4, 1..4);
    for shift in ["10", "-100", "700", "1000", "-1000"] {
        assert_eq!(column(&figure(&format!("shift={shift}")), 4, 1..4), usual);
    }
    // Without the maximum: too large for a number, and too small.
    for shift in ["10", "-100", "700"] {
        assert_eq!(column(&figure(&format!("no-maximum=on&shift={shift}")), 4, 1..4), usual);
    }
    for (shift, exp) in [("1000", "inf"), ("-1000", "0.0000")] {
        let wrong = figure(&format!("no-maximum=on&shift={shift}"));
        assert_eq!(column(&wrong, 3, 1..4), [exp; 3]);
        assert_eq!(column(&wrong, 4, 1..4), ["NaN"; 3]);
    }
    // Before the exponentials become 0, 1 / total becomes inf.
    let verdict = |shift: i32| view("softmax", &format!("no-maximum=on&shift={shift}")).summary;
    assert!(verdict(-712).ends_with("Their sum is 1."), "{}", verdict(-712));
    assert!(verdict(-713).ends_with("Dividing by so small a total gives inf, which is no probability."));
    assert_eq!(column(&figure("no-maximum=on&shift=707"), 3, 1..2), ["8.2184e307"]); // exp(709) in the lesson
    assert_eq!(column(&figure("no-maximum=on&shift=708"), 4, 1..4), ["NaN", "0.0000", "0.0000"]);
}

#[test]
fn bars_are_as_long_as_the_logits_and_the_probabilities() {
    let bars = |query: &str| -> Vec<(bool, f64)> {
        let figure = view("softmax", query).figure.into_string();
        let bar = |rect: &str| {
            let width = rect.split(" width=\"").nth(1).unwrap().split('"').next().unwrap();
            (rect.starts_with(" negative"), width.parse().unwrap())
        };
        figure.split("class=\"bar").skip(1).map(bar).collect()
    };
    // 14 for 1, and 80 for the probability 1
    let usual = [(false, 28.0), (false, 56.4), (false, 14.0), (false, 20.8), (true, 14.0), (false, 2.8)];
    assert_eq!(bars(""), usual);
    // Lengths are from what is added to all, signs are those of the logits.
    assert_eq!(bars("shift=1000").iter().map(|bar| bar.1).collect::<Vec<_>>(), usual.map(|bar| bar.1));
    assert!(!bars("shift=1000")[4].0);
    // What is no probability has no bar.
    let none = bars("shift=1000&no-maximum=on");
    assert!(none.iter().skip(1).step_by(2).all(|bar| bar.1 == 0.0), "{none:?}");
}

#[test]
fn softmax_of_five_logits_is_the_crates_and_of_none_a_problem() {
    let tape = Tape::new();
    let probs = softmax(&tape.values(&[-5.0, 0.5, 3.0, 2.5, 5.0]));
    let probs: Vec<String> = probs.iter().map(|prob| format!("{:.4}", prob.data())).collect();
    let five = view("softmax", "logit0=-5&logit1=0.5&logit2=3&logit3=2.5&logit4=5");
    assert_eq!(column(&five.figure.0, 4, 1..6), probs);
    let none = lab::view("softmax", "logit0=none&logit1=none&logit2=none").unwrap_err();
    assert_eq!(none.control, "logit0");
    assert_eq!(lab::view("softmax", "logit0=1e999").unwrap_err().control, "logit0");
}

#[test]
fn rmsnorm_is_that_of_the_lesson() {
    let lesson = block("normalization", "the sum for a at position 1");
    let last = |start: &str| {
        let line = lesson.iter().find(|line| line.join(" ").starts_with(start)).unwrap();
        line.last().unwrap().clone()
    };
    let shown = rows(&view("rmsnorm", "step=0").figure.0);
    assert_eq!(shown[0][1], "0.01346091");
    assert_eq!(shown[1][1], last("mean square"));
    assert_eq!(shown[2][1], last("plus 1e-5"));
    let rounded = |text: &str, decimals: usize| format!("{:.decimals$}", text.parse::<f64>().unwrap());
    assert_eq!(rounded(&shown[3][1], 4), last("scale"));
    let after = lesson[lesson.len() - 3..lesson.len() - 1].concat();
    let figure = view("rmsnorm", "step=0").figure;
    let shown: Vec<String> = column(&figure.0, 3, 7..23).iter().map(|number| rounded(number, 4)).collect();
    assert_eq!(shown, after);
    for (position, line) in block("normalization", "all positions of anna")[2..7].iter().enumerate() {
        for (step, numbers) in [(0, &line[2..5]), (500, &line[5..])] {
            let shown = rows(&view("rmsnorm", &format!("step={step}&position={position}")).figure.0);
            let shown = [(4, 4), (3, 2), (5, 4)].map(|(row, decimals)| rounded(&shown[row][1], decimals));
            assert_eq!(shown, *numbers);
        }
    }
}

#[test]
fn without_epsilon_the_result_is_nearly_the_same_but_for_the_zero_vector() {
    let x: Vec<f64> =
        column(&view("rmsnorm", "step=0").figure.0, 1, 7..23).iter().map(|x| x.parse().unwrap()).collect();
    let tape = Tape::new();
    let first = rmsnorm(&tape.values(&x))[0].data();
    assert!((first - 1.2279).abs() < 0.0001);
    let zero = view("rmsnorm", "times=0&step=0");
    assert_eq!(column(&zero.figure.0, 3, 7..8), ["0.0000"]);
    assert_eq!(rows(&zero.figure.0)[3][1], "316.2278");
    let nan = view("rmsnorm", "times=0&no-epsilon=on&step=0");
    assert_eq!(column(&nan.figure.0, 3, 7..8), ["NaN"]);
    assert!(nan.summary.contains("0 times inf is NaN"));
}

#[test]
fn wrong_names_are_problems_at_the_name_and_long_ones_are_cut_at_the_block() {
    for widget in ["embedding", "linear", "rmsnorm"] {
        for name in ["", "Anna", "r2d2", "🦀", &"a".repeat(10_000)] {
            let query =
                format!("name={}", name.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>());
            assert_eq!(lab::view(widget, &query).unwrap_err().control, "name", "{name}");
        }
        let long = view(widget, "name=maximiliana&position=7");
        assert!(long.summary.starts_with("l at position 7"), "{}", long.summary);
        assert_eq!(long.max[0], ("position", 7));
        let beyond = view(widget, "name=ben&position=7");
        assert!(beyond.summary.starts_with("n at position 3"), "{}", beyond.summary);
        assert_eq!(lab::view(widget, "position=8").unwrap_err().control, "position");
    }
}
