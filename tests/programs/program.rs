//! A program: data that one workflow interprets, with what a client does to it meanwhile.

use std::slice;

use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// What is over at once and needs nothing of the workflow's context.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Note {
    /// A line by our macro.
    Ours,
    /// A line by `tracing`.
    Tracing,
    /// A line by the crate `log`.
    Log,
    Count,
    Gauge,
    Sample,
    /// A function under `#[instrument]`, which logs.
    Instrumented,
    /// A span by OpenTelemetry's API.
    ByHand,
}

/// What opens a span around steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Spanner {
    Tracing,
    ByHand,
}

/// How an activity ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Task {
    Ends,
    /// Fails so often, and ends then.
    Fails(u32),
    Final,
    Benign,
    /// Ends with what can't be converted so often.
    Moody(u32),
    Beats,
    /// Ends with a secret where its caller expects a number.
    Mistaken,
    /// Takes longer than it may.
    Hangs,
    /// Panics once.
    Panics,
    /// Blocks a thread of a pool, unless it is a local activity.
    Pooled,
    /// As a local activity, takes longer than the workflow task that it is called in.
    Outlives,
}

/// What happens to a child when its parent ends first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Policy {
    Terminate,
    Abandon,
    RequestCancel,
}

/// What workflow code hands on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Given {
    Activity,
    Local,
    Child,
}

/// How code hands on an error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Way {
    Failure,
    Context,
    Formatted,
}

/// How a workflow task fails.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Trip {
    Panic,
    Forced,
}

/// A step of workflow code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    Note(Note),
    Spanned(Spanner, Vec<Step>),
    Activity(Task),
    Local(Task),
    /// In milliseconds.
    Timer(u32),
    /// Waits for what holds at once, under a span of its own.
    Hold,
    /// Waits until so many messages were handled, or all that come.
    Await(u32),
    Child(Body),
    /// A child that waits for a message of its parent.
    Told(Body, Vec<Step>),
    /// A child that is retried once if it fails.
    Retried(Body),
    /// A child that nobody waits for.
    Left(Body, Policy),
    /// A signal to the parent, if there is one.
    Shout(Vec<Step>),
    Join(Vec<Step>, Vec<Step>),
    /// The branch that is not first is dropped.
    Select(Vec<Step>, Vec<Step>),
    Patch,
    /// What the program's first version does, and what its second one does instead.
    Versioned(Vec<Step>, Vec<Step>),
    /// Hands on what can't be converted.
    Unsendable(Given),
    /// Changes the search attribute.
    Upsert(u32),
    /// Fails its task so often.
    Trip(Trip, u32),
}

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum End {
    Return,
    /// By what can't be converted so often, and then can.
    Moody(u32),
    Fail,
    FailForGood,
    Benign,
    /// By an error that quotes a secret.
    Mistaken(Way),
    Again(Box<Body>),
}

/// What a run does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    pub init: Vec<Note>,
    pub steps: Vec<Step>,
    pub end: End,
    /// What it does once it is cancelled.
    #[serde(default)]
    pub clean_up: Vec<Step>,
}

/// What a client does, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Action {
    Signal(Vec<Step>),
    /// Its result can't be converted, if it says so.
    Update(Vec<Step>, bool),
    /// Signals, updates and queries of several clients at once.
    AtOnce(Vec<Action>),
    /// An update that the validator rejects.
    Reject(Vec<Note>),
    Query(Vec<Note>, bool),
    /// Stops the worker and starts another one.
    Replace,
    /// The same with the second version of the program.
    Upgrade,
    /// Signals that come while no worker runs.
    Meanwhile(Vec<Vec<Step>>),
    /// Has the run be reset to one of its tasks, where the server can.
    Reset(u32),
    /// Drops the worker as it is, as a crash would, and starts another one.
    Drop,
    /// Has the server forget who has the run in its cache.
    Forget,
    /// Has the workflow task that is under way time out.
    Expire,
    /// Has the answer to the next call of that name be lost.
    Lose(Call),
    /// Has the next call of that name be refused once.
    Refuse(Call),
    /// Has the next call of that name come late, by so many milliseconds.
    Delay(Call, u32),
}

/// A call that can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Call {
    TaskCompleted,
    TaskFailed,
    QueryCompleted,
    ActivityCompleted,
    History,
}

impl Call {
    pub fn rpc(self) -> &'static str {
        match self {
            Self::TaskCompleted => "RespondWorkflowTaskCompleted",
            Self::TaskFailed => "RespondWorkflowTaskFailed",
            Self::QueryCompleted => "RespondQueryTaskCompleted",
            Self::ActivityCompleted => "RespondActivityTaskCompleted",
            Self::History => "GetWorkflowExecutionHistory",
        }
    }
}

/// How the run ends at the end of the script.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Finish {
    Await,
    Terminate,
    Cancel,
    /// Signals and terminates it while no worker runs.
    Cut,
    /// Waits until the server ends it, after so many minutes.
    TimeOut(u32),
}

/// What a run is started with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Start {
    #[default]
    Alone,
    Signal(Vec<Step>),
    Update(Vec<Step>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Program {
    pub settings: Settings,
    pub body: Body,
    /// How often the run is tried.
    pub attempts: u32,
    #[serde(default)]
    pub start: Start,
    /// Whether the worker that starts it takes its first task at once, where the server does that.
    #[serde(default)]
    pub is_eager: bool,
    /// How many messages the run does not wait for: their handlers may be unfinished when it ends.
    #[serde(default)]
    pub left: u32,
    pub script: Vec<Action>,
    pub finish: Finish,
    /// Queries after the end.
    pub asked_after: Vec<Vec<Note>>,
}

impl Program {
    /// How many messages the first run waits for.
    pub fn messages(&self) -> u32 {
        let handled = |action: &Action| match action {
            Action::Signal(_) | Action::Update(..) => 1,
            Action::Meanwhile(several) => u32::try_from(several.len()).unwrap_or(u32::MAX),
            _ => 0,
        };
        let at_start = u32::from(self.start != Start::Alone);
        let all = at_start + self.actions().map(handled).sum::<u32>();
        all.saturating_sub(self.left)
    }

    /// Everything that the script does, one by one.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.script.iter().flat_map(|action| match action {
            Action::AtOnce(several) => &several[..],
            one => slice::from_ref(one),
        })
    }

    /// Whether a step, a setting or an action of this name is anywhere in it.
    pub fn mentions(&self, name: &str) -> bool {
        let text = format!("{self:?}");
        let mut words = text.split(|letter: char| !letter.is_alphanumeric());
        words.any(|word| word == name)
    }
}
