//! The SDK core's own metrics, through the facade.

use std::{
    collections::HashMap,
    sync::{
        Arc, Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use chronoscope::{
    Observability,
    metrics::{FacadeMeter, Naming},
};
use metrics_util::debugging::DebuggingRecorder;
use temporalio_common::telemetry::metrics::{
    CoreMeter, GaugeBase, HeartbeatMetricType, MetricAttributable, MetricAttributes,
    MetricKeyValue, NewAttributes,
};

use super::{Recorded, read};
use crate::{
    scenarios::{self, Timers},
    support::{connect, end, namespace, observed, start, unique},
};

fn attributes(labels: &[(&str, &str)]) -> NewAttributes {
    labels
        .iter()
        .map(|(name, value)| MetricKeyValue::new(*name, value.to_string()))
        .into()
}

/// Runs three workflows on an observed worker and returns what the core recorded.
async fn recorded(naming: Naming) -> (Recorded, String) {
    let recorder = Arc::new(DebuggingRecorder::new());
    let snapshotter = recorder.snapshotter();
    let observability = Observability::builder()
        .metrics(|m| m.recorder(recorder).naming(naming))
        .build()
        .unwrap();
    let client = connect(Some(&observability)).await;
    let queue = unique("core");
    observed(
        &client,
        &observability,
        scenarios::worker(&queue, 1000),
        async {
            for _ in 0..3 {
                end(&start(&client, &queue, Timers::run, ()).await).await;
            }
        },
    )
    .await;
    (read(&snapshotter), queue)
}

fn find(recorded: &Recorded, name: &str, label: &str) -> Option<f64> {
    let prefix = format!("{name}{{");
    let mut found = recorded
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix) && key.contains(label));
    found.next().map(|(_, value)| *value)
}

#[tokio::test]
async fn come_out_with_prometheus_names() {
    let (recorded, queue) = recorded(Naming::Prometheus).await;
    let namespace = namespace().await;
    let completed = format!(
        "temporal_workflow_completed_total{{namespace={namespace},task_queue={queue},workflow_type=Timers}}"
    );
    assert_eq!(recorded.get(&completed), Some(&3.0), "{recorded:#?}");
    for (name, label) in [
        (
            "temporal_workflow_endtoend_latency_seconds",
            "workflow_type=Timers",
        ),
        (
            "temporal_workflow_task_execution_latency_seconds",
            "workflow_type=Timers",
        ),
        ("temporal_workflow_task_queue_poll_succeed_total", &queue),
        ("temporal_num_pollers", "poller_type=workflow_task"),
        (
            "temporal_worker_task_slots_available",
            "worker_type=WorkflowWorker",
        ),
        ("temporal_sticky_cache_size", &queue),
        // Those of the client, which come by way of the connection's options.
        ("temporal_request_total", "operation=StartWorkflowExecution"),
        (
            "temporal_request_latency_seconds",
            "operation=RespondWorkflowTaskCompleted",
        ),
        (
            "temporal_long_request_total",
            "operation=PollWorkflowTaskQueue",
        ),
    ] {
        assert!(
            find(&recorded, name, label).is_some(),
            "{name} {label}: {recorded:#?}"
        );
    }
}

#[tokio::test]
async fn keep_the_cores_names_on_demand() {
    let (recorded, _) = recorded(Naming::Core).await;
    let completed = find(
        &recorded,
        "temporal_workflow_completed",
        "workflow_type=Timers",
    );
    assert_eq!(completed, Some(3.0));
    assert!(find(&recorded, "temporal_request_latency", "operation").is_some());
    assert!(
        recorded
            .keys()
            .all(|key| !key.contains("_total{") && !key.contains("_seconds{"))
    );
}

#[test]
fn durations_are_in_the_unit_that_the_name_says() {
    for (naming, name, expected) in [
        (Naming::Prometheus, "d_seconds", 1.5),
        (Naming::Core, "d", 1500.0),
    ] {
        let recorder = Arc::new(DebuggingRecorder::new());
        let snapshotter = recorder.snapshotter();
        let meter = FacadeMeter::new(recorder, naming);
        let set = meter.new_attributes(attributes(&[("a", "1")]));
        meter
            .histogram_duration("d".into())
            .record(Duration::from_millis(1500), &set);
        let [(key, _, _, value)] = &snapshotter.snapshot().into_vec()[..] else {
            panic!("one histogram");
        };
        assert_eq!(key.key().name(), name);
        let metrics_util::debugging::DebugValue::Histogram(values) = value else {
            panic!("{value:?}");
        };
        assert_eq!(
            values
                .iter()
                .map(|value| value.into_inner())
                .collect::<Vec<_>>(),
            [expected]
        );
    }
}

#[test]
fn label_sets_extend_and_later_labels_win() {
    let recorder = Arc::new(DebuggingRecorder::new());
    let snapshotter = recorder.snapshotter();
    let meter = FacadeMeter::new(recorder, Naming::Core);
    let base = meter.new_attributes(attributes(&[("a", "1"), ("b", "1")]));
    let counter = meter.counter("c".into());
    for _ in 0..2 {
        let extended = meter.extend_attributes(base.clone(), attributes(&[("b", "2"), ("c", "3")]));
        counter.add(1, &extended);
    }
    counter.add(5, &base);
    let expected = [("c{a=1,b=1}", 5.0), ("c{a=1,b=2,c=3}", 2.0)];
    let expected: Recorded = expected.map(|(key, value)| (key.to_owned(), value)).into();
    assert_eq!(read(&snapshotter), expected);
}

#[test]
fn worker_heartbeats_find_their_labels() {
    let meter = FacadeMeter::new(metrics::NoopRecorder, Naming::Prometheus);
    let used = Arc::new(AtomicU64::new(0));
    let heartbeat = HeartbeatMetricType::WithLabel {
        label_key: "worker_type".to_owned(),
        metrics: HashMap::from([("WorkflowWorker".to_owned(), used.clone())]),
    };
    let gauge = meter.gauge_with_in_memory("slots_used".into(), heartbeat);
    let set = meter.new_attributes(attributes(&[("namespace", "ns")]));
    let set = meter.extend_attributes(set, attributes(&[("worker_type", "WorkflowWorker")]));
    gauge.with_attributes(&set).unwrap().records(3);
    assert_eq!(used.load(Ordering::Relaxed), 3);
}

#[test]
fn threads_that_make_a_label_set_at_once_get_the_same_one() {
    let meter = FacadeMeter::new(metrics::NoopRecorder, Naming::Prometheus);
    for n in 0..5_000 {
        let barrier = Barrier::new(2);
        let make = || {
            barrier.wait();
            match meter.new_attributes(attributes(&[("n", &n.to_string())])) {
                MetricAttributes::NoOp(labels) => labels,
                _ => panic!("another meter's"),
            }
        };
        let [one, other] = thread::scope(|scope| {
            [scope.spawn(make), scope.spawn(make)].map(|made| made.join().unwrap())
        });
        assert!(Arc::ptr_eq(&one, &other), "two sets at the {n}th time");
    }
}
