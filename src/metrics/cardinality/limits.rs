use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use crate::schema::Label;

/// How many series users' metrics may have.
///
/// ```
/// use chronoscope::metrics::CardinalityLimits;
///
/// let limits = CardinalityLimits::default()
///     // Each region, and the three biggest customers by name; the others are one.
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
}

impl Default for CardinalityLimits {
    /// 200 values a label, 2,000 series a metric, 2,000 metrics.
    fn default() -> Self {
        Self {
            values: 200,
            values_of: HashMap::new(),
            allowed: HashMap::new(),
            series: 2000,
            metrics: 2000,
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

    /// Allows values of a label whatever they look like and however many there are.
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

    /// Sets how many metrics there may be before further ones are dropped. Default: 2,000.
    #[must_use]
    pub fn metrics(mut self, limit: usize) -> Self {
        self.metrics = limit;
        self
    }

    pub(super) fn limit(&self, label: &str) -> usize {
        self.values_of.get(label).copied().unwrap_or(self.values)
    }

    pub(super) fn allows(&self, label: &str, value: &str) -> bool {
        let listed = self.allowed.get(label);
        listed.is_some_and(|values| values.contains(value))
    }
}

/// Returns whether a label's values are those of the process's own configuration, such as a task
/// queue that bears a host's id: few in one process, whatever they look like.
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
