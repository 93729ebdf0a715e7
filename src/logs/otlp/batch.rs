//! The batch processor in front of an exporter, bounded in records and in bytes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    logs::{BatchConfigBuilder, BatchLogProcessor, LogProcessor, SdkLogRecord},
};

use super::{exporter::Exporter, record::weight};
use crate::export::{Batching, Deliveries};

/// The limits of a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueueLimits {
    pub(super) records: u64,
    pub(super) bytes: u64,
}

/// The account of the records on their way to one collector. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    deliveries: Deliveries,
    bytes: Arc<AtomicU64>,
}

impl Held {
    pub(super) fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    /// Takes the room that a record needs, or counts it as dropped.
    fn queue(&self, bytes: u64, room: QueueLimits) -> bool {
        let take = |held: u64| {
            let held = held.saturating_add(bytes);
            (held <= room.bytes).then_some(held)
        };
        let (set, get) = (Ordering::Relaxed, Ordering::Relaxed);
        if self.bytes.fetch_update(set, get, take).is_err() {
            self.deliveries.dropped();
            return false;
        }
        let is_queued = self.deliveries.queue(room.records);
        if !is_queued {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        is_queued
    }

    /// Counts a batch that left the queue, of which some records did not arrive.
    pub(super) fn left(&self, records: u64, bytes: u64, failed: u64) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.deliveries.left(records, failed);
    }
}

/// The SDK's batch processor, with an account of the records that it would drop silently.
#[derive(Debug)]
pub(super) struct Batch {
    inner: BatchLogProcessor,
    held: Held,
    room: QueueLimits,
}

impl Batch {
    pub(super) fn new(exporter: Exporter, batching: Batching, room: QueueLimits) -> Self {
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(batching.room)
            .with_scheduled_delay(batching.delay)
            .with_max_export_batch_size(batching.size);
        let held = exporter.held();
        Self {
            inner: BatchLogProcessor::builder(exporter)
                .with_batch_config(config.build())
                .build(),
            held,
            room,
        }
    }

    pub(super) fn deliveries(&self) -> Deliveries {
        self.held.deliveries().clone()
    }

    pub(super) fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if self.held.queue(weight(record), self.room) {
            self.inner.emit(record, scope);
        }
    }

    pub(super) fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    pub(super) fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.held.deliveries().shut_down();
        self.inner.shutdown_with_timeout(timeout)
    }
}
