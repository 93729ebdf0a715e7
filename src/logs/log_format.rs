use std::{fmt, str::FromStr};

/// The layout of the lines that [`Builder::install`](crate::Builder::install) writes to the
/// console. A log file always gets JSON lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// One line an event, with the names of its spans. The default.
    #[default]
    Full,
    /// One shorter line an event.
    Compact,
    /// Several lines an event, for reading.
    Pretty,
    /// One JSON object an event, for machines.
    Json,
}

impl FromStr for LogFormat {
    type Err = UnknownLogFormat;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value {
            "full" => Ok(Self::Full),
            "compact" => Ok(Self::Compact),
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            _ => Err(UnknownLogFormat(value.to_owned())),
        }
    }
}

/// The error of parsing a [`LogFormat`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLogFormat(String);

impl fmt::Display for UnknownLogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown log format {:?}: expected `full`, `compact`, `pretty` or `json`",
            self.0
        )
    }
}

impl std::error::Error for UnknownLogFormat {}
