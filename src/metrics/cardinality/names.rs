//! How names are spelled so that every sink takes them, and which of them are one and the same.
//!
//! Prometheus knows letters, digits and `_`; OpenTelemetry dots, dashes and slashes as well, and no
//! difference between `Orders` and `orders`. What either would refuse is spelled anew, for both
//! alike.

use std::borrow::Cow;

use metrics::Unit;

/// What is recorded under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::metrics) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// How long a name may be, in bytes, by OpenTelemetry's syntax of instruments.
const LONGEST: usize = 255;

/// What Prometheus ends a counter's name with when it takes that from a collector.
const TOTAL: &str = "_total";

/// What Prometheus has besides the values of a histogram.
const PARTS: [&str; 3] = ["_bucket", "_sum", "_count"];

/// Metrics that Prometheus makes itself, of each scrape, of alerts, and of resources.
const MADE_BY_PROMETHEUS: [&str; 12] = [
    "ALERTS",
    "ALERTS_FOR_STATE",
    "otel_scope_info",
    "scrape_body_size_bytes",
    "scrape_duration_seconds",
    "scrape_sample_limit",
    "scrape_samples_post_metric_relabeling",
    "scrape_samples_scraped",
    "scrape_series_added",
    "scrape_timeout_seconds",
    "target_info",
    "up",
];

/// Labels that mean something to Prometheus by themselves, or that it sets.
const RESERVED: [&str; 4] = ["instance", "job", "le", "quantile"];

/// Returns the name of a metric in a form that every sink accepts, unchanged if it is one.
pub(in crate::metrics) fn metric(name: &str) -> Cow<'_, str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if starts && name.len() <= LONGEST && name.chars().all(is_part) && !is_made(name) {
        return Cow::Borrowed(name);
    }
    let parts = name.chars().map(|c| if is_part(c) { c } else { '_' });
    let mut spelled: String = parts
        .skip_while(|c| !c.is_ascii_alphanumeric())
        .take(LONGEST)
        .collect();
    if spelled.is_empty() {
        spelled.push_str("unnamed");
    }
    if spelled.starts_with(|c: char| c.is_ascii_digit()) {
        spelled.insert_str(0, "metric_");
        spelled.truncate(LONGEST);
    }
    if is_made(&spelled) {
        spelled.insert_str(0, "exported_");
    }
    Cow::Owned(spelled)
}

/// Returns whether Prometheus makes a metric of the name, in whichever spelling.
fn is_made(name: &str) -> bool {
    MADE_BY_PROMETHEUS.contains(&&*words(name))
}

/// Returns what all spellings of a metric's name have in common that become one name in some sink.
pub(in crate::metrics) fn identity(name: &str, kind: Kind) -> String {
    let mut words = words(name).to_ascii_lowercase();
    if kind == Kind::Counter && !words.ends_with(TOTAL) {
        words.push_str(TOTAL);
    }
    words
}

/// Returns the names that a metric takes, in its identity's form: no other may have one of them.
pub(super) fn taken(identity: &str, name: &str, kind: Kind) -> Vec<String> {
    match kind {
        Kind::Gauge => Vec::new(),
        Kind::Counter => {
            let bare = words(name).to_ascii_lowercase();
            (bare != identity).then_some(bare).into_iter().collect()
        }
        Kind::Histogram => PARTS
            .iter()
            .map(|part| format!("{identity}{part}"))
            .collect(),
    }
}

/// Returns the identity of the name that Prometheus makes of a metric and its unit when it takes
/// them from a collector, if it puts the unit at the end.
pub(super) fn with_unit(name: &str, kind: Kind, unit: Unit) -> Option<String> {
    let words = words(name).to_ascii_lowercase();
    let bare = words.strip_suffix(TOTAL).unwrap_or(&words);
    let suffix = suffix(unit)?;
    let (first, _) = suffix.split_once('_').unwrap_or((suffix, ""));
    let is_named = bare.split('_').any(|word| word == first);
    (!is_named).then(|| identity(&format!("{bare}_{suffix}"), kind))
}

/// What Prometheus ends a name with for the unit, in lower case.
fn suffix(unit: Unit) -> Option<&'static str> {
    Some(match unit {
        Unit::Count => return None,
        Unit::TerabitsPerSecond => "tbit_per_second",
        Unit::GigabitsPerSecond => "gbit_per_second",
        Unit::MegabitsPerSecond => "mbit_per_second",
        Unit::KilobitsPerSecond => "kbit_per_second",
        Unit::BitsPerSecond => "bit_per_second",
        Unit::CountPerSecond => "per_second",
        spelled_alike => spelled_alike.as_str(),
    })
}

/// Returns the name as Prometheus is served it.
#[cfg(feature = "prometheus")]
pub(in crate::metrics) fn served(name: &str) -> String {
    metric(name).replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// Returns the name of a label as Prometheus is served it.
#[cfg(feature = "prometheus")]
pub(in crate::metrics) fn served_label(name: &str) -> String {
    label(name).replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// Returns the name of a label in a form that every sink accepts, unchanged if it is one.
pub(in crate::metrics) fn label(name: &str) -> Cow<'_, str> {
    let sanitized = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let is_reserved = RESERVED.contains(&name)
        || name.is_empty()
        || name
            .chars()
            .take(2)
            .filter(|c| sanitized(*c) == '_')
            .count()
            == 2;
    if is_reserved {
        let words = words(name);
        let bare = if words.is_empty() { "label" } else { &words };
        return Cow::Owned(cut(&format!("exported_{bare}")).to_owned());
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Cow::Owned(cut(&format!("_{name}")).to_owned());
    }
    Cow::Borrowed(cut(name))
}

/// Returns what all spellings of a label have in common that become one label in some sink.
pub(in crate::metrics) fn label_identity(name: &str) -> String {
    let spelled = label(name);
    let leading = if spelled.starts_with(|c: char| !c.is_ascii_alphanumeric()) {
        "_"
    } else {
        ""
    };
    format!("{leading}{}", words(&spelled))
}

/// Joins the runs of letters and digits by one underscore each, as Prometheus does with what comes
/// from a collector.
fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        if !word.is_empty() {
            if !words.is_empty() {
                words.push('_');
            }
            words.push_str(word);
        }
    }
    words
}

/// Cuts a name where it gets too long.
fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(LONGEST)]
}
