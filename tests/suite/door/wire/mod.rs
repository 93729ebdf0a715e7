//! How telemetry is sent, as the environment of a process says.

mod arrives;
mod headers;
mod refused;
mod sampled;
mod warned;

use chronoscope::{Observability, metrics::counter};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};

use super::process::{output, part};
use crate::support::authority::Trust;

/// What no output may hold.
const CANARY: &str = "canary-in-a-header";

/// Sends a span, a counter of ten and a log record, and says how it went.
#[test]
#[ignore = "a part of another test"]
fn sends() {
    let builder = Observability::from_env().unwrap();
    println!("{builder:?}");
    let observability = builder.install().unwrap();
    println!("{observability:?}");
    counter!("packed").increment(10);
    chronoscope::info!("packed");
    drop(
        observability
            .tracer_provider()
            .tracer("door")
            .start("packed"),
    );
    observability.shutdown();
    println!("{:?}", observability.health());
    println!("all is well");
}

/// Runs a part with an environment, and returns what it said.
async fn run(name: &str, environment: &[(&str, String)]) -> String {
    let mut command = part(name);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let ran = tokio::task::spawn_blocking(move || output(&mut command));
    let (succeeded, text) = ran.await.unwrap();
    assert!(succeeded, "{environment:?}: {text}");
    assert!(!text.contains(CANARY), "{environment:?}: {text}");
    text
}

async fn send(environment: &[(&str, String)]) -> String {
    let text = run("wire::sends", environment).await;
    assert!(text.contains("all is well"), "{text}");
    text
}

/// Checks that there is one complaint, which has all these parts.
fn check_complaint(text: &str, parts: &[&str]) {
    let said = complaints(text);
    assert_eq!(said.len(), 1, "{parts:?}: {text}");
    for part in parts {
        assert!(said[0].contains(part), "{part}: {}", said[0]);
    }
}

/// The warnings and errors among what was said.
fn complaints(text: &str) -> Vec<&str> {
    let lines = text.lines();
    lines
        .filter(|line| line.contains(" WARN ") || line.contains(" ERROR "))
        .collect()
}
