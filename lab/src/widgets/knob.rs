//! Turn a knob: one number of the model set to another, a head switched off, or a letter taken for another; and what
//! changes downstream.

use maud::{Markup, html};
use microgpt::inference::SamplingError;
use microgpt::{Parameters, Random, Tape};

use super::microscope::{meaning, place, place_controls};
use super::table::Table;
use super::{encoded, token, written};
use crate::control::decimal;
use crate::draw;
use crate::heat::{self, short};
use crate::pass::{self, Knob, Pass, VECTORS, Vector};
use crate::run::{TEMPERATURE, VOCABULARY};
use crate::xray::moments::Moment;
use crate::{Control, Problem, State, View, Widget};

/// The model with a number of it changed by hand.
pub(super) struct Turn;

/// How many names are written with the model as it is and as it was.
const SAMPLES: usize = 10;

const HEADS: &[(&str, &str)] =
    &[("none", "none"), ("0", "head 0"), ("1", "head 1"), ("2", "head 2"), ("3", "head 3")];

#[rustfmt::skip]
const LETTERS: &[(&str, &str)] = &[
    ("none", "none"), ("a", "a"), ("b", "b"), ("c", "c"), ("d", "d"), ("e", "e"), ("f", "f"), ("g", "g"), ("h", "h"),
    ("i", "i"), ("j", "j"), ("k", "k"), ("l", "l"), ("m", "m"), ("n", "n"), ("o", "o"), ("p", "p"), ("q", "q"),
    ("r", "r"), ("s", "s"), ("t", "t"), ("u", "u"), ("v", "v"), ("w", "w"), ("x", "x"), ("y", "y"), ("z", "z"),
];

impl Widget for Turn {
    fn controls(&self) -> Vec<Control> {
        let mut controls = place_controls();
        controls.extend([
            Control::text("to", "Set it to", "", 16),
            Control::choice("off", "Switch off", HEADS),
            Control::choice("letter", "Instead of the row of", LETTERS),
            Control::choice("by", "take the row of", LETTERS),
            Control::range("look", "Position looked at", 4, 0, 7),
        ]);
        controls
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let tokens = encoded(state.text("name"))?;
        let Moment { params, program, .. } = Moment::after(state.number("step"));
        let tape = Tape::new();
        let before = Pass::new(&tape, &params, &tokens, &[]);
        let found = before.find(&place(state));
        let (mut turned, mut knobs, mut done) = (params.clone(), Vec::new(), Vec::new());

        let name = format!("{}, {},", before.name(found.index), meaning(state.text("place"), &found));
        let old = short(before.value(found.index).data());
        if let [Some(letter), Some(by)] = ["letter", "by"].map(|control| row(&turned, state.text(control))) {
            let wte = turned.get("wte").expect("every model has it");
            let values = wte.row(by).to_vec();
            turned.get_mut("wte").expect("every model has it")[letter * values.len()..][..values.len()]
                .copy_from_slice(&values);
            done.push(format!("{} has the row of {}", token(letter), token(by)));
        }
        // Behind the rows: the number may stand in one of them.
        if let Some(to) = number(state.text("to"))? {
            match found.spot {
                Some(spot) => knobs.push(Knob::Set { spot, index: found.col, to }),
                None => turned.as_mut_slice()[found.index] = to,
            }
            done.push(format!("{name} was {old} and is now {}", short(to)));
        }
        if let Ok(head) = state.text("off").parse() {
            knobs.push(Knob::Off(head));
            done.push(format!("head {head} is off"));
        }

        let tape = Tape::new();
        let after = Pass::new(&tape, &turned, &tokens, &knobs);
        let look = Look { before, after, position: state.number("look") };
        let position = look.position.min(look.after.len() - 1);
        let samples = Look::finite(&look.after, state.text("to")).and_then(|()| {
            let names = |params: &Parameters, knobs: &[Knob]| names(params, knobs, program.random.clone());
            let names = names(&params, &[]).and_then(|before| Ok((before, names(&turned, &knobs)?)));
            names.map_err(|error| Problem::new("to", format_args!("{error}. Turn it back.")))
        })?;
        let [loss, now] = [&look.before, &look.after].map(|pass| heat::signed(pass.loss.loss.data(), 4));
        Ok(View {
            summary: if done.is_empty() {
                format!("Nothing is turned. {name} is {old}; the loss of {} is {loss}.", state.text("name"))
            } else {
                let done = done.join("; ");
                format!("{done}. The loss of {} was {loss} and is now {now}.", state.text("name"))
            },
            figure: Look { position, ..look }.figure(&samples),
            max: vec![("row", found.rows - 1), ("col", found.cols - 1), ("look", tokens.len().min(9) - 2)],
        })
    }
}

/// The number that was typed; none where nothing was.
fn number(text: &str) -> Result<Option<f64>, Problem> {
    let text = text.trim().replace('−', "-");
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || {
        Problem::new(
            "to",
            "Type a number such as 0.5 or -2, with at most 15 digits; nothing leaves it as it is.",
        )
    };
    decimal(&text).map(Some).ok_or_else(wrong)
}

/// The row of a letter, if one was chosen.
fn row(params: &Parameters, letter: &str) -> Option<usize> {
    let letter = VOCABULARY.uchars().iter().position(|known| known.to_string() == letter)?;
    (letter < params.vocab_size()).then_some(letter)
}

/// Names that the model writes, always with the same random numbers: those that line 90 leaves.
fn names(params: &Parameters, knobs: &[Knob], mut random: Random) -> Result<Vec<String>, SamplingError> {
    // A temperature known to the compiler would bring the power of 2 into the WebAssembly, with a table of 4 KB.
    let temperature = std::hint::black_box(TEMPERATURE);
    (0..SAMPLES).map(|_| Ok(pass::sample(params, knobs, temperature, &mut random)?.text)).collect()
}

/// The model as it was and as it is.
struct Look<'a> {
    before: Pass<'a>,
    after: Pass<'a>,
    position: usize,
}

impl Look<'_> {
    /// Whether the pass came to numbers; if not, where it failed.
    fn finite(pass: &Pass, to: &str) -> Result<(), Problem> {
        let at = pass.loss.losses.iter().position(|loss_t| !loss_t.data().is_finite());
        let Some(pos_id) = at else { return Ok(()) };
        let target = pass.tokens[pos_id + 1];
        let p = pass.data(pos_id, "probs", 0)[target];
        let place = format!("at position {pos_id}");
        Err(Problem::new(
            "to",
            if p == 0.0 {
                format!(
                    "{to} is too far: {place} the probability of {} becomes 0, and line 167 cannot take the logarithm \
                     of that. Choose a number closer to what it was.",
                    token(target)
                )
            } else {
                format!(
                    "{to} is too far: {place} numbers overflow, and the loss is no number. Choose a smaller one."
                )
            },
        ))
    }

    fn figure(&self, (before, after): &(Vec<String>, Vec<String>)) -> Markup {
        html! {
            p class="press" {
                button type="button" data-set="off=none&to=&letter=none&by=none" { "Put it back" }
            }
            (self.losses())
            p class="caption" {
                "What is computed at position " (self.position) " (" (token(self.after.tokens[self.position])) "): above as it was, below as it is. "
                "Orange is positive, blue negative; the largest of both has the full colour. What is pale has not changed."
            }
            (self.strips())
            (self.names(before, after))
        }
    }

    /// The names that it writes, before and after.
    fn names(&self, before: &[String], after: &[String]) -> Markup {
        let changed = before.iter().zip(after).filter(|(before, after)| before != after).count();
        let caption = format!("{SAMPLES} names from the same random numbers, {changed} of them changed");
        let mut table = Table::new(&caption, "sample|as it was|as it is");
        for (index, (before, after)) in before.iter().zip(after).enumerate() {
            table
                .row(&(index + 1).to_string())
                .text(written(before))
                .text(written(after))
                .chosen(before != after);
        }
        table.draw()
    }

    /// The prediction at each position, before and after.
    fn losses(&self) -> Markup {
        let tokens = self.after.tokens;
        let both = [&self.before, &self.after];
        let mut table = Table::new(
            "The probability of each next token, and the loss",
            "position|next|it was|it is|loss_t was|loss_t is",
        );
        for pos_id in 0..self.after.len() {
            let target = tokens[pos_id + 1];
            table.row(&format!("{pos_id} ({})", token(tokens[pos_id]))).cell(token(target));
            for pass in both {
                let p = pass.data(pos_id, "probs", 0)[target];
                table.heat(p, 1.0, format!("{:.1} %", 100.0 * p));
            }
            for pass in both {
                table.cell(heat::signed(pass.loss.losses[pos_id].data(), 4));
            }
            table.chosen(pos_id == self.position).set(format!("look={pos_id}"));
        }
        table.row("mean").text("").text("").text("");
        for pass in both {
            table.cell(heat::signed(pass.loss.loss.data(), 4));
        }
        table.draw()
    }

    /// The vectors at the position looked at.
    fn strips(&self) -> Markup {
        let mut rows: Vec<(String, [Vec<f64>; 2])> = Vec::new();
        for Vector { name, python, line, .. } in VECTORS {
            // Those of a head: all heads beside each other
            let heads = if matches!(*name, "attn_logits" | "attn_weights" | "head_out") { 4 } else { 1 };
            let both = [&self.before, &self.after]
                .map(|pass| (0..heads).flat_map(|h| pass.data(self.position, name, h)).collect());
            if *name != "head_out" {
                rows.push((format!("{python}, line {line}"), both));
            }
        }
        let (left, width, pitch) = (140.0, 256.0, 34.0);
        let changed = |[before, after]: &[Vec<f64>; 2]| {
            before.iter().zip(after).filter(|(before, after)| before != after).count()
        };
        let about: Vec<String> = rows
            .iter()
            .map(|(name, both)| format!("{name}: {} of {} changed", changed(both), both[0].len()))
            .collect();
        draw::picture(
            &about.join("; "),
            (left + width, pitch * rows.len() as f64),
            html! {
                @for (index, (name, both)) in rows.iter().enumerate() {
                    @let top = pitch * index as f64;
                    @let full = heat::largest(&both.concat()).max(f64::MIN_POSITIVE);
                    @let cell = width / both[0].len() as f64;
                    (draw::text("quiet start", (0.0, top + 19.0), name))
                    g class=[(changed(both) == 0).then_some("later")] {
                        @for (half, strip) in both.iter().enumerate() {
                            (draw::fine((left, top + 3.0 + 14.0 * half as f64), (cell.min(16.0), 12.0), full, strip))
                        }
                    }
                }
            },
        )
    }
}
