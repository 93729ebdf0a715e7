//! The properties of a metric, and the macro that builds the catalogue.

use super::{Label, Naming};

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MetricKind {
    /// A count that only grows.
    Counter,
    /// A current value.
    Gauge,
    /// A distribution of recorded values.
    Histogram,
}

/// The unit of a metric's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// A number of things.
    Count,
    /// Seconds; milliseconds under [`Naming::Core`].
    Seconds,
    /// Bytes.
    Bytes,
    /// Percent, from 0 to 100.
    Percent,
}

/// The recorder of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// The core of Temporal's SDK.
    Core,
    /// This crate, about Temporal.
    Chronoscope,
    /// This crate, about itself.
    Health,
}

/// A row of the catalogue.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) kind: MetricKind,
    pub(super) unit: Unit,
    pub(super) origin: Origin,
    pub(super) help: &'static str,
    pub(super) labels: &'static [Label],
    pub(super) buckets: &'static [f64],
}

/// Builds [`Metric`] from rows: help as its doc comment, then kind, name, labels, buckets.
macro_rules! metrics {
    (@kind Counter) => { (MetricKind::Counter, Unit::Count) };
    (@kind Gauge) => { (MetricKind::Gauge, Unit::Count) };
    (@kind Percent) => { (MetricKind::Gauge, Unit::Percent) };
    (@kind Latency) => { (MetricKind::Histogram, Unit::Seconds) };
    (@kind Size) => { (MetricKind::Histogram, Unit::Bytes) };
    (@kind Histogram) => { (MetricKind::Histogram, Unit::Count) };
    ($($origin:ident { $(
        #[doc = $help:literal]
        $variant:ident: $kind:ident $name:literal $labels:tt $(in $buckets:ident)?;
    )* })*) => {
        /// A metric that the SDK's core or this crate records.
        ///
        #[doc = include_str!("catalogue.md")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Metric {
            $($(#[doc = $help] $variant,)*)*
        }

        impl Metric {
            /// Every metric.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            pub(super) const fn row(self) -> Row {
                match self { $($(Self::$variant => Row {
                    name: $name,
                    kind: metrics!(@kind $kind).0,
                    unit: metrics!(@kind $kind).1,
                    origin: Origin::$origin,
                    help: $help,
                    labels: {
                        #[allow(unused_imports, reason = "a metric may have no label")]
                        use crate::schema::Label::*;
                        &$labels
                    },
                    buckets: { let buckets: &[f64] = &[]; $(let _ = buckets; let buckets = $buckets;)? buckets },
                },)*)* }
            }
        }
    };
}
pub(super) use metrics;

pub use super::catalogue::Metric;

impl Metric {
    /// Returns the name without the suffixes of a [`Naming`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// Returns the name under which it is exported.
    #[must_use]
    pub fn exported_name(self, naming: Naming) -> String {
        match self.kind() {
            MetricKind::Counter => naming.counter(self.name()),
            MetricKind::Gauge => self.name().to_owned(),
            MetricKind::Histogram => naming.histogram(self.name(), self.unit()),
        }
    }

    /// Returns its kind.
    #[must_use]
    pub const fn kind(self) -> MetricKind {
        self.row().kind
    }

    /// Returns the unit of its values.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.row().unit
    }

    /// Returns who records it.
    #[must_use]
    pub const fn origin(self) -> Origin {
        self.row().origin
    }

    /// Returns its description in one sentence.
    #[must_use]
    pub fn help(self) -> &'static str {
        self.row().help.trim().trim_end_matches('.')
    }

    /// Returns its labels.
    #[must_use]
    pub const fn labels(self) -> &'static [Label] {
        self.row().labels
    }

    /// Returns the upper bounds of its buckets, in its [`unit`](Self::unit); empty if it is not a
    /// histogram.
    #[must_use]
    pub const fn buckets(self) -> &'static [f64] {
        self.row().buckets
    }

    /// Returns the values of [`Label::FailureReason`] that alerts use, if the metric has that
    /// label: these series start at zero.
    pub(crate) const fn failure_reasons(self) -> &'static [&'static str] {
        match self {
            Self::WorkflowTaskExecutionFailed => &[
                "NonDeterminismError",
                "WorkflowError",
                "GrpcMessageTooLarge",
                "PayloadsTooLarge",
                "RequestTooLarge",
            ],
            Self::ActivityExecutionFailed | Self::LocalActivityExecutionFailed => {
                &["ActivityError", "PayloadsTooLarge"]
            }
            _ => &[],
        }
    }

    /// Returns the metric of the given [`name`](Self::name).
    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|metric| metric.name() == name)
    }
}
