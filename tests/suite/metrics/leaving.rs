//! Clients of the Prometheus endpoint that ask for the metrics and leave.

use std::{
    io::Write as _,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Child,
};

use chronoscope::{Observability, metrics::CardinalityLimits};
use metrics::gauge;

use super::endpoint::{process, until};
use crate::support::http;

const LEFT: &str = "SUITE_LEFT";
const METRICS: usize = 20;
const SERIES: usize = 1_000;

/// The program that serves a page that takes a while to render, until a line comes.
#[test]
#[ignore = "the test below starts it"]
fn left() {
    if std::env::var(LEFT).is_err() {
        return;
    }
    let observability = Observability::builder()
        .metrics(|m| {
            m.prometheus(SocketAddr::from(([127, 0, 0, 1], 0)))
                .limits(CardinalityLimits::default().values(SERIES))
        })
        .build()
        .unwrap();
    metrics::with_local_recorder(&observability.recorder(), || {
        for metric in 0..METRICS {
            for n in 0..SERIES {
                gauge!(format!("metric_{metric}"), "n" => n.to_string()).set(1.0);
            }
        }
    });
    let address = observability.prometheus_address().unwrap();
    println!("serves on {address}");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

/// How many threads a process has.
fn threads(process: &Child) -> usize {
    let folder = Path::new("/proc").join(process.id().to_string());
    std::fs::read_dir(folder.join("task")).unwrap().count()
}

#[cfg(target_os = "linux")]
#[test]
fn those_who_leave_do_not_make_it_render_several_pages_at_once() {
    let mut process = process("metrics::leaving::left", "400", &[(LEFT, "1")]);
    let metrics = until(&mut process, "serves on ");
    let before = threads(&process);
    for _ in 0..200 {
        let mut client = TcpStream::connect(&metrics).unwrap();
        write!(client, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    }
    let page = http::get(&metrics, "/metrics").unwrap();
    assert!(page.contains("metric_0{n=\"0\"} 1"));
    let now = threads(&process);
    println!("{before} threads, and then {now}");
    // The thread that rendered is kept for the next page.
    assert!(now <= before + 1, "each renders a page: {now} threads");
    drop(process.stdin.take());
    assert!(process.wait().unwrap().success());
}
