//! The core's counters that start at zero with a worker.

use super::{Labelled, Registry};
use crate::schema::{Label, Metric, MetricKind, Origin};

/// A workflow as its worker registered it.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) workflow_type: String,
    pub(crate) signals: Vec<String>,
    pub(crate) queries: Vec<String>,
    pub(crate) updates: Vec<String>,
}

/// The caller of an activity, as in the core's labels.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Caller<'a> {
    pub(crate) workflow_type: &'a str,
    pub(crate) is_local: bool,
}

/// Sets the core's counters of a whole worker to zero.
pub(super) fn of_worker(registry: &Registry, labels: &[Labelled<'_>]) {
    let of_types = [
        Label::WorkflowType,
        Label::ActivityType,
        Label::FailureReason,
    ];
    for metric in counters_by(&[]) {
        let is_of_worker = !metric.labels().iter().any(|label| of_types.contains(label));
        // A worker without Nexus does not poll for its tasks.
        if is_of_worker && metric != Metric::NexusPollNoTask {
            zero(registry, metric, labels);
        }
    }
}

/// Sets the core's counters of a workflow type to zero.
pub(super) fn of_workflow(registry: &Registry, labels: &[Labelled<'_>]) {
    for metric in counters_by(&[Label::WorkflowType]) {
        zero(registry, metric, labels);
    }
}

/// Sets the core's counters of an activity type, or a local one, to zero.
pub(super) fn of_activity(registry: &Registry, own: [&str; 3], caller: Caller<'_>) {
    let labels = [
        (Label::Namespace, own[0]),
        (Label::TaskQueue, own[1]),
        (Label::ActivityType, own[2]),
        (Label::WorkflowType, caller.workflow_type),
    ];
    for metric in counters_by(&[Label::ActivityType, Label::WorkflowType]) {
        if is_of_local_activities(metric) == caller.is_local {
            zero(registry, metric, &labels);
        }
    }
}

const fn is_of_local_activities(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::LocalActivityTotal
            | Metric::LocalActivityExecutionFailed
            | Metric::LocalActivityExecutionCancelled
    )
}

/// Returns the core's counters whose labels are those of a worker, the given ones, and the reason
/// of a failure.
fn counters_by(types: &'static [Label]) -> impl Iterator<Item = Metric> {
    let of_worker = [Label::Namespace, Label::TaskQueue, Label::FailureReason];
    let known = move |label: &Label| types.contains(label) || of_worker.contains(label);
    let counters = Metric::ALL
        .iter()
        .copied()
        .filter(|metric| metric.origin() == Origin::Core && metric.kind() == MetricKind::Counter);
    counters.filter(move |metric| {
        let labels = metric.labels();
        labels.iter().all(known) && types.iter().all(|label| labels.contains(label))
    })
}

fn zero(registry: &Registry, metric: Metric, labels: &[Labelled<'_>]) {
    if !metric.labels().contains(&Label::FailureReason) {
        registry.counter(metric, labels).increment(0);
        return;
    }
    for reason in metric.failure_reasons() {
        let labels = [labels, &[(Label::FailureReason, *reason)]].concat();
        registry.counter(metric, &labels).increment(0);
    }
}
