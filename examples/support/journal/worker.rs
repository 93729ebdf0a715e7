//! The worker interceptors that write attempts and runs into the journal.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use serde_json::{Value, json};
use temporalio_common::{
    error::ApplicationErrorCategory,
    protos::coresdk::workflow_activation::{WorkflowActivation, workflow_activation_job::Variant},
};
use temporalio_sdk::{
    activities::{ActivityError, ActivityInfo},
    interceptors::{
        ActivityInboundInterceptor, ExecuteActivityInput, ExecuteActivityOutput, Next,
        WorkerInterceptor,
    },
};

use super::Journal;

tokio::task_local! {
    /// The attempt whose code executes.
    static ATTEMPT: Value;
}

/// The attempt that makes the call, if any.
pub(super) fn attempt() -> Value {
    ATTEMPT.try_with(Value::clone).unwrap_or_default()
}

/// Records each activity attempt.
pub(super) struct Attempts(pub(super) Journal);

impl ActivityInboundInterceptor for Attempts {
    fn execute_activity<'a>(
        &'a self,
        input: ExecuteActivityInput,
        next: Next<'a, ExecuteActivityInput, ExecuteActivityOutput<'a>>,
    ) -> ExecuteActivityOutput<'a> {
        let described = describe(input.activity_info());
        let entry = self.0.begin(described.clone());
        let running = ATTEMPT.scope(described, next.run(input));
        Box::pin(async move {
            let ended = running.await;
            entry.end(end(ended.as_ref().err()));
            ended
        })
    }
}

fn describe(info: &ActivityInfo) -> Value {
    let policy = info.retry_policy.as_ref();
    json!({
        "entry": "attempt",
        "workflow_id": info.workflow_id,
        "run_id": info.workflow_run_id.as_ref().or(info.activity_run_id.as_ref()),
        "workflow_type": info.workflow_type,
        "task_queue": info.task_queue,
        "activity_id": info.activity_id,
        "activity_type": info.activity_type,
        "local": info.is_local,
        "attempt": info.attempt,
        "maximum_attempts": policy.map_or(0, |policy| policy.maximum_attempts()),
        "non_retryable_types": policy.map_or(Vec::new(), |policy| {
            policy.non_retryable_error_types().to_vec()
        }),
    })
}

fn end(error: Option<&ActivityError>) -> Value {
    match error {
        None => json!({"end": "completed"}),
        Some(ActivityError::Cancelled { .. }) => json!({"end": "cancelled"}),
        Some(ActivityError::WillCompleteAsync) => json!({"end": "will_complete_async"}),
        Some(ActivityError::Application(failure)) => {
            // The SDK catches panics inside every interceptor, and leaves a message.
            let message = failure.source_error().to_string();
            json!({
                "end": match message.starts_with("Activity function panicked: ") {
                    true => "panicked",
                    false => "failed",
                },
                "error_type": failure.type_name(),
                "non_retryable": failure.is_non_retryable(),
                "benign": failure.category() == ApplicationErrorCategory::Benign,
            })
        }
        // The SDK may add ends that this version does not know.
        Some(_) => json!({"end": "unknown"}),
    }
}

/// Records each run that the worker gets, once.
pub(super) struct Runs {
    journal: Journal,
    known: Mutex<HashSet<String>>,
}

impl Runs {
    pub(super) fn new(journal: Journal) -> Self {
        Self {
            journal,
            known: Mutex::default(),
        }
    }
}

#[async_trait(?Send)]
impl WorkerInterceptor for Runs {
    async fn on_workflow_activation(
        &self,
        activation: &WorkflowActivation,
    ) -> Result<(), anyhow::Error> {
        let jobs = activation.jobs.iter();
        for job in jobs.filter_map(|job| job.variant.as_ref()) {
            let Variant::InitializeWorkflow(run) = job else {
                continue;
            };
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.insert(activation.run_id.clone()) {
                self.journal.write(&json!({
                    "entry": "run",
                    "workflow_id": run.workflow_id,
                    "run_id": activation.run_id,
                    "workflow_type": run.workflow_type,
                }));
            }
        }
        Ok(())
    }
}
