//! The layer that lets activities block the thread on which they are polled.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use temporalio_common::error::ApplicationFailure;
use temporalio_sdk::activities::ActivityError;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::Semaphore,
};
use tower::{BoxError, Layer, Service, limit::ConcurrencyLimit};

use crate::activity::{
    ActivityFailed,
    stack::{ActivityCall, Polled},
};

/// Lets the activities inside it block their thread, up to a number at once: a [`tower::Layer`] for
/// a stack.
///
/// Each poll of a body runs inside Tokio's `block_in_place`, which moves the thread's other work to
/// another thread meanwhile. It is easier to set up than a [`Pooled`](super::Pooled) activity,
/// since registrations stay as they are. But the attempt's own future makes no progress while its
/// body blocks, so no layer's timeout can interrupt it. Clones share their permits.
///
/// ```
/// use chronoscope::activity::{BlockingLayer, Stack};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // An error in a single-threaded runtime, which has no thread to move work to.
/// let stack = Stack::new(BlockingLayer::new(8)?);
/// # let _ = stack;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct BlockingLayer {
    permits: Arc<Semaphore>,
}

impl BlockingLayer {
    /// Creates a layer that lets at most `permits` activities block at once, and at least one.
    ///
    /// # Errors
    ///
    /// Returns [`CurrentThreadRuntime`] if called in a `current_thread` runtime, which has no other
    /// thread to move the work to. Outside any runtime the check happens when an activity runs, and
    /// the activity then fails without a retry.
    pub fn new(permits: usize) -> Result<Self, CurrentThreadRuntime> {
        check()?;
        let permits = permits.clamp(1, Semaphore::MAX_PERMITS);
        Ok(Self {
            permits: Arc::new(Semaphore::new(permits)),
        })
    }
}

fn check() -> Result<(), CurrentThreadRuntime> {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::CurrentThread) => Err(CurrentThreadRuntime(())),
        _ => Ok(()),
    }
}

impl<S> Layer<S> for BlockingLayer {
    type Service = Blocking<S>;

    fn layer(&self, inner: S) -> Blocking<S> {
        Blocking {
            inner: ConcurrencyLimit::with_semaphore(inner, self.permits.clone()),
        }
    }
}

/// A service whose activities may block, made by a [`BlockingLayer`].
#[derive(Clone, Debug)]
pub struct Blocking<S> {
    inner: ConcurrencyLimit<S>,
}

impl<S> Service<ActivityCall> for Blocking<S>
where
    S: Service<ActivityCall>,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BlockingFuture<<ConcurrencyLimit<S> as Service<ActivityCall>>::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, call: ActivityCall) -> Self::Future {
        let refused = check().err();
        if refused.is_none() {
            call.poll_body(Polled::InPlace);
        }
        BlockingFuture {
            inner: self.inner.call(call),
            refused,
        }
    }
}

pin_project! {
    /// The future of a [`Blocking`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct BlockingFuture<F> {
        #[pin]
        inner: F,
        refused: Option<CurrentThreadRuntime>,
    }
}

impl<F, T, E> Future for BlockingFuture<F>
where
    F: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    type Output = Result<T, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.refused.take() {
            Some(refused) => Poll::Ready(Err(refused.into_failure())),
            None => this.inner.poll(cx).map_err(Into::into),
        }
    }
}

/// The error of a [`BlockingLayer`] in a single-threaded runtime.
#[derive(Debug)]
pub struct CurrentThreadRuntime(());

impl CurrentThreadRuntime {
    fn into_failure(self) -> BoxError {
        let failure = ApplicationFailure::builder(self)
            .type_name("CurrentThreadRuntime".to_owned())
            .non_retryable(true)
            .build();
        ActivityFailed::from(ActivityError::application(failure)).into()
    }
}

impl fmt::Display for CurrentThreadRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "cannot let activities block in a `current_thread` runtime, which has no other thread: \
             use a multi-threaded runtime, or register them as `Pooled`",
        )
    }
}

impl std::error::Error for CurrentThreadRuntime {}
