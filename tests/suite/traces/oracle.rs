//! What a history says that a run's spans must be.

use std::collections::BTreeMap;

use temporalio_common::protos::temporal::api::{
    enums::v1::EventType,
    history::v1::{HistoryEvent, history_event::Attributes},
};

/// A span that a history tells of: its name, its start and its end, in nanoseconds.
pub type Told = (String, u64, u64);

/// Reads a closed run's history.
///
/// A span of a workflow starts and ends at workflow time: that of the workflow task which the event
/// belongs to, or which follows it.
pub fn spans(events: &[HistoryEvent]) -> Vec<Told> {
    let mut told = Vec::new();
    let tasks = tasks(events);
    let after = |event: i64| tasks.range(event..).next().map_or(0, |(_, time)| *time);
    let completed: BTreeMap<i64, u64> = events
        .iter()
        .filter_map(|event| match event.attributes.as_ref()? {
            // The commands of a task follow its completion.
            Attributes::WorkflowTaskCompletedEventAttributes(completed) => {
                Some((event.event_id, *tasks.get(&completed.started_event_id)?))
            }
            _ => None,
        })
        .collect();
    let before = |task: i64| completed[&task];
    let close = events.last().unwrap();
    let mut starts: BTreeMap<i64, (String, u64)> = BTreeMap::new();
    for event in events {
        use Attributes as A;
        let mut ended = |start: i64| {
            if let Some((name, started)) = starts.remove(&start) {
                told.push((name, started, after(event.event_id)));
            }
        };
        let id = event.event_id;
        match event.attributes.as_ref().unwrap() {
            A::WorkflowExecutionStartedEventAttributes(started) => {
                let kind = started.workflow_type.as_ref().unwrap().name.clone();
                let at = nanos(event);
                told.push((format!("WorkflowExecutionStarted:{kind}"), at, at));
                told.push((format!("RunWorkflow:{kind}"), at, closes(close, &completed)));
            }
            A::ActivityTaskScheduledEventAttributes(scheduled) => {
                let kind = &scheduled.activity_type.as_ref().unwrap().name;
                let start = before(scheduled.workflow_task_completed_event_id);
                starts.insert(id, (format!("StartActivity:{kind}"), start));
            }
            A::ActivityTaskCompletedEventAttributes(a) => ended(a.scheduled_event_id),
            A::ActivityTaskFailedEventAttributes(a) => ended(a.scheduled_event_id),
            A::ActivityTaskTimedOutEventAttributes(a) => ended(a.scheduled_event_id),
            A::ActivityTaskCanceledEventAttributes(a) => ended(a.scheduled_event_id),
            A::TimerStartedEventAttributes(timer) => {
                let start = before(timer.workflow_task_completed_event_id);
                starts.insert(id, ("StartTimer".to_owned(), start));
            }
            A::TimerFiredEventAttributes(timer) => ended(timer.started_event_id),
            A::StartChildWorkflowExecutionInitiatedEventAttributes(child) => {
                let kind = &child.workflow_type.as_ref().unwrap().name;
                let start = before(child.workflow_task_completed_event_id);
                starts.insert(id, (format!("StartChildWorkflow:{kind}"), start));
            }
            A::ChildWorkflowExecutionStartedEventAttributes(child) => {
                ended(child.initiated_event_id);
            }
            A::SignalExternalWorkflowExecutionInitiatedEventAttributes(signal) => {
                let start = before(signal.workflow_task_completed_event_id);
                let kind = match signal.child_workflow_only {
                    true => "SignalChildWorkflow",
                    false => "SignalExternalWorkflow",
                };
                starts.insert(id, (format!("{kind}:{}", signal.signal_name), start));
            }
            A::ExternalWorkflowExecutionSignaledEventAttributes(signal) => {
                ended(signal.initiated_event_id);
            }
            A::WorkflowExecutionContinuedAsNewEventAttributes(next) => {
                let at = before(next.workflow_task_completed_event_id);
                let kind = &next.workflow_type.as_ref().unwrap().name;
                told.push((format!("ContinueAsNew:{kind}"), at, at));
            }
            A::WorkflowExecutionSignaledEventAttributes(signal) => {
                let at = after(id);
                told.push((format!("HandleSignal:{}", signal.signal_name), at, at));
            }
            _ => {}
        }
    }
    told.sort();
    told
}

/// The times of the workflow tasks that were completed, by the id of the event that started them.
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

fn closes(close: &HistoryEvent, completed: &BTreeMap<i64, u64>) -> u64 {
    use Attributes as A;
    let task = match close.attributes.as_ref().unwrap() {
        A::WorkflowExecutionCompletedEventAttributes(a) => a.workflow_task_completed_event_id,
        A::WorkflowExecutionFailedEventAttributes(a) => a.workflow_task_completed_event_id,
        A::WorkflowExecutionCanceledEventAttributes(a) => a.workflow_task_completed_event_id,
        A::WorkflowExecutionContinuedAsNewEventAttributes(a) => a.workflow_task_completed_event_id,
        other => panic!("{other:?} ends no run that its worker sees"),
    };
    completed[&task]
}

fn nanos(event: &HistoryEvent) -> u64 {
    let time = event.event_time.as_ref().unwrap();
    u64::try_from(time.seconds).unwrap() * 1_000_000_000 + u64::try_from(time.nanos).unwrap()
}
