//! Activations, read from the SDK's messages: what a worker is asked to do with a run.

use std::time::SystemTime;

use temporalio_common::protos::coresdk::workflow_activation::{
    InitializeWorkflow, RemoveFromCache, WorkflowActivation, remove_from_cache::EvictionReason,
    workflow_activation_job::Variant,
};

use super::{completion::message, waits};
use crate::{
    clock,
    execution::Fields,
    observe::{Activation, Jobs, Left, NON_DETERMINISM, TaskFailure, Worker},
    redact::mismatch,
    schema::Field,
};

/// Notes an activation.
pub(crate) fn activated(worker: &Worker, activation: &WorkflowActivation) {
    let (mut starts, mut advances, mut jobs) = (None, true, Jobs::default());
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
            Variant::SignalWorkflow(_) => jobs.received.signals += 1,
            Variant::ResolveActivity(job) if job.is_local => jobs.results += 1,
            Variant::NotifyHasPatch(job) => jobs.patches.push(&*job.patch_id),
            Variant::DoUpdate(update) => {
                jobs.received.updates += 1;
                let instance = update.protocol_instance_id.as_str();
                if update.id != instance {
                    jobs.updates
                        .push((update.id.as_str().into(), instance.into()));
                }
            }
            _ => {}
        }
    }
    jobs.are_results = jobs.results as usize == activation.jobs.len();
    jobs.are_updates = jobs.received.updates as usize == activation.jobs.len();
    let plain = Activation {
        is_replay: activation.is_replaying,
        advances,
        history_length: activation.history_length,
        history_size: activation.history_size_bytes,
        suggested: suggested(activation),
        time: activation
            .timestamp
            .and_then(|time| SystemTime::try_from(time).ok()),
        attempt: 0,
        is_ahead: false,
        follows: None,
        may_repeat: false,
    };
    let run_id = &*activation.run_id;
    let first = starts.map(|starts| || fields(worker, run_id, starts));
    let ended = activation.jobs.iter().filter_map(waits::ended);
    worker.activated(run_id, plain, jobs, first, ended);
}

/// Returns the server's reasons to suggest that the run continues as new, as a set, if it does.
fn suggested(activation: &WorkflowActivation) -> Option<u8> {
    let reasons = activation.suggest_continue_as_new_reasons.iter();
    let reasons = reasons.filter(|reason| (0..8).contains(*reason));
    let set = reasons.fold(0, |set, reason| set | 1 << reason);
    activation.continue_as_new_suggested.then_some(set)
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

/// Reads how the code left its history.
pub(super) fn left(message: &str) -> Box<Left> {
    Box::new(Left {
        mismatch: mismatch(message),
        ..Left::default()
    })
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
        left: (cause == NON_DETERMINISM).then(|| left(&evicts.message)),
    });
    let is_end = reason == EvictionReason::WorkflowExecutionEnding;
    worker.evicted(run_id, reason.as_str_name(), is_end, failure);
}
