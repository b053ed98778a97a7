//! The parameters (lines 74–90): all matrices as heat maps, to scale, at any step of the training.

use std::fmt::Write;

use maud::{Markup, html};
use microgpt::parameters::Matrix;

use super::{bare, count, token};
use crate::control::thousands;
use crate::run::{Run, Settings};
use crate::{Control, Problem, State, View, Widget, heat};

/// Everything that the model knows, or the gradients of the last step, and one row of it in numbers.
pub(super) struct Parameters;

/// The matrices, with the places that the style sheet has for them.
const MATRICES: &[(&str, &str)] = &[
    ("wte", "wte"),
    ("wpe", "wpe"),
    ("lm_head", "lm_head"),
    ("layer0.attn_wq", "attn_wq"),
    ("layer0.attn_wk", "attn_wk"),
    ("layer0.attn_wv", "attn_wv"),
    ("layer0.attn_wo", "attn_wo"),
    ("layer0.mlp_fc1", "mlp_fc1"),
    ("layer0.mlp_fc2", "mlp_fc2"),
];

/// A number has the first colour if it is not 0, the next beyond the next of these sizes, and so on: each about
/// three times the one before, so that the starting values can be seen as well as the trained ones.
const SIZES: [f64; 5] = [0.0, 0.01, 0.03, 0.1, 0.3];

impl Widget for Parameters {
    fn controls(&self) -> Vec<Control> {
        let mut controls = vec![
            Settings::step(),
            Control::choice("numbers", "Show", &[("values", "values"), ("gradients", "gradients")]),
            Control::choice("matrix", "Matrix", MATRICES),
            Control::range("row", "Row", 0, 0, 127),
            Control::range("col", "Column", 0, 0, 127),
            Control::text("over", "Under the pointer", "", 64).hidden(),
        ];
        controls.extend(Settings::controls().into_iter().map(Control::hidden));
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let settings = Settings::new(state);
        Run::at(&settings, state.number("step"), None, |run| {
            let picked = Picked::new(run, state);
            let Picked { matrix, .. } = picked;
            let over = form_urlencoded::parse(state.text("over").as_bytes());
            let over = State::new(self.controls(), over).ok().filter(|_| !state.text("over").is_empty());
            View {
                summary: picked.summary(),
                figure: picked.figure(over.map(|over| Picked::new(run, &over))),
                max: vec![("step", settings.num_steps), ("row", matrix.rows - 1), ("col", matrix.cols - 1)],
            }
        })
    }
}

/// The entry that the reader picked, and the model that it stands in.
struct Picked<'a> {
    run: &'a Run,
    gradients: bool,
    matrix: Matrix<'a>,
    row: usize,
    col: usize,
    /// The place of the entry among all parameters.
    index: usize,
}

impl<'a> Picked<'a> {
    fn new(run: &'a Run, state: &State) -> Self {
        let mut start = 0;
        let name = state.text("matrix");
        let mut matrices = run.params().matrices();
        let found = matrices.find(|matrix| {
            start += matrix.data.len();
            matrix.name == name
        });
        let matrix = found.expect("every model has these matrices");
        let row = state.number("row").min(matrix.rows - 1);
        let col = state.number("col").min(matrix.cols - 1);
        let index = start - matrix.data.len() + row * matrix.cols + col;
        Picked { run, gradients: state.text("numbers") == "gradients", matrix, row, col, index }
    }

    /// What is shown: the parameters or their gradients.
    fn numbers(&self) -> &'a [f64] {
        if self.gradients { self.run.grads() } else { self.run.params().as_slice() }
    }

    /// A number with its decimals; one that is exactly 0 has none, and one that is nearly 0 does not look like it.
    fn text(&self, number: f64) -> String {
        match number.abs() {
            0.0 => "0".to_owned(),
            size if size < 5e-5 => heat::short(number),
            _ => heat::signed(number, 4 + usize::from(self.gradients)),
        }
    }

    fn summary(&self) -> String {
        let steps = self.run.losses.len();
        let numbers = self.numbers();
        if steps == 0 && self.gradients {
            return "Before training there are no gradients yet.".to_owned();
        }
        format!(
            "{}: {} of {} {} are exactly 0.",
            match steps {
                0 => "Before training".to_owned(),
                _ if self.gradients => format!("In step {}", self.run.graded()),
                _ => format!("After {}", count(steps, "step")),
            },
            thousands(zeros(numbers)),
            thousands(numbers.len()),
            if self.gradients { "gradients" } else { "parameters" },
        )
    }

    /// The matrices with their places in the list of all parameters.
    fn matrices(&self) -> impl Iterator<Item = (Matrix<'a>, &'a [f64])> {
        let mut rest = self.numbers();
        self.run.params().matrices().map(move |matrix| {
            let (numbers, after) = rest.split_at(matrix.data.len());
            rest = after;
            (matrix, numbers)
        })
    }

    /// Its name, value and gradient.
    fn read_out(&self) -> Markup {
        let Picked { run, index, .. } = *self;
        let exact = |number: f64| match number.abs() {
            size if size == 0.0 || size >= 0.001 => heat::signed(number, if number == 0.0 { 0 } else { 6 }),
            _ => heat::short(number),
        };
        html! {
            code { (run.params().name_of(index).expect("it is one of them")) }
            " has the value " b { (exact(run.params().as_slice()[index])) }
            @match run.losses.len() {
                0 => " and no gradient yet.",
                _ => { " and had the gradient " b { (exact(run.grads()[index])) } " in step " (run.graded()) "." }
            }
        }
    }

    fn figure(&self, over: Option<Picked<'_>>) -> Markup {
        let Picked { run, matrix, row, col, .. } = self;
        let first = self.index - col;
        let numbers = &self.numbers()[first..][..matrix.cols];
        let full = heat::largest(numbers);
        html! {
            ul class="matrices" style={ "--across:" (4 * run.params().config().n_embd) } {
                @for (matrix, numbers) in self.matrices() {
                    (map(matrix, numbers, "matrix", (matrix.name == self.matrix.name).then_some(self.row)))
                }
            }
            p class="over" {
                @match over {
                    Some(over) => (over.read_out()),
                    None => "Point at a square to read it out here; a click or tap picks it.",
                }
            }
            ul class="levels" aria-label="What the colours mean" {
                li { span {} " 0; else positive and negative:" }
                @for (place, from) in SIZES.iter().enumerate() {
                    @let style = heat::ground(place as f64 + 1.0, SIZES.len() as f64);
                    li {
                        span class="heat" style=(style) {} span class="heat negative" style=(style) {}
                        @if let Some(to) = SIZES.get(place + 1) { " to ±" (to) } @else { " beyond ±" (from) }
                    }
                }
            }
            p class="caption" {
                (matrix.name) "[" (row) "], " (meaning(matrix.name, *row)) ": its " (matrix.cols) " "
                (if self.gradients { "gradients" } else { "values" })
            }
            ol class="vector" aria-label="The row" {
                @for (place, &number) in numbers.iter().enumerate() {
                    li class={ (heat::class(number)) @if place == *col { " chosen" } }
                        style=(heat::ground(number, full)) data-set={ "col=" (place) } { (self.text(number)) }
                }
            }
            p class="picked" { (self.read_out()) }
            details {
                summary { "The " (if self.gradients { "gradients" } else { "values" }) " of each matrix" }
                (self.table())
            }
        }
    }

    /// The same in numbers.
    fn table(&self) -> Markup {
        let all = self.numbers().len();
        html! {
            div class="table-wrapper" {
                table class="numbers" {
                    thead { tr {
                        th scope="col" { "matrix" } th scope="col" { "shape" }
                        th scope="col" { "parameters" } th scope="col" { "exactly 0" }
                        th scope="col" { "standard deviation" } th scope="col" { "farthest from 0" }
                    } }
                    tbody {
                        @for (matrix, numbers) in self.matrices() {
                            tr data-set={ "matrix=" (matrix.name) } class=[(matrix.name == self.matrix.name).then_some("used")] {
                                th scope="row" { (bare(matrix.name)) }
                                td { (matrix.rows) " × " (matrix.cols) }
                                td { (thousands(numbers.len())) }
                                td { (thousands(zeros(numbers))) }
                                td { (self.text(standard_deviation(numbers))) }
                                td { (self.text(heat::largest(numbers))) }
                            }
                        }
                        tr {
                            th scope="row" { "all" } td {} td { b { (thousands(all)) } }
                            td { b { (thousands(zeros(self.numbers()))) } } td {} td {}
                        }
                    }
                }
            }
        }
    }
}

/// A matrix as a heat map, each entry to be pointed at and picked: that sets `control` to its name. `chosen` is the
/// row that is outlined, if it is in this matrix.
pub(super) fn map(matrix: Matrix<'_>, numbers: &[f64], control: &str, chosen: Option<usize>) -> Markup {
    let Matrix { name, rows, cols, .. } = matrix;
    let short = bare(name);
    // Positive ones from small to large, then negative ones.
    let mut paths: [String; 2 * SIZES.len()] = Default::default();
    for (y, row) in numbers.chunks(cols).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|&a, &b| colour(a) == colour(b)) {
            if let Some(colour) = colour(run[0]) {
                write!(paths[colour], "M{x} {y}h{}", run.len()).expect("a text takes everything");
            }
            x += run.len();
        }
    }
    html! {
        li class=[chosen.map(|_| "used")] style={ "grid-area:" (short) ";--cols:" (cols) } {
            b { (short) } " " (rows) " × " (cols)
            svg viewBox={ "0 0 " (cols) " " (rows) } role="img" aria-label={ (short) ", " (rows) " × " (cols) } {
                g transform="translate(0 .5)" {
                    @for (colour, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
                        @let size = colour % SIZES.len() + 1;
                        path class=(if colour < SIZES.len() { "heat" } else { "heat negative" })
                            style=(heat::ground(size as f64, SIZES.len() as f64)) d=(path) {}
                    }
                }
                @for row in 0..rows {
                    rect y=(row) class=[(chosen == Some(row)).then_some("chosen")]
                        data-set={ (control) "=" (name) "&row=" (row) } data-cols=(cols) {}
                }
            }
        }
    }
}

/// The place of a number's colour; 0 has none.
fn colour(number: f64) -> Option<usize> {
    let size = SIZES.iter().filter(|&&size| number.abs() > size).count();
    let sign = if number < 0.0 { SIZES.len() } else { 0 };
    size.checked_sub(1).map(|place| place + sign)
}

/// What a row of a matrix belongs to.
fn meaning(matrix: &str, row: usize) -> String {
    match matrix {
        "wte" => format!("the row of the token {}", token(row)),
        "wpe" => format!("the row of position {row}"),
        "lm_head" => format!("the row for the score of {}", token(row)),
        _ => format!("the row of output {row}"),
    }
}

/// How many numbers are exactly 0.
fn zeros(numbers: &[f64]) -> usize {
    numbers.iter().filter(|&&number| number == 0.0).count()
}

/// The standard deviation.
fn standard_deviation(numbers: &[f64]) -> f64 {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    (numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / n).sqrt()
}
