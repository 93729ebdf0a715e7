//! When a schedule is due.

use std::time::Duration;

use super::calendar;
use crate::{
    clock::{Time, span},
    proto::schedule::{IntervalSpec, ScheduleSpec},
};

/// Reads a spec, and says what is wrong with it.
pub(crate) fn check(spec: Option<&mut ScheduleSpec>) -> Result<(), String> {
    let Some(spec) = spec else {
        return Ok(());
    };
    calendar::compile(spec)?;
    let too_short =
        |interval: &IntervalSpec| span(interval.interval.as_ref()) < Duration::from_secs(1);
    if spec.interval.iter().any(too_short) {
        return Err("interval is too small".to_owned());
    }
    Ok(())
}

/// So many times in a row may be excluded.
const MOST_EXCLUDED: usize = 10_000;

/// The first time after another at which the schedule is due.
pub(super) fn next(spec: &ScheduleSpec, after: Time) -> Option<Time> {
    let start = spec.start_time.as_ref().map(Time::from);
    let from = start.map_or(after, |start| {
        after.max(start.before(Duration::from_nanos(1)))
    });
    let end = spec.end_time.as_ref().map(Time::from);
    let all = std::iter::successors(next_of_all(spec, from), |at| next_of_all(spec, *at));
    let excluded = |at: Time| {
        let mut calendars = spec.exclude_structured_calendar.iter();
        calendars.any(|calendar| calendar::matches(calendar, at))
    };
    let next = all.take(MOST_EXCLUDED).find(|at| !excluded(*at))?;
    end.is_none_or(|end| next <= end).then_some(next)
}

fn next_of_all(spec: &ScheduleSpec, after: Time) -> Option<Time> {
    let intervals = spec.interval.iter();
    let intervals = intervals.filter_map(|interval| next_of(interval, after));
    let calendars = spec.structured_calendar.iter();
    let calendars = calendars.filter_map(|one| calendar::next(one, after));
    intervals.chain(calendars).min()
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
