//! The bounded pool of threads for activities that block.

use std::{panic::resume_unwind, sync::Arc};

use temporalio_common::error::ApplicationFailure;
use temporalio_sdk::activities::ActivityError;
use tokio::{runtime::Handle, sync::Semaphore, task::spawn_blocking};
use tracing::Span;

use super::OnPool;
use crate::execution::current;

/// The threads for activities that block: a bounded number of bodies run at once, and the others
/// queue.
///
/// They are Tokio's own threads for blocking work, started and stopped on demand; the pool bounds
/// how many of them these activities take. Clones share the bound, so one pool may serve several
/// workers. Keep it below the runtime's `max_blocking_threads`, by default 512.
///
/// ```
/// use chronoscope::activity::Pool;
///
/// let pool = Pool::new(16);
/// assert_eq!(pool.available(), 16);
/// ```
#[derive(Clone, Debug)]
pub struct Pool {
    permits: Arc<Semaphore>,
}

impl Pool {
    /// Creates a pool of at most `threads` threads, and at least one.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        let threads = threads.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            permits: Arc::new(Semaphore::new(threads)),
        }
    }

    /// Returns how many threads are free.
    #[must_use]
    pub fn available(&self) -> usize {
        self.permits.available_permits()
    }

    /// Returns the instance to register [`Pooled`](super::Pooled) activities with, so that their
    /// methods run on this pool.
    #[must_use]
    pub fn with<I>(&self, instance: impl Into<Arc<I>>) -> Arc<OnPool<I>> {
        Arc::new(OnPool::new(self.clone(), instance.into()))
    }

    /// Runs a body on a thread of the pool, inside the current execution and span. If the caller
    /// gives up, a queued body never starts, and a started one runs to its end and keeps its thread
    /// until then.
    pub(super) async fn run<T, F>(
        self,
        body: impl FnOnce() -> F + Send + 'static,
    ) -> Result<T, ActivityError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ActivityError>>,
    {
        let permit = self.permits.acquire_owned().await?;
        let (runtime, execution, span) = (Handle::current(), current(), Span::current());
        let ended = spawn_blocking(move || {
            let _permit = permit;
            let run = || runtime.block_on(async { body().await });
            span.in_scope(|| match execution {
                Some(execution) => execution.run(run),
                None => run(),
            })
        });
        match ended.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                // The SDK catches it, as it would have without the pool.
                Ok(panic) => resume_unwind(panic),
                Err(error) => Err(ApplicationFailure::new(error).into()),
            },
        }
    }
}
