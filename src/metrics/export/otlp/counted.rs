use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
};

/// An exporter whose failures are counted, and warned of when they begin.
pub(super) struct Counted<E> {
    inner: E,
    failures: Arc<AtomicU64>,
    in_a_row: AtomicU64,
}

impl<E> Counted<E> {
    pub(super) fn new(inner: E) -> Self {
        Self {
            inner,
            failures: Arc::default(),
            in_a_row: AtomicU64::new(0),
        }
    }

    pub(super) fn failures(&self) -> Arc<AtomicU64> {
        self.failures.clone()
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Counted<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let exported = self.inner.export(metrics).await;
        match &exported {
            Ok(()) if self.in_a_row.swap(0, Ordering::Relaxed) > 0 => {
                tracing::info!("metrics reach the OpenTelemetry collector again");
            }
            Ok(()) => {}
            Err(error) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                if self.in_a_row.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(
                        %error,
                        "metrics do not reach the OpenTelemetry collector; going on to try"
                    );
                }
            }
        }
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
