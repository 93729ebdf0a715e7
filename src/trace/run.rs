use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::SystemTime,
};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanContext, SpanId, SpanKind, TraceContextExt as _},
};

use super::{
    Boundary, Granularity, OpenSpan, Origin, Record, Traced, Traces, attributes, ids, open::Place,
    origin::child,
};
use crate::{
    execution::{Fields, with_current},
    schema::{Field, Operation, Outcome},
};

/// The spans of one run: functions of its history, so that any worker may go on with them.
///
/// One value lives as long as the run is in a worker's cache, and counts from the start again when
/// the run is replayed.
#[derive(Debug)]
pub(crate) struct RunTrace {
    me: Weak<Self>,
    traces: Traces,
    granularity: Granularity,
    run_id: Box<str>,
    ids: [KeyValue; 2],
    /// What is current in the run's code: its span, or what stands for it, and its baggage.
    context: Context,
    span: Option<OpenSpan>,
    marker: Option<Record>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counts: HashMap<Operation, u32>,
    by_name: HashMap<(SpanId, String), u32>,
    /// In the order in which they were opened.
    open: BTreeMap<u64, OpenSpan>,
    opened: u64,
    scheduled: Vec<SpanContext>,
}

impl State {
    fn count(&mut self, operation: Operation) -> u32 {
        let count = self.counts.entry(operation).or_default();
        let n = *count;
        *count += 1;
        n
    }
}

impl RunTrace {
    /// Begins the trace of a run. Nothing comes out yet.
    pub(super) fn new(
        traces: &Traces,
        fields: &Fields,
        start: SystemTime,
        origin: Origin,
    ) -> Arc<Self> {
        let text = |field| fields.text(field).unwrap_or_default();
        let (run_id, workflow_type) = (text(Field::RunId), text(Field::WorkflowType));
        let granularity = traces.granularity(workflow_type);
        let began = traces.root(run_id, text(Field::WorkflowId), origin);
        let spanned = |operation| {
            let id = ids::of_run(run_id, operation, 0);
            let context = began.context_of(id);
            let parent = began.parent.as_ref();
            let mut record = Record::of(context, parent, operation, fields, start);
            record.link(began.link.clone());
            record
        };
        Arc::new_cyclic(|me: &Weak<Self>| {
            let place = |key| Place {
                run: me.clone(),
                key,
            };
            let (context, span, marker) = match granularity {
                Granularity::Full => {
                    let record = spanned(Operation::RunWorkflow);
                    let mut marker = spanned(Operation::WorkflowExecutionStarted);
                    marker.data.parent_span_id = record.data.span_context.span_id();
                    marker.data.parent_span_is_remote = false;
                    marker.data.links.links.clear();
                    let span = OpenSpan::new(traces, record, Some(place(0)));
                    let context = began.baggage.with_span(span.clone());
                    (context, Some(span), Some(marker))
                }
                Granularity::Marker => {
                    let marker = spanned(Operation::WorkflowExecutionStarted);
                    let own = marker.data.span_context.clone();
                    (
                        began.baggage.with_remote_span_context(own),
                        None,
                        Some(marker),
                    )
                }
                Granularity::Off => (began.passed_on(), None, None),
            };
            Self {
                me: me.clone(),
                traces: traces.clone(),
                granularity,
                run_id: run_id.into(),
                ids: [Field::WorkflowId, Field::RunId]
                    .map(|field| KeyValue::new(field.span_name(), text(field).to_owned())),
                context,
                span,
                marker,
                state: Mutex::new(State {
                    opened: 1,
                    ..State::default()
                }),
            }
        })
    }

    /// Returns the context in which the run's code executes.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Shows that the run has started: a span is seen only when it ends.
    pub(super) fn started(&self) {
        if let Some(marker) = &self.marker {
            let mut marker = marker.clone();
            let mirrored = attributes::mirrored();
            marker
                .data
                .attributes
                .extend(mirrored.into_iter().flatten());
            let start = marker.data.start_time;
            self.traces.export(marker, start);
        }
    }

    /// Ends what is open, and the run's own span.
    pub(crate) fn closed(&self, outcome: &Outcome, message: impl FnOnce() -> Option<String>) {
        let open = std::mem::take(&mut self.state().open);
        for span in open.into_values() {
            span.abandon();
        }
        if let Some(span) = &self.span {
            span.mirror();
            span.end(outcome, message);
        }
    }

    /// Opens the span of something that the run's code waits for.
    pub(crate) fn outbound(&self, operation: Operation, subject: &str) -> Option<OpenSpan> {
        if !self.executes() {
            return None;
        }
        self.open(operation, now()?, |id, start| {
            let parent = Context::map_current(|now| now.span().span_context().clone());
            let context = child(&parent, id);
            let mut record = Record::new(context, Some(&parent), operation, subject, start);
            record.data.attributes.extend(self.ids.iter().cloned());
            record
        })
    }

    /// Notes the span of an activity that the server schedules, where spans are rebuilt: the events
    /// of runs that nobody traced don't tell which span they belong to, but their order does.
    pub(crate) fn scheduled(&self, span: Option<&OpenSpan>) {
        if self.traces.is_rebuilding()
            && let Some(span) = span
        {
            self.state().scheduled.push(span.context().clone());
        }
    }

    /// Returns the spans of the activities that the server scheduled, in that order.
    #[cfg(feature = "rebuild")]
    pub(crate) fn all_scheduled(&self) -> Vec<SpanContext> {
        self.state().scheduled.clone()
    }

    /// Returns whether the run's code executes, and no other registration of ours traces it.
    pub(crate) fn executes(&self) -> bool {
        let ours = with_current(|now| {
            let run = now.info().traced::<Traced>()?.run.as_ref()?;
            Some(std::ptr::eq(Arc::as_ptr(run), self))
        });
        ours.flatten() == Some(true)
    }

    /// Opens the span of a handler: in its caller's trace or its run's, as the boundary says.
    pub(super) fn handler(
        &self,
        operation: Operation,
        fields: &Fields,
        caller: &Context,
        boundary: Boundary,
        start: SystemTime,
    ) -> Option<OpenSpan> {
        self.open(operation, start, |id, start| {
            let run = self.context.span().span_context().clone();
            let caller = caller.span().span_context().clone();
            let (parent, link) = match boundary {
                _ if !caller.is_valid() => (run, None),
                Boundary::Parent => (caller, Some(run)),
                Boundary::Link => (run, Some(caller)),
                Boundary::Root => (run, None),
            };
            let context = child(&parent, id);
            let mut record = Record::of(context, Some(&parent), operation, fields, start);
            record.link(link);
            record
        })
    }

    /// Opens a span of the workflow's own code.
    pub(super) fn user(&self, builder: SpanBuilder, parent: &Context) -> Option<OpenSpan> {
        let start = now()?;
        let parent = match parent.span().span_context() {
            valid if valid.is_valid() => valid.clone(),
            _ => self.context.span().span_context().clone(),
        };
        let mut state = self.state();
        let count = (parent.span_id(), builder.name.to_string());
        let count = state.by_name.entry(count).or_default();
        let id = ids::of_user(&self.run_id, parent.span_id(), &builder.name, *count);
        *count += 1;
        let context = match parent.is_valid() {
            true => child(&parent, id),
            false => self
                .traces
                .lone(&self.run_id, &self.ids[0].value.as_str(), id),
        };
        let mut events = builder.events.unwrap_or_default();
        for event in &mut events {
            event.timestamp = start;
        }
        let kind = builder.span_kind.unwrap_or(SpanKind::Internal);
        let mut record = Record::named(context, Some(&parent), kind, builder.name, start);
        record.data.attributes = builder.attributes.unwrap_or_default();
        record.data.events.events = events;
        record.data.links.links = builder.links.unwrap_or_default();
        Some(self.keep(&mut state, record))
    }

    /// Opens a span whose id follows from how many of its kind there were.
    fn open(
        &self,
        operation: Operation,
        start: SystemTime,
        record: impl FnOnce(SpanId, SystemTime) -> Record,
    ) -> Option<OpenSpan> {
        if self.granularity != Granularity::Full {
            return None;
        }
        let mut state = self.state();
        let id = ids::of_run(&self.run_id, operation, state.count(operation));
        Some(self.keep(&mut state, record(id, start)))
    }

    fn keep(&self, state: &mut State, record: Record) -> OpenSpan {
        let key = state.opened;
        state.opened += 1;
        let place = Place {
            run: self.me.clone(),
            key,
        };
        let span = OpenSpan::new(&self.traces, record, Some(place));
        state.open.insert(key, span.clone());
        span
    }

    /// Forgets a span that has ended.
    pub(super) fn forget(&self, key: u64) {
        let forgotten = self.state().open.remove(&key);
        drop(forgotten);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns workflow time, in workflow code that may change its state.
fn now() -> Option<SystemTime> {
    with_current(|now| now.workflow_time()).flatten()
}
