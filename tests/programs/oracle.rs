//! The expected signals, from histories and from the bare SDK replayer.

use std::collections::BTreeSet;

use temporalio_common::protos::temporal::api::{
    enums::v1::{EventType, WorkflowTaskFailedCause},
    history::v1::{History, HistoryEvent, history_event::Attributes},
};
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};

use crate::{
    journal::{self, Entry, Kind},
    wiring::{self, Observed},
    workflow::Interpreter,
};

/// How a run closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Close {
    Completed,
    Failed,
    Benign,
    Cancelled,
    ContinuedAsNew,
    /// By the server, where no worker sees it.
    Closed,
    Open,
}

/// What a run's history tells.
#[derive(Clone, Debug)]
pub struct Told {
    pub run: String,
    pub close: Close,
    /// Whether another attempt follows.
    pub is_retried: bool,
    /// The run that it went on as, by itself or by another attempt.
    pub next: Option<String>,
    /// Whether somebody asked for its cancellation.
    pub is_cancelled: bool,
    /// The last event that it has from the run that it began from by a reset.
    pub inherited: i64,
    /// The events by which the tasks that were accepted started.
    pub accepted: BTreeSet<i64>,
    /// Those of them that gave no command.
    pub empty: BTreeSet<i64>,
    /// Those that accepted an update.
    pub updated: BTreeSet<i64>,
    /// Those that another one follows at once, since a local activity goes on.
    pub beats: BTreeSet<i64>,
    /// The event by which the last of the accepted tasks ended.
    ends_at: i64,
    /// The events by which tasks started that timed out, or that the server refused.
    pub late: Vec<i64>,
    /// What the replayer executed, in its order.
    pub steps: Vec<Entry>,
    pub events: Vec<HistoryEvent>,
}

pub fn replayer() -> WorkflowReplayerOptions {
    let options = WorkflowReplayerOptions::new().register_workflow::<Interpreter>();
    options.expect("it is the only one").build()
}

/// Reads a run's history, and replays it with nothing around it.
///
/// # Errors
///
/// What the replayer says.
pub async fn tell(run: String, events: Vec<HistoryEvent>) -> Result<Told, String> {
    journal::begin(true);
    wiring::leave();
    let _nobody = tracing::subscriber::set_default(tracing::subscriber::NoSubscriber::new());
    let replayer = WorkflowReplayer::new(replayer()).map_err(|error| error.to_string())?;
    let history = History {
        events: events.clone(),
    };
    let replayed = replayer.replay_workflow(history.into()).await;
    let mut steps = journal::take();
    // After a reset, the history begins as another run.
    steps.iter_mut().for_each(|step| step.run.clone_from(&run));
    let mut told = read(run, events);
    if let Err(error) = replayed {
        return Err(format!("run {}: {error:?}", told.run));
    }
    told.steps = steps;
    Ok(told)
}

/// Replays a run's history with the layers under test around it.
///
/// # Errors
///
/// What the replayer says.
pub async fn replay_under(observed: &Observed, told: &Told) -> Result<(), String> {
    journal::begin(true);
    let options = observed.replayer(replayer());
    let replayer = WorkflowReplayer::new(options).map_err(|error| error.to_string())?;
    let history = History {
        events: told.events.clone(),
    };
    let replayed = replayer.replay_workflow(history.into()).await;
    replayed.map_err(|error| format!("run {}: {error:?}", told.run))?;
    Ok(())
}

fn read(run: String, events: Vec<HistoryEvent>) -> Told {
    let mut told = Told {
        run,
        close: Close::Open,
        is_retried: false,
        next: None,
        is_cancelled: false,
        inherited: 0,
        accepted: BTreeSet::new(),
        empty: BTreeSet::new(),
        updated: BTreeSet::new(),
        beats: BTreeSet::new(),
        ends_at: 0,
        late: Vec::new(),
        steps: Vec::new(),
        events: Vec::new(),
    };
    let mut task = 0;
    for event in &events {
        told.read(event, &mut task);
    }
    told.events = events;
    told
}

impl Told {
    fn read(&mut self, event: &HistoryEvent, task: &mut i64) {
        use Attributes as A;
        let Some(attributes) = &event.attributes else {
            return;
        };
        if follows_from_a_task(attributes) {
            self.empty.remove(task);
        }
        match attributes {
            A::WorkflowExecutionCancelRequestedEventAttributes(_) => self.is_cancelled = true,
            A::WorkflowTaskCompletedEventAttributes(completed) => {
                *task = completed.started_event_id;
                self.accepted.insert(*task);
                self.empty.insert(*task);
                self.ends_at = event.event_id;
            }
            A::WorkflowTaskScheduledEventAttributes(_) if self.ends_at == event.event_id - 1 => {
                self.beats.insert(*task);
            }
            A::WorkflowExecutionUpdateAcceptedEventAttributes(_) => {
                self.updated.insert(*task);
            }
            A::WorkflowTaskTimedOutEventAttributes(late) => self.late.push(late.started_event_id),
            A::WorkflowTaskFailedEventAttributes(failed)
                if failed.cause() == WorkflowTaskFailedCause::ResetWorkflow =>
            {
                self.inherited = event.event_id;
            }
            // Something came meanwhile that its end would have passed over.
            A::WorkflowTaskFailedEventAttributes(failed)
                if failed.cause() == WorkflowTaskFailedCause::UnhandledCommand =>
            {
                self.late.push(failed.started_event_id);
            }
            other => self.close(other),
        }
    }

    fn close(&mut self, attributes: &Attributes) {
        use Attributes as A;
        let (next, is_retry) = match attributes {
            A::WorkflowExecutionFailedEventAttributes(failed) => {
                (&failed.new_execution_run_id, true)
            }
            A::WorkflowExecutionTimedOutEventAttributes(late) => (&late.new_execution_run_id, true),
            A::WorkflowExecutionContinuedAsNewEventAttributes(next) => {
                (&next.new_execution_run_id, false)
            }
            _ => (&String::new(), false),
        };
        if !next.is_empty() {
            self.next = Some(next.clone());
            self.is_retried = is_retry;
        }
        self.close = match attributes {
            A::WorkflowExecutionCompletedEventAttributes(_) => Close::Completed,
            A::WorkflowExecutionFailedEventAttributes(failed) => match is_benign(failed) {
                true => Close::Benign,
                false => Close::Failed,
            },
            A::WorkflowExecutionCanceledEventAttributes(_) => Close::Cancelled,
            A::WorkflowExecutionContinuedAsNewEventAttributes(_) => Close::ContinuedAsNew,
            A::WorkflowExecutionTerminatedEventAttributes(_)
            | A::WorkflowExecutionTimedOutEventAttributes(_) => Close::Closed,
            _ => return,
        };
    }

    /// The task that an execution up to this event was accepted with, if it was.
    pub fn task(&self, at: i64) -> Option<i64> {
        self.accepted.range(at..).next().copied()
    }

    /// Whether a task of the run's history executed the step.
    pub fn starts(&self, step: &Entry) -> bool {
        let mut events = self.events.iter();
        let is_it = |event: &HistoryEvent| {
            event.event_id == step.at && event.event_type() == EventType::WorkflowTaskStarted
        };
        step.run == self.run && events.any(is_it)
    }

    /// How often more than once a step of the task may come, given what failed on the way: once for
    /// each attempt of its task that failed, and where the core takes a replay for live.
    pub fn repeats(&self, step: &Entry, failed: &[&Entry], rejected: usize) -> usize {
        let task = self.task(step.at);
        let failures = |task: Option<i64>| {
            let attempts = failed.iter().filter(|trip| self.task(trip.at) == task);
            let late = self.late.iter().filter(|at| self.task(**at) == task);
            attempts.count() + late.count()
        };
        let mut repeats = failures(task);
        let Some(task) = task else {
            return repeats;
        };
        // Each attempt of a task that is executed with this one executes this one, too.
        let mut first = task;
        for second in self.accepted.range(task + 1..) {
            if !self.is_one(first, *second, 0) {
                break;
            }
            repeats += 1 + failures(Some(*second));
            first = *second;
        }
        let before = self.accepted.range(..task).next_back();
        if before.is_some_and(|before| self.is_one(*before, task, 0)) {
            repeats += 1;
        }
        if self.empty.contains(&task) {
            repeats += rejected;
        }
        repeats
    }

    /// Whether the core may execute two accepted tasks, one after the other, as one: the first gave
    /// no command, and the second came at once, by an update or since a local activity went on.
    fn is_one(&self, first: i64, second: i64, rejected: usize) -> bool {
        let is_next = self.updated.contains(&second) || self.beats.contains(&first);
        self.empty.contains(&first) && (is_next || rejected > 0)
    }

    /// Whether the core may execute two of the run's tasks as one.
    pub fn merges(&self, rejected: usize) -> bool {
        let mut pairs = self.accepted.iter().zip(self.accepted.iter().skip(1));
        pairs.any(|(first, second)| self.is_one(*first, *second, rejected))
    }

    /// What fails the run's tasks, out of what was executed.
    pub fn trips<'a>(&self, journal: &'a [Entry]) -> Vec<&'a Entry> {
        let of_run = |entry: &&Entry| entry.run == self.run && entry.kind == Kind::Trip;
        journal.iter().filter(of_run).collect()
    }
}

fn is_benign(
    failed: &temporalio_common::protos::temporal::api::history::v1::WorkflowExecutionFailedEventAttributes,
) -> bool {
    use temporalio_common::protos::temporal::api::{
        enums::v1::ApplicationErrorCategory, failure::v1::failure::FailureInfo,
    };
    let info = failed.failure.as_ref();
    match info.and_then(|failure| failure.failure_info.as_ref()) {
        Some(FailureInfo::ApplicationFailureInfo(info)) => {
            info.category() == ApplicationErrorCategory::Benign
        }
        _ => false,
    }
}

/// Whether an event is a command of the task that was completed last.
fn follows_from_a_task(attributes: &Attributes) -> bool {
    use Attributes as A;
    matches!(
        attributes,
        A::ActivityTaskScheduledEventAttributes(_)
            | A::TimerStartedEventAttributes(_)
            | A::TimerCanceledEventAttributes(_)
            | A::ActivityTaskCancelRequestedEventAttributes(_)
            | A::StartChildWorkflowExecutionInitiatedEventAttributes(_)
            | A::MarkerRecordedEventAttributes(_)
            | A::UpsertWorkflowSearchAttributesEventAttributes(_)
            | A::WorkflowExecutionUpdateAcceptedEventAttributes(_)
            | A::WorkflowExecutionUpdateCompletedEventAttributes(_)
            | A::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(_)
            | A::WorkflowExecutionCompletedEventAttributes(_)
            | A::WorkflowExecutionFailedEventAttributes(_)
            | A::WorkflowExecutionCanceledEventAttributes(_)
            | A::WorkflowExecutionContinuedAsNewEventAttributes(_)
    )
}
