//! The capture: keeps the telemetry of some workers and clients in memory.

use std::{sync::Arc, time::Duration};

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

use super::{
    Line,
    expect::{Expectation, Unmet},
    route,
    sample::{CaptureMetrics, To},
    sink::Sink,
};
use crate::{
    execution::Mark,
    layer::Wrap,
    observability::{Builder, Observability, SetupError},
};

/// The telemetry of some workers and clients, kept in memory. See the [module](super).
#[derive(Debug)]
pub struct Capture {
    sink: Arc<Sink>,
    observability: Observability,
}

impl Capture {
    /// Creates an empty capture with the defaults of [`Observability::builder`].
    ///
    /// # Panics
    ///
    /// If the process has a `tracing` subscriber without [`layer`](super::layer), or a `metrics`
    /// recorder that does not record into [`recorder`](super::recorder).
    #[must_use]
    pub fn new() -> Self {
        Self::of(Observability::builder()).unwrap_or_else(|error| panic!("cannot capture: {error}"))
    }

    /// Creates an empty capture with the settings of a builder, such as the granularity of traces.
    ///
    /// # Errors
    ///
    /// The errors of [`Builder::build`].
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn of(builder: Builder) -> Result<Self, SetupError> {
        route::install();
        let sink = Arc::new(Sink::default());
        let recorder = CaptureMetrics(To::Sink(sink.clone()));
        let processor = CaptureSpans(sink.clone());
        let observability = builder
            .mark(Mark::new(&sink))
            .metrics(|m| m.recorder(recorder))
            .traces(|t| t.processor(processor))
            .build()?;
        Ok(Self {
            sink,
            observability,
        })
    }

    /// Wraps the options of connections, clients, workers and replayers, so that they are observed.
    pub fn wrap<O: Wrap>(&self, options: O) -> O {
        self.observability.wrap(options)
    }

    /// Returns the observability of the capture, for other wiring.
    pub fn observability(&self) -> &Observability {
        &self.observability
    }

    /// Returns the lines so far, in the order in which they were emitted.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.sink.lines()
    }

    /// Returns the spans that ended so far, in that order.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanData> {
        self.sink.spans()
    }

    /// Returns how much was captured of what is expected: the number in the table of [`expect`](super::expect).
    #[must_use]
    pub fn count(&self, expectation: &Expectation) -> u64 {
        expectation.count(&self.sink)
    }

    /// Checks an expectation.
    ///
    /// # Errors
    ///
    /// [`Unmet`] says what was expected, how often it was captured, and what was captured instead.
    pub fn check(&self, expectation: &Expectation) -> Result<(), Unmet> {
        expectation.check(&self.sink)
    }

    /// Checks an expectation.
    ///
    /// # Panics
    ///
    /// If it is not met, with the error of [`check`](Self::check).
    #[track_caller]
    pub fn assert(&self, expectation: Expectation) {
        if let Err(unmet) = self.check(&expectation) {
            panic!("{unmet}");
        }
    }

    pub(super) fn sink(&self) -> &Sink {
        &self.sink
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self::new()
    }
}

/// Captures spans.
#[derive(Debug)]
struct CaptureSpans(Arc<Sink>);

impl SpanProcessor for CaptureSpans {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.span(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
