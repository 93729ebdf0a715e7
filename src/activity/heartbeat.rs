//! Heartbeats that are measured, and the warning about a missing one.

use std::time::Duration;

use temporalio_common::data_converters::{PayloadConversionError, TemporalSerializable};
use temporalio_sdk::activities::ActivityContext;

use super::blocking::block_on;
use crate::{
    execution::with_current,
    observe::{Beats, Observer},
    schema::Field,
};

/// Warns about an attempt that completes after its heartbeat timeout, if no heartbeat was measured.
pub(super) fn warn_of_silence(observer: &Observer, timeout: Duration) {
    with_current(|now| {
        let beats = now.info().get::<Beats>();
        let is_silent = |beats: &Beats| beats.last().is_none() && beats.started.elapsed() > timeout;
        if beats.is_some_and(is_silent) {
            let activity_type = now.fields().text(Field::ActivityType);
            observer.warn_of_silence(activity_type.unwrap_or_default());
        }
    });
}

/// Sends a heartbeat of the current activity, and measures the time since its last one.
///
/// The SDK's own `ActivityContext::record_heartbeat`, which this calls, has no hook. The gap is
/// recorded in `temporal_activity_heartbeat_gap_seconds`: compare it with the heartbeat timeout. A local
/// activity sends no heartbeat, but is measured.
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
    context.record_heartbeat(details).await?;
    with_current(|now| now.info().each(Beats::beat));
    Ok(())
}

/// Sends a heartbeat as [`record_heartbeat`] does, and blocks until it is sent: for activities that
/// block.
///
/// `ActivityContext::is_cancelled` works on any thread and says whether the activity was cancelled
/// meanwhile. On a runtime's only thread, a payload converter or codec that waits for something
/// would wait forever.
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
