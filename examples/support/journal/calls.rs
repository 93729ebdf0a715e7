//! The client interceptor that writes each call into the journal.

use std::{error::Error, future::Future, iter::successors, pin::Pin};

use serde_json::{Value, json};
use temporalio_client::{
    ActivityHeartbeatResponse, ActivityIdentifier, ClientInterceptor, Next,
    errors::{
        AsyncActivityError, ClientError, WorkflowInteractionError, WorkflowQueryError,
        WorkflowStartError, WorkflowUpdateError, WorkflowUpdateWithStartError,
    },
    interceptors::*,
    schedules::ScheduleError,
    tonic::Status,
};
use temporalio_common::protos::temporal::api::update::v1::{Outcome, outcome};

use super::{Journal, worker};

type Answer<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// Writes each call of a client into the journal.
pub(super) struct Calls(pub(super) Journal);

impl Calls {
    fn call<'a, T, E>(
        &self,
        operation: &str,
        mut described: Value,
        answer: Answer<'a, T, E>,
        tell: fn(&T) -> Value,
    ) -> Answer<'a, T, E>
    where
        T: Send + 'a,
        E: Error + Send + 'static,
    {
        described["entry"] = "call".into();
        described["operation"] = operation.into();
        described["caller"] = worker::attempt();
        let entry = self.0.begin(described);
        Box::pin(async move {
            let answered = answer.await;
            entry.end(match &answered {
                Ok(output) => {
                    let mut end = json!({"end": "completed"});
                    if let (Value::Object(end), Value::Object(told)) = (&mut end, tell(output)) {
                        end.extend(told);
                    }
                    end
                }
                Err(error) => failed(error),
            });
            answered
        })
    }
}

/// Describes the error that a call ended with, and the gRPC status behind it.
fn failed(error: &(impl Error + 'static)) -> Value {
    let named = format!("{error:?}");
    let end = named.find(|c: char| !c.is_ascii_alphanumeric());
    let causes = successors(Some(error as &(dyn Error + 'static)), |&error| {
        error.source()
    });
    let mut statuses = causes.filter_map(|cause| cause.downcast_ref::<Status>());
    json!({
        "end": "failed",
        "error": &named[..end.unwrap_or(named.len())],
        "status": statuses.next().map(|status| status.code() as i32),
    })
}

macro_rules! calls {
    ($($operation:ident: $method:ident($input:ident) -> $output:ty, $error:ident; $describe:expr $(, $tell:expr)?;)*) => {
        impl ClientInterceptor for Calls {
            $(fn $method<'a>(
                &'a self,
                input: $input,
                next: Next<'a, $input, Answer<'a, $output, $error>>,
            ) -> Answer<'a, $output, $error> {
                let describe: fn(&$input) -> Value = $describe;
                let described = describe(&input);
                #[allow(unused_variables)]
                let tell: fn(&$output) -> Value = |_| Value::Null;
                $(let tell: fn(&$output) -> Value = $tell;)?
                self.call(stringify!($operation), described, next.run(input), tell)
            })*
        }
    };
}

calls! {
    StartWorkflow: start_workflow(StartWorkflowInput) -> StartWorkflowOutput, WorkflowStartError;
        |call| start(&call.options.workflow_id, &call.workflow_type, ""), |told| json!({"run_id": told.run_id});
    SignalWithStartWorkflow: signal_with_start_workflow(SignalWithStartWorkflowInput) -> StartWorkflowOutput, WorkflowStartError;
        |call| start(&call.options.workflow_id, &call.workflow_type, &call.signal_name), |told| json!({"run_id": told.run_id});
    UpdateWithStartWorkflow: update_with_start_workflow(UpdateWithStartWorkflowInput) -> UpdateWithStartWorkflowOutput, WorkflowUpdateWithStartError;
        |call| start(&call.options.workflow_id, &call.workflow_type, &call.update_name),
        |told| json!({"run_id": told.run_id, "update_id": told.update_id, "update": updated(told.known_outcome.as_ref())});
    DescribeWorkflow: describe_workflow(DescribeWorkflowInput) -> DescribeWorkflowOutput, WorkflowInteractionError;
        |call| run(&call.workflow_id, &call.run_id, "");
    FetchWorkflowHistory: fetch_workflow_history_page(FetchWorkflowHistoryPageInput) -> FetchWorkflowHistoryPageOutput, WorkflowInteractionError;
        |call| run(&call.workflow_id, &call.run_id, "");
    SignalWorkflow: signal_workflow(SignalWorkflowInput) -> (), WorkflowInteractionError;
        |call| run(&call.workflow_id, &call.run_id, &call.signal_name);
    QueryWorkflow: query_workflow(QueryWorkflowInput) -> QueryWorkflowOutput, WorkflowQueryError;
        |call| run(&call.workflow_id, &call.run_id, &call.query_name);
    StartWorkflowUpdate: start_workflow_update(StartWorkflowUpdateInput) -> StartWorkflowUpdateOutput, WorkflowUpdateError;
        |call| run(&call.workflow_id, &call.run_id, &call.update_name),
        |told| json!({"run_id": told.run_id, "update_id": told.update_id, "update": updated(told.known_outcome.as_ref())});
    PollWorkflowUpdate: poll_workflow_update(PollWorkflowUpdateInput) -> PollWorkflowUpdateOutput, WorkflowUpdateError;
        |call| json!({"workflow_id": call.workflow_id, "run_id": call.run_id, "update_id": call.update_id}),
        |told| json!({"update": updated(Some(&told.outcome))});
    CancelWorkflow: cancel_workflow(CancelWorkflowInput) -> (), WorkflowInteractionError;
        |call| run(&call.workflow_id, &call.run_id, "");
    TerminateWorkflow: terminate_workflow(TerminateWorkflowInput) -> (), WorkflowInteractionError;
        |call| run(&call.workflow_id, &call.run_id, "");
    ListWorkflows: list_workflows_page(ListWorkflowsPageInput) -> ListWorkflowsPageOutput, ClientError; |_| json!({});
    CountWorkflows: count_workflows(CountWorkflowsInput) -> CountWorkflowsOutput, ClientError; |_| json!({});
    ListSchedules: list_schedules_page(ListSchedulesPageInput) -> ListSchedulesPageOutput, ScheduleError; |_| json!({});
    CreateSchedule: create_schedule(CreateScheduleInput) -> CreateScheduleOutput, ScheduleError; |call| schedule(&call.schedule_id);
    DescribeSchedule: describe_schedule(DescribeScheduleInput) -> DescribeScheduleOutput, ScheduleError; |call| schedule(&call.schedule_id);
    UpdateSchedule: update_schedule(UpdateScheduleInput) -> (), ScheduleError; |call| schedule(&call.schedule_id);
    SendScheduleUpdate: send_schedule_update(SendScheduleUpdateInput) -> (), ScheduleError; |call| schedule(&call.schedule_id);
    DeleteSchedule: delete_schedule(DeleteScheduleInput) -> (), ScheduleError; |call| schedule(&call.schedule_id);
    PauseSchedule: pause_schedule(PauseScheduleInput) -> (), ScheduleError; |call| schedule(&call.schedule_id);
    UnpauseSchedule: unpause_schedule(UnpauseScheduleInput) -> (), ScheduleError; |call| schedule(&call.schedule_id);
    TriggerSchedule: trigger_schedule(TriggerScheduleInput) -> (), ScheduleError; |call| schedule(&call.schedule_id);
    BackfillSchedule: backfill_schedule(BackfillScheduleInput) -> (), ScheduleError; |call| schedule(&call.schedule_id);
    CompleteAsyncActivity: complete_async_activity(CompleteAsyncActivityInput) -> (), AsyncActivityError; |call| activity(&call.identifier);
    FailAsyncActivity: fail_async_activity(FailAsyncActivityInput) -> (), AsyncActivityError; |call| activity(&call.identifier);
    ReportAsyncActivityCancellation: report_async_activity_cancellation(ReportAsyncActivityCancellationInput) -> (), AsyncActivityError; |call| activity(&call.identifier);
    HeartbeatAsyncActivity: heartbeat_async_activity(HeartbeatAsyncActivityInput) -> ActivityHeartbeatResponse, AsyncActivityError; |call| activity(&call.identifier);
}

/// A call that may start a workflow; `name` is the signal's or the update's.
fn start(workflow_id: &str, workflow_type: &str, name: &str) -> Value {
    json!({"workflow_id": workflow_id, "workflow_type": workflow_type, "name": name})
}

/// A call about a run; `name` is the signal's, the query's or the update's.
fn run(workflow_id: &str, run_id: &str, name: &str) -> Value {
    json!({"workflow_id": workflow_id, "run_id": run_id, "name": name})
}

fn schedule(schedule_id: &str) -> Value {
    json!({"schedule_id": schedule_id})
}

fn activity(identifier: &ActivityIdentifier) -> Value {
    match identifier {
        ActivityIdentifier::ByIdWorkflow {
            workflow_id,
            run_id,
            activity_id,
        } => json!({"workflow_id": workflow_id, "run_id": run_id, "activity_id": activity_id}),
        ActivityIdentifier::ByIdStandalone {
            activity_id,
            run_id,
        } => json!({"run_id": run_id, "activity_id": activity_id}),
        ActivityIdentifier::TaskToken(_) => json!({}),
    }
}

/// Returns how an update ended, if that is known: a rejection by the validator is a failure, too.
fn updated(outcome: Option<&Outcome>) -> Option<&'static str> {
    match outcome?.value.as_ref()? {
        outcome::Value::Success(_) => Some("completed"),
        outcome::Value::Failure(_) => Some("failed"),
    }
}
