//! The `tracing` span that holds an execution's ids, for layers that know nothing of executions.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use opentelemetry::{Context, ContextGuard, trace::TraceContextExt as _};
use tracing::Span;

use super::{Fields, Info, Value, advice};
use crate::schema::{Field, OperationKind};

/// The target of the span, by which filters know it.
pub(crate) const TARGET: &str = "chronoscope::context";

/// Opens the span of each workflow's, handler's and activity's execution.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans {
    is_warned: Arc<AtomicBool>,
}

impl Spans {
    /// Opens the span of an execution that is not shared yet, unless it has one.
    pub(crate) fn open(&self, info: &mut Info) {
        let is_code = matches!(
            info.operation().kind(),
            OperationKind::Workflow | OperationKind::Activity
        );
        if !is_code || info.has_span() {
            return;
        }
        let span = open(info.fields(), info.context());
        if span.is_disabled() {
            self.warn();
        } else {
            info.spanned_by(span);
        }
    }

    /// Says once that the span is disabled.
    fn warn(&self) {
        if !self.is_warned.load(Ordering::Relaxed) && advice::context_span_is_disabled() {
            self.is_warned.store(true, Ordering::Relaxed);
        }
    }
}

/// Opens the span: enabled at every level but `off`, and the root of its own spans, since what is
/// open around a worker ends before its runs do.
fn open(fields: &Fields, context: Option<&Context>) -> Span {
    let text = |field| fields.text(field);
    let attempt = fields.get(Field::Attempt).and_then(|value| match value {
        Value::Number(attempt) => Some(*attempt),
        _ => None,
    });
    let is_local = fields.get(Field::IsLocal).and_then(|value| match value {
        Value::Flag(is_local) => Some(*is_local),
        _ => None,
    });
    let traced = context.map(|context| context.span().span_context().clone());
    let traced = traced.filter(opentelemetry::trace::SpanContext::is_valid);
    tracing::error_span!(
        target: TARGET,
        parent: None,
        "temporal",
        namespace = text(Field::Namespace),
        task_queue = text(Field::TaskQueue),
        workflow_id = text(Field::WorkflowId),
        run_id = text(Field::RunId),
        workflow_type = text(Field::WorkflowType),
        attempt,
        activity_id = text(Field::ActivityId),
        activity_type = text(Field::ActivityType),
        is_local,
        signal_name = text(Field::SignalName),
        query_name = text(Field::QueryName),
        update_name = text(Field::UpdateName),
        update_id = text(Field::UpdateId),
        trace_id = traced.as_ref().map(|span| span.trace_id().to_string()),
        span_id = traced.as_ref().map(|span| span.span_id().to_string()),
    )
}

/// What surrounds a poll besides the execution itself, until it is dropped: OpenTelemetry's context
/// and the span.
pub(crate) struct Surrounded {
    span: Option<Arc<Span>>,
    _context: Option<ContextGuard>,
}

impl Surrounded {
    pub(super) fn by(context: Option<&Context>, span: Option<&Arc<Span>>) -> Self {
        let context = context.map(|context| context.clone().attach());
        if let Some(span) = span {
            span.with_subscriber(|(id, subscriber)| subscriber.enter(id));
        }
        Self {
            span: span.cloned(),
            _context: context,
        }
    }
}

impl Drop for Surrounded {
    fn drop(&mut self) {
        if let Some(span) = &self.span {
            span.with_subscriber(|(id, subscriber)| subscriber.exit(id));
        }
    }
}
