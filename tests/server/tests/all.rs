//! The server from outside: by raw calls, by the official SDK, and compared with the real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests"
)]

mod bad_input;
mod conformance;
mod faults;
mod listen;
mod memory;
mod peers;
mod sdk;
mod skip;
mod support;
