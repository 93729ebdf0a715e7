//! The log line of a call's end.

use std::time::Duration;

use crate::{
    execution::Execution,
    schema::{Field, Operation, Outcome},
};

/// The target of the lines of calls.
const TARGET: &str = "chronoscope::rpc";

/// Logs the end of a call: at level WARN if it failed, otherwise at DEBUG. The fields of its
/// execution say whom it was about.
pub(super) fn ended(execution: &Execution, outcome: &Outcome, took: Duration) {
    let method = execution
        .fields()
        .text(Field::RpcMethod)
        .unwrap_or_default();
    let status = outcome.status_name().unwrap_or(outcome.class());
    let seconds = took.as_secs_f64();
    // A poll without a task for a minute is normal.
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
