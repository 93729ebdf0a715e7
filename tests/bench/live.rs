//! Works on workflows as they come from a server, bare or fully observed, for `tests/bench/live` to
//! count its instructions.
//!
//! The budget: at most 1.02 times the bare SDK's, and below the official tracing plugin's. With signals
//! held, at most 1.01 times what they cost at once over the same layer.

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

use chronoscope::{
    commit::{Emission, OnCommit},
    rpc::Stack,
};
use clap::Parser as _;
use contender::{Around, Flags, give, work};
use everything::everything;
use temporalio_client::ConnectionOptions;
use temporalio_sdk::runtime::RuntimeOptions;
use tower::{Layer as _, layer::util::Identity};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let flags = Flags::parse();
    match (&flags.queue, &*flags.contender) {
        (Some(queue), _) => give(&flags, queue).await,
        (None, "bare") => bare(&flags, identity).await,
        (None, "bare_over_layer") => bare(&flags, over_layer).await,
        (None, "observed_over_layer") => observed(&flags, Emission::Immediate, over_layer).await,
        (None, "on_commit") => {
            let held = Emission::OnCommit(OnCommit::default());
            observed(&flags, held, identity).await;
        }
        (None, _) => observed(&flags, Emission::Immediate, identity).await,
    }
}

/// A connection through a stack of gRPC layers, as signals that are held need it.
fn over_layer(options: ConnectionOptions) -> ConnectionOptions {
    let layer = Identity::new();
    let stack = Stack::new().calls(layer.clone()).polls(layer);
    stack.wrap(options).unwrap()
}

async fn bare(flags: &Flags, connection: fn(ConnectionOptions) -> ConnectionOptions) {
    let subscriber = tracing_subscriber::registry()
        .with(fmt::layer().with_writer(std::io::sink))
        .with(EnvFilter::new("info"));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let around = Around {
        connection,
        client: identity,
        worker: identity,
        runtime: RuntimeOptions::default(),
    };
    work(flags, around).await;
}

/// Everything on: the same subscriber, a recorder and a place for spans.
async fn observed(
    flags: &Flags,
    emission: Emission,
    connection: fn(ConnectionOptions) -> ConnectionOptions,
) {
    let observability = everything(emission);
    let layer = observability.layer();
    let around = Around {
        connection: |options| layer.layer(connection(options)),
        client: |options| layer.layer(options),
        worker: |options| layer.layer(options),
        runtime: RuntimeOptions::builder()
            .telemetry_options(observability.telemetry_options())
            .build()
            .unwrap(),
    };
    work(flags, around).await;
}
