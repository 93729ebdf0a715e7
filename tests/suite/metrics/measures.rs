//! Our own metrics of Temporal, and the core's beside them: each equals what the histories say,
//! however often runs were replayed.

use std::sync::Arc;

use chronoscope::{Observability, record_heartbeat};
use futures::future::join_all;
use metrics_util::debugging::{DebuggingRecorder, Snapshotter};
use temporalio_client::{Client, ClientOptions, WorkflowQueryOptions};
use temporalio_common::data_converters::{
    DataConverter, DefaultFailureConverter, DefaultPayloadCodec, PayloadCodec as _,
    PayloadConverter, SerializationContextData,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use super::{
    Recorded,
    histories::{Counted, count},
    read,
};
use crate::{
    scenarios::{self, Asked, Timers, doubled},
    support::{connect, end, namespace, observed, start, unique},
};

fn observability() -> (Observability, Snapshotter) {
    let recorder = Arc::new(DebuggingRecorder::new());
    let snapshotter = recorder.snapshotter();
    let builder = Observability::builder().metrics(recorder);
    (
        builder.activity_types(["never_called"]).build(),
        snapshotter,
    )
}

/// Plays every scenario, and returns what was recorded and what the histories say.
async fn played(cache: usize) -> (Recorded, Counted, String) {
    let (observability, snapshotter) = observability();
    let client = connect(Some(&observability)).await;
    let queue = unique("measured");
    let runs = observed(
        &client,
        &observability,
        scenarios::worker(&queue, cache),
        join_all(
            scenarios::ALL
                .iter()
                .map(|scenario| (scenario.play)(client.clone(), queue.clone())),
        ),
    )
    .await;
    let counted = count(&client, runs.into_iter().flatten().collect()).await;
    (read(&snapshotter), counted, queue)
}

/// The sum of all series of a metric whose labels hold each of the given pairs.
fn sum(recorded: &Recorded, metric: &str, labels: &[(&str, &str)]) -> Option<f64> {
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

/// The metric and labels that a thing in the histories counts as, for each that counts it.
fn metrics_of(thing: &str) -> Vec<(&'static str, Vec<(&'static str, &str)>)> {
    match thing.split(' ').collect::<Vec<_>>()[..] {
        ["workflow", kind, how] => {
            let core = match how {
                "completed" => "temporal_workflow_completed_total",
                "failed" => "temporal_workflow_failed_total",
                "cancelled" => "temporal_workflow_canceled_total",
                _ => "temporal_workflow_continue_as_new_total",
            };
            vec![
                (
                    "temporal_workflow_outcome_total",
                    vec![("workflow_type", kind), ("outcome", how)],
                ),
                (core, vec![("workflow_type", kind)]),
            ]
        }
        ["signal", kind, name] => vec![(
            "temporal_workflow_signal_total",
            vec![
                ("workflow_type", kind),
                ("signal_name", name),
                ("outcome", "completed"),
            ],
        )],
        ["update", kind, name, how] => vec![(
            "temporal_workflow_update_total",
            vec![
                ("workflow_type", kind),
                ("update_name", name),
                ("outcome", how),
            ],
        )],
        ["activity", kind, "cancelled"] => vec![
            (
                "temporal_activity_execution_cancelled_total",
                vec![("activity_type", kind)],
            ),
            (
                "temporal_activity_outcome_total",
                vec![("activity_type", kind), ("outcome", "cancelled")],
            ),
        ],
        // One activation a task, where it has no local activities to wait for.
        ["task", "Timers"] => vec![(
            "temporal_workflow_history_length",
            vec![("workflow_type", "Timers")],
        )],
        ["task", ..] => Vec::new(),
        // Those of one type that ended for good, in whatever way.
        ["activity", kind, ..] => {
            vec![("temporal_activity_attempts", vec![("activity_type", kind)])]
        }
        _ => panic!("{thing} is not counted"),
    }
}

async fn agrees_with_the_histories(cache: usize) -> Recorded {
    let (recorded, counted, queue) = played(cache).await;
    let namespace = namespace().await;
    assert!(counted.len() > 20, "{counted:#?}");
    for (thing, times) in &counted {
        for (metric, mut labels) in metrics_of(thing) {
            labels.extend([("namespace", namespace), ("task_queue", &queue)]);
            let value = sum(&recorded, metric, &labels);
            // The local ones of this type leave no event, but the journal knows.
            let times = match thing.as_str() {
                "activity Steps::double completed" => doubled(&queue),
                _ => *times,
            };
            assert_eq!(value, Some(times as f64), "{thing}: {metric} {labels:?}");
        }
    }
    // The journal of the client: what leaves no event.
    let is = |metric, labels: &[_], expected| {
        assert_eq!(
            sum(&recorded, metric, labels),
            Some(expected),
            "{metric} {labels:?}"
        );
    };
    let query = [("query_name", "total"), ("workflow_type", "Asked")];
    is("temporal_workflow_query_total", &query, 2.0);
    is(
        "temporal_workflow_update_total",
        &[("outcome", "rejected")],
        1.0,
    );
    let outcomes: f64 = counted
        .iter()
        .filter(|(k, _)| k.starts_with("workflow"))
        .map(|(_, n)| *n as f64)
        .sum();
    is("temporal_workflow_outcome_total", &[], outcomes);
    is(
        "temporal_activity_error_total",
        &[("error_type", "ApplicationError")],
        2.0,
    );
    for (metric, labels) in [
        (
            "temporal_workflow_history_length",
            &[("workflow_type", "Timers")][..],
        ),
        (
            "temporal_workflow_history_size_bytes",
            &[("workflow_type", "Timers")],
        ),
        (
            "temporal_workflow_command_payload_size_bytes",
            &[("command_type", "ScheduleActivity")],
        ),
        (
            "temporal_activity_first_schedule_to_end_latency_seconds",
            &[("outcome", "completed")],
        ),
    ] {
        assert!(sum(&recorded, metric, labels) > Some(0.0), "{metric}");
    }
    recorded
}

#[tokio::test]
async fn without_a_cache_all_metrics_are_what_the_histories_say() {
    let recorded = agrees_with_the_histories(0).await;
    let timers = [("workflow_type", "Timers")];
    assert!(sum(&recorded, "temporal_workflow_replay_length", &timers) > Some(0.0));
    assert!(
        sum(
            &recorded,
            "temporal_workflow_replay_latency_seconds",
            &timers
        ) > Some(0.0)
    );
    let logs = [("workflow_type", "Timers"), ("signal", "log")];
    assert!(sum(&recorded, "chronoscope_replay_suppressed_total", &logs) >= Some(0.0));
}

#[tokio::test]
async fn with_a_cache_all_metrics_are_what_the_histories_say() {
    let recorded = agrees_with_the_histories(1000).await;
    let timers = [("workflow_type", "Timers")];
    assert_eq!(
        sum(&recorded, "temporal_workflow_replay_length", &timers),
        Some(0.0)
    );
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
            tokio::task::yield_now().await;
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

struct Beating;

#[activities]
impl Beating {
    #[activity]
    async fn beat(ctx: ActivityContext, times: u32) -> Result<(), ActivityError> {
        for n in 0..times {
            record_heartbeat(&ctx, n).await?;
        }
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Hearted;

#[workflow_methods]
impl Hearted {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, times: u32) -> WorkflowResult<()> {
        let options = ActivityOptions::start_to_close_timeout(std::time::Duration::from_secs(20));
        ctx.execute_activity(Beating::beat, times, options).await?;
        Ok(())
    }
}

#[tokio::test]
async fn heartbeats_by_the_helper_are_measured() {
    let (observability, snapshotter) = observability();
    let options = WorkerOptions::new(unique("beats"))
        .register_activities(Beating)
        .register_workflow::<Hearted>()
        .unwrap()
        .build();
    crate::support::run(&observability, options, Hearted::run, 7).await;
    let gaps = sum(
        &read(&snapshotter),
        "temporal_activity_heartbeat_gap_seconds",
        &[],
    );
    assert_eq!(gaps, Some(7.0));
}

#[tokio::test]
async fn the_codec_measures_what_passes_it() {
    let (observability, snapshotter) = observability();
    let converter = DataConverter::new(
        PayloadConverter::default(),
        DefaultFailureConverter::default(),
        observability.codec(DefaultPayloadCodec),
    );
    let options = ClientOptions::new("any")
        .data_converter(converter.clone())
        .build();
    let context = SerializationContextData::None;
    let payload = options
        .data_converter
        .to_payload(&context, &"hello".to_owned())
        .await
        .unwrap();
    let back: String = converter
        .from_payload(&context, payload.clone())
        .await
        .unwrap();
    assert_eq!(back, "hello");
    let decoded = observability
        .codec(DefaultPayloadCodec)
        .decode(&context, vec![payload; 3])
        .await;
    assert_eq!(decoded.unwrap().len(), 3);
    let recorded = read(&snapshotter);
    for (direction, times) in [("encode", 1.0), ("decode", 4.0)] {
        let labels = [("direction", direction), ("context", "none")];
        assert_eq!(
            sum(&recorded, "temporal_payload_size_bytes", &labels),
            Some(times)
        );
    }
}
