//! The tracer of an application's own spans.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    trace::{self as api, SpanBuilder, SpanContext, Status},
};
use opentelemetry_sdk::trace::SdkTracer;

use super::{OpenSpan, Routine, Traces};

/// Creates tracers for an application's own spans, in workflows, activities and everywhere else.
///
/// Pass it to any function that takes a [`TracerProvider`](api::TracerProvider): OpenTelemetry's
/// `global::set_tracer_provider`, or a library.
///
/// ```
/// use chronoscope::Observability;
/// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let observability = Observability::builder().build()?;
/// let tracer = observability.tracer_provider().tracer("orders");
/// assert_eq!(tracer.in_span("packed", |_| 42), 42);
/// # Ok(())
/// # }
/// ```
///
/// # Replay
///
/// A span in workflow code has workflow time and an id that follows from history, and is exported
/// once. Outside workflow code, and in queries and validators, spans are the OpenTelemetry SDK's.
#[derive(Clone, Debug)]
pub struct TracerProvider {
    traces: Option<Traces>,
}

impl TracerProvider {
    pub(crate) fn new(traces: Option<Traces>) -> Self {
        Self { traces }
    }
}

impl api::TracerProvider for TracerProvider {
    type Tracer = Tracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> Tracer {
        Tracer {
            sdk: self.traces.as_ref().map(|traces| traces.sdk_tracer(scope)),
        }
    }
}

/// Makes spans: see [`TracerProvider`].
#[derive(Clone, Debug)]
pub struct Tracer {
    sdk: Option<SdkTracer>,
}

impl api::Tracer for Tracer {
    type Span = Span;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> Span {
        let Some(sdk) = &self.sdk else {
            return Span(Kind::None);
        };
        match Routine::executing() {
            Some(routine) => Span(match routine.user(builder, parent) {
                Some(span) => Kind::Workflow(span),
                None => Kind::None,
            }),
            None => Span(Kind::Sdk(Box::new(sdk.build_with_context(builder, parent)))),
        }
    }
}

/// A span of the application's own: see [`TracerProvider`].
#[derive(Debug)]
pub struct Span(Kind);

#[derive(Debug)]
enum Kind {
    None,
    Sdk(Box<opentelemetry_sdk::trace::Span>),
    Workflow(OpenSpan),
}

impl api::Span for Span {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        match &mut self.0 {
            Kind::None => {}
            Kind::Sdk(span) => span.add_event_with_timestamp(name, timestamp, attributes),
            Kind::Workflow(span) => span.add_event_with_timestamp(name, timestamp, attributes),
        }
    }

    fn span_context(&self) -> &SpanContext {
        match &self.0 {
            Kind::None => &SpanContext::NONE,
            Kind::Sdk(span) => span.span_context(),
            Kind::Workflow(span) => span.context(),
        }
    }

    fn is_recording(&self) -> bool {
        match &self.0 {
            Kind::None => false,
            Kind::Sdk(span) => span.is_recording(),
            Kind::Workflow(span) => span.is_recording(),
        }
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        match &mut self.0 {
            Kind::None => {}
            Kind::Sdk(span) => span.set_attribute(attribute),
            Kind::Workflow(span) => span.set_attribute(attribute),
        }
    }

    fn set_status(&mut self, status: Status) {
        match &mut self.0 {
            Kind::None => {}
            Kind::Sdk(span) => span.set_status(status),
            Kind::Workflow(span) => span.set_status(status),
        }
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        match &mut self.0 {
            Kind::None => {}
            Kind::Sdk(span) => span.update_name(name),
            Kind::Workflow(span) => span.update_name(name),
        }
    }

    fn add_link(&mut self, context: SpanContext, attributes: Vec<KeyValue>) {
        match &mut self.0 {
            Kind::None => {}
            Kind::Sdk(span) => span.add_link(context, attributes),
            Kind::Workflow(span) => span.add_link(context, attributes),
        }
    }

    /// Ends the span; in workflow code at workflow time, and the given time is ignored.
    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        match &mut self.0 {
            Kind::None => {}
            Kind::Sdk(span) => span.end_with_timestamp(timestamp),
            Kind::Workflow(span) => span.end_here(),
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Kind::Workflow(span) = &self.0 {
            span.end_here();
        }
    }
}
