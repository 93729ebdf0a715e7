//! What a log record holds of an event.

use std::{collections::BTreeSet, error::Error, fmt, io};

use chronoscope::{Observability, export::Collector, logs::RecordCounts};
use opentelemetry::{
    Context,
    trace::{TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use opentelemetry_proto::tonic::logs::v1::SeverityNumber;

use super::{set_default, shut_down};
use crate::support::collector::{self, Record};

/// Sends what the body logs, and returns what arrived.
async fn sent(filter: &str, body: impl FnOnce(&Observability)) -> (Vec<Record>, RecordCounts) {
    let (collector, endpoint) = collector::Collector::start().await;
    let to = Collector::at(endpoint);
    let observability = Observability::builder()
        .traces(|t| t.otlp(to.clone()))
        .logs(|l| {
            l.otlp(to.service_name("orders"))
                .filter(filter)
                .writer(io::sink())
        })
        .build()
        .unwrap();
    let default = set_default(&observability);
    body(&observability);
    drop(default);
    shut_down(&observability).await;
    (collector.records(), observability.health().records)
}

#[derive(Debug)]
struct Failed(Option<Box<Failed>>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it failed")
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_deref().map(|cause| cause as _)
    }
}

#[tokio::test]
async fn fields_keep_the_types_that_otlp_has() {
    let error = Failed(None);
    let (mut records, _) = sent("info", |_| {
        tracing::info!(n = 1, "without a name");
        tracing::warn!(
            name: "parcel.packed",
            target: "shop::parcels",
            signed = -7,
            unsigned = 7_u64,
            huge = u64::MAX,
            wide = 7_i128,
            float = 0.5,
            flag = true,
            text = "socks",
            bytes = &b"ab"[..],
            debug = ?Some(1),
            display = %"as it is",
            error = &error as &(dyn Error + 'static),
            some = Some(3),
            none = None::<i32>,
            "packed {}", 2
        );
    })
    .await;
    records.sort_by_key(|record| record.body != "without a name");
    let [nameless, record] = &records[..] else {
        panic!("{records:#?}");
    };
    assert_eq!((&*nameless.event, &*record.event), ("", "parcel.packed"));
    assert_eq!(record.body, "packed 2");
    assert_eq!(record.severity, ("WARN".to_owned(), SeverityNumber::Warn));
    assert_eq!(record.target, "shop::parcels");
    assert_eq!(record.resource["service.name"], "orders");
    assert!(record.time > 0);
    assert_eq!((&*record.trace, &*record.span), ("", ""));
    let typed: Vec<_> = record.typed.iter().collect();
    let typed: Vec<_> = typed
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        typed,
        [
            ("bytes", "BytesValue([97, 98])"),
            ("debug", "StringValue(\"Some(1)\")"),
            ("display", "StringValue(\"as it is\")"),
            ("exception.message", "StringValue(\"it failed\")"),
            ("flag", "BoolValue(true)"),
            ("float", "DoubleValue(0.5)"),
            ("huge", "StringValue(\"18446744073709551615\")"),
            ("signed", "IntValue(-7)"),
            ("some", "IntValue(3)"),
            ("text", "StringValue(\"socks\")"),
            ("unsigned", "IntValue(7)"),
            ("wide", "IntValue(7)"),
        ]
    );
}

#[tokio::test]
async fn a_name_is_there_once_and_an_event_without_a_message_is_one() {
    let (one, other) = (Failed(None), io::Error::other("another"));
    let (records, _) = sent("info", |_| {
        tracing::info!(
            error = &one as &(dyn Error + 'static),
            cause = &other as &(dyn Error + 'static),
            n = 1
        );
    })
    .await;
    let [record] = &records[..] else {
        panic!("{records:#?}");
    };
    assert_eq!(record.attribute("exception.message"), "it failed");
    assert_eq!((record.attribute("n"), &*record.body), ("1", ""));
}

#[tokio::test]
async fn a_record_of_the_log_crate_keeps_its_target() {
    let (records, _) = sent("warn,shop=info", |_| {
        let log = |target, level, text: &str| {
            let args = format_args!("{text}");
            let mut record = log::Record::builder();
            record.target(target).level(level).args(args).line(Some(7));
            record
                .module_path(Some("shop::inner"))
                .file(Some("inner.rs"));
            tracing_log::format_trace(&record.build()).unwrap();
        };
        log("shop::parcels", log::Level::Info, "packed");
        log("other", log::Level::Error, "broken");
    })
    .await;
    let shown: Vec<_> = records
        .iter()
        .map(|record| {
            let Record { body, target, .. } = record;
            (&**target, &**body, record.severity.1)
        })
        .collect();
    let expected = [
        ("shop::parcels", "packed", SeverityNumber::Info),
        ("other", "broken", SeverityNumber::Error),
    ];
    for each in expected {
        assert!(shown.contains(&each), "{shown:?}");
    }
    assert_eq!(shown.len(), 2);
    for record in &records {
        assert_eq!(record.all, [], "where it is from is the target");
        assert_eq!(record.event, "");
    }
}

#[tokio::test]
async fn the_span_around_an_event_is_on_it_and_directives_hold() {
    let mut ids = None;
    let (records, _) = sent("off,suite=info", |observability| {
        let tracer = observability.tracer_provider().tracer("suite");
        tracer.in_span("around", |context: Context| {
            ids = Some(context.span().span_context().clone());
            tracing::info!("inside");
            tracing::debug!("too low");
            tracing::info!(target: "elsewhere", "of another");
        });
    })
    .await;
    let [record] = &records[..] else {
        panic!("{records:#?}");
    };
    let ids = ids.unwrap();
    assert_eq!(record.trace, ids.trace_id().to_string());
    assert_eq!(record.span, ids.span_id().to_string());
}

/// Panics when it is shown.
struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn what_exporters_say_is_left_out_and_a_panic_is_counted() {
    let (records, counts) = sent("trace", |_| {
        tracing::info!(target: "opentelemetry_sdk", "an exporter");
        tracing::info!(target: "opentelemetry-otlp", "an exporter");
        tracing::info!(target: "opentelemetry_orders", "an application");
        let quiet = Context::enter_telemetry_suppressed_scope();
        tracing::info!("on a thread that exports");
        drop(quiet);
        tracing::info!(panics = ?Panics, "no record");
        tracing::info!("the last");
    })
    .await;
    // Those of one target come together.
    let bodies: BTreeSet<_> = records.iter().map(|record| &*record.body).collect();
    assert_eq!(bodies, BTreeSet::from(["an application", "the last"]));
    assert_eq!((counts.exported, counts.panicked), (2, 1));
}

#[tokio::test]
async fn the_layer_is_handed_out_once_and_only_with_a_collector() {
    let subscriber = |observability: &Observability| {
        observability
            .log_record_layer::<tracing_subscriber::Registry>()
            .is_some()
    };
    let none = Observability::builder().build().unwrap();
    assert!(!subscriber(&none));
    let observability = Observability::builder()
        .logs(|l| l.otlp(Collector::at("http://127.0.0.1:1")))
        .build()
        .unwrap();
    assert!(subscriber(&observability));
    assert!(!subscriber(&observability));
    let names: Vec<_> = observability
        .health()
        .exporters
        .iter()
        .map(|exporter| exporter.name)
        .collect();
    assert_eq!(names, ["otlp_logs"]);
    shut_down(&observability).await;
}
