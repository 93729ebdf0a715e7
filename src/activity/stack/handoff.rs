//! The handoff between the leaf of a stack and the future that runs the activity's body.

use std::{
    mem,
    task::{Context, Poll, Waker},
};

use parking_lot::{Mutex, MutexGuard};
use temporalio_sdk::interceptors::{ExecuteActivityInput, ExecuteActivityResult};
use tracing::Span;

use crate::execution::Execution;

/// How the body is polled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::activity) enum Polled {
    /// As any future.
    #[default]
    Plainly,
    /// Inside `block_in_place`, because the body blocks.
    InPlace,
}

/// The leaf's request: the input, and the execution and span for the body.
pub(super) struct BodyRequest {
    pub(super) input: ExecuteActivityInput,
    pub(super) execution: Option<Execution>,
    pub(super) span: Span,
}

/// Where the leaf of a stack and the interceptor's future meet.
///
/// A stack's requests are `'static`, and the activity's body, which borrows from the SDK, is not.
/// So the leaf asks here, the interceptor's future runs the body, and the leaf takes the result.
#[derive(Default)]
pub(super) struct Handoff(Mutex<State>);

#[derive(Default)]
struct State {
    progress: Progress,
    polled: Polled,
    /// Whether the interceptor's future checks here by itself after polling the stack.
    checks: bool,
    interceptor: Option<Waker>,
    leaf: Option<Waker>,
}

#[derive(Default)]
enum Progress {
    /// The call has not reached the leaf.
    #[default]
    Above,
    Requested(Box<BodyRequest>),
    Runs,
    Done(ExecuteActivityResult),
    /// The result is taken, or nobody waits for it any more.
    Over,
}

/// What the interceptor's future finds after polling the stack.
pub(super) enum Found {
    Nothing,
    Requested(Box<BodyRequest>),
    /// The leaf was dropped, so the body must be dropped too.
    Abandoned,
}

impl Handoff {
    /// Sets how the body is polled.
    pub(super) fn poll_body(&self, polled: Polled) {
        self.0.lock().polled = polled;
    }

    pub(super) fn polled(&self) -> Polled {
        self.0.lock().polled
    }

    /// The leaf asks for the body to run.
    pub(super) fn ask(&self, asked: BodyRequest, cx: &Context<'_>) {
        let mut state = self.0.lock();
        if matches!(state.progress, Progress::Above) {
            state.progress = Progress::Requested(Box::new(asked));
            state.leaf = Some(cx.waker().clone());
            wake(state);
        }
    }

    /// The leaf takes the result, or `None` if there will be none.
    pub(super) fn answer(&self, cx: &Context<'_>) -> Poll<Option<ExecuteActivityResult>> {
        let mut state = self.0.lock();
        match mem::replace(&mut state.progress, Progress::Over) {
            Progress::Done(result) => Poll::Ready(Some(result)),
            Progress::Over | Progress::Above => Poll::Ready(None),
            waits @ (Progress::Requested(_) | Progress::Runs) => {
                state.progress = waits;
                match &mut state.leaf {
                    Some(waker) => waker.clone_from(cx.waker()),
                    none => *none = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
        }
    }

    /// The leaf is dropped.
    pub(super) fn abandon(&self) {
        let mut state = self.0.lock();
        let former = mem::replace(&mut state.progress, Progress::Over);
        if matches!(former, Progress::Requested(_) | Progress::Runs) {
            wake(state);
        }
        drop(former);
    }

    /// The interceptor's future is about to poll the stack.
    pub(super) fn prepare(&self, cx: &Context<'_>) {
        let mut state = self.0.lock();
        state.checks = true;
        match &mut state.interceptor {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }

    /// The interceptor's future has polled the stack, and looks what to do next.
    pub(super) fn check(&self, runs: bool) -> Found {
        let mut state = self.0.lock();
        state.checks = false;
        match mem::replace(&mut state.progress, Progress::Runs) {
            Progress::Requested(asked) => Found::Requested(asked),
            other => {
                let abandoned = runs && matches!(other, Progress::Over);
                state.progress = other;
                if abandoned {
                    Found::Abandoned
                } else {
                    Found::Nothing
                }
            }
        }
    }

    /// The body has ended.
    pub(super) fn done(&self, result: ExecuteActivityResult, cx: &Context<'_>) {
        let mut state = self.0.lock();
        if !matches!(state.progress, Progress::Runs) {
            return;
        }
        state.progress = Progress::Done(result);
        let leaf = state.leaf.take();
        drop(state);
        // A leaf that waits in this very task is polled next anyway.
        if let Some(leaf) = leaf.filter(|leaf| !leaf.will_wake(cx.waker())) {
            leaf.wake();
        }
    }

    /// The interceptor's future is gone, and nobody will run the body.
    pub(super) fn close(&self) {
        let mut state = self.0.lock();
        let former = mem::replace(&mut state.progress, Progress::Over);
        let leaf = state.leaf.take();
        drop(state);
        drop(former);
        if let Some(leaf) = leaf {
            leaf.wake();
        }
    }
}

/// Wakes the interceptor's future, unless it checks by itself.
fn wake(mut state: MutexGuard<'_, State>) {
    if !state.checks
        && let Some(interceptor) = state.interceptor.take()
    {
        drop(state);
        interceptor.wake();
    }
}
