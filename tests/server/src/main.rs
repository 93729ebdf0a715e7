//! The test server as a program of its own. **For tests and local runs only.**

use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use chronoscope_testserver::{GlobalClock, IndexedValueType, TestServer};
use clap::Parser;

/// A Temporal server for tests and local runs, which can skip time.
#[derive(Debug, Parser)]
#[command(version)]
struct Flags {
    /// The port on the loopback interface, as the Java SDK's test server takes it. All runs have one
    /// clock then, which does not skip until a client of Temporal's test service unlocks it.
    #[arg(conflicts_with_all = ["listen", "skip_time"])]
    port: Option<u16>,
    /// The address to serve on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Let every run skip time on its own.
    #[arg(long, conflicts_with = "enable_time_skipping")]
    skip_time: bool,
    /// One clock for all runs, which skips time unless a client of Temporal's test service locks it.
    #[arg(long)]
    enable_time_skipping: bool,
    /// Add a namespace to `default`.
    #[arg(long)]
    namespace: Vec<String>,
    /// A search attribute, as `Name=Keyword`.
    #[arg(long, value_parser = attribute)]
    search_attribute: Vec<(String, IndexedValueType)>,
    /// How many seconds closed runs are kept.
    #[arg(long, default_value_t = 86_400)]
    retention: u64,
    /// How many seconds a run lives before it continues as new.
    #[arg(long, default_value_t = 0)]
    least_life: u64,
}

fn attribute(text: &str) -> Result<(String, IndexedValueType), String> {
    let (name, kind) = text.split_once('=').ok_or("expected Name=Type")?;
    let kind = match kind {
        "Text" => IndexedValueType::Text,
        "Keyword" => IndexedValueType::Keyword,
        "Int" => IndexedValueType::Int,
        "Double" => IndexedValueType::Double,
        "Bool" => IndexedValueType::Bool,
        "Datetime" => IndexedValueType::Datetime,
        "KeywordList" => IndexedValueType::KeywordList,
        kind => return Err(format!("unknown type {kind}")),
    };
    Ok((name.to_owned(), kind))
}

async fn serve(flags: Flags) -> Result<(), Box<dyn std::error::Error>> {
    let mut builder = TestServer::builder()
        .retention(Duration::from_secs(flags.retention))
        .least_life(Duration::from_secs(flags.least_life));
    if flags.skip_time {
        builder = builder.auto_skip();
    }
    if flags.enable_time_skipping {
        builder = builder.global_skip(GlobalClock::Unlocked);
    } else if flags.port.is_some() {
        builder = builder.global_skip(GlobalClock::Locked);
    }
    for namespace in flags.namespace {
        builder = builder.namespace(namespace);
    }
    for (name, kind) in flags.search_attribute {
        builder = builder.search_attribute(name, kind);
    }
    let server = builder.start().await;
    let wanted = match flags.port {
        Some(port) => SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        None => flags.listen,
    };
    let address = server.listen(wanted).await?;
    let mut out = io::stdout().lock();
    writeln!(out, "{address}")?;
    out.flush()?;
    drop(out);
    tokio::signal::ctrl_c().await?;
    server.shutdown().await;
    Ok(())
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(serve(flags)),
        Err(error) => Err(error.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            // Nobody is left to tell if this fails too.
            writeln!(io::stderr(), "{error}{}", cause.unwrap_or_default()).unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}
