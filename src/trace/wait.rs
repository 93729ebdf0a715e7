//! Waits in workflow code under a span of their own.

use std::{
    panic::Location,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use pin_project_lite::pin_project;

use super::{OpenSpan, Routine};
use crate::{
    execution::{Condition, condition},
    schema::{Operation, Outcome},
};

pin_project! {
    /// The future of [`wait`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Wait<F> {
        #[pin]
        inner: F,
        name: Option<String>,
        place: &'static Location<'static>,
        waiting: Waiting,
        condition: Option<Condition>,
    }
}

/// Waits for a future in workflow code under a span of its own, for example for a condition.
///
/// The SDK has hooks for timers and activities, but none for conditions, so without this a run that
/// waits for a person shows nothing meanwhile. The span's name is `WaitCondition:` and the given
/// name, and [`waits`](crate::execution::waits) and introspection show the name with this place in
/// the code.
///
/// ```
/// # use temporalio_macros::{workflow, workflow_methods};
/// # use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowResult};
/// #[workflow]
/// #[derive(Default)]
/// struct Order {
///     approved: bool,
/// }
///
/// #[workflow_methods]
/// impl Order {
///     #[run]
///     async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
///         chronoscope::trace::wait("approval", ctx.wait_condition(|order| order.approved)).await;
///         Ok(())
///     }
/// }
/// ```
///
/// # Replay
///
/// The wrapper adds no command and no await point: existing histories replay with and without it.
/// Outside workflow code it does nothing.
#[track_caller]
pub fn wait<F: Future>(name: impl Into<String>, future: F) -> Wait<F> {
    Wait {
        inner: future,
        name: Some(name.into()),
        place: Location::caller(),
        waiting: Waiting(None),
        condition: None,
    }
}

/// Ends the span when the wait ends or is given up.
#[derive(Debug)]
struct Waiting(Option<OpenSpan>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(span) = self.0.take() {
            span.abandon();
        }
    }
}

impl<F: Future> Future for Wait<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let name = this.name.take();
        if let Some(name) = &name {
            this.waiting.0 =
                Routine::executing().and_then(|now| now.outbound(Operation::WaitCondition, name));
        }
        let polled = this.inner.poll(cx);
        if polled.is_ready() {
            *this.condition = None;
            if let Some(span) = this.waiting.0.take() {
                span.end(&Outcome::Completed, || None);
            }
        } else if let Some(name) = name {
            *this.condition = condition(&name, *this.place);
        }
        polled
    }
}
