//! The naming conventions of metrics.

use std::str::FromStr;

use super::Unit;
use crate::env::UnknownValue;

/// How metrics are named, and the unit of durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Naming {
    /// Prometheus's conventions: counters end in `_total`, durations are seconds and end in
    /// `_seconds`, sizes end in `_bytes`. The default.
    #[default]
    Prometheus,
    /// The SDK core's plain names, durations in milliseconds: for existing boards.
    Core,
}

impl FromStr for Naming {
    type Err = UnknownValue;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "prometheus" => Ok(Self::Prometheus),
            "core" => Ok(Self::Core),
            _ => Err(UnknownValue("prometheus or core")),
        }
    }
}

impl Naming {
    /// Returns the name of a counter.
    pub(crate) fn counter(self, name: &str) -> String {
        match self {
            Self::Prometheus if !name.ends_with("_total") => format!("{name}_total"),
            _ => name.to_owned(),
        }
    }

    /// Returns the name of a histogram whose values have the given unit.
    pub(crate) fn histogram(self, name: &str, unit: Unit) -> String {
        match (self, unit) {
            (Self::Prometheus, Unit::Seconds) => format!("{name}_seconds"),
            (Self::Prometheus, Unit::Bytes) => format!("{name}_bytes"),
            _ => name.to_owned(),
        }
    }

    /// Returns the number of duration units per second.
    pub(crate) const fn per_second(self) -> f64 {
        match self {
            Self::Prometheus => 1.0,
            Self::Core => 1000.0,
        }
    }
}
