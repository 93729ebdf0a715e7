//! Calendars of schedules: fields as people write them, and the times that they match.

use std::time::Duration;

use crate::{
    calendar::civil,
    clock::Time,
    proto::schedule::{CalendarSpec, IntervalSpec, Range, ScheduleSpec, StructuredCalendarSpec},
};

const DAY: u64 = 86_400;
/// Nothing is looked for further ahead.
const MOST_DAYS: u64 = 366 * 10;

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A field of a calendar: its name, its bounds, and the names that stand for numbers.
struct Field {
    name: &'static str,
    least: i32,
    most: i32,
    names: &'static [&'static str],
    /// What the first name stands for.
    first: i32,
}

const fn plain(name: &'static str, least: i32, most: i32) -> Field {
    Field {
        name,
        least,
        most,
        names: &[],
        first: 0,
    }
}

const SECOND: Field = plain("Second", 0, 59);
const MINUTE: Field = plain("Minute", 0, 59);
const HOUR: Field = plain("Hour", 0, 23);
const DAY_OF_MONTH: Field = plain("DayOfMonth", 1, 31);
const MONTH: Field = Field {
    names: MONTHS,
    first: 1,
    ..plain("Month", 1, 12)
};
const YEAR: Field = plain("Year", 2000, 2100);
const DAY_OF_WEEK: Field = Field {
    names: WEEKDAYS,
    ..plain("DayOfWeek", 0, 7)
};

impl Field {
    fn number(&self, text: &str) -> Option<i32> {
        let named = |name: &&str| text.to_lowercase().starts_with(*name);
        let position = self.names.iter().position(named);
        let named = position.and_then(|at| i32::try_from(at).ok());
        let number = named
            .map(|at| at + self.first)
            .or_else(|| text.parse().ok());
        number.filter(|number| (self.least..=self.most).contains(number))
    }

    /// Reads `*`, `2-7`, `*/15` or a list of them; an empty text is the default.
    fn read(&self, text: &str, default: &str) -> Result<Vec<Range>, String> {
        let text = if text.is_empty() { default } else { text };
        let wrong = || {
            format!(
                "{} is not in the range {}-{}: {text:?}",
                self.name, self.least, self.most
            )
        };
        // All is what no range is; except where none is 0.
        let all = !matches!(self.name, "Second" | "Minute" | "Hour");
        if matches!(text, "*" | "?") && all {
            return Ok(Vec::new());
        }
        let part = |part: &str| {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
                None => (part, 1),
            };
            let stepped = part.contains('/');
            let (start, end) = match range.split_once('-') {
                Some((start, end)) => (self.number(start)?, self.number(end)?),
                None if matches!(range, "*" | "?") => (self.least, self.most),
                None => {
                    let start = self.number(range)?;
                    (start, if stepped { self.most } else { start })
                }
            };
            let step = if stepped { step } else { 1 };
            (start <= end).then_some(Range { start, end, step })
        };
        let ranges = text.split(',').map(|one| part(one.trim()));
        ranges.collect::<Option<_>>().ok_or_else(wrong)
    }
}

fn structured(calendar: &CalendarSpec) -> Result<StructuredCalendarSpec, String> {
    Ok(StructuredCalendarSpec {
        second: SECOND.read(&calendar.second, "0")?,
        minute: MINUTE.read(&calendar.minute, "0")?,
        hour: HOUR.read(&calendar.hour, "0")?,
        day_of_month: DAY_OF_MONTH.read(&calendar.day_of_month, "*")?,
        month: MONTH.read(&calendar.month, "*")?,
        year: YEAR.read(&calendar.year, "*")?,
        day_of_week: DAY_OF_WEEK.read(&calendar.day_of_week, "*")?,
        comment: calendar.comment.clone(),
    })
}

/// What a cron string stands for.
enum Cron {
    Calendar(CalendarSpec),
    Interval(IntervalSpec),
}

fn cron(text: &str) -> Result<Cron, String> {
    let (text, comment) = text.split_once('#').unwrap_or((text, ""));
    let text = text.trim();
    if text.starts_with("CRON_TZ=") || text.starts_with("TZ=") {
        return Err("time zones of cron strings are not served by this test server".to_owned());
    }
    if let Some(every) = text.strip_prefix("@every ") {
        let (every, phase) = every.split_once('/').unwrap_or((every, "0s"));
        let span = |text: &str| crate::calendar::parse_span(text.trim());
        let (Some(every), Some(phase)) = (span(every), span(phase)) else {
            return Err(format!("invalid interval in cron string: {text:?}"));
        };
        return Ok(Cron::Interval(IntervalSpec {
            interval: Some(crate::clock::proto_span(every)),
            phase: Some(crate::clock::proto_span(phase)),
        }));
    }
    let text = match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        text => text,
    };
    let fields: Vec<_> = text.split_whitespace().collect();
    let (second, year, fields) = match fields.as_slice() {
        [second, fields @ .., year] if fields.len() == 5 => (*second, *year, fields),
        [fields @ .., year] if fields.len() == 5 => ("0", *year, fields),
        fields => ("0", "*", fields),
    };
    let [minute, hour, day, month, weekday] = fields else {
        return Err(format!("cron string has {} fields: {text:?}", fields.len()));
    };
    Ok(Cron::Calendar(CalendarSpec {
        second: second.to_owned(),
        minute: (*minute).to_owned(),
        hour: (*hour).to_owned(),
        day_of_month: (*day).to_owned(),
        month: (*month).to_owned(),
        year: year.to_owned(),
        day_of_week: (*weekday).to_owned(),
        comment: comment.trim().to_owned(),
    }))
}

/// Replaces texts by what they stand for, as the server shows them from then on.
#[expect(deprecated, reason = "clients may still send it")]
pub(crate) fn compile(spec: &mut ScheduleSpec) -> Result<(), String> {
    for text in std::mem::take(&mut spec.cron_string) {
        match cron(&text)? {
            Cron::Calendar(calendar) => spec.calendar.push(calendar),
            Cron::Interval(interval) => spec.interval.push(interval),
        }
    }
    for calendar in std::mem::take(&mut spec.calendar) {
        spec.structured_calendar.push(structured(&calendar)?);
    }
    for calendar in std::mem::take(&mut spec.exclude_calendar) {
        spec.exclude_structured_calendar
            .push(structured(&calendar)?);
    }
    if !matches!(spec.timezone_name.as_str(), "" | "UTC") {
        return Err("time zones of schedules are not served by this test server".to_owned());
    }
    Ok(())
}

/// Whether ranges hold a number; none hold what is said.
fn holds(ranges: &[Range], number: u64, none: bool) -> bool {
    let number = i32::try_from(number).unwrap_or(i32::MAX);
    let within = |range: &Range| {
        let (end, step) = (range.end.max(range.start), range.step.max(1));
        (range.start..=end).contains(&number) && (number - range.start) % step == 0
    };
    match ranges {
        [] => none,
        ranges => ranges.iter().any(within),
    }
}

fn allows_day(calendar: &StructuredCalendarSpec, day: u64) -> bool {
    let (year, month, date) = civil(day);
    let weekday = (day + 4) % 7;
    holds(&calendar.year, year, true)
        && holds(&calendar.month, month, true)
        && holds(&calendar.day_of_month, date, true)
        && (holds(&calendar.day_of_week, weekday, true)
            || (weekday == 0 && holds(&calendar.day_of_week, 7, false)))
}

/// Whether a calendar matches a time.
pub(super) fn matches(calendar: &StructuredCalendarSpec, at: Time) -> bool {
    let seconds = at.since_epoch().as_secs();
    allows_day(calendar, seconds / DAY)
        && holds(
            &calendar.hour,
            seconds / 3600 % 24,
            (seconds / 3600).is_multiple_of(24),
        )
        && holds(
            &calendar.minute,
            seconds / 60 % 60,
            (seconds / 60).is_multiple_of(60),
        )
        && holds(&calendar.second, seconds % 60, seconds.is_multiple_of(60))
}

/// The first time after another that a calendar matches.
pub(super) fn next(calendar: &StructuredCalendarSpec, after: Time) -> Option<Time> {
    let first = after.since_epoch().as_secs() + 1;
    let values = |ranges: &[Range], most: u64| -> Vec<u64> {
        let all = 0..most;
        all.filter(|value| holds(ranges, *value, *value == 0))
            .collect()
    };
    let hours = values(&calendar.hour, 24);
    let minutes = values(&calendar.minute, 60);
    let seconds = values(&calendar.second, 60);
    let mut days = (first / DAY..=first / DAY + MOST_DAYS).filter(|day| allows_day(calendar, *day));
    let within = |day: u64| {
        let times = hours.iter().flat_map(|hour| {
            let of_minute = move |minute: &u64| day * DAY + hour * 3600 + minute * 60;
            minutes.iter().map(of_minute)
        });
        let mut times = times.filter(|minute| minute + 60 > first);
        times.find_map(|minute| {
            let mut at = seconds.iter().map(|second| minute + second);
            at.find(|at| *at >= first)
        })
    };
    let at = days.find_map(within)?;
    Some(Time::from_epoch(Duration::from_secs(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{format, parse};

    fn times(text: &str, after: &str, most: usize) -> Result<Vec<String>, String> {
        let mut spec = ScheduleSpec {
            cron_string: vec![text.to_owned()],
            ..Default::default()
        };
        compile(&mut spec)?;
        let start = parse(after).unwrap_or_default();
        let next = |after: &Time| super::super::spec::next(&spec, *after);
        let all = std::iter::successors(next(&start), next);
        Ok(all.take(most).map(format).collect())
    }

    #[test]
    fn cron_strings_match_what_they_say() {
        let cases: [(&str, &[&str]); 6] = [
            (
                "30 2-3 * * *",
                &["2026-03-01T02:30:00Z", "2026-03-01T03:30:00Z"],
            ),
            (
                "0 12 * * MON",
                &["2026-03-02T12:00:00Z", "2026-03-09T12:00:00Z"],
            ),
            (
                "0 0 29 feb *",
                &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
            ),
            (
                "*/20 * * * * 2027",
                &["2027-01-01T00:00:00Z", "2027-01-01T00:20:00Z"],
            ),
            (
                "15 0 0 1 1 * *",
                &["2027-01-01T00:00:15Z", "2028-01-01T00:00:15Z"],
            ),
            (
                "@every 6h/1h",
                &["2026-03-01T01:00:00Z", "2026-03-01T07:00:00Z"],
            ),
        ];
        for (text, due) in cases {
            let found = times(text, "2026-03-01T00:00:00Z", 2);
            assert_eq!(
                found.as_deref().map(<[String]>::concat),
                Ok(due.concat()),
                "{text}"
            );
        }
        for wrong in [
            "60 * * * *",
            "* *",
            "5-2 * * * *",
            "* * * * someday",
            "@every x",
        ] {
            assert!(times(wrong, "2026-03-01T00:00:00Z", 1).is_err(), "{wrong}");
        }
    }
}
