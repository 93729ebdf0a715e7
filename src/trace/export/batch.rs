use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, OTEL_BSP_MAX_QUEUE_SIZE, Span, SpanData,
        SpanProcessor,
    },
};

use super::Exporter;
use crate::trace::counts::Counts;

/// How many spans may wait, unless somebody says otherwise: a worker that takes up a thousand runs
/// at once ends their spans within moments.
const ROOM: usize = 16_384;

/// The SDK's batch processor, with an account of what it would drop without a word.
#[derive(Debug)]
pub(crate) struct Batch {
    inner: BatchSpanProcessor,
    counts: Counts,
    room: u64,
}

impl Batch {
    pub(in crate::trace) fn new(exporter: Exporter, room: Option<usize>) -> Self {
        let asked = || std::env::var(OTEL_BSP_MAX_QUEUE_SIZE).ok()?.parse().ok();
        let room = room.or_else(asked).unwrap_or(ROOM);
        let config = BatchConfigBuilder::default().with_max_queue_size(room);
        let Exporter { inner, counts } = exporter;
        Self {
            inner: BatchSpanProcessor::builder(inner)
                .with_batch_config(config.build())
                .build(),
            counts,
            room: room as u64,
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
