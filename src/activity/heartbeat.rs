use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use temporalio_common::data_converters::{PayloadConversionError, TemporalSerializable};
use temporalio_sdk::activities::ActivityContext;

use super::blocking::block_on;
use crate::{
    clock,
    execution::{Info, with_current},
    metrics::ActivitySeries,
    observe::{self, Observer},
    schema::Field,
};

/// When an attempt sent its last heartbeat.
struct LastHeartbeat(Mutex<Instant>);

/// Measures the time since the attempt's last heartbeat, or since its start.
fn beat(attempt: &Info) {
    if let Some(seen) = attempt.attached::<observe::LastHeartbeat>() {
        seen.beat();
    }
    let Some((series, started)) = attempt.measured::<ActivitySeries>() else {
        return;
    };
    let Some(last) = attempt.attach(|| Arc::new(LastHeartbeat(Mutex::new(started)))) else {
        return;
    };
    let now = clock::now();
    let mut last = last.0.lock().unwrap_or_else(PoisonError::into_inner);
    series.beat(now.duration_since(*last));
    *last = now;
}

/// Warns of an attempt that completes after its heartbeat timeout, if no heartbeat was measured.
pub(super) fn warn_of_silence(observer: &Observer, timeout: Duration) {
    with_current(|execution| {
        let attempt = execution.info();
        let Some((_, started)) = attempt.measured::<ActivitySeries>() else {
            return;
        };
        let is_silent = attempt.attached::<LastHeartbeat>().is_none();
        if is_silent && started.elapsed() > timeout {
            let activity_type = execution.fields().text(Field::ActivityType);
            observer.warn_of_silence(activity_type.unwrap_or_default());
        }
    });
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
    with_current(|execution| beat(execution.info()));
    context.record_heartbeat(details).await
}

/// Sends a heartbeat as [`record_heartbeat`] does, and waits for it: for activities that block.
///
/// Whether the activity was cancelled meanwhile, `ActivityContext::is_cancelled` says on any
/// thread. On the only thread of a runtime a payload converter or codec that waits for something
/// would wait for ever.
///
/// # Errors
///
/// The details could not be converted to a payload.
pub fn record_heartbeat_blocking<T>(
    context: &ActivityContext,
    details: T,
) -> Result<(), PayloadConversionError>
where
    T: TemporalSerializable + 'static,
{
    block_on(record_heartbeat(context, details))
}
