//! A user's Tower stack around activities.

mod body;
mod call;
mod handoff;
mod interceptor;
mod rendezvous;

use std::{fmt, time::Duration};

use temporalio_client::PluginError;
use temporalio_sdk::{WorkerOptions, WorkerPlugin};
use tower::{BoxError, Layer, Service};

pub(super) use self::handoff::Polled;
pub(crate) use self::interceptor::RunStack;
pub use self::{
    body::{ActivityBody, ActivityBodyFuture, ActivityOutput},
    call::ActivityCall,
};

/// How long Temporal waits by default before it retries an attempt that was shed.
const SHED_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Runs a user's Tower stack around the activities of a worker.
///
/// [`wrap`](Self::wrap) puts it on `WorkerOptions`. It is also a [`tower::Layer`] over these, and
/// an SDK plugin for `WorkerOptions::new(…).worker_plugin(…)`. As a layer it builds its stack at
/// once, as a plugin when the worker is created: options cloned for several workers share a stack
/// in the former case and have one each in the latter. Either way all activities of a worker go
/// through one stack, including local ones.
///
/// The stack runs inside the interceptors that the options already hold, and inside the
/// [`ObservabilityLayer`](crate::ObservabilityLayer) in whatever order they are added: time spent
/// in the stack is part of the activity's span, and a refused attempt counts as a failure.
///
/// ```
/// use std::time::Duration;
///
/// use chronoscope::activity;
/// use temporalio_sdk::WorkerOptions;
/// use tower::ServiceBuilder;
///
/// let stack = ServiceBuilder::new()
///     .load_shed()
///     .concurrency_limit(8)
///     .timeout(Duration::from_secs(30));
/// let options = activity::Stack::new(stack).wrap(WorkerOptions::new("orders").build());
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct Stack<L> {
    layer: L,
    shed_retry_delay: Duration,
}

impl<L> Stack<L> {
    /// Takes the layers of the stack, such as a [`ServiceBuilder`](tower::ServiceBuilder) with
    /// some.
    pub fn new(layer: L) -> Self
    where
        L: Layer<ActivityBody>,
        L::Service: Service<ActivityCall, Response = ActivityOutput>,
    {
        Self {
            layer,
            shed_retry_delay: SHED_RETRY_DELAY,
        }
    }

    /// Sets how long Temporal waits before it retries an attempt that was shed. Default: 1 s.
    #[must_use]
    pub fn shed_retry_delay(mut self, delay: Duration) -> Self {
        self.shed_retry_delay = delay;
        self
    }

    /// Puts the stack around the activities of the worker that the options are for.
    #[must_use]
    pub fn wrap(&self, options: WorkerOptions) -> WorkerOptions
    where
        Self: Layer<WorkerOptions, Service = WorkerOptions>,
    {
        self.layer(options)
    }

    /// Builds the stack.
    pub(crate) fn build(&self) -> RunStack<L::Service>
    where
        L: Layer<ActivityBody>,
        L::Service: Service<ActivityCall, Response = ActivityOutput>,
        <L::Service as Service<ActivityCall>>::Error: Into<BoxError>,
    {
        RunStack::new(self.layer.layer(ActivityBody(())), self.shed_retry_delay)
    }
}

impl<L> Layer<WorkerOptions> for Stack<L>
where
    L: Layer<ActivityBody>,
    L::Service: Service<ActivityCall, Response = ActivityOutput> + Send + 'static,
    <L::Service as Service<ActivityCall>>::Error: Into<BoxError> + Send,
    <L::Service as Service<ActivityCall>>::Future: Send + 'static,
{
    type Service = WorkerOptions;

    fn layer(&self, mut options: WorkerOptions) -> WorkerOptions {
        options.activity_inbound_interceptor(self.build());
        options
    }
}

impl<L> WorkerPlugin for Stack<L>
where
    L: Layer<ActivityBody> + Send + Sync + 'static,
    L::Service: Service<ActivityCall, Response = ActivityOutput> + Send + 'static,
    <L::Service as Service<ActivityCall>>::Error: Into<BoxError> + Send,
    <L::Service as Service<ActivityCall>>::Future: Send + 'static,
{
    fn name(&self) -> &str {
        "chronoscope-activity-stack"
    }

    fn configure_worker_options(&self, options: &mut WorkerOptions) -> Result<(), PluginError> {
        options.activity_inbound_interceptor(self.build());
        Ok(())
    }
}

impl<L> fmt::Debug for Stack<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("shed_retry_delay", &self.shed_retry_delay)
            .finish_non_exhaustive()
    }
}
