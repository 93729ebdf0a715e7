//! The health of telemetry itself, in the service's messages.

use super::View;
use crate::introspect::v1;

impl View {
    /// Returns the health of telemetry itself.
    pub(in crate::introspect) fn health(&self, tick: Option<v1::Tick>) -> v1::GetHealthResponse {
        let (process, events) = (&self.process, &self.process.watched.events);
        let health = process.health();
        let suppressed = health.replayed.into_iter();
        let suppressed = suppressed.map(|replayed| v1::Suppressed {
            workflow_type: replayed.workflow_type,
            log_events: replayed.events,
            metrics: replayed.metrics,
        });
        let exporters = health.exporters.into_iter();
        let exporters = exporters.map(|exporter| v1::Exporter {
            name: exporter.name.to_owned(),
            address: exporter
                .address
                .map_or_else(String::new, |at| at.to_string()),
            failures: exporter.failures,
        });
        v1::GetHealthResponse {
            #[cfg(feature = "logs")]
            lines: Some(v1::Lines {
                overflowed: health.lines.overflowed,
                failed: health.lines.failed,
                panicked: health.lines.panicked,
                unformatted: health.lines.unformatted,
                left_behind: health.lines.left_behind,
                flushes_failed: health.lines.flushes_failed,
                fields_renamed: health.lines.fields_renamed,
            }),
            // Lines that another crate writes are not counted here.
            #[cfg(not(feature = "logs"))]
            lines: None,
            #[cfg(feature = "logs")]
            log_records: Some(v1::LogRecords {
                exported: health.records.exported,
                failed: health.records.failed,
                dropped: health.records.dropped,
                waiting: health.records.waiting,
                panicked: health.records.panicked,
            }),
            #[cfg(not(feature = "logs"))]
            log_records: None,
            spans: Some(v1::Spans {
                exported: health.spans.exported,
                failed: health.spans.failed,
                dropped: health.spans.dropped,
                waiting: health.spans.waiting,
                unreadable_headers: health.spans.unreadable_headers,
                panics: health.spans.panics,
            }),
            series: Some(v1::Series {
                folded: health.series.folded,
                dropped: health.series.dropped,
                renamed: health.series.renamed,
                values_refused: health.series.values_refused,
            }),
            exporters: exporters.collect(),
            hook_panics: health.hook_panics,
            suppressed: suppressed.collect(),
            streams: Some(v1::Streams {
                events: events.taken(),
                dropped: events.dropped(),
                readers: self.readers.count(),
            }),
            tick,
            unread_gauges: process.unread_gauges(),
            recorder_panics: health.recorder_panics,
            gauge_changes_refused: health.gauge_changes_refused,
            upserts: Some(v1::Upserts {
                sent: health.upserts.sent,
                skipped: health.upserts.skipped,
            }),
            runs: health.runs,
            commits: Some(v1::Commits {
                released: health.commits.released.total(),
                refused: health.commits.refused.total(),
                shown: health.commits.shown.total(),
                overflowed: health.commits.overflowed.total(),
                unknown: health.commits.unknown.total(),
                early: health.commits.early.total(),
                held: health.commits.held,
                held_bytes: health.commits.held_bytes,
                unseen: health.commits.unseen,
                asked: health.commits.asked,
                panics: health.commits.panics,
                repeated: health.commits.repeated.total(),
                maybe_repeated: health.commits.maybe_repeated.total(),
            }),
            #[cfg(feature = "logs")]
            log_crate_bridged: health.log_records,
            #[cfg(not(feature = "logs"))]
            log_crate_bridged: false,
        }
    }
}
