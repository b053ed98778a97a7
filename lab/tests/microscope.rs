//! The gradient microscope and the knob.

#[allow(dead_code)] // its rows alone
mod lesson;

use std::collections::BTreeMap;

use lab::pass::{Knob, PLACES, Pass, Place, VECTORS};
use lab::run;
use lab::xray::moments::Moment;
use microgpt::autograd::Operation;
use microgpt::paths::Paths;
use microgpt::turned::Spot;
use microgpt::{Parameters, Tape, loss_of};

fn summary(widget: &str, query: &str) -> String {
    lab::view(widget, query).unwrap().summary
}

fn anna() -> Vec<usize> {
    run::VOCABULARY.encode_doc("anna").unwrap()
}

fn trained() -> Parameters {
    Moment::after(500).params
}

#[test]
fn every_number_of_a_pass_has_the_line_that_computes_it() {
    let (params, tokens, tape) = (trained(), anna(), Tape::new());
    let pass = Pass::new(&tape, &params, &tokens, &[]);
    let mut seen: BTreeMap<(usize, Option<usize>), Vec<Operation>> = BTreeMap::new();
    for place in 0..tape.len() {
        let Some(line) = pass.line(place) else {
            assert!(place < params.len());
            continue;
        };
        let operation = pass.value(place).operation();
        if operation != Operation::Leaf && !seen.entry(line).or_default().contains(&operation) {
            seen.get_mut(&line).unwrap().push(operation);
        }
    }
    use Operation::{Add, Exp, Log, Mul, Pow, Relu};
    let norms = [112, 117, 137]
        .into_iter()
        .flat_map(|line| [(104, line, vec![Mul, Add]), (105, line, vec![Add, Pow]), (106, line, vec![Mul])]);
    let linears = [118, 119, 120, 133, 138, 140, 143].into_iter().map(|line| (95, line, vec![Mul, Add]));
    let softmaxes = [130, 166]
        .into_iter()
        .flat_map(|line| [(99, line, vec![Add, Exp]), (100, line, vec![Add]), (101, line, vec![Pow, Mul])]);
    let called = norms
        .chain(linears)
        .chain(softmaxes)
        .map(|(inner, line, operations)| ((inner, Some(line)), operations));
    let plain = [
        (111, vec![Add]),
        (129, vec![Mul, Add]),
        (131, vec![Mul, Add]),
        (134, vec![Add]),
        (139, vec![Relu, Pow]),
        (141, vec![Add]),
        (167, vec![Log, Mul]),
        (169, vec![Add, Mul]),
    ];
    let expected: BTreeMap<_, _> =
        called.chain(plain.map(|(line, operations)| ((line, None), operations))).collect();
    assert_eq!(seen, expected);
    // The program has these names on these lines.
    let program = include_str!("../../microgpt.py");
    for vector in VECTORS {
        let line = program.lines().nth(vector.line - 1).unwrap().trim();
        let named = line.starts_with(&format!("{} = ", vector.python)) || line.starts_with("x_attn.extend");
        assert!(named, "{}: {line}", vector.name);
    }
    assert_eq!(pass.name(pass.loss.loss.index()), "loss");
    assert_eq!(pass.name(pass.loss.losses[2].index()), "loss_t");
    assert_eq!(pass.position(pass.loss.losses[2].index()), Some(2));
    assert_eq!(pass.name(pass.stage(1, "attn_weights", 3).unwrap().places[1]), "attn_weights[1] of head 3");
}

#[test]
fn the_factors_of_a_path_are_its_product_and_its_lines_come_in_order() {
    let (params, tokens, tape) = (trained(), anna(), Tape::new());
    let pass = Pass::new(&tape, &params, &tokens, &[]);
    for (name, _) in PLACES {
        let found = pass.find(&Place { name: (*name).to_owned(), row: 1, col: 1 });
        for path in Paths::new(pass.value(found.index), pass.loss.loss).largest(3) {
            let steps = pass.steps(&path);
            let product: f64 = steps.iter().flat_map(|step| &step.factors).product();
            assert!((product - path.product).abs() <= 1e-12 * product.abs(), "{name}");
            let lines: Vec<_> =
                steps.iter().map(|step| (step.position, step.line.1.unwrap_or(step.line.0))).collect();
            let order = |(position, line): (Option<usize>, usize)| (position.unwrap_or(usize::MAX), line);
            assert!(lines.windows(2).all(|pair| order(pair[0]) <= order(pair[1])), "{name}: {lines:?}");
            assert_eq!(lines.last(), Some(&(None, 169)), "{name}");
        }
    }
}

#[test]
fn the_microscope_has_the_five_uses_of_lesson_4_2() {
    let printed = include_str!("../../examples/lesson_04_backpropagation.txt");
    let (_, uses) = printed.split_once("--- five uses of one parameter ---\n").unwrap();
    let view = lab::view("microscope", "place=lm_head&row=13&col=0&step=0").unwrap();
    let parts: Vec<f64> = lesson::rows(&view.figure.0)
        .iter()
        .filter(|row| row.len() == 6 && row[1].starts_with("95"))
        .map(|row| row[5].parse().unwrap())
        .collect();
    assert_eq!(parts.len(), 5);
    for (part, line) in parts.iter().zip(uses.lines().skip(1)) {
        let expected: f64 = line.split_whitespace().last().unwrap().parse().unwrap();
        assert!((part - expected).abs() < 1e-5, "{part} {line}");
    }
}

#[test]
fn the_nudge_agrees_with_the_gradient_at_every_place() {
    for (place, _) in PLACES {
        let query = format!("place={place}&row=1&col=1&nudge=0.0001&step=100&name=anna");
        let view = lab::view("microscope", &query).unwrap();
        let rows = lesson::rows(&view.figure.0);
        let number = |name: &str| -> f64 {
            let row = rows.iter().rfind(|row| row[0].starts_with(name)).unwrap();
            row[1].parse().unwrap()
        };
        let (slope, gradient) = (number("difference"), number("gradient"));
        assert!((slope - gradient).abs() <= 1e-4 * gradient.abs() + 1e-7, "{place}: {slope} {gradient}");
    }
}

/// The query of the link in a figure that begins so.
fn query_of(figure: &str, begin: &str) -> String {
    let (_, rest) = figure.split_once(begin).unwrap_or_else(|| panic!("no link to {begin}"));
    rest.split_once('"').unwrap().0.replace("&amp;", "&")
}

#[test]
fn every_place_leads_to_its_line_and_from_there_back() {
    for (place, _) in PLACES {
        let here = format!("name=zoe&step=100&place={place}&row=2&col=1");
        let figure = lab::view("microscope", &here).unwrap().figure.into_string();
        let there = query_of(&figure, "../code.html?");
        let figure = lab::view("xray", &there).unwrap().figure.into_string();
        assert_eq!(query_of(&figure, "beyond/gradient-microscope.html?"), here, "{there}");
    }
}

#[test]
fn a_gradient_of_0_says_why() {
    let why = summary("microscope", "place=layer0.attn_wq&row=2&col=3&step=0");
    assert!(
        why.contains("exactly 0") && why.contains("line 133") && why.contains("an entry of attn_wo"),
        "{why}"
    );
    let why = summary("microscope", "place=wte&row=1&col=0");
    assert!(why.ends_with("Its gradient is 0: the loss of anna does not look up the row of b."), "{why}");
    let why = summary("microscope", "place=wpe&row=7&col=0");
    assert!(why.ends_with("anna does not come to position 7."), "{why}");
    // The numbers that relu stops
    let (params, tokens, tape) = (trained(), anna(), Tape::new());
    let pass = Pass::new(&tape, &params, &tokens, &[]);
    let stopped = pass.data(2, "mlp_hidden", 0).iter().position(|x| *x < 0.0).unwrap();
    let why = summary("microscope", &format!("place=mlp_hidden&row=2&col={stopped}"));
    assert!(
        why.contains("1 path, but a factor 0") || why.contains("relu gives 0 for it, with slope 0"),
        "{why}"
    );
}

#[test]
fn a_knob_that_is_not_turned_changes_nothing() {
    let view = lab::view("knob", "").unwrap();
    assert!(
        view.summary.starts_with("Nothing is turned. wte[13][0], of the token n, is "),
        "{}",
        view.summary
    );
    assert!(view.figure.0.contains("0 of them changed"));
    let same = lab::view("knob", "letter=n&by=n").unwrap();
    assert!(same.figure.0.contains("0 of them changed"));
}

#[test]
fn what_is_turned_is_what_the_crate_computes() {
    let (params, tokens) = (trained(), anna());
    let mut turned = params.clone();
    turned.as_mut_slice()[params.index_of("wte[13][0]").unwrap()] = 2.0;
    let says = summary("knob", "to=2");
    assert!(says.ends_with(&format!("and is now {:.4}.", loss_of(&tokens, &turned))), "{says}");
    // A head that is off adds nothing: as if its columns of attn_wo were 0.
    let mut off = params.clone();
    for row in off.get_mut("layer0.attn_wo").unwrap().chunks_mut(16) {
        row[4..8].fill(0.0);
    }
    let says = summary("knob", "off=1");
    assert!(says.ends_with(&format!("and is now {:.4}.", loss_of(&tokens, &off))), "{says}");
    // A letter that has the row of another is read as the other: only the targets stay.
    let says = summary("knob", "letter=n&by=a&name=na");
    let mut as_a = params.clone();
    let row = params.get("wte").unwrap().row(0).to_vec();
    as_a.get_mut("wte").unwrap()[13 * 16..14 * 16].copy_from_slice(&row);
    let na = run::VOCABULARY.encode_doc("na").unwrap();
    assert!(says.ends_with(&format!("and is now {:.4}.", loss_of(&na, &as_a))), "{says}");
    // A number on the way, with a minus sign as on the page.
    let spot = Spot { pos_id: 2, li: 0, h: 1, name: "attn_weights" };
    let tape = Tape::new();
    let pass = Pass::new(&tape, &params, &tokens, &[Knob::Set { spot, index: 0, to: -1.5 }]);
    let says = summary("knob", "place=attn_weights-1&row=2&col=0&to=−1.5");
    assert!(says.ends_with(&format!("and is now {:.4}.", pass.loss.loss.data())), "{says}");
    assert_eq!(pass.data(2, "attn_weights", 1)[0], -1.5);
}

#[test]
fn a_knob_turned_too_far_or_set_to_no_number_says_so_beside_it() {
    for (query, says) in [
        ("to=much", "Type a number such as 0.5"),
        ("to=1e5", "Type a number such as 0.5"),
        ("place=logits&row=2&col=0&to=100000", "is too far: at position 2 the probability of n becomes 0"),
        ("place=lm_head&row=0&col=0&to=999999999999999", "is too far: at position"),
    ] {
        let problem = lab::view("knob", query).unwrap_err();
        assert!(problem.control == "to" && problem.message.contains(says), "{query}: {problem}");
    }
    for widget in ["microscope", "knob"] {
        for (query, control) in [
            ("name=", "name"),
            ("name=Zoë", "name"),
            ("step=501", "step"),
            ("row=64", "row"),
            ("place=x", "place"),
        ] {
            assert_eq!(lab::view(widget, query).unwrap_err().control, control, "{widget} {query}");
        }
        // A position or index beyond the last one is the last one.
        assert!(summary(widget, "name=a&place=q&row=63&col=63").contains("q[15], at position 1"));
    }
}
