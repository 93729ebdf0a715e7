use std::{
    any::Any,
    fmt,
    sync::Arc,
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
    observe::{Neighbours, Observer, Signals, Watch, observe},
    schema::{Field, Operation},
};

/// A service whose activities an [`ActivityLayer`](super::ActivityLayer) observes.
#[derive(Clone)]
pub struct Activity<S> {
    inner: S,
    watch: Watch,
}

static NEIGHBOURS: Neighbours = Neighbours::new();

fn watch<S: 'static>(service: &mut dyn Any) -> Option<&mut Watch> {
    let service: Option<&mut Activity<S>> = service.downcast_mut();
    service.map(|service| &mut service.watch)
}

impl<S: 'static> Activity<S> {
    pub(super) fn new(mut inner: S, mut own: Watch) -> Self {
        NEIGHBOURS.meet::<Self>(watch::<S>);
        NEIGHBOURS.join(&mut own, &mut inner);
        Self { inner, watch: own }
    }
}

impl<S> Activity<S> {
    /// Prepares to observe an attempt, unless there is nothing to add to what observes it already.
    fn begin(&self, call: &ActivityCall) -> Option<(Observer, Execution, InStack)> {
        let about = call.info();
        let now = call.execution().filter(|now| is_of(now, about));
        let made = now.map_or_else(Signals::default, |now| Signals::made_of(now.info()));
        let signals = self.watch.signals().without(made);
        if signals.is_empty() {
            return None;
        }
        let observer = self.watch.observer(signals);
        let of = ActivityAttempt::from(about);
        let kind = observer.kind(&of);
        let mut info = match now {
            Some(now) => now.info().extended(),
            None => Info::new(Operation::RunActivity, Arc::new(of.fields(&kind.fields))),
        };
        let attempt = Attempt::starting(
            observer,
            &mut info,
            &of,
            &kind,
            retries(about),
            about.scheduled_time,
            call.input().headers(),
        );
        let execution = observer.execution_of(info);
        let attempt = attempt.beating(observer, about);
        Some((observer.clone(), execution, InStack(attempt)))
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
        f.debug_struct("Activity")
            .field("observes", &self.watch)
            .field("inner", &self.inner)
            .finish()
    }
}
