//! Queries that come before the workflow task whose events they bring.

use futures::future::join_all;
use temporalio_client::{WorkflowQueryOptions, WorkflowSignalOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
};

use super::setting::Program;
use crate::support::{end, moment, observed, start, unique};

const QUERIES: usize = 12;

#[workflow]
#[derive(Default)]
struct Popular {
    is_woken: bool,
}

#[workflow_methods]
impl Popular {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        tracing::info!("begins");
        ctx.wait_condition(|state: &Self| state.is_woken).await?;
        tracing::info!("ends");
        Ok(())
    }

    #[signal]
    fn wake(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.is_woken = true;
    }

    #[query]
    fn ask(&self, _ctx: &WorkflowContextView) -> bool {
        self.is_woken
    }
}

fn worker(queue: &str) -> WorkerOptions {
    WorkerOptions::new(queue)
        .register_workflow::<Popular>()
        .unwrap()
        .build()
}

#[tokio::test]
async fn leave_what_they_execute_its_place() {
    let program = Program::holding().await;
    let (client, queue) = (&program.client, unique("popular"));
    let run = start(client, &queue, Popular::run, ()).await;
    observed(client, &program.observability, worker(&queue), async {
        while program.split().1.is_empty() {
            moment().await;
        }
    })
    .await;
    // Nobody polls: the queries wait, and then the task that a signal schedules.
    let asked = (0..QUERIES).map(|_| run.query(Popular::ask, (), WorkflowQueryOptions::default()));
    let woken = async {
        moment().await;
        let signal = run.signal(Popular::wake, (), WorkflowSignalOptions::default());
        signal.await.unwrap();
        observed(client, &program.observability, worker(&queue), async {
            end(&run).await;
        })
        .await;
    };
    let (asked, ()) = tokio::join!(join_all(asked), woken);
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
    let (marked, plain) = program.split();
    assert!(marked.is_empty(), "{marked:?}");
    assert_eq!(plain, ["begins", "ends"]);
    assert_eq!(program.seen("RunWorkflow completed"), 1);
    assert_eq!(program.commits().refused.total(), 0);
    // The first task left no command, and this one did not follow at once.
    let lines = program.lines.of("suite::commit::queries_first");
    let tasks: Vec<_> = lines.iter().map(|line| &line["workflow_task"]).collect();
    assert_eq!(tasks, [0, 3]);
}
