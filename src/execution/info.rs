//! The part of an execution that stays the same through all its polls.

use std::{any::Any, fmt, sync::Arc};

use opentelemetry::Context;
use tracing::Span;

use super::{
    Fields, Mirror, Signals, WaitTable, Watched, extensions::Extensions, span::Surrounded,
    tally::Tally,
};
use crate::schema::Operation;

/// The trace of an operation.
pub(crate) trait Tracing: Any + Send + Sync {
    /// Returns the context in which the operation executes: its span and its baggage.
    fn context(&self) -> &Context;
}

/// The part of an execution that stays the same through all its polls.
pub(crate) struct Info {
    operation: Operation,
    fields: Arc<Fields>,
    /// The signals made of the operation, here and in layers around this one.
    signals: Signals,
    tally: Option<Arc<Tally>>,
    /// Apart from the extensions, since each poll reads it.
    traced: Option<Arc<dyn Tracing>>,
    /// The span with the ids, shared with layers around this one.
    span: Option<Arc<Span>>,
    /// Whether a poll enters anything else: one read tells.
    is_surrounded: bool,
    watched: Watched,
    /// What its run waits for, in workflow code.
    waits: Option<Arc<WaitTable>>,
    /// The ledger of its run, and the number of the routine in the run, in workflow code.
    ledger: Option<Arc<dyn Any + Send + Sync>>,
    routine: u32,
    around: Option<Arc<Self>>,
    extensions: Extensions,
}

impl Info {
    pub(crate) fn new(operation: Operation, fields: Arc<Fields>) -> Self {
        Self {
            operation,
            fields,
            signals: Signals::default(),
            tally: None,
            traced: None,
            span: None,
            is_surrounded: false,
            watched: Watched::default(),
            waits: None,
            ledger: None,
            routine: 0,
            around: None,
            extensions: Extensions::default(),
        }
    }

    /// Returns the same operation with everything that a layer around this one keeps with it.
    pub(crate) fn inside(around: &Arc<Self>) -> Self {
        Self {
            signals: around.signals,
            tally: around.tally.clone(),
            traced: around.traced.clone(),
            span: around.span.clone(),
            is_surrounded: around.is_surrounded,
            ledger: around.ledger.clone(),
            routine: around.routine,
            around: Some(around.clone()),
            ..Self::new(around.operation, around.fields.clone())
        }
    }

    /// Notes the signals made of the operation.
    pub(crate) fn made(&mut self, signals: Signals) {
        self.signals = self.signals.with(signals);
    }

    /// Returns the signals made of the operation.
    pub(super) fn signals(&self) -> Signals {
        self.signals
    }

    /// Sets where suppressed signals are counted.
    pub(crate) fn counted_by(&mut self, tally: Arc<Tally>) {
        self.tally = Some(tally);
    }

    /// Sets where it is noted what its run waits for.
    pub(crate) fn waits_in(&mut self, waits: Arc<WaitTable>) {
        self.waits = Some(waits);
    }

    /// Returns where it is noted what its run waits for, in workflow code.
    pub(super) fn waits(&self) -> Option<&Arc<WaitTable>> {
        self.waits.as_ref()
    }

    /// Sets the ledger of its run, and the number of the routine in the run.
    pub(crate) fn recorded_in<T: Any + Send + Sync>(&mut self, ledger: Arc<T>, routine: u32) {
        self.ledger = Some(ledger);
        self.routine = routine;
    }

    /// Returns the ledger of its run, in workflow code.
    pub(crate) fn ledger<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::downcast(self.ledger.clone()?).ok()
    }

    /// Returns the number of the routine in its run: 0 is the run's own one.
    pub(crate) fn routine(&self) -> u32 {
        self.routine
    }

    /// Sets whose code is watched while it is polled.
    pub(crate) fn watched_as(&mut self, watched: Watched) {
        self.watched = watched;
    }

    /// Returns whose code is watched while it is polled.
    pub(super) fn watched(&self) -> Watched {
        self.watched
    }

    /// Sets the trace of the operation.
    pub(crate) fn traced_by(&mut self, trace: Arc<dyn Tracing>) {
        self.traced = Some(trace);
        self.is_surrounded = true;
        // One of a layer around this one lacks the ids of this trace.
        self.span = None;
    }

    /// Returns the trace of the operation, if it has this type.
    pub(crate) fn traced<T: 'static>(&self) -> Option<&T> {
        let trace: &dyn Any = &**self.traced.as_ref()?;
        trace.downcast_ref()
    }

    /// Returns the context in which the operation executes, if it is traced.
    pub(super) fn context(&self) -> Option<&Context> {
        Some(self.traced.as_ref()?.context())
    }

    /// Returns whether the operation has a span with its ids.
    pub(super) fn has_span(&self) -> bool {
        self.span.is_some()
    }

    /// Sets the span with the operation's ids.
    pub(super) fn spanned_by(&mut self, span: Span) {
        self.span = Some(Arc::new(span));
        self.is_surrounded = true;
    }

    /// Makes the operation's context and span the thread's current ones until the guard is dropped.
    #[inline]
    pub(super) fn surround(&self) -> Option<Surrounded> {
        self.is_surrounded
            .then(|| Surrounded::by(self.context(), self.span.as_ref()))
    }

    /// Keeps a value with the operation, one of each type.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.extensions.insert(value);
    }

    /// Returns the value of this type that is kept with the operation.
    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        let own = self.extensions.get();
        own.or_else(|| self.around.as_ref()?.get())
    }

    /// Visits the values of this type that are kept with the operation, here and in layers around
    /// this one.
    pub(crate) fn each<T: 'static>(&self, visit: impl Fn(&T)) {
        let layers = std::iter::successors(Some(self), |info| info.around.as_deref());
        layers
            .filter_map(|info| info.extensions.get())
            .for_each(visit);
    }

    /// Returns the value of this type that is kept with the operation, and makes it at its first
    /// use.
    pub(crate) fn get_or_insert_with<T: Send + Sync + 'static>(&self, make: impl Fn() -> T) -> &T {
        match self.around.as_ref().and_then(|around| around.get()) {
            Some(known) => known,
            None => self.extensions.get_or_insert_with(make),
        }
    }

    /// Returns the fields that the run gains while it executes, if it may gain any.
    pub(crate) fn mirror(&self) -> Option<&Mirror> {
        self.get::<Arc<Mirror>>().map(Arc::as_ref)
    }

    pub(crate) fn operation(&self) -> Operation {
        self.operation
    }

    pub(crate) fn fields(&self) -> &Arc<Fields> {
        &self.fields
    }

    pub(crate) fn tally(&self) -> Option<&Arc<Tally>> {
        self.tally.as_ref()
    }
}

impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Info")
            .field("operation", &self.operation)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}
