//! The future of an observed activity inside a stack.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tower::{BoxError, Service};

use super::{call::InStack, stack::ActivityCall};
use crate::{execution::Scoped, observe::Observed};

pin_project! {
    /// The future of an [`Activity`](super::Activity).
    #[must_use = "futures do nothing unless polled"]
    pub struct ActivityFuture<S>
    where
        S: Service<ActivityCall>,
        S::Error: Into<BoxError>,
    {
        #[pin]
        inner: Inner<S>,
    }
}

pin_project! {
    #[project = InnerProj]
    enum Inner<S>
    where
        S: Service<ActivityCall>,
        S::Error: Into<BoxError>,
    {
        Plain {
            #[pin]
            inner: S::Future,
        },
        Observed {
            #[pin]
            inner: Scoped<Observed<Boxed<S::Future>, InStack>>,
        },
    }
}

impl<S> ActivityFuture<S>
where
    S: Service<ActivityCall>,
    S::Error: Into<BoxError>,
{
    pub(super) fn plain(inner: S::Future) -> Self {
        let inner = Inner::Plain { inner };
        Self { inner }
    }

    pub(super) fn observed(inner: Scoped<Observed<Boxed<S::Future>, InStack>>) -> Self {
        let inner = Inner::Observed { inner };
        Self { inner }
    }
}

impl<S> Future for ActivityFuture<S>
where
    S: Service<ActivityCall>,
    S::Error: Into<BoxError>,
{
    type Output = Result<S::Response, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().inner.project() {
            InnerProj::Plain { inner } => inner.poll(cx).map_err(Into::into),
            InnerProj::Observed { inner } => inner.poll(cx),
        }
    }
}

impl<S> fmt::Debug for ActivityFuture<S>
where
    S: Service<ActivityCall>,
    S::Error: Into<BoxError>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityFuture").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future whose error is boxed.
    pub(super) struct Boxed<F> {
        #[pin]
        inner: F,
    }
}

impl<F> Boxed<F> {
    pub(super) fn new(inner: F) -> Self {
        Self { inner }
    }
}

impl<F, T, E> Future for Boxed<F>
where
    F: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    type Output = Result<T, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().inner.poll(cx).map_err(Into::into)
    }
}
