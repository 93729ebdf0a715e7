//! Log records for collectors: what they hold, each once, and none dropped uncounted.

mod faults;
mod held;
mod once;
mod shape;

use chronoscope::Observability;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;

/// Sends what this thread logs to the collectors of an observability, until the guard is dropped.
fn set_default(observability: &Observability) -> DefaultGuard {
    let subscriber = tracing_subscriber::registry()
        .with(observability.log_layer())
        .with(observability.log_record_layer());
    tracing::subscriber::set_default(subscriber)
}

/// Waits for the shutdown, which takes a bounded time.
async fn shut_down(observability: &Observability) {
    let observability = observability.clone();
    let down = tokio::task::spawn_blocking(move || observability.shutdown());
    down.await.unwrap();
}
