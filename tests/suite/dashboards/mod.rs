//! The boards and the rules on a real Prometheus, with the demo. The package `dashboards/` tests
//! all that needs no worker.

mod demo;
mod live;

#[path = "../../../dashboards/generator/src/generate/mod.rs"]
mod generate;
