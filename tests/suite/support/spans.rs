//! Spans that ended in this process, kept, whichever provider they are of: the kit's `Capture` has those of
//! its own workers.

use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

/// Keeps the spans that end.
#[derive(Clone, Debug, Default)]
pub struct Spans(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Spans {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.lock().unwrap().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Spans {
    /// Returns the spans that have ended so far.
    pub fn all(&self) -> Vec<SpanData> {
        self.0.lock().unwrap().clone()
    }
}
