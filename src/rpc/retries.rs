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

/// What servers say of a message that they don't take.
const TOO_LARGE: [&str; 3] = [
    "grpc: received message larger than max",
    "grpc: message after decompression larger than max",
    "grpc: received message after decompression larger than max",
];

/// Retries calls and waits within a budget that all of them share, as a [`tower::Layer`] for
/// [`Stack::retrying`](super::Stack::retrying).
///
/// A client's own retries know nothing of each other: when a server is overloaded, each caller
/// multiplies its load by ten. A budget lets retries be a part of all calls, and no more.
///
/// What is retried is what the client itself would retry, after waits as long as the client's: 0.1 s
/// at first, 1.7 times as long each time, up to 5 s; after `RESOURCE_EXHAUSTED` 1 s at first, twice
/// as long each time, up to 10 s. Each varies by a fifth, by itself. If the server names a time
/// (`google.rpc.RetryInfo` in the status's details), it is that time, and up to a fifth more. A call
/// whose deadline would pass meanwhile is not retried.
///
/// The client's own retries must be off (`RetryOptions::no_retries`), as both together would
/// multiply. Polls of workers are left to the client, which retries them for ever. What the caller of a single call says of retries (`RpcOptions`) is the client's
/// business, and comes on top of the layer's.
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
        let policy = RetryCall {
            left: self.most,
            budget: self.budget.clone(),
            backoff: None,
        };
        Retry::new(policy, inner)
    }
}

/// Says which calls are sent again: the policy of [`Retries`].
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

/// Returns whether the client would try again, left to itself.
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

/// Returns whether a message is too large, which it is for ever.
fn is_too_large(error: &BoxError) -> bool {
    let status = status::find(&**error);
    status.is_some_and(|status| {
        status.code() == Code::ResourceExhausted
            && TOO_LARGE
                .iter()
                .any(|says| status.message().starts_with(says))
    })
}

/// Leaves the mark that the client leaves where it retries itself: a worker fails its task by it.
fn mark_too_large(error: &mut BoxError) {
    if let Some(status) = error.downcast_mut::<Status>() {
        let mark = MetadataValue::from(0);
        status.metadata_mut().insert(MESSAGE_TOO_LARGE_KEY, mark);
    }
}
