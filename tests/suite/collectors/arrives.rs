//! What a real collector receives over each protocol, with and without TLS.

use std::time::Duration;

use chronoscope::{
    Observability,
    export::{Collector, Compression, Protocol},
    metrics::export::Otlp,
};
use metrics::counter;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};

use crate::support::{
    authority::Trust,
    collector::{self, Asks, Real, Sent},
    unique,
};

/// Sends a span and a counter of its name.
fn send(collector: Collector, name: &str) {
    let collector = collector
        .header("x-canary", "canary-of-a-header")
        .timeout(Duration::from_secs(20));
    let observability = Observability::builder()
        .traces(|t| t.otlp(collector.clone()))
        .metrics(|m| m.otlp(Otlp::to(collector).interval(Duration::from_secs(3600))))
        .build()
        .unwrap();
    metrics::with_local_recorder(&observability.recorder(), || {
        counter!(name.to_owned()).increment(10);
    });
    drop(
        observability
            .tracer_provider()
            .tracer("suite")
            .start(name.to_owned()),
    );
    observability.shutdown();
    assert_eq!(observability.health().spans.failed, 0, "{name}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "real: a collector"]
async fn by_both_protocols_in_the_clear_by_tls_and_by_mutual_tls() {
    let trust = Trust::new();
    let server = trust.servers.sign("localhost");
    let clear = Real::start(Asks::Nothing).await;
    let tls = Real::start(Asks::Tls(&server)).await;
    let mutual = Real::start(Asks::Mutual(&server, &trust.clients)).await;
    for (real, how) in [(&clear, "clear"), (&tls, "tls"), (&mutual, "mutual")] {
        for protocol in [Protocol::Grpc, Protocol::Http] {
            for compression in [None, Some(Compression::Gzip)] {
                let endpoint = match protocol {
                    Protocol::Http => real.http(),
                    _ => real.grpc(),
                };
                let mut collector = Collector::at(endpoint).protocol(protocol);
                if how != "clear" {
                    collector = collector.certificate(trust.file("servers.pem"));
                }
                if how == "mutual" {
                    let identity = (trust.file("worker.pem"), trust.file("worker.key"));
                    collector = collector.client_certificate(identity.0, identity.1);
                }
                if let Some(compression) = compression {
                    collector = collector.compression(compression);
                }
                let name = unique(&format!("{how}_{protocol:?}_{}", compression.is_some()));
                let sent = name.clone();
                let sends = tokio::task::spawn_blocking(move || send(collector, &sent));
                sends.await.unwrap();
                let spans = real.taken.spans();
                let spans = spans.iter().filter(|span| span.name == name);
                assert_eq!(spans.count(), 1, "{name}: {}", real.log());
                let series = real.taken.series();
                let counted = series.get(&format!("{name}{{}}"));
                assert_eq!(counted, Some(&Sent::Sum(10)), "{name}: {}", real.log());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_the_program_is_sent_and_shown_nowhere() {
    let (taken, endpoint) = collector::Collector::start().await;
    let endpoint = endpoint.replace("http://", "http://user:password@");
    let collector = Collector::at(format!("{endpoint}?key=password"))
        .header("api-key", "password-of-many-words");
    let builder = Observability::builder()
        .traces(|t| t.otlp(collector.clone()))
        .metrics(|m| m.otlp(collector.clone()));
    assert!(!format!("{builder:?}").contains("password"), "{builder:?}");
    let observability = builder.build().unwrap();
    assert!(!format!("{observability:?}").contains("password"));
    drop(
        observability
            .tracer_provider()
            .tracer("suite")
            .start("a span"),
    );
    let ends = tokio::task::spawn_blocking(move || observability.shutdown());
    ends.await.unwrap();
    assert_eq!(taken.headers()["api-key"], "password-of-many-words");
    // Nor is it in an error.
    for endpoint in [
        "https://user:password@",
        "https://user:pass/word@host:1",
        "https://user:pass#word@host:1",
        "https://user:1234#word@host:1",
        "https://user:1234?word@host:1",
        "https://user:1234/word@host:1",
        "user:1234#word@host:1",
        "user:password@host:4317",
        "https//user:password@host",
        "host:1?key=password",
    ] {
        let collector = Collector::at(endpoint).header("api-key", "password");
        let built = Observability::builder()
            .traces(|t| t.otlp(collector))
            .build();
        let error = built.unwrap_err();
        let (text, debug) = (error.to_string(), format!("{error:?}"));
        for secret in ["word", "1234"] {
            assert!(!text.contains(secret), "{endpoint}: {text}");
            assert!(!debug.contains(secret), "{endpoint}: {debug}");
        }
    }
    let collector = Collector::at("http://there:1").header("no header", "password");
    let built = Observability::builder()
        .traces(|t| t.otlp(collector))
        .build();
    let error = built.unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("password"),
        "{error}"
    );
}
