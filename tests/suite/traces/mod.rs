//! Spans, as they arrive at a collector, against what the histories tell.

mod exactly_once;
mod headers;
mod jaeger;
mod options;
mod oracle;
mod python;

use chronoscope::Observability;

/// Sends what has ended.
async fn flush(observability: &Observability) {
    let observability = observability.clone();
    // It waits for the collector, which may run on this thread.
    let flushed = tokio::task::spawn_blocking(move || observability.shutdown());
    flushed.await.unwrap();
}
