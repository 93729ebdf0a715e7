//! A layer that fails some gRPC calls, like a server in trouble.

use std::{
    future::Ready,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use chronoscope::rpc::Request;
use futures::future::Either;
use temporalio_client::tonic::Status;
use tower::{BoxError, Layer, Service};

/// A layer that simulates a server in trouble: every n-th attempt of a call is `UNAVAILABLE`.
#[derive(Clone, Debug)]
pub struct Trouble {
    each: usize,
    attempts: Arc<AtomicUsize>,
}

impl Trouble {
    pub fn at_each(each: usize) -> Self {
        Self {
            each,
            attempts: Arc::default(),
        }
    }

    /// Returns the number of attempts, and how many of them failed.
    pub fn attempts(&self) -> (usize, usize) {
        let attempts = self.attempts.load(Ordering::Relaxed);
        (attempts, attempts / self.each)
    }
}

impl<S> Layer<S> for Trouble {
    type Service = Troubled<S>;

    fn layer(&self, inner: S) -> Troubled<S> {
        Troubled {
            inner,
            trouble: self.clone(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Troubled<S> {
    inner: S,
    trouble: Trouble,
}

impl<S> Service<Request> for Troubled<S>
where
    S: Service<Request, Error = BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Either<S::Future, Ready<Result<S::Response, BoxError>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let attempt = self.trouble.attempts.fetch_add(1, Ordering::Relaxed) + 1;
        if attempt.is_multiple_of(self.trouble.each) {
            let nobody = Status::unavailable("nobody there, for once");
            return Either::Right(std::future::ready(Err(nobody.into())));
        }
        Either::Left(self.inner.call(request))
    }
}
