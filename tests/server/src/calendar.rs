//! Dates in UTC, as people and protocols write them.

use std::time::Duration;

use crate::clock::Time;

const DAY: u64 = 86_400;

/// Year, month and day of month of a day since the epoch.
pub(crate) fn civil(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year + u64::from(month <= 2);
    (year, month, date)
}

/// The day since the epoch of a date from 1970 on.
fn day_of(year: u64, month: u64, date: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&date) || !(1970..=9999).contains(&year) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year % 400;
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted + 2) / 5 + date - 1;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    (year / 400 * 146_097 + of_era).checked_sub(719_468)
}

/// `2026-11-21T12:00:00Z`, to whole seconds.
pub(crate) fn format(time: Time) -> String {
    let seconds = time.since_epoch().as_secs();
    let (year, month, date) = civil(seconds / DAY);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Reads a time of RFC 3339, with its offset if it has one.
pub(crate) fn parse(text: &str) -> Option<Time> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let day = day_of(number(0..4)?, number(5..7)?, number(8..10)?)?;
    if text.len() == 10 {
        return Some(Time::from_epoch(Duration::from_secs(day * DAY)));
    }
    let seconds = number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
    let rest = text.get(19..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            (rest.get(..end)?, rest.get(end..)?)
        }
        None => ("", rest),
    };
    let nanos: u64 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let local = Duration::from_secs(day * DAY + seconds) + Duration::from_nanos(nanos);
    let time = Time::from_epoch(local);
    let (sign, zone) = match zone {
        "Z" | "z" | "" => return Some(time),
        zone => zone.split_at_checked(1)?,
    };
    let hours: u64 = zone.get(0..2)?.parse().ok()?;
    let minutes: u64 = zone.get(3..5)?.parse().ok()?;
    let offset = Duration::from_secs(hours * 3600 + minutes * 60);
    match sign {
        "+" => Some(time.before(offset)),
        "-" => Some(time.after(offset)),
        _ => None,
    }
}

/// Reads `1h30m`, `10s` or `500ms`.
pub(crate) fn parse_span(text: &str) -> Option<Duration> {
    let (mut rest, mut span) = (text, Duration::ZERO);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: u32 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let letters = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let unit = match rest.get(..letters)? {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            _ => return None,
        };
        span = span.checked_add(unit.checked_mul(count)?)?;
        rest = rest.get(letters..)?;
    }
    (!text.is_empty()).then_some(span)
}
