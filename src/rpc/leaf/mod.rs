//! The leaves of stacks: connections like the client's own, or services in this process.

mod codec;
mod connections;
mod crossing;
mod endpoint;
mod in_process;
mod page;
mod plain;
mod unary;

pub(super) use self::{
    connections::Connections,
    in_process::{Callback, InProcess},
};
