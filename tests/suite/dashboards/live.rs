//! The boards and the rules on a real Prometheus that scrapes a worker under load.

use std::{net::TcpListener, process::Stdio, thread::sleep, time::Duration};

use chronoscope::schema::Naming;

use super::{
    demo::Demo,
    generate::{Board, Faster, Links, boards, rules, variables},
};
use crate::{
    programs::on_server,
    support::{Prometheus3, Scraper},
};

/// A panel's query with all variables filled in.
fn filled(expr: &str) -> String {
    let names = [
        "job",
        "instance",
        "namespace",
        "task_queue",
        "workflow_type",
        "activity_type",
    ];
    let filled = expr.replace("$__rate_interval", "1m");
    let filled = names.iter().fold(filled, |expr, name| {
        let all = if *name == "job" { ".+" } else { ".*" };
        expr.replace(&variables::matcher(name), &format!("{name}=~\"{all}\""))
    });
    assert!(!filled.contains('$'), "{filled}");
    filled
}

/// The panels of which a query has no data. A query that does not parse is an error.
fn empty(demo: &Demo, boards: &[Board]) -> Vec<String> {
    without_data(boards, |expr| demo.query(expr))
}

/// The same for whatever answers queries.
fn without_data(
    boards: &[Board],
    query: impl Fn(&str) -> std::io::Result<Vec<f64>>,
) -> Vec<String> {
    let mut empty = Vec::new();
    for board in boards {
        for panel in board.panels() {
            let has_data = |expr: &str| {
                let values = query(&filled(expr));
                let values =
                    values.unwrap_or_else(|error| panic!("{}: {expr}: {error}", panel.title));
                values.iter().any(|value| value.is_finite())
            };
            if !panel.queries.iter().all(|query| has_data(&query.expr)) {
                empty.push(format!("{} / {}", board.title, panel.title));
            }
        }
    }
    empty
}

fn every_panel_has_data(naming: Naming, flag: &str) {
    let demo = Demo::start(&["--faster", "15", "--naming", flag]);
    let boards = boards(naming);
    let mut without = Vec::new();
    for _ in 0..60 {
        without = empty(&demo, &boards);
        if without.is_empty() {
            return;
        }
        sleep(Duration::from_secs(1));
    }
    panic!("without data: {without:#?}");
}

#[test]
#[ignore = "real: Prometheus"]
fn under_load_every_panel_has_data() {
    every_panel_has_data(Naming::Prometheus, "prometheus");
}

#[test]
#[ignore = "real: Prometheus"]
fn under_load_every_panel_has_data_by_the_cores_names() {
    every_panel_has_data(Naming::Core, "core");
}

#[tokio::test]
#[ignore = "real: Prometheus"]
async fn under_load_every_panel_has_data_that_came_by_otlp() {
    let mut prometheus = Prometheus3::new();
    prometheus.start(&[]).await;
    let endpoint = format!("{}/v1/metrics", prometheus.otlp());
    let variables = [
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
        ("OTEL_SERVICE_NAME", "demo"),
    ];
    // It is scraped as well, by a Prometheus of its own.
    let _demo = Demo::start_with(&["--faster", "15"], &variables);
    let boards = boards(Naming::Prometheus);
    // This Prometheus scrapes itself, so there is data of scrapes.
    let mut without = Vec::new();
    for _ in 0..60 {
        without = without_data(&boards, |expr| Ok(prometheus.query(expr)));
        if without.is_empty() {
            break;
        }
        sleep(Duration::from_secs(1));
    }
    assert_eq!(without, Vec::<String>::new());
    let renamed = "count(count by (__name__) \
                   ({__name__=~\"(temporal|chronoscope|rpc)_.+_(ratio|milliseconds)(_.*)?\"}))";
    assert_eq!(prometheus.query(renamed), Vec::<f64>::new());
}

#[test]
#[ignore = "real: Prometheus"]
fn each_fault_makes_its_alert_fire_and_clear_after() {
    let mut demo = Demo::start(&["--faster", "60"]);
    demo.until_under_way();
    for (fault, alert) in [
        ("no-pollers", "PollersZero"),
        ("slots-exhausted", "SlotsExhausted"),
        ("non-determinism", "NonDeterminism"),
        ("failing-activities", "ActivityFailuresElevated"),
        ("slow-tasks", "WorkflowTaskExecutionLatencyHigh"),
        ("cache-thrash", "StickyCacheThrash"),
    ] {
        // So that it is the fault which makes it fire.
        demo.until(alert, false);
        demo.switch(fault);
        let fired = demo.until(alert, true);
        demo.switch(fault);
        let cleared = demo.until(alert, false);
        println!("{fault}: {alert} fired after {fired:.1?} and cleared after {cleared:.1?}");
    }
}

#[tokio::test]
#[ignore = "real: Prometheus"]
async fn series_that_vanished_with_their_process_are_missed() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut command = on_server("local_activities").await;
    command
        .args(["--hold", "--prometheus", &address.to_string()])
        .stdout(Stdio::null());
    let mut worker = command.spawn().unwrap();
    let rules = rules::yaml(Naming::Prometheus, Faster(60.0), Links::default());
    let scraper = Scraper::start(address, Some(&rules));
    let wait = async |expr: &str| {
        let until = async {
            while scraper.query(expr).is_empty() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), until).await;
        assert!(waited.is_ok(), "{expr}");
    };
    wait("temporal_num_pollers > 0").await;
    // On Unix this is SIGKILL.
    worker.kill().unwrap();
    worker.wait().unwrap();
    let firing = |alert| format!("ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}");
    wait(&firing("WorkerVanished")).await;
    assert!(
        scraper.query(&firing("PollersZero")).is_empty(),
        "there is nothing left that is zero"
    );
}
