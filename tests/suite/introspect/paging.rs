//! A thousand cached runs, in pages.

use std::collections::BTreeSet;

use chronoscope::{Observability, introspect::v1::*};
use futures::{StreamExt as _, stream};
use temporalio_client::{WorkflowStartOptions, WorkflowTerminateOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use super::{client, runs_until, serve};
use crate::support::{connect, observed, unique};

const RUNS: usize = 1000;

/// Waits forever.
#[workflow]
#[derive(Default)]
struct Waiting;

#[workflow_methods]
impl Waiting {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        ctx.wait_condition(|_| false).await?;
        Ok(())
    }
}

/// Every page of a list, until there is no other.
async fn pages(client: &mut super::Client, filter: RunFilter, size: u32) -> Vec<ListRunsResponse> {
    let (mut pages, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListRunsRequest {
            filter: Some(filter.clone()),
            page: Some(Page { size, token }),
        };
        let page = client.list_runs(request).await.unwrap().into_inner();
        token = page.next_page_token.clone();
        pages.push(page);
        if token.is_empty() {
            return pages;
        }
    }
}

fn ids(pages: &[ListRunsResponse]) -> Vec<&str> {
    let runs = pages.iter().flat_map(|page| &page.runs);
    runs.map(|run| &*run.workflow_id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_cached_runs_come_in_pages() {
    let (observability, address) = serve(Observability::builder());
    let temporal = connect(Some(&observability)).await;
    let (queue, prefix) = (unique("many"), unique("waits"));
    let options = WorkerOptions::new(&*queue)
        .max_cached_workflows(RUNS + 100)
        .register_workflow::<Waiting>()
        .unwrap()
        .build();
    observed(&temporal, &observability, options, async {
        let started: Vec<_> = stream::iter(0..RUNS)
            .map(|n| {
                let id = format!("{prefix}-{n:04}");
                let options = WorkflowStartOptions::new(&*queue, id).build();
                async {
                    temporal
                        .start_workflow(Waiting::run, (), options)
                        .await
                        .unwrap()
                }
            })
            .buffer_unordered(20)
            .collect()
            .await;
        let mut inside = client(address).await;
        let all_wait = |list: &ListRunsResponse| {
            let waits = |run: &&Run| run.state() == RunState::Waiting && run.last_task.is_some();
            list.runs.iter().filter(waits).count() == RUNS
        };
        runs_until(&mut inside, &queue, all_wait).await;

        let filter = RunFilter {
            task_queue: queue.clone(),
            states: vec![RunState::Waiting.into()],
            stuck: Some(false),
            ..Default::default()
        };
        let listed = pages(&mut inside, filter.clone(), 150).await;
        let sizes: Vec<_> = listed.iter().map(|page| page.runs.len()).collect();
        assert_eq!(sizes, [150, 150, 150, 150, 150, 150, 100]);
        assert!(listed.iter().all(|page| page.total == RUNS as u64));
        let different: BTreeSet<_> = ids(&listed).into_iter().collect();
        assert_eq!(different.len(), RUNS);
        let one = &listed[0].runs[0];
        assert_eq!(
            (&*one.workflow_type, one.consecutive_failures),
            ("Waiting", 0)
        );
        assert_eq!(one.last_task.as_ref().unwrap().outcome, "completed");
        assert!(one.history_length > 0 && !one.run_id.is_empty());
        // Without a size there are a hundred, and never more than a thousand.
        assert_eq!(pages(&mut inside, filter.clone(), 0).await.len(), 10);
        assert_eq!(pages(&mut inside, filter.clone(), u32::MAX).await.len(), 1);

        // Ten of them, by the beginning of their ids.
        let tenth = RunFilter {
            workflow_id_prefix: format!("{prefix}-042"),
            ..filter.clone()
        };
        assert_eq!(ids(&pages(&mut inside, tenth, 7).await).len(), 10);
        for nobody in [
            RunFilter {
                workflow_type: "Waiter".to_owned(),
                ..filter.clone()
            },
            RunFilter {
                stuck: Some(true),
                ..filter.clone()
            },
            RunFilter {
                states: vec![RunState::Evicted.into()],
                ..filter.clone()
            },
            RunFilter {
                task_queue: "another".to_owned(),
                ..filter.clone()
            },
        ] {
            assert_eq!(pages(&mut inside, nobody, 7).await[0].total, 0);
        }

        // A run that ends between two pages is missing, and no other one comes twice or never.
        let mut first = pages(&mut inside, filter.clone(), 500).await;
        first.truncate(1);
        let gone = first[0].runs[499].workflow_id.clone();
        let run = started
            .iter()
            .find(|run| run.info().workflow_id == gone)
            .unwrap();
        run.terminate(WorkflowTerminateOptions::default())
            .await
            .unwrap();
        let request = ListRunsRequest {
            filter: Some(filter),
            page: Some(Page {
                size: 500,
                token: first[0].next_page_token.clone(),
            }),
        };
        first.push(inside.list_runs(request).await.unwrap().into_inner());
        let different: BTreeSet<_> = ids(&first).into_iter().collect();
        assert_eq!(different.len(), RUNS);

        stream::iter(&started)
            .for_each_concurrent(20, async |run| {
                let _ = run.terminate(WorkflowTerminateOptions::default()).await;
            })
            .await;
    })
    .await;
}
