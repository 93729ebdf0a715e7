//! Counts failed exports, and logs when a streak of failures begins and ends.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::{settings::Settings, way_out::WayOut};

/// Counts the failures of one signal's exporter, and logs when they begin and end.
#[derive(Debug)]
pub(super) struct Streak {
    what: &'static str,
    /// The endpoint as it may be shown.
    endpoint: String,
    way_out: WayOut,
    failures: Arc<AtomicU64>,
    in_a_row: AtomicU64,
    /// What has worked needs no advice.
    has_succeeded: AtomicBool,
    is_rejecting: AtomicBool,
}

impl Streak {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            what: settings.signal.what,
            endpoint: settings.endpoint.shown.clone(),
            way_out: WayOut::of(settings),
            failures: Arc::default(),
            in_a_row: AtomicU64::new(0),
            has_succeeded: AtomicBool::new(false),
            is_rejecting: AtomicBool::new(false),
        }
    }

    pub(super) fn failures(&self) -> Arc<AtomicU64> {
        self.failures.clone()
    }

    pub(super) fn succeeded(&self) {
        let Self { what, endpoint, .. } = self;
        self.has_succeeded.store(true, Ordering::Relaxed);
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
            let advice = match self.has_succeeded.load(Ordering::Relaxed) {
                true => String::new(),
                false => self.way_out.advice(error).unwrap_or_default(),
            };
            tracing::warn!(
                endpoint,
                error,
                "cannot send {what} to the OpenTelemetry collector; will keep retrying{advice}"
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
