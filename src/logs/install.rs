use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use tracing_log::AsLog as _;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt};

use super::{
    LogFormat, ReplayFilter,
    sinks::{BoxedLayer, Sinks},
};

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
    ///
    /// With a bridge for spans, those opened in replay pass the filter: the bridge knows what to do
    /// with them.
    pub(crate) fn install(self, bridge: Option<BoxedLayer>) -> Result<Sinks, SubscriberAlreadySet> {
        let mut sinks = Sinks::default();
        let filter = match &bridge {
            Some(_) => ReplayFilter::global().with_spans(),
            None => ReplayFilter::global(),
        };
        let mut layers = Vec::from_iter(bridge);
        layers.push(
            self.console
                .layer(self.format, self.buffered_lines, &mut sinks),
        );
        if let Some(file) = self.file {
            let file = io::BufWriter::new(file);
            layers.push(sinks.add(LogFormat::Json, false, file, self.buffered_lines));
        }
        let subscriber = tracing_subscriber::registry()
            .with(layers)
            .with(filter)
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

impl Console {
    fn layer(self, format: LogFormat, lines: usize, sinks: &mut Sinks) -> BoxedLayer {
        match self {
            Self::Stdout => {
                let ansi = io::stdout().is_terminal() && !is_plain();
                sinks.add(format, ansi, io::stdout(), lines)
            }
            Self::Writer(writer) => sinks.add(format, false, writer, lines),
        }
    }
}

/// Whether there are to be no colours, by <https://no-color.org>.
fn is_plain() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
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
