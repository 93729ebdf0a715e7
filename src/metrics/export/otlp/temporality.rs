//! Whether exported counts start at the process's start or at the last export.

use std::str::FromStr;

use crate::env::UnknownValue;

/// Whether exported counts start at the process's start or at the last export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Temporality {
    /// From the process's start: the default.
    #[default]
    Cumulative,
    /// From the last export: a counter of 10, then 13, is sent as 10 and 3.
    Delta,
    /// Histograms from the last export, counters from the start, which saves memory on both sides.
    LowMemory,
}

/// OpenTelemetry's names, in any case.
impl FromStr for Temporality {
    type Err = UnknownValue;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.to_ascii_lowercase().as_str() {
            "cumulative" => Ok(Self::Cumulative),
            "delta" => Ok(Self::Delta),
            "lowmemory" => Ok(Self::LowMemory),
            _ => Err(UnknownValue("cumulative, delta or lowmemory")),
        }
    }
}

impl From<Temporality> for opentelemetry_sdk::metrics::Temporality {
    fn from(temporality: Temporality) -> Self {
        match temporality {
            Temporality::Cumulative => Self::Cumulative,
            Temporality::Delta => Self::Delta,
            Temporality::LowMemory => Self::LowMemory,
        }
    }
}
