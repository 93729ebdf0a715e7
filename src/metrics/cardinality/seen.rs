use std::collections::{HashMap, HashSet};

use metrics::{Key, Label};

use super::{CardinalityLimits, id_like::is_id_like, limits::is_constant};

/// What a value becomes that has no series of its own.
const OTHER: &str = "__other__";

/// Why a value was folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    /// It looks like an id.
    Id,
    /// Its label has too many values.
    Values,
    /// Its metric has too many series.
    Series,
}

impl Reason {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Values => "values",
            Self::Series => "series",
        }
    }
}

/// A value that was folded.
pub(super) struct Folded {
    pub(super) label: String,
    pub(super) reason: Reason,
    /// Whether this label was folded for this reason for the first time.
    pub(super) first: bool,
}

/// The values and the number of series that a metric has so far.
#[derive(Default)]
pub(super) struct Seen {
    values: HashMap<Box<str>, HashSet<Box<str>>>,
    /// The keys that were admitted.
    series: HashSet<Key>,
    reported: HashSet<(Box<str>, Reason)>,
}

impl Seen {
    /// Returns the key with all values folded that must be, and what was folded.
    pub(super) fn admit(&mut self, key: &Key, limits: &CardinalityLimits) -> (Key, Vec<Folded>) {
        let full = self.series.len() >= limits.series;
        let mut folded = Vec::new();
        let labels: Vec<_> = key
            .labels()
            .map(|label| match self.verdict(label, full, limits) {
                None => label.clone(),
                Some(reason) => {
                    folded.push(self.fold(label.key(), reason));
                    Label::new(label.key().to_owned(), OTHER)
                }
            })
            .collect();
        let admitted = Key::from_parts(key.name().to_owned(), labels);
        if !full {
            self.series.insert(admitted.clone());
        }
        (admitted, folded)
    }

    fn verdict(&mut self, label: &Label, full: bool, limits: &CardinalityLimits) -> Option<Reason> {
        let (name, value) = (label.key(), label.value());
        if limits.allows(name, value) || value == OTHER {
            return None;
        }
        if is_id_like(value) && !is_constant(name) {
            return Some(Reason::Id);
        }
        let known = self.values.entry(name.into()).or_default();
        if !known.contains(value) {
            if known.len() >= limits.limit(name) {
                return Some(Reason::Values);
            }
            if !full {
                known.insert(value.into());
            }
        }
        full.then_some(Reason::Series)
    }

    fn fold(&mut self, label: &str, reason: Reason) -> Folded {
        Folded {
            label: label.to_owned(),
            reason,
            first: self.reported.insert((label.into(), reason)),
        }
    }
}
