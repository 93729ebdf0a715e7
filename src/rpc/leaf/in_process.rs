//! Services in this process as the leaf of a stack.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use temporalio_client::{
    callback_based::{CallbackBasedGrpcService, GrpcRequest},
    tonic::Status,
};
use tower::{BoxError, Service};

use crate::rpc::{
    deadline::Deadline,
    message::{self, Request, Response},
};

/// A service in this process.
#[derive(Clone, Debug)]
pub(in crate::rpc) struct InProcess<S>(pub(in crate::rpc) S);

impl<S> Service<Request> for InProcess<S>
where
    S: Service<Request, Response = Response>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        Deadline::leaving(&mut request);
        let answer = self.0.call(request);
        Box::pin(async move { answer.await.map_err(Into::into) })
    }
}

/// The service that a connection's options already name as the one that responds to its calls.
#[derive(Clone, Debug)]
pub(in crate::rpc) struct Callback(pub(in crate::rpc) CallbackBasedGrpcService);

impl Service<Request> for Callback {
    type Response = Response;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (service, rpc) = message::split(message::method(&request));
        let (service, rpc) = (service.to_owned(), rpc.to_owned());
        let (parts, proto) = request.into_parts();
        let answer = (self.0.callback)(GrpcRequest {
            service,
            rpc,
            headers: parts.headers,
            proto,
        });
        Box::pin(async move {
            let answer = answer.await?;
            let mut response = http::Response::new(Bytes::from(answer.proto));
            *response.headers_mut() = answer.headers;
            Ok(response)
        })
    }
}
