//! The forward pass (lines 108–144): one call of `gpt`, stage by stage, beside the lines that compute it.

use maud::{Markup, html};
use microgpt::activations::{Activations, HeadActivations, LayerActivations};
use microgpt::{Ablation, Fused, Tape, softmax};

use super::sampling::likeliest;
use super::{count, encoded, model, rms, token};
use crate::run::Settings;
use crate::{Control, Problem, State, View, Widget, heat};

mod map;
use map::Map;

/// What each line of `gpt` takes and gives for a position of a typed name, and at last the probabilities.
pub(super) struct Forward;

/// How many numbers of a vector are shown unfolded.
const FEW: usize = 16;

/// The program, and its lines that are shown: the function, and what its caller does with the logits.
const PROGRAM: &[u8] = include_bytes!("../../../microgpt.py");
/// How many lines stand above and below the middle of a stage.
const AROUND: usize = 3;
static GPT: [u8; length(108, 144)] = excerpt(108);
static PROBS: [u8; length(166, 166)] = excerpt(166);

impl Widget for Forward {
    fn controls(&self) -> Vec<Control> {
        let mut controls = vec![
            Control::text("name", "Name", "anna", 24),
            Control::range("position", "Position", 4, 0, 7),
            Control::film("stage", "Stage", 0, STAGES.len() - 1, 1),
            Control::check("untrained", "before training"),
        ];
        controls.extend(Settings::hidden());
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let tokens = encoded(state.text("name"))?;
        let params = model(state)?;
        let n = params.config().block_size.min(tokens.len() - 1);
        let mut positions = Fused::new(&params).activations(params.as_slice(), &tokens[..n]);
        let position = state.number("position").min(n - 1);
        positions.truncate(position + 1);
        let tape = Tape::new();
        let probs = softmax(&tape.values(&positions[position].logits));
        let call = Call { positions, probs: probs.iter().map(|p| p.data()).collect(), tokens };
        let Stage(first, last, says, takes, gives) = STAGES[state.number("stage")];
        let which = if first == last { format!("Line {first}") } else { format!("Lines {first}–{last}") };
        let left_out = if left_out(first, params.ablation()) {
            " This model leaves it out."
        } else if first == 139 && !params.config().squared_relu {
            " This model does not square."
        } else {
            ""
        };
        Ok(View {
            summary: format!("{which}: {says}{left_out}"),
            figure: html! {
                div class="call" {
                    (Map { call: &call, stage: state.number("stage"), seen: n, off: params.ablation() }.draw())
                    div {
                        ol class="excerpt" aria-label="Lines of microgpt.py" { (program((first, last))) }
                        p class="caption" {
                            "gpt(" (call.tokens[position]) ", " (position) ", keys, values): token "
                            (token(call.tokens[position]))
                            " at position " (position) "; before the call, keys[0] and values[0] have "
                            (count(position, "vector")) " each."
                        }
                        (call.vectors("takes", takes))
                        (call.vectors("gives", gives))
                        @if first == 166 { (call.prediction()) }
                    }
                }
                p class="caption" {
                    "In the strips of the map, orange is positive and blue negative; the colour is full from "
                    (map::FULL) " on."
                }
            },
            max: vec![("position", n - 1)],
        })
    }
}

/// A group of lines: the first and the last, what they do, what they take for it, and what they give.
struct Stage(usize, usize, &'static str, &'static [Vectors], &'static [Vectors]);

/// Vectors of a call, with their name in the program.
enum Vectors {
    /// A single one.
    One(&'static str, fn(&Call) -> &[f64]),
    /// One in each head.
    Heads(&'static str, fn(&HeadActivations<f64>) -> &[f64]),
    /// One in the list of each position so far.
    List(&'static str, fn(&LayerActivations<f64>) -> &[f64]),
    /// The slices of the query.
    Slices,
}

use Vectors::{Heads, List, One, Slices};

const EMBEDDING_NORM: fn(&Call) -> &[f64] = |call| &call.at().embedding_norm;
const KEYS: Vectors = List("keys[0]", |layer| &layer.k);
const VALUES: Vectors = List("values[0]", |layer| &layer.v);
const ATTN_LOGITS: Vectors = Heads("attn_logits", |head| &head.attn_logits);
const ATTN_WEIGHTS: Vectors = Heads("attn_weights", |head| &head.attn_weights);
const HEAD_OUT: Vectors = Heads("head_out", |head| &head.head_out);

/// The call, from its first line to what its caller does with the result.
static STAGES: &[Stage] = &[
    Stage(
        108,
        108,
        "gpt gets a token id, a position, and the lists that the calls before have left.",
        &[],
        &[],
    ),
    Stage(
        109,
        109,
        "tok_emb is the row of the token in wte: what the token is.",
        &[],
        &[One("tok_emb", |call| &call.at().tok_emb)],
    ),
    Stage(
        110,
        110,
        "pos_emb is the row of the position in wpe: where the token stands.",
        &[],
        &[One("pos_emb", |call| &call.at().pos_emb)],
    ),
    Stage(
        111,
        111,
        "the two rows are added, entry by entry.",
        &[One("tok_emb", |call| &call.at().tok_emb), One("pos_emb", |call| &call.at().pos_emb)],
        &[One("x", |call| &call.at().embedding)],
    ),
    Stage(
        112,
        112,
        "rmsnorm brings the sum to scale.",
        &[One("x", |call| &call.at().embedding)],
        &[One("x", EMBEDDING_NORM)],
    ),
    Stage(
        116,
        116,
        "the vector is kept, to be added again on line 134.",
        &[One("x", EMBEDDING_NORM)],
        &[One("x_residual", EMBEDDING_NORM)],
    ),
    Stage(
        117,
        117,
        "rmsnorm brings x to scale for the attention block.",
        &[One("x", EMBEDDING_NORM)],
        &[One("x", |call| &call.layer().attn_norm)],
    ),
    Stage(
        118,
        120,
        "three matrices make a query, a key and a value of x.",
        &[One("x", |call| &call.layer().attn_norm)],
        &[
            One("q", |call| &call.layer().q),
            One("k", |call| &call.layer().k),
            One("v", |call| &call.layer().v),
        ],
    ),
    Stage(
        121,
        122,
        "key and value go to the end of the lists, behind those of the positions before.",
        &[One("k", |call| &call.layer().k), One("v", |call| &call.layer().v)],
        &[KEYS, VALUES],
    ),
    Stage(
        124,
        128,
        "each head takes its slice of the query, and the same slice of every key and value in the lists.",
        &[One("q", |call| &call.layer().q)],
        &[Slices],
    ),
    Stage(
        129,
        129,
        "each head multiplies its query with its slice of every key: a score for each position so far.",
        &[Slices, KEYS],
        &[ATTN_LOGITS],
    ),
    Stage(130, 130, "softmax turns the scores of each head into weights.", &[ATTN_LOGITS], &[ATTN_WEIGHTS]),
    Stage(
        131,
        131,
        "each head adds up its slices of the values, each times its weight.",
        &[ATTN_WEIGHTS, VALUES],
        &[HEAD_OUT],
    ),
    Stage(
        132,
        132,
        "the outputs of the heads are put one after the other.",
        &[HEAD_OUT],
        &[One("x_attn", |call| &call.layer().x_attn)],
    ),
    Stage(
        133,
        133,
        "attn_wo mixes what the heads have found.",
        &[One("x_attn", |call| &call.layer().x_attn)],
        &[One("x", |call| &call.layer().attn_out)],
    ),
    Stage(
        134,
        134,
        "what was kept is added to what attention has found.",
        &[One("x", |call| &call.layer().attn_out), One("x_residual", EMBEDDING_NORM)],
        &[One("x", |call| &call.layer().attn_residual)],
    ),
    Stage(
        136,
        136,
        "the vector is kept, to be added again on line 141.",
        &[One("x", |call| &call.layer().attn_residual)],
        &[One("x_residual", |call| &call.layer().attn_residual)],
    ),
    Stage(
        137,
        137,
        "rmsnorm brings x to scale for the MLP block.",
        &[One("x", |call| &call.layer().attn_residual)],
        &[One("x", |call| &call.layer().mlp_norm)],
    ),
    Stage(
        138,
        138,
        "mlp_fc1 makes the hidden layer of x, four times as wide.",
        &[One("x", |call| &call.layer().mlp_norm)],
        &[One("x", |call| &call.layer().mlp_hidden)],
    ),
    Stage(
        139,
        139,
        "relu makes 0 of what is negative, and the rest is squared.",
        &[One("x", |call| &call.layer().mlp_hidden)],
        &[One("x", |call| &call.layer().mlp_active)],
    ),
    Stage(
        140,
        140,
        "mlp_fc2 leads back to the width of the model.",
        &[One("x", |call| &call.layer().mlp_active)],
        &[One("x", |call| &call.layer().mlp_out)],
    ),
    Stage(
        141,
        141,
        "what was kept is added to what the MLP has made.",
        &[One("x", |call| &call.layer().mlp_out), One("x_residual", |call| &call.layer().attn_residual)],
        &[One("x", |call| &call.layer().mlp_residual)],
    ),
    Stage(
        143,
        144,
        "lm_head makes a score for each token of the vocabulary, from a to BOS: that is the result.",
        &[One("x", |call| &call.layer().mlp_residual)],
        &[One("logits", |call| &call.at().logits)],
    ),
    Stage(
        166,
        166,
        "softmax, in the caller, makes probabilities of the scores.",
        &[One("logits", |call| &call.at().logits)],
        &[One("probs", |call| &call.probs)],
    ),
];

/// A call of `gpt` for the last of some positions.
struct Call {
    tokens: Vec<usize>,
    /// What was computed at each position so far.
    positions: Vec<Activations<f64>>,
    /// The probabilities of the next token.
    probs: Vec<f64>,
}

impl Call {
    fn at(&self) -> &Activations<f64> {
        &self.positions[self.positions.len() - 1]
    }

    fn layer(&self) -> &LayerActivations<f64> {
        &self.at().layers[0]
    }

    fn vectors(&self, what: &str, all: &[Vectors]) -> Markup {
        let layer = self.layer();
        let many = |name: &str, each: &str, vectors: Markup| {
            html! {
                details {
                    summary { b { (name) } ": one of each " (each) }
                    (vectors)
                }
            }
        };
        html! {
            @if !all.is_empty() { p class="what" { (what) } }
            @for vectors in all {
                @match vectors {
                    One(name, numbers) => (Self::vector(name, numbers(self))),
                    Heads(name, numbers) => (many(name, "head", html! {
                        @for (h, head) in layer.heads.iter().enumerate() {
                            (Self::vector(&format!("{name} of head {h}"), numbers(head)))
                        }
                    })),
                    List(name, numbers) => (many(name, "position", html! {
                        @for (t, position) in self.positions.iter().enumerate() {
                            (Self::vector(&format!("{name}[{t}] of {}", token(self.tokens[t])), numbers(&position.layers[0])))
                        }
                    })),
                    Slices => (many("q_h", "head", html! {
                        @for (h, q_h) in layer.q.chunks(layer.q.len() / layer.heads.len()).enumerate() {
                            (Self::vector(&format!("q_h of head {h}"), q_h))
                        }
                    })),
                }
            }
        }
    }

    /// A vector with its name, and what can be said about it as a whole; many numbers are folded.
    fn vector(name: &str, numbers: &[f64]) -> Markup {
        let zeros = numbers.iter().filter(|x| **x == 0.0).count();
        let caption = html! {
            b { (name) } ": " (count(numbers.len(), "number"))
            @if name == "x" || name == "x_residual" { ", RMS " (heat::signed(rms(numbers), 4)) }
            @if zeros > 0 { ", " (zeros) " exactly 0" }
        };
        let list = heat::vector(name, numbers, 4);
        html! {
            @if numbers.len() > FEW {
                details { summary { (caption) } (list) }
            } @else {
                p class="caption" { (caption) }
                (list)
            }
        }
    }

    /// The likeliest next tokens, and the right one.
    fn prediction(&self) -> Markup {
        let target = self.tokens[self.positions.len()];
        let mut ids = likeliest(&self.probs);
        if !ids.contains(&target) {
            ids.push(target);
        }
        html! {
            div class="table-wrapper" {
                table class="numbers" {
                    caption { "The likeliest next tokens, and the target" }
                    thead { tr {
                        th scope="col" { "token" } th scope="col" { "logit" } th scope="col" { "probability" }
                    } }
                    tbody {
                        @for id in ids {
                            tr.chosen[id == target] {
                                th scope="row" { (token(id)) @if id == target { " (target)" } }
                                td { (heat::signed(self.at().logits[id], 4)) }
                                (heat::cell(self.probs[id], 1.0, &heat::signed(self.probs[id], 4)))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether a model does without what this line does.
fn left_out(line: usize, off: Ablation) -> bool {
    match line {
        111 => off.no_position_embedding,
        112 | 117 | 137 => off.no_rmsnorm,
        116 | 134 | 136 | 141 => off.no_residual,
        _ => false,
    }
}

/// Where a line of the program begins.
const fn start(line: usize) -> usize {
    let (mut number, mut place) = (1, 0);
    while number < line {
        if PROGRAM[place] == b'\n' {
            number += 1;
        }
        place += 1;
    }
    place
}

/// How many bytes lines of the program have.
const fn length(first: usize, last: usize) -> usize {
    start(last + 1) - start(first)
}

/// The program from this line on. It is a copy, so that the rest of it need not come into the page.
const fn excerpt<const LENGTH: usize>(first: usize) -> [u8; LENGTH] {
    let mut copy = [0; LENGTH];
    copy.copy_from_slice(PROGRAM.split_at(start(first)).1.split_at(LENGTH).0);
    copy
}

/// The stage of a line, if it belongs to one.
fn stage_of(line: usize) -> Option<usize> {
    STAGES.iter().position(|Stage(from, to, ..)| (*from..=*to).contains(&line))
}

/// Some lines of the program around a stage, as many for each, those of the stage marked; a click on another
/// leads to its stage.
fn program((from, to): (usize, usize)) -> Markup {
    let lines =
        |first: usize, lines| (first..).zip(str::from_utf8(lines).expect("lines of a text are text").lines());
    let first = ((from + to) / 2 - AROUND).clamp(108, 144 - 2 * AROUND);
    let end = first + 2 * AROUND + usize::from(from <= 144);
    let near = lines(108, &GPT).filter(|(number, _)| (first..end).contains(number));
    html! {
        @for (number, line) in near.chain(lines(166, &PROBS).filter(|(number, _)| *number == from)) {
            li value=(number) aria-current=[(from..=to).contains(&number).then_some("step")]
                data-set=[stage_of(number).map(|stage| format!("stage={stage}"))] { (line) }
        }
    }
}
