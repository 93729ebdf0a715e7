//! A recorder whose metrics are exported, and what ends it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use opentelemetry::{
    InstrumentationScope,
    metrics::{Meter, MeterProvider},
};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::super::otel::{Binding, OtelRecorder};
use crate::{
    export::{ExportThread, warn_unless},
    metrics::{SharedRecorder, export::buckets::Buckets},
};

/// A recorder whose metrics are exported.
#[derive(Clone)]
pub(crate) struct Exported {
    recorder: OtelRecorder<Provider>,
    failures: Arc<AtomicU64>,
}

#[derive(Clone)]
struct Provider {
    inner: SdkMeterProvider,
    /// After the provider, which flushes when it is dropped.
    _thread: Arc<ExportThread>,
}

impl MeterProvider for Provider {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        self.inner.meter_with_scope(scope)
    }
}

impl Exported {
    pub(super) fn new(
        inner: SdkMeterProvider,
        buckets: &Buckets,
        failures: Arc<AtomicU64>,
        thread: Arc<ExportThread>,
    ) -> Self {
        let provider = Provider {
            inner,
            _thread: thread,
        };
        Self {
            recorder: OtelRecorder::new(provider, buckets, Binding::Bound),
            failures,
        }
    }

    pub(crate) fn recorder(&self) -> SharedRecorder {
        Arc::new(self.recorder.clone())
    }

    /// Returns how many exports failed so far.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Sends the current values. Waits a few seconds for a collector that does not respond.
    pub(crate) fn flush(&self) {
        if let Err(error) = self.recorder.provider().inner.force_flush() {
            tracing::debug!(%error, "cannot send metrics to the OpenTelemetry collector");
        }
    }

    /// Sends the current values once more, and stops. Waits a few seconds for a collector that does
    /// not respond.
    pub(crate) fn shutdown(&self) {
        let ended = self.recorder.provider().inner.shutdown();
        warn_unless(
            &ended,
            "cannot send the last metrics to the OpenTelemetry collector",
        );
    }
}
