//! The trace of one run: its own span, its open spans, and its handlers.

use std::{
    mem,
    sync::{Arc, Weak},
    time::SystemTime,
};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanContext, SpanId, TraceContextExt as _},
};
use parking_lot::Mutex;

use super::{
    Boundary, Granularity, OpenSpan, Record, RunParent, Traces, attributes, ids,
    open::Ending,
    record::{Outline, subject},
    routine::{Routine, RoutineName},
};
use crate::{
    commit::{Awaits, Ledger},
    execution::Fields,
    schema::{Field, Operation},
};

/// The spans of one run: functions of its history, so that any worker can continue them.
///
/// One value lives as long as the run is in a worker's cache, and counts from the start again when
/// the run is replayed.
#[derive(Debug)]
pub(crate) struct RunTrace {
    me: Weak<Self>,
    traces: Traces,
    granularity: Granularity,
    fields: Arc<Fields>,
    /// The current context in the run's code: its span or the span in its place, and its baggage.
    context: Context,
    span: Option<OpenSpan>,
    /// The marker of the run's start, until it is exported.
    marker: Mutex<Option<Box<Record>>>,
    /// Holds ends until the SDK has settled them.
    ledger: Arc<Ledger>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In the order in which they were opened.
    open: Vec<OpenSpan>,
    /// The number of handlers so far, by kind and name.
    handlers: Vec<(Operation, Box<str>, u32)>,
    scheduled: Vec<SpanContext>,
}

impl RunTrace {
    /// Begins the trace of a run. Nothing is exported yet.
    pub(super) fn new(
        traces: &Traces,
        fields: &Arc<Fields>,
        start: SystemTime,
        run_parent: RunParent,
        ledger: Arc<Ledger>,
    ) -> Arc<Self> {
        let text = |field| fields.text(field).unwrap_or_default();
        let (run_id, workflow_type) = (text(Field::RunId), text(Field::WorkflowType));
        let granularity = traces.granularity(workflow_type);
        let root = traces.root(run_id, text(Field::WorkflowId), run_parent);
        let spanned = |operation| {
            let context = root.context_of(ids::of_run(run_id, operation));
            let (parent, link) = (root.parent.as_ref(), root.link.clone());
            (
                context,
                Outline::new(operation, fields, start, parent, link),
            )
        };
        Arc::new_cyclic(|me: &Weak<Self>| {
            let (context, span, marker) = match granularity {
                Granularity::Full => {
                    let (context, outline) = spanned(Operation::RunWorkflow);
                    let span = OpenSpan::outlined(traces, context, outline, me.clone());
                    (root.baggage.with_span(span.clone()), Some(span), None)
                }
                // The marker has no children: at most one worker exports it.
                Granularity::Marker => {
                    let (context, outline) = spanned(Operation::WorkflowExecutionStarted);
                    let marker = Box::new(outline.record(&context));
                    (root.passed_on(), None, Some(marker))
                }
                Granularity::Off => (root.passed_on(), None, None),
            };
            Self {
                me: me.clone(),
                traces: traces.clone(),
                granularity,
                fields: fields.clone(),
                context,
                span,
                marker: Mutex::new(marker),
                ledger,
                state: Mutex::default(),
            }
        })
    }

    /// Returns the context in which the run's code executes.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Returns the ledger that holds the run's ends until the SDK has settled them.
    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) fn granularity(&self) -> Granularity {
        self.granularity
    }

    pub(super) fn run_id(&self) -> &str {
        self.fields.text(Field::RunId).unwrap_or_default()
    }

    /// Returns the attributes that identify the run.
    pub(super) fn ids(&self) -> impl Iterator<Item = KeyValue> {
        attributes::only(&self.fields, &[Field::WorkflowId, Field::RunId])
    }

    fn workflow_id(&self) -> &str {
        self.fields.text(Field::WorkflowId).unwrap_or_default()
    }

    /// Returns the context of a span without a parent.
    pub(super) fn lone(&self, id: SpanId) -> SpanContext {
        self.traces.lone(self.run_id(), self.workflow_id(), id)
    }

    /// Returns the context of a span in its parent's trace.
    pub(super) fn below(&self, parent: &SpanContext, id: SpanId) -> SpanContext {
        self.traces.below(parent, id, self.workflow_id())
    }

    /// Exports the marker of a live start, since the run's own span appears only at its end.
    pub(super) fn started(&self) {
        let Some(mut marker) = self.marker() else {
            return;
        };
        let mirrored = attributes::mirrored().into_iter().flatten();
        marker.data.attributes.extend(mirrored);
        let (traces, start) = (self.traces.clone(), marker.data.start_time);
        self.ledger.hold(Awaits::Completion, (), move |_| {
            traces.export(marker, start);
        });
    }

    /// Returns the marker, once.
    fn marker(&self) -> Option<Record> {
        let Some(span) = &self.span else {
            let mut marker = self.marker.lock();
            return marker.take().map(|marker| *marker);
        };
        let start = span.start()?;
        let operation = Operation::WorkflowExecutionStarted;
        let context = self.below(span.context(), ids::of_run(self.run_id(), operation));
        let parent = Some(span.context());
        Some(Record::of(context, parent, operation, &self.fields, start))
    }

    /// Ends the open spans, and returns the run's own one.
    pub(super) fn close(&self) -> Option<Ending> {
        let open = mem::take(&mut self.state.lock().open);
        for span in open {
            span.abandon();
        }
        let span = self.span.as_ref()?;
        span.mirror();
        span.take()
    }

    /// Ends the open spans and the run's own one, which no worker's hook will settle.
    #[cfg(feature = "rebuild")]
    pub(crate) fn closed_by_server(&self, outcome: &crate::schema::Outcome) {
        let ending = self.close();
        self.ledger.settle(&crate::commit::Answers::default());
        if let Some(ending) = ending {
            ending.export(outcome, None);
        }
    }

    /// Notes the span of an activity that the server schedules, when spans are rebuilt: the events
    /// of untraced runs don't name their span, but their order identifies it.
    pub(crate) fn scheduled(&self, span: Option<&OpenSpan>) {
        if self.traces.is_rebuilding()
            && let Some(span) = span
        {
            self.state.lock().scheduled.push(span.context().clone());
        }
    }

    /// Returns the spans of the activities that the server scheduled, in order.
    #[cfg(feature = "rebuild")]
    pub(crate) fn all_scheduled(&self) -> Vec<SpanContext> {
        self.state.lock().scheduled.clone()
    }

    /// Returns the executing routine, if it belongs to this trace. Otherwise another registration
    /// traces the run.
    fn executing(&self) -> Option<Arc<Routine>> {
        Routine::executing().filter(|routine| std::ptr::eq(Arc::as_ptr(routine.run()), self))
    }

    /// Returns whether the run's code executes, and no other registration of chronoscope traces it.
    pub(crate) fn executes(&self) -> bool {
        self.executing().is_some()
    }

    /// Opens the span of an operation that the run's code waits for.
    pub(crate) fn outbound(&self, operation: Operation, subject: &str) -> Option<OpenSpan> {
        self.executing()?.outbound(operation, subject)
    }

    /// Begins the routine of a handler, under its span if it has one: in its caller's trace or its
    /// run's, as the boundary says.
    pub(super) fn handler(
        self: &Arc<Self>,
        operation: Operation,
        fields: &Fields,
        caller: &Context,
        boundary: Boundary,
        start: Option<SystemTime>,
    ) -> (Arc<Routine>, Option<OpenSpan>) {
        let name = subject(operation, fields);
        let n = self.count(operation, name);
        let id = ids::of_handler(self.run_id(), operation, name, n);
        let name = name.into();
        let routine = Routine::new(self, RoutineName::Handler { operation, name, n });
        let start = start.filter(|_| self.granularity == Granularity::Full);
        let span = start.map(|start| {
            let run = self.context.span().span_context().clone();
            let caller = caller.span().span_context().clone();
            let (parent, link) = match boundary {
                _ if !caller.is_valid() => (run, None),
                Boundary::Parent => (caller, Some(run)),
                Boundary::Link => (run, Some(caller)),
                Boundary::Root => (run, None),
            };
            let context = self.below(&parent, id);
            let mut record = Record::of(context, Some(&parent), operation, fields, start);
            record.link(link);
            self.keep(record)
        });
        (routine, span)
    }

    fn count(&self, operation: Operation, name: &str) -> u32 {
        let mut state = self.state.lock();
        let mut handlers = state.handlers.iter_mut();
        let known = handlers.find(|(kind, known, _)| *kind == operation && **known == *name);
        if let Some((.., count)) = known {
            *count += 1;
            return *count;
        }
        state.handlers.push((operation, name.into(), 0));
        0
    }

    /// Opens a span, which ends at the latest with the run.
    pub(super) fn keep(&self, record: Record) -> OpenSpan {
        let span = OpenSpan::new(&self.traces, record, Some(self.me.clone()));
        self.state.lock().open.push(span.clone());
        span
    }

    /// Removes an ended span.
    pub(super) fn forget(&self, ended: &OpenSpan) {
        let mut state = self.state.lock();
        // It is usually one of the last.
        let place = state.open.iter().rposition(|span| span.is(ended));
        let forgotten = place.map(|place| state.open.remove(place));
        drop(state);
        drop(forgotten);
    }
}
