//! Metrics by OTLP, read back on a collector's side of the wire.

use std::{error::Error as _, net::SocketAddr, time::Duration};

use chronoscope::{
    Observability,
    execution::Phase,
    export,
    metrics::export::Otlp,
    schema::{Field, Metric, Naming, Operation},
    testing::execution,
};
use metrics::{counter, describe_counter, gauge, histogram};

use crate::{
    scenarios::{self, Timers},
    support::{
        Lines,
        collector::{Collector, Fault, Sent},
        connect, end, http, namespace, observed, start, unique,
    },
};

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Long enough that nothing is sent but at the end.
const NEVER: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread")]
async fn users_and_the_cores_metrics_reach_prometheus_and_a_collector() {
    let (collector, endpoint) = Collector::start().await;
    let otlp = Otlp::to(export::Collector::at(endpoint).service_name("parcels")).interval(NEVER);
    let observability = Observability::builder()
        .metrics(|m| m.prometheus(anywhere()).otlp(otlp))
        .build()
        .unwrap();
    let client = connect(Some(&observability)).await;
    let queue = unique("exported");
    observed(
        &client,
        &observability,
        scenarios::worker(&queue, 10),
        async {
            for _ in 0..3 {
                end(&start(&client, &queue, Timers::run, ()).await).await;
            }
        },
    )
    .await;
    let scrape = http::get(observability.prometheus_address().unwrap(), "/metrics").unwrap();
    observability.shutdown();

    let completed = scrape.lines().find(|line| {
        line.starts_with("temporal_workflow_completed_total{") && line.contains("Timers")
    });
    assert!(completed.unwrap().ends_with(" 3"), "{completed:?}");
    let labels = format!(
        "namespace={},task_queue={queue},workflow_type=Timers",
        namespace().await
    );
    knows_of_three_runs(&collector, &labels);
}

fn knows_of_three_runs(collector: &Collector, labels: &str) {
    let sent = collector.series();
    for metric in [
        format!("temporal_workflow_completed_total{{{labels}}}"),
        format!(
            "temporal_workflow_outcome_total{{{}}}",
            labels.replace(",task_queue", ",outcome=completed,task_queue")
        ),
    ] {
        assert_eq!(
            sent.get(&metric),
            Some(&Sent::Sum(3)),
            "{metric}: {sent:#?}"
        );
    }
    let latency = Metric::WorkflowEndToEndLatency;
    let name = latency.exported_name(Naming::Prometheus);
    let Some(Sent::Histogram { count, bounds, .. }) = sent.get(&format!("{name}{{{labels}}}"))
    else {
        panic!("{sent:#?}");
    };
    assert_eq!((*count, &bounds[..]), (3, latency.buckets()));
    let described = collector.described(&name).unwrap();
    assert_eq!(described, ("s".to_owned(), latency.help().to_owned()));
    assert_eq!(
        collector.resource("service.name").as_deref(),
        Some("parcels")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_made_anew_at_each_call_goes_on_where_the_former_was() {
    let (collector, endpoint) = Collector::start().await;
    let otlp = Otlp::to(export::Collector::at(endpoint))
        .interval(NEVER)
        .buckets("items", [1.0, 5.0]);
    let observability = Observability::builder()
        .metrics(|m| m.otlp(otlp))
        .build()
        .unwrap();
    let workflow = |phase| {
        execution(Operation::RunWorkflow)
            .field(Field::WorkflowType, "Order")
            .phase(phase)
            .build()
    };
    metrics::with_local_recorder(&observability.recorder(), || {
        describe_counter!("packed", "Parcels that were packed");
        for phase in [Phase::Replaying, Phase::Live, Phase::Live] {
            workflow(phase).run(|| {
                counter!("packed").increment(2);
                gauge!("open").set(4.0);
                histogram!("items").record(2.0);
            });
        }
        for _ in 0..3 {
            gauge!("depth").increment(2.0);
            gauge!("depth").decrement(1.0);
            counter!("absolute").absolute(7);
        }
    });
    observability.shutdown();
    let sent = collector.series();
    let items = Sent::Histogram {
        count: 2,
        sum: 4.0,
        bounds: vec![1.0, 5.0],
    };
    for (series, value) in [
        ("packed{workflow_type=Order}", Sent::Sum(4)),
        ("open{workflow_type=Order}", Sent::Gauge(4.0)),
        ("items{workflow_type=Order}", items),
        ("depth{}", Sent::Gauge(3.0)),
        ("absolute{}", Sent::Sum(7)),
    ] {
        assert_eq!(sent.get(series), Some(&value), "{series}");
    }
    let (_, description) = collector.described("packed").unwrap();
    assert_eq!(description, "Parcels that were packed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_down_is_counted_and_hurts_nobody() {
    let free = std::net::TcpListener::bind(anywhere()).unwrap();
    let nobody = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let otlp = Otlp::to(export::Collector::at(nobody)).interval(Duration::from_millis(100));
    let observability = Observability::builder()
        .metrics(|m| m.prometheus(anywhere()).otlp(otlp))
        .build()
        .unwrap();
    metrics::with_local_recorder(&observability.recorder(), || {
        counter!("packed_total").increment(2);
    });
    let address = observability.prometheus_address().unwrap();
    loop {
        let scrape = http::get(address, "/metrics").unwrap();
        assert!(scrape.contains("packed_total 2"));
        let mut lines = scrape.lines();
        let failures = lines.find_map(|line| {
            line.strip_prefix("chronoscope_export_failures_total{exporter=\"otlp\"} ")
        });
        if failures.unwrap().parse::<u64>().unwrap() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    observability.shutdown();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_metrics_that_cannot_be_sent_are_warned_of() {
    let otlp = Otlp::to(export::Collector::at(Fault::Silent.start().await)).interval(NEVER);
    let observability = Observability::builder()
        .metrics(|m| m.otlp(otlp))
        .build()
        .unwrap();
    let lines = Lines::default();
    let default = lines.set_default();
    observability.shutdown();
    drop(default);
    let said = lines.of("chronoscope");
    let last = said.iter().find(|line| {
        let message = line["fields"]["message"].as_str();
        message.is_some_and(|message| message.starts_with("cannot send the last metrics"))
    });
    assert_eq!(last.unwrap()["level"], "WARN", "{said:?}");
}

#[test]
fn an_endpoint_that_can_be_none_is_an_error_that_names_it() {
    for endpoint in ["not an address", "collector", "localhost:4317", ""] {
        let collector = || export::Collector::at(endpoint);
        let metrics = Observability::builder().metrics(|m| m.otlp(collector()));
        let traces = Observability::builder().traces(|t| t.otlp(collector()));
        for error in [metrics.build().unwrap_err(), traces.build().unwrap_err()] {
            let text = error.to_string();
            assert!(text.contains(&format!("{endpoint:?}")), "{text}");
            assert!(text.contains("http://localhost:4317"), "{text}");
            assert!(error.source().is_some());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_a_scheme_is_sent_to_in_the_clear_if_the_program_says_so() {
    let (collector, endpoint) = Collector::start().await;
    let address = endpoint.trim_start_matches("http://");
    let otlp = Otlp::to(export::Collector::at(address).insecure()).interval(NEVER);
    let builder = Observability::builder().metrics(|m| m.otlp(otlp));
    builder.build().unwrap().shutdown();
    assert!(!collector.series().is_empty());
}
