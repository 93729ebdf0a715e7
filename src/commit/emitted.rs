//! What the code of a run has emitted in tasks that may be executed anew, as hashes.

use std::mem;

use super::signals::{After, Place, Signals};

/// The place of a signal among those of its run, the same whoever executes the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    /// The start of the last task before its own, by its event's id.
    pub(crate) task: i64,
    /// Its number among those of its routine and kind in that task.
    pub(crate) number: u32,
    /// Whether no earlier attempt has emitted it.
    pub(crate) is_new: bool,
    /// Whether another process may have emitted it.
    pub(crate) may_repeat: bool,
}

/// What an activation reaches that advances code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    /// The last event.
    pub(crate) event: i64,
    /// Whether it is ahead of its task.
    pub(crate) is_ahead: bool,
    /// Whether its task was scheduled at once when the one before was completed, if that is known.
    pub(crate) follows: Option<bool>,
    /// Whether another process may have emitted what it does, if it executes the task before, too.
    pub(crate) may_repeat: bool,
    /// Whether it brings updates alone.
    pub(crate) are_updates: bool,
}

/// A step in the history of a run.
struct Advance {
    to: Reached,
    is_past: bool,
    /// The start of the last task that was accepted.
    previous: i64,
}

/// What the code of a run emits in the current task, which an attempt may execute anew.
///
/// Tasks that the core would execute as one are one task here: each follows at once on a task that
/// left no command.
#[derive(Default)]
pub(super) struct Emitted {
    /// The last event of the current activation.
    reached: i64,
    /// The start of the last task before, and how many results of local activities code had by then.
    after: After,
    /// How many results of local activities code was handed since the run came into the cache.
    results: u32,
    /// Whether commands left events between the last task before and this one.
    is_led: bool,
    /// Whether the current task leaves commands.
    leaves: bool,
    /// Whether the current activation is ahead of its task.
    pub(super) is_ahead: bool,
    /// Whether code was live since the run came into the cache.
    is_live: bool,
    /// Whether another process may have emitted what the current activation emits: it executes the last
    /// task before, too, of which this process knows nothing.
    may_repeat: bool,
    /// What the current activation advances to, as long as it may be nothing: a task whose updates are
    /// all rejected leaves no trace, and a replay has no activation of it.
    postponed: Option<Advance>,
    signals: Option<Box<Signals>>,
}

impl Emitted {
    /// Notes that an activation opens, in the past or live. One that is ahead of its task belongs to the
    /// next one. `previous` started the last task that was accepted.
    pub(super) fn opens(&mut self, now: Reached, is_past: bool, previous: i64) {
        let skips = self.reached < previous && previous < now.event;
        let is_first = !is_past && !mem::replace(&mut self.is_live, true);
        let may_repeat = is_first && skips && now.may_repeat;
        self.postponed = Some(Advance {
            to: Reached { may_repeat, ..now },
            is_past,
            previous,
        });
        if !now.are_updates {
            self.advances();
        }
    }

    /// Goes on to what the current activation advances to.
    fn advances(&mut self) {
        let Some(Advance {
            to,
            is_past,
            previous,
        }) = self.postponed.take()
        else {
            return;
        };
        let reached = to.event;
        if mem::replace(&mut self.is_ahead, to.is_ahead) {
            self.reached = reached;
        }
        let is_next = reached != self.reached;
        let before = self.reached;
        let follows = to.follows.filter(|_| previous == before);
        let follows = follows.unwrap_or(follows_at_once(before, reached));
        let goes_on = before > 0 && !self.is_led && !self.leaves && follows;
        let after = After {
            task: before,
            results: self.results,
        };
        if is_next {
            if !goes_on {
                (self.is_led, self.after) = (self.leaves, after);
            }
            (self.leaves, self.reached) = (false, reached);
        }
        self.may_repeat = to.may_repeat;
        if is_past {
            return;
        }
        let Some(signals) = &mut self.signals else {
            return;
        };
        let stays = match signals.is_aligned() {
            false => signals.align(self.after),
            true if is_next && goes_on => {
                signals.goes_on(after);
                true
            }
            true => !is_next,
        };
        self.may_repeat &= !(stays && signals.covers(previous));
        if !stays {
            self.signals = None;
        }
    }

    /// Notes results of local activities that an activation hands to code. Each leaves a command.
    pub(super) fn resumes(&mut self, results: u32) {
        self.leaves();
        self.results += results;
    }

    /// Notes that the current task leaves a command.
    pub(super) fn leaves(&mut self) {
        self.advances();
        self.leaves = true;
    }

    /// Notes a signal.
    pub(super) fn note(&mut self, place: Place, hash: u32, is_held: bool) -> Noted {
        self.advances();
        let after = self.after;
        let signals = self
            .signals
            .get_or_insert_with(|| Box::new(Signals::after(after)));
        let (number, is_new) = signals.note(place, hash, is_held);
        Noted {
            task: after.task,
            number,
            is_new,
            may_repeat: self.may_repeat,
        }
    }

    /// Notes that what was held is emitted. Code may go on as in the same task.
    pub(super) fn accepted(&mut self, goes_on: bool) {
        if self.leaves && !goes_on {
            // No attempt executes it anew.
            self.signals = None;
        } else if let Some(signals) = &mut self.signals {
            signals.accept();
        }
    }

    /// Notes that what was held is dropped. Lines may have been written at once.
    pub(super) fn refused(&mut self, holds_lines: bool) {
        self.leaves = false;
        if let Some(signals) = &mut self.signals {
            signals.refuse(holds_lines);
        }
    }

    /// Takes out what was emitted, when the run leaves the cache, even if that is nothing. Whether what
    /// is held will be may be in doubt.
    pub(super) fn unload(&mut self, holds_lines: bool, is_in_doubt: bool) -> Option<Box<Signals>> {
        let signals = self.signals.take();
        let mut signals = self.known(signals)?;
        match is_in_doubt {
            true => signals.doubt(),
            false => signals.refuse(holds_lines),
        }
        *self = Self::default();
        Some(signals)
    }

    /// Returns a copy of what was emitted, for another worker that loads the run. Whether what is held
    /// will be is in doubt.
    pub(super) fn copy(&self) -> Option<Box<Signals>> {
        let mut signals = self.known(self.signals.clone())?;
        signals.doubt();
        Some(signals)
    }

    /// Returns what is known of the last task, if an attempt may execute it anew.
    fn known(&self, signals: Option<Box<Signals>>) -> Option<Box<Signals>> {
        let none = || Box::new(Signals::after(self.after));
        let mut signals = signals.or_else(|| (self.is_live && !self.leaves).then(none))?;
        signals.keep(self.reached);
        Some(signals)
    }

    /// Puts back what was emitted, when the run comes into the cache. `previous` started its last task
    /// that was accepted, which settles a doubt.
    pub(super) fn load(&mut self, signals: Option<Box<Signals>>, previous: i64, holds_lines: bool) {
        *self = Self {
            signals,
            ..Self::default()
        };
        if let Some(signals) = &mut self.signals {
            signals.load(previous, holds_lines);
        }
    }
}

/// Returns whether one task follows at once upon another, by their starts alone. A signal that came
/// before the second one started hides it.
const fn follows_at_once(before: i64, started: i64) -> bool {
    started == before + 3
}
