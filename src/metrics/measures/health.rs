//! The counters of chronoscope's own health.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use metrics::{Counter, Gauge};

use super::Registry;
use crate::{
    commit::CommitCounts,
    schema::{Label, Metric},
};

/// The counters of chronoscope's own health.
///
/// Each starts at zero, even if the feature that would count it is off.
#[derive(Clone)]
#[cfg_attr(
    not(all(feature = "logs", feature = "otlp")),
    allow(dead_code, reason = "counted by what is not compiled")
)]
pub(crate) struct Health {
    pub(crate) hook_panics: Counter,
    pub(crate) gauge_changes_refused: Counter,
    pub(crate) log_lines_overflowed: Counter,
    pub(crate) log_lines_failed: Counter,
    pub(crate) log_lines_panicked: Counter,
    pub(crate) log_lines_unformatted: Counter,
    pub(crate) log_lines_left_behind: Counter,
    pub(crate) log_flushes_failed: Counter,
    pub(crate) log_records_dropped: Counter,
    pub(crate) log_records_failed: Counter,
    pub(crate) log_records_panicked: Counter,
    pub(crate) names_changed: Counter,
    pub(crate) values_refused: Counter,
    pub(crate) recorder_panics: Counter,
    pub(crate) spans_dropped: Counter,
    pub(crate) spans_failed: Counter,
    pub(crate) spans_panicked: Counter,
    pub(crate) trace_headers_unreadable: Counter,
    pub(crate) upserts_skipped: Counter,
    pub(crate) otlp_failures: Counter,
    /// In the order of the fates of [`CommitCounts`], and of its kinds.
    pub(crate) task_signals: Vec<Counter>,
    pub(crate) held_bytes: HeldBytes,
}

/// How many bytes of signals wait. A worker that never holds any records nothing.
#[derive(Clone)]
pub(crate) struct HeldBytes {
    gauge: Gauge,
    shown: Arc<AtomicU64>,
}

impl HeldBytes {
    /// Records the number if it is another one.
    pub(crate) fn set(&self, bytes: u64) {
        if self.shown.swap(bytes, Ordering::Relaxed) != bytes {
            self.gauge.set(bytes as f64);
        }
    }
}

impl Health {
    pub(super) fn new(registry: &Registry) -> Self {
        let lost = |metric, reason| registry.counter(metric, &[(Label::Reason, reason)]);
        let fates = CommitCounts::default().fates().into_iter();
        let task_signals = fates.flat_map(|(fate, counts)| {
            counts.kinds().map(|(signal, _)| {
                let labels = [(Label::Signal, signal), (Label::Fate, fate)];
                registry.counter(Metric::WorkerTaskSignals, &labels)
            })
        });
        Self {
            hook_panics: registry.counter(Metric::HookPanics, &[]),
            gauge_changes_refused: registry.counter(Metric::GaugeChangesRefused, &[]),
            log_lines_overflowed: lost(Metric::LogLinesLost, "overflowed"),
            log_lines_failed: lost(Metric::LogLinesLost, "failed"),
            log_lines_panicked: lost(Metric::LogLinesLost, "panicked"),
            log_lines_unformatted: lost(Metric::LogLinesLost, "unformatted"),
            log_lines_left_behind: lost(Metric::LogLinesLost, "left_behind"),
            log_flushes_failed: registry.counter(Metric::LogFlushesFailed, &[]),
            log_records_dropped: lost(Metric::LogRecordsLost, "dropped"),
            log_records_failed: lost(Metric::LogRecordsLost, "failed"),
            log_records_panicked: lost(Metric::LogRecordsLost, "panicked"),
            names_changed: registry.counter(Metric::NamesChanged, &[]),
            values_refused: registry.counter(Metric::ValuesRefused, &[]),
            recorder_panics: registry.counter(Metric::RecorderPanics, &[]),
            spans_dropped: lost(Metric::SpansLost, "dropped"),
            spans_failed: lost(Metric::SpansLost, "failed"),
            spans_panicked: lost(Metric::SpansLost, "panicked"),
            trace_headers_unreadable: registry.counter(Metric::TraceHeadersUnreadable, &[]),
            upserts_skipped: registry.counter(Metric::UpsertsSkipped, &[]),
            otlp_failures: registry.counter(Metric::ExportFailures, &[(Label::Exporter, "otlp")]),
            task_signals: task_signals.collect(),
            held_bytes: HeldBytes {
                gauge: registry.gauge(Metric::WorkerTaskSignalsHeldBytes, &[]),
                shown: Arc::default(),
            },
        }
    }
}
