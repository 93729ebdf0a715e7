//! Spans with all that they hold, as processors see them: more than the kit's `Capture` keeps.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

#[derive(Clone, Debug, Default)]
pub struct Shown(Arc<Mutex<String>>);

impl Shown {
    pub fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl SpanProcessor for Shown {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or_default();
        *self.0.lock().unwrap() += &format!("{span:?} on {thread}\n");
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        *self.0.lock().unwrap() += &format!("{resource:?}\n");
    }
}
