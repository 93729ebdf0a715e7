//! The values and series that a metric has had so far, and when to fold.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use metrics::{Key, Label};

use super::{
    CardinalityLimits,
    change::{Change, Folded, Reason},
    grow::{Grow, Grows},
    id_like::is_id_like,
    limits::{FOLDED_SERIES, is_constant},
    names,
};
use crate::schema;

/// The value that replaces folded ones.
const OTHER: &str = "__other__";

/// How long a value may be, in bytes.
const LONGEST_VALUE: usize = 1024;

/// The labels, values and series that a metric has so far.
#[derive(Default)]
pub(super) struct Seen {
    /// How a label is called that is asked for by a name.
    asked: HashMap<Box<str>, Arc<str>>,
    /// How a label was spelled first, by what all spellings have in common.
    labels: HashMap<String, Arc<str>>,
    values: HashMap<Arc<str>, HashSet<Box<str>>>,
    /// The keys that were admitted, without labels that are empty, and how they came first if that
    /// was with some: no backend tells an empty label from none.
    series: HashMap<Key, Option<Key>>,
    /// Those that were admitted when there was no room for more.
    folded: HashSet<Key>,
    reported: HashSet<(Arc<str>, Reason)>,
}

/// A label as it is asked for: by which name, how it is called, with which value.
struct Requested<'a> {
    by: &'a str,
    name: Arc<str>,
    value: &'a str,
}

impl Requested<'_> {
    fn label(&self) -> Label {
        Label::new(self.name.clone(), self.value.to_owned())
    }
}

impl Seen {
    /// Returns the key of a series that there is.
    fn known(&self, metric: &Arc<str>, labels: &[Label]) -> Option<Key> {
        let bare = bare(metric, labels);
        match self.series.get(&bare) {
            Some(first) => Some(first.clone().unwrap_or(bare)),
            None => self.folded.contains(&bare).then_some(bare),
        }
    }
}

impl Grow<'_, Seen> {
    /// Returns the key with all labels named and all values folded as they must be.
    pub(super) fn admit(
        &mut self,
        metric: &Arc<str>,
        key: &Key,
        limits: &CardinalityLimits,
        changes: &mut Vec<Change>,
    ) -> Result<Key, Grows> {
        let labels = self.named(key, limits, changes)?;
        let as_asked: Vec<_> = labels.iter().map(Requested::label).collect();
        if let Some(known) = self.known(metric, &as_asked) {
            return Ok(known);
        }
        let full = self.series.len() >= limits.series;
        let mut shown = Vec::with_capacity(labels.len());
        for asked in &labels {
            shown.push(match self.verdict(asked, full, limits)? {
                None => asked.label(),
                Some(reason) => {
                    changes.push(self.fold(&asked.name, reason)?);
                    Label::new(asked.name.clone(), OTHER)
                }
            });
        }
        if full {
            return self.fold_series(metric, shown, changes);
        }
        if let Some(known) = self.known(metric, &shown) {
            return Ok(known);
        }
        let whole = Key::from_parts(metric.clone(), shown.clone());
        let bare = bare(metric, &shown);
        let first = (bare != whole).then(|| whole.clone());
        self.grow()?.series.insert(bare, first);
        Ok(whole)
    }

    /// Returns the key of one of few series for what finds no room, and in the end of one.
    fn fold_series(
        &mut self,
        metric: &Arc<str>,
        labels: Vec<Label>,
        changes: &mut Vec<Change>,
    ) -> Result<Key, Grows> {
        let key = bare(metric, &labels);
        if self.folded.contains(&key) {
            return Ok(key);
        }
        if self.folded.len() < FOLDED_SERIES {
            self.grow()?.folded.insert(key.clone());
            return Ok(key);
        }
        for label in &labels {
            changes.push(self.fold(&Arc::from(label.key()), Reason::Series)?);
        }
        Ok(Key::from_name(metric.clone()))
    }

    /// Returns the labels of a key, each once, under the names by which they go.
    fn named<'a>(
        &mut self,
        key: &'a Key,
        limits: &CardinalityLimits,
        changes: &mut Vec<Change>,
    ) -> Result<Vec<Requested<'a>>, Grows> {
        let mut labels = Vec::<Requested<'a>>::with_capacity(key.labels().len());
        for label in key.labels() {
            let Some(name) = self.name(label.key(), limits, changes)? else {
                changes.push(self.fold(&Arc::from(OTHER), Reason::Names)?);
                continue;
            };
            let value = label.value();
            match labels.iter_mut().find(|before| before.name == name) {
                None => {
                    let by = label.key();
                    labels.push(Requested { by, name, value });
                }
                Some(before) => {
                    before.value = value;
                    changes.push(self.fold(&name, Reason::Twice)?);
                }
            }
        }
        Ok(labels)
    }

    /// Returns how a label is called, unless it is one too many.
    fn name(
        &mut self,
        asked: &str,
        limits: &CardinalityLimits,
        changes: &mut Vec<Change>,
    ) -> Result<Option<Arc<str>>, Grows> {
        if let Some(name) = self.asked.get(asked) {
            return Ok(Some(name.clone()));
        }
        let namespace = limits.namespace.as_ref();
        let namespace = namespace.filter(|_| asked == schema::Label::Namespace.name());
        let wanted = namespace.map_or(asked, |name| name);
        let identity = names::label_identity(wanted);
        let name = match self.labels.get(&identity) {
            Some(name) => name.clone(),
            None if self.labels.len() >= limits.label_names => return Ok(None),
            None => {
                let name = Arc::<str>::from(names::label(wanted));
                self.grow()?.labels.insert(identity, name.clone());
                name
            }
        };
        // There are many spellings of one name.
        if self.asked.len() < limits.label_names.saturating_mul(4) {
            self.grow()?.asked.insert(asked.into(), name.clone());
            if *name != *wanted {
                let (asked, name) = (asked.into(), name.clone());
                changes.push(Change::Label { asked, name });
            }
        }
        Ok(Some(name))
    }

    fn verdict(
        &mut self,
        asked: &Requested<'_>,
        full: bool,
        limits: &CardinalityLimits,
    ) -> Result<Option<Reason>, Grows> {
        let Requested { by, name, value } = asked;
        if limits.allows(by, value) || *value == OTHER {
            return Ok(None);
        }
        if value.len() > LONGEST_VALUE {
            return Ok(Some(Reason::Length));
        }
        if is_id_like(value) && !is_constant(name) && !is_constant(by) {
            return Ok(Some(Reason::Id));
        }
        let known = self.values.get(name);
        if !known.is_some_and(|known| known.contains(*value)) {
            if known.map_or(0, HashSet::len) >= limits.limit(by) {
                return Ok(Some(Reason::Values));
            }
            if !full {
                let values = &mut self.grow()?.values;
                values
                    .entry(name.clone())
                    .or_default()
                    .insert((*value).into());
            }
        }
        Ok(full.then_some(Reason::Series))
    }

    fn fold(&mut self, label: &Arc<str>, reason: Reason) -> Result<Change, Grows> {
        let key = (label.clone(), reason);
        let first = !self.reported.contains(&key);
        if first {
            self.grow()?.reported.insert(key);
        }
        Ok(Change::Folded(Folded {
            label: label.clone(),
            reason,
            first,
        }))
    }
}

/// Returns the key without the labels that are empty.
fn bare(metric: &Arc<str>, labels: &[Label]) -> Key {
    let shown = labels.iter().filter(|label| !label.value().is_empty());
    Key::from_parts(metric.clone(), shown.cloned().collect::<Vec<_>>())
}
