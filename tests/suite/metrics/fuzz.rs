//! Names, labels and values that nobody thought of, through both exporters.

use std::{net::TcpListener, time::Duration};

use chronoscope::{
    Observability, export,
    metrics::{CardinalityLimits, export::Otlp},
};
use metrics::{Key, Label, Metadata, Recorder, Unit};
use proptest::{collection::vec, prelude::*, sample::select, strategy::ValueTree as _};

use crate::support::{
    Prometheus3,
    collector::{Asks, Real},
    http,
    promtool::check_metrics,
};

/// How often something is recorded, and how often that is scraped and sent.
const CASES: u32 = 400;
const EVERY: u32 = 20;

/// A name, or what somebody may take for one.
fn name() -> impl Strategy<Value = String> {
    let odd = [
        "",
        "a",
        "A",
        "a.b",
        "a_b",
        "a-b",
        "a b",
        "a:b",
        "_a",
        "__a",
        "a_",
        "1a",
        "le",
        "quantile",
        "__name__",
        "job",
        "instance",
        "a_total",
        "a_sum",
        "a_count",
        "a_bucket",
        "a_total_total",
        "discount",
        "ä",
        "\0",
        "\n",
        "a\"b",
        "temporal_num_pollers",
        "rpc.client.call.duration",
        "chronoscope_series_dropped_total",
        "up",
        "NaN",
        "a{b=\"c\"} 1\n",
        "#",
        "# TYPE a gauge",
    ];
    prop_oneof![
        4 => select(odd.to_vec()).prop_map(str::to_owned),
        2 => "[a-c_.:]{1,4}",
        1 => "\\PC{0,12}",
        1 => any::<String>(),
        1 => "[a-z]{250,400}",
    ]
}

fn value() -> impl Strategy<Value = f64> {
    let odd = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        1e287,
        -1e287,
        1e300,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e15,
        0.1,
    ];
    prop_oneof![select(odd.to_vec()), any::<f64>()]
}

#[derive(Clone, Debug)]
struct Recording {
    kind: u8,
    name: String,
    labels: Vec<(String, String)>,
    values: Vec<f64>,
    described: Option<String>,
}

fn recording() -> impl Strategy<Value = Recording> {
    let label = (name(), prop_oneof![name(), "\\PC{0,20}", "[\\\\\"\n]{0,4}"]);
    let described = proptest::option::of(prop_oneof![name(), any::<String>()]);
    (
        0..7_u8,
        name(),
        vec(label, 0..4),
        vec(value(), 0..4),
        described,
    )
        .prop_map(|(kind, name, labels, values, described)| Recording {
            kind,
            name,
            labels,
            values,
            described,
        })
}

const METADATA: Metadata<'_> = Metadata::new("suite", metrics::Level::INFO, None);

fn record(recorder: &dyn Recorder, recording: &Recording) {
    let labels = recording.labels.iter();
    let labels: Vec<_> = labels
        .map(|(name, value)| Label::new(name.clone(), value.clone()))
        .collect();
    let key = Key::from_parts(recording.name.clone(), labels);
    if let Some(text) = &recording.described {
        let (name, text) = (recording.name.clone().into(), text.clone().into());
        match recording.kind % 3 {
            0 => recorder.describe_counter(name, Some(Unit::Bytes), text),
            1 => recorder.describe_gauge(name, Some(Unit::Percent), text),
            _ => recorder.describe_histogram(name, Some(Unit::Milliseconds), text),
        }
    }
    for value in &recording.values {
        match recording.kind {
            0 => recorder
                .register_counter(&key, &METADATA)
                .increment(value.to_bits() >> 40),
            1 => recorder.register_gauge(&key, &METADATA).set(*value),
            2 => recorder.register_histogram(&key, &METADATA).record(*value),
            3 => recorder
                .register_counter(&key, &METADATA)
                .absolute(value.to_bits()),
            4 => recorder.register_gauge(&key, &METADATA).increment(*value),
            5 => recorder.register_gauge(&key, &METADATA).decrement(*value),
            _ => recorder
                .register_histogram(&key, &METADATA)
                .record_many(*value, 3),
        }
    }
}

/// Waits for a scrape that began after this, and says whether it was good.
async fn scraped(prometheus: &Prometheus3) -> bool {
    let scrapes = "timestamp(up{job=\"worker\"})";
    let before = prometheus.query(scrapes);
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = prometheus.query(scrapes);
        let (Some(before), Some(now)) = (before.first(), now.first()) else {
            if before.is_empty() && !now.is_empty() {
                return prometheus.query("up{job=\"worker\"}") == [1.0];
            }
            continue;
        };
        // The scrape after the one that may have been under way.
        if *now >= before + 2.0 {
            return prometheus.query("up{job=\"worker\"}") == [1.0];
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "real: Prometheus and a collector"]
async fn whatever_is_recorded_prometheus_and_a_collector_take_it_all() {
    let collector = Real::start(Asks::Nothing).await;
    let by_http = export::Collector::at(collector.http()).protocol(export::Protocol::Http);
    let mut prometheus = Prometheus3::new();
    let often = Duration::from_millis(500);
    let address = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    prometheus.start(&[address.to_string()]).await;
    let native = export::Collector::at(format!("{}/v1/metrics", prometheus.otlp()))
        .protocol(export::Protocol::Http);
    let observability = Observability::builder()
        .metrics(|m| {
            m.prometheus(address)
                .limits(
                    CardinalityLimits::default()
                        .values(20)
                        .series(30)
                        .metrics(300),
                )
                .otlp(Otlp::to(export::Collector::at(collector.grpc())).interval(often))
                .otlp(Otlp::to(by_http).interval(often))
                .otlp(Otlp::to(native).interval(often))
        })
        .build()
        .unwrap();
    let recorder = observability.recorder();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let recordings = vec(recording(), EVERY as usize);
    for case in 0..CASES / EVERY {
        let some = recordings.new_tree(&mut runner).unwrap().current();
        for recording in &some {
            record(&recorder, recording);
        }
        let page = http::get(address, "/metrics").unwrap();
        let (status, words) = check_metrics("prometheus3", &page);
        assert!(matches!(status, Some(0 | 3)), "{words}\nof {some:#?}");
        if case % 5 == 4 {
            assert!(scraped(&prometheus).await, "{}", prometheus.why());
        }
    }
    let health = tokio::task::spawn_blocking(move || {
        observability.shutdown();
        observability.health()
    });
    let health = health.await.unwrap();
    assert_eq!(collector.taken.invalid(), Vec::<String>::new());
    let log = collector.log();
    assert!(!log.contains("error") && !log.contains("reject"), "{log}");
    let refused = |exporter: &chronoscope::Exporter| exporter.failures > 0;
    assert!(
        !health.exporters.iter().any(refused),
        "{health:?} {}",
        prometheus.log()
    );
    assert!(health.series.renamed > 0 && health.series.values_refused > 0);
    assert!(health.series.dropped > 0 && health.series.folded > 0);
    let lost = prometheus
        .query("sum(prometheus_target_scrapes_sample_duplicate_timestamp_total) or vector(0)");
    assert_eq!(lost, [0.0], "{}", prometheus.log());
    let log = prometheus.log();
    assert!(
        !log.contains("duplicate") && !log.contains("Error"),
        "{log}"
    );
}
