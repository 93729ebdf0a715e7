//! The spans of a run as they follow from its history.

mod calls;
mod outcome;

use std::collections::BTreeMap;

use chronoscope::schema::{Outcome, Retry};
use temporalio_common::protos::temporal::api::{
    enums::v1::{EventType, RetryState},
    history::v1::{HistoryEvent, history_event::Attributes},
    update::v1::outcome::Value as Updated,
};

use self::outcome::{failed, is_nondeterminism, of_run};

/// A span in a history: its name, start and end, in nanoseconds.
pub type Expected = (String, u64, u64);

/// When a span ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    At(u64),
    /// Nobody waited for it any more, and no event tells since when.
    Abandoned,
    /// It ended, and no event tells when.
    Unknown,
}

/// A span in a history, with its subject.
#[derive(Clone, Debug)]
pub struct Reading {
    pub name: String,
    /// The event that it began with.
    pub event: i64,
    pub start: u64,
    pub end: End,
    pub outcome: Outcome,
    /// The activity's id, the child's or the signalled workflow's, or the update's.
    pub of: String,
}

/// Reads the histories of closed runs.
pub fn all_spans(histories: &[Vec<HistoryEvent>]) -> Vec<Expected> {
    let mut told: Vec<_> = histories.iter().flat_map(|events| spans(events)).collect();
    told.sort();
    told
}

/// Reads when a closed run's spans were, those left out that nobody waited for.
pub fn spans(events: &[HistoryEvent]) -> Vec<Expected> {
    let readings = read(events, &[]).into_iter();
    let mut told: Vec<_> = readings
        .filter_map(|span| match span.end {
            End::At(end) => Some((span.name, span.start, end)),
            End::Unknown => Some((span.name, span.start, span.start)),
            End::Abandoned => None,
        })
        .collect();
    told.sort();
    told
}

/// Reads a run's history. What is open where it ends has not ended, and is left out.
///
/// A span of a workflow starts and ends at workflow time: that of the workflow task which the event
/// belongs to, or which follows it. A caller that cancels an activity does not wait until it is
/// told, except for the named ones.
pub fn read(events: &[HistoryEvent], waits: &[&str]) -> Vec<Reading> {
    let mut reader = Reader {
        tasks: tasks(events),
        waits,
        ..Reader::default()
    };
    for event in events {
        reader.read(event);
    }
    reader.told
}

#[derive(Default)]
struct Reader<'a> {
    waits: &'a [&'a str],
    /// When each workflow task was executed, by the id of the event that started it.
    tasks: BTreeMap<i64, u64>,
    /// Workflow time where the events of a task stand.
    now: u64,
    open: BTreeMap<i64, Reading>,
    told: Vec<Reading>,
}

impl Reader<'_> {
    fn read(&mut self, event: &HistoryEvent) {
        use Attributes as A;
        let id = event.event_id;
        match event.attributes.as_ref().unwrap() {
            A::WorkflowExecutionStartedEventAttributes(started) => {
                let kind = &started.workflow_type.as_ref().unwrap().name;
                self.now = nanos(event);
                // A run that no worker got has no spans.
                if !self.tasks.is_empty() {
                    self.start(id, "RunWorkflow", kind, "");
                    self.moment(id, "WorkflowExecutionStarted", kind, End::At(self.now));
                }
            }
            // The commands of a task follow its completion.
            A::WorkflowTaskCompletedEventAttributes(task) => {
                // None of its own has the one that the core gave up.
                let at = self.tasks.get(&task.started_event_id);
                self.now = at.copied().unwrap_or(self.now);
            }
            A::WorkflowExecutionSignaledEventAttributes(signal) => {
                if let Some(at) = self.next_task(id) {
                    let now = std::mem::replace(&mut self.now, at);
                    self.moment(id, "HandleSignal", &signal.signal_name, End::Unknown);
                    self.now = now;
                }
            }
            A::WorkflowExecutionUpdateAcceptedEventAttributes(update) => {
                let request = update.accepted_request.as_ref().unwrap();
                let update_id = &request.meta.as_ref().unwrap().update_id;
                let name = &request.input.as_ref().unwrap().name;
                self.start(id, "HandleUpdate", name, update_id);
            }
            A::WorkflowExecutionUpdateCompletedEventAttributes(update) => {
                let outcome = update.outcome.as_ref().and_then(|o| o.value.as_ref());
                let outcome = match outcome {
                    Some(Updated::Failure(_)) => failed("HandlerError"),
                    _ => Outcome::Completed,
                };
                self.end(update.accepted_event_id, self.now, outcome);
            }
            A::WorkflowExecutionContinuedAsNewEventAttributes(next) => {
                let kind = &next.workflow_type.as_ref().unwrap().name;
                self.moment(id, "ContinueAsNew", kind, End::At(self.now));
                self.close(Outcome::ContinuedAsNew);
            }
            A::WorkflowExecutionCompletedEventAttributes(_) => self.close(Outcome::Completed),
            A::WorkflowExecutionCanceledEventAttributes(_) => self.close(Outcome::Cancelled),
            // The core gave up, and no code reached an end.
            A::WorkflowExecutionFailedEventAttributes(failed) if is_nondeterminism(failed) => {
                self.open.clear();
            }
            A::WorkflowExecutionFailedEventAttributes(failed) => {
                let retry = match failed.retry_state() {
                    RetryState::InProgress => Retry::Retryable,
                    _ => Retry::Final,
                };
                self.close(of_run(failed.failure.as_ref(), retry));
            }
            // No worker executed the end.
            A::WorkflowExecutionTerminatedEventAttributes(_)
            | A::WorkflowExecutionTimedOutEventAttributes(_) => self.open.clear(),
            other => self.call(id, other),
        }
    }

    /// A command of the task starts something.
    fn start(&mut self, id: i64, operation: &str, subject: &str, of: &str) {
        let name = match subject {
            "" => operation.to_owned(),
            _ => format!("{operation}:{subject}"),
        };
        let reading = Reading {
            name,
            event: id,
            start: self.now,
            end: End::Unknown,
            outcome: Outcome::Completed,
            of: of.to_owned(),
        };
        self.open.insert(id, reading);
    }

    /// Something is over where it starts.
    fn moment(&mut self, id: i64, operation: &str, subject: &str, end: End) {
        let open = self.open.remove(&id);
        self.start(id, operation, subject, "");
        self.finish(id, end, Outcome::Completed);
        self.open.extend(open.map(|open| (id, open)));
    }

    /// The workflow sees an event in the task that follows it, if any does.
    fn seen(&mut self, id: i64, started: i64, outcome: Outcome) {
        if let Some(at) = self.next_task(id) {
            self.end(started, at, outcome);
        }
    }

    fn end(&mut self, started: i64, at: u64, outcome: Outcome) {
        self.finish(started, End::At(at), outcome);
    }

    fn finish(&mut self, started: i64, end: End, outcome: Outcome) {
        // What was cancelled ends once more when the other side has heard of it.
        if let Some(mut reading) = self.open.remove(&started) {
            (reading.end, reading.outcome) = (end, outcome);
            self.told.push(reading);
        }
    }

    /// The run ends, and nobody waits for what is open.
    fn close(&mut self, outcome: Outcome) {
        self.end(1, self.now, outcome);
        for id in self.open.keys().copied().collect::<Vec<_>>() {
            self.finish(id, End::Abandoned, Outcome::Dropped);
        }
    }

    fn next_task(&self, event: i64) -> Option<u64> {
        let next = self.tasks.range(event..).next();
        next.map(|(_, at)| *at)
    }
}

/// The times of the workflow tasks that were completed, by the ids of the events that started them.
pub fn tasks(events: &[HistoryEvent]) -> BTreeMap<i64, u64> {
    let times: BTreeMap<i64, u64> = events
        .iter()
        .filter(|event| event.event_type() == EventType::WorkflowTaskStarted)
        .map(|event| (event.event_id, nanos(event)))
        .collect();
    let completed = events
        .iter()
        .filter_map(|event| match event.attributes.as_ref()? {
            Attributes::WorkflowTaskCompletedEventAttributes(task) => Some(task.started_event_id),
            _ => None,
        });
    let mut tasks: BTreeMap<_, _> = completed
        .map(|started| (started, times[&started]))
        .collect();
    // In the one that the core gave up, no code was executed.
    if events.last().is_some_and(is_given_up) {
        tasks.pop_last();
    }
    tasks
}

/// Whether a run ends so since its code does not fit its history.
pub fn is_given_up(event: &HistoryEvent) -> bool {
    match &event.attributes {
        Some(Attributes::WorkflowExecutionFailedEventAttributes(failed)) => {
            is_nondeterminism(failed)
        }
        _ => false,
    }
}

/// When an event came.
pub fn nanos(event: &HistoryEvent) -> u64 {
    let time = event.event_time.as_ref().unwrap();
    u64::try_from(time.seconds).unwrap() * 1_000_000_000 + u64::try_from(time.nanos).unwrap()
}
