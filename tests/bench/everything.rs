//! Full observability, for a process that measures its cost.

#[path = "cases/atomics.rs"]
mod atomics;
#[path = "cases/nowhere.rs"]
mod nowhere;

use atomics::Atomics;
use chronoscope::{
    Observability,
    commit::Emission,
    logs::{Held, Layout, ReplayFilter},
};
use nowhere::Nowhere;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _};

/// Installs a subscriber and a recorder, and returns what also makes spans.
pub fn everything(emission: Emission) -> Observability {
    let observability = Observability::builder()
        .emission(emission)
        .metrics(|m| m.recorder(Atomics))
        .traces(|t| t.processor(Nowhere))
        .build()
        .unwrap();
    metrics::set_global_recorder(observability.recorder())
        .ok()
        .unwrap();
    let subscriber = tracing_subscriber::registry()
        .with(fmt::layer().with_writer(Held::new(Layout::Line, std::io::sink)))
        .with(observability.tracing_layer())
        .with(ReplayFilter::global().with_spans())
        .with(EnvFilter::new("info"));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    observability
}
