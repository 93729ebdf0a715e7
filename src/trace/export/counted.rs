use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use tokio::runtime::Handle;

use crate::{
    export::Streak,
    trace::{Workers, counts::Counts},
};

/// An exporter that accounts for each span, and names the workers that the spans are of.
pub(super) struct Counted<E> {
    sender: Mutex<Sender<E>>,
    runtime: Handle,
    workers: Workers,
    counts: Counts,
    streak: Streak,
}

struct Sender<E> {
    exporter: E,
    resource: Resource,
    seen: Option<u64>,
}

impl<E: SpanExporter> Counted<E> {
    pub(super) fn new(exporter: E, runtime: Handle, workers: Workers, counts: Counts) -> Self {
        let sender = Sender {
            exporter,
            resource: Resource::builder_empty().build(),
            seen: None,
        };
        Self {
            sender: Mutex::new(sender),
            runtime,
            workers,
            counts,
            streak: Streak::new("spans"),
        }
    }

    /// Sends a batch, and waits: this runs on the processor's own thread.
    fn send(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = &mut *sender;
        if let Some(resource) = self.workers.resource(&sender.resource, &mut sender.seen) {
            sender.exporter.set_resource(&resource);
        }
        self.runtime.block_on(sender.exporter.export(batch))
    }
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        let exported = self.send(batch);
        self.counts.left(spans, exported.is_ok());
        self.streak.note(&exported);
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        sender.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        let sender = self
            .sender
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        sender.resource = resource.clone();
    }
}

impl<E: fmt::Debug> fmt::Debug for Counted<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").finish_non_exhaustive()
    }
}
