//! Units by the Unified Code for Units of Measure, which OpenTelemetry's conventions ask for.

use metrics::Unit;

use super::names;

/// Returns the unit to send of a metric.
///
/// Prometheus puts the unit at the end of a name that it takes from a collector. A metric of the
/// catalogue is to be called there as it is when it is scraped, so of those only what is in the
/// name already is sent.
pub(super) fn of(metric: &str, unit: Option<Unit>) -> &'static str {
    let Some(unit) = unit else {
        return "";
    };
    let is_named = || metric.trim_end_matches("_total").ends_with(unit.as_str());
    match names::is_of_the_catalogue(metric) && !is_named() {
        true => "",
        false => ucum(unit),
    }
}

const fn ucum(unit: Unit) -> &'static str {
    match unit {
        // What is counted has no unit; `1` is that of a ratio.
        Unit::Count => "",
        Unit::Percent => "%",
        Unit::Seconds => "s",
        Unit::Milliseconds => "ms",
        Unit::Microseconds => "us",
        Unit::Nanoseconds => "ns",
        Unit::Tebibytes => "TiBy",
        Unit::Gibibytes => "GiBy",
        Unit::Mebibytes => "MiBy",
        Unit::Kibibytes => "KiBy",
        Unit::Bytes => "By",
        Unit::TerabitsPerSecond => "Tbit/s",
        Unit::GigabitsPerSecond => "Gbit/s",
        Unit::MegabitsPerSecond => "Mbit/s",
        Unit::KilobitsPerSecond => "kbit/s",
        Unit::BitsPerSecond => "bit/s",
        Unit::CountPerSecond => "1/s",
    }
}
