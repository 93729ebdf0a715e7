//! Ends that no worker sees: a run that is terminated, and one that continues after a reset. Also a
//! history as Temporal's own CLI writes it.

use std::{collections::BTreeSet, process::Command};

use chronoscope::{
    Observability, export,
    rebuild::{RebuildError, Recording},
    trace::Granularity,
};
use temporalio_client::{
    Client, NamespacedClient as _, UntypedWorkflowHandle, WorkflowExecutionInfo,
    WorkflowFetchHistoryOptions, WorkflowGetResultOptions, WorkflowHandle, WorkflowQueryOptions,
    WorkflowSignalOptions, WorkflowTerminateOptions, tonic::Request,
};
use temporalio_common::{
    HasWorkflowDefinition,
    protos::temporal::api::{
        common::v1::WorkflowExecution, history::v1::history_event::Attributes,
        workflowservice::v1::ResetWorkflowExecutionRequest,
    },
};

use super::{
    collected,
    rebuilt::{of_workflow, rebuild, workflows},
    shut_down,
};
use crate::{
    scenarios::{self, Asked},
    support::{
        address, backend, collector::Collector, connect, end, namespace, start, unique, work,
    },
};

async fn recording<W: HasWorkflowDefinition>(handle: &WorkflowHandle<Client, W>) -> Recording {
    let history = handle.fetch_history(WorkflowFetchHistoryOptions::default());
    Recording::new(namespace().await, history)
}

#[tokio::test]
async fn a_terminated_run_ends_where_the_server_ended_it() {
    let client = connect(None).await;
    let queue = unique("terminated");
    let (handle, open) = work(&client, scenarios::worker(&queue, 1000), async {
        let handle = start(&client, &queue, Asked::run, ()).await;
        // The answer shows that the workflow waits.
        let options = WorkflowQueryOptions::default();
        handle.query(Asked::total, (), options).await.unwrap();
        let (_collector, observability) = collected().await;
        let open = observability.rebuild(workflows(), recording(&handle).await);
        let open = open.await;
        let options = WorkflowTerminateOptions::default();
        handle.terminate(options).await.unwrap();
        (handle, open)
    })
    .await;
    assert!(matches!(open, Err(RebuildError::Open { .. })), "{open:?}");

    let (_, spans) = rebuild(recording(&handle).await).await;
    let run = spans.iter().find(|span| span.name == "RunWorkflow:Asked");
    let run = run.unwrap();
    assert!(run.is_error);
    assert_eq!(run.attribute("error.type"), "Terminated");
    let last = spans.iter().map(|span| span.end).max().unwrap();
    assert_eq!(run.end, last);
}

#[tokio::test]
async fn what_no_worker_took_up_is_not_rebuilt() {
    let client = connect(None).await;
    for is_begun in [false, true] {
        let queue = unique("untaken");
        let handle = start(&client, &queue, Asked::run, ()).await;
        if is_begun {
            // The answer shows that the workflow waits.
            let waits = async {
                let options = WorkflowQueryOptions::default();
                handle.query(Asked::total, (), options).await.unwrap();
            };
            work(&client, scenarios::worker(&queue, 1000), waits).await;
        }
        let options = WorkflowSignalOptions::default();
        handle.signal(Asked::add, 5, options).await.unwrap();
        let options = WorkflowTerminateOptions::default();
        handle.terminate(options).await.unwrap();

        let (_, spans) = rebuild(recording(&handle).await).await;
        let rebuilt = spans.iter().map(|span| (&*span.name, span.is_error));
        let mut rebuilt: Vec<_> = rebuilt.collect();
        rebuilt.sort_unstable();
        let expected = [
            ("RunWorkflow:Asked", true),
            ("WorkflowExecutionStarted:Asked", false),
        ];
        let expected = if is_begun { &expected[..] } else { &[] };
        assert_eq!(rebuilt, expected);
    }
}

#[tokio::test]
#[ignore = "real: Temporal's command-line tool"]
async fn the_clis_history_gives_the_same_spans() {
    let client = connect(None).await;
    let queue = unique("cli");
    let options = scenarios::worker(&queue, 1000);
    let handle = work(&client, options, async {
        let handle = start(&client, &queue, scenarios::Activities::run, ()).await;
        end(&handle).await;
        handle
    })
    .await;
    let cli = Command::new(backend("temporal")).output().unwrap().stdout;
    let shown = Command::new(String::from_utf8(cli).unwrap().trim())
        .args(["workflow", "show", "--output", "json", "--workflow-id"])
        .args([&*handle.info().workflow_id, "--address", address().await])
        .args(["--namespace", namespace().await])
        .output()
        .unwrap();
    let (rebuilt, by_cli) =
        rebuild(Recording::read(namespace().await, &shown.stdout).unwrap()).await;
    let (_, fetched) = rebuild(recording(&handle).await).await;
    let of_run = |spans| of_workflow(&rebuilt.run_id, spans);
    assert!(!of_run(&by_cli).is_empty());
    assert_eq!(of_run(&by_cli), of_run(&fetched));
}

#[tokio::test]
async fn a_run_after_a_reset_has_ids_of_its_own() {
    let (collector, observability) = collected().await;
    let client = connect(Some(&observability)).await;
    let queue = unique("reset");
    let options = observability.wrap(scenarios::worker(&queue, 0));
    let (reset_to, handle) = work(&client, options, async {
        let handle = start(&client, &queue, scenarios::Timers::run, ()).await;
        end(&handle).await;
        let run_id = reset(
            &client,
            &handle.info().workflow_id,
            handle.run_id().unwrap(),
            4,
        )
        .await;
        let handle = latest(&client, &handle.info().workflow_id);
        let options = WorkflowGetResultOptions::default();
        handle.get_result(options).await.unwrap();
        (run_id, handle)
    })
    .await;
    shut_down(&observability).await;
    let live = collector.spans();
    let runs = live.iter().filter(|span| span.name == "RunWorkflow:Timers");
    let runs: Vec<_> = runs.map(|span| span.attribute("temporalRunID")).collect();
    assert_eq!(runs.len(), 2, "{runs:?}");
    assert!(runs.contains(&&*reset_to), "{runs:?} {reset_to}");
    let (rebuilt, spans) = rebuild(recording(&handle).await).await;
    assert_eq!(rebuilt.run_id, reset_to);
    let of_run = |spans| of_workflow(&reset_to, spans);
    for span in of_run(&live) {
        assert!(of_run(&spans).contains(&span), "{} differs", span.name);
    }
}

#[tokio::test]
async fn what_a_run_calls_after_a_reset_hangs_on_no_marker() {
    let (collector, endpoint) = Collector::start().await;
    let observability = Observability::builder()
        .traces(|traces| {
            let traces = traces.otlp(export::Collector::at(endpoint));
            traces.granularity(Granularity::Marker)
        })
        .build()
        .unwrap();
    let client = connect(None).await;
    let queue = unique("marked");
    let options = observability.wrap(scenarios::worker(&queue, 0));
    let reset_to = work(&client, options, async {
        let handle = start(&client, &queue, scenarios::Activities::run, ()).await;
        end(&handle).await;
        let (id, run) = (&handle.info().workflow_id, handle.run_id().unwrap());
        let runs = vec![(id.clone(), Some(run.to_owned()))];
        let events = scenarios::all_events(&client, runs).await.remove(0);
        let mut completed = events.iter().filter(|event| {
            matches!(
                event.attributes,
                Some(Attributes::WorkflowTaskCompletedEventAttributes(_))
            )
        });
        let second = completed.nth(1).unwrap().event_id;
        let reset_to = reset(&client, id, run, second).await;
        let options = WorkflowGetResultOptions::default();
        latest(&client, id).get_result(options).await.unwrap();
        reset_to
    })
    .await;
    shut_down(&observability).await;
    let spans = collector.spans();
    let known: BTreeSet<_> = spans.iter().map(|span| span.id.clone()).collect();
    let after = spans
        .iter()
        .filter(|span| span.attribute("temporalRunID") == reset_to);
    let after: Vec<_> = after.collect();
    assert!(!after.is_empty());
    for span in after {
        let has_parent = span.parent.is_empty() || known.contains(&span.parent);
        assert!(has_parent, "{} is an orphan", span.name);
    }
}

/// The latest run of a workflow.
fn latest(client: &Client, workflow_id: &str) -> UntypedWorkflowHandle<Client> {
    let info = WorkflowExecutionInfo::builder()
        .namespace(client.namespace())
        .workflow_id(workflow_id)
        .build();
    UntypedWorkflowHandle::new(client.clone(), info)
}

/// Has a workflow go on from a task.
async fn reset(client: &Client, workflow_id: &str, run_id: &str, event: i64) -> String {
    let request = ResetWorkflowExecutionRequest {
        namespace: namespace().await.to_owned(),
        workflow_execution: Some(WorkflowExecution {
            workflow_id: workflow_id.to_owned(),
            run_id: run_id.to_owned(),
        }),
        workflow_task_finish_event_id: event,
        request_id: unique("reset"),
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    let answer = service
        .reset_workflow_execution(Request::new(request))
        .await;
    answer.unwrap().into_inner().run_id
}
