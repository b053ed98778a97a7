//! What the widgets about attention and the forward pass say is what the lessons' examples print.

use std::path::Path;

use microgpt::{Engine, Program, trace};

/// What a widget shows, as text: its summary, then the rows of its tables and lists, cells apart by spaces.
fn shown(widget: &str, query: &str) -> String {
    let view = lab::view(widget, query).unwrap();
    let figure = view
        .figure
        .into_string()
        .replace("</tr>", "\n")
        .replace("</ol>", "\n")
        .replace("</p>", "\n")
        .replace("</summary>", "\n");
    let mut text = view.summary + "\n";
    let mut inside = false;
    for character in figure.chars() {
        match character {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(character),
            _ => {}
        }
    }
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace('−', "-").lines().map(words).collect::<Vec<_>>().join("\n")
}

/// The lines of a block of a lesson's output, words apart by single spaces.
fn block(example: &str, label: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../examples/{example}.txt"));
    let text = std::fs::read_to_string(path).unwrap();
    let block = text.split("--- ").find(|block| block.starts_with(&format!("{label} ---"))).unwrap();
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    block.lines().skip(1).map(words).filter(|line| !line.is_empty()).collect()
}

fn assert_row(shown: &str, row: &str) {
    assert!(shown.lines().any(|line| line == row), "no row {row:?} in\n{shown}");
}

const ATTENTION: &str = "lesson_03_attention";
const HEADS: &str = "lesson_03_multi_head_attention";
const FORWARD: &str = "lesson_03_the_full_gpt_function";

#[test]
fn a_weight_is_computed_as_in_the_lesson() {
    let vectors = block(ATTENTION, "the row of 4 a");
    // A row for the query, then under "key" and under "value" a row for each position: four numbers, then others
    let scores = block(ATTENTION, "scores of position 4");
    let weights = block(ATTENTION, "weights of position 4");
    let sums = block(ATTENTION, "weighted sum of position 4");
    for t in 0..5 {
        let view = shown("attention", &format!("looked-at={t}"));
        let numbers =
            |line: &str, names: usize| line.split(' ').skip(names).take(4).collect::<Vec<_>>().join(" ");
        let place = weights[1 + t].splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
        assert_row(&view, &format!("q_h of 4 a {}", numbers(&vectors[0], 1)));
        assert_row(&view, &format!("k_h of {place} {}", numbers(&vectors[2 + t], 2)));
        assert_row(&view, &format!("v_h of {place} {}", numbers(&vectors[8 + t], 2)));
        let score: Vec<_> = scores[1 + t].split(' ').skip(2).collect();
        assert_row(&view, &format!("q_j * k_j {}", score[..4].join(" ")));
        let sentence = format!("Their sum is {}. Divided by √4, it is the score: {} .", score[4], score[5]);
        assert_row(&view, &sentence);
        for row in &weights[1..6] {
            assert_row(&view, row);
        }
        for row in &sums[1..6] {
            let parts: Vec<_> = row.split(' ').collect();
            assert_row(
                &view,
                &format!("{} × v_h of {} {} {}", parts[2], parts[0], parts[1], parts[3..].join(" ")),
            );
        }
        assert_row(&view, &sums[6]);
    }
}

/// The widths of the arcs in a picture, in its order.
fn widths(picture: &str) -> Vec<f64> {
    let styles = picture.split("stroke-width:").skip(1);
    styles.map(|style| style.split("px").next().unwrap().parse().unwrap()).collect()
}

#[test]
fn arcs_are_as_thick_as_the_weights_of_the_lesson_and_the_strips_are_its_products() {
    let weights = block(ATTENTION, "weights of position 4");
    let weights: Vec<f64> =
        weights[1..6].iter().map(|row| row.split(' ').next_back().unwrap().parse().unwrap()).collect();
    let figure = lab::view("attention", "").unwrap().figure.into_string();
    let pictures: Vec<_> = figure.split("<svg ").skip(1).collect();
    assert_eq!(pictures.len(), 1 + 4);
    for (picture, thick) in [(pictures[0], 24.0), (pictures[1], 12.0)] {
        for (width, weight) in widths(picture).iter().zip(&weights) {
            assert!((width - weight * thick).abs() < 0.06, "{width} for {weight}");
        }
        assert_eq!(widths(picture).len(), weights.len());
    }
    assert!(
        pictures[0].contains("4 a gives 25 % to 0 BOS, 32 % to 1 a, 14 % to 2 n, 10 % to 3 n, 19 % to 4 a.")
    );
    // Of a later position there is neither an arc nor a number.
    let view = shown("attention", "position=2&looked-at=4");
    assert_row(&view, "key 4 a");
    assert_row(&view, "× weight");
    let early = lab::view("attention", "position=2").unwrap().figure.into_string();
    assert_eq!(widths(early.split("<svg ").nth(1).unwrap()).len(), 3);
    let scores = block(ATTENTION, "scores of position 4");
    let numbers = |row: &str, names: usize| -> Vec<f64> {
        row.split(' ').skip(names).take(4).map(|number| number.parse().unwrap()).collect()
    };
    let view = shown("attention", "looked-at=3");
    let products = view.lines().find(|line| line.starts_with("product ")).unwrap();
    for (shown, lesson) in numbers(products, 1).iter().zip(numbers(&scores[4], 2)) {
        assert!((shown - lesson).abs() < 6e-4, "{shown} is not {lesson}");
    }
}

#[test]
fn without_the_root_the_weights_are_those_of_the_lesson() {
    let row = block(ATTENTION, "without the root").pop().unwrap();
    for (t, weight) in row.split(' ').skip(2).enumerate() {
        let view = shown("attention", &format!("unscaled=on&looked-at={t}"));
        assert!(view.lines().next().unwrap().ends_with(&format!("the weight {weight}.")), "{view}");
        assert!(view.contains("Not divided by √4"));
    }
}

#[test]
fn all_weights_are_those_of_the_model_before_and_after_training() {
    for (query, program) in [("untrained=on", Program::untrained()), ("", Program::trained())] {
        let tokens = program.tokenizer.encode_doc("anna").unwrap();
        let positions = trace(&program.params, &tokens[..5], Engine::Scalar);
        for (head, position, looked_at) in
            (0..4).flat_map(|h| (0..5).flat_map(move |p| (0..5).map(move |t| (h, p, t))))
        {
            let view =
                shown("attention", &format!("{query}&head={head}&position={position}&looked-at={looked_at}"));
            let summary = view.lines().next().unwrap();
            match positions[position].layers[0].heads[head].attn_weights.get(looked_at) {
                Some(weight) => {
                    assert!(summary.starts_with(&format!("Head {head}: position {position} ")), "{summary}");
                    assert!(summary.ends_with(&format!("the weight {weight:.4}.")), "{summary}");
                }
                None => assert!(summary.ends_with("which comes later."), "{summary}"),
            }
        }
    }
    // The first columns of the lesson's block, which has two heads side by side
    let heads = block(HEADS, "four patterns");
    let view = shown("attention", "");
    let maps = view.split("All weights").nth(1).unwrap().lines();
    let maps: Vec<_> = maps.filter(|line| line.starts_with("4 a ")).collect();
    let percents = |line: &str| -> Vec<usize> {
        line.split(' ').filter_map(|word| word.strip_prefix("0.")?.parse().ok()).collect()
    };
    let expected: Vec<_> = [&heads[6], &heads[13]].into_iter().flat_map(|line| percents(line)).collect();
    let found: Vec<usize> =
        maps[..4].iter().flat_map(|line| line.split(' ').skip(2).map(|word| word.parse().unwrap())).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_mix_is_that_of_the_lesson() {
    let view = shown("attention", "part=mix");
    for row in &block(HEADS, "joined")[1..] {
        assert_row(&view, row);
    }
    let parts: Vec<Vec<String>> = block(HEADS, "mixed")[1..]
        .iter()
        .map(|row| row.trim_start_matches("head ").split(' ').skip(1).map(str::to_owned).collect())
        .collect();
    for i in 0..4 {
        let row: Vec<_> = parts.iter().map(|part| part[i].as_str()).collect();
        assert_row(&view, &format!("x[{i}] {}", row.join(" ")));
    }
    assert_row(&shown("attention", "part=mix&untrained=on"), "RMS 0.0000 0.0000 0.0000 0.0000 0.0000");
}

#[test]
fn every_stage_computes_what_the_lesson_prints() {
    // Line, name and first numbers of each vector, as the lesson has them
    let mut head = String::new();
    let mut compared = 0;
    for row in block(FORWARD, "one whole call").iter().skip(1) {
        let words: Vec<_> = row.split(' ').collect();
        if words[1] == "h" {
            head = format!(" of head {}", words[2].trim_end_matches(','));
            continue;
        }
        let line: usize = words[0].parse().unwrap();
        let stage = (0..24).find(|stage| {
            let summary = lab::view("forward", &format!("stage={stage}")).unwrap().summary;
            let numbers: Vec<usize> = summary
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|number| number.parse().ok())
                .collect();
            let last = if summary.starts_with("Lines") { numbers[1] } else { numbers[0] };
            (numbers[0]..=last).contains(&line)
        });
        let view = shown("forward", &format!("stage={}", stage.unwrap()));
        let gives = view.split("\ngives\n").nth(1).unwrap();
        let of = if (126..=131).contains(&line) { head.as_str() } else { "" };
        let numbers: Vec<_> = words[3..].iter().filter(|word| **word != "...").copied().collect();
        let mut lines = gives.lines();
        let name = format!("{}{of}", words[1]);
        lines
            .find(|line| line.starts_with(&name) && line.contains(&format!(": {} number", words[2])))
            .unwrap_or_else(|| panic!("line {line} has no {name} of {} numbers in\n{gives}", words[2]));
        let found = lines.next().unwrap();
        assert!(found.starts_with(&numbers.join(" ")), "line {line}, {name}: {found} is not {numbers:?}");
        compared += 1;
    }
    assert_eq!(compared, 45);
}

#[test]
fn the_map_has_the_vectors_of_the_call_and_lights_the_stage() {
    let figure = |query: &str| lab::view("forward", query).unwrap().figure.into_string();
    let lit = |query: &str| -> Vec<String> {
        let stages = figure(query);
        let groups = stages
            .split("<g class=\"")
            .skip(1)
            .filter(|group| group.split('"').next().unwrap().split(' ').any(|class| class == "lit"));
        groups
            .map(|group| group.split("data-set=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
            .collect()
    };
    for stage in 0..24 {
        let lit = lit(&format!("stage={stage}"));
        assert_eq!(lit, [format!("stage={stage}")], "{stage}");
    }
    // As many strips as vectors: 17 of the position itself, the slices and what heads make, keys and values
    for (query, strips) in
        [("", 17 + 4 * 3 + 2 * 5), ("position=1", 17 + 4 * 3 + 2 * 2), ("heads=1", 17 + 3 + 2 * 5)]
    {
        assert_eq!(figure(query).matches("class=\"fine\"").count(), strips, "{query}");
    }
    // Before training attention adds nothing: its strip has no cell.
    let added = |query: &str| {
        let map = figure(query);
        let row = map.split("data-set=\"stage=14\"").nth(1).unwrap().split("</g>").next().unwrap().to_owned();
        row.matches("stroke-opacity").count()
    };
    assert_eq!(added("untrained=on"), 0);
    assert!(added("") > 0);
    for (position, row) in block(FORWARD, "five calls")[1..6].iter().enumerate() {
        let [.., best, best_prob] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let percent = 100.0 * best_prob.parse::<f64>().unwrap();
        let sentence = format!("The likeliest next token is {best}, {percent:.0} %.");
        assert!(figure(&format!("position={position}")).contains(&sentence), "{sentence}");
    }
}

#[test]
fn the_last_stage_predicts_what_the_lesson_prints() {
    for row in &block(FORWARD, "five calls")[1..6] {
        let words: Vec<_> = row.split_whitespace().collect();
        let [.., position, _, target, prob, _, best, best_prob] = words[..] else { panic!("{row}") };
        let view = shown("forward", &format!("stage=23&position={}", position.trim_end_matches(')')));
        let rows: Vec<_> = view.split("The likeliest").nth(1).unwrap().lines().collect();
        assert!(
            rows.iter().any(|row| row.starts_with(&format!("{target} (target)")) && row.ends_with(prob)),
            "{view}"
        );
        assert!(rows[1].starts_with(best) && rows[1].contains(best_prob), "{view}");
    }
    let silent: Vec<_> = block("lesson_03_the_mlp_block", "silent neurons of anna");
    for (query, row) in [("untrained=on&", &silent[2]), ("", &silent[3])] {
        for (position, zeros) in row.split(' ').skip(1).enumerate() {
            let view = shown("forward", &format!("{query}stage=19&position={position}"));
            assert!(view.contains(&format!(", {zeros} exactly 0")), "{view}");
        }
    }
}

#[test]
fn a_name_that_cannot_be_read_is_a_problem_and_a_long_one_is_cut_at_the_block() {
    for widget in ["attention", "forward"] {
        for name in ["", "Anna", "r2d2", "anna%20", "%F0%9F%A6%80"] {
            assert_eq!(lab::view(widget, &format!("name={name}")).unwrap_err().control, "name", "{name:?}");
        }
        let long = lab::view(widget, &format!("name={}&position=7", "abcdefgh".repeat(3))).unwrap();
        assert!(long.max.contains(&("position", 7)));
        let short = lab::view(widget, "name=x&position=7").unwrap();
        assert!(short.max.contains(&("position", 1)));
        // Figures are small even then
        assert!(long.figure.into_string().len() < 50_000);
    }
    let narrow = lab::view("attention", "heads=1&head=7&step=3").unwrap();
    assert!(narrow.max.contains(&("head", 0)));
    assert!(lab::view("attention", "heads=8&head=7&step=3").unwrap().summary.starts_with("Head 7"));
}
