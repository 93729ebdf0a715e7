//! The list of running workers with their slots and pollers, in the service's messages.

use std::{collections::BTreeMap, sync::Arc};

use super::View;
use crate::{
    introspect::v1,
    metrics::Reading,
    observe::Worker,
    schema::{Field, Metric},
};

impl View {
    /// Returns the running workers.
    pub(in crate::introspect) fn workers(&self, tick: Option<v1::Tick>) -> v1::ListWorkersResponse {
        let running = self.process.registry.list_workers();
        let readings = self.process.readings();
        let mut activities = BTreeMap::<_, u64>::new();
        for attempt in self.process.watched.attempts.list() {
            let field = |field| attempt.about().text(field).unwrap_or_default().to_owned();
            let queue = (field(Field::Namespace), field(Field::TaskQueue));
            *activities.entry(queue).or_default() += 1;
        }
        let workers = running.iter().map(|one| {
            let queue = (one.namespace().to_owned(), one.about.task_queue.to_string());
            let mut worker = worker(one, &readings);
            worker.activities = activities.get(&queue).copied().unwrap_or_default();
            let same = running.iter().filter(|other| is_same_queue(one, other));
            worker.ambiguous = same.count() > 1;
            worker
        });
        v1::ListWorkersResponse {
            workers: workers.collect(),
            tick,
        }
    }
}

fn is_same_queue(one: &Arc<Worker>, other: &Arc<Worker>) -> bool {
    one.about.task_queue == other.about.task_queue && one.namespace() == other.namespace()
}

fn worker(running: &Worker, readings: &[Reading]) -> v1::Worker {
    let about = &running.about;
    let own: Vec<_> = readings
        .iter()
        .filter(|reading| {
            reading.task_queue == *about.task_queue
                && (reading.namespace == running.namespace() || running.namespace().is_empty())
        })
        .collect();
    let cached = own
        .iter()
        .find(|reading| reading.metric == Metric::StickyCacheSize);
    v1::Worker {
        instance_key: running.instance.to_string(),
        namespace: running.namespace().to_owned(),
        task_queue: about.task_queue.to_string(),
        deployment_name: about.deployment_name.to_string(),
        build_id: about.build_id.to_string(),
        identity: about.identity.as_deref().unwrap_or_default().into(),
        started: Some(running.started.into()),
        slots: slots(&own),
        pollers: pollers(&own),
        cached_runs: cached.map(|reading| reading.value as u64),
        ambiguous: false,
        runs: running.count_runs(),
        activities: 0,
    }
}

fn slots(own: &[&Reading]) -> Vec<v1::Slots> {
    let mut kinds = BTreeMap::<&str, v1::Slots>::new();
    for reading in own {
        let value = reading.value as u64;
        match reading.metric {
            Metric::WorkerTaskSlotsUsed => kinds.entry(&reading.kind).or_default().used = value,
            Metric::WorkerTaskSlotsAvailable => {
                kinds.entry(&reading.kind).or_default().available = Some(value);
            }
            _ => {}
        }
    }
    let named = kinds.into_iter().map(|(kind, slots)| v1::Slots {
        kind: kind.to_owned(),
        ..slots
    });
    named.collect()
}

fn pollers(own: &[&Reading]) -> Vec<v1::Pollers> {
    let mut pollers: Vec<_> = own
        .iter()
        .filter(|reading| reading.metric == Metric::NumPollers)
        .map(|reading| v1::Pollers {
            kind: reading.kind.clone(),
            count: reading.value as u64,
        })
        .collect();
    pollers.sort_by(|one, other| one.kind.cmp(&other.kind));
    pollers
}
