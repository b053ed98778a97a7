//! A forward pass over a document whose numbers know their names and lines, and that can be told to take other
//! numbers on its way.

use microgpt::autograd::Operation;
use microgpt::inference::{Sample, SamplingError};
use microgpt::paths::{Edge, Path};
use microgpt::training::Loss;
use microgpt::turned::{Spot, loss_turned};
use microgpt::{Parameters, Random, Sampler, Tape, Value};

use crate::run::VOCABULARY;

/// A kind of vector on the way.
#[derive(Debug)]
pub struct Vector {
    /// Its name among the crate's activations.
    pub name: &'static str,
    /// Its name in microgpt.py.
    pub python: &'static str,
    /// The line of microgpt.py that computes it.
    pub line: usize,
    /// The function that the line calls, if it does.
    function: Function,
}

/// What computes a vector.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Function {
    /// The line itself.
    Line,
    /// Line 95.
    Linear,
    /// Lines 98–101.
    Softmax,
    /// Lines 104–106.
    RmsNorm,
}

/// All of them, in the order of the program.
pub const VECTORS: &[Vector] = &[
    Vector { name: "tok_emb", python: "tok_emb", line: 109, function: Function::Line },
    Vector { name: "pos_emb", python: "pos_emb", line: 110, function: Function::Line },
    Vector { name: "embedding", python: "x", line: 111, function: Function::Line },
    Vector { name: "embedding_norm", python: "x", line: 112, function: Function::RmsNorm },
    Vector { name: "attn_norm", python: "x", line: 117, function: Function::RmsNorm },
    Vector { name: "q", python: "q", line: 118, function: Function::Linear },
    Vector { name: "k", python: "k", line: 119, function: Function::Linear },
    Vector { name: "v", python: "v", line: 120, function: Function::Linear },
    Vector { name: "attn_logits", python: "attn_logits", line: 129, function: Function::Line },
    Vector { name: "attn_weights", python: "attn_weights", line: 130, function: Function::Softmax },
    Vector { name: "head_out", python: "head_out", line: 131, function: Function::Line },
    Vector { name: "x_attn", python: "x_attn", line: 132, function: Function::Line },
    Vector { name: "attn_out", python: "x", line: 133, function: Function::Linear },
    Vector { name: "attn_residual", python: "x", line: 134, function: Function::Line },
    Vector { name: "mlp_norm", python: "x", line: 137, function: Function::RmsNorm },
    Vector { name: "mlp_hidden", python: "x", line: 138, function: Function::Linear },
    Vector { name: "mlp_active", python: "x", line: 139, function: Function::Line },
    Vector { name: "mlp_out", python: "x", line: 140, function: Function::Linear },
    Vector { name: "mlp_residual", python: "x", line: 141, function: Function::Line },
    Vector { name: "logits", python: "logits", line: 143, function: Function::Linear },
    Vector { name: "probs", python: "probs", line: 166, function: Function::Softmax },
];

/// The kind of this name.
///
/// # Panics
///
/// If there is none.
pub fn vector(name: &str) -> &'static Vector {
    VECTORS.iter().find(|vector| vector.name == name).expect("VECTORS lists every vector of the crate")
}

/// What can be chosen: the matrices, and the vectors on the way, with what is written for them. A number of those
/// that each head has stands behind their names.
pub const PLACES: &[(&str, &str)] = &[
    ("wte", "wte"),
    ("wpe", "wpe"),
    ("lm_head", "lm_head"),
    ("layer0.attn_wq", "attn_wq"),
    ("layer0.attn_wk", "attn_wk"),
    ("layer0.attn_wv", "attn_wv"),
    ("layer0.attn_wo", "attn_wo"),
    ("layer0.mlp_fc1", "mlp_fc1"),
    ("layer0.mlp_fc2", "mlp_fc2"),
    ("embedding", "x of line 111"),
    ("embedding_norm", "x of line 112"),
    ("attn_norm", "x of line 117"),
    ("q", "q of line 118"),
    ("k", "k of line 119"),
    ("v", "v of line 120"),
    ("attn_logits-0", "attn_logits of head 0"),
    ("attn_logits-1", "attn_logits of head 1"),
    ("attn_logits-2", "attn_logits of head 2"),
    ("attn_logits-3", "attn_logits of head 3"),
    ("attn_weights-0", "attn_weights of head 0"),
    ("attn_weights-1", "attn_weights of head 1"),
    ("attn_weights-2", "attn_weights of head 2"),
    ("attn_weights-3", "attn_weights of head 3"),
    ("x_attn", "x_attn of line 132"),
    ("attn_out", "x of line 133"),
    ("attn_residual", "x of line 134"),
    ("mlp_norm", "x of line 137"),
    ("mlp_hidden", "x of line 138"),
    ("mlp_active", "x of line 139"),
    ("mlp_out", "x of line 140"),
    ("mlp_residual", "x of line 141"),
    ("logits", "logits of line 143"),
];

/// A place as chosen: a name of [`PLACES`], a row or position, and a column or index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name.
    pub name: String,
    /// The row of a matrix, or the position of a vector.
    pub row: usize,
    /// The column of a matrix, or the index in a vector.
    pub col: usize,
}

/// Something done to the model by hand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Knob {
    /// A number on the way is set to another.
    Set {
        /// Its vector.
        spot: Spot,
        /// Its index there.
        index: usize,
        /// The number it is set to.
        to: f64,
    },
    /// The output of this head is 0 at every position.
    Off(usize),
}

/// Turns the knobs of a vector that was just computed.
fn turn<'t>(knobs: &[Knob], spot: Spot, x: &mut [Value<'t>]) {
    for knob in knobs {
        match *knob {
            Knob::Set { spot: at, index, to } if at == spot => {
                if let Some(x_i) = x.get_mut(index) {
                    *x_i = x_i.tape().value(to);
                }
            }
            Knob::Off(h) if spot.name == "head_out" && spot.h == h => {
                x.iter_mut().for_each(|x_i| *x_i = x_i.tape().value(0.0));
            }
            _ => {}
        }
    }
}

/// Writes a text with the knobs turned.
///
/// # Errors
///
/// As those of [`Sampler::sample`].
pub fn sample(
    params: &Parameters,
    knobs: &[Knob],
    temperature: f64,
    random: &mut Random,
) -> Result<Sample, SamplingError> {
    Sampler::new(&VOCABULARY, params).sample_turned(temperature, random, &mut |spot, x| turn(knobs, spot, x))
}

/// A vector of a pass.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Which one.
    pub spot: Spot,
    /// The places of its numbers on the tape.
    pub places: Vec<usize>,
    /// How long the tape was when it was complete.
    end: usize,
}

/// The loss of a document, with all numbers on the way (lines 157–169).
#[derive(Debug)]
pub struct Pass<'t> {
    tape: &'t Tape,
    params: &'t Parameters,
    /// The tokens of the document, BOS at both ends.
    pub tokens: &'t [usize],
    /// What the program computes.
    pub loss: Loss<'t>,
    /// The vectors, in order.
    pub stages: Vec<Stage>,
}

impl<'t> Pass<'t> {
    /// The pass over a document, on an empty tape.
    ///
    /// # Panics
    ///
    /// As [`loss`](microgpt::loss).
    pub fn new(tape: &'t Tape, params: &'t Parameters, tokens: &'t [usize], knobs: &[Knob]) -> Self {
        let mut stages = Vec::new();
        let loss = loss_turned(tokens, &params.on(tape), &mut |spot, x| {
            turn(knobs, spot, x);
            let places = x.iter().map(|x_i| x_i.index()).collect();
            stages.push(Stage { spot, places, end: tape.len() });
        });
        Pass { tape, params, tokens, loss, stages }
    }

    /// How many predictions there are.
    pub fn len(&self) -> usize {
        self.loss.losses.len()
    }

    /// Whether there are none: never.
    pub fn is_empty(&self) -> bool {
        self.loss.losses.is_empty()
    }

    /// The vector of this name at a position; `h` is 0 where it is of no head.
    pub fn stage(&self, pos_id: usize, name: &str, h: usize) -> Option<&Stage> {
        self.stages
            .iter()
            .find(|Stage { spot, .. }| spot.pos_id == pos_id && spot.name == name && spot.h == h)
    }

    /// Its numbers.
    pub fn data(&self, pos_id: usize, name: &str, h: usize) -> Vec<f64> {
        let places = self.stage(pos_id, name, h).map_or(&[][..], |stage| &stage.places);
        places.iter().map(|place| self.value(*place).data()).collect()
    }

    /// The number at a place of the tape.
    ///
    /// # Panics
    ///
    /// If the tape is not that long.
    pub fn value(&self, place: usize) -> Value<'t> {
        self.tape.get(place).expect("a place on the tape of this pass")
    }

    /// A chosen place, moved to the last row or column where it is beyond it; which those are; and where the number
    /// stands on the tape.
    pub fn find(&self, place: &Place) -> Found {
        if let Some(matrix) = self.params.get(&place.name) {
            let (row, col) = (place.row.min(matrix.rows - 1), place.col.min(matrix.cols - 1));
            let range = self.params.range_of(&place.name).expect("it has this matrix");
            return Found {
                row,
                col,
                rows: matrix.rows,
                cols: matrix.cols,
                index: range.start + row * matrix.cols + col,
                spot: None,
            };
        }
        let (name, h) = match place.name.split_once('-') {
            Some((name, h)) => (name, h.parse().unwrap_or(0)),
            None => (&place.name[..], 0),
        };
        let row = place.row.min(self.len() - 1);
        let stage = self.stage(row, name, h).expect("PLACES are matrices and vectors");
        let col = place.col.min(stage.places.len() - 1);
        let (rows, cols) = (self.len(), stage.places.len());
        Found { row, col, rows, cols, index: stage.places[col], spot: Some(stage.spot) }
    }

    /// The vector that a number belongs to, or on the way to which it was computed; none for parameters and for what
    /// is computed from the probabilities.
    fn stage_of(&self, place: usize) -> Option<&Stage> {
        let stage = self.stages.get(self.stages.partition_point(|stage| stage.end <= place))?;
        (place >= self.params.len() && stage.spot.name != "tok_emb").then_some(stage)
    }

    /// The position that a number was computed at; none for parameters and for the mean of the losses.
    pub fn position(&self, place: usize) -> Option<usize> {
        match self.stage_of(place) {
            Some(stage) => Some(stage.spot.pos_id),
            None if place < self.params.len() => None,
            None => self.loss.losses.iter().position(|loss_t| place <= loss_t.index()),
        }
    }

    /// The line that computed a number, and if that stands in a function the line that called it. Parameters have none.
    pub fn line(&self, place: usize) -> Option<(usize, Option<usize>)> {
        if place < self.params.len() {
            return None;
        }
        let Some(stage) = self.stage_of(place) else {
            return Some((if self.position(place).is_some() { 167 } else { 169 }, None));
        };
        let Vector { line, function, .. } = vector(stage.spot.name);
        let before = self.stages[..].iter().rev().map(|stage| stage.end).find(|end| *end < stage.end);
        let mut range = before.unwrap_or(0)..stage.end;
        let find = |operation| range.clone().find(|place| self.value(*place).operation() == operation);
        let inner = match function {
            Function::Line => return Some((*line, None)),
            Function::Linear => 95,
            Function::RmsNorm => {
                // (mean_square + 1e-5) ** -0.5: the sum, and before it its plain number
                let power = find(Operation::Pow).unwrap_or(0);
                if place > power {
                    106
                } else if place + 1 < power {
                    104
                } else {
                    105
                }
            }
            Function::Softmax => {
                let division = find(Operation::Pow).unwrap_or(0);
                let last = range.rfind(|place| self.value(*place).operation() == Operation::Exp).unwrap_or(0);
                if place >= division {
                    101
                } else if place <= last {
                    99
                } else {
                    100
                }
            }
        };
        Some((inner, Some(*line)))
    }

    /// What a number is called: `wte[13][0]`, `q[3]`, `attn_weights[2] of head 1`, or what it is on the way to that.
    pub fn name(&self, place: usize) -> String {
        if let Some(name) = self.params.name_of(place) {
            return name.trim_start_matches("layer0.").to_owned();
        }
        let Some(stage) = self.stage_of(place) else {
            let loss_t = self.loss.losses.iter().any(|loss_t| loss_t.index() == place);
            return match self.position(place) {
                _ if loss_t => "loss_t",
                Some(_) => "log",
                None if place == self.loss.loss.index() => "loss",
                None => "sum(losses)",
            }
            .to_owned();
        };
        let Spot { name, h, .. } = stage.spot;
        if let Some(index) = stage.places.iter().position(|known| *known == place) {
            return element(name, h, index);
        }
        match self.line(place) {
            Some((99, _)) => "exps".to_owned(),
            Some((100, _)) => "total".to_owned(),
            Some((104, _)) => "mean_square".to_owned(),
            Some((105, _)) => "scale".to_owned(),
            _ => {
                let index = stage.places.iter().position(|known| *known > place).unwrap_or(0);
                format!("a part of {}", element(name, h, index))
            }
        }
    }
}

/// A stretch of a path, within one line at one position.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The line, and if it stands in a function the line that called it.
    pub line: (usize, Option<usize>),
    /// The position, but for the mean of the losses.
    pub position: Option<usize>,
    /// The number that the stretch comes to.
    pub name: String,
    /// The local gradients on it, but for those that are 1.
    pub factors: Vec<f64>,
}

impl Pass<'_> {
    /// A path, line by line.
    pub fn steps(&self, path: &Path) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let mut last = None;
        for edge in &path.edges {
            let Some(line) = self.line(edge.node) else { continue };
            let position = self.position(edge.node);
            let here = (line, position, self.stage_of(edge.node).map(|stage| stage.spot));
            if last != Some(here) {
                steps.push(Step { line, position, name: String::new(), factors: Vec::new() });
                last = Some(here);
            }
            if let Some(step) = steps.last_mut() {
                step.name = self.name(edge.node);
                step.factors.extend(Some(edge.local_grad).filter(|factor| *factor != 1.0));
            }
        }
        steps
    }

    /// Why these local gradients are 0: the reasons, each with how many of them it explains.
    pub fn reasons(&self, cuts: &[Edge]) -> Vec<(String, usize)> {
        let mut reasons: Vec<(String, usize)> = Vec::new();
        for cut in cuts {
            let node = self.value(cut.node);
            let line = match self.line(cut.node) {
                Some((_, Some(line)) | (line, None)) => line,
                None => continue,
            };
            let other = node.children().map(|(child, _)| child.index()).find(|child| *child != cut.child);
            let reason = match (node.operation(), other) {
                (Operation::Relu, _) => {
                    format!("on line {line} the number is negative: relu gives 0 for it, with slope 0")
                }
                (Operation::Mul, Some(other)) if other < self.params.len() => {
                    let name = self.name(other);
                    let matrix = name.split('[').next().unwrap_or_default();
                    format!("on line {line} it is multiplied with an entry of {matrix} that is exactly 0")
                }
                (Operation::Mul, Some(other)) => {
                    let made = self.stage_of(other).map(|stage| vector(stage.spot.name).line);
                    let of = made.map_or(String::new(), |made| format!(" of line {made}"));
                    format!("on line {line} it is multiplied with a number{of} that is exactly 0")
                }
                _ => format!("on line {line} the local gradient is exactly 0"),
            };
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, number)) => *number += 1,
                None => reasons.push((reason, 1)),
            }
        }
        reasons
    }
}

/// What a number of a vector is called.
pub fn element(name: &str, h: usize, index: usize) -> String {
    let python = vector(name).python;
    match name {
        "attn_logits" | "attn_weights" | "head_out" => format!("{python}[{index}] of head {h}"),
        _ => format!("{python}[{index}]"),
    }
}

/// A place that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The row, or position.
    pub row: usize,
    /// The column, or index.
    pub col: usize,
    /// How many rows or positions there are.
    pub rows: usize,
    /// How many columns there are, or how many numbers in the vector.
    pub cols: usize,
    /// Where the number stands on the tape; of a parameter its place among all.
    pub index: usize,
    /// The vector, if it is no parameter.
    pub spot: Option<Spot>,
}
