//! What does not arrive: one clear line for each signal, and nothing else suffers.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    time::Duration,
};

use chronoscope::{
    Observability, SetupError,
    export::{self, Protocol},
    metrics::{counter, export::Otlp},
};

use super::{CANARY, Trust, check_complaint, complaints, run, send};
use crate::{
    door::process::eventually,
    support::{
        collector::{Asks, Collector, Real},
        free_port,
    },
};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "real: a collector"]
async fn one_line_a_signal_names_the_endpoint_and_the_causes() {
    let trust = Trust::new();
    let good = Real::start(Asks::Tls(&trust.servers.sign("localhost"))).await;
    let misnamed = Real::start(Asks::Tls(&trust.servers.sign("elsewhere.test"))).await;
    let expired = Real::start(Asks::Tls(&trust.servers.sign_expired("localhost"))).await;
    let identity = trust.servers.sign("localhost");
    let mutual = Real::start(Asks::Mutual(&identity, &trust.clients)).await;
    let clear = Real::start(Asks::Nothing).await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", {
        let address = nobody.local_addr().unwrap();
        drop(nobody);
        address
    });
    let both = |real: &Real| [("grpc", real.grpc()), ("http/protobuf", real.http())];
    let mut cases = Vec::new();
    let mut add = |ways: [(&'static str, String); 2], root: &str, causes: &[&'static str]| {
        for (protocol, endpoint) in ways {
            cases.push((protocol, endpoint, trust.file(root), causes.to_vec()));
        }
    };
    add(both(&good), "others.pem", &["UnknownIssuer"]);
    add(
        both(&misnamed),
        "servers.pem",
        &["not valid for name", "elsewhere.test"],
    );
    add(both(&expired), "servers.pem", &["expired"]);
    // Of this one the exporter by gRPC sees no more than that the connection ends.
    add(both(&mutual), "servers.pem", &[]);
    let down = [("grpc", nobody.clone()), ("http/protobuf", nobody)];
    add(down, "servers.pem", &["refused"]);
    cases.push((
        "grpc",
        clear.grpc().replace("http://", ""),
        trust.file("servers.pem"),
        vec!["OTEL_EXPORTER_OTLP_INSECURE=true", "http://", "TLS"],
    ));
    for (protocol, endpoint, root, causes) in cases {
        // A user and a password are no part of what is shown.
        let endpoint_with_password = match endpoint.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://user:{CANARY}@{rest}"),
            None => endpoint.clone(),
        };
        let text = send(&[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
            (ENDPOINT, endpoint_with_password),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", root),
            ("OTEL_EXPORTER_OTLP_HEADERS", format!("api-key={CANARY}")),
            ("RUST_LOG", "trace".to_owned()),
        ])
        .await;
        let said = complaints(&text);
        assert_eq!(said.len(), 3, "{protocol} {endpoint}: {said:#?}");
        for what in [
            "cannot send spans",
            "cannot send metrics",
            "cannot send log records",
        ] {
            let line = said.iter().find(|line| line.contains(what));
            let line = line.unwrap_or_else(|| panic!("{what}: {said:#?}"));
            assert!(line.contains(&endpoint), "{endpoint}: {line}");
            for cause in &causes {
                assert!(line.contains(cause), "{cause}: {line}");
            }
        }
        assert!(text.contains("failed: 1"), "{text}");
    }
}

/// Answers each connection as a server of HTTP/1 does that was asked something else.
fn speaks_http() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 64]);
            let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_speaks_another_protocol_is_told_with_the_way_out() {
    let (_collector, grpc) = Collector::start().await;
    let http = speaks_http();
    let tls = |clear: &str| clear.replace("http://", "https://");
    let trust = Trust::new();
    for (protocol, endpoint, way_out) in [
        (
            "grpc",
            http.clone(),
            "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        ),
        (
            "http/protobuf",
            grpc.clone(),
            "OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        ),
        ("grpc", tls(&grpc), "begin it with http://"),
        ("http/protobuf", tls(&http), "begin it with http://"),
        // Nobody is there, but the port is the other one by convention.
        ("grpc", "http://127.0.0.9:4318".to_owned(), "4317"),
        ("http/protobuf", "http://127.0.0.9:4317".to_owned(), "4318"),
    ] {
        let text = send(&[
            (ENDPOINT, endpoint.clone()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", trust.file("servers.pem")),
        ])
        .await;
        let mut said = complaints(&text);
        said.retain(|line| line.contains("will keep retrying"));
        assert!(!said.is_empty(), "{protocol} {endpoint}: {text}");
        for line in said {
            assert!(line.contains(way_out), "{protocol} {endpoint}: {line}");
        }
    }
}

/// Takes connections, and never answers.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, format!("http://{address}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_ends_within_the_time_that_the_environment_allows() {
    for protocol in ["grpc", "http/protobuf"] {
        let (_listener, endpoint) = silent();
        let text = send(&[
            (ENDPOINT, endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
            ("OTEL_BSP_EXPORT_TIMEOUT", "321".to_owned()),
            ("OTEL_METRIC_EXPORT_TIMEOUT", "432".to_owned()),
            ("OTEL_BLRP_EXPORT_TIMEOUT", "543".to_owned()),
        ])
        .await;
        let said = complaints(&text);
        assert_eq!(said.len(), 3, "{said:#?}");
        for (what, time) in [
            ("spans", "321ms"),
            ("metrics", "432ms"),
            ("log records", "543ms"),
        ] {
            let told = |line: &&&str| line.contains(what) && line.contains(time);
            assert!(said.iter().any(|line| told(&line)), "{said:#?}");
        }
    }
}

/// Sends metrics to nobody, until there is a collector.
#[test]
#[ignore = "a part of another test"]
fn outlives_a_collector() {
    let port = free_port();
    let endpoint = export::Collector::at(format!("http://127.0.0.1:{port}"));
    let otlp = Otlp::to(endpoint).interval(Duration::from_millis(50));
    let observability = Observability::builder()
        .metrics(|m| m.otlp(otlp))
        .install()
        .unwrap();
    counter!("packed").increment(10);
    let has_failed = || observability.health().exporters[0].failures > 2;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        eventually(async || has_failed().then_some(())).await;
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port));
        let collector = Collector::serving(listener.await.unwrap());
        eventually(async || collector.series().get("packed{}").cloned()).await;
    });
    observability.shutdown();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_failure_is_told_like_its_beginning() {
    let text = run("wire::refused::outlives_a_collector", &[]).await;
    assert_eq!(complaints(&text).len(), 1, "{text}");
    let again =
        |line: &&str| line.contains("sending metrics to the OpenTelemetry collector works again");
    assert_eq!(text.lines().filter(again).count(), 1, "{text}");
}

/// What the program itself asks for is an error.
#[test]
#[ignore = "a part of another test"]
fn of_a_program_without_roots() {
    for protocol in [Protocol::Grpc, Protocol::Http] {
        let collector = || export::Collector::at("https://localhost:1").protocol(protocol);
        let traces = Observability::builder().traces(|t| t.otlp(collector()));
        let metrics = Observability::builder().metrics(|m| m.otlp(collector()));
        let logs = Observability::builder().logs(|l| l.otlp(collector()));
        for error in [
            traces.build().unwrap_err(),
            metrics.install().unwrap_err(),
            logs.install().unwrap_err(),
        ] {
            assert!(matches!(error, SetupError::Otlp(_)), "{error:?}");
            for part in ["https://localhost:1", "SSL_CERT_FILE", "CERTIFICATE"] {
                assert!(error.to_string().contains(part), "{error}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_root_there_is_one_warning_and_the_worker_starts() {
    let missing = |protocol: &str| {
        [
            (ENDPOINT, "https://localhost:1".to_owned()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
            ("SSL_CERT_FILE", "/no/such/file".to_owned()),
            ("SSL_CERT_DIR", String::new()),
        ]
    };
    let [_, _, file, folder] = missing("grpc");
    run("wire::refused::of_a_program_without_roots", &[file, folder]).await;
    for protocol in ["grpc", "http/protobuf"] {
        let text = send(&missing(protocol)).await;
        check_complaint(
            &text,
            &[
                "metrics, spans and log records are not sent",
                ENDPOINT,
                "SSL_CERT_FILE",
                "https://localhost:1",
            ],
        );
    }
}
