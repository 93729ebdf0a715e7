//! Ports that others may reach, which must not cost a worker its descriptors or its time.
//!
//! The number of connections is limited; a new one replaces the one that is idle for longest: first
//! those that never made a request that was answered, then those on which nothing moves. One that is silent from the start, that takes too long over a head, or
//! on which nothing moves for long, is closed. When the system has no descriptor left, one is given
//! back, and the next connection is waited for a moment later.
//!
//! # Cost
//!
//! One clock reading for each read and write, and a look over all connections each second.

mod accept;
mod connection;
mod slots;

pub(crate) use self::{
    accept::{accept, listen},
    connection::Connection,
    slots::{Limits, Slots, Traffic},
};
