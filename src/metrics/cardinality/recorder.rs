use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use rapidhash::RapidHashSet;

use super::{
    CardinalityLimits,
    seen::{Folded, Reason, Seen},
};
use crate::{
    metrics::METADATA,
    schema::{Label, Metric, Naming},
};

/// Counts what was folded and dropped.
#[derive(Debug, Default)]
pub(crate) struct FoldCounts {
    folded: AtomicU64,
    dropped: AtomicU64,
}

/// What became of series that were too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeriesCounts {
    /// Values of labels that were folded into `__other__`.
    pub folded: u64,
    /// Series that were dropped, since there were too many metrics.
    pub dropped: u64,
}

impl FoldCounts {
    pub(crate) fn so_far(&self) -> SeriesCounts {
        SeriesCounts {
            folded: self.folded.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }
}

/// A recorder that bounds how many series there are.
///
/// See the [module](super).
pub struct LimitCardinality<R> {
    inner: R,
    limits: CardinalityLimits,
    naming: Naming,
    /// The keys that need no folding.
    known: RwLock<RapidHashSet<Key>>,
    metrics: Mutex<HashMap<Box<str>, Seen>>,
    dropped: Counter,
    folds: Arc<FoldCounts>,
}

impl<R: Recorder> LimitCardinality<R> {
    /// Wraps a recorder.
    pub fn new(inner: R, limits: CardinalityLimits) -> Self {
        Self::with_naming(inner, limits, Naming::default())
    }

    pub(crate) fn with_naming(inner: R, limits: CardinalityLimits, naming: Naming) -> Self {
        let name = Metric::SeriesDropped.exported_name(naming);
        let dropped = inner.register_counter(&Key::from_name(name), &METADATA);
        Self {
            inner,
            limits,
            naming,
            known: RwLock::default(),
            metrics: Mutex::default(),
            dropped,
            folds: Arc::default(),
        }
    }

    /// Returns what counts values that were folded and series that were dropped.
    pub(crate) fn folds(&self) -> Arc<FoldCounts> {
        self.folds.clone()
    }

    /// Registers the key, or what becomes of it; nothing for a metric too many.
    fn register<H>(&self, key: &Key, register: impl FnOnce(&Key) -> H) -> Option<H> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains(key) {
            return Some(register(key));
        }
        drop(known);

        let Some((admitted, folded)) = self.admit(key) else {
            // The metric is a view of the count.
            let dropped = self.folds.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            self.dropped.absolute(dropped);
            return None;
        };
        for folded in &folded {
            self.count(key, folded);
        }
        if folded.is_empty() {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(key.clone());
        }
        Some(register(&admitted))
    }

    fn admit(&self, key: &Key) -> Option<(Key, Vec<Folded>)> {
        let mut metrics = self.metrics.lock().unwrap_or_else(PoisonError::into_inner);
        if !metrics.contains_key(key.name()) {
            if metrics.len() >= self.limits.metrics {
                return None;
            }
            metrics.insert(key.name().into(), Seen::default());
        }
        let seen = metrics.get_mut(key.name())?;
        Some(seen.admit(key, &self.limits))
    }

    fn count(&self, key: &Key, folded: &Folded) {
        let labels = [
            (Label::Metric.name(), key.name().to_owned()),
            (Label::Label.name(), folded.label.clone()),
            (Label::Reason.name(), folded.reason.name().to_owned()),
        ];
        let name = Metric::LabelValuesFolded.exported_name(self.naming);
        let counter = self
            .inner
            .register_counter(&Key::from_parts(name, &labels), &METADATA);
        counter.increment(1);
        self.folds.folded.fetch_add(1, Ordering::Relaxed);
        if folded.first {
            warn(key.name(), folded);
        }
    }
}

/// Says once a metric and label that values are folded, and what to do.
fn warn(metric: &str, folded: &Folded) {
    let label = &*folded.label;
    match folded.reason {
        Reason::Id => tracing::warn!(
            metric,
            label,
            "a label's value looks like an id and is folded into `__other__`: ids belong on logs \
             and spans; allow a value that is none by `CardinalityLimits::allow`"
        ),
        Reason::Values => tracing::warn!(
            metric,
            label,
            "a label has too many values; further ones are folded into `__other__`: drop the \
             label, or raise its limit by `CardinalityLimits::values_of`"
        ),
        Reason::Series => tracing::warn!(
            metric,
            label,
            "a metric has too many series; labels of further ones are folded into `__other__`: \
             drop a label, or raise the limit by `CardinalityLimits::series`"
        ),
    }
}

impl<R: Recorder> Recorder for LimitCardinality<R> {
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
        self.register(key, |key| self.inner.register_counter(key, metadata))
            .unwrap_or_else(Counter::noop)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.register(key, |key| self.inner.register_gauge(key, metadata))
            .unwrap_or_else(Gauge::noop)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.register(key, |key| self.inner.register_histogram(key, metadata))
            .unwrap_or_else(Histogram::noop)
    }
}

impl<R: fmt::Debug> fmt::Debug for LimitCardinality<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitCardinality")
            .field("inner", &self.inner)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
