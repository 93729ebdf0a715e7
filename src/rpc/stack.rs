use std::{any::Any, sync::Arc};

use tower::{BoxError, Layer, Service, ServiceExt as _, util::BoxCloneSyncService};

use super::{
    RpcLayer,
    leaf::ChannelLeaf,
    message::{Request, Response, RpcService},
};

/// A layer whose type is forgotten.
type Erased = Arc<dyn Fn(RpcService) -> RpcService + Send + Sync>;

/// One layer of a stack.
#[derive(Clone)]
enum Storey {
    Ours(RpcLayer),
    Other(Erased),
}

/// Layers from the outside in.
#[derive(Clone, Default)]
pub(super) struct Stack {
    storeys: Vec<Storey>,
    pub(super) retries: bool,
}

impl Stack {
    /// Adds a layer inside of the others.
    pub(super) fn push<L>(&mut self, layer: L)
    where
        L: Layer<RpcService> + Send + Sync + 'static,
        L::Service: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Error: Into<BoxError>,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        let any: &dyn Any = &layer;
        if let Some(inner) = any.downcast_ref::<RpcLayer>() {
            self.push_ours(inner.clone());
            return;
        }
        // The only thing that a stack shows of what it is made of.
        let retries = "tower::retry::Retry<";
        self.retries |= std::any::type_name::<L::Service>().contains(retries);
        self.storeys.push(Storey::Other(Arc::new(move |inner| {
            BoxCloneSyncService::new(layer.layer(inner).map_err(Into::into))
        })));
    }

    /// What stands next to one of ours becomes one with it.
    pub(super) fn push_ours(&mut self, mut layer: RpcLayer) {
        if let Some(Storey::Ours(outer)) = self.storeys.last_mut() {
            outer.watch.take_in(&mut layer.watch);
        }
        self.storeys.push(Storey::Ours(layer));
    }

    pub(super) fn len(&self) -> usize {
        self.storeys.len()
    }

    /// Puts the layers over what answers in the end.
    pub(super) fn over(&self, leaf: &Leaf) -> Way {
        if let (Leaf::Connection(leaf), []) = (leaf, &self.storeys[..]) {
            return Way::Bare(leaf.clone());
        }
        let storeys = self.storeys.iter().rev();
        Way::Through(storeys.fold(leaf.service(), |inner, storey| match storey {
            Storey::Ours(layer) if layer.watch.signals().is_empty() => inner,
            Storey::Ours(layer) => BoxCloneSyncService::new(layer.layer(inner)),
            Storey::Other(layer) => layer(inner),
        }))
    }
}

/// What answers the calls in the end.
pub(super) enum Leaf {
    Connection(ChannelLeaf),
    InProcess(RpcService),
}

impl Leaf {
    fn service(&self) -> RpcService {
        match self {
            Self::Connection(leaf) => BoxCloneSyncService::new(leaf.clone()),
            Self::InProcess(service) => service.clone(),
        }
    }
}

/// Which way a call takes.
#[derive(Clone)]
pub(super) enum Way {
    /// To a connection, with nothing in between that would ask where it goes.
    Bare(ChannelLeaf),
    Through(RpcService),
}
