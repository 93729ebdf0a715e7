mod builder;
mod env;
#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "metrics")]
mod metrics;

use std::fmt;

#[cfg(feature = "logs")]
pub use self::logs::InvalidLogFilter;
pub use self::{builder::Builder, env::InvalidEnv};
use crate::{
    layer::ObservabilityLayer, observe::Observer, plugin::ObservabilityPlugin, replay::Replayed,
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
    sinks: std::sync::Arc<crate::logs::Sinks>,
    #[cfg(feature = "metrics")]
    meter: Option<crate::metrics::FacadeMeter>,
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
            #[cfg(feature = "metrics")]
            meter: self.connection_meter(),
        }
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

    /// Returns how many calls of hooks panicked. Each was caught.
    #[must_use]
    pub fn hook_panics(&self) -> u64 {
        self.observer.hook_panics()
    }
}

impl fmt::Debug for Observability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observability")
            .field("observer", &self.observer)
            .finish_non_exhaustive()
    }
}
