//! The fields, retries and trace of a run, read from the SDK's view.

use std::sync::Arc;

use temporalio_common::protos::temporal::api::enums::v1::ContinueAsNewInitiator;
use temporalio_sdk::WorkflowContextView;

use super::outbound::Calls;
use crate::{
    commit::Ledger,
    execution::{Fields, constant},
    observe::RetryRule,
    schema::Field,
    search_attributes::Attributes,
    trace::{Edge, Traces},
};

/// The search attribute in which the server names the schedule that started a run.
const SCHEDULED_BY: &str = "TemporalScheduledById";

/// Returns the fields shared by everything in a run.
pub(super) fn fields(view: &WorkflowContextView) -> Fields {
    Fields::default()
        .with(Field::Namespace, constant(view.namespace()))
        .with(Field::TaskQueue, constant(view.task_queue()))
        .with(Field::WorkflowId, view.workflow_id())
        .with(Field::RunId, view.run_id())
        .with(Field::WorkflowType, constant(view.workflow_type()))
        .with(Field::Attempt, view.attempt())
}

/// Returns the run's retry policy, which decides whether the server retries it.
pub(super) fn retries(view: &WorkflowContextView) -> RetryRule {
    let policy = view.raw().retry_policy.as_ref();
    RetryRule {
        attempt: view.attempt(),
        // A run without a policy is never retried.
        maximum_attempts: policy.map_or(1, |policy| {
            u32::try_from(policy.maximum_attempts).unwrap_or_default()
        }),
        non_retryable_error_types: policy
            .map(|policy| policy.non_retryable_error_types.clone())
            .unwrap_or_default(),
    }
}

/// Begins the trace of a run.
pub(super) fn traced(
    traces: &Traces,
    attributes: &Attributes,
    fields: &Arc<Fields>,
    ledger: Arc<Ledger>,
    view: &WorkflowContextView,
) -> Option<Calls> {
    let run_parent = traces.run_parent(&view.raw().headers, |said| edge(view, said));
    Some(Calls {
        routine: traces.run(fields, view.start_time()?, run_parent, ledger),
        traces: traces.clone(),
        attributes: attributes.clone(),
    })
}

/// Returns the edge over which the run started. A retried run starts over the edge of its first
/// attempt, whose header the server gives it.
fn edge(view: &WorkflowContextView, said: Option<Edge>) -> Option<Edge> {
    let is_scheduled = || {
        let attributes = view.raw().search_attributes.as_ref();
        attributes.is_some_and(|known| known.indexed_fields.contains_key(SCHEDULED_BY))
    };
    match view.raw().continued_initiator() {
        ContinueAsNewInitiator::Workflow => Some(Edge::ContinueAsNew),
        ContinueAsNewInitiator::Retry if said.is_some() => said,
        _ if view.cron_schedule().is_some() || is_scheduled() => Some(Edge::Schedule),
        _ if view.raw().parent_workflow_info.is_some() => Some(Edge::Child),
        _ => None,
    }
}
