//! The exporter that counts its failures.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
};

use crate::export::Sending;

/// An exporter whose failures are counted.
pub(super) struct Counted<E> {
    inner: E,
    sending: Sending,
}

impl<E> Counted<E> {
    pub(super) fn new(inner: E, sending: Sending) -> Self {
        Self { inner, sending }
    }

    pub(super) fn failures(&self) -> Arc<AtomicU64> {
        self.sending.failures()
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Counted<E> {
    /// Runs on the reader's own thread, which may wait. Never fails: failures are logged and
    /// counted here, so the SDK need not repeat them.
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        drop(self.sending.wait(self.inner.export(metrics)));
        Ok(())
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
