//! What the code of a run has emitted in tasks that may be executed anew, as hashes.

use std::{mem, num::NonZeroU32};

use super::{Kind, fate::goes_on};

/// The most signals of a run that are compared. Later ones are emitted by each attempt.
const MOST: usize = 4096;

/// A routine of a run, and the kind of its signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(NonZeroU32);

impl Place {
    pub(super) fn of(routine: u32, kind: Kind) -> Self {
        Self(NonZeroU32::MIN.saturating_add(routine << 2 | kind as u32))
    }

    fn is_text(self) -> bool {
        (self.0.get() - 1) & 3 == Kind::Text as u32
    }
}

/// The place of a signal among those of its run, the same whoever executes the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    /// The start of the last task before its own, by its event's id.
    pub(crate) task: i64,
    /// Its number among those of its routine and kind in that task.
    pub(crate) number: u32,
    /// Whether no earlier attempt has emitted it.
    pub(crate) is_new: bool,
}

/// What the code of a run emits in the current task, which an attempt may execute anew.
///
/// Tasks that the core would execute as one are one task here: each follows at once on a task that
/// left no command.
#[derive(Default)]
pub(super) struct Emitted {
    /// The last event of the current activation.
    reached: i64,
    /// The start of the last task before.
    after: i64,
    /// Whether commands left events between the last task before and this one.
    is_led: bool,
    /// Whether the current task leaves commands.
    leaves: bool,
    /// Whether the current activation is ahead of its task.
    pub(super) is_ahead: bool,
    signals: Option<Box<Signals>>,
}

impl Emitted {
    /// Notes that an activation reaches this event, in the past or live. One that is ahead of its task
    /// belongs to the next one.
    pub(super) fn opens(&mut self, reached: i64, is_past: bool, is_ahead: bool) {
        if mem::replace(&mut self.is_ahead, is_ahead) {
            self.reached = reached;
        }
        let is_next = reached != self.reached;
        let before = self.reached;
        let goes_on = before > 0 && !self.is_led && !self.leaves && goes_on(before, reached);
        if is_next {
            if !goes_on {
                (self.is_led, self.after) = (self.leaves, before);
            }
            (self.leaves, self.reached) = (false, reached);
        }
        if is_past {
            return;
        }
        let Some(signals) = &mut self.signals else {
            return;
        };
        let stays = match signals.is_aligned {
            false => signals.align(self.after),
            true if is_next && goes_on => {
                signals.parts.push((before, signals.hashes.len()));
                true
            }
            true => !is_next,
        };
        if !stays {
            self.signals = None;
        }
    }

    /// Notes that the current task leaves a command.
    pub(super) fn leaves(&mut self) {
        self.leaves = true;
    }

    /// Notes a signal.
    pub(super) fn note(&mut self, place: Place, hash: u32, is_held: bool) -> Noted {
        let after = self.after;
        let signals = self.signals.get_or_insert_with(|| {
            Box::new(Signals {
                after,
                is_aligned: true,
                ..Signals::default()
            })
        });
        let (number, is_new) = signals.note(place, hash);
        if !is_held {
            signals.emitted = signals.hashes.len();
        }
        Noted {
            task: after,
            number,
            is_new,
        }
    }

    /// Notes that what was held is emitted. Code may go on as in the same task.
    pub(super) fn accepted(&mut self, goes_on: bool) {
        if self.leaves && !goes_on {
            // No attempt executes it anew.
            self.signals = None;
        } else if let Some(signals) = &mut self.signals {
            signals.emitted = signals.hashes.len();
        }
    }

    /// Notes that what was held is dropped. Lines may have been written at once.
    pub(super) fn refused(&mut self, holds_lines: bool) {
        if let Some(signals) = &mut self.signals {
            signals.refuse(holds_lines);
        }
    }

    /// Takes out what was emitted, when the run leaves the cache. Whether what is held will be may be
    /// in doubt.
    pub(super) fn unload(&mut self, holds_lines: bool, is_in_doubt: bool) -> Option<Box<Signals>> {
        let Self {
            reached, signals, ..
        } = mem::take(self);
        let mut signals = signals?;
        match is_in_doubt {
            true => signals.doubtful = Some(reached),
            false => signals.refuse(holds_lines),
        }
        signals.counts = Vec::new();
        signals.hashes.shrink_to_fit();
        (!signals.hashes.is_empty()).then_some(signals)
    }

    /// Returns a copy of what was emitted, for another worker that loads the run. Whether what is held
    /// will be is in doubt.
    pub(super) fn copy(&self) -> Option<Box<Signals>> {
        let signals = self.signals.as_ref()?;
        Some(Box::new(Signals {
            after: signals.after,
            parts: signals.parts.clone(),
            hashes: signals.hashes.clone(),
            emitted: signals.emitted,
            doubtful: Some(self.reached),
            ..Signals::default()
        }))
    }

    /// Puts back what was emitted, when the run comes into the cache. `previous` started its last task
    /// that was accepted, which settles a doubt.
    pub(super) fn load(&mut self, signals: Option<Box<Signals>>, previous: i64, holds_lines: bool) {
        *self = Self {
            signals,
            ..Self::default()
        };
        if let Some(signals) = &mut self.signals {
            match signals.doubtful.take() {
                Some(started) if started <= previous => signals.emitted = signals.hashes.len(),
                Some(_) => signals.refuse(holds_lines),
                None => {}
            }
            signals.earlier = signals.hashes.len();
            signals.is_aligned = false;
        }
    }
}

/// The signals of a task, in the order in which they were emitted.
#[derive(Default)]
pub(crate) struct Signals {
    /// The start of the last task before.
    after: i64,
    /// Where the signals of later tasks begin that follow at once, by the start of the task before.
    parts: Vec<(i64, usize)>,
    hashes: Vec<(Option<Place>, u32)>,
    /// How many were emitted, and are not only held.
    emitted: usize,
    /// How many an earlier attempt emitted.
    earlier: usize,
    /// The places, with the number of their signals in this attempt.
    counts: Vec<Count>,
    /// Whether it is known that this attempt executes the same task.
    is_aligned: bool,
    /// The start of the task of which nobody knew whether it was accepted.
    doubtful: Option<i64>,
}

/// The signals of one place in the current attempt.
struct Count {
    place: Place,
    number: u32,
    /// Whether it emits what the earlier attempt did not.
    differs: bool,
}

impl Signals {
    /// How far in the run's history they reach, so that those of two workers can be compared.
    pub(crate) fn reach(&self) -> (i64, usize) {
        (self.after, self.hashes.len())
    }

    fn note(&mut self, place: Place, hash: u32) -> (u32, bool) {
        let known = self.counts.iter().position(|count| count.place == place);
        let known = known.unwrap_or_else(|| {
            self.counts.push(Count {
                place,
                number: 0,
                differs: self.earlier == 0,
            });
            self.counts.len() - 1
        });
        let count = &mut self.counts[known];
        count.number += 1;
        let number = count.number;
        if !count.differs {
            let mut own = (self.hashes[..self.earlier].iter_mut())
                .filter(|(of, _)| *of == Some(place))
                .skip(number as usize - 1);
            match own.next() {
                Some((_, known)) if *known == hash => return (number, false),
                None => {}
                // What the earlier attempt emitted from here on belongs to no attempt any more.
                Some(first) => {
                    first.0 = None;
                    own.for_each(|(of, _)| *of = None);
                }
            }
            count.differs = true;
        }
        if self.hashes.len() < MOST {
            self.hashes.push((Some(place), hash));
        }
        (number, true)
    }

    /// Drops what was only held.
    fn refuse(&mut self, holds_lines: bool) {
        let emitted = self.emitted;
        let is_line = |place: Option<Place>| !holds_lines && place.is_some_and(Place::is_text);
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
    fn align(&mut self, after: i64) -> bool {
        self.is_aligned = true;
        if after == self.after {
            return true;
        }
        let mut parts = self.parts.iter();
        let Some(part) = parts.position(|(start, _)| *start == after) else {
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
