//! One routine of a run: its `#[run]` function or a handler, and the spans that it opens.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use opentelemetry::{
    Context,
    trace::{SpanBuilder, SpanContext, SpanId, SpanKind, TraceContextExt as _},
};
use parking_lot::Mutex;

use super::{Granularity, OpenSpan, Record, RunTrace, Traced, added::limited, ids};
use crate::{
    execution::{Phase, with_current},
    schema::Operation,
};

/// An executing routine, and the number of spans of each kind that it has opened.
///
/// The ids of its spans follow from its own code, in whatever order the run's routines are polled.
#[derive(Debug)]
pub(crate) struct Routine {
    run: Arc<RunTrace>,
    name: RoutineName,
    counts: Mutex<BTreeMap<u64, u32>>,
}

/// The name of a routine within its run.
#[derive(Clone, Debug)]
pub(super) enum RoutineName {
    Run,
    /// The n-th handler of its kind and name, from zero.
    Handler {
        operation: Operation,
        name: Box<str>,
        n: u32,
    },
}

impl Routine {
    pub(super) fn new(run: &Arc<RunTrace>, name: RoutineName) -> Arc<Self> {
        Arc::new(Self {
            run: run.clone(),
            name,
            counts: Mutex::default(),
        })
    }

    /// Returns the routine whose code executes, if that code may change its run.
    pub(super) fn executing() -> Option<Arc<Self>> {
        with_current(|now| {
            let changes = now.replay().phase != Phase::ReadOnly;
            let routine = now.info().traced::<Traced>()?.routine.as_ref()?;
            changes.then(|| routine.clone())
        })
        .flatten()
    }

    /// Returns the trace of the routine's run.
    pub(crate) fn run(&self) -> &Arc<RunTrace> {
        &self.run
    }

    /// Opens the span of an operation that the routine waits for.
    pub(super) fn outbound(&self, operation: Operation, subject: &str) -> Option<OpenSpan> {
        if self.run.granularity() != Granularity::Full {
            return None;
        }
        let start = now()?;
        let run_id = self.run.run_id();
        let n = self.count(ids::count_of_operation(operation));
        let id = ids::of_operation(run_id, &self.name, operation, n);
        let parent = Context::map_current(|now| now.span().span_context().clone());
        let context = self.run.below(&parent, id);
        let mut record = Record::new(context, Some(&parent), operation, subject, start);
        record.data.attributes.extend(self.run.ids());
        Some(self.run.keep(record))
    }

    /// Opens a span of the application's own code.
    pub(super) fn user(&self, builder: SpanBuilder, parent: &Context) -> Option<OpenSpan> {
        let start = now()?;
        let parent = match parent.span().span_context() {
            valid if valid.is_valid() => valid.clone(),
            _ => self.run.context().span().span_context().clone(),
        };
        let context = self.user_context(&builder.name, &parent);
        let kind = builder.span_kind.unwrap_or(SpanKind::Internal);
        let mut record = Record::named(context, Some(&parent), kind, builder.name, start);
        let data = &mut *record.data;
        (data.attributes, data.dropped_attributes_count) = limited(builder.attributes);
        (data.events.events, data.events.dropped_count) = limited(builder.events);
        (data.links.links, data.links.dropped_count) = limited(builder.links);
        for event in &mut data.events.events {
            event.timestamp = start;
        }
        Some(self.run.keep(record))
    }

    fn user_context(&self, name: &str, parent: &SpanContext) -> SpanContext {
        let n = self.count(ids::count_of_user(name));
        let id: SpanId = ids::of_user(self.run.run_id(), &self.name, name, n, parent.span_id());
        match parent.is_valid() {
            true => self.run.below(parent, id),
            false => self.run.lone(id),
        }
    }

    /// Counts a span, from zero. There may be many names, so only their hashes are kept.
    fn count(&self, of: u64) -> u32 {
        let mut counts = self.counts.lock();
        let count = counts.entry(of).or_default();
        let n = *count;
        *count += 1;
        n
    }
}

/// Returns workflow time, in workflow code that may change its state.
fn now() -> Option<SystemTime> {
    with_current(|now| now.workflow_time()).flatten()
}
