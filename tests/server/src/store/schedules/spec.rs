//! When a schedule is due.

use std::time::Duration;

use crate::{
    clock::{Time, span},
    proto::schedule::{IntervalSpec, ScheduleSpec},
};

/// Only intervals are served.
pub(crate) fn check(spec: Option<&ScheduleSpec>) -> Result<(), &'static str> {
    let Some(spec) = spec else {
        return Ok(());
    };
    let calendars = spec.structured_calendar.len() + spec.calendar.len() + spec.cron_string.len();
    if calendars + spec.exclude_structured_calendar.len() > 0 {
        return Err("calendars and cron strings of schedules are not served by this test server");
    }
    let too_short =
        |interval: &IntervalSpec| span(interval.interval.as_ref()) < Duration::from_secs(1);
    if spec.interval.iter().any(too_short) {
        return Err("interval is too small");
    }
    Ok(())
}

/// The first time after another at which the schedule is due.
pub(super) fn next(spec: &ScheduleSpec, after: Time) -> Option<Time> {
    let start = spec.start_time.as_ref().map(Time::from);
    let from = start.map_or(after, |start| {
        after.max(start.before(Duration::from_nanos(1)))
    });
    let next = spec
        .interval
        .iter()
        .filter_map(|interval| next_of(interval, from))
        .min()?;
    let end = spec.end_time.as_ref().map(Time::from);
    end.is_none_or(|end| next <= end).then_some(next)
}

/// Intervals are counted from the epoch, moved by the phase.
fn next_of(interval: &IntervalSpec, after: Time) -> Option<Time> {
    let every = span(interval.interval.as_ref()).as_secs();
    let phase = span(interval.phase.as_ref()).as_secs().checked_rem(every)?;
    let passed = after.since_epoch().as_secs().checked_sub(phase)? / every;
    let seconds = passed
        .checked_add(1)?
        .checked_mul(every)?
        .checked_add(phase)?;
    Some(Time::from_epoch(Duration::from_secs(seconds)))
}
