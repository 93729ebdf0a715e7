//! Reads from gRPC calls which workflow tasks are out, and what the server answered to them.
//!
//! A worker's hooks don't say which attempt a task is, which tasks were completed before, or whether
//! the server took a completion. The calls do: the answer to a poll has a task's token, its run and
//! its place in history, and the answer to its completion has its fate.

mod read;
mod service;

pub(super) use self::service::{Watched, Watching};
