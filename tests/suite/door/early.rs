//! A `main` that returns early by `?` loses nothing.

use std::{error::Error, path::PathBuf};

use chronoscope::{Observability, export::Collector, info, metrics::counter};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};

use super::process::{output, part};
use crate::support::{collector, unique};

const SPANS: usize = 100;

/// Sets up, records, and fails, as `main` does that is written with `?`.
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = std::env::var("DOOR_ENDPOINT")?;
    let file = std::env::var("DOOR_FILE")?;
    let observability = Observability::builder()
        .metrics(|m| m.otlp(Collector::at(&endpoint)))
        .traces(|t| t.otlp(Collector::at(&endpoint)))
        .logs(|l| l.file(file).writer(std::io::sink()))
        .install()?;
    let tracer = observability.tracer_provider().tracer("door");
    for n in 0..SPANS {
        drop(tracer.start("a span"));
        info!(n, "a line");
        counter!("things_total").increment(1);
    }
    Err::<(), _>("the database is not there")?;
    observability.shutdown();
    Ok(())
}

#[test]
#[ignore = "a part of another test"]
fn multi_thread() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert!(runtime.block_on(main()).is_err());
}

#[test]
#[ignore = "a part of another test"]
fn current_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    assert!(runtime.unwrap().block_on(main()).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_end_loses_nothing() {
    for name in ["early::multi_thread", "early::current_thread"] {
        let (collector, endpoint) = collector::Collector::start().await;
        let file = std::env::temp_dir().join(format!("{}.jsonl", unique("door")));
        let mut command = part(name);
        command
            .env("DOOR_ENDPOINT", &endpoint)
            .env("DOOR_FILE", &file);
        let ran = tokio::task::spawn_blocking(move || output(&mut command));
        let (succeeded, text) = ran.await.unwrap();
        assert!(succeeded, "{text}");
        assert_eq!(collector.spans().len(), SPANS, "{name}");
        assert_eq!(lines(&file), SPANS, "{name}");
        let series = collector.series();
        let things = series
            .iter()
            .find(|(key, _)| key.starts_with("things_total"));
        let (_, things) = things.unwrap_or_else(|| panic!("{name}: {series:?}"));
        assert_eq!(*things, collector::Sent::Sum(SPANS as i64), "{name}");
    }
}

fn lines(file: &PathBuf) -> usize {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::remove_file(file).unwrap();
    text.lines().filter(|line| line.contains("a line")).count()
}
