//! Ids of spans follow from history and code alone.

use std::collections::{BTreeMap, BTreeSet};

use chronoscope::{
    Observability,
    rebuild::Recording,
    testing::Capture,
    trace::{Boundary, Edge},
};
use temporalio_client::{
    Client, WorkflowExecuteUpdateOptions, WorkflowFetchHistoryOptions, WorkflowGetResultOptions,
    WorkflowHandle, WorkflowQueryOptions, WorkflowSignalOptions,
};
use temporalio_common::HasWorkflowDefinition;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
    workflow_replayer::WorkflowReplayerOptions,
};

use super::set_up;
use crate::{
    support::{observed, start, unique},
    traces::rebuilt::workflows_of,
};

/// Waits in its run and in its handlers, which a merged task polls in another order.
#[workflow]
#[derive(Default)]
struct Waiting {
    approved: bool,
    stocked: u32,
}

#[workflow_methods]
impl Waiting {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let _ = chronoscope::trace::wait("approval", ctx.wait_condition(|now| now.approved)).await;
        tracing::info_span!("mine").in_scope(|| {});
        let _ = chronoscope::trace::wait("stock", ctx.wait_condition(|now| now.stocked > 1)).await;
        Ok(())
    }

    #[update]
    async fn stock(ctx: &mut WorkflowContext<Self>, by: u32) -> u32 {
        chronoscope::trace::wait("room", async {}).await;
        ctx.state_mut(|now| now.stocked += by);
        chronoscope::trace::wait("ledger", async {}).await;
        by
    }

    #[query]
    fn stocked(&self, _: &WorkflowContextView) -> u32 {
        self.stocked
    }

    #[signal]
    fn approve(&mut self, _: &mut SyncWorkflowContext<Self>) {
        self.approved = true;
    }
}

fn worker(queue: &str, cache: usize) -> WorkerOptions {
    let options = WorkerOptions::new(queue).max_cached_workflows(cache);
    options.register_workflow::<Waiting>().unwrap().build()
}

/// Plays the workflow: an update follows its first task, which left no command, at once.
async fn play(
    client: &Client,
    queue: &str,
) -> WorkflowHandle<Client, impl HasWorkflowDefinition + use<>> {
    let run = start(client, queue, Waiting::run, ()).await;
    // The answer shows that the first task is over.
    let options = WorkflowQueryOptions::default();
    run.query(Waiting::stocked, (), options).await.unwrap();
    for _ in 0..2 {
        let options = WorkflowExecuteUpdateOptions::default();
        run.execute_update(Waiting::stock, 1, options)
            .await
            .unwrap();
    }
    let options = WorkflowSignalOptions::default();
    run.signal(Waiting::approve, (), options).await.unwrap();
    let options = WorkflowGetResultOptions::default();
    run.get_result(options).await.unwrap();
    run
}

/// The names of spans by their ids, which are said to be different.
fn by_id(capture: &Capture, about: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for span in capture.spans() {
        let id = span.span_context.span_id().to_string();
        let name = span.name.to_string();
        let former = names.insert(id.clone(), name.clone());
        // The core may take the first task for live once more: the same span, not another one.
        let is_same = former.as_ref().is_none_or(|former| *former == name);
        assert!(is_same, "{about}: {id} is {former:?} and {name}");
    }
    names
}

#[tokio::test]
async fn no_order_of_polls_and_no_option_changes_an_id() {
    for cache in [0, 1000] {
        let (observing, _server, client) = set_up().await;
        let queue = unique("waiting");
        let run = observed(
            &client,
            observing.observability(),
            worker(&queue, cache),
            play(&client, &queue),
        )
        .await;
        let live = by_id(&observing.capture, "live");
        // The same waits, whatever executed them first.
        for name in ["approval", "stock", "room", "ledger"] {
            let name = format!("WaitCondition:{name}");
            assert!(
                live.values().any(|known| *known == name),
                "{name} in {live:?}"
            );
        }

        for boundary in [Boundary::Parent, Boundary::Link, Boundary::Root] {
            let traced = Observability::builder().traces(|t| t.boundary(Edge::Signal, boundary));
            let capture = Capture::of(traced).unwrap();
            let history = run.fetch_history(WorkflowFetchHistoryOptions::default());
            let recording = Recording::new("default", history);
            let options: WorkflowReplayerOptions = workflows_of(&worker(&queue, cache));
            let rebuilt = capture.observability();
            rebuilt.rebuild(options, recording).await.unwrap();
            let rebuilt = by_id(&capture, "rebuilt");
            let of_code = |names: &BTreeMap<String, String>| -> BTreeSet<(String, String)> {
                let names = names.clone().into_iter();
                // No history knows of clients and of validators.
                names
                    .filter(|(_, name)| {
                        let known = ["Wait", "Run", "HandleS", "HandleU", "WorkflowExecution"];
                        known.iter().any(|known| name.starts_with(known))
                    })
                    .collect()
            };
            assert_eq!(
                of_code(&rebuilt),
                of_code(&live),
                "{boundary:?}, cache {cache}"
            );
        }
    }
}
