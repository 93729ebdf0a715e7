//! The callback service that the client calls in place of a connection.

use std::{future::Future, pin::Pin, sync::Arc};

use http::header::CONTENT_TYPE;
use temporalio_client::{
    callback_based::{CallbackBasedGrpcService, GrpcRequest, GrpcSuccessResponse},
    tonic::Status,
};
use tower::ServiceExt as _;

use super::{
    deadline::Deadline,
    leaf::Connections,
    message::{self, Origin, Request, Response, RpcService},
    status,
    way::Way,
};

/// Where a call goes.
#[derive(Clone)]
pub(super) enum Route {
    /// To the connections, without a layer in between that might read the target.
    Bare(Connections),
    /// Through layers, to the connections if there are any.
    Through(RpcService, Option<Connections>),
}

/// One route per way.
pub(super) struct Routes {
    pub(super) calls: Route,
    pub(super) waits: Route,
    pub(super) polls: Route,
}

type Answered = Pin<Box<dyn Future<Output = Result<GrpcSuccessResponse, Status>> + Send>>;

impl Routes {
    fn of(&self, request: &GrpcRequest) -> &Route {
        match Way::of(&request.rpc, &request.proto) {
            Way::Call => &self.calls,
            Way::Wait => &self.waits,
            Way::Poll => &self.polls,
        }
    }
}

/// Returns the service that the client calls.
pub(super) fn service(origin: Origin, routes: Routes) -> CallbackBasedGrpcService {
    CallbackBasedGrpcService {
        callback: Arc::new(move |request| -> Answered {
            match routes.of(&request) {
                Route::Bare(connections) => {
                    let (connections, call) = (connections.clone(), message::bare(request));
                    Box::pin(async move { connections.send(named(call)?).await.map(answer) })
                }
                Route::Through(stack, connections) => {
                    let (stack, connections) = (stack.clone(), connections.clone());
                    let call = origin.call(request);
                    Box::pin(async move {
                        let mut passed: Passed = Deadline::passed_in_process;
                        if let Some(connections) = connections {
                            connections.connect().await?;
                            passed = Deadline::passed;
                        }
                        through(stack, named(call)?, passed).await.map(answer)
                    })
                }
            }
        }),
    }
}

/// Makes the status of a deadline that passed.
type Passed = fn(Deadline) -> Status;

/// Makes a call through a stack, and waits for it no longer than its caller.
async fn through(stack: RpcService, mut call: Request, passed: Passed) -> Result<Response, Status> {
    let Some(deadline) = Deadline::of(call.headers()) else {
        return stack.oneshot(call).await.map_err(status::status);
    };
    call.extensions_mut().insert(deadline);
    let answered = deadline.wait_for(stack.oneshot(call)).await;
    answered.map_or_else(
        || Err(passed(deadline)),
        |answered| answered.map_err(status::status),
    )
}

fn named(call: Option<Request>) -> Result<Request, Status> {
    call.ok_or_else(|| Status::internal("the method's name can't be a path"))
}

fn answer(response: Response) -> GrpcSuccessResponse {
    let (mut parts, message) = response.into_parts();
    // The client adds its own.
    parts.headers.remove(CONTENT_TYPE);
    GrpcSuccessResponse {
        headers: parts.headers,
        proto: message.into(),
    }
}
