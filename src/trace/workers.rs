use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;

/// What is known of this process's clients and workers: it belongs to the resource of their spans.
/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workers(Arc<Mutex<Known>>);

#[derive(Clone, Debug, Default)]
struct Known {
    namespaces: BTreeSet<String>,
    task_queues: BTreeSet<String>,
    build_ids: BTreeSet<String>,
    changes: u64,
}

impl Workers {
    pub(crate) fn namespace(&self, namespace: &str) {
        self.note(|known| known.namespaces.insert(namespace.to_owned()));
    }

    pub(crate) fn worker(&self, task_queue: &str, build_id: &str) {
        self.note(|known| known.task_queues.insert(task_queue.to_owned()));
        self.note(|known| known.build_ids.insert(build_id.to_owned()));
    }

    fn note(&self, change: impl FnOnce(&mut Known) -> bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if change(&mut known) {
            known.changes += 1;
        }
    }

    /// Returns the resource with what is known, if that has changed since.
    #[cfg(feature = "otlp")]
    pub(super) fn resource(&self, base: &Resource, seen: &mut Option<u64>) -> Option<Resource> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == Some(known.changes) {
            return None;
        }
        *seen = Some(known.changes);
        let attributes = [
            ("temporal.namespace", &known.namespaces),
            ("temporal.task_queue", &known.task_queues),
            ("temporal.worker.build_id", &known.build_ids),
        ];
        let attributes = attributes
            .into_iter()
            .filter(|(_, values)| values.iter().any(|value| !value.is_empty()))
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

/// One value as it is, several as a list.
#[cfg(feature = "otlp")]
fn value(values: &BTreeSet<String>) -> Value {
    let values: Vec<_> = values.iter().cloned().map(StringValue::from).collect();
    match <[_; 1]>::try_from(values) {
        Ok([only]) => Value::String(only),
        Err(several) => Value::Array(Array::String(several)),
    }
}
