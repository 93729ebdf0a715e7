//! Faults of caches and histories, and of telemetry itself.

use chronoscope::schema::Metric as M;

use super::{Fault, none};
use crate::days::trouble::Trouble;

pub fn caches() -> Vec<Fault> {
    let cache = |name, alert, trouble| Fault::new(name, alert, trouble).within(35);
    let thrash = Trouble {
        misses: 0.6,
        ..none()
    };
    let replays = Trouble {
        replays: 0.7,
        ..none()
    };
    let empty = Trouble {
        no_cache: true,
        ..replays.clone()
    };
    vec![
        cache("the cache thrashes", "StickyCacheThrash", thrash),
        cache("no cache", "StickyCacheEmptyUnderLoad", empty),
        cache("each task replays", "ReplaysPerTaskHigh", replays),
    ]
}

pub fn histories() -> Vec<Fault> {
    let long = |name, events| {
        let events = Some(events);
        Fault::new(name, "HistoryNearLimit", Trouble { events, ..none() })
    };
    let large = |name, bytes| {
        let bytes = Some(bytes);
        Fault::new(name, "HistorySizeNearLimit", Trouble { bytes, ..none() })
    };
    vec![
        long("histories near their limit", 30_000.0),
        long("histories at their limit", 51_000.0),
        large("histories large", 30e6),
        large("histories very large", 52e6),
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
        lost(
            "log records are lost",
            M::LogRecordsLost,
            &[("reason", "failed")],
        ),
        lost("what the log holds is lost", M::LogFlushesFailed, &[]),
        lost("metrics are lost to a panic", M::RecorderPanics, &[]),
        lost("spans are lost", M::SpansLost, &[("reason", "dropped")]),
        lost("exports fail", M::ExportFailures, &[("exporter", "otlp")]),
        lost("series are dropped", M::SeriesDropped, &[]),
    ]
}
