//! Activations, read from the SDK's messages: what a worker is asked to do with a run.

use temporalio_common::protos::coresdk::workflow_activation::{
    InitializeWorkflow, RemoveFromCache, WorkflowActivation, remove_from_cache::EvictionReason,
    workflow_activation_job::Variant,
};

use super::completion::message;
use crate::{
    clock,
    execution::Fields,
    observe::{Activation, NON_DETERMINISM, TaskFailure, Worker},
    schema::Field,
};

/// Notes an activation.
pub(super) fn activated(worker: &Worker, activation: &WorkflowActivation) {
    let (mut starts, mut advances, mut updates) = (None, true, Vec::new());
    for job in activation
        .jobs
        .iter()
        .filter_map(|job| job.variant.as_ref())
    {
        match job {
            Variant::RemoveFromCache(evicts) => {
                return evicted(worker, &activation.run_id, evicts);
            }
            Variant::InitializeWorkflow(job) => starts = Some(job),
            Variant::QueryWorkflow(_) => advances = false,
            Variant::DoUpdate(update) if update.id != update.protocol_instance_id => {
                let instance = update.protocol_instance_id.as_str();
                updates.push((update.id.as_str().into(), instance.into()));
            }
            _ => {}
        }
    }
    let plain = Activation {
        is_replay: activation.is_replaying,
        advances,
        history_length: activation.history_length,
        history_size: activation.history_size_bytes,
        attempt: 0,
    };
    let run_id = &*activation.run_id;
    let first = starts.map(|starts| || fields(worker, run_id, starts));
    worker.activated(run_id, plain, updates, first);
}

fn fields(worker: &Worker, run_id: &str, starts: &InitializeWorkflow) -> Fields {
    Fields::default()
        .with(Field::Namespace, worker.namespace())
        .with(Field::TaskQueue, &*worker.about.task_queue)
        .with(Field::WorkflowId, &*starts.workflow_id)
        .with(Field::RunId, run_id)
        .with(Field::WorkflowType, &*starts.workflow_type)
        .with(Field::Attempt, u32::try_from(starts.attempt).unwrap_or(1))
}

fn evicted(worker: &Worker, run_id: &str, evicts: &RemoveFromCache) {
    let reason = evicts.reason();
    // The core itself found that the task failed; other failures were reported to it.
    let cause = match reason {
        EvictionReason::Nondeterminism => Some(NON_DETERMINISM),
        EvictionReason::Fatal => Some("FATAL"),
        _ => None,
    };
    let failure = cause.map(|cause| TaskFailure {
        cause,
        error_type: String::new(),
        message: message(worker, &evicts.message),
        at: clock::wall(),
    });
    let is_end = reason == EvictionReason::WorkflowExecutionEnding;
    worker.evicted(run_id, reason.as_str_name(), is_end, failure);
}
