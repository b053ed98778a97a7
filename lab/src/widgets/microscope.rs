//! The gradient microscope (lines 59–72): of one number all uses, all paths to the loss, and a nudge.

use maud::{Markup, html};
use microgpt::paths::{Path, Paths};
use microgpt::turned::Spot;
use microgpt::{Parameters, Tape};

use super::table::Table;
use super::{count, encoded, parameters, token};
use crate::heat::{self, precise, short};
use crate::pass::{Found, Knob, PLACES, Pass, Place, Step, vector};
use crate::xray::moments::Moment;
use crate::{Control, Problem, State, View, Widget};

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
        let Moment { params, .. } = Moment::after(state.number("step"));
        let tape = Tape::new();
        let pass = Pass::new(&tape, &params, &tokens, &[]);
        pass.loss.loss.backward();
        let place = place(state);
        let found = pass.find(&place);
        let paths = Paths::new(pass.value(found.index), pass.loss.loss);
        let largest = paths.largest(SHOWN);
        let look = Look {
            place: &place.name,
            largest: &largest,
            found,
            path: state.number("path") - 1,
            h: state.decimal("nudge"),
            step: state.number("step"),
            params: &params,
            pass: &pass,
            paths: &paths,
        };
        Ok(View {
            summary: look.summary(state.text("name")),
            figure: look.figure(state.text("name")),
            max: vec![("row", found.rows - 1), ("col", found.cols - 1), ("path", largest.len().max(1))],
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
    largest: &'a [Path],
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

    fn figure(&self, document: &str) -> Markup {
        html! {
            (self.origin(document))
            (self.matrices())
            (self.uses())
            (self.roads())
            (self.largest())
            (self.nudged())
        }
    }

    /// The way to the line that makes it.
    fn origin(&self, document: &str) -> Markup {
        let Found { row, col, spot, .. } = self.found;
        let (line, pick) = match spot {
            Some(Spot { name, h, .. }) => {
                // A line that each head goes on with has all of it at the last of them.
                let head = if name == "x_attn" { col / self.params.config().head_dim() } else { h };
                (vector(name).line, format!("0&position={row}&head={head}"))
            }
            // Line 81 makes the first three of the matrices, lines 83 to 88 one each.
            None => match PLACES.iter().position(|(place, _)| *place == self.place).unwrap_or(0) {
                matrix @ 0..3 => (81, matrix.to_string()),
                matrix => (80 + matrix, "0".to_owned()),
            },
        };
        let step = self.step;
        html! {
            p {
                a href=(format!("../code.html?line={line}&name={document}&step={step}&row={row}&col={col}&pick={line}.{pick}")) {
                    "See line " (line) " make it, in the 200 lines"
                }
            }
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
        let mut table = Table::new(
            "Its uses: the local gradient times the gradient of what it is used in (line 72)",
            "position|line|used in|local gradient|its gradient|part",
        );
        let full = self.paths.uses().fold(0.0, |most: f64, (_, part)| most.max(part.abs()));
        for (edge, part) in self.paths.uses() {
            table
                .row(&self.position(self.pass.position(edge.node)))
                .cell(line(self.pass.line(edge.node).unwrap_or_default()))
                .cell(self.pass.name(edge.node))
                .cell(short(edge.local_grad))
                .cell(precise(self.pass.value(edge.node).grad()))
                .heat(part, full, precise(part));
        }
        table.row("gradient").text("").text("").text("").text("").cell(precise(self.paths.gradient()));
        table.draw()
    }

    /// What goes through a vector, number by number, at each position; nothing where no path does.
    fn through(&self, name: &str) -> Vec<Vec<f64>> {
        let parts = |pos_id| -> Vec<f64> {
            let places = self.pass.stage(pos_id, name, 0).map_or(&[][..], |stage| &stage.places);
            places.iter().map(|place| self.paths.through(*place)).collect()
        };
        (0..self.pass.len()).map(parts).collect()
    }

    /// What goes through the vectors on the way, and at last through the losses: sums of paths, node by node.
    fn roads(&self) -> Markup {
        let gradient = self.paths.gradient();
        let mut seen: Vec<(String, Vec<Vec<f64>>)> = Vec::new();
        for name in THROUGH {
            let vector = vector(name);
            seen.push((format!("{} {}", vector.line, vector.python), self.through(name)));
        }
        let losses = &self.pass.loss.losses;
        let losses = losses.iter().map(|loss_t| vec![self.paths.through(loss_t.index())]).collect();
        seen.push(("167 loss_t".to_owned(), losses));
        seen.retain(|(_, parts)| parts.iter().flatten().any(|part| *part != 0.0));
        let positions: String =
            (0..self.pass.len()).map(|pos_id| format!("{}|", self.position(Some(pos_id)))).collect();
        let columns = format!("line|{positions}in all|of the gradient");
        let mut table = Table::new(
            "Through which vectors its paths go: the sum of those through the numbers of each, at each position",
            &columns,
        );
        for (name, parts) in &seen {
            let sums: Vec<f64> = parts.iter().map(|parts| parts.iter().sum()).collect();
            let (full, all) = (heat::largest(&sums), sums.iter().sum::<f64>());
            table.row(name);
            for sum in sums {
                if sum == 0.0 {
                    table.text("0");
                } else {
                    table.heat(sum, full, precise(sum));
                }
            }
            table.cell(precise(all)).cell(if gradient == 0.0 {
                String::new()
            } else {
                percent(all / gradient)
            });
        }
        html! {
            (table.draw())
            details {
                summary { "The same for each number of these vectors" }
                (self.numbers(&seen))
            }
        }
    }

    /// What goes through each number of some vectors. As text: more than a thousand elements would be slow to show.
    fn numbers(&self, seen: &[(String, Vec<Vec<f64>>)]) -> Markup {
        let mut table = Table::new(
            "Through each number of each vector",
            "line, position|the parts, in the order of the vector",
        );
        for (name, vectors) in seen {
            for (pos_id, parts) in vectors.iter().enumerate() {
                if heat::largest(parts) > 0.0 {
                    let mut text = String::new();
                    for part in parts {
                        text += &short(*part);
                        text += " ";
                    }
                    table.row(&format!("{name}, {}", self.position(Some(pos_id)))).cell(text);
                }
            }
        }
        table.draw()
    }

    /// The largest paths, and one of them factor by factor.
    fn largest(&self) -> Markup {
        let largest = self.largest;
        let full = largest.first().map_or(0.0, |path| path.product.abs());
        let shown: f64 = largest.iter().map(|path| path.product).sum();
        let sizes = self.paths.sizes();
        let chosen = self.path.min(largest.len().saturating_sub(1));
        html! {
            p class="caption" {
                "From " (self.name()) " to the loss there " @if self.paths.count() == 1.0 { "is " } @else { "are " } b { (many(self.paths.count())) }
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
                p class="caption" { "The thickest: the product, and where the path comes to, with the line. A click opens it." }
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

    /// A path in a few words: its positions, and the numbers that it comes to behind a matrix or an rmsnorm.
    fn way(&self, steps: &[Step]) -> String {
        let mut way = String::new();
        let mut last = None;
        for Step { line, position, name, .. } in steps {
            if *position != last && position.is_some() {
                way += if way.is_empty() { "position " } else { " → position " };
                way += &self.position(*position);
                last = *position;
            }
            if let (95 | 106, Some(from)) = line {
                way += &format!(" → {name}, {from}");
            }
        }
        way
    }

    /// A path, line by line.
    fn factors(&self, index: usize, product: f64, steps: &[Step]) -> Markup {
        let caption = format!(
            "Path {}, line by line: each factor is a local gradient; additions pass on what they get (factor 1)",
            index + 1
        );
        let mut table = Table::new(&caption, "position|line|comes to|factors|product so far");
        let mut so_far = 1.0;
        for step in steps {
            let mut factors = String::new();
            for factor in &step.factors {
                factors += if factors.is_empty() { "" } else { " · " };
                factors += &short(*factor);
                so_far *= factor;
            }
            table
                .row(&self.position(step.position))
                .cell(line(step.line))
                .text(&step.name)
                .text(if factors.is_empty() { "1" } else { &factors })
                .cell(precise(so_far));
        }
        table.row("path").text("").text("").text("").cell(precise(product));
        table.draw()
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
        let (less, now, more) = (loss(before - self.h), self.pass.loss.loss.data(), loss(before + self.h));
        let number = short(before);
        let mut table = Table::new(
            "The check, by a nudge down and up: the loss each time, and the slope between the outer two",
            "what|number",
        );
        for (nudge, loss) in [(" − h", less), ("", now), (" + h", more)] {
            table.row(&format!("loss at {number}{nudge}")).cell(format!("{loss:.9}"));
        }
        table.row("difference of the outer two / 2h").cell(precise((more - less) / (2.0 * self.h)));
        table.row("gradient").cell(precise(self.paths.gradient()));
        table.draw()
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
