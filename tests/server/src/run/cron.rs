//! Cron schedules of workflows: five fields, `@every` and the usual short forms, in UTC.

use std::time::Duration;

use crate::{
    calendar::{self, civil},
    clock::Time,
};

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;
/// Nothing is looked for further ahead.
const MOST_DAYS: u64 = 366 * 5;

/// A parsed schedule.
#[derive(Debug, PartialEq)]
enum Cron {
    Every(Duration),
    Fields(Fields),
}

/// The allowed values of each field, one bit each.
#[derive(Debug, PartialEq)]
struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    any_day: bool,
    any_weekday: bool,
}

/// How long after `now` the next run is due; `from` is when the last one was due.
pub(crate) fn backoff(schedule: &str, from: Time, now: Time) -> Option<Duration> {
    let next = match parse(schedule)? {
        Cron::Every(period) => {
            let passed = now.since(from).as_secs() / period.as_secs().max(1) + 1;
            let periods = u32::try_from(passed).unwrap_or(u32::MAX);
            from.after(period.saturating_mul(periods))
        }
        Cron::Fields(fields) => fields.next(now.max(from))?,
    };
    // Whole seconds, as Temporal counts them.
    let wait = next.since(now);
    let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Some(Duration::from_secs(whole.max(1)))
}

/// Whether a schedule makes sense.
pub(crate) fn is_valid(schedule: &str) -> bool {
    parse(schedule).is_some()
}

fn parse(schedule: &str) -> Option<Cron> {
    let schedule = schedule.trim();
    let schedule = match schedule.split_once(' ') {
        Some((zone, rest)) if zone.starts_with("CRON_TZ=") || zone.starts_with("TZ=") => {
            rest.trim()
        }
        _ => schedule,
    };
    if let Some(period) = schedule.strip_prefix("@every ") {
        let period = calendar::parse_span(period.trim())?;
        return Some(Cron::Every(period.max(Duration::from_secs(1))));
    }
    let fields = match schedule {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        fields => fields,
    };
    let fields: Vec<_> = fields.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else {
        return None;
    };
    Some(Cron::Fields(Fields {
        minutes: bits(minute, 0, 59, &[])?,
        hours: bits(hour, 0, 23, &[])?,
        days: bits(day, 1, 31, &[])?,
        months: bits(month, 1, 12, MONTHS)?,
        weekdays: bits(weekday, 0, 7, WEEKDAYS).map(|bits| bits | (bits >> 7 & 1))?,
        any_day: matches!(*day, "*" | "?"),
        any_weekday: matches!(*weekday, "*" | "?"),
    }))
}

const MONTHS: &[&str] = &[
    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

fn bits(field: &str, least: u32, most: u32, names: &[&str]) -> Option<u64> {
    let number = |text: &str| -> Option<u32> {
        let name = names
            .iter()
            .position(|name| !name.is_empty() && text.eq_ignore_ascii_case(name));
        match name {
            Some(index) => u32::try_from(index).ok(),
            None => text.parse().ok(),
        }
    };
    let mut bits = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (
                range,
                Some(step.parse::<u32>().ok().filter(|step| *step > 0)?),
            ),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None if matches!(range, "*" | "?") => (least, most),
            None => match (number(range)?, step) {
                (first, Some(_)) => (first, most),
                (first, None) => (first, first),
            },
        };
        if first < least || last > most || first > last {
            return None;
        }
        let step = usize::try_from(step.unwrap_or(1)).ok()?;
        for value in (first..=last).step_by(step) {
            bits |= 1 << value;
        }
    }
    Some(bits)
}

impl Fields {
    /// The first minute after a time that the fields allow.
    fn next(&self, after: Time) -> Option<Time> {
        let first = (after.since_epoch().as_secs() / MINUTE + 1) * MINUTE;
        for day in first / DAY..=first / DAY + MOST_DAYS {
            if !self.allows_day(day) {
                continue;
            }
            for minute in 0..DAY / MINUTE {
                let at = day * DAY + minute * MINUTE;
                let (hour, minute) = (minute / 60, minute % 60);
                let fits = self.hours >> hour & 1 == 1 && self.minutes >> minute & 1 == 1;
                if at >= first && fits {
                    return Some(Time::from_epoch(Duration::from_secs(at)));
                }
            }
        }
        None
    }

    fn allows_day(&self, day: u64) -> bool {
        let (_, month, date) = civil(day);
        let weekday = (day + 4) % 7;
        let by_date = self.days >> date & 1 == 1;
        let by_weekday = self.weekdays >> weekday & 1 == 1;
        let fits = match (self.any_day, self.any_weekday) {
            (false, false) => by_date || by_weekday,
            _ => by_date && by_weekday,
        };
        self.months >> month & 1 == 1 && fits
    }
}
