use std::{
    any::{Any, TypeId},
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use temporalio_sdk::activities::ActivityInfo;
use tower::{BoxError, Service};

use super::{
    call::{Attempt, InStack},
    future::{ActivityFuture, Boxed},
    interceptor::retries,
    stack::ActivityCall,
};
use crate::{
    execution::{ActivityAttempt, Execution, Info, Value},
    observe::{Observer, Part, observe},
    schema::{Field, Operation},
};

/// A service whose activities an [`ActivityLayer`](super::ActivityLayer) observes.
#[derive(Clone)]
pub struct Activity<S> {
    inner: S,
    /// None where the service inside of this one is of this kind too, and has taken it over.
    observing: Option<Observing>,
}

/// What a service observes, and with what.
#[derive(Clone)]
pub(super) struct Observing {
    pub(super) parts: Vec<Part>,
    observer: Arc<Observer>,
}

impl Observing {
    pub(super) fn new(observer: &Observer, part: Part) -> Self {
        Self {
            parts: vec![part],
            observer: Arc::new(observer.only(part)),
        }
    }

    /// Observes what the other does, too, if both come of one value.
    fn join(&mut self, other: &Self) -> bool {
        let joined = Arc::make_mut(&mut self.observer).join(&other.observer);
        if joined {
            let added = other.parts.iter().filter(|part| !self.parts.contains(part));
            let added: Vec<_> = added.copied().collect();
            self.parts.splice(0..0, added);
        }
        joined
    }
}

impl<S: 'static> Activity<S> {
    pub(super) fn new(inner: S, observing: Option<Observing>) -> Self {
        let mut known = JOIN.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(TypeId::of::<Self>(), Self::take_over);
        Self { inner, observing }
    }

    /// Observes what another one would have observed round it.
    fn take_over(service: &mut dyn Any, outer: &Observing) -> bool {
        let Some(service) = service.downcast_mut::<Self>() else {
            return false;
        };
        match &mut service.observing {
            Some(own) => own.join(outer),
            None => join(&mut service.inner, outer),
        }
    }
}

type TakeOver = fn(&mut dyn Any, &Observing) -> bool;

/// How each [`Activity`] there is takes another over. A layer is given a service of any type; this
/// is how it finds out that the service is one of ours.
static JOIN: Mutex<BTreeMap<TypeId, TakeOver>> = Mutex::new(BTreeMap::new());

/// Has the service observe what would have been observed round it, if it is one of ours.
pub(super) fn join<S: 'static>(service: &mut S, outer: &Observing) -> bool {
    let known = JOIN.lock().unwrap_or_else(PoisonError::into_inner);
    let take_over = known.get(&TypeId::of::<S>()).copied();
    drop(known);
    take_over.is_some_and(|take_over| take_over(service, outer))
}

impl<S> Activity<S> {
    /// Prepares to observe an attempt, unless there is nothing to add to what observes it already.
    fn begin(&self, call: &ActivityCall) -> Option<(Observer, Execution, InStack)> {
        let observer = &self.observing.as_ref()?.observer;
        let about = call.info();
        let of = ActivityAttempt::from(about);
        let kind = observer.kind(&of);
        let (observer, mut info) = match call.execution().filter(|now| is_of(now, about)) {
            Some(now) => (observer.beyond(now.info())?, now.info().extended()),
            None => {
                let fields = Arc::new(of.fields(&kind.fields));
                let info = Info::new(Operation::RunActivity, fields);
                (Observer::clone(observer), info)
            }
        };
        let attempt = Attempt::starting(
            &observer,
            &mut info,
            &of,
            &kind,
            retries(about),
            about.scheduled_time,
            call.input().headers(),
        );
        let execution = observer.execution_of(info);
        Some((observer, execution, InStack(attempt)))
    }
}

/// Returns whether an execution is that of the attempt.
fn is_of(now: &Execution, about: &ActivityInfo) -> bool {
    let run_id = about.workflow_run_id.as_ref();
    let run_id = run_id.or(about.activity_run_id.as_ref());
    let attempt = now.fields().get(Field::Attempt);
    now.operation() == Operation::RunActivity
        && now.fields().text(Field::ActivityId) == Some(&about.activity_id)
        && now.run_id() == run_id.map(String::as_str)
        && attempt == Some(&Value::Number(about.attempt.into()))
}

impl<S> Service<ActivityCall> for Activity<S>
where
    S: Service<ActivityCall>,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = ActivityFuture<S>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut call: ActivityCall) -> Self::Future {
        let begun = self.begin(&call);
        if let Some((_, execution, _)) = &begun {
            call.execute_in(execution.clone());
        }
        let inner = || self.inner.call(call);
        match begun {
            None => ActivityFuture::plain(inner()),
            Some((observer, execution, attempt)) => {
                ActivityFuture::observed(observe(&observer, execution, attempt, || {
                    Boxed::new(inner())
                }))
            }
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for Activity<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let observes = self.observing.as_ref().map(|observing| &observing.parts);
        f.debug_struct("Activity")
            .field("observes", &observes)
            .field("inner", &self.inner)
            .finish()
    }
}
