//! The graph of an expression: the parser, the values and the gradients.

use lab::expression::Expression;
use lab::layout::layered;
use microgpt::autograd::{Operation, Tape};
use proptest::prelude::*;

/// The summary for a query, or the problem.
fn says(query: &str) -> String {
    lab::view("graph", query).map_or_else(|problem| problem.message, |view| view.summary)
}

/// The rows of the table of a figure, cell by cell.
fn table(query: &str) -> Vec<Vec<String>> {
    let figure = lab::view("graph", query).unwrap().figure.into_string();
    let body = figure.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
    let text = |html: &str| {
        let pieces = html.split('<').map(|piece| piece.split_once('>').map_or("", |(_, text)| text));
        pieces.collect::<String>()
    };
    let rows = body.split("<tr").skip(1);
    rows.map(|row| {
        row.split("</t")
            .filter(|cell| cell.contains("<t"))
            .map(|cell| text(&cell[cell.rfind("<t").unwrap()..]))
            .collect()
    })
    .collect()
}

fn expr(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02x}"));
    format!("expr={}", bytes.collect::<String>())
}

#[test]
fn the_toy_graph_is_that_of_the_lessons() {
    let output = include_str!("../../examples/lesson_02_backward_pass.txt");
    assert!(output.contains("a: -24.0000\nb: 16.0000\nc: 8.0000"));
    assert_eq!(
        table(""),
        [
            ["a", "input", "2", "", "−24", "−24"],
            ["b", "input", "−3", "", "16", "16"],
            ["c", "input", "10", "", "8", "8"],
            ["v4", "a * b", "−6", "−3, 2", "8", "8"],
            ["v5", "v4 + c", "4", "1, 1", "8", "8"],
            ["v6", "v5.relu()", "4", "1", "8", "8"],
            ["v7", "v6 ** 2", "16", "8", "1", "1"],
        ]
    );
}

#[test]
fn small_slopes_are_found_by_nudges_too() {
    let [row, ..] = &table(&format!("{}&a=-10", expr("a.exp()")))[..] else { panic!("the input has a row") };
    assert_eq!(row[..], ["a", "input", "−10", "", "4.540e−5", "4.540e−5"]);
}

#[test]
fn a_film_shows_each_operation_and_each_addition_to_a_gradient() {
    let films = |query: &str| (0..9).map(|at| says(&format!("{query}&at={at}"))).collect::<Vec<_>>();
    assert_eq!(
        films("expr=a*b%2Ba")[..6],
        [
            "Given: a = 2, b = −3.",
            "Forward, 1 of 2: v3 = a * b = 2 * (−3) = −6; local_grads −3, 2.",
            "Forward, 2 of 2: v4 = v3 + a = (−6) + 2 = −4; local_grads 1, 1.",
            "The result is −4. Backward begins with v4.grad = 1.",
            "Backward, 1 of 2, from v4 = v3 + a: v3.grad = 0 + 1 · 1 = 1; a.grad = 0 + 1 · 1 = 1.",
            "Backward, 2 of 2, from v3 = a * b: a.grad = 1 + (−3) · 1 = −2; b.grad = 0 + 2 · 1 = 2.",
        ]
    );
    assert_eq!(lab::view("graph", "expr=a*b%2Ba").unwrap().max, [("at", 5)]);
    assert_eq!(lab::view("graph", "expr=a*b%2Ba&pass=forward").unwrap().max, [("at", 2)]);
    assert!(says("expr=a*a&a=5").ends_with("a.grad = 0 + 5 · 1 = 5; a.grad = 5 + 5 · 1 = 10."));
    assert_eq!(films("expr=a")[1], "The result is 2. Backward begins with a.grad = 1.");
}

#[test]
fn the_nodes_are_those_that_python_makes() {
    let made = |text: &str| -> Vec<(String, String)> {
        table(&expr(text)).into_iter().map(|row| (row[1].clone(), row[2].clone())).collect()
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(made, data)| ((*made).to_owned(), (*data).to_owned())).collect()
    };
    let (input, plain) = (("input", "2"), |number| ("plain number", number));
    assert_eq!(made("1 - a"), pairs(&[input, plain("−1"), ("a * v2", "−2"), plain("1"), ("v3 + v4", "−1")]));
    assert_eq!(made("a / 4"), pairs(&[input, plain("0.25"), ("a * v2", "0.5")]));
    assert_eq!(made("3 / a"), pairs(&[input, ("a ** (−1)", "0.5"), plain("3"), ("v2 * v3", "1.5")]));
    assert_eq!(made("2*3*a"), pairs(&[input, plain("6"), ("a * v2", "12")]));
    assert_eq!(made(".5*a"), pairs(&[input, plain("0.5"), ("a * v2", "1")]));
    for (text, number) in
        [("1e3*a", "1000"), ("2.*a", "2"), ("2.5E+1*a", "25"), (".5e-2*a", "0.005"), ("1.1e1*a", "11")]
    {
        assert_eq!(made(text)[1], ("plain number".to_owned(), number.to_owned()), "{text}");
    }
    assert_eq!(made("a**-(1/2)"), pairs(&[input, ("a ** (−0.5)", "0.7071")]));
}

#[test]
fn what_cannot_be_read_or_computed_is_a_problem_with_its_place() {
    for (text, message) in [
        ("", "Type an expression"),
        ("   ", "Type an expression"),
        ("a*", "At character 3: expected a number, a name from a to d, or an opening bracket, not the end."),
        ("(a + b", "At character 7: expected a closing bracket, not the end."),
        ("a + x", "At character 5: expected a number, a name from a to d, or an opening bracket, not ‘x’."),
        ("2a", "At character 2: expected an operator such as + or *, or the end, not ‘a’."),
        ("a^2", "At character 2: a power is written ** in Python, not ^."),
        ("a 🦀", "At character 3: ‘🦀’ is not part of an expression."),
        ("A", "not ‘A’"),
        ("a // b", "At character 4: expected a number"),
        ("a.sin()", "At character 3: expected relu, log or exp, not ‘sin’."),
        ("a.relu", "At character 7: expected () behind the method, not the end."),
        ("relu(a)", "At character 1: relu is a method; it stands behind a Value, as in a.relu()."),
        ("(2).exp() * a", "At character 4: a plain number has no methods"),
        ("1.2.3 * a", "expected a number such as 2 or 0.5"),
        ("1e99 * a", "At character 1: expected a number such as 2 or 0.5"),
        ("2e * a", "At character 2: expected an operator"),
        ("a.5", "At character 2: expected an operator"),
        ("a * 1234567890123456", "At character 5: expected a number such as 2 or 0.5"),
        ("a**b", "At character 4: the exponent has to be a plain number. Line 47"),
        ("2**a", "At character 4: the exponent has to be a plain number."),
        ("2 * 3", "no Value is made of them"),
        ("a * (1/0)", "At character 7: this cannot be computed"),
        (
            "1/(a - 2)",
            "At character 2: v4 = v3 ** (−1) cannot be computed with v3 = 0: that is a division by zero.",
        ),
        (
            "b.log()",
            "At character 2: v2 = b.log() cannot be computed with b = −3: only a number above 0 has a logarithm.",
        ),
        ("b**0.5", "with b = −3: a number below 0 has only powers with whole exponents."),
        ("(a - 2)**0.5", "its local gradient would be a division by zero."),
        ("(c*c*c).exp()", "the number is too large."),
        ("(a-b).exp().exp().exp().exp()", "cannot be computed with"),
        (&"a+".repeat(39), "At character 79"),
        (&format!("{}a", "a+".repeat(39)), ""),
        (&format!("{}a", "a-".repeat(39)), "nodes; at most 40 are shown."),
        (&"a".repeat(10_000), "10,000 characters"),
        (&"(".repeat(80), "At character 81"),
    ] {
        match lab::view("graph", &expr(text)) {
            Err(problem) => {
                assert_eq!(problem.control, "expr");
                assert!(problem.message.contains(message) && !message.is_empty(), "{text}: {problem}");
            }
            Ok(view) => assert!(message.is_empty(), "{text}: {}", view.summary),
        }
    }
    assert!(says("a=0.05").contains("This can be one of"));
}

/// An expression as text, and what it is in floating-point numbers with inputs; brackets where they are needed.
#[derive(Debug, Clone)]
struct Case {
    text: String,
    /// How strongly its outermost operator binds: 1 for sums, 2 products, 3 a minus sign, 4 powers, 5 atoms.
    binds: u8,
    value: f64,
}

const INPUTS: [f64; 4] = [2.0, -3.0, 0.5, 1.5];

impl Case {
    fn at_least(&self, binds: u8) -> String {
        if self.binds < binds { format!("({})", self.text) } else { self.text.clone() }
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let atom = (0..4_usize).prop_map(|place| Case {
        text: ["a", "b", "c", "d"][place].to_owned(),
        binds: 5,
        value: INPUTS[place],
    });
    atom.prop_recursive(5, 12, 2, |inner| {
        let number = prop::sample::select(vec![0.5, 1.0, 2.0, 3.0, 10.0]);
        let exponent = prop::sample::select(vec![-2.0, -1.0, 0.5, 2.0, 3.0]);
        prop_oneof![
            (inner.clone(), inner.clone(), 0..4_usize).prop_map(|(left, right, which)| {
                let (x, y) = (left.value, right.value);
                let binds = if which < 2 { 1 } else { 2 };
                Case {
                    // What stands on the right of a sign has to bind more: a - (b - c)
                    text: format!(
                        "{} {} {}",
                        left.at_least(binds),
                        ["+", "-", "*", "/"][which],
                        right.at_least(binds + 1)
                    ),
                    binds,
                    value: [x + y, x - y, x * y, x / y][which],
                }
            }),
            (inner.clone(), number, 0..4_usize).prop_map(|(of, number, which)| {
                let x = of.value;
                let (binds, sign) =
                    if which < 2 { (1, ["+", "-"][which]) } else { (2, ["*", "/"][which - 2]) };
                Case {
                    text: format!("{number}{sign}{}", of.at_least(binds + 1)),
                    binds,
                    value: [number + x, number - x, number * x, number / x][which],
                }
            }),
            inner.clone().prop_map(|of| Case {
                text: format!("-{}", of.at_least(3)),
                binds: 3,
                value: -of.value
            }),
            (inner.clone(), exponent).prop_map(|(of, exponent)| Case {
                text: format!("{}**{exponent}", of.at_least(5)),
                binds: 4,
                value: of.value.powf(exponent),
            }),
            (inner, 0..3_usize).prop_map(|(of, which)| {
                let x = of.value;
                Case {
                    text: format!("{}.{}()", of.at_least(5), ["relu", "log", "exp"][which]),
                    binds: 5,
                    value: [x.max(0.0), x.ln(), x.exp()][which],
                }
            }),
        ]
    })
}

proptest! {
    #[test]
    fn an_expression_is_what_python_would_compute(case in cases()) {
        let tape = Tape::new();
        match Expression::new(&case.text).unwrap().evaluate(&tape, INPUTS, None) {
            Ok(graph) => {
                let data = graph.root.data();
                prop_assert!((data - case.value).abs() <= 1e-9 * data.abs().max(1.0), "{} is {data}, not {}", case.text, case.value);
            }
            Err(problem) => prop_assert!(problem.contains("cannot be computed"), "{}: {problem}", case.text),
        }
    }

    #[test]
    fn the_gradients_are_those_of_the_crate_and_of_nudges(case in cases()) {
        let expression = Expression::new(&case.text).unwrap();
        let tape = Tape::new();
        let Ok(graph) = expression.evaluate(&tape, INPUTS, None) else { return Ok(()) };
        graph.root.backward();
        let query = format!("{}&a=2&b=-3&c=0.5&d=1.5", expr(&case.text));
        let Ok(view) = lab::view("graph", &query) else { return Ok(()) };
        let figure = view.figure.into_string();
        for node in 0..tape.len() {
            let value = tape.get(node).unwrap();
            let grad = format!("<b>{}</b>", lab::heat::short(value.grad()));
            let row = figure.split(&format!("<th scope=\"row\">{}</th>", expression.name(node))).nth(1).unwrap();
            prop_assert!(row[..row.find("</tr>").unwrap()].contains(&grad), "{}: node {node} has not {grad}", case.text);
            // Away from corners and steep places nudges find the same
            let nudged = |change: f64| {
                let tape = Tape::new();
                expression.evaluate(&tape, INPUTS, Some((node, change))).ok().map(|graph| graph.root.data())
            };
            let steep = (0..tape.len()).filter_map(|node| tape.get(node)).any(|value| {
                let is_corner = value.operation() == Operation::Relu
                    && value.children().any(|(child, _)| child.data().abs() < 1e-3);
                is_corner || value.data().abs() > 1e3 || value.children().any(|(_, local)| local.abs() > 1e3)
            });
            if let (Some(up), Some(down), false) = (nudged(1e-5), nudged(-1e-5), steep) {
                let (grad, slope) = (value.grad(), (up - down) / 2e-5);
                prop_assert!((grad - slope).abs() <= 1e-2 * grad.abs().max(1.0), "{}: {grad} and {slope}", case.text);
            }
        }
    }

    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,60}|[-abcd+*/(). 0-9relugxp]{0,60}|(\\(|a|b|\\*\\*?|\\+|-|/|\\)|2|0|\\.relu\\(\\)|\\.log\\(\\)|\\.exp\\(\\)){0,20}") {
        if let Err(problem) = lab::view("graph", &expr(&text)) {
            prop_assert!(problem.control == "expr" && !problem.message.is_empty());
        }
    }

    #[test]
    fn boxes_do_not_overlap_and_children_stand_above(seeds in prop::collection::vec((0..64_usize, 0..64_usize, prop::bool::ANY), 0..39)) {
        // Any graph in which everything leads to the last node
        let mut children: Vec<Vec<usize>> = vec![Vec::new()];
        for (one, other, is_leaf) in seeds {
            let number = children.len();
            children.push(if is_leaf { Vec::new() } else { vec![one % number, other % number] });
        }
        let is_used = |node: usize| children.iter().flatten().any(|&child| child == node);
        for node in (0..children.len() - 1).filter(|node| !is_used(*node)).collect::<Vec<_>>() {
            children.push(vec![children.len() - 1, node]);
        }
        let layout = layered(&children, 10.0, 2.0);
        for (node, &(x, layer)) in layout.nodes.iter().enumerate() {
            prop_assert!(x.is_finite() && x >= 4.999 && x <= layout.width - 4.999 && layer < layout.layers);
            for &(other, above) in &layout.nodes[..node] {
                prop_assert!(layer != above || (x - other).abs() > 11.999);
            }
            prop_assert!(children[node].iter().all(|&child| layout.nodes[child].1 < layer));
        }
        for edge in &layout.edges {
            let (from, to) = (layout.nodes[edge.from].1, layout.nodes[edge.to].1);
            prop_assert_eq!(edge.through.len(), to - from - 1);
            for (step, x) in edge.through.iter().enumerate() {
                let in_the_way = layout.nodes.iter().any(|(node, layer)| *layer == from + step + 1 && (node - x).abs() < 6.999);
                prop_assert!(!in_the_way);
            }
        }
    }
}
