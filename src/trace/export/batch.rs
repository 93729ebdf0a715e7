//! The batch processor in front of an exporter.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanProcessor},
};

use super::Exporter;
use crate::export::{Batching, Deliveries};

/// The SDK's batch processor, with an account of the spans that it would drop silently.
#[derive(Debug)]
pub(crate) struct Batch {
    inner: BatchSpanProcessor,
    deliveries: Deliveries,
    room: u64,
}

impl Batch {
    pub(in crate::trace) fn new(exporter: Exporter, batching: Batching) -> Self {
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(batching.room)
            .with_scheduled_delay(batching.delay)
            .with_max_export_batch_size(batching.size);
        let Exporter { inner, deliveries } = exporter;
        Self {
            inner: BatchSpanProcessor::builder(inner)
                .with_batch_config(config.build())
                .build(),
            deliveries,
            room: batching.room as u64,
        }
    }

    pub(in crate::trace) fn deliveries(&self) -> Deliveries {
        self.deliveries.clone()
    }
}

impl SpanProcessor for Batch {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.deliveries.queue(self.room) {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.deliveries.shut_down();
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
