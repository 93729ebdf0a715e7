use std::sync::Arc;

use opentelemetry::{
    Context,
    trace::{TraceContextExt as _, TraceId},
};

use super::{OpenSpan, RunTrace};
use crate::{
    execution::{Info, Tracing},
    schema::{Operation, Outcome},
};

/// What an execution is traced by.
#[derive(Clone, Debug)]
pub(crate) struct Traced {
    pub(super) span: Option<OpenSpan>,
    pub(super) run: Option<Arc<RunTrace>>,
    pub(super) context: Context,
}

impl Tracing for Traced {
    fn context(&self) -> &Context {
        &self.context
    }
}

impl Traced {
    /// Has an execution traced by this.
    pub(crate) fn trace(self, info: &mut Info) {
        info.traced_by(Arc::new(self));
    }

    /// Returns the id of the trace in which the operation executes.
    pub(crate) fn trace_id(&self) -> Option<TraceId> {
        trace_id(&self.context)
    }

    /// Notes that the run's own code starts, live.
    pub(crate) fn started(&self) {
        if let Some(run) = &self.run {
            run.started();
        }
    }

    /// Notes that the operation ends here.
    pub(crate) fn ended(
        &self,
        operation: Operation,
        outcome: &Outcome,
        message: impl FnOnce() -> Option<String>,
    ) {
        match (&self.run, &self.span) {
            (Some(run), _) if operation == Operation::RunWorkflow => run.closed(outcome, message),
            (_, Some(span)) => {
                span.mirror();
                span.end(outcome, message);
            }
            _ => {}
        }
    }
}

/// Returns the id of the trace that a context is in.
pub(crate) fn trace_id(context: &Context) -> Option<TraceId> {
    let id = context.span().span_context().trace_id();
    (id != TraceId::INVALID).then_some(id)
}
