//! The layouts of console lines.

use std::str::FromStr;

use crate::env::Unknown;

/// The layout of the lines that [`Builder::install`](crate::Builder::install) writes to the
/// console. A log file always gets JSON lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// One line per event, with the names of its spans: the default.
    #[default]
    Full,
    /// One shorter line per event.
    Compact,
    /// Several lines per event, for reading.
    Pretty,
    /// One JSON object per event, for machines.
    Json,
}

impl FromStr for LogFormat {
    type Err = Unknown;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value {
            "full" => Ok(Self::Full),
            "compact" => Ok(Self::Compact),
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            _ => Err(Unknown("full, compact, pretty or json")),
        }
    }
}
