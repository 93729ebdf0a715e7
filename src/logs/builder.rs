//! The builder of logs: filter, format, console, file.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use tracing_subscriber::EnvFilter;

use super::{Console, LogFormat, account::Room, install::Lines, rotated::LogFile, sinks};
use crate::env::{InvalidEnv, read};

/// Sets up the log lines that [`Builder::install`](crate::Builder::install) writes, for
/// [`Builder::logs`](crate::Builder::logs).
///
/// | setter | variable | default |
/// |---|---|---|
/// | [`filter`](Self::filter) | `RUST_LOG` | `info` |
/// | [`format`](Self::format) | `CHRONOSCOPE_LOG_FORMAT` | [`LogFormat::Full`] |
/// | [`console`](Self::console) | `CHRONOSCOPE_LOG_CONSOLE` | [`Console::Stdout`] |
/// | [`writer`](Self::writer) | | the console |
/// | [`file`](Self::file) | | none |
/// | [`buffer`](Self::buffer), [`buffer_bytes`](Self::buffer_bytes) | | 128,000 lines, 32 MiB |
///
/// ```no_run
/// use chronoscope::{Observability, logs::LogFormat};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let observability = Observability::from_env()?
///     .logs(|l| l.filter("info,my_crate=debug").format(LogFormat::Json).file("worker.log"))
///     .install()?;
/// # let _ = observability;
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until it is returned"]
pub struct LogsBuilder {
    filter: Result<EnvFilter, InvalidLogFilter>,
    format: LogFormat,
    room: Room,
    console: sinks::Lines,
    file: Option<PathBuf>,
}

impl Default for LogsBuilder {
    fn default() -> Self {
        Self {
            filter: Ok(EnvFilter::new("info")),
            format: LogFormat::default(),
            room: Room {
                lines: tracing_appender::non_blocking::DEFAULT_BUFFERED_LINES_LIMIT,
                bytes: 32 << 20,
            },
            console: sinks::Lines::Console(Console::default()),
            file: None,
        }
    }
}

impl LogsBuilder {
    /// Sets which events are logged, as directives in the syntax of `RUST_LOG`. Default: `info`.
    ///
    /// Directives that can't be parsed are an error of `install`: [`InvalidLogFilter`].
    pub fn filter(mut self, directives: &str) -> Self {
        self.filter = directives.parse::<LogFilter>().map(|filter| filter.0);
        self
    }

    /// Sets the layout of the console's lines. Default: [`LogFormat::Full`].
    pub fn format(mut self, format: LogFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets the stream that the console's lines go to, in colour on a terminal unless `NO_COLOR`
    /// has a value. Default: [`Console::Stdout`]. Replaces a [`writer`](Self::writer).
    pub fn console(mut self, console: Console) -> Self {
        self.console = sinks::Lines::Console(console);
        self
    }

    /// Sets a writer that gets the console's lines in place of a stream. Default: none.
    pub fn writer(mut self, writer: impl io::Write + Send + 'static) -> Self {
        self.console = sinks::Lines::Writer(Box::new(writer));
        self
    }

    /// Sets a file to which every line is appended as JSON, in addition to the console. Default:
    /// none.
    ///
    /// A file that is renamed or removed, as `logrotate` does, is opened anew under its name within
    /// a tenth of a second of writing. Lines that went to a removed file meanwhile are written
    /// again to the new one. Rotation by `copytruncate` works as well.
    ///
    /// A file that can't be opened is an error of `install`: [`LogFileError`].
    pub fn file(mut self, path: impl AsRef<Path>) -> Self {
        self.file = Some(path.as_ref().to_owned());
        self
    }

    /// Sets how many lines each sink buffers before it drops some. Default: 128,000.
    pub fn buffer(mut self, lines: usize) -> Self {
        self.room.lines = lines;
        self
    }

    /// Sets how many bytes each sink buffers before it drops lines, with 64 for each line besides
    /// its text. Default: 32 MiB.
    pub fn buffer_bytes(mut self, bytes: usize) -> Self {
        self.room.bytes = bytes;
        self
    }

    /// Returns a builder with the settings of the environment.
    pub(crate) fn from_env() -> Result<Self, InvalidEnv> {
        let mut logs = Self::default();
        if let Some(filter) = read::<LogFilter>("RUST_LOG")? {
            logs.filter = Ok(filter.0);
        }
        if let Some(format) = read("CHRONOSCOPE_LOG_FORMAT")? {
            logs.format = format;
        }
        if let Some(console) = read("CHRONOSCOPE_LOG_CONSOLE")? {
            logs = logs.console(console);
        }
        Ok(logs)
    }

    /// Opens the outputs.
    pub(crate) fn open(self) -> Result<Lines, LogsError> {
        let file = self.file.as_deref().map(open).transpose();
        Ok(Lines {
            filter: self.filter.map_err(LogsError::Filter)?,
            format: self.format,
            room: self.room,
            console: self.console,
            file: file.map_err(LogsError::File)?,
        })
    }
}

fn open(path: &Path) -> Result<LogFile, LogFileError> {
    LogFile::open(path).map_err(|source| LogFileError {
        path: path.to_owned(),
        source,
    })
}

impl fmt::Debug for LogsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filter = self.filter.as_ref().map(ToString::to_string);
        f.debug_struct("LogsBuilder")
            .field("filter", &filter)
            .field("format", &self.format)
            .field("buffered", &self.room)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// The errors of setting up logs.
#[derive(Debug)]
pub(crate) enum LogsError {
    Filter(InvalidLogFilter),
    File(LogFileError),
}

struct LogFilter(EnvFilter);

impl FromStr for LogFilter {
    type Err = InvalidLogFilter;

    fn from_str(directives: &str) -> Result<Self, Self::Err> {
        match EnvFilter::builder().parse(directives) {
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

/// The error of a log file that can't be opened.
#[derive(Debug)]
pub struct LogFileError {
    path: PathBuf,
    source: io::Error,
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
