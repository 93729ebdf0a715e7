use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use temporalio_client::{
    ConnectionOptions, HttpConnectProxyOptions,
    tonic::{
        Code, Status,
        body::Body,
        transport::{self, Channel, Endpoint},
    },
};
use tokio::sync::OnceCell;
use tower::{BoxError, Service};

use super::{answer, endpoint::endpoint, frame::Framed};
use crate::rpc::{
    RefusedOption,
    message::{Request, Response},
    status,
};

/// A connection to a server. Cheap to clone.
#[derive(Clone)]
pub(in crate::rpc) struct ChannelLeaf(Arc<Shared>);

struct Shared {
    target: String,
    endpoint: Endpoint,
    proxy: Option<HttpConnectProxyOptions>,
    /// Made by the first call, which is one of the client's own when it connects.
    channel: OnceCell<Channel>,
}

impl ChannelLeaf {
    /// Prepares the connection that the options describe.
    pub(in crate::rpc) fn new(options: &ConnectionOptions) -> Result<Self, RefusedOption> {
        Ok(Self(Arc::new(Shared {
            target: options.target.to_string(),
            endpoint: endpoint(options)?,
            proxy: options.http_connect_proxy.clone(),
            channel: OnceCell::new(),
        })))
    }

    /// Makes a call.
    pub(in crate::rpc) async fn send(self, request: Request) -> Result<Response, Status> {
        self.0.call(request).await
    }
}

impl Shared {
    async fn channel(&self) -> Result<Channel, Status> {
        let connect = || async {
            match &self.proxy {
                Some(proxy) => proxy.connect_endpoint(&self.endpoint).await,
                None => self.endpoint.connect().await,
            }
        };
        let connected = self.channel.get_or_try_init(connect).await;
        connected.cloned().map_err(|error| {
            let why = status::chain(&error);
            Status::unavailable(format!("cannot connect to {}: {why}", self.target))
        })
    }

    async fn call(&self, request: Request) -> Result<Response, Status> {
        let mut channel = self.channel().await?;
        let failed = |error| self.failed(error);
        poll_fn(|cx| channel.poll_ready(cx)).await.map_err(failed)?;
        let (parts, message) = request.into_parts();
        let Some(framed) = Framed::new(&message) else {
            return Err(Status::resource_exhausted(
                "grpc: received message larger than max: it does not fit a frame",
            ));
        };
        let request = http::Request::from_parts(parts, Body::new(framed));
        let response = channel.call(request).await.map_err(failed)?;
        answer::read(response, &self.target).await.map_err(broken)
    }

    /// Says what became of a call that no server answered.
    fn failed(&self, error: transport::Error) -> Status {
        let why = status::chain(&error);
        let status = Status::from_error(Box::new(error));
        if status::expired(&status) {
            return Status::deadline_exceeded("the deadline passed before the server answered");
        }
        Status::new(
            lost(status.code()),
            format!("cannot call {}: {why}", self.target),
        )
    }
}

/// The client retries a cancellation only where it sees that the transport made it, which it does
/// not across the bridge. What it would have seen is that nobody was there any more.
fn lost(code: Code) -> Code {
    match code {
        Code::Cancelled | Code::Unknown => Code::Unavailable,
        code => code,
    }
}

/// Says what became of an answer that broke off. A status that the server sent has no source.
fn broken(status: Status) -> Status {
    if std::error::Error::source(&status).is_none() {
        return status;
    }
    let why = status::chain(&status);
    Status::new(lost(status.code()), format!("the answer broke off: {why}"))
}

impl Service<Request> for ChannelLeaf {
    type Response = Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let leaf = self.clone();
        Box::pin(async move { Ok(leaf.send(request).await?) })
    }
}

impl fmt::Debug for ChannelLeaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelLeaf")
            .field("target", &self.0.target)
            .finish_non_exhaustive()
    }
}
