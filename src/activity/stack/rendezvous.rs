//! The future that polls a stack and the activity's body together.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use temporalio_sdk::interceptors::{
    ExecuteActivityInput, ExecuteActivityOutput, ExecuteActivityResult,
};
use tokio::task::block_in_place;
use tower::BoxError;
use tracing::{Instrument as _, Span, instrument::Instrumented};

use super::{
    body::ActivityOutput,
    handoff::{BodyRequest, Found, Handoff, Polled},
};
use crate::{
    activity::watchdog::unwatched,
    execution::{Carried, Scoped, in_execution},
};

/// An activity's body, inside the execution and span that were current at the stack's leaf.
type Body<'a> = Instrumented<Scoped<Carried<ExecuteActivityOutput<'a>>>>;

pin_project! {
    /// Polls a stack and, once the call has reached its leaf, the activity's body.
    ///
    /// The body is dropped before the stack's future, so that the future holds its permits for as
    /// long as the body exists.
    pub(super) struct Rendezvous<'a, F, N> {
        next: Option<N>,
        body: Option<Body<'a>>,
        #[pin]
        stack: Option<F>,
        handoff: Arc<Handoff>,
    }

    impl<'a, F, N> PinnedDrop for Rendezvous<'a, F, N> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            *this.body = None;
            this.stack.set(None);
            this.handoff.close();
        }
    }
}

impl<F, N> Rendezvous<'_, F, N> {
    pub(super) fn new(stack: F, next: N, handoff: Arc<Handoff>) -> Self {
        Self {
            next: Some(next),
            body: None,
            stack: Some(stack),
            handoff,
        }
    }
}

impl<'a, F, N, E> Future for Rendezvous<'a, F, N>
where
    F: Future<Output = Result<ActivityOutput, E>>,
    E: Into<BoxError>,
    N: FnOnce(ExecuteActivityInput) -> ExecuteActivityOutput<'a>,
{
    type Output = Result<ActivityOutput, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            // The body comes first, so that its result wins over a timeout at the same moment.
            if let Some(body) = this.body.as_mut()
                && let Poll::Ready(result) = poll_body(body, this.handoff.polled(), cx)
            {
                *this.body = None;
                this.handoff.done(result, cx);
            }
            let Some(stack) = this.stack.as_mut().as_pin_mut() else {
                return Poll::Pending;
            };
            this.handoff.prepare(cx);
            if let Poll::Ready(result) = stack.poll(cx) {
                *this.body = None;
                this.stack.set(None);
                return Poll::Ready(result.map_err(Into::into));
            }
            match this.handoff.check(this.body.is_some()) {
                Found::Requested(asked) => {
                    *this.body = this.next.take().map(|next| begin(*asked, next))
                }
                Found::Abandoned => {
                    *this.body = None;
                    return Poll::Pending;
                }
                Found::Nothing => return Poll::Pending,
            }
        }
    }
}

/// Makes the body's future inside the execution and span that layers may have entered at the
/// stack's leaf.
fn begin<'a>(
    asked: BodyRequest,
    next: impl FnOnce(ExecuteActivityInput) -> ExecuteActivityOutput<'a>,
) -> Body<'a> {
    let BodyRequest {
        input,
        execution,
        span,
    } = asked;
    let is_entered = span.id() == Span::current().id();
    let span = if is_entered { Span::none() } else { span };
    let body = span.in_scope(|| match execution.clone() {
        Some(execution) => execution.run(|| next(input)),
        None => next(input),
    });
    in_execution(execution, body).instrument(span)
}

fn poll_body(
    body: &mut Body<'_>,
    polled: Polled,
    cx: &mut Context<'_>,
) -> Poll<ExecuteActivityResult> {
    let body = Pin::new(body);
    match polled {
        Polled::Plainly => body.poll(cx),
        Polled::InPlace => unwatched(|| block_in_place(|| body.poll(cx))),
    }
}
