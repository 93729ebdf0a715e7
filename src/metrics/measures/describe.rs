//! The descriptions and units of the catalogue's metrics.

use metrics::KeyName;

use crate::{
    metrics::SharedRecorder,
    schema::{Metric, MetricKind, Naming, Unit},
};

/// Describes every metric of the catalogue.
pub(super) fn catalogue(recorder: &SharedRecorder, naming: Naming) {
    for metric in Metric::ALL {
        describe(recorder, naming, *metric);
    }
}

fn describe(recorder: &SharedRecorder, naming: Naming, metric: Metric) {
    let key = KeyName::from(metric.exported_name(naming));
    let (unit, help) = (Some(unit(metric.unit(), naming)), metric.help().into());
    match metric.kind() {
        MetricKind::Counter => recorder.describe_counter(key, unit, help),
        MetricKind::Gauge => recorder.describe_gauge(key, unit, help),
        MetricKind::Histogram => recorder.describe_histogram(key, unit, help),
    }
}

fn unit(unit: Unit, naming: Naming) -> metrics::Unit {
    match (unit, naming) {
        (Unit::Count, _) => metrics::Unit::Count,
        (Unit::Seconds, Naming::Prometheus) => metrics::Unit::Seconds,
        (Unit::Seconds, Naming::Core) => metrics::Unit::Milliseconds,
        (Unit::Bytes, _) => metrics::Unit::Bytes,
        (Unit::Percent, _) => metrics::Unit::Percent,
    }
}
