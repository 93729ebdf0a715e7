use std::{
    io::Write,
    sync::{Mutex, PoisonError},
};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::{Layer, Registry, fmt};

use super::{
    ExecutionFormat, LogFormat, Losses, Shield,
    shield::Caught,
    writer::{WriterLosses, non_blocking},
};

pub(crate) type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

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
    /// Adds a sink and returns its layer: shielded from panics, over a writer that never blocks.
    pub(super) fn add(
        &mut self,
        format: LogFormat,
        ansi: bool,
        writer: impl Write + Send + 'static,
        lines: usize,
    ) -> BoxedLayer {
        let (writer, guard, losses) = non_blocking(writer, lines);
        let base = fmt::layer().with_ansi(ansi).with_writer(writer);
        let (layer, caught) = match format {
            LogFormat::Full => shielded(base.map_event_format(ExecutionFormat::new)),
            LogFormat::Compact => shielded(base.compact().map_event_format(ExecutionFormat::new)),
            LogFormat::Pretty => shielded(base.pretty().map_event_format(ExecutionFormat::new)),
            LogFormat::Json => shielded(base.json().map_event_format(ExecutionFormat::new)),
        };
        self.all.push(Sink {
            guard: Mutex::new(Some(guard)),
            losses,
            caught,
        });
        layer
    }

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

fn shielded(layer: impl Layer<Registry> + Send + Sync) -> (BoxedLayer, Caught) {
    let shield = Shield::new(layer);
    let caught = shield.caught();
    (shield.boxed(), caught)
}
