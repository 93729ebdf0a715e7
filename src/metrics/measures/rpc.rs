//! The series of gRPC calls.

use std::{sync::OnceLock, time::Duration};

use super::{Latency, Registry};
use crate::schema::{Label, Metric, Outcome};

/// A gRPC method, and its server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method<'a> {
    pub(crate) name: &'a str,
    pub(crate) is_long_poll: bool,
    pub(crate) address: &'a str,
    pub(crate) port: &'a str,
}

impl Method<'_> {
    /// Long polls wait until there is something to return, so they are measured separately: they
    /// would hide all others.
    pub(super) const fn apart(&self) -> &'static str {
        if self.is_long_poll { "long" } else { "" }
    }
}

/// The series of a gRPC method on a server.
pub(crate) struct RpcSeries {
    registry: Registry,
    metric: Metric,
    labels: [(Label, Box<str>); 4],
    /// By status code, each made at its first recording.
    by_status: [OnceLock<Latency>; Outcome::STATUSES],
}

impl RpcSeries {
    pub(super) fn new(registry: &Registry, method: Method<'_>) -> Self {
        let metric = match method.is_long_poll {
            true => Metric::RpcClientLongPollDuration,
            false => Metric::RpcClientCallDuration,
        };
        Self {
            registry: registry.clone(),
            metric,
            labels: [
                (Label::RpcSystem, "grpc".into()),
                (Label::RpcMethod, method.name.into()),
                (Label::ServerAddress, method.address.into()),
                (Label::ServerPort, method.port.into()),
            ],
            by_status: Default::default(),
        }
    }

    /// Records the end of a call.
    pub(crate) fn ended(&self, outcome: &Outcome, duration: Duration) {
        let latency = self.by_status[outcome.status_index()].get_or_init(|| self.latency(outcome));
        latency.record(duration);
    }

    fn latency(&self, outcome: &Outcome) -> Latency {
        let status = outcome.status_name().unwrap_or("UNKNOWN");
        let given = self.labels.iter().map(|(label, value)| (*label, &**value));
        let mut labels: Vec<_> = given.filter(|(_, value)| !value.is_empty()).collect();
        labels.push((Label::RpcStatusCode, status));
        if *outcome != Outcome::Completed {
            labels.push((Label::ErrorType, status));
        }
        self.registry.latency(self.metric, &labels)
    }
}
