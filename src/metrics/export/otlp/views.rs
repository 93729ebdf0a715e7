//! The view that raises OpenTelemetry's limit on series.

use opentelemetry_sdk::metrics::{Instrument, Stream};

/// Returns the view that makes room for every series that chronoscope's limits admit:
/// OpenTelemetry's own limit would merge all series above 2,000 into one, without counting them.
pub(super) fn bounded(
    most_series: usize,
) -> impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static {
    // The library admits one more than this, and does not accept a limit of 0.
    let limit = most_series.clamp(1, usize::MAX - 1);
    move |_| Stream::builder().with_cardinality_limit(limit).build().ok()
}
