//! The writer of log lines, once it is set up, and the log records.

use std::{sync::OnceLock, time::Instant};

use parking_lot::Mutex;

#[cfg(feature = "otlp")]
use crate::logs::Records;
use crate::logs::{BoxedLayer, Lines, Losses, RecordCounts, Sinks, SubscriberAlreadySet};

/// The writer of log lines, once something uses it, and the log records for collectors.
#[derive(Default)]
pub(super) struct Written {
    held: Mutex<Option<Lines>>,
    sinks: OnceLock<(Sinks, bool)>,
    #[cfg(feature = "otlp")]
    pub(super) records: Option<Records>,
}

impl Written {
    /// Holds the opened outputs until the layer is taken.
    pub(super) fn hold(&self, lines: Lines) {
        *self.held.lock() = Some(lines);
    }

    pub(super) fn install(
        &self,
        lines: Lines,
        bridge: Option<BoxedLayer>,
    ) -> Result<(), SubscriberAlreadySet> {
        let installed = lines.install(bridge, self.record_layer())?;
        drop(self.sinks.set(installed));
        Ok(())
    }

    pub(super) fn layer(&self) -> Option<BoxedLayer> {
        let mut held = self.held.lock();
        let (layer, sinks) = held.take()?.layer();
        drop(self.sinks.set((sinks, false)));
        Some(layer)
    }

    /// Returns the layer that makes log records, for a subscriber that gates and filters.
    fn record_layer(&self) -> Option<BoxedLayer> {
        #[cfg(feature = "otlp")]
        return self.records.as_ref()?.layer();
        #[cfg(not(feature = "otlp"))]
        None
    }

    /// Returns the counts of log records, and whether there is a collector for them.
    pub(super) fn records(&self) -> Option<RecordCounts> {
        #[cfg(feature = "otlp")]
        if let Some(records) = &self.records {
            return Some(records.counts());
        }
        None
    }

    /// Sends the waiting log records, and waits some seconds for that.
    pub(super) fn flush_records(&self) {
        #[cfg(feature = "otlp")]
        if let Some(records) = &self.records {
            records.flush();
        }
    }

    /// Does the same, and stops sending.
    pub(super) fn end_records(&self) {
        #[cfg(feature = "otlp")]
        if let Some(records) = &self.records {
            records.shutdown();
        }
    }

    pub(super) fn takes_log_records(&self) -> bool {
        self.sinks.get().is_some_and(|(_, takes)| *takes)
    }

    pub(super) fn losses(&self) -> Losses {
        let sinks = self.sinks.get();
        sinks.map_or_else(Losses::default, |(sinks, _)| sinks.losses())
    }

    pub(super) fn flush(&self, until: Instant) {
        if let Some((sinks, _)) = self.sinks.get() {
            sinks.flush(until);
        }
    }

    pub(super) fn shutdown(&self) {
        if let Some((sinks, _)) = self.sinks.get() {
            sinks.shutdown();
        }
    }
}
