//! Faults of caches and histories, and of telemetry itself.

use chronoscope::schema::Metric as M;

use super::{Fault, none};
use crate::days::trouble::Trouble;

pub fn caches() -> Vec<Fault> {
    let events = |events| Trouble {
        events: Some(events),
        ..none()
    };
    let bytes = |bytes| Trouble {
        bytes: Some(bytes),
        ..none()
    };
    vec![
        Fault::new(
            "the cache thrashes",
            "StickyCacheThrash",
            Trouble {
                misses: 0.6,
                ..none()
            },
        )
        .within(35),
        Fault::new(
            "no cache",
            "StickyCacheEmptyUnderLoad",
            Trouble {
                no_cache: true,
                replays: 0.7,
                ..none()
            },
        )
        .within(35),
        Fault::new(
            "each task replays",
            "ReplaysPerTaskHigh",
            Trouble {
                replays: 0.7,
                ..none()
            },
        )
        .within(35),
        Fault::new(
            "histories near their limit",
            "HistoryNearLimit",
            events(30_000.0),
        ),
        Fault::new(
            "histories at their limit",
            "HistoryNearLimit",
            events(51_000.0),
        ),
        Fault::new("histories large", "HistorySizeNearLimit", bytes(30e6)),
        Fault::new("histories very large", "HistorySizeNearLimit", bytes(52e6)),
    ]
}

pub fn telemetry() -> Vec<Fault> {
    let lost = |name, metric, labels| {
        Fault::new(
            name,
            "TelemetryLost",
            Trouble {
                lost: Some((metric, labels)),
                ..none()
            },
        )
        .labels(&[("job", "worker")])
        .within(50)
    };
    vec![
        lost(
            "log lines are lost",
            M::LogLinesLost,
            &[("reason", "overflowed")],
        ),
        lost("spans are lost", M::SpansLost, &[("reason", "dropped")]),
        lost("exports fail", M::ExportFailures, &[("exporter", "otlp")]),
        lost("series are dropped", M::SeriesDropped, &[]),
    ]
}
