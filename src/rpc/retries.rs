use std::{future::Future, sync::Arc, time::Duration};

use temporalio_client::tonic::Code;
use tower::{
    BoxError, Layer,
    retry::{
        Policy, Retry,
        backoff::{Backoff as _, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff as _},
        budget::{Budget as _, TpsBudget},
    },
    util::rng::HasherRng,
};

use super::{
    message::{Request, Response},
    status,
};

/// The first wait, and the longest.
const BACKOFF: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// How much waits vary, so that many callers don't come back at once.
const JITTER: f64 = 0.2;

/// Retries short calls within a budget that all of them share, as a [`tower::Layer`].
///
/// A client's own retries know nothing of each other: when a server is overloaded, each caller
/// multiplies its load by ten. A budget lets retries be a part of all calls, and no more.
///
/// What is retried is what the client itself would retry. Its own retries must be off
/// (`RetryOptions::no_retries`), for both together would multiply; a [bridge](super::RpcBridge)
/// refuses that.
#[derive(Clone, Debug)]
pub struct Retries {
    most: usize,
    budget: Arc<TpsBudget>,
}

impl Retries {
    /// Retries each call at most so many times, and by default one call in five over ten seconds,
    /// with ten of them a second in reserve.
    #[must_use]
    pub fn at_most(retries: usize) -> Self {
        Self {
            most: retries,
            budget: Arc::new(TpsBudget::new(Duration::from_secs(10), 10, 0.2)),
        }
    }

    /// Sets the budget that the calls of all connections share.
    #[must_use]
    pub fn budget(mut self, budget: TpsBudget) -> Self {
        self.budget = Arc::new(budget);
        self
    }
}

impl<S: Clone> Layer<S> for Retries {
    type Service = Retry<RetryCall, S>;

    fn layer(&self, inner: S) -> Self::Service {
        let [first, longest] = BACKOFF;
        let backoff = ExponentialBackoffMaker::new(first, longest, JITTER, HasherRng::default());
        let policy = RetryCall {
            left: self.most,
            budget: self.budget.clone(),
            // The bounds are in order, and the jitter is a share.
            backoff: backoff.ok().map(|mut backoff| backoff.make_backoff()),
        };
        Retry::new(policy, inner)
    }
}

/// Says which calls are sent again: the policy of [`Retries`].
#[derive(Clone, Debug)]
pub struct RetryCall {
    left: usize,
    budget: Arc<TpsBudget>,
    backoff: Option<ExponentialBackoff>,
}

impl Policy<Request, Response, BoxError> for RetryCall {
    type Future = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

    fn retry(
        &mut self,
        _: &mut Request,
        result: &mut Result<Response, BoxError>,
    ) -> Option<Self::Future> {
        let Err(error) = result else {
            self.budget.deposit();
            return None;
        };
        if self.left == 0 || !is_retryable(error) || !self.budget.withdraw() {
            return None;
        }
        self.left -= 1;
        let wait = self.backoff.as_mut().map(ExponentialBackoff::next_backoff);
        Some(Box::pin(async move {
            if let Some(wait) = wait {
                wait.await;
            }
        }))
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        Some(request.clone())
    }
}

/// Returns whether the client would try again, left to itself.
fn is_retryable(error: &BoxError) -> bool {
    match status::code(&**error) {
        // A message that is too large once is so for ever.
        Code::ResourceExhausted => !status::message(&**error).contains("larger than max"),
        Code::DataLoss
        | Code::Internal
        | Code::Unknown
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable => true,
        _ => false,
    }
}
