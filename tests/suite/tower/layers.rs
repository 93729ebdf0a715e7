//! User-defined layers.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use chronoscope::activity::{ActivityCall, ActivityFailed};
use temporalio_sdk::{ApplicationFailure, activities::ActivityError};
use tower::{BoxError, Layer, Service, load_shed, timeout};

use super::stage::Do;

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Fails in the way that the activity's argument names, and wraps what fails inside.
#[derive(Clone)]
pub struct Refusing;

impl<S> Layer<S> for Refusing {
    type Service = Refuse<S>;

    fn layer(&self, inner: S) -> Refuse<S> {
        Refuse(inner)
    }
}

pub struct Refuse<S>(S);

/// What a user's layer may fail with.
#[derive(Debug)]
pub struct QuotaExceeded {
    #[allow(dead_code, reason = "shown by Debug")]
    secret: &'static str,
}

impl fmt::Display for QuotaExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no quota left")
    }
}

impl Error for QuotaExceeded {}

/// What adds where it happened.
#[derive(Debug)]
pub struct Wrapped(BoxError);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wrapped")
    }
}

impl Error for Wrapped {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

fn refusal(how: &str) -> BoxError {
    match how {
        "timeout" => timeout::error::Elapsed::new().into(),
        "wrapped timeout" => Wrapped(timeout::error::Elapsed::new().into()).into(),
        "wrapped shed" => Wrapped(load_shed::error::Overloaded::new().into()).into(),
        "own" => QuotaExceeded { secret: "s3cret" }.into(),
        "text" => "just a text".into(),
        "failure" => ApplicationFailure::builder(anyhow::anyhow!("as the SDK spells it"))
            .type_name("Spelled".to_owned())
            .non_retryable(true)
            .build()
            .into(),
        "cancelled" => ActivityFailed::from(ActivityError::cancelled()).into(),
        how => panic!("{how}"),
    }
}

impl<S> Service<ActivityCall> for Refuse<S>
where
    S: Service<ActivityCall>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Answer<S::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, call: ActivityCall) -> Self::Future {
        if let Some(Do::Refuse(how)) = call.input().args_ref() {
            let how = how.clone();
            return Box::pin(async move { Err(refusal(&how)) });
        }
        let inner = self.0.call(call);
        Box::pin(async { inner.await.map_err(|error| Wrapped(error.into()).into()) })
    }
}

/// What happened, in order.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<&'static str>>>);

impl Journal {
    pub fn note(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }

    pub fn read(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }

    /// Notes that something was dropped.
    pub fn at_drop(&self, what: &'static str) -> AtDrop {
        AtDrop(self.clone(), what)
    }
}

pub struct AtDrop(Journal, &'static str);

impl Drop for AtDrop {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

/// Notes when its futures are dropped, and logs a line at each call.
#[derive(Clone)]
pub struct Noting(pub Journal);

impl<S> Layer<S> for Noting {
    type Service = Note<S>;

    fn layer(&self, inner: S) -> Note<S> {
        Note(inner, self.0.clone())
    }
}

#[derive(Clone)]
pub struct Note<S>(S, Journal);

impl<S> Service<ActivityCall> for Note<S>
where
    S: Service<ActivityCall>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Answer<S::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, call: ActivityCall) -> Self::Future {
        let inner = self.0.call(call);
        let dropped = self.1.at_drop("layer");
        Box::pin(async move {
            tracing::info!("in between");
            let answer = inner.await.map_err(Into::into);
            drop(dropped);
            answer
        })
    }
}
