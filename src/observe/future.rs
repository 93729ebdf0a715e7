//! The future of every observed call, which reports start and end.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{Call, End, Observer};
use crate::execution::{Execution, Moment, Phase, Phased, Scoped, inside};

/// How far an observed call has come.
#[derive(Clone, Copy, PartialEq)]
enum Progress {
    New,
    Started,
    Ended,
}

pin_project! {
    /// The future of an intercepted call, polled inside its execution: reports start and end.
    pub(crate) struct Observed<F, C>
    where
        F: Future,
        C: Call<F::Output>,
    {
        #[pin]
        inner: F,
        call: C,
        observer: Observer,
        progress: Progress,
    }

    impl<F, C> PinnedDrop for Observed<F, C>
    where
        F: Future,
        C: Call<F::Output>,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if *this.progress == Progress::Started {
                this.observer.ended(this.call, &End::Dropped);
            }
        }
    }
}

/// Runs a call inside its execution, from creating its future to that future's end.
pub(crate) fn observe<F, C>(
    observer: &Observer,
    execution: Execution,
    call: C,
    next: impl FnOnce() -> F,
) -> Scoped<Observed<F, C>>
where
    F: Future,
    C: Call<F::Output>,
{
    let mut slot = Some(execution);
    let inner = inside(&mut slot, Some(call.moment()), next);
    let observed = Observed {
        inner,
        call,
        observer: observer.clone(),
        progress: Progress::New,
    };
    Scoped::new(slot, observed)
}

/// Runs a call that returns at once inside its execution.
pub(crate) fn observe_sync<T, C: Call<T>>(
    observer: &Observer,
    execution: Execution,
    call: &C,
    next: impl FnOnce() -> T,
) -> T {
    inside(&mut Some(execution), Some(call.moment()), || {
        observer.started(call);
        match catch_unwind(AssertUnwindSafe(next)) {
            Ok(output) => {
                observer.ended(call, &End::Returned(&output));
                output
            }
            Err(panic) => {
                observer.ended(call, &End::Panicked);
                resume_unwind(panic)
            }
        }
    })
}

impl<F: Future, C: Call<F::Output>> Future for Observed<F, C> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if *this.progress == Progress::New {
            *this.progress = Progress::Started;
            this.observer.started(&*this.call);
        }
        match catch_unwind(AssertUnwindSafe(|| this.inner.poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => {
                *this.progress = Progress::Ended;
                this.observer.ended(this.call, &End::Returned(&output));
                Poll::Ready(output)
            }
            Err(panic) => {
                *this.progress = Progress::Ended;
                this.observer.ended(this.call, &End::Panicked);
                resume_unwind(panic)
            }
        }
    }
}

impl<F: Future, C: Call<F::Output>> Phased for Observed<F, C> {
    fn moment_at_poll(&self, _: &Execution) -> Option<Moment> {
        Some(self.call.moment())
    }

    fn phase_at_drop(&self, _: &Execution) -> Option<Phase> {
        Some(self.call.phase_at_drop())
    }
}
