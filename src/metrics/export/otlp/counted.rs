use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
};
use tokio::runtime::Handle;

use crate::export::Streak;

/// An exporter whose failures are counted.
pub(super) struct Counted<E> {
    inner: E,
    runtime: Handle,
    streak: Streak,
}

impl<E> Counted<E> {
    pub(super) fn new(inner: E, runtime: Handle) -> Self {
        Self {
            inner,
            runtime,
            streak: Streak::new("metrics"),
        }
    }

    pub(super) fn failures(&self) -> Arc<AtomicU64> {
        self.streak.failures()
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Counted<E> {
    /// Runs on the reader's own thread, which may wait.
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let exported = self.runtime.block_on(self.inner.export(metrics));
        self.streak.note(&exported);
        exported
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.inner.temporality()
    }
}
