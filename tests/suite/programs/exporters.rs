//! The flags and variables that say where metrics go.

use std::{net::TcpListener, process::Output};

use super::{on_server, stderr, stdout};
use crate::support::collector::{Collector, Sent};

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    stdout(output)
}

/// The sum of a metric's samples on a page.
fn sum(page: &str, sample: &str) -> f64 {
    page.lines()
        .filter(|line| line.starts_with(&format!("{sample}{{")))
        .map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap())
        .sum()
}

#[tokio::test]
async fn the_metrics_example_shows_each_parcel_once() {
    let mut command = on_server("metrics").await;
    let output = command.args(["--parcels", "6", "--runs", "4"]).output();
    let page = succeeded(&output.unwrap());
    // Parcels of 1 to 4 items, in turn: 1, 2, 3, 4, 1, 2.
    for (sample, expected) in [
        ("parcels_packed_total", 24.0),
        ("items_packed_total", 4.0 * 13.0),
        ("parcel_items_count", 24.0),
        ("parcel_items_sum", 4.0 * 13.0),
        ("shipment_parcels_left", 0.0),
    ] {
        assert_eq!(sum(&page, sample), expected, "{sample}: {page}");
    }
    assert!(page.contains("24 parcels of 52 items packed"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_example_sends_to_the_collector_that_it_is_told_of() {
    for by_flag in [true, false] {
        let (collector, endpoint) = Collector::start().await;
        let mut command = on_server("local_activities").await;
        if by_flag {
            command.args(["--otlp", &endpoint]);
        } else {
            command.env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &endpoint);
        }
        // By OpenTelemetry's specification the first stands above the second.
        command
            .env("OTEL_SERVICE_NAME", "biller")
            .env("OTEL_RESOURCE_ATTRIBUTES", "service.name=other");
        let output = tokio::task::spawn_blocking(move || command.output());
        let said = succeeded(&output.await.unwrap().unwrap());
        assert!(!said.contains("lost lines"), "{said}");
        let series = collector.series();
        let mut completed = series.iter().filter(|(key, _)| {
            key.starts_with("temporal_workflow_completed_total{") && key.contains("Bill")
        });
        assert_eq!(
            completed.next().map(|(_, sent)| sent),
            Some(&Sent::Sum(1)),
            "{series:#?}"
        );
        assert_eq!(
            collector.resource("service.name").as_deref(),
            Some("biller")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_in_the_environment_is_for_what_the_environment_asks_for() {
    for by_flag in [false, true] {
        let (collector, endpoint) = Collector::start().await;
        let mut command = on_server("local_activities").await;
        command.env("OTEL_SDK_DISABLED", "true");
        if by_flag {
            command.args(["--otlp", &endpoint]);
        } else {
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint);
        }
        let output = tokio::task::spawn_blocking(move || command.output());
        succeeded(&output.await.unwrap().unwrap());
        assert_eq!(
            !collector.raw().is_empty(),
            by_flag,
            "spans by flag: {by_flag}"
        );
        assert_eq!(
            !collector.series().is_empty(),
            by_flag,
            "metrics by flag: {by_flag}"
        );
    }
}

#[tokio::test]
async fn a_port_in_use_is_an_error_by_flag_and_a_warning_by_variable() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, port) = (
        held.local_addr().unwrap(),
        held.local_addr().unwrap().port(),
    );
    let mut by_flag = on_server("local_activities").await;
    by_flag.args(["--prometheus", &address.to_string()]);
    let mut by_variable = on_server("local_activities").await;
    by_variable
        .env("OTEL_METRICS_EXPORTER", "prometheus")
        .env("OTEL_EXPORTER_PROMETHEUS_PORT", port.to_string());
    for (mut command, code) in [(by_flag, 1), (by_variable, 0)] {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let said = format!("{}{}", stdout(&output), stderr(&output));
        assert!(said.contains(&address.to_string()), "{said}");
        assert!(said.contains("in use"), "{said}");
    }
}
