//! Works on workflows as they come from a server, bare or fully observed, for `tests/bench/live` to
//! count its instructions.
//!
//! The budget: at most 1.02 times the bare SDK's, and below the official tracing plugin's.

#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a benchmark"
)]

mod contender;
mod everything;

use std::convert::identity;

use clap::Parser as _;
use contender::{Around, Flags, give, work};
use everything::everything;
use temporalio_sdk::runtime::RuntimeOptions;
use tower::Layer as _;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let flags = Flags::parse();
    match (&flags.queue, &*flags.contender) {
        (Some(queue), _) => give(&flags, queue).await,
        (None, "bare") => bare(&flags).await,
        (None, _) => observed(&flags).await,
    }
}

async fn bare(flags: &Flags) {
    let subscriber = tracing_subscriber::registry()
        .with(fmt::layer().with_writer(std::io::sink))
        .with(EnvFilter::new("info"));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let around = Around {
        connection: identity,
        client: identity,
        worker: identity,
        runtime: RuntimeOptions::default(),
    };
    work(flags, around).await;
}

/// Everything on: the same subscriber, a recorder and a place for spans.
async fn observed(flags: &Flags) {
    let observability = everything();
    let layer = observability.layer();
    let around = Around {
        connection: |options| layer.layer(options),
        client: |options| layer.layer(options),
        worker: |options| layer.layer(options),
        runtime: RuntimeOptions::builder()
            .telemetry_options(observability.telemetry_options())
            .build()
            .unwrap(),
    };
    work(flags, around).await;
}
