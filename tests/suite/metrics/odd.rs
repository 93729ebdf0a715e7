//! What users record, however odd, breaks no endpoint and does not vanish without a count.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use chronoscope::{
    Observability, export,
    metrics::{
        CardinalityLimits,
        export::{Otlp, Prometheus},
    },
    schema::{Field, Operation},
    testing::execution,
};
use metrics::{Unit, counter, describe_histogram, gauge, histogram};

use crate::{
    scenarios::{self, Timers},
    support::{
        Lines,
        collector::{Collector, Sent},
        connect, end, http, observed, start, unique,
    },
};

/// Long enough that nothing is sent but at the end.
const NEVER: Duration = Duration::from_secs(3600);

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// The same recordings as Prometheus is served them, and as a collector gets them.
struct Both {
    served: BTreeMap<String, f64>,
    page: String,
    sent: BTreeMap<String, Sent>,
    collector: Collector,
    health: chronoscope::Health,
}

impl Both {
    /// The series of a scrape whose names begin so.
    fn served(&self, prefix: &str) -> Vec<(&str, f64)> {
        let found = self.served.iter();
        let found = found.filter(|(series, _)| series.starts_with(prefix));
        found.map(|(series, value)| (&**series, *value)).collect()
    }

    /// The series that the collector has whose names begin so.
    fn sent(&self, prefix: &str) -> Vec<(&str, &Sent)> {
        let found = self.sent.iter();
        let found = found.filter(|(series, _)| series.starts_with(prefix));
        found.map(|(series, value)| (&**series, value)).collect()
    }
}

/// Reads a scrape, which must not hold a series twice nor a label twice in one.
fn read(page: &str) -> BTreeMap<String, f64> {
    let mut read = BTreeMap::new();
    for line in page
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (series, value) = line.rsplit_once(' ').unwrap();
        if let Some((_, labels)) = series.split_once('{') {
            let labels = labels.trim_end_matches('}').split("\",");
            let mut names: Vec<_> = labels
                .map(|label| label.split_once('=').unwrap().0)
                .collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "a label is there twice: {line}");
        }
        let before = read.insert(series.to_owned(), value.parse().unwrap());
        assert_eq!(before, None, "a series is there twice: {line}");
    }
    read
}

async fn both(limits: CardinalityLimits, body: impl FnOnce()) -> Both {
    let (collector, endpoint) = Collector::start().await;
    let otlp = Otlp::to(export::Collector::at(endpoint))
        .interval(NEVER)
        .buckets("boxes", [5.0, 1.0, 5.0, f64::INFINITY, f64::NAN, 2.0])
        .buckets("empty", []);
    let prometheus = Prometheus::new(anywhere())
        .buckets("boxes", [5.0, 1.0, 5.0, f64::INFINITY, f64::NAN, 2.0])
        .buckets("empty", []);
    let observability = Observability::builder()
        .metrics(|m| m.prometheus(prometheus).otlp(otlp).limits(limits))
        .build()
        .unwrap();
    metrics::with_local_recorder(&observability.recorder(), body);
    let health = observability.health();
    let page = http::get(observability.prometheus_address().unwrap(), "/metrics").unwrap();
    tokio::task::spawn_blocking(move || observability.shutdown())
        .await
        .unwrap();
    Both {
        served: read(&page),
        page,
        sent: collector.series(),
        collector,
        health,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_become_the_same_are_one_series_with_all_that_was_recorded() {
    let lines = Lines::default();
    let seen = {
        let _default = lines.set_default();
        both(CardinalityLimits::default(), || {
            counter!("orders.done_total").increment(5);
            counter!("orders_done_total").increment(7);
            counter!("packed").increment(1);
            counter!("Packed").increment(2);
            gauge!("queue length").set(1.0);
            gauge!("queue/length").set(4.0);
            histogram!("weight", "size.class" => "s").record(1.0);
            histogram!("weight", "size_class" => "s").record(2.0);
            histogram!("weight", "size-class" => "l").record(3.0);
        })
        .await
    };
    assert_eq!(seen.served("orders"), [("orders_done_total", 12.0)]);
    assert_eq!(
        seen.sent("orders"),
        [("orders.done_total{}", &Sent::Sum(12))]
    );
    assert_eq!(seen.served("acked").len() + seen.served("Packed").len(), 0);
    assert_eq!(seen.served("packed"), [("packed", 3.0)]);
    assert_eq!(seen.sent("packed"), [("packed{}", &Sent::Sum(3))]);
    assert_eq!(seen.served("queue"), [("queue_length", 4.0)]);
    assert_eq!(seen.sent("queue").len(), 1);
    assert_eq!(
        seen.served("weight_count"),
        [
            ("weight_count{size_class=\"l\"}", 1.0),
            ("weight_count{size_class=\"s\"}", 2.0)
        ]
    );
    let warned = lines.of("chronoscope");
    let warned = warned.iter().filter(|line| {
        let names = ["orders_done_total", "Packed", "queue/length"];
        names.contains(&line["fields"]["name"].as_str().unwrap_or_default())
    });
    assert_eq!(warned.count(), 3);
    assert!(seen.health.series.renamed >= 3, "{:?}", seen.health.series);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_label_that_equals_one_of_ours_is_there_once() {
    let workflow = execution(Operation::RunWorkflow)
        .field(Field::Namespace, "ns")
        .field(Field::WorkflowType, "Order")
        .build();
    let seen = both(CardinalityLimits::default(), || {
        workflow.run(|| {
            counter!("orders_total", "workflow.type" => "vip").increment(1);
            counter!("twice_total", "kind" => "a", "kind" => "b").increment(1);
        });
    })
    .await;
    assert_eq!(
        seen.served("orders_total"),
        [("orders_total{workflow_type=\"vip\",namespace=\"ns\"}", 1.0)]
    );
    assert_eq!(
        seen.sent("orders_total"),
        [(
            "orders_total{namespace=ns,workflow.type=vip}",
            &Sent::Sum(1)
        )]
    );
    assert_eq!(seen.served("twice_total").len(), 1);
    assert!(seen.served("twice_total")[0].0.contains("kind=\"b\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn reserved_labels_are_renamed_the_same_way_for_both() {
    let seen = both(CardinalityLimits::default(), || {
        for reserved in ["le", "quantile", "__name__", "job", "instance", ""] {
            histogram!("weight", reserved => "x").record(1.0);
        }
    })
    .await;
    for renamed in [
        "exported_le",
        "exported_quantile",
        "exported_name",
        "exported_job",
        "exported_instance",
        "exported_label",
    ] {
        let served = format!("weight_count{{{renamed}=\"x\"}}");
        assert_eq!(seen.served.get(&served), Some(&1.0), "{served}");
        assert!(seen.sent.contains_key(&format!("weight{{{renamed}=x}}")));
    }
    assert_eq!(seen.served("weight_count").len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_used_as_two_kinds_stays_what_it_was_first() {
    let seen = both(CardinalityLimits::default(), || {
        counter!("things").increment(3);
        gauge!("things_total").set(1.0);
        histogram!("weight").record(1.0);
        counter!("weight_count").increment(9);
        gauge!("weight_sum").set(9.0);
        gauge!("weight.bucket").set(9.0);
        gauge!("depth_sum").set(2.0);
        histogram!("depth").record(1.0);
        // One of chronoscope's own metrics, which is not recorded yet.
        gauge!("temporal_workflow_completed_total").set(9.0);
    })
    .await;
    assert_eq!(seen.served("things"), [("things", 3.0)]);
    assert_eq!(seen.served["weight_count"], 1.0);
    assert_eq!(seen.served["weight_sum"], 1.0);
    assert_eq!(seen.served("depth"), [("depth_sum", 2.0)]);
    assert_eq!(seen.sent("depth").len(), 1);
    assert_eq!(seen.served("temporal_workflow_completed"), []);
    assert_eq!(seen.health.series.dropped, 6);
    assert_eq!(seen.served["chronoscope_series_dropped_total"], 6.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_one_sink_would_drop_reach_both() {
    let names = [
        ("_private_total", "private_total"),
        ("job:orders:sum", "job_orders_sum"),
        ("3d_prints_total", "metric_3d_prints_total"),
        ("bestellungen_größe", "bestellungen_gr__e"),
        ("", "unnamed"),
        ("discount", "discount"),
        ("up", "exported_up"),
        (
            "scrape.duration.seconds",
            "exported_scrape.duration.seconds",
        ),
    ];
    let seen = both(CardinalityLimits::default(), || {
        for (name, _) in names {
            gauge!(name).set(1.0);
        }
        gauge!("x".repeat(300)).set(1.0);
        histogram!("checksum").record(2.0);
        histogram!("account").record(3.0);
    })
    .await;
    for (_, name) in names {
        let served = name.replace('.', "_");
        assert_eq!(seen.served.get(&served), Some(&1.0), "{name}");
        assert_eq!(
            seen.sent.get(&format!("{name}{{}}")),
            Some(&Sent::Gauge(1.0))
        );
    }
    assert_eq!(seen.served("xxx").len(), 1);
    assert_eq!(seen.sent("xxx").len(), 1);
    // Whose names end like a part of a histogram.
    assert_eq!(seen.served.get("checksum_sum"), Some(&2.0), "{}", seen.page);
    assert_eq!(seen.served.get("account_count"), Some(&1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_finite_number_is_not_recorded_and_counted() {
    let seen = both(CardinalityLimits::default(), || {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 2.0] {
            histogram!("weight").record(value);
            gauge!("depth").set(value);
            gauge!("depth").increment(value);
            gauge!("depth").decrement(value);
        }
    })
    .await;
    assert_eq!(seen.served["weight_sum"], 2.0);
    assert_eq!(seen.served["weight_count"], 1.0);
    assert_eq!(seen.served["depth"], 2.0);
    assert_eq!(seen.sent["depth{}"], Sent::Gauge(2.0));
    assert_eq!(seen.health.series.values_refused, 16);
    assert_eq!(seen.served["chronoscope_values_refused_total"], 16.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_are_put_in_order() {
    let seen = both(CardinalityLimits::default(), || {
        histogram!("boxes").record(2.0);
        histogram!("empty").record(2.0);
    })
    .await;
    let bounds = [1.0, 2.0, 5.0];
    for bound in bounds {
        let series = format!("boxes_bucket{{le=\"{bound}\"}}");
        let expected = if bound < 2.0 { 0.0 } else { 1.0 };
        assert_eq!(seen.served.get(&series), Some(&expected), "{series}");
    }
    assert_eq!(seen.served("boxes_bucket").len(), 4);
    let Sent::Histogram { bounds: sent, .. } = &seen.sent["boxes{}"] else {
        panic!("{:?}", seen.sent);
    };
    assert_eq!(sent[..], bounds);
    let Sent::Histogram { bounds: sent, .. } = &seen.sent["empty{}"] else {
        panic!("{:?}", seen.sent);
    };
    assert_eq!(sent.len(), 25);
    assert_eq!(seen.served("empty_bucket").len(), 26);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_stay_apart_that_are_apart_and_become_one_that_are_one() {
    let values = [r"a\b", r"a\\b", "a\nb", r"a\nb", "a\"b", "a\\\"b", "ä"];
    let seen = both(CardinalityLimits::default(), || {
        for value in values {
            counter!("quoted_total", "text" => value).increment(1);
        }
        counter!("plain_total").increment(1);
        counter!("plain_total", "none" => "").increment(2);
        counter!("long_total", "text" => "x".repeat(1 << 20)).increment(1);
    })
    .await;
    assert_eq!(seen.served("quoted_total").len(), values.len());
    assert_eq!(seen.sent("quoted_total").len(), values.len());
    assert_eq!(seen.served("plain_total"), [("plain_total", 3.0)]);
    assert_eq!(
        seen.served("long_total"),
        [("long_total{text=\"__other__\"}", 1.0)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn label_names_are_bounded_like_values() {
    let limits = CardinalityLimits::default().label_names(3);
    let seen = both(limits, || {
        for n in 0..1000 {
            counter!("orders_total", format!("label{n}") => "x").increment(1);
        }
    })
    .await;
    assert_eq!(seen.served("orders_total").len(), 4);
    assert_eq!(seen.served["orders_total"], 997.0);
    assert_eq!(seen.sent("orders_total").len(), 4);
    let folded = seen.served("chronoscope_label_values_folded_total");
    let names = folded
        .iter()
        .filter(|(series, _)| series.contains("reason=\"names\""));
    assert_eq!(names.clone().count(), 1, "{folded:?}");
    assert_eq!(names.map(|(_, value)| value).sum::<f64>(), 997.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_those_of_ucum_and_ports_are_numbers() {
    let seen = both(CardinalityLimits::default(), || {
        for (name, unit) in [
            ("a", Unit::Bytes),
            ("b", Unit::Kibibytes),
            ("c", Unit::Microseconds),
            ("d", Unit::GigabitsPerSecond),
            ("e", Unit::CountPerSecond),
            ("f", Unit::Percent),
            ("g", Unit::Count),
        ] {
            describe_histogram!(name, unit, "Something");
            histogram!(name).record(1.0);
        }
    })
    .await;
    let unit = |name: &str| seen.collector.described(name).unwrap().0;
    let units = ["a", "b", "c", "d", "e", "f", "g"].map(unit);
    assert_eq!(units, ["By", "KiBy", "us", "Gbit/s", "1/s", "%", ""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_unit_makes_two_metrics_one_in_prometheus() {
    let lines = Lines::default();
    let seen = {
        let _default = lines.set_default();
        both(CardinalityLimits::default(), || {
            // With its unit, Prometheus calls the one from a collector as the other is called.
            describe_histogram!("latency", Unit::Seconds, "Something");
            histogram!("latency").record(1.0);
            histogram!("latency_seconds").record(2.0);
            histogram!("size_bytes").record(3.0);
            describe_histogram!("size", Unit::Bytes, "Something");
            histogram!("size").record(4.0);
            describe_histogram!("wait_seconds", Unit::Seconds, "Something");
            histogram!("wait_seconds").record(5.0);
        })
        .await
    };
    let unit = |name: &str| seen.collector.described(name).map(|(unit, _)| unit);
    assert_eq!(unit("latency").as_deref(), Some("s"));
    assert_eq!(unit("latency_seconds"), None);
    assert_eq!(unit("size_bytes").as_deref(), Some(""));
    assert_eq!(unit("size").as_deref(), Some(""));
    assert_eq!(unit("wait_seconds").as_deref(), Some("s"));
    assert_eq!(seen.served("latency_seconds"), []);
    let told = lines.text();
    assert_eq!(told.matches("its name is taken by").count(), 1, "{told}");
}

/// What a collector gets of one metric that has 3,000 label sets.
async fn of_3000(limit: usize) -> Both {
    let limits = CardinalityLimits::default().values(3000).series(limit);
    both(limits, || {
        for n in 0..3000 {
            counter!("orders_total", "n" => n.to_string()).increment(1);
            gauge!("depth", "n" => n.to_string()).set(1.0);
            histogram!("weight", "n" => n.to_string()).record(1.0);
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_of_series_is_ours_for_a_collector_too() {
    let all = of_3000(10_000).await;
    let some = of_3000(1000).await;
    for name in ["orders_total{", "depth{", "weight{"] {
        assert_eq!(all.sent(name).len(), 3000, "{name}");
        assert_eq!(some.sent(name).len(), 1001, "{name}");
    }
    assert_eq!(some.sent["orders_total{n=__other__}"], Sent::Sum(2000));
    let Sent::Histogram { count, .. } = some.sent["weight{n=__other__}"] else {
        panic!("no histogram");
    };
    assert_eq!(count, 2000);
    let overflows = |seen: &Both| {
        seen.sent
            .keys()
            .any(|key| key.contains("otel.metric.overflow"))
    };
    assert!(!overflows(&all) && !overflows(&some));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_namespace_may_be_called_otherwise_on_every_metric() {
    let observability = Observability::builder()
        .metrics(|m| {
            m.prometheus(anywhere())
                .namespace_label("temporal_namespace")
        })
        .build()
        .unwrap();
    let client = connect(Some(&observability)).await;
    let queue = unique("renamed");
    let worker = scenarios::worker(&queue, 10);
    let run = async { end(&start(&client, &queue, Timers::run, ()).await).await };
    observed(&client, &observability, worker, run).await;
    let workflow = execution(Operation::RunWorkflow)
        .field(Field::Namespace, "ns")
        .build();
    metrics::with_local_recorder(&observability.recorder(), || {
        counter!("orders_total", "namespace" => "mine").increment(1);
        workflow.run(|| counter!("vips_total", "temporal_namespace" => "vip").increment(1));
    });
    let page = http::get(observability.prometheus_address().unwrap(), "/metrics").unwrap();
    let labelled = |label: &str| {
        let labels = [format!("{{{label}="), format!(",{label}=")];
        let mut lines = page.lines();
        move |name: &str| {
            lines.any(|line| line.starts_with(name) && labels.iter().any(|l| line.contains(l)))
        }
    };
    assert!(
        page.contains("vips_total{temporal_namespace=\"vip\"} 1\n"),
        "{page}"
    );
    assert_eq!(observability.health().series.folded, 0);
    // One that another label has can't be its name.
    let refused = Observability::builder().metrics(|m| m.namespace_label("task_queue"));
    let error = refused.build().unwrap_err().to_string();
    assert!(error.contains("task_queue"), "{error}");
    for name in [
        "orders_total",
        "temporal_workflow_completed_total",
        "temporal_num_pollers",
        "temporal_workflow_outcome_total",
    ] {
        assert!(labelled("temporal_namespace")(name), "{name}");
        assert!(!labelled("namespace")(name), "{name}");
    }
}
