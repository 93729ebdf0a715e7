//! User crates with names like those of the SDK's, OpenTelemetry's and chronoscope's crates.

use chronoscope::{Observability, export};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::{Lines, collector::Collector};

macro_rules! log_as {
    ($($target:literal)*) => {
        $(
            tracing::info_span!(target: $target, $target, order = "span of an order").in_scope(|| {
                tracing::info!(target: $target, order = "an order", "logged as {}", $target);
            });
        )*
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn its_fields_are_shown_and_its_spans_exported() {
    let (collector, endpoint) = Collector::start().await;
    let observability = Observability::builder()
        .traces(|t| t.otlp(export::Collector::at(endpoint)))
        .build()
        .unwrap();
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry()
        .with(observability.tracing_layer())
        .with(lines.layer())
        .with(chronoscope::logs::ReplayFilter::global().with_spans());
    tracing::subscriber::with_default(subscriber, || {
        log_as!(
            "temporalio_orders" "temporalio_orders::packing" "temporalio_sdk_orders::packing"
            "temporalio" "temporalio_sdk_core_orders" "temporal_orders" "chronoscope_orders"
            "chronoscope_orders::packing" "opentelemetry_orders" "opentelemetry_sdk_orders"
        );
        log_as!(
            "temporalio_sdk" "temporalio_sdk_core::worker" "temporalio_client" "temporalio_common"
            "temporalio_sdk_core::worker::workflow::machines" "opentelemetry" "opentelemetry_sdk"
            "opentelemetry-otlp" "chronoscope" "chronoscope::rpc"
        );
    });
    tokio::task::spawn_blocking(move || observability.shutdown())
        .await
        .unwrap();
    let shown = lines.of("");
    let shown = shown
        .iter()
        .filter(|line| line["fields"]["order"] == "an order");
    let shown: Vec<_> = shown.map(|line| line["target"].as_str().unwrap()).collect();
    let spans = collector.spans();
    let spans: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    let own = [
        "temporalio_orders",
        "temporalio_orders::packing",
        "temporalio_sdk_orders::packing",
        "temporalio",
        "temporalio_sdk_core_orders",
        "temporal_orders",
        "chronoscope_orders",
        "chronoscope_orders::packing",
        "opentelemetry_orders",
        "opentelemetry_sdk_orders",
    ];
    assert_eq!(spans, own);
    // What OpenTelemetry and this crate log may be shown, and what the SDK does only in part.
    assert_eq!(shown[..own.len()], own);
    assert!(
        !shown
            .iter()
            .any(|target| target.starts_with("temporalio_sdk::"))
    );
    assert!(!shown.contains(&"temporalio_client"), "{shown:?}");
}
