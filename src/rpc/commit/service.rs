//! The Tower service that watches the calls of workflow tasks.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use temporalio_client::tonic::Code;
use tower::{BoxError, Service};

use super::read::{self, Completing};
use crate::{
    commit::Reply,
    observe::Observer,
    rpc::{
        message::{self, Request, Response},
        status,
    },
};

/// A service whose calls of workflow tasks are watched.
#[derive(Clone, Debug)]
pub(in crate::rpc) struct Watched<S> {
    inner: S,
    observer: Observer,
}

impl<S> Watched<S> {
    pub(in crate::rpc) fn new(inner: S, observer: Observer) -> Self {
        Self { inner, observer }
    }

    /// Returns what is to be read of a call's answer, if anything.
    fn watch(&self, request: &Request) -> Option<Watch> {
        let (_, rpc) = message::split(message::method(request));
        let of = match rpc {
            "PollWorkflowTaskQueue" => Of::Poll,
            "StartWorkflowExecution" => Of::Start,
            "RespondWorkflowTaskCompleted" => Of::Completion(read::completing(request.body())?),
            // What they answer is over, whatever the server says.
            "RespondWorkflowTaskFailed" | "RespondQueryTaskCompleted" => {
                let token = read::token(request.body())?;
                self.observer.registry().tasks().answered(&token);
                return None;
            }
            _ => return None,
        };
        let observer = self.observer.clone();
        Some(Watch { of, observer })
    }
}

impl<S> Service<Request> for Watched<S>
where
    S: Service<Request, Response = Response, Error = BoxError>,
{
    type Response = Response;
    type Error = BoxError;
    type Future = Watching<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Watching {
            watch: self.watch(&request).map(Box::new),
            inner: self.inner.call(request),
        }
    }
}

/// What is to be read of a call's answer.
struct Watch {
    of: Of,
    observer: Observer,
}

/// The call that is watched.
enum Of {
    Poll,
    Start,
    Completion(Completing),
}

impl Watch {
    /// Reads an answer. The core has not seen it yet.
    fn answered(self, answer: &Result<Response, BoxError>) {
        let tasks = self.observer.registry().tasks();
        match (self.of, answer) {
            (Of::Poll, Ok(response)) => {
                read::polled(response.body(), false).map(|task| tasks.note(task));
            }
            (Of::Start, Ok(response)) => {
                read::eager(response.body(), false).map(|task| tasks.note(task));
            }
            (Of::Completion(completing), answer) => completed(&self.observer, completing, answer),
            (_, Err(_)) => {}
        }
    }
}

/// Settles a task by the answer to its completion.
fn completed(observer: &Observer, by: Completing, answer: &Result<Response, BoxError>) {
    let registry = observer.registry();
    let Some(task) = registry.tasks().get(&by.token) else {
        return;
    };
    let (answer, next) = match answer {
        Ok(_) if by.is_page => (Reply::Page, None),
        Ok(response) => {
            let taken = read::taken(response.body(), false);
            let next = taken.next.as_ref();
            let goes_on = next.is_none_or(|next| next.started == task.started + 3);
            let answer = Reply::Took {
                discards: taken.discards,
                beats: by.beats && task.is_quiet && goes_on,
            };
            (answer, taken.next)
        }
        Err(error) if status::code(&**error) == Code::InvalidArgument => (Reply::Invalid, None),
        Err(_) => (Reply::Unheard, None),
    };
    registry.answered(&by.instance, &task, answer);
    if let Some(next) = next {
        registry.tasks().note(next);
    }
}

pin_project! {
    /// The future of a call whose answer may be read.
    pub(in crate::rpc) struct Watching<F> {
        #[pin]
        inner: F,
        watch: Option<Box<Watch>>,
    }

    impl<F> PinnedDrop for Watching<F> {
        fn drop(this: Pin<&mut Self>) {
            // Nobody hears the answer, and the server may have taken what was sent.
            if let Some(watch) = this.project().watch.take()
                && let Of::Completion(by) = watch.of
                && let Some(task) = watch.observer.registry().tasks().get(&by.token)
            {
                watch.observer.registry().answered(&by.instance, &task, Reply::Unheard);
            }
        }
    }
}

impl<F: Future<Output = Result<Response, BoxError>>> Future for Watching<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.inner.poll(cx));
        if let Some(watch) = this.watch.take() {
            watch.answered(&answer);
        }
        Poll::Ready(answer)
    }
}
