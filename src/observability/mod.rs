mod activities;
mod builder;
mod env;
mod exporters;
#[cfg(feature = "introspect")]
mod inside;
#[cfg(feature = "logs")]
mod logs;
mod metrics;
mod search_attributes;
mod traces;

use std::{fmt, sync::Arc};

use temporalio_common::telemetry::metrics::TemporalMeter;

#[cfg(feature = "introspect")]
pub(crate) use self::inside::Inside;
#[cfg(feature = "logs")]
pub use self::logs::InvalidLogFilter;
pub use self::{
    builder::{Builder, InstallError},
    env::InvalidEnv,
};
use crate::{
    layer::ObservabilityLayer, metrics::Pipeline, observe::Observer, plugin::ObservabilityPlugin,
    replay::Replayed,
};

/// The one value that users build: what to observe, and where it goes. Cheap to clone.
///
/// ```
/// use chronoscope::Observability;
///
/// let observability = Observability::builder().build();
/// let layer = observability.layer();
/// # let _ = layer;
/// ```
#[derive(Clone)]
pub struct Observability {
    observer: Observer,
    #[cfg(feature = "logs")]
    sinks: Arc<crate::logs::Sinks>,
    connection_meter: Option<TemporalMeter>,
    pipeline: Arc<Pipeline>,
    #[cfg(feature = "introspect")]
    failure_messages: crate::trace::FailureMessages,
}

impl Observability {
    /// Returns a builder with the defaults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns the layer that wires this into the options of connections, clients, workers and
    /// replayers.
    #[must_use]
    pub fn layer(&self) -> ObservabilityLayer {
        ObservabilityLayer {
            observer: self.observer.clone(),
            meter: self.connection_meter.clone(),
            activities: true,
        }
    }

    /// Returns the layer that observes gRPC calls, for [`rpc::Stack::all`](crate::rpc::Stack::all) or
    /// for another stack of Tower layers.
    #[must_use]
    pub fn rpc(&self) -> crate::rpc::RpcLayer {
        crate::rpc::RpcLayer::new(self.observer.clone())
    }

    /// Returns the same wiring as a plugin, for a client and the workers made from it.
    #[must_use]
    pub fn plugin(&self) -> ObservabilityPlugin {
        ObservabilityPlugin::new(self.layer())
    }

    /// Returns what replay would have repeated so far, by workflow type.
    #[must_use]
    pub fn replayed(&self) -> Vec<Replayed> {
        self.observer.replayed()
    }

    /// Writes out the log lines that are still buffered, sends what metrics there are to a
    /// collector, and ends the threads that did it.
    ///
    /// Call it when `main` ends. It waits about a second for a writer that is stuck, and up to five
    /// for the spans and again for the metrics of a collector that does not answer. What is logged afterwards is dropped and counted in
    /// `losses`. Log lines are also written out when the last clone of an installed value is
    /// dropped.
    pub fn shutdown(&self) {
        if let Some(traces) = self.observer.traced() {
            traces.shutdown();
        }
        self.pipeline.exports.shutdown();
        // The last, for what the others log on their way out.
        #[cfg(feature = "logs")]
        self.sinks.shutdown();
    }

    /// Returns how many calls of hooks panicked. Each was caught.
    #[must_use]
    pub fn hook_panics(&self) -> u64 {
        self.observer.hook_panics()
    }
}

#[cfg(any(feature = "testing", feature = "rebuild"))]
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
