//! What does not arrive: one clear line for each signal, and nothing else suffers.

use std::net::TcpListener;

use super::{CANARY, Trust, complaints, send};
use crate::support::collector::{Asks, Real};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

#[tokio::test(flavor = "multi_thread")]
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
            ("RUST_LOG", "debug".to_owned()),
        ])
        .await;
        let said = complaints(&text);
        assert_eq!(said.len(), 2, "{protocol} {endpoint}: {said:#?}");
        for what in ["spans do not reach", "metrics do not reach"] {
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
    for protocol in ["grpc", "http/protobuf"] {
        let text = send(&missing(protocol)).await;
        let said = complaints(&text);
        assert_eq!(said.len(), 2, "{said:#?}");
        for what in ["spans are not sent", "metrics are not sent"] {
            let line = said.iter().find(|line| line.contains(what)).unwrap();
            for part in [ENDPOINT, "SSL_CERT_FILE", "https://localhost:1"] {
                assert!(line.contains(part), "{line}");
            }
        }
    }
}
