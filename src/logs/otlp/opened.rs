//! The connections to the collectors that log records are sent to.

use std::{fmt, sync::Arc};

use tracing_subscriber::EnvFilter;

use super::{
    batch::{Batch, QueueLimits},
    exporter::{self, Exporter},
    records::Records,
};
use crate::{
    env::Warnings,
    export::{
        Batching, Collector, Destinations, ExportThread, ExportThreads, LOGS, OF_LOG_RECORDS,
        OtlpError,
    },
};

/// The opened connections, before anything is sent.
pub(crate) struct Opened {
    filter: EnvFilter,
    batching: Batching,
    bytes: usize,
    exporters: Vec<Exporter>,
    thread: Option<Arc<ExportThread>>,
}

impl Opened {
    /// Opens the connections to the collectors. Nothing is sent yet.
    pub(in crate::logs) fn new(
        collectors: Destinations<Collector>,
        filter: EnvFilter,
        records: Option<usize>,
        bytes: usize,
        threads: &mut ExportThreads,
        warnings: &mut Warnings,
    ) -> Result<Self, OtlpError> {
        let mut opened = Self {
            filter,
            batching: Batching::of(&OF_LOG_RECORDS, records, warnings),
            bytes,
            exporters: Vec::new(),
            thread: None,
        };
        collectors.open(&LOGS, threads, warnings, |collector, thread, warnings| {
            let exporter = exporter::open(collector, &thread, warnings)?;
            opened.exporters.push(exporter);
            opened.thread = Some(thread);
            Ok(())
        })?;
        Ok(opened)
    }

    /// Starts to send, if there is a collector.
    pub(crate) fn start(self) -> Option<Records> {
        let room = QueueLimits {
            records: self.batching.room as u64,
            bytes: self.bytes as u64,
        };
        let exporters = self.exporters.into_iter();
        let batches: Vec<_> = exporters
            .map(|exporter| Batch::new(exporter, self.batching, room))
            .collect();
        let thread = self.thread.filter(|_| !batches.is_empty())?;
        Some(Records::new(batches, self.filter, thread))
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("batching", &self.batching)
            .field("collectors", &self.exporters.len())
            .finish_non_exhaustive()
    }
}
