//! The series of each metric, for observable instruments.

use std::{collections::HashMap, sync::Arc};

use parking_lot::RwLock;

use metrics::Key;
use opentelemetry::{KeyValue, Value};
use rapidhash::fast::RapidHashMap;

use super::names;

/// The series of one metric: each with its attributes and its value.
type Members<T> = Arc<RwLock<Vec<(Vec<KeyValue>, Arc<T>)>>>;

/// All series of one kind, by key and grouped by metric.
pub(super) struct Families<T> {
    series: RwLock<RapidHashMap<Key, Arc<T>>>,
    members: RwLock<HashMap<String, Members<T>>>,
}

impl<T> Default for Families<T> {
    fn default() -> Self {
        Self {
            series: RwLock::default(),
            members: RwLock::default(),
        }
    }
}

/// The series of one metric, read when the metric is collected.
pub(super) struct Family<T>(Members<T>);

impl<T> Family<T> {
    pub(super) fn each(&self, mut read: impl FnMut(&[KeyValue], &T)) {
        let members = self.0.read();
        for (attributes, value) in &*members {
            read(attributes, value);
        }
    }
}

impl<T> Families<T> {
    /// Returns the series of a key. The first one of a metric creates its family.
    pub(super) fn get(
        &self,
        key: &Key,
        make: impl FnOnce(&[KeyValue]) -> T,
        found: impl FnOnce(Family<T>),
    ) -> Arc<T> {
        let known = self.series.read();
        if let Some(value) = known.get(key) {
            return value.clone();
        }
        drop(known);

        let mut known = self.series.write();
        if let Some(value) = known.get(key) {
            return value.clone();
        }
        let attributes = attributes(key);
        let value = Arc::new(make(&attributes));
        known.insert(key.clone(), value.clone());
        let mut members = self.members.write();
        let members = members.entry(key.name().to_owned()).or_insert_with(|| {
            let members = Members::default();
            found(Family(members.clone()));
            members
        });
        let mut members = members.write();
        members.push((attributes, value.clone()));
        value
    }
}

/// Returns the value of a label, as the number that it is where the conventions ask for one.
fn value(label: &metrics::Label, is_conventional: bool) -> Value {
    let text = label.value();
    let number = text.parse::<i64>().ok();
    match number.filter(|_| is_conventional && names::is_number(label.key())) {
        Some(number) => number.into(),
        None => text.to_owned().into(),
    }
}

fn attributes(key: &Key) -> Vec<KeyValue> {
    let is_conventional = names::metric(key.name()).is_some();
    let attribute = |label: &metrics::Label| {
        let conventional = names::label(label.key()).filter(|_| is_conventional);
        let name = conventional.unwrap_or(label.key()).to_owned();
        KeyValue::new(name, value(label, conventional.is_some()))
    };
    key.labels().map(attribute).collect()
}
