//! The way from one line to the next, and where a value comes from and goes to.

use microgpt::Program;

use super::record::{Event, Held, Part};
use super::{Trace, Watched};

/// Where the program is: at an event, whose line has run, or is about to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The event.
    pub event: usize,
    /// Whether its line is still to run.
    pub before: bool,
    /// What is looked at where the program goes through thousands.
    pub watched: Watched,
}

/// Steps of a debugger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The line before, in the same function.
    Back,
    /// The next line that runs, whatever it belongs to.
    Into,
    /// The next line of the same function; what it calls runs meanwhile.
    Over,
    /// The line that called the function.
    Out,
    /// The same line, when it runs next.
    Again,
}

impl Trace {
    /// Where a step leads: to an event, or to another number, parameter or sample. Nothing where the program has no
    /// such line.
    pub fn step(&self, cursor: Cursor, way: Way) -> Option<Cursor> {
        let Cursor { event, watched, .. } = cursor;
        let at = |event: usize| Some(Cursor { event, ..cursor });
        let now = &self.events[event];
        let siblings = |other: &Event| other.call == now.call;
        match way {
            Way::Out => now.call.map(|(_, caller)| Cursor { event: caller, before: false, ..cursor }),
            Way::Back => {
                let sibling = self.events[..event].iter().rposition(siblings);
                match (now.line, watched) {
                    (70, Watched { node: 1.., .. }) => self.to(cursor, Loop::Nodes(watched.node - 1)),
                    (176, Watched { param: 1.., .. }) => self.to(cursor, Loop::Params(watched.param - 1)),
                    (189, Watched { sample: 1.., .. }) => self.to(cursor, Loop::Samples(watched.sample - 1)),
                    _ => match (sibling, now.call) {
                        (Some(sibling), _) => at(sibling),
                        (None, call) => {
                            call.map(|(_, caller)| Cursor { event: caller, before: true, ..cursor })
                        }
                    },
                }
            }
            Way::Again => match now.line {
                70..=72 => self.to(cursor, Loop::Nodes(watched.node + 1)),
                176..=182 => self.to(cursor, Loop::Params(watched.param + 1)),
                187..=192 | 200 => self.to(cursor, Loop::Samples(watched.sample + 1)),
                line => {
                    let later = self.events[event + 1..].iter().position(|other| other.line == line);
                    later.and_then(|later| at(event + 1 + later))
                }
            }
            .map(|next| self.same_line(next, now.line)),
            Way::Into | Way::Over => {
                let next = if way == Way::Into { event + 1 } else { now.end };
                // The loops of which one round is in the events
                let last = |line: usize| self.events.get(next).is_none_or(|other| other.line == line);
                let round = match now.line {
                    70 | 72 if last(175) => self.to(cursor, Loop::Nodes(watched.node + 1)),
                    182 => self.to(cursor, Loop::Params(watched.param + 1)),
                    200 => self.to(cursor, Loop::Samples(watched.sample + 1)),
                    _ => None,
                };
                round.or_else(|| match (self.events.get(next), now.call) {
                    (Some(event), Some((_, caller))) if way == Way::Over && event.call != now.call => {
                        Some(Cursor { event: caller, before: false, ..cursor })
                    }
                    (Some(_), _) => at(next),
                    (None, _) => None,
                })
            }
        }
    }

    /// The first line of a round of a loop.
    fn to(&self, cursor: Cursor, round: Loop) -> Option<Cursor> {
        let mut watched = cursor.watched;
        let (line, there) = match round {
            Loop::Nodes(node) => {
                watched.node = node;
                (70, node < self.nodes.len())
            }
            Loop::Params(param) => {
                watched.param = param;
                (176, param < self.params())
            }
            Loop::Samples(sample) => {
                watched.sample = sample;
                (189, sample < SAMPLES)
            }
        };
        let event = self.events.iter().position(|event| event.line == line)?;
        there.then_some(Cursor { event, watched, ..cursor })
    }

    /// The same line in this round, if it is in it.
    fn same_line(&self, cursor: Cursor, line: usize) -> Cursor {
        let same = self.events[cursor.event..].iter().position(|event| event.line == line);
        Cursor { event: cursor.event + same.unwrap_or(0), ..cursor }
    }

    /// How many parameters there are: the first numbers of the tape.
    pub fn params(&self) -> usize {
        self.marks.first().map_or(0, |(first, _)| *first as usize)
    }

    /// The lines that called the line of an event, the outermost first.
    pub fn callers(&self, event: usize) -> Vec<usize> {
        let mut callers = Vec::new();
        let mut call = self.events[event].call;
        while let Some((_, caller)) = call {
            callers.insert(0, caller);
            call = self.events[caller].call;
        }
        callers
    }

    /// When a line runs: with these callers, at this position and in this head where it can be had, and else the
    /// first time. Nothing if it does not run.
    pub fn find(&self, line: usize, via: &[usize], position: usize, head: usize) -> Option<usize> {
        let rank = |event: usize| {
            let Event { position: p, head: h, .. } = self.events[event];
            let lines: Vec<_> =
                self.callers(event).iter().map(|&caller| self.events[caller].line).collect();
            (lines != via, p.is_some_and(|p| p != position), h.is_some_and(|h| h != head))
        };
        (0..self.events.len()).filter(|&event| self.events[event].line == line).min_by_key(|&event| rank(event))
    }

    /// The event of a line that is shown when the program is at another: that of the same position and head, and of
    /// these the last that has run, or else the next. And whether it has run.
    pub fn shown(&self, line: usize, cursor: Cursor) -> Option<(usize, bool)> {
        let now = &self.events[cursor.event];
        let time = if cursor.before { cursor.event } else { now.end };
        let part = if now.part == Part::Inference { Part::Inference } else { Part::Training };
        let has_run = |event: usize| cursor.event == event && !cursor.before || self.events[event].end <= time;
        let rank = |event: usize| {
            let Event { part: p, position, head, .. } = self.events[event];
            let other = |theirs: Option<usize>, ours: Option<usize>| {
                theirs.is_some() && ours.is_some() && theirs != ours
            };
            let ran = has_run(event);
            (
                line < 145 && p != part && p != Part::Setup,
                other(position, now.position),
                other(head, now.head),
                !ran,
                if ran { self.events.len() - event } else { event },
            )
        };
        let events = (0..self.events.len()).filter(|&event| self.events[event].line == line);
        let best = events.min_by_key(|&event| rank(event))?;
        Some((best, has_run(best)))
    }

    /// The event whose line computed a number; none for a parameter.
    pub fn maker(&self, place: u32) -> Option<usize> {
        let later = self.marks.partition_point(|(first, _)| *first <= place);
        later.checked_sub(1).map(|mark| self.marks[mark].1 as usize)
    }

    /// The variable that a number is read from: the event that made it or the one that this was called for, which of
    /// the variables it made, and which of its numbers.
    pub fn named(&self, place: u32) -> Option<(usize, usize, usize)> {
        let find = |event: usize| {
            let holds = self.events[event].holds.iter().enumerate();
            holds.rev().find_map(|(variable, (_, held))| Some((event, variable, index_in(held, place)?)))
        };
        let mut event = self.maker(place)?;
        let mut found = find(event);
        while let Some((_, caller)) = self.events[event].call {
            event = caller;
            match find(caller) {
                Some(outer) => found = Some(outer),
                None => break,
            }
        }
        found
    }

    /// The numbers of other lines, and the parameters, that a number was computed from, in order.
    pub fn sources(&self, place: u32) -> Vec<u32> {
        let mut sources = Vec::new();
        let mut waiting = vec![place];
        let mut seen = std::collections::BTreeSet::from([place]);
        while let Some(next) = waiting.pop() {
            let Some(value) = self.tape.get(next as usize) else { continue };
            let children: Vec<u32> = value.children().map(|(child, _)| child.index() as u32).collect();
            for child in children.into_iter().rev().filter(|child| seen.insert(*child)) {
                let own = child as usize >= self.params() && self.maker(child) == self.maker(place);
                if own { waiting.push(child) } else { sources.push(child) }
            }
        }
        // A sum ends with what was added last.
        sources.sort_unstable();
        sources
    }

    /// The events whose lines computed with a number, in their order.
    pub fn uses(&self, place: u32) -> Vec<usize> {
        let mut uses = Vec::new();
        for user in place as usize + 1..self.tape.len() {
            let Some(value) = self.tape.get(user) else { break };
            if value.children().any(|(child, _)| child.index() == place as usize)
                && let Some(maker) = self.maker(user as u32)
                && Some(maker) != self.maker(place)
                && uses.last() != Some(&maker)
            {
                uses.push(maker);
            }
        }
        uses
    }
}

/// Which of the numbers of a variable stands at a place of the tape.
fn index_in(held: &Held, place: u32) -> Option<usize> {
    match held {
        Held::Value(only) => (*only == place).then_some(0),
        Held::List(list) if list.len() <= 64 => list.iter().position(|value| *value == place),
        Held::Lists(lists) => lists.iter().flatten().position(|value| *value == place),
        _ => None,
    }
}

/// How many samples the program writes (line 189).
pub const SAMPLES: usize = 20;

/// A loop of which the events have one round, and the round to go to.
enum Loop {
    Nodes(usize),
    Params(usize),
    Samples(usize),
}

/// The last step of the training.
pub const LAST_STEP: usize = Program::NUM_STEPS;
