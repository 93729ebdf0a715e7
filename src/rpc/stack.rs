//! The stack of Tower layers around the gRPC calls of a client.

use std::{any::Any, fmt, num::NonZeroUsize};

use temporalio_client::ConnectionOptions;
use tower::{BoxError, Layer, Service, util::BoxCloneSyncService};

use super::{
    RefusedOption, Retries,
    callback::{Route, Routes, service},
    layers::{Layers, erased},
    leaf::{Callback, Connections, InProcess},
    message::{Origin, Request, Response, RpcService},
};

/// Runs Tower layers around the gRPC calls of a client: a [`tower::Layer`] over connection options.
///
/// Calls take one of three ways, each with its own layers; the [module](super) says which calls
/// take which way, and what it costs. Layers apply in the order in which they are added, outermost
/// first.
///
/// ```
/// use std::time::Duration;
///
/// use chronoscope::{Observability, rpc::{Retries, Stack}};
/// use temporalio_client::{ConnectionOptions, RetryOptions, Url};
/// use tower::limit::ConcurrencyLimitLayer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let observability = Observability::builder().build()?;
/// let options = ConnectionOptions::new(Url::parse("http://localhost:7233")?)
///     // The layer retries instead of the client.
///     .retry_options(RetryOptions::no_retries())
///     .build();
/// let options = Stack::new()
///     .retrying(Retries::at_most(5))
///     .calls(ConcurrencyLimitLayer::new(64))
///     .all(observability.rpc())
///     .wrap(options)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Stack {
    calls: Layers,
    waits: Layers,
    polls: Layers,
    /// Whether a layer is known to retry calls or waits.
    retries: bool,
    /// Whether a layer is known to retry polls.
    retries_polls: bool,
    connections: NonZeroUsize,
    service: Option<RpcService>,
}

impl Default for Stack {
    fn default() -> Self {
        Self {
            calls: Layers::default(),
            waits: Layers::default(),
            polls: Layers::default(),
            retries: false,
            retries_polls: false,
            connections: NonZeroUsize::MIN,
            service: None,
        }
    }
}

/// A setter for a layer, with the bounds that all setters share.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $layer:ident, $retries:ident, $self:ident => $push:block)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name<L>(mut $self, $layer: L) -> Self
        where
            L: Layer<RpcService> + Send + Sync + 'static,
            L::Service: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
            <L::Service as Service<Request>>::Error: Into<BoxError>,
            <L::Service as Service<Request>>::Future: Send + 'static,
        {
            let $retries = (&$layer as &dyn Any).is::<Retries>();
            let $layer = erased($layer);
            $push
            $self
        }
    )*};
}

impl Stack {
    /// Creates a stack without layers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Adds a layer around short calls.
        calls: layer, retries, self => {
            self.retries |= retries;
            self.calls.push(layer);
        }

        /// Adds a layer around calls that the server holds for a caller: results, updates, and
        /// histories with `wait_new_event`.
        waits: layer, retries, self => {
            self.retries |= retries;
            self.waits.push(layer);
        }

        /// Adds a layer around the polls of workers.
        ///
        /// A poll waits for up to a minute: a limit of five would be used up by a worker's five
        /// pollers, and a timeout of ten seconds would end each poll. The client retries polls
        /// forever, whatever its options say, so a layer must not: [`Retries`] here or in
        /// [`all`](Self::all) are refused by [`wrap`](Self::wrap). Another layer that retries, or
        /// one with `Retries` inside, can't be recognised; but `Retries` never retries polls,
        /// wherever it is.
        polls: layer, retries, self => {
            self.retries_polls |= retries;
            self.polls.push(layer);
        }

        /// Adds a layer around calls, waits and polls alike.
        all: layer, retries, self => {
            self.retries_polls |= retries;
            self.calls.push(layer.clone());
            self.waits.push(layer.clone());
            self.polls.push(layer);
        }

        /// Adds a layer that retries, such as [`Retries`], around calls and waits.
        ///
        /// The client must not retry them as well: [`wrap`](Self::wrap) refuses that. If another
        /// setter adds the layer, `wrap` can refuse it only if it is `Retries` itself.
        retrying: layer, _retries, self => {
            self.retries = true;
            self.calls.push(layer.clone());
            self.waits.push(layer);
        }
    }

    /// Sets the number of connections, which calls use in turns. Default: 1; 0 counts as 1.
    ///
    /// One connection carries more than a thousand calls at once. Several help if a load balancer
    /// distributes by connection, or if one connection keeps a core busy.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = NonZeroUsize::new(connections).unwrap_or(NonZeroUsize::MIN);
        self
    }

    /// Sets a service in this process that responds to the calls. Default: the options' own
    /// `service_override`, otherwise connections to their target.
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

    /// Puts the stack around the calls of a connection with these options.
    ///
    /// # Errors
    ///
    /// [`RefusedOption`] names an option that the stack can't honour as the client does.
    pub fn wrap(&self, mut options: ConnectionOptions) -> Result<ConnectionOptions, RefusedOption> {
        self.check_retries(&options)?;
        let origin = Origin::of(options.target.as_str())
            .ok_or_else(|| RefusedOption::new("target", "it has no host"))?;
        let leaf = self.leaf(&mut options)?;
        let routes = Routes {
            calls: leaf.route(&self.calls),
            waits: leaf.route(&self.waits),
            polls: leaf.route(&self.polls),
        };
        options.service_override = Some(service(origin, routes));
        options.dns_load_balancing = None;
        Ok(options)
    }

    /// Refuses retries on both levels.
    fn check_retries(&self, options: &ConnectionOptions) -> Result<(), RefusedOption> {
        let why = if self.retries_polls {
            "a layer around polls retries, and the client always retries its polls forever; add the \
             layer with `Stack::retrying`, which leaves polls out"
        } else if self.retries && options.retry_options.max_retries != 1 {
            "a layer of the stack retries, and the client would retry on top of it; set it to \
             `RetryOptions::no_retries()`, or leave the layer out"
        } else {
            return Ok(());
        };
        Err(RefusedOption::new("retry_options", why))
    }

    /// Returns the innermost service.
    fn leaf(&self, options: &mut ConnectionOptions) -> Result<Leaf, RefusedOption> {
        if let Some(service) = &self.service {
            return Ok(Leaf::InProcess(service.clone()));
        }
        Ok(match options.service_override.take() {
            Some(service) => {
                Leaf::InProcess(BoxCloneSyncService::new(InProcess(Callback(service))))
            }
            None => Leaf::Connections(Connections::new(options, self.connections)?),
        })
    }
}

/// The innermost service of a stack.
enum Leaf {
    Connections(Connections),
    InProcess(RpcService),
}

impl Leaf {
    /// Puts layers around the innermost service. A future layer that must see each attempt as it
    /// leaves, on all ways, belongs between the two.
    fn route(&self, layers: &Layers) -> Route {
        match self {
            Self::Connections(connections) if layers.is_empty() => Route::Bare(connections.clone()),
            Self::Connections(connections) => {
                let leaf = BoxCloneSyncService::new(connections.clone());
                Route::Through(layers.around(leaf), Some(connections.clone()))
            }
            Self::InProcess(service) => Route::Through(layers.around(service.clone()), None),
        }
    }
}

impl Layer<ConnectionOptions> for Stack {
    type Service = Result<ConnectionOptions, RefusedOption>;

    fn layer(&self, options: ConnectionOptions) -> Self::Service {
        self.wrap(options)
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("calls", &self.calls.len())
            .field("waits", &self.waits.len())
            .field("polls", &self.polls.len())
            .field("retries", &self.retries)
            .field("connections", &self.connections)
            .field("in_process", &self.service.is_some())
            .finish()
    }
}
