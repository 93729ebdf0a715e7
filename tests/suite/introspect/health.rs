//! The service says of telemetry's health what the process knows of it, count for count.

use std::{fmt, io};

use chronoscope::{
    Observability,
    introspect::v1::*,
    logs::LogFormat,
    schema::{Field, Operation},
    testing::execution,
};
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit, counter,
    gauge, histogram,
};
use tracing_subscriber::layer::SubscriberExt as _;

use super::{client, serve};
use crate::support::moment;

/// Writes some lines and fails to flush them.
struct Failing(u32);

impl io::Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += 1;
        match self.0 {
            1 => Err(io::Error::other("on purpose")),
            _ => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::Error::other("on purpose"))
    }
}

struct Broken;

impl fmt::Debug for Broken {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

struct Bomb;

impl fmt::Debug for Bomb {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::panic::resume_unwind(Box::new("on purpose"))
    }
}

/// Panics when it is asked for a gauge.
struct Panicking;

impl Recorder for Panicking {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        std::panic::resume_unwind(Box::new("on purpose"))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// Has a bit of everything go wrong.
fn spoil() {
    for _ in 0..3 {
        tracing::info!(level = "high", "renamed");
    }
    tracing::info!(value = ?Broken, "unformatted");
    tracing::info!(value = ?Bomb, "panicked");
    let workflow = execution(Operation::RunWorkflow).field(Field::WorkflowId, "w");
    workflow.build().run(|| gauge!("depth").increment(1.0));
    counter!("orders_done").increment(1);
    counter!("orders.done").increment(1);
    histogram!("sizes").record(f64::NAN);
    counter!("of", "id" => "01234567-89ab-cdef-0123-456789abcdef").increment(1);
    histogram!("orders_done").record(1.0);
}

#[tokio::test]
async fn each_count_of_the_process_is_told() {
    let builder = Observability::builder()
        .logs(|l| l.writer(Failing(0)).format(LogFormat::JsonFlat))
        .metrics(|m| m.recorder(Panicking));
    let (observability, address) = serve(builder);
    let subscriber = tracing_subscriber::registry().with(observability.log_layer());
    tracing::subscriber::with_default(subscriber, || {
        metrics::with_local_recorder(&observability.recorder(), spoil);
    });
    while observability.health().lines.flushes_failed == 0 {
        moment().await;
    }
    let mut client = client(address).await;
    let before = observability.health();
    let told = client.get_health(GetHealthRequest {}).await.unwrap();
    let (told, lines) = (told.get_ref(), told.get_ref().lines.unwrap());
    let series = told.series.unwrap();
    let upserts = told.upserts.unwrap();
    let after = observability.health();
    let is_between = [
        (
            "failed",
            before.lines.failed,
            lines.failed,
            after.lines.failed,
        ),
        (
            "flushes",
            before.lines.flushes_failed,
            lines.flushes_failed,
            after.lines.flushes_failed,
        ),
    ];
    for (name, before, told, after) in is_between {
        assert!(before <= told && told <= after, "{name}: {told}");
        assert!(after > 0, "{name}");
    }
    for (name, told, known) in [
        ("overflowed", lines.overflowed, after.lines.overflowed),
        ("left behind", lines.left_behind, after.lines.left_behind),
        ("sent", upserts.sent, after.upserts.sent),
        ("skipped", upserts.skipped, after.upserts.skipped),
        ("runs", told.runs, after.runs),
        (
            "log",
            told.log_crate_bridged.into(),
            after.log_records.into(),
        ),
    ] {
        assert_eq!(told, known, "{name}");
    }
    for (name, told, known) in [
        ("panicked", lines.panicked, after.lines.panicked),
        ("unformatted", lines.unformatted, after.lines.unformatted),
        ("renamed", lines.fields_renamed, after.lines.fields_renamed),
        ("folded", series.folded, after.series.folded),
        ("dropped", series.dropped, after.series.dropped),
        ("names", series.renamed, after.series.renamed),
        ("values", series.values_refused, after.series.values_refused),
        ("recorders", told.recorder_panics, after.recorder_panics),
        (
            "gauges",
            told.gauge_changes_refused,
            after.gauge_changes_refused,
        ),
    ] {
        assert_eq!(told, known, "{name}");
        assert!(told > 0, "{name}");
    }
}
