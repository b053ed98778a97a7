//! Events, and how they are noted: each statement of the mirror says `at(line)` and then what it made.

use microgpt::{Tape, Value};

/// What a variable holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// A `Value`, by its place on the tape.
    Value(u32),
    /// A list of them.
    List(Vec<u32>),
    /// A list of such lists.
    Lists(Vec<Vec<u32>>),
    /// A plain number.
    Number(f64),
    /// A whole number.
    Whole(usize),
    /// A list of whole numbers.
    Wholes(Vec<usize>),
    /// A list of texts, or one.
    Texts(Vec<String>),
}

impl From<Value<'_>> for Held {
    fn from(value: Value) -> Self {
        Held::Value(value.index() as u32)
    }
}

fn places(values: &[Value]) -> Vec<u32> {
    values.iter().map(|value| value.index() as u32).collect()
}

impl From<&[Value<'_>]> for Held {
    fn from(values: &[Value]) -> Self {
        Held::List(places(values))
    }
}

impl From<&Vec<Value<'_>>> for Held {
    fn from(values: &Vec<Value>) -> Self {
        Held::List(places(values))
    }
}

impl From<&Vec<Vec<Value<'_>>>> for Held {
    fn from(rows: &Vec<Vec<Value>>) -> Self {
        Held::Lists(rows.iter().map(|row| places(row)).collect())
    }
}

impl From<f64> for Held {
    fn from(number: f64) -> Self {
        Held::Number(number)
    }
}

impl From<usize> for Held {
    fn from(number: usize) -> Self {
        Held::Whole(number)
    }
}

/// The parts of the program, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Lines 9 to 152.
    Setup,
    /// Lines 153 to 184.
    Training,
    /// Lines 186 to 200.
    Inference,
}

/// A line that ran once.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The line.
    pub line: usize,
    /// The part of the program.
    pub part: Part,
    /// The function whose line it is, and the event that called it; none for the program itself.
    pub call: Option<(&'static str, usize)>,
    /// The position that the program is at, if it is at one.
    pub position: Option<usize>,
    /// The head, if it is at one.
    pub head: Option<usize>,
    /// The first event after it, and after all that it calls.
    pub end: usize,
    /// What it made.
    pub holds: Vec<(&'static str, Held)>,
}

/// Notes what lines make.
#[derive(Debug)]
pub struct Recorder<'t> {
    /// Where the numbers stand.
    pub tape: &'t Tape,
    /// What runs now.
    pub part: Part,
    /// The position that the program is at.
    pub position: Option<usize>,
    /// The head.
    pub head: Option<usize>,
    events: Vec<Event>,
    marks: Vec<(u32, u32)>,
    now: usize,
    call: Option<(&'static str, usize)>,
}

impl<'t> Recorder<'t> {
    /// Nothing noted so far.
    pub fn new(tape: &'t Tape) -> Self {
        Recorder {
            tape,
            part: Part::Setup,
            position: None,
            head: None,
            events: Vec::new(),
            marks: Vec::new(),
            now: 0,
            call: None,
        }
    }

    /// A line begins to run.
    pub fn at(&mut self, line: usize) {
        self.now = self.events.len();
        self.mark();
        self.events.push(Event {
            line,
            part: self.part,
            call: self.call,
            position: self.position,
            head: self.head,
            end: self.now + 1,
            holds: Vec::new(),
        });
    }

    /// The line gives a variable something to hold.
    pub fn set(&mut self, name: &'static str, held: impl Into<Held>) {
        self.events[self.now].holds.push((name, held.into()));
    }

    /// The line calls a function, whose lines run meanwhile.
    pub fn call<R>(&mut self, function: &'static str, run: impl FnOnce(&mut Self) -> R) -> R {
        let (caller, call) = (self.now, self.call);
        self.call = Some((function, caller));
        let result = run(self);
        (self.now, self.call) = (caller, call);
        self.events[caller].end = self.events.len();
        self.mark();
        result
    }

    /// What is computed from here on is computed by the line that runs now.
    fn mark(&mut self) {
        self.marks.push((self.tape.len() as u32, self.now as u32));
    }

    /// All that was noted, and from which number of the tape on which event made them.
    pub fn done(self) -> (Vec<Event>, Vec<(u32, u32)>) {
        (self.events, self.marks)
    }

    /// All that was noted, to begin anew.
    pub fn drain(&mut self) -> impl Iterator<Item = (Part, usize, &'static str, Held)> {
        self.marks.clear();
        std::mem::take(&mut self.events).into_iter().flat_map(|event| {
            event.holds.into_iter().map(move |(name, held)| (event.part, event.line, name, held))
        })
    }
}
