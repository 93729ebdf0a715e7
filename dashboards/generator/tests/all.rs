//! Tests of the boards, the rules and the runbook, and of the rules on days of fleets.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests"
)]

mod alertmanager;
mod days;
mod generated;
mod inhibited;
mod kubernetes;
mod links;
mod lint;
mod loaded;
mod model;
mod rules;
mod support;
mod thresholds;

#[path = "../src/generate/mod.rs"]
mod generate;

use std::path::{Path, PathBuf};

/// The folder of the generated files.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
