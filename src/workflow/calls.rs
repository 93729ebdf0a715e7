use std::{error::Error, sync::Arc, time::SystemTime};

use temporalio_common::error::{ApplicationErrorCategory, OutgoingWorkflowError};
use temporalio_sdk::{
    WorkflowTermination,
    workflow_interceptors::{ExecuteWorkflowResult, WorkflowInterceptorContext},
};

use super::failure;
use crate::{
    execution::{Moment, Phase, activation_phase},
    metrics::{Handler, REJECTED, WorkflowSeries},
    observe::{Call, End, Retries},
    schema::{Failure, Outcome, Retry},
};

/// What workflow code that may change its state is polled for.
fn moment(context: &WorkflowInterceptorContext, is_replay: bool) -> Moment {
    let is_replay = is_replay || context.is_replaying_history_events();
    Moment {
        phase: if is_replay {
            Phase::Replaying
        } else {
            Phase::Live
        },
        workflow_time: context.workflow_time(),
    }
}

/// The workflow's `#[run]` function.
pub(super) struct Run {
    pub(super) context: WorkflowInterceptorContext,
    /// Whether it is the SDK's replayer that executes this.
    pub(super) is_replay: bool,
    pub(super) retries: Retries,
    pub(super) series: Option<Arc<WorkflowSeries>>,
}

impl Call<ExecuteWorkflowResult> for Run {
    fn moment(&self) -> Moment {
        moment(&self.context, self.is_replay)
    }

    fn phase_at_drop(&self) -> Phase {
        Phase::Evicting
    }

    fn classify(&self, output: &ExecuteWorkflowResult) -> Outcome {
        match output {
            Ok(_) => Outcome::Completed,
            Err(WorkflowTermination::ContinueAsNew(_)) => Outcome::ContinuedAsNew,
            Err(WorkflowTermination::Cancelled { .. }) => Outcome::Cancelled,
            Err(WorkflowTermination::Evicted) => Outcome::Dropped,
            // The SDK takes the cancellation of something that the workflow awaited for the
            // workflow's own only if that was cancelled too.
            Err(WorkflowTermination::Failed(error))
                if error.as_cancelled().is_some()
                    && self.context.cancellation_token().is_cancelled() =>
            {
                Outcome::Cancelled
            }
            Err(WorkflowTermination::Failed(error)) => failed(error, &self.retries),
        }
    }

    fn message(&self, output: &ExecuteWorkflowResult) -> Option<String> {
        match output {
            Err(WorkflowTermination::Failed(error)) => failure::of_run(error),
            _ => None,
        }
    }

    /// A panic fails the task, not the run, and so does a result that can't be converted.
    fn stands(&self, end: &End<'_, ExecuteWorkflowResult>) -> bool {
        use OutgoingWorkflowError::PayloadConversion;
        use WorkflowTermination::Failed;
        !matches!(
            end,
            End::Panicked | End::Returned(Err(Failed(PayloadConversion(_))))
        )
    }

    fn measure(&self, outcome: &Outcome) {
        if let Some(series) = &self.series {
            series.ended(outcome);
        }
    }
}

fn failed(error: &OutgoingWorkflowError, retries: &Retries) -> Outcome {
    let of_type =
        |error_type| Outcome::Failed(Failure::new(error_type, retries.after(error_type, false)));
    match error {
        OutgoingWorkflowError::Application(error) => retries.application(
            error.type_name(),
            error.is_non_retryable(),
            error.category() == ApplicationErrorCategory::Benign,
        ),
        // The task fails, not the run, and is tried again.
        OutgoingWorkflowError::PayloadConversion(_) => {
            Outcome::Failed(Failure::new("PayloadConversionError", Retry::Retryable))
        }
        OutgoingWorkflowError::ActivityExecution(_) => of_type("ActivityError"),
        OutgoingWorkflowError::ChildWorkflowExecution(_) => of_type("ChildWorkflowError"),
        OutgoingWorkflowError::ChildWorkflowStart(_) => of_type("ChildWorkflowStartError"),
        OutgoingWorkflowError::WorkflowSignal(_) => of_type("SignalExternalWorkflowError"),
        OutgoingWorkflowError::CancelExternalWorkflow(_) => of_type("CancelExternalWorkflowError"),
        // The SDK may add errors that this version does not know.
        _ => of_type("WorkflowError"),
    }
}

/// A handler by name, and where its ends are counted.
pub(super) struct Named {
    pub(super) handler: Handler,
    pub(super) name: String,
    pub(super) series: Option<Arc<WorkflowSeries>>,
}

impl Named {
    fn count(&self, class: &'static str) {
        if let Some(series) = &self.series {
            series.handled(self.handler, &self.name, class);
        }
    }
}

/// A signal or update handler.
pub(super) struct Handle {
    pub(super) context: WorkflowInterceptorContext,
    /// Whether it is the SDK's replayer that executes this.
    pub(super) is_replay: bool,
    pub(super) named: Named,
}

impl<T, E: Error + 'static> Call<Result<T, E>> for Handle {
    fn moment(&self) -> Moment {
        moment(&self.context, self.is_replay)
    }

    fn phase_at_drop(&self) -> Phase {
        Phase::Evicting
    }

    fn classify(&self, output: &Result<T, E>) -> Outcome {
        handled(output)
    }

    fn message(&self, output: &Result<T, E>) -> Option<String> {
        failure::of_handler(output.as_ref().err()?)
    }

    /// A panic fails the task, which is tried again.
    fn stands(&self, end: &End<'_, Result<T, E>>) -> bool {
        !matches!(end, End::Panicked)
    }

    fn measure(&self, outcome: &Outcome) {
        self.named.count(outcome.class());
    }
}

/// A query handler.
pub(super) struct Ask(pub(super) Named);

impl<T, E: Error + 'static> Call<Result<T, E>> for Ask {
    fn moment(&self) -> Moment {
        Phase::ReadOnly.into()
    }

    fn classify(&self, output: &Result<T, E>) -> Outcome {
        handled(output)
    }

    fn message(&self, output: &Result<T, E>) -> Option<String> {
        failure::of_handler(output.as_ref().err()?)
    }

    fn measure(&self, outcome: &Outcome) {
        self.0.count(outcome.class());
    }
}

/// An update validator. What it lets pass is counted when the update's handler ends.
pub(super) struct Validate(pub(super) Named);

impl<T, E: Error + 'static> Call<Result<T, E>> for Validate {
    fn moment(&self) -> Moment {
        Phase::ReadOnly.into()
    }

    fn classify(&self, output: &Result<T, E>) -> Outcome {
        handled(output)
    }

    fn message(&self, output: &Result<T, E>) -> Option<String> {
        failure::of_handler(output.as_ref().err()?)
    }

    fn measure(&self, outcome: &Outcome) {
        if outcome.is_error() {
            self.0.count(REJECTED);
        }
    }
}

/// Handlers fail with an error of any type, which the SDK has erased: it has no name to show.
fn handled<T, E>(output: &Result<T, E>) -> Outcome {
    match output {
        Ok(_) => Outcome::Completed,
        Err(_) => Outcome::Failed(Failure::new("HandlerError", Retry::Final)),
    }
}

/// The workflow's `#[init]` function.
pub(super) struct Initialize {
    pub(super) run_id: String,
    pub(super) workflow_time: Option<SystemTime>,
    /// Whether it is the SDK's replayer that executes this.
    pub(super) is_replay: bool,
}

impl<T> Call<T> for Initialize {
    fn moment(&self) -> Moment {
        let phase = match self.is_replay {
            true => Phase::Replaying,
            false => activation_phase(&self.run_id).unwrap_or_default(),
        };
        Moment {
            phase,
            workflow_time: self.workflow_time,
        }
    }

    fn classify(&self, _: &T) -> Outcome {
        Outcome::Completed
    }
}
