//! The clients and workers of this process, for the resource of its spans.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use parking_lot::Mutex;

/// The known clients and workers of this process, which are part of the resource of its spans.
/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workers(Arc<Mutex<Known>>);

#[derive(Clone, Debug, Default)]
struct Known {
    namespaces: BTreeSet<String>,
    /// The running workers, with the number of each.
    workers: BTreeMap<Worker, usize>,
    changes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Worker {
    task_queue: Box<str>,
    build_id: Box<str>,
}

/// The entry of a worker, until it is dropped.
#[derive(Debug)]
pub(crate) struct KnownWorker {
    of: Workers,
    worker: Worker,
}

impl Workers {
    pub(crate) fn namespace(&self, namespace: &str) {
        self.note(|known| known.namespaces.insert(namespace.to_owned()));
    }

    /// Notes a worker until the returned entry is dropped.
    pub(crate) fn worker(&self, task_queue: &str, build_id: &str) -> KnownWorker {
        let worker = Worker {
            task_queue: task_queue.into(),
            build_id: build_id.into(),
        };
        self.note(|known| {
            let count = known.workers.entry(worker.clone()).or_default();
            *count += 1;
            *count == 1
        });
        KnownWorker {
            of: self.clone(),
            worker,
        }
    }

    fn note(&self, change: impl FnOnce(&mut Known) -> bool) {
        let mut known = self.0.lock();
        if change(&mut known) {
            known.changes += 1;
        }
    }

    /// Returns the resource with the known workers, if they have changed since.
    #[cfg(feature = "otlp")]
    pub(super) fn resource(&self, base: &Resource, seen: &mut Option<u64>) -> Option<Resource> {
        let known = self.0.lock();
        if *seen == Some(known.changes) {
            return None;
        }
        *seen = Some(known.changes);
        let workers = || known.workers.keys();
        let attributes = [
            (
                "temporal.namespace",
                known.namespaces.iter().map(|name| &**name).collect(),
            ),
            (
                "temporal.task_queue",
                workers().map(|worker| &*worker.task_queue).collect(),
            ),
            (
                "temporal.worker.build_id",
                workers().map(|worker| &*worker.build_id).collect(),
            ),
        ];
        let attributes = attributes
            .into_iter()
            .filter(|(_, values): &(_, BTreeSet<&str>)| {
                values.iter().any(|value| !value.is_empty())
            })
            .map(|(name, values)| KeyValue::new(name, value(values)));
        let base = base.iter();
        let base = base.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        Some(
            Resource::builder_empty()
                .with_attributes(base.chain(attributes))
                .build(),
        )
    }
}

impl Drop for KnownWorker {
    fn drop(&mut self) {
        self.of.note(|known| {
            let Some(count) = known.workers.get_mut(&self.worker) else {
                return false;
            };
            *count -= 1;
            let is_last = *count == 0;
            if is_last {
                known.workers.remove(&self.worker);
            }
            is_last
        });
    }
}

/// One value by itself, several as a list.
#[cfg(feature = "otlp")]
fn value(values: BTreeSet<&str>) -> Value {
    let values = values.into_iter().map(str::to_owned).map(StringValue::from);
    let values: Vec<_> = values.collect();
    match <[_; 1]>::try_from(values) {
        Ok([only]) => Value::String(only),
        Err(several) => Value::Array(Array::String(several)),
    }
}
