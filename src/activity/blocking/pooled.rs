use std::{fmt, pin::Pin, sync::Arc};

use temporalio_common::{ActivityDefinition, error::ApplicationFailure};
use temporalio_sdk::activities::{
    ActivityContext, ActivityDefinitions, ActivityError, ActivityImplementer, ExecutableActivity,
};

use super::Pool;

/// What the SDK's trait returns.
type Running<T> = Pin<Box<dyn Future<Output = Result<T, ActivityError>> + Send>>;

/// An activity whose body runs on a thread of a [`Pool`], where it may block.
///
/// It is registered in the place of `A`, under the name of `A`, with what [`Pool::with`] makes of
/// the instance. `A` is an `async fn`, in whose body nothing has to be awaited; the thread is in
/// the worker's runtime, so it may. (A plain `fn` the SDK itself puts on a thread of Tokio's: that
/// works here too, but there the execution's ids do not follow it.)
///
/// ```
/// use std::{sync::Arc, time::Duration};
///
/// use chronoscope::activity::{Pool, Pooled, record_heartbeat_blocking};
/// use temporalio_macros::activities;
/// use temporalio_sdk::{WorkerOptions, activities::{ActivityContext, ActivityError}};
///
/// struct Images;
///
/// #[activities]
/// impl Images {
///     #[activity]
///     async fn shrink(ctx: ActivityContext, pages: u32) -> Result<u32, ActivityError> {
///         for page in 0..pages {
///             if ctx.is_cancelled() {
///                 return Err(ActivityError::cancelled());
///             }
///             std::thread::sleep(Duration::from_millis(1)); // what blocks
///             record_heartbeat_blocking(&ctx, page)?;
///         }
///         Ok(pages)
///     }
/// }
///
/// let pool = Pool::new(16);
/// let options = WorkerOptions::new("images")
///     .register_activity::<Pooled<images::Shrink>>(pool.with(Images))
///     .build();
/// # let _ = options;
/// ```
pub struct Pooled<A>(A);

impl<A: ActivityDefinition> ActivityDefinition for Pooled<A> {
    type Input = A::Input;
    type Output = A::Output;

    fn name(&self) -> &str {
        self.0.name()
    }
}

impl<A> ExecutableActivity for Pooled<A>
where
    A: ExecutableActivity,
    A::Input: Send,
    A::Output: Send,
{
    type Implementer = OnPool<A::Implementer>;
    const REQUIRES_INSTANCE: bool = true;

    fn definition() -> Self {
        Self(A::definition())
    }

    fn execute(
        receiver: Option<Arc<Self::Implementer>>,
        context: ActivityContext,
        input: A::Input,
    ) -> Running<A::Output> {
        let Some(receiver) = receiver else {
            let error = ApplicationFailure::non_retryable(NoPool);
            return Box::pin(async { Err(error.into()) });
        };
        let instance = receiver.instance.clone();
        let body = move || A::execute(Some(instance), context, input);
        Box::pin(receiver.pool.clone().run(body))
    }
}

impl<A> fmt::Debug for Pooled<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pooled").finish_non_exhaustive()
    }
}

/// An instance whose activities are to run on a [`Pool`].
pub struct OnPool<I> {
    pool: Pool,
    instance: Arc<I>,
}

impl<I> OnPool<I> {
    pub(super) fn new(pool: Pool, instance: Arc<I>) -> Self {
        Self { pool, instance }
    }
}

impl<I: ActivityImplementer> ActivityImplementer for OnPool<I> {
    /// Registers all activities of the instance as they are, not on the pool: which of them block
    /// is said by registering those as [`Pooled`], afterwards.
    fn register_all(self: Arc<Self>, definitions: &mut ActivityDefinitions) {
        self.instance.clone().register_all(definitions);
    }
}

impl<I> fmt::Debug for OnPool<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnPool")
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

/// The error of an activity that is run without its pool.
#[derive(Debug)]
struct NoPool;

impl fmt::Display for NoPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pooled activity has no pool: register it with what `Pool::with` returns")
    }
}

impl std::error::Error for NoPool {}
