//! What a run waits for: the jobs that its commands began, and the conditions that its code names.

mod table;

use std::{
    fmt,
    panic::Location,
    sync::Arc,
    time::{Duration, SystemTime},
};

pub(crate) use self::table::{WaitChange, WaitTable};
use super::{Value, with_current};

/// What is said of a run that waits for nothing that is known.
const UNSEEN: &str = "nothing that the SDK shows: a condition, or a future of another library";

/// The kind of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WaitKind {
    /// A condition that code names with [`trace::wait`](crate::trace::wait).
    Condition,
    /// An activity.
    Activity,
    /// A local activity.
    LocalActivity,
    /// A child workflow, from its start to its end.
    ChildWorkflow,
    /// An operation of Nexus.
    NexusOperation,
    /// A signal that is sent to another workflow.
    ExternalSignal,
    /// The request to cancel another workflow.
    ExternalCancel,
    /// A timer, also between the tries of a local activity.
    Timer,
}

/// One thing that a run waits for.
#[derive(Clone, Debug)]
pub struct Wait {
    kind: WaitKind,
    number: u32,
    name: Option<Value>,
    /// Unless it is the number, as activities have it by default.
    id: Option<Box<str>>,
    since: Option<SystemTime>,
    until: Option<SystemTime>,
    place: Option<&'static Location<'static>>,
}

/// What a run waits for: the first of it, and how much more there is.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    first: Vec<Wait>,
    more: usize,
}

/// A named condition that is waited for until this is dropped.
#[derive(Debug)]
pub(crate) struct Condition {
    table: Arc<WaitTable>,
    number: u32,
}

/// Returns what the run waits for whose code executes on this thread: for a query of your own, which
/// shows it where the SDK has no such query.
///
/// Empty outside workflow code. A run's own code must not decide by it: a replay is another worker's.
///
/// ```
/// # use temporalio_macros::{workflow, workflow_methods};
/// # use temporalio_sdk::{WorkflowContext, WorkflowContextView, WorkflowResult};
/// #[workflow]
/// #[derive(Default)]
/// struct Order {
///     approved: bool,
/// }
///
/// #[workflow_methods]
/// impl Order {
///     #[run]
///     async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
///         let approval = ctx.wait_condition(|order| order.approved);
///         chronoscope::trace::wait("approval", approval).await?;
///         Ok(())
///     }
///
///     /// Answers `condition approval at src/order.rs:12 since 2026-11-29T08:00:00Z`.
///     #[query]
///     fn waits_for(&self, _: &WorkflowContextView) -> String {
///         chronoscope::execution::waits().to_string()
///     }
/// }
/// ```
#[must_use]
pub fn waits() -> Waits {
    let own = with_current(|now| Some(now.info().waits()?.list()));
    own.flatten().unwrap_or_default()
}

/// Notes that the code on this thread waits for a condition: in workflow code.
pub(crate) fn condition(name: &str, place: &'static Location<'static>) -> Option<Condition> {
    let noted = with_current(|now| {
        let table = now.info().waits()?;
        let wait = Wait::new(WaitKind::Condition, 0).named(name).at(place);
        Some(Condition {
            number: table.next(wait, now.workflow_time()),
            table: table.clone(),
        })
    });
    noted.flatten()
}

impl Drop for Condition {
    fn drop(&mut self) {
        self.table.end(WaitKind::Condition, self.number);
    }
}

impl Wait {
    /// Returns a wait by its kind and the number of its command.
    pub(crate) fn new(kind: WaitKind, number: u32) -> Self {
        Self {
            kind,
            number,
            name: None,
            id: None,
            since: None,
            until: None,
            place: None,
        }
    }

    /// Sets the name of what is waited for. It is of any length, and may be another in each run, so it
    /// is not kept after the wait.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = (!name.is_empty()).then(|| Value::from(name));
        self
    }

    /// Sets the id of what is waited for.
    pub(crate) fn with_id(mut self, id: &str) -> Self {
        let is_plain = !id.starts_with('0') && id.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = is_plain && id.parse() == Ok(self.number);
        self.id = (!id.is_empty() && !is_number).then(|| id.into());
        self
    }

    /// Sets since when it is waited for, if that is not now.
    pub(crate) fn since_then(mut self, time: Option<SystemTime>) -> Self {
        self.since = time;
        self
    }

    /// Sets how long it takes, as a time after the epoch until the wait begins.
    pub(crate) fn lasting(mut self, time: Duration) -> Self {
        self.until = SystemTime::UNIX_EPOCH.checked_add(time);
        self
    }

    fn at(mut self, place: &'static Location<'static>) -> Self {
        self.place = Some(place);
        self
    }

    /// Returns its kind.
    #[must_use]
    pub fn kind(&self) -> WaitKind {
        self.kind
    }

    /// Returns its name: a type, the name of a signal or an operation, or a condition's label.
    /// Empty if it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.name.as_ref().and_then(Value::as_text);
        name.unwrap_or_default()
    }

    /// Returns its id: of an activity, a workflow or a timer. Empty if it has none.
    #[must_use]
    pub fn id(&self) -> String {
        match (&self.id, self.kind) {
            (Some(id), _) => id.to_string(),
            (None, WaitKind::Activity | WaitKind::LocalActivity | WaitKind::Timer) => {
                self.number.to_string()
            }
            _ => String::new(),
        }
    }

    /// Returns since when the run waits for it, in workflow time.
    #[must_use]
    pub fn since(&self) -> Option<SystemTime> {
        self.since
    }

    /// Returns when it ends, in workflow time: a timer's.
    #[must_use]
    pub fn until(&self) -> Option<SystemTime> {
        self.until
    }

    /// Returns the place in the code that waits for it: a condition's.
    #[must_use]
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.place
    }
}

impl Waits {
    /// Returns the first waits, at most 32.
    #[must_use]
    pub fn first(&self) -> &[Wait] {
        &self.first
    }

    /// Returns how many more there are.
    #[must_use]
    pub fn more(&self) -> usize {
        self.more
    }

    /// Returns whether there are none. Then the run waits for something that the SDK does not show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }
}

impl WaitKind {
    /// Returns its name, as in `local activity`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Activity => "activity",
            Self::LocalActivity => "local activity",
            Self::ChildWorkflow => "child workflow",
            Self::NexusOperation => "Nexus operation",
            Self::ExternalSignal => "external signal",
            Self::ExternalCancel => "external cancel",
            Self::Timer => "timer",
        }
    }
}

impl fmt::Display for WaitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        for text in [self.name(), &self.id()] {
            if !text.is_empty() {
                write!(f, " {text}")?;
            }
        }
        if let Some(place) = self.place {
            write!(f, " at {}:{}", place.file(), place.line())?;
        }
        for (word, time) in [("since", self.since), ("until", self.until)] {
            if let Some(time) = time {
                write!(f, " {word} {}", prost_types::Timestamp::from(time))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str(UNSEEN);
        }
        for (n, wait) in self.first.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{wait}")?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
