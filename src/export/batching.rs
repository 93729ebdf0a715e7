//! How items wait for a collector, and how they are batched.

use std::time::Duration;

use super::variables::{Count, Interval};
use crate::env::Warnings;

/// How many items may wait by default: a worker that loads a thousand runs at once ends their
/// spans, and logs their lines, within moments.
const ROOM: usize = 16_384;

/// How many are sent at once by default.
const SIZE: usize = 512;

/// One signal's variables of batches, and how often it is sent by default.
#[derive(Debug)]
pub(crate) struct Batches {
    room: &'static str,
    size: &'static str,
    delay: &'static str,
    usual_delay: Duration,
}

/// The batches of spans.
pub(crate) const OF_SPANS: Batches = Batches {
    room: "OTEL_BSP_MAX_QUEUE_SIZE",
    size: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    delay: "OTEL_BSP_SCHEDULE_DELAY",
    usual_delay: Duration::from_secs(5),
};

/// The batches of log records.
#[cfg(feature = "logs")]
pub(crate) const OF_LOG_RECORDS: Batches = Batches {
    room: "OTEL_BLRP_MAX_QUEUE_SIZE",
    size: "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    delay: "OTEL_BLRP_SCHEDULE_DELAY",
    usual_delay: Duration::from_secs(1),
};

/// The settings of batches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batching {
    /// How many items may wait.
    pub(crate) room: usize,
    /// How many are sent at once.
    pub(crate) size: usize,
    /// How often they are sent.
    pub(crate) delay: Duration,
}

impl Batching {
    /// Returns the settings of program and environment.
    pub(crate) fn of(batches: &Batches, room: Option<usize>, warnings: &mut Warnings) -> Self {
        let said = warnings.read(batches.room);
        let said = said.map(|Count(room)| room);
        let room = room.or(said).unwrap_or(ROOM).min(Count::MOST);
        let delay = warnings.read(batches.delay);
        let size = warnings.read(batches.size);
        let size = size.map_or(SIZE, |Count(size)| size);
        Self {
            room,
            delay: delay.map_or(batches.usual_delay, |Interval(delay)| delay),
            // A batch is made from waiting items.
            size: size.min(room.max(1)),
        }
    }
}
