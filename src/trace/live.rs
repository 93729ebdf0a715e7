//! Spans in real time: client calls, activity attempts, queries and validators.

#[cfg(feature = "rebuild")]
use std::{ops::Range, time::SystemTime};

use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt as _, TraceFlags},
};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};

use super::{Granularity, OpenSpan, Record, RunTrace, Traced, Traces, ids, propagation::Headers};
#[cfg(feature = "rebuild")]
use crate::schema::Outcome;
use crate::{
    clock,
    execution::{ActivityAttempt, Fields},
    schema::{Field, Operation},
};

impl Traces {
    /// Traces a query, or the validation of an update, which are in no history.
    pub(crate) fn read_only(
        &self,
        run: &RunTrace,
        operation: Operation,
        fields: &Fields,
        headers: &impl Headers,
    ) -> Traced {
        let caller = self.read(headers);
        let caller_span = caller.span().span_context().clone();
        let parent = match caller_span.is_valid() {
            true => caller_span,
            false => run.context().span().span_context().clone(),
        };
        let text = |field| fields.text(field).unwrap_or_default();
        let id = match operation {
            Operation::ValidateUpdate => {
                ids::of_validation(text(Field::RunId), text(Field::UpdateId))
            }
            _ => RandomIdGenerator::default().new_span_id(),
        };
        let context = match parent.is_valid() {
            true => self.below(&parent, id, text(Field::WorkflowId)),
            false => self.lone(text(Field::RunId), text(Field::WorkflowId), id),
        };
        self.live(context, &parent, None, operation, fields, &caller)
    }

    /// Traces an attempt of an activity.
    pub(crate) fn attempt(
        &self,
        of: &ActivityAttempt<'_>,
        fields: &Fields,
        headers: &impl Headers,
    ) -> Traced {
        let caller = self.receive(headers);
        let (context, before) = self.place(of, &caller.parent);
        let operation = Operation::RunActivity;
        self.live(
            context,
            &caller.parent,
            before,
            operation,
            fields,
            &caller.baggage,
        )
    }

    /// Returns the context of an attempt, and that of the attempt before.
    fn place(
        &self,
        of: &ActivityAttempt<'_>,
        parent: &SpanContext,
    ) -> (SpanContext, Option<SpanContext>) {
        let has_call = || self.granularity(of.workflow_type) == Granularity::Full;
        // A local activity has another id after a timer between two attempts, but the same call.
        let call = (of.is_local && parent.is_valid() && has_call()).then(|| parent.span_id());
        let call = call.map(|call| call.to_string());
        let call = call.as_deref().unwrap_or(of.activity_id);
        let context_of = |attempt| {
            let id = ids::of_attempt(of.run_id, call, of.is_local, attempt);
            match parent.is_valid() {
                true => self.below(parent, id, of.workflow_id),
                false => self.lone(of.run_id, of.workflow_id, id),
            }
        };
        let before = (of.attempt > 1).then(|| context_of(of.attempt - 1));
        (context_of(of.attempt), before)
    }

    /// Traces a call of a client.
    pub(crate) fn call(&self, operation: Operation, fields: &Fields) -> Traced {
        let caller = Context::current();
        let parent = caller.span().span_context().clone();
        let random = RandomIdGenerator::default();
        let trace = match parent.is_valid() {
            true => parent.trace_id(),
            false => random.new_trace_id(),
        };
        let sampled = match fields.text(Field::WorkflowId) {
            Some(workflow_id) => self.sampler().admits_workflow(&parent, workflow_id),
            None => self
                .sampler()
                .admits(&parent, || ids::share(&trace.to_string())),
        };
        let context = SpanContext::new(
            trace,
            random.new_span_id(),
            TraceFlags::default().with_sampled(sampled),
            false,
            parent.trace_state().clone(),
        );
        self.live(context, &parent, None, operation, fields, &caller)
    }

    /// Exports an activity attempt from a history, as a child of the span that its header names.
    #[cfg(feature = "rebuild")]
    pub(crate) fn past_attempt(
        &self,
        fields: &Fields,
        caller: &Context,
        time: Range<SystemTime>,
        outcome: &Outcome,
        message: Option<String>,
    ) {
        let parent = caller.span().span_context().clone();
        let (context, before) = self.place(&ActivityAttempt::of(fields), &parent);
        let operation = Operation::RunActivity;
        let mut record = Record::of(context, Some(&parent), operation, fields, time.start);
        record.link(before);
        record.ended(outcome, message.filter(|_| self.shows_messages()), time.end);
        self.export(record, time.end);
    }

    /// Opens a span in real time.
    fn live(
        &self,
        context: SpanContext,
        parent: &SpanContext,
        link: Option<SpanContext>,
        operation: Operation,
        fields: &Fields,
        around: &Context,
    ) -> Traced {
        if !context.is_sampled() {
            return Traced {
                span: None,
                routine: None,
                context: around.with_remote_span_context(context),
            };
        }
        let mut record = Record::of(context, Some(parent), operation, fields, clock::wall());
        record.link(link);
        let span = OpenSpan::new(self, record, None);
        Traced {
            context: around.with_span(span.clone()),
            span: Some(span),
            routine: None,
        }
    }
}
