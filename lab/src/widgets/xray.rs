//! The X-ray: what the lines of microgpt.py have just made, beside each of them, and a debugger's steps between them.

use std::cell::RefCell;

use maud::{Markup, html};
use microgpt::autograd::Operation;

use super::{count, encoded, token};
use crate::heat::{class, ground, largest, short, signed};
use crate::pass::{PLACES, VECTORS};
use crate::run::VOCABULARY;
use crate::xray::moments::Moment;
use crate::xray::record::{Event, Held, Part};
use crate::xray::walk::{Cursor, LAST_STEP, SAMPLES, Way, index_in};
use crate::xray::{Trace, Watched};
use crate::{Control, Problem, State, View, Widget, draw};

/// Each line with what it made at the chosen position and head, pale where it has not run yet; and beside it the line
/// that the program is at, the lines that called it, and a value that the reader picked.
pub(super) struct XRay;

const PROGRAM: &str = include_str!("../../../microgpt.py");

impl Widget for XRay {
    fn controls(&self) -> Vec<Control> {
        vec![
            Control::text("name", "Name", "anna", 24),
            Control::whole("line", "Line", 129, 1, 200),
            Control::film("step", "Steps of training", LAST_STEP, LAST_STEP, 5),
            Control::range("position", "Position", 4, 0, 7),
            Control::range("head", "Head", 0, 0, 3),
            Control::range("sample", "Sample (lines 189–200)", 0, 0, SAMPLES - 1),
            Control::text("param", "Parameter (lines 176–182)", "lm_head[13][0]", 32),
            Control::check("before", "before the line runs"),
            // The lines that called this one, the number of lines 70 to 72, and the value picked.
            Control::text("via", "Called from", "", 24).hidden(),
            Control::range("turn", "Turn", 0, 0, 9).hidden(),
            Control::text("node", "Number", "0", 6).hidden(),
            Control::text("pick", "Value", "", 8).hidden(),
            Control::range("row", "Row", 0, 0, 63).hidden(),
            Control::range("col", "Column", 0, 0, 63).hidden(),
        ]
    }

    fn view(&self, state: &State) -> Result<View, Problem> {
        let tokens = encoded(state.text("name"))?;
        let step = state.number("step");
        LAST.with_borrow_mut(|last| {
            let param = param(state.text("param"))?;
            let node = state.text("node").parse().unwrap_or(0);
            let watched = Watched { param, node, sample: state.number("sample") };
            let same = |last: &Last| {
                last.moment.step == step && last.watched == watched && last.name == state.text("name")
            };
            let last = match last.take().filter(same) {
                Some(same) => last.insert(same),
                None => {
                    let (moment, name) = (Moment::after(step), state.text("name").to_owned());
                    let trace = Trace::new(&moment, &name, &tokens, watched)
                        .map_err(|error| Problem::new("step", error))?;
                    last.insert(Last { name, watched, moment, trace })
                }
            };
            let scene = Scene::new(state, &last.moment, &last.trace, &tokens, watched);
            Ok(View { summary: scene.summary(), figure: scene.figure(), max: scene.max() })
        })
    }
}

/// What was shown last: most steps change nothing of it.
struct Last {
    name: String,
    watched: Watched,
    moment: Moment,
    trace: Trace,
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

fn param(name: &str) -> Result<usize, Problem> {
    let name = name.trim();
    let params = Moment::after(0).params;
    let found = params.index_of(name).or_else(|| params.index_of(&format!("layer0.{name}")));
    found.ok_or_else(|| {
        Problem::new(
            "param",
            "There is no such parameter. Write its matrix, row and column, such as wte[13][0] or attn_wq[15][3].",
        )
    })
}

/// What is shown.
struct Scene<'a> {
    name: &'a str,
    moment: &'a Moment,
    trace: &'a Trace,
    tokens: &'a [usize],
    /// The line asked for; one that makes nothing leads to another.
    asked: usize,
    /// Where the program is.
    cursor: Cursor,
    /// What each line shows, by its number less 1: the event, and whether it has run.
    shown: Vec<Option<(usize, bool)>>,
    picked: Option<Picked>,
    /// The lines that it comes from, and those that it goes to.
    lit: (Vec<usize>, Vec<usize>),
}

/// A value that the reader looks at.
struct Picked {
    event: usize,
    name: String,
    number: f64,
    /// Its place on the tape; none for a plain number.
    place: Option<u32>,
    sources: Vec<Source>,
    uses: Vec<usize>,
}

/// Numbers of one variable that a value was computed from.
struct Source {
    name: String,
    line: usize,
    set: String,
    numbers: Vec<f64>,
}

impl<'a> Scene<'a> {
    fn new(
        state: &'a State,
        moment: &'a Moment,
        trace: &'a Trace,
        tokens: &'a [usize],
        watched: Watched,
    ) -> Self {
        let asked = state.number("line");
        let via: Vec<usize> = state.text("via").split('.').filter_map(|line| line.parse().ok()).collect();
        let (position, head) = (state.number("position"), state.number("head"));
        // The lines of the class Value run for every number: the first of them that a sum is made at.
        let line = if (30..=58).contains(&asked) { 111 } else { asked };
        let inference = line > 185 || via.first() == Some(&194);
        let part = if inference { Part::Inference } else { Part::Training };
        let position = position.min(last_position(trace, part));
        let event = (line..=200)
            .chain((1..line).rev())
            .find_map(|line| trace.find(line, &via, position, head, state.number("turn")))
            .unwrap_or(0);
        let before = state.is_on("before");
        let watched = Watched { node: watched.node.min(trace.nodes.len() - 1), ..watched };
        let cursor = Cursor { event, before, watched };
        let now = &trace.events[event];
        let (position, head) = (now.position.unwrap_or(position), now.head.unwrap_or(head));
        let shown = (1..=200).map(|line| trace.shown(line, cursor, position, head)).collect();
        let mut scene = Scene {
            name: state.text("name"),
            moment,
            trace,
            tokens,
            asked,
            cursor,
            shown,
            picked: None,
            lit: Default::default(),
        };
        scene.picked = scene.pick(state).or_else(|| {
            // Without a choice the first value of the line
            (0..now.holds.len()).find_map(|variable| scene.value(event, variable, 0, 0))
        });
        scene.lit = scene.lit();
        scene
    }

    fn now(&self) -> &Event {
        &self.trace.events[self.cursor.event]
    }

    /// Where the sliders end.
    fn max(&self) -> Vec<(&'static str, usize)> {
        let part = if self.now().part == Part::Inference { Part::Inference } else { Part::Training };
        vec![("position", last_position(self.trace, part))]
    }

    // Where a value comes from and goes to

    /// What the controls pick: `129.0` is the first variable of line 129, `row` and `col` say which of its numbers.
    fn pick(&self, state: &State) -> Option<Picked> {
        let (line, variable) = state.text("pick").split_once('.')?;
        let line: usize = line.parse().ok()?;
        let (event, _) = *self.shown.get(line.checked_sub(1)?)?.as_ref()?;
        self.value(event, variable.parse().ok()?, state.number("row"), state.number("col"))
    }

    fn value(&self, event: usize, variable: usize, row: usize, col: usize) -> Option<Picked> {
        let (name, held) = self.trace.events[event].holds.get(variable)?;
        let plain = |number: f64| (name.to_string(), None, number);
        let (name, place, number) = match held {
            Held::Value(place) => (name.to_string(), Some(*place), 0.0),
            Held::List(list) => (format!("{name}[{col}]"), Some(*list.get(col)?), 0.0),
            Held::Lists(lists) => (format!("{name}[{row}][{col}]"), Some(*lists.get(row)?.get(col)?), 0.0),
            Held::Number(number) => plain(*number),
            Held::Whole(number) => plain(*number as f64),
            Held::Wholes(_) | Held::Texts(_) => return None,
        };
        let data = |place: u32| self.trace.tape.get(place as usize).map(|value| value.data());
        let number = place.and_then(data).unwrap_or(number);
        let (sources, uses) = match place {
            Some(place) => (self.sources(place), self.trace.uses(place)),
            None => (Vec::new(), Vec::new()),
        };
        Some(Picked { event, name, number, place, sources, uses })
    }

    fn sources(&self, place: u32) -> Vec<Source> {
        let mut sources: Vec<((usize, usize, usize), Source)> = Vec::new();
        let Some(maker) = self.trace.maker(place) else { return Vec::new() };
        for source in self.trace.sources(place) {
            let Some((event, variable, index)) = self.trace.read_from(source, maker) else { continue };
            let number = self.trace.tape.get(source as usize).map_or(f64::NAN, |value| value.data());
            let Event { line, holds, .. } = &self.trace.events[event];
            let (name, held) = &holds[variable];
            let (row, col, name) = match held {
                Held::Lists(lists) => {
                    let width = lists.first().map_or(1, |list| list.len().max(1));
                    (index / width, index % width, format!("{name}[{}]", index / width))
                }
                _ => (0, index, name.to_string()),
            };
            if let Some((_, known)) = sources.iter_mut().find(|(known, _)| *known == (event, variable, row)) {
                known.numbers.push(number);
                continue;
            }
            let mut set = self.set(Cursor { event, before: false, ..self.cursor });
            set += &format!("&pick={line}.{variable}&row={row}&col={col}");
            if let (81..=88, Some(param)) = (*line, self.moment.params.name_of(source as usize)) {
                set += &format!("&param={param}");
            }
            sources.push(((event, variable, row), Source { name, line: *line, set, numbers: vec![number] }));
        }
        sources.into_iter().map(|(_, source)| source).collect()
    }

    /// The lines that light up: those that the picked value comes from, and those that it goes to.
    fn lit(&self) -> (Vec<usize>, Vec<usize>) {
        let Some(picked) = &self.picked else { return (Vec::new(), Vec::new()) };
        let lines = |event: usize| {
            let callers = self.trace.callers(event);
            callers.into_iter().chain([event]).map(|event| self.trace.events[event].line)
        };
        let from = picked.sources.iter().map(|source| source.line).collect();
        // Not the call of the whole model.
        let to =
            picked.uses.iter().flat_map(|&event| lines(event)).filter(|line| ![165, 172, 194].contains(line));
        (from, to.collect())
    }

    // Words

    /// The controls that lead to a place in the program.
    fn set(&self, cursor: Cursor) -> String {
        let Cursor { event, before, watched } = cursor;
        let Event { line, position, head, .. } = self.trace.events[event];
        let via: Vec<String> = self.trace.via(event).iter().map(usize::to_string).collect();
        let before = if before { "on" } else { "off" };
        let turn = self.trace.turn(event);
        let mut set = format!("line={line}&via={}&turn={turn}&before={before}", via.join("."));
        // The value picked stays picked on the lines that it has to do with.
        let own = |picked: &Picked| self.trace.events[picked.event].line == line;
        if !self.picked.as_ref().is_none_or(own) && !self.lit.0.contains(&line) && !self.lit.1.contains(&line)
        {
            set += "&pick=";
        }
        for (name, number) in [("position", position), ("head", head)] {
            if let Some(number) = number {
                set += &format!("&{name}={number}");
            }
        }
        let Watched { param, node, sample } = watched;
        set += &format!("&node={node}&sample={sample}");
        if param != self.cursor.watched.param {
            set += &format!("&param={}", self.moment.params.name_of(param).unwrap_or_default());
        }
        set
    }

    /// `line 130, position 4 (n), head 2`.
    fn place(&self, event: usize) -> String {
        let Event { line, position, head, part, .. } = self.trace.events[event];
        let mut place = format!("line {line}");
        if let Some(position) = position {
            place += &format!(", position {position}");
            if part == Part::Training {
                place += &format!(" ({})", token(self.tokens[position]));
            }
        }
        if let Some(head) = head {
            place += &format!(", head {head}");
        }
        match line {
            70..=72 => {
                let (node, all) = (self.cursor.watched.node, self.trace.nodes.len());
                place += &format!(
                    ", number {} of {}",
                    crate::control::thousands(node + 1),
                    crate::control::thousands(all)
                );
            }
            176..=182 => {
                let name = self.moment.params.name_of(self.cursor.watched.param).unwrap_or_default();
                place += &format!(", {name}");
            }
            189..=200 => place += &format!(", sample {}", self.cursor.watched.sample + 1),
            _ => {}
        }
        place
    }

    /// What a variable holds, in a few words.
    fn words(&self, held: &Held) -> String {
        let few = |numbers: &[f64], most: usize| {
            let shown: Vec<_> = numbers.iter().take(most).map(|number| short(*number)).collect();
            let more = if numbers.len() > most { ", …" } else { "" };
            format!("[{}{more}]", shown.join(", "))
        };
        let numbers = |held: &Held| self.trace.numbers(held);
        match held {
            Held::Value(_) | Held::Number(_) => short(numbers(held)[0]),
            Held::Whole(number) => number.to_string(),
            Held::Wholes(_) => few(&numbers(held), 26),
            Held::List(list) if list.len() > 64 => {
                format!("{} values", crate::control::thousands(list.len()))
            }
            Held::List(list) if list.len() > 5 => {
                format!("{} {}", count(list.len(), "number"), few(&numbers(held), 4))
            }
            Held::List(_) => few(&numbers(held), 5),
            Held::Lists(lists) => {
                format!("{} × {}", lists.len(), lists.first().map_or(0, Vec::len))
            }
            Held::Texts(texts) if texts.len() > 27 => {
                let shown: Vec<_> = texts.iter().take(5).map(String::as_str).collect();
                format!("{}: {}, …", crate::control::thousands(texts.len()), shown.join(", "))
            }
            Held::Texts(texts) => texts.join(" "),
        }
    }

    fn summary(&self) -> String {
        let now = self.now();
        let place = self.place(self.cursor.event);
        let place = place[..1].to_uppercase() + &place[1..];
        let holds: Vec<_> =
            now.holds.iter().map(|(name, held)| format!("{name} = {}", self.words(held))).collect();
        match (self.cursor.before, holds.is_empty()) {
            (true, _) => format!("{place}: about to run."),
            (false, true) => format!("{place} has run."),
            (false, false) => format!("{place}: {}.", holds.join("; ")),
        }
    }

    // Pictures

    fn figure(&self) -> Markup {
        let (from, to) = &self.lit;
        html! {
            (self.panel())
            @for line in 1..=200 {
                @let shown = self.shown[line - 1];
                @let now = line == self.now().line;
                @let calls = self.trace.callers(self.cursor.event).iter().any(|&caller| self.trace.events[caller].line == line);
                @let lit = [(now, "now"), (calls, "calls"), (from.contains(&line), "from"), (to.contains(&line), "to")];
                @let class = lit.iter().filter(|(on, _)| *on).fold("made".to_owned(), |all, (_, class)| all + " " + class);
                @let class = if shown.is_some_and(|(_, ran)| !ran) { class + " later" } else { class };
                @let content = self.made(line);
                @if class != "made" || !content.0.is_empty() {
                    div class=(class) data-line=(line) style={ "--line:" (line) } { (content) }
                }
            }
        }
    }

    /// What a line shows below it.
    fn made(&self, line: usize) -> Markup {
        if (33..=50).contains(&line) {
            return self.inside(line);
        }
        let Some((event, _)) = self.shown[line - 1] else { return html! {} };
        html! {
            @for (variable, (name, held)) in self.trace.events[event].holds.iter().enumerate() {
                span class="held" {
                    (name) " "
                    (self.strip(line, variable, name, held))
                }
            }
        }
    }

    /// The lines of the class Value, for the value picked: what it holds, and the operation that made it.
    fn inside(&self, line: usize) -> Markup {
        let picked = self.picked.as_ref().and_then(|picked| self.trace.tape.get(picked.place? as usize));
        let Some(value) = picked else { return html! {} };
        let children: Vec<_> = value.children().collect();
        let list = |numbers: Vec<f64>| numbers.into_iter().map(short).collect::<Vec<_>>().join(", ");
        let operator = match value.operation() {
            Operation::Leaf => 0,
            Operation::Add => 41,
            Operation::Mul => 45,
            Operation::Pow => 47,
            Operation::Log => 48,
            Operation::Exp => 49,
            Operation::Relu => 50,
        };
        let text = match line {
            34 => format!("self.data {}", short(value.data())),
            35 => format!("self.grad {} after line 172", short(value.grad())),
            36 => {
                format!("self._children ({})", list(children.iter().map(|(child, _)| child.data()).collect()))
            }
            37 => format!("self._local_grads ({})", list(children.iter().map(|(_, grad)| *grad).collect())),
            _ if line == operator => format!("made it: {}", short(value.data())),
            _ => return html! {},
        };
        html! { span class="held" { (text) } }
    }

    /// A variable in one row: a number, a strip of colour, or several of them.
    fn strip(&self, line: usize, variable: usize, name: &str, held: &Held) -> Markup {
        let set = format!("pick={line}.{variable}");
        if matches!(held, Held::Whole(_) | Held::Wholes(_) | Held::Texts(_))
            || matches!(held, Held::List(list) if list.len() > 64)
        {
            return html! { b { (self.words(held)) } };
        }
        let numbers = self.trace.numbers(held);
        let full = largest(&numbers).max(f64::MIN_POSITIVE);
        let rows = |rows: &[Vec<u32>], height: f64| {
            let length = rows.first().map_or(0, Vec::len);
            let width = cell(length);
            // The tokens stand above a vector with a number for each.
            let tokens = length == self.moment.params.vocab_size();
            let (above, height) = if tokens { (8.0, 12.0) } else { (0.0, height) };
            let size = (width * length as f64, above + height * rows.len() as f64);
            draw::picture(
                &format!("{name}: {}", self.words(held)),
                size,
                html! {
                    @for (row, numbers) in numbers.chunks(length.max(1)).take(rows.len()).enumerate() {
                        @let corner = (0.0, above + row as f64 * height);
                        (draw::fine(corner, (width, height), full, numbers))
                        @if tokens {
                            text class="tokens start" x="2.3" y="7" {
                                @for uchar in VOCABULARY.uchars() { (uchar) } "·"
                            }
                        }
                        rect class="near" y=(corner.1) width=(size.0) height=(height) data-cols=(length)
                            data-set={ (set) "&row=" (row) } {}
                    }
                },
            )
        };
        match held {
            Held::Value(_) | Held::Number(_) => html! {
                b class=(class(numbers[0])) style=(ground(numbers[0], 1.0)) data-set={ (set) "&row=0&col=0" } {
                    (short(numbers[0]))
                }
            },
            Held::List(list) => html! {
                @if list.is_empty() { b { "[]" } } @else { (rows(std::slice::from_ref(list), 14.0)) }
            },
            Held::Lists(lists) if lists.len() <= 8 => {
                html! { (rows(lists, (16.0 / lists.len() as f64).max(2.0))) }
            }
            Held::Lists(lists) => html! { b { (self.words(held)) } (rows(&lists[..1], 14.0)) },
            Held::Whole(_) | Held::Wholes(_) | Held::Texts(_) => html! {},
        }
    }

    /// The debugger: steps, the lines that called this one, what it made, and the value picked.
    fn panel(&self) -> Markup {
        let now = self.now();
        let code = PROGRAM.lines().nth(now.line - 1).unwrap_or_default().trim();
        html! {
            div class="debugger" {
                div class="steps" {
                    @for (way, name, text) in [
                        (Way::Back, "back", "← Back"),
                        (Way::Over, "over", "Next →"),
                        (Way::Into, "into", "Into ↓"),
                        (Way::Out, "out", "Out ↑"),
                        (Way::Again, "again", "Runs again"),
                    ] {
                        @let to = self.trace.step(self.cursor, way).map(|to| self.set(to));
                        button type="button" data-way=(name) data-set=[to.as_deref()] disabled[to.is_none()] { (text) }
                    }
                    button type="button" class="play" { "Play" }
                }
                (self.stack())
                p class="at" {
                    b { (if self.cursor.before { "About to run" } else { "Has run" }) ": " (self.place(self.cursor.event)) }
                    code { (code) }
                }
                // Always there, so that nothing behind it closes.
                p class="note" { @if self.asked != now.line { (self.other_line()) } }
                details {
                    summary { (if self.cursor.before { "What it will hold" } else { "What it holds" }) }
                    @for (variable, (name, held)) in now.holds.iter().enumerate() {
                        (self.digits(now.line, variable, name, held))
                    }
                    @if now.holds.is_empty() { p { "Nothing of this line is shown." } }
                    @if let Some(picked) = &self.picked { (self.picked(picked)) }
                }
            }
        }
    }

    fn other_line(&self) -> String {
        let now = self.now().line;
        match self.asked {
            30..=58 => format!(
                "Line {} runs for thousands of numbers. Pick a value: lines 33 to 50 show how it was made. Here it is x of line {now}.",
                self.asked
            ),
            asked => format!("Nothing is shown of line {asked}; here is line {now}."),
        }
    }

    fn stack(&self) -> Markup {
        let function = |event: usize| self.trace.events[event].call.map_or("program", |(name, _)| name);
        let callers = self.trace.callers(self.cursor.event);
        html! {
            p class="stack" {
                span class="caption" { "Called: " }
                @for &caller in &callers {
                    @let to = Cursor { event: caller, before: false, ..self.cursor };
                    button type="button" data-set=(self.set(to)) {
                        (function(caller)) " " (self.trace.events[caller].line)
                    }
                    " → "
                }
                b { (function(self.cursor.event)) " " (self.now().line) }
            }
        }
    }

    /// All digits of a variable, each to be picked.
    fn digits(&self, line: usize, variable: usize, name: &str, held: &Held) -> Markup {
        let width = match held {
            Held::List(list) if list.len() <= 64 => list.len(),
            Held::Lists(lists) if lists.len() <= 8 => lists.first().map_or(0, Vec::len),
            _ => 0,
        };
        let numbers = if width > 0 { self.trace.numbers(held) } else { Vec::new() };
        let full = largest(&numbers);
        html! {
            p { code { (name) } " = " (self.words(held)) }
            @if width > 0 {
                @for (row, numbers) in numbers.chunks(width).enumerate() {
                    ol class="vector" aria-label={ (name) @if matches!(held, Held::Lists(_)) { "[" (row) "]" } } {
                        @for (col, number) in numbers.iter().enumerate() {
                            li class=(class(*number)) style=(ground(*number, full)) {
                                button type="button"
                                    data-set={ "pick=" (line) "." (variable) "&row=" (row) "&col=" (col) } {
                                    @if width == self.moment.params.vocab_size() { small { (token(col)) } " " }
                                    (signed(*number, 3))
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The number at a place of the tape as the microscope's controls choose it, if they can: its vector or matrix,
    /// its row or position, its column or index.
    fn place_of(&self, place: u32) -> Option<(&str, usize, usize)> {
        let mut rest = place as usize;
        for matrix in self.moment.params.matrices() {
            if rest < matrix.data.len() {
                return Some((matrix.name, rest / matrix.cols, rest % matrix.cols));
            }
            rest -= matrix.data.len();
        }
        let training = self.trace.events.iter().filter(|event| event.part == Part::Training);
        training.filter_map(|event| Some((event, index_in(&event.holds.first()?.1, place)?))).find_map(
            |(event, index)| {
                let name = VECTORS.iter().find(|vector| vector.line == event.line)?.name;
                let of_head = format!("{name}-{}", event.head.unwrap_or(0));
                let (known, _) = PLACES.iter().find(|(known, _)| *known == name || *known == of_head)?;
                Some((*known, event.position?, index))
            },
        )
    }

    /// Its digits, where it comes from and where it goes.
    fn picked(&self, picked: &Picked) -> Markup {
        let node = picked.place.and_then(|place| self.trace.nodes.iter().position(|node| *node == place));
        let value = picked.place.and_then(|place| self.trace.tape.get(place as usize));
        html! {
            p class="picked" { code { (picked.name) } " of " (self.place(picked.event)) }
            p class="digits" { (signed(picked.number, 12)) }
            @if let (Some(node), Some(value)) = (node, value) {
                p {
                    "Its gradient is " (short(value.grad())) ". "
                    button type="button" data-set={ "line=70&via=172&turn=0&before=off&pick=&node=" (node) } {
                        "Line 70 comes to it as number " (crate::control::thousands(node + 1))
                    }
                }
            }
            @if let Some((name, row, col)) = picked.place.and_then(|place| self.place_of(place)) {
                p {
                    a href={
                        "beyond/gradient-microscope.html?name=" (self.name) "&step=" (self.moment.step)
                        "&place=" (name) "&row=" (row) "&col=" (col)
                    } { "What its gradient is the sum of" }
                }
            }
            @if !picked.sources.is_empty() {
                p class="caption from" { "It comes from" }
                ul class="ways" {
                    @for source in picked.sources.iter().take(MOST) {
                        li {
                            button type="button" data-set=(source.set) {
                                code { (source.name) } ", line " (source.line)
                            }
                            ": " (count(source.numbers.len(), "number"))
                        }
                    }
                    @if picked.sources.len() > MOST { li { "and " (picked.sources.len() - MOST) " more" } }
                }
            }
            @if !picked.uses.is_empty() {
                p class="caption to" { "It goes to" }
                ul class="ways" {
                    @for &event in picked.uses.iter().take(MOST) {
                        @let to = Cursor { event, before: false, ..self.cursor };
                        li {
                            button type="button" data-set=(self.set(to)) { (self.place(event)) }
                            @if let Some((function, caller)) = self.trace.events[event].call
                                && function != "gpt" { " in " code { (function) } " of line " (self.trace.events[caller].line) }
                        }
                    }
                    @if picked.uses.len() > MOST { li { "and " (picked.uses.len() - MOST) " more" } }
                }
            }
        }
    }
}

/// The last position that a part of the program comes to.
fn last_position(trace: &Trace, part: Part) -> usize {
    let events = trace.events.iter().filter(|event| event.part == part);
    events.filter_map(|event| event.position).max().unwrap_or(0)
}

/// How many of the ways from and to a value are listed.
const MOST: usize = 8;

/// How wide the cells of a strip of so many numbers are.
fn cell(length: usize) -> f64 {
    match length {
        0..=8 => 18.0,
        9..=16 => 13.0,
        17..=32 => 10.0,
        _ => 5.0,
    }
}
