//! The observer that all adapters share.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    Call, End, OnEnd, OnStart, Registry, activities::ActivityKinds, forgotten::Said, names::Names,
    parts::Parts, stuck::Settings,
};
use crate::{
    execution::{
        Execution, Fields, Info, Replay, Signals, Tally, current, current_replay, with_current,
    },
    metrics::Measures,
    replay::{GatedSignal, Replayed, Stats, Verdict, admit},
    schema::{Field, Operation, OperationKind},
    search_attributes::Attributes,
    trace::{Traced, Traces},
};

/// The state that all adapters share: policy, hooks, measures and counters. Cheap to clone: every
/// call clones it.
#[derive(Clone)]
pub(crate) struct Observer {
    pub(super) parts: Arc<Parts>,
    /// The signals to make, if they have somewhere to go.
    signals: Signals,
}

impl Default for Observer {
    fn default() -> Self {
        Self {
            parts: Arc::default(),
            signals: Signals::ALL,
        }
    }
}

#[derive(Default)]
pub(super) struct Shared {
    stats: Stats,
    pub(super) activities: ActivityKinds,
    hook_panics: AtomicU64,
    pub(super) said: Said,
    namespaces: Names,
    /// The identities of the wrapped connections.
    pub(super) identities: Names,
    registry: Arc<Registry>,
}

impl Observer {
    /// Returns the settings of search attributes.
    pub(crate) fn attributed(&self) -> &Attributes {
        &self.parts.attributes
    }

    /// Returns what is watched of runs that do not move.
    pub(crate) fn stuck(&self) -> &Arc<Settings> {
        &self.parts.stuck
    }

    /// Returns whether it writes lines.
    pub(super) fn writes_lines(&self) -> bool {
        self.signals.contains(Signals::LOGS)
    }

    /// Returns an observer that makes only these signals of its own.
    pub(crate) fn only(&self, signals: Signals) -> Self {
        Self {
            parts: self.parts.clone(),
            signals: self.signals.and(signals),
        }
    }

    /// Returns the signals that it makes and that have somewhere to go, as lines always have.
    pub(crate) fn signals(&self) -> Signals {
        let hooked = self.parts.on_start.is_some() || self.parts.on_end.is_some();
        let to_go = Signals::LOGS
            .with(Signals::METRICS.only_if(self.parts.measures.is_some()))
            .with(Signals::TRACES.only_if(self.parts.traces.is_some()))
            .with(Signals::HOOKS.only_if(hooked));
        self.signals.and(to_go)
    }

    fn making<'a, T>(&self, signal: Signals, by: &'a Option<T>) -> Option<&'a T> {
        by.as_ref().filter(|_| self.signals.contains(signal))
    }

    /// Returns the traces, if spans have somewhere to go.
    pub(crate) fn traced(&self) -> Option<&Traces> {
        self.making(Signals::TRACES, &self.parts.traces)
    }

    /// Returns the measures, if metrics have somewhere to go.
    pub(crate) fn measured(&self) -> Option<&Measures> {
        self.making(Signals::METRICS, &self.parts.measures)
    }

    pub(super) fn hook_on_start(&self) -> Option<&Arc<dyn OnStart>> {
        self.making(Signals::HOOKS, &self.parts.on_start)
    }

    pub(super) fn hook_on_end(&self) -> Option<&Arc<dyn OnEnd>> {
        self.making(Signals::HOOKS, &self.parts.on_end)
    }

    /// Returns the registry of what runs in this process.
    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.parts.shared.registry
    }

    /// Returns an observer that shares this one's counters and observes nothing.
    pub(crate) fn only_counts(&self) -> Self {
        Self {
            parts: Arc::new(Parts {
                attributes: self.parts.attributes.clone(),
                shared: self.parts.shared.clone(),
                ..Parts::default()
            }),
            ..Self::default()
        }
    }

    /// Notes the namespace of a client.
    pub(crate) fn note_namespace(&self, namespace: &str) {
        self.parts.shared.namespaces.note(namespace);
    }

    /// Notes the identity of a connection.
    pub(crate) fn note_identity(&self, identity: &str) {
        self.parts.shared.identities.note(identity);
    }

    /// Returns the identity of the connections, if all have the same.
    pub(crate) fn identity(&self) -> Option<String> {
        self.parts.shared.identities.only()
    }

    /// Returns the namespace of the clients, if all have the same: a worker's hooks don't say which
    /// client it was made from.
    pub(crate) fn namespace(&self) -> Option<String> {
        self.parts.shared.namespaces.only()
    }

    pub(crate) fn replayed(&self) -> Vec<Replayed> {
        self.parts.shared.stats.snapshot()
    }

    pub(crate) fn hook_panics(&self) -> u64 {
        self.parts.shared.hook_panics.load(Ordering::Relaxed)
    }

    pub(crate) fn tally(&self, workflow_type: &str) -> Arc<Tally> {
        self.parts.shared.stats.tally(workflow_type)
    }

    /// Creates the execution of an operation, or returns `None` if this very operation already
    /// executes here: then another registration of chronoscope observes it, and this one must add
    /// nothing.
    pub(crate) fn execution(
        &self,
        operation: Operation,
        fields: Arc<Fields>,
        prepare: impl FnOnce(&mut Info),
    ) -> Option<Execution> {
        let made = with_current(|now| now.made_of(operation, |own| is_same(now, own, &fields)));
        if made.is_some_and(|made| !made.is_empty()) {
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
            policy: self.parts.policy,
            ..Replay::LIVE
        };
        info.made(self.signals());
        #[cfg(feature = "testing")]
        if let Some(mark) = &self.parts.mark {
            info.insert(mark.clone());
        }
        if let Some(spans) = &self.parts.spans {
            spans.open(&mut info);
        }
        Execution::new(Arc::new(info), replay)
    }

    pub(crate) fn started<T>(&self, call: &impl Call<T>) {
        if let Some(ledger) = call.ledger() {
            if self.traced().is_some() {
                Self::start_span();
            }
            return self.hold_start(ledger);
        }
        if let Some(hook) = self.hook_on_start()
            && let Some(execution) = current().filter(Self::admits)
        {
            self.shielded(|| hook.on_start(&execution));
        }
    }

    pub(crate) fn ended<T>(&self, call: &impl Call<T>, end: &End<'_, T>) {
        if let Some(ledger) = call.ledger() {
            return self.hold_end(ledger, call, end);
        }
        let Some(execution) = current() else {
            return;
        };
        let outcome = end.outcome(call);
        if self.traced().is_some()
            && let Some(traced) = execution.info().traced::<Traced>()
        {
            traced.ended(&outcome, || end.message(call));
        }
        if !Self::admits(&execution) {
            return;
        }
        call.measure(&outcome);
        if let Some(hook) = self.hook_on_end() {
            self.shielded(|| hook.on_end(&execution, &outcome));
        }
        if self.writes_lines() {
            call.log(&execution, &outcome);
        }
    }

    fn start_span() {
        // Only a run exports a marker when it starts.
        let is_run = || with_current(Execution::operation) == Some(Operation::RunWorkflow);
        if admit(GatedSignal::SpanOpen, current_replay()) != Verdict::Drop
            && is_run()
            && let Some(execution) = current()
            && let Some(traced) = execution.info().traced::<Traced>()
        {
            traced.started();
        }
    }

    /// Returns whether the gate admits an execution's metrics.
    pub(super) fn admits(execution: &Execution) -> bool {
        admit(GatedSignal::Metric, execution.replay()) != Verdict::Drop
    }

    /// Calls a hook, and counts its panic.
    pub(super) fn shielded(&self, hook: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(hook)).is_err() {
            let panics = &self.parts.shared.hook_panics;
            panics.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("policy", &self.parts.policy)
            .field("signals", &self.signals())
            .finish_non_exhaustive()
    }
}

/// Returns whether the current execution is the operation with these fields.
fn is_same(now: &Execution, own: &Fields, fields: &Fields) -> bool {
    const IDENTITY: &[Field] = &[
        Field::WorkflowId,
        Field::RunId,
        Field::ActivityId,
        Field::Attempt,
        Field::UpdateId,
    ];
    match now.kind() {
        // The same call may be made again inside itself; then the same registration observes both.
        OperationKind::Client => !own.is_beside(fields) && own.iter().eq(fields.iter()),
        _ => IDENTITY
            .iter()
            .all(|field| own.get(*field) == fields.get(*field)),
    }
}
