//! The health of telemetry, in one snapshot.

use std::net::SocketAddr;

use super::outputs::Outputs;
use crate::{
    commit::CommitCounts,
    metrics::{SelfMeasures, SeriesCounts},
    replay::Replayed,
    search_attributes::UpsertCounts,
    trace::SpanCounts,
};

/// The health of telemetry since the process started: its losses and suppressions.
///
/// [`Observability::health`](crate::Observability::health) returns one. Counts only grow.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Health {
    /// Log lines that were lost.
    #[cfg(feature = "logs")]
    pub lines: crate::logs::Losses,
    /// Whether records of the crate `log` become log lines: not if the process already had a
    /// logger, and not without [`install`](crate::Builder::install).
    #[cfg(feature = "logs")]
    pub log_records: bool,
    /// Log records for collectors by their fate.
    #[cfg(feature = "logs")]
    pub records: crate::logs::RecordCounts,
    /// Spans by their fate.
    pub spans: SpanCounts,
    /// Series that were too many, and what could not be recorded as it was.
    pub series: SeriesCounts,
    /// Panics of recorders of the user's. Each was caught.
    pub recorder_panics: u64,
    /// Increments and decrements of gauges that were refused in workflow code.
    pub gauge_changes_refused: u64,
    /// Changes of search attributes, sent and skipped.
    pub upserts: UpsertCounts,
    /// Calls of hooks that panicked. Each panic was caught.
    pub hook_panics: u64,
    /// Records of runs that workers and replayers currently cache.
    pub runs: u64,
    /// An exporter or server of telemetry.
    pub exporters: Vec<Exporter>,
    /// The fate of signals that waited until the server had accepted their workflow task.
    pub commits: CommitCounts,
    /// Suppressed signals, by workflow type.
    pub replayed: Vec<Replayed>,
}

/// An exporter or server of telemetry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exporter {
    /// Its name: `prometheus`, `otlp_metrics`, `spans` or `otlp_logs`.
    pub name: &'static str,
    /// The address where it serves, if it does.
    pub address: Option<SocketAddr>,
    /// How often it failed to send, or was told that the collector rejects a part. Of spans and log
    /// records, how many did not arrive.
    pub failures: u64,
}

impl Health {
    pub(super) fn of(outputs: &Outputs) -> Self {
        let traces = outputs.traces.as_ref();
        let spans = traces.map_or_else(SpanCounts::default, crate::trace::Traces::counts);
        let registry = outputs.counts.registry();
        Self {
            #[cfg(feature = "logs")]
            lines: outputs.lines.losses(),
            #[cfg(feature = "logs")]
            log_records: outputs.lines.takes_log_records(),
            #[cfg(feature = "logs")]
            records: outputs.lines.records().unwrap_or_default(),
            series: outputs.pipeline.series(),
            recorder_panics: outputs.pipeline.recorder_panics(),
            gauge_changes_refused: outputs.pipeline.gauge_changes_refused(),
            upserts: outputs.counts.attributed().counts(),
            hook_panics: outputs.counts.hook_panics(),
            runs: registry.count_runs(),
            exporters: exporters(outputs, spans.failed),
            commits: registry.commits(),
            replayed: outputs.counts.replayed(),
            spans,
        }
    }

    /// Updates the corresponding metrics.
    pub(super) fn measure(&self, metrics: &SelfMeasures) {
        #[cfg(feature = "logs")]
        {
            metrics.log_lines_overflowed.absolute(self.lines.overflowed);
            metrics.log_lines_failed.absolute(self.lines.failed);
            metrics.log_lines_panicked.absolute(self.lines.panicked);
            let unformatted = self.lines.unformatted;
            metrics.log_lines_unformatted.absolute(unformatted);
            let left_behind = self.lines.left_behind;
            metrics.log_lines_left_behind.absolute(left_behind);
            let flushes = self.lines.flushes_failed;
            metrics.log_flushes_failed.absolute(flushes);
            metrics.log_records_dropped.absolute(self.records.dropped);
            metrics.log_records_failed.absolute(self.records.failed);
            let panicked = self.records.panicked;
            metrics.log_records_panicked.absolute(panicked);
        }
        metrics.spans_dropped.absolute(self.spans.dropped);
        metrics.spans_failed.absolute(self.spans.failed);
        metrics.spans_panicked.absolute(self.spans.panics);
        let unreadable = self.spans.unreadable_headers;
        metrics.trace_headers_unreadable.absolute(unreadable);
        metrics.hook_panics.absolute(self.hook_panics);
        metrics.upserts_skipped.absolute(self.upserts.skipped);
        metrics.names_changed.absolute(self.series.renamed);
        let values = self.series.values_refused;
        metrics.values_refused.absolute(values);
        metrics.recorder_panics.absolute(self.recorder_panics);
        let refused = self.gauge_changes_refused;
        metrics.gauge_changes_refused.absolute(refused);
        let otlp = self.exporters.iter();
        let otlp = otlp.filter(|exporter| exporter.name == "otlp_metrics");
        let failures = otlp.map(|exporter| exporter.failures).sum();
        metrics.otlp_failures.absolute(failures);
        let fates = self.commits.fates();
        let counts = fates.iter().flat_map(|(_, counts)| counts.kinds());
        for (counter, (_, count)) in metrics.task_signals.iter().zip(counts) {
            counter.absolute(count);
        }
        metrics.held_bytes.set(self.commits.held_bytes);
    }
}

#[cfg_attr(
    not(any(feature = "prometheus", feature = "otlp")),
    allow(unused_mut, reason = "no exporter is compiled")
)]
fn exporters(outputs: &Outputs, spans_failed: u64) -> Vec<Exporter> {
    let mut exporters = Vec::new();
    #[cfg(feature = "prometheus")]
    if let Some(address) = outputs.pipeline.exports.prometheus_address() {
        exporters.push(Exporter {
            name: "prometheus",
            address: Some(address),
            failures: 0,
        });
    }
    #[cfg(feature = "otlp")]
    for failures in outputs.pipeline.exports.otlp_failures() {
        exporters.push(Exporter {
            name: "otlp_metrics",
            address: None,
            failures,
        });
    }
    if outputs.traces.is_some() {
        exporters.push(Exporter {
            name: "spans",
            address: None,
            failures: spans_failed,
        });
    }
    #[cfg(feature = "logs")]
    if let Some(records) = outputs.lines.records() {
        exporters.push(Exporter {
            name: "otlp_logs",
            address: None,
            failures: records.failed,
        });
    }
    exporters
}
