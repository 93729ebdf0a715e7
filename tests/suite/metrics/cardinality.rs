//! Whatever a label is given, the number of series stays small.

use std::sync::{Arc, Mutex};

use allocation_counter::measure;
use chronoscope::{
    metrics::{CardinalityLimits, LimitCardinality},
    schema::Metric,
};
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit, counter,
    describe_counter, describe_gauge, gauge, histogram,
};
use metrics_util::debugging::DebuggingRecorder;

use super::{Recorded, read};
use crate::support::Lines;

fn recorded(limits: CardinalityLimits, body: impl FnOnce()) -> Recorded {
    let inner = DebuggingRecorder::new();
    let snapshotter = inner.snapshotter();
    let recorder = LimitCardinality::new(inner, limits);
    metrics::with_local_recorder(&recorder, body);
    read(&snapshotter)
}

fn folded(metric: &str, label: &str, reason: &str) -> String {
    format!(
        "chronoscope_label_values_folded_total{{label={label},metric={metric},reason={reason}}}"
    )
}

#[test]
fn a_hundred_thousand_values_are_few_series_and_the_fold_is_counted() {
    const VALUES: usize = 100_000;
    let inner = DebuggingRecorder::new();
    let snapshotter = inner.snapshotter();
    let recorder = LimitCardinality::new(inner, CardinalityLimits::default());
    let count = |range: std::ops::Range<usize>| {
        for n in range {
            counter!("orders_total", "customer" => format!("c{n}")).increment(1);
        }
    };
    let kept = metrics::with_local_recorder(&recorder, || {
        count(0..1000);
        // Of this thread alone.
        measure(|| count(1000..VALUES)).bytes_current
    });
    let recorded = read(&snapshotter);
    let series = recorded
        .keys()
        .filter(|key| key.starts_with("orders_total"));
    assert_eq!(series.count(), 201);
    assert_eq!(
        recorded["orders_total{customer=__other__}"],
        (VALUES - 200) as f64
    );
    let folds = recorded[&folded("orders_total", "customer", "values")];
    assert_eq!(folds, (VALUES - 200) as f64);
    assert!(kept < 1 << 16, "{kept} bytes were kept");
}

#[test]
fn ids_are_folded_and_versions_and_words_are_not() {
    for (value, is_id) in [
        ("2f1c9d3e-6f5b-4a5e-9a57-0c8f8f6a1b2c", true),
        ("order-2f1c9d3e-6f5b-4a5e-9a57-0c8f8f6a1b2c", true),
        ("2f1c9d3e6f5b4a5e9a570c8f8f6a1b2c", true),
        ("806e208a806e208a", true),
        ("order-12345678", true),
        ("1700000000", true),
        ("v1.22.333", false),
        ("2026-11-21", false),
        ("deadbeefdeadbeefdead", false),
        ("OrderWorkflow", false),
        ("europe-west1", false),
        ("", false),
    ] {
        let recorded = recorded(CardinalityLimits::default(), || {
            counter!("c", "label" => value).increment(1);
        });
        let shown = if is_id { "__other__" } else { value };
        assert_eq!(
            recorded.get(&format!("c{{label={shown}}}")),
            Some(&1.0),
            "{value}"
        );
        assert_eq!(
            recorded.contains_key(&folded("c", "label", "id")),
            is_id,
            "{value}"
        );
    }
}

#[test]
fn what_the_process_is_configured_with_may_look_like_an_id() {
    let recorded = recorded(CardinalityLimits::default(), || {
        counter!("c", "task_queue" => "host-2f1c9d3e6f5b4a5e9a570c8f").increment(1);
    });
    assert_eq!(recorded["c{task_queue=host-2f1c9d3e6f5b4a5e9a570c8f}"], 1.0);
}

#[test]
fn allowed_values_pass_and_limits_are_per_label() {
    let limits = CardinalityLimits::default()
        .values(1)
        .values_of("customer", 0)
        .allow("customer", ["acme", "12345678"]);
    let recorded = recorded(limits, || {
        for customer in ["acme", "12345678", "globex"] {
            counter!("c", "customer" => customer).increment(1);
        }
        for region in ["eu", "us", "eu"] {
            gauge!("g", "region" => region).set(1.0);
            histogram!("h", "region" => region).record(1.0);
        }
    });
    let expected = [
        ("c{customer=acme}".to_owned(), 1.0),
        ("c{customer=12345678}".to_owned(), 1.0),
        ("c{customer=__other__}".to_owned(), 1.0),
        ("g{region=eu}".to_owned(), 1.0),
        ("g{region=__other__}".to_owned(), 1.0),
        ("h{region=eu}".to_owned(), 2.0),
        ("h{region=__other__}".to_owned(), 1.0),
        (folded("c", "customer", "values"), 1.0),
        (folded("g", "region", "values"), 1.0),
        (folded("h", "region", "values"), 1.0),
        ("chronoscope_series_dropped_total{}".to_owned(), 0.0),
    ];
    assert_eq!(recorded, expected.into());
}

#[test]
fn a_metric_that_is_full_folds_everything_and_metrics_too_many_are_dropped() {
    let limits = CardinalityLimits::default().series(4).metrics(1);
    let recorded = recorded(limits, || {
        for a in 0..10 {
            for b in 0..10 {
                counter!("c", "a" => a.to_string(), "b" => b.to_string()).increment(1);
            }
        }
        counter!("one_too_many").increment(1);
        histogram!("another").record(1.0);
    });
    let series = recorded.iter().filter(|(key, _)| key.starts_with("c{"));
    assert_eq!(series.clone().count(), 5, "{recorded:#?}");
    assert_eq!(series.map(|(_, value)| value).sum::<f64>(), 100.0);
    assert_eq!(recorded["c{a=__other__,b=__other__}"], 96.0);
    assert_eq!(recorded["chronoscope_series_dropped_total{}"], 2.0);
    assert!(!recorded.keys().any(|key| key.starts_with("one_too_many")));
}

#[test]
fn each_label_is_warned_of_once_with_the_way_out() {
    let lines = Lines::default();
    let _default = lines.set_default();
    recorded(CardinalityLimits::default().values(1), || {
        for order in ["11111111", "22222222", "33333333"] {
            counter!("c", "order" => order).increment(1);
            gauge!("g", "order" => order).set(1.0);
        }
        for region in ["eu", "us", "ap"] {
            counter!("c", "region" => region).increment(1);
        }
    });
    let warned: Vec<_> = lines
        .of("chronoscope")
        .into_iter()
        .map(|line| {
            let text = |name: &str| line["fields"][name].as_str().unwrap().to_owned();
            (text("metric"), text("label"), text("message"))
        })
        .collect();
    let of = |metric, label, way_out: &str| {
        let same = |(m, l, text): &&(String, String, String)| {
            m == metric && l == label && text.contains(way_out)
        };
        warned.iter().filter(same).count()
    };
    assert_eq!(warned.len(), 3, "{warned:#?}");
    assert_eq!(of("c", "order", "`CardinalityLimits::allow`"), 1);
    assert_eq!(of("g", "order", "`CardinalityLimits::allow`"), 1);
    assert_eq!(of("c", "region", "`CardinalityLimits::values_of`"), 1);
}

/// Notes what is described.
#[derive(Clone, Default)]
struct Described(Arc<Mutex<Vec<String>>>);

impl Described {
    fn note(&self, key: &KeyName) {
        self.0.lock().unwrap().push(key.as_str().to_owned());
    }
}

impl Recorder for Described {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.note(&key);
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.note(&key);
    }

    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.note(&key);
    }

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn as_many_descriptions_reach_a_sink_as_there_may_be_metrics() {
    const LIMIT: usize = 50;
    let described = Described::default();
    let limits = CardinalityLimits::default().metrics(LIMIT);
    let recorder = LimitCardinality::new(described.clone(), limits);
    metrics::with_local_recorder(&recorder, || {
        for n in 0..10_000 {
            describe_counter!(format!("made_up_{n}"), "One of many");
            describe_gauge!(format!("also_made_up_{n}"), "One of many");
        }
        // One that is known can be described again.
        describe_counter!("made_up_0", "Another text");
    });
    let described = described.0.lock().unwrap();
    let most = LIMIT + Metric::ALL.len();
    assert_eq!(described.len(), most + 1);
    assert_eq!(described.last().unwrap(), "made_up_0");
}
