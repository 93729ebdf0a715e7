//! One run through layers of other people: what each makes of it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod layers;

use chronoscope::{
    Observability,
    logs::{ReplayFilter, without_context},
};
use errands::{ID, SHOPS, play};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SimpleSpanProcessor};
use tracing_subscriber::{
    Layer as _,
    filter::{FilterExt as _, LevelFilter},
    layer::SubscriberExt as _,
};

use self::layers::{Appender, Journald, Logfmt, Loki, Seen, Sentry};

/// Every line of a run and of its activities.
fn lines() -> Vec<String> {
    let mut lines = vec![
        "set out".to_owned(),
        "came home".to_owned(),
        "took a hint".to_owned(),
    ];
    for shop in 1..=SHOPS {
        lines.push(format!("inside shop {shop}"));
        lines.push(format!("visited shop {shop}"));
    }
    lines.sort();
    lines
}

/// Checks that a layer saw each line once, with the ids of what logged it.
fn check(layer: &str, mut seen: Vec<Seen>, run_id: &str) {
    seen.sort_by(|a, b| a.message.cmp(&b.message));
    let messages: Vec<_> = seen.iter().map(|event| event.message.clone()).collect();
    assert_eq!(messages, lines(), "{layer}");
    for event in &seen {
        let expect = |name: &str, value: &str| {
            let found = event.fields.get(name).map(String::as_str);
            assert_eq!(found, Some(value), "{layer}: {name} of {event:?}");
        };
        expect("namespace", "default");
        expect("task_queue", "errands");
        expect("workflow_id", ID);
        expect("run_id", run_id);
        expect("workflow_type", "Errand");
        expect("attempt", "1");
        assert_eq!(event.fields["trace_id"].len(), 32, "{layer}: {event:?}");
        assert_eq!(event.fields["span_id"].len(), 16, "{layer}: {event:?}");
        let of_an_activity = event.message.starts_with("inside");
        if of_an_activity {
            expect("activity_type", "Shops::visit");
            expect("is_local", "false");
            expect("shop", &event.message[event.message.len() - 1..]);
        }
        assert_eq!(event.fields.contains_key("activity_id"), of_an_activity);
        if event.message == "took a hint" {
            expect("signal_name", "hint");
        }
        // The span is live for the first of them alone; replay opened it for the others.
        if event.message == "set out" || event.message.starts_with("visited") {
            expect("item", "socks");
        }
    }
}

#[tokio::test]
async fn each_layer_sees_each_line_once_with_the_ids() {
    let (observability, _) = traced();
    let spans = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(spans.clone())
        .build();
    let exporting = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));

    let (appender, sentry, logfmt) = (Appender::new(), Sentry::new(), Logfmt::default());
    let (loki, pushing) = Loki::new();
    let journald = Journald::new();
    let subscriber = tracing_subscriber::registry()
        .with(exporting.with_filter(ReplayFilter::new().and(without_context())))
        .with(appender.layer())
        .with(sentry.layer())
        .with(logfmt.layer())
        .with(pushing)
        .with(journald.as_ref().map(Journald::layer))
        .with(ReplayFilter::global().with_spans())
        .with(LevelFilter::INFO);
    let _default = tracing::subscriber::set_default(subscriber);

    let run_id = play(&observability).await.unwrap();
    check("opentelemetry-appender-tracing", appender.seen(), &run_id);
    check("sentry-tracing", sentry.seen(), &run_id);
    check("tracing-logfmt", logfmt.seen(), &run_id);
    check("tracing-loki", loki.seen().await, &run_id);
    match journald {
        Some(journald) => check("tracing-journald", journald.seen(), &run_id),
        None => eprintln!("tracing-journald is not tested: its socket is somebody else's"),
    }
    are_exported_once(&spans);
}

#[tokio::test]
async fn our_own_bridge_never_exports_the_context_span() {
    let (observability, spans) = traced();
    let (logfmt, lines) = (Logfmt::default(), Logfmt::default());
    let subscriber = tracing_subscriber::registry()
        .with(observability.tracing_layer())
        .with(logfmt.layer())
        .with(lines.layer().with_filter(without_context()))
        .with(ReplayFilter::global().with_spans())
        .with(LevelFilter::INFO);
    let _default = tracing::subscriber::set_default(subscriber);

    let run_id = play(&observability).await.unwrap();
    check("tracing-logfmt", logfmt.seen(), &run_id);
    are_exported_once(&spans);
    let spans = spans.get_finished_spans().unwrap();
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (run, errand) = (named("RunWorkflow:Errand"), named("errand"));
    assert_eq!(errand.parent_span_id, run.span_context.span_id());
    for event in lines.seen() {
        assert!(!event.fields.contains_key("workflow_id"), "{event:?}");
        let is_inside = event.message.starts_with("visited");
        assert_eq!(
            event.fields.contains_key("item"),
            is_inside || event.message == "set out"
        );
    }
}

/// An observability that opens the context span, and where its own spans go.
fn traced() -> (Observability, InMemorySpanExporter) {
    let spans = InMemorySpanExporter::default();
    let observability = Observability::builder()
        .traces(|traces| traces.processor(SimpleSpanProcessor::new(spans.clone())))
        .logs(|logs| logs.context_span())
        .build()
        .unwrap();
    (observability, spans)
}

/// Checks that the workflow's own span and those of its activities were exported once each, and the
/// context span never.
fn are_exported_once(exporter: &InMemorySpanExporter) {
    let spans = exporter.get_finished_spans().unwrap();
    let of = |name: &str| spans.iter().filter(|span| span.name == name).count();
    assert_eq!(of("errand"), 1, "{spans:?}");
    assert_eq!(of("shop"), SHOPS as usize, "{spans:?}");
    assert_eq!(of("temporal"), 0, "{spans:?}");
}
