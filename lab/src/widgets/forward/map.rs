//! The whole call as a map: its vectors as strips, the residual path as the road around the blocks.

use maud::{Markup, html};

use super::{Call, left_out, stage_of};
use crate::draw::{self, Point};
use crate::widgets::sampling::likeliest;
use crate::widgets::{letter, token};
use microgpt::Ablation;

/// The number that has the full colour, in all strips: so they can be compared.
pub(super) const FULL: f64 = 1.0;

/// The left edge of the strips, the widths of one as wide as the model and of one across, and the right edge.
const LEFT: f64 = 44.0;
const STRIP: f64 = 96.0;
const ACROSS: f64 = 304.0;
const RIGHT: f64 = LEFT + ACROSS;
/// The columns: as q, k and v stand.
const COLUMNS: [f64; 3] = [LEFT, LEFT + 104.0, LEFT + 208.0];
/// The height of a strip, that of one in a list, and that of the bars of weights and of probabilities.
const HIGH: f64 = 12.0;
const THIN: f64 = 7.0;
const WEIGHT: f64 = 22.0;
const PROBABILITY: f64 = 44.0;
/// Where the road runs.
const ROAD: f64 = 16.0;

/// The map of a call, at a stage.
pub(super) struct Map<'a> {
    pub call: &'a Call,
    pub stage: usize,
    /// The positions of the name that the model sees.
    pub seen: usize,
    pub off: Ablation,
}

impl Map<'_> {
    pub(super) fn draw(&self) -> Markup {
        let (at, layer) = (self.call.at(), self.call.layer());
        let position = self.call.positions.len() - 1;
        // What stands below the lists moves down with their length.
        let lists = 224.0;
        let heads = lists + THIN * self.seen as f64 + 24.0;
        let joined = heads + 102.0;
        let mlp = joined + 84.0;
        let end = mlp + 154.0;
        let column = |j: usize| COLUMNS[j] + STRIP / 2.0;
        let middle = column(0);
        let from = self.token(position);
        let best = likeliest(&self.call.probs)[0];
        let about = format!(
            "The whole call: token and position become vectors, which attention and the MLP add to, then scores and \
             probabilities. The likeliest next token is {}, {:.0} %.",
            token(best),
            100.0 * self.call.probs[best]
        );
        let drawing = html! {
            // What leads from one to the next, below all
            (block("attention", 148.0, joined + 42.0))
            (block("MLP", mlp + 4.0, mlp + 120.0))
            @for j in 0..2 { (draw::path("flow", &[(from, 33.0), (from, 42.0), (column(j), 42.0), (column(j), 60.0)])) }
            (draw::path("flow", &[(middle, 60.0), (middle, 178.0)]))
            (draw::path("flow", &[(column(1), 72.0), (column(1), 84.0), (middle, 84.0)]))
            @for j in 0..3 {
                (draw::path("flow", &[(middle, 178.0), (column(j), 178.0), (column(j), 194.0)]))
                (draw::path("flow", &[(column(j), 206.0), (column(j), lists + 2.0)]))
                (draw::path("flow", &[(column(j), lists + 14.0), (column(j), heads - 17.0)]))
            }
            (self.joins(heads, joined))
            (draw::path("flow", &[(middle, joined), (middle, end + 14.0)]))
            (self.road(116, 134, (middle, 143.0), joined + 58.0))
            (self.road(136, 141, (middle, joined + 74.0), mlp + 136.0))

            (self.tokens(position))
            (self.row(109, COLUMNS[0], 60.0, "tok_emb", "", &at.tok_emb))
            (self.row(110, COLUMNS[1], 60.0, "pos_emb", "", &at.pos_emb))
            (self.row(111, LEFT, 98.0, "", "+", &at.embedding))
            (self.row(112, LEFT, 126.0, "", "rmsnorm", &at.embedding_norm))

            (self.row(117, LEFT, 158.0, "", "rmsnorm", &layer.attn_norm))
            (self.made(118, (LEFT - 4.0, 180.0), (RIGHT + 4.0, 210.0), html! {
                @for (j, (name, vector)) in [("q", &layer.q), ("k", &layer.k), ("v", &layer.v)].into_iter().enumerate() {
                    (draw::text("quiet start", (COLUMNS[j], 191.0), name))
                    (strip((COLUMNS[j], 194.0), STRIP, HIGH, vector))
                }
            }))
            (self.lists(lists))
            (self.heads(heads))
            (self.row(132, LEFT, joined, "", "x_attn: the heads, joined", &layer.x_attn))
            (self.row(133, LEFT, joined + 24.0, "", "linear, attn_wo", &layer.attn_out))
            (self.row(134, LEFT, joined + 52.0, "", "x + x_residual", &layer.attn_residual))

            (self.row(137, LEFT, mlp + 12.0, "", "rmsnorm", &layer.mlp_norm))
            (self.row(138, LEFT, mlp + 44.0, "linear, mlp_fc1", "", &layer.mlp_hidden))
            (self.row(139, LEFT, mlp + 76.0, "relu (line 139)", "", &layer.mlp_active))
            (self.row(140, LEFT, mlp + 100.0, "", "linear, mlp_fc2", &layer.mlp_out))
            (self.row(141, LEFT, mlp + 130.0, "", "x + x_residual", &layer.mlp_residual))

            (self.row(143, LEFT, end + 14.0, "linear, lm_head: logits", "", &at.logits))
            (self.probabilities(end + 48.0, best))
        };
        draw::picture(&about, (360.0, end + 128.0), drawing)
    }

    /// What a stage makes, with its ground, which is seen when the reader is there; a click leads there.
    fn made(&self, line: usize, from: Point, to: Point, drawing: Markup) -> Markup {
        let stage = stage_of(line).unwrap_or_default();
        let lit = if stage == self.stage { "lit" } else { "" };
        let without = if left_out(line, self.off) { " later" } else { "" };
        html! {
            g class={ (lit) (without) } data-set={ "stage=" (stage) } {
                (draw::rect("ground", from, (to.0 - from.0, to.1 - from.1)))
                (drawing)
            }
        }
    }

    /// One vector, with its name above it and what made it behind it.
    fn row(&self, line: usize, x: f64, y: f64, name: &str, how: &str, vector: &[f64]) -> Markup {
        let width = if matches!(line, 138 | 139 | 143) { ACROSS } else { STRIP };
        let above = if name.is_empty() { 3.0 } else { 16.0 };
        let right = if name.is_empty() { RIGHT } else { x + width };
        self.made(
            line,
            (x - 4.0, y - above),
            (right + 4.0, y + HIGH + 3.0),
            html! {
                @if !name.is_empty() { (draw::text("quiet start", (x, y - 4.0), name)) }
                (strip((x, y), width, HIGH, vector))
                @if !how.is_empty() { (draw::text("quiet start", (x + STRIP + 10.0, y + 10.5), how)) }
            },
        )
    }

    /// The tokens of the name; a click on one leads to its position.
    fn tokens(&self, position: usize) -> Markup {
        let pitch = self.pitch();
        self.made(108, (LEFT - 4.0, 2.0), (RIGHT + 4.0, 38.0), html! {
            @for t in 0..self.seen {
                @let x = self.token(t);
                g class=[(t > position).then_some("later")] data-set={ "position=" (t) } {
                    (draw::rect("near", (x - pitch / 2.0, 2.0), (pitch, 36.0)))
                    (draw::tokens((x, 20.0), pitch, &[&token(self.call.tokens[t])], (t == position).then_some(0)))
                }
            }
        })
    }

    /// How far apart the tokens are, and where one of them is.
    fn pitch(&self) -> f64 {
        (ACROSS / self.seen as f64).min(40.0)
    }

    fn token(&self, t: usize) -> f64 {
        LEFT + self.pitch() * (t as f64 + 0.5)
    }

    /// From the scores of each head to its weights, to what it hands on, and to all of it joined.
    fn joins(&self, y: f64, joined: f64) -> Markup {
        let heads = self.call.layer().heads.len();
        let (pitch, width) = (ACROSS / heads as f64, STRIP / heads as f64);
        html! {
            @for h in 0..heads {
                @let x = LEFT + pitch * h as f64 + width / 2.0;
                (draw::path("flow", &[(x, y - 17.0), (x, y + 1.0)]))
                (draw::path("flow", &[(x, y + 13.0), (x, y + 76.0)]))
                (draw::path("flow", &[(x, y + 88.0), (x, y + 95.0), (LEFT + STRIP / 2.0, y + 95.0), (LEFT + STRIP / 2.0, joined)]))
            }
            (draw::path("flow", &[(LEFT + width / 2.0, y - 17.0), (LEFT + width / 2.0 + ACROSS - pitch, y - 17.0)]))
        }
    }

    /// The slices of the query, and the lists of keys and values with those of the positions before.
    fn lists(&self, y: f64) -> Markup {
        let layer = self.call.layer();
        let head = STRIP / layer.heads.len() as f64;
        let bottom = y + THIN * self.seen as f64 + 3.0;
        html! {
            (self.made(124, (COLUMNS[0] - 4.0, y - 13.0), (COLUMNS[0] + STRIP + 3.0, bottom), html! {
                (draw::text("quiet start", (COLUMNS[0], y - 2.0), "slices q_h"))
                @for (h, q_h) in layer.q.chunks(layer.q.len() / layer.heads.len()).enumerate() {
                    (strip((COLUMNS[0] + head * h as f64, y + 2.0), head - 3.0, HIGH, q_h))
                }
            }))
            (self.made(121, (COLUMNS[1] - 3.0, y - 13.0), (RIGHT + 4.0, bottom), html! {
                @for (j, name) in [(1, "keys[0]"), (2, "values[0]")] {
                    (draw::text("quiet start", (COLUMNS[j], y - 2.0), name))
                    @for (t, before) in self.call.positions.iter().enumerate() {
                        @let vector = if j == 1 { &before.layers[0].k } else { &before.layers[0].v };
                        (strip((COLUMNS[j], y + 2.0 + THIN * t as f64), STRIP, THIN - 1.0, vector))
                    }
                }
            }))
        }
    }

    /// What each head makes: its scores, its weights as bars, and what it hands on.
    fn heads(&self, y: f64) -> Markup {
        let heads = &self.call.layer().heads;
        let pitch = ACROSS / heads.len() as f64;
        let place = |h: usize| LEFT + pitch * h as f64;
        let cell = ((pitch - 6.0) / self.seen as f64).min(9.0);
        let ground = y + 42.0 + WEIGHT + 16.0;
        let stage = |line, top: f64, bottom: f64, name: &str, drawing: Markup| {
            self.made(
                line,
                (LEFT - 4.0, top),
                (RIGHT + 4.0, bottom),
                html! {
                    (draw::text("quiet start", (LEFT, top + 12.0), name))
                    (drawing)
                },
            )
        };
        html! {
            (stage(129, y - 14.0, y + 15.0, "attn_logits of each head", html! {
                @for (h, head) in heads.iter().enumerate() {
                    (draw::fine((place(h), y + 1.0), (cell, HIGH), FULL, &head.attn_logits))
                }
            }))
            (stage(130, y + 16.0, y + 58.0, "attn_weights", html! {
                @for (h, head) in heads.iter().enumerate() {
                    (bars((place(h), ground - 24.0), cell, WEIGHT, &head.attn_weights))
                }
            }))
            (stage(131, y + 60.0, y + 91.0, "head_out", html! {
                @for (h, head) in heads.iter().enumerate() {
                    @let width = (pitch - 6.0).min(STRIP / heads.len() as f64);
                    (strip((place(h), y + 76.0), width, HIGH, &head.head_out))
                }
            }))
        }
    }

    /// The scores of the tokens have their letters below them, with the bars of their probabilities.
    fn probabilities(&self, y: f64, best: usize) -> Markup {
        let probs = &self.call.probs;
        let cell = ACROSS / probs.len() as f64;
        let target = self.call.tokens[self.call.positions.len()];
        let most = probs[best];
        let middle = |id: usize| LEFT + cell * (id as f64 + 0.5);
        self.made(166, (LEFT - 4.0, y - 16.0), (RIGHT + 4.0, y + PROBABILITY + 34.0), html! {
            (draw::text("quiet start", (LEFT, y - 4.0), &format!("softmax: probs, the highest {:.0} %", 100.0 * most)))
            (draw::text("quiet end", (RIGHT, y + PROBABILITY + 30.0), &format!("boxed: the target, {}; · is BOS", token(target))))
            (bars((LEFT, y + PROBABILITY), cell, PROBABILITY / most, probs))
            @for id in 0..probs.len() { (draw::text("quiet", (middle(id), y + PROBABILITY + 13.0), &letter(id))) }
            (draw::outline((LEFT + cell * target as f64, y + PROBABILITY + 2.0), (cell, 14.0)))
        })
    }

    /// The way of a vector around a block, to the sum behind it.
    fn road(&self, kept: usize, sum: usize, from: Point, to: f64) -> Markup {
        let path = [from, (ROAD, from.1), (ROAD, to), (LEFT, to)];
        let without = if left_out(sum, self.off) { " later" } else { "" };
        let stage = stage_of(kept).unwrap_or_default();
        let lit = if stage == self.stage { "lit" } else { "" };
        html! {
            g class={ "road " (lit) (without) } data-set={ "stage=" (stage) } {
                (draw::path("way", &path))
                (draw::path("near", &path))
                text class="quiet" transform=(format!("translate({} {}) rotate(-90)", ROAD - 5.0, (from.1 + to) / 2.0)) {
                    "x_residual"
                }
                circle cx=(LEFT - 14.0) cy=(to) r="6" {}
                (draw::text("", (LEFT - 14.0, to + 5.0), "+"))
            }
        }
    }
}

/// A vector as a strip that is so wide.
fn strip(at: Point, width: f64, height: f64, vector: &[f64]) -> Markup {
    draw::fine(at, (width / vector.len() as f64, height), FULL, vector)
}

/// Probabilities as upright bars on a ground; `full` is the height of the probability 1.
fn bars((x, y): Point, width: f64, full: f64, probs: &[f64]) -> Markup {
    html! {
        @for (i, prob) in probs.iter().enumerate().filter(|(_, prob)| prob.is_finite()) {
            (draw::rect("bar", (x + width * i as f64, y - full * prob), (width - 1.0, full * prob)))
        }
        (draw::path("zero", &[(x, y), (x + width * probs.len() as f64, y)]))
    }
}

/// The frame of a block, with its name.
fn block(name: &str, from: f64, to: f64) -> Markup {
    html! {
        (draw::rect("token", (LEFT - 10.0, from), (ACROSS + 20.0, to - from)))
        (draw::text("quiet end", (RIGHT, from + 18.0), name))
    }
}
