//! The X-ray of the 200 lines: what every line of microgpt.py makes, for a name, at a step of the training.
//!
//! [`Trace::new`] runs the program on the crate's tape, statement by statement, and notes at each what it made:
//! an [`Event`] for each time that a line runs. Python's own is compared with it: `tests/golden/lines.py`.
//!
//! | module | what stands there |
//! |---|---|
//! | [`record`] | events, and how they are noted |
//! | [`mirror`] | the program, statement by statement |
//! | [`moments`] | the model after each step of the training |
//! | [`walk`] | the way from one line to the next, and where a value comes from and goes to |

pub mod mirror;
pub mod moments;
pub mod record;
pub mod walk;

use microgpt::inference::SamplingError;
use microgpt::{Program, Tape, training};

use crate::run::VOCABULARY;
use mirror::Backward;
use moments::Moment;
use record::{Event, Held, Part, Recorder};

/// One pass through the program: lines 12 to 152, one step of the training on a name (lines 153 to 184), and the
/// writing of one sample (lines 186 to 200), all with the model as it stood after so many steps.
#[derive(Debug)]
pub struct Trace {
    /// All numbers of the step and of the sample.
    pub tape: Tape,
    /// Each time that a line ran.
    pub events: Vec<Event>,
    /// From which number of the tape on which event made them.
    marks: Vec<(u32, u32)>,
    /// The numbers of the loss's graph in the order of line 70: the loss first.
    pub nodes: Vec<u32>,
}

/// What is looked at where the program goes through thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// The parameter of lines 176 to 182, by its place among all.
    pub param: usize,
    /// The number of the graph that lines 63 to 72 are at, by its place in the order of line 70. The last one where
    /// there are not so many.
    pub node: usize,
    /// The sample of lines 189 to 200, counted from 0.
    pub sample: usize,
}

impl Trace {
    /// Runs the program. `tokens` are those of `doc`.
    ///
    /// # Errors
    ///
    /// When the model cannot write.
    pub fn new(
        moment: &Moment,
        doc: &str,
        tokens: &[usize],
        watched: Watched,
    ) -> Result<Self, SamplingError> {
        let tape = Tape::new();
        let (events, marks, nodes) = {
            let state_dict = moment.params.on(&tape);
            let mut r = Recorder::new(&tape);
            mirror::setup(&mut r, &moment.program, &state_dict);
            let loss = mirror::forward(&mut r, moment.step, doc, tokens, &state_dict);
            let mut backward = Backward::new(loss);
            let node = watched.node.min(backward.nodes.len() - 1);
            mirror::backward(&mut r, &mut backward, node);
            loss.backward();
            r.at(175);
            r.set("lr_t", training::cosine_decay(1e-2, moment.step, Program::NUM_STEPS));
            mirror::adam(&mut r, moment, watched.param);
            r.at(184);
            r.set("step+1", moment.step + 1);
            r.set("loss.data", loss.data());
            let mut random = moment.program.random.clone();
            moment.sampler().samples(watched.sample, mirror::TEMPERATURE, &mut random)?;
            mirror::inference(&mut r, watched.sample..watched.sample + 1, &mut random, &state_dict);
            let (events, marks) = r.done();
            (events, marks, backward.nodes)
        };
        Ok(Trace { tape, events, marks, nodes })
    }

    /// The numbers that a variable holds, in order.
    pub fn numbers(&self, held: &Held) -> Vec<f64> {
        numbers(&self.tape, held)
    }
}

/// The numbers that a variable holds, in order; a text's are those of its characters.
fn numbers(tape: &Tape, held: &Held) -> Vec<f64> {
    let data = |place: &u32| tape.get(*place as usize).map_or(f64::NAN, |value| value.data());
    match held {
        Held::Value(place) => vec![data(place)],
        Held::List(list) => list.iter().map(data).collect(),
        Held::Lists(lists) => lists.iter().flatten().map(data).collect(),
        Held::Number(number) => vec![*number],
        Held::Whole(number) => vec![*number as f64],
        Held::Wholes(numbers) => numbers.iter().map(|number| *number as f64).collect(),
        Held::Texts(texts) => {
            texts.iter().flat_map(|text| text.chars()).map(|c| f64::from(c as u32)).collect()
        }
    }
}

/// All numbers that a variable of a line held, each time that the line ran: a row of `tests/golden/lines.txt`.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The part of the program.
    pub part: Part,
    /// The line.
    pub line: usize,
    /// The variable.
    pub name: &'static str,
    /// The numbers.
    pub numbers: Vec<f64>,
}

/// All rows of one step of training on a document, or without one of the first samples: all numbers of the graph
/// go through lines 70 to 72, and all parameters through lines 176 to 182.
///
/// # Panics
///
/// If the document has a character that the vocabulary lacks.
pub fn rows(moment: &Moment, doc: Option<&str>, samples: usize) -> Vec<Row> {
    let tape = Tape::new();
    let state_dict = moment.params.on(&tape);
    let mut r = Recorder::new(&tape);
    let mut rows = Rows { tape: &tape, rows: Vec::new() };
    mirror::setup(&mut r, &moment.program, &state_dict);
    rows.take(&mut r);
    if let Some(doc) = doc {
        let tokens = VOCABULARY.encode_doc(doc).expect("the vocabulary has the document's characters");
        let loss = mirror::forward(&mut r, moment.step, doc, &tokens, &state_dict);
        let mut backward = Backward::new(loss);
        mirror::backward(&mut r, &mut backward, 0);
        rows.take(&mut r);
        for node in 1..backward.nodes.len() {
            mirror::chain_rule(&mut r, &mut backward, node);
            rows.take(&mut r);
        }
        loss.backward();
        r.at(175);
        r.set("lr_t", training::cosine_decay(1e-2, moment.step, Program::NUM_STEPS));
        for param in 0..moment.params.len() {
            mirror::adam(&mut r, moment, param);
            rows.take(&mut r);
        }
    }
    let mut random = moment.program.random.clone();
    mirror::inference(&mut r, 0..samples, &mut random, &state_dict);
    rows.take(&mut r);
    rows.rows.sort_by_key(|row| (row.part, row.line));
    rows.rows
}

struct Rows<'t> {
    tape: &'t Tape,
    rows: Vec<Row>,
}

impl Rows<'_> {
    /// Adds what was noted so far.
    fn take(&mut self, r: &mut Recorder) {
        for (part, line, name, held) in r.drain() {
            let same = |row: &&mut Row| (row.part, row.line, row.name) == (part, line, name);
            let numbers = numbers(self.tape, &held);
            match self.rows.iter_mut().find(same) {
                _ if numbers.is_empty() => {}
                Some(row) => row.numbers.extend(numbers),
                None => self.rows.push(Row { part, line, name, numbers }),
            }
        }
    }
}
