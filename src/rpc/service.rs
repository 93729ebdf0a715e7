//! The Tower service that observes gRPC calls.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tower::{BoxError, Service};

use super::{
    RpcLayer,
    call::RpcCall,
    commit::{Watched, Watching},
    message::{Request, Response},
};
use crate::{
    execution::Scoped,
    observe::{Observed, Observer, observe},
};

/// The service that an [`RpcLayer`] wraps around another one.
#[derive(Clone, Debug)]
pub struct Rpc<S> {
    inner: Watched<S>,
    observer: Observer,
}

impl<S> Rpc<S> {
    pub(super) fn new(inner: S, layer: RpcLayer) -> Self {
        let observer = layer.observer;
        Self {
            inner: Watched::new(inner, observer.clone()),
            observer,
        }
    }
}

impl<S> Service<Request> for Rpc<S>
where
    S: Service<Request, Response = Response, Error = BoxError>,
{
    type Response = Response;
    type Error = BoxError;
    type Future = RpcFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match RpcCall::starting(&request, &self.observer) {
            Some((observer, execution, call)) => {
                let next = || self.inner.call(request);
                RpcFuture::observed(observe(&observer, execution, call, next))
            }
            None => RpcFuture::bare(self.inner.call(request)),
        }
    }
}

pin_project! {
    /// The future of an observed call.
    pub struct RpcFuture<F>
    where
        F: Future<Output = Result<Response, BoxError>>,
    {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<F>
    where
        F: Future<Output = Result<Response, BoxError>>,
    {
        Bare { #[pin] future: Watching<F> },
        Observed { #[pin] future: Scoped<Observed<Watching<F>, RpcCall>> },
    }
}

impl<F: Future<Output = Result<Response, BoxError>>> RpcFuture<F> {
    fn bare(future: Watching<F>) -> Self {
        Self {
            kind: Kind::Bare { future },
        }
    }

    fn observed(future: Scoped<Observed<Watching<F>, RpcCall>>) -> Self {
        Self {
            kind: Kind::Observed { future },
        }
    }
}

impl<F: Future<Output = Result<Response, BoxError>>> Future for RpcFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProjection::Bare { future } => future.poll(cx),
            KindProjection::Observed { future } => future.poll(cx),
        }
    }
}

impl<F: Future<Output = Result<Response, BoxError>>> std::fmt::Debug for RpcFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RpcFuture").finish_non_exhaustive()
    }
}
