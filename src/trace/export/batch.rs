//! The batch processor in front of an exporter.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE_DEFAULT, OTEL_BSP_MAX_QUEUE_SIZE, OTEL_BSP_SCHEDULE_DELAY,
        OTEL_BSP_SCHEDULE_DELAY_DEFAULT, Span, SpanData, SpanProcessor,
    },
};

use super::Exporter;
use crate::{
    env::Warnings,
    export::{Count, Interval},
    trace::counts::Counts,
};

/// How many spans may wait by default: a worker that loads a thousand runs at once ends their spans
/// within moments.
const ROOM: usize = 16_384;

/// The settings of batches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batching {
    room: usize,
    delay: Duration,
    size: usize,
}

impl Batching {
    /// Returns the settings of program and environment.
    pub(in crate::trace) fn new(room: Option<usize>, warnings: &mut Warnings) -> Self {
        let said = warnings.read(OTEL_BSP_MAX_QUEUE_SIZE);
        let said = said.map(|Count(room)| room);
        let room = room.or(said).unwrap_or(ROOM);
        let delay = warnings.read(OTEL_BSP_SCHEDULE_DELAY);
        let size = warnings.read(OTEL_BSP_MAX_EXPORT_BATCH_SIZE);
        let size = size.map_or(OTEL_BSP_MAX_EXPORT_BATCH_SIZE_DEFAULT, |Count(size)| size);
        Self {
            room,
            delay: delay.map_or(OTEL_BSP_SCHEDULE_DELAY_DEFAULT, |Interval(delay)| delay),
            // A batch is made from waiting spans.
            size: size.min(room.max(1)),
        }
    }
}

/// The SDK's batch processor, with an account of the spans that it would drop silently.
#[derive(Debug)]
pub(crate) struct Batch {
    inner: BatchSpanProcessor,
    counts: Counts,
    room: u64,
}

impl Batch {
    pub(in crate::trace) fn new(exporter: Exporter, batching: Batching) -> Self {
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(batching.room)
            .with_scheduled_delay(batching.delay)
            .with_max_export_batch_size(batching.size);
        let Exporter { inner, counts } = exporter;
        Self {
            inner: BatchSpanProcessor::builder(inner)
                .with_batch_config(config.build())
                .build(),
            counts,
            room: batching.room as u64,
        }
    }

    pub(in crate::trace) fn counts(&self) -> Counts {
        self.counts.clone()
    }
}

impl SpanProcessor for Batch {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.counts.queue(self.room) {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.counts.shut_down();
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
