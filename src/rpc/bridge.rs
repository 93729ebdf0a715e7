use std::{fmt, sync::Arc};

use http::header::CONTENT_TYPE;
use temporalio_client::{
    ConnectionOptions,
    callback_based::{CallbackBasedGrpcService, GrpcSuccessResponse},
    tonic::Status,
};
use tower::{BoxError, Layer, Service, ServiceExt as _, util::BoxCloneSyncService};

use super::{
    RefusedOption, RpcLayer, ids,
    leaf::{Callback, ChannelLeaf, InProcess},
    message::{self, Origin, Request, Response, RpcService},
    stack::{Leaf, Stack, Way},
    status,
};

/// Puts Tower layers round the gRPC calls of a client: a [`tower::Layer`] over its connection's
/// options.
///
/// The [room's page](super) says what goes where, and what it costs.
#[derive(Clone, Default)]
pub struct RpcBridge {
    calls: Stack,
    polls: Stack,
    observed: Option<RpcLayer>,
    service: Option<RpcService>,
}

impl RpcBridge {
    /// Creates a bridge without layers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer round short calls, inside of those that were added before.
    #[must_use]
    pub fn around_calls<L>(mut self, layer: L) -> Self
    where
        L: Layer<RpcService> + Send + Sync + 'static,
        L::Service: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Error: Into<BoxError>,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.calls.push(layer);
        self
    }

    /// Adds a layer round long polls, inside of those that were added before.
    ///
    /// A poll waits for a minute while nothing happens: a limit of five would hold a worker's five
    /// pollers and nothing else, and a timeout of ten seconds would end each.
    #[must_use]
    pub fn around_polls<L>(mut self, layer: L) -> Self
    where
        L: Layer<RpcService> + Send + Sync + 'static,
        L::Service: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Error: Into<BoxError>,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.polls.push(layer);
        self
    }

    /// Observes every call and every poll as it leaves, inside of all other layers: each attempt
    /// of a retry by itself. Default: nothing is observed.
    #[must_use]
    pub fn observed(mut self, layer: RpcLayer) -> Self {
        self.observed = Some(layer);
        self
    }

    /// Sets a service in this process that answers the calls. Default: the options' own
    /// `service_override`, or else a connection to their target.
    #[must_use]
    pub fn in_process<S>(mut self, service: S) -> Self
    where
        S: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        self.service = Some(BoxCloneSyncService::new(InProcess(service)));
        self
    }

    /// Returns what answers the calls in the end.
    fn leaf(&self, options: &mut ConnectionOptions) -> Result<Leaf, RefusedOption> {
        if let Some(service) = &self.service {
            return Ok(Leaf::InProcess(service.clone()));
        }
        Ok(match options.service_override.take() {
            Some(service) => {
                Leaf::InProcess(BoxCloneSyncService::new(InProcess(Callback(service))))
            }
            None => Leaf::Connection(ChannelLeaf::new(options)?),
        })
    }

    /// Refuses to retry what is retried already.
    fn check_retries(&self, options: &ConnectionOptions) -> Result<(), RefusedOption> {
        if self.polls.retries {
            return Err(RefusedOption::new(
                "retry_options",
                "a layer round long polls retries, and the client retries its polls for ever \
                 whatever this says; put the layer round short calls",
            ));
        }
        if self.calls.retries && options.retry_options.max_retries != 1 {
            return Err(RefusedOption::new(
                "retry_options",
                "a layer of the bridge retries, and the client would retry on top of it; set it to \
                 `RetryOptions::no_retries()`, or leave the layer out",
            ));
        }
        Ok(())
    }
}

impl Layer<ConnectionOptions> for RpcBridge {
    type Service = Result<ConnectionOptions, RefusedOption>;

    fn layer(&self, mut options: ConnectionOptions) -> Self::Service {
        self.check_retries(&options)?;
        let origin = Origin::of(options.target.as_str())
            .ok_or_else(|| RefusedOption::new("target", "it has no host"))?;
        let leaf = self.leaf(&mut options)?;
        let (mut calls, mut polls) = (self.calls.clone(), self.polls.clone());
        if let Some(observed) = &self.observed {
            calls.push_ours(observed.clone());
            polls.push_ours(observed.clone());
        }
        let (calls, polls) = (calls.over(&leaf), polls.over(&leaf));
        options.service_override = Some(service(origin, calls, polls));
        options.dns_load_balancing = None;
        Ok(options)
    }
}

/// Returns the service that the client calls.
fn service(origin: Origin, calls: Way, polls: Way) -> CallbackBasedGrpcService {
    CallbackBasedGrpcService {
        callback: Arc::new(move |request| {
            let way = match ids::is_long_poll(&request.rpc, &request.proto) {
                true => &polls,
                false => &calls,
            };
            match way {
                Way::Bare(leaf) => {
                    let (leaf, call) = (leaf.clone(), message::bare(request));
                    Box::pin(async move { leaf.send(named(call)?).await.map(answer) })
                }
                Way::Through(stack) => {
                    let (stack, call) = (stack.clone(), origin.call(request));
                    Box::pin(async move {
                        let answered = stack.oneshot(named(call)?).await;
                        answered.map(answer).map_err(status::status)
                    })
                }
            }
        }),
    }
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

impl fmt::Debug for RpcBridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcBridge")
            .field("layers", &self.calls.len())
            .field("poll_layers", &self.polls.len())
            .field("observed", &self.observed)
            .field("in_process", &self.service.is_some())
            .finish()
    }
}
