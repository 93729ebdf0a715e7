use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock},
    time::Instant,
};

use opentelemetry::{Context, ContextGuard};

use super::{Fields, Mirror, tally::Tally};
use crate::schema::Operation;

/// How many renderings of its fields an execution keeps.
pub(crate) const RENDERINGS: usize = 5;

/// How many values of different types other rooms may keep with an execution.
const ATTACHED: usize = 3;

/// A value that another room keeps with an execution.
type Attached = Arc<dyn Any + Send + Sync>;

/// What an operation is traced by.
pub(crate) trait Tracing: Any + Send + Sync {
    /// Returns the context in which the operation executes: its span and its baggage.
    fn context(&self) -> &Context;
}

/// What stays the same through all polls of an execution.
pub(crate) struct Info {
    operation: Operation,
    fields: Arc<Fields>,
    tally: Option<Arc<Tally>>,
    measured: Option<(Attached, Instant)>,
    traced: Option<Arc<dyn Tracing>>,
    run: Option<(Attached, Option<Arc<Mirror>>)>,
    hooked: bool,
    /// Apart and made at its first use, for many executions never use it.
    kept: OnceLock<Box<Kept>>,
}

/// What is made while the execution goes on.
#[derive(Default)]
struct Kept {
    rendered: [OnceLock<Box<str>>; RENDERINGS],
    attached: [OnceLock<Attached>; ATTACHED],
}

impl Info {
    pub(crate) fn new(operation: Operation, fields: Arc<Fields>) -> Self {
        Self {
            operation,
            fields,
            tally: None,
            measured: None,
            traced: None,
            run: None,
            hooked: false,
            kept: OnceLock::new(),
        }
    }

    /// Returns the same operation with what it has so far, for more to be added.
    pub(crate) fn extended(&self) -> Self {
        Self {
            tally: self.tally.clone(),
            measured: self.measured.clone(),
            traced: self.traced.clone(),
            hooked: self.hooked,
            ..Self::new(self.operation, self.fields.clone())
        }
    }

    /// Notes that hooks are called for the operation.
    pub(crate) fn hooked(&mut self) {
        self.hooked = true;
    }

    /// Returns whether hooks are called for the operation.
    pub(crate) fn is_hooked(&self) -> bool {
        self.hooked
    }

    /// Sets where suppressed signals are counted.
    pub(crate) fn counted_by(&mut self, tally: Arc<Tally>) {
        self.tally = Some(tally);
    }

    /// Sets what the operation is measured by, and when it started.
    pub(crate) fn measured_by(&mut self, series: Attached, started: Instant) {
        self.measured = Some((series, started));
    }

    /// Returns what the operation is measured by, if it is of this type, and when it started.
    pub(crate) fn measured<T: 'static>(&self) -> Option<(&T, Instant)> {
        let (series, started) = self.measured.as_ref()?;
        Some((series.downcast_ref()?, *started))
    }

    /// Sets what the operation is traced by.
    pub(crate) fn traced_by(&mut self, trace: Arc<dyn Tracing>) {
        self.traced = Some(trace);
    }

    /// Returns what the operation is traced by, if it is of this type.
    pub(crate) fn traced<T: 'static>(&self) -> Option<&T> {
        let trace: &dyn Any = &**self.traced.as_ref()?;
        trace.downcast_ref()
    }

    /// Returns whether the operation is measured, and whether it is traced.
    pub(crate) fn is_observed(&self) -> (bool, bool) {
        (self.measured.is_some(), self.traced.is_some())
    }

    /// Makes the operation's context the thread's, until the guard is dropped.
    #[inline]
    pub(super) fn attach_context(&self) -> Option<ContextGuard> {
        let trace = self.traced.as_ref()?;
        Some(trace.context().clone().attach())
    }

    /// Sets what is kept of the run whose code executes, and the fields that it gains as it goes.
    pub(crate) fn of_run(&mut self, run: Attached, mirror: Option<Arc<Mirror>>) {
        self.run = Some((run, mirror));
    }

    /// Returns what is kept of the run, if it is of this type.
    pub(crate) fn run<T: 'static>(&self) -> Option<&T> {
        self.run.as_ref()?.0.downcast_ref()
    }

    /// Returns the fields that the run gains as it goes, if there may be any.
    pub(crate) fn mirror(&self) -> Option<&Mirror> {
        self.run.as_ref()?.1.as_deref()
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

    /// Returns a rendering of the fields, made at its first use and kept.
    #[cfg_attr(
        not(feature = "logs"),
        expect(dead_code, reason = "only logs render fields")
    )]
    pub(crate) fn rendered(&self, index: usize, render: impl FnOnce(&Fields) -> String) -> &str {
        self.kept().rendered[index].get_or_init(|| render(&self.fields).into_boxed_str())
    }

    /// Keeps a value with the execution, one of each type. Returns the one that is kept, or `None`
    /// where there is no room left.
    pub(crate) fn attach<T: Send + Sync + 'static>(
        &self,
        make: impl FnOnce() -> Arc<T>,
    ) -> Option<&T> {
        let kept = self.kept();
        if let Some(known) = kept.attached() {
            return Some(known);
        }
        let mut value: Option<Attached> = Some(make());
        for slot in &kept.attached {
            if let Some(made) = value.take() {
                value = slot.set(made).err();
            }
        }
        kept.attached()
    }

    /// Returns the value of this type that is kept with the execution, if there is one.
    pub(crate) fn attached<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.kept.get()?.attached()
    }

    fn kept(&self) -> &Kept {
        self.kept.get_or_init(Box::default)
    }
}

impl Kept {
    /// Returns the value of this type that is kept with the execution.
    fn attached<T: 'static>(&self) -> Option<&T> {
        let attached = self.attached.iter().map_while(OnceLock::get);
        attached
            .into_iter()
            .find_map(|attached| attached.downcast_ref())
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
