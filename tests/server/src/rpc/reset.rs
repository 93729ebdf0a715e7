//! Resetting runs.

use tonic::Status;

use crate::{
    error,
    proto::{
        enums::{ResetReapplyExcludeType as Excluded, ResetReapplyType},
        service,
    },
    run::{fork::Fork, fresh_id},
    server::Shared,
};

impl Shared {
    pub(super) fn reset_workflow_execution(
        &self,
        request: service::ResetWorkflowExecutionRequest,
    ) -> Result<service::ResetWorkflowExecutionResponse, Status> {
        if request.request_id.is_empty() {
            return Err(error::invalid("RequestId is not set on request."));
        }
        if !request.post_reset_operations.is_empty() {
            return Err(Status::unimplemented(
                "operations after a reset are not served by this test server",
            ));
        }
        let mut excluded = request.reset_reapply_exclude_types();
        let with_signals = request.reset_reapply_type() != ResetReapplyType::None
            && !excluded.any(|kind| kind == Excluded::Signal);
        let fork = Fork {
            run_id: fresh_id(),
            reason: request.reason.clone(),
            undone: request.workflow_task_finish_event_id,
            with_signals,
            request_id: request.request_id.clone(),
        };
        let mut store = self.store();
        let at =
            store.find_in_chain(&request.namespace, request.workflow_execution.as_ref(), "")?;
        let run_id = store.reset(at, fork)?;
        Ok(service::ResetWorkflowExecutionResponse { run_id })
    }
}
