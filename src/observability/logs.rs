use std::{fmt, io, path::Path, str::FromStr};

use super::{Builder, InvalidEnv, Observability, env::read};
use crate::logs::{LogFileError, LogFormat, Losses};

impl Observability {
    /// Returns what the sinks that [`Builder::install`] set up lost so far.
    #[must_use]
    pub fn losses(&self) -> Losses {
        self.sinks.losses()
    }

    /// Keeps the losses among the metrics, as long as there is an exporter.
    pub(super) fn measure_losses(&self) {
        let Some(measures) = self.pipeline.measures().cloned() else {
            return;
        };
        let sinks = std::sync::Arc::downgrade(&self.sinks);
        self.pipeline.exports.keep_up(move || {
            if let Some(sinks) = sinks.upgrade() {
                let losses = sinks.losses();
                let health = measures.health();
                health.log_lines_overflowed.absolute(losses.overflowed);
                health.log_lines_failed.absolute(losses.failed);
                health.log_lines_panicked.absolute(losses.panicked);
            }
        });
    }
}

impl Builder {
    /// Sets what the environment says of logs.
    pub(super) fn logs_from_env(mut self) -> Result<Self, InvalidEnv> {
        if let Some(filter) = read::<LogFilter>("RUST_LOG")? {
            self.logs.filter = filter.0;
        }
        if let Some(format) = read("CHRONOSCOPE_LOG_FORMAT")? {
            self.logs.format = format;
        }
        Ok(self)
    }

    /// Sets which events are logged, as directives in the syntax of `RUST_LOG`. Default: `info`.
    ///
    /// # Errors
    ///
    /// [`InvalidLogFilter`] names the directives and what they may look like.
    pub fn log_filter(mut self, directives: &str) -> Result<Self, InvalidLogFilter> {
        self.logs.filter = directives.parse::<LogFilter>()?.0;
        Ok(self)
    }

    /// Sets the layout of the console's lines. Default: [`LogFormat::Full`].
    pub fn log_format(mut self, format: LogFormat) -> Self {
        self.logs.format = format;
        self
    }

    /// Sets where the console's lines go. Default: standard output, in colour on a terminal
    /// unless `NO_COLOR` has a value.
    pub fn log_writer(mut self, writer: impl io::Write + Send + 'static) -> Self {
        self.logs.writer(writer);
        self
    }

    /// Opens a file to which every line is appended as JSON, beside the console. Default: none.
    ///
    /// # Errors
    ///
    /// [`LogFileError`] names the path.
    pub fn log_file(mut self, path: impl AsRef<Path>) -> Result<Self, LogFileError> {
        self.logs.file(path.as_ref())?;
        Ok(self)
    }

    /// Sets how many lines each sink buffers before it drops some. Default: 128,000.
    pub fn log_buffer(mut self, lines: usize) -> Self {
        self.logs.buffered_lines = lines;
        self
    }
}

struct LogFilter(tracing_subscriber::EnvFilter);

impl FromStr for LogFilter {
    type Err = InvalidLogFilter;

    fn from_str(directives: &str) -> Result<Self, Self::Err> {
        match tracing_subscriber::EnvFilter::builder().parse(directives) {
            Ok(filter) => Ok(Self(filter)),
            Err(source) => Err(InvalidLogFilter {
                directives: directives.to_owned(),
                source,
            }),
        }
    }
}

/// The error of log directives that can't be parsed.
#[derive(Debug)]
pub struct InvalidLogFilter {
    directives: String,
    source: tracing_subscriber::filter::ParseError,
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
