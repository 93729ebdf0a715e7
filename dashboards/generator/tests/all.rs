//! The boards, the rules and the runbook: that they are fresh, whole, sound, and right on days of
//! fleets.

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
mod rules;
mod support;

#[path = "../src/generate/mod.rs"]
mod generate;

use std::path::{Path, PathBuf};

/// The folder of what is generated.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
