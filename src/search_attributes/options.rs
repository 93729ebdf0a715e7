//! What a user says of search attributes, and what became of changes.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use opentelemetry::trace::TraceId;
use temporalio_common::protos::temporal::api::common::v1::SearchAttributes;

use super::{Key, Kind, RunAttributes, TraceLink, change::Effective};

/// What became of the changes that [`upsert`](super::upsert) was asked for, since the process started.
/// A replay counts nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpsertCounts {
    /// Changes of one attribute that went into a command.
    pub sent: u64,
    /// Those that did not, since the attribute was so already.
    pub skipped: u64,
}

/// Sets up what is done about search attributes besides changing them, for
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
    /// Links the runs that are started to their traces, and back. Default: they are not linked.
    ///
    /// [`TraceLink`] says what is written where. Traces must be on
    /// ([`TracesBuilder::otlp`](crate::trace::TracesBuilder::otlp)). Switching it on or off breaks
    /// no open run.
    pub fn link(mut self, link: TraceLink) -> Self {
        self.link = Some(link);
        self
    }

    /// Has the log lines and spans of a run bear a search attribute, under the attribute's own name.
    /// Default: none does.
    ///
    /// On lines it stands where [`ExecutionFormat`](crate::logs::ExecutionFormat) puts the run's ids.
    /// Its value is what the run started with until [`upsert`](super::upsert) changes it; the span
    /// of the run and those of its handlers have the value at their end.
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

/// What is done about search attributes besides changing them. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    options: SearchAttributesBuilder,
    sent: AtomicU64,
    skipped: AtomicU64,
}

impl Attributes {
    /// Returns what links runs to their traces.
    pub(crate) fn link(&self) -> Option<&TraceLink> {
        self.0.options.link.as_ref()
    }

    /// Begins to keep what belongs to a run that a worker has loaded.
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

    /// Returns the name under which an attribute is mirrored, if it is.
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
