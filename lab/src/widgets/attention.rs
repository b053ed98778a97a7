//! Attention (lines 118–133): what each head takes from the positions so far, one weight in full, and the mix.

use std::ops::Range;

use maud::{Markup, html};
use microgpt::activations::{HeadActivations, LayerActivations};
use microgpt::{Ablation, Fused, Parameters};

use super::{encoded, letter, model, rms, token};
use crate::run::Settings;
use crate::{Control, Problem, State, View, Widget, draw, heat};

/// Arcs from the letter that looks to those it looks at, for each head, and the calculation of one of them; with
/// `part=mix` what becomes of the heads' outputs too. All numbers are there, folded.
pub(super) struct Attention;

/// The decimals of all numbers: from so many each can be redone, but for the last one.
const DECIMALS: usize = 4;

/// The decimals of those beside the picture.
const FEW: usize = 3;

impl Widget for Attention {
    fn controls(&self) -> Vec<Control> {
        let mut controls = vec![
            Control::text("name", "Name", "anna", 24),
            Control::range("head", "Head", 0, 0, 7),
            Control::range("position", "Position that looks", 4, 0, 7),
            Control::range("looked-at", "Position looked at", 1, 0, 7),
            Control::check("unscaled", "without division by √head_dim"),
            Control::check("untrained", "before training"),
            Control::choice("part", "Part", &[("weight", "one weight"), ("mix", "the mix")]).hidden(),
        ];
        controls.extend(Settings::hidden());
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let tokens = encoded(state.text("name"))?;
        let params = model(state)?;
        let off = params.ablation();
        let no_score_scaling = off.no_score_scaling || state.is_on("unscaled");
        let params = params.with_ablation(Ablation { no_score_scaling, ..off });
        let n = params.config().block_size.min(tokens.len() - 1);
        let positions = Fused::new(&params).activations(params.as_slice(), &tokens[..n]);
        let layers: Vec<_> = positions.iter().map(|position| &position.layers[0]).collect();
        let look = Look {
            head: state.number("head").min(params.config().n_head - 1),
            position: state.number("position").min(n - 1),
            looked_at: state.number("looked-at").min(n - 1),
            params: &params,
            tokens: &tokens,
            layers: &layers,
        };
        Ok(View {
            summary: look.summary(),
            figure: html! {
                div class="attention" {
                    (look.arcs())
                    div class="heads" { @for head in 0..params.config().n_head { (look.small(head)) } }
                }
                @if state.text("part") == "mix" { (look.mix()) } @else { (look.calculation()) }
                details {
                    summary { "The weight in numbers" }
                    (look.weight())
                }
                details {
                    summary { "All weights" }
                    (look.maps())
                }
            },
            max: vec![("head", params.config().n_head - 1), ("position", n - 1), ("looked-at", n - 1)],
        })
    }
}

/// What the reader looks at: a head, the position that looks and the one that it looks at.
struct Look<'a> {
    params: &'a Parameters,
    tokens: &'a [usize],
    /// What the model computed at each position.
    layers: &'a [&'a LayerActivations<f64>],
    head: usize,
    position: usize,
    /// May be later than `position`: then there is no weight.
    looked_at: usize,
}

impl Look<'_> {
    fn activations(&self) -> &HeadActivations<f64> {
        &self.layers[self.position].heads[self.head]
    }

    /// A position with its token.
    fn place(&self, position: usize) -> String {
        format!("{position} {}", token(self.tokens[position]))
    }

    fn summary(&self) -> String {
        let (looks, looked) = (self.place(self.position), self.place(self.looked_at));
        match self.activations().attn_weights.get(self.looked_at) {
            Some(weight) => {
                format!("Head {}: position {looks} gives {looked} the weight {weight:.DECIMALS$}.", self.head)
            }
            None => format!("Position {looks} gives no weight to {looked}, which comes later."),
        }
    }

    /// What a head's weights are, for those who cannot see its arcs.
    fn about(&self, head: usize) -> String {
        let weights = self.layers[self.position].heads[head].attn_weights.iter().enumerate();
        let weights: Vec<_> =
            weights.map(|(t, weight)| format!("{} to {}", percent(*weight, 0), self.place(t))).collect();
        format!("Head {head}: {} gives {}.", self.place(self.position), weights.join(", "))
    }

    /// The letters in a row, and an arc from the one that looks to each that it looks at, as thick as the weight.
    /// A letter can be taken to look from there, an arc or what stands below its end to look at that.
    fn arcs(&self) -> Markup {
        let (n, width, thick) = (self.layers.len(), 360.0, 24.0);
        let pitch = ((width - 24.0) / n as f64).min(64.0);
        let first = (width - (n - 1) as f64 * pitch) / 2.0;
        let ground = draw::rise((n - 1) as f64 * pitch).max(28.0) + thick / 2.0;
        let middle = |t: usize| first + t as f64 * pitch;
        draw::picture(
            &self.about(self.head),
            (width, ground + 84.0),
            html! {
                g class="head" style={ "--head:" (self.head) } {
                    @for (t, weight) in self.activations().attn_weights.iter().enumerate() {
                        @let path = draw::arc((first, ground), pitch, self.position, t);
                        @let corner = (middle(t) - 21.0, ground + 58.0);
                        g class=[(t == self.looked_at).then_some("picked")] data-set={ "looked-at=" (t) } {
                            path class="arc" d=(path) style=(draw::thickness(weight * thick)) {}
                            path class="near" d=(path) {}
                            (draw::text("digits", (middle(t), corner.1 + 17.0), &percent(*weight, 0)))
                            @if t == self.looked_at { (draw::outline(corner, (42.0, 24.0))) }
                            (draw::rect("near", corner, (42.0, 24.0)))
                        }
                    }
                }
                g data-drag {
                    @for t in 0..n {
                        g class=[(t > self.position).then_some("later")]
                            data-set={ "position=" (t) "&looked-at=" (self.looked_at.min(t)) } {
                            (draw::tokens((middle(t), ground + 15.0), pitch, &[&token(self.tokens[t])],
                                (t == self.position).then_some(0)))
                            (draw::text("quiet", (middle(t), ground + 47.0), &t.to_string()))
                            (draw::rect("near", (middle(t) - pitch / 2.0, ground + 2.0), (pitch, 54.0)))
                        }
                    }
                }
            },
        )
    }

    /// The arcs of a head, small: to be taken in its place.
    fn small(&self, head: usize) -> Markup {
        let (n, width) = (self.layers.len(), 150.0);
        let pitch = (width - 16.0) / n as f64;
        let first = (width - (n - 1) as f64 * pitch) / 2.0;
        let ground = draw::rise((n - 1) as f64 * pitch).max(28.0) + 26.0;
        let weights = &self.layers[self.position].heads[head].attn_weights;
        html! {
            div.chosen[head == self.head] data-set={ "head=" (head) } {
                (draw::picture(&self.about(head), (width, ground + 20.0), html! {
                    (draw::text("quiet start", (4.0, 14.0), &format!("head {head}")))
                    g class="head" style={ "--head:" (head) } {
                        (draw::arcs((first, ground), pitch, self.position, weights, 12.0))
                    }
                    @for t in 0..n {
                        g class=[(t > self.position).then_some("later")] {
                            (draw::text("quiet", (first + t as f64 * pitch, ground + 14.0), &letter(self.tokens[t])))
                        }
                    }
                }))
            }
        }
    }

    /// The chosen arc: from query and key to its thickness, and what it fetches. All is there from the start, so
    /// that nothing moves when another one is taken.
    fn calculation(&self) -> Markup {
        let Look { position, looked_at, layers, .. } = *self;
        let HeadActivations { attn_logits, attn_weights, .. } = self.activations();
        let head_dim = self.params.config().head_dim();
        let (looks, looked) = (self.place(position), self.place(looked_at));
        let (q, k) = (&layers[position].q[self.slice()], &layers[looked_at].k[self.slice()]);
        let v = &layers[looked_at].v[self.slice()];
        let products: Vec<f64> = q.iter().zip(k).map(|(q_j, k_j)| q_j * k_j).collect();
        let weight = attn_weights.get(looked_at);
        let adds: Vec<f64> = v.iter().map(|v_j| weight.unwrap_or(&0.0) * v_j).collect();
        let strip = |name: &str, numbers: &[f64], full: f64, known: bool| {
            html! {
                tr {
                    th scope="row" { (name) }
                    @for x in numbers {
                        @if known { (heat::cell(*x, full, &heat::signed(*x, FEW))) } @else { td {} }
                    }
                }
            }
        };
        let few = |number: f64| heat::signed(number, FEW);
        let known = weight.is_some();
        html! {
            div class="table-wrapper" {
                table class="numbers strips" {
                    tbody {
                        (strip(&format!("query {looks}"), q, 1.0, true))
                        (strip(&format!("key {looked}"), k, 1.0, known))
                        (strip("product", &products, 1.0, known))
                        tr { td colspan=(1 + head_dim) {
                            @if let Some(weight) = weight {
                                @let largest = attn_logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                                @let exps = attn_logits.iter().map(|score| (score - largest).exp());
                                "Sum " (few(products.iter().sum()))
                                @if !self.params.ablation().no_score_scaling { " / √" (head_dim) }
                                " = score " (few(attn_logits[looked_at])) "; its exponential "
                                (few((attn_logits[looked_at] - largest).exp())) " of " (few(exps.sum())) " in all = weight "
                                b { (few(*weight)) }
                            } @else {
                                "At position " (position) " the lists of keys and values end with its own: those of "
                                "position " (looked_at) " are not yet computed."
                            }
                        } }
                        (strip(&format!("value {looked}"), v, 0.5, known))
                        (strip("× weight", &adds, 0.5, known))
                    }
                }
            }
        }
    }

    /// The weights of all heads: a table each, with a row for each position that looks.
    fn maps(&self) -> Markup {
        let n = self.layers.len();
        html! {
            p class="caption" {
                "Weights in percent: a row for each position that looks, a column for each looked at. "
                "An even share has half of the full colour, twice as much or more all of it."
            }
            div class="maps" {
                @for head in 0..self.params.config().n_head {
                    div class="table-wrapper" {
                        table {
                            caption { "head " (head) }
                            thead { tr {
                                td {}
                                @for position in 0..n { th scope="col" { (self.place(position)) } }
                            } }
                            tbody {
                                @for (position, layer) in self.layers.iter().enumerate() {
                                    tr {
                                        th scope="row" { (self.place(position)) }
                                        @for looked_at in 0..n {
                                            @match layer.heads[head].attn_weights.get(looked_at) {
                                                Some(weight) => (self.cell(head, position, looked_at, *weight)),
                                                None => td {},
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn cell(&self, head: usize, position: usize, looked_at: usize, weight: f64) -> Markup {
        let chosen = (head, position, looked_at) == (self.head, self.position, self.looked_at);
        html! {
            td.heat.chosen[chosen] style=(heat::ground(weight * (position + 1) as f64, 2.0))
                data-set=(format!("head={head}&position={position}&looked-at={looked_at}")) {
                (format!("{:.0}", 100.0 * weight))
            }
        }
    }

    /// The numbers of the head in a query, key or value.
    fn slice(&self) -> Range<usize> {
        let head_dim = self.params.config().head_dim();
        self.head * head_dim..(self.head + 1) * head_dim
    }

    /// The chosen weight, from query and key to what it adds to the head's output.
    fn weight(&self) -> Markup {
        let Look { position, looked_at, layers, .. } = *self;
        let HeadActivations { attn_logits, attn_weights, head_out } = self.activations();
        let (Some(score), Some(weight)) = (attn_logits.get(looked_at), attn_weights.get(looked_at)) else {
            return html! { p { "There is none: " (looked_at) " comes later than " (position) "." } };
        };
        let head_dim = self.params.config().head_dim();
        let (q, k) = (&layers[position].q[self.slice()], &layers[looked_at].k[self.slice()]);
        let products: Vec<f64> = q.iter().zip(k).map(|(q_j, k_j)| q_j * k_j).collect();
        let sum: f64 = products.iter().sum();
        let largest = attn_logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let exps: Vec<f64> = attn_logits.iter().map(|score| (score - largest).exp()).collect();
        let (looks, looked) = (self.place(position), self.place(looked_at));
        let entries: Vec<String> = (0..head_dim).map(|j| format!("j = {j}")).collect();
        let softmax = ["score", "− largest", "exp", "weight"].map(str::to_owned);
        html! {
            (table("Line 129, the score: query times key, entry by entry", "", &entries, html! {
                (row(&format!("q_h of {looks}"), q, false))
                (row(&format!("k_h of {looked}"), k, false))
                (row("q_j * k_j", &products, true))
            }))
            p {
                "Their sum is " (number(sum)) ". "
                @if self.params.ablation().no_score_scaling {
                    "Not divided by √" (head_dim) ", it is the score: "
                } @else {
                    "Divided by √" (head_dim) ", it is the score: "
                }
                b { (number(*score)) } "."
            }
            (table("Line 130, softmax: the scores of all positions so far become weights", "t", &softmax, html! {
                @for (t, (score, exp)) in attn_logits.iter().zip(&exps).enumerate() {
                    (row(&self.place(t), &[*score, score - largest, *exp, attn_weights[t]], t == looked_at))
                }
                tr {
                    th scope="row" { "total" }
                    td {} td {} td { (number(exps.iter().sum())) } td { (number(attn_weights.iter().sum())) }
                }
            }))
            (table("Line 131, the output: each value times its weight, and the sum of them all", "", &entries, html! {
                (row(&format!("v_h of {looked}"), &layers[looked_at].v[self.slice()], false))
                @for (t, (weight, layer)) in attn_weights.iter().zip(layers).enumerate() {
                    @let adds: Vec<f64> = layer.v[self.slice()].iter().map(|v_j| weight * v_j).collect();
                    (row(&format!("{} × v_h of {}", number(*weight), self.place(t)), &adds, t == looked_at))
                }
                (row("head_out", head_out, false))
            }))
            p {
                "So " (looked) " adds the marked row to what head " (self.head) " hands on for " (looks) ": "
                (percent(*weight, 2)) " of its value."
            }
        }
    }

    /// The outputs of the heads, joined and mixed.
    fn mix(&self) -> Markup {
        let layer = self.layers[self.position];
        let attn_wo = self.params.get("layer0.attn_wo").expect("every model has it");
        let head_dim = self.params.config().head_dim();
        // What the numbers of one head add to each output
        let part = |head: usize| -> Vec<f64> {
            let columns = head * head_dim..(head + 1) * head_dim;
            let product =
                |i: usize| attn_wo.row(i)[columns.clone()].iter().zip(&layer.x_attn[columns.clone()]);
            (0..attn_wo.rows).map(|i| product(i).map(|(w_ij, x_j)| w_ij * x_j).sum()).collect()
        };
        let parts: Vec<Vec<f64>> = (0..layer.heads.len()).map(part).collect();
        let entries: Vec<String> = (0..head_dim).map(|j| format!("j = {j}")).collect();
        let mut heads: Vec<String> = (0..parts.len()).map(|head| format!("head {head}")).collect();
        heads.push("x".to_owned());
        let of = self.place(self.position);
        let across = |of: &dyn Fn(&[f64]) -> f64| -> Vec<f64> {
            parts.iter().chain([&layer.attn_out]).map(|part| of(part)).collect()
        };
        let sizes = across(&rms);
        let full = heat::largest(&sizes);
        let bar = |i: usize| 250.0 * sizes[i] / full.max(f64::MIN_POSITIVE);
        html! {
            p class="caption" { "How large a part of the mix of " (of) " comes from each head: its RMS" }
            (draw::picture("A bar for each head and one for x, as long as the numbers beside them.",
                (360.0, 22.0 * sizes.len() as f64), html! {
                @for (i, name) in heads.iter().enumerate() {
                    @let top = 22.0 * i as f64;
                    g class=(if i < parts.len() { "head" } else { "x" }) style={ "--head:" (i) } {
                        (draw::text("quiet end", (48.0, top + 15.0), name))
                        (draw::rect("bar", (54.0, top + 3.0), (bar(i), 16.0)))
                        @if i == self.head { (draw::outline((54.0, top + 3.0), (bar(i), 16.0))) }
                        (draw::text("digits start", (60.0 + bar(i), top + 15.0), &number(sizes[i])))
                    }
                }
            }))
            details {
                summary { "The mix in numbers" }
                div class="maps" {
                    (table(&format!("Line 132, x_attn of {of}: the outputs of the heads, joined"), "", &entries, html! {
                        @for (head, activations) in layer.heads.iter().enumerate() {
                            (row(&heads[head], &activations.head_out, head == self.head))
                        }
                    }))
                    (table("Line 133, attn_wo: each output is the sum of a part from each head", "", &heads, html! {
                        @for i in 0..attn_wo.rows {
                            (row(&format!("x[{i}]"), &across(&|part| part[i]), false))
                        }
                        (row("RMS", &sizes, true))
                    }))
                }
            }
        }
    }
}

fn number(number: f64) -> String {
    heat::signed(number, DECIMALS)
}

/// A weight in percent.
fn percent(weight: f64, decimals: usize) -> String {
    format!("{:.decimals$} %", 100.0 * weight)
}

/// A table of numbers; `first` is what stands above the names of its rows.
fn table(caption: &str, first: &str, columns: &[String], rows: Markup) -> Markup {
    html! {
        div class="table-wrapper" {
            table class="numbers" {
                caption { (caption) }
                thead { tr {
                    td { (first) }
                    @for column in columns { th scope="col" { (column) } }
                } }
                tbody { (rows) }
            }
        }
    }
}

/// A row of such a table; the chosen one is marked.
fn row(name: &str, numbers: &[f64], chosen: bool) -> Markup {
    html! {
        tr.chosen[chosen] {
            th scope="row" { (name) }
            @for x in numbers { td { (number(*x)) } }
        }
    }
}
