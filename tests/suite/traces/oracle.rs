//! What a history says that a run's spans must be.

use std::collections::BTreeMap;

use temporalio_common::protos::temporal::api::{
    enums::v1::EventType,
    history::v1::{HistoryEvent, MarkerRecordedEventAttributes, history_event::Attributes},
};

/// A span that a history tells of: its name, its start and its end, in nanoseconds.
pub type Told = (String, u64, u64);

/// Reads the histories of closed runs.
pub fn all_spans(histories: &[Vec<HistoryEvent>]) -> Vec<Told> {
    let mut told: Vec<_> = histories.iter().flat_map(|events| spans(events)).collect();
    told.sort();
    told
}

/// Reads a closed run's history.
///
/// A span of a workflow starts and ends at workflow time: that of the workflow task which the event
/// belongs to, or which follows it.
pub fn spans(events: &[HistoryEvent]) -> Vec<Told> {
    let mut reader = Reader {
        tasks: tasks(events),
        ..Reader::default()
    };
    for event in events {
        reader.read(event);
    }
    reader.told.sort();
    reader.told
}

#[derive(Default)]
struct Reader {
    /// When each workflow task was executed, by the id of the event that started it.
    tasks: BTreeMap<i64, u64>,
    /// Workflow time where the events of a task stand.
    now: u64,
    open: BTreeMap<i64, (String, u64)>,
    told: Vec<Told>,
}

impl Reader {
    fn read(&mut self, event: &HistoryEvent) {
        use Attributes as A;
        let id = event.event_id;
        match event.attributes.as_ref().unwrap() {
            A::WorkflowExecutionStartedEventAttributes(started) => {
                let kind = &started.workflow_type.as_ref().unwrap().name;
                let at = nanos(event);
                self.told
                    .push((format!("WorkflowExecutionStarted:{kind}"), at, at));
                self.open.insert(id, (format!("RunWorkflow:{kind}"), at));
            }
            // The commands of a task follow its completion.
            A::WorkflowTaskCompletedEventAttributes(task) => {
                self.now = self.tasks[&task.started_event_id];
            }
            A::ActivityTaskScheduledEventAttributes(scheduled) => {
                self.start(
                    id,
                    "StartActivity",
                    &scheduled.activity_type.as_ref().unwrap().name,
                );
            }
            A::ActivityTaskCompletedEventAttributes(a) => self.seen(id, a.scheduled_event_id),
            A::ActivityTaskFailedEventAttributes(a) => self.seen(id, a.scheduled_event_id),
            A::ActivityTaskTimedOutEventAttributes(a) => self.seen(id, a.scheduled_event_id),
            // Who tries to cancel does not wait for the activity to hear of it.
            A::ActivityTaskCancelRequestedEventAttributes(a) => {
                self.end(a.scheduled_event_id, self.now);
            }
            A::MarkerRecordedEventAttributes(marker) if marker.marker_name.contains("local") => {
                self.local_activity(marker);
            }
            A::TimerStartedEventAttributes(_) => self.start(id, "StartTimer", ""),
            A::TimerFiredEventAttributes(timer) => self.seen(id, timer.started_event_id),
            A::StartChildWorkflowExecutionInitiatedEventAttributes(child) => {
                self.start(
                    id,
                    "StartChildWorkflow",
                    &child.workflow_type.as_ref().unwrap().name,
                );
            }
            A::ChildWorkflowExecutionStartedEventAttributes(child) => {
                self.seen(id, child.initiated_event_id);
            }
            A::SignalExternalWorkflowExecutionInitiatedEventAttributes(signal) => {
                let operation = match signal.child_workflow_only {
                    true => "SignalChildWorkflow",
                    false => "SignalExternalWorkflow",
                };
                self.start(id, operation, &signal.signal_name);
            }
            A::ExternalWorkflowExecutionSignaledEventAttributes(signal) => {
                self.seen(id, signal.initiated_event_id);
            }
            A::WorkflowExecutionSignaledEventAttributes(signal) => {
                let at = self.next_task(id);
                self.told
                    .push((format!("HandleSignal:{}", signal.signal_name), at, at));
            }
            A::WorkflowExecutionUpdateAcceptedEventAttributes(update) => {
                let request = update.accepted_request.as_ref().unwrap();
                self.start(id, "HandleUpdate", &request.input.as_ref().unwrap().name);
            }
            A::WorkflowExecutionUpdateCompletedEventAttributes(update) => {
                self.end(update.accepted_event_id, self.now);
            }
            A::WorkflowExecutionContinuedAsNewEventAttributes(next) => {
                let kind = &next.workflow_type.as_ref().unwrap().name;
                self.start(id, "ContinueAsNew", kind);
                self.end(id, self.now);
                self.end(1, self.now);
            }
            A::WorkflowExecutionCompletedEventAttributes(_)
            | A::WorkflowExecutionFailedEventAttributes(_)
            | A::WorkflowExecutionCanceledEventAttributes(_) => self.end(1, self.now),
            _ => {}
        }
    }

    /// A command of the task starts something.
    fn start(&mut self, id: i64, operation: &str, subject: &str) {
        let name = match subject {
            "" => operation.to_owned(),
            _ => format!("{operation}:{subject}"),
        };
        self.open.insert(id, (name, self.now));
    }

    /// The workflow sees an event in the task that follows it.
    fn seen(&mut self, id: i64, started: i64) {
        self.end(started, self.next_task(id));
    }

    fn end(&mut self, started: i64, at: u64) {
        let (name, start) = self.open.remove(&started).unwrap();
        self.told.push((name, start, at));
    }

    fn next_task(&self, event: i64) -> u64 {
        *self.tasks.range(event..).next().unwrap().1
    }

    /// Local activities move workflow time within a task.
    fn local_activity(&mut self, marker: &MarkerRecordedEventAttributes) {
        let data: serde_json::Value =
            serde_json::from_slice(&marker.details["data"].payloads[0].data).unwrap();
        let part = |name: &str| data["complete_time"][name].as_u64().unwrap();
        let ended = part("seconds") * 1_000_000_000 + part("nanos");
        let kind = data["activity_type"].as_str().unwrap();
        self.told
            .push((format!("StartActivity:{kind}"), self.now, ended));
        self.now = ended;
    }
}

/// The times of the workflow tasks that were completed.
fn tasks(events: &[HistoryEvent]) -> BTreeMap<i64, u64> {
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
    completed
        .map(|started| (started, times[&started]))
        .collect()
}

/// When an event came.
pub fn nanos(event: &HistoryEvent) -> u64 {
    let time = event.event_time.as_ref().unwrap();
    u64::try_from(time.seconds).unwrap() * 1_000_000_000 + u64::try_from(time.nanos).unwrap()
}
