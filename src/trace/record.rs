//! The data of a span that has not ended.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{Event, Link, SpanContext, SpanId, SpanKind, Status},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::attributes;
use crate::{
    execution::Fields,
    schema::{Field, Operation, OperationKind, Outcome},
};

/// The data of a span that has not ended.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// The data to export; its end and its scope are set at export. Boxed, since it is large and
    /// moved often.
    pub(super) data: Box<SpanData>,
    /// The span's operation, unless it is a user's own span.
    pub(super) operation: Option<Operation>,
}

/// What the record of a span can be made of, until somebody adds to it: a run waits for longer than
/// it executes, and its span is most of what it would keep.
#[derive(Debug)]
pub(super) struct Outline {
    operation: Operation,
    fields: Arc<Fields>,
    start: SystemTime,
    parent: SpanId,
    parent_is_remote: bool,
    link: Option<Box<SpanContext>>,
}

impl Outline {
    pub(super) fn new(
        operation: Operation,
        fields: &Arc<Fields>,
        start: SystemTime,
        parent: Option<&SpanContext>,
        link: Option<SpanContext>,
    ) -> Self {
        let parent = parent.filter(|parent| parent.is_valid());
        Self {
            operation,
            fields: fields.clone(),
            start,
            parent: parent.map_or(SpanId::INVALID, SpanContext::span_id),
            parent_is_remote: parent.is_some_and(SpanContext::is_remote),
            link: link.map(Box::new),
        }
    }

    pub(super) fn start(&self) -> SystemTime {
        self.start
    }

    /// Makes the record.
    pub(super) fn record(self, context: &SpanContext) -> Record {
        let (fields, start) = (&self.fields, self.start);
        let mut record = Record::of(context.clone(), None, self.operation, fields, start);
        record.data.parent_span_id = self.parent;
        record.data.parent_span_is_remote = self.parent_is_remote;
        record.link(self.link.map(|link| *link));
        record
    }
}

impl Record {
    pub(super) fn new(
        context: SpanContext,
        parent: Option<&SpanContext>,
        operation: Operation,
        subject: &str,
        start: SystemTime,
    ) -> Self {
        let name = name(operation, subject);
        Self {
            operation: Some(operation),
            ..Self::named(context, parent, kind(operation), name, start)
        }
    }

    /// Creates a record with any name, for example of a user's own span.
    pub(super) fn named(
        context: SpanContext,
        parent: Option<&SpanContext>,
        kind: SpanKind,
        name: Cow<'static, str>,
        start: SystemTime,
    ) -> Self {
        let parent = parent.filter(|parent| parent.is_valid());
        Self {
            data: Box::new(SpanData {
                span_context: context,
                parent_span_id: parent.map_or(SpanId::INVALID, SpanContext::span_id),
                parent_span_is_remote: parent.is_some_and(SpanContext::is_remote),
                span_kind: kind,
                name,
                start_time: start,
                end_time: start,
                attributes: Vec::new(),
                dropped_attributes_count: 0,
                events: SpanEvents::default(),
                links: SpanLinks::default(),
                status: Status::Unset,
                instrumentation_scope: InstrumentationScope::default(),
            }),
            operation: None,
        }
    }

    /// Creates the record of an operation with these fields.
    pub(super) fn of(
        context: SpanContext,
        parent: Option<&SpanContext>,
        operation: Operation,
        fields: &Fields,
        start: SystemTime,
    ) -> Self {
        let mut record = Self::new(
            context,
            parent,
            operation,
            subject(operation, fields),
            start,
        );
        record.data.attributes = attributes::of(fields);
        record
    }

    pub(super) fn link(&mut self, to: Option<SpanContext>) {
        self.data.links.links.extend(to.map(Link::with_context));
    }

    /// Notes the outcome of the operation: a failure that will be retried is not an error.
    pub(super) fn ended(&mut self, outcome: &Outcome, message: Option<String>, at: SystemTime) {
        if *outcome == Outcome::Dropped {
            self.abandoned();
        }
        let is_rpc = |operation: Operation| operation.kind() == OperationKind::Rpc;
        if self.operation.is_some_and(is_rpc)
            && let Some(status) = outcome.status_name()
        {
            self.answered(outcome, status);
            return;
        }
        let error_type = outcome
            .error_type()
            .or_else(|| outcome.failure().map(|failure| &*failure.error_type));
        let Some(error_type) = error_type else {
            return;
        };
        let error_type = error_type.to_owned();
        self.data
            .attributes
            .push(KeyValue::new(attributes::ERROR_TYPE, error_type.clone()));
        let mut exception = vec![KeyValue::new(attributes::EXCEPTION_TYPE, error_type)];
        if let Some(message) = &message {
            exception.push(KeyValue::new(
                attributes::EXCEPTION_MESSAGE,
                message.clone(),
            ));
        }
        self.data
            .events
            .events
            .push(Event::new(attributes::EXCEPTION, at, exception, 0));
        if is_error(outcome) {
            self.data.status = Status::error(message.unwrap_or_default());
        }
    }

    /// Notes the status of a gRPC call, by OpenTelemetry's conventions.
    fn answered(&mut self, outcome: &Outcome, status: &str) {
        let status = status.to_owned();
        let noted = &mut self.data.attributes;
        noted.push(KeyValue::new(attributes::RPC_STATUS_CODE, status.clone()));
        if *outcome != Outcome::Completed {
            noted.push(KeyValue::new(attributes::ERROR_TYPE, status));
        }
        if outcome.is_error() {
            self.data.status = Status::error(String::new());
        }
    }

    /// Marks the span as abandoned.
    pub(super) fn abandoned(&mut self) {
        self.data
            .attributes
            .push(KeyValue::new(attributes::ABANDONED, true));
    }
}

/// Returns whether an outcome is an error: a failure that will be retried is not.
fn is_error(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed(_) => outcome.is_final(),
        _ => outcome.is_error(),
    }
}

fn name(operation: Operation, subject: &str) -> Cow<'static, str> {
    if subject.is_empty() {
        return Cow::Borrowed(operation.name());
    }
    // By OpenTelemetry's conventions a gRPC span's name is its method.
    if operation.kind() == OperationKind::Rpc {
        return Cow::Owned(subject.to_owned());
    }
    let mut name = String::with_capacity(operation.name().len() + 1 + subject.len());
    name.push_str(operation.name());
    name.push(':');
    name.push_str(subject);
    Cow::Owned(name)
}

fn kind(operation: Operation) -> SpanKind {
    use Operation as O;
    match operation {
        O::InitializeWorkflow
        | O::WorkflowExecutionStarted
        | O::StartTimer
        | O::WaitCondition
        | O::ContinueAsNew => SpanKind::Internal,
        O::StartActivity
        | O::StartChildWorkflow
        | O::SignalChildWorkflow
        | O::SignalExternalWorkflow
        | O::CancelExternalWorkflow
        | O::StartNexusOperation => SpanKind::Client,
        _ => match operation.kind() {
            OperationKind::Workflow | OperationKind::Activity => SpanKind::Server,
            OperationKind::Client | OperationKind::Rpc => SpanKind::Client,
        },
    }
}

/// Returns the subject of an operation: the part of a span's name after the colon.
pub(super) fn subject(operation: Operation, fields: &Fields) -> &str {
    use Operation as O;
    let field = match operation {
        O::RunActivity => Field::ActivityType,
        O::HandleSignal | O::SignalWorkflow => Field::SignalName,
        O::HandleQuery | O::QueryWorkflow => Field::QueryName,
        O::HandleUpdate | O::ValidateUpdate | O::StartWorkflowUpdate => Field::UpdateName,
        O::RunWorkflow
        | O::WorkflowExecutionStarted
        | O::StartWorkflow
        | O::SignalWithStartWorkflow
        | O::UpdateWithStartWorkflow => Field::WorkflowType,
        O::CallRpc | O::PollRpc => Field::RpcMethod,
        _ => return "",
    };
    fields.text(field).unwrap_or_default()
}
