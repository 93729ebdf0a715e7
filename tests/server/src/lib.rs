//! **For tests and local runs; for production there are Temporal Server and Temporal Cloud.**
//!
//! A Temporal server that runs in the process of the test, starts in milliseconds, needs nothing
//! but cargo, and skips time. A client of the official SDK calls it without a socket:
//!
//! ```
//! use chronoscope_testserver::TestServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = TestServer::builder().auto_skip().start().await;
//! let client = server.client("default").await?;
//! // Workers and clients as usual; a workflow that sleeps for a year ends at once.
//! # drop(client);
//! # Ok(())
//! # }
//! ```
//!
//! A connection with options of its own is made with [`TestServer::wrap`] around them.
//! Workers and clients of other processes and languages get an address from
//! [`TestServer::listen`], or from the program, whose server the `temporal` CLI works with, too:
//!
//! ```console
//! $ chronoscope-testserver --listen 127.0.0.1:7233
//! ```
//!
//! `cargo install chronoscope-testserver` installs it; in a clone of the repository
//! `cargo run -p chronoscope-testserver --` runs it.
//!
//! # Time
//! Real unless asked for otherwise. A run that is started with Temporal's `time_skipping_config`,
//! or any run after [`Builder::auto_skip`], skips whenever nothing of it is under way; each run has
//! its own time. [`Builder::global_skip`] gives all runs one clock instead, which Temporal's test
//! service drives. [`TestServer::skip`] moves the clock of any server by hand.
//!
//! # How it is made
//! ```text
//! socket or service override -> rpc (decode, do, encode) -> store (one lock) -> run (state machine)
//! ```
//! A run is a pure state machine: a method takes a step at one point in time, writes events and
//! leaves effects; what is true of the run follows from its history. The store does the effects to
//! other runs and to the task queues, and skips time when nothing is left to do.

#![forbid(unsafe_code)]

mod builder;
mod calendar;
mod clock;
mod error;
mod fault;
mod listen;
mod proto;
mod queue;
mod rpc;
mod run;
mod server;
mod store;
mod token;
mod visibility;

pub use self::{
    builder::{Builder, GlobalClock},
    fault::Fault,
    listen::ListenError,
    server::{DEFAULT_NAMESPACE, IndexedValueType, TestServer},
};
