//! What a replay-safe recorder records: once, labelled, and nothing that can't be right.

use std::time::Duration;

use chronoscope::{
    Observability,
    execution::Phase,
    metrics::{Refusals, ReplayRecorder},
    schema::{Field, Operation},
    testing::{ExecutionBuilder, execution},
};
use futures::future::join_all;
use metrics::{counter, gauge, histogram};
use metrics_util::debugging::DebuggingRecorder;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use super::{Recorded, read};
use crate::support::{connect, end, moment, observed, sized, start, unique};

/// Runs the body under a recorder of its own and returns what was recorded.
fn recorded(body: impl FnOnce()) -> (Recorded, Refusals) {
    let inner = DebuggingRecorder::new();
    let snapshotter = inner.snapshotter();
    let recorder = ReplayRecorder::new(inner);
    let refusals = recorder.refusals();
    metrics::with_local_recorder(&recorder, body);
    (read(&snapshotter), refusals)
}

fn of(operation: Operation) -> ExecutionBuilder {
    execution(operation)
        .field(Field::Namespace, "ns")
        .field(Field::TaskQueue, "q")
        .field(Field::WorkflowId, "w")
        .field(Field::WorkflowType, "W")
        .field(Field::ActivityType, "A")
}

fn one_of_each() {
    counter!("c").increment(2);
    gauge!("g").set(7.0);
    histogram!("h").record(1.5);
}

fn check(phase: Phase, expected: [f64; 3]) {
    let now = of(Operation::RunWorkflow).phase(phase).build();
    let (recorded, _) = recorded(|| now.run(one_of_each));
    let labels = "{namespace=ns,task_queue=q,workflow_type=W}";
    let expected = ["c", "g", "h"].into_iter().zip(expected);
    let expected = expected
        .map(|(name, value)| (format!("{name}{labels}"), value))
        .collect();
    assert_eq!(recorded, expected, "{phase:?}");
}

#[test]
fn what_the_gate_drops_is_registered_and_not_recorded() {
    check(Phase::Live, [2.0, 7.0, 1.0]);
    check(Phase::ReadOnly, [2.0, 7.0, 1.0]);
    check(Phase::Replaying, [0.0, 0.0, 0.0]);
    check(Phase::Evicting, [0.0, 0.0, 0.0]);
}

#[test]
fn labels_are_those_of_the_kind_of_code_and_never_an_id() {
    let (recorded, _) = recorded(|| {
        of(Operation::RunActivity)
            .build()
            .run(|| counter!("c", "own" => "x").increment(1));
        of(Operation::HandleSignal)
            .build()
            .run(|| counter!("c", "task_queue" => "mine").increment(1));
        of(Operation::StartWorkflow)
            .build()
            .run(|| counter!("c").increment(1));
        counter!("c").increment(1);
    });
    let expected = [
        "c{activity_type=A,namespace=ns,own=x,task_queue=q}",
        "c{namespace=ns,task_queue=mine,workflow_type=W}",
    ];
    let counted = |key: &str| recorded.get(key).copied();
    assert_eq!(
        expected.map(counted),
        [Some(1.0), Some(1.0)],
        "{recorded:?}"
    );
    assert_eq!(counted("c{}"), Some(2.0));
    assert_eq!(recorded.len(), 3);
}

#[test]
fn a_handle_is_gated_where_it_is_used() {
    let (recorded, _) = recorded(|| {
        let run = |phase| of(Operation::RunWorkflow).phase(phase).build();
        let handle = run(Phase::Replaying).run(|| counter!("c"));
        run(Phase::Replaying).run(|| handle.increment(1));
        run(Phase::Live).run(|| handle.increment(1));
        run(Phase::Evicting).run(|| handle.increment(1));
        handle.increment(1);
    });
    assert_eq!(recorded.into_values().collect::<Vec<_>>(), [2.0]);
}

#[test]
fn gauges_can_only_be_set_in_workflow_code() {
    let (recorded, refusals) = recorded(|| {
        of(Operation::RunWorkflow).build().run(|| {
            let gauge = gauge!("g");
            gauge.set(5.0);
            gauge.increment(1.0);
            gauge.decrement(3.0);
        });
        of(Operation::RunWorkflow)
            .phase(Phase::Replaying)
            .build()
            .run(|| gauge!("g").increment(1.0));
        of(Operation::RunActivity)
            .build()
            .run(|| gauge!("g").increment(1.0));
        gauge!("g").decrement(2.0);
    });
    assert_eq!(
        recorded["g{namespace=ns,task_queue=q,workflow_type=W}"],
        5.0
    );
    assert_eq!(
        recorded["g{activity_type=A,namespace=ns,task_queue=q}"],
        1.0
    );
    assert_eq!(recorded["g{}"], -2.0);
    assert_eq!(
        refusals.count(),
        2,
        "what replay would repeat is not refused again"
    );
}

#[tokio::test]
async fn the_metrics_of_losses_are_kept_up_for_a_recorder_alone() {
    let inner = DebuggingRecorder::new();
    let snapshotter = inner.snapshotter();
    let observability = Observability::builder()
        .metrics(|m| m.recorder(inner))
        .build()
        .unwrap();
    let recorder = observability.recorder();
    metrics::with_local_recorder(&recorder, || {
        let workflow = of(Operation::RunWorkflow).build();
        workflow.run(|| gauge!("g").increment(1.0));
    });
    let refused = async {
        while read(&snapshotter)["chronoscope_changes_refused_total{}"] != 1.0 {
            moment().await;
        }
    };
    let soon = tokio::time::timeout(Duration::from_secs(60), refused);
    soon.await.expect("nobody asks for the health");
    observability.shutdown();
}

struct Steps;

#[activities]
impl Steps {
    #[activity]
    async fn step(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        counter!("activity_steps").increment(1);
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Counting;

#[workflow_methods]
impl Counting {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, steps: u32) -> WorkflowResult<()> {
        let kept = counter!("kept");
        for n in 0..steps {
            counter!("steps").increment(1);
            kept.increment(2);
            histogram!("sizes").record(f64::from(n));
            gauge!("last").set(f64::from(n));
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(20));
            ctx.execute_activity(Steps::step, (), options).await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn each_increment_counts_once_on_a_worker_that_forgets() {
    let (runs, steps) = sized((10, 20), (25, 40));
    let inner = DebuggingRecorder::new();
    let snapshotter = inner.snapshotter();
    let observability = Observability::builder()
        .metrics(|m| m.recorder(inner))
        .build()
        .unwrap();
    let recorder = observability.recorder();
    let _local = metrics::set_default_local_recorder(&recorder);
    let client = connect(Some(&observability)).await;
    let queue = unique("counting");
    let options = WorkerOptions::new(&queue)
        .max_cached_workflows(0usize)
        .register_activities(Steps)
        .register_workflow::<Counting>()
        .unwrap()
        .build();
    observed(&client, &observability, options, async {
        let run = async || end(&start(&client, &queue, Counting::run, steps).await).await;
        join_all((0..runs).map(|_| run())).await;
    })
    .await;
    let all = read(&snapshotter);
    let namespace = crate::support::namespace().await;
    let of = |name: &str, kind: &str| {
        all[&format!("{name}{{{kind},namespace={namespace},task_queue={queue}}}")]
    };
    let in_workflow = |name: &str| {
        all[&format!("{name}{{namespace={namespace},task_queue={queue},workflow_type=Counting}}")]
    };
    let logical = f64::from(runs * steps);
    assert_eq!(in_workflow("steps"), logical);
    assert_eq!(in_workflow("kept"), 2.0 * logical);
    assert_eq!(in_workflow("sizes"), logical);
    assert_eq!(in_workflow("last"), f64::from(steps - 1));
    assert_eq!(of("activity_steps", "activity_type=Steps::step"), logical);
    assert_eq!(
        in_workflow("temporal_workflow_completed_total"),
        f64::from(runs)
    );
    // Each step is replayed at each later task, with three recordings of macros and a kept handle.
    let suppressed =
        all["chronoscope_replay_suppressed_total{signal=metric,workflow_type=Counting}"];
    let replayed = &observability.health().replayed[0];
    assert_eq!(suppressed, replayed.metrics as f64, "{replayed:?}");
    assert!(suppressed >= f64::from(runs * 4 * steps * (steps - 1) / 2));
}
