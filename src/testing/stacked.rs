use std::fmt;

use temporalio_sdk::interceptors::{
    ExecuteActivityInput, ExecuteActivityOutput, ExecuteActivityResult,
};
use tower::{BoxError, Layer, Service};

use crate::activity::{ActivityBody, ActivityCall, ActivityOutput, RunStack, Stack};

/// A stack that is built, to be called with what an interceptor got of the SDK.
pub struct Stacked<S>(RunStack<S>);

/// Builds a stack.
pub fn stacked<L>(stack: &Stack<L>) -> Stacked<L::Service>
where
    L: Layer<ActivityBody>,
    L::Service: Service<ActivityCall, Response = ActivityOutput>,
    <L::Service as Service<ActivityCall>>::Error: Into<BoxError>,
{
    Stacked(stack.build())
}

impl<S> Stacked<S>
where
    S: Service<ActivityCall, Response = ActivityOutput>,
    S::Error: Into<BoxError>,
{
    /// Runs an attempt with another body than its own.
    ///
    /// # Errors
    ///
    /// What the body or a layer fails with.
    pub async fn run<'a>(
        &self,
        input: ExecuteActivityInput,
        body: impl FnOnce(ExecuteActivityInput) -> ExecuteActivityOutput<'a>,
    ) -> ExecuteActivityResult {
        self.0.run(input, body).await
    }
}

impl<S> fmt::Debug for Stacked<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stacked").finish_non_exhaustive()
    }
}
