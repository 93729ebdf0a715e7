//! The console: its stream, and the layouts of its lines.

use std::str::FromStr;

use crate::env::UnknownValue;

/// The layout of the lines that [`Builder::install`](crate::Builder::install) writes to the
/// console. A log file gets JSON lines: flat ones if the console's are flat.
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
    /// One flat JSON object per event, as hosted backends read them: `message`, `level` and the
    /// event's fields are at the top level, beside the ids.
    ///
    /// A field whose name the line has already, such as `level` or `workflow_id`, gets the prefix
    /// `fields.` and is counted in [`Losses::fields_renamed`](super::Losses::fields_renamed). Each
    /// key is there once.
    JsonFlat,
}

impl FromStr for LogFormat {
    type Err = UnknownValue;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value {
            "full" => Ok(Self::Full),
            "compact" => Ok(Self::Compact),
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            "json_flat" => Ok(Self::JsonFlat),
            _ => Err(UnknownValue("full, compact, pretty, json or json_flat")),
        }
    }
}

/// The stream of the lines that [`Builder::install`](crate::Builder::install) writes to the
/// console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Console {
    /// Standard output: the default.
    #[default]
    Stdout,
    /// Standard error, which leaves standard output to what the program prints.
    Stderr,
}

impl FromStr for Console {
    type Err = UnknownValue;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value {
            "stdout" => Ok(Self::Stdout),
            "stderr" => Ok(Self::Stderr),
            _ => Err(UnknownValue("stdout or stderr")),
        }
    }
}
