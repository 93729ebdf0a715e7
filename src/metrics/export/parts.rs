//! The names of a histogram's parts, where the exporter leaves them out.
//!
//! It adds `sum`, `count` or `bucket` to a name unless that ends so already: `discount` and
//! `leaky_bucket` would be histograms without a count, or without buckets.

/// What a histogram has.
const PARTS: [&str; 3] = ["bucket", "count", "sum"];

/// Returns what the exporter left out of a histogram's samples, if anything.
fn left_out(histogram: &str) -> Option<&'static str> {
    PARTS.into_iter().find(|part| histogram.ends_with(part))
}

/// Returns the text with every part of every histogram named.
pub(super) fn whole(text: String) -> String {
    let mut histograms = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" histogram"));
    if !histograms.any(|name| left_out(name).is_some()) {
        return text;
    }
    let mut named = String::with_capacity(text.len() + text.len() / 8);
    let mut cut = None;
    for line in text.split_inclusive('\n') {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            let histogram = described.trim_end().strip_suffix(" histogram");
            cut = histogram.and_then(|name| Some((name, left_out(name)?)));
        }
        match cut.and_then(|(name, part)| Some((name, part, line.strip_prefix(name)?))) {
            Some((name, part, rest)) if rest.starts_with(['{', ' ']) => {
                named.extend([name, "_", part, rest]);
            }
            _ => named.push_str(line),
        }
    }
    named
}
