//! `shutdown()` ends within the time that it states, however many collectors don't answer.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use chronoscope::{Observability, export::Collector};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use tracing_subscriber::layer::SubscriberExt as _;

/// The stated 15 seconds, and what a busy machine may take besides. One collector after the
/// other would take 45.
const STATED: Duration = Duration::from_secs(20);

#[test]
fn collectors_that_do_not_answer_are_waited_for_at_once() {
    // Connections are made, and nobody takes them.
    let silent: Vec<_> = (0..9)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let mut collectors = silent
        .iter()
        .map(|listener| Collector::at(format!("http://{}", listener.local_addr().unwrap())));
    let mut three = || collectors.by_ref().take(3).collect::<Vec<_>>();
    let (spans, metrics, records) = (three(), three(), three());
    let observability = Observability::builder()
        .traces(|traces| spans.into_iter().fold(traces, |traces, to| traces.otlp(to)))
        .metrics(|own| metrics.into_iter().fold(own, |own, to| own.otlp(to)))
        .logs(|logs| records.into_iter().fold(logs, |logs, to| logs.otlp(to)))
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(observability.log_record_layer());
    tracing::subscriber::with_default(subscriber, || chronoscope::info!("never sent"));
    let tracer = observability.tracer_provider().tracer("test");
    tracer.in_span("never sent", |_| ());
    let started = Instant::now();
    observability.shutdown();
    let took = started.elapsed();
    assert!(took < STATED, "{took:?}");
    // Again it does nothing.
    observability.shutdown();
    assert!(started.elapsed() < STATED);
    let health = observability.health();
    // What is on its way when everything ends may be counted a moment later.
    let spans = health.spans;
    let unsent = spans.failed + spans.dropped + spans.waiting;
    assert_eq!((spans.exported, unsent), (0, 3), "{health:?}");
    let records = health.records;
    let unsent = records.failed + records.dropped + records.waiting;
    assert_eq!((records.exported, unsent), (0, 3), "{health:?}");
}
