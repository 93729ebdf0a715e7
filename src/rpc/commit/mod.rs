//! Reads from gRPC calls which workflow tasks are out, and what the server answered to them.
//!
//! A worker's hooks don't say which attempt a task is, which tasks were completed before, or whether
//! the server took a completion. The calls do: the answer to a poll has a task's token, its run and
//! its place in history, and the answer to its completion has its fate. If that answer is lost,
//! history is asked.

mod ask;
mod judge;
mod read;
mod service;

use temporalio_client::ConnectionOptions;
use tower::Layer;

pub(super) use self::service::{Watched, Watching};
use super::{RefusedOption, RpcService, Stack};
use crate::observe::Observer;

/// Reads the server's answers to a worker's calls, inside all other layers of a connection with these
/// options.
pub(crate) fn read_answers(
    observer: &Observer,
    options: &mut ConnectionOptions,
) -> Result<(), RefusedOption> {
    let answers = Answers(observer.clone());
    let holding = observer.registry().holding();
    let stack = Stack::new()
        .connections(holding.map_or(1, |holding| holding.connections()))
        .calls(answers.clone())
        .polls(answers);
    *options = stack.wrap(options.clone())?;
    Ok(())
}

/// The layer that reads answers, and asks history if one is lost.
#[derive(Clone)]
struct Answers(Observer);

impl Layer<RpcService> for Answers {
    type Service = Watched<RpcService>;

    fn layer(&self, inner: RpcService) -> Self::Service {
        Watched::asking(inner, self.0.clone())
    }
}

/// Reads the answer to a poll.
#[cfg(feature = "__unwired")]
pub(crate) fn polled(response: &[u8]) -> Option<crate::commit::Task> {
    read::polled(&bytes::Bytes::copy_from_slice(response), "")
}
