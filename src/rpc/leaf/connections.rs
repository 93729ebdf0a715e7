//! Connections to a server, as the client makes its own.

use std::{
    fmt,
    future::Future,
    num::NonZeroUsize,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use temporalio_client::{
    ConnectionOptions, GrpcCompression, HttpConnectProxyOptions,
    tonic::{
        Code, Status,
        transport::{self, Channel, Endpoint},
    },
};
use tokio::sync::OnceCell;
use tower::{BoxError, Service};

use super::{endpoint::endpoint, plain, unary};
use crate::rpc::{
    RefusedOption,
    deadline::Deadline,
    message::{Request, Response},
    status,
};

/// The client's first call, which checks the server's capabilities.
const FIRST: &str = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";

/// Connections to a server that calls use in turns. Cheap to clone.
#[derive(Clone)]
pub(in crate::rpc) struct Connections(Arc<Shared>);

struct Shared {
    target: String,
    endpoint: Endpoint,
    proxy: Option<HttpConnectProxyOptions>,
    count: NonZeroUsize,
    /// Made by the first call, which the client itself makes when it connects.
    channels: OnceCell<Box<[Channel]>>,
    turn: AtomicUsize,
    /// Whether messages are compressed, on both sides.
    gzip: AtomicBool,
}

impl Connections {
    /// Prepares the connections that the options describe.
    pub(in crate::rpc) fn new(
        options: &ConnectionOptions,
        count: NonZeroUsize,
    ) -> Result<Self, RefusedOption> {
        Ok(Self(Arc::new(Shared {
            target: options.target.to_string(),
            endpoint: endpoint(options)?,
            proxy: options.http_connect_proxy.clone(),
            count,
            channels: OnceCell::new(),
            turn: AtomicUsize::new(0),
            gzip: AtomicBool::new(options.grpc_compression == GrpcCompression::Gzip),
        })))
    }

    /// Connects once. No call's time includes this.
    pub(in crate::rpc) async fn connect(&self) -> Result<&[Channel], Status> {
        let connected = self.0.channels.get_or_try_init(|| self.0.connect()).await;
        connected.map(|channels| &**channels).map_err(|error| {
            let why = status::chain(&error);
            Status::unavailable(format!("cannot connect to {}: {why}", self.0.target))
        })
    }

    /// Makes a call.
    pub(in crate::rpc) async fn send(self, request: Request) -> Result<Response, Status> {
        let channels = self.connect().await?;
        let turn = match channels.len() {
            1 => 0,
            several => self.0.turn.fetch_add(1, Ordering::Relaxed) % several,
        };
        let channel = channels[turn].clone();
        let gzip = self.0.gzip.load(Ordering::Relaxed);
        if !gzip || request.uri().path() != FIRST {
            return self.0.unary(channel, request, gzip).await;
        }
        match self.0.unary(channel.clone(), request.clone(), gzip).await {
            Err(status) if is_of_compression(&status) => {
                self.0.gzip.store(false, Ordering::Relaxed);
                self.0.unary(channel, request, false).await
            }
            answered => answered,
        }
    }
}

impl Shared {
    async fn connect(&self) -> Result<Box<[Channel]>, transport::Error> {
        let mut channels = Vec::with_capacity(self.count.get());
        for _ in 0..self.count.get() {
            channels.push(match &self.proxy {
                Some(proxy) => proxy.connect_endpoint(&self.endpoint).await?,
                None => self.endpoint.connect().await?,
            });
        }
        Ok(channels.into())
    }

    async fn unary(
        &self,
        channel: Channel,
        request: Request,
        gzip: bool,
    ) -> Result<Response, Status> {
        match gzip {
            // Boxed, since most calls are smaller.
            true => Box::pin(unary::by_tonic(channel, request, gzip, &self.target)).await,
            false => unary::plain(channel, request, &self.target).await,
        }
    }
}

/// Returns whether a server refused a message because it was compressed, by the client's rule.
fn is_of_compression(status: &Status) -> bool {
    let message = status.message().to_lowercase();
    status.code() == Code::Unimplemented
        && ["decompress", "grpc-encoding", "compressor"]
            .iter()
            .any(|word| message.contains(word))
}

impl Service<Request> for Connections {
    type Response = Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let connections = self.clone();
        Box::pin(async move {
            // The channel enforces the deadline that is set here.
            Deadline::leaving(&mut request);
            plain::dress(&mut request);
            Ok(connections.send(request).await?)
        })
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("target", &self.0.target)
            .field("count", &self.0.count)
            .finish_non_exhaustive()
    }
}
