//! Layers with erased types.

use std::sync::Arc;

use tower::{BoxError, Layer, Service, ServiceExt as _, util::BoxCloneSyncService};

use super::message::{Request, Response, RpcService};

/// A layer for any of the ways.
pub(super) type Erased = Arc<dyn Fn(RpcService) -> RpcService + Send + Sync>;

/// Erases the type of a layer.
pub(super) fn erased<L>(layer: L) -> Erased
where
    L: Layer<RpcService> + Send + Sync + 'static,
    L::Service: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request>>::Error: Into<BoxError>,
    <L::Service as Service<Request>>::Future: Send + 'static,
{
    Arc::new(move |inner| BoxCloneSyncService::new(layer.layer(inner).map_err(Into::into)))
}

/// Layers from the outside in.
#[derive(Clone, Default)]
pub(super) struct Layers(Vec<Erased>);

impl Layers {
    /// Adds a layer inside the others.
    pub(super) fn push(&mut self, layer: Erased) {
        self.0.push(layer);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts the layers around a service.
    pub(super) fn around(&self, innermost: RpcService) -> RpcService {
        let layers = self.0.iter().rev();
        layers.fold(innermost, |inner, layer| layer(inner))
    }
}
