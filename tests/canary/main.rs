//! Secrets in every place that holds a payload: none is in any span, log line or metric of what
//! `install` sets up, the core's and the libraries' at their most talkative included.
//!
//! A process of its own, for there is one subscriber a process.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::ptr_arg,
    reason = "tests, with modules shared with others"
)]

#[path = "../suite/support/mod.rs"]
mod support;

mod conversions;
mod needles;
mod spans;
mod workflows;

use std::{collections::BTreeSet, net::SocketAddr};

use chronoscope::{
    Observability, export,
    introspect::v1::{
        GetHealthRequest, ListEventsRequest, ListRunsRequest, Page,
        introspect_client::IntrospectClient,
    },
    logs::{LogFormat, Losses},
};
use opentelemetry::Context;
use tokio::{runtime::Builder, task::spawn_blocking};
use tonic::transport::Endpoint;
use tower::Layer as _;

use self::{needles::leaks, spans::Shown};
use crate::support::{
    Lines,
    collector::{Collector, Record, Span},
    connect,
    exported::Exported,
    http, observed, unique, work,
};

/// Starts a collector on a thread whose own spans go nowhere: each that it took would make more.
fn collector() -> (Collector, String) {
    let (sender, started) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _quiet = Context::enter_telemetry_suppressed_scope();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            sender.send(Collector::start().await).unwrap();
            std::future::pending::<()>().await;
        });
    });
    started.recv().unwrap()
}

/// All output, by its place.
struct Said {
    console: String,
    file: String,
    metrics: String,
    spans: String,
    inside: String,
    exported: Vec<Span>,
    records: Vec<Record>,
}

/// All that the introspection service says.
async fn look_inside(address: SocketAddr) -> String {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut inside = IntrospectClient::new(endpoint.connect().await.unwrap());
    let page = Some(Page {
        size: 1000,
        ..Default::default()
    });
    let runs = ListRunsRequest {
        page: page.clone(),
        ..Default::default()
    };
    let runs = inside.list_runs(runs).await.unwrap();
    let events = ListEventsRequest {
        page,
        ..Default::default()
    };
    let events = inside.list_events(events).await.unwrap();
    let health = inside.get_health(GetHealthRequest {}).await.unwrap();
    format!("{runs:#?}\n{events:#?}\n{health:#?}")
}

/// Has a part of this program write flat lines.
const FORMAT: &str = "CANARY_FORMAT";

fn format() -> LogFormat {
    let format = std::env::var(FORMAT);
    format.map_or(LogFormat::Full, |format| format.parse().unwrap())
}

async fn play() -> Said {
    let (collector, endpoint) = collector();
    let (console, shown) = (Lines::default(), Shown::default());
    let file = std::env::temp_dir().join(format!("{}.jsonl", unique("canary")));
    let exported = Exported::default();
    let theirs = exported.provider();
    let observability = Observability::builder()
        .logs(|l| {
            // The server is in this process, and its frames are no telemetry of a worker.
            l.filter("trace,h2=debug")
                .format(format())
                .writer(console.clone())
                .file(&file)
                .otlp(export::Collector::at(&endpoint))
                .buffer(1_000_000)
                .buffer_bytes(1 << 30)
        })
        .traces(|t| t.otlp(export::Collector::at(&endpoint)))
        .metrics(|m| m.otlp(export::Collector::at(&endpoint)))
        .traces(|t| t.processor(shown.clone()))
        .metrics(|m| m.prometheus(std::net::SocketAddr::from(([127, 0, 0, 1], 0))))
        .metrics(|m| m.meter_provider(theirs.clone()))
        .introspect(|i| i.listen(([127, 0, 0, 1], 0)))
        .install()
        .unwrap();
    let service = observability.introspect_address().unwrap();
    let client = connect(Some(&observability)).await;
    let queue = unique("canary");
    let worker = workflows::worker(&queue);
    observed(
        &client,
        &observability,
        worker,
        workflows::play(&client, &queue),
    )
    .await;
    let (queue, stacked) = (unique("canary"), unique("canary"));
    let misreading = async || {
        conversions::play(&client, &queue).await;
        conversions::play_activities(&client, &stacked).await;
        look_inside(service).await
    };
    let stack = conversions::stacked(&observability, &stacked);
    let stack = observability.layer().without_activities().layer(stack);
    let worker = conversions::worker(&queue);
    let inside = observed(&client, &observability, worker, async {
        work(&client, stack, misreading()).await
    });
    let inside = inside.await;
    let address = observability.prometheus_address().unwrap();
    let page = spawn_blocking(move || http::get(address, "/metrics").unwrap());
    let page = page.await.unwrap();
    theirs.force_flush().unwrap();
    let provided = exported.series();
    let lost = observability.health().lines;
    let mut none = Losses::default();
    none.fields_renamed = lost.fields_renamed;
    assert_eq!(lost, none);
    let ended = observability.clone();
    spawn_blocking(move || ended.shutdown()).await.unwrap();
    let log = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(file).unwrap();
    let records = observability.health().records;
    assert_eq!(
        (records.failed, records.dropped, records.waiting),
        (0, 0, 0)
    );
    Said {
        console: console.text(),
        file: log,
        metrics: format!("{page}\n{:#?}\n{provided:#?}", collector.series()),
        spans: shown.text(),
        inside,
        exported: collector.spans(),
        records: collector.records(),
    }
}

/// One subscriber a process: this is another one.
#[test]
fn nor_does_one_in_flat_lines() {
    let program = std::env::current_exe().unwrap();
    let output = std::process::Command::new(program)
        .args(["--exact", "no_secret_comes_out"])
        .env(FORMAT, "json_flat")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_comes_out() {
    let said = play().await;
    // The core is talkative indeed, and what may be shown is shown.
    for target in ["temporalio_sdk_core", "temporalio_sdk::", "h2::", "canary"] {
        assert!(
            said.file.contains(&format!(r#""target":"{target}"#)),
            "{target}"
        );
        let mut records = said.records.iter();
        assert!(
            records.any(|record| record.target.starts_with(target)),
            "{target}"
        );
    }
    let records = format!("{:#?}", said.records);
    let exported = format!("{:#?}", said.exported);
    for text in [&said.spans, &exported] {
        assert!(text.contains(workflows::MESSAGE));
        assert!(text.contains("RunWorkflow:Vault"));
    }
    assert!(said.metrics.contains("temporal_workflow_failed_total"));
    for kind in ["TaskFailed", "ActivityFailed", "RunFailed"] {
        assert!(said.inside.contains(kind), "{kind}: {}", said.inside);
    }
    let counted = said
        .exported
        .iter()
        .find(|span| span.name == "StartActivity:count");
    let counted = counted.unwrap();
    assert_eq!(counted.attribute("error.type"), "ApplicationError");
    assert_eq!((counted.is_error, &*counted.message), (true, ""));
    // What exporters do would make spans without end.
    for thread in ["on chronoscope-export", "on OpenTelemetry"] {
        let own = said.spans.lines().filter(|span| span.contains(thread));
        assert_eq!(own.count(), 0, "{thread}");
    }
    let places = [
        ("spans", &said.spans),
        ("exported spans", &exported),
        ("log records", &records),
        ("metrics", &said.metrics),
        ("introspection", &said.inside),
        ("file", &said.file),
        ("console", &said.console),
    ];
    let leaks: BTreeSet<_> = places
        .iter()
        .flat_map(|(place, text)| leaks(text).into_iter().map(move |leak| (*place, leak)))
        .collect();
    assert!(leaks.is_empty(), "{}: {leaks:#?}", leaks.len());
}
