use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use metrics::Counter;
use opentelemetry::trace::TraceId;
use temporalio_common::protos::temporal::api::common::v1::SearchAttributes;

use super::{RunAttributes, TraceLink, change::Effective};

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

/// What is linked and mirrored.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) link: Option<TraceLink>,
    pub(crate) mirrored: Vec<&'static str>,
}

impl Options {
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
    options: Options,
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
        skipped: Option<Counter>,
    ) -> Arc<RunAttributes> {
        RunAttributes::new(self, trace, started_with, skipped)
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
