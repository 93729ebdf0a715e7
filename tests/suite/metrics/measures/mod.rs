//! Chronoscope's own metrics of Temporal, together with the core's.

mod agreement;
mod helpers;

use std::sync::Arc;

use chronoscope::Observability;
use metrics_util::debugging::{DebuggingRecorder, Snapshotter};
use temporalio_client::{Client, ClientOptions, WorkflowQueryOptions};

use self::agreement::{count, metrics_of};
use super::{Recorded, read};
use crate::{
    scenarios::{self, Asked, Timers},
    support::{connect, end, moment, namespace, observed, start, unique},
};

pub fn observability() -> (Observability, Snapshotter) {
    let recorder = Arc::new(DebuggingRecorder::new());
    let snapshotter = recorder.snapshotter();
    let builder = Observability::builder().metrics(|m| m.recorder(recorder));
    (
        builder
            .metrics(|m| m.activity_types(["never_called"]))
            .build()
            .unwrap(),
        snapshotter,
    )
}

/// The sum of all series of a metric whose labels hold each of the given pairs.
pub fn sum(recorded: &Recorded, metric: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let holds = |key: &str| {
        let Some(own) = key
            .strip_prefix(metric)
            .and_then(|key| key.strip_prefix('{'))
        else {
            return false;
        };
        let own: Vec<_> = own.trim_end_matches('}').split(',').collect();
        labels
            .iter()
            .all(|(name, value)| own.contains(&&*format!("{name}={value}")))
    };
    let series: Vec<_> = recorded.iter().filter(|(key, _)| holds(key)).collect();
    (!series.is_empty()).then(|| series.iter().map(|(_, value)| **value).sum())
}

#[tokio::test]
async fn counters_are_there_as_zero_when_a_worker_starts() {
    let (observability, snapshotter) = observability();
    let client = connect(Some(&observability)).await;
    let queue = unique("zeros");
    let options = scenarios::worker(&queue, 10);
    observed(&client, &observability, options, async {
        // Until the worker has begun to poll.
        let polls = || sum(&read(&snapshotter), "temporal_num_pollers", &[]);
        while polls() == Some(0.0) || polls().is_none() {
            moment().await;
        }
        let recorded = read(&snapshotter);
        for (metric, labels) in [
            (
                "temporal_workflow_failed_total",
                &[("workflow_type", "Timers")][..],
            ),
            (
                "temporal_workflow_task_execution_failed_total",
                &[
                    ("workflow_type", "Timers"),
                    ("failure_reason", "NonDeterminismError"),
                ],
            ),
            (
                "temporal_workflow_outcome_total",
                &[("workflow_type", "Parent"), ("outcome", "failed")],
            ),
            (
                "temporal_workflow_signal_total",
                &[("signal_name", "add"), ("outcome", "failed")],
            ),
            (
                "temporal_workflow_update_total",
                &[("update_name", "add_slowly"), ("outcome", "rejected")],
            ),
            (
                "temporal_activity_outcome_total",
                &[("activity_type", "never_called"), ("outcome", "failed")],
            ),
            (
                "temporal_sticky_cache_miss_total",
                &[("task_queue", &queue)],
            ),
            (
                "temporal_workflow_task_queue_poll_empty_total",
                &[("task_queue", &queue)],
            ),
            ("chronoscope_hook_panics_total", &[]),
        ] {
            assert_eq!(
                sum(&recorded, metric, labels),
                Some(0.0),
                "{metric} {labels:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn queries_of_an_ended_run_add_nothing_to_its_completions() {
    let (observability, snapshotter) = observability();
    let client = connect(Some(&observability)).await;
    let queue = unique("asked");
    observed(
        &client,
        &observability,
        scenarios::worker(&queue, 0),
        async {
            let handle = start(&client, &queue, Asked::run, ()).await;
            handle
                .signal(Asked::add, 5, Default::default())
                .await
                .unwrap();
            end(&handle).await;
            for _ in 0..5 {
                handle
                    .query(Asked::total, (), WorkflowQueryOptions::default())
                    .await
                    .unwrap();
            }
        },
    )
    .await;
    let recorded = read(&snapshotter);
    let completed = [("outcome", "completed")];
    assert_eq!(
        sum(&recorded, "temporal_workflow_outcome_total", &completed),
        Some(1.0)
    );
    assert_eq!(
        sum(&recorded, "temporal_workflow_query_total", &completed),
        Some(5.0)
    );
    assert_eq!(
        sum(&recorded, "temporal_workflow_signal_total", &completed),
        Some(1.0)
    );
}

#[tokio::test]
async fn what_is_wired_in_twice_measures_once() {
    let (observability, snapshotter) = observability();
    let once = connect(Some(&observability)).await;
    let options = ClientOptions::new(namespace().await)
        .plugin(observability.plugin())
        .build();
    let client = Client::new(once.connection().clone(), options).unwrap();
    let queue = unique("twice");
    let worker = scenarios::worker(&queue, 0);
    let run = observed(&client, &observability, worker, async {
        let handle = start(&client, &queue, Timers::run, ()).await;
        end(&handle).await;
        (
            handle.info().workflow_id.clone(),
            handle.run_id().map(str::to_owned),
        )
    })
    .await;
    let counted = count(&client, vec![run]).await;
    let recorded = read(&snapshotter);
    for thing in ["task Timers", "workflow Timers completed"] {
        for (metric, labels) in metrics_of(thing) {
            let value = sum(&recorded, metric, &labels);
            assert_eq!(value, Some(counted[thing] as f64), "{metric}");
        }
    }
}
