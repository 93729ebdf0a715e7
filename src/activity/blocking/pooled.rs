//! An activity that runs on a pool of threads, and its registration.

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
/// Register it in place of `A`, under the name of `A`, with the instance that [`Pool::with`]
/// returns. `A` is an `async fn` whose body need not await anything, but may: the thread belongs to
/// the worker's runtime. (The SDK itself runs a plain `fn` on one of Tokio's blocking threads. That
/// works here too, but the execution's ids do not follow it there.)
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

/// An instance whose activities run on a [`Pool`].
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
    /// Registers all activities of the instance unchanged, not on the pool. Register the blocking
    /// ones as [`Pooled`] afterwards.
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

/// The error of a pooled activity that runs without its pool.
#[derive(Debug)]
struct NoPool;

impl fmt::Display for NoPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a pooled activity has no pool: register it with the instance that `Pool::with` returns",
        )
    }
}

impl std::error::Error for NoPool {}
