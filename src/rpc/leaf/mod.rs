//! Where stacks end: a connection of the bridge's own, or anything in this process.

mod answer;
mod channel;
mod endpoint;
mod frame;
mod in_process;
mod stranger;

pub(super) use self::{
    channel::ChannelLeaf,
    in_process::{Callback, InProcess},
};
