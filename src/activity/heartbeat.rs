use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use temporalio_common::data_converters::{PayloadConversionError, TemporalSerializable};
use temporalio_sdk::activities::ActivityContext;

use crate::{clock, execution::with_current, metrics::ActivitySeries};

/// When an attempt sent its last heartbeat.
pub(super) struct Heartbeats {
    series: Arc<ActivitySeries>,
    last: Mutex<Instant>,
}

impl Heartbeats {
    pub(super) fn starting(series: Arc<ActivitySeries>) -> Self {
        Self {
            series,
            last: Mutex::new(clock::now()),
        }
    }

    fn beat(&self) {
        let now = clock::now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let gap = now.duration_since(*last);
        *last = now;
        drop(last);
        self.series.beat(gap);
    }
}

/// Sends a heartbeat of the activity that executes, and measures the time since its last one.
///
/// The SDK's own `ActivityContext::record_heartbeat`, which this calls, has no hook. The gap goes
/// into `temporal_activity_heartbeat_gap`: compare it with the heartbeat timeout. A local activity
/// sends none, but is measured.
///
/// # Errors
///
/// The details could not be converted to a payload.
pub async fn record_heartbeat<T>(
    context: &ActivityContext,
    details: T,
) -> Result<(), PayloadConversionError>
where
    T: TemporalSerializable + 'static,
{
    with_current(|execution| {
        if let Some(heartbeats) = execution.info().attached::<Heartbeats>() {
            heartbeats.beat();
        }
    });
    context.record_heartbeat(details).await
}
