//! The same metrics by scrape and by OTLP, in one real Prometheus.

use std::{
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use chronoscope::Observability;
use metrics::counter;

use crate::support::Prometheus3;

const COUNTS: &str = "SUITE_COUNTS";

/// The program of a process: it counts, says where its metrics are, and goes on until its standard
/// input ends.
#[test]
#[ignore = "the test below starts it"]
fn counts() {
    let Ok(count) = std::env::var(COUNTS) else {
        return;
    };
    let observability = Observability::from_env().unwrap().build().unwrap();
    metrics::with_local_recorder(&observability.recorder(), || {
        counter!("both_ways_total", "kind" => "x").increment(count.parse().unwrap());
    });
    println!("serves on {}", observability.prometheus_address().unwrap());
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
    observability.shutdown();
}

/// A process, with what it says: somebody has to listen.
struct Process {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn end(mut self) {
        drop(self.process.stdin.take());
        self.lines.for_each(drop);
        assert!(self.process.wait().unwrap().success());
    }
}

/// Starts a process that counts so many, and returns it with the address of its metrics.
fn start(count: &str, prometheus: &Prometheus3) -> (Process, String) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--ignored",
            "--nocapture",
            "metrics::both_ways::counts",
        ])
        .env(COUNTS, count)
        .env("OTEL_SERVICE_NAME", "orders")
        // As a variable of the environment that nobody has set leaves it.
        .env("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=")
        .env("OTEL_METRICS_EXPORTER", "prometheus,otlp")
        .env("OTEL_EXPORTER_PROMETHEUS_PORT", "0")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", prometheus.otlp())
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "500")
        .env("OTEL_TRACES_EXPORTER", "none")
        .env("OTEL_LOGS_EXPORTER", "none")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| {
        let line = line.unwrap();
        let (_, address) = line.split_once("serves on ")?;
        Some(address.trim().to_owned())
    });
    (Process { process, lines }, address.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "real: Prometheus"]
async fn what_two_processes_of_a_service_count_adds_up_both_ways() {
    let mut prometheus = Prometheus3::new();
    let (one, first) = start("10", &prometheus);
    let (other, second) = start("3", &prometheus);
    prometheus.start(&[first, second]).await;
    for job in ["worker", "orders"] {
        let series = format!("both_ways_total{{job=\"{job}\",kind=\"x\"}}");
        prometheus.until(&format!("sum({series})"), &[13.0]).await;
        prometheus
            .until(&format!("count(count by (instance) ({series}))"), &[2.0])
            .await;
    }
    // None of the names shows which way it came.
    let names = |job| {
        let each = format!("count by (__name__) ({{job=\"{job}\",__name__=~\"chronoscope_.+\"}})");
        format!("count({each})")
    };
    let scraped = prometheus.query(&names("worker"));
    prometheus.until(&names("orders"), &scraped).await;
    let either = "count(count by (__name__) ({__name__=~\"chronoscope_.+\"}))";
    assert_eq!(prometheus.query(either), scraped);
    one.end();
    other.end();
}
