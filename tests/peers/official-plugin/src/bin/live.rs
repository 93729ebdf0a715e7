//! Works as chronoscope's `live` benchmark does, under the official SDK's own OpenTelemetry plugin.

#[path = "../../../../bench/contender/mod.rs"]
mod contender;
#[path = "../../../../bench/cases/nowhere.rs"]
mod nowhere;

use std::convert::identity;

use clap::Parser as _;
use contender::{Around, Flags, give, work};
use nowhere::Nowhere;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use temporalio_client::ClientOptions;
use temporalio_sdk::{
    opentelemetry::{
        INSTRUMENTATION_SCOPE, OpenTelemetryPlugin, WorkflowIdGenerator, WorkflowSpanProcessor,
    },
    runtime::RuntimeOptions,
};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let flags = Flags::parse();
    if let Some(queue) = &flags.queue {
        return give(&flags, queue).await;
    }
    let subscriber = tracing_subscriber::registry()
        .with(fmt::layer().with_writer(std::io::sink))
        .with(EnvFilter::new("info"));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let provider = SdkTracerProvider::builder()
        .with_id_generator(WorkflowIdGenerator::default())
        .with_span_processor(WorkflowSpanProcessor::new(Nowhere))
        .build();
    let plugin = OpenTelemetryPlugin::builder()
        .tracer(provider.tracer(INSTRUMENTATION_SCOPE))
        .build();
    let around = Around {
        connection: identity,
        // The client hands the plugin on to its workers.
        client: |_| ClientOptions::new("default").plugin(plugin).build(),
        worker: identity,
        runtime: RuntimeOptions::default(),
    };
    work(&flags, around).await;
}
