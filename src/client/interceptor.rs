//! The SDK's client interceptor, which runs each client call inside its execution.

use std::{future::Future, pin::Pin, sync::Arc};

use temporalio_client::{
    ActivityHeartbeatResponse, ActivityIdentifier, ClientInterceptor, Next,
    errors::{
        AsyncActivityError, ClientError, WorkflowInteractionError, WorkflowQueryError,
        WorkflowStartError, WorkflowUpdateError, WorkflowUpdateWithStartError,
    },
    interceptors::*,
    schedules::ScheduleError,
};

use temporalio_common::{MemoValues, protos::temporal::api::common::v1::Header};

use super::classify::ClientCall;
use crate::{
    execution::{Fields, Info, Tracing as _},
    observe::{Observer, observe},
    schema::{Field, Operation},
    search_attributes::Start,
    trace::Traced,
};

type Answer<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// Runs each client call inside its execution.
#[derive(Debug)]
pub(crate) struct ObserveClient {
    observer: Observer,
    constants: Arc<Fields>,
}

impl ObserveClient {
    pub(crate) fn new(observer: Observer, namespace: &str) -> Self {
        Self {
            observer,
            constants: Arc::new(Fields::default().with(Field::Namespace, namespace)),
        }
    }

    /// Traces a call, and writes the trace into its headers.
    fn trace(&self, info: &mut Info, headers: &mut [&mut Option<Header>]) {
        let traces = self.observer.traced();
        let Some(traces) = traces.filter(|_| info.operation().is_traced()) else {
            return;
        };
        let traced = traces.call(info.operation(), info.fields());
        for header in headers {
            traces.write(traced.context(), *header);
        }
        traced.trace(info);
    }

    /// Links the run that a call starts to the call's trace.
    fn link(&self, info: &Info, start: &mut Start<'_>, memo: &mut Option<MemoValues>) {
        let trace = info.traced::<Traced>().and_then(Traced::trace_id);
        if let (Some(link), Some(trace)) = (self.observer.attributed().link(), trace) {
            link.start(trace, start, memo);
        }
    }
}

macro_rules! observe_calls {
    ($($operation:ident: $method:ident($input:ident $(, $header:ident)*) $($link:ident)? -> $output:ty, $error:ident; $fields:expr;)*) => {
        impl ClientInterceptor for ObserveClient {
            $(fn $method<'a>(
                &'a self,
                #[allow(unused_mut)] mut input: $input,
                next: Next<'a, $input, Answer<'a, $output, $error>>,
            ) -> Answer<'a, $output, $error> {
                let describe: fn(Fields, &$input) -> Fields = $fields;
                let fields = Arc::new(describe(Fields::on(&self.constants), &input));
                let prepare = |info: &mut Info| {
                    self.trace(info, &mut [$(&mut input.options.$header),*]);
                    $(self.$link(
                        info,
                        &mut Start {
                            search_attributes: &mut input.options.search_attributes,
                            static_details: &mut input.options.static_details,
                        },
                        &mut input.options.memo,
                    );)?
                };
                match self.observer.execution(Operation::$operation, fields, prepare) {
                    Some(execution) => Box::pin(observe(
                        &self.observer,
                        execution,
                        ClientCall,
                        || next.run(input),
                    )),
                    None => next.run(input),
                }
            })*
        }
    };
}

observe_calls! {
    StartWorkflow: start_workflow(StartWorkflowInput, header) link -> StartWorkflowOutput, WorkflowStartError;
        |fields, input| started(fields, &input.options.task_queue, &input.options.workflow_id, &input.workflow_type);
    SignalWithStartWorkflow: signal_with_start_workflow(SignalWithStartWorkflowInput, header) link -> StartWorkflowOutput, WorkflowStartError;
        |fields, input| started(fields, &input.options.task_queue, &input.options.workflow_id, &input.workflow_type)
            .with(Field::SignalName, input.signal_name.as_str());
    ListWorkflows: list_workflows_page(ListWorkflowsPageInput) -> ListWorkflowsPageOutput, ClientError;
        |fields, _| fields;
    CountWorkflows: count_workflows(CountWorkflowsInput) -> CountWorkflowsOutput, ClientError;
        |fields, _| fields;
    DescribeWorkflow: describe_workflow(DescribeWorkflowInput) -> DescribeWorkflowOutput, WorkflowInteractionError;
        |fields, input| run(fields, &input.workflow_id, &input.run_id);
    FetchWorkflowHistory: fetch_workflow_history_page(FetchWorkflowHistoryPageInput) -> FetchWorkflowHistoryPageOutput, WorkflowInteractionError;
        |fields, input| run(fields, &input.workflow_id, &input.run_id);
    SignalWorkflow: signal_workflow(SignalWorkflowInput, header) -> (), WorkflowInteractionError;
        |fields, input| run(fields, &input.workflow_id, &input.run_id)
            .with(Field::SignalName, input.signal_name.as_str());
    QueryWorkflow: query_workflow(QueryWorkflowInput, header) -> QueryWorkflowOutput, WorkflowQueryError;
        |fields, input| run(fields, &input.workflow_id, &input.run_id)
            .with(Field::QueryName, input.query_name.as_str());
    StartWorkflowUpdate: start_workflow_update(StartWorkflowUpdateInput, header) -> StartWorkflowUpdateOutput, WorkflowUpdateError;
        |fields, input| run(fields, &input.workflow_id, &input.run_id)
            .with(Field::UpdateName, input.update_name.as_str())
            .with_some(Field::UpdateId, input.options.update_id.as_deref());
    UpdateWithStartWorkflow: update_with_start_workflow(UpdateWithStartWorkflowInput, start_header, update_header) link -> UpdateWithStartWorkflowOutput, WorkflowUpdateWithStartError;
        |fields, input| started(fields, &input.options.task_queue, &input.options.workflow_id, &input.workflow_type)
            .with(Field::UpdateName, input.update_name.as_str());
    PollWorkflowUpdate: poll_workflow_update(PollWorkflowUpdateInput) -> PollWorkflowUpdateOutput, WorkflowUpdateError;
        |fields, input| run(fields, &input.workflow_id, &input.run_id)
            .with(Field::UpdateId, input.update_id.as_str());
    CancelWorkflow: cancel_workflow(CancelWorkflowInput) -> (), WorkflowInteractionError;
        |fields, input| run(fields, &input.workflow_id, &input.run_id);
    TerminateWorkflow: terminate_workflow(TerminateWorkflowInput) -> (), WorkflowInteractionError;
        |fields, input| run(fields, &input.workflow_id, &input.run_id);
    CreateSchedule: create_schedule(CreateScheduleInput) -> CreateScheduleOutput, ScheduleError;
        |fields, input| fields.with(Field::ScheduleId, input.schedule_id.as_str());
    ListSchedules: list_schedules_page(ListSchedulesPageInput) -> ListSchedulesPageOutput, ScheduleError;
        |fields, _| fields;
    DescribeSchedule: describe_schedule(DescribeScheduleInput) -> DescribeScheduleOutput, ScheduleError;
        |fields, input| fields.with(Field::ScheduleId, input.schedule_id.as_str());
    UpdateSchedule: update_schedule(UpdateScheduleInput) -> (), ScheduleError;
        |fields, input| fields.with(Field::ScheduleId, input.schedule_id.as_str());
    SendScheduleUpdate: send_schedule_update(SendScheduleUpdateInput) -> (), ScheduleError;
        |fields, input| fields.with(Field::ScheduleId, input.schedule_id.as_str());
    DeleteSchedule: delete_schedule(DeleteScheduleInput) -> (), ScheduleError;
        |fields, input| fields.with(Field::ScheduleId, input.schedule_id.as_str());
    PauseSchedule: pause_schedule(PauseScheduleInput) -> (), ScheduleError;
        |fields, input| fields.with(Field::ScheduleId, input.schedule_id.as_str());
    UnpauseSchedule: unpause_schedule(UnpauseScheduleInput) -> (), ScheduleError;
        |fields, input| fields.with(Field::ScheduleId, input.schedule_id.as_str());
    TriggerSchedule: trigger_schedule(TriggerScheduleInput) -> (), ScheduleError;
        |fields, input| fields.with(Field::ScheduleId, input.schedule_id.as_str());
    BackfillSchedule: backfill_schedule(BackfillScheduleInput) -> (), ScheduleError;
        |fields, input| fields.with(Field::ScheduleId, input.schedule_id.as_str());
    CompleteAsyncActivity: complete_async_activity(CompleteAsyncActivityInput) -> (), AsyncActivityError;
        |fields, input| activity(fields, &input.identifier);
    FailAsyncActivity: fail_async_activity(FailAsyncActivityInput) -> (), AsyncActivityError;
        |fields, input| activity(fields, &input.identifier);
    ReportAsyncActivityCancellation: report_async_activity_cancellation(ReportAsyncActivityCancellationInput) -> (), AsyncActivityError;
        |fields, input| activity(fields, &input.identifier);
    HeartbeatAsyncActivity: heartbeat_async_activity(HeartbeatAsyncActivityInput) -> ActivityHeartbeatResponse, AsyncActivityError;
        |fields, input| activity(fields, &input.identifier);
}

fn started(fields: Fields, task_queue: &str, workflow_id: &str, workflow_type: &str) -> Fields {
    fields
        .with(Field::TaskQueue, task_queue)
        .with(Field::WorkflowId, workflow_id)
        .with(Field::WorkflowType, workflow_type)
}

fn run(fields: Fields, workflow_id: &str, run_id: &str) -> Fields {
    fields
        .with(Field::WorkflowId, workflow_id)
        .with(Field::RunId, run_id)
}

fn activity(fields: Fields, identifier: &ActivityIdentifier) -> Fields {
    match identifier {
        ActivityIdentifier::ByIdWorkflow {
            workflow_id,
            run_id,
            activity_id,
        } => run(fields, workflow_id, run_id).with(Field::ActivityId, activity_id.as_str()),
        ActivityIdentifier::ByIdStandalone {
            activity_id,
            run_id,
        } => fields
            .with(Field::RunId, run_id.as_str())
            .with(Field::ActivityId, activity_id.as_str()),
        // A task token is opaque: it has no id that a person could look up.
        ActivityIdentifier::TaskToken(_) => fields,
    }
}
