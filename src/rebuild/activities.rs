//! The last attempts of activities, rebuilt from their events.

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use temporalio_common::protos::temporal::api::history::v1::{
    ActivityTaskScheduledEventAttributes, ActivityTaskStartedEventAttributes, HistoryEvent,
    history_event::Attributes,
};

use super::identity::Run;
use crate::{
    execution::Fields,
    schema::{Field, Outcome},
    trace::Traces,
    workflow::of_failure,
};

/// Exports the last attempt of each activity from its events.
///
/// `calls` are the spans of the calls, in the order in which they were made: they serve as parents
/// of activities without a header, which were scheduled before traces were on.
pub(super) fn rebuild(
    traces: &Traces,
    run: &Run,
    events: &[HistoryEvent],
    calls: Vec<SpanContext>,
) {
    let fields = Arc::new(run.fields());
    let mut calls = calls.into_iter();
    let mut scheduled = HashMap::new();
    let mut started = HashMap::new();
    for event in events {
        use Attributes as A;
        let (id, end) = match event.attributes.as_ref() {
            Some(A::ActivityTaskScheduledEventAttributes(a)) => {
                let (handed_on, call) = (traces.read(&a.header), calls.next());
                let caller = match call {
                    Some(call) if !handed_on.has_active_span() => {
                        handed_on.with_remote_span_context(call)
                    }
                    _ => handed_on,
                };
                scheduled.insert(event.event_id, (a, caller));
                continue;
            }
            Some(A::ActivityTaskStartedEventAttributes(a)) => {
                if let Some(time) = time(event) {
                    started.insert(a.scheduled_event_id, (a, time));
                }
                continue;
            }
            Some(A::ActivityTaskCompletedEventAttributes(a)) => {
                (a.scheduled_event_id, (Outcome::Completed, None))
            }
            Some(A::ActivityTaskFailedEventAttributes(a)) => {
                (a.scheduled_event_id, of_failure(a.failure.as_ref()))
            }
            Some(A::ActivityTaskTimedOutEventAttributes(a)) => {
                (a.scheduled_event_id, (Outcome::TimedOut, None))
            }
            Some(A::ActivityTaskCanceledEventAttributes(a)) => {
                (a.scheduled_event_id, (Outcome::Cancelled, None))
            }
            _ => continue,
        };
        // An activity that never started has no attempt.
        if let (Some((a, caller)), Some((s, from)), Some(to)) =
            (scheduled.get(&id), started.remove(&id), time(event))
        {
            let fields = attempt(&fields, a, s);
            traces.past_attempt(&fields, caller, from..to, &end.0, end.1);
        }
    }
}

fn time(event: &HistoryEvent) -> Option<SystemTime> {
    event.event_time?.try_into().ok()
}

/// Returns the fields that the attempt's worker gave it.
fn attempt(
    run: &Arc<Fields>,
    scheduled: &ActivityTaskScheduledEventAttributes,
    started: &ActivityTaskStartedEventAttributes,
) -> Fields {
    let name = |kind: Option<&String>| kind.cloned().unwrap_or_default();
    let text = |field| run.text(field).unwrap_or_default();
    let queue = name(scheduled.task_queue.as_ref().map(|queue| &queue.name));
    let kind = name(scheduled.activity_type.as_ref().map(|kind| &kind.name));
    Fields::default()
        .with(Field::Namespace, text(Field::Namespace))
        .with(Field::TaskQueue, &*queue)
        .with(Field::WorkflowId, text(Field::WorkflowId))
        .with(Field::RunId, text(Field::RunId))
        .with(Field::WorkflowType, text(Field::WorkflowType))
        .with(Field::Attempt, u32::try_from(started.attempt).unwrap_or(1))
        .with(Field::ActivityId, &*scheduled.activity_id)
        .with(Field::ActivityType, &*kind)
        .with(Field::IsLocal, false)
}
