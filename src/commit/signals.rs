//! The signals of a run's task, as hashes, and which of them an attempt emits anew.

use std::{mem, num::NonZeroU32};

use super::Kind;

/// The most signals of a run that are compared. Later ones are emitted by each attempt.
const MOST: usize = 4096;

/// A routine of a run, and the kind of its signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(NonZeroU32);

impl Place {
    pub(super) fn of(routine: u32, kind: Kind) -> Self {
        Self(NonZeroU32::MIN.saturating_add(routine << 2 | kind as u32))
    }

    fn is_of(self, kind: Kind) -> bool {
        (self.0.get() - 1) & 3 == kind as u32
    }
}

/// What comes before the signals of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct After {
    /// The start of the last task.
    pub(super) task: i64,
    /// How many results of local activities code was handed. A replay may hand over in the task before
    /// what came in this one.
    pub(super) results: u32,
}

/// The signals of a task, in the order in which they were emitted.
#[derive(Clone, Default)]
pub(crate) struct Signals {
    after: After,
    /// Where the signals of later tasks begin that follow at once.
    parts: Vec<(After, usize)>,
    hashes: Vec<(Option<Place>, u32)>,
    /// How many were emitted, and are not only held.
    emitted: usize,
    /// How many an earlier attempt emitted.
    earlier: usize,
    /// The places, with the number of their signals in this attempt.
    counts: Vec<Count>,
    /// Which of the earlier attempt's ends this one has emitted too.
    matched: Vec<bool>,
    /// Whether it is known that this attempt executes the same task.
    is_aligned: bool,
    /// The start of the last task that was executed.
    reached: i64,
    /// Whether nobody knew whether that was accepted.
    is_doubtful: bool,
}

/// The signals of one place in the current attempt.
#[derive(Clone)]
struct Count {
    place: Place,
    number: u32,
    /// Whether it emits what the earlier attempt did not.
    differs: bool,
}

impl Signals {
    /// How far in the run's history they reach, so that those of two workers can be compared.
    pub(crate) fn reach(&self) -> (i64, usize) {
        (self.after.task, self.hashes.len())
    }

    /// Returns those of a task, of which there are none yet.
    pub(super) fn after(after: After) -> Self {
        Self {
            after,
            is_aligned: true,
            ..Self::default()
        }
    }

    /// Notes a signal. Returns its number among those of its place, and whether no earlier attempt
    /// emitted it.
    pub(super) fn note(&mut self, place: Place, hash: u32, is_held: bool) -> (u32, bool) {
        let known = self.counts.iter().position(|count| count.place == place);
        let known = known.unwrap_or_else(|| {
            self.counts.push(Count {
                place,
                number: 0,
                differs: self.earlier == 0,
            });
            self.counts.len() - 1
        });
        self.counts[known].number += 1;
        let number = self.counts[known].number;
        let is_known = match place.is_of(Kind::End) {
            true => self.matches(place, hash),
            false => self.continues(known, hash),
        };
        if !is_known && self.hashes.len() < MOST {
            self.hashes.push((Some(place), hash));
        }
        if !is_held {
            self.accept();
        }
        (number, !is_known)
    }

    /// Returns whether a line or recording is the next one of an earlier attempt, and so were all before
    /// it: the last value that a gauge is set to must be the last.
    fn continues(&mut self, count: usize, hash: u32) -> bool {
        let count = &mut self.counts[count];
        if count.differs {
            return false;
        }
        let mut own = (self.hashes[..self.earlier].iter_mut())
            .filter(|(of, _)| *of == Some(count.place))
            .skip(count.number as usize - 1);
        match own.next() {
            Some((_, known)) if *known == hash => return true,
            None => {}
            // What the earlier attempt emitted from here on belongs to no attempt any more.
            Some(first) => {
                first.0 = None;
                own.for_each(|(of, _)| *of = None);
            }
        }
        count.differs = true;
        false
    }

    /// Returns whether an earlier attempt emitted an end, in whatever order: a span has its id once.
    fn matches(&mut self, place: Place, hash: u32) -> bool {
        self.matched.resize(self.earlier, false);
        let earlier = self.hashes[..self.earlier].iter().zip(&mut self.matched);
        for (known, is_matched) in earlier {
            if *known == (Some(place), hash) && !*is_matched {
                *is_matched = true;
                return true;
            }
        }
        false
    }

    /// Notes that what was held is emitted.
    pub(super) fn accept(&mut self) {
        self.emitted = self.hashes.len();
    }

    /// Notes that nobody knows whether what is held will be emitted: that depends on the last task.
    pub(super) fn doubt(&mut self) {
        self.is_doubtful = true;
    }

    /// Makes them ready to be kept, up to the task with this start.
    pub(super) fn keep(&mut self, reached: i64) {
        (self.counts, self.matched) = Default::default();
        self.hashes.shrink_to_fit();
        self.reached = reached;
    }

    /// Returns whether the task with this start was executed.
    pub(super) fn covers(&self, started: i64) -> bool {
        started <= self.reached
    }

    /// Makes them those of an earlier attempt. `previous` started the last task that was accepted, which
    /// settles a doubt.
    pub(super) fn load(&mut self, previous: i64, holds_lines: bool) {
        match mem::take(&mut self.is_doubtful) {
            true if self.reached <= previous => self.accept(),
            true => self.refuse(holds_lines),
            false => {}
        }
        self.earlier = self.hashes.len();
        self.is_aligned = false;
    }

    /// Returns whether it is known that the current attempt executes their task.
    pub(super) fn is_aligned(&self) -> bool {
        self.is_aligned
    }

    /// Notes that the next task follows at once.
    pub(super) fn goes_on(&mut self, after: After) {
        self.parts.push((after, self.hashes.len()));
    }

    /// Drops what was only held.
    pub(super) fn refuse(&mut self, holds_lines: bool) {
        let emitted = self.emitted;
        let is_line = |place: Option<Place>| {
            !holds_lines && place.is_some_and(|place| place.is_of(Kind::Text))
        };
        let stays = |at: usize, place| at < emitted || is_line(place);
        for (_, start) in &mut self.parts {
            let before = self.hashes[..*start].iter().enumerate();
            *start = before.filter(|(at, (place, _))| stays(*at, *place)).count();
        }
        let mut at = 0;
        self.hashes.retain(|(place, _)| {
            at += 1;
            stays(at - 1, *place)
        });
        self.emitted = self.hashes.len();
    }

    /// Drops what belongs to tasks before the current one. Returns whether anything is left.
    pub(super) fn align(&mut self, after: After) -> bool {
        self.is_aligned = true;
        if after == self.after {
            return true;
        }
        let mut parts = self.parts.iter();
        let Some(part) = parts.position(|(before, _)| *before == after) else {
            return false;
        };
        let from = self.parts[part].1;
        self.hashes.drain(..from);
        self.parts.drain(..=part);
        self.parts.iter_mut().for_each(|(_, start)| *start -= from);
        self.after = after;
        (self.emitted, self.earlier) = (self.hashes.len(), self.hashes.len());
        true
    }
}
