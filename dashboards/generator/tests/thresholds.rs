//! Thresholds: each is in its alert's expression, and can be crossed.

use chronoscope::schema::{Metric, MetricKind, Naming, Unit};

use super::generate::{
    alerts,
    threshold::{Measure, Threshold},
};

#[test]
fn every_threshold_is_in_its_alert() {
    for threshold in Threshold::ALL {
        let alert = alerts::named(threshold.alert);
        let alert = alert.unwrap_or_else(|| panic!("no alert {}", threshold.alert));
        let expr = alert.expr(Naming::Core, Default::default());
        let name = threshold.metric.exported_name(Naming::Core);
        let Measure::Quantile(quantile) = threshold.measure else {
            // Of a histogram, a share is of how many values there are: no bucket matters.
            assert!(expr.contains(&format!("> {}", threshold.value)), "{expr}");
            let counted = expr.contains(&format!("{name}_count"));
            let of_histogram = threshold.metric.kind() == MetricKind::Histogram;
            assert_eq!(counted, of_histogram, "{expr}");
            assert!(!expr.contains("_bucket"), "{expr}");
            continue;
        };
        let quantile = format!("histogram_quantile({quantile}, ");
        assert!(expr.contains(&quantile), "{expr}");
        let value = match threshold.metric.unit() {
            Unit::Seconds => threshold.value * 1000.0,
            _ => threshold.value,
        };
        assert!(expr.contains(&format!(") > {value}")), "{expr}");
    }
}

#[test]
fn every_threshold_of_a_quantile_is_a_bound_inside_its_buckets() {
    let mut checked = 0;
    for threshold in Threshold::ALL {
        assert_eq!(Threshold::of(threshold.alert), Some(*threshold));
        let Measure::Quantile(quantile) = threshold.measure else {
            assert!(threshold.value > 0.0 && threshold.value < 1.0);
            // Nothing counts replays but how many of them were timed.
            let timed_only = threshold.metric == Metric::WorkflowReplayLatency;
            let is_histogram = threshold.metric.kind() == MetricKind::Histogram;
            assert_eq!(is_histogram, timed_only, "{threshold:?}");
            continue;
        };
        let [_, inside @ .., _] = threshold.metric.buckets() else {
            panic!("{threshold:?} has no buckets");
        };
        assert!(
            inside.contains(&threshold.value),
            "{} can't fire: {} s is no bound inside {inside:?}",
            threshold.alert,
            threshold.value
        );
        // Of a history's length and size, the largest counts.
        assert_eq!(threshold.metric.unit() == Unit::Seconds, quantile < 1.0);
        checked += 1;
    }
    assert!(checked >= 9);
}
