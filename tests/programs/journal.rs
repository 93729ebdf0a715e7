//! What was executed, written by the interpreter itself: no layer sees it, no gate holds it back.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::File,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
};

use serde::{Deserialize, Serialize};

/// What was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    Line,
    Count,
    Gauge,
    Sample,
    Span,
    /// A call or a handler, which has a span of this operation.
    Call(Operation),
    /// The timer that a local activity waits on before its retry, if the wait is that long.
    Backoff,
    /// A validator refuses an update.
    Rejection,
    /// The task fails here.
    Trip,
    /// A worker loads the run.
    Loaded,
    /// A local activity is over.
    Resumed,
}

/// What calls and handlers are named in spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Operation {
    RunWorkflow,
    WorkflowExecutionStarted,
    StartActivity,
    StartTimer,
    StartChildWorkflow,
    SignalChildWorkflow,
    SignalExternalWorkflow,
    HandleSignal,
    HandleUpdate,
    WaitCondition,
    ContinueAsNew,
}

/// Where code was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// In a workflow's code.
    Workflow,
    /// In `#[init]`, a query or a validator, which can't ask the SDK whether they are replayed.
    Init,
    Reader,
    Activity,
}

/// One execution of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub run: String,
    pub path: String,
    pub kind: Kind,
    pub place: Place,
    /// The event up to which the history was known.
    pub at: i64,
    /// Whether the SDK says that it is no replay.
    pub live: bool,
    /// What the run is said to wait for, besides.
    #[serde(default)]
    pub waits: String,
}

impl Entry {
    /// What tells a step from all others.
    pub fn key(&self) -> Key {
        (self.run.clone(), self.path.clone())
    }
}

/// A run's id, and where in its program a step stands.
pub type Key = (String, String);

/// A task that fails more often waits long before its retry.
const MOST_FALLS: u32 = 1;

/// What code of this thread can do to its surroundings.
#[derive(Default)]
struct World {
    journal: Vec<Entry>,
    /// Where a process that may be killed writes it too.
    file: Option<Arc<File>>,
    /// What was written on other threads.
    elsewhere: Arc<Mutex<Vec<Entry>>>,
    /// Which version of the program runs.
    version: u32,
    /// How often each coin has fallen on the wrong side.
    coins: BTreeMap<String, u32>,
    /// How often any of a run's coins has.
    falls: BTreeMap<String, u32>,
    /// Whether coins fall on the wrong side at all: not where a history is replayed on purpose.
    honest: bool,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

/// Begins a journal.
pub fn begin(honest: bool) {
    WORLD.with_borrow_mut(|world| {
        *world = World {
            honest,
            // Whatever any version did replays under the last one.
            version: if honest { LAST } else { 1 },
            ..World::default()
        };
    });
}

/// Takes what was written.
pub fn take() -> Vec<Entry> {
    WORLD.with_borrow_mut(|world| {
        let mut elsewhere = world.elsewhere.lock().expect("nobody panics here");
        let mut all = std::mem::take(&mut world.journal);
        all.append(&mut elsewhere);
        all
    })
}

/// The last version of every program.
const LAST: u32 = 2;

/// Has code of this thread be the last version of the program.
pub fn upgrade() {
    WORLD.with_borrow_mut(|world| world.version = LAST);
}

pub fn is_upgraded() -> bool {
    WORLD.with_borrow(|world| world.version == LAST)
}

/// This thread's journal, for other threads.
#[derive(Clone)]
pub struct Shared {
    file: Option<Arc<File>>,
    elsewhere: Arc<Mutex<Vec<Entry>>>,
}

pub fn share() -> Shared {
    WORLD.with_borrow(|world| Shared {
        file: world.file.clone(),
        elsewhere: world.elsewhere.clone(),
    })
}

impl Shared {
    /// Runs code of another thread, which writes to this journal.
    pub fn within<T>(&self, code: impl FnOnce() -> T) -> T {
        begin(false);
        WORLD.with_borrow_mut(|world| world.file = self.file.clone());
        let result = code();
        let mut elsewhere = self.elsewhere.lock().expect("nobody panics here");
        elsewhere.append(&mut take());
        result
    }
}

/// Writes the journal to a file, too, which outlives this process.
pub fn write_to(file: File) {
    WORLD.with_borrow_mut(|world| world.file = Some(Arc::new(file)));
}

/// Notes a step.
pub fn note(entry: Entry) {
    WORLD.with_borrow_mut(|world| {
        if let Some(mut file) = world.file.as_deref() {
            let line = serde_json::to_string(&entry).expect("an entry is data");
            writeln!(file, "{line}").expect("the file can be written");
        }
        world.journal.push(entry);
    });
}

/// Throws a coin that falls on the wrong side so often.
pub fn fails(coin: &str, times: u32) -> bool {
    WORLD.with_borrow_mut(|world| {
        if world.honest {
            return false;
        }
        let run = coin.split(' ').next().unwrap_or_default();
        let of_run = world.falls.entry(run.to_owned()).or_default();
        let fallen = world.coins.entry(coin.to_owned()).or_default();
        let fails = *fallen < times && *of_run < MOST_FALLS;
        *fallen += u32::from(fails);
        *of_run += u32::from(fails);
        fails
    })
}

/// Reads the journal of processes that were killed: a last line may be cut off.
pub fn read(file: &Path) -> Vec<Entry> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}
