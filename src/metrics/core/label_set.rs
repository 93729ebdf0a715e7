//! The label sets of the core's meter, each made once.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher as _, Hash as _, Hasher as _},
    sync::{Arc, LazyLock},
};

use parking_lot::RwLock;

use metrics::Label;
use rapidhash::fast::{GlobalState, RapidHashMap};
use temporalio_common::telemetry::metrics::{
    MetricAttributes, MetricKeyValue, MetricValue, NewAttributes,
};

use crate::metrics::LIMIT;

/// A label set, in the SDK type in which its worker heartbeats look for labels.
pub(super) type LabelSet = Arc<HashMap<String, String>>;

/// The one empty label set: sets are identified by their address.
static EMPTY: LazyLock<LabelSet> = LazyLock::new(LabelSet::default);

/// Returns the empty label set.
pub(super) fn empty() -> LabelSet {
    EMPTY.clone()
}

/// Returns the label set that attributes carry.
pub(super) fn label_set(attributes: &MetricAttributes) -> Result<LabelSet, ForeignAttributes> {
    match attributes {
        MetricAttributes::NoOp(labels) => Ok(labels.clone()),
        MetricAttributes::Empty => Ok(empty()),
        _ => Err(ForeignAttributes(())),
    }
}

/// Returns the labels, ordered by name so that a series reads the same everywhere.
pub(super) fn labels(set: &LabelSet) -> Vec<Label> {
    let mut labels: Vec<_> = set.iter().collect();
    labels.sort_unstable();
    labels
        .into_iter()
        .map(|(name, value)| Label::new(name.clone(), value.clone()))
        .collect()
}

/// The error of attributes that another meter made.
#[derive(Debug)]
pub(super) struct ForeignAttributes(());

impl fmt::Display for ForeignAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attributes of another meter: use those that this meter made")
    }
}

impl std::error::Error for ForeignAttributes {}

/// An extension of a set, and its result.
struct Extended {
    /// Keeps the set alive, since its address is the key.
    parent: LabelSet,
    by: Vec<MetricKeyValue>,
    into: LabelSet,
}

/// All label sets that were made by extending another.
#[derive(Default)]
pub(super) struct LabelSets {
    extended: RwLock<RapidHashMap<u64, Vec<Extended>>>,
}

impl LabelSets {
    /// Returns whether a set matches.
    pub(super) fn any(&self, is_so: impl Fn(&LabelSet) -> bool) -> bool {
        let extended = self.extended.read();
        let mut sets = extended.values().flatten();
        sets.any(|known| is_so(&known.into))
    }

    /// Returns the parent extended by more labels: the same set for the same arguments.
    pub(super) fn extend(&self, parent: &LabelSet, by: NewAttributes) -> LabelSet {
        let hash = hash(parent, &by.attributes);
        let find = |extended: &RapidHashMap<u64, Vec<Extended>>| {
            let mut known = extended.get(&hash)?.iter();
            let found = known
                .find(|known| Arc::ptr_eq(&known.parent, parent) && known.by == by.attributes)?;
            Some(found.into.clone())
        };
        let found = find(&self.extended.read());
        if let Some(found) = found {
            return found;
        }

        let mut labels = HashMap::clone(parent);
        let new = by.attributes.iter();
        labels.extend(new.map(|label| (label.key.clone(), label.value.to_string())));
        let into = Arc::new(labels);
        let mut extended = self.extended.write();
        // Another thread may have made it meanwhile.
        if let Some(found) = find(&extended) {
            return found;
        }
        if extended.len() < LIMIT {
            extended.entry(hash).or_default().push(Extended {
                parent: parent.clone(),
                by: by.attributes,
                into: into.clone(),
            });
        }
        into
    }
}

fn hash(parent: &LabelSet, by: &[MetricKeyValue]) -> u64 {
    let mut hasher = GlobalState::new().build_hasher();
    Arc::as_ptr(parent).hash(&mut hasher);
    for label in by {
        label.key.hash(&mut hasher);
        match &label.value {
            MetricValue::String(value) => value.hash(&mut hasher),
            MetricValue::Int(value) => value.hash(&mut hasher),
            MetricValue::Bool(value) => value.hash(&mut hasher),
            MetricValue::Float(value) => value.to_bits().hash(&mut hasher),
        }
    }
    hasher.finish()
}
