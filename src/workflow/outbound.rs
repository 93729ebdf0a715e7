//! The calls that workflow code makes and waits for: their spans, headers and trace links.

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use opentelemetry::{Context, trace::TraceId};
use temporalio_common::protos::temporal::api::common::v1::Payload;
use temporalio_sdk::workflow_interceptors::{
    CancellableWorkflowOutboundFuture, ContinueAsNewInput, ScheduleActivityInput,
    ScheduleLocalActivityInput, SignalWorkflowInput, StartChildWorkflowInput,
    SyncWorkflowInterceptorContext, WorkflowNext, WorkflowOutboundFuture,
};

use super::failure::Ended;
use crate::{
    commit,
    execution::{Fields, Phase, current_replay},
    replay::{GatedSignal, Verdict, admit},
    schema::{Operation, Outcome},
    search_attributes::{Attributes, Start, TraceLink},
    trace::{Edge, OpenSpan, Routine, RunTrace, Traced, Traces, trace_id},
};

/// An outbound call that can carry headers.
pub(super) trait Carries {
    /// Whether the call schedules an activity on the server, which leaves one event.
    const SCHEDULES: bool = false;

    /// Whether a replayed call may still be executed, and so needs its headers.
    const IS_LOCAL: bool = false;

    /// The edge of the trace, where the receiver may not know it by itself.
    const EDGE: Option<Edge> = None;

    fn headers(&mut self) -> &mut HashMap<String, Payload>;

    /// Links a run that the call starts to the trace.
    fn link(&mut self, _: &TraceLink, _: TraceId) {}
}

impl Carries for ScheduleActivityInput {
    const SCHEDULES: bool = true;

    fn headers(&mut self) -> &mut HashMap<String, Payload> {
        self.headers_mut()
    }
}

macro_rules! carries {
    ($($input:ident)*) => {
        $(impl Carries for $input {
            fn headers(&mut self) -> &mut HashMap<String, Payload> {
                self.headers_mut()
            }
        })*
    };
}

carries! { SignalWorkflowInput }

impl Carries for ScheduleLocalActivityInput {
    const IS_LOCAL: bool = true;

    fn headers(&mut self) -> &mut HashMap<String, Payload> {
        self.headers_mut()
    }
}

impl Carries for ContinueAsNewInput {
    const EDGE: Option<Edge> = Some(Edge::ContinueAsNew);

    fn headers(&mut self) -> &mut HashMap<String, Payload> {
        self.headers_mut()
    }
}

impl Carries for StartChildWorkflowInput {
    fn headers(&mut self) -> &mut HashMap<String, Payload> {
        self.headers_mut()
    }

    fn link(&mut self, link: &TraceLink, trace: TraceId) {
        let options = self.options_mut();
        let mut start = Start {
            search_attributes: &mut options.search_attributes,
            static_details: &mut options.static_details,
        };
        link.child(trace, &mut start);
    }
}

/// A future whose end can be seen without changing it.
pub(super) trait Outbound {
    type Output: Ended + 'static;

    fn seen_by(self, see: impl FnOnce(&Self::Output) + 'static) -> Self;
}

macro_rules! outbound {
    ($($future:ident)*) => {
        $(impl<T: Ended + 'static> Outbound for $future<T> {
            type Output = T;

            fn seen_by(self, see: impl FnOnce(&T) + 'static) -> Self {
                self.map(|ended| {
                    see(&ended);
                    ended
                })
            }
        })*
    };
}

outbound! { CancellableWorkflowOutboundFuture WorkflowOutboundFuture }

/// The traced calls of a run.
pub(super) struct Calls {
    pub(super) traces: Traces,
    pub(super) routine: Arc<Routine>,
    pub(super) attributes: Attributes,
}

impl Calls {
    /// Returns the trace of the run.
    pub(super) fn run(&self) -> &Arc<RunTrace> {
        self.routine.run()
    }

    /// Traces the run's own functions.
    pub(super) fn executed(&self, _: &Fields) -> Traced {
        Traces::execute(&self.routine)
    }

    /// Traces a handler that may change the run.
    pub(super) fn handled(
        &self,
        operation: Operation,
        fields: &Fields,
        headers: &HashMap<String, Payload>,
        time: Option<SystemTime>,
    ) -> Traced {
        self.traces
            .handle(self.run(), operation, fields, headers, time)
    }

    /// Traces a query, or the validation of an update.
    pub(super) fn answered(
        &self,
        operation: Operation,
        fields: &Fields,
        headers: &HashMap<String, Payload>,
    ) -> Traced {
        self.traces
            .read_only(self.run(), operation, fields, headers)
    }

    /// Marks that the run continues as new, and hands the trace on to the next run.
    pub(super) fn continues(
        &self,
        context: &SyncWorkflowInterceptorContext,
        input: &mut ContinueAsNewInput,
    ) {
        let other = input.options().workflow_type.clone();
        let subject = other.as_deref().unwrap_or(context.workflow_type());
        let span = self.run().outbound(Operation::ContinueAsNew, subject);
        self.hand_on(span.as_ref(), input);
        if let Some((link, trace)) = self.link(span.as_ref()) {
            let attributes = &mut input.options_mut().search_attributes;
            link.next(trace, attributes, || context.search_attributes());
        }
        if let Some(span) = span {
            span.end(&Outcome::Completed, || None);
        }
    }

    /// Returns the link for a run that is started here, and the trace of the start.
    ///
    /// An attribute is part of a command, which is the same in every replay.
    fn link(&self, span: Option<&OpenSpan>) -> Option<(&TraceLink, TraceId)> {
        let link = self.attributes.link()?;
        if admit(GatedSignal::SearchAttribute, current_replay()) != Verdict::Emit {
            return None;
        }
        let trace = match span {
            Some(span) => Some(span.context().trace_id()),
            None => trace_id(&Context::current()),
        };
        Some((link, trace?))
    }

    /// A replayed command is not sent, so it needs no header. But a local activity that is called
    /// during a replay is executed after it, if the history has no end of it, and retried by the
    /// same call. Its result is handed over as if that were replayed, too.
    fn hand_on<I: Carries>(&self, span: Option<&OpenSpan>, input: &mut I) {
        if I::IS_LOCAL || current_replay().phase == Phase::Live || commit::resumes() {
            self.traces.write_span(span, I::EDGE, input.headers());
        }
    }
}

/// Waits for a call under a span, and writes the trace into its headers.
pub(super) fn carry<I: Carries, F: Outbound>(
    calls: &Option<Calls>,
    operation: Operation,
    subject: &str,
    mut input: I,
    next: WorkflowNext<'static, I, F>,
) -> F {
    // If another registration of chronoscope executes the run, that one hands the trace on.
    let Some(calls) = calls.as_ref().filter(|calls| calls.run().executes()) else {
        return next.run(input);
    };
    let span = calls.run().outbound(operation, subject);
    if I::SCHEDULES {
        calls.run().scheduled(span.as_ref());
    }
    calls.hand_on(span.as_ref(), &mut input);
    if let Some((link, trace)) = calls.link(span.as_ref()) {
        input.link(link, trace);
    }
    until_ended(span, next.run(input))
}

/// Waits for a call under a span.
pub(super) fn wait<F: Outbound>(
    calls: &Option<Calls>,
    operation: Operation,
    next: impl FnOnce() -> F,
) -> F {
    let span = calls
        .as_ref()
        .and_then(|calls| calls.run().outbound(operation, ""));
    until_ended(span, next())
}

fn until_ended<F: Outbound>(span: Option<OpenSpan>, future: F) -> F {
    match span {
        Some(span) => {
            let pending = Pending(Some(span));
            future.seen_by(move |ended| pending.ended(ended))
        }
        None => future,
    }
}

/// The span of an awaited operation, until it ends or nobody waits any more.
struct Pending(Option<OpenSpan>);

impl Pending {
    fn ended(mut self, ended: &impl Ended) {
        if let Some(span) = self.0.take() {
            span.end(&ended.outcome(), || ended.message());
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(span) = self.0.take() {
            span.abandon();
        }
    }
}
