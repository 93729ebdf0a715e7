//! The exporter that accounts for each span.

use std::{fmt, time::Duration};

use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};
use parking_lot::Mutex;

use crate::{
    export::{Deliveries, Sending},
    trace::Workers,
};

/// An exporter that accounts for each span, and adds the workers to the spans' resource.
pub(super) struct Counted<E> {
    sender: Mutex<Sender<E>>,
    sending: Sending,
    workers: Workers,
    deliveries: Deliveries,
}

struct Sender<E> {
    exporter: E,
    resource: Resource,
    seen: Option<u64>,
}

impl<E: SpanExporter> Counted<E> {
    pub(super) fn new(
        exporter: E,
        sending: Sending,
        resource: Resource,
        workers: Workers,
        deliveries: Deliveries,
    ) -> Self {
        let sender = Sender {
            exporter,
            resource,
            seen: None,
        };
        Self {
            sender: Mutex::new(sender),
            sending,
            workers,
            deliveries,
        }
    }

    /// Sends a batch, and waits: this runs on the processor's own thread.
    fn send(&self, batch: Vec<SpanData>) -> Result<u64, OTelSdkError> {
        let mut sender = self.sender.lock();
        let sender = &mut *sender;
        if let Some(resource) = self.workers.resource(&sender.resource, &mut sender.seen) {
            sender.exporter.set_resource(&resource);
        }
        self.sending.wait(sender.exporter.export(batch))
    }
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    /// Never fails: failures are logged and counted here, so the SDK need not repeat them.
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        let sent = self.send(batch);
        let failed = match &sent {
            Ok(rejected) => *rejected,
            Err(_) => spans,
        };
        self.deliveries.left(spans, failed);
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let sender = self.sender.lock();
        sender.exporter.shutdown_with_timeout(timeout)
    }

    /// Each collector has a resource of its own.
    fn set_resource(&mut self, _: &Resource) {}
}

impl<E: fmt::Debug> fmt::Debug for Counted<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").finish_non_exhaustive()
    }
}
