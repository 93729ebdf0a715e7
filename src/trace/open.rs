//! A span that has not ended.

use std::{
    mem,
    sync::{Arc, Weak},
    time::SystemTime,
};

use opentelemetry::trace::SpanContext;
use parking_lot::{Mutex, MutexGuard};

use super::{Record, RunTrace, Traces, attributes, record::Outline};
use crate::{
    clock,
    commit::{Awaits, hash},
    execution::with_current,
    replay::{GatedSignal, Verdict, admit},
    schema::{OperationKind, Outcome},
};

/// A span that has not ended. Cheap to clone.
///
/// A run's span follows from its history: its times are workflow time, and only a worker that
/// executes its end live exports it.
#[derive(Clone, Debug)]
pub(crate) struct OpenSpan(Arc<Cell>);

#[derive(Debug)]
struct Cell {
    context: SpanContext,
    kept: Mutex<Kept>,
    traces: Traces,
    run: Option<Weak<RunTrace>>,
}

/// The kept data of a span.
#[derive(Debug)]
enum Kept {
    /// Nothing has been added yet.
    Outline(Outline),
    Record(Record),
    /// It has ended.
    Nothing,
}

impl Kept {
    /// Takes the record, and makes it if it was not made yet.
    fn take(&mut self, context: &SpanContext) -> Option<Record> {
        match mem::replace(self, Self::Nothing) {
            Self::Outline(outline) => Some(outline.record(context)),
            Self::Record(record) => Some(record),
            Self::Nothing => None,
        }
    }
}

/// A span that is ending; its outcome is not set yet.
#[derive(Debug)]
pub(crate) struct Ending {
    record: Record,
    at: SystemTime,
    traces: Traces,
}

impl Ending {
    /// Returns what tells the span from others, as a hash: an attempt that goes another way may give its
    /// id to another one.
    pub(crate) fn what(&self) -> u32 {
        let data = &self.record.data;
        let id = data.span_context.span_id();
        hash(&(id, data.parent_span_id, &data.name, &data.attributes))
    }

    /// Returns whether the messages of failures are shown.
    pub(crate) fn shows_messages(&self) -> bool {
        self.traces.shows_messages()
    }

    /// Exports the span of an operation.
    pub(crate) fn export(mut self, outcome: &Outcome, message: Option<String>) {
        self.record.ended(outcome, message, self.at);
        self.export_as_is();
    }

    fn export_as_is(self) {
        self.traces.export(self.record, self.at);
    }
}

/// What ending a span does at the current moment.
enum Now {
    /// It is exported, with this time.
    Ends(SystemTime),
    /// It was exported when this code was executed for the first time.
    Repeats,
    /// It does not end: its run is being evicted, or is over.
    Stays,
}

impl OpenSpan {
    pub(super) fn new(traces: &Traces, record: Record, run: Option<Weak<RunTrace>>) -> Self {
        let context = record.data.span_context.clone();
        Self::keeping(traces, context, Kept::Record(record), run)
    }

    /// Opens a span to which nobody may ever add anything.
    pub(super) fn outlined(
        traces: &Traces,
        context: SpanContext,
        outline: Outline,
        run: Weak<RunTrace>,
    ) -> Self {
        Self::keeping(traces, context, Kept::Outline(outline), Some(run))
    }

    fn keeping(
        traces: &Traces,
        context: SpanContext,
        kept: Kept,
        run: Option<Weak<RunTrace>>,
    ) -> Self {
        Self(Arc::new(Cell {
            context,
            kept: Mutex::new(kept),
            traces: traces.clone(),
            run,
        }))
    }

    pub(crate) fn context(&self) -> &SpanContext {
        &self.0.context
    }

    /// Changes the record of the span, unless it has ended.
    pub(super) fn with(&self, change: impl FnOnce(&mut Record)) {
        let mut kept = self.kept();
        if let Some(mut record) = kept.take(&self.0.context) {
            change(&mut record);
            *kept = Kept::Record(record);
        }
    }

    /// Returns when the span started, unless it has ended.
    pub(super) fn start(&self) -> Option<SystemTime> {
        match &*self.kept() {
            Kept::Outline(outline) => Some(outline.start()),
            Kept::Record(record) => Some(record.data.start_time),
            Kept::Nothing => None,
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Ends the span here and now, if it ends here.
    pub(crate) fn end(&self, outcome: &Outcome, message: impl FnOnce() -> Option<String>) {
        self.finish(|ending| {
            let message = ending.shows_messages().then(message).flatten();
            ending.record.ended(outcome, message, ending.at);
        });
    }

    /// Sets the mirrored search attributes on the span, with their current values.
    pub(super) fn mirror(&self) {
        if let Some(mirrored) = attributes::mirrored() {
            self.with(|record| record.data.attributes.extend(mirrored));
        }
    }

    /// Ends the span, since nobody waits for its end any more.
    pub(crate) fn abandon(&self) {
        self.finish(|ending| ending.record.abandoned());
    }

    /// Ends a user's own span, which keeps the user's status.
    pub(super) fn end_here(&self) {
        self.finish(|_| {});
    }

    /// Ends the span, if it ends here. Ends in workflow code wait until the SDK has settled them.
    fn finish(&self, complete: impl FnOnce(&mut Ending)) {
        let Some(mut ending) = self.take() else {
            return;
        };
        complete(&mut ending);
        match self.run() {
            Some(run) => {
                let what = ending.what();
                let ledger = run.ledger();
                ledger.hold(Awaits::Completion, what, move |_| ending.export_as_is());
            }
            None => ending.export_as_is(),
        }
    }

    /// Removes the span from the open ones, and returns it if it ends here.
    pub(super) fn take(&self) -> Option<Ending> {
        let now = self.now();
        if matches!(now, Now::Stays) {
            return None;
        }
        if let Some(run) = self.run() {
            run.forget(self);
        }
        let mut kept = self.kept();
        let Now::Ends(at) = now else {
            *kept = Kept::Nothing;
            return None;
        };
        let record = kept.take(&self.0.context)?;
        Some(Ending {
            record,
            at,
            traces: self.0.traces.clone(),
        })
    }

    fn run(&self) -> Option<Arc<RunTrace>> {
        self.0.run.as_ref()?.upgrade()
    }

    fn now(&self) -> Now {
        if self.0.run.is_none() {
            return Now::Ends(clock::wall());
        }
        let executing = with_current(|now| (now.kind(), now.replay(), now.workflow_time()));
        // A completed run's state is dropped outside any execution, when all spans have ended.
        let Some((OperationKind::Workflow, replay, Some(time))) = executing else {
            return Now::Stays;
        };
        match admit(GatedSignal::SpanEnd, replay) {
            Verdict::Emit | Verdict::Hold => Now::Ends(time),
            _ => Now::Repeats,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        !matches!(*self.kept(), Kept::Nothing)
    }

    /// Times in workflow code are workflow time.
    pub(super) fn time_of(&self, time: SystemTime) -> SystemTime {
        match &self.0.run {
            Some(_) => with_current(|now| now.workflow_time())
                .flatten()
                .unwrap_or(time),
            None => time,
        }
    }
}
