//! Whole-crate tests, through the public API, on a real Temporal server.
//!
//! `TEMPORAL_ADDRESS` names a server; without it one is started for the run.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests"
)]

mod support;

mod alloc;
mod collectors;
mod commit;
mod context_span;
mod dashboards;
mod door;
mod encryption;
mod execution;
mod flat;
mod formats;
mod gate;
mod histories;
mod introspect;
mod lines;
mod macros;
mod matrix;
mod messages;
mod metrics;
mod named_alike;
mod neutral;
mod once;
mod oracle;
mod outcomes;
mod pages;
mod programs;
mod prose;
mod records;
mod rotated;
mod rpc;
mod scenarios;
mod schema;
mod search_attributes;
mod settled;
mod spans;
mod tidy;
mod tower;
mod traces;
mod wiring;
