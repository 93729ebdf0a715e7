use std::{borrow::Cow, time::SystemTime};

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

/// What is known of a span that has not ended.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(super) context: SpanContext,
    pub(super) parent: Option<SpanContext>,
    pub(super) kind: SpanKind,
    pub(super) name: Cow<'static, str>,
    pub(super) start: SystemTime,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) events: Vec<Event>,
    pub(super) links: Vec<Link>,
    pub(super) status: Status,
    /// Whether this is a run's own span.
    pub(super) is_run: bool,
    /// Whether this is a gRPC call.
    pub(super) is_rpc: bool,
}

impl Record {
    pub(super) fn new(
        context: SpanContext,
        parent: Option<&SpanContext>,
        operation: Operation,
        subject: &str,
        start: SystemTime,
    ) -> Self {
        Self {
            context,
            parent: parent.filter(|parent| parent.is_valid()).cloned(),
            kind: kind(operation),
            name: name(operation, subject),
            start,
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            status: Status::Unset,
            is_run: operation == Operation::RunWorkflow,
            is_rpc: operation.kind() == OperationKind::Rpc,
        }
    }

    /// The same, for what an execution's fields describe.
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
        record.attributes = attributes::of(fields);
        record
    }

    pub(super) fn link(mut self, to: Option<SpanContext>) -> Self {
        self.links.extend(to.map(Link::with_context));
        self
    }

    /// Notes how the operation ended: an error is one only where nobody tries again.
    pub(super) fn ended(&mut self, outcome: &Outcome, message: Option<String>, at: SystemTime) {
        if *outcome == Outcome::Dropped {
            self.abandoned();
        }
        if self.is_rpc
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
        self.attributes
            .push(KeyValue::new(attributes::ERROR_TYPE, error_type.clone()));
        let mut exception = vec![KeyValue::new(attributes::EXCEPTION_TYPE, error_type)];
        if let Some(message) = &message {
            exception.push(KeyValue::new(
                attributes::EXCEPTION_MESSAGE,
                message.clone(),
            ));
        }
        self.events
            .push(Event::new(attributes::EXCEPTION, at, exception, 0));
        if is_error(outcome) {
            self.status = Status::error(message.unwrap_or_default());
        }
    }

    /// Notes the status of a gRPC call, by OpenTelemetry's conventions.
    fn answered(&mut self, outcome: &Outcome, status: &str) {
        let status = status.to_owned();
        self.attributes
            .push(KeyValue::new(attributes::RPC_STATUS_CODE, status.clone()));
        if *outcome != Outcome::Completed {
            self.attributes
                .push(KeyValue::new(attributes::ERROR_TYPE, status));
        }
        if outcome.is_error() {
            self.status = Status::error(String::new());
        }
    }

    /// Notes that nobody waited for the end.
    pub(super) fn abandoned(&mut self) {
        self.attributes
            .push(KeyValue::new(attributes::ABANDONED, true));
    }

    pub(super) fn into_data(self, end: SystemTime, scope: &InstrumentationScope) -> SpanData {
        let mut events = SpanEvents::default();
        events.events = self.events;
        let mut links = SpanLinks::default();
        links.links = self.links;
        SpanData {
            span_context: self.context,
            parent_span_id: self
                .parent
                .as_ref()
                .map_or(SpanId::INVALID, SpanContext::span_id),
            parent_span_is_remote: self.parent.is_some_and(|parent| parent.is_remote()),
            span_kind: self.kind,
            name: self.name,
            start_time: self.start,
            end_time: end,
            attributes: self.attributes,
            dropped_attributes_count: 0,
            events,
            links,
            status: self.status,
            instrumentation_scope: scope.clone(),
        }
    }
}

/// Returns whether somebody should care: a failure that is tried again is none of an error.
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
    // A call's name is its method, by OpenTelemetry's conventions.
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

/// Returns what an operation is of: what stands behind the colon of a span's name.
fn subject(operation: Operation, fields: &Fields) -> &str {
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
