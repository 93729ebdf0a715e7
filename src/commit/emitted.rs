//! What the code of a run has emitted in tasks that may be executed anew, as hashes.

use std::mem;

use super::{
    fate::goes_on,
    signals::{Place, Signals},
};

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
    /// Whether the task before may have been followed at once by this one.
    pub(crate) may_repeat: bool,
    /// Whether it brings updates alone.
    pub(crate) are_updates: bool,
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
    /// Whether code was live since the run came into the cache.
    is_live: bool,
    /// Whether another process may have emitted what the current activation emits: it executes the last
    /// task before, too, of which this process knows nothing.
    may_repeat: bool,
    /// What the current activation advances to, and whether that is past and ahead, as long as it may be
    /// nothing: a task whose updates are all rejected leaves no trace, and a replay has no activation
    /// of it.
    postponed: Option<(i64, bool, bool)>,
    signals: Option<Box<Signals>>,
}

impl Emitted {
    /// Notes that an activation opens, in the past or live. One that is ahead of its task belongs to the
    /// next one. `previous` started the last task that was accepted.
    pub(super) fn opens(&mut self, now: Reached, is_past: bool, previous: i64) {
        let skips = self.reached < previous && previous < now.event;
        let is_first = !is_past && !mem::replace(&mut self.is_live, true);
        self.postponed = Some((now.event, is_past, now.is_ahead));
        if !now.are_updates {
            self.advances();
        }
        self.may_repeat = is_first && skips && now.may_repeat && self.signals.is_none();
    }

    /// Goes on to what the current activation advances to.
    fn advances(&mut self) {
        let Some((reached, is_past, is_ahead)) = self.postponed.take() else {
            return;
        };
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
        let stays = match signals.is_aligned() {
            false => signals.align(self.after),
            true if is_next && goes_on => {
                signals.goes_on(before);
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
            task: after,
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
            true => signals.doubt(reached),
            false => signals.refuse(holds_lines),
        }
        signals.keep().then_some(signals)
    }

    /// Returns a copy of what was emitted, for another worker that loads the run. Whether what is held
    /// will be is in doubt.
    pub(super) fn copy(&self) -> Option<Box<Signals>> {
        let mut signals = self.signals.clone()?;
        signals.doubt(self.reached);
        signals.keep().then_some(signals)
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
