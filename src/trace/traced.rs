//! The trace of one execution: its span or its context.

use std::sync::Arc;

use opentelemetry::{
    Context,
    trace::{TraceContextExt as _, TraceId},
};

use super::{OpenSpan, Routine, open::Ending};
use crate::{
    execution::{Info, Tracing},
    schema::{Operation, Outcome},
};

/// The trace of one execution.
#[derive(Clone, Debug)]
pub(crate) struct Traced {
    pub(super) span: Option<OpenSpan>,
    /// The routine of a run whose code executes.
    pub(super) routine: Option<Arc<Routine>>,
    pub(super) context: Context,
}

impl Tracing for Traced {
    fn context(&self) -> &Context {
        &self.context
    }
}

impl Traced {
    /// Adds this trace to an execution.
    pub(crate) fn trace(self, info: &mut Info) {
        info.traced_by(Arc::new(self));
    }

    /// Returns the id of the trace in which the operation executes.
    pub(crate) fn trace_id(&self) -> Option<TraceId> {
        trace_id(&self.context)
    }

    /// Notes that the run's own code starts, live.
    pub(crate) fn started(&self) {
        if let Some(routine) = &self.routine {
            routine.run().started();
        }
    }

    /// Ends the operation's span here.
    pub(crate) fn ended(&self, outcome: &Outcome, message: impl FnOnce() -> Option<String>) {
        if let Some(span) = &self.span {
            span.mirror();
            span.end(outcome, message);
        }
    }

    /// Ends the operation's span here, and returns it so that its outcome can be settled.
    pub(crate) fn take(&self, operation: Operation) -> Option<Ending> {
        match (&self.routine, &self.span) {
            (Some(routine), _) if operation == Operation::RunWorkflow => routine.run().close(),
            (_, Some(span)) => {
                span.mirror();
                span.take()
            }
            _ => None,
        }
    }
}

/// Returns the id of a context's trace.
pub(crate) fn trace_id(context: &Context) -> Option<TraceId> {
    let id = context.span().span_context().trace_id();
    (id != TraceId::INVALID).then_some(id)
}
