//! The server from outside: by raw calls, by the official SDK, and beside the real server.

mod bad_input;
mod conformance;
mod listen;
mod peers;
mod sdk;
mod skip;
mod support;
