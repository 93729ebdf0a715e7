//! Ends in workflow code count once the SDK has settled them, and ids of spans follow from history
//! alone.

mod ids;
mod init;
mod records;
mod workflows;

use std::collections::BTreeMap;

use chronoscope::{
    Observability,
    testing::{Capture, expect},
};
use chronoscope_testserver::TestServer;
use temporalio_client::{
    Client, WorkflowExecuteUpdateOptions, WorkflowGetResultOptions, WorkflowQueryOptions,
    WorkflowSignalOptions,
};
use temporalio_sdk::WorkerOptions;

use self::workflows::{Answering, Overruled, Overruling, coin};
use crate::support::{Seen, connect_inside, observed, start, unique};

/// What came of a program, and what its hooks saw.
struct Observing {
    capture: Capture,
    seen: Seen,
}

impl Observing {
    fn new() -> Self {
        let seen = Seen::default();
        let capture = Capture::of(seen.hook(Observability::builder())).unwrap();
        Self { capture, seen }
    }

    fn observability(&self) -> &Observability {
        self.capture.observability()
    }

    /// A client of a server in this process.
    async fn client(&self, server: &TestServer) -> Client {
        connect_inside(server, self.observability()).await
    }

    /// How often the hooks saw something.
    fn seen(&self, what: &str) -> usize {
        self.seen.count(what)
    }

    /// How many spans there were by name, each with whether it says that it failed.
    fn spans(&self) -> BTreeMap<String, usize> {
        let mut spans = BTreeMap::new();
        for span in self.capture.spans() {
            let failed = matches!(span.status, opentelemetry::trace::Status::Error { .. });
            let sign = if failed { "!" } else { "" };
            *spans.entry(format!("{sign}{}", span.name)).or_default() += 1;
        }
        spans
    }
}

/// A program's observability, and a server in this process that skips time, with its client.
async fn set_up() -> (Observing, TestServer, Client) {
    let observing = Observing::new();
    let server = TestServer::builder().auto_skip().start().await;
    let client = observing.client(&server).await;
    (observing, server, client)
}

fn worker(queue: &str, cache: usize) -> WorkerOptions {
    WorkerOptions::new(queue)
        .max_cached_workflows(cache)
        .register_workflow::<Overruling>()
        .unwrap()
        .register_workflow::<Answering>()
        .unwrap()
        .build()
}

#[tokio::test]
async fn a_run_ends_once_however_often_the_sdk_overrules_its_end() {
    for by in [Overruled::Result, Overruled::Panic, Overruled::Forced] {
        for cache in [0, 1000] {
            let (observing, _server, client) = set_up().await;
            let (queue, name) = (unique("overruled"), unique("coin"));
            coin(&name, 1);
            observed(
                &client,
                observing.observability(),
                worker(&queue, cache),
                async {
                    let run = start(&client, &queue, Overruling::run, (by, name.clone())).await;
                    let result = run.get_result(WorkflowGetResultOptions::default()).await;
                    assert_eq!(result.unwrap().0, name);
                },
            )
            .await;

            for once in ["RunWorkflow starts", "RunWorkflow completed"] {
                assert_eq!(observing.seen(once), 1, "{by:?} {once}");
            }
            assert_eq!(observing.seen("RunWorkflow panicked"), 0, "{by:?}");
            let outcomes = expect::counter("temporal_workflow_outcome_total");
            observing.capture.assert(outcomes.once());
            let spans = observing.spans();
            for once in [
                "RunWorkflow:Overruling",
                "WorkflowExecutionStarted:Overruling",
                "WaitCondition:nothing",
            ] {
                assert_eq!(spans.get(once), Some(&1), "{by:?} {spans:?}");
            }
            assert!(
                !spans.keys().any(|name| name.starts_with('!')),
                "{by:?} {spans:?}"
            );
        }
    }
}

#[tokio::test]
async fn answers_that_can_not_be_converted_have_failed() {
    let (observing, _server, client) = set_up().await;
    let (queue, name) = (unique("answers"), unique("coin"));
    observed(
        &client,
        observing.observability(),
        worker(&queue, 1000),
        async {
            let run = start(&client, &queue, Answering::run, ()).await;
            coin(&name, 1);
            for is_answered in [false, true] {
                let options = WorkflowQueryOptions::default();
                let answer = run.query(Answering::ask, name.clone(), options).await;
                assert_eq!(answer.is_ok(), is_answered);
            }
            coin(&name, 1);
            for is_answered in [false, true] {
                let options = WorkflowExecuteUpdateOptions::default();
                let answer = run
                    .execute_update(Answering::change, name.clone(), options)
                    .await;
                assert_eq!(answer.is_ok(), is_answered);
            }
            let options = WorkflowSignalOptions::default();
            run.signal(Answering::finish, (), options).await.unwrap();
            run.get_result(WorkflowGetResultOptions::default())
                .await
                .unwrap();
        },
    )
    .await;

    for (operation, metric, span) in [
        (
            "HandleQuery",
            "temporal_workflow_query_total",
            "HandleQuery:ask",
        ),
        (
            "HandleUpdate",
            "temporal_workflow_update_total",
            "HandleUpdate:change",
        ),
    ] {
        for class in ["completed", "failed"] {
            assert_eq!(
                observing.seen(&format!("{operation} {class}")),
                1,
                "{operation} {class}"
            );
            let count = expect::counter(metric).field("outcome", class);
            observing.capture.assert(count.once());
        }
        let spans = observing.spans();
        assert_eq!(spans.get(span), Some(&1), "{spans:?}");
        assert_eq!(spans.get(&format!("!{span}")), Some(&1), "{spans:?}");
    }
}

#[tokio::test]
async fn a_query_of_a_cached_run_is_no_replay_and_its_answer_is_measured() {
    let (observing, _server, client) = set_up().await;
    let (queue, name) = (unique("queries"), unique("coin"));
    observed(
        &client,
        observing.observability(),
        worker(&queue, 1000),
        async {
            let run = start(&client, &queue, Answering::run, ()).await;
            let options = WorkflowQueryOptions::default();
            run.query(Answering::ask, name, options).await.unwrap();
            let options = WorkflowSignalOptions::default();
            run.signal(Answering::finish, (), options).await.unwrap();
            run.get_result(WorkflowGetResultOptions::default())
                .await
                .unwrap();
        },
    )
    .await;
    let replays = expect::histogram("temporal_workflow_replay_length");
    observing.capture.assert(replays.never());
    let answers = expect::histogram("temporal_workflow_command_payload_size_bytes");
    let answers = answers.field("command_type", "RespondToQuery");
    observing.capture.assert(answers);
}
