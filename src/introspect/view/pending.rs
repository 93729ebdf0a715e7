//! A run's activities as the server describes them, in the service's messages.

use std::time::SystemTime;

use temporalio_common::protos::temporal::api::{
    enums::v1::{PendingActivityState as State, TimeoutType},
    failure::v1::{Failure, failure::FailureInfo as Info},
    workflow::v1::PendingActivityInfo,
};
use tonic::Status;

use super::View;
use crate::introspect::v1;

impl View {
    /// Asks the server which activities of a run have not ended.
    pub(in crate::introspect) async fn pending_activities(
        &self,
        asked: v1::ListPendingActivitiesRequest,
    ) -> Result<v1::ListPendingActivitiesResponse, Status> {
        let run = self.server.describe(asked).await?;
        Ok(v1::ListPendingActivitiesResponse {
            activities: run.pending_activities.into_iter().map(pending).collect(),
        })
    }
}

fn pending(activity: PendingActivityInfo) -> v1::PendingActivity {
    let state = state(&activity).to_owned();
    let (last_failure, last_failure_type) = match &activity.last_failure {
        Some(failure) => kind(failure),
        None => Default::default(),
    };
    let number = |number| u32::try_from(number).unwrap_or_default();
    v1::PendingActivity {
        activity_id: activity.activity_id,
        activity_type: activity.activity_type.unwrap_or_default().name,
        state,
        attempt: number(activity.attempt),
        maximum_attempts: number(activity.maximum_attempts),
        scheduled: time(activity.scheduled_time),
        next_attempt: time(activity.next_attempt_schedule_time),
        last_started: time(activity.last_started_time),
        last_heartbeat: time(activity.last_heartbeat_time),
        expires: time(activity.expiration_time),
        last_failure: last_failure.to_owned(),
        last_failure_type,
        last_worker: activity.last_worker_identity,
    }
}

fn time(time: Option<impl TryInto<SystemTime>>) -> Option<prost_types::Timestamp> {
    time?.try_into().ok().map(prost_types::Timestamp::from)
}

fn state(activity: &PendingActivityInfo) -> &'static str {
    match activity.state() {
        // The server tells a next attempt only while it is not due.
        State::Scheduled if activity.next_attempt_schedule_time.is_some() => "backoff",
        State::Scheduled => "scheduled",
        State::Started => "started",
        State::CancelRequested => "cancel_requested",
        State::Paused => "paused",
        State::PauseRequested => "pause_requested",
        State::Unspecified => "",
    }
}

/// Returns what a failure was, and its type. Its message, details and causes are left out.
fn kind(failure: &Failure) -> (&'static str, String) {
    let none = String::new;
    match &failure.failure_info {
        Some(Info::ApplicationFailureInfo(info)) => ("application", info.r#type.clone()),
        Some(Info::TimeoutFailureInfo(info)) => ("timeout", ran_out(info.timeout_type())),
        Some(Info::CanceledFailureInfo(_)) => ("cancelled", none()),
        Some(Info::TerminatedFailureInfo(_)) => ("terminated", none()),
        Some(Info::ServerFailureInfo(_)) => ("server", none()),
        Some(Info::ActivityFailureInfo(_)) => ("activity", none()),
        Some(Info::ChildWorkflowExecutionFailureInfo(_)) => ("child_workflow", none()),
        Some(Info::NexusOperationExecutionFailureInfo(_) | Info::NexusHandlerFailureInfo(_)) => {
            ("nexus", none())
        }
        Some(Info::ResetWorkflowFailureInfo(_)) | None => ("other", none()),
    }
}

fn ran_out(time: TimeoutType) -> String {
    let name = time.as_str_name();
    name.trim_start_matches("TIMEOUT_TYPE_").to_owned()
}
