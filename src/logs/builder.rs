//! The builder of logs: filter, format, console, file, collectors.

use std::{
    fmt, io, mem,
    path::{Path, PathBuf},
    str::FromStr,
};

use tracing_subscriber::{EnvFilter, Layer, Registry};

#[cfg(feature = "otlp")]
use super::otlp::Opened;
use super::{
    Console, InvalidLogFilter, LogFileError, LogFormat,
    account::QueueLimits,
    error::LogsError,
    install::Lines,
    rotated::LogFile,
    sinks::{self, BoxedLayer},
};
#[cfg(feature = "otlp")]
use crate::export::{Collector, Destinations, ExportThreads, OtlpError};
use crate::{
    env::{InvalidEnv, Warnings, own, read},
    export::{Exporters, LOGS},
};

/// How many lines may wait for a writer, unless a setter says so.
const BUFFERED_LINES: usize = 128_000;

/// Sets up the log lines that [`Builder::install`](crate::Builder::install) writes, and the log
/// records that it sends, for [`Builder::logs`](crate::Builder::logs).
///
/// | setter | variable | default |
/// |---|---|---|
/// | [`filter`](Self::filter) | `RUST_LOG` | `info` |
/// | [`format`](Self::format) | `CHRONOSCOPE_LOG_FORMAT` | [`LogFormat::Full`] |
/// | [`console`](Self::console) | `CHRONOSCOPE_LOG_CONSOLE` | [`Console::Stdout`] |
/// | [`writer`](Self::writer) | | the console |
/// | [`file`](Self::file) | | none |
/// | [`otlp`](Self::otlp) | `OTEL_LOGS_EXPORTER=otlp`, `OTEL_EXPORTER_OTLP_ENDPOINT`, … | not sent |
/// | [`buffer`](Self::buffer) | for records `OTEL_BLRP_MAX_QUEUE_SIZE` | 128,000, 16,384 records |
/// | [`buffer_bytes`](Self::buffer_bytes) | | 32 MiB |
/// | [`layer`](Self::layer) | | none |
/// | [`context_span`](Self::context_span) | | none |
///
/// ```
/// use chronoscope::{Observability, logs::LogFormat};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir();
/// let observability = Observability::from_env()?
///     .logs(|l| {
///         l.filter("info,my_crate=debug").format(LogFormat::Json).file(folder.join("worker.log"))
///     })
///     .install()?;
/// observability.shutdown(); // writes what is buffered
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until it is returned"]
pub struct LogsBuilder {
    filter: Result<EnvFilter, InvalidLogFilter>,
    format: LogFormat,
    buffered: Option<usize>,
    buffered_bytes: usize,
    console: sinks::Lines,
    file: Option<PathBuf>,
    #[cfg(feature = "otlp")]
    otlp: Destinations<Collector>,
    others: Vec<BoxedLayer>,
    has_context_span: bool,
}

impl Default for LogsBuilder {
    fn default() -> Self {
        Self {
            filter: Ok(EnvFilter::new("info")),
            format: LogFormat::default(),
            buffered: None,
            buffered_bytes: 32 << 20,
            console: sinks::Lines::Console(Console::default()),
            file: None,
            #[cfg(feature = "otlp")]
            otlp: Destinations::default(),
            others: Vec::new(),
            has_context_span: false,
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

    /// Sends all log records to an OpenTelemetry collector, in addition to writing lines: what is
    /// written, with the same ids. Call it again to add another one. Default: not sent.
    ///
    /// An invalid endpoint is an error of `install`: [`OtlpError`]. A collector that does not
    /// respond is not an error: the records that it misses are counted in
    /// [`Health::records`](crate::Health::records).
    #[cfg(feature = "otlp")]
    pub fn otlp(mut self, collector: Collector) -> Self {
        self.otlp.by_program.push(collector);
        self
    }

    /// Sets how many lines each sink buffers, and how many log records wait for each collector,
    /// before some are dropped; of records at most 1,000,000, and a greater number counts as that.
    /// Default: 128,000 lines; the value of `OTEL_BLRP_MAX_QUEUE_SIZE`, otherwise 16,384 records.
    pub fn buffer(mut self, lines: usize) -> Self {
        self.buffered = Some(lines);
        self
    }

    /// Sets how many bytes each sink buffers before it drops lines, with 64 for each line besides
    /// its text, and how many bytes of log records wait for each collector. Default: 32 MiB.
    pub fn buffer_bytes(mut self, bytes: usize) -> Self {
        self.buffered_bytes = bytes;
        self
    }

    /// Adds another layer to the subscriber, such as one that sends lines to a log service. Default:
    /// none.
    ///
    /// It gets the same events as the console: filtered, and none that replay repeats. It sees the
    /// ids with [`context_span`](Self::context_span) alone. The
    /// [guide](crate::guide::other_layers) says which layers are tested, and which need a filter.
    ///
    /// `tracing` calls it from inside the code that logs, and nothing here catches its panics: see
    /// [`Shield`](super::Shield).
    pub fn layer(mut self, layer: impl Layer<Registry> + Send + Sync) -> Self {
        self.others.push(layer.boxed());
        self
    }

    /// Opens a `tracing` span with the ids around workflow, handler and activity code, so that any
    /// other layer sees them. Default: no span.
    ///
    /// The span is named `temporal`, has the target `chronoscope::context` and the level `ERROR`,
    /// and has the fields that [`ExecutionFormat`](super::ExecutionFormat) writes, except search
    /// attributes. `trace_id` and `span_id` are those of the workflow's or activity's own span. It
    /// has no parent, so a layer does not see the spans that are open around a worker.
    ///
    /// It works with [`build`](crate::Builder::build) too: other layers of your own subscriber see
    /// it. A layer that exports or prints spans needs
    /// [`without_context`](super::without_context), which chronoscope's own lines have.
    ///
    /// # Replay
    ///
    /// A run has one span for as long as a worker caches it, however often it is polled, replayed or
    /// live.
    ///
    /// # Cost
    ///
    /// Each poll enters and exits the span in every layer (benchmark `execution`), and each cached
    /// run keeps it. Without it a poll costs what it did.
    pub fn context_span(mut self) -> Self {
        self.has_context_span = true;
        self
    }

    pub(crate) fn has_context_span(&self) -> bool {
        self.has_context_span
    }

    /// Returns a builder with the settings of the environment.
    pub(crate) fn from_env(warnings: &mut Warnings) -> Result<Self, InvalidEnv> {
        let mut logs = Self::default();
        if let Some(LogFilter(filter)) = warnings.read("RUST_LOG") {
            logs.filter = Ok(filter);
        }
        if let Some(format) = read(own::LOG_FORMAT)? {
            logs.format = format;
        }
        if let Some(console) = read(own::LOG_CONSOLE)? {
            logs = logs.console(console);
        }
        let known = [("otlp", cfg!(feature = "otlp")), ("console", true)];
        let _asked = Exporters::of(&LOGS, &known, warnings);
        #[cfg(feature = "otlp")]
        if _asked.otlp {
            logs.otlp.by_environment = Some(Collector::default());
        }
        Ok(logs)
    }

    /// Opens the connections to the collectors. Nothing is sent yet.
    #[cfg(feature = "otlp")]
    pub(crate) fn open_collectors(
        &mut self,
        threads: &mut ExportThreads,
        warnings: &mut Warnings,
    ) -> Result<Opened, OtlpError> {
        let filter = self.filter.as_ref().cloned().unwrap_or_default();
        Opened::new(
            mem::take(&mut self.otlp),
            filter,
            self.buffered,
            self.buffered_bytes,
            threads,
            warnings,
        )
    }

    /// Opens the outputs of lines.
    pub(crate) fn open(&mut self) -> Result<Lines, LogsError> {
        let filter = mem::replace(&mut self.filter, Ok(EnvFilter::default()));
        let filter = filter.map_err(LogsError::Filter)?;
        self.filter = Ok(filter.clone());
        let file = self.file.as_deref().map(open).transpose();
        let lines = self.buffered;
        Ok(Lines {
            filter,
            format: self.format,
            room: QueueLimits {
                lines: lines.unwrap_or(BUFFERED_LINES),
                bytes: self.buffered_bytes,
            },
            console: mem::replace(&mut self.console, sinks::Lines::Console(Console::default())),
            file: file.map_err(LogsError::File)?,
            others: mem::take(&mut self.others),
            has_context_span: self.has_context_span,
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
        let mut debug = f.debug_struct("LogsBuilder");
        debug
            .field("filter", &filter)
            .field("format", &self.format)
            .field("buffered", &self.buffered)
            .field("file", &self.file)
            .field("layers", &self.others.len())
            .field("context_span", &self.has_context_span);
        #[cfg(feature = "otlp")]
        debug.field("otlp", &self.otlp);
        debug.finish_non_exhaustive()
    }
}

/// Directives, as text has them.
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
