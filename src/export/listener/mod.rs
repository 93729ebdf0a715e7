//! Ports that others may reach, which must not cost a worker its descriptors or its time.
//!
//! So many connections are served at the same time. One more is made room for by the one that is
//! idle for longest: first by those that never asked for anything that they may have, then by those
//! on which nothing moves. One that is silent from the start, that takes too long over a head, or
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
