//! When telemetry of workflow code is emitted: at once, or when the server has accepted them.
//!
//! Workflow code is polled first and judged afterwards, twice: the SDK converts results, encodes them
//! and may fail the whole activation after every future has returned, and the server may refuse the
//! task, or never hear of it. A run's ledger holds what is not judged yet:
//!
//! | signal | until the SDK has settled the activation | until the server has accepted the task |
//! |---|---|---|
//! | lines, log records, recordings of metrics | | with [`Emission::OnCommit`] |
//! | spans, hooks, counts of chronoscope's own | always | with [`Emission::OnCommit`] |
//!
//! A refused task's run is evicted, and its next attempt makes all its signals again.
//!
//! ```
//! use chronoscope::{Observability, commit::{Emission, OnCommit}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emission: Emission = "on_commit".parse()?; // as in `CHRONOSCOPE_EMISSION`
//! assert_eq!(emission, Emission::OnCommit(OnCommit::default()));
//! let observability = Observability::builder().emission(emission).build()?;
//! # observability.shutdown();
//! # Ok(())
//! # }
//! ```
//!
//! # The fate of a task
//!
//! | the server's answer to its completion | its signals |
//! |---|---|
//! | it took it | emitted, before the core sees the answer |
//! | it took it, and it only kept a local activity's task alive | they go on in the next task, if a replay would execute both as one; otherwise emitted; if the run leaves the cache before that, history is asked |
//! | it threw a speculative task away | emitted: the code will not run again |
//! | it took a page of several | wait for the last one |
//! | `INVALID_ARGUMENT` | dropped: the task failed |
//! | any other error, or nobody heard it | wait for another attempt's answer; when the client has given up, history is asked |
//! | none was sent: a panic, an error, non-determinism, an eviction | dropped |
//!
//! Lines of a task that failed by its own fault are written with marks, once: [`Refused`].
//!
//! # What an attempt emitted, another does not emit again
//!
//! An attempt whose signals were emitted may not be the last one: the task fails, the server refuses
//! it, or the core executes an accepted task and the next one as one when it loads the run. So the
//! signals of a task are noted as they are emitted, by their routine, as hashes of their call site and
//! text. When this process executes the task anew, the n-th line of a routine is left out while it
//! equals the n-th that was emitted, and so is the n-th recording; the first that differs ends that.
//! Spans and hooks are compared without their order. This holds for both modes.
//!
//! # What the server has accepted before
//!
//! With a gRPC layer, the tasks that are out are known. Each names the last task that was completed
//! before it, which overrules the core where that takes a replay for live:
//!
//! | the activation reaches | tasks of the run that are out | it is |
//! |---|---|---|
//! | an event up to the last completed task's start | any | the past |
//! | the start of a task that is out | that task | as the core says |
//! | another event | one that only asks a query | the past: no task will carry it |
//! | another event | none that only asks | as the core says |
//!
//! # Replay
//!
//! Only signals that the gate has admitted are held: a replayed one never gets here.
//!
//! # Cost
//!
//! One box per held span, counter or hook; nothing for replayed code. A held line is copied into the
//! buffer of its task. A live signal costs a hash, which is kept until its task is over, at most
//! 4,096 of a run; of runs that left the cache meanwhile, those of a thousand. With a gRPC layer, one
//! look-up per activation, and some numbers read from each answer to a poll.

mod answers;
mod counts;
mod doubt;
mod emitted;
mod fate;
mod holding;
mod judged;
mod lane;
mod ledger;
mod marks;
mod memory;
mod opening;
mod options;
mod pending;
mod signals;
mod tasks;
mod truth;

use std::hash::{BuildHasher as _, Hash};

use rapidhash::fast::GlobalState;

#[cfg(feature = "testing")]
pub(crate) use self::marks::{TASK_FAILED, is_doubt};
#[cfg(feature = "__unwired")]
pub(crate) use self::truth::{Handed, is_past};
pub(crate) use self::{
    answers::{Answer, Answers, Awaits},
    doubt::{Ask, Doubt},
    emitted::{Noted, Reached},
    fate::{Fate, Reply},
    holding::Holding,
    lane::{Kind, Lane, emit_each},
    ledger::{Ledger, Now, Overdue},
    marks::Marks,
    memory::Memory,
    opening::Opening,
    signals::Signals,
    tasks::{Task, Tasks},
};
pub use self::{
    counts::{CommitCounts, SignalCounts},
    options::{Emission, Lines, OnCommit, Refused},
};
use crate::execution::{Execution, with_current};

/// Does something with the ledger of the run whose code executes, if it holds signals of a kind.
pub(crate) fn holding<T>(kind: Kind, with: impl FnOnce(&Ledger) -> T) -> Option<T> {
    let ledger = with_current(|now| now.info().ledger::<Ledger>()).flatten()?;
    let holds = ledger.holding().is_some_and(|holding| holding.holds(kind));
    holds.then(|| with(&ledger))
}

/// Returns whether the activation hands results of local activities to the code that executes. The core
/// calls that a replay where history does not have them yet, and sends what the code does.
pub(crate) fn resumes() -> bool {
    let resumes = |now: &Execution| Some(now.info().ledger::<Ledger>()?.resumes());
    with_current(resumes).flatten().unwrap_or_default()
}

/// Notes a signal of the run whose code executes, in its place. Returns that, with the number of the
/// routine.
pub(crate) fn note(kind: Kind, what: impl Hash) -> Option<(u32, Noted)> {
    let hash = hash(&what);
    let place = |now: &Execution| Some((now.info().ledger::<Ledger>()?, now.info().routine()));
    let (ledger, routine) = with_current(place).flatten()?;
    Some((routine, ledger.note(routine, kind, hash)))
}

/// Returns the hash by which an attempt's signals are compared with an earlier one's.
pub(crate) fn hash(what: &impl Hash) -> u32 {
    let hash = GlobalState::new().hash_one(what);
    (hash ^ hash >> 32) as u32
}
