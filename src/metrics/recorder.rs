//! The recorder of users' own metrics.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::{
    cardinality::NamespaceLabel,
    gated::{Gated, GatedGauge},
    labels::labelled,
};

/// A recorder whose handles pass the replay gate and have the labels of the current execution.
///
/// See the [module](super).
///
/// ```
/// use chronoscope::metrics::ReplayRecorder;
/// use metrics::{NoopRecorder, counter, with_local_recorder};
///
/// let recorder = ReplayRecorder::new(NoopRecorder); // your own recorder
/// let refusals = recorder.refusals();
/// with_local_recorder(&recorder, || counter!("orders_total").increment(1));
/// assert_eq!(refusals.count(), 0);
/// ```
#[derive(Debug)]
pub struct ReplayRecorder<R> {
    inner: R,
    refusals: Refusals,
    /// What the label `namespace` will be called, if it is called otherwise.
    namespace: Option<NamespaceLabel>,
}

impl<R> ReplayRecorder<R> {
    /// Wraps a recorder.
    pub fn new(inner: R) -> Self {
        Self::with(inner, Refusals::default(), None)
    }

    pub(super) fn with(inner: R, refusals: Refusals, namespace: Option<NamespaceLabel>) -> Self {
        Self {
            inner,
            refusals,
            namespace,
        }
    }

    /// Returns the counter of gauge changes that were refused in workflow code.
    #[must_use]
    pub fn refusals(&self) -> Refusals {
        self.refusals.clone()
    }
}

impl<R: Recorder> Recorder for ReplayRecorder<R> {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_counter(key, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_gauge(key, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.inner.describe_histogram(key, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        let labelled = labelled(key, self.namespace.as_ref());
        let counter = self
            .inner
            .register_counter(labelled.as_ref().unwrap_or(key), metadata);
        Counter::from_arc(Arc::new(Gated {
            inner: counter,
            key: key.get_hash(),
        }))
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        let labelled = labelled(key, self.namespace.as_ref());
        Gauge::from_arc(Arc::new(GatedGauge {
            gauge: self
                .inner
                .register_gauge(labelled.as_ref().unwrap_or(key), metadata),
            key: key.get_hash(),
            name: key.name().into(),
            refusals: self.refusals.clone(),
        }))
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        let labelled = labelled(key, self.namespace.as_ref());
        let histogram = self
            .inner
            .register_histogram(labelled.as_ref().unwrap_or(key), metadata);
        Histogram::from_arc(Arc::new(Gated {
            inner: histogram,
            key: key.get_hash(),
        }))
    }
}

/// Counts the increments and decrements of gauges that were refused in workflow code.
#[derive(Clone, Default)]
pub struct Refusals {
    count: Arc<AtomicU64>,
}

impl Refusals {
    /// Returns the number of refused changes.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn refuse(&self, gauge: &str) {
        if self.count.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                gauge,
                "a gauge was incremented or decremented in workflow code, where it can only be set: \
                 another worker that takes over the run would not know; the change is dropped"
            );
        }
    }
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Refusals").field(&self.count()).finish()
    }
}
