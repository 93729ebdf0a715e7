//! The line that a call ends with.

use std::time::Duration;

use crate::{
    execution::Execution,
    schema::{Field, Operation, Outcome},
};

/// The target of the lines that calls end with.
const TARGET: &str = "chronoscope::rpc";

/// Logs the end of a call: a warning where it failed, else for debugging. Whom it was about are
/// the fields of its execution.
pub(super) fn ended(execution: &Execution, outcome: &Outcome, took: Duration) {
    let method = execution
        .fields()
        .text(Field::RpcMethod)
        .unwrap_or_default();
    let status = outcome.status_name().unwrap_or(outcome.class());
    let seconds = took.as_secs_f64();
    // That nothing happened for a minute is what polls are for.
    let is_idle = execution.operation() == Operation::PollRpc && *outcome == Outcome::TimedOut;
    if outcome.is_error() && !is_idle {
        tracing::warn!(
            target: TARGET,
            rpc_method = method,
            rpc_status_code = status,
            seconds,
            "gRPC call failed"
        );
    } else {
        tracing::debug!(
            target: TARGET,
            rpc_method = method,
            rpc_status_code = status,
            seconds,
            "gRPC call ended"
        );
    }
}
