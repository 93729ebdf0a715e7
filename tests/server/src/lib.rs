//! **For tests and local runs.** An in-process Temporal server that skips time; for production
//! there are Temporal Server and Temporal Cloud.

#![forbid(unsafe_code)]

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
    fault::Fault,
    listen::ListenError,
    server::{Builder, DEFAULT_NAMESPACE, GlobalClock, IndexedValueType, TestServer},
};
