//! The deadline of a call: `grpc-timeout`, read once when a call enters, enforced around its whole
//! stack, and set again when the call leaves.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName};
use temporalio_client::tonic::{self, Status};

use super::message::{self, Request};
use crate::clock;

static TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The moment after which a caller no longer waits. It travels in the extensions of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    after: Duration,
    at: Instant,
}

impl Deadline {
    /// Reads the deadline from a caller's headers, if they have one.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let after = parse(message::text(headers, &TIMEOUT))?;
        let at = clock::now().checked_add(after)?;
        Some(Self { after, at })
    }

    /// Sets the remaining time in the headers of a call that leaves. What was spent counts in whole
    /// milliseconds, so that most calls have the same header: HTTP/2 sends it as one byte then.
    pub(super) fn leaving(request: &mut Request) {
        if let Some(deadline) = request.extensions().get::<Self>() {
            let left = deadline.at.saturating_duration_since(clock::now());
            let spent = deadline.after.saturating_sub(left);
            let spent = Duration::new(spent.as_secs(), spent.subsec_millis() * 1_000_000);
            let mut told = tonic::Request::new(());
            told.set_timeout(deadline.after.saturating_sub(spent));
            let told = told.into_parts().0.into_headers();
            request.headers_mut().extend(told);
        }
    }

    /// Returns whether it passes within this time.
    pub(super) fn is_within(self, wait: Duration) -> bool {
        self.at.saturating_duration_since(clock::now()) <= wait
    }

    /// Waits for a future, or returns `None` at the deadline.
    pub(super) async fn wait_for<F: Future>(self, future: F) -> Option<F::Output> {
        let at = tokio::time::Instant::from_std(self.at);
        tokio::time::timeout_at(at, future).await.ok()
    }

    /// The status of a passed deadline, as on the client's own connection.
    pub(super) fn passed(self) -> Status {
        let after = self.after;
        Status::cancelled(format!("Timeout expired: the deadline of {after:?} passed"))
    }

    /// The status of a deadline that passed before a service in this process responded.
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
