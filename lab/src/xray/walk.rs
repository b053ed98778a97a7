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
                70 => self.to(cursor, Loop::Nodes(watched.node + 1)),
                // Not with every number: some have no children.
                71 | 72 => {
                    let inner = |place: &u32| {
                        self.tape.get(*place as usize).is_some_and(|value| value.children().next().is_some())
                    };
                    let later = self.nodes[watched.node + 1..].iter().position(inner);
                    later.and_then(|later| self.to(cursor, Loop::Nodes(watched.node + 1 + later)))
                }
                176..=182 => self.to(cursor, Loop::Params(watched.param + 1)),
                189..=192 | 200 => self.to(cursor, Loop::Samples(watched.sample + 1)),
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

    /// The events that called an event, the outermost first.
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
    /// first time. Where it runs more than once there, for each child of a number, `turn` counts from 0. Nothing if it
    /// does not run.
    pub fn find(
        &self,
        line: usize,
        via: &[usize],
        position: usize,
        head: usize,
        turn: usize,
    ) -> Option<usize> {
        let rank = |event: usize| {
            let Event { position: p, head: h, .. } = self.events[event];
            (self.via(event) != via, p.is_some_and(|p| p != position), h.is_some_and(|h| h != head))
        };
        let events = || (0..self.events.len()).filter(|&event| self.events[event].line == line);
        let best = events().map(rank).min()?;
        let mut events = events().filter(|&event| rank(event) == best);
        let first = events.next();
        if turn == 0 { first } else { events.nth(turn - 1).or(first) }
    }

    /// The lines that called the line of an event, the outermost first.
    pub fn via(&self, event: usize) -> Vec<usize> {
        self.callers(event).into_iter().map(|caller| self.events[caller].line).collect()
    }

    /// How often the line of an event ran before, in the same call at the same position and head.
    pub fn turn(&self, event: usize) -> usize {
        let place = |event: &Event| (event.line, event.call, event.position, event.head);
        let now = place(&self.events[event]);
        self.events[..event].iter().filter(|other| place(other) == now).count()
    }

    /// The event of a line that is shown when the program is at another: that of the same position and head, and of
    /// these the last that has run, or else the next. And whether it has run.
    pub fn shown(&self, line: usize, cursor: Cursor, position: usize, head: usize) -> Option<(usize, bool)> {
        let now = &self.events[cursor.event];
        let time = if cursor.before { cursor.event } else { now.end };
        let part = if now.part == Part::Inference { Part::Inference } else { Part::Training };
        let has_run =
            |event: usize| cursor.event == event && !cursor.before || self.events[event].end <= time;
        let rank = |event: usize| {
            let Event { part: p, position: theirs, head: their_head, .. } = self.events[event];
            let ran = has_run(event);
            (
                line < 145 && p != part && p != Part::Setup,
                theirs.is_some_and(|theirs| theirs != position),
                their_head.is_some_and(|theirs| theirs != head),
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

    /// The variable that an event's line reads a number from: the event that gave it to the variable last, which of the
    /// variables it made, and which of its numbers. What the function has not itself, those have that called it.
    pub fn read_from(&self, place: u32, event: usize) -> Option<(usize, usize, usize)> {
        let mut reader = event;
        loop {
            let call = self.events[reader].call;
            let before = self.events[..reader].iter().enumerate().rev();
            let found =
                before.filter(|(_, event)| event.call == call).find_map(|(event, Event { holds, .. })| {
                    let mut holds = holds.iter().enumerate();
                    holds.find_map(|(variable, (_, held))| Some((event, variable, index_in(held, place)?)))
                });
            match (found, call) {
                (None, Some((_, caller))) => reader = caller,
                _ => return found,
            }
        }
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
pub fn index_in(held: &Held, place: u32) -> Option<usize> {
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
