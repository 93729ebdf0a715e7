//! The execution of this thread, and how it is entered and left.

use std::{
    cell::{Cell, RefCell},
    mem::{self, ManuallyDrop},
    sync::Arc,
    time::SystemTime,
};

use super::{Fields, Info, Moment, Phase, Replay, Signals, replay::Packed, tally::Hidden};
use crate::schema::{Field, Operation, OperationKind};

/// One execution: an operation, its fields and a snapshot of its replay state.
///
/// Cheap to clone. The [module](super) says how it gets onto a thread.
#[derive(Clone, Debug)]
pub struct Execution {
    info: Arc<Info>,
    replay: Packed,
    workflow_time: Option<SystemTime>,
}

impl Execution {
    pub(crate) fn new(info: Arc<Info>, replay: Replay) -> Self {
        Self {
            info,
            replay: Packed::new(replay),
            workflow_time: None,
        }
    }

    pub(crate) fn info(&self) -> &Arc<Info> {
        &self.info
    }

    pub(super) fn set_moment(&mut self, moment: Moment) {
        self.replay = self.replay.at(moment.phase, moment.held, moment.noted);
        self.workflow_time = moment.workflow_time;
    }

    /// Returns the same execution when its task was accepted: nothing in it is held, or noted.
    pub(crate) fn released(mut self) -> Self {
        self.replay = self.replay.at(self.replay().phase, false, false);
        self
    }

    /// Returns the operation that executes.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.info.operation()
    }

    /// Returns the kind of the operation.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        self.operation().kind()
    }

    /// Returns the replay state at the start of the poll.
    #[must_use]
    pub fn replay(&self) -> Replay {
        self.replay.unpacked()
    }

    /// Returns workflow time at the start of the poll: only in workflow code that may change its
    /// state.
    #[must_use]
    pub fn workflow_time(&self) -> Option<SystemTime> {
        self.workflow_time
    }

    /// Returns the fields of the operation: its ids, types and constants.
    #[must_use]
    pub fn fields(&self) -> &Fields {
        self.info.fields()
    }

    /// Returns the workflow id. An activity has that of its workflow.
    #[must_use]
    pub fn workflow_id(&self) -> Option<&str> {
        self.fields().text(Field::WorkflowId)
    }

    /// Returns the run id. An activity has that of its run.
    #[must_use]
    pub fn run_id(&self) -> Option<&str> {
        self.fields().text(Field::RunId)
    }

    /// Returns the workflow type.
    #[must_use]
    pub fn workflow_type(&self) -> Option<&str> {
        self.fields().text(Field::WorkflowType)
    }

    /// Returns the signals already made of an operation that is about to be entered: none, unless
    /// this execution is that very operation, by its fields.
    pub(crate) fn made_of(
        &self,
        operation: Operation,
        is_it: impl FnOnce(&Fields) -> bool,
    ) -> Signals {
        let is_same = self.operation() == operation && is_it(self.fields());
        self.info.signals().only_if(is_same)
    }

    /// Returns the same execution at another moment.
    #[cfg(feature = "rebuild")]
    pub(crate) fn at(mut self, moment: Moment) -> Self {
        self.set_moment(moment);
        self
    }

    /// Runs a closure inside this execution, on this thread.
    ///
    /// Use it to carry an activity's execution into `tokio::task::spawn_blocking`. For a future use
    /// [`in_current`](super::in_current).
    pub fn run<T>(self, body: impl FnOnce() -> T) -> T {
        let _surrounded = self.info.surround();
        let mut slot = Some(self);
        let _entered = enter(&mut slot);
        body()
    }
}

/// The state that a log call needs, kept apart from the execution so that it is one plain read: words,
/// since a value with a niche would be taken apart on its way out of the thread's storage.
struct Hot {
    replay: Cell<u32>,
    /// The filter that counts suppressed events in this poll, and whether a line was decided on.
    observer: Cell<u64>,
    hidden: Cell<u64>,
}

thread_local! {
    /// Without a destructor, which each access would have to ask for: a thread ends outside any
    /// execution, so there is nothing to drop.
    static CURRENT: RefCell<ManuallyDrop<Option<Execution>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
    static HOT: Hot = const {
        Hot {
            replay: Cell::new(Packed::LIVE.word()),
            observer: Cell::new(0),
            hidden: Cell::new(0),
        }
    };
}

/// Returns the current execution of this thread, if any.
///
/// Clones an `Arc`; does not allocate.
#[must_use]
pub fn current() -> Option<Execution> {
    with_current(Clone::clone)
}

/// Reads the current execution of this thread without cloning it.
pub(crate) fn with_current<T>(read: impl FnOnce(&Execution) -> T) -> Option<T> {
    CURRENT.with(|current| current.try_borrow().ok()?.as_ref().map(read))
}

/// Returns the replay state of the code on this thread: live outside any execution.
#[inline]
pub(crate) fn current_replay() -> Replay {
    Packed::from_word(HOT.with(|hot| hot.replay.get())).unpacked()
}

/// Returns whether the code on this thread just emits, as it does outside workflows: it is live, and
/// nothing of it is held or noted.
#[inline]
pub(crate) fn just_emits() -> bool {
    Packed::from_word(HOT.with(|hot| hot.replay.get())).is_plain()
}

/// Counts a log event that was suppressed because replay repeats it.
///
/// Several filters may see the same event; only the first of them in a poll counts it. `observer`
/// identifies the filter, and 0 stands for a place where the event ends.
#[cfg(feature = "logs")]
#[inline]
pub(crate) fn hide(observer: u32) {
    if current_replay().phase != Phase::Replaying {
        return;
    }
    HOT.with(|hot| {
        if observer != 0 {
            match hot.observer.get() & !DECIDED {
                0 => hot.observer.set(hot.observer.get() | u64::from(observer)),
                first if first != u64::from(observer) => return,
                _ => {}
            }
        }
        hot.hidden.set(hot.hidden.get() + Hidden::EVENT);
    });
}

/// The bit of the observer that says whether a line was decided on in this poll.
#[cfg(feature = "logs")]
const DECIDED: u64 = 1 << 32;

/// Returns whether no line was decided on in this poll yet, and notes that one is now.
#[cfg(feature = "logs")]
pub(super) fn is_first_decided() -> bool {
    HOT.with(|hot| hot.observer.replace(hot.observer.get() | DECIDED) & DECIDED == 0)
}

/// Counts a recording of a metric that was suppressed because replay repeats it.
#[inline]
pub(crate) fn hide_metric() {
    if current_replay().phase == Phase::Replaying {
        HOT.with(|hot| hot.hidden.set(hot.hidden.get() + Hidden::METRIC));
    }
}

/// Restores the previous execution when dropped.
#[derive(Debug)]
pub(crate) struct Entered<'a> {
    former: &'a mut Option<Execution>,
}

/// Enters the execution in the slot. Until the guard is dropped, the slot holds the former one.
#[inline]
pub(crate) fn enter(slot: &mut Option<Execution>) -> Entered<'_> {
    swap(slot);
    Entered { former: slot }
}

/// Runs a closure outside any execution.
pub(crate) fn outside<T>(body: impl FnOnce() -> T) -> T {
    let mut nothing = None;
    let _left = enter(&mut nothing);
    body()
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        swap(self.former);
    }
}

/// Swaps the slot with the thread's current execution. Never panics.
#[inline]
fn swap(slot: &mut Option<Execution>) {
    CURRENT.with(|current| {
        let Ok(mut current) = current.try_borrow_mut() else {
            return;
        };
        let replay = slot.as_ref().map_or(Packed::LIVE, |entered| entered.replay);
        let hidden = HOT.with(|hot| {
            hot.replay.set(replay.word());
            hot.observer.set(0);
            hot.hidden.replace(0)
        });
        if hidden != 0
            && let Some(tally) = current.as_ref().and_then(|left| left.info.tally())
        {
            tally.add(Hidden(hidden));
        }
        mem::swap(&mut **current, slot);
    });
}
