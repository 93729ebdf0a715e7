//! Counts failed exports, and logs when a streak of failures begins and ends.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::settings::Settings;

/// Counts the failures of one signal's exporter, and logs when they begin and end.
#[derive(Debug)]
pub(super) struct Streak {
    what: &'static str,
    /// The endpoint as it may be shown.
    endpoint: String,
    /// The advice to add a scheme, if its absence may be the reason.
    ways_out: Option<String>,
    failures: Arc<AtomicU64>,
    in_a_row: AtomicU64,
    is_rejecting: AtomicBool,
}

impl Streak {
    pub(super) fn new(settings: &Settings) -> Self {
        let endpoint = &settings.endpoint;
        let variable = settings.variable.filter(|_| endpoint.is_tls_by_default);
        let ways_out = variable.map(|variable| {
            format!(
                "; the endpoint has no scheme, so TLS is used: if the collector does not use TLS, set \
                 {}=true or begin {variable} with http://",
                variable.replace("_ENDPOINT", "_INSECURE")
            )
        });
        Self {
            what: settings.signal.what,
            endpoint: endpoint.shown.clone(),
            ways_out,
            failures: Arc::default(),
            in_a_row: AtomicU64::new(0),
            is_rejecting: AtomicBool::new(false),
        }
    }

    pub(super) fn failures(&self) -> Arc<AtomicU64> {
        self.failures.clone()
    }

    pub(super) fn succeeded(&self) {
        let Self { what, endpoint, .. } = self;
        if self.in_a_row.swap(0, Ordering::Relaxed) > 0 {
            tracing::info!(
                endpoint,
                "sending {what} to the OpenTelemetry collector works again"
            );
        }
    }

    pub(super) fn failed(&self, error: &str) {
        let Self { what, endpoint, .. } = self;
        self.failures.fetch_add(1, Ordering::Relaxed);
        if self.in_a_row.fetch_add(1, Ordering::Relaxed) == 0 {
            let ways_out = self.ways_out.as_deref().unwrap_or_default();
            tracing::warn!(
                endpoint,
                error,
                "cannot send {what} to the OpenTelemetry collector; will keep retrying{ways_out}"
            );
        }
    }

    /// Notes that the collector rejected some items.
    pub(super) fn rejected(&self, count: u64, error: &str) {
        let Self { what, endpoint, .. } = self;
        if count > 0 {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        if !self.is_rejecting.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                endpoint,
                error,
                "the OpenTelemetry collector rejected {count} of the {what} that it was sent"
            );
        }
    }

    pub(super) fn accepted(&self) {
        let Self { what, endpoint, .. } = self;
        if self.is_rejecting.swap(false, Ordering::Relaxed) {
            tracing::info!(
                endpoint,
                "the OpenTelemetry collector accepts all {what} again"
            );
        }
    }
}
