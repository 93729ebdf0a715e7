//! Log records by the environment alone, and never about themselves.

use chronoscope::Observability;

use super::process::{output, part};
use crate::support::collector::{Asks, Collector, Real};

/// Logs three lines, one of them by the crate `log`.
#[test]
#[ignore = "a part of another test"]
fn three_lines() {
    let observability = Observability::from_env().unwrap().install().unwrap();
    chronoscope::info!("one");
    tracing::info!("two");
    log::info!("three");
    let span = tracing::info_span!("a span of an application");
    span.in_scope(|| tracing::debug!("too low, mostly"));
    observability.shutdown();
    let counts = observability.health().records;
    println!("exported {} records", counts.exported);
}

async fn run(environment: &[(&str, &str)]) -> String {
    let mut command = part("records::three_lines");
    command.envs(environment.iter().copied());
    let ran = tokio::task::spawn_blocking(move || output(&mut command));
    let (succeeded, text) = ran.await.unwrap();
    assert!(succeeded, "{environment:?}: {text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_says_whether_they_are_sent() {
    const EXPORTER: &str = "OTEL_LOGS_EXPORTER";
    let three = &["one", "two", "three"][..];
    for (exporter, expected) in [
        ("", three),
        ("otlp", three),
        ("OTLP", three),
        ("otlp,console", three),
        ("console", &[]),
        ("none", &[]),
    ] {
        let (collector, endpoint) = Collector::start().await;
        let text = run(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_METRICS_EXPORTER", "none"),
            (EXPORTER, exporter),
        ])
        .await;
        let records = collector.records();
        let mut bodies: Vec<_> = records.iter().map(|record| &*record.body).collect();
        // One more says where telemetry goes.
        bodies.retain(|body| !body.contains("are sent by OTLP"));
        bodies.sort_by_key(|body| three.iter().position(|line| line == body));
        assert_eq!(bodies, expected, "{exporter:?}: {text}");
        // Lines are written whatever is sent, and nothing is warned of.
        for line in three {
            assert!(text.contains(line), "{exporter:?}: {text}");
        }
        assert!(!text.contains(" WARN "), "{exporter:?}: {text}");
    }
    // Without an endpoint it is that of a local collector, as OpenTelemetry has it.
    let text = run(&[(EXPORTER, "otlp"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "500")]).await;
    assert!(text.contains("localhost:4317"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "real: a collector"]
async fn at_their_most_talkative_they_say_nothing_of_what_sends_them() {
    let real = Real::start(Asks::Nothing).await;
    for (protocol, endpoint) in [("grpc", real.grpc()), ("http/protobuf", real.http())] {
        let before = real.taken.records().len();
        let text = run(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_BLRP_SCHEDULE_DELAY", "1"),
            ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "1"),
            ("RUST_LOG", "trace"),
        ])
        .await;
        // The exporters have much to say.
        assert!(text.contains("opentelemetry"), "{protocol}");
        let records = real.taken.records();
        let records = &records[before..];
        let exported = format!("exported {} records", records.len());
        assert!(text.contains(&exported), "{exported}: {protocol}");
        let mut bodies: Vec<_> = records.iter().map(|record| &*record.body).collect();
        for line in ["one", "two", "three", "too low, mostly"] {
            let found = bodies.iter().filter(|body| **body == line).count();
            assert_eq!(found, 1, "{protocol}: {bodies:?}");
        }
        for record in records {
            let root = record.target.split("::").next().unwrap();
            assert!(["chronoscope", "door"].contains(&root), "{record:?}");
        }
        bodies.clear();
    }
}
