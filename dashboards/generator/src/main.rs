//! Regenerates the Grafana boards, the Prometheus rules and the runbook in `dashboards/`.
//!
//! All of it comes from the metric catalogue of `chronoscope::schema`, and from the alerts,
//! thresholds and panels in `generate`.

#![allow(
    unreachable_pub,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program, not a library"
)]

mod generate;

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result};
use clap::Parser;

#[derive(Parser)]
#[command(
    about = "Writes Grafana boards, Prometheus rules and the runbook from the metric catalogue"
)]
struct Args {
    /// Directory to write to
    #[arg(long, value_name = "DIR", default_value = "dashboards")]
    out: PathBuf,

    /// URL of the runbook, for the links to it
    #[arg(long, value_name = "URL", default_value = generate::RUNBOOK)]
    runbook: String,

    /// URL of the Grafana that has the boards, for the links in alerts; relative by default
    #[arg(long, value_name = "URL", default_value = "")]
    grafana: String,

    /// Name of the `namespace` label, as the processes' CHRONOSCOPE_NAMESPACE_LABEL sets it
    #[arg(long, value_name = "NAME", default_value = "namespace")]
    namespace_label: String,
}

fn main() -> ExitCode {
    match write(&Args::parse()) {
        Ok(count) => {
            println!("{count} files written");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn write(args: &Args) -> Result<usize> {
    let links = generate::Links {
        runbook: &args.runbook,
        grafana: args.grafana.trim_end_matches('/'),
    };
    let label = &args.namespace_label;
    let mut files = generate::namespace::renamed(generate::files(links), label);
    files.extend(generate::kubernetes::manifests(links, label));
    for (path, text) in &files {
        let path = args.out.join(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = written.and_then(|()| fs::write(&path, text));
        written.with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(files.len())
}
