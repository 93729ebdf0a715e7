//! The boards, the rules and the runbook: that they are fresh, whole, and right on a real
//! Prometheus.

mod demo;
mod fleet;
mod generated;
mod inhibited;
mod lint;
mod live;
mod rules;

#[path = "../../../examples/dashboards/generate/mod.rs"]
mod generate;

use std::path::{Path, PathBuf};

/// The folder of what is generated.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards")
}
