//! Asks the history of a run the fate of a workflow task.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Uri, uri::PathAndQuery};
use prost::Message;
use temporalio_client::tonic::Code;
use tokio::sync::Semaphore;
use tower::{BoxError, ServiceExt as _};

use super::judge::{Judged, Reading};
use crate::{
    commit::{Ask, Doubt, Holding, Task},
    rpc::{
        ids::Execution,
        message::{Request, RpcService},
        status,
    },
};

const METHOD: &str =
    "/temporal.api.workflowservice.v1.WorkflowService/GetWorkflowExecutionHistoryReverse";

/// How long one call may take.
const AT_MOST: Duration = Duration::from_secs(10);

/// How long a history is left alone in which the task is still open, or that can't be read: twice as
/// long each time, up to the second.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(4)];

/// The number of events of a page: the answer is among the last ones.
const PAGE: i32 = 100;

/// A request for a page of a run's history.
#[derive(Clone, PartialEq, Message)]
struct Asking {
    #[prost(string, tag = "1")]
    namespace: String,
    #[prost(message, optional, tag = "2")]
    execution: Option<Execution>,
    #[prost(int32, tag = "3")]
    page_size: i32,
    #[prost(bytes = "vec", tag = "4")]
    page: Vec<u8>,
}

/// The way to a server, with the headers of a call that went there.
#[derive(Clone)]
pub(super) struct Way {
    service: Arc<RpcService>,
    headers: HeaderMap,
    /// Of the call.
    uri: Uri,
    namespace: String,
}

impl Way {
    /// Returns the way that a completion of this namespace takes.
    pub(super) fn of(service: &Arc<RpcService>, request: &Request, namespace: String) -> Self {
        Self {
            service: service.clone(),
            headers: request.headers().clone(),
            uri: request.uri().clone(),
            namespace,
        }
    }

    /// Returns what asks about a task, on a task of its own.
    /// `beats` is whether the task only kept a local activity's task alive.
    pub(super) fn ask(
        mut self,
        task: Arc<Task>,
        beats: bool,
        holding: Arc<Holding>,
    ) -> Option<Ask> {
        let mut parts = self.uri.into_parts();
        parts.path_and_query = Some(PathAndQuery::from_static(METHOD));
        self.uri = Uri::from_parts(parts).ok()?;
        self.headers.remove("grpc-timeout");
        Some(Box::new(move |doubt: Doubt| {
            let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                // Dropped, it settles itself.
                return;
            };
            runtime.spawn(async move {
                let became = self.became(&task, beats, holding.asking());
                let became = tokio::time::timeout(holding.asks(), became).await;
                doubt.settle(became.ok().flatten());
            });
        }))
    }

    /// Returns whether a task was accepted, and is not executed anew with the next one, as far as that
    /// can be known. Until it has timed out, a task whose completion never arrived is open.
    async fn became(&self, task: &Task, beats: bool, permits: &Semaphore) -> Option<bool> {
        let [mut pause, longest] = PAUSES;
        loop {
            let permit = permits.acquire().await.ok()?;
            let judged = tokio::time::timeout(AT_MOST, self.read(task, beats)).await;
            drop(permit);
            match judged {
                Ok(Ok(Judged::Accepted)) => return Some(true),
                Ok(Ok(Judged::Refused)) => return Some(false),
                Ok(Ok(Judged::Unclear)) => return None,
                Ok(Err(error)) if is_final(&error) => return None,
                Ok(Ok(Judged::Open) | Err(_)) | Err(_) => tokio::time::sleep(pause).await,
            }
            pause = (2 * pause).min(longest);
        }
    }

    async fn read(&self, task: &Task, beats: bool) -> Result<Judged, BoxError> {
        let mut reading = Reading::of(task, beats);
        let mut page = Vec::new();
        loop {
            let asking = Asking {
                namespace: self.namespace.clone(),
                execution: Some(Execution {
                    workflow_id: task.workflow_id.to_string(),
                    run_id: task.run_id.to_string(),
                }),
                page_size: PAGE,
                page,
            };
            let mut request = Request::new(Bytes::from(asking.encode_to_vec()));
            *request.method_mut() = http::Method::POST;
            *request.version_mut() = http::Version::HTTP_2;
            *request.uri_mut() = self.uri.clone();
            *request.headers_mut() = self.headers.clone();
            let answer = RpcService::clone(&self.service).oneshot(request).await?;
            match reading.page(answer.body())? {
                Ok(judged) => return Ok(judged),
                Err(next) => page = next,
            }
        }
    }
}

/// Returns whether a server that refuses to show a history will do so again.
fn is_final(error: &BoxError) -> bool {
    matches!(
        status::code(&**error),
        Code::InvalidArgument
            | Code::NotFound
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::Unimplemented
    )
}
