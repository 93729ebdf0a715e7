//! Retries within a budget.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use temporalio_client::{
    MESSAGE_TOO_LARGE_KEY,
    tonic::{Code, Status, metadata::MetadataValue},
};
use tower::{
    BoxError, Layer,
    retry::{
        Policy, Retry,
        budget::{Budget as _, TpsBudget},
    },
};

use super::{
    backoff::Backoff,
    deadline::Deadline,
    message::{Request, Response},
    status,
    way::Way,
};

/// Texts with which servers refuse a message that is too large.
const TOO_LARGE: [&str; 3] = [
    "grpc: received message larger than max",
    "grpc: message after decompression larger than max",
    "grpc: received message after decompression larger than max",
];

/// Retries calls and waits within a shared budget, as a [`tower::Layer`] for
/// [`Stack::retrying`](super::Stack::retrying).
///
/// A client's own retries are independent of each other: when a server is overloaded, each caller
/// multiplies its load by ten. A budget limits retries to a share of all calls.
///
/// It retries what the client itself would retry, after waits as long as the client's: 0.1 s at
/// first, growing by a factor of 1.7, up to 5 s; after `RESOURCE_EXHAUSTED` 1 s at first, growing
/// by a factor of 2, up to 10 s. Each varies independently by a fifth. If the server names a time
/// (`google.rpc.RetryInfo` in the status's details), the wait is that time, plus up to a fifth. A
/// call whose deadline would pass meanwhile is not retried.
///
/// ```
/// use std::time::Duration;
///
/// use chronoscope::rpc::Retries;
/// use tower::retry::budget::TpsBudget;
///
/// // At most five per call, and at most one for ten calls in the last ten seconds.
/// let retries = Retries::at_most(5).budget(TpsBudget::new(Duration::from_secs(10), 1, 0.1));
/// # let _ = retries;
/// ```
///
/// The client's own retries must be off (`RetryOptions::no_retries`), as both together would
/// multiply. Polls of workers are left to the client, which retries them forever. The retries that
/// a caller sets for a single call (`RpcOptions`) are the client's, and come on top of the layer's.
#[derive(Clone, Debug)]
pub struct Retries {
    most: usize,
    budget: Arc<TpsBudget>,
}

impl Retries {
    /// Retries each call at most `retries` times. The default budget allows one retry per five
    /// calls, over ten seconds, with ten per second in reserve.
    #[must_use]
    pub fn at_most(retries: usize) -> Self {
        Self {
            most: retries,
            budget: Arc::new(TpsBudget::new(Duration::from_secs(10), 10, 0.2)),
        }
    }

    /// Sets the budget, which the calls of all connections share.
    #[must_use]
    pub fn budget(mut self, budget: TpsBudget) -> Self {
        self.budget = Arc::new(budget);
        self
    }
}

impl<S: Clone> Layer<S> for Retries {
    type Service = Retry<RetryCall, S>;

    fn layer(&self, inner: S) -> Self::Service {
        let policy = RetryCall {
            left: self.most,
            budget: self.budget.clone(),
            backoff: None,
        };
        Retry::new(policy, inner)
    }
}

/// Decides which calls are retried: the policy of [`Retries`].
#[derive(Clone, Debug)]
pub struct RetryCall {
    left: usize,
    budget: Arc<TpsBudget>,
    /// Made when a call fails: the policy is cloned for each.
    backoff: Option<Backoff>,
}

impl Policy<Request, Response, BoxError> for RetryCall {
    type Future = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn retry(
        &mut self,
        request: &mut Request,
        result: &mut Result<Response, BoxError>,
    ) -> Option<Self::Future> {
        let Err(error) = result else {
            self.budget.deposit();
            return None;
        };
        if Way::of_call(request) == Way::Poll {
            return None;
        }
        let code = status::code(&**error);
        if is_too_large(error) {
            mark_too_large(error);
            return None;
        }
        if self.left == 0 || !is_retryable(code) {
            return None;
        }
        let backoff = self.backoff.get_or_insert_with(Backoff::new);
        let wait = backoff.after(code, status::find(&**error));
        let deadline = request.extensions().get::<Deadline>();
        if deadline.is_some_and(|deadline| deadline.is_within(wait)) || !self.budget.withdraw() {
            return None;
        }
        self.left -= 1;
        Some(Box::pin(tokio::time::sleep(wait)))
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        Some(request.clone())
    }
}

/// Returns whether the client itself would retry.
fn is_retryable(code: Code) -> bool {
    matches!(
        code,
        Code::DataLoss
            | Code::Internal
            | Code::Unknown
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unavailable
    )
}

/// Returns whether a message is too large, which no retry can change.
fn is_too_large(error: &BoxError) -> bool {
    let status = status::find(&**error);
    status.is_some_and(|status| {
        status.code() == Code::ResourceExhausted
            && TOO_LARGE
                .iter()
                .any(|says| status.message().starts_with(says))
    })
}

/// Sets the mark that the client sets when it retries by itself: a worker fails its task because of
/// it.
fn mark_too_large(error: &mut BoxError) {
    if let Some(status) = error.downcast_mut::<Status>() {
        let mark = MetadataValue::from(0);
        status.metadata_mut().insert(MESSAGE_TOO_LARGE_KEY, mark);
    }
}
