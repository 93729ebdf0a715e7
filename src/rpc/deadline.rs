//! How long a caller waits: `grpc-timeout`, read once where a call comes in, held around its whole
//! stack, and told anew where the call leaves.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue};
use temporalio_client::tonic::Status;

use super::message::{self, Request};
use crate::clock;

static TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The most that a number in the header may be.
const MOST: u128 = 99_999_999;

/// When a caller waits no longer. It travels in the extensions of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    after: Duration,
    at: Instant,
}

impl Deadline {
    /// Reads how long a caller waits from now on, where it says so.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let after = parse(message::text(headers, &TIMEOUT))?;
        let at = clock::now().checked_add(after)?;
        Some(Self { after, at })
    }

    /// Tells the callee of a call that leaves what is left of its deadline.
    pub(super) fn leaving(request: &mut Request) {
        if let Some(deadline) = request.extensions().get::<Self>() {
            let left = deadline.at.saturating_duration_since(clock::now());
            request.headers_mut().insert(&TIMEOUT, text(left));
        }
    }

    /// Returns whether it passes within this time.
    pub(super) fn is_within(self, wait: Duration) -> bool {
        self.at.saturating_duration_since(clock::now()) <= wait
    }

    /// Waits for a future, and no longer than until the deadline: then returns `None`.
    pub(super) async fn wait_for<F: Future>(self, future: F) -> Option<F::Output> {
        let at = tokio::time::Instant::from_std(self.at);
        tokio::time::timeout_at(at, future).await.ok()
    }

    /// The status that the client's own connection has for a deadline that passed.
    pub(super) fn passed(self) -> Status {
        let after = self.after;
        Status::cancelled(format!("Timeout expired: the deadline of {after:?} passed"))
    }

    /// The status of a deadline that passed before a service in this process answered.
    pub(super) fn passed_in_process(self) -> Status {
        let after = self.after;
        Status::deadline_exceeded(format!(
            "the deadline of {after:?} passed before the service answered"
        ))
    }
}

/// Reads a number of at most eight digits and its unit.
fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if number.len() > 8 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// Writes a time in the finest unit that holds it, rounded down.
fn text(time: Duration) -> HeaderValue {
    let units = [
        (time.as_nanos(), 'n'),
        (time.as_micros(), 'u'),
        (time.as_millis(), 'm'),
        (time.as_secs().into(), 'S'),
        (u128::from(time.as_secs() / 60), 'M'),
        (u128::from(time.as_secs() / 3600).min(MOST), 'H'),
    ];
    let fits = units.iter().find(|(number, _)| *number <= MOST);
    let text = fits.map(|(number, unit)| format!("{number}{unit}"));
    let value = text.and_then(|text| HeaderValue::from_maybe_shared(bytes::Bytes::from(text)).ok());
    value.unwrap_or_else(|| HeaderValue::from_static("0n"))
}
