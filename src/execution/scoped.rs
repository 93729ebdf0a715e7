//! The future that enters its execution at each poll.

use std::{
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{
    Execution, Moment, Phase, current,
    current::{enter, with_current},
};
use crate::schema::OperationKind;

/// A future that knows which phase its execution is in.
pub trait Phased {
    /// Returns the moment of the poll that is about to start, or `None` to stay in the current
    /// execution.
    fn moment_at_poll(&self, own: &Execution) -> Option<Moment>;

    /// Returns the phase of a drop before the future was ready, or `None` to stay in the current
    /// execution.
    fn phase_at_drop(&self, own: &Execution) -> Option<Phase>;
}

pin_project! {
    /// A future that is polled, and dropped, inside an execution.
    ///
    /// Adds no await point, and drops the inner future as soon as it is ready.
    ///
    /// # Panics
    ///
    /// Polled again after that, as an `async` block does.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Scoped<F>
    where
        F: Phased,
    {
        #[pin]
        inner: Option<F>,
        execution: Option<Execution>,
    }

    impl<F> PinnedDrop for Scoped<F>
    where
        F: Phased,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let phase = match (this.inner.as_ref().as_pin_ref(), this.execution.as_ref()) {
                (None, _) => return,
                (Some(inner), Some(own)) => inner.phase_at_drop(own),
                (Some(_), None) => None,
            };
            inside(this.execution, phase.map(Moment::from), || this.inner.set(None));
        }
    }
}

impl<F: Phased> Scoped<F> {
    pub(crate) fn new(execution: Option<Execution>, inner: F) -> Self {
        Self {
            inner: Some(inner),
            execution,
        }
    }
}

impl<F: Future + Phased> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let moment = match (this.inner.as_ref().as_pin_ref(), this.execution.as_ref()) {
            (Some(inner), Some(own)) => inner.moment_at_poll(own),
            _ => None,
        };
        inside(this.execution, moment, || {
            let Some(inner) = this.inner.as_mut().as_pin_mut() else {
                panic!("`Scoped` polled after completion");
            };
            let poll = inner.poll(cx);
            if poll.is_ready() {
                this.inner.set(None);
            }
            poll
        })
    }
}

/// Runs the body inside the execution if there is a moment for it, otherwise in the current one.
#[inline]
pub(crate) fn inside<T>(
    slot: &mut Option<Execution>,
    moment: Option<Moment>,
    body: impl FnOnce() -> T,
) -> T {
    let (Some(execution), Some(moment)) = (slot.as_mut(), moment) else {
        return body();
    };
    execution.set_moment(moment);
    let surrounded = execution.info().surround();
    let lit = execution.info().watched().light();
    let entered = enter(slot);
    let done = body();
    drop((entered, lit));
    match surrounded {
        Some(surrounded) => drop(surrounded),
        // So that a poll that is inside nothing calls no destructor.
        none => mem::forget(none),
    }
    done
}

pin_project! {
    /// A future whose execution was carried to another task.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Carried<F> {
        #[pin]
        inner: F,
    }
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().inner.poll(cx)
    }
}

impl<F> Phased for Carried<F> {
    /// Workflow code always runs in an execution of its own, which has the true phase, so a carried
    /// one never replaces it; nor does it replace itself.
    fn phase_at_drop(&self, own: &Execution) -> Option<Phase> {
        let stays = with_current(|now| {
            now.kind() == OperationKind::Workflow || Arc::ptr_eq(now.info(), own.info())
        });
        match stays {
            Some(true) => None,
            _ => Some(own.replay().phase),
        }
    }

    fn moment_at_poll(&self, own: &Execution) -> Option<Moment> {
        self.phase_at_drop(own).map(Moment::from)
    }
}

/// Carries the current execution into a future that is polled elsewhere, such as by `tokio::spawn`
/// inside an activity.
///
/// Outside any execution the future stays as it is. For closures see [`Execution::run`].
pub fn in_current<F: Future>(future: F) -> Scoped<Carried<F>> {
    in_execution(current(), future)
}

/// Carries an execution into a future that is polled elsewhere.
pub(crate) fn in_execution<F: Future>(
    execution: Option<Execution>,
    future: F,
) -> Scoped<Carried<F>> {
    Scoped::new(execution, Carried { inner: future })
}
