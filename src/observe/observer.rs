//! What the adapters share, and what every call asks of it.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{
    Call, End, Registry, activities::ActivityKinds, forgotten::Said, names::Names, parts::Parts,
};
use crate::{
    execution::{
        Execution, Fields, Info, Replay, Tally, current, current_replay, outside, with_current,
    },
    metrics::{FacadeMeter, Measures},
    replay::{Replayed, Signal, Stats, Verdict, admit},
    schema::{Field, Operation, OperationKind},
    search_attributes::Attributes,
    trace::{Traced, Traces},
};

/// What the adapters share: policy, hooks, measures and counters. Cheap to clone: every call does.
#[derive(Clone, Default)]
pub(crate) struct Observer(pub(super) Arc<Parts>);

#[derive(Default)]
pub(super) struct Shared {
    stats: Stats,
    activities: ActivityKinds,
    hook_panics: AtomicU64,
    warned_of_double: AtomicBool,
    said: Said,
    namespaces: Names,
    identities: Names,
    registry: Arc<Registry>,
}

impl Observer {
    pub(super) fn core_meter(&self) -> Option<&FacadeMeter> {
        self.0.core_meter.as_ref()
    }

    pub(super) fn said(&self) -> &Said {
        &self.0.shared.said
    }

    /// Returns whether no connection was wrapped so far.
    pub(super) fn has_no_connection(&self) -> bool {
        self.0.shared.identities.is_empty()
    }

    /// Returns what is done about search attributes.
    pub(crate) fn attributed(&self) -> &Attributes {
        &self.0.attributes
    }

    /// Returns whether both are of one value.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.shared, &other.0.shared)
    }

    /// Returns what makes spans, where they have somewhere to go.
    pub(crate) fn traced(&self) -> Option<&Traces> {
        self.0.traces.as_ref()
    }

    /// Returns what measures, where metrics have somewhere to go.
    pub(crate) fn measured(&self) -> Option<&Measures> {
        self.0.measures.as_ref()
    }

    /// Returns the registry of what runs in this process.
    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.0.shared.registry
    }

    /// Returns what counts for the same value, and observes nothing.
    pub(crate) fn only_counts(&self) -> Self {
        let silent = self.clone().measures(None).measured_by_core(None);
        let silent = silent.traces(None);
        silent.without_hooks()
    }

    pub(super) fn activities(&self) -> &ActivityKinds {
        &self.0.shared.activities
    }

    /// Notes the namespace of a client.
    pub(crate) fn note_namespace(&self, namespace: &str) {
        self.0.shared.namespaces.note(namespace);
    }

    /// Notes the identity of a connection.
    pub(crate) fn note_identity(&self, identity: &str) {
        self.0.shared.identities.note(identity);
    }

    /// Returns the identity of every connection so far, if it is one.
    pub(crate) fn identity(&self) -> Option<String> {
        self.0.shared.identities.only()
    }

    /// Returns the namespace of every client so far, if it is one: a worker's hooks don't say
    /// which client it was made from.
    pub(crate) fn namespace(&self) -> Option<String> {
        self.0.shared.namespaces.only()
    }

    pub(crate) fn replayed(&self) -> Vec<Replayed> {
        self.0.shared.stats.snapshot()
    }

    pub(crate) fn hook_panics(&self) -> u64 {
        self.0.shared.hook_panics.load(Ordering::Relaxed)
    }

    pub(crate) fn tally(&self, workflow_type: &str) -> Arc<Tally> {
        self.0.shared.stats.tally(workflow_type)
    }

    /// Creates the execution of an operation, or `None` if the very same already executes here:
    /// then another registration of ours observes it, and this one must add nothing.
    pub(crate) fn execution(
        &self,
        operation: Operation,
        fields: Arc<Fields>,
        prepare: impl FnOnce(&mut Info),
    ) -> Option<Execution> {
        if with_current(|now| is_same(now, operation, &fields)) == Some(true) {
            self.warn_of_double(operation);
            return None;
        }
        let mut info = Info::new(operation, fields);
        prepare(&mut info);
        Some(self.execution_of(info))
    }

    /// Creates an execution, live.
    pub(crate) fn execution_of(&self, mut info: Info) -> Execution {
        let replay = Replay {
            policy: self.0.policy,
            ..Replay::LIVE
        };
        if self.has_hooks() {
            info.hooked();
        }
        Execution::new(Arc::new(info), replay)
    }

    fn warn_of_double(&self, operation: Operation) {
        if !self.0.shared.warned_of_double.swap(true, Ordering::Relaxed) {
            // What executes may be replayed, which would swallow the warning.
            outside(|| {
                tracing::warn!(
                    operation = operation.name(),
                    "chronoscope is registered twice, as a layer and as a plugin or through two \
                     Observability values; the second registration is ignored: remove one of them"
                );
            });
        }
    }

    pub(crate) fn started<T>(&self, call: &impl Call<T>) {
        if let Some(ledger) = call.ledger() {
            if self.0.traces.is_some() {
                Self::start_span();
            }
            return self.hold_start(ledger);
        }
        if let Some(hook) = &self.0.on_start {
            self.report(|execution| hook.on_start(execution));
        }
    }

    pub(crate) fn ended<T>(&self, call: &impl Call<T>, end: &End<'_, T>) {
        if let Some(ledger) = call.ledger() {
            return self.hold_end(ledger, call, end);
        }
        if self.0.traces.is_some() {
            Self::end_span(call, end);
        }
        match &self.0.on_end {
            Some(hook) => self.report(|execution| {
                let outcome = end.outcome(call);
                call.measure(&outcome);
                hook.on_end(execution, &outcome);
            }),
            None if self.keeps_ends() && is_admitted(current_replay()) => {
                call.measure(&end.outcome(call));
            }
            None => {}
        }
    }

    /// Returns whether ends are measured or handed to a hook.
    pub(super) fn tells_ends(&self) -> bool {
        self.0.measures.is_some() || self.0.on_end.is_some()
    }

    /// Returns whether ends are measured or kept.
    fn keeps_ends(&self) -> bool {
        self.0.measures.is_some() || self.registry().watched().is_some()
    }

    fn start_span() {
        // Only a run shows that it has started.
        let is_run = || with_current(Execution::operation) == Some(Operation::RunWorkflow);
        if admit(Signal::SpanOpen, current_replay()) == Verdict::Emit
            && is_run()
            && let Some(execution) = current()
            && let Some(traced) = execution.info().traced::<Traced>()
        {
            traced.started();
        }
    }

    fn end_span<T>(call: &impl Call<T>, end: &End<'_, T>) {
        let Some(execution) = current() else {
            return;
        };
        if let Some(traced) = execution.info().traced::<Traced>() {
            traced.ended(&end.outcome(call), || end.message(call));
        }
    }

    /// Calls a hook for the current execution, if the gate admits it.
    fn report(&self, hook: impl FnOnce(&Execution)) {
        if let Some(execution) = current().filter(Self::admits) {
            self.shielded(|| hook(&execution));
        }
    }

    /// Returns whether the gate admits what an execution measures.
    pub(super) fn admits(execution: &Execution) -> bool {
        is_admitted(execution.replay())
    }

    /// Calls a hook, whose panic is counted.
    pub(super) fn shielded(&self, hook: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(hook)).is_err() {
            self.0.shared.hook_panics.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("policy", &self.0.policy)
            .field("on_start", &self.0.on_start.is_some())
            .field("on_end", &self.0.on_end.is_some())
            .field("stats", &self.0.shared.stats)
            .finish_non_exhaustive()
    }
}

fn is_admitted(replay: Replay) -> bool {
    admit(Signal::Metric, replay) == Verdict::Emit
}

/// Returns whether what executes now is the very operation that is about to be entered.
fn is_same(now: &Execution, operation: Operation, fields: &Fields) -> bool {
    const IDENTITY: &[Field] = &[
        Field::WorkflowId,
        Field::RunId,
        Field::ActivityId,
        Field::Attempt,
        Field::UpdateId,
    ];
    if now.operation() != operation {
        return false;
    }
    match operation.kind() {
        // What makes gRPC calls twice may well be meant: the attempts of a retry, and all of them.
        OperationKind::Rpc => false,
        // A call may well be made anew inside of itself. Then it comes by the same registration.
        OperationKind::Client => {
            !now.fields().is_beside(fields) && now.fields().iter().eq(fields.iter())
        }
        _ => IDENTITY
            .iter()
            .all(|field| now.fields().get(*field) == fields.get(*field)),
    }
}
