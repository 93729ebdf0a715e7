//! How long a caller waits, as it says itself.

use std::time::Duration;

use http::HeaderMap;

/// An empty answer needs some time to arrive.
const ON_THE_WAY: Duration = Duration::from_secs(1);

/// How long the caller of an RPC waits for its answer; without a bound if it does not say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience(Option<Duration>);

impl Patience {
    /// Reads the header that gRPC has for it.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let header = headers.get("grpc-timeout").map(|value| value.to_str());
        Self(header.and_then(Result::ok).and_then(parse))
    }

    /// How long a call that finds nothing may be held: its caller must still hear of that.
    pub(super) fn hold(self, longest: Duration) -> Duration {
        self.0.map_or(longest, |left| {
            longest.min(left.saturating_sub(ON_THE_WAY).max(left / 2))
        })
    }

    /// Waits until the caller has gone.
    pub(super) async fn end(self) {
        match self.0 {
            Some(left) => tokio::time::sleep(left).await,
            None => std::future::pending().await,
        }
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
