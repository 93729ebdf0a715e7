use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_log::AsLog as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt as subscriber_fmt, layer::SubscriberExt};

use super::{
    ExecutionFormat, Losses, ReplayFilter, Shield,
    shield::Caught,
    writer::{WriterLosses, non_blocking},
};

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

/// The error of installing a subscriber where there is one already.
#[derive(Debug)]
pub struct SubscriberAlreadySet {
    _private: (),
}

impl fmt::Display for SubscriberAlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "cannot install the global `tracing` subscriber: the process has one already; call \
             `Builder::build` instead, and add `ReplayFilter` and `ExecutionFormat` to that one",
        )
    }
}

impl std::error::Error for SubscriberAlreadySet {}

/// What `install` sets up.
pub(crate) struct Options {
    pub(crate) filter: EnvFilter,
    pub(crate) format: LogFormat,
    pub(crate) buffered_lines: usize,
    console: Console,
    file: Option<File>,
}

enum Console {
    Stdout,
    Writer(Box<dyn Write + Send>),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            filter: EnvFilter::new("info"),
            format: LogFormat::default(),
            buffered_lines: tracing_appender::non_blocking::DEFAULT_BUFFERED_LINES_LIMIT,
            console: Console::Stdout,
            file: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("filter", &self.filter.to_string())
            .field("format", &self.format)
            .field("buffered_lines", &self.buffered_lines)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Options {
    pub(crate) fn writer(&mut self, writer: impl Write + Send + 'static) {
        self.console = Console::Writer(Box::new(writer));
    }

    pub(crate) fn file(&mut self, path: &Path) -> Result<(), LogFileError> {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        self.file = Some(opened.map_err(|source| LogFileError {
            path: path.to_owned(),
            source,
        })?);
        Ok(())
    }

    /// Sets the global subscriber.
    pub(crate) fn install(self) -> Result<Sinks, SubscriberAlreadySet> {
        let mut sinks = Sinks::default();
        let mut layers = vec![
            self.console
                .layer(self.format, self.buffered_lines, &mut sinks),
        ];
        if let Some(file) = self.file {
            let file = io::BufWriter::new(file);
            layers.push(sink(
                LogFormat::Json,
                false,
                file,
                self.buffered_lines,
                &mut sinks,
            ));
        }
        let subscriber = tracing_subscriber::registry()
            .with(layers)
            .with(ReplayFilter::global())
            .with(self.filter);
        tracing::subscriber::set_global_default(subscriber)
            .map_err(|_| SubscriberAlreadySet { _private: () })?;
        // A process that has a logger for the `log` crate keeps it.
        let level = tracing::level_filters::LevelFilter::current().as_log();
        let _ = tracing_log::LogTracer::builder()
            .with_max_level(level)
            .init();
        Ok(sinks)
    }
}

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

impl Console {
    fn layer(self, format: LogFormat, lines: usize, sinks: &mut Sinks) -> BoxedLayer {
        match self {
            Self::Stdout => {
                let ansi = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                sink(format, ansi, io::stdout(), lines, sinks)
            }
            Self::Writer(writer) => sink(format, false, writer, lines, sinks),
        }
    }
}

/// Creates the layer of one sink: shielded from panics, over a writer that never blocks.
fn sink(
    format: LogFormat,
    ansi: bool,
    writer: impl Write + Send + 'static,
    lines: usize,
    sinks: &mut Sinks,
) -> BoxedLayer {
    let (writer, guard, losses) = non_blocking(writer, lines);
    let base = subscriber_fmt::layer().with_ansi(ansi).with_writer(writer);
    let (layer, caught) = match format {
        LogFormat::Full => shielded(base.map_event_format(ExecutionFormat::new)),
        LogFormat::Compact => shielded(base.compact().map_event_format(ExecutionFormat::new)),
        LogFormat::Pretty => shielded(base.pretty().map_event_format(ExecutionFormat::new)),
        LogFormat::Json => shielded(base.json().map_event_format(ExecutionFormat::new)),
    };
    sinks.all.push(Sink {
        guard: Mutex::new(Some(guard)),
        losses,
        caught,
    });
    layer
}

fn shielded(layer: impl Layer<Registry> + Send + Sync) -> (BoxedLayer, Caught) {
    let shield = Shield::new(layer);
    let caught = shield.caught();
    (shield.boxed(), caught)
}

/// The sinks that `install` set up.
#[derive(Debug, Default)]
pub(crate) struct Sinks {
    all: Vec<Sink>,
}

#[derive(Debug)]
struct Sink {
    guard: Mutex<Option<WorkerGuard>>,
    losses: WriterLosses,
    caught: Caught,
}

impl Sinks {
    /// Writes out what is buffered and ends the writers' threads.
    pub(crate) fn shutdown(&self) {
        for sink in &self.all {
            drop(
                sink.guard
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take(),
            );
        }
    }

    pub(crate) fn losses(&self) -> Losses {
        self.all.iter().fold(Losses::default(), |sum, sink| Losses {
            overflowed: sum.overflowed + sink.losses.overflowed(),
            failed: sum.failed + sink.losses.failed(),
            panicked: sum.panicked + sink.caught.count(),
        })
    }
}
