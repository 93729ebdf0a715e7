//! Asks the server, when a caller of the service does, with the client that the process gave it.

use std::{sync::Arc, time::Duration};

use temporalio_client::Client;
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution,
    workflowservice::v1::{DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse},
};
use tokio::{sync::Semaphore, time::timeout};
use tonic::{Code, Request, Status};

use super::v1;
use crate::redact::harmless;

/// The most questions at a time, however many callers there are.
const AT_ONCE: usize = 4;

/// How long an answer may take, with the client's own retries.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server, if the process gave a client for it. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Asked(Option<Arc<Asking>>);

struct Asking {
    client: Client,
    places: Semaphore,
}

impl Asked {
    pub(super) fn by(client: Option<Client>) -> Self {
        let asking = |client| Asking {
            client,
            places: Semaphore::new(AT_ONCE),
        };
        Self(client.map(asking).map(Arc::new))
    }

    /// Asks the server to describe a run.
    pub(super) async fn describe(
        &self,
        asked: v1::ListPendingActivitiesRequest,
    ) -> Result<DescribeWorkflowExecutionResponse, Status> {
        let Some(asking) = &self.0 else {
            return Err(Status::failed_precondition(
                "this process has no client to ask the server with: give it one by \
                 `.introspect(|i| i.client(client))`",
            ));
        };
        if asked.workflow_id.is_empty() {
            return Err(Status::invalid_argument(
                "`workflow_id` is empty: set the workflow whose activities to describe",
            ));
        }
        match timeout(PATIENCE, asking.describe(&asked)).await {
            Ok(answer) => answer.map_err(|status| refused(&asked.workflow_id, &status)),
            Err(_) => Err(Status::deadline_exceeded(format!(
                "the server did not describe workflow {:?} within {PATIENCE:?}",
                asked.workflow_id
            ))),
        }
    }
}

impl Asking {
    async fn describe(
        &self,
        asked: &v1::ListPendingActivitiesRequest,
    ) -> Result<DescribeWorkflowExecutionResponse, Status> {
        // It is never closed.
        let _place = self.places.acquire().await;
        let namespace = match &*asked.namespace {
            "" => self.client.options().namespace.clone(),
            named => named.to_owned(),
        };
        let request = DescribeWorkflowExecutionRequest {
            namespace,
            execution: Some(WorkflowExecution {
                workflow_id: asked.workflow_id.clone(),
                run_id: asked.run_id.clone(),
            }),
        };
        let mut service = self.client.connection().workflow_service();
        let answer = service.describe_workflow_execution(Request::new(request));
        Ok(answer.await?.into_inner())
    }
}

/// Says what the server answered. Its code is not passed on, except where it is about the run: a
/// caller would take it for this service's.
fn refused(workflow_id: &str, status: &Status) -> Status {
    let code = match status.code() {
        code @ (Code::NotFound | Code::InvalidArgument) => code,
        _ => Code::Unavailable,
    };
    let (said, message) = (status.code(), harmless(status.message()));
    Status::new(
        code,
        format!("the server did not describe workflow {workflow_id:?}: {said:?}: {message}"),
    )
}
