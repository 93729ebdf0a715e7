//! The limits on series of users' metrics.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    error::Error,
    fmt,
    str::FromStr,
    sync::Arc,
};

use super::names;
use crate::{env::UnknownValue, schema::Label};

/// The limits on series of users' metrics.
///
/// ```
/// use chronoscope::metrics::CardinalityLimits;
///
/// let limits = CardinalityLimits::default()
///     // Each region, and the three biggest customers by name; all others are one.
///     .values_of("region", 50)
///     .values_of("customer", 0)
///     .allow("customer", ["acme", "globex", "initech"]);
/// # let _ = limits;
/// ```
#[derive(Clone, Debug)]
pub struct CardinalityLimits {
    values: usize,
    values_of: HashMap<Cow<'static, str>, usize>,
    allowed: HashMap<Cow<'static, str>, HashSet<Cow<'static, str>>>,
    pub(super) series: usize,
    pub(super) metrics: usize,
    pub(super) label_names: usize,
    /// What the label `namespace` is called.
    pub(super) namespace: Option<Arc<str>>,
}

/// What the label `namespace` is called.
#[derive(Clone, Debug)]
pub(in crate::metrics) struct NamespaceLabel(Arc<str>);

/// The error of a name that the label `namespace` can't have.
#[derive(Debug)]
pub struct InvalidNamespaceLabel {
    name: String,
    source: UnknownValue,
}

impl fmt::Display for InvalidNamespaceLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot rename the label `namespace` to {:?}: choose another name",
            self.name
        )
    }
}

impl Error for InvalidNamespaceLabel {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

impl NamespaceLabel {
    pub(in crate::metrics) fn named(name: &str) -> Result<Self, InvalidNamespaceLabel> {
        name.parse().map_err(|source| InvalidNamespaceLabel {
            name: name.to_owned(),
            source,
        })
    }

    pub(in crate::metrics) fn name(&self) -> &Arc<str> {
        &self.0
    }
}

impl FromStr for NamespaceLabel {
    type Err = UnknownValue;

    fn from_str(name: &str) -> Result<Self, UnknownValue> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_other = |label: &&Label| label.name() == name && **label != Label::Namespace;
        let is_free = Label::ALL.iter().find(is_other).is_none();
        match name.chars().all(is_part) && names::label(name) == name && is_free {
            true => Ok(Self(name.into())),
            false => Err(UnknownValue(
                "letters, digits and `_`, and no other label's name, such as temporal_namespace",
            )),
        }
    }
}

/// The number of additional series of a metric, for labels that are folded because of the limits.
pub(super) const FOLDED_SERIES: usize = 100;

impl Default for CardinalityLimits {
    /// 200 values per label, 64 labels and 2,000 series per metric, 2,000 metrics.
    fn default() -> Self {
        Self {
            values: 200,
            values_of: HashMap::new(),
            allowed: HashMap::new(),
            series: 2000,
            metrics: 2000,
            label_names: 64,
            namespace: None,
        }
    }
}

impl CardinalityLimits {
    /// Sets how many different values a label of a metric may have. Default: 200.
    #[must_use]
    pub fn values(mut self, limit: usize) -> Self {
        self.values = limit;
        self
    }

    /// Sets the same for the label of one name, in every metric.
    #[must_use]
    pub fn values_of(mut self, label: impl Into<Cow<'static, str>>, limit: usize) -> Self {
        self.values_of.insert(label.into(), limit);
        self
    }

    /// Allows these values of a label, even if they look like ids or exceed the limit.
    #[must_use]
    pub fn allow<V: Into<Cow<'static, str>>>(
        mut self,
        label: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let allowed = self.allowed.entry(label.into()).or_default();
        allowed.extend(values.into_iter().map(Into::into));
        self
    }

    /// Sets how many series a metric may have before further ones are folded. Default: 2,000.
    #[must_use]
    pub fn series(mut self, limit: usize) -> Self {
        self.series = limit;
        self
    }

    /// Sets how many metrics there may be before further ones are dropped, and how many may be
    /// described. Default: 2,000.
    #[must_use]
    pub fn metrics(mut self, limit: usize) -> Self {
        self.metrics = limit;
        self
    }

    /// Sets how many labels of different names a metric may have before further ones are left out.
    /// Default: 64.
    #[must_use]
    pub fn label_names(mut self, limit: usize) -> Self {
        self.label_names = limit;
        self
    }

    /// Sets what the label `namespace` is called.
    pub(in crate::metrics) fn namespace_label(mut self, name: Option<&NamespaceLabel>) -> Self {
        self.namespace = name.map(|name| name.0.clone());
        self
    }

    /// Returns the most series of a metric, including folded ones.
    #[cfg(feature = "otlp")]
    pub(in crate::metrics) fn most_series(&self) -> usize {
        self.series.saturating_add(FOLDED_SERIES)
    }

    pub(super) fn limit(&self, label: &str) -> usize {
        self.values_of.get(label).copied().unwrap_or(self.values)
    }

    pub(super) fn allows(&self, label: &str, value: &str) -> bool {
        let listed = self.allowed.get(label);
        listed.is_some_and(|values| values.contains(value))
    }
}

/// Returns whether a label's values come from the process's own configuration, such as a task queue
/// with a host's id in its name: there are few in one process, even if they look like ids.
pub(super) fn is_constant(label: &str) -> bool {
    [
        Label::Namespace,
        Label::TaskQueue,
        Label::RpcSystem,
        Label::ServerAddress,
        Label::ServerPort,
    ]
    .iter()
    .any(|own| own.name() == label)
}
