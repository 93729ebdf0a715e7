//! The changes that limits and names make to a key, and the warnings about them.

use std::sync::Arc;

use super::names::Kind;

/// Why the value of a label was folded or left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    /// It looks like an id.
    Id,
    /// It is too long.
    Length,
    /// Its label has too many values.
    Values,
    /// Its metric has too many series.
    Series,
    /// Its metric has too many labels: the label is left out.
    Names,
    /// Its label is given again with another value, which counts.
    Twice,
}

impl Reason {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Length => "length",
            Self::Values => "values",
            Self::Series => "series",
            Self::Names => "names",
            Self::Twice => "twice",
        }
    }
}

/// A change of a key.
pub(super) enum Change {
    /// The metric is recorded under another name.
    Metric(Arc<str>),
    /// A label is recorded under another name.
    Label { asked: Box<str>, name: Arc<str> },
    /// A label's value is replaced.
    Folded(Folded),
}

/// A value that was folded.
pub(super) struct Folded {
    pub(super) label: Arc<str>,
    pub(super) reason: Reason,
    /// Whether this label was folded for this reason for the first time.
    pub(super) first: bool,
}

/// Why nothing is recorded.
pub(super) enum Refusal {
    /// There are too many metrics.
    TooMany,
    /// Another metric has the name.
    Taken { of: String, first: bool },
}

impl Change {
    /// Returns whether the change is the same each time, and counts once.
    pub(super) const fn is_for_good(&self) -> bool {
        !matches!(self, Self::Folded(_))
    }
}

/// Warns once about a changed name, and says what to do.
pub(super) fn tell(asked: &str, change: &Change) {
    match change {
        Change::Metric(name) => tracing::warn!(
            name = asked,
            recorded_as = &**name,
            "a metric was renamed, because its name is that of another one in a different spelling, \
             or not valid in every backend: use `recorded_as` everywhere"
        ),
        Change::Label { asked: label, name } => tracing::warn!(
            metric = asked,
            label = &**label,
            recorded_as = &**name,
            "a label was renamed, because its name is that of another one in a different spelling, \
             or reserved: use `recorded_as` everywhere"
        ),
        Change::Folded(folded) if folded.first => tell_of_fold(asked, folded),
        Change::Folded(_) => {}
    }
}

/// Warns once that a metric is not recorded.
pub(super) fn tell_of_refusal(asked: &str, kind: Kind, refusal: &Refusal) {
    if let Refusal::Taken { of, first: true } = refusal {
        tracing::warn!(
            name = asked,
            kind = kind.name(),
            "a metric is not recorded: its name is taken by {of}; choose another name"
        );
    }
}

/// Warns that values are folded, and says what to do.
fn tell_of_fold(metric: &str, folded: &Folded) {
    let label = &*folded.label;
    match folded.reason {
        Reason::Id => tracing::warn!(
            metric,
            label,
            "a label's value looks like an id and is folded into `__other__`: put ids on log lines \
             and spans, or allow the value with `CardinalityLimits::allow`"
        ),
        Reason::Length => tracing::warn!(
            metric,
            label,
            "a label's value is longer than 1,024 bytes and is folded into `__other__`: put texts \
             on log lines and spans"
        ),
        Reason::Values => tracing::warn!(
            metric,
            label,
            "a label has too many values; further ones are folded into `__other__`: drop the \
             label, or raise its limit by `CardinalityLimits::values_of`"
        ),
        Reason::Series => tracing::warn!(
            metric,
            label,
            "a metric has too many series; labels of further ones are folded into `__other__`: \
             drop a label, or raise the limit by `CardinalityLimits::series`"
        ),
        Reason::Names => tracing::warn!(
            metric,
            "a metric has too many labels; further ones are left out: use labels whose names are \
             known, or raise the limit by `CardinalityLimits::label_names`"
        ),
        Reason::Twice => tracing::warn!(
            metric,
            label,
            "a label is given twice, and its last value is used: give it once"
        ),
    }
}
