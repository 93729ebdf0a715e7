//! The Prometheus endpoint, scraped by Prometheus itself.

use std::{
    collections::BTreeSet,
    error::Error as _,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use chronoscope::{
    Observability,
    commit::{Emission, OnCommit},
    metrics::export::Prometheus,
    rpc::Stack,
    schema::{Field, Metric, Naming, Operation},
    testing::execution,
};
use futures::future::join_all;
use metrics::{counter, histogram};
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};
use tower::Layer as _;

use crate::{
    scenarios,
    support::{self, Scraper, http, observed, promtool::check_metrics, unique},
};

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// What no workflow of the scenarios can lead to, by the reason.
fn is_out_of_reach(metric: Metric) -> bool {
    let name = metric.name();
    // No Nexus service, and no slot supplier that looks at resources.
    name.contains("_nexus_")
        || name.contains("_resource_slots_")
        // Failures of the server.
        || matches!(metric, Metric::RequestFailure | Metric::LongRequestFailure)
        // Nobody folds a label.
        || matches!(metric, Metric::LabelValuesFolded)
}

/// The metrics of the catalogue that are not among the names.
fn missing(names: &BTreeSet<String>) -> Vec<Metric> {
    let within_reach = Metric::ALL
        .iter()
        .filter(|metric| !is_out_of_reach(**metric));
    let is_missing = |metric: &&Metric| {
        let name = metric.exported_name(Naming::Prometheus);
        !names.contains(&name) && !names.contains(&format!("{name}_count"))
    };
    within_reach.filter(is_missing).copied().collect()
}

/// Lets promtool check a scrape, and returns what it says.
fn check(scrape: &str) -> String {
    check_metrics("prometheus", scrape).1
}

/// A client whose calls pass the stack, which measures them, too.
async fn bridged(observability: &Observability) -> Client {
    let layer = observability.layer();
    let url = Url::parse(&format!("http://{}", support::address().await)).unwrap();
    let options = layer.layer(ConnectionOptions::new(url).build());
    let stack = Stack::new().all(observability.rpc());
    let connection = Connection::connect(stack.wrap(options).unwrap()).await;
    let options = ClientOptions::new(support::namespace().await).build();
    Client::new(connection.unwrap(), layer.layer(options)).unwrap()
}

#[tokio::test]
#[ignore = "real: Prometheus"]
async fn prometheus_has_every_metric_that_a_worker_can_lead_to() {
    let observability = Observability::builder()
        .emission(Emission::OnCommit(OnCommit::default()))
        .metrics(|m| m.prometheus(anywhere()))
        .build()
        .unwrap();
    let address = observability.prometheus_address().unwrap();
    let server = Scraper::start(address, None);
    let client = bridged(&observability).await;
    let queue = unique("scraped");
    observed(
        &client,
        &observability,
        scenarios::worker(&queue, 1),
        async {
            join_all(
                scenarios::ALL
                    .iter()
                    .map(|scenario| (scenario.play)(client.clone(), queue.clone())),
            )
            .await;
            let recorder = observability.recorder();
            metrics::with_local_recorder(&recorder, || {
                metrics::describe_counter!("parcels_packed_total", "Parcels that were packed");
                counter!("parcels_packed_total").increment(2);
            });
            let wait = async {
                loop {
                    let names = server.names();
                    if missing(&names).is_empty() && names.contains("parcels_packed_total") {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            };
            let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
            assert!(waited.is_ok(), "no data: {:?}", missing(&server.names()));
        },
    )
    .await;

    let scrape = http::get(address, "/metrics").unwrap();
    assert_eq!(check(&scrape), "", "promtool has remarks");
    assert!(scrape.contains("parcels_packed_total 2"));
}

#[test]
#[ignore = "real: Prometheus"]
fn promtool_sees_what_is_wrong() {
    assert!(check("# TYPE a counter\na 1\n").contains("_total"));
}

#[tokio::test]
async fn a_scrape_of_many_series_does_not_wait_for_the_callers_runtime() {
    let observability = Observability::builder()
        .metrics(|m| m.prometheus(anywhere()))
        .build()
        .unwrap();
    let recorder = observability.recorder();
    metrics::with_local_recorder(&recorder, || {
        for metric in 0..50 {
            for series in 0..200 {
                let name = format!("metric_{metric}_total");
                counter!(name, "series" => series.to_string()).increment(1);
            }
        }
    });
    // This blocks the only thread of the runtime that all was set up in.
    let scrape = http::get(observability.prometheus_address().unwrap(), "/metrics").unwrap();
    let series = scrape.lines().filter(|line| line.starts_with("metric_"));
    assert_eq!(series.count(), 10_000);
}

#[test]
fn buckets_and_global_labels_are_those_that_were_asked_for() {
    let endpoint = Prometheus::new(anywhere())
        .buckets("items", [1.0, 2.5])
        .global_label("region", "eu");
    let observability = Observability::builder()
        .metrics(|m| m.prometheus(endpoint))
        .build()
        .unwrap();
    metrics::with_local_recorder(&observability.recorder(), || {
        histogram!("items").record(2.0);
        histogram!("other").record(2.0);
    });
    let scrape = http::get(observability.prometheus_address().unwrap(), "/metrics").unwrap();
    let lines: Vec<_> = scrape
        .lines()
        .filter(|line| line.starts_with("items_bucket"))
        .collect();
    assert_eq!(
        lines,
        [
            "items_bucket{region=\"eu\",le=\"1\"} 0",
            "items_bucket{region=\"eu\",le=\"2.5\"} 1",
            "items_bucket{region=\"eu\",le=\"+Inf\"} 1",
        ]
    );
    assert!(scrape.contains("other_bucket{region=\"eu\",le=\"100000\"} 1"));
}

#[test]
fn a_global_label_gives_way_to_one_that_is_the_same_in_another_spelling() {
    let endpoint = Prometheus::new(anywhere())
        .global_label("service.name", "orders")
        .global_label("workflow.type", "none")
        .global_label("a.b", "first")
        .global_label("a_b", "second");
    let observability = Observability::builder()
        .metrics(|m| m.prometheus(endpoint))
        .build()
        .unwrap();
    let workflow = execution(Operation::RunWorkflow)
        .field(Field::WorkflowType, "Order")
        .build();
    metrics::with_local_recorder(&observability.recorder(), || {
        counter!("theirs_total", "service_name" => "own", "service__name" => "x").increment(1);
        workflow.run(|| counter!("of_workflow_total").increment(1));
    });
    let scrape = http::get(observability.prometheus_address().unwrap(), "/metrics").unwrap();
    let line = |name: &str| {
        let mut lines = scrape.lines().filter(|line| line.starts_with(name));
        let line = lines.next().unwrap();
        assert_eq!(lines.next(), None);
        let (_, labels) = line.split_once('{').unwrap();
        let labels = labels.split_once('}').unwrap().0.split(',');
        labels.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let expected = |labels: [&str; 3]| labels.map(str::to_owned).into();
    assert_eq!(
        line("theirs_total"),
        expected([
            "service_name=\"x\"",
            "workflow_type=\"none\"",
            "a_b=\"second\""
        ])
    );
    assert_eq!(
        line("of_workflow_total"),
        expected([
            "service_name=\"orders\"",
            "workflow_type=\"Order\"",
            "a_b=\"second\""
        ])
    );
}

#[test]
fn an_address_that_can_not_be_had_is_an_error_that_names_it() {
    let held = TcpListener::bind(anywhere()).unwrap();
    for (address, why) in [
        (held.local_addr().unwrap(), "in use"),
        (SocketAddr::from(([192, 0, 2, 1], 9464)), "assign"),
    ] {
        let error = Observability::builder()
            .metrics(|m| m.prometheus(address))
            .build()
            .unwrap_err();
        assert!(error.to_string().contains(&address.to_string()), "{error}");
        assert!(error.to_string().contains("another port"), "{error}");
        assert!(
            error.source().unwrap().to_string().contains(why),
            "{error:?}"
        );
    }
}
