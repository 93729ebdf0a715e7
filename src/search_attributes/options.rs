//! The settings of search attributes, and the counts of their changes.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use opentelemetry::trace::TraceId;
use temporalio_common::protos::temporal::api::common::v1::SearchAttributes;

use super::{Key, Kind, RunAttributes, TraceLink, change::Effective};

/// The changes that [`upsert`](super::upsert) was called with since the process started. A replay
/// counts nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpsertCounts {
    /// Changes that were sent in a command.
    pub sent: u64,
    /// Changes that were skipped, since the attribute already had the value.
    pub skipped: u64,
}

/// Sets up the trace link and the mirror of search attributes, for
/// [`Builder::search_attributes`](crate::Builder::search_attributes).
///
/// ```
/// use chronoscope::{
///     Observability,
///     search_attributes::{Key, Keyword},
/// };
///
/// const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
///
/// let builder = Observability::builder().search_attributes(|s| s.mirror(ORDER_STATUS));
/// # let _ = builder;
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until it is returned"]
pub struct SearchAttributesBuilder {
    link: Option<TraceLink>,
    mirrored: Vec<&'static str>,
}

impl SearchAttributesBuilder {
    /// Links started runs to their traces, and traces to their runs. Default: no link.
    ///
    /// [`TraceLink`] says what is written where. Traces must be on
    /// ([`TracesBuilder::otlp`](crate::trace::TracesBuilder::otlp)). Switching it on or off does
    /// not break open runs.
    pub fn link(mut self, link: TraceLink) -> Self {
        self.link = Some(link);
        self
    }

    /// Adds a search attribute to the log lines and spans of a run, under the attribute's own name.
    /// Default: none.
    ///
    /// On lines it follows the run's ids, where [`ExecutionFormat`](crate::logs::ExecutionFormat)
    /// puts them. The value is that of the start until [`upsert`](super::upsert) changes it; the
    /// span of the run and those of its handlers have the value at their end.
    pub fn mirror<K: Kind>(mut self, key: Key<K>) -> Self {
        self.mirrored.push(key.name());
        self
    }

    pub(crate) fn build(self) -> Attributes {
        Attributes(Arc::new(Shared {
            options: self,
            ..Shared::default()
        }))
    }
}

/// The settings and counts of search attributes. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    options: SearchAttributesBuilder,
    sent: AtomicU64,
    skipped: AtomicU64,
}

impl Attributes {
    /// Returns the trace link.
    pub(crate) fn link(&self) -> Option<&TraceLink> {
        self.0.options.link.as_ref()
    }

    /// Creates the data of a run that a worker has loaded.
    pub(crate) fn run(
        &self,
        trace: Option<TraceId>,
        started_with: Option<&SearchAttributes>,
    ) -> Arc<RunAttributes> {
        RunAttributes::new(self, trace, started_with)
    }

    pub(super) fn mirrors(&self) -> bool {
        !self.0.options.mirrored.is_empty()
    }

    /// Returns the name of a mirrored attribute, or `None` if it is not mirrored.
    pub(super) fn mirrored(&self, name: &str) -> Option<&'static str> {
        let mut mirrored = self.0.options.mirrored.iter();
        mirrored.find(|known| **known == name).copied()
    }

    pub(super) fn count(&self, effective: &Effective) {
        let sent = effective.updates.len() as u64;
        self.0.sent.fetch_add(sent, Ordering::Relaxed);
        self.0
            .skipped
            .fetch_add(effective.skipped, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> UpsertCounts {
        UpsertCounts {
            sent: self.0.sent.load(Ordering::Relaxed),
            skipped: self.0.skipped.load(Ordering::Relaxed),
        }
    }
}
