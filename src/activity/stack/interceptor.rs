//! The SDK's activity interceptor that runs each attempt through a stack.

use std::{future::poll_fn, sync::Arc, time::Duration};

use temporalio_sdk::interceptors::{
    ActivityInboundInterceptor, ExecuteActivityInput, ExecuteActivityOutput, ExecuteActivityResult,
    Next,
};
use tokio::sync::Mutex;
use tower::{BoxError, Service};

use super::{ActivityCall, ActivityOutput, handoff::Handoff, rendezvous::Rendezvous};
use crate::activity::error::into_activity_error;

/// Runs activities through one service.
pub(crate) struct RunStack<S> {
    /// One for all activities, as stateful services need it. An attempt locks it while it waits for
    /// readiness and calls, not while its body runs.
    service: Mutex<S>,
    shed_retry_delay: Duration,
}

impl<S> RunStack<S>
where
    S: Service<ActivityCall, Response = ActivityOutput>,
    S::Error: Into<BoxError>,
{
    pub(super) fn new(service: S, shed_retry_delay: Duration) -> Self {
        Self {
            service: Mutex::new(service),
            shed_retry_delay,
        }
    }

    /// Runs an attempt through the stack, with the body that `next` makes.
    pub(crate) async fn run<'a>(
        &self,
        input: ExecuteActivityInput,
        next: impl FnOnce(ExecuteActivityInput) -> ExecuteActivityOutput<'a>,
    ) -> ExecuteActivityResult {
        let handoff = Arc::new(Handoff::default());
        let stack = self.call(ActivityCall::new(input, handoff.clone())).await;
        let result = match stack {
            Ok(stack) => Rendezvous::new(stack, next, handoff).await,
            Err(error) => Err(error.into()),
        };
        result.map_err(|error| into_activity_error(error, self.shed_retry_delay))
    }

    async fn call(&self, call: ActivityCall) -> Result<S::Future, S::Error> {
        let mut service = self.service.lock().await;
        poll_fn(|cx| service.poll_ready(cx)).await?;
        Ok(service.call(call))
    }
}

impl<S> ActivityInboundInterceptor for RunStack<S>
where
    S: Service<ActivityCall, Response = ActivityOutput> + Send + 'static,
    S::Error: Into<BoxError> + Send,
    S::Future: Send + 'static,
{
    fn execute_activity<'a>(
        &'a self,
        input: ExecuteActivityInput,
        next: Next<'a, ExecuteActivityInput, ExecuteActivityOutput<'a>>,
    ) -> ExecuteActivityOutput<'a> {
        Box::pin(self.run(input, |input| next.run(input)))
    }
}
