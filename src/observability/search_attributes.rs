use super::{Builder, Observability};
use crate::search_attributes::{Key, Kind, TraceLink, UpsertCounts};

impl Builder {
    /// Links the runs that are started to their traces, and back. Default: they are not linked.
    ///
    /// [`TraceLink`] says what is written where. It takes traces to be on
    /// ([`otlp_traces`](Self::otlp_traces)). Switching it on or off breaks no open run.
    pub fn trace_link(mut self, link: TraceLink) -> Self {
        self.attributes.link = Some(link);
        self
    }

    /// Has the log lines and spans of a run bear a search attribute, under the attribute's own name.
    /// Default: none does.
    ///
    /// On lines it stands where [`ExecutionFormat`](crate::logs::ExecutionFormat) puts the run's ids.
    /// Its value is what the run started with until [`upsert`](crate::search_attributes::upsert)
    /// changes it; the span of the run and those of its handlers have the value at their end.
    pub fn mirror_search_attribute<K: Kind>(mut self, key: Key<K>) -> Self {
        self.attributes.mirrored.push(key.name());
        self
    }
}

impl Observability {
    /// Returns what became of the changes that
    /// [`upsert`](crate::search_attributes::upsert) was asked for so far.
    #[must_use]
    pub fn upsert_counts(&self) -> UpsertCounts {
        self.observer.attributed().counts()
    }
}
