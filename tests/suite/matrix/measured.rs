//! The metrics expected from histories and a journal: each counter's value, and each histogram's
//! number of recordings.

use std::collections::BTreeMap;

use chronoscope::schema::{Metric, Naming, Outcome};

use super::{
    expected::Expected,
    journal::Attempt,
    nodes::{About, Node},
};
use crate::support::collector::Sent;

/// Values of series, under `name{label=value,…}`.
pub type Series = BTreeMap<String, u64>;

/// The metrics whose values follow: a histogram's is how often it was recorded. The others stand in
/// the table of [`open`](super::open).
pub const FOLLOW: &[Metric] = &[
    Metric::WorkflowOutcome,
    Metric::WorkflowError,
    Metric::WorkflowSignal,
    Metric::WorkflowQuery,
    Metric::WorkflowUpdate,
    Metric::ActivityOutcome,
    Metric::ActivityError,
    Metric::ActivityExecutionCancelled,
    Metric::ActivityAttempts,
    Metric::ActivityTaskReceived,
    Metric::ActivityExecutionFailed,
    Metric::ActivityScheduleToStartLatency,
    Metric::ActivityExecutionLatency,
    Metric::ActivitySucceedEndToEndLatency,
    Metric::LocalActivityExecutionCancelled,
    Metric::LocalActivityExecutionFailed,
    Metric::LocalActivityExecutionLatency,
    Metric::LocalActivitySucceedEndToEndLatency,
    Metric::LocalActivityTotal,
    Metric::ActivityFirstScheduleToEndLatency,
    Metric::WorkflowCompleted,
    Metric::WorkflowCanceled,
    Metric::WorkflowFailed,
    Metric::WorkflowContinueAsNew,
    Metric::HookPanics,
    Metric::LogLinesLost,
    Metric::LogRecordsLost,
    Metric::SpansLost,
    Metric::ExportFailures,
    Metric::SeriesDropped,
    Metric::GaugeChangesRefused,
    Metric::NamesChanged,
    Metric::ValuesRefused,
    Metric::RecorderPanics,
    Metric::LogFlushesFailed,
    Metric::TraceHeadersUnreadable,
];

/// What a play must have measured in a namespace.
pub fn told(told: &Expected, namespace: &str) -> Series {
    let mut series = Measured {
        namespace,
        series: Series::new(),
    };
    for node in &told.nodes {
        series.node(node);
    }
    // Only the core knows of those, and counts them as failed.
    for run in told.runs.iter().filter(|run| run.is_given_up()) {
        let of = ("workflow_type", run.kind());
        series.add_at(Metric::WorkflowFailed, run.task_queue(), &[of]);
    }
    series.series
}

/// What a collector got of that.
pub fn sent(series: &BTreeMap<String, Sent>) -> Series {
    let follow: Vec<_> = FOLLOW
        .iter()
        .map(|metric| metric.exported_name(Naming::Prometheus))
        .collect();
    let mut counted = Series::new();
    for (name, sent) in series {
        let metric = name.split('{').next().unwrap();
        let value = match sent {
            Sent::Sum(value) => u64::try_from(*value).unwrap(),
            Sent::Histogram { count, .. } => *count,
            Sent::Gauge(_) => continue,
        };
        // That there is a zero is another test's.
        if value != 0 && follow.iter().any(|known| known == metric) {
            // Whether the server sent a task with an answer is its own choice.
            let name = name.replace("eager=false,", "").replace("eager=true,", "");
            *counted.entry(name).or_default() += value;
        }
    }
    counted
}

struct Measured<'a> {
    namespace: &'a str,
    series: Series,
}

impl Measured<'_> {
    fn add(&mut self, metric: Metric, node: &Node, labels: &[(&str, &str)]) {
        self.add_at(metric, &node.task_queue, labels);
    }

    fn add_at(&mut self, metric: Metric, task_queue: &str, labels: &[(&str, &str)]) {
        let mut all = vec![("namespace", self.namespace), ("task_queue", task_queue)];
        all.extend(labels);
        all.sort_unstable();
        let all: Vec<_> = all
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let name = metric.exported_name(Naming::Prometheus);
        let series = format!("{name}{{{}}}", all.join(","));
        *self.series.entry(series).or_default() += 1;
    }

    fn node(&mut self, node: &Node) {
        let class = node.outcome.class();
        let handled = |label| {
            [
                ("workflow_type", &*node.workflow_type),
                (label, node.subject()),
                ("outcome", class),
            ]
        };
        match node.operation() {
            "RunWorkflow" => self.run(node),
            "HandleSignal" => self.add(Metric::WorkflowSignal, node, &handled("signal_name")),
            "HandleQuery" => self.add(Metric::WorkflowQuery, node, &handled("query_name")),
            "HandleUpdate" => self.add(Metric::WorkflowUpdate, node, &handled("update_name")),
            "ValidateUpdate" if node.outcome.is_error() => {
                let mut labels = handled("update_name");
                labels[2].1 = "rejected";
                self.add(Metric::WorkflowUpdate, node, &labels);
            }
            "RunActivity" => self.attempt(node),
            _ => {}
        }
    }

    fn run(&mut self, node: &Node) {
        let of = ("workflow_type", &*node.workflow_type);
        self.add(
            Metric::WorkflowOutcome,
            node,
            &[of, ("outcome", node.outcome.class())],
        );
        if let Some(error) = node.outcome.error_type() {
            self.add(Metric::WorkflowError, node, &[of, ("error_type", error)]);
        }
        let core = match node.outcome {
            Outcome::Completed => Metric::WorkflowCompleted,
            Outcome::Cancelled => Metric::WorkflowCanceled,
            Outcome::Failed(_) => Metric::WorkflowFailed,
            Outcome::ContinuedAsNew => Metric::WorkflowContinueAsNew,
            _ => return,
        };
        self.add(core, node, &[of]);
    }

    fn attempt(&mut self, node: &Node) {
        let About::Attempt(attempt) = &node.about else {
            return;
        };
        let of = ("activity_type", &*attempt.activity_type);
        let ended = [of, ("outcome", node.outcome.class())];
        self.add(Metric::ActivityOutcome, node, &ended);
        self.add(Metric::ActivityFirstScheduleToEndLatency, node, &ended);
        if let Some(error) = node.outcome.error_type() {
            self.add(Metric::ActivityError, node, &[of, ("error_type", error)]);
        }
        if node.outcome == Outcome::Cancelled {
            self.add(Metric::ActivityExecutionCancelled, node, &[of]);
        }
        if node.outcome.is_final() {
            self.add(Metric::ActivityAttempts, node, &[of]);
        }
        self.core_attempt(node, attempt);
    }

    /// The core's metrics of an attempt.
    fn core_attempt(&mut self, node: &Node, attempt: &Attempt) {
        let mut labels = vec![("activity_type", &*attempt.activity_type)];
        labels.extend(
            attempt
                .workflow_type
                .as_deref()
                .map(|of| ("workflow_type", of)),
        );
        let core = match attempt.local {
            true => LOCAL,
            false => {
                self.add(Metric::ActivityScheduleToStartLatency, node, &[]);
                REMOTE
            }
        };
        self.add(core.begun, node, &labels);
        self.add(core.latency, node, &labels);
        match node.outcome {
            Outcome::Completed => self.add(core.succeeded, node, &labels),
            Outcome::Failed(_) | Outcome::Panicked => {
                labels.push(("failure_reason", "ActivityError"));
                self.add(core.failed, node, &labels);
            }
            Outcome::Cancelled if attempt.local => {
                self.add(Metric::LocalActivityExecutionCancelled, node, &labels);
            }
            _ => {}
        }
    }
}

/// The core's metrics of attempts of one kind.
struct Core {
    begun: Metric,
    latency: Metric,
    succeeded: Metric,
    failed: Metric,
}

const REMOTE: Core = Core {
    begun: Metric::ActivityTaskReceived,
    latency: Metric::ActivityExecutionLatency,
    succeeded: Metric::ActivitySucceedEndToEndLatency,
    failed: Metric::ActivityExecutionFailed,
};

const LOCAL: Core = Core {
    begun: Metric::LocalActivityTotal,
    latency: Metric::LocalActivityExecutionLatency,
    succeeded: Metric::LocalActivitySucceedEndToEndLatency,
    failed: Metric::LocalActivityExecutionFailed,
};
