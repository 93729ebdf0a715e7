use std::{collections::BTreeMap, sync::Arc};

use super::View;
use crate::{
    introspect::v1,
    metrics::Reading,
    observe::Seat,
    schema::{Field, Metric},
};

impl View {
    /// Returns the workers that run.
    pub(in crate::introspect) fn workers(&self, tick: Option<v1::Tick>) -> v1::ListWorkersResponse {
        let insight = &self.inside.insight;
        let seats = insight.workers.list();
        let readings = self.inside.readings();
        let mut activities = BTreeMap::<_, u64>::new();
        for attempt in insight.activities.list() {
            let field = |field| attempt.about.text(field).unwrap_or_default().to_owned();
            let queue = (field(Field::Namespace), field(Field::TaskQueue));
            *activities.entry(queue).or_default() += 1;
        }
        let workers = seats.iter().map(|seat| {
            let queue = (
                seat.namespace().to_owned(),
                seat.about.task_queue.to_string(),
            );
            let mut worker = worker(seat, &readings);
            worker.activities = activities.get(&queue).copied().unwrap_or_default();
            let same = seats.iter().filter(|other| is_same_queue(seat, other));
            worker.ambiguous = same.count() > 1;
            worker
        });
        v1::ListWorkersResponse {
            workers: workers.collect(),
            tick,
        }
    }
}

fn is_same_queue(one: &Arc<Seat>, other: &Arc<Seat>) -> bool {
    one.about.task_queue == other.about.task_queue && one.namespace() == other.namespace()
}

fn worker(seat: &Seat, readings: &[Reading]) -> v1::Worker {
    let task_queue = &*seat.about.task_queue;
    let own: Vec<_> = readings
        .iter()
        .filter(|reading| {
            reading.task_queue == task_queue
                && (reading.namespace == seat.namespace() || seat.namespace().is_empty())
        })
        .collect();
    let cached = own
        .iter()
        .find(|reading| reading.metric == Metric::StickyCacheSize);
    v1::Worker {
        instance_key: seat.instance.to_string(),
        namespace: seat.namespace().to_owned(),
        task_queue: task_queue.to_owned(),
        deployment_name: seat.about.deployment_name.to_string(),
        build_id: seat.about.build_id.to_string(),
        identity: seat
            .about
            .identity
            .as_deref()
            .unwrap_or_default()
            .to_owned(),
        started: Some(seat.started.into()),
        slots: slots(&own),
        pollers: pollers(&own),
        cached_runs: cached.map(|reading| reading.value as u64),
        ambiguous: false,
        runs: seat.count_runs(),
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
