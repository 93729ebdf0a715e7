//! The sinks of log lines: writers that can't fail or block a task, with their losses.

use std::{
    io::{self, IsTerminal as _, Write},
    time::Instant,
};

use tracing_subscriber::{
    Layer, Registry,
    fmt::{self, format::JsonFields},
};

use super::{
    Console, ExecutionFormat, Held, Layout, LogFormat, Losses, Shield,
    account::QueueLimits,
    flat::FlatJson,
    format::Tally,
    rotated::LogFile,
    shield::Caught,
    suffix::Style,
    writer::{Lossy, Writing, non_blocking},
    written::Output,
};

pub(crate) type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Where the console's lines go.
pub(super) enum Lines {
    Console(Console),
    Writer(Box<dyn Write + Send>),
}

impl Lines {
    pub(super) fn layer(
        self,
        format: LogFormat,
        room: QueueLimits,
        sinks: &mut Sinks,
    ) -> BoxedLayer {
        match self {
            Self::Console(Console::Stdout) => {
                let ansi = io::stdout().is_terminal() && !is_plain();
                sinks.add(format, ansi, Box::new(io::stdout()), room)
            }
            Self::Console(Console::Stderr) => {
                let ansi = io::stderr().is_terminal() && !is_plain();
                sinks.add(format, ansi, Box::new(io::stderr()), room)
            }
            Self::Writer(writer) => sinks.add(format, false, writer, room),
        }
    }
}

/// Returns whether to omit colours, by <https://no-color.org>.
fn is_plain() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// The sinks of `install`.
#[derive(Debug, Default)]
pub(crate) struct Sinks {
    all: Vec<Sink>,
}

#[derive(Debug)]
struct Sink {
    writing: Writing,
    caught: Caught,
    unformatted: Tally,
    renamed: Tally,
}

impl Sinks {
    /// Adds a sink and returns its layer: shielded from panics, over a writer that never blocks.
    pub(super) fn add(
        &mut self,
        format: LogFormat,
        ansi: bool,
        writer: Box<dyn Write + Send>,
        room: QueueLimits,
    ) -> BoxedLayer {
        let output = Output::Lines(writer);
        self.add_to(format, ansi, non_blocking(output, room))
    }

    /// Adds a file, which is written to in batches.
    pub(super) fn add_file(
        &mut self,
        format: LogFormat,
        file: LogFile,
        room: QueueLimits,
    ) -> BoxedLayer {
        let format = match format {
            LogFormat::JsonFlat => format,
            _ => LogFormat::Json,
        };
        let output = Output::Batches(file);
        self.add_to(format, false, non_blocking(output, room))
    }

    fn add_to(
        &mut self,
        format: LogFormat,
        ansi: bool,
        (writer, writing): (Lossy, Writing),
    ) -> BoxedLayer {
        let layout = match format {
            LogFormat::Full | LogFormat::Compact => Layout::Line,
            LogFormat::Pretty => Layout::Pretty,
            LogFormat::Json | LogFormat::JsonFlat => Layout::Json,
        };
        let held = Held::in_style(Style { layout, ansi }, move || writer.clone());
        let base = fmt::layer().with_ansi(ansi).with_writer(held);
        let (unformatted, renamed) = (Tally::default(), Tally::default());
        macro_rules! shielded {
            ($base:expr) => {
                shielded(
                    $base.map_event_format(|f| {
                        ExecutionFormat::new(f).counted_by(unformatted.clone())
                    }),
                )
            };
        }
        let (layer, caught) = match format {
            LogFormat::Full => shielded!(base),
            LogFormat::Compact => shielded!(base.compact()),
            LogFormat::Pretty => shielded!(base.pretty()),
            LogFormat::Json => shielded!(base.json()),
            LogFormat::JsonFlat => {
                let renamed = renamed.clone();
                let format = ExecutionFormat::new(FlatJson { renamed }).over_renamed();
                let format = format.counted_by(unformatted.clone());
                shielded(base.fmt_fields(JsonFields::new()).event_format(format))
            }
        };
        self.all.push(Sink {
            writing,
            caught,
            unformatted,
            renamed,
        });
        layer
    }

    /// Writes the buffered lines, waiting at most until this moment.
    pub(crate) fn flush(&self, until: Instant) {
        for sink in &self.all {
            sink.writing.flush(until);
        }
    }

    /// Writes the buffered lines and ends the writers' threads.
    pub(crate) fn shutdown(&self) {
        for sink in &self.all {
            sink.writing.end();
        }
    }

    pub(crate) fn losses(&self) -> Losses {
        self.all.iter().fold(Losses::default(), |sum, sink| {
            let lost = sink.writing.account().losses();
            Losses {
                overflowed: sum.overflowed + lost.overflowed,
                failed: sum.failed + lost.failed,
                left_behind: sum.left_behind + lost.left_behind,
                flushes_failed: sum.flushes_failed + lost.flushes_failed,
                panicked: sum.panicked + sink.caught.count(),
                unformatted: sum.unformatted + sink.unformatted.count(),
                fields_renamed: sum.fields_renamed + sink.renamed.count(),
            }
        })
    }
}

fn shielded(layer: impl Layer<Registry> + Send + Sync) -> (BoxedLayer, Caught) {
    let shield = Shield::new(layer);
    let caught = shield.caught();
    (shield.boxed(), caught)
}
