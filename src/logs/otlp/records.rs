//! The log records of a process, from their layer to their end.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry_sdk::logs::SdkLoggerProvider;
use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, Layer, registry::LookupSpan};

use super::{batch::Batch, draft::DraftProvider, enrich::Enrich, layer::Bridge};
use crate::{
    export::{Deliveries, ExportThread, warn_unless},
    logs::{BoxedLayer, RecordCounts, ReplayFilter, Shield, shield::Caught},
};

/// The log records of a process on their way to collectors.
pub(crate) struct Records {
    provider: SdkLoggerProvider,
    deliveries: Vec<Deliveries>,
    caught: Caught,
    filter: EnvFilter,
    thread: Arc<ExportThread>,
    is_taken: AtomicBool,
}

impl Records {
    pub(super) fn new(batches: Vec<Batch>, filter: EnvFilter, thread: Arc<ExportThread>) -> Self {
        let deliveries = batches.iter().map(Batch::deliveries).collect();
        let processor = Enrich::new(batches);
        let provider = SdkLoggerProvider::builder().with_log_processor(processor);
        Self {
            provider: provider.build(),
            deliveries,
            caught: Caught::default(),
            filter,
            thread,
            is_taken: AtomicBool::new(false),
        }
    }

    /// Returns the layer that makes log records, for a subscriber that gates and filters.
    pub(crate) fn layer(&self) -> Option<BoxedLayer> {
        Some(Box::new(self.take()?))
    }

    /// Returns the layer that makes log records, with gate and directives of its own.
    pub(crate) fn gated<S>(&self) -> Option<impl Layer<S> + Send + Sync + use<S>>
    where
        S: Subscriber + Send + Sync + for<'span> LookupSpan<'span>,
    {
        let gated = self.take()?.with_filter(ReplayFilter::new());
        Some(gated.with_filter(self.filter.clone()))
    }

    /// Returns the layer once: two would make each record twice.
    fn take(&self) -> Option<Shield<Bridge>> {
        if self.is_taken.swap(true, Ordering::Relaxed) {
            return None;
        }
        let bridge = Bridge::new(&DraftProvider(self.provider.clone()), self.thread.clone());
        Some(Shield::new(bridge).counted_by(self.caught.clone()))
    }

    /// Returns the counts of records so far.
    pub(crate) fn counts(&self) -> RecordCounts {
        let delivered = Deliveries::total(&self.deliveries);
        RecordCounts {
            exported: delivered.exported,
            failed: delivered.failed,
            dropped: delivered.dropped,
            waiting: delivered.waiting,
            panicked: self.caught.count(),
        }
    }

    /// Sends the waiting records, and waits some seconds for that.
    pub(crate) fn flush(&self) {
        warn_unless(&self.provider.force_flush(), "cannot send all log records");
    }

    /// Sends the waiting records, and stops sending.
    pub(crate) fn shutdown(&self) {
        let ended = self.provider.shutdown();
        warn_unless(&ended, "cannot send all log records before the shutdown");
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").finish_non_exhaustive()
    }
}
