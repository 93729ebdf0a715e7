//! The Tower service that observes the activities of the service inside it.

use std::{
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
    execution::{ActivityAttempt, Execution, Fields, Info, Signals, Value},
    observe::{Observer, observe},
    schema::{Field, Operation},
};

/// A service whose activities an [`ActivityLayer`](super::ActivityLayer) observes.
#[derive(Clone)]
pub struct Activity<S> {
    inner: S,
    observer: Observer,
}

impl<S> Activity<S> {
    pub(super) fn new(inner: S, observer: Observer) -> Self {
        Self { inner, observer }
    }

    /// Prepares to observe an attempt, unless outer layers already make all its signals.
    fn begin(&self, call: &ActivityCall) -> Option<(Observer, Execution, InStack)> {
        let about = call.info();
        let now = call.execution();
        let made = now.map(|now| now.made_of(Operation::RunActivity, |own| is_of(own, about)));
        let made = made.unwrap_or_default();
        let observer = self.observer.only(Signals::ALL.without(made));
        if observer.signals().is_empty() {
            return None;
        }
        let of = ActivityAttempt::from(about);
        let kind = observer.kind(&of);
        let mut info = match now.filter(|_| !made.is_empty()) {
            Some(now) => Info::inside(now.info()),
            None => Info::new(Operation::RunActivity, Arc::new(of.fields(&kind.fields))),
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
        let attempt = attempt.executing(&observer, &execution);
        let attempt = attempt.beating(&observer, about);
        Some((observer, execution, InStack(attempt)))
    }
}

/// Returns whether the fields are the attempt's.
fn is_of(own: &Fields, about: &ActivityInfo) -> bool {
    let run_id = about.workflow_run_id.as_ref();
    let run_id = run_id.or(about.activity_run_id.as_ref());
    own.text(Field::ActivityId) == Some(&about.activity_id)
        && own.text(Field::RunId) == run_id.map(String::as_str)
        && own.get(Field::Attempt) == Some(&Value::Number(about.attempt.into()))
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
            .field("observes", &self.observer.signals())
            .field("inner", &self.inner)
            .finish()
    }
}
