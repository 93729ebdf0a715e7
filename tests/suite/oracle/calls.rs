//! The calls of a run: its waits, and its effects on other workflows.

use chronoscope::schema::Outcome;
use temporalio_common::protos::temporal::api::history::v1::{
    MarkerRecordedEventAttributes, history_event::Attributes,
};

use super::{
    Reader,
    outcome::{failed, of_failure},
};

impl Reader<'_> {
    /// What the run waited for.
    pub(super) fn call(&mut self, id: i64, attributes: &Attributes) {
        use Attributes as A;
        match attributes {
            A::ActivityTaskScheduledEventAttributes(scheduled) => {
                let kind = &scheduled.activity_type.as_ref().unwrap().name;
                self.start(id, "StartActivity", kind, &scheduled.activity_id);
            }
            A::ActivityTaskCompletedEventAttributes(a) => {
                self.seen(id, a.scheduled_event_id, Outcome::Completed);
            }
            A::ActivityTaskFailedEventAttributes(a) => {
                self.seen(id, a.scheduled_event_id, of_failure(a.failure.as_ref()));
            }
            A::ActivityTaskTimedOutEventAttributes(a) => {
                self.seen(id, a.scheduled_event_id, of_failure(a.failure.as_ref()));
            }
            A::ActivityTaskCanceledEventAttributes(a) => {
                self.seen(id, a.scheduled_event_id, Outcome::Cancelled);
            }
            A::ActivityTaskCancelRequestedEventAttributes(a) => {
                let call = self.open.get(&a.scheduled_event_id);
                if call.is_some_and(|call| !self.waits.contains(&&*call.name)) {
                    self.end(a.scheduled_event_id, self.now, Outcome::Cancelled);
                }
            }
            A::MarkerRecordedEventAttributes(marker) if marker.marker_name.contains("local") => {
                self.local_activity(id, marker);
            }
            A::TimerStartedEventAttributes(_) => self.start(id, "StartTimer", "", ""),
            A::TimerFiredEventAttributes(timer) => {
                self.seen(id, timer.started_event_id, Outcome::Completed);
            }
            A::TimerCanceledEventAttributes(timer) => {
                self.end(timer.started_event_id, self.now, Outcome::Cancelled);
            }
            A::StartChildWorkflowExecutionInitiatedEventAttributes(child) => {
                let kind = &child.workflow_type.as_ref().unwrap().name;
                self.start(id, "StartChildWorkflow", kind, &child.workflow_id);
            }
            A::ChildWorkflowExecutionStartedEventAttributes(child) => {
                self.seen(id, child.initiated_event_id, Outcome::Completed);
            }
            A::StartChildWorkflowExecutionFailedEventAttributes(child) => {
                self.seen(
                    id,
                    child.initiated_event_id,
                    failed("ChildWorkflowStartError"),
                );
            }
            other => self.external(id, other),
        }
    }

    /// What the run did to others.
    fn external(&mut self, id: i64, attributes: &Attributes) {
        use Attributes as A;
        match attributes {
            A::SignalExternalWorkflowExecutionInitiatedEventAttributes(signal) => {
                let operation = match signal.child_workflow_only {
                    true => "SignalChildWorkflow",
                    false => "SignalExternalWorkflow",
                };
                let target = &signal.workflow_execution.as_ref().unwrap().workflow_id;
                self.start(id, operation, &signal.signal_name, target);
            }
            A::ExternalWorkflowExecutionSignaledEventAttributes(signal) => {
                self.seen(id, signal.initiated_event_id, Outcome::Completed);
            }
            A::SignalExternalWorkflowExecutionFailedEventAttributes(signal) => {
                self.seen(id, signal.initiated_event_id, failed("TemporalError"));
            }
            A::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(cancel) => {
                let target = &cancel.workflow_execution.as_ref().unwrap().workflow_id;
                self.start(id, "CancelExternalWorkflow", "", target);
            }
            A::ExternalWorkflowExecutionCancelRequestedEventAttributes(cancel) => {
                self.seen(id, cancel.initiated_event_id, Outcome::Completed);
            }
            A::RequestCancelExternalWorkflowExecutionFailedEventAttributes(cancel) => {
                self.seen(id, cancel.initiated_event_id, failed("TemporalError"));
            }
            _ => {}
        }
    }

    /// Local activities move workflow time within a task.
    fn local_activity(&mut self, id: i64, marker: &MarkerRecordedEventAttributes) {
        let data: serde_json::Value =
            serde_json::from_slice(&marker.details["data"].payloads[0].data).unwrap();
        let part = |name: &str| data["complete_time"][name].as_u64().unwrap();
        let ended = part("seconds") * 1_000_000_000 + part("nanos");
        let text = |name: &str| data[name].as_str().unwrap();
        self.start(
            id,
            "StartActivity",
            text("activity_type"),
            text("activity_id"),
        );
        let outcome = match &marker.failure {
            Some(failure) => of_failure(Some(failure)),
            None => Outcome::Completed,
        };
        self.end(id, ended, outcome);
        self.now = ended;
    }
}
