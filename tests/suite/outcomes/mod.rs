//! The outcome of each operation's end, as a hook sees it on a real worker.

mod ends;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use chronoscope::{
    Observability,
    execution::Execution,
    schema::{Failure, Outcome, Retry},
};
use temporalio_client::{
    RpcOptions, WorkflowCancelOptions, WorkflowCountOptions, WorkflowGetResultOptions,
    WorkflowIdConflictPolicy, WorkflowStartOptions,
};
use temporalio_sdk::WorkerOptions;

use self::ends::{Acting, End, Ending, Ends};
use crate::support::{connect, observed, start, unique};

type Seen = (&'static str, Outcome);

/// What a hook saw.
#[derive(Clone, Default)]
struct Hook(Arc<Mutex<Vec<Seen>>>);

impl Hook {
    fn observability(&self) -> Observability {
        let seen = self.0.clone();
        Observability::builder()
            .on_end(move |execution: &Execution, outcome: &Outcome| {
                seen.lock()
                    .unwrap()
                    .push((execution.operation().name(), outcome.clone()));
            })
            .build()
            .unwrap()
    }

    /// The outcomes of an operation, in order.
    fn of(&self, operation: &str) -> Vec<Outcome> {
        let seen = self.0.lock().unwrap();
        let of = |(name, outcome): &Seen| (*name == operation).then(|| outcome.clone());
        seen.iter().filter_map(of).collect()
    }
}

fn worker(queue: &str) -> WorkerOptions {
    WorkerOptions::new(queue)
        .max_cached_workflows(0usize)
        .register_activities(Ends)
        .register_workflow::<Ending>()
        .unwrap()
        .register_workflow::<Acting>()
        .unwrap()
        .build()
}

fn failed(error_type: &'static str, retry: Retry) -> Outcome {
    Outcome::Failed(Failure::new(error_type, retry))
}

#[tokio::test]
async fn of_workflows() {
    for (end, expected) in [
        (End::Complete, vec![Outcome::Completed]),
        (
            End::ContinueAsNew,
            vec![Outcome::ContinuedAsNew, Outcome::Completed],
        ),
        (End::Cancel, vec![Outcome::Cancelled]),
        (
            End::Benign,
            vec![Outcome::Benign(Failure::new("Expected", Retry::Final))],
        ),
        (End::Fail, vec![failed("Flaky", Retry::Final)]),
        (End::FailForGood, vec![failed("Broken", Retry::Final)]),
        (
            End::FailAnActivity,
            vec![failed("ActivityError", Retry::Final)],
        ),
    ] {
        let hook = Hook::default();
        let observability = hook.observability();
        let client = connect(Some(&observability)).await;
        let queue = unique("ends");
        observed(&client, &observability, worker(&queue), async {
            let handle = start(&client, &queue, Ending::run, end).await;
            if end == End::Cancel {
                handle
                    .cancel(WorkflowCancelOptions::default())
                    .await
                    .unwrap();
            }
            let _ = handle.get_result(WorkflowGetResultOptions::default()).await;
        })
        .await;
        assert_eq!(hook.of("RunWorkflow"), expected, "{end:?}");
    }
}

#[tokio::test]
async fn of_activities() {
    for (end, expected) in [
        (End::Complete, vec![Outcome::Completed]),
        // No cancellation was requested: the server treats it as a failure and retries.
        (End::Cancel, vec![Outcome::Cancelled, Outcome::Cancelled]),
        (
            End::Async,
            vec![Outcome::WillCompleteAsync, Outcome::WillCompleteAsync],
        ),
        (
            End::Benign,
            vec![Outcome::Benign(Failure::new("Expected", Retry::Final))],
        ),
        (
            End::Fail,
            vec![
                failed("Flaky", Retry::Retryable),
                failed("Flaky", Retry::Final),
            ],
        ),
        (End::FailForGood, vec![failed("Broken", Retry::Final)]),
        (End::Panic, vec![Outcome::Panicked, Outcome::Completed]),
    ] {
        let hook = Hook::default();
        let observability = hook.observability();
        let client = connect(Some(&observability)).await;
        let queue = unique("acts");
        observed(&client, &observability, worker(&queue), async {
            let handle = start(&client, &queue, Acting::run, end).await;
            let _ = handle.get_result(WorkflowGetResultOptions::default()).await;
        })
        .await;
        assert_eq!(hook.of("RunActivity"), expected, "{end:?}");
    }
}

#[tokio::test]
async fn of_client_calls() {
    let hook = Hook::default();
    let observability = hook.observability();
    let client = connect(Some(&observability)).await;
    let id = unique("twice");
    let options = || {
        WorkflowStartOptions::new("nobody", &id)
            .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
            .build()
    };
    client
        .start_workflow(Ending::run, End::Complete, options())
        .await
        .unwrap();
    assert!(
        client
            .start_workflow(Ending::run, End::Complete, options())
            .await
            .is_err()
    );
    let already = Outcome::Benign(Failure::new("ALREADY_EXISTS", Retry::Final));
    assert_eq!(hook.of("StartWorkflow"), [Outcome::Completed, already]);

    let nobody = client.get_workflow_handle::<temporalio_client::UntypedWorkflow>("nobody");
    assert!(
        nobody
            .cancel(WorkflowCancelOptions::default())
            .await
            .is_err()
    );
    assert_eq!(
        hook.of("CancelWorkflow"),
        [failed("NOT_FOUND", Retry::Final)]
    );

    let hurried = RpcOptions::builder()
        .timeout(Duration::from_nanos(1))
        .build();
    let options = WorkflowCountOptions::builder().rpc_options(hurried).build();
    assert!(client.count_workflows("", options).await.is_err());
    assert_eq!(hook.of("CountWorkflows"), [Outcome::TimedOut]);

    let call = client.count_workflows("", WorkflowCountOptions::default());
    let gave_up = tokio::time::timeout(Duration::ZERO, call).await;
    assert!(gave_up.is_err());
    assert_eq!(hook.of("CountWorkflows").last(), Some(&Outcome::Dropped));
}

#[tokio::test]
async fn hooks_that_panic_hurt_nothing_and_are_counted() {
    let observability = Observability::builder()
        .on_start(|_: &Execution| panic!("on purpose"))
        .on_end(|_: &Execution, _: &Outcome| panic!("on purpose"))
        .build()
        .unwrap();
    let client = connect(Some(&observability)).await;
    let queue = unique("hooks");
    observed(&client, &observability, worker(&queue), async {
        let handle = start(&client, &queue, Acting::run, End::Complete).await;
        handle
            .get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
    })
    .await;
    assert!(observability.health().hook_panics >= 6);
}

#[tokio::test]
async fn each_start_has_one_end() {
    let hook = Hook::default();
    let starts = Arc::new(Mutex::new(Vec::new()));
    let (seen, ended) = (starts.clone(), hook.0.clone());
    let observability = Observability::builder()
        .on_start(move |execution: &Execution| {
            seen.lock().unwrap().push(execution.operation().name());
        })
        .on_end(move |execution: &Execution, outcome: &Outcome| {
            ended
                .lock()
                .unwrap()
                .push((execution.operation().name(), outcome.clone()));
        })
        .build()
        .unwrap();
    let client = connect(Some(&observability)).await;
    let queue = unique("pairs");
    observed(&client, &observability, worker(&queue), async {
        let handle = start(&client, &queue, Acting::run, End::Fail).await;
        handle
            .get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
    })
    .await;
    let mut ends: Vec<_> = hook
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|(name, _)| *name)
        .collect();
    let mut starts = starts.lock().unwrap().clone();
    starts.sort_unstable();
    ends.sort_unstable();
    assert_eq!(starts, ends);
    let kinds: BTreeSet<_> = starts.into_iter().collect();
    let expected = [
        "FetchWorkflowHistory",
        "RunActivity",
        "RunWorkflow",
        "StartWorkflow",
    ];
    assert_eq!(kinds, BTreeSet::from(expected));
}
