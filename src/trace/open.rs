use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::SystemTime,
};

use opentelemetry::{
    KeyValue,
    trace::{Event, Link, Span, SpanContext, Status},
};

use super::{Record, RunTrace, Traces, attributes};
use crate::{
    clock,
    execution::with_current,
    replay::{Signal, Verdict, admit},
    schema::{OperationKind, Outcome},
};

/// OpenTelemetry's own limit on attributes, events and links of one span.
const LIMIT: usize = 128;

/// A span that has not ended. Cheap to clone.
///
/// One that belongs to a run follows from its history: its times are workflow time, and only a
/// worker that executes its end live exports it.
#[derive(Clone, Debug)]
pub(crate) struct OpenSpan(Arc<Cell>);

#[derive(Debug)]
struct Cell {
    context: SpanContext,
    record: Mutex<Option<Record>>,
    traces: Traces,
    run: Option<Place>,
}

/// Where a run keeps the span.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) run: Weak<RunTrace>,
    pub(super) key: u64,
}

/// What the end of a span comes to where it is executed now.
enum Now {
    /// It is exported, with this time.
    Ends(SystemTime),
    /// It was exported when this was executed for the first time.
    Repeats,
    /// It does not end: its run is thrown out of a cache, or over.
    Stays,
}

impl OpenSpan {
    pub(super) fn new(traces: &Traces, record: Record, run: Option<Place>) -> Self {
        Self(Arc::new(Cell {
            context: record.data.span_context.clone(),
            record: Mutex::new(Some(record)),
            traces: traces.clone(),
            run,
        }))
    }

    pub(crate) fn context(&self) -> &SpanContext {
        &self.0.context
    }

    pub(super) fn with<T>(&self, change: impl FnOnce(&mut Record) -> T) -> Option<T> {
        let mut record = self.0.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.as_mut().map(change)
    }

    /// Ends the span here and now, if it ends here.
    pub(crate) fn end(&self, outcome: &Outcome, message: impl FnOnce() -> Option<String>) {
        self.finish(|record, at, traces| {
            let message = message().filter(|_| traces.shows_messages());
            record.ended(outcome, message, at);
        });
    }

    /// Has the span bear the search attributes that are mirrored, as they are now.
    pub(super) fn mirror(&self) {
        if let Some(mirrored) = attributes::mirrored() {
            self.with(|record| record.data.attributes.extend(mirrored));
        }
    }

    /// Ends the span, since nobody waits for its end any more.
    pub(crate) fn abandon(&self) {
        self.finish(|record, _, _| record.abandoned());
    }

    /// Ends a span of the user's own, whose status is the user's.
    pub(super) fn end_here(&self) {
        self.finish(|_, _, _| {});
    }

    fn finish(&self, complete: impl FnOnce(&mut Record, SystemTime, &Traces)) {
        let now = self.now();
        if matches!(now, Now::Stays) {
            return;
        }
        self.leave_run();
        let record = {
            let mut record = self.0.record.lock().unwrap_or_else(PoisonError::into_inner);
            record.take()
        };
        if let (Now::Ends(at), Some(mut record)) = (now, record) {
            let traces = &self.0.traces;
            complete(&mut record, at, traces);
            traces.export(record, at);
        }
    }

    fn now(&self) -> Now {
        if self.0.run.is_none() {
            return Now::Ends(clock::wall());
        }
        let executing = with_current(|now| (now.kind(), now.replay(), now.workflow_time()));
        // A completed run's state is dropped outside of any execution, when all has ended.
        let Some((OperationKind::Workflow, replay, Some(time))) = executing else {
            return Now::Stays;
        };
        match admit(Signal::SpanEnd, replay) {
            Verdict::Emit => Now::Ends(time),
            _ => Now::Repeats,
        }
    }

    fn leave_run(&self) {
        if let Some(place) = &self.0.run
            && let Some(run) = place.run.upgrade()
        {
            run.forget(place.key);
        }
    }

    /// Times of what happens in workflow code are workflow time.
    fn time_of(&self, time: SystemTime) -> SystemTime {
        match &self.0.run {
            Some(_) => with_current(|now| now.workflow_time())
                .flatten()
                .unwrap_or(time),
            None => time,
        }
    }
}

/// Lets users add to the span that executes, through `Context::current().span()`.
impl Span for OpenSpan {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        let event = Event::new(name, self.time_of(timestamp), attributes, 0);
        self.with(|record| {
            if record.data.events.events.len() < LIMIT {
                record.data.events.events.push(event);
            }
        });
    }

    fn span_context(&self) -> &SpanContext {
        self.context()
    }

    fn is_recording(&self) -> bool {
        self.with(|_| ()).is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.with(|record| {
            let known = |known: &KeyValue| known.key == attribute.key;
            match record.data.attributes.iter().position(known) {
                Some(place) => record.data.attributes[place] = attribute,
                None if record.data.attributes.len() < LIMIT => {
                    record.data.attributes.push(attribute)
                }
                None => {}
            }
        });
    }

    fn set_status(&mut self, status: Status) {
        self.with(|record| {
            // Which one stays follows from an order among them.
            if status > record.data.status {
                record.data.status = status;
            }
        });
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        let name = name.into();
        self.with(|record| record.data.name = name);
    }

    fn add_link(&mut self, context: SpanContext, attributes: Vec<KeyValue>) {
        self.with(|record| {
            if record.data.links.links.len() < LIMIT {
                record
                    .data
                    .links
                    .links
                    .push(Link::new(context, attributes, 0));
            }
        });
    }

    /// The operation that the span is of ends it; users' own spans are [`super::Span`]s.
    fn end_with_timestamp(&mut self, _: SystemTime) {}
}
