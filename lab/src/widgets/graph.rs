//! Autograd (lines 29–72): an expression of named inputs as a computation graph, forward and backward, one
//! operation at a time.

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};
use microgpt::autograd::{Operation, Tape, Value};

use crate::expression::{Expression, NAMES, bracketed, written};
use crate::heat::short;
use crate::layout::{Edge, layered};
use crate::{Control, Problem, State, View, Widget};

/// The graph of an expression; with `pass=forward` only the forward pass.
pub(super) struct Graph;

/// How many nodes are shown at most.
const MOST: usize = 40;
/// More moments than any graph has.
const END: usize = 99;
/// How much a node is nudged, in parts of its size, or of 1 if it is smaller.
const NUDGE: f64 = 1e-6;

/// What the inputs can be: fine steps where expressions are interesting, wide ones beyond.
#[rustfmt::skip]
const INPUTS: &[&str] = &[
    "-10", "-9", "-8", "-7", "-6", "-5", "-4", "-3", "-2.9", "-2.8", "-2.7", "-2.6", "-2.5", "-2.4", "-2.3",
    "-2.2", "-2.1", "-2", "-1.9", "-1.8", "-1.7", "-1.6", "-1.5", "-1.4", "-1.3", "-1.2", "-1.1", "-1", "-0.9",
    "-0.8", "-0.7", "-0.6", "-0.5", "-0.4", "-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3", "0.4", "0.5",
    "0.6", "0.7", "0.8", "0.9", "1", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9", "2", "2.1",
    "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "3", "4", "5", "6", "7", "8", "9", "10",
];

impl Widget for Graph {
    fn controls(&self) -> Vec<Control> {
        vec![
            Control::text("expr", "Expression", "(a*b + c).relu()**2", 80),
            Control::scale("a", "a", "2", INPUTS),
            Control::scale("b", "b", "-3", INPUTS),
            Control::scale("c", "c", "10", INPUTS),
            Control::scale("d", "d", "1", INPUTS),
            Control::film("at", "Moment", END, END, 1),
            Control::choice("pass", "Pass", &[("both", "forward and backward"), ("forward", "forward")])
                .hidden(),
        ]
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let problem = |message: String| Problem::new("expr", message);
        let text = state.text("expr");
        if text.trim().is_empty() {
            return Err(problem("Type an expression of a, b, c and d, such as a*b + c.".to_owned()));
        }
        let expression = Expression::new(text).map_err(problem)?;
        let inputs = ["a", "b", "c", "d"].map(|name| state.decimal(name));
        let tape = Tape::new();
        let graph = expression.evaluate(&tape, inputs, None).map_err(problem)?;
        if tape.len() > MOST {
            return Err(problem(format!("These are {} nodes; at most {MOST} are shown.", tape.len())));
        }
        let mut run = Run {
            exponents: (0..tape.len())
                .map(|node| {
                    graph.exponents.iter().find(|(place, _)| *place == node).map_or(0.0, |found| found.1)
                })
                .collect(),
            slopes: (0..tape.len()).map(|node| slope(&expression, inputs, node, &tape)).collect(),
            grads: vec![0.0; tape.len()],
            unused: NAMES.into_iter().filter(|name| !expression.names().contains(name)).collect(),
            expression,
            root: graph.root,
            known: 0,
            order: Vec::new(),
            now: None,
            complete: false,
        };
        run.visit(graph.root, &mut vec![false; tape.len()]);
        let last = run.play(END, state.text("pass") == "both").1;
        if run.grads.iter().any(|grad| !grad.is_finite()) {
            return Err(problem("A gradient is too large to be a number.".to_owned()));
        }
        let at = state.number("at").min(last);
        let summary = run.play(at, state.text("pass") == "both").0;
        Ok(View { summary, figure: run.show(), max: vec![("at", last)] })
    }
}

/// The slope of the result to a node, by nudges up and down; none where the expression ends there.
fn slope(expression: &Expression, inputs: [f64; 4], node: usize, tape: &Tape) -> Option<f64> {
    let change = NUDGE * tape.get(node)?.data().abs().max(1.0);
    let nudged = |change: f64| {
        let tape = Tape::new();
        let graph = expression.evaluate(&tape, inputs, Some((node, change))).ok();
        graph.map(|graph| graph.root.data())
    };
    Some((nudged(change)? - nudged(-change)?) / (2.0 * change))
}

/// What happens to a node at its turn.
#[derive(Clone, Copy, PartialEq)]
enum Turn {
    /// It is computed from its children.
    Computed,
    /// It is the result, and gets the first gradient.
    Begins,
    /// It hands its gradient on to its children.
    HandsOn,
}

/// The graph at a moment.
struct Run<'t> {
    expression: Expression,
    root: Value<'t>,
    exponents: Vec<f64>,
    /// The slope of the result to each node, by nudges.
    slopes: Vec<Option<f64>>,
    unused: Vec<char>,
    /// The nodes that are not leaves, each after its children, as `backward` finds them.
    order: Vec<Value<'t>>,
    /// How many nodes have been computed.
    known: usize,
    /// Their gradients so far.
    grads: Vec<f64>,
    /// The node whose turn it is, and what happens to it.
    now: Option<(Value<'t>, Turn)>,
    /// Whether all gradients are complete.
    complete: bool,
}

impl<'t> Run<'t> {
    /// Lines 62–67; leaves, which hand nothing on, are left out.
    fn visit(&mut self, v: Value<'t>, visited: &mut [bool]) {
        if v.operation() != Operation::Leaf && !std::mem::replace(&mut visited[v.index()], true) {
            for (child, _) in v.children() {
                self.visit(child, visited);
            }
            self.order.push(v);
        }
    }

    fn nodes(&self) -> impl Iterator<Item = Value<'t>> + use<'t> {
        let tape = self.root.tape();
        (0..tape.len()).filter_map(|node| tape.get(node))
    }

    fn name(&self, value: Value) -> String {
        self.expression.name(value.index())
    }

    /// `v4 = a * b`
    fn made(&self, value: Value) -> String {
        written(value, self.exponents[value.index()], |child| self.name(child))
    }

    /// Sets the graph to a moment, and says what happens there and which moment is the last. At first there are
    /// the inputs; one node is computed at each moment; then the result gets its gradient, and one node after the
    /// other hands its own on.
    fn play(&mut self, at: usize, both: bool) -> (String, usize) {
        let inputs = self.expression.names().len();
        let forward = self.slopes.len() - inputs;
        let last = if both { forward + 1 + self.order.len() } else { forward };
        let at = at.min(last);
        self.known = inputs + at.min(forward);
        self.grads.fill(0.0);
        self.complete = both && at == last;
        self.now = None;
        let result = short(self.root.data());
        if at == 0 {
            let inputs: Vec<_> = self.nodes().take(inputs).map(|input| self.given(input)).collect();
            return (format!("Given: {}.", inputs.join(", ")), last);
        }
        if at <= forward {
            let node = self.nodes().nth(self.known - 1).expect("it has been computed");
            self.now = Some((node, Turn::Computed));
            let mut summary = format!("Forward, {at} of {forward}: {}", self.given(node));
            match node.children().map(|(_, local_grad)| short(local_grad)).collect::<Vec<_>>() {
                none if none.is_empty() => summary += ", a plain number",
                local_grads => summary += &format!("; local_grads {}", local_grads.join(", ")),
            }
            return (summary + ".", last);
        }
        self.grads[self.root.index()] = 1.0;
        let backward = at - forward - 1;
        if backward == 0 {
            self.now = Some((self.root, Turn::Begins));
            return (
                format!("The result is {result}. Backward begins with {}.grad = 1.", self.name(self.root)),
                last,
            );
        }
        let mut sums = Vec::new();
        for &v in self.order.iter().rev().take(backward) {
            self.now = Some((v, Turn::HandsOn));
            sums.clear();
            let grad = self.grads[v.index()];
            for (child, local_grad) in v.children() {
                let old = self.grads[child.index()];
                // Line 72
                self.grads[child.index()] += local_grad * grad;
                sums.push(format!(
                    "{}.grad = {} + {} · {} = {}",
                    self.name(child),
                    short(old),
                    bracketed(local_grad),
                    bracketed(grad),
                    short(self.grads[child.index()])
                ));
            }
        }
        let from = self.now.map_or_else(String::new, |(v, _)| format!("{} = {}", self.name(v), self.made(v)));
        (format!("Backward, {backward} of {}, from {from}: {}.", self.order.len(), sums.join("; ")), last)
    }

    /// `v4 = a * b = 2 * (−3) = −6`, or what was given.
    fn given(&self, value: Value) -> String {
        let (name, data) = (self.name(value), short(value.data()));
        if value.operation() == Operation::Leaf {
            return format!("{name} = {data}");
        }
        let numbers = written(value, self.exponents[value.index()], |child| bracketed(child.data()));
        format!("{name} = {} = {numbers} = {data}", self.made(value))
    }

    fn show(&self) -> Markup {
        let any = self.known == self.slopes.len();
        let differ = self.complete && self.nodes().any(|value| !self.agrees(value));
        html! {
            (self.drawing())
            div class="table-wrapper" {
                table class="values" {
                    thead { tr {
                        th scope="col" { "value" } th scope="col" { "made as" } th scope="col" { "data" }
                        th scope="col" { "local_grads" } th scope="col" { "grad" } th scope="col" { "by nudges" }
                    } }
                    tbody {
                        @for value in self.nodes().take(self.known) {
                            tr class=[self.now.is_some_and(|(now, _)| now.index() == value.index()).then_some("now")] {
                                th scope="row" { (self.name(value)) }
                                td {
                                    @if value.operation() != Operation::Leaf { code { (self.made(value)) } }
                                    @else if value.index() < self.expression.names().len() { "input" }
                                    @else { "plain number" }
                                }
                                td { (short(value.data())) }
                                td {
                                    @for (place, (_, local_grad)) in value.children().enumerate() {
                                        @if place > 0 { ", " } (short(local_grad))
                                    }
                                }
                                td { b { (short(self.grads[value.index()])) } }
                                td {
                                    @if any {
                                        @match self.slopes[value.index()] {
                                            Some(slope) => (rounded(slope, self.root.data())),
                                            None => "none",
                                        }
                                    }
                                    @if self.complete && !self.agrees(value) { " ≠" }
                                }
                            }
                        }
                    }
                }
            }
            @if any {
                p class="caption" {
                    "By nudges: this value alone is moved up and down by 0.000001 (above 1 by a millionth of its size), \
                     all that comes after it is computed anew, and the change of the result is divided by the move."
                    @if differ {
                        " It is another one (≠) where a nudge goes over the corner of relu at 0 or out of the range of log \
                         or of a power, or is too coarse for so steep a slope, or too fine for so large a result."
                    }
                }
            }
            @if !self.unused.is_empty() {
                p class="caption" {
                    "Not in the expression: "
                    @for (place, name) in self.unused.iter().enumerate() { @if place > 0 { ", " } (name) }
                    "."
                }
            }
        }
    }

    /// Whether the nudges find the gradient.
    fn agrees(&self, value: Value) -> bool {
        let grad = self.grads[value.index()];
        self.slopes[value.index()].is_some_and(|slope| (slope - grad).abs() <= 1e-4 * grad.abs().max(1.0))
    }
}

/// A slope that was measured: what can be a rounding error of `result` is not shown as one.
fn rounded(slope: f64, result: f64) -> String {
    short(if slope.abs() < 1e-9 * result.abs().max(1.0) { 0.0 } else { slope })
}

/// The size of a box, and the space between layers.
const WIDTH: i32 = 94;
const HEIGHT: i32 = 52;
const BETWEEN: i32 = 34;

impl Run<'_> {
    /// The graph as a picture: inputs above, the result below.
    fn drawing(&self) -> Markup {
        let children: Vec<Vec<usize>> =
            self.nodes().map(|value| value.children().map(|(child, _)| child.index()).collect()).collect();
        let layout = layered(&children, f64::from(WIDTH), 12.0);
        let mut svg = String::new();
        for edge in &layout.edges {
            self.draw_edge(edge, &layout.nodes, &mut svg);
        }
        for (value, place) in self.nodes().zip(&layout.nodes) {
            self.draw_node(value, *place, &mut svg);
        }
        for edge in &layout.edges {
            self.draw_handed(edge, &layout.nodes, &mut svg);
        }
        let (width, height) = (whole(layout.width) + 8, top(layout.layers) - BETWEEN + 8);
        let about = format!(
            "The graph in {} rows: {} boxes, {} of them known, and {} arrows from children to results. \
             The table below has the same numbers.",
            layout.layers,
            children.len(),
            self.known,
            layout.edges.len(),
        );
        html! {
            div class="table-wrapper" {
                svg class="graph" role="img" aria-label=(about) width=(width) height=(height)
                    viewBox=(format!("-4 -4 {width} {height}")) { (PreEscaped(svg)) }
            }
        }
    }

    fn is_turn_of(&self, node: usize, turns: &[Turn]) -> bool {
        self.now.is_some_and(|(now, turn)| now.index() == node && turns.contains(&turn))
    }

    fn draw_edge(&self, edge: &Edge, nodes: &[(f64, usize)], svg: &mut String) {
        let ((start, layer), (end, _)) = (nodes[edge.from], nodes[edge.to]);
        let (leaves, arrives) = sides(edge, nodes);
        let state = if edge.to >= self.known {
            "unknown"
        } else if self.is_turn_of(edge.to, &[Turn::Computed, Turn::HandsOn]) {
            "now"
        } else {
            ""
        };
        let (mut x, mut y) = (whole(start) + leaves, top(layer) + HEIGHT);
        let _ = write!(svg, r#"<path class="edge {state}" d="M{x} {y}"#);
        let ends = edge.through.iter().map(|x| whole(*x)).chain([whole(end) + arrives]);
        for (step, next) in ends.enumerate() {
            // Straight down beside the boxes of a layer, and curved in between
            let to = top(layer + step + 1);
            let middle = (y + to) / 2;
            let _ = write!(svg, "V{y}C{x} {middle} {next} {middle} {next} {to}");
            (x, y) = (next, to + HEIGHT);
        }
        svg.push_str(r#"m-4-8l4 8l4-8"/>"#);
    }

    /// What is handed along an edge at this moment: the local gradient times the gradient.
    fn draw_handed(&self, edge: &Edge, nodes: &[(f64, usize)], svg: &mut String) {
        let Some((now, Turn::HandsOn)) = self.now else { return };
        let Some((child, local_grad)) = now.children().nth(edge.place).filter(|_| now.index() == edge.to)
        else {
            return;
        };
        let (x, layer) = nodes[child.index()];
        let (x, y) = (whole(x) + 2 * sides(edge, nodes).0, top(layer) + HEIGHT + 15);
        let handed = bracketed(local_grad * self.grads[now.index()]);
        let _ = write!(svg, r#"<text class="handed" x="{x}" y="{y}">+ {handed}</text>"#);
    }

    fn draw_node(&self, value: Value, (x, layer): (f64, usize), svg: &mut String) {
        let node = value.index();
        let operation = match value.operation() {
            Operation::Leaf if node < self.expression.names().len() => "input",
            Operation::Leaf => "number",
            Operation::Add => "+",
            Operation::Mul => "*",
            Operation::Pow => "**",
            Operation::Log => "log",
            Operation::Exp => "exp",
            Operation::Relu => "relu",
        };
        let gets = self.now.is_some_and(|(now, turn)| {
            turn == Turn::HandsOn && now.children().any(|(child, _)| child.index() == node)
        });
        let state = if node >= self.known {
            "unknown"
        } else if self.is_turn_of(node, &[Turn::Computed, Turn::Begins, Turn::HandsOn]) {
            "now"
        } else if gets {
            "gets"
        } else {
            ""
        };
        let (x, y) = (whole(x) - WIDTH / 2, top(layer));
        let _ = write!(
            svg,
            r#"<g class="node {state}"><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>"#
        );
        let mut line = |below: i32, left: &str, right: &str| {
            let (left_x, right_x, y) = (x + 6, x + WIDTH - 6, y + below);
            let _ = write!(
                svg,
                r#"<text x="{left_x}" y="{y}">{left}</text><text class="right" x="{right_x}" y="{y}">{right}</text>"#
            );
        };
        line(15, &self.name(value), operation);
        if node < self.known {
            line(31, "data", &short(value.data()));
            line(46, "grad", &short(self.grads[node]));
        }
        svg.push_str("</g>");
    }
}

/// How far beside the middles an edge leaves its child and arrives at the result: two that arrive at the same box
/// do so beside each other, and two from the same child leave it so.
fn sides(edge: &Edge, nodes: &[(f64, usize)]) -> (i32, i32) {
    let Some(sibling) = edge.sibling else { return (0, 0) };
    let (from, other) = (nodes[edge.from].0, nodes[sibling].0);
    let is_left = from < other || from == other && edge.place == 0;
    let side = if is_left { -18 } else { 18 };
    (if sibling == edge.from { side } else { 0 }, side)
}

/// Where the boxes of a layer begin.
fn top(layer: usize) -> i32 {
    layer as i32 * (HEIGHT + BETWEEN)
}

/// A length in whole pixels.
fn whole(length: f64) -> i32 {
    length.round() as i32
}
