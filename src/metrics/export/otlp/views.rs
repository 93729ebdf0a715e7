use opentelemetry_sdk::metrics::{Instrument, Stream};

/// Returns the view that makes room for every series that our own limits admit: OpenTelemetry's limit
/// would take what is above 2,000 for one series, and count none of it.
pub(super) fn bounded(
    most_series: usize,
) -> impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static {
    // The library takes one more than this, and no limit of 0.
    let limit = most_series.clamp(1, usize::MAX - 1);
    move |_| Stream::builder().with_cardinality_limit(limit).build().ok()
}
