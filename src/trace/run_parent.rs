//! The parent of a run, and the trace that follows from it.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};

use super::{Boundary, Edge, Traces, ids};

/// The parent of a run: the content of its header, and its edge.
#[derive(Clone, Debug)]
pub(crate) struct RunParent {
    pub(crate) context: Context,
    pub(crate) edge: Option<Edge>,
}

/// The trace that a run belongs to.
pub(super) struct Root {
    pub(super) parent: Option<SpanContext>,
    pub(super) link: Option<SpanContext>,
    pub(super) baggage: Context,
    trace_id: TraceId,
    flags: TraceFlags,
    state: TraceState,
}

impl Root {
    /// Returns the context of a span of the run.
    pub(super) fn context_of(&self, id: SpanId) -> SpanContext {
        SpanContext::new(self.trace_id, id, self.flags, false, self.state.clone())
    }

    /// Returns the context that a run without a span of its own hands on.
    pub(super) fn passed_on(&self) -> Context {
        match &self.parent {
            Some(parent) => self.baggage.with_remote_span_context(parent.clone()),
            None => self.baggage.with_remote_span_context(SpanContext::NONE),
        }
    }
}

impl Traces {
    /// Decides in which trace a run is, and whether that is recorded.
    pub(super) fn root(&self, run_id: &str, workflow_id: &str, run_parent: RunParent) -> Root {
        let from = run_parent.context.span().span_context().clone();
        let boundary = match run_parent.edge {
            _ if !from.is_valid() => Boundary::Root,
            Some(edge) => self.boundary(edge),
            None => Boundary::Parent,
        };
        let sampled = self.sampler().admits_workflow(&from, workflow_id);
        let flags = TraceFlags::default().with_sampled(sampled);
        if boundary == Boundary::Parent {
            return Root {
                trace_id: from.trace_id(),
                flags,
                state: from.trace_state().clone(),
                parent: Some(from),
                link: None,
                baggage: run_parent.context,
            };
        }
        Root {
            trace_id: ids::trace(run_id),
            flags,
            state: TraceState::default(),
            parent: None,
            link: (boundary == Boundary::Link).then_some(from),
            baggage: run_parent.context,
        }
    }

    /// Returns the context of a span without a parent.
    pub(super) fn lone(&self, run_id: &str, workflow_id: &str, id: SpanId) -> SpanContext {
        let sampled = self
            .sampler()
            .admits_workflow(&SpanContext::NONE, workflow_id);
        let flags = TraceFlags::default().with_sampled(sampled);
        SpanContext::new(ids::trace(run_id), id, flags, false, TraceState::default())
    }

    /// Returns the context of a span of a workflow in its parent's trace.
    pub(super) fn below(&self, parent: &SpanContext, id: SpanId, workflow_id: &str) -> SpanContext {
        child(
            parent,
            id,
            self.sampler().admits_workflow(parent, workflow_id),
        )
    }
}

/// Returns the context of a span in its parent's trace.
pub(super) fn child(parent: &SpanContext, id: SpanId, sampled: bool) -> SpanContext {
    SpanContext::new(
        parent.trace_id(),
        id,
        TraceFlags::default().with_sampled(sampled),
        false,
        parent.trace_state().clone(),
    )
}
