//! Embeddings (lines 109–112): a row for the token, a row for the position, their sum, and rmsnorm of it.

use maud::{Markup, html};
use microgpt::Parameters;
use microgpt::activations::Activations;

use super::letter;
use super::position::{Position, moment};
use crate::draw::{self, Point};
use crate::run::{Run, Settings};
use crate::{Control, Problem, State, View, Widget, heat};

/// The four vectors of a position, number by number.
pub(super) struct Embedding;

impl Widget for Embedding {
    fn controls(&self) -> Vec<Control> {
        let mut controls = Position::controls().to_vec();
        controls.push(Settings::step());
        controls.extend(Settings::controls().into_iter().map(Control::hidden));
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let position = Position::new(state)?;
        let Position { token_id, pos_id, last, activations, .. } = &position;
        let settings = Settings::new(state);
        let num_steps = settings.num_steps;
        let step = num_steps.min(state.number("step"));
        let trained = Run::trained(&settings)?;
        let columns = [
            (format!("wte[{token_id}]"), &activations.tok_emb),
            (format!("wpe[{pos_id}]"), &activations.pos_emb),
            ("sum".to_owned(), &activations.embedding),
            ("rmsnorm".to_owned(), &activations.embedding_norm),
        ];
        let lengths = columns.each_ref().map(|(_, numbers)| length(numbers));
        let names = columns.each_ref().map(|(name, _)| name.as_str());
        let off = position.params.ablation();
        Ok(View {
            summary: format!(
                "{}, {}: the sum of wte[{token_id}] and wpe[{pos_id}] has the length {:.4}, after rmsnorm {:.4}.{}",
                position.words(),
                moment(step),
                lengths[2],
                lengths[3],
                if off.no_position_embedding || off.no_rmsnorm {
                    " This model leaves out a part of that."
                } else {
                    ""
                },
            ),
            figure: html! {
                (strips(&names, activations))
                p class="caption" {
                    "Orange is positive, blue negative. The first three strips have one scale, the last has its own."
                }
                details {
                    summary { "The numbers" }
                    div class="table-wrapper" {
                        table class="numbers" {
                            caption { "tok_emb + pos_emb = x, then rmsnorm(x)" }
                            thead { tr {
                                th scope="col" { "j" }
                                @for (name, _) in &columns { th scope="col" { (name) } }
                            } }
                            tbody {
                                @for j in 0..activations.tok_emb.len() {
                                    tr {
                                        th scope="row" { (j) }
                                        @for (_, numbers) in &columns {
                                            (heat::cell(numbers[j], heat::largest(numbers), &heat::signed(numbers[j], 4)))
                                        }
                                    }
                                }
                                tr {
                                    th scope="row" { "length" }
                                    @for length in lengths { td { b { (heat::signed(length, 4)) } } }
                                }
                            }
                        }
                    }
                }
                (maps(&[(moment(step), &position.params), (moment(num_steps), &trained)], *token_id))
            },
            max: vec![("position", *last), ("step", num_steps)],
        })
    }
}

/// The length of a vector: the root of its dot product with itself.
fn length(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// The row of the token and that of the position, which add up to a third, and what rmsnorm makes of it.
fn strips(names: &[&str; 4], activations: &Activations<f64>) -> Markup {
    let (left, width, high, pitch) = (66.0, 290.0, 18.0, 26.0);
    let Activations { tok_emb, pos_emb, embedding, embedding_norm, .. } = activations;
    // The three that are added have one scale.
    let full = heat::largest(&[&tok_emb[..], pos_emb, embedding].concat());
    let rows = [("", tok_emb, full), ("+", pos_emb, full), ("=", embedding, full)];
    let cell = width / tok_emb.len() as f64;
    let strip = |i: usize, sign: &str, vector: &[f64], full: f64| {
        let y = 6.0 + pitch * i as f64;
        html! {
            (draw::text("quiet start", (0.0, y + 13.5), sign))
            (draw::text("quiet end", (left - 8.0, y + 13.5), names[i]))
            (draw::fine((left, y), (cell, high), full, vector))
        }
    };
    let about = "The row of the token and the row of the position, number by number; below each two their sum, and \
                 the sum after rmsnorm.";
    draw::picture(
        about,
        (360.0, 126.0),
        html! {
            @for (i, (sign, vector, full)) in rows.into_iter().enumerate() { (strip(i, sign, vector, full)) }
            (draw::arrow((left + width / 2.0, 78.0), (left + width / 2.0, 97.0), ""))
            g transform="translate(0 18)" { (strip(3, "", embedding_norm, heat::largest(embedding_norm))) }
        },
    )
}

/// The rows of all letters as maps: their places along the two directions in which the trained rows differ most, in
/// both maps the same directions. Each map is as large as its letters need; a square in the second one is all of the
/// first. The token's letter is outlined.
fn maps(models: &[(String, &Parameters); 2], token_id: usize) -> Markup {
    let all = models.each_ref().map(|(_, params)| centred(params));
    let axes = principal(&all[1]);
    let place = |row: &Vec<f64>| axes.each_ref().map(|axis| dot(row, axis));
    let most = all.each_ref().map(|rows| heat::largest(&rows.iter().flat_map(place).collect::<Vec<_>>()));
    let size = 260.0;
    let share = |rows: &[Vec<f64>]| {
        let [spread, shown] = [
            rows.iter().map(|row| dot(row, row)).sum::<f64>(),
            rows.iter().flat_map(place).map(|along| along * along).sum(),
        ];
        format!("shows {:.0} % of the spread", 100.0 * shown / spread)
    };
    html! {
        div class="maps" {
            @for (m, rows) in all.iter().enumerate() {
                @let about = format!("A map of the rows of wte, {}: letters that lie together have rows that are alike in the two directions shown.", models[m].0);
                @let unit = (size / 2.0 - 18.0) / most[m].max(f64::MIN_POSITIVE);
                @let dots: Vec<Point> = rows.iter().map(place).map(|[x, y]| (size / 2.0 + x * unit, 20.0 + size / 2.0 - y * unit)).collect();
                (draw::picture(&about, (size, size + 40.0), html! {
                    (draw::text("quiet start", (0.0, 14.0), &models[m].0))
                    (draw::rect("frame", (0.0, 20.0), (size, size)))
                    @if m == 1 && most[0] < most[1] {
                        @let half = size / 2.0 * most[0] / most[1];
                        (draw::rect("band", (size / 2.0 - half, 20.0 + size / 2.0 - half), (2.0 * half, 2.0 * half)))
                    }
                    @for (id, (&dot, at)) in dots.iter().zip(apart(&dots, size)).enumerate() {
                        (draw::path("leader", &[dot, at]))
                        (draw::rect("place", (dot.0 - 1.5, dot.1 - 1.5), (3.0, 3.0)))
                        (draw::text("name", (at.0, at.1 + 4.5), &letter(id)))
                        @if id == token_id { (draw::outline((at.0 - 8.0, at.1 - 9.0), (16.0, 18.0))) }
                    }
                    (draw::text("quiet start", (0.0, size + 36.0), &share(rows)))
                }))
            }
        }
        p class="caption" {
            "The 27 rows of wte, a dot each with its letter beside it (· is BOS): where they lie along the two directions in which the rows "
            (models[1].0) " differ most, their first two principal components. In the other "
            (axes[0].len() - 2) " directions letters that lie together here can be far apart."
            @if most[0] < most[1] {
                " The map " (models[0].0) " is enlarged " b { (heat::signed(most[1] / most[0], 1)) " times" }
                ": all of it is the grey square in the other."
            }
        }
    }
}

/// Places for the letters of some dots, near them but apart from each other: where two are too close, both step
/// aside, again and again.
fn apart(dots: &[Point], size: f64) -> Vec<Point> {
    // Beside its dot, away from the middle of all
    let mut places: Vec<Point> =
        dots.iter().map(|(x, y)| (x + if *x < size / 2.0 { -8.0 } else { 8.0 }, *y)).collect();
    for _ in 0..60 {
        for i in 0..places.len() {
            for j in 0..i {
                let (dx, dy) = (places[i].0 - places[j].0, places[i].1 - places[j].1);
                let length = dx.hypot(dy).max(0.1);
                let push = (13.0 - length).max(0.0) / 2.0 / length;
                places[i] = (places[i].0 + push * dx, places[i].1 + push * dy);
                places[j] = (places[j].0 - push * dx, places[j].1 - push * dy);
            }
            places[i] = (places[i].0.clamp(11.0, size - 11.0), places[i].1.clamp(30.0, size + 10.0));
        }
    }
    places
}

/// The rows of `wte` without their mean.
fn centred(params: &Parameters) -> Vec<Vec<f64>> {
    let wte = params.get("wte").expect("every model has it");
    let mean = |j: usize| (0..wte.rows).map(|id| wte.row(id)[j]).sum::<f64>() / wte.rows as f64;
    let mean: Vec<f64> = (0..wte.cols).map(mean).collect();
    (0..wte.rows).map(|id| wte.row(id).iter().zip(&mean).map(|(x, mean)| x - mean).collect()).collect()
}

/// The two directions, of length 1, along which some rows with the mean 0 differ most: what multiplying with their
/// covariance again and again leaves of a vector, the second at a right angle to the first.
fn principal(rows: &[Vec<f64>]) -> [Vec<f64>; 2] {
    let find = |without: Option<&Vec<f64>>| {
        // No direction is special, so any start will do that is at no right angle to the one that is found.
        let mut axis: Vec<f64> = (0..rows[0].len()).map(|j| 1.0 + j as f64).collect();
        for _ in 0..300 {
            let mut next = vec![0.0; axis.len()];
            for row in rows {
                let along = dot(row, &axis);
                next.iter_mut().zip(row).for_each(|(sum, x)| *sum += along * x);
            }
            if let Some(first) = without {
                let along = dot(&next, first);
                next.iter_mut().zip(first).for_each(|(x, first)| *x -= along * first);
            }
            let length = length(&next);
            axis = next.iter().map(|x| x / length).collect();
        }
        axis
    };
    let first = find(None);
    let second = find(Some(&first));
    [first, second]
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a_i, b_i)| a_i * b_i).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_principal_directions_are_those_in_which_rows_differ_most() {
        // In a turned system: 3 along (0.6, 0.8, 0), 2 along (−0.8, 0.6, 0), 1 along the third
        let rows = [[1.8, 2.4, 0.0], [-1.6, 1.2, 0.0], [0.0, 0.0, 1.0]];
        let rows: Vec<Vec<f64>> =
            rows.iter().flat_map(|row| [row.to_vec(), row.iter().map(|x| -x).collect()]).collect();
        let [first, second] = principal(&rows);
        assert!((dot(&first, &[0.6, 0.8, 0.0]).abs() - 1.0).abs() < 1e-9, "{first:?}");
        assert!((dot(&second, &[-0.8, 0.6, 0.0]).abs() - 1.0).abs() < 1e-9, "{second:?}");
    }
}
