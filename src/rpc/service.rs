use std::{
    any::{Any, TypeId},
    collections::BTreeMap,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tower::{BoxError, Service};

use super::{
    RpcLayer,
    call::RpcCall,
    message::{Request, Response},
};
use crate::{
    execution::Scoped,
    observe::{Observed, observe},
};

/// The service that an [`RpcLayer`] makes of another one.
#[derive(Clone, Debug)]
pub struct Rpc<S> {
    inner: S,
    layer: RpcLayer,
}

/// Looks for the layer of a service.
type Find = fn(&mut dyn Any) -> Option<&mut RpcLayer>;

/// How to look into each type of service that was made: an outer layer can't name what its inner
/// one was put over.
static KINDS: Mutex<BTreeMap<TypeId, Find>> = Mutex::new(BTreeMap::new());

fn find<S: 'static>(service: &mut dyn Any) -> Option<&mut RpcLayer> {
    let service: Option<&mut Rpc<S>> = service.downcast_mut();
    service.map(|service| &mut service.layer)
}

impl<S: 'static> Rpc<S> {
    /// Puts a layer over a service. If that is one of these too, the outer does what the inner had
    /// to do.
    pub(super) fn new(mut inner: S, mut layer: RpcLayer) -> Self {
        let mut kinds = KINDS.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.insert(TypeId::of::<Self>(), find::<S>);
        if let Some(find) = kinds.get(&TypeId::of::<S>())
            && let Some(inner) = find(&mut inner)
        {
            layer.take_in(inner);
        }
        Self { inner, layer }
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
        match RpcCall::starting(&request, &self.layer) {
            Some((observer, execution, call)) => {
                let next = || self.inner.call(request);
                RpcFuture::observed(observe(&observer, execution, call, next))
            }
            None => RpcFuture::bare(self.inner.call(request)),
        }
    }
}

pin_project! {
    /// The future of a call that is observed.
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
        Bare { #[pin] future: F },
        Observed { #[pin] future: Scoped<Observed<F, RpcCall>> },
    }
}

impl<F: Future<Output = Result<Response, BoxError>>> RpcFuture<F> {
    fn bare(future: F) -> Self {
        Self {
            kind: Kind::Bare { future },
        }
    }

    fn observed(future: Scoped<Observed<F, RpcCall>>) -> Self {
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
