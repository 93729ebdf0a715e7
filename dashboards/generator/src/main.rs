//! Writes the Grafana boards, the Prometheus rules and the runbook in `dashboards/` anew.
//!
//! Everything in there comes from the catalogue and the thresholds of `chronoscope::schema`.

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
#[command(about = "Writes boards, rules and the runbook out of the metric catalogue")]
struct Args {
    /// The folder to write to.
    #[arg(long, value_name = "DIR", default_value = "dashboards")]
    out: PathBuf,

    /// Where the runbook can be read, for the links to it.
    #[arg(long, value_name = "URL", default_value = generate::RUNBOOK)]
    runbook: String,

    /// The address of the Grafana that has the boards, for the links of alerts.
    #[arg(long, value_name = "URL", default_value = "")]
    grafana: String,

    /// What the processes call the label `namespace`: `CHRONOSCOPE_NAMESPACE_LABEL` says so to them.
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
