//! The recorder that folds and drops series beyond the limits.

use std::{fmt, sync::Arc};

use parking_lot::RwLock;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use rapidhash::RapidHashMap;

use super::{
    CardinalityLimits,
    change::{Change, Folded, Refusal, tell, tell_of_refusal},
    claims::Claims,
    counts::Counts,
    finite::Finite,
    grow::ask,
    names::{self, Kind},
};
use crate::{
    metrics::{LIMIT, METADATA},
    schema::{Label, Metric, Naming},
};

/// A recorder that bounds how many series there are, and lets nothing pass that a sink can't take.
///
/// See the [module](super).
pub struct LimitCardinality<R> {
    inner: R,
    limits: CardinalityLimits,
    naming: Naming,
    /// The keys of each kind that need no folding, with those that they are recorded under.
    known: [RwLock<RapidHashMap<Key, Option<Key>>>; 3],
    claims: RwLock<Claims>,
    dropped: Counter,
    counts: Arc<Counts>,
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
            known: Default::default(),
            claims: RwLock::new(Claims::new(naming)),
            dropped,
            counts: Arc::default(),
        }
    }

    /// Returns what counts values that were folded, series that were dropped, and the like.
    pub(crate) fn counts(&self) -> Arc<Counts> {
        self.counts.clone()
    }

    /// Registers the key with its changes; nothing for a metric that can't be recorded.
    fn register<H>(&self, key: &Key, kind: Kind, register: impl FnOnce(&Key) -> H) -> Option<H> {
        let known = &self.known[kind as usize];
        let found = known.read();
        if let Some(admitted) = found.get(key) {
            return Some(register(admitted.as_ref().unwrap_or(key)));
        }
        drop(found);

        // What is folded or refused is so each time: threads that record it share the lock.
        let admitted = ask(&self.claims, |mut claims| {
            claims.admit(key, kind, &self.limits)
        });
        let (admitted, changes) = match admitted? {
            Ok(admitted) => admitted,
            Err(refusal) => {
                self.refuse(key, kind, &refusal);
                return None;
            }
        };
        for change in &changes {
            self.count(&admitted, change);
            tell(key.name(), change);
        }
        if changes.iter().all(Change::is_for_good) {
            let mut known = known.write();
            if admitted == *key {
                known.insert(key.clone(), None);
            } else if known.len() < LIMIT {
                // There are many spellings of one name.
                known.insert(key.clone(), Some(admitted.clone()));
            }
        }
        Some(register(&admitted))
    }

    /// Describes a metric, if there is room for that, by its name as it is recorded, and without a
    /// unit that makes another metric's name of it.
    fn describe(
        &self,
        key: KeyName,
        kind: Kind,
        unit: Option<Unit>,
        describe: impl FnOnce(KeyName, Option<Unit>),
    ) {
        let name = names::metric(key.as_str());
        let mut claims = self.claims.write();
        if !claims.describe(&name, kind, &self.limits) {
            return;
        }
        let unit = unit.filter(|unit| claims.take_with_unit(&name, kind, *unit));
        drop((claims, name));
        describe(spelled(key), unit);
    }

    fn refuse(&self, key: &Key, kind: Kind, refusal: &Refusal) {
        // The metric is a view of the count.
        self.dropped.absolute(self.counts.drop_one());
        tell_of_refusal(key.name(), kind, refusal);
    }

    fn count(&self, admitted: &Key, change: &Change) {
        match change {
            Change::Metric(_) | Change::Label { .. } => self.counts.rename(),
            Change::Folded(folded) => self.count_fold(admitted, folded),
        }
    }

    fn count_fold(&self, admitted: &Key, folded: &Folded) {
        let labels = [
            (Label::Metric.name(), admitted.name().to_owned()),
            (Label::Label.name(), folded.label.to_string()),
            (Label::Reason.name(), folded.reason.name().to_owned()),
        ];
        let name = Metric::LabelValuesFolded.exported_name(self.naming);
        let counter = self
            .inner
            .register_counter(&Key::from_parts(name, &labels), &METADATA);
        counter.increment(1);
        self.counts.fold();
    }
}

/// Returns a name as it is recorded, unless it is asked for in more spellings than one.
fn spelled(name: KeyName) -> KeyName {
    match names::metric(name.as_str()) {
        std::borrow::Cow::Borrowed(_) => name,
        std::borrow::Cow::Owned(spelled) => spelled.into(),
    }
}

impl<R: Recorder> Recorder for LimitCardinality<R> {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        let describe = |key, unit| self.inner.describe_counter(key, unit, description);
        self.describe(key, Kind::Counter, unit, describe);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        let describe = |key, unit| self.inner.describe_gauge(key, unit, description);
        self.describe(key, Kind::Gauge, unit, describe);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        let describe = |key, unit| self.inner.describe_histogram(key, unit, description);
        self.describe(key, Kind::Histogram, unit, describe);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        let register = |key: &Key| self.inner.register_counter(key, metadata);
        self.register(key, Kind::Counter, register)
            .unwrap_or_else(Counter::noop)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        let register = |key: &Key| self.inner.register_gauge(key, metadata);
        let gauge = self.register(key, Kind::Gauge, register);
        gauge.map_or_else(Gauge::noop, |gauge| {
            Gauge::from_arc(Finite::new(gauge, &self.counts))
        })
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        let register = |key: &Key| self.inner.register_histogram(key, metadata);
        let histogram = self.register(key, Kind::Histogram, register);
        histogram.map_or_else(Histogram::noop, |histogram| {
            Histogram::from_arc(Finite::new(histogram, &self.counts))
        })
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
