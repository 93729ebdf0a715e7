//! The span processors that every ended span goes to.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{Span, SpanData, SpanProcessor},
};

use crate::export::at_once;

/// The processors that every span goes to: spans that follow from history, which bypass samplers
/// and id generators, and those of the provider. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Processors(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    all: Vec<Box<dyn SpanProcessor>>,
    panics: AtomicU64,
}

impl Processors {
    pub(super) fn new(mut all: Vec<Box<dyn SpanProcessor>>, resource: &Resource) -> Self {
        for processor in &mut all {
            processor.set_resource(resource);
        }
        Self(Arc::new(Shared {
            all,
            panics: AtomicU64::new(0),
        }))
    }

    /// Hands an ended span to every processor.
    pub(super) fn ended(&self, span: SpanData) {
        let Some((last, others)) = self.0.all.split_last() else {
            return;
        };
        for processor in others {
            self.shielded(|| processor.on_end(span.clone()));
        }
        self.shielded(|| last.on_end(span));
    }

    /// Returns the number of processor calls that panicked. Each panic was caught.
    pub(crate) fn panics(&self) -> u64 {
        self.0.panics.load(Ordering::Relaxed)
    }

    fn shielded(&self, call: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(call)).is_err() {
            self.0.panics.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Makes the same call on every processor, at the same time, and returns the first error.
    fn each(&self, call: impl Fn(&dyn SpanProcessor) -> OTelSdkResult + Sync) -> OTelSdkResult {
        let done = at_once(&self.0.all, |processor| {
            let done = catch_unwind(AssertUnwindSafe(|| call(&**processor)));
            done.unwrap_or_else(|_| {
                self.0.panics.fetch_add(1, Ordering::Relaxed);
                Err(OTelSdkError::InternalFailure("a processor panicked".into()))
            })
        });
        done.into_iter().fold(Ok(()), OTelSdkResult::and)
    }
}

impl SpanProcessor for Processors {
    fn on_start(&self, span: &mut Span, context: &Context) {
        for processor in &self.0.all {
            self.shielded(|| processor.on_start(span, context));
        }
    }

    fn on_end(&self, span: SpanData) {
        self.ended(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.each(|processor| processor.force_flush())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.each(|processor| processor.shutdown_with_timeout(timeout))
    }
}
