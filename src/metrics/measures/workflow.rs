//! The series of workflows: ends, handlers, tasks, replays and payloads.

use std::{sync::Arc, time::Duration};

use metrics::{Counter, Gauge, Histogram};
use parking_lot::Mutex;

use super::{Declared, Labelled, Latency, Registry, ends::Ends, zeros};
use crate::execution::Interned;
use crate::schema::{Label, Limited, Metric, Outcome};

/// A handler of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handler {
    Signal,
    Query,
    Update,
}

impl Handler {
    const fn metric(self) -> Metric {
        match self {
            Self::Signal => Metric::WorkflowSignal,
            Self::Query => Metric::WorkflowQuery,
            Self::Update => Metric::WorkflowUpdate,
        }
    }

    const fn label(self) -> Label {
        match self {
            Self::Signal => Label::SignalName,
            Self::Query => Label::QueryName,
            Self::Update => Label::UpdateName,
        }
    }
}

/// The class of an update that its validator rejected.
pub(crate) const REJECTED: &str = "rejected";

/// The series of a workflow type on a task queue.
pub(crate) struct WorkflowSeries {
    registry: Registry,
    own: [Box<str>; 3],
    ends: Ends,
    history_length: Histogram,
    history_size: Histogram,
    replay_length: Histogram,
    replay_latency: Latency,
    blocked: Counter,
    stuck: Gauge,
    /// The value of that gauge: not every recorder adds up. Locked until the gauge has it.
    now_stuck: Mutex<i64>,
    suppressed_logs: Counter,
    suppressed_metrics: Counter,
    near_limits: [Counter; Limited::ALL.len()],
    handlers: Interned<Counter>,
    commands: Interned<Histogram>,
}

const LABELS: [Label; 3] = [Label::Namespace, Label::TaskQueue, Label::WorkflowType];

impl WorkflowSeries {
    pub(super) fn new(registry: &Registry, own: [&str; 3]) -> Self {
        let labels = std::array::from_fn::<_, 3, _>(|n| (LABELS[n], own[n]));
        zeros::of_workflow(registry, &labels);
        let suppressed = |signal| {
            let labels = [(Label::WorkflowType, own[2]), (Label::Signal, signal)];
            registry.counter(Metric::ReplaySuppressed, &labels)
        };
        let near_limit = |what: Limited| {
            let [namespace, task_queue, workflow_type] = labels;
            let limit = (Label::Limit, what.name());
            registry.counter(
                Metric::WorkflowNearLimit,
                &[namespace, task_queue, workflow_type, limit],
            )
        };
        Self {
            ends: Ends::new(
                registry,
                Metric::WorkflowOutcome,
                Metric::WorkflowError,
                &labels,
            ),
            history_length: registry.histogram(Metric::WorkflowHistoryLength, &labels),
            history_size: registry.histogram(Metric::WorkflowHistorySize, &labels),
            replay_length: registry.histogram(Metric::WorkflowReplayLength, &labels),
            replay_latency: registry.latency(Metric::WorkflowReplayLatency, &labels),
            blocked: registry.counter(Metric::WorkflowBlocked, &labels),
            stuck: registry.gauge(Metric::WorkflowStuck, &labels),
            now_stuck: Mutex::default(),
            suppressed_logs: suppressed("log"),
            suppressed_metrics: suppressed("metric"),
            near_limits: Limited::ALL.map(near_limit),
            handlers: Interned::default(),
            commands: Interned::default(),
            registry: registry.clone(),
            own: own.map(Box::from),
        }
    }

    /// Makes the counters of the workflow's declared handlers.
    pub(super) fn declare(&self, declared: &Declared) {
        let names = [
            (Handler::Signal, &declared.signals),
            (Handler::Query, &declared.queries),
            (Handler::Update, &declared.updates),
        ];
        for (handler, names) in names {
            for name in names {
                self.handler(handler, name, Outcome::Completed.class());
                self.handler(handler, name, "failed");
                if handler == Handler::Update {
                    self.handler(handler, name, REJECTED);
                }
            }
        }
    }

    /// Records the end of a run.
    pub(crate) fn ended(&self, outcome: &Outcome) {
        self.ends.count(outcome);
    }

    /// Records the end of a handler.
    pub(crate) fn handled(&self, handler: Handler, name: &str, class: &'static str) {
        self.handler(handler, name, class).increment(1);
    }

    /// Records the end of a live task.
    pub(crate) fn task_ended(&self, history_length: u32, history_size: u64) {
        self.history_length.record(f64::from(history_length));
        self.history_size.record(history_size as f64);
    }

    /// Records the replay of a run.
    pub(crate) fn replayed(&self, length: u32, time: Duration) {
        self.replay_length.record(f64::from(length));
        self.replay_latency.record(time);
    }

    /// Records a poll that blocked its worker.
    pub(crate) fn blocked(&self) {
        self.blocked.increment(1);
    }

    /// Records that some more runs are stuck, or some fewer.
    pub(crate) fn stuck(&self, more: i64) {
        let mut now_stuck = self.now_stuck.lock();
        *now_stuck += more;
        self.stuck.set(*now_stuck as f64);
    }

    /// Records that a run came near a limit of the server.
    pub(crate) fn near_limit(&self, what: Limited) {
        self.near_limits[what as usize].increment(1);
    }

    /// Sets the number of signals suppressed so far.
    pub(crate) fn suppressed(&self, logs: u64, metrics: u64) {
        self.suppressed_logs.absolute(logs);
        self.suppressed_metrics.absolute(metrics);
    }

    /// Records the payloads of a live command, in bytes.
    pub(crate) fn command(&self, kind: &'static str, bytes: usize) {
        let histogram = self.commands.get(&[kind], || {
            let labels = self.labels(&[(Label::CommandType, kind)]);
            self.registry
                .histogram(Metric::WorkflowCommandPayloadSize, &labels)
        });
        histogram.record(bytes as f64);
    }

    fn handler(&self, handler: Handler, name: &str, class: &'static str) -> Arc<Counter> {
        let metric = handler.metric();
        self.handlers.get(&[metric.name(), name, class], || {
            let labels = self.labels(&[(handler.label(), name), (Label::Outcome, class)]);
            self.registry.counter(metric, &labels)
        })
    }

    fn labels<'a>(&'a self, more: &[Labelled<'a>]) -> Vec<Labelled<'a>> {
        let own = LABELS.iter().copied().zip(self.own.iter().map(|v| &**v));
        own.chain(more.iter().copied()).collect()
    }
}
