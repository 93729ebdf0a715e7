//! An update with the start of its workflow, in one call.

use tonic::Status;

use super::{Patience, start, update::admit};
use crate::{
    error,
    proto::service::{
        self, ExecuteMultiOperationRequest, ExecuteMultiOperationResponse,
        UpdateWorkflowExecutionRequest,
        execute_multi_operation_request::operation::Operation,
        execute_multi_operation_response::{self, response::Response},
    },
    server::Shared,
    store::{Started, Store},
};

impl Shared {
    pub(super) async fn execute_multi_operation(
        &self,
        request: ExecuteMultiOperationRequest,
        patience: Patience,
    ) -> Result<ExecuteMultiOperationResponse, Status> {
        let operations: Vec<_> = request
            .operations
            .into_iter()
            .map(|one| one.operation)
            .collect();
        let Ok(
            [
                Some(Operation::StartWorkflow(start)),
                Some(Operation::UpdateWorkflow(update)),
            ],
        ) = <[_; 2]>::try_from(operations)
        else {
            return Err(error::invalid(
                "Operations have to be exactly [Start, Update].",
            ));
        };
        let (started, watched) = {
            let mut store = self.store();
            let started = start_for_update(&mut store, start, &update);
            let started =
                started.map_err(|status| error::multi_operation(&[Some(status), None]))?;
            let at = started.at;
            let watched = admit(&mut store, at, update);
            store.finish();
            (start::response(&store, &started), watched)
        };
        let watched = watched.map_err(|status| error::multi_operation(&[None, Some(status)]))?;
        let updated = self.watch(watched, patience).await;
        let updated = updated.map_err(|status| error::multi_operation(&[None, Some(status)]))?;
        let one = |response| execute_multi_operation_response::Response {
            response: Some(response),
        };
        Ok(ExecuteMultiOperationResponse {
            responses: vec![
                one(Response::StartWorkflow(started)),
                one(Response::UpdateWorkflow(updated)),
            ],
        })
    }
}

/// Starts the workflow, unless the update is known to the closed one that has the id.
fn start_for_update(
    store: &mut Store,
    request: service::StartWorkflowExecutionRequest,
    update: &UpdateWorkflowExecutionRequest,
) -> Result<Started, Status> {
    let newest = store.newest(&request.namespace, &request.workflow_id);
    let id = update_id(update);
    if let Some(at) = newest
        && let Some(run) = store.run(at)
        && run.update_standing(&id).is_some()
    {
        return Ok(Started {
            at,
            run_id: run.run_id.clone(),
            is_new: false,
            status: run.state.status,
        });
    }
    start::start(store, request)
}

fn update_id(request: &UpdateWorkflowExecutionRequest) -> String {
    let meta = request
        .request
        .as_ref()
        .and_then(|update| update.meta.as_ref());
    meta.map(|meta| meta.update_id.clone()).unwrap_or_default()
}
