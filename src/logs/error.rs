//! The errors of setting up logs.

use std::{fmt, io, path::PathBuf};

/// The errors of setting up logs.
#[derive(Debug)]
pub(crate) enum LogsError {
    Filter(InvalidLogFilter),
    File(LogFileError),
}

/// The error of log directives that can't be parsed.
#[derive(Debug)]
pub struct InvalidLogFilter {
    pub(super) directives: String,
    pub(super) source: tracing_subscriber::filter::ParseError,
}

impl fmt::Display for InvalidLogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid log filter {:?}: expected directives such as `info` or \
             `warn,my_crate=debug`, with levels off, error, warn, info, debug or trace",
            self.directives
        )
    }
}

impl std::error::Error for InvalidLogFilter {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The error of a log file that can't be opened.
#[derive(Debug)]
pub struct LogFileError {
    pub(super) path: PathBuf,
    pub(super) source: io::Error,
}

impl fmt::Display for LogFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot open log file {}: name a file in a directory that exists and is writable",
            self.path.display()
        )
    }
}

impl std::error::Error for LogFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
