//! A history as a server would have written it.

use std::time::{Duration, UNIX_EPOCH};

use temporalio_client::WorkflowHistory;
use temporalio_common::protos::temporal::api::{
    common::v1::{ActivityType, Payload, Payloads, WorkflowType},
    history::v1::{
        ActivityTaskCompletedEventAttributes, ActivityTaskScheduledEventAttributes,
        ActivityTaskStartedEventAttributes, History, HistoryEvent,
        WorkflowExecutionCompletedEventAttributes, WorkflowExecutionStartedEventAttributes,
        WorkflowTaskCompletedEventAttributes, WorkflowTaskScheduledEventAttributes,
        WorkflowTaskStartedEventAttributes, history_event::Attributes as A,
    },
    taskqueue::v1::TaskQueue,
};

/// A workflow that calls an activity a number of times, one after another.
pub fn of(workflow: &str, activity: &str, calls: u32) -> WorkflowHistory {
    let mut written = Written::default();
    written.event(A::WorkflowExecutionStartedEventAttributes(
        WorkflowExecutionStartedEventAttributes {
            workflow_type: Some(WorkflowType {
                name: workflow.to_owned(),
            }),
            workflow_id: "walk".to_owned(),
            task_queue: Some(TaskQueue::default()),
            original_execution_run_id: "01a1fed9-0c6d-78ed-bc22-af6edcfb2f9c".to_owned(),
            input: Some(json("null")),
            attempt: 1,
            ..Default::default()
        },
    ));
    let mut task = written.task();
    for n in 0..calls {
        let scheduled = written.event(A::ActivityTaskScheduledEventAttributes(
            ActivityTaskScheduledEventAttributes {
                activity_id: (n + 1).to_string(),
                activity_type: Some(ActivityType {
                    name: activity.to_owned(),
                }),
                workflow_task_completed_event_id: task,
                ..Default::default()
            },
        ));
        let started = written.event(A::ActivityTaskStartedEventAttributes(
            ActivityTaskStartedEventAttributes {
                scheduled_event_id: scheduled,
                attempt: 1,
                ..Default::default()
            },
        ));
        written.event(A::ActivityTaskCompletedEventAttributes(
            ActivityTaskCompletedEventAttributes {
                scheduled_event_id: scheduled,
                started_event_id: started,
                result: Some(json(&n.to_string())),
                ..Default::default()
            },
        ));
        task = written.task();
    }
    written.event(A::WorkflowExecutionCompletedEventAttributes(
        WorkflowExecutionCompletedEventAttributes {
            workflow_task_completed_event_id: task,
            ..Default::default()
        },
    ));
    History {
        events: written.events,
    }
    .into()
}

fn json(text: &str) -> Payloads {
    let payload = Payload {
        metadata: [("encoding".to_owned(), b"json/plain".to_vec())].into(),
        data: text.as_bytes().to_vec(),
        ..Default::default()
    };
    Payloads {
        payloads: vec![payload],
    }
}

#[derive(Default)]
struct Written {
    events: Vec<HistoryEvent>,
}

impl Written {
    fn event(&mut self, attributes: A) -> i64 {
        let id = self.events.len() as i64 + 1;
        let time =
            UNIX_EPOCH + Duration::from_secs(1_700_000_000) + Duration::from_millis(id as u64);
        self.events.push(HistoryEvent {
            event_id: id,
            event_time: Some(time.into()),
            event_type: attributes.event_type() as i32,
            attributes: Some(attributes),
            ..Default::default()
        });
        id
    }

    /// Writes a workflow task from its scheduling to its completion.
    fn task(&mut self) -> i64 {
        let scheduled = self.event(A::WorkflowTaskScheduledEventAttributes(
            WorkflowTaskScheduledEventAttributes {
                attempt: 1,
                ..Default::default()
            },
        ));
        let started = self.event(A::WorkflowTaskStartedEventAttributes(
            WorkflowTaskStartedEventAttributes {
                scheduled_event_id: scheduled,
                ..Default::default()
            },
        ));
        self.event(A::WorkflowTaskCompletedEventAttributes(
            WorkflowTaskCompletedEventAttributes {
                scheduled_event_id: scheduled,
                started_event_id: started,
                ..Default::default()
            },
        ))
    }
}
