//! The gradient microscope (lines 59–72): of one number all uses, all paths to the loss, and a nudge.

use maud::{Markup, html};
use microgpt::paths::Paths;
use microgpt::{Parameters, Tape};

use super::{count, encoded, parameters, token};
use crate::heat::{self, precise, short};
use crate::pass::{Found, Knob, PLACES, Pass, Place, Step, vector};
use crate::{Control, Problem, State, View, Widget, replay};

/// The gradient of any parameter, or of any number on the way, and what it is the sum of.
pub(super) struct Microscope;

/// How many paths are shown.
const SHOWN: usize = 10;

/// What a path may go through: the vectors that are shown with the part of the gradient that goes through them.
const THROUGH: &[&str] = &[
    "embedding_norm",
    "q",
    "k",
    "v",
    "x_attn",
    "attn_out",
    "attn_residual",
    "mlp_active",
    "mlp_out",
    "mlp_residual",
    "logits",
];

/// The controls that choose a number of the model: those of all widgets that look at one.
pub(super) fn place_controls() -> Vec<Control> {
    vec![
        Control::text("name", "Name", "anna", 24),
        Control::film("step", "Steps of training", 500, 500, 5),
        Control::choice("place", "Number", PLACES),
        Control::range("row", "Row, or position", 13, 0, 63),
        Control::range("col", "Column, or index", 0, 0, 63),
    ]
}

/// What they say.
pub(super) fn place(state: &State) -> Place {
    Place { name: state.text("place").to_owned(), row: state.number("row"), col: state.number("col") }
}

/// What a number is, beside its name: the token of a row, or the position.
pub(super) fn meaning(place: &str, found: &Found) -> String {
    match (place, found.spot) {
        ("wte" | "lm_head", _) => format!("of the token {}", token(found.row)),
        ("wpe", _) => format!("of position {}", found.row),
        (_, Some(spot)) => format!("at position {}, line {}", spot.pos_id, vector(spot.name).line),
        _ => format!("to output {} from input {}", found.row, found.col),
    }
}

impl Widget for Microscope {
    fn controls(&self) -> Vec<Control> {
        let mut controls = place_controls();
        controls.extend([
            Control::range("path", "Path looked at", 1, 1, SHOWN),
            Control::scale("nudge", "Nudge h", "0.001", &["0.00001", "0.0001", "0.001", "0.01", "0.1", "1"]),
        ]);
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let tokens = encoded(state.text("name"))?;
        let (params, _) = replay::after(state.number("step"));
        let tape = Tape::new();
        let pass = Pass::new(&tape, &params, &tokens, &[]);
        pass.loss.loss.backward();
        let place = place(state);
        let found = pass.find(&place);
        let paths = Paths::new(pass.value(found.index), pass.loss.loss);
        let look = Look {
            place: &place.name,
            found,
            path: state.number("path") - 1,
            h: state.decimal("nudge"),
            step: state.number("step"),
            params: &params,
            pass: &pass,
            paths: &paths,
        };
        let largest = paths.largest(SHOWN).len();
        Ok(View {
            summary: look.summary(state.text("name")),
            figure: look.figure(),
            max: vec![("row", found.rows - 1), ("col", found.cols - 1), ("path", largest.max(1))],
        })
    }
}

/// The number under the microscope.
struct Look<'a> {
    place: &'a str,
    found: Found,
    path: usize,
    h: f64,
    step: usize,
    params: &'a Parameters,
    pass: &'a Pass<'a>,
    paths: &'a Paths,
}

impl Look<'_> {
    fn name(&self) -> String {
        self.pass.name(self.found.index)
    }

    fn summary(&self, document: &str) -> String {
        let uses = self.paths.uses().count();
        let gradient = self.paths.gradient();
        let value = self.pass.value(self.found.index).data();
        let about = format!(
            "{}, {}, is {} after {}.",
            self.name(),
            meaning(self.place, &self.found),
            short(value),
            count(self.step, "step"),
        );
        if uses == 0 {
            return format!("{about} Its gradient is 0: {}", self.unused(document));
        }
        let paths = many(self.paths.count());
        if gradient == 0.0 {
            return format!("{about} Its gradient for {document} is exactly 0. {}", self.why());
        }
        format!(
            "{about} Its gradient for {document} is {}: the sum over {} and {paths}.",
            precise(gradient),
            count(uses, "use"),
        )
    }

    /// Why there is no path.
    fn unused(&self, document: &str) -> String {
        let Found { row, .. } = self.found;
        match self.place {
            "wte" => format!("the loss of {document} does not look up the row of {}.", token(row)),
            "wpe" => format!("{document} does not come to position {row}."),
            _ => "nothing that leads to the loss uses it.".to_owned(),
        }
    }

    /// Why the paths add up to 0.
    fn why(&self) -> String {
        if self.paths.live() > 0.0 {
            return format!("Its {} cancel each other.", many(self.paths.live()));
        }
        let reasons = self.pass.reasons(&self.paths.cuts());
        let reasons: Vec<_> =
            reasons.iter().map(|(reason, number)| format!("{reason} ({})", count(*number, "time"))).collect();
        format!(
            "There are {}, but a factor 0 cuts off each of them: {}.",
            many(self.paths.count()),
            reasons.join("; ")
        )
    }

    fn figure(&self) -> Markup {
        html! {
            (self.matrices())
            (self.uses())
            (self.through())
            (self.largest())
            (self.nudged())
        }
    }

    /// The gradients of all parameters, to choose from.
    fn matrices(&self) -> Markup {
        let grads = self.pass.loss.loss.tape().grads(self.params.len());
        let mut rest = &grads[..];
        html! {
            p class="caption" { "The gradients of all parameters for this name. A click takes one under the microscope." }
            ul class="matrices" style={ "--across:" (4 * self.params.config().n_embd) } {
                @for matrix in self.params.matrices() {
                    @let (grads, after) = rest.split_at(matrix.data.len());
                    @let () = rest = after;
                    (parameters::map(matrix, grads, "place", (self.place == matrix.name).then_some(self.found.row)))
                }
            }
        }
    }

    /// The uses, each with its part of the gradient.
    fn uses(&self) -> Markup {
        let uses: Vec<_> = self.paths.uses().collect();
        let full = heat::largest(&uses.iter().map(|(_, part)| *part).collect::<Vec<_>>());
        html! {
            div class="table-wrapper" {
                table class="numbers" {
                    caption { "Its uses: the local gradient times the gradient of what it is used in (line 72)" }
                    thead { tr {
                        th scope="col" { "position" } th scope="col" { "line" } th scope="col" { "used in" }
                        th scope="col" { "local gradient" } th scope="col" { "its gradient" } th scope="col" { "part" }
                    } }
                    tbody {
                        @for (edge, part) in &uses {
                            tr {
                                th scope="row" { (self.position(self.pass.position(edge.node))) }
                                td { (line(self.pass.line(edge.node).unwrap_or_default())) }
                                td { (self.pass.name(edge.node)) }
                                td { (short(edge.local_grad)) }
                                td { (precise(self.pass.value(edge.node).grad())) }
                                (heat::cell(*part, full, &precise(*part)))
                            }
                        }
                        tr {
                            th scope="row" { "gradient" } td {} td {} td {} td {}
                            td { b { (precise(self.paths.gradient())) } }
                        }
                    }
                }
            }
        }
    }

    /// What goes through the vectors on the way, and at last through the losses: sums of paths, node by node.
    fn through(&self) -> Markup {
        let n = self.pass.len();
        // Of each vector, at each position, what goes through its numbers
        let row = |name: &str| -> Vec<Vec<f64>> {
            let parts = |pos_id| -> Vec<f64> {
                let places = self.pass.stage(pos_id, name, 0).map_or(&[][..], |stage| &stage.places);
                places.iter().map(|place| self.paths.through(*place)).collect()
            };
            (0..n).map(parts).collect()
        };
        let losses: Vec<Vec<f64>> =
            self.pass.loss.losses.iter().map(|loss_t| vec![self.paths.through(loss_t.index())]).collect();
        let known = THROUGH.iter().map(|name| {
            let vector = vector(name);
            (format!("{} of line {}", vector.python, vector.line), row(name))
        });
        let rows: Vec<(String, Vec<Vec<f64>>)> =
            known.chain([("loss_t of line 167".to_owned(), losses)]).collect();
        let seen = |row: &[Vec<f64>]| row.iter().flatten().any(|part| *part != 0.0);
        let gradient = self.paths.gradient();
        let sum = |parts: &[f64]| parts.iter().sum::<f64>();
        html! {
            div class="table-wrapper" {
                table class="numbers" {
                    caption {
                        "Through which vectors its paths go: the sum of those through the numbers of each, at each position"
                    }
                    thead { tr {
                        th scope="col" { "through" }
                        @for pos_id in 0..n { th scope="col" { (self.position(Some(pos_id))) } }
                        th scope="col" { "in all" } th scope="col" { "of the gradient" }
                    } }
                    tbody {
                        @for (name, row) in rows.iter().filter(|(_, row)| seen(row)) {
                            @let parts: Vec<f64> = row.iter().map(|parts| sum(parts)).collect();
                            @let full = heat::largest(&parts);
                            tr {
                                th scope="row" { (name) }
                                @for part in &parts {
                                    @if *part == 0.0 { td { "0" } } @else { (heat::cell(*part, full, &precise(*part))) }
                                }
                                td { (precise(sum(&parts))) }
                                td { @if gradient != 0.0 { (percent(sum(&parts) / gradient)) } }
                            }
                        }
                    }
                }
            }
            details {
                summary { "The same for each number of these vectors" }
                @for (name, row) in rows.iter().filter(|(_, row)| seen(row)) {
                    @for (pos_id, parts) in row.iter().enumerate().filter(|(_, parts)| parts.len() > 1 && seen(&[parts.to_vec()])) {
                        p class="caption" { (name) " at position " (self.position(Some(pos_id))) }
                        (heat::vector(&format!("{name} at position {pos_id}"), parts, 5))
                    }
                }
            }
        }
    }

    /// The largest paths, and one of them factor by factor.
    fn largest(&self) -> Markup {
        let largest = self.paths.largest(SHOWN);
        let full = largest.first().map_or(0.0, |path| path.product.abs());
        let shown: f64 = largest.iter().map(|path| path.product).sum();
        let sizes = self.paths.sizes();
        let chosen = self.path.min(largest.len().saturating_sub(1));
        html! {
            p class="caption" {
                "From " (self.name()) " to the loss there are " b { (many(self.paths.count())) }
                @if self.paths.live() < self.paths.count() { ", " (number(self.paths.live())) " of them without a factor 0" }
                "."
                @if let Some(first) = largest.first() {
                    " The sizes of their products add up to " (precise(sizes)) "; with their signs "
                    (percent(self.paths.gradient().abs() / sizes)) " of that is left. The thickest path has "
                    (percent(first.product.abs() / sizes)) " of it"
                    @if largest.len() > 1 { ", the " (largest.len()) " thickest add up to " (precise(shown)) }
                    "."
                }
            }
            @if let Some(path) = largest.get(chosen) {
                ol class="shares" aria-label="The thickest paths" {
                    @for (index, path) in largest.iter().enumerate() {
                        li class={ (heat::class(path.product)) @if index == chosen { " chosen" } } style=(heat::ground(path.product, full))
                            data-set={ "path=" (index + 1) } {
                            b { (precise(path.product)) } " " (self.way(&self.pass.steps(path)))
                        }
                    }
                }
                (self.factors(chosen, path.product, &self.pass.steps(path)))
            }
        }
    }

    /// A path in a few words: where it goes from position to position, and through which matrices.
    fn way(&self, steps: &[Step]) -> String {
        let mut way: Vec<String> = Vec::new();
        let mut last = None;
        for step in steps {
            if step.position != last && step.position.is_some() {
                way.push(format!("position {}", self.position(step.position)));
                last = step.position;
            }
            let through = match step.line {
                (95, Some(118)) => "q",
                (95, Some(119)) => "k",
                (95, Some(120)) => "v",
                (95, Some(133)) => "attn_wo",
                (95, Some(138)) => "mlp_fc1",
                (95, Some(140)) => "mlp_fc2",
                (95, Some(143)) => "lm_head",
                _ => continue,
            };
            way.push(through.to_owned());
        }
        way.join(" → ")
    }

    /// A path, line by line.
    fn factors(&self, index: usize, product: f64, steps: &[Step]) -> Markup {
        let mut so_far = 1.0;
        html! {
            div class="table-wrapper" {
                table class="numbers" {
                    caption { "Path " (index + 1) ", line by line: each factor is a local gradient; additions pass on what they get (factor 1)" }
                    thead { tr {
                        th scope="col" { "position" } th scope="col" { "line" } th scope="col" { "comes to" }
                        th scope="col" { "factors" } th scope="col" { "product so far" }
                    } }
                    tbody {
                        @for step in steps {
                            @let factor: f64 = step.factors.iter().product();
                            @let () = so_far *= factor;
                            tr {
                                th scope="row" { (self.position(step.position)) }
                                td { (line(step.line)) }
                                td { (step.name) }
                                td {
                                    @if step.factors.is_empty() { "1" }
                                    (step.factors.iter().map(|factor| short(*factor)).collect::<Vec<_>>().join(" · "))
                                }
                                td { (precise(so_far)) }
                            }
                        }
                        tr { th scope="row" { "path" } td {} td {} td {} td { b { (precise(product)) } } }
                    }
                }
            }
        }
    }

    /// The check: the number a little smaller, a little larger, and the slope between the two.
    fn nudged(&self) -> Markup {
        let Found { index, spot, col, .. } = self.found;
        let before = self.pass.value(index).data();
        let loss = |to: f64| {
            let tape = Tape::new();
            match spot {
                Some(spot) => {
                    Pass::new(&tape, self.params, self.pass.tokens, &[Knob::Set { spot, index: col, to }])
                        .loss
                        .loss
                        .data()
                }
                None => {
                    let mut params = self.params.clone();
                    params.as_mut_slice()[index] = to;
                    Pass::new(&tape, &params, self.pass.tokens, &[]).loss.loss.data()
                }
            }
        };
        let (less, more) = (loss(before - self.h), loss(before + self.h));
        html! {
            div class="table-wrapper" {
                table class="numbers" {
                    caption { "The check, by a nudge of h = " (self.h) " down and up: the loss each time, and its slope" }
                    tbody {
                        tr { th scope="row" { "loss at " (short(before)) " − h" } td { (format!("{less:.9}")) } }
                        tr { th scope="row" { "loss at " (short(before)) } td { (format!("{:.9}", self.pass.loss.loss.data())) } }
                        tr { th scope="row" { "loss at " (short(before)) " + h" } td { (format!("{more:.9}")) } }
                        tr { th scope="row" { "difference of the outer two / 2h" } td { b { (precise((more - less) / (2.0 * self.h))) } } }
                        tr { th scope="row" { "gradient" } td { b { (precise(self.paths.gradient())) } } }
                    }
                }
            }
        }
    }

    /// A position with its token.
    fn position(&self, position: Option<usize>) -> String {
        position.map_or("all".to_owned(), |pos_id| format!("{pos_id} ({})", token(self.pass.tokens[pos_id])))
    }
}

/// A line, and the line that called it.
fn line(line: (usize, Option<usize>)) -> String {
    match line {
        (line, Some(from)) => format!("{line}, from {from}"),
        (line, None) => line.to_string(),
    }
}

/// How many paths.
fn many(paths: f64) -> String {
    format!("{} {}", number(paths), if paths == 1.0 { "path" } else { "paths" })
}

/// A whole number that may be astronomical.
fn number(number: f64) -> String {
    if number < 1e9 {
        return crate::control::thousands(number as usize);
    }
    let mut exponent = 0;
    let mut mantissa = number;
    while mantissa >= 9.9995 {
        mantissa /= 10.0;
        exponent += 1;
    }
    const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let exponent: String =
        exponent.to_string().bytes().map(|digit| SUPERSCRIPTS[usize::from(digit - b'0')]).collect();
    format!("{mantissa:.3} × 10{exponent}")
}

/// A share in percent.
fn percent(share: f64) -> String {
    format!("{} %", heat::signed(100.0 * share, 1))
}
