//! The innermost service of a stack: the activity's body.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use temporalio_sdk::interceptors::ActivityExecutionValue;
use tower::{BoxError, Service};
use tracing::Span;

use super::{
    ActivityCall,
    handoff::{BodyRequest, Handoff},
};
use crate::activity::error::ActivityFailed;

/// What an activity returns: the SDK's own type-erased value.
pub type ActivityOutput = Box<dyn ActivityExecutionValue>;

/// The innermost service of every stack: the activity's body, and the SDK interceptors after the
/// stack.
///
/// It is always ready, and fails with [`ActivityFailed`].
#[derive(Clone, Debug)]
pub struct ActivityBody(pub(super) ());

impl Service<ActivityCall> for ActivityBody {
    type Response = ActivityOutput;
    type Error = BoxError;
    type Future = ActivityBodyFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: ActivityCall) -> ActivityBodyFuture {
        ActivityBodyFuture {
            handoff: Some(call.handoff.clone()),
            call: Some(call),
        }
    }
}

/// The future of an activity's body, as a stack sees it. Dropping it drops the body.
#[must_use = "futures do nothing unless polled"]
pub struct ActivityBodyFuture {
    call: Option<ActivityCall>,
    handoff: Option<Arc<Handoff>>,
}

impl Future for ActivityBodyFuture {
    type Output = Result<ActivityOutput, BoxError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(handoff) = self.handoff.clone() else {
            return Poll::Pending;
        };
        if let Some(call) = self.call.take() {
            let (input, execution) = call.into_parts();
            let asked = BodyRequest {
                input,
                execution,
                span: Span::current(),
            };
            handoff.ask(asked, cx);
        }
        let answer = ready!(handoff.answer(cx));
        self.handoff = None;
        Poll::Ready(match answer {
            Some(Ok(output)) => Ok(output),
            Some(Err(error)) => Err(ActivityFailed::from(error).into()),
            None => Err(Dropped.into()),
        })
    }
}

impl Drop for ActivityBodyFuture {
    fn drop(&mut self) {
        if let Some(handoff) = self.handoff.take() {
            handoff.abandon();
        }
    }
}

impl fmt::Debug for ActivityBodyFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityBodyFuture").finish_non_exhaustive()
    }
}

/// The error of a body that no longer runs. Only a stack that outlives its activity sees it.
#[derive(Debug)]
struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the worker has dropped the attempt of the activity")
    }
}

impl std::error::Error for Dropped {}
