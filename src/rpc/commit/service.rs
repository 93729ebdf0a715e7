//! The Tower service that watches the calls of workflow tasks.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use temporalio_client::tonic::Code;
use tower::{BoxError, Service};

use super::{
    ask::Way,
    read::{self, Completing},
};
use crate::{
    commit::{Reply, Task},
    observe::{Observer, Registry},
    rpc::{
        message::{self, Request, Response, RpcService},
        status,
    },
};

/// A service whose calls of workflow tasks are watched.
#[derive(Clone, Debug)]
pub(in crate::rpc) struct Watched<S> {
    inner: S,
    observer: Observer,
    /// The way to the server, if history is to be asked.
    way: Option<Arc<RpcService>>,
}

impl Watched<RpcService> {
    /// Watches the calls of a service, which is asked for histories, too.
    pub(in crate::rpc) fn asking(inner: RpcService, observer: Observer) -> Self {
        let way = Some(Arc::new(inner.clone()));
        Self {
            inner,
            observer,
            way,
        }
    }
}

impl<S> Watched<S> {
    /// Watches the calls of a service.
    pub(in crate::rpc) fn new(inner: S, observer: Observer) -> Self {
        Self {
            inner,
            observer,
            way: None,
        }
    }

    /// Returns what is to be read of a call's answer, if anything.
    fn watch(&self, request: &Request) -> Option<Watch> {
        let (_, rpc) = message::split(message::method(request));
        let of = match rpc {
            "PollWorkflowTaskQueue" => Of::Poll(read::polling(request.body())),
            "StartWorkflowExecution" => Of::Start,
            "RespondWorkflowTaskCompleted" => self.completing(request)?,
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

    fn completing(&self, request: &Request) -> Option<Of> {
        let by = read::completing(request.body())?;
        let task = self.observer.registry().tasks().get(&by.token)?;
        let way = self.way.as_ref();
        let way = way.map(|way| Way::of(way, request, by.namespace.clone()));
        Some(Of::Completion(Box::new(Completion { by, task, way })))
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
            watch: self.watch(&request),
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
    /// By the worker with this key.
    Poll(String),
    Start,
    Completion(Box<Completion>),
}

/// The completion of a task.
struct Completion {
    by: Completing,
    task: Arc<Task>,
    way: Option<Way>,
}

impl Watch {
    /// Reads an answer. The core has not seen it yet.
    fn answered(self, answer: &Result<Response, BoxError>) {
        let registry = self.observer.registry();
        let handed = match (self.of, answer) {
            (Of::Poll(instance), Ok(response)) => read::polled(response.body(), &instance),
            (Of::Start, Ok(response)) => read::eager(response.body()),
            (Of::Completion(completion), answer) => completion.answered(registry, answer),
            (_, Err(_)) => None,
        };
        if let Some(task) = handed {
            registry.handed(task);
        }
    }
}

impl Completion {
    /// Settles the task. Returns the one that comes with the answer.
    fn answered(self, registry: &Registry, answer: &Result<Response, BoxError>) -> Option<Task> {
        let (reply, next) = match answer {
            Ok(_) if self.by.is_page => (Reply::Page, None),
            Ok(response) => {
                let taken = read::taken(response.body(), &self.by.instance);
                let follows = taken.next.as_ref().is_none_or(|next| next.follows);
                let reply = Reply::Took {
                    discards: taken.discards,
                    beats: self.beats() && follows,
                    results: self.by.results,
                };
                (reply, taken.next)
            }
            Err(error) if status::code(&**error) == Code::InvalidArgument => (Reply::Invalid, None),
            Err(_) => (Reply::Unheard, None),
        };
        let cause = answer.as_ref().err().and_then(|error| own_fault(error));
        self.settle(registry, reply, cause, next.is_some());
        next
    }

    /// Whether it only keeps a local activity's task alive, as far as is known before another follows.
    fn beats(&self) -> bool {
        self.by.beats && self.task.is_quiet
    }

    fn settle(self, registry: &Registry, reply: Reply, cause: Option<&str>, is_next_known: bool) {
        let beats = self.beats();
        let Self { by, task, way } = self;
        let is_open = match reply {
            Reply::Unheard => true,
            Reply::Took { beats, .. } => beats && !is_next_known,
            Reply::Page | Reply::Invalid => false,
        };
        let way = way.zip(registry.holding()).filter(|_| is_open);
        let ask = way.and_then(|(way, holding)| way.ask(task.clone(), beats, holding.clone()));
        registry.answered(&by.instance, &task, reply, cause, is_next_known, ask);
    }
}

/// The text of a failure by which another event was faster than the completion.
const RACE: &str = "UnhandledCommand";

/// Returns the cause of a failure of the task, unless it lost a race.
fn own_fault(error: &BoxError) -> Option<&'static str> {
    let is_race = status::find(&**error).is_some_and(|status| status.message().contains(RACE));
    (!is_race).then_some("BAD_COMMAND")
}

pin_project! {
    /// The future of a call whose answer may be read.
    pub(in crate::rpc) struct Watching<F> {
        #[pin]
        inner: F,
        watch: Option<Watch>,
    }

    impl<F> PinnedDrop for Watching<F> {
        fn drop(this: Pin<&mut Self>) {
            // Nobody hears the answer, and the server may have taken what was sent.
            if let Some(watch) = this.project().watch.take()
                && let Of::Completion(completion) = watch.of
            {
                completion.settle(watch.observer.registry(), Reply::Unheard, None, false);
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
