//! The collectors that log records are sent to, as program and environment name them.

use std::{fmt, sync::Arc};

use tracing_subscriber::EnvFilter;

use super::{
    batch::{Batch, Room},
    exporter::{self, Exporter},
    records::Records,
};
use crate::{
    env::Warnings,
    export::{
        Batching, Collector, ExportThread, ExportThreads, Exporters, LOGS, OF_LOG_RECORDS,
        OtlpError,
    },
};

/// The collectors that log records are sent to.
#[derive(Debug, Default)]
pub(in crate::logs) struct Collectors {
    by_environment: Option<Collector>,
    by_program: Vec<Collector>,
}

impl Collectors {
    /// Adds a collector of the program's.
    pub(in crate::logs) fn add(&mut self, collector: Collector) {
        self.by_program.push(collector);
    }

    /// Sets the collector of the environment, if it selects one.
    pub(in crate::logs) fn select(&mut self, asked: &Exporters) {
        self.by_environment = asked.otlp.then(Collector::default);
    }

    /// Opens the connections to the collectors. Nothing is sent yet.
    pub(in crate::logs) fn open(
        self,
        filter: EnvFilter,
        records: Option<usize>,
        bytes: usize,
        threads: &mut ExportThreads,
        warnings: &mut Warnings,
    ) -> Result<Opened, OtlpError> {
        let batching = Batching::of(&OF_LOG_RECORDS, records, warnings);
        // The program's collectors replace the environment's.
        let collectors = match self.by_program.is_empty() {
            true => self.by_environment.into_iter().collect(),
            false => self.by_program,
        };
        let mut opened = Opened {
            filter,
            batching,
            bytes,
            exporters: Vec::new(),
            thread: None,
        };
        for collector in collectors {
            let thread = threads.get().map_err(|error| collector.failed(error))?;
            match exporter::open(&collector, &thread, warnings) {
                Ok(exporter) => opened.exporters.push(exporter),
                Err(error) => error.of_program(LOGS.what, warnings)?,
            }
            opened.thread = Some(thread);
        }
        Ok(opened)
    }
}

/// The opened connections, before anything is sent.
pub(crate) struct Opened {
    filter: EnvFilter,
    batching: Batching,
    bytes: usize,
    exporters: Vec<Exporter>,
    thread: Option<Arc<ExportThread>>,
}

impl Opened {
    /// Starts to send, if there is a collector.
    pub(crate) fn start(self) -> Option<Records> {
        let room = Room {
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
