//! The calls that workflow code makes of the middleware core, one per SDK hook.

use std::{error::Error, sync::Arc, time::SystemTime};

use temporalio_common::error::{ApplicationErrorCategory, OutgoingWorkflowError};
use temporalio_sdk::{
    WorkflowTermination,
    workflow_interceptors::{ExecuteWorkflowResult, WorkflowInterceptorContext},
};

use super::failure;
use crate::{
    commit::{Awaits, Ledger},
    execution::{Moment, Phase},
    metrics::{Handler, REJECTED, WorkflowSeries},
    observe::{
        Call, Known, LastLine, Opened, RetryRule, Run as Record, Settling,
        stuck::{self, Settings},
    },
    schema::{Failure, Outcome, Retry},
};

/// The moment of workflow code that may change its state. What the server has accepted overrules the
/// core.
fn moment(context: &WorkflowInterceptorContext, is_replay: bool, ledger: &Ledger) -> Moment {
    let is_replay = is_replay || context.is_replaying_history_events() || ledger.is_past();
    Moment {
        phase: if is_replay {
            Phase::Replaying
        } else {
            Phase::Live
        },
        workflow_time: context.workflow_time(),
        held: ledger.is_held(),
        noted: ledger.is_noted(),
    }
}

/// The workflow's `#[run]` function.
pub(super) struct Run {
    pub(super) context: WorkflowInterceptorContext,
    /// Whether it is the SDK's replayer that executes this.
    pub(super) is_replay: bool,
    pub(super) record: Arc<Record>,
    pub(super) known: Arc<Known>,
    pub(super) stuck: Arc<Settings>,
}

impl Call<ExecuteWorkflowResult> for Run {
    fn moment(&self) -> Moment {
        moment(&self.context, self.is_replay, self.record.ledger())
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
            // The SDK treats the cancellation of an awaited operation as the workflow's own only if
            // the workflow was cancelled too.
            Err(WorkflowTermination::Failed(error))
                if error.as_cancelled().is_some()
                    && self.context.cancellation_token().is_cancelled() =>
            {
                Outcome::Cancelled
            }
            Err(WorkflowTermination::Failed(error)) => failed(error, &self.known.retries),
        }
    }

    fn message(&self, output: &ExecuteWorkflowResult) -> Option<String> {
        match output {
            Err(WorkflowTermination::Failed(error)) => failure::of_run(error),
            _ => None,
        }
    }

    fn last_line(&self, output: &ExecuteWorkflowResult) -> Option<LastLine> {
        // A run that failed has its reason, and an evicted one continues elsewhere.
        let is_over = !matches!(
            output,
            Err(WorkflowTermination::Failed(_) | WorkflowTermination::Evicted)
        );
        is_over.then(|| self.unfinished()).flatten()
    }

    fn ledger(&self) -> Option<&Ledger> {
        Some(self.record.ledger())
    }

    fn settling(&self) -> Option<Settling> {
        let series = self.known.series.clone();
        Some(Settling {
            awaits: Awaits::EndOfRun,
            measure: series.map(|series| -> Box<dyn FnOnce(&Outcome) + Send> {
                Box::new(move |outcome| series.ended(outcome))
            }),
        })
    }
}

impl Run {
    /// Returns the line about its handlers that are still open, if there are any.
    fn unfinished(&self) -> Option<LastLine> {
        let mut open = self.record.open_handlers();
        open.retain(|handler| !self.stuck.may_stay_open(&handler.name));
        let handlers = (!open.is_empty()).then(|| stuck::names(&open))?;
        Some(Box::new(move || {
            tracing::warn!(
                handlers,
                "the run ended with unfinished handlers, whose remaining work is lost: wait for \
                 `all_handlers_finished` before it returns, or name them in `StuckBuilder::may_stay_open`"
            );
        }))
    }
}

fn failed(error: &OutgoingWorkflowError, retries: &RetryRule) -> Outcome {
    let of_type =
        |error_type| Outcome::Failed(Failure::new(error_type, retries.after(error_type, false)));
    match error {
        OutgoingWorkflowError::Application(error) => retries.application(
            error.type_name(),
            error.is_non_retryable(),
            error.category() == ApplicationErrorCategory::Benign,
        ),
        // The task fails, not the run: this end is never settled.
        OutgoingWorkflowError::PayloadConversion(_) => of_type("PayloadConversionError"),
        OutgoingWorkflowError::ActivityExecution(_) => of_type("ActivityError"),
        OutgoingWorkflowError::ChildWorkflowExecution(_) => of_type("ChildWorkflowError"),
        OutgoingWorkflowError::ChildWorkflowStart(_) => of_type("ChildWorkflowStartError"),
        OutgoingWorkflowError::WorkflowSignal(_) => of_type("SignalExternalWorkflowError"),
        OutgoingWorkflowError::CancelExternalWorkflow(_) => of_type("CancelExternalWorkflowError"),
        // The SDK may add errors that this version does not know.
        _ => of_type("WorkflowError"),
    }
}

/// A handler by name, with the ledger and the series of its ends.
pub(super) struct Named {
    pub(super) handler: Handler,
    pub(super) name: String,
    pub(super) ledger: Arc<Ledger>,
    pub(super) awaits: Awaits,
    pub(super) series: Option<Arc<WorkflowSeries>>,
}

impl Named {
    /// Returns how the handler's end is settled, and counted under the class that `class` returns.
    fn settling(&self, class: fn(&Outcome) -> Option<&'static str>) -> Option<Settling> {
        let (handler, name) = (self.handler, self.name.clone());
        let series = self.series.clone();
        Some(Settling {
            awaits: self.awaits.clone(),
            measure: series.map(|series| -> Box<dyn FnOnce(&Outcome) + Send> {
                Box::new(move |outcome| {
                    if let Some(class) = class(outcome) {
                        series.handled(handler, &name, class);
                    }
                })
            }),
        })
    }
}

/// A signal or update handler.
pub(super) struct HandlerCall {
    pub(super) context: WorkflowInterceptorContext,
    /// Whether it is the SDK's replayer that executes this.
    pub(super) is_replay: bool,
    pub(super) named: Named,
    /// Its entry among the open handlers of its run.
    pub(super) _opened: Opened,
}

impl<T, E: Error + 'static> Call<Result<T, E>> for HandlerCall {
    fn moment(&self) -> Moment {
        moment(&self.context, self.is_replay, &self.named.ledger)
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

    fn ledger(&self) -> Option<&Ledger> {
        Some(&self.named.ledger)
    }

    fn settling(&self) -> Option<Settling> {
        self.named.settling(|outcome| Some(outcome.class()))
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

    fn ledger(&self) -> Option<&Ledger> {
        Some(&self.0.ledger)
    }

    fn settling(&self) -> Option<Settling> {
        self.0.settling(|outcome| Some(outcome.class()))
    }
}

/// An update validator. An update that it lets pass is counted when the update's handler ends.
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

    fn ledger(&self) -> Option<&Ledger> {
        Some(&self.0.ledger)
    }

    fn settling(&self) -> Option<Settling> {
        self.0
            .settling(|outcome| outcome.is_error().then_some(REJECTED))
    }
}

/// Handlers fail with an error of any type, which the SDK erases: there is no type name to show.
fn handled<T, E>(output: &Result<T, E>) -> Outcome {
    match output {
        Ok(_) => Outcome::Completed,
        Err(_) => Outcome::Failed(Failure::new("HandlerError", Retry::Final)),
    }
}

/// The workflow's `#[init]` function.
pub(super) struct Initialize {
    pub(super) workflow_time: Option<SystemTime>,
    /// Whether history is re-executed. The view that `#[init]` gets does not say so: the SDK sets
    /// it only when the workflow exists.
    pub(super) is_replay: bool,
    pub(super) ledger: Arc<Ledger>,
}

impl<T> Call<T> for Initialize {
    fn moment(&self) -> Moment {
        let phase = match self.is_replay {
            true => Phase::Replaying,
            false => Phase::Live,
        };
        Moment {
            phase,
            workflow_time: self.workflow_time,
            held: self.ledger.is_held(),
            noted: self.ledger.is_noted(),
        }
    }

    fn classify(&self, _: &T) -> Outcome {
        Outcome::Completed
    }

    fn ledger(&self) -> Option<&Ledger> {
        Some(&self.ledger)
    }

    fn settling(&self) -> Option<Settling> {
        Some(Settling {
            awaits: Awaits::Completion,
            measure: None,
        })
    }
}
