//! The `Observability` value that users build, and its parts.

mod builder;
mod error;
mod from_env;
mod health;
mod members;
mod outputs;
#[cfg(feature = "introspect")]
mod process;
#[cfg(feature = "prometheus")]
mod ready;
mod runtime;
#[cfg(feature = "logs")]
mod written;

use std::{fmt, sync::Arc};

use temporalio_common::telemetry::metrics::TemporalMeter;

use self::outputs::{FlushedWhenDropped, Outputs};
#[cfg(feature = "introspect")]
pub(crate) use self::process::Process;
pub use self::{
    builder::Builder,
    error::SetupError,
    health::{Exporter, Health},
};
use crate::{
    layer::{ObservabilityLayer, Wrap},
    observe::Observer,
    plugin::ObservabilityPlugin,
};

/// The value that users build: what to observe, and where telemetry goes. Cheap to clone.
///
/// ```
/// use chronoscope::Observability;
/// use temporalio_sdk::WorkerOptions;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let observability = Observability::builder().build()?;
/// let options = observability.wrap(WorkerOptions::new("orders").build());
/// # let _ = options;
/// # Ok(())
/// # }
/// ```
///
/// # How long it lives
///
/// Wrapped options keep everything that they need: exporters, writers and servers run as long as
/// there is a worker, a client, a runtime or a layer of this value, and with
/// [`install`](Builder::install) as long as the process. [`shutdown`](Self::shutdown) ends them.
///
/// When the last clone is dropped without a shutdown, for example because `main` returns early with
/// `?`, all buffered telemetry is sent and written, in the time that a shutdown takes, and
/// wrapped workers and clients continue to be observed.
#[derive(Clone)]
#[must_use = "wrap the options of connections, clients and workers with it"]
pub struct Observability {
    observer: Observer,
    connection_meter: Option<TemporalMeter>,
    outputs: Arc<Outputs>,
    _flushed: Arc<FlushedWhenDropped>,
}

impl Observability {
    /// Returns a builder with the defaults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Wires this into the options of connections, clients, workers and replayers.
    ///
    /// Wrap options last, when they are complete: a later call that replaces their interceptors,
    /// such as `register_workflow_interceptors`, removes chronoscope's.
    pub fn wrap<O: Wrap>(&self, options: O) -> O {
        options.wrapped_by(&self.layer())
    }

    /// Returns the same wiring as a [`tower::Layer`] over options, for code that composes layers.
    #[must_use]
    pub fn layer(&self) -> ObservabilityLayer {
        self.outputs.say();
        ObservabilityLayer {
            observer: self.observer.clone(),
            meter: self.connection_meter.clone(),
            activities: true,
        }
    }

    /// Returns the same wiring as an SDK plugin, for a client and the workers made from it.
    ///
    /// It reaches a connection only through `Client::connect`: see [`ObservabilityPlugin`].
    #[must_use]
    pub fn plugin(&self) -> ObservabilityPlugin {
        ObservabilityPlugin::new(self.layer())
    }

    /// Returns a snapshot of telemetry's health so far.
    ///
    /// The metrics `chronoscope_*` and the introspection service's `GetHealth` are views of it.
    #[must_use]
    pub fn health(&self) -> Health {
        self.outputs.health()
    }

    /// Sends and writes all buffered telemetry, and ends exporters, writers and servers.
    ///
    /// Call it when `main` ends. Spans and log records are sent first, then metrics, and lines are
    /// written last. That takes at most 15 seconds with a console and a file: two for histories that tell
    /// whether a task was accepted, five for all collectors of spans and log records that do not answer,
    /// five for those of metrics, and one and a half for each writer that is stuck. What is recorded afterwards is
    /// dropped and counted in [`health`](Self::health). Calling it again does nothing.
    pub fn shutdown(&self) {
        if let Some(holding) = self.observer.registry().holding() {
            holding.end();
        }
        self.outputs.shutdown();
    }

    /// Returns the address where metrics are served, if they are, with the actual port if 0 was
    /// set.
    #[cfg(feature = "prometheus")]
    #[must_use]
    pub fn prometheus_address(&self) -> Option<std::net::SocketAddr> {
        self.outputs.pipeline.exports.prometheus_address()
    }

    /// Returns the address where introspection is served, if it is, with the actual port if 0 was
    /// set.
    #[cfg(feature = "introspect")]
    #[must_use]
    pub fn introspect_address(&self) -> Option<std::net::SocketAddr> {
        self.outputs.introspect_address()
    }
}

#[cfg(any(feature = "__unwired", feature = "rebuild"))]
impl Observability {
    pub(crate) fn observer(&self) -> &Observer {
        &self.observer
    }
}

impl fmt::Debug for Observability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observability")
            .field("observer", &self.observer)
            .finish_non_exhaustive()
    }
}
