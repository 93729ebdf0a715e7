//! Faults of caches and histories, and of telemetry itself.

use chronoscope::schema::Metric as M;

use super::{Fault, none};
use crate::days::{fleet::Queue, trouble::Trouble};

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
    let long = |name, trouble| Fault::new(name, "HistoryNearLimit", trouble).clears(80);
    let large = |name, trouble| Fault::new(name, "HistorySizeNearLimit", trouble).clears(80);
    let of_all = |events, bytes| Trouble {
        events,
        bytes,
        ..none()
    };
    let of_one = |long_run, large_run| Trouble {
        long_run,
        large_run,
        ..none()
    };
    let rarely = |queue: &mut Queue| queue.runs = 0.2;
    vec![
        long("histories near their limit", of_all(Some(30_000.0), None)),
        long("histories at their limit", of_all(Some(51_000.0), None)),
        large("histories large", of_all(None, Some(30e6))),
        large("histories very large", of_all(None, Some(52e6))),
        long(
            "one history near its limit, a task every seven minutes",
            of_one(Some((7, 30_000.0)), None),
        )
        .within(25),
        large(
            "one history large, a task every seven minutes",
            of_one(None, Some((7, 30e6))),
        )
        .within(25),
        long(
            "histories of a quiet queue near their limit",
            of_all(Some(30_000.0), None),
        )
        .of(rarely)
        .within(60),
        large("histories of a quiet queue large", of_all(None, Some(30e6)))
            .of(rarely)
            .within(60),
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
