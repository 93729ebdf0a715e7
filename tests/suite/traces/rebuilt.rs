//! Rebuilt spans equal the live ones.

use std::{fs, path::PathBuf};

use chronoscope::{
    rebuild::{RebuildError, Rebuilt, Recording},
    schema::{Operation, OperationKind},
};
use temporalio_client::WorkflowHistory;
use temporalio_common::protos::temporal::api::history::v1::{
    History, HistoryEvent, history_event::Attributes,
};
use temporalio_sdk::{
    SimplePlugin, WorkerOptions, WorkerPlugin as _, workflow_replayer::WorkflowReplayerOptions,
};

use super::{collected, play, shut_down};
use crate::{
    scenarios::{self, ALL},
    support::{collector::Span, namespace},
};

/// The folder of histories, each with its live spans.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/histories/traced")
}

/// The workflows of the scenarios, for the replayer.
pub fn workflows() -> WorkflowReplayerOptions {
    workflows_of(&scenarios::worker("any", 0))
}

/// The workflows of a worker, for the replayer.
pub fn workflows_of(worker: &WorkerOptions) -> WorkflowReplayerOptions {
    let mut options = WorkflowReplayerOptions::new().build();
    SimplePlugin::builder("workflows")
        .workflows(worker.workflows())
        .build()
        .configure_workflow_replayer_options(&mut options)
        .unwrap();
    options
}

/// Rebuilds a run and returns what it is and its spans.
pub async fn rebuild(recording: Recording) -> (Rebuilt, Vec<Span>) {
    let (collector, observability) = collected().await;
    let rebuilt = observability.rebuild(workflows(), recording).await.unwrap();
    shut_down(&observability).await;
    assert_eq!(collector.spans().len() as u64, rebuilt.spans);
    (rebuilt, collector.spans())
}

/// The spans of one run's workflow, in an order of their own, without the process that sent them.
pub fn of_workflow(run_id: &str, spans: &[Span]) -> Vec<Span> {
    let of_run = |span: &&Span| {
        let operation = span.name.split(':').next().unwrap();
        let operation = Operation::ALL
            .iter()
            .find(|known| known.name() == operation);
        let is_told = operation.is_none_or(|operation| {
            // Neither leaves anything in a history.
            let unseen = [Operation::HandleQuery, Operation::ValidateUpdate];
            operation.kind() == OperationKind::Workflow && !unseen.contains(operation)
        });
        span.attribute("temporalRunID") == run_id && is_told
    };
    let mut spans: Vec<_> = spans.iter().filter(of_run).cloned().collect();
    for span in &mut spans {
        span.resource.clear();
    }
    spans.sort();
    // A marker may have come more than once: see `exactly_once`.
    spans.dedup();
    spans
}

fn run_id(events: &[HistoryEvent]) -> &str {
    match events[0].attributes.as_ref().unwrap() {
        Attributes::WorkflowExecutionStartedEventAttributes(started) => {
            &started.original_execution_run_id
        }
        other => panic!("{other:?}"),
    }
}

fn history(events: Vec<HistoryEvent>) -> WorkflowHistory {
    History { events }.into()
}

#[tokio::test]
async fn rebuilt_spans_equal_the_live_ones() {
    for scenario in ALL {
        let played = play(*scenario, 0).await;
        for events in played.histories {
            let run_id = run_id(&events).to_owned();
            let recording = Recording::new(namespace().await, history(events));
            let (rebuilt, spans) = rebuild(recording).await;
            assert_eq!(rebuilt.run_id, run_id);
            let live = of_workflow(&run_id, &played.spans);
            assert!(!live.is_empty(), "{}", scenario.name);
            assert_eq!(of_workflow(&run_id, &spans), live, "{}", scenario.name);
        }
    }
}

#[tokio::test]
async fn spans_of_recorded_histories_equal_those_recorded_with_them() {
    let mut checked = 0;
    for file in fs::read_dir(folder()).unwrap() {
        let file = file.unwrap().path();
        if file.to_str().unwrap().ends_with(".spans.json") {
            continue;
        }
        let json = fs::read(&file).unwrap();
        let live: Vec<Span> =
            serde_json::from_slice(&fs::read(file.with_extension("spans.json")).unwrap()).unwrap();
        let recording = Recording::read("recorded", &json).unwrap();
        let (rebuilt, spans) = rebuild(recording).await;
        assert_eq!(
            of_workflow(&rebuilt.run_id, &spans),
            live,
            "{}",
            file.display()
        );
        checked += 1;
    }
    assert!(checked >= ALL.len(), "{checked} histories");
}

#[tokio::test]
async fn ids_that_a_history_does_not_say_are_set_by_the_caller() {
    let json = fs::read(folder().join("activities-0.json")).unwrap();
    let live = fs::read(folder().join("activities-0.spans.json")).unwrap();
    let live: Vec<Span> = serde_json::from_slice(&live).unwrap();
    let mut history: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let started = "/events/0/attributes/WorkflowExecutionStartedEventAttributes";
    let started = history.pointer_mut(started).unwrap();
    let [workflow_id, run_id] = ["workflow_id", "original_execution_run_id"]
        .map(|id| started[id].take().as_str().unwrap().to_owned());
    let unnamed = || Recording::read("recorded", history.to_string().as_bytes()).unwrap();

    let (_, observability) = collected().await;
    let refused = observability.rebuild(workflows(), unnamed()).await;
    assert!(matches!(refused, Err(RebuildError::NoId)), "{refused:?}");
    shut_down(&observability).await;

    let (rebuilt, spans) = rebuild(unnamed().workflow_id(workflow_id).run_id(&run_id)).await;
    assert_eq!(rebuilt.run_id, run_id);
    assert_eq!(of_workflow(&run_id, &spans), live);
}

/// Records the histories under tests/histories/traced/ anew, with their spans:
/// `CHRONOSCOPE_TESTS=real cargo test --test suite -- --ignored record_traced_histories`.
#[tokio::test]
#[ignore = "writes files"]
async fn record_traced_histories() {
    fs::create_dir_all(folder()).unwrap();
    for scenario in ALL {
        let played = play(*scenario, 1000).await;
        for (n, events) in played.histories.into_iter().enumerate() {
            let mut spans = of_workflow(run_id(&events), &played.spans);
            for span in &mut spans {
                if let Some(namespace) = span.attributes.get_mut("temporalNamespace") {
                    "recorded".clone_into(namespace);
                }
            }
            let file = folder().join(format!("{}-{n}.json", scenario.name));
            let json = history(events).to_json().await.unwrap();
            let pretty: serde_json::Value = serde_json::from_slice(&json).unwrap();
            fs::write(&file, serde_json::to_vec_pretty(&pretty).unwrap()).unwrap();
            let spans = serde_json::to_vec_pretty(&spans).unwrap();
            fs::write(file.with_extension("spans.json"), spans).unwrap();
        }
    }
}
