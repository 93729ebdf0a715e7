//! Readiness: whether every started worker polls.

use std::sync::Arc;

use super::outputs::Outputs;
use crate::{
    metrics::Pipeline,
    observe::{Registry, Worker},
    schema::Metric,
};

/// Reports readiness to the metrics endpoint as long as there are workers.
pub(super) fn answer(outputs: &Arc<Outputs>) {
    let outputs_of = Arc::downgrade(outputs);
    let exports = &outputs.pipeline.exports;
    exports.ready_while(move || {
        outputs_of
            .upgrade()
            .is_some_and(|outputs| is_ready(&outputs))
    });
}

fn is_ready(outputs: &Outputs) -> bool {
    let registry: &Registry = outputs.counts.registry();
    let workers = registry.list_workers();
    let replaced = |(namespace, task_queue): &(Box<str>, Box<str>)| {
        let mut workers = workers.iter();
        workers.any(|worker| {
            // A worker's namespace may be unknown until its first run.
            let names = [worker.namespace(), namespace];
            worker.about.task_queue == *task_queue && (names[0] == names[1] || names.contains(&""))
        })
    };
    !workers.is_empty()
        && registry.list_ended().iter().all(replaced)
        && workers
            .iter()
            .all(|worker| polls(worker, &outputs.pipeline))
}

/// Returns whether a worker polls: by the core's count of pollers if it uses chronoscope's meter,
/// otherwise as long as it runs.
fn polls(worker: &Worker, pipeline: &Pipeline) -> bool {
    let task_queue = &*worker.about.task_queue;
    let namespace = Some(worker.namespace()).filter(|namespace| !namespace.is_empty());
    let is_measured = pipeline
        .meter()
        .is_some_and(|meter| meter.has_met(namespace, task_queue));
    if !is_measured {
        return true;
    }
    let readings = pipeline.gauges().read();
    let mut pollers = readings.iter().filter(|reading| {
        reading.metric == Metric::NumPollers
            && reading.task_queue == task_queue
            && namespace.is_none_or(|namespace| reading.namespace == namespace)
    });
    pollers.any(|reading| reading.value > 0.0)
}
