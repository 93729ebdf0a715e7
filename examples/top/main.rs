//! Shows in a terminal what a running worker is doing: `top` for workflows.
//!
//! It queries the introspection service of another process; any example serves one with
//! `--introspect ADDR`. If its output is a pipe, it writes plain tables.

#![allow(
    unreachable_pub,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program, not a library"
)]

mod asked;
mod draw;
mod fetch;
mod plain;
mod table;
mod why;

use std::{
    io::{IsTerminal as _, stdout},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Parser;
use fetch::Source;
use table::{Order, Sort};

#[derive(Parser)]
#[command(about = "Shows what a running worker does right now")]
struct Args {
    /// The address where the worker serves introspection.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9466")]
    introspect: String,

    /// The token that the service requires, if any.
    #[arg(long, env = "INTROSPECT_TOKEN", hide_env_values = true)]
    token: Option<String>,

    /// Seconds between two refreshes.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    interval: Duration,

    /// The column that runs are sorted by.
    #[arg(long, value_enum, default_value_t = Sort::Failures)]
    sort: Sort,

    /// Reverse the order.
    #[arg(long)]
    reverse: bool,

    /// Write plain tables, as when the output is piped.
    #[arg(long)]
    plain: bool,

    /// Ask the server why activities that runs wait for are not running. With a value, ask only for
    /// workflow ids that begin with it. In the terminal, `w` does the same.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    why: Option<String>,

    /// End after this many refreshes; 0 continues until Ctrl-C or `q`.
    #[arg(long, value_name = "N", default_value_t = 0)]
    looks: usize,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|interval| (0.1..=3600.0).contains(&interval.as_secs_f64()))
        .ok_or_else(|| "expected 0.1 to 3600 seconds".to_owned())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<()> {
    let mut source = Source::connect(&args.introspect, args.token.as_deref())
        .await
        .with_context(|| {
            format!(
                "nothing serves introspection on {}: start a worker with `--introspect {0}`, or \
                 name another one with --introspect HOST:PORT",
                args.introspect
            )
        })?;
    let order = Order {
        sort: args.sort,
        reverse: args.reverse,
    };
    if args.plain || !stdout().is_terminal() {
        plain::run(&mut source, order, &args).await
    } else {
        draw::run(&mut source, order, &args).await
    }
}
