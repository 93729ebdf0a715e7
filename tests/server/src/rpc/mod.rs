//! The calls: decode, do, encode. Nothing is decided here that a run or the store could decide.

mod activity;
mod client;
mod deployment;
mod history;
mod multi;
mod nexus;
mod older_lists;
mod options;
mod patience;
mod poll;
mod query;
mod reset;
mod schedule;
mod start;
mod system;
mod testservice;
mod update;
mod visibility;
mod worker;

use std::{sync::Arc, time::Duration};

pub(crate) use self::{patience::Patience, start::start};

use prost::Message;
use tokio::{sync::watch, time::timeout};
use tonic::Status;

use crate::{error, fault::Fault, proto::Payloads, server::Shared};

/// A message may have this many bytes.
pub(crate) const MESSAGE_BYTES: usize = 4 * 1024 * 1024;
/// The payloads of one field may have this many.
pub(crate) const PAYLOAD_BYTES: usize = 2 * 1024 * 1024;

const WORKFLOW_SERVICE: &str = "temporal.api.workflowservice.v1.WorkflowService";
const OPERATOR_SERVICE: &str = "temporal.api.operatorservice.v1.OperatorService";
const TEST_SERVICE: &str = "temporal.api.testservice.v1.TestService";
const HEALTH_SERVICE: &str = "grpc.health.v1.Health";
/// The services that are served, over a socket too.
pub(crate) const SERVICES: [&str; 3] = [WORKFLOW_SERVICE, OPERATOR_SERVICE, TEST_SERVICE];

type Reply = Result<Vec<u8>, Status>;

/// Reads a request.
pub(crate) fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, Status> {
    M::decode(bytes).map_err(|cause| error::invalid(format!("malformed request: {cause}")))
}

fn encode<M: Message>(response: Result<M, Status>) -> Reply {
    response.map(|response| response.encode_to_vec())
}

/// Payloads that are too large are refused.
fn check_payloads(payloads: Option<&Payloads>) -> Result<(), Status> {
    match payloads {
        Some(payloads) if payloads.encoded_len() > PAYLOAD_BYTES => {
            Err(error::invalid("Blob data size exceeds limit."))
        }
        _ => Ok(()),
    }
}

/// A text that a request must have, within the limit for ids.
fn check_id(text: &str, name: &str) -> Result<(), Status> {
    if text.is_empty() {
        return Err(error::invalid(format!("{name} is not set on request.")));
    }
    if text.len() > 1000 {
        return Err(error::invalid(format!("{name} length exceeds limit.")));
    }
    Ok(())
}

/// One call, as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: &'a str,
    pub(crate) rpc: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) patience: Patience,
}

/// Answers calls by their names: plain ones at once, `async` ones when they are done or their
/// callers' patience ends.
macro_rules! table {
    ($shared:ident, $call:ident; $($name:literal => $handler:ident,)*
     async { $($late:literal => $waiting:ident,)* }) => {
        match $call.rpc {
            $($name => Some(encode(decode($call.bytes).and_then(|request| $shared.$handler(request)))),)*
            $($late => Some(match decode($call.bytes) {
                Ok(request) => encode($shared.$waiting(request, $call.patience).await),
                Err(status) => Err(status),
            }),)*
            _ => None,
        }
    };
}

impl Shared {
    /// Answers a call; one that waits, also when the server ends or its caller's time is up.
    pub(crate) async fn handle(self: &Arc<Self>, call: Call<'_>) -> Reply {
        let gone = || Status::unavailable("the test server was shut down");
        if *self.closing.borrow() {
            return Err(gone());
        }
        tokio::select! {
            biased;
            reply = self.meet_fault(call) => reply,
            () = self.closed() => Err(gone()),
            // The words of the client that leaves a socket at this time.
            () = call.patience.end() => Err(Status::cancelled("Timeout expired")),
        }
    }

    /// Answers a call, unless a test wants it to go wrong.
    async fn meet_fault(self: &Arc<Self>, call: Call<'_>) -> Reply {
        if call.bytes.len() > MESSAGE_BYTES {
            let text = format!(
                "grpc: received message larger than max ({} vs. {MESSAGE_BYTES})",
                call.bytes.len()
            );
            return Err(Status::resource_exhausted(text));
        }
        match self.faults.take(call.rpc) {
            Some(Fault::Fail(status)) => Err(status),
            Some(Fault::Delay(span)) => {
                tokio::time::sleep(span).await;
                self.answer(call).await
            }
            Some(Fault::DropResponse) => {
                self.answer(call).await?;
                Err(Status::unavailable(
                    "the response was dropped, as a test asked",
                ))
            }
            None => self.answer(call).await,
        }
    }

    async fn answer(self: &Arc<Self>, call: Call<'_>) -> Reply {
        let reply = match call.service {
            WORKFLOW_SERVICE => match self.answer_client(call).await {
                Some(reply) => Some(reply),
                None => self.answer_worker(call).await,
            },
            TEST_SERVICE => table!(self, call;
                "LockTimeSkipping" => lock_time_skipping,
                "UnlockTimeSkipping" => unlock_time_skipping,
                "GetCurrentTime" => get_current_time,
                async {
                    "Sleep" => sleep,
                    "SleepUntil" => sleep_until,
                    "UnlockTimeSkippingWithSleep" => unlock_time_skipping_with_sleep,
                }
            ),
            OPERATOR_SERVICE => self.answer_operator(call),
            HEALTH_SERVICE => table!(self, call; "Check" => health, async {}),
            _ => None,
        };
        reply.unwrap_or_else(|| Err(error::unimplemented(call.service, call.rpc)))
    }

    async fn answer_client(self: &Arc<Self>, call: Call<'_>) -> Option<Reply> {
        table!(self, call;
            "GetSystemInfo" => get_system_info,
            "GetClusterInfo" => get_cluster_info,
            "DescribeNamespace" => describe_namespace,
            "RegisterNamespace" => register_namespace,
            "ListNamespaces" => list_namespaces,
            "DescribeTaskQueue" => describe_task_queue,
            "GetSearchAttributes" => get_search_attributes,
            "StartWorkflowExecution" => start_workflow_execution,
            "SignalWithStartWorkflowExecution" => signal_with_start,
            "SignalWorkflowExecution" => signal_workflow_execution,
            "RequestCancelWorkflowExecution" => request_cancel,
            "TerminateWorkflowExecution" => terminate_workflow_execution,
            "DeleteWorkflowExecution" => delete_workflow_execution,
            "ResetWorkflowExecution" => reset_workflow_execution,
            "DescribeWorkflowExecution" => describe_workflow_execution,
            "UpdateWorkflowExecutionOptions" => update_options,
            "GetWorkflowExecutionHistoryReverse" => get_history_reverse,
            "ListWorkflowExecutions" => list_workflow_executions,
            "ListOpenWorkflowExecutions" => list_open,
            "ListClosedWorkflowExecutions" => list_closed,
            "CountWorkflowExecutions" => count_workflow_executions,
            "CreateSchedule" => create_schedule,
            "DescribeSchedule" => describe_schedule,
            "UpdateSchedule" => update_schedule,
            "PatchSchedule" => patch_schedule,
            "DeleteSchedule" => delete_schedule,
            "ListSchedules" => list_schedules,
            "DescribeWorkerDeployment" => describe_deployment,
            "SetWorkerDeploymentCurrentVersion" => set_current_version,
            "SetWorkerDeploymentRampingVersion" => set_ramping_version,
            async {
                "GetWorkflowExecutionHistory" => get_history,
                "QueryWorkflow" => query_workflow,
                "UpdateWorkflowExecution" => update_workflow,
                "PollWorkflowExecutionUpdate" => poll_update,
                "PollWorkflowExecutionTimeSkipping" => poll_time_skipping,
                "ExecuteMultiOperation" => execute_multi_operation,
            }
        )
    }

    async fn answer_worker(self: &Arc<Self>, call: Call<'_>) -> Option<Reply> {
        table!(self, call;
            "RespondWorkflowTaskCompleted" => respond_workflow_task_completed,
            "RespondWorkflowTaskFailed" => respond_workflow_task_failed,
            "RespondQueryTaskCompleted" => respond_query_task_completed,
            "ResetStickyTaskQueue" => reset_sticky_task_queue,
            "RespondActivityTaskCompleted" => respond_activity_completed,
            "RespondActivityTaskFailed" => respond_activity_failed,
            "RespondActivityTaskCanceled" => respond_activity_canceled,
            "RecordActivityTaskHeartbeat" => record_heartbeat,
            "RespondActivityTaskCompletedById" => respond_activity_completed_by_id,
            "RespondActivityTaskFailedById" => respond_activity_failed_by_id,
            "RespondActivityTaskCanceledById" => respond_activity_canceled_by_id,
            "RecordActivityTaskHeartbeatById" => record_heartbeat_by_id,
            "RespondNexusTaskCompleted" => respond_request_completed,
            "RespondNexusTaskFailed" => respond_request_failed,
            "ShutdownWorker" => shutdown_worker,
            "RecordWorkerHeartbeat" => record_worker_heartbeat,
            async {
                "PollWorkflowTaskQueue" => poll_workflow_task_queue,
                "PollActivityTaskQueue" => poll_activity_task_queue,
                "PollNexusTaskQueue" => poll_nexus_task_queue,
            }
        )
    }

    fn answer_operator(&self, call: Call<'_>) -> Option<Reply> {
        table!(self, call;
            "AddSearchAttributes" => add_search_attributes,
            "RemoveSearchAttributes" => remove_search_attributes,
            "ListSearchAttributes" => list_search_attributes,
            "CreateNexusEndpoint" => create_endpoint,
            "GetNexusEndpoint" => get_endpoint,
            "UpdateNexusEndpoint" => update_endpoint,
            "DeleteNexusEndpoint" => delete_endpoint,
            "ListNexusEndpoints" => list_endpoints,
            async {}
        )
    }

    /// Waits, bounded, for something to become true; `None` if it did not.
    async fn wait_for<T>(
        &self,
        mut version: watch::Receiver<u64>,
        span: Duration,
        mut look: impl FnMut() -> Result<Option<T>, Status>,
    ) -> Result<Option<T>, Status> {
        let waiting = async {
            loop {
                version.mark_unchanged();
                if let Some(found) = look()? {
                    return Ok(Some(found));
                }
                if version.changed().await.is_err() {
                    return Ok(None);
                }
            }
        };
        timeout(span, waiting).await.unwrap_or(Ok(None))
    }
}
