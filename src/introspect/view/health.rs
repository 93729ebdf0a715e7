use std::sync::atomic::Ordering;

use super::View;
use crate::introspect::v1;

impl View {
    /// Returns how telemetry itself is.
    pub(in crate::introspect) fn health(&self, tick: Option<v1::Tick>) -> v1::GetHealthResponse {
        let (inside, events) = (&self.inside, &self.inside.watched.events);
        let folds = inside.folds();
        let suppressed = inside
            .replayed()
            .into_iter()
            .map(|replayed| v1::Suppressed {
                workflow_type: replayed.workflow_type,
                log_events: replayed.events,
                metrics: replayed.metrics,
            });
        let exporters = inside.exporters().into_iter();
        let exporters = exporters.map(|exporting| v1::Exporter {
            name: exporting.name.to_owned(),
            address: exporting.address,
            failures: exporting.failures,
        });
        v1::GetHealthResponse {
            lines: self.lines(),
            spans: Some(self.spans()),
            series: Some(v1::Series {
                folded: folds.folded,
                dropped: folds.dropped,
            }),
            exporters: exporters.collect(),
            hook_panics: inside.hook_panics(),
            suppressed: suppressed.collect(),
            streams: Some(v1::Streams {
                events: events.taken(),
                dropped: events.dropped(),
                readers: self.readers.load(Ordering::Relaxed),
            }),
            tick,
            unread_gauges: inside.unread_gauges(),
        }
    }

    fn spans(&self) -> v1::Spans {
        let spans = self.inside.spans();
        v1::Spans {
            exported: spans.exported,
            failed: spans.failed,
            dropped: spans.dropped,
            waiting: spans.waiting,
            unreadable_headers: spans.unreadable_headers,
            panics: spans.panics,
        }
    }

    #[cfg(feature = "logs")]
    fn lines(&self) -> Option<v1::Lines> {
        let losses = self.inside.losses();
        Some(v1::Lines {
            overflowed: losses.overflowed,
            failed: losses.failed,
            panicked: losses.panicked,
        })
    }

    /// Lines that another crate writes are its own affair.
    #[cfg(not(feature = "logs"))]
    fn lines(&self) -> Option<v1::Lines> {
        None
    }
}
