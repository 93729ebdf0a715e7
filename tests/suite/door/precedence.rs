//! What the program says replaces what the environment says, and what no worker can have is
//! refused.

use chronoscope::{Observability, SetupError, execution::Policy, export};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use tracing_subscriber::layer::SubscriberExt as _;

use super::process::{output, part};
use crate::support::collector::Collector;

/// Exports five spans and five log records, to where environment and program say.
#[test]
#[ignore = "a part of another test"]
fn five_of_each() {
    let builder = Observability::from_env().unwrap();
    let builder = match std::env::var("DOOR_ENDPOINT") {
        Ok(endpoint) => {
            let collector = export::Collector::at(&endpoint);
            builder
                .traces(|t| t.otlp(collector.clone()))
                .logs(|l| l.otlp(collector.clone()))
                .metrics(|m| m.otlp(collector))
        }
        Err(_) => builder,
    };
    let observability = builder.build().unwrap();
    let tracer = observability.tracer_provider().tracer("door");
    (0..5).for_each(|_| drop(tracer.start("a span")));
    let subscriber = tracing_subscriber::registry().with(observability.log_record_layer());
    tracing::subscriber::with_default(subscriber, || {
        (0..5).for_each(|_| chronoscope::info!("a record"));
    });
    observability.shutdown();
    // Again, without harm.
    observability.shutdown();
}

#[test]
#[ignore = "a part of another test"]
fn replays_are_refused() {
    let error = Observability::from_env().unwrap_err();
    assert!(error.to_string().contains("CHRONOSCOPE_REPLAY"), "{error}");
    let builder = Observability::builder().replay_policy(Policy::Rebuild);
    let error = builder.build().unwrap_err();
    assert!(matches!(error, SetupError::Rebuilds), "{error:?}");
    assert!(
        error.to_string().contains("Observability::rebuild"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_span_and_record_arrives_once_where_the_program_says() {
    let environment = |key: &'static str, to: &str| (key, to.to_owned());
    const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let ((one, first), (other, second)) = (Collector::start().await, Collector::start().await);
    // Environment, program, and how many of each come to the first and to the second.
    let cases = [
        (vec![environment(ENDPOINT, &first)], None, (5, 0)),
        (vec![environment(ENDPOINT, &first)], Some(&first), (5, 0)),
        (vec![environment(ENDPOINT, &first)], Some(&second), (0, 5)),
        (
            vec![environment("OTEL_TRACES_EXPORTER", "none")],
            Some(&first),
            (5, 0),
        ),
        (
            vec![
                environment("OTEL_LOGS_EXPORTER", "none"),
                environment("OTEL_TRACES_EXPORTER", "none"),
                environment(ENDPOINT, &second),
            ],
            Some(&first),
            (5, 0),
        ),
        (
            vec![environment("OTEL_SDK_DISABLED", "true")],
            Some(&first),
            (5, 0),
        ),
        (
            vec![
                environment(ENDPOINT, &first),
                environment("OTEL_SDK_DISABLED", "true"),
            ],
            None,
            (0, 0),
        ),
    ];
    for (variables, program, expected) in cases {
        let before = (one.spans().len(), other.spans().len());
        let records_before = (one.records().len(), other.records().len());
        let mut command = part("precedence::five_of_each");
        command.envs(variables.clone());
        if let Some(endpoint) = program {
            command.env("DOOR_ENDPOINT", endpoint);
        }
        let ran = tokio::task::spawn_blocking(move || output(&mut command));
        let (succeeded, text) = ran.await.unwrap();
        assert!(succeeded, "{text}");
        assert!(!text.contains("cannot send all spans"), "{text}");
        let came = (one.spans().len() - before.0, other.spans().len() - before.1);
        assert_eq!(came, expected, "{variables:?}, {program:?}");
        let records = (
            one.records().len() - records_before.0,
            other.records().len() - records_before.1,
        );
        assert_eq!(records, expected, "{variables:?}, {program:?}");
    }
}

#[test]
fn no_worker_rebuilds() {
    let mut command = part("precedence::replays_are_refused");
    let (succeeded, text) = output(command.env("CHRONOSCOPE_REPLAY", "rebuild"));
    assert!(succeeded, "{text}");
}
