//! The entry point of traces: makes the spans of runs, and exports them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use opentelemetry::{
    Context, InstrumentationScope,
    trace::{SpanContext, Status, TraceContextExt as _, TraceFlags, TracerProvider as _},
};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanProcessor as _};

use super::{
    Boundary, Edge, FailedRuns, FailureMessages, Granularity, OpenSpan, Processors, Record,
    Routine, RunParent, RunTrace, SpanCounts, Traced, Workers,
    options::TracesOptions,
    propagation::{self, Headers, Received},
    routine::RoutineName,
    sampling::Sampler,
};
use crate::{
    commit::Ledger,
    execution::Fields,
    export::{Deliveries, warn_unless},
    schema::Operation,
};

/// Makes spans and exports them. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Traces {
    shared: Arc<Shared>,
    /// Counts the exported spans, when spans are rebuilt.
    rebuilt: Option<Arc<AtomicU64>>,
}

#[derive(Debug)]
struct Shared {
    processors: Processors,
    /// Before the options, since it flushes when it is dropped, on the thread that they hold.
    provider: SdkTracerProvider,
    options: TracesOptions,
    scope: InstrumentationScope,
    unreadable: AtomicU64,
}

impl Traces {
    pub(super) fn new(
        options: TracesOptions,
        processors: Processors,
        provider: SdkTracerProvider,
    ) -> Self {
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let shared = Shared {
            options,
            processors,
            provider,
            scope,
            unreadable: AtomicU64::new(0),
        };
        Self {
            shared: Arc::new(shared),
            rebuilt: None,
        }
    }

    /// Begins the trace of a run with its own routine; the ledger holds its ends.
    pub(crate) fn run(
        &self,
        fields: &Arc<Fields>,
        start: SystemTime,
        run_parent: RunParent,
        ledger: Arc<Ledger>,
    ) -> Arc<Routine> {
        let run = RunTrace::new(self, fields, start, run_parent, ledger);
        Routine::new(&run, RoutineName::Run)
    }

    /// Traces a run's own function.
    pub(crate) fn execute(routine: &Arc<Routine>) -> Traced {
        Traced {
            span: None,
            context: routine.run().context().clone(),
            routine: Some(routine.clone()),
        }
    }

    /// Traces a handler that may change the run.
    pub(crate) fn handle(
        &self,
        run: &Arc<RunTrace>,
        operation: Operation,
        fields: &Fields,
        headers: &impl Headers,
        time: Option<SystemTime>,
    ) -> Traced {
        let caller = self.read(headers);
        let boundary = match operation {
            Operation::HandleSignal => self.boundary(Edge::Signal),
            _ => Boundary::Parent,
        };
        let (routine, span) = run.handler(operation, fields, &caller, boundary, time);
        let context = match &span {
            Some(span) => caller.with_span(span.clone()),
            None => run.context().clone(),
        };
        Traced {
            span,
            routine: Some(routine),
            context,
        }
    }

    /// Returns the same traces for rebuilt spans, which are exported whether they were sampled or
    /// not.
    #[cfg(feature = "rebuild")]
    pub(crate) fn rebuilding(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            rebuilt: Some(Arc::default()),
        }
    }

    /// Returns whether spans are rebuilt from histories.
    pub(super) fn is_rebuilding(&self) -> bool {
        self.rebuilt.is_some()
    }

    /// Returns the number of rebuilt spans.
    #[cfg(feature = "rebuild")]
    pub(crate) fn rebuilt(&self) -> u64 {
        let rebuilt = self.rebuilt.as_ref();
        rebuilt.map_or(0, |rebuilt| rebuilt.load(Ordering::Relaxed))
    }

    /// Reads the context in a header: an empty one if there is none, and the readable part of a
    /// damaged one.
    pub(crate) fn read(&self, headers: &impl Headers) -> Context {
        self.receive(headers).into_context()
    }

    /// Reads the parts of a header.
    pub(super) fn receive(&self, headers: &impl Headers) -> Received {
        let Some(json) = headers.trace() else {
            return Received::nothing();
        };
        let received = propagation::read(json);
        if received.is_partial {
            self.shared.unreadable.fetch_add(1, Ordering::Relaxed);
        }
        received
    }

    /// Writes a context into headers.
    pub(crate) fn write(&self, context: &Context, headers: &mut impl Headers) {
        self.write_over(None, context, headers);
    }

    fn write_over(&self, edge: Option<Edge>, context: &Context, headers: &mut impl Headers) {
        if let Some(json) = propagation::write(context, edge) {
            headers.set_trace(json);
        }
    }

    /// Writes the current context with another span in it, over an edge that the receiver may not
    /// know by itself.
    pub(crate) fn write_span(
        &self,
        span: Option<&OpenSpan>,
        edge: Option<Edge>,
        headers: &mut impl Headers,
    ) {
        let now = Context::current();
        let context = match span {
            Some(span) => now.with_remote_span_context(span.context().clone()),
            None => now,
        };
        self.write_over(edge, &context, headers);
    }

    /// Reads the parent of a run. `edge` gets the edge that the header names, if any.
    pub(crate) fn run_parent(
        &self,
        headers: &impl Headers,
        edge: impl FnOnce(Option<Edge>) -> Option<Edge>,
    ) -> RunParent {
        let received = self.receive(headers);
        let edge = edge(received.edge);
        let context = received.into_context();
        RunParent { context, edge }
    }

    /// Exports a complete span.
    pub(super) fn export(&self, mut record: Record, end: SystemTime) {
        if let Some(rebuilt) = &self.rebuilt {
            rebuilt.fetch_add(1, Ordering::Relaxed);
            record.data.span_context = sampled(&record.data.span_context);
        }
        if !record.data.span_context.is_sampled() {
            let is_run = record.operation == Some(Operation::RunWorkflow);
            let keeps = is_run && self.shared.options.settings.failed_runs == FailedRuns::Keep;
            if !(keeps && matches!(record.data.status, Status::Error { .. })) {
                return;
            }
            record.data.span_context = sampled(&record.data.span_context);
        }
        record.data.end_time = end;
        record.data.instrumentation_scope = self.shared.scope.clone();
        self.shared.processors.ended(*record.data);
    }

    pub(super) fn boundary(&self, edge: Edge) -> Boundary {
        self.shared.options.settings.boundaries.at(edge)
    }

    pub(super) fn granularity(&self, workflow_type: &str) -> Granularity {
        self.shared.options.settings.granularities.of(workflow_type)
    }

    pub(super) fn sampler(&self) -> Sampler {
        self.shared.options.settings.sampler
    }

    pub(super) fn shows_messages(&self) -> bool {
        self.shared.options.settings.failure_messages == FailureMessages::Show
    }

    pub(super) fn sdk_tracer(&self, scope: InstrumentationScope) -> SdkTracer {
        self.shared.provider.tracer_with_scope(scope)
    }

    /// Flushes ended spans, and waits as long as the processors do: some seconds.
    pub(crate) fn flush(&self) {
        let flushed = self.shared.processors.force_flush();
        warn_unless(&flushed, "cannot send all spans");
    }

    /// Flushes ended spans, and stops exporting.
    pub(crate) fn shutdown(&self) {
        let ended = self.shared.processors.shutdown();
        warn_unless(&ended, "cannot send all spans before the shutdown");
    }

    /// Returns the known workers of the process.
    pub(crate) fn workers(&self) -> &Workers {
        &self.shared.options.workers
    }

    /// Returns the counts of spans and headers so far.
    pub(crate) fn counts(&self) -> SpanCounts {
        self.shared.counts()
    }
}

impl Shared {
    fn counts(&self) -> SpanCounts {
        let delivered = Deliveries::total(&self.options.deliveries);
        SpanCounts {
            exported: delivered.exported,
            failed: delivered.failed,
            dropped: delivered.dropped,
            waiting: delivered.waiting,
            unreadable_headers: self.unreadable.load(Ordering::Relaxed),
            panics: self.processors.panics(),
        }
    }
}

fn sampled(context: &SpanContext) -> SpanContext {
    SpanContext::new(
        context.trace_id(),
        context.span_id(),
        context.trace_flags() | TraceFlags::SAMPLED,
        context.is_remote(),
        context.trace_state().clone(),
    )
}
