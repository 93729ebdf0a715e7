//! The writer of log lines, once it is set up.

use std::{sync::OnceLock, time::Instant};

use parking_lot::Mutex;

use crate::logs::{BoxedLayer, Lines, Losses, Sinks, SubscriberAlreadySet};

/// The writer of log lines, once something uses it.
#[derive(Default)]
pub(super) struct Written {
    held: Mutex<Option<Lines>>,
    sinks: OnceLock<(Sinks, bool)>,
}

impl Written {
    /// Holds the opened outputs until the layer is taken.
    pub(super) fn hold(&self, lines: Lines) {
        *self.held.lock() = Some(lines);
    }

    pub(super) fn install(
        &self,
        lines: Lines,
        bridge: Option<BoxedLayer>,
    ) -> Result<(), SubscriberAlreadySet> {
        let installed = lines.install(bridge)?;
        drop(self.sinks.set(installed));
        Ok(())
    }

    pub(super) fn layer(&self) -> Option<BoxedLayer> {
        let mut held = self.held.lock();
        let (layer, sinks) = held.take()?.layer();
        drop(self.sinks.set((sinks, false)));
        Some(layer)
    }

    pub(super) fn takes_log_records(&self) -> bool {
        self.sinks.get().is_some_and(|(_, takes)| *takes)
    }

    pub(super) fn losses(&self) -> Losses {
        let sinks = self.sinks.get();
        sinks.map_or_else(Losses::default, |(sinks, _)| sinks.losses())
    }

    pub(super) fn flush(&self, until: Instant) {
        if let Some((sinks, _)) = self.sinks.get() {
            sinks.flush(until);
        }
    }

    pub(super) fn shutdown(&self) {
        if let Some((sinks, _)) = self.sinks.get() {
            sinks.shutdown();
        }
    }
}
