//! The process's data for the introspection service.

use std::sync::{Arc, Weak};

use super::{Health, outputs::Outputs};
use crate::{
    metrics::{GaugeTable, Reading},
    observe::{Registry, Watched},
};

/// The process's data for introspection. Keeps no sink and no exporter alive. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) registry: Arc<Registry>,
    pub(crate) watched: Arc<Watched>,
    outputs: Weak<Outputs>,
    gauges: Arc<GaugeTable>,
}

impl Process {
    pub(super) fn new(outputs: &Arc<Outputs>, watched: Arc<Watched>) -> Self {
        Self {
            registry: outputs.counts.registry().clone(),
            watched,
            outputs: Arc::downgrade(outputs),
            gauges: outputs.pipeline.gauges().clone(),
        }
    }

    /// Returns the values of the core's gauges of workers.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        self.gauges.read()
    }

    /// Returns the number of gauges without room.
    pub(crate) fn unread_gauges(&self) -> u64 {
        self.gauges.unread()
    }

    /// Returns the health of telemetry.
    pub(crate) fn health(&self) -> Health {
        let outputs = self.outputs.upgrade();
        outputs.map_or_else(Health::default, |outputs| outputs.health())
    }
}
