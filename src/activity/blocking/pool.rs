use std::{panic::resume_unwind, sync::Arc};

use temporalio_common::error::ApplicationFailure;
use temporalio_sdk::activities::ActivityError;
use tokio::{runtime::Handle, sync::Semaphore, task::spawn_blocking};
use tracing::Span;

use super::OnPool;
use crate::execution::current;

/// The threads for activities that block: so many bodies run at once, and the others wait in line.
///
/// They are Tokio's own threads for blocking work, which come when they are needed and go when
/// they are not; what is bounded is how many of them these activities take. Clones share them, so
/// one pool may serve several workers. Keep it below the runtime's `max_blocking_threads`, which is
/// 512 unless told otherwise.
#[derive(Clone, Debug)]
pub struct Pool {
    permits: Arc<Semaphore>,
}

impl Pool {
    /// Creates a pool of so many threads, of one at least.
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

    /// Returns what a [`Pooled`](super::Pooled) activity is registered with: the instance that its
    /// methods need, to run here.
    #[must_use]
    pub fn with<I>(&self, instance: impl Into<Arc<I>>) -> Arc<OnPool<I>> {
        Arc::new(OnPool::new(self.clone(), instance.into()))
    }

    /// Runs a body on a thread of the pool, in what is current here. If the caller gives up, one
    /// that waits in line is never begun, and one that has begun goes on to its end and keeps its
    /// place until then.
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
